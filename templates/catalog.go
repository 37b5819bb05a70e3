package templates

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/sync/errgroup"
	"golang.org/x/text/language"
)

//go:embed locales
var localeFiles embed.FS

const defaultLocale = "ja"

// Locales lists the languages of the pages, the default first.
func Locales() []string { return []string{defaultLocale, "en"} }

// Supported tells whether there are pages in that language.
func Supported(locale string) bool {
	for _, l := range Locales() {
		if l == locale {
			return true
		}
	}
	return false
}

var matcher = language.NewMatcher([]language.Tag{language.Japanese, language.English})

// Negotiate picks the locale for an Accept-Language header; Japanese where
// the header is empty, unreadable or names no language there is.
func Negotiate(acceptLanguage string) string {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return defaultLocale
	}
	_, index, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return defaultLocale
	}
	return Locales()[index]
}

// Catalog holds the texts of every locale and the ways to print times and
// money in it. It is safe for concurrent use.
type Catalog struct {
	words map[string]*words
	opts  Options
}

// words are the texts of one locale. Most have no placeholder and are answered
// from the map; go-i18n picks plural forms and fills in what is not plain.
type words struct {
	format
	known     map[string]bool
	plain     map[string]string
	filled    map[string][]piece // texts with placeholders and nothing else
	localizer *i18n.Localizer
	kept      sync.Map // by key and number
}

// NewCatalog reads the texts alone, for programs that render no page.
func NewCatalog(opts Options) (*Catalog, error) {
	if opts.Zone == nil {
		opts.Zone = time.UTC
	}
	c := &Catalog{opts: opts}
	all, err := eachLocale(func(locale string) (*words, error) {
		w, err := readWords(locale)
		if err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", locale, err)
		}
		w.format = format{locale: locale, zone: opts.Zone, now: opts.Now, text: w.text}
		return w, nil
	})
	if err != nil {
		return nil, err
	}
	c.words = all
	return c, nil
}

// eachLocale makes something for every locale, side by side: starting takes as long as that does.
func eachLocale[T any](one func(locale string) (T, error)) (map[string]T, error) {
	locales := Locales()
	made := make([]T, len(locales))
	var work errgroup.Group
	for i, locale := range locales {
		work.Go(func() (err error) {
			made[i], err = one(locale)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	all := map[string]T{}
	for i, locale := range locales {
		all[locale] = made[i]
	}
	return all, nil
}

// messages reads every file of a locale; the same key in two files is an error,
// as one of the two would be lost without a word.
func messages(locale string) (map[string]*i18n.Message, error) {
	all := map[string]*i18n.Message{}
	dir := "locales/" + locale
	entries, err := fs.ReadDir(localeFiles, dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		name := dir + "/" + entry.Name()
		body, err := localeFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		list, err := i18n.ParseMessageBytes(body, toml.Unmarshal)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, m := range list {
			if all[m.ID] != nil {
				return nil, fmt.Errorf("%s: %q stands in another file too", name, m.ID)
			}
			all[m.ID] = m
		}
	}
	return all, nil
}

func readWords(locale string) (*words, error) {
	all, err := messages(locale)
	if err != nil {
		return nil, err
	}
	tag := language.Make(locale)
	bundle := i18n.NewBundle(tag) // one bundle a locale: no silent fallback to another language
	w := &words{known: map[string]bool{}, plain: map[string]string{}, filled: map[string][]piece{}}
	for id, m := range all {
		w.known[id] = true
		if m.One == "" && !strings.Contains(m.Other, "{{") {
			w.plain[id] = m.Other
			continue // go-i18n is never asked for it
		} else if p := piecesOf(m.Other); m.One == "" && p != nil {
			w.filled[id] = p
		}
		if err := bundle.AddMessages(tag, m); err != nil {
			return nil, err
		}
	}
	w.localizer = i18n.NewLocalizer(bundle, locale)
	return w, nil
}

var (
	errUnknownKey      = errors.New("no such text")
	errMissingArgument = errors.New("an argument is missing")
)

func (w *words) text(key string, args map[string]any, count any) (string, error) {
	if s, ok := w.plain[key]; ok {
		return s, nil
	}
	if n, ok := count.(int); ok && len(args) == 0 {
		return w.counted(key, n)
	}
	if p, ok := w.filled[key]; ok && count == nil {
		if s, ok := w.fill(p, args); ok {
			return s, nil
		}
	}
	return w.localized(key, args, count)
}

// counted keeps texts that hold a small number and nothing else, "3 hours left", since a list
// says them on every row and go-i18n takes its time.
func (w *words) counted(key string, n int) (string, error) {
	const most = 100
	if n < 0 || n >= most {
		return w.localized(key, nil, n)
	}
	type numbered struct {
		key string
		n   int
	}
	if s, ok := w.kept.Load(numbered{key, n}); ok {
		return s.(string), nil
	}
	s, err := w.localized(key, nil, n)
	if err == nil {
		w.kept.Store(numbered{key, n}, s)
	}
	return s, err
}

func (w *words) localized(key string, args map[string]any, count any) (string, error) {
	if !w.known[key] {
		return "", fmt.Errorf("%q in %s: %w", key, w.locale, errUnknownKey)
	}
	shown := make(map[string]any, len(args)+1)
	for name, value := range args {
		shown[name] = w.value(name, value)
	}
	if count != nil {
		shown["n"] = w.value("n", count)
	}
	s, err := w.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: shown, PluralCount: count})
	if err != nil {
		return "", fmt.Errorf("text %q: %w", key, err)
	}
	if strings.Contains(s, "<no value>") {
		return "", fmt.Errorf("text %q: %w", key, errMissingArgument)
	}
	return s, nil
}

// Has tells whether the text exists. Every locale has the same keys.
func (c *Catalog) Has(locale, key string) bool {
	w := c.words[locale]
	return w != nil && w.known[key]
}

// Text gives a text for places without a template: API errors, mails, notices.
//
// Values print as they do on a page; what a time means is told by its name:
//
//	deadline, deadline_at, due_at, …until   an exclusive end: 5月1日(金)23:59(日本時間)まで
//	last_at                                 such an end after "is": 5月1日(金)23:59(日本時間)
//	opens_at, available_at, turns_at, …_ends_at   a start, rounded up to the minute
//	day, …_day                              a calendar day
//	…_at                                    something that happened, without the zone
//	at, anything else                       an instant with its zone
//
// A time is a time.Time, a type with a method Time(), or (under a name ending
// in at or until) an RFC 3339 string; a day is also anything that prints itself
// as YYYY-MM-DD. Money prints as money, time.Duration as hours or days,
// integers with separators, and "n" picks the plural form.
//
// An unknown locale is answered in Japanese. An unknown key or a missing
// argument is answered with the key: a message is still better sent with a poor
// word than not at all.
func (c *Catalog) Text(locale, key string, args map[string]any) string {
	w := c.words[locale]
	if w == nil {
		w = c.words[defaultLocale]
	}
	s, err := w.text(key, args, pluralCount(args["n"]))
	if err != nil {
		return key
	}
	return s
}

// pluralCount is n where n can be counted, else nil: go-i18n refuses the rest.
func pluralCount(n any) any {
	switch n := n.(type) {
	case int:
		return n
	case int64:
		return n
	case float64:
		return int64(n)
	}
	return nil
}

func (c *Catalog) funcs(locale string) template.FuncMap {
	w := c.words[locale]
	return template.FuncMap{
		"t": func(key string, pairs ...any) (string, error) {
			args, err := named(pairs)
			if err != nil {
				return "", fmt.Errorf("t %q: %w", key, err)
			}
			return w.text(key, args, nil)
		},
		"plural": func(key string, n any, pairs ...any) (string, error) {
			args, err := named(pairs)
			if err != nil {
				return "", fmt.Errorf("plural %q: %w", key, err)
			}
			return w.text(key, args, n)
		},
		// pattern is a plural form with {n} left open, for the script's clocks.
		"pattern": func(key string, n int) (string, error) {
			if s, ok := w.plain[key]; ok {
				return s, nil
			}
			return w.localizer.Localize(&i18n.LocalizeConfig{
				MessageID: key, PluralCount: n, TemplateData: map[string]any{"n": "{n}"},
			})
		},
		"label": func(prefix string, code any) string {
			if s, err := w.text(prefix+"."+fmt.Sprint(code), nil, nil); err == nil {
				return s
			}
			return fmt.Sprint(code)
		},
		"money":        w.money,
		"moneyTable":   w.moneyTable,
		"points":       w.points,
		"number":       number,
		"rows":         c.rowsOf(w),
		"date":         w.anyDate,
		"instant":      w.instant,
		"moment":       w.moment,
		"hour":         w.hour,
		"instantTable": w.instantTable,
		"deadline":     w.deadline,
		"opening":      w.opening,
		"remaining":    w.remaining,
		"late":         w.late,
		"period":       w.period,
		"zone":         w.zoneName,
		"dot":          w.dot,
		"langOf":       func(text string) string { return LangOf(text, locale) },
		"iso":          w.iso,
		"parts":        w.parts,
		"fileSize":     FileSize,
		"choicesOf":    choicesOf,
		"lang":         func() string { return locale },
		"languages":    Languages,
		"url":          func(path string) string { return "/" + locale + "/" + strings.TrimPrefix(path, "/") },
		"asset":        c.asset,
	}
}

func named(pairs []any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("a name without a value")
	}
	args := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("name %v is not a string", pairs[i])
		}
		args[name] = pairs[i+1]
	}
	return args, nil
}

func (c *Catalog) asset(name string) (string, error) {
	if c.opts.Asset == nil {
		return "/static/" + name, nil
	}
	url, ok := c.opts.Asset(name)
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return url, nil
}

// Language is one choice of the language switch, named in itself.
type Language struct{ Code, Name string }

// Languages are the languages of the pages, each named in itself.
func Languages() []Language {
	return []Language{{"ja", "日本語"}, {"en", "English"}}
}
