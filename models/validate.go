package models

import (
	"errors"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"
	"golang.org/x/text/unicode/norm"

	"hosho/models/calendar"
	"hosho/models/money"
)

// inputs checks the limits that stand on input structs as validate tags. Beside validator's
// own there are:
//
//	key      an opaque id or number: 1–128 bytes, no space at the ends, no control character
//	visible  a text with at least one visible character
//	clean    no control characters but tab and line ends, no bidi overrides
//	instant  RFC 3339 with a zone
//	date     YYYY-MM-DD
//	currency an ISO 4217 code with a known number of decimals
//	code     [a-z0-9_]{1,64}
var inputs = newInputs()

func isDate(s string) bool {
	d, err := calendar.ParseDate(s)
	return err == nil && d.Year >= firstYear && d.Year <= lastYear
}

func newInputs() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	for tag, ok := range map[string]func(string) bool{
		"key":      isKey,
		"visible":  isVisible,
		"clean":    isClean,
		"instant":  func(s string) bool { _, err := ParseInstant(s); return err == nil },
		"date":     isDate,
		"currency": money.Known,
		"code":     isCode,
	} {
		if err := v.RegisterValidation(tag, func(f validator.FieldLevel) bool { return ok(f.Field().String()) }); err != nil {
			panic(err) // a tag name that cannot be registered is a programming error
		}
	}
	return v
}

func isKey(s string) bool {
	return s != "" && len(s) <= 128 && strings.TrimSpace(s) == s && isClean(s) && !strings.ContainsAny(s, "\r\n\t")
}

// Visible tells whether a text has at least one visible character, as required texts must.
func Visible(s string) bool { return isVisible(s) }

func isVisible(s string) bool {
	for _, r := range s {
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) && !isInvisible(r) {
			return true
		}
	}
	return false
}

// isInvisible names the graphic characters that show nothing: Hangul fillers, braille blank.
func isInvisible(r rune) bool {
	return r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0 || r == 0x2800
}

func isClean(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
		case unicode.IsControl(r):
			return false
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // bidi overrides and isolates
			return false
		}
	}
	return true
}

func isCode(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// check returns an Invalid error that names every field of the input that breaks a limit.
func check(in any) error {
	var f fieldErrors
	f.check(in)
	return f.err()
}

func (f *fieldErrors) check(in any) {
	err := inputs.Struct(in)
	var all validator.ValidationErrors
	if !errors.As(err, &all) {
		if err != nil {
			panic(err) // not a struct: a programming error
		}
		return
	}
	for _, e := range all {
		_, path, _ := strings.Cut(e.Namespace(), ".")
		code, args := fieldCode(e)
		f.add(path, code, args...)
	}
}

func fieldCode(e validator.FieldError) (string, []any) {
	isText := e.Kind() == reflect.String
	switch e.Tag() {
	case "required", "required_if", "required_without":
		return "required", nil
	case "max", "lte":
		if isText {
			return "too_long", []any{"max", e.Param(), "now", utf8.RuneCountInString(e.Value().(string))}
		}
		if e.Kind() == reflect.Slice {
			return "too_many", []any{"max", e.Param()}
		}
		return "out_of_range", nil
	case "min", "gte", "gt", "lt":
		if isText || e.Kind() == reflect.Slice {
			return "required", nil
		}
		return "out_of_range", nil
	case "oneof":
		return "unknown_value", nil
	case "email":
		return "not_an_email", nil
	case "instant":
		return "bad_instant", nil
	case "date":
		return "bad_date", nil
	case "currency":
		return "bad_currency", nil
	case "visible":
		return "required", nil
	case "clean":
		return "not_visible_text", nil
	case "unique":
		return "duplicate", nil
	}
	return "unknown_value", nil
}

// normalEmail is the one form of an address: trimmed, NFC, lower case. It is the key that
// makes a person the buyer of an order.
func normalEmail(s string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(s))) }

// text is how words are kept: NFC, line ends as \n, no space at the ends.
func text(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(norm.NFC.String(s), "\r\n", "\n"))
}
