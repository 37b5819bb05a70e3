package models

import (
	"fmt"
	"math/bits"
	"time"

	"hosho/models/calendar"
	"hosho/models/health"
)

// A seller's numbers are sums over orders. Each order has one narrow row for each seller of its
// lines (seller_orders), and the rows of a day have their sums (seller_days): a window of time is
// the days that lie in it and the rows of the one day in which it begins, which is exact to the
// microsecond and costs the same for a seller of a million orders. Rows and sums are written in
// the transaction of whatever changes them; RecountSellers makes them anew from orders,
// cancellations, claims and messages.

// sellerMarks are what an order says of its seller, as bits.
type sellerMarks int64

const (
	markCancelled    sellerMarks = 1 << iota // the seller cancelled a line of it
	markStockOut                             // the cause found, of several the heaviest
	markMisdeclared                          //
	markBuyerRequest                         //
	markOther                                //
	markCounted                              // it counts as a stock-out against the seller
	markShipped                              // the seller shipped a line of it
	markLate                                 // one of them after the day on which it could have come first
	markUntracked                            // one of them without a number that a carrier has scanned
	markDefect                               // a claim about it was decided against the seller

	marksOfLines = markShipped | markLate | markUntracked
)

// bit is the SQL for 1 where a row s of seller_orders has the mark, else 0.
func (m sellerMarks) bit() string {
	return fmt.Sprintf("((s.marks >> %d) & 1)", bits.TrailingZeros64(uint64(m)))
}

// sellerOrderRow is an order as it counts for one seller.
type sellerOrderRow struct {
	SellerID    string
	Day         int64
	PlacedAt    Instant
	OrderID     string
	Marks       sellerMarks
	ContactedAt Instant // when the buyer first wrote of a problem in the portal
	AnsweredAt  Instant // when the seller first wrote after that
	Version     int64
}

func (sellerOrderRow) TableName() string { return "seller_orders" }

// same reports whether two rows say the same, in whichever version.
func (r sellerOrderRow) same(other sellerOrderRow) bool {
	r.Version = other.Version
	return r == other
}

// orderSums are sums over orders of one seller.
type orderSums struct {
	Orders       int
	Cancelled    int
	StockOut     int
	Misdeclared  int
	BuyerRequest int
	Other        int
	Counted      int
	Shipped      int
	Late         int
	Untracked    int
	Defects      int
	Contacted    int
	Answered     int
	AnswerTime   int64 // of those answered, in microseconds
}

type sellerDayRow struct {
	SellerID string
	Day      int64
	orderSums
}

func (sellerDayRow) TableName() string { return "seller_days" }

const microsOfDay = int64(24 * time.Hour / time.Microsecond)

// dayOf is the day of an instant in UTC, counted from 1970 on.
func dayOf(at Instant) int64 {
	day := int64(at) / microsOfDay
	if int64(at)%microsOfDay < 0 {
		day--
	}
	return day
}

// numbers are what the row adds to the sums of its day.
func (r sellerOrderRow) numbers() orderSums {
	has := func(m sellerMarks) int {
		if r.Marks&m != 0 {
			return 1
		}
		return 0
	}
	n := orderSums{
		Orders: 1, Cancelled: has(markCancelled), StockOut: has(markStockOut), Misdeclared: has(markMisdeclared), BuyerRequest: has(markBuyerRequest), Other: has(markOther),
		Counted: has(markCounted), Shipped: has(markShipped), Late: has(markLate), Untracked: has(markUntracked), Defects: has(markDefect),
	}
	if r.ContactedAt != 0 {
		n.Contacted = 1
	}
	if r.AnsweredAt != 0 {
		n.Answered, n.AnswerTime = 1, int64(r.AnsweredAt-r.ContactedAt)
	}
	return n
}

// plus adds times × more.
func (n orderSums) plus(more orderSums, times int) orderSums {
	return orderSums{
		n.Orders + times*more.Orders, n.Cancelled + times*more.Cancelled, n.StockOut + times*more.StockOut, n.Misdeclared + times*more.Misdeclared,
		n.BuyerRequest + times*more.BuyerRequest, n.Other + times*more.Other, n.Counted + times*more.Counted, n.Shipped + times*more.Shipped, n.Late + times*more.Late,
		n.Untracked + times*more.Untracked, n.Defects + times*more.Defects, n.Contacted + times*more.Contacted, n.Answered + times*more.Answered, n.AnswerTime + int64(times)*more.AnswerTime,
	}
}

// shippedLine is what shipping is judged by.
type shippedLine struct {
	SellerID          string
	FulfilledBy       Fulfilment
	Digital           bool
	EstimatedEarliest calendar.Date
	EstimatedLatest   calendar.Date
	TrackingNumber    string
	ShippedAt         Instant
	FirstScanAt       Instant
	DeliveredAt       Instant
}

func (l lineRow) shipping() shippedLine {
	return shippedLine{l.SellerID, l.FulfilledBy, l.Digital, l.EstimatedEarliest, l.EstimatedLatest, l.TrackingNumber, l.ShippedAt, l.FirstScanAt, l.DeliveredAt}
}

func (l OrderLine) shipping() shippedLine {
	return shippedLine{l.SellerID, l.FulfilledBy, l.Digital, l.EstimatedEarliest, l.EstimatedLatest, l.TrackingNumber, l.ShippedAt, l.FirstScanAt, l.DeliveredAt}
}

// marks are what a line says of its seller's shipping. A line counts that the seller ships, of
// goods, once the carrier has it, or else the seller says so. It is late when that was after the
// day on which it could have come first, or, where only the last day was told, after that one;
// nothing promised, nothing late.
func (l shippedLine) marks(zone *time.Location) sellerMarks {
	handed := l.FirstScanAt
	if handed == 0 {
		handed = l.ShippedAt
	}
	if l.FulfilledBy != BySeller || l.Digital || handed == 0 {
		return 0
	}
	m := markShipped
	day := l.EstimatedEarliest
	if day.IsZero() {
		day = l.EstimatedLatest
	}
	if !day.IsZero() && handed >= InstantOf(calendar.StartOfDay(day.AddDays(1), zone)) {
		m |= markLate
	}
	if l.TrackingNumber == "" || l.FirstScanAt == 0 && l.DeliveredAt == 0 {
		m |= markUntracked
	}
	return m
}

// shippingMarks are the marks of each seller's lines of one order.
func shippingMarks(lines []shippedLine, zone *time.Location) map[string]sellerMarks {
	marks := map[string]sellerMarks{}
	for _, l := range lines {
		marks[l.SellerID] |= l.marks(zone)
	}
	return marks
}

// marksOfCancelled are the marks of what a seller cancelled of one order: of several causes the
// heaviest, and whether a line of it counts.
func marksOfCancelled(list []cancellationRow) sellerMarks {
	weights := map[health.Finding]int{health.BuyerRequest: 1, health.Other: 2, health.StockOut: 3, health.Misdeclared: 4}
	byCause := map[health.Finding]sellerMarks{health.BuyerRequest: markBuyerRequest, health.Other: markOther, health.StockOut: markStockOut, health.Misdeclared: markMisdeclared}
	var cause health.Finding
	var m sellerMarks
	for _, c := range list {
		if c.UndoneAt != 0 {
			continue
		}
		m |= markCancelled
		if c.counts() {
			m |= markCounted
		}
		if weights[c.Finding] > weights[cause] {
			cause = c.Finding
		}
	}
	return m | byCause[cause]
}
