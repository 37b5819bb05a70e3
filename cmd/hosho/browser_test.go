package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hosho/cmd/hosho/browsertest"
	"hosho/models"
	"hosho/templates"
)

// The browser tests walk through the portal the way people do: the demo runs in this process with its sample
// marketplace, and a real Chromium opens it, reads, clicks and types. Each test has a marketplace of its own, because
// moving the sandbox's clock moves it for everybody there. Words on the screen are taken from the catalogue, so a test
// walks in any language and a reworded page breaks none.
//
//	HOSHO_TEST_REQUIRE=browser   without a Chromium these tests fail instead of being skipped
//	HOSHO_SCREENSHOTS=DIR        pictures of the pages on the way

// People of the sample marketplace.
const (
	hanako   = "佐藤 花子"
	tanaka   = "田中 健"
	suzuki   = "鈴木 一郎"
	ito      = "伊藤 直樹"  // was warned for reporting under two accounts
	aoba     = "青葉 さくら" // sells as 青葉雑貨店
	kitano   = "北野 誠"   // sells as 北町家電
	sorano   = "空野 翼"   // sells as 空色書店, which is under investigation
	hamada   = "浜田 海"   // sells as 海風フーズ
	olivia   = "Olivia Hart"
	mori     = "森 由美"
	abe      = "阿部 大輔"
	nakamura = "中村 恵"
	ishikawa = "石川 直子"
)

// market is a running demo.
type market struct {
	base   string
	folder string
	words  *templates.Catalog
	plain  bool // its guests have scripts turned off
}

// openMarket starts the demo and stops it when the test, with all of its windows, is over.
func openMarket(t *testing.T) market {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: the browser tests are long")
	}
	if os.Getenv("HOSHO_TEST_DB") == "mariadb" {
		t.Skip("skipped: the demo brings SQLite with it, so these tests have run without HOSHO_TEST_DB")
	}
	words, err := templates.NewCatalog(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := market{folder: filepath.Join(t.TempDir(), demoFolder), words: words}
	// Not the test's own context, which ends before the windows close.
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	out := &tap{lines: make(chan string, 100)}
	var complaints bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--listen", "127.0.0.1:0", "--data", m.folder}, nil, strings.NewReader(""), out, &complaints)
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			t.Errorf("the demo stopped with %d", code)
		}
		// Mails are told at the level of information; nothing worse may have happened.
		for line := range strings.SplitSeq(complaints.String(), "\n") {
			if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, "level=ERROR") {
				t.Errorf("the program reports: %s", line)
			}
		}
	})
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	for limit := time.After(60 * time.Second); ; {
		select {
		case line := <-out.lines:
			if m.base == "" {
				m.base = address.FindString(line)
			}
			if strings.Contains(line, "Ctrl+C") {
				return m
			}
		case code := <-ended:
			ended <- code
			t.Fatalf("the demo ended with %d: %s", code, complaints.String())
		case <-limit:
			t.Fatal("the demo did not start")
		}
	}
}

// guest is somebody with a window of their own who reads one language.
type guest struct {
	*browsertest.Browser
	t    *testing.T
	m    market
	lang string
}

func (m market) guest(t *testing.T, lang string) guest {
	t.Helper()
	g := guest{browsertest.New(t), t, m, lang}
	if m.plain {
		g.DisableScript()
	}
	return g
}

// Axe checks the page with axe-core, where scripts run.
func (g guest) Axe() {
	g.t.Helper()
	if !g.m.plain {
		g.Browser.Axe()
	}
}

// signedIn is a guest who has chosen on the sandbox's panel to be somebody.
func (m market) signedIn(t *testing.T, lang, name string) guest {
	t.Helper()
	g := m.guest(t, lang)
	g.open("sandbox")
	g.Click("(" + name + ")")
	return g
}

// open goes to a page by its path below the language.
func (g guest) open(path string) {
	g.t.Helper()
	g.Goto(g.m.base + "/" + g.lang + "/" + path)
}

// at fails the test unless the window shows the page of a path.
func (g guest) at(path string) {
	g.t.Helper()
	want, got := g.m.base+"/"+g.lang+"/"+path, g.URL()
	for end := time.Now().Add(5 * time.Second); got != want && time.Now().Before(end); got = g.URL() {
		time.Sleep(20 * time.Millisecond) // a slow machine may still be on the way
	}
	if got != want {
		g.t.Fatalf("at %s, want %s; the page says: %.1500s", got, want, g.Text("main"))
	}
}

// say is a text of the catalogue in the guest's language.
func (g guest) say(key string, pairs ...any) string {
	g.t.Helper()
	args := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		args[pairs[i].(string)] = pairs[i+1]
	}
	if !g.m.words.Has(g.lang, key) {
		g.t.Fatalf("the catalogue has no %q in %s", key, g.lang)
	}
	return strings.Join(strings.Fields(g.m.words.Text(g.lang, key, args)), " ")
}

// press clicks what the catalogue calls by a key.
func (g guest) press(key string, pairs ...any) {
	g.t.Helper()
	g.Click(g.say(key, pairs...))
}

// write fills a field by the label the catalogue gives it.
func (g guest) write(label, text string) {
	g.t.Helper()
	g.Fill(g.say(label), text)
}

// pick chooses a radio button or check box by what it sends.
func (g guest) pick(name, value string) {
	g.t.Helper()
	g.Click(fmt.Sprintf("css=input[name=%q][value=%q]", name, value))
}

// reads waits for words of the catalogue on the page.
func (g guest) reads(keys ...string) {
	g.t.Helper()
	for _, key := range keys {
		g.WaitText(g.say(key))
	}
}

// has tells whether the main part of the page holds a text, now.
func (g guest) has(text string) bool {
	g.t.Helper()
	return strings.Contains(g.Text("main"), text)
}

// lets time pass by a button of the sandbox's bar.
func (g guest) later(by time.Duration) {
	g.t.Helper()
	g.Click(fmt.Sprintf(`css=.sandbox button[value="%s"]`, by))
}

// number is the claim's number in the page's address.
func (g guest) number() string {
	g.t.Helper()
	number := regexp.MustCompile(`C-\w{4}-\w{4}`).FindString(g.URL())
	if number == "" {
		g.t.Fatalf("no claim's number in %s", g.URL())
	}
	return number
}

// shot takes a screenshot of the page as a file somebody may hand in.
func (g guest) shot() string {
	g.t.Helper()
	body, err := chromedp.Run(g.Context(), chromedp.FullScreenshot(100))
	if err != nil {
		g.t.Fatal(err)
	}
	path := filepath.Join(g.t.TempDir(), "screenshot.png")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		g.t.Fatal(err)
	}
	return path
}

// picture is a small PNG on disk.
func picture(t *testing.T, name string) string {
	t.Helper()
	im := image.NewRGBA(image.Rect(0, 0, 320, 200))
	for x := range 320 {
		for y := range 200 {
			im.Set(x, y, color.RGBA{uint8(x), uint8(y), 0x80, 0xff})
		}
	}
	var body bytes.Buffer
	if err := png.Encode(&body, im); err != nil {
		t.Fatal(err)
	}
	return fileOf(t, name, body.Bytes())
}

func fileOf(t *testing.T, name string, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// quiet fails the test when the pages so far reported trouble: a window also asks when it closes, but here it is
// known after which step. It also fails where the page shows a time that is none.
func (g guest) quiet() {
	g.t.Helper()
	if none := evaluate[string](g, "document.querySelector('time[datetime^=\"0001\"]')?.innerText ?? ''"); none != "" {
		g.t.Errorf("%s shows a time that is none: %s", g.URL(), none)
	}
	for _, trouble := range g.ConsoleErrors() {
		g.t.Errorf("%s: %s", g.URL(), trouble)
	}
}

// ask calls the database of the market beside the running program, for what no page tells a test.
func (m market) ask(t *testing.T, question func(*models.Store)) {
	t.Helper()
	store, err := models.Open(t.Context(), models.Config{Database: "sqlite:" + filepath.Join(m.folder, "hosho.db"), Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	question(store)
}

// quoted is a string as JavaScript writes it.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(b)
}

// evaluate asks the page for the value of an expression.
func evaluate[T any](g guest, expression string) T {
	g.t.Helper()
	return browsertest.Eval[T](g.Browser, expression)
}
