// Package templates holds the looks and the words of the portal: page
// templates, mails, and one catalogue of texts per language. It knows nothing
// of claims or of HTTP; handlers fill typed values in and write the result.
//
// # How it is put together
//
// Parse reads everything once, at start: per locale one template set with the
// layout, all partials and all pages, and the functions bound to that locale.
// Rendering goes to a buffer first, so a failing page never leaves half of
// itself behind.
//
// # Adding a page
//
// Put it at pages/<noun>/<action>.html; its name is then "<noun>/<action>".
//
//	{{template "top" .}}
//	<h1>{{.Title}}</h1>
//	{{with .Content}}
//	  {{template "clock" .Clock}}
//	  <form method="post" novalidate>{{template "text-field" .OrderNumber}}
//	    {{template "submit" .Submit}}</form>
//	{{end}}
//	{{template "bottom" .}}
//
// The value given to Render is a Page whose Content is the page's own struct,
// declared beside the handler. view.go has the structs of the partials. Rules
// stay out of templates: nothing beyond {{if .CanDecide}}.
//
// Words go into locales/<lang>/<noun>.toml, the same keys and placeholders in
// every language; a test fails otherwise, and also for keys no page uses. Of keys
// built at run time ("reason." + code) it finds the prefix. A number that policy can change never stands in a text: it
// comes as an argument, hours and days as a time.Duration.
//
// # Partials
//
// Each takes the struct named; the page "design" shows them all.
//
//	top, bottom               Page        the frame around every page
//	tag Tag · clock Clock · figure Figure · steps []Step · timeline Timeline
//	evidence-list []EvidenceItem · summary-list []SummaryRow · action-list []ActionItem
//	money-lines MoneyLines · messages []Message · notice Banner · empty Empty
//	evidence-viewer EvidenceView · task-list []Task · confirmation Confirmation
//	filter-words FilterWords · presence Presence · key-hints []KeyHint · interruption Interruption
//	table Table (with pages and empty state) · pages Pages · tabs []Link
//	text-field textarea-field radio-field checkbox-field select-field file-field  Field
//	icon NAME (a symbol of img/icons.svg, skipped by screen readers)
//	hidden-field Hidden · submit Submit · errors []FieldError (top prints Page.Errors)
//
// Classes for a page's own markup: lead, meta, sheet (a white sheet), heroes
// (clock and figure side by side), columns, split (list and panel), panels (doors,
// a ul), filters (a form in one line), said (typed text with its line breaks),
// bullets and numbered (lists in prose), confirmed (what has been received),
// button (a link as the page's one filled button), buttons, vh (for screen
// readers alone). One h1 a page: a Field with Heading is it, or {{.Title}}.
//
// # Functions
//
//	t KEY [NAME VALUE]…       text of the catalogue; an unknown key is an error
//	plural KEY N [NAME VALUE]…  the same with a plural form; N is also {{.n}}
//	label PREFIX CODE         text of PREFIX.CODE, or CODE itself if unknown:
//	                          for values that may grow (reasons, statuses)
//	money AMOUNT CURRENCY     prose: 12,800円; moneyTable: ¥12,800; points N
//	number N                  1,234
//	date TIME                 a calendar day, as it is: 11月30日(月)
//	instant TIME              11月23日(月)14:05(日本時間); moment: without the zone
//	hour TIME                 14:05
//	instantTable TIME         2026/11/23 14:05
//	deadline TIME             an exclusive end: 11月30日(月)23:59まで, never 0:00
//	opening TIME              an inclusive start: 11月23日(月)14:05から, rounded up
//	remaining TIME NOW        あと31時間, rounded down
//	late TIME NOW             超過 3時間, rounded down
//	period DURATION           48時間, 90日
//	zone                      日本時間; once per block of times
//	dot                       ・ or ·, between short facts on one line
//	iso TIME                  for <time datetime>
//	asset NAME, url PATH      /static/…hash…, /ja/PATH
//
// Times print in the marketplace's zone. The year is left out when it is the
// present one.
package templates

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed layout.html partials pages mail
var files embed.FS

// Options is what a template set needs to know about its surroundings.
type Options struct {
	// Zone is the marketplace's time zone; nil is UTC.
	Zone *time.Location
	// Now is the clock rules follow; it decides whether a date prints its
	// year. Nil prints every year.
	Now func() time.Time
	// Asset gives the address of a static file and whether it exists.
	// Nil leaves "/static/" + name.
	Asset func(name string) (url string, ok bool)
	// Check shows each page by its steps and by html/template and fails where they differ. For tests.
	Check bool
}

// Set renders pages and mails in every locale. It is safe for concurrent use.
type Set struct {
	catalog *Catalog
	locales map[string]*inLocale
	check   bool
	buffers sync.Pool
	dated   func() (*Set, error)
}

// inLocale is what a set has in one language.
type inLocale struct {
	pages *template.Template
	quick map[string]*program // by page, what html/template need not show
	mails *mailTemplates
}

// Parse reads catalogue and templates and reports every key, partial or
// function they miss as far as that can be known without rendering.
func Parse(opts Options) (*Set, error) {
	catalog, err := NewCatalog(opts)
	if err != nil {
		return nil, err
	}
	pages, err := pageNames()
	if err != nil {
		return nil, err
	}
	s := &Set{
		catalog: catalog,
		check:   opts.Check,
		buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }},
		dated:   sync.OnceValues(func() (*Set, error) { return parseDated(opts) }),
	}
	s.locales, err = eachLocale(func(locale string) (*inLocale, error) {
		l, funcs := new(inLocale), catalog.funcs(locale)
		if l.pages, err = parsePages(funcs); err != nil {
			return nil, fmt.Errorf("templates in %s: %w", locale, err)
		}
		if err := fold(l.pages, slices.Concat(pages, stageNames())); err != nil {
			return nil, fmt.Errorf("templates in %s: %w", locale, err)
		}
		l.quick = compile(l.pages, funcs, catalog.rowsInto(locale), pages)
		if l.mails, err = parseMails(funcs); err != nil {
			return nil, fmt.Errorf("mails in %s: %w", locale, err)
		}
		return l, nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Dated is the set for what is kept for years: every date prints its year. It has the partials
// alone, and is made when it is first asked for.
func (s *Set) Dated() (*Set, error) { return s.dated() }

func parseDated(opts Options) (*Set, error) {
	opts.Now = nil
	catalog, err := NewCatalog(opts)
	if err != nil {
		return nil, err
	}
	d := &Set{catalog: catalog, buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
	d.locales, err = eachLocale(func(locale string) (*inLocale, error) {
		pages, err := parsePages(catalog.funcs(locale), "pages")
		if err != nil {
			return nil, fmt.Errorf("templates in %s: %w", locale, err)
		}
		return &inLocale{pages: pages}, nil
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// parsePages reads all templates but mails and those in the folders to skip.
func parsePages(funcs template.FuncMap, skip ...string) (*template.Template, error) {
	set := template.New("").Funcs(funcs).Option("missingkey=error")
	for _, name := range stageNames() {
		if _, err := set.New(name).Parse(" "); err != nil {
			return nil, err
		}
	}
	err := fs.WalkDir(files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if file == "mail" || slices.Contains(skip, file) {
				return fs.SkipDir
			}
			return nil
		}
		text, err := files.ReadFile(file)
		if err != nil {
			return err
		}
		if _, err := set.New(pageName(file)).Parse(string(text)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		return nil
	})
	return set, err
}

// pageName is "claim/show" for pages/claim/show.html. Files outside pages keep
// their whole path, so that they cannot be taken for a page.
func pageName(file string) string {
	if rest, ok := strings.CutPrefix(file, "pages/"); ok {
		return strings.TrimSuffix(rest, path.Ext(rest))
	}
	return file
}

// pageNames are the names of all pages.
func pageNames() ([]string, error) {
	var names []string
	err := fs.WalkDir(files, "pages", func(file string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, pageName(file))
		}
		return err
	})
	return names, err
}

// Catalog gives the words of this set.
func (s *Set) Catalog() *Catalog { return s.catalog }

// Has tells whether a page, partial or fragment of that name exists.
func (s *Set) Has(name string) bool {
	return s.locales[defaultLocale].pages.Lookup(name) != nil
}

// Render writes a page, or a fragment by the name of its {{define}}, in a
// supported locale. Nothing is written when the template fails.
func (s *Set) Render(w io.Writer, locale, name string, data any) error {
	l, ok := s.locales[locale]
	if !ok {
		return fmt.Errorf("render %s: no locale %q", name, locale)
	}
	buf := s.buffers.Get().(*bytes.Buffer)
	buf.Reset()
	defer s.release(buf)
	byStep := false
	if p := l.quick[name]; p != nil {
		byStep = p.run(buf, data)
	}
	if !byStep {
		buf.Reset()
		if err := l.pages.ExecuteTemplate(buf, name, data); err != nil {
			return fmt.Errorf("render %s in %s: %w", name, locale, err)
		}
	}
	if s.check && l.quick[name] != nil {
		var slow bytes.Buffer
		if err := l.pages.ExecuteTemplate(&slow, name, data); err != nil || !byStep || !bytes.Equal(slow.Bytes(), buf.Bytes()) {
			return fmt.Errorf("%s in %s is not the same by steps (%t, %w):\n%s\nnot\n%s", name, locale, byStep, err, buf.Bytes(), slow.Bytes())
		}
	}
	if _, err := buf.WriteTo(w); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// release keeps the buffer for the next page unless one huge page blew it up.
func (s *Set) release(buf *bytes.Buffer) {
	const largest = 1 << 20
	if buf.Cap() <= largest {
		s.buffers.Put(buf)
	}
}
