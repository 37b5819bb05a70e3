package models

import (
	"context"
	"fmt"
	"slices"
)

// followOrder lets open claims follow what the marketplace tells about their order: a
// chargeback freezes them and its end lets them go on, a full refund settles, a partial one
// lowers the claimed sum, a delivery on a not-received claim asks the buyer.
func (tx *Store) followOrder(ctx context.Context, old Order, number string) error {
	var ids []string
	for _, l := range old.Lines {
		if l.OpenClaimID != "" {
			ids = append(ids, l.OpenClaimID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	order, err := tx.orderHead(ctx, number)
	if err != nil {
		return err
	}
	done := map[string]bool{}
	for _, id := range ids {
		if done[id] {
			continue
		}
		done[id] = true
		c, err := tx.loadClaim(ctx, "c.id = ?", id)
		if err != nil {
			return err
		}
		policy, err := tx.PolicyVersion(ctx, c.PolicyVersion)
		if err != nil {
			return err
		}
		ch, amounts := c.follow(old, order, policy, tx.now)
		if err := tx.lowerLines(ctx, &ch, amounts); err != nil {
			return err
		}
		if len(ch.events) == 0 {
			continue
		}
		ch.claim.WakeAt = ch.claim.nextWake(policy, 0, tx.now)
		if _, err := tx.writeClaim(ctx, Actor{Role: RoleIntegration}, SideClock, c, ch, policy, false); err != nil {
			return err
		}
	}
	return nil
}

// meetOrder lets a claim that is taken up again follow what the marketplace told about its
// order while it was closed: what has been paid back since is not claimed any more, and a
// chargeback freezes it. With nothing left to claim it is refused. Kinds: Invalid.
func (tx *Store) meetOrder(ctx context.Context, ch change, policy Policy) (change, error) {
	c := ch.claim
	order, err := tx.orderHead(ctx, c.OrderNumber)
	if err != nil {
		return change{}, err
	}
	if c.unrefundedOf(order) == 0 {
		return change{}, invalid(string(RuleAlreadyRefunded))
	}
	more, amounts := c.follow(order, order, policy, tx.now)
	if err := tx.lowerLines(ctx, &more, amounts); err != nil {
		return change{}, err
	}
	ch.claim = more.claim
	ch.events = append(ch.events, more.events...)
	ch.notices = append(ch.notices, more.notices...)
	return ch, nil
}

// unrefundedOf is how much of what is claimed the order says has not been paid back.
func (c Claim) unrefundedOf(order Order) (left int64) {
	for _, cl := range c.Lines {
		if l, ok := order.Line(cl.LineNumber); ok {
			left += min(cl.Amount, l.Unrefunded())
		}
	}
	return left
}

// lowerLines stores what is still claimed for each line.
func (tx *Store) lowerLines(ctx context.Context, ch *change, amounts []int64) error {
	for i, l := range ch.claim.Lines {
		if amounts[i] == l.Amount {
			continue
		}
		if _, err := tx.exec(ctx, "UPDATE claim_lines SET amount = ? WHERE claim_id = ? AND line_no = ?", amounts[i], ch.claim.ID, l.LineNumber); err != nil {
			return fmt.Errorf("lower claim line: %w", err)
		}
		ch.claim.Lines[i].Amount = amounts[i]
	}
	return nil
}

// keepClaimed gives the lines with the money they were claimed at, and by how much more that is:
// while a claim is open only a refund lowers it, never a lower price, or a line set to zero on
// cancelling would look paid back; and while a decision owes money the refund of it has to fit.
func (o Order) keepClaimed(lines []LineInput) (_ []LineInput, missing int64) {
	lines = slices.Clone(lines)
	for i := range lines {
		l := &lines[i]
		before, ok := o.Line(l.Line)
		if !ok || before.OpenClaimID == "" && before.Owed == 0 {
			continue
		}
		total, err := lineSum(*l)
		if err != nil || total >= before.Total {
			continue
		}
		l.Quantity, l.UnitPrice, l.Tax, l.Shipping = before.Quantity, &before.UnitPrice, before.Tax, before.Shipping
		missing += before.Total - total
	}
	return lines, missing
}

// keepPaid adds to the payments of an update what the lines that keep their money cost more: to
// the tenders that paid more before, and what is left to the one that paid most.
func keepPaid(before, now []Payment, missing int64) []Payment {
	if missing == 0 {
		return now
	}
	now = slices.Clone(now)
	for _, b := range before {
		back := min(missing, paidBy(before, b.Tender)-paidBy(now, b.Tender))
		if back <= 0 {
			continue
		}
		i := slices.IndexFunc(now, func(p Payment) bool { return p.Tender == b.Tender })
		if i < 0 {
			now, i = append(now, Payment{b.Tender, 0, b.Captured}), len(now)
		}
		now[i].Amount += back
		missing -= back
	}
	if missing > 0 { // by now every tender of before is there
		most := 0
		for i, p := range now {
			if p.Amount > now[most].Amount {
				most = i
			}
		}
		now[most].Amount += missing
	}
	return now
}

func paidBy(list []Payment, t Tender) (sum int64) {
	for _, p := range list {
		if p.Tender == t {
			sum += p.Amount
		}
	}
	return sum
}

// follow is the pure rule of followOrder. It returns the change and the amounts still
// claimed for each line.
func (c Claim) follow(old, order Order, p Policy, now Instant) (change, []int64) {
	ch := c.change()
	amounts := make([]int64, len(c.Lines))
	var left int64
	arrived := false
	for i, cl := range c.Lines {
		l, ok := order.Line(cl.LineNumber)
		if !ok {
			amounts[i] = cl.Amount
			left += cl.Amount
			continue
		}
		before, _ := old.Line(cl.LineNumber)
		// What the marketplace has paid back beyond our own decisions makes the claim good.
		refunded := max(0, l.Refunded-before.Refunded-(before.Owed-l.Owed))
		// Under appeal, what the claim has had back itself is among what is claimed.
		var own int64
		if c.OpenAppeal() != nil {
			own = c.backOf(cl.LineNumber)
		}
		amounts[i] = max(own, min(cl.Amount-refunded, l.Unrefunded()+own))
		left += amounts[i]
		arrived = arrived || before.DeliveredAt == 0 && l.DeliveredAt != 0
	}
	switch {
	case left == 0:
		ch.record("refunded_by_seller", map[string]any{"amount": c.Claimed, "currency": c.Currency}, nil)
		ch.claim.endAppeals(AppealMadeGood, nil, now)
		ch.dropHeldAppeals()
		ch.close(Settled, now, p)
		ch.claim.appealedOut()
		ch.tellBoth("claim_settled", "amount", c.Claimed, "refunded", true)
		// The lines keep what was claimed: it is the record of what was made good.
		for i, cl := range c.Lines {
			amounts[i] = cl.Amount
		}
		return ch, amounts
	case left < c.Claimed:
		ch.record("claim_lowered", map[string]any{"from": c.Claimed, "to": left, "currency": c.Currency}, nil)
		ch.claim.Claimed = left
		if o := ch.claim.Offer; o != nil && o.Pending && o.Amount > left {
			ch.claim.Offer.Amount = left
		}
		ch.claim.lowerReturn(left)
		if ch.claim.counterPending() {
			ch.claim.Offer.Counter.Amount = min(left, ch.claim.Offer.Counter.Amount)
		}
	}
	switch {
	case order.Chargeback && c.Status != Frozen:
		ch.claim.Former = formerOf(c, now, "chargeback")
		ch.record("frozen", map[string]any{"reason": "chargeback"}, nil)
		ch.enter(Frozen, now, 0)
		ch.tellBoth("claim_frozen")
	case !order.Chargeback && c.Status == Frozen && c.Former != nil:
		ch.thaw(p, now)
	case arrived && c.Reason == NotReceived && c.ArrivedAt == 0 && c.Status != Scheduled && c.Return == nil && c.OpenAppeal() == nil:
		ch.claim.ArrivedAt = now
		until := now.Add(hours(p.ArrivedObjectHours))
		ch.record("arrival_reported", map[string]any{"object_until": until.String()}, nil)
		ch.tellBoth("claim_arrival", "object_until", until)
	}
	return ch, amounts
}

// thaw gives a frozen claim back its state with the time its turn had left.
func (ch *change) thaw(p Policy, now Instant) {
	former := *ch.claim.Former
	ch.claim.Former = nil
	ch.record("unfrozen", map[string]any{"to": string(former.Status)}, nil)
	if former.Status == Scheduled {
		if now >= ch.claim.OpensAt {
			ch.open(p, now)
			return
		}
		ch.enter(Scheduled, now, 0)
		ch.claim.DueAt = ch.claim.OpensAt
		return
	}
	pendingOffer, pendingQuestion := ch.claim.offerPending(), ch.claim.Question != nil && ch.claim.Question.Pending
	ch.enter(former.Status, now, instantDuration(former.Left))
	if former.Left == 0 {
		ch.claim.DueAt = now
	}
	ch.thawReturn(former.At, p, now)
	if ch.claim.Offer != nil {
		ch.claim.Offer.Pending = pendingOffer
	}
	if ch.claim.Question != nil {
		ch.claim.Question.Pending = pendingQuestion
	}
	ch.tellBoth("claim_unfrozen", "due_at", ch.claim.DueAt)
}
