package models

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"hosho/models/calendar"
	"hosho/models/health"
)

func TestDayOf(t *testing.T) {
	for at, want := range map[Instant]int64{0: 0, 1: 0, Instant(microsOfDay) - 1: 0, Instant(microsOfDay): 1, -1: -1, -Instant(microsOfDay): -1, -Instant(microsOfDay) - 1: -2} {
		if got := dayOf(at); got != want {
			t.Errorf("%d: day %d, want %d", at, got, want)
		}
	}
}

// What a line says of its seller's shipping.
func TestShippingMarks(t *testing.T) {
	first, last := calendar.Date{Year: 2026, Month: 1, Day: 5}, calendar.Date{Year: 2026, Month: 1, Day: 8}
	whole := shippedLine{FulfilledBy: BySeller, EstimatedEarliest: first, EstimatedLatest: last, TrackingNumber: "1", ShippedAt: at("2026-01-03T10:00:00+09:00"), FirstScanAt: at("2026-01-03T20:00:00+09:00")}
	for name, c := range map[string]struct {
		edit func(*shippedLine)
		want sellerMarks
	}{
		"in time, traceable":          {func(*shippedLine) {}, markShipped},
		"not shipped":                 {func(l *shippedLine) { l.ShippedAt, l.FirstScanAt = 0, 0 }, 0},
		"the marketplace ships":       {func(l *shippedLine) { l.FulfilledBy = "marketplace" }, 0},
		"digital":                     {func(l *shippedLine) { l.Digital = true }, 0},
		"the last microsecond":        {func(l *shippedLine) { l.FirstScanAt = at("2026-01-05T23:59:59.999999+09:00") }, markShipped},
		"the first after it":          {func(l *shippedLine) { l.FirstScanAt = at("2026-01-06T00:00:00+09:00") }, markShipped | markLate},
		"the scan, not the seller":    {func(l *shippedLine) { l.ShippedAt = at("2026-02-01T00:00:00+09:00") }, markShipped},
		"the seller where no scan is": {func(l *shippedLine) { l.ShippedAt, l.FirstScanAt = at("2026-02-01T00:00:00+09:00"), 0 }, markShipped | markLate | markUntracked},
		"only the last day told": {func(l *shippedLine) {
			l.EstimatedEarliest, l.FirstScanAt = calendar.Date{}, at("2026-01-08T23:00:00+09:00")
		}, markShipped},
		"late for the last day": {func(l *shippedLine) {
			l.EstimatedEarliest, l.FirstScanAt = calendar.Date{}, at("2026-01-09T00:00:00+09:00")
		}, markShipped | markLate},
		"nothing promised": {func(l *shippedLine) { l.EstimatedEarliest, l.EstimatedLatest = calendar.Date{}, calendar.Date{} }, markShipped},
		"no number":        {func(l *shippedLine) { l.TrackingNumber = "" }, markShipped | markUntracked},
		"never scanned":    {func(l *shippedLine) { l.FirstScanAt = 0 }, markShipped | markUntracked},
		"delivered":        {func(l *shippedLine) { l.FirstScanAt, l.DeliveredAt = 0, l.ShippedAt }, markShipped},
	} {
		l := whole
		c.edit(&l)
		if got := l.marks(tokyo); got != c.want {
			t.Errorf("%s: %b, want %b", name, got, c.want)
		}
	}
}

// Of several causes the heaviest is the order's; what counts is told apart.
func TestMarksOfCancelled(t *testing.T) {
	one := func(f health.Finding) cancellationRow { return cancellationRow{Finding: f} }
	undone := one(health.StockOut)
	undone.UndoneAt = 1
	for name, c := range map[string]struct {
		list []cancellationRow
		want sellerMarks
	}{
		"none":               {nil, 0},
		"taken back":         {[]cancellationRow{undone}, 0},
		"asked for":          {[]cancellationRow{one(health.BuyerRequest)}, markCancelled | markBuyerRequest},
		"another":            {[]cancellationRow{one(health.Other), one(health.BuyerRequest)}, markCancelled | markOther},
		"out of stock":       {[]cancellationRow{one(health.BuyerRequest), one(health.StockOut), one(health.Other)}, markCancelled | markStockOut | markCounted},
		"under another name": {[]cancellationRow{one(health.Misdeclared), one(health.StockOut), undone}, markCancelled | markMisdeclared | markCounted},
	} {
		if got := marksOfCancelled(c.list); got != c.want {
			t.Errorf("%s: %b, want %b", name, got, c.want)
		}
	}
}

// history plays what can happen to a few orders of two sellers.
type history struct {
	*market
	rand     *rand.Rand
	name     string
	orders   []OrderInput
	claims   int
	template claimRow
}

func (h *history) seller() SellerRef {
	return SellerRef{ID: fmt.Sprintf("%s-s%d", h.name, h.rand.IntN(2))}
}

// placed is within 100 days before now, often on the edge of a day.
func (h *history) placed() string {
	at := h.MachineNow().Add(-time.Duration(h.rand.Int64N(int64(100 * 24 * time.Hour))))
	if h.rand.IntN(3) == 0 {
		at = Instant(dayOf(at)*microsOfDay) + Instant(h.rand.IntN(3)-1)
	}
	return at.String()
}

func (h *history) line(n int) LineInput {
	l := orderInput("x", nil).Lines[0]
	l.Line, l.Seller = n, h.seller()
	h.change(&l)
	return l
}

func (h *history) change(l *LineInput) {
	day := func(n int) string { return h.MachineNow().Add(days(h.rand.IntN(n) - n/2)).String() }
	l.Cancellation, l.Shipment, l.Status = nil, nil, Unshipped
	switch h.rand.IntN(5) {
	case 0, 1:
		l.Status = Cancelled
		l.Cancellation = &CancellationInput{
			At: day(4), By: []string{"seller", "seller", "seller", "buyer", "marketplace"}[h.rand.IntN(5)],
			StatedReason: []string{"out_of_stock", "buyer_request", "address_problem", "pricing_error", "other", ""}[h.rand.IntN(6)],
		}
	case 2, 3:
		l.Status = Shipped
		l.Shipment = &ShipmentInput{TrackingNumber: []string{"", "1234"}[h.rand.IntN(2)], ShippedAt: day(30)}
		if h.rand.IntN(2) == 0 {
			l.Shipment.FirstScanAt = day(30)
		}
	}
	l.EstimatedDelivery = []*EstimateInput{nil, {Latest: h.MachineNow().String()[:10]}}[h.rand.IntN(2)]
}

func (h *history) put(in ...OrderInput) {
	h.t.Helper()
	for i := range in {
		o := &in[i]
		o.Payments = orderInput("x", func(x *OrderInput) { x.Lines = o.Lines }).Payments
	}
	results, err := h.PutOrders(h.ctx, h.integration, in)
	h.must(err)
	for i, r := range results {
		if r.Err != nil {
			if KindOf(r.Err) == "" {
				h.t.Fatal(r.Err)
			}
			h.t.Logf("%s: %v", in[i].Number, r.Err)
		}
	}
}

func (h *history) step() {
	h.t.Helper()
	if len(h.orders) == 0 || h.rand.IntN(4) == 0 {
		var fresh []OrderInput
		for range 1 + h.rand.IntN(3) {
			in := orderInput(fmt.Sprintf("%s-%d", h.name, len(h.orders)+len(fresh)), nil)
			in.PlacedAt, in.Lines = h.placed(), nil
			for n := range 1 + h.rand.IntN(3) {
				in.Lines = append(in.Lines, h.line(n+1))
			}
			fresh = append(fresh, in)
		}
		again := fresh[0] // twice in one batch
		again.Lines = append([]LineInput(nil), again.Lines...)
		h.change(&again.Lines[0])
		h.put(append(fresh, again)...)
		h.orders = append(h.orders, again)
		h.orders = append(h.orders, fresh[1:]...)
		return
	}
	i := h.rand.IntN(len(h.orders))
	in := h.orders[i]
	in.Lines = append([]LineInput(nil), in.Lines...)
	n := in.Lines[h.rand.IntN(len(in.Lines))].Line
	switch h.rand.IntN(9) {
	case 0:
		in.PlacedAt = h.placed()
		h.put(in)
	case 1:
		if len(in.Lines) > 1 {
			in.Lines = in.Lines[1:]
		} else {
			in.Lines = append(in.Lines, h.line(in.Lines[0].Line+1))
		}
		h.put(in)
	case 2:
		in.Lines[0].Seller = h.seller()
		h.put(in)
	case 3, 4:
		h.change(&in.Lines[h.rand.IntN(len(in.Lines))])
		h.put(in)
	case 5:
		_, err := h.AnswerCancellation(h.ctx, h.buyer, AnswerCancellation{OrderNumber: in.Number, Line: n, Answer: CancellationAnswers[h.rand.IntN(4)]})
		h.mayRefuse(err)
	case 6:
		_, err := h.SendMessage(h.ctx, h.buyer, SendMessage{OrderNumber: in.Number, Line: n, Body: "まだ届きません。", Topic: []Reason{NotReceived, GeneralTopic}[h.rand.IntN(2)]})
		h.mayRefuse(err)
	case 7:
		o, err := h.OrderByNumber(h.ctx, h.integration, in.Number)
		h.must(err)
		l, ok := o.Line(n)
		if !ok {
			break
		}
		seller := Actor{Role: RoleSeller, SellerID: l.SellerID, AccountID: "x", Email: "x@example.com"}
		if h.rand.IntN(3) == 0 {
			_, err = h.RefuseContact(h.ctx, seller, in.Number, n)
		} else {
			_, err = h.SendMessage(h.ctx, seller, SendMessage{OrderNumber: in.Number, Line: n, Body: "確認します。"})
		}
		h.mayRefuse(err)
	case 8:
		h.decide(in.Number)
	}
	h.orders[i] = in
	h.later(time.Duration(h.rand.IntN(3)) * time.Hour)
}

// decide writes a claim with a decision that counts or does not, or decides one anew.
func (h *history) decide(number string) {
	h.t.Helper()
	o, err := h.OrderByNumber(h.ctx, h.integration, number)
	h.must(err)
	row := h.template
	row.ID, row.Number, row.OrderID, row.SellerID = o.ID, fmt.Sprintf("%s-%d", o.ID[24:], h.claims), o.ID, o.Lines[0].SellerID
	h.claims++
	c := Claim{ID: row.ID, Number: row.Number, OrderID: o.ID, OrderNumber: number, SellerID: row.SellerID, Currency: "JPY"}
	h.must(h.inTx(h.ctx, func(tx *Store) error {
		if stored, err := find[claimRow](h.ctx, tx, "SELECT * FROM claims WHERE id = ?", row.ID); err != nil {
			return err
		} else if len(stored) > 0 {
			c.SellerID = stored[0].SellerID
		} else if err := tx.insert(h.ctx, &row); err != nil {
			return err
		}
		counts := h.rand.IntN(2) == 0
		return tx.writeEntries(h.ctx, c, causeDecision, func(o *outcome) { o.decided, o.counts = true, counts })
	}))
}

func (h *history) mayRefuse(err error) {
	h.t.Helper()
	if err != nil && KindOf(err) == "" {
		h.t.Fatal(err)
	}
}

// Whatever happens to orders, what was kept beside it is what is counted from scratch.
func TestSellersCountedAlongAndAnew(t *testing.T) {
	m := newMarket(t)
	claim := m.inReview(m.order("A-1", nil))
	template, err := rowOf(m.claim(claim.Number))
	m.must(err)
	template.Status = Withdrawn
	const histories = 1000
	steps := 0
	for seed := range histories {
		h := &history{market: m, rand: rand.New(rand.NewPCG(uint64(seed), 1)), name: fmt.Sprintf("h%d", seed), template: template}
		for range 3 + h.rand.IntN(7) {
			h.step()
			steps++
		}
		var r SellerRecount
		more, err := m.recountPart(m.ctx, &recountPart{first: h.name + "-s0", last: h.name + "-s1"}, &r)
		if m.must(err); more {
			t.Fatal("more than a part")
		}
		m.must(m.inTx(m.ctx, func(tx *Store) error {
			n, err := tx.recountDays(m.ctx, h.name+"-s", h.name+"-s9")
			r.Corrected += n
			return err
		}))
		if r.Corrected != 0 {
			t.Fatalf("history %d: %d rows and sums were not what they should be", seed, r.Corrected)
		}
	}
	m.run() // points that have left
	r, err := m.RecountSellers(m.ctx, Operator)
	m.must(err)
	if r.Corrected != 0 || r.Orders < histories {
		t.Fatalf("%+v", r)
	}
	kept := m.sellerSums()
	for _, table := range []string{"seller_orders", "seller_days", "seller_standings"} {
		m.mustExec("DELETE FROM " + table)
	}
	if r, err = m.RecountSellers(m.ctx, Operator); err != nil || r.Corrected < r.Orders {
		t.Fatalf("%+v %v", r, err)
	}
	anew := m.sellerSums()
	if len(anew) < histories {
		t.Fatalf("%d sellers", len(anew))
	}
	for seller, want := range kept {
		if anew[seller] != want {
			t.Errorf("seller %s: %s anew, %s kept", seller, anew[seller], want)
		}
	}
	t.Logf("%d histories, %d steps, %d orders of sellers", histories, steps, r.Orders)
}

// sellerSums is all that is kept of each seller, as a text; the standings as they are reckoned now.
func (m *market) sellerSums() map[string]string {
	m.t.Helper()
	all := map[string]string{}
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		rows, err := find[sellerOrderRow](m.ctx, tx, "SELECT * FROM seller_orders ORDER BY seller_id, day, placed_at, order_id")
		if err != nil {
			return err
		}
		sums := map[sellerDay]orderSums{}
		for _, r := range rows {
			r.Version = 0
			all[r.SellerID] += fmt.Sprintf("%+v\n", r)
			d := sellerDay{r.SellerID, r.Day}
			sums[d] = sums[d].plus(r.numbers(), 1)
		}
		dayRows, err := find[sellerDayRow](m.ctx, tx, "SELECT * FROM seller_days ORDER BY seller_id, day")
		if err != nil {
			return err
		}
		for _, r := range dayRows {
			if r.orderSums != sums[sellerDay{r.SellerID, r.Day}] {
				m.t.Fatalf("seller %s, day %d: %+v in the sums, %+v in the rows", r.SellerID, r.Day, r.orderSums, sums[sellerDay{r.SellerID, r.Day}])
			}
			if r.orderSums != (orderSums{}) {
				all[r.SellerID] += fmt.Sprintf("%+v\n", r)
			}
		}
		standings, err := find[sellerStandingRow](m.ctx, tx, "SELECT * FROM seller_standings WHERE points > 0")
		if err != nil {
			return err
		}
		for _, r := range standings {
			all[r.SellerID] += fmt.Sprintf("%d points\n", r.Points)
		}
		return nil
	}))
	return all
}
