package handlers

import (
	"github.com/gin-gonic/gin"

	"hosho/models"
)

// What staff send from the page of a case itself.

func (h *Handlers) postStaffMessage(c *gin.Context) error {
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return err
	}
	return h.postCaseMessage(c, v, h.staffCasePage)
}

func (h *Handlers) showStaffEvidence(c *gin.Context) error {
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return err
	}
	return h.evidencePage(c, h.newEntry(c, evidenceQuestions), v)
}

func (h *Handlers) postStaffEvidence(c *gin.Context) error {
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return err
	}
	return h.postEvidence(c, v)
}

func (h *Handlers) postTake(c *gin.Context) error {
	return h.quickMove(c, &models.TakeInput{}, "taken", requestOf(c).actor.AccountID)
}

func (h *Handlers) postRelease(c *gin.Context) error {
	return h.quickMove(c, &models.ReleaseInput{}, "released", "")
}

// quickMove is a button on the case that puts it into somebody's hands, "" being nobody's.
// Pressed twice it has done its work the first time.
func (h *Handlers) quickMove(c *gin.Context, in models.ActionInput, done, holder string) error {
	number, err := numberOf(c, 'C', "number")
	if err != nil {
		return err
	}
	if _, err := h.readEntry(c, nil); err != nil {
		return err
	}
	ctx, by := c.Request.Context(), requestOf(c).actor
	_, err = h.store.Act(ctx, by, number, in)
	if models.CodeOf(err) == "not_allowed_now" {
		v, again := h.store.ClaimByNumber(ctx, by, number)
		if again != nil {
			return again
		}
		if err = nil; !v.Status.Open() || v.TakenBy != holder {
			done = notNow
		}
	}
	if err != nil {
		return err
	}
	d, q := h.desk(c, models.SideStaff), caseQuery(c)
	if c.Query("to") == "queue" {
		return seeOther(c, q.href(d, "sel", number, "done", done))
	}
	return seeOther(c, plus(q.caseHref(d, number), "done", done))
}
