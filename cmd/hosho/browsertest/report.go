package browsertest

import (
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// report is what a window says by itself: its troubles, and when it loads. It is written on the goroutine that reads
// the browser's messages.
type report struct {
	mu       sync.Mutex
	frame    cdp.FrameID
	busy     bool
	started  int
	troubles []string
	requests map[network.RequestID]string
	sent     []Resource
}

func newReport() *report { return &report{requests: map[network.RequestID]string{}} }

// follow names the frame whose loads count.
func (r *report) follow(frame cdp.FrameID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frame = frame
	r.busy, r.started = false, 0
}

// loads is the number of loads that have begun.
func (r *report) loads() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.started
}

func (r *report) loading() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.busy
}

// hear takes one event of the window.
func (r *report) hear(event any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := event.(type) {
	case *page.EventFrameStartedLoading:
		if e.FrameID == r.frame {
			r.busy = true
			r.started++
		}
	case *page.EventFrameStoppedLoading:
		if e.FrameID == r.frame {
			r.busy = false
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			r.trouble("console: %s", words(e.Args))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			text += " " + thrown.Description
		}
		r.trouble("script: %s (%s:%d)", text, e.ExceptionDetails.URL, e.ExceptionDetails.LineNumber+1)
	case *log.EventEntryAdded:
		// Failed requests are reported by their own events, with more to say.
		security := strings.Contains(e.Entry.Text, "Content Security Policy")
		if e.Entry.Source != log.EntrySourceNetwork && (e.Entry.Level == log.EntryLevelError || security) {
			r.trouble("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		r.requests[e.RequestID] = e.Request.Method + " " + e.Request.URL
		r.keep(e.RequestID, func(s *Resource) { s.URL, s.Kind, s.loader = e.Request.URL, string(e.Type), e.LoaderID })
	case *network.EventLoadingFinished:
		delete(r.requests, e.RequestID)
		r.keep(e.RequestID, func(s *Resource) { s.Bytes, s.done = int(e.EncodedDataLength), true })
	case *network.EventLoadingFailed:
		if !e.Canceled && e.ErrorText != "net::ERR_ABORTED" {
			r.trouble("request: %s: %s %s", r.requests[e.RequestID], e.ErrorText, e.BlockedReason)
		}
		delete(r.requests, e.RequestID)
		r.keep(e.RequestID, func(s *Resource) { s.done = true })
	case *network.EventResponseReceived:
		r.keep(e.RequestID, func(s *Resource) { s.Status = int(e.Response.Status) })
		// A page may say no (403, 404, 409, 422 are pages to read); what a page is made of may not, and nothing may break.
		if e.Response.Status >= 500 || (e.Response.Status >= 400 && e.Type != network.ResourceTypeDocument) {
			r.trouble("request: %s: status %d", r.requests[e.RequestID], e.Response.Status)
		}
	}
}

func (r *report) trouble(format string, args ...any) {
	r.troubles = append(r.troubles, strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func words(args []*runtime.RemoteObject) string {
	var all []string
	for _, arg := range args {
		if arg.Description != "" {
			all = append(all, arg.Description)
		} else {
			all = append(all, strings.Trim(string(arg.Value), `"`))
		}
	}
	return strings.Join(all, " ")
}

// ConsoleErrors returns what the pages of this window reported since the last call: errors on the console, uncaught
// exceptions, violations of the content security policy, requests that failed, parts of a page answered with 4xx, and
// anything answered with 5xx. A page that is itself a 4xx is no error.
func (b *Browser) ConsoleErrors() []string {
	// A last question to the page: its answer comes after whatever the page had to say before.
	_, _ = evaluate[bool](b, "true")
	b.report.mu.Lock()
	defer b.report.mu.Unlock()
	troubles := b.report.troubles
	b.report.troubles = nil
	return troubles
}
