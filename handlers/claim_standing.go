package handlers

import (
	"time"

	"hosho/models"
	"hosho/templates"
)

// Where a claim stands, as its buyer is told: whose turn it is, what comes next and when, and
// how far along its five stations it is. Each status says all of it.

// turnWords say whose turn it is.
func turnWords(w words, cl models.Claim) string {
	switch {
	case refundFailed(cl):
		return w.text("claims.turn_failed")
	case owed(cl):
		return w.text("claims.turn_owed")
	case cl.ReplacementWaits():
		return w.label("next_actor", string(models.SellersTurn))
	case !cl.Status.Open():
		return w.label("next_actor", "none")
	case cl.Status == models.Frozen:
		return w.text("claims.turn_card")
	case cl.Status == models.Scheduled:
		return w.text("claims.turn_wait")
	case buyersTurn(cl):
		return w.label("next_actor", "you")
	case cl.NextActor == models.BuyersTurn:
		return w.label("next_actor", string(models.SellersTurn))
	}
	return w.label("next_actor", string(cl.NextActor))
}

// buyersTurn tells whether there is something for the buyer to do: nothing can be sent back
// before the seller has said where to.
func buyersTurn(cl models.Claim) bool {
	return cl.NextActor == models.BuyersTurn && (cl.Status != models.AwaitingReturn || !needsAddress(cl.Return))
}

// owed tells whether a closed claim still has its money to come.
func owed(cl models.Claim) bool {
	return !cl.Status.Open() && cl.Refund != nil && cl.Refund.Status != models.RefundDone
}

// refundFailed tells whether a part of a claim's money could not be paid, so that its buyer
// may say where it goes.
func refundFailed(cl models.Claim) bool {
	return cl.Refund != nil && cl.Refund.Status == models.RefundFailed
}

// claimClock is the next date of a claim; nil where there is none that is known.
func claimClock(w words, cl models.Claim, now models.Instant) *templates.Clock {
	k := templates.Clock{At: cl.DueAt.Time(), Now: now.Time(), Kind: templates.ClockWait}
	switch {
	case cl.ReplacementWaits():
		k = w.replacementClock(cl, now, models.SideBuyer)
	case !cl.Status.Open() || cl.DueAt == 0:
		return nil
	case cl.Status == models.Scheduled:
		k.At, k.Kind, k.Label, k.Over = cl.OpensAt.Time(), templates.ClockOpens, w.text("claims.clock_opens"), w.text("claims.clock_opening")
		k.After = w.text("claims.after_opens")
	case cl.Status == models.AwaitingReturn:
		k = w.returnClock(cl, now, models.BuyersTurn)
	case cl.NextActor == models.BuyersTurn:
		k.Kind, k.Label = templates.ClockDue, w.text("claims.clock_yours")
		k.After = w.text("claims.after_question")
		if cl.Offer != nil && cl.Offer.Pending {
			k.After = w.text("claims.after_offer")
		}
	case cl.NextActor == models.SellersTurn:
		k.Label, k.Over, k.After = w.text("claims.clock_seller"), w.text("claims.clock_over_wait"), w.text("claims.after_seller")
	default:
		k.Label, k.Over, k.After = w.text("claims.clock_review"), w.text("claims.clock_over_review"), w.text("claims.after_review")
	}
	return &k
}

// comesNext are the sentences about what follows that no clock says: a review past its target,
// a claim that stands still, and what may still change once it is closed.
func comesNext(w words, v models.ClaimView) []string {
	var list []string
	say := func(key string, pairs ...any) { list = append(list, w.text(key, pairs...)) }
	switch v.Status {
	case models.UnderReview:
		switch leads := v.DueAt.Add(hourPeriod(v.Policy.LeadsAfterHours - v.Policy.ReviewTargetHours)); {
		case v.EscalatedAt != 0:
			say("claims.next_leads_have_it", "since_at", v.EscalatedAt)
		case v.DueAt != 0 && v.DueAt <= v.Now:
			say("claims.next_leads", "until", leads)
		}
	case models.Frozen:
		say("claims.next_frozen")
		if v.Former != nil && v.Former.Left > 0 {
			say("claims.next_frozen_left", "left", wholeHours(v.Former.Left))
		}
	case models.Settled, models.Granted, models.Denied, models.Withdrawn:
		list = append(list, afterClosing(w, v)...)
	case models.Scheduled, models.AwaitingSeller, models.AwaitingBuyer, models.AwaitingApproval, models.AwaitingReturn, models.UnderAppeal:
	}
	return append(list, appealWords(w, v)...)
}

// wholeHours rounds what is left of a turn down, as clocks do; below an hour to minutes.
func wholeHours(micros int64) time.Duration {
	left := time.Duration(micros) * time.Microsecond
	if left < time.Hour {
		return left.Truncate(time.Minute)
	}
	return left.Truncate(time.Hour)
}

func afterClosing(w words, v models.ClaimView) []string {
	var list []string
	say := func(key string, pairs ...any) { list = append(list, w.text(key, pairs...)) }
	switch until := v.ReopenUntil(v.Policy); {
	case v.Replaced():
		list = append(list, w.replacementStands(v.Replacement, v.Status, v.Now))
	case until > v.Now:
		say("claims.next_reopen", "until", until)
	case v.Status == models.Withdrawn:
		say("claims.next_withdrawn")
	}
	if v.Status != models.Withdrawn {
		say("claims.next_closed")
	}
	return list
}

// The stations of every claim.
const (
	contactStep = iota
	fileStep
	answerStep
	reviewStep
	refundStep
)

// caseSteps are the five stations of every claim: what is done with its day, what is to come
// with how long it usually takes.
func caseSteps(w words, v models.ClaimView) []templates.Step {
	day := func(i models.Instant) string {
		if i == 0 {
			return ""
		}
		return w.text("orders.day", "day", i.Time().In(w.h.store.Zone()))
	}
	usual := func(hours int) string { return w.text("claims.usually", "period", hourPeriod(hours)) }
	steps := []templates.Step{
		{Label: w.text("case.step_contact"), Note: day(v.Assessment.Because.ContactedAt)},
		{Label: w.text("case.step_file"), Note: day(v.FiledAt)},
		{Label: w.text("case.step_answer"), Note: usual(v.Policy.SellerAnswerHours)},
		{Label: w.text("case.step_review"), Note: usual(v.Policy.ReviewTargetHours)},
		{Label: w.text("case.step_refund"), Note: w.text("claims.step_after")},
	}
	at := stationOf(v)
	for i := range steps {
		s := &steps[i]
		switch {
		case i < at, i == at && v.Status == models.Denied, i == fileStep, i == refundStep && v.Refund != nil && v.Refund.Status == models.RefundDone:
			s.State = "done"
		case i == at && (v.Status.Open() || v.Refund != nil):
			s.State = "current"
		}
		switch done := s.State == "done"; {
		case i < answerStep:
		case i == refundStep && v.Refund != nil:
			s.Note = w.label("claims.step_refund", string(v.Refund.Status))
		case i == refundStep && madeGood(v.Claim):
			s.State, s.Note = "done", day(v.ClosedAt)
		case i == answerStep && madeGood(v.Claim) && len(v.Statements) == 0 && v.Offer == nil:
			s.State, s.Note = "", w.text("claims.step_none")
		case i == answerStep && done:
			if s.Note = day(sellerAnsweredAt(v)); s.Note == "" {
				s.Note = w.text("claims.step_none") // the seller was silent
			}
		case i == reviewStep && done && v.Decision != nil:
			s.Note = day(v.Decision.DecidedAt)
		case i == reviewStep && done || !v.Status.Open():
			s.State, s.Note = "", w.text("claims.step_none")
		}
	}
	here := &steps[at]
	switch {
	case v.Replaced():
		here.Label, here.Note, here.State = w.text("replacements.title"), w.text("replacements.step_"+replacementStep(v.Replacement)), "current"
		if v.Replacement.DeliveredAt != 0 || v.Replacement.PaidBackAt != 0 {
			here.State = "done"
		}
	case v.Status == models.Scheduled:
		here.State = "current"
	case !v.Status.Open():
	case v.Status == models.AwaitingBuyer && v.Offer != nil && v.Offer.Pending:
		here.Label, here.Note = w.text("case.step_offer"), w.text("case.step_yours") // the seller has answered, with an offer
	case v.Status == models.AwaitingReturn:
		here.Label, here.Note = w.text("returns.title"), w.text("returns.step_"+string(v.NextActor))
		if needsAddress(v.Return) {
			here.Note = w.text("returns.step_address")
		}
	case v.Status == models.UnderAppeal:
		here.Note = usual(24 * v.Policy.AppealTargetDays)
	case at == reviewStep && v.NextActor == models.BuyersTurn:
		here.Note = w.text("case.step_yours")
	case at == reviewStep && v.NextActor == models.SellersTurn:
		here.Note = w.text("case.step_sellers")
	}
	return steps
}

// madeGood says that what was claimed came back beside the claim: the shop told of refunds of its own,
// or of the card company's.
func madeGood(cl models.Claim) bool {
	return cl.Status == models.Settled && cl.Refund == nil && cl.Decision == nil && (cl.Offer == nil || cl.Offer.Kind != models.OfferReplacement)
}

// stationOf is the station a claim is at, or where it ended.
func stationOf(v models.ClaimView) int {
	status := v.Status
	if (status == models.Frozen || status == models.Withdrawn) && v.Former != nil {
		status = v.Former.Status
	}
	switch status {
	case models.Scheduled, models.Withdrawn, models.Frozen:
		return fileStep
	case models.UnderReview, models.AwaitingApproval, models.AwaitingReturn, models.UnderAppeal, models.Denied:
		return reviewStep
	case models.AwaitingBuyer, models.AwaitingSeller:
		if v.Question != nil && v.Question.Pending {
			return reviewStep // it is the review that asks
		}
	case models.Settled, models.Granted:
		return refundStep
	}
	return answerStep
}

// sellerAnsweredAt is when the seller answered first, or when its time to do so was over.
func sellerAnsweredAt(v models.ClaimView) models.Instant {
	var first models.Instant
	take := func(at models.Instant) {
		if at != 0 && (first == 0 || at < first) {
			first = at
		}
	}
	for _, s := range v.Statements {
		if s.By == models.SideSeller {
			take(s.At)
		}
	}
	if v.Offer != nil {
		take(v.Offer.At)
	}
	if first == 0 && v.SellerSilent {
		return v.SellerDueAt
	}
	if first == 0 && v.Status == models.Settled {
		return v.ClosedAt // it agreed at once
	}
	return first
}
