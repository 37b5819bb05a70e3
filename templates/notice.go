package templates

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Notice is an official message as this package needs it: its kind, whom it is for, what it
// is about and the facts its words are filled with. Facts may come from JSON.
type Notice struct {
	Number      string // M-…, in the first line of every mail
	Kind        string
	Party       string // buyer, seller or ""
	ClaimNumber string
	OrderNumber string
	Args        map[string]any
	Code        string        // of a sign-in; "" otherwise
	Valid       time.Duration // how long a sign-in works
}

// forStaff tells notices to a person as themselves about a claim on which they stand on no party's side.
func (n Notice) forStaff() bool { return n.Party == "account" || n.Party == "staff" }

// moneyNames are the facts that are minor units of the fact "currency".
var moneyNames = []string{"amount", "claimed", "offer_amount"}

// strongNames are the facts a mail prints in strong type: what is paid, until when, and a code to type.
var strongNames = []string{
	"amount", "offer_amount", "claimed", "code", "due_at", "last_at", "deadline_at", "opens_at", "wait_ends_at", "until", "object_until", "appeal_until",
}

// noticeKey is the key under which the words of a kind of notice stand for a party:
// notice.KIND_PARTY where there are words of its own, else notice.KIND. This is the only
// place that chooses; pages, mails and the API go through it.
func (c *Catalog) noticeKey(locale string, n Notice) string {
	kind := n.Kind
	if reason, ok := n.Args["reason"].(string); ok && kind == "claim_withdrawn" && reason == "arrived" {
		kind = "claim_arrived" // withdrawn by the record of a delivery, not by the buyer
	}
	if key := "notice." + kind + "_" + n.Party; n.Party != "" && c.Has(locale, key+".subject") {
		return key
	}
	return "notice." + kind
}

// noticeArgs are the facts in the form texts take them; in a mail the strong ones are marked.
func (c *Catalog) noticeArgs(locale string, n Notice, mail bool) map[string]any {
	args := map[string]any{"number": n.Number, "notice": n.Number, "code": n.Code, "valid": n.Valid}
	for name, v := range n.Args {
		args[name] = v
	}
	switch {
	case n.ClaimNumber != "":
		args["number"] = n.ClaimNumber
	case n.OrderNumber != "":
		args["number"] = n.OrderNumber
	}
	for _, about := range []string{"measure", "investigation", "flag"} {
		if s, ok := n.Args[about].(string); ok {
			args["number"] = s
			break
		}
	}
	args["order"] = n.OrderNumber
	if due, ok := args["due_at"]; ok {
		args["last_at"] = due
	}
	code, _ := args["currency"].(string)
	for _, name := range moneyNames {
		if amount, ok := wholeNumber(args[name]); ok && code != "" {
			args[name] = Money{amount, code}
		}
	}
	w := c.words[locale]
	if w == nil {
		w = c.words[defaultLocale]
	}
	// What is a code of the rules reads as a word.
	for name, prefix := range map[string]string{"reason": "reason", "topic": "reason", "kind": "offer", "channel": "contact.channel", "request": "request", "finding": "cause_finding"} {
		if s, ok := args[name].(string); ok {
			if word, err := w.text(prefix+"."+s, nil, nil); err == nil {
				args[name] = word
			}
		}
	}
	amount, _ := args["amount"].(Money)
	claimed, known := args["claimed"].(Money)
	offered, _ := args["offer_amount"].(Money)
	if mail {
		w.markStrong(args)
	}
	c.composeNotice(locale, n.Party, args, amount.Amount, known && amount.Amount < claimed.Amount, offered.Amount)
	return args
}

// markStrong prints the strong facts and puts the marks around them. Nobody else's text keeps such marks.
func (w *words) markStrong(args map[string]any) {
	for name, v := range args {
		if s, ok := v.(string); ok {
			args[name] = noMarks.Replace(s)
		}
	}
	for _, name := range strongNames {
		if v, ok := args[name]; ok && v != "" {
			args[name] = strongOn + fmt.Sprint(w.value(name, v)) + strongOff
		}
	}
}

// composeNotice adds the sentences of a notice that depend on its facts: the result, its reason, what it means for the
// party and what comes next.
func (c *Catalog) composeNotice(locale, party string, args map[string]any, amount int64, partly bool, offered int64) {
	if party != "seller" {
		party = "buyer"
	}
	terms, result := "replacement", "denied"
	if amount > 0 {
		terms, result = "refund", "granted"
		if partly {
			result = "granted_partly"
		}
	}
	args["page"] = c.Text(locale, "notice_page."+party, nil)
	args["terms"] = c.Text(locale, "notice_terms."+party+"_"+terms, args)
	args["result"] = c.Text(locale, "letter."+party+"."+result, args)
	args["outcome"] = c.Text(locale, "notice_decided."+result, nil)
	if offered > 0 {
		args["kind"] = c.Text(locale, "notice_terms.offer", args)
	}
	args["reasons"] = ""
	if code, ok := args["reason_code"].(string); ok && c.Has(locale, "decision_reason."+code) {
		args["reasons"] = c.Text(locale, "notice_decided.reason", map[string]any{"reason": c.Text(locale, "decision_reason."+code, nil)})
	}
	// Money and metric are two lines, since neither follows from the other.
	args["effects"] = c.Text(locale, "notice_decided.effects", nil)
	if bears, ok := args["borne_by"].(string); ok {
		if amount == 0 {
			bears = "nobody"
		}
		counts, _ := args["counts"].(bool)
		args["effects"] = c.Text(locale, "notice_decided.bears_"+bears, nil) + "\n" + c.Text(locale, "notice_decided.counts_"+strconv.FormatBool(counts), nil)
	}
	args["appeals"] = ""
	if _, ok := args["appeal_until"]; ok {
		args["appeals"] = c.Text(locale, "notice_decided.appeals", args)
	}
	args["next"] = c.Text(locale, "notice_decided.next_"+terms, nil)
}

func wholeNumber(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case float64:
		return int64(v), float64(int64(v)) == v
	}
	return 0, false
}

// Notice gives the words of a notice in a locale, for the message centre and the API. The
// same rule as in Text holds for what is missing.
func (c *Catalog) Notice(locale string, n Notice) (subject, body string) {
	if !Supported(locale) {
		locale = defaultLocale
	}
	key, args := c.noticeKey(locale, n), c.noticeArgs(locale, n, false)
	return strings.Join(strings.Fields(c.Text(locale, key+".subject", args)), " "), strings.TrimSpace(c.Text(locale, key+".body", args))
}

// refundKinds is what the kinds of notices to a buyer about money on its way begin with.
const refundKinds = "refund_"

// reportKinds is what the kinds of notices to who reported a seller begin with.
const reportKinds = "report_"

// reportOf is the number of the report a notice is about, "" for none.
func (n Notice) reportOf() string {
	number, _ := n.Args["report"].(string)
	if !strings.HasPrefix(n.Kind, reportKinds) {
		return ""
	}
	return number
}

// flagKinds is what the kinds of notices to whom a flag is about begin with.
const flagKinds = "flag_"

// flagOf is the number of the flag a notice is about, "" for none.
func (n Notice) flagOf() string {
	number, _ := n.Args["flag"].(string)
	if !strings.HasPrefix(n.Kind, flagKinds) {
		return ""
	}
	return number
}

// NoticePath is the page a notice is about, by the party it is for, with a leading slash.
func NoticePath(locale string, n Notice) string {
	if !Supported(locale) {
		locale = defaultLocale
	}
	base := "/" + locale
	switch {
	case n.ClaimNumber != "" && n.Party == "seller":
		return base + "/seller/cases/" + url.PathEscape(n.ClaimNumber)
	case n.ClaimNumber != "" && n.forStaff():
		return base + "/staff/cases/" + url.PathEscape(n.ClaimNumber)
	case n.ClaimNumber != "" && strings.HasPrefix(n.Kind, refundKinds):
		return base + "/my/claims/" + url.PathEscape(n.ClaimNumber) + "/refund"
	case n.ClaimNumber != "":
		return base + "/my/claims/" + url.PathEscape(n.ClaimNumber)
	case n.OrderNumber != "" && n.forStaff() && n.counted():
		return base + "/staff/contests"
	case n.OrderNumber != "" && n.Party == "seller" && n.counted():
		return base + "/seller/health/orders/" + url.PathEscape(n.OrderNumber)
	case n.OrderNumber != "" && n.Party == "seller":
		return base + "/seller/orders/" + url.PathEscape(n.OrderNumber)
	case n.OrderNumber != "":
		return base + "/my/orders/" + url.PathEscape(n.OrderNumber)
	case n.reportOf() != "":
		return base + "/my/reports/" + url.PathEscape(n.reportOf())
	case n.flagOf() != "":
		return base + "/my/flags/" + url.PathEscape(n.flagOf())
	}
	if n.Party == "seller" {
		for _, about := range []string{"measure", "investigation"} {
			if s, ok := n.Args[about].(string); ok {
				return base + "/seller/" + about + "s/" + url.PathEscape(s)
			}
		}
	}
	return base + "/my/notices/" + url.PathEscape(n.Number)
}

// counted tells notices about how an order counts against its seller.
func (n Notice) counted() bool {
	counted, _ := n.Args["counted"].(bool)
	return counted
}

// RenderNotice gives a notice as a mail in a locale. link is an address of the portal.
func (s *Set) RenderNotice(locale string, n Notice, link string) (subject, text, html string, err error) {
	if !Supported(locale) {
		locale = defaultLocale
	}
	key := s.catalog.noticeKey(locale, n)
	return s.renderMail(locale, key+".subject", key+".body", s.catalog.noticeArgs(locale, n, true), link, n.Number, OpenKey(n))
}

// OpenKey names the page of NoticePath, so that a link to it says where it leads.
func OpenKey(n Notice) string {
	switch {
	case n.ClaimNumber != "" && (n.Party == "seller" || n.forStaff()):
		return "mail.open_case"
	case n.ClaimNumber != "" && strings.HasPrefix(n.Kind, refundKinds):
		return "mail.open_refund"
	case n.ClaimNumber != "":
		return "mail.open_claim"
	case n.OrderNumber != "" && !n.forStaff():
		return "mail.open_order"
	case n.reportOf() != "":
		return "mail.open_report"
	case n.flagOf() != "":
		return "mail.open_flag"
	}
	return "mail.open"
}

// LanguageName is what a language calls itself.
func LanguageName(code string) string {
	for _, l := range Languages() {
		if l.Code == code {
			return l.Name
		}
	}
	return code
}
