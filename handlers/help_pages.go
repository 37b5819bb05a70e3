package handlers

import (
	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

type helpPage struct {
	Groups  []helpGroup
	Contact string
}

type helpGroup struct {
	Title   string
	Answers []helpAnswer
}

type helpAnswer struct {
	Question, Answer string
	Link             templates.Link
}

// showHelp answers what people ask, each answer with the page where it is done.
func (h *Handlers) showHelp(c *gin.Context) error {
	w := h.words(c)
	policy, _, err := h.policyNow(c)
	if err != nil {
		return err
	}
	args := []any{
		"wait", policy.Wait(), "window", dayPeriod(policy.FilingDays), "answer", hourPeriod(policy.SellerAnswerHours),
		"review", hourPeriod(policy.ReviewTargetHours), "count", policy.MaxFiles,
	}
	answer := func(key, label, path string) helpAnswer {
		return helpAnswer{w.text("help." + key), w.text("help."+key+"_text", args...), templates.Link{Label: w.text(label), Href: w.path(path)}}
	}
	page := helpPage{Contact: w.path("help/contact"), Groups: []helpGroup{
		{w.text("help.before"), []helpAnswer{
			answer("covered", "nav.guarantee", "guarantee"), answer("when", "action.check", "check"), answer("no_button", "public.to_orders", "my/orders"),
			answer("cancel", "public.to_orders", "my/orders"), answer("prepare", "nav.prepare", "prepare"),
		}},
		{w.text("help.after"), []helpAnswer{
			answer("how_long", "nav.claims", "my/claims"), answer("silent", "nav.guarantee", "guarantee"), answer("add", "nav.claims", "my/claims"),
			answer("decision", "nav.contact", "help/contact"), answer("refund", "nav.refunds", "refunds"),
		}},
		{w.text("help.account"), []helpAnswer{
			answer("sign_in", "nav.sign_in", "sign-in"), answer("genuine", "nav.notices", "my/notices"), answer("outside", "public.to_orders", "my/orders"),
			answer("stock_out", "nav.report", "report"), answer("seller", "public.door_seller_link", "seller/cases"),
		}},
	}}
	return h.showPublic(c, "public/help", w.text("nav.help"), w.text("help.lead"), page)
}

type helpContactPage struct {
	Email  string
	Facts  []templates.SummaryRow
	Closed string // says when somebody is there again
	Ways   []wayView
	Ready  []string
}

// showHelpContact says how to reach a person, and where no way is set up, what reaches one
// all the same.
func (h *Handlers) showHelpContact(c *gin.Context) error {
	w, s := h.words(c), h.config.Support
	page := helpContactPage{Email: s.Email, Ready: []string{w.text("help.ready_number"), w.text("help.ready_what"), w.text("help.ready_before")}}
	if !s.Hours.none() {
		page.Facts = append(page.Facts, templates.SummaryRow{Label: w.text("help.hours"), Value: w.hours(s.Hours)})
		if open, next := s.Hours.at(h.machineTime().In(h.store.Zone())); !open {
			page.Closed = w.text("help.closed", "opens_at", models.InstantOf(next))
		}
	}
	if s.Reply > 0 {
		page.Facts = append(page.Facts, templates.SummaryRow{Label: w.text("help.reply"), Value: w.text("help.reply_value", "period", s.Reply)})
	}
	page.Ways = []wayView{
		{w.text("help.way_claim"), &templates.Link{Label: w.text("nav.claims"), Href: w.path("my/claims")}},
		{w.text("help.way_order"), &templates.Link{Label: w.text("public.to_orders"), Href: w.path("my/orders")}},
		{w.text("help.way_seller"), &templates.Link{Label: w.text("public.door_seller_link"), Href: w.path("seller/cases")}},
	}
	if s.Email != "" {
		page.Ways = append(page.Ways, wayView{w.text("help.way_decided_mail"), nil})
	} else {
		page.Ways = append(page.Ways, wayView{w.text("help.way_decided"), nil}, wayView{w.text("help.way_shop"), nil})
	}
	return h.showPublic(c, "public/contact", w.text("nav.contact"), w.text("help.contact_about"), page)
}
