package models

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestPutOrderIsIdempotentAndKnowsTheNewest(t *testing.T) {
	m := newMarket(t)
	put := func(updated, title string) PutOutcome {
		price := int64(3000)
		in := OrderInput{
			Number: "A-1", Buyer: BuyerInput{ID: "mp-b-1", Email: "b1@example.com"}, PlacedAt: "2026-01-01T10:00:00+09:00", UpdatedAt: updated, Currency: "JPY",
			Lines:    []LineInput{{Line: 1, Seller: SellerRef{ID: "mp-s-1"}, Title: title, Quantity: 2, UnitPrice: &price, Status: Unshipped}},
			Payments: []PaymentInput{{Tender: "points", Amount: ptr(int64(6000))}},
		}
		_, outcome, err := m.PutOrder(m.ctx, m.integration, in)
		m.must(err)
		return outcome
	}
	title := func() string {
		o, err := m.OrderByNumber(m.ctx, m.buyer, "A-1")
		m.must(err)
		return o.Lines[0].Title
	}
	if got := put("2026-01-02T00:00:00Z", "二番"); got != OrderCreated {
		t.Fatalf("first: %s", got)
	}
	if got := put("2026-01-01T00:00:00Z", "一番"); got != OrderStale || title() != "二番" {
		t.Fatalf("older: %s %s", got, title())
	}
	version := func() int64 {
		o, err := m.OrderByNumber(m.ctx, m.buyer, "A-1")
		m.must(err)
		return o.Version
	}
	if got := put("2026-01-02T00:00:00Z", "二番"); got != OrderUnchanged || version() != 1 {
		t.Fatalf("the same again: %s, version %d", got, version())
	}
	if got := put("2026-01-02T00:00:00Z", "二番改"); got != OrderUpdated || version() != 2 {
		t.Fatalf("otherwise at the same time: %s, version %d", got, version())
	}
	if got := put("2026-01-03T00:00:00Z", "三番"); got != OrderUpdated || title() != "三番" {
		t.Fatalf("newer: %s %s", got, title())
	}
}

// One word from a clock that is wrong by years must not make all later ones stale.
func TestUpdatedAtAheadOfTheClock(t *testing.T) {
	m := newMarket(t)
	limit := m.MachineNow().Add(24 * time.Hour)
	for updated, code := range map[Instant]string{limit - 1: "", limit: "", limit + 1: "updated_at_in_future"} {
		for _, number := range []string{"new " + updated.String(), m.order("old "+updated.String(), nil)} {
			in := OrderInput{}
			m.order("unused", func(o *OrderInput) { in = *o })
			in.Number, in.UpdatedAt = number, updated.String()
			in.Payments = []PaymentInput{{Tender: "points", Amount: ptr(int64(3800))}}
			_, _, err := m.PutOrder(m.ctx, m.integration, in)
			results, batch := m.PutOrders(m.ctx, m.integration, []OrderInput{in})
			m.must(batch)
			if CodeOf(err) != code || CodeOf(results[0].Err) != code {
				t.Errorf("%s: alone %v, in a batch %v", number, err, results[0].Err)
			}
		}
	}
}

// The same again changes nothing, whatever has come of the order meanwhile.
func TestTheSameOrderAgainChangesNothing(t *testing.T) {
	m := newMarket(t)
	var sent OrderInput
	put := func(want PutOutcome) Order {
		t.Helper()
		o, got, err := m.PutOrder(m.ctx, m.integration, sent)
		m.must(err)
		if got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		return o
	}
	m.order("A-1", func(in *OrderInput) {
		second := in.Lines[0]
		second.Line = 2
		in.Lines[0].Listing = &ListingInput{Description: "新品", Promises: []string{"返品可"}}
		in.Lines = append(in.Lines, second)
		in.Payments = []PaymentInput{{Tender: "points", Amount: ptr(int64(7600))}}
		sent = *in
	})
	m.filed("A-1", NotReceived)
	if o := put(OrderUnchanged); o.Version != 1 {
		t.Fatalf("version %d", o.Version)
	}
	// Line 1, which is claimed, keeps its money; so it does when the same is sent again.
	sent.Lines = slices.Clone(sent.Lines)
	sent.Lines[0].UnitPrice, sent.Lines[0].Tax, sent.Lines[0].Shipping = ptr(int64(0)), 0, 0
	sent.Payments = []PaymentInput{{Tender: "points", Amount: ptr(int64(3800))}}
	before := m.Statements()
	if o := put(OrderUnchanged); o.Version != 1 || o.Total() != 7600 {
		t.Fatalf("version %d, total %d", o.Version, o.Total())
	}
	if n := m.Statements() - before; n > 4 {
		t.Errorf("%d statements to find that nothing changes", n)
	}
	// Nor does a line that is left out and stays, with its payments, for its claim's sake.
	sent.Lines = sent.Lines[1:]
	put(OrderUnchanged)
	sent.Refunds = []RefundInput{{Reference: "r", Line: 2, Amount: 100}}
	if o := put(OrderUpdated); o.Version != 2 || len(o.Lines) != 2 {
		t.Fatalf("version %d, %d lines", o.Version, len(o.Lines))
	}
	put(OrderUnchanged)
	// Within one batch the second word is compared with the first.
	other := sent
	other.Chargeback = true
	results, err := m.PutOrders(m.ctx, m.integration, []OrderInput{other, other, sent, sent})
	m.must(err)
	for i, want := range []PutOutcome{OrderUpdated, OrderUnchanged, OrderUpdated, OrderUnchanged} {
		if results[i].Outcome != want {
			t.Errorf("%d: %+v, want %s", i, results[i], want)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestOrderLimits(t *testing.T) {
	m := newMarket(t)
	good := func() OrderInput {
		price := int64(3000)
		return OrderInput{
			Number: "A-1", Buyer: BuyerInput{ID: "b", Email: "b@example.com"}, PlacedAt: "2026-01-01T10:00:00Z", Currency: "JPY",
			Lines:    []LineInput{{Line: 1, Seller: SellerRef{ID: "s"}, Title: "本", Quantity: 1, UnitPrice: &price, Status: Unshipped}},
			Payments: []PaymentInput{{Tender: "points", Amount: ptr(int64(3000))}},
		}
	}
	for name, tc := range map[string]struct {
		edit  func(*OrderInput)
		code  string
		field string
	}{
		"sums":              {func(in *OrderInput) { in.Payments[0].Amount = ptr(int64(2999)) }, "payments_do_not_add_up", ""},
		"no email":          {func(in *OrderInput) { in.Buyer.Email = "" }, "invalid_fields", "buyer.email"},
		"bad instant":       {func(in *OrderInput) { in.PlacedAt = "2026-01-01 10:00" }, "invalid_fields", "placed_at"},
		"last year of all":  {func(in *OrderInput) { in.PlacedAt = "9999-12-01T00:00:00Z" }, "invalid_fields", "placed_at"},
		"date beyond time":  {func(in *OrderInput) { in.Lines[0].EstimatedDelivery = &EstimateInput{Latest: "9999-12-31"} }, "invalid_fields", "lines[0].estimated_delivery.latest"},
		"unknown currency":  {func(in *OrderInput) { in.Currency = "XXX" }, "invalid_fields", "currency"},
		"no lines":          {func(in *OrderInput) { in.Lines = nil }, "invalid_fields", "lines"},
		"two of one number": {func(in *OrderInput) { in.Lines = append(in.Lines, in.Lines[0]) }, "invalid_fields", "lines[1].line"},
		"negative price":    {func(in *OrderInput) { in.Lines[0].UnitPrice = ptr(int64(-1)) }, "invalid_fields", "lines[0].unit_price"},
		"overflow":          {func(in *OrderInput) { in.Lines[0].UnitPrice, in.Lines[0].Quantity = ptr(int64(1e15)), 1e6 }, "invalid_fields", "lines[0].unit_price"},
		"unknown status":    {func(in *OrderInput) { in.Lines[0].Status = "lost" }, "invalid_fields", "lines[0].status"},
		"unknown tender":    {func(in *OrderInput) { in.Payments[0].Tender = "shells" }, "invalid_fields", "payments[0].tender"},
		"blank title":       {func(in *OrderInput) { in.Lines[0].Title = " \u3164 " }, "invalid_fields", "lines[0].title"},
		"bidi override":     {func(in *OrderInput) { in.Lines[0].Title = "a\u202eb" }, "invalid_fields", "lines[0].title"},
		"number too long":   {func(in *OrderInput) { in.Number = string(make([]byte, 129)) }, "invalid_fields", ""},
		"refund elsewhere":  {func(in *OrderInput) { in.Refunds = []RefundInput{{Reference: "r", Line: 2, Amount: 1}} }, "invalid_fields", "refunds[0].line"},
	} {
		t.Run(name, func(t *testing.T) {
			in := good()
			tc.edit(&in)
			_, _, err := m.PutOrder(m.ctx, m.integration, in)
			wantCode(t, err, tc.code)
			if tc.field == "" {
				return
			}
			if e := err.(*Error); !slices.ContainsFunc(e.Fields, func(f FieldError) bool { return f.Field == tc.field }) { //nolint:errorlint // made here
				t.Fatalf("fields %+v, want %s", e.Fields, tc.field)
			}
		})
	}
	if _, _, err := m.PutOrder(m.ctx, m.admin, good()); KindOf(err) != Forbidden {
		t.Fatalf("an admin put an order: %v", err)
	}
}

func TestWhoSeesAnOrder(t *testing.T) {
	m := newMarket(t)
	price := int64(1000)
	m.order("A-1", func(in *OrderInput) {
		in.Lines = append(in.Lines, LineInput{Line: 2, Seller: SellerRef{ID: "mp-s-2", Name: "別の店"}, Title: "別の品", Quantity: 1, UnitPrice: &price, Status: Unshipped})
	})
	for _, tc := range []struct {
		name  string
		by    Actor
		lines int
		found bool
	}{
		{"buyer", m.buyer, 2, true},
		{"another buyer", m.buyer2, 0, false},
		{"seller of line 1", m.seller, 1, true},
		{"seller of line 2", m.seller2, 1, true},
		{"agent", m.agent, 2, true},
		{"admin", m.admin, 2, true},
		{"integration", m.integration, 2, true},
		{"nobody", Anonymous, 0, false},
	} {
		o, err := m.OrderByNumber(m.ctx, tc.by, "A-1")
		if (err == nil) != tc.found || len(o.Lines) != tc.lines {
			t.Errorf("%s: %d lines, %v", tc.name, len(o.Lines), err)
		}
		if tc.by.Role == RoleSeller && (o.BuyerEmail != "" || o.Payments != nil) {
			t.Errorf("%s sees the buyer's address or payments", tc.name)
		}
	}
	if _, err := m.OrderByNumber(m.ctx, m.buyer, "A-2"); KindOf(err) != NotFound {
		t.Errorf("a missing order: %v", err)
	}
}

func TestOrdersPageByPage(t *testing.T) {
	m := newMarket(t)
	for i := range 7 {
		placed := at("2026-01-01T00:00:00Z").Add(time.Duration(i/2) * time.Hour) // pairs placed at once
		m.order("A-"+string(rune('0'+i)), func(in *OrderInput) { in.PlacedAt = placed.String() })
	}
	for _, by := range []Actor{m.buyer, m.seller, m.agent, m.integration} {
		var seen []string
		cursor := ""
		for range 10 {
			items, next, err := m.Orders(m.ctx, by, Page{Limit: 3, Cursor: cursor})
			m.must(err)
			for _, o := range items {
				seen = append(seen, o.Number)
			}
			if cursor = next; cursor == "" {
				break
			}
		}
		slices.Sort(seen)
		if len(seen) != 7 || len(slices.Compact(seen)) != 7 {
			t.Errorf("%s saw %v", by.Role, seen)
		}
	}
	if items, _, err := m.Orders(m.ctx, m.buyer2, Page{}); err != nil || len(items) != 0 {
		t.Errorf("another buyer saw %d orders, %v", len(items), err)
	}
	if _, _, err := m.Orders(m.ctx, m.buyer, Page{Cursor: "nonsense"}); KindOf(err) != Invalid {
		t.Errorf("a cursor that is not ours: %v", err)
	}
}

func TestBatchTakesWhatIsSound(t *testing.T) {
	m := newMarket(t)
	price := int64(500)
	order := func(number string, paid int64) OrderInput {
		return OrderInput{
			Number: number, Buyer: BuyerInput{ID: "mp-b-1", Email: "b1@example.com"}, PlacedAt: "2026-01-01T10:00:00Z", Currency: "JPY",
			Lines:    []LineInput{{Line: 1, Seller: SellerRef{ID: "mp-s-1"}, Title: "本", Quantity: 1, UnitPrice: &price, Status: Unshipped}},
			Payments: []PaymentInput{{Tender: "points", Amount: &paid}},
		}
	}
	results, err := m.PutOrders(m.ctx, m.integration, []OrderInput{order("A", 500), order("B", 499), order("C", 500)})
	m.must(err)
	if results[0].Outcome != OrderCreated || CodeOf(results[1].Err) != "payments_do_not_add_up" || results[2].Outcome != OrderCreated {
		t.Fatalf("results %+v", results)
	}
}

// The newest word on a buyer's address holds, whichever order brings it and when.
func TestTheNewestAddressOfABuyerHolds(t *testing.T) {
	m := newMarket(t)
	put := func(number, updated, email string) {
		m.order(number, func(in *OrderInput) { in.UpdatedAt, in.Buyer.Email = updated, email })
	}
	put("A-1", "2026-01-10T00:00:00Z", "old@example.com")
	put("A-2", "2026-01-15T00:00:00Z", "new@example.com")
	put("A-1", "2026-01-12T00:00:00Z", "old@example.com")
	for _, number := range []string{"A-1", "A-2"} {
		o, err := m.OrderByNumber(m.ctx, m.integration, number)
		m.must(err)
		if o.BuyerEmail != "new@example.com" {
			t.Fatalf("%s belongs to %s", number, o.BuyerEmail)
		}
	}
}

// A batch is its orders one after the other: the last word on a buyer holds, though its order was the
// same when the batch began.
func TestTheLastAddressOfABatchHolds(t *testing.T) {
	m := newMarket(t)
	order := func(number, email string) OrderInput {
		return OrderInput{
			Number: number, Buyer: BuyerInput{ID: "mp-b-9", Email: email}, PlacedAt: "2026-01-01T10:00:00Z", Currency: "JPY",
			Lines:    []LineInput{{Line: 1, Seller: SellerRef{ID: "mp-s-1"}, Title: "本", Quantity: 1, UnitPrice: ptr(int64(500)), Status: Unshipped}},
			Payments: []PaymentInput{{Tender: "points", Amount: ptr(int64(500))}},
		}
	}
	put := func(in ...OrderInput) {
		results, err := m.PutOrders(m.ctx, m.integration, in)
		m.must(err)
		for _, r := range results {
			m.must(r.Err)
		}
	}
	put(order("A-1", "old@example.com"), order("A-2", "old@example.com"))
	put(order("A-1", "new@example.com"), order("A-2", "old@example.com"))
	o, err := m.OrderByNumber(m.ctx, m.integration, "A-1")
	m.must(err)
	if o.BuyerEmail != "old@example.com" {
		t.Fatalf("%s", o.BuyerEmail)
	}
}

// Two replicas that tell of a new buyer at once: the newer word holds, whoever is first.
func TestTheNewestAddressHoldsOfTwoAtOnce(t *testing.T) {
	m := newMarket(t)
	for i := range 20 {
		id := fmt.Sprintf("mp-b-new-%d", i)
		var wg sync.WaitGroup
		for word, email := range map[string]string{"2026-01-10T00:00:00Z": "old@example.com", "2026-01-15T00:00:00Z": "new@example.com"} {
			number := id + email
			in := OrderInput{
				Number: number, Buyer: BuyerInput{ID: id, Email: email}, PlacedAt: "2026-01-01T10:00:00Z", UpdatedAt: word, Currency: "JPY",
				Lines:    []LineInput{{Line: 1, Seller: SellerRef{ID: "mp-s-1"}, Title: "本", Quantity: 1, UnitPrice: ptr(int64(500)), Status: Unshipped}},
				Payments: []PaymentInput{{Tender: "points", Amount: ptr(int64(500))}},
			}
			wg.Go(func() {
				if _, _, err := m.PutOrder(m.ctx, m.integration, in); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		o, err := m.OrderByNumber(m.ctx, m.integration, id+"old@example.com")
		m.must(err)
		if o.BuyerEmail != "new@example.com" {
			t.Errorf("%s has %s", id, o.BuyerEmail)
		}
	}
}
