package templates

import (
	"strings"
	"testing"
)

// A party has words of its own where there are some, and the facts read as money, words and
// times though they come from JSON.
func TestNoticeByParty(t *testing.T) {
	set := parsed(t)
	facts := func() map[string]any {
		return map[string]any{
			"title": "折りたたみデスクライト", "claimed": float64(12800), "currency": "JPY", "reason": "not_received",
			"amount": float64(5000), "due_at": "2026-11-26T05:05:00Z", "appeal_until": "2026-12-25T15:00:00Z",
		}
	}
	for _, tc := range []struct {
		locale, kind, party string
		want                []string
		not                 string
	}{
		{"ja", "claim_opened", "seller", []string{"12,800円", "「商品が届かない」", "11月26日(木)14:05(日本時間)までに回答"}, "今は対応の必要はありません"},
		{"ja", "claim_opened", "buyer", []string{"今は対応の必要はありません", "11月26日(木)14:05(日本時間)まで"}, "貴店"},
		{"en", "claim_decided", "buyer", []string{"partial refund of ¥5,000", `"Contact us"`}, "the buyer ¥"},
		{"en", "claim_decided", "seller", []string{"partial refund of ¥5,000 to the buyer", "counts in your metrics"}, ""},
		{"ja", "claim_settled", "seller", []string{"返金額: 5,000円", "貴店の負担"}, ""},
		{"ja", "claim_reminder", "seller", []string{"11月26日(木)14:05(日本時間)まで"}, ""}, // no words of its own: the common ones
	} {
		n := Notice{Number: "M-6F2R-9XQD", Kind: tc.kind, Party: tc.party, ClaimNumber: "C-7Q4K-2M9D", Args: facts()}
		subject, body := set.Catalog().Notice(tc.locale, n)
		if !strings.Contains(subject, "C-7Q4K-2M9D") {
			t.Errorf("%s to %s: subject %q", tc.kind, tc.party, subject)
		}
		for _, want := range tc.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s to %s lacks %q:\n%s", tc.kind, tc.party, want, body)
			}
		}
		if tc.not != "" && strings.Contains(body, tc.not) {
			t.Errorf("%s to %s says %q:\n%s", tc.kind, tc.party, tc.not, body)
		}
		_, text, html, err := set.RenderNotice(tc.locale, n, "https://hosho.example.jp"+NoticePath(tc.locale, n))
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(text, "\n")
		if !strings.Contains(first, "M-6F2R-9XQD") || !strings.Contains(html, "M-6F2R-9XQD") {
			t.Errorf("%s: the first line is %q", tc.kind, first)
		}
	}
	for party, want := range map[string]string{"buyer": "/ja/my/claims/C-7Q4K-2M9D", "seller": "/ja/seller/cases/C-7Q4K-2M9D"} {
		if got := NoticePath("ja", Notice{Party: party, ClaimNumber: "C-7Q4K-2M9D", OrderNumber: "1"}); got != want {
			t.Errorf("path of a %s: %s", party, got)
		}
	}
	for _, kind := range []string{"refund_done", "refund_failed"} {
		if got := NoticePath("ja", Notice{Party: "buyer", Kind: kind, ClaimNumber: "C-7Q4K-2M9D"}); got != "/ja/my/claims/C-7Q4K-2M9D/refund" {
			t.Errorf("path of %s: %s", kind, got)
		}
	}
	if got := NoticePath("en", Notice{Party: "seller", OrderNumber: "a/b"}); got != "/en/seller/orders/a%2Fb" {
		t.Errorf("path of an order: %s", got)
	}
}
