package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

func (h *Handlers) putOrder(c *gin.Context) error {
	in := bodyOf[models.OrderInput](c)
	in.Number = c.Param("number")
	ctx, by := c.Request.Context(), requestOf(c).actor
	order, outcome, err := h.store.PutOrder(ctx, by, in)
	if err != nil {
		return err
	}
	views, err := h.orderViews(ctx, by, order)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if outcome == models.OrderCreated {
		status = http.StatusCreated
	}
	return reply(c, status, putOrderView{views[0], outcome == models.OrderStale})
}

func (h *Handlers) listOrders(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	ctx, by := c.Request.Context(), requestOf(c).actor
	orders, next, err := h.store.Orders(ctx, by, page)
	if err != nil {
		return err
	}
	views, err := h.orderViews(ctx, by, orders...)
	if err != nil {
		return err
	}
	return replyList(c, views, next)
}

func (h *Handlers) readOrder(c *gin.Context) error {
	ctx, by := c.Request.Context(), requestOf(c).actor
	order, err := h.store.OrderByNumber(ctx, by, c.Param("number"))
	if err != nil {
		return err
	}
	views, err := h.orderViews(ctx, by, order)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, views[0])
}

// seesOrder, for somebody who may never change it, says whether the order is there for them.
func (h *Handlers) seesOrder(c *gin.Context) error {
	_, err := h.store.OrderByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	return err
}

func (h *Handlers) seesLine(c *gin.Context) error {
	n, err := lineParam(c)
	if err != nil {
		return err
	}
	order, err := h.store.OrderByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	if err != nil {
		return err
	}
	if _, ok := order.Line(n); !ok {
		return notFound()
	}
	return nil
}

// seesNothing is for records that the roles left out can never see.
func (h *Handlers) seesNothing(*gin.Context) error { return notFound() }

func (h *Handlers) readEligibility(c *gin.Context) error {
	if err := onlyQuery(c, "reason"); err != nil {
		return err
	}
	n, err := lineParam(c)
	if err != nil {
		return err
	}
	ctx, by, number := c.Request.Context(), requestOf(c).actor, c.Param("number")
	a, err := h.store.Eligibility(ctx, by, number, n, models.Reason(c.Query("reason")))
	if err != nil {
		return err
	}
	words, err := h.lineWords(ctx, by, number, n, a)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, h.viewAssessment(h.localeOf(c), a, words))
}

func (h *Handlers) listMessages(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor"); err != nil {
		return err
	}
	n, err := lineParam(c)
	if err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	messages, next, err := h.store.Messages(c.Request.Context(), requestOf(c).actor, c.Param("number"), n, page)
	if err != nil {
		return err
	}
	return replyList(c, messageViews(messages), next)
}

func (h *Handlers) sendMessage(c *gin.Context) error {
	n, err := lineParam(c)
	if err != nil {
		return err
	}
	in := bodyOf[models.SendMessage](c)
	in.OrderNumber, in.Line = c.Param("number"), n
	ctx, by := c.Request.Context(), requestOf(c).actor
	m, err := h.store.SendMessage(ctx, by, in)
	if err != nil {
		return err
	}
	view := sentMessageView{messageView: viewMessage(m)}
	if m.Topic != models.GeneralTopic {
		order, err := h.store.OrderByNumber(ctx, by, in.OrderNumber)
		if err != nil {
			return err
		}
		if l, ok := order.Line(n); ok {
			view.Contact = viewContact(l.Contact)
		}
	}
	return reply(c, http.StatusCreated, view)
}

func (h *Handlers) solveContact(c *gin.Context) error {
	n, err := lineParam(c)
	if err != nil {
		return err
	}
	contact, err := h.store.SolveContact(c.Request.Context(), requestOf(c).actor, c.Param("number"), n)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, viewContact(&contact))
}

func (h *Handlers) refuseContact(c *gin.Context) error {
	n, err := lineParam(c)
	if err != nil {
		return err
	}
	contact, err := h.store.RefuseContact(c.Request.Context(), requestOf(c).actor, c.Param("number"), n)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, viewContact(&contact))
}

func (h *Handlers) reportScam(c *gin.Context) error {
	if err := h.store.ReportScam(c.Request.Context(), requestOf(c).actor, c.Param("id")); err != nil {
		return err
	}
	return reply(c, http.StatusOK, reportedView{ID: c.Param("id"), Reported: true})
}
