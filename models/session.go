package models

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// How long a session lasts, of the machine's clock.
const (
	sessionIdle  = 30 * time.Minute // without a request
	sessionLife  = 12 * time.Hour   // whatever happens
	sessionFresh = 15 * time.Minute // since signing in: what a change of the second factor takes
	seenEvery    = time.Minute      // last_seen_at and last_used_at are not written more often
)

// Session is a signed-in browser.
type Session struct {
	ID              string
	Account         Account
	SecondFactor    bool // passed in this session
	SecondFactorDue bool // nothing but second factor and sign-out may be reached until it is passed
	CreatedAt       Instant
	LastSeenAt      Instant // at most a minute old
	ExpiresAt       Instant // at the latest
	UserAgent       string
	Address         string
}

// Actor is who acts in the session: nobody while a second factor is due.
func (x Session) Actor() Actor {
	if x.SecondFactorDue {
		return Anonymous
	}
	return x.Account.Actor()
}

// SignedIn is a fresh session with the secret that goes into the browser's cookie and rests
// nowhere, and where to go next: a path of this portal, or "".
type SignedIn struct {
	Secret  string
	Session Session
	Next    string
}

type sessionRow struct {
	ID           string
	TokenHash    string
	AccountID    string
	SecondFactor bool
	CreatedAt    Instant
	LastSeenAt   Instant
	ExpiresAt    Instant
	UserAgent    string
	Address      string
}

func (sessionRow) TableName() string { return "sessions" }

type sessionJoined struct {
	Row     sessionRow  `gorm:"embedded"`
	Account accountPart `gorm:"embedded"`
}

const selectSession = "SELECT s.*, " + accountColumns + " FROM sessions s JOIN accounts a ON a.id = s.account_id "

func (s *Store) session(r sessionRow, a Account) Session {
	return Session{
		ID: r.ID, Account: a, SecondFactor: r.SecondFactor, SecondFactorDue: s.secondFactorDue(a, r.SecondFactor),
		CreatedAt: r.CreatedAt, LastSeenAt: r.LastSeenAt, ExpiresAt: r.ExpiresAt, UserAgent: r.UserAgent, Address: r.Address,
	}
}

// secondFactorDue: staff and admins need a second factor, and whoever has set one up is asked
// for it. In the sandbox anyone may be signed in as, so it would guard nothing.
func (s *Store) secondFactorDue(a Account, passed bool) bool {
	needed := a.SecondFactor || a.Role == RoleAgent || a.Role == RoleLead || a.Role == RoleAdmin
	return needed && !passed && !s.config.Sandbox
}

// secretSize is the length of 256 bits in unpadded base64url.
const secretSize = 43

// newSecret returns 256 random bits.
func newSecret() string {
	var b [32]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(fmt.Sprintf("no randomness: %v", err)) // crypto/rand never fails on supported systems
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// hashSecret is the form in which a secret of 256 bits rests in the database. Nothing slow is
// needed: there is nothing to guess.
func hashSecret(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}

func unauthenticated() *Error { return &Error{Kind: Unauthenticated, Code: "unauthenticated"} }

// startSession makes a session under a new secret, never one the browser has named.
func (tx *Store) startSession(ctx context.Context, a Account, userAgent, address string) (SignedIn, error) {
	secret, now := newSecret(), tx.MachineNow()
	row := sessionRow{
		ID: newID(), TokenHash: hashSecret(secret), AccountID: a.ID, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(sessionLife),
		UserAgent: oneLine(userAgent, 300), Address: oneLine(address, 64),
	}
	if err := tx.insert(ctx, &row); err != nil {
		return SignedIn{}, fmt.Errorf("insert session: %w", err)
	}
	return SignedIn{Secret: secret, Session: tx.session(row, a)}, nil
}

// oneLine makes what a client said of itself fit to be kept and shown.
func oneLine(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return cut(s, n)
}

// SessionBySecret returns the session of a cookie with its account, in one statement; once a
// minute it also notes that the session is in use. Kinds: Unauthenticated when there is none,
// it was idle for 30 minutes, is 12 hours old, or the account may no longer act.
func (s *Store) SessionBySecret(ctx context.Context, secret string) (Session, error) {
	return s.sessionBySecret(ctx, secret, true)
}

// GlanceSession is SessionBySecret for what a page asks by itself: nobody has used the session.
func (s *Store) GlanceSession(ctx context.Context, secret string) (Session, error) {
	return s.sessionBySecret(ctx, secret, false)
}

func (s *Store) sessionBySecret(ctx context.Context, secret string, used bool) (Session, error) {
	if len(secret) != secretSize {
		return Session{}, unauthenticated()
	}
	rows, err := find[sessionJoined](ctx, s, selectSession+"WHERE s.token_hash = ?", hashSecret(secret))
	if err != nil {
		return Session{}, fmt.Errorf("read session: %w", err)
	}
	now := s.MachineNow()
	if len(rows) == 0 || !rows[0].live(now) {
		return Session{}, unauthenticated()
	}
	r := rows[0]
	if used && now >= r.Row.LastSeenAt.Add(seenEvery) {
		err := s.inTx(ctx, func(tx *Store) error {
			_, err := tx.exec(ctx, "UPDATE sessions SET last_seen_at = ? WHERE id = ? AND last_seen_at < ?", now, r.Row.ID, now)
			return err
		})
		if err != nil && KindOf(err) != Unavailable { // a busy database keeps nobody out for the sake of a note
			return Session{}, fmt.Errorf("note session: %w", err)
		}
		r.Row.LastSeenAt = now
	}
	return s.session(r.Row, r.Account.account(r.Row.AccountID)), nil
}

func (r sessionJoined) live(now Instant) bool {
	return now < r.Row.ExpiresAt && now < r.Row.LastSeenAt.Add(sessionIdle) && r.Account.AccountStatus == AccountActive && r.Account.AccountRole != RoleIntegration
}

// Sessions lists the actor's own live sessions, the newest first.
func (s *Store) Sessions(ctx context.Context, by Actor) ([]Session, error) {
	if by.AccountID == "" {
		return nil, unauthenticated()
	}
	now := s.MachineNow()
	var rows []sessionJoined
	if err := s.db(ctx).Raw(selectSession+"WHERE s.account_id = ? AND s.expires_at > ? AND s.last_seen_at > ? ORDER BY s.created_at DESC, s.id DESC LIMIT ?",
		by.AccountID, now, now.Add(-sessionIdle), MaxPage).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	list := make([]Session, 0, len(rows))
	for _, r := range rows {
		list = append(list, s.session(r.Row, r.Account.account(r.Row.AccountID)))
	}
	return list, nil
}

// EndSession ends one session by id: one's own, or any for an admin. Kinds: NotFound, also
// for the sessions of others.
func (s *Store) EndSession(ctx context.Context, by Actor, id string) error {
	return s.inTx(ctx, func(tx *Store) error {
		rows, err := find[sessionRow](ctx, tx, "SELECT * FROM sessions WHERE id = ? AND (account_id = ? OR ? = 1)", id, by.AccountID, whole(by.managesAccounts()))
		if err != nil {
			return fmt.Errorf("read session: %w", err)
		}
		if len(rows) == 0 {
			return notFound()
		}
		if _, err := tx.exec(ctx, "DELETE FROM sessions WHERE id = ?", id); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		if rows[0].AccountID == by.AccountID {
			return nil
		}
		return tx.audit(ctx, by, act{AuditSessionsEnded, OnAccount, rows[0].AccountID, nil})
	})
}

func whole(b bool) int {
	if b {
		return 1
	}
	return 0
}

// EndOtherSessions ends all sessions of the account but this one and returns how many.
func (s *Store) EndOtherSessions(ctx context.Context, x Session) (int, error) {
	ended := 0
	err := s.inTx(ctx, func(tx *Store) error {
		n, err := tx.exec(ctx, "DELETE FROM sessions WHERE account_id = ? AND id <> ?", x.Account.ID, x.ID)
		ended = int(n)
		return err
	})
	return ended, err
}

// EndSessionsOf ends all sessions of an account. Admins only. Kinds: Forbidden, NotFound.
func (s *Store) EndSessionsOf(ctx context.Context, by Actor, accountID string) error {
	if !by.managesAccounts() {
		return forbidden()
	}
	return s.inTx(ctx, func(tx *Store) error {
		a, err := tx.AccountByID(ctx, accountID)
		if err != nil {
			return err
		}
		if err := tx.endAccess(ctx, a); err != nil {
			return err
		}
		return tx.audit(ctx, by, act{AuditSessionsEnded, OnAccount, a.ID, nil})
	})
}

// SignOut ends the session of a cookie; one that is over already is fine.
func (s *Store) SignOut(ctx context.Context, secret string) error {
	return s.inTx(ctx, func(tx *Store) error { return tx.endSecret(ctx, secret) })
}

func (tx *Store) endSecret(ctx context.Context, secret string) error {
	if len(secret) != secretSize {
		return nil
	}
	if _, err := tx.exec(ctx, "DELETE FROM sessions WHERE token_hash = ?", hashSecret(secret)); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}
