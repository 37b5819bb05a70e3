package handlers

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// What the three steps of an answer send.

// postRespond keeps the choice and leads on.
func (h *Handlers) postRespond(c *gin.Context) error {
	return h.answerForm(c, func(a answering, f *entry) error {
		chosen := models.Action(f.get("choice"))
		if !slices.Contains(answers(a.ClaimView), chosen) {
			f.fail("choice", "required")
		}
		if !f.ok() {
			return h.chooseAnswer(c, a, f)
		}
		body := a.body()
		body.Choice = chosen
		if err := h.keepAnswer(c, &a, f, body); err != nil || f.stale {
			return h.notKept(c, f, err)
		}
		if chosen == models.Accept {
			return seeOther(c, a.step("check"))
		}
		return seeOther(c, a.step("evidence"))
	})
}

// answerForm reads a step that was sent; once there is nothing to answer, the words are shown
// to be copied.
func (h *Handlers) answerForm(c *gin.Context, take func(answering, *entry) error) error {
	f, err := h.readEntry(c, respondQuestions)
	if err != nil {
		return err
	}
	a, err := h.answering(c)
	if models.CodeOf(err) == "not_allowed_now" {
		return h.tooLate(c, a, f, err)
	}
	if err != nil {
		return err
	}
	if err := f.recall(a.OrderNumber); err != nil {
		return err
	}
	return take(a, f)
}

// postRespondWrite keeps what is written, whole or not, and leads on once it is.
func (h *Handlers) postRespondWrite(c *gin.Context) error {
	return h.answerForm(c, func(a answering, f *entry) error {
		if !slices.Contains(answers(a.ClaimView), models.Action(f.get("choice"))) {
			f.fail("choice", "required")
			return h.chooseAnswer(c, a, f)
		}
		kept := f.ok()
		if err := h.keepAnswer(c, &a, f, answerBodyOf(f)); err != nil || f.stale {
			return h.notKept(c, f, err)
		}
		if f.get("do") == "save" {
			if f.ok() {
				return seeOther(c, a.d.path("seller/cases", a.Number)+"?done=draft")
			}
			return h.writeAnswer(c, a, f)
		}
		in := a.input(f, false)
		if _, err := h.store.Preview(c.Request.Context(), a.by, a.Number, in); err != nil {
			if err := f.refused(err); err != nil {
				return err
			}
		}
		if !f.ok() || !kept {
			return h.writeAnswer(c, a, f)
		}
		return seeOther(c, a.step("check"))
	})
}

// postRespondCheck sends the draft as it was shown, or holds it.
func (h *Handlers) postRespondCheck(c *gin.Context) error {
	return h.answerForm(c, func(a answering, f *entry) error {
		seen := f.get("draft")
		if a.theirs() {
			f.collide("answer_draft_taken")
			return h.takenPage(c, a, f)
		}
		version := f.get("version")
		a.fill(f)
		if !slices.Contains(answers(a.ClaimView), models.Action(f.get("choice"))) {
			return seeOther(c, a.step(""))
		}
		if seen != strconv.FormatInt(a.draft.Version, 10) {
			f.collide("answer_draft_changed")
			return h.checkAnswer(c, a, f)
		}
		f.set("version", version)
		do := f.get("do")
		if do != "send" {
			do = "hold"
		}
		if f.get("choice") == string(models.Accept) {
			do = "send"
		}
		in := a.input(f, do == "hold")
		if _, err := h.store.Act(c.Request.Context(), a.by, a.Number, in); err != nil {
			if err := f.refused(err); err != nil {
				return err
			}
			now, again := h.answering(c)
			switch {
			case models.CodeOf(again) == "not_allowed_now":
				return h.tooLate(c, now, f, again)
			case again != nil:
				return again
			case f.get("choice") == string(models.Accept):
				return h.checkAnswer(c, now, f)
			}
			return h.writeAnswer(c, now, f)
		}
		return seeOther(c, a.d.path("seller/cases", a.Number)+"?done="+do)
	})
}

// respondLate says that there is nothing to answer any more, with what was written.
type respondLate struct {
	Text    *templates.Field // to be copied; nil where nothing was written
	Changed []templates.TimelineItem
	Back    templates.Link
}

// tooLate shows an answer that can no longer be given, so that its words are not lost.
func (h *Handlers) tooLate(c *gin.Context, a answering, f *entry, cause error) error {
	if err := f.refused(cause); err != nil {
		return err
	}
	d, v := a.d, a.ClaimView
	if !f.has("message") && len(f.all(evidenceField)) == 0 { // sent from the last step, which shows what was kept
		draft, found, err := h.store.AnswerDraftOf(c.Request.Context(), requestOf(c).actor, v)
		if err != nil {
			return err
		}
		if found && draft.AccountID == requestOf(c).actor.AccountID {
			answering{draft: models.AnswerDraft{Live: true, Body: draft.Body}}.fill(f)
		}
	}
	changed, err := h.changedSince(c, d, v.Number, f)
	if err != nil {
		return err
	}
	late := respondLate{Changed: changed, Back: *d.backToCase(v.Number), Text: f.late("message")}
	p := h.page(c, d.text("claims.respond_closed"), late)
	p.Back = &late.Back
	if late.Text == nil {
		p.Banner = &templates.Banner{Tone: "warn", Title: f.conflict, Role: "alert"}
	}
	return f.showPage("seller/late", p)
}
