package models

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hosho/models/health"
)

// underInvestigation puts what opens an investigation of the first seller, and returns its number.
func (m *market) underInvestigation() string {
	m.t.Helper()
	m.stockOut("o-1", 1, "2026-01-18T10:00:00+09:00")
	m.stockOut("o-2", 2, "2026-01-19T10:00:00+09:00")
	m.stockOut("o-3", 2, "2026-01-19T11:00:00+09:00")
	return m.investigations()[0].Number
}

func (m *market) investigates(by Actor, number string, in InvestigationInput) InvestigationFile {
	m.t.Helper()
	f, err := m.ActInvestigation(m.ctx, by, number, in)
	m.must(err)
	return f
}

func (m *market) measures(by Actor, number string, in MeasureInput) Measure {
	m.t.Helper()
	got, err := m.ActMeasure(m.ctx, by, number, in)
	m.must(err)
	return got
}

func proposal(kind MeasureKind) *ProposeMeasureInput {
	return &ProposeMeasureInput{Kind: kind, Facts: "注文3件が在庫切れでキャンセルされました。", Rule: "8-6", Explanation: "在庫の管理を見直してください。"}
}

func TestInvestigationFacts(t *testing.T) {
	m := newMarket(t)
	n := m.underInvestigation()
	if f := m.investigates(m.agent, n, &TakeInvestigationInput{}); f.TakenBy != m.agent.AccountID || f.Version != 1 {
		t.Errorf("taken: %+v", f.Investigation)
	}
	f := m.investigates(m.agent, n, &RequestFactsInput{Question: "在庫はどのように数えていますか。"})
	if f.Status != FactsRequested || f.DueAt != m.MachineNow().Add(72*time.Hour) || f.Version != 2 {
		t.Fatalf("asked: %+v", f.Investigation)
	}
	v := int64(1)
	_, err := m.ActInvestigation(m.ctx, m.seller, n, &SubmitFactsInput{Versioned: Versioned{&v}, Message: "毎朝"})
	wantCode(t, err, "stale_version")
	_, err = m.ActInvestigation(m.ctx, m.seller2, n, &SubmitFactsInput{Message: "毎朝"})
	wantCode(t, err, "not_found")
	_, err = m.ActInvestigation(m.ctx, m.seller, n, &SubmitFactsInput{Message: " "})
	wantCode(t, err, "invalid_fields")
	m.clock.set(f.DueAt.Add(-24 * time.Hour))
	m.run()
	m.clock.set(f.DueAt - 1)
	f = m.investigates(m.seller, n, &SubmitFactsInput{Message: "毎朝数えています。"})
	if f.Status != InvestigationOpen || f.SilentAt != 0 || f.AnsweredAt != m.MachineNow() {
		t.Errorf("answered: %+v", f.Investigation)
	}
	if len(f.Orders) != 3 || f.Orders[0].BuyerID != "" || f.TakenBy != "" {
		t.Errorf("the seller reads %+v", f.Orders)
	}
	f = m.investigates(m.agent, n, &RequestFactsInput{Question: "今後はどうしますか。"})
	m.clock.set(f.DueAt)
	_, err = m.ActInvestigation(m.ctx, m.seller, n, &SubmitFactsInput{Message: "毎朝"})
	wantCode(t, err, "facts_closed") // before the clock has come round to it
	m.replicas()
	_, err = m.ActInvestigation(m.ctx, m.seller, n, &SubmitFactsInput{Message: "毎朝"})
	wantCode(t, err, "facts_closed")
	f, err = m.InvestigationByNumber(m.ctx, m.agent, n)
	m.must(err)
	if f.Status != InvestigationOpen || f.SilentAt != f.AskedAt.Add(72*time.Hour) || len(f.Orders) != 3 || f.Orders[0].BuyerID == "" || len(f.SKUs) != 1 || f.SKUs[0].Times != 3 || f.SKUs[0].Buyers != 2 {
		t.Errorf("silent: %+v", f)
	}
	want := []string{"investigation_opened", "investigation_question", "investigation_reminder", "investigation_question", "investigation_silent"}
	if got := m.toldSeller("mp-s-1"); !slices.Equal(got, want) {
		t.Errorf("told %v", got)
	}
}

// From a plan to an appeal that overturns it: the points are gone, the record is not.
func TestMeasureOverturned(t *testing.T) {
	m := newMarket(t)
	n := m.underInvestigation()
	lead2 := m.account("l2@example.com", RoleLead, "")
	for _, in := range []*ProposeMeasureInput{{Kind: health.OrderCap, Facts: "f", Rule: "r", Explanation: "e"}, {Kind: "ban", Facts: "f", Rule: "r", Explanation: "e"}, {Kind: health.Plan, Rule: "r", Explanation: "e"}} {
		_, err := m.ActInvestigation(m.ctx, m.lead, n, in)
		wantCode(t, err, "invalid_fields")
	}
	f := m.investigates(m.lead, n, proposal(health.Plan))
	if f.Status != InvestigationOpen || len(f.Measures) != 1 || f.Measures[0].Status != MeasureIsActive {
		t.Fatalf("proposed: %+v", f.Investigation)
	}
	e := f.Measures[0].Number
	got := m.measures(m.seller, e, &SubmitPlanInput{RootCause: "数え間違い", ActionsTaken: "数え直した", Prevention: "毎朝数える"})
	if got.PlanStatus != planSubmitted || len(got.Plans) != 1 || got.ProposedBy != "" {
		t.Errorf("handed in: %+v", got)
	}
	got = m.measures(m.lead, e, &RejectPlanInput{Points: []string{"だれが数えますか", "いつから始めますか"}})
	if got.PlanStatus != planReturned || got.PlanDueAt != m.MachineNow().Add(days(7)) || len(got.Plans[0].Points) != 2 {
		t.Errorf("returned: %+v", got)
	}
	m.clock.set(got.PlanDueAt.Add(-time.Hour))
	m.run()
	m.clock.set(got.PlanDueAt)
	m.run()
	_, err := m.ActMeasure(m.ctx, m.seller, e, &SubmitPlanInput{RootCause: "数え間違い", ActionsTaken: "数え直した", Prevention: "毎朝数える"})
	wantCode(t, err, "plan_closed")
	if late, _, err := m.Measures(m.ctx, m.lead, MeasureFilter{Waits: PlanIsOverdue}); err != nil || len(late) != 1 {
		t.Errorf("overdue: %+v %v", late, err)
	}
	m.measures(m.lead, e, &RejectPlanInput{Points: []string{"もう一度提出してください"}})
	m.measures(m.seller, e, &AppealInput{Grounds: "倉庫の火災でした。"})
	_, err = m.ActMeasure(m.ctx, m.lead, e, &DecideAppealInput{Outcome: AppealOverturn, Explanation: "x"})
	wantCode(t, err, "forbidden")
	_, err = m.ActMeasure(m.ctx, lead2, e, &DecideAppealInput{Outcome: AppealChanged, Explanation: "x"})
	wantCode(t, err, "invalid_fields")
	before, err := m.InvestigationByNumber(m.ctx, m.lead, n)
	m.must(err)
	if before.Now.Points != 45 {
		t.Errorf("before: %+v", before.Now)
	}
	got = m.measures(lead2, e, &DecideAppealInput{Outcome: AppealOverturn, Explanation: "火災の記録を確認しました。"})
	if got.Status != MeasureIsOverturned || got.Appeal != AppealOverturn {
		t.Errorf("overturned: %+v", got)
	}
	after, err := m.InvestigationByNumber(m.ctx, m.lead, n)
	m.must(err)
	if after.Now.Points != 0 || after.Now.Proposes != "" || len(after.Orders) != 3 || !after.Orders[0].Spared || after.Now.Windows[2].StockOuts != 3 || after.Numbers.Points != 45 {
		t.Errorf("after: %+v", after)
	}
	if list, _, err := m.SellersByRisk(m.ctx, m.lead, RiskFilter{}, Page{}); err != nil || len(list) != 1 || list[0].Points != 0 || list[0].Level != 0 {
		t.Errorf("the list by risk: %+v %v", list, err)
	}
	closed := m.investigates(m.lead, n, &CloseInvestigationInput{Reason: "取り消しのため"})
	if closed.Outcome != outcomeClosedNoActed || closed.Status != InvestigationClosed {
		t.Errorf("closed: %+v", closed.Investigation)
	}
}

// A pause takes two leads, holds, and ends by itself; what the marketplace asks follows it.
func TestMeasureApproved(t *testing.T) {
	m := newMarket(t)
	n := m.underInvestigation()
	lead2 := m.account("l2@example.com", RoleLead, "")
	f := m.investigates(m.lead, n, proposal(health.ListingPause))
	if f.Status != MeasureProposed {
		t.Fatalf("proposed: %+v", f.Investigation)
	}
	e := f.Measures[0].Number
	if _, err := m.MeasureByNumber(m.ctx, m.seller, e); KindOf(err) != NotFound {
		t.Errorf("the seller reads a proposal: %v", err)
	}
	if seen, err := m.InvestigationByNumber(m.ctx, m.seller, n); err != nil || seen.Status != InvestigationOpen || len(seen.Measures) != 0 || len(seen.Entries) != 1 {
		t.Errorf("the seller reads %+v %v", seen, err)
	}
	for status, want := range map[InvestigationStatus]int{"": 1, InvestigationOpen: 1, MeasureProposed: 0} {
		seen, _, err := m.Investigations(m.ctx, m.seller, InvestigationFilter{Status: status})
		if err != nil || len(seen) != want || want > 0 && (seen[0].Status != InvestigationOpen || seen[0].TakenBy != "" || len(seen[0].Measures) != 0) {
			t.Errorf("the seller lists those %q: %+v %v", status, seen, err)
		}
	}
	_, err := m.ActInvestigation(m.ctx, m.lead, n, &ApproveMeasureInput{})
	wantCode(t, err, "forbidden")
	_, err = m.ActInvestigation(m.ctx, m.agent, n, &ApproveMeasureInput{})
	wantCode(t, err, "forbidden")
	m.investigates(m.lead, n, &SendBackMeasureInput{Reason: "言葉を直します。"})
	e = m.investigates(m.lead, n, proposal(health.ListingPause)).Measures[1].Number
	m.investigates(lead2, n, &ApproveMeasureInput{})
	got, err := m.MeasureByNumber(m.ctx, m.seller, e)
	m.must(err)
	if got.Status != MeasureIsActive || got.EndsAt != m.MachineNow().Add(days(14)) {
		t.Errorf("approved: %+v", got)
	}
	if s, err := m.Standing(m.ctx, m.integration, "mp-s-1"); err != nil || s.MayList || s.Until != got.EndsAt || len(s.Measures) != 1 {
		t.Errorf("stands %+v %v", s, err)
	}
	if s, err := m.SellerByID(m.ctx, "mp-s-1"); err != nil || !s.Suspended {
		t.Errorf("%+v %v", s, err)
	}
	_, err = m.Standing(m.ctx, m.seller2, "mp-s-1")
	wantCode(t, err, "not_found")
	m.clock.set(got.EndsAt)
	m.replicas()
	if s, err := m.Standing(m.ctx, m.seller, "mp-s-1"); err != nil || !s.MayList {
		t.Errorf("after its end %+v %v", s, err)
	}
	if s, err := m.SellerByID(m.ctx, "mp-s-1"); err != nil || s.Suspended {
		t.Errorf("after its end %+v %v", s, err)
	}
	if got, err = m.MeasureByNumber(m.ctx, m.seller, e); err != nil || got.Status != MeasureIsEnded || got.End != EndedByTime {
		t.Errorf("after its end %+v %v", got, err)
	}
	m.clock.set(got.AppealUntil)
	_, err = m.ActMeasure(m.ctx, m.seller, e, &AppealInput{Grounds: "火災でした。"})
	wantCode(t, err, "measure_appeal_closed")
	if done := m.investigates(m.lead, n, &CloseInvestigationInput{Reason: "期間が終わりました。"}); done.Outcome != outcomeActed {
		t.Errorf("closed: %+v", done.Investigation)
	}
	var told []string
	for _, kind := range m.toldSeller("mp-s-1") {
		told = append(told, strings.TrimPrefix(kind, "measure_"))
	}
	if want := []string{"investigation_opened", "listing_pause", "ended", "investigation_acted"}; !slices.Equal(told, want) {
		t.Errorf("told %v", told)
	}
	if _, err := m.NumberEvents(m.ctx, 100); err != nil {
		t.Fatal(err)
	}
	feed, _, err := m.Feed(m.ctx, m.integration, 0, Page{Limit: 100})
	m.must(err)
	var types []string
	for _, x := range feed {
		if x.Kind() == "measure" {
			types = append(types, x.Type)
		}
	}
	if want := []string{"seller.measure.active", "seller.measure.ended"}; !slices.Equal(types, want) {
		t.Errorf("events %v", types)
	}
}

// Staff who bought what the seller cancelled do nothing in its case.
func TestInvestigationOfAParty(t *testing.T) {
	m := newMarket(t)
	n := m.underInvestigation()
	m.order("o-9", func(in *OrderInput) {
		soldOut(1, "2026-01-19T12:00:00+09:00")(in)
		in.Buyer.ID, in.Buyer.Email = "mp-l-1", m.lead.Email
	})
	f, err := m.InvestigationByNumber(m.ctx, m.lead, n)
	m.must(err)
	if !f.Party || len(f.AllowedActions(m.lead, m.MachineNow())) != 0 {
		t.Errorf("a party: %+v", f.Investigation)
	}
	_, err = m.ActInvestigation(m.ctx, m.lead, n, proposal(health.Plan))
	wantCode(t, err, "forbidden")
	lead2 := m.account("l2@example.com", RoleLead, "")
	m.investigates(lead2, n, proposal(health.Plan))
	cases, _, err := m.Investigations(m.ctx, m.lead, InvestigationFilter{})
	m.must(err)
	measures, _, err := m.Measures(m.ctx, m.lead, MeasureFilter{})
	m.must(err)
	if len(cases) != 1 || len(cases[0].AllowedActions(m.lead, m.MachineNow())) != 0 || len(measures) != 1 || len(measures[0].AllowedActions(m.lead, m.MachineNow())) != 0 {
		t.Errorf("a list offers to a party: %+v %+v", cases, measures)
	}
}

// Staff are a party to a seller's case where it cancelled an order of theirs, whenever, and where
// one is among those whose share counts, cancelled or not.
func TestWhoIsAPartyToASeller(t *testing.T) {
	m := newMarket(t)
	now := m.MachineNow()
	edge := now.Add(-days(90))
	for name, x := range map[string]struct {
		deal dealing
		want bool
	}{
		"bought within the days that count": {dealing{PlacedAt: edge + 1}, true},
		"bought just now":                   {dealing{PlacedAt: now}, true},
		"bought before":                     {dealing{PlacedAt: edge}, false},
		"cancelled, long ago":               {dealing{PlacedAt: edge.Add(-days(300)), Cancelled: true}, true},
		"bought nothing":                    {dealing{}, false},
	} {
		if got := x.deal.party(now); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	n := m.underInvestigation()
	bought := func(number, email string, at Instant, edit func(*OrderInput)) {
		m.order(number, func(in *OrderInput) {
			if edit != nil {
				edit(in)
			}
			in.Buyer, in.PlacedAt = BuyerInput{ID: "mp-" + number, Email: email}, at.String()
		})
	}
	recent, before, other := m.account("l2@example.com", RoleLead, ""), m.account("l3@example.com", RoleLead, ""), m.account("l4@example.com", RoleLead, "")
	bought("w-1", recent.Email, edge+1, nil)
	bought("w-2", recent.Email, edge.Add(-days(9)), nil)
	bought("w-3", before.Email, edge, nil)
	bought("w-4", other.Email, now, func(in *OrderInput) { in.Lines[0].Seller.ID = "mp-s-2" })
	for by, want := range map[*Actor]bool{&recent: true, &before: false, &other: false, &m.lead: false} {
		f, err := m.InvestigationByNumber(m.ctx, *by, n)
		if m.must(err); f.Party != want || len(f.AllowedActions(*by, now)) == 0 != want {
			t.Errorf("%s: a party %v, want %v", by.Email, f.Party, want)
		}
	}
	_, err := m.ActInvestigation(m.ctx, recent, n, proposal(health.Plan))
	wantCode(t, err, "forbidden")
	m.investigates(before, n, proposal(health.Plan))
}

// A list of measures offers an appeal to those only who may decide it.
func TestMeasuresListedForWhoMayDecide(t *testing.T) {
	m := newMarket(t)
	n := m.underInvestigation()
	lead2 := m.account("l2@example.com", RoleLead, "")
	e := m.investigates(m.lead, n, proposal(health.Plan)).Measures[0].Number
	m.measures(m.seller, e, &AppealInput{Grounds: "倉庫の火災でした。"})
	for by, want := range map[*Actor]bool{&m.lead: false, &lead2: true} {
		list, _, err := m.Measures(m.ctx, *by, MeasureFilter{Waits: AppealWaits})
		if err != nil || len(list) != 1 || slices.Contains(list[0].AllowedActions(*by, m.MachineNow()), DecidesAppeal) != want {
			t.Errorf("%s: %+v %v", by.Email, list, err)
		}
	}
}

// Of many who approve, close and send back at once one is first, and what it did is whole.
func TestInvestigationDecidedAtOnce(t *testing.T) {
	m := newMarket(t)
	n := m.underInvestigation()
	lead2 := m.account("l2@example.com", RoleLead, "")
	m.investigates(m.lead, n, proposal(health.OrderCap).with(5))
	var done atomic.Int64
	var wg sync.WaitGroup
	for i, in := range []InvestigationInput{&ApproveMeasureInput{}, &SendBackMeasureInput{Reason: "x"}, &ApproveMeasureInput{}, &ApproveMeasureInput{}} {
		store := m.Store
		if i%2 == 1 {
			store = m.replica(nil)
		}
		wg.Go(func() {
			if _, err := store.ActInvestigation(m.ctx, lead2, n, in); err == nil {
				done.Add(1)
			} else if CodeOf(err) != "not_allowed_now" {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	f, err := m.InvestigationByNumber(m.ctx, m.lead, n)
	m.must(err)
	if done.Load() != 1 || f.Status != InvestigationOpen || f.Measures[0].Status == MeasureIsProposed {
		t.Errorf("%d did it: %+v", done.Load(), f.Investigation)
	}
}

func (in *ProposeMeasureInput) with(limit int) *ProposeMeasureInput {
	in.Cap = &limit
	return in
}

// A measure is read as it would be before it is sent, and before it is approved; neither changes anything.
func TestPreviewMeasure(t *testing.T) {
	m := newMarket(t)
	n := m.underInvestigation()
	lead2 := m.account("l2@example.com", RoleLead, "")
	limit := 5
	in := proposal(health.OrderCap)
	in.Cap = &limit
	before := m.countRows("SELECT COUNT(*) FROM measures") + m.countRows("SELECT COUNT(*) FROM enforcement_entries") + m.countRows("SELECT COUNT(*) FROM notices")
	got, second, err := m.PreviewMeasure(m.ctx, m.lead, n, in)
	m.must(err)
	if !second || got.Number != "" || got.Cap != 5 || got.StartsAt != m.MachineNow() || got.Facts != in.Facts || got.Notice().Kind != "measure_order_cap" {
		t.Errorf("a proposal: %+v", got)
	}
	got, second, err = m.PreviewMeasure(m.ctx, m.lead, n, proposal(health.Plan))
	if m.must(err); second || got.PlanDueAt != m.MachineNow().Add(days(7)) {
		t.Errorf("of the first level: %+v", got)
	}
	for name, x := range map[string]struct {
		by   Actor
		in   InvestigationInput
		code string
	}{
		"an agent":          {m.agent, in, "forbidden"},
		"the seller":        {m.seller, in, "forbidden"},
		"another seller":    {m.seller2, in, "not_found"},
		"without a cap":     {m.lead, proposal(health.OrderCap), "invalid_fields"},
		"without words":     {m.lead, &ProposeMeasureInput{Kind: health.Warning}, "invalid_fields"},
		"nothing to agree":  {lead2, &ApproveMeasureInput{}, "not_allowed_now"},
		"no measure at all": {m.lead, &TakeInvestigationInput{}, ""},
	} {
		if _, _, err := m.PreviewMeasure(m.ctx, x.by, n, x.in); err == nil || CodeOf(err) != x.code {
			t.Errorf("%s: %v, want %q", name, err, x.code)
		}
	}
	if after := m.countRows("SELECT COUNT(*) FROM measures") + m.countRows("SELECT COUNT(*) FROM enforcement_entries") + m.countRows("SELECT COUNT(*) FROM notices"); after != before {
		t.Errorf("%d rows, before %d", after, before)
	}
	m.investigates(m.lead, n, in)
	if _, _, err := m.PreviewMeasure(m.ctx, m.lead, n, &ApproveMeasureInput{}); KindOf(err) != Forbidden {
		t.Errorf("whoever proposed it: %v", err)
	}
	m.clock.set(m.MachineNow().Add(time.Hour))
	got, _, err = m.PreviewMeasure(m.ctx, lead2, n, &ApproveMeasureInput{})
	m.must(err)
	f := m.investigates(lead2, n, &ApproveMeasureInput{})
	if x := f.Measures[0]; got.Number != x.Number || got.StartsAt != x.StartsAt || got.EndsAt != x.EndsAt || got.AppealUntil != x.AppealUntil || got.Status != x.Status {
		t.Errorf("approved %+v, read before %+v", x, got)
	}
}

// A listing can be paused that an order or the feed of listings has named, and no other.
func TestPauseOfAListing(t *testing.T) {
	m := newMarket(t)
	n := m.underInvestigation()
	sold, price, yes := m.cancellationSKU("mp-s-1"), int64(3000), true
	_, _, err := m.PutListing(m.ctx, m.integration, ListingWord{SellerID: "mp-s-1", SKU: "LISTED-1", Price: &price, Currency: "JPY", Available: &yes, At: m.MachineNow().String()})
	m.must(err)
	m.order("o-theirs", func(in *OrderInput) { in.Lines[0].Seller.ID, in.Lines[0].SKU = "mp-s-2", "THEIRS-1" })
	for sku, code := range map[string]string{"NONE-1": "unknown_sku", "THEIRS-1": "unknown_sku", "LISTED-1": "", sold: ""} {
		in := proposal(health.ListingPause)
		in.SKU = sku
		if _, _, err := m.PreviewMeasure(m.ctx, m.lead, n, in); CodeOf(err) != code {
			t.Errorf("%s: %v", sku, err)
		}
	}
	in := proposal(health.ListingPause)
	in.SKU = "NONE-1"
	_, err = m.ActInvestigation(m.ctx, m.lead, n, in)
	wantCode(t, err, "unknown_sku")
	if rows := m.countRows("SELECT COUNT(*) FROM measures"); rows != 0 {
		t.Errorf("%d measures", rows)
	}
}

func (m *market) cancellationSKU(seller string) string {
	m.t.Helper()
	rows, err := find[cancellationRow](m.ctx, m.Store, "SELECT * FROM cancellations WHERE seller_id = ? AND sku <> '' LIMIT 1", seller)
	m.must(err)
	if len(rows) == 0 {
		m.t.Fatal("nothing with a SKU was cancelled")
	}
	return rows[0].Sku
}
