package models

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"hosho/models/health"
)

// reported are the reports of a seller that count, sent after a time.
func (m *market) reported(seller string, since Instant) []health.Report {
	m.t.Helper()
	of, err := m.reportsAbout(m.ctx, []string{"mp-s-9", seller}, since)
	m.must(err)
	return of[seller]
}

// TestReportRules walks the rules in their order, with both sides of each bound.
func TestReportRules(t *testing.T) {
	p := Policy{PolicyValues: DefaultPolicy()}
	now := at("2026-01-20T10:00:00+09:00")
	good := func(number string) reportCandidate {
		return reportCandidate{Number: number, Own: true, CancelledAt: now.Add(-days(1))}
	}
	change := func(f func(*reportCandidate)) reportCandidate {
		c := good("bad")
		f(&c)
		return c
	}
	ten := make([]Instant, 10)
	for i := range ten {
		ten[i] = now.Add(-days(1)) + Instant(10-i)
	}
	late := append(ten[:9:9], now.Add(-days(1)))
	others := change(func(c *reportCandidate) { c.Own, c.CancelledAt, c.Reported = false, 0, true })
	shipped := change(func(c *reportCandidate) { c.CancelledAt = 0 })
	old := change(func(c *reportCandidate) { c.CancelledAt, c.Reported = now.Add(-days(90)), true })
	nearly := change(func(c *reportCandidate) { c.CancelledAt = now.Add(-days(90)) + 1 })
	twice := change(func(c *reportCandidate) { c.Reported = true })
	for name, c := range map[string]struct {
		orders  []reportCandidate
		ownShop bool
		sent    []Instant
		want    ReportRule
		order   string
	}{
		"fine":                        {orders: []reportCandidate{good("a"), good("b")}},
		"not one's own":               {orders: []reportCandidate{good("a"), others}, ownShop: true, sent: ten, want: OrderNotYours, order: "bad"},
		"one's own shop":              {orders: []reportCandidate{shipped}, ownShop: true, want: ReportsOwnShop, order: "bad"},
		"not cancelled":               {orders: []reportCandidate{good("a"), twice, shipped}, sent: ten, want: NotCancelledBySeller, order: "bad"},
		"90 days old":                 {orders: []reportCandidate{old}, sent: ten, want: ReportTooOld, order: "bad"},
		"a microsecond less":          {orders: []reportCandidate{nearly}},
		"already":                     {orders: []reportCandidate{good("a"), twice}, sent: ten, want: AlreadyReported, order: "bad"},
		"the eleventh of a day":       {orders: []reportCandidate{good("a")}, sent: ten, want: TooManyReports, order: "a"},
		"the eleventh, a day later":   {orders: []reportCandidate{good("a")}, sent: late},
		"the worst of several orders": {orders: []reportCandidate{twice, old, shipped, others}, want: OrderNotYours, order: "bad"},
	} {
		if rule, order := refuseReport(c.orders, c.ownShop, c.sent, p, now); rule != c.want || order != c.order {
			t.Errorf("%s: %q by %q, want %q by %q", name, rule, order, c.want, c.order)
		}
	}
	for _, c := range []struct {
		acted     bool
		stockOuts int
		want      ReportOutcome
		status    ReportStatus
	}{
		{true, 0, OutcomeActed, ReportActed}, {true, 2, OutcomeActed, ReportActed}, {false, 1, OutcomeWithinLimit, ReportNoAction}, {false, 0, OutcomeOtherCause, ReportNoAction},
	} {
		if got := reportOutcome(c.acted, c.stockOuts); got != c.want || got.status() != c.status {
			t.Errorf("acted %v, %d stock-outs: %s", c.acted, c.stockOuts, got)
		}
	}
}

func TestMailboxes(t *testing.T) {
	for address, want := range map[string]string{
		"a@example.com": "a@example.com", "a+1@example.com": "a@example.com", "a+1+2@example.com": "a@example.com", "+1@example.com": "+1@example.com",
		"a.b@example.com": "a.b@example.com", "a.b+c@gmail.com": "ab@gmail.com", "ab@googlemail.com": "ab@gmail.com", "nothing": "nothing",
	} {
		if got := mailbox(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

// reportsSeller sends a report of the first seller by an account.
func (m *market) reportsSeller(by Actor, orders ...string) (Report, error) {
	return m.FileReport(m.ctx, by, FileReport{SellerID: "mp-s-1", Orders: orders, Statement: "在庫切れと言われました。"})
}

// boughtBy makes an order one of another buyer.
func boughtBy(id, email string) func(*OrderInput) {
	return func(in *OrderInput) {
		cancelled("out_of_stock")(in)
		in.Buyer = BuyerInput{ID: id, Email: email, Name: "買い手"}
	}
}

func TestReport(t *testing.T) {
	m, _ := withEvidence(t)
	m.order("o-1", cancelled("out_of_stock"))
	m.order("o-2", cancelled("other"))
	list, err := m.Reportables(m.ctx, m.buyer)
	m.must(err)
	if len(list) != 2 || list[0].SellerID != "mp-s-1" || list[0].Reported || list[0].Until != at("2026-04-04T10:00:00+09:00") || len(list[0].Money.Titles) != 1 || list[0].Money.Total != 3800 {
		t.Errorf("to report: %+v", list)
	}
	r, err := m.FileReport(m.ctx, m.buyer, FileReport{SellerID: "mp-s-1", Orders: []string{"o-2", "o-1"}, Statement: " 在庫切れ \r\n と言われました。", Evidence: []string{m.upload(m.buyer, "png:a").ID}})
	m.must(err)
	if r.Status != ReportReceived || r.Outcome != "" || r.DueAt != r.SentAt.Add(days(14)) || len(r.Orders) != 2 || len(r.Evidence) != 1 || r.Statement != "在庫切れ \n と言われました。" || !r.Own || r.SenderEmail != "" {
		t.Errorf("%+v", r)
	}
	if n, err := ParseNumber('R', r.Number); err != nil || n != r.Number {
		t.Errorf("number %q: %v", r.Number, err)
	}
	if list, _ = m.Reportables(m.ctx, m.buyer); len(list) != 2 || list[0].Report != r.Number || !list[1].Reported {
		t.Errorf("reported: %+v", list)
	}
	// Who reads it.
	staff, err := m.ReportByNumber(m.ctx, m.agent, r.Number)
	m.must(err)
	if staff.SenderEmail != "b1@example.com" || staff.Own || !staff.Orders[0].Counts && !staff.Orders[1].Counts {
		t.Errorf("staff: %+v", staff)
	}
	for name, by := range map[string]Actor{"another buyer": m.buyer2, "the seller": m.seller, "the integration": m.integration, "nobody": Anonymous} {
		if _, err := m.ReportByNumber(m.ctx, by, r.Number); KindOf(err) != NotFound {
			t.Errorf("%s reads: %v", name, err)
		}
		if _, err := m.EvidenceByID(m.ctx, by, r.Evidence[0].ID); KindOf(err) != NotFound {
			t.Errorf("%s sees the file: %v", name, err)
		}
	}
	for name, by := range map[string]Actor{"its sender": m.buyer, "staff": m.agent, "admin": m.admin} {
		if _, err := m.EvidenceByID(m.ctx, by, r.Evidence[0].ID); err != nil {
			t.Errorf("%s sees the file: %v", name, err)
		}
		if items, _, err := m.Reports(m.ctx, by, ReportFilter{}); err != nil || len(items) != 1 {
			t.Errorf("%s lists: %d, %v", name, len(items), err)
		}
	}
	if items, _, err := m.Reports(m.ctx, m.seller, ReportFilter{SellerID: "mp-s-1"}); err != nil || len(items) != 0 {
		t.Errorf("the seller lists: %d, %v", len(items), err)
	}
	if _, _, err := m.Reports(m.ctx, m.integration, ReportFilter{}); KindOf(err) != Forbidden {
		t.Errorf("the integration lists: %v", err)
	}
	// Its sender hears, its seller does not.
	if told := m.toldOfReports(m.buyer); fmt.Sprint(told) != "[report_received]" {
		t.Errorf("told: %v", told)
	}
	if told := m.toldOfReports(m.seller); len(told) != 0 {
		t.Errorf("the seller is told: %v", told)
	}
}

// toldOfReports are the kinds of an account's notices about reports, the oldest first.
func (m *market) toldOfReports(by Actor) (kinds []string) {
	m.t.Helper()
	rows, err := find[noticeRow](m.ctx, m.Store, "SELECT * FROM notices WHERE party = ? AND kind LIKE 'report%' ORDER BY created_at, id", "account:"+by.AccountID)
	m.must(err)
	for _, r := range rows {
		kinds = append(kinds, r.Kind)
	}
	return kinds
}

func TestRefusedReports(t *testing.T) {
	m, _ := withEvidence(t)
	m.order("o-1", cancelled("out_of_stock"))
	m.order("o-2", nil)
	m.order("o-3", boughtBy("mp-b-2", "b2@example.com"))
	m.order("o-4", boughtBy("mp-b-3", "s1@example.com"))
	for name, c := range map[string]struct {
		by     Actor
		seller string
		orders []string
		code   string
	}{
		"no order there":         {m.buyer, "mp-s-1", []string{"o-1", "o-9"}, "order_not_yours"},
		"another's":              {m.buyer, "mp-s-1", []string{"o-3"}, "order_not_yours"},
		"shipped":                {m.buyer, "mp-s-1", []string{"o-2"}, "not_cancelled_by_seller"},
		"by another seller":      {m.buyer, "mp-s-2", []string{"o-1"}, "not_cancelled_by_seller"},
		"a seller there is none": {m.buyer, "mp-s-9", []string{"o-1"}, "not_cancelled_by_seller"},
		"the seller itself":      {m.seller, "mp-s-1", []string{"o-4"}, "own_shop"},
		"the seller, another's":  {m.seller, "mp-s-1", []string{"o-1"}, "order_not_yours"},
		"staff, another's":       {m.agent, "mp-s-1", []string{"o-1"}, "order_not_yours"},
		"the integration":        {m.integration, "mp-s-1", []string{"o-1"}, "forbidden"},
	} {
		_, err := m.FileReport(m.ctx, c.by, FileReport{SellerID: c.seller, Orders: c.orders, Statement: "在庫切れでした。"})
		if CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	var e *Error
	for field, in := range map[string]FileReport{
		"seller_id": {Orders: []string{"o-1"}, Statement: "あ"}, "orders": {SellerID: "mp-s-1", Statement: "あ"}, "statement": {SellerID: "mp-s-1", Orders: []string{"o-1"}, Statement: " \n"},
		"evidence": {SellerID: "mp-s-1", Orders: []string{"o-1"}, Statement: "あ", Evidence: []string{"x", "x"}},
	} {
		if _, err := m.FileReport(m.ctx, m.buyer, in); !errors.As(err, &e) || e.Kind != Invalid || e.Fields[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := m.FileReport(m.ctx, m.buyer, FileReport{SellerID: "mp-s-1", Orders: []string{"o-1"}, Statement: "あ", Evidence: []string{m.upload(m.buyer2, "png:b").ID}}); CodeOf(err) != "unknown_upload" {
		t.Errorf("another's file: %v", err)
	}
	if n := m.countRows("SELECT COUNT(*) FROM reports") + m.countRows("SELECT COUNT(*) FROM report_orders") + m.countRows("SELECT COUNT(*) FROM reported_sellers"); n != 0 {
		t.Errorf("%d rows of refused reports", n)
	}
	// Ninety days to the microsecond, of the last line cancelled.
	m.clock.set(at("2026-04-04T10:00:00+09:00"))
	_, err := m.reportsSeller(m.buyer, "o-1")
	wantCode(t, err, "too_old")
	m.clock.set(at("2026-04-04T10:00:00+09:00") - 1)
	_, err = m.reportsSeller(m.buyer, "o-1")
	m.must(err)
	_, err = m.reportsSeller(m.buyer, "o-1")
	wantCode(t, err, "already_reported")
}

func TestReportsOfADay(t *testing.T) {
	m := newMarket(t)
	for i := range 12 {
		m.order(fmt.Sprintf("o-%d", i), cancelled("out_of_stock"))
	}
	start := m.MachineNow()
	for i := range 10 {
		m.clock.set(start.Add(hours(i)))
		_, err := m.reportsSeller(m.buyer, fmt.Sprintf("o-%d", i))
		m.must(err)
	}
	var e *Error
	if _, err := m.reportsSeller(m.buyer, "o-10"); !errors.As(err, &e) || e.Kind != TooMany || e.Code != "too_many_reports" || e.Args["available_at"] != start.Add(days(1)) {
		t.Errorf("the eleventh: %v", err)
	}
	m.clock.set(start.Add(days(1)) - 1)
	_, err := m.reportsSeller(m.buyer, "o-10")
	wantCode(t, err, "too_many_reports")
	m.clock.set(start.Add(days(1)))
	_, err = m.reportsSeller(m.buyer, "o-10")
	m.must(err)
	_, err = m.reportsSeller(m.buyer, "o-11")
	wantCode(t, err, "too_many_reports")
}

// Twenty reports of one order sent at once are one report, and two at the limit are one.
func TestReportsSentAtOnce(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", cancelled("out_of_stock"))
	atOnce := func(n int, order func(int) string) (taken, refused int64, code string) {
		var wg sync.WaitGroup
		var ok, no atomic.Int64
		var last atomic.Value
		last.Store("")
		for i := range n {
			wg.Go(func() {
				if _, err := m.reportsSeller(m.buyer, order(i)); err != nil {
					no.Add(1)
					last.Store(CodeOf(err))
					return
				}
				ok.Add(1)
			})
		}
		wg.Wait()
		return ok.Load(), no.Load(), last.Load().(string)
	}
	if taken, refused, code := atOnce(20, func(int) string { return "o-1" }); taken != 1 || refused != 19 || code != "already_reported" {
		t.Errorf("%d taken, %d refused by %q", taken, refused, code)
	}
	if n := m.countRows("SELECT COUNT(*) FROM reports"); n != 1 {
		t.Errorf("%d reports", n)
	}
	if n := m.countRows("SELECT COUNT(*) FROM notices WHERE kind = 'report_received'"); n != 1 {
		t.Errorf("%d notices", n)
	}
	for i := range 14 {
		m.order(fmt.Sprintf("p-%d", i), cancelled("out_of_stock"))
	}
	if taken, refused, code := atOnce(14, func(i int) string { return fmt.Sprintf("p-%d", i) }); taken != 9 || refused != 5 || code != "too_many_reports" {
		t.Errorf("%d taken, %d refused by %q", taken, refused, code)
	}
	if n := m.countRows("SELECT open_reports FROM reported_sellers WHERE seller_id = 'mp-s-1'"); n != 10 {
		t.Errorf("%d open reports counted", n)
	}
}

func (m *market) join(investigation string) (n int) {
	m.t.Helper()
	m.must(m.inTx(m.ctx, func(tx *Store) (err error) {
		n, err = tx.joinReports(m.ctx, Clock, "mp-s-1", investigation)
		return err
	}))
	return n
}

func (m *market) closes(investigation string, acted bool) (n int) {
	m.t.Helper()
	m.must(m.inTx(m.ctx, func(tx *Store) (err error) {
		n, err = tx.closeReports(m.ctx, Clock, investigation, acted)
		return err
	}))
	return n
}

func TestReportsAndInvestigations(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", cancelled("out_of_stock"))
	m.order("o-2", boughtBy("mp-b-2", "b2@example.com"))
	m.order("o-3", cancelled("buyer_request"))
	r1, err := m.reportsSeller(m.buyer, "o-1")
	m.must(err)
	r3, err := m.reportsSeller(m.buyer, "o-3")
	m.must(err)
	about := func() []health.Report { return m.reported("mp-s-1", 0) }
	if got := health.Default().Opens(nil, health.Rate{}, about(), at("2026-01-01T00:00:00Z").Time(), m.MachineNow().Time()); got != health.NotYet {
		t.Errorf("one buyer opens %q", got)
	}
	r2, err := m.reportsSeller(m.buyer2, "o-2")
	m.must(err)
	if got := health.Default().Opens(nil, health.Rate{}, about(), at("2026-01-01T00:00:00Z").Time(), m.MachineNow().Time()); got != health.ByReports {
		t.Errorf("two buyers open %q: %+v", got, about())
	}
	for seller, want := range map[string]int{"mp-s-1": 3, "mp-s-2": 0} { // all sent at the same instant
		if list := m.reported(seller, r1.SentAt-1); len(list) != want {
			t.Errorf("of %s: %+v", seller, list)
		}
		if list := m.reported(seller, r1.SentAt); len(list) != 0 {
			t.Errorf("of %s, later: %+v", seller, list)
		}
	}
	sellers, _, err := m.ReportedSellers(m.ctx, m.agent, true, Page{})
	m.must(err)
	if len(sellers) != 1 || sellers[0].Reports != 3 || sellers[0].Buyers != 2 || sellers[0].Orders != 3 || sellers[0].Rate != (health.Rate{Hits: 2, Orders: 3}) || sellers[0].Lone() {
		t.Errorf("the desk: %+v", sellers)
	}
	if _, _, err := m.ReportedSellers(m.ctx, m.seller, true, Page{}); KindOf(err) != Forbidden {
		t.Errorf("a seller reads the desk: %v", err)
	}
	open := m.investigations() // by the second reporter
	if len(open) != 1 || open[0].OpenedBy != health.ByReports {
		t.Fatalf("opened: %+v", open)
	}
	if n := m.join(open[0].ID); n != 0 {
		t.Errorf("%d join once more", n)
	}
	// While it goes on, its senders hear so.
	m.clock.set(r1.SentAt.Add(days(14)))
	if n := m.run(); n != 4 { // of three reports and of the seller's standing
		t.Errorf("%d timers", n)
	}
	r, err := m.ReportByNumber(m.ctx, m.buyer, r1.Number)
	m.must(err)
	if r.Status != ReportJoined || r.DueAt != r1.SentAt.Add(days(28)) {
		t.Errorf("joined: %+v", r)
	}
	if n := m.closes(open[0].ID, false); n != 3 || m.closes(open[0].ID, false) != 0 {
		t.Errorf("%d closed", n)
	}
	for number, want := range map[string]ReportOutcome{r1.Number: OutcomeWithinLimit, r2.Number: OutcomeWithinLimit, r3.Number: OutcomeOtherCause} {
		if r, _ := m.ReportByNumber(m.ctx, m.agent, number); r.Status != ReportNoAction || r.Outcome != want || r.DueAt != 0 {
			t.Errorf("closed: %+v, want %s", r, want)
		}
	}
	if n := m.closes(open[0].ID, true); n != 3 {
		t.Errorf("%d changed", n)
	}
	if told := m.toldOfReports(m.buyer2); fmt.Sprint(told) != "[report_received report_joined report_goes_on report_within_limit report_now_acted]" {
		t.Errorf("told: %v", told)
	}
	if n := m.countRows("SELECT open_reports + waiting FROM reported_sellers WHERE seller_id = 'mp-s-1'"); n != 0 {
		t.Errorf("%d open", n)
	}
	// What was found to have another cause can be reported again; the others cannot.
	_, err = m.reportsSeller(m.buyer, "o-3")
	m.must(err)
	_, err = m.reportsSeller(m.buyer, "o-1")
	wantCode(t, err, "already_reported")
}

// A report that joins nothing is answered after 14 days by what its orders show, and joins a
// later investigation all the same.
func TestReportThatJoinsNothing(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", cancelled("out_of_stock"))
	m.order("o-2", cancelled("other"))
	r1, err := m.reportsSeller(m.buyer, "o-1")
	m.must(err)
	r2, err := m.reportsSeller(m.buyer, "o-2")
	m.must(err)
	m.clock.set(r1.SentAt.Add(days(14)) - 1)
	m.run() // that of the seller's standing
	for _, number := range []string{r1.Number, r2.Number} {
		if r, err := m.ReportByNumber(m.ctx, m.buyer, number); err != nil || r.Status != ReportReceived || r.Outcome != "" {
			t.Errorf("too early: %+v, %v", r, err)
		}
	}
	m.clock.set(r1.SentAt.Add(days(14)))
	m.replicas()
	for number, want := range map[string]ReportOutcome{r1.Number: OutcomeWithinLimit, r2.Number: OutcomeOtherCause} {
		if r, _ := m.ReportByNumber(m.ctx, m.buyer, number); r.Status != ReportNoAction || r.Outcome != want || r.ClosedAt == 0 {
			t.Errorf("%+v, want %s", r, want)
		}
	}
	if told := m.toldOfReports(m.buyer); fmt.Sprint(told) != "[report_received report_received report_within_limit report_other_cause]" {
		t.Errorf("told: %v", told)
	}
	if list := m.reported("mp-s-1", 0); len(list) != 1 {
		t.Errorf("about: %+v", list)
	}
	if n := m.join("i-2"); n != 1 {
		t.Errorf("%d joined", n)
	}
	if r, _ := m.ReportByNumber(m.ctx, m.buyer, r1.Number); r.Status != ReportJoined || r.Outcome != "" || r.ClosedAt != 0 {
		t.Errorf("taken up again: %+v", r)
	}
	if n := m.countRows("SELECT open_reports FROM reported_sellers WHERE seller_id = 'mp-s-1'"); n != 1 {
		t.Errorf("%d open", n)
	}
}

// A report of an order that its seller has taken back into the sale opens nothing, with whoever
// else's; cancelled again, it counts again.
func TestReportOfAnOrderNotCancelledAnyMore(t *testing.T) {
	m := newMarket(t)
	mine := cancelled("out_of_stock")
	m.order("o-1", mine)
	m.order("o-2", boughtBy("mp-b-2", "b2@example.com"))
	_, err := m.reportsSeller(m.buyer, "o-1")
	m.must(err)
	m.order("o-1", nil)
	_, err = m.reportsSeller(m.buyer2, "o-2")
	m.must(err)
	if list := m.reported("mp-s-1", 0); len(list) != 1 || list[0].Buyer != m.buyer2.AccountID {
		t.Errorf("about: %+v", list)
	}
	if rows := m.investigations(); len(rows) != 0 {
		t.Errorf("opened: %+v", rows)
	}
	m.order("o-1", mine)
	if rows := m.investigations(); len(m.reported("mp-s-1", 0)) != 2 || len(rows) != 1 {
		t.Errorf("cancelled again: %+v", rows)
	}
}

func TestTiesOfReports(t *testing.T) {
	m := newMarket(t)
	tagged := m.account("b1+x@example.com", RoleBuyer, "")
	m.order("o-1", cancelled("out_of_stock"))
	m.order("o-2", boughtBy("mp-b-9", "b1+x@example.com"))
	_, err := m.reportsSeller(m.buyer, "o-1")
	m.must(err)
	_, err = m.reportsSeller(tagged, "o-2")
	m.must(err)
	list := m.reported("mp-s-1", 0)
	if got := health.Default().Opens(nil, health.Rate{}, list, at("2026-01-01T00:00:00Z").Time(), m.MachineNow().Time()); got != health.NotYet {
		t.Errorf("one mailbox opens %q", got)
	}
	both, _, err := m.Reports(m.ctx, m.agent, ReportFilter{})
	m.must(err)
	between, err := m.TiesBetween(m.ctx, m.agent, both)
	m.must(err)
	if fmt.Sprint(between[both[0].ID]) != "[mailbox]" || fmt.Sprint(between[both[1].ID]) != "[mailbox]" {
		t.Errorf("ties: %v", between)
	}
	// The same browser, and no more of it than a digest.
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		for _, who := range []Actor{m.buyer, m.buyer2} {
			if _, err := tx.startSession(m.ctx, Account{ID: who.AccountID}, "Browser/1", "192.0.2.7"); err != nil {
				return err
			}
		}
		return nil
	}))
	m.order("o-3", cancelled("out_of_stock"))
	m.order("o-4", boughtBy("mp-b-2", "b2@example.com"))
	_, err = m.reportsSeller(m.buyer, "o-3")
	m.must(err)
	_, err = m.reportsSeller(m.buyer2, "o-4")
	m.must(err)
	if list = m.reported("mp-s-1", 0); len(list) != 4 {
		t.Fatalf("%+v", list)
	}
	if got := health.Default().Opens(nil, health.Rate{}, list, at("2026-01-01T00:00:00Z").Time(), m.MachineNow().Time()); got != health.NotYet {
		t.Errorf("one browser opens %q", got)
	}
	if n := m.countRows("SELECT COUNT(*) FROM report_ties WHERE digest LIKE '%@%' OR digest LIKE '%192%' AND length(digest) <> 64"); n != 0 {
		t.Errorf("%d ties stand open", n)
	}
}
