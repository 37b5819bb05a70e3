package handlers

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The next case: one button takes the case that is due first of those nobody has.

// noneNext is said in the queue to whoever asked for a case where none waits.
const noneNext = "none_next"

// nextHref is where the button sends, with the view one is in.
func (q queueQuery) nextHref(d desk) string {
	href := d.path("staff/next")
	if v := encoded(q.values()); v != "" {
		href += "?" + v
	}
	return href
}

func (h *Handlers) postNext(c *gin.Context) error {
	if _, err := h.readEntry(c, nil); err != nil {
		return err
	}
	claim, ok, err := h.store.TakeNext(c.Request.Context(), requestOf(c).actor)
	if err != nil {
		return err
	}
	d, q := h.desk(c, models.SideStaff), caseQuery(c)
	if !ok {
		return seeOther(c, q.href(d, "done", noneNext))
	}
	return seeOther(c, plus(q.caseHref(d, claim.Number), "done", "taken"))
}

// takenNext is the answer to who asks for a case; nil where none waits.
type takenNext struct {
	Claim *claimView `json:"claim"`
}

func (h *Handlers) takeNextClaim(c *gin.Context) error {
	ctx, by := c.Request.Context(), requestOf(c).actor
	claim, ok, err := h.store.TakeNext(ctx, by)
	if err != nil {
		return err
	}
	if !ok {
		return reply(c, http.StatusOK, takenNext{})
	}
	v, err := h.store.ViewOf(ctx, by, claim)
	if err != nil {
		return err
	}
	view := h.viewClaim(h.localeOf(c), v)
	return reply(c, http.StatusOK, takenNext{&view})
}

// languagesField asks somebody of staff in which languages they work.
func (w words) languagesField(chosen []string) templates.Field {
	f := templates.Field{Name: "languages", Label: w.text("settings.work_languages"), Hint: w.text("settings.work_languages_hint")}
	for _, l := range templates.Languages() {
		f.Choices = append(f.Choices, templates.Choice{Value: l.Code, Label: l.Name, Checked: slices.Contains(chosen, l.Code)})
	}
	return f
}

func (h *Handlers) postLanguages(c *gin.Context) error {
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	var in models.LanguagesInput
	for _, l := range templates.Languages() {
		if slices.Contains(f.all("languages"), l.Code) {
			in.Languages = append(in.Languages, l.Code)
		}
	}
	if err := h.store.SetLanguages(c.Request.Context(), requestOf(c).actor, in); err != nil {
		return err
	}
	return seeOther(c, f.words.path("settings")+"#languages")
}
