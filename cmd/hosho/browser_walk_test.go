package main

import (
	"fmt"
	"hash/crc32"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"hosho/templates"
)

// The walk opens every page of the inventory in a browser and holds it against the bars. By default each page is
// opened in a choice of languages, colours and widths in which any two values meet at least once, by the first role
// that may read it; with HOSHO_WALK=all by every role and in all eight ways:
//
//	HOSHO_WALK=all go test ./cmd/hosho -run TestWalk -timeout 60m

// What a first view may weigh as it is sent, and its HTML compressed, without the pictures people have handed in.
const (
	mostRequests   = 5
	mostBytes      = 30_000
	mostBytesStaff = 48_000
	mostHTML       = 12_000
	mostHTMLStaff  = 25_000
)

// The widths of the screens, in CSS pixels.
const (
	narrow = 360
	broad  = 1280
)

// way is how a page is looked at.
type way struct {
	lang, theme string
	width       int
}

// visit is a page to look at, and how.
type visit struct {
	sheet
	way
}

func (v visit) String() string {
	return fmt.Sprintf("%s (%s, %s) in %s %s at %d", v.route, v.role, v.state, v.lang, v.theme, v.width)
}

// file is a name for what is kept of a visit.
func (v visit) file() string {
	name := strings.NewReplacer("/", "-", "?", "-", "=", "-", "&", "-", ":", "", "%", "").Replace(strings.Trim(v.path, "/"))
	if v.send != "" {
		name = strings.ReplaceAll(v.send, "/", "-")
	}
	if name == "" {
		name = "home"
	}
	const longest = 120 // of a file's name no more than 255 bytes are taken
	if len(name) > longest {
		name = fmt.Sprintf("%s-%08x", name[:longest], crc32.ChecksumIEEE([]byte(name)))
	}
	return fmt.Sprintf("%s-%s-%s", v.role, v.state, name)
}

// ways are all eight.
func ways() (all []way) {
	for _, lang := range templates.Locales() {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int{narrow, broad} {
				all = append(all, way{lang, theme, width})
			}
		}
	}
	return all
}

// visits makes the round of an inventory.
func visits(list []sheet, every bool) (round []visit) {
	byRoute := map[string][]sheet{}
	for _, one := range list {
		byRoute[one.route] = append(byRoute[one.route], one)
	}
	all := ways()
	for _, route := range sortedKeys(byRoute) {
		sheets := byRoute[route]
		if every {
			for _, one := range sheets {
				for _, w := range all {
					round = append(round, visit{one, w})
				}
			}
			continue
		}
		for _, row := range pairwise(len(sheets), 2, 2, 2) {
			round = append(round, visit{sheets[row[0]], all[row[1]*4+row[2]*2+row[3]]})
		}
	}
	return round
}

// pairwise chooses rows with a value for each column, so that any two values of two columns meet in one row at least:
// always a row next in which much of what has not met yet does. Which of several such rows is left to chance, and the
// shortest of some tries is taken.
func pairwise(sizes ...int) (chosen [][]int) {
	rows := [][]int{nil}
	for _, size := range sizes {
		var longer [][]int
		for _, row := range rows {
			for value := range size {
				longer = append(longer, append(slices.Clone(row), value))
			}
		}
		rows = longer
	}
	for try := range uint64(40) {
		chance := rand.New(rand.NewPCG(1, try))
		chance.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if list := greedy(rows); chosen == nil || len(list) < len(chosen) {
			chosen = list
		}
	}
	slices.SortFunc(chosen, slices.Compare)
	return chosen
}

func greedy(rows [][]int) (chosen [][]int) {
	met := map[[4]int]bool{}
	pairs := func(row []int) (fresh [][4]int) {
		for i := range row {
			for j := range i {
				if pair := [4]int{i, row[i], j, row[j]}; !met[pair] {
					fresh = append(fresh, pair)
				}
			}
		}
		return fresh
	}
	for {
		var best []int
		most := 0
		for _, row := range rows {
			if n := len(pairs(row)); n > most+1 || best == nil && n > 0 {
				best, most = row, n
			}
		}
		if best == nil {
			return chosen
		}
		for _, pair := range pairs(best) {
			met[pair] = true
		}
		chosen = append(chosen, best)
	}
}

func TestPairwise(t *testing.T) {
	t.Parallel()
	for sheets, want := range map[int]int{1: 4, 2: 6, 3: 6, 7: 14} {
		rows := pairwise(sheets, 2, 2, 2)
		if len(rows) > want {
			t.Errorf("%d rows for %d states, want %d", len(rows), sheets, want)
		}
		met := map[[4]int]bool{}
		for _, row := range rows {
			for i := range row {
				for j := range i {
					met[[4]int{i, row[i], j, row[j]}] = true
				}
			}
		}
		if all := 3*sheets*2 + 3*4; len(met) != all {
			t.Errorf("%d of %d pairs meet for %d states", len(met), all, sheets)
		}
	}
}

// walker is one walk: what all its windows share.
type walker struct {
	m      market
	theirs *strings.Replacer
	dir    string // where the pages are kept as they were sent
	mu     sync.Mutex
	said   map[string]bool
	help   map[string]string // where help stands, by language
}

// complain reports trouble once for each kind of page.
func (w *walker) complain(t *testing.T, v visit, format string, args ...any) {
	t.Helper()
	what := fmt.Sprintf(format, args...)
	first, _, _ := strings.Cut(what, "\n")
	w.mu.Lock()
	defer w.mu.Unlock()
	if key := v.route + v.state + first; !w.said[key] {
		w.said[key] = true
		t.Errorf("%s /%s: %s", v, v.path, what)
	}
}

// TestWalk crawls as each role and in each language, then walks through the inventory in a browser, then has
// html-validate read every page as it was sent.
func TestWalk(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	m.prepare(t)
	w := &walker{m: m, theirs: m.theirs(t), dir: t.TempDir(), said: map[string]bool{}, help: map[string]string{}}
	addresses := m.crawls(t, w.theirs, templates.Locales()...)
	every := os.Getenv("HOSHO_WALK") == "all"
	round := visits(inventory(t, addresses, every), every)
	t.Logf("%d pages to open", len(round))
	t.Run("browser", func(t *testing.T) {
		for name, part := range parts(round, 40) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w.walk(t, part)
			})
		}
	})
	t.Run("html", func(t *testing.T) { validate(t, w.dir) })
}

// crawls follows the links of every role in each language; what is found in Japanese stands for all.
func (m market) crawls(t *testing.T, theirs *strings.Replacer, langs ...string) (addresses []found) {
	t.Helper()
	for _, r := range roles {
		for _, lang := range langs {
			t.Run("crawl "+r.role+" "+lang, func(t *testing.T) {
				c := m.reader(t, r.role, r.name, lang)
				c.theirs = theirs
				if pages := c.crawl(); lang == "ja" {
					addresses = append(addresses, found{r.role, pages, c.forms})
				}
			})
		}
	}
	return addresses
}

// parts cuts a round in pieces of one reader each.
func parts(round []visit, most int) map[string][]visit {
	byRole := map[string][]visit{}
	for _, v := range round {
		byRole[v.role] = append(byRole[v.role], v)
	}
	cut := map[string][]visit{}
	for role, all := range byRole {
		i := 0
		for part := range slices.Chunk(all, most) {
			i++
			cut[fmt.Sprintf("%s %d", role, i)] = part
		}
	}
	return cut
}

// as opens a window for a role.
func (m market) as(t *testing.T, role string) guest {
	t.Helper()
	for _, r := range roles {
		if r.role == role && r.name != "" {
			return m.signedIn(t, "ja", r.name)
		}
	}
	return m.guest(t, "ja")
}

func (w *walker) walk(t *testing.T, part []visit) {
	g := w.m.as(t, part[0].role)
	g.ColdCache()
	for _, v := range part {
		g.show(v)
		w.look(t, g, v)
	}
}

// show opens a page as a visit says.
func (g *guest) show(v visit) {
	g.t.Helper()
	g.lang = v.lang
	g.SetViewport(v.width, 800)
	g.ColorScheme(v.theme)
	if strings.HasPrefix(v.path, "/") {
		g.Goto(g.m.base + v.path)
	} else {
		g.open(v.path)
	}
	if v.state == refused {
		g.Send(g.m.base + "/" + v.lang + "/" + v.send)
	}
}

// seen is what a page tells of itself.
type seen struct {
	Lang, Title, Text, Wide, Help, HTML string
	H1                                  int
	Empty                               bool
}

// tooWide says what makes a page scroll sideways, and nothing where it does not.
const tooWide = `(() => {
	const root = document.documentElement;
	if (root.scrollWidth <= root.clientWidth) return '';
	const out = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest('.vh'));
	return root.scrollWidth + ' of ' + root.clientWidth + ' pixels, by ' + out.slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(' | ');
})()`

const asksPage = `(() => {
	const root = document.documentElement;
	const help = document.querySelector('body > header .tools > li:first-child > a');
	return {
		lang: root.lang, title: document.title, text: document.body.innerText, html: root.outerHTML,
		h1: document.querySelectorAll('h1').length,
		wide: ` + tooWide + `,
		help: help ? help.pathname : '', empty: document.querySelector('main .empty') !== null,
	};
})()`

// look holds a page against the bars.
func (w *walker) look(t *testing.T, g guest, v visit) {
	t.Helper()
	sent := g.Sent()
	if wrong := wrongStatus(v.state, sent[0].Status); wrong != "" {
		w.complain(t, v, "answered with %d, %s\n%.300s", sent[0].Status, wrong, g.Text("body"))
	}
	source := g.Source()
	w.keep(t, v, source)
	page := evaluate[seen](g, asksPage)
	inNoLanguage := strings.HasPrefix(v.path, "/")
	if page.Lang != v.lang && !inNoLanguage {
		w.complain(t, v, "says lang=%q", page.Lang)
	}
	if strings.Trim(page.Title, " –") == "" {
		w.complain(t, v, "has no title")
	}
	if page.H1 != 1 {
		w.complain(t, v, "has %d headings of the first rank", page.H1)
	}
	if page.Wide != "" {
		w.complain(t, v, "scrolls sideways: %s", page.Wide)
	}
	if (v.state == empty) && !page.Empty {
		w.complain(t, v, "is not empty")
	}
	if !inNoLanguage {
		w.helpAt(t, v, page.Help)
		w.language(t, g, v, page)
	}
	w.weigh(t, v, sent, source)
	if v.width == narrow {
		w.narrowest(t, g, v)
	}
	for _, fault := range g.Faults() {
		w.complain(t, v, "axe-core: %s", fault)
	}
	for _, trouble := range g.ConsoleErrors() {
		w.complain(t, v, "the browser reports %s", trouble)
	}
}

// narrowest looks once more at the width of the smallest screens, which is also a wide one's at 400 %.
func (w *walker) narrowest(t *testing.T, g guest, v visit) {
	t.Helper()
	g.SetViewport(320, 640)
	if wide := evaluate[string](g, tooWide); wide != "" {
		w.complain(t, v, "scrolls sideways at 320: %s", wide)
	}
	g.SetViewport(v.width, 800)
}

func wrongStatus(state string, status int) string {
	switch {
	case state == refused && status != 422 && status != 409:
		return "and an empty form is not refused"
	case state == problem && status < 400:
		return "and is no problem"
	case (state == normal || state == empty) && status != 200:
		return "and should be a page"
	}
	return ""
}

// helpAt holds the way to help in one place, on every page.
func (w *walker) helpAt(t *testing.T, v visit, path string) {
	t.Helper()
	w.mu.Lock()
	want, known := w.help[v.lang]
	if !known && path != "" {
		w.help[v.lang] = path
	}
	w.mu.Unlock()
	if path == "" || known && path != want {
		w.complain(t, v, "help is at %q, elsewhere at %q", path, want)
	}
}

// language finds keys in place of texts, and texts in another language than the page's.
func (w *walker) language(t *testing.T, g guest, v visit, page seen) {
	t.Helper()
	for _, word := range strings.FieldsFunc(page.Text, func(r rune) bool {
		return !(r == '.' || r == '_' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9')
	}) {
		if strings.Contains(word, ".") && w.m.words.Has(v.lang, word) {
			w.complain(t, v, "prints the key %s", word)
		}
	}
	body, err := html.Parse(strings.NewReader(page.HTML))
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(g.URL())
	if err != nil {
		t.Fatal(err)
	}
	c := &crawler{t: t, m: w.m, role: v.role, lang: v.lang, theirs: w.theirs, said: map[string]bool{}}
	c.look(pageSeen(at, body))
	if v.state == normal || v.state == empty { // a form cannot be carried to the other language
		c.leadsOn(pageSeen(at, body))
	}
}

// keep writes a page as it was sent, once in a language.
func (w *walker) keep(t *testing.T, v visit, source string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, v.file()+"-"+v.lang+".html"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
