package models

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"hosho/models/money"
)

// FileClaim is a buyer's request for one or more lines of one order and one seller. Amount
// nil claims everything unrefunded, in minor units. Schedule files ahead, inside the wait.
type FileClaim struct {
	OrderNumber    string   `json:"order_number" validate:"required,key"`
	Line           *int     `json:"line" validate:"omitempty,gte=1"`
	Lines          []int    `json:"lines" validate:"max=100,unique,dive,gte=1"`
	Reason         Reason   `json:"reason" validate:"required,oneof=stock_out_unrefunded not_received false_shipment not_as_described damaged_or_defective wrong_or_missing_item return_refused return_unrefunded unexpected_charge change_of_mind"`
	Description    string   `json:"description" validate:"required,visible,max=4000,clean"`
	DesiredOutcome Outcome  `json:"desired_outcome" validate:"required,oneof=refund partial_refund replacement return_and_refund"`
	Amount         *int64   `json:"amount"`
	Evidence       []string `json:"evidence" validate:"max=20,unique,dive,key"`
	Schedule       bool     `json:"schedule"`
	FromDraft      bool     `json:"-"` // it was written as a draft, which goes with the filing
	DraftMark      string   `json:"-"` // of the draft as it was checked; "" does not ask

	Captions map[string]string `json:"-" validate:"max=20,dive,keys,key,endkeys,max=300,clean"` // what each file shows, by its id
}

func (in FileClaim) lineNumbers() []int {
	n := slices.Clone(in.Lines)
	if in.Line != nil && !slices.Contains(n, *in.Line) {
		n = append(n, *in.Line)
	}
	slices.Sort(n)
	return n
}

// NotEligible is the error of a filing that a rule refuses: its code is the rule's, and the
// whole answer comes with it.
type NotEligible struct {
	Assessment Assessment
}

func (e *NotEligible) Error() string { return "not eligible: " + string(e.Assessment.Code) }

func notEligible(a Assessment) *Error {
	e := &Error{Kind: Invalid, Code: string(a.Code), Args: map[string]any{"deadline_at": a.DeadlineAt}, Err: &NotEligible{a}}
	if a.AvailableAt != 0 {
		e.Args["available_at"] = a.AvailableAt
	}
	if a.WaitEndsAt != 0 {
		e.Args["wait_ends_at"] = a.WaitEndsAt
	}
	return e
}

// AssessmentOf returns the whole answer that came with a refused filing.
func AssessmentOf(err error) (Assessment, bool) {
	var e *NotEligible
	if errors.As(err, &e) {
		return e.Assessment, true
	}
	return Assessment{}, false
}

// FileClaim files a claim. The buyer of the order may, whatever the account's role. Inside
// the wait it is refused with wait_not_elapsed and the exact instant, or, with Schedule,
// kept as scheduled: it counts as filed now and opens by itself. Two filings of one line at
// once make one claim. Kinds: Invalid (limits; a failing rule, with the whole assessment),
// NotFound for an order or line that is not there or not the caller's.
func (s *Store) FileClaim(ctx context.Context, by Actor, in FileClaim) (Claim, error) {
	if in.OrderNumber == "" {
		return Claim{}, checkFiling(in)
	}
	var claim Claim
	err := s.inTx(ctx, func(tx *Store) error {
		var err error
		claim, err = tx.fileClaim(ctx, by, in)
		return err
	})
	return claim, err
}

func checkFiling(in FileClaim) error {
	var f fieldErrors
	f.check(in)
	if len(in.lineNumbers()) == 0 {
		f.add("line", "required")
	}
	return f.err()
}

func (tx *Store) fileClaim(ctx context.Context, by Actor, in FileClaim) (Claim, error) {
	order, err := tx.orderHead(ctx, in.OrderNumber)
	if err != nil {
		return Claim{}, err
	}
	if side := orderSide(by, order); side != SideBuyer {
		if side == SideNone {
			return Claim{}, notFound()
		}
		return Claim{}, forbidden()
	}
	// Whether there is such an order for the caller comes before the limits of fields.
	if err := checkFiling(in); err != nil {
		return Claim{}, err
	}
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return Claim{}, err
	}
	lines, err := linesOf(order, in.lineNumbers())
	if err != nil {
		return Claim{}, err
	}
	limits, limited := policy.Limits[order.Currency]
	most := unrefunded(lines)
	if limited {
		most = min(most, limits.MaxClaim)
	}
	if in.Amount != nil && *in.Amount < 1 {
		return Claim{}, amountError(order.Currency, 1, most)
	}
	amounts, err := claimAmounts(lines, in.Amount)
	if err != nil {
		return Claim{}, err
	}
	answers := make([]Assessment, len(lines))
	for i, l := range lines {
		facts := order.Facts(l, in.Reason, policy, tx.config.Zone)
		facts.OwnOrder, facts.Claimed, facts.Filing, facts.Schedule, facts.Files = true, amounts[i], true, in.Schedule, len(in.Evidence)
		answers[i] = Assess(facts, policy, tx.now, tx.config.Zone)
	}
	answer := together(answers)
	if limited && answer.Eligible && sum(amounts) > limits.MaxClaim {
		answer.Eligible, answer.Code = false, RuleAmountTooLarge // the limit is for the claim, not for each line
	}
	if !answer.Eligible {
		return Claim{}, notEligible(answer).With("max_amount", most)
	}
	c := newClaim(order, lines, amounts, in, answer, policy, tx.now)
	return tx.insertClaim(ctx, by, c, policy, in)
}

func linesOf(order Order, numbers []int) ([]OrderLine, error) {
	lines := make([]OrderLine, 0, len(numbers))
	for _, n := range numbers {
		l, ok := order.Line(n)
		if !ok {
			return nil, notFound()
		}
		if len(lines) > 0 && l.SellerID != lines[0].SellerID {
			return nil, fieldError("lines", "one_seller")
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// claimAmounts spreads what is claimed over the lines in proportion to what is unrefunded.
// More than all of it is left to the rule amount_too_large to refuse.
func claimAmounts(lines []OrderLine, amount *int64) ([]int64, error) {
	left := make([]int64, len(lines))
	for i, l := range lines {
		left[i] = l.Unrefunded()
	}
	if amount == nil {
		return left, nil
	}
	total := sum(left)
	if *amount > total {
		left[0] += *amount - total
		return left, nil
	}
	shares, err := money.Allocate(*amount, left, left)
	if err != nil {
		return nil, fmt.Errorf("spread the amount: %w", err)
	}
	return shares, nil
}

func unrefunded(lines []OrderLine) (total int64) {
	for _, l := range lines {
		total += l.Unrefunded()
	}
	return total
}

func sum(n []int64) (total int64) {
	for _, v := range n {
		total += v
	}
	return total
}

// together is the answer for several lines: every line must pass each rule, the wait and
// the deadline are the ones that bind.
func together(answers []Assessment) Assessment {
	all := answers[0]
	if len(answers) == 1 {
		return all
	}
	all.Rules = slices.Clone(all.Rules)
	for _, a := range answers[1:] {
		for i, r := range a.Rules {
			if !r.Passed && all.Rules[i].Passed || r.Passed == all.Rules[i].Passed && r.TurnsAt > all.Rules[i].TurnsAt {
				all.Rules[i] = r
			}
		}
		all.WaitEndsAt = max(all.WaitEndsAt, a.WaitEndsAt)
		all.Because.ContactedAt = max(all.Because.ContactedAt, a.Because.ContactedAt)
		all.Because.Limit.Amount += a.Because.Limit.Amount
		all.DeadlineAt = min(all.DeadlineAt, a.DeadlineAt)
	}
	all.Code = ""
	for _, r := range all.Rules {
		if !r.Passed {
			all.Code = r.Code
			break
		}
	}
	all.Eligible = all.Code == ""
	all.AvailableAt = availableAt(all.Rules, all.DeadlineAt)
	return all
}

func newClaim(order Order, lines []OrderLine, amounts []int64, in FileClaim, answer Assessment, policy Policy, now Instant) Claim {
	c := Claim{
		ID: newID(), Number: newNumber('C'), Version: 1, OrderID: order.ID, OrderNumber: order.Number,
		BuyerID: order.BuyerID, BuyerEmail: order.BuyerEmail, BuyerName: order.BuyerName, BuyerLocale: order.BuyerLocale,
		SellerID: lines[0].SellerID, SellerName: lines[0].SellerName, Title: lines[0].Title, Reason: in.Reason, FiledAt: now, OpensAt: now,
		Claimed: sum(amounts), Currency: order.Currency, Description: text(in.Description), DesiredOutcome: in.DesiredOutcome,
		PolicyVersion: policy.Version, Assessment: answer, ChangedAt: now,
	}
	for i, l := range lines {
		c.Lines = append(c.Lines, ClaimLine{l.Number, l.ID, amounts[i], true})
		c.Listings = append(c.Listings, PinnedListing{l.Number, l.Title, l.UnitPrice, l.Quantity, l.Listing})
	}
	return c
}

func (tx *Store) insertClaim(ctx context.Context, by Actor, c Claim, policy Policy, in FileClaim) (Claim, error) {
	evidence := in.Evidence
	ch := c.change()
	data := map[string]any{
		"order_number": c.OrderNumber, "lines": c.LineNumbers(), "reason": string(c.Reason), "amount": c.Claimed, "currency": c.Currency,
		"desired_outcome": string(c.DesiredOutcome), "policy_version": c.PolicyVersion, "deadline_at": c.Assessment.DeadlineAt.String(),
	}
	if len(evidence) > 0 {
		data["evidence"] = evidence
	}
	if ends := c.Assessment.WaitEndsAt; tx.now < ends {
		ch.claim.OpensAt = ends
		ch.enter(Scheduled, tx.now, 0)
		ch.claim.DueAt = ends
		data["opens_at"] = ends.String()
		ch.record("filed", data, map[string]string{"description": c.Description})
		ch.tell(SideBuyer, "claim_scheduled", "opens_at", ends)
	} else {
		ch.record("filed", data, map[string]string{"description": c.Description})
		ch.open(policy, tx.now)
	}
	ch.claim.WakeAt = ch.claim.nextWake(policy, 0, tx.now)
	if len(evidence) > 0 {
		given, err := tx.attachToClaim(ctx, by, c, SideBuyer, attachDraft{uploads: evidence, captions: in.Captions}, policy)
		if err != nil {
			return Claim{}, err
		}
		ch.claim.Evidence = given
		ch.nameFiles(given)
	}
	c = ch.claim
	events, err := link(&c, by, tx.now, ch.events)
	if err != nil {
		return Claim{}, err
	}
	c.readSeq = c.LastSeq
	if err := tx.takeLines(ctx, c); err != nil {
		return Claim{}, err
	}
	row, err := rowOf(c)
	if err != nil {
		return Claim{}, err
	}
	if err := tx.insert(ctx, &row); err != nil {
		if isDuplicate(err) {
			return Claim{}, errAgain // the number is taken; the next one will be another
		}
		return Claim{}, fmt.Errorf("insert claim: %w", err)
	}
	lines := make([]claimLineRow, 0, len(c.Lines))
	for _, l := range c.Lines {
		key := l.OrderLineID
		lines = append(lines, claimLineRow{c.ID, l.LineNumber, l.OrderLineID, l.Amount, &key, true})
	}
	if err := tx.insert(ctx, &lines); err != nil {
		if isDuplicate(err) {
			return Claim{}, errAgain // somebody else was first; asked anew, the rule says so
		}
		return Claim{}, fmt.Errorf("insert claim lines: %w", err)
	}
	if err := tx.insert(ctx, &events); err != nil {
		return Claim{}, fmt.Errorf("insert events: %w", err)
	}
	if in.FromDraft {
		if err := tx.sendDraft(ctx, by, c.OrderID, c.SellerID, in.DraftMark); err != nil {
			return Claim{}, err
		}
	}
	if err := tx.insertNotices(ctx, c, ch.notices); err != nil {
		return Claim{}, err
	}
	if err := tx.insert(ctx, &timerRow{Kind: claimTimer, Subject: c.ID, FireAt: c.WakeAt}); err != nil {
		return Claim{}, fmt.Errorf("set timer: %w", err)
	}
	return c, nil
}

// takeLines marks the lines as claimed if nobody has meanwhile.
func (tx *Store) takeLines(ctx context.Context, c Claim) error {
	ids := make([]string, 0, len(c.Lines))
	for _, l := range c.Lines {
		ids = append(ids, l.OrderLineID)
	}
	n, err := tx.exec(ctx, "UPDATE order_lines SET open_claim_id = ?, claims_counted = claims_counted + 1 WHERE id IN ? AND open_claim_id = ''", c.ID, ids)
	if err != nil {
		return fmt.Errorf("take lines: %w", err)
	}
	if n != int64(len(ids)) {
		return errAgain
	}
	return nil
}
