package models

import (
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hosho/models/calendar"
)

const shop = "〒150-0001 東京都渋谷区神宮前1-2-3 青葉雑貨店 返品係"

// returning is a claim whose buyer is to send the goods back: by an offer, or by a decision.
func (m *market) returning(order string, decided bool, address string) Claim {
	m.t.Helper()
	if decided {
		c := m.inReview(order)
		in := decision("granted", 0)
		in.ReturnRequired = true
		c, err := m.Act(m.ctx, m.agent, c.Number, in)
		m.must(err)
		return c
	}
	c := m.filed(order, NotReceived)
	_, err := m.Act(m.ctx, m.seller, c.Number, &OfferInput{Kind: OfferReturn, Message: "返品してください。", Address: address})
	m.must(err)
	c, err = m.Act(m.ctx, m.buyer, c.Number, &AcceptOfferInput{})
	m.must(err)
	return c
}

func (m *market) shipped(c Claim) Claim {
	m.t.Helper()
	c, err := m.Act(m.ctx, m.buyer, c.Number, &ShipReturnInput{Carrier: "ヤマト運輸", TrackingNumber: "4000-1111-2222"})
	m.must(err)
	return c
}

// owes is how many refunds of the claim there are.
func (m *market) owes(c Claim) int {
	m.t.Helper()
	return m.countRows("SELECT COUNT(*) FROM refunds WHERE claim_id = ?", c.ID)
}

// heard says whether a notice of this kind went to somebody about the claim.
func (m *market) heard(by Actor, c Claim, kind string) bool {
	m.t.Helper()
	notices, _, err := m.Notices(m.ctx, by, Page{Limit: MaxPage})
	m.must(err)
	return slices.ContainsFunc(notices, func(n Notice) bool { return n.ClaimNumber == c.Number && n.Kind == kind })
}

func TestReturnAgreedOn(t *testing.T) {
	m := newMarket(t)
	c := m.returning(m.order("A-1", nil), false, shop)
	if c.Status != AwaitingReturn || c.NextActor != BuyersTurn || c.DueAt != m.MachineNow().Add(10*24*time.Hour) || c.Return.ShipBy != c.DueAt || c.Return.Address != shop || c.Return.Amount != 3800 || m.owes(c) != 0 {
		t.Fatalf("%s %s due %s %+v", c.Status, c.NextActor, c.DueAt, c.Return)
	}
	_, err := m.FileClaim(m.ctx, m.buyer, filing("A-1", NotReceived))
	wantCode(t, err, "already_claimed")
	m.clock.set(at("2026-01-30T10:00:00+09:00")) // a Friday
	c = m.shipped(c)
	if c.NextActor != SellersTurn || c.DueAt != at("2026-02-11T00:00:00+09:00") { // counts as delivered on Friday, 6 February; Tuesday is the second business day
		t.Fatalf("%s's turn until %s", c.NextActor, c.DueAt)
	}
	_, err = m.Act(m.ctx, m.buyer, c.Number, &WithdrawInput{})
	wantCode(t, err, "not_allowed_now") // the goods are gone
	_, err = m.Act(m.ctx, m.seller, c.Number, &ReturnAddressInput{Address: "よそ"})
	wantCode(t, err, "not_allowed_now")
	c, err = m.Act(m.ctx, m.seller, c.Number, &ConfirmReturnInput{Note: "受け取りました。"})
	m.must(err)
	if c.Status != Settled || c.Refund == nil || c.Refund.Total != 3800 || c.Refund.Cause != "offer" || c.Refund.BorneBy != "seller" || c.Return.ReceivedAt != m.MachineNow() {
		t.Fatalf("%s %+v", c.Status, c.Refund)
	}
	if !m.heard(m.buyer, c, "claim_return_received") || !m.heard(m.seller, c, "claim_return_shipped") {
		t.Fatal("nobody was told")
	}
	checkChain(t, m, c.Number)
}

func TestReturnDecided(t *testing.T) {
	m := newMarket(t)
	price := int64(150_000)
	c := m.inReview(m.order("A-1", func(in *OrderInput) { in.Lines[0].UnitPrice = &price }))
	in := decision("granted", 120_000)
	in.ReturnRequired, in.BorneBy = true, "marketplace"
	c, err := m.Act(m.ctx, m.agent, c.Number, in)
	m.must(err)
	if c.Status != AwaitingApproval || c.Return != nil {
		t.Fatalf("%s %+v", c.Status, c.Return)
	}
	c, err = m.Act(m.ctx, m.agent2, c.Number, &ApproveInput{})
	m.must(err)
	if c.Status != AwaitingReturn || c.Decision == nil || !c.Decision.ReturnRequired || c.ClosedAt != 0 || m.owes(c) != 0 || !m.heard(m.seller, c, "claim_return_decided_no_address") {
		t.Fatalf("%s %+v", c.Status, c.Decision)
	}
	// The buyer's ten days begin with an address, and another one leaves it three.
	m.clock.set(c.DueAt.Add(-24 * time.Hour))
	c, err = m.Act(m.ctx, m.seller, c.Number, &ReturnAddressInput{Address: shop, Label: "着払い 123", LabelCost: ptr(int64(500))})
	m.must(err)
	if c.DueAt != m.MachineNow().Add(10*24*time.Hour) || c.Return.LabelCost != 500 {
		t.Fatalf("due %s %+v", c.DueAt, c.Return)
	}
	m.clock.set(c.DueAt.Add(-time.Hour))
	c, err = m.Act(m.ctx, m.seller, c.Number, &ReturnAddressInput{Address: shop + " 2階"})
	m.must(err)
	if c.DueAt != m.MachineNow().Add(72*time.Hour) || c.BuyerDueAt != c.DueAt || c.Return.ShipBy != c.DueAt {
		t.Fatalf("due %s %+v", c.DueAt, c.Return)
	}
	c = m.shipped(c)
	m.clock.set(c.DueAt)
	m.run()
	c = m.claim(c.Number)
	if c.Status != Granted || c.Refund == nil || c.Refund.Total != 120_000 || c.Refund.BorneBy != "marketplace" || c.Refund.Cause != "decision" || !c.Return.Silent {
		t.Fatalf("silence: %s %+v", c.Status, c.Refund)
	}
	checkChain(t, m, c.Number)
}

// What silence leads to, to the microsecond.
func TestReturnSilence(t *testing.T) {
	for _, tc := range []struct {
		name    string
		decided bool
		address string
		want    ClaimStatus
		notice  string
	}{
		{"not shipped", false, shop, Denied, "claim_decided"},
		{"not shipped, without an address", true, "", UnderReview, "claim_return_no_address"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newMarket(t)
			c := m.returning(m.order("A-1", nil), tc.decided, tc.address)
			reminded := 0
			for _, before := range []time.Duration{24 * time.Hour, 6 * time.Hour, time.Microsecond} {
				m.clock.set(c.DueAt.Add(-before))
				reminded += m.run()
			}
			if reminded != 2 || m.claim(c.Number).Status != AwaitingReturn {
				t.Fatalf("%d reminders, %s", reminded, m.claim(c.Number).Status)
			}
			m.clock.set(c.DueAt)
			_, err := m.Act(m.ctx, m.buyer, c.Number, &ShipReturnInput{Carrier: "ヤマト運輸", TrackingNumber: "1"})
			wantCode(t, err, "not_allowed_now")
			m.run()
			c = m.claim(c.Number)
			if c.Status != tc.want || m.owes(c) != 0 || !m.heard(m.buyer, c, tc.notice) || !m.heard(m.seller, c, tc.notice) {
				t.Fatalf("%s", c.Status)
			}
			if tc.want == Denied && (c.Decision.ReasonCode != "return_not_shipped" || !c.Decision.Automated || c.Decision.CountsAgainstSeller) {
				t.Fatalf("%+v", c.Decision)
			}
			if tc.want == UnderReview && c.Decision != nil {
				t.Fatalf("a decision stands whose condition did not come about: %+v", c.Decision)
			}
			checkChain(t, m, c.Number)
		})
	}
	t.Run("of a seller without members", func(t *testing.T) {
		m := newMarket(t)
		c := m.returning(m.order("A-1", nil), false, shop)
		c = m.shipped(c)
		m.must(m.inTx(m.ctx, func(tx *Store) error {
			_, err := tx.exec(m.ctx, "UPDATE accounts SET status = 'closed' WHERE seller_id = 'mp-s-1'")
			return err
		}))
		m.clock.set(c.DueAt)
		m.run()
		if c := m.claim(c.Number); c.Status != UnderReview || m.owes(c) != 0 {
			t.Fatalf("%s", c.Status)
		}
	})
}

func TestReturnDisputed(t *testing.T) {
	m, _ := withEvidence(t)
	c := m.returning(m.order("A-1", nil), true, "")
	packing, opening := m.upload(m.buyer, "png:packing").ID, m.upload(m.seller, "png:opening").ID
	c, err := m.Act(m.ctx, m.buyer, c.Number, &ShipReturnInput{Carrier: "ヤマト運輸", TrackingNumber: "4000", Evidence: []string{packing}})
	m.must(err)
	c, err = m.Act(m.ctx, m.seller, c.Number, &DisputeReturnInput{Message: "別の商品が入っていました。", Evidence: []string{opening}})
	m.must(err)
	if c.Status != UnderReview || !slices.Equal(c.Return.Packing, []string{packing}) || !slices.Equal(c.Return.Opening, []string{opening}) || len(c.Evidence) != 2 || c.Evidence[1].Late || c.Decision != nil {
		t.Fatalf("%s %+v %+v", c.Status, c.Return, c.Evidence)
	}
	again := decision("granted", 0)
	again.ReturnRequired = true
	_, err = m.Act(m.ctx, m.agent, c.Number, again)
	wantField(t, err, "return_required", "already_sent_back")
	_, err = m.Act(m.ctx, m.buyer, c.Number, &WithdrawInput{})
	wantCode(t, err, "not_allowed_now")
	c, err = m.Act(m.ctx, m.agent, c.Number, decision("granted", 1000))
	m.must(err)
	if c.Status != Granted || c.Refund.Total != 1000 {
		t.Fatalf("%s %+v", c.Status, c.Refund)
	}
	checkChain(t, m, c.Number)
}

func TestReturnMeetsTheOrder(t *testing.T) {
	refund := func(amount int64) func(*OrderInput) {
		return func(in *OrderInput) {
			in.Refunds = []RefundInput{{Reference: "r", Line: 1, Tender: "credit_card", Amount: amount}}
		}
	}
	t.Run("paid back whole", func(t *testing.T) {
		m := newMarket(t)
		c := m.shipped(m.returning(m.order("A-1", nil), true, ""))
		m.order("A-1", refund(3800))
		if c = m.claim(c.Number); c.Status != Settled || m.owes(c) != 0 || m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'claim' AND subject = ?", c.ID) != 0 {
			t.Fatalf("%s %s", c.Status, c.WakeAt)
		}
	})
	t.Run("paid back in part", func(t *testing.T) {
		m := newMarket(t)
		c := m.shipped(m.returning(m.order("A-1", nil), true, ""))
		m.order("A-1", refund(800))
		c, err := m.Act(m.ctx, m.seller, c.Number, &ConfirmReturnInput{})
		m.must(err)
		if c.Refund.Total != 3000 || c.Decision.Amount != 3800 {
			t.Fatalf("%+v of %+v", c.Refund, c.Decision)
		}
	})
	t.Run("charged back and delivered meanwhile", func(t *testing.T) {
		m := newMarket(t)
		c := m.shipped(m.returning(m.order("A-1", nil), false, shop))
		m.clock.set(c.DueAt.Add(-time.Hour))
		m.order("A-1", func(in *OrderInput) { in.Chargeback = true })
		if f := m.claim(c.Number); f.Status != Frozen || f.NextActor != ClocksTurn {
			t.Fatalf("%s", f.Status)
		}
		_, err := m.TellReturn(m.ctx, m.integration, c.Number, ParcelEvent{Event: ParcelDelivered})
		m.must(err)
		m.clock.set(c.DueAt.Add(100 * time.Hour))
		m.run()
		m.order("A-1", nil)
		days := Policy{PolicyValues: DefaultPolicy(), business: calendar.Japan(), zone: tokyo}
		if f := m.claim(c.Number); f.Status != AwaitingReturn || f.NextActor != SellersTurn || f.DueAt != days.businessEnd(m.MachineNow()) || f.Return.ConfirmBy != f.DueAt {
			t.Fatalf("%s until %s", f.Status, f.DueAt)
		}
	})
	t.Run("withdrawn and taken up again", func(t *testing.T) {
		m := newMarket(t)
		c := m.returning(m.order("A-1", nil), true, "")
		c, err := m.Act(m.ctx, m.buyer, c.Number, &WithdrawInput{})
		m.must(err)
		c, err = m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})
		m.must(err)
		if c.Status != AwaitingReturn || c.Decision == nil || c.DueAt != m.MachineNow().Add(72*time.Hour) || c.Return.ShipBy != c.DueAt {
			t.Fatalf("%s due %s", c.Status, c.DueAt)
		}
		m.shipped(c)
	})
}

func TestTellReturn(t *testing.T) {
	m := newMarket(t)
	c := m.returning(m.order("A-1", nil), false, shop)
	_, err := m.TellReturn(m.ctx, m.seller, c.Number, ParcelEvent{Event: ParcelDelivered})
	wantCode(t, err, "forbidden")
	_, err = m.TellReturn(m.ctx, m.integration, c.Number, ParcelEvent{Event: ParcelNotTaken})
	wantCode(t, err, "not_allowed_now") // nothing is under way
	m.clock.set(at("2026-01-30T10:00:00+09:00"))
	c = m.shipped(c)
	_, err = m.TellReturn(m.ctx, m.integration, c.Number, ParcelEvent{Event: ParcelDelivered, TrackingNumber: ptr("other")})
	wantField(t, err, "tracking_number", "another_parcel")
	_, err = m.TellReturn(m.ctx, m.integration, c.Number, ParcelEvent{Event: ParcelDelivered, At: m.MachineNow().Add(time.Hour).String()})
	wantField(t, err, "at", "out_of_range")
	m.clock.set(at("2026-02-02T15:00:00+09:00")) // a Monday
	c, err = m.TellReturn(m.ctx, m.integration, c.Number, ParcelEvent{Event: ParcelDelivered, TrackingNumber: ptr("4000-1111-2222")})
	m.must(err)
	if c.DueAt != at("2026-02-05T00:00:00+09:00") || !m.heard(m.seller, c, "claim_return_delivered") {
		t.Fatalf("due %s", c.DueAt)
	}
	m.clock.set(at("2026-02-03T15:00:00+09:00"))
	again, err := m.TellReturn(m.ctx, m.integration, c.Number, ParcelEvent{Event: ParcelDelivered})
	m.must(err)
	if again.Version != c.Version || again.DueAt != c.DueAt {
		t.Fatalf("told twice: version %d due %s", again.Version, again.DueAt)
	}
	c, err = m.TellReturn(m.ctx, m.integration, c.Number, ParcelEvent{Event: ParcelNotTaken})
	m.must(err)
	if c.Status != UnderReview || !m.heard(m.buyer, c, "claim_return_undeliverable") {
		t.Fatalf("%s", c.Status)
	}
	_, err = m.TellReturn(m.ctx, m.integration, "C-0000-0000", ParcelEvent{Event: ParcelDelivered})
	wantCode(t, err, "not_found")

	unsaid := m.returning(m.order("A-2", nil), false, shop)
	unsaid, err = m.TellReturn(m.ctx, m.integration, unsaid.Number, ParcelEvent{Event: ParcelDelivered})
	m.must(err)
	if !unsaid.Return.Shipped() || unsaid.NextActor != SellersTurn {
		t.Fatalf("delivered, and not shipped: %+v", unsaid.Return)
	}
	checkChain(t, m, c.Number)
}

func TestParallelReturnEndsOnce(t *testing.T) {
	m := newMarket(t)
	for _, order := range []string{"A-1", "A-2", "A-3"} {
		c := m.shipped(m.returning(m.order(order, nil), order == "A-1", shop))
		if order != "A-3" { // silence: the turn is over
			m.clock.set(c.DueAt.Add(-time.Second))
		} else {
			m.clock.set(c.DueAt)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for i := range 50 {
			wg.Go(func() {
				var err error
				switch i % 4 {
				case 0:
					_, err = m.Act(m.ctx, m.seller, c.Number, &ConfirmReturnInput{})
				case 1:
					_, err = m.Act(m.ctx, m.seller, c.Number, &DisputeReturnInput{Message: "違う商品です。"})
				case 2:
					if _, err := m.RunDueTimers(m.ctx, 5); err != nil {
						t.Error(err)
					}
					return
				case 3:
					_, _, err := m.PutOrder(m.ctx, m.integration, m.paidBack(order, i))
					if err != nil && KindOf(err) != Unavailable {
						t.Error(err)
					}
					return
				}
				switch CodeOf(err) {
				case "":
					mu.Lock()
					won++
					mu.Unlock()
				case "not_allowed_now", "unavailable":
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		c = m.claim(c.Number)
		refunds := m.owes(c)
		switch {
		case won > 1, refunds > 1:
			t.Fatalf("%s: %d people were first, %d refunds", order, won, refunds)
		case c.Status == AwaitingReturn:
			t.Fatalf("%s: nobody was first", order)
		case c.Status == UnderReview && refunds != 0, c.Return.ReceivedAt != 0 && refunds != 1:
			t.Fatalf("%s: %s with %d refunds", order, c.Status, refunds)
		}
		ends := 0
		events, err := m.ClaimEvents(m.ctx, m.lead, c.Number)
		m.must(err)
		for _, e := range events {
			if slices.Contains([]string{"return_confirmed", "return_disputed", "lapsed"}, e.Type) || e.Type == "refunded_by_seller" && c.Return.DisputedAt == 0 {
				ends++
			}
		}
		if ends != 1 {
			t.Fatalf("%s: it ended %d times: %+v", order, ends, c)
		}
		checkChain(t, m, c.Number)
	}
}

// paidBack is the order with a full refund that the seller made by itself, once for all of them.
func (m *market) paidBack(order string, i int) OrderInput {
	o, err := m.OrderByNumber(m.ctx, m.integration, order)
	m.must(err)
	l := o.Lines[0]
	in := OrderInput{
		Number: order, Buyer: BuyerInput{ID: "mp-b-1", Email: "B1@example.com", Name: "買い手"}, PlacedAt: "2026-01-01T10:00:00+09:00", Currency: "JPY",
		Lines:    []LineInput{{Line: 1, Seller: SellerRef{ID: "mp-s-1", Name: "青葉雑貨店"}, SKU: l.SKU, Title: l.Title, Quantity: 1, UnitPrice: &l.UnitPrice, Tax: l.Tax, Shipping: l.Shipping, Status: Shipped}},
		Payments: []PaymentInput{{Tender: "credit_card", Amount: ptr(int64(3800))}},
	}
	if i == 47 { // one of them pays, late in the crowd
		in.Refunds = []RefundInput{{Reference: "late", Line: 1, Tender: "credit_card", Amount: 3800}}
	}
	return in
}

func TestConfirmBy(t *testing.T) {
	p := Policy{PolicyValues: DefaultPolicy(), business: calendar.Japan(), zone: tokyo}
	for _, tc := range []struct{ name, delivered, now, due, want string }{
		{"on a Monday", "2026-02-02T15:00:00+09:00", "2026-02-02T15:00:00+09:00", "2026-02-11T00:00:00+09:00", "2026-02-05T00:00:00+09:00"},
		{"before a weekend", "2026-01-30T15:00:00+09:00", "2026-01-30T15:00:00+09:00", "2026-02-11T00:00:00+09:00", "2026-02-04T00:00:00+09:00"},
		{"over a holiday", "2026-02-10T15:00:00+09:00", "2026-02-10T15:00:00+09:00", "2026-02-20T00:00:00+09:00", "2026-02-14T00:00:00+09:00"},
		{"told late", "2026-02-02T15:00:00+09:00", "2026-02-05T09:00:00+09:00", "2026-02-11T00:00:00+09:00", "2026-02-10T00:00:00+09:00"},
		{"told late, and late it was", "2026-02-02T15:00:00+09:00", "2026-02-09T09:00:00+09:00", "2026-02-11T00:00:00+09:00", "2026-02-11T00:00:00+09:00"},
		{"later than it counted as", "2026-02-09T15:00:00+09:00", "2026-02-09T15:00:00+09:00", "2026-02-11T00:00:00+09:00", "2026-02-13T00:00:00+09:00"},
		{"not said to be shipped", "2026-02-02T15:00:00+09:00", "2026-02-05T09:00:00+09:00", "", "2026-02-10T00:00:00+09:00"},
	} {
		due := Instant(0)
		if tc.due != "" {
			due = at(tc.due)
		}
		if got := p.confirmBy(at(tc.delivered), at(tc.now), due); got != at(tc.want) {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// Whatever is told when, a seller that has learned of a delivery has its business days from it, or
// what it had before; and no later telling of the same delivery moves the end earlier.
func TestConfirmByIsFair(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := Policy{PolicyValues: DefaultPolicy(), business: rapid.SampledFrom([]calendar.BusinessDays{calendar.Japan(), calendar.Weekdays()}).Draw(rt, "calendar"), zone: tokyo}
		shipped := at("2026-04-20T00:00:00Z").Add(time.Duration(rapid.Int64Range(0, 30*24*3600).Draw(rt, "shipped")) * time.Second)
		due := p.businessEnd(p.assumedDelivery(shipped))
		delivered := shipped.Add(time.Duration(rapid.Int64Range(0, 8*24*3600).Draw(rt, "delivered")) * time.Second)
		told := delivered.Add(time.Duration(rapid.Int64Range(0, 5*24*3600).Draw(rt, "told")) * time.Second)
		got := p.confirmBy(delivered, told, due)
		if got < p.businessEnd(delivered) || got < min(due, p.businessEnd(told)) {
			rt.Fatalf("until %s: delivered %s, told %s, had until %s", got, delivered, told, due)
		}
		if later := p.confirmBy(delivered, told.Add(time.Hour), due); later < got {
			rt.Fatalf("told an hour later it ends at %s, before %s", later, got)
		}
		if got > max(due, p.businessEnd(delivered)) {
			rt.Fatalf("until %s: more than it had", got)
		}
	})
}

func TestBusinessDaysOfAZone(t *testing.T) {
	paulo, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	holiday := calendar.Date{Year: 2026, Month: 2, Day: 11}
	if businessDays(tokyo).On(holiday) || !businessDays(paulo).On(holiday) || businessDays(paulo).On(holiday.AddDays(3)) {
		t.Fatal("11 February 2026 is a holiday in Japan, a Wednesday elsewhere")
	}
}

func TestOfferOfAReturn(t *testing.T) {
	m := newMarket(t)
	c := m.filed(m.order("A-1", nil), NotReceived)
	_, err := m.Act(m.ctx, m.seller, c.Number, &OfferInput{Kind: OfferReturn, Message: "返品", Amount: ptr(int64(3801))})
	wantField(t, err, "amount", "out_of_range")
	_, err = m.Act(m.ctx, m.seller, c.Number, &OfferInput{Kind: OfferReplacement, Message: "交換", Address: shop})
	wantField(t, err, "return_address", "not_wanted")
	held, err := m.Act(m.ctx, m.seller, c.Number, &OfferInput{Kind: OfferReturn, Message: "返品", Address: shop, Label: "L-1", LabelCost: ptr(int64(500)), Hold: true})
	m.must(err)
	m.clock.set(held.DueAt)
	m.run()
	c = m.claim(c.Number)
	if c.Status != AwaitingBuyer || c.Offer.ReturnTo != (ReturnTo{shop, "L-1", 500}) || c.Offer.Amount != 3800 {
		t.Fatalf("%s %+v", c.Status, c.Offer)
	}
	// The buyer may keep the goods for less.
	c, err = m.Act(m.ctx, m.buyer, c.Number, &CounterInput{Amount: ptr(int64(1000)), Message: "返品せずに"})
	m.must(err)
	c, err = m.Act(m.ctx, m.seller, c.Number, &AcceptInput{})
	m.must(err)
	if c.Status != Settled || c.Refund.Total != 1000 || c.Return != nil {
		t.Fatalf("%s %+v", c.Status, c.Refund)
	}
}

// Where the goods went is forgotten with the files, and the chain stays whole.
func TestReturnAddressIsForgotten(t *testing.T) {
	m, _ := withEvidence(t)
	c := m.returning(m.order("A-1", nil), false, shop)
	c, err := m.Act(m.ctx, m.seller, c.Number, &ReturnAddressInput{Address: shop, Label: "L-1"})
	m.must(err)
	c = m.shipped(c)
	c, err = m.Act(m.ctx, m.seller, c.Number, &ConfirmReturnInput{})
	m.must(err)
	known := func() int {
		n := m.countRows("SELECT COUNT(*) FROM claims WHERE id = ? AND (returned LIKE '%神宮前%' OR offer LIKE '%神宮前%' OR returned LIKE '%L-1%')", c.ID)
		return n + m.countRows("SELECT COUNT(*) FROM claim_events WHERE claim_id = ? AND (texts LIKE '%神宮前%' OR texts LIKE '%L-1%')", c.ID)
	}
	leave := c.AppealUntil.Add(180 * 24 * time.Hour)
	m.clock.set(leave - 1)
	m.run()
	if known() != 4 { // the claim, the offer, the start and the address
		t.Fatalf("known in %d places before", known())
	}
	m.clock.set(leave)
	m.run()
	if n := known(); n != 0 {
		t.Fatalf("still known in %d places", n)
	}
	if c := m.claim(c.Number); c.Return.Carrier != "ヤマト運輸" || c.Offer.Message == "" {
		t.Fatalf("more was forgotten: %+v", c.Return)
	}
	checkChain(t, m, c.Number)
}
