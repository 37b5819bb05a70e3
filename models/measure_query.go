package models

import (
	"context"
	"fmt"
	"slices"
)

const selectMeasures = "SELECT m.*, s.name AS seller_name, i.number AS investigation FROM measures m JOIN sellers s ON s.id = m.seller_id JOIN investigations i ON i.id = m.investigation_id "

// measureFor loads a measure as the actor may see it. Kinds: NotFound, also for the proposals
// that a seller does not know of.
func (s *Store) measureFor(ctx context.Context, by Actor, number string) (Measure, error) {
	rows, err := find[measureJoined](ctx, s, selectMeasures+"WHERE m.number = ?", number)
	if err != nil {
		return Measure{}, fmt.Errorf("read measure: %w", err)
	}
	if len(rows) == 0 || !by.seesEnforcement(rows[0].Row.SellerID) {
		return Measure{}, notFound()
	}
	m, err := rows[0].measure()
	if err != nil {
		return m, err
	}
	if by.Role == RoleSeller {
		if !m.Decided() {
			return Measure{}, notFound()
		}
		return m, nil
	}
	list := []Measure{m}
	err = s.knowStaff(ctx, by, list)
	return list[0], err
}

// knowStaff notes on measures who has done something in their cases, and whether the actor is a
// party to them.
func (s *Store) knowStaff(ctx context.Context, by Actor, list []Measure) error {
	if len(list) == 0 {
		return nil
	}
	subjects, sellers := make([]string, 0, 2*len(list)), make([]string, 0, len(list))
	for _, m := range list {
		subjects, sellers = append(subjects, m.ID, m.InvestigationID), append(sellers, m.SellerID)
	}
	rows, err := find[struct{ SubjectID, ByID string }](ctx, s, "SELECT DISTINCT subject_id, by_id FROM enforcement_entries WHERE subject_id IN ? AND by_id <> ''", subjects)
	if err != nil {
		return fmt.Errorf("read who was involved: %w", err)
	}
	parties, err := s.partiesTo(ctx, by, sellers...)
	if err != nil {
		return err
	}
	for n := range list {
		m := &list[n]
		for _, r := range rows {
			if (r.SubjectID == m.ID || r.SubjectID == m.InvestigationID) && !slices.Contains(m.Involved, r.ByID) {
				m.Involved = append(m.Involved, r.ByID)
			}
		}
		m.Party = parties[m.SellerID]
	}
	return nil
}

// forSeller leaves out who of staff did what.
func (m Measure) forSeller() Measure {
	m.ProposedBy, m.ApprovedBy = "", ""
	return m
}

// MeasureByNumber returns a measure with the plans handed in and the files of its appeal.
// Staff and admins read it, and its seller from its decision on. Kinds: NotFound.
func (s *Store) MeasureByNumber(ctx context.Context, by Actor, number string) (Measure, error) {
	m, err := s.measureFor(ctx, by, number)
	if err != nil {
		return m, err
	}
	if by.Role == RoleSeller {
		m = m.forSeller()
	}
	return s.withPlans(ctx, m)
}

func (s *Store) withPlans(ctx context.Context, m Measure) (Measure, error) {
	rows, err := find[planRow](ctx, s, "SELECT * FROM measure_plans WHERE measure_id = ? ORDER BY plan_no", m.ID)
	if err != nil {
		return m, fmt.Errorf("read plans: %w", err)
	}
	for _, r := range rows {
		p := Plan{Version: r.PlanNo, RootCause: r.RootCause, ActionsTaken: r.ActionsTaken, Prevention: r.Prevention, At: r.SubmittedAt, Answer: r.Answer, AnsweredAt: r.AnsweredAt}
		points, err := fromJSON[[]string](r.Points)
		if err != nil {
			return m, err
		}
		if points != nil {
			p.Points = *points
		}
		m.Plans = append(m.Plans, p)
	}
	m.Evidence, err = s.evidenceOf(ctx, m.ID)
	return m, err
}

// MeasureEntries is what was done to a measure, the first first. Staff and admins read it.
// Kinds: NotFound, Forbidden for its seller.
func (s *Store) MeasureEntries(ctx context.Context, by Actor, number string) ([]Entry, error) {
	m, err := s.measureFor(ctx, by, number)
	if err != nil {
		return nil, err
	}
	if !by.SeesAllCases() {
		return nil, forbidden()
	}
	return s.entriesOf(ctx, m.ID)
}

// MeasureFilter chooses measures; "" is any. Waits is what waits for staff, who alone can ask.
type MeasureFilter struct {
	Seller string
	Waits  MeasureWait
	Page
}

// Measures lists measures, the newest first; those that wait for staff by the last change.
// Staff and admins read all of them, a seller's members those decided on their own. Kinds:
// Forbidden for others, Invalid for a cursor that is not ours.
func (s *Store) Measures(ctx context.Context, by Actor, f MeasureFilter) (items []Measure, next string, err error) {
	switch {
	case by.SeesAllCases():
	case by.Role == RoleSeller && by.SellerID != "" && f.Waits == NothingWaits:
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
	where, key, args := "", "m.proposed_at", []any{}
	if f.Seller != "" {
		where, args = "m.seller_id = ? AND ", append(args, f.Seller)
	}
	if f.Waits != NothingWaits {
		where, key, args = where+"m.waits = ? AND ", "m.changed_at", append(args, f.Waits)
	}
	if by.Role == RoleSeller {
		where += "m.appeal_until IS NOT NULL AND "
	}
	limit := f.size() + 1
	rows, err := find[measureJoined](ctx, s, selectMeasures+"WHERE "+where+key+" <= ? AND ("+key+" < ? OR m.id < ?) ORDER BY "+key+" DESC, m.id DESC LIMIT ?", append(args, at, at, id, limit)...)
	if err != nil {
		return nil, "", fmt.Errorf("list measures: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		last := rows[limit-2].Row
		next = writeCursor(last.ProposedAt, last.ID)
		if f.Waits != NothingWaits {
			next = writeCursor(last.ChangedAt, last.ID)
		}
	}
	for _, r := range rows {
		m, err := r.measure()
		if err != nil {
			return nil, "", err
		}
		if by.Role == RoleSeller {
			m = m.forSeller()
		}
		items = append(items, m)
	}
	if by.Role != RoleSeller {
		err = s.knowStaff(ctx, by, items)
	}
	return items, next, err
}

// activeMeasures are a seller's measures that hold, or are to.
func (s *Store) activeMeasures(ctx context.Context, seller string) ([]Measure, error) {
	rows, err := find[measureJoined](ctx, s, selectMeasures+"WHERE m.seller_id = ? AND m.status = ? ORDER BY m.proposed_at, m.id", seller, MeasureIsActive)
	if err != nil {
		return nil, fmt.Errorf("read measures: %w", err)
	}
	list := make([]Measure, 0, len(rows))
	for _, r := range rows {
		m, err := r.measure()
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// Standing is what a seller may do by the measures that hold now. The integration, staff,
// admins and the seller's own members may ask. Kinds: NotFound.
func (s *Store) Standing(ctx context.Context, by Actor, seller string) (ListingStanding, error) {
	if by.Role != RoleIntegration && !by.seesEnforcement(seller) {
		return ListingStanding{}, notFound()
	}
	if _, err := s.SellerByID(ctx, seller); err != nil {
		return ListingStanding{}, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return ListingStanding{}, err
	}
	measures, err := s.activeMeasures(ctx, seller)
	if err != nil {
		return ListingStanding{}, err
	}
	return standingOf(measures, now), nil
}
