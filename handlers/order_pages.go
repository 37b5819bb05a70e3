package handlers

import (
	"net/http"
	"slices"
	"strconv"
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
}

// orderCardLine says where a line stands in one sentence, by a key of the catalogue and the
// two clocks it names.
type orderCardLine struct {
	Title, Seller, Text string
	Opens, Deadline     *time.Time
	State               string
	Tag                 *templates.Tag
	Claim               *templates.Link
}

type ordersPage struct {
	Orders []orderCard
	Pages  *templates.Pages
	Empty  templates.Empty
}

// listOrders is where a buyer starts: from the order, not from a form.
func (h *Handlers) listMyOrders(c *gin.Context) error {
	const size = 20
	ctx, w := c.Request.Context(), h.words(c)
	orders, next, err := h.store.OwnOrders(ctx, requestOf(c).actor, models.Page{Limit: size, Cursor: c.Query("cursor")})
	if err != nil {
		return err
	}
	policy, now, err := h.policyNow(c)
	if err != nil {
		return err
	}
	page := ordersPage{Empty: templates.Empty{Text: w.text("orders.none"), Link: &templates.Link{Label: w.text("action.check"), Href: w.path("check")}}}
	for _, o := range orders {
		card := orderCard{Number: o.Number, Href: w.path("my/orders", o.Number), Placed: w.text("orders.placed", "placed_day", h.dayOf(o.PlacedAt))}
		if len(o.Lines) > 0 {
			card.Title, card.Others = o.Lines[0].Title, len(o.Lines)-1
		}
		for _, l := range o.Lines {
			card.Lines = append(card.Lines, h.cardLine(w, o, l, policy, now))
		}
		page.Orders = append(page.Orders, card)
	}
	page.Pages = h.listPages(c, next)
	return h.show(c, "orders/list", w.text("nav.orders"), page)
}

// dayOf is the calendar day of an instant where the marketplace is.
func (h *Handlers) dayOf(i models.Instant) string {
	return i.Time().In(h.store.Zone()).Format("2006-01-02")
}

// listPages leads on in a list; back is the first page, as cursors only go forward.
func (h *Handlers) listPages(c *gin.Context, next string) *templates.Pages {
	p := templates.Pages{}
	q := c.Request.URL.Query()
	if q.Get("cursor") != "" {
		first := c.Request.URL.Query()
		first.Del("cursor")
		p.Prev = c.Request.URL.Path + "?" + first.Encode()
	}
	if next != "" {
		q.Set("cursor", next)
		p.Next = c.Request.URL.Path + "?" + q.Encode()
	}
	if p == (templates.Pages{}) {
		return nil
	}
	return &p
}

// cardLine puts both clocks of a line into one sentence.
func (h *Handlers) cardLine(w words, o models.Order, l models.OrderLine, policy models.Policy, now models.Instant) orderCardLine {
	out := orderCardLine{Title: l.Title, Seller: l.SellerName, Deadline: timeOf(l.DeadlineAt)}
	claim := action(o.ActionsOn(l, policy, now, h.store.Zone()), models.LineClaim)
	a := claim.Assessment
	switch {
	case l.OpenClaimID != "":
		out.State = "claimed"
	case claim.Allowed:
		out.State = "open"
		out.Tag = &templates.Tag{Status: "open", Text: w.text("orders.can_file")}
	case a.Code == models.RuleWaitNotElapsed && claim.At != 0:
		out.State, out.Opens = "wait", timeOf(claim.At)
		out.Tag = &templates.Tag{Status: "waiting", Text: w.text("orders.waiting", "wait", policy.Wait())}
	case a.Code == models.RuleContactRequired, a.Code == models.RuleWaitNotElapsed, a.Code == models.RuleNotOverdueYet:
		out.State = "deadline"
	case a.Code == models.RuleDeadlinePassed:
		out.State = "passed"
	default:
		out.Text = w.rule(a, a.Code)
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

type orderPage struct {
	Facts    []templates.SummaryRow
	Lines    []orderLinePart
	Payments []templates.SummaryRow
}

type orderLinePart struct {
	ID, Title string
	Many      bool // the order has several lines
	Facts     []templates.SummaryRow
	Clocks    []templates.Clock
	Collision string
	Actions   []templates.ActionItem
	Draft     *templates.Link
	Primary   *templates.Link // of the one line of an order
	Claims    []claimRefPart
	Outside   []outsidePart
	Thread    []templates.Message
	More      *templates.Link // the whole thread, where it is not shown here
}

type claimRefPart struct {
	Link templates.Link
	Tag  templates.Tag
}

type outsidePart struct {
	Text, Reason string
	Tag          templates.Tag
}

// showMyOrder lists everything that can be done about an order, and what cannot with the
// reason and the date when it can.
func (h *Handlers) showMyOrder(c *gin.Context) error {
	o, err := h.ownOrder(c)
	if err != nil {
		return err
	}
	policy, now, err := h.policyNow(c)
	if err != nil {
		return err
	}
	drafts, err := h.store.Drafts(c.Request.Context(), requestOf(c).actor)
	if err != nil {
		return err
	}
	w := h.words(c)
	page := orderPage{
		Facts: []templates.SummaryRow{
			{Label: w.text("orders.number"), Value: o.Number},
			{Label: w.text("orders.placed_at"), Value: w.text("orders.day", "day", h.dayOf(o.PlacedAt))},
			{Label: w.text("orders.total"), Money: &templates.Money{Amount: o.Total(), Currency: o.Currency}},
		},
	}
	for _, l := range o.Lines {
		part, err := h.linePart(c, w, o, l, policy, now)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(drafts, func(d models.Draft) bool { return d.OrderNumber == o.Number && d.SellerID == l.SellerID }) {
			part.Draft = &templates.Link{Label: w.text("orders.draft"), Href: w.path("my/orders", o.Number, "claim", strconv.Itoa(l.Number))}
		}
		page.Lines = append(page.Lines, part)
	}
	for _, p := range o.Payments {
		page.Payments = append(page.Payments, templates.SummaryRow{Label: w.label("tender", string(p.Tender)), Money: &templates.Money{Amount: p.Amount, Currency: o.Currency}})
	}
	for _, r := range o.Refunds {
		page.Payments = append(page.Payments, templates.SummaryRow{
			Label: w.text("orders.refunded"), Value: w.money(r.Amount, o.Currency) + "\n" + w.text("orders.refunded_at", "refund_day", h.dayOf(r.At)),
		})
	}
	p := h.page(c, w.text("orders.order", "number", o.Number), page)
	p.Back = &templates.Link{Label: w.text("nav.orders"), Href: w.path("my/orders")}
	p.Banner = h.contactDone(c, w, o, policy, now)
	return h.render(c, http.StatusOK, "orders/show", p)
}

// contactDone says what the form just sent has done, and for a contact from when a claim may
// be filed.
func (h *Handlers) contactDone(c *gin.Context, w words, o models.Order, policy models.Policy, now models.Instant) *templates.Banner {
	done := c.Query("done")
	if !slices.Contains([]string{"sent", "solved", "declared"}, done) {
		return nil
	}
	b := &templates.Banner{Tone: "ok", Title: w.text("contact.done_" + done), Role: "status"}
	n, err := strconv.Atoi(c.Query("line"))
	l, ok := o.Line(n)
	if done != "sent" || err != nil || !ok || l.Contact == nil || l.Contact.SolvedAt != 0 || l.OpenClaimID != "" {
		return b
	}
	if at := firstInstant(action(o.ActionsOn(l, policy, now, h.store.Zone()), models.LineClaim).At, l.Contact.WaitEndsAt); at > now {
		b.Text = w.text("contact.done_opens", "opens_at", at)
	}
	return b
}

// linesWithThread is up to how many lines of an order stand with their conversations on one
// page; those of longer orders are a link away.
const linesWithThread = 5

func (h *Handlers) linePart(c *gin.Context, w words, o models.Order, l models.OrderLine, policy models.Policy, now models.Instant) (orderLinePart, error) {
	ctx, by, n := c.Request.Context(), requestOf(c).actor, strconv.Itoa(l.Number)
	part := orderLinePart{ID: "line-" + n, Title: l.Title, Many: len(o.Lines) > 1, Facts: h.lineFacts(w, o, l, policy), Clocks: h.lineClocks(w, o, l, policy, now)}
	if at := models.CollisionNote(l, o.LatestEstimate(l, policy, h.store.Zone()), policy, now, h.store.Zone()); at != 0 && l.OpenClaimID == "" {
		part.Collision = w.text("orders.collision", "deadline_at", at, "wait", policy.Wait())
	}
	for _, a := range o.ActionsOn(l, policy, now, h.store.Zone()) {
		item := h.actionItem(w, o, l, a)
		part.Actions = append(part.Actions, item)
		first := a.Name == models.LineClaim || a.Name == models.LineClaimAhead || a.Name == models.LineContact && l.Contact == nil && now < l.DeadlineAt
		if part.Primary == nil && a.Allowed && first && !part.Many {
			part.Primary = &templates.Link{Label: item.Label, Href: item.Href}
		}
	}
	sayOnce(w, part.Actions)
	for _, ref := range l.Claims {
		part.Claims = append(part.Claims, claimRefPart{
			templates.Link{Label: ref.Number, Href: w.path("my/claims", ref.Number)}, templates.Tag{Status: string(ref.Status), Role: "buyer"},
		})
	}
	if len(o.Lines) > linesWithThread || len(o.Lines) > 1 && l.Contact == nil {
		part.More = &templates.Link{Label: w.text("orders.thread_link"), Href: w.path("my/orders", o.Number, "lines", n, "contact")}
		return part, nil
	}
	thread, _, err := h.store.Messages(ctx, by, o.Number, l.Number, models.Page{Limit: models.MaxPage})
	if err != nil {
		return part, err
	}
	part.Thread = h.thread(c, thread)
	declared, err := h.store.OutsideContacts(ctx, by, o.Number, l.Number)
	if err != nil {
		return part, err
	}
	for _, x := range declared {
		part.Outside = append(part.Outside, outsidePart{
			Text:   w.text("contact.declared", "channel", w.label("contact.channel", string(x.Channel)), "contacted_at", x.ContactedAt),
			Reason: x.Reason, Tag: outsideTag(w, x.State),
		})
	}
	return part, nil
}

// sayOnce gives a reason in full only where it stands first, and leaves out ways to what is
// on the list anyway.
func sayOnce(w words, list []templates.ActionItem) {
	said := map[string]bool{}
	for i := range list {
		item := &list[i]
		if item.Allowed {
			continue
		}
		if item.Other != nil && slices.ContainsFunc(list, func(b templates.ActionItem) bool { return b.Allowed && b.Href == item.Other.Href }) {
			item.Other = nil
		}
		if said[item.Reason] {
			item.Reason, item.Opens, item.Other = w.text("orders.same_reason"), nil, nil
			continue
		}
		said[item.Reason] = true
	}
}

func outsideTag(w words, s models.OutsideState) templates.Tag {
	status := map[models.OutsideState]string{models.OutsidePending: "waiting", models.OutsideAccepted: "open", models.OutsideRejected: "denied"}[s]
	return templates.Tag{Status: status, Text: w.label("contact.state", string(s))}
}

func (h *Handlers) lineFacts(w words, o models.Order, l models.OrderLine, policy models.Policy) []templates.SummaryRow {
	rows := []templates.SummaryRow{
		{Label: w.label("role", "seller"), Value: l.SellerName, Lang: templates.LangOf(l.SellerName, w.locale)},
		{Label: w.text("orders.fulfilled"), Value: w.label("fulfilled_by", string(l.FulfilledBy))},
		{Label: w.text("orders.quantity"), Value: strconv.FormatInt(l.Quantity, 10)},
		{Label: w.text("orders.line_total"), Money: &templates.Money{Amount: l.Total, Currency: o.Currency}},
		{Label: w.text("orders.status"), Value: w.label("order_status", string(l.Status))},
		{Label: w.text("orders.latest"), Value: w.text("orders.day", "day", o.LatestEstimate(l, policy, h.store.Zone()))},
	}
	if l.TrackingNumber != "" {
		rows = append(rows, w.row(w.text("orders.tracking"), l.Carrier+" "+l.TrackingNumber))
	}
	if l.DeliveredAt != 0 {
		rows = append(rows, templates.SummaryRow{Label: w.text("orders.delivered_at"), At: timeOf(l.DeliveredAt)})
	}
	if l.Exception != "" {
		rows = append(rows, templates.SummaryRow{Label: w.text("orders.exception"), Value: w.label("exception", l.Exception)})
	}
	if l.CancelledBy != "" {
		rows = append(rows, templates.SummaryRow{Label: w.text("orders.cancelled"), Value: w.label("cancelled_by", l.CancelledBy)})
	}
	return rows
}

// lineClocks are the two clocks of a line: when a claim may open, and until when one may be
// filed.
func (h *Handlers) lineClocks(w words, o models.Order, l models.OrderLine, policy models.Policy, now models.Instant) []templates.Clock {
	var list []templates.Clock
	claim := action(o.ActionsOn(l, policy, now, h.store.Zone()), models.LineClaim)
	if l.Contact != nil && l.Contact.SolvedAt == 0 && l.OpenClaimID == "" && (claim.Allowed || claim.At != 0) {
		list = append(list, templates.Clock{
			Label: w.text("clock.can_file"), At: firstInstant(claim.At, l.Contact.WaitEndsAt).Time(), Now: now.Time(), Kind: templates.ClockOpens, Over: w.text("orders.wait_over"),
		})
	}
	return append(list, templates.Clock{Label: w.text("clock.filing_deadline"), At: l.DeadlineAt.Time(), Now: now.Time(), Kind: templates.ClockDue})
}

// actionItem is one thing that may be done about a line, or why not and when.
func (h *Handlers) actionItem(w words, o models.Order, l models.OrderLine, a models.LineAction) templates.ActionItem {
	n := strconv.Itoa(l.Number)
	line := func(page string) string { return w.path("my/orders", o.Number, "lines", n, page) }
	live := l.Contact != nil && l.Contact.SolvedAt == 0
	item := templates.ActionItem{Allowed: a.Allowed, Opens: timeOf(a.At)}
	switch a.Name {
	case models.LineContact:
		item.Label, item.Href, item.Hint = w.text("action.contact"), line("contact"), w.text("orders.hint_contact")
		if live {
			item.Label, item.Hint = w.text("orders.write_again"), w.text("orders.hint_again")
		}
	case models.LineSolved:
		item.Label, item.Href, item.Reason = w.text("action.solved"), line("solved"), w.text("orders.why_no_wait")
	case models.LineOutsideContact:
		item.Label, item.Href, item.Hint, item.Reason = w.text("contact.outside"), line("outside-contact"), w.text("orders.hint_outside"), w.text("orders.why_wait_runs")
	case models.LineClaim, models.LineClaimAhead:
		item.Label, item.Href = w.text("action.file"), w.path("my/orders", o.Number, "claim", n)
		item.Deadline = timeOf(l.DeadlineAt)
		if a.Name == models.LineClaimAhead {
			item.Label, item.Hint = w.text("action.file_ahead"), w.text("orders.hint_ahead")
		}
		if !a.Allowed {
			item.Reason, item.Other = h.whyNoClaim(w, o, l, a)
		}
	}
	return item
}

// whyNoClaim says which rule stands in the way, and what helps.
func (h *Handlers) whyNoClaim(w words, o models.Order, l models.OrderLine, a models.LineAction) (string, *templates.Link) {
	n := strconv.Itoa(l.Number)
	if a.Code == "wait_is_over" {
		return w.text("orders.why_wait_over"), nil
	}
	code := models.RuleCode(a.Code)
	reason := w.refusal(a.Assessment, code)
	switch code {
	case models.RuleContactRequired, models.RuleDeadlinePassed:
		return reason, &templates.Link{Label: w.text("action.contact"), Href: w.path("my/orders", o.Number, "lines", n, "contact")}
	case models.RuleWaitNotElapsed, models.RuleNotOverdueYet:
		return reason, &templates.Link{Label: w.text("action.create_draft"), Href: w.path("my/orders", o.Number, "claim", n)}
	case models.RuleAlreadyClaimed:
		if len(l.Claims) > 0 {
			return reason, &templates.Link{Label: w.text("orders.see_claim"), Href: w.path("my/claims", l.Claims[len(l.Claims)-1].Number)}
		}
	default:
	}
	return reason, &templates.Link{Label: w.text("orders.see_rules"), Href: w.path("guarantee")}
}

// thread is a conversation as the buyer reads it. A message that leads off the marketplace
// can be reported in one tap.
func (h *Handlers) thread(c *gin.Context, list []models.Message) []templates.Message {
	d := h.buyerDesk(c)
	out := d.messages(list)
	for i, m := range list {
		if m.AuthorRole == models.SideBuyer {
			out[i].Who = d.text("claims.you")
		}
		for j := range out[i].Files {
			d.fix(&out[i].Files[j], m.Evidence[j])
		}
		if len(m.Warnings) == 0 || m.AuthorRole != models.SideSeller {
			continue
		}
		var signs []string
		for _, sign := range m.Warnings {
			signs = append(signs, d.label("contact.warning", string(sign)))
		}
		out[i].Warning = d.text("contact.warned", "signs", joined(d.words, signs))
		out[i].Report, out[i].Next = d.path("my/messages", m.ID, "scam-report"), c.Request.URL.Path
		out[i].Reported = m.ScamReportedAt != 0
	}
	return out
}

func joined(w words, list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += w.text("page.and")
		}
		out += s
	}
	return out
}
