package handlers

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

// TestTour follows each story to its end. What the visitor does in between goes through the API:
// the tour looks at what has happened, not at who clicked what.
func TestTour(t *testing.T) {
	type act func(p *portal, order string) // by the people of the cast
	message := func(topic string) act {
		return func(p *portal, order string) {
			p.want(201, "b1", "POST", "/orders/"+order+"/lines/1/messages", `{"body":"商品が届きません。","topic":"`+topic+`"}`)
		}
	}
	file := func(reason string) act {
		return func(p *portal, order string) {
			p.want(201, "b1", "POST", "/claims", `{"order_number":"`+order+`","line":1,"reason":"`+reason+`","description":"予定日を過ぎても届きません。","desired_outcome":"refund","evidence":["`+p.upload("b1", "shot.png", picture(1)).str("id")+`"]}`)
		}
	}
	claim := func(p *portal, order string) string {
		return p.want(200, "agent", "GET", "/orders/"+order, "").str("lines", 0, "claims", 0, "number")
	}
	contest := func(p *portal, order string) {
		p.want(200, "s1", "POST", "/claims/"+claim(p, order)+"/actions/contest", `{"message":"予定日を過ぎても届きません。"}`)
	}
	decide := func(p *portal, order string) {
		p.want(200, "agent", "POST", "/claims/"+claim(p, order)+"/actions/decide",
			`{"outcome":"granted","borne_by":"seller","counts_against_seller":true,"reason_code":"not_as_described","explanation":"予定日を過ぎても届きません。","facts":"店 mp-s-1"}`)
	}
	stories := map[string][]struct {
		who  string // may do it, in the tour's eyes; "" lets time pass
		path string
		act  act
	}{
		"silent":    {{"b1", "my/orders/", message("not_received")}, {}, {"b1", "my/orders/", file("not_received")}, {}, {"b1", "my/claims/", nil}},
		"contested": {{"b1", "my/orders/", message("not_as_described")}, {}, {"b1", "my/orders/", file("not_as_described")}, {"s1", "seller/cases/", contest}, {"agent", "staff/cases/", decide}, {"b1", "my/claims/", nil}},
		"stockout":  {{"b1", "my/orders/", message("stock_out_unrefunded")}, {}, {"b1", "my/orders/", file("stock_out_unrefunded")}, {}, {"agent", "staff/cases/", decide}, {"b1", "my/claims/", nil}},
	}
	for _, key := range tourOrder {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			v := p.visitor("")
			wants(t, "the offer", v.page(200, "/ja/"), `name="story" value="`+key+`"`)
			at := v.post(303, "/ja/sandbox/tour", url.Values{"story": {key}})
			order := strings.TrimPrefix(at, "/ja/my/orders/")
			for n, step := range stories[key] {
				if step.who == "" {
					if body := v.page(200, "/ja/guarantee"); !strings.Contains(body, p.h.text("ja", "tour.clock", nil)) {
						t.Fatalf("step %d says nothing of the clock", n+1)
					}
					at = v.post(303, "/ja/sandbox/tour/step", url.Values{"step": {strconv.Itoa(n + 1)}})
					continue
				}
				if !strings.HasPrefix(at, "/ja/"+step.path) {
					t.Fatalf("step %d leads to %s, want %s", n+1, at, step.path)
				}
				body := v.page(200, at)
				wants(t, at, body, p.actor(step.who).Name, `class="tour"`)
				if step.act == nil {
					break
				}
				step.act(p, order)
				// The page still speaks of the step that is over: nothing but the way to the next comes of it.
				at = v.post(303, "/ja/sandbox/tour/step", url.Values{"step": {strconv.Itoa(n + 1)}})
			}
			if got := p.want(200, "agent", "GET", "/claims/"+claim(p, order), "").str("status"); got != string(models.Granted) {
				t.Errorf("the story ends %s", got)
			}
			v.post(303, "/ja/sandbox/tour/end", nil)
			if body := v.page(200, "/ja/guarantee"); strings.Contains(body, `class="tour"`) {
				t.Error("a tour that was left goes on")
			}
		})
	}
}

// TestDatesInOrder: what the order knows is put into a story by date. Goods of this tour come before their last day.
func TestDatesInOrder(t *testing.T) {
	p := newPortal(t)
	v := p.visitor("")
	order := strings.TrimPrefix(v.post(303, "/ja/sandbox/tour", url.Values{"story": {"contested"}}), "/ja/my/orders/")
	p.want(201, "b1", "POST", "/orders/"+order+"/lines/1/messages", `{"body":"説明と違います。","topic":"not_as_described"}`)
	body := v.post(200, "/ja/my/orders/"+order+"/claim/1/story", url.Values{"do": {"facts"}})
	if !regexp.MustCompile(` 発送\n.* 配達\n.* お届け予定最終日\n.* 出品者に連絡`).MatchString(body) {
		t.Error("the dates do not stand in order")
	}
}

// TestTourElsewhere: no tour outside the sandbox, and none for a story there is not.
func TestTourElsewhere(t *testing.T) {
	p := newPortal(t)
	v := p.visitor("")
	v.post(404, "/ja/sandbox/tour", url.Values{"story": {"none"}})
	v.cookies[tourCookie] = "silent.ja.HT-0"
	if body := v.page(200, "/ja/guarantee"); strings.Contains(body, `class="tour"`) {
		t.Error("a tour about an order there is not")
	}
	if at := v.post(303, "/ja/sandbox/tour/step", nil); at != "/ja/sandbox#tour" {
		t.Errorf("a step of it leads to %s", at)
	}

	outside := newPortal(t, outsideSandbox)
	outside.withRoutes(route{method: "GET", path: "/:lang/test/says", kind: pageRoute, who: public, handle: func(c *gin.Context) error {
		c.String(200, "says "+outside.h.tourSays(c, "C-0000-0000", "said"))
		return nil
	}})
	v = outside.guest()
	v.cookies[tourCookie] = "contested.ja.HT-0"
	v.post(404, "/ja/sandbox/tour", url.Values{"story": {"contested"}})
	lacks(t, "a page outside the sandbox", v.page(200, "/ja/guarantee"), `class="tour"`)
	if got := string(v.send("GET", "/ja/test/says", "", nil).raw); got != "says " {
		t.Errorf("outside the sandbox a form is filled in: %q", got)
	}
	if log := outside.log.String(); strings.Contains(log, `"failed"`) {
		t.Errorf("a cookie of the sandbox is a failure elsewhere:\n%s", log)
	}
}
