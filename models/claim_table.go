package models

import "slices"

// Action is something a person does to a claim.
type Action string

// The actions on a claim (API.md §5).
const (
	Withdraw     Action = "withdraw"
	Reopen       Action = "reopen"
	AddEvidence  Action = "add_evidence"
	Accept       Action = "accept"
	MakeOffer    Action = "offer"
	Contest      Action = "contest"
	AcceptOffer  Action = "accept_offer"
	DeclineOffer Action = "decline_offer"
	MakeCounter  Action = "counter"
	Object       Action = "object"
	Ask          Action = "ask"
	AnswerAction Action = "answer"
	Take         Action = "take"
	Release      Action = "release"
	Assign       Action = "assign"
	Hold         Action = "hold"
	Pause        Action = "pause"
	Resume       Action = "resume"
	AddNote      Action = "note"
	Admit        Action = "admit"
	Decide       Action = "decide"
	Approve      Action = "approve"
	SendBack     Action = "send_back"
	MakeAppeal   Action = "appeal"
	DecideAppeal Action = "decide_appeal"

	GiveReturnAddress Action = "return_address"
	ShipReturn        Action = "ship_return"
	ConfirmReturn     Action = "confirm_return"
	DisputeReturn     Action = "dispute_return"
	ShipReplacement   Action = "ship_replacement"

	SetLegalHold  Action = "legal_hold"
	LiftLegalHold Action = "lift_legal_hold"
)

// Transition is one row of the state table: in these states a person on this side may do
// this, if the guard (a pure look at the claim) allows. What is not in the table is denied.
// The table is what the code runs, what allowed_actions reads and what the tests walk.
type Transition struct {
	Action Action
	By     Side
	Role   Role // of staff, the only one that may; "" is any of the side
	From   []ClaimStatus
	Guard  func(c Claim, a Actor, p Policy, now Instant) bool // nil always allows
	Turn   bool                                               // refused at or after the turn's due_at, even if the timer has not fired
	Quiet  bool                                               // does not change the claim's version
}

var open = []ClaimStatus{Scheduled, AwaitingSeller, AwaitingBuyer, UnderReview, AwaitingApproval, AwaitingReturn, UnderAppeal, Frozen}

// appealable are the states in which a party may appeal: closed ones, and those of an appeal of the
// other party, which it then joins.
var appealable = []ClaimStatus{Settled, Granted, Denied, UnderAppeal, AwaitingApproval, Frozen}

// ClaimTable is the life of a claim.
var ClaimTable = []Transition{
	{Action: Withdraw, By: SideBuyer, From: []ClaimStatus{Scheduled, AwaitingSeller, AwaitingBuyer, UnderReview, AwaitingApproval, AwaitingReturn, Frozen}, Guard: keepsGoods},
	{Action: Reopen, By: SideBuyer, From: []ClaimStatus{Withdrawn, Denied, Settled}, Guard: mayReopen},
	{Action: AddEvidence, By: SideBuyer, From: open},
	{Action: AddEvidence, By: SideSeller, From: []ClaimStatus{AwaitingSeller, AwaitingBuyer, UnderReview, AwaitingApproval, AwaitingReturn, UnderAppeal, Frozen}},
	{Action: AddEvidence, By: SideStaff, From: open},
	{Action: Accept, By: SideSeller, From: []ClaimStatus{AwaitingSeller}, Turn: true},
	{Action: MakeOffer, By: SideSeller, From: []ClaimStatus{AwaitingSeller}, Guard: notAsked, Turn: true},
	{Action: Contest, By: SideSeller, From: []ClaimStatus{AwaitingSeller}, Guard: notAsked, Turn: true},
	{Action: AcceptOffer, By: SideBuyer, From: []ClaimStatus{AwaitingBuyer}, Guard: offerWaits, Turn: true},
	{Action: DeclineOffer, By: SideBuyer, From: []ClaimStatus{AwaitingBuyer}, Guard: offerWaits, Turn: true},
	{Action: MakeCounter, By: SideBuyer, From: []ClaimStatus{AwaitingBuyer}, Guard: mayCounter, Turn: true},
	{Action: Object, By: SideBuyer, From: []ClaimStatus{AwaitingSeller, AwaitingBuyer, UnderReview, AwaitingApproval}, Guard: arrivalStands},
	{Action: AnswerAction, By: SideBuyer, From: []ClaimStatus{AwaitingBuyer}, Guard: buyerAsked, Turn: true},
	{Action: AnswerAction, By: SideSeller, From: []ClaimStatus{AwaitingSeller}, Guard: sellerAsked, Turn: true},
	{Action: Ask, By: SideStaff, From: []ClaimStatus{UnderReview}, Guard: mayAsk},
	{Action: Take, By: SideStaff, From: open, Guard: mayTake, Quiet: true},
	{Action: Release, By: SideStaff, From: open, Guard: takenByMe, Quiet: true},
	{Action: Assign, By: SideStaff, From: open, Quiet: true},
	{Action: Hold, By: SideStaff, From: []ClaimStatus{UnderReview, AwaitingApproval, UnderAppeal}, Quiet: true},
	{Action: Pause, By: SideStaff, From: []ClaimStatus{AwaitingSeller, AwaitingBuyer, AwaitingReturn}, Guard: notPaused},
	{Action: Resume, By: SideStaff, From: []ClaimStatus{AwaitingSeller, AwaitingBuyer, AwaitingReturn}, Guard: isPaused},
	{Action: AddNote, By: SideStaff, From: ClaimStatuses, Quiet: true},
	{Action: Admit, By: SideStaff, Role: RoleLead, From: open, Guard: hasLate},
	{Action: Decide, By: SideStaff, From: []ClaimStatus{UnderReview}},
	{Action: Approve, By: SideStaff, From: []ClaimStatus{AwaitingApproval}, Guard: mayApprove},
	{Action: SendBack, By: SideStaff, From: []ClaimStatus{AwaitingApproval}, Guard: mayApprove},
	{Action: GiveReturnAddress, By: SideSeller, From: []ClaimStatus{AwaitingReturn}, Guard: toShip},
	{Action: ShipReturn, By: SideBuyer, From: []ClaimStatus{AwaitingReturn}, Guard: toShip, Turn: true},
	{Action: ConfirmReturn, By: SideSeller, From: []ClaimStatus{AwaitingReturn}, Guard: shipped, Turn: true},
	{Action: DisputeReturn, By: SideSeller, From: []ClaimStatus{AwaitingReturn}, Guard: shipped, Turn: true},
	{Action: ShipReplacement, By: SideSeller, From: []ClaimStatus{Settled}, Guard: mayShipReplacement},
	{Action: MakeAppeal, By: SideBuyer, From: appealable, Guard: mayAppeal},
	{Action: MakeAppeal, By: SideSeller, From: appealable, Guard: mayAppeal},
	{Action: DecideAppeal, By: SideStaff, From: []ClaimStatus{UnderAppeal}, Guard: mayDecideAppeal},
	{Action: SetLegalHold, By: SideStaff, Role: RoleLead, From: ClaimStatuses, Guard: notOnHold, Quiet: true},
	{Action: LiftLegalHold, By: SideStaff, Role: RoleLead, From: ClaimStatuses, Guard: onHold, Quiet: true},
}

func notAsked(c Claim, _ Actor, _ Policy, _ Instant) bool    { return !c.asked(SideSeller) }
func sellerAsked(c Claim, _ Actor, _ Policy, _ Instant) bool { return c.asked(SideSeller) }
func buyerAsked(c Claim, _ Actor, _ Policy, _ Instant) bool  { return c.asked(SideBuyer) }
func offerWaits(c Claim, _ Actor, _ Policy, _ Instant) bool  { return c.offerPending() }

// mayCounter: an offer waits, and the buyer has not named a sum before.
func mayCounter(c Claim, _ Actor, _ Policy, _ Instant) bool {
	return c.offerPending() && c.Offer.Counter == nil
}

func arrivalStands(c Claim, _ Actor, _ Policy, _ Instant) bool { return c.arrivalWaits() }

// arrivalWaits: a report that the goods have arrived, to which the buyer may object. Who sends them
// back has them; and where a decision was made, an appeal says what becomes of it.
func (c Claim) arrivalWaits() bool {
	return c.ArrivedAt != 0 && c.ObjectedAt == 0 && c.Return == nil && c.OpenAppeal() == nil
}

func mayAsk(c Claim, _ Actor, p Policy, _ Instant) bool {
	return c.BuyerAsked < p.QuestionRounds || c.SellerAsked < p.QuestionRounds
}

func takenByMe(c Claim, a Actor, _ Policy, _ Instant) bool {
	return c.TakenBy != "" && c.TakenBy == a.AccountID
}

// mayTake: somebody else has it, nobody has it, or it rests: taking it up again ends that.
func mayTake(c Claim, a Actor, _ Policy, now Instant) bool {
	return c.TakenBy != a.AccountID || c.HoldUntil > now
}

func notPaused(c Claim, _ Actor, _ Policy, now Instant) bool { return c.PauseUntil <= now }
func isPaused(c Claim, _ Actor, _ Policy, now Instant) bool  { return c.PauseUntil > now }

// hasLate: there is evidence that came late and does not count yet.
func hasLate(c Claim, _ Actor, _ Policy, _ Instant) bool {
	return slices.ContainsFunc(c.Evidence, Evidence.Barred)
}
func onHold(c Claim, _ Actor, _ Policy, _ Instant) bool    { return c.LegalHold != nil }
func notOnHold(c Claim, _ Actor, _ Policy, _ Instant) bool { return c.LegalHold == nil }

func notProposer(c Claim, a Actor, _ Policy, _ Instant) bool {
	return c.Proposal != nil && c.Proposal.DecidedBy != a.AccountID
}

func mayReopen(c Claim, _ Actor, p Policy, now Instant) bool { return now < c.ReopenUntil(p) }

// ReopenUntil is until when, exclusive, the buyer can take a closed claim up again; zero where it
// cannot: a withdrawn claim once, within 72 h and before the filing deadline; one denied because
// the buyer was silent, within 72 h; one settled by a replacement that did not come, as the
// replacement says, unless all of the money has come back since.
func (c Claim) ReopenUntil(p Policy) Instant {
	switch {
	case c.Status == Withdrawn && c.ReopenedAt == 0 && c.Former != nil:
		return min(c.ClosedAt.Add(hours(p.ReopenHours)), c.Assessment.DeadlineAt)
	case c.Status == Denied && c.Decision != nil && c.Decision.ReasonCode == ReasonBuyerSilent:
		return c.ClosedAt.Add(hours(p.ReopenHours))
	case c.Replaced() && c.Replacement.PaidBackAt == 0:
		return c.Replacement.ReopenBy
	}
	return 0
}

// Reason codes that the clock gives.
const (
	ReasonBuyerSilent  = "buyer_silent"
	ReasonSellerSilent = "seller_silent"
)

// find returns the row of the table that lets the actor do this now.
func (c Claim) find(action Action, a Actor, p Policy, now Instant) (Transition, bool) {
	side := a.sideOf(c.BuyerEmail, c.SellerID)
	for _, t := range ClaimTable {
		if t.Action != action || t.By != side || !t.open(a) || !slices.Contains(t.From, c.Status) {
			continue
		}
		if t.Turn && c.DueAt != 0 && now >= c.DueAt {
			continue
		}
		if t.Guard == nil || t.Guard(c, a, p, now) {
			return t, true
		}
	}
	return Transition{}, false
}

// AllowedActions lists what this actor may do to the claim now, in the order of the table.
func (c Claim) AllowedActions(a Actor, p Policy, now Instant) []Action {
	list := []Action{}
	for _, t := range ClaimTable {
		if slices.Contains(list, t.Action) {
			continue
		}
		if _, ok := c.find(t.Action, a, p, now); ok {
			list = append(list, t.Action)
		}
	}
	return list
}

// open says whether the row is for the actor's role; that it is for its side is another question.
func (t Transition) open(a Actor) bool { return t.Role == "" || t.Role == a.Role }

// everMay reports whether the actor has this action on this side in any state; where it has
// not, the answer is forbidden rather than not allowed now.
func everMay(action Action, a Actor, side Side) bool {
	return slices.ContainsFunc(ClaimTable, func(t Transition) bool { return t.Action == action && t.By == side && t.open(a) })
}

// KnownAction reports whether there is such an action on claims.
func KnownAction(action Action) bool {
	return slices.ContainsFunc(ClaimTable, func(t Transition) bool { return t.Action == action })
}
