package models

import (
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func sends(number string) *ShipReplacementInput {
	return &ShipReplacementInput{Carrier: "ヤマト運輸", TrackingNumber: number}
}

// replacing is a claim settled by a replacement that the seller is to ship.
func (m *market) replacing(order string) Claim {
	m.t.Helper()
	c := m.offered(order, 0)
	c, err := m.Act(m.ctx, m.buyer, c.Number, &AcceptOfferInput{})
	m.must(err)
	return c
}

func TestReplacementShipped(t *testing.T) {
	m := newMarket(t)
	c := m.replacing(m.order("A-1", nil))
	agreed := m.MachineNow()
	shipBy, twoWeeks := agreed.Add(days(5)), agreed.Add(days(14))
	if c.Status != Settled || c.NextActor != SellersTurn || c.DueAt != shipBy || c.Replacement.ShipBy != shipBy || c.Replacement.ReopenBy != twoWeeks || m.owes(c) != 0 {
		t.Fatalf("%s, %s's turn until %s, %+v", c.Status, c.NextActor, c.DueAt, c.Replacement)
	}
	todo, _, err := m.SellerCases(m.ctx, m.seller, SellerFilter{View: SellerTodo})
	m.must(err)
	if len(todo) != 1 || todo[0].Number != c.Number {
		t.Fatalf("the seller has to do %+v", todo)
	}
	reminded := 0
	for _, before := range []time.Duration{24 * time.Hour, 6 * time.Hour, time.Microsecond} {
		m.clock.set(shipBy.Add(-before))
		reminded += m.run()
	}
	if reminded != 2 || !m.heard(m.seller, c, "claim_replacement_reminder") || m.heard(m.buyer, c, "claim_replacement_missed") {
		t.Fatalf("%d reminders", reminded)
	}
	for by, want := range map[*Actor]string{&m.buyer: "forbidden", &m.agent: "forbidden", &m.buyer2: "not_found", &m.seller2: "not_found", &m.integration: "not_found"} {
		if _, err = m.Act(m.ctx, *by, c.Number, sends("4000")); CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", by.Role, err, want)
		}
	}
	_, err = m.Act(m.ctx, m.seller, c.Number, &ShipReplacementInput{Carrier: "ヤマト運輸", TrackingNumber: " "})
	wantField(t, err, "tracking_number", "required")
	in := sends("4000")
	in.Note = "玄関前に置き配の予定です。"
	c, err = m.Act(m.ctx, m.seller, c.Number, in)
	m.must(err)
	now := m.MachineNow()
	r := c.Replacement
	if c.Status != Settled || c.NextActor != "" || c.DueAt != 0 || c.WakeAt != 0 || r.ShippedAt != now || r.Carrier != "ヤマト運輸" || r.Tracking != "4000" || r.Note != in.Note || r.ReopenBy != now.Add(days(14)) {
		t.Fatalf("%s's turn until %s, %+v", c.NextActor, c.DueAt, r)
	}
	if !m.heard(m.buyer, c, "claim_replacement_shipped") || m.countRows("SELECT COUNT(*) FROM timers WHERE kind = 'claim' AND subject = ?", c.ID) != 0 {
		t.Fatal("the buyer was not told, or the clock still waits")
	}

	// Clicked twice, it is told once; another number is another parcel, another note is not.
	again, err := m.Act(m.ctx, m.seller, c.Number, in)
	m.must(err)
	if again.Version != c.Version || len(m.noticesOf("claim_replacement_shipped")) != 1 {
		t.Fatalf("told twice: version %d after %d", again.Version, c.Version)
	}
	m.clock.set(now.Add(days(3)))
	in.Note = ""
	c, err = m.Act(m.ctx, m.seller, c.Number, in)
	m.must(err)
	if c.Replacement.ReopenBy != now.Add(days(14)) || c.Replacement.Note != "" || c.Replacement.CorrectedAt != m.MachineNow() || c.Replacement.ShippedAt != now {
		t.Fatalf("a note moved it: %+v", c.Replacement)
	}
	c, err = m.Act(m.ctx, m.seller, c.Number, sends("5000"))
	m.must(err)
	if c.Replacement.ReopenBy != m.MachineNow().Add(days(14)) || !m.heard(m.buyer, c, "claim_replacement_corrected") {
		t.Fatalf("another parcel: %+v", c.Replacement)
	}
	m.clock.set(c.Replacement.ReopenBy - 1)
	v, err := m.ClaimByNumber(m.ctx, m.seller, c.Number)
	m.must(err)
	if !slices.Contains(v.Allowed, ShipReplacement) {
		t.Fatal("it cannot be corrected in time")
	}
	m.clock.set(c.Replacement.ReopenBy)
	_, err = m.Act(m.ctx, m.seller, c.Number, sends("6000"))
	wantCode(t, err, "not_allowed_now")
	_, err = m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})
	wantCode(t, err, "not_allowed_now")
	checkChain(t, m, c.Number)
}

// The seller misses its date: both are told, the buyer has its days from there, and reopens.
func TestReplacementMissed(t *testing.T) {
	m, _ := withEvidence(t)
	c := m.replacing(m.order("A-1", nil))
	shipBy := c.DueAt
	m.clock.set(shipBy)
	m.run()
	c = m.claim(c.Number)
	if c.Replacement.MissedAt != shipBy || c.Replacement.ReopenBy != shipBy.Add(days(14)) || c.NextActor != SellersTurn || !m.heard(m.buyer, c, "claim_replacement_missed") || !m.heard(m.seller, c, "claim_replacement_missed") {
		t.Fatalf("%+v", c.Replacement)
	}
	m.clock.set(c.Replacement.ReopenBy - 1)
	c, err := m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{Reason: "まだ届きません。"})
	m.must(err)
	if c.Status != UnderReview || c.NextActor != StaffsTurn || c.Replacement.ReopenedAt != m.MachineNow() || c.Replacement.Reason != "まだ届きません。" || !m.heard(m.seller, c, "claim_reopened") {
		t.Fatalf("%s %+v", c.Status, c.Replacement)
	}
	_, err = m.Act(m.ctx, m.seller, c.Number, sends("4000"))
	wantCode(t, err, "not_allowed_now")
	// What either gives now is not late: it is about a parcel nobody spoke of before.
	for _, by := range []Actor{m.seller, m.buyer} {
		c, err = m.Act(m.ctx, by, c.Number, &AddEvidenceInput{Evidence: []string{m.upload(by, "png:"+string(by.Role)).ID}})
		m.must(err)
		if e := c.Evidence[len(c.Evidence)-1]; e.Late {
			t.Errorf("the %s's is late", by.Role)
		}
	}
	c, err = m.Act(m.ctx, m.agent, c.Number, decision("granted", 0))
	m.must(err)
	if c.Status != Granted || c.Refund.Total != 3800 {
		t.Fatalf("%s %+v", c.Status, c.Refund)
	}
	_, err = m.TellReplacement(m.ctx, m.integration, c.Number, ParcelEvent{Event: ParcelDelivered})
	wantCode(t, err, "not_allowed_now")
	checkChain(t, m, c.Number)
}

// Shipped after its date, even after the buyer's days, the buyer has all of them again; once nothing
// can change any more, nothing is shipped and nobody waits.
func TestReplacementShippedLate(t *testing.T) {
	m := newMarket(t)
	late := m.replacing(m.order("A-1", nil))
	never := m.replacing(m.order("A-2", nil))
	m.clock.set(late.DueAt)
	m.run()
	late = m.claim(late.Number)
	m.clock.set(late.Replacement.ReopenBy.Add(24 * time.Hour))
	m.run()
	_, err := m.Act(m.ctx, m.buyer, late.Number, &ReopenInput{})
	wantCode(t, err, "not_allowed_now")
	late, err = m.Act(m.ctx, m.seller, late.Number, sends("4000"))
	m.must(err)
	if late.Replacement.ReopenBy != m.MachineNow().Add(days(14)) {
		t.Fatalf("until %s", late.Replacement.ReopenBy)
	}
	m.clock.set(late.Replacement.ReopenBy - 1)
	late, err = m.Act(m.ctx, m.buyer, late.Number, &ReopenInput{})
	m.must(err)
	if late.Status != UnderReview || !late.Replacement.Shipped() {
		t.Fatalf("%s %+v", late.Status, late.Replacement)
	}
	p := Policy{PolicyValues: DefaultPolicy()}
	never = m.claim(never.Number)
	if final := never.FinalAt(p); never.WakeAt != final {
		t.Fatalf("the clock looks at it %s, final %s", never.WakeAt, final)
	}
	m.clock.set(never.WakeAt - 1)
	_, err = m.SendClaimMessage(m.ctx, m.buyer, never.Number, ClaimMessage{Body: "いつ届きますか。"}) // they can still talk
	m.must(err)
	m.clock.set(never.WakeAt)
	_, err = m.SendClaimMessage(m.ctx, m.seller, never.Number, ClaimMessage{Body: "発送します。"})
	wantCode(t, err, "not_allowed_now")
	_, err = m.Act(m.ctx, m.seller, never.Number, sends("4000"))
	wantCode(t, err, "not_allowed_now")
	m.run()
	if c := m.claim(never.Number); c.NextActor != "" || c.DueAt != 0 || c.WakeAt != 0 {
		t.Fatalf("%s's turn until %s", c.NextActor, c.DueAt)
	}
	checkChain(t, m, late.Number)
}

func TestTellReplacement(t *testing.T) {
	m := newMarket(t)
	tell := func(c Claim, in ParcelEvent) (Claim, error) {
		return m.TellReplacement(m.ctx, m.integration, c.Number, in)
	}
	c := m.replacing(m.order("A-1", nil))
	_, err := m.TellReplacement(m.ctx, m.seller, c.Number, ParcelEvent{Event: ParcelDelivered})
	wantCode(t, err, "forbidden")
	_, err = tell(c, ParcelEvent{Event: ParcelNotTaken})
	wantCode(t, err, "not_allowed_now") // nothing is under way
	m.clock.set(c.DueAt.Add(-time.Hour))
	c, err = m.Act(m.ctx, m.seller, c.Number, sends("4000"))
	m.must(err)
	until := c.Replacement.ReopenBy
	_, err = tell(c, ParcelEvent{Event: ParcelDelivered, TrackingNumber: ptr("other")})
	wantField(t, err, "tracking_number", "another_parcel")
	_, err = tell(c, ParcelEvent{Event: ParcelDelivered, At: c.Replacement.AgreedAt.Add(-time.Second).String()})
	wantField(t, err, "at", "out_of_range")
	c, err = tell(c, ParcelEvent{Event: ParcelNotTaken})
	m.must(err)
	if c.Replacement.UndeliverableAt == 0 || c.Status != Settled || !m.heard(m.buyer, c, "claim_replacement_undeliverable") {
		t.Fatalf("%+v", c.Replacement)
	}
	c, err = m.Act(m.ctx, m.seller, c.Number, sends("5000")) // sent once more
	m.must(err)
	if c.Replacement.UndeliverableAt != 0 {
		t.Fatalf("%+v", c.Replacement)
	}
	m.clock.set(m.MachineNow().Add(days(2)))
	c, err = tell(c, ParcelEvent{Event: ParcelDelivered, TrackingNumber: ptr("5000")})
	m.must(err)
	if c.Replacement.DeliveredAt != m.MachineNow() || c.Replacement.ReopenBy != until || !m.heard(m.buyer, c, "claim_replacement_delivered") {
		t.Fatalf("%+v", c.Replacement)
	}
	again, err := tell(c, ParcelEvent{Event: ParcelDelivered})
	m.must(err)
	_, err = m.Act(m.ctx, m.seller, c.Number, sends("6000"))
	wantCode(t, err, "not_allowed_now") // it has arrived
	if again.Version != c.Version {
		t.Fatalf("told twice: version %d after %d", again.Version, c.Version)
	}
	c, err = m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{Reason: "受け取っていません。"}) // whatever the record says
	m.must(err)
	if c.Status != UnderReview {
		t.Fatalf("%s", c.Status)
	}
	checkChain(t, m, c.Number)

	t.Run("not said to be shipped", func(t *testing.T) {
		c := m.replacing(m.order("A-2", nil))
		m.clock.set(m.MachineNow().Add(days(4)))
		c, err := tell(c, ParcelEvent{Event: ParcelDelivered})
		m.must(err)
		if !c.Replacement.Shipped() || c.NextActor != "" || c.WakeAt != 0 || c.Replacement.ReopenBy != m.MachineNow().Add(days(14)) {
			t.Fatalf("%s's turn, %+v", c.NextActor, c.Replacement)
		}
	})
	t.Run("under review", func(t *testing.T) {
		c := m.replacing(m.order("A-3", nil))
		_, err := m.Act(m.ctx, m.seller, c.Number, sends("7000"))
		m.must(err)
		c, err = m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})
		m.must(err)
		due := c.DueAt
		c, err = tell(c, ParcelEvent{Event: ParcelDelivered})
		m.must(err)
		if c.Status != UnderReview || c.DueAt != due || c.Replacement.DeliveredAt == 0 || !m.heard(m.buyer, c, "claim_replacement_delivered_noted") {
			t.Fatalf("%s %+v", c.Status, c.Replacement)
		}
	})
	t.Run("none agreed on", func(t *testing.T) {
		_, err := tell(m.filed(m.order("A-4", nil), NotReceived), ParcelEvent{Event: ParcelDelivered})
		wantCode(t, err, "not_allowed_now")
	})
}

// Many say that it was shipped while the buyer reopens and the clock looks: each thing happens once
// at most, nothing is shipped on a claim taken up again, and the chain says in which order.
func TestParallelReplacement(t *testing.T) {
	m := newMarket(t)
	for _, order := range []string{"A-1", "A-2", "A-3"} {
		c := m.replacing(m.order(order, nil))
		if order == "A-3" { // the seller's days are over
			m.clock.set(c.DueAt)
		}
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				var err error
				switch i % 4 {
				case 0, 1:
					_, err = m.Act(m.ctx, m.seller, c.Number, sends("4000"))
				case 2:
					if i > 20 {
						_, err = m.Act(m.ctx, m.buyer, c.Number, &ReopenInput{})
					}
				case 3:
					_, err = m.RunDueTimers(m.ctx, 5)
				}
				if code := CodeOf(err); code != "" && code != "not_allowed_now" && code != "unavailable" {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		c = m.claim(c.Number)
		events, err := m.ClaimEvents(m.ctx, m.lead, c.Number)
		m.must(err)
		seen := map[string]int64{}
		for _, e := range events {
			if _, twice := seen[e.Type]; twice && e.Type != "reminded" {
				t.Errorf("%s: %s happened twice", order, e.Type)
			}
			seen[e.Type] = e.Seq
		}
		if c.Status != UnderReview || seen["reopened"] == 0 || seen["replacement_shipped"] > seen["reopened"] || c.Replacement.Shipped() != (seen["replacement_shipped"] != 0) {
			t.Fatalf("%s: %s %+v %v", order, c.Status, c.Replacement, seen)
		}
		checkChain(t, m, c.Number)
	}
}

// Whatever happens when: the buyer's end never moves earlier, and what the seller ships or names
// anew leaves the buyer all of its days to find out whether it comes.
func TestReplacementIsFair(t *testing.T) {
	p := Policy{Version: 1, PolicyValues: DefaultPolicy()}
	seller, buyer := Actor{Role: RoleSeller, SellerID: "s"}, Actor{Role: RoleBuyer, Email: "b@x", AccountID: "b"}
	rapid.Check(t, func(rt *rapid.T) {
		now := at("2026-02-01T00:00:00Z")
		ch := Claim{Status: AwaitingBuyer, BuyerEmail: "b@x", SellerID: "s", OpenedAt: 1, Offer: &Offer{Kind: OfferReplacement, Pending: true}}.change()
		ch.startReplacement(p, now)
		c := ch.claim
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 6*24*3600).Draw(rt, "later")) * time.Second)
			before := *c.Replacement
			_, could := c.find(Reopen, buyer, p, now)
			switch rapid.IntRange(0, 2).Draw(rt, "what") {
			case 0:
				c = c.wake(p, reachability{}, c.WakeAt, now).claim
			case 1:
				_, may := c.find(ShipReplacement, seller, p, now)
				if !before.Shipped() && may != (now < c.FinalAt(p)) {
					rt.Fatalf("to be shipped at %s: %t, final %s", now, may, c.FinalAt(p))
				}
				if !may {
					continue
				}
				in := sends(rapid.SampledFrom([]string{"1", "2"}).Draw(rt, "number"))
				ch, err := in.apply(c, seller, p, now)
				if err != nil {
					continue // the same again
				}
				c = ch.claim
				if c.Replacement.Tracking != before.Tracking && c.Replacement.ReopenBy < now.Add(days(14)) {
					rt.Fatalf("shipped %s, reopen by %s", now, c.Replacement.ReopenBy)
				}
			case 2:
				ch, err := c.tellReplacement(ParcelEvent{Event: rapid.SampledFrom([]string{ParcelDelivered, ParcelNotTaken}).Draw(rt, "event")}, p, now)
				if err != nil {
					continue
				}
				c = ch.claim
			}
			if c.Replacement.ReopenBy < before.ReopenBy {
				rt.Fatalf("the end moved from %s to %s", before.ReopenBy, c.Replacement.ReopenBy)
			}
			if _, can := c.find(Reopen, buyer, p, now); could && !can {
				rt.Fatalf("at %s the buyer lost its right: %+v", now, c.Replacement)
			}
		}
	})
}
