package models

import (
	"slices"
	"time"
)

// change is what a rule makes of a claim: the next claim, what to record and whom to tell.
// Rules build it without a clock or a database; the use case writes it in one transaction.
type change struct {
	claim   Claim
	events  []eventDraft
	notices []noticeDraft
	attach  []attachDraft
	admit   *admitDraft
	refund  *refundDraft
	reopen  bool   // the lines must be free again
	back    string // the account in whose hands the case lay untouched
	appeal  *appealMoney
}

// eventDraft is an event before it is linked into the chain. Texts are personal words: the
// chain holds their salted digests, the words stand beside it.
type eventDraft struct {
	Type     string
	Data     map[string]any
	Texts    map[string]string
	Audience Audience
	ByClock  bool // the system's doing, though somebody's action led to it
}

// Audience says who may read an event.
type Audience string

// The audiences. Others keep its place in the chain, not its contents.
const (
	ForAll    Audience = "all"
	ForStaff  Audience = "staff"
	ForBuyer  Audience = "buyer"  // and staff
	ForSeller Audience = "seller" // and staff
	OwnBuyer  Audience = "own_b"  // what a party has not sent yet, not even staff read
	OwnSeller Audience = "own_s"
)

// noticeDraft is an official message to one side of a claim.
type noticeDraft struct {
	To   Side
	Kind string
	Args map[string]any
}

type attachDraft struct {
	uploads []string
	late    bool
	note    string // of all of them

	captions map[string]string // of each, by its id

	actor string // who gives them, where the clock sends what was held; else who acts
	side  Side   // of it
}

// admitDraft is late evidence that counts from now on.
type admitDraft struct {
	uploads []string
	reason  string
}

// refundDraft is money that becomes owed.
type refundDraft struct {
	cause   string
	amount  int64
	borneBy string
}

func (c Claim) change() change { return change{claim: c.clone()} }

func (ch *change) record(kind string, data map[string]any, texts map[string]string) {
	ch.events = append(ch.events, eventDraft{Type: kind, Data: data, Texts: texts, Audience: ForAll})
}

func (ch *change) recordFor(audience Audience, kind string, data map[string]any, texts map[string]string) {
	ch.events = append(ch.events, eventDraft{Type: kind, Data: data, Texts: texts, Audience: audience})
}

// tell queues a notice. Every notice carries the claim's facts; args add to them.
func (ch *change) tell(to Side, kind string, args ...any) {
	m := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i].(string)] = args[i+1]
	}
	ch.notices = append(ch.notices, noticeDraft{To: to, Kind: kind, Args: m})
}

func (ch *change) tellBoth(kind string, args ...any) {
	ch.tell(SideBuyer, kind, args...)
	if ch.claim.OpenedAt != 0 {
		ch.tell(SideSeller, kind, args...)
	}
}

// enter moves the claim to a state whose turn ends after d; zero sets no deadline.
func (ch *change) enter(s ClaimStatus, now Instant, d time.Duration) {
	c := &ch.claim
	c.Status, c.DueAt = s, 0
	c.NextActor = c.turn()
	c.PauseFrom, c.PauseUntil, c.PauseReason = 0, 0, ""
	c.wait(0, "")
	c.TouchedAt = now
	if d > 0 {
		c.DueAt = now.Add(d)
	}
	if s == UnderReview {
		c.EscalatedAt = 0
	}
	c.noteDue()
}

// noteDue keeps the deadline of a party's turn as the party's last, after which what it gives is late.
func (c *Claim) noteDue() {
	switch c.Status {
	case AwaitingSeller:
		c.SellerDueAt = c.DueAt
	case AwaitingBuyer:
		c.BuyerDueAt = c.DueAt
	case AwaitingReturn:
		if c.Return.Shipped() {
			c.SellerDueAt, c.Return.ConfirmBy = c.DueAt, c.DueAt
		} else {
			c.BuyerDueAt, c.Return.ShipBy = c.DueAt, c.DueAt
		}
	case Scheduled, UnderReview, AwaitingApproval, UnderAppeal, Frozen, Settled, Granted, Denied, Withdrawn:
	}
}

// close ends the claim. What was pending is over.
func (ch *change) close(s ClaimStatus, now Instant, p Policy) {
	ch.enter(s, now, 0)
	c := &ch.claim
	c.ClosedAt, c.Held, c.Proposal = now, nil, nil
	c.dropOffers()
	if c.Question != nil {
		c.Question.Pending = false
	}
	c.AppealUntil = 0
	if s != Withdrawn {
		c.AppealUntil = now.Add(days(p.AppealDays))
	}
}

// dropOffers ends what either side has proposed.
func (c *Claim) dropOffers() {
	if c.Offer == nil {
		return
	}
	c.Offer.Pending = false
	if c.Offer.Counter != nil {
		c.Offer.Counter.Pending = false
	}
}

func (ch *change) review(now Instant, p Policy) {
	ch.claim.dropOffers()
	ch.enter(UnderReview, now, hours(p.ReviewTargetHours))
}

// nextWake is the earliest instant after `after` at which the clock has something to do;
// zero when there is nothing. A reminder whose time has passed already is not caught up.
func (c Claim) nextWake(p Policy, after, now Instant) Instant {
	var wake Instant
	at := func(i Instant) {
		if i > after && (wake == 0 || i < wake) {
			wake = i
		}
	}
	at(c.GoesBackAt(p))
	switch c.Status {
	case Scheduled:
		at(c.OpensAt)
	case AwaitingSeller, AwaitingBuyer, AwaitingReturn:
		c.remindersAt(p, now, at)
		at(c.DueAt)
	case UnderReview:
		if c.EscalatedAt == 0 {
			at(c.leadsAt(p))
		}
	case AwaitingApproval:
		if c.EscalatedAt == 0 {
			at(c.DueAt)
		}
	case Settled:
		if c.ReplacementWaits() {
			if c.Replacement.MissedAt == 0 {
				c.remindersAt(p, now, at)
				at(c.DueAt)
			}
			at(c.FinalAt(p))
		}
	case UnderAppeal:
		if c.EscalatedAt == 0 {
			at(c.DueAt)
		}
	case Frozen, Granted, Denied, Withdrawn:
	}
	if len(c.HeldAppeals) > 0 {
		at(c.AppealUntil)
	}
	if c.Status.Open() && c.arrivalWaits() {
		at(c.ArrivedAt.Add(hours(p.ArrivedObjectHours)))
	}
	return wake
}

// remindersAt names the instants of the reminders that are still to come.
func (c Claim) remindersAt(p Policy, now Instant, at func(Instant)) {
	for _, h := range p.ReminderHours {
		if r := c.DueAt.Add(-hours(h)); r > now {
			at(r)
		}
	}
}

// leadsAt is when an undecided case goes to the leads: counted from the start of the review,
// which is the target before its due time.
func (c Claim) leadsAt(p Policy) Instant {
	return c.DueAt.Add(hours(p.LeadsAfterHours - p.ReviewTargetHours))
}

// reachability says whose silence may be held against them: not a party's whose notice was
// finally refused or who has no account to answer with.
type reachability struct {
	buyer, seller bool

	paidBack bool // nothing is left to claim, asked where goods are to be sent anew
}

// wake is what the clock does to a claim when its time has come. It is pure; a claim for
// which nothing is due comes back with no events and only its next wake moved.
func (c Claim) wake(p Policy, r reachability, at, now Instant) change {
	ch := c.change()
	if back := c.GoesBackAt(p); back != 0 && now >= back {
		ch.goBack()
	}
	switch {
	case len(c.HeldAppeals) > 0 && now >= c.AppealUntil:
		ch.sendHeldAppeals(p, now)
	case c.ReplacementWaits():
		ch.replacementDue(p, r.paidBack, at, now)
	case c.Status == Frozen || !c.Status.Open():
	case c.arrivalWaits() && now >= c.ArrivedAt.Add(hours(p.ArrivedObjectHours)):
		ch.withdrawArrived(now, p)
	case c.Status == Scheduled && now >= c.OpensAt:
		ch.open(p, now)
	case c.Status == AwaitingSeller && now >= c.DueAt:
		ch.sellerTurnOver(p, r, now)
	case c.Status == AwaitingBuyer && now >= c.DueAt:
		ch.buyerTurnOver(p, r, now)
	case c.Status == AwaitingReturn && now >= c.DueAt:
		ch.returnTurnOver(p, r, now)
	case c.Status == UnderReview && c.EscalatedAt == 0 && now >= c.leadsAt(p):
		ch.claim.EscalatedAt = now
		ch.record("escalated", map[string]any{"to": "leads"}, nil)
		ch.tellBoth("claim_delayed")
	case c.Status == UnderAppeal && c.EscalatedAt == 0 && now >= c.DueAt:
		ch.claim.EscalatedAt = now
		ch.record("escalated", map[string]any{"to": "leads"}, nil)
		ch.tellBoth("claim_appeal_delayed")
	case c.Status == AwaitingApproval && c.EscalatedAt == 0 && now >= c.DueAt:
		ch.claim.EscalatedAt = now
		ch.recordFor(ForStaff, "escalated", map[string]any{"to": "leads"}, nil)
	case c.Status == AwaitingSeller || c.Status == AwaitingBuyer || c.Status == AwaitingReturn:
		ch.remind(p, at)
	}
	ch.claim.WakeAt = ch.claim.nextWake(p, max(at, sinceTransition(c, ch.claim, at)), now)
	return ch
}

// sinceTransition keeps an old wake time from hiding the deadlines of a state just entered.
func sinceTransition(before, after Claim, at Instant) Instant {
	if before.Status != after.Status {
		return 0
	}
	return at
}

func (ch *change) remind(p Policy, at Instant) {
	c := ch.claim
	switch {
	case !p.reminds(c.DueAt, at):
	case c.Status == AwaitingReturn:
		ch.remindReturn()
	case c.Status == AwaitingBuyer:
		ch.remindOf(SideBuyer, "claim_reminder")
	default:
		ch.remindOf(SideSeller, "claim_reminder")
	}
}

// remindOf reminds a party of its deadline.
func (ch *change) remindOf(to Side, kind string) {
	due := ch.claim.DueAt
	ch.recordFor(audienceOf(to), "reminded", map[string]any{"party": string(to), "due_at": due.String()}, nil)
	ch.tell(to, kind, "due_at", due)
}

func audienceOf(s Side) Audience {
	switch s {
	case SideBuyer:
		return ForBuyer
	case SideSeller:
		return ForSeller
	case SideNone, SideStaff, SideObserver, SideClock:
	}
	return ForStaff
}

// open starts the seller's turn: at filing, or when the wait of a claim filed ahead ends.
func (ch *change) open(p Policy, now Instant) {
	ch.claim.OpenedAt = now
	ch.enter(AwaitingSeller, now, hours(p.SellerAnswerHours))
	due := ch.claim.DueAt
	ch.events = append(ch.events, eventDraft{Type: "opened", Data: map[string]any{"due_at": due.String()}, Audience: ForAll, ByClock: true})
	ch.tell(SideSeller, "claim_opened", "due_at", due)
	ch.tell(SideBuyer, "claim_opened", "due_at", due)
}

func (ch *change) sellerTurnOver(p Policy, r reachability, now Instant) {
	c := &ch.claim
	if c.Held != nil && c.Held.By == SideSeller {
		ch.sendHeld(p, now)
		return
	}
	asked := c.asked(SideSeller)
	if asked {
		c.Question.Pending = false
	}
	if !asked && r.seller && p.GrantsAutomatically(c.Claimed, c.Currency) {
		d := Decision{
			Outcome: Granted, Amount: c.Claimed, BorneBy: "seller", CountsAgainstSeller: true, ReasonCode: ReasonSellerSilent,
			Rule: "seller_answer", Facts: "seller_silent", Automated: true, DecidedAt: now, EvidenceCited: []string{},
		}
		ch.record("lapsed", map[string]any{"party": "seller"}, nil)
		ch.decided(d, p, now)
		return
	}
	c.SellerSilent = r.seller
	ch.record("lapsed", map[string]any{"party": "seller", "held_against": r.seller}, nil)
	ch.review(now, p)
	ch.tellBoth("claim_under_review")
}

func (ch *change) buyerTurnOver(p Policy, r reachability, now Instant) {
	c := &ch.claim
	switch {
	case c.Held != nil && c.Held.By == SideBuyer:
		ch.sendHeld(p, now)
	case c.asked(SideBuyer) && r.buyer:
		c.Question.Pending = false
		ch.record("lapsed", map[string]any{"party": "buyer"}, nil)
		ch.decided(Decision{
			Outcome: Denied, BorneBy: "marketplace", ReasonCode: ReasonBuyerSilent, Rule: "question_answer", Facts: "buyer_silent",
			Automated: true, DecidedAt: now, EvidenceCited: []string{},
		}, p, now)
	default:
		if c.Question != nil {
			c.Question.Pending = false
		}
		ch.record("lapsed", map[string]any{"party": "buyer", "held_against": false}, nil)
		ch.review(now, p)
		ch.tellBoth("claim_under_review")
	}
}

// sendHeld sends an answer that was kept back for revision, as of now.
func (ch *change) sendHeld(p Policy, now Instant) {
	h := *ch.claim.Held
	ch.claim.Held = nil
	if len(h.Files) > 0 {
		ch.attach = append(ch.attach, attachDraft{uploads: h.Files, captions: h.Captions})
	}
	switch h.Action {
	case MakeOffer:
		ch.offered(Offer{Kind: h.Kind, Amount: h.Amount, Message: h.Message, At: now, Pending: true, ReturnTo: h.ReturnTo}, p, now)
	case Contest:
		ch.contested(h.Message, p, now)
	default:
		ch.answered(h.By, h.Message, p, now)
	}
}

func (ch *change) withdrawArrived(now Instant, p Policy) {
	ch.claim.Former = formerOf(ch.claim, now, "arrived")
	ch.record("withdrawn", map[string]any{"reason": "arrived"}, nil)
	ch.close(Withdrawn, now, p)
	ch.tellBoth("claim_withdrawn", "reason", "arrived")
}

func formerOf(c Claim, now Instant, why string) *Former {
	f := &Former{Status: c.Status, Why: why, At: now}
	if c.DueAt > now {
		f.Left = int64(c.DueAt - now)
	}
	return f
}

// decided carries out a decision that needs no second person any more.
func (ch *change) decided(d Decision, p Policy, now Instant) {
	c := &ch.claim
	if !d.ReturnRequired {
		ch.close(d.Outcome, now, p)
	}
	c.Decision = &d
	data := map[string]any{
		"outcome": string(d.Outcome), "amount": d.Amount, "currency": c.Currency, "borne_by": d.BorneBy, "counts_against_seller": d.CountsAgainstSeller,
		"reason_code": d.ReasonCode, "rule": d.Rule, "evidence_cited": slices.Clone(d.EvidenceCited), "automated": d.Automated,
	}
	if d.ReturnRequired {
		data["return_required"] = true
	}
	ch.record("decided", data, map[string]string{"facts": d.Facts, "explanation": d.Explanation})
	if d.ReturnRequired {
		ch.startReturn("claim_return_decided", Return{Ends: d.Outcome, Amount: d.Amount, BorneBy: d.BorneBy, ReturnTo: c.returnTo()}, p, now,
			"borne_by", d.BorneBy, "counts", d.CountsAgainstSeller, "reason_code", d.ReasonCode)
		return
	}
	if d.Outcome == Granted && d.Amount > 0 {
		ch.refund = &refundDraft{cause: "decision", amount: d.Amount, borneBy: d.BorneBy}
	}
	ch.tellBoth("claim_decided", "outcome", string(d.Outcome), "amount", d.Amount, "appeal_until", c.AppealUntil,
		"borne_by", d.BorneBy, "counts", d.CountsAgainstSeller, "reason_code", d.ReasonCode)
}

func (ch *change) offered(o Offer, p Policy, now Instant) {
	if before := ch.claim.Offer; before != nil {
		ch.claim.dropOffers()
		o.Counter = before.Counter
	}
	ch.claim.Offer = &o
	data := map[string]any{"kind": string(o.Kind), "amount": o.Amount, "currency": ch.claim.Currency}
	if o.LabelCost > 0 {
		data["label_cost"] = o.LabelCost
	}
	ch.record("offered", data, o.words(map[string]string{"message": o.Message}))
	ch.enter(AwaitingBuyer, now, hours(p.OfferAnswerHours))
	ch.tell(SideBuyer, "claim_offer", "due_at", ch.claim.DueAt, "kind", string(o.Kind), "offer_amount", o.Amount)
}

func (ch *change) contested(message string, p Policy, now Instant) {
	ch.claim.Statements = append(ch.claim.Statements, Statement{By: SideSeller, Text: message, At: now})
	ch.record("contested", map[string]any{}, map[string]string{"message": message})
	ch.review(now, p)
	ch.tell(SideBuyer, "claim_contested")
}

func (ch *change) answered(by Side, message string, p Policy, now Instant) {
	c := &ch.claim
	c.Statements = append(c.Statements, Statement{By: by, Text: message, At: now, Answer: true})
	if c.Question != nil {
		c.Question.Pending = false
	}
	ch.record("answered", map[string]any{"party": string(by)}, map[string]string{"message": message})
	ch.review(now, p)
	ch.tell(otherSide(by), "claim_answered", "party", string(by))
}

func (c Claim) answeredSince(at Instant, by Side) bool {
	s := c.LastStatement(by)
	return s != nil && s.At >= at
}

func otherSide(s Side) Side {
	if s == SideBuyer {
		return SideSeller
	}
	return SideBuyer
}
