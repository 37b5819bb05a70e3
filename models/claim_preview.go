package models

import (
	"context"
	"errors"
)

// Preview is Act without a write: it asks the state table and the action's rule and returns
// the claim as it would be, or the error that Act would give. Files are not looked at. Pages
// show with it what a person is about to send. Kinds: those of Act.
func (s *Store) Preview(ctx context.Context, by Actor, number string, in ActionInput) (Claim, error) {
	c, err := s.claimByNumber(ctx, number)
	if err != nil {
		return Claim{}, err
	}
	side := by.sideOf(c.BuyerEmail, c.SellerID)
	switch {
	case !c.visibleTo(side):
		return Claim{}, notFound()
	case !everMay(in.Action(), by, side):
		return Claim{}, forbidden()
	}
	if err := c.barred(in.Action(), by); err != nil {
		return Claim{}, err
	}
	policy, err := s.PolicyVersion(ctx, c.PolicyVersion)
	if err != nil {
		return Claim{}, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return Claim{}, err
	}
	if _, ok := c.find(in.Action(), by, policy, now); !ok {
		return Claim{}, notAllowedNow(c.AllowedActions(by, policy, now))
	}
	if v := in.expected(); v != nil && *v != c.Version && in.Action() != AddNote {
		return Claim{}, stale(c.Version)
	}
	if err := check(in); err != nil {
		return Claim{}, err
	}
	if err := s.refuseAskedAgain(ctx, c, in); err != nil {
		return Claim{}, err
	}
	if _, err := s.assignee(ctx, c, in); err != nil {
		return Claim{}, err
	}
	ch, err := in.apply(c, by, policy, now)
	if errors.Is(err, errNothingNew) {
		return c, nil
	}
	if err != nil {
		return Claim{}, err
	}
	next := ch.claim
	for _, a := range ch.attach {
		if len(c.Evidence)+len(a.uploads) > policy.MaxFiles && given(c, side)+len(a.uploads) > policy.MaxFiles {
			return Claim{}, fieldError("evidence", "too_many", "max", policy.MaxFiles)
		}
	}
	return next, nil
}

// given counts the files a side has given on a claim.
func given(c Claim, side Side) int {
	n := 0
	for _, e := range c.Evidence {
		if e.By == side {
			n++
		}
	}
	return n
}
