package models

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Kind says what sort of failure an Error is. Handlers translate it to a status;
// nothing else may.
type Kind string

// The kinds of failure. Anything that is not an *Error is internal.
const (
	Invalid         Kind = "invalid"         // the input breaks a rule or a limit
	Malformed       Kind = "malformed"       // the input cannot be read at all
	Unauthenticated Kind = "unauthenticated" // nobody is signed in, or no longer
	Forbidden       Kind = "forbidden"       // the record may be seen, the action not done
	NotFound        Kind = "not_found"       // not there, or not to be seen by the caller
	Conflict        Kind = "conflict"        // not in this state, or not from this version
	Gone            Kind = "gone"            // it was there; what is known of it stays
	TooLarge        Kind = "too_large"
	TooMany         Kind = "too_many"
	Unavailable     Kind = "unavailable" // try again; nothing was done
)

// FieldError is one message about one field of the input. Code is a catalogue key under
// "field."; Args fill its placeholders.
type FieldError struct {
	Field string
	Code  string
	Args  map[string]any
}

// Error is every failure a person or a client is told about. Code is stable: it is the
// API's code and a key of the catalogue under "error.".
type Error struct {
	Kind   Kind
	Code   string
	Args   map[string]any // fill the sentence and help to act: available_at, allowed_actions, …
	Fields []FieldError
	Err    error // the cause, for the log only
}

func (e *Error) Error() string {
	s := string(e.Kind) + ": " + e.Code
	for _, f := range e.Fields {
		s += fmt.Sprintf(" %s=%s", f.Field, f.Code)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// With returns a copy of e that carries one more argument.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Args = maps.Clone(e.Args)
	if c.Args == nil {
		c.Args = map[string]any{}
	}
	c.Args[name] = value
	return &c
}

// KindOf returns the kind of err, or "" when it is not one of ours.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// CodeOf returns the stable code of err, or "" when it is not one of ours.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func notFound() *Error  { return &Error{Kind: NotFound, Code: "not_found"} }
func forbidden() *Error { return &Error{Kind: Forbidden, Code: "forbidden"} }
func removed(at Instant) *Error {
	return (&Error{Kind: Gone, Code: "file_removed"}).With("removed_at", at)
}
func invalid(code string) *Error { return &Error{Kind: Invalid, Code: code} }
func stale(current int64) *Error {
	return (&Error{Kind: Conflict, Code: "stale_version"}).With("current_version", current)
}

func notAllowedNow(allowed []Action) *Error { return onlyAllowed(allowed) }

// onlyAllowed names what may be done instead of what was asked.
func onlyAllowed[A ~string](allowed []A) *Error {
	return (&Error{Kind: Conflict, Code: "not_allowed_now"}).With("allowed_actions", names(allowed))
}

func names[A ~string](list []A) []string {
	out := make([]string, 0, len(list))
	for _, a := range list {
		out = append(out, string(a))
	}
	return out
}

// fieldErrors collects the messages of all fields, so that a person sees them at once.
type fieldErrors []FieldError

func (f *fieldErrors) add(field, code string, args ...any) {
	if slices.ContainsFunc(*f, func(e FieldError) bool { return e.Field == field }) {
		return // the first message about a field is the one to act on
	}
	e := FieldError{Field: field, Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if e.Args == nil {
			e.Args = map[string]any{}
		}
		e.Args[args[i].(string)] = args[i+1]
	}
	*f = append(*f, e)
}

func (f fieldErrors) err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Code: "invalid_fields", Fields: f}
}
