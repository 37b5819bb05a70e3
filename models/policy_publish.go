package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"
)

// A replica reads the versions at most policyFresh ago, and a version takes effect, or is
// withdrawn, at least policyNotice before that matters: so every replica knows it in time,
// with half a minute for a slow commit and clocks that are not quite the same.
const (
	policyFresh  = 30 * time.Second
	policyNotice = time.Minute
)

// PolicyRecord is a version with how it came about. Accounts are ids; nobody made version 1.
type PolicyRecord struct {
	Policy
	Base           int
	Name           string
	PublishedAt    Instant
	PublishedBy    string
	ProposedBy     string
	Reason         string
	WithdrawnAt    Instant
	WithdrawnBy    string
	WithdrawReason string
	Before         int // the version it took or takes the place of; 0 for the first
}

// PolicyState is where a version stands in time.
type PolicyState string

// The states of a version.
const (
	PolicyPast      PolicyState = "past"
	PolicyInForce   PolicyState = "in_force"
	PolicyUpcoming  PolicyState = "upcoming"
	PolicyWithdrawn PolicyState = "withdrawn"
)

// State says where a version of the list of all of them stands at an instant.
func (r PolicyRecord) State(list []PolicyRecord, now Instant) PolicyState {
	switch {
	case r.WithdrawnAt != 0:
		return PolicyWithdrawn
	case r.EffectiveAt > now:
		return PolicyUpcoming
	case slices.ContainsFunc(list, func(x PolicyRecord) bool { return x.Version > r.Version && x.WithdrawnAt == 0 && x.EffectiveAt <= now }):
		return PolicyPast
	}
	return PolicyInForce
}

// MayWithdraw says whether this actor can take a version back: an admin, the newest, and while
// every replica still hears of it before it would take effect.
func (r PolicyRecord) MayWithdraw(by Actor, list []PolicyRecord, now Instant) bool {
	newest := !slices.ContainsFunc(list, func(x PolicyRecord) bool { return x.Version > r.Version && x.WithdrawnAt == 0 })
	return by.Role == RoleAdmin && r.WithdrawnAt == 0 && newest && r.EffectiveAt >= now.Add(policyNotice)
}

// PolicyVersions are all versions, the newest first; anybody may read what they say. They come
// straight from the database.
func (s *Store) PolicyVersions(ctx context.Context) ([]PolicyRecord, error) {
	rows, err := find[policyRow](ctx, s, "SELECT * FROM policies ORDER BY version DESC")
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	list := make([]PolicyRecord, 0, len(rows))
	for i, r := range rows {
		p, err := s.policyOf(r)
		if err != nil {
			return nil, err
		}
		x := PolicyRecord{
			Policy: p, Base: r.BaseVersion, Name: r.Name, PublishedAt: r.CreatedAt, PublishedBy: r.CreatedBy, ProposedBy: r.ProposedBy, Reason: r.Reason,
			WithdrawnAt: r.WithdrawnAt, WithdrawnBy: r.WithdrawnBy, WithdrawReason: r.WithdrawReason,
		}
		if j := slices.IndexFunc(rows[i+1:], func(b policyRow) bool { return b.WithdrawnAt == 0 }); j >= 0 {
			x.Before = rows[i+1+j].Version
		}
		list = append(list, x)
	}
	return list, nil
}

// newestPolicy is the last version that was not withdrawn.
func (tx *Store) newestPolicy(ctx context.Context) (newest policyRow, last int, err error) {
	rows, err := find[policyRow](ctx, tx, "SELECT version, effective_at, body, withdrawn_at FROM policies ORDER BY version DESC")
	if err != nil {
		return newest, 0, fmt.Errorf("read the newest policy: %w", err)
	}
	for _, r := range rows {
		if r.WithdrawnAt == 0 {
			return r, rows[0].Version, nil
		}
	}
	return newest, 0, errors.New("no policy is published; run migrate")
}

// ProposePolicy says when a draft shall take effect, and why. EffectiveAt zero is at once.
type ProposePolicy struct {
	Version     *int64  `json:"version"`
	EffectiveAt Instant `json:"effective_at"`
	Reason      string  `json:"reason" validate:"required,visible,max=2000,clean"`
}

// ProposePolicy hands a draft to a second person. Leads and admins may. Kinds: Forbidden,
// NotFound, Invalid (no change, a time that has passed or is not after the newest version's),
// Conflict.
func (s *Store) ProposePolicy(ctx context.Context, by Actor, id string, in ProposePolicy) (PolicyDraft, error) {
	return s.changeDraft(ctx, by, id, ProposesDraft, in.Version, func(tx *Store, d *PolicyDraft) error {
		var faults fieldErrors
		faults.check(in)
		newest, _, err := tx.newestPolicy(ctx)
		if err != nil {
			return err
		}
		present, err := tx.policyOf(newest)
		if err != nil {
			return err
		}
		switch {
		case in.EffectiveAt != 0 && in.EffectiveAt < tx.now:
			faults.add("effective_at", "policy_effective_passed")
		case in.EffectiveAt != 0 && in.EffectiveAt <= newest.EffectiveAt, in.EffectiveAt == 0 && tx.now < newest.EffectiveAt:
			faults.add("effective_at", "policy_before_newest", "policy", newest.Version, "at", newest.EffectiveAt)
		}
		if err := faults.err(); err != nil {
			return err
		}
		if len(present.Differences(&d.Values)) == 0 {
			return &Error{Kind: Invalid, Code: "policy_unchanged"}
		}
		if err := d.Values.putAll(nil).err(); err != nil {
			return err
		}
		d.Status, d.ProposedBy, d.ProposedAt, d.EffectiveAt, d.Reason, d.Against = DraftProposed, by.AccountID, tx.now, in.EffectiveAt, text(in.Reason), newest.Version
		d.ReturnedBy, d.ReturnedAt, d.ReturnedWords = "", 0, ""
		return nil
	})
}

// SendBackPolicy are the words with which a proposal goes back to who drafts.
type SendBackPolicy struct {
	Version *int64 `json:"version"`
	Words   string `json:"words" validate:"required,visible,max=2000,clean"`
}

// SendBackPolicy makes a proposed draft open again. An admin who has not proposed it may, and
// who has proposed it takes it back so. Kinds: Forbidden, NotFound, Invalid, Conflict.
func (s *Store) SendBackPolicy(ctx context.Context, by Actor, id string, in SendBackPolicy) (PolicyDraft, error) {
	return s.changeDraft(ctx, by, id, ReturnsDraft, in.Version, func(tx *Store, d *PolicyDraft) error {
		if err := check(in); err != nil {
			return err
		}
		d.Status, d.ReturnedBy, d.ReturnedAt, d.ReturnedWords = DraftOpen, by.AccountID, tx.now, text(in.Words)
		return nil
	})
}

// PublishPolicy makes a proposed draft the next version. An admin may who has not proposed
// it. It takes effect at the instant proposed, or at once: a minute later, when every replica
// knows it. Claims keep the version they were filed under, and no deadline moves. Kinds:
// Forbidden, NotFound, Conflict (own_proposal; policy_moved where another version was
// published meanwhile; policy_effective_passed where the instant has passed).
func (s *Store) PublishPolicy(ctx context.Context, by Actor, id string, version *int64) (PolicyDraft, error) {
	d, err := s.changeDraft(ctx, by, id, PublishesDraft, version, func(tx *Store, d *PolicyDraft) error {
		newest, last, err := tx.newestPolicy(ctx)
		if err != nil {
			return err
		}
		at := d.EffectiveAt
		switch soonest := tx.now.Add(policyNotice); {
		case newest.Version != d.Against:
			return (&Error{Kind: Conflict, Code: "policy_moved"}).With("policy_version", newest.Version)
		case at == 0:
			at = soonest
		case at < soonest:
			return (&Error{Kind: Conflict, Code: "policy_effective_passed"}).With("effective_at", at)
		}
		body, err := json.Marshal(d.Values)
		if err != nil {
			return err
		}
		row := policyRow{
			Version: last + 1, EffectiveAt: at, Body: string(body), CreatedAt: tx.now, CreatedBy: by.AccountID,
			BaseVersion: d.Base, Name: d.Name, ProposedBy: d.ProposedBy, Reason: d.Reason,
		}
		if err := tx.insert(ctx, &row); isDuplicate(err) {
			return errAgain // another was published in this moment
		} else if err != nil {
			return fmt.Errorf("insert policy: %w", err)
		}
		d.Status, d.PublishedAs, d.EffectiveAt = DraftPublished, row.Version, at
		return nil
	})
	if err == nil {
		s.policies.forget()
	}
	return d, err
}

// WithdrawPolicy are the words with which a version that is not in effect yet is taken back.
type WithdrawPolicy struct {
	Reason string `json:"reason" validate:"required,visible,max=2000,clean"`
}

// WithdrawPolicy takes back the newest version, which never takes effect then. Admins may,
// until a minute before it would. Kinds: Forbidden, NotFound, Invalid, Conflict.
func (s *Store) WithdrawPolicy(ctx context.Context, by Actor, version int, in WithdrawPolicy) (r PolicyRecord, err error) {
	if by.Role != RoleAdmin {
		return r, forbidden()
	}
	err = s.inTx(ctx, func(tx *Store) error {
		list, err := tx.PolicyVersions(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(x PolicyRecord) bool { return x.Version == version })
		if i < 0 {
			return notFound()
		}
		if err := check(in); err != nil {
			return err
		}
		if r = list[i]; !r.MayWithdraw(by, list, tx.now) {
			return onlyAllowed([]Action{})
		}
		r.WithdrawnAt, r.WithdrawnBy, r.WithdrawReason = tx.now, by.AccountID, text(in.Reason)
		n, err := tx.exec(ctx, "UPDATE policies SET withdrawn_at = ?, withdrawn_by = ?, withdraw_reason = ? WHERE version = ? AND withdrawn_at IS NULL", r.WithdrawnAt, r.WithdrawnBy, r.WithdrawReason, version)
		if err != nil {
			return fmt.Errorf("withdraw policy: %w", err)
		}
		if n == 0 {
			return errAgain
		}
		return tx.audit(ctx, by, act{AuditPolicyWithdrawn, OnPolicy, strconv.Itoa(version), nil})
	})
	if err == nil {
		s.policies.forget()
	}
	return r, err
}

// PolicyRecordOf is one version of all. Kinds: NotFound.
func PolicyRecordOf(list []PolicyRecord, version int) (PolicyRecord, error) {
	for _, r := range list {
		if r.Version == version {
			return r, nil
		}
	}
	return PolicyRecord{}, &Error{Kind: NotFound, Code: "not_found", Err: gorm.ErrRecordNotFound}
}
