package models

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// tokenPrefix makes a token recognisable, to people and to scanners of leaked secrets.
const tokenPrefix = "hosho_"

// Token is a bearer token of the API. It acts as its account, with the role the account has
// at that moment.
type Token struct {
	ID         string
	Account    Account
	Name       string
	CreatedAt  Instant
	ExpiresAt  Instant // zero: never
	LastUsedAt Instant // at most a minute old
	RevokedAt  Instant
}

// Actor is who acts with the token.
func (t Token) Actor() Actor { return t.Account.Actor() }

type tokenRow struct {
	ID         string
	TokenHash  string
	AccountID  string
	Name       string
	CreatedAt  Instant
	ExpiresAt  Instant
	LastUsedAt Instant
	RevokedAt  Instant
}

func (tokenRow) TableName() string { return "api_tokens" }

type tokenJoined struct {
	Row     tokenRow    `gorm:"embedded"`
	Account accountPart `gorm:"embedded"`
}

const selectToken = "SELECT t.*, " + accountColumns + " FROM api_tokens t JOIN accounts a ON a.id = t.account_id "

func (r tokenRow) token(a Account) Token {
	return Token{r.ID, a, r.Name, r.CreatedAt, r.ExpiresAt, r.LastUsedAt, r.RevokedAt}
}

// CreateToken makes a token that acts as an account for so long, zero without end, and
// returns it the only time it can be seen. To replace one, make the next, then revoke it. The
// operator may for any account, an admin for integrations: a token for a person would let the
// admin act as that person. Kinds: Forbidden, NotFound, Invalid.
func (s *Store) CreateToken(ctx context.Context, by Actor, accountID, name string, validity time.Duration) (secret string, t Token, err error) {
	if !by.managesAccounts() {
		return "", Token{}, forbidden()
	}
	in := struct {
		Name string `json:"name" validate:"required,visible,max=100,clean"`
	}{text(name)}
	if err := check(in); err != nil {
		return "", Token{}, err
	}
	if validity < 0 {
		return "", Token{}, invalidField("validity", "out_of_range")
	}
	err = s.inTx(ctx, func(tx *Store) error {
		a, err := tx.AccountByID(ctx, accountID)
		if err != nil {
			return err
		}
		if a.Role != RoleIntegration && !by.isOperator() {
			return forbidden()
		}
		if secret, t, err = tx.insertToken(ctx, a, in.Name, validity); err != nil {
			return err
		}
		return tx.audit(ctx, by, act{AuditTokenCreated, OnToken, t.ID, map[string]any{"account": a.ID}})
	})
	return secret, t, err
}

func (tx *Store) insertToken(ctx context.Context, a Account, name string, validity time.Duration) (string, Token, error) {
	secret := tokenPrefix + newSecret()
	row := tokenRow{ID: newID(), TokenHash: hashSecret(secret), AccountID: a.ID, Name: name, CreatedAt: tx.MachineNow()}
	if validity > 0 {
		row.ExpiresAt = row.CreatedAt.Add(validity)
	}
	if err := tx.insert(ctx, &row); err != nil {
		return "", Token{}, fmt.Errorf("insert token: %w", err)
	}
	return secret, row.token(a), nil
}

// TokenBySecret returns a token that is valid now with its account, in one statement; once a
// minute it also notes the use. Kinds: Unauthenticated.
func (s *Store) TokenBySecret(ctx context.Context, secret string) (Token, error) {
	if len(secret) != len(tokenPrefix)+secretSize || !strings.HasPrefix(secret, tokenPrefix) {
		return Token{}, unauthenticated()
	}
	rows, err := find[tokenJoined](ctx, s, selectToken+"WHERE t.token_hash = ?", hashSecret(secret))
	if err != nil {
		return Token{}, fmt.Errorf("read token: %w", err)
	}
	now := s.MachineNow()
	if len(rows) == 0 || !rows[0].live(now) {
		return Token{}, unauthenticated()
	}
	r := rows[0]
	if now >= r.Row.LastUsedAt.Add(seenEvery) {
		err := s.inTx(ctx, func(tx *Store) error {
			_, err := tx.exec(ctx, "UPDATE api_tokens SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)", now, r.Row.ID, now)
			return err
		})
		if err != nil && KindOf(err) != Unavailable { // a busy database keeps nobody out for the sake of a note
			return Token{}, fmt.Errorf("note token: %w", err)
		}
		r.Row.LastUsedAt = now
	}
	return r.Row.token(r.Account.account(r.Row.AccountID)), nil
}

func (r tokenJoined) live(now Instant) bool {
	return r.Row.RevokedAt == 0 && (r.Row.ExpiresAt == 0 || now < r.Row.ExpiresAt) && r.Account.AccountStatus == AccountActive
}

// Tokens lists the tokens of an account, the newest first: one's own, or any for an admin.
// Kinds: Forbidden.
func (s *Store) Tokens(ctx context.Context, by Actor, accountID string) ([]Token, error) {
	if !by.managesAccounts() && (by.AccountID == "" || by.AccountID != accountID) {
		return nil, forbidden()
	}
	var rows []tokenJoined
	if err := s.db(ctx).Raw(selectToken+"WHERE t.account_id = ? ORDER BY t.created_at DESC, t.id DESC LIMIT ?", accountID, MaxPage).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	list := make([]Token, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.Row.token(r.Account.account(r.Row.AccountID)))
	}
	return list, nil
}

// RevokeToken ends a token for good: one's own, or any for an admin. Once is enough. Kinds:
// NotFound, also for the tokens of others.
func (s *Store) RevokeToken(ctx context.Context, by Actor, id string) error {
	return s.inTx(ctx, func(tx *Store) error {
		rows, err := find[tokenRow](ctx, tx, "SELECT * FROM api_tokens WHERE id = ? AND (account_id = ? OR ? = 1)", id, by.AccountID, whole(by.managesAccounts()))
		if err != nil {
			return fmt.Errorf("read token: %w", err)
		}
		if len(rows) == 0 {
			return notFound()
		}
		n, err := tx.exec(ctx, "UPDATE api_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", tx.MachineNow(), id)
		if err != nil {
			return fmt.Errorf("revoke token: %w", err)
		}
		if n == 0 {
			return nil // once is enough
		}
		return tx.audit(ctx, by, act{AuditTokenRevoked, OnToken, id, map[string]any{"account": rows[0].AccountID}})
	})
}
