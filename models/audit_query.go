package models

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"hosho/models/seal"
)

// AuditEntry is one entry of the audit log. Address is "" for what was done on the machine
// itself and where it has been erased. Accounts are ids; Actor and Target are filled where
// they are known accounts still.
type AuditEntry struct {
	Seq        int64
	At         Instant
	ActorRole  Role
	ActorID    string
	Type       AuditType
	TargetKind AuditTargetKind
	TargetID   string
	RequestID  string
	Address    string
	Details    map[string]any
	Data       json.RawMessage // as it is chained
	Texts      map[string]string
	Salts      map[string]string
	PrevHash   string
	Hash       string

	Actor  Person
	Target Person
}

// Person is how an account is called.
type Person struct {
	Name  string
	Email string
}

// AuditFilter narrows the log; empty fields do not. Until is exclusive.
type AuditFilter struct {
	ActorID string
	Type    AuditType
	Target  string // an id
	From    Instant
	Until   Instant
	Page
}

func (r auditRow) entry() (AuditEntry, error) {
	e := AuditEntry{
		Seq: r.Seq, At: r.At, ActorRole: r.ActorRole, ActorID: r.ActorID, Type: r.Type, TargetKind: r.TargetKind, TargetID: r.TargetID,
		Data: json.RawMessage(r.Data), PrevHash: r.PrevHash, Hash: r.Hash,
	}
	var data struct {
		RequestID string         `json:"request_id"`
		Details   map[string]any `json:"details"`
	}
	err := json.Unmarshal(e.Data, &data)
	if err == nil {
		e.RequestID, e.Details = data.RequestID, data.Details
		e.Texts, e.Salts, err = textsOf(r.Texts)
		e.Address = e.Texts[auditAddress]
	}
	if err != nil {
		return e, fmt.Errorf("read entry %d of the audit log: %w", r.Seq, err)
	}
	return e, nil
}

// AuditEntries lists the audit log, the newest first. Admins only. Kinds: Forbidden, Invalid
// for a cursor that is not ours.
func (s *Store) AuditEntries(ctx context.Context, by Actor, f AuditFilter) (items []AuditEntry, next string, err error) {
	if !by.managesAccounts() {
		return nil, "", forbidden()
	}
	at, id, err := readCursor(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	below := int64(math.MaxInt64)
	if f.Cursor != "" {
		if below, err = strconv.ParseInt(id, 10, 64); err != nil {
			return nil, "", invalidField("cursor", "unknown_value")
		}
	}
	limit := f.size() + 1
	rows, err := s.auditRows(ctx, f, at, below, limit)
	if err != nil {
		return nil, "", err
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].At, strconv.FormatInt(rows[limit-2].Seq, 10))
	}
	items, err = s.auditEntries(ctx, rows)
	return items, next, err
}

// auditRows reads rows of the log below a place, the newest first.
func (s *Store) auditRows(ctx context.Context, f AuditFilter, at Instant, below int64, limit int) ([]auditRow, error) {
	var query strings.Builder
	query.WriteString("SELECT * FROM audit_entries WHERE at <= ? AND (at < ? OR seq < ?)")
	args := []any{int64(at), int64(at), below}
	and := func(condition string, value any) {
		query.WriteString(" AND " + condition)
		args = append(args, value)
	}
	if f.ActorID != "" {
		and("actor_id = ?", f.ActorID)
	}
	if f.Type != "" {
		and("type = ?", f.Type)
	}
	if f.Target != "" {
		and("target_id = ?", f.Target)
	}
	if f.From != 0 {
		and("at >= ?", f.From)
	}
	if f.Until != 0 {
		and("at < ?", f.Until)
	}
	query.WriteString(" ORDER BY at DESC, seq DESC LIMIT ?")
	rows, err := find[auditRow](ctx, s, query.String(), append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return rows, nil
}

// auditEntries names the accounts of rows.
func (s *Store) auditEntries(ctx context.Context, rows []auditRow) ([]AuditEntry, error) {
	items, ids := make([]AuditEntry, 0, len(rows)), map[string]Person{}
	for _, r := range rows {
		e, err := r.entry()
		if err != nil {
			return nil, err
		}
		items = append(items, e)
		if r.ActorID != "" {
			ids[r.ActorID] = Person{}
		}
		if r.TargetKind == OnAccount {
			ids[r.TargetID] = Person{}
		}
	}
	if len(ids) == 0 {
		return items, nil
	}
	list := make([]string, 0, len(ids))
	for id := range ids {
		list = append(list, id)
	}
	found, err := find[struct{ ID, Name, Email string }](ctx, s, "SELECT id, name, email FROM accounts WHERE id IN ?", list)
	if err != nil {
		return nil, fmt.Errorf("name who acted: %w", err)
	}
	for _, a := range found {
		ids[a.ID] = Person{a.Name, a.Email}
	}
	for i := range items {
		items[i].Actor = ids[items[i].ActorID]
		if items[i].TargetKind == OnAccount {
			items[i].Target = ids[items[i].TargetID]
		}
	}
	return items, nil
}

// AuditEntryBySeq is one entry. Admins only. Kinds: Forbidden, NotFound.
func (s *Store) AuditEntryBySeq(ctx context.Context, by Actor, seq int64) (AuditEntry, error) {
	if !by.managesAccounts() {
		return AuditEntry{}, forbidden()
	}
	rows, err := find[auditRow](ctx, s, "SELECT * FROM audit_entries WHERE seq = ?", seq)
	if err != nil {
		return AuditEntry{}, fmt.Errorf("read the audit log: %w", err)
	}
	if len(rows) == 0 {
		return AuditEntry{}, notFound()
	}
	items, err := s.auditEntries(ctx, rows)
	if err != nil {
		return AuditEntry{}, err
	}
	return items[0], nil
}

// auditPiece is how many entries are read at once.
const auditPiece = 500

// EachAuditEntry hands all entries that fit the filter, the newest first, to fn, after it has
// written that they are taken out. Admins only. Kinds: Forbidden.
func (s *Store) EachAuditEntry(ctx context.Context, by Actor, f AuditFilter, fn func(AuditEntry) error) error {
	if !by.managesAccounts() {
		return forbidden()
	}
	details := map[string]any{}
	for name, value := range map[string]string{"actor": f.ActorID, "type": string(f.Type), "target": cut(f.Target, 255)} {
		if value != "" {
			details[name] = value
		}
	}
	for name, at := range map[string]Instant{"from": f.From, "until": f.Until} {
		if at != 0 {
			details[name] = at.String()
		}
	}
	if err := s.inTx(ctx, func(tx *Store) error { return tx.audit(ctx, by, act{AuditLogExported, OnLog, auditChain, details}) }); err != nil {
		return err
	}
	at, below := Instant(math.MaxInt64), int64(math.MaxInt64)
	for {
		rows, err := s.auditRows(ctx, f, at, below, auditPiece)
		if err != nil {
			return err
		}
		items, err := s.auditEntries(ctx, rows)
		if err != nil {
			return err
		}
		for _, e := range items {
			if err := fn(e); err != nil {
				return err
			}
		}
		if len(rows) < auditPiece {
			return nil
		}
		at, below = rows[len(rows)-1].At, rows[len(rows)-1].Seq
	}
}

// Exported is the entry as an event of its chain.
func (e AuditEntry) Exported() seal.Exported {
	return seal.Exported{Texts: e.Texts, Salts: e.Salts, Event: seal.Event{
		Seq: e.Seq, At: e.At.String(), Actor: seal.Actor{Role: string(e.ActorRole), ID: e.ActorID}, Type: string(e.Type), Data: e.Data, PrevHash: e.PrevHash, Hash: e.Hash,
	}}
}
