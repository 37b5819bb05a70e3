package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hosho/models/health"
)

type flagJoined struct {
	Row        flagRow `gorm:"embedded"`
	Name       string
	Email      string
	Locale     string
	SellerName string
}

const selectFlags = `SELECT f.*, a.name, a.email, a.locale, COALESCE(s.name, '') AS seller_name FROM flags f JOIN accounts a ON a.id = f.account_id LEFT JOIN sellers s ON s.id = f.seller_id `

func (r flagJoined) flag() Flag {
	x := r.Row
	return Flag{
		ID: x.ID, Number: x.Number, AccountID: x.AccountID, Name: r.Name, Email: r.Email, Locale: r.Locale, Kind: x.Kind, SellerID: x.SellerID, SellerName: r.SellerName,
		Tally: health.Tally{Count: x.TallyCount, Of: x.TallyOf}, Status: x.Status, Waits: x.Waits, Policy: x.PolicyVersion, FlaggedAt: x.FlaggedAt, ClosedAt: x.ClosedAt,
		Version: x.Version, ChangedAt: x.ChangedAt,
	}
}

// flagsOf are rows with their steps, in one more statement.
func (s *Store) flagsOf(ctx context.Context, rows []flagJoined) ([]Flag, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	list, ids, place := make([]Flag, 0, len(rows)), make([]string, 0, len(rows)), map[string]int{}
	for i, r := range rows {
		list, ids, place[r.Row.ID] = append(list, r.flag()), append(ids, r.Row.ID), i
	}
	steps, err := find[flagStepRow](ctx, s, "SELECT * FROM flag_steps WHERE flag_id IN ? ORDER BY flag_id, step_no", ids)
	if err != nil {
		return nil, fmt.Errorf("read steps of flags: %w", err)
	}
	for _, r := range steps {
		f := &list[place[r.FlagID]]
		f.Steps = append(f.Steps, r.step())
	}
	return list, nil
}

func (s *Store) oneFlag(ctx context.Context, where, arg string) (Flag, error) {
	rows, err := find[flagJoined](ctx, s, selectFlags+"WHERE "+where, arg)
	if err != nil {
		return Flag{}, fmt.Errorf("read flag: %w", err)
	}
	list, err := s.flagsOf(ctx, rows)
	if err != nil {
		return Flag{}, err
	}
	if len(list) == 0 {
		return Flag{}, notFound()
	}
	return list[0], nil
}

// seenBy says whether somebody may know of a flag: staff and admins, and whom it is about from
// its warning on.
func (f Flag) seenBy(by Actor) bool {
	if f.side(by) == SideBuyer {
		return len(f.Steps) > 0
	}
	return by.SeesAllCases()
}

// flagFor loads a flag with all that a rule asks of it. Kinds: NotFound.
func (s *Store) flagFor(ctx context.Context, by Actor, number string) (Flag, error) {
	f, err := s.oneFlag(ctx, "f.number = ?", number)
	if err == nil && !f.seenBy(by) {
		err = notFound()
	}
	if err != nil {
		return Flag{}, err
	}
	f.Own = f.side(by) == SideBuyer
	accounts, err := find[struct{ ByID string }](ctx, s, "SELECT DISTINCT by_id FROM enforcement_entries WHERE subject_id = ? AND by_id <> ''", f.ID)
	if err != nil {
		return f, fmt.Errorf("read who was involved: %w", err)
	}
	for _, a := range accounts {
		f.Involved = append(f.Involved, a.ByID)
	}
	return f, nil
}

// forOwner leaves out who of staff did what.
func (f Flag) forOwner() Flag {
	f.Involved, f.Waits = nil, ""
	f.Steps = slices.Clone(f.Steps)
	for i := range f.Steps {
		f.Steps[i].ByID, f.Steps[i].DecidedBy = "", ""
	}
	return f
}

// FlagByNumber returns a flag with its steps, the files of appeals, what it counted and the numbers as they stand
// now. Staff and admins read it, and whom it is about from its warning on. Kinds: NotFound.
func (s *Store) FlagByNumber(ctx context.Context, by Actor, number string) (Flag, error) {
	f, err := s.flagFor(ctx, by, number)
	if err != nil {
		return f, err
	}
	cases, err := find[flagCaseRow](ctx, s, "SELECT * FROM flag_cases WHERE flag_id = ? ORDER BY number", f.ID)
	if err != nil {
		return f, fmt.Errorf("read cases of a flag: %w", err)
	}
	for _, r := range cases {
		f.Cases = append(f.Cases, r.Number)
	}
	files, err := s.evidenceOf(ctx, f.ID)
	if err != nil {
		return f, err
	}
	for i := range f.Steps {
		for _, e := range files {
			if e.At == f.Steps[i].AppealedAt { // given with it
				f.Steps[i].Evidence = append(f.Steps[i].Evidence, e)
			}
		}
	}
	if f.Own {
		return f.forOwner(), nil
	}
	f.Now, err = s.tallyNow(ctx, f)
	return f, err
}

// tallyNow is the numbers of a flag as they stand now; those of one about a single seller stay
// as they stood.
func (s *Store) tallyNow(ctx context.Context, f Flag) (health.Tally, error) {
	if f.Kind != health.ByUnfounded && f.Kind != health.ByDenied {
		return f.Tally, nil
	}
	policy, err := s.PolicyVersion(ctx, f.Policy)
	if err != nil {
		return health.Tally{}, err
	}
	if f.Kind == health.ByDenied {
		var tally health.Tally
		buyers, err := find[struct{ ID string }](ctx, s, "SELECT id FROM buyers WHERE email = ? ORDER BY id LIMIT ?", f.Email, historyShown)
		if err != nil {
			return tally, fmt.Errorf("read buyers: %w", err)
		}
		for _, b := range buyers {
			one, _, err := s.deniedOf(ctx, b.ID, f.AccountID, policy)
			if err != nil {
				return tally, err
			}
			tally.Count, tally.Of = tally.Count+one.Count, tally.Of+one.Of
		}
		return tally, nil
	}
	tallies, err := s.unfoundedOf(ctx, []string{f.AccountID}, policy)
	return tallies[f.AccountID], err
}

// FlagEntries is what was done about a flag, the first first. Staff and admins read it. Kinds:
// NotFound, Forbidden for whom it is about.
func (s *Store) FlagEntries(ctx context.Context, by Actor, number string) ([]Entry, error) {
	f, err := s.flagFor(ctx, by, number)
	if err != nil {
		return nil, err
	}
	if f.Own {
		return nil, forbidden()
	}
	return s.entriesOf(ctx, f.ID)
}

// FlagFilter chooses flags; "" is any. Own are those about the actor, whatever the role.
type FlagFilter struct {
	Own     bool
	Waits   FlagWait
	Account string
	Seller  string
	Page
}

// Flags lists flags, the newest first; those that wait for staff by the last change. Staff and
// admins read all of them, everybody else those about themselves from the warning on. Kinds:
// Forbidden without an account and for the integration, Invalid for a cursor that is not ours.
func (s *Store) Flags(ctx context.Context, by Actor, f FlagFilter) (items []Flag, next string, err error) {
	if by.AccountID == "" || by.Role == RoleIntegration {
		return nil, "", forbidden()
	}
	at, id, err := readCursor(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	if f.Own = f.Own || !by.SeesAllCases(); f.Own {
		f = FlagFilter{Own: true, Account: by.AccountID, Page: f.Page}
	}
	where, key, index, args := "", "f.flagged_at", "flags_flagged_at_id_idx", []any{}
	if f.Seller != "" {
		where, index, args = where+"f.seller_id = ? AND ", "flags_seller_id_flagged_at_id_idx", append(args, f.Seller)
	}
	if f.Account != "" {
		where, index, args = where+"f.account_id = ? AND ", "flags_account_id_flagged_at_id_idx", append(args, f.Account)
	}
	if f.Waits != "" {
		where, key, index, args = where+"f.waits = ? AND ", "f.changed_at", "flags_waits_changed_at_id_idx", append(args, f.Waits)
	}
	if f.Own { // those that were told
		where, args = where+"f.status IN (?, ?, ?) AND ", append(args, FlagWarned, FlagLimited, FlagWithdrawn)
	}
	limit := f.size() + 1
	rows, err := find[flagJoined](ctx, s, strings.Replace(selectFlags, "FROM flags f", "FROM flags f"+s.engine.hint(index), 1)+"WHERE "+where+key+" <= ? AND ("+key+" < ? OR f.id < ?) ORDER BY "+key+" DESC, f.id DESC LIMIT ?", append(args, at, at, id, limit)...)
	if err != nil {
		return nil, "", fmt.Errorf("list flags: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		last := rows[limit-2].Row
		next = writeCursor(last.FlaggedAt, last.ID)
		if f.Waits != "" {
			next = writeCursor(last.ChangedAt, last.ID)
		}
	}
	if items, err = s.flagsOf(ctx, rows); err != nil {
		return nil, "", err
	}
	for i := range items {
		if items[i].Own = items[i].AccountID == by.AccountID; f.Own {
			items[i] = items[i].forOwner()
		}
	}
	if !f.Own { // staff read nothing about themselves before they are told
		items = slices.DeleteFunc(items, func(f Flag) bool { return !f.seenBy(by) })
	}
	return items, next, nil
}

// FlagsOfReports are the flags that count reports, by the reports' numbers, without their
// steps. Staff and admins only.
func (s *Store) FlagsOfReports(ctx context.Context, by Actor, reports []Report) (map[string][]Flag, error) {
	if !by.SeesAllCases() {
		return nil, forbidden()
	}
	numbers := make([]string, 0, len(reports))
	for _, r := range reports {
		if !r.Own {
			numbers = append(numbers, r.Number)
		}
	}
	if len(numbers) == 0 {
		return nil, nil
	}
	rows, err := find[struct {
		Flag   flagJoined `gorm:"embedded"`
		Report string
	}](ctx, s, `SELECT f.*, a.name, a.email, a.locale, COALESCE(s.name, '') AS seller_name, fc.number AS report FROM flag_cases fc JOIN flags f ON f.id = fc.flag_id
		JOIN accounts a ON a.id = f.account_id LEFT JOIN sellers s ON s.id = f.seller_id WHERE fc.number IN ? ORDER BY f.flagged_at, f.id`, numbers)
	if err != nil {
		return nil, fmt.Errorf("read flags of reports: %w", err)
	}
	list := map[string][]Flag{}
	for _, r := range rows {
		list[r.Report] = append(list[r.Report], r.Flag.flag())
	}
	return list, nil
}

// ReportsOfFlag are the reports that a flag counts, the first sent first, as the actor may see
// them. Who reads the flag may.
func (s *Store) ReportsOfFlag(ctx context.Context, by Actor, f Flag) ([]Report, error) {
	if len(f.Cases) == 0 || f.OfClaims() {
		return nil, nil
	}
	rows, err := find[reportJoined](ctx, s, selectReports+"WHERE r.number IN ? AND r.account_id = ? ORDER BY r.sent_at, r.id", f.Cases, f.AccountID)
	if err != nil {
		return nil, fmt.Errorf("read reports of a flag: %w", err)
	}
	rows = slices.DeleteFunc(rows, func(r reportJoined) bool { return !r.Row.seenBy(by) })
	return s.reportsOf(ctx, by, rows)
}

// ReportLimited is what a limit leaves the actor of reporting now; Flag is "" where there is
// none.
func (s *Store) ReportLimited(ctx context.Context, by Actor) (ReportLimit, error) {
	return s.reportLimit(ctx, by)
}

func (s *Store) reportLimit(ctx context.Context, by Actor) (ReportLimit, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return ReportLimit{}, err
	}
	rows, err := find[struct {
		PerDay int
		EndsAt Instant
		Number string
	}](ctx, s, `SELECT st.per_day, st.ends_at, f.number FROM flag_steps st JOIN flags f ON f.id = st.flag_id
		WHERE st.account_id = ? AND st.kind = ? AND st.ends_at > ? AND st.ended_at IS NULL ORDER BY st.per_day, st.ends_at DESC LIMIT 1`, by.AccountID, FlagLimit, now)
	if err != nil {
		return ReportLimit{}, fmt.Errorf("read limits: %w", err)
	}
	if len(rows) == 0 {
		return ReportLimit{}, nil
	}
	return ReportLimit{rows[0].PerDay, rows[0].EndsAt, rows[0].Number}, nil
}
