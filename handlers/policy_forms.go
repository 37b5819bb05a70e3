package handlers

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

var policyQuestions = questions{
	"name": typed("policy.name"), "from": choice("policy.from"), "effective_at": typed("policy.when"), "reason": story("policy.reason", 2000), "words": story("policy.words", 2000), "withdraw": story("policy.withdraw_reason", 2000),
}

type policyForm struct {
	Lead   string
	Hidden []templates.Hidden
	Fields []templates.Field // with choices they are chosen from a list, with a maximum they are areas
	Groups []policyFields
	Submit templates.Submit
	Diff   templates.Table // without columns where nothing is compared
}

type policyFields struct {
	Legend, Hint string
	Fields       []templates.Field
}

func (h *Handlers) showNewPolicy(c *gin.Context) error {
	f := h.newEntry(c, policyQuestions)
	f.set("from", c.Query("from"))
	return h.newPolicyForm(c, f)
}

func (h *Handlers) newPolicyForm(c *gin.Context, f *entry) error {
	w := f.words
	list, err := h.store.PolicyVersions(c.Request.Context())
	if err != nil {
		return err
	}
	versions := make([]string, 0, len(list))
	for _, r := range list {
		versions = append(versions, strconv.Itoa(r.Version))
	}
	if !slices.Contains(versions, f.get("from")) && f.ok() {
		f.set("from", strconv.Itoa(newestOf(list).Version))
	}
	from := f.choices("from", "", versions, func(v string) string {
		n, _ := strconv.Atoi(v) // they are numbers
		return w.text("policy.number", "version", n)
	})
	content := policyForm{
		Lead: w.text("policy.lead"), Hidden: []templates.Hidden{f.once()}, Fields: []templates.Field{f.field("name", "policy.name_hint"), from},
		Submit: templates.Submit{Label: w.text("policy.create"), Cancel: &templates.Link{Label: w.text("action.cancel"), Href: w.path("staff/policy")}},
	}
	return f.showPage("staff/policy_form", h.policyPage(c, w.text("policy.new_draft"), content))
}

func (h *Handlers) postNewPolicy(c *gin.Context) error {
	f, err := h.readEntry(c, policyQuestions)
	if err != nil {
		return err
	}
	in := models.NewPolicyDraft{Name: f.get("name")}
	if in.From, err = strconv.Atoi(f.get("from")); err != nil && f.has("from") {
		f.fail("from", "unknown_value")
	}
	if f.ok() {
		made := ""
		err := f.doOnce(func() error {
			d, err := h.store.CreatePolicyDraft(c.Request.Context(), requestOf(c).actor, in)
			made = d.ID
			return err
		})
		switch {
		case err == nil && made == "":
			return seeOther(c, f.words.path("staff/policy"))
		case err == nil:
			return seeOther(c, f.words.path("staff/policy/drafts", made, "edit"))
		}
		if err := f.refused(formNames(err, "from_version", "from")); err != nil {
			return err
		}
	}
	return h.newPolicyForm(c, f)
}

// formNames calls a field of a refusal as the form does.
func formNames(err error, model, form string) error {
	var e *models.Error
	if !errors.As(err, &e) {
		return err
	}
	said := *e
	said.Fields = slices.Clone(e.Fields)
	for i := range said.Fields {
		if said.Fields[i].Field == model {
			said.Fields[i].Field = form
		}
	}
	return &said
}

func (h *Handlers) showEditPolicy(c *gin.Context) error {
	d, err := h.store.PolicyDraftByID(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if err != nil {
		return err
	}
	if !slices.Contains(d.AllowedActions(requestOf(c).actor), models.ChangesDraft) {
		return seeOther(c, plus(h.words(c).path("staff/policy/drafts", d.ID), "done", "changed"))
	}
	return h.editPolicyForm(c, h.newEntry(c, policyQuestions), d)
}

func (h *Handlers) editPolicyForm(c *gin.Context, f *entry, d models.PolicyDraft) error {
	w, usual := f.words, models.DefaultPolicy()
	set := func(name, value string) {
		if _, typed := f.Values[name]; !typed {
			f.set(name, value)
		}
	}
	set("name", d.Name)
	content := policyForm{
		Lead: w.text("policy.edit_lead"), Hidden: []templates.Hidden{{Name: "version", Value: strconv.FormatInt(d.Version, 10)}}, Fields: []templates.Field{f.field("name", "policy.name_hint")},
		Submit: templates.Submit{Label: w.text("policy.save"), Cancel: &templates.Link{Label: w.text("action.cancel"), Href: w.path("staff/policy/drafts", d.ID)}},
	}
	for _, x := range d.Values.Fields() {
		set(x.Name, x.Text(&d.Values))
		field := templates.Field{Name: x.Name, Label: w.policyLabel(x), Hint: w.policyWhat(x, usual), Value: f.get(x.Name), Error: f.message(x.Name), Width: "s"}
		switch x.Unit {
		case models.UnitSwitch, models.UnitSide:
			values, label := []string{"on", "off"}, func(v string) string { return w.text("policy." + v) }
			if x.Unit == models.UnitSide {
				values, label = []string{"buyer", "seller"}, func(v string) string { return w.label("role", v) }
			}
			for _, v := range values {
				field.Choices = append(field.Choices, templates.Choice{Value: v, Label: label(v), Checked: f.get(x.Name) == v})
			}
		case models.UnitCodes, models.UnitDomains:
			field.Rows, field.Width = 6, ""
		case models.UnitCurrencies, models.UnitTenders, models.UnitHoursList, models.UnitDaysList, models.UnitMoney, models.UnitSpan:
			field.Width = "m"
		case models.UnitMinutes, models.UnitHours, models.UnitDays, models.UnitBusinessDays, models.UnitCount, models.UnitPoints:
			field.Digits = true
			field.Label += w.text("policy.unit_mark." + string(x.Unit))
		case models.UnitPercent:
		}
		if n := len(content.Groups); n == 0 || content.Groups[n-1].Legend != w.label("policy.group_of", x.Group) {
			content.Groups = append(content.Groups, policyFields{Legend: w.label("policy.group_of", x.Group), Hint: w.h.text(w.locale, "rehearsal.group_"+x.Group+"_hint", nil)})
		}
		g := &content.Groups[len(content.Groups)-1]
		g.Fields = append(g.Fields, field)
	}
	p := h.policyPage(c, d.Name, content)
	p.Back = &templates.Link{Label: d.Name, Href: w.path("staff/policy/drafts", d.ID), Key: "u"}
	return f.showPage("staff/policy_form", p)
}

// policyValues are what was typed for the values a draft has or could have.
func policyValues(f *entry, d models.PolicyDraft) map[string]string {
	values := map[string]string{}
	for _, x := range d.Values.Fields() {
		if v, there := f.Values[x.Name]; there && len(v) > 0 {
			values[x.Name] = v[0]
		}
	}
	return values
}

func (h *Handlers) postEditPolicy(c *gin.Context) error {
	ctx, by := c.Request.Context(), requestOf(c).actor
	f, err := h.readEntry(c, policyQuestions)
	if err != nil {
		return err
	}
	d, err := h.store.PolicyDraftByID(ctx, by, c.Param("id"))
	if err != nil {
		return err
	}
	// A currency that has been added is saved in two steps: its fields come with the first.
	shown := d.With(f.get("currencies"))
	name := f.get("name")
	if _, err = h.store.ChangePolicyDraft(ctx, by, d.ID, models.ChangePolicyDraft{Version: f.version(), Name: &name, Values: policyValues(f, shown)}); err == nil {
		return seeOther(c, plus(f.words.path("staff/policy/drafts", d.ID), "done", "saved"))
	}
	if err := h.refusedPolicy(f, err, shown); err != nil {
		return err
	}
	return h.editPolicyForm(c, f, shown)
}

// refusedPolicy is f.refused for values, whose names hold a currency or a way of paying.
func (h *Handlers) refusedPolicy(f *entry, err error, d models.PolicyDraft) error {
	var e *models.Error
	if !errors.As(err, &e) || e.Kind != models.Invalid || len(e.Fields) == 0 {
		return f.refused(err)
	}
	rest := *e
	rest.Fields = nil
	fields := d.Values.Fields()
	for _, x := range e.Fields {
		i := slices.IndexFunc(fields, func(y models.PolicyField) bool { return y.Name == x.Field })
		if i < 0 {
			rest.Fields = append(rest.Fields, x)
			continue
		}
		args := map[string]any{"label": f.words.policyLabel(fields[i])}
		for k, v := range x.Args {
			args[k] = v
		}
		f.say(x.Field, h.text(f.words.locale, "field."+x.Code, args))
	}
	if len(rest.Fields) == 0 {
		return nil
	}
	return f.refused(&rest)
}

// policyActFields are what each action on a draft asks for.
var policyActFields = map[models.PolicyDraftAction][]string{models.ProposesDraft: {"effective_at", "reason"}, models.ReturnsDraft: {"words"}}

func (h *Handlers) showPolicyAct(action models.PolicyDraftAction) func(*gin.Context) error {
	return func(c *gin.Context) error {
		d, err := h.store.PolicyDraftByID(c.Request.Context(), requestOf(c).actor, c.Param("id"))
		if err != nil {
			return err
		}
		if !slices.Contains(d.AllowedActions(requestOf(c).actor), action) {
			return seeOther(c, plus(h.words(c).path("staff/policy/drafts", d.ID), "done", "changed"))
		}
		return h.policyActForm(c, h.newEntry(c, policyQuestions), d, action)
	}
}

func (h *Handlers) policyActForm(c *gin.Context, f *entry, d models.PolicyDraft, action models.PolicyDraftAction) error {
	w, by := f.words, requestOf(c).actor
	back := w.path("staff/policy/drafts", d.ID)
	content := policyForm{
		Lead: w.text("policy." + string(action) + "_lead"), Hidden: []templates.Hidden{{Name: "version", Value: strconv.FormatInt(d.Version, 10)}},
		Submit: templates.Submit{Label: w.policyAct(action, d, by), Danger: action == models.DiscardsDraft, Cancel: &templates.Link{Label: w.text("action.cancel"), Href: back}},
	}
	for _, name := range policyActFields[action] {
		field := f.field(name, "")
		switch name {
		case "effective_at":
			field.Type, field.Width, field.Optional, field.Hint = "datetime-local", "m", true, w.text("policy.when_hint")
		case "reason":
			field.Hint = w.text("policy.reason_hint")
		}
		content.Fields = append(content.Fields, field)
	}
	if action == models.ProposesDraft || action == models.PublishesDraft {
		list, err := h.store.PolicyVersions(c.Request.Context())
		if err != nil {
			return err
		}
		newest := newestOf(list)
		content.Diff = w.policyDiff(newest.Version, newest.PolicyValues, d.Values, nil)
	}
	p := h.policyPage(c, content.Submit.Label, content)
	p.Back = &templates.Link{Label: d.Name, Href: back, Key: "u"}
	return f.showPage("staff/policy_form", p)
}

func (h *Handlers) postPolicyAct(action models.PolicyDraftAction) func(*gin.Context) error {
	return func(c *gin.Context) error {
		ctx, by := c.Request.Context(), requestOf(c).actor
		f, err := h.readEntry(c, policyQuestions)
		if err != nil {
			return err
		}
		d, err := h.store.PolicyDraftByID(ctx, by, c.Param("id"))
		if err != nil {
			return err
		}
		var at models.Instant
		if action == models.ProposesDraft && f.has("effective_at") {
			at = f.localTime("effective_at")
		}
		if f.ok() {
			if err = h.actOnDraft(ctx, by, action, d.ID, f, at); err == nil {
				back := f.words.path("staff/policy/drafts", d.ID)
				done := map[models.PolicyDraftAction]string{models.ProposesDraft: "proposed", models.PublishesDraft: "published", models.ReturnsDraft: "returned", models.DiscardsDraft: "discarded"}[action]
				if action == models.DiscardsDraft {
					back = f.words.path("staff/policy")
				}
				return seeOther(c, plus(back, "done", done))
			}
			if err := f.refused(err); err != nil {
				return err
			}
		}
		return h.policyActForm(c, f, d, action)
	}
}

func (h *Handlers) actOnDraft(ctx context.Context, by models.Actor, action models.PolicyDraftAction, id string, f *entry, at models.Instant) (err error) {
	switch action {
	case models.ProposesDraft:
		_, err = h.store.ProposePolicy(ctx, by, id, models.ProposePolicy{Version: f.version(), EffectiveAt: at, Reason: f.get("reason")})
	case models.PublishesDraft:
		_, err = h.store.PublishPolicy(ctx, by, id, f.version())
	case models.ReturnsDraft:
		_, err = h.store.SendBackPolicy(ctx, by, id, models.SendBackPolicy{Version: f.version(), Words: f.get("words")})
	case models.DiscardsDraft:
		_, err = h.store.DiscardPolicyDraft(ctx, by, id, f.version())
	case models.ChangesDraft:
	}
	return err
}

func (h *Handlers) showWithdrawPolicy(c *gin.Context) error {
	list, r, err := h.policyVersionOf(c)
	if err != nil {
		return err
	}
	if !r.MayWithdraw(requestOf(c).actor, list, h.instantNow(c)) {
		return seeOther(c, plus(h.words(c).path("staff/policy/versions", strconv.Itoa(r.Version)), "done", "changed"))
	}
	return h.withdrawForm(c, h.newEntry(c, policyQuestions), r)
}

func (h *Handlers) withdrawForm(c *gin.Context, f *entry, r models.PolicyRecord) error {
	w := f.words
	back := w.path("staff/policy/versions", strconv.Itoa(r.Version))
	content := policyForm{
		Lead: w.text("policy.withdraw_lead"), Fields: []templates.Field{f.field("withdraw", "")},
		Submit: templates.Submit{Label: w.text("policy.withdraw"), Danger: true, Cancel: &templates.Link{Label: w.text("action.cancel"), Href: back}},
	}
	p := h.policyPage(c, w.text("policy.withdraw"), content)
	p.Back = &templates.Link{Label: w.text("policy.number", "version", r.Version), Href: back, Key: "u"}
	return f.showPage("staff/policy_form", p)
}

func (h *Handlers) postWithdrawPolicy(c *gin.Context) error {
	f, err := h.readEntry(c, policyQuestions)
	if err != nil {
		return err
	}
	_, r, err := h.policyVersionOf(c)
	if err != nil {
		return err
	}
	if _, err = h.store.WithdrawPolicy(c.Request.Context(), requestOf(c).actor, r.Version, models.WithdrawPolicy{Reason: f.get("withdraw")}); err == nil {
		return seeOther(c, plus(f.words.path("staff/policy"), "done", "withdrawn"))
	}
	if err := f.refused(formNames(err, "reason", "withdraw")); err != nil {
		return err
	}
	return h.withdrawForm(c, f, r)
}
