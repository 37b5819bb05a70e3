package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// DraftBody is a claim as far as it is written. Nothing has to be complete; only the limits
// of the fields hold. Amount is as typed. Evidence names uploads, Captions says by their ids
// what each shows.
type DraftBody struct {
	Lines          []int    `json:"lines" validate:"max=100,unique,dive,gte=1"`
	Reason         Reason   `json:"reason" validate:"omitempty,oneof=stock_out_unrefunded not_received false_shipment not_as_described damaged_or_defective wrong_or_missing_item return_refused return_unrefunded unexpected_charge change_of_mind"`
	Description    string   `json:"description" validate:"max=4000,clean"`
	DesiredOutcome Outcome  `json:"desired_outcome" validate:"omitempty,oneof=refund partial_refund replacement return_and_refund"`
	Amount         string   `json:"amount" validate:"max=40,clean"`
	Evidence       []string `json:"evidence" validate:"max=20,unique,dive,key"`

	Captions map[string]string `json:"captions,omitempty" validate:"max=20,dive,keys,key,endkeys,max=300,clean"`
}

// Draft is a claim being written, kept per buyer, order and seller until it is sent,
// discarded, or its time is over. It has no number.
type Draft struct {
	OrderNumber string
	SellerID    string
	Body        DraftBody
	BegunAt     Instant
	ChangedAt   Instant
	ExpiresAt   Instant // the policy's days after the filing deadline
}

// onto is a page's change to the draft it has seen, made to the draft as it is kept by now.
// Files go one by one; outcome and amount are one answer.
func (b DraftBody) onto(seen, kept DraftBody) DraftBody {
	out := kept
	if !slices.Equal(b.Lines, seen.Lines) {
		out.Lines = b.Lines
	}
	if b.Reason != seen.Reason {
		out.Reason = b.Reason
	}
	if b.Description != seen.Description {
		out.Description = b.Description
	}
	if b.DesiredOutcome != seen.DesiredOutcome || b.Amount != seen.Amount {
		out.DesiredOutcome, out.Amount = b.DesiredOutcome, b.Amount
	}
	out.Evidence = slices.DeleteFunc(slices.Clone(kept.Evidence), func(id string) bool {
		return slices.Contains(seen.Evidence, id) && !slices.Contains(b.Evidence, id)
	})
	for _, id := range b.Evidence {
		if !slices.Contains(seen.Evidence, id) && !slices.Contains(out.Evidence, id) {
			out.Evidence = append(out.Evidence, id)
		}
	}
	captions := map[string]string{}
	for _, id := range out.Evidence {
		caption := kept.Captions[id]
		if b.Captions[id] != seen.Captions[id] {
			caption = b.Captions[id]
		}
		if caption != "" {
			captions[id] = caption
		}
	}
	out.Captions = nil
	if len(captions) > 0 {
		out.Captions = captions
	}
	return out
}

// Mark stands for what is written in a draft, so that what is sent is what was checked.
func (b DraftBody) Mark() string {
	raw, err := json.Marshal(b)
	if err != nil {
		return "" // strings and numbers always can
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

// draftRest is the body of a draft as it rests, with when it was begun.
type draftRest struct {
	DraftBody
	BegunAt Instant `json:"begun_at"`
}

type draftRow struct {
	AccountID string
	OrderID   string
	SellerID  string
	Body      string
	ChangedAt Instant
	ExpiresAt Instant
}

func (draftRow) TableName() string { return "drafts" }

type draftJoined struct {
	Row         draftRow `gorm:"embedded"`
	OrderNumber string
}

func (r draftJoined) draft() (Draft, error) {
	d := Draft{OrderNumber: r.OrderNumber, SellerID: r.Row.SellerID, ChangedAt: r.Row.ChangedAt, ExpiresAt: r.Row.ExpiresAt}
	var rest draftRest
	if err := json.Unmarshal([]byte(r.Row.Body), &rest); err != nil {
		return Draft{}, fmt.Errorf("read draft: %w", err)
	}
	d.Body, d.BegunAt = rest.DraftBody, rest.BegunAt
	if d.BegunAt == 0 {
		d.BegunAt = d.ChangedAt // of before drafts kept it
	}
	return d, nil
}

// draftOrder loads the order of a draft for its buyer and says when a draft about this
// seller's lines expires.
func (s *Store) draftOrder(ctx context.Context, by Actor, orderNumber, sellerID string, now Instant) (order Order, deadline, expires Instant, err error) {
	if order, err = s.orderHead(ctx, orderNumber); err != nil {
		return Order{}, 0, 0, err
	}
	switch orderSide(by, order) {
	case SideBuyer:
	case SideNone:
		return Order{}, 0, 0, notFound()
	default:
		return Order{}, 0, 0, forbidden()
	}
	for _, l := range order.Lines {
		if l.SellerID == sellerID {
			deadline = max(deadline, l.DeadlineAt)
		}
	}
	if deadline == 0 {
		return Order{}, 0, 0, notFound()
	}
	policy, err := s.Policy(ctx, now)
	if err != nil {
		return Order{}, 0, 0, err
	}
	return order, deadline, deadline.Add(days(policy.DraftDaysAfterDeadline)), nil
}

// SaveDraft keeps what has been written so far, in place of what was kept before. Only the
// order's buyer may. The uploads it names are kept from the sweep as long as the draft.
// Kinds: Invalid (limits, unknown_upload, deadline_passed when no draft would be kept any
// more), NotFound, Forbidden.
func (s *Store) SaveDraft(ctx context.Context, by Actor, orderNumber, sellerID string, body DraftBody) (Draft, error) {
	return s.saveDraft(ctx, by, orderNumber, sellerID, nil, body)
}

// ChangeDraft is SaveDraft for a page that has shown the draft as seen and changed a part of
// it: what another window has written meanwhile stays. Kinds as of SaveDraft.
func (s *Store) ChangeDraft(ctx context.Context, by Actor, orderNumber, sellerID string, seen, body DraftBody) (Draft, error) {
	return s.saveDraft(ctx, by, orderNumber, sellerID, &seen, body)
}

func (s *Store) saveDraft(ctx context.Context, by Actor, orderNumber, sellerID string, seen *DraftBody, written DraftBody) (Draft, error) {
	if err := check(written); err != nil {
		return Draft{}, err
	}
	written.Description = text(written.Description)
	var saved Draft
	err := s.inTx(ctx, func(tx *Store) error {
		order, deadline, expires, err := tx.draftOrder(ctx, by, orderNumber, sellerID, tx.now)
		if err != nil {
			return err
		}
		if expires <= tx.now {
			return invalid(string(RuleDeadlinePassed)).With("deadline_at", deadline)
		}
		before, found, err := tx.readDraft(ctx, by, order.ID, sellerID)
		if err != nil {
			return err
		}
		body := written
		if seen != nil && found {
			body = written.onto(*seen, before.Body)
			if err := check(body); err != nil {
				return err // two windows together may go over a limit
			}
		}
		body.Lines = slices.DeleteFunc(slices.Clone(body.Lines), func(n int) bool { // an update has taken it from the order
			l, ok := order.Line(n)
			return (!ok || l.SellerID != sellerID) && slices.Contains(before.Body.Lines, n)
		})
		for i, n := range body.Lines {
			if l, ok := order.Line(n); !ok || l.SellerID != sellerID {
				return fieldError(fmt.Sprintf("lines[%d]", i), "unknown_value")
			}
		}
		begun := before.BegunAt
		if !found {
			begun = tx.now
		}
		raw, err := json.Marshal(draftRest{body, begun})
		if err != nil {
			return fmt.Errorf("write draft: %w", err)
		}
		if err := tx.remindOfDraft(ctx, order, before.Body.Lines, body.Lines); err != nil {
			return err
		}
		n, err := tx.exec(ctx, "UPDATE drafts SET body = ?, changed_at = ?, expires_at = ? WHERE account_id = ? AND order_id = ? AND seller_id = ?",
			string(raw), tx.now, expires, by.AccountID, order.ID, sellerID)
		if err != nil {
			return fmt.Errorf("save draft: %w", err)
		}
		if n == 0 {
			if err := tx.insert(ctx, &draftRow{by.AccountID, order.ID, sellerID, string(raw), tx.now, expires}); err != nil {
				if isDuplicate(err) {
					return errAgain // another window saved first; this one writes over it
				}
				return fmt.Errorf("insert draft: %w", err)
			}
		}
		if err := tx.letGo(ctx, by.AccountID, before.Body.Evidence); err != nil {
			return err
		}
		// Drafts follow the rules' clock and uploads the machine's: what is left of one is
		// granted on the other.
		if err := tx.holdUploads(ctx, by.AccountID, body.Evidence, tx.MachineNow().Add(expires.Sub(tx.now))); err != nil {
			return err
		}
		saved = Draft{OrderNumber: order.Number, SellerID: sellerID, Body: body, BegunAt: begun, ChangedAt: tx.now, ExpiresAt: expires}
		return nil
	})
	return saved, err
}

// letGo gives uploads that a draft named the usual day from now, unless another draft of the
// account still names them.
func (tx *Store) letGo(ctx context.Context, account string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	var bodies []string
	if err := tx.db(ctx).Raw("SELECT body FROM drafts WHERE account_id = ?", account).Scan(&bodies).Error; err != nil {
		return fmt.Errorf("read drafts: %w", err)
	}
	var free []string
	named := map[string]bool{}
	for _, raw := range bodies {
		var b DraftBody
		if err := json.Unmarshal([]byte(raw), &b); err != nil {
			return fmt.Errorf("read draft: %w", err)
		}
		for _, id := range b.Evidence {
			named[id] = true
		}
	}
	for _, id := range ids {
		if !named[id] {
			free = append(free, id)
		}
	}
	if len(free) == 0 {
		return nil
	}
	day := tx.MachineNow().Add(UploadLife)
	if _, err := tx.exec(ctx, "UPDATE uploads SET expires_at = ? WHERE id IN ? AND account_id = ? AND attached = ? AND expires_at > ?", day, free, account, false, day); err != nil {
		return fmt.Errorf("let uploads go: %w", err)
	}
	return nil
}

const selectDrafts = "SELECT d.*, o.number AS order_number FROM drafts d JOIN orders o ON o.id = d.order_id WHERE d.account_id = ? "

func (s *Store) readDraft(ctx context.Context, by Actor, orderID, sellerID string) (d Draft, found bool, err error) {
	var row draftJoined
	r := s.db(ctx).Raw(selectDrafts+"AND d.order_id = ? AND d.seller_id = ?", by.AccountID, orderID, sellerID).Scan(&row)
	if r.Error != nil {
		return Draft{}, false, fmt.Errorf("read draft: %w", r.Error)
	}
	if r.RowsAffected == 0 {
		return Draft{}, false, nil
	}
	if d, err = row.draft(); err != nil {
		return Draft{}, false, err
	}
	if len(d.Body.Evidence) > 0 { // a file may have been found unsafe since
		d.Body.Evidence, err = s.stillThere(ctx, by, d.Body.Evidence, len(d.Body.Evidence))
	}
	return d, err == nil, err
}

// draftedLines are the lines of an order that its buyer's drafts are about.
func (s *Store) draftedLines(ctx context.Context, o Order) ([]int, error) {
	rows, err := find[draftRow](ctx, s, "SELECT d.* FROM accounts a JOIN drafts d ON d.account_id = a.id WHERE a.email = ? AND d.order_id = ?", o.BuyerEmail, o.ID)
	if err != nil {
		return nil, fmt.Errorf("read drafts: %w", err)
	}
	var lines []int
	for _, r := range rows {
		d, err := draftJoined{Row: r}.draft()
		if err != nil {
			return nil, err
		}
		lines = append(lines, d.Body.Lines...)
	}
	return lines, nil
}

// DraftFor returns the actor's draft about one seller's lines of an order. Kinds: NotFound
// when there is none, or the order is not the actor's; Forbidden.
func (s *Store) DraftFor(ctx context.Context, by Actor, orderNumber, sellerID string) (Draft, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return Draft{}, err
	}
	order, _, _, err := s.draftOrder(ctx, by, orderNumber, sellerID, now)
	if err != nil {
		return Draft{}, err
	}
	d, found, err := s.readDraft(ctx, by, order.ID, sellerID)
	if err != nil {
		return Draft{}, err
	}
	if !found || d.ExpiresAt <= now {
		return Draft{}, notFound()
	}
	return d, nil
}

// Drafts lists the actor's drafts, the last changed first, MaxPage at most.
func (s *Store) Drafts(ctx context.Context, by Actor) ([]Draft, error) {
	if by.AccountID == "" {
		return nil, nil
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	var rows []draftJoined
	if err := s.db(ctx).Raw(selectDrafts+"AND d.expires_at > ? ORDER BY d.order_id DESC, d.seller_id LIMIT ?", by.AccountID, now, MaxPage).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	list := make([]Draft, 0, len(rows))
	for _, r := range rows {
		d, err := r.draft()
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	slices.SortStableFunc(list, func(a, b Draft) int { return int(b.ChangedAt - a.ChangedAt) })
	return list, nil
}

// DiscardDraft throws a draft away; its uploads go a day later. One that is not there is no
// error. Kinds: NotFound, Forbidden.
func (s *Store) DiscardDraft(ctx context.Context, by Actor, orderNumber, sellerID string) error {
	return s.inTx(ctx, func(tx *Store) error {
		order, _, _, err := tx.draftOrder(ctx, by, orderNumber, sellerID, tx.now)
		if err != nil {
			return err
		}
		d, found, err := tx.readDraft(ctx, by, order.ID, sellerID)
		if err != nil || !found {
			return err
		}
		if err := tx.forgetDeadlines(ctx, order, d.Body.Lines); err != nil {
			return err
		}
		return tx.dropDraft(ctx, by, order.ID, d)
	})
}

// sendDraft removes the draft a filing was made of. Kinds: Conflict draft_changed when it is
// no longer what its mark stands for.
func (tx *Store) sendDraft(ctx context.Context, by Actor, orderID, sellerID, mark string) error {
	d, found, err := tx.readDraft(ctx, by, orderID, sellerID)
	switch {
	case err != nil:
		return err
	case mark != "" && d.Body.Mark() != mark:
		return &Error{Kind: Conflict, Code: "draft_changed"}
	case !found:
		return nil
	}
	return tx.dropDraft(ctx, by, orderID, d)
}

// dropDraft removes a draft that has been sent or discarded.
func (tx *Store) dropDraft(ctx context.Context, by Actor, orderID string, d Draft) error {
	if _, err := tx.exec(ctx, "DELETE FROM drafts WHERE account_id = ? AND order_id = ? AND seller_id = ?", by.AccountID, orderID, d.SellerID); err != nil {
		return fmt.Errorf("drop draft: %w", err)
	}
	return tx.letGo(ctx, by.AccountID, d.Body.Evidence)
}

// SweepDrafts removes drafts whose time is over, at most limit, and returns how many.
func (s *Store) SweepDrafts(ctx context.Context, limit int) (int, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	var rows []draftJoined
	if err := s.db(ctx).Raw("SELECT d.* FROM drafts d WHERE d.expires_at <= ? ORDER BY d.expires_at LIMIT ?", now, limit).Scan(&rows).Error; err != nil {
		return 0, fmt.Errorf("read expired drafts: %w", err)
	}
	if len(rows) == 0 {
		return 0, nil
	}
	gone := 0
	err = s.inTx(ctx, func(tx *Store) error {
		gone = 0
		for _, r := range rows {
			d, err := r.draft()
			if err != nil {
				return err
			}
			n, err := tx.exec(ctx, "DELETE FROM drafts WHERE account_id = ? AND order_id = ? AND seller_id = ? AND expires_at <= ?", r.Row.AccountID, r.Row.OrderID, r.Row.SellerID, now)
			if err != nil {
				return fmt.Errorf("sweep draft: %w", err)
			}
			if n == 0 {
				continue // saved again meanwhile, with a later deadline
			}
			gone++
			if err := tx.letGo(ctx, r.Row.AccountID, d.Body.Evidence); err != nil {
				return err
			}
		}
		return nil
	})
	return gone, err
}
