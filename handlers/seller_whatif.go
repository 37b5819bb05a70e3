package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/health"
	"hosho/templates"
)

type whatIfView struct {
	OrderNumber   string          `json:"order_number"`
	SellerID      string          `json:"seller_id"`
	At            models.Instant  `json:"at"`
	Lines         []int           `json:"lines"`
	Counts        bool            `json:"counts"`
	Points        int             `json:"points"`
	Level         int             `json:"level"`
	ReachedLevel  int             `json:"reached_level"`
	Held          *string         `json:"held"`
	Investigation bool            `json:"investigation_open"`
	Outcomes      []whatIfOutcome `json:"outcomes"`
	Rates         []whatIfRates   `json:"rates"`
}

type whatIfOutcome struct {
	Way          health.Way     `json:"way"`
	PointsAdded  int            `json:"points_added"`
	Points       int            `json:"points"`
	Level        int            `json:"level"`
	ReachedLevel int            `json:"reached_level"`
	Held         *string        `json:"held"`
	Measure      *string        `json:"measure"`
	Opens        *string        `json:"opens_investigation"`
	LeavesAt     models.Instant `json:"leaves_at"`
}

type whatIfRates struct {
	Days int        `json:"days"`
	Now  whatIfRate `json:"now"`
	Then whatIfRate `json:"then"`
}

type whatIfRate struct {
	Orders    int     `json:"orders"`
	StockOuts int     `json:"stock_outs"`
	Rate      float64 `json:"rate"`
	Lower     float64 `json:"lower"`
	Upper     float64 `json:"upper"`
}

func viewWhatIfRate(r health.Rate) whatIfRate {
	lower, upper := r.Interval()
	return whatIfRate{r.Orders, r.Hits, r.Value(), lower, upper}
}

func viewWhatIf(w models.CancelWhatIf) whatIfView {
	v := whatIfView{
		OrderNumber: w.OrderNumber, SellerID: w.SellerID, At: w.At, Lines: w.Lines, Counts: w.Counts, Points: w.Now.Points, Level: w.Now.Level, ReachedLevel: w.Now.Reached,
		Held: orNull(string(w.Now.Held)), Investigation: w.Investigation, Outcomes: []whatIfOutcome{}, Rates: []whatIfRates{},
	}
	for _, o := range w.Ways {
		x := whatIfOutcome{o.Way, o.Points, o.After.Points, o.After.Level, o.After.Reached, orNull(string(o.After.Held)), nil, orNull(string(o.Opens)), models.InstantOf(o.Leaves)}
		if o.After.Level > 0 {
			x.Measure = orNull(string(w.Rules.Levels[o.After.Level-1].Measure))
		}
		v.Outcomes = append(v.Outcomes, x)
	}
	for _, r := range w.Rates {
		v.Rates = append(v.Rates, whatIfRates{r.Days, viewWhatIfRate(r.Now), viewWhatIfRate(r.Then)})
	}
	return v
}

// readWhatIf tells what a cancellation would change; it cancels nothing.
func (h *Handlers) readWhatIf(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	w, err := h.store.CancelWhatIf(c.Request.Context(), requestOf(c).actor, c.Param("id"), c.Param("number"))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, viewWhatIf(w))
}

// whatIfPage is what a seller reads before cancelling an order.
type whatIfPage struct {
	Lead   string
	Again  string // where the order counts already
	Facts  []templates.SummaryRow
	Ways   templates.Table
	Rates  templates.Table
	Others []whatIfOther
}

// whatIfOther is another way than cancelling, with where it begins.
type whatIfOther struct {
	Text string
	Link templates.Link
}

func (h *Handlers) showWhatIf(c *gin.Context) error {
	by, number := requestOf(c).actor, c.Param("number")
	d := healthPlace{h.desk(c, models.SideSeller), "seller/health", nil}
	w, err := h.store.CancelWhatIf(c.Request.Context(), by, by.SellerID, number)
	page := whatIfPage{Lead: d.text("whatif.lead")}
	order := templates.Link{Label: d.text("seller.order_title", "number", number), Href: d.desk.path("seller/orders", number)}
	switch models.CodeOf(err) {
	case "":
		if err != nil {
			return err
		}
		d.whatIf(&page, w, order)
	case "already_shipped":
		page.Lead, page.Others = "", []whatIfOther{{d.text("error.already_shipped"), order}}
	case "already_cancelled":
		page.Lead, page.Others = "", []whatIfOther{{d.text("error.already_cancelled"), templates.Link{Label: d.text("counted.see"), Href: d.path("orders", number)}}}
	default:
		return err
	}
	p := h.page(c, d.text("whatif.title", "number", number), page)
	p.Wide = true
	p.Back = &order
	return h.render(c, http.StatusOK, "seller/whatif", p)
}

// whatIf fills in what would change.
func (d healthPlace) whatIf(page *whatIfPage, w models.CancelWhatIf, order templates.Link) {
	if w.Counts {
		page.Again = d.text("whatif.again")
	}
	plain := w.Ways[0]
	page.Facts = []templates.SummaryRow{
		d.row(d.text("health.points"), d.text("whatif.points", "before", w.Now.Points, "after", plain.After.Points)),
		d.row(d.text("whatif.step_now"), d.level(w.Now)),
		d.row(d.text("whatif.step_then"), d.level(plain.After)),
		d.row(d.text("whatif.investigation"), d.whatOpens(w.Investigation, plain)),
		{Label: d.text("whatif.leaves"), At: &plain.Leaves},
	}
	page.Ways = templates.Table{Caption: d.text("whatif.ways"), Columns: []templates.Column{
		{Label: d.text("whatif.way")}, {Label: d.text("whatif.added"), Number: true}, {Label: d.text("whatif.total"), Number: true}, {Label: d.text("whatif.step_then")}, {Label: d.text("whatif.investigation")},
	}}
	for _, o := range w.Ways[1:] {
		page.Ways.Rows = append(page.Ways.Rows, templates.Row{Cells: []templates.Cell{
			{Text: d.text("whatif.way_"+string(o.Way), "days", health.FactDays)},
			{Text: d.text("health.minus", "points", o.Points)},
			{Text: d.text("health.minus", "points", o.After.Points)},
			{Text: d.level(o.After)},
			{Text: d.whatOpens(w.Investigation, o)},
		}})
	}
	page.Rates = templates.Table{Caption: d.text("whatif.rates"), Columns: []templates.Column{{Label: d.text("health.window")}, {Label: d.text("whatif.now")}, {Label: d.text("whatif.then")}}}
	for _, r := range w.Rates {
		page.Rates.Rows = append(page.Rates.Rows, templates.Row{Cells: []templates.Cell{{Text: d.text("health.last_days", "days", r.Days)}, {Text: d.rate(r.Now)}, {Text: d.rate(r.Then)}}})
	}
	late := templates.Link{Label: d.text("health.late"), Href: d.orders(models.CountLate, health.Late.Days)}
	page.Others = []whatIfOther{
		{d.text("whatif.other_late", "days", health.Late.Days, "share", d.rate(w.Late)), late},
		{d.text("whatif.other_item"), templates.Link{Label: d.text("seller.open_order"), Href: order.Href}},
		{d.text("whatif.other_ask"), templates.Link{Label: d.text("whatif.requests"), Href: d.desk.path("seller/requests")}},
	}
}

func (d healthPlace) whatOpens(open bool, o health.Outcome) string {
	switch {
	case open:
		return d.text("whatif.open_already")
	case o.Opens == health.NotYet:
		return d.text("whatif.opens_not")
	}
	return d.text("whatif.opens_" + string(o.Opens))
}
