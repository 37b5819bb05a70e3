package handlers

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

type refundView struct {
	ID          string              `json:"id"`
	OrderNumber string              `json:"order_number"`
	Lines       []int               `json:"lines"`
	Amounts     []lineAmountView    `json:"amounts"`
	Claim       *string             `json:"claim"`
	Cause       string              `json:"cause"`
	BorneBy     string              `json:"borne_by"`
	Total       moneyView           `json:"total"`
	Lapsed      moneyView           `json:"lapsed"`
	Status      models.RefundStatus `json:"status"`
	CreatedAt   models.Instant      `json:"created_at"`
	DoneAt      models.Instant      `json:"done_at"`
	Legs        []legView           `json:"legs"`
	Version     int64               `json:"version"`
	Mismatches  []mismatchView      `json:"mismatches"`
}

type mismatchView struct {
	ID        string                `json:"id"`
	Source    models.MismatchSource `json:"source"`
	Reference string                `json:"reference"`
	Leg       *string               `json:"leg"`
	Line      *int                  `json:"line"`
	Tender    *string               `json:"tender"`
	Amount    moneyView             `json:"amount"`
	OpenedAt  models.Instant        `json:"opened_at"`
	Proposed  *string               `json:"proposed"`
}

type legView struct {
	ID          string              `json:"id"`
	Kind        models.LegKind      `json:"kind"`
	Tender      models.Tender       `json:"tender"`
	To          models.Tender       `json:"to"`
	Amount      moneyView           `json:"amount"`
	Status      models.LegStatus    `json:"status"`
	DueAt       models.Instant      `json:"due_at"`
	VisibleBy   models.Instant      `json:"visible_by"`
	SentAt      models.Instant      `json:"sent_at"`
	DoneAt      models.Instant      `json:"done_at"`
	Tries       int                 `json:"tries"`
	Reference   *string             `json:"reference"`
	Reason      *string             `json:"reason"`
	Ways        []models.Tender     `json:"ways"`
	AccountTail *string             `json:"account_tail"`
	Account     *models.BankAccount `json:"account"`
}

func viewRefund(v models.RefundView) refundView {
	money := func(n int64) moneyView { return moneyView{n, v.Currency} }
	view := refundView{
		ID: v.ID, OrderNumber: v.OrderNumber, Lines: []int{}, Amounts: []lineAmountView{}, Claim: orNull(v.ClaimNumber), Cause: v.Cause, BorneBy: v.BorneBy,
		Total: money(v.Total), Lapsed: money(v.Lapsed), Status: v.Status, CreatedAt: v.CreatedAt, DoneAt: v.DoneAt, Legs: []legView{},
		Version: v.Version, Mismatches: []mismatchView{},
	}
	for _, m := range v.Open {
		one := mismatchView{ID: m.ID, Source: m.Source, Reference: m.Reference, Leg: orNull(m.LegID), Tender: orNull(string(m.Tender)), Amount: money(m.Amount), OpenedAt: m.OpenedAt, Proposed: orNull(string(m.Choice))}
		if m.Line != 0 {
			one.Line = &m.Line
		}
		view.Mismatches = append(view.Mismatches, one)
	}
	for _, l := range v.Refund.Lines {
		view.Lines, view.Amounts = append(view.Lines, l.Line), append(view.Amounts, lineAmountView{l.Line, money(l.Amount)})
	}
	for _, l := range v.Legs {
		leg := legView{
			ID: l.ID, Kind: l.Kind, Tender: l.Tender, To: l.To, Amount: money(l.Amount), Status: l.Status, DueAt: l.DueAt, VisibleBy: l.VisibleBy(),
			SentAt: l.SentAt, DoneAt: l.DoneAt, Tries: l.Tries, Reference: orNull(l.Reference), Reason: orNull(l.Failure), Ways: filled(l.Ways(v.Policy)),
			AccountTail: orNull(l.AccountTail),
		}
		if a, ok := v.Accounts[l.ID]; ok {
			leg.Account = &a
		}
		view.Legs = append(view.Legs, leg)
	}
	return view
}

func (h *Handlers) listRefunds(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor", "status", "claim", "order"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	f := models.RefundFilter{Status: models.RefundStatus(c.Query("status")), ClaimNumber: c.Query("claim"), OrderNumber: c.Query("order"), Page: page}
	if f.Status != "" && !slices.Contains(models.RefundStatuses, f.Status) {
		return invalidField("status", "unknown_value")
	}
	list, next, err := h.store.Refunds(c.Request.Context(), requestOf(c).actor, f)
	if err != nil {
		return err
	}
	views := make([]refundView, 0, len(list))
	for _, v := range list {
		views = append(views, viewRefund(v))
	}
	return replyList(c, views, next)
}

func (h *Handlers) readRefund(c *gin.Context) error {
	return replyRefund(c)(h.store.RefundByID(c.Request.Context(), requestOf(c).actor, c.Param("id")))
}

func (h *Handlers) seesRefund(c *gin.Context) error {
	_, err := h.store.RefundByID(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	return err
}

func replyRefund(c *gin.Context) func(models.RefundView, error) error {
	return func(v models.RefundView, err error) error {
		if err != nil {
			return err
		}
		return reply(c, http.StatusOK, viewRefund(v))
	}
}

func (h *Handlers) chooseDestination(c *gin.Context) error {
	return replyRefund(c)(h.store.ChooseDestination(c.Request.Context(), requestOf(c).actor, c.Param("id"), bodyOf[models.Destination](c)))
}

func (h *Handlers) tellLeg(c *gin.Context) error {
	return replyRefund(c)(h.store.TellLeg(c.Request.Context(), requestOf(c).actor, c.Param("id"), c.Param("leg"), bodyOf[models.LegEvent](c)))
}

func (h *Handlers) retryLeg(c *gin.Context) error {
	return replyRefund(c)(h.store.RetryLeg(c.Request.Context(), requestOf(c).actor, c.Param("id"), c.Param("leg")))
}

func (h *Handlers) decideMismatch(c *gin.Context) error {
	return replyRefund(c)(h.store.DecideMismatch(c.Request.Context(), requestOf(c).actor, c.Param("id"), c.Param("mismatch"), bodyOf[models.MismatchDecision](c)))
}
