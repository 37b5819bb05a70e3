package handlers

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/health"
	"hosho/templates"
)

// causePart is the question about a line that its seller cancelled: four buttons while it can be
// answered, and what was answered.
type causePart struct {
	ID      string
	Answer  string // "" before there is one
	Until   string // until when it can be given or changed, or that it cannot any more
	Use     string
	Again   bool // answered before: the buttons change it
	Action  string
	Answers []templates.Choice // none once the time is over
}

// causePart is nil where nothing was answered in time.
func (w words) causePart(order string, c models.Cancellation, now models.Instant) *causePart {
	if c.Answer == "" && !c.Answerable(now) {
		return nil
	}
	line := strconv.Itoa(c.Line)
	p := &causePart{ID: "line-" + line + "-cause", Again: c.Answer != "", Action: w.path("my/orders", order, "lines", line, "cancellation"), Use: w.text("cause.use")}
	if p.Again {
		p.Answer = w.text("cause.answered", "answer", w.label("cancel_answer", string(c.Answer)))
	}
	switch {
	case !c.Answerable(now):
		p.Until = w.text("cause.closed")
		return p
	case p.Again:
		p.Until = w.text("cause.changeable", "deadline_at", c.AnswerUntil)
	default:
		p.Until = w.text("cause.answerable", "deadline_at", c.AnswerUntil)
	}
	for _, a := range models.CancellationAnswers {
		if a != c.Answer {
			p.Answers = append(p.Answers, templates.Choice{Value: string(a), Label: w.label("cancel_answer", string(a))})
		}
	}
	return p
}

// postCancellationAnswer takes the buyer's answer on why a line was cancelled; one that came too
// late is told so on the order's page.
func (h *Handlers) postCancellationAnswer(c *gin.Context) error {
	o, l, err := h.ownLine(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	back, done := f.words.path("my/orders", o.Number), "answered"
	answer := health.Answer(f.get("answer"))
	if !slices.Contains(models.CancellationAnswers, answer) {
		return seeOther(c, back) // no button of the page says so
	}
	_, err = h.store.AnswerCancellation(c.Request.Context(), requestOf(c).actor, models.AnswerCancellation{OrderNumber: o.Number, Line: l.Number, Answer: answer})
	switch models.CodeOf(err) {
	case "answer_closed", "not_allowed_now":
		done = "answer_closed"
	default:
		if err != nil {
			return err
		}
	}
	return seeOther(c, plus(back, "done", done))
}
