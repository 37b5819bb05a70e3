package models

// Retention says how long files stay. Files leave once every case they were given on is final
// and the policy's days have passed, unless a lead keeps one of these cases on legal hold.
type Retention struct {
	Until Instant // from this instant on they leave; zero while nobody can know
	Open  bool    // a case is not final
	Held  bool    // a legal hold
}

// over reports whether the files leave now.
func (r Retention) over(now Instant) bool { return r.Until != 0 && now >= r.Until }

// longest is what holds for a file given on several things: it leaves with the last of them.
func longest(list ...Retention) Retention {
	var all Retention
	for _, r := range list {
		all.Open, all.Held, all.Until = all.Open || r.Open, all.Held || r.Held, max(all.Until, r.Until)
	}
	if all.Open || all.Held {
		all.Until = 0
	}
	return all
}

// FinalAt is the instant from which nothing about a claim can change any more: it is closed,
// nobody may appeal and the buyer cannot take it up again. Zero while the claim is open.
func (c Claim) FinalAt(p Policy) Instant {
	if c.Status.Open() {
		return 0
	}
	return max(c.ClosedAt, c.AppealUntil, c.ReopenUntil(p), c.appealEnds())
}

// Retention says how long the files of a claim stay under the policy it was filed under.
func (c Claim) Retention(p Policy) Retention {
	final := c.FinalAt(p)
	return longest(Retention{Until: final.Add(days(p.RetentionDays)), Open: final == 0, Held: c.LegalHold != nil})
}

// filesLeaveAt is when the timer of the claim's files fires; zero where none is set.
func (c Claim) filesLeaveAt(p Policy) Instant { return c.Retention(p).Until }

// lineRetention says how long files stay that were given on order lines: until no claim on
// the lines can be filed any more, and the policy's days after that.
func lineRetention(deadline Instant, p Policy) Retention {
	return Retention{Until: deadline.Add(days(p.RetentionDays))}
}

// LegalHold keeps the files of a claim for as long as it stands.
type LegalHold struct {
	Reason string  `json:"reason"`
	By     string  `json:"by"` // account
	At     Instant `json:"at"`
}

func (in *LegalHoldInput) apply(c Claim, by Actor, _ Policy, now Instant) (change, error) {
	ch := c.change()
	ch.claim.LegalHold = &LegalHold{Reason: text(in.Reason), By: by.AccountID, At: now}
	ch.recordFor(ForStaff, "legal_hold_set", map[string]any{}, words("reason", in.Reason))
	return ch, nil
}

func (in *LiftLegalHoldInput) apply(c Claim, _ Actor, _ Policy, _ Instant) (change, error) {
	ch := c.change()
	ch.claim.LegalHold = nil
	ch.recordFor(ForStaff, "legal_hold_lifted", map[string]any{}, words("reason", in.Reason))
	return ch, nil
}
