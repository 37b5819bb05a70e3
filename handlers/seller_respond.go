package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/currency"
	"golang.org/x/text/unicode/norm"

	"hosho/models"
	"hosho/templates"
)

// A seller answers in three steps: choose, write (with evidence in the answer itself), check.
// Each step is kept on the server as the draft of the seller's members (seller_draft.go).

// respondChoice is step one: what each answer means.
type respondChoice struct {
	Number string
	Clock  templates.Clock
	Saved  string // when the draft was kept
	Wish   []templates.SummaryRow
	Choice templates.Field
	Late   *templates.Field // written for an answer that cannot be chosen any more
	Hidden []templates.Hidden
	Submit templates.Submit
}

// respondWrite is step two.
type respondWrite struct {
	Number   string
	Action   models.Action
	Title    string
	Effect   string // what the choice means
	Clock    templates.Clock
	Saved    string
	Question *templates.Message
	Kind     *templates.Field
	Amount   *templates.Field
	Address  *templates.Field
	Label    []templates.Field
	Body     templates.Field
	Tracking *templates.Field
	Files    templates.Field
	Kept     templates.Field
	Hints    []string // what helps, by the claim's reason
	Multi    bool     // the form carries files
	Hidden   []templates.Hidden
	Submit   templates.Submit
	Story    templates.Message
	Changed  []templates.TimelineItem
	Theirs   []templates.SummaryRow // the draft that somebody else has saved meanwhile
}

// respondCheck is step three: both sides' facts, and what can still be changed.
type respondCheck struct {
	Number string
	Clock  templates.Clock
	Saved  string
	Answer []templates.SummaryRow
	Claim  []templates.SummaryRow
	Files  []string
	Effect string
	Hold   string // until when it can be changed; "" where it cannot be held
	Now    string // how to let the other side have it at once
	Final  string
	Edit   *templates.Link
	Hidden []templates.Hidden
	Submit templates.Submit
}

var respondQuestions = questions{
	"choice": choice("seller.choice_made"), "kind": choice("seller.offer_kind"), "amount": typed("seller.offer_amount"),
	"message": story("seller.message", 4000), "tracking": typed("seller.tracking"),
	"return_address": story("returns.address", 1000), "label_reference": typed("returns.label"), "label_cost": typed("returns.label_cost"), filesField: files("seller.files"),
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

func (h *Handlers) showRespond(c *gin.Context) error {
	return h.respondPage(c, func(a answering, f *entry) error { return h.chooseAnswer(c, a, f) })
}

// respondPage shows a step to whom it belongs: to nobody once there is nothing to answer, and
// to a colleague of who writes only what there is.
func (h *Handlers) respondPage(c *gin.Context, show func(answering, *entry) error) error {
	a, err := h.answering(c)
	if models.CodeOf(err) == "not_allowed_now" {
		return seeOther(c, a.d.path("seller/cases", a.Number)+"?done="+notNow)
	}
	if err != nil {
		return err
	}
	f := h.newEntry(c, respondQuestions)
	if a.theirs() {
		return h.takenPage(c, a, f)
	}
	a.fill(f)
	return show(a, f)
}

func (h *Handlers) showRespondWrite(c *gin.Context) error {
	return h.respondPage(c, func(a answering, f *entry) error {
		switch chosen := models.Action(f.get("choice")); {
		case !slices.Contains(answers(a.ClaimView), chosen):
			return seeOther(c, a.step(""))
		case chosen == models.Accept:
			return seeOther(c, a.step("check"))
		}
		return h.writeAnswer(c, a, f)
	})
}

func (h *Handlers) showRespondCheck(c *gin.Context) error {
	return h.respondPage(c, func(a answering, f *entry) error {
		if !slices.Contains(answers(a.ClaimView), models.Action(f.get("choice"))) {
			return seeOther(c, a.step(""))
		}
		in := a.input(f, false)
		if _, err := h.store.Preview(c.Request.Context(), a.by, a.Number, in); err != nil || !f.ok() {
			return seeOther(c, a.step("evidence")) // not complete: there it says what is missing
		}
		return h.checkAnswer(c, a, f)
	})
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

func (h *Handlers) chooseAnswer(c *gin.Context, a answering, f *entry) error {
	d, v := a.d, a.ClaimView
	content := respondChoice{
		Number: v.Number, Clock: d.dueClock(v.Claim, v.Policy, v.Now.Time()), Saved: a.saved(), Hidden: a.carry(f),
		Submit: templates.Submit{Label: d.text("seller.next"), Cancel: &templates.Link{Label: d.text("action.back"), Href: d.path("seller/cases", v.Number)}},
	}
	content.Wish = []templates.SummaryRow{
		{Label: d.text("work.reason"), Value: d.label("reason", string(v.Reason))},
		{Label: d.text("seller.wish"), Value: d.label("desired_outcome", string(v.DesiredOutcome))},
		{Label: d.text("money.claimed"), Money: &templates.Money{Amount: v.Claimed, Currency: v.Currency}},
	}
	content.Wish = append(content.Wish, d.counterRows(v)...)
	f.hasOnly("choice")
	if !f.ok() && f.has("message") {
		late := f.lateField("message")
		content.Late = &late
	}
	content.Choice = f.field("choice", "")
	content.Choice.Label, content.Choice.Heading = d.text("seller.choice"), true
	for _, x := range answers(v) {
		content.Choice.Choices = append(content.Choice.Choices, templates.Choice{
			Value: string(x), Label: d.label("action", string(x)), Hint: d.effect(x, v), Checked: f.get("choice") == string(x),
		})
	}
	p := h.page(c, d.text("seller.choice"), content)
	p.Back = d.backToCase(v.Number)
	return f.showPage("seller/respond", p)
}

// counterRows are the sum for which the buyer would settle, and why.
func (d desk) counterRows(v models.ClaimView) []templates.SummaryRow {
	if v.Offer == nil || v.Offer.Counter == nil {
		return nil
	}
	x := v.Offer.Counter
	said := d.row(d.text("seller.counter_message"), x.Message)
	said.Lang = templates.LangOf(x.Message, d.locale)
	return []templates.SummaryRow{{Label: d.text("seller.counter"), Money: &templates.Money{Amount: x.Amount, Currency: v.Currency}}, said}
}

func (d desk) backToCase(number string) *templates.Link {
	return &templates.Link{Label: d.text("seller.back_to_case", "number", number), Href: d.path("seller/cases", number)}
}

// effect is what an answer leads to: money, metric, time.
func (d desk) effect(a models.Action, v models.ClaimView) string {
	return d.text("seller.effect_"+string(a), "amount", d.spoken(v.Settles(), v.Currency), "wait", hourPeriod(v.Policy.OfferAnswerHours), "target", hourPeriod(v.Policy.ReviewTargetHours))
}

func (h *Handlers) writeAnswer(c *gin.Context, a answering, f *entry) error {
	d, v, action := a.d, a.ClaimView, models.Action(f.get("choice"))
	w := respondWrite{
		Number: v.Number, Action: action, Title: d.label("action", string(action)), Effect: d.effect(action, v), Clock: d.dueClock(v.Claim, v.Policy, v.Now.Time()),
		Submit: templates.Submit{
			Label: d.text("seller.to_check"), Name: "do", Value: "check", Quiet: []templates.Submit{{Label: d.text("seller.save"), Name: "do", Value: "save"}},
			Cancel: &templates.Link{Label: d.text("seller.choose_again"), Href: a.step("")},
		},
		Saved: a.saved(), Hidden: a.carry(f, "choice"), Theirs: a.other,
		Story: templates.Message{Who: d.label("role", "buyer"), Side: "buyer", Text: v.Description, At: v.FiledAt.Time(), Lang: v.BuyerLocale},
		Body:  f.field("message", "seller.message_hint_"+string(action)),
	}
	w.Body.Required, w.Body.Rows = true, 6
	if action == models.Contest && w.Body.Value == "" && c.Request.Method == http.MethodGet {
		w.Body.Value = h.tourSays(c, v.Number, "said")
	}
	switch action {
	case models.MakeOffer:
		kinds := f.choices("kind", "", []string{string(models.OfferPartialRefund), string(models.OfferReplacement), string(models.OfferReturn)}, func(k string) string { return d.label("offer", k) })
		for i, k := range kinds.Choices {
			kinds.Choices[i].Hint = d.text("seller.offer_"+k.Value+"_hint", "period", dayPeriod(v.Policy.ReturnShipDays), "ship_period", dayPeriod(v.Policy.ReplacementShipDays))
		}
		amount := f.field("amount", "")
		amount.Hint = d.text("seller.offer_amount_hint", "amount", d.spoken(v.Claimed, v.Currency))
		amount.Digits, amount.Width = true, "m"
		address := f.field("return_address", "returns.offer_address_hint")
		address.Optional, address.Rows = true, 4
		w.Kind, w.Amount, w.Address, w.Label = &kinds, &amount, &address, d.labelFields(f)
	default:
		var err error
		if w.Files, w.Kept, err = h.answerFiles(c, a, f); err != nil {
			return err
		}
		w.Multi = true
		w.Hints = d.lines("seller.helps." + string(v.Reason))
		if tracked(v.Reason) {
			tracking := f.field("tracking", "seller.tracking_hint")
			tracking.Optional, tracking.Width = true, "l"
			w.Tracking = &tracking
		}
	}
	if q := v.Question; q != nil && q.Pending {
		w.Question = &templates.Message{Who: d.label("role", "staff"), Side: "staff", Text: q.Text, Lang: templates.LangOf(q.Text, d.locale), At: q.At.Time()}
	}
	if f.stale && len(a.other) == 0 {
		var err error
		if w.Changed, err = h.changedSince(c, d, v.Number, f); err != nil {
			return err
		}
	}
	p := h.page(c, w.Title, w)
	p.Back = d.backToCase(v.Number)
	return f.showPage("seller/write", p)
}

// tracked tells the reasons that a carrier's record answers.
func tracked(r models.Reason) bool { return r == models.NotReceived || r == models.FalseShipment }

// answerFiles is the question for files, with those that are there: the member's own, and
// those a colleague gave before.
func (h *Handlers) answerFiles(c *gin.Context, a answering, f *entry) (input, kept templates.Field, err error) {
	if input, kept, err = f.files(""); err != nil {
		return input, kept, err
	}
	uploads, err := h.store.AnswerFiles(c.Request.Context(), a.by, a.ClaimView, f.all(evidenceField))
	if err != nil {
		return input, kept, err
	}
	kept.Choices = nil
	for _, u := range uploads {
		kept.Choices = append(kept.Choices, templates.Choice{Value: u.ID, Label: u.FileName, Checked: true})
	}
	f.captioned(&input, &kept)
	input.Optional = true
	input.Hint = f.words.text("evidence.formats", "max", templates.FileSize(models.MaxUpload), "count", a.Policy.MaxFiles)
	input.Reuse, err = f.reuseOn(a.ClaimView)
	return input, kept, err
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

// input reads the answer out of the form.
func (a answering) input(f *entry, hold bool) models.ActionInput {
	version := models.Versioned{Version: f.version()}
	switch models.Action(f.get("choice")) {
	case models.Accept:
		return &models.AcceptInput{Versioned: version}
	case models.MakeOffer:
		in := &models.OfferInput{Versioned: version, Kind: models.OfferKind(f.get("kind")), Message: f.get("message"), Hold: hold}
		if in.Kind != models.OfferReplacement {
			in.Amount = f.amount(a.Currency)
		}
		if in.Kind == models.OfferReturn { // else what was typed for one stays in the draft
			in.Address, in.Label, in.LabelCost = f.get("return_address"), f.get("label_reference"), f.amountOf("label_cost", a.Currency)
		}
		return in
	case models.Contest:
		return &models.ContestInput{Versioned: version, Captioned: f.captions(), Message: a.said(f), Evidence: f.all(evidenceField), Hold: hold}
	default:
		return &models.AnswerInput{Versioned: version, Captioned: f.captions(), Message: a.said(f), Evidence: f.all(evidenceField), Hold: hold}
	}
}

// said is the message as it is sent: with the tracking number on a line of its own.
func (a answering) said(f *entry) string {
	message := strings.TrimSpace(f.get("message"))
	number := strings.TrimSpace(norm.NFKC.String(f.get("tracking")))
	if number == "" {
		return message
	}
	return strings.TrimSpace(message + "\n\n" + a.d.text("seller.tracking_line", "number", number))
}

// offered are the terms of an offer that is about to be sent.
func (a answering) offered(in models.OfferInput) []templates.SummaryRow {
	d := a.d
	sum := in.Amount
	if in.Kind == models.OfferReturn && sum == nil {
		sum = &a.Claimed
	}
	var rows []templates.SummaryRow
	if sum != nil {
		rows = append(rows, templates.SummaryRow{Label: d.text("seller.offer_amount"), Money: &templates.Money{Amount: *sum, Currency: a.Currency}})
	}
	if in.Kind != models.OfferReturn {
		return rows
	}
	to := models.ReturnTo{Address: in.Address, Label: in.Label}
	if in.LabelCost != nil {
		to.LabelCost = *in.LabelCost
	}
	rows = append(rows, d.returnToRows(to, a.Currency)...)
	return append(rows, templates.SummaryRow{Label: d.text("returns.postage"), Value: d.text("returns.postage_you")})
}

// checkAnswer shows what will be sent, before it is.
func (h *Handlers) checkAnswer(c *gin.Context, a answering, f *entry) error {
	d, v, action := a.d, a.ClaimView, models.Action(f.get("choice"))
	k := respondCheck{
		Number: v.Number, Clock: d.dueClock(v.Claim, v.Policy, v.Now.Time()), Effect: d.effect(action, v), Saved: a.saved(), Hidden: a.carry(f),
		Edit: &templates.Link{Label: d.text("seller.edit"), Href: a.step("evidence")},
	}
	k.Answer = []templates.SummaryRow{{Label: d.text("seller.choice_made"), Value: d.label("action", string(action)), Change: a.step("")}}
	if action == models.MakeOffer {
		k.Answer = append(k.Answer, templates.SummaryRow{Label: d.text("seller.offer_kind"), Value: d.label("offer", f.get("kind"))})
		if in, ok := a.input(f, false).(*models.OfferInput); ok {
			k.Answer = append(k.Answer, a.offered(*in)...)
		}
	}
	k.Submit = templates.Submit{Label: d.text("seller.send"), Name: "do", Value: "hold", Quiet: []templates.Submit{{Label: d.text("seller.send_now"), Name: "do", Value: "send"}}}
	if action == models.Accept {
		k.Submit = templates.Submit{Label: d.text("seller.send_accept", "amount", d.spoken(v.Settles(), v.Currency)), Name: "do", Value: "send"}
		k.Edit = &templates.Link{Label: d.text("seller.choose_again"), Href: a.step("")}
		k.Final = d.text("seller.final_accept")
	} else {
		said := d.row(d.text("seller.message"), a.said(f))
		said.Change = a.step("evidence")
		k.Answer = append(k.Answer, said)
		uploads, err := h.store.AnswerFiles(c.Request.Context(), a.by, v, f.all(evidenceField))
		if err != nil {
			return err
		}
		for _, u := range uploads {
			name := u.FileName
			if said := f.get(captionField + u.ID); said != "" {
				name += d.text("draft.caption", "caption", said)
			}
			k.Files = append(k.Files, name)
		}
		k.Hold, k.Now = d.text("seller.hold_hint", "due_at", v.DueAt), d.text("seller.now_hint")
	}
	k.Claim = []templates.SummaryRow{
		{Label: d.text("work.reason"), Value: d.label("reason", string(v.Reason))},
		{Label: d.text("seller.wish"), Value: d.label("desired_outcome", string(v.DesiredOutcome))},
		{Label: d.text("money.claimed"), Money: &templates.Money{Amount: v.Claimed, Currency: v.Currency}},
		{Label: d.text("seller.story"), Value: v.Description, Lang: v.BuyerLocale},
		{Label: d.text("seller.their_files"), Value: d.text("work.file_count", "count", len(d.evidenceBy(v.Evidence, models.SideBuyer)))},
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
