package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"hosho/models/health"
)

type investigationJoined struct {
	Row        investigationRow `gorm:"embedded"`
	SellerName string
}

const selectInvestigations = "SELECT i.*, s.name AS seller_name FROM investigations i JOIN sellers s ON s.id = i.seller_id "

func (r investigationJoined) investigation() (Investigation, error) {
	x := r.Row
	i := Investigation{
		ID: x.ID, Number: x.Number, SellerID: x.SellerID, SellerName: r.SellerName, Status: x.Status, OpenedBy: x.OpenedBy, OpenedAt: x.OpenedAt, SinceAt: x.SinceAt,
		TakenBy: x.TakenBy, TakenAt: x.TakenAt, Question: x.Question, AskedAt: x.AskedAt, DueAt: x.DueAt, SilentAt: x.SilentAt, AnsweredAt: x.AnsweredAt,
		Outcome: x.Outcome, Reason: x.CloseReason, ClosedAt: x.ClosedAt, Policy: x.PolicyVersion, Version: x.Version, ChangedAt: x.ChangedAt,
	}
	if err := json.Unmarshal([]byte(x.Numbers), &i.Numbers); err != nil {
		return i, fmt.Errorf("read investigation %s: %w", x.Number, err)
	}
	var err error
	i.Closing, err = fromJSON[SellerNumbers](x.Closing)
	return i, err
}

// seesEnforcement says whether the actor may read what concerns a seller here: staff and
// admins of every seller, members of their own.
func (a Actor) seesEnforcement(seller string) bool {
	side := a.sideOf("", seller)
	return side == SideStaff || side == SideObserver || side == SideSeller
}

// investigationFor loads an investigation with its measures as the actor may see it. Kinds: NotFound.
func (s *Store) investigationFor(ctx context.Context, by Actor, number string) (Investigation, error) {
	i, err := s.oneInvestigation(ctx, "WHERE i.number = ?", number)
	if err == nil && !by.seesEnforcement(i.SellerID) {
		err = notFound()
	}
	if err != nil {
		return Investigation{}, err
	}
	i.Party, err = s.partyTo(ctx, by, i.SellerID)
	return i, err
}

func (s *Store) investigationByID(ctx context.Context, id string) (Investigation, error) {
	return s.oneInvestigation(ctx, "WHERE i.id = ?", id)
}

func (s *Store) oneInvestigation(ctx context.Context, where, arg string) (Investigation, error) {
	rows, err := find[investigationJoined](ctx, s, selectInvestigations+where, arg)
	if err != nil {
		return Investigation{}, fmt.Errorf("read investigation: %w", err)
	}
	if len(rows) == 0 {
		return Investigation{}, notFound()
	}
	i, err := rows[0].investigation()
	if err != nil {
		return i, err
	}
	measures, err := s.measuresIn(ctx, i.ID)
	i.Measures = measures[i.ID]
	return i, err
}

// partyTo reports whether staff are a party themselves, as dealing.party has it.
func (s *Store) partyTo(ctx context.Context, by Actor, seller string) (bool, error) {
	sellers, err := s.partiesTo(ctx, by, seller)
	return sellers[seller], err
}

// partiesTo are those of the sellers in whose cases staff are a party, as of partyTo.
func (s *Store) partiesTo(ctx context.Context, by Actor, sellers ...string) (map[string]bool, error) {
	if !by.IsStaff() || by.Email == "" || len(sellers) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	rows, err := s.dealtWith(ctx, []string{by.Email}, sellers)
	if err != nil {
		return nil, err
	}
	of := map[string]bool{}
	for r := range rows {
		of[r.SellerID] = true
	}
	return of, nil
}

// buyerOf is a mailbox that bought of a seller.
type buyerOf struct{ SellerID, Email string }

// dealing is what a mailbox has bought of a seller.
type dealing struct {
	SellerID  string
	Email     string
	PlacedAt  Instant // of the last order
	Cancelled bool    // one of them, by the seller, whenever that was
}

// party reports whether the buyer is a party to a case on the seller: it cancelled an order of
// theirs, or one of them is among the orders whose share counts now. Pure.
func (d dealing) party(now Instant) bool {
	return d.Cancelled || d.PlacedAt > now.Add(-days(reportRateDays))
}

// dealtWith are those of some mailboxes that are a party to cases on those sellers.
func (s *Store) dealtWith(ctx context.Context, emails, sellers []string) (map[buyerOf]bool, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	join := s.engine.join()
	rows, err := find[dealing](ctx, s, `SELECT l.seller_id, b.email, MAX(l.placed_at) AS placed_at, MAX(CASE WHEN c.order_line_id IS NULL THEN 0 ELSE 1 END) AS cancelled FROM buyers b`+s.engine.hint("buyers_email_idx")+join+
		"orders o ON o.buyer_id = b.id"+join+"order_lines l ON l.order_id = o.id LEFT JOIN cancellations c ON c.order_line_id = l.id WHERE b.email IN ? AND l.seller_id IN ? GROUP BY l.seller_id, b.email", emails, sellers)
	if err != nil {
		return nil, fmt.Errorf("read parties: %w", err)
	}
	of := map[buyerOf]bool{}
	for _, r := range rows {
		if r.party(now) {
			of[buyerOf{r.SellerID, r.Email}] = true
		}
	}
	return of, nil
}

// measuresIn are the measures of investigations, by their ids, the first proposed first.
func (s *Store) measuresIn(ctx context.Context, investigations ...string) (map[string][]Measure, error) {
	by := map[string][]Measure{}
	if len(investigations) == 0 {
		return by, nil
	}
	rows, err := find[measureJoined](ctx, s, selectMeasures+"WHERE m.investigation_id IN ? ORDER BY m.investigation_id, m.proposed_at, m.id", investigations)
	if err != nil {
		return nil, fmt.Errorf("read measures: %w", err)
	}
	for _, r := range rows {
		m, err := r.measure()
		if err != nil {
			return nil, err
		}
		by[m.InvestigationID] = append(by[m.InvestigationID], m)
	}
	return by, nil
}

// InvestigationFilter chooses investigations; "" is any.
type InvestigationFilter struct {
	Seller string
	Status InvestigationStatus
	Page
}

// Investigations lists cases on sellers, the newest first: all of them for staff and admins,
// of its own for a seller's members, to whom one with a proposal is open. Kinds: Forbidden for others, Invalid for a cursor that is
// not ours.
func (s *Store) Investigations(ctx context.Context, by Actor, f InvestigationFilter) (items []Investigation, next string, err error) {
	switch {
	case by.SeesAllCases():
	case by.Role == RoleSeller && by.SellerID != "":
		if f.Seller != "" && f.Seller != by.SellerID {
			return nil, "", nil
		}
		f.Seller = by.SellerID
	default:
		return nil, "", forbidden()
	}
	at, id, err := readCursor(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	where, args := "", []any{}
	if f.Seller != "" {
		where, args = "i.seller_id = ? AND ", append(args, f.Seller)
	}
	if f.Status != "" {
		where, args = where+"i.status IN ? AND ", append(args, f.Status.heldBy(by))
	}
	limit := f.size() + 1
	rows, err := find[investigationJoined](ctx, s, selectInvestigations+"WHERE "+where+"i.opened_at <= ? AND (i.opened_at < ? OR i.id < ?) ORDER BY i.opened_at DESC, i.id DESC LIMIT ?",
		append(args, at, at, id, limit)...)
	if err != nil {
		return nil, "", fmt.Errorf("list investigations: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].Row.OpenedAt, rows[limit-2].Row.ID)
	}
	items, err = s.investigationsListed(ctx, by, rows)
	return items, next, err
}

// heldBy are the states that the actor sees as this one.
func (x InvestigationStatus) heldBy(by Actor) []InvestigationStatus {
	switch {
	case by.Role != RoleSeller:
		return []InvestigationStatus{x}
	case x == InvestigationOpen:
		return []InvestigationStatus{InvestigationOpen, MeasureProposed}
	case x == MeasureProposed:
		return []InvestigationStatus{""} // none
	}
	return []InvestigationStatus{x}
}

// investigationsListed are cases with their measures, as the actor may see them.
func (s *Store) investigationsListed(ctx context.Context, by Actor, rows []investigationJoined) ([]Investigation, error) {
	items := make([]Investigation, 0, len(rows))
	ids, sellers := make([]string, 0, len(rows)), make([]string, 0, len(rows))
	for _, r := range rows {
		i, err := r.investigation()
		if err != nil {
			return nil, err
		}
		items, ids, sellers = append(items, i), append(ids, i.ID), append(sellers, i.SellerID)
	}
	measures, err := s.measuresIn(ctx, ids...)
	if err != nil {
		return nil, err
	}
	parties, err := s.partiesTo(ctx, by, sellers...)
	if err != nil {
		return nil, err
	}
	for n, i := range items {
		i.Measures, i.Party = measures[i.ID], parties[i.SellerID]
		if by.Role == RoleSeller {
			i = i.forSeller(by)
		}
		items[n] = i
	}
	return items, nil
}

// forSeller leaves out what staff keep to themselves.
func (i Investigation) forSeller(by Actor) Investigation {
	i.TakenBy, i.Reason = "", ""
	i.Measures = visibleMeasures(by, i.Measures)
	if i.Status == MeasureProposed {
		i.Status = InvestigationOpen // a proposal is staff's own
	}
	return i
}

// visibleMeasures are those the actor may know of: a seller only what has been decided.
func visibleMeasures(by Actor, list []Measure) []Measure {
	if by.Role != RoleSeller {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(m Measure) bool { return !m.Decided() })
}

// Entry is something that was done in an investigation or to a measure.
type Entry struct {
	At    Instant
	By    Role
	ByID  string // an account; for staff
	What  string
	Words map[string]any
}

// CaseOrder is a line that the seller cancelled, as a case lists it.
type CaseOrder struct {
	OrderNumber string
	OrderID     string
	LineNo      int
	Sku         string
	Title       string
	BuyerID     string
	BuyerName   string
	BuyerEmail  string // for staff
	UnitPrice   int64  // in minor units of
	Currency    string
	CancelledAt Instant
	Stated      health.Stated
	Answer      health.Answer // for staff
	Finding     health.Finding
	Basis       health.Basis
	Spared      bool // an overturned measure relied on it
}

// Counts reports whether the line counts against the seller.
func (o CaseOrder) Counts() bool { return o.Finding.Counts() && !o.Spared }

// CaseSKU is how often lines of one listing were cancelled.
type CaseSKU struct {
	Sku    string
	Title  string
	Times  int // lines
	Buyers int
	Prices CasePrices `gorm:"-"`
}

// InvestigationFile is a case with all that belongs to it, as its reader may see it.
type InvestigationFile struct {
	Investigation
	Now      SellerNumbers // as it stands now
	Orders   []CaseOrder   // what the seller cancelled, the last first, at most caseOrders
	More     bool          // there are more orders
	SKUs     []CaseSKU     // the most often cancelled first, at most 10; for staff
	Entries  []Entry       // the first first
	Evidence []Evidence    // that came with the seller's answers
	Earlier  []Measure     // of cases before, the last first; for staff
	Reports  []Report      // that have joined, the first sent first; for staff

	Ties   map[string][]TieKind // of reports, by id, to those of others; for staff
	Linked map[string][]TieKind // of buyers, by id, to others of this case; for staff
}

// caseOrders is how many orders a case shows.
const caseOrders = 100

// InvestigationByNumber returns a case with what belongs to it. Staff and admins read it, and
// the seller its own: without buyers, their answers, reports, and proposals. Kinds: NotFound.
func (s *Store) InvestigationByNumber(ctx context.Context, by Actor, number string) (InvestigationFile, error) {
	i, err := s.investigationFor(ctx, by, number)
	if err != nil {
		return InvestigationFile{}, err
	}
	f := InvestigationFile{Investigation: i}
	policy, err := s.PolicyVersion(ctx, i.Policy)
	if err != nil {
		return f, err
	}
	if f.Now, err = s.sellerNumbers(ctx, i.SellerID, policy); err != nil {
		return f, err
	}
	from, to := max(i.SinceAt, i.OpenedAt.Add(-policy.Health.PointsLife)), f.Now.At
	if i.ClosedAt != 0 {
		to = i.ClosedAt
	}
	if f.Orders, err = s.caseOrders(ctx, i.SellerID, from, to); err != nil {
		return f, err
	}
	if f.More = len(f.Orders) > caseOrders; f.More {
		f.Orders = f.Orders[:caseOrders]
	}
	if f.Entries, err = s.entriesOf(ctx, i.ID); err != nil {
		return f, err
	}
	if f.Evidence, err = s.evidenceOf(ctx, i.ID); err != nil {
		return f, err
	}
	if by.Role == RoleSeller {
		return f.forSeller(by), nil
	}
	if f.SKUs, err = find[CaseSKU](ctx, s, `SELECT l.sku, MAX(l.title) AS title, COUNT(*) AS times, COUNT(DISTINCT o.buyer_id) AS buyers FROM cancellations c JOIN order_lines l ON l.id = c.order_line_id
		JOIN orders o ON o.id = c.order_id WHERE c.seller_id = ? AND c.cancelled_at > ? AND c.cancelled_at <= ? AND c.undone_at IS NULL GROUP BY l.sku ORDER BY COUNT(*) DESC, l.sku LIMIT 10`, i.SellerID, from, to); err != nil {
		return f, fmt.Errorf("count listings: %w", err)
	}
	rows, err := find[measureJoined](ctx, s, selectMeasures+"WHERE m.seller_id = ? AND m.investigation_id <> ? ORDER BY m.proposed_at DESC, m.id DESC LIMIT 20", i.SellerID, i.ID)
	if err != nil {
		return f, fmt.Errorf("read earlier measures: %w", err)
	}
	for _, r := range rows {
		m, err := r.measure()
		if err != nil {
			return f, err
		}
		f.Earlier = append(f.Earlier, m)
	}
	prices, err := s.casePrices(ctx, i.SellerID, f.Orders, f.SKUs)
	if err != nil {
		return f, err
	}
	for n := range f.SKUs {
		f.SKUs[n].Prices = prices[f.SKUs[n].Sku]
	}
	if f.Reports, err = s.reportsJoined(ctx, by, i.ID); err != nil {
		return f, err
	}
	return f, s.linkBuyers(ctx, by, &f)
}

// forSeller leaves out what a seller may not know: who bought, what buyers said, what staff
// note for themselves and who of them did what.
func (f InvestigationFile) forSeller(by Actor) InvestigationFile {
	f.Investigation = f.Investigation.forSeller(by)
	orders := make([]CaseOrder, 0, len(f.Orders))
	for _, o := range f.Orders {
		if o.Counts() {
			o.BuyerID, o.BuyerName, o.BuyerEmail, o.Answer = "", "", "", ""
			orders = append(orders, o)
		}
	}
	f.Orders = orders
	entries := make([]Entry, 0, len(f.Entries))
	for _, e := range f.Entries {
		switch e.What {
		case "opened", "facts_requested", "facts_submitted", "facts_missed":
			e.ByID = ""
			entries = append(entries, e)
		}
	}
	f.Entries = entries
	return f
}

func (s *Store) caseOrders(ctx context.Context, seller string, from, to Instant) ([]CaseOrder, error) {
	list, err := find[CaseOrder](ctx, s, `SELECT o.number AS order_number, o.id AS order_id, l.line_no, l.sku, l.title, o.buyer_id, b.name AS buyer_name, b.email AS buyer_email, l.unit_price, o.currency, c.cancelled_at, c.stated, c.answer, c.finding, c.basis,
			EXISTS (SELECT 1 FROM spared_orders sp WHERE sp.seller_id = c.seller_id AND sp.order_id = c.order_id AND sp.until_at >= c.cancelled_at) AS spared
		FROM cancellations c JOIN orders o ON o.id = c.order_id JOIN order_lines l ON l.id = c.order_line_id JOIN buyers b ON b.id = o.buyer_id
		WHERE c.seller_id = ? AND c.cancelled_at > ? AND c.cancelled_at <= ? AND c.undone_at IS NULL ORDER BY c.cancelled_at DESC, c.order_line_id DESC LIMIT ?`, seller, from, to, caseOrders+1)
	if err != nil {
		return nil, fmt.Errorf("read cancelled orders: %w", err)
	}
	return list, nil
}

// reportsJoined are the reports that belong to a case, the first sent first, at most caseOrders.
func (s *Store) reportsJoined(ctx context.Context, by Actor, investigation string) ([]Report, error) {
	rows, err := find[reportJoined](ctx, s, selectReports+"WHERE r.investigation_id = ? ORDER BY r.sent_at, r.id LIMIT ?", investigation, caseOrders)
	if err != nil {
		return nil, fmt.Errorf("read reports of a case: %w", err)
	}
	return s.reportsOf(ctx, by, rows)
}

func (s *Store) entriesOf(ctx context.Context, subject string) ([]Entry, error) {
	rows, err := find[entryRow](ctx, s, "SELECT * FROM enforcement_entries WHERE subject_id = ? ORDER BY at, id", subject)
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	list := make([]Entry, 0, len(rows))
	for _, r := range rows {
		e := Entry{At: r.At, By: r.ByRole, ByID: r.ByID, What: r.What}
		words, err := fromJSON[map[string]any](r.Words)
		if err != nil {
			return nil, err
		}
		if words != nil {
			e.Words = *words
		}
		list = append(list, e)
	}
	return list, nil
}
