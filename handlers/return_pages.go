package handlers

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The pages of a return: the buyer says what it has sent, the seller where to and what came.

// needsAddress: nobody knows yet where to send the goods, and the seller is asked for it.
func needsAddress(r *models.Return) bool {
	return r != nil && !r.Shipped() && r.Address == "" && r.Label == ""
}

// returnRows are what is known of the way back, in its order, as a side reads it.
func (w words) returnRows(v models.ClaimView, side models.Side) []templates.SummaryRow {
	r := v.Return
	if r == nil {
		return nil
	}
	rows := w.returnToRows(r.ReturnTo, v.Currency)
	if r.Address == "" && !r.Shipped() {
		rows = append(rows, templates.SummaryRow{Label: w.text("returns.address"), Value: w.text("returns.no_address_yet")})
	}
	postage, delivered, received, confirm := "returns.postage_seller", "returns.delivered", "returns.received", "returns.confirm_by"
	if side == models.SideSeller {
		postage, delivered, received, confirm = "returns.postage_you", "returns.delivered_you", "returns.received_you", "returns.clock_confirm"
	}
	rows = append(rows, templates.SummaryRow{Label: w.text("returns.postage"), Value: w.text(postage)},
		templates.SummaryRow{Label: w.text("returns.amount"), Money: &templates.Money{Amount: r.Amount, Currency: v.Currency}})
	until := func(label string, at models.Instant) {
		rows = append(rows, templates.SummaryRow{Label: w.text(label), Value: w.text("work.until", "deadline", at)})
	}
	at := func(label string, i models.Instant) {
		if i != 0 {
			rows = append(rows, templates.SummaryRow{Label: w.text(label), At: timeOf(i)})
		}
	}
	switch {
	case needsAddress(r):
		until("returns.clock_address", r.ShipBy)
		return rows
	case !r.Shipped():
		until("returns.ship_by", r.ShipBy)
		return rows
	}
	rows = append(rows, w.parcelRows(r.Parcel)...)
	at("returns.shipped", r.ShippedAt)
	at(delivered, r.DeliveredAt)
	at("returns.undeliverable", r.UndeliverableAt)
	if v.Status == models.AwaitingReturn {
		if r.DeliveredAt == 0 {
			at("returns.counts_delivered", r.ShippedAt.Add(dayPeriod(v.Policy.ReturnDeliveryDays)))
		}
		until(confirm, r.ConfirmBy)
	}
	if r.Silent {
		at("returns.received_silent", r.ReceivedAt)
	} else {
		at(received, r.ReceivedAt)
	}
	at("returns.disputed", r.DisputedAt)
	return rows
}

// returnToRows are where the goods go and with which label.
func (w words) returnToRows(to models.ReturnTo, currency string) []templates.SummaryRow {
	var rows []templates.SummaryRow
	if to.Address != "" {
		rows = append(rows, w.row(w.text("returns.address"), to.Address))
	}
	if to.Label != "" {
		rows = append(rows, w.row(w.text("returns.label"), to.Label))
	}
	if to.LabelCost > 0 {
		rows = append(rows, templates.SummaryRow{Label: w.text("returns.label_cost"), Money: &templates.Money{Amount: to.LabelCost, Currency: currency}})
	}
	return rows
}

// returnClock is until when a return waits, and what silence leads to.
func (w words) returnClock(cl models.Claim, now models.Instant, reader models.NextActor) templates.Clock {
	k := templates.Clock{At: cl.DueAt.Time(), Now: now.Time(), Kind: templates.ClockWait, Over: w.text("claims.clock_over_wait"), Label: w.text("returns.clock_ship"), After: w.text("returns.after_ship")}
	mine := cl.NextActor == reader
	switch r := cl.Return; {
	case r.Shipped() && mine:
		k.Label, k.After = w.text("returns.clock_confirm"), w.text("returns.after_confirm")
	case r.Shipped():
		k.Label, k.After = w.text("returns.confirm_by"), w.text("returns.after_confirm")
	case needsAddress(r) && reader == models.BuyersTurn:
		k.Label, k.After, mine = w.text("returns.clock_address_theirs"), w.text("returns.after_no_address_yours"), false
	case needsAddress(r):
		k.Label, k.After, mine = w.text("returns.clock_address"), w.text("returns.after_no_address"), true
	}
	if mine {
		k.Kind, k.Over = templates.ClockDue, ""
	}
	return k
}

// shipAsk asks the buyer to send the goods back, once it is known where to.
func shipAsk(w words, v models.ClaimView) *claimAsk {
	to := v.Return.ReturnTo
	ask := &claimAsk{Title: w.text("returns.ask"), Text: w.text("returns.ask_text"), Rows: w.returnToRows(to, v.Currency), Link: &templates.Link{Label: w.text("returns.to_ship"), Href: w.path("my/claims", v.Number, "return")}}
	if needsAddress(v.Return) {
		ask.Title, ask.Text, ask.Link = w.text("returns.ask_no_address"), w.text("returns.ask_no_address_text"), nil
	}
	return ask
}

var shipQuestions = questions{"carrier": typed("returns.carrier"), "tracking_number": typed("returns.tracking"), filesField: files("returns.packing")}

func (h *Handlers) showShip(c *gin.Context) error {
	f, v, err := h.mine(c, shipQuestions, false)
	if err != nil {
		return err
	}
	return h.shipForm(f, v)
}

// postShip says how the goods were sent back.
func (h *Handlers) postShip(c *gin.Context) error {
	f, v, err := h.mine(c, shipQuestions, true)
	if err != nil {
		return err
	}
	if slices.Contains(v.Allowed, models.ShipReturn) { // else what is missing is not what is wrong
		f.need("carrier", "tracking_number")
	}
	in := &models.ShipReturnInput{Versioned: models.Versioned{Version: f.version()}, Captioned: f.captions(), Carrier: f.get("carrier"), TrackingNumber: f.get("tracking_number"), Evidence: f.all(evidenceField)}
	if done, err := h.actOnMine(f, v, in); done || err != nil {
		return err
	}
	if v, err = h.again(f, v); err != nil {
		return err
	}
	return h.shipForm(f, v)
}

func (h *Handlers) shipForm(f *entry, v models.ClaimView) error {
	w := f.words
	page, err := h.actForm(f, v)
	if err != nil {
		return err
	}
	title := w.label("action", "ship_return")
	if !slices.Contains(v.Allowed, models.ShipReturn) {
		page.Lead = w.text("returns.nothing_to_ship")
		if v.Status == models.AwaitingReturn && !v.Return.Shipped() {
			page.Lead = w.text("returns.too_late", "due_at", v.DueAt)
		}
		page.Rows = w.returnRows(v, models.SideBuyer)
		return h.showAct(f, v, title, page)
	}
	clock := w.returnClock(v.Claim, v.Now, models.BuyersTurn)
	page.Lead, page.Rows, page.Clock = w.text("returns.ship_lead"), w.returnToRows(v.Return.ReturnTo, v.Currency), &clock
	if needsAddress(v.Return) {
		page.Lead = w.text("returns.ask_no_address_text")
	}
	page.Rows = append(page.Rows, templates.SummaryRow{Label: w.text("returns.postage"), Value: w.text("returns.postage_seller")})
	page.Points = []string{w.text("returns.pack_goods"), w.text("returns.pack_box"), w.text("returns.pack_label"), w.text("returns.no_withdrawal")}
	carrier, number := f.field("carrier", "returns.carrier_hint"), f.field("tracking_number", "returns.tracking_hint")
	carrier.Width, number.Width = "m", "m"
	page.Inputs = []templates.Field{carrier, number}
	if err := h.takeFiles(f, v, &page); err != nil {
		return err
	}
	page.Submit = &templates.Submit{Label: w.text("returns.ship"), Cancel: &page.Back}
	return h.showAct(f, v, title, page)
}

var sellerReturnQuestions = questions{
	"address": story("returns.address", 1000), "label_reference": typed("returns.label"), "label_cost": typed("returns.label_cost"),
	"choice": choice("returns.came"), "message": story("returns.words", 4000), filesField: files("returns.opening"),
}

// returnMove is what the seller can do in a return now.
func returnMove(v models.ClaimView) models.Action {
	for _, a := range []models.Action{models.ConfirmReturn, models.GiveReturnAddress} {
		if slices.Contains(v.Allowed, a) {
			return a
		}
	}
	return ""
}

func (h *Handlers) showSellerReturn(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	f := h.newEntry(c, sellerReturnQuestions)
	if r := v.Return; r != nil {
		f.set("address", r.Address)
		f.set("label_reference", r.Label)
		if r.LabelCost > 0 {
			f.set("label_cost", plainAmount(r.LabelCost, v.Currency))
		}
	}
	return h.sellerReturnForm(c, f, v)
}

// postSellerReturn takes the address, or what came of the parcel.
func (h *Handlers) postSellerReturn(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	f, err := h.readFiles(c, sellerReturnQuestions, v.OrderNumber)
	if err != nil {
		return err
	}
	in := sellerReturnInput(f, v)
	if done, err := h.actOnSold(f, v, in); done || err != nil {
		return err
	}
	if v, err = h.sellerView(c); err != nil {
		return err
	}
	return h.sellerReturnForm(c, f, v)
}

func sellerReturnInput(f *entry, v models.ClaimView) models.ActionInput {
	version := models.Versioned{Version: f.version()}
	move := returnMove(v)
	switch {
	case move == models.GiveReturnAddress, move == "" && f.get("do") == "address":
		f.need("address")
		return &models.ReturnAddressInput{Versioned: version, Address: f.get("address"), Label: f.get("label_reference"), LabelCost: f.amountOf("label_cost", v.Currency)}
	case f.get("choice") == "dispute":
		f.need("message")
		return &models.DisputeReturnInput{Versioned: version, Captioned: f.captions(), Message: f.get("message"), Evidence: f.all(evidenceField)}
	}
	f.oneOf("choice", "confirm", "dispute")
	return &models.ConfirmReturnInput{Versioned: version, Captioned: f.captions(), Note: f.get("message"), Evidence: f.all(evidenceField)}
}

func (h *Handlers) sellerReturnForm(c *gin.Context, f *entry, v models.ClaimView) error {
	d := h.desk(c, models.SideSeller)
	move := returnMove(v)
	if move == "" && f.ok() {
		return seeOther(c, d.path("seller/cases", v.Number)+"?done="+notNow)
	}
	page := actPage{
		Hidden: []templates.Hidden{{Name: "version", Value: strconv.FormatInt(v.Version, 10)}, {Name: "seq", Value: strconv.FormatInt(v.LastSeq, 10)}, f.once()},
		Back:   templates.Link{Label: d.text("action.cancel"), Href: d.path("seller/cases", v.Number)}, BackLabel: d.text("seller.back_to_case", "number", v.Number),
		Rows: d.returnRows(v, models.SideSeller),
	}
	if f.stale {
		changed, err := h.changedSince(c, d, v.Number, f)
		if err != nil {
			return err
		}
		if len(changed) > 0 {
			page.Changed = &templates.Timeline{Items: changed}
		}
	}
	title := d.label("action", "return_address")
	switch move {
	case models.GiveReturnAddress:
		d.addressForm(f, v, &page)
	case models.ConfirmReturn:
		title = d.text("returns.came")
		if err := h.receiptForm(f, v, &page); err != nil {
			return err
		}
	default:
		page.Lead = d.text("claims.why_not_now")
		if page.Text = f.late("message"); page.Text == nil {
			page.Text = f.late("address")
		}
	}
	p := h.page(c, title, page)
	p.Back = d.backToCase(v.Number)
	return f.showPage("claims/act", p)
}

func (d desk) addressForm(f *entry, v models.ClaimView, page *actPage) {
	clock := d.returnClock(v.Claim, v.Now, models.SellersTurn)
	address := f.field("address", "returns.address_hint")
	address.Rows = 4
	page.Lead, page.Clock, page.Rows, page.Text = d.text("returns.address_lead"), &clock, nil, &address
	page.Inputs, page.Said = d.labelFields(f), f.get("message")
	page.Submit = &templates.Submit{Label: d.text("returns.save_address"), Name: "do", Value: "address", Cancel: &page.Back}
}

// labelFields ask for the label a seller may give, and what it costs.
func (d desk) labelFields(f *entry) []templates.Field {
	label, cost := f.field("label_reference", "returns.label_hint"), f.field("label_cost", "returns.label_cost_hint")
	label.Optional, label.Width = true, "l"
	cost.Optional, cost.Digits, cost.Width = true, true, "m"
	return []templates.Field{label, cost}
}

func (h *Handlers) receiptForm(f *entry, v models.ClaimView, page *actPage) error {
	w := f.words
	clock := w.returnClock(v.Claim, v.Now, models.SellersTurn)
	page.Lead, page.Clock = w.text("returns.came_lead"), &clock
	page.Points = []string{w.text("returns.open_first"), w.text("returns.open_inside")}
	choice := f.choices("choice", "", []string{"confirm", "dispute"}, func(s string) string { return w.text("returns.came_" + s) })
	for i, x := range choice.Choices {
		choice.Choices[i].Hint = w.text("returns.came_"+x.Value+"_hint", "amount", templates.Money{Amount: v.Return.Amount, Currency: v.Currency}, "period", hourPeriod(v.Policy.ReviewTargetHours))
	}
	text := f.field("message", "returns.words_hint")
	text.Rows = 5
	page.Choice, page.Text = &choice, &text
	if err := h.takeFiles(f, v, page); err != nil {
		return err
	}
	page.Submit = &templates.Submit{Label: w.text("returns.send"), Cancel: &page.Back}
	return nil
}

// besideDispute is a case without the seller's words on what came back, for pages where those
// stand with the photos.
func besideDispute(v models.ClaimView) models.ClaimView {
	if r := v.Return; r != nil && r.DisputedAt != 0 {
		v.Statements = slices.DeleteFunc(slices.Clone(v.Statements), func(s models.Statement) bool { return s.By == models.SideSeller && s.At == r.DisputedAt })
	}
	return v
}

// photoPair is the buyer's photos from packing beside the seller's from opening.
type photoPair struct {
	Packing, Opening []templates.EvidenceItem
	Dispute          *templates.Message
}

// photos puts the files of a return side by side; nil where there are none to compare.
func (d desk) photos(v models.ClaimView, pages casePages, hints hinted) *photoPair {
	r := v.Return
	if r == nil || len(r.Packing)+len(r.Opening) == 0 && r.DisputedAt == 0 {
		return nil
	}
	of := func(ids []string, by models.Side) []templates.EvidenceItem {
		given := slices.DeleteFunc(slices.Clone(v.Evidence), func(e models.Evidence) bool { return !slices.Contains(ids, e.ID) })
		return d.closer(pages, given, by, hints)
	}
	p := &photoPair{Packing: of(r.Packing, models.SideBuyer), Opening: of(r.Opening, models.SideSeller)}
	if r.DisputedAt != 0 {
		p.Dispute = &templates.Message{Who: v.SellerName, Side: "seller", Topic: d.text("returns.disputed"), Text: r.Dispute, Lang: templates.LangOf(r.Dispute, d.locale), At: r.DisputedAt.Time()}
	}
	return p
}
