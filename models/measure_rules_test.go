package models

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hosho/models/health"
)

// Who may do what in an investigation in each of its states: the whole table.
func TestInvestigationTable(t *testing.T) {
	const now = Instant(1000)
	agent, lead, lead2 := Actor{Role: RoleAgent, AccountID: "a", Email: "a@x"}, Actor{Role: RoleLead, AccountID: "l", Email: "l@x"}, Actor{Role: RoleLead, AccountID: "l2", Email: "l2@x"}
	seller, other := Actor{Role: RoleSeller, SellerID: "s", AccountID: "m"}, Actor{Role: RoleSeller, SellerID: "s2", AccountID: "m2"}
	want := map[InvestigationStatus]string{
		InvestigationOpen:   "agent take,request_facts lead take,request_facts,propose_measure,close lead2 take,request_facts,propose_measure,close seller - other - admin - buyer -",
		FactsRequested:      "agent take lead take,close lead2 take,close seller submit_facts other - admin - buyer -",
		MeasureProposed:     "agent take lead take,send_back,close lead2 take,approve_measure,send_back,close seller - other - admin - buyer -",
		InvestigationClosed: "agent - lead - lead2 - seller - other - admin - buyer -",
	}
	for status, line := range want {
		i := Investigation{SellerID: "s", Status: status, DueAt: now + 1}
		if status == MeasureProposed {
			i.Measures = []Measure{{Status: MeasureIsProposed, ProposedBy: "l"}}
		}
		var got []string
		for _, a := range []struct {
			name string
			Actor
		}{{"agent", agent}, {"lead", lead}, {"lead2", lead2}, {"seller", seller}, {"other", other}, {"admin", Actor{Role: RoleAdmin, AccountID: "x"}}, {"buyer", Actor{Role: RoleBuyer, AccountID: "b"}}} {
			list := i.AllowedActions(a.Actor, now)
			names := make([]string, 0, len(list))
			for _, x := range list {
				names = append(names, string(x))
			}
			if len(names) == 0 {
				names = []string{"-"}
			}
			got = append(got, a.name, strings.Join(names, ","))
		}
		if g := strings.Join(got, " "); g != line {
			t.Errorf("%s:\n got %s\nwant %s", status, g, line)
		}
		i.Party = true
		if list := i.AllowedActions(lead, now); len(list) > 0 {
			t.Errorf("%s: a party does %v", status, list)
		}
	}
	i := Investigation{SellerID: "s", Status: FactsRequested, DueAt: now}
	if list := i.AllowedActions(seller, now); len(list) > 0 {
		t.Errorf("at the end of the time: %v", list)
	}
	if list := i.AllowedActions(seller, now-1); len(list) != 1 {
		t.Errorf("just before: %v", list)
	}
	i = Investigation{SellerID: "s", Status: InvestigationOpen, TakenBy: "a"}
	if list := i.AllowedActions(agent, now); slices.Contains(list, TakesInvestigation) {
		t.Errorf("taken again: %v", list)
	}
}

func TestMeasureTable(t *testing.T) {
	const now = Instant(1000)
	lead, seller := Actor{Role: RoleLead, AccountID: "l", Email: "l@x"}, Actor{Role: RoleSeller, SellerID: "s", AccountID: "m"}
	plan := Measure{SellerID: "s", Status: MeasureIsActive, AppealUntil: now + 1}
	with := func(edit func(*Measure)) Measure {
		m := plan
		edit(&m)
		return m
	}
	for name, c := range map[string]struct {
		m            Measure
		seller, lead string
	}{
		"proposed":       {Measure{SellerID: "s", Status: MeasureIsProposed}, "[]", "[]"},
		"a warning":      {plan, "[appeal]", "[lift]"},
		"appeal over":    {with(func(m *Measure) { m.AppealUntil = now }), "[]", "[lift]"},
		"appealed":       {with(func(m *Measure) { m.Appeal = appealPending }), "[]", "[decide_appeal lift]"},
		"decided":        {with(func(m *Measure) { m.Appeal = AppealUpheld }), "[]", "[lift]"},
		"involved":       {with(func(m *Measure) { m.Appeal, m.Involved = appealPending, []string{"l"} }), "[]", "[lift]"},
		"ended":          {with(func(m *Measure) { m.Status = MeasureIsEnded }), "[appeal]", "[]"},
		"ended, pending": {with(func(m *Measure) { m.Status, m.Appeal = MeasureIsEnded, appealPending }), "[]", "[decide_appeal]"},
		"overturned":     {with(func(m *Measure) { m.Status, m.Appeal = MeasureIsOverturned, AppealOverturn }), "[]", "[]"},
		"sent back":      {Measure{SellerID: "s", Status: MeasureIsEnded, End: EndedBySentBack}, "[]", "[]"},
		"plan awaited":   {with(func(m *Measure) { m.PlanStatus, m.PlanDueAt = planAwaited, now+1 }), "[submit_plan appeal]", "[lift]"},
		"plan overdue":   {with(func(m *Measure) { m.PlanStatus, m.PlanDueAt = planAwaited, now }), "[appeal]", "[reject_plan lift]"},
		"plan submitted": {with(func(m *Measure) { m.PlanStatus, m.PlanDueAt = planSubmitted, now }), "[appeal]", "[accept_plan reject_plan lift]"},
		"plan returned":  {with(func(m *Measure) { m.PlanStatus, m.PlanDueAt = planReturned, now+1 }), "[submit_plan appeal]", "[lift]"},
	} {
		if got := fmt.Sprint(c.m.AllowedActions(seller, now)); got != c.seller {
			t.Errorf("%s: the seller may %s, want %s", name, got, c.seller)
		}
		if got := fmt.Sprint(c.m.AllowedActions(lead, now)); got != c.lead {
			t.Errorf("%s: a lead may %s, want %s", name, got, c.lead)
		}
		if got := fmt.Sprint(c.m.AllowedActions(Actor{Role: RoleAgent, AccountID: "a"}, now)); got != "[]" {
			t.Errorf("%s: an agent may %s", name, got)
		}
		if got := fmt.Sprint(c.m.AllowedActions(Actor{Role: RoleSeller, SellerID: "s2", AccountID: "m"}, now)); got != "[]" {
			t.Errorf("%s: another seller may %s", name, got)
		}
	}
}

func TestMeasureDecided(t *testing.T) {
	p := Policy{PolicyValues: DefaultPolicy()}
	now := at("2026-01-20T10:00:00+09:00")
	for kind, want := range map[MeasureKind]struct {
		second, plan bool
		starts, days int
	}{
		MeasureNotice: {false, false, 0, 90}, health.Plan: {false, true, 0, 0}, health.Warning: {false, false, 0, 90},
		health.OrderCap: {true, false, 0, 30}, health.ListingPause: {true, false, 0, 14}, health.Termination: {true, false, 30, 0},
	} {
		if got := p.NeedsSecondLead(kind); got != want.second {
			t.Errorf("%s: a second lead %v", kind, got)
		}
		m := Measure{Kind: kind, Status: MeasureIsProposed, Days: p.usualDays(kind)}.decide(p, now)
		if m.Status != MeasureIsActive || m.StartsAt != now.Add(days(want.starts)) || m.AppealUntil != now.Add(days(30)) || (m.PlanStatus == planAwaited) != want.plan || m.Days != want.days {
			t.Errorf("%s: %+v", kind, m)
		}
		if want.days == 0 && m.EndsAt != 0 || want.days > 0 && m.EndsAt != m.StartsAt.Add(days(want.days)) {
			t.Errorf("%s ends at %v", kind, m.EndsAt)
		}
		if m.Holds(m.StartsAt-1) || !m.Holds(m.StartsAt) || m.EndsAt != 0 && (!m.Holds(m.EndsAt-1) || m.Holds(m.EndsAt)) {
			t.Errorf("%s holds at the wrong time", kind)
		}
		if m.EndsAt != 0 {
			if next, what := m.wake(m.EndsAt - 1); what != "" || next.Status != MeasureIsActive {
				t.Errorf("%s wakes too soon: %s", kind, what)
			}
			if next, what := m.wake(m.EndsAt); what != "ended" || next.End != EndedByTime || next.EndedAt != m.EndsAt {
				t.Errorf("%s: %s %+v", kind, what, next)
			}
		}
	}
}

func TestStandingOf(t *testing.T) {
	const now = Instant(1000)
	active := func(kind MeasureKind, edit func(*Measure)) Measure {
		m := Measure{Number: string(kind), Kind: kind, Status: MeasureIsActive, StartsAt: now, EndsAt: now + 5}
		if edit != nil {
			edit(&m)
		}
		return m
	}
	for name, c := range map[string]struct {
		list []Measure
		want string
	}{
		"none":                {nil, "{true [] 0  []}"},
		"a warning":           {[]Measure{active(health.Warning, nil)}, "{true [] 0  [warning]}"},
		"a cap":               {[]Measure{active(health.OrderCap, func(m *Measure) { m.Cap = 20 })}, "{true [] 20 5 [order_cap]}"},
		"two caps":            {[]Measure{active(health.OrderCap, func(m *Measure) { m.Cap = 20 }), active(health.OrderCap, func(m *Measure) { m.Cap, m.EndsAt = 5, now+9 })}, "{true [] 5 9 [order_cap order_cap]}"},
		"one listing":         {[]Measure{active(health.ListingPause, func(m *Measure) { m.SKU = "b" }), active(health.ListingPause, func(m *Measure) { m.SKU = "a" })}, "{true [a b] 0 5 [listing_pause listing_pause]}"},
		"all listings":        {[]Measure{active(health.ListingPause, nil)}, "{false [] 0 5 [listing_pause]}"},
		"announced":           {[]Measure{active(health.Termination, func(m *Measure) { m.StartsAt, m.EndsAt = now+1, 0 })}, "{true [] 0  []}"},
		"terminated":          {[]Measure{active(health.ListingPause, nil), active(health.Termination, func(m *Measure) { m.EndsAt = 0 })}, "{false [] 0  [listing_pause termination]}"},
		"over":                {[]Measure{active(health.ListingPause, func(m *Measure) { m.EndsAt = now })}, "{true [] 0  []}"},
		"overturned, or only": {[]Measure{{Kind: health.ListingPause, Status: MeasureIsOverturned}, {Kind: health.ListingPause, Status: MeasureIsProposed}}, "{true [] 0  []}"},
	} {
		got := standingOf(c.list, now)
		until := ""
		if got.Until != 0 {
			until = fmt.Sprint(int64(got.Until - now))
		}
		if s := fmt.Sprintf("{%v %v %d %s %v}", got.MayList, got.PausedSKUs, got.OrderCap, until, got.Measures); s != c.want {
			t.Errorf("%s: %s, want %s", name, s, c.want)
		}
	}
}
