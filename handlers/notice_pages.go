package handlers

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// signInShown is how long a mailed sign-in works, said in the sandbox's copy of its mail.
const signInShown = 15 * time.Minute

// noticeOf is a notice as templates word it.
func noticeOf(n models.Notice) templates.Notice {
	party, _ := n.Args["party"].(string)
	if kind, _, ok := strings.Cut(n.Party, ":"); ok && (kind == "buyer" || kind == "seller") {
		party = kind
	}
	return templates.Notice{Valid: signInShown, Number: n.Number, Kind: n.Kind, Party: party, ClaimNumber: n.ClaimNumber, OrderNumber: n.OrderNumber, Args: n.Args}
}

// noticeWords are the words of a notice: as it was sent, or, while it is still on its way,
// those it will have.
func (h *Handlers) noticeWords(locale string, n models.Notice) (subject, body string) {
	if n.Subject != "" {
		return n.Subject, n.Body
	}
	return h.catalog.Notice(locale, noticeOf(n))
}

// noticeLang is the language a notice was sent in; "" where that is the page's own.
func (w words) noticeLang(n models.Notice) string {
	if n.Subject == "" || n.Locale == w.locale {
		return ""
	}
	return n.Locale
}

// noticeList is the message centre.
type noticeList struct {
	Items []noticeItem
	Empty templates.Empty
	Pages *templates.Pages
}

type noticeItem struct {
	Link   templates.Link
	Words  numbered
	Number string
	Meta   []templates.SummaryRow
	Unread bool
	Lang   string
}

// noticesAt is where the message centre of this address is: a seller has it in its own part.
func noticesAt(c *gin.Context) string {
	if strings.Contains(c.FullPath(), "/seller/") {
		return "seller/notices"
	}
	return "my/notices"
}

// numbered is a subject with the number in it, which is never broken over two lines.
type numbered struct{ Before, Number, After string }

func withNumber(subject, number string) numbered {
	before, after, found := strings.Cut(subject, number)
	if number == "" || !found {
		return numbered{Before: subject}
	}
	return numbered{before, number, after}
}

func (h *Handlers) listNoticePages(c *gin.Context) error {
	w, base := h.words(c), noticesAt(c)
	notices, next, err := h.store.Notices(c.Request.Context(), requestOf(c).actor, models.Page{Limit: 30, Cursor: c.Query("cursor")})
	if err != nil {
		return listError(err)
	}
	content := noticeList{Empty: templates.Empty{Text: w.text("notices.empty")}}
	for _, n := range notices {
		subject, _ := h.noticeWords(w.locale, n)
		item := noticeItem{Link: templates.Link{Label: subject, Href: w.path(base, n.Number)}, Number: n.Number, Unread: n.ReadAt == 0}
		item.Lang, item.Words = w.noticeLang(n), withNumber(subject, cmp.Or(n.ClaimNumber, n.OrderNumber))
		item.Meta = []templates.SummaryRow{{At: timeOf(n.CreatedAt)}}
		content.Items = append(content.Items, item)
	}
	content.Pages = listPages(c, next)
	return h.show(c, "notices/list", w.text("nav.notices"), content)
}

// noticePage is one message, as sent.
type noticePage struct {
	Number  string
	Words   numbered
	Facts   []templates.SummaryRow
	Body    []string
	Unread  bool
	Action  string
	About   *templates.Link
	Waiting bool // its mail has not gone out yet
}

func (h *Handlers) showNotice(c *gin.Context) error {
	w, base := h.words(c), noticesAt(c)
	number, err := numberOf(c, 'M', "number")
	if err != nil {
		return err
	}
	n, err := h.store.NoticeByNumber(c.Request.Context(), requestOf(c).actor, number)
	if err != nil {
		return err
	}
	subject, body := h.noticeWords(w.locale, n)
	content := noticePage{Number: n.Number, Words: withNumber(subject, cmp.Or(n.ClaimNumber, n.OrderNumber)), Unread: n.ReadAt == 0, Action: w.path(base, n.Number) + "/read", Waiting: n.SentAt == 0}
	// What was sent holds the number, the link and the foot of the mail as well.
	for part := range strings.SplitSeq(body, "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			content.Body = append(content.Body, part)
		}
	}
	content.Facts = []templates.SummaryRow{{Label: w.text("notices.number"), Value: n.Number}, {Label: w.text("notices.at"), At: timeOf(n.CreatedAt)}}
	if n.ReadAt != 0 {
		content.Facts = append(content.Facts, templates.SummaryRow{Label: w.text("notices.read_at"), At: timeOf(n.ReadAt)})
	}
	if n.ClaimNumber != "" || n.OrderNumber != "" {
		content.About = &templates.Link{Label: w.text(templates.OpenKey(noticeOf(n))), Href: templates.NoticePath(w.locale, noticeOf(n))}
	}
	p := h.page(c, subject, content)
	p.Speech = w.noticeLang(n)
	p.Back = &templates.Link{Label: w.text("nav.notices"), Href: w.path(base)}
	return h.render(c, http.StatusOK, "notices/show", p)
}

func (h *Handlers) postReadNotice(c *gin.Context) error {
	number, err := numberOf(c, 'M', "number")
	if err != nil {
		return err
	}
	if _, err := h.readEntry(c, nil); err != nil {
		return err
	}
	if _, err := h.store.ReadNotice(c.Request.Context(), requestOf(c).actor, number); err != nil {
		return err
	}
	return seeOther(c, h.words(c).path(noticesAt(c), number))
}
