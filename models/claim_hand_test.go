package models

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimeInHand(t *testing.T) {
	start := InstantOf(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
	minute := func(n int) Instant { return start.Add(time.Duration(n) * time.Minute) }
	is := func(at int, by, kind, data string) Event {
		return Event{At: minute(at), ActorID: by, Type: kind, Data: []byte(data)}
	}
	hold := func(until int) string { return fmt.Sprintf(`{"until":%q}`, minute(until)) }
	for name, tc := range map[string]struct {
		events []Event
		now    int
		want   string
	}{
		"nobody":                      {[]Event{is(1, "b", "filed", `{}`)}, 9, ""},
		"still in hand":               {[]Event{is(1, "x", "taken", `{}`)}, 9, "x 8m0s"},
		"given back":                  {[]Event{is(1, "x", "taken", `{}`), is(4, "x", "released", `{}`)}, 9, "x 3m0s"},
		"gone back":                   {[]Event{is(1, "x", "taken", `{}`), is(4, "", "put_back", `{"from":"x"}`)}, 9, "x 3m0s"},
		"taken from somebody":         {[]Event{is(1, "x", "taken", `{}`), is(4, "y", "taken", `{}`)}, 9, "x 3m0s y 5m0s"},
		"handed over, and back":       {[]Event{is(1, "x", "taken", `{}`), is(4, "x", "assigned", `{"to":"y"}`), is(6, "y", "assigned", `{"to":"x"}`)}, 9, "x 6m0s y 2m0s"},
		"decided":                     {[]Event{is(1, "x", "taken", `{}`), is(4, "x", "decided", `{}`)}, 9, "x 3m0s"},
		"proposed and sent back":      {[]Event{is(1, "x", "taken", `{}`), is(2, "x", "proposed", `{}`), is(4, "y", "taken", `{}`), is(5, "y", "sent_back", `{}`)}, 9, "x 5m0s y 1m0s"},
		"on hold":                     {[]Event{is(1, "x", "taken", `{}`), is(3, "x", "put_on_hold", hold(20))}, 9, "x 2m0s"},
		"a hold that is over":         {[]Event{is(1, "x", "taken", `{}`), is(3, "x", "put_on_hold", hold(7))}, 9, "x 4m0s"},
		"a hold that a party ends":    {[]Event{is(1, "x", "taken", `{}`), is(3, "x", "put_on_hold", hold(20)), is(5, "b", "evidence_added", `{}`)}, 9, "x 6m0s"},
		"a note on hold":              {[]Event{is(1, "x", "taken", `{}`), is(3, "x", "put_on_hold", hold(20)), is(5, "x", "noted", `{}`)}, 9, "x 2m0s"},
		"a hold by who had it not":    {[]Event{is(1, "x", "taken", `{}`), is(3, "y", "put_on_hold", hold(5))}, 9, "x 2m0s y 4m0s"},
		"a hold taken up again":       {[]Event{is(1, "x", "taken", `{}`), is(3, "x", "put_on_hold", hold(20)), is(6, "x", "taken", `{}`)}, 9, "x 5m0s"},
		"waiting for an answer":       {[]Event{is(1, "x", "taken", `{}`), is(3, "x", "asked", `{"party":"buyer"}`)}, 9, "x 2m0s"},
		"answered":                    {[]Event{is(1, "x", "taken", `{}`), is(3, "x", "asked", `{"party":"buyer"}`), is(5, "b", "answered", `{}`)}, 9, "x 6m0s"},
		"not answered":                {[]Event{is(1, "x", "taken", `{}`), is(3, "x", "asked", `{"party":"buyer"}`), is(6, "", "lapsed", `{"party":"buyer"}`)}, 9, "x 5m0s"},
		"withdrawn while in a hand":   {[]Event{is(1, "x", "taken", `{}`), is(3, "b", "withdrawn", `{}`)}, 9, "x 2m0s"},
		"an appeal decided":           {[]Event{is(1, "x", "taken", `{}`), is(4, "x", "appeal_decided", `{}`)}, 9, "x 3m0s"},
		"paid back by the shop":       {[]Event{is(1, "x", "taken", `{}`), is(4, "", "refunded_by_seller", `{}`)}, 9, "x 3m0s"},
		"accepted by the seller":      {[]Event{is(1, "x", "assigned", `{"to":"y"}`), is(3, "s", "accepted", `{}`)}, 9, "y 2m0s"},
		"an offer accepted":           {[]Event{is(1, "x", "taken", `{}`), is(3, "b", "offer_accepted", `{}`)}, 9, "x 2m0s"},
		"goods back":                  {[]Event{is(1, "x", "taken", `{}`), is(3, "s", "return_confirmed", `{}`)}, 9, "x 2m0s"},
		"in the same instant, twice":  {[]Event{is(1, "x", "taken", `{}`), is(1, "x", "released", `{}`), is(1, "x", "taken", `{}`)}, 1, "x 0s"},
		"what one does not have ends": {[]Event{is(1, "x", "released", `{}`), is(2, "", "put_back", `{}`)}, 9, ""},
	} {
		got := ""
		for _, h := range TimeInHand(tc.events, minute(tc.now)) {
			got += fmt.Sprintf(" %s %s", h.Account, h.Time)
		}
		if tc.want != "" {
			tc.want = " " + tc.want
		}
		if got != tc.want {
			t.Errorf("%s:%s, want%s", name, got, tc.want)
		}
	}
}

// Nobody has had a case longer than it is old, nor all together.
func TestTimeInHandIsNeverTooLong(t *testing.T) {
	kinds := []string{"taken", "released", "assigned", "put_on_hold", "noted", "asked", "answered", "lapsed", "proposed", "sent_back", "decided", "put_back", "reopened", "message_sent"}
	rapid.Check(t, func(t *rapid.T) {
		start := InstantOf(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
		at := start
		var events []Event
		for range rapid.IntRange(0, 20).Draw(t, "events") {
			at = at.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "minutes")) * time.Minute)
			until := at.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "hold")) * time.Minute)
			events = append(events, Event{
				At: at, ActorID: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "by"), Type: rapid.SampledFrom(kinds).Draw(t, "kind"), Data: []byte(fmt.Sprintf(`{"to":"z","until":%q}`, until)),
			})
		}
		var all time.Duration
		list := TimeInHand(events, at.Add(time.Hour))
		for _, h := range list {
			if all += h.Time; h.Time < 0 || h.Account == "" {
				t.Fatalf("%+v", h)
			}
		}
		if all > at.Add(time.Hour).Sub(start) || len(list) > 3 {
			t.Fatalf("%v of a case %v old", list, at.Sub(start))
		}
	})
}

// The events that the use cases write are those the time is read from.
func TestTimeInHandOfACase(t *testing.T) {
	m := newMarket(t)
	c := m.taken("h-1")
	m.later(10 * time.Minute)
	_, err := m.Act(m.ctx, m.agent, c.Number, &AssignInput{To: m.agent2.AccountID})
	m.must(err)
	m.later(5 * time.Minute)
	_, err = m.Act(m.ctx, m.agent2, c.Number, &HoldInput{Until: m.MachineNow().Add(time.Hour).String(), Reason: "待つ"})
	m.must(err)
	m.later(90 * time.Minute) // 60 on hold, 30 untouched
	m.run()
	v, err := m.ClaimByNumber(m.ctx, m.lead, c.Number)
	m.must(err)
	events, err := m.EventsOf(m.ctx, v)
	m.must(err)
	m.later(time.Hour)
	want := []HandTime{{m.agent.AccountID, 10 * time.Minute}, {m.agent2.AccountID, 35 * time.Minute}}
	if got := TimeInHand(events, m.MachineNow()); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
}
