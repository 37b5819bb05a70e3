package models

import (
	"context"
	"fmt"

	"hosho/models/seal"
)

// What staff, admins and operators do outside the cases, and who was refused, is one chain of
// events like a claim's: the audit log. An act on a case stands in the chain of its claim
// alone. An entry is written in the transaction of the act, so that neither is there without
// the other.

// AuditType says what was done: an area, a dot and a verb.
type AuditType string

// What stands in the log.
const (
	AuditSignedIn           AuditType = "sign_in.done"
	AuditSignInFailed       AuditType = "sign_in.failed" // of staff: nobody else's tries are kept
	AuditLinkPrinted        AuditType = "sign_in.link_printed"
	AuditFactorPassed       AuditType = "second_factor.passed"
	AuditFactorFailed       AuditType = "second_factor.failed"
	AuditFactorSet          AuditType = "second_factor.set"
	AuditFactorReset        AuditType = "second_factor.reset"
	AuditRecoveryRenewed    AuditType = "second_factor.codes_renewed"
	AuditSessionsEnded      AuditType = "sessions.ended"
	AuditAccountCreated     AuditType = "account.created"
	AuditRoleChanged        AuditType = "account.role_changed"
	AuditAccountDisabled    AuditType = "account.disabled"
	AuditAccountEnabled     AuditType = "account.enabled"
	AuditTokenCreated       AuditType = "token.created"
	AuditTokenRevoked       AuditType = "token.revoked"
	AuditPolicyDrafted      AuditType = "policy.drafted"
	AuditPolicyChanged      AuditType = "policy.changed"
	AuditPolicyDiscarded    AuditType = "policy.discarded"
	AuditPolicyProposed     AuditType = "policy.proposed"
	AuditPolicySentBack     AuditType = "policy.sent_back"
	AuditPolicyPublished    AuditType = "policy.published"
	AuditPolicyWithdrawn    AuditType = "policy.withdrawn"
	AuditLogExported        AuditType = "export.audit"
	AuditCaseFileExported   AuditType = "export.case_file"
	AuditStatementExported  AuditType = "export.statement"
	AuditWhatIfExported     AuditType = "export.what_if"
	AuditOriginalOpened     AuditType = "evidence.original_opened"
	AuditFlagActed          AuditType = "flag.acted"
	AuditInvestigationActed AuditType = "investigation.acted"
	AuditMeasureActed       AuditType = "measure.acted"
	AuditContestActed       AuditType = "contest.acted"
	AuditContactDecided     AuditType = "outside_contact.decided"
	AuditRefundRetried      AuditType = "refund.retried"
	AuditMismatchDecided    AuditType = "refund.mismatch_decided"
	AuditWebhookCreated     AuditType = "webhook.created"
	AuditWebhookDeleted     AuditType = "webhook.deleted"
	AuditWebhookTested      AuditType = "webhook.tested"
	AuditWebhookRetried     AuditType = "webhook.retried"
	AuditWebhookEnabled     AuditType = "webhook.enabled"
	AuditRefused            AuditType = "access.refused"
	AuditSandboxSignedIn    AuditType = "sandbox.signed_in"
	AuditSandboxTokenMade   AuditType = "sandbox.token_created"
)

// AuditTypes are all of them in the order pages offer them.
var AuditTypes = []AuditType{
	AuditSignedIn, AuditSignInFailed, AuditLinkPrinted, AuditFactorPassed, AuditFactorFailed, AuditFactorSet, AuditFactorReset, AuditRecoveryRenewed, AuditSessionsEnded,
	AuditAccountCreated, AuditRoleChanged, AuditAccountDisabled, AuditAccountEnabled, AuditTokenCreated, AuditTokenRevoked,
	AuditPolicyDrafted, AuditPolicyChanged, AuditPolicyDiscarded, AuditPolicyProposed, AuditPolicySentBack, AuditPolicyPublished, AuditPolicyWithdrawn,
	AuditCaseFileExported, AuditStatementExported, AuditWhatIfExported, AuditLogExported, AuditOriginalOpened,
	AuditFlagActed, AuditInvestigationActed, AuditMeasureActed, AuditContestActed, AuditContactDecided, AuditRefundRetried, AuditMismatchDecided,
	AuditWebhookCreated, AuditWebhookDeleted, AuditWebhookTested, AuditWebhookRetried, AuditWebhookEnabled,
	AuditRefused, AuditSandboxSignedIn, AuditSandboxTokenMade,
}

// AuditTargetKind says what an act was done to.
type AuditTargetKind string

// What acts are done to.
const (
	OnAccount           AuditTargetKind = "account"
	OnToken             AuditTargetKind = "token"
	OnPolicy            AuditTargetKind = "policy" // a version's number
	OnPolicyDraft       AuditTargetKind = "policy_draft"
	OnAddress           AuditTargetKind = "address" // a path of the portal
	OnCase              AuditTargetKind = "claim"
	OnSeller            AuditTargetKind = "seller"
	OnEvidence          AuditTargetKind = "evidence"
	OnFlagFile          AuditTargetKind = "flag"
	OnInvestigationFile AuditTargetKind = "investigation"
	OnMeasureFile       AuditTargetKind = "measure"
	OnOrder             AuditTargetKind = "order"
	OnRefund            AuditTargetKind = "refund"
	OnWebhook           AuditTargetKind = "webhook"
	OnLog               AuditTargetKind = "audit" // the log itself
)

// AuditTargetKinds are all of them.
var AuditTargetKinds = []AuditTargetKind{OnAccount, OnToken, OnPolicy, OnPolicyDraft, OnAddress, OnCase, OnSeller, OnEvidence, OnFlagFile, OnInvestigationFile, OnMeasureFile, OnOrder, OnRefund, OnWebhook, OnLog}

// Origin is where a request comes from. Commands on the machine itself have none.
type Origin struct {
	Address   string // of the client in the network
	RequestID string
}

type originKey struct{}

// WithOrigin lets what is done under the context be recorded as coming from there.
func WithOrigin(ctx context.Context, from Origin) context.Context {
	return context.WithValue(ctx, originKey{}, from)
}

func originOf(ctx context.Context) Origin {
	from, _ := ctx.Value(originKey{}).(Origin)
	return from
}

// act is what is about to stand in the log. Details are small and hold no secret and no words
// of people; what they name is named by its id.
type act struct {
	Type    AuditType
	Kind    AuditTargetKind
	ID      string
	Details map[string]any
}

type auditRow struct {
	Seq        int64
	At         Instant
	ActorRole  Role
	ActorID    string
	Type       AuditType
	TargetKind AuditTargetKind
	TargetID   string
	Data       string
	Texts      *string
	PrevHash   string
	Hash       string
}

func (auditRow) TableName() string { return "audit_entries" }

// The members of an entry's data beside its details.
const (
	auditTarget  = "target"
	auditRequest = "request_id"
	auditDetails = "details"
	auditAddress = "address" // among the texts: it can be erased
)

// worksHere reports whether what a role does is the house's doing.
func (r Role) worksHere() bool {
	return r == RoleAgent || r == RoleLead || r == RoleAdmin || r == Operator.Role
}

// audit writes an act into the log, in the transaction of the act and as its last step: from
// here to the commit nobody else can write into the log.
func (tx *Store) audit(ctx context.Context, by Actor, a act) error {
	head, err := tx.takeAudit(ctx)
	if err != nil {
		return err
	}
	from := originOf(ctx)
	a.ID = cut(a.ID, 255)
	data := map[string]any{auditTarget: map[string]any{"kind": string(a.Kind), "id": a.ID}}
	if from.RequestID != "" {
		data[auditRequest] = from.RequestID
	}
	if len(a.Details) > 0 {
		data[auditDetails] = a.Details
	}
	e, err := linkOne(head, by, tx.now, eventDraft{Type: string(a.Type), Data: data, Texts: map[string]string{auditAddress: oneLine(from.Address, 64)}})
	if err != nil {
		return err
	}
	row := auditRow{e.Seq, e.At, e.ActorRole, e.ActorID, a.Type, a.Kind, a.ID, e.Data, e.Texts, e.PrevHash, e.Hash}
	if err := tx.insert(ctx, &row); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	if _, err := tx.exec(ctx, "UPDATE audit_heads SET hash = ? WHERE id = 1", e.Hash); err != nil {
		return fmt.Errorf("end the audit log: %w", err)
	}
	return nil
}

// takeAudit lets nobody else write into the log until the transaction ends, and returns its end.
func (tx *Store) takeAudit(ctx context.Context) (seal.Head, error) {
	n, err := tx.exec(ctx, "UPDATE audit_heads SET seq = seq + 1 WHERE id = 1")
	if err == nil && n == 0 {
		if _, err = tx.exec(ctx, "INSERT INTO audit_heads (id, seq, hash) VALUES (1, 1, ?)", seal.Genesis); isDuplicate(err) {
			return seal.Head{}, errAgain // another wrote the first entry
		}
	}
	if err != nil {
		return seal.Head{}, fmt.Errorf("take the audit log: %w", err)
	}
	heads, err := find[seal.Head](ctx, tx, "SELECT seq - 1 AS seq, hash FROM audit_heads WHERE id = 1")
	if err == nil && len(heads) == 0 {
		err = errAgain
	}
	if err != nil {
		return seal.Head{}, fmt.Errorf("read the end of the audit log: %w", err)
	}
	return heads[0], nil
}

// auditWork is audit of an act that others than the house's people can do as well: of theirs
// there is no entry.
func (tx *Store) auditWork(ctx context.Context, by Actor, a act) error {
	if !by.Role.worksHere() {
		return nil
	}
	return tx.audit(ctx, by, a)
}

// RecordExport writes that one of the house's people takes records out as a file, before the
// first byte of it. Of others who read their own there is nothing to write.
func (s *Store) RecordExport(ctx context.Context, by Actor, what AuditType, kind AuditTargetKind, id string) error {
	if !by.Role.worksHere() {
		return nil
	}
	return s.inTx(ctx, func(tx *Store) error { return tx.audit(ctx, by, act{what, kind, id, nil}) })
}

// RecordRefusal writes that somebody who is known was refused what they asked for: by which
// rule, and the path without its query.
func (s *Store) RecordRefusal(ctx context.Context, by Actor, code, method, route, path string) error {
	return s.inTx(ctx, func(tx *Store) error {
		return tx.audit(ctx, by, act{AuditRefused, OnAddress, oneLine(path, 255), map[string]any{"code": code, "method": method, "route": cut(route, 255)}})
	})
}
