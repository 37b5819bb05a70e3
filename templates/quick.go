package templates

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"text/template/parse"
)

// html/template finds every field by its name and calls every function by reflection, each
// time anew, which was two thirds of a page's time. What it has escaped and fold has written
// out is therefore turned into steps once. The escaping itself stays what html/template has
// decided: its tree names the escapers, and a step does what the named ones do. A page with
// anything these steps do not know is left to html/template as a whole, at the start or
// while it is shown; so is one that fails, for the sake of its message.
type quick struct {
	set    *template.Template
	funcs  template.FuncMap
	rows   func(*bytes.Buffer, *Table) error // writes those of a table into the page, without a copy of them
	stages []string                          // escaped templates whose place copies for another context take
	done   map[string]*program
}

// program is a template as steps. vars is how many variables it has, with $.
type program struct {
	steps []step
	vars  int
}

type step func(r *showing, dot value) error

// showing is one page on its way.
type showing struct {
	*bytes.Buffer
	vars []value
	base int // of the variables of the template under way
}

// errSlow leaves a page to html/template.
var errSlow = errors.New("html/template has to show this")

// stageNames are templates that stand in for the copies html/template makes of a partial for
// another context, which it does not give out.
func stageNames() []string {
	names := make([]string, 24)
	for i := range names {
		names[i] = "quick-stage-" + strconv.Itoa(i)
	}
	return names
}

// compile gives the pages that can be shown by steps.
func compile(set *template.Template, funcs template.FuncMap, rows func(*bytes.Buffer, *Table) error, pages []string) map[string]*program {
	q := &quick{set: set, funcs: funcs, rows: rows, stages: stageNames(), done: map[string]*program{}}
	programs := map[string]*program{}
	for _, name := range pages {
		if p, err := q.program(name); err == nil {
			programs[name] = p
		}
	}
	return programs
}

// run shows a page by its steps; false when html/template has to.
func (p *program) run(buf *bytes.Buffer, data any) (whole bool) {
	defer func() {
		if recover() != nil { // html/template makes an error of it, with the place
			whole = false
		}
	}()
	dot, err := valueOf(reflect.ValueOf(data))
	if err != nil {
		return false
	}
	r := &showing{Buffer: buf, vars: make([]value, 0, 32)}
	return p.show(r, dot) == nil
}

func (p *program) show(r *showing, dot value) error {
	old := r.base
	r.base = len(r.vars)
	for range p.vars {
		r.vars = append(r.vars, value{})
	}
	r.vars[r.base] = dot
	err := walk(p.steps, r, dot)
	r.vars = r.vars[:r.base]
	r.base = old
	return err
}

func walk(steps []step, r *showing, dot value) error {
	for _, s := range steps {
		if err := s(r, dot); err != nil {
			return err
		}
	}
	return nil
}

// compiler is at work on one template.
type compiler struct {
	*quick
	names []string // variables in sight, by their place
	slots []int
	most  int
}

func (q *quick) program(name string) (*program, error) {
	if p, ok := q.done[name]; ok {
		if p == nil {
			return nil, errSlow
		}
		return p, nil
	}
	t := q.set.Lookup(name)
	if t == nil || t.Tree == nil {
		return q.staged(name)
	}
	p := new(program) // known from here on to templates that call themselves
	q.done[name] = p
	c := &compiler{quick: q, names: []string{"$"}, slots: []int{0}, most: 1}
	steps, err := c.list(t.Tree.Root)
	if err != nil {
		q.done[name] = nil
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.steps, p.vars = steps, c.most
	return p, nil
}

// staged is a copy of a partial for another context: it is shown by html/template in the
// place of an empty template.
func (q *quick) staged(name string) (*program, error) {
	if !strings.Contains(name, "$htmltemplate_") || len(q.stages) == 0 {
		return nil, fmt.Errorf("%s: %w", name, errSlow)
	}
	stage := q.set.Lookup(q.stages[0])
	if stage == nil || stage.Tree == nil {
		return nil, fmt.Errorf("%s: %w", name, errSlow)
	}
	q.stages = q.stages[1:]
	dot := &parse.PipeNode{NodeType: parse.NodePipe, Cmds: []*parse.CommandNode{{NodeType: parse.NodeCommand, Args: []parse.Node{&parse.DotNode{NodeType: parse.NodeDot}}}}}
	stage.Tree.Root = &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{&parse.TemplateNode{NodeType: parse.NodeTemplate, Name: name, Pipe: dot}}}
	p := &program{vars: 1, steps: []step{func(r *showing, dot value) error {
		if err := stage.Execute(r.Buffer, dot.any()); err != nil {
			return errSlow
		}
		return nil
	}}}
	q.done[name] = p
	return p, nil
}

func (c *compiler) declare(name string) int {
	c.names, c.slots = append(c.names, name), append(c.slots, c.most)
	c.most++
	return c.most - 1
}

func (c *compiler) slot(name string) (int, error) {
	for i := len(c.names) - 1; i >= 0; i-- {
		if c.names[i] == name {
			return c.slots[i], nil
		}
	}
	return 0, errSlow
}

// scope forgets the variables declared since.
func (c *compiler) scope() func() {
	n := len(c.names)
	return func() { c.names, c.slots = c.names[:n], c.slots[:n] }
}

func (c *compiler) list(l *parse.ListNode) ([]step, error) {
	if l == nil {
		return nil, nil
	}
	defer c.scope()()
	steps := make([]step, 0, len(l.Nodes))
	for _, n := range l.Nodes {
		s, err := c.node(n)
		if err != nil {
			return nil, err
		}
		if s != nil {
			steps = append(steps, s)
		}
	}
	return steps, nil
}

func (c *compiler) node(n parse.Node) (step, error) {
	switch n := n.(type) {
	case *parse.TextNode:
		text := n.Text
		return func(r *showing, _ value) error {
			r.Write(text)
			return nil
		}, nil
	case *parse.CommentNode:
		return nil, nil
	case *parse.ActionNode:
		return c.action(n)
	case *parse.TemplateNode:
		return c.call(n)
	case *parse.IfNode:
		return c.branch(&n.BranchNode, false)
	case *parse.WithNode:
		return c.branch(&n.BranchNode, true)
	case *parse.RangeNode:
		return c.loop(n)
	}
	return nil, errSlow
}

func (c *compiler) action(n *parse.ActionNode) (step, error) {
	if len(n.Pipe.Decl) > 0 {
		e, err := c.pipe(n.Pipe.Cmds)
		if err != nil || len(n.Pipe.Decl) != 1 {
			return nil, errSlow
		}
		name := n.Pipe.Decl[0].Ident[0]
		var slot int
		if n.Pipe.IsAssign {
			if slot, err = c.slot(name); err != nil {
				return nil, err
			}
		} else {
			slot = c.declare(name)
		}
		return func(r *showing, dot value) error {
			v, err := e(r, dot)
			r.vars[r.base+slot] = v
			return err
		}, nil
	}
	cmds, names := escapersOf(n.Pipe.Cmds)
	escape := escaperOf(names)
	if escape == nil {
		return nil, errSlow
	}
	if s, err := c.table(cmds, names); s != nil || err != nil {
		return s, err
	}
	e, err := c.pipe(cmds)
	if err != nil {
		return nil, err
	}
	return func(r *showing, dot value) error {
		v, err := e(r, dot)
		if err != nil {
			return err
		}
		return escape(r.Buffer, v)
	}, nil
}

// table is {{rows TABLE}} between tags, or nothing: in any other place the rows are text, not markup.
func (c *compiler) table(cmds []*parse.CommandNode, names string) (step, error) {
	if c.rows == nil || len(cmds) != 1 || len(cmds[0].Args) != 2 {
		return nil, nil
	}
	if id, ok := cmds[0].Args[0].(*parse.IdentifierNode); !ok || id.Ident != "rows" {
		return nil, nil
	}
	if names != betweenTags {
		return nil, errSlow
	}
	e, err := c.arg(cmds[0].Args[1])
	if err != nil {
		return nil, err
	}
	return func(r *showing, dot value) error {
		v, err := e(r, dot)
		if err != nil || v.kind != other {
			return errSlow
		}
		t, ok := v.v.Interface().(Table)
		if !ok {
			return errSlow
		}
		return c.rows(r.Buffer, &t)
	}, nil
}

func (c *compiler) call(n *parse.TemplateNode) (step, error) {
	p, err := c.program(n.Name)
	if err != nil {
		return nil, err
	}
	if n.Pipe == nil {
		return func(r *showing, _ value) error { return p.show(r, value{}) }, nil
	}
	e, err := c.pipe(n.Pipe.Cmds)
	if err != nil || len(n.Pipe.Decl) > 0 {
		return nil, errSlow
	}
	return func(r *showing, dot value) error {
		v, err := e(r, dot)
		if err != nil {
			return err
		}
		return p.show(r, v)
	}, nil
}

// both are the steps of a branch and of its else.
func (c *compiler) both(n *parse.BranchNode) (steps, otherwise []step, err error) {
	if steps, err = c.list(n.List); err != nil {
		return nil, nil, err
	}
	otherwise, err = c.list(n.ElseList)
	return steps, otherwise, err
}

func (c *compiler) branch(n *parse.BranchNode, with bool) (step, error) {
	defer c.scope()()
	e, err := c.pipe(n.Pipe.Cmds)
	if err != nil || len(n.Pipe.Decl) > 1 {
		return nil, errSlow
	}
	slot := -1
	if len(n.Pipe.Decl) == 1 {
		if n.Pipe.IsAssign {
			return nil, errSlow
		}
		slot = c.declare(n.Pipe.Decl[0].Ident[0])
	}
	yes, no, err := c.both(n)
	if err != nil {
		return nil, err
	}
	return func(r *showing, dot value) error {
		v, err := e(r, dot)
		if err != nil {
			return err
		}
		if slot >= 0 {
			r.vars[r.base+slot] = v
		}
		steps := no
		if v.truth() {
			steps = yes
			if with {
				dot = v
			}
		}
		return walk(steps, r, dot)
	}, nil
}

func (c *compiler) loop(n *parse.RangeNode) (step, error) {
	defer c.scope()()
	e, err := c.pipe(n.Pipe.Cmds)
	if err != nil || len(n.Pipe.Decl) > 2 || n.Pipe.IsAssign {
		return nil, errSlow
	}
	index, element := -1, -1
	switch len(n.Pipe.Decl) {
	case 1:
		element = c.declare(n.Pipe.Decl[0].Ident[0])
	case 2:
		index, element = c.declare(n.Pipe.Decl[0].Ident[0]), c.declare(n.Pipe.Decl[1].Ident[0])
	}
	body, none, err := c.both(&n.BranchNode)
	if err != nil {
		return nil, err
	}
	return func(r *showing, dot value) error {
		v, err := e(r, dot)
		if err != nil {
			return err
		}
		if v.kind == nothing {
			return walk(none, r, dot)
		}
		list := v.v
		if v.kind != other || list.Kind() != reflect.Slice {
			return errSlow
		}
		if list.Len() == 0 {
			return walk(none, r, dot)
		}
		for i := range list.Len() {
			x, err := valueOf(list.Index(i))
			if err != nil {
				return err
			}
			if element >= 0 {
				r.vars[r.base+element] = x
			}
			if index >= 0 {
				r.vars[r.base+index] = value{kind: other, v: reflect.ValueOf(i)}
			}
			if err := walk(body, r, x); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
