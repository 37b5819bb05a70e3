package templates

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// sampleNotice is a notice as the rules make it: facts from JSON, and whom they go to.
type sampleNotice struct {
	kind, parties string
	facts         string // besides those of every claim
	says          string // a date or an amount that has to stand out, in Japanese
}

// What a notice is about; a claim otherwise.
const (
	onOrder  = "order"
	onSeller = "enforcement"
)

var sampleNotices = []sampleNotice{
	{"sign_in", "", `{}`, "482913"},
	{"message_received", "buyer seller " + onOrder, `{}`, ""},
	{"contact_received", "seller " + onOrder, `{"wait_ends_at":"2026-11-23T05:05:00Z"}`, "11月23日(月)14:05(日本時間)"},
	{"contact_solved", "seller " + onOrder, `{}`, ""},
	{"contact_refused", "buyer " + onOrder, `{}`, ""},
	{"outside_contact_accepted", "buyer " + onOrder, `{"contacted_at":"2026-11-21T05:05:00Z"}`, ""},
	{"outside_contact_rejected", "buyer " + onOrder, `{"contacted_at":"2026-11-21T05:05:00Z","reason":"画像から日時が読み取れません。"}`, ""},
	{"filing_open", "buyer " + onOrder, `{"deadline_at":"2026-11-30T15:00:00Z"}`, "11月30日(月)23:59(日本時間)まで"},
	{"filing_deadline", "buyer " + onOrder, `{"deadline_at":"2026-11-30T15:00:00Z"}`, "11月30日(月)23:59(日本時間)まで"},
	{"claim_scheduled", "buyer", `{"opens_at":"2026-11-23T05:05:00Z"}`, "11月23日(月)14:05(日本時間)"},
	{"claim_opened", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"claim_message", "buyer seller", `{}`, ""},
	{"claim_withdrawn", "buyer seller", `{"reason":"buyer"}`, ""},
	{"claim_withdrawn", "buyer seller", `{"reason":"arrived"}`, ""},
	{"claim_reopened", "seller", `{"due_at":"2026-11-26T05:05:00Z"}`, ""},
	{"claim_evidence", "buyer seller", `{}`, ""},
	{"file_unsafe", "buyer seller", `{"name":"写真.png"}`, ""},
	{"claim_settled", "buyer seller", `{"amount":5000,"kind":"partial_refund"}`, "5,000円"},
	{"claim_settled", "buyer seller", `{"amount":0,"kind":"replacement","due_at":"2026-11-26T05:05:00Z","until":"2026-12-05T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"claim_offer", "buyer", `{"due_at":"2026-11-26T05:05:00Z","kind":"partial_refund","offer_amount":5000}`, "5,000円"},
	{"claim_offer", "buyer", `{"due_at":"2026-11-26T05:05:00Z","kind":"replacement","offer_amount":0}`, "11月26日(木)14:05(日本時間)まで"},
	{"claim_counter", "seller", `{"due_at":"2026-11-26T05:05:00Z","offer_amount":9000}`, "9,000円"},
	{"claim_offer_declined", "seller", `{}`, ""},
	{"claim_objected", "seller", `{}`, ""},
	{"claim_contested", "buyer", `{}`, ""},
	{"claim_question", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"claim_answered", "buyer seller", `{}`, ""},
	{"claim_under_review", "buyer seller", `{}`, ""},
	{"claim_delayed", "buyer seller", `{}`, ""},
	{"claim_decided", "buyer seller", `{"outcome":"granted","amount":12800,"appeal_until":"2026-12-25T15:00:00Z","borne_by":"seller","counts":true,"reason_code":"seller_silent"}`, "12,800円"},
	{"claim_decided", "buyer seller", `{"outcome":"granted","amount":5000,"appeal_until":"2026-12-25T15:00:00Z","borne_by":"marketplace","counts":false,"reason_code":"damaged"}`, "5,000円"},
	{"claim_decided", "buyer seller", `{"outcome":"denied","amount":0,"appeal_until":"2026-12-25T15:00:00Z","borne_by":"marketplace","counts":false,"reason_code":"a_code_of_its_own"}`, ""},
	{"claim_appealed", "buyer seller", `{"party":"buyer","due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)"},
	{"claim_appeal_sent", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)"},
	{"claim_appeal_delayed", "buyer seller", `{}`, ""},
	{"claim_appeal_dropped", "buyer seller", `{}`, ""},
	{"claim_appeal_upheld", "buyer seller", `{"appeal":"upheld","outcome":"denied","amount":0,"borne_by":"marketplace","counts":false,"reason_code":"not_delivered"}`, ""},
	{"claim_appeal_upheld", "buyer seller", `{"appeal":"upheld","outcome":"denied","amount":0,"appeal_until":"2026-12-25T15:00:00Z","borne_by":"marketplace","counts":false,"reason_code":"not_delivered"}`, "12月25日(金)23:59(日本時間)まで"},
	{"claim_appeal_decided", "buyer seller", `{"appeal":"overturned","outcome":"granted","amount":12800,"appeal_until":"2026-12-25T15:00:00Z","borne_by":"seller","counts":true,"reason_code":"not_delivered"}`, "12,800円"},
	{"claim_appeal_decided", "buyer seller", `{"appeal":"overturned","outcome":"denied","amount":0,"borne_by":"marketplace","counts":false,"reason_code":"evidence_insufficient"}`, ""},
	{"claim_reminder", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"claim_paused", "buyer seller", `{"until":"2026-11-25T05:05:00Z","due_at":"2026-11-27T05:05:00Z"}`, "11月27日(金)14:05(日本時間)"},
	{"claim_resumed", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)"},
	{"evidence_fault", "account", `{"file":"写真.png","fault":"changed"}`, ""},
	{"claim_late_admitted", "buyer seller", `{"count":2,"why":"配送業者の調査に日数がかかったため"}`, ""},
	{"refund_done", "buyer", `{"amount":12800}`, "12,800円"},
	{"refund_failed", "buyer", `{"amount":12800}`, ""},
	{"claim_frozen", "buyer seller", `{}`, ""},
	{"claim_unfrozen", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)"},
	{"claim_arrival", "buyer seller", `{"object_until":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"upload_unsafe", "", `{"name":"写真.png"}`, ""},
	{"request_opened", "seller " + onOrder, `{"request":"cancel","reason":"change_of_mind","due_at":"2026-11-23T05:05:00Z"}`, "11月23日(月)14:05(日本時間)まで"},
	{"request_contact", "seller " + onOrder, `{"request":"return","reason":"damaged_or_defective","due_at":"2026-11-23T05:05:00Z","wait_ends_at":"2026-11-23T05:05:00Z"}`, "11月23日(月)14:05(日本時間)まで"},
	{"request_reminder", "seller " + onOrder, `{"request":"return","due_at":"2026-11-23T05:05:00Z"}`, "11月23日(月)14:05(日本時間)まで"},
	{"cancel_request_accepted", "buyer " + onOrder, `{"request":"cancel"}`, ""},
	{"return_request_accepted", "buyer " + onOrder, `{"request":"return"}`, ""},
	{"request_declined", "buyer " + onOrder, `{"request":"return"}`, ""},
	{"request_unanswered", "buyer seller " + onOrder, `{"request":"cancel"}`, ""},
	{"request_withdrawn", "seller " + onOrder, `{"request":"cancel"}`, ""},
	{"request_superseded", "buyer seller " + onOrder, `{"request":"cancel"}`, ""},
	{"request_fulfilled", "buyer seller " + onOrder, `{"request":"cancel"}`, ""},
	{"claim_return_agreed", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z","amount":5000}`, "5,000円"},
	{"claim_return_agreed_no_address", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z","amount":5000}`, "5,000円"},
	{"claim_return_decided", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z","amount":12800,"borne_by":"seller","counts":true,"reason_code":"damaged"}`, ""},
	{"claim_return_decided_no_address", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z","amount":12800,"borne_by":"marketplace","counts":false,"reason_code":"damaged"}`, ""},
	{"claim_return_address", "buyer", `{"due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"claim_return_shipped", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z","carrier":"ヤマト運輸","tracking_number":"4000-1111-2222"}`, "11月26日(木)14:05(日本時間)まで"},
	{"claim_return_delivered", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"claim_return_received", "buyer seller", `{"amount":5000}`, "5,000円"},
	{"claim_return_silent", "buyer seller", `{"amount":5000}`, "5,000円"},
	{"claim_return_disputed", "buyer seller", `{}`, ""},
	{"claim_return_no_address", "buyer seller", `{}`, ""},
	{"claim_return_undeliverable", "buyer seller", `{}`, ""},
	{"claim_return_unreachable", "buyer seller", `{}`, ""},
	{"claim_return_reminder", "buyer seller", `{"due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"claim_replacement_reminder", "seller", `{"due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"claim_replacement_shipped", "buyer", `{"carrier":"ヤマト運輸","tracking_number":"4000-1111-2222","until":"2026-12-05T05:05:00Z"}`, "12月5日(土)14:05(日本時間)まで"},
	{"claim_replacement_corrected", "buyer", `{"carrier":"日本郵便","tracking_number":"5000-1111-2222","until":"2026-12-05T05:05:00Z"}`, "12月5日(土)14:05(日本時間)まで"},
	{"claim_replacement_missed", "buyer seller", `{"until":"2026-12-05T05:05:00Z"}`, ""},
	{"claim_replacement_delivered", "buyer seller", `{"until":"2026-12-05T05:05:00Z"}`, ""},
	{"claim_replacement_delivered_noted", "buyer seller", `{}`, ""},
	{"claim_replacement_undeliverable", "buyer seller", `{"until":"2026-12-05T05:05:00Z"}`, ""},
	{"claim_replacement_undeliverable_noted", "buyer seller", `{}`, ""},
	{"claim_return_reminder_no_address", "seller", `{"due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"cancellation_asked", "buyer " + onOrder, `{}`, ""},
	{"cancellations_asked", "buyer " + onOrder, `{"others":2}`, ""},
	{"investigation_opened", "seller " + onSeller, `{"investigation":"E-3H8T-5K2W","stock_outs":3,"buyers":2,"days":90}`, ""},
	{"investigation_question", "seller " + onSeller, `{"investigation":"E-3H8T-5K2W","due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"investigation_reminder", "seller " + onSeller, `{"investigation":"E-3H8T-5K2W","due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"investigation_silent", "seller " + onSeller, `{"investigation":"E-3H8T-5K2W"}`, ""},
	{"investigation_acted", "seller " + onSeller, `{"investigation":"E-3H8T-5K2W"}`, ""},
	{"investigation_closed_no_action", "seller " + onSeller, `{"investigation":"E-3H8T-5K2W"}`, ""},
	{"measure_notice", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"measure_plan", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":"","due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"measure_warning", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"measure_order_cap", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"measure_listing_pause", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"measure_listing_pause", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":"DESK-1"}`, ""},
	{"measure_termination", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"measure_started", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"measure_ended", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"measure_lifted", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"measure_plan_reminder", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":"","due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"measure_plan_overdue", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"measure_plan_accepted", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"measure_plan_returned", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":"","due_at":"2026-11-26T05:05:00Z"}`, "11月26日(木)14:05(日本時間)まで"},
	{"measure_appeal_upheld", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"measure_appeal_changed", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"measure_appeal_overturned", "seller " + onSeller, `{"measure":"E-3H8T-5K2W","appeal_until":"2026-12-25T15:00:00Z","starts_at":"2026-11-25T05:05:00Z","until":"2026-12-25T15:00:00Z","cap":20,"sku":""}`, ""},
	{"report_received", "", `{"report":"R-3H8T-5K2W","orders":2,"due_at":"2026-12-06T05:05:00Z"}`, "12月6日(日)14:05(日本時間)まで"},
	{"report_joined", "", `{"report":"R-3H8T-5K2W","due_at":"2026-12-06T05:05:00Z"}`, "12月6日(日)14:05(日本時間)まで"},
	{"report_goes_on", "", `{"report":"R-3H8T-5K2W","due_at":"2026-12-06T05:05:00Z"}`, "12月6日(日)14:05(日本時間)まで"},
	{"report_acted", "", `{"report":"R-3H8T-5K2W"}`, ""},
	{"report_within_limit", "", `{"report":"R-3H8T-5K2W"}`, ""},
	{"report_other_cause", "", `{"report":"R-3H8T-5K2W"}`, ""},
	{"report_now_acted", "", `{"report":"R-3H8T-5K2W"}`, ""},
	{"report_now_within_limit", "", `{"report":"R-3H8T-5K2W"}`, ""},
	{"report_now_other_cause", "", `{"report":"R-3H8T-5K2W"}`, ""},
	{"flag_warned", "", `{"flag":"F-3H8T-5K2W","count":3,"of":4,"appeal_until":"2026-12-25T15:00:00Z"}`, ""},
	{"flag_warned_claims", "", `{"flag":"F-3H8T-5K2W","count":3,"of":4,"appeal_until":"2026-12-25T15:00:00Z"}`, ""},
	{"flag_limited", "", `{"flag":"F-3H8T-5K2W","count":3,"of":4,"appeal_until":"2026-12-25T15:00:00Z","max":1,"until":"2027-02-23T15:00:00Z"}`, "2027年2月23日(火)23:59(日本時間)まで"},
	{"flag_limit_lifted", "", `{"flag":"F-3H8T-5K2W","count":3,"of":4,"appeal_until":"2026-12-25T15:00:00Z"}`, ""},
	{"flag_limit_ended", "", `{"flag":"F-3H8T-5K2W","count":3,"of":4,"appeal_until":"2026-12-25T15:00:00Z"}`, ""},
	{"flag_warning_upheld", "", `{"flag":"F-3H8T-5K2W","count":3,"of":4,"appeal_until":"2026-12-25T15:00:00Z"}`, ""},
	{"flag_warning_withdrawn", "", `{"flag":"F-3H8T-5K2W","count":3,"of":4,"appeal_until":"2026-12-25T15:00:00Z"}`, ""},
	{"flag_limit_upheld", "", `{"flag":"F-3H8T-5K2W","count":3,"of":4,"appeal_until":"2026-12-25T15:00:00Z"}`, ""},
	{"flag_limit_withdrawn", "", `{"flag":"F-3H8T-5K2W","count":3,"of":4,"appeal_until":"2026-12-25T15:00:00Z"}`, ""},
	{"contest_accepted", "seller " + onOrder, `{"why":"購入者の依頼を確認しました。","counted":true}`, ""},
	{"contest_rejected", "seller " + onOrder, `{"why":"依頼の記録がありません。","counted":true}`, ""},
	{"contest_late", "seller " + onOrder, `{"planned_at":"2026-11-27T05:05:00Z","counted":true}`, ""},
	{"contest_overdue", "account " + onOrder, `{"contested_at":"2026-11-20T05:05:00Z","planned_at":"2026-11-27T05:05:00Z","counted":true}`, ""},
	{"finding_overruled", "seller " + onOrder, `{"why":"在庫の記録を確認しました。","finding":"found_other","counted":true}`, ""},
	{"finding_overruled", "seller " + onOrder, `{"why":"在庫の記録を確認しました。","finding":"found_other","contest":"accepted","counted":true}`, ""},
	{"finding_overruled", "seller " + onOrder, `{"why":"在庫の記録を確認しました。","finding":"found_misdeclared","contest":"rejected","counted":true}`, ""},
	{"claim_replacement_paid_back", "buyer seller", `{}`, ""},
	{"claim_assigned", "account", `{"name":"佐藤 遥"}`, ""},
	{"claim_put_back", "account", `{"minutes":30}`, ""},
}

func (s sampleNotice) notice(t *testing.T, locale, party string) Notice {
	t.Helper()
	n := Notice{Number: "M-6F2R-9XQD", Kind: s.kind, Party: party, Args: map[string]any{
		"title": "折りたたみデスクライト <b>", "seller": "青葉雑貨店", "claimed": float64(12800), "currency": "JPY", "reason": "not_received", "status": "awaiting_seller", "party": party,
	}}
	switch {
	case s.kind == "sign_in":
		n.Code, n.Valid = "482913", 15*time.Minute
	case s.kind == "upload_unsafe", strings.Contains(s.parties, onSeller), strings.HasPrefix(s.kind, reportKinds), strings.HasPrefix(s.kind, flagKinds): // of no claim and no order
	case strings.Contains(s.parties, onOrder):
		n.OrderNumber = "HT-2201"
	default:
		n.ClaimNumber, n.OrderNumber = "C-7Q4K-2M9D", "HT-2201"
	}
	if locale == "en" {
		n.Args["title"] = "Folding desk lamp <b>"
	}
	if err := json.Unmarshal([]byte(s.facts), &n.Args); err != nil {
		t.Fatal(err)
	}
	return n
}

// words of an HTML part as a reader sees them: without the head, tags and link target.
func mailWords(part string) string {
	_, part, _ = strings.Cut(part, "<body>")
	return strings.Join(strings.Fields(html.UnescapeString(regexp.MustCompile(`</?[a-z][^>]*>`).ReplaceAllString(part, " "))), "")
}

// Every kind of notice in every language, to every party: what has to stand in it does, both parts say the same, and
// testdata/notices.golden keeps the words to be read by eye. HOSHO_UPDATE=1 writes it anew.
func TestEveryNotice(t *testing.T) {
	set := parsed(t)
	const link = "https://hosho.example.jp/ja/somewhere"
	known := map[string]bool{}
	var golden strings.Builder
	folder := t.TempDir()
	for i, sample := range sampleNotices {
		for _, locale := range Locales() {
			parties := strings.Fields(strings.TrimSuffix(strings.TrimSuffix(sample.parties, onOrder), onSeller))
			if len(parties) == 0 {
				parties = []string{""}
			}
			for _, party := range parties {
				n := sample.notice(t, locale, party)
				known[set.catalog.noticeKey(locale, n)] = true
				name := fmt.Sprintf("%02d-%s-%s-%s", i, sample.kind, party, locale)
				subject, text, page, err := set.RenderNotice(locale, n, link)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				listed, body := set.catalog.Notice(locale, n)
				if listed != subject || !strings.Contains(text, body[strings.LastIndex(body, "\n")+1:]) || strings.ContainsAny(subject+text+page, strongOn+strongOff) {
					t.Errorf("%s: the message centre and the mail differ", name)
				}
				if length := utf8.RuneCountInString(subject); length > 60 || sample.kind != "sign_in" && !strings.Contains(subject, n.OrderNumber) && !strings.Contains(subject, n.ClaimNumber) {
					t.Errorf("%s: the subject has %d characters: %s", name, length, subject)
				}
				if first, _, _ := strings.Cut(text, "\n"); !strings.HasSuffix(first, "M-6F2R-9XQD") {
					t.Errorf("%s: the first line is %q", name, first)
				}
				plain := strings.Replace(strings.Replace(text, link, "", 1), "\n--\n", "\n", 1)
				if got, want := mailWords(page), strings.Join(strings.Fields(plain), ""); got != want {
					t.Errorf("%s: the parts differ\nhtml %s\ntext %s", name, got, want)
				}
				if locale == "ja" && sample.says != "" && !strings.Contains(page, "<strong>"+sample.says+"</strong>") {
					t.Errorf("%s: %q does not stand out", name, sample.says)
				}
				if !strings.Contains(page, `<html lang="`+locale+`">`) || strings.Count(page, "http") != 1 || strings.Contains(page, "<img") || strings.Contains(page, "url(") {
					t.Errorf("%s: more than one link, a picture, or no language", name)
				}
				fmt.Fprintf(&golden, "=== %s\n%s\n\n%s\n", name, subject, text)
				if err := os.WriteFile(filepath.Join(folder, name+".html"), []byte(page), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for key := range allMessages(t)["ja"] {
		if kind, ok := strings.CutSuffix(key, ".subject"); ok && strings.HasPrefix(key, "notice.") && !known[kind] {
			t.Errorf("no sample of %s", kind)
		}
	}
	t.Run("golden", func(t *testing.T) { compareNotices(t, golden.String()) })
	t.Run("html", func(t *testing.T) { validateMails(t, folder) })
}

func compareNotices(t *testing.T, got string) {
	t.Helper()
	file := filepath.Join("testdata", "notices.golden")
	if os.Getenv("HOSHO_UPDATE") != "" {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sections := func(all string) map[string]string {
		by := map[string]string{}
		for part := range strings.SplitSeq(all, "=== ") {
			name, words, _ := strings.Cut(part, "\n")
			by[name] = words
		}
		return by
	}
	is, want := sections(got), sections(string(kept))
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if is[name] != want[name] {
			t.Errorf("%s is\n%s\nand was\n%s", name, is[name], want[name])
		}
	}
	if len(is) != len(want) {
		t.Errorf("%d notices, and %d in the golden file", len(is), len(want))
	}
}

// validateMails has html-validate read the HTML parts.
func validateMails(t *testing.T, folder string) {
	t.Helper()
	program := npmProgram(t, "html-validate", "html-validate.mjs")
	command := exec.CommandContext(t.Context(), "node", program, "--config", filepath.Join("..", ".htmlvalidate.mjs"), "--max-warnings", "0", folder)
	if said, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%.4000s", err, said)
	}
}
