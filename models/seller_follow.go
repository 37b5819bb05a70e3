package models

import (
	"context"
	"fmt"

	"hosho/models/health"
)

// followSeller opens an investigation of a seller whose facts call for one, in the transaction
// that brought the last of them: an order update, a buyer's answer, a finding of staff, a
// report. What comes while one is open joins it; after it has closed only what is newer counts
// (PRODUCT.md §8.5). It is asked once what counts has been written, and does nothing twice.
func (tx *Store) followSeller(ctx context.Context, seller string) error {
	if err := tx.lookAtSeller(ctx, seller); err != nil {
		return err
	}
	if err := tx.followStandings(ctx, seller); err != nil {
		return err
	}
	last, err := tx.latestInvestigation(ctx, seller)
	if err != nil {
		return err
	}
	if last.OpenSeller != nil {
		_, err := tx.joinReports(ctx, Clock, seller, last.ID)
		return err
	}
	since := last.ClosedAt
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return err
	}
	rules := policy.Health
	from := tx.now.Add(-rules.OpenWindow)
	counts, err := tx.countsOf(ctx, seller, max(since, from))
	if err != nil {
		return err
	}
	var orders health.Rate
	if len(counts) >= rules.OpenStockOuts {
		if orders, err = tx.orderRate(ctx, seller, from); err != nil {
			return err
		}
	}
	reports, err := tx.reportsAbout(ctx, []string{seller}, since)
	if err != nil {
		return err
	}
	trigger := rules.Opens(counts, orders, reports[seller], since.Time(), tx.now.Time())
	if trigger == health.NotYet {
		return nil
	}
	return tx.openInvestigation(ctx, seller, trigger, since, policy)
}

// lookAtSeller waits until nobody else looks at the seller, so that of two who bring facts at
// once the second sees those of the first. The row is held until the transaction ends.
func (tx *Store) lookAtSeller(ctx context.Context, seller string) error {
	n, err := tx.exec(ctx, "UPDATE seller_follows SET looks = looks + 1 WHERE seller_id = ?", seller)
	if err == nil && n == 0 {
		err = tx.insert(ctx, &sellerFollowRow{SellerID: seller, Looks: 1})
		if isDuplicate(err) {
			return errAgain
		}
	}
	if err != nil {
		return fmt.Errorf("look at seller: %w", err)
	}
	return nil
}

type sellerFollowRow struct {
	SellerID string
	Looks    int64
}

func (sellerFollowRow) TableName() string { return "seller_follows" }

// openInvestigation opens a case on a seller, freezes how the seller stands, and tells the seller.
func (tx *Store) openInvestigation(ctx context.Context, seller string, trigger health.Trigger, since Instant, policy Policy) error {
	numbers, err := tx.sellerNumbers(ctx, seller, policy)
	if err != nil {
		return err
	}
	frozen, err := toJSON(numbers)
	if err != nil {
		return err
	}
	row := investigationRow{
		ID: newID(), Number: newNumber('V'), SellerID: seller, OpenSeller: &seller, Status: InvestigationOpen, OpenedBy: trigger, OpenedAt: tx.now, SinceAt: since,
		Numbers: *frozen, PolicyVersion: policy.Version, Version: 1, ChangedAt: tx.now,
	}
	if err := tx.insert(ctx, &row); err != nil {
		if isDuplicate(err) {
			return errAgain
		}
		return fmt.Errorf("insert investigation: %w", err)
	}
	if err := tx.enter(ctx, Clock, row.ID, "opened", nil); err != nil {
		return err
	}
	if err := tx.tellSeller(ctx, seller, "investigation_opened", map[string]any{
		"investigation": row.Number, "trigger": string(trigger), "stock_outs": numbers.StockOuts, "buyers": numbers.Buyers, "days": int(policy.Health.PointsLife / health.Day),
	}); err != nil {
		return err
	}
	if err := tx.emitInvestigation(ctx, Clock, row, "opened"); err != nil {
		return err
	}
	_, err = tx.joinReports(ctx, Clock, seller, row.ID)
	return err
}

// SellerNumbers is how a seller stood at an instant by what counts (PRODUCT.md §8.4, §8.6).
type SellerNumbers struct {
	At        Instant        `json:"at"`
	Windows   []SellerWindow `json:"windows"`
	StockOuts int            `json:"stock_outs"` // orders that count, in the life of points
	Points    int            `json:"points"`
	Buyers    int            `json:"buyers"` // affected, each once
	Reached   int            `json:"reached"`
	Level     int            `json:"level"`
	Held      health.Guard   `json:"held"`
	Proposes  health.Measure `json:"proposes"` // "" below the first level
}

// SellerWindow are a seller's orders placed in so many days, and those with a stock-out that
// counts, as a rate 0–1 with its 95% interval.
type SellerWindow struct {
	Days      int     `json:"days"`
	Orders    int     `json:"orders"`
	StockOuts int     `json:"stock_outs"`
	Rate      float64 `json:"rate"`
	Lower     float64 `json:"lower"`
	Upper     float64 `json:"upper"`
}

func sellerWindow(n int, r health.Rate) SellerWindow {
	lower, upper := r.Interval()
	return SellerWindow{Days: n, Orders: r.Orders, StockOuts: r.Hits, Rate: r.Value(), Lower: lower, Upper: upper}
}

// numbersAt is how a seller stands. rates are of the orders placed in so many days. Pure.
func numbersAt(rules health.Rules, counts []health.Count, windows []int, rates map[int]health.Rate, now Instant) SellerNumbers {
	life := int(rules.PointsLife / health.Day)
	s := rules.Stand(counts, rates[life], now.Time())
	n := SellerNumbers{At: now, StockOuts: len(counts), Points: s.Points, Buyers: s.Buyers, Reached: s.Reached, Level: s.Level, Held: s.Held}
	if s.Level > 0 {
		n.Proposes = rules.Levels[s.Level-1].Measure
	}
	for _, days := range windows {
		n.Windows = append(n.Windows, sellerWindow(days, rates[days]))
	}
	return n
}

// sellerNumbers is how a seller stands now.
func (s *Store) sellerNumbers(ctx context.Context, seller string, policy Policy) (SellerNumbers, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return SellerNumbers{}, err
	}
	rules := policy.Health
	counts, err := s.countsOf(ctx, seller, now.Add(-rules.PointsLife))
	if err != nil {
		return SellerNumbers{}, err
	}
	windows := []int{7, 30, int(rules.PointsLife / health.Day)}
	since := make([]Instant, 0, len(windows))
	for _, n := range windows {
		since = append(since, now.Add(-days(n)))
	}
	sums, err := s.sellerNumbersSince(ctx, seller, since)
	if err != nil {
		return SellerNumbers{}, err
	}
	rates := map[int]health.Rate{}
	for i, n := range windows {
		rates[n] = sums[i].rate()
	}
	return numbersAt(rules, counts, windows, rates, now), nil
}
