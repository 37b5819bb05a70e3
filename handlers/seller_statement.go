package handlers

import (
	"encoding/csv"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/money"
	"hosho/templates"
)

// sellerStatement is a seller's statement of a month.
type sellerStatement struct {
	Lead   string
	Months []templates.Link
	Totals []statementTotal
	Table  templates.Table
	Note   string
	CSV    templates.Link
}

// statementTotal are the sums of one currency.
type statementTotal struct {
	Rows []templates.SummaryRow
}

// monthOf is the month a statement is asked for, the present one by default. Kinds: Invalid.
func (h *Handlers) monthOf(c *gin.Context) (models.Month, error) {
	text, given := c.GetQuery("month")
	if !given {
		return models.MonthOf(h.instantNow(c), h.store.Zone()), nil
	}
	m, err := models.ParseMonth(text)
	if err != nil {
		return m, invalidField("month", "unknown_value")
	}
	return m, nil
}

func (h *Handlers) showSellerStatement(c *gin.Context) error {
	return h.statementPage(c, h.desk(c, models.SideSeller), requestOf(c).actor.SellerID, "seller/statement")
}

// showStaffStatement is a seller's statement as staff read it.
func (h *Handlers) showStaffStatement(c *gin.Context) error {
	id := c.Param("id")
	return h.statementPage(c, h.desk(c, models.SideStaff), id, "staff/sellers", id, "statement")
}

func (h *Handlers) statementPage(c *gin.Context, d desk, sellerID string, place ...string) error {
	month, err := h.monthOf(c)
	if err != nil {
		return notFound()
	}
	st, next, err := h.store.SellerStatement(c.Request.Context(), requestOf(c).actor, sellerID, month, models.Page{Limit: 100, Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	at := func(m models.Month, more ...string) string {
		return plus(d.path(place[0], slices.Concat(place[1:], more)...), "month", m.String())
	}
	bySeller := "seller_statement.by_you"
	content := sellerStatement{
		Lead: d.text("seller_statement.lead"), Table: d.statementTable(st), Note: d.text("seller_statement.note"),
		CSV: templates.Link{Label: d.text("seller_statement.csv"), Href: at(month, "csv")},
	}
	if d.side != models.SideSeller {
		content.Lead, bySeller = d.text("seller_statement.lead_staff", "seller", st.SellerName), "seller_statement.by_seller"
	}
	present := models.MonthOf(h.instantNow(c), h.store.Zone())
	for _, m := range []models.Month{month.Add(-1), month, month.Add(1)} {
		if m == month || m.String() <= present.String() {
			content.Months = append(content.Months, templates.Link{Label: d.month(m), Href: at(m), Current: m == month})
		}
	}
	for _, t := range st.Totals {
		sum := func(n int64) *templates.Money { return &templates.Money{Amount: n, Currency: t.Currency} }
		content.Totals = append(content.Totals, statementTotal{[]templates.SummaryRow{
			{Label: d.text(bySeller), Money: sum(t.Seller)},
			{Label: d.text("seller_statement.by_marketplace"), Money: sum(t.Marketplace)},
			{Label: d.text("seller_statement.counts"), Value: d.text("seller_statement.times", "count", t.Counts)},
		}})
	}
	content.Table.Pages = listPages(c, next)
	keepIn(content.Table.Pages, "month", month.String())
	p := h.page(c, d.text("seller_statement.title", "month", d.month(month)), content)
	p.Wide = true
	if d.side == models.SideSeller {
		p.Back = &templates.Link{Label: d.text("seller.home"), Href: d.path("seller")}
	} else {
		asDesk(c, &p)
	}
	return h.render(c, http.StatusOK, "seller/statement", p)
}

// month prints a month of the calendar.
func (d desk) month(m models.Month) string {
	return d.text("seller_statement.month", "year", strconv.Itoa(m.Year), "month", d.label("seller_statement.months", "m"+strconv.Itoa(int(m.Month))))
}

// bearer is who bears an entry, as its reader is spoken to.
func (d desk) bearer(who string) string {
	if d.side == models.SideSeller && who == string(models.SideSeller) {
		return d.text("seller_statement.you")
	}
	return d.label("seller_statement.by", who)
}

func (d desk) statementTable(st models.SellerStatement) templates.Table {
	t := templates.Table{
		Caption: d.text("seller_statement.rows"), Empty: &templates.Empty{Text: d.text("seller_statement.empty")},
		Columns: []templates.Column{
			{Label: d.text("seller_statement.at")},
			{Label: d.text("seller_statement.what")},
			{Label: d.text("seller_statement.why")},
			{Label: d.text("work.number")},
			{Label: d.text("work.order_number")},
			{Label: d.text("seller_statement.borne_by")},
			{Label: d.text("work.amount_column"), Number: true},
		},
	}
	cases := "seller/cases"
	if d.side != models.SideSeller {
		cases = "staff/cases"
	}
	for _, e := range st.Entries {
		row := templates.Row{Cells: []templates.Cell{
			{At: timeOf(e.At)},
			{Text: d.label("seller_statement.kind", string(e.Kind))},
			{Text: d.label("seller_statement.cause", e.Cause)},
			{Link: &templates.Link{Label: e.ClaimNumber, Href: d.path(cases, e.ClaimNumber)}},
			{Text: e.OrderNumber},
			{Text: d.text("seller_statement.no_money")},
			{Text: d.text("seller_statement.no_money")},
		}}
		if e.BorneBy != "" {
			row.Cells[5] = templates.Cell{Text: d.bearer(e.BorneBy)}
			row.Cells[6] = templates.Cell{Money: &templates.Money{Amount: e.Amount, Currency: e.Currency}}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (h *Handlers) sendSellerStatement(c *gin.Context) error {
	return h.statementCSV(c, h.desk(c, models.SideSeller), requestOf(c).actor.SellerID)
}

func (h *Handlers) sendStaffStatement(c *gin.Context) error {
	return h.statementCSV(c, h.desk(c, models.SideStaff), c.Param("id"))
}

// statementCSV streams a statement as a table for spreadsheets: in UTF-8 with a byte order mark,
// without which Excel in Japan takes it for Shift_JIS. What goes wrong after its first byte breaks the
// answer off, so that a part is never taken for the whole.
func (h *Handlers) statementCSV(c *gin.Context, d desk, sellerID string) error {
	month, err := h.monthOf(c)
	if err != nil {
		return notFound()
	}
	ctx, header := c.Request.Context(), c.Writer.Header()
	to := &patientWriter{to: c.Writer, control: http.NewResponseController(c.Writer), now: h.machineTime}
	var out *csv.Writer
	begin := func(st models.SellerStatement) error {
		header.Set("Cache-Control", "no-store")
		header.Set("Content-Type", "text/csv; charset=utf-8")
		header.Set("Content-Disposition", disposition("hosho-"+st.SellerID+"-"+month.String()+".csv", true))
		if _, err := io.WriteString(to, "\ufeff"); err != nil {
			return err
		}
		out = csv.NewWriter(to)
		out.UseCRLF = true
		return out.Write(d.statementHead())
	}
	err = h.store.EachStatementEntry(ctx, requestOf(c).actor, sellerID, month, begin, func(e models.StatementEntry) error { return out.Write(d.statementRow(e, h)) })
	if err == nil {
		out.Flush()
		err = out.Error()
	}
	return h.endOfFile(c, to, "make statement", err)
}

func (d desk) statementHead() []string {
	return []string{
		d.text("seller_statement.at"), d.text("seller_statement.what"), d.text("seller_statement.why"), d.text("work.number"), d.text("work.order_number"),
		d.text("seller_statement.borne_by"), d.text("work.amount_column"), d.text("seller_statement.currency"), d.text("seller_statement.counts"),
	}
}

// statementRow is a row of the table: instants in the marketplace's zone, sums as plain numbers.
func (d desk) statementRow(e models.StatementEntry, h *Handlers) []string {
	amount, borneBy, counts := "", "", ""
	if e.BorneBy != "" {
		amount, borneBy = money.Decimal(e.Amount, e.Currency), d.bearer(e.BorneBy)
	} else {
		counts = strconv.Itoa(e.Counts)
	}
	return []string{
		e.At.Time().In(h.store.Zone()).Format("2006-01-02 15:04:05"), plainCell(d.label("seller_statement.kind", string(e.Kind))), plainCell(d.label("seller_statement.cause", e.Cause)),
		plainCell(e.ClaimNumber), plainCell(e.OrderNumber), plainCell(borneBy), amount, plainCell(e.Currency), counts,
	}
}

// plainCell is a text as a spreadsheet takes it for one: what it would reckon as a formula, in either
// width, stands behind an apostrophe. Numbers do not pass here.
func plainCell(s string) string {
	first := strings.TrimLeftFunc(s, unicode.IsSpace)
	if first != "" && strings.ContainsRune("=+-@＝＋－＠−", []rune(first)[0]) || s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

type sellerStatementView struct {
	Seller     string            `json:"seller"`
	Month      string            `json:"month"`
	From       models.Instant    `json:"from"`
	To         models.Instant    `json:"to"`
	Totals     []sellerTotalView `json:"totals"`
	Items      []sellerEntryView `json:"items"`
	NextCursor *string           `json:"next_cursor"`
}

type sellerTotalView struct {
	BorneBySeller      moneyView `json:"borne_by_seller"`
	BorneByMarketplace moneyView `json:"borne_by_marketplace"`
	Counts             int       `json:"counts"`
	Rows               int       `json:"rows"`
}

type sellerEntryView struct {
	ID          string           `json:"id"`
	At          models.Instant   `json:"at"`
	Kind        models.EntryKind `json:"kind"`
	Cause       string           `json:"cause"`
	Claim       string           `json:"claim"`
	OrderNumber string           `json:"order_number"`
	Amount      *moneyView       `json:"amount"`
	BorneBy     *string          `json:"borne_by"`
	Counts      *int             `json:"counts"`
}

func (h *Handlers) readStatement(c *gin.Context) error {
	if err := onlyQuery(c, "month", "limit", "cursor"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	month, err := h.monthOf(c)
	if err != nil {
		return err
	}
	st, next, err := h.store.SellerStatement(c.Request.Context(), requestOf(c).actor, c.Param("id"), month, page)
	if err != nil {
		return err
	}
	view := sellerStatementView{Seller: st.SellerID, Month: month.String(), From: st.From, To: st.To, Totals: []sellerTotalView{}, Items: []sellerEntryView{}, NextCursor: orNull(next)}
	for _, t := range st.Totals {
		view.Totals = append(view.Totals, sellerTotalView{moneyView{t.Seller, t.Currency}, moneyView{t.Marketplace, t.Currency}, t.Counts, t.Rows})
	}
	for _, e := range st.Entries {
		one := sellerEntryView{ID: e.ID, At: e.At, Kind: e.Kind, Cause: e.Cause, Claim: e.ClaimNumber, OrderNumber: e.OrderNumber, BorneBy: orNull(e.BorneBy)}
		if e.BorneBy != "" {
			one.Amount = &moneyView{e.Amount, e.Currency}
		} else {
			one.Counts = &e.Counts
		}
		view.Items = append(view.Items, one)
	}
	return reply(c, http.StatusOK, view)
}

// seesStatement: a statement is for its seller and for staff.
func (h *Handlers) seesStatement(c *gin.Context) error {
	_, _, err := h.store.SellerStatement(c.Request.Context(), requestOf(c).actor, c.Param("id"), models.MonthOf(h.instantNow(c), h.store.Zone()), models.Page{Limit: 1})
	return err
}
