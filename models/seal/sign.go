package seal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// KeySize is the length in bytes of the secret a Key is made from, and of a PublicKey.
const KeySize = 32

// ErrKey is returned for what is no key.
var ErrKey = errors.New("seal: not a key")

// Key signs. The zero Key cannot.
type Key struct{ private ed25519.PrivateKey }

// NewKey makes a key of KeySize secret random bytes.
func NewKey(secret []byte) (Key, error) {
	if len(secret) != KeySize {
		return Key{}, fmt.Errorf("%w: %d bytes, want %d", ErrKey, len(secret), KeySize)
	}
	return Key{ed25519.NewKeyFromSeed(secret)}, nil
}

// IsZero tells whether there is no key.
func (k Key) IsZero() bool { return k.private == nil }

// Public is the key others check with.
func (k Key) Public() PublicKey {
	var p PublicKey
	if !k.IsZero() {
		copy(p[:], k.private.Public().(ed25519.PublicKey)) //nolint:forcetypeassert // it always is
	}
	return p
}

// PublicKey checks what its Key has signed.
type PublicKey [KeySize]byte

// String is the key in lower case hex, as it stands beside signatures.
func (p PublicKey) String() string { return hex.EncodeToString(p[:]) }

// Fingerprint is the SHA-256 of the key in lower case hex: what people compare.
func (p PublicKey) Fingerprint() string {
	sum := sha256.Sum256(p[:])
	return hex.EncodeToString(sum[:])
}

// ParseFingerprint reads a fingerprint as people copy it, with spaces, colons or capitals.
func ParseFingerprint(text string) (string, error) {
	f := strings.ToLower(strings.NewReplacer(" ", "", ":", "", "-", "").Replace(text))
	if !isHash(f) {
		return "", fmt.Errorf("%w: a fingerprint has 64 hex digits", ErrKey)
	}
	return f, nil
}

// Signature is who signed a document, and the signature; both in lower case hex.
type Signature struct {
	PublicKey string `json:"public_key"`
	Signature string `json:"signature"`
}

// Each kind of document is signed under its own name, so that none can stand for another.
const (
	bundleDocument     = "hosho case file 1\n"
	exportDocument     = "hosho events 1\n"
	checkpointDocument = "hosho checkpoint 1\n"
)

func (k Key) sign(document string, text []byte) (Signature, error) {
	if k.IsZero() {
		return Signature{}, fmt.Errorf("%w: none to sign with", ErrKey)
	}
	return Signature{k.Public().String(), hex.EncodeToString(ed25519.Sign(k.private, append([]byte(document), text...)))}, nil
}

// errSignature is a signature that does not fit what it stands under.
var errSignature = errors.New("the signature does not fit the content")

// check returns the key that signed. Hex is read in its one writing only, so that a changed
// byte never means the same.
func (s Signature) check(document string, text []byte) (PublicKey, error) {
	var p PublicKey
	key, err := hex.DecodeString(s.PublicKey)
	if err != nil || len(key) != KeySize || hex.EncodeToString(key) != s.PublicKey {
		return p, errors.New("the public key is not 64 lower case hex digits")
	}
	sig, err := hex.DecodeString(s.Signature)
	if err != nil || len(sig) != ed25519.SignatureSize || hex.EncodeToString(sig) != s.Signature {
		return p, errors.New("the signature is not 128 lower case hex digits")
	}
	copy(p[:], key)
	if !ed25519.Verify(key, append([]byte(document), text...), sig) {
		return p, errSignature
	}
	return p, nil
}

// TamperedError says where a signed document is not as it was made, and how.
type TamperedError struct {
	Place  string // an entry of a case file, an event, or a byte
	Reason string
}

func (e *TamperedError) Error() string { return e.Place + ": " + e.Reason }

func tampered(place, reason string, args ...any) error {
	return &TamperedError{Place: place, Reason: fmt.Sprintf(reason, args...)}
}

// ErrUnreadable is returned for what is no case file or export at all.
var ErrUnreadable = errors.New("neither a case file nor an export of events")
