package models

import (
	"context"
	"io"
	"time"
)

// Keys are secrets that replicas share; losing them ends sessions of links under way and
// makes encrypted fields unreadable.
type Keys struct {
	Sign    []byte // 32 bytes: sign-in links and the portal's own upload links
	Encrypt []byte // 32 bytes: second factors at rest
}

// Grant is a request a client may send straight to the store of evidence.
type Grant struct {
	Method    string
	URL       string
	Header    map[string]string
	ExpiresAt time.Time
}

// Blobs is what models needs of the place where bytes rest. Keys are random and written once.
type Blobs interface {
	Put(ctx context.Context, key string, body io.ReadSeeker, size int64, mediaType, sha256 string) error
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	Delete(ctx context.Context, key string) error
	GrantPut(ctx context.Context, key, mediaType string, size int64, sha256 string, ttl time.Duration) (Grant, error)
	GrantGet(ctx context.Context, key, fileName, mediaType string, attachment bool, ttl time.Duration) (url string, ok bool, err error)
}

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
