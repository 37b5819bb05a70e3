package models

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"hosho/models/modelstest"
	"hosho/models/money"
)

// Every real order that was paid by several tenders: in full, and in three random parts, each
// centavo goes back to where it came from.
func TestRefundsOfRealOrders(t *testing.T) {
	file, err := os.Open(filepath.Join(modelstest.Data(t, "olist"), "olist_order_payments_dataset.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]Tender{"credit_card": "credit_card", "debit_card": "debit_card", "boleto": tenderKonbini, "voucher": TenderGiftCard}
	orders := map[string][]Payment{}
	for _, r := range rows[1:] {
		tender, ok := names[r[2]]
		if !ok {
			continue // not defined: of nothing
		}
		amount, err := money.ParseDecimal(r[4], "BRL")
		if err != nil {
			t.Fatalf("%v: %v", r, err)
		}
		orders[r[0]] = append(orders[r[0]], Payment{tender, amount, true})
	}
	several := 0
	for number, payments := range orders {
		if len(payments) < 2 {
			continue
		}
		several++
		var total int64
		for _, p := range payments {
			total += p.Amount
		}
		first, second := rand.Int64N(total+1), rand.Int64N(total+1)
		for _, parts := range [][]int64{{total}, {min(first, second), max(first, second) - min(first, second), total - max(first, second)}} {
			back, left := map[Tender]int64{}, total
			for _, part := range parts {
				plan, err := planRefund(part, fundingsOf(payments, back, left), nil, true)
				if err != nil {
					t.Fatalf("%s, %d of %d: %v", number, part, left, err)
				}
				var sum int64
				for _, l := range plan.Legs {
					sum += l.Amount
					back[l.Tender] += l.Amount
				}
				if sum != part {
					t.Fatalf("%s: legs of %d add up to %d", number, part, sum)
				}
				left -= part
			}
			for tender, sum := range back {
				if paid := paidBy(payments, tender); sum != paid {
					t.Fatalf("%s in %v: %s paid %d and got %d back", number, parts, tender, paid, sum)
				}
			}
		}
	}
	t.Logf("%d orders, %d of them paid by several tenders", len(orders), several)
	if several < 100 {
		t.Errorf("only %d orders were paid by several tenders", several)
	}
}
