package handlers

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/currency"

	"hosho/models"
	"hosho/templates"
)

// A seller answers in three steps: choose, write (with evidence in the answer itself), check.
// The steps keep everything in the form; nothing is stored before it is sent or held.

// respondChoice is step one: what each answer means.
type respondChoice struct {
	Number string
	Clock  templates.Clock
	Wish   []templates.SummaryRow
	Choice templates.Field
	Submit templates.Submit
}

// respondWrite is step two.
type respondWrite struct {
	Number   string
	Action   models.Action
	Title    string
	Effect   string // what the choice means
	Clock    templates.Clock
	Question *templates.Message
	Kind     *templates.Field
	Amount   *templates.Field
	Body     templates.Field
	Files    templates.Field
	Kept     templates.Field
	Hints    []string // what helps, by the claim's reason
	Multi    bool     // the form carries files
	Hidden   []templates.Hidden
	Submit   templates.Submit
	Story    templates.Message
	Changed  []templates.TimelineItem
}

// respondCheck is step three: both sides' facts, and what can still be changed.
type respondCheck struct {
	Number string
	Clock  templates.Clock
	Answer []templates.SummaryRow
	Claim  []templates.SummaryRow
	Files  []string
	Effect string
	Hold   string // what holding means; "" where it cannot be held
	Hidden []templates.Hidden
	Submit templates.Submit
}

var respondQuestions = questions{
	"choice": choice("seller.choice"), "kind": choice("seller.offer_kind"), "amount": typed("seller.offer_amount"),
	"message": story("seller.message", 4000), filesField: files("seller.files"),
}

// answers are the ways to answer that the seller has now, in the order of its page.
func answers(v models.ClaimView) []models.Action {
	var list []models.Action
	for _, a := range []models.Action{models.AnswerAction, models.Accept, models.MakeOffer, models.Contest} {
		if slices.Contains(v.Allowed, a) {
			list = append(list, a)
		}
	}
	return list
}

// respondView reads the case for an answer; one that can no longer be answered is a conflict.
func (h *Handlers) respondView(c *gin.Context) (models.ClaimView, error) {
	v, err := h.caseView(c)
	if err != nil {
		return v, err
	}
	if len(answers(v)) == 0 {
		return v, &models.Error{Kind: models.Conflict, Code: "not_allowed_now"}
	}
	return v, nil
}

func (h *Handlers) showRespond(c *gin.Context) error {
	v, err := h.respondView(c)
	if models.CodeOf(err) == "not_allowed_now" {
		return seeOther(c, h.words(c).path("seller/cases", v.Number)+"?done="+notNow)
	}
	if err != nil {
		return err
	}
	f := h.newEntry(c, respondQuestions)
	chosen := models.Action(c.Query("choice"))
	if chosen == "" && slices.Contains(v.Allowed, models.AnswerAction) && !slices.Contains(v.Allowed, models.Accept) {
		chosen = models.AnswerAction
	}
	if !slices.Contains(answers(v), chosen) {
		if _, sent := c.GetQuery("choice"); sent {
			f.fail("choice", "required")
			f.status = 422
		}
		return h.chooseAnswer(c, v, f)
	}
	f.set("choice", string(chosen))
	if held := v.Held; held != nil && held.Action == chosen {
		f.set("message", held.Message)
		f.set("kind", string(held.Kind))
		if held.Amount > 0 {
			f.set("amount", plainAmount(held.Amount, v.Currency))
		}
		f.set(evidenceField, held.Files...)
	}
	if chosen == models.Accept {
		return h.checkAnswer(c, v, f)
	}
	return h.writeAnswer(c, v, f)
}

// plainAmount prints minor units as people type them.
func plainAmount(amount int64, code string) string {
	scale := 2
	if unit, err := currency.ParseISO(code); err == nil {
		scale, _ = currency.Standard.Rounding(unit)
	}
	s := strconv.FormatInt(amount, 10)
	if scale == 0 {
		return s
	}
	for len(s) <= scale {
		s = "0" + s
	}
	return s[:len(s)-scale] + "." + s[len(s)-scale:]
}

func (h *Handlers) chooseAnswer(c *gin.Context, v models.ClaimView, f *entry) error {
	d := h.desk(c, models.SideSeller)
	content := respondChoice{Number: v.Number, Clock: d.dueClock(v.Claim, v.Policy, v.Now.Time()), Submit: templates.Submit{
		Label: d.text("seller.next"), Cancel: &templates.Link{Label: d.text("action.back"), Href: d.path("seller/cases", v.Number)},
	}}
	content.Wish = []templates.SummaryRow{
		{Label: d.text("work.reason"), Value: d.label("reason", string(v.Reason))},
		{Label: d.text("seller.wish"), Value: d.label("desired_outcome", string(v.DesiredOutcome))},
		{Label: d.text("money.claimed"), Money: &templates.Money{Amount: v.Claimed, Currency: v.Currency}},
	}
	content.Choice = f.field("choice", "")
	content.Choice.Heading = true
	for _, a := range answers(v) {
		content.Choice.Choices = append(content.Choice.Choices, templates.Choice{
			Value: string(a), Label: d.label("action", string(a)), Hint: d.effect(a, v), Checked: v.Held != nil && v.Held.Action == a,
		})
	}
	p := h.page(c, d.text("seller.choice"), content)
	p.Back = d.backToCase(v.Number)
	return f.showPage("seller/respond", p)
}

func (d desk) backToCase(number string) *templates.Link {
	return &templates.Link{Label: d.text("seller.back_to_case", "number", number), Href: d.path("seller/cases", number)}
}

// effect is what an answer leads to: money, metric, time.
func (d desk) effect(a models.Action, v models.ClaimView) string {
	return d.text("seller.effect_"+string(a), "amount", d.spoken(v.Claimed, v.Currency), "wait", hoursOf(v.Policy.OfferAnswerHours), "target", hoursOf(v.Policy.ReviewTargetHours))
}

func (h *Handlers) writeAnswer(c *gin.Context, v models.ClaimView, f *entry) error {
	d, action := h.desk(c, models.SideSeller), models.Action(f.get("choice"))
	w := respondWrite{
		Number: v.Number, Action: action, Title: d.label("action", string(action)), Effect: d.effect(action, v), Clock: d.dueClock(v.Claim, v.Policy, v.Now.Time()),
		Submit: templates.Submit{Label: d.text("seller.to_check"), Name: "do", Value: "check", Cancel: &templates.Link{Label: d.text("seller.choose_again"), Href: d.path("seller/cases", v.Number) + "/respond"}},
		Hidden: d.carry(v, f, "choice"),
		Story:  templates.Message{Who: d.label("role", "buyer"), Side: "buyer", Text: v.Description, At: v.FiledAt.Time(), Lang: v.BuyerLocale},
		Body:   f.field("message", "seller.message_hint_"+string(action)),
	}
	w.Body.Required, w.Body.Rows = true, 6
	switch action {
	case models.MakeOffer:
		kinds := f.choices("kind", "", []string{string(models.OfferPartialRefund), string(models.OfferReplacement)}, func(k string) string { return d.label("offer", k) })
		for i, k := range kinds.Choices {
			kinds.Choices[i].Hint = d.text("seller.offer_" + k.Value + "_hint")
		}
		amount := f.field("amount", "")
		amount.Hint = d.text("seller.offer_amount_hint", "amount", d.spoken(v.Claimed, v.Currency))
		amount.Digits, amount.Width = true, "m"
		w.Kind, w.Amount = &kinds, &amount
	default:
		var err error
		if w.Files, w.Kept, err = f.files(""); err != nil {
			return err
		}
		w.Multi = true
		w.Files.Optional = true
		w.Files.Hint = d.text("evidence.formats", "max", "10 MB", "count", v.Policy.MaxFiles)
		w.Hints = d.lines("seller.helps." + string(v.Reason))
	}
	if q := v.Question; q != nil && q.Pending {
		w.Question = &templates.Message{Who: d.label("role", "staff"), Side: "staff", Text: q.Text, Lang: templates.LangOf(q.Text, d.locale), At: q.At.Time()}
	}
	if f.stale {
		var err error
		if w.Changed, err = h.changedSince(c, d, v.Number, f); err != nil {
			return err
		}
	}
	p := h.page(c, w.Title, w)
	p.Back = d.backToCase(v.Number)
	return f.showPage("seller/write", p)
}

// carry are the hidden values that go with each step. After a conflict the form continues
// from what is there now.
func (d desk) carry(v models.ClaimView, f *entry, names ...string) []templates.Hidden {
	hidden := []templates.Hidden{{Name: "version", Value: strconv.FormatInt(v.Version, 10)}, {Name: "seq", Value: strconv.FormatInt(v.LastSeq, 10)}}
	for _, name := range names {
		for _, value := range f.all(name) {
			hidden = append(hidden, templates.Hidden{Name: name, Value: value})
		}
	}
	return hidden
}

// changedSince is what happened to the case since the form's page was shown.
func (h *Handlers) changedSince(c *gin.Context, d desk, number string, f *entry) ([]templates.TimelineItem, error) {
	seq, err := strconv.ParseInt(f.get("seq"), 10, 64)
	if err != nil {
		return nil, nil //nolint:nilerr // a form without the mark of its page has nothing to compare with
	}
	events, err := h.store.ClaimEvents(c.Request.Context(), requestOf(c).actor, number)
	if err != nil {
		return nil, err
	}
	return d.since(events, seq), nil
}

// answerInput reads the answer out of the form.
func answerInput(f *entry, currency string, hold bool) models.ActionInput {
	version := models.Versioned{Version: f.version()}
	switch models.Action(f.get("choice")) {
	case models.Accept:
		return &models.AcceptInput{Versioned: version}
	case models.MakeOffer:
		in := &models.OfferInput{Versioned: version, Kind: models.OfferKind(f.get("kind")), Message: f.get("message"), Hold: hold}
		if in.Kind != models.OfferReplacement {
			in.Amount = f.amount(currency)
		}
		return in
	case models.Contest:
		return &models.ContestInput{Versioned: version, Message: f.get("message"), Evidence: f.all(evidenceField), Hold: hold}
	default:
		return &models.AnswerInput{Versioned: version, Message: f.get("message"), Evidence: f.all(evidenceField), Hold: hold}
	}
}

func (h *Handlers) postRespond(c *gin.Context) error {
	f, err := h.readEntry(c, respondQuestions)
	if err != nil {
		return err
	}
	v, err := h.respondView(c)
	if err != nil {
		if models.CodeOf(err) != "not_allowed_now" {
			return err
		}
		return h.tooLate(c, v, f, err)
	}
	ctx, by := c.Request.Context(), requestOf(c).actor
	if !slices.Contains(answers(v), models.Action(f.get("choice"))) {
		f.fail("choice", "required")
		return h.chooseAnswer(c, v, f)
	}
	do := f.get("do")
	if do == "edit" {
		return h.writeAnswer(c, v, f)
	}
	in := answerInput(f, v.Currency, do == "hold")
	if _, err := h.store.Preview(ctx, by, v.Number, in); err != nil {
		if err := f.refused(err); err != nil {
			return err
		}
	}
	switch {
	case !f.ok() && f.get("choice") == string(models.Accept):
		return h.checkAnswer(c, v, f)
	case !f.ok():
		return h.writeAnswer(c, v, f)
	case do != "send" && do != "hold":
		return h.checkAnswer(c, v, f)
	}
	if _, err := h.store.Act(ctx, by, v.Number, in); err != nil {
		if err := f.refused(err); err != nil {
			return err
		}
		now, err := h.respondView(c)
		if models.CodeOf(err) == "not_allowed_now" {
			return h.tooLate(c, now, f, err)
		}
		if err != nil {
			return err
		}
		if f.get("choice") == string(models.Accept) {
			return h.checkAnswer(c, now, f)
		}
		return h.writeAnswer(c, now, f)
	}
	return seeOther(c, f.words.path("seller/cases", v.Number)+"?done="+do)
}

// respondLate says that there is nothing to answer any more, with what was written.
type respondLate struct {
	Text    *templates.Field // to be copied; nil where nothing was written
	Changed []templates.TimelineItem
	Back    templates.Link
}

// tooLate shows an answer that can no longer be given, so that its words are not lost.
func (h *Handlers) tooLate(c *gin.Context, v models.ClaimView, f *entry, cause error) error {
	if err := f.refused(cause); err != nil {
		return err
	}
	d := h.desk(c, models.SideSeller)
	changed, err := h.changedSince(c, d, v.Number, f)
	if err != nil {
		return err
	}
	late := respondLate{Changed: changed, Back: *d.backToCase(v.Number)}
	if f.has("message") {
		text := f.field("message", "")
		text.Max, text.ReadOnly = 0, true
		late.Text = &text
	}
	p := h.page(c, d.text("claims.respond_closed"), late)
	p.Back = &late.Back
	if late.Text == nil {
		p.Banner = &templates.Banner{Tone: "warn", Title: f.conflict, Role: "alert"}
	}
	return f.showPage("seller/late", p)
}

// checkAnswer shows what will be sent, before it is.
func (h *Handlers) checkAnswer(c *gin.Context, v models.ClaimView, f *entry) error {
	d, action := h.desk(c, models.SideSeller), models.Action(f.get("choice"))
	k := respondCheck{Number: v.Number, Clock: d.dueClock(v.Claim, v.Policy, v.Now.Time()), Effect: d.effect(action, v)}
	k.Answer = []templates.SummaryRow{{Label: d.text("seller.choice"), Value: d.label("action", string(action))}}
	if action == models.MakeOffer {
		k.Answer = append(k.Answer, templates.SummaryRow{Label: d.text("seller.offer_kind"), Value: d.label("offer", f.get("kind"))})
		if in, ok := answerInput(f, v.Currency, false).(*models.OfferInput); ok && in.Amount != nil {
			k.Answer = append(k.Answer, templates.SummaryRow{Label: d.text("seller.offer_amount"), Money: &templates.Money{Amount: *in.Amount, Currency: v.Currency}})
		}
	}
	if action != models.Accept {
		k.Answer = append(k.Answer, d.row(d.text("seller.message"), f.get("message")))
		uploads, err := h.store.Uploads(c.Request.Context(), requestOf(c).actor, f.all(evidenceField))
		if err != nil {
			return err
		}
		for _, u := range uploads {
			k.Files = append(k.Files, u.FileName)
		}
		k.Hold = d.text("seller.hold_hint", "due_at", v.DueAt)
	}
	k.Claim = []templates.SummaryRow{
		{Label: d.text("work.reason"), Value: d.label("reason", string(v.Reason))},
		{Label: d.text("seller.wish"), Value: d.label("desired_outcome", string(v.DesiredOutcome))},
		{Label: d.text("money.claimed"), Money: &templates.Money{Amount: v.Claimed, Currency: v.Currency}},
		{Label: d.text("seller.story"), Value: v.Description, Lang: v.BuyerLocale},
	}
	k.Hidden = d.carry(v, f, "choice", "kind", "amount", "message", evidenceField)
	k.Submit = templates.Submit{Label: d.text("seller.send_now"), Name: "do", Value: "send"}
	if action == models.Accept {
		k.Submit.Label = d.text("seller.send_accept", "amount", d.spoken(v.Claimed, v.Currency))
		k.Submit.Cancel = &templates.Link{Label: d.text("seller.choose_again"), Href: d.path("seller/cases", v.Number) + "/respond"}
	} else {
		k.Submit.Quiet = []templates.Submit{{Label: d.text("seller.hold"), Name: "do", Value: "hold"}, {Label: d.text("seller.edit"), Name: "do", Value: "edit"}}
	}
	p := h.page(c, d.text("seller.check"), k)
	p.Back = d.backToCase(v.Number)
	return f.showPage("seller/check", p)
}

// lines are the lines of a text that stands as a list; none where there is no such text.
func (d desk) lines(key string) []string {
	s := d.h.text(d.locale, key, nil)
	if s == "" {
		s = d.text("seller.helps.general")
	}
	return splitLines(s)
}
