package models

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hosho/models/health"
)

// cancelled makes line 1 one that its seller cancelled for a stated reason.
func cancelled(reason string) func(*OrderInput) {
	return func(in *OrderInput) {
		in.Lines[0].Status, in.Lines[0].Shipment = Cancelled, nil
		in.Lines[0].Cancellation = &CancellationInput{At: "2026-01-04T10:00:00+09:00", By: "seller", StatedReason: reason}
	}
}

func (m *market) cancellation(order string) Cancellation {
	m.t.Helper()
	c, err := m.Cancellation(m.ctx, m.buyer, order, 1)
	m.must(err)
	return c
}

func (m *market) saysOf(order string, a health.Answer) (Cancellation, error) {
	return m.AnswerCancellation(m.ctx, m.buyer, AnswerCancellation{OrderNumber: order, Line: 1, Answer: a})
}

func TestCauseOfACancellation(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", nil)
	if _, err := m.Cancellation(m.ctx, m.buyer, "o-1", 1); KindOf(err) != NotFound {
		t.Errorf("of a shipped line: %v", err)
	}
	if _, err := m.saysOf("o-1", health.AnswerIAsked); CodeOf(err) != "not_allowed_now" {
		t.Errorf("of a shipped line: %v", err)
	}
	m.order("o-1", cancelled("other"))
	c := m.cancellation("o-1")
	if c.Stated != health.StatedOther || c.Finding != health.Other || c.Basis != health.ByStated || c.Answer != "" || c.AnswerUntil != c.At.Add(days(90)) {
		t.Errorf("cancelled: %+v", c)
	}
	c, err := m.saysOf("o-1", health.AnswerToldOut)
	m.must(err)
	if c.Finding != health.Misdeclared || c.Basis != health.ByAnswer || c.AnswerUntil != at("2026-01-27T10:00:00+09:00") {
		t.Errorf("answered: %+v", c)
	}
	// Told again, with the reason that the buyer was given; then taken back, and cancelled once more.
	m.order("o-1", cancelled("out_of_stock"))
	if c := m.cancellation("o-1"); c.Finding != health.StockOut || c.Answer != health.AnswerToldOut {
		t.Errorf("another reason: %+v", c)
	}
	m.order("o-1", unshipped)
	if _, err := m.Cancellation(m.ctx, m.buyer, "o-1", 1); KindOf(err) != NotFound {
		t.Errorf("taken back: %v", err)
	}
	if _, err := m.saysOf("o-1", health.AnswerIAsked); CodeOf(err) != "not_allowed_now" {
		t.Errorf("taken back: %v", err)
	}
	m.order("o-1", cancelled("buyer_request"))
	if c := m.cancellation("o-1"); c.Finding != health.Misdeclared {
		t.Errorf("cancelled again: %+v", c)
	}
	m.order("o-1", func(in *OrderInput) {
		cancelled("")(in)
		in.Lines[0].Cancellation.By = "buyer"
	})
	if _, err := m.Cancellation(m.ctx, m.buyer, "o-1", 1); KindOf(err) != NotFound {
		t.Errorf("by the buyer: %v", err)
	}
	kept, err := find[cancellationVersionRow](m.ctx, m.Store, "SELECT * FROM cancellation_versions ORDER BY version")
	m.must(err)
	var story []string
	for _, v := range kept {
		story = append(story, fmt.Sprintf("%s %s %s %s %v", v.ByRole, v.Stated, orEmpty(v.Answer), v.Finding, v.UndoneAt != 0))
	}
	want := []string{
		"integration other  other false", "buyer other told_out_of_stock misdeclared false", "integration out_of_stock told_out_of_stock stock_out false",
		"integration out_of_stock told_out_of_stock stock_out true", "integration buyer_request told_out_of_stock misdeclared false", "integration buyer_request told_out_of_stock misdeclared true",
	}
	if fmt.Sprint(story) != fmt.Sprint(want) {
		t.Errorf("kept: %q", story)
	}
}

func TestWhoAnswersACancellation(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", cancelled("out_of_stock"))
	for name, by := range map[string]Actor{"seller": m.seller, "staff": m.agent, "integration": m.integration} {
		if _, err := m.AnswerCancellation(m.ctx, by, AnswerCancellation{OrderNumber: "o-1", Line: 1, Answer: health.AnswerIAsked}); KindOf(err) != Forbidden {
			t.Errorf("%s answers: %v", name, err)
		}
		if _, err := m.Cancellation(m.ctx, by, "o-1", 1); (KindOf(err) == Forbidden) != (name == "seller") {
			t.Errorf("%s reads: %v", name, err)
		}
	}
	stranger := m.account("other@example.com", RoleBuyer, "")
	if _, err := m.Cancellation(m.ctx, stranger, "o-1", 1); KindOf(err) != NotFound {
		t.Errorf("a stranger reads: %v", err)
	}
	if _, err := m.AnswerCancellation(m.ctx, stranger, AnswerCancellation{OrderNumber: "o-1", Line: 1, Answer: health.AnswerIAsked}); KindOf(err) != NotFound {
		t.Errorf("a stranger answers: %v", err)
	}
	for _, a := range []health.Answer{"", "perhaps"} {
		var e *Error
		if _, err := m.saysOf("o-1", a); !errors.As(err, &e) || e.Kind != Invalid || e.Fields[0].Field != "answer" {
			t.Errorf("%q: %v", a, err)
		}
	}
}

func TestUntilWhenACancellationIsAnswered(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", cancelled("out_of_stock"))
	m.order("o-2", cancelled("out_of_stock"))
	end := m.cancellation("o-1").AnswerUntil
	m.clock.set(end.Add(-time.Microsecond))
	c, err := m.saysOf("o-1", health.AnswerDoNotKnow)
	m.must(err)
	m.clock.set(end)
	if _, err := m.saysOf("o-2", health.AnswerIAsked); CodeOf(err) != "answer_closed" || KindOf(err) != Conflict {
		t.Errorf("90 days later: %v", err)
	}
	m.clock.set(c.AnswerUntil.Add(-time.Microsecond))
	again, err := m.saysOf("o-1", health.AnswerIAsked)
	m.must(err)
	if again.AnswerUntil != c.AnswerUntil || again.Finding != health.BuyerRequest {
		t.Errorf("changed: %+v", again)
	}
	m.clock.set(c.AnswerUntil)
	if _, err := m.saysOf("o-1", health.AnswerIAsked); CodeOf(err) != "answer_closed" {
		t.Errorf("7 days later: %v", err)
	}
}

// An update that says the same again, and an answer given twice, make no version.
func TestCancellationIsWrittenOnce(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", cancelled("out_of_stock"))
	_, err := m.saysOf("o-1", health.AnswerToldOut)
	m.must(err)
	m.order("o-1", func(in *OrderInput) {
		cancelled("out_of_stock")(in)
		in.Lines[0].Title = "別の名前"
	})
	_, err = m.saysOf("o-1", health.AnswerToldOut)
	m.must(err)
	rows, err := find[cancellationVersionRow](m.ctx, m.Store, "SELECT * FROM cancellation_versions")
	m.must(err)
	if len(rows) != 2 {
		t.Errorf("%d versions, want 2", len(rows))
	}
}

// Answers and updates that meet leave a row whose finding is that of its own facts.
func TestCancellationsMeet(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", cancelled("other"))
	var wg sync.WaitGroup
	var done atomic.Int64
	for i := range 50 {
		wg.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = m.saysOf("o-1", CancellationAnswers[i/2%4])
			} else {
				_, _, err = m.PutOrder(m.ctx, m.integration, orderInput("o-1", cancelled([]string{"other", "out_of_stock", "buyer_request"}[i%3])))
			}
			switch KindOf(err) {
			case Unavailable: // too many at once: to be sent again
			case "":
				if err != nil {
					t.Errorf("%d: %v", i, err)
				}
				done.Add(1)
			default:
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	wg.Wait()
	rows, err := find[cancellationRow](m.ctx, m.Store, "SELECT * FROM cancellations")
	m.must(err)
	versions, err := find[cancellationVersionRow](m.ctx, m.Store, "SELECT * FROM cancellation_versions ORDER BY version")
	m.must(err)
	if len(rows) != 1 || len(versions) != rows[0].Version || done.Load() < 10 {
		t.Fatalf("%d rows, %d versions, %d done", len(rows), len(versions), done.Load())
	}
	if r := rows[0]; r.found().Finding != r.Finding || versions[len(versions)-1].Finding != r.Finding {
		t.Errorf("%+v does not fit its facts", r)
	}
}

// The buyer is asked once for an update, however many of its lines were cancelled, and again
// only where a line is cancelled anew and nothing was answered.
func TestBuyerIsAskedWhyALineWasCancelled(t *testing.T) {
	m := newMarket(t)
	asked := func() string {
		t.Helper()
		rows, err := find[noticeRow](m.ctx, m.Store, "SELECT * FROM notices WHERE kind IN ('cancellation_asked', 'cancellations_asked') ORDER BY created_at, id")
		m.must(err)
		said := ""
		for _, r := range rows {
			said += fmt.Sprintln(r.Party, r.Locale, r.Kind, r.OrderNumber)
		}
		return said
	}
	three := func(status LineStatus, by string, lines ...int) func(*OrderInput) {
		return func(in *OrderInput) {
			in.Buyer.Locale = "en"
			for n := 2; n <= 3; n++ {
				l := in.Lines[0]
				l.Line = n
				in.Lines = append(in.Lines, l)
			}
			for i := range in.Lines {
				in.Lines[i].Status, in.Lines[i].Shipment = Unshipped, nil
				for _, n := range lines {
					if in.Lines[i].Line == n {
						in.Lines[i].Status = status
						in.Lines[i].Cancellation = &CancellationInput{At: "2026-01-19T10:00:00+09:00", By: by, StatedReason: "other"}
					}
				}
			}
		}
	}
	m.order("o-1", three(Unshipped, ""))
	m.order("o-1", three(Cancelled, "buyer", 1))
	m.order("o-1", three(Cancelled, "seller", 1, 2))
	m.order("o-1", three(Cancelled, "seller", 1, 2))
	m.order("o-1", three(Cancelled, "seller", 1, 2, 3))
	want := "buyer:mp-b-1 en cancellations_asked o-1\nbuyer:mp-b-1 en cancellation_asked o-1\n"
	if got := asked(); got != want {
		t.Errorf("asked %q, want %q", got, want)
	}
	// Line 1 is answered and line 2 is not; both are taken back and cancelled anew.
	_, err := m.saysOf("o-1", health.AnswerToldOut)
	m.must(err)
	m.order("o-1", three(Unshipped, ""))
	m.order("o-1", three(Cancelled, "seller", 1))
	if got := asked(); got != want {
		t.Errorf("of what was answered: %q", got)
	}
	m.order("o-1", three(Cancelled, "seller", 1, 2))
	if want += "buyer:mp-b-1 en cancellation_asked o-1\n"; asked() != want {
		t.Errorf("cancelled anew: %q", asked())
	}
	// Nobody is asked of what is too long ago, or has not happened yet.
	for number, when := range map[string]string{"o-2": "2025-10-22T10:00:00+09:00", "o-3": "2026-01-21T10:00:01+09:00"} {
		m.order(number, func(in *OrderInput) {
			cancelled("other")(in)
			in.PlacedAt, in.Lines[0].Cancellation.At = "2025-10-01T10:00:00+09:00", when
		})
	}
	if got := asked(); got != want {
		t.Errorf("long ago and ahead: %q", got)
	}
}

// Only who reads an answer is given the cancellations of an order.
func TestWhoReadsCancellationsOfAnOrder(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", cancelled("out_of_stock"))
	for name, by := range map[string]Actor{"buyer": m.buyer, "seller": m.seller, "staff": m.agent, "admin": m.admin, "other": m.buyer2, "integration": m.integration} {
		o, err := m.orderByNumber(m.ctx, "o-1")
		m.must(err)
		list, err := m.CancellationsOf(m.ctx, by, o)
		m.must(err)
		if want := map[string]int{"buyer": 1, "staff": 1, "admin": 1}[name]; len(list) != want || want == 1 && list[1].Stated != health.StatedOutOfStock {
			t.Errorf("%s reads %+v", name, list)
		}
	}
}

// Whatever updates say, a cancellation changes version exactly when it changes, and counts only while the line is cancelled by its seller.
func TestCancellationFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r cancellationRow
		for i := range rapid.IntRange(1, 8).Draw(t, "updates") {
			l := lineRow{
				ID: "l", OrderID: "o", SellerID: "s", CancelledAt: 5, Status: rapid.SampledFrom([]LineStatus{Unshipped, Cancelled}).Draw(t, "status"),
				CancelledBy: rapid.SampledFrom([]string{"", "seller", "buyer"}).Draw(t, "by"), CancelReason: rapid.SampledFrom([]string{"", "out_of_stock", "buyer_request"}).Draw(t, "reason"),
			}
			gone := rapid.Bool().Draw(t, "gone")
			next := r.follow(l, gone, Instant(10+i))
			stands := next.Version > 0 && next.UndoneAt == 0
			if stands != (!gone && l.Status == Cancelled && l.CancelledBy == "seller") {
				t.Fatalf("%+v of %+v (gone %v)", next, l, gone)
			}
			if again := next.follow(l, gone, Instant(100+i)); again != next {
				t.Fatalf("said again %+v becomes %+v", next, again)
			}
			if (next == r) != (next.Version == r.Version) || next.Version > r.Version+1 {
				t.Fatalf("%+v becomes %+v", r, next)
			}
			if stands && (next.Stated == "" || next.Finding == "") {
				t.Fatalf("no cause: %+v", next)
			}
			r = next
		}
	})
}
