package models

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"hosho/models/modelstest"
	"hosho/models/seal"
)

// testClock is a machine clock that a test moves.
type testClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *testClock) set(i Instant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = i.Time()
}

// market is a small marketplace on a real database with a clock that stands still until a
// test moves it: two buyers, two sellers with a member each, staff.
type market struct {
	*Store
	t     *testing.T
	ctx   context.Context
	clock *testClock
	mail  *recorder

	buyer, buyer2, seller, seller2, agent, agent2, lead, admin, integration Actor
}

var tokyo = func() *time.Location {
	z, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		panic(err)
	}
	return z
}()

// at reads an instant of a test table.
func at(s string) Instant {
	i, err := ParseInstant(s)
	if err != nil {
		panic(err)
	}
	return i
}

func newMarket(t *testing.T) *market {
	t.Helper()
	return newMarketOn(t, modelstest.Schema(t, migrated))
}

// migrated brings a database up to date.
func migrated(address string) error {
	s, err := Open(context.Background(), Config{Database: address})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(context.Background()), s.Close())
}

func newMarketOn(t *testing.T, database string) *market {
	t.Helper()
	m := &market{t: t, ctx: t.Context(), clock: &testClock{}, mail: &recorder{}}
	m.clock.set(at("2026-01-20T10:00:00+09:00"))
	key, err := seal.NewKey(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	store, err := Open(m.ctx, Config{
		Database: database, Zone: tokyo, Machine: m.clock.now, Sender: m.mail,
		Keys: Keys{Sign: make([]byte, 32), Encrypt: make([]byte, 32), Seal: key},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(m.ctx); err != nil {
		t.Fatal(err)
	}
	m.Store = store
	m.buyer = m.account("b1@example.com", RoleBuyer, "")
	m.buyer2 = m.account("b2@example.com", RoleBuyer, "")
	m.seller = m.account("s1@example.com", RoleSeller, "mp-s-1")
	m.seller2 = m.account("s2@example.com", RoleSeller, "mp-s-2")
	m.agent = m.account("t1@example.com", RoleAgent, "")
	m.agent2 = m.account("t2@example.com", RoleAgent, "")
	m.lead = m.account("l1@example.com", RoleLead, "")
	m.admin = m.account("a1@example.com", RoleAdmin, "")
	m.integration = m.account("m1@example.com", RoleIntegration, "")
	t.Cleanup(func() {
		m.ctx = context.WithoutCancel(m.ctx)
		m.paysBack()
	})
	return m
}

// account writes an account row as it rests; the use cases of accounts have tests of their own.
func (m *market) account(email string, role Role, seller string) Actor {
	m.t.Helper()
	row := accountRow{ID: newID(), Email: email, Name: email, Locale: "ja", Role: role, SellerID: seller, Status: AccountActive, CreatedAt: m.MachineNow(), Version: 1}
	m.must(m.inTx(m.ctx, func(tx *Store) error { return tx.insert(m.ctx, &row) }))
	return row.account().Actor()
}

func (m *market) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// order puts a delivered order of one line of 3,000 + 300 tax + 500 shipping yen, estimated
// 2026-01-08, changed by edit, and returns its number.
func (m *market) order(number string, edit func(*OrderInput)) string {
	m.t.Helper()
	_, _, err := m.PutOrder(m.ctx, m.integration, orderInput(number, edit))
	m.must(err)
	return number
}

func orderInput(number string, edit func(*OrderInput)) OrderInput {
	price := int64(3000)
	in := OrderInput{
		Number: number, Buyer: BuyerInput{ID: "mp-b-1", Email: "B1@example.com", Name: "買い手"}, PlacedAt: "2026-01-01T10:00:00+09:00", Currency: "JPY",
		Lines: []LineInput{{
			Line: 1, Seller: SellerRef{ID: "mp-s-1", Name: "青葉雑貨店"}, SKU: "LAMP-1", Title: "折りたたみデスクライト", Quantity: 1,
			UnitPrice: &price, Tax: 300, Shipping: 500, Status: Shipped, EstimatedDelivery: &EstimateInput{Earliest: "2026-01-05", Latest: "2026-01-08"},
			Shipment: &ShipmentInput{Carrier: "ヤマト", TrackingNumber: "1234-5678-9012", ShippedAt: "2026-01-03T10:00:00+09:00", FirstScanAt: "2026-01-03T20:00:00+09:00"},
		}},
	}
	if edit != nil {
		edit(&in)
	}
	if in.Payments == nil {
		var total int64
		for _, l := range in.Lines {
			n, err := lineSum(l)
			if err != nil {
				panic(err)
			}
			total += n
		}
		in.Payments = []PaymentInput{{Tender: "credit_card", Amount: &total}}
	}
	return in
}

// contact sends the first message, with files or none, and returns when it was sent.
func (m *market) contact(order string, reason Reason, files ...string) Instant {
	m.t.Helper()
	msg, err := m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: order, Line: 1, Body: "届きません。", Topic: reason, Evidence: files})
	m.must(err)
	return msg.SentAt
}

// filed contacts the seller, waits and files.
func (m *market) filed(order string, reason Reason) Claim {
	m.t.Helper()
	sent := m.contact(order, reason)
	m.clock.set(sent.Add(48 * time.Hour))
	c, err := m.FileClaim(m.ctx, m.buyer, filing(order, reason))
	m.must(err)
	return c
}

func filing(order string, reason Reason) FileClaim {
	line := 1
	return FileClaim{OrderNumber: order, Line: &line, Reason: reason, Description: "まだ届いていません。", DesiredOutcome: WantsRefund}
}

// inReview is a claim that the seller has contested.
func (m *market) inReview(order string) Claim {
	m.t.Helper()
	c := m.filed(order, NotReceived)
	c, err := m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "発送しました。"})
	m.must(err)
	return c
}

func decision(outcome string, amount int64) *DecideInput {
	counts := true
	in := &DecideInput{Outcome: outcome, BorneBy: "seller", CountsAgainstSeller: &counts, ReasonCode: "not_delivered", Rule: "4-2", Facts: "配送の記録がない", Explanation: "記録を確認しました。"}
	if amount > 0 {
		in.Amount = &amount
	}
	return in
}

// run makes everything due happen.
func (m *market) run() int {
	m.t.Helper()
	n, err := m.RunDueTimers(m.ctx, 10_000)
	m.must(err)
	return n
}

// replicas makes everything due happen in four replicas at once, each a few timers at a time.
func (m *market) replicas() {
	m.t.Helper()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				n, err := m.RunDueTimers(m.ctx, 5)
				if err != nil {
					m.t.Error(err)
				}
				if err != nil || n == 0 {
					return
				}
			}
		})
	}
	wg.Wait()
}

func (m *market) claim(number string) Claim {
	m.t.Helper()
	c, err := m.claimByNumber(m.ctx, number)
	m.must(err)
	return c
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if CodeOf(err) != code {
		t.Fatalf("got error %v, want code %q", err, code)
	}
}

// recorder is a Sender that keeps what it is given.
type recorder struct {
	mu   sync.Mutex
	sent []Mail
	fail func(Mail) error
}

func (r *recorder) Send(_ context.Context, m Mail) (string, string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		if err := r.fail(m); err != nil {
			return "", "", err
		}
	}
	r.sent = append(r.sent, m)
	return m.Notice.Kind, fmt.Sprint(m.Notice.Args), nil
}
