package models

import "time"

// HoldInput has a case rest with the one who does it, until an instant: the work of staff alone, so
// that no deadline moves (that is a pause) and no party is told.
type HoldInput struct {
	Versioned
	Until  string `json:"until" validate:"required,instant"`
	Reason string `json:"reason" validate:"required,visible,max=1000,clean"`
}

// Action is hold.
func (*HoldInput) Action() Action { return Hold }

// longestHold is how long a case may rest before somebody looks at it again.
const longestHold = 30 * 24 * time.Hour

func (in *HoldInput) apply(c Claim, by Actor, _ Policy, now Instant) (change, error) {
	until := instant(in.Until)
	if until <= now || until > now.Add(longestHold) {
		return change{}, fieldError("until", "out_of_range")
	}
	ch := c.change()
	if c.TakenBy != by.AccountID {
		ch.claim.TakenBy, ch.claim.TakenAt = by.AccountID, now
	}
	ch.claim.wait(until, text(in.Reason))
	ch.recordFor(ForStaff, "put_on_hold", map[string]any{"until": until.String()}, words("reason", in.Reason))
	return ch, nil
}

// wait sets until when a case rests, and why; 0 ends it. It ends by itself when a party has done
// something, when the case goes on and when somebody takes it, gives it back or hands it over.
func (c *Claim) wait(until Instant, reason string) { c.HoldUntil, c.HoldReason = until, reason }
