package models

import (
	"slices"
	"strings"

	"hosho/models/health"
)

// ReportStatus is where a report of a seller stands.
type ReportStatus string

// The states of a report (PRODUCT.md §8.2, §8.7).
const (
	ReportReceived ReportStatus = "received"
	ReportJoined   ReportStatus = "joined" // to an investigation
	ReportActed    ReportStatus = "acted"
	ReportNoAction ReportStatus = "closed_no_action"
)

// Open reports whether its sender has not heard an outcome yet.
func (s ReportStatus) Open() bool { return s == ReportReceived || s == ReportJoined }

// ReportOutcome is which of the three answers the sender of a report got. None of them names
// anybody or says what was done.
type ReportOutcome string

// The answers.
const (
	OutcomeActed       ReportOutcome = "acted"        // a measure was taken
	OutcomeWithinLimit ReportOutcome = "within_limit" // the limit is not exceeded; the record stays
	OutcomeOtherCause  ReportOutcome = "other_cause"  // none of the orders was a stock-out; it can be reported again
)

// reportOutcome is the answer that ends a report. stockOuts is how many of its orders count as
// stock-outs. Pure.
func reportOutcome(acted bool, stockOuts int) ReportOutcome {
	switch {
	case acted:
		return OutcomeActed
	case stockOuts == 0:
		return OutcomeOtherCause
	}
	return OutcomeWithinLimit
}

func (o ReportOutcome) status() ReportStatus {
	if o == OutcomeActed {
		return ReportActed
	}
	return ReportNoAction
}

// Report is a buyer's report of a seller who cancels for stock-outs.
type Report struct {
	ID         string
	Number     string
	SellerID   string
	SellerName string
	Statement  string
	Locale     string // the statement's
	Status     ReportStatus
	Outcome    ReportOutcome // "" before it is closed
	SentAt     Instant
	DueAt      Instant // by when its sender next hears; zero once closed
	JoinedAt   Instant
	ClosedAt   Instant
	Orders     []ReportedOrder
	Evidence   []Evidence
	Own        bool // sent by the viewer

	// What follows is told to staff who did not send it; empty to anybody else.
	SenderID      string // account
	SenderName    string
	SenderEmail   string
	Investigation string             // id
	Suspicions    []health.Suspicion // why it opens no investigation alone; none where it may
}

// Suspected reports whether it opens no investigation without one beside it that is not.
func (r Report) Suspected() bool { return len(r.Suspicions) > 0 }

// ReportedOrder is an order of a report.
type ReportedOrder struct {
	OrderID     string
	Number      string
	CancelledAt Instant // by the seller, the last of its lines
	Counts      bool    // its cause is a stock-out as it is found now; told to staff only
	Money       OrderMoney
}

// OrderMoney is what a buyer of cancelled lines of one seller has to get back, in minor units.
type OrderMoney struct {
	Titles   []string // of the lines
	Total    int64
	Refunded int64
	Owed     int64  // decided, and on its way
	Claim    string // number of an open one, "" for none
	Currency string
}

// add counts one line.
func (m *OrderMoney) add(l moneyLine) {
	if l.Title == "" {
		return // the line is not one that its seller cancelled any more
	}
	m.Titles, m.Currency = append(m.Titles, l.Title), l.Currency
	m.Total, m.Refunded, m.Owed = m.Total+l.Total, m.Refunded+l.Refunded, m.Owed+l.Owed
	if l.Claim != "" {
		m.Claim = l.Claim
	}
}

type moneyLine struct {
	Title    string
	Total    int64
	Refunded int64
	Owed     int64
	Claim    string
	Currency string
}

// ReportRule is the code of a rule that refuses a report.
type ReportRule string

// The rules, in the order in which they are asked: the first that one of the orders breaks
// refuses the whole report (PRODUCT.md §8.2).
const (
	OrderNotYours        ReportRule = "order_not_yours"
	ReportsOwnShop       ReportRule = "own_shop" // the sender acts for the seller
	NotCancelledBySeller ReportRule = "not_cancelled_by_seller"
	ReportTooOld         ReportRule = "too_old"
	AlreadyReported      ReportRule = "already_reported"
	TooManyReports       ReportRule = "too_many_reports"
)

// reportCandidate is an order somebody wants to report.
type reportCandidate struct {
	Number      string
	Own         bool    // bought by who reports; an order there is none of is nobody's
	CancelledAt Instant // the last of its lines that the seller cancelled; zero where there is none
	Reported    bool    // in a report of this seller that stands
}

// candidate is what the rules ask of an order; found says that there is one.
func candidate(by Actor, number string, o Order, found bool, seller string, reported bool) reportCandidate {
	c := reportCandidate{Number: number, Own: found && by.Email != "" && by.Email == o.BuyerEmail, Reported: reported}
	for _, l := range o.Lines {
		if c.Own && l.SellerID == seller && l.cancelledBySeller() {
			c.CancelledAt = max(c.CancelledAt, l.CancelledAt)
		}
	}
	return c
}

// ReportUntil is the instant until which, exclusive, an order can be reported that its seller
// cancelled then.
func (p Policy) ReportUntil(cancelled Instant) Instant { return cancelled.Add(days(p.ReportDays)) }

// refuseReport says which rule refuses a report and by which of its orders, or "". ownShop is
// whether its sender acts for the seller, sent when the sender's latest reports were, the
// newest first. Pure.
func refuseReport(orders []reportCandidate, ownShop bool, sent []Instant, p Policy, now Instant) (ReportRule, string) {
	for _, rule := range []struct {
		code   ReportRule
		breaks func(reportCandidate) bool
	}{
		{OrderNotYours, func(c reportCandidate) bool { return !c.Own }},
		{ReportsOwnShop, func(reportCandidate) bool { return ownShop }},
		{NotCancelledBySeller, func(c reportCandidate) bool { return c.CancelledAt == 0 }},
		{ReportTooOld, func(c reportCandidate) bool { return now >= p.ReportUntil(c.CancelledAt) }},
		{AlreadyReported, func(c reportCandidate) bool { return c.Reported }},
		{TooManyReports, func(reportCandidate) bool { return p.reportsToday(sent, now) >= p.ReportsPerDay }},
	} {
		if i := slices.IndexFunc(orders, rule.breaks); i >= 0 {
			return rule.code, orders[i].Number
		}
	}
	return "", ""
}

// reportsToday counts reports of the last 24 hours: one from just 24 hours ago is of yesterday.
func (p Policy) reportsToday(sent []Instant, now Instant) (n int) {
	for _, at := range sent {
		if at.Add(days(1)) > now {
			n++
		}
	}
	return n
}

// refusedReport is a rule's refusal with what its sentence needs.
func refusedReport(rule ReportRule, order string, sent []Instant, p Policy, now Instant) *Error {
	e := &Error{Kind: Invalid, Code: string(rule)}
	switch rule {
	case TooManyReports:
		e.Kind = TooMany
		again := sent[p.ReportsPerDay-1].Add(days(1))
		e = e.With("max", p.ReportsPerDay).With("available_at", again).With("wait", again.Sub(now))
	case ReportTooOld:
		e = e.With("window", days(p.ReportDays)).With("order", order)
	case OrderNotYours, NotCancelledBySeller, AlreadyReported:
		e = e.With("order", order)
	case ReportsOwnShop:
	}
	return e
}

// tiesOf are a report's ties in the words of the rules that open investigations.
func tiesOf(rows []reportTieRow) []string {
	list := make([]string, 0, len(rows))
	for _, r := range rows {
		list = append(list, string(r.Kind)+" "+r.Digest)
	}
	return list
}

func (r reportRow) fact(ties []reportTieRow) health.Report {
	return health.Report{Buyer: r.AccountID, At: r.SentAt.Time(), Ties: tiesOf(ties), Suspected: len(r.suspicions()) > 0}
}

// suspicions are the grounds on which the report is under suspicion.
func (r reportRow) suspicions() (list []health.Suspicion) {
	for _, word := range strings.Fields(orEmpty(r.Suspicion)) {
		list = append(list, health.Suspicion(word))
	}
	return list
}

// filed is the report as suspicion looks at it.
func (r reportRow) filed(ties []reportTieRow) health.Filed {
	f := health.Filed{ID: r.ID, Buyer: r.AccountID, At: r.SentAt.Time(), New: r.SenderNew, Rival: r.SenderRival}
	for _, t := range ties {
		if t.Kind == TieDevice {
			f.Near = append(f.Near, string(t.Kind)+" "+t.Digest)
		} else {
			f.Self = append(f.Self, string(t.Kind)+" "+t.Digest)
		}
	}
	return f
}
