package models

import (
	"context"
	"fmt"
	"time"
)

// ListingState is what is on sale of a SKU of a seller, as the marketplace told it last.
type ListingState struct {
	SellerID  string
	SKU       string
	Price     int64 // of one, in minor units
	Currency  string
	Available bool
	At        Instant // when it was so
	Known     bool    // an order has named the SKU
}

// ListingWord is a word of the feed of listings.
type ListingWord struct {
	SellerID  string `json:"-" validate:"-"`
	SKU       string `json:"-" validate:"-"`
	Price     *int64 `json:"price" validate:"required,lte=1000000000000000"`
	Currency  string `json:"currency" validate:"required,currency"`
	Available *bool  `json:"available" validate:"required"`
	At        string `json:"at" validate:"required,instant"`
}

func (in ListingWord) check(now Instant) error {
	var f fieldErrors
	if !isKey(in.SKU) {
		f.add("sku", "unknown_value")
	}
	f.check(in)
	if err := f.err(); err != nil {
		return err
	}
	switch {
	case *in.Price < 0:
		return &Error{Kind: Invalid, Code: "price_negative", Fields: []FieldError{{Field: "price", Code: "price_negative"}}}
	case instant(in.At) > now.Add(maxAhead):
		return &Error{Kind: Invalid, Code: "at_in_future", Fields: []FieldError{{Field: "at", Code: "at_in_future"}}}
	}
	return nil
}

type listingRow struct {
	SellerID  string
	Sku       string
	Price     int64
	Currency  string
	Available bool
	At        Instant
	ChangedAt Instant
	Version   int64
}

func (listingRow) TableName() string { return "listings" }

type listingChangeRow struct {
	SellerID  string
	Sku       string
	At        Instant
	Price     int64
	Currency  string
	Available bool
	ToldAt    Instant
}

func (listingChangeRow) TableName() string { return "listing_changes" }

// listingKept is how long changes of a listing are kept: as long as a line may be told to have been
// cancelled that counts, and the days before it that its listing's state may come from.
const listingKept = 100 * 24 * time.Hour

// PutOutcomes of PutListing are those of orders: created, updated, unchanged, stale.

// PutListing takes what the marketplace says is on sale. Only the integration may. It is a fact to
// the cancellations of the SKU in the days before it, in the same transaction. A word older than
// the last one, or as old, changes nothing. A SKU that no order has named is taken as any other.
// Kinds: Forbidden, NotFound for a seller that is not there, Invalid (price_negative, at_in_future
// beside field limits).
func (s *Store) PutListing(ctx context.Context, by Actor, in ListingWord) (ListingState, PutOutcome, error) {
	if by.Role != RoleIntegration {
		return ListingState{}, "", forbidden()
	}
	var told ListingState
	var outcome PutOutcome
	err := s.inTx(ctx, func(tx *Store) error {
		if _, err := tx.SellerByID(ctx, in.SellerID); err != nil {
			return err
		}
		if err := in.check(tx.now); err != nil {
			return err
		}
		row, o, err := tx.putListing(ctx, in)
		if err != nil {
			return err
		}
		named, err := find[struct{ ID string }](ctx, tx, "SELECT id FROM order_lines WHERE seller_id = ? AND sku = ? LIMIT 1", in.SellerID, in.SKU)
		if err != nil {
			return fmt.Errorf("read orders of a SKU: %w", err)
		}
		outcome, told = o, ListingState{row.SellerID, row.Sku, row.Price, row.Currency, row.Available, row.At, len(named) > 0}
		return nil
	})
	return told, outcome, err
}

func (tx *Store) putListing(ctx context.Context, in ListingWord) (listingRow, PutOutcome, error) {
	rows, err := find[listingRow](ctx, tx, "SELECT * FROM listings WHERE seller_id = ? AND sku = ?", in.SellerID, in.SKU)
	if err != nil {
		return listingRow{}, "", fmt.Errorf("read listing: %w", err)
	}
	at := instant(in.At)
	next := listingRow{in.SellerID, in.SKU, *in.Price, in.Currency, *in.Available, at, at, 1}
	if len(rows) == 0 {
		if err := tx.insert(ctx, &next); err != nil {
			if isDuplicate(err) {
				return next, "", errAgain // another replica was first; now it is an update
			}
			return next, "", fmt.Errorf("insert listing: %w", err)
		}
		if err := tx.keepChange(ctx, next); err != nil {
			return next, "", err
		}
		return next, OrderCreated, tx.hearsListing(ctx, next)
	}
	old := rows[0]
	switch same := old.Price == next.Price && old.Currency == next.Currency && old.Available == next.Available; {
	case at < old.At:
		return old, OrderStale, nil
	case at == old.At && same:
		return old, OrderUnchanged, nil
	case at == old.At:
		return old, OrderStale, nil // two words of one instant: the first one stands
	case same:
		// Said again: worth keeping as the first word after a cancellation only.
		since, err := find[struct{ CancelledAt Instant }](ctx, tx, "SELECT cancelled_at FROM cancellations WHERE seller_id = ? AND sku = ? AND cancelled_at >= ? AND cancelled_at < ? AND undone_at IS NULL LIMIT 1",
			in.SellerID, in.SKU, max(old.ChangedAt, at.Add(-factTime)), at)
		if err != nil {
			return next, "", fmt.Errorf("read cancellations of a SKU: %w", err)
		}
		if len(since) == 0 {
			next.ChangedAt = old.ChangedAt
		}
	}
	next.Version = old.Version + 1
	n, err := tx.exec(ctx, "UPDATE listings SET price = ?, currency = ?, available = ?, at = ?, changed_at = ?, version = ? WHERE seller_id = ? AND sku = ? AND version = ?",
		next.Price, next.Currency, next.Available, next.At, next.ChangedAt, next.Version, in.SellerID, in.SKU, old.Version)
	if err != nil {
		return next, "", fmt.Errorf("update listing: %w", err)
	}
	if n == 0 {
		return next, "", errAgain
	}
	if next.ChangedAt == old.ChangedAt {
		return next, OrderUpdated, nil
	}
	if err := tx.keepChange(ctx, next); err != nil {
		return next, "", err
	}
	return next, OrderUpdated, tx.hearsListing(ctx, next)
}

// keepChange keeps what a listing has become, and drops what is too old to matter.
func (tx *Store) keepChange(ctx context.Context, l listingRow) error {
	if err := tx.insert(ctx, &listingChangeRow{l.SellerID, l.Sku, l.At, l.Price, l.Currency, l.Available, tx.now}); err != nil {
		return fmt.Errorf("insert listing change: %w", err)
	}
	_, err := tx.exec(ctx, "DELETE FROM listing_changes WHERE seller_id = ? AND sku = ? AND at < ?", l.SellerID, l.Sku, l.At.Add(-listingKept))
	if err != nil {
		return fmt.Errorf("drop old listing changes: %w", err)
	}
	return nil
}

func (tx *Store) hearsListing(ctx context.Context, l listingRow) error {
	changed, err := tx.hears(ctx, sale{l.SellerID, l.Sku}, word{l.At, l.Available, l.Price, l.Currency}, "")
	if err != nil || !changed {
		return err
	}
	return tx.followSeller(ctx, l.SellerID)
}
