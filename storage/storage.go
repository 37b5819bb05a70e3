// Package storage is where bytes rest: the originals of evidence, the copies
// made of them and their thumbnails. It puts an object under a key once and
// for all, hands it out again, and lets a browser bring one directly.
//
// It knows nothing of claims, accounts or who may see what: whoever calls it
// has decided that. There are three stores with one behaviour: a folder
// ([Disk]), an S3 bucket ([S3]) and [Memory] for tests. [Open] chooses by URL.
package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// Object is what a store remembers of the bytes under a key.
type Object struct {
	Size      int64  // bytes
	SHA256    string // lower-case hex; empty only where an S3 server does not tell checksums
	MediaType string // as given to Put or signed into the upload
}

// Presigned is a request somebody without credentials may send once, before
// it expires. The sender must send every header given here with exactly this
// value, and a body of exactly the size and checksum that were signed.
type Presigned struct {
	Method    string
	URL       string
	Header    map[string]string
	ExpiresAt time.Time // UTC
}

// Store keeps objects. All implementations may be used by many goroutines at
// once. Keys are those of [NewKey], or any slash-separated lower-case names.
type Store interface {
	// Put stores size bytes of body, read from its start, under a key that is
	// not in use. It returns ErrExists where the key is taken, whatever rests
	// there, and ErrChecksum where the bytes are not those of size and
	// sha256Hex; in both cases nothing is changed. When it returns nil the
	// bytes are durable.
	Put(ctx context.Context, key string, body io.ReadSeeker, size int64, mediaType, sha256Hex string) error
	// Open returns the bytes and what is remembered of them, or ErrNotFound.
	// Reading to the end compares the bytes with the remembered checksum and
	// fails with ErrChecksum if they were changed since.
	Open(ctx context.Context, key string) (io.ReadCloser, Object, error)
	// Stat is Open without the bytes.
	Stat(ctx context.Context, key string) (Object, error)
	// Delete removes the key. A key that is not there is no error.
	Delete(ctx context.Context, key string) error
	// PresignPut allows one upload of exactly this type, size (bytes, at least
	// one) and checksum under a free key, for ttl from now. ErrNoDirect where
	// the store was opened without what it needs to sign.
	PresignPut(ctx context.Context, key, mediaType string, size int64, sha256Hex string, ttl time.Duration) (Presigned, error)
	// PresignGet returns an address from which anyone may fetch the object for
	// ttl, under the given file name and type. Stores that have no address of
	// their own return ErrNoDirect; the portal then streams the bytes itself.
	PresignGet(ctx context.Context, key, fileName, mediaType string, attachment bool, ttl time.Duration) (string, error)
	// Check writes, reads and deletes a small object of its own.
	Check(ctx context.Context) error
	// String says which store this is, without secrets.
	String() string
}

// Errors a caller can act on; compare with errors.Is.
var (
	ErrExists    = errors.New("the key is already in use")
	ErrNotFound  = errors.New("there is no such object")
	ErrChecksum  = errors.New("the bytes are not those of the stated size and checksum")
	ErrNoDirect  = errors.New("the store gives out no addresses of its own")
	ErrBadKey    = errors.New("not a valid key")
	ErrNoGrant   = errors.New("the upload address is not one we signed for this request")
	ErrExpired   = errors.New("the upload address has expired")
	errMediaType = errors.New("not a valid media type")
	errNoScheme  = errors.New("open storage: the URL must begin with file:, s3:// or memory: (and be quoted in a shell)")
)

// Options are what a store needs beyond its URL.
type Options struct {
	// SigningKey signs the upload addresses of a store without addresses of
	// its own, at least 32 bytes. Empty: such a store gives none out.
	SigningKey []byte
	// BaseURL is where the portal takes those uploads, such as
	// https://hosho.example/uploads/put.
	BaseURL string
	// Now is the machine's clock (never the sandbox clock: credentials and
	// upload addresses run out in real time). Required.
	Now func() time.Time
}

// Open opens the store a URL names: file:DIR for a folder, created if it is
// missing; s3://BUCKET?region=…&endpoint=…&path_style=true for a bucket, with
// credentials from where the AWS SDK finds them; memory: for tests. It does
// not talk to the network; Check does.
func Open(ctx context.Context, rawURL string, o Options) (Store, error) {
	if o.Now == nil {
		return nil, errors.New("open storage: no clock given")
	}
	g, err := newGrants(o)
	if err != nil {
		return nil, fmt.Errorf("open storage: %w", err)
	}
	scheme, rest, ok := strings.Cut(rawURL, ":")
	if !ok {
		return nil, errNoScheme
	}
	switch scheme {
	case "file":
		return openFolder(rest, g)
	case "s3":
		u, err := url.Parse(rawURL)
		if err != nil {
			// url.Error repeats the whole URL, which may carry a password.
			return nil, errors.New("open storage: the s3:// URL cannot be read")
		}
		return openS3(ctx, u, o.Now)
	case "memory":
		if rest != "" {
			return nil, errors.New("open storage: memory: takes nothing after the colon")
		}
		return newMemory(g), nil
	}
	return nil, errNoScheme
}

func openFolder(rest string, g grants) (Store, error) {
	dir := rest
	if strings.HasPrefix(rest, "//") {
		// file:///var/lib/hosho is common; file://var/lib/hosho is a slip that
		// would name a host.
		dir = strings.TrimPrefix(rest, "//")
		if !strings.HasPrefix(dir, "/") {
			return nil, errors.New("open storage: write file:DIR or file:///DIR, not file://DIR")
		}
	}
	if dir == "" {
		return nil, errors.New("open storage: file: needs a folder after the colon")
	}
	return newDisk(dir, g)
}
