package handlers

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// messageMax is how long a message or a story may be, in characters; models checks it.
const messageMax = 4000

var contactQuestions = questions{
	"topic": choice("contact.topic"), "also_lines": choice("contact.also"), "body": story("contact.body", messageMax), filesField: files("contact.files"),
	"memo_day_0": typed("contact.memo_noun"), "memo_day_1": typed("contact.memo_noun"), "memo_day_2": typed("contact.memo_noun"),
	"memo_what_0": typed("contact.memo_noun"), "memo_what_1": typed("contact.memo_noun"), "memo_what_2": typed("contact.memo_noun"),
}

type contactPage struct {
	Once    templates.Hidden
	Item    []templates.SummaryRow
	Opens   *time.Time // when a claim may open if this is sent now; nil where a wait runs
	Later   *time.Time // when that is later for a parcel that has not come
	Clocks  []templates.Clock
	NotSent bool
	Topic   templates.Field
	Insert  templates.Submit
	Also    *templates.Field
	Memo    []memoRow
	MemoIn  templates.Submit
	Typed   bool // something stands in the memo
	Body    templates.Field
	Files   templates.Field
	Kept    templates.Field
	Submit  templates.Submit
	Thread  []templates.Message
}

// memoRow is one line of the memo: a day, and what happened then.
type memoRow struct{ Day, What templates.Field }

const memoRows = 3

// The buttons that change the text and send nothing.
const (
	insertTemplate = "template"
	insertMemo     = "memo"
)

// showContact is the form of a message to the seller of a line.
func (h *Handlers) showContact(c *gin.Context) error {
	o, l, err := h.ownLine(c)
	if err != nil {
		return err
	}
	policy, _, err := h.policyNow(c)
	if err != nil {
		return err
	}
	f := h.newEntry(c, contactQuestions)
	switch topic := models.Reason(c.Query("topic")); {
	case topic.Covered():
		f.set("topic", string(topic))
		f.set("body", h.contactTemplate(f.words, o, l, policy, topic))
	case l.Contact != nil && l.Contact.SolvedAt == 0:
		f.set("topic", string(models.GeneralTopic))
	}
	return h.contactForm(f, o, l)
}

// sendContact sends the message. With a problem it starts the wait. What cannot be sent
// stays in the form, and the page says that no clock has started.
func (h *Handlers) sendContact(c *gin.Context) error {
	o, l, err := h.ownLine(c)
	if err != nil {
		return err
	}
	f, err := h.readFiles(c, contactQuestions, o.Number)
	if err != nil {
		return err
	}
	switch f.get("do") {
	case insertTemplate:
		policy, _, err := h.policyNow(c)
		if err != nil {
			return err
		}
		if f.need("topic"); f.ok() {
			f.set("body", h.withTemplate(f, o, l, policy, models.Reason(f.get("topic"))))
		}
	case insertMemo:
		f.takeMemo()
	default:
		f.takeMemo()
		f.need("topic", "body")
	}
	if do := f.get("do"); do == insertTemplate || do == insertMemo {
		return h.contactForm(f, o, l)
	}
	in := models.SendMessage{
		OrderNumber: o.Number, Line: l.Number, Body: f.get("body"), Topic: models.Reason(f.get("topic")),
		AlsoLines: f.ints("also_lines"), Evidence: f.all(evidenceField), Captioned: f.captions(),
	}
	if f.ok() {
		err := f.doOnce(func() error {
			_, err := h.store.SendMessage(c.Request.Context(), requestOf(c).actor, in)
			return err
		})
		if err == nil {
			return seeOther(c, f.words.path("my/orders", o.Number)+"?done=sent&line="+strconv.Itoa(l.Number))
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.contactForm(f, o, l)
}

// contactTemplate is a text of facts to begin a message about a problem with.
func (h *Handlers) contactTemplate(w words, o models.Order, l models.OrderLine, policy models.Policy, topic models.Reason) string {
	if !topic.Covered() {
		return ""
	}
	return w.text("contact.template."+string(topic), "order", o.Number, "title", l.Title, "latest_day", o.LatestEstimate(l, policy, h.store.Zone()))
}

// withTemplate puts the text of a problem in place of that of another one, or after what the
// buyer has written.
func (h *Handlers) withTemplate(f *entry, o models.Order, l models.OrderLine, policy models.Policy, topic models.Reason) string {
	text, body := h.contactTemplate(f.words, o, l, policy, topic), strings.TrimSpace(f.get("body"))
	if body == "" || text == "" {
		return cmp.Or(text, body)
	}
	for _, other := range models.CoveredReasons {
		if old := h.contactTemplate(f.words, o, l, policy, other); strings.Contains(body, old) {
			return strings.Replace(body, old, text, 1)
		}
	}
	return body + "\n\n" + text
}

// takeMemo moves the rows of the memo into the message.
func (f *entry) takeMemo() {
	var lines []string
	for i := range memoRows {
		day, what := "memo_day_"+strconv.Itoa(i), strings.TrimSpace(f.get("memo_what_"+strconv.Itoa(i)))
		switch {
		case what == "" && !f.has(day):
		case what == "":
			f.say("memo_what_"+strconv.Itoa(i), f.words.text("contact.memo_what_missing"))
		case !f.has(day):
			lines = append(lines, "・"+what)
		default:
			if d := f.date(day); f.message(day) == "" {
				lines = append(lines, f.words.text("contact.memo_line", "happened_day", d, "what", what))
			}
		}
	}
	if len(lines) == 0 || !f.ok() {
		return
	}
	for i := range memoRows {
		f.set("memo_day_" + strconv.Itoa(i))
		f.set("memo_what_" + strconv.Itoa(i))
	}
	body := strings.TrimRight(f.get("body"), "\n ")
	if body != "" {
		body += "\n\n"
	}
	f.set("body", body+strings.Join(lines, "\n"))
}

func (h *Handlers) contactForm(f *entry, o models.Order, l models.OrderLine) error {
	policy, now, err := h.policyNow(f.c)
	if err != nil {
		return err
	}
	w, live := f.words, l.Contact != nil && l.Contact.SolvedAt == 0
	page := contactPage{
		Item: []templates.SummaryRow{w.row(w.text("contact.item"), l.Title), w.row(w.label("role", "seller"), l.SellerName), {Label: w.text("orders.number"), Value: o.Number}},
		Once: f.once(), NotSent: !f.ok(), Body: f.field("body", "contact.body_hint"), Submit: templates.Submit{Label: w.text("action.send_message")},
		Insert: templates.Submit{Label: w.text("contact.insert"), Name: "do", Value: insertTemplate},
		MemoIn: templates.Submit{Label: w.text("contact.memo_insert"), Name: "do", Value: insertMemo},
	}
	page.Submit.Cancel = &templates.Link{Label: w.text("action.cancel"), Href: w.path("my/orders", o.Number)}
	topics := []string{string(models.GeneralTopic)}
	if !live {
		topics = append(reasonCodes()[:len(models.CoveredReasons)], topics...)
		opens := now.Add(policy.Wait())
		page.Opens = timeOf(opens)
		rows := lineRows{h: h, words: w, order: o, line: l, policy: policy, now: now}
		if at := rows.opensIn(models.NotReceived); at != nil && at.After(opens.Time()) {
			page.Later = at
		}
	} else {
		topics = append(topics, reasonCodes()[:len(models.CoveredReasons)]...)
		page.Clocks = h.lineClocks(w, o, l, policy, now)
	}
	page.Topic = f.choices("topic", "contact.topic_hint", topics, func(v string) string {
		if v == string(models.GeneralTopic) {
			return w.label("topic", v)
		}
		return w.label("reason", v)
	})
	var others []string
	titles := map[string]string{}
	for _, other := range o.Lines {
		if other.SellerID == l.SellerID && other.Number != l.Number {
			n := strconv.Itoa(other.Number)
			others, titles[n] = append(others, n), other.Title
		}
	}
	if len(others) > 0 {
		also := f.choices("also_lines", "contact.also_hint", others, func(v string) string { return titles[v] })
		also.Optional = true
		page.Also = &also
	}
	for i := range memoRows {
		n := strconv.Itoa(i)
		row := memoRow{Day: f.field("memo_day_"+n, ""), What: f.field("memo_what_"+n, "")}
		row.Day.Label, row.What.Label = w.text("contact.memo_day", "row", i+1), w.text("contact.memo_what", "row", i+1)
		row.Day.Type, row.Day.Width = "date", "m"
		page.Typed = page.Typed || row.Day.Value != "" || row.What.Value != ""
		page.Memo = append(page.Memo, row)
	}
	if page.Files, page.Kept, err = f.files("contact.files_hint"); err != nil {
		return err
	}
	page.Files.Optional = true
	f.captioned(&page.Files, &page.Kept)
	if page.Files.Reuse, err = f.reuse(o.Number, nil); err != nil {
		return err
	}
	thread, err := h.lineThread(f.c, o.Number, l.Number)
	if err != nil {
		return err
	}
	page.Thread = h.thread(f.c, thread)
	p := h.page(f.c, w.text("action.contact"), page)
	p.Back = &templates.Link{Label: w.text("orders.order", "number", o.Number), Href: w.path("my/orders", o.Number)}
	return f.showPage("contact/write", p)
}

type confirmPage struct {
	Lead   string
	Points []string
	Item   []templates.SummaryRow
	Fields []templates.Field // text areas
	Hidden []templates.Hidden
	Submit templates.Submit
}

// showSolved asks once before the clock is stopped.
func (h *Handlers) showSolved(c *gin.Context) error {
	o, l, err := h.ownLine(c)
	if err != nil {
		return err
	}
	return h.solvedForm(h.newEntry(c, nil), o, l)
}

func (h *Handlers) solvedForm(f *entry, o models.Order, l models.OrderLine) error {
	w := f.words
	p := h.page(f.c, w.text("contact.solved"), confirmPage{
		Lead: w.text("contact.solved_lead"), Points: []string{w.text("contact.solved_stops"), w.text("contact.solved_again")},
		Item:   []templates.SummaryRow{w.row(w.text("contact.item"), l.Title), w.row(w.label("role", "seller"), l.SellerName)},
		Submit: templates.Submit{Label: w.text("action.solved"), Cancel: &templates.Link{Label: w.text("action.cancel"), Href: w.path("my/orders", o.Number)}},
	})
	p.Back = &templates.Link{Label: w.text("orders.order", "number", o.Number), Href: w.path("my/orders", o.Number)}
	return f.showPage("contact/confirm", p)
}

// solve stops the wait.
func (h *Handlers) solve(c *gin.Context) error {
	o, l, err := h.ownLine(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	if _, err := h.store.SolveContact(c.Request.Context(), requestOf(c).actor, o.Number, l.Number); err != nil {
		if l.Contact != nil && l.Contact.SolvedAt != 0 {
			return seeOther(c, f.words.path("my/orders", o.Number)) // said twice, meant once
		}
		if err := f.refused(err); err != nil {
			return err
		}
		return h.solvedForm(f, o, l)
	}
	return seeOther(c, f.words.path("my/orders", o.Number)+"?done=solved")
}

var declareQuestions = questions{"channel": choice("contact.channel_label"), "contacted_at": typed("contact.when"), filesField: files("contact.proof")}

type declarePage struct {
	Item    []templates.SummaryRow
	Channel templates.Field
	When    templates.Field
	Files   templates.Field
	Kept    templates.Field
	Submit  templates.Submit
}

// showOutside is the form that declares a contact made elsewhere.
func (h *Handlers) showOutside(c *gin.Context) error {
	o, l, err := h.ownLine(c)
	if err != nil {
		return err
	}
	return h.outsideForm(h.newEntry(c, declareQuestions), o, l)
}

func (h *Handlers) outsideForm(f *entry, o models.Order, l models.OrderLine) error {
	w := f.words
	page := declarePage{
		Item:   []templates.SummaryRow{w.row(w.text("contact.item"), l.Title), w.row(w.label("role", "seller"), l.SellerName)},
		When:   f.field("contacted_at", "contact.when_hint"),
		Submit: templates.Submit{Label: w.text("contact.declare"), Cancel: &templates.Link{Label: w.text("action.cancel"), Href: w.path("my/orders", o.Number)}},
	}
	page.When.Type, page.When.Width = "datetime-local", "m"
	var channels []string
	for _, ch := range models.Channels {
		channels = append(channels, string(ch))
	}
	page.Channel = f.choices("channel", "", channels, func(v string) string { return w.label("contact.channel", v) })
	var err error
	if page.Files, page.Kept, err = f.files("contact.proof_hint"); err != nil {
		return err
	}
	f.captioned(&page.Files, &page.Kept)
	if page.Files.Reuse, err = f.reuse(o.Number, nil); err != nil {
		return err
	}
	p := h.page(f.c, w.text("contact.outside"), page)
	p.Back = &templates.Link{Label: w.text("orders.order", "number", o.Number), Href: w.path("my/orders", o.Number)}
	return f.showPage("contact/outside", p)
}

// declareOutside hands the declaration to staff.
func (h *Handlers) declareOutside(c *gin.Context) error {
	o, l, err := h.ownLine(c)
	if err != nil {
		return err
	}
	f, err := h.readFiles(c, declareQuestions, o.Number)
	if err != nil {
		return err
	}
	f.need("channel")
	at := f.localTime("contacted_at")
	if len(f.all(evidenceField)) == 0 && f.message(filesField) == "" {
		f.fail(filesField, "required")
	}
	if f.ok() {
		_, err := h.store.DeclareOutsideContact(c.Request.Context(), requestOf(c).actor, o.Number, l.Number, models.DeclareOutsideContact{
			ContactedAt: at.String(), Channel: models.Channel(f.get("channel")), Evidence: f.all(evidenceField), Captioned: f.captions(),
		})
		if err == nil {
			return seeOther(c, f.words.path("my/orders", o.Number)+"?done=declared")
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.outsideForm(f, o, l)
}

// postScamReport flags a message in one tap and goes back to where it was read.
func (h *Handlers) postScamReport(c *gin.Context) error {
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	if err := h.store.ReportScam(c.Request.Context(), requestOf(c).actor, c.Param("id")); err != nil {
		return err
	}
	return seeOther(c, cmp.Or(models.LocalPath(f.get("next")), f.words.path("my/orders")))
}
