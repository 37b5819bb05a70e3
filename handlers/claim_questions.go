package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// claimAsks are the answers of a draft. A page asks one of them; the label is the question.
var claimAsks = questions{
	"reason":      {label: "draft.ask.reason", noun: "claims.reason", kind: choiceKind},
	"lines":       {label: "draft.ask.items", noun: "draft.noun_items", kind: choiceKind},
	"description": {label: "draft.ask.story", noun: "claims.story", max: messageMax},
	"outcome":     {label: "draft.ask.outcome", noun: "claims.outcome", kind: choiceKind},
	"amount":      typed("claims.amount"),
	"captions":    typed("claims.file_note"),
	filesField:    files("draft.add_files"),
}

var outcomes = []string{string(models.WantsRefund), string(models.WantsPartialRefund), string(models.WantsReplacement)}

// toCheck in the field "to" says that one came to change an answer, and goes back to check it.
const toCheck = "check"

type questionPage struct {
	About   string // which order and item, above the question
	Item    string
	Radios  *templates.Field
	Boxes   *templates.Field
	Story   *templates.Field
	Insert  *templates.Submit // what may be put into the story before it is sent
	Text    *templates.Field
	Contact *contactProof
	Files   *evidenceAsk
	To      templates.Hidden
	Submit  templates.Submit
}

// contactProof is what is known of contacts about the chosen lines, and what can be done where
// there is none.
type contactProof struct {
	Heading string
	Why     string
	Facts   []templates.SummaryRow
	Outside []outsidePart
	Ways    []templates.ActionItem
}

// fill puts a draft into its form.
func (f *entry) fill(b models.DraftBody) {
	for _, n := range b.Lines {
		f.Add("lines", strconv.Itoa(n))
	}
	f.set("reason", string(b.Reason))
	f.set("description", b.Description)
	f.set("outcome", string(b.DesiredOutcome))
	f.set("amount", b.Amount)
}

// asked is one question of a draft under way.
type asked struct {
	s claimScope
	d models.Draft
	q claimQuestion
}

// askedOf loads what a question's page stands on; done as in draftOf.
func (h *Handlers) askedOf(c *gin.Context) (a asked, done bool, err error) {
	if a.s, err = h.claimScope(c); err != nil {
		return a, false, err
	}
	a.q = claimQuestion(c.Param("question"))
	if !slices.Contains(claimOrder, a.q) || a.q == askItems && len(a.s.lines) == 1 {
		return a, false, notFound()
	}
	a.d, done, err = h.draftOf(c, a.s)
	return a, done, err
}

// showQuestion asks one question, with the answer there is.
func (h *Handlers) showQuestion(c *gin.Context) error {
	a, done, err := h.askedOf(c)
	if done || err != nil {
		return err
	}
	f := h.newEntry(c, claimAsks)
	f.fill(a.d.Body)
	if c.Query("to") == toCheck {
		f.set("to", toCheck)
	}
	return h.questionPage(f, a)
}

// postQuestion saves the answer and leads on.
func (h *Handlers) postQuestion(c *gin.Context) error {
	a, done, err := h.askedOf(c)
	if done || err != nil {
		return err
	}
	f, err := h.readEntry(c, claimAsks)
	if err != nil {
		return err
	}
	b := a.d.Body
	stay := false
	switch a.q {
	case askReason:
		f.oneOf("reason", reasonCodes()...)
		b.Reason = models.Reason(f.get("reason"))
	case askItems:
		f.need("lines")
		b.Lines = f.ints("lines")
	case askStory:
		if f.get("do") == "facts" {
			f.set("description", strings.TrimLeft(f.get("description")+"\n"+h.orderDates(f.words, a.s), "\n"))
			f.status = http.StatusOK
			return h.questionPage(f, a)
		}
		f.need("description")
		b.Description = f.get("description")
	case askContact:
	case askEvidence:
		if stay, err = h.takeEvidence(f, a, &b); err != nil {
			return err
		}
	case askOutcome:
		f.oneOf("outcome", outcomes...)
		b.DesiredOutcome, b.Amount = models.Outcome(f.get("outcome")), f.get("amount")
		if f.amount(a.s.order.Currency); f.ok() {
			if fault := a.s.amountFault(f, b); fault != "" {
				f.say("amount", fault)
			}
		}
	}
	if !f.ok() && a.q != askEvidence { // files that were taken stay, whatever is wrong with others
		return h.questionPage(f, a)
	}
	if a.q != askContact {
		saved, err := h.store.ChangeDraft(c.Request.Context(), requestOf(c).actor, a.s.order.Number, a.s.line.SellerID, a.d.Body, b)
		if err != nil {
			if err := f.refused(err); err != nil {
				return err
			}
			return h.questionPage(f, a)
		}
		a.d, b = saved, saved.Body
	}
	switch {
	case !f.ok():
		return h.questionPage(f, a)
	case stay && len(b.Evidence) > 0: // to the list
		return seeOther(c, a.here(f)+"#files")
	case stay:
		return seeOther(c, a.here(f))
	case a.q == askReason && b.Reason == models.ChangeOfMind:
		return seeOther(c, f.words.path("check/result")+"?item=seller&reason="+string(models.ChangeOfMind))
	case f.get("to") == toCheck:
		return seeOther(c, a.s.path(f.words, "check"))
	}
	if next := a.s.next(a.q); next != "" {
		return seeOther(c, a.s.path(f.words, string(next)))
	}
	if _, open := undone(a.s.tasks(f, b)); open {
		return seeOther(c, a.s.path(f.words))
	}
	return seeOther(c, a.s.path(f.words, "check"))
}

// here is the address of the question, as it was come to.
func (a asked) here(f *entry) string {
	path := a.s.path(f.words, string(a.q))
	if f.get("to") == toCheck {
		path += "?to=" + toCheck
	}
	return path
}

func (h *Handlers) questionPage(f *entry, a asked) error {
	w, s := f.words, a.s
	page := questionPage{
		About: w.text("orders.order", "number", s.order.Number), Item: s.line.Title, To: templates.Hidden{Name: "to", Value: f.get("to")},
		Submit: templates.Submit{Label: w.text("action.save_continue"), Name: "do", Value: "next"},
	}
	key := taskKey(a.q)
	if a.q == askItems {
		key = "items"
	}
	heading, why := w.text("draft.ask."+key), w.text("draft.why."+key)
	head := func(x templates.Field) *templates.Field {
		x.Heading, x.Hint = true, why
		return &x
	}
	switch a.q {
	case askReason:
		page.Radios = head(f.choices("reason", "", reasonCodes(), func(v string) string { return w.label("reason", v) }))
	case askItems:
		values, titles := []string{}, map[string]string{}
		for _, l := range s.lines {
			n := strconv.Itoa(l.Number)
			values, titles[n] = append(values, n), l.Title
		}
		boxes := f.choices("lines", "", values, func(v string) string { return titles[v] })
		for i, l := range s.lines {
			boxes.Choices[i].Hint = w.money(l.Unrefunded(), s.order.Currency)
		}
		page.Boxes = head(boxes)
	case askStory:
		page.Story = head(f.field("description", ""))
		page.Insert = &templates.Submit{Label: w.text("draft.add_dates"), Name: "do", Value: "facts"}
	case askContact:
		proof, err := h.contactProof(f.c, s, a.d.Body)
		if err != nil {
			return err
		}
		proof.Heading, proof.Why = heading, why
		page.Contact, page.Submit.Label = proof, w.text("draft.next")
	case askEvidence:
		ask, err := h.evidenceAsk(f, a)
		if err != nil {
			return err
		}
		ask.Heading, ask.Why = heading, why
		page.Files = ask
	case askOutcome:
		page.Radios = head(f.choices("outcome", "", outcomes, func(v string) string { return w.label("desired_outcome", v) }))
		amount := f.field("amount", "")
		lines := s.chosen(a.d.Body.Lines)
		amount.Hint = w.text("claims.amount_hint", "amount", templates.Money{Amount: unrefunded(lines), Currency: s.order.Currency})
		amount.Optional, amount.Digits, amount.Width = true, true, "m"
		page.Text = &amount
	}
	p := h.page(f.c, heading, page)
	p.Back = &templates.Link{Label: w.text("draft.back"), Href: s.path(w)}
	if f.get("to") == toCheck {
		p.Back = &templates.Link{Label: w.text("claims.check"), Href: s.path(w, "check")}
	}
	return f.showPage("claims/question", p)
}

// orderDates are the dates the order knows, a line each by date, to begin a story with.
func (h *Handlers) orderDates(w words, s claimScope) string {
	type dated struct{ day, key string }
	var known []dated
	add := func(at models.Instant, key string) {
		if at != 0 {
			known = append(known, dated{h.dayOf(at), key})
		}
	}
	l := s.line
	add(s.order.PlacedAt, "placed")
	add(l.ShippedAt, "shipped")
	known = append(known, dated{s.order.LatestEstimate(l, s.policy, h.store.Zone()).String(), "latest"})
	add(l.DeliveredAt, "delivered")
	add(l.CancelledAt, "cancelled")
	if l.Contact != nil {
		add(l.Contact.SentAt, "contacted")
	}
	slices.SortStableFunc(known, func(a, b dated) int { return strings.Compare(a.day, b.day) })
	lines := make([]string, len(known))
	for i, d := range known {
		lines[i] = w.text("draft.date_line", "happened_day", d.day, "what", w.text("draft.date."+d.key))
	}
	return strings.Join(lines, "\n")
}

// contactProof gathers the contacts about the lines of a draft.
func (h *Handlers) contactProof(c *gin.Context, s claimScope, b models.DraftBody) (*contactProof, error) {
	w, proof, missing := h.words(c), &contactProof{}, false
	for _, l := range s.chosen(b.Lines) {
		value := w.text("draft.contact_none")
		if ct := l.Contact; ct != nil && ct.SolvedAt == 0 {
			value = w.text("draft.contact_told", "topic", w.label("reason", string(ct.Topic)), "contacted_at", ct.SentAt)
			if s.now < ct.WaitEndsAt {
				value += "\n" + w.text("draft.contact_opens", "opens_at", ct.WaitEndsAt)
			}
		} else {
			missing = true
		}
		proof.Facts = append(proof.Facts, templates.SummaryRow{Label: l.Title, Value: value})
	}
	declared, err := h.store.OutsideContacts(c.Request.Context(), requestOf(c).actor, s.order.Number, s.line.Number)
	if err != nil {
		return nil, err
	}
	proof.Outside = outsideParts(w, declared)
	if missing {
		proof.Ways = []templates.ActionItem{
			{Allowed: true, Label: w.text("action.contact"), Href: s.linePath(w, "contact"), Hint: w.text("draft.way_contact", "wait", s.policy.Wait())},
			{Allowed: true, Label: w.text("contact.outside"), Href: s.linePath(w, "outside-contact"), Hint: w.text("orders.hint_outside")},
		}
	}
	return proof, nil
}

// parsed reads an amount without noting that it cannot be read.
func (f *entry) parsed(typed, currency string) *int64 {
	probe := &entry{form: form{map[string][]string{"amount": {typed}}}, h: f.h, c: f.c, words: f.words}
	return probe.amount(currency)
}
