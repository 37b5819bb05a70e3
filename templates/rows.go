package templates

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

// The rows of tables are written here and not by html/template, which takes three
// milliseconds for fifty rows of eight cells, more than all else a list page does. What is
// written is the same to the byte (TestRowsAreThoseOfTheTemplate), and every value that
// comes from outside passes through escapeText or escapeHref.

// rowsOf writes the rows of a table.
//
//nolint:forbidigo // the one place that escapes by hand, held against the template by test
func (c *Catalog) rowsOf(w *words) func(Table) (template.HTML, error) {
	return func(t Table) (template.HTML, error) {
		icons, err := c.asset("img/icons.svg")
		if err != nil {
			return "", err
		}
		r := rowWriter{words: w, icons: escapeHref(icons)}
		r.Grow(512 * len(t.Rows))
		var heads, tails []string
		for _, row := range t.Rows {
			for i := len(heads); i < len(row.Cells); i++ {
				label := escapeText(t.LabelAt(i))
				switch {
				case i == 0:
					heads, tails = append(heads, `<th role="rowheader" scope="row" data-label="`+label+`">`), append(tails, "</th>")
				case t.NumberAt(i):
					heads, tails = append(heads, `<td role="cell" data-label="`+label+`" class="n">`), append(tails, "</td>")
				default:
					heads, tails = append(heads, `<td role="cell" data-label="`+label+`">`), append(tails, "</td>")
				}
			}
			r.WriteString(`<tr role="row">`)
			for i := range row.Cells {
				r.WriteString(heads[i])
				if err := r.cell(&row.Cells[i]); err != nil {
					return "", err
				}
				r.WriteString(tails[i])
			}
			r.WriteString("</tr>\n")
		}
		return template.HTML(r.String()), nil //nolint:gosec // every part was escaped above
	}
}

type rowWriter struct {
	strings.Builder
	words *words
	icons string // address, escaped
}

func (r *rowWriter) cell(c *Cell) error {
	switch {
	case c.Link != nil:
		r.WriteString(`<a href="`)
		r.WriteString(escapeHref(c.Link.Href))
		r.WriteString(`"`)
		if c.Link.Current {
			r.WriteString(` aria-current="true"`)
		}
		r.WriteString(">")
		r.WriteString(escapeText(c.Link.Label))
		r.WriteString("</a>")
		if c.Text != "" {
			r.WriteString(` <span class="meta"`)
			r.lang(c.Lang)
			r.WriteString(escapeText(c.Text))
			r.WriteString("</span>")
		}
	case c.Tag != nil:
		r.tag(*c.Tag)
	case c.Due != nil:
		return r.due(*c.Due)
	case c.Money != nil:
		r.WriteString(escapeText(r.words.moneyTable(c.Money.Amount, c.Money.Currency)))
	case c.At != nil:
		r.WriteString(`<time datetime="`)
		r.WriteString(escapeText(r.words.iso(*c.At)))
		r.WriteString(`">`)
		r.WriteString(escapeText(r.words.instantTable(*c.At)))
		r.WriteString("</time>")
	case c.Lang != "":
		r.WriteString("<span")
		r.lang(c.Lang)
		r.WriteString(escapeText(c.Text))
		r.WriteString("</span>")
	default:
		r.WriteString(escapeText(c.Text))
	}
	return nil
}

// lang ends a start tag, with the language of what stands in it where that is known.
func (r *rowWriter) lang(code string) {
	if code != "" {
		r.WriteString(` lang="`)
		r.WriteString(escapeText(code))
		r.WriteString(`"`)
	}
	r.WriteString(">")
}

func (r *rowWriter) icon(name string) {
	r.WriteString(`<svg class="icon" aria-hidden="true" focusable="false"><use href="`)
	r.WriteString(r.icons)
	r.WriteString("#")
	r.WriteString(name)
	r.WriteString(`"></use></svg>`)
}

func (r *rowWriter) tag(t Tag) {
	r.WriteString(`<strong class="tag"`)
	if tone := t.Tone(); tone != "" {
		r.WriteString(` data-s="` + tone + `"`)
	}
	r.WriteString(">")
	r.icon(t.Icon())
	text := t.Text
	if text == "" {
		text = r.words.label("status."+t.Role, t.Status)
	}
	r.WriteString("<span>")
	r.WriteString(escapeText(text))
	r.WriteString("</span></strong>")
}

func (r *rowWriter) due(c Clock) error {
	r.WriteString(`<span class="due" data-s="`)
	r.WriteString(c.State())
	r.WriteString(`"><time datetime="`)
	r.WriteString(escapeText(r.words.iso(c.At)))
	p := r.words.parts(c.Kind, c.At)
	r.WriteString(`"><span>`)
	r.WriteString(escapeText(p.Day))
	r.WriteString("</span> <span>")
	r.WriteString(escapeText(p.Time + p.After))
	r.WriteString("</span></time> <span>")
	r.icon(c.Icon())
	left, err := r.words.left(c)
	if err != nil {
		return err
	}
	r.WriteString(escapeText(left))
	r.WriteString("</span></span>")
	return nil
}

// left is what remains of a clock, or how long it has been over.
func (w *words) left(c Clock) (string, error) {
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

var textEscaper = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// escapeText makes a text fit to stand between tags or in a quoted attribute.
func escapeText(s string) string {
	if !strings.ContainsAny(s, "\x00\"&'+<>") {
		return s
	}
	return textEscaper.Replace(s)
}

// escapeHref makes an address fit for href="…"; one that would run a script leads nowhere.
func escapeHref(s string) string {
	if scheme, _, ok := strings.Cut(s, ":"); ok && !strings.Contains(scheme, "/") {
		switch strings.ToLower(scheme) {
		case "http", "https", "mailto":
		default:
			return "#ZgotmplZ"
		}
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := range len(s) {
		c := s[i]
		switch {
		case plainInHref[c],
			c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b.WriteByte(c)
		case c == '&':
			b.WriteString("&amp;")
		case c == '+':
			b.WriteString("&#43;")
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String()
}

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
