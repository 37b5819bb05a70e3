package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"hosho/models"
)

// driver is the program under test, reached through one of its layers.
type driver interface {
	layer() string
	file(ctx context.Context, n int) error
	answer(ctx context.Context, n int) error
	// accept pays a claim back, paid says that the leg of a refund has been paid, paidAll of many.
	accept(ctx context.Context, n int) error
	paid(ctx context.Context, n int) error
	paidAll(ctx context.Context, s span) error
	// queue shows a page of the staff's queue after a cursor and returns its size in bytes (0
	// where there is no page) and the cursor of the next.
	queue(ctx context.Context, cursor string) (size int, next string, err error)
	casePage(ctx context.Context, n int) error
}

// direct calls the use cases, with the token looked up as a request would.
type direct struct {
	store  *models.Store
	secret func(kind byte, n int) string
}

func (direct) layer() string { return "use case" }

func (d direct) actor(ctx context.Context, kind byte, n int) (models.Actor, error) {
	t, err := d.store.TokenBySecret(ctx, d.secret(kind, n))
	return t.Actor(), err
}

func filingOf(n int) models.FileClaim {
	line := 1
	return models.FileClaim{
		OrderNumber: orderNumber(n), Line: &line, Reason: models.NotReceived, DesiredOutcome: models.WantsRefund,
		Description: "お届け予定日を過ぎてもまだ届いていません。販売者に連絡しましたが返事がありません。",
	}
}

func (d direct) file(ctx context.Context, n int) error {
	by, err := d.actor(ctx, 'b', n%buyerCount)
	if err != nil {
		return err
	}
	_, err = d.store.FileClaim(ctx, by, filingOf(n))
	return err
}

func (d direct) answer(ctx context.Context, n int) error {
	by, err := d.actor(ctx, 'd', sellerOf(n))
	if err != nil {
		return err
	}
	_, err = d.store.Act(ctx, by, numberOf(n), &models.ContestInput{Message: "発送しました。追跡番号をご確認ください。"})
	return err
}

func (d direct) queue(ctx context.Context, cursor string) (int, string, error) {
	by, err := d.actor(ctx, 'a', 1)
	if err != nil {
		return 0, "", err
	}
	rows, next, err := d.store.Desk(ctx, by, models.DeskFilter{View: models.DeskDue, Page: models.Page{Cursor: cursor}})
	if err != nil {
		return 0, "", err
	}
	sellers, accounts := models.DeskAccounts(rows)
	_, err = d.store.DeskNames(ctx, by, sellers, accounts)
	if len(rows) == 0 && err == nil {
		err = fmt.Errorf("the queue page is empty")
	}
	return 0, next, err
}

func (d direct) casePage(ctx context.Context, n int) error {
	by, err := d.actor(ctx, 'a', 1)
	if err != nil {
		return err
	}
	v, err := d.store.ClaimByNumber(ctx, by, numberOf(n))
	if err != nil {
		return err
	}
	events, err := d.store.ClaimEvents(ctx, by, numberOf(n))
	if err == nil && (len(events) != 10 || len(v.Evidence) != 3) {
		err = fmt.Errorf("%d events and %d files, not 10 and 3", len(events), len(v.Evidence))
	}
	return err
}

// secretOf is the secret of an account of the loaded database, for a bearer token or a
// session alike: anybody may know these, nothing else is in the database.
func secretOf(kind byte, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%c%d", kind, n))
	return hex.EncodeToString(sum[:])[:43]
}

func tokenOf(kind byte, n int) string { return "hosho_" + secretOf(kind, n) }

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// keysOf gives every account of the loaded database a token and a session, which were last
// noted as used a moment ago: a page before this one has done so.
func (p *place) keysOf(ctx context.Context) error {
	now := time.Now().UnixMicro()
	used := now + (15 * time.Minute).Microseconds()
	type key struct {
		kind byte
		n    int
	}
	var keys []key
	for kind, count := range map[byte]int{'b': buyerCount, 'd': sellerCount, 'a': agentCount, 'm': 1} {
		for n := range count {
			keys = append(keys, key{kind, n})
		}
	}
	for len(keys) > 0 {
		part := keys[:min(500, len(keys))]
		keys = keys[len(part):]
		tokens, sessions := make([]any, 0, 6*len(part)), make([]any, 0, 9*len(part))
		for _, k := range part {
			id, account := fmt.Sprintf("%c-%06d", k.kind, k.n), idOf(k.kind, k.n)
			tokens = append(tokens, id, hashOf(tokenOf(k.kind, k.n)), account, "bench", now, used)
			sessions = append(sessions, id, hashOf(secretOf(k.kind, k.n)), account, true, now, used, now+(12*time.Hour).Microseconds(), "bench", "127.0.0.1")
		}
		for _, q := range []struct {
			query string
			width int
			args  []any
		}{
			{"INSERT INTO api_tokens (id, token_hash, account_id, name, created_at, last_used_at) VALUES ", 6, tokens},
			{"INSERT INTO sessions (id, token_hash, account_id, second_factor, created_at, last_seen_at, expires_at, user_agent, address) VALUES ", 9, sessions},
		} {
			row := "(" + strings.TrimSuffix(strings.Repeat("?, ", q.width), ", ") + ")"
			query := q.query + strings.TrimSuffix(strings.Repeat(row+", ", len(part)), ", ")
			if _, err := p.write.ExecContext(ctx, query, q.args...); err != nil {
				return fmt.Errorf("insert keys: %w", err)
			}
		}
	}
	return nil
}
