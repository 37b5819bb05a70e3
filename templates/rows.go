package templates

import (
	"bytes"
	"html/template"
	"strconv"
	"strings"
	"time"
)

// The rows of tables are written here and not by html/template, which takes three
// milliseconds for fifty rows of eight cells, more than all else a list page does. What is
// written is the same to the byte (TestRowsAreThoseOfTheTemplate), and every value that
// comes from outside passes through appendText or appendHref.

// rowsOf gives the rows of a table to html/template.
//
//nolint:forbidigo // the one place that escapes by hand, held against the template by test
func (c *Catalog) rowsOf(w *words) func(Table) (template.HTML, error) {
	return func(t Table) (template.HTML, error) {
		var page bytes.Buffer
		err := c.writeRows(w, &page, &t)
		return template.HTML(page.String()), err //nolint:gosec // every part is escaped as it is written
	}
}

// rowsInto is rowsOf for pages that are shown by steps.
func (c *Catalog) rowsInto(locale string) func(*bytes.Buffer, *Table) error {
	w := c.words[locale]
	return func(page *bytes.Buffer, t *Table) error { return c.writeRows(w, page, t) }
}

// writeRows writes the rows of a table into a page.
func (c *Catalog) writeRows(w *words, page *bytes.Buffer, t *Table) error {
	icons, err := c.asset("img/icons.svg")
	if err != nil {
		return err
	}
	const ofRow = 1280 // bytes, about
	page.Grow(ofRow * len(t.Rows))
	r := rowWriter{b: page.AvailableBuffer(), words: w, icons: `<svg class="icon" aria-hidden="true" focusable="false"><use href="` + string(appendHref(nil, icons)) + "#"}
	var heads, tails []string
	for _, row := range t.Rows {
		for i := len(heads); i < len(row.Cells); i++ {
			label := string(appendText(nil, t.LabelAt(i)))
			switch {
			case i == 0:
				heads, tails = append(heads, `<th role="rowheader" scope="row" data-label="`+label+`">`), append(tails, "</th>")
			case t.NumberAt(i):
				heads, tails = append(heads, `<td role="cell" data-label="`+label+`" class="n">`), append(tails, "</td>")
			default:
				heads, tails = append(heads, `<td role="cell" data-label="`+label+`">`), append(tails, "</td>")
			}
		}
		r.add(`<tr role="row">`)
		for i := range row.Cells {
			r.add(heads[i])
			if err := r.cell(&row.Cells[i]); err != nil {
				return err
			}
			r.add(tails[i])
		}
		r.add("</tr>\n")
	}
	page.Write(r.b)
	return nil
}

// rowWriter is a list of rows on its way.
type rowWriter struct {
	b     []byte
	words *words
	icons string // what stands before the name of an icon
	tags  []writtenTag
}

// writtenTag is kept for the rows that follow: a list has few.
type writtenTag struct {
	tag  Tag
	html string
}

func (r *rowWriter) add(markup string) { r.b = append(r.b, markup...) }
func (r *rowWriter) text(s string)     { r.b = appendText(r.b, s) }

func (r *rowWriter) cell(c *Cell) error {
	switch {
	case c.Link != nil:
		r.add(`<a href="`)
		r.b = appendHref(r.b, c.Link.Href)
		r.add(`"`)
		if c.Link.Current {
			r.add(` aria-current="true"`)
		}
		r.add(">")
		r.code(c.Code, c.Link.Label)
		r.add("</a>")
		if c.Text != "" {
			r.add(` <span class="meta"`)
			r.lang(c.Lang)
			r.text(c.Text)
			r.add("</span>")
		}
	case c.Tag != nil:
		r.tag(*c.Tag)
	case c.Due != nil:
		return r.due(c.Due)
	case c.Money != nil:
		r.text(r.words.moneyTable(c.Money.Amount, c.Money.Currency))
	case c.At != nil:
		r.iso(*c.At)
		r.text(r.words.instantTable(*c.At))
		r.add("</time>")
	case c.Code:
		r.code(true, c.Text)
	case c.Lang != "":
		r.add("<span")
		r.lang(c.Lang)
		r.text(c.Text)
		r.add("</span>")
	default:
		r.text(c.Text)
	}
	return nil
}

// code is a text, in a typewriter face where it is an address or a name of programs.
func (r *rowWriter) code(is bool, text string) {
	if !is {
		r.text(text)
		return
	}
	r.add(`<code class="hash">`)
	r.text(text)
	r.add("</code>")
}

// lang ends a start tag, with the language of what stands in it where that is known.
func (r *rowWriter) lang(code string) {
	if code != "" {
		r.add(` lang="`)
		r.text(code)
		r.add(`"`)
	}
	r.add(">")
}

// iso is the start tag of a time.
func (r *rowWriter) iso(at time.Time) {
	r.add(`<time datetime="`)
	var text [len("2006-01-02T15:04:05+09:00")]byte
	r.b = appendText(r.b, at.In(r.words.zone).AppendFormat(text[:0], time.RFC3339))
	r.add(`">`)
}

func (r *rowWriter) icon(name string) {
	r.add(r.icons)
	r.add(name)
	r.add(`"></use></svg>`)
}

func (r *rowWriter) tag(t Tag) {
	for i := range r.tags {
		if r.tags[i].tag == t {
			r.add(r.tags[i].html)
			return
		}
	}
	from := len(r.b)
	r.add(`<strong class="tag"`)
	if tone := t.Tone(); tone != "" {
		r.add(` data-s="` + tone + `"`)
	}
	r.add(">")
	r.icon(t.Icon())
	text := t.Text
	if text == "" {
		text = r.words.label("status."+t.Role, t.Status)
	}
	r.add("<span>")
	r.text(text)
	r.add("</span></strong>")
	const kept = 16
	if len(r.tags) < kept {
		r.tags = append(r.tags, writtenTag{t, string(r.b[from:])})
	}
}

func (r *rowWriter) due(c *Clock) error {
	r.add(`<span class="due" data-s="`)
	r.add(c.State())
	r.add(`">`)
	r.iso(c.At)
	p := r.words.parts(c.Kind, c.At)
	r.add("<span>")
	r.text(p.Day)
	r.add("</span> <span>")
	r.text(p.Time)
	r.text(p.After)
	r.add("</span></time> <span>")
	r.icon(c.Icon())
	left, err := r.words.left(c)
	if err != nil {
		return err
	}
	r.text(left)
	r.add("</span></span>")
	return nil
}

// left is what remains of a clock, or how long it has been over.
func (w *words) left(c *Clock) (string, error) {
	switch {
	case c.At.After(c.Now):
		return w.remaining(c.At, c.Now)
	case c.Over != "":
		return c.Over, nil
	case c.Kind == ClockOpens:
		return w.text("clock.opened", nil, nil)
	}
	return w.late(c.At, c.Now)
}

// label is the text of prefix.code, or the code where there is none.
func (w *words) label(prefix, code string) string {
	if s, err := w.text(prefix+"."+code, nil, nil); err == nil {
		return s
	}
	return code
}

// appendText makes a text fit to stand between tags or in a quoted attribute.
func appendText[T string | []byte](b []byte, s T) []byte {
	from := 0
	for i := range len(s) {
		if esc := inText[s[i]]; esc != "" {
			b = append(append(b, s[from:i]...), esc...)
			from = i + 1
		}
	}
	return append(b, s[from:]...)
}

// inText is how a byte stands in a text where it does not as it is.
var inText = [256]string{0: "\uFFFD", '"': "&#34;", '&': "&amp;", '\'': "&#39;", '+': "&#43;", '<': "&lt;", '>': "&gt;"}

// appendHref makes an address fit for href="…"; one that would run a script leads nowhere.
func appendHref(b []byte, s string) []byte {
	if scheme, _, ok := strings.Cut(s, ":"); ok && !strings.Contains(scheme, "/") {
		if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "mailto") {
			return append(b, "#ZgotmplZ"...)
		}
	}
	return appendAddress(b, s)
}

// appendAddress is appendHref for what follows a start that is known.
func appendAddress(b []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		c := s[i]
		if plainInHref[c] || c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '&':
			b = append(b, "&amp;"...)
		case '+':
			b = append(b, "&#43;"...)
		default:
			b = append(b, '%', lowerHex[c>>4], lowerHex[c&15])
		}
		from = i + 1
	}
	return append(b, s[from:]...)
}

const lowerHex = "0123456789abcdef"

// plainInHref are the bytes that stand in an address as they are.
var plainInHref = func() (plain [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!#$*,/:;=?@[]") {
		plain[c] = true
	}
	return plain
}()

func isHex(c byte) bool {
	_, err := strconv.ParseUint(string(c), 16, 8)
	return err == nil
}
