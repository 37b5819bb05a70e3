package handlers

import (
	"cmp"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

type statementPage struct {
	Lead  string
	Parts []statementPart
	Rows  []templates.SummaryRow
	Date  string
}

type statementPart struct {
	Title string
	Texts []string
	Ways  []wayView
}

// statementDate is when the statements were last looked through.
const statementDate = "2026-11-22"

// part is a section of a statement: its heading and its sentences, by name.
func (w words) part(key string, names ...string) statementPart {
	p := statementPart{Title: w.text(key)}
	for _, name := range names {
		p.Texts = append(p.Texts, w.text(key+"_"+name))
	}
	return p
}

// operator is who answers for the portal, as its statements name them.
func (h *Handlers) operator(w words) string {
	return cmp.Or(h.config.Operator, h.config.Site, w.text("statement.operator"))
}

func (h *Handlers) showStatement(c *gin.Context, w words, name string, page statementPage, end ...statementPart) error {
	page.Lead = w.text(name+".lead", "operator", h.operator(w))
	page.Date = w.text("statement.date", "day", statementDate)
	contact := statementPart{Title: w.text("statement.contact"), Ways: []wayView{{w.text("statement.contact_text", "operator", h.operator(w)), &templates.Link{Label: w.text("nav.contact"), Href: w.path("help/contact")}}}}
	page.Parts = append(append(page.Parts, end...), contact)
	return h.showPublic(c, "public/statement", w.text("nav."+name), page.Lead, page)
}

func (h *Handlers) showAccessibility(c *gin.Context) error {
	w := h.words(c)
	return h.showStatement(c, w, "accessibility", statementPage{},
		w.part("accessibility.goal", "standard", "how"), w.part("accessibility.can", "script", "keyboard", "zoom", "colour", "time"),
		w.part("accessibility.limits", "evidence", "words", "manual"), w.part("accessibility.tell", "how"))
}

func (h *Handlers) showPrivacy(c *gin.Context) error {
	w := h.words(c)
	policy, _, err := h.policyNow(c)
	if err != nil {
		return err
	}
	page := statementPage{}
	cookies := []string{"session", "browser", "email", languageCookie, themeCookie, keysCookie}
	if h.store.Sandbox() {
		cookies = append(cookies, tourCookie)
	}
	for _, cookie := range cookies {
		page.Rows = append(page.Rows, templates.SummaryRow{Label: w.text("privacy.cookie_" + cookie), Value: w.text("privacy.cookie_" + cookie + "_text")})
	}
	drafts := w.part("privacy.keep", "claims", "erase")
	drafts.Texts = append(drafts.Texts, w.text("privacy.keep_drafts", "period", dayPeriod(policy.DraftDaysAfterDeadline)),
		w.text("privacy.keep_files", "period", dayPeriod(policy.RetentionDays)), w.text("privacy.keep_unused", "period", models.UploadLife))
	return h.showStatement(c, w, "privacy", page,
		w.part("privacy.what", "account", "orders", "claims", "files", "record"), w.part("privacy.why", "use", "no_ads"),
		w.part("privacy.who", "parties", "shown", "original"), drafts)
}

func (h *Handlers) showTerms(c *gin.Context) error {
	w := h.words(c)
	return h.showStatement(c, w, "terms", statementPage{},
		w.part("terms.service", "what", "rules"), w.part("terms.ask", "true", "files", "inside", "once"),
		w.part("terms.decide", "evidence", "questions"), w.part("terms.limits", "rights", "stop"))
}
