package handlers

import (
	"strconv"
	"strings"

	"hosho/models"
	"hosho/models/money"
	"hosho/templates"
)

// policyLabel names a value of policy.
func (w words) policyLabel(f models.PolicyField) string {
	switch f.Unit { //nolint:exhaustive // the others have a name of their own
	case models.UnitMoney:
		return w.text("policy."+limitKind(f), "currency", w.currency(f.Currency))
	case models.UnitSpan:
		key := "policy.refund_ours"
		if strings.HasPrefix(f.Name, "refund_theirs_") {
			key = "policy.refund_theirs"
		}
		return w.text(key, "tender", w.label("tender", string(f.Tender)), "to", w.label("tender", string(f.To)))
	}
	if s := w.h.text(w.locale, "policy_field."+f.Name, nil); s != "" {
		return s
	}
	return w.text("rehearsal." + f.Name) // the rules on sellers have their names there
}

// currency names a currency; those that few markets use by their code.
func (w words) currency(code string) string {
	if s := w.h.text(w.locale, "policy.currency."+code, nil); s != "" {
		return s
	}
	return code
}

// limitKind is which limit of a currency a field is.
func limitKind(f models.PolicyField) string {
	return strings.TrimSuffix(f.Name, "_"+strings.ToLower(f.Currency))
}

// policyWhat says in a sentence what a value does, and within which range it may be.
func (w words) policyWhat(f models.PolicyField, usual models.PolicyValues) string {
	var what string
	switch f.Unit {
	case models.UnitMoney:
		what = w.text("policy." + limitKind(f) + "_what")
	case models.UnitSpan:
		what = w.text("policy.span_hint")
	default:
		what = w.h.text(w.locale, "policy_what."+f.Name, nil)
	}
	list := []string{}
	if what != "" {
		list = append(list, what)
	}
	if f.Max > 0 && f.Unit != models.UnitMoney && f.Unit != models.UnitSpan {
		list = append(list, w.text("policy.range", "min", f.Min, "max", f.Max))
	}
	if text := f.Text(&usual); text != "" && f.Unit != models.UnitDomains && f.Unit != models.UnitCodes {
		list = append(list, w.text("policy.default", "value", w.policyValue(f, text)))
	}
	return w.sentences(list...)
}

// policyValue is a value in words, from how policy writes it.
func (w words) policyValue(f models.PolicyField, text string) string {
	if text == "" {
		return w.text("policy.none")
	}
	n, err := strconv.Atoi(text)
	switch f.Unit {
	case models.UnitMinutes, models.UnitHours, models.UnitDays, models.UnitBusinessDays, models.UnitPoints:
		if err == nil {
			return w.text("policy.unit."+string(f.Unit), "n", n)
		}
	case models.UnitCount:
		if err == nil {
			return w.text("policy.unit.count", "n", n)
		}
	case models.UnitPercent:
		return w.text("policy.percent", "value", text)
	case models.UnitSwitch:
		return w.text("policy." + text)
	case models.UnitSide:
		return w.label("role", text)
	case models.UnitMoney:
		if n, err := money.ParseDecimal(text, f.Currency); err == nil {
			return w.money(n, f.Currency)
		}
	case models.UnitSpan:
		if s, ok := models.ParseSpan(text); ok {
			return w.span(s)
		}
	case models.UnitTenders:
		parts := strings.Fields(text)
		for i, p := range parts {
			parts[i] = w.label("tender", p)
		}
		return strings.Join(parts, " / ")
	case models.UnitHoursList, models.UnitDaysList:
		unit := models.UnitHours
		if f.Unit == models.UnitDaysList {
			unit = models.UnitDays
		}
		parts := strings.Fields(text)
		for i, p := range parts {
			parts[i] = w.policyValue(models.PolicyField{Unit: unit}, p)
		}
		return strings.Join(parts, " / ")
	case models.UnitCurrencies:
		parts := strings.Fields(text)
		for i, p := range parts {
			parts[i] = w.currency(p)
		}
		return strings.Join(parts, " / ")
	case models.UnitCodes, models.UnitDomains:
	}
	return text
}

func (w words) policyCell(f models.PolicyField, text string) templates.Cell {
	return templates.Cell{Text: w.policyValue(f, text), Code: text != "" && (f.Unit == models.UnitCodes || f.Unit == models.UnitDomains)}
}

// policyDiff says what one set of values changes of another.
func (w words) policyDiff(from int, before, after models.PolicyValues, secret func(models.PolicyField) bool) templates.Table {
	t := templates.Table{
		Caption: w.text("policy.changes"), Empty: &templates.Empty{Text: w.text("policy.no_changes", "version", from)},
		Columns: []templates.Column{{Label: w.text("policy.value")}, {Label: w.text("policy.group")}, {Label: w.text("policy.old")}, {Label: w.text("policy.new")}},
	}
	for _, d := range before.Differences(&after) {
		if secret != nil && secret(d.Field) {
			continue
		}
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Text: w.policyLabel(d.Field)}, {Text: w.label("policy.group_of", d.Field.Group)}, w.policyCell(d.Field, d.Old), w.policyCell(d.Field, d.New),
		}})
	}
	return t
}

// policyTable lists all values.
func (w words) policyTable(values models.PolicyValues, secret func(models.PolicyField) bool) templates.Table {
	t := templates.Table{Caption: w.text("policy.all"), Columns: []templates.Column{{Label: w.text("policy.value")}, {Label: w.text("policy.group")}, {Label: w.text("policy.in_force_value")}}}
	for _, f := range values.Fields() {
		if secret == nil || !secret(f) {
			t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{{Text: w.policyLabel(f)}, {Text: w.label("policy.group_of", f.Group)}, w.policyCell(f, f.Text(&values))}})
		}
	}
	return t
}

// effective is when a version takes effect.
func (w words) effective(at models.Instant) templates.SummaryRow {
	row := templates.SummaryRow{Label: w.text("policy.effective")}
	switch at {
	case 0:
		row.Value = w.text("policy.at_once")
	case 1:
		row.Value = w.text("policy.always")
	default:
		row.At = timeOf(at)
	}
	return row
}
