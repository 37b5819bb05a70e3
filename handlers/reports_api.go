package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/health"
)

// reportView is a report of a seller as its reader sees it. What its sender is not told is null
// to them.
type reportView struct {
	Number        string                `json:"number"`
	Status        models.ReportStatus   `json:"status"`
	Outcome       *models.ReportOutcome `json:"outcome"`
	Seller        sellerRefView         `json:"seller"`
	Orders        []reportOrderView     `json:"orders"`
	Statement     string                `json:"statement"`
	Evidence      []evidenceView        `json:"evidence"`
	SentAt        models.Instant        `json:"sent_at"`
	DueAt         models.Instant        `json:"due_at"`
	JoinedAt      models.Instant        `json:"joined_at"`
	ClosedAt      models.Instant        `json:"closed_at"`
	Sender        *reportSenderView     `json:"sender"`
	Investigation *string               `json:"investigation"`
	Suspected     *bool                 `json:"suspected"`
	Suspicions    []health.Suspicion    `json:"suspicions"`
}

type reportOrderView struct {
	Number      string         `json:"number"`
	CancelledAt models.Instant `json:"cancelled_at"`
	StockOut    *bool          `json:"stock_out"`
}

type reportSenderView struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	Email   string `json:"email"`
}

func viewReport(r models.Report) reportView {
	v := reportView{
		Number: r.Number, Status: r.Status, Seller: sellerRefView{r.SellerID, r.SellerName}, Statement: r.Statement, Evidence: evidenceViews(r.Evidence),
		SentAt: r.SentAt, DueAt: r.DueAt, JoinedAt: r.JoinedAt, ClosedAt: r.ClosedAt, Investigation: orNull(r.Investigation), Orders: []reportOrderView{},
	}
	if r.Outcome != "" {
		v.Outcome = &r.Outcome
	}
	for _, o := range r.Orders {
		one := reportOrderView{Number: o.Number, CancelledAt: o.CancelledAt}
		if !r.Own {
			one.StockOut = &o.Counts
		}
		v.Orders = append(v.Orders, one)
	}
	if !r.Own {
		suspected := r.Suspected()
		v.Sender, v.Suspected, v.Suspicions = &reportSenderView{r.SenderID, r.SenderName, r.SenderEmail}, &suspected, append([]health.Suspicion{}, r.Suspicions...)
	}
	return v
}

func (h *Handlers) fileReport(c *gin.Context) error {
	r, err := h.store.FileReport(c.Request.Context(), requestOf(c).actor, bodyOf[models.FileReport](c))
	if err != nil {
		return err
	}
	return reply(c, http.StatusCreated, viewReport(r))
}

func (h *Handlers) listReports(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor", "seller"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	list, next, err := h.store.Reports(c.Request.Context(), requestOf(c).actor, models.ReportFilter{SellerID: c.Query("seller"), Page: page})
	if err != nil {
		return err
	}
	views := make([]reportView, 0, len(list))
	for _, r := range list {
		views = append(views, viewReport(r))
	}
	return replyList(c, views, next)
}

func (h *Handlers) readReport(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	r, err := h.store.ReportByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, viewReport(r))
}

func (h *Handlers) seesReport(c *gin.Context) error {
	_, err := h.store.ReportByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	return err
}
