package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/health"
	"hosho/templates"
)

// flagTag is where a flag stands, in the inks of claims in like states.
func flagTag(w words, f models.Flag) templates.Tag {
	look := map[models.FlagStatus]string{
		models.FlagOpen: "under_review", models.FlagWarned: "attention", models.FlagLimited: "attention", models.FlagSetAside: "closed", models.FlagWithdrawn: "settled",
	}[f.Status]
	return templates.Tag{Status: look, Role: "staff", Text: w.label("flag_status", string(f.Status))}
}

// tally is a number and the share it is: of reports or claims, or of the accounts that report.
func (w words) tally(kind health.Suspicion, t health.Tally) string {
	key := "flags.tally_accounts"
	if kind == health.ByUnfounded || kind == health.ByDenied {
		key = "flags.tally"
	}
	return w.text(key, "count", t.Count, "of", t.Of, "share", fmt.Sprintf("%.0f", 100*t.Share()))
}

// listStaffFlags lists people who reported or claimed without a ground more often than policy
// has it, with number and share.
func (h *Handlers) listStaffFlags(c *gin.Context) error {
	d := h.desk(c, models.SideStaff)
	view := models.FlagWait(c.Query("v"))
	filter := models.FlagFilter{Waits: view, Seller: c.Query("seller"), Page: models.Page{Limit: 50, Cursor: c.Query("cursor")}}
	list, next, err := h.store.Flags(c.Request.Context(), requestOf(c).actor, filter)
	if err != nil {
		return listError(err)
	}
	base := d.path("staff/flags")
	page := enforcementList{Views: []templates.Link{{Label: d.text("enforcement.all"), Href: base, Current: view == ""}}}
	for _, v := range models.FlagWaits {
		page.Views = append(page.Views, templates.Link{Label: d.label("flag_waits", string(v)), Href: plus(base, "v", string(v)), Current: v == view})
	}
	page.Table = d.flagTable(d.text("flags.list"), list)
	page.Table.Pages = listPages(c, next)
	p := h.page(c, d.text("flags.list"), page)
	p.Back = &templates.Link{Label: d.text("nav.staff_reports"), Href: plus(d.path("staff/reports"), "by", "seller")}
	p.Wide = true
	underReports(&p)
	asDesk(c, &p)
	return h.render(c, http.StatusOK, "staff/investigations", p)
}

// underReports marks where the pages of flags stand in the navigation.
func underReports(p *templates.Page) {
	if at := slices.IndexFunc(p.Nav, func(l templates.Link) bool { return l.Href == "/"+p.Lang+"/staff/reports" }); at >= 0 {
		p.Nav[at].Current = true
	}
}

func (d desk) flagTable(caption string, list []models.Flag) templates.Table {
	t := templates.Table{
		Caption: caption, Empty: &templates.Empty{Text: d.text("flags.none")},
		Columns: []templates.Column{
			{Label: d.text("flags.number")},
			{Label: d.text("flags.person")},
			{Label: d.text("flags.why")},
			{Label: d.text("flags.counted")},
			{Label: d.label("role", "seller")},
			{Label: d.text("work.status")},
			{Label: d.text("flags.flagged_at")},
		},
	}
	for _, f := range list {
		tag := flagTag(d.words, f)
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: f.Number, Href: d.path("staff/flags", f.Number)}},
			d.cell(f.Name),
			{Text: d.label("flag_kind", string(f.Kind))},
			{Text: d.tally(f.Kind, f.Tally)},
			d.cell(orDash(f.SellerName)),
			{Tag: &tag},
			{At: timeOf(f.FlaggedAt)},
		}})
	}
	return t
}

// labels are the words of grounds.
func (w words) labels(prefix string, grounds []health.Suspicion) (list []string) {
	for _, why := range grounds {
		list = append(list, w.label(prefix, string(why)))
	}
	return list
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// flagOfStaff is the flag that a page of staff is about; one about themselves they read as
// everybody reads theirs.
func (h *Handlers) flagOfStaff(c *gin.Context) (models.Flag, error) {
	f, err := h.store.FlagByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	if err == nil && f.Own {
		err = notFound()
	}
	return f, err
}

// showStaffFlag shows staff why somebody was flagged, what was counted, and what came of it.
func (h *Handlers) showStaffFlag(c *gin.Context) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff)
	f, err := h.flagOfStaff(c)
	if err != nil {
		return err
	}
	entries, err := h.store.FlagEntries(ctx, by, f.Number)
	if err != nil {
		return err
	}
	counted, err := h.countedPart(c, d, f)
	if err != nil {
		return err
	}
	others, _, err := h.store.Flags(ctx, by, models.FlagFilter{Account: f.AccountID, Page: models.Page{Limit: 20}})
	if err != nil {
		return err
	}
	page := enforcementFile{Tag: flagTag(d.words, f), Stands: d.label("flag_stands", string(f.Status))}
	for _, a := range f.AllowedActions(by, h.instantNow(c)) {
		page.Do = append(page.Do, templates.Link{Label: d.label("flag_do", string(a)), Href: d.path("staff/flags", f.Number, string(a))})
	}
	facts := append([]templates.SummaryRow{d.row(d.text("flags.person"), f.Name+" ("+f.Email+")")}, d.flagFacts(f)...)
	if f.Now != f.Tally {
		facts = append(facts, templates.SummaryRow{Label: d.text("flags.counted_now"), Value: d.tally(f.Kind, f.Now)})
	}
	page.Parts = append([]filePart{{Facts: append(facts, templates.SummaryRow{Label: d.text("enforcement.automated"), Value: d.text("flags.by_rule")})}, counted}, d.stepParts(f)...)
	if len(others) > 1 {
		page.Parts = append(page.Parts, filePart{Table: d.flagTable(d.text("flags.others"), others)})
	}
	page.Parts = append(page.Parts, d.entriesPart(entries, nil))
	p := h.page(c, d.text("flags.flag", "number", f.Number), page)
	p.Back = &templates.Link{Label: d.text("flags.list"), Href: d.path("staff/flags"), Key: "u"}
	p.Wide = true
	underReports(&p)
	asDesk(c, &p)
	sentBanner(c, d, &p)
	return h.render(c, http.StatusOK, "staff/measure", p)
}

// flagFacts is why, with the numbers as they stood.
func (d desk) flagFacts(f models.Flag) []templates.SummaryRow {
	rows := []templates.SummaryRow{
		{Label: d.text("flags.why"), Value: d.label("flag_why", string(f.Kind))},
		{Label: d.text("flags.counted"), Value: d.tally(f.Kind, f.Tally)},
	}
	if f.SellerName != "" {
		rows = append(rows, d.row(d.label("role", "seller"), f.SellerName))
	}
	return append(rows, templates.SummaryRow{Label: d.text("flags.flagged_at"), At: timeOf(f.FlaggedAt)})
}

// countedPart lists the reports or claims that were counted.
func (h *Handlers) countedPart(c *gin.Context, d desk, f models.Flag) (filePart, error) {
	t := templates.Table{
		Caption: d.text("flags.cases"), Columns: []templates.Column{{Label: d.text("reports.number")}, {Label: d.label("role", "seller")}, {Label: d.text("reports.sent_at")}, {Label: d.text("claims.state")}},
		Empty: &templates.Empty{Text: d.text("flags.no_cases")},
	}
	if f.OfClaims() {
		base := "staff/cases"
		if f.Own {
			base = "my/claims"
		}
		t.Columns = t.Columns[:1]
		for _, number := range f.Cases {
			t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{{Link: &templates.Link{Label: number, Href: d.path(base, number)}}}})
		}
		return filePart{Table: t}, nil
	}
	list, err := h.store.ReportsOfFlag(c.Request.Context(), requestOf(c).actor, f)
	if err != nil {
		return filePart{}, err
	}
	for _, r := range list {
		tag, href := reportTag(d.words, r), d.path("my/reports", r.Number)
		if !f.Own {
			href = d.path("staff/reports") + "?seller=" + url.QueryEscape(r.SellerID)
		}
		t.Rows = append(t.Rows, templates.Row{Cells: []templates.Cell{{Link: &templates.Link{Label: r.Number, Href: href}}, d.cell(r.SellerName), {At: timeOf(r.SentAt)}, {Tag: &tag}}})
	}
	return filePart{Table: t}, nil
}

// stepParts are the warning and the limits, each with what was said against it.
func (d desk) stepParts(f models.Flag) (parts []filePart) {
	for _, s := range f.Steps {
		part := filePart{Title: d.label("flag_step", string(s.Kind)), Facts: []templates.SummaryRow{{Label: d.text("enforcement.sent_at"), At: timeOf(s.At)}, d.row(d.text("flags.words"), s.Words)}}
		if s.Kind == models.FlagLimit {
			part.Facts = append(part.Facts, templates.SummaryRow{Label: d.text("flags.per_day"), Value: strconv.Itoa(s.PerDay)}, templates.SummaryRow{Label: d.text("enforcement.ends"), Value: d.text("enforcement.until_day", "until", s.EndsAt)})
		}
		if s.End != "" {
			part.Facts = append(part.Facts, templates.SummaryRow{Label: d.text("enforcement.ended"), Value: d.sentences(d.label("flag_ended", s.End), s.EndWords)})
		}
		part.Facts = append(part.Facts, templates.SummaryRow{Label: d.text("flags.contest"), Value: d.contestLine(s)})
		if s.Grounds != "" {
			part.Facts = append(part.Facts, d.row(d.text("enforcement.grounds"), s.Grounds))
		}
		if len(s.Evidence) > 0 {
			part.Facts = append(part.Facts, d.filesRow(s.Evidence))
		}
		if s.Explanation != "" {
			part.Facts = append(part.Facts, d.row(d.text("enforcement.explanation"), s.Explanation))
		}
		parts = append(parts, part)
	}
	return parts
}

// contestLine is until when a step can be contested, or how that ended.
func (d desk) contestLine(s models.FlagStep) string {
	if s.Appeal == "" {
		return d.text("flags.contest_until", "until", s.AppealUntil)
	}
	return d.label("flag_contest", s.Appeal)
}

// showMyFlag shows whom a flag is about what was counted, what staff say and what can be done.
func (h *Handlers) showMyFlag(c *gin.Context) error {
	f, err := h.ownFlag(c)
	if err != nil {
		return err
	}
	by, d, now := requestOf(c).actor, h.desk(c, models.SideBuyer), h.instantNow(c)
	counted, err := h.countedPart(c, d, f)
	if err != nil {
		return err
	}
	page := enforcementFile{Tag: flagTag(d.words, f), Stands: d.myStands(f)}
	for _, a := range f.AllowedActions(by, now) {
		page.Do = append(page.Do, templates.Link{Label: d.label("flag_do", string(a)), Href: d.path("my/flags", f.Number, string(a))})
		if until := contestedStep(f, a).AppealUntil; page.Clock == nil {
			page.Clock = &templates.Clock{Label: d.text("flags.contest_by"), At: until.Time(), Now: h.pageTime(c), Kind: templates.ClockDue}
		}
	}
	facts := append(d.flagFacts(f), templates.SummaryRow{Label: d.text("flags.means"), Value: d.text("flags.means_" + flagMeans(f))})
	page.Parts = append(append([]filePart{{Facts: facts}}, d.stepParts(f)...), counted)
	p := h.page(c, d.text("flags.warning", "number", f.Number), page)
	p.Back = &templates.Link{Label: d.text("nav.reports"), Href: d.path("my/reports")}
	sentBanner(c, d, &p)
	return h.render(c, http.StatusOK, "reports/flag", p)
}

// ownFlag is the flag that a page of whom it is about shows; those of others are not found,
// whatever the role.
func (h *Handlers) ownFlag(c *gin.Context) (models.Flag, error) {
	number, err := numberOf(c, 'F', "flag")
	if err != nil {
		return models.Flag{}, err
	}
	f, err := h.store.FlagByNumber(c.Request.Context(), requestOf(c).actor, number)
	if err == nil && !f.Own {
		err = notFound()
	}
	return f, err
}

func (d desk) myStands(f models.Flag) string {
	if s := f.Limit(); f.Status == models.FlagLimited {
		return d.text("flags.my_limited", "max", s.PerDay, "until", s.EndsAt)
	}
	return d.label("flag_my", string(f.Status))
}

// flagMeans is which sentence says what a flag means for whom it is about.
func flagMeans(f models.Flag) string {
	switch {
	case f.Status == models.FlagLimited:
		return "limit"
	case f.OfClaims():
		return "claims"
	}
	return "warning"
}

// contestedStep is the step that an action contests, or decides about.
func contestedStep(f models.Flag, a models.FlagAction) models.FlagStep {
	if a == models.AppealsLimit || a == models.DecidesLimit {
		return f.Limit()
	}
	return f.Warning()
}

// myFlags are the links to what was sent to the viewer, and the banner of a limit that holds.
func (h *Handlers) myFlags(c *gin.Context) (links []templates.Link, banner *templates.Banner, err error) {
	ctx, by, w := c.Request.Context(), requestOf(c).actor, h.words(c)
	list, _, err := h.store.Flags(ctx, by, models.FlagFilter{Own: true, Page: models.Page{Limit: 20}})
	if err != nil || len(list) == 0 {
		return nil, nil, err
	}
	for _, f := range list {
		links = append(links, templates.Link{Label: w.text("flags.link", "number", f.Number, "status", w.label("flag_status", string(f.Status))), Href: w.path("my/flags", f.Number)})
	}
	limit, err := h.store.ReportLimited(ctx, by)
	if err != nil || limit.Flag == "" {
		return links, nil, err
	}
	return links, &templates.Banner{
		Tone: "info", Title: w.text("flags.limited_title"), Text: w.text("flags.limited_text", "max", limit.PerDay, "until", limit.EndsAt), Role: "status",
		Link: &templates.Link{Label: w.text("flags.limited_link"), Href: w.path("my/flags", limit.Flag)},
	}, nil
}
