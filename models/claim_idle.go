package models

import (
	"context"
	"fmt"
	"time"
)

// A case that somebody has taken and does not touch goes back to nobody, so that it never waits
// unseen. It counts while it is staff's turn; a hold stops it.

// GoesBackAt is when a case goes back to nobody unless the one who has it does something before;
// zero where it stays. From the last thing they did, the hand-over, the start of staff's turn or the
// end of a hold, whichever is last.
func (c Claim) GoesBackAt(p Policy) Instant {
	return goesBackAt(p, c.TakenBy, c.turn(), max(c.TakenAt, c.TouchedAt, c.HoldUntil))
}

// GoesBackAt is that of the case as a list shows it.
func (r DeskRow) GoesBackAt(p Policy) Instant {
	return goesBackAt(p, r.TakenBy, r.NextActor, max(r.TakenAt, r.TouchedAt, r.HoldUntil))
}

func goesBackAt(p Policy, holder string, turn NextActor, since Instant) Instant {
	if holder == "" || turn != StaffsTurn {
		return 0
	}
	return since.Add(time.Duration(p.TakenIdleMinutes) * time.Minute)
}

// touch keeps that the one who has a case has done something on it.
func (c *Claim) touch(by Actor, side Side, now Instant) {
	if side == SideStaff && c.TakenBy == by.AccountID {
		c.TouchedAt = now
	}
}

// sleepOn is when the clock looks at a case again after an act. Where the case has only been touched
// the timer stays: it finds that it is too early and moves, which costs less than to move it each time.
func (c Claim) sleepOn(before Claim, p Policy, now Instant) Instant {
	wake := c.nextWake(p, 0, now)
	if c.Status == before.Status && c.TakenBy == before.TakenBy && c.turn() == StaffsTurn && before.WakeAt > now && before.WakeAt < wake {
		return before.WakeAt
	}
	return wake
}

// goBack takes a case out of the hands of who has not touched it.
func (ch *change) goBack() {
	c := &ch.claim
	ch.back = c.TakenBy
	ch.recordFor(ForStaff, "put_back", map[string]any{"from": c.TakenBy}, nil)
	c.TakenBy, c.TakenAt = "", 0
	c.wait(0, "")
}

// tellBack tells, without a mail, those whose cases went back; two statements however many.
func (tx *Store) tellBack(ctx context.Context, list []woken) error {
	var holders []string
	for _, w := range list {
		if w.change.back != "" {
			holders = append(holders, w.change.back)
		}
	}
	if len(holders) == 0 {
		return nil
	}
	accounts, err := find[struct{ ID, Locale string }](ctx, tx, "SELECT id, locale FROM accounts WHERE id IN ?", holders)
	if err != nil {
		return fmt.Errorf("read holders: %w", err)
	}
	locales := map[string]string{}
	for _, a := range accounts {
		locales[a.ID] = a.Locale
	}
	var rows []noticeRow
	for _, w := range list {
		locale, ok := locales[w.change.back]
		if !ok {
			continue
		}
		c := w.change.claim
		row, err := tx.noticeRow("account:"+w.change.back, locale, "claim_put_back", map[string]any{"title": c.Title, "party": "staff", "minutes": w.policy.TakenIdleMinutes})
		if err != nil {
			return err
		}
		row.ClaimID, row.ClaimNumber, row.OrderNumber = c.ID, c.Number, c.OrderNumber
		row.MailState = mailNone
		rows = append(rows, row)
	}
	return tx.insertNoticeRows(ctx, rows...)
}
