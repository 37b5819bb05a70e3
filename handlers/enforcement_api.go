package handlers

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/health"
)

// enforcers may read of investigations and measures; a seller only of its own.
var (
	enforcers = []models.Role{models.RoleSeller, models.RoleAgent, models.RoleLead, models.RoleAdmin}
	standers  = append(slices.Clone(enforcers), models.RoleIntegration)
)

type (
	investigationView struct {
		Number         string                       `json:"number"`
		Seller         string                       `json:"seller"`
		Status         models.InvestigationStatus   `json:"status"`
		OpenedAt       models.Instant               `json:"opened_at"`
		Trigger        health.Trigger               `json:"trigger"`
		Numbers        numbersView                  `json:"numbers"`
		NumbersNow     *numbersView                 `json:"numbers_now"`
		Orders         []caseOrderView              `json:"orders"`
		MoreOrders     bool                         `json:"more_orders"`
		Reports        []string                     `json:"reports"`
		Ties           []reportTiesView             `json:"ties"`
		SKUs           []caseSKUView                `json:"skus"`
		Measures       []measureRef                 `json:"measures"`
		Question       *string                      `json:"question"`
		DueAt          models.Instant               `json:"due_at"`
		Silent         bool                         `json:"silent"`
		Evidence       []evidenceView               `json:"evidence"`
		Outcome        *string                      `json:"outcome"`
		ClosedAt       models.Instant               `json:"closed_at"`
		Version        int64                        `json:"version"`
		AllowedActions []models.InvestigationAction `json:"allowed_actions"`
	}
	numbersView struct {
		models.SellerNumbers
		Held     *health.Guard   `json:"held"`
		Proposes *health.Measure `json:"proposes"`
	}
	caseOrderView struct {
		Number       string         `json:"number"`
		Line         int            `json:"line"`
		CancelledAt  models.Instant `json:"cancelled_at"`
		StatedReason health.Stated  `json:"stated_reason"`
		Finding      health.Finding `json:"finding"`
		Counts       bool           `json:"counts"`
	}
	reportTiesView struct {
		Report string           `json:"report"`
		Kinds  []models.TieKind `json:"kinds"`
	}
	caseSKUView struct {
		SKU      *string `json:"sku"`
		Title    string  `json:"title"`
		Times    int     `json:"times"`
		Buyers   int     `json:"buyers"`
		Currency *string `json:"currency"`
		Paid     *int64  `json:"price_paid"`
		Before   *int64  `json:"price_before"`
		After    *int64  `json:"price_after"`
	}
	measureRef struct {
		Number string               `json:"number"`
		Kind   models.MeasureKind   `json:"kind"`
		Status models.MeasureStatus `json:"status"`
	}
	measureView struct {
		measureRef
		Seller         string                 `json:"seller"`
		Investigation  string                 `json:"investigation"`
		SKU            *string                `json:"sku"`
		OrderCap       *int                   `json:"order_cap"`
		StartsAt       models.Instant         `json:"starts_at"`
		EndsAt         models.Instant         `json:"ends_at"`
		EndedAt        models.Instant         `json:"ended_at"`
		EndReason      *models.MeasureEnd     `json:"end_reason"`
		Statement      statementOfReasons     `json:"statement"`
		Plan           *planView              `json:"plan"`
		Appeal         *measureAppealView     `json:"appeal"`
		AppealUntil    models.Instant         `json:"appeal_until"`
		Waits          *models.MeasureWait    `json:"waits"`
		Version        int64                  `json:"version"`
		AllowedActions []models.MeasureAction `json:"allowed_actions"`
	}
	statementOfReasons struct {
		Facts       string `json:"facts"`
		Rule        string `json:"rule"`
		Explanation string `json:"explanation"`
		Automated   bool   `json:"automated"`
	}
	planView struct {
		Status   models.PlanStatus `json:"status"`
		DueAt    models.Instant    `json:"due_at"`
		Versions []planVersionView `json:"versions"`
	}
	planVersionView struct {
		Version      int                `json:"version"`
		RootCause    string             `json:"root_cause"`
		ActionsTaken string             `json:"actions_taken"`
		Prevention   string             `json:"prevention"`
		SubmittedAt  models.Instant     `json:"submitted_at"`
		Answer       *models.PlanStatus `json:"answer"`
		AnsweredAt   models.Instant     `json:"answered_at"`
		Points       []string           `json:"points"`
	}
	measureAppealView struct {
		Status      string         `json:"status"`
		Grounds     string         `json:"grounds"`
		At          models.Instant `json:"at"`
		Evidence    []evidenceView `json:"evidence"`
		DecidedAt   models.Instant `json:"decided_at"`
		Explanation *string        `json:"explanation"`
	}
	standingView struct {
		MayList    bool           `json:"may_list"`
		PausedSKUs []string       `json:"paused_skus"`
		OrderCap   *int           `json:"order_cap"`
		Until      models.Instant `json:"until"`
		Measures   []string       `json:"measures"`
	}
)

func viewNumbers(n models.SellerNumbers) numbersView {
	return numbersView{n, orNull(n.Held), orNull(n.Proposes)}
}

func measureRefs(list []models.Measure) []measureRef {
	refs := make([]measureRef, 0, len(list))
	for _, m := range list {
		refs = append(refs, measureRef{m.Number, m.Kind, m.Status})
	}
	return refs
}

// viewInvestigation is a case without what only its own answer tells.
func viewInvestigation(i models.Investigation, by models.Actor, now models.Instant) investigationView {
	return investigationView{
		Number: i.Number, Seller: i.SellerID, Status: i.Status, OpenedAt: i.OpenedAt, Trigger: i.OpenedBy, Numbers: viewNumbers(i.Numbers), Orders: []caseOrderView{},
		Measures: measureRefs(i.Measures), Question: orNull(i.Question), DueAt: i.DueAt, Silent: i.SilentAt != 0, Evidence: []evidenceView{}, Outcome: orNull(i.Outcome), ClosedAt: i.ClosedAt,
		Version: i.Version, AllowedActions: i.AllowedActions(by, now),
	}
}

func (h *Handlers) listInvestigations(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor", "seller", "status"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	f := models.InvestigationFilter{Seller: c.Query("seller"), Status: models.InvestigationStatus(c.Query("status")), Page: page}
	if f.Status != "" && !slices.Contains(models.InvestigationStatuses, f.Status) {
		return invalidField("status", "unknown_value")
	}
	by := requestOf(c).actor
	list, next, err := h.store.Investigations(c.Request.Context(), by, f)
	if err != nil {
		return err
	}
	views := make([]investigationView, 0, len(list))
	for _, i := range list {
		views = append(views, viewInvestigation(i, by, h.instantNow(c)))
	}
	return replyList(c, views, next)
}

func (h *Handlers) readInvestigation(c *gin.Context) error {
	f, err := h.store.InvestigationByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	return h.replyInvestigation(c, f, err)
}

func (h *Handlers) seesInvestigation(c *gin.Context) error {
	_, err := h.store.InvestigationByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	return err
}

func (h *Handlers) replyInvestigation(c *gin.Context, f models.InvestigationFile, err error) error {
	if err != nil {
		return err
	}
	by := requestOf(c).actor
	v := viewInvestigation(f.Investigation, by, h.instantNow(c))
	now := viewNumbers(f.Now)
	v.NumbersNow, v.MoreOrders, v.Evidence = &now, f.More, evidenceViews(f.Evidence)
	for _, o := range f.Orders {
		v.Orders = append(v.Orders, caseOrderView{o.OrderNumber, o.LineNo, o.CancelledAt, o.Stated, o.Finding, o.Counts()})
	}
	if by.SeesAllCases() {
		v.Reports, v.Ties, v.SKUs = []string{}, []reportTiesView{}, []caseSKUView{}
		for _, r := range f.Reports {
			v.Reports = append(v.Reports, r.Number)
			if kinds := f.Ties[r.ID]; len(kinds) > 0 {
				v.Ties = append(v.Ties, reportTiesView{r.Number, kinds})
			}
		}
		for _, s := range f.SKUs {
			x := s.Prices
			v.SKUs = append(v.SKUs, caseSKUView{orNull(s.Sku), s.Title, s.Times, s.Buyers, orNull(x.Currency), orNull(x.Paid), orNull(x.Before), orNull(x.After)})
		}
	}
	return reply(c, http.StatusOK, v)
}

func investigationBody(c *gin.Context) (any, error) {
	in, ok := models.NewInvestigationInput(models.InvestigationAction(c.Param("action")))
	if !ok {
		return nil, notFound()
	}
	return in, nil
}

func (h *Handlers) actOnInvestigation(c *gin.Context) error {
	f, err := h.store.ActInvestigation(c.Request.Context(), requestOf(c).actor, c.Param("number"), requestOf(c).body.(models.InvestigationInput))
	return h.replyInvestigation(c, f, err)
}

func viewMeasure(m models.Measure, by models.Actor, now models.Instant) measureView {
	v := measureView{
		measureRef: measureRef{m.Number, m.Kind, m.Status}, Seller: m.SellerID, Investigation: m.Investigation, SKU: orNull(m.SKU), OrderCap: orNull(m.Cap),
		StartsAt: m.StartsAt, EndsAt: m.EndsAt, EndedAt: m.EndedAt, EndReason: orNull(m.End), Statement: statementOfReasons{Facts: m.Facts, Rule: m.Rule, Explanation: m.Explanation},
		AppealUntil: m.AppealUntil, Version: m.Version, AllowedActions: m.AllowedActions(by, now),
	}
	if by.SeesAllCases() {
		v.Waits = orNull(m.Waits)
	}
	if m.PlanStatus != "" {
		v.Plan = &planView{m.PlanStatus, m.PlanDueAt, []planVersionView{}}
		for _, p := range m.Plans {
			v.Plan.Versions = append(v.Plan.Versions, planVersionView{p.Version, p.RootCause, p.ActionsTaken, p.Prevention, p.At, orNull(p.Answer), p.AnsweredAt, filled(p.Points)})
		}
	}
	if m.Appeal != "" {
		v.Appeal = &measureAppealView{m.Appeal, m.Grounds, m.AppealedAt, evidenceViews(m.Evidence), m.AppealDecidedAt, orNull(m.AppealWords)}
	}
	return v
}

func (h *Handlers) listMeasures(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor", "seller", "waits"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	f := models.MeasureFilter{Seller: c.Query("seller"), Waits: models.MeasureWait(c.Query("waits")), Page: page}
	if f.Waits != "" && !slices.Contains(models.MeasureWaits, f.Waits) {
		return invalidField("waits", "unknown_value")
	}
	by := requestOf(c).actor
	list, next, err := h.store.Measures(c.Request.Context(), by, f)
	if err != nil {
		return err
	}
	views := make([]measureView, 0, len(list))
	for _, m := range list {
		views = append(views, viewMeasure(m, by, h.instantNow(c)))
	}
	return replyList(c, views, next)
}

func (h *Handlers) readMeasure(c *gin.Context) error {
	m, err := h.store.MeasureByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	return h.replyMeasure(c, m, err)
}

func (h *Handlers) seesMeasure(c *gin.Context) error {
	_, err := h.store.MeasureByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	return err
}

func (h *Handlers) replyMeasure(c *gin.Context, m models.Measure, err error) error {
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, viewMeasure(m, requestOf(c).actor, h.instantNow(c)))
}

func measureBody(c *gin.Context) (any, error) {
	in, ok := models.NewMeasureInput(models.MeasureAction(c.Param("action")))
	if !ok {
		return nil, notFound()
	}
	return in, nil
}

func (h *Handlers) actOnMeasure(c *gin.Context) error {
	m, err := h.store.ActMeasure(c.Request.Context(), requestOf(c).actor, c.Param("number"), requestOf(c).body.(models.MeasureInput))
	return h.replyMeasure(c, m, err)
}

func (h *Handlers) readStanding(c *gin.Context) error {
	s, err := h.store.Standing(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, standingView{s.MayList, filled(s.PausedSKUs), orNull(s.OrderCap), s.Until, filled(s.Measures)})
}

func (h *Handlers) seesStanding(c *gin.Context) error {
	_, err := h.store.Standing(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	return err
}
