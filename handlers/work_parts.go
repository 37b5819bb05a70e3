package handlers

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// Parts of a case that the pages of sellers and staff share: files, messages, what happened,
// the order's facts and the letter with a decision.

// desk speaks to whoever works on cases, from their side.
type desk struct {
	words
	side models.Side // whose eyes the page is for
}

func (h *Handlers) desk(c *gin.Context, side models.Side) desk { return desk{h.words(c), side} }

// casePages gives the addresses of a case's pages as one side has them; of none, the case's own.
type casePages func(page ...string) string

// pagesOf are the pages of a case for the desk's side. Those of staff remember the view of the
// queue one came from.
func (d desk) pagesOf(c *gin.Context, number string) casePages {
	base := "my/claims"
	switch d.side { //nolint:exhaustive // whoever else looks is the buyer
	case models.SideStaff, models.SideObserver:
		q := caseQuery(c)
		return func(page ...string) string { return q.caseHref(d, number, page...) }
	case models.SideSeller:
		base = "seller/cases"
	}
	return func(page ...string) string { return d.path(base, append([]string{number}, page...)...) }
}

// who names a side: the viewer's own as "you".
func (d desk) who(s models.Side) string {
	if s == d.side && s != models.SideStaff {
		return d.text("work.you")
	}
	return d.label("role", string(s))
}

func (d desk) money(amount int64, currency string) templates.Money {
	return templates.Money{Amount: amount, Currency: currency}
}

// spoken prints an amount in a sentence's place.
func (d desk) spoken(amount int64, currency string) string {
	return d.text("work.amount", "amount", d.money(amount, currency))
}

func (d desk) file(id, part string) string { return "/" + d.locale + "/files/" + id + "/" + part }

func (d desk) evidence(list []models.Evidence) []templates.EvidenceItem {
	items := make([]templates.EvidenceItem, 0, len(list))
	for _, e := range list {
		item := templates.EvidenceItem{
			Caption: cmp.Or(e.Note, e.FileName), FileName: e.FileName, Href: d.download(e), Who: d.who(e.By), At: e.At.Time(),
			Size: e.Size, Late: e.Late, Covered: e.Covered,
		}
		if e.HasThumb && e.State == models.UploadReady && !e.Unsafe(models.EvidenceThumbnail) {
			item.Thumbnail = d.file(e.ID, "thumbnail")
			item.Width, item.Height = 320, 240
		}
		item.State, item.Reason = d.fileState(e)
		item.Reason = strings.TrimSpace(item.Reason + " " + d.lateness(e))
		items = append(items, item)
	}
	return items
}

// lateness says what a file counts for that came after the deadline; "" of one in time.
func (d desk) lateness(e models.Evidence) string {
	switch {
	case e.Barred():
		return d.text("claims.file_late")
	case e.Late:
		return d.text("evidence.admitted", "admitted_at", e.AdmittedAt, "why", e.AdmitReason)
	}
	return ""
}

// faulty says what is wrong with a file in the store; staff are told exactly.
func (d desk) faulty(e models.Evidence) string {
	if d.side != models.SideStaff {
		return d.text("evidence.faulty")
	}
	return d.text("evidence.faulty_"+string(e.Fault), "part", d.label("evidence.part", string(e.FaultPart)), "noticed_at", e.FaultAt)
}

// download is where a file is given; "" when its bytes are not to be had.
func (d desk) download(e models.Evidence) string {
	if e.State != models.UploadReady {
		return ""
	}
	return d.file(e.ID, "content")
}

// fileState says how a file stands, and why where it cannot be opened.
func (d desk) fileState(e models.Evidence) (state, reason string) {
	switch e.State {
	case models.UploadRemoved:
		return "removed", d.text("evidence.removed_text", "removed_at", e.RemovedAt)
	case models.UploadChecking:
		return "checking", d.text("evidence.checking_text")
	case models.UploadRejected:
		return "unusable", d.text("evidence.unsafe_text")
	case models.UploadWaiting, models.UploadReady:
	}
	if e.Fault != "" {
		return "unusable", d.faulty(e)
	}
	return "checked", ""
}

// evidenceBy gives the files of one side.
func (d desk) evidenceBy(list []models.Evidence, by models.Side) []templates.EvidenceItem {
	return d.evidence(slices.DeleteFunc(slices.Clone(list), func(e models.Evidence) bool { return e.By != by }))
}

func (d desk) messages(list []models.Message) []templates.Message {
	out := make([]templates.Message, 0, len(list))
	for _, m := range list {
		who := cmp.Or(m.AuthorName, d.who(m.AuthorRole))
		if m.AuthorRole == d.side {
			who = d.who(m.AuthorRole)
		} else if d.side == models.SideSeller && m.AuthorRole != models.SideSeller {
			who = d.label("role", string(m.AuthorRole)) // people are named to staff only
		}
		t := templates.Message{
			Who: who, Side: string(m.AuthorRole), Text: m.Body, Lang: m.Locale, At: m.SentAt.Time(), Mine: m.AuthorRole == d.side, Files: d.evidence(m.Evidence),
		}
		if len(m.Warnings) > 0 {
			t.Warning = d.text("work.steering")
		}
		if m.Topic != models.GeneralTopic && m.Topic != "" {
			t.Topic = d.label("reason", string(m.Topic))
		}
		if m.Request != "" {
			t.Topic = strings.Join(slices.DeleteFunc([]string{d.label("request_said", m.Request), t.Topic}, func(s string) bool { return s == "" }), " · ")
		}
		out = append(out, t)
	}
	return out
}

// eventFacts are the parts of an event's data that a timeline tells.
type eventFacts struct {
	Amount   *int64         `json:"amount"`
	Currency string         `json:"currency"`
	Kind     string         `json:"kind"`
	Outcome  string         `json:"outcome"`
	Party    string         `json:"party"`
	DueAt    models.Instant `json:"due_at"`
	Until    models.Instant `json:"until"`
}

// timelineShown is how many events stand open; the rest is folded away.
const timelineShown = 20

func (d desk) timeline(events []models.Event) templates.Timeline {
	var t templates.Timeline
	for _, e := range slices.Backward(events) {
		if e.Redacted {
			continue
		}
		item := d.event(e)
		if len(t.Items) < timelineShown {
			t.Items = append(t.Items, item)
		} else {
			t.Earlier = append(t.Earlier, item)
		}
	}
	return t
}

func (d desk) event(e models.Event) templates.TimelineItem {
	var f eventFacts
	_ = json.Unmarshal(e.Data, &f) // an event of a form not known yet still has its title
	item := templates.TimelineItem{Title: d.label("event", e.Type), Who: d.label("role", string(e.ActorRole)), At: e.At.Time()}
	var facts, said []string
	if f.Outcome != "" {
		facts = append(facts, d.label("outcome", f.Outcome))
	}
	if e.Type == "offered" || e.Type == "offer_accepted" {
		facts = append(facts, d.label("offer", f.Kind))
	}
	switch e.Type {
	case "asked", "reminded":
		facts = append(facts, d.label("work.party", f.Party))
	case "lapsed": // whose deadline it was
		facts = append(facts, d.label("role", f.Party))
	}
	if f.Amount != nil && *f.Amount > 0 && f.Currency != "" {
		facts = append(facts, d.spoken(*f.Amount, f.Currency))
	}
	if f.DueAt != 0 {
		facts = append(facts, d.text("work.due", "due_at", f.DueAt))
	}
	if f.Until != 0 {
		key := "work.paused_until"
		if e.Type == "put_on_hold" {
			key = "work.held_until"
		}
		facts = append(facts, d.text(key, "until", f.Until))
	}
	for _, name := range []string{"question", "message", "reason", "explanation", "body", "note"} {
		if text := e.Texts[name]; text != "" {
			said = append(said, text)
		}
	}
	item.Text, item.Said = strings.Join(facts, "\n"), strings.Join(said, "\n")
	item.Lang = templates.LangOf(item.Said, d.locale)
	return item
}

// since lists what happened after an event, for somebody whose page was older.
func (d desk) since(events []models.Event, seq int64) []templates.TimelineItem {
	var items []templates.TimelineItem
	for _, e := range events {
		if e.Seq > seq && !e.Redacted {
			items = append(items, d.event(e))
		}
	}
	return items
}

// tracking is what the carrier knows of a line.
func (d desk) tracking(l models.OrderLine) []templates.SummaryRow {
	rows := []templates.SummaryRow{{Label: d.text("work.order_status"), Value: d.label("order_status", string(l.Status))}}
	add := func(label, value string) {
		if value != "" {
			rows = append(rows, templates.SummaryRow{Label: d.text(label), Value: value})
		}
	}
	at := func(label string, i models.Instant) {
		if i != 0 {
			rows = append(rows, templates.SummaryRow{Label: d.text(label), At: timeOf(i)})
		}
	}
	if l.Carrier != "" {
		rows = append(rows, d.row(d.text("work.carrier"), l.Carrier))
	}
	add("work.tracking_number", l.TrackingNumber)
	at("work.shipped", l.ShippedAt)
	at("work.first_scan", l.FirstScanAt)
	if l.ShippedAt != 0 && l.FirstScanAt == 0 {
		add("work.first_scan", d.text("work.no_scan"))
	}
	at("work.delivered", l.DeliveredAt)
	if l.Exception != "" {
		add("work.exception", d.label("exception", l.Exception))
	}
	if l.CancelledBy != "" {
		add("work.cancelled", d.label("cancelled_by", l.CancelledBy)+" "+d.label("stated_reason", l.CancelReason))
		at("work.cancelled_at", l.CancelledAt)
	}
	return rows
}

// listing is the offer as it was bought.
func (d desk) listing(p models.PinnedListing, currency string) templates.Pinned {
	out := templates.Pinned{Title: p.Title, Facts: []templates.SummaryRow{
		{Label: d.text("work.unit_price"), Money: &templates.Money{Amount: p.UnitPrice, Currency: currency}},
		{Label: d.text("work.quantity"), Value: strconv.FormatInt(p.Quantity, 10)},
	}}
	if l := p.Listing; l != nil {
		out.Description = l.Description
		if l.Condition != "" {
			out.Facts = append(out.Facts, d.row(d.text("work.condition"), l.Condition))
		}
		if len(l.Promises) > 0 {
			out.Facts = append(out.Facts, d.row(d.text("work.promises"), d.promises(l.Promises)))
		}
	}
	return out
}

// letter is a decision as one party reads it; money and metric are two lines.
func (d desk) letter(c models.Claim, x models.Decision, to models.Side) templates.Letter {
	kind := string(x.Outcome)
	if x.Outcome == models.Granted && x.Amount < c.Claimed {
		kind = "granted_partly"
	}
	if x.ReturnRequired {
		kind = "granted_return"
	}
	amount := d.spoken(x.Amount, c.Currency)
	counted, uncounted, borneBy := d.text("counts.yes"), d.text("counts.no"), d.label("borne_by", x.BorneBy)
	if to == models.SideSeller {
		counted, uncounted, borneBy = d.text("counts_you.yes"), d.text("counts_you.no"), d.label("borne_by_you", x.BorneBy)
	}
	l := templates.Letter{
		Title: d.text("letter."+string(to)+"."+kind, "amount", amount), Automated: x.Automated, Questions: d.text("letter.questions"),
		Rows: []templates.SummaryRow{
			{Label: d.text("letter.number"), Value: c.Number},
			d.row(d.text("letter.item"), c.Title),
			{Label: d.text("letter.money"), Value: d.text("letter.money_none")},
			{Label: d.text("letter.metric"), Value: uncounted},
			{Label: d.text("letter.reason"), Value: d.label("decision_reason", x.ReasonCode)},
		},
	}
	if x.Outcome == models.Granted {
		l.Rows[2].Value = amount + "\n" + borneBy
	}
	if x.CountsAgainstSeller {
		l.Rows[3].Value = counted
	}
	if x.ReturnRequired {
		l.Rows = slices.Insert(l.Rows, 3, templates.SummaryRow{Label: d.text("returns.title"), Value: d.text("returns.condition_" + string(to))})
	}
	if x.Rule != "" {
		l.Rows = append(l.Rows, d.row(d.text("letter.rule"), d.label("decision_rule", x.Rule)))
	}
	l.Rows = append(l.Rows, d.row(d.text("letter.facts"), d.label("decision_fact", x.Facts)))
	var cited []string
	for _, e := range c.Evidence {
		if slices.Contains(x.EvidenceCited, e.ID) {
			cited = append(cited, d.label("role", string(e.By))+": "+e.FileName)
		}
	}
	if len(cited) == 0 {
		cited = []string{d.text("letter.no_evidence")}
	}
	l.Rows = append(l.Rows, templates.SummaryRow{Label: d.text("letter.evidence"), Value: strings.Join(cited, "\n")})
	l.Explanation = x.Explanation
	if x.Automated {
		l.Explanation = d.text("letter.automated." + x.ReasonCode)
		if to == models.SideSeller && x.ReasonCode == models.ReasonSellerSilent {
			l.Explanation = d.text("letter.automated_you." + x.ReasonCode)
		}
	}
	switch {
	case x.Appeal == models.AppealUpheld:
		l.Title = d.text("letter.upheld")
	case c.AppealUntil != 0 && c.AppealOf(to) == nil && c.OpenAppeal() == nil && c.Decision != nil && (x.DecidedAt == 0 || c.Decision.DecidedAt == x.DecidedAt):
		l.Questions = d.text("letter.appeal", "until", c.AppealUntil) + "\n" + l.Questions
	}
	l.Lang = templates.LangOf(l.Explanation, d.locale)
	if x.DecidedAt != 0 {
		l.Rows = append(l.Rows, templates.SummaryRow{Label: d.text("letter.decided_at"), At: timeOf(x.DecidedAt)})
	}
	return l
}

// in is the desk in the language of somebody else, where the portal speaks it.
func (d desk) in(locale string) desk {
	if templates.Supported(locale) {
		d.locale = locale
	}
	return d
}

// letterAbroad is letter for a page in another language than the reader's: it brings the words
// around it along.
func (d desk) letterAbroad(c models.Claim, x models.Decision, to models.Side, page string) templates.Letter {
	l := d.letter(c, x, to)
	if d.locale == page {
		return l
	}
	l.Speech, l.ByRule, l.Heading = d.locale, d.text("letter.by_rule"), d.text("letter.explanation")
	for i, row := range l.Rows {
		if row.At != nil {
			l.Rows[i].At, l.Rows[i].Value = nil, d.text("letter.at", "decided_at", *row.At)
		}
	}
	if l.Lang == "" {
		l.Lang = templates.LangOf(l.Explanation, page)
	}
	return l
}

// listError makes an address with a cursor of nobody's lead nowhere, as any other wrong address.
func listError(err error) error {
	if models.KindOf(err) == models.Invalid {
		return notFound()
	}
	return err
}

// showFile gives bytes of a file to whoever may see it; the original only to staff.
func (h *Handlers) showFile(c *gin.Context) error {
	part := models.EvidencePart(c.Param("part"))
	if part == "content" {
		part = models.EvidenceCopy
	}
	content, err := h.store.EvidenceContent(c.Request.Context(), requestOf(c).actor, c.Param("id"), part)
	if err != nil {
		return err
	}
	return h.serveContent(c, content, part == models.EvidenceOriginal)
}
