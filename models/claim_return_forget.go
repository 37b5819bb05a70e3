package models

import (
	"context"
	"fmt"
)

// forgetReturns erases where goods went back to from claims whose retention is over: the place
// and the label are a person's words. Their digests stay in the chain, which stays whole.
func (tx *Store) forgetReturns(ctx context.Context, ids []string) error {
	claims, err := tx.claimsByID(ctx, ids)
	if err != nil {
		return err
	}
	var forgotten []string
	for _, c := range claims {
		if c.Return == nil && (c.Offer == nil || !c.Offer.known()) {
			continue
		}
		policy, err := tx.PolicyVersion(ctx, c.PolicyVersion)
		if err != nil {
			return err
		}
		if !c.Retention(policy).over(tx.now) {
			continue
		}
		forgotten = append(forgotten, c.ID)
		if err := tx.forgetReturn(ctx, c.clone()); err != nil {
			return err
		}
	}
	return tx.forgetPlaces(ctx, forgotten)
}

func (tx *Store) forgetReturn(ctx context.Context, c Claim) error {
	for _, to := range []*ReturnTo{c.returnPlace(), c.offerPlace()} {
		if to != nil {
			to.Address, to.Label = "", ""
		}
	}
	row, err := changingRow(c)
	if err != nil {
		return err
	}
	// The version guards against a claim that is taken up again meanwhile.
	n, err := tx.exec(ctx, "UPDATE claims SET returned = ?, offer = ? WHERE id = ? AND version = ?", row.Returned, row.Offer, c.ID, c.Version)
	if err != nil {
		return fmt.Errorf("forget return: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	return nil
}

func (c Claim) returnPlace() *ReturnTo {
	if c.Return == nil {
		return nil
	}
	return &c.Return.ReturnTo
}

func (c Claim) offerPlace() *ReturnTo {
	if c.Offer == nil {
		return nil
	}
	return &c.Offer.ReturnTo
}

// forgetPlaces takes the same words from beside the chains of these claims.
func (tx *Store) forgetPlaces(ctx context.Context, claims []string) error {
	if len(claims) == 0 {
		return nil
	}
	rows, err := find[eventRow](ctx, tx, "SELECT * FROM claim_events WHERE claim_id IN ? AND type IN ? AND texts IS NOT NULL",
		claims, []string{"offered", "return_started", "return_address"})
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	for _, r := range rows {
		texts, err := fromJSON[map[string]saltedText](r.Texts)
		if err != nil {
			return err
		}
		delete(*texts, "return_address")
		delete(*texts, "label_reference")
		left, err := toJSON(*texts)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "UPDATE claim_events SET texts = ? WHERE claim_id = ? AND seq = ?", left, r.ClaimID, r.Seq); err != nil {
			return fmt.Errorf("forget words: %w", err)
		}
	}
	return nil
}
