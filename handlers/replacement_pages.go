package handlers

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The pages of a replacement: the seller says what it has sent, the buyer reads what is on its way.

// replacementPart is what is known of the goods sent anew, and where to go on from it.
type replacementPart struct {
	Rows []templates.SummaryRow
	Link *templates.Link
}

// replacement is what a side reads of it; nil without one.
func (w words) replacement(v models.ClaimView, side models.Side) *replacementPart {
	r := v.Replacement
	if r == nil {
		return nil
	}
	part, reopenBy, reopened := &replacementPart{}, "replacements.reopen_by_theirs", "replacements.reopened_theirs"
	if side == models.SideBuyer {
		reopenBy, reopened = "replacements.reopen_by", "replacements.reopened"
	}
	add := func(rows ...templates.SummaryRow) { part.Rows = append(part.Rows, rows...) }
	at := func(label string, i models.Instant) {
		if i != 0 {
			add(templates.SummaryRow{Label: w.text(label), At: timeOf(i)})
		}
	}
	until := func(label string, i models.Instant) {
		add(templates.SummaryRow{Label: w.text(label), Value: w.text("work.until", "deadline", i)})
	}
	if r.PaidBackAt == 0 && !r.Shipped() || r.MissedAt != 0 {
		until("replacements.ship_by", r.ShipBy)
	}
	add(w.parcelRows(r.Parcel)...)
	switch {
	case r.Shipped():
		at("replacements.shipped", r.ShippedAt)
		at("replacements.corrected", r.CorrectedAt)
	case r.MissedAt != 0:
		add(templates.SummaryRow{Label: w.text("replacements.shipped"), Value: w.text("replacements.missed")})
	case r.PaidBackAt != 0:
	default:
		add(templates.SummaryRow{Label: w.text("replacements.shipped"), Value: w.text("replacements.not_yet")})
	}
	if r.Note != "" {
		add(w.row(w.text("replacements.note_"+string(side)), r.Note))
	}
	at("replacements.delivered", r.DeliveredAt)
	at("returns.undeliverable", r.UndeliverableAt)
	if r.PaidBackAt != 0 {
		note := "replacements.stands_paid_back"
		if side == models.SideSeller {
			note = "replacements.paid_back_note"
		}
		add(templates.SummaryRow{Label: w.text("replacements.paid_back"), At: timeOf(r.PaidBackAt)}, templates.SummaryRow{Label: w.text("replacements.title"), Value: w.text(note)})
	} else if v.Replaced() {
		until(reopenBy, r.ReopenBy)
	}
	at(reopened, r.ReopenedAt)
	if r.Reason != "" {
		add(w.row(w.text("replacements.reason"), r.Reason))
	}
	switch {
	case slices.Contains(v.Allowed, models.Reopen) && replacementStep(r) != "waits":
		part.Link = &templates.Link{Label: w.text("replacements.to_reopen"), Href: w.path("my/claims", v.Number, "reopen")}
	case slices.Contains(v.Allowed, models.ShipReplacement) && r.Shipped():
		part.Link = &templates.Link{Label: w.text("replacements.to_correct"), Href: w.path("seller/cases", v.Number, "replacement")}
	}
	return part
}

// parcelRows name a parcel as carriers do.
func (w words) parcelRows(p models.Parcel) []templates.SummaryRow {
	var rows []templates.SummaryRow
	if p.Carrier != "" {
		rows = append(rows, w.row(w.text("returns.carrier"), p.Carrier))
	}
	if p.Tracking != "" {
		rows = append(rows, w.row(w.text("returns.tracking"), p.Tracking))
	}
	return rows
}

// replacementStep is how far the goods sent anew have come, as a key of the catalogue.
func replacementStep(r *models.Replacement) string {
	switch {
	case r.PaidBackAt != 0:
		return "paid_back"
	case r.DeliveredAt != 0:
		return "delivered"
	case r.UndeliverableAt != 0:
		return "undeliverable"
	case r.Shipped():
		return "shipped"
	case r.MissedAt != 0:
		return "missed"
	}
	return "waits"
}

// replacementStands is where a replacement stands and what is left to its buyer, in a sentence or
// two; "" where the claim is not settled by one.
func (w words) replacementStands(r *models.Replacement, status models.ClaimStatus, now models.Instant) string {
	if r == nil || status != models.Settled || r.ReopenedAt != 0 {
		return ""
	}
	said := w.text("replacements.stands_"+replacementStep(r), "due_at", r.ShipBy)
	if r.PaidBackAt != 0 || now >= r.ReopenBy {
		return said
	}
	return w.sentences(said, w.text("claims.next_replacement", "until", r.ReopenBy))
}

// replacementClock is until when the seller ships, as a side is told.
func (w words) replacementClock(cl models.Claim, now models.Instant, side models.Side) templates.Clock {
	k := templates.Clock{
		At: cl.DueAt.Time(), Now: now.Time(), Kind: templates.ClockWait,
		Label: w.text("replacements.clock_theirs"), Over: w.text("replacements.clock_over"), After: w.text("replacements.after_theirs"),
	}
	if side == models.SideSeller {
		k.Kind, k.Label, k.Over, k.After = templates.ClockDue, w.text("replacements.clock"), "", w.text("replacements.after")
	}
	return k
}

// replacementAsk tells the buyer that it may have to act: nothing was shipped, or it came back.
func replacementAsk(w words, v models.ClaimView) *claimAsk {
	r := v.Replacement
	if !v.Replaced() || !slices.Contains(v.Allowed, models.Reopen) {
		return nil
	}
	switch step := replacementStep(r); step {
	case "missed", "undeliverable":
		return &claimAsk{
			Title: w.text("replacements.ask_" + step), Text: w.text("replacements.ask_text", "until", r.ReopenBy),
			Link: &templates.Link{Label: w.label("action", string(models.Reopen)), Href: w.path("my/claims", v.Number, "reopen")},
		}
	}
	return nil
}

var replacementQuestions = questions{"carrier": typed("returns.carrier"), "tracking_number": typed("returns.tracking"), "note": story("replacements.note_seller", 1000)}

func (h *Handlers) showShipReplacement(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	f := h.newEntry(c, replacementQuestions)
	if r := v.Replacement; r != nil {
		f.set("carrier", r.Carrier)
		f.set("tracking_number", r.Tracking)
		f.set("note", r.Note)
	}
	return h.replacementForm(c, f, v)
}

// postShipReplacement says what the seller has sent anew, or corrects that.
func (h *Handlers) postShipReplacement(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, replacementQuestions)
	if err != nil {
		return err
	}
	if slices.Contains(v.Allowed, models.ShipReplacement) { // else what is missing is not what is wrong
		f.need("carrier", "tracking_number")
	}
	in := &models.ShipReplacementInput{Versioned: models.Versioned{Version: f.version()}, Carrier: f.get("carrier"), TrackingNumber: f.get("tracking_number"), Note: f.get("note")}
	if done, err := h.actOnSold(f, v, in); done || err != nil {
		return err
	}
	if v, err = h.sellerView(c); err != nil {
		return err
	}
	return h.replacementForm(c, f, v)
}

func (h *Handlers) replacementForm(c *gin.Context, f *entry, v models.ClaimView) error {
	d := h.desk(c, models.SideSeller)
	may := slices.Contains(v.Allowed, models.ShipReplacement)
	if !may && f.ok() {
		return seeOther(c, d.path("seller/cases", v.Number)+"?done="+notNow)
	}
	page := actPage{
		Hidden: []templates.Hidden{{Name: "version", Value: strconv.FormatInt(v.Version, 10)}, {Name: "seq", Value: strconv.FormatInt(v.LastSeq, 10)}, f.once()},
		Back:   templates.Link{Label: d.text("action.cancel"), Href: d.path("seller/cases", v.Number)}, BackLabel: d.text("seller.back_to_case", "number", v.Number),
	}
	if part := d.replacement(v, models.SideSeller); part != nil && v.Replacement.Shipped() { // else the clock says it
		page.Rows = part.Rows
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
	if may {
		d.replacementInputs(f, v, &page)
	} else {
		page.Lead, page.Note = d.text("claims.why_not_now"), f.late("note")
		for _, name := range []string{"carrier", "tracking_number"} {
			if typed := f.late(name); typed != nil {
				page.Inputs = append(page.Inputs, *typed)
			}
		}
	}
	p := h.page(c, d.label("action", string(models.ShipReplacement)), page)
	p.Back = d.backToCase(v.Number)
	return f.showPage("claims/act", p)
}

func (d desk) replacementInputs(f *entry, v models.ClaimView, page *actPage) {
	carrier, number, note := f.field("carrier", "returns.carrier_hint"), f.field("tracking_number", "returns.tracking_hint"), f.field("note", "replacements.note_hint")
	carrier.Width, number.Width = "m", "m"
	note.Optional, note.Rows = true, 3
	page.Inputs, page.Note = []templates.Field{carrier, number}, &note
	page.Lead, page.Submit = d.text("replacements.correct_lead"), &templates.Submit{Label: d.text("replacements.correct"), Cancel: &page.Back}
	if !v.Replacement.Shipped() {
		page.Lead, page.Submit.Label = d.text("replacements.ship_lead"), d.text("replacements.ship")
		page.Points = []string{d.text("replacements.late_ok", "period", dayPeriod(v.Policy.ReplacementReopenDays))}
		if v.ReplacementWaits() {
			clock := d.replacementClock(v.Claim, v.Now, models.SideSeller)
			page.Clock = &clock
		}
	}
}
