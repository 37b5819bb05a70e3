package models

import "testing"

// A refusal with its reason is one thing: without the words nothing is refused.
func TestRefuseWithReason(t *testing.T) {
	m := newMarket(t)
	number := m.order("o-1", nil)
	m.contact(number, NotReceived)
	in := SendMessage{OrderNumber: number, Line: 1, Body: " "}
	if _, err := m.RefuseWithReason(m.ctx, m.seller, in); KindOf(err) != Invalid {
		t.Errorf("refused without a word: %v", err)
	}
	in.Body = "在庫がなく、送り直せません。"
	for name, who := range map[string]struct {
		by   Actor
		kind Kind
	}{"another seller": {m.seller2, NotFound}, "the buyer": {m.buyer, Forbidden}} {
		if _, err := m.RefuseWithReason(m.ctx, who.by, in); KindOf(err) != who.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := m.RefuseWithReason(m.ctx, m.seller, in)
	if err != nil || c.RefusedAt != m.MachineNow() {
		t.Fatalf("refused at %s, %v", c.RefusedAt, err)
	}
	thread, _, err := m.Messages(m.ctx, m.buyer, number, 1, Page{})
	m.must(err)
	if len(thread) != 2 || thread[0].Body != in.Body && thread[1].Body != in.Body {
		t.Errorf("the buyer reads %+v", thread)
	}
	if _, err := m.RefuseWithReason(m.ctx, m.seller, in); KindOf(err) != Conflict {
		t.Errorf("refused twice: %v", err)
	}
	if thread, _, err = m.Messages(m.ctx, m.buyer, number, 1, Page{}); err != nil || len(thread) != 2 {
		t.Errorf("a refusal that was none left %d messages, %v", len(thread), err)
	}
}
