package handlers

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// Pages on which leads and admins draft policy and admins publish it.

type policyList struct {
	New              templates.Link
	Public           templates.Link
	Versions, Drafts templates.Table
}

func (h *Handlers) listPolicy(c *gin.Context) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff)
	list, err := h.store.PolicyVersions(ctx)
	if err != nil {
		return err
	}
	drafts, err := h.store.PolicyDrafts(ctx, by)
	if err != nil {
		return err
	}
	who := h.people(c)
	content := policyList{
		New: templates.Link{Label: d.text("policy.new_draft"), Href: d.path("staff/policy/new")}, Public: templates.Link{Label: d.text("policy.public_title"), Href: d.path("policy")},
		Drafts: templates.Table{
			Caption: d.text("policy.drafts"), Empty: &templates.Empty{Text: d.text("policy.no_drafts")},
			Columns: []templates.Column{{Label: d.text("policy.name")}, {Label: d.text("policy.status")}, {Label: d.text("policy.from")}, {Label: d.text("policy.author")}, {Label: d.text("policy.changed")}},
		},
		Versions: templates.Table{
			Caption: d.text("policy.versions"),
			Columns: []templates.Column{{Label: d.text("policy.version")}, {Label: d.text("policy.status")}, {Label: d.text("policy.effective")}, {Label: d.text("policy.name")}, {Label: d.text("policy.proposer")}, {Label: d.text("policy.publisher")}},
		},
	}
	for _, x := range drafts {
		content.Drafts.Rows = append(content.Drafts.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: x.Name, Href: d.path("staff/policy/drafts", x.ID)}}, {Tag: draftTag(d.words, x)}, {Text: d.text("policy.number", "version", x.Base)}, {Text: who(x.CreatedBy)}, {At: timeOf(x.ChangedAt)},
		}})
	}
	now := h.instantNow(c)
	for _, r := range list {
		at := templates.Cell{Text: d.text("policy.always")}
		if r.EffectiveAt > 1 {
			at = templates.Cell{At: timeOf(r.EffectiveAt)}
		}
		content.Versions.Rows = append(content.Versions.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: d.text("policy.number", "version", r.Version), Href: d.path("staff/policy/versions", strconv.Itoa(r.Version))}},
			{Tag: versionTag(d.words, r.State(list, now))},
			at, d.cell(r.Name),
			{Text: who(r.ProposedBy)},
			{Text: who(r.PublishedBy)},
		}})
	}
	p := h.page(c, d.text("policy.title"), content)
	p.Wide = true
	asDesk(c, &p)
	p.Banner = policyDone(c, d.words)
	return h.render(c, 200, "staff/policy", p)
}

func policyDone(c *gin.Context, w words) *templates.Banner {
	done := c.Query("done")
	tone := map[string]string{"created": "ok", "saved": "ok", "proposed": "ok", "published": "ok", "returned": "ok", "discarded": "ok", "withdrawn": "ok", "changed": "warn"}[done]
	if tone == "" {
		return nil
	}
	return &templates.Banner{Tone: tone, Title: w.label("policy.done", done), Role: "status"}
}

func draftTag(w words, d models.PolicyDraft) *templates.Tag {
	status := map[models.PolicyDraftStatus]string{models.DraftOpen: "waiting", models.DraftProposed: "attention", models.DraftPublished: "refunded", models.DraftDiscarded: "withdrawn"}[d.Status]
	return &templates.Tag{Status: status, Role: "staff", Text: w.label("policy.draft_status", string(d.Status))}
}

func versionTag(w words, state models.PolicyState) *templates.Tag {
	status := map[models.PolicyState]string{models.PolicyInForce: "refunded", models.PolicyUpcoming: "waiting", models.PolicyPast: "withdrawn", models.PolicyWithdrawn: "withdrawn"}[state]
	return &templates.Tag{Status: status, Role: "staff", Text: w.label("policy.state", string(state))}
}

// people names accounts by their ids, each read once.
func (h *Handlers) people(c *gin.Context) func(id string) string {
	names := map[string]string{"": "–"}
	return func(id string) string {
		name, ok := names[id]
		if !ok {
			name = id
			if a, err := h.store.AccountByID(c.Request.Context(), id); err == nil {
				name = a.Name
			}
			names[id] = name
		}
		return name
	}
}

type policyView struct {
	Facts   []templates.SummaryRow
	Notes   []string
	Actions []templates.Link // the first is what one would do next
	Against string
	Diff    templates.Table
	All     templates.Table // without columns on a draft
}

func (h *Handlers) showPolicyVersion(c *gin.Context) error {
	by, d := requestOf(c).actor, h.desk(c, models.SideStaff)
	list, r, err := h.policyVersionOf(c)
	if err != nil {
		return err
	}
	who, now := h.people(c), h.instantNow(c)
	content := policyView{Facts: []templates.SummaryRow{d.row(d.text("policy.status"), d.label("policy.state", string(r.State(list, now)))), d.effective(r.EffectiveAt)}}
	if r.ProposedBy != "" {
		content.Facts = append(
			content.Facts, d.row(d.text("policy.name"), r.Name), d.row(d.text("policy.proposer"), who(r.ProposedBy)), d.row(d.text("policy.publisher"), who(r.PublishedBy)),
			templates.SummaryRow{Label: d.text("policy.published_at"), At: timeOf(r.PublishedAt)}, d.row(d.text("policy.reason"), r.Reason),
		)
	}
	if r.WithdrawnAt != 0 {
		content.Facts = append(content.Facts, templates.SummaryRow{Label: d.text("policy.withdrawn_at"), At: timeOf(r.WithdrawnAt)}, d.row(d.text("policy.withdrawn_by"), who(r.WithdrawnBy)), d.row(d.text("policy.withdraw_reason"), r.WithdrawReason))
	}
	content.Actions = append(content.Actions, templates.Link{Label: d.text("policy.new_draft"), Href: plus(d.path("staff/policy/new"), "from", strconv.Itoa(r.Version))})
	if r.MayWithdraw(by, list, now) {
		content.Actions = append(content.Actions, templates.Link{Label: d.text("policy.withdraw"), Href: d.path("staff/policy/versions", strconv.Itoa(r.Version), "withdraw")})
	}
	if before, err := models.PolicyRecordOf(list, r.Before); err == nil {
		content.Against, content.Diff = d.text("policy.against", "version", before.Version), d.policyDiff(before.Version, before.PolicyValues, r.PolicyValues, nil)
	}
	content.All = d.policyTable(r.PolicyValues, nil)
	p := h.policyPage(c, d.text("policy.number", "version", r.Version), content)
	return h.render(c, 200, "staff/policy_view", p)
}

func (h *Handlers) policyPage(c *gin.Context, title string, content any) templates.Page {
	w := h.words(c)
	p := h.page(c, title, content)
	p.Back = &templates.Link{Label: w.text("policy.title"), Href: w.path("staff/policy"), Key: "u"}
	asDesk(c, &p)
	p.Wide = true
	p.Banner = policyDone(c, w)
	return p
}

func (h *Handlers) policyVersionOf(c *gin.Context) ([]models.PolicyRecord, models.PolicyRecord, error) {
	n, err := strconv.Atoi(c.Param("version"))
	if err != nil {
		return nil, models.PolicyRecord{}, notFound()
	}
	list, err := h.store.PolicyVersions(c.Request.Context())
	if err != nil {
		return nil, models.PolicyRecord{}, err
	}
	r, err := models.PolicyRecordOf(list, n)
	return list, r, err
}

func (h *Handlers) seesPolicyVersion(c *gin.Context) error {
	_, _, err := h.policyVersionOf(c)
	return err
}

// seesPolicyDraft is for those too who draft nothing, to whom there are none.
func (h *Handlers) seesPolicyDraft(c *gin.Context) error {
	_, err := h.store.PolicyDraftByID(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if models.KindOf(err) == models.Forbidden {
		return notFound()
	}
	return err
}

// newestOf is the newest version that was not withdrawn, which a draft is compared with.
func newestOf(list []models.PolicyRecord) models.PolicyRecord {
	i := slices.IndexFunc(list, func(r models.PolicyRecord) bool { return r.WithdrawnAt == 0 })
	return list[max(0, i)]
}

func (h *Handlers) showPolicyDraft(c *gin.Context) error {
	ctx, by, d := c.Request.Context(), requestOf(c).actor, h.desk(c, models.SideStaff)
	x, err := h.store.PolicyDraftByID(ctx, by, c.Param("id"))
	if err != nil {
		return err
	}
	list, err := h.store.PolicyVersions(ctx)
	if err != nil {
		return err
	}
	who, newest := h.people(c), newestOf(list)
	content := policyView{
		Facts: []templates.SummaryRow{
			d.row(d.text("policy.status"), d.label("policy.draft_status", string(x.Status))), d.row(d.text("policy.from"), d.text("policy.number", "version", x.Base)),
			d.row(d.text("policy.author"), who(x.CreatedBy)),
			{Label: d.text("policy.changed"), At: timeOf(x.ChangedAt)},
		},
		Against: d.text("policy.against", "version", newest.Version), Diff: d.policyDiff(newest.Version, newest.PolicyValues, x.Values, nil),
	}
	if x.Status == models.DraftProposed || x.Status == models.DraftPublished {
		content.Facts = append(
			content.Facts, d.row(d.text("policy.proposer"), who(x.ProposedBy)), templates.SummaryRow{Label: d.text("policy.proposed_at"), At: timeOf(x.ProposedAt)},
			d.effective(x.EffectiveAt), d.row(d.text("policy.reason"), x.Reason),
		)
	}
	if x.Status == models.DraftPublished {
		content.Actions = append(content.Actions, templates.Link{Label: d.text("policy.number", "version", x.PublishedAs), Href: d.path("staff/policy/versions", strconv.Itoa(x.PublishedAs))})
	}
	if x.ReturnedAt != 0 {
		content.Notes = append(content.Notes, d.text("policy.returned_by", "name", who(x.ReturnedBy), "words", x.ReturnedWords))
	}
	if x.Base != newest.Version && (x.Status == models.DraftOpen || x.Status == models.DraftProposed) {
		content.Notes = append(content.Notes, d.text("policy.old_base", "base", x.Base, "newest", newest.Version))
	}
	allowed := x.AllowedActions(by)
	if x.Status == models.DraftProposed && !slices.Contains(allowed, models.PublishesDraft) {
		content.Notes = append(content.Notes, d.text("policy.waits_second"))
	}
	for _, a := range allowed {
		path, label := string(a), d.policyAct(a, x, by)
		if a == models.ChangesDraft {
			path = "edit"
		}
		content.Actions = append(content.Actions, templates.Link{Label: label, Href: d.path("staff/policy/drafts", x.ID, path)})
	}
	content.Actions = append(content.Actions, templates.Link{Label: d.text("policy.whatif"), Href: d.path("staff/policy/drafts", x.ID, "what-if")})
	return h.render(c, 200, "staff/policy_view", h.policyPage(c, x.Name, content))
}

// policyAct names an action on a draft.
func (w words) policyAct(a models.PolicyDraftAction, x models.PolicyDraft, by models.Actor) string {
	switch {
	case a == models.ChangesDraft:
		return w.text("policy.edit")
	case a == models.ReturnsDraft && by.AccountID == x.ProposedBy:
		return w.text("policy.take_back")
	}
	return w.text("policy." + string(a))
}

// policyPages are for leads and admins; publishing and withdrawing is an admin's.
func (h *Handlers) policyPages() []route {
	const draft, version = "/staff/policy/drafts/:id", "/staff/policy/versions/:version"
	return []route{
		getPage("/staff/policy", leaders, h.listPolicy, nil),
		getPage("/staff/policy/new", leaders, h.showNewPolicy, nil),
		postPage("/staff/policy/new", leaders, h.postNewPolicy, nil),
		getPage(version, leaders, h.showPolicyVersion, h.seesPolicyVersion),
		getPage(version+"/withdraw", admins, h.showWithdrawPolicy, h.seesPolicyVersion),
		postPage(version+"/withdraw", admins, h.postWithdrawPolicy, h.seesPolicyVersion),
		getPage(draft, leaders, h.showPolicyDraft, h.seesPolicyDraft),
		getPage(draft+"/what-if", leaders, h.showPolicyWhatIf, h.seesPolicyDraft),
		getPage(draft+"/what-if/csv", leaders, h.sendPolicyWhatIf, h.seesPolicyDraft),
		getPage(draft+"/edit", leaders, h.showEditPolicy, h.seesPolicyDraft),
		postPage(draft+"/edit", leaders, h.postEditPolicy, h.seesPolicyDraft),
		getPage(draft+"/propose", leaders, h.showPolicyAct(models.ProposesDraft), h.seesPolicyDraft),
		postPage(draft+"/propose", leaders, h.postPolicyAct(models.ProposesDraft), h.seesPolicyDraft),
		getPage(draft+"/discard", leaders, h.showPolicyAct(models.DiscardsDraft), h.seesPolicyDraft),
		postPage(draft+"/discard", leaders, h.postPolicyAct(models.DiscardsDraft), h.seesPolicyDraft),
		getPage(draft+"/send_back", leaders, h.showPolicyAct(models.ReturnsDraft), h.seesPolicyDraft),
		postPage(draft+"/send_back", leaders, h.postPolicyAct(models.ReturnsDraft), h.seesPolicyDraft),
		getPage(draft+"/publish", admins, h.showPolicyAct(models.PublishesDraft), h.seesPolicyDraft),
		postPage(draft+"/publish", admins, h.postPolicyAct(models.PublishesDraft), h.seesPolicyDraft),
	}
}
