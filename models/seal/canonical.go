package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrCanonical is returned for what has no canonical form: text that is not
// JSON, invalid UTF-8 or lone surrogates, a key twice, numbers out of range.
var ErrCanonical = errors.New("seal: no canonical JSON")

// maxDepth bounds nesting, so that no input can exhaust the stack.
const maxDepth = 512

// Canonical is the RFC 8785 form of v as encoding/json writes it. Strings that
// are not UTF-8 are refused rather than repaired, so that two different texts
// never have one form. Numbers are doubles: integers beyond 2^53 are rounded,
// as the RFC has it, and belong in strings.
func Canonical(v any) ([]byte, error) {
	if raw, ok := v.(json.RawMessage); ok {
		return CanonicalJSON(raw)
	}
	if !validText(reflect.ValueOf(v), 0) {
		return nil, fmt.Errorf("%w: a string that is not UTF-8, or nesting too deep", ErrCanonical)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCanonical, err)
	}
	return CanonicalJSON(raw)
}

// validText walks to every string, since json.Marshal would put U+FFFD in place
// of invalid bytes without a word.
func validText(v reflect.Value, depth int) bool {
	if depth > maxDepth {
		return false
	}
	switch v.Kind() { //nolint:exhaustive // the other kinds hold no text
	case reflect.String:
		return utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || validText(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			if !validText(v.Field(i), depth+1) {
				return false
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return true // base64, or raw JSON that is read as such later
		}
		for i := range v.Len() {
			if !validText(v.Index(i), depth+1) {
				return false
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if !validText(it.Key(), depth+1) || !validText(it.Value(), depth+1) {
				return false
			}
		}
	}
	return true
}

// CanonicalJSON is the RFC 8785 form of a JSON text.
func CanonicalJSON(raw []byte) ([]byte, error) {
	return appendCanonical(make([]byte, 0, len(raw)), raw)
}

func appendCanonical(out, raw []byte) ([]byte, error) {
	r := reader{in: raw, out: out}
	r.space()
	if err := r.value(0); err != nil {
		return nil, err
	}
	if r.space(); r.at != len(r.in) {
		return nil, r.fault("more text after the value")
	}
	return r.out, nil
}

// reader goes through JSON text once, writing the canonical form as it reads.
type reader struct {
	in      []byte
	at      int
	out     []byte
	members []member // of the objects being read, innermost last
	scratch []byte
}

// member is one key of an object and where it and its value stand in out.
type member struct {
	key        []byte // decoded
	start, end int
}

func (r *reader) fault(what string) error {
	return fmt.Errorf("%w: %s at byte %d", ErrCanonical, what, r.at)
}

func (r *reader) space() {
	for r.at < len(r.in) {
		switch r.in[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// peek is the next byte, or 0 at the end, which no JSON begins with.
func (r *reader) peek() byte {
	if r.at < len(r.in) {
		return r.in[r.at]
	}
	return 0
}

func (r *reader) value(depth int) error {
	if depth > maxDepth {
		return r.fault("nesting too deep")
	}
	switch c := r.peek(); {
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.array(depth)
	case c == '"':
		_, err := r.text()
		return err
	case c == '-' || (c >= '0' && c <= '9'):
		return r.number()
	}
	for _, word := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(r.in[r.at:], []byte(word)) {
			r.at += len(word)
			r.out = append(r.out, word...)
			return nil
		}
	}
	return r.fault("no JSON value")
}

func (r *reader) array(depth int) error {
	r.at++
	r.out = append(r.out, '[')
	if r.space(); r.peek() == ']' {
		r.at++
		r.out = append(r.out, ']')
		return nil
	}
	for {
		r.space()
		if err := r.value(depth + 1); err != nil {
			return err
		}
		r.space()
		c := r.peek()
		if c != ',' && c != ']' {
			return r.fault("neither comma nor end of array")
		}
		r.at++
		r.out = append(r.out, c)
		if c == ']' {
			return nil
		}
	}
}

func (r *reader) object(depth int) error {
	r.at++
	r.out = append(r.out, '{')
	first, body, sorted := len(r.members), len(r.out), true
	defer func() { r.members = r.members[:first] }()
	if r.space(); r.peek() == '}' {
		r.at++
		r.out = append(r.out, '}')
		return nil
	}
	for {
		r.space()
		if r.peek() != '"' {
			return r.fault("no key")
		}
		start := len(r.out)
		key, err := r.text()
		if err != nil {
			return err
		}
		if r.space(); r.peek() != ':' {
			return r.fault("no colon")
		}
		r.at++
		r.out = append(r.out, ':')
		r.space()
		if err := r.value(depth + 1); err != nil {
			return err
		}
		if n := len(r.members); n > first && compareKeys(r.members[n-1].key, key) >= 0 {
			sorted = false
		}
		r.members = append(r.members, member{key: key, start: start, end: len(r.out)})
		r.space()
		c := r.peek()
		if c != ',' && c != '}' {
			return r.fault("neither comma nor end of object")
		}
		r.at++
		r.out = append(r.out, c)
		if c == '}' {
			break
		}
	}
	if sorted {
		return nil
	}
	return r.sort(body, r.members[first:])
}

// sort puts the members that stand in out from body on in the order of their
// keys.
func (r *reader) sort(body int, members []member) error {
	slices.SortFunc(members, func(a, b member) int { return compareKeys(a.key, b.key) })
	r.scratch = r.scratch[:0]
	for i, m := range members {
		if i > 0 {
			if bytes.Equal(m.key, members[i-1].key) {
				return r.fault(fmt.Sprintf("key %.40q twice", m.key))
			}
			r.scratch = append(r.scratch, ',')
		}
		r.scratch = append(r.scratch, r.out[m.start:m.end]...)
	}
	copy(r.out[body:], r.scratch)
	return nil
}

// compareKeys orders UTF-8 as its UTF-16 code units: as bytes, except that
// characters of the astral planes (surrogates, D800 on) come before U+E000.
func compareKeys(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	if n == len(a) || n == len(b) {
		return len(a) - len(b)
	}
	// From F0 on begin characters beyond U+FFFF, with EE and EF those from
	// U+E000 on; the first byte that differs is not theirs unless it leads.
	x, y := a[n], b[n]
	if (x >= 0xF0) != (y >= 0xF0) && min(x, y) >= 0xEE {
		return int(y) - int(x)
	}
	return int(x) - int(y)
}

// text copies a string in canonical form and returns it decoded.
func (r *reader) text() ([]byte, error) {
	r.at++
	start := r.at
	var decoded []byte // only once an escape makes it differ from the input
	r.out = append(r.out, '"')
	for run := start; ; {
		c := byte(0)
		if r.at < len(r.in) {
			c = r.in[r.at]
		}
		switch {
		case c < 0x20:
			return nil, r.fault("string without end, or with a control character")
		case c == '"':
			r.out = append(r.out, r.in[run:r.at]...)
			r.out = append(r.out, '"')
			plain := r.in[start:r.at]
			if decoded != nil {
				plain = append(decoded, r.in[run:r.at]...)
			}
			r.at++
			return plain, nil
		case c == '\\':
			r.out = append(r.out, r.in[run:r.at]...)
			if decoded == nil {
				decoded = make([]byte, 0, 32)
			}
			decoded = append(decoded, r.in[run:r.at]...)
			char, err := r.escape()
			if err != nil {
				return nil, err
			}
			decoded = utf8.AppendRune(decoded, char)
			r.out = appendChar(r.out, char)
			run = r.at
		case c < utf8.RuneSelf:
			r.at++
		default:
			char, size := utf8.DecodeRune(r.in[r.at:])
			if char == utf8.RuneError && size == 1 {
				return nil, r.fault("invalid UTF-8")
			}
			r.at += size
		}
	}
}

// escape reads one escape, or two that make a surrogate pair.
func (r *reader) escape() (rune, error) {
	r.at++
	c := r.peek()
	r.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		char, ok := r.hex()
		if ok && utf16.IsSurrogate(char) {
			ok = bytes.HasPrefix(r.in[r.at:], []byte(`\u`))
			if ok {
				r.at += 2
				var low rune
				low, ok = r.hex()
				char = utf16.DecodeRune(char, low)
				ok = ok && char != utf8.RuneError // a pair never makes U+FFFD
			}
		}
		if ok {
			return char, nil
		}
	}
	r.at = min(r.at, len(r.in))
	return 0, r.fault("bad escape")
}

func (r *reader) hex() (rune, bool) {
	if len(r.in)-r.at < 4 {
		return 0, false
	}
	var char rune
	for _, c := range r.in[r.at : r.at+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		char = char<<4 | rune(c)
	}
	r.at += 4
	return char, true
}

// appendChar writes a character that was escaped as the RFC would.
func appendChar(out []byte, char rune) []byte {
	switch char {
	case '"', '\\':
		return append(out, '\\', byte(char))
	case '\b':
		return append(out, `\b`...)
	case '\f':
		return append(out, `\f`...)
	case '\n':
		return append(out, `\n`...)
	case '\r':
		return append(out, `\r`...)
	case '\t':
		return append(out, `\t`...)
	}
	if char < 0x20 {
		const digits = "0123456789abcdef"
		return append(out, '\\', 'u', '0', '0', digits[char>>4], digits[char&15])
	}
	return utf8.AppendRune(out, char)
}

// appendString writes a whole string.
func appendString(out []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("%w: %.40q is not UTF-8", ErrCanonical, s)
	}
	out = append(out, '"')
	for _, char := range s {
		out = appendChar(out, char)
	}
	return append(out, '"'), nil
}

// number reads a number by the JSON grammar and writes it as ECMAScript does.
func (r *reader) number() error {
	start := r.at
	if r.peek() == '-' {
		r.at++
	}
	whole := r.at
	if r.digits() == 0 || (r.in[whole] == '0' && r.at > whole+1) {
		return r.fault("bad number")
	}
	integer := true
	if r.peek() == '.' {
		integer = false
		r.at++
		if r.digits() == 0 {
			return r.fault("bad number")
		}
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		integer = false
		r.at++
		if c := r.peek(); c == '+' || c == '-' {
			r.at++
		}
		if r.digits() == 0 {
			return r.fault("bad number")
		}
	}
	token := r.in[start:r.at]
	if integer && len(token) <= 15 && token[0] != '-' {
		r.out = append(r.out, token...) // exact as a double, and written alike
		return nil
	}
	f, err := strconv.ParseFloat(string(token), 64)
	if err != nil {
		return r.fault("number out of range")
	}
	r.out = appendFloat(r.out, f)
	return nil
}

func (r *reader) digits() int {
	start := r.at
	for c := r.peek(); c >= '0' && c <= '9'; c = r.peek() {
		r.at++
	}
	return r.at - start
}

// appendFloat is ECMAScript's Number.prototype.toString of a finite number.
func appendFloat(out []byte, f float64) []byte {
	magnitude := math.Abs(f)
	if magnitude == 0 {
		return append(out, '0') // minus zero too
	}
	if magnitude >= 1e-6 && magnitude < 1e21 {
		return strconv.AppendFloat(out, f, 'f', -1, 64)
	}
	out = strconv.AppendFloat(out, f, 'e', -1, 64)
	// Go writes at least two digits of exponent, ECMAScript does not.
	if n := len(out); out[n-2] == '0' && (out[n-3] == '-' || out[n-3] == '+') {
		out[n-2] = out[n-1]
		out = out[:n-1]
	}
	return out
}
