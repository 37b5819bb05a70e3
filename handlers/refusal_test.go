package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// wordless are the addresses of forms in which nobody writes.
var wordless = regexp.MustCompile(`/(remind|solved|take-over|discard|check|outcome|reason|items|outside-contact|cases/[^/]+/respond|my/claims/[^/]+/return|staff/cases/[^/]+/quality)$`)

var leadsTo = regexp.MustCompile(`href="#(f-[^"]*)"`)

// inEveryState makes an order a state: without contact, waiting, and with a claim from its filing to its end.
func (p *portal) inEveryState() map[string]target {
	p.t.Helper()
	ask := func(party string) [][3]string {
		return [][3]string{{"s1", "contest", `{"message":"届けました。"}`}, {"agent", "ask", `{"party":"` + party + `","question":"箱の写真はありますか。"}`}}
	}
	claims := map[string][][3]string{
		"filed":        nil,
		"offered":      {{"s1", "offer", `{"kind":"partial_refund","amount":1000,"message":"いかがですか。"}`}},
		"countered":    {{"s1", "offer", `{"kind":"partial_refund","amount":1000,"message":"いかがですか。"}`}, {"b1", "counter", `{"amount":2000,"message":"いかがですか。"}`}},
		"reviewed":     {{"s1", "contest", `{"message":"届けました。"}`}},
		"buyer-asked":  ask("buyer"),
		"seller-asked": ask("seller"),
		"paused":       {{"agent", "pause", `{"until":"2026-02-01T10:00:00+09:00","reason":"連休のためです。"}`}},
		"decided": {{"s1", "contest", `{"message":"届けました。"}`}, {
			"agent", "decide",
			`{"outcome":"denied","borne_by":"marketplace","counts_against_seller":false,"reason_code":"delivered_as_promised","facts":"届いています。","explanation":"配達の記録があります。"}`,
		}},
		"withdrawn": {{"b1", "withdraw", `{}`}},
		"returning": {{"s1", "offer", `{"kind":"return_for_refund","message":"いかがですか。"}`}, {"b1", "accept_offer", `{}`}},
		"returned":  {{"s1", "offer", `{"kind":"return_for_refund","message":"いかがですか。"}`}, {"b1", "accept_offer", `{}`}, {"b1", "ship_return", `{"carrier":"飛脚","tracking_number":"1"}`}},
	}
	made := map[string]target{}
	ends := ""
	order := func(state string) string { return "S-" + strings.ToUpper(state) }
	for state := range claims { // all waits first, so that every claim is fresh at the end
		p.order(order(state))
		ends = p.contact(order(state))
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+ends+`"}`)
	for state, acts := range claims {
		number := p.want(201, "b1", "POST", "/claims", filing(order(state))).str("number")
		for _, a := range acts {
			p.want(200, a[0], "POST", "/claims/"+number+"/actions/"+a[1], a[2])
		}
		made[state] = target{order: order(state), claim: number}
	}
	for _, state := range []string{"no-contact", "waiting"} {
		p.order(order(state))
		made[state] = target{order: order(state)}
	}
	p.contact(order("waiting"))
	return made
}

// Forms are sent with nothing in them by those who may, in every state of a claim. What comes back leads to each field
// that a message is about (clean); where nothing is asked any more, no field is spoken of.
func TestNothingSent(t *testing.T) {
	p := newPortal(t)
	made := p.inEveryState()
	told := 0
	long := strings.Repeat("あ", 4001)
	full := url.Values{"version": {"99"}, "do": {"reject"}, "choice": {"contest"}}
	for _, name := range []string{"body", "message", "reason", "note", "question", "description", "explanation", "facts", "statement", "url", "types", "grounds", "name", "withdraw"} {
		full.Set(name, long)
	}
	post := func(v *visitor, state, path string, form url.Values) {
		got := v.send(http.MethodPost, path, "application/x-www-form-urlencoded", []byte(form.Encode()))
		page := string(got.raw)
		if got.status >= http.StatusInternalServerError {
			t.Errorf("%s: %s: %d", state, path, got.status)
		}
		if got.status == http.StatusUnprocessableEntity {
			told += len(leadsTo.FindAllString(page, -1))
			if !strings.Contains(page, `class="errors"`) {
				t.Errorf("%s: %s is refused without a word", state, path)
			}
		}
		v.clean(state+": "+path, page)
		if form.Has("body") && got.status >= http.StatusBadRequest && got.status != http.StatusNotFound && !strings.Contains(page, long) && !wordless.MatchString(path) {
			t.Errorf("%s: %s: %d, and what was typed is lost", state, path, got.status)
		}
	}
	send := func(v *visitor, state, path string) {
		post(v, state, path, url.Values{"version": {"99"}})
		post(v, state, path, full)
	}
	for _, row := range readAuthz(t) {
		side, _, _ := strings.Cut(strings.TrimPrefix(row.path, "/:lang/"), "/")
		who := map[string]string{"my": "b1", "seller": "s1", "staff": "lead"}[side]
		if row.method != http.MethodPost || who == "" {
			continue
		}
		if strings.HasPrefix(row.path, "/:lang/staff/webhooks") || strings.HasPrefix(row.path, "/:lang/staff/users") || strings.HasSuffix(row.path, "/:version/withdraw") { // an admin's alone
			who = "admin"
		}
		v := p.as(who)
		for state, x := range made {
			ofClaim := strings.Contains(row.path, "/claims/") || strings.Contains(row.path, "/cases/")
			switch {
			case ofClaim && x.claim == "":
			case strings.HasSuffix(row.path, "/:question"):
				for _, question := range claimOrder {
					send(v, state, x.fill(strings.TrimSuffix(row.path, ":question")+string(question)))
				}
			default:
				send(v, state, x.fill(row.path))
			}
		}
	}
	if told < 50 {
		t.Errorf("only %d messages about fields", told)
	}
}

// Files for a case that has ended: its page says that none can be given, and what was typed with them stays.
func TestFilesAfterTheEnd(t *testing.T) {
	p := newPortal(t)
	number := p.claim("o-1")
	pages := map[string]string{"s1": "/ja/seller/cases/" + number, "agent": "/ja/staff/cases/" + number}
	for who, here := range pages {
		p.as(who).page(200, here+"/evidence")
	}
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/withdraw", "{}")
	for who, here := range pages {
		v := p.as(who)
		if got := v.send("GET", here+"/evidence", "", nil); got.status != 303 || got.header.Get("Location") != here+"?done="+notNow {
			t.Errorf("%s asks for the form: %d %s", who, got.status, got.header.Get("Location"))
		}
		file := p.uploaded(who, 7)
		got := v.post(409, here+"/evidence", url.Values{"note": {"配達の記録です。"}, "evidence": {file}})
		kept(t, who, got, "配達の記録です。")
		wants(t, who, got, "証拠は追加できません", "今の状態ではできません")
		lacks(t, who, got, "multipart")
	}
}
