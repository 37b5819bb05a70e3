package models

import (
	"errors"
	"fmt"
	"time"

	"hosho/models/calendar"
)

// A seller's monthly statement lists what the claims about their lines came to, the money and the
// metric apart (PRODUCT.md §5): money that goes back to a buyer, who bears it, and whether a decision
// counts against the seller. A row is written with what it tells of and never changed: what is
// reversed later is a row of its own, in the month it was reversed.

// EntryKind is what a row of a statement is about.
type EntryKind string

// The kinds: four of money, three of the metric.
const (
	EntryRefund         EntryKind = "refund"          // money goes back
	EntryRefundRaised   EntryKind = "refund_raised"   // by more than before
	EntryRefundLowered  EntryKind = "refund_lowered"  // by less
	EntryRefundReversed EntryKind = "refund_reversed" // none of it is borne by this side any more
	EntryCounted        EntryKind = "counted"         // it counts against the seller
	EntryNotCounted     EntryKind = "not_counted"     // decided, and it does not
	EntryCountReversed  EntryKind = "count_reversed"  // it does not count any more
)

// EntryKinds are all of them.
var EntryKinds = []EntryKind{EntryRefund, EntryRefundRaised, EntryRefundLowered, EntryRefundReversed, EntryCounted, EntryNotCounted, EntryCountReversed}

// Who bears money that goes back.
const (
	borneBySeller      = "seller"
	borneByMarketplace = "marketplace"
)

// The causes of entries beside those of refunds (accepted, offer, decision).
const (
	causeDecision = "decision"
	causeSilence  = "seller_silent"
	causeReopened = "reopened" // a return has failed, and staff decide anew
	causeAppeal   = "appeal"   // decided anew
	causeMismatch = "mismatch" // another refund of the marketplace left less to be paid
)

// EntryCauses are all causes of entries.
var EntryCauses = []string{"accepted", "offer", causeDecision, causeSilence, causeReopened, causeAppeal, causeMismatch}

// StatementEntry is a row of a seller's statement. Amount is in minor units, below zero where it
// takes back; Counts is 1, 0 or -1. Neither tells how the buyer paid.
type StatementEntry struct {
	ID          string
	SellerID    string
	At          Instant
	Seq         int // among its claim's
	Kind        EntryKind
	Cause       string
	ClaimID     string
	ClaimNumber string
	OrderNumber string
	Currency    string
	Amount      int64
	BorneBy     string // "" for a row of the metric
	Counts      int
}

// TableName is where they rest.
func (StatementEntry) TableName() string { return "statement_entries" }

// outcome is what a claim has come to: the money that goes back by who bears it, in minor units, and
// the metric.
type outcome struct {
	seller, marketplace int64
	decided, counts     bool
}

// outcomeOf is what a claim's entries say so far. It is pure.
func outcomeOf(entries []StatementEntry) (o outcome) {
	n := 0
	for _, e := range entries {
		switch e.BorneBy {
		case borneBySeller:
			o.seller += e.Amount
		case borneByMarketplace:
			o.marketplace += e.Amount
		default:
			o.decided = true
		}
		n += e.Counts
	}
	o.counts = n > 0
	return o
}

// entriesFor are the rows that lead from what a claim had come to to what it comes to now. What is
// not changed has none. It is pure.
func entriesFor(before, after outcome) (rows []StatementEntry) {
	money := func(borneBy string, from, to int64) {
		kind := EntryRefund
		switch {
		case from == to:
			return
		case to == 0:
			kind = EntryRefundReversed
		case to < from:
			kind = EntryRefundLowered
		case from > 0:
			kind = EntryRefundRaised
		}
		rows = append(rows, StatementEntry{Kind: kind, Amount: to - from, BorneBy: borneBy})
	}
	if after.seller < before.seller { // what is taken back comes first
		money(borneBySeller, before.seller, after.seller)
		money(borneByMarketplace, before.marketplace, after.marketplace)
	} else {
		money(borneByMarketplace, before.marketplace, after.marketplace)
		money(borneBySeller, before.seller, after.seller)
	}
	switch {
	case after.counts && !before.counts:
		rows = append(rows, StatementEntry{Kind: EntryCounted, Counts: 1})
	case before.counts && !after.counts:
		rows = append(rows, StatementEntry{Kind: EntryCountReversed, Counts: -1})
	case after.decided && !before.decided:
		rows = append(rows, StatementEntry{Kind: EntryNotCounted})
	}
	return rows
}

// Month is a month of the calendar.
type Month struct {
	Year  int
	Month time.Month
}

// MonthOf is the month in which an instant falls in a zone.
func MonthOf(at Instant, zone *time.Location) Month {
	d := calendar.DateOf(at.Time(), zone)
	return Month{d.Year, d.Month}
}

// ParseMonth reads YYYY-MM of the years that statements are made for.
func ParseMonth(s string) (Month, error) {
	const first, last = 2000, 2999
	d, err := calendar.ParseDate(s + "-01")
	if err != nil || d.Year < first || d.Year > last {
		return Month{}, errors.New("not a month: " + s)
	}
	return Month{d.Year, d.Month}, nil
}

// String is YYYY-MM.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year, int(m.Month)) }

// First is its first day.
func (m Month) First() calendar.Date { return calendar.Date{Year: m.Year, Month: m.Month, Day: 1} }

// Add is the month so many months on.
func (m Month) Add(n int) Month {
	total := m.Year*12 + int(m.Month) - 1 + n
	return Month{total / 12, time.Month(total%12 + 1)}
}

// Bounds are its first instant in a zone and that of the next month.
func (m Month) Bounds(zone *time.Location) (from, to Instant) {
	return InstantOf(calendar.StartOfDay(m.First(), zone)), InstantOf(calendar.StartOfDay(m.Add(1).First(), zone))
}
