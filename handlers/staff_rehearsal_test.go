package handlers

import (
	"strconv"
	"strings"
	"testing"
)

// A lead tries other numbers on the past; what cannot be read stays in its field with a reason.
func TestRehearsalPage(t *testing.T) {
	p := newPortal(t)
	for i, buyer := range []string{"mp-b-1", "mp-b-2", "mp-b-1"} {
		body := strings.NewReplacer("mp-b-1", buyer, "b1@example.com", buyer+"@example.com").Replace(cancelledBody("out_of_stock"))
		p.want(201, "mp", "PUT", "/orders/rehearsed-"+strconv.Itoa(i), body)
	}
	lead := p.as("lead")
	empty := lead.page(200, "/ja/staff/rehearsal")
	wants(t, "the rules in force", empty, "規則の案を試す", `name="open_stock_outs" type="text" value="3"`, `name="big_seller_rate" type="text" value="1"`, `name="level_5" type="text" value="100"`)
	lacks(t, "nothing asked", empty, "試した結果")
	same := lead.page(200, "/ja/staff/rehearsal?open_stock_outs=3")
	wants(t, "as it is", same, "試した結果", "変わらない", "に調査を開始")
	spared := lead.page(200, "/ja/staff/rehearsal?open_stock_outs=%EF%BC%94&big_seller_rate=2%25")
	wants(t, "four needed", spared, "対象から外れる", "対象にならない", `name="open_stock_outs" type="text" value="４"`)
	wants(t, "in English", lead.raw("/en/staff/rehearsal?open_stock_outs=4"), "No longer touched", "1 seller")
	wrong := lead.page(422, "/ja/staff/rehearsal?open_stock_outs=many&level_2=10&guard_buyers=7")
	wants(t, "wrong", wrong, `value="many"`, `href="#f-open_stock_outs"`, `name="guard_buyers" type="text" value="7"`)
	wrong = lead.page(422, "/ja/staff/rehearsal?level_2=10")
	wants(t, "out of range", wrong, `href="#f-level_2"`, "段階2:警告は36から10,000")
	p.as("agent").page(403, "/ja/staff/rehearsal")
}
