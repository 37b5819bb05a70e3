package browsertest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Resource is something that the page in the window asked the server for.
type Resource struct {
	URL    string
	Kind   string // as the browser calls it: Document, Stylesheet, Script, Image, EventSource …
	Status int
	Bytes  int // that came over the wire, compressed as sent, the head of the answer among them
	done   bool
	id     network.RequestID
	loader cdp.LoaderID
}

// stream tells whether an answer is one that does not end.
func (r Resource) stream() bool { return r.Kind == string(network.ResourceTypeEventSource) }

// keep notes an answer or what more is known of it.
func (r *report) keep(id network.RequestID, change func(*Resource)) {
	for i := len(r.sent) - 1; i >= 0; i-- {
		if r.sent[i].id == id {
			change(&r.sent[i])
			return
		}
	}
	one := Resource{id: id}
	change(&one)
	r.sent = append(r.sent, one)
}

// of is what one load of a page has asked for; what earlier loads asked for is forgotten.
func (r *report) of(loader cdp.LoaderID) []Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.ContainsFunc(r.sent, func(one Resource) bool { return one.loader == loader }) {
		r.sent = slices.DeleteFunc(r.sent, func(one Resource) bool { return one.loader != loader })
	}
	return slices.Clone(r.sent)
}

// ColdCache keeps the window from using what earlier pages left in its cache.
func (b *Browser) ColdCache() {
	b.tb.Helper()
	if _, err := chromedp.Call(b.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		b.tb.Fatalf("turn the cache off: %v", err)
	}
}

// Sent tells what the page in the window is made of, its document first, once all of it has come. A stream that stays
// open is among it, with what it has sent so far.
func (b *Browser) Sent() []Resource {
	b.tb.Helper()
	var all []Resource
	b.wait("have all of the page", func() (string, error) {
		tree, err := chromedp.Call(b.ctx, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			return "", err
		}
		all = b.report.of(tree.FrameTree.Frame.LoaderID)
		for _, r := range all {
			if !r.done && !r.stream() {
				return "still coming: " + r.URL, nil
			}
		}
		if len(all) == 0 || all[0].Kind != "Document" {
			return fmt.Sprintf("no document among %d answers", len(all)), nil
		}
		return "", nil
	})
	return all
}

// Source is the page's HTML as the server sent it, before any script.
func (b *Browser) Source() string {
	b.tb.Helper()
	answer, err := chromedp.Call(b.ctx, network.GetResponseBody, network.GetResponseBodyParams{RequestID: b.Sent()[0].id})
	if err != nil {
		b.tb.Fatalf("read the source of %s: %v", b.URL(), err)
	}
	return string(answer.Body)
}

// Send sends an empty form to an address, as a page of ours would whose fields are all empty, and waits for the answer.
// What the page's own form to that address carries hidden goes along.
func (b *Browser) Send(address string) {
	b.tb.Helper()
	before := b.report.loads()
	to, _ := json.Marshal(address) // a string always has a JSON form
	Eval[bool](b, fmt.Sprintf(`(() => {
		const form = document.createElement('form');
		form.method = 'post';
		form.action = %s;
		const fields = 'textarea, select, input:not([type=hidden])';
		const own = [...document.forms].find((f) => f.method === 'post' && new URL(f.action).pathname === new URL(form.action).pathname && f.querySelector(fields));
		if (own) form.append(...[...own.querySelectorAll('input[type=hidden]')].map((i) => i.cloneNode()));
		document.body.append(form);
		form.submit();
		return true;
	})()`, to))
	b.settle(before)
}

// PDF is the page as it would be printed on A4.
func (b *Browser) PDF() []byte {
	b.tb.Helper()
	const inch = 25.4
	sheet := page.PrintToPDFParams{PaperWidth: 210 / inch, PaperHeight: 297 / inch}
	printed, err := chromedp.Call(b.ctx, page.PrintToPDF, sheet)
	if err != nil {
		b.tb.Fatalf("print %s: %v", b.URL(), err)
	}
	return printed.Data
}
