package models

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	// idempotencyLife is how long an answer is kept, by the machine's clock.
	idempotencyLife = 24 * time.Hour
	// idempotencyLease is how long a request may run before it counts as crashed and may
	// run again; the server ends requests well before.
	idempotencyLease = time.Minute

	idempotencyRunning = "running"
	idempotencyDone    = "done"
)

// KeyedRequest is a request that came with an Idempotency-Key. Keys are an account's own.
type KeyedRequest struct {
	Key   string `json:"Idempotency-Key" validate:"required,max=255,clean"`
	Route string `json:"-"` // method and pattern, for those who read the table
	Hash  string `json:"-"` // hex SHA-256 of all that makes the request this one
}

// KeyedRun is a request that has the key now; its answer is stored under it.
type KeyedRun struct {
	AccountID string
	Key       string
	startedAt Instant
}

// StoredAnswer is an answer already given.
type StoredAnswer struct {
	Status    int
	MediaType string
	Body      []byte
	Secret    bool // holds something shown once: kept sealed
}

type idempotencyRow struct {
	AccountID   string
	IdemKey     string
	Route       string
	RequestHash string
	State       string
	Status      int
	MediaType   string
	Body        *string
	CreatedAt   Instant
}

func (idempotencyRow) TableName() string { return "idempotency_keys" }

// BeginKeyed takes the key for a request, on every replica at once. Where the same request
// has been answered it returns that answer instead. One that has run for a minute without
// an answer counts as crashed and is taken over. Kinds: Invalid idempotency_key_reused when
// the key came with another request within 24 h; Conflict idempotency_in_progress.
func (s *Store) BeginKeyed(ctx context.Context, by Actor, in KeyedRequest) (KeyedRun, *StoredAnswer, error) {
	if err := check(in); err != nil {
		return KeyedRun{}, nil, err
	}
	run := KeyedRun{AccountID: by.AccountID, Key: in.Key}
	var stored *StoredAnswer
	err := s.inTx(ctx, func(tx *Store) error {
		run.startedAt, stored = tx.MachineNow(), nil
		var rows []idempotencyRow
		if err := tx.db(ctx).Raw("SELECT * FROM idempotency_keys WHERE account_id = ? AND idem_key = ?", run.AccountID, run.Key).Scan(&rows).Error; err != nil {
			return fmt.Errorf("read idempotency key: %w", err)
		}
		if len(rows) == 0 {
			err := tx.insert(ctx, &idempotencyRow{
				AccountID: run.AccountID, IdemKey: run.Key, Route: in.Route, RequestHash: in.Hash, State: idempotencyRunning, CreatedAt: run.startedAt,
			})
			if isDuplicate(err) {
				return errAgain // another replica was first; asked anew, its row is there
			}
			return err
		}
		old := rows[0]
		age := run.startedAt.Sub(old.CreatedAt)
		switch {
		case age >= idempotencyLife:
		case old.RequestHash != in.Hash:
			return invalid("idempotency_key_reused")
		case old.State == idempotencyDone:
			stored = &StoredAnswer{Status: old.Status, MediaType: old.MediaType}
			return tx.openAnswer(run, old, stored)
		case age < idempotencyLease:
			return (&Error{Kind: Conflict, Code: "idempotency_in_progress"}).With("retry_after", idempotencyLease-age)
		}
		if run.startedAt <= old.CreatedAt {
			run.startedAt = old.CreatedAt + 1 // a clock that stood still must not let two runs look alike
		}
		n, err := tx.exec(ctx, `UPDATE idempotency_keys SET route = ?, request_hash = ?, state = ?, status = 0, media_type = '', body = NULL, created_at = ?
			WHERE account_id = ? AND idem_key = ? AND created_at = ? AND state = ?`,
			in.Route, in.Hash, idempotencyRunning, run.startedAt, run.AccountID, run.Key, old.CreatedAt, old.State)
		if err != nil {
			return fmt.Errorf("take over idempotency key: %w", err)
		}
		if n == 0 {
			return errAgain
		}
		return nil
	})
	return run, stored, err
}

// FinishKeyed stores the answer. A run that was taken over meanwhile stores nothing.
func (s *Store) FinishKeyed(ctx context.Context, run KeyedRun, a StoredAnswer) error {
	body := string(a.Body)
	if a.Secret {
		var err error
		if body, err = s.seal(sealedAnswer, run.owner(), body); err != nil {
			return err
		}
	}
	return s.inTx(ctx, func(tx *Store) error {
		_, err := tx.exec(ctx, "UPDATE idempotency_keys SET state = ?, status = ?, media_type = ?, body = ? WHERE account_id = ? AND idem_key = ? AND created_at = ? AND state = ?",
			idempotencyDone, a.Status, a.MediaType, body, run.AccountID, run.Key, run.startedAt, idempotencyRunning)
		if err != nil {
			return fmt.Errorf("store answer: %w", err)
		}
		return nil
	})
}

// sealedAnswer is what an answer that holds a secret is sealed for.
const sealedAnswer = "answer"

func (r KeyedRun) owner() string { return r.AccountID + "\n" + r.Key }

// openAnswer reads the body of a stored answer. JSON never begins as sealed text does.
func (s *Store) openAnswer(run KeyedRun, row idempotencyRow, to *StoredAnswer) error {
	if row.Body == nil {
		return nil
	}
	body := *row.Body
	if strings.HasPrefix(body, sealedPrefix) {
		var err error
		if body, err = s.unseal(sealedAnswer, run.owner(), body); err != nil {
			return err
		}
	}
	to.Body = []byte(body)
	return nil
}

// ForgetKeyed gives the key back without an answer: the request failed in a way that
// trying again may mend.
func (s *Store) ForgetKeyed(ctx context.Context, run KeyedRun) error {
	return s.inTx(ctx, func(tx *Store) error {
		_, err := tx.exec(ctx, "DELETE FROM idempotency_keys WHERE account_id = ? AND idem_key = ? AND created_at = ? AND state = ?",
			run.AccountID, run.Key, run.startedAt, idempotencyRunning)
		if err != nil {
			return fmt.Errorf("give key back: %w", err)
		}
		return nil
	})
}

// SweepIdempotency removes up to limit answers older than 24 h and returns how many went.
func (s *Store) SweepIdempotency(ctx context.Context, limit int) (int, error) {
	var rows []idempotencyRow
	before := s.MachineNow().Add(-idempotencyLife)
	if err := s.db(ctx).Raw("SELECT account_id, idem_key, created_at FROM idempotency_keys WHERE created_at <= ? ORDER BY created_at LIMIT ?", before, limit).Scan(&rows).Error; err != nil {
		return 0, fmt.Errorf("read old idempotency keys: %w", err)
	}
	if len(rows) == 0 {
		return 0, nil
	}
	swept := 0
	err := s.inTx(ctx, func(tx *Store) error {
		swept = 0
		for _, r := range rows {
			n, err := tx.exec(ctx, "DELETE FROM idempotency_keys WHERE account_id = ? AND idem_key = ? AND created_at = ?", r.AccountID, r.IdemKey, r.CreatedAt)
			if err != nil {
				return fmt.Errorf("sweep idempotency keys: %w", err)
			}
			swept += int(n)
		}
		return nil
	})
	return swept, err
}
