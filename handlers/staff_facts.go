package handlers

import (
	"hosho/models"
	"hosho/templates"
)

// ruleRows are the rules a claim was filed under, and how each was met.
func (d desk) ruleRows(v models.ClaimView) (rows []templates.SummaryRow) {
	for _, r := range v.Assessment.Rules {
		word := d.text("staff.rule_passed")
		if !r.Passed {
			word = d.text("staff.rule_failed")
		}
		rows = append(rows, templates.SummaryRow{Label: d.text("rule." + string(r.Code) + ".title"), Value: word})
	}
	return rows
}

// compared puts into words what goes with the buyer's version and what speaks against it; the
// conflicts come first.
func (d desk) compared(v models.ClaimView, order models.Order) []comparedFact {
	return d.factLines(models.CompareCase(v.Claim, order), v, order)
}

func (d desk) factLines(facts []models.CaseFact, v models.ClaimView, order models.Order) []comparedFact {
	var with, against []comparedFact
	for _, f := range facts {
		text := d.text("staff.compared."+f.Code, "happened_at", f.At, "amount", d.money(f.Amount, v.Currency))
		if f.Code == models.FactException {
			if l, ok := order.Line(f.Line); ok {
				text = d.label("exception", l.Exception)
			}
		}
		if f.Line != 0 && len(v.Lines) > 1 {
			text = d.text("work.line", "line", f.Line) + ": " + text
		}
		if f.Conflict {
			against = append(against, comparedFact{text, true})
		} else {
			with = append(with, comparedFact{text, false})
		}
	}
	return append(against, with...)
}
