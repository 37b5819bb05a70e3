package models

import (
	"slices"
	"time"

	"hosho/models/calendar"
)

// Return is the way of the goods back to the seller, after which the money goes back to the
// buyer (PRODUCT.md §5). Amounts are in minor units of the claim's currency.
type Return struct {
	Ends      ClaimStatus `json:"ends"` // settled where the parties agreed on it, granted where it was decided
	Amount    int64       `json:"amount"`
	BorneBy   string      `json:"borne_by"`
	StartedAt Instant     `json:"started_at"`
	ShipBy    Instant     `json:"ship_by"` // exclusive

	ReturnTo

	Parcel

	Packing    []string `json:"packing,omitempty"`   // the buyer's files from when it packed, by id
	ConfirmBy  Instant  `json:"confirm_by,omitzero"` // exclusive
	Opening    []string `json:"opening,omitempty"`   // the seller's files from when it opened the parcel, by id
	DisputedAt Instant  `json:"disputed_at,omitzero"`
	Dispute    string   `json:"dispute,omitempty"`
	ReceivedAt Instant  `json:"received_at,omitzero"` // confirmed, or counted as received
	Silent     bool     `json:"silent,omitempty"`     // counted as received, since the seller said nothing
}

// ReturnTo is where goods go back to: personal words of the seller, and what its label costs
// the seller in minor units; 0 where it has not said.
type ReturnTo struct {
	Address   string `json:"return_address,omitempty"`
	Label     string `json:"label_reference,omitempty"`
	LabelCost int64  `json:"label_cost,omitempty"`
}

// known reports whether the buyer can send anything: to an address, or with a label that has one.
func (r ReturnTo) known() bool { return r.Address != "" || r.Label != "" }

// words are the personal ones, as an event holds them.
func (r ReturnTo) words(more map[string]string) map[string]string {
	texts := map[string]string{"return_address": r.Address, "label_reference": r.Label}
	for name, s := range more {
		texts[name] = s
	}
	return texts
}

// Shipped reports whether the buyer has sent the goods back.
func (r *Return) Shipped() bool { return r != nil && r.ShippedAt != 0 }

// ReasonNotReturned denies a claim whose goods were not sent back in time. The clock gives it.
const ReasonNotReturned = "return_not_shipped"

// Why a return goes to the reviewers.
const (
	ReturnDisputed      = "disputed"
	ReturnNoAddress     = "no_address"
	ReturnUndeliverable = "undeliverable"
	ReturnUnreachable   = "unreachable"
)

// businessEnd is the end, exclusive, of the policy's business days after an instant.
func (p Policy) businessEnd(after Instant) Instant {
	zone := p.zone
	if zone == nil {
		zone = time.UTC
	}
	return InstantOf(p.business.End(after.Time(), p.ReturnConfirmDays, zone))
}

// assumedDelivery is when goods count as delivered where nobody tells it.
func (p Policy) assumedDelivery(shipped Instant) Instant {
	return shipped.Add(days(p.ReturnDeliveryDays))
}

// confirmBy is until when, exclusive, the seller confirms or disputes what was delivered at an
// instant that is told now: business days from the delivery. One told late does not eat up the
// seller's days, but never gives more than it had before it was told; with due 0 it had none.
func (p Policy) confirmBy(delivered, now, due Instant) Instant {
	told := p.businessEnd(now)
	if due != 0 {
		told = min(told, due)
	}
	return max(p.businessEnd(delivered), told)
}

// businessDays are those of a marketplace that has not configured any: Japan's, or all days but
// Saturday and Sunday elsewhere.
func businessDays(zone *time.Location) calendar.BusinessDays {
	if zone.String() == "Asia/Tokyo" {
		return calendar.Japan()
	}
	return calendar.Weekdays()
}

// turn is whose turn it is: in a return the buyer's until it has shipped.
func (c Claim) turn() NextActor {
	if c.Status == AwaitingReturn && c.Return.Shipped() {
		return SellersTurn
	}
	return turnOf(c.Status)
}

// toShip: the goods are still to be sent back.
func toShip(c Claim, _ Actor, _ Policy, _ Instant) bool {
	return c.Return != nil && !c.Return.Shipped()
}
func shipped(c Claim, _ Actor, _ Policy, _ Instant) bool { return c.Return.Shipped() }

// keepsGoods: a buyer that has sent the goods back and withdrew would lose them and the money. What
// was decided once cannot be withdrawn, also while an appeal looks at it.
func keepsGoods(c Claim, _ Actor, _ Policy, _ Instant) bool {
	return !c.Return.Shipped() && c.OpenAppeal() == nil
}

// startReturn begins the way back: the buyer's turn to ship. Nothing is owed yet. The notices are
// of this kind, or of its other one where nobody knows yet where to send the goods.
func (ch *change) startReturn(kind string, r Return, p Policy, now Instant, args ...any) {
	c := &ch.claim
	r.StartedAt = now
	c.Return = &r
	c.Held, c.Proposal = nil, nil
	c.dropOffers()
	if c.Question != nil {
		c.Question.Pending = false
	}
	ch.enter(AwaitingReturn, now, days(p.ReturnShipDays))
	ch.events = append(ch.events, eventDraft{Type: "return_started", Audience: ForAll, ByClock: true, Texts: r.words(nil), Data: map[string]any{
		"ends": string(r.Ends), "amount": r.Amount, "currency": c.Currency, "borne_by": r.BorneBy, "ship_by": r.ShipBy.String(), "label_cost": r.LabelCost,
	}})
	if !r.known() {
		kind += "_no_address"
	}
	ch.tellBoth(kind, append(args, "due_at", r.ShipBy, "amount", r.Amount)...)
}

// returnTo is where goods of this claim go back to, as far as the seller has said: last in a return,
// else in an offer of one.
func (c Claim) returnTo() ReturnTo {
	switch {
	case c.Return != nil:
		return c.Return.ReturnTo
	case c.Offer != nil:
		return c.Offer.ReturnTo
	}
	return ReturnTo{}
}

func (in *ReturnAddressInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	to := ReturnTo{Address: text(in.Address), Label: text(in.Label)}
	if in.LabelCost != nil {
		to.LabelCost = *in.LabelCost
	}
	ch := c.change()
	r := ch.claim.Return
	first := !r.known()
	r.ReturnTo = to
	// A buyer that learns only now where to send the goods has all of its days from here, and one
	// that learns of another place enough of them.
	more := hours(p.ReturnReaddressHours)
	if first {
		more = days(p.ReturnShipDays)
	}
	ch.claim.DueAt = max(c.DueAt, max(now, c.PauseUntil).Add(more))
	ch.claim.noteDue()
	ch.record("return_address", map[string]any{"ship_by": r.ShipBy.String(), "label_cost": to.LabelCost}, to.words(nil))
	ch.tell(SideBuyer, "claim_return_address", "due_at", r.ShipBy)
	return ch, nil
}

func (in *ShipReturnInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	r := ch.claim.Return
	r.Carrier, r.Tracking, r.Packing = text(in.Carrier), text(in.TrackingNumber), slices.Clone(in.Evidence)
	ch.give(in.Evidence, in.Captions)
	ch.ship(p, now)
	ch.record("return_shipped", map[string]any{"carrier": r.Carrier, "tracking_number": r.Tracking, "confirm_by": r.ConfirmBy.String()}, nil)
	ch.tell(SideSeller, "claim_return_shipped", "due_at", r.ConfirmBy, "carrier", r.Carrier, "tracking_number", r.Tracking)
	ch.tell(SideBuyer, "claim_return_shipped", "due_at", r.ConfirmBy, "carrier", r.Carrier, "tracking_number", r.Tracking)
	return ch, nil
}

// ship passes the turn to the seller.
func (ch *change) ship(p Policy, now Instant) {
	r := ch.claim.Return
	r.ShippedAt = now
	ch.confirmBy(p.businessEnd(p.assumedDelivery(now)), now)
}

// confirmBy sets until when the seller confirms. A pause ends with the turn it stopped.
func (ch *change) confirmBy(by, now Instant) {
	ch.enter(AwaitingReturn, now, 0)
	ch.claim.DueAt = by
	ch.claim.noteDue()
}

func (in *ConfirmReturnInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	ch.claim.Return.Opening = slices.Clone(in.Evidence)
	ch.give(in.Evidence, in.Captions)
	ch.record("return_confirmed", map[string]any{}, words("note", in.Note))
	ch.returned(p, now)
	return ch, nil
}

// returned ends a return well: the money is owed in the same transaction.
func (ch *change) returned(p Policy, now Instant) {
	r := ch.claim.Return
	r.ReceivedAt = now
	cause := "offer"
	if r.Ends == Granted {
		cause = "decision"
	}
	ch.close(r.Ends, now, p)
	ch.refund = &refundDraft{cause: cause, amount: r.Amount, borneBy: r.BorneBy}
	kind := "claim_return_received"
	if r.Silent {
		kind = "claim_return_silent"
	}
	ch.tellBoth(kind, "amount", r.Amount)
}

func (in *DisputeReturnInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	r := ch.claim.Return
	r.DisputedAt, r.Dispute, r.Opening = now, text(in.Message), slices.Clone(in.Evidence)
	ch.give(in.Evidence, in.Captions)
	ch.claim.Statements = append(ch.claim.Statements, Statement{By: SideSeller, Text: r.Dispute, At: now})
	ch.record("return_disputed", map[string]any{}, map[string]string{"message": r.Dispute})
	ch.reviewReturn(ReturnDisputed, now, p)
	return ch, nil
}

// reviewReturn has staff decide anew: the condition of what was decided or agreed on has not come
// about. That stands in the chain; what the buyer answers is not late.
func (ch *change) reviewReturn(why string, now Instant, p Policy) {
	ch.claim.Decision, ch.claim.BuyerDueAt = nil, 0
	ch.review(now, p)
	ch.tellBoth("claim_return_" + why)
}

// returnTurnOver is what silence leads to in a return.
func (ch *change) returnTurnOver(p Policy, reach reachability, now Instant) {
	r := ch.claim.Return
	lapsed := func(party Side, held bool) {
		ch.record("lapsed", map[string]any{"party": string(party), "held_against": held}, nil)
	}
	switch {
	case r.Shipped() && reach.seller:
		r.Silent = true
		lapsed(SideSeller, true)
		ch.returned(p, now)
	case r.Shipped():
		lapsed(SideSeller, false)
		ch.reviewReturn(ReturnUnreachable, now, p)
	case !r.known():
		lapsed(SideSeller, reach.seller)
		ch.reviewReturn(ReturnNoAddress, now, p)
	case !reach.buyer:
		lapsed(SideBuyer, false)
		ch.reviewReturn(ReturnUnreachable, now, p)
	default:
		lapsed(SideBuyer, true)
		ch.decided(Decision{
			Outcome: Denied, BorneBy: "marketplace", ReasonCode: ReasonNotReturned, Rule: "return", Facts: ReasonNotReturned,
			Automated: true, DecidedAt: now, EvidenceCited: []string{},
		}, p, now)
	}
}

// remindReturn reminds whom the way back waits for: the seller too, while the buyer cannot know where to.
func (ch *change) remindReturn() {
	c := ch.claim
	to, kind := SideBuyer, "claim_return_reminder"
	if c.Return.Shipped() {
		to = SideSeller
	} else if !c.Return.known() {
		to, kind = SideSeller, "claim_return_reminder_no_address"
	}
	ch.remindOf(to, kind)
}

// lowerReturn lets what is owed at the end follow what was paid back meanwhile.
func (c *Claim) lowerReturn(left int64) {
	if c.Return != nil {
		c.Return.Amount = min(c.Return.Amount, left)
	}
}

// thawReturn gives the seller its days anew for what was delivered while the claim was frozen.
func (ch *change) thawReturn(since Instant, p Policy, now Instant) {
	if r := ch.claim.Return; ch.claim.Status == AwaitingReturn && r.DeliveredAt != 0 && r.ToldAt >= since {
		ch.claim.DueAt = p.businessEnd(now)
	}
	ch.claim.noteDue()
}

// returnTo takes where goods go back to from an offer, which says it for a return alone.
func (in *OfferInput) returnTo(to *ReturnTo) error {
	*to = ReturnTo{Address: text(in.Address), Label: text(in.Label)}
	if in.LabelCost != nil {
		to.LabelCost = *in.LabelCost
	}
	if in.Kind == OfferReturn {
		return nil
	}
	switch {
	case to.Address != "":
		return fieldError("return_address", "not_wanted")
	case to.Label != "":
		return fieldError("label_reference", "not_wanted")
	case in.LabelCost != nil:
		return fieldError("label_cost", "not_wanted")
	}
	return nil
}

// LeastCounter is the least that the buyer can name in place of the offer, in minor units.
func (o Offer) LeastCounter() int64 {
	if o.Kind == OfferReturn {
		return 1
	}
	return o.Amount + 1
}
