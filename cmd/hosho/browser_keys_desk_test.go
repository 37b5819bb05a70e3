package main

import (
	"strings"
	"testing"
)

// chooses goes to a group of radio buttons and to one of them.
func (g guest) chooses(name, value string) {
	g.t.Helper()
	g.tabTo("input[name=" + name + "]")
	g.Press("Space")
	g.goesDownTo(value)
}

// selects goes to a list and to one of its options.
func (g guest) selects(name, value string) {
	g.t.Helper()
	g.tabTo("select[name=" + name + "]")
	g.goesDownTo(value)
}

func (g guest) goesDownTo(value string) {
	g.t.Helper()
	for range 20 {
		if evaluate[string](g, "document.activeElement.value") == value {
			return
		}
		g.Press("ArrowDown")
	}
	g.t.Fatalf("no way down to %q at %s", value, g.URL())
}

// types goes to a field and writes; what stands there is replaced, as the focus selects it.
func (g guest) types(name, words string) {
	g.t.Helper()
	g.tabTo("[name=" + name + "]")
	g.Type(words)
}

// ruling is a decision as it is keyed in. What is empty stays as the form has it.
type ruling struct {
	outcome, amount, bearer, counts, reason, facts, why string
}

// rules writes a decision by keys, from the page of the case to the letters.
func (g guest) rules(r ruling) {
	g.t.Helper()
	g.key("d", 0)
	g.until(`location.pathname.endsWith("/decide") && document.querySelector("[name=explanation]")`)
	g.chooses("outcome", r.outcome)
	if r.amount != "" {
		g.types("amount", r.amount)
	}
	g.chooses("borne_by", r.bearer)
	g.chooses("counts_against_seller", r.counts)
	g.selects("reason_code", r.reason)
	g.types("facts", r.facts)
	if evaluate[bool](g, `document.querySelector("input[name=evidence_cited]") !== null`) {
		g.tabTo("input[name=evidence_cited]")
		g.Press("Space")
	}
	g.types("explanation", r.why)
	g.key("Enter", control)
	g.until(`document.querySelector("button[value=next]")`)
}

// TestFiveCasesByKeys is the work of staff's day: the case due first is taken, five are decided one after the other, each
// in another way, and the pointer is not touched. What each came to is read afterwards where both parties read it.
func TestFiveCasesByKeys(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"ja", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			m := openMarket(t)
			who := map[string]string{"ja": mori, "en": abe}[lang]
			g := m.signedIn(t, lang, who)
			g.at("staff/queue")
			g.until(`document.documentElement.dataset.keys === "on"`)
			g.key("t", 0)
			g.until(`location.pathname.includes("/staff/cases/")`)

			const facts, why = "配送会社の記録と双方の話は合っています。", "双方の説明と資料を読みました。決めた理由は次のとおりです。"
			rulings := []ruling{
				{outcome: "granted", bearer: "seller", counts: "yes", reason: "not_delivered", facts: facts, why: why},
				{outcome: "denied", bearer: "marketplace", counts: "no", reason: "evidence_insufficient", facts: facts, why: why},
				{outcome: "granted", amount: "500", bearer: "marketplace", counts: "no", reason: "not_as_described", facts: facts, why: why},
				{outcome: "denied", bearer: "marketplace", counts: "no", reason: "delivered_as_promised", facts: facts, why: why},
				{outcome: "granted", amount: "1000", bearer: "seller", counts: "no", reason: "not_as_described", facts: facts, why: why},
			}
			done := map[string]ruling{}
			for i, r := range rulings {
				number := caseNumber(g.URL())
				if done[number].outcome != "" {
					t.Fatalf("%s comes up again as case %d", number, i+1)
				}
				g.rules(r)
				g.WaitText(why)
				if i == 0 {
					g.Axe()
				}
				if i == len(rulings)-1 {
					g.Screenshot("five-cases-" + lang)
				}
				g.key("Enter", control)
				g.until(`!location.pathname.endsWith("/decide") && !location.pathname.includes("/cases/` + number + `")`)
				done[number] = r
				if i == len(rulings)-1 || evaluate[bool](g, `document.querySelector("main a[href$='/decide']") !== null`) {
					continue
				}
				// The view ends here, or a proposal comes next: the next one that waits for somebody, a colleague's among them.
				for !evaluate[bool](g, `document.querySelector("main a[href*='/decide']") !== null`) {
					here := g.URL()
					g.key("t", 0)
					g.until(`location.href !== ` + quoted(here) + ` && location.pathname.includes("/staff/cases/")`)
					if evaluate[bool](g, `document.querySelector("main a[href*='/approve']") !== null`) {
						g.key("d", 0)
						g.until(`location.pathname.endsWith("/approve") && document.querySelector("main form button[type=submit]")`)
						g.key("Enter", control)
						g.until(`!location.pathname.endsWith("/approve")`)
					}
				}
			}
			g.quiet()
			for number, r := range done {
				g.open("staff/cases/" + number)
				g.WaitText(why)
				g.reads("status.staff." + r.outcome)
			}
		})
	}
}

// caseNumber is the number of the case a page is of.
func caseNumber(address string) string {
	_, rest, _ := strings.Cut(address, "/staff/cases/")
	number, _, _ := strings.Cut(rest, "?")
	number, _, _ = strings.Cut(number, "/")
	return number
}
