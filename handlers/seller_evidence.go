package handlers

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// sellerEvidence gives files outside an answer.
type sellerEvidence struct {
	Number string
	Closed string // why no more files can be given; "" where they can
	Files  templates.Field
	Kept   templates.Field
	Note   *templates.Field
	Late   bool
	Hidden []templates.Hidden
	Submit templates.Submit
}

var evidenceQuestions = questions{filesField: files("seller.files"), "note": typed("seller.caption")}

func (h *Handlers) showSellerEvidence(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	return h.evidencePage(c, h.newEntry(c, evidenceQuestions), v)
}

func (h *Handlers) postSellerEvidence(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	return h.postEvidence(c, v)
}

// evidencePage asks for more files on the case. Where none can be given any more it holds what was typed; where nothing
// was, the case says so.
func (h *Handlers) evidencePage(c *gin.Context, f *entry, v models.ClaimView) error {
	d := h.desk(c, v.Side)
	home := d.pagesOf(c, v.Number)()
	if !slices.Contains(v.Allowed, models.AddEvidence) {
		content := sellerEvidence{Closed: d.text("claims.why_closed"), Note: f.late("note")}
		if content.Note == nil {
			return seeOther(c, plus(home, "done", notNow))
		}
		return h.showEvidencePage(c, f, v, content)
	}
	note := f.field("note", "seller.caption_hint")
	note.Optional = true
	content := sellerEvidence{
		Number: v.Number, Late: v.Side == models.SideSeller && v.SellerDueAt != 0 && v.Now >= v.SellerDueAt, Note: &note,
		Hidden: []templates.Hidden{f.once()},
	}
	var err error
	if content.Files, content.Kept, err = f.files(""); err != nil {
		return err
	}
	f.captioned(&content.Files, &content.Kept)
	if content.Files.Reuse, err = f.reuseOn(v); err != nil {
		return err
	}
	content.Files.Hint = d.text("evidence.formats", "max", templates.FileSize(models.MaxUpload), "count", v.Policy.MaxFiles)
	content.Submit = templates.Submit{Label: d.text("action.add_evidence"), Cancel: &templates.Link{Label: d.text("action.cancel"), Href: home}}
	return h.showEvidencePage(c, f, v, content)
}

func (h *Handlers) showEvidencePage(c *gin.Context, f *entry, v models.ClaimView, content sellerEvidence) error {
	d := h.desk(c, v.Side)
	p := h.page(c, d.text("action.add_evidence"), content)
	p.Back = &templates.Link{Label: d.text("seller.back_to_case", "number", v.Number), Href: d.pagesOf(c, v.Number)()}
	return f.showPage("seller/evidence", p)
}

func (h *Handlers) postEvidence(c *gin.Context, v models.ClaimView) error {
	f, err := h.readFiles(c, evidenceQuestions, v.OrderNumber)
	if err != nil {
		return err
	}
	if f.ok() && len(f.all(evidenceField)) == 0 {
		f.fail(filesField, "required")
	}
	if f.ok() {
		err := f.doOnce(func() error {
			_, err := h.store.Act(c.Request.Context(), requestOf(c).actor, v.Number, &models.AddEvidenceInput{Captioned: f.captions(), Evidence: f.all(evidenceField), Note: f.get("note")})
			return err
		})
		if err == nil {
			d := h.desk(c, v.Side)
			return seeOther(c, d.pagesOf(c, v.Number)()+d.filesAt())
		}
		if err := f.refused(err); err != nil {
			return err
		}
		now, err := h.store.ClaimByNumber(c.Request.Context(), requestOf(c).actor, v.Number)
		if err != nil {
			return err
		}
		v.Allowed = now.Allowed
	}
	return h.evidencePage(c, f, v)
}

// filePage is one file looked at closely, without script.
type filePage struct {
	View templates.EvidenceView
	More templates.Link

	Compare string // beside a file of the other party, for staff; "" says nothing
}

// showSellerFile shows a file of the case, with its neighbours.
func (h *Handlers) showSellerFile(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	return h.showDeskFile(c, v, h.desk(c, models.SideSeller))
}

// showStaffFile is the same for the desk.
func (h *Handlers) showStaffFile(c *gin.Context) error {
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return err
	}
	return h.showDeskFile(c, v, h.desk(c, models.SideStaff))
}

func (h *Handlers) showDeskFile(c *gin.Context, v models.ClaimView, d desk) error {
	back := templates.Link{Label: d.text("seller.back_to_case", "number", v.Number), Href: d.pagesOf(c, v.Number)() + d.filesAt()}
	return h.showOneFile(c, v, d, d.evidence(v.Evidence), back, back)
}

// filesAt is where the files stand on the page of a case.
func (d desk) filesAt() string {
	if d.side == models.SideStaff {
		return "#versions"
	}
	return "#evidence"
}

// showOneFile is the page of the file in the address. items are the claim's files as the side
// words them; more is a second way on from it.
func (h *Handlers) showOneFile(c *gin.Context, v models.ClaimView, d desk, items []templates.EvidenceItem, back, more templates.Link) error {
	i := slices.IndexFunc(v.Evidence, func(e models.Evidence) bool { return e.ID == c.Param("id") })
	if i < 0 {
		return notFound()
	}
	e, item := v.Evidence[i], items[i]
	item.FileName = e.FileName
	at := func(j int) string {
		if j < 0 || j >= len(v.Evidence) {
			return ""
		}
		return d.pagesOf(c, v.Number)("evidence", v.Evidence[j].ID)
	}
	page := filePage{More: more, View: d.fileView(e, item)}
	page.View.Place, page.View.Prev, page.View.Next = strconv.Itoa(i+1)+" / "+strconv.Itoa(len(v.Evidence)), at(i-1), at(i+1)
	if d.side == models.SideStaff {
		order, err := h.store.OrderFacts(c.Request.Context(), requestOf(c).actor, v.OrderNumber)
		if err != nil {
			return err
		}
		hints, err := h.hints(c.Request.Context(), requestOf(c).actor, v, order.PlacedAt)
		if err != nil {
			return err
		}
		d.forStaff(&page.View, v, e, hints[e.ID])
		page.Compare = d.compareHref(d.pagesOf(c, v.Number), e)
	}
	p := h.page(c, item.Caption, page)
	p.Speech = templates.LangOf(item.Caption, d.locale)
	p.Back = &back
	if d.side == models.SideStaff {
		asDesk(c, &p)
	}
	return h.render(c, http.StatusOK, "claims/evidence", p)
}

// fileView is a file looked at closely, without its place among others.
func (d desk) fileView(e models.Evidence, item templates.EvidenceItem) templates.EvidenceView {
	view := templates.EvidenceView{
		Item: item, ID: e.ID, Width: e.Width, Height: e.Height, Sheets: e.Pages, Download: d.download(e), Hash: e.SHA256, Clean: true, Cleaned: d.cleaned(e.Facts),
	}
	if e.Unsafe(models.EvidenceCopy) {
		view.Download = ""
	} else if e.Width > 0 {
		view.Picture = view.Download
	}
	return view
}

// compareHref puts a party's file on its half of the page where both are seen.
func (d desk) compareHref(pages casePages, e models.Evidence) string {
	switch e.By { //nolint:exhaustive // staff have no half
	case models.SideBuyer:
		return plus(pages("compare"), "left", e.ID)
	case models.SideSeller:
		return plus(pages("compare"), "right", e.ID)
	}
	return ""
}

// closer leads the files of one side of a case to their own pages. hints are for staff; nil
// says nothing.
func (d desk) closer(pages casePages, list []models.Evidence, by models.Side, hints hinted) []templates.EvidenceItem {
	var items []templates.EvidenceItem
	for _, e := range list {
		if e.By == by {
			item := d.evidence([]models.Evidence{e})[0]
			item.Href, item.Hint = pages("evidence", e.ID), d.hintLine(hints[e.ID])
			items = append(items, item)
		}
	}
	return items
}
