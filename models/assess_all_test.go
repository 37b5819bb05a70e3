package models_test

import (
	"errors"
	"fmt"
	"testing"

	"hosho/models"
	"hosho/models/modelstest"
)

func importStore(t *testing.T) *models.Store {
	t.Helper()
	s, err := models.Open(t.Context(), models.Config{Database: modelstest.Database(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

var importer = models.Actor{Role: models.RoleIntegration}

func importedOrder(number string, lines int) models.OrderInput {
	price := int64(1000)
	paid := price * int64(lines)
	o := models.OrderInput{
		Number: number, Buyer: models.BuyerInput{ID: "b1", Email: "B@example.com", Name: "ﾊﾅ"}, PlacedAt: "2026-01-01T10:00:00+09:00", Currency: "JPY",
		Payments: []models.PaymentInput{{Tender: "credit_card", Amount: &paid}},
	}
	for i := range lines {
		o.Lines = append(o.Lines, models.LineInput{
			Line: i + 1, Seller: models.SellerRef{ID: "s1", Name: "店"}, Title: "茶碗 ", Quantity: 1, UnitPrice: &price, Status: models.Unshipped,
			Listing: &models.ListingInput{Description: "a\r\nb", Promises: []string{"x"}}, EstimatedDelivery: &models.EstimateInput{Latest: "2026-01-08"},
		})
	}
	return o
}

// More orders than a page, so that the pages' seams are crossed.
func TestAssessAllAnswersForEachLineOnce(t *testing.T) {
	s := importStore(t)
	const orders = 1203
	var batch []models.OrderInput
	for i := range orders {
		batch = append(batch, importedOrder(fmt.Sprintf("o-%05d", i), 1+i%3))
	}
	if _, err := s.PutOrders(t.Context(), importer, batch); err != nil {
		t.Fatal(err)
	}
	at, err := models.ParseInstant("2026-01-20T00:00:00+09:00")
	if err != nil {
		t.Fatal(err)
	}
	for _, assume := range []bool{true, false} {
		next, line := 0, 1
		before := s.Statements()
		err = s.AssessAll(t.Context(), models.Operator, models.AssessAll{At: at, Reason: models.NotReceived, AssumeContact: assume}, func(a models.LineAnswer) error {
			if want := fmt.Sprintf("o-%05d", next); a.OrderNumber != want || a.Line != line {
				return fmt.Errorf("got %s line %d, want %s line %d", a.OrderNumber, a.Line, want, line)
			}
			if line++; line > 1+next%3 {
				next, line = next+1, 1
			}
			if a.Eligible != assume || a.Eligible != (a.Code == "") || a.At != at {
				return fmt.Errorf("%+v", a)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if next != orders {
			t.Errorf("%d orders were answered for", next)
		}
		if n := s.Statements() - before; n > 8 {
			t.Errorf("%d statements for 3 pages", n)
		}
	}
}

func TestAssessAllIsForThoseWhoSeeAll(t *testing.T) {
	s := importStore(t)
	in := models.AssessAll{At: 1_700_000_000_000_000, Reason: models.NotReceived}
	none := func(models.LineAnswer) error { return nil }
	for _, role := range []models.Role{models.RoleAnonymous, models.RoleBuyer, models.RoleSeller, models.RoleClock} {
		if err := s.AssessAll(t.Context(), models.Actor{Role: role, AccountID: "a"}, in, none); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s: %v", role, err)
		}
	}
	for _, bad := range []models.AssessAll{{Reason: models.NotReceived}, {At: in.At, Reason: "boredom"}, {At: in.At, Reason: models.GeneralTopic}} {
		if err := s.AssessAll(t.Context(), models.Operator, bad, none); models.KindOf(err) != models.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := s.PutOrders(t.Context(), importer, []models.OrderInput{importedOrder("o", 1)}); err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	if err := s.AssessAll(t.Context(), models.Operator, in, func(models.LineAnswer) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the function's error is %v", err)
	}
}
