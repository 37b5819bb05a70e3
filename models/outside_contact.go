package models

import (
	"context"
	"fmt"
	"slices"
)

// Channel is where a contact made elsewhere took place.
type Channel string

// Channels are the channels that can be declared.
var Channels = []Channel{"phone", "email", "chat", "letter", "social", "other"}

// OutsideState says what has become of a declared contact.
type OutsideState string

// The states of a declared contact.
const (
	OutsidePending  OutsideState = "pending"
	OutsideAccepted OutsideState = "accepted"
	OutsideRejected OutsideState = "rejected"
)

// OutsideContact is a contact the buyer says was made elsewhere. It counts only once staff
// have accepted it.
type OutsideContact struct {
	ID          string
	OrderNumber string
	Line        int
	Title       string
	SellerID    string
	SellerName  string
	ContactedAt Instant
	Channel     Channel
	State       OutsideState
	Reason      string // given with the decision
	DecidedBy   string // account; shown to staff only
	DecidedAt   Instant
	CreatedAt   Instant
	Evidence    []Evidence
	MayDecide   bool // the viewer is staff and no party
}

type outsideRow struct {
	ID          string
	OrderLineID string
	OrderID     string
	AccountID   string
	ContactedAt Instant
	Channel     Channel
	State       OutsideState
	Reason      string
	DecidedBy   string
	DecidedAt   Instant
	CreatedAt   Instant
}

func (outsideRow) TableName() string { return "outside_contacts" }

type outsideJoined struct {
	Row         outsideRow `gorm:"embedded"`
	OrderNumber string
	LineNo      int
	Title       string
	SellerID    string
	SellerName  string
	BuyerEmail  string
}

const selectOutside = `SELECT x.*, o.number AS order_number, l.line_no, l.title, l.seller_id, s.name AS seller_name, b.email AS buyer_email
	FROM outside_contacts x JOIN order_lines l ON l.id = x.order_line_id JOIN orders o ON o.id = x.order_id JOIN buyers b ON b.id = o.buyer_id JOIN sellers s ON s.id = l.seller_id `

// outside is the row as the actor may see it.
func (r outsideJoined) outside(by Actor) OutsideContact {
	c := OutsideContact{
		ID: r.Row.ID, OrderNumber: r.OrderNumber, Line: r.LineNo, Title: r.Title, SellerID: r.SellerID, SellerName: r.SellerName, ContactedAt: r.Row.ContactedAt,
		Channel: r.Row.Channel, State: r.Row.State, Reason: r.Row.Reason, DecidedAt: r.Row.DecidedAt, CreatedAt: r.Row.CreatedAt,
	}
	side := by.sideOf(r.BuyerEmail, r.SellerID)
	c.MayDecide = side == SideStaff && r.Row.State == OutsidePending
	if side == SideStaff || side == SideObserver {
		c.DecidedBy = r.Row.DecidedBy
	}
	return c
}

// DeclareOutsideContact is what a buyer declares of a contact made elsewhere, with at least
// one file that shows it. ContactedAt is RFC 3339.
type DeclareOutsideContact struct {
	ContactedAt string   `json:"contacted_at" validate:"required,instant"`
	Channel     Channel  `json:"channel" validate:"required,oneof=phone email chat letter social other"`
	Evidence    []string `json:"evidence" validate:"required,min=1,max=20,unique,dive,key"`
	Captioned
}

// How many declarations about a line may wait at a time, and the files of one.
const (
	maxPending       = 10
	maxDeclaredFiles = 20
)

// DeclareOutsideContact declares a contact made elsewhere about an order line; it waits for
// staff. The same declaration again while it waits is the one already there, and adds what
// files are new. The order's buyer may. Kinds: NotFound, Forbidden, Invalid (a time in the
// future or before the order was placed, unknown_upload), Conflict when ten wait already.
func (s *Store) DeclareOutsideContact(ctx context.Context, by Actor, number string, n int, in DeclareOutsideContact) (OutsideContact, error) {
	var declared OutsideContact
	err := s.inTx(ctx, func(tx *Store) error {
		order, side, line, err := tx.lineFor(ctx, by, number, n)
		if err != nil {
			return err
		}
		if side != SideBuyer {
			return forbidden()
		}
		if err := check(in); err != nil {
			return err
		}
		at := instant(in.ContactedAt)
		switch {
		case at > tx.now:
			return fieldError("contacted_at", "in_future")
		case at < order.PlacedAt:
			return fieldError("contacted_at", "out_of_range")
		}
		if declared, err = tx.declareAgain(ctx, by, line, at, in); err != nil || declared.ID != "" {
			return err
		}
		row := outsideRow{
			ID: newID(), OrderLineID: line.ID, OrderID: order.ID, AccountID: by.AccountID, ContactedAt: at, Channel: in.Channel, State: OutsidePending, CreatedAt: tx.now,
		}
		if err := tx.insert(ctx, &row); err != nil {
			return fmt.Errorf("insert outside contact: %w", err)
		}
		if err := tx.attach(ctx, by, side, OnOutside, row.ID, 0, attachDraft{uploads: in.Evidence, captions: in.Captions}); err != nil {
			return err
		}
		if err := tx.keepFiles(ctx, row.ID, line); err != nil {
			return err
		}
		declared, err = tx.outsideByID(ctx, by, row.ID)
		return err
	})
	return declared, err
}

// declareAgain returns the waiting declaration of the same contact, with the files that are
// new added, or none.
func (tx *Store) declareAgain(ctx context.Context, by Actor, line OrderLine, at Instant, in DeclareOutsideContact) (OutsideContact, error) {
	var waiting []outsideRow
	if err := tx.db(ctx).Raw("SELECT * FROM outside_contacts WHERE order_line_id = ? AND state = ? ORDER BY created_at LIMIT ?", line.ID, OutsidePending, maxPending).Scan(&waiting).Error; err != nil {
		return OutsideContact{}, fmt.Errorf("read outside contacts: %w", err)
	}
	for _, w := range waiting {
		if w.ContactedAt != at || w.Channel != in.Channel {
			continue
		}
		there, err := tx.evidenceOf(ctx, w.ID)
		if err != nil {
			return OutsideContact{}, err
		}
		more := slices.DeleteFunc(slices.Clone(in.Evidence), func(id string) bool {
			return slices.ContainsFunc(there, func(e Evidence) bool { return e.ID == id })
		})
		if len(there)+len(more) > maxDeclaredFiles {
			return OutsideContact{}, fieldError("evidence", "too_many", "max", maxDeclaredFiles)
		}
		if len(more) > 0 {
			if err := tx.attach(ctx, by, SideBuyer, OnOutside, w.ID, len(there), attachDraft{uploads: more, captions: in.Captions}); err != nil {
				return OutsideContact{}, err
			}
		}
		return tx.outsideByID(ctx, by, w.ID)
	}
	if len(waiting) == maxPending {
		return OutsideContact{}, notAllowedNow(nil)
	}
	return OutsideContact{}, nil
}

func (s *Store) outsideRowByID(ctx context.Context, id string) (outsideJoined, error) {
	var row outsideJoined
	r := s.db(ctx).Raw(selectOutside+"WHERE x.id = ?", id).Scan(&row)
	if r.Error != nil {
		return outsideJoined{}, fmt.Errorf("read outside contact: %w", r.Error)
	}
	if r.RowsAffected == 0 {
		return outsideJoined{}, notFound()
	}
	return row, nil
}

func (s *Store) outsideByID(ctx context.Context, by Actor, id string) (OutsideContact, error) {
	row, err := s.outsideRowByID(ctx, id)
	if err != nil {
		return OutsideContact{}, err
	}
	c := row.outside(by)
	c.Evidence, err = s.evidenceOf(ctx, id)
	return c, err
}

// OutsideContacts lists what was declared about an order line, the first declared first. The
// buyer and staff read it. Kinds: NotFound, Forbidden for the seller and the integration.
func (s *Store) OutsideContacts(ctx context.Context, by Actor, number string, n int) ([]OutsideContact, error) {
	_, side, line, err := s.lineFor(ctx, by, number, n)
	if err != nil {
		return nil, err
	}
	if side != SideBuyer && side != SideStaff && side != SideObserver {
		return nil, forbidden()
	}
	var rows []outsideJoined
	if err := s.db(ctx).Raw(selectOutside+"WHERE x.order_line_id = ? ORDER BY x.created_at, x.id LIMIT ?", line.ID, MaxPage).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list outside contacts: %w", err)
	}
	return s.outsideList(ctx, by, rows)
}

// PendingOutsideContacts is the queue of declared contacts, those that wait longest first.
// Agents, leads and admins read it. Kinds: Forbidden, Invalid for a cursor that is not ours.
func (s *Store) PendingOutsideContacts(ctx context.Context, by Actor, page Page) (items []OutsideContact, next string, err error) {
	if !by.SeesAllCases() {
		return nil, "", forbidden()
	}
	at, id, err := readAscending(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := page.size() + 1
	var rows []outsideJoined
	if err := s.db(ctx).Raw(selectOutside+"WHERE x.state = ? AND x.created_at >= ? AND (x.created_at > ? OR x.id > ?) ORDER BY x.created_at, x.id LIMIT ?",
		OutsidePending, at, at, id, limit).Scan(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list pending outside contacts: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].Row.CreatedAt, rows[limit-2].Row.ID)
	}
	items, err = s.outsideList(ctx, by, rows)
	return items, next, err
}

// outsideList adds the files of a page of declared contacts, in one statement.
func (s *Store) outsideList(ctx context.Context, by Actor, rows []outsideJoined) ([]OutsideContact, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]string, len(rows))
	list := make([]OutsideContact, len(rows))
	for i, r := range rows {
		ids[i], list[i] = r.Row.ID, r.outside(by)
	}
	files, err := s.evidenceOfAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Evidence = files[list[i].ID]
	}
	return list, nil
}
