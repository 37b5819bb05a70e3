package models

import (
	"fmt"
	"slices"
	"time"
)

func fieldError(field, code string, args ...any) error {
	var f fieldErrors
	f.add(field, code, args...)
	return f.err()
}

// amountError refuses an amount and says which are taken, in minor units.
func (c Claim) amountError(least, most int64) error { return amountError(c.Currency, least, most) }

func amountError(currency string, least, most int64) error {
	return fieldError("amount", "out_of_range", "min", least, "max", most, "currency", currency)
}

func words(name, s string) map[string]string {
	if s = text(s); s == "" {
		return nil
	}
	return map[string]string{name: s}
}

func (in *WithdrawInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	ch.claim.Former = formerOf(c, now, "buyer")
	ch.record("withdrawn", map[string]any{"reason": "buyer"}, words("message", in.Reason))
	ch.close(Withdrawn, now, p)
	ch.tellBoth("claim_withdrawn", "reason", "buyer")
	return ch, nil
}

// A claim taken up again goes where it was with a fresh turn; one settled by a replacement
// or denied for silence goes to review.
func (in *ReopenInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	ch.reopen = true
	ch.dropHeldAppeals()
	to := UnderReview
	if c.Status == Withdrawn {
		to = c.Former.Status
	}
	ch.claim.ReopenedAt, ch.claim.ClosedAt, ch.claim.AppealUntil, ch.claim.Former, ch.claim.Decision = now, 0, 0, nil, nil
	if to == Scheduled && now >= c.OpensAt {
		to = AwaitingSeller
	}
	if c.Replaced() {
		ch.reopenReplacement(text(in.Reason), now)
	}
	ch.record("reopened", map[string]any{"to": string(to)}, words("message", in.Reason))
	switch to {
	case Scheduled:
		ch.enter(Scheduled, now, 0)
		ch.claim.DueAt = c.OpensAt
	case AwaitingSeller:
		if c.OpenedAt == 0 {
			ch.open(p, now)
			break
		}
		ch.enter(AwaitingSeller, now, hours(p.SellerAnswerHours))
		if ch.claim.Question != nil && ch.claim.Question.Party == SideSeller && !ch.claim.answeredSince(ch.claim.Question.At, SideSeller) {
			ch.claim.Question.Pending = true
		}
		ch.tell(SideSeller, "claim_reopened", "due_at", ch.claim.DueAt)
	case AwaitingBuyer:
		ch.enter(AwaitingBuyer, now, hours(p.ReopenHours))
		if ch.claim.Question != nil && (ch.claim.Offer == nil || ch.claim.Question.At > ch.claim.Offer.At) {
			ch.claim.Question.Pending = true
		} else if ch.claim.Offer != nil {
			ch.claim.Offer.Pending = true
		}
		ch.tell(SideSeller, "claim_reopened")
	case AwaitingReturn:
		ch.claim.Decision = c.Decision
		ch.enter(AwaitingReturn, now, hours(p.ReopenHours))
		ch.claim.Return.ShipBy = ch.claim.DueAt
		ch.tell(SideSeller, "claim_reopened", "due_at", ch.claim.DueAt)
	case UnderReview, AwaitingApproval, UnderAppeal, Frozen, Settled, Granted, Denied, Withdrawn:
		ch.enter(UnderReview, now, hours(p.ReopenHours))
		ch.tell(SideSeller, "claim_reopened")
	}
	return ch, nil
}

func (in *AddEvidenceInput) apply(c Claim, by Actor, _ Policy, now Instant) (change, error) {
	ch := c.change()
	side := by.sideOf(c.BuyerEmail, c.SellerID)
	late := c.isLate(side, now)
	ch.attach = append(ch.attach, attachDraft{uploads: in.Evidence, captions: in.Captions, late: late, note: text(in.Note)})
	ch.record("evidence_added", map[string]any{"by": string(side), "evidence": slices.Clone(in.Evidence), "late": late}, words("note", in.Note))
	if side != SideStaff {
		ch.tell(otherSide(side), "claim_evidence")
	}
	return ch, nil
}

// isLate reports whether what this side gives now comes after its last deadline: it is kept,
// marked late, and counts only when a lead admits it. What is given on an appeal is what it is for.
func (c Claim) isLate(side Side, now Instant) bool {
	if c.OpenAppeal() != nil {
		return false
	}
	switch side {
	case SideSeller:
		return c.SellerDueAt != 0 && now >= c.SellerDueAt
	case SideBuyer:
		return c.BuyerDueAt != 0 && now >= c.BuyerDueAt
	case SideNone, SideStaff, SideObserver, SideClock:
	}
	return false
}

func (in *AcceptInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	amount := c.Settles()
	ch.record("accepted", map[string]any{"amount": amount, "currency": c.Currency}, nil)
	ch.close(Settled, now, p)
	ch.refund = &refundDraft{cause: "accepted", amount: amount, borneBy: "seller"}
	ch.tellBoth("claim_settled", "amount", amount)
	return ch, nil
}

func (in *OfferInput) apply(c Claim, by Actor, p Policy, now Instant) (change, error) {
	o := Offer{Kind: in.Kind, Message: text(in.Message), At: now, Pending: true}
	switch in.Kind {
	case OfferPartialRefund:
		switch {
		case in.Amount == nil:
			return change{}, fieldError("amount", "required")
		case *in.Amount < 1 || *in.Amount >= c.Claimed:
			return change{}, c.amountError(1, c.Claimed-1)
		}
		o.Amount = *in.Amount
	case OfferReplacement:
		if in.Amount != nil {
			return change{}, fieldError("amount", "not_wanted")
		}
	case OfferReturn:
		if o.Amount = c.Claimed; in.Amount != nil {
			o.Amount = *in.Amount
		}
		if o.Amount > c.Claimed {
			return change{}, c.amountError(1, c.Claimed)
		}
	}
	if err := in.returnTo(&o.ReturnTo); err != nil {
		return change{}, err
	}
	ch := c.change()
	if in.Hold {
		ch.hold(HeldAnswer{Action: MakeOffer, By: SideSeller, Actor: by.AccountID, Message: o.Message, Kind: o.Kind, Amount: o.Amount, At: now, ReturnTo: o.ReturnTo})
		return ch, nil
	}
	ch.claim.Held = nil
	ch.offered(o, p, now)
	return ch, nil
}

// hold keeps an answer back for revision; the other side does not see it.
func (ch *change) hold(h HeldAnswer) {
	ch.claim.Held = &h
	own := OwnSeller
	if h.By == SideBuyer {
		own = OwnBuyer
	}
	ch.recordFor(own, "held", map[string]any{"action": string(h.Action)}, map[string]string{"message": h.Message})
}

func (in *ContestInput) apply(c Claim, by Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	if in.Hold {
		ch.hold(HeldAnswer{Action: Contest, By: SideSeller, Actor: by.AccountID, Message: text(in.Message), Files: in.Evidence, Captions: in.Captions, At: now})
		return ch, nil
	}
	ch.claim.Held = nil
	ch.give(in.Evidence, in.Captions)
	ch.contested(text(in.Message), p, now)
	return ch, nil
}

func (ch *change) give(uploads []string, captions map[string]string) {
	if len(uploads) > 0 {
		ch.attach = append(ch.attach, attachDraft{uploads: uploads, captions: captions})
	}
}

func (in *AcceptOfferInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	o := *c.Offer
	ch.record("offer_accepted", map[string]any{"kind": string(o.Kind), "amount": o.Amount, "currency": c.Currency}, words("message", in.Message))
	if o.Kind == OfferReturn {
		ch.startReturn("claim_return_agreed", Return{Ends: Settled, Amount: o.Amount, BorneBy: "seller", ReturnTo: o.ReturnTo}, p, now)
		return ch, nil
	}
	if o.Kind == OfferReplacement {
		ch.startReplacement(p, now)
		return ch, nil
	}
	ch.close(Settled, now, p)
	ch.refund = &refundDraft{cause: "offer", amount: o.Amount, borneBy: "seller"}
	ch.tellBoth("claim_settled", "amount", o.Amount, "kind", string(o.Kind))
	return ch, nil
}

func (in *DeclineOfferInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	ch.record("offer_declined", map[string]any{}, words("message", in.Message))
	ch.review(now, p)
	ch.tell(SideSeller, "claim_offer_declined")
	return ch, nil
}

// A counter gives the seller another turn: it may pay that sum, offer anew or leave it to the
// reviewers. What is offered already is taken, not countered, and more than is claimed is no
// way to settle. Any sum without a return is another thing than one for the goods.
func (in *CounterInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	least := c.Offer.LeastCounter()
	if *in.Amount < least || *in.Amount > c.Claimed {
		return change{}, c.amountError(least, c.Claimed)
	}
	ch := c.change()
	ch.claim.Offer.Pending = false
	ch.claim.Offer.Counter = &Counter{Amount: *in.Amount, Message: text(in.Message), At: now, Pending: true}
	ch.record("countered", map[string]any{"amount": *in.Amount, "currency": c.Currency}, map[string]string{"message": text(in.Message)})
	ch.enter(AwaitingSeller, now, hours(p.OfferAnswerHours))
	ch.tell(SideSeller, "claim_counter", "due_at", ch.claim.DueAt, "offer_amount", *in.Amount)
	return ch, nil
}

func (in *ObjectInput) apply(c Claim, _ Actor, _ Policy, now Instant) (change, error) {
	ch := c.change()
	ch.claim.ObjectedAt = now
	ch.give(in.Evidence, in.Captions)
	ch.record("objected", map[string]any{}, words("message", in.Message))
	ch.tell(SideSeller, "claim_objected")
	return ch, nil
}

func (in *AskInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	n := &ch.claim.BuyerAsked
	to := AwaitingBuyer
	if in.Party == SideSeller {
		n, to = &ch.claim.SellerAsked, AwaitingSeller
	}
	if *n >= p.QuestionRounds {
		return change{}, fieldError("party", "asked_enough", "max", p.QuestionRounds)
	}
	*n++
	ch.claim.Question = &Question{Party: in.Party, Text: text(in.Question), At: now, Pending: true}
	ch.record("asked", map[string]any{"party": string(in.Party), "round": *n}, map[string]string{"question": text(in.Question)})
	ch.enter(to, now, hours(p.QuestionAnswerHours))
	ch.tell(in.Party, "claim_question", "due_at", ch.claim.DueAt)
	return ch, nil
}

func (in *AnswerInput) apply(c Claim, by Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	side := by.sideOf(c.BuyerEmail, c.SellerID)
	if in.Hold {
		ch.hold(HeldAnswer{Action: AnswerAction, By: side, Actor: by.AccountID, Message: text(in.Message), Files: in.Evidence, Captions: in.Captions, At: now})
		return ch, nil
	}
	ch.claim.Held = nil
	ch.give(in.Evidence, in.Captions)
	ch.answered(side, text(in.Message), p, now)
	return ch, nil
}

func (in *TakeInput) apply(c Claim, by Actor, _ Policy, now Instant) (change, error) {
	ch := c.change()
	ch.claim.TakenBy, ch.claim.TakenAt = by.AccountID, now
	ch.claim.wait(0, "")
	ch.recordFor(ForStaff, "taken", map[string]any{}, nil)
	return ch, nil
}

func (in *ReleaseInput) apply(c Claim, _ Actor, _ Policy, _ Instant) (change, error) {
	ch := c.change()
	ch.claim.TakenBy, ch.claim.TakenAt = "", 0
	ch.claim.wait(0, "")
	ch.recordFor(ForStaff, "released", map[string]any{}, nil)
	return ch, nil
}

// longestPause keeps a mistyped year from moving a deadline beyond what time can count.
const longestPause = 366 * 24 * time.Hour

// A pause moves the party's deadline by its own length, at once, so that the date shown is
// the date that holds; resuming early takes back what was not used.
func (in *PauseInput) apply(c Claim, _ Actor, _ Policy, now Instant) (change, error) {
	until := instant(in.Until)
	if until <= now || until > now.Add(longestPause) {
		return change{}, fieldError("until", "out_of_range")
	}
	ch := c.change()
	ch.claim.PauseFrom, ch.claim.PauseUntil, ch.claim.PauseReason = now, until, text(in.Reason)
	ch.shiftDue(until.Sub(now).Microseconds())
	ch.record("paused", map[string]any{"until": until.String(), "due_at": ch.claim.DueAt.String()}, words("reason", in.Reason))
	ch.tellBoth("claim_paused", "until", until, "due_at", ch.claim.DueAt)
	return ch, nil
}

func (in *ResumeInput) apply(c Claim, _ Actor, _ Policy, now Instant) (change, error) {
	ch := c.change()
	ch.shiftDue(-int64(c.PauseUntil - now))
	ch.claim.PauseFrom, ch.claim.PauseUntil, ch.claim.PauseReason = 0, 0, ""
	ch.record("resumed", map[string]any{"due_at": ch.claim.DueAt.String()}, words("reason", in.Reason))
	ch.tellBoth("claim_resumed", "due_at", ch.claim.DueAt)
	return ch, nil
}

func (ch *change) shiftDue(us int64) {
	c := &ch.claim
	c.DueAt += Instant(us)
	c.noteDue()
}

func (in *NoteInput) apply(c Claim, _ Actor, _ Policy, _ Instant) (change, error) {
	ch := c.change()
	ch.recordFor(ForStaff, "noted", map[string]any{}, map[string]string{"body": text(in.Body)})
	return ch, nil
}

func (in *AdmitInput) apply(c Claim, _ Actor, _ Policy, now Instant) (change, error) {
	ch := c.change()
	ch.claim.Evidence = slices.Clone(c.Evidence)
	for i, id := range in.Evidence {
		at := slices.IndexFunc(c.Evidence, func(e Evidence) bool { return e.ID == id })
		if at < 0 || !c.Evidence[at].Barred() {
			return change{}, fieldError(fmt.Sprintf("evidence[%d]", i), "unknown_value")
		}
		e := &ch.claim.Evidence[at]
		e.AdmittedAt, e.AdmitReason = now, text(in.Reason)
	}
	ch.admit = &admitDraft{uploads: in.Evidence, reason: text(in.Reason)}
	ch.record("late_admitted", map[string]any{"evidence": slices.Clone(in.Evidence)}, words("reason", in.Reason))
	ch.tellBoth("claim_late_admitted", "count", len(in.Evidence), "why", text(in.Reason))
	return ch, nil
}

func (in *DecideInput) apply(c Claim, by Actor, p Policy, now Instant) (change, error) {
	d := Decision{
		Outcome: ClaimStatus(in.Outcome), BorneBy: in.BorneBy, CountsAgainstSeller: *in.CountsAgainstSeller, ReasonCode: in.ReasonCode,
		Rule: text(in.Rule), Facts: text(in.Facts), Explanation: text(in.Explanation), EvidenceCited: in.EvidenceCited, DecidedAt: now, DecidedBy: by.AccountID,
		ReturnRequired: in.ReturnRequired,
	}
	if d.EvidenceCited == nil {
		d.EvidenceCited = []string{}
	}
	if err := c.citable(d.EvidenceCited); err != nil {
		return change{}, err
	}
	switch {
	case in.ReturnRequired && d.Outcome == Denied:
		return change{}, fieldError("return_required", "not_wanted")
	case in.ReturnRequired && c.Return.Shipped():
		return change{}, fieldError("return_required", "already_sent_back")
	}
	switch {
	case d.Outcome == Denied && in.Amount != nil:
		return change{}, fieldError("amount", "not_wanted")
	case d.Outcome == Granted && in.Amount == nil:
		d.Amount = c.Claimed
	case d.Outcome == Granted && (*in.Amount < 1 || *in.Amount > c.Claimed):
		return change{}, c.amountError(1, c.Claimed)
	case d.Outcome == Granted:
		d.Amount = *in.Amount
	}
	ch := c.change()
	if d.Outcome == Granted && p.NeedsApproval(d.Amount, c.Currency) {
		ch.propose(d, p, now)
		return ch, nil
	}
	ch.decided(d, p, now)
	return ch, nil
}

// propose has a decision wait for a second person.
func (ch *change) propose(d Decision, p Policy, now Instant) {
	ch.claim.Proposal = &d
	ch.enter(AwaitingApproval, now, hours(p.ApprovalHours))
	ch.claim.EscalatedAt = 0
	ch.claim.TakenBy, ch.claim.TakenAt = "", 0 // it is for somebody else now
	data := map[string]any{"outcome": string(d.Outcome), "amount": d.Amount, "currency": ch.claim.Currency, "reason_code": d.ReasonCode}
	if d.Appeal != "" {
		data["appeal"] = d.Appeal
	}
	ch.recordFor(ForStaff, "proposed", data, map[string]string{"facts": d.Facts, "explanation": d.Explanation})
}

// citable refuses files that a decision cannot rest on: those that are not the claim's, and those
// that came late until they are admitted.
func (c Claim) citable(ids []string) error {
	for i, id := range ids {
		at := slices.IndexFunc(c.Evidence, func(e Evidence) bool { return e.ID == id })
		if at < 0 {
			return fieldError(fmt.Sprintf("evidence_cited[%d]", i), "unknown_value")
		}
		if c.Evidence[at].Barred() {
			return fieldError(fmt.Sprintf("evidence_cited[%d]", i), "late_evidence")
		}
	}
	return nil
}

func (in *ApproveInput) apply(c Claim, by Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	d := *c.Proposal
	d.ApprovedBy, d.DecidedAt = by.AccountID, now
	if d.Amount > c.Claimed {
		return change{}, invalid(string(RuleAmountTooLarge)) // part of it has been refunded meanwhile
	}
	ch.recordFor(ForStaff, "approved", map[string]any{}, words("explanation", in.Explanation))
	if d.Appeal != "" {
		ch.appealDecided(d, p, now)
		return ch, nil
	}
	ch.decided(d, p, now)
	return ch, nil
}

func (in *SendBackInput) apply(c Claim, _ Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	if c.Proposal != nil {
		ch.claim.TakenBy, ch.claim.TakenAt = c.Proposal.DecidedBy, now
	}
	ch.claim.Proposal = nil
	ch.recordFor(ForStaff, "sent_back", map[string]any{}, words("explanation", in.Explanation))
	if c.OpenAppeal() != nil {
		ch.enter(UnderAppeal, now, days(p.AppealTargetDays))
		ch.claim.EscalatedAt = 0
		return ch, nil
	}
	ch.review(now, p)
	return ch, nil
}
