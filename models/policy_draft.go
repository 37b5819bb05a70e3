package models

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// PolicyDraftStatus is how far a draft of policy is.
type PolicyDraftStatus string

// The states of a draft. One that was sent back is open again.
const (
	DraftOpen      PolicyDraftStatus = "open"
	DraftProposed  PolicyDraftStatus = "proposed"
	DraftPublished PolicyDraftStatus = "published"
	DraftDiscarded PolicyDraftStatus = "discarded"
)

// PolicyDraft is a set of values that nobody has published yet. Accounts are ids.
type PolicyDraft struct {
	ID            string
	Name          string
	Base          int // the version it was made from
	Status        PolicyDraftStatus
	Version       int64 // of the draft, for changes on condition
	Values        PolicyValues
	CreatedBy     string
	CreatedAt     Instant
	ChangedBy     string
	ChangedAt     Instant
	ProposedBy    string
	ProposedAt    Instant
	EffectiveAt   Instant // zero takes effect as soon as every replica knows it
	Reason        string
	Against       int // the newest version when it was proposed
	ReturnedBy    string
	ReturnedAt    Instant
	ReturnedWords string
	PublishedAs   int
}

type policyDraftRow struct {
	ID            string
	Name          string
	BaseVersion   int
	Body          string
	Status        PolicyDraftStatus
	Version       int64
	CreatedBy     string
	CreatedAt     Instant
	ChangedBy     string
	ChangedAt     Instant
	ProposedBy    string
	ProposedAt    Instant
	EffectiveAt   Instant
	Reason        string
	Against       int
	ReturnedBy    string
	ReturnedAt    Instant
	ReturnedWords string
	PublishedAs   int
}

func (policyDraftRow) TableName() string { return "policy_drafts" }

func (r policyDraftRow) draft() (PolicyDraft, error) {
	d := PolicyDraft{
		ID: r.ID, Name: r.Name, Base: r.BaseVersion, Status: r.Status, Version: r.Version, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, ChangedBy: r.ChangedBy, ChangedAt: r.ChangedAt,
		ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt, EffectiveAt: r.EffectiveAt, Reason: r.Reason, Against: r.Against,
		ReturnedBy: r.ReturnedBy, ReturnedAt: r.ReturnedAt, ReturnedWords: r.ReturnedWords, PublishedAs: r.PublishedAs,
	}
	if err := json.Unmarshal([]byte(r.Body), &d.Values); err != nil {
		return d, fmt.Errorf("read policy draft %s: %w", r.ID, err)
	}
	d.Values.fill()
	return d, nil
}

// MaxPolicyDrafts is how many drafts there are at most that are neither published nor discarded.
const MaxPolicyDrafts = 50

// draftsPolicy: a lead and an admin draft and propose (PRODUCT.md §10).
func (a Actor) draftsPolicy() bool { return a.Role == RoleLead || a.Role == RoleAdmin }

// NewPolicyDraft is a draft to be made from a version; zero is the version in force.
type NewPolicyDraft struct {
	Name string `json:"name" validate:"required,visible,max=80,clean"`
	From int    `json:"from_version" validate:"gte=0"`
}

// CreatePolicyDraft makes a draft from a version. Leads and admins may. Kinds: Forbidden,
// Invalid (too_many_policy_drafts too).
func (s *Store) CreatePolicyDraft(ctx context.Context, by Actor, in NewPolicyDraft) (d PolicyDraft, err error) {
	if !by.draftsPolicy() {
		return d, forbidden()
	}
	if err := check(in); err != nil {
		return d, err
	}
	err = s.inTx(ctx, func(tx *Store) error {
		open, err := find[struct{ N int }](ctx, tx, "SELECT COUNT(*) AS n FROM policy_drafts WHERE status IN ?", []PolicyDraftStatus{DraftOpen, DraftProposed})
		if err != nil {
			return err
		}
		if open[0].N >= MaxPolicyDrafts {
			return (&Error{Kind: Invalid, Code: "too_many_policy_drafts"}).With("max", MaxPolicyDrafts)
		}
		from, err := tx.Policy(ctx, tx.now)
		if err == nil && in.From != 0 {
			if from, err = tx.PolicyVersion(ctx, in.From); err != nil {
				return fieldError("from_version", "unknown_value")
			}
		}
		if err != nil {
			return err
		}
		body, err := json.Marshal(from.PolicyValues)
		if err != nil {
			return err
		}
		row := policyDraftRow{
			ID: newID(), Name: text(in.Name), BaseVersion: from.Version, Body: string(body), Status: DraftOpen, Version: 1,
			CreatedBy: by.AccountID, CreatedAt: tx.now, ChangedBy: by.AccountID, ChangedAt: tx.now,
		}
		if err := tx.insert(ctx, &row); err != nil {
			return fmt.Errorf("insert policy draft: %w", err)
		}
		if d, err = row.draft(); err != nil {
			return err
		}
		return tx.audit(ctx, by, act{AuditPolicyDrafted, OnPolicyDraft, d.ID, map[string]any{"from_version": d.Base}})
	})
	return d, err
}

// PolicyDrafts are the drafts that are neither published nor discarded, those changed last
// first. Leads and admins may read them. Kinds: Forbidden.
func (s *Store) PolicyDrafts(ctx context.Context, by Actor) ([]PolicyDraft, error) {
	if !by.draftsPolicy() {
		return nil, forbidden()
	}
	rows, err := find[policyDraftRow](ctx, s, "SELECT * FROM policy_drafts WHERE status IN ? ORDER BY changed_at DESC, id DESC LIMIT ?", []PolicyDraftStatus{DraftOpen, DraftProposed}, MaxPolicyDrafts)
	if err != nil {
		return nil, fmt.Errorf("read policy drafts: %w", err)
	}
	list := make([]PolicyDraft, 0, len(rows))
	for _, r := range rows {
		d, err := r.draft()
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// PolicyDraftByID is one draft, whatever became of it. Leads and admins may read it. Kinds:
// Forbidden, NotFound.
func (s *Store) PolicyDraftByID(ctx context.Context, by Actor, id string) (PolicyDraft, error) {
	if !by.draftsPolicy() {
		return PolicyDraft{}, forbidden()
	}
	rows, err := find[policyDraftRow](ctx, s, "SELECT * FROM policy_drafts WHERE id = ?", id)
	if err != nil {
		return PolicyDraft{}, fmt.Errorf("read policy draft: %w", err)
	}
	if len(rows) == 0 {
		return PolicyDraft{}, notFound()
	}
	return rows[0].draft()
}

// PolicyDraftAction is what can be done with a draft.
type PolicyDraftAction string

// The actions.
const (
	ChangesDraft   PolicyDraftAction = "change"
	DiscardsDraft  PolicyDraftAction = "discard"
	ProposesDraft  PolicyDraftAction = "propose"
	PublishesDraft PolicyDraftAction = "publish"
	ReturnsDraft   PolicyDraftAction = "send_back"
)

// AllowedActions lists what this actor may do with the draft now: two people publish, never
// the one who proposed, and the second is an admin.
func (d PolicyDraft) AllowedActions(by Actor) []PolicyDraftAction {
	list := []PolicyDraftAction{}
	switch {
	case !by.draftsPolicy():
	case d.Status == DraftOpen:
		list = append(list, ChangesDraft, ProposesDraft, DiscardsDraft)
	case d.Status == DraftProposed && by.Role == RoleAdmin && by.AccountID != d.ProposedBy:
		list = append(list, PublishesDraft, ReturnsDraft)
	case d.Status == DraftProposed && by.AccountID == d.ProposedBy:
		list = append(list, ReturnsDraft) // taken back
	}
	return list
}

// changeDraft loads a draft for an action, asks whether it may be done, and writes what edit
// makes of it on condition of its version. want nil takes any version.
func (s *Store) changeDraft(ctx context.Context, by Actor, id string, action PolicyDraftAction, want *int64, edit func(tx *Store, d *PolicyDraft) error) (d PolicyDraft, err error) {
	if !by.draftsPolicy() {
		return d, forbidden()
	}
	err = s.inTx(ctx, func(tx *Store) error {
		if d, err = tx.PolicyDraftByID(ctx, by, id); err != nil {
			return err
		}
		if want != nil && *want != d.Version {
			return stale(d.Version)
		}
		allowed := d.AllowedActions(by)
		if !slices.Contains(allowed, action) {
			switch {
			case d.Status != DraftProposed || action != PublishesDraft && action != ReturnsDraft:
			case by.Role != RoleAdmin:
				return forbidden()
			default:
				return (&Error{Kind: Conflict, Code: "own_proposal"}).With("allowed_actions", names(allowed))
			}
			return onlyAllowed(allowed)
		}
		if err := edit(tx, &d); err != nil {
			return err
		}
		body, err := json.Marshal(d.Values)
		if err != nil {
			return err
		}
		before := d.Version
		d.Version, d.ChangedBy, d.ChangedAt = before+1, by.AccountID, tx.now
		n, err := tx.exec(ctx, `UPDATE policy_drafts SET name = ?, base_version = ?, body = ?, status = ?, version = ?, changed_by = ?, changed_at = ?, proposed_by = ?, proposed_at = ?, effective_at = ?,
			reason = ?, against = ?, returned_by = ?, returned_at = ?, returned_words = ?, published_as = ? WHERE id = ? AND version = ?`,
			d.Name, d.Base, string(body), d.Status, d.Version, d.ChangedBy, d.ChangedAt, d.ProposedBy, d.ProposedAt, d.EffectiveAt,
			d.Reason, d.Against, d.ReturnedBy, d.ReturnedAt, d.ReturnedWords, d.PublishedAs, d.ID, before)
		if err != nil {
			return fmt.Errorf("write policy draft: %w", err)
		}
		if n == 0 {
			return errAgain // another was faster; what it wrote is read and compared
		}
		return tx.audit(ctx, by, d.act(action))
	})
	return d, err
}

// act is what an action on a draft stands as in the audit log.
func (d PolicyDraft) act(action PolicyDraftAction) act {
	a := act{Kind: OnPolicyDraft, ID: d.ID, Details: map[string]any{"draft_version": d.Version}}
	switch action {
	case ChangesDraft:
		a.Type = AuditPolicyChanged
	case DiscardsDraft:
		a.Type = AuditPolicyDiscarded
	case ProposesDraft:
		a.Type = AuditPolicyProposed
	case ReturnsDraft:
		a.Type = AuditPolicySentBack
	case PublishesDraft:
		a.Type, a.Kind, a.ID = AuditPolicyPublished, OnPolicy, strconv.Itoa(d.PublishedAs)
		a.Details["draft"], a.Details["proposed_by"], a.Details["effective_at"] = d.ID, d.ProposedBy, d.EffectiveAt.String()
	}
	return a
}

// ChangePolicyDraft gives a draft other values, by their names as PolicyField.Text writes
// them; those left out stay. Name nil stays.
type ChangePolicyDraft struct {
	Version *int64            `json:"version"`
	Name    *string           `json:"name" validate:"omitempty,required,visible,max=80,clean"`
	Values  map[string]string `json:"values"`
}

// ChangePolicyDraft changes an open draft. Leads and admins may. Kinds: Forbidden, NotFound,
// Invalid (each value by its name), Conflict for another version and what is not open.
func (s *Store) ChangePolicyDraft(ctx context.Context, by Actor, id string, in ChangePolicyDraft) (PolicyDraft, error) {
	return s.changeDraft(ctx, by, id, ChangesDraft, in.Version, func(_ *Store, d *PolicyDraft) error {
		var faults fieldErrors
		faults.check(in)
		if in.Name != nil {
			d.Name = text(*in.Name)
		}
		return append(faults, d.Values.putAll(in.Values)...).err()
	})
}

// DiscardPolicyDraft ends an open draft; nothing of it is kept in the lists. Leads and admins
// may. Kinds: Forbidden, NotFound, Conflict.
func (s *Store) DiscardPolicyDraft(ctx context.Context, by Actor, id string, version *int64) (PolicyDraft, error) {
	return s.changeDraft(ctx, by, id, DiscardsDraft, version, func(_ *Store, d *PolicyDraft) error {
		d.Status = DraftDiscarded
		return nil
	})
}

// With is the draft as it would have these currencies, so that a form can ask for the limits
// of a new one; text that names none leaves it as it is.
func (d PolicyDraft) With(currencies string) PolicyDraft {
	limits := maps.Clone(d.Values.Limits)
	if putCurrencies(strings.Fields(currencies), &limits) == "" && currencies != "" {
		d.Values.Limits = limits
	}
	return d
}
