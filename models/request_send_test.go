package models

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func unshipped(in *OrderInput) { in.Lines[0].Status, in.Lines[0].Shipment = Unshipped, nil }

// asked sends a request about line 1.
func (m *market) asked(order string, kind RequestKind, reason Reason) Request {
	m.t.Helper()
	r, err := m.SendRequest(m.ctx, m.buyer, SendRequest{OrderNumber: order, Line: 1, Kind: kind, Reason: reason, Message: "お願いします。"})
	m.must(err)
	return r
}

func (r Request) ref() RequestRef { return RequestRef{r.OrderNumber, r.Line, r.ID} }

// toldOf are the notices of an order whose kind begins so, as PARTY KIND, in their order.
func (m *market) toldOf(order, prefix string) (list []string) {
	m.t.Helper()
	rows, err := find[noticeRow](m.ctx, m.Store, "SELECT * FROM notices WHERE order_number = ? ORDER BY created_at, id", order)
	m.must(err)
	for _, r := range rows {
		if side, _, _ := strings.Cut(r.Party, ":"); strings.Contains(r.Kind, prefix) {
			list = append(list, side+" "+r.Kind)
		}
	}
	slices.Sort(list)
	return list
}

// happened are the types of the events about requests of an order, in their order.
func (m *market) happened(order string) (list []string) {
	m.t.Helper()
	m.numbered()
	for _, e := range m.feed(0, 100) {
		if e.Kind() == "request" && e.OrderNumber == order {
			list = append(list, strings.TrimPrefix(e.Type, "request."))
		}
	}
	return list
}

func (m *market) request(by Actor, r Request) Request {
	m.t.Helper()
	got, _, err := m.RequestByID(m.ctx, by, r.OrderNumber, r.Line, r.ID)
	m.must(err)
	return got
}

func (m *market) line(order string) OrderLine {
	m.t.Helper()
	o, err := m.orderByNumber(m.ctx, order)
	m.must(err)
	return o.Lines[0]
}

// Who may do what with requests, on their own and on others' lines.
func TestRequestIsSent(t *testing.T) {
	m, _ := withEvidence(t)
	number := m.order("A-1", unshipped)
	good := SendRequest{OrderNumber: number, Line: 1, Kind: RequestCancel, Reason: ChangeOfMind, Message: "不要になりました。"}
	for name, c := range map[string]struct {
		by   Actor
		edit func(*SendRequest)
		kind Kind
		code string
	}{
		"another buyer":         {m.buyer2, nil, NotFound, "not_found"},
		"another seller":        {m.seller2, nil, NotFound, "not_found"},
		"the seller":            {m.seller, nil, Forbidden, "forbidden"},
		"staff":                 {m.agent, nil, Forbidden, "forbidden"},
		"the integration":       {m.integration, nil, Forbidden, "forbidden"},
		"no such line":          {m.buyer, func(in *SendRequest) { in.Line = 2 }, NotFound, "not_found"},
		"no message":            {m.buyer, func(in *SendRequest) { in.Message = " \u3164 " }, Invalid, "invalid_fields"},
		"a long message":        {m.buyer, func(in *SendRequest) { in.Message = strings.Repeat("あ", 4001) }, Invalid, "invalid_fields"},
		"another kind":          {m.buyer, func(in *SendRequest) { in.Kind = "swap" }, Invalid, "invalid_fields"},
		"another reason":        {m.buyer, func(in *SendRequest) { in.Reason = GeneralTopic }, Invalid, "invalid_fields"},
		"a reason too long":     {m.buyer, func(in *SendRequest) { in.Reason = Reason(strings.Repeat("x", 100)) }, Invalid, "invalid_fields"},
		"a reason of the other": {m.buyer, func(in *SendRequest) { in.Kind, in.Reason = RequestReturn, TakesTooLong }, Invalid, "invalid_fields"},
		"a file of others":      {m.buyer, func(in *SendRequest) { in.Evidence = []string{newID()} }, Invalid, "unknown_upload"},
		"nothing to return":     {m.buyer, func(in *SendRequest) { in.Kind = RequestReturn }, Invalid, "request_not_shipped"},
	} {
		in := good
		if c.edit != nil {
			c.edit(&in)
		}
		if _, err := m.SendRequest(m.ctx, c.by, in); KindOf(err) != c.kind || CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if got := m.toldOf(number, ""); len(got) > 0 || m.line(number).Requests != 0 {
		t.Fatalf("refused, and yet: %v", got)
	}
	good.Evidence = []string{m.upload(m.buyer, "png:shop page").ID}
	r, err := m.SendRequest(m.ctx, m.buyer, good)
	m.must(err)
	if r.Status != RequestOpen || r.Contact() || r.Postage != "" || r.DueAt != r.SentAt.Add(48*time.Hour) || r.Message != good.Message || len(r.Evidence) != 1 {
		t.Fatalf("sent %+v", r)
	}
	l := m.line(number)
	if l.Contact != nil || l.Requests != 1 {
		t.Fatalf("a change of mind has made a contact of line %+v", l)
	}
	messages, _, err := m.Messages(m.ctx, m.seller, number, 1, Page{})
	m.must(err)
	if len(messages) != 1 || messages[0].Request != "cancel" || messages[0].Topic != GeneralTopic || messages[0].Body != good.Message {
		t.Fatalf("the thread holds %+v", messages)
	}
	if got := m.toldOf(number, ""); !slices.Equal(got, []string{"seller request_opened"}) {
		t.Errorf("told %v", got)
	}
	for name, v := range map[string]struct {
		by   Actor
		kind Kind
	}{"buyer": {m.buyer, ""}, "seller": {m.seller, ""}, "agent": {m.agent, ""}, "admin": {m.admin, ""}, "another buyer": {m.buyer2, NotFound}, "another seller": {m.seller2, NotFound}, "integration": {m.integration, Forbidden}} {
		list, _, err := m.Requests(m.ctx, v.by, number, 1)
		if KindOf(err) != v.kind || err == nil && (len(list) != 1 || len(list[0].Evidence) != 1) {
			t.Errorf("%s reads %+v, %v", name, list, err)
		}
		if _, _, err := m.RequestByID(m.ctx, v.by, number, 1, r.ID); KindOf(err) != v.kind {
			t.Errorf("%s reads it alone: %v", name, err)
		}
	}
	if _, _, err := m.RequestByID(m.ctx, m.buyer, m.order("A-2", nil), 1, r.ID); KindOf(err) != NotFound {
		t.Errorf("found on another order: %v", err)
	}
	_, err = m.SendRequest(m.ctx, m.buyer, good)
	wantCode(t, err, "request_already_open")
}

// A request that states a problem is the contact: it starts the wait of its line, or joins the
// one that runs.
func TestRequestIsContact(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", nil)
	r := m.asked(number, RequestReturn, DamagedOrDefective)
	c := m.line(number).Contact
	if !r.Contact() || r.Postage != SideSeller || c == nil || c.Topic != DamagedOrDefective || c.SentAt != r.SentAt || c.WaitEndsAt != r.SentAt.Add(48*time.Hour) {
		t.Fatalf("sent %+v, contact %+v", r, c)
	}
	if got := m.toldOf(number, ""); !slices.Equal(got, []string{"seller request_contact"}) {
		t.Errorf("told %v", got)
	}
	m.later(time.Hour)
	_, err := m.WithdrawRequest(m.ctx, m.buyer, r.ref())
	m.must(err)
	m.asked(number, RequestReturn, NotAsDescribed)
	if again := m.line(number).Contact; again == nil || again.ID != c.ID || again.WaitEndsAt != c.WaitEndsAt {
		t.Fatalf("the wait %+v has become %+v", c, again)
	}
	m.clock.set(c.WaitEndsAt)
	in := filing(number, NotReceived)
	if _, err := m.FileClaim(m.ctx, m.buyer, in); err != nil {
		t.Fatalf("at the end of the wait, the request open: %v", err)
	}
	plain := m.order("A-2", nil)
	m.contact(plain, NotReceived)
	sent := m.line(plain).Contact
	m.later(time.Hour)
	m.asked(plain, RequestReturn, ChangeOfMind)
	if got := m.line(plain).Contact; got.ID != sent.ID {
		t.Errorf("a change of mind has changed the contact: %+v", got)
	}
}

func TestRequestIsAnswered(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", nil)
	r := m.asked(number, RequestReturn, ChangeOfMind)
	if r.Postage != SideBuyer {
		t.Errorf("a change of mind is paid by %s", r.Postage)
	}
	for name, v := range map[string]struct {
		by   Actor
		kind Kind
	}{"buyer": {m.buyer, Forbidden}, "another buyer": {m.buyer2, NotFound}, "another seller": {m.seller2, NotFound}, "agent": {m.agent, Forbidden}, "integration": {m.integration, Forbidden}} {
		if _, err := m.AcceptRequest(m.ctx, v.by, r.ref(), AcceptRequest{}); KindOf(err) != v.kind {
			t.Errorf("%s accepts: %v", name, err)
		}
		if _, err := m.DeclineRequest(m.ctx, v.by, r.ref(), DeclineRequest{Message: "x"}); KindOf(err) != v.kind {
			t.Errorf("%s declines: %v", name, err)
		}
	}
	if _, err := m.WithdrawRequest(m.ctx, m.seller, r.ref()); KindOf(err) != Forbidden {
		t.Errorf("the seller withdraws: %v", err)
	}
	if _, err := m.DeclineRequest(m.ctx, m.seller, r.ref(), DeclineRequest{Message: "\u2800"}); KindOf(err) != Invalid {
		t.Errorf("declined without a word: %v", err)
	}
	m.clock.set(r.DueAt - 1)
	done, err := m.AcceptRequest(m.ctx, m.seller, r.ref(), AcceptRequest{Message: "LINEで連絡ください。", ReturnAddress: "東京都港区1-2-3"})
	m.must(err)
	if done.Status != RequestAccepted || done.AnsweredAt != r.DueAt-1 || done.ReturnAddress != "東京都港区1-2-3" || done.Answer != "LINEで連絡ください。" || !slices.Equal(done.Warnings, []Warning{WarnChatApp}) {
		t.Fatalf("accepted %+v", done)
	}
	_, err = m.DeclineRequest(m.ctx, m.seller, r.ref(), DeclineRequest{Message: "やはり"})
	wantCode(t, err, "not_allowed_now")
	_, err = m.WithdrawRequest(m.ctx, m.buyer, r.ref())
	wantCode(t, err, "not_allowed_now")
	m.later(time.Hour)
	m.run()
	if got := m.request(m.buyer, r); got.Status != RequestAccepted {
		t.Errorf("the clock has made it %s", got.Status)
	}
	_, err = m.SendRequest(m.ctx, m.buyer, SendRequest{OrderNumber: number, Line: 1, Kind: RequestReturn, Reason: ChangeOfMind, Message: "もう一度"})
	wantCode(t, err, "request_already_accepted")
	if got := m.happened(number); !slices.Equal(got, []string{"opened", "accepted"}) {
		t.Errorf("happened %v", got)
	}
	if got := m.toldOf(number, "request"); !slices.Equal(got, []string{"buyer return_request_accepted", "seller request_opened"}) {
		t.Errorf("told %v", got)
	}

	other := m.order("A-2", unshipped)
	c := m.asked(other, RequestCancel, TakesTooLong)
	if _, err := m.AcceptRequest(m.ctx, m.seller, c.ref(), AcceptRequest{ReturnAddress: "東京都"}); KindOf(err) != Invalid {
		t.Errorf("an address to send back what was not sent: %v", err)
	}
	no, err := m.DeclineRequest(m.ctx, m.seller, c.ref(), DeclineRequest{Message: "明日発送します。"})
	m.must(err)
	if no.Status != RequestDeclined || no.Answer != "明日発送します。" || no.ClosedAt != no.AnsweredAt {
		t.Fatalf("declined %+v", no)
	}
	again := m.asked(other, RequestCancel, TakesTooLong)
	if _, err := m.WithdrawRequest(m.ctx, m.buyer, again.ref()); err != nil {
		t.Fatal(err)
	}
	if got := m.toldOf(other, "request"); !slices.Equal(got, []string{"buyer request_declined", "seller request_opened", "seller request_opened", "seller request_withdrawn"}) {
		t.Errorf("told %v", got)
	}
	m.asked(other, RequestCancel, OrderedByMistake)
	m.clock.set(again.DueAt.Add(72 * time.Hour))
	_, err = m.SendRequest(m.ctx, m.buyer, SendRequest{OrderNumber: other, Line: 1, Kind: RequestCancel, Reason: TakesTooLong, Message: "四度目"})
	wantCode(t, err, "requests_used_up")
}

// Silence is told to both at its instant, after reminders, and makes room for another request
// even where the clock has not come round to it.
func TestRequestIsUnanswered(t *testing.T) {
	m := newMarket(t)
	number, late := m.order("A-1", unshipped), m.order("A-2", unshipped)
	r, l := m.asked(number, RequestCancel, ChangeOfMind), m.asked(late, RequestCancel, ChangeOfMind)
	for _, h := range []time.Duration{24, 18} {
		m.later(h * time.Hour)
		m.run()
	}
	m.clock.set(r.DueAt - 1)
	m.run()
	if got := m.toldOf(number, "request"); !slices.Equal(got, []string{"seller request_opened", "seller request_reminder", "seller request_reminder"}) {
		t.Errorf("before the end: %v", got)
	}
	m.clock.set(r.DueAt)
	_, err := m.AcceptRequest(m.ctx, m.seller, r.ref(), AcceptRequest{})
	wantCode(t, err, "not_allowed_now")
	if got := m.request(m.seller, r); got.Status != RequestUnanswered || got.ClosedAt != r.DueAt {
		t.Errorf("before the clock comes it reads %+v", got)
	}
	again := m.asked(late, RequestCancel, TakesTooLong)
	if m.request(m.buyer, l).Status != RequestUnanswered || again.Status != RequestOpen {
		t.Error("the one whose time is over makes no room")
	}
	m.clock.set(r.DueAt.Add(time.Hour))
	m.replicas()
	if got := m.request(m.seller, r); got.Status != RequestUnanswered || got.ClosedAt != r.DueAt || len(got.AllowedActions(SideSeller, m.MachineNow())) > 0 {
		t.Errorf("unanswered %+v", got)
	}
	for _, order := range []string{number, late} {
		told := m.toldOf(order, "request_unanswered")
		if !slices.Equal(told, []string{"buyer request_unanswered", "seller request_unanswered"}) {
			t.Errorf("%s: told %v", order, told)
		}
	}
	if got := m.happened(number); !slices.Equal(got, []string{"opened", "unanswered"}) {
		t.Errorf("happened %v", got)
	}
	if got := m.happened(late); !slices.Equal(got, []string{"opened", "unanswered", "opened"}) {
		t.Errorf("of two in a row happened %v", got)
	}
}

// What the marketplace tells of a line closes what can be done no more, and fulfils what the
// seller accepted.
func TestRequestFollowsTheOrder(t *testing.T) {
	m := newMarket(t)
	cancelled := func(in *OrderInput) {
		unshipped(in)
		in.Lines[0].Status, in.Lines[0].Cancellation = Cancelled, &CancellationInput{At: "2026-01-20T10:00:00+09:00", By: "marketplace"}
	}
	returned := func(in *OrderInput) { in.Lines[0].Status = Returned }
	for i, c := range []struct {
		kind   RequestKind
		accept bool
		then   func(*OrderInput)
		want   RequestStatus
	}{
		{RequestCancel, false, nil, RequestSuperseded}, // shipped
		{RequestCancel, false, cancelled, RequestSuperseded},
		{RequestCancel, true, cancelled, RequestFulfilled},
		{RequestCancel, true, nil, RequestSuperseded},
		{RequestCancel, false, unshipped, RequestOpen},
		{RequestReturn, true, returned, RequestFulfilled},
		{RequestReturn, false, returned, RequestSuperseded},
		{RequestReturn, false, func(in *OrderInput) { in.Lines[0].Status = Delivered }, RequestOpen},
	} {
		before := unshipped
		if c.kind == RequestReturn {
			before = nil
		}
		number := m.order(fmt.Sprintf("A-%d", i), before)
		r := m.asked(number, c.kind, ChangeOfMind)
		if c.accept {
			_, err := m.AcceptRequest(m.ctx, m.seller, r.ref(), AcceptRequest{})
			m.must(err)
		}
		m.order(number, c.then)
		if got := m.request(m.buyer, r); got.Status != c.want || (got.ClosedAt == 0) != (c.want == RequestOpen) {
			t.Errorf("%d: %s accepted %v is %+v, want %s", i, c.kind, c.accept, got, c.want)
		}
		var want []string
		if c.want != RequestOpen {
			want = []string{"buyer request_" + string(c.want), "seller request_" + string(c.want)}
		}
		if got := m.toldOf(number, "request_"+string(c.want)); c.want != RequestOpen && !slices.Equal(got, want) {
			t.Errorf("%d: told %v", i, got)
		}
		m.order(number, c.then)
		if got := len(m.toldOf(number, "request_"+string(c.want))); c.want != RequestOpen && got != 2 {
			t.Errorf("%d: the same order again tells %d times", i, got)
		}
	}
	// A line somebody has asked about stays, though the marketplace sends it no more.
	two := func(in *OrderInput) {
		unshipped(in)
		more := in.Lines[0]
		more.Line = 2
		in.Lines = append(in.Lines, more)
	}
	number := m.order("B-1", two)
	r := m.asked(number, RequestCancel, ChangeOfMind)
	m.order(number, func(in *OrderInput) { two(in); in.Lines = in.Lines[1:] })
	if got := m.request(m.seller, r); got.Status != RequestOpen || m.line(number).Number != 1 {
		t.Errorf("the line is gone: %+v", got)
	}
	o, err := m.orderByNumber(m.ctx, number)
	m.must(err)
	if o.Total() != paidBy(o.Payments, "credit_card") {
		t.Errorf("lines of %d were paid with %d", o.Total(), paidBy(o.Payments, "credit_card"))
	}
	// What another seller is asked is for another to answer.
	moved := m.asked(m.order("B-2", unshipped), RequestCancel, ChangeOfMind)
	m.order("B-2", func(in *OrderInput) { unshipped(in); in.Lines[0].Seller.ID = "mp-s-2" })
	if got := m.request(m.buyer, moved); got.Status != RequestSuperseded {
		t.Errorf("the line is another seller's now: %+v", got)
	}
}

// Fifty at once: one request, one answer, whichever way.
func TestRequestsAtOnce(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", unshipped)
	fifty := func(do func(int) error) int {
		var done atomic.Int32
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				switch err := do(i); KindOf(err) {
				case "":
					if err != nil {
						t.Error(err)
						return
					}
					done.Add(1)
				case Invalid, Conflict, Unavailable:
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		return int(done.Load())
	}
	if n := fifty(func(int) error {
		_, err := m.SendRequest(m.ctx, m.buyer, SendRequest{OrderNumber: number, Line: 1, Kind: RequestCancel, Reason: NotReceived, Message: "お願いします。"})
		return err
	}); n != 1 {
		t.Fatalf("%d requests were taken", n)
	}
	list, _, err := m.Requests(m.ctx, m.buyer, number, 1)
	m.must(err)
	if len(list) != 1 || m.line(number).Requests != 1 || m.countRows("SELECT COUNT(*) FROM contacts") != 1 || m.countRows("SELECT COUNT(*) FROM messages") != 1 {
		t.Fatalf("there are %d requests, line %+v", len(list), m.line(number))
	}
	m.clock.set(list[0].DueAt - 1)
	if n := fifty(func(i int) (err error) {
		switch i % 3 {
		case 0:
			_, err = m.AcceptRequest(m.ctx, m.seller, list[0].ref(), AcceptRequest{Message: "承知しました。"})
		case 1:
			_, err = m.DeclineRequest(m.ctx, m.seller, list[0].ref(), DeclineRequest{Message: "発送します。"})
		case 2:
			_, err = m.WithdrawRequest(m.ctx, m.buyer, list[0].ref())
		}
		return err
	}); n != 1 {
		t.Fatalf("%d answers were taken", n)
	}
	if got := m.happened(number); len(got) != 2 {
		t.Errorf("happened %v", got)
	}
}

// A seller reads its open requests by due date, a page at a time, and nobody else's.
func TestOpenRequests(t *testing.T) {
	m := newMarket(t)
	var want []string
	for i := range 5 {
		number := m.order(fmt.Sprintf("A-%d", i), unshipped)
		want = append(want, m.asked(number, RequestCancel, ChangeOfMind).ID)
		m.later(time.Duration(i%2) * time.Minute) // some are due at the same instant
	}
	closed := m.asked(m.order("A-8", unshipped), RequestCancel, ChangeOfMind)
	_, err := m.DeclineRequest(m.ctx, m.seller, closed.ref(), DeclineRequest{Message: "発送します。"})
	m.must(err)
	var got []string
	cursor := ""
	for {
		list, next, err := m.OpenRequests(m.ctx, m.seller, Page{Limit: 2, Cursor: cursor})
		m.must(err)
		for _, r := range list {
			got = append(got, r.ID)
		}
		if cursor = next; next == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	if list, _, err := m.OpenRequests(m.ctx, m.seller2, Page{}); err != nil || len(list) > 0 {
		t.Errorf("another seller reads %v, %v", list, err)
	}
	if _, _, err := m.OpenRequests(m.ctx, m.buyer, Page{}); KindOf(err) != Forbidden {
		t.Errorf("a buyer reads the list of a seller: %v", err)
	}
	m.clock.set(closed.DueAt)
	if list, _, err := m.OpenRequests(m.ctx, m.seller, Page{}); err != nil || len(list) > 0 {
		t.Errorf("their time is over: %v, %v", list, err)
	}
}
