package models

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

const (
	totpPurpose   = "totp"
	totpPeriod    = 30 // seconds
	recoveryCodes = 10
	recoverySize  = 16 // characters of 5 bits
)

// SecondFactorSetup is what an authenticator app is told once.
type SecondFactorSetup struct {
	Secret string // base32, to type
	URL    string // otpauth:, to show as a QR code
}

func secondFactorWrong() *Error { return invalid("second_factor_wrong") }

// EnrolSecondFactor begins to set up a TOTP for the session's account; ConfirmSecondFactor
// ends it. Until then the account is as before. Who has one already needs to have passed it;
// unless one is due, the session must be younger than 15 minutes. Kinds: Forbidden
// (reauth_required).
func (s *Store) EnrolSecondFactor(ctx context.Context, x Session) (SecondFactorSetup, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Hosho", AccountName: x.Account.Email})
	if err != nil {
		return SecondFactorSetup{}, fmt.Errorf("make a second factor: %w", err)
	}
	err = s.inTx(ctx, func(tx *Store) error {
		row, err := tx.factorRow(ctx, x)
		if err != nil {
			return err
		}
		if row.TotpSecret != "" && !x.SecondFactor {
			return forbidden() // a mailbox alone must not replace the second factor
		}
		if err := tx.fresh(x); err != nil {
			return err
		}
		sealed, err := tx.seal(totpPurpose, row.ID, key.Secret())
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, "UPDATE accounts SET totp_pending = ? WHERE id = ?", sealed, row.ID)
		return err
	})
	if err != nil {
		return SecondFactorSetup{}, err
	}
	return SecondFactorSetup{key.Secret(), key.URL()}, nil
}

// ConfirmSecondFactor turns on the TOTP that was begun, with a first code from the app. All
// other sessions of the account end, this one goes on under a new secret with the second
// factor passed. It returns ten recovery codes, which can be seen this once. Kinds: Invalid
// (second_factor_wrong, or second_factor_not_begun), TooMany.
func (s *Store) ConfirmSecondFactor(ctx context.Context, x Session, code string) (SignedIn, []string, error) {
	codes, hashes := newRecoveryCodes()
	done, err := s.factor(ctx, x, AuditFactorSet, func(tx *Store, row accountRow) (bool, error) {
		if row.TotpPending == "" {
			return false, invalid("second_factor_not_begun")
		}
		if row.TotpSecret != "" && !x.SecondFactor {
			return false, forbidden()
		}
		step, err := tx.totpStep(row.ID, row.TotpPending, code)
		if err != nil || step == 0 {
			return false, err
		}
		n, err := tx.exec(ctx, `UPDATE accounts SET totp_secret = totp_pending, totp_pending = NULL, totp_step = ?, recovery = ?, version = version + 1
			WHERE id = ? AND totp_pending = ?`, step, hashes, row.ID, row.TotpPending)
		if err != nil {
			return false, fmt.Errorf("turn on the second factor: %w", err)
		}
		if n == 0 {
			return false, errAgain
		}
		_, err = tx.exec(ctx, "DELETE FROM sessions WHERE account_id = ? AND id <> ?", row.ID, x.ID)
		return true, err
	})
	if err != nil {
		return SignedIn{}, nil, err
	}
	return done, codes, nil
}

// PassSecondFactor takes a code of the app, within one step of 30 seconds, or a recovery
// code. Each works once, on all replicas together. The session goes on under a new secret.
// Kinds: Invalid (second_factor_wrong), Forbidden without a second factor, TooMany.
func (s *Store) PassSecondFactor(ctx context.Context, x Session, code string) (SignedIn, error) {
	return s.factor(ctx, x, AuditFactorPassed, func(tx *Store, row accountRow) (bool, error) {
		if row.TotpSecret == "" {
			return false, forbidden()
		}
		if typed := normalCode(code); len(typed) != 6 {
			return tx.useRecovery(ctx, row, typed)
		}
		step, err := tx.totpStep(row.ID, row.TotpSecret, code)
		if err != nil || step == 0 {
			return false, err
		}
		n, err := tx.exec(ctx, "UPDATE accounts SET totp_step = ? WHERE id = ? AND totp_step < ?", step, row.ID, step)
		if err != nil {
			return false, fmt.Errorf("use a code: %w", err)
		}
		return n == 1, nil // a step that was used, or an earlier one, opens nothing
	})
}

// NewRecoveryCodes replaces the recovery codes; the old ones stop. The second factor has to
// be passed and the session younger than 15 minutes. Kinds: Forbidden (reauth_required).
func (s *Store) NewRecoveryCodes(ctx context.Context, x Session) ([]string, error) {
	codes, hashes := newRecoveryCodes()
	err := s.inTx(ctx, func(tx *Store) error {
		row, err := tx.factorRow(ctx, x)
		if err != nil {
			return err
		}
		if row.TotpSecret == "" || !x.SecondFactor {
			return forbidden()
		}
		if err := tx.fresh(x); err != nil {
			return err
		}
		if _, err = tx.exec(ctx, "UPDATE accounts SET recovery = ? WHERE id = ?", hashes, row.ID); err != nil {
			return fmt.Errorf("renew recovery codes: %w", err)
		}
		return tx.auditWork(ctx, x.Account.Actor(), act{AuditRecoveryRenewed, OnAccount, row.ID, nil})
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// ResetSecondFactor takes the second factor of somebody who lost it and ends their sessions;
// they set up another at the next sign-in. Admins may, but not their own. Kinds: Forbidden,
// NotFound.
func (s *Store) ResetSecondFactor(ctx context.Context, by Actor, accountID string) (Account, error) {
	return s.changeAccount(ctx, by, accountID, func(tx *Store, a *Account) error {
		if _, err := tx.exec(ctx, "UPDATE accounts SET totp_secret = NULL, totp_pending = NULL, totp_step = 0, recovery = NULL, version = version + 1 WHERE id = ?", a.ID); err != nil {
			return fmt.Errorf("reset the second factor: %w", err)
		}
		if err := tx.endAccess(ctx, *a); err != nil {
			return err
		}
		return tx.audit(ctx, by, act{AuditFactorReset, OnAccount, a.ID, nil})
	})
}

// factor counts a try, lets fn judge it and, when it was right, renews the session's secret:
// who learnt the old one before has nothing.
func (s *Store) factor(ctx context.Context, x Session, what AuditType, fn func(tx *Store, row accountRow) (right bool, err error)) (SignedIn, error) {
	var done SignedIn
	right := false
	err := s.inTx(ctx, func(tx *Store) error {
		row, err := tx.factorRow(ctx, x)
		if err != nil {
			return err
		}
		for _, l := range []tryLimit{factorTries, factorsOfDay} {
			if err := tx.try(ctx, l, row.ID); err != nil {
				return err
			}
		}
		if right, err = fn(tx, row); err != nil {
			return err
		}
		if !right { // a wrong code commits: its try counts
			return tx.auditWork(ctx, x.Account.Actor(), act{AuditFactorFailed, OnAccount, row.ID, nil})
		}
		for _, l := range []tryLimit{factorTries, factorsOfDay} {
			if err := tx.forgive(ctx, l, row.ID); err != nil {
				return err
			}
		}
		if done, err = tx.renewSession(ctx, x); err != nil {
			return err
		}
		return tx.auditWork(ctx, x.Account.Actor(), act{what, OnAccount, row.ID, nil})
	})
	if err != nil {
		return SignedIn{}, err
	}
	if !right {
		return SignedIn{}, secondFactorWrong()
	}
	return done, nil
}

// factorRow reads the account of a session that still stands.
func (tx *Store) factorRow(ctx context.Context, x Session) (accountRow, error) {
	var rows []accountRow
	if err := tx.db(ctx).Raw("SELECT a.* FROM accounts a JOIN sessions s ON s.account_id = a.id WHERE s.id = ? AND a.id = ? AND a.status = ? AND s.expires_at > ?",
		x.ID, x.Account.ID, AccountActive, tx.MachineNow()).Scan(&rows).Error; err != nil {
		return accountRow{}, fmt.Errorf("read account: %w", err)
	}
	if len(rows) == 0 {
		return accountRow{}, unauthenticated()
	}
	return rows[0], nil
}

// fresh wants a session that was signed in just now for what a stolen one must not do.
func (s *Store) fresh(x Session) error {
	if x.SecondFactorDue || s.MachineNow() < x.CreatedAt.Add(sessionFresh) {
		return nil
	}
	return &Error{Kind: Forbidden, Code: "reauth_required"}
}

func (tx *Store) renewSession(ctx context.Context, x Session) (SignedIn, error) {
	secret := newSecret()
	n, err := tx.exec(ctx, "UPDATE sessions SET token_hash = ?, second_factor = ? WHERE id = ?", hashSecret(secret), true, x.ID)
	if err != nil {
		return SignedIn{}, fmt.Errorf("renew session: %w", err)
	}
	if n == 0 {
		return SignedIn{}, unauthenticated()
	}
	var rows []sessionJoined
	if err := tx.db(ctx).Raw(selectSession+"WHERE s.id = ?", x.ID).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return SignedIn{}, fmt.Errorf("read session: %w", err)
	}
	return SignedIn{Secret: secret, Session: tx.session(rows[0].Row, rows[0].Account.account(rows[0].Row.AccountID))}, nil
}

// totpStep returns the step of 30 seconds whose code this is, of the last, the present and
// the next; 0 when it is of none.
func (s *Store) totpStep(accountID, sealed, code string) (int64, error) {
	secret, err := s.unseal(totpPurpose, accountID, sealed)
	if err != nil {
		return 0, err
	}
	now := s.config.Machine().Unix() / totpPeriod
	typed, found := normalCode(code), int64(0)
	for step := now - 1; step <= now+1; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, fmt.Errorf("make a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(typed)) == 1 {
			found = step
		}
	}
	return found, nil
}

// newRecoveryCodes returns ten codes of 80 bits to write down, and their hashes as they rest.
func newRecoveryCodes() (codes []string, hashes string) {
	list := make([]string, 0, recoveryCodes)
	for range recoveryCodes {
		var b [recoverySize]byte
		if _, err := rand.Read(b[:]); err != nil {
			panic(fmt.Sprintf("no randomness: %v", err)) // crypto/rand never fails on supported systems
		}
		for i := range b {
			b[i] = numberAlphabet[b[i]&31]
		}
		c := string(b[:])
		codes = append(codes, c[:4]+"-"+c[4:8]+"-"+c[8:12]+"-"+c[12:])
		list = append(list, hashSecret(c))
	}
	body, err := json.Marshal(list)
	if err != nil {
		panic(err) // strings always marshal
	}
	return codes, string(body)
}

// useRecovery takes a recovery code out of the account's list by compare-and-set.
func (tx *Store) useRecovery(ctx context.Context, row accountRow, typed string) (bool, error) {
	typed = strings.NewReplacer("I", "1", "L", "1", "O", "0").Replace(strings.ToUpper(typed))
	if row.Recovery == nil || len(typed) != recoverySize {
		return false, nil
	}
	var list []string
	if err := json.Unmarshal([]byte(*row.Recovery), &list); err != nil {
		return false, fmt.Errorf("read recovery codes: %w", err)
	}
	at := slices.Index(list, hashSecret(typed))
	if at < 0 {
		return false, nil
	}
	left, err := json.Marshal(slices.Delete(list, at, at+1))
	if err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, "UPDATE accounts SET recovery = ? WHERE id = ? AND recovery = ?", string(left), row.ID, *row.Recovery)
	if err != nil {
		return false, fmt.Errorf("use a recovery code: %w", err)
	}
	if n == 0 {
		return false, errAgain // another code was used meanwhile, or this one
	}
	return true, nil
}
