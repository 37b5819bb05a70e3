package models

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Act does one action on a claim: it loads the claim, asks the state table whether this
// actor may do this now, applies the action's rule and writes claim, events, notices, refund
// and timer in one transaction, or nothing. Two people acting at once: one wins, the other
// gets a Conflict. Kinds: NotFound, Forbidden, Conflict (not_allowed_now with
// allowed_actions; stale_version with current_version), Invalid.
func (s *Store) Act(ctx context.Context, by Actor, number string, in ActionInput) (Claim, error) {
	var claim Claim
	err := s.inTx(ctx, func(tx *Store) error {
		c, err := tx.claimByNumber(ctx, number)
		if err != nil {
			return err
		}
		claim, err = tx.act(ctx, by, c, in)
		return err
	})
	return claim, err
}

func (tx *Store) act(ctx context.Context, by Actor, c Claim, in ActionInput) (Claim, error) {
	action := in.Action()
	side := by.sideOf(c.BuyerEmail, c.SellerID)
	if !c.visibleTo(side) {
		return Claim{}, notFound()
	}
	if !everMay(action, by, side) {
		return Claim{}, forbidden()
	}
	policy, err := tx.PolicyVersion(ctx, c.PolicyVersion)
	if err != nil {
		return Claim{}, err
	}
	if err := c.barred(action, by); err != nil {
		return Claim{}, err
	}
	row, ok := c.find(action, by, policy, tx.now)
	if !ok {
		return Claim{}, notAllowedNow(c.AllowedActions(by, policy, tx.now))
	}
	if v := in.expected(); v != nil && *v != c.Version && action != AddNote {
		return Claim{}, stale(c.Version)
	}
	if err := check(in); err != nil {
		return Claim{}, err
	}
	if err := tx.refuseAskedAgain(ctx, c, in); err != nil {
		return Claim{}, err
	}
	to, err := tx.assignee(ctx, c, in)
	if err != nil {
		return Claim{}, err
	}
	ch, err := in.apply(c, by, policy, tx.now)
	if errors.Is(err, errNothingNew) {
		return c, nil
	}
	if err != nil {
		return Claim{}, err
	}
	if ch.reopen {
		if ch, err = tx.meetOrder(ctx, ch, policy); err != nil {
			return Claim{}, err
		}
	}
	if begun(c, ch.claim) {
		if ch, err = tx.meetAppeal(ctx, side, ch, policy); err != nil {
			return Claim{}, err
		}
	}
	ch.claim.touch(by, side, tx.now)
	ch.claim.WakeAt = ch.claim.sleepOn(c, policy, tx.now)
	if side == SideBuyer || side == SideSeller {
		ch.claim.wait(0, "") // there is something new to look at
	}
	if side == SideSeller && row.Turn {
		if err := tx.answered(ctx, by, c, ch); err != nil {
			return Claim{}, err
		}
	}
	after, err := tx.writeClaim(ctx, by, side, c, ch, policy, row.Quiet)
	if err != nil {
		return Claim{}, err
	}
	return after, tx.tellAssignee(ctx, by, after, to)
}

// heldFilesKept is how long past its deadline the files of a held answer are kept: the longest
// pause may move the deadline, and a chargeback too.
const heldFilesKept = longestPause + 30*24*time.Hour

// visibleTo says whether a side may see the claim at all: the seller not before it is open.
func (c Claim) visibleTo(side Side) bool {
	switch side {
	case SideBuyer, SideStaff, SideObserver:
		return true
	case SideSeller:
		return c.OpenedAt != 0
	case SideNone, SideClock:
	}
	return false
}

// writeClaim stores what a rule has made of a claim.
func (tx *Store) writeClaim(ctx context.Context, by Actor, side Side, before Claim, ch change, policy Policy, quiet bool) (Claim, error) {
	given, err := tx.giveFiles(ctx, by, side, before, ch, policy)
	if err != nil {
		return Claim{}, err
	}
	c := ch.claim
	c.Evidence = append(c.Evidence, given...)
	ch.nameFiles(given)
	if err := tx.noteInvolved(ctx, before, &c); err != nil {
		return Claim{}, err
	}
	var works []*refundWork
	if ch.appeal != nil {
		if works, err = tx.payAnew(ctx, &ch, policy); err != nil {
			return Claim{}, err
		}
	}
	var back owed
	if ch.refund != nil {
		if back, err = tx.planOwed(ctx, c, *ch.refund, policy); err != nil {
			return Claim{}, err
		}
		ch.events = append(ch.events, back.event())
	}
	events, err := link(&c, by, tx.now, ch.events)
	if err != nil {
		return Claim{}, err
	}
	if !quiet {
		c.ChangedAt = tx.now
	}
	if err := tx.freeLines(ctx, before, &c, ch.reopen, policy); err != nil {
		return Claim{}, err
	}
	if begun(before, c) {
		if err := tx.takeForAppeal(ctx, side, &c); err != nil {
			return Claim{}, err
		}
	}
	if err := tx.saveClaim(ctx, c, quiet); err != nil {
		return Claim{}, err
	}
	if !quiet {
		c.Version++
	}
	c.readSeq = c.LastSeq
	if len(events) > 0 {
		if err := tx.insert(ctx, &events); err != nil {
			return Claim{}, fmt.Errorf("insert events: %w", err)
		}
	}
	if ch.admit != nil {
		if err := tx.admitEvidence(ctx, c.ID, *ch.admit); err != nil {
			return Claim{}, err
		}
	}
	if h := ch.claim.Held; h != nil && (before.Held == nil || before.Held.At != h.At) {
		// Its files are not given yet: they must outlive the sweep until the answer is sent.
		until := tx.MachineNow().Add(max(0, c.DueAt.Sub(tx.now)) + heldFilesKept)
		if err := tx.holdUploads(ctx, by.AccountID, h.Files, until); err != nil {
			return Claim{}, err
		}
	}
	for _, h := range c.HeldAppeals {
		if x := before.HeldAppeal(h.By); x != nil && x.At == h.At {
			continue
		}
		until := tx.MachineNow().Add(max(0, c.AppealUntil.Sub(tx.now)) + heldFilesKept)
		if err := tx.holdUploads(ctx, by.AccountID, h.Files, until); err != nil {
			return Claim{}, err
		}
	}
	if len(works) > 0 {
		if err := tx.writeRefunds(ctx, by, works); err != nil {
			return Claim{}, err
		}
	}
	if ch.refund != nil {
		if c.Refund, err = tx.owe(ctx, c, back); err != nil {
			return Claim{}, err
		}
		if back.replacing {
			if err := tx.endReplacements(ctx, c.OrderNumber); err != nil {
				return Claim{}, err
			}
		}
	}
	if err := tx.enterOutcome(ctx, before, c, ch, works, back); err != nil {
		return Claim{}, err
	}
	if ch.appeal != nil {
		if c, err = tx.withRefund(ctx, c); err != nil {
			return Claim{}, err
		}
	}
	if err := tx.insertNotices(ctx, c, ch.notices); err != nil {
		return Claim{}, err
	}
	if c.LegalHold != nil && len(given) > 0 || (c.LegalHold == nil) != (before.LegalHold == nil) {
		if err := tx.holdLater(ctx, c.ID); err != nil {
			return Claim{}, err
		}
	}
	if side == SideStaff && c.Status == Denied && before.Status != Denied {
		if err := tx.weighBuyer(ctx, c, policy); err != nil {
			return Claim{}, err
		}
	}
	if err := tx.noteAppealEnd(ctx, before, c); err != nil {
		return Claim{}, err
	}
	drawn, err := tx.isDrawn(ctx, before, c)
	if err != nil {
		return Claim{}, err
	}
	var timers []timerRow // those that are set go in one statement
	if at := c.filesLeaveAt(policy); at != before.filesLeaveAt(policy) {
		timers = append(timers, timerRow{Kind: retentionTimer, Subject: c.ID, FireAt: at})
	}
	if c.WakeAt != before.WakeAt || side == SideClock {
		timers = append(timers, timerRow{Kind: claimTimer, Subject: c.ID, FireAt: c.WakeAt})
	}
	if drawn {
		timers = append(timers, timerRow{Kind: qualityTimer, Subject: c.ID, FireAt: tx.now})
	}
	if err := tx.moveTimers(ctx, timers); err != nil {
		return Claim{}, err
	}
	return c, nil
}

// freeLines lets the lines of a claim that has just closed be claimed again, and takes them
// back for one that is taken up again. A withdrawal within 72 h of filing does not count
// among the claims ever made on a line.
func (tx *Store) freeLines(ctx context.Context, before Claim, c *Claim, reopen bool, policy Policy) error {
	switch {
	case before.Status.Open() && !c.Status.Open():
		uncount := c.Status == Withdrawn && tx.now < c.FiledAt.Add(hours(policy.UncountedWithdrawHours))
		step := 0
		if uncount {
			step = 1
		}
		if _, err := tx.exec(ctx, "UPDATE order_lines SET open_claim_id = '', claims_counted = claims_counted - ? WHERE open_claim_id = ? AND id IN ?", step, c.ID, c.orderLineIDs()); err != nil {
			return fmt.Errorf("free lines: %w", err)
		}
		if _, err := tx.exec(ctx, "UPDATE claim_lines SET open_key = NULL, counted = ? WHERE claim_id = ?", !uncount, c.ID); err != nil {
			return fmt.Errorf("free claim lines: %w", err)
		}
		for i := range c.Lines {
			c.Lines[i].Counted = !uncount
		}
	case reopen:
		for i, l := range c.Lines {
			step := 1
			if l.Counted {
				step = 0
			}
			n, err := tx.exec(ctx, "UPDATE order_lines SET open_claim_id = ?, claims_counted = claims_counted + ? WHERE id = ? AND open_claim_id = ''", c.ID, step, l.OrderLineID)
			if err != nil {
				return fmt.Errorf("take lines: %w", err)
			}
			if n == 0 {
				return tx.takenBy(ctx, l.OrderLineID, c.ID)
			}
			c.Lines[i].Counted = true
		}
		if _, err := tx.exec(ctx, "UPDATE claim_lines SET open_key = order_line_id, counted = ? WHERE claim_id = ?", true, c.ID); err != nil {
			return fmt.Errorf("take claim lines: %w", err)
		}
	}
	return nil
}

// takenBy says why a line could not be taken: for another claim, or for this one by somebody who was
// first, so that the rule is asked anew. Kinds: Invalid.
func (tx *Store) takenBy(ctx context.Context, line, claim string) error {
	rows, err := find[struct{ OpenClaimID string }](ctx, tx, "SELECT open_claim_id FROM order_lines WHERE id = ?", line)
	if err != nil {
		return fmt.Errorf("read line: %w", err)
	}
	if len(rows) == 1 && rows[0].OpenClaimID == claim {
		return errAgain
	}
	return invalid(string(RuleAlreadyClaimed))
}

func (c Claim) orderLineIDs() []string {
	ids := make([]string, 0, len(c.Lines))
	for _, l := range c.Lines {
		ids = append(ids, l.OrderLineID)
	}
	return ids
}
