package models

import (
	"cmp"
	"slices"

	"hosho/models/money"
)

// LegKind is what is done to give a share of a refund back.
type LegKind string

// The kinds of legs.
const (
	LegRefund  LegKind = "refund"  // money is sent
	LegRelease LegKind = "release" // an amount that was authorised only is let go
	LegReissue LegKind = "reissue" // a coupon is issued again
)

// The tenders that rules name.
const (
	TenderBankTransfer Tender = "bank_transfer"
	TenderGiftCard     Tender = "gift_card"

	tenderKonbini Tender = "convenience_store"
	tenderCoupon  Tender = "coupon"
	tenderPoints  Tender = "points"
)

// funding is what one payment gave to an order and how much of it has gone back or is on its
// way, in minor units.
type funding struct {
	Payment
	Back int64
}

// left is what can still go back to it.
func (f funding) left() int64 { return max(0, f.Amount-f.Back) }

// legShare is one payment's share of a refund.
type legShare struct {
	Kind   LegKind
	Tender Tender
	Amount int64
}

// refundPlan is how a refund goes back. The shares and what lapses add up to the refund exactly.
type refundPlan struct {
	Legs   []legShare
	Lapsed int64 // of coupons that are not issued again
}

// planRefund splits a refund over the payments of its order (PRODUCT.md §7): in proportion to
// what they paid, by largest remainder, none above what it paid less what went back before.
// Tenders in first are filled one after the other before the rest is split. What falls on a
// coupon is issued again where the seller is at fault, else it lapses. It is pure. It fails as
// money.Allocate does, when less is left of the payments than the refund.
func planRefund(amount int64, paid []funding, first []Tender, sellerAtFault bool) (refundPlan, error) {
	shares := make([]int64, len(paid))
	rest := amount
	for _, t := range first {
		for i, f := range paid {
			if f.Tender == t {
				shares[i] = min(rest, f.left())
				rest -= shares[i]
			}
		}
	}
	weights, caps := make([]int64, len(paid)), make([]int64, len(paid))
	for i, f := range paid {
		if !slices.Contains(first, f.Tender) {
			weights[i], caps[i] = f.Amount, f.left()
		}
	}
	split, err := money.Allocate(rest, weights, caps)
	if err != nil {
		return refundPlan{}, err
	}
	var plan refundPlan
	for i, f := range paid {
		leg := legShare{LegRefund, f.Tender, shares[i] + split[i]}
		switch {
		case leg.Amount == 0:
			continue
		case f.Tender == tenderCoupon && !sellerAtFault:
			plan.Lapsed += leg.Amount
			continue
		case f.Tender == tenderCoupon:
			leg.Kind = LegReissue
		case !f.Captured:
			leg.Kind = LegRelease
		}
		plan.Legs = append(plan.Legs, leg)
	}
	return plan, nil
}

// fundingsOf says of each payment of an order what went back to it: by, per tender, what came
// back by it. What came back by no tender that paid, or beyond what it paid (cash refunded as a
// gift card), counts against all in proportion to what is left of them. unrefunded is what the
// order's lines still have: where more is told to have come back than the lines ever held (a
// price was lowered after its refund), the payments get that much room back. It is pure.
func fundingsOf(payments []Payment, by map[Tender]int64, unrefunded int64) []funding {
	list := make([]funding, 0, len(payments))
	for _, p := range payments {
		if p.Amount > 0 {
			list = append(list, funding{Payment: p})
		}
	}
	// Payments by one tender share what went back by it, those that are captured first.
	order := make([]*funding, 0, len(list))
	for i := range list {
		order = append(order, &list[i])
	}
	slices.SortStableFunc(order, func(a, b *funding) int { return cmp.Compare(captured(*b), captured(*a)) })
	var loose int64
	for t, back := range by {
		for _, f := range order {
			if f.Tender == t {
				share := min(back, f.left())
				f.Back += share
				back -= share
			}
		}
		loose += max(0, back)
	}
	room := spread(list, loose, funding.left, 1)
	if room < unrefunded {
		spread(list, unrefunded-room, func(f funding) int64 { return f.Back }, -1)
	}
	return list
}

// spread adds a sum, as far as it fits, to what went back, or takes it off, in proportion to a
// part of each payment, which it does not pass. It returns what is left of all payments.
func spread(list []funding, sum int64, part func(funding) int64, sign int64) (left int64) {
	weights := make([]int64, len(list))
	var fits int64
	for i, f := range list {
		weights[i] = part(f)
		fits += weights[i]
	}
	shares, err := money.Allocate(min(sum, fits), weights, weights)
	for i := range list {
		if err == nil {
			list[i].Back += sign * shares[i]
		}
		left += list[i].left()
	}
	return left
}

func captured(f funding) int {
	if f.Captured {
		return 1
	}
	return 0
}
