package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"hosho/models"
)

// listedSellers are those of the list of sellers by risk.
const listedSellers = 50_000

// health is measure 8: sellers' numbers, on a database of its own with so many orders of the last
// weeks, one in 200 cancelled for a stock-out. The comparator is one statement that counts the
// orders of every seller and its cancelled ones over an index that holds all it needs.
func (b *bench) health(ctx context.Context, e *engine, orders int) error {
	p, err := e.open(ctx, "health")
	if err != nil {
		return err
	}
	defer p.close()
	s := stockOf(10, orders)
	took, err := p.load(ctx, s)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if err := p.sellersHealth(ctx, s); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	fmt.Printf("loaded %d orders in %v\n", orders, took.Round(100*time.Millisecond))
	store, err := models.Open(ctx, models.Config{Database: p.url})
	if err != nil {
		return err
	}
	defer store.Close()

	// From nothing: every row is written. Then again, where all is as it should be.
	start := time.Now()
	if _, err := store.RecountSellers(ctx, models.Operator); err != nil {
		return err
	}
	first := time.Since(start)
	start = time.Now()
	r, err := store.RecountSellers(ctx, models.Operator)
	if err != nil {
		return err
	}
	full := time.Since(start)
	if r.Orders < orders || r.Corrected > 0 {
		return fmt.Errorf("the second count found %+v", r)
	}
	raw, err := p.countRaw(ctx)
	if err != nil {
		return err
	}
	// The measure's "full" is this: every number of every seller from the narrow rows of their orders,
	// which is what the comparator reads too.
	sums := time.Duration(0)
	for range 3 {
		start = time.Now()
		if _, err := store.RecountSellerSums(ctx, models.Operator); err != nil {
			return err
		}
		if took := time.Since(start); sums == 0 || took < sums {
			sums = took
		}
	}
	b.add(result{
		Number: "8", Layer: "use case", What: fmt.Sprintf("sums and standings of all sellers anew from %d orders ÷ covering GROUP BY", orders), Value: sums.Seconds() / raw.Seconds(), Must: 1.5, Aim: 1.1, Less: true,
		Detail: fmt.Sprintf("%v against %v", sums.Round(time.Millisecond), raw.Round(time.Millisecond)),
	})
	b.add(result{
		Number: "8", Layer: "use case", What: "those rows anew as well, from lines, cancellations, claims and messages ÷ covering GROUP BY", Value: full.Seconds() / raw.Seconds(), Must: 1.5, Aim: 1.1, Less: true,
		Detail: fmt.Sprintf("%v; from nothing %v", full.Round(time.Millisecond), first.Round(time.Millisecond)),
	})
	if err := p.ranked(ctx); err != nil {
		return err
	}
	changed, err := p.told(ctx, store, s, 1000)
	if err != nil {
		return err
	}
	b.add(result{
		Number: "8", Layer: "use case", What: "numbers after 1,000 changed orders ÷ all counted anew", Value: changed.Seconds() / full.Seconds(), Must: 0.05, Aim: 0.005, Less: true,
		Detail: fmt.Sprintf("%v for the orders and the numbers together", changed.Round(time.Millisecond)),
	})
	share, whole, alone, err := p.kept(ctx, store, s, 2000)
	if err != nil {
		return err
	}
	b.add(result{
		Number: "8", Layer: "use case", What: "what the numbers add to the transaction of new orders", Value: share, Must: 0.25, Aim: 0.1, Less: true,
		Detail: fmt.Sprintf("2,000 orders in batches of 100 in %v, of which the numbers' statements alone, with a commit of their own, %v", whole.Round(time.Millisecond), alone.Round(time.Millisecond)),
	})
	return b.healthReads(ctx, store)
}

// healthReads are the pages that read what is kept.
func (b *bench) healthReads(ctx context.Context, store *models.Store) error {
	officer := models.Actor{Role: models.RoleAgent, AccountID: idOf('a', 1), Email: "t000001@example.com"}
	for _, m := range []struct {
		what string
		must float64
		read func(n int) error
	}{
		{"health of the seller with a tenth of all orders", 5, func(int) error {
			_, err := store.SellerHealth(ctx, officer, sellerID(0))
			return err
		}},
		{"health of any other seller", 5, func(n int) error {
			_, err := store.SellerHealth(ctx, officer, fmt.Sprintf("mp-s-%06d", 1+n%(sellerCount-1)))
			return err
		}},
		{fmt.Sprintf("first page of %d sellers by risk", listedSellers), 20, func(int) error {
			_, _, err := store.SellersByRisk(ctx, officer, models.RiskFilter{}, models.Page{Limit: 50})
			return err
		}},
	} {
		var all []time.Duration
		for n := range 300 {
			start := time.Now()
			if err := m.read(n); err != nil {
				return err
			}
			all = append(all, time.Since(start))
		}
		slices.Sort(all)
		ms := func(q float64) float64 { return float64(quantile(all, q).Microseconds()) / 1000 }
		b.add(result{Number: "8", Layer: "use case", What: m.what, Value: ms(0.5), Low: ms(0), High: ms(0.99), Must: m.must, Aim: m.must / 2, Less: true, Unit: "ms", Detail: "p50 (least–p99)"})
	}
	return nil
}

// told is how long it takes to tell of so many orders anywhere that their parcels were scanned and
// have a number now, the numbers of their sellers along with them.
func (p *place) told(ctx context.Context, store *models.Store, s stock, count int) (time.Duration, error) {
	random := rand.New(rand.NewPCG(8, 8)) //nolint:gosec // the same orders each time
	list := make([]models.OrderInput, 0, count)
	for range count {
		n := s.pool.from + random.IntN(s.pool.size())
		var placed int64
		if err := p.read.QueryRowContext(ctx, "SELECT placed_at FROM orders WHERE id = ?", idOf('e', n)).Scan(&placed); err != nil {
			return 0, err
		}
		list = append(list, lamp(n, time.UnixMicro(placed), "444455556666"))
	}
	return put(ctx, store, list)
}

// put tells of orders in batches, as the stream of a marketplace does.
func put(ctx context.Context, store *models.Store, list []models.OrderInput) (time.Duration, error) {
	start := time.Now()
	for part := range slices.Chunk(list, 100) {
		results, err := store.PutOrders(ctx, models.Actor{Role: models.RoleIntegration, AccountID: idOf('m', 0)}, part)
		if err != nil {
			return 0, err
		}
		for _, r := range results {
			if r.Err != nil {
				return 0, r.Err
			}
		}
	}
	return time.Since(start), nil
}

// lamp is an order as its marketplace tells of it.
func lamp(n int, placed time.Time, tracking string) models.OrderInput {
	price, total := int64(3000), int64(3800)
	at := placed.UTC().Format(time.RFC3339Nano)
	return models.OrderInput{
		Number: orderNumber(n), Buyer: models.BuyerInput{ID: buyerID(n), Email: fmt.Sprintf("b%06d@example.com", n%buyerCount)}, PlacedAt: at, Currency: "JPY",
		Lines: []models.LineInput{{
			Line: 1, Seller: models.SellerRef{ID: sellerID(n)}, SKU: "LAMP-1", Title: "折りたたみデスクライト", Quantity: 1, UnitPrice: &price, Tax: 300, Shipping: 500, Status: models.Shipped,
			EstimatedDelivery: &models.EstimateInput{Latest: placed.AddDate(0, 0, 20).UTC().Format(time.DateOnly)},
			Shipment:          &models.ShipmentInput{TrackingNumber: tracking, ShippedAt: at, FirstScanAt: at},
		}},
		Payments: []models.PaymentInput{{Tender: "credit_card", Amount: &total}},
	}
}

// kept is how much longer new orders take for the numbers kept of their sellers: the two
// statements of each batch by themselves, against the orders without them.
func (p *place) kept(ctx context.Context, store *models.Store, s stock, count int) (share float64, whole, alone time.Duration, err error) {
	now := time.Now()
	list := make([]models.OrderInput, 0, count)
	for n := range count {
		list = append(list, lamp(s.pool.to+n, now.Add(-time.Duration(n)*time.Millisecond), "444455556666"))
	}
	if whole, err = put(ctx, store, list); err != nil {
		return 0, 0, 0, err
	}
	onKey := " ON DUPLICATE KEY UPDATE orders = orders + VALUES(orders), shipped = shipped + VALUES(shipped)"
	if p.sqlite() {
		onKey = " ON CONFLICT (seller_id, day) DO UPDATE SET orders = orders + excluded.orders, shipped = shipped + excluded.shipped"
	}
	day := now.UnixMicro() / (24 * time.Hour).Microseconds()
	start := time.Now()
	for from := 0; from < count; from += 100 {
		var orders, days []string
		var rows, sums []any
		for n := from; n < from+100; n++ {
			orders, days = append(orders, "(?, ?, ?, ?, 64, 1)"), append(days, "(?, ?, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)")
			rows, sums = append(rows, sellerID(n), day, now.UnixMicro()-int64(n), idOf('8', n)), append(sums, sellerID(n), day)
		}
		tx, err := p.write.BeginTx(ctx, nil)
		if err != nil {
			return 0, 0, 0, err
		}
		for query, args := range map[string][]any{
			"INSERT INTO seller_orders (seller_id, day, placed_at, order_id, marks, version) VALUES " + strings.Join(orders, ","): rows,
			"INSERT INTO seller_days VALUES " + strings.Join(days, ",") + onKey:                                                   sums,
		} {
			if _, err := tx.ExecContext(ctx, query, args...); err != nil {
				return 0, 0, 0, errors.Join(err, tx.Rollback())
			}
		}
		if err := tx.Commit(); err != nil {
			return 0, 0, 0, err
		}
	}
	alone = time.Since(start)
	return alone.Seconds() / (whole - alone).Seconds(), whole, alone, nil
}

// countRaw is how long the comparator takes, the better of two.
func (p *place) countRaw(ctx context.Context) (time.Duration, error) {
	index := "CREATE INDEX bench_covering ON seller_orders (seller_id, placed_at, marks)"
	if _, err := p.write.ExecContext(ctx, index); err != nil {
		return 0, err
	}
	best := time.Duration(0)
	for range 2 {
		took, err := p.groupSellers(ctx)
		if err != nil {
			return 0, err
		}
		if best == 0 || took < best {
			best = took
		}
	}
	on := ""
	if !p.sqlite() {
		on = " ON seller_orders"
	}
	_, err := p.write.ExecContext(ctx, "DROP INDEX bench_covering"+on)
	return best, err
}

func (p *place) groupSellers(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	rows, err := p.read.QueryContext(ctx, "SELECT seller_id, COUNT(*), SUM((marks >> 5) & 1) FROM seller_orders WHERE placed_at > 0 GROUP BY seller_id")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return time.Since(start), rows.Err()
}

// sellersHealth cancels one order in 200, and adds the sellers that have sold nothing.
func (p *place) sellersHealth(ctx context.Context, s stock) error {
	conn, err := p.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	l := &loader{p: p, db: conn, now: time.Now().UnixMicro()}
	at := fmt.Sprint(l.now)
	if err := l.fill(ctx, "sellers", span{sellerCount, listedSellers}, []column{
		{"id", l.join("'mp-s-'", l.padded("n", 6))}, {"name", l.join("'青葉雑貨店 '", "n")}, {"locale", "'ja'"}, {"suspended", "0"}, {"created_at", at}, {"updated_at", at},
	}); err != nil {
		return err
	}
	return l.exec(ctx, fmt.Sprintf(`INSERT INTO cancellations (order_line_id, order_id, seller_id, placed_at, cancelled_at, stated, finding, basis, version)
		SELECT l.id, l.order_id, l.seller_id, l.placed_at, l.placed_at + 3600000000, 'out_of_stock', 'stock_out', 'stated', 1
		FROM bench_numbers JOIN order_lines l ON l.id = %s WHERE n >= %d AND n < %d AND (%s + n) %% 200 = 0`, l.id('f', "n"), s.pool.from, s.pool.to, l.div("n", 1000)))
}

// ranked gives the sellers that have sold nothing a place in the list by risk.
func (p *place) ranked(ctx context.Context) error {
	conn, err := p.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	l := &loader{p: p, db: conn, now: time.Now().UnixMicro()}
	return l.fill(ctx, "seller_standings", span{sellerCount, listedSellers}, []column{
		{"seller_id", l.join("'mp-s-'", l.padded("n", 6))},
		{"risk", "(n % 6) * 1000000 + n % 300"},
		{"points", "n % 300"},
		{"level", "n % 6"},
		{"reached", "n % 6"},
		{"held", "''"},
		{"buyers", "7"},
		{"recent_stock_outs", "3"},
		{"stock_outs", "9"},
		{"orders", "400"},
		{"reckoned_at", fmt.Sprint(l.now)},
	})
}
