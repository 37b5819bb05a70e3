package models

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"hosho/models/health"
	"hosho/models/modelstest"
)

// skewSellers fills what is kept of sellers who cancel as a bad month would: half of all orders,
// reports, contests, cases and measures are about one seller, and a buyer sent half the reports.
func (m *market) skewSellers() {
	m.t.Helper()
	m.order("A-1", cancelled("out_of_stock"))
	now, one := m.MachineNow(), 1
	var orders []orderRow
	var lines []lineRow
	var cancellations []cancellationRow
	var counted []sellerOrderRow
	var contests []contestRow
	var reports []reportRow
	var reported []reportOrderRow
	var sellers []reportedSellerRow
	var standings []sellerStandingRow
	var cases []investigationRow
	var measures []measureRow
	numbers := "{}"
	var sums sellerTally
	for i := range skewRows {
		at, seller, account := now.Add(-time.Duration(skewRows-i)*20*time.Minute), "mp-s-1", m.buyer.AccountID
		id, few := fmt.Sprintf("01900000-0000-7000-8000-%012d", i), fmt.Sprintf("mp-s-%04d", 2+i%2000)
		if i%2 == 1 {
			seller, account = few, m.buyer2.AccountID
		}
		orders = append(orders, orderRow{ID: id, Number: fmt.Sprintf("S-%05d", i), BuyerID: "mp-b-1", PlacedAt: at, Currency: "JPY", Payments: "[]", CreatedAt: at, ChangedAt: at, Version: 1})
		lines = append(lines, lineRow{ID: id, OrderID: id, LineNo: 1, SellerID: seller, PlacedAt: at, Sku: "X", Title: "X", Quantity: 1, FulfilledBy: BySeller, Status: Cancelled, CancelledBy: "seller", CancelledAt: at, DeadlineAt: now})
		finding, marks := health.StockOut, markCancelled|markStockOut|markCounted
		if i%4 > 1 {
			finding, marks = health.Other, markCancelled|markOther|markShipped|markLate
		}
		if i%400 == 0 {
			marks |= markDefect
		}
		cancellations = append(cancellations, cancellationRow{OrderLineID: id, OrderID: id, SellerID: seller, PlacedAt: at, CancelledAt: at, Stated: health.StatedOutOfStock, ChangedAt: at, Finding: finding, Basis: health.ByStated, Version: 1, Sku: "X"})
		counted = append(counted, sellerOrderRow{SellerID: seller, Day: dayOf(at), PlacedAt: at, OrderID: id, Marks: marks, Version: 1})
		sums.add(nil, &counted[i])
		k := contestRow{ID: id, SellerID: seller, OrderID: id, Status: ContestRejected, Reason: "X", ContestedBy: id, ContestedAt: at, DueAt: at.Add(days(7)), Version: 1}
		if i%4 == 0 {
			k.Status = ContestOpen
		}
		contests = append(contests, k)
		reports = append(reports, reportRow{ID: id, Number: fmt.Sprintf("R-%05d", i), AccountID: account, SellerID: seller, Statement: "X", Locale: "ja", Status: ReportReceived, OrderCount: one, SentAt: at, DueAt: at, Version: 1})
		reported = append(reported, reportOrderRow{ReportID: id, OrderID: id, OrderNumber: fmt.Sprintf("S-%05d", i), SellerID: seller, CancelledAt: at})
		x := investigationRow{ID: id, Number: fmt.Sprintf("E-%05d", i), SellerID: seller, Status: InvestigationClosed, OpenedBy: health.ByReports, OpenedAt: at, Numbers: numbers, ClosedAt: at, PolicyVersion: one, Version: 1, ChangedAt: at}
		if i%200 == 199 {
			x.Status = FactsRequested
		}
		cases = append(cases, x)
		e := measureRow{ID: id, Number: fmt.Sprintf("M-%05d", i), InvestigationID: id, SellerID: seller, Kind: health.Warning, Status: MeasureIsEnded, Ladder: "{}", Relied: "[]", ProposedAt: at, AppealUntil: at, PolicyVersion: one, Version: 1, ChangedAt: at}
		if i%100 == 99 {
			e.Status, e.Waits = MeasureIsActive, AppealWaits
		}
		measures = append(measures, e)
		if i < 2000 {
			sellers = append(sellers, reportedSellerRow{SellerID: few, Reports: 1, OpenReports: 1, LastSentAt: at, Waiting: i%4 > 0})
			level := 0
			if i%100 == 0 {
				level = 1 + i/100%5
			}
			standings = append(standings, sellerStandingRow{SellerID: few, Risk: riskOf(level, i%30), Points: i % 30, Level: level, ReckonedAt: now})
		}
	}
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		for i := range 2000 {
			if _, err := tx.exec(m.ctx, "INSERT INTO sellers (id, name, locale, suspended, created_at, updated_at) VALUES (?, '', 'ja', 0, ?, ?)", fmt.Sprintf("mp-s-%04d", 2+i), now, now); err != nil {
				return err
			}
		}
		for _, rows := range []any{&orders, &lines, &cancellations, &counted, &contests, &reports, &reported, &sellers, &standings, &cases, &measures} {
			if err := tx.insert(m.ctx, rows); err != nil {
				return err
			}
		}
		return tx.writeTally(m.ctx, &sums)
	}))
	m.analyze("orders", "order_lines", "cancellations", "seller_orders", "seller_days", "contests", "reports", "report_orders", "reported_sellers", "seller_standings", "investigations", "measures", "sellers", "accounts", "buyers")
}

// walks is a walk through a whole table, or through all of an index, on SQLite.
var walks = regexp.MustCompile(`(?m)SCAN [a-z_]+( |$)`)

// TestSellerListsReadNoMoreThanTheyShow asks for a page of every list about sellers who cancel.
func TestSellerListsReadNoMoreThanTheyShow(t *testing.T) {
	m := newMarketOn(t, modelstest.Database(t))
	m.skewSellers()
	s, w := m.watch()
	page := Page{Limit: 20}
	reports := func(by Actor, f ReportFilter) func() (int, error) {
		f.Page = page
		return func() (int, error) { rows, _, err := s.Reports(m.ctx, by, f); return len(rows), err }
	}
	reportedSellers := func(waiting bool) func() (int, error) {
		return func() (int, error) {
			rows, _, err := s.ReportedSellers(m.ctx, m.agent, waiting, page)
			return len(rows), err
		}
	}
	behind := func(count HealthCount) func() (int, error) {
		return func() (int, error) {
			rows, _, err := s.SellerOrders(m.ctx, m.seller, "mp-s-1", count, 90, page)
			return len(rows), err
		}
	}
	contests := func(overdue bool) func() (int, error) {
		return func() (int, error) {
			rows, _, err := s.ContestDesk(m.ctx, m.agent, ContestFilter{Page: page, Overdue: overdue})
			return len(rows), err
		}
	}
	cases := func(by Actor, f InvestigationFilter) func() (int, error) {
		f.Page = page
		return func() (int, error) { rows, _, err := s.Investigations(m.ctx, by, f); return len(rows), err }
	}
	measures := func(by Actor, f MeasureFilter) func() (int, error) {
		f.Page = page
		return func() (int, error) { rows, _, err := s.Measures(m.ctx, by, f); return len(rows), err }
	}
	level, none := 2, 0
	risk := func(l *int) func() (int, error) {
		return func() (int, error) {
			rows, _, err := s.SellersByRisk(m.ctx, m.agent, RiskFilter{Level: l}, page)
			return len(rows), err
		}
	}
	// A mark that few orders of a seller have is looked for on the days that have one.
	const ofDay = 24 * 60 / 20 / 2
	for _, tc := range []examined{
		{"reports of all", reports(m.agent, ReportFilter{}), 20, 300, false},
		{"reports of a large seller", reports(m.agent, ReportFilter{SellerID: "mp-s-1"}), 20, 300, false},
		{"reports of a small seller", reports(m.agent, ReportFilter{SellerID: "mp-s-0003"}), -1, 300, false},
		{"a buyer's reports", reports(m.buyer, ReportFilter{}), 20, 300, false},
		{"a buyer's reports of a seller", reports(m.buyer, ReportFilter{SellerID: "mp-s-1"}), 20, 300, false},
		{"reported sellers who wait", reportedSellers(true), 20, 600, false},
		{"reported sellers with all answered", reportedSellers(false), 20, 600, false},
		{"stock-outs of a seller", behind(CountStockOuts), 20, 200, false},
		{"cancelled by a seller", behind(CountCancelled), 20, 200, false},
		{"late ones of a seller", behind(CountLate), 20, 200, false},
		{"defects of a seller", behind(CountDefects), 10, 11*ofDay + 100, false},
		{"untracked ones of a seller", behind(CountUntracked), 0, 100, false},
		{"unanswered ones of a seller", behind(CountSilent), 0, 100, false},
		{"contests", contests(false), 20, 120, false},
		{"overdue contests", contests(true), 20, 120, false},
		{"investigations of all", cases(m.agent, InvestigationFilter{}), 20, 150, false},
		{"investigations in a rare status", cases(m.agent, InvestigationFilter{Status: FactsRequested}), 20, 150, false},
		{"investigations of a large seller", cases(m.agent, InvestigationFilter{Seller: "mp-s-1"}), 20, 150, false},
		{"a seller's investigations", cases(m.seller, InvestigationFilter{}), 20, 150, false},
		{"measures of all", measures(m.agent, MeasureFilter{}), 20, 150, false},
		{"measures that wait", measures(m.agent, MeasureFilter{Waits: AppealWaits}), 20, 150, false},
		{"measures of a large seller", measures(m.agent, MeasureFilter{Seller: "mp-s-1"}), 20, 150, false},
		{"a seller's measures", measures(m.seller, MeasureFilter{}), 20, 150, false},
		{"sellers by risk", risk(nil), 20, 100, false},
		{"sellers at a rare level", risk(&level), -1, 100, false},
		{"sellers at no level", risk(&none), 20, 100, false},
	} {
		t.Run(tc.name, func(t *testing.T) { m.examine(t, w, tc, walks) })
	}
}
