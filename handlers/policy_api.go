package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

// policyVersionView is a published version as anybody may read it.
type policyVersionView struct {
	Version     int            `json:"version"`
	State       string         `json:"state"`
	EffectiveAt models.Instant `json:"effective_at"`
	PublishedAt models.Instant `json:"published_at"`
	Before      *int           `json:"previous_version"`
	WithdrawnAt models.Instant `json:"withdrawn_at"`
	Values      map[string]any `json:"values"`
	Changes     []policyDelta  `json:"changes"`
}

type policyDelta struct {
	Name string `json:"name"`
	Old  any    `json:"old"`
	New  any    `json:"new"`
}

type policyDraftView struct {
	ID             string                     `json:"id"`
	Name           string                     `json:"name"`
	FromVersion    int                        `json:"from_version"`
	Status         models.PolicyDraftStatus   `json:"status"`
	Version        int64                      `json:"version"`
	CreatedAt      models.Instant             `json:"created_at"`
	ChangedAt      models.Instant             `json:"changed_at"`
	ProposedAt     models.Instant             `json:"proposed_at"`
	EffectiveAt    models.Instant             `json:"effective_at"`
	Reason         *string                    `json:"reason"`
	ReturnedWords  *string                    `json:"returned_words"`
	PublishedAs    *int                       `json:"published_version"`
	AllowedActions []models.PolicyDraftAction `json:"allowed_actions"`
	Values         map[string]any             `json:"values"`
	Changes        []policyDelta              `json:"changes"`
}

// policyJSON is a value as the API has it: numbers as numbers, switches as true and false,
// lists as lists, all else as policy writes it, limits of money among it: "30000", "1500.00".
func policyJSON(f models.PolicyField, text string) any {
	switch {
	case text == "" && !f.Listed():
		return nil
	case f.Listed():
		words := strings.Fields(text)
		list := make([]any, 0, len(words))
		for _, w := range words {
			if n, err := strconv.Atoi(w); err == nil && (f.Unit == models.UnitHoursList || f.Unit == models.UnitDaysList) {
				list = append(list, n)
			} else {
				list = append(list, w)
			}
		}
		return list
	}
	switch f.Unit { //nolint:exhaustive // the others are numbers
	case models.UnitSwitch:
		return text == "on"
	case models.UnitSide, models.UnitSpan, models.UnitMoney:
		return text
	}
	return json.Number(text)
}

func policyValuesView(p models.PolicyValues, secret func(models.PolicyField) bool) map[string]any {
	all := map[string]any{}
	for _, f := range p.Fields() {
		if secret == nil || !secret(f) {
			all[f.Name] = policyJSON(f, f.Text(&p))
		}
	}
	return all
}

func policyDeltas(before, after models.PolicyValues, secret func(models.PolicyField) bool) []policyDelta {
	list := []policyDelta{}
	for _, d := range before.Differences(&after) {
		if secret == nil || !secret(d.Field) {
			list = append(list, policyDelta{d.Field.Name, policyJSON(d.Field, d.Old), policyJSON(d.Field, d.New)})
		}
	}
	return list
}

func (h *Handlers) viewPolicyVersion(c *gin.Context, list []models.PolicyRecord, r models.PolicyRecord) policyVersionView {
	v := policyVersionView{
		Version: r.Version, State: string(r.State(list, h.instantNow(c))), EffectiveAt: r.EffectiveAt, PublishedAt: r.PublishedAt, WithdrawnAt: r.WithdrawnAt,
		Values: policyValuesView(r.PolicyValues, notPublic), Changes: []policyDelta{},
	}
	if before, err := models.PolicyRecordOf(list, r.Before); err == nil {
		v.Before, v.Changes = &before.Version, policyDeltas(before.PolicyValues, r.PolicyValues, notPublic)
	}
	return v
}

func (h *Handlers) listPolicyVersions(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	list, err := h.store.PolicyVersions(c.Request.Context())
	if err != nil {
		return err
	}
	views := make([]policyVersionView, 0, len(list))
	for _, r := range list {
		views = append(views, h.viewPolicyVersion(c, list, r))
	}
	return replyList(c, views, "")
}

func (h *Handlers) readPolicyVersion(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	list, r, err := h.policyVersionOf(c)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, h.viewPolicyVersion(c, list, r))
}

func (h *Handlers) withdrawPolicyVersion(c *gin.Context) error {
	_, r, err := h.policyVersionOf(c)
	if err != nil {
		return err
	}
	if _, err := h.store.WithdrawPolicy(c.Request.Context(), requestOf(c).actor, r.Version, bodyOf[models.WithdrawPolicy](c)); err != nil {
		return err
	}
	list, r, err := h.policyVersionOf(c)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, h.viewPolicyVersion(c, list, r))
}

func (h *Handlers) viewPolicyDraft(c *gin.Context, d models.PolicyDraft) (policyDraftView, error) {
	list, err := h.store.PolicyVersions(c.Request.Context())
	if err != nil {
		return policyDraftView{}, err
	}
	v := policyDraftView{
		ID: d.ID, Name: d.Name, FromVersion: d.Base, Status: d.Status, Version: d.Version, CreatedAt: d.CreatedAt, ChangedAt: d.ChangedAt, ProposedAt: d.ProposedAt, EffectiveAt: d.EffectiveAt,
		Reason: orNull(d.Reason), ReturnedWords: orNull(d.ReturnedWords), AllowedActions: d.AllowedActions(requestOf(c).actor),
		Values: policyValuesView(d.Values, nil), Changes: policyDeltas(newestOf(list).PolicyValues, d.Values, nil),
	}
	if d.PublishedAs != 0 {
		v.PublishedAs = &d.PublishedAs
	}
	return v, nil
}

func (h *Handlers) replyDraft(c *gin.Context, status int, d models.PolicyDraft, err error) error {
	if err != nil {
		return err
	}
	v, err := h.viewPolicyDraft(c, d)
	if err != nil {
		return err
	}
	return reply(c, status, v)
}

func (h *Handlers) listPolicyDrafts(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	drafts, err := h.store.PolicyDrafts(c.Request.Context(), requestOf(c).actor)
	if err != nil {
		return err
	}
	views := make([]policyDraftView, 0, len(drafts))
	for _, d := range drafts {
		v, err := h.viewPolicyDraft(c, d)
		if err != nil {
			return err
		}
		views = append(views, v)
	}
	return replyList(c, views, "")
}

func (h *Handlers) createPolicyDraft(c *gin.Context) error {
	d, err := h.store.CreatePolicyDraft(c.Request.Context(), requestOf(c).actor, bodyOf[models.NewPolicyDraft](c))
	return h.replyDraft(c, http.StatusCreated, d, err)
}

func (h *Handlers) readPolicyDraft(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	d, err := h.store.PolicyDraftByID(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	return h.replyDraft(c, http.StatusOK, d, err)
}

// changeDraftInput is a change as the API takes it: values by their names, as they are shown.
type changeDraftInput struct {
	Version *int64         `json:"version"`
	Name    *string        `json:"name"`
	Values  map[string]any `json:"values"`
}

type draftVersion struct {
	Version *int64 `json:"version"`
}

func policyTexts(values map[string]any) map[string]string {
	texts := map[string]string{}
	for name, v := range values {
		switch v := v.(type) {
		case nil:
			texts[name] = ""
		case bool:
			texts[name] = map[bool]string{true: "on", false: "off"}[v]
		case float64:
			texts[name] = strconv.FormatFloat(v, 'f', -1, 64)
		case []any:
			words := make([]string, len(v))
			for i, w := range v {
				words[i] = fmt.Sprint(w)
			}
			texts[name] = strings.Join(words, " ")
		default:
			texts[name] = fmt.Sprint(v)
		}
	}
	return texts
}

// policyDraftBody is what an action on a draft takes.
func policyDraftBody(c *gin.Context) (any, error) {
	switch models.PolicyDraftAction(c.Param("action")) {
	case models.ChangesDraft:
		return new(changeDraftInput), nil
	case models.ProposesDraft:
		return new(models.ProposePolicy), nil
	case models.ReturnsDraft:
		return new(models.SendBackPolicy), nil
	case models.PublishesDraft, models.DiscardsDraft:
		return new(draftVersion), nil
	}
	return nil, notFound()
}

func (h *Handlers) actOnPolicyDraft(c *gin.Context) error {
	ctx, by, id := c.Request.Context(), requestOf(c).actor, c.Param("id")
	var d models.PolicyDraft
	var err error
	switch in := requestOf(c).body.(type) {
	case *changeDraftInput:
		d, err = h.store.ChangePolicyDraft(ctx, by, id, models.ChangePolicyDraft{Version: in.Version, Name: in.Name, Values: policyTexts(in.Values)})
	case *models.ProposePolicy:
		d, err = h.store.ProposePolicy(ctx, by, id, *in)
	case *models.SendBackPolicy:
		d, err = h.store.SendBackPolicy(ctx, by, id, *in)
	case *draftVersion:
		if models.PolicyDraftAction(c.Param("action")) == models.DiscardsDraft {
			d, err = h.store.DiscardPolicyDraft(ctx, by, id, in.Version)
		} else {
			d, err = h.store.PublishPolicy(ctx, by, id, in.Version)
		}
	}
	return h.replyDraft(c, http.StatusOK, d, err)
}

// policyRoutes are the API's: anybody reads what is or was published, leads and admins draft, and
// the use cases say which of them may publish.
func (h *Handlers) policyRoutes() []route {
	const version, draft = apiBase + "/policies/:version", apiBase + "/policy-drafts/:id"
	return []route{
		{method: http.MethodGet, path: apiBase + "/policies", who: public, handle: h.listPolicyVersions},
		{method: http.MethodGet, path: version, who: public, handle: h.readPolicyVersion, sees: h.seesPolicyVersion},
		{method: http.MethodPost, path: version + "/actions/withdraw", who: admins, handle: h.withdrawPolicyVersion, body: jsonOf[models.WithdrawPolicy], sees: h.seesPolicyVersion},
		{method: http.MethodGet, path: apiBase + "/policy-drafts", who: leaders, handle: h.listPolicyDrafts},
		{method: http.MethodPost, path: apiBase + "/policy-drafts", who: leaders, handle: h.createPolicyDraft, body: jsonOf[models.NewPolicyDraft]},
		{method: http.MethodGet, path: draft, who: leaders, handle: h.readPolicyDraft, sees: h.seesPolicyDraft},
		{method: http.MethodPost, path: draft + "/actions/:action", who: leaders, handle: h.actOnPolicyDraft, body: policyDraftBody, sees: h.seesPolicyDraft},
	}
}
