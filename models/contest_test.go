package models

import (
	"slices"
	"sync"
	"testing"
	"time"

	"hosho/models/health"
)

func (m *market) counted(by Actor, order string, a CountedAction, edit ...func(*ActOnCounted)) (CountedOrder, error) {
	in := ActOnCounted{SellerID: "mp-s-1", OrderNumber: order, Action: a, Reason: "購入者の依頼でした。"}
	for _, e := range edit {
		e(&in)
	}
	o, _, err := m.ActOnCounted(m.ctx, by, in)
	return o, err
}

func (m *market) standing(order string) CountedOrder {
	m.t.Helper()
	o, _, err := m.CountedOrder(m.ctx, m.agent, "mp-s-1", order)
	m.must(err)
	return o
}

// A seller contests a counted order once; while it is open the order counts and is marked, and what
// staff accept counts no more, whatever is told later.
func TestSellerContestsACountedOrder(t *testing.T) {
	m, _ := withEvidence(t)
	m.order("o-1", cancelled("out_of_stock"))
	m.order("o-2", cancelled("out_of_stock"))
	m.order("o-3", cancelled("buyer_request"))
	file := m.upload(m.seller, "png:the buyer asked").ID
	o, err := m.counted(m.seller, "o-1", ContestsCount, func(in *ActOnCounted) { in.Evidence = []string{file} })
	m.must(err)
	if !o.Counts || o.Points != 15 || o.Contest == nil || o.Contest.Status != ContestOpen || len(o.Contest.Evidence) != 1 || o.Contest.DueAt != m.MachineNow().Add(days(7)) {
		t.Errorf("contested: %+v %+v", o, o.Contest)
	}
	for name, by := range map[string]Actor{"seller": m.seller, "staff": m.agent, "admin": m.admin} {
		if _, err := m.EvidenceByID(m.ctx, by, file); err != nil {
			t.Errorf("%s sees the file: %v", name, err)
		}
	}
	for name, by := range map[string]Actor{"buyer": m.buyer, "another seller": m.seller2} {
		if _, err := m.EvidenceByID(m.ctx, by, file); KindOf(err) != NotFound {
			t.Errorf("%s sees the file: %v", name, err)
		}
	}
	_, err = m.counted(m.seller, "o-1", ContestsCount)
	wantCode(t, err, "already_contested")
	_, err = m.counted(m.seller, "o-3", ContestsCount)
	wantCode(t, err, "not_counted")
	desk, _, err := m.ContestDesk(m.ctx, m.agent, ContestFilter{})
	if m.must(err); len(desk) != 1 || desk[0].OrderNumber != "o-1" {
		t.Errorf("on the desk: %+v", desk)
	}
	list, _, err := m.SellerOrders(m.ctx, m.seller, "mp-s-1", CountStockOuts, 90, Page{})
	if m.must(err); len(list) != 2 || !slices.ContainsFunc(list, func(o SellerOrder) bool { return o.Number == "o-1" && o.Contest == ContestOpen }) {
		t.Errorf("counted: %+v", list)
	}
	o, err = m.counted(m.agent, "o-1", AcceptsContest, func(in *ActOnCounted) { in.Finding = health.BuyerRequest })
	m.must(err)
	if o.Counts || o.Contest.Status != ContestAccepted || o.Lines[0].Finding != health.BuyerRequest || o.Lines[0].Basis != health.ByStaff || o.Contest.Answer == "" {
		t.Errorf("accepted: %+v", o)
	}
	_, err = m.saysOf("o-1", health.AnswerToldOut)
	m.must(err)
	m.order("o-1", cancelled("other"))
	if o := m.standing("o-1"); o.Counts || o.Lines[0].Finding != health.BuyerRequest {
		t.Errorf("after the buyer's word: %+v", o)
	}
	counts, err := m.countsOf(m.ctx, "mp-s-1", at("2026-01-01T00:00:00+09:00"))
	if m.must(err); len(counts) != 1 {
		t.Errorf("what counts: %+v", counts)
	}
	_, err = m.counted(m.agent, "o-1", RejectsContest)
	wantCode(t, err, "not_allowed_now")
	kept, err := find[cancellationVersionRow](m.ctx, m.Store, "SELECT * FROM cancellation_versions WHERE reason IS NOT NULL")
	if m.must(err); len(kept) != 1 || orEmpty(kept[0].Reason) != "購入者の依頼でした。" || kept[0].ByID != m.agent.AccountID {
		t.Errorf("kept: %+v", kept)
	}
	notices, _, err := m.Notices(m.ctx, m.seller, Page{})
	if m.must(err); !slices.ContainsFunc(notices, func(n Notice) bool { return n.Kind == "contest_accepted" && n.OrderNumber == "o-1" }) {
		t.Errorf("the seller was told %+v", notices)
	}
	m.must(errorOf(m.counted(m.seller, "o-2", ContestsCount)))
	o, err = m.counted(m.lead, "o-2", RejectsContest)
	if m.must(err); !o.Counts || o.Contest.Status != ContestRejected {
		t.Errorf("rejected: %+v", o)
	}
}

func errorOf(_ CountedOrder, err error) error { return err }

func TestUntilWhenAContestIsTaken(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", cancelled("out_of_stock"))
	leaves := m.standing("o-1").LeavesAt
	if leaves != m.standing("o-1").At.Add(health.Default().PointsLife) {
		t.Errorf("leaves at %v", leaves)
	}
	m.clock.set(leaves)
	_, err := m.counted(m.seller, "o-1", ContestsCount)
	wantCode(t, err, "contest_closed")
	m.clock.set(leaves.Add(-time.Microsecond))
	m.must(errorOf(m.counted(m.seller, "o-1", ContestsCount)))
}

func TestWhoActsOnACountedOrder(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", cancelled("out_of_stock"))
	m.order("o-2", nil)
	m.order("o-3", func(in *OrderInput) {
		cancelled("out_of_stock")(in)
		in.Buyer = BuyerInput{ID: "mp-t", Email: "t1@example.com"}
	})
	finding := func(f health.Finding) func(*ActOnCounted) { return func(in *ActOnCounted) { in.Finding = f } }
	for name, c := range map[string]struct {
		by     Actor
		order  string
		action CountedAction
		kind   Kind
	}{
		"buyer contests":          {m.buyer, "o-1", ContestsCount, NotFound},
		"another seller contests": {m.seller2, "o-1", ContestsCount, NotFound},
		"the integration":         {m.integration, "o-1", OverrulesCause, NotFound},
		"staff contest":           {m.lead, "o-1", ContestsCount, Forbidden},
		"seller overrules":        {m.seller, "o-1", OverrulesCause, Forbidden},
		"admin overrules":         {m.admin, "o-1", OverrulesCause, Forbidden},
		"staff who bought it":     {m.agent, "o-3", OverrulesCause, Forbidden},
		"staff who bought of it":  {m.agent, "o-1", OverrulesCause, Forbidden},
		"not cancelled":           {m.lead, "o-2", OverrulesCause, NotFound},
		"no such order":           {m.lead, "none", OverrulesCause, NotFound},
		"nothing to accept":       {m.lead, "o-1", AcceptsContest, Conflict},
	} {
		if _, err := m.counted(c.by, c.order, c.action, finding(health.Other)); KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, edit := range map[string]func(*ActOnCounted){
		"no reason": func(in *ActOnCounted) { in.Reason, in.Finding = " ", health.Other }, "no finding": func(*ActOnCounted) {}, "no such finding": finding("perhaps"),
		"files": func(in *ActOnCounted) { in.Finding, in.Evidence = health.Other, []string{"x"} },
	} {
		if _, err := m.counted(m.lead, "o-1", OverrulesCause, edit); KindOf(err) != Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	before := m.standing("o-1").Version
	o, err := m.counted(m.lead, "o-1", OverrulesCause, finding(health.Misdeclared))
	if m.must(err); o.Points != 20 || o.Lines[0].Basis != health.ByStaff {
		t.Errorf("overruled: %+v", o)
	}
	_, err = m.counted(m.agent2, "o-1", OverrulesCause, finding(health.Other), func(in *ActOnCounted) { in.Version = &before })
	wantCode(t, err, "stale_version")
	m.must(errorOf(m.counted(m.seller, "o-1", ContestsCount)))
	_, err = m.counted(m.lead, "o-1", AcceptsContest, finding(health.StockOut))
	if KindOf(err) != Invalid {
		t.Errorf("accepted as one that counts: %v", err)
	}
}

// Of two who decide at once one wins; the other hears that it is decided.
func TestContestIsDecidedOnce(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", cancelled("out_of_stock"))
	m.must(errorOf(m.counted(m.seller, "o-1", ContestsCount)))
	version := m.standing("o-1").Version
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			action, by := AcceptsContest, m.agent
			if i%2 == 1 {
				action, by = RejectsContest, m.agent2
			}
			_, errs[i] = m.counted(by, "o-1", action, func(in *ActOnCounted) { in.Version = &version })
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if KindOf(err) != Conflict {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d won: %v", won, errs)
	}
}

func TestContestDeskPages(t *testing.T) {
	m := newMarket(t)
	for i := range 5 {
		number := string(rune('a'+i)) + "-1"
		m.order(number, cancelled("out_of_stock"))
		m.must(errorOf(m.counted(m.seller, number, ContestsCount)))
		m.clock.set(m.MachineNow().Add(time.Duration(i%2) * time.Minute))
	}
	var seen []string
	page := Page{Limit: 2}
	for {
		items, next, err := m.ContestDesk(m.ctx, m.lead, ContestFilter{Page: page})
		m.must(err)
		for _, k := range items {
			seen = append(seen, k.OrderNumber)
		}
		if next == "" {
			break
		}
		page.Cursor = next
	}
	listed := map[string]bool{}
	page = Page{Limit: 2}
	for {
		items, next, err := m.SellerOrders(m.ctx, m.agent, "mp-s-1", CountStockOuts, 90, page)
		m.must(err)
		for _, o := range items {
			if listed[o.Number] {
				t.Errorf("%s is listed twice", o.Number)
			}
			listed[o.Number] = true
		}
		if next == "" {
			break
		}
		page.Cursor = next
	}
	if slices.Sort(seen); !slices.Equal(seen, []string{"a-1", "b-1", "c-1", "d-1", "e-1"}) || len(listed) != 5 {
		t.Errorf("the desk has %v, counted are %v", seen, listed)
	}
	if _, _, err := m.ContestDesk(m.ctx, m.seller, ContestFilter{}); KindOf(err) != Forbidden {
		t.Errorf("a seller reads the desk: %v", err)
	}
}

// The files of a contest stay while it waits and 180 days after it was decided, whatever deadline
// the order's lines have.
func TestFilesOfAContestLeave(t *testing.T) {
	m, s := withEvidence(t)
	m.order("o-1", cancelled("out_of_stock"))
	file := m.upload(m.seller, "png:the buyer asked").ID
	errMust := func(_ CountedOrder, err error) {
		t.Helper()
		m.must(err)
	}
	errMust(m.counted(m.seller, "o-1", ContestsCount, func(in *ActOnCounted) { in.Evidence = []string{file} }))
	m.later(days(60))
	m.run()
	mine := func() MyFile {
		t.Helper()
		files, _, err := m.MyFiles(m.ctx, m.seller, Page{})
		m.must(err)
		if len(files) != 1 || len(files[0].Given) != 1 {
			t.Fatalf("files: %+v", files)
		}
		return files[0]
	}
	if f := mine(); !f.Retention.Open || f.Given[0].Kind != OnContest || f.Given[0].OrderNumber != "o-1" || m.kept(s, file) != "k" {
		t.Errorf("while it waits: %+v", f)
	}
	errMust(m.counted(m.agent, "o-1", RejectsContest))
	until := m.MachineNow().Add(days(180))
	if f := mine(); f.Retention.Open || f.Retention.Until != until {
		t.Errorf("decided: %+v, want until %s", f.Retention, until)
	}
	if n := m.countRows("SELECT COUNT(*) FROM timers WHERE kind = ? AND fire_at <> ?", retentionTimer, until); n != 0 {
		t.Errorf("%d timers of its files wake at another instant than %s", n, until)
	}
	m.leave(s, until, file)
	if f := mine(); f.State != UploadRemoved {
		t.Errorf("after it: %+v", f)
	}
}

// A finding that staff give answers the contest that waits, with its reason, once: nothing is left on
// the desk, no timer, and the seller is told.
func TestOverruleAnswersAContest(t *testing.T) {
	waits := CountedOrder{Contest: &CountContest{Status: ContestOpen}}
	for name, x := range map[string]struct {
		order CountedOrder
		found health.Finding
		want  ContestStatus
	}{
		"no contest":            {CountedOrder{}, health.Other, ""},
		"one accepted before":   {CountedOrder{Contest: &CountContest{Status: ContestAccepted}}, health.StockOut, ""},
		"one rejected before":   {CountedOrder{Contest: &CountContest{Status: ContestRejected}}, health.Other, ""},
		"it was a stock-out":    {waits, health.StockOut, ContestRejected},
		"under another name":    {waits, health.Misdeclared, ContestRejected},
		"the buyer's own wish":  {waits, health.BuyerRequest, ContestAccepted},
		"something else caused": {waits, health.Other, ContestAccepted},
	} {
		if got := x.order.answered(x.found); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
	for found, want := range map[health.Finding]ContestStatus{health.BuyerRequest: ContestAccepted, health.Misdeclared: ContestRejected} {
		t.Run(string(found), func(t *testing.T) {
			m := newMarket(t)
			m.order("o-1", cancelled("out_of_stock"))
			m.must(errorOf(m.counted(m.seller, "o-1", ContestsCount)))
			finding := func(in *ActOnCounted) { in.Finding, in.Reason = found, "記録を見ました。" }
			o, err := m.counted(m.agent, "o-1", OverrulesCause, finding)
			m.must(err)
			if o.Counts != (want == ContestRejected) || o.FoundAnew || o.Contest.Status != want || o.Contest.Answer != "記録を見ました。" || o.Contest.DecidedAt != m.MachineNow() {
				t.Errorf("%+v %+v", o, o.Contest)
			}
			if desk, _, err := m.ContestDesk(m.ctx, m.agent, ContestFilter{}); err != nil || len(desk) != 0 {
				t.Errorf("%d wait: %v", len(desk), err)
			}
			if n := m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'contest'"); n != 0 {
				t.Errorf("%d timers of a contest that was answered", n)
			}
			if told := m.toldSeller("mp-s-1"); !slices.Contains(told, "finding_overruled") || slices.Contains(told, "contest_"+string(want)) {
				t.Errorf("told %v", told)
			}
			if n := m.countRows("SELECT COUNT(*) FROM facts WHERE type = 'contest." + string(want) + "'"); n != 1 {
				t.Errorf("%d events of the answer", n)
			}
			if _, err := m.counted(m.seller, "o-1", ContestsCount); KindOf(err) != Conflict {
				t.Errorf("contested again: %v", err)
			}
		})
	}
}

// A contest of an order whose cancellation was taken back waits for nobody, and nobody is told that
// it is late; cancelled again, it waits again.
func TestContestOfACancellationTakenBack(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", cancelled("out_of_stock"))
	o, err := m.counted(m.seller, "o-1", ContestsCount)
	m.must(err)
	waits := func(want int) {
		t.Helper()
		for _, overdue := range []bool{false, true} {
			if desk, _, err := m.ContestDesk(m.ctx, m.agent, ContestFilter{Overdue: overdue}); err != nil || len(desk) != want {
				t.Errorf("%d wait, want %d: %v", len(desk), want, err)
			}
		}
	}
	m.order("o-1", unshipped)
	m.clock.set(o.Contest.DueAt)
	m.run()
	waits(0)
	if told := m.toldSeller("mp-s-1"); slices.Contains(told, "contest_late") {
		t.Errorf("the seller is told %v", told)
	}
	m.order("o-1", cancelled("out_of_stock"))
	waits(1)
	if _, err := m.counted(m.agent, "o-1", AcceptsContest); err != nil {
		t.Error(err)
	}
	waits(0)
}

// Each cause that is found can be contested once: another that is found after the decision, a line
// cancelled later, and a line cancelled anew can be; the same cause told again cannot.
func TestCountedOrderIsContestedAgain(t *testing.T) {
	m := newMarket(t)
	finding := func(f health.Finding) func(*ActOnCounted) { return func(in *ActOnCounted) { in.Finding = f } }
	m.order("o-1", cancelled("out_of_stock"))
	m.must(errorOf(m.counted(m.seller, "o-1", ContestsCount)))
	before, err := m.counted(m.agent, "o-1", OverrulesCause, finding(health.Misdeclared))
	m.must(err)
	_, err = m.counted(m.seller, "o-1", ContestsCount)
	wantCode(t, err, "already_contested") // what the answer to the contest found is answered by it
	m.must(errorOf(m.counted(m.agent, "o-1", OverrulesCause, finding(health.Misdeclared))))
	_, err = m.counted(m.seller, "o-1", ContestsCount)
	wantCode(t, err, "already_contested") // the same cause
	m.must(errorOf(m.counted(m.agent, "o-1", OverrulesCause, finding(health.StockOut))))
	o, err := m.counted(m.seller, "o-1", ContestsCount)
	if m.must(err); o.Contest.Status != ContestOpen || len(o.Earlier) != 1 || o.Earlier[0].Status != ContestRejected || o.Version <= before.Version {
		t.Errorf("contested again: %+v, version %d after %d", o, o.Version, before.Version)
	}
	_, err = m.counted(m.seller, "o-1", ContestsCount)
	wantCode(t, err, "already_contested")
	if list, _, err := m.SellerOrders(m.ctx, m.seller, "mp-s-1", CountStockOuts, 90, Page{}); err != nil || len(list) != 1 || list[0].Contest != ContestOpen {
		t.Errorf("counted: %+v, %v", list, err)
	}
	if desk, _, err := m.ContestDesk(m.ctx, m.agent, ContestFilter{}); err != nil || len(desk) != 1 {
		t.Errorf("on the desk: %+v, %v", desk, err)
	}
	o, err = m.counted(m.lead, "o-1", AcceptsContest)
	if m.must(err); o.Contest.Status != ContestAccepted || o.Earlier[0].Status != ContestRejected || o.Counts {
		t.Errorf("the second is accepted, the first stays: %+v %+v", o.Contest, o.Earlier)
	}
	_, err = m.counted(m.seller, "o-1", ContestsCount)
	wantCode(t, err, "already_contested")
	m.order("o-1", unshipped)
	m.order("o-1", cancelled("out_of_stock"))
	if o := m.standing("o-1"); o.Counts {
		t.Errorf("told again as it was: %+v", o)
	}
	m.order("o-1", unshipped)
	m.order("o-1", func(in *OrderInput) {
		cancelled("out_of_stock")(in)
		in.Lines[0].Cancellation.At = "2026-01-05T10:00:00+09:00"
	})
	if o := m.standing("o-1"); !o.Counts || o.Lines[0].Basis != health.ByStated {
		t.Errorf("cancelled anew: %+v", o)
	}
	m.must(errorOf(m.counted(m.seller, "o-1", ContestsCount)))
}

// What was said and found of a cancellation that was taken back is no word on a later one, of which
// the buyer is asked again.
func TestCancelledAnew(t *testing.T) {
	m := newMarket(t)
	anew := func(in *OrderInput) {
		cancelled("other")(in)
		in.Lines[0].Cancellation.At = "2026-01-05T10:00:00+09:00"
	}
	m.order("o-1", cancelled("other"))
	_, err := m.saysOf("o-1", health.AnswerToldOut)
	m.must(err)
	m.order("o-1", anew) // its time is corrected
	if c := m.cancellation("o-1"); c.Answer != health.AnswerToldOut || c.Finding != health.Misdeclared {
		t.Errorf("another time: %+v", c)
	}
	m.order("o-1", unshipped)
	m.order("o-1", anew)
	if c := m.cancellation("o-1"); c.Answer != health.AnswerToldOut {
		t.Errorf("told again: %+v", c)
	}
	m.order("o-1", unshipped)
	m.order("o-1", cancelled("other"))
	c := m.cancellation("o-1")
	if c.Answer != "" || c.AnsweredAt != 0 || c.Finding != health.Other || c.Basis != health.ByStated {
		t.Errorf("cancelled anew: %+v", c)
	}
	if asked := m.toldOf("o-1", "cancellation_asked"); len(asked) != 2 {
		t.Errorf("asked %v", asked)
	}
}
