package models

import (
	"maps"
	"slices"
	"strings"
)

// putAll takes values from texts by their names. What cannot be taken, and what does not go
// together, is named by field.
func (p *PolicyValues) putAll(texts map[string]string) fieldErrors {
	var faults fieldErrors
	known := map[string]bool{}
	put := func(f PolicyField) {
		known[f.Name] = true
		text, there := texts[f.Name]
		if !there {
			return
		}
		if code := f.put(p, text); code != "" {
			faults.add(f.Name, code, "min", int(f.Min), "max", int(f.Max))
		}
	}
	for _, f := range plainFields { // the currencies among them
		put(f)
	}
	for _, f := range p.Fields() {
		if f.Unit == UnitMoney || f.Unit == UnitSpan {
			put(f)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if !known[name] && !isLimitName(name) { // the limits of a currency that is left out go with it
			faults.add(name, "unknown_value")
		}
	}
	for _, f := range p.faults() {
		faults.add(f.Field, f.Code, flat(f.Args)...)
	}
	return faults
}

func isLimitName(name string) bool {
	return slices.ContainsFunc(limitFields, func(l struct {
		name string
		of   func(*Limits) *int64
	},
	) bool {
		rest, ok := strings.CutPrefix(name, l.name+"_")
		return ok && len(rest) == 3
	})
}

func flat(args map[string]any) (list []any) {
	for name, v := range args {
		list = append(list, name, v)
	}
	return list
}

// faults are the values that do not go together.
func (p *PolicyValues) faults() (list []FieldError) {
	for _, currency := range slices.Sorted(maps.Keys(p.Limits)) {
		l, name := p.Limits[currency], strings.ToLower(currency)
		if l.MaxClaim < 1 {
			list = append(list, FieldError{Field: "max_claim_" + name, Code: "required"})
		}
		if l.AutoGrant > l.MaxClaim {
			list = append(list, FieldError{Field: "auto_grant_" + name, Code: "above_max_claim"})
		}
	}
	if p.LeadsAfterHours < p.ReviewTargetHours {
		list = append(list, FieldError{Field: "leads_after_hours", Code: "before_review_target"})
	}
	if p.CollisionNoteDays > p.FilingDays {
		list = append(list, FieldError{Field: "collision_note_days", Code: "amount_out_of_range", Args: map[string]any{"min": 0, "max": p.FilingDays}})
	}
	for _, f := range p.Health.Faults() {
		least, most := f.Min, f.Max
		if i := slices.IndexFunc(plainFields, func(x PolicyField) bool { return x.Name == f.Name }); i >= 0 && plainFields[i].Unit == UnitPercent {
			least, most = 100*least, 100*most
		}
		list = append(list, FieldError{Field: f.Name, Code: "amount_out_of_range", Args: map[string]any{"min": int(least), "max": int(most)}})
	}
	return list
}

// PolicyDifference is a value that two sets of values do not share, as they write it; "" where
// one has no such currency or way of paying.
type PolicyDifference struct {
	Field    PolicyField
	Old, New string
}

// Differences are the values that are not the same, in the order people read them.
func (p *PolicyValues) Differences(next *PolicyValues) []PolicyDifference {
	var list []PolicyDifference
	fields := next.Fields()
	for _, f := range p.Fields() {
		if !slices.ContainsFunc(fields, func(x PolicyField) bool { return x.Name == f.Name }) {
			fields = append(fields, f)
		}
	}
	slices.SortStableFunc(fields, func(a, b PolicyField) int {
		return slices.Index(PolicyGroups, a.Group) - slices.Index(PolicyGroups, b.Group)
	})
	for _, f := range fields {
		if before, after := f.Text(p), f.Text(next); before != after {
			list = append(list, PolicyDifference{f, before, after})
		}
	}
	return list
}
