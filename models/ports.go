package models

import (
	"context"
	"errors"
	"io"
	"time"

	"hosho/models/seal"
)

// Keys are secrets that replicas share; losing them ends sessions of links under way and
// makes encrypted fields unreadable.
type Keys struct {
	Sign    []byte           // 32 bytes: sign-in links and the portal's own upload links
	Encrypt []byte           // 32 bytes: second factors at rest
	Seal    seal.Key         // signs case files, exports of events and checkpoints
	Retired []seal.PublicKey // of earlier Seal keys; what they signed stays good
}

// Grant is a request a client may send straight to the store of evidence, with exactly these
// headers and the bytes whose type, size and checksum were signed.
type Grant struct {
	Method    string
	URL       string
	Header    map[string]string
	ExpiresAt time.Time // UTC, machine clock
}

// Blobs is what models needs of the place where bytes rest. Keys are random and written once.
type Blobs interface {
	// Put stores size bytes of body, read from its start, under a free key. sha256 is lower-case hex.
	Put(ctx context.Context, key string, body io.ReadSeeker, size int64, mediaType, sha256 string) error
	// Open returns the bytes, or ErrNoBlob. Reading fails with ErrBlobChanged where the store
	// notices that they are not those that were put.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// Stat returns the size in bytes and the SHA-256 the store keeps of an object, "" where it
	// keeps none, or ErrNoBlob.
	Stat(ctx context.Context, key string) (size int64, sha256 string, err error)
	// Delete removes a key; one that is not there is no error.
	Delete(ctx context.Context, key string) error
	// GrantPut allows one upload of exactly this type, size and checksum under a free key.
	GrantPut(ctx context.Context, key, mediaType string, size int64, sha256 string, ttl time.Duration) (Grant, error)
	// GrantGet returns an address that gives the bytes for ttl, or ok false where the store has
	// none of its own and the portal streams them.
	GrantGet(ctx context.Context, key, fileName, mediaType string, attachment bool, ttl time.Duration) (url string, ok bool, err error)
	// FreshKey returns a key under prefix that nobody can guess.
	FreshKey(prefix string) string
}

// What a store of evidence says that a rule acts on; compare with errors.Is.
var (
	ErrNoBlob      = errors.New("there are no bytes under this key")
	ErrBlobChanged = errors.New("the bytes are not those that were stored")
)

// Inspector says what a received file is and makes the copy the parties see.
type Inspector interface {
	// Inspect reads all of file, which is size bytes long. declaredType is what the uploader
	// said it is, or "". Its error is *Rejection where the file is at fault; any other says
	// nothing about the file.
	Inspect(ctx context.Context, file io.ReadSeeker, size int64, declaredType string) (Inspection, error)
}

// Inspection is what was found and made. Copy reads from the inspected file: use it before
// that is closed.
type Inspection struct {
	MediaType     string
	SHA256        string // of the original, lower-case hex
	Width, Height int    // pixels as shown; 0 for a PDF
	Pages         int    // of a PDF, else 0

	Copy          io.ReadSeeker
	CopyMediaType string
	CopySize      int64  // bytes
	CopySHA256    string // lower-case hex

	Thumbnail          []byte // nil for a PDF
	ThumbnailMediaType string

	Facts PictureFacts
}

// Scanner says whether a file is safe.
type Scanner interface {
	// Scan reads all of file. found names what is wrong with it, "" when nothing is. An error
	// says nothing about the file.
	Scan(ctx context.Context, file io.Reader) (found string, err error)
}

// Rejection is why a file cannot be evidence, in the words of the API.
type Rejection struct {
	Reason string
	Err    error // detail for the log; may be nil
}

func (r *Rejection) Error() string {
	if r.Err == nil {
		return "file rejected: " + r.Reason
	}
	return "file rejected: " + r.Reason + ": " + r.Err.Error()
}

func (r *Rejection) Unwrap() error { return r.Err }

// Recipient is where one mail goes.
type Recipient struct {
	Email  string
	Name   string
	Locale string
}

// Mail is a notice on its way out. Link and Code are secrets of a sign-in, made anew for
// each try and kept nowhere.
type Mail struct {
	Notice Notice
	To     Recipient
	Link   string
	Code   string
}

// Sender carries mail. Send renders the notice in the recipient's language and returns the
// words as sent. An error with a method Permanent() bool that is true will not be retried.
type Sender interface {
	Send(ctx context.Context, m Mail) (subject, body string, err error)
}
