package models

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestOneWaitALine(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", nil)
	first := m.contact(number, NotReceived)
	m.clock.set(first.Add(10 * time.Hour))
	m.contact(number, NotReceived) // does not restart it
	line := func() OrderLine {
		o, err := m.OrderByNumber(m.ctx, m.buyer, number)
		m.must(err)
		return o.Lines[0]
	}
	if got := line().Contact; got.SentAt != first || got.WaitEndsAt != first.Add(48*time.Hour) {
		t.Fatalf("contact %+v", got)
	}
	_, err := m.SolveContact(m.ctx, m.buyer, number, 1)
	m.must(err)
	_, err = m.FileClaim(m.ctx, m.buyer, filing(number, NotReceived))
	wantCode(t, err, "contact_required")
	m.clock.set(first.Add(20 * time.Hour))
	again := m.contact(number, NotReceived)
	if got := line().Contact; got.SentAt != again {
		t.Fatalf("a new problem starts a new wait: %+v", got)
	}
	if _, err := m.RefuseContact(m.ctx, m.buyer, number, 1); KindOf(err) != Forbidden {
		t.Fatalf("the buyer refused for the seller: %v", err)
	}
	_, err = m.RefuseContact(m.ctx, m.seller, number, 1)
	m.must(err)
	if _, err := m.RefuseContact(m.ctx, m.seller, number, 1); KindOf(err) != Conflict {
		t.Fatalf("refused twice: %v", err)
	}
}

func TestGeneralTalkIsNoContact(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", nil)
	_, err := m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: number, Line: 1, Body: "こんにちは。"})
	m.must(err)
	_, err = m.SendMessage(m.ctx, m.seller, SendMessage{OrderNumber: number, Line: 1, Body: "こんにちは。"})
	m.must(err)
	_, err = m.FileClaim(m.ctx, m.buyer, filing(number, NotReceived))
	wantCode(t, err, "contact_required")
	if _, err := m.SendMessage(m.ctx, m.seller, SendMessage{OrderNumber: number, Line: 1, Body: "x", Topic: NotReceived}); KindOf(err) != Invalid {
		t.Fatalf("a seller started a wait: %v", err)
	}
	if _, err := m.SendMessage(m.ctx, m.agent, SendMessage{OrderNumber: number, Line: 1, Body: "x"}); KindOf(err) != Forbidden {
		t.Fatalf("staff wrote between the parties: %v", err)
	}
	if _, err := m.SendMessage(m.ctx, m.buyer2, SendMessage{OrderNumber: number, Line: 1, Body: "x"}); KindOf(err) != NotFound {
		t.Fatalf("somebody else wrote: %v", err)
	}
	thread, _, err := m.Messages(m.ctx, m.agent, number, 1, Page{})
	m.must(err)
	if len(thread) != 2 || thread[0].AuthorRole != SideBuyer || !slices.Equal(thread[0].Lines, []int{1}) {
		t.Fatalf("thread %+v", thread)
	}
}

func TestOneMessageSeveralLinesOneClaim(t *testing.T) {
	m := newMarket(t)
	price := int64(1000)
	number := m.order("A-1", func(in *OrderInput) {
		second := in.Lines[0]
		second.Line, second.UnitPrice, second.Tax, second.Shipping = 2, &price, 0, 0
		other := second
		other.Line, other.Seller.ID = 3, "mp-s-2"
		in.Lines = append(in.Lines, second, other)
	})
	if _, err := m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: number, Line: 1, AlsoLines: []int{3}, Body: "x", Topic: NotReceived}); KindOf(err) != Invalid {
		t.Fatalf("lines of two sellers in one message: %v", err)
	}
	msg, err := m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: number, Line: 1, AlsoLines: []int{2}, Body: "どちらも届きません。", Topic: NotReceived})
	m.must(err)
	m.clock.set(msg.SentAt.Add(48 * time.Hour))
	in := filing(number, NotReceived)
	in.Line, in.Lines = nil, []int{1, 2}
	in.Amount = ptr(int64(2400))
	c, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	if c.Claimed != 2400 || c.Lines[0].Amount != 1900 || c.Lines[1].Amount != 500 {
		t.Fatalf("claimed %d over %+v", c.Claimed, c.Lines)
	}
	in = filing(number, NotReceived)
	in.Line, in.Lines = nil, []int{1, 3}
	if _, err := m.FileClaim(m.ctx, m.buyer, in); KindOf(err) != Invalid {
		t.Fatalf("a claim on two sellers: %v", err)
	}
}

func TestWarnings(t *testing.T) {
	for body, want := range map[string][]Warning{
		"確認します。少しお待ちください。":                  nil,
		"LINEで話しませんか":                       {WarnChatApp},
		"ＬＩＮＥで話しませんか":                       {WarnChatApp},
		"The order line was shipped online": nil,
		"〇〇ペイで返金します":                        {WarnPayApp},
		"PayPayで返金":                         {WarnPayApp},
		"画面を共有してください":                       {WarnScreenSharing},
		"口座番号を教えてください":                      {WarnBankDetails},
		"090-1234-5678に電話してください":            {WarnPhoneNumber},
		"０３-１２３４-５６７８まで":                    {WarnPhoneNumber},
		"追跡番号は4812-1013-0077です":             nil,
		"注文番号250-1000001-2222222":           nil,
	} {
		if got := warningsIn(body); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", body, got, want)
		}
	}
}

func TestScamReport(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", nil)
	msg, err := m.SendMessage(m.ctx, m.seller, SendMessage{OrderNumber: number, Line: 1, Body: "LINEで返金します。"})
	m.must(err)
	if !slices.Contains(msg.Warnings, WarnChatApp) {
		t.Fatalf("warnings %v", msg.Warnings)
	}
	if err := m.ReportScam(m.ctx, m.buyer2, msg.ID); KindOf(err) != NotFound {
		t.Fatalf("somebody else reported: %v", err)
	}
	if err := m.ReportScam(m.ctx, m.seller, msg.ID); KindOf(err) != Forbidden {
		t.Fatalf("the seller reported itself: %v", err)
	}
	m.must(m.ReportScam(m.ctx, m.buyer, msg.ID))
	m.must(m.ReportScam(m.ctx, m.buyer, msg.ID))
}

func TestClaimThread(t *testing.T) {
	m := newMarket(t)
	c := m.inReview(m.order("A-1", nil))
	_, err := m.SendClaimMessage(m.ctx, m.seller, c.Number, ClaimMessage{Body: "伝票を探しています。"})
	m.must(err)
	_, err = m.SendClaimMessage(m.ctx, m.agent, c.Number, ClaimMessage{Body: "お待ちします。"})
	m.must(err)
	thread, _, err := m.ClaimMessages(m.ctx, m.buyer, c.Number, Page{})
	m.must(err)
	if len(thread) != 2 || m.claim(c.Number).Version != c.Version {
		t.Fatalf("%d messages, version %d after %d", len(thread), m.claim(c.Number).Version, c.Version)
	}
	for by, kind := range map[string]Kind{"b2": NotFound, "admin": Forbidden} {
		actor := m.buyer2
		if by == "admin" {
			actor = m.admin
		}
		if _, err := m.SendClaimMessage(m.ctx, actor, c.Number, ClaimMessage{Body: "x"}); KindOf(err) != kind {
			t.Errorf("%s: %v", by, err)
		}
	}
	_, err = m.Act(m.ctx, m.agent, c.Number, decision("denied", 0))
	m.must(err)
	_, err = m.SendClaimMessage(m.ctx, m.buyer, c.Number, ClaimMessage{Body: "まだあります。"})
	wantCode(t, err, "not_allowed_now")
	checkChain(t, m, c.Number)
}

// What staff read beside a case is what the claim and its line say apart, to staff only.
func TestThreadsOfACase(t *testing.T) {
	m := newMarket(t)
	number := m.order("t-1", nil)
	c := m.inReview(number)
	for _, by := range []Actor{m.buyer, m.seller, m.agent} {
		m.must(errOf(m.SendClaimMessage(m.ctx, by, c.Number, ClaimMessage{Body: "確認をお願いします。"})))
	}
	v, err := m.ClaimByNumber(m.ctx, m.agent, c.Number)
	m.must(err)
	order, err := m.OrderFacts(m.ctx, m.agent, number)
	m.must(err)
	own, lines, err := m.ThreadsOf(m.ctx, v, order)
	m.must(err)
	wantOwn, _, err := m.ClaimMessages(m.ctx, m.agent, c.Number, Page{})
	m.must(err)
	wantLine, _, err := m.Messages(m.ctx, m.agent, number, 1, Page{})
	m.must(err)
	if len(wantOwn) != 3 || !reflect.DeepEqual(own, wantOwn) {
		t.Errorf("the claim's thread is %+v, not %+v", own, wantOwn)
	}
	if len(wantLine) == 0 || len(lines) != 1 || lines[0].Line != 1 || !reflect.DeepEqual(lines[0].Messages, wantLine) {
		t.Errorf("the line's thread is %+v, not %+v", lines, wantLine)
	}
	// However long they are, both are read to their ends.
	for range MaxPage + 30 {
		m.must(errOf(m.SendClaimMessage(m.ctx, m.seller, c.Number, ClaimMessage{Body: "続きです。"})))
	}
	for range 2*MaxPage - len(wantLine) {
		m.must(errOf(m.SendMessage(m.ctx, m.seller, SendMessage{OrderNumber: number, Line: 1, Body: "続きです。"})))
	}
	own, lines, err = m.ThreadsOf(m.ctx, v, order)
	m.must(err)
	ids := map[string]bool{}
	for _, x := range append(slices.Clone(own), lines[0].Messages...) {
		ids[x.ID] = true
	}
	if len(own) != MaxPage+33 || len(lines[0].Messages) != 2*MaxPage || len(ids) != len(own)+len(lines[0].Messages) {
		t.Errorf("%d and %d messages, %d different", len(own), len(lines[0].Messages), len(ids))
	}
	events, err := m.EventsOf(m.ctx, v)
	m.must(err)
	wantEvents, err := m.ClaimEvents(m.ctx, m.agent, c.Number)
	m.must(err)
	if !reflect.DeepEqual(events, wantEvents) {
		t.Errorf("the events are %+v, not %+v", events, wantEvents)
	}
	if v, err = m.ClaimByNumber(m.ctx, m.seller, c.Number); err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.ThreadsOf(m.ctx, v, order); KindOf(err) != Forbidden {
		t.Errorf("a seller read the buyer's other threads: %v", err)
	}
	if _, err := m.OrderFacts(m.ctx, m.seller2, number); KindOf(err) != NotFound {
		t.Errorf("another seller read the order: %v", err)
	}
}

// A line that the marketplace gives to another seller does not show that one what was said with the one
// before; the buyer and staff read all of it.
func TestThreadOfALineThatChangesItsSeller(t *testing.T) {
	m := newMarket(t)
	m.order("A-1", nil)
	m.must(errOf(m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: "A-1", Line: 1, Body: "いつ届きますか。"})))
	m.must(errOf(m.SendMessage(m.ctx, m.seller, SendMessage{OrderNumber: "A-1", Line: 1, Body: "明日です。"})))
	m.order("A-1", func(in *OrderInput) { in.Lines[0].Seller.ID = m.seller2.SellerID })
	m.must(errOf(m.SendMessage(m.ctx, m.buyer, SendMessage{OrderNumber: "A-1", Line: 1, Body: "届きません。"})))
	for _, x := range []struct {
		by   Actor
		want int
	}{{m.seller2, 1}, {m.buyer, 3}, {m.agent, 3}} {
		list, _, err := m.Messages(m.ctx, x.by, "A-1", 1, Page{})
		m.must(err)
		if len(list) != x.want || list[len(list)-1].Body != "届きません。" {
			t.Errorf("%s %s reads %d messages", x.by.Role, x.by.SellerID, len(list))
		}
	}
	_, _, err := m.Messages(m.ctx, m.seller, "A-1", 1, Page{})
	wantCode(t, err, "not_found")
}
