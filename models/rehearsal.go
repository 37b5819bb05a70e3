package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"hosho/models/health"
)

// rehearsalDays are how far back a rehearsal looks, and rehearsedSellers how many sellers it
// holds in memory at a time.
const (
	rehearsalDays    = 365
	rehearsedSellers = 100
)

// RehearseRules are rules on sellers who cancel for stock-outs that nobody has published.
type RehearseRules struct {
	Rules health.Rules
}

// Rehearsed is what rules would have done to a seller in the time looked at.
type Rehearsed struct {
	Opened  Instant        // when an investigation would have opened, 0 where none would
	Level   int            // the highest that the ladder would have proposed in it, 0 for none
	Measure health.Measure // that level's
}

// Touched reports whether the rules would have had an investigation of the seller.
func (r Rehearsed) Touched() bool { return r.Opened != 0 }

// RehearsedSeller is a seller under the rules that stand and under those rehearsed.
type RehearsedSeller struct {
	Seller     string
	Name       string
	Orders     int // placed in the time looked at
	Counted    int // of all, those that count against the seller
	Now, Draft Rehearsed
}

// Rehearsal is what other rules would have changed.
type Rehearsal struct {
	From, To Instant
	Looked   int // sellers with an order that counts or a report
	Now      int // of these, touched by the rules that stand
	Draft    int // touched by those rehearsed
	Hit      int // touched by those rehearsed alone
	Spared   int // touched by those that stand alone
	Sellers  []RehearsedSeller
}

// Rehearse replays the last 365 days of every seller under rules that nobody has published,
// beside the rules that stand (PRODUCT.md §9): who would have come under investigation, and up
// to which level. It changes nothing. What people would have decided it cannot know; findings
// and successful contests are taken as they stand today. Sellers are listed where either rules
// would have touched them, those first for whom something changes. Leads and admins may.
// Kinds: Forbidden, Invalid.
func (s *Store) Rehearse(ctx context.Context, by Actor, in RehearseRules) (Rehearsal, error) {
	if by.Role != RoleLead && by.Role != RoleAdmin {
		return Rehearsal{}, forbidden()
	}
	if faults := in.Rules.Faults(); len(faults) > 0 {
		e := &Error{Kind: Invalid, Code: "invalid_fields"}
		for _, f := range faults {
			e.Fields = append(e.Fields, FieldError{Field: f.Name, Code: "out_of_range", Args: map[string]any{"min": f.Min, "max": f.Max}})
		}
		return Rehearsal{}, e
	}
	now, err := s.Now(ctx)
	if err != nil {
		return Rehearsal{}, err
	}
	policy, err := s.Policy(ctx, now)
	if err != nil {
		return Rehearsal{}, err
	}
	r := Rehearsal{From: now.Add(-days(rehearsalDays)), To: now}
	last := ""
	for {
		sellers, err := find[sellerNameRow](ctx, s, `SELECT id, name FROM sellers WHERE id > ? AND (EXISTS (SELECT 1 FROM cancellations c WHERE c.seller_id = sellers.id AND c.cancelled_at > ?)
			OR EXISTS (SELECT 1 FROM reports r WHERE r.seller_id = sellers.id AND r.sent_at > ?)) ORDER BY id LIMIT ?`, last, r.From, r.From, rehearsedSellers)
		if err != nil {
			return Rehearsal{}, fmt.Errorf("read sellers to rehearse: %w", err)
		}
		if err := s.rehearse(ctx, &r, sellers, policy.Health, in.Rules); err != nil {
			return Rehearsal{}, err
		}
		if len(sellers) < rehearsedSellers {
			break
		}
		last = sellers[len(sellers)-1].ID
	}
	slices.SortStableFunc(r.Sellers, func(a, b RehearsedSeller) int {
		return cmp.Or(cmp.Compare(b.change(), a.change()), cmp.Compare(b.Draft.Level, a.Draft.Level), cmp.Compare(b.Counted, a.Counted), cmp.Compare(a.Seller, b.Seller))
	})
	return r, nil
}

// change is how much the rules rehearsed change for the seller.
func (r RehearsedSeller) change() int {
	switch {
	case r.Now.Touched() != r.Draft.Touched():
		return 2
	case r.Now.Level != r.Draft.Level:
		return 1
	}
	return 0
}

type sellerNameRow struct{ ID, Name string }

func (s *Store) rehearse(ctx context.Context, r *Rehearsal, sellers []sellerNameRow, present, draft health.Rules) error {
	ids := make([]string, len(sellers))
	for i, x := range sellers {
		ids[i] = x.ID
	}
	pasts, err := s.pastsOf(ctx, ids, r.From)
	if err != nil {
		return err
	}
	for _, x := range sellers {
		p := pasts[x.ID]
		if p == nil || len(p.Counts)+len(p.Reports) == 0 {
			continue
		}
		r.Looked++
		row := RehearsedSeller{Seller: x.ID, Name: x.Name, Orders: len(p.Placed), Counted: len(p.Counts), Now: rehearsed(present, *p), Draft: rehearsed(draft, *p)}
		switch {
		case !row.Now.Touched() && !row.Draft.Touched():
			continue
		case !row.Now.Touched():
			r.Hit++
		case !row.Draft.Touched():
			r.Spared++
		}
		if row.Now.Touched() {
			r.Now++
		}
		if row.Draft.Touched() {
			r.Draft++
		}
		r.Sellers = append(r.Sellers, row)
	}
	return nil
}

// rehearsed is what rules would have made of a seller's past.
func rehearsed(rules health.Rules, p health.Past) (r Rehearsed) {
	for _, t := range rules.Replay(p) {
		if t.Trigger != health.NotYet {
			r.Opened = InstantOf(t.At)
		}
		if t.Open && t.Stand.Level > r.Level {
			r.Level, r.Measure = t.Stand.Level, rules.Levels[t.Stand.Level-1].Measure
		}
	}
	return r
}

// pastLine is a cancelled line that counts, with when that came to be known.
type pastLine struct {
	SellerID string
	countedLine
	PlacedAt   Instant
	Stated     health.Stated
	AnsweredAt Instant
}

// known is when the line came to count: with the cancellation where the stated reason says so,
// else with the buyer's answer; what facts or staff found later counts from the cancellation.
func (l pastLine) known() time.Time {
	if f, _ := health.Find(l.Stated, "", health.After{}); !f.Counts() && l.AnsweredAt != 0 {
		return l.AnsweredAt.Time()
	}
	return l.CancelledAt.Time()
}

type placedOrder struct {
	SellerID string
	PlacedAt Instant
}

// pastsOf are what sellers did after a time, as far as the rules look at it.
func (s *Store) pastsOf(ctx context.Context, sellers []string, from Instant) (map[string]*health.Past, error) {
	pasts := map[string]*health.Past{}
	if len(sellers) == 0 {
		return pasts, nil
	}
	for _, id := range sellers {
		pasts[id] = &health.Past{}
	}
	lines, err := find[pastLine](ctx, s, "SELECT "+selectCounted+`, c.seller_id, c.placed_at, c.stated, c.answered_at FROM cancellations c JOIN orders o ON o.id = c.order_id
		WHERE c.seller_id IN ? AND c.cancelled_at > ? AND `+whereCounted+" ORDER BY c.cancelled_at, c.order_line_id", sellers, from, findingsCounted)
	if err != nil {
		return nil, fmt.Errorf("read what counted: %w", err)
	}
	bySeller := map[string][]pastLine{}
	for _, l := range lines {
		bySeller[l.SellerID] = append(bySeller[l.SellerID], l)
	}
	for id, list := range bySeller {
		pasts[id].Counts = pastCounts(list)
	}
	placed, err := find[placedOrder](ctx, s, "SELECT seller_id, placed_at FROM seller_orders WHERE seller_id IN ? AND day >= ? AND placed_at > ? ORDER BY seller_id, day, placed_at, order_id", sellers, dayOf(from), from)
	if err != nil {
		return nil, fmt.Errorf("read when orders were placed: %w", err)
	}
	for _, o := range placed {
		pasts[o.SellerID].Placed = append(pasts[o.SellerID].Placed, o.PlacedAt.Time())
	}
	reports, err := s.reportsAbout(ctx, sellers, from)
	if err != nil {
		return nil, err
	}
	for id, list := range reports {
		pasts[id].Reports = list
	}
	return pasts, nil
}

// pastCounts makes one count of each order. The lines are in order of time.
func pastCounts(lines []pastLine) []health.Counted {
	plain := make([]countedLine, len(lines))
	first := map[string]pastLine{}
	for i, l := range lines {
		plain[i] = l.countedLine
		if f, ok := first[l.OrderID]; !ok || l.known().Before(f.known()) {
			first[l.OrderID] = l
		}
	}
	var counts []health.Counted
	for _, c := range countOrders(plain) {
		l := first[c.Order]
		counts = append(counts, health.Counted{Count: c, Placed: l.PlacedAt.Time(), Known: l.known()})
	}
	slices.SortStableFunc(counts, func(a, b health.Counted) int { return a.Known.Compare(b.Known) })
	return counts
}
