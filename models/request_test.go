package models

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// requestable is a line about which nothing keeps a request of the kind from being sent.
func requestable(kind RequestKind) OrderLine {
	l := OrderLine{Number: 1, FulfilledBy: BySeller, Status: Unshipped, Total: 3800}
	if kind == RequestReturn {
		l.Status = Delivered
	}
	return l
}

func TestRequestRules(t *testing.T) {
	now := at("2026-01-20T10:00:00+09:00")
	p := Policy{PolicyValues: DefaultPolicy()}
	open := Request{Kind: RequestCancel, Status: RequestOpen, DueAt: now + 1}
	states := []LineStatus{Unshipped, Shipped, Delivered, Cancelled, Returned}
	byState := map[RequestKind][]RequestRule{
		RequestCancel: {"", RequestShipped, RequestShipped, RequestCancelled, RequestWasReturned},
		RequestReturn: {RequestNotShipped, "", "", RequestCancelled, RequestWasReturned},
	}
	for kind, want := range byState {
		for i, s := range states {
			l := requestable(kind)
			l.Status = s
			if got := l.RefusesRequest(kind, nil, p, now); got != want[i] {
				t.Errorf("%s of a line that is %s: %q, want %q", kind, s, got, want[i])
			}
		}
	}
	with := func(edit func(*Request)) []Request {
		r := open
		edit(&r)
		return []Request{r}
	}
	for name, c := range map[string]struct {
		edit func(*OrderLine)
		sent []Request
		want RequestRule
	}{
		"nothing against it":        {nil, nil, ""},
		"the marketplace ships":     {func(l *OrderLine) { l.FulfilledBy = ByMarketplace }, nil, RequestNotSellers},
		"the shop sells itself":     {func(l *OrderLine) { l.FulfilledBy, l.Status = FirstParty, Shipped }, nil, RequestNotSellers},
		"all is refunded":           {func(l *OrderLine) { l.Refunded = 3800 }, nil, RequestRefunded},
		"all is owed":               {func(l *OrderLine) { l.Owed = 3800 }, nil, RequestRefunded},
		"a part is refunded":        {func(l *OrderLine) { l.Refunded = 3799 }, nil, ""},
		"a claim is open":           {func(l *OrderLine) { l.OpenClaimID = "x" }, []Request{open}, RequestClaimed},
		"one waits":                 {nil, []Request{open}, RequestWaiting},
		"one waits to the last":     {nil, with(func(r *Request) { r.DueAt = now }), ""}, // its time is over
		"one of the other kind":     {nil, with(func(r *Request) { r.Kind = RequestReturn }), ""},
		"accepted":                  {nil, with(func(r *Request) { r.Status = RequestAccepted }), RequestAgreed},
		"declined":                  {nil, with(func(r *Request) { r.Status = RequestDeclined }), ""},
		"three were sent":           {nil, slices.Repeat(with(func(r *Request) { r.Status = RequestWithdrawn }), 3), RequestsUsedUp},
		"three of the other kind":   {nil, slices.Repeat(with(func(r *Request) { r.Kind, r.Status = RequestReturn, RequestDeclined }), 3), ""},
		"two, and a wait before it": {nil, append(slices.Repeat(with(func(r *Request) { r.Status = RequestDeclined }), 2), open), RequestWaiting},
	} {
		l := requestable(RequestCancel)
		if c.edit != nil {
			c.edit(&l)
		}
		if got := l.RefusesRequest(RequestCancel, c.sent, p, now); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestRequestReasons(t *testing.T) {
	own := map[RequestKind][]Reason{RequestCancel: {ChangeOfMind, OrderedByMistake, TakesTooLong}, RequestReturn: {ChangeOfMind}}
	for kind, want := range own {
		list := RequestReasons(kind)
		if n := len(want); !slices.Equal(list[:n], want) || !slices.Equal(list[n:], CoveredReasons) {
			t.Errorf("reasons of %s: %v", kind, list)
		}
		for _, r := range list {
			if got := (Request{Reason: r}).Contact(); got == slices.Contains(want, r) {
				t.Errorf("a request for %s is a contact: %v", r, got)
			}
		}
	}
}

// Who pays the postage of a return hangs on its cause, then on the listing, then on policy.
func TestReturnPostage(t *testing.T) {
	promised := &Listing{Promises: []string{"3日以内に発送", FreeReturns}}
	other := &Listing{Promises: []string{"返品送料は購入者の負担"}}
	p := Policy{PolicyValues: DefaultPolicy()}
	kind := p
	kind.ChangeOfMindPostage = SideSeller
	for _, r := range CoveredReasons {
		if got := p.ReturnPostage(r, other); got != SideSeller {
			t.Errorf("%s: %s pays", r, got)
		}
	}
	for name, c := range map[string]struct {
		policy  Policy
		listing *Listing
		want    Side
	}{
		"a change of mind":       {p, nil, SideBuyer},
		"of another promise":     {p, other, SideBuyer},
		"of promised returns":    {p, promised, SideSeller},
		"where policy is kinder": {kind, nil, SideSeller},
	} {
		if got := c.policy.ReturnPostage(ChangeOfMind, c.listing); got != c.want {
			t.Errorf("%s: %s pays, want %s", name, got, c.want)
		}
	}
}

func TestRequestFollowsItsLine(t *testing.T) {
	states := []LineStatus{Unshipped, Shipped, Delivered, Cancelled, Returned}
	const stay, gone, done = "", RequestSuperseded, RequestFulfilled
	for _, c := range []struct {
		kind   RequestKind
		status RequestStatus
		want   [5]RequestStatus
	}{
		{RequestCancel, RequestOpen, [5]RequestStatus{stay, gone, gone, gone, gone}},
		{RequestCancel, RequestAccepted, [5]RequestStatus{stay, gone, gone, done, gone}},
		{RequestReturn, RequestOpen, [5]RequestStatus{stay, stay, stay, gone, gone}},
		{RequestReturn, RequestAccepted, [5]RequestStatus{stay, stay, stay, gone, done}},
	} {
		for i, s := range states {
			want := c.want[i]
			if want == stay {
				want = c.status
			}
			if got := (Request{Kind: c.kind, Status: c.status}).follow(s); got != want {
				t.Errorf("%s %s on a line that is %s: %s, want %s", c.kind, c.status, s, got, want)
			}
		}
	}
	for _, s := range []RequestStatus{RequestDeclined, RequestUnanswered, RequestWithdrawn, RequestSuperseded, RequestFulfilled} {
		for _, l := range states {
			if got := (Request{Kind: RequestCancel, Status: s}).follow(l); got != s {
				t.Errorf("%s becomes %s on a line that is %s", s, got, l)
			}
		}
	}
}

// A request is open to the last microsecond before due_at, and whoever may close it may do so
// until then; nobody but its parties ever may.
func TestRequestTime(t *testing.T) {
	due := at("2026-01-22T10:00:00+09:00")
	r := Request{Status: RequestOpen, DueAt: due}
	if got := r.asOf(due - 1); got.Status != RequestOpen || got.ClosedAt != 0 {
		t.Errorf("before its end it is %+v", got)
	}
	if got := r.asOf(due); got.Status != RequestUnanswered || got.ClosedAt != due {
		t.Errorf("at its end it is %+v", got)
	}
	if got := r.asOf(due.Add(72 * time.Hour)); got.ClosedAt != due {
		t.Errorf("it closed at %s, long after its end", got.ClosedAt)
	}
	want := map[Side][]RequestAction{SideSeller: {AcceptsRequest, DeclinesRequest}, SideBuyer: {WithdrawsRequest}}
	for _, side := range []Side{SideNone, SideBuyer, SideSeller, SideStaff, SideObserver, SideClock} {
		if got := r.AllowedActions(side, due-1); !slices.Equal(got, want[side]) {
			t.Errorf("%q may %v", side, got)
		}
		if got := r.AllowedActions(side, due); len(got) != 0 {
			t.Errorf("%q may %v when the time is over", side, got)
		}
	}
}

// The clock comes to a request at each reminder and at its end, never later than that and never
// twice for the same.
func TestRequestWakes(t *testing.T) {
	p := Policy{PolicyValues: DefaultPolicy()}
	rapid.Check(t, func(rt *rapid.T) {
		sent := at("2026-01-20T10:00:00+09:00").Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(rt, "later")))
		p.RequestAnswerHours = rapid.IntRange(1, 200).Draw(rt, "hours")
		due := sent.Add(hours(p.RequestAnswerHours))
		var woken []Instant
		for now := sent; now < due; {
			next := p.requestWake(due, now)
			if next <= now || next > due {
				rt.Fatalf("at %s it wakes at %s, due at %s", now, next, due)
			}
			woken, now = append(woken, next), next
		}
		want := 1
		for _, h := range p.ReminderHours {
			if h < p.RequestAnswerHours {
				want++
			}
		}
		if len(woken) != want || woken[len(woken)-1] != due {
			rt.Fatalf("it wakes %d times, last at %v; want %d, last at %s", len(woken), woken, want, due)
		}
	})
}
