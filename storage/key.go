package storage

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"mime"
	"regexp"
	"strings"
)

var (
	keyPattern       = regexp.MustCompile(`^[a-z0-9_-]+(/[a-z0-9_-]+)*$`)
	mediaTypePattern = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9][a-z0-9.+-]*$`)
	lowerBase32      = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
)

// Longest key and media type taken; both fit every file system and S3.
const (
	maxKey       = 200
	maxMediaType = 80
)

// NewKey returns a fresh key under prefix that nobody can guess: 256 random
// bits, 52 letters and digits.
func NewKey(prefix string) string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return strings.TrimSuffix(prefix, "/") + "/" + lowerBase32.EncodeToString(b[:])
}

func checkKey(key string) error {
	if len(key) > maxKey || !keyPattern.MatchString(key) {
		return fmt.Errorf("%w: %.80q", ErrBadKey, key)
	}
	return nil
}

// checkPut looks at what Put and PresignPut are given before any byte moves.
func checkPut(key, mediaType string, size int64, sha256Hex string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if len(mediaType) > maxMediaType || !mediaTypePattern.MatchString(mediaType) {
		return fmt.Errorf("%w: %.80q", errMediaType, mediaType)
	}
	if size < 0 {
		return fmt.Errorf("%w: size %d", ErrChecksum, size)
	}
	if b, err := hex.DecodeString(sha256Hex); err != nil || len(b) != 32 || strings.ToLower(sha256Hex) != sha256Hex {
		return fmt.Errorf("%w: the checksum must be 64 lower-case hexadecimal digits", ErrChecksum)
	}
	return nil
}

// Disposition is the Content-Disposition of a file somebody named (RFC 6266):
// attachment or inline, an ASCII name for old clients and the whole name in
// UTF-8. Control characters, quotes, and what folders are made of are gone,
// so the name can neither break the header nor leave the download folder.
func Disposition(fileName string, attachment bool) string {
	kind := "inline"
	if attachment {
		kind = "attachment"
	}
	name := cleanName(fileName)
	if name == "" {
		return kind
	}
	ascii := strings.Map(func(r rune) rune {
		if r > 126 {
			return '_'
		}
		return r
	}, name)
	// mime writes filename* where it must and quotes filename where it must.
	v := mime.FormatMediaType(kind, map[string]string{"filename": name})
	if ascii == name || v == "" {
		return mime.FormatMediaType(kind, map[string]string{"filename": ascii})
	}
	_, extended, _ := strings.Cut(v, "; ")
	return mime.FormatMediaType(kind, map[string]string{"filename": ascii}) + "; " + extended
}

func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r < 32, r == 127, r == 0xFFFD, strings.ContainsRune(`"\/:*?<>|%;`, r):
			return '_'
		case r >= 0x80 && r <= 0x9F, r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF:
			return -1 // invisible, or turns the reading direction to hide an ending
		}
		return r
	}, strings.ToValidUTF8(s, "_"))
	s = strings.Trim(s, " .-")
	if runes := []rune(s); len(runes) > 100 {
		s = string(runes[:100])
	}
	return s
}
