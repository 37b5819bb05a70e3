package handlers

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/calendar"
	"hosho/models/seal"
	"hosho/templates"
)

// The audit log, for admins: what the house's people did outside the cases, and who was refused.

// auditQuery is what is looked for, as the address has it.
type auditQuery struct{ who, what, target, since, until string }

func readAuditQuery(c *gin.Context) auditQuery {
	typed := func(name string) string { return strings.TrimSpace(c.Query(name)) }
	return auditQuery{typed("who"), typed("what"), typed("target"), typed("since"), typed("until")}
}

func (q auditQuery) values() url.Values {
	return url.Values{"who": {q.who}, "what": {q.what}, "target": {q.target}, "since": {q.since}, "until": {q.until}}
}

// filter finds the accounts of addresses and the instants of days. What cannot be read is
// named by its field, with the code of the sentence for it.
func (h *Handlers) auditFilter(ctx context.Context, q auditQuery) (f models.AuditFilter, faults map[string]string, err error) {
	faults = map[string]string{}
	account := func(field, typed string) string {
		if !strings.Contains(typed, "@") {
			return typed
		}
		a, aerr := h.store.AccountByEmail(ctx, typed)
		if models.KindOf(aerr) == models.NotFound {
			faults[field] = "audit.nobody"
		} else if aerr != nil {
			err = aerr
		}
		return a.ID
	}
	day := func(field, typed string, after int) models.Instant {
		if typed == "" {
			return 0
		}
		d, derr := calendar.ParseDate(typed)
		if derr != nil {
			faults[field] = "audit.no_day"
			return 0
		}
		return models.InstantOf(calendar.StartOfDay(d.AddDays(after), h.store.Zone()))
	}
	f.ActorID, f.Target, f.Type = account("who", q.who), account("target", q.target), models.AuditType(q.what)
	f.From, f.Until = day("since", q.since, 0), day("until", q.until, 1)
	if q.what != "" && !slices.Contains(models.AuditTypes, f.Type) {
		faults["what"] = "audit.no_type"
	}
	return f, faults, err
}

type auditPage struct {
	Fields []templates.Field
	Open   bool
	Words  templates.FilterWords
	Table  templates.Table
	CSV    string // "" where there is nothing to take out
}

func (h *Handlers) listAudit(c *gin.Context) error {
	ctx, d, q := c.Request.Context(), h.desk(c, models.SideStaff), readAuditQuery(c)
	f, faults, err := h.auditFilter(ctx, q)
	if err != nil {
		return err
	}
	here, status := d.path("staff/audit"), http.StatusOK
	content := auditPage{Table: templates.Table{
		Caption: d.text("audit.title"), Empty: &templates.Empty{Text: d.text("audit.empty")},
		Columns: []templates.Column{{Label: d.text("audit.what")}, {Label: d.text("audit.at")}, {Label: d.text("audit.who")}, {Label: d.text("audit.target")}, {Label: d.text("audit.address")}},
	}}
	d.auditFields(q, faults, &content)
	if len(faults) > 0 {
		content.Open, status = true, http.StatusUnprocessableEntity
		content.Table.Empty.Text = d.text("audit.not_searched")
	} else {
		f.Page = models.Page{Limit: 50, Cursor: c.Query("cursor")}
		items, next, err := h.store.AuditEntries(ctx, requestOf(c).actor, f)
		if err != nil {
			return listError(err)
		}
		for _, e := range items {
			content.Table.Rows = append(content.Table.Rows, templates.Row{Cells: []templates.Cell{
				{Link: &templates.Link{Label: d.label("audit_type", string(e.Type)), Href: d.path("staff/audit", strconv.FormatInt(e.Seq, 10))}},
				{At: timeOf(e.At)},
				d.cell(d.auditActor(e)), d.auditCell(e),
				{Text: orDash(e.Address), Code: true},
			}})
		}
		if len(items) > 0 {
			content.CSV = here + "/csv"
			if v := encoded(q.values()); v != "" {
				content.CSV += "?" + v
			}
		} else if v := encoded(q.values()); v != "" {
			content.Table.Empty = &templates.Empty{Text: d.text("audit.none_found"), Link: &templates.Link{Label: d.text("action.clear_filter"), Href: here}}
		}
		content.Table.Pages = listPages(c, next)
		for name, v := range q.values() {
			if v[0] != "" {
				keepIn(content.Table.Pages, name, url.QueryEscape(v[0]))
			}
		}
	}
	p := h.page(c, d.text("audit.title"), content)
	p.Wide = true
	asDesk(c, &p)
	return h.render(c, status, "staff/audit", p)
}

// auditFields are the fields to search by, and what is searched by as words to take away.
func (d desk) auditFields(q auditQuery, faults map[string]string, content *auditPage) {
	here := d.path("staff/audit")
	add := func(f templates.Field, value, said string) {
		f.Label, f.Value = d.text("audit.by_"+f.Name), value
		if code := faults[f.Name]; code != "" {
			f.Error = d.text(code)
		} else if value != "" {
			v := q.values()
			v.Del(f.Name)
			href := here
			if rest := encoded(v); rest != "" {
				href += "?" + rest
			}
			content.Words.Words = append(content.Words.Words, templates.Link{Label: d.text("staff.chip", "name", f.Label, "value", said), Href: href})
		}
		content.Fields = append(content.Fields, f)
	}
	said := func(typed string) string {
		if strings.Contains(typed, "@") {
			return typed
		}
		return d.text("audit.by_id")
	}
	add(templates.Field{Name: "who", Type: "text", Width: "m", Hint: d.text("audit.by_who_hint")}, q.who, said(q.who))
	types := templates.Field{Name: "what", Width: "m", Choices: []templates.Choice{{Label: d.text("staff.any"), Checked: q.what == ""}}}
	for _, t := range models.AuditTypes {
		types.Choices = append(types.Choices, templates.Choice{Value: string(t), Label: d.label("audit_type", string(t)), Checked: q.what == string(t)})
	}
	add(types, q.what, d.label("audit_type", q.what))
	add(templates.Field{Name: "target", Width: "m", Hint: d.text("audit.by_target_hint")}, q.target, said(q.target))
	add(templates.Field{Name: "since", Type: "date", Width: "s"}, q.since, q.since)
	add(templates.Field{Name: "until", Type: "date", Width: "s"}, q.until, q.until)
	if len(content.Words.Words) > 0 {
		content.Words.Clear = &templates.Link{Label: d.text("action.clear_filter"), Href: here}
	}
}

// auditActor is who acted: a name with the role they had.
func (w words) auditActor(e models.AuditEntry) string {
	role := w.label("role", string(e.ActorRole))
	if name := cmp.Or(e.Actor.Name, e.Actor.Email); name != "" {
		return w.text("audit.person", "name", name, "role", role)
	}
	return role
}

// auditTarget is on what: a person by name, anything else by its kind and id.
func (w words) auditTarget(e models.AuditEntry) string {
	if name := cmp.Or(e.Target.Name, e.Target.Email); name != "" {
		return name
	}
	switch e.TargetKind { //nolint:exhaustive // the others have ids
	case models.OnAddress:
		return e.TargetID
	case models.OnLog:
		return w.label("audit_target", string(e.TargetKind))
	}
	return w.label("audit_target", string(e.TargetKind)) + " " + e.TargetID
}

// auditCell is the target in a table: a path and an id are no words.
func (w words) auditCell(e models.AuditEntry) templates.Cell {
	if e.Target == (models.Person{}) && e.TargetKind != models.OnLog {
		return templates.Cell{Text: w.auditTarget(e), Code: true}
	}
	return w.cell(w.auditTarget(e))
}

func (w words) auditTargetRow(e models.AuditEntry) templates.SummaryRow {
	cell := w.auditCell(e)
	return templates.SummaryRow{Label: w.text("audit.target"), Value: cell.Text, Lang: cell.Lang, Code: cell.Code}
}

type auditEntryPage struct {
	Facts, Details, Chain []templates.SummaryRow
}

// showAuditEntry is one entry with all that is known of it.
func (h *Handlers) showAuditEntry(c *gin.Context) error {
	d := h.desk(c, models.SideStaff)
	seq, err := strconv.ParseInt(c.Param("entry"), 10, 64)
	if err != nil {
		return notFound()
	}
	e, err := h.store.AuditEntryBySeq(c.Request.Context(), requestOf(c).actor, seq)
	if err != nil {
		return err
	}
	code := func(key, value string) templates.SummaryRow {
		return templates.SummaryRow{Label: d.text(key), Value: orDash(value), Code: true}
	}
	content := auditEntryPage{
		Facts: []templates.SummaryRow{
			{Label: d.text("audit.at"), At: timeOf(e.At)},
			d.row(d.text("audit.who"), d.auditActor(e)),
			d.auditTargetRow(e),
			code("audit.address", e.Address), code("audit.request", e.RequestID),
		},
		Chain: []templates.SummaryRow{
			code("audit.number", strconv.FormatInt(e.Seq, 10)), code("audit.type", string(e.Type)), code("audit.actor_id", e.ActorID), code("audit.target_id", e.TargetID),
			code("audit.prev_hash", e.PrevHash), code("audit.own_hash", e.Hash),
		},
	}
	for _, name := range slices.Sorted(maps.Keys(e.Details)) {
		content.Details = append(content.Details, d.auditDetail(name, e.Details[name]))
	}
	p := h.page(c, d.label("audit_type", string(e.Type)), content)
	p.Back = &templates.Link{Label: d.text("audit.title"), Href: d.path("staff/audit"), Key: "u"}
	asDesk(c, &p)
	return h.render(c, http.StatusOK, "staff/audit_entry", p)
}

// auditDetail is one of the details: a role by its name, anything else as it stands.
func (w words) auditDetail(name string, value any) templates.SummaryRow {
	row := templates.SummaryRow{Label: w.label("audit_detail", name), Code: true}
	switch v := value.(type) {
	case string:
		row.Value = v
		if name == "role" || name == "before" {
			row.Value, row.Code = w.label("role", v), false
		}
	default:
		text, err := json.Marshal(v)
		if err == nil {
			row.Value = string(text)
		}
	}
	return row
}

// sendAudit is what was found as a file, written as it is read.
func (h *Handlers) sendAudit(c *gin.Context) error {
	ctx, d := c.Request.Context(), h.desk(c, models.SideStaff)
	q := readAuditQuery(c)
	f, faults, err := h.auditFilter(ctx, q)
	if err != nil {
		return err
	}
	if len(faults) > 0 { // the page says which
		return seeOther(c, d.path("staff/audit")+"?"+encoded(q.values()))
	}
	header := c.Writer.Header()
	to := &patientWriter{to: c.Writer, control: http.NewResponseController(c.Writer), now: h.machineTime}
	out := csv.NewWriter(to)
	out.UseCRLF = true
	begun := false
	begin := func() error {
		begun = true
		header.Set("Cache-Control", "no-store")
		header.Set("Content-Type", "text/csv; charset=utf-8")
		header.Set("Content-Disposition", disposition("hosho-audit.csv", true))
		if _, err := io.WriteString(to, "\ufeff"); err != nil {
			return err
		}
		var head []string
		for _, key := range []string{"number", "at", "type", "what", "actor_id", "who", "role", "target_kind", "target_id", "target", "address", "request", "details", "own_hash"} {
			head = append(head, d.text("audit."+key))
		}
		return out.Write(head)
	}
	err = h.store.EachAuditEntry(ctx, requestOf(c).actor, f, func(e models.AuditEntry) error {
		if !begun {
			if err := begin(); err != nil {
				return err
			}
		}
		details := ""
		if len(e.Details) > 0 {
			text, err := seal.Canonical(e.Details)
			if err != nil {
				return err
			}
			details = string(text)
		}
		return out.Write([]string{
			strconv.FormatInt(e.Seq, 10), e.At.Time().In(h.store.Zone()).Format("2006-01-02 15:04:05"), string(e.Type), plainCell(d.label("audit_type", string(e.Type))), plainCell(e.ActorID), plainCell(e.Actor.Email),
			string(e.ActorRole), string(e.TargetKind), plainCell(e.TargetID), plainCell(e.Target.Email), plainCell(e.Address), plainCell(e.RequestID), plainCell(details), e.Hash,
		})
	})
	if err == nil && !begun {
		err = begin()
	}
	out.Flush()
	return h.endOfFile(c, to, "export the audit log", errors.Join(err, out.Error()))
}

// listAuditEntries is the log as the API tells it: events of one chain, the newest first.
func (h *Handlers) listAuditEntries(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor", "actor", "type", "target", "from", "until"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	f := models.AuditFilter{ActorID: c.Query("actor"), Type: models.AuditType(c.Query("type")), Target: c.Query("target"), Page: page}
	for name, to := range map[string]*models.Instant{"from": &f.From, "until": &f.Until} {
		if text := c.Query(name); text != "" {
			if *to, err = models.ParseInstant(text); err != nil {
				return invalidField(name, "bad_instant")
			}
		}
	}
	items, next, err := h.store.AuditEntries(c.Request.Context(), requestOf(c).actor, f)
	if err != nil {
		return err
	}
	views := make([]seal.Exported, 0, len(items))
	for _, e := range items {
		views = append(views, e.Exported())
	}
	return replyList(c, views, next)
}

func (h *Handlers) readAuditEntry(c *gin.Context) error {
	seq, err := strconv.ParseInt(c.Param("entry"), 10, 64)
	if err != nil {
		return notFound()
	}
	e, err := h.store.AuditEntryBySeq(c.Request.Context(), requestOf(c).actor, seq)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, e.Exported())
}

// auditRoutes are for admins.
func (h *Handlers) auditRoutes() []route {
	return []route{
		{method: http.MethodGet, path: apiBase + "/audit", who: admins, handle: h.listAuditEntries},
		{method: http.MethodGet, path: apiBase + "/audit/:entry", who: admins, handle: h.readAuditEntry, sees: h.seesNothing},
		getPage("/staff/audit", admins, h.listAudit, nil),
		getPage("/staff/audit/csv", admins, h.sendAudit, nil),
		getPage("/staff/audit/:entry", admins, h.showAuditEntry, h.seesNothing),
	}
}
