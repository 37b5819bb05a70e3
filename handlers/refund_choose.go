package handlers

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The buyer says where a share of a refund goes, as often as wanted until it is sent.

// legForm is the question where a leg goes.
type legForm struct {
	ID      string
	Title   string
	Lead    []string
	Leg     templates.Hidden
	To      templates.Field
	Bank    []templates.Field // bank and branch; empty where no account is needed
	Kind    templates.Field
	Account []templates.Field // number and holder
	Submit  templates.Submit
}

func chooseID(l models.Leg) string { return "choose-" + l.ID }

var destinationQuestions = questions{
	"to": choice("breakdown.to"), "bank": typed("breakdown.bank"), "branch": typed("breakdown.branch"), "kind": choice("breakdown.kind"),
	"number": typed("breakdown.number"), "holder": typed("breakdown.holder"),
}

var accountKinds = []string{"ordinary", "checking", "savings"}

// legForms are the forms of the legs that can still go another way. What was typed stands in the
// form it was sent with, or the first; the fields of the others have ids of their own.
func legForms(f *entry, v models.RefundView) []legForm {
	var list []legForm
	open := slices.DeleteFunc(slices.Clone(v.Legs), func(l models.Leg) bool { return l.Ways(v.Policy) == nil })
	typedIn := max(0, slices.IndexFunc(open, func(l models.Leg) bool { return l.ID == f.get("leg") }))
	for i, l := range open {
		e, suffix := f, ""
		if i != typedIn {
			e, suffix = f.h.newEntry(f.c, destinationQuestions), "-"+strconv.Itoa(i)
		}
		list = append(list, newLegForm(e, v, l, suffix))
	}
	return list
}

func newLegForm(f *entry, v models.RefundView, l models.Leg, suffix string) legForm {
	w, ways := f.words, l.Ways(v.Policy)
	if f.ok() && l.Status != models.LegFailed {
		f.set("to", string(l.To))
	}
	form := legForm{
		ID: chooseID(l), Leg: templates.Hidden{Name: "leg", Value: l.ID}, Submit: templates.Submit{Label: w.text("breakdown.choose")},
		Title: w.text("breakdown.choose_title", "tender", w.label("tender", string(l.Tender)), "amount", templates.Money{Amount: l.Amount, Currency: v.Currency}),
		Lead:  []string{w.text("breakdown.until_sent")},
	}
	if !slices.Contains(ways, l.Tender) {
		form.Lead = []string{w.text("breakdown.no_cash"), w.text("breakdown.until_sent")}
	}
	values := make([]string, 0, len(ways))
	for _, t := range ways {
		values = append(values, string(t))
	}
	form.To = f.choices("to", "", values, func(t string) string { return w.label("tender", t) })
	for i, t := range ways {
		form.To.Choices[i].Hint = w.wayTimes(v.Policy, l.Tender, t)
		if t == l.To && l.AccountTail != "" {
			form.To.Choices[i].Label = w.legName(models.Leg{Tender: t, To: t, AccountTail: l.AccountTail})
		}
		if t == models.TenderBankTransfer {
			form.askAccount(f)
		}
	}
	form.To.ID, form.Kind.ID = "to"+suffix, "kind"+suffix
	for _, list := range [][]templates.Field{form.Bank, form.Account} {
		for i := range list {
			list[i].ID = list[i].Name + suffix
		}
	}
	return form
}

// askAccount asks for a bank account. What is kept of one is not shown again.
func (form *legForm) askAccount(f *entry) {
	ask := func(name, hint, width string) templates.Field {
		field := f.field(name, hint)
		field.Width, field.Autocomplete = width, "off"
		return field
	}
	form.Bank = []templates.Field{ask("bank", "", "m"), ask("branch", "", "m")}
	form.Kind = f.choices("kind", "", accountKinds, func(k string) string { return f.words.label("breakdown.account_kind", k) })
	form.Account = []templates.Field{ask("number", "breakdown.number_hint", "s"), ask("holder", "breakdown.holder_hint", "m")}
	form.Account[0].Digits = true
}

// wayTimes says how long a way takes, on either side.
func (w words) wayTimes(p models.Policy, tender, to models.Tender) string {
	t := p.RefundTimeOf(tender, to)
	return w.text("breakdown.way_times", "ours", w.span(t.Ours), "theirs", w.span(t.Theirs))
}

// postRefund takes where a leg is to go.
func (h *Handlers) postRefund(c *gin.Context) error {
	v, err := h.ownRefund(c)
	if err != nil {
		return err
	}
	f, err := h.readEntry(c, destinationQuestions)
	if err != nil {
		return err
	}
	in := f.destination(v.RefundView)
	if f.ok() {
		_, err := h.store.ChooseDestination(c.Request.Context(), requestOf(c).actor, v.ID, in)
		if err == nil {
			return seeOther(c, f.words.refundPath(v.ClaimNumber)+"?done=chosen")
		}
		if err := f.refused(ofAccount(err)); err != nil {
			return err
		}
		if v, err = h.ownRefund(c); err != nil {
			return err
		}
	}
	return h.refundPage(c, v, f)
}

// destination reads the form.
func (f *entry) destination(v models.RefundView) models.Destination {
	in := models.Destination{Leg: f.get("leg"), To: models.Tender(f.get("to"))}
	at := slices.IndexFunc(v.Legs, func(l models.Leg) bool { return l.ID == in.Leg })
	if at < 0 {
		f.say("", f.words.text("error.invalid_fields"))
	}
	if !f.has("to") {
		f.fail("to", "required")
	}
	if at < 0 || in.To != models.TenderBankTransfer {
		return in
	}
	in.Account = &models.BankAccount{Bank: f.get("bank"), Branch: f.get("branch"), Kind: f.get("kind"), Number: f.get("number"), Holder: f.get("holder")}
	f.need("bank", "branch")
	f.oneOf("kind", accountKinds...)
	f.need("number", "holder")
	return in
}

// ofAccount names the fields of an account as the form does.
func ofAccount(err error) error {
	_, e := statusOf(err)
	for i := range e.Fields {
		e.Fields[i].Field = strings.TrimPrefix(e.Fields[i].Field, "account.")
	}
	return err
}
