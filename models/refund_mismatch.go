package models

import (
	"cmp"
	"encoding/json"
	"slices"
)

// What comes back and fits no leg of a refund that is not done yet may be that refund's payment, in
// another sum than asked for, or something else beside it. Paid as it stands, the buyer might get
// the money twice: the refund's legs are held until a member of staff has said which it was.

// MismatchSource is who told of a payment that does not fit.
type MismatchSource string

// The sources: an order update, and the payment system telling of a leg that stands no more.
const (
	MismatchByOrder MismatchSource = "order"
	MismatchByLeg   MismatchSource = "leg"
)

// MismatchChoice is what a member of staff says a payment that does not fit was.
type MismatchChoice string

// The choices: this refund's payment, and something else.
const (
	MismatchCount   MismatchChoice = "count"
	MismatchRelease MismatchChoice = "release"
)

// MismatchChoices are all of them.
var MismatchChoices = []MismatchChoice{MismatchCount, MismatchRelease}

// The states of a mismatch.
const (
	mismatchOpen     = "open"
	mismatchCounted  = "counted"
	mismatchReleased = "released"
)

// Mismatch is a payment that fits no leg of a refund, in minor units of the refund's currency.
type Mismatch struct {
	ID        string
	RefundID  string
	Source    MismatchSource
	Reference string
	LegID     string // the leg it names, "" for none
	Line      int    // 0 where none is told
	Tender    Tender // "" where none is told
	Amount    int64
	OpenedAt  Instant

	Choice     MismatchChoice // what the first of two people has proposed of the refund as it stands, "" for nothing
	Reason     string         // of the proposal
	ProposedBy string         // account
}

type mismatchRow struct {
	ID              string
	OrderID         string
	RefundID        string
	Reference       string
	LegID           string
	Source          MismatchSource
	LineNo          int
	Tender          Tender
	Amount          int64
	Taken           int64
	Counted         int64
	State           string
	OpenedAt        Instant
	Choice          *string
	Reason          *string
	ProposedBy      *string
	ProposedVersion int64
	DecidedBy       *string
	DecidedAt       Instant
	Version         int64
}

func (mismatchRow) TableName() string { return "refund_mismatches" }

// mismatch is the row as it is read beside a refund of this version: a proposal that was made of
// another one is none any more.
func (r mismatchRow) mismatch(refundVersion int64) Mismatch {
	m := Mismatch{
		ID: r.ID, RefundID: r.RefundID, Source: r.Source, Reference: r.Reference, LegID: r.LegID, Line: r.LineNo, Tender: r.Tender, Amount: r.Amount, OpenedAt: r.OpenedAt,
	}
	if r.ProposedVersion == refundVersion && r.ProposedBy != nil {
		m.Choice, m.Reason, m.ProposedBy = MismatchChoice(orEmpty(r.Choice)), orEmpty(r.Reason), orEmpty(r.ProposedBy)
	}
	return m
}

// about lists the refunds that a reported payment may have been of, the oldest first: that of the
// leg it names, else those with a leg that is not done and a share on its line; and where more would
// come back than was paid, all with such a leg. It is pure.
func (r looseRefund) about(legs []openLeg, over bool) []string {
	if r.refund != "" {
		return []string{r.refund}
	}
	var list []string
	for _, l := range legs {
		if !l.Status.open() || l.CountedAs != nil || slices.Contains(list, l.RefundID) {
			continue
		}
		if over || r.row.LineNo == 0 || slices.ContainsFunc(l.lines, func(x RefundLine) bool { return x.Line == r.row.LineNo }) {
			list = append(list, l.RefundID)
		}
	}
	return list
}

// hold keeps a leg that may still be paid from being so.
func (r *legRow) hold() {
	if r.Status.holds() {
		r.HeldFrom, r.Status = orNil(string(r.Status)), LegHeld
	}
}

// free puts a leg that was held back to where it was; what waits is promised anew.
func (r *legRow) free(p Policy, now Instant) {
	if r.Status != LegHeld {
		return
	}
	r.Status, r.HeldFrom = LegStatus(orEmpty(r.HeldFrom)), nil
	if r.Status.Waits() {
		r.DueAt = now.Add(p.RefundTimeOf(r.Tender, r.Destination).Ours.longest())
	}
}

// legCut is what becomes of a leg: so much of it counts as paid, so much stays to be paid, and the
// rest is not paid at all.
type legCut struct {
	leg        int // its place
	paid, rest int64
}

// mayBe says whether a payment that names a leg may have been of this one: what is done was paid,
// unless it is the very leg that was told in another sum.
func (r legRow) mayBe(named string) bool {
	return r.Status.open() || r.ID == named && r.Status == LegDone && r.CountedAs == nil
}

// countOf says which legs a payment was of when it counts as this refund's: the leg it names, then
// those of its tender, then the others that are not done, each as far as it reaches. What is beyond
// them is surplus. It is pure.
func countOf(amount int64, named string, tender Tender, legs []legRow) (cuts []legCut, surplus int64) {
	var pool []int
	for i, l := range legs {
		if l.mayBe(named) {
			pool = append(pool, i)
		}
	}
	rank := func(l legRow) int {
		switch {
		case l.ID == named:
			return 0
		case tender != "" && (l.Tender == tender || l.Destination == tender):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(pool, func(a, b int) int { return cmp.Compare(rank(legs[a]), rank(legs[b])) })
	for _, i := range pool {
		if amount == 0 {
			break
		}
		paid := min(amount, legs[i].Amount)
		cuts = append(cuts, legCut{i, paid, legs[i].Amount - paid})
		amount -= paid
	}
	return cuts, amount
}

// lessOf takes a sum off the legs that are held, those of the tender first by which that much came
// back, and of equal ones the last: those that are sent cannot be stopped. It returns what it could
// not take. It is pure.
func lessOf(sum int64, tender Tender, legs []legRow) (cuts []legCut, left int64) {
	for _, mine := range []bool{true, false} {
		for i := len(legs) - 1; i >= 0 && sum > 0; i-- {
			if legs[i].Status == LegHeld && (legs[i].Tender == tender) == mine {
				less := min(sum, legs[i].Amount)
				cuts = append(cuts, legCut{leg: i, rest: legs[i].Amount - less})
				sum -= less
			}
		}
	}
	return cuts, sum
}

// lessShares takes a sum off the lines' shares of a refund, that of a line first. It is pure.
func lessShares(shares []RefundLine, line int, sum int64) []RefundLine {
	kept := slices.Clone(shares)
	take := func(mine bool) {
		for i := range kept {
			if (kept[i].Line == line) == mine {
				less := min(sum, kept[i].Amount)
				kept[i].Amount -= less
				sum -= less
			}
		}
	}
	take(true)
	take(false)
	return slices.DeleteFunc(kept, func(l RefundLine) bool { return l.Amount == 0 })
}

// lessOwed says how much less a refund may pay once a payment was something else, and how much of
// what it took off the line's owed sum is owed again: no more comes back by the line than it cost,
// and none of the order than was paid. While other refunds may still count the payment as theirs,
// what they can take of it is left to them, with what it took off the line. It is pure.
func lessOwed(taken, lineRoom, orderOver, others int64) (back, less int64) {
	mine := max(0, taken-others)
	back = min(mine, max(0, lineRoom))
	return back, max(mine-back, orderOver-others, 0)
}

// keepShares stores the lines' shares.
func (r *refundRow) keepShares(lines []RefundLine) error {
	if lines == nil {
		lines = []RefundLine{}
	}
	body, err := json.Marshal(lines)
	r.Shares = string(body)
	return err
}
