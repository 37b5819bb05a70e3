package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"
)

// A limit allows so many tries of one thing within a window that begins with the first. The
// counters are rows, so that replicas share them.
type tryLimit struct {
	name   string
	max    int
	window time.Duration
}

// What guards sign-ins. Mails are limited by address and asker together first, so that one
// stranger cannot use up what the rightful person needs; codes are six digits, so their
// tries are few, but a mail link never counts as a try and always gets its owner in.
var (
	mailsOfPair    = tryLimit{"mail-pair", 5, time.Hour}      // an address, from one network
	mailsOfAddress = tryLimit{"mail-address", 15, time.Hour}  // an address
	mailsOfNetwork = tryLimit{"mail-network", 60, time.Hour}  // a network
	codesElsewhere = tryLimit{"code", 5, signInLife}          // an address, from browsers that did not ask
	codesOfAddress = tryLimit{"code-day", 30, 24 * time.Hour} // an address
	codesOfNetwork = tryLimit{"code-network", 20, signInLife} // a network
	factorTries    = tryLimit{"factor", 5, 15 * time.Minute}  // an account
	factorsOfDay   = tryLimit{"factor-day", 20, 24 * time.Hour}
)

// bucket names a counter. It holds a hash: whose mail was tried is nobody's business.
func (l tryLimit) bucket(of string) string {
	h := sha256.Sum256([]byte(l.name + "\n" + of))
	return l.name + ":" + hex.EncodeToString(h[:])
}

// try counts one try before it is made. Kinds: TooMany, with available_at on the machine's clock.
func (tx *Store) try(ctx context.Context, l tryLimit, of string) error {
	now, bucket := tx.MachineNow(), l.bucket(of)
	n, err := tx.exec(ctx, "UPDATE tries SET count = count + 1 WHERE bucket = ? AND window_at > ? AND count < ?", bucket, now, l.max)
	if err == nil && n == 0 {
		n, err = tx.exec(ctx, "UPDATE tries SET window_at = ?, count = 1 WHERE bucket = ? AND window_at <= ?", now.Add(l.window), bucket, now)
	}
	if err != nil {
		return fmt.Errorf("count a try: %w", err)
	}
	if n > 0 {
		return nil
	}
	rows, err := find[tryRow](ctx, tx, "SELECT bucket, window_at, count FROM tries WHERE bucket = ?", bucket)
	if err != nil {
		return fmt.Errorf("read tries: %w", err)
	}
	if len(rows) > 0 && (rows[0].Count < l.max || rows[0].WindowAt <= now) {
		return errAgain // another's first try came between
	}
	if len(rows) > 0 {
		return (&Error{Kind: TooMany, Code: "rate_limited"}).With("available_at", rows[0].WindowAt)
	}
	err = tx.insert(ctx, &tryRow{bucket, now.Add(l.window), 1})
	if isDuplicate(err) {
		return errAgain
	}
	if err != nil {
		return fmt.Errorf("count a try: %w", err)
	}
	return nil
}

// forgive forgets the tries of a bucket after the right answer.
func (tx *Store) forgive(ctx context.Context, l tryLimit, of string) error {
	if _, err := tx.exec(ctx, "DELETE FROM tries WHERE bucket = ?", l.bucket(of)); err != nil {
		return fmt.Errorf("forget tries: %w", err)
	}
	return nil
}

type tryRow struct {
	Bucket   string
	WindowAt Instant // when the window ends
	Count    int
}

func (tryRow) TableName() string { return "tries" }

// network is what of a client's address counts as one: IPv6 clients have a /64 to themselves.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// ForgetExpired deletes sessions, sign-ins and counters that have run out on the machine's
// clock, at most limit of each, and returns how many. Any replica may run it at any time.
func (s *Store) ForgetExpired(ctx context.Context, limit int) (int, error) {
	var sessions, signIns, buckets []string
	now := s.MachineNow()
	if err := s.db(ctx).Raw("SELECT id FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?", now, limit).Scan(&sessions).Error; err != nil {
		return 0, fmt.Errorf("read expired sessions: %w", err)
	}
	if err := s.db(ctx).Raw("SELECT id FROM sign_ins WHERE expires_at <= ? ORDER BY expires_at LIMIT ?", now, limit).Scan(&signIns).Error; err != nil {
		return 0, fmt.Errorf("read expired sign-ins: %w", err)
	}
	if err := s.db(ctx).Raw("SELECT bucket FROM tries WHERE window_at <= ? ORDER BY window_at LIMIT ?", now, limit).Scan(&buckets).Error; err != nil {
		return 0, fmt.Errorf("read expired tries: %w", err)
	}
	total := len(sessions) + len(signIns) + len(buckets)
	if total == 0 {
		return 0, nil
	}
	return total, s.inTx(ctx, func(tx *Store) error {
		if len(sessions) > 0 {
			if _, err := tx.exec(ctx, "DELETE FROM sessions WHERE id IN ?", sessions); err != nil {
				return fmt.Errorf("delete sessions: %w", err)
			}
		}
		if len(signIns) > 0 {
			if _, err := tx.exec(ctx, "DELETE FROM sign_ins WHERE id IN ?", signIns); err != nil {
				return fmt.Errorf("delete sign-ins: %w", err)
			}
		}
		if len(buckets) > 0 {
			if _, err := tx.exec(ctx, "DELETE FROM tries WHERE window_at <= ? AND bucket IN ?", now, buckets); err != nil {
				return fmt.Errorf("delete tries: %w", err)
			}
		}
		return nil
	})
}
