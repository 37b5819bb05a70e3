package templates

import (
	"net/url"
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

// moneyNames are the facts that are minor units of the fact "currency".
var moneyNames = []string{"amount", "claimed", "offer_amount"}

// noticeKey is the key under which the words of a kind of notice stand for a party:
// notice.KIND_PARTY where there are words of its own, else notice.KIND. This is the only
// place that chooses; pages, mails and the API go through it.
func (c *Catalog) noticeKey(locale string, n Notice) string {
	if key := "notice." + n.Kind + "_" + n.Party; n.Party != "" && c.Has(locale, key+".subject") {
		return key
	}
	return "notice." + n.Kind
}

// noticeArgs are the facts in the form texts take them.
func (c *Catalog) noticeArgs(locale string, n Notice) map[string]any {
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
	args["order"] = n.OrderNumber
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
	for name, prefix := range map[string]string{"reason": "reason", "topic": "reason", "kind": "offer", "outcome": "outcome", "channel": "contact.channel"} {
		if s, ok := args[name].(string); ok {
			if word, err := w.text(prefix+"."+s, nil, nil); err == nil {
				args[name] = word
			}
		}
	}
	amount, _ := args["amount"].(Money)
	terms, result := "replacement", "denied"
	if amount.Amount > 0 {
		terms, result = "refund", "granted"
		if claimed, ok := args["claimed"].(Money); ok && amount.Amount < claimed.Amount {
			result = "granted_partly"
		}
	}
	party := n.Party
	if party != "seller" {
		party = "buyer"
	}
	args["terms"] = c.Text(locale, "notice_terms."+terms, args)
	args["result"] = c.Text(locale, "letter."+party+"."+result, args)
	return args
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
	key, args := c.noticeKey(locale, n), c.noticeArgs(locale, n)
	return strings.Join(strings.Fields(c.Text(locale, key+".subject", args)), " "), strings.TrimSpace(c.Text(locale, key+".body", args))
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
	case n.ClaimNumber != "":
		return base + "/my/claims/" + url.PathEscape(n.ClaimNumber)
	case n.OrderNumber != "" && n.Party == "seller":
		return base + "/seller/orders/" + url.PathEscape(n.OrderNumber)
	case n.OrderNumber != "":
		return base + "/my/orders/" + url.PathEscape(n.OrderNumber)
	}
	return base + "/my/notices/" + url.PathEscape(n.Number)
}

// RenderNotice gives a notice as a mail in a locale. link is an address of the portal.
func (s *Set) RenderNotice(locale string, n Notice, link string) (subject, text, html string, err error) {
	if !Supported(locale) {
		locale = defaultLocale
	}
	key := s.catalog.noticeKey(locale, n)
	return s.renderMail(locale, key+".subject", key+".body", s.catalog.noticeArgs(locale, n), link, n.Number)
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
