package main

import (
	"strings"
	"testing"
	"time"

	"hosho/models"
	"hosho/models/modelstest"
	"hosho/models/money"
)

// All orders of the data set: each is taken or refused with a reason, a second run changes
// nothing, and the rules answer for all of them.
func TestOlist(t *testing.T) {
	dir := modelstest.Data(t, "olist")
	env := migrated(t)
	args := []string{"import", "orders", dir, "--format", "olist"}
	began := time.Now()
	first := call(t, env, args...).want(t, exitPartial)
	t.Logf("imported in %s", time.Since(began).Round(10*time.Millisecond))
	const report = `18302 orders: 18166 taken, 136 refused
      88  no_lines
      47  payments_do_not_add_up
       1  no_payments
71 orders paid at most one centavo a line more or less than they cost; the difference is booked on their largest tender.
`
	if first.stdout != report {
		t.Errorf("got\n%s\nwant\n%s", first.stdout, report)
	}
	began = time.Now()
	second := call(t, env, args...).want(t, exitPartial)
	t.Logf("imported again in %s", time.Since(began).Round(10*time.Millisecond))
	if second.stdout != report {
		t.Errorf("a second run says\n%s", second.stdout)
	}
	says(t, second.stderr, "new 0, changed 0, unchanged 18166")

	began = time.Now()
	r := call(t, env, "assess", "--at", "2018-08-20T00:00:00-03:00", "--reason", "not_received", "--assume-contact", "--time-zone", olistZone).want(t, exitOK)
	t.Logf("assessed in %s", time.Since(began).Round(10*time.Millisecond))
	const answers = `20844 order lines: 4154 eligible, 16690 not
    4154  eligible
   15365  deadline_passed
    1325  not_overdue_yet
`
	if r.stdout != answers {
		t.Errorf("got\n%s\nwant\n%s", r.stdout, answers)
	}
	t.Run("sellers who cancelled", func(t *testing.T) { onlySeller(t, env) })
	t.Run("from contact to decision on an order that never came", func(t *testing.T) { neverCame(t, env) })
}

// onlySeller: the data set says of one order with items that its seller could not deliver, which weighs nothing any more.
func onlySeller(t *testing.T, env []string) {
	list, _, err := olistStore(t, env).SellersByRisk(t.Context(), models.Actor{Role: models.RoleAgent, AccountID: "agent"}, models.RiskFilter{}, models.Page{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Points != 0 || list[0].Level != 0 {
		t.Errorf("sellers who cancelled: %+v", list)
	}
}

// neverCame takes a real order, shipped and never delivered, through the whole path on the
// sandbox's clock of 2018: contact, 48 hours, claim, the seller's answer, decision and, as
// reais have no limits of their own, a second person.
func neverCame(t *testing.T, env []string) {
	ctx := t.Context()
	zone, err := time.LoadLocation(olistZone)
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimPrefix(env[0], "HOSHO_DATABASE=")
	store, err := models.Open(ctx, models.Config{Database: url, Zone: zone, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	start, err := models.ParseInstant("2018-08-20T09:00:00-03:00")
	if err != nil {
		t.Fatal(err)
	}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(store.SetSandboxStart(ctx, start))
	as := func(in models.SandboxTokenInput) models.Actor {
		t.Helper()
		_, token, err := store.SandboxToken(ctx, in)
		ok(err)
		return token.Actor()
	}
	order := shippedAndGone(t, store, as(models.SandboxTokenInput{Email: "shop@example.com", Role: models.RoleIntegration}), start)
	line := order.Lines[0]
	buyer := as(models.SandboxTokenInput{Email: order.BuyerEmail, Role: models.RoleBuyer})
	seller := as(models.SandboxTokenInput{Email: "seller@example.com", Role: models.RoleSeller, SellerID: line.SellerID})
	agent := as(models.SandboxTokenInput{Email: "agent@example.com", Role: models.RoleAgent})
	lead := as(models.SandboxTokenInput{Email: "lead@example.com", Role: models.RoleLead})

	message, err := store.SendMessage(ctx, buyer, models.SendMessage{OrderNumber: order.Number, Line: line.Number, Body: "O pedido nunca chegou.", Topic: models.NotReceived})
	ok(err)
	filing := models.FileClaim{OrderNumber: order.Number, Line: &line.Number, Reason: models.NotReceived, Description: "O pedido nunca chegou.", DesiredOutcome: models.WantsRefund}
	if _, err := store.FileClaim(ctx, buyer, filing); models.CodeOf(err) != "wait_not_elapsed" {
		t.Fatalf("filed inside the wait: %v", err)
	}
	_, _, err = store.MoveClock(ctx, message.SentAt.Add(48*time.Hour))
	ok(err)
	claim, err := store.FileClaim(ctx, buyer, filing)
	ok(err)
	if claim.Currency != "BRL" || claim.Claimed != line.Total {
		t.Fatalf("claimed %d %s of %d", claim.Claimed, claim.Currency, line.Total)
	}
	_, err = store.Act(ctx, seller, claim.Number, &models.ContestInput{Message: "Foi enviado."})
	ok(err)
	counts := true
	claim, err = store.Act(ctx, agent, claim.Number, &models.DecideInput{
		Outcome: "granted", BorneBy: "seller", CountsAgainstSeller: &counts, ReasonCode: "not_delivered", Facts: "Sem registro de entrega.", Explanation: "Reembolso integral.",
	})
	ok(err)
	if claim.Status != models.AwaitingApproval {
		t.Fatalf("a grant in a currency without limits is %s", claim.Status)
	}
	claim, err = store.Act(ctx, lead, claim.Number, &models.ApproveInput{})
	ok(err)
	if claim.Status != models.Granted || claim.Refund == nil || claim.Refund.Total != line.Total {
		t.Fatalf("%s, refund %+v", claim.Status, claim.Refund)
	}
	t.Logf("order %s: R$ %s owed for %s", order.Number, money.Decimal(claim.Refund.Total, "BRL"), claim.Number)
}

// shippedAndGone is the newest order that was shipped, never delivered and can be claimed for.
func shippedAndGone(t *testing.T, store *models.Store, by models.Actor, now models.Instant) models.Order {
	t.Helper()
	page := models.Page{Limit: models.MaxPage}
	for {
		orders, next, err := store.Orders(t.Context(), by, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range orders {
			l := o.Lines[0]
			if l.Status != models.Shipped || l.DeliveredAt != 0 || now.Add(72*time.Hour) >= l.DeadlineAt {
				continue
			}
			a, err := store.Eligibility(t.Context(), by, o.Number, l.Number, models.NotReceived)
			if err != nil {
				t.Fatal(err)
			}
			if a.Code == models.RuleContactRequired && a.Rule(models.RuleNotOverdueYet).Passed {
				return o
			}
		}
		if next == "" {
			t.Fatal("no order was shipped and never delivered")
		}
		page.Cursor = next
	}
}
