package models

// tellReturn is the pure rule of TellReturn. A delivery counts as shipped where the buyer did not
// say so; while a chargeback holds the claim it is noted, and the seller's days run afterwards.
func (c Claim) tellReturn(in ParcelEvent, p Policy, now Instant) (change, error) {
	frozen := c.Status == Frozen && c.Former != nil && c.Former.Status == AwaitingReturn
	r := c.Return
	switch {
	case r != nil && r.has(in):
		return change{}, errNothingNew
	case c.Status != AwaitingReturn && !frozen, in.Event == ParcelNotTaken && (!r.Shipped() || frozen):
		return change{}, notAllowedNow([]Action{})
	}
	at, tracking, err := r.read(in, r.StartedAt, now)
	if err != nil {
		return change{}, err
	}
	ch := c.change()
	if in.Event == ParcelNotTaken {
		ch.claim.Return.UndeliverableAt = at
		ch.record("return_undeliverable", map[string]any{"told_at": at.String()}, nil)
		ch.reviewReturn(ReturnUndeliverable, now, p)
		return ch, nil
	}
	ch.delivered(at, tracking, frozen, p, now)
	return ch, nil
}

func (ch *change) delivered(at Instant, tracking string, frozen bool, p Policy, now Instant) {
	r := ch.claim.Return
	due := Instant(0)
	if r.Shipped() {
		due = ch.claim.DueAt
	}
	r.arrive(at, tracking, now)
	data := map[string]any{"delivered_at": at.String()}
	if frozen {
		ch.record("return_delivered", data, nil)
		return
	}
	from := max(at, ch.claim.PauseUntil)
	ch.confirmBy(p.confirmBy(from, max(now, from), due), now)
	data["confirm_by"] = r.ConfirmBy.String()
	ch.record("return_delivered", data, nil)
	ch.tellBoth("claim_return_delivered", "due_at", r.ConfirmBy)
}
