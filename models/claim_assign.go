package models

import (
	"context"
	"fmt"
	"strings"
)

// AssignInput hands the case over to a colleague by the id of the account, or by its email. Reason is for the one
// who takes it over and is kept as an internal note; a courtesy as taking is, not a lock.
type AssignInput struct {
	Versioned
	To     string `json:"to" validate:"required,key"`
	Reason string `json:"reason" validate:"max=4000,clean"`
}

// Action is assign.
func (*AssignInput) Action() Action { return Assign }

func (in *AssignInput) apply(c Claim, _ Actor, _ Policy, now Instant) (change, error) {
	ch := c.change()
	ch.claim.TakenBy, ch.claim.TakenAt = in.To, now
	ch.claim.wait(0, "")
	ch.recordFor(ForStaff, "assigned", map[string]any{"to": in.To}, nil)
	if note := words("body", in.Reason); note != nil {
		ch.recordFor(ForStaff, "noted", map[string]any{}, note)
	}
	return ch, nil
}

// assignee reads to whom a case is handed over, and refuses who could not work on it. Of every other
// action there is none. Kinds: Invalid.
func (s *Store) assignee(ctx context.Context, c Claim, in ActionInput) (Account, error) {
	assign, ok := in.(*AssignInput)
	if !ok {
		return Account{}, nil
	}
	to, err := s.accountNamed(ctx, assign.To)
	switch {
	case KindOf(err) == NotFound:
		return Account{}, fieldError("to", "unknown_value")
	case err != nil:
		return Account{}, err
	}
	if code := c.whyNotWith(to); code != "" {
		return Account{}, fieldError("to", code)
	}
	assign.To = to.ID // what the rule writes
	return to, nil
}

// accountNamed is the account of an id or, with an @ in it, of an email. Kinds: NotFound.
func (s *Store) accountNamed(ctx context.Context, name string) (Account, error) {
	if strings.Contains(name, "@") {
		return s.AccountByEmail(ctx, name)
	}
	return s.AccountByID(ctx, name)
}

// whyNotWith is the code of why a case cannot be handed over to an account; "" where it can. Who is
// the buyer has no part in the decision, and who proposed a decision does not approve it.
func (c Claim) whyNotWith(to Account) string {
	switch {
	case !to.Actor().IsStaff():
		return "assignee_not_staff"
	case to.Status != AccountActive:
		return "assignee_disabled"
	case to.Actor().sideOf(c.BuyerEmail, c.SellerID) != SideStaff:
		return "assignee_is_party"
	case c.Status == AwaitingApproval && c.Proposal != nil && c.Proposal.DecidedBy == to.ID:
		return "assignee_proposed"
	case c.TakenBy == to.ID:
		return "assigned_already"
	}
	return ""
}

// tellAssignee tells a colleague that the case is theirs now; nobody is told what they did themselves.
func (tx *Store) tellAssignee(ctx context.Context, by Actor, c Claim, to Account) error {
	if to.ID == "" || to.ID == by.AccountID {
		return nil
	}
	row, err := tx.noticeRow("account:"+to.ID, to.Locale, "claim_assigned", map[string]any{"title": c.Title, "party": "staff", "name": by.Name})
	if err != nil {
		return err
	}
	row.ClaimID, row.ClaimNumber, row.OrderNumber = c.ID, c.Number, c.OrderNumber
	return tx.insertNoticeRows(ctx, row)
}

// Assignees are the colleagues a case can be handed over to, by name: the active agents and leads
// but the one who asks. Kinds: Forbidden for others than staff of the case.
func (s *Store) Assignees(ctx context.Context, by Actor, c Claim) ([]Account, error) {
	if by.sideOf(c.BuyerEmail, c.SellerID) != SideStaff {
		return nil, forbidden()
	}
	rows, err := find[accountRow](ctx, s, "SELECT * FROM accounts WHERE status = ? AND role IN ? ORDER BY name, id", AccountActive, []Role{RoleAgent, RoleLead})
	if err != nil {
		return nil, fmt.Errorf("read colleagues: %w", err)
	}
	list := make([]Account, 0, len(rows))
	for _, r := range rows {
		if a := r.account(); a.ID != by.AccountID && c.whyNotWith(a) == "" {
			list = append(list, a)
		}
	}
	return list, nil
}
