package models

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hosho/models/health"
)

// lists puts a word of the feed on the SKU of the market's orders.
func (m *market) lists(price int64, available bool, when string) (ListingState, PutOutcome, error) {
	return m.PutListing(m.ctx, m.integration, ListingWord{SellerID: "mp-s-1", SKU: "LAMP-1", Price: &price, Currency: "JPY", Available: &available, At: when})
}

func (m *market) listed(price int64, available bool, when string) PutOutcome {
	m.t.Helper()
	_, outcome, err := m.lists(price, available, when)
	m.must(err)
	return outcome
}

// facts are the finding, its basis and whether it weighs as relisted dearer.
func (m *market) facts(order string) string {
	m.t.Helper()
	rows, err := find[cancellationRow](m.ctx, m.Store, "SELECT c.* FROM cancellations c JOIN orders o ON o.id = c.order_id WHERE o.number = ?", order)
	m.must(err)
	return fmt.Sprintf("%s %s %v", rows[0].Finding, rows[0].Basis, rows[0].Dearer)
}

func TestListings(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", nil)
	steps := []struct {
		price     int64
		available bool
		at        string
		want      PutOutcome
	}{
		{3000, true, "2026-01-10T10:00:00+09:00", OrderCreated},
		{3000, true, "2026-01-10T10:00:00+09:00", OrderUnchanged},
		{2000, true, "2026-01-10T10:00:00+09:00", OrderStale},
		{2000, true, "2026-01-10T09:59:59+09:00", OrderStale},
		{3000, true, "2026-01-11T10:00:00+09:00", OrderUpdated},
		{3500, true, "2026-01-12T10:00:00+09:00", OrderUpdated},
		{3500, false, "2026-01-13T10:00:00+09:00", OrderUpdated},
		{3000, true, "2026-01-12T10:00:00+09:00", OrderStale},
	}
	for _, s := range steps {
		if got := m.listed(s.price, s.available, s.at); got != s.want {
			t.Errorf("%+v: %s", s, got)
		}
	}
	got, _, err := m.lists(1, true, "2025-01-01T00:00:00Z")
	m.must(err)
	if want := (ListingState{"mp-s-1", "LAMP-1", 3500, "JPY", false, at("2026-01-13T10:00:00+09:00"), true}); got != want {
		t.Errorf("stands as %+v", got)
	}
	kept, err := find[listingChangeRow](m.ctx, m.Store, "SELECT * FROM listing_changes ORDER BY at")
	m.must(err)
	if len(kept) != 3 || kept[0].Price != 3000 || kept[1].Price != 3500 || kept[2].Available {
		t.Errorf("kept: %+v", kept)
	}
	// What is too old to matter goes with the next change.
	m.clock.set(at("2026-04-23T10:00:00+09:00"))
	m.listed(4000, true, "2026-04-22T10:00:00+09:00")
	if kept, _ = find[listingChangeRow](m.ctx, m.Store, "SELECT * FROM listing_changes ORDER BY at"); len(kept) != 3 {
		t.Errorf("kept: %+v", kept)
	}
}

func TestWhatAListingFeedMayNotSay(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", nil)
	price, minus, most, more, yes, now := int64(3000), int64(-1), int64(1e15), int64(1e15+1), true, m.MachineNow()
	word := func(edit func(*ListingWord)) error {
		in := ListingWord{SellerID: "mp-s-1", SKU: "NEW-1", Price: &price, Currency: "JPY", Available: &yes, At: now.String()}
		edit(&in)
		_, _, err := m.PutListing(m.ctx, m.integration, in)
		return err
	}
	for name, c := range map[string]struct {
		edit func(*ListingWord)
		code string
	}{
		"a negative price":       {func(in *ListingWord) { in.Price = &minus }, "price_negative"},
		"the highest price":      {func(in *ListingWord) { in.Price, in.SKU = &most, "NEW-4" }, ""},
		"a higher one":           {func(in *ListingWord) { in.Price = &more }, "invalid_fields"},
		"ahead by a day":         {func(in *ListingWord) { in.At = now.Add(maxAhead).String() }, ""},
		"ahead by more":          {func(in *ListingWord) { in.At, in.SKU = (now.Add(maxAhead) + 1).String(), "NEW-2" }, "at_in_future"},
		"no price":               {func(in *ListingWord) { in.Price = nil }, "invalid_fields"},
		"nothing of being there": {func(in *ListingWord) { in.Available = nil }, "invalid_fields"},
		"no time":                {func(in *ListingWord) { in.At = "" }, "invalid_fields"},
		"no such currency":       {func(in *ListingWord) { in.Currency = "XXQ" }, "invalid_fields"},
		"no SKU":                 {func(in *ListingWord) { in.SKU = " " }, "invalid_fields"},
		"no such seller":         {func(in *ListingWord) { in.SellerID = "none" }, "not_found"},
	} {
		if err := word(c.edit); CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
	}
	for name, by := range map[string]Actor{"buyer": m.buyer, "seller": m.seller, "staff": m.lead, "admin": m.admin} {
		if _, _, err := m.PutListing(m.ctx, by, ListingWord{SellerID: "mp-s-1", SKU: "X", Price: &price, Currency: "JPY", Available: &yes, At: now.String()}); KindOf(err) != Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	l, _, err := m.PutListing(m.ctx, m.integration, ListingWord{SellerID: "mp-s-1", SKU: "NEW-3", Price: &price, Currency: "USD", Available: &yes, At: now.String()})
	if m.must(err); l.Known || l.Currency != "USD" {
		t.Errorf("a SKU no order has named: %+v", l)
	}
}

// The finding follows what the feed and later orders tell in the 7 days after the cancellation.
func TestFindingFollowsTheListing(t *testing.T) {
	m := newMarket(t)
	later := func(number, placed string, price int64, edit ...func(*OrderInput)) {
		t.Helper()
		m.order(number, func(in *OrderInput) {
			in.PlacedAt, in.Lines[0].UnitPrice = placed, &price
			unshipped(in)
			for _, e := range edit {
				e(in)
			}
		})
	}
	m.order("o-1", cancelled("other")) // at 2026-01-04T10:00, for 3000
	_, err := m.saysOf("o-1", health.AnswerDoNotKnow)
	m.must(err)
	is := func(what, want string) {
		t.Helper()
		if got := m.facts("o-1"); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	is("nothing is told", "other stated false")
	m.listed(3000, false, "2026-01-05T10:00:00+09:00")
	is("off sale", "misdeclared facts false")
	later("o-2", "2026-01-04T09:00:00+09:00", 9000)
	is("an order from before", "misdeclared facts false")
	later("o-3", "2026-01-06T09:00:00+09:00", 9000, func(in *OrderInput) { in.Lines[0].SKU = "LAMP-2" })
	is("an order of another SKU", "misdeclared facts false")
	later("o-4", "2026-01-06T09:00:00+09:00", 9000, func(in *OrderInput) { in.Lines[0].Seller.ID = "mp-s-2" })
	is("an order of another seller", "misdeclared facts false")
	later("o-5", "2026-01-11T10:00:00+09:00", 9000)
	is("an order a week later", "misdeclared facts false")
	later("o-6", "2026-01-06T09:00:00+09:00", 2000)
	is("sold again for less", "other stated false")
	later("o-7", "2026-01-07T09:00:00+09:00", 3001)
	is("sold again for more", "other stated true")
	counts, err := m.countsOf(m.ctx, "mp-s-1", at("2026-01-01T00:00:00+09:00"))
	m.must(err)
	if len(counts) != 0 {
		t.Errorf("what is no stock-out counts: %+v", counts)
	}
	m.order("o-1", cancelled("out_of_stock"))
	counts, err = m.countsOf(m.ctx, "mp-s-1", at("2026-01-01T00:00:00+09:00"))
	m.must(err)
	if len(counts) != 1 || !counts[0].Dearer || health.Default().Points(counts[0]) != 35 {
		t.Errorf("relisted dearer: %+v", counts)
	}
	kept, err := find[cancellationVersionRow](m.ctx, m.Store, "SELECT * FROM cancellation_versions ORDER BY version")
	m.must(err)
	if n := len(kept); n != 6 || !kept[2].OffSale || !kept[3].OnSale || !kept[4].Dearer || kept[4].ByRole != "integration" {
		t.Errorf("%d versions: %+v", n, kept)
	}
}

// A cancellation that is told late finds what is known by then; another time or SKU begins anew.
func TestFactsKnownBeforeTheCancellation(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", unshipped)
	m.listed(3000, true, "2026-01-03T10:00:00+09:00")
	m.listed(3000, false, "2026-01-04T09:00:00+09:00")
	m.order("o-1", cancelled("out_of_stock"))
	rows, err := find[cancellationRow](m.ctx, m.Store, "SELECT * FROM cancellations")
	m.must(err)
	if r := rows[0]; !r.OffSale || r.OnSale || r.Dearer || r.Sku != "LAMP-1" {
		t.Errorf("off sale an hour before: %+v", r)
	}
	m.listed(3000, true, "2026-01-06T10:00:00+09:00")
	m.listed(3400, true, "2026-01-07T10:00:00+09:00")
	if got := m.facts("o-1"); got != "stock_out stated true" {
		t.Errorf("relisted dearer: %s", got)
	}
	m.order("o-1", func(in *OrderInput) {
		cancelled("out_of_stock")(in)
		in.Lines[0].Cancellation.At = "2026-01-08T10:00:00+09:00"
	})
	if got := m.facts("o-1"); got != "stock_out stated false" {
		t.Errorf("cancelled later than that: %s", got)
	}
	m.order("o-2", func(in *OrderInput) {
		cancelled("out_of_stock")(in)
		in.Lines[0].Cancellation.At = "2026-01-06T11:00:00+09:00"
	})
	if got := m.facts("o-2"); got != "stock_out stated true" {
		t.Errorf("told late: %s", got)
	}
	// Said again is a word too, where it is the first after a cancellation.
	m.order("o-3", func(in *OrderInput) {
		cancelled("out_of_stock")(in)
		in.Lines[0].Cancellation.At = "2026-01-09T10:00:00+09:00"
	})
	m.listed(3400, true, "2026-01-10T10:00:00+09:00")
	m.listed(3400, true, "2026-01-11T10:00:00+09:00")
	if got := m.facts("o-3"); got != "stock_out stated true" {
		t.Errorf("still up: %s", got)
	}
	if kept, _ := find[listingChangeRow](m.ctx, m.Store, "SELECT * FROM listing_changes"); len(kept) != 5 {
		t.Errorf("kept %d words", len(kept))
	}
}

// What a seller cancelled and what was ordered after it may come in one batch, in any order.
func TestFactsWithinABatch(t *testing.T) {
	for _, first := range []bool{true, false} {
		m := newMarket(t)
		dearer := orderInput("o-2", func(in *OrderInput) {
			price := int64(4000)
			in.PlacedAt, in.Lines[0].UnitPrice = "2026-01-05T10:00:00+09:00", &price
		})
		batch := []OrderInput{orderInput("o-1", cancelled("out_of_stock")), dearer}
		if !first {
			batch[0], batch[1] = batch[1], batch[0]
		}
		results, err := m.PutOrders(m.ctx, m.integration, batch)
		m.must(err)
		for _, r := range results {
			m.must(r.Err)
		}
		if got := m.facts("o-1"); got != "stock_out stated true" {
			t.Errorf("cancelled first %v: %s", first, got)
		}
	}
}

// An order whose SKUs nobody has cancelled costs one read more, however many lines it has; one that
// says nothing new of its listings none.
func TestFactsCostOneReadAnOrder(t *testing.T) {
	m := newMarket(t)
	asked := func(in OrderInput) int {
		t.Helper()
		n := 0
		m.must(m.inTx(m.ctx, func(tx *Store) error {
			stored, err := tx.ordersByNumber(m.ctx, []string{in.Number})
			if err != nil {
				return err
			}
			before := tx.count.Load()
			_, err = tx.cancelledSales(m.ctx, []OrderInput{in}, stored)
			n = int(tx.count.Load() - before)
			return err
		}))
		return n
	}
	in := orderInput("o-1", func(in *OrderInput) {
		for n := 2; n <= 20; n++ {
			l := in.Lines[0]
			l.Line, l.SKU = n, fmt.Sprint("SKU-", n)
			in.Lines = append(in.Lines, l)
		}
	})
	if n := asked(in); n != 1 {
		t.Errorf("a new order of 20 lines takes %d reads", n)
	}
	_, _, err := m.PutOrder(m.ctx, m.integration, in)
	m.must(err)
	in.Lines[3].Status, in.Lines[3].Title = Delivered, "別の名前"
	if n := asked(in); n != 0 {
		t.Errorf("one that moves on takes %d reads", n)
	}
}

// Of many words at once the latest stands, and none is lost.
func TestListingsAtOnce(t *testing.T) {
	m := newMarket(t)
	m.order("o-1", nil)
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			_, _, err := m.lists(int64(1000+i), i%2 == 0, at("2026-01-10T10:00:00+09:00").Add(time.Duration(i)*time.Minute).String())
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, outcome, err := m.lists(1, true, "2025-12-01T10:00:00+09:00")
	m.must(err)
	if got.Price != 1011 || got.Available || outcome != OrderStale {
		t.Errorf("%+v stands", got)
	}
}

// The reads of facts seek by their index.
func TestFactsUseTheirIndex(t *testing.T) {
	m := newMarket(t)
	if m.engine != sqliteEngine {
		t.Skip("SQLite names the index in words")
	}
	for query, index := range map[string]string{
		"SELECT DISTINCT seller_id, sku FROM cancellations WHERE seller_id = 'a' AND sku = 'b' AND cancelled_at > 1 AND cancelled_at < 2 OR seller_id = 'c' AND sku = 'd' AND cancelled_at > 1 AND cancelled_at < 2": "cancellations_seller_id_sku_cancelled_at_idx",
		"SELECT id FROM order_lines WHERE seller_id = 'a' AND sku = 'b' LIMIT 1": "order_lines_seller_id_sku_placed_at_idx",
	} {
		plan, err := find[struct{ Detail string }](m.ctx, m.Store, "EXPLAIN QUERY PLAN "+query)
		m.must(err)
		for _, step := range plan {
			if strings.HasPrefix(step.Detail, "SCAN") {
				t.Errorf("%s: %s", query, step.Detail)
			}
		}
		if !strings.Contains(fmt.Sprint(plan), index) {
			t.Errorf("%s: %v", query, plan)
		}
	}
}
