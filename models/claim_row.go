package models

import (
	"context"
	"encoding/json"
	"fmt"
)

// claimRow is a claim as it rests. What is read as a whole and never searched is JSON.
type claimRow struct {
	ID             string
	Number         string
	Version        int64
	OrderID        string
	OrderNumber    string
	BuyerID        string
	SellerID       string
	Title          string
	Reason         Reason
	Status         ClaimStatus
	NextActor      NextActor
	DueAt          Instant
	OpensAt        Instant
	FiledAt        Instant
	OpenedAt       Instant
	ClosedAt       Instant
	AppealUntil    Instant
	WakeAt         Instant
	Claimed        int64
	Currency       string
	Description    string
	DesiredOutcome Outcome
	PolicyVersion  int
	Assessment     string
	Listing        *string
	Offer          *string
	Question       *string
	Statements     *string
	Decision       *string
	Proposal       *string
	Former         *string
	Held           *string
	SellerDueAt    Instant
	BuyerDueAt     Instant
	SellerAsked    int
	BuyerAsked     int
	SellerSilent   bool
	EscalatedAt    Instant
	ArrivedAt      Instant
	ObjectedAt     Instant
	ReopenedAt     Instant
	TakenBy        string
	TakenAt        Instant
	TouchedAt      Instant
	PauseFrom      Instant
	PauseUntil     Instant
	PauseReason    string
	HoldUntil      Instant
	HoldReason     string
	LegalHold      *string
	Returned       *string
	Replacement    *string
	Appeals        *string
	HeldAppeals    *string
	LastSeq        int64
	LastHash       string
	ChangedAt      Instant
}

func (claimRow) TableName() string { return "claims" }

type claimLineRow struct {
	ClaimID     string
	LineNo      int
	OrderLineID string
	Amount      int64
	OpenKey     *string
	Counted     bool
}

func (claimLineRow) TableName() string { return "claim_lines" }

type claimJoined struct {
	Row          claimRow `gorm:"embedded"`
	BuyerEmail   string
	BuyerName    string
	BuyerLocale  string
	SellerName   string
	SellerLocale string
}

const claimColumns = `c.*, b.email AS buyer_email, b.name AS buyer_name, b.locale AS buyer_locale, s.name AS seller_name, s.locale AS seller_locale`

const selectClaim = "SELECT " + claimColumns + `
	FROM claims c JOIN buyers b ON b.id = c.buyer_id JOIN sellers s ON s.id = c.seller_id `

// claimWithLine is a claim with one of its lines. Most have one, so that both in one
// statement cost least.
type claimWithLine struct {
	Claim       claimJoined `gorm:"embedded"`
	LineNo      int
	OrderLineID string
	Amount      int64
	Counted     bool
	HasFiles    bool // of selectWholeClaim alone
}

const (
	selectClaimLines = "SELECT " + claimLineColumns + claimLineTables
	selectWholeClaim = "SELECT " + claimLineColumns + claimHasFiles + claimLineTables
	claimLineColumns = claimColumns + ", cl.line_no, cl.order_line_id, cl.amount, cl.counted"
	// Most claims have no files: a look costs less than a second statement.
	claimHasFiles   = ", EXISTS (SELECT 1 FROM attachments x WHERE x.subject_id = c.id) AS has_files"
	claimLineTables = `
	FROM claims c JOIN buyers b ON b.id = c.buyer_id JOIN sellers s ON s.id = c.seller_id JOIN claim_lines cl ON cl.claim_id = c.id `
)

func toJSON(v any) (*string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	s := string(b)
	if s == "null" {
		return nil, nil //nolint:nilnil // NULL is the stored form of nothing
	}
	return &s, nil
}

func fromJSON[T any](s *string) (*T, error) {
	if s == nil || *s == "" {
		return nil, nil //nolint:nilnil // NULL is the stored form of nothing
	}
	v := new(T)
	if err := json.Unmarshal([]byte(*s), v); err != nil {
		return nil, fmt.Errorf("decode %T: %w", v, err)
	}
	return v, nil
}

func listFromJSON[T any](s *string) ([]T, error) {
	list, err := fromJSON[[]T](s)
	if err != nil || list == nil {
		return nil, err
	}
	return *list, nil
}

// rowOf is the whole row of a new claim.
func rowOf(c Claim) (claimRow, error) {
	r, err := changingRow(c)
	if err != nil {
		return claimRow{}, err
	}
	assessment, err := json.Marshal(c.Assessment)
	if err != nil {
		return claimRow{}, err
	}
	r.Assessment = string(assessment)
	r.Listing, err = toJSON(c.Listings)
	return r, err
}

// changingRow leaves out what never changes and is long: the assessment and the listings.
func changingRow(c Claim) (r claimRow, err error) {
	r = claimRow{
		ID: c.ID, Number: c.Number, Version: c.Version, OrderID: c.OrderID, OrderNumber: c.OrderNumber, BuyerID: c.BuyerID, SellerID: c.SellerID,
		Title: c.Title, Reason: c.Reason, Status: c.Status, NextActor: c.NextActor, DueAt: c.DueAt, OpensAt: c.OpensAt, FiledAt: c.FiledAt,
		OpenedAt: c.OpenedAt, ClosedAt: c.ClosedAt, AppealUntil: c.AppealUntil, WakeAt: c.WakeAt, Claimed: c.Claimed, Currency: c.Currency,
		Description: c.Description, DesiredOutcome: c.DesiredOutcome, PolicyVersion: c.PolicyVersion, SellerDueAt: c.SellerDueAt, BuyerDueAt: c.BuyerDueAt,
		SellerAsked: c.SellerAsked, BuyerAsked: c.BuyerAsked, SellerSilent: c.SellerSilent, EscalatedAt: c.EscalatedAt, ArrivedAt: c.ArrivedAt,
		ObjectedAt: c.ObjectedAt, ReopenedAt: c.ReopenedAt, TakenBy: c.TakenBy, TakenAt: c.TakenAt, TouchedAt: c.TouchedAt, PauseFrom: c.PauseFrom, PauseUntil: c.PauseUntil,
		PauseReason: c.PauseReason, HoldUntil: c.HoldUntil, HoldReason: c.HoldReason, LastSeq: c.LastSeq, LastHash: c.LastHash, ChangedAt: c.ChangedAt,
	}
	for _, f := range []struct {
		to *(*string)
		v  any
	}{
		{&r.Offer, c.Offer},
		{&r.Question, c.Question},
		{&r.Statements, c.Statements},
		{&r.Decision, c.Decision},
		{&r.Proposal, c.Proposal},
		{&r.Former, c.Former},
		{&r.Held, c.Held},
		{&r.LegalHold, c.LegalHold},
		{&r.Returned, c.Return},
		{&r.Replacement, c.Replacement},
		{&r.Appeals, c.Appeals},
		{&r.HeldAppeals, c.HeldAppeals},
	} {
		if *f.to, err = toJSON(f.v); err != nil {
			return claimRow{}, err
		}
	}
	return r, nil
}

func (r claimJoined) claim() (c Claim, err error) {
	c = Claim{
		ID: r.Row.ID, Number: r.Row.Number, Version: r.Row.Version, OrderID: r.Row.OrderID, OrderNumber: r.Row.OrderNumber, BuyerID: r.Row.BuyerID, BuyerEmail: r.BuyerEmail,
		BuyerName: r.BuyerName, BuyerLocale: r.BuyerLocale, SellerID: r.Row.SellerID, SellerName: r.SellerName, SellerLocale: r.SellerLocale,
		Title: r.Row.Title, Reason: r.Row.Reason, Status: r.Row.Status, NextActor: r.Row.NextActor, DueAt: r.Row.DueAt, OpensAt: r.Row.OpensAt, FiledAt: r.Row.FiledAt,
		OpenedAt: r.Row.OpenedAt, ClosedAt: r.Row.ClosedAt, AppealUntil: r.Row.AppealUntil, WakeAt: r.Row.WakeAt, Claimed: r.Row.Claimed, Currency: r.Row.Currency,
		Description: r.Row.Description, DesiredOutcome: r.Row.DesiredOutcome, PolicyVersion: r.Row.PolicyVersion, SellerDueAt: r.Row.SellerDueAt, BuyerDueAt: r.Row.BuyerDueAt,
		SellerAsked: r.Row.SellerAsked, BuyerAsked: r.Row.BuyerAsked, SellerSilent: r.Row.SellerSilent, EscalatedAt: r.Row.EscalatedAt, ArrivedAt: r.Row.ArrivedAt,
		ObjectedAt: r.Row.ObjectedAt, ReopenedAt: r.Row.ReopenedAt, TakenBy: r.Row.TakenBy, TakenAt: r.Row.TakenAt, TouchedAt: r.Row.TouchedAt, PauseFrom: r.Row.PauseFrom, PauseUntil: r.Row.PauseUntil,
		PauseReason: r.Row.PauseReason, HoldUntil: r.Row.HoldUntil, HoldReason: r.Row.HoldReason, LastSeq: r.Row.LastSeq, LastHash: r.Row.LastHash, ChangedAt: r.Row.ChangedAt, readSeq: r.Row.LastSeq,
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("read claim %s: %w", r.Row.Number, err)
		}
	}()
	if err = json.Unmarshal([]byte(r.Row.Assessment), &c.Assessment); err != nil {
		return
	}
	if r.Row.Listing != nil {
		if err = json.Unmarshal([]byte(*r.Row.Listing), &c.Listings); err != nil {
			return
		}
	}
	if c.Offer, err = fromJSON[Offer](r.Row.Offer); err != nil {
		return
	}
	if c.Question, err = fromJSON[Question](r.Row.Question); err != nil {
		return
	}
	said, err := fromJSON[[]Statement](r.Row.Statements)
	if err != nil {
		return
	}
	if said != nil {
		c.Statements = *said
	}
	if c.Decision, err = fromJSON[Decision](r.Row.Decision); err != nil {
		return
	}
	if c.Proposal, err = fromJSON[Decision](r.Row.Proposal); err != nil {
		return
	}
	if c.Former, err = fromJSON[Former](r.Row.Former); err != nil {
		return
	}
	if c.Held, err = fromJSON[HeldAnswer](r.Row.Held); err != nil {
		return
	}
	if c.LegalHold, err = fromJSON[LegalHold](r.Row.LegalHold); err != nil {
		return
	}
	if c.Return, err = fromJSON[Return](r.Row.Returned); err != nil {
		return
	}
	if c.Replacement, err = fromJSON[Replacement](r.Row.Replacement); err != nil {
		return
	}
	if c.Appeals, err = listFromJSON[ClaimAppeal](r.Row.Appeals); err != nil {
		return
	}
	c.HeldAppeals, err = listFromJSON[HeldAnswer](r.Row.HeldAppeals)
	return
}

// loadClaim reads a claim with its lines and evidence. Kinds: NotFound.
func (s *Store) loadClaim(ctx context.Context, where string, arg any) (Claim, error) {
	c, err := s.claimAlone(ctx, where, arg)
	if err != nil {
		return Claim{}, err
	}
	return s.withRefund(ctx, c)
}

// claimAlone is a claim without its refund.
func (s *Store) claimAlone(ctx context.Context, where string, arg any) (Claim, error) {
	found, err := find[claimWithLine](ctx, s, selectWholeClaim+"WHERE "+where+" ORDER BY cl.line_no", arg)
	if err != nil {
		return Claim{}, fmt.Errorf("read claim: %w", err)
	}
	return s.foundClaim(ctx, found)
}

func (s *Store) withRefund(ctx context.Context, c Claim) (Claim, error) {
	if c.Status != Granted && c.Status != Settled && len(c.Appeals) == 0 {
		return c, nil
	}
	var err error
	c.Refunds, err = s.refundsOf(ctx, c.ID)
	c.Refund = nil
	if n := len(c.Refunds); n > 0 && (c.Status != Denied || c.OwedBack() > 0) {
		c.Refund = &c.Refunds[n-1]
	}
	return c, err
}

// claimFrom is a claim as it was found with its lines. Kinds: NotFound.
func (s *Store) claimFrom(ctx context.Context, found []claimWithLine) (Claim, error) {
	c, err := s.foundClaim(ctx, found)
	if err != nil {
		return Claim{}, err
	}
	return s.withRefund(ctx, c)
}

func (s *Store) foundClaim(ctx context.Context, found []claimWithLine) (Claim, error) {
	if len(found) == 0 {
		return Claim{}, notFound()
	}
	c, err := found[0].Claim.claim()
	if err != nil {
		return Claim{}, err
	}
	for _, l := range found {
		c.Lines = append(c.Lines, ClaimLine{l.LineNo, l.OrderLineID, l.Amount, l.Counted})
	}
	if found[0].HasFiles {
		if c.Evidence, err = s.evidenceOf(ctx, c.ID); err != nil {
			return Claim{}, err
		}
	}
	return c, nil
}

func (s *Store) claimByNumber(ctx context.Context, number string) (Claim, error) {
	return s.loadClaim(ctx, "c.number = ?", number)
}

// saveClaim writes the claim if it is still at the version it was read at; quiet keeps the
// version. It reports a lost race as errAgain: the rule is then asked anew about what is
// there now.
func (tx *Store) saveClaim(ctx context.Context, c Claim, quiet bool) error {
	r, err := changingRow(c)
	if err != nil {
		return err
	}
	step := 1
	if quiet {
		step = 0
	}
	n, err := tx.exec(ctx, `UPDATE claims SET version=version+?, status=?, next_actor=?, due_at=?, opens_at=?, opened_at=?, closed_at=?, appeal_until=?, wake_at=?, claimed=?,
		offer=?, question=?, statements=?, decision=?, proposal=?, former=?, held=?, seller_due_at=?, buyer_due_at=?, seller_asked=?, buyer_asked=?, seller_silent=?,
		escalated_at=?, arrived_at=?, objected_at=?, reopened_at=?, taken_by=?, taken_at=?, touched_at=?, pause_from=?, pause_until=?, pause_reason=?, hold_until=?, hold_reason=?, legal_hold=?, returned=?, replacement=?, appeals=?, held_appeals=?, last_seq=?, last_hash=?, changed_at=?
		WHERE id=? AND version=? AND last_seq=?`,
		step, r.Status, r.NextActor, r.DueAt, r.OpensAt, r.OpenedAt, r.ClosedAt, r.AppealUntil, r.WakeAt, r.Claimed,
		r.Offer, r.Question, r.Statements, r.Decision, r.Proposal, r.Former, r.Held, r.SellerDueAt, r.BuyerDueAt, r.SellerAsked, r.BuyerAsked, r.SellerSilent,
		r.EscalatedAt, r.ArrivedAt, r.ObjectedAt, r.ReopenedAt, r.TakenBy, r.TakenAt, r.TouchedAt, r.PauseFrom, r.PauseUntil, r.PauseReason, r.HoldUntil, r.HoldReason, r.LegalHold, r.Returned, r.Replacement, r.Appeals, r.HeldAppeals, r.LastSeq, r.LastHash, r.ChangedAt,
		r.ID, r.Version, c.readSeq)
	if err != nil {
		return fmt.Errorf("update claim: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	return nil
}
