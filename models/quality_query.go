package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

type qualityRow struct {
	ID            string
	Number        string
	ClaimID       string
	DecidedAt     Instant
	DecidedBy     string
	ApprovedBy    string
	FirstOutcome  ClaimStatus
	FirstAmount   int64
	FirstReason   string
	Currency      string
	Claimed       int64
	PolicyVersion int
	DrawnAt       Instant
	PickedBy      string
	Status        QualityStatus
	TakenBy       string
	TakenAt       Instant
	SecondBy      string
	SecondAt      Instant
	SecondOutcome ClaimStatus
	SecondAmount  int64
	SecondReason  string
	SecondFacts   string
	SameOutcome   bool
	SameAmount    bool
	SameReason    bool
	Agrees        bool
	Note          string
	Conclusion    string
	ClosedBy      string
	ClosedAt      Instant
	Version       int64
	ChangedAt     Instant
}

func (qualityRow) TableName() string { return "quality_reviews" }

type qualityAppealRow struct {
	ClaimID    string
	Party      Side
	DecidedAt  Instant
	ReasonCode string
	FirstBy    string
	Outcome    string
	Reversed   bool
}

func (qualityAppealRow) TableName() string { return "quality_appeals" }

type qualityJoined struct {
	Row         qualityRow `gorm:"embedded"`
	ClaimNumber string
	Reason      Reason
	SellerID    string
	BuyerEmail  string
	Involved    bool
}

// The reader had a part in a case by what stands in its chain; to read or to take it is none.
const (
	qualityInvolved = "EXISTS (SELECT 1 FROM claim_events e WHERE e.claim_id = q.claim_id AND e.actor_id = ? AND e.type IN ?)"
	selectQuality   = "SELECT q.*, c.number AS claim_number, c.reason, c.seller_id, b.email AS buyer_email, " + qualityInvolved + ` AS involved
	FROM quality_reviews q JOIN claims c ON c.id = q.claim_id JOIN buyers b ON b.id = c.buyer_id `
)

func (j qualityJoined) review(by Actor) QualityReview {
	r := j.Row
	return QualityReview{
		ID: r.ID, Number: r.Number, ClaimNumber: j.ClaimNumber, Reason: j.Reason, Currency: r.Currency, Claimed: r.Claimed, Policy: r.PolicyVersion, Status: r.Status,
		DrawnAt: r.DrawnAt, DecidedAt: r.DecidedAt, PickedBy: r.PickedBy, First: Verdict{r.FirstOutcome, r.FirstAmount, r.FirstReason}, DecidedBy: r.DecidedBy, ApprovedBy: r.ApprovedBy,
		TakenBy: r.TakenBy, TakenAt: r.TakenAt, Second: Verdict{r.SecondOutcome, r.SecondAmount, r.SecondReason}, SecondBy: r.SecondBy, SecondAt: r.SecondAt, SecondFacts: r.SecondFacts,
		Same: Agreement{r.SameOutcome, r.SameAmount, r.SameReason}, Note: r.Note, Conclusion: r.Conclusion, ClosedBy: r.ClosedBy, ClosedAt: r.ClosedAt, Version: r.Version, ChangedAt: r.ChangedAt,
		Involved: j.Involved || r.DecidedBy == by.AccountID || r.ApprovedBy == by.AccountID, claimID: r.ClaimID, buyerEmail: j.BuyerEmail, sellerID: j.SellerID,
	}
}

// shown leaves out what is not told before both decisions are there.
func (r QualityReview) shown() QualityReview {
	if r.Blind() {
		r.First, r.DecidedBy, r.ApprovedBy, r.ClaimNumber, r.DecidedAt = Verdict{}, "", "", "", 0
	}
	return r
}

// qualityFor is a second look whole, if the actor may know of it. Kinds: NotFound.
func (s *Store) qualityFor(ctx context.Context, by Actor, number string) (QualityReview, error) {
	rows, err := find[qualityJoined](ctx, s, selectQuality+"WHERE q.number = ?", by.AccountID, involving, number)
	if err != nil {
		return QualityReview{}, fmt.Errorf("read second look: %w", err)
	}
	if len(rows) == 0 {
		return QualityReview{}, notFound()
	}
	r := rows[0].review(by)
	if !r.seenBy(by) {
		return QualityReview{}, notFound()
	}
	return r, nil
}

// QualityByNumber returns a second look. Leads and admins read all, agents those they may take and
// those with a decision of their own; nobody reads one of a case they are a party of. Kinds: NotFound.
func (s *Store) QualityByNumber(ctx context.Context, by Actor, number string) (QualityReview, error) {
	r, err := s.qualityFor(ctx, by, number)
	if err != nil || r.Blind() {
		return r.shown(), err
	}
	c, err := s.claimAlone(ctx, "c.id = ?", r.claimID)
	if d := c.toCheck(); err == nil && d != nil && d.DecidedAt == r.DecidedAt {
		r.FirstFacts = d.Facts
	}
	return r, err
}

// QualityFilter chooses second looks by their state; "" are those that wait.
type QualityFilter struct {
	Status QualityStatus
	Page
}

// QualityReviews lists second looks in a state, the oldest first while they wait for somebody, else the
// last changed first. Kinds: Forbidden but for staff and admins, Invalid for a cursor that is not ours.
func (s *Store) QualityReviews(ctx context.Context, by Actor, f QualityFilter) (items []QualityReview, next string, err error) {
	if !by.SeesAllCases() {
		return nil, "", forbidden()
	}
	status := cmp.Or(f.Status, QualityWaiting)
	waits := status == QualityWaiting || status == QualityTaken || status == QualityDiffers
	p, err := readPlace(f.Cursor, !waits)
	if err != nil {
		return nil, "", err
	}
	query := strings.Replace(selectQuality, "FROM quality_reviews q", "FROM quality_reviews q"+s.engine.hint("quality_reviews_status_changed_at_id_idx"), 1) +
		"WHERE q.status = ? AND q.changed_at " + p.edge + " ? AND (q.changed_at " + p.beyond + " ? OR q.id " + p.beyond + " ?) AND b.email <> ?"
	args := []any{by.AccountID, involving, status, p.at, p.at, p.id, by.Email}
	switch {
	case by.Role != RoleAgent:
	case status == QualityWaiting || status == QualityTaken:
		query += " AND NOT " + qualityInvolved + " AND q.decided_by <> ? AND q.approved_by <> ?"
		args = append(args, by.AccountID, involving, by.AccountID, by.AccountID)
	default:
		query += " AND (q.decided_by = ? OR q.approved_by = ? OR q.second_by = ?)"
		args = append(args, by.AccountID, by.AccountID, by.AccountID)
	}
	limit := f.size() + 1
	rows, err := find[qualityJoined](ctx, s, query+" ORDER BY q.changed_at"+p.order+", q.id"+p.order+" LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, "", fmt.Errorf("list second looks: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		last := rows[limit-2].Row
		next = writeCursor(last.ChangedAt, last.ID)
	}
	for _, r := range rows {
		items = append(items, r.review(by).shown())
	}
	return items, next, nil
}

// BlindCase is what is shown of a case to whoever decides it a second time.
type BlindCase struct {
	Claim  Claim
	Order  Order
	Thread []Message // between the parties before it was decided, the oldest first
	Facts  []CaseFact
	Policy Policy
}

// QualityCase is the case of a second look as it stood before it was decided, without the decision,
// who made it, what came after, and who the parties are. Kinds: NotFound.
func (s *Store) QualityCase(ctx context.Context, by Actor, number string) (BlindCase, error) {
	r, err := s.qualityFor(ctx, by, number)
	if err != nil {
		return BlindCase{}, err
	}
	c, err := s.claimAlone(ctx, "c.id = ?", r.claimID)
	if err != nil {
		return BlindCase{}, err
	}
	return s.blindCase(ctx, by, c, r.DecidedAt, r.Claimed)
}

func (s *Store) blindCase(ctx context.Context, by Actor, c Claim, decided Instant, claimed int64) (b BlindCase, err error) {
	if b.Order, err = s.orderHead(ctx, c.OrderNumber); err != nil {
		return b, err
	}
	b.Order.Lines = slices.Clone(b.Order.Lines)
	for i := range b.Order.Lines {
		b.Order.Lines[i].forget(decided)
	}
	if b.Policy, err = s.PolicyVersion(ctx, c.PolicyVersion); err != nil {
		return b, err
	}
	own, lines, err := s.ThreadsOf(ctx, ClaimView{Claim: c, Side: by.sideOf(c.BuyerEmail, c.SellerID)}, b.Order)
	if err != nil {
		return b, err
	}
	for _, l := range lines {
		own = append(own, l.Messages...)
	}
	slices.SortStableFunc(own, func(x, y Message) int { return cmp.Compare(x.SentAt, y.SentAt) })
	mask := c.mask()
	for _, m := range own {
		if m.SentAt > decided {
			continue
		}
		m.Body, m.AuthorName, m.AuthorID, m.Evidence = mask.Replace(m.Body), "", "", nil
		b.Thread = append(b.Thread, m)
	}
	b.Claim = c.asBefore(decided)
	b.Claim.Claimed = claimed
	b.Facts = CompareCase(b.Claim, b.Order)
	return b, nil
}

// forget leaves out what became known of a line after an instant, and what was paid back, which
// tells the decision.
func (l *OrderLine) forget(after Instant) {
	for _, at := range []*Instant{&l.ShippedAt, &l.FirstScanAt, &l.DeliveredAt, &l.CancelledAt} {
		if *at > after {
			*at = 0
		}
	}
	l.Refunded, l.Owed, l.Claims, l.OpenClaimID = 0, 0, nil, ""
}

// QualityNumbers are the agreement of second looks and the outcomes of appeals since an instant.
// Lists are in the order of their codes and accounts, which ranks nobody.
type QualityNumbers struct {
	Since   Instant
	Looked  int
	Agreed  int
	Least   int // second looks of a pair from which it is named
	Reasons []QualityShare
	Pairs   []QualityShare
	Appeals []QualityShare
}

// QualityShare is how many of some were the same, or of appeals reversed or changed.
type QualityShare struct {
	Code  string // reason code; "" of a pair
	One   string // accounts of a pair, in their order
	Other string
	Count int
	Of    int
}

// QualityNumbers counts second looks and decided appeals of the last days: all of them for leads and
// admins, those with a decision of their own for agents. Kinds: Forbidden, Invalid.
func (s *Store) QualityNumbers(ctx context.Context, by Actor, lastDays int) (n QualityNumbers, err error) {
	if !by.SeesAllCases() {
		return n, forbidden()
	}
	if lastDays < 1 || lastDays > 366 {
		return n, fieldError("days", "amount_out_of_range")
	}
	now, err := s.Now(ctx)
	if err != nil {
		return n, err
	}
	p, err := s.Policy(ctx, now)
	if err != nil {
		return n, err
	}
	n.Since, n.Least = now.Add(-days(lastDays)), p.QualityPairLeast
	own, ownAppeals, args, appealArgs := "", "", []any{n.Since}, []any{n.Since}
	if by.Role == RoleAgent {
		own, args = " AND (decided_by = ? OR second_by = ?)", append(args, by.AccountID, by.AccountID)
		ownAppeals, appealArgs = " AND first_by = ?", append(appealArgs, by.AccountID)
	}
	rows, err := find[struct {
		FirstReason, DecidedBy, SecondBy string
		N, Same                          int
	}](ctx, s, "SELECT first_reason, decided_by, second_by, COUNT(*) AS n, CAST(SUM(agrees) AS SIGNED) AS same FROM quality_reviews WHERE second_at >= ?"+own+
		" GROUP BY first_reason, decided_by, second_by", args...)
	if err != nil {
		return n, fmt.Errorf("count second looks: %w", err)
	}
	reasons, pairs := map[QualityShare]QualityShare{}, map[QualityShare]QualityShare{}
	add := func(to map[QualityShare]QualityShare, key QualityShare, count, of int) {
		x, there := to[key]
		if !there {
			x = key
		}
		x.Count, x.Of = x.Count+count, x.Of+of
		to[key] = x
	}
	for _, r := range rows {
		n.Looked, n.Agreed = n.Looked+r.N, n.Agreed+r.Same
		add(reasons, QualityShare{Code: r.FirstReason}, r.Same, r.N)
		add(pairs, QualityShare{One: min(r.DecidedBy, r.SecondBy), Other: max(r.DecidedBy, r.SecondBy)}, r.Same, r.N)
	}
	n.Reasons = sorted(reasons, 0)
	n.Pairs = sorted(pairs, n.Least)
	appeals, err := find[struct {
		ReasonCode  string
		N, Reversed int
	}](ctx, s, "SELECT reason_code, COUNT(*) AS n, CAST(SUM(reversed) AS SIGNED) AS reversed FROM quality_appeals WHERE decided_at >= ?"+ownAppeals+" GROUP BY reason_code ORDER BY reason_code", appealArgs...)
	if err != nil {
		return n, fmt.Errorf("count appeals: %w", err)
	}
	for _, r := range appeals {
		n.Appeals = append(n.Appeals, QualityShare{Code: r.ReasonCode, Count: r.Reversed, Of: r.N})
	}
	return n, nil
}

// sorted are the shares of at least so many, in the order of their keys.
func sorted(from map[QualityShare]QualityShare, least int) (list []QualityShare) {
	for _, x := range from {
		if x.Of >= least {
			list = append(list, x)
		}
	}
	slices.SortFunc(list, func(a, b QualityShare) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.One, b.One), cmp.Compare(a.Other, b.Other))
	})
	return list
}
