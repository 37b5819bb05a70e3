package models

import (
	"context"
	"fmt"
	"slices"
)

// givenOn is something a file was given on, with the claims it belongs to: the claim itself,
// or those made on the lines of a message or of a contact made elsewhere.
type givenOn struct {
	UploadID    string
	SubjectID   string
	SubjectKind SubjectKind
	ByRole      Side
	AttachedAt  Instant
	ClaimID     string // of a message on a claim
	OrderNumber string // of a message, a declared contact or a contest
	DeadlineAt  Instant
	ClosedAt    Instant // of what is about a seller; zero while it is open
	Number      string  // of a report, an investigation, a measure or a flag
	Claims      []Claim
}

// ofSeller: it is about how a seller trades, and kept by when that was over, not by a line's deadline.
func (g givenOn) ofSeller() bool {
	return g.SubjectKind == OnReport || g.SubjectKind == OnInvestigation || g.SubjectKind == OnMeasure || g.SubjectKind == OnContest || g.SubjectKind == OnFlag
}

// fileCases is what keeping some files depends on.
type fileCases map[string][]givenOn // by upload

// casesOf reads everything the uploads were given on.
func (s *Store) casesOf(ctx context.Context, uploads []string) (fileCases, error) {
	if len(uploads) == 0 {
		return nil, nil
	}
	given, err := find[givenOn](ctx, s, `SELECT a.upload_id, a.subject_id, a.subject_kind, a.by_role, a.attached_at, m.claim_id, o.number AS order_number,
			COALESCE(r.closed_at, i.closed_at, k.decided_at, CASE WHEN e.appeal_status = 'pending' THEN NULL ELSE e.ended_at END,
				CASE WHEN f.waits = 'appeal' THEN NULL ELSE (SELECT MAX(p.decided_at) FROM flag_steps p WHERE p.flag_id = f.id) END) AS closed_at, COALESCE(r.number, i.number, e.number, f.number, '') AS number
		FROM attachments a LEFT JOIN messages m ON m.id = a.subject_id AND a.subject_kind = 'message' LEFT JOIN outside_contacts x ON x.id = a.subject_id AND a.subject_kind = 'outside'
			LEFT JOIN reports r ON r.id = a.subject_id AND a.subject_kind = 'report' LEFT JOIN investigations i ON i.id = a.subject_id AND a.subject_kind = 'investigation'
			LEFT JOIN measures e ON e.id = a.subject_id AND a.subject_kind = 'measure' LEFT JOIN contests k ON k.id = a.subject_id AND a.subject_kind = 'contest'
			LEFT JOIN flags f ON f.id = a.subject_id AND a.subject_kind = 'flag'
			LEFT JOIN orders o ON o.id = COALESCE(m.order_id, x.order_id, k.order_id) WHERE a.upload_id IN ? ORDER BY a.upload_id, a.attached_at, a.subject_id`, uploads)
	if err != nil {
		return nil, fmt.Errorf("read what files were given on: %w", err)
	}
	var claimIDs, onLines []string
	claimsOf := map[string][]string{} // by subject
	for _, g := range given {
		switch {
		case g.SubjectKind == OnClaim:
			claimsOf[g.SubjectID] = []string{g.SubjectID}
		case g.ClaimID != "":
			claimsOf[g.SubjectID] = []string{g.ClaimID}
		case g.ofSeller():
		default:
			onLines = append(onLines, g.SubjectID)
		}
	}
	deadlines := map[string]Instant{} // by subject
	if len(onLines) > 0 {
		type onLine struct {
			SubjectID  string
			DeadlineAt Instant
			ClaimID    string
		}
		lines, err := find[onLine](ctx, s, `SELECT ml.message_id AS subject_id, l.deadline_at, cl.claim_id
			FROM message_lines ml JOIN order_lines l ON l.id = ml.order_line_id LEFT JOIN claim_lines cl ON cl.order_line_id = l.id WHERE ml.message_id IN ?
			UNION ALL SELECT x.id, l.deadline_at, cl.claim_id
			FROM outside_contacts x JOIN order_lines l ON l.id = x.order_line_id LEFT JOIN claim_lines cl ON cl.order_line_id = l.id WHERE x.id IN ?`, onLines, onLines)
		if err != nil {
			return nil, fmt.Errorf("read lines files were given on: %w", err)
		}
		for _, l := range lines {
			deadlines[l.SubjectID] = max(deadlines[l.SubjectID], l.DeadlineAt)
			if l.ClaimID != "" && !slices.Contains(claimsOf[l.SubjectID], l.ClaimID) {
				claimsOf[l.SubjectID] = append(claimsOf[l.SubjectID], l.ClaimID)
			}
		}
	}
	for _, ids := range claimsOf {
		claimIDs = append(claimIDs, ids...)
	}
	claims := map[string]Claim{}
	if len(claimIDs) > 0 {
		slices.Sort(claimIDs)
		list, err := s.claimsByID(ctx, slices.Compact(claimIDs))
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			claims[c.ID] = c
		}
	}
	cases := fileCases{}
	for _, g := range given {
		g.DeadlineAt = deadlines[g.SubjectID]
		for _, id := range claimsOf[g.SubjectID] {
			g.Claims = append(g.Claims, claims[id])
		}
		cases[g.UploadID] = append(cases[g.UploadID], g)
	}
	return cases, nil
}

// retention is how long what was given there stays.
func (s *Store) retention(ctx context.Context, g givenOn) (Retention, error) {
	var list []Retention
	for _, c := range g.Claims {
		policy, err := s.PolicyVersion(ctx, c.PolicyVersion)
		if err != nil {
			return Retention{}, err
		}
		list = append(list, c.Retention(policy))
	}
	if g.ofSeller() {
		policy, err := s.Policy(ctx, g.AttachedAt)
		if err != nil {
			return Retention{}, err
		}
		list = append(list, Retention{Until: g.ClosedAt.Add(days(policy.RetentionDays)), Open: g.ClosedAt == 0})
	}
	if g.DeadlineAt != 0 {
		policy, err := s.Policy(ctx, g.AttachedAt)
		if err != nil {
			return Retention{}, err
		}
		list = append(list, lineRetention(g.DeadlineAt, policy))
	}
	return longest(list...), nil
}

// retentionOf is how long a file stays that was given on all of these.
func (s *Store) retentionOf(ctx context.Context, on []givenOn) (Retention, error) {
	list := make([]Retention, 0, len(on))
	for _, g := range on {
		r, err := s.retention(ctx, g)
		if err != nil {
			return Retention{}, err
		}
		list = append(list, r)
	}
	return longest(list...), nil
}

// keepFiles sets the timer of the files on a message or a declared contact about order lines.
// When it fires, claims made meanwhile are asked too; those have timers of their own.
func (tx *Store) keepFiles(ctx context.Context, subject string, lines ...OrderLine) error {
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return err
	}
	var deadline Instant
	for _, l := range lines {
		deadline = max(deadline, l.DeadlineAt)
	}
	ids := make([]string, 0, len(lines))
	for _, l := range lines {
		ids = append(ids, l.ID)
	}
	if _, err := tx.exec(ctx, `UPDATE uploads SET lock_at = ?, lock_tries = 0 WHERE id IN (SELECT a.upload_id FROM attachments a WHERE a.subject_id = ?)
		AND EXISTS (SELECT 1 FROM claim_lines cl JOIN claims c ON c.id = cl.claim_id WHERE cl.order_line_id IN ? AND c.legal_hold IS NOT NULL)`, tx.MachineNow(), subject, ids); err != nil {
		return fmt.Errorf("note files to hold: %w", err)
	}
	return tx.setTimer(ctx, retentionTimer, subject, lineRetention(deadline, policy).Until)
}

// The files of which a timer's subject may be the last case: its own and, of a claim, those
// on its messages and on the messages and declared contacts of its lines.
const selectFilesOf = `SELECT a.upload_id FROM attachments a WHERE a.subject_id IN ?
	UNION SELECT a.upload_id FROM messages m JOIN attachments a ON a.subject_id = m.id WHERE m.claim_id IN ?
	UNION SELECT a.upload_id FROM claim_lines cl JOIN message_lines ml ON ml.order_line_id = cl.order_line_id JOIN attachments a ON a.subject_id = ml.message_id WHERE cl.claim_id IN ?
	UNION SELECT a.upload_id FROM claim_lines cl JOIN outside_contacts x ON x.order_line_id = cl.order_line_id JOIN attachments a ON a.subject_id = x.id WHERE cl.claim_id IN ?`

// fireRetention lets files leave whose time has come: their rows stay, with name, size and
// hash, and say when; their bytes are left loose, for the sweep to delete. Every claim they
// were given on says so in its chain. It returns how many timers were there to be taken.
func (tx *Store) fireRetention(ctx context.Context, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, retentionTimer, due)
	if err != nil || len(taken) == 0 {
		return 0, err
	}
	subjects := make([]string, 0, len(taken))
	for _, t := range taken {
		subjects = append(subjects, t.Subject)
	}
	files, err := find[struct{ UploadID string }](ctx, tx, selectFilesOf, subjects, subjects, subjects, subjects)
	if err != nil {
		return 0, fmt.Errorf("read files of closed cases: %w", err)
	}
	uploads := make([]string, 0, len(files))
	for _, f := range files {
		uploads = append(uploads, f.UploadID)
	}
	slices.Sort(uploads)
	// From here on nobody gives them on anything else: that changes the same rows.
	if _, err := tx.exec(ctx, "UPDATE uploads SET attached = attached WHERE id IN ?", uploads); err != nil {
		return 0, fmt.Errorf("hold files: %w", err)
	}
	cases, err := tx.casesOf(ctx, uploads)
	if err != nil {
		return 0, err
	}
	var over []string
	for _, id := range uploads {
		r, err := tx.retentionOf(ctx, cases[id])
		if err != nil {
			return 0, err
		}
		if r.over(tx.now) {
			over = append(over, id)
		}
	}
	if err := tx.removeFiles(ctx, over, cases); err != nil {
		return 0, err
	}
	if err := tx.forgetReturns(ctx, subjects); err != nil {
		return 0, err
	}
	return len(taken), tx.againRetention(ctx, subjects, cases)
}

// removeFiles marks files as removed and leaves their bytes loose.
func (tx *Store) removeFiles(ctx context.Context, ids []string, cases fileCases) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := find[uploadRow](ctx, tx, "SELECT * FROM uploads WHERE id IN ? AND state IN ? AND locked = ? ORDER BY id", ids, usable, false)
	if err != nil {
		return fmt.Errorf("read files to remove: %w", err)
	}
	var claims []Claim
	gone := map[string][]removedFile{} // by claim
	var keys []string
	for i, r := range rows {
		ids[i] = r.ID
		keys = append(keys, r.OriginalKey, r.CopyKey, r.ThumbKey)
		told := map[string]bool{}
		for _, on := range cases[r.ID] {
			for _, c := range on.Claims {
				if told[c.ID] {
					continue
				}
				told[c.ID] = true
				if gone[c.ID] == nil {
					claims = append(claims, c)
				}
				gone[c.ID] = append(gone[c.ID], removedFile{r, on.SubjectKind})
			}
		}
	}
	ids = ids[:len(rows)]
	if _, err := tx.exec(ctx, "UPDATE uploads SET state = ?, removed_at = ?, original_key = '', copy_key = '', thumb_key = '', scan_at = NULL, lock_at = NULL WHERE id IN ?", UploadRemoved, tx.now, ids); err != nil {
		return fmt.Errorf("remove files: %w", err)
	}
	if err := tx.noteLoose(ctx, tx.MachineNow(), keys...); err != nil {
		return err
	}
	for _, c := range claims {
		policy, err := tx.PolicyVersion(ctx, c.PolicyVersion)
		if err != nil {
			return err
		}
		ch := c.change()
		ch.filesRemoved(gone[c.ID], policy)
		// The version guards against a legal hold set meanwhile.
		if _, err := tx.writeClaim(ctx, Clock, SideClock, c, ch, policy, true); err != nil {
			return err
		}
	}
	return nil
}

// removedFile is a file that leaves and what it was given on.
type removedFile struct {
	row uploadRow
	on  SubjectKind
}

// filesRemoved records which bytes are no longer kept, with their hashes. What a seller never
// saw, contacts made elsewhere, is not named to it now.
func (ch *change) filesRemoved(files []removedFile, p Policy) {
	lists := map[Audience][]any{}
	for _, f := range files {
		audience := ForAll
		if f.on == OnOutside {
			audience = ForBuyer
		}
		lists[audience] = append(lists[audience], map[string]any{"id": f.row.ID, "sha256": f.row.Sha256, "size": f.row.Size})
	}
	for _, audience := range []Audience{ForAll, ForBuyer} {
		if len(lists[audience]) > 0 {
			ch.recordFor(audience, "files_removed", map[string]any{"files": lists[audience], "retention_days": p.RetentionDays}, nil)
		}
	}
}

// againRetention sets the timers of those subjects anew whose files have not all left yet: the
// deadline of a line has moved, or the policy was not asked when the timer was set. A case that
// is open or held has none: closing it, or lifting the hold, sets it, and when that fires, the
// messages and declared contacts of its lines get theirs back.
func (tx *Store) againRetention(ctx context.Context, subjects []string, cases fileCases) error {
	for _, list := range cases {
		for _, on := range list {
			if on.DeadlineAt != 0 && !slices.Contains(subjects, on.SubjectID) {
				subjects = append(subjects, on.SubjectID)
			}
		}
	}
	if _, err := tx.exec(ctx, "DELETE FROM timers WHERE kind = ? AND subject IN ?", retentionTimer, subjects); err != nil {
		return fmt.Errorf("clear timers: %w", err)
	}
	next := map[string]Instant{}
	look := func(subject string, on givenOn) error {
		r, err := tx.retention(ctx, on)
		if err == nil && r.Until > tx.now && slices.Contains(subjects, subject) {
			next[subject] = r.Until
		}
		return err
	}
	for _, list := range cases {
		for _, on := range list {
			if err := look(on.SubjectID, on); err != nil {
				return err
			}
			for _, c := range on.Claims {
				if err := look(c.ID, givenOn{Claims: []Claim{c}}); err != nil {
					return err
				}
			}
		}
	}
	rows := make([]timerRow, 0, len(next))
	for _, subject := range subjects {
		if next[subject] != 0 {
			rows = append(rows, timerRow{Kind: retentionTimer, Subject: subject, FireAt: next[subject]})
		}
	}
	if err := tx.insert(ctx, &rows); err != nil {
		return fmt.Errorf("set timers: %w", err)
	}
	return nil
}
