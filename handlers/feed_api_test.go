package handlers

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The integration reads everything from the first number to the last, a page at a time or at
// once, and goes on from there; a wrong number is told.
func TestFeed(t *testing.T) {
	p := newPortal(t)
	p.order("A-1")
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+p.contact("A-1")+`"}`)
	claim := p.want(201, "b1", "POST", "/claims", filing("A-1")).str("number")
	p.want(200, "s1", "POST", "/claims/"+claim+"/actions/contest", `{"message":"配達記録があります。"}`)
	if got := p.want(200, "mp", "GET", "/events", ""); len(got.at("items").([]any)) != 0 || got.at("next_cursor") != nil {
		t.Errorf("before there are numbers: %s", got.raw)
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"1s"}`)
	var types []string
	whole := p.want(200, "mp", "GET", "/events", "")
	items := whole.at("items").([]any)
	for i := range items {
		types = append(types, whole.str("items", i, "type"))
	}
	if want := []string{"claim.filed", "claim.opened", "claim.contested"}; !slices.Equal(types, want) || whole.at("next_cursor") != nil {
		t.Errorf("events: %v, %s", types, whole.raw)
	}
	if whole.str("items", 0, "subject", "id") != claim || whole.str("items", 0, "subject", "kind") != "claim" || whole.str("items", 0, "order_number") != "A-1" ||
		whole.str("items", 2, "actor", "role") != "seller" || strings.Contains(string(whole.raw), "配達記録") {
		t.Errorf("events: %s", whole.raw)
	}
	after := "0"
	for i := range items {
		page := p.want(200, "mp", "GET", "/events?limit=1&after="+after, "")
		if got := page.at("items").([]any); len(got) != 1 || page.at("items", 0, "number") != whole.at("items", i, "number") || (page.at("next_cursor") == nil) != (i == len(items)-1) {
			t.Errorf("page %d: %s", i, page.raw)
		}
		after = fmt.Sprint(page.at("items", 0, "number"))
	}
	if got := p.want(200, "mp", "GET", "/events?after="+after, ""); len(got.at("items").([]any)) != 0 {
		t.Errorf("after the last: %s", got.raw)
	}
	for _, wrong := range []string{"after=x", "after=-1", "after=1.5", "after=99999999999999999999", "limit=0"} {
		p.wantCode(422, "invalid_fields", "mp", "GET", "/events?"+wrong, "")
	}
	p.wantCode(400, "unknown_field", "mp", "GET", "/events?cursor=1", "")
}
