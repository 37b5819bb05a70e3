package models

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"hosho/models/health"
)

// unfounded has the buyer report orders of which none was a stock-out, and hear so: the reports
// of a day before the clock.
func (m *market) unfounded(first, n int) {
	m.t.Helper()
	for i := range n {
		m.order(fmt.Sprintf("u-%d", first+i), cancelled("other"))
		_, err := m.reportsSeller(m.buyer, fmt.Sprintf("u-%d", first+i))
		m.must(err)
	}
	m.later(days(14))
	m.run()
}

func (m *market) flags(f FlagFilter) []Flag {
	m.t.Helper()
	list, _, err := m.Flags(m.ctx, m.agent, f)
	m.must(err)
	return list
}

func (m *market) onFlag(by Actor, number string, in FlagInput) Flag {
	m.t.Helper()
	f, err := m.ActFlag(m.ctx, by, number, in)
	m.must(err)
	return f
}

// flagged has the buyer flagged for three unfounded reports of three.
func (m *market) flagged() Flag {
	m.t.Helper()
	m.unfounded(0, 3)
	list := m.flags(FlagFilter{})
	if len(list) != 1 {
		m.t.Fatalf("flags: %+v", list)
	}
	return list[0]
}

// The third unfounded report flags its sender, by number and share; from then on a report of
// theirs is taken as any other, marked, and opens nothing alone.
func TestFlagOfUnfoundedReports(t *testing.T) {
	m := newMarket(t)
	m.unfounded(0, 2)
	if list := m.flags(FlagFilter{}); len(list) != 0 {
		t.Errorf("two are flagged: %+v", list)
	}
	m.unfounded(2, 1)
	list := m.flags(FlagFilter{Waits: FlagLook})
	if len(list) != 1 || list[0].Kind != health.ByUnfounded || list[0].Tally != (health.Tally{Count: 3, Of: 3}) || list[0].Email != m.buyer.Email || list[0].Status != FlagOpen {
		t.Fatalf("flags: %+v", list)
	}
	f, err := m.FlagByNumber(m.ctx, m.agent, list[0].Number)
	m.must(err)
	if len(f.Cases) != 3 || f.Now != f.Tally {
		t.Errorf("the flag: %+v", f)
	}
	for _, by := range []Actor{m.buyer, m.seller, m.buyer2} {
		if _, err := m.FlagByNumber(m.ctx, by, f.Number); KindOf(err) != NotFound {
			t.Errorf("%s reads it: %v", by.Email, err)
		}
	}
	m.order("o-1", cancelled("out_of_stock"))
	r, err := m.reportsSeller(m.buyer, "o-1")
	m.must(err)
	if r.Status != ReportReceived || r.Suspected() {
		t.Errorf("its sender reads %+v", r)
	}
	if r, _ = m.ReportByNumber(m.ctx, m.agent, r.Number); fmt.Sprint(r.Suspicions) != "[unfounded]" {
		t.Errorf("staff read %+v", r)
	}
	if got := m.countRows("SELECT COUNT(*) FROM flags"); got != 1 {
		t.Errorf("%d flags", got)
	}
	m.unfounded(10, 1)
	if got := m.countRows("SELECT COUNT(*) FROM flags"); got != 1 {
		t.Errorf("%d flags after another", got)
	}
	if f, _ := m.FlagByNumber(m.ctx, m.agent, f.Number); f.Tally != (health.Tally{Count: 3, Of: 3}) || f.Now != (health.Tally{Count: 4, Of: 5}) {
		t.Errorf("the numbers stay as they stood, and stand now: %+v", f)
	}
}

// One person under two accounts, of one mailbox: both reports are taken and marked, both
// accounts are flagged with how many of the reporters they are, and nothing opens.
func TestFlagOfSeveralAccounts(t *testing.T) {
	m := newMarket(t)
	tagged := m.account("b1+x@example.com", RoleBuyer, "")
	m.later(days(14)) // nobody is new any more
	m.order("o-1", cancelled("out_of_stock"))
	m.order("o-2", boughtBy("mp-b-9", "b1+x@example.com"))
	for by, order := range map[string]Actor{"o-1": m.buyer, "o-2": tagged} {
		_, err := m.reportsSeller(order, by)
		m.must(err)
	}
	list := m.flags(FlagFilter{Seller: "mp-s-1"})
	if len(list) != 2 || list[0].Kind != health.ByAccounts || list[0].Tally != (health.Tally{Count: 2, Of: 2}) || list[0].SellerName == "" {
		t.Fatalf("flags: %+v", list)
	}
	if n := m.countRows("SELECT COUNT(*) FROM reports WHERE suspicion = 'accounts'"); n != 2 {
		t.Errorf("%d reports are marked", n)
	}
	if open := m.investigations(); len(open) != 0 {
		t.Errorf("opened: %+v", open)
	}
	// One that is not under suspicion opens it, and those that are join, marked.
	m.order("o-3", boughtBy("mp-b-2", "b2@example.com"))
	_, err := m.reportsSeller(m.buyer2, "o-3")
	m.must(err)
	open := m.investigations()
	if len(open) != 1 || open[0].OpenedBy != health.ByStockOuts && open[0].OpenedBy != health.ByReports {
		t.Fatalf("opened: %+v", open)
	}
	if n := m.countRows("SELECT COUNT(*) FROM reports WHERE suspicion = 'accounts' AND investigation_id IS NOT NULL"); n != 2 {
		t.Errorf("%d marked reports joined", n)
	}
}

// Members of other sellers who report one within three days of one another.
func TestFlagOfRivals(t *testing.T) {
	m := newMarket(t)
	first, second := m.account("r1@left.example", RoleSeller, "mp-s-2"), m.account("r2@right.example", RoleBuyer, "")
	m.account("owner@right.example", RoleSeller, "mp-s-3") // a domain that is one seller's own
	for i, who := range []Actor{first, second} {
		order := fmt.Sprintf("r-%d", i)
		m.order(order, boughtBy("mp-b-r"+order, who.Email))
		_, err := m.reportsSeller(who, order)
		m.must(err)
		m.later(hours(1))
	}
	if list := m.flags(FlagFilter{}); len(list) != 2 || list[0].Kind != health.ByRivals {
		t.Errorf("flags: %+v", list)
	}
	if open := m.investigations(); len(open) != 0 {
		t.Errorf("opened: %+v", open)
	}
}

// Warned with words, contested, withdrawn by somebody else: the flag stays on the record, what
// it counted weighs nothing any more, and the marks of the reports are gone.
func TestFlagWithdrawn(t *testing.T) {
	m := newMarket(t)
	f := m.flagged()
	m.order("o-1", cancelled("out_of_stock"))
	_, err := m.reportsSeller(m.buyer, "o-1")
	m.must(err)
	if _, err := m.ActFlag(m.ctx, m.lead, f.Number, &LimitInput{Words: "x"}); CodeOf(err) != "not_allowed_now" {
		t.Errorf("limited before a warning: %v", err)
	}
	f = m.onFlag(m.agent, f.Number, &WarnInput{Words: "3件とも在庫切れではありませんでした。"})
	if f.Status != FlagWarned || f.Warning().AppealUntil != m.MachineNow().Add(days(30)) {
		t.Errorf("warned: %+v", f)
	}
	if told := m.noticesOf("flag_warned"); len(told) != 1 || told[0].Party != "account:"+m.buyer.AccountID {
		t.Errorf("told: %+v", told)
	}
	own, err := m.FlagByNumber(m.ctx, m.buyer, f.Number)
	m.must(err)
	if own.Warning().ByID != "" || len(own.Cases) != 3 || !own.Own || fmt.Sprint(own.AllowedActions(m.buyer, m.MachineNow())) != "[appeal_warning]" {
		t.Errorf("whom it is about reads %+v", own)
	}
	if _, err := m.ActFlag(m.ctx, m.buyer2, f.Number, &AppealWarningInput{Grounds: "x"}); KindOf(err) != NotFound {
		t.Errorf("somebody else: %v", err)
	}
	m.onFlag(m.buyer, f.Number, &AppealWarningInput{Grounds: "画面の写真のとおり、在庫切れと言われました。"})
	if _, err := m.ActFlag(m.ctx, m.buyer, f.Number, &AppealWarningInput{Grounds: "もう一度"}); CodeOf(err) != "not_allowed_now" {
		t.Errorf("again: %v", err)
	}
	if list := m.flags(FlagFilter{Waits: FlagAppeal}); len(list) != 1 {
		t.Errorf("waiting: %+v", list)
	}
	if _, err := m.ActFlag(m.ctx, m.lead, f.Number, &LimitInput{Words: "x"}); CodeOf(err) != "not_allowed_now" {
		t.Errorf("limited while an appeal waits: %v", err)
	}
	if _, err := m.ActFlag(m.ctx, m.agent, f.Number, &DecideWarningInput{Outcome: "upheld", Explanation: "x"}); KindOf(err) != Forbidden {
		t.Errorf("decided by who warned: %v", err)
	}
	f = m.onFlag(m.lead, f.Number, &DecideWarningInput{Outcome: "withdrawn", Explanation: "写真を確認しました。"})
	if f.Status != FlagWithdrawn || f.ClosedAt == 0 || len(m.noticesOf("flag_warning_withdrawn")) != 1 {
		t.Errorf("withdrawn: %+v", f)
	}
	if n := m.countRows("SELECT COUNT(*) FROM reports WHERE suspicion IS NOT NULL"); n != 0 {
		t.Errorf("%d reports are still marked", n)
	}
	m.later(hours(1))
	m.order("o-2", cancelled("out_of_stock"))
	r, err := m.reportsSeller(m.buyer, "o-2")
	m.must(err)
	if r, _ = m.ReportByNumber(m.ctx, m.agent, r.Number); r.Suspected() {
		t.Errorf("what was withdrawn counts: %+v", r.Suspicions)
	}
	if n := m.countRows("SELECT COUNT(*) FROM flags"); n != 1 {
		t.Errorf("%d flags", n)
	}
}

// A limit after a warning that stands: one report in 24 hours, until its end, and it ends by
// the clock. Claims are filed all the same.
func TestReportLimit(t *testing.T) {
	m := newMarket(t)
	f := m.flagged()
	m.onFlag(m.agent, f.Number, &WarnInput{Words: "ご注意ください。"})
	if _, err := m.ActFlag(m.ctx, m.agent, f.Number, &LimitInput{Words: "x"}); KindOf(err) != Forbidden {
		t.Errorf("an agent limits: %v", err)
	}
	start := m.MachineNow()
	f = m.onFlag(m.lead, f.Number, &LimitInput{Words: "警告のあとも同じでした。"})
	if s := f.Limit(); f.Status != FlagLimited || s.PerDay != 1 || s.EndsAt != start.Add(days(90)) {
		t.Errorf("limited: %+v", f)
	}
	for i := range 4 {
		m.order(fmt.Sprintf("l-%d", i), cancelled("out_of_stock"))
	}
	_, err := m.reportsSeller(m.buyer, "l-0")
	m.must(err)
	m.clock.set(start.Add(days(1)) - 1)
	var e *Error
	if _, err := m.reportsSeller(m.buyer, "l-1"); !errors.As(err, &e) || e.Kind != TooMany || e.Code != "reports_limited" || e.Args["until"] != start.Add(days(90)) || e.Args["available_at"] != start.Add(days(1)) {
		t.Fatalf("the second of a day: %v", err)
	}
	m.clock.set(start.Add(days(1)))
	_, err = m.reportsSeller(m.buyer, "l-1")
	m.must(err)
	m.filed(m.order("c-1", nil), NotReceived)
	m.clock.set(start.Add(days(30))) // the time to appeal is over
	m.run()
	if f, _ = m.FlagByNumber(m.ctx, m.lead, f.Number); f.Limit().Appeal != appealExpired || f.Status != FlagLimited {
		t.Errorf("after 30 days: %+v", f)
	}
	_, err = m.ActFlag(m.ctx, m.buyer, f.Number, &AppealLimitInput{Grounds: "x"})
	wantCode(t, err, "flag_appeal_closed")
	m.clock.set(start.Add(days(90)) - 1)
	m.run()
	if f, _ = m.FlagByNumber(m.ctx, m.lead, f.Number); f.Status != FlagLimited {
		t.Errorf("too early: %+v", f)
	}
	m.clock.set(start.Add(days(90)))
	m.replicas()
	if f, _ = m.FlagByNumber(m.ctx, m.lead, f.Number); f.Status != FlagWarned || f.Limit().EndedAt != start.Add(days(90)) || len(m.noticesOf("flag_limit_ended")) != 1 {
		t.Errorf("ended: %+v", f)
	}
}

// A withdrawn warning takes the limit with it, and whom it is about hears once.
func TestWarningWithdrawnUnderALimit(t *testing.T) {
	m := newMarket(t)
	other := m.account("l2@example.com", RoleLead, "")
	f := m.flagged()
	m.onFlag(m.agent, f.Number, &WarnInput{Words: "ご注意ください。"})
	m.onFlag(m.lead, f.Number, &LimitInput{Words: "警告のあとも同じでした。"})
	m.onFlag(m.buyer, f.Number, &AppealWarningInput{Grounds: "誤りです。"})
	m.onFlag(m.buyer, f.Number, &AppealLimitInput{Grounds: "誤りです。"})
	if _, err := m.ActFlag(m.ctx, m.lead, f.Number, &DecideWarningInput{Outcome: "withdrawn", Explanation: "x"}); KindOf(err) != Forbidden {
		t.Errorf("decided by who limited: %v", err)
	}
	f = m.onFlag(other, f.Number, &DecideWarningInput{Outcome: "withdrawn", Explanation: "確認しました。"})
	if f.Status != FlagWithdrawn || f.Limit().EndedAt != m.MachineNow() || f.waiting() != "" {
		t.Errorf("withdrawn: %+v", f)
	}
	if l, err := m.ReportLimited(m.ctx, m.buyer); err != nil || l.Flag != "" {
		t.Errorf("limited: %+v, %v", l, err)
	}
	if n := m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'flag'"); n != 0 {
		t.Errorf("%d timers", n)
	}
	entries, err := m.FlagEntries(m.ctx, m.agent, f.Number)
	m.must(err)
	var what []string
	for _, e := range entries {
		what = append(what, e.What)
	}
	if len(what) != 6 || !slices.Contains(what, "warning_withdrawn") {
		t.Errorf("entries: %v", what)
	}
}

// Set aside by staff with a reason: nobody is told, and what it counted weighs nothing.
func TestFlagSetAside(t *testing.T) {
	m := newMarket(t)
	f := m.flagged()
	if _, err := m.ActFlag(m.ctx, m.agent, f.Number, &SetAsideInput{}); KindOf(err) != Invalid {
		t.Errorf("without a reason: %v", err)
	}
	old := int64(7)
	if _, err := m.ActFlag(m.ctx, m.agent, f.Number, &SetAsideInput{Versioned: Versioned{&old}, Reason: "x"}); CodeOf(err) != "stale_version" {
		t.Errorf("an old version: %v", err)
	}
	f = m.onFlag(m.agent, f.Number, &SetAsideInput{Reason: "出品者の表示が誤っていました。"})
	if f.Status != FlagSetAside {
		t.Errorf("%+v", f)
	}
	if n := m.countRows("SELECT COUNT(*) FROM notices WHERE kind LIKE 'flag%'"); n != 0 {
		t.Errorf("%d notices", n)
	}
	if _, err := m.FlagByNumber(m.ctx, m.buyer, f.Number); KindOf(err) != NotFound {
		t.Errorf("whom it is about reads it: %v", err)
	}
	m.later(hours(1))
	m.unfounded(20, 2)
	if n := m.countRows("SELECT COUNT(*) FROM flags"); n != 1 {
		t.Errorf("%d flags: the two of later were counted with those set aside", n)
	}
	m.unfounded(30, 1)
	if n := m.countRows("SELECT COUNT(*) FROM flags"); n != 2 {
		t.Errorf("%d flags after three of later", n)
	}
}

// Staff who are flagged themselves are on the buyer's side of it, and learn nothing before the
// warning.
func TestFlagOfStaff(t *testing.T) {
	agent := Actor{Role: RoleAgent, AccountID: "a"}
	f := Flag{AccountID: "a", Status: FlagOpen}
	if f.seenBy(agent) || len(f.AllowedActions(agent, 1)) != 0 {
		t.Error("a flag of one's own")
	}
	f.Status, f.Steps = FlagWarned, []FlagStep{{No: 1, Kind: FlagWarning, AppealUntil: 5}}
	if got := fmt.Sprint(f.AllowedActions(agent, 4)); !f.seenBy(agent) || got != "[appeal_warning]" {
		t.Error(got)
	}
	if got := f.AllowedActions(agent, 5); len(got) != 0 {
		t.Errorf("at the end of the time: %v", got)
	}
	if got := f.AllowedActions(Actor{Role: RoleAdmin, AccountID: "b"}, 4); len(got) != 0 {
		t.Errorf("an admin: %v", got)
	}
	f.Kind = health.ByDenied
	if got := f.AllowedActions(Actor{Role: RoleLead, AccountID: "b"}, 4); len(got) != 0 {
		t.Errorf("reports are limited because of claims: %v", got)
	}
}

func TestReportLimitAtItsEdges(t *testing.T) {
	p := Policy{PolicyValues: DefaultPolicy()}
	start := at("2026-01-01T00:00:00Z")
	l := ReportLimit{PerDay: 1, EndsAt: start.Add(days(2)), Flag: "F"}
	for name, c := range map[string]struct {
		limit ReportLimit
		sent  []Instant
		now   Instant
		again Instant // 0: taken
	}{
		"none sent":          {l, nil, start, 0},
		"one an instant ago": {l, []Instant{start}, start.Add(days(1)) - 1, start.Add(days(1))},
		"one a day ago":      {l, []Instant{start}, start.Add(days(1)), 0},
		"near the end":       {l, []Instant{start.Add(days(2)) - 2}, start.Add(days(2)) - 1, start.Add(days(2))},
		"at the end":         {l, []Instant{start.Add(days(2)) - 2}, start.Add(days(2)), 0},
		"none at all":        {ReportLimit{EndsAt: start.Add(days(2))}, nil, start, start.Add(days(2))},
	} {
		err := c.limit.refuses(c.sent, p, c.now)
		var e *Error
		switch {
		case c.again == 0 && err == nil:
		case c.again != 0 && errors.As(err, &e) && e.Args["available_at"] == c.again:
		default:
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Four of four claims denied by staff flag the buyer, by number and share; one granted in their
// place does not. A warning about claims leads to no limit, and claims are filed all the same.
func TestFlagOfDeniedClaims(t *testing.T) {
	for granted, want := range map[int]int{0: 1, 3: 0} {
		m := newMarket(t)
		for i := range 4 + granted {
			c := m.inReview(m.order(fmt.Sprintf("d-%d", i), nil))
			outcome := decision("denied", 0)
			if i < granted {
				outcome = decision("granted", 1000)
			}
			_, err := m.Act(m.ctx, m.agent, c.Number, outcome)
			m.must(err)
		}
		list := m.flags(FlagFilter{})
		if len(list) != want {
			t.Fatalf("%d granted: %+v", granted, list)
		}
		if want == 0 {
			continue
		}
		f, err := m.FlagByNumber(m.ctx, m.lead, list[0].Number)
		m.must(err)
		if f.Kind != health.ByDenied || f.Tally != (health.Tally{Count: 4, Of: 4}) || f.Now != f.Tally || len(f.Cases) != 4 {
			t.Errorf("flagged: %+v", f)
		}
		m.onFlag(m.agent, f.Number, &WarnInput{Words: "ご注意ください。"})
		if told := m.noticesOf("flag_warned_claims"); len(told) != 1 {
			t.Errorf("told: %+v", told)
		}
		if _, err := m.ActFlag(m.ctx, m.lead, f.Number, &LimitInput{Words: "x"}); CodeOf(err) != "not_allowed_now" {
			t.Errorf("limited: %v", err)
		}
		h, err := m.History(m.ctx, m.agent, m.filed(m.order("e-1", nil), NotReceived))
		if m.must(err); len(h.Flags) != 1 || h.Flags[0].Number != f.Number || h.Flags[0].Kind != health.ByDenied || h.Flags[0].Status != FlagWarned || h.Flags[0].Tally != f.Tally {
			t.Errorf("beside a case: %+v", h.Flags)
		}
	}
}
