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
	"golang.org/x/text/unicode/norm"

	"hosho/models"
	"hosho/models/calendar"
	"hosho/models/money"
	"hosho/templates"
)

// A form holds strings as they were typed. Handlers take values out of it by methods that
// note what cannot be read, call the use case if all could, and hand it what the use case
// refused; the page is then shown again with everything that was typed, every message beside
// its field and all of them on top:
//
//	f, err := h.readEntry(c, questions{"topic": choice("contact.topic"), "body": typed("contact.body")})
//	if err != nil {
//		return err
//	}
//	in := models.SendMessage{Topic: models.Reason(f.get("topic")), Body: f.get("body")}
//	if f.ok() {
//		if _, err := h.store.SendMessage(…); err == nil {
//			return seeOther(c, …)
//		} else if err := f.refused(err); err != nil {
//			return err
//		}
//	}
//	return h.showContact(c, f)
//
// The page is given by f.show, which sets the status and the summary.

// question is a field of a form as its page names it: messages about it say its label.
type question struct {
	label string // key of the catalogue
	noun  string // key of what messages call it, where the label is a whole question
	kind  questionKind
	max   int // characters, said under a text area
}

type questionKind int

const (
	typedKind questionKind = iota
	choiceKind
	fileKind
)

type questions map[string]question

func typed(label string) question                 { return question{label: label} }
func choice(label string) question                { return question{label: label, kind: choiceKind} }
func files(label string) question                 { return question{label: label, kind: fileKind} }
func story(label string, characters int) question { return question{label: label, max: characters} }

// entry is a form with what somebody has entered.
type entry struct {
	form
	h          *Handlers
	c          *gin.Context
	words      words
	questions  questions
	errors     []templates.FieldError
	status     int
	stale      bool // what the form was filled in for has changed meanwhile
	blank      bool // nothing was typed that could be kept
	takesFiles bool
	conflict   string // what it collided with, said once, above everything else
}

// newEntry is a form nobody has filled in yet.
func (h *Handlers) newEntry(c *gin.Context, q questions) *entry {
	return &entry{form: form{url.Values{}}, h: h, c: c, words: h.words(c), questions: q, status: http.StatusOK}
}

// readEntry reads a form that was sent. Files are received as they come; those that can be
// evidence are values of the field "evidence" from then on, the others messages about the
// field "files". Kinds: Malformed, TooLarge.
func (h *Handlers) readEntry(c *gin.Context, q questions) (*entry, error) {
	f := h.newEntry(c, q)
	f.status = http.StatusUnprocessableEntity
	var received []string
	sent, err := readForm(c, func(file formFile) error {
		if file.field != filesField {
			return malformed("a file under another name")
		}
		id, err := f.receive(models.ReceiveUpload{FileName: file.name, MediaType: file.mediaType}, file.body)
		if id != "" {
			received = append(received, id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for name, values := range sent.Values {
		for i, v := range values {
			values[i] = strings.ReplaceAll(v, "\r\n", "\n")
		}
		f.Values[name] = values
	}
	f.Values[evidenceField] = slices.Concat(f.Values[evidenceField], f.Values[reuseField], received)
	f.checkCaptions()
	return f, nil
}

// get is the first value of a field, unchanged.
func (f *entry) get(name string) string { return f.Get(name) }

// all are the values of a field, each once and no empty one.
func (f *entry) all(name string) []string {
	var list []string
	for _, v := range f.Values[name] {
		if v != "" && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// set fills in a field that nobody has typed yet.
func (f *entry) set(name string, values ...string) { f.Values[name] = values }

// has tells whether a field was sent with something in it.
func (f *entry) has(name string) bool { return strings.TrimSpace(f.get(name)) != "" }

// need notes that a field is empty, or holds nothing one could see.
func (f *entry) need(names ...string) {
	for _, name := range names {
		if !models.Visible(f.get(name)) {
			f.fail(name, "required")
		}
	}
}

// ints reads a field of checkboxes whose values are numbers.
func (f *entry) ints(name string) []int {
	var list []int
	for _, v := range f.all(name) {
		n, err := strconv.Atoi(v)
		if err != nil {
			f.fail(name, "unknown_value")
			return nil
		}
		list = append(list, n)
	}
	return list
}

// amount reads the field of that name as people type money, full-width digits, commas and
// 円 among them; nil when it is empty.
func (f *entry) amount(currency string) *int64 { return f.amountOf("amount", currency) }

// amountOf reads the sum of a field by name.
func (f *entry) amountOf(name, currency string) *int64 {
	typed := norm.NFKC.String(f.get(name))
	typed = strings.Map(func(r rune) rune {
		switch r {
		case ',', '円', '¥', ' ', '　', '\t':
			return -1
		}
		return r
	}, typed)
	if typed == "" {
		return nil
	}
	n, err := money.ParseDecimal(typed, currency)
	if err != nil {
		f.fail(name, "not_a_number")
		return nil
	}
	if n < 1 {
		f.fail(name, "out_of_range")
		return nil
	}
	return &n
}

// oneOf notes an answer that is missing or not among those there are.
func (f *entry) oneOf(name string, values ...string) {
	switch {
	case !f.has(name):
		f.fail(name, "required")
	case !slices.Contains(values, f.get(name)):
		f.fail(name, "unknown_value")
	}
}

// date reads a calendar day, as browsers send it or typed with slashes or full-width digits.
func (f *entry) date(name string) calendar.Date {
	typed := strings.NewReplacer("/", "-", ".", "-").Replace(norm.NFKC.String(strings.TrimSpace(f.get(name))))
	if typed == "" {
		f.fail(name, "required")
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(typed)
	if err != nil {
		f.fail(name, "bad_date")
	}
	return d
}

// localTime reads a date and time of the marketplace's zone, as browsers send it or typed
// with a space between. A moment in the future is refused by the use case.
func (f *entry) localTime(name string) models.Instant {
	if !f.has(name) {
		f.fail(name, "required")
		return 0
	}
	at, ok := localTime(f.get(name), f.h.store.Zone())
	if !ok {
		f.fail(name, "bad_local_time")
		return 0
	}
	return models.InstantOf(at)
}

func localTime(typed string, zone *time.Location) (time.Time, bool) {
	typed = strings.Replace(norm.NFKC.String(strings.TrimSpace(typed)), "/", "-", 2)
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, typed, zone); err == nil && t.Year() >= 1971 {
			return t, true
		}
	}
	return time.Time{}, false
}

// version is the version the page was shown with; nil where the form has none.
func (f *entry) version() *int64 {
	n, err := strconv.ParseInt(f.get("version"), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// ok tells whether everything could be read so far.
func (f *entry) ok() bool { return len(f.errors) == 0 && !f.stale }

// fail notes a message by its code about a field; the first about a field stays, but for
// files, each of which has its own.
func (f *entry) fail(field, code string) {
	f.failWith(models.FieldError{Field: field, Code: code, Args: map[string]any{}})
}

func (f *entry) failWith(e models.FieldError) {
	field := e.Field
	if i := strings.IndexAny(field, "[."); i >= 0 {
		field = field[:i]
	}
	q, known := f.questions[field]
	if !known && field == evidenceField {
		field = filesField
		q, known = f.questions[field]
	}
	args := map[string]any{"label": field}
	for name, v := range e.Args {
		args[name] = v
	}
	if known {
		args["label"] = f.words.text(cmp.Or(q.noun, q.label))
	}
	code := e.Code
	if code == "required" && q.kind == choiceKind {
		code = "required_choice"
	}
	if code == "required" && q.kind == fileKind {
		code = "required_file"
	}
	text := cmp.Or(f.h.text(f.words.locale, "field."+amountCode(code, args), args), f.h.text(f.words.locale, "error."+code, args), f.words.text("error.invalid_fields"))
	if !known {
		field = ""
	}
	if field != filesField && slices.ContainsFunc(f.errors, func(e templates.FieldError) bool { return e.Field == field && field != "" }) {
		return
	}
	f.say(field, text)
}

// say notes a message in words. Field "" is about the whole form.
func (f *entry) say(field, text string) {
	f.errors = append(f.errors, templates.FieldError{Field: field, Text: text})
}

// refused takes what a use case has refused, so that the page can be shown again with what
// was typed. Nil means that it can; what the caller may not see or do is given back. A
// failure of ours is logged and said: words are never lost by it.
func (f *entry) refused(err error) error {
	status, e := statusOf(err)
	switch e.Kind { //nolint:exhaustive // the others are said on the form
	case models.NotFound, models.Forbidden, models.Unauthenticated, models.Malformed:
		return err
	}
	if status >= http.StatusInternalServerError {
		f.h.note(f.c, err)
	}
	f.status = status
	if at, ok := e.Args["available_at"].(models.Instant); ok && e.Kind == models.TooMany {
		wait := max(time.Minute, (at.Sub(f.h.store.MachineNow()) + time.Minute - 1).Truncate(time.Minute))
		f.c.Header("Retry-After", strconv.Itoa(int(wait/time.Second)))
		e = e.With("wait", wait)
	}
	switch {
	case e.Kind == models.Conflict:
		f.stale = true
		f.conflict = f.words.text("problem.409.title")
		if title := f.h.text(f.words.locale, "title."+e.Code, nil); title != "" && e.Code != "stale_version" {
			f.conflict = title
		}
	case len(e.Fields) > 0:
		for _, field := range e.Fields {
			f.failWith(field)
		}
	default:
		f.say("", f.sentence(e))
	}
	return nil
}

// sentence says why a rule or a limit refused, with the facts it stands on.
func (f *entry) sentence(e *models.Error) string {
	if a, ok := models.AssessmentOf(e); ok {
		return f.words.refusal(a, models.RuleCode(e.Code))
	}
	return f.h.detail(f.words.locale, e, nil)
}

// refusal is rule for the one sentence that says why something cannot be done yet: of two
// dates the later one binds.
func (w words) refusal(a models.Assessment, code models.RuleCode) string {
	if code == a.Code {
		code = a.Binding()
	}
	return w.rule(a, code)
}

// rule says in a sentence why a rule of an answer is not kept.
func (w words) rule(a models.Assessment, code models.RuleCode) string {
	args := a.Args(code)
	if limit, ok := args["limit"].(money.Amount); ok {
		args["limit"] = templates.Money{Amount: limit.Amount, Currency: limit.Currency}
	}
	key := "rule." + string(code) + ".detail"
	if code == models.RuleWaitNotElapsed && a.Because.ContactedAt == 0 {
		key = "rule.wait_not_elapsed.no_contact"
	}
	if s := w.h.text(w.locale, key, args); s != "" {
		return s
	}
	return w.text("rule." + string(code) + ".title")
}

// message is what is said beside a field. Several files may each have one.
func (f *entry) message(name string) string {
	var texts []string
	for _, e := range f.errors {
		if e.Field == name {
			texts = append(texts, e.Text)
		}
	}
	return strings.Join(texts, " ")
}

// field is a question with what was typed and what is said about it. hint is a key, or "".
func (f *entry) field(name, hint string) templates.Field {
	q := f.questions[name]
	out := templates.Field{Name: name, Label: f.words.text(q.label), Value: f.get(name), Error: f.message(name), Max: q.max}
	if hint != "" {
		out.Hint = f.words.text(hint)
	}
	return out
}

// hasOnly makes plain sentences of messages about fields that the page does not have.
func (f *entry) hasOnly(names ...string) {
	for i, e := range f.errors {
		if !slices.Contains(names, e.Field) {
			f.errors[i].Field = ""
		}
	}
}

// late ends a form of which nothing is asked any more. What was typed into a field stays to be copied, with what was typed
// of its files under it; nil where nothing was. What is wrong with it is not said: nothing could be mended.
func (f *entry) late(name string) *templates.Field {
	f.keepCaptions(name)
	if len(f.errors) > 0 {
		f.errors, f.stale, f.status = nil, true, http.StatusConflict
		f.conflict, f.blank = f.words.text("title.not_allowed_now"), !f.has(name)
	}
	if !f.has(name) {
		return nil
	}
	out := f.lateField(name)
	return &out
}

// lateField is what was typed and can be sent no more: it stays to be copied.
func (f *entry) lateField(name string) templates.Field {
	out := f.field(name, "")
	out.Max, out.ReadOnly = 0, true
	return out
}

// choices is a question with its answers; label gives the words of each.
func (f *entry) choices(name, hint string, values []string, label func(string) string) templates.Field {
	out := f.field(name, hint)
	chosen := f.all(name)
	for _, v := range values {
		out.Choices = append(out.Choices, templates.Choice{Value: v, Label: label(v), Checked: slices.Contains(chosen, v)})
	}
	return out
}

// show answers with the form's page: 200 when it is new, else the status of what was wrong.
func (f *entry) show(name, title string, content any) error {
	return f.showPage(name, f.h.page(f.c, title, content))
}

// showPage is show for a page with more in its frame.
func (f *entry) showPage(name string, p templates.Page) error {
	p.NoIndex = p.NoIndex || p.Description == "" // a form with a word for search engines is a way in
	p.Errors = f.errors
	if f.takesFiles {
		p.Scripts = append(p.Scripts, "upload")
	}
	if f.stale && p.Banner == nil {
		p.Banner = &templates.Banner{Tone: "warn", Title: f.conflict, Role: "alert"}
		if !f.blank {
			p.Banner.Text = f.words.text("form.kept")
		}
	}
	status := f.status
	if f.ok() {
		status = http.StatusOK
	}
	return f.h.render(f.c, status, name, p)
}
