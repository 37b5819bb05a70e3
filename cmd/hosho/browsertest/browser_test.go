package browsertest

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shop is a small site with the shapes a page of ours may have.
func shop(t *testing.T) string {
	mux := http.NewServeMux()
	write := func(path, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; require-trusted-types-for 'script'")
			io.WriteString(w, `<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><title>店</title>
				<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">
				<link rel="stylesheet" href="/app.css"><script src="/app.js" defer></script></head><body>`+body+`</body></html>`)
		})
	}
	mux.HandleFunc("GET /app.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		io.WriteString(w, `addEventListener("DOMContentLoaded", () => {
			document.documentElement.dataset.script = "ran";
			for (const open of document.querySelectorAll("[data-open]"))
				open.addEventListener("click", () => document.getElementById(open.dataset.open).showModal());
			setTimeout(() => { const late = document.getElementById("late"); if (late) late.hidden = false; }, 300);
		});`)
	})
	mux.HandleFunc("GET /app.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		io.WriteString(w, `:root { color-scheme: light dark } .away { opacity: 0; position: absolute; width: 1px; height: 1px }
			#veil { position: fixed; inset: 0; background: #fff }
			@media (prefers-color-scheme: dark) { #scheme::after { content: "dark" } }
			#scheme::after { content: "light" } @media (prefers-color-scheme: dark) { #scheme::after { content: "dark" } }
			@media (max-width: 400px) { .wide { display: none } }`)
	})
	write("/{$}", `<header><a href="/orders">注文</a></header><main><h1>ようこそ</h1>
		<p class="wide">wide</p><p id="scheme">scheme</p><a href="/orders">注文</a> <a href="/orders?all">注文をすべて見る</a>
		<a href="/hanging">Slow</a><a href="/missing">Gone</a>
		<button type="button" data-open="ask">Remove</button><p id="late" hidden>後から</p>
		<dialog id="ask"><form method="get" action="/orders"><button>Remove</button></form></dialog></main>`)
	write("/orders", `<main><h1>注文一覧</h1><a href="/form">問い合わせる</a></main>`)
	write("/form", `<main><h1>問い合わせ</h1><form method="post" action="/form" enctype="multipart/form-data">
		<label for="body">本文 <span>必須</span></label><textarea id="body" name="body">old text</textarea>
		<label>件名 <input name="subject" value="old"></label>
		<label for="reason">理由</label><select id="reason" name="reason"><option value="">選ぶ</option><option value="late"> 届かない </option></select>
		<label for="day">日付</label><input id="day" name="day" type="date">
		<label><input type="checkbox" name="agree" value="yes"> 同意する</label>
		<input type="radio" id="r1" name="kind" value="gift" class="away"><label for="r1">贈り物</label>
		<label for="file">画像</label><input id="file" name="file" type="file">
		<button name="do" value="send">送る</button></form></main>`)
	mux.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var file string
		if f, header, err := r.FormFile("file"); err == nil {
			content, _ := io.ReadAll(f)
			file = header.Filename + "=" + string(content)
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprintf(w, "<!DOCTYPE html><title>got</title><link rel=icon href='data:,'><p id=got>%s</p><p id=site>%s</p>", html.EscapeString(strings.Join([]string{
			r.FormValue("body"), r.FormValue("subject"), r.FormValue("reason"), r.FormValue("day"),
			r.FormValue("agree"), r.FormValue("kind"), file, r.FormValue("do"),
		}, "/")), r.Header.Get("Sec-Fetch-Site"))
	})
	mux.HandleFunc("GET /hanging", func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(400 * time.Millisecond)
		io.WriteString(w, "<!DOCTYPE html><link rel=icon href='data:,'><h1>at last</h1>")
	})
	write("/veil", `<main><button>Under</button><div id="veil"></div></main>`)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	write("/quiet", `<main><h1>quiet</h1></main>`)
	write("/log", `<script src="/log.js"></script>`)
	mux.HandleFunc("GET /log.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		io.WriteString(w, `console.log("fine"); console.error("said", 7); null.nothing;`)
	})
	write("/inline", `<script>document.title = "never"</script><p style="color: red">inline</p>`)
	write("/broken", `<img src="/none.png" alt=""><script src="http://127.0.0.1:9/refused.js"></script>`)
	mux.HandleFunc("GET /fails", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusInternalServerError) })
	write("/accessible", `<main><h1>Good</h1><p>Plain text.</p></main>`)
	write("/inaccessible", `<main><h1>Bad</h1><img src="/dot.svg"><form><input name="q"></form></main>`)
	write("/twice", `<a href="/orders">すべて見る</a> <p><a href="/orders">すべて見る</a></p>`)
	mux.HandleFunc("GET /dot.svg", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`)
	})
	mux.HandleFunc("GET /cookie", func(w http.ResponseWriter, r *http.Request) {
		_, err := r.Cookie("seen")
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
		fmt.Fprintf(w, "<!DOCTYPE html><link rel=icon href='data:,'><h1>seen: %t</h1>", err == nil)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func wants(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %q, want %q", what, got, want)
	}
}

func TestAPathThroughPages(t *testing.T) {
	site, b := shop(t), New(t)
	b.Goto(site + "/")
	b.Click("注文") // also in the header, and part of a longer name
	wants(t, "the address", b.URL(), site+"/orders")
	b.Click("問い合わせる")
	wants(t, "the heading", b.Text("h1"), "問い合わせ")

	picture := filepath.Join(t.TempDir(), "写真.png")
	if err := os.WriteFile(picture, []byte("bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Fill("本文", "新しい文 👩‍🔧")
	b.Fill("件名", "")
	b.Fill("理由", "届かない")
	b.Fill("日付", "2026-02-28")
	b.Click("同意する")
	b.Click("贈り物")
	b.Upload("画像", picture)
	b.Click("送る")
	wants(t, "what was sent", b.Text("#got"), "新しい文 👩‍🔧//late/2026-02-28/yes/gift/写真.png=bytes/send")
	wants(t, "Sec-Fetch-Site", b.Text("#site"), "same-origin")
	b.Back()
	wants(t, "the heading after back", b.Text("h1"), "問い合わせ")
}

func TestClickWaitsForTheNextPage(t *testing.T) {
	site, b := shop(t), New(t)
	b.Goto(site + "/")
	b.Click("Slow")
	wants(t, "the heading", b.Text("h1"), "at last")
	b.Reload()
	wants(t, "the heading", b.Text("h1"), "at last")
	b.Goto(site + "/missing") // 404 is a page
	wants(t, "the answer", b.Text("body"), "404 page not found")
}

func TestTheDialogWins(t *testing.T) {
	site, b := shop(t), New(t)
	b.Goto(site + "/")
	b.Click("Remove")
	wants(t, "the address", b.URL(), site+"/")
	b.Click("Remove")
	wants(t, "the address", b.URL(), site+"/orders?")
}

func TestTextWaits(t *testing.T) {
	site, b := shop(t), New(t)
	b.Goto(site + "/")
	wants(t, "what comes later", b.Text("#late"), "後から")
	b.WaitText("注文をすべて見る")
}

func TestKeyboard(t *testing.T) {
	site, b := shop(t), New(t)
	b.Goto(site + "/form")
	b.Press("Tab")
	b.Press("Tab")
	b.Type("by keys")
	wants(t, "the subject", Eval[string](b, "document.activeElement.name + '=' + document.activeElement.value"), "subject=by keys")
	b.Press("Shift+Tab")
	wants(t, "the focus", Eval[string](b, "document.activeElement.id"), "body")
	b.Press("Tab")
	b.Press("Enter") // submits
	wants(t, "what was sent", b.Text("#got"), "old text/by keys//////send")
}

func TestScriptOff(t *testing.T) {
	site, b := shop(t), New(t)
	b.Goto(site + "/")
	wants(t, "the mark of the script", Eval[string](b, "document.documentElement.dataset.script ?? 'off'"), "ran")
	b.DisableScript()
	b.Goto(site + "/form")
	wants(t, "the mark of the script", Eval[string](b, "document.documentElement.dataset.script ?? 'off'"), "off")
	b.Fill("件名", "plain")
	b.Click("送る")
	wants(t, "what was sent", b.Text("#got"), "old text/plain//////send")
}

func TestWhatTheReaderPrefers(t *testing.T) {
	site, b := shop(t), New(t)
	b.Goto(site + "/")
	scheme := "getComputedStyle(document.getElementById('scheme'), '::after').content"
	wants(t, "the scheme", Eval[string](b, scheme), `"light"`)
	b.ColorScheme("dark")
	wants(t, "the scheme", Eval[string](b, scheme), `"dark"`)
	if !Eval[bool](b, "matchMedia('(prefers-reduced-motion: reduce)').matches") {
		t.Error("motion is not reduced")
	}
	wants(t, "wide", b.Text(".wide"), "wide")
	b.SetViewport(320, 640)
	if Eval[int](b, "innerWidth") != 320 || Eval[bool](b, "document.querySelector('.wide').checkVisibility()") {
		t.Error("the page is not 320 wide")
	}
}

func TestEachWindowHasCookiesOfItsOwn(t *testing.T) {
	site := shop(t)
	first, second := New(t), New(t)
	first.Goto(site + "/cookie")
	first.Goto(site + "/cookie")
	wants(t, "the first window", first.Text("h1"), "seen: true")
	second.Goto(site + "/cookie")
	wants(t, "the second window", second.Text("h1"), "seen: false")
	tab := first.Tab()
	tab.Goto(site + "/cookie")
	wants(t, "a tab of the first window", tab.Text("h1"), "seen: true")
}

func TestLinksToOneAddressAreOneThing(t *testing.T) {
	site, b := shop(t), New(t)
	b.Goto(site + "/twice")
	b.Click("すべて見る")
	wants(t, "the address", b.URL(), site+"/orders")
}

func TestConsoleErrors(t *testing.T) {
	site, b := shop(t), New(t)
	for path, parts := range map[string][]string{
		"/quiet":   nil,
		"/missing": nil, // a page that says no is a page
		"/log":     {"console: said 7", "script: Uncaught TypeError: Cannot read properties of null"},
		"/inline":  {"Content Security Policy", "Content Security Policy"},
		"/broken":  {"/none.png: status 404", "refused.js"},
		"/fails":   {"/fails: status 500"},
	} {
		b.Goto(site + path)
		if path == "/missing" && b.Text("body") != "404 page not found" {
			t.Error("no page for what is missing")
		}
		got := b.ConsoleErrors()
		for _, part := range parts {
			if !strings.Contains(strings.Join(got, "\n"), part) {
				t.Errorf("%s: %q is not in %q", path, part, got)
			}
		}
		if len(got) < len(parts) || (len(parts) == 0 && len(got) > 0) {
			t.Errorf("%s: reported %q, want %d", path, got, len(parts))
		}
		if again := b.ConsoleErrors(); len(again) > 0 {
			t.Errorf("%s: reported twice: %q", path, again)
		}
	}
}

func TestAxe(t *testing.T) {
	site, b := shop(t), New(t)
	b.Goto(site + "/accessible")
	b.Axe()
	b.Goto(site + "/inaccessible")
	found := list(b.violations())
	for _, rule := range []string{"image-alt", "label (critical)", "img", "input"} {
		if !strings.Contains(found, rule) {
			t.Errorf("%q is not in what axe-core found:\n%s", rule, found)
		}
	}
}

func TestScreenshot(t *testing.T) {
	dir := t.TempDir()
	site, b := shop(t), New(t)
	b.Goto(site + "/")
	t.Setenv("HOSHO_SCREENSHOTS", "")
	b.Screenshot("none")
	t.Setenv("HOSHO_SCREENSHOTS", filepath.Join(dir, "shots"))
	b.Screenshot("home")
	picture, err := os.ReadFile(filepath.Join(dir, "shots", "home.png"))
	if err != nil || !strings.HasPrefix(string(picture), "\x89PNG") {
		t.Errorf("the picture: %.8q, %v", picture, err)
	}
	if entries, _ := os.ReadDir(filepath.Join(dir, "shots")); len(entries) != 1 {
		t.Errorf("%d pictures, want 1", len(entries))
	}
}

// recorder takes the end of a test that should fail.
type recorder struct {
	testing.TB
	said string
}

type stopped struct{}

func (r *recorder) Helper() {}
func (r *recorder) Fatalf(format string, args ...any) {
	r.said = fmt.Sprintf(format, args...)
	panic(stopped{})
}

func (r *recorder) Skipf(format string, args ...any) {
	r.said = "SKIP " + fmt.Sprintf(format, args...)
	panic(stopped{})
}

func (r *recorder) during(do func()) (said string) {
	defer func() {
		if caught := recover(); caught != nil && caught != any(stopped{}) {
			panic(caught)
		}
		said = r.said
	}()
	do()
	return
}

// What a person could not do ends the test with a sentence.
func TestWhatCannotBeDone(t *testing.T) {
	site, b := shop(t), New(t)
	b.patience = 300 * time.Millisecond // each case waits it out
	honest := b.tb
	for _, c := range []struct {
		path, want string
		do         func()
	}{
		{"/veil", "it is covered by <div id=\"veil\">", func() { b.Click("Under") }},
		{"/", "nothing on the page goes by that name", func() { b.Click("注文なし") }},
		{"/orders", "find p.none", func() { b.Text("p.none") }},
		{"/form", "it is not a field to write in", func() { b.Fill("同意する", "yes") }},
		{"/form", "it offers 選ぶ, 届かない", func() { b.Fill("理由", "ほか") }},
	} {
		b.Goto(site + c.path)
		r := &recorder{TB: t}
		b.tb = r
		said := r.during(c.do)
		b.tb = honest
		if !strings.Contains(said, c.want) {
			t.Errorf("%s: said %q, want %q", c.path, said, c.want)
		}
	}
}

func TestMissingToolsSkipOrFail(t *testing.T) {
	for required, want := range map[string]string{"": "SKIP skipped: no", "s3,mariadb": "SKIP skipped: no", "s3,browser": "no Chromium is installed here, and HOSHO_TEST_REQUIRE asks"} {
		t.Setenv("HOSHO_TEST_REQUIRE", required)
		r := &recorder{TB: t}
		if said := r.during(func() { missing(r, errNoChromium) }); !strings.HasPrefix(said, want) {
			t.Errorf("with %q: %q, want %q", required, said, want)
		}
	}
}
