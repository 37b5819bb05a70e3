package handlers

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The pages of an appeal: both parties have the same form, each in its place.

var appealQuestions = questions{"grounds": story("appeals.grounds", messageMax), filesField: files("claims.evidence")}

func (h *Handlers) showMyAppeal(c *gin.Context) error {
	f, v, err := h.mine(c, appealQuestions, false)
	if err != nil {
		return err
	}
	f.fillAppeal(v)
	return h.appealForm(f, v)
}

// postMyAppeal sends a buyer's appeal, or keeps it for revision.
func (h *Handlers) postMyAppeal(c *gin.Context) error {
	f, v, err := h.mine(c, appealQuestions, true)
	if err != nil {
		return err
	}
	if done, err := h.actOnMine(f, v, f.appeal(v)); done || err != nil {
		return err
	}
	if v, err = h.again(f, v); err != nil {
		return err
	}
	return h.appealForm(f, v)
}

func (h *Handlers) showSellerAppeal(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	f := h.newEntry(c, appealQuestions)
	f.fillAppeal(v)
	return h.appealForm(f, v)
}

// postSellerAppeal sends a seller's appeal, or keeps it for revision.
func (h *Handlers) postSellerAppeal(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	f, err := h.readFiles(c, appealQuestions, v.OrderNumber)
	if err != nil {
		return err
	}
	in := f.appeal(v)
	then := f.words.path("seller/cases", v.Number) + "?done=appeal"
	if in.Hold {
		then += "_held"
	}
	if done, err := h.actThen(f, v.Number, in, then); done || err != nil {
		return err
	}
	if v, err = h.sellerView(c); err != nil {
		return err
	}
	return h.appealForm(f, v)
}

// appeal is what was sent.
func (f *entry) appeal(v models.ClaimView) *models.ClaimAppealInput {
	if slices.Contains(v.Allowed, models.MakeAppeal) { // else what is missing is not what is wrong
		f.need("grounds")
	}
	return &models.ClaimAppealInput{
		Versioned: models.Versioned{Version: f.version()}, Captioned: f.captions(), Grounds: f.get("grounds"), Evidence: f.all(evidenceField), Hold: f.get("do") == "hold",
	}
}

// fillAppeal puts in what is kept for revision.
func (f *entry) fillAppeal(v models.ClaimView) {
	if held := v.HeldAppeal(v.Side); held != nil {
		f.set("grounds", held.Message)
		f.set(evidenceField, held.Files...)
		f.setCaptions(held.Captions)
	}
}

func (h *Handlers) appealForm(f *entry, v models.ClaimView) error {
	w, title := f.words, f.words.label("action", string(models.MakeAppeal))
	page, back, err := h.partyForm(f, v)
	if err != nil {
		return err
	}
	text := f.field("grounds", "appeals.grounds_hint")
	page.Text = &text
	if slices.Contains(v.Allowed, models.MakeAppeal) {
		page.Lead = w.text("appeals.lead")
		page.Points = []string{
			w.text("appeals.until", "until", v.AppealUntil), w.text("appeals.who"), w.text("appeals.target", "period", dayPeriod(v.Policy.AppealTargetDays)), w.text("appeals.told"), w.text("appeals.hold_rule"),
		}
		if v.OpenAppeal() != nil {
			page.Points = slices.Insert(page.Points, 1, w.text("appeals.joins"))
		}
		if err := h.takeFiles(f, v, &page); err != nil {
			return err
		}
		page.Submit = &templates.Submit{
			Label: title, Name: "do", Value: "send", Quiet: []templates.Submit{{Label: w.text("claims.hold"), Name: "do", Value: "hold"}}, Cancel: &page.Back,
		}
	} else {
		page.Lead, page.Text = whyNoAppeal(w, v), f.late("grounds")
	}
	p := h.page(f.c, title, page)
	p.Back = &back
	return f.showPage("claims/act", p)
}

// partyForm is a form of either party with what all of them have, and the way back from it.
func (h *Handlers) partyForm(f *entry, v models.ClaimView) (actPage, templates.Link, error) {
	if v.Side == models.SideBuyer {
		page, err := h.actForm(f, v)
		return page, templates.Link{Label: f.words.text("claims.claim", "number", v.Number), Href: f.words.path("my/claims", v.Number)}, err
	}
	d := h.desk(f.c, models.SideSeller)
	page := actPage{
		Hidden: []templates.Hidden{{Name: "version", Value: strconv.FormatInt(v.Version, 10)}, {Name: "seq", Value: strconv.FormatInt(v.LastSeq, 10)}, f.once()},
		Back:   templates.Link{Label: d.text("action.cancel"), Href: d.path("seller/cases", v.Number)}, BackLabel: d.text("seller.back_to_case", "number", v.Number),
	}
	if f.stale {
		changed, err := h.changedSince(f.c, d, v.Number, f)
		if err != nil {
			return page, templates.Link{}, err
		}
		if len(changed) > 0 {
			page.Changed = &templates.Timeline{Items: changed}
		}
	}
	return page, *d.backToCase(v.Number), nil
}

// whyNoAppeal says which of the rules about appeals stands in the way.
func whyNoAppeal(w words, v models.ClaimView) string {
	mine := v.AppealOf(v.Side)
	switch {
	case mine != nil:
		return w.text("appeals.why_once", "appealed_at", mine.At)
	case !v.Status.Open() && v.Status != models.Withdrawn && v.Now < v.ReopenUntil(v.Policy):
		return w.text("appeals.why_reopen_"+string(v.Side), "until", v.ReopenUntil(v.Policy))
	case v.AppealUntil != 0 && v.AppealUntil <= v.Now:
		return w.text("appeals.why_over", "until", v.AppealUntil)
	case v.Status == models.Withdrawn:
		return w.text("appeals.why_withdrawn")
	}
	return w.text("appeals.why_not_decided")
}

// appealWords are what a party is told of appeals on the page of a claim: whether and until when it
// can make one, and how those that were made stand.
func appealWords(w words, v models.ClaimView) []string {
	var list []string
	say := func(key string, pairs ...any) { list = append(list, w.text(key, pairs...)) }
	if a := v.OpenAppeal(); a != nil {
		key := "appeals.theirs_open"
		if v.AppealOf(v.Side) != nil {
			key = "appeals.yours_open"
		}
		say(key, "appealed_at", a.At)
		if v.EscalatedAt != 0 {
			say("claims.next_leads_have_it", "since_at", v.EscalatedAt)
		}
	}
	switch held := v.HeldAppeal(v.Side); {
	case held != nil:
		say("appeals.held", "until", v.AppealUntil)
	case v.MayAppeal(v.Side, v.Policy, v.Now) && v.OpenAppeal() != nil:
		say("appeals.may_join", "until", v.AppealUntil)
	case v.MayAppeal(v.Side, v.Policy, v.Now):
		say("appeals.may", "until", v.AppealUntil)
	}
	return list
}

// appealLink leads to the form where a party can appeal; nil where it cannot.
func (w words) appealLink(v models.ClaimView) *templates.Link {
	if !slices.Contains(v.Allowed, models.MakeAppeal) {
		return nil
	}
	link := templates.Link{Label: w.label("action", string(models.MakeAppeal)), Href: w.path("my/claims", v.Number, "appeal")}
	if v.Side == models.SideSeller {
		link.Href = w.path("seller/cases", v.Number, "appeal")
	}
	if v.HeldAppeal(v.Side) != nil {
		link.Label = w.text("appeals.change")
	}
	return &link
}

// appealLetters are the statements of reasons beside the decision that stands: what appeals were
// against, and what was said of those that left it as it was.
func (d desk) appealLetters(v models.ClaimView, to models.Side) []namedLetter {
	var list []namedLetter
	for _, a := range v.Appeals {
		switch {
		case a.Joined || a.Decision == nil:
		case a.Outcome == models.AppealUpheld:
			list = append(list, namedLetter{d.text("appeals.result"), d.letter(v.Claim, *a.Decision, to)})
		case a.First != nil:
			list = append(list, namedLetter{d.text("appeals.before"), d.letter(v.Claim, *a.First, to)})
		}
	}
	return list
}

// appealed are the grounds of all appeals of a claim, the oldest first.
func (d desk) appealed(v models.ClaimView) []templates.Message {
	var list []templates.Message
	for _, a := range v.Appeals {
		m := templates.Message{Side: string(a.By), Who: v.SellerName, Topic: d.text("appeals.topic"), Text: a.Grounds, Lang: templates.LangOf(a.Grounds, d.locale), At: a.At.Time(), Mine: a.By == d.side}
		if a.By == models.SideBuyer {
			m.Who = d.label("role", "buyer")
			if d.side == models.SideStaff {
				m.Who = cmp.Or(v.BuyerName, m.Who)
			}
		}
		list = append(list, m)
	}
	return list
}

// earlierLetters are the same for both parties, as staff read them.
func (d desk) earlierLetters(v models.ClaimView) []namedLetter {
	var list []namedLetter
	for _, a := range v.Appeals {
		switch {
		case a.Joined:
		case a.Outcome == models.AppealUpheld && a.Decision != nil:
			list = append(list, d.bothLetters(v.Claim, *a.Decision)...)
		case a.First != nil && (v.Proposal != nil || a.EndedAt != 0):
			list = append(list, d.bothLetters(v.Claim, *a.First)...)
		}
	}
	return list
}

// moneyOnAppeal is what goes back so far and after a decision, and that what is paid stays paid.
func (d desk) moneyOnAppeal(v models.ClaimView, x models.Decision) []templates.SummaryRow {
	if v.OpenAppeal() == nil || x.Appeal == models.AppealUpheld {
		return nil
	}
	before := v.OwedBack()
	money := func(label string, amount int64) templates.SummaryRow {
		return templates.SummaryRow{Label: d.text(label), Money: &templates.Money{Amount: amount, Currency: v.Currency}}
	}
	rows := []templates.SummaryRow{money("appeals.money_before", before), money("appeals.money_after", x.Amount)}
	switch {
	case x.Amount > before:
		rows = append(rows, money("appeals.money_more", x.Amount-before))
	case x.Amount < before:
		rows = append(rows, money("appeals.money_less", before-x.Amount), templates.SummaryRow{Label: d.text("appeals.money_paid"), Value: d.text("appeals.money_paid_text") + "\n" + d.label("borne_by", x.BorneBy)})
	}
	return rows
}
