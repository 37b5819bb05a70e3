package models

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hosho/models/money"
)

func TestPlanRefund(t *testing.T) {
	card := func(amount, back int64) funding { return funding{Payment{"credit_card", amount, true}, back} }
	pay := func(tender Tender, amount, back int64) funding {
		return funding{Payment{tender, amount, true}, back}
	}
	held := funding{Payment{"credit_card", 3000, false}, 0}
	for _, c := range []struct {
		name   string
		amount int64
		paid   []funding
		first  []Tender
		fault  bool
		legs   []legShare
		lapsed int64
	}{
		{"points and card, in full", 3800, []funding{card(3000, 0), pay("points", 800, 0)}, nil, true, []legShare{{LegRefund, "credit_card", 3000}, {LegRefund, "points", 800}}, 0},
		{"points and card, a part", 1000, []funding{card(3000, 0), pay("points", 800, 0)}, nil, true, []legShare{{LegRefund, "credit_card", 789}, {LegRefund, "points", 211}}, 0},
		{"the largest remainder takes the odd yen", 1000, []funding{card(1, 0), pay("points", 1, 0), pay("wallet", 1000, 0)}, nil, true, []legShare{{LegRefund, "credit_card", 1}, {LegRefund, "points", 1}, {LegRefund, "wallet", 998}}, 0},
		{"what went back before is no more there", 800, []funding{card(3000, 3000), pay("points", 800, 0)}, nil, true, []legShare{{LegRefund, "points", 800}}, 0},
		{"points first", 1000, []funding{card(3000, 0), pay("points", 800, 0)}, []Tender{"points"}, true, []legShare{{LegRefund, "credit_card", 200}, {LegRefund, "points", 800}}, 0},
		{"points first, enough of them", 500, []funding{card(3000, 0), pay("points", 800, 0)}, []Tender{"points"}, true, []legShare{{LegRefund, "points", 500}}, 0},
		{"authorised only", 3000, []funding{held}, nil, true, []legShare{{LegRelease, "credit_card", 3000}}, 0},
		{"a coupon when the seller is at fault", 2000, []funding{card(1500, 0), pay("coupon", 500, 0)}, nil, true, []legShare{{LegRefund, "credit_card", 1500}, {LegReissue, "coupon", 500}}, 0},
		{"a coupon when nobody is", 2000, []funding{card(1500, 0), pay("coupon", 500, 0)}, nil, false, []legShare{{LegRefund, "credit_card", 1500}}, 500},
		{"nothing but a coupon, lapsed", 500, []funding{pay("coupon", 500, 0)}, nil, false, nil, 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := planRefund(c.amount, c.paid, c.first, c.fault)
			if err != nil || !slices.Equal(plan.Legs, c.legs) || plan.Lapsed != c.lapsed {
				t.Errorf("got %+v, %v; want %v and %d lapsed", plan, err, c.legs, c.lapsed)
			}
		})
	}
	if _, err := planRefund(801, []funding{card(3000, 3000), pay("points", 800, 0)}, nil, true); !errors.Is(err, money.ErrCaps) {
		t.Errorf("a refund of more than is left: %v", err)
	}
}

func TestFundingsOf(t *testing.T) {
	paid := []Payment{{"convenience_store", 2000, true}, {"points", 1000, true}, {"coupon", 0, true}}
	for _, c := range []struct {
		name       string
		by         map[Tender]int64
		unrefunded int64
		want       []int64 // back
	}{
		{"nothing", nil, 3000, []int64{0, 0}},
		{"by the tender that paid", map[Tender]int64{"points": 300}, 2700, []int64{0, 300}},
		{"cash that came back as a gift card", map[Tender]int64{"gift_card": 1500}, 1500, []int64{1000, 500}},
		{"more points than points paid", map[Tender]int64{"points": 1600}, 1400, []int64{600, 1000}},
		{"nobody said by what", map[Tender]int64{"": 300}, 2700, []int64{200, 100}},
		{"more than everything", map[Tender]int64{"": 9000}, 0, []int64{2000, 1000}},
		{"more than the lines ever held", map[Tender]int64{"convenience_store": 2000}, 3000, []int64{0, 0}},
		{"somewhat more than the lines held", map[Tender]int64{"convenience_store": 2000, "points": 400}, 1200, []int64{1500, 300}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := []int64{}
			for _, f := range fundingsOf(paid, c.by, c.unrefunded) {
				got = append(got, f.Back)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("back %v, want %v", got, c.want)
			}
		})
	}
	two := fundingsOf([]Payment{{"credit_card", 100, false}, {"credit_card", 100, true}}, map[Tender]int64{"credit_card": 150}, 50)
	if two[0].Back != 50 || two[1].Back != 100 {
		t.Errorf("of two cards the captured one comes first: %+v", two)
	}
}

// A history of refunds takes from no payment more than it paid, and when all is refunded every
// payment has gone back exactly, whatever the parts were.
func TestRefundsAddUp(t *testing.T) {
	tenders := []Tender{"credit_card", "debit_card", "convenience_store", "points", "gift_card", "coupon", "wallet"}
	rapid.Check(t, func(t *rapid.T) {
		var payments []Payment
		var total int64
		for range rapid.IntRange(1, 5).Draw(t, "payments") {
			p := Payment{rapid.SampledFrom(tenders).Draw(t, "tender"), rapid.Int64Range(0, 5_000).Draw(t, "amount"), rapid.Bool().Draw(t, "captured")}
			payments, total = append(payments, p), total+p.Amount
		}
		first := rapid.SliceOfNDistinct(rapid.SampledFrom(tenders), 0, 2, func(x Tender) Tender { return x }).Draw(t, "first")
		fault := rapid.Bool().Draw(t, "fault")
		back := map[Tender]int64{}
		for left := total; left > 0; {
			part := min(left, rapid.Int64Range(1, total).Draw(t, "part"))
			plan, err := planRefund(part, fundingsOf(payments, back, left), first, fault)
			if err != nil {
				t.Fatalf("%d of %d left: %v", part, left, err)
			}
			sum := plan.Lapsed
			for _, l := range plan.Legs {
				if l.Amount <= 0 {
					t.Fatalf("a leg of %d", l.Amount)
				}
				if (l.Kind == LegReissue) != (l.Tender == "coupon") {
					t.Fatalf("%s for %s", l.Kind, l.Tender)
				}
				back[l.Tender] += l.Amount
				sum += l.Amount
			}
			back["coupon"] += plan.Lapsed
			if sum != part {
				t.Fatalf("legs of %d add up to %d", part, sum)
			}
			left -= part
		}
		for _, tender := range tenders {
			if paid := paidBy(payments, tender); back[tender] != paid {
				t.Fatalf("%s paid %d and got %d back", tender, paid, back[tender])
			}
		}
	})
}

func BenchmarkPlanRefund(b *testing.B) {
	payments := []Payment{{"credit_card", 7777, true}, {"points", 800, true}, {"gift_card", 1234, true}, {"coupon", 500, true}, {"wallet", 321, true}}
	back := map[Tender]int64{"credit_card": 1000, "points": 100}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := planRefund(5000, fundingsOf(payments, back, 9532), nil, true); err != nil {
			b.Fatal(err)
		}
	}
}
