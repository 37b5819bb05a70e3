package models

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// DeskView is one of the lists staff work from.
type DeskView string

// The views of the desk.
const (
	DeskDue        DeskView = "due"        // staff's turn, the next due first
	DeskMine       DeskView = "mine"       // open and taken by the viewer
	DeskUnassigned DeskView = "unassigned" // staff's turn and taken by nobody
	DeskApproval   DeskView = "approval"   // waits for a second person
	DeskLeads      DeskView = "leads"      // overdue so long that it went to the leads
	DeskAll        DeskView = "all"        // every case, the newest first
)

// DeskViews are all views, in the order of the tabs.
var DeskViews = []DeskView{DeskDue, DeskMine, DeskUnassigned, DeskApproval, DeskLeads, DeskAll}

// DeskFilter narrows a view; zero values do not. Status is looked at in DeskAll only, the
// other views being about one turn each.
type DeskFilter struct {
	View     DeskView
	Status   ClaimStatus
	Reason   Reason
	SellerID string
	Page
}

// DeskRow is a case as the desk lists it. Money is in minor units of Currency. Names of
// seller and staff are looked up apart (DeskNames), since a page of rows has few of them.
type DeskRow struct {
	ID          string
	Number      string
	Status      ClaimStatus
	NextActor   NextActor
	DueAt       Instant
	FiledAt     Instant
	Reason      Reason
	Claimed     int64
	Currency    string
	Title       string
	SellerID    string
	TakenBy     string // account, "" nobody
	EscalatedAt Instant
	ChangedAt   Instant
}

const deskColumns = "id, number, status, next_actor, due_at, filed_at, reason, claimed, currency, title, seller_id, taken_by, escalated_at, changed_at"

// deskQuery is the part of a view that chooses and orders. The index is named, because with
// half of all rows in one queue both engines take another one and read them all.
type deskQuery struct {
	index string
	where []string
	args  []any
	by    string // the instant that orders it: due_at and escalated_at ascending, filed_at the newest first
}

func (q *deskQuery) and(condition string, values ...any) {
	q.where = append(q.where, condition)
	q.args = append(q.args, values...)
}

func (f DeskFilter) query(by Actor, now Instant) deskQuery {
	q := deskQuery{by: "due_at"}
	switch f.View {
	case DeskMine:
		// Closed cases have no next actor. What is left is what one person has in hand.
		q.index = "claims_taken_by_next_actor_due_at_id_idx"
		q.and("taken_by = ?", by.AccountID)
		q.and("next_actor IN ?", []NextActor{BuyersTurn, SellersTurn, StaffsTurn, ClocksTurn})
	case DeskUnassigned:
		q.index = "claims_taken_by_next_actor_due_at_id_idx"
		q.and("taken_by = ?", "")
		q.and("next_actor = ?", StaffsTurn)
	case DeskApproval:
		q.index = "claims_status_due_at_id_idx"
		q.and("status = ?", AwaitingApproval)
	case DeskLeads:
		// What went to the leads was due before; the longest overdue come first.
		// By when they went there: few of very many cases, so that this needs an index of its own.
		q.by = "escalated_at"
		q.index = "claims_next_actor_escalated_at_id_idx"
		q.and("next_actor = ?", StaffsTurn)
		q.and("escalated_at > 0")
		q.and("due_at <= ?", now)
	case DeskAll:
		q.by = "filed_at"
		q.index = "claims_filed_at_id_idx"
		switch {
		case f.SellerID != "":
			q.index = "claims_seller_id_filed_at_id_idx"
		case f.Status != "":
			q.index = "claims_status_filed_at_id_idx"
		}
		if f.Status != "" {
			q.and("status = ?", f.Status)
		}
	case DeskDue:
		fallthrough
	default:
		q.index = "claims_next_actor_due_at_id_idx"
		if f.SellerID != "" {
			q.index = "claims_seller_id_next_actor_due_at_id_idx"
		}
		q.and("next_actor = ?", StaffsTurn)
	}
	if f.SellerID != "" {
		q.and("seller_id = ?", f.SellerID)
	}
	if f.Reason != "" {
		q.and("reason = ?", f.Reason)
	}
	return q
}

// sql puts the query together: columns, the index by name, the conditions and what follows.
func (q deskQuery) sql(e engine, columns, rest string) string {
	from := " FROM claims FORCE INDEX (" + q.index + ")"
	if e == sqliteEngine {
		from = " FROM claims INDEXED BY " + q.index
	}
	return "SELECT " + columns + from + " WHERE " + strings.Join(q.where, " AND ") + rest
}

// page adds the place to go on from and the order.
func (q *deskQuery) page(f DeskFilter, limit int) (rest string, err error) {
	if q.by != "filed_at" {
		at, id, err := readAscending(f.Cursor)
		if err != nil {
			return "", err
		}
		q.and(q.by+" >= ?", at)
		q.and("("+q.by+" > ? OR id > ?)", at, id)
		q.args = append(q.args, limit)
		return " ORDER BY " + q.by + ", id LIMIT ?", nil
	}
	at, id, err := readCursor(f.Cursor)
	if err != nil {
		return "", err
	}
	q.and("filed_at <= ?", at)
	q.and("(filed_at < ? OR id < ?)", at, id)
	q.args = append(q.args, limit)
	return " ORDER BY filed_at DESC, id DESC LIMIT ?", nil
}

// Desk lists cases for agents, leads and admins in one statement that an index serves; next
// is "" on the last page. Kinds: Forbidden, Invalid for a cursor that is not ours.
func (s *Store) Desk(ctx context.Context, by Actor, f DeskFilter) (rows []DeskRow, next string, err error) {
	if !by.SeesAllCases() {
		return nil, "", forbidden()
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, "", err
	}
	limit := f.size() + 1
	q := f.query(by, now)
	rest, err := q.page(f, limit)
	if err != nil {
		return nil, "", err
	}
	if rows, err = find[DeskRow](ctx, s, q.sql(s.engine, deskColumns, rest), q.args...); err != nil {
		return nil, "", fmt.Errorf("list the desk: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		last := rows[limit-2]
		next = writeCursor(map[string]Instant{"due_at": last.DueAt, "escalated_at": last.EscalatedAt, "filed_at": last.FiledAt}[q.by], last.ID)
	}
	return rows, next, nil
}

// DeskCountLimit is the number from which a count of the desk only says "at least".
const DeskCountLimit = 100

// DeskCounts counts the cases of each view that is about a turn, up to DeskCountLimit, in
// one statement. Pages keep the answer for some seconds. Kinds: Forbidden.
func (s *Store) DeskCounts(ctx context.Context, by Actor) (map[DeskView]int, error) {
	if !by.SeesAllCases() {
		return nil, forbidden()
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	var parts []string
	var args []any
	for _, v := range DeskViews {
		if v == DeskAll {
			continue
		}
		q := DeskFilter{View: v}.query(by, now)
		parts = append(parts, "SELECT '"+string(v)+"' AS view_name, COUNT(*) AS n FROM ("+q.sql(s.engine, "id", " LIMIT ?")+") AS "+string(v)+"_rows")
		args = append(args, append(q.args, DeskCountLimit)...)
	}
	var rows []struct {
		ViewName DeskView
		N        int
	}
	if err := s.db(ctx).Raw(strings.Join(parts, " UNION ALL "), args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count the desk: %w", err)
	}
	counts := map[DeskView]int{}
	for _, r := range rows {
		counts[r.ViewName] = r.N
	}
	return counts, nil
}

// DeskNames are what sellers and accounts are called, by id, for lists of cases. Ids that
// are nobody's are left out. Kinds: Forbidden.
func (s *Store) DeskNames(ctx context.Context, by Actor, sellers, accounts []string) (map[string]string, error) {
	if !by.SeesAllCases() {
		return nil, forbidden()
	}
	names := map[string]string{}
	for _, q := range []struct {
		query string
		ids   []string
	}{
		{"SELECT id, name, '' AS email FROM sellers WHERE id IN ?", sellers},
		{"SELECT id, name, email FROM accounts WHERE id IN ?", accounts},
	} {
		if len(q.ids) == 0 {
			continue
		}
		rows, err := find[struct{ ID, Name, Email string }](ctx, s, q.query, q.ids)
		if err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
		for _, r := range rows {
			names[r.ID] = firstOf(r.Name, r.Email, r.ID)
		}
	}
	return names, nil
}

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// DeskSearch finds cases by a number as somebody typed it: the claim's own, or the number of
// an order, full-width or not. The newest first, at most fifty. Kinds: Forbidden.
func (s *Store) DeskSearch(ctx context.Context, by Actor, typed string) ([]DeskRow, error) {
	if !by.SeesAllCases() {
		return nil, forbidden()
	}
	typed = strings.TrimSpace(norm.NFKC.String(typed))
	if typed == "" || len(typed) > 128 {
		return nil, nil
	}
	const most = 50
	var rows []DeskRow
	if number, err := ParseNumber('C', typed); err == nil {
		if err := s.db(ctx).Raw("SELECT "+deskColumns+" FROM claims WHERE number = ?", number).Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("search the desk: %w", err)
		}
		if len(rows) > 0 {
			return rows, nil
		}
	}
	// By the order's id: its number has an index of its own, a claim's copy of it has none.
	if err := s.db(ctx).Raw("SELECT "+deskColumns+" FROM claims WHERE order_id = (SELECT id FROM orders WHERE number = ?) ORDER BY filed_at DESC, id DESC LIMIT ?",
		typed, most).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("search the desk: %w", err)
	}
	return rows, nil
}

// CaseHistory is what there was between the people of a case before it: how many claims of
// this buyer and about this seller in the last 90 days, with outcomes, for staff.
type CaseHistory struct {
	Buyer, Seller map[ClaimStatus]int // up to historyLimit of the newest each
	BuyerCases    []EarlierCase       // the buyer's other cases, newest first, a few
	SellerCases   []EarlierCase       // others about this seller, newest first, a few
}

// EarlierCase is one line of a case's history.
type EarlierCase struct {
	Number string
	Status ClaimStatus
	Reason Reason
}

const (
	historyLimit = 100
	historyShown = 5
)

// historyRow is a count of a status, or else one case.
type historyRow struct {
	Party   string
	Counts  int
	FiledAt Instant
	EarlierCase
}

// historyQuery reads for both parties how many of the newest cases have which status, and
// the few newest themselves. It is counted in the database: two hundred rows read here cost
// more than all else on the page.
func (s *Store) historyQuery(c Claim) (query string, args []any) {
	since := c.FiledAt.Add(-days(90))
	var counts, shown []string
	var shownArgs []any
	for _, p := range []struct{ party, index, of string }{
		{"buyer_id", "claims_buyer_id_filed_at_id_idx", c.BuyerID},
		{"seller_id", "claims_seller_id_filed_at_id_idx", c.SellerID},
	} {
		from := " FROM claims FORCE INDEX (" + p.index + ")"
		if s.engine == sqliteEngine {
			from = " FROM claims INDEXED BY " + p.index
		}
		from += " WHERE " + p.party + " = ? AND filed_at >= ? AND id <> ? ORDER BY filed_at DESC, id DESC LIMIT ?"
		counts = append(counts, "SELECT '"+p.party+"' AS party, COUNT(*) AS counts, 0 AS filed_at, '' AS number, status, '' AS reason FROM (SELECT status"+from+") AS "+p.party+"_counted GROUP BY status")
		args = append(args, p.of, since, c.ID, historyLimit)
		shown = append(shown, "SELECT '"+p.party+"', 0, filed_at, number, status, reason FROM (SELECT filed_at, number, status, reason"+from+") AS "+p.party+"_shown")
		shownArgs = append(shownArgs, p.of, since, c.ID, historyShown)
	}
	return strings.Join(append(counts, shown...), " UNION ALL "), append(args, shownArgs...)
}

// History tells staff of earlier cases of both parties. Kinds: NotFound, Forbidden.
func (s *Store) History(ctx context.Context, by Actor, c Claim) (CaseHistory, error) {
	side := by.sideOf(c.BuyerEmail, c.SellerID)
	if side != SideStaff && side != SideObserver {
		return CaseHistory{}, forbidden()
	}
	query, args := s.historyQuery(c)
	rows, err := find[historyRow](ctx, s, query, args...)
	if err != nil {
		return CaseHistory{}, fmt.Errorf("read history: %w", err)
	}
	// The parts of a union come in no order that is promised.
	slices.SortStableFunc(rows, func(a, b historyRow) int { return cmp.Compare(b.FiledAt, a.FiledAt) })
	h := CaseHistory{Buyer: map[ClaimStatus]int{}, Seller: map[ClaimStatus]int{}}
	for _, r := range rows {
		count, cases := h.Buyer, &h.BuyerCases
		if r.Party == "seller_id" {
			count, cases = h.Seller, &h.SellerCases
		}
		if r.Counts > 0 {
			count[r.Status] = r.Counts
		} else {
			*cases = append(*cases, r.EarlierCase)
		}
	}
	return h, nil
}

// DeskAccounts are the accounts named in rows, for DeskNames.
func DeskAccounts(rows []DeskRow) (sellers, accounts []string) {
	bySeller, byAccount := map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		if r.SellerID != "" {
			bySeller[r.SellerID] = true
		}
		if r.TakenBy != "" {
			byAccount[r.TakenBy] = true
		}
	}
	return slices.Sorted(maps.Keys(bySeller)), slices.Sorted(maps.Keys(byAccount))
}
