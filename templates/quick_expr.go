package templates

import (
	"fmt"
	"reflect"
	"sync"
	"text/template/parse"
	"time"
)

// expr finds a value.
type expr func(r *showing, dot value) (value, error)

// pipe is a pipeline: what each command finds is the last argument of the next.
func (c *compiler) pipe(cmds []*parse.CommandNode) (expr, error) {
	var last expr
	for _, cmd := range cmds {
		e, err := c.command(cmd, last)
		if err != nil {
			return nil, err
		}
		last = e
	}
	if last == nil {
		return nil, errSlow
	}
	return last, nil
}

func (c *compiler) command(cmd *parse.CommandNode, final expr) (expr, error) {
	first := cmd.Args[0]
	args := make([]expr, 0, len(cmd.Args))
	for _, a := range cmd.Args[1:] {
		e, err := c.arg(a)
		if err != nil {
			return nil, err
		}
		args = append(args, e)
	}
	if final != nil {
		args = append(args, final)
	}
	switch n := first.(type) {
	case *parse.IdentifierNode:
		return c.function(n.Ident, args)
	case *parse.FieldNode:
		if len(args) > 0 {
			return method(func(_ *showing, dot value) (value, error) { return dot, nil }, n.Ident, args)
		}
	case *parse.VariableNode:
		if len(args) > 0 {
			slot, err := c.slot(n.Ident[0])
			if err != nil || len(n.Ident) < 2 {
				return nil, errSlow
			}
			return method(func(r *showing, _ value) (value, error) { return r.vars[r.base+slot], nil }, n.Ident[1:], args)
		}
	}
	if len(args) > 0 {
		return nil, errSlow
	}
	return c.arg(first)
}

func (c *compiler) arg(n parse.Node) (expr, error) {
	switch n := n.(type) {
	case *parse.DotNode:
		return func(_ *showing, dot value) (value, error) { return dot, nil }, nil
	case *parse.StringNode:
		v := value{kind: plain, s: n.Text}
		return func(*showing, value) (value, error) { return v, nil }, nil
	case *parse.BoolNode:
		v := value{kind: boolean, yes: n.True}
		return func(*showing, value) (value, error) { return v, nil }, nil
	case *parse.NumberNode:
		if !n.IsInt {
			return nil, errSlow
		}
		v := value{kind: other, v: reflect.ValueOf(int(n.Int64))}
		return func(*showing, value) (value, error) { return v, nil }, nil
	case *parse.FieldNode:
		return follow(func(_ *showing, dot value) (value, error) { return dot, nil }, n.Ident), nil
	case *parse.VariableNode:
		slot, err := c.slot(n.Ident[0])
		if err != nil {
			return nil, err
		}
		return follow(func(r *showing, _ value) (value, error) { return r.vars[r.base+slot], nil }, n.Ident[1:]), nil
	case *parse.IdentifierNode:
		return c.function(n.Ident, nil)
	case *parse.PipeNode:
		if len(n.Decl) > 0 {
			return nil, errSlow
		}
		return c.pipe(n.Cmds)
	}
	return nil, errSlow
}

// follow goes through fields, and methods without arguments.
func follow(from expr, names []string) expr {
	for _, name := range names {
		before, last := from, new(access)
		from = func(r *showing, dot value) (value, error) {
			v, err := before(r, dot)
			if err != nil {
				return v, err
			}
			return last.get(v, name)
		}
	}
	return from
}

// method is the last of names called with arguments.
func method(from expr, names []string, args []expr) (expr, error) {
	owner, name := follow(from, names[:len(names)-1]), names[len(names)-1]
	return func(r *showing, dot value) (value, error) {
		v, err := owner(r, dot)
		if err != nil || v.kind != other {
			return v, errSlow
		}
		m := v.v.MethodByName(name)
		if !m.IsValid() {
			return v, errSlow // it may be one of the pointer's
		}
		return call(m, args, r, dot)
	}, nil
}

// access remembers where a name was found in the type met last.
type access struct {
	mu    sync.RWMutex
	found place
}

type place struct {
	t      reflect.Type
	field  []int
	method int // -1: it is a field
}

func (a *access) get(x value, name string) (value, error) {
	if x.kind != other {
		return value{}, errSlow
	}
	v := x.v
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return value{}, errSlow
		}
		v = v.Elem()
	}
	t := v.Type()
	a.mu.RLock()
	at := a.found
	a.mu.RUnlock()
	if at.t != t {
		var err error
		if at, err = find(t, name); err != nil {
			return value{}, err
		}
		a.mu.Lock()
		a.found = at
		a.mu.Unlock()
	}
	switch {
	case at.method >= 0:
		out := v.Method(at.method).Call(nil)
		if len(out) != 1 {
			return value{}, errSlow
		}
		return valueOf(out[0])
	case len(at.field) == 1:
		return valueOf(v.Field(at.field[0]))
	}
	f, err := v.FieldByIndexErr(at.field)
	if err != nil {
		return value{}, errSlow
	}
	return valueOf(f)
}

// find looks a name up as text/template does: methods first. Those of pointers alone are left
// to it.
func find(t reflect.Type, name string) (place, error) {
	if t.Kind() != reflect.Struct {
		return place{}, errSlow
	}
	if m, ok := t.MethodByName(name); ok {
		if m.Type.NumIn() != 1 {
			return place{}, errSlow
		}
		return place{t: t, method: m.Index}, nil
	}
	if _, ok := reflect.PointerTo(t).MethodByName(name); ok {
		return place{}, errSlow
	}
	f, ok := t.FieldByName(name)
	if !ok || !f.IsExported() {
		return place{}, errSlow
	}
	return place{t: t, field: f.Index, method: -1}, nil
}

// function is one of the catalogue's or of text/template's own.
func (c *compiler) function(name string, args []expr) (expr, error) {
	fn, ok := c.funcs[name]
	if !ok {
		return builtin(name, args)
	}
	switch fn := fn.(type) {
	case func(string) string:
		if len(args) == 1 {
			return func(r *showing, dot value) (value, error) {
				v, err := args[0](r, dot)
				if err != nil || v.kind != plain {
					return v, errSlow
				}
				return value{kind: plain, s: fn(v.s)}, nil
			}, nil
		}
	case func(time.Time) string:
		if len(args) == 1 {
			return func(r *showing, dot value) (value, error) {
				v, err := args[0](r, dot)
				if err != nil {
					return v, err
				}
				at, ok := timeIn(v)
				if !ok {
					return v, errSlow
				}
				return value{kind: plain, s: fn(at)}, nil
			}, nil
		}
	case func() string:
		if len(args) == 0 {
			return func(*showing, value) (value, error) { return value{kind: plain, s: fn()}, nil }, nil
		}
	}
	f := reflect.ValueOf(fn)
	return func(r *showing, dot value) (value, error) { return call(f, args, r, dot) }, nil
}

func timeIn(x value) (time.Time, bool) {
	if x.kind != other {
		return time.Time{}, false
	}
	v := x.v
	if v.Kind() == reflect.Struct && v.CanAddr() { // so that it is not copied into an interface
		v = v.Addr()
	}
	switch at := v.Interface().(type) {
	case time.Time:
		return at, true
	case *time.Time:
		if at != nil {
			return *at, true
		}
	}
	return time.Time{}, false
}

// call calls a function with arguments of its types.
func call(f reflect.Value, args []expr, r *showing, dot value) (value, error) {
	t := f.Type()
	if n := t.NumIn(); len(args) < n-1 || !t.IsVariadic() && len(args) != n {
		return value{}, errSlow
	}
	in := make([]reflect.Value, len(args))
	for i, a := range args {
		x, err := a(r, dot)
		if err != nil {
			return x, err
		}
		want := t.In(min(i, t.NumIn()-1))
		if t.IsVariadic() && i >= t.NumIn()-1 {
			want = want.Elem()
		}
		if in[i], err = fitting(x, want); err != nil {
			return x, err
		}
	}
	out := f.Call(in)
	if len(out) == 2 && !out[1].IsNil() {
		return value{}, errSlow
	}
	return valueOf(out[0])
}

func fitting(x value, want reflect.Type) (reflect.Value, error) {
	if x.kind == nothing {
		return reflect.Value{}, errSlow
	}
	v := x.v
	if x.kind != other {
		v = reflect.ValueOf(x.any())
	}
	switch {
	case v.Type().AssignableTo(want):
		return v, nil
	case v.Kind() == reflect.Pointer && !v.IsNil() && v.Type().Elem().AssignableTo(want):
		return v.Elem(), nil
	}
	return v, errSlow
}

func builtin(name string, args []expr) (expr, error) {
	switch {
	case name == "not" && len(args) == 1:
		return func(r *showing, dot value) (value, error) {
			v, err := args[0](r, dot)
			return value{kind: boolean, yes: !v.truth()}, err
		}, nil
	case (name == "and" || name == "or") && len(args) > 0:
		return func(r *showing, dot value) (v value, err error) {
			for _, a := range args {
				if v, err = a(r, dot); err != nil || v.truth() == (name == "or") {
					return v, err
				}
			}
			return v, nil
		}, nil
	case name == "eq" && len(args) > 1, name == "ne" && len(args) == 2:
		return func(r *showing, dot value) (value, error) {
			first, err := args[0](r, dot)
			if err != nil {
				return first, err
			}
			for _, a := range args[1:] {
				x, err := a(r, dot)
				if err != nil {
					return x, err
				}
				same, err := equal(first, x)
				if err != nil || same {
					return value{kind: boolean, yes: name == "eq"}, err
				}
			}
			return value{kind: boolean, yes: name != "eq"}, nil
		}, nil
	case name == "len" && len(args) == 1:
		return func(r *showing, dot value) (value, error) {
			v, err := args[0](r, dot)
			if err != nil || v.kind != other || v.v.Kind() != reflect.Slice {
				return v, errSlow
			}
			return value{kind: other, v: reflect.ValueOf(v.v.Len())}, nil
		}, nil
	case name == "print":
		return func(r *showing, dot value) (value, error) {
			list := make([]any, len(args))
			for i, a := range args {
				v, err := a(r, dot)
				if err != nil {
					return v, err
				}
				list[i] = v.any()
			}
			return value{kind: plain, s: fmt.Sprint(list...)}, nil
		}, nil
	case name == "gt" && len(args) == 2:
		return func(r *showing, dot value) (value, error) {
			a, err := args[0](r, dot)
			if err != nil {
				return a, err
			}
			b, err := args[1](r, dot)
			if err != nil || !a.whole() || !b.whole() {
				return b, errSlow
			}
			return value{kind: boolean, yes: a.v.Int() > b.v.Int()}, nil
		}, nil
	}
	return nil, errSlow
}

func (x value) whole() bool { return x.kind == other && x.v.CanInt() }

// equal compares texts with texts, numbers with numbers.
func equal(a, b value) (bool, error) {
	as, aText := a.word()
	bs, bText := b.word()
	switch {
	case aText && bText:
		return as == bs, nil
	case a.kind == boolean && b.kind == boolean:
		return a.yes == b.yes, nil
	case a.whole() && b.whole():
		return a.v.Int() == b.v.Int(), nil
	}
	return false, errSlow
}

func (x value) word() (string, bool) {
	switch {
	case x.kind == plain || x.kind == markup:
		return x.s, true
	case x.kind == other && x.v.Kind() == reflect.String:
		return x.v.String(), true
	}
	return "", false
}
