package models

import "slices"

// An appeal is a party's request that somebody else decides a closed claim anew, because of
// something new (PRODUCT.md §5). Each party may make one in the life of a claim, until AppealUntil,
// which is exclusive. One appeal is open at a time: what the other party appeals while it is joins
// it, and one decision ends both. So nobody's window runs out because of the other's appeal, and
// nobody has to defend a decision that is being looked at. Whoever lets the window pass meanwhile
// has it again with the decision that ends the appeal, if that decides anew.
//
// Reopening comes before appealing: while the buyer can take a claim up again, which uses nothing up
// and goes to the same people, a denial is not final and neither party appeals against it; and the
// buyer of a replacement does not appeal against the settlement. The seller of one may, and where the
// settlement stands the buyer has the rest of its days to reopen again.
const (
	// AppealOverturned is a decision the other way. The other two, upheld and changed, are those
	// of measures.
	AppealOverturned = "overturned"
	// AppealMadeGood ends an appeal that an order update has made good: nothing is left to decide.
	AppealMadeGood = "made_good"
)

// ClaimAppeal is one party's appeal. It is immutable but for its end.
type ClaimAppeal struct {
	By       Side      `json:"by"`
	Actor    string    `json:"actor"` // account; not shown
	Grounds  string    `json:"grounds"`
	Files    []string  `json:"files,omitempty"` // given with it
	At       Instant   `json:"at"`
	Joined   bool      `json:"joined,omitempty"` // the other side's was open
	First    *Decision `json:"first,omitempty"`  // what it is against; nil for a settlement
	Before   Standing  `json:"before"`           // zero for one that joined
	Involved []string  `json:"involved,omitempty"`
	Outcome  string    `json:"outcome,omitempty"` // upheld, overturned, changed or made_good; "" while it is open
	Decision *Decision `json:"decision,omitempty"`
	EndedAt  Instant   `json:"ended_at,omitzero"`
}

// Standing is where a closed claim was when an appeal began: it is so again where the appeal fails.
type Standing struct {
	Status      ClaimStatus `json:"status,omitempty"`
	NextActor   NextActor   `json:"next_actor,omitempty"`
	DueAt       Instant     `json:"due_at,omitzero"`
	ClosedAt    Instant     `json:"closed_at,omitzero"`
	AppealUntil Instant     `json:"appeal_until,omitzero"`
	EscalatedAt Instant     `json:"escalated_at,omitzero"`
	ReopenBy    Instant     `json:"reopen_by,omitzero"` // of a replacement
}

// AppealOf is a side's appeal; nil when it has made none.
func (c Claim) AppealOf(by Side) *ClaimAppeal {
	i := slices.IndexFunc(c.Appeals, func(a ClaimAppeal) bool { return a.By == by })
	if i < 0 {
		return nil
	}
	return &c.Appeals[i]
}

// OpenAppeal is the appeal that is to be decided, with which another may be joined; nil when there
// is none.
func (c Claim) OpenAppeal() *ClaimAppeal {
	i := slices.IndexFunc(c.Appeals, func(a ClaimAppeal) bool { return a.EndedAt == 0 })
	if i < 0 {
		return nil
	}
	return &c.Appeals[i]
}

// HeldAppeal is a side's appeal that is kept for revision; nil when there is none.
func (c Claim) HeldAppeal(by Side) *HeldAnswer {
	i := slices.IndexFunc(c.HeldAppeals, func(h HeldAnswer) bool { return h.By == by })
	if i < 0 {
		return nil
	}
	return &c.HeldAppeals[i]
}

// Involved reports whether an account had a part in what the open appeal is against.
func (c Claim) Involved(account string) bool {
	a := c.OpenAppeal()
	return a != nil && slices.Contains(a.Involved, account)
}

// mayAppeal: the window is open, this side has made none, and taking the claim up again is no way.
func mayAppeal(c Claim, a Actor, p Policy, now Instant) bool {
	return c.MayAppeal(a.sideOf(c.BuyerEmail, c.SellerID), p, now)
}

// MayAppeal reports whether a side may appeal now.
func (c Claim) MayAppeal(side Side, p Policy, now Instant) bool {
	if now >= c.AppealUntil || c.AppealOf(side) != nil {
		return false
	}
	if !c.Status.Open() && now < c.ReopenUntil(p) {
		return c.Status == Settled && side == SideSeller
	}
	return !c.Status.Open() || c.OpenAppeal() != nil
}

func mayDecideAppeal(c Claim, a Actor, _ Policy, _ Instant) bool { return !c.Involved(a.AccountID) }

// mayApprove: a second person, and none that had a part in what an appeal is against.
func mayApprove(c Claim, a Actor, p Policy, now Instant) bool {
	return notProposer(c, a, p, now) && !c.Involved(a.AccountID)
}

// barred says why an account may never do this to the claim as it is, whoever it is by its role.
func (c Claim) barred(action Action, by Actor) error {
	switch action {
	case Approve, SendBack:
		if c.Proposal != nil && c.Proposal.DecidedBy == by.AccountID {
			return forbidden()
		}
	case DecideAppeal:
	default:
		return nil
	}
	if c.Involved(by.AccountID) {
		return &Error{Kind: Forbidden, Code: "appeal_involved"}
	}
	return nil
}

func (in *ClaimAppealInput) apply(c Claim, by Actor, p Policy, now Instant) (change, error) {
	ch := c.change()
	side := by.sideOf(c.BuyerEmail, c.SellerID)
	ch.claim.dropHeldAppeal(side)
	if in.Hold {
		ch.claim.HeldAppeals = append(ch.claim.HeldAppeals, HeldAnswer{
			Action: MakeAppeal, By: side, Actor: by.AccountID, Message: text(in.Grounds), Files: in.Evidence, Captions: in.Captions, At: now,
		})
		ch.recordFor(ownAudience(side), "held", map[string]any{"action": string(MakeAppeal)}, map[string]string{"message": text(in.Grounds)})
		return ch, nil
	}
	ch.give(in.Evidence, in.Captions)
	ch.appealed(side, by.AccountID, text(in.Grounds), in.Evidence, p, now)
	return ch, nil
}

func ownAudience(side Side) Audience {
	if side == SideBuyer {
		return OwnBuyer
	}
	return OwnSeller
}

func (c *Claim) dropHeldAppeal(by Side) {
	c.HeldAppeals = slices.DeleteFunc(c.HeldAppeals, func(h HeldAnswer) bool { return h.By == by })
}

// dropHeldAppeals lets go what was written against a decision that stands no longer; who wrote it
// is told, and has its appeal still.
func (ch *change) dropHeldAppeals() {
	for _, h := range ch.claim.HeldAppeals {
		ch.recordFor(ownAudience(h.By), "appeal_dropped", map[string]any{}, nil)
		ch.tell(h.By, "claim_appeal_dropped")
	}
	ch.claim.HeldAppeals = nil
}

// appealed begins an appeal, or joins the one that is open. A proposal made without what is new goes
// back to who decides.
func (ch *change) appealed(side Side, account, grounds string, files []string, p Policy, now Instant) {
	c := &ch.claim
	a := ClaimAppeal{By: side, Actor: account, Grounds: grounds, Files: slices.Clone(files), At: now}
	data := map[string]any{"party": string(side), "evidence": append([]string{}, files...)}
	if other := c.OpenAppeal(); other != nil {
		a.Joined, a.First, a.Involved = true, other.First, other.Involved
		data["joined"] = true
		c.Appeals = append(c.Appeals, a)
		ch.record("appealed", data, map[string]string{"grounds": grounds})
		c.Proposal = nil
		switch {
		case c.Status == AwaitingApproval:
			ch.enter(UnderAppeal, now, days(p.AppealTargetDays))
		case c.Status == Frozen && c.Former != nil && c.Former.Status == AwaitingApproval:
			c.Former.Status, c.Former.Left = UnderAppeal, days(p.AppealTargetDays).Microseconds()
		}
	} else {
		a.First = c.Decision
		a.Before = Standing{Status: c.Status, NextActor: c.NextActor, DueAt: c.DueAt, ClosedAt: c.ClosedAt, AppealUntil: c.AppealUntil, EscalatedAt: c.EscalatedAt}
		if c.Replaced() {
			a.Before.ReopenBy = c.Replacement.ReopenBy
		}
		c.Appeals = append(c.Appeals, a)
		ch.record("appealed", data, map[string]string{"grounds": grounds})
		c.ClosedAt, c.TakenBy, c.TakenAt, c.EscalatedAt = 0, "", 0, 0
		ch.enter(UnderAppeal, now, days(p.AppealTargetDays))
	}
	ch.tell(otherSide(side), "claim_appealed", "party", string(side), "due_at", c.DueAt)
	ch.tell(side, "claim_appeal_sent", "due_at", c.DueAt)
}

// sendHeldAppeals sends what was kept for revision, as the window ends.
func (ch *change) sendHeldAppeals(p Policy, now Instant) {
	held := ch.claim.HeldAppeals
	ch.claim.HeldAppeals = nil
	for _, h := range held {
		if len(h.Files) > 0 {
			ch.attach = append(ch.attach, attachDraft{uploads: h.Files, captions: h.Captions, actor: h.Actor, side: h.By})
		}
		ch.appealed(h.By, h.Actor, h.Message, h.Files, p, now)
	}
}

// endAppeals ends what is open.
func (c *Claim) endAppeals(outcome string, d *Decision, now Instant) {
	for i := range c.Appeals {
		if a := &c.Appeals[i]; a.EndedAt == 0 {
			a.Outcome, a.Decision, a.EndedAt = outcome, d, now
		}
	}
}

// appealEnds is when the last appeal of a claim ended; zero where there was none.
func (c Claim) appealEnds() (last Instant) {
	for _, a := range c.Appeals {
		last = max(last, a.EndedAt)
	}
	return last
}

// appealedOut ends the window where both have appealed.
func (c *Claim) appealedOut() {
	if c.AppealOf(SideBuyer) != nil && c.AppealOf(SideSeller) != nil {
		c.AppealUntil = 0
	}
}

// OwedBack is what the claim's refunds give back so far, lapsed coupons among it, in minor units.
func (c Claim) OwedBack() (sum int64) {
	for _, r := range c.Refunds {
		sum += r.Total + r.Lapsed
	}
	return sum
}

// backOf is as much of it as falls on a line.
func (c Claim) backOf(line int) (sum int64) {
	for _, r := range c.Refunds {
		for _, l := range r.Lines {
			if l.Line == line {
				sum += l.Amount
			}
		}
	}
	return sum
}
