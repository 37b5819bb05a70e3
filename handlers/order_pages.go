package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// ownOrder loads an order bought by whoever is signed in, in any role. Everybody else's is
// not found, also where the role could see it elsewhere: these are the buyer's pages.
func (h *Handlers) ownOrder(c *gin.Context) (models.Order, error) {
	by := requestOf(c).actor
	o, err := h.store.OrderByNumber(c.Request.Context(), by, c.Param("order"))
	if err != nil {
		return models.Order{}, err
	}
	if by.Email == "" || o.BuyerEmail != by.Email {
		return models.Order{}, notFound()
	}
	return o, nil
}

// ownLine is one line of an own order.
func (h *Handlers) ownLine(c *gin.Context) (models.Order, models.OrderLine, error) {
	n, err := lineParam(c)
	if err != nil {
		return models.Order{}, models.OrderLine{}, err
	}
	o, err := h.ownOrder(c)
	if err != nil {
		return models.Order{}, models.OrderLine{}, err
	}
	l, ok := o.Line(n)
	if !ok {
		return models.Order{}, models.OrderLine{}, notFound()
	}
	return o, l, nil
}

type orderCard struct {
	Number, Href, Title, Placed string
	Others                      int // lines besides the first
	Lines                       []orderCardLine
	Primary                     templates.Link
}

// orderCardLine says where a line stands in one sentence, by a key of the catalogue and the
// two clocks it names.
type orderCardLine struct {
	Title, Seller, Text string
	Latest              string
	Opens, Deadline     *time.Time
	State               string
	Tag                 *templates.Tag
	Claim               *templates.Link
}

type ordersPage struct {
	Find   templates.Field
	Action string
	Orders []orderCard
	Pages  *templates.Pages
	Empty  templates.Empty
}

var findOrderQuestions = questions{"number": typed("orders.number")}

// listMyOrders is where a buyer starts: from the order, not from a form. With a number typed it
// leads to that order, whatever its width and hyphens.
func (h *Handlers) listMyOrders(c *gin.Context) error {
	const size = 20
	ctx, w, by := c.Request.Context(), h.words(c), requestOf(c).actor
	f := h.newEntry(c, findOrderQuestions)
	f.status = http.StatusUnprocessableEntity
	if typed, asked := c.GetQuery("number"); asked {
		f.set("number", typed)
		number, err := h.store.FindOwnOrder(ctx, by, typed)
		switch {
		case err == nil:
			return seeOther(c, w.path("my/orders", number))
		case models.KindOf(err) != models.NotFound:
			return err
		}
		f.say("number", w.text("orders.not_found"))
	}
	orders, next, err := h.store.OwnOrders(ctx, by, models.Page{Limit: size, Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	policy, now, err := h.policyNow(c)
	if err != nil {
		return err
	}
	page := ordersPage{
		Find: f.field("number", "orders.find_hint"), Action: w.path("my/orders"),
		Empty: templates.Empty{Text: w.text("orders.none"), Link: &templates.Link{Label: w.text("action.check"), Href: w.path("check")}},
	}
	page.Find.Label = w.text("orders.find")
	for _, o := range orders {
		page.Orders = append(page.Orders, h.orderCard(w, o, policy, now))
	}
	page.Pages = listPages(c, next)
	return f.showPage("orders/list", h.page(c, w.text("nav.orders"), page))
}

func (h *Handlers) orderCard(w words, o models.Order, policy models.Policy, now models.Instant) orderCard {
	card := orderCard{Number: o.Number, Href: w.path("my/orders", o.Number), Placed: w.text("orders.placed", "placed_day", h.dayOf(o.PlacedAt))}
	if len(o.Lines) > 0 {
		card.Title, card.Others = o.Lines[0].Title, len(o.Lines)-1
	}
	for _, l := range o.Lines {
		card.Lines = append(card.Lines, h.cardLine(w, o, l, policy, now))
	}
	card.Primary = templates.Link{Label: w.text("orders.report_problem"), Href: card.Href}
	if len(card.Lines) != 1 {
		return card
	}
	switch l, state := o.Lines[0], card.Lines[0].State; {
	case state == "claimed":
		card.Primary = templates.Link{Label: w.text("orders.see_claim"), Href: card.Lines[0].Claim.Href}
	case state == "open" || state == "wait":
		card.Primary.Href = w.path("my/orders", o.Number, "claim", strconv.Itoa(l.Number))
	case state == "due" || state == "back":
		card.Primary = templates.Link{Label: w.text("orders.refund"), Href: w.path("my/orders", o.Number, "refund")}
	case state == "deadline" && (l.Contact == nil || l.Contact.SolvedAt != 0):
		card.Primary.Href = w.path("my/orders", o.Number, "lines", strconv.Itoa(l.Number), "contact")
	}
	return card
}

// dayOf is the calendar day of an instant where the marketplace is.
func (h *Handlers) dayOf(i models.Instant) string {
	return i.Time().In(h.store.Zone()).Format("2006-01-02")
}

// keepIn keeps a value of the query in the addresses of a list's pages.
func keepIn(p *templates.Pages, name, value string) {
	if p == nil {
		return
	}
	for _, href := range []*string{&p.First, &p.Prev, &p.Next} {
		if *href != "" {
			*href = plus(*href, name, value)
		}
	}
}

// listTrail is how many pages back a list leads one by one; from there on back is the first.
const listTrail = 10

// listPages leads on in a list, back by a page and to its beginning. Cursors only go forward, so
// that the address carries those one has come by; "-" is the first page's.
func listPages(c *gin.Context, next string) *templates.Pages {
	p := templates.Pages{}
	q := c.Request.URL.Query()
	at := func(cursor string, trail []string) string {
		to := url.Values{}
		if cursor != "" && cursor != "-" {
			to.Set("cursor", cursor)
		}
		if len(trail) > 0 {
			to.Set("from", strings.Join(trail, " "))
		}
		return pagePath(c) + query(to)
	}
	here, trail := q.Get("cursor"), strings.Fields(q.Get("from"))
	if here == "" {
		trail = nil
	}
	if here != "" {
		p.Prev, p.First = at("", nil), at("", nil)
		if n := len(trail); n > 0 && n <= listTrail {
			p.Prev = at(trail[n-1], trail[:n-1])
		}
		if p.Prev == p.First {
			p.First = ""
		}
	}
	if next != "" {
		trail = append(trail, cmp.Or(here, "-"))
		p.Next = at(next, trail[max(0, len(trail)-listTrail):])
	}
	if p == (templates.Pages{}) {
		return nil
	}
	return &p
}

// listPlace is the page of a list one is at, for forms that lead back to it.
func listPlace(c *gin.Context) string {
	place := url.Values{}
	for _, name := range []string{"cursor", "from"} {
		if value := c.Query(name); value != "" {
			place.Set(name, value)
		}
	}
	return query(place)
}

// query is what stands behind an address; "" of nothing.
func query(values url.Values) string {
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// duePaths are the sentences about a line that has ended without its money: from its refund page
// the seller is told and a claim made ready in one step, whatever stands in the way of it elsewhere.
var duePaths = map[models.RuleCode]string{
	models.RuleContactRequired: "orders.due_ready", models.RuleNotOverdueYet: "orders.due_ready", models.RuleDeadlinePassed: "orders.due_passed",
}

// cardLine puts both clocks of a line into one sentence.
func (h *Handlers) cardLine(w words, o models.Order, l models.OrderLine, policy models.Policy, now models.Instant) orderCardLine {
	out := orderCardLine{
		Title: l.Title, Seller: l.SellerName, Deadline: timeOf(l.DeadlineAt), Latest: w.text("orders.latest_day", "latest_day", o.LatestEstimate(l, policy, h.store.Zone())),
	}
	claim := action(o.ActionsOn(l, policy, now, h.store.Zone()), models.LineClaim)
	a := claim.Assessment
	rows := lineRows{words: w, h: h, order: o, line: l, policy: policy, now: now}
	switch {
	case l.OpenClaimID != "" && len(l.Claims) > 0:
		out.State = "claimed"
	case rows.replacing():
		ref := rows.lastClaim()
		out.Text = w.replacementStands(ref.Replacement, ref.Status, now)
	case claim.Allowed:
		out.State = "open"
		out.Tag = &templates.Tag{Status: "open", Text: w.text("orders.can_file")}
	case a.Code == models.RuleWaitNotElapsed && claim.At != 0:
		out.State, out.Opens = "wait", timeOf(claim.At)
		out.Tag = &templates.Tag{Status: "waiting", Text: w.text("orders.waiting", "wait", policy.Wait())}
	case dueBack(l) && l.Unrefunded() > 0 && duePaths[a.Code] != "":
		out.State, out.Tag = "due", &templates.Tag{Status: "attention", Text: w.text("orders.unrefunded")}
		out.Text = w.text(duePaths[a.Code], "amount", templates.Money{Amount: l.Unrefunded(), Currency: o.Currency}, "deadline_at", l.DeadlineAt)
	case a.Code == models.RuleContactRequired, a.Code == models.RuleWaitNotElapsed, a.Code == models.RuleNotOverdueYet:
		out.State = "deadline"
	case a.Code == models.RuleDeadlinePassed:
		out.State = "passed"
	default:
		out.Text = w.rule(a, a.Code)
		if l.PaidBack() {
			out.State = "back"
		}
	}
	if n := len(l.Claims); n > 0 {
		last := l.Claims[n-1]
		out.Claim = &templates.Link{Label: last.Number, Href: w.path("my/claims", last.Number)}
		out.Tag = &templates.Tag{Status: string(last.Status), Role: "buyer"}
	}
	return out
}

func action(list []models.LineAction, name string) models.LineAction {
	i := slices.IndexFunc(list, func(a models.LineAction) bool { return a.Name == name })
	if i < 0 {
		return models.LineAction{}
	}
	return list[i]
}
