package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hosho/models"
)

// The crawl follows every link there is, as each role and in each language, and looks at what comes: the status, the
// language it says and the one it is written in, the way to the other language. What it finds is the ground of the
// inventory of pages.

// crawlLimit is how many pages a role visits in a language.
const crawlLimit = 250

// roles are those who crawl, by their names on the sandbox's panel; "" is nobody. Further buyers and sellers have
// claims in other states, one was warned about reports, and one seller is under investigation.
var roles = []struct{ role, name string }{
	{"anonymous", ""},
	{"buyer", hanako},
	{"second buyer", tanaka},
	{"third buyer", suzuki},
	{"warned buyer", ito},
	{"seller", aoba},
	{"second seller", kitano},
	{"third seller", sorano},
	{"agent", mori},
	{"lead", nakamura},
	{"admin", ishikawa},
}

// crawler is somebody who reads pages without a browser.
type crawler struct {
	t      *testing.T
	m      market
	client *http.Client
	role   string
	lang   string
	theirs *strings.Replacer // takes out what people wrote, which is in the language they wrote it in
	forms  map[string]form   // by the kind of address they go to
	said   map[string]bool
}

// page is what came of an address.
type page struct {
	status int
	at     *url.URL // after redirects
	body   *html.Node
}

// form is where a form stands and where it goes, as paths below the language.
type form struct{ on, to string }

func pageSeen(at *url.URL, body *html.Node) page { return page{http.StatusOK, at, body} }

// complain reports trouble once for each kind of page.
func (c *crawler) complain(address *url.URL, format string, args ...any) {
	c.t.Helper()
	what := fmt.Sprintf(format, args...)
	if key := kindOf(address) + what; !c.said[key] {
		c.said[key] = true
		c.t.Errorf("%s: %s", address.RequestURI(), what)
	}
}

func (c *crawler) get(address string) page {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Accept-Language", c.lang)
	return c.read(c.client.Do(request))
}

func (c *crawler) read(response *http.Response, err error) page {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	p := page{status: response.StatusCode, at: response.Request.URL}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		if p.body, err = html.Parse(response.Body); err != nil {
			c.t.Fatal(err)
		}
		return p
	}
	if n, err := io.Copy(io.Discard, response.Body); err != nil || n == 0 {
		c.complain(p.at, "%d bytes, %v", n, err)
	}
	return p
}

// signIn becomes somebody by the sandbox's panel.
func (c *crawler) signIn(name string) {
	c.t.Helper()
	panel := c.get(c.m.base + "/" + c.lang + "/sandbox")
	account := ""
	for n := range panel.body.Descendants() {
		if n.DataAtom == atom.Form && strings.Contains(textOf(n), "("+name+")") {
			for field := range n.Descendants() {
				if field.DataAtom == atom.Input && attr(field, "name") == "account" {
					account = attr(field, "value")
				}
			}
		}
	}
	if account == "" {
		c.t.Fatalf("%s is not on the panel", name)
	}
	form := url.Values{"account": {account}}.Encode()
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.m.base+"/"+c.lang+"/sandbox/sign-in", strings.NewReader(form))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", c.m.base)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if p := c.read(c.client.Do(request)); p.status != http.StatusOK {
		c.t.Fatalf("signing in is answered with %d", p.status)
	}
}

// fewCaseFiles is how many case files a crawl downloads: an account is made only so many a minute.
const fewCaseFiles = 3

// crawl visits what can be reached, what is of a new kind first, and returns an address of each kind.
func (c *crawler) crawl() map[string]string {
	c.t.Helper()
	start := c.m.base + "/" + c.lang + "/"
	known, kinds, first := map[string]bool{start: true}, map[string]int{}, map[string]string{}
	queue, from := []string{start}, map[string]string{}
	for _, one := range morePages {
		if one.role == c.role && one.state == normal && !strings.HasPrefix(one.path, "/") {
			known[start+one.path] = true
			queue = append(queue, start+one.path)
		}
	}
	caseFiles := 0
	for visited := 0; len(queue) > 0 && visited < crawlLimit; visited++ {
		next := 0
		for i, address := range queue {
			if kinds[kindIn(address)] < kinds[kindIn(queue[next])] {
				next = i
			}
		}
		address := queue[next]
		queue = slices.Delete(queue, next, next+1)
		kind := kindIn(address)
		if strings.Contains(kind, "/case-file/zip") {
			if caseFiles++; caseFiles > fewCaseFiles {
				continue
			}
		}
		kinds[kind]++
		p := c.get(address)
		if p.status != http.StatusOK {
			// The home page's door for sellers asks for a seller.
			if !(p.status == http.StatusForbidden && !strings.HasSuffix(c.role, "seller") && strings.HasPrefix(p.at.Path, "/"+c.lang+"/seller")) {
				c.complain(p.at, "answered with %d, from %s", p.status, from[address])
			}
		}
		if p.body == nil {
			continue
		}
		if first[kind] == "" && p.status == http.StatusOK && kindIn(p.at.String()) == kind {
			first[kind] = address
		}
		c.look(p)
		c.leadsOn(p)
		c.noteForms(p)
		for _, link := range c.links(p) {
			if !known[link] {
				known[link], from[link] = true, p.at.RequestURI()
				queue = append(queue, link)
			}
		}
	}
	return first
}

// noteForms remembers where the forms of a page go.
func (c *crawler) noteForms(p page) {
	on, ok := strings.CutPrefix(p.at.RequestURI(), "/"+c.lang+"/")
	if !ok {
		return
	}
	for n := range p.body.Descendants() {
		if n.DataAtom != atom.Form || n.Type != html.ElementNode || !strings.EqualFold(attr(n, "method"), "post") {
			continue
		}
		to, err := p.at.Parse(attr(n, "action"))
		if err != nil {
			c.complain(p.at, "a form that goes to %q", attr(n, "action"))
			continue
		}
		kind := kindOf(&url.URL{Path: to.Path})
		if _, known := c.forms[kind]; !known {
			c.forms[kind] = form{on, strings.TrimPrefix(to.Path, "/"+c.lang+"/")}
		}
	}
}

// links are the addresses of ours that a page leads to in its language, and what it is made of.
func (c *crawler) links(p page) (list []string) {
	for n := range p.body.Descendants() {
		name := map[atom.Atom]string{atom.A: "href", atom.Img: "src", atom.Script: "src", atom.Link: "href"}[n.DataAtom]
		if name == "" || n.Type != html.ElementNode || attr(n, name) == "" {
			continue
		}
		to, err := p.at.Parse(attr(n, name))
		if err != nil {
			c.complain(p.at, "a link to %q", attr(n, name))
			continue
		}
		if n.DataAtom == atom.A && to.Fragment != "" && to.Path == p.at.Path && to.RawQuery == p.at.RawQuery && !hasID(p.body, to.Fragment) {
			c.complain(p.at, "a link to #%s, which is not on the page", to.Fragment)
		}
		to.Fragment = ""
		if other := attr(n, "hreflang"); other != "" && other != c.lang || to.Host != p.at.Host {
			continue
		}
		list = append(list, to.String())
	}
	return list
}

var (
	japanese = regexp.MustCompile(`[\p{Hiragana}\p{Katakana}\p{Han}]+`)
	english  = regexp.MustCompile(`[A-Za-z][A-Za-z'’]*(?:[,;:]? [A-Za-z][A-Za-z'’]*){3,}`)
)

// asSent are the pages that show mails and notices as they went out, in the language of whom they went to.
var asSent = regexp.MustCompile(`/sandbox/mail|/notices/`)

// look reads a page: its language, and that it is written in it.
func (c *crawler) look(p page) {
	c.t.Helper()
	if strings.HasPrefix(p.at.Path, "/api") {
		return // the page about the API is written in English for programmers
	}
	var root *html.Node
	for n := range p.body.ChildNodes() {
		if n.DataAtom == atom.Html {
			root = n
		}
	}
	if got := attr(root, "lang"); got != c.lang {
		c.complain(p.at, "says lang=%q", got)
	}
	for _, text := range written(root) {
		if asSent.MatchString(p.at.Path) {
			break
		}
		left := c.theirs.Replace(text)
		if c.lang == "en" && japanese.MatchString(left) {
			c.complain(p.at, "Japanese on an English page: %s", strings.Join(japanese.FindAllString(left, -1), " … "))
		}
		if c.lang == "ja" && english.MatchString(left) {
			c.complain(p.at, "English on a Japanese page: %s", english.FindString(left))
		}
	}
	for n := range root.Descendants() {
		if at := attr(n, "datetime"); strings.HasPrefix(at, "0001") {
			c.complain(p.at, "a time that is none: %s", textOf(n))
		}
	}
}

// leadsOn holds the way to the same page in the other language.
func (c *crawler) leadsOn(p page) {
	c.t.Helper()
	if strings.HasPrefix(p.at.Path, "/api") {
		return
	}
	switched := false
	for n := range p.body.Descendants() {
		if n.DataAtom != atom.A || attr(n, "hreflang") == "" || attr(n, "hreflang") == c.lang {
			continue
		}
		to, err := p.at.Parse(attr(n, "href"))
		switched = err == nil
		if want := "/" + attr(n, "hreflang") + strings.TrimPrefix(p.at.Path, "/"+c.lang); err == nil && to.Path != want {
			c.complain(p.at, "the other language is at %s, want %s", to.Path, want)
		}
		if err == nil && to.RawQuery != p.at.RawQuery {
			c.complain(p.at, "the other language loses the query: %s", to.RequestURI())
		}
	}
	if !switched {
		c.complain(p.at, "no way to the other language")
	}
}

// written is what the portal itself says on a page: its texts and spoken names, without what is marked as somebody's
// own words, with a lang of their own or the class of what was said.
func written(n *html.Node) (list []string) {
	if n.Type == html.TextNode {
		return []string{n.Data}
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Textarea:
		return nil
	case atom.Html:
	default:
		classes := strings.Fields(attr(n, "class"))
		if attr(n, "lang") != "" || slices.Contains(classes, "said") || slices.Contains(classes, "file-name") {
			return nil
		}
	}
	for _, name := range []string{"aria-label", "title", "alt", "placeholder"} {
		if value := attr(n, name); value != "" {
			list = append(list, value)
		}
	}
	for child := range n.ChildNodes() {
		list = append(list, written(child)...)
	}
	return list
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var all strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			all.WriteString(d.Data)
		}
	}
	return all.String()
}

func hasID(n *html.Node, id string) bool {
	for d := range n.Descendants() {
		if attr(d, "id") == id {
			return true
		}
	}
	return false
}

var (
	numbers = regexp.MustCompile(`[A-Z]{1,2}-[0-9A-Z]{4}(-[0-9A-Z]{4})?|[0-9a-f]{8}-[0-9a-f-]{27}|\b\d+\b`)
	locale  = regexp.MustCompile(`^/[a-z]{2}/`)
)

// kindOf is what pages of one kind have in common: the path without numbers, and which questions the query answers.
func kindOf(at *url.URL) string {
	kind := locale.ReplaceAllString(numbers.ReplaceAllString(at.Path, "*"), "/")
	for _, key := range slices.Sorted(maps.Keys(at.Query())) {
		kind += " " + key
		if key == "v" || key == "choice" {
			kind += "=" + at.Query().Get(key)
		}
	}
	return kind
}

func kindIn(address string) string {
	at, err := url.Parse(address)
	if err != nil {
		return address
	}
	return kindOf(at)
}

// theirs takes out what people of the sample marketplace wrote, and what they and their things are called: much of it
// stands on pages without a mark of its own.
func (m market) theirs(t *testing.T) *strings.Replacer {
	t.Helper()
	seen := map[string]bool{"日本語": true, "追跡画面": true} // the language itself, and a file on the sheet of parts
	m.ask(t, func(store *models.Store) {
		page := models.Page{Limit: models.MaxPage}
		orders, _, err := store.Orders(t.Context(), models.Actor{Role: models.RoleIntegration}, page)
		if err != nil {
			t.Fatal(err)
		}
		accounts, _, err := store.Accounts(t.Context(), models.Operator, models.AccountFilter{Page: page})
		if err != nil {
			t.Fatal(err)
		}
		agent := accounts[slices.IndexFunc(accounts, func(a models.Account) bool { return a.Name == mori })].Actor()
		claims, _, err := store.Claims(t.Context(), agent, models.ClaimFilter{Page: page})
		if err != nil {
			t.Fatal(err)
		}
		views, err := store.ViewsOf(t.Context(), agent, claims)
		if err != nil {
			t.Fatal(err)
		}
		drafts, err := store.PolicyDrafts(t.Context(), accounts[slices.IndexFunc(accounts, func(a models.Account) bool { return a.Name == nakamura })].Actor())
		if err != nil {
			t.Fatal(err)
		}
		versions, err := store.PolicyVersions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range []any{orders, accounts, claims, views, drafts, versions} {
			collect(reflect.ValueOf(what), seen)
		}
	})
	var pairs []string
	for _, words := range slices.SortedFunc(maps.Keys(seen), func(a, b string) int { return len(b) - len(a) }) {
		pairs = append(pairs, words, "")
	}
	return strings.NewReplacer(pairs...)
}

// collect notes every string in a value that is longer than a letter or two and no word of the program's own.
func collect(v reflect.Value, seen map[string]bool) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); japanese.MatchString(s) || strings.Contains(s, " ") {
			seen[s] = true
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			collect(v.Elem(), seen)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			collect(v.Index(i), seen)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			collect(v.MapIndex(key), seen)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			collect(v.Field(i), seen)
		}
	default:
	}
}

// drawnAs is what pages have in common that are drawn alike: a list is, whatever it is narrowed to. It is "" for what is
// no page.
func drawnAs(kind string) string {
	if regexp.MustCompile(`^/files/|^/static/|openapi|/case-file/zip$`).MatchString(kind) {
		return ""
	}
	return regexp.MustCompile(` (v|seller|cursor|sort|dir|next)(=\w+)?\b`).ReplaceAllString(kind, "")
}
