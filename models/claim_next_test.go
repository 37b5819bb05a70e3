package models

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func (m *market) next(by Actor) string {
	m.t.Helper()
	c, ok, err := m.TakeNext(m.ctx, by)
	m.must(err)
	if ok != (c.Number != "") || ok && c.TakenBy != by.AccountID {
		m.t.Fatalf("%v %+v", ok, c)
	}
	return c.Number
}

func TestTakeNext(t *testing.T) {
	m := newMarket(t)
	var numbers []string
	for i := range 6 {
		numbers = append(numbers, m.inReview(m.order(fmt.Sprintf("n-%d", i), nil)).Number)
		m.later(time.Hour)
	}
	m.filed(m.order("n-6", nil), NotReceived) // the seller's turn
	for _, by := range []Actor{m.buyer, m.seller, m.admin, m.integration, Clock, Anonymous} {
		if _, _, err := m.TakeNext(m.ctx, by); KindOf(err) != Forbidden {
			t.Errorf("%s: %v", by.Role, err)
		}
	}
	act := func(by Actor, number string, in ActionInput) {
		_, err := m.Act(m.ctx, by, number, in)
		m.must(err)
	}
	act(m.agent2, numbers[0], &TakeInput{})
	act(m.agent2, numbers[1], &HoldInput{Until: m.MachineNow().Add(time.Hour).String(), Reason: "電話を待つ"})
	act(m.agent, numbers[2], decision("granted", 0)) // 3,800 yen: at once
	m.publishWith(func(p *PolicyValues) {
		p.Limits = map[string]Limits{"JPY": {MaxClaim: 300_000, AutoGrant: 1, Approval: 1}}
	})
	own := m.inReview(m.order("n-7", nil))
	act(m.agent, own.Number, &TakeInput{})
	act(m.agent, own.Number, decision("granted", 0)) // a proposal, due after all of the others
	if c := m.claim(own.Number); c.Status != AwaitingApproval || c.TakenBy != "" {
		t.Fatalf("a proposal is %s and with %q", c.Status, c.TakenBy)
	}
	if got := []string{m.next(m.agent), m.next(m.agent), m.next(m.agent), m.next(m.agent)}; !slices.Equal(got, []string{numbers[3], numbers[4], numbers[5], ""}) {
		t.Fatalf("one after the other: %v of %v", got, numbers)
	}
	if got := m.next(m.lead); got != own.Number {
		t.Fatalf("the second person gets %q, not %s", got, own.Number)
	}
	act(m.lead, own.Number, &SendBackInput{Explanation: "記録を確認してください"})
	if c := m.claim(own.Number); c.TakenBy != m.agent.AccountID || c.TakenAt == 0 {
		t.Errorf("sent back it is with %q", c.TakenBy)
	}
}

// What somebody has bought themselves is never their next case.
func TestTakeNextNeverOwn(t *testing.T) {
	m := newMarket(t)
	c := m.inReview(m.order("o-1", nil))
	m.mustExec("UPDATE buyers SET email = ? WHERE email = ?", m.agent.Email, m.buyer.Email)
	if got := m.next(m.agent); got != "" {
		t.Fatalf("one's own %s", got)
	}
	if got := m.next(m.agent2); got != c.Number {
		t.Fatalf("%q, not %s", got, c.Number)
	}
}

func TestLanguagesOfWork(t *testing.T) {
	m := newMarket(t)
	first := m.inReview(m.order("l-1", nil)) // Japanese
	m.later(time.Hour)
	second := m.inReview(m.order("l-2", nil))
	m.order("l-3", func(in *OrderInput) {
		in.Buyer.ID, in.Buyer.Email, in.Buyer.Locale = "mp-b-9", "b9@example.com", "en-GB"
	})
	m.mustExec("UPDATE claims SET buyer_id = 'mp-b-9' WHERE number = ?", second.Number)
	m.mustExec("UPDATE sellers SET locale = 'en'")
	m.must(m.SetLanguages(m.ctx, m.agent, LanguagesInput{[]string{"en"}}))
	got, err := m.Languages(m.ctx, m.agent)
	m.must(err)
	if !slices.Equal(got, []string{"en"}) {
		t.Fatalf("languages: %v", got)
	}
	if got := []string{m.next(m.agent), m.next(m.agent)}; !slices.Equal(got, []string{second.Number, first.Number}) {
		t.Fatalf("%v: English first, then what there is", got)
	}
	for _, bad := range [][]string{{"EN"}, {"en", "en"}, {"en,ja"}, {"english"}} {
		wantCode(t, m.SetLanguages(m.ctx, m.agent, LanguagesInput{bad}), "invalid_fields")
	}
	if err := m.SetLanguages(m.ctx, m.buyer, LanguagesInput{}); KindOf(err) != Forbidden {
		t.Error(err)
	}
}

// The first in the languages, else the first; who lost before gets one not far from it.
func TestPickNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		locale := rapid.SampledFrom([]string{"ja", "en", "en-GB", "EN", "zh-Hans", ""})
		var list []nextCandidate
		for i := range rapid.IntRange(0, 12).Draw(t, "cases") {
			list = append(list, nextCandidate{fmt.Sprint(i), locale.Draw(t, "buyer"), locale.Draw(t, "seller")})
		}
		languages := rapid.SampledFrom([][]string{nil, {"en"}, {"ja", "en"}, {"ko"}}).Draw(t, "languages")
		want := ""
		for _, c := range list {
			if len(languages) == 0 || speaks(languages, c.BuyerLocale) && speaks(languages, c.SellerLocale) {
				want = c.Number
				break
			}
		}
		if want == "" && len(list) > 0 {
			want = list[0].Number
		}
		if got := pickNext(list, languages, 0); got != want {
			t.Fatalf("%v of %v: %q, want %q", languages, list, got, want)
		}
		if got := pickNext(list, languages, 1); (got == "") != (len(list) == 0) {
			t.Fatalf("lost once: %q of %v", got, list)
		}
	})
}

// However many take at once, nobody gets what another has, and nothing is left that somebody could have had.
func TestTakeNextAtOnce(t *testing.T) {
	m := newMarket(t)
	const cases, people = 6, 9
	for i := range cases {
		m.inReview(m.order(fmt.Sprintf("r-%d", i), nil))
		m.later(time.Minute)
	}
	var by []Actor
	for i := range people {
		by = append(by, m.account(fmt.Sprintf("p%d@example.com", i), RoleAgent, ""))
	}
	var mu sync.Mutex
	got := map[string]int{}
	var wg sync.WaitGroup
	for _, who := range by {
		wg.Go(func() {
			c, ok, err := m.TakeNext(m.ctx, who)
			if KindOf(err) == Unavailable {
				c, ok, err = m.TakeNext(m.ctx, who)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if ok {
				got[c.Number]++
			}
		})
	}
	wg.Wait()
	if len(got) != cases {
		t.Errorf("%d of %d cases were taken", len(got), cases)
	}
	for number, n := range got {
		if c := m.claim(number); n != 1 || c.TakenBy == "" {
			t.Errorf("%s was given %d times", number, n)
		}
	}
}
