package models

import "slices"

// Replacement is the goods sent anew on an accepted offer of a replacement. The agreement settles
// the claim at once; what keeps it honest is the buyer's right to reopen the claim.
//
// The policy's days of that right (ReplacementReopenDays) run from the agreement (PRODUCT.md §5),
// and anew from each thing after which the buyer waits for a parcel again: from the end of the
// seller's days to ship, if nothing was shipped by then; from the shipping, however late; and from
// another carrier or number in place of the one told before, which is another parcel to wait for.
// The end never moves earlier. So whoever ships late, or names another parcel late, never takes the
// right away: while something can still be shipped, shipping it gives the buyer all the days again.
type Replacement struct {
	AgreedAt Instant `json:"agreed_at"`
	ShipBy   Instant `json:"ship_by"`   // exclusive, for the reminders and the buyer; later shipping is taken too
	ReopenBy Instant `json:"reopen_by"` // exclusive, of the buyer

	Parcel

	Note        string  `json:"note,omitempty"`          // of the seller, on what it sent
	CorrectedAt Instant `json:"corrected_at,omitzero"`   // when it said something else last
	MissedAt    Instant `json:"missed_at,omitzero"`      // when its days ended and nothing was shipped
	PaidBackAt  Instant `json:"paid_back_at,omitzero"`   // when all of the money had come back in another way
	ReopenedAt  Instant `json:"reopened_at,omitzero"`    // the buyer did not get it
	Reason      string  `json:"reopen_reason,omitempty"` // as the buyer put it
}

// Shipped reports whether the seller has sent the goods, as far as anybody told.
func (r *Replacement) Shipped() bool { return r != nil && r.ShippedAt != 0 }

func (r *Replacement) missed() bool { return r != nil && r.MissedAt != 0 }

// Replaced reports whether the claim was settled by a replacement, and nobody has taken it up again.
func (c Claim) Replaced() bool {
	return c.Status == Settled && c.Replacement != nil && c.Replacement.ReopenedAt == 0
}

// ReplacementWaits reports whether the goods are still to be sent, and it is the seller's turn to.
func (c Claim) ReplacementWaits() bool { return c.Replaced() && c.NextActor == SellersTurn }

// mayShipReplacement: something is to be sent, until nothing about the claim can change any more
// or all of the money is paid back; or what was told of it can be corrected, until it was delivered
// or the buyer cannot reopen.
func mayShipReplacement(c Claim, _ Actor, p Policy, now Instant) bool {
	switch r := c.Replacement; {
	case !c.Replaced() || r.PaidBackAt != 0:
		return false
	case r.Shipped():
		return r.DeliveredAt == 0 && now < r.ReopenBy
	}
	return now < c.FinalAt(p)
}

// startReplacement settles the claim: the seller's turn to ship.
func (ch *change) startReplacement(p Policy, now Instant) {
	ch.close(Settled, now, p)
	c := &ch.claim
	c.Replacement = &Replacement{AgreedAt: now, ShipBy: now.Add(days(p.ReplacementShipDays)), ReopenBy: now.Add(days(p.ReplacementReopenDays))}
	c.NextActor, c.DueAt = SellersTurn, c.Replacement.ShipBy
	ch.events = append(ch.events, eventDraft{Type: "replacement_started", Audience: ForAll, ByClock: true, Data: map[string]any{
		"ship_by": c.Replacement.ShipBy.String(), "reopen_by": c.Replacement.ReopenBy.String(),
	}})
	ch.tellBoth("claim_settled", "amount", int64(0), "kind", string(OfferReplacement), "due_at", c.Replacement.ShipBy, "until", c.Replacement.ReopenBy)
}

// shipTurnOver takes the seller's turn away.
func (c *Claim) shipTurnOver() { c.NextActor, c.DueAt = "", 0 }

// reopenFrom gives the buyer its days to reopen from an instant on, and never fewer than it had.
func (r *Replacement) reopenFrom(at Instant, p Policy) {
	r.ReopenBy = max(r.ReopenBy, at.Add(days(p.ReplacementReopenDays)))
}

// The first time it says what was shipped; then it corrects that. The same again changes nothing.
func (in *ShipReplacementInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	r := ch.claim.Replacement
	carrier, tracking, note := text(in.Carrier), text(in.TrackingNumber), text(in.Note)
	corrects, another := r.Shipped(), r.Carrier != carrier || r.Tracking != tracking
	if corrects && !another && r.Note == note {
		return change{}, errNothingNew
	}
	r.Carrier, r.Tracking, r.Note = carrier, tracking, note
	kind, told := "replacement_shipped", "claim_replacement_shipped"
	if corrects {
		kind, told = "replacement_corrected", "claim_replacement_corrected"
		r.CorrectedAt = now
	} else {
		r.ShippedAt = now
	}
	if another {
		r.UndeliverableAt = 0 // of the parcel told before
		r.reopenFrom(now, p)
	}
	ch.claim.shipTurnOver()
	ch.record(kind, map[string]any{"carrier": carrier, "tracking_number": tracking, "reopen_by": r.ReopenBy.String()}, words("note", note))
	ch.tell(SideBuyer, told, "carrier", carrier, "tracking_number", tracking, "until", r.ReopenBy)
	return ch, nil
}

// reopenReplacement notes that the buyer has taken the claim up again. What either party gives from
// now on is about a parcel nobody spoke of before, and is not late.
func (ch *change) reopenReplacement(reason string, now Instant) {
	c := &ch.claim
	c.Replacement.ReopenedAt, c.Replacement.Reason = now, reason
	c.SellerDueAt, c.BuyerDueAt = 0, 0
}

// replacementDue is what the clock does while goods are to be sent. Silence settles nothing: it
// opens the buyer's way on, which asks nobody whether a message reached the seller.
func (ch *change) replacementDue(p Policy, paidBack bool, at, now Instant) {
	c := &ch.claim
	switch r := c.Replacement; {
	case paidBack:
		ch.replacementPaidBack(now)
	case now >= c.FinalAt(p): // nothing can change any more
		c.shipTurnOver()
	case r.MissedAt == 0 && now >= r.ShipBy:
		r.MissedAt = now
		r.reopenFrom(r.ShipBy, p)
		ch.record("replacement_missed", map[string]any{"reopen_by": r.ReopenBy.String()}, nil)
		ch.tellBoth("claim_replacement_missed", "until", r.ReopenBy)
	case r.MissedAt == 0 && p.reminds(c.DueAt, at):
		ch.remindOf(SideSeller, "claim_replacement_reminder")
	}
}

// owesGoods reports whether goods sent anew are still to reach the buyer, so that money which
// comes back in another way makes an end of them.
func (c Claim) owesGoods() bool {
	return c.Replaced() && c.Replacement.PaidBackAt == 0 && c.Replacement.DeliveredAt == 0
}

// replacementPaidBack makes an end of the goods that were to come: all of the money is back or
// promised, so that nothing is left to send, and nothing to take the claim up again for.
func (ch *change) replacementPaidBack(now Instant) {
	ch.claim.Replacement.PaidBackAt = now
	ch.claim.shipTurnOver()
	ch.events = append(ch.events, eventDraft{Type: "replacement_paid_back", Audience: ForAll, ByClock: true})
	ch.tellBoth("claim_replacement_paid_back")
}

// reminds reports whether this is when a party is reminded of a deadline.
func (p Policy) reminds(due, at Instant) bool {
	return slices.ContainsFunc(p.ReminderHours, func(h int) bool { return due.Add(-hours(h)) == at })
}

// tellReplacement is the pure rule of TellReplacement. A delivery counts as shipped where the seller
// did not say so; both events are facts for the parties and, once the claim is taken up again, for
// the reviewers. Neither ends the buyer's right: what a record says and what arrived may differ.
func (c Claim) tellReplacement(in ParcelEvent, p Policy, now Instant) (change, error) {
	r := c.Replacement
	switch {
	case r != nil && r.has(in):
		return change{}, errNothingNew
	case r == nil || !c.Replaced() && !c.Status.Open(), in.Event == ParcelNotTaken && (!r.Shipped() || r.DeliveredAt != 0):
		return change{}, notAllowedNow([]Action{})
	}
	at, tracking, err := r.read(in, r.AgreedAt, now)
	if err != nil {
		return change{}, err
	}
	ch := c.change()
	r = ch.claim.Replacement
	if in.Event == ParcelNotTaken {
		r.UndeliverableAt = at
		ch.record("replacement_undeliverable", map[string]any{"told_at": at.String()}, nil)
		ch.tellReplaced("claim_replacement_undeliverable", now)
		return ch, nil
	}
	if !r.Shipped() {
		r.reopenFrom(now, p)
	}
	r.arrive(at, tracking, now)
	if ch.claim.Replaced() {
		ch.claim.shipTurnOver()
	}
	ch.record("replacement_delivered", map[string]any{"delivered_at": at.String(), "reopen_by": r.ReopenBy.String()}, nil)
	ch.tellReplaced("claim_replacement_delivered", now)
	return ch, nil
}

// tellReplaced tells both what became of the parcel, and the buyer until when it can reopen the claim
// where it still can.
func (ch *change) tellReplaced(kind string, now Instant) {
	r := ch.claim.Replacement
	if ch.claim.Replaced() && r.PaidBackAt == 0 && now < r.ReopenBy {
		ch.tellBoth(kind, "until", r.ReopenBy)
		return
	}
	ch.tellBoth(kind + "_noted")
}
