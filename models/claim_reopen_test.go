package models

import "testing"

func TestReopenUntil(t *testing.T) {
	p := Policy{PolicyValues: DefaultPolicy()}
	closed := at("2026-02-01T10:00:00+09:00")
	threeDays, twoWeeks := closed.Add(hours(72)), closed.Add(days(14))
	offered := &Offer{Kind: OfferReplacement}
	replaced := &Replacement{AgreedAt: closed, ReopenBy: twoWeeks}
	for _, tc := range []struct {
		name string
		c    Claim
		want Instant
	}{
		{"withdrawn", Claim{Status: Withdrawn, Former: &Former{}, Assessment: Assessment{DeadlineAt: closed.Add(days(9))}}, threeDays},
		{"withdrawn near the deadline", Claim{Status: Withdrawn, Former: &Former{}, Assessment: Assessment{DeadlineAt: closed + 1}}, closed + 1},
		{"withdrawn for the second time", Claim{Status: Withdrawn, Former: &Former{}, ReopenedAt: closed - 1, Assessment: Assessment{DeadlineAt: closed.Add(days(9))}}, 0},
		{"withdrawn, from where is not known", Claim{Status: Withdrawn, Assessment: Assessment{DeadlineAt: closed.Add(days(9))}}, 0},
		{"denied for silence", Claim{Status: Denied, Decision: &Decision{ReasonCode: ReasonBuyerSilent}}, threeDays},
		{"denied by staff", Claim{Status: Denied, Decision: &Decision{ReasonCode: "not_covered"}}, 0},
		{"replaced", Claim{Status: Settled, Offer: offered, Replacement: replaced}, twoWeeks},
		{"replaced, shipped late", Claim{Status: Settled, Offer: offered, Replacement: &Replacement{ReopenBy: twoWeeks.Add(days(9))}}, twoWeeks.Add(days(9))},
		{"settled by money, a replacement was offered", Claim{Status: Settled, Offer: offered, Refund: &Refund{}}, 0},
		{"paid back by the seller, a replacement was offered", Claim{Status: Settled, Offer: offered}, 0},
		{"replaced, reopened and settled in another way", Claim{Status: Settled, Offer: offered, Replacement: &Replacement{ReopenBy: twoWeeks, ReopenedAt: closed}}, 0},
		{"settled by a return, without a refund yet", Claim{Status: Settled, Offer: &Offer{Kind: OfferReturn}}, 0},
		{"open", Claim{Status: UnderReview, Former: &Former{}, Replacement: replaced}, 0},
	} {
		tc.c.ClosedAt = closed
		if got := tc.c.ReopenUntil(p); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
		if tc.want != 0 && (!mayReopen(tc.c, Actor{}, p, tc.want-1) || mayReopen(tc.c, Actor{}, p, tc.want)) || tc.want == 0 && mayReopen(tc.c, Actor{}, p, closed) {
			t.Errorf("%s: not to the microsecond", tc.name)
		}
	}
}
