package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/health"
)

type causeView struct {
	OrderNumber  string         `json:"order_number"`
	Line         int            `json:"line"`
	CancelledAt  models.Instant `json:"cancelled_at"`
	StatedReason health.Stated  `json:"stated_reason"`
	Answer       health.Answer  `json:"answer"`
	AnsweredAt   models.Instant `json:"answered_at"`
	AnswerUntil  models.Instant `json:"answer_until"`
	Finding      health.Finding `json:"finding"`
	Basis        health.Basis   `json:"basis"`
}

func (h *Handlers) answerCancellation(c *gin.Context) error {
	n, err := lineParam(c)
	if err != nil {
		return err
	}
	in := bodyOf[models.AnswerCancellation](c)
	in.OrderNumber, in.Line = c.Param("number"), n
	got, err := h.store.AnswerCancellation(c.Request.Context(), requestOf(c).actor, in)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, causeView{
		OrderNumber: got.OrderNumber, Line: got.Line, CancelledAt: got.At, StatedReason: got.Stated, Answer: got.Answer, AnsweredAt: got.AnsweredAt, AnswerUntil: got.AnswerUntil,
		Finding: got.Finding, Basis: got.Basis,
	})
}
