package models

import (
	"fmt"
	"regexp"
	"testing"

	"hosho/models/health"
	"hosho/models/modelstest"
)

// Lists of flags, and what a report is weighed beside, look at no more than they show.
func TestListsOfFlags(t *testing.T) {
	m := newMarketOn(t, modelstest.Database(t))
	start := m.MachineNow()
	var accounts []accountRow
	var flags []flagRow
	var steps []flagStepRow
	var reports []reportRow
	for i := range 1200 {
		id, at := fmt.Sprintf("x-%05d", i), start.Add(-hours(i))
		status, waits := FlagWarned, FlagWait("")
		if i%40 == 0 {
			status, waits = FlagOpen, FlagLook
		}
		accounts = append(accounts, accountRow{ID: id, Email: id + "@example.com", Name: id, Locale: "ja", Role: RoleBuyer, Status: AccountActive, CreatedAt: at, Version: 1})
		about := id
		if i%2 == 0 {
			about = m.buyer.AccountID
		}
		key := id
		flags = append(flags, flagRow{ID: id, Number: fmt.Sprintf("F-%05d", i), AccountID: about, Kind: health.ByBurst, SellerID: fmt.Sprintf("mp-s-%d", i%7), LiveKey: &key, Status: status, Waits: waits, PolicyVersion: 1, FlaggedAt: at, Version: 1, ChangedAt: at})
		steps = append(steps, flagStepRow{FlagID: id, StepNo: 1, Kind: FlagWarning, AccountID: about, Words: "x", ByID: "x", At: at, AppealUntil: at})
		reports = append(reports, reportRow{ID: id, Number: fmt.Sprintf("R-%05d", i), AccountID: id, SellerID: fmt.Sprintf("mp-s-%d", i%7), Statement: "x", Locale: "ja", Status: ReportReceived, OrderCount: 1, SentAt: at, Version: 1})
	}
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		for _, rows := range []any{&accounts, &flags, &steps, &reports} {
			if err := tx.insert(m.ctx, rows); err != nil {
				return err
			}
		}
		return nil
	}))
	pool, err := m.read.DB()
	m.must(err)
	analyze := "ANALYZE"
	if m.engine != sqliteEngine {
		analyze = "ANALYZE TABLE accounts, flags, flag_steps, reports"
	}
	_, err = pool.ExecContext(m.ctx, analyze)
	m.must(err)
	s, w := m.watch()
	page := Page{Limit: 20}
	list := func(by Actor, f FlagFilter) func() (int, error) {
		f.Page = page
		return func() (int, error) { rows, _, err := s.Flags(m.ctx, by, f); return len(rows), err }
	}
	policy, err := m.Policy(m.ctx, start)
	m.must(err)
	walks := regexp.MustCompile(`SCAN (f|a|st|r|reports|flags|accounts|flag_steps)( |$)`)
	for _, tc := range []examined{
		{"flags of all", list(m.agent, FlagFilter{}), 20, 150, false},
		{"flags that wait", list(m.agent, FlagFilter{Waits: FlagLook}), 20, 150, false},
		{"flags of a person", list(m.agent, FlagFilter{Account: m.buyer.AccountID}), 20, 150, false},
		{"flags about a seller", list(m.agent, FlagFilter{Seller: "mp-s-3"}), 20, 150, false},
		{"one's own flags", list(m.buyer, FlagFilter{Own: true}), 20, 200, false},
		{"a limit", func() (int, error) { l, err := s.ReportLimited(m.ctx, m.buyer); return l.PerDay, err }, 0, 40, true},
		{"reports to weigh", func() (int, error) { rows, err := s.reportsToWeigh(m.ctx, "mp-s-3", policy); return len(rows), err }, 100, 600, false},
		{"unfounded ones", func() (int, error) {
			rows, err := s.unfoundedOf(m.ctx, []string{"x-00001"}, policy)
			return len(rows), err
		}, 0, 40, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.name == "flags of all" {
				m.examine(t, w, tc, nil)
			} else {
				m.examine(t, w, tc, walks)
			}
		})
	}
}

// Once staff have set aside that two accounts are of one person, what they reported until then
// puts nothing of later under suspicion.
func TestAccountsSetAside(t *testing.T) {
	m := newMarket(t)
	tagged := m.account("b1+x@example.com", RoleBuyer, "")
	m.later(days(14)) // nobody is new any more
	m.order("o-1", cancelled("out_of_stock"))
	m.order("o-2", boughtBy("mp-b-9", "b1+x@example.com"))
	m.order("o-3", cancelled("out_of_stock"))
	_, err := m.reportsSeller(m.buyer, "o-1")
	m.must(err)
	_, err = m.reportsSeller(tagged, "o-2")
	m.must(err)
	for _, f := range m.flags(FlagFilter{}) {
		m.onFlag(m.agent, f.Number, &SetAsideInput{Reason: "家族でした。"})
	}
	if n := m.countRows("SELECT COUNT(*) FROM reports WHERE suspicion IS NOT NULL"); n != 0 {
		t.Errorf("%d reports are still marked", n)
	}
	m.later(hours(1))
	r, err := m.reportsSeller(m.buyer, "o-3")
	m.must(err)
	if r, _ = m.ReportByNumber(m.ctx, m.agent, r.Number); r.Suspected() {
		t.Errorf("marked again: %+v", r.Suspicions)
	}
	if n := m.countRows("SELECT COUNT(*) FROM flags"); n != 2 {
		t.Errorf("%d flags", n)
	}
}
