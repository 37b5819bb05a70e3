package handlers

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// A measure is written, then read as the seller will read it, then sent or proposed.

// measureLetter is what the seller gets of a measure in one language: the notice, what the measure
// does and the statement of reasons.
type measureLetter struct {
	Name    string
	Speech  string // the language, where it is not the page's
	Subject string
	Body    string
	Does    string // heading of what it does
	Facts   []templates.SummaryRow
	Heading string
	Reasons []templates.SummaryRow
}

// measurePreview shows the letter in every language before anything is sent.
type measurePreview struct {
	Second  string
	Letters []measureLetter
	Hidden  []templates.Hidden
	Submit  templates.Submit
}

// measureLetters are the letter in every language, since each member of the seller reads it in
// their own; the page's first.
func (d desk) measureLetters(m models.Measure) (letters []measureLetter) {
	for _, l := range templates.Languages() {
		in := d.in(l.Code)
		in.side = models.SideSeller
		n := noticeOf(m.Notice())
		if m.Number == "" {
			n.Args["measure"] = in.text("enforcement.number_later")
		}
		x := measureLetter{Name: l.Name, Does: in.text("enforcement.does"), Facts: in.measureFacts(m), Heading: in.text("enforcement.reasons"), Reasons: in.statementParts(m)[0].Facts}
		x.Subject, x.Body = d.catalog.Notice(l.Code, n)
		if l.Code != d.locale {
			x.Speech = l.Code
		}
		for i, row := range x.Facts {
			if row.At != nil {
				x.Facts[i].At, x.Facts[i].Value = nil, in.text("letter.at", "decided_at", *row.At)
			}
		}
		letters = append(letters, x)
	}
	slices.SortStableFunc(letters, func(a, b measureLetter) int { return len(a.Speech) - len(b.Speech) })
	return letters
}

// previewMeasure shows what the seller would get of a proposal; m is as it would be decided now.
func (h *Handlers) previewMeasure(c *gin.Context, f *entry, m models.Measure, second bool) error {
	d, number := h.desk(c, models.SideStaff), c.Param("number")
	page := measurePreview{Letters: d.measureLetters(m), Hidden: []templates.Hidden{f.once()}}
	if v := f.version(); v != nil {
		page.Hidden = append(page.Hidden, templates.Hidden{Name: "version", Value: strconv.FormatInt(*v, 10)})
	}
	for _, name := range enforcementFields[string(models.ProposesMeasure)] {
		for _, value := range f.all(name) {
			page.Hidden = append(page.Hidden, templates.Hidden{Name: name, Value: value})
		}
	}
	page.Submit = templates.Submit{Label: d.text("enforcement.send_now"), Name: "do", Value: sendsMeasure, Quiet: []templates.Submit{{Label: d.text("decide.edit"), Name: "do", Value: "edit"}}}
	if second {
		page.Second, page.Submit.Label = d.text("enforcement.second_lead"), d.text("enforcement.propose_second")
	}
	p := h.page(c, d.text("enforcement.preview_title", "measure", d.label("measure", string(m.Kind)), "seller", m.SellerName), page)
	p.Wide = true
	p.Back = &templates.Link{Label: d.text("enforcement.investigation", "number", number), Href: d.path("staff/investigations", number)}
	asDesk(c, &p)
	f.status = 200
	return f.showPage("staff/measure_preview", p)
}

// sendsMeasure is the button that sends a proposal which has been read as a letter.
const sendsMeasure = "send"

// readFirst shows a proposal as a letter, or its form again to be changed; false where it is sent.
func (h *Handlers) readFirst(f *entry, in models.InvestigationInput) (shown bool, err error) {
	c := f.c
	if f.get("do") == "edit" {
		f.status = 200
		return true, h.investigationForm(f, models.SideStaff)
	}
	if f.get("do") == sendsMeasure || !f.ok() {
		return false, nil
	}
	m, second, err := h.store.PreviewMeasure(c.Request.Context(), requestOf(c).actor, c.Param("number"), in)
	if err != nil {
		if err := f.refused(err); err != nil {
			return true, err
		}
		return true, h.investigationForm(f, models.SideStaff)
	}
	return true, h.previewMeasure(c, f, m, second)
}
