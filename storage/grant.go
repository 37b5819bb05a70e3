package storage

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Grant is what a signed upload address allows: this object and no other.
type Grant struct {
	Key       string
	MediaType string
	Size      int64  // bytes
	SHA256    string // lower-case hex
}

// Receiver is a store whose uploads come through the portal. Its handler
// calls VerifyPut with the request as it came, then Receive with the body.
type Receiver interface {
	Store
	// VerifyPut says what the query of a signed address allows, or ErrExpired,
	// or ErrNoGrant where it was not signed here or where the request's
	// Content-Type or length (http.Request.ContentLength) is another one.
	VerifyPut(query url.Values, header http.Header, contentLength int64) (Grant, error)
	// Receive stores the body of a granted upload; its errors are those of Put.
	Receive(ctx context.Context, g Grant, body io.Reader) error
}

// grants signs and checks the portal's own upload addresses.
type grants struct {
	key  []byte
	base *url.URL
	now  func() time.Time
}

func newGrants(o Options) (grants, error) {
	g := grants{now: o.Now}
	if len(o.SigningKey) == 0 {
		return g, nil
	}
	if len(o.SigningKey) < 32 {
		return g, fmt.Errorf("the signing key has %d bytes, needs 32", len(o.SigningKey))
	}
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Host == "" || base.RawQuery != "" || (base.Scheme != "http" && base.Scheme != "https") {
		return g, errors.New("the base URL for uploads must be http(s)://host/path without a query")
	}
	g.key, g.base = append([]byte(nil), o.SigningKey...), base
	return g, nil
}

func (g grants) PresignPut(_ context.Context, key, mediaType string, size int64, sha256Hex string, ttl time.Duration) (Presigned, error) {
	if g.key == nil {
		return Presigned{}, ErrNoDirect
	}
	if err := checkPresign(key, mediaType, size, sha256Hex, ttl); err != nil {
		return Presigned{}, fmt.Errorf("sign upload: %w", err)
	}
	// Whole seconds, as in the address, so that what we say is what we check.
	expires := g.now().Add(ttl).UTC().Truncate(time.Second)
	q := url.Values{
		"key": {key}, "type": {mediaType}, "size": {strconv.FormatInt(size, 10)},
		"sha256": {sha256Hex}, "expires": {strconv.FormatInt(expires.Unix(), 10)},
	}
	q.Set("signature", g.sign(q))
	u := *g.base
	u.RawQuery = q.Encode()
	return Presigned{Method: http.MethodPut, URL: u.String(), Header: map[string]string{"Content-Type": mediaType}, ExpiresAt: expires}, nil
}

func checkPresign(key, mediaType string, size int64, sha256Hex string, ttl time.Duration) error {
	if size < 1 {
		return errors.New("an upload has at least one byte")
	}
	if ttl <= 0 || ttl > 24*time.Hour {
		return fmt.Errorf("an upload address lives up to a day, not %v", ttl)
	}
	return checkPut(key, mediaType, size, sha256Hex)
}

// signed lists the parameters the signature covers, in its order. None can
// hold a line break, so no two addresses have the same text.
var signed = [...]string{"key", "type", "size", "sha256", "expires"}

func (g grants) sign(q url.Values) string {
	var text strings.Builder
	text.WriteString("hosho upload 1\nPUT\n")
	for _, name := range signed {
		text.WriteString(q.Get(name) + "\n")
	}
	mac := hmac.New(sha256.New, g.key)
	mac.Write([]byte(text.String()))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// VerifyPut is described at Receiver.
func (g grants) VerifyPut(query url.Values, header http.Header, contentLength int64) (Grant, error) {
	if g.key == nil {
		return Grant{}, ErrNoGrant
	}
	for name, values := range query {
		if len(values) != 1 || strings.ContainsAny(values[0], "\n\r") {
			return Grant{}, fmt.Errorf("%w: parameter %.20q", ErrNoGrant, name)
		}
	}
	if !hmac.Equal([]byte(query.Get("signature")), []byte(g.sign(query))) {
		return Grant{}, fmt.Errorf("%w: signature", ErrNoGrant)
	}
	expires, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	if err != nil {
		return Grant{}, fmt.Errorf("%w: expires", ErrNoGrant)
	}
	if !g.now().Before(time.Unix(expires, 0)) {
		return Grant{}, ErrExpired
	}
	size, err := strconv.ParseInt(query.Get("size"), 10, 64)
	if err != nil {
		return Grant{}, fmt.Errorf("%w: size", ErrNoGrant)
	}
	grant := Grant{Key: query.Get("key"), MediaType: query.Get("type"), Size: size, SHA256: query.Get("sha256")}
	if got := header.Values("Content-Type"); len(got) != 1 || got[0] != grant.MediaType {
		return Grant{}, fmt.Errorf("%w: Content-Type must be %s", ErrNoGrant, grant.MediaType)
	}
	if contentLength != size {
		return Grant{}, fmt.Errorf("%w: Content-Length must be %d", ErrNoGrant, size)
	}
	return grant, nil
}
