package models

import (
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
	DeskAppeals    DeskView = "appeals"    // under appeal
	DeskLeads      DeskView = "leads"      // overdue so long that it went to the leads
	DeskAll        DeskView = "all"        // every case, the newest first
)

// DeskViews are all views, in the order of the tabs.
var DeskViews = []DeskView{DeskDue, DeskMine, DeskUnassigned, DeskApproval, DeskAppeals, DeskLeads, DeskAll}

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
	TakenAt     Instant
	TouchedAt   Instant
	HoldUntil   Instant
	EscalatedAt Instant
	ChangedAt   Instant
}

const deskColumns = "id, number, status, next_actor, due_at, filed_at, reason, claimed, currency, title, seller_id, taken_by, taken_at, touched_at, hold_until, escalated_at, changed_at"

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
