package handlers

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// An answer being written is one draft for all members of a seller. One of them writes; who,
// and since when, is said to the others, who may take it over.

// answering is what the steps of an answer stand on: the case and the draft there is.
type answering struct {
	models.ClaimView
	d     desk
	by    models.Actor
	draft models.AnswerDraft     // the zero draft where there is none
	other []templates.SummaryRow // what a colleague has saved, where two collided
}

// answering reads the case and its draft; a case that can no longer be answered is a
// conflict, with the case.
func (h *Handlers) answering(c *gin.Context) (answering, error) {
	a := answering{d: h.desk(c, models.SideSeller), by: requestOf(c).actor}
	var err error
	if a.ClaimView, err = h.sellerView(c); err != nil {
		return a, err
	}
	if len(answers(a.ClaimView)) == 0 {
		return a, &models.Error{Kind: models.Conflict, Code: "not_allowed_now"}
	}
	a.draft, _, err = h.store.AnswerDraftOf(c.Request.Context(), a.by, a.ClaimView)
	return a, err
}

// step is the address of a step; "" is the first.
func (a answering) step(name string) string {
	if name == "" {
		return a.d.path("seller/cases", a.Number) + "/respond"
	}
	return a.d.path("seller/cases", a.Number) + "/respond/" + name
}

// theirs tells whether a colleague writes the answer.
func (a answering) theirs() bool { return a.draft.Live && a.draft.AccountID != a.by.AccountID }

// body is where the answer goes on from: the draft, else the answer that is held.
func (a answering) body() models.AnswerBody {
	if a.draft.Live {
		return a.draft.Body
	}
	if held := a.Held; held != nil {
		body := models.AnswerBody{Choice: held.Action, Kind: held.Kind, Message: held.Message, Evidence: held.Files, Captions: held.Captions, Address: held.Address, Label: held.Label}
		if held.LabelCost > 0 {
			body.LabelCost = plainAmount(held.LabelCost, a.Currency)
		}
		if held.Amount > 0 {
			body.Amount = plainAmount(held.Amount, a.Currency)
		}
		return body
	}
	if q := a.Question; q != nil && q.Pending {
		return models.AnswerBody{Choice: models.AnswerAction}
	}
	return models.AnswerBody{}
}

// fill writes into the form what is kept.
func (a answering) fill(f *entry) {
	b := a.body()
	for name, value := range map[string]string{"choice": string(b.Choice), "kind": string(b.Kind), "amount": b.Amount, "message": b.Message, "tracking": b.Tracking, "return_address": b.Address, "label_reference": b.Label, "label_cost": b.LabelCost} {
		f.set(name, value)
	}
	f.set(evidenceField, b.Evidence...)
	f.setCaptions(b.Captions)
}

// answerBodyOf is what the form holds.
func answerBodyOf(f *entry) models.AnswerBody {
	return models.AnswerBody{
		Choice: models.Action(f.get("choice")), Kind: models.OfferKind(f.get("kind")), Amount: f.get("amount"), Message: f.get("message"),
		Tracking: f.get("tracking"), Address: f.get("return_address"), Label: f.get("label_reference"), LabelCost: f.get("label_cost"), Evidence: f.all(evidenceField), Captions: f.captions().Captions,
	}
}

// saved says when the draft was kept; "" where there is none.
func (a answering) saved() string {
	if !a.draft.Live {
		return ""
	}
	return a.d.text("seller.saved", "changed_at", a.draft.ChangedAt)
}

// carry are the hidden values of each step: what of the case and of the draft it was shown
// with.
func (a answering) carry(f *entry, names ...string) []templates.Hidden {
	hidden := append(a.d.carry(a.ClaimView, f, names...), templates.Hidden{Name: "draft", Value: strconv.FormatInt(a.draft.Version, 10)})
	if len(a.other) > 0 {
		hidden = append(hidden, templates.Hidden{Name: "takeover", Value: "yes"})
	}
	return hidden
}

// keepAnswer saves the draft. What the member may not know of is given back; a refusal is
// noted in the form.
func (h *Handlers) keepAnswer(c *gin.Context, a *answering, f *entry, body models.AnswerBody) error {
	seen, _ := strconv.ParseInt(f.get("draft"), 10, 64) // a form without it has seen no draft
	saved, err := h.store.SaveAnswerDraft(c.Request.Context(), a.by, a.Number, models.SaveAnswer{Version: seen, TakeOver: f.get("takeover") == "yes", Body: body})
	if err == nil {
		a.draft = saved
		return nil
	}
	if models.CodeOf(err) == "not_allowed_now" {
		return err
	}
	return f.refused(err)
}

// notKept answers a step whose draft collided: nothing to answer any more, or a colleague was
// faster. What was typed stays beside what the colleague has saved.
func (h *Handlers) notKept(c *gin.Context, f *entry, err error) error {
	now, again := h.answering(c)
	if cause := firstError(err, again); cause != nil {
		if models.CodeOf(cause) == "not_allowed_now" {
			return h.tooLate(c, now, f, cause)
		}
		return cause
	}
	if !f.has("message") && len(f.all(evidenceField)) == 0 {
		return h.takenPage(c, now, f)
	}
	now.other = now.draftRows()
	return h.writeAnswer(c, now, f)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// collide notes that what the form was filled in for has moved on.
func (f *entry) collide(code string) {
	f.stale, f.status = true, http.StatusConflict
	f.conflict = f.words.text("title." + code)
}

// draftRows are a draft to be read: who writes it, since when, and what.
func (a answering) draftRows() []templates.SummaryRow {
	d, b := a.d, a.draft.Body
	writer := d.row(d.text("seller.writer"), a.draft.Name)
	if a.draft.AccountID == a.by.AccountID {
		writer = templates.SummaryRow{Label: d.text("seller.writer"), Value: d.text("seller.writer_you")}
	}
	rows := []templates.SummaryRow{
		writer,
		{Label: d.text("seller.writing_since"), At: timeOf(a.draft.StartedAt)},
		{Label: d.text("seller.last_saved"), At: timeOf(a.draft.ChangedAt)},
	}
	if b.Choice != "" {
		rows = append(rows, templates.SummaryRow{Label: d.text("seller.choice_made"), Value: d.label("action", string(b.Choice))})
	}
	if b.Kind != "" {
		rows = append(rows, templates.SummaryRow{Label: d.text("seller.offer_kind"), Value: d.label("offer", string(b.Kind))})
	}
	for _, typed := range []struct{ label, value string }{{"seller.offer_amount", b.Amount}, {"seller.message", b.Message}, {"seller.tracking", b.Tracking}, {"returns.address", b.Address}, {"returns.label", b.Label}, {"returns.label_cost", b.LabelCost}} {
		if typed.value != "" {
			rows = append(rows, d.row(d.text(typed.label), typed.value))
		}
	}
	for _, u := range a.draft.Files {
		rows = append(rows, d.row(d.text("seller.files"), u.FileName))
	}
	return rows
}

// respondTaken says that a colleague writes the answer, and how to take it over.
type respondTaken struct {
	Number string
	Clock  templates.Clock
	Draft  []templates.SummaryRow
	Action string
	Hidden []templates.Hidden
	Submit templates.Submit
}

func (h *Handlers) takenPage(c *gin.Context, a answering, f *entry) error {
	d := a.d
	if !a.theirs() { // it was the member's own other window, or it is gone
		return h.chooseAnswer(c, a, f)
	}
	content := respondTaken{
		Number: a.Number, Clock: d.dueClock(a.Claim, a.Policy, a.Now.Time()), Draft: a.draftRows(), Action: a.step("take-over"),
		Hidden: []templates.Hidden{{Name: "draft", Value: strconv.FormatInt(a.draft.Version, 10)}},
		Submit: templates.Submit{Label: d.text("seller.take_over"), Cancel: d.backToCase(a.Number)},
	}
	p := h.page(c, d.text("seller.taken"), content)
	p.Back = d.backToCase(a.Number)
	if f.stale {
		p.Banner = &templates.Banner{Tone: "warn", Title: f.conflict, Role: "alert"}
	}
	return f.showPage("seller/taken", p)
}

// postTakeOver makes the member the one who writes.
func (h *Handlers) postTakeOver(c *gin.Context) error {
	return h.answerForm(c, func(a answering, f *entry) error {
		seen, _ := strconv.ParseInt(f.get("draft"), 10, 64)
		taken, err := h.store.TakeOverAnswer(c.Request.Context(), a.by, a.Number, seen)
		if err != nil {
			if err := f.refused(err); err != nil {
				return err
			}
			return h.takenPage(c, a, f)
		}
		if taken.Body.Choice == "" || taken.Body.Choice == models.Accept {
			return seeOther(c, a.step(""))
		}
		return seeOther(c, a.step("evidence"))
	})
}

// postDiscardAnswer throws the draft away, as it was seen.
func (h *Handlers) postDiscardAnswer(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, respondQuestions)
	if err != nil {
		return err
	}
	seen, _ := strconv.ParseInt(f.get("draft"), 10, 64)
	if err := h.store.DiscardAnswerDraft(c.Request.Context(), requestOf(c).actor, v.Number, seen); err != nil {
		return err
	}
	return seeOther(c, f.words.path("seller/cases", v.Number)+"?done=discarded")
}

// postSendHeld lets the other side have at once what is held until the deadline.
func (h *Handlers) postSendHeld(c *gin.Context) error {
	return h.answerForm(c, func(a answering, f *entry) error {
		version := models.Versioned{Version: f.version()}
		held := a.Held
		if held == nil || a.draft.Live {
			return seeOther(c, a.d.path("seller/cases", a.Number)+"?done="+notNow)
		}
		uploads, err := h.store.AnswerFiles(c.Request.Context(), a.by, a.ClaimView, held.Files)
		if err != nil {
			return err
		}
		var files []string // one may have been found unsafe since
		for _, u := range uploads {
			files = append(files, u.ID)
		}
		var in models.ActionInput
		switch held.Action {
		case models.MakeOffer:
			offer := &models.OfferInput{Versioned: version, Kind: held.Kind, Message: held.Message, Address: held.Address, Label: held.Label}
			if held.LabelCost > 0 {
				offer.LabelCost = &held.LabelCost
			}
			if held.Amount > 0 {
				offer.Amount = &held.Amount
			}
			in = offer
		case models.Contest:
			in = &models.ContestInput{Versioned: version, Captioned: models.Captioned{Captions: held.Captions}, Message: held.Message, Evidence: files}
		default:
			in = &models.AnswerInput{Versioned: version, Captioned: models.Captioned{Captions: held.Captions}, Message: held.Message, Evidence: files}
		}
		if _, err := h.store.Act(c.Request.Context(), a.by, a.Number, in); err != nil {
			return err
		}
		return seeOther(c, a.d.path("seller/cases", a.Number)+"?done=send")
	})
}
