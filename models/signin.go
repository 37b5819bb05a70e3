package models

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// signInLife is how long a mailed sign-in may be used, of the machine's clock.
const signInLife = 15 * time.Minute

// codeTries is how often the code of one sign-in may be typed.
const codeTries = 5

// The kinds of sign-ins. Links that were printed or handed over work in any browser; a mailed
// one only in the browser that asked, since mails are forwarded and read over shoulders.
const (
	signInByMail    = "link"
	signInUnknown   = "unknown" // the address belongs to nobody; the row is there for the same work
	signInByPrint   = "printed"
	signInByHandoff = "handoff"
)

// The notices that carry a sign-in.
const (
	noticeSignIn        = "sign_in"
	noticeSignInUnknown = "sign_in_unknown"
)

type signInRow struct {
	ID          string
	TokenHash   string
	Email       string
	Kind        string
	BrowserHash string
	NextPath    string
	Locale      string
	CreatedAt   Instant
	ExpiresAt   Instant
	UsedAt      Instant
	Tries       int
}

func (signInRow) TableName() string { return "sign_ins" }

// SignInRequest asks for a mail with a link and a code.
type SignInRequest struct {
	Email   string `json:"email" validate:"required,max=254,email,clean,excludesall=\r\n\t"`
	Locale  string `json:"locale" validate:"max=16,clean"`
	Next    string `json:"next"`    // where to go then; what is not a path of this portal is dropped
	Browser string `json:"browser"` // a random value the browser keeps in a cookie
	Address string `json:"address"` // the client's network address
}

// RequestSignIn sends a mail with a one-time link and a code to an address, and returns when
// they run out. Whether the address is known changes neither the work done here nor the
// answer; an unknown one gets a mail that says so. Kinds: Invalid, TooMany.
func (s *Store) RequestSignIn(ctx context.Context, in SignInRequest) (expiresAt Instant, err error) {
	in.Email = normalEmail(in.Email)
	if err := check(in); err != nil {
		return 0, err
	}
	if len(s.config.Keys.Sign) < 32 {
		return 0, errors.New("request a sign-in: the signing key is missing")
	}
	if in.Browser == "" {
		return 0, errors.New("request a sign-in: the browser has no name")
	}
	err = s.inTx(ctx, func(tx *Store) error {
		from := network(in.Address)
		for _, t := range []struct {
			limit tryLimit
			of    string
		}{{mailsOfPair, in.Email + "\n" + from}, {mailsOfAddress, in.Email}, {mailsOfNetwork, from}} {
			if err := tx.try(ctx, t.limit, t.of); err != nil {
				return err
			}
		}
		known, err := tx.maySignIn(ctx, in.Email)
		if err != nil {
			return err
		}
		kind, notice := signInByMail, noticeSignIn
		if !known {
			kind, notice = signInUnknown, noticeSignInUnknown
		}
		id, now := newID(), tx.MachineNow()
		expiresAt = now.Add(signInLife)
		if err := tx.insert(ctx, &signInRow{
			ID: id, TokenHash: hashSecret(s.mailToken(id)), Email: in.Email, Kind: kind, BrowserHash: hashSecret(in.Browser),
			NextPath: LocalPath(in.Next), Locale: pathLocale(in.Locale), CreatedAt: now, ExpiresAt: expiresAt,
		}); err != nil {
			return fmt.Errorf("insert sign-in: %w", err)
		}
		row, err := tx.noticeRow("email:"+in.Email, pathLocale(in.Locale), notice, map[string]any{"sign_in": id})
		if err != nil {
			return err
		}
		row.Listed = false
		if err := tx.insert(ctx, &row); err != nil {
			if isDuplicate(err) {
				return errAgain
			}
			return fmt.Errorf("insert notice: %w", err)
		}
		return nil
	})
	return expiresAt, err
}

// maySignIn reports whether an address has an active account of a person, or no account but
// orders. It is one statement whatever the answer.
func (tx *Store) maySignIn(ctx context.Context, email string) (bool, error) {
	var found struct {
		Accounts int64
		Active   int64
		Buyers   int64
	}
	if err := tx.db(ctx).Raw(`SELECT (SELECT COUNT(*) FROM accounts WHERE email = ?) AS accounts,
		(SELECT COUNT(*) FROM accounts WHERE email = ? AND status = ? AND role <> ?) AS active,
		(SELECT COUNT(*) FROM buyers WHERE email = ?) AS buyers`, email, email, AccountActive, RoleIntegration, email).Scan(&found).Error; err != nil {
		return false, fmt.Errorf("read who signs in: %w", err)
	}
	return found.Active > 0 || found.Accounts == 0 && found.Buyers > 0, nil
}

// mailToken and mailCode are the secrets of a mailed sign-in. They are made from its id and
// the replicas' key, so that the outbox can write them into the mail, more than once if it
// must, while the database holds nothing that signs anyone in.
func (s *Store) mailToken(id string) string {
	return base64.RawURLEncoding.EncodeToString(s.sign("sign-in link", id))
}

func (s *Store) mailCode(id string) string {
	// Of 2^64 values the last few make a million unevenly, by less than one in 10^13.
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(s.sign("sign-in code", id))%1_000_000)
}

func (s *Store) sign(purpose, id string) []byte {
	mac := hmac.New(sha256.New, s.config.Keys.Sign)
	mac.Write([]byte(purpose + "\n" + id))
	return mac.Sum(nil)
}

// signInSecrets makes anew the link and code of the sign-in a notice is about. The link is a
// path; the portal's address is put before it where mails are written.
func (s *Store) signInSecrets(n Notice) (link, code string) {
	id, _ := n.Args["sign_in"].(string)
	if n.Kind != noticeSignIn || id == "" || len(s.config.Keys.Sign) < 32 {
		return "", ""
	}
	return signInPath(n.Locale, s.mailToken(id)), s.mailCode(id)
}

func signInPath(locale, token string) string { return "/" + pathLocale(locale) + "/sign-in/" + token }

// signInOpen reports whether the sign-in of a notice can still be used; a mail that was
// delayed beyond that would only confuse.
func (s *Store) signInOpen(ctx context.Context, r noticeRow) (bool, error) {
	n, err := r.notice()
	if err != nil {
		return false, err
	}
	id, _ := n.Args["sign_in"].(string)
	var found int64
	err = s.db(ctx).Raw("SELECT COUNT(*) FROM sign_ins WHERE id = ? AND used_at IS NULL AND expires_at > ?", id, s.MachineNow()).Scan(&found).Error
	return found > 0, err
}

// SignInState says what a link can still do.
type SignInState string

// The states of a sign-in link.
const (
	SignInReady        SignInState = "ready"
	SignInOtherBrowser SignInState = "other_browser" // the code in the mail is needed here
	SignInExpired      SignInState = "expired"       // used, too old or never made
)

// SignInLink is what the page behind a link shows. All but State is empty when it has expired.
type SignInLink struct {
	State     SignInState
	Kind      string // link (by mail), printed or handoff
	Email     string
	Locale    string
	ExpiresAt Instant
}

// PeekSignIn tells what a link can do, and changes nothing: mail scanners open links too.
func (s *Store) PeekSignIn(ctx context.Context, token, browser string) (SignInLink, error) {
	row, err := s.signInByToken(ctx, token)
	if err != nil {
		return SignInLink{}, err
	}
	if !row.usable(s.MachineNow()) {
		return SignInLink{State: SignInExpired}, nil
	}
	link := SignInLink{SignInReady, row.Kind, row.Email, row.Locale, row.ExpiresAt}
	if !row.opensIn(browser) {
		link.State = SignInOtherBrowser
	}
	return link, nil
}

// signInByToken returns the row of a link, or an empty one, which is not usable.
func (s *Store) signInByToken(ctx context.Context, token string) (signInRow, error) {
	if len(token) != secretSize {
		return signInRow{}, nil
	}
	var rows []signInRow
	if err := s.db(ctx).Raw("SELECT * FROM sign_ins WHERE token_hash = ?", hashSecret(token)).Scan(&rows).Error; err != nil {
		return signInRow{}, fmt.Errorf("read sign-in: %w", err)
	}
	if len(rows) == 0 {
		return signInRow{}, nil
	}
	return rows[0], nil
}

func (r signInRow) usable(now Instant) bool {
	return r.ID != "" && r.Kind != signInUnknown && r.UsedAt == 0 && now < r.ExpiresAt
}

func (r signInRow) opensIn(browser string) bool {
	return r.Kind != signInByMail || browser != "" && r.BrowserHash == hashSecret(browser)
}

// pageLocales are the languages that pages exist in; links into the portal use no other.
var pageLocales = []string{"ja", "en"}

// pathLocale is the language of a link for somebody with this locale: their own where there
// are pages in it, else English; Japanese when nothing is known.
func pathLocale(locale string) string {
	language, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(locale)), "-")
	switch {
	case language == "":
		return "ja"
	case slices.Contains(pageLocales, language):
		return language
	}
	return "en"
}

// maxNext is the longest path to go on to after signing in.
const maxNext = 500

// LocalPath returns the path if it can lead nowhere but into this portal, else "". Browsers
// read a backslash as a slash, drop tabs and line ends, and take two slashes for another
// host, so none of those may stand in it.
func LocalPath(next string) string {
	if next == "" || next[0] != '/' || len(next) > maxNext || !utf8.ValidString(next) {
		return ""
	}
	for _, r := range next {
		if r == '\\' || unicode.IsControl(r) || !unicode.IsPrint(r) {
			return ""
		}
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return ""
	}
	// Also after %2f is read as a slash and dots are followed, by whoever does that on the way.
	if strings.Contains(u.Path, "//") || strings.Contains(u.Path, `\`) || strings.Contains(u.Path+"/", "/../") || strings.Contains(u.Path+"/", "/./") ||
		strings.ContainsFunc(u.Path, unicode.IsControl) {
		return ""
	}
	return next
}
