package models

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hosho/models/money"
)

// RefundStatus is how far money owed back has come.
type RefundStatus string

// The states of a refund as a whole. Held comes first, and pending before failed: something still
// waits for the payment system.
const (
	RefundHeld    RefundStatus = "held"    // what came back does not fit its legs; nothing is sent until somebody has looked
	RefundPending RefundStatus = "pending" // a leg is still to be sent
	RefundFailed  RefundStatus = "failed"  // none is, and one could not be paid
	RefundSent    RefundStatus = "sent"    // all are on their way or there
	RefundDone    RefundStatus = "done"
)

// RefundStatuses are all of them.
var RefundStatuses = []RefundStatus{RefundPending, RefundSent, RefundDone, RefundFailed, RefundHeld}

// Refund is money owed back to a buyer: one a claim and cause, in minor units. Total is what
// its legs add up to; Lapsed is what fell on coupons that are not issued again, because the
// seller was not at fault.
type Refund struct {
	ID          string
	ClaimID     string
	ClaimNumber string
	OrderNumber string
	Cause       string
	Currency    string
	Total       int64
	Lapsed      int64
	BorneBy     string
	Status      RefundStatus
	Lines       []RefundLine
	Legs        []Leg
	CreatedAt   Instant
	DoneAt      Instant
	Mismatches  int   // open ones; while there are any its legs are held
	Version     int64 // moves with every change of it or of a leg
}

// RefundLine is an order line's share, a lapsed coupon's part of it among it.
type RefundLine struct {
	Line   int   `json:"line"`
	Amount int64 `json:"amount"`
}

// LegStatus is how far a leg has come.
type LegStatus string

// The states of a leg. A failed one is tried again: then it is retried, and waits as a pending one does.
// One that is held goes back to where it was, or is cancelled.
const (
	LegPending LegStatus = "pending"
	LegSent    LegStatus = "sent"
	LegDone    LegStatus = "done"
	LegFailed  LegStatus = "failed"
	LegRetried LegStatus = "retried"

	LegHeld      LegStatus = "held"      // not to be sent until a mismatch is decided
	LegCancelled LegStatus = "cancelled" // never to be sent: other legs stand in its place
)

// Waits says that the payment system has not sent it yet, so that its way can be changed.
func (s LegStatus) Waits() bool { return s == LegPending || s == LegRetried }

// holds says whether a leg can be kept from being paid.
func (s LegStatus) holds() bool { return s.Waits() || s == LegFailed }

// open says whether money of the leg may still come.
func (s LegStatus) open() bool { return s != LegDone && s != LegCancelled }

// Leg is one payment's share of a refund on its way back.
type Leg struct {
	ID          string
	Kind        LegKind
	Tender      Tender // that paid
	To          Tender // that takes it back
	Amount      int64
	Status      LegStatus
	DueAt       Instant // when the marketplace passes it on
	Theirs      Span    // from then until the buyer sees it
	AccountTail string  // last digits of the bank account it goes to
	Reference   string  // the payment system's last
	Failure     string
	Tries       int
	RetryBy     string // the member of staff who asked for another try that a second one has to allow
	SentAt      Instant
	DoneAt      Instant
	HeldFrom    LegStatus // where a held one goes back to
	CountedAs   string    // the reference of the payment it was counted as paid by

	account string // sealed
	version int64
}

// VisibleBy is when the buyer sees the money at the latest: from when it was sent, or is to be. A
// statement is counted as 31 days, the present one included.
func (l Leg) VisibleBy() Instant {
	from := l.DueAt
	switch {
	case l.SentAt != 0:
		from = l.SentAt
	case l.DoneAt != 0:
		from = l.DoneAt
	}
	switch l.Theirs.Unit {
	case SpanHours:
		return from.Add(hours(l.Theirs.To))
	case SpanDays:
		return from.Add(days(l.Theirs.To))
	case SpanStatements:
		const statement = 31
		return from.Add(days(statement * (l.Theirs.To + 1)))
	}
	return from
}

// statusOf is the status of a refund with these legs. It is pure.
func statusOf(legs []legRow) RefundStatus {
	any := func(list ...LegStatus) bool {
		return slices.ContainsFunc(legs, func(l legRow) bool { return slices.Contains(list, l.Status) })
	}
	switch {
	case any(LegHeld):
		return RefundHeld
	case any(LegPending, LegRetried):
		return RefundPending
	case any(LegFailed):
		return RefundFailed
	case any(LegSent):
		return RefundSent
	}
	return RefundDone
}

type refundRow struct {
	ID          string
	ClaimID     string
	Cause       string
	OrderID     string
	OrderNumber string
	BuyerID     string
	SellerID    string
	Currency    string
	Total       int64
	Lapsed      int64
	BorneBy     string
	Status      RefundStatus
	Shares      string
	CreatedAt   Instant
	DoneAt      Instant
	Mismatches  int
	Version     int64
}

func (refundRow) TableName() string { return "refunds" }

func (r refundRow) refund() (Refund, error) {
	refund := Refund{
		ID: r.ID, ClaimID: r.ClaimID, OrderNumber: r.OrderNumber, Cause: r.Cause, Currency: r.Currency, Total: r.Total, Lapsed: r.Lapsed,
		BorneBy: r.BorneBy, Status: r.Status, CreatedAt: r.CreatedAt, DoneAt: r.DoneAt, Mismatches: r.Mismatches, Version: r.Version,
	}
	if err := json.Unmarshal([]byte(r.Shares), &refund.Lines); err != nil {
		return Refund{}, fmt.Errorf("read refund lines: %w", err)
	}
	return refund, nil
}

type legRow struct {
	ID          string
	RefundID    string
	OrderID     string
	OrderSeq    int
	Kind        LegKind
	Tender      Tender
	Destination Tender
	Amount      int64
	Status      LegStatus
	DueAt       Instant
	Theirs      string
	Account     *string
	AccountTail *string
	Reference   *string
	Failure     *string
	Tries       int
	RetryBy     *string
	SentAt      Instant
	DoneAt      Instant
	ChangedAt   Instant
	HeldFrom    *string
	CountedAs   *string
	Version     int64
}

func (legRow) TableName() string { return "refund_legs" }

func (r legRow) leg() (Leg, error) {
	l := Leg{
		ID: r.ID, Kind: r.Kind, Tender: r.Tender, To: r.Destination, Amount: r.Amount, Status: r.Status, DueAt: r.DueAt, AccountTail: orEmpty(r.AccountTail),
		Reference: orEmpty(r.Reference), Failure: orEmpty(r.Failure), Tries: r.Tries, RetryBy: orEmpty(r.RetryBy), SentAt: r.SentAt, DoneAt: r.DoneAt,
		HeldFrom: LegStatus(orEmpty(r.HeldFrom)), CountedAs: orEmpty(r.CountedAs), account: orEmpty(r.Account), version: r.Version,
	}
	if err := json.Unmarshal([]byte(r.Theirs), &l.Theirs); err != nil {
		return Leg{}, fmt.Errorf("read leg: %w", err)
	}
	return l, nil
}

func orEmpty[S ~string](s *S) S {
	if s == nil {
		return ""
	}
	return *s
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// refundsOf are the refunds of a claim, the oldest first.
func (s *Store) refundsOf(ctx context.Context, claimID string) ([]Refund, error) {
	rows, err := find[refundRow](ctx, s, "SELECT * FROM refunds WHERE claim_id = ? ORDER BY created_at, id", claimID)
	if err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	var list []Refund
	for _, r := range rows {
		refund, err := r.refund()
		if err != nil {
			return nil, err
		}
		list = append(list, refund)
	}
	return list, nil
}

// owed is a refund that is about to be written with its claim.
type owed struct {
	row    refundRow
	legs   []legRow
	shares []int64 // of the claim's lines

	replacing bool // another claim on the order was settled by goods to be sent anew
}

// fundingRow is a part of what is known of the payments of an order.
type fundingRow struct {
	What   string
	Tender Tender
	Amount int64
	Body   *string
}

// planOwed makes a plan of how money that becomes owed goes back. It writes nothing. Kinds:
// Invalid (amount_too_large) where less than that is left of what was paid.
func (tx *Store) planOwed(ctx context.Context, c Claim, d refundDraft, p Policy) (owed, error) {
	weights := make([]int64, len(c.Lines))
	for i, l := range c.Lines {
		weights[i] = l.Amount
	}
	shares, err := money.Allocate(d.amount, weights, weights)
	if err != nil {
		return owed{}, invalid(string(RuleAmountTooLarge))
	}
	known, err := find[fundingRow](ctx, tx, `SELECT 'payments' AS what, '' AS tender, 0 AS amount, payments AS body FROM orders WHERE id = ?
		UNION ALL SELECT 'lines', '', CAST(SUM(CASE WHEN total > refunded + owed THEN total - refunded - owed ELSE 0 END) AS SIGNED), NULL FROM order_lines WHERE order_id = ?
		UNION ALL SELECT 'legs', '', COUNT(*), NULL FROM refund_legs WHERE order_id = ?
		UNION ALL SELECT 'back', tender, CAST(SUM(amount) AS SIGNED), NULL FROM refund_legs WHERE order_id = ? AND status <> 'cancelled' GROUP BY tender
		UNION ALL SELECT 'back', 'coupon', CAST(SUM(lapsed) AS SIGNED), NULL FROM refunds WHERE order_id = ?
		UNION ALL SELECT 'back', COALESCE(tender, ''), CAST(SUM(amount) AS SIGNED), NULL FROM order_refunds WHERE order_id = ? AND leg_id IS NULL GROUP BY COALESCE(tender, '')
		UNION ALL SELECT 'replacing', '', COUNT(*), NULL FROM claims WHERE order_id = ? AND id <> ? AND status = 'settled' AND replacement IS NOT NULL`,
		c.OrderID, c.OrderID, c.OrderID, c.OrderID, c.OrderID, c.OrderID, c.OrderID, c.ID)
	if err != nil {
		return owed{}, fmt.Errorf("read payments: %w", err)
	}
	var payments []Payment
	var unrefunded int64
	seq, back, replacing := 0, map[Tender]int64{}, false
	for _, k := range known {
		switch k.What {
		case "payments":
			if err := json.Unmarshal([]byte(orEmpty(k.Body)), &payments); err != nil {
				return owed{}, fmt.Errorf("read payments: %w", err)
			}
		case "lines":
			unrefunded = k.Amount
		case "legs":
			seq = int(k.Amount)
		case "replacing":
			replacing = k.Amount > 0
		default:
			back[k.Tender] += k.Amount
		}
	}
	plan, err := planRefund(d.amount, fundingsOf(payments, back, unrefunded), p.RefundFirst, d.borneBy == "seller")
	if err != nil {
		// An update of the order may have settled the claim since it was read.
		now, err := find[struct{ Version int64 }](ctx, tx, "SELECT version FROM claims WHERE id = ?", c.ID)
		if err != nil {
			return owed{}, fmt.Errorf("read claim: %w", err)
		}
		if len(now) == 1 && now[0].Version != c.Version {
			return owed{}, errAgain
		}
		return owed{}, invalid(string(RuleAmountTooLarge))
	}
	o := owed{shares: shares, replacing: replacing, row: refundRow{
		ID: newID(), ClaimID: c.ID, Cause: d.cause, OrderID: c.OrderID, OrderNumber: c.OrderNumber, BuyerID: c.BuyerID, SellerID: c.SellerID, Currency: c.Currency, Total: d.amount - plan.Lapsed, Lapsed: plan.Lapsed,
		BorneBy: d.borneBy, Status: RefundPending, CreatedAt: tx.now, Version: 1,
	}}
	var lines []RefundLine
	for i, share := range shares {
		if share > 0 {
			lines = append(lines, RefundLine{c.Lines[i].LineNumber, share})
		}
	}
	body, err := json.Marshal(lines)
	if err != nil {
		return owed{}, err
	}
	o.row.Shares = string(body)
	for i, share := range plan.Legs {
		way := p.RefundTimeOf(share.Tender, "")
		row := legRow{
			ID: newID(), RefundID: o.row.ID, OrderID: c.OrderID, OrderSeq: seq + i + 1, Kind: share.Kind, Tender: share.Tender, Destination: way.To, Amount: share.Amount,
			Status: LegPending, DueAt: tx.now.Add(way.Ours.longest()), Tries: 1, ChangedAt: tx.now, Version: 1,
		}
		if err := row.keepTheirs(way.Theirs); err != nil {
			return owed{}, err
		}
		o.legs = append(o.legs, row)
	}
	if len(o.legs) == 0 {
		o.row.Status, o.row.DoneAt = RefundDone, tx.now // all of it lapsed
	}
	return o, nil
}

func (r *legRow) keepTheirs(s Span) error {
	body, err := json.Marshal(s)
	r.Theirs = string(body)
	return err
}

// event is what the claim's chain says of the plan; how a buyer paid is not the seller's to know.
func (o owed) event() eventDraft {
	legs := make([]map[string]any, 0, len(o.legs))
	for _, l := range o.legs {
		legs = append(legs, map[string]any{"leg": l.ID, "kind": string(l.Kind), "tender": string(l.Tender), "to": string(l.Destination), "amount": l.Amount})
	}
	return eventDraft{Type: "refund_requested", Audience: ForBuyer, ByClock: true, Data: map[string]any{
		"refund": o.row.ID, "total": o.row.Total, "lapsed": o.row.Lapsed, "currency": o.row.Currency, "legs": legs,
	}}
}

// owe records that money is owed: a refund, unique for claim and cause, with its legs, and the
// lines' owed sums, each by a conditional update that cannot owe more than is unrefunded. A line
// that no longer has so much left makes the action an Invalid error, and nothing is written.
func (tx *Store) owe(ctx context.Context, c Claim, o owed) (*Refund, error) {
	for i, share := range o.shares {
		if share == 0 {
			continue
		}
		n, err := tx.exec(ctx, "UPDATE order_lines SET owed = owed + ? WHERE id = ? AND refunded + owed + ? <= total", share, c.Lines[i].OrderLineID, share)
		if err != nil {
			return nil, fmt.Errorf("owe: %w", err)
		}
		if n == 0 {
			return nil, invalid(string(RuleAmountTooLarge))
		}
	}
	err := tx.insert(ctx, &o.row)
	if isDuplicate(err) {
		return nil, &Error{Kind: Conflict, Code: "already_refunded", Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("insert refund: %w", err)
	}
	if err := tx.insert(ctx, &o.legs); err != nil {
		if isDuplicate(err) {
			return nil, errAgain // another refund of the order was planned meanwhile
		}
		return nil, fmt.Errorf("insert legs: %w", err)
	}
	for _, l := range o.legs {
		if err := tx.simulate(ctx, l); err != nil {
			return nil, err
		}
	}
	refund, err := o.row.refund()
	return &refund, err
}

// RefundTimeOf says where money goes that was paid by a tender, and how long either side takes: by
// the way asked for, or with "" by the default. A way that is not usual for the tender, as a gift
// card for what a card did not take back, takes as long as it does for cash.
func (p Policy) RefundTimeOf(tender, to Tender) RefundTime {
	paid := []Tender{tender, tenderKonbini}
	if to == "" {
		paid = paid[:1]
	}
	for _, x := range paid {
		for _, t := range p.RefundTimes {
			if t.Tender == x && (to == "" || t.To == to) {
				return t
			}
		}
	}
	return RefundTime{Tender: tender, To: cmp.Or(to, tender)}
}

// RefundWays are the ways in which money paid by a tender can go back; the first is the default.
func (p Policy) RefundWays(tender Tender) []Tender {
	var ways []Tender
	for _, t := range p.RefundTimes {
		if t.Tender == tender {
			ways = append(ways, t.To)
		}
	}
	return ways
}

// longest is the span's longer end; statements have none that is known.
func (s Span) longest() time.Duration {
	switch s.Unit {
	case SpanHours:
		return hours(s.To)
	case SpanDays:
		return days(s.To)
	}
	return 0
}
