package handlers

import (
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

type claimCheckPage struct {
	Answers  []templates.SummaryRow
	Changed  []string
	Blocked  string
	Clocks   []templates.Clock
	Draft    templates.Hidden // what is shown, so that nothing else is sent
	Submit   *templates.Submit
	Remind   *remindPart
	Hub      templates.Link
	WhatNext []string
}

// showClaimCheck shows all answers before anything is sent.
func (h *Handlers) showClaimCheck(c *gin.Context) error {
	s, err := h.claimScope(c)
	if err != nil {
		return err
	}
	d, err := h.store.DraftFor(c.Request.Context(), requestOf(c).actor, s.order.Number, s.line.SellerID)
	if models.KindOf(err) == models.NotFound {
		return h.afterDraft(c, s)
	}
	if err != nil {
		return err
	}
	f := h.newEntry(c, claimAsks)
	if _, open := undone(s.withoutContact(f, d.Body)); open {
		return seeOther(c, s.path(f.words))
	}
	return h.claimCheck(f, s, d)
}

// withoutContact are the tasks that must be done before the answers can be checked. Whether
// there is a contact is for the rules to say, with what helps.
func (s claimScope) withoutContact(f *entry, b models.DraftBody) []claimTask {
	return slices.DeleteFunc(s.tasks(f, b), func(t claimTask) bool { return t.ask == askContact })
}

func (h *Handlers) claimCheck(f *entry, s claimScope, d models.Draft) error {
	w, b := f.words, d.Body
	lines := s.chosen(b.Lines)
	row := func(q claimQuestion, label, value string) templates.SummaryRow {
		return templates.SummaryRow{Label: w.text(label), Value: value, Change: s.path(w, string(q)) + "?to=" + toCheck}
	}
	item := templates.SummaryRow{Label: w.text("contact.item"), Value: joinTitles(lines, s.line)}
	if len(s.lines) > 1 {
		item = row(askItems, "contact.item", item.Value)
	}
	contact := w.text("draft.contact_missing")
	for _, l := range lines {
		if ct := l.Contact; ct != nil && ct.SolvedAt == 0 {
			contact = w.text("draft.contact_told", "topic", w.label("reason", string(ct.Topic)), "contacted_at", ct.SentAt)
		}
	}
	amount := row(askOutcome, "claims.amount", w.text("claims.amount_all", "amount", templates.Money{Amount: unrefunded(lines), Currency: s.order.Currency}))
	if n := f.parsed(b.Amount, s.order.Currency); n != nil {
		amount.Money = &templates.Money{Amount: *n, Currency: s.order.Currency}
	}
	uploads, err := h.store.Uploads(f.c.Request.Context(), requestOf(f.c).actor, b.Evidence)
	if err != nil {
		return err
	}
	var names []string
	for _, u := range uploads {
		name := u.FileName
		if caption := b.Captions[u.ID]; caption != "" {
			name += w.text("draft.caption", "caption", caption)
		}
		names = append(names, name)
	}
	story := row(askStory, "claims.story", b.Description)
	story.Lang = templates.LangOf(b.Description, w.locale)
	page := claimCheckPage{
		Draft: templates.Hidden{Name: "draft", Value: b.Mark()},
		Hub:   templates.Link{Label: w.text("claims.back_to_draft"), Href: s.path(w)}, Clocks: h.lineClocks(w, s.order, s.line, s.policy, s.now),
		Answers: []templates.SummaryRow{
			{Label: w.text("orders.number"), Value: s.order.Number},
			w.row(w.label("role", "seller"), s.line.SellerName), item,
			row(askReason, "claims.reason", w.label("reason", string(b.Reason))), story, row(askContact, "draft.task.contact", contact), row(askEvidence, "claims.evidence", strings.Join(names, "\n")),
			row(askOutcome, "claims.outcome", w.label("desired_outcome", string(b.DesiredOutcome))), amount,
		},
	}
	if page.Changed, err = h.draftChanges(f.c, s, d); err != nil {
		return err
	}
	ahead := s.waitRuns(b)
	switch a := h.assess(s, b, ahead); {
	case !a.Eligible:
		page.Blocked = w.refusal(a, a.Code)
	case ahead:
		opens := waitEnd(lines)
		page.Submit = &templates.Submit{Label: w.text("action.file_ahead")}
		page.WhatNext = []string{w.text("claims.next_ahead", "opens_at", opens), w.text("claims.next_withdraw"), w.text("draft.or_later", "opens_at", opens)}
	default:
		page.Submit = &templates.Submit{Label: w.text("action.send_claim")}
		page.WhatNext = []string{w.text("claims.next_seller", "period", hourPeriod(s.policy.SellerAnswerHours)), w.text("claims.next_evidence"), w.text("claims.next_withdraw")}
	}
	if ahead || page.Blocked != "" {
		reminded, err := h.store.Reminded(f.c.Request.Context(), s.order)
		if err != nil {
			return err
		}
		page.Remind = h.remindPart(w, s.order, s.line, s.policy, s.now, slices.Contains(reminded, s.line.Number), s.path(w, "check"))
	}
	p := h.page(f.c, w.text("claims.check"), page)
	p.Back = &templates.Link{Label: w.text("draft.back"), Href: s.path(w)}
	if f.stale {
		p.Banner = &templates.Banner{Tone: "warn", Title: f.conflict, Text: w.text("error.draft_changed"), Role: "alert"}
	}
	return f.showPage("claims/check", p)
}

// sendClaim files the draft as a claim; inside the wait it is filed ahead. Sent twice, from two
// windows or by going back, it lands on the claim there is. What another window has changed
// since the answers were checked is shown first.
func (h *Handlers) sendClaim(c *gin.Context) error {
	s, err := h.claimScope(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, claimAsks)
	if err != nil {
		return err
	}
	ctx, by := c.Request.Context(), requestOf(c).actor
	d, err := h.store.DraftFor(ctx, by, s.order.Number, s.line.SellerID)
	if models.KindOf(err) == models.NotFound {
		return h.afterDraft(c, s)
	}
	if err != nil {
		return err
	}
	if _, open := undone(s.withoutContact(f, d.Body)); open {
		return seeOther(c, s.path(f.words))
	}
	if f.get("draft") != d.Body.Mark() {
		f.collide("draft_changed")
		return h.claimCheck(f, s, d)
	}
	claim, err := h.store.FileClaim(ctx, by, models.FileClaim{
		OrderNumber: s.order.Number, Lines: d.Body.Lines, Reason: d.Body.Reason, Description: d.Body.Description, DesiredOutcome: d.Body.DesiredOutcome,
		Amount: f.parsed(d.Body.Amount, s.order.Currency), Evidence: d.Body.Evidence, Captions: d.Body.Captions, Schedule: s.waitRuns(d.Body), FromDraft: true, DraftMark: d.Body.Mark(),
	})
	if err != nil {
		if models.CodeOf(err) == string(models.RuleAlreadyClaimed) {
			if again, rerr := h.claimScope(c); rerr == nil && again.line.OpenClaimID != "" {
				return h.afterDraft(c, again)
			}
		}
		if err := f.refused(err); err != nil {
			return err
		}
		if f.stale {
			if d, err = h.store.DraftFor(ctx, by, s.order.Number, s.line.SellerID); models.KindOf(err) == models.NotFound {
				return h.afterDraft(c, s)
			} else if err != nil {
				return err
			}
		}
		return h.claimCheck(f, s, d)
	}
	return seeOther(c, f.words.path("my/claims", claim.Number)+"?sent=1")
}
