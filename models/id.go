package models

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
)

// newID returns a new time-ordered id (UUIDv7): neighbours in time are neighbours in the
// index, and any replica may make one.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Public numbers read C-7Q4K-2M9D: a letter for the kind, seven random characters and a
// check character. I, L, O and U are left out because people misread them.
const numberAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newNumber returns a fresh public number of the kind ('C' claim, 'M' notice).
func newNumber(kind byte) string {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(fmt.Sprintf("no randomness: %v", err)) // crypto/rand never fails on supported systems
	}
	v := binary.BigEndian.Uint64(b[:])
	s := make([]byte, 7)
	for i := range s {
		s[i] = numberAlphabet[v&31]
		v >>= 5
	}
	return formatNumber(kind, string(s)+string(checkCharacter(kind, string(s))))
}

func formatNumber(kind byte, s string) string {
	return string(kind) + "-" + s[:4] + "-" + s[4:]
}

// checkCharacter weighs each place differently, so that one wrong character or two swapped
// neighbours are noticed before anyone looks for a record.
func checkCharacter(kind byte, s string) byte {
	sum := int(kind)
	for i := range len(s) {
		sum += (2*i + 1) * strings.IndexByte(numberAlphabet, s[i])
	}
	return numberAlphabet[sum%32]
}

var errNotANumber = errors.New("not a number of ours")

// ParseNumber reads a public number as people type it: any case, full width, with or
// without hyphens and the kind, I and L for 1, O for 0.
func ParseNumber(kind byte, typed string) (string, error) {
	s := strings.ToUpper(norm.NFKC.String(typed))
	s = strings.Map(func(r rune) rune {
		switch r {
		case '-', ' ', '‐', '–', '—', 'ー', '−':
			return -1
		case 'I', 'L':
			return '1'
		case 'O':
			return '0'
		}
		return r
	}, s)
	if len(s) == 9 && s[0] == kind {
		s = s[1:]
	}
	if len(s) != 8 {
		return "", errNotANumber
	}
	for i := range len(s) {
		if strings.IndexByte(numberAlphabet, s[i]) < 0 {
			return "", errNotANumber
		}
	}
	if checkCharacter(kind, s[:7]) != s[7] {
		return "", errNotANumber
	}
	return formatNumber(kind, s), nil
}

// cutParty splits the party of a notice into its kind and id.
func cutParty(party string) (kind, id string, ok bool) { return strings.Cut(party, ":") }
