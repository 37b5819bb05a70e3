package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// raw is what the program is held against: the least work of the same kind on the same
// schema, by database/sql alone. What it writes is as long as what the program writes.
type raw struct {
	p          *place
	assessment string
	event      string
	args       string
	mu         sync.Mutex
	prepared   map[string]*sql.Stmt
}

func newRaw(p *place) *raw {
	return &raw{
		p: p, assessment: assessmentText(), prepared: map[string]*sql.Stmt{},
		event: `{"amount":3800,"currency":"JPY","deadline_at":"2026-04-01T00:00:00Z","description_digest":"` + strings.Repeat("5a", 32) + `","desired_outcome":"refund","lines":[1],"order_number":"503-0000000-0000000","policy_version":1,"reason":"not_received"}`,
		args:  `{"claimed":3800,"currency":"JPY","due_at":"2026-01-25T10:00:00Z","party":"buyer","reason":"not_received","seller":"青葉雑貨店","status":"awaiting_seller","title":"折りたたみデスクライト"}`,
	}
}

// statement prepares once. The writing handle of MySQL interpolates instead, which is faster
// for transactions of several statements.
func (r *raw) statement(ctx context.Context, db *sql.DB, query string) (*sql.Stmt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.prepared[query]; ok {
		return s, nil
	}
	s, err := db.PrepareContext(ctx, query)
	if err == nil {
		r.prepared[query] = s
	}
	return s, err
}

func (r *raw) exec(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	if r.p.sqlite() {
		r.mu.Lock()
		s := r.prepared[query]
		r.mu.Unlock()
		if s == nil {
			// The one writing connection is this transaction's: prepare on it.
			one, err := tx.PrepareContext(ctx, query)
			if err != nil {
				return err
			}
			defer one.Close()
			_, err = one.ExecContext(ctx, args...)
			return err
		}
		_, err := tx.StmtContext(ctx, s).ExecContext(ctx, args...)
		return err
	}
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

// prepareWrites is for SQLite, before any transaction holds the connection.
func (r *raw) prepareWrites(ctx context.Context) error {
	if !r.p.sqlite() {
		return nil
	}
	for _, q := range []string{takeLine, insertClaim, insertEvents, insertNotices, insertTimer, answerClaim, insertEvent, insertNotice, moveTimer} {
		if _, err := r.statement(ctx, r.p.write, q); err != nil {
			return err
		}
	}
	return nil
}

const (
	takeLine    = "UPDATE order_lines SET open_claim_id = ?, claims_counted = claims_counted + 1 WHERE id = ?"
	insertClaim = `INSERT INTO claims (id, number, version, order_id, order_number, buyer_id, seller_id, title, reason, status, next_actor, due_at, opens_at, filed_at, opened_at, wake_at,
		claimed, currency, description, desired_outcome, policy_version, assessment, listing, seller_due_at, seller_asked, buyer_asked, seller_silent, taken_by, pause_reason, last_seq, last_hash, changed_at)
		VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, '', '', 2, ?, ?)`
	insertEvent   = "INSERT INTO claim_events (claim_id, seq, at, actor_role, actor_id, type, data, texts, audience, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	insertEvents  = insertEvent + ", (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	insertNotice  = "INSERT INTO notices (id, number, party, kind, claim_id, claim_number, order_number, args, locale, listed, created_at, mail_state, mail_at, mail_tries, subject, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'ja', 1, ?, 'pending', ?, 0, '', '')"
	insertNotices = insertNotice + ", (?, ?, ?, ?, ?, ?, ?, ?, 'ja', 1, ?, 'pending', ?, 0, '', '')"
	insertTimer   = "INSERT INTO timers (kind, subject, fire_at, tries) VALUES ('claim', ?, ?, 0)"
	answerClaim   = "UPDATE claims SET version = version + 1, status = 'under_review', next_actor = 'staff', due_at = ?, wake_at = ?, statements = ?, last_seq = last_seq + 2, last_hash = ?, changed_at = ? WHERE id = ?"
	moveTimer     = "UPDATE timers SET fire_at = ? WHERE kind = 'claim' AND subject = ?"
)

// rawNumber is one of more public numbers than a window will need.
func rawNumber(kind byte) string {
	id := uuid.New()
	return fmt.Sprintf("%c-%x", kind, id[:6])
}

func (r *raw) inTx(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := r.p.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

const rawText = `{"description":{"salt":"00112233445566778899aabbccddeeff","text":"お届け予定日を過ぎてもまだ届いていません。販売者に連絡しましたが返事がありません。"}}`

var rawHash = strings.Repeat("5a", 32)

// file is the raw transaction of a filing: four inserts and an update.
func (r *raw) file(ctx context.Context, n int) error {
	id, number, now := uuid.Must(uuid.NewV7()).String(), rawNumber('C'), time.Now().UnixMicro()
	due := now + (72 * time.Hour).Microseconds()
	return r.inTx(ctx, func(tx *sql.Tx) error {
		if err := r.exec(ctx, tx, takeLine, id, idOf('f', n)); err != nil {
			return err
		}
		if err := r.exec(ctx, tx, insertClaim, id, number, idOf('e', n), orderNumber(n), buyerID(n), sellerID(n), "折りたたみデスクライト", "not_received", "awaiting_seller", "seller",
			due, now, now, now, due, 3800, "JPY", "お届け予定日を過ぎてもまだ届いていません。販売者に連絡しましたが返事がありません。", "refund", 1, r.assessment, listingText, due, rawHash, now); err != nil {
			return err
		}
		if err := r.exec(ctx, tx, insertEvents,
			id, 1, now, "buyer", idOf('b', n), "filed", r.event, rawText, "all", rawHash, rawHash,
			id, 2, now, "buyer", idOf('b', n), "opened", `{"due_at":"2026-01-25T10:00:00Z"}`, nil, "all", rawHash, rawHash); err != nil {
			return err
		}
		if err := r.exec(ctx, tx, insertNotices,
			uuid.Must(uuid.NewV7()).String(), rawNumber('M'), "seller:"+sellerID(n), "claim_opened", id, number, orderNumber(n), r.args, now, now,
			uuid.Must(uuid.NewV7()).String(), rawNumber('M'), "buyer:"+buyerID(n), "claim_opened", id, number, orderNumber(n), r.args, now, now); err != nil {
			return err
		}
		return r.exec(ctx, tx, insertTimer, id, due)
	})
}

// answer is the raw transaction of a seller's answer: the claim, two events, a notice and the timer.
func (r *raw) answer(ctx context.Context, n int) error {
	id, now := idOf('c', n), time.Now().UnixMicro()
	due := now + (48 * time.Hour).Microseconds()
	return r.inTx(ctx, func(tx *sql.Tx) error {
		if err := r.exec(ctx, tx, answerClaim, due, due, `[{"by":"seller","text":"発送しました。追跡番号をご確認ください。","at":"2026-01-25T10:00:00Z"}]`, rawHash, now, id); err != nil {
			return err
		}
		seq := now // any that is free: a claim may be answered here many times
		if err := r.exec(ctx, tx, insertEvent, id, seq, now, "seller", idOf('d', 1), "contested", r.event, rawText, "all", rawHash, rawHash); err != nil {
			return err
		}
		if err := r.exec(ctx, tx, insertNotice, uuid.Must(uuid.NewV7()).String(), rawNumber('M'), "buyer:"+buyerID(n), "claim_contested", id, numberOf(n), orderNumber(n), r.args, now, now); err != nil {
			return err
		}
		return r.exec(ctx, tx, moveTimer, due, id)
	})
}

// query reads all rows of a prepared statement into strings, which is what showing them takes.
func (r *raw) query(ctx context.Context, query string, width int, args ...any) (rows int, last []sql.NullString, err error) {
	s, err := r.statement(ctx, r.p.read, query)
	if err != nil {
		return 0, nil, err
	}
	found, err := s.QueryContext(ctx, args...)
	if err != nil {
		return 0, nil, err
	}
	defer found.Close()
	last = make([]sql.NullString, width)
	into := make([]any, width)
	for i := range into {
		into[i] = &last[i]
	}
	for found.Next() {
		if err := found.Scan(into...); err != nil {
			return 0, nil, err
		}
		rows++
	}
	return rows, last, found.Err()
}

// queue is the raw keyset page of the staff queue: fifty rows of fourteen columns and one
// more that says whether there is a next page.
func (r *raw) queue(ctx context.Context, at int64, id string) (int64, string, error) {
	index := "FORCE INDEX (claims_next_actor_due_at_id_idx)"
	if r.p.sqlite() {
		index = "INDEXED BY claims_next_actor_due_at_id_idx"
	}
	rows, last, err := r.query(ctx, `SELECT id, number, status, next_actor, due_at, filed_at, reason, claimed, currency, title, seller_id, taken_by, escalated_at, changed_at FROM claims `+index+`
		WHERE next_actor = ? AND due_at >= ? AND (due_at > ? OR id > ?) ORDER BY due_at, id LIMIT 51`, 14, "staff", at, at, id)
	if err != nil {
		return 0, "", err
	}
	if rows == 0 {
		return 0, "", fmt.Errorf("the raw queue page is empty")
	}
	var due int64
	_, err = fmt.Sscan(last[4].String, &due)
	return due, last[0].String, err
}

// casePage is one point read and two range reads.
func (r *raw) casePage(ctx context.Context, n int) error {
	id := idOf('c', n)
	rows, _, err := r.query(ctx, `SELECT c.id, c.number, c.version, c.order_number, c.title, c.reason, c.status, c.next_actor, c.due_at, c.filed_at, c.claimed, c.currency, c.description, c.assessment, c.listing,
		c.statements, c.decision, b.name, s.name FROM claims c JOIN buyers b ON b.id = c.buyer_id JOIN sellers s ON s.id = c.seller_id WHERE c.number = ?`, 19, numberOf(n))
	if err == nil && rows != 1 {
		err = fmt.Errorf("%d claims %s", rows, numberOf(n))
	}
	if err != nil {
		return err
	}
	rows, _, err = r.query(ctx, "SELECT seq, at, actor_role, actor_id, type, data, texts, audience, prev_hash, hash FROM claim_events WHERE claim_id = ? ORDER BY seq", 10, id)
	if err == nil && rows != 10 {
		err = fmt.Errorf("%d events, not 10", rows)
	}
	if err != nil {
		return err
	}
	rows, _, err = r.query(ctx, `SELECT u.id, u.file_name, u.media_type, u.size, u.sha256, u.width, u.height, u.thumb_key, a.by_role, a.late, a.note, a.attached_at
		FROM attachments a JOIN uploads u ON u.id = a.upload_id WHERE a.subject_id = ? ORDER BY a.position`, 12, id)
	if err == nil && rows != 3 {
		err = fmt.Errorf("%d files, not 3", rows)
	}
	return err
}
