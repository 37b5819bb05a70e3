package models

import (
	"context"
	"encoding/json"
	"fmt"

	"hosho/models/money"
)

// RefundStatus is how far money owed back has come.
type RefundStatus string

// The states of a refund as a whole.
const (
	RefundPending RefundStatus = "pending"
	RefundDone    RefundStatus = "done"
)

// Refund is money owed back to a buyer: one a claim and cause, in minor units.
type Refund struct {
	ID          string
	ClaimID     string
	OrderNumber string
	Cause       string
	Currency    string
	Total       int64
	BorneBy     string
	Status      RefundStatus
	Lines       []RefundLine
	CreatedAt   Instant
}

// RefundLine is an order line's share.
type RefundLine struct {
	Line   int   `json:"line"`
	Amount int64 `json:"amount"`
}

type refundRow struct {
	ID          string
	ClaimID     string
	Cause       string
	OrderID     string
	OrderNumber string
	Currency    string
	Total       int64
	BorneBy     string
	Status      RefundStatus
	Shares      string
	CreatedAt   Instant
	DoneAt      Instant
	Version     int64
}

func (refundRow) TableName() string { return "refunds" }

func (s *Store) refundOf(ctx context.Context, claimID string) (*Refund, error) {
	var rows []refundRow
	if err := s.db(ctx).Raw("SELECT * FROM refunds WHERE claim_id = ? ORDER BY created_at DESC LIMIT 1", claimID).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read refund: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil //nolint:nilnil // a claim settled by a replacement has none
	}
	r := rows[0]
	refund := Refund{
		ID: r.ID, ClaimID: r.ClaimID, OrderNumber: r.OrderNumber, Cause: r.Cause, Currency: r.Currency, Total: r.Total,
		BorneBy: r.BorneBy, Status: r.Status, CreatedAt: r.CreatedAt,
	}
	if err := json.Unmarshal([]byte(r.Shares), &refund.Lines); err != nil {
		return nil, fmt.Errorf("read refund lines: %w", err)
	}
	return &refund, nil
}

// owe records that money is owed: a refund row, unique for claim and cause, and the lines'
// owed sums, each by a conditional update that cannot owe more than is unrefunded. A line
// that no longer has so much left makes the action an Invalid error, and nothing is written.
func (tx *Store) owe(ctx context.Context, c Claim, d refundDraft) error {
	weights := make([]int64, len(c.Lines))
	for i, l := range c.Lines {
		weights[i] = l.Amount
	}
	shares, err := money.Allocate(d.amount, weights, weights)
	if err != nil {
		return invalid(string(RuleAmountTooLarge))
	}
	lines := make([]RefundLine, 0, len(shares))
	for i, share := range shares {
		if share == 0 {
			continue
		}
		lines = append(lines, RefundLine{c.Lines[i].LineNumber, share})
		n, err := tx.exec(ctx, "UPDATE order_lines SET owed = owed + ? WHERE id = ? AND refunded + owed + ? <= total", share, c.Lines[i].OrderLineID, share)
		if err != nil {
			return fmt.Errorf("owe: %w", err)
		}
		if n == 0 {
			return invalid(string(RuleAmountTooLarge))
		}
	}
	body, err := json.Marshal(lines)
	if err != nil {
		return err
	}
	err = tx.insert(ctx, &refundRow{
		ID: newID(), ClaimID: c.ID, Cause: d.cause, OrderID: c.OrderID, OrderNumber: c.OrderNumber, Currency: c.Currency, Total: d.amount,
		BorneBy: d.borneBy, Status: RefundPending, Shares: string(body), CreatedAt: tx.now, Version: 1,
	})
	if isDuplicate(err) {
		return &Error{Kind: Conflict, Code: "already_refunded", Err: err}
	}
	return err
}
