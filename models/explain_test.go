package models

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"hosho/models/modelstest"
)

// watched is one connection that remembers what was asked over it.
type watched struct {
	*sql.Conn
	asked []asked
}

type asked struct {
	query string
	args  []any
}

func (w *watched) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	w.asked = append(w.asked, asked{query, args})
	return w.Conn.QueryContext(ctx, query, args...)
}

// watch returns a copy of the store that reads over one connection, and the connection.
func (m *market) watch() (*Store, *watched) {
	m.t.Helper()
	pool, err := m.read.DB()
	m.must(err)
	conn, err := pool.Conn(m.ctx)
	m.must(err)
	m.t.Cleanup(func() { _ = conn.Close() })
	w := &watched{Conn: conn}
	s := *m.Store
	s.tx = m.read.Session(&gorm.Session{NewDB: true, Context: m.ctx})
	s.tx.Statement.ConnPool = w
	s.now = m.MachineNow()
	return &s, w
}

// rowsRead is how many rows the connection has looked at so far; MariaDB only.
func (w *watched) rowsRead(t *testing.T) (n int) {
	t.Helper()
	rows, err := w.Conn.QueryContext(t.Context(), "SHOW SESSION STATUS LIKE 'Handler_read%'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var value int
		if err := rows.Scan(&name, &value); err != nil {
			t.Fatal(err)
		}
		if name != "Handler_read_rnd_deleted" && name != "Handler_read_retry" {
			n += value
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

// skew fills the lists as a bad month would: half of all claims in the staff's queue and
// about one seller, one long thread, one seller's thousands of notices.
const skewRows = 4000

func (m *market) skew() (claim Claim) {
	m.t.Helper()
	claim = m.inReview(m.order("A-1", nil))
	template, err := rowOf(m.claim(claim.Number))
	m.must(err)
	now := m.MachineNow()
	var orders []orderRow
	var lines []lineRow
	var claims []claimRow
	var claimLines []claimLineRow
	var notices []noticeRow
	var messages []messageRow
	var timers []timerRow
	var requests []requestRow
	for i := range skewRows {
		at := now.Add(-time.Duration(skewRows-i) * time.Minute)
		id := fmt.Sprintf("%s-%05d", template.ID[:24], i)
		seller := "mp-s-1"
		if i%2 == 1 {
			seller = fmt.Sprintf("mp-s-%d", 2+i%7)
		}
		orders = append(orders, orderRow{ID: id, Number: fmt.Sprintf("S-%05d", i), BuyerID: fmt.Sprintf("mp-b-%d", 1+i%400), PlacedAt: at, Currency: "JPY", Payments: "[]", CreatedAt: at, ChangedAt: at, Version: 1})
		lines = append(lines, lineRow{ID: id, OrderID: id, LineNo: 1, SellerID: seller, PlacedAt: at, Sku: "X", Title: "X", Quantity: 1, FulfilledBy: BySeller, Status: Shipped, DeadlineAt: now, Requests: 1})
		c := template
		c.ID, c.Number, c.OrderID, c.OrderNumber, c.SellerID, c.BuyerID = id, fmt.Sprintf("X-%05d", i), id, fmt.Sprintf("S-%05d", i), seller, fmt.Sprintf("mp-b-%d", 1+i%400)
		c.FiledAt, c.DueAt, c.OpenedAt = at, at.Add(48*time.Hour), at
		if i%4 > 1 {
			c.Status, c.NextActor = []ClaimStatus{AwaitingSeller, AwaitingBuyer, Granted, Denied}[i/4%4], []NextActor{SellersTurn, BuyersTurn, "", ""}[i/4%4]
		}
		claims = append(claims, c)
		claimLines = append(claimLines, claimLineRow{ClaimID: id, LineNo: 1, OrderLineID: id, Amount: 1})
		party := "seller:mp-s-1"
		if i%4 == 3 {
			party = fmt.Sprintf("buyer:mp-b-%d", 1+i%400)
		}
		state, mailed := mailSent, at
		if i%2 == 0 {
			state = mailPending
		}
		notices = append(notices, noticeRow{ID: id, Number: fmt.Sprintf("Y-%05d", i), Party: party, Kind: "claim_opened", ClaimID: id, Args: "{}", Locale: "ja", Listed: true, CreatedAt: at, ReadAt: at, MailState: state, MailAt: mailed})
		messages = append(messages, messageRow{ID: id, OrderID: id, SellerID: seller, ClaimID: claim.ID, AuthorRole: SideBuyer, Topic: GeneralTopic, Body: "x", Locale: "ja", SentAt: at})
		r := requestRow{ID: id, OrderID: id, OrderLineID: id, SellerID: seller, Kind: RequestCancel, Reason: ChangeOfMind, Status: RequestUnanswered, MessageID: id, SentAt: at, DueAt: at.Add(48 * time.Hour)}
		if i%4 == 0 {
			r.Status = RequestOpen
		}
		requests = append(requests, r)
		timers = append(timers, timerRow{Kind: "other", Subject: id, FireAt: at.Add(48 * time.Hour)})
	}
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		for i := range 400 {
			if i == 0 {
				continue
			}
			if _, err := tx.exec(m.ctx, "INSERT INTO buyers (id, email, name, locale, updated_at) VALUES (?, ?, '', 'ja', ?)", fmt.Sprintf("mp-b-%d", 1+i), fmt.Sprintf("skew%d@example.com", i), now); err != nil {
				return err
			}
		}
		for i := 2; i < 9; i++ {
			if _, err := tx.exec(m.ctx, "INSERT INTO sellers (id, name, locale, suspended, created_at, updated_at) VALUES (?, '', 'ja', 0, ?, ?)", fmt.Sprintf("mp-s-%d", i), now, now); err != nil {
				return err
			}
		}
		for _, rows := range []any{&orders, &lines, &claims, &claimLines, &notices, &messages, &timers, &requests} {
			if err := tx.insert(m.ctx, rows); err != nil {
				return err
			}
		}
		return nil
	}))
	m.analyze("orders", "order_lines", "claims", "claim_lines", "notices", "messages", "timers", "buyers", "sellers", "requests")
	return claim
}

// analyze has the database count what is in some tables.
func (m *market) analyze(tables ...string) {
	m.t.Helper()
	pool, err := m.write.DB()
	m.must(err)
	analyze := make([]string, 0, len(tables))
	for _, name := range tables {
		analyze = append(analyze, "ANALYZE "+name)
	}
	if m.engine == mysqlEngine {
		analyze = []string{"ANALYZE TABLE " + strings.Join(tables, ", ")}
	}
	for _, q := range analyze {
		_, err := pool.ExecContext(m.ctx, q)
		m.must(err)
	}
}

// examined is a list that is asked for.
type examined struct {
	name  string
	list  func() (int, error)
	shown int // rows expected; -1 for any
	most  int // rows that may be looked at on MariaDB
	sorts bool
}

// What a plan may not hold on SQLite: a walk through a whole table, or sorting it. Walks
// through the few rows of a subquery are named after it.
var (
	wholeTable = regexp.MustCompile(`SCAN (orders|order_lines|claims|claim_lines|claim_events|notices|messages|message_lines|timers|buyers|sellers|requests|r|o|c|b|n|m)( |$)`)
	sorting    = "USE TEMP B-TREE FOR ORDER BY"
)

// TestListsReadNoMoreThanTheyShow asks for a page of every list that grows with the
// marketplace, on rows so uneven that an optimizer left to itself takes the wrong index.
func TestListsReadNoMoreThanTheyShow(t *testing.T) {
	m := newMarketOn(t, modelstest.Database(t)) // whose plans no other test's rows have a say in
	claim := m.skew()
	s, w := m.watch()
	page := Page{Limit: 20}
	claims := func(by Actor, f ClaimFilter) func() (int, error) {
		f.Page = page
		return func() (int, error) { rows, _, err := s.Claims(m.ctx, by, f); return len(rows), err }
	}
	orders := func(by Actor) func() (int, error) {
		return func() (int, error) { rows, _, err := s.Orders(m.ctx, by, page); return len(rows), err }
	}
	desk := func(f DeskFilter) func() (int, error) {
		f.Page = page
		return func() (int, error) { rows, _, err := s.Desk(m.ctx, m.agent, f); return len(rows), err }
	}
	asked, err := m.OrderByNumber(m.ctx, m.agent, "S-00008")
	m.must(err)
	for _, tc := range []examined{
		{"claims of all", claims(m.agent, ClaimFilter{}), 20, 200, false},
		{"claims in a status", claims(m.agent, ClaimFilter{Status: UnderReview}), 20, 200, false},
		{"claims in a rare status", claims(m.agent, ClaimFilter{Status: Denied}), 20, 200, false},
		{"claims of a large seller", claims(m.agent, ClaimFilter{SellerID: "mp-s-1"}), 20, 200, false},
		{"claims of a small seller", claims(m.agent, ClaimFilter{SellerID: "mp-s-3"}), 20, 200, false},
		{"claims by due date", claims(m.agent, ClaimFilter{NextActor: StaffsTurn, ByDue: true}), 20, 200, false},
		{"claims of an order", claims(m.agent, ClaimFilter{OrderNumber: "S-00007"}), 1, 30, true},
		{"a claim by its number", claims(m.agent, ClaimFilter{Query: claim.Number}), 1, 30, true},
		{"claims by an order's number", claims(m.agent, ClaimFilter{Query: "S-00007"}), 1, 30, true},
		{"claims of a seller", claims(m.seller, ClaimFilter{}), 20, 200, false},
		{"a seller's turn", claims(m.seller, ClaimFilter{NextActor: SellersTurn, ByDue: true}), 20, 200, false},
		{"claims of a buyer", claims(m.buyer, ClaimFilter{}), 11, 200, true},
		{"orders of all", orders(m.agent), 20, 250, false},
		{"orders for the integration", orders(m.integration), 20, 250, false},
		{"orders of a seller", orders(m.seller), 20, 400, true},
		{"orders of a buyer", orders(m.buyer), 11, 250, true},
		{"queue", desk(DeskFilter{View: DeskDue}), 20, 40, false},
		{"queue, nobody's", desk(DeskFilter{View: DeskUnassigned}), 20, 40, false},
		{"similar cases", func() (int, error) { rows, err := s.SimilarCases(m.ctx, m.agent, claim); return len(rows), err }, -1, 8*similarRead + 100, true},
		{"the next case", func() (int, error) { rows, _, err := s.nextCandidates(m.ctx, m.agent); return len(rows), err }, nextLook, 6*nextLook + 10, true},
		{"queue of the leads", desk(DeskFilter{View: DeskLeads}), 0, 40, false},
		{"counts of the desk", func() (int, error) { _, err := s.DeskCounts(m.ctx, m.agent); return 0, err }, 0, 900, true},
		{"all cases", desk(DeskFilter{View: DeskAll}), 20, 40, false},
		{"all cases in a status", desk(DeskFilter{View: DeskAll, Status: Granted}), 20, 40, false},
		{"notices of a seller", func() (int, error) { rows, _, err := s.Notices(m.ctx, m.seller, page); return len(rows), err }, 20, 250, true},
		{"notices of a buyer", func() (int, error) { rows, _, err := s.Notices(m.ctx, m.buyer, page); return len(rows), err }, -1, 250, true},
		{"my files", func() (int, error) { rows, _, err := s.MyFiles(m.ctx, m.buyer, page); return len(rows), err }, -1, 250, false},
		{"unread notices", func() (int, error) { return s.UnreadNotices(m.ctx, m.seller) }, -1, 600, true},
		{"open requests of a seller", func() (int, error) { rows, _, err := s.OpenRequests(m.ctx, m.seller, page); return len(rows), err }, 20, 250, false},
		{"requests on orders", func() (int, error) { on, _, err := s.RequestsOn(m.ctx, asked); return len(on), err }, 1, 40, true},
		{"requests on a line", func() (int, error) { rows, _, err := s.Requests(m.ctx, m.agent, "S-00008", 1); return len(rows), err }, 1, 40, true},
		{"messages of a claim", func() (int, error) {
			rows, _, err := s.ClaimMessages(m.ctx, m.agent, claim.Number, page)
			return len(rows), err
		}, 20, 150, false},
		{"timers due", func() (int, error) {
			rows, err := find[timerRow](m.ctx, s, "SELECT * FROM timers WHERE fire_at <= ? AND (lease_until IS NULL OR lease_until <= ?) ORDER BY fire_at, kind, subject LIMIT ?", s.now, s.now, 20)
			return len(rows), err
		}, 20, 40, false},
		{"the outbox", func() (int, error) {
			rows, err := find[noticeRow](m.ctx, s, "SELECT * FROM notices WHERE mail_state = ? AND mail_at <= ? ORDER BY mail_at, id LIMIT ?", mailPending, s.now, 20)
			return len(rows), err
		}, 20, 40, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if strings.Contains(tc.name, "of all") || tc.name == "all cases" {
				m.examine(t, w, tc, nil)
			} else {
				m.examine(t, w, tc, wholeTable)
			}
		})
	}
}

// examine asks for a list over the connection and holds it to what it may look at: on MariaDB a
// number of rows, on SQLite a plan without a walk that is not allowed, and without sorting it.
func (m *market) examine(t *testing.T, w *watched, tc examined, walk *regexp.Regexp) {
	t.Helper()
	w.asked = nil
	before := 0
	if m.engine == mysqlEngine {
		before = w.rowsRead(t)
	}
	shown, err := tc.list()
	if err != nil {
		t.Fatal(err)
	}
	if tc.shown >= 0 && shown != tc.shown {
		t.Errorf("%d rows, want %d", shown, tc.shown)
	}
	if m.engine == mysqlEngine {
		read := w.rowsRead(t)
		asking := w.rowsRead(t) - read
		if read -= before + asking; read > tc.most {
			t.Errorf("%d rows were looked at for %d shown, at most %d may be:%s", read, shown, tc.most, m.plans(w))
		}
		return
	}
	if plans := m.plans(w); walk != nil && walk.MatchString(plans) {
		t.Errorf("a whole table is walked through:%s", plans)
	}
	for _, a := range w.asked { // what goes with the rows of a page may be sorted, the list itself not
		if plan := m.explain(a.query, a.args...); !tc.sorts && strings.Contains(a.query, "LIMIT") && strings.Contains(plan, sorting) {
			t.Errorf("rows are sorted:\n%s\n%s", a.query, plan)
		}
	}
}

// plans are those of all queries asked, with the queries.
func (m *market) plans(w *watched) string {
	m.t.Helper()
	var all strings.Builder
	for _, a := range w.asked {
		fmt.Fprintf(&all, "\n%s\n%s", a.query, m.explain(a.query, a.args...))
	}
	return all.String()
}
