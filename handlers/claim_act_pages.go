package handlers

import (
	"maps"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// What a buyer does to a claim. Each form carries the version it was shown with: where the
// claim has changed meanwhile the page says what happened and keeps what was typed.

type actPage struct {
	Lead    string
	Points  []string
	Said    string // the question, or the seller's words
	Rows    []templates.SummaryRow
	Clock   *templates.Clock
	Changed *templates.Timeline
	Hidden  []templates.Hidden
	Choice  *templates.Field
	Amount  *templates.Field
	Text    *templates.Field
	Inputs  []templates.Field // short ones, behind the words
	Note    *templates.Field  // words behind the short ones
	Files   *templates.Field
	Kept    *templates.Field
	Submit  *templates.Submit // nil where it cannot be done any more
	Back    templates.Link
	Upload  bool

	BackLabel string                  // of the way back where nothing can be done any more; "" is the claim's page
	Stop      *templates.Interruption // in place of all but what has changed, before what ends or reopens a claim
	Late      string                  // why what is given now may not count

	FilesFirst bool // the files are what it is about, the words go with them
}

// actForm is a form of an action on a claim with what all of them have.
func (h *Handlers) actForm(f *entry, v models.ClaimView) (actPage, error) {
	page := actPage{
		Hidden: []templates.Hidden{{Name: "version", Value: strconv.FormatInt(v.Version, 10)}, {Name: "seq", Value: strconv.FormatInt(v.LastSeq, 10)}, f.once()},
		Back:   templates.Link{Label: f.words.text("action.cancel"), Href: f.words.path("my/claims", v.Number)},
	}
	if !f.stale {
		return page, nil
	}
	events, err := h.store.ClaimEvents(f.c.Request.Context(), requestOf(f.c).actor, v.Number)
	if err != nil {
		return page, err
	}
	seq, err := strconv.ParseInt(f.get("seq"), 10, 64)
	if err != nil {
		seq = v.LastSeq
	}
	d := h.buyerDesk(f.c)
	newer := slices.DeleteFunc(events, func(e models.Event) bool { return e.Seq <= seq })
	if t := h.buyerTimeline(d, newer); len(t.Items) > 0 {
		page.Changed = &t
	}
	return page, nil
}

func (h *Handlers) showAct(f *entry, v models.ClaimView, title string, page actPage) error {
	p := h.page(f.c, title, page)
	p.Back = &templates.Link{Label: f.words.text("claims.claim", "number", v.Number), Href: f.words.path("my/claims", v.Number)}
	return f.showPage("claims/act", p)
}

// actOnMine does an action and goes to the claim, or a page of it, or takes what refused it into
// the form.
func (h *Handlers) actOnMine(f *entry, v models.ClaimView, in models.ActionInput, then ...string) (done bool, err error) {
	return h.actThen(f, v.Number, in, f.words.path("my/claims", append([]string{v.Number}, then...)...))
}

// actOnSold is the same of a seller's claim, which then says what was done.
func (h *Handlers) actOnSold(f *entry, v models.ClaimView, in models.ActionInput) (done bool, err error) {
	return h.actThen(f, v.Number, in, f.words.path("seller/cases", v.Number)+"?done="+string(in.Action()))
}

func (h *Handlers) actThen(f *entry, number string, in models.ActionInput, then string) (done bool, err error) {
	if !f.ok() {
		return false, nil
	}
	err = f.doOnce(func() error {
		_, err := h.store.Act(f.c.Request.Context(), requestOf(f.c).actor, number, in)
		return err
	})
	if err != nil {
		return false, f.refused(err)
	}
	return true, seeOther(f.c, then)
}

// mine starts a form of an action: the claim, and what was sent if anything was.
func (h *Handlers) mine(c *gin.Context, q questions, sent bool) (*entry, models.ClaimView, error) {
	v, err := h.ownClaim(c)
	if err != nil {
		return nil, v, err
	}
	if !sent {
		return h.newEntry(c, q), v, nil
	}
	f, err := h.readFiles(c, q, v.OrderNumber)
	return f, v, err
}

// again reads the claim anew after a refusal, so that the page shows how it stands now.
func (h *Handlers) again(f *entry, v models.ClaimView) (models.ClaimView, error) {
	if f.ok() {
		return v, nil
	}
	return h.ownClaim(f.c)
}

var myRespondQuestions = questions{"message": story("claims.answer", messageMax), "choice": choice("claims.offer_choice"), "amount": typed("claims.counter_amount"), filesField: files("claims.evidence")}

func (h *Handlers) showMyRespond(c *gin.Context) error {
	f, v, err := h.mine(c, myRespondQuestions, false)
	if err != nil {
		return err
	}
	if v.Held != nil {
		f.set("message", v.Held.Message)
		f.set(evidenceField, v.Held.Files...)
		f.setCaptions(v.Held.Captions)
	}
	return h.myRespondForm(f, v)
}

// postMyRespond answers staff's question or the seller's offer.
func (h *Handlers) postMyRespond(c *gin.Context) error {
	f, v, err := h.mine(c, myRespondQuestions, true)
	if err != nil {
		return err
	}
	version := models.Versioned{Version: f.version()}
	var in models.ActionInput
	switch {
	case f.get("kind") == "offer":
		f.oneOf("choice", "accept", "counter", "decline")
		switch f.get("choice") {
		case "accept":
			in = &models.AcceptOfferInput{Versioned: version, Message: f.get("message")}
		case "counter":
			f.questions = maps.Clone(f.questions)
			f.questions["message"] = story("claims.words_to_seller", messageMax) // as the page names it
			f.need("amount", "message")
			in = &models.CounterInput{Versioned: version, Amount: f.amount(v.Currency), Message: f.get("message")}
		default:
			in = &models.DeclineOfferInput{Versioned: version, Message: f.get("message")}
		}
	default:
		f.need("message")
		in = &models.AnswerInput{Versioned: version, Captioned: f.captions(), Message: f.get("message"), Evidence: f.all(evidenceField), Hold: f.get("do") == "hold"}
	}
	if done, err := h.actOnMine(f, v, in); done || err != nil {
		return err
	}
	if v, err = h.again(f, v); err != nil {
		return err
	}
	return h.myRespondForm(f, v)
}

func (h *Handlers) myRespondForm(f *entry, v models.ClaimView) error {
	w := f.words
	page, err := h.actForm(f, v)
	if err != nil {
		return err
	}
	page.Clock = claimClock(w, v.Claim, v.Now)
	text := f.field("message", "")
	page.Text = &text
	switch {
	case slices.Contains(v.Allowed, models.AnswerAction) && v.Question != nil:
		page.Said, page.Upload = v.Question.Text, true
		if err := h.takeFiles(f, v, &page); err != nil {
			return err
		}
		page.Submit = &templates.Submit{
			Label: w.text("action.answer"), Name: "do", Value: "send", Quiet: []templates.Submit{{Label: w.text("claims.hold"), Name: "do", Value: "hold"}}, Cancel: &page.Back,
		}
		page.Points = []string{w.text("claims.hold_rule")}
		return h.showAct(f, v, w.text("claims.question"), page)
	case slices.Contains(v.Allowed, models.AcceptOffer) && v.Offer != nil:
		page.Said = v.Offer.Message
		page.Rows = append(offerRows(w, v), templates.SummaryRow{Label: w.text("money.claimed"), Money: &templates.Money{Amount: v.Claimed, Currency: v.Currency}})
		page.Hidden = append(page.Hidden, templates.Hidden{Name: "kind", Value: "offer"})
		ways := []string{"accept", "decline"}
		if slices.Contains(v.Allowed, models.MakeCounter) {
			ways = []string{"accept", "counter", "decline"}
			amount := f.field("amount", "")
			amount.Hint, amount.Digits, amount.Width = w.text("claims.counter_amount_hint", "amount", templates.Money{Amount: v.Claimed, Currency: v.Currency}), true, "m"
			page.Amount = &amount
		}
		choice := f.choices("choice", "", ways, func(c string) string { return w.label("claims.offer_answer", c) })
		for i, c := range choice.Choices {
			choice.Choices[i].Hint = offerEffect(w, v, c.Value)
		}
		page.Choice = &choice
		text.Label, text.Optional, text.Rows = w.text("claims.words_optional"), true, 4
		if page.Amount != nil {
			text.Label, text.Optional, text.Hint = w.text("claims.words_to_seller"), false, w.text("claims.words_to_seller_hint")
		}
		page.Submit = &templates.Submit{Label: w.text("action.answer"), Cancel: &page.Back}
		return h.showAct(f, v, w.text("claims.offer"), page)
	}
	page.Text = f.late("message") // typed, but too late or no longer asked for
	page.Lead, page.Points = w.text("claims.nothing_to_answer"), comesNext(w, v)
	if v.Status == models.AwaitingBuyer { // the time has passed, the clock has not come by yet
		page.Lead, page.Points = w.text("claims.answer_too_late", "due_at", v.DueAt), []string{w.text("claims.late_text")}
		return h.showAct(f, v, w.text("claims.late"), page)
	}
	page.Clock = nil
	return h.showAct(f, v, w.text("claims.respond_closed"), page)
}

// offerEffect says what comes of a way to answer the offer.
func offerEffect(w words, v models.ClaimView, way string) string {
	switch way {
	case "accept":
		return acceptEffect(w, v)
	case "counter":
		return w.text("claims.offer_effect.counter", "period", hourPeriod(v.Policy.OfferAnswerHours))
	}
	return w.text("claims.offer_effect.decline", "period", hourPeriod(v.Policy.ReviewTargetHours))
}

// acceptEffect says what comes of accepting the offer.
func acceptEffect(w words, v models.ClaimView) string {
	switch v.Offer.Kind {
	case models.OfferPartialRefund:
		return w.text("claims.offer_effect.accept_money", "amount", templates.Money{Amount: v.Offer.Amount, Currency: v.Currency})
	case models.OfferReplacement:
		return w.text("claims.offer_effect.accept_replacement", "period", dayPeriod(v.Policy.ReplacementReopenDays), "ship_period", dayPeriod(v.Policy.ReplacementShipDays))
	case models.OfferReturn:
		return w.text("returns.accept_effect", "amount", templates.Money{Amount: v.Offer.Amount, Currency: v.Currency}, "period", dayPeriod(v.Policy.ReturnShipDays))
	}
	return w.text("claims.offer_effect.accept")
}

// takeFiles adds the question for files.
func (h *Handlers) takeFiles(f *entry, v models.ClaimView, page *actPage) error {
	input, kept, err := f.files("")
	if err != nil {
		return err
	}
	input.Hint = f.words.text("evidence.formats", "max", templates.FileSize(models.MaxUpload), "count", v.Policy.MaxFiles)
	input.Optional = true
	if input.Reuse, err = f.reuseOn(v); err != nil {
		return err
	}
	f.captioned(&input, &kept)
	page.Files, page.Upload = &input, true
	if len(kept.Choices) > 0 {
		page.Kept = &kept
	}
	return nil
}

var objectQuestions = questions{"message": story("claims.object_message", messageMax), filesField: files("claims.evidence")}

func (h *Handlers) showObject(c *gin.Context) error {
	f, v, err := h.mine(c, objectQuestions, false)
	if err != nil {
		return err
	}
	return h.objectForm(f, v)
}

// postObject says that a parcel reported as delivered did not come.
func (h *Handlers) postObject(c *gin.Context) error {
	f, v, err := h.mine(c, objectQuestions, true)
	if err != nil {
		return err
	}
	f.need("message")
	in := &models.ObjectInput{Versioned: models.Versioned{Version: f.version()}, Captioned: f.captions(), Message: f.get("message"), Evidence: f.all(evidenceField)}
	if done, err := h.actOnMine(f, v, in); done || err != nil {
		return err
	}
	if v, err = h.again(f, v); err != nil {
		return err
	}
	return h.objectForm(f, v)
}

func (h *Handlers) objectForm(f *entry, v models.ClaimView) error {
	page, err := h.actForm(f, v)
	if err != nil {
		return err
	}
	text := f.field("message", "claims.object_hint")
	page.Text, page.Lead = &text, f.words.text("claims.object_lead")
	if !slices.Contains(v.Allowed, models.Object) {
		page.Lead = f.words.text("claims.object_not_now")
		if v.ObjectedAt != 0 {
			page.Lead = f.words.text("claims.why_objected")
		}
		page.Text = f.late("message")
		return h.showAct(f, v, f.words.label("action", "object"), page)
	}
	page.Points = []string{f.words.text("claims.object_until", "object_until", objectUntil(v))}
	if err := h.takeFiles(f, v, &page); err != nil {
		return err
	}
	page.Submit = &templates.Submit{Label: f.words.label("action", "object"), Cancel: &page.Back}
	return h.showAct(f, v, f.words.label("action", "object"), page)
}

var addQuestions = questions{filesField: files("claims.evidence"), "note": typed("claims.file_note")}

func (h *Handlers) showAddEvidence(c *gin.Context) error {
	f, v, err := h.mine(c, addQuestions, false)
	if err != nil {
		return err
	}
	return h.addForm(f, v)
}

// postAddEvidence gives more files. Files that can be used are kept in the form while the
// message about another one is read.
func (h *Handlers) postAddEvidence(c *gin.Context) error {
	f, v, err := h.mine(c, addQuestions, true)
	if err != nil {
		return err
	}
	if f.ok() && len(f.all(evidenceField)) == 0 {
		f.fail(filesField, "required")
	}
	in := &models.AddEvidenceInput{Captioned: f.captions(), Evidence: f.all(evidenceField), Note: f.get("note")}
	if done, err := h.actOnMine(f, v, in, "evidence"); done || err != nil {
		return err
	}
	if v, err = h.again(f, v); err != nil {
		return err
	}
	return h.addForm(f, v)
}

// addForm is the gallery with the form for more under it.
func (h *Handlers) addForm(f *entry, v models.ClaimView) error {
	w := f.words
	page, err := h.actForm(f, v)
	if err != nil {
		return err
	}
	page.Lead = w.text("claims.why_closed")
	if slices.Contains(v.Allowed, models.AddEvidence) {
		if err := h.takeFiles(f, v, &page); err != nil {
			return err
		}
		page.Files.Optional, page.FilesFirst = false, true
		note := f.field("note", "claims.file_note_hint")
		note.Optional, note.Rows = true, 3
		page.Text, page.Lead = &note, w.text("claims.add_lead")
		page.Submit = &templates.Submit{Label: w.label("action", "add_evidence"), Cancel: &page.Back}
		if v.BuyerDueAt != 0 && v.BuyerDueAt <= v.Now {
			page.Late = w.text("claims.add_late", "due_at", v.BuyerDueAt)
		}
	} else {
		page.Text = f.late("note")
	}
	p := h.page(f.c, w.text("evidence.title"), galleryPage{Files: h.buyerDesk(f.c).evidenceOn(v), Act: page})
	p.Back = &templates.Link{Label: w.text("claims.claim", "number", v.Number), Href: w.path("my/claims", v.Number)}
	return f.showPage("claims/gallery", p)
}

var reasonQuestions = questions{"reason": story("claims.why", 1000)}

func (h *Handlers) showWithdraw(c *gin.Context) error {
	f, v, err := h.mine(c, reasonQuestions, false)
	if err != nil {
		return err
	}
	return h.endForm(f, v, models.Withdraw)
}

// postWithdraw ends the claim at the buyer's wish.
func (h *Handlers) postWithdraw(c *gin.Context) error {
	f, v, err := h.mine(c, reasonQuestions, true)
	if err != nil {
		return err
	}
	if v.Status == models.Withdrawn {
		return seeOther(c, f.words.path("my/claims", v.Number)) // said twice, meant once
	}
	in := &models.WithdrawInput{Versioned: models.Versioned{Version: f.version()}, Reason: f.get("reason")}
	if done, err := h.actOnMine(f, v, in); done || err != nil {
		return err
	}
	if v, err = h.again(f, v); err != nil {
		return err
	}
	return h.endForm(f, v, models.Withdraw)
}

func (h *Handlers) showReopen(c *gin.Context) error {
	f, v, err := h.mine(c, reasonQuestions, false)
	if err != nil {
		return err
	}
	return h.endForm(f, v, models.Reopen)
}

// postReopen takes the claim up again.
func (h *Handlers) postReopen(c *gin.Context) error {
	f, v, err := h.mine(c, reasonQuestions, true)
	if err != nil {
		return err
	}
	in := &models.ReopenInput{Versioned: models.Versioned{Version: f.version()}, Reason: f.get("reason")}
	if done, err := h.actOnMine(f, v, in); done || err != nil {
		return err
	}
	if v, err = h.again(f, v); err != nil {
		return err
	}
	return h.endForm(f, v, models.Reopen)
}

// endForm is the page before a withdrawal or a reopening: short, with a way back.
func (h *Handlers) endForm(f *entry, v models.ClaimView, a models.Action) error {
	w := f.words
	page, err := h.actForm(f, v)
	if err != nil {
		return err
	}
	title := w.label("action", string(a))
	if !slices.Contains(v.Allowed, a) {
		page.Lead, page.Text = w.text("claims.why_not_now"), f.late("reason")
		if a == models.Withdraw && v.Status.Open() && v.Return.Shipped() {
			page.Lead = w.text("returns.why_no_withdrawal")
		}
		if a == models.Reopen {
			page.Lead = whyNoReopen(w, v)
		}
		return h.showAct(f, v, title, page)
	}
	why := f.field("reason", "")
	why.Optional, why.Rows = true, 3
	page.Text = &why
	page.Submit = &templates.Submit{Label: title, Cancel: &page.Back, Danger: a == models.Withdraw}
	switch a {
	case models.Withdraw:
		page.Lead = w.text("claims.withdraw_lead")
		page.Points = []string{w.text("claims.withdraw_ends"), w.text("claims.withdraw_money")}
		page.Points = append(page.Points, againAfterWithdrawal(w, v)...)
	default:
		page.Lead = w.text("claims.reopen_lead")
		if v.Status != models.Withdrawn {
			page.Lead = w.text("claims.reopen_review")
		}
		if v.Replaced() {
			page.Lead = w.text("replacements.reopen_lead_" + replacementStep(v.Replacement))
			why.Hint = w.text("replacements.reopen_hint")
		}
		page.Points = []string{w.text("claims.reopen_told"), w.text("claims.reopen_until", "until", v.ReopenUntil(v.Policy))}
	}
	page.Stop = &templates.Interruption{Title: title, Heading: true, Text: []string{page.Lead}, Points: page.Points, Ask: page.Text, On: *page.Submit, Keep: page.Hidden}
	return h.showAct(f, v, title, actPage{Stop: page.Stop, Changed: page.Changed, Submit: page.Submit})
}

// againAfterWithdrawal says whether a claim that is withdrawn now can be taken up or filed
// again, and until when.
func againAfterWithdrawal(w words, v models.ClaimView) []string {
	var list []string
	if v.ReopenedAt == 0 && v.Now < v.Assessment.DeadlineAt {
		list = append(list, w.text("claims.withdraw_reopen", "until", min(v.Now.Add(hourPeriod(v.Policy.ReopenHours)), v.Assessment.DeadlineAt)))
	} else {
		list = append(list, w.text("claims.withdraw_final"))
	}
	switch {
	case v.Assessment.DeadlineAt <= v.Now:
		list = append(list, w.text("claims.withdraw_too_late", "deadline_at", v.Assessment.DeadlineAt))
	case v.Now < v.FiledAt.Add(hourPeriod(v.Policy.UncountedWithdrawHours)):
		list = append(list, w.text("claims.withdraw_uncounted", "deadline_at", v.Assessment.DeadlineAt))
	default:
		list = append(list, w.text("claims.withdraw_counted", "deadline_at", v.Assessment.DeadlineAt, "claims", v.Policy.ClaimsPerLine))
	}
	return list
}
