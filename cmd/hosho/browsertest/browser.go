// Package browsertest drives a real Chromium the way a person does: it finds things by the words on the screen, clicks
// where they are drawn, types, and sees what comes back. A test of a page uses it in place of a mock of a browser.
//
// One Chromium serves all tests of a process; each test gets a window of its own with cookies of its own. Whatever the
// page reports (errors on the console, violations of the content security policy, requests that fail) is collected,
// and a test that ends without having asked for it fails.
//
// It knows nothing of claims: addresses, words and rules belong to the tests.
//
//	HOSHO_TEST_REQUIRE   a comma-separated list; with "browser" in it a missing Chromium or axe-core fails the test,
//	                     which otherwise is skipped with a sentence
//	HOSHO_SCREENSHOTS    a folder; without it Screenshot does nothing
package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Browser is one window. Its methods end the test when they cannot do what they are asked; none may be called from
// two goroutines at once.
type Browser struct {
	tb     testing.TB
	ctx    context.Context
	main   cdp.FrameID
	report *report
	media  map[string]string
	// patience is how long a person is taken to wait for something to appear.
	patience time.Duration
}

// New opens a window in a profile of its own, 1280 by 800, in light colours and with reduced motion, so that nothing
// slides away under a click. It closes with the test. Open it after the server it will visit has started: so it closes
// before that server, and an open stream that breaks with the server is not taken for trouble.
func New(tb testing.TB) *Browser {
	tb.Helper()
	parent, err := chromium()
	if errors.Is(err, errNoChromium) {
		missing(tb, err)
	}
	if err != nil {
		tb.Fatalf("start chromium: %v", err)
	}
	return open(tb, parent, chromedp.WithNewBrowserContext())
}

// Tab opens another tab of this window: it has the same cookies and reports by itself. It closes with the test.
func (b *Browser) Tab() *Browser {
	b.tb.Helper()
	return open(b.tb, b.ctx)
}

func open(tb testing.TB, parent context.Context, options ...chromedp.ContextOption) *Browser {
	tb.Helper()
	b := &Browser{tb: tb, patience: 10 * time.Second, report: newReport(), media: map[string]string{
		"prefers-reduced-motion": "reduce",
		"prefers-color-scheme":   "light",
	}}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(b.report.hear))...)
	b.ctx = ctx
	tb.Cleanup(cancel)
	tree, err := chromedp.Call(ctx, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		tb.Fatalf("open a window: %v", err)
	}
	b.main = tree.FrameTree.Frame.ID
	b.report.follow(b.main)
	b.applyMedia()
	b.SetViewport(1280, 800)
	tb.Cleanup(func() {
		if left := b.ConsoleErrors(); len(left) > 0 && !tb.Failed() {
			tb.Errorf("the page reported what nobody asked for:\n%s", strings.Join(left, "\n"))
		}
	})
	return b
}

// Context is for what this package has no word for: chromedp's own actions on this window.
func (b *Browser) Context() context.Context { return b.ctx }

// Goto opens an address and waits until the page and what it refers to have loaded. An error page of the server is a
// page too.
func (b *Browser) Goto(address string) {
	b.tb.Helper()
	before := b.report.loads()
	ctx, cancel := context.WithTimeout(b.ctx, 3*b.patience)
	defer cancel()
	res, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: address})
	if err == nil && res.ErrorText != "" && res.ErrorText != "net::ERR_HTTP_RESPONSE_CODE_FAILURE" {
		err = errors.New(res.ErrorText)
	}
	if err != nil {
		b.tb.Fatalf("open %s: %v", address, err)
	}
	if res.LoaderID == "" {
		return // a jump within the page
	}
	b.settle(before)
}

// Back does what the browser's back button does.
func (b *Browser) Back() {
	b.tb.Helper()
	before := b.report.loads()
	history, err := chromedp.Call(b.ctx, page.GetNavigationHistory, cdp.Empty{})
	if err != nil {
		b.tb.Fatalf("go back: %v", err)
	}
	if history.CurrentIndex == 0 {
		b.tb.Fatalf("go back: this is the first page")
	}
	target := page.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex-1].ID}
	if _, err := chromedp.Call(b.ctx, page.NavigateToHistoryEntry, target); err != nil {
		b.tb.Fatalf("go back: %v", err)
	}
	b.follow(before, long)
}

// Reload loads the page again, and sends a form again if the page answered one.
func (b *Browser) Reload() {
	b.tb.Helper()
	before := b.report.loads()
	if _, err := chromedp.Call(b.ctx, page.Reload, page.ReloadParams{}); err != nil {
		b.tb.Fatalf("reload: %v", err)
	}
	b.settle(before)
}

// URL is the address of the page.
func (b *Browser) URL() string {
	b.tb.Helper()
	return Eval[string](b, "location.href")
}

// SetViewport sets the size of the page's area in CSS pixels.
func (b *Browser) SetViewport(width, height int) {
	b.tb.Helper()
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(int64(width), int64(height))); err != nil {
		b.tb.Fatalf("set the viewport: %v", err)
	}
}

// ColorScheme sets what the reader prefers: "light" or "dark".
func (b *Browser) ColorScheme(scheme string) {
	b.tb.Helper()
	b.SetMedia("prefers-color-scheme", scheme)
}

// SetMedia sets one media feature, such as "prefers-contrast" or "forced-colors".
func (b *Browser) SetMedia(feature, value string) {
	b.tb.Helper()
	b.media[feature] = value
	b.applyMedia()
}

func (b *Browser) applyMedia() {
	b.tb.Helper()
	var features []*emulation.MediaFeature
	for name, value := range b.media {
		features = append(features, &emulation.MediaFeature{Name: name, Value: value})
	}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		b.tb.Fatalf("set what the reader prefers: %v", err)
	}
}

// DisableScript keeps pages loaded from now on from running scripts of their own. The harness still works.
func (b *Browser) DisableScript() {
	b.tb.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		b.tb.Fatalf("turn scripts off: %v", err)
	}
}

// Screenshot writes the whole page as NAME.png into $HOSHO_SCREENSHOTS.
func (b *Browser) Screenshot(name string) {
	b.tb.Helper()
	dir := os.Getenv("HOSHO_SCREENSHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.tb.Fatalf("take a screenshot: %v", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.tb.Fatalf("take a screenshot: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		b.tb.Fatalf("take a screenshot: %v", err)
	}
}

// Picture is what the window shows, as a PNG.
func (b *Browser) Picture() []byte {
	b.tb.Helper()
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.tb.Fatalf("take a picture: %v", err)
	}
	return picture
}

// Eval returns the value of a JavaScript expression, waiting for it if it is a promise.
func Eval[T any](b *Browser, expression string) T {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 3*b.patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.tb.Fatalf("evaluate %.200s: %v", expression, err)
	}
	return value
}

// How long an action is given to begin to navigate. Chromium says so within a few milliseconds, on a machine that is
// not busy; an action that leads nowhere costs the pause.
const (
	short = 150 * time.Millisecond // nothing says that it leads away
	long  = 3 * time.Second        // a link, or a button that sends a form
)

// follow waits for the page an action leads to, if it leads to one.
func (b *Browser) follow(before int, pause time.Duration) {
	b.tb.Helper()
	for end := time.Now().Add(pause); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if b.report.loading() || b.report.loads() != before {
			b.settle(before)
			return
		}
	}
}

// settle waits until a load that began after the given count has finished.
func (b *Browser) settle(before int) {
	b.tb.Helper()
	for end := time.Now().Add(3 * b.patience); ; time.Sleep(5 * time.Millisecond) {
		if !b.report.loading() && b.report.loads() != before {
			return
		}
		if time.Now().After(end) {
			b.tb.Fatalf("the page is still loading after %v", 3*b.patience)
		}
	}
}

var errNoChromium = errors.New("no Chromium is installed here")

// chromium starts the browser of this process at the first call.
var chromium = sync.OnceValues(func() (context.Context, error) {
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		return nil, errNoChromium
	}
	profile, err := os.MkdirTemp("", "hosho-chromium-")
	if err != nil {
		return nil, err
	}
	if err := removeAfterUs(profile); err != nil {
		return nil, err
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(program),
		chromedp.UserDataDir(profile),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
		// A page is taken to the screen as it is written, whatever languages the machine is set to.
		chromedp.Flag("lang", "en"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to start as root with its sandbox
	}
	// The browser lives as long as the process: neither context is cancelled, and Chromium stops when the pipe that
	// steers it closes.
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		cancelAllocator()
		return nil, err
	}
	return ctx, nil
})

// lifeline keeps the write ends of removeAfterUs open until the process ends.
var lifeline []*os.File

// removeAfterUs removes a folder when this process has ended, by whatever cause: a small shell waits for the pipe to
// this process to close.
func removeAfterUs(dir string) error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	const script = `trap '' INT HUP QUIT; read -r _; for pause in 0 1 2; do sleep $pause; rm -rf "$1" 2>/dev/null; done`
	watch := exec.Command("/bin/sh", "-c", script, "sh", dir)
	watch.Stdin = read
	if err := watch.Start(); err != nil {
		return errors.Join(fmt.Errorf("watch over the profile: %w", err), write.Close())
	}
	lifeline = append(lifeline, write)
	return nil
}

// missing ends a test whose tools are not here.
func missing(tb testing.TB, what error) {
	tb.Helper()
	if slices.Contains(strings.Split(os.Getenv("HOSHO_TEST_REQUIRE"), ","), "browser") {
		tb.Fatalf("%v, and HOSHO_TEST_REQUIRE asks for the browser", what)
	}
	tb.Skipf("skipped: %v", what)
}
