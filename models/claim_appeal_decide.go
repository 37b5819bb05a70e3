package models

// ClaimAppealInput is a party's appeal: what is new, with files that show it. Hold keeps it for
// revision until the window ends, when the clock sends it.
type ClaimAppealInput struct {
	Versioned
	Captioned
	Grounds  string   `json:"grounds" validate:"required,visible,max=4000,clean"`
	Evidence []string `json:"evidence" validate:"max=20,unique,dive,key"`
	Hold     bool     `json:"hold"`
}

// DecideClaimAppealInput is what somebody says of an appeal who had no part in what it is against.
// Upheld leaves everything as it was, so that it takes no amount, bearer or metric. Overturned is the
// other way: granted becomes denied, and the other way round, where Amount nil is the claimed sum.
// Changed goes the same way with another amount (nil: the same), bearer or metric; of a denial it can
// be the metric alone. Amounts are in minor units.
type DecideClaimAppealInput struct {
	Versioned
	Outcome             string   `json:"outcome" validate:"required,oneof=upheld overturned changed"`
	Amount              *int64   `json:"amount"`
	BorneBy             string   `json:"borne_by" validate:"omitempty,oneof=seller marketplace"`
	CountsAgainstSeller *bool    `json:"counts_against_seller"`
	ReasonCode          string   `json:"reason_code" validate:"required,code"`
	Rule                string   `json:"rule" validate:"max=200,clean"`
	Facts               string   `json:"facts" validate:"required,visible,max=4000,clean"`
	EvidenceCited       []string `json:"evidence_cited" validate:"max=40,unique,dive,key"`
	Explanation         string   `json:"explanation" validate:"required,visible,max=8000,clean"`
}

// Action names the action of the input.
func (*ClaimAppealInput) Action() Action { return MakeAppeal }

// Action names the action of the input.
func (*DecideClaimAppealInput) Action() Action { return DecideAppeal }

// Contested is what an open appeal is against, as a decision: the first one, or what a settlement
// came to, for which the seller pays and which counts for nothing.
func (c Claim) Contested() Decision {
	a := c.OpenAppeal()
	d := Decision{Outcome: Denied, Amount: c.OwedBack(), BorneBy: borneBySeller}
	if d.Amount > 0 {
		d.Outcome = Granted
	}
	switch {
	case a == nil || a.First == nil:
	case a.Before.Status != Settled:
		return *a.First
	default:
		d.CountsAgainstSeller = a.First.CountsAgainstSeller
	}
	for _, r := range c.Refunds {
		d.BorneBy = r.BorneBy
	}
	return d
}

// Goes is which way a decision that does not uphold what an open appeal is against goes: granted or
// denied; "" for one that does.
func (in *DecideClaimAppealInput) Goes(c Claim) ClaimStatus {
	overturned, denied := in.Outcome == AppealOverturned, c.Contested().Outcome == Denied
	switch {
	case in.Outcome == AppealUpheld:
		return ""
	case overturned && !denied, !overturned && denied && c.OpenAppeal().Before.Status == Denied:
		return Denied
	}
	return Granted
}

// decision is what the input makes of what is contested. It is pure.
func (in *DecideClaimAppealInput) decision(c Claim, by Actor, now Instant) (Decision, error) {
	d := Decision{
		Appeal: in.Outcome, ReasonCode: in.ReasonCode, Rule: text(in.Rule), Facts: text(in.Facts), Explanation: text(in.Explanation), EvidenceCited: in.EvidenceCited,
		DecidedAt: now, DecidedBy: by.AccountID,
	}
	if d.EvidenceCited == nil {
		d.EvidenceCited = []string{}
	}
	if err := c.citable(d.EvidenceCited); err != nil {
		return d, err
	}
	first := c.Contested()
	if in.Outcome == AppealUpheld {
		d.Outcome, d.Amount, d.BorneBy, d.CountsAgainstSeller = first.Outcome, first.Amount, first.BorneBy, first.CountsAgainstSeller
		switch {
		case in.Amount != nil:
			return d, fieldError("amount", "not_wanted")
		case in.BorneBy != "" && in.BorneBy != first.BorneBy:
			return d, fieldError("borne_by", "not_wanted")
		case in.CountsAgainstSeller != nil && *in.CountsAgainstSeller != first.CountsAgainstSeller:
			return d, fieldError("counts_against_seller", "not_wanted")
		}
		return d, nil
	}
	switch {
	case in.BorneBy == "":
		return d, fieldError("borne_by", "required")
	case in.CountsAgainstSeller == nil:
		return d, fieldError("counts_against_seller", "required")
	}
	d.BorneBy, d.CountsAgainstSeller = in.BorneBy, *in.CountsAgainstSeller
	d.Outcome = in.Goes(c)
	usual := c.Claimed
	if in.Outcome == AppealChanged {
		usual = first.Amount
	}
	switch {
	case d.Outcome == Denied && in.Amount != nil:
		return d, fieldError("amount", "not_wanted")
	case d.Outcome == Denied:
	case in.Amount == nil && usual == 0:
		return d, fieldError("amount", "required")
	case in.Amount == nil:
		d.Amount = usual
	case *in.Amount < 1 || *in.Amount > c.Claimed:
		return d, c.amountError(1, c.Claimed)
	default:
		d.Amount = *in.Amount
	}
	if in.Outcome == AppealChanged && d.Outcome == first.Outcome && d.Amount == first.Amount && d.CountsAgainstSeller == first.CountsAgainstSeller &&
		(d.BorneBy == first.BorneBy || d.Outcome == Denied) {
		return d, fieldError("outcome", "nothing_changed")
	}
	return d, nil
}

func (in *DecideClaimAppealInput) apply(c Claim, by Actor, p Policy, now Instant) (change, error) {
	d, err := in.decision(c, by, now)
	if err != nil {
		return change{}, err
	}
	ch := c.change()
	if d.Appeal != AppealUpheld && d.Outcome == Granted && p.NeedsApproval(d.Amount, c.Currency) {
		ch.propose(d, p, now)
		return ch, nil
	}
	ch.appealDecided(d, p, now)
	return ch, nil
}

// appealDecided ends an appeal by a decision that needs no second person any more. The first
// decision stays to be read with the appeal.
func (ch *change) appealDecided(d Decision, p Policy, now Instant) {
	c := &ch.claim
	data := map[string]any{
		"appeal": d.Appeal, "outcome": string(d.Outcome), "amount": d.Amount, "currency": c.Currency, "borne_by": d.BorneBy, "counts_against_seller": d.CountsAgainstSeller,
		"reason_code": d.ReasonCode, "rule": d.Rule, "evidence_cited": append([]string{}, d.EvidenceCited...),
	}
	ch.record("appeal_decided", data, map[string]string{"facts": d.Facts, "explanation": d.Explanation})
	open := *c.OpenAppeal()
	by := "appeal_" + string(open.By)
	c.endAppeals(d.Appeal, &d, now)
	if d.Appeal == AppealUpheld {
		ch.stands(open.Before, open.At, now)
		ch.tellAppealed("claim_appeal_upheld", d)
		return
	}
	before := c.OwedBack()
	ch.dropHeldAppeals()
	ch.close(d.Outcome, now, p)
	c.appealedOut()
	c.Decision = &d
	ch.appeal = &appealMoney{cause: by, bearer: d.BorneBy}
	switch more := d.Amount - before; {
	case more > 0:
		ch.refund = &refundDraft{cause: by, amount: more, borneBy: d.BorneBy}
	case more < 0:
		ch.appeal.less = -more
	}
	ch.tellAppealed("claim_appeal_decided", d)
}

// stands puts a closed claim back to where it was. A buyer that could still take up a replacement
// anew has as long for it as when the appeal began.
func (ch *change) stands(b Standing, since, now Instant) {
	ch.enter(b.Status, now, 0)
	c := &ch.claim
	c.NextActor, c.DueAt, c.ClosedAt, c.AppealUntil, c.EscalatedAt = b.NextActor, b.DueAt, b.ClosedAt, b.AppealUntil, b.EscalatedAt
	c.Proposal = nil
	if c.Replaced() && b.ReopenBy > since {
		c.Replacement.ReopenBy = max(c.Replacement.ReopenBy, now+b.ReopenBy-since)
	}
}

// tellAppealed tells both how an appeal ended, and those who still may until when they can appeal.
func (ch *change) tellAppealed(kind string, d Decision) {
	c := ch.claim
	for _, side := range []Side{SideBuyer, SideSeller} {
		if side == SideSeller && c.OpenedAt == 0 {
			continue
		}
		args := []any{
			"appeal", d.Appeal, "outcome", string(d.Outcome), "amount", d.Amount, "borne_by", d.BorneBy, "counts", d.CountsAgainstSeller, "reason_code", d.ReasonCode,
		}
		if c.AppealOf(side) == nil && c.AppealUntil > c.appealEnds() {
			args = append(args, "appeal_until", c.AppealUntil)
		}
		ch.tell(side, kind, args...)
	}
}
