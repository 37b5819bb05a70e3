package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// AnswerBody is a seller's answer as far as it is written. Nothing has to be complete; only
// the limits of the fields hold. Amount is as typed. Evidence names uploads.
type AnswerBody struct {
	Choice   Action    `json:"choice" validate:"omitempty,oneof=accept offer contest answer"`
	Kind     OfferKind `json:"kind,omitempty" validate:"omitempty,oneof=partial_refund replacement return_for_refund"`
	Amount   string    `json:"amount,omitempty" validate:"max=40,clean"`
	Message  string    `json:"message,omitempty" validate:"max=4000,clean"`
	Tracking string    `json:"tracking,omitempty" validate:"max=100,clean"`
	Evidence []string  `json:"evidence,omitempty" validate:"max=20,unique,dive,key"`

	Address   string `json:"return_address,omitempty" validate:"max=1000,clean"`
	Label     string `json:"label_reference,omitempty" validate:"max=200,clean"`
	LabelCost string `json:"label_cost,omitempty" validate:"max=40,clean"` // as typed

	Captions map[string]string `json:"captions,omitempty" validate:"max=20,dive,keys,key,endkeys,max=300,clean"` // what each file shows, by its id
}

// AnswerDraft is an answer nobody has sent, kept once for all members of the claim's seller.
// One of them writes it; another takes it over knowingly. It goes with the answer that is
// given, and stays to be read where the turn passes otherwise.
type AnswerDraft struct {
	ClaimID   string
	Version   int64
	Body      AnswerBody
	Files     []Upload // of the evidence, those that are still there
	AccountID string   // who writes it
	Name      string
	StartedAt Instant // since when this member does
	ChangedAt Instant
	ExpiresAt Instant
	Live      bool // it can still become the answer
}

type answerDraftRow struct {
	ClaimID   string
	AccountID string
	Round     int
	Version   int64
	Body      string
	StartedAt Instant
	ChangedAt Instant
	ExpiresAt Instant
}

func (answerDraftRow) TableName() string { return "answer_drafts" }

type answerDraftJoined struct {
	answerDraftRow
	Name  string
	Email string
}

func (r answerDraftJoined) draft(c Claim, now Instant) (AnswerDraft, error) {
	d := AnswerDraft{
		ClaimID: r.ClaimID, Version: r.Version, AccountID: r.AccountID, Name: firstOf(r.Name, r.Email), StartedAt: r.StartedAt, ChangedAt: r.ChangedAt,
		ExpiresAt: r.ExpiresAt, Live: c.answerable(now) && r.Round == c.SellerAsked && now < r.ExpiresAt,
	}
	if err := json.Unmarshal([]byte(r.Body), &d.Body); err != nil {
		return AnswerDraft{}, fmt.Errorf("read answer draft: %w", err)
	}
	return d, nil
}

// answerable reports whether the seller has an answer to give and time for it.
func (c Claim) answerable(now Instant) bool {
	return c.Status == AwaitingSeller && (c.DueAt == 0 || now < c.DueAt)
}

const selectAnswerDraft = "SELECT d.*, a.name, a.email FROM answer_drafts d LEFT JOIN accounts a ON a.id = d.account_id WHERE d.claim_id = ?"

func (s *Store) readAnswerDraft(ctx context.Context, c Claim, now Instant) (d AnswerDraft, found bool, err error) {
	rows, err := find[answerDraftJoined](ctx, s, selectAnswerDraft, c.ID)
	if err != nil {
		return AnswerDraft{}, false, fmt.Errorf("read answer draft: %w", err)
	}
	if len(rows) == 0 {
		return AnswerDraft{}, false, nil
	}
	d, err = rows[0].draft(c, now)
	return d, err == nil, err
}

// AnswerDraftOf returns the draft of a claim as its viewer sees it; found is false where
// there is none. Kinds: Forbidden for others than the seller's members.
func (s *Store) AnswerDraftOf(ctx context.Context, by Actor, v ClaimView) (d AnswerDraft, found bool, err error) {
	if by.sideOf(v.BuyerEmail, v.SellerID) != SideSeller {
		return AnswerDraft{}, false, forbidden()
	}
	d, found, err = s.readAnswerDraft(ctx, v.Claim, v.Now)
	if err != nil || !found || d.ExpiresAt <= v.Now {
		return AnswerDraft{}, false, err
	}
	d.Files, err = s.sharedUploads(ctx, d.Body.Evidence)
	d.Body.Evidence = nil // of those that are still there
	for _, u := range d.Files {
		d.Body.Evidence = append(d.Body.Evidence, u.ID)
	}
	return d, err == nil, err
}

// AnswerFiles are the files a member of the seller may put into an answer, out of those
// asked for: its own uploads, and those named by the draft or the answer that is held, which
// a colleague may have given. Kinds: Forbidden.
func (s *Store) AnswerFiles(ctx context.Context, by Actor, v ClaimView, ids []string) ([]Upload, error) {
	if by.sideOf(v.BuyerEmail, v.SellerID) != SideSeller {
		return nil, forbidden()
	}
	if len(ids) == 0 {
		return nil, nil
	}
	shared, err := s.sharedIDs(ctx, v.Claim, v.Now)
	if err != nil {
		return nil, err
	}
	all, err := s.sharedUploads(ctx, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(u Upload) bool { return u.AccountID != by.AccountID && !slices.Contains(shared, u.ID) }), nil
}

// sharedIDs are the uploads that the members of a seller share on a claim.
func (s *Store) sharedIDs(ctx context.Context, c Claim, now Instant) ([]string, error) {
	d, _, err := s.readAnswerDraft(ctx, c, now)
	if err != nil {
		return nil, err
	}
	ids := d.Body.Evidence
	if c.Held != nil && c.Held.By == SideSeller {
		ids = append(ids, c.Held.Files...)
	}
	return ids, nil
}

// sharedUploads returns those of the ids that are there and may be attached, whoever's they
// are, in the order asked; the caller knows that they are shared.
func (s *Store) sharedUploads(ctx context.Context, ids []string) ([]Upload, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := find[uploadRow](ctx, s, "SELECT * FROM uploads WHERE id IN ? AND state IN ? AND (attached = ? OR expires_at > ?)", ids, usable, true, s.MachineNow())
	if err != nil {
		return nil, fmt.Errorf("read uploads: %w", err)
	}
	var list []Upload
	for _, id := range ids {
		if i := slices.IndexFunc(rows, func(r uploadRow) bool { return r.ID == id }); i >= 0 {
			list = append(list, rows[i].upload())
		}
	}
	return list, nil
}

// SaveAnswer is what a member has written, against the version of the draft it has seen (0:
// none yet). TakeOver says that it knows that somebody else writes it.
type SaveAnswer struct {
	Version  int64
	TakeOver bool
	Body     AnswerBody
}

// draftMoved is the conflict of two members: who writes the draft now, and since when.
func draftMoved(d AnswerDraft, by Actor) *Error {
	e := &Error{Kind: Conflict, Code: "answer_draft_changed", Args: map[string]any{"current_version": d.Version}}
	if d.Live && d.AccountID != by.AccountID {
		e.Code = "answer_draft_taken"
		return e.With("name", d.Name).With("started_at", d.StartedAt)
	}
	return e
}

// SaveAnswerDraft keeps what has been written so far. Only a member of the claim's seller
// may, in its turn. Two who save at once: one wins, the other gets a Conflict that names the
// winner. The uploads it names are kept from the sweep as long as the draft. Kinds: NotFound,
// Forbidden, Conflict (not_allowed_now, answer_draft_changed, answer_draft_taken), Invalid
// (limits, unknown_upload).
func (s *Store) SaveAnswerDraft(ctx context.Context, by Actor, number string, in SaveAnswer) (AnswerDraft, error) {
	var saved AnswerDraft
	err := s.inTx(ctx, func(tx *Store) error {
		c, before, _, err := tx.answerDraftFor(ctx, by, number)
		if err != nil {
			return err
		}
		policy, err := tx.PolicyVersion(ctx, c.PolicyVersion)
		if err != nil {
			return err
		}
		allowed := c.AllowedActions(by, policy, tx.now)
		if !c.answerable(tx.now) || in.Body.Choice != "" && !slices.Contains(allowed, in.Body.Choice) {
			return notAllowedNow(allowed)
		}
		// One that nobody can send any more, seen or not, is written over.
		if before.Live && (before.Version != in.Version || before.AccountID != by.AccountID && !in.TakeOver) {
			return draftMoved(before, by)
		}
		if err := check(in.Body); err != nil {
			return err
		}
		in.Body.Message = text(in.Body.Message)
		saved, err = tx.writeAnswerDraft(ctx, by, c, before, in.Body)
		return err
	})
	return saved, err
}

// answerDraftFor loads a claim for a member of its seller, with the draft there is.
func (tx *Store) answerDraftFor(ctx context.Context, by Actor, number string) (c Claim, d AnswerDraft, found bool, err error) {
	if c, err = tx.claimByNumber(ctx, number); err != nil {
		return c, d, false, err
	}
	side := by.sideOf(c.BuyerEmail, c.SellerID)
	if !c.visibleTo(side) {
		return c, d, false, notFound()
	}
	if side != SideSeller {
		return c, d, false, forbidden()
	}
	d, found, err = tx.readAnswerDraft(ctx, c, tx.now)
	return c, d, found, err
}

func (tx *Store) writeAnswerDraft(ctx context.Context, by Actor, c Claim, before AnswerDraft, body AnswerBody) (AnswerDraft, error) {
	d := before
	d.ClaimID, d.Version, d.Body, d.ChangedAt, d.Live = c.ID, before.Version+1, body, tx.now, true
	if before.AccountID != by.AccountID || !before.Live {
		d.AccountID, d.StartedAt = by.AccountID, tx.now
	}
	d.ExpiresAt = max(c.DueAt, tx.now).Add(heldFilesKept)
	raw, err := json.Marshal(body)
	if err != nil {
		return AnswerDraft{}, fmt.Errorf("write answer draft: %w", err)
	}
	if err := tx.keepAnswerFiles(ctx, by, c, before, body, d.ExpiresAt); err != nil {
		return AnswerDraft{}, err
	}
	if before.Version == 0 {
		row := answerDraftRow{d.ClaimID, d.AccountID, c.SellerAsked, d.Version, string(raw), d.StartedAt, d.ChangedAt, d.ExpiresAt}
		if err := tx.insert(ctx, &row); err != nil {
			if isDuplicate(err) {
				return AnswerDraft{}, errAgain // a colleague saved first, and this one will be told so
			}
			return AnswerDraft{}, fmt.Errorf("insert answer draft: %w", err)
		}
		return d, nil
	}
	n, err := tx.exec(ctx, "UPDATE answer_drafts SET account_id = ?, round = ?, version = ?, body = ?, started_at = ?, changed_at = ?, expires_at = ? WHERE claim_id = ? AND version = ?",
		d.AccountID, c.SellerAsked, d.Version, string(raw), d.StartedAt, d.ChangedAt, d.ExpiresAt, c.ID, before.Version)
	if err != nil {
		return AnswerDraft{}, fmt.Errorf("save answer draft: %w", err)
	}
	if n == 0 {
		return AnswerDraft{}, errAgain
	}
	return d, nil
}

// keepAnswerFiles keeps the files of a draft as long as itself and lets those go that it no
// longer names.
func (tx *Store) keepAnswerFiles(ctx context.Context, by Actor, c Claim, before AnswerDraft, body AnswerBody, until Instant) error {
	owners, err := tx.uploadOwners(ctx, body.Evidence)
	if err != nil {
		return err
	}
	shared := before.Body.Evidence
	var held []string
	if c.Held != nil && c.Held.By == SideSeller {
		held = c.Held.Files
	}
	keep := map[string][]string{}
	for _, id := range body.Evidence {
		owner := owners[id]
		if owner != by.AccountID && !slices.Contains(shared, id) && !slices.Contains(held, id) {
			return unknownUpload()
		}
		keep[owner] = append(keep[owner], id)
	}
	if err := tx.dropFiles(ctx, slices.DeleteFunc(slices.Clone(shared), func(id string) bool { return slices.Contains(body.Evidence, id) || slices.Contains(held, id) })); err != nil {
		return err
	}
	// Drafts follow the rules' clock and uploads the machine's.
	for owner, ids := range keep {
		if err := tx.holdUploads(ctx, owner, ids, tx.MachineNow().Add(until.Sub(tx.now))); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Store) uploadOwners(ctx context.Context, ids []string) (map[string]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := find[struct{ ID, AccountID string }](ctx, tx, "SELECT id, account_id FROM uploads WHERE id IN ?", ids)
	if err != nil {
		return nil, fmt.Errorf("read uploads: %w", err)
	}
	owners := map[string]string{}
	for _, r := range rows {
		owners[r.ID] = r.AccountID
	}
	return owners, nil
}

// TakeOverAnswer makes the actor the member who writes the draft, as it stands. Kinds: those
// of SaveAnswerDraft.
func (s *Store) TakeOverAnswer(ctx context.Context, by Actor, number string, version int64) (AnswerDraft, error) {
	var taken AnswerDraft
	err := s.inTx(ctx, func(tx *Store) error {
		c, before, found, err := tx.answerDraftFor(ctx, by, number)
		if err != nil {
			return err
		}
		switch {
		case !found || !before.Live:
			return notAllowedNow(nil)
		case before.Version != version:
			return draftMoved(before, by)
		}
		taken, err = tx.writeAnswerDraft(ctx, by, c, before, before.Body)
		return err
	})
	return taken, err
}

// DiscardAnswerDraft throws the draft away as the actor has seen it; its files go a day
// later. One that is not there is no error. Kinds: NotFound, Forbidden, Conflict.
func (s *Store) DiscardAnswerDraft(ctx context.Context, by Actor, number string, version int64) error {
	return s.inTx(ctx, func(tx *Store) error {
		c, d, found, err := tx.answerDraftFor(ctx, by, number)
		switch {
		case err != nil || !found:
			return err
		case d.Version != version:
			return draftMoved(d, by)
		}
		if err := tx.keepAnswerFiles(ctx, by, c, d, AnswerBody{}, tx.now); err != nil {
			return err
		}
		return tx.dropAnswerDraft(ctx, c.ID)
	})
}

func (tx *Store) dropAnswerDraft(ctx context.Context, claimID string) error {
	if _, err := tx.exec(ctx, "DELETE FROM answer_drafts WHERE claim_id = ?", claimID); err != nil {
		return fmt.Errorf("drop answer draft: %w", err)
	}
	return nil
}

// answered is called where a member of the seller has given its answer: files that colleagues
// put into it become the sender's, who answers for them, those it leaves out go with the day, and
// the draft is done.
func (tx *Store) answered(ctx context.Context, by Actor, c Claim, ch change) error {
	var given []string
	for _, a := range ch.attach {
		given = append(given, a.uploads...)
	}
	if ch.claim.Held != nil {
		given = append(given, ch.claim.Held.Files...)
	}
	shared, err := tx.sharedIDs(ctx, c, tx.now)
	if err != nil {
		return err
	}
	if err := tx.dropFiles(ctx, slices.DeleteFunc(slices.Clone(shared), func(id string) bool { return slices.Contains(given, id) })); err != nil {
		return err
	}
	shared = slices.DeleteFunc(shared, func(id string) bool { return !slices.Contains(given, id) })
	if len(shared) > 0 {
		if _, err := tx.exec(ctx, "UPDATE uploads SET account_id = ? WHERE id IN ? AND attached = ? AND account_id <> ?", by.AccountID, shared, false, by.AccountID); err != nil {
			return fmt.Errorf("take over uploads: %w", err)
		}
	}
	return tx.dropAnswerDraft(ctx, c.ID)
}

// dropFiles lets files go that no answer names any more, whoever of the seller's members gave them.
func (tx *Store) dropFiles(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	owners, err := tx.uploadOwners(ctx, ids)
	if err != nil {
		return err
	}
	byOwner := map[string][]string{}
	for _, id := range ids {
		byOwner[owners[id]] = append(byOwner[owners[id]], id)
	}
	for owner, ids := range byOwner {
		if err := tx.letGo(ctx, owner, ids); err != nil {
			return err
		}
	}
	return nil
}

// AnswerMark says on a list that somebody is writing an answer.
type AnswerMark struct {
	Name      string
	AccountID string
	ChangedAt Instant
}

// AnswerMarks tells for cases of the actor's own seller, by their id, which have an answer
// that is written and not sent.
func (s *Store) AnswerMarks(ctx context.Context, by Actor, claims []string) (map[string]AnswerMark, error) {
	marks := map[string]AnswerMark{}
	if by.Role != RoleSeller || by.SellerID == "" || len(claims) == 0 {
		return marks, nil
	}
	rows, err := find[answerDraftJoined](ctx, s, `SELECT d.claim_id, d.account_id, d.changed_at, a.name, a.email FROM answer_drafts d
		JOIN claims c ON c.id = d.claim_id LEFT JOIN accounts a ON a.id = d.account_id
		WHERE d.claim_id IN ? AND c.seller_id = ? AND c.status = ? AND d.round = c.seller_asked`, claims, by.SellerID, AwaitingSeller)
	if err != nil {
		return nil, fmt.Errorf("read answer drafts: %w", err)
	}
	for _, r := range rows {
		marks[r.ClaimID] = AnswerMark{Name: firstOf(r.Name, r.Email), AccountID: r.AccountID, ChangedAt: r.ChangedAt}
	}
	return marks, nil
}

// SweepAnswerDrafts removes drafts of answers whose time is over, at most limit, and returns
// how many.
func (s *Store) SweepAnswerDrafts(ctx context.Context, limit int) (int, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	due, err := find[struct{ ClaimID string }](ctx, s, "SELECT claim_id FROM answer_drafts WHERE expires_at <= ? ORDER BY expires_at LIMIT ?", now, limit)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	ids := make([]string, 0, len(due))
	for _, d := range due {
		ids = append(ids, d.ClaimID)
	}
	var gone int64
	err = s.inTx(ctx, func(tx *Store) (err error) {
		gone, err = tx.exec(ctx, "DELETE FROM answer_drafts WHERE claim_id IN ? AND expires_at <= ?", ids, now)
		return err
	})
	return int(gone), err
}
