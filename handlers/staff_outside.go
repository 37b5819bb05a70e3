package handlers

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// outsidePage is the queue of contacts made elsewhere.
type outsidePage struct {
	Late  *templates.Field // a reason for what is not to be decided any more
	Items []outsideItem
	Empty templates.Empty
	Pages *templates.Pages
}

type outsideItem struct {
	Title  string
	Facts  []templates.SummaryRow
	Files  []templates.EvidenceItem
	Action string
	Why    templates.Field
	May    bool
}

func (h *Handlers) listOutsidePages(c *gin.Context) error { return h.outsidePage(c, nil, "") }

func (h *Handlers) outsidePage(c *gin.Context, said *entry, id string) error {
	d := h.desk(c, models.SideStaff)
	items, next, err := h.store.PendingOutsideContacts(c.Request.Context(), requestOf(c).actor, models.Page{Limit: 20, Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	content := outsidePage{Empty: templates.Empty{Text: d.text("staff.outside_empty"), Link: &templates.Link{Label: d.text("nav.queue"), Href: d.path("staff/queue")}}}
	content.Pages = listPages(c, next)
	blank := h.newEntry(c, outsideQuestions)
	for i, x := range items {
		item := outsideItem{Title: x.Title, Files: d.evidence(x.Evidence), Action: d.path("staff/outside-contacts", x.ID) + listPlace(c), May: x.MayDecide}
		item.Facts = []templates.SummaryRow{
			{Label: d.text("work.order_number"), Value: x.OrderNumber},
			d.row(d.label("role", "seller"), x.SellerName),
			{Label: d.text("staff.outside_at"), At: timeOf(x.ContactedAt)},
			{Label: d.text("staff.channel"), Value: d.label("contact.channel", string(x.Channel))},
			{Label: d.text("staff.declared_at"), At: timeOf(x.CreatedAt)},
		}
		f := blank
		if said != nil && x.ID == id {
			f = said
		}
		item.Why = f.field("reason", "staff.outside_why_hint")
		item.Why.Rows = 2
		if f != said {
			item.Why.ID = "reason-" + strconv.Itoa(i)
		}
		content.Items = append(content.Items, item)
	}
	f := said
	if f == nil {
		f = blank
	} else if !slices.ContainsFunc(items, func(x models.OutsideContact) bool { return x.ID == id && x.MayDecide }) {
		content.Late = f.late("reason")
	}
	p := h.page(c, d.text("staff.outside"), content)
	p.Dense = true
	p.Back = &templates.Link{Label: d.text("nav.queue"), Href: d.path("staff/queue"), Key: "u"}
	asDesk(c, &p)
	return f.showPage("staff/outside", p)
}

var outsideQuestions = questions{"reason": story("staff.outside_why", 1000)}

func (h *Handlers) postOutside(c *gin.Context) error {
	f, err := h.readEntry(c, outsideQuestions)
	if err != nil {
		return err
	}
	in := models.OutsideDecision{Accept: f.get("do") == "accept", Reason: f.get("reason")}
	if _, err = h.store.DecideOutsideContact(c.Request.Context(), requestOf(c).actor, c.Param("id"), in); err == nil {
		return seeOther(c, f.words.path("staff/outside-contacts")+listPlace(c))
	}
	if err := f.refused(err); err != nil {
		return err
	}
	return h.outsidePage(c, f, c.Param("id"))
}
