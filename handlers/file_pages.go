package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// filesPage lists the files somebody has given, and until when each is kept.
type filesPage struct {
	Lead  []string
	Files []myFile
	Empty templates.Empty
	Pages *templates.Pages
}

type myFile struct {
	Item   templates.EvidenceItem
	Facts  []templates.SummaryRow
	Delete string // where its form goes; "" for one that cannot be deleted
	Label  string // of the button, for those who do not see the list
}

func (h *Handlers) showFiles(c *gin.Context) error {
	w := h.words(c)
	policy, _, err := h.policyNow(c)
	if err != nil {
		return err
	}
	files, next, err := h.store.MyFiles(c.Request.Context(), requestOf(c).actor, models.Page{Limit: 20, Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	content := filesPage{Empty: templates.Empty{Text: w.text("files.empty")}, Pages: listPages(c, next), Lead: []string{
		w.text("files.lead", "period", dayPeriod(policy.RetentionDays)), w.text("files.lead_unused", "period", models.UploadLife),
	}}
	for _, f := range files {
		content.Files = append(content.Files, w.myFile(f))
	}
	p := h.page(c, w.text("files.title"), content)
	p.Back = &templates.Link{Label: w.text("settings.title"), Href: w.path("settings")}
	if c.Query("done") == "deleted" {
		p.Banner = &templates.Banner{Tone: "ok", Title: w.text("files.deleted"), Role: "status"}
	}
	return h.render(c, http.StatusOK, "settings/files", p)
}

func (w words) myFile(f models.MyFile) myFile {
	out := myFile{Item: templates.EvidenceItem{
		Caption: f.FileName, FileName: f.FileName, At: f.CreatedAt.Time(), Size: f.Size, State: "checked",
	}}
	if len(f.Given) > 0 {
		out.Item.At = f.Given[0].At.Time()
	}
	if f.Usable() {
		file := "/" + w.locale + "/files/" + f.ID
		out.Item.Href = file + "/content"
		if f.HasThumb {
			out.Item.Thumbnail, out.Item.Width, out.Item.Height = file+"/thumbnail", 320, 240
		}
	}
	if f.State == models.UploadChecking {
		out.Item.State = "checking"
	}
	given := templates.SummaryRow{Label: w.text("files.given"), Value: w.text("files.given_nowhere")}
	for i, use := range f.Given {
		if i == 0 {
			given.Value = ""
		}
		given.Links = append(given.Links, w.useLink(use, f.ID))
	}
	if f.Reserved {
		given.Value = w.text("files.given_unsent")
	}
	kept := templates.SummaryRow{Label: w.text("files.kept")}
	switch r := f.Retention; {
	case f.State == models.UploadRemoved:
		out.Item.State = "removed"
		kept.Value = w.text("evidence.removed_text", "removed_at", f.RemovedAt)
	case f.State == models.UploadRejected:
		out.Item.State, kept.Value = "unusable", w.text("evidence.unsafe_text")
	case len(f.Given) == 0:
		kept.Value = w.text("files.kept_until", "until", f.ExpiresAt)
		if !f.Reserved {
			out.Delete, out.Label = w.path("settings/files", f.ID)+"/delete", f.FileName
		}
	case r.Held:
		kept.Value = w.text("files.kept_held")
	case r.Open:
		kept.Value = w.text("files.kept_open")
	default:
		kept.Value = w.text("files.kept_until", "until", r.Until)
	}
	out.Facts = []templates.SummaryRow{given, kept}
	return out
}

// useLink leads to what a file was given on, as its owner stands to it.
func (w words) useLink(u models.FileUse, id string) templates.Link {
	base, orders, own := "my/claims", "my/orders", "my"
	switch u.By {
	case models.SideSeller:
		base, orders, own = "seller/cases", "seller/orders", "seller"
	case models.SideStaff:
		base, own = "staff/cases", "staff"
	case models.SideBuyer, models.SideNone, models.SideObserver, models.SideClock:
	}
	switch u.Kind {
	case models.OnReport:
		return templates.Link{Label: w.text("reports.report", "number", u.Number), Href: w.path(own, "reports", u.Number)}
	case models.OnInvestigation:
		return templates.Link{Label: w.text("enforcement.investigation", "number", u.Number), Href: w.path(own, "investigations", u.Number)}
	case models.OnMeasure:
		return templates.Link{Label: w.text("enforcement.measure", "number", u.Number), Href: w.path(own, "measures", u.Number)}
	case models.OnFlag:
		return templates.Link{Label: w.text("flags.warning", "number", u.Number), Href: w.path("my/flags", u.Number)}
	case models.OnContest:
		return templates.Link{Label: w.text("files.on_contest", "number", u.OrderNumber), Href: w.path("seller/health/orders", u.OrderNumber)}
	case models.OnClaim, models.OnMessage, models.OnOutside:
	}
	if u.ClaimNumber == "" {
		return templates.Link{Label: w.text("files.on_order", "number", u.OrderNumber), Href: w.path(orders, u.OrderNumber)}
	}
	link := templates.Link{Label: w.text("claims.claim", "number", u.ClaimNumber), Href: w.path(base, u.ClaimNumber)}
	if u.Kind == models.OnClaim {
		link.Href = w.path(base, u.ClaimNumber, "evidence", id)
	}
	return link
}

// postDeleteFile deletes a file that was given on nothing; pressed twice it did so the first time.
func (h *Handlers) postDeleteFile(c *gin.Context) error {
	if _, err := h.readEntry(c, nil); err != nil {
		return err
	}
	if err := h.store.DiscardUpload(c.Request.Context(), requestOf(c).actor, c.Param("id")); err != nil && models.KindOf(err) != models.NotFound {
		return err
	}
	return seeOther(c, h.words(c).path("settings/files")+"?done=deleted")
}
