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
	Files  templates.Field
	Kept   templates.Field
	Note   templates.Field
	Late   bool
	Hidden []templates.Hidden
	Submit templates.Submit
}

var evidenceQuestions = questions{filesField: files("seller.files"), "note": typed("seller.caption")}

func (h *Handlers) showSellerEvidence(c *gin.Context) error {
	return h.evidencePage(c, h.newEntry(c, evidenceQuestions), "seller/cases")
}

func (h *Handlers) postSellerEvidence(c *gin.Context) error {
	return h.postEvidence(c, "seller/cases")
}

// evidencePage asks for more files on the case at base.
func (h *Handlers) evidencePage(c *gin.Context, f *entry, base string) error {
	v, err := h.caseView(c)
	if err != nil {
		return err
	}
	d := h.desk(c, v.Side)
	content := sellerEvidence{
		Number: v.Number, Late: v.Side == models.SideSeller && v.SellerDueAt != 0 && v.Now >= v.SellerDueAt, Note: f.field("note", "seller.caption_hint"),
	}
	if content.Files, content.Kept, err = f.files(""); err != nil {
		return err
	}
	content.Note.Optional = true
	content.Files.Hint = d.text("evidence.formats", "max", "10 MB", "count", v.Policy.MaxFiles)
	content.Submit = templates.Submit{Label: d.text("action.add_evidence"), Cancel: &templates.Link{Label: d.text("action.cancel"), Href: d.path(base, v.Number)}}
	p := h.page(c, d.text("action.add_evidence"), content)
	p.Back = &templates.Link{Label: d.text("seller.back_to_case", "number", v.Number), Href: d.path(base, v.Number)}
	return f.showPage("seller/evidence", p)
}

func (h *Handlers) postEvidence(c *gin.Context, base string) error {
	number, err := numberOf(c, 'C', "number")
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, evidenceQuestions)
	if err != nil {
		return err
	}
	if f.ok() && len(f.all(evidenceField)) == 0 {
		f.fail(filesField, "required")
	}
	if f.ok() {
		_, err = h.store.Act(c.Request.Context(), requestOf(c).actor, number, &models.AddEvidenceInput{Evidence: f.all(evidenceField), Note: f.get("note")})
		if err == nil {
			return seeOther(c, f.words.path(base, number)+"#evidence")
		}
		if err := f.refused(err); err != nil {
			return err
		}
	}
	return h.evidencePage(c, f, base)
}

// sellerFile is one file looked at closely, without script.
type sellerFile struct {
	View templates.EvidenceView
	Case templates.Link
}

// showSellerFile shows a file of the case, with its neighbours.
func (h *Handlers) showSellerFile(c *gin.Context) error {
	v, err := h.caseView(c)
	if err != nil {
		return err
	}
	return h.filePage(c, v, h.desk(c, models.SideSeller), "seller/cases")
}

// showStaffFile is the same for the desk.
func (h *Handlers) showStaffFile(c *gin.Context) error {
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return err
	}
	return h.filePage(c, v, h.desk(c, models.SideStaff), "staff/cases")
}

// filePage is one file of the case at base.
func (h *Handlers) filePage(c *gin.Context, v models.ClaimView, d desk, base string) error {
	i := slices.IndexFunc(v.Evidence, func(e models.Evidence) bool { return e.ID == c.Param("id") })
	if i < 0 {
		return notFound()
	}
	e := v.Evidence[i]
	item := d.evidence(v.Evidence[i : i+1])[0]
	at := func(j int) string {
		if j < 0 || j >= len(v.Evidence) {
			return ""
		}
		return d.path(base, v.Number, "evidence", v.Evidence[j].ID)
	}
	content := sellerFile{View: templates.EvidenceView{
		Item: item, Width: e.Width, Height: e.Height, Sheets: e.Pages, Download: d.file(e.ID, "content"), Hash: e.SHA256, Clean: true,
		Place: strconv.Itoa(i+1) + " / " + strconv.Itoa(len(v.Evidence)), Prev: at(i - 1), Next: at(i + 1),
	}, Case: templates.Link{Label: d.text("seller.back_to_case", "number", v.Number), Href: d.path(base, v.Number)}}
	if e.Width > 0 {
		content.View.Picture = content.View.Download
	}
	p := h.page(c, item.Caption, content)
	p.Speech = templates.LangOf(item.Caption, d.locale)
	p.Back = &templates.Link{Label: content.Case.Label, Href: content.Case.Href + "#evidence"}
	if d.side == models.SideStaff {
		p.Back.Href = content.Case.Href + "#versions"
		asDesk(c, &p)
	}
	return h.render(c, http.StatusOK, "seller/file", p)
}

// closer leads the files of a case to their own pages.
func (d desk) closer(base, number string, list []models.Evidence, by models.Side) []templates.EvidenceItem {
	var items []templates.EvidenceItem
	for _, e := range list {
		if e.By == by {
			item := d.evidence([]models.Evidence{e})[0]
			item.Href = d.path(base, number, "evidence", e.ID)
			items = append(items, item)
		}
	}
	return items
}
