package models

import (
	"reflect"
	"slices"
	"testing"
)

// Buyers of a case are linked by mailbox to one another, and as reporters by all that reports hold.
func TestLinkedBuyers(t *testing.T) {
	orders := []CaseOrder{
		{BuyerID: "a", BuyerEmail: "hana@gmail.com"},
		{BuyerID: "a", BuyerEmail: "hana@gmail.com"},
		{BuyerID: "b", BuyerEmail: "ha.na+2@googlemail.com"},
		{BuyerID: "c", BuyerEmail: "ken@example.com"},
		{BuyerID: "d", BuyerEmail: "emi@example.com"},
		{BuyerID: "e", BuyerEmail: "me@example.com"},
	}
	reports := []Report{{ID: "r1", SenderEmail: "ken@example.com"}, {ID: "r2", SenderEmail: "emi+x@example.com"}, {ID: "r3", Own: true}, {ID: "r4", SenderEmail: "hana@gmail.com"}}
	ties := map[string][]TieKind{"r1": {TieDevice, TieBank}, "r4": {TieMailbox}}
	want := map[string][]TieKind{"a": {TieMailbox}, "b": {TieMailbox}, "c": {TieDevice, TieBank}, "d": {TieMailbox}}
	if got := linkedBuyers(orders, reports, ties); !reflect.DeepEqual(got, want) {
		t.Errorf("linked: %v, want %v", got, want)
	}
}

// A case has the prices of a listing around its cancellation, and staff alone read them and what
// ties buyers; reports lead to their case.
func TestCaseOfAnInvestigation(t *testing.T) {
	m := newMarket(t)
	m.order("first", nil)
	m.listed(2800, true, "2026-01-10T10:00:00+09:00")
	number := m.underInvestigation() // the last at 2026-01-19T11:00
	for _, x := range []struct {
		price     int64
		available bool
		at        string
	}{{9900, false, "2026-01-19T11:10:00+09:00"}, {3600, true, "2026-01-19T11:20:00+09:00"}, {3100, true, "2026-01-19T11:30:00+09:00"}} {
		m.listed(x.price, x.available, x.at)
	}
	m.order("later", func(in *OrderInput) { in.PlacedAt = "2026-01-19T11:40:00+09:00" })
	f, err := m.InvestigationByNumber(m.ctx, m.agent, number)
	m.must(err)
	if len(f.SKUs) != 1 || f.SKUs[0].Prices != (CasePrices{Currency: "JPY", Paid: 3000, Before: 2800, After: 3600, At: at("2026-01-19T11:00:00+09:00")}) {
		t.Errorf("listings: %+v", f.SKUs)
	}
	r, err := m.reportsSeller(m.buyer, "o-1")
	m.must(err)
	list, _, err := m.Reports(m.ctx, m.agent, ReportFilter{})
	m.must(err)
	if got, err := m.InvestigationsOf(m.ctx, m.agent, list); err != nil || got[r.ID] != number || len(got) != 1 {
		t.Errorf("the report's: %v, %v", got, err)
	}
	if got, err := m.OpenInvestigations(m.ctx, m.agent, []string{"mp-s-1", "mp-s-2"}); err != nil || got["mp-s-1"] != number || len(got) != 1 {
		t.Errorf("the seller's: %v, %v", got, err)
	}
	for name, by := range map[string]Actor{"buyer": m.buyer, "seller": m.seller} {
		if _, err := m.InvestigationsOf(m.ctx, by, list); KindOf(err) != Forbidden {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := m.OpenInvestigations(m.ctx, by, []string{"mp-s-1"}); KindOf(err) != Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	f, err = m.InvestigationByNumber(m.ctx, m.seller, number)
	if m.must(err); len(f.SKUs) != 0 || f.Ties != nil || f.Linked != nil || slices.ContainsFunc(f.Orders, func(o CaseOrder) bool { return o.BuyerEmail != "" }) {
		t.Errorf("the seller reads %+v", f)
	}
	m.investigates(m.lead, number, &CloseInvestigationInput{Reason: "今回はここまでとします。"})
	if got, err := m.OpenInvestigations(m.ctx, m.agent, []string{"mp-s-1"}); err != nil || len(got) != 0 {
		t.Errorf("once closed: %v, %v", got, err)
	}
}
