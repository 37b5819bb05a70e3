package models

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func (m *market) declared(order, when string) OutsideContact {
	m.t.Helper()
	c, err := m.DeclareOutsideContact(m.ctx, m.buyer, order, 1, DeclareOutsideContact{ContactedAt: when, Channel: "phone", Evidence: []string{m.upload(m.buyer, "png:"+order+when).ID}})
	m.must(err)
	return c
}

func TestOutsideContactIsDeclared(t *testing.T) {
	m, _ := withEvidence(t)
	number := m.order("A-1", nil) // placed 2026-01-01T10:00, now 2026-01-20T10:00
	file := m.upload(m.buyer, "png:call list").ID
	good := DeclareOutsideContact{ContactedAt: "2026-01-10T10:00:00+09:00", Channel: "phone", Evidence: []string{file}}
	for name, c := range map[string]struct {
		by    Actor
		edit  func(*DeclareOutsideContact)
		kind  Kind
		field string
	}{
		"another buyer":      {m.buyer2, nil, NotFound, ""},
		"the seller":         {m.seller, nil, Forbidden, ""},
		"another seller":     {m.seller2, nil, NotFound, ""},
		"staff":              {m.agent, nil, Forbidden, ""},
		"the integration":    {m.integration, nil, Forbidden, ""},
		"in the future":      {m.buyer, func(in *DeclareOutsideContact) { in.ContactedAt = "2026-01-20T10:00:00.000001+09:00" }, Invalid, "contacted_at"},
		"before the order":   {m.buyer, func(in *DeclareOutsideContact) { in.ContactedAt = "2026-01-01T09:59:59.999999+09:00" }, Invalid, "contacted_at"},
		"no time":            {m.buyer, func(in *DeclareOutsideContact) { in.ContactedAt = "" }, Invalid, "contacted_at"},
		"a time of no zone":  {m.buyer, func(in *DeclareOutsideContact) { in.ContactedAt = "2026-01-10T10:00:00" }, Invalid, "contacted_at"},
		"an unknown channel": {m.buyer, func(in *DeclareOutsideContact) { in.Channel = "pigeon" }, Invalid, "channel"},
		"no file":            {m.buyer, func(in *DeclareOutsideContact) { in.Evidence = nil }, Invalid, "evidence"},
		"an unknown file":    {m.buyer, func(in *DeclareOutsideContact) { in.Evidence = []string{newID()} }, Invalid, "evidence"},
	} {
		in := good
		if c.edit != nil {
			c.edit(&in)
		}
		_, err := m.DeclareOutsideContact(m.ctx, c.by, number, 1, in)
		field := ""
		if e, ok := err.(*Error); ok && len(e.Fields) > 0 { //nolint:errorlint // the use case returns its errors bare
			field = e.Fields[0].Field
		}
		if KindOf(err) != c.kind || field != c.field {
			t.Errorf("%s: %v, want %s of %q", name, err, c.kind, c.field)
		}
	}
	c, err := m.DeclareOutsideContact(m.ctx, m.buyer, number, 1, good)
	m.must(err)
	if c.State != OutsidePending || c.Line != 1 || c.OrderNumber != number || len(c.Evidence) != 1 || c.Evidence[0].ID != file || c.MayDecide {
		t.Fatalf("declared %+v", c)
	}
	again, err := m.DeclareOutsideContact(m.ctx, m.buyer, number, 1, good)
	m.must(err)
	if again.ID != c.ID {
		t.Fatal("a double click declared it twice")
	}
	more := good
	more.Evidence = []string{file, m.upload(m.buyer, "png:a sharper picture").ID}
	again, err = m.DeclareOutsideContact(m.ctx, m.buyer, number, 1, more)
	m.must(err)
	if again.ID != c.ID || len(again.Evidence) != 2 || again.Evidence[1].ID != more.Evidence[1] {
		t.Fatalf("declared again with one more file: %+v", again)
	}
	for name, v := range map[string]struct {
		by   Actor
		kind Kind
	}{"buyer": {m.buyer, ""}, "agent": {m.agent, ""}, "admin": {m.admin, ""}, "seller": {m.seller, Forbidden}, "another seller": {m.seller2, NotFound}, "another buyer": {m.buyer2, NotFound}, "integration": {m.integration, Forbidden}} {
		list, err := m.OutsideContacts(m.ctx, v.by, number, 1)
		if KindOf(err) != v.kind || err == nil && (len(list) != 1 || len(list[0].Evidence) != 2 || list[0].MayDecide != (v.by.Role == RoleAgent)) {
			t.Errorf("%s reads %+v, %v", name, list, err)
		}
	}
	m.declared(number, "2026-01-20T10:00:00+09:00") // at this very instant
	m.declared(number, "2026-01-01T10:00:00+09:00") // with the order
	for i := range maxPending - 3 {
		m.declared(number, fmt.Sprintf("2026-01-11T10:%02d:00+09:00", i))
	}
	good.ContactedAt = "2026-01-11T11:00:00+09:00"
	_, err = m.DeclareOutsideContact(m.ctx, m.buyer, number, 1, good)
	wantCode(t, err, "not_allowed_now")
	order, err := m.OrderByNumber(m.ctx, m.buyer, number)
	m.must(err)
	if order.Lines[0].Contact != nil {
		t.Fatal("a declared contact counts before anybody accepted it")
	}
}

func TestOutsideContactIsDecided(t *testing.T) {
	m, _ := withEvidence(t)
	number := m.order("A-1", nil)
	agentBuyer := m.agent2
	agentBuyer.Email = m.buyer.Email
	c := m.declared(number, "2026-01-19T10:00:00+09:00")
	for name, v := range map[string]struct {
		by   Actor
		in   OutsideDecision
		kind Kind
	}{
		"buyer": {m.buyer, OutsideDecision{Accept: true}, Forbidden}, "another buyer": {m.buyer2, OutsideDecision{Accept: true}, NotFound},
		"seller": {m.seller, OutsideDecision{Accept: true}, NotFound}, "admin": {m.admin, OutsideDecision{Accept: true}, Forbidden},
		"integration": {m.integration, OutsideDecision{Accept: true}, NotFound}, "an agent who is the buyer": {agentBuyer, OutsideDecision{Accept: true}, Forbidden},
		"no reason": {m.agent, OutsideDecision{}, Invalid}, "a reason nobody can see": {m.agent, OutsideDecision{Reason: " \u3164 "}, Invalid},
	} {
		if _, err := m.DecideOutsideContact(m.ctx, v.by, c.ID, v.in); KindOf(err) != v.kind {
			t.Errorf("%s: %v, want %s", name, err, v.kind)
		}
	}
	done, err := m.DecideOutsideContact(m.ctx, m.agent, c.ID, OutsideDecision{Accept: true})
	m.must(err)
	if done.State != OutsideAccepted || done.DecidedBy != m.agent.AccountID || done.MayDecide {
		t.Fatalf("decided %+v", done)
	}
	_, err = m.DecideOutsideContact(m.ctx, m.lead, c.ID, OutsideDecision{Reason: "やはり"})
	wantCode(t, err, "not_allowed_now")
	mine, err := m.OutsideContacts(m.ctx, m.buyer, number, 1)
	m.must(err)
	if mine[0].DecidedBy != "" {
		t.Fatal("the buyer is told who decided")
	}
	order, err := m.OrderByNumber(m.ctx, m.buyer, number)
	m.must(err)
	contact := order.Lines[0].Contact
	if contact == nil || contact.Source != "outside" || contact.SentAt != at("2026-01-19T10:00:00+09:00") || contact.WaitEndsAt != at("2026-01-21T10:00:00+09:00") {
		t.Fatalf("contact %+v", contact)
	}
	m.clock.set(contact.WaitEndsAt - 1)
	_, err = m.FileClaim(m.ctx, m.buyer, filing(number, NotReceived))
	wantCode(t, err, "wait_not_elapsed")
	m.clock.set(contact.WaitEndsAt)
	m.must(errOf(m.FileClaim(m.ctx, m.buyer, filing(number, NotReceived))))

	no := m.declared(m.order("A-2", nil), "2026-01-19T10:00:00+09:00")
	no, err = m.DecideOutsideContact(m.ctx, m.lead, no.ID, OutsideDecision{Reason: " 画面に日時がありません。 "})
	m.must(err)
	if no.State != OutsideRejected || no.Reason != "画面に日時がありません。" {
		t.Fatalf("rejected %+v", no)
	}
	notices, _, err := m.Notices(m.ctx, m.buyer, Page{})
	m.must(err)
	got := map[string]Notice{}
	for _, n := range notices {
		got[n.Kind] = n
	}
	yes, told := got["outside_contact_accepted"], got["outside_contact_rejected"]
	if yes.OrderNumber != "A-1" || yes.Args["wait_ends_at"] != "2026-01-21T01:00:00Z" || told.OrderNumber != "A-2" || told.Args["reason"] != no.Reason {
		t.Fatalf("notices %+v and %+v", yes, told)
	}
}

// Which contact counts after one made elsewhere is accepted: the one whose wait ends first,
// unless the problem has been solved since.
func TestOutsideContactBesideOthers(t *testing.T) {
	early, late := "2026-01-19T10:00:00+09:00", "2026-01-20T11:00:00+09:00" // the message goes at 2026-01-20T10:00
	for name, c := range map[string]struct {
		when   string
		solved bool
		source string
		ends   string
	}{
		"earlier than the message":      {early, false, "outside", "2026-01-21T10:00:00+09:00"},
		"later than the message":        {late, false, "portal", "2026-01-22T10:00:00+09:00"},
		"before it was solved":          {early, true, "portal", ""},
		"between message and solution":  {"2026-01-20T10:30:00+09:00", true, "portal", ""},
		"about a problem that is newer": {"2026-01-20T13:00:00+09:00", true, "outside", "2026-01-22T13:00:00+09:00"},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := withEvidence(t)
			number := m.order("A-1", nil)
			m.contact(number, NotReceived)
			m.later(2 * time.Hour)
			if c.solved {
				m.must(errOf(m.SolveContact(m.ctx, m.buyer, number, 1)))
			}
			m.later(2 * time.Hour)
			x := m.declared(number, c.when)
			m.must(errOf(m.DecideOutsideContact(m.ctx, m.agent, x.ID, OutsideDecision{Accept: true})))
			order, err := m.OrderByNumber(m.ctx, m.buyer, number)
			m.must(err)
			got := order.Lines[0].Contact
			if got == nil || got.Source != c.source {
				t.Fatalf("contact %+v, want of the %s", got, c.source)
			}
			if c.ends != "" && (got.WaitEndsAt != at(c.ends) || got.SolvedAt != 0) {
				t.Fatalf("contact %+v, want the wait to end %s", got, c.ends)
			}
			if c.ends == "" && got.SolvedAt == 0 {
				t.Fatalf("contact %+v: a solved problem is open again", got)
			}
		})
	}
}

func TestTwoDecideOneOutsideContact(t *testing.T) {
	m, _ := withEvidence(t)
	c := m.declared(m.order("A-1", nil), "2026-01-19T10:00:00+09:00")
	errs := make([]error, 10)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() {
			_, errs[i] = m.DecideOutsideContact(m.ctx, []Actor{m.agent, m.lead}[i%2], c.ID, OutsideDecision{Accept: i%3 == 0, Reason: "確認しました。"})
		})
	}
	group.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if CodeOf(err) != "not_allowed_now" {
			t.Errorf("the others got %v", err)
		}
	}
	var contacts, notices int
	m.must(m.db(m.ctx).Raw("SELECT COUNT(*) FROM contacts").Scan(&contacts).Error)
	m.must(m.db(m.ctx).Raw("SELECT COUNT(*) FROM notices WHERE kind LIKE 'outside%'").Scan(&notices).Error)
	if won != 1 || contacts > 1 || notices != 1 {
		t.Fatalf("%d decided, %d contacts, %d notices", won, contacts, notices)
	}
}

func TestPendingOutsideContacts(t *testing.T) {
	m, _ := withEvidence(t)
	var want []string
	for i := range 7 {
		c := m.declared(m.order(fmt.Sprintf("A-%d", i), nil), "2026-01-19T10:00:00+09:00")
		if i == 3 {
			m.must(errOf(m.DecideOutsideContact(m.ctx, m.agent, c.ID, OutsideDecision{Reason: "不鮮明です。"})))
			continue
		}
		want = append(want, c.ID)
		if i%2 == 0 {
			m.later(time.Minute) // some share an instant
		}
	}
	var got []string
	page := Page{Limit: 2}
	before := m.Statements()
	for {
		list, next, err := m.PendingOutsideContacts(m.ctx, m.lead, page)
		m.must(err)
		for _, c := range list {
			if len(c.Evidence) != 1 || !c.MayDecide || c.Title == "" {
				t.Fatalf("in the queue: %+v", c)
			}
			got = append(got, c.ID)
		}
		if next == "" {
			break
		}
		page.Cursor = next
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("queue %v, want %v", got, want)
	}
	if n := m.Statements() - before; n > 6 {
		t.Fatalf("%d statements for three pages", n)
	}
	for _, by := range []Actor{m.buyer, m.seller, m.integration} {
		if _, _, err := m.PendingOutsideContacts(m.ctx, by, Page{}); KindOf(err) != Forbidden {
			t.Errorf("%s reads the queue: %v", by.Role, err)
		}
	}
}
