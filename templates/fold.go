package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"text/template/parse"
)

// Most of a page's frame is the same every time in one language: words, addresses of our own,
// icons. Walking to each by reflection and escaping it anew took more than half of the time
// of a page. So once html/template has escaped a page, what hangs on nothing but the language
// is written out by the page's own steps, escapers among them, and kept as text.

// sameAlways are the functions whose answer hangs on their arguments and the language alone.
var sameAlways = []string{"t", "plural", "pattern", "label", "lang", "url", "asset", "zone", "dot", "print", "eq", "ne", "not", "and", "or"}

type folder struct {
	set   *template.Template
	stage *template.Template // an escaped template, in whose place single steps are run
	seen  map[string]bool
	pure  map[string]bool
}

// fold escapes the pages of a set and folds them, with all partials they reach. Partials
// that no page reaches stay as they are, since folding must come after escaping. A page that
// html/template cannot escape is an error.
func fold(set *template.Template, pages []string) error {
	// All of them are escaped in one go, by a template that reaches each and shows none:
	// html/template looks through everything it has ever escaped whenever it is asked anew.
	var reach strings.Builder
	reach.WriteString("{{if .}}")
	for _, name := range pages {
		fmt.Fprintf(&reach, "{{template %q .}}", name)
	}
	reach.WriteString("{{end}}")
	stage, err := set.New("every page").Parse(reach.String())
	if err != nil {
		return err
	}
	if err := stage.Execute(io.Discard, nil); err != nil {
		return fmt.Errorf("escape: %w", err)
	}
	f := folder{set: set, stage: stage, seen: map[string]bool{}, pure: map[string]bool{}}
	for _, name := range pages {
		f.template(name)
	}
	return nil
}

func (f *folder) template(name string) {
	t := f.set.Lookup(name) // nil for a copy html/template made for another context; those stay
	if f.seen[name] || t == nil || t.Tree == nil {
		return
	}
	f.seen[name] = true
	f.list(t.Tree.Root)
}

func (f *folder) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	var out []parse.Node
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if constant(n.Pipe, false) {
				out = f.written(out, n)
				continue
			}
		case *parse.TemplateNode:
			f.template(n.Name)
			if constant(n.Pipe, false) && f.isPure(n.Name) {
				out = f.written(out, n)
				continue
			}
		case *parse.IfNode:
			f.branch(&n.BranchNode)
		case *parse.WithNode:
			f.branch(&n.BranchNode)
		case *parse.RangeNode:
			f.branch(&n.BranchNode)
		}
		out = joined(out, n)
	}
	l.Nodes = out
}

func (f *folder) branch(b *parse.BranchNode) {
	f.list(b.List)
	f.list(b.ElseList)
}

// written adds what a step writes, or the step itself where it fails.
func (f *folder) written(out []parse.Node, n parse.Node) []parse.Node {
	whole := f.stage.Tree.Root
	defer func() { f.stage.Tree.Root = whole }()
	f.stage.Tree.Root = &parse.ListNode{NodeType: parse.NodeList, Pos: n.Position(), Nodes: []parse.Node{n}}
	var b bytes.Buffer
	if err := f.stage.Execute(&b, nil); err != nil {
		return append(out, n)
	}
	return joined(out, &parse.TextNode{NodeType: parse.NodeText, Pos: n.Position(), Text: b.Bytes()})
}

// joined adds a step; texts that follow each other become one.
func joined(out []parse.Node, n parse.Node) []parse.Node {
	text, ok := n.(*parse.TextNode)
	if !ok || len(out) == 0 {
		return append(out, n)
	}
	last, ok := out[len(out)-1].(*parse.TextNode)
	if !ok {
		return append(out, n)
	}
	out[len(out)-1] = &parse.TextNode{NodeType: parse.NodeText, Pos: last.Pos, Text: slices.Concat(last.Text, text.Text)}
	return out
}

// isPure tells whether a partial's text hangs on its argument and the language alone.
func (f *folder) isPure(name string) bool {
	if p, ok := f.pure[name]; ok {
		return p
	}
	f.pure[name] = false // while it is found out, for partials that call themselves
	t := f.set.Lookup(name)
	f.pure[name] = t != nil && t.Tree != nil && f.pureList(t.Tree.Root)
	return f.pure[name]
}

func (f *folder) pureList(l *parse.ListNode) bool {
	if l == nil {
		return true
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode, *parse.CommentNode:
		case *parse.ActionNode:
			if !constant(n.Pipe, true) {
				return false
			}
		case *parse.TemplateNode:
			if !constant(n.Pipe, true) || !f.isPure(n.Name) {
				return false
			}
		case *parse.IfNode:
			if !constant(n.Pipe, true) || !f.pureList(n.List) || !f.pureList(n.ElseList) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// constant tells whether a pipeline has nothing but literals and functions that are always
// the same; with dot also the template's argument.
func constant(p *parse.PipeNode, dot bool) bool {
	if p == nil || len(p.Decl) > 0 || len(p.Cmds) == 0 {
		return false
	}
	for _, c := range p.Cmds {
		for _, a := range c.Args {
			switch a := a.(type) {
			case *parse.StringNode, *parse.NumberNode, *parse.BoolNode:
			case *parse.DotNode:
				if !dot {
					return false
				}
			case *parse.PipeNode:
				if !constant(a, dot) {
					return false
				}
			case *parse.IdentifierNode:
				if !strings.HasPrefix(a.Ident, "_html_template_") && !slices.Contains(sameAlways, a.Ident) {
					return false
				}
			default:
				return false
			}
		}
	}
	return true
}
