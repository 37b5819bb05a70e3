package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hosho/models/health"
)

// weighedReports is how many of the latest reports of a seller suspicion looks at, and
// flaggedCases how many cases of a person a flag names.
const (
	weighedReports = 100
	flaggedCases   = 50
)

// senderStands is how who reports stands at this moment: whether the account is new, and
// whether it stands with another seller than the one it reports.
func (tx *Store) senderStands(ctx context.Context, by Actor, seller string, p Policy) (isNew, rival bool, err error) {
	account, err := tx.AccountByID(ctx, by.AccountID)
	if err != nil {
		return false, false, err
	}
	if age := tx.now.Sub(account.CreatedAt); p.Abuse.New(age, 0) {
		rows, err := find[struct{ ID string }](ctx, tx, "SELECT o.id FROM buyers b JOIN orders o ON o.buyer_id = b.id WHERE b.email = ? AND o.placed_at <= ? LIMIT ?", by.Email, tx.now, p.Abuse.FewOrders+1)
		if err != nil {
			return false, false, fmt.Errorf("count orders of a reporter: %w", err)
		}
		isNew = p.Abuse.New(age, len(rows))
	}
	if by.Role == RoleSeller && by.SellerID != seller {
		return isNew, true, nil
	}
	rival, err = tx.sharesWithRival(ctx, by.Email, seller, p.Abuse.OpenDomains)
	return isNew, rival, err
}

// sharesWithRival reports whether an address is of the same mailbox as that of a member of
// another seller, or of a domain that is that seller's own: anybody can have an address of an
// open domain, and one that members of several sellers have is of none of them.
func (tx *Store) sharesWithRival(ctx context.Context, email, seller string, open []string) (bool, error) {
	_, domain, ok := strings.Cut(email, "@")
	if !ok {
		return false, nil
	}
	rows, err := find[struct{ SellerID, Email string }](ctx, tx, "SELECT seller_id, email FROM accounts WHERE role = ? AND email LIKE ? ESCAPE '!' ORDER BY seller_id, id LIMIT 1000",
		RoleSeller, "%@"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(domain))
	if err != nil {
		return false, fmt.Errorf("read members of sellers: %w", err)
	}
	sellers := map[string]bool{}
	for _, r := range rows {
		if r.SellerID != seller && mailbox(r.Email) == mailbox(email) {
			return true, nil
		}
		sellers[r.SellerID] = true
	}
	return len(sellers) == 1 && !sellers[seller] && !slices.Contains(open, domain), nil
}

// weighReport looks at a report that was just sent beside the others of its seller, and at
// what came of its sender's earlier ones. What comes under suspicion is marked, and staff are
// shown a flag of each person; the report is taken all the same.
func (tx *Store) weighReport(ctx context.Context, r reportRow, p Policy) error {
	rows, err := tx.reportsToWeigh(ctx, r.SellerID, p)
	if err != nil {
		return err
	}
	ids := make([]string, 0, len(rows))
	for _, x := range rows {
		ids = append(ids, x.ID)
	}
	ties, err := tx.tiesByReport(ctx, ids)
	if err != nil {
		return err
	}
	filed := make([]health.Filed, 0, len(rows))
	for _, x := range rows {
		filed = append(filed, x.filed(ties[x.ID]))
	}
	grounds := p.Abuse.Suspect(filed)
	tallies, err := tx.unfoundedOf(ctx, []string{r.AccountID}, p)
	if err != nil {
		return err
	}
	if p.Abuse.ManyUnfounded(tallies[r.AccountID]) {
		grounds[r.ID] = append(grounds[r.ID], health.ByUnfounded)
	}
	flags := suspectedAt(r.SellerID, rows, grounds)
	for i := range rows {
		if err := tx.markReport(ctx, &rows[i], grounds[rows[i].ID]); err != nil {
			return err
		}
	}
	return tx.raiseFlags(ctx, flags, p)
}

// reportsToWeigh are the latest reports of a seller, but for those of people of whom a flag
// about this seller came to nothing after they were sent.
func (tx *Store) reportsToWeigh(ctx context.Context, seller string, p Policy) ([]reportRow, error) {
	rows, err := find[reportRow](ctx, tx, "SELECT * FROM reports WHERE seller_id = ? AND sent_at > ? ORDER BY sent_at DESC, id DESC LIMIT ?", seller, tx.now.Add(-p.Abuse.Window), weighedReports)
	if err != nil {
		return nil, fmt.Errorf("read reports to weigh: %w", err)
	}
	cleared, err := find[flagRow](ctx, tx, "SELECT * FROM flags WHERE seller_id = ? AND closed_at IS NOT NULL ORDER BY flagged_at DESC, id DESC LIMIT ?", seller, weighedReports)
	if err != nil {
		return nil, fmt.Errorf("read flags that came to nothing: %w", err)
	}
	return slices.DeleteFunc(rows, func(r reportRow) bool {
		return slices.ContainsFunc(cleared, func(f flagRow) bool { return f.AccountID == r.AccountID && r.SentAt <= f.ClosedAt })
	}), nil
}

// suspectedAt are the flags that grounds at one seller call for: one of each person and ground,
// with how many of the accounts that report the seller stand on that ground.
func suspectedAt(seller string, rows []reportRow, grounds map[string][]health.Suspicion) (list []Flag) {
	accounts, on := map[string]bool{}, map[health.Suspicion]map[string]bool{}
	for _, r := range rows {
		accounts[r.AccountID] = true
		for _, why := range grounds[r.ID] {
			if on[why] == nil {
				on[why] = map[string]bool{}
			}
			on[why][r.AccountID] = true
		}
	}
	place := map[string]int{}
	for _, r := range rows {
		for _, why := range grounds[r.ID] {
			if why == health.ByUnfounded {
				continue // of all sellers; flagged where its numbers are known
			}
			key := liveKey(r.AccountID, why, seller)
			i, known := place[key]
			if !known {
				i = len(list)
				place[key] = i
				list = append(list, Flag{AccountID: r.AccountID, Kind: why, SellerID: seller, Tally: health.Tally{Count: len(on[why]), Of: len(accounts)}})
			}
			list[i].Cases = append(list[i].Cases, r.Number)
		}
	}
	return list
}

// markReport adds grounds to those on which a report is under suspicion.
func (tx *Store) markReport(ctx context.Context, r *reportRow, grounds []health.Suspicion) error {
	have := r.suspicions()
	var words []string
	for _, why := range health.Suspicions {
		if slices.Contains(have, why) || slices.Contains(grounds, why) {
			words = append(words, string(why))
		}
	}
	if len(words) == len(have) {
		return nil
	}
	return tx.setSuspicion(ctx, r, words)
}

func (tx *Store) setSuspicion(ctx context.Context, r *reportRow, words []string) error {
	r.Suspicion = nil
	if len(words) > 0 {
		joined := strings.Join(words, " ")
		r.Suspicion = &joined
	}
	if _, err := tx.exec(ctx, "UPDATE reports SET suspicion = ? WHERE id = ?", r.Suspicion, r.ID); err != nil {
		return fmt.Errorf("mark report: %w", err)
	}
	return nil
}

// unfoundedOf is, by account, how many of the reports that had an outcome in the time policy
// looks back named no stock-out. Those sent before a flag for it came to nothing weigh nothing.
func (s *Store) unfoundedOf(ctx context.Context, accounts []string, p Policy) (map[string]health.Tally, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := find[struct {
		AccountID string
		Decided   int
		Unfounded int
	}](ctx, s, `SELECT r.account_id, COUNT(*) AS decided, CAST(SUM(CASE WHEN r.outcome = ? THEN 1 ELSE 0 END) AS SIGNED) AS unfounded FROM reports r
		WHERE r.account_id IN ? AND r.closed_at > ? AND r.outcome IS NOT NULL
			AND r.sent_at > COALESCE((SELECT MAX(f.closed_at) FROM flags f WHERE f.account_id = r.account_id AND f.kind = ?), 0) GROUP BY r.account_id`,
		OutcomeOtherCause, accounts, now.Add(-p.Abuse.Window), health.ByUnfounded)
	if err != nil {
		return nil, fmt.Errorf("count unfounded reports: %w", err)
	}
	list := map[string]health.Tally{}
	for _, r := range rows {
		list[r.AccountID] = health.Tally{Count: r.Unfounded, Of: r.Decided}
	}
	return list, nil
}

// weighSenders flags the senders of reports that have just ended, where too many of theirs
// named no stock-out.
func (tx *Store) weighSenders(ctx context.Context, ended []reportRow, p Policy) error {
	var accounts []string
	for _, r := range ended {
		if orEmpty(r.Outcome) == OutcomeOtherCause && !slices.Contains(accounts, r.AccountID) {
			accounts = append(accounts, r.AccountID)
		}
	}
	if len(accounts) == 0 {
		return nil
	}
	tallies, err := tx.unfoundedOf(ctx, accounts, p)
	if err != nil {
		return err
	}
	var flags []Flag
	for _, id := range accounts {
		if p.Abuse.ManyUnfounded(tallies[id]) {
			flags = append(flags, Flag{AccountID: id, Kind: health.ByUnfounded, Tally: tallies[id]})
		}
	}
	return tx.raiseFlags(ctx, flags, p)
}

// raiseFlags stores flags of which there is none that counts yet, by the clock and under the
// policy: a machine tells staff, and nobody else.
func (tx *Store) raiseFlags(ctx context.Context, flags []Flag, p Policy) error {
	if len(flags) == 0 {
		return nil
	}
	keys := make([]string, 0, len(flags))
	for _, f := range flags {
		keys = append(keys, liveKey(f.AccountID, f.Kind, f.SellerID))
	}
	known, err := find[struct{ LiveKey string }](ctx, tx, "SELECT live_key FROM flags WHERE live_key IN ?", keys)
	if err != nil {
		return fmt.Errorf("read flags: %w", err)
	}
	for i, f := range flags {
		if slices.ContainsFunc(known, func(k struct{ LiveKey string }) bool { return k.LiveKey == keys[i] }) {
			continue
		}
		if err := tx.raiseFlag(ctx, f, keys[i], p); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Store) raiseFlag(ctx context.Context, f Flag, key string, p Policy) error {
	row := flagRow{
		ID: newID(), Number: newNumber('F'), AccountID: f.AccountID, Kind: f.Kind, SellerID: f.SellerID, LiveKey: &key, TallyCount: f.Tally.Count, TallyOf: f.Tally.Of,
		Status: FlagOpen, Waits: FlagLook, PolicyVersion: p.Version, FlaggedAt: tx.now, Version: 1, ChangedAt: tx.now,
	}
	if err := tx.insert(ctx, &row); err != nil {
		if isDuplicate(err) {
			return errAgain
		}
		return fmt.Errorf("insert flag: %w", err)
	}
	if f.Kind == health.ByUnfounded {
		var err error
		if f.Cases, err = tx.unfoundedReports(ctx, f.AccountID, p); err != nil {
			return err
		}
	}
	cases := make([]flagCaseRow, 0, len(f.Cases))
	for _, number := range f.Cases {
		cases = append(cases, flagCaseRow{row.ID, number})
	}
	if len(cases) > 0 {
		if err := tx.insert(ctx, &cases); err != nil {
			return fmt.Errorf("insert cases of a flag: %w", err)
		}
	}
	f.ID, f.Number, f.Status = row.ID, row.Number, row.Status
	if err := tx.enter(ctx, Clock, row.ID, "flagged", map[string]any{"count": f.Tally.Count, "of": f.Tally.Of}); err != nil {
		return err
	}
	return tx.emitFlag(ctx, Clock, f, "flagged")
}

// unfoundedReports are the numbers of the reports that unfoundedOf counts of a person, the
// latest ended first.
func (s *Store) unfoundedReports(ctx context.Context, account string, p Policy) (numbers []string, err error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := find[struct{ Number string }](ctx, s, `SELECT r.number FROM reports r WHERE r.account_id = ? AND r.closed_at > ? AND r.outcome = ?
		AND r.sent_at > COALESCE((SELECT MAX(f.closed_at) FROM flags f WHERE f.account_id = r.account_id AND f.kind = ?), 0) ORDER BY r.closed_at DESC, r.number LIMIT ?`,
		account, now.Add(-p.Abuse.Window), OutcomeOtherCause, health.ByUnfounded, flaggedCases)
	if err != nil {
		return nil, fmt.Errorf("read unfounded reports: %w", err)
	}
	for _, r := range rows {
		numbers = append(numbers, r.Number)
	}
	return numbers, nil
}
