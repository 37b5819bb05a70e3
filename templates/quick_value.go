package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"text/template/parse"
)

// value is what a step has found: most are texts, which need no reflection.
type value struct {
	kind valueKind
	yes  bool
	s    string
	v    reflect.Value
}

type valueKind uint8

const (
	nothing valueKind = iota // also nil in an interface
	plain                    // of type string
	markup                   // template.HTML: written as it is
	boolean
	other
)

//nolint:forbidigo // the types html/template declares safe, to be met and not to be made
var (
	stringType   = reflect.TypeFor[string]()
	htmlType     = reflect.TypeFor[template.HTML]()
	boolType     = reflect.TypeFor[bool]()
	trustedTypes = []reflect.Type{ // of html/template; how they are written hangs on where
		reflect.TypeFor[template.CSS](), reflect.TypeFor[template.HTMLAttr](), reflect.TypeFor[template.JS](), reflect.TypeFor[template.JSStr](),
		reflect.TypeFor[template.URL](), reflect.TypeFor[template.Srcset](),
	}
)

// valueOf is the value in a field, without the interface around it.
func valueOf(v reflect.Value) (value, error) {
	for v.Kind() == reflect.Interface {
		if v.IsNil() {
			return value{}, nil
		}
		v = v.Elem()
	}
	switch v.Kind() { //nolint:exhaustive // the rest is kept as it is
	case reflect.Invalid:
		return value{}, nil
	case reflect.String:
		switch t := v.Type(); t {
		case stringType:
			return value{kind: plain, s: v.String()}, nil
		case htmlType:
			return value{kind: markup, s: v.String()}, nil
		default:
			for _, trusted := range trustedTypes {
				if t == trusted {
					return value{}, errSlow
				}
			}
		}
	case reflect.Bool:
		if v.Type() == boolType {
			return value{kind: boolean, yes: v.Bool()}, nil
		}
	}
	return value{kind: other, v: v}, nil
}

// any is the value as Go has it.
//
//nolint:forbidigo // what was HTML stays HTML
func (x value) any() any {
	switch x.kind {
	case nothing:
		return nil
	case plain:
		return x.s
	case markup:
		return template.HTML(x.s) //nolint:gosec // it was HTML before
	case boolean:
		return x.yes
	case other:
	}
	return x.v.Interface()
}

// truth is that of text/template: nothing empty is true, and every struct is.
func (x value) truth() bool {
	switch x.kind {
	case nothing:
		return false
	case plain, markup:
		return x.s != ""
	case boolean:
		return x.yes
	case other:
	}
	switch x.v.Kind() { //nolint:exhaustive // the rest is asked as text/template asks
	case reflect.Struct:
		return true
	case reflect.Slice:
		return x.v.Len() > 0
	case reflect.Pointer:
		return !x.v.IsNil()
	case reflect.Int, reflect.Int64:
		return x.v.Int() != 0
	}
	yes, _ := template.IsTrue(x.v.Interface())
	return yes
}

// text is the value as html/template prints it before it escapes it.
func (x value) text() (string, error) {
	switch x.kind {
	case plain:
		return x.s, nil
	case boolean:
		return strconv.FormatBool(x.yes), nil
	case nothing, markup:
		return "", errSlow
	case other:
	}
	if x.v.Type().NumMethod() == 0 {
		switch x.v.Kind() { //nolint:exhaustive // the rest is printed by fmt
		case reflect.String:
			return x.v.String(), nil
		case reflect.Int, reflect.Int64, reflect.Int32:
			return strconv.FormatInt(x.v.Int(), 10), nil
		case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Struct:
			return "", errSlow
		}
	}
	if x.v.Kind() == reflect.Pointer {
		return "", errSlow
	}
	return fmt.Sprint(x.v.Interface()), nil
}

// escaper writes a value for its place.
type escaper func(b *bytes.Buffer, x value) error

// betweenTags is the one escaper of html/template that leaves markup as it is.
const betweenTags = "htmlescaper "

// escapersOf takes the escapers off the end of a pipeline and gives their names, each with a space after it.
func escapersOf(cmds []*parse.CommandNode) (rest []*parse.CommandNode, names string) {
	for len(cmds) > 1 {
		id, ok := cmds[len(cmds)-1].Args[0].(*parse.IdentifierNode)
		if !ok || !strings.HasPrefix(id.Ident, "_html_template_") || len(cmds[len(cmds)-1].Args) != 1 {
			break
		}
		names = strings.TrimPrefix(id.Ident, "_html_template_") + " " + names
		cmds = cmds[:len(cmds)-1]
	}
	return cmds, names
}

// escaperOf is what the escapers of these names do together; nil where that is not known.
func escaperOf(names string) escaper {
	switch names {
	case betweenTags:
		return func(b *bytes.Buffer, x value) error {
			if x.kind == markup {
				b.WriteString(x.s)
				return nil
			}
			return escaped(b, x)
		}
	case "attrescaper ", "rcdataescaper ":
		return escaped
	case "urlfilter urlnormalizer attrescaper ":
		return func(b *bytes.Buffer, x value) error {
			s, err := x.text()
			if err == nil {
				b.Write(appendHref(b.AvailableBuffer(), s))
			}
			return err
		}
	case "urlnormalizer attrescaper ":
		return func(b *bytes.Buffer, x value) error {
			s, err := x.text()
			if err == nil {
				b.Write(appendAddress(b.AvailableBuffer(), s))
			}
			return err
		}
	case "urlescaper attrescaper ":
		return func(b *bytes.Buffer, x value) error {
			s, err := x.text()
			for i := 0; err == nil && i < len(s); i++ {
				if plainInQuery[s[i]] {
					b.WriteByte(s[i])
				} else {
					fmt.Fprintf(b, "%%%02x", s[i])
				}
			}
			return err
		}
	}
	return nil
}

// escaped writes a text between tags or into a quoted attribute.
func escaped(b *bytes.Buffer, x value) error {
	s, err := x.text()
	if err != nil {
		return err
	}
	b.Write(appendText(b.AvailableBuffer(), s))
	return nil
}

// plainInQuery are the bytes that stand in a part of an address as they are.
var plainInQuery = func() (is [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~") {
		is[c] = true
	}
	return is
}()
