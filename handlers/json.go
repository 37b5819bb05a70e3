package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"hosho/models"
	"hosho/templates"
)

// Bodies of the API are read strictly, since what encoding/json lets pass (the last of two
// equal names, a name in another case, a field nobody knows, text that is not UTF-8) is how
// an amount becomes another one between two systems.

// Limits of one request.
const (
	maxJSON  = 1 << 20
	maxForm  = 1 << 20
	maxDepth = 32
)

// The codes of a body that cannot be taken.
const (
	codeMalformed    = "malformed"
	codeUnknownField = "unknown_field"
	codeWrongType    = "wrong_type"
)

func malformed(cause string) error {
	return &models.Error{Kind: models.Malformed, Code: codeMalformed, Err: errors.New(cause)}
}

func badField(code, field string) error {
	return &models.Error{
		Kind: models.Malformed, Code: code, Args: map[string]any{"field": field},
		Fields: []models.FieldError{{Field: field, Code: code, Args: map[string]any{"field": field}}},
	}
}

func tooLarge(limit int64) error {
	return &models.Error{Kind: models.TooLarge, Code: "too_large", Args: map[string]any{"max": templates.FileSize(limit)}}
}

// readBody takes a body of JSON. Empty counts as {}.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large), int64(len(body)) > limit:
		return nil, tooLarge(limit)
	case err != nil:
		return nil, malformed("read body: " + err.Error())
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return []byte("{}"), nil
	}
	if err := wantType(r, "application/json"); err != nil {
		return nil, err
	}
	return body, nil
}

func wantType(r *http.Request, want string) error {
	values := r.Header.Values("Content-Type")
	if len(values) != 1 {
		return malformed("one Content-Type is needed")
	}
	got, params, err := mime.ParseMediaType(values[0])
	if err != nil || got != want {
		return malformed("Content-Type is not " + want)
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return malformed("charset is not UTF-8")
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return malformed("Content-Encoding is not taken")
	}
	return nil
}

// decode fills in (a pointer to a struct) from one JSON object. Errors: Malformed with code
// malformed, unknown_field or wrong_type, the latter two naming the field.
func decode(body []byte, in any) error {
	tree, err := parse(body)
	if err != nil {
		return err
	}
	if tree.kind != objectNode {
		return malformed("not a JSON object")
	}
	if err := fits(tree, reflect.TypeOf(in).Elem(), ""); err != nil {
		return err
	}
	if err := json.Unmarshal(body, in); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return badField(codeWrongType, wrong.Field)
		}
		return malformed(err.Error())
	}
	return nil
}

type nodeKind int

const (
	nullNode nodeKind = iota
	boolNode
	numberNode
	stringNode
	arrayNode
	objectNode
)

// node is one value of a body; fields keep their order, so that the first fault is named.
type node struct {
	kind   nodeKind
	number string
	names  []string
	items  []node // values of fields, or elements
}

// parse reads exactly one value, refusing what two readers could understand differently.
func parse(body []byte) (node, error) {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return node{}, malformed("byte order mark")
	case !utf8.Valid(body):
		return node{}, malformed("not UTF-8")
	case !surrogatesPair(body):
		return node{}, malformed("half of a surrogate pair")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	tree, err := readNode(d, 0)
	if err != nil {
		return node{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return node{}, malformed("data after the value")
	}
	return tree, nil
}

func readNode(d *json.Decoder, depth int) (node, error) {
	if depth > maxDepth {
		return node{}, malformed("nested too deeply")
	}
	token, err := d.Token()
	if err != nil {
		return node{}, malformed(err.Error())
	}
	switch v := token.(type) {
	case nil:
		return node{kind: nullNode}, nil
	case bool:
		return node{kind: boolNode}, nil
	case json.Number:
		return node{kind: numberNode, number: v.String()}, nil
	case string:
		return node{kind: stringNode}, nil
	case json.Delim:
		if v == '[' {
			return readArray(d, depth)
		}
		return readObject(d, depth)
	}
	return node{}, malformed("unexpected token")
}

func readArray(d *json.Decoder, depth int) (node, error) {
	n := node{kind: arrayNode}
	for d.More() {
		item, err := readNode(d, depth+1)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, item)
	}
	if _, err := d.Token(); err != nil {
		return node{}, malformed(err.Error())
	}
	return n, nil
}

func readObject(d *json.Decoder, depth int) (node, error) {
	n := node{kind: objectNode}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return node{}, malformed(err.Error())
		}
		name, ok := token.(string)
		if !ok {
			return node{}, malformed("a name is not a string")
		}
		if seen[name] {
			return node{}, malformed("the same name twice")
		}
		seen[name] = true
		value, err := readNode(d, depth+1)
		if err != nil {
			return node{}, err
		}
		n.names = append(n.names, name)
		n.items = append(n.items, value)
	}
	if _, err := d.Token(); err != nil {
		return node{}, malformed(err.Error())
	}
	return n, nil
}

// surrogatesPair reports whether every \u escape of half a character has its other half;
// encoding/json would put a replacement character in its place without a word. A backslash
// can only stand inside a string of well-formed JSON.
func surrogatesPair(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		unit, ok := escapedUnit(body, i)
		if !ok {
			continue // another escape, or a broken one, which the decoder refuses
		}
		i += 4
		switch {
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return false
		case unit >= 0xD800 && unit <= 0xDBFF:
			if i+1 >= len(body) || body[i+1] != '\\' {
				return false
			}
			low, ok := escapedUnit(body, i+2)
			if !ok || low < 0xDC00 || low > 0xDFFF {
				return false
			}
			i += 6
		}
	}
	return true
}

// escapedUnit reads uXXXX at i.
func escapedUnit(body []byte, i int) (uint64, bool) {
	if i+5 > len(body) || body[i] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(body[i+1:i+5]), 16, 16)
	return unit, err == nil
}

// fits compares a value with the Go type it is for. null stands for a field that is absent.
func fits(n node, t reflect.Type, path string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.kind == nullNode {
		return nil
	}
	ok := false
	switch t.Kind() {
	case reflect.Bool:
		ok = n.kind == boolNode
	case reflect.String:
		ok = n.kind == stringNode
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n.kind == numberNode {
			_, err := strconv.ParseInt(n.number, 10, t.Bits())
			ok = err == nil
		}
	case reflect.Float64:
		ok = n.kind == numberNode
	case reflect.Slice:
		if n.kind != arrayNode {
			break
		}
		for i, item := range n.items {
			place := fmt.Sprintf("%s[%d]", path, i)
			if item.kind == nullNode {
				return badField(codeWrongType, place)
			}
			if err := fits(item, t.Elem(), place); err != nil {
				return err
			}
		}
		return nil
	case reflect.Struct:
		if n.kind == objectNode {
			return fitsStruct(n, t, path)
		}
	case reflect.Map: // its names are data
		if n.kind != objectNode {
			break
		}
		for i, name := range n.names {
			if err := fits(n.items[i], t.Elem(), path+"."+shorten(name)); err != nil {
				return err
			}
		}
		return nil
	case reflect.Interface: // one value, or a list of them
		ok = n.kind == boolNode || n.kind == stringNode || n.kind == numberNode || n.kind == arrayNode &&
			!slices.ContainsFunc(n.items, func(item node) bool {
				return item.kind == arrayNode || item.kind == objectNode || item.kind == nullNode
			})
	default:
		panic(fmt.Sprintf("a body has a field of %v", t)) // the inputs are ours: a programming error
	}
	if !ok {
		return badField(codeWrongType, path)
	}
	return nil
}

func fitsStruct(n node, t reflect.Type, path string) error {
	known := fieldsOf(t)
	for i, name := range n.names {
		place := name
		if path != "" {
			place = path + "." + name
		}
		field, ok := known[name]
		if !ok {
			return badField(codeUnknownField, shorten(place))
		}
		if err := fits(n.items[i], field, place); err != nil {
			return err
		}
	}
	return nil
}

// fieldsOf are the JSON names of a struct, those of embedded structs among them. A field
// without a name of its own is not part of the API.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	known := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Tag.Get("json") == "" {
			for name, inner := range fieldsOf(f.Type) {
				known[name] = inner
			}
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			known[name] = f.Type
		}
	}
	return known
}

// shorten keeps a name somebody else chose from filling the answer.
func shorten(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}
