package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// hinted is what staff are told of the files of a case, by the id of each.
type hinted map[string][]models.Hint

// hints looks at the files of a case for staff; nobody else is told anything.
func (h *Handlers) hints(ctx context.Context, by models.Actor, v models.ClaimView, placed models.Instant) (hinted, error) {
	if v.Side != models.SideStaff && v.Side != models.SideObserver {
		return nil, nil //nolint:nilnil // an empty map says the same
	}
	likes, err := h.store.Likenesses(ctx, by, v)
	if err != nil {
		return nil, err
	}
	all := hinted{}
	for _, e := range v.Evidence {
		all[e.ID] = models.HintsOf(e, placed, likes[e.ID])
	}
	return all, nil
}

// hintLine is the hints of a file in one line of a list. What is said of every other
// screenshot is left to its own page: that it has the size of a screen, and that another of
// the same program looks like it.
func (d desk) hintLine(hints []models.Hint) string {
	var parts []string
	for _, x := range hints {
		if x.Kind != models.HintScreenshot && (x.Kind != models.HintNearPicture || !x.Drawn) {
			parts = append(parts, d.label("hint.short", string(x.Kind)))
		}
	}
	return strings.Join(parts, d.text("hint.join"))
}

// hintsShown are the hints of a file with why each is given.
func (d desk) hintsShown(hints []models.Hint) []templates.EvidenceHint {
	const most = 5 // claims by name
	out := make([]templates.EvidenceHint, 0, len(hints))
	for _, x := range hints {
		var shown templates.EvidenceHint
		switch x.Kind {
		case models.HintSameFile, models.HintNearPicture:
			shown.Text = d.text("hint.why." + string(x.Kind))
			if x.Kind == models.HintNearPicture && x.Drawn {
				shown.Text += d.text("hint.why.near_screen")
			}
			for _, l := range x.Claims[:min(most, len(x.Claims))] {
				label := d.text("hint.claim", "number", l.ClaimNumber, "role", d.label("role", string(l.By)))
				if !l.Same {
					label = d.text("hint.claim_near", "number", l.ClaimNumber, "role", d.label("role", string(l.By)), "bits", l.Bits)
				}
				shown.Links = append(shown.Links, templates.Link{Label: label, Href: d.path("staff/cases", l.ClaimNumber) + "#versions"})
			}
			if more := len(x.Claims) - most; more > 0 {
				shown.Text += d.text("hint.more", "count", more)
			}
		case models.HintTakenBefore:
			shown.Text = d.text("hint.why.taken_before_order", "taken", d.taken(x.TakenAt, x.Zoned))
		case models.HintEdited:
			shown.Text = d.text("hint.why.edited", "editor", x.Editor)
		case models.HintScreenshot:
			name := d.label("hint.device", x.Device.Kind)
			if x.Device.Name != "" {
				name = d.text("hint.device_named", "device", name, "name", x.Device.Name)
			}
			shown.Text = d.text("hint.why.screenshot", "device", name, "width", x.Device.Width, "height", x.Device.Height)
		}
		out = append(out, shown)
	}
	return out
}

// taken is the camera's clock in words: at home in the marketplace's zone where the camera said
// its own, as it stood otherwise.
func (d desk) taken(at models.Instant, zoned bool) string {
	if zoned {
		return d.text("hint.taken", "taken_at", at)
	}
	return d.text("hint.taken_unzoned", "clock", at.Time().Format("2006-01-02 15:04"))
}

// forStaff adds to a file's page what staff alone see: what the file says of itself, hints,
// and the way to the original.
func (d desk) forStaff(view *templates.EvidenceView, v models.ClaimView, e models.Evidence, hints []models.Hint) {
	f := e.Facts
	row := func(key, value string) {
		if value != "" {
			view.More = append(view.More, templates.SummaryRow{Label: d.text(key), Value: value, Lang: templates.LangOf(value, d.locale)})
		}
	}
	row("hint.camera", f.Camera)
	row("hint.editor", f.Editor)
	if f.TakenAt != 0 {
		row("hint.taken_label", d.taken(f.TakenAt, f.ZoneKnown))
	}
	view.Hints = d.hintsShown(hints)
	view.Hinted = f.Inspected
	if v.Side == models.SideStaff && e.State == models.UploadReady && !e.Unsafe(models.EvidenceOriginal) {
		view.Original = d.file(e.ID, string(models.EvidenceOriginal))
	}
}

// cleaned says what of the record beside the picture was taken out of what is shown.
func (d desk) cleaned(f models.PictureFacts) string {
	switch {
	case !f.Inspected:
		return d.text("viewer.place_gone")
	case f.Located:
		return d.text("viewer.location_gone")
	case len(f.Removed) > 0:
		return d.text("viewer.rest_gone")
	}
	return d.text("viewer.nothing_gone")
}

// comparePage is the page with a file of each party side by side.
type comparePage struct {
	Sides []compareSide // the buyer's, the seller's
	Case  templates.Link
	Zoom  bool // there is a picture
}

// compareSide is one party's half; View is nil where it has given nothing.
type compareSide struct {
	Title string
	View  *templates.EvidenceView
}

// showCompare puts a file of the buyer, on the left, beside one of the seller.
func (h *Handlers) showCompare(c *gin.Context) error {
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return err
	}
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff)
	order, err := h.store.OrderFacts(ctx, by, v.OrderNumber)
	if err != nil {
		return err
	}
	hints, err := h.hints(ctx, by, v, order.PlacedAt)
	if err != nil {
		return err
	}
	pages := d.pagesOf(c, v.Number)
	page := comparePage{Sides: make([]compareSide, 2), Case: templates.Link{Label: d.text("staff.back_to_case", "number", v.Number), Href: pages() + "#versions"}}
	sides := []models.Side{models.SideBuyer, models.SideSeller}
	names := []string{"left", "right"}
	var files [2][]models.Evidence
	var at [2]int
	for i, side := range sides {
		for _, e := range v.Evidence {
			if e.By == side {
				files[i] = append(files[i], e)
			}
		}
		at[i] = max(0, slices.IndexFunc(files[i], func(e models.Evidence) bool { return e.ID == c.Query(names[i]) }))
	}
	id := func(side, n int) string {
		if n < 0 || n >= len(files[side]) {
			return ""
		}
		return files[side][n].ID
	}
	for i, side := range sides {
		page.Sides[i].Title = d.text("staff.compare_" + string(side))
		if len(files[i]) == 0 {
			continue
		}
		e := files[i][at[i]]
		view := d.fileView(e, d.evidence(files[i])[at[i]])
		view.Paired, view.Label, view.Place = true, page.Sides[i].Title, strconv.Itoa(at[i]+1)+" / "+strconv.Itoa(len(files[i]))
		step := func(n int) string {
			shown := [2]string{id(0, at[0]), id(1, at[1])}
			if shown[i] = id(i, n); shown[i] == "" {
				return ""
			}
			return plus(plus(pages("compare"), "left", shown[0]), "right", shown[1])
		}
		view.Prev, view.Next = step(at[i]-1), step(at[i]+1)
		d.forStaff(&view, v, e, hints[e.ID])
		page.Zoom = page.Zoom || view.Picture != ""
		page.Sides[i].View = &view
	}
	p := h.page(c, d.text("staff.compare_title", "number", v.Number), page)
	p.Wide = true
	p.Back = &templates.Link{Label: page.Case.Label, Href: page.Case.Href, Key: "u"}
	asDesk(c, &p)
	return h.render(c, http.StatusOK, "staff/compare", p)
}
