package models

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// SignInAnswer uses a sign-in: by the token of its link, or by an email and the code in the mail.
type SignInAnswer struct {
	Token     string
	Email     string
	Code      string
	Browser   string // the cookie that RequestSignIn was given
	UserAgent string
	Address   string // the client's network address
	Replaces  string // the secret of the session this browser had, which ends
}

func signInExpired() *Error      { return invalid("sign_in_expired") }
func signInOtherBrowser() *Error { return invalid("sign_in_other_browser") }
func signInCodeWrong() *Error    { return invalid("sign_in_code_wrong") }

// ConsumeSignIn signs in, once per sign-in, under a new session secret. The first sign-in of
// an address that has orders makes a buyer's account. Kinds: Invalid with sign_in_expired
// (used, too old, unknown, or the account may not sign in), sign_in_other_browser (the link
// was asked for elsewhere; the code works), sign_in_code_wrong; TooMany for codes.
func (s *Store) ConsumeSignIn(ctx context.Context, in SignInAnswer) (SignedIn, error) {
	var done SignedIn
	var refused error // counted tries stay, so a refusal commits
	err := s.inTx(ctx, func(tx *Store) error {
		done, refused = SignedIn{}, nil
		find := tx.signInOfLink
		if in.Token == "" {
			find = tx.signInOfCode
		}
		row, no, err := find(ctx, in)
		if err != nil {
			return err
		}
		if no != nil {
			refused = no
			return tx.auditFailed(ctx, row, in, no)
		}
		if done, err = tx.consume(ctx, row, in); err == nil {
			return tx.auditWork(ctx, done.Session.Account.Actor(), act{AuditSignedIn, OnAccount, done.Session.Account.ID, signInDetails(row, in)})
		}
		if KindOf(err) == Invalid {
			refused = err
			return tx.auditFailed(ctx, row, in, err)
		}
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	if refused != nil {
		return SignedIn{}, refused
	}
	return done, nil
}

// signInDetails say by what somebody signed in: a mailed link or its code, one that was printed,
// or from the shop.
func signInDetails(row signInRow, in SignInAnswer) map[string]any {
	by := row.Kind
	if in.Token == "" {
		by = "code"
	}
	return map[string]any{"by": by}
}

// auditFailed writes down that somebody failed to sign in as one of the house's people. The
// account is read whoever it was, so that the time it takes tells strangers little.
func (tx *Store) auditFailed(ctx context.Context, row signInRow, in SignInAnswer, why error) error {
	email := row.Email
	if in.Token == "" {
		email = normalEmail(in.Email)
	}
	a, err := tx.AccountByEmail(ctx, email)
	if KindOf(err) == NotFound || err == nil && !a.Role.worksHere() {
		return nil
	}
	if err != nil {
		return err
	}
	details := signInDetails(row, in)
	details["code"] = CodeOf(why)
	return tx.audit(ctx, Anonymous, act{AuditSignInFailed, OnAccount, a.ID, details})
}

func (tx *Store) signInOfLink(ctx context.Context, in SignInAnswer) (row signInRow, refused, err error) {
	row, err = tx.signInByToken(ctx, in.Token)
	switch {
	case err != nil:
		return row, nil, err
	case !row.usable(tx.MachineNow()):
		return row, signInExpired(), nil
	case !row.opensIn(in.Browser):
		return row, signInOtherBrowser(), nil
	}
	return row, nil, nil
}

// signInOfCode counts the try before it looks, so that parallel guesses cannot share one. A
// sign-in asked for in this browser has its own five tries; browsers that did not ask share
// five for the address and get at the newest sign-in, so that strangers who guess do not take
// the tries of the one who asked.
func (tx *Store) signInOfCode(ctx context.Context, in SignInAnswer) (row signInRow, refused, err error) {
	email, code := normalEmail(in.Email), normalCode(in.Code)
	if len(code) != 6 || email == "" || len(email) > 254*4 {
		return row, signInCodeWrong(), nil
	}
	for _, t := range []struct {
		limit tryLimit
		of    string
	}{{codesOfNetwork, network(in.Address)}, {codesOfAddress, email}} {
		if err := tx.try(ctx, t.limit, t.of); err != nil {
			return row, nil, err
		}
	}
	now := tx.MachineNow()
	var rows []signInRow
	if err := tx.db(ctx).Raw("SELECT * FROM sign_ins WHERE email = ? AND kind IN ? AND expires_at > ? ORDER BY created_at DESC, id DESC LIMIT 50",
		email, []string{signInByMail, signInUnknown}, now).Scan(&rows).Error; err != nil {
		return row, nil, fmt.Errorf("read sign-ins: %w", err)
	}
	own := false
	for _, r := range rows {
		if in.Browser != "" && r.BrowserHash == hashSecret(in.Browser) {
			row, own = r, true
			break
		}
		if row.ID == "" && r.UsedAt == 0 {
			row = r
		}
	}
	if own {
		n, err := tx.exec(ctx, "UPDATE sign_ins SET tries = tries + 1 WHERE id = ? AND tries < ? AND used_at IS NULL", row.ID, codeTries)
		if err != nil {
			return row, nil, fmt.Errorf("count a try: %w", err)
		}
		if n == 0 {
			return row, signInExpired(), nil
		}
	} else if err := tx.try(ctx, codesElsewhere, email); err != nil {
		return row, nil, err
	}
	right := subtle.ConstantTimeCompare([]byte(code), []byte(tx.mailCode(row.ID))) == 1
	if !right || !row.usable(now) {
		return row, signInCodeWrong(), nil
	}
	return row, nil, nil
}

// normalCode reads a code as people type and paste it: full width, with spaces or hyphens.
func normalCode(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '‐', '–', '−', '\t':
			return -1
		}
		return r
	}, norm.NFKC.String(strings.TrimSpace(cut(s, 100))))
}

// consume takes the sign-in by compare-and-set; of two that come at once, one gets in.
func (tx *Store) consume(ctx context.Context, row signInRow, in SignInAnswer) (SignedIn, error) {
	now := tx.MachineNow()
	n, err := tx.exec(ctx, "UPDATE sign_ins SET used_at = ? WHERE id = ? AND used_at IS NULL AND expires_at > ?", now, row.ID, now)
	if err != nil {
		return SignedIn{}, fmt.Errorf("use sign-in: %w", err)
	}
	if n == 0 {
		return SignedIn{}, signInExpired()
	}
	a, err := tx.accountToSignIn(ctx, row)
	if err != nil {
		return SignedIn{}, err
	}
	if err := tx.endSecret(ctx, in.Replaces); err != nil {
		return SignedIn{}, err
	}
	done, err := tx.startSession(ctx, a, in.UserAgent, in.Address)
	done.Next = row.NextPath
	return done, err
}

func (tx *Store) accountToSignIn(ctx context.Context, row signInRow) (Account, error) {
	a, err := tx.AccountByEmail(ctx, row.Email)
	if KindOf(err) == NotFound {
		return tx.accountOfBuyer(ctx, row.Email)
	}
	if err != nil {
		return Account{}, err
	}
	if a.Status != AccountActive || a.Role == RoleIntegration {
		return Account{}, signInExpired()
	}
	if row.Kind == signInByHandoff && a.Role != RoleBuyer {
		return Account{}, signInExpired() // the shop vouches for its buyers, not for staff
	}
	return a, nil
}

func (tx *Store) accountOfBuyer(ctx context.Context, email string) (Account, error) {
	var buyers []buyerRow
	if err := tx.db(ctx).Raw("SELECT * FROM buyers WHERE email = ? ORDER BY updated_at DESC, id LIMIT 1", email).Scan(&buyers).Error; err != nil {
		return Account{}, fmt.Errorf("read buyer: %w", err)
	}
	if len(buyers) == 0 {
		return Account{}, signInExpired()
	}
	a, err := tx.insertAccount(ctx, AccountInput{Email: email, Name: buyers[0].Name, Locale: buyers[0].Locale, Role: RoleBuyer}.normal())
	if isDuplicate(err) {
		return Account{}, errAgain // another replica made it meanwhile
	}
	return a, err
}

// PrintSignIn makes a one-time sign-in link that works in any browser, for an account, and
// returns its path. For commands on the machine itself, so only the operator may. Kinds:
// Forbidden, NotFound, Invalid for an account that has no pages or may not act.
func (s *Store) PrintSignIn(ctx context.Context, by Actor, accountID string, validity time.Duration) (path string, expiresAt Instant, err error) {
	if !by.isOperator() {
		return "", 0, forbidden()
	}
	if validity <= 0 {
		return "", 0, errors.New("print a sign-in: it needs a validity")
	}
	err = s.inTx(ctx, func(tx *Store) error {
		a, err := tx.AccountByID(ctx, accountID)
		if err != nil {
			return err
		}
		if a.Role == RoleIntegration || a.Status != AccountActive {
			return invalid("cannot_sign_in")
		}
		if path, expiresAt, err = tx.unboundSignIn(ctx, signInByPrint, a.Email, a.Locale, "", validity); err != nil {
			return err
		}
		return tx.audit(ctx, by, act{AuditLinkPrinted, OnAccount, a.ID, nil})
	})
	return path, expiresAt, err
}

// unboundSignIn makes a sign-in whose link is given away at once. Its secret is random: it
// need not be made anew later, and so needs no key.
func (tx *Store) unboundSignIn(ctx context.Context, kind, email, locale, next string, validity time.Duration) (path string, expiresAt Instant, err error) {
	token, now := newSecret(), tx.MachineNow()
	row := signInRow{
		ID: newID(), TokenHash: hashSecret(token), Email: email, Kind: kind, NextPath: next, Locale: pathLocale(locale),
		CreatedAt: now, ExpiresAt: now.Add(validity),
	}
	if err := tx.insert(ctx, &row); err != nil {
		return "", 0, fmt.Errorf("insert sign-in: %w", err)
	}
	return signInPath(locale, token), row.ExpiresAt, nil
}
