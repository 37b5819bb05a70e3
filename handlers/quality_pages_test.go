package handlers

import (
	"strings"
	"testing"
)

// A second look is taken and refused half filled in: what was written stays, and nothing says that it was sent, though
// the address is still that of the page which said that it was taken.
func TestRefusedSecondLook(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/Q-b1", orderBody("mp-b1", "b1@example.com", "mp-s-1"))
	ends := p.want(201, "b1", "POST", "/orders/Q-b1/lines/1/messages", `{"body":"届きません。","topic":"not_received"}`).str("contact", "wait_ends_at")
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+ends+`"}`)
	one := "/ja/staff/quality/" + p.secondLook("b1", "s1")
	agent := p.as("agent")
	form := agent.page(200, one)
	taken := agent.page(200, agent.post(303, one, with(hidden(form), "do", "take")))
	wants(t, "taken", taken, "送信しました", `name="facts"`)
	refused := agent.post(422, one+"?done=sent", with(hidden(taken), "do", "submit", "facts", "控えがない"))
	wants(t, "refused", refused, `href="#f-outcome"`, "控えがない")
	if strings.Contains(refused, "送信しました") {
		t.Error("it says that it was sent")
	}
}
