package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"

	"hosho/handlers"
	"hosho/models"
	"hosho/static"
	"hosho/templates"
)

// web goes through the program's own server on loopback: bearer tokens for the API that files
// and answers, a signed-in browser's cookie for the pages of staff. Logs are written to
// nowhere and no rate limits anyone; the rest is as it is served.
type web struct {
	base    string
	address string
	server  *http.Server
	lines   chan *line // not in use
	proxied bool       // each request comes as if a proxy had it from another address
}

func openWeb(ctx context.Context, store *models.Store) (*web, error) {
	words, err := templates.Parse(templates.Options{Zone: store.Zone(), Now: time.Now, Asset: static.URL})
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &web{base: "http://" + listener.Addr().String(), address: listener.Addr().String(), lines: make(chan *line, 256)}
	const unlimited = 1 << 30
	handler, err := handlers.New(handlers.Config{Store: store, Templates: words, BaseURL: w.base, TokenRate: unlimited, AddressRate: unlimited})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	w.server = &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = w.server.Serve(listener) }() // ends with close
	return w, nil
}

func (w *web) close() { _ = w.server.Close() }

func (*web) layer() string { return "HTTP" }

// call sends a request, whose body is JSON, and gives the whole answer to read.
func (w *web) call(ctx context.Context, method, path, head string, body []byte, want int, read func([]byte) error) error {
	if body != nil {
		head += "\r\nContent-Type: application/json"
	}
	return w.send(ctx, method, path, head, body, want, read)
}

// send sends a request with any body.
func (w *web) send(ctx context.Context, method, path, head string, body []byte, want int, read func([]byte) error) error {
	var l *line
	select {
	case l = <-w.lines:
	default:
		var err error
		if l, err = dial(ctx, w.address); err != nil {
			return err
		}
	}
	request := make([]byte, 0, 512+len(body))
	request = fmt.Appendf(request, "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", method, path, w.address, head)
	if w.proxied {
		request = fmt.Appendf(request, "X-Forwarded-For: 10.%d.%d.%d\r\n", rand.IntN(256), rand.IntN(256), rand.IntN(256)) //nolint:gosec // any will do
	}
	if body != nil {
		request = fmt.Appendf(request, "Content-Length: %d\r\n", len(body))
	}
	request = append(append(request, "\r\n"...), body...)
	status, answer, err := l.call(request)
	if err != nil {
		_ = l.conn.Close()
		return err
	}
	if status != want {
		err = fmt.Errorf("%s %s: %d, not %d: %.500s", method, path, status, want, answer)
	} else if read != nil {
		err = read(answer)
	}
	select {
	case w.lines <- l:
	default:
		_ = l.conn.Close()
	}
	return err
}

func (w *web) post(ctx context.Context, path, token string, in any, want int) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return w.call(ctx, http.MethodPost, path, "Authorization: Bearer "+token, body, want, nil)
}

func (w *web) page(ctx context.Context, path string, read func([]byte) error) error {
	return w.call(ctx, http.MethodGet, path, "Cookie: lang=ja; hosho="+secretOf('a', 1), nil, http.StatusOK, read)
}

func (w *web) file(ctx context.Context, n int) error {
	in := filingOf(n)
	return w.post(ctx, "/api/v1/claims", tokenOf('b', n%buyerCount), map[string]any{
		"order_number": in.OrderNumber, "line": *in.Line, "reason": in.Reason, "description": in.Description, "desired_outcome": in.DesiredOutcome,
	}, http.StatusCreated)
}

func (w *web) answer(ctx context.Context, n int) error {
	return w.post(ctx, "/api/v1/claims/"+numberOf(n)+"/actions/contest", tokenOf('d', sellerOf(n)), map[string]any{"message": "発送しました。追跡番号をご確認ください。"}, http.StatusOK)
}

func (w *web) queue(ctx context.Context, cursor string) (size int, next string, err error) {
	path := "/ja/staff/queue?v=due"
	if cursor != "" {
		path += "&cursor=" + url.QueryEscape(cursor)
	}
	err = w.page(ctx, path, func(body []byte) error {
		if n := bytes.Count(body, []byte("C-0")); n < 50 {
			return fmt.Errorf("a queue page names %d cases, not 50", n)
		}
		size, next = len(body), nextCursor(body, cursor)
		return nil
	})
	return size, next, err
}

// nextCursor is the cursor of the link on, or "". Rows keep the page's own cursor in their
// links; the link on stands last. Found from the end, since a search by expression through
// the whole page took the client longer than the page took the server.
func nextCursor(body []byte, own string) string {
	const name = "cursor="
	for end := len(body); ; {
		at := bytes.LastIndex(body[:end], []byte(name))
		if at < 1 {
			return ""
		}
		end = at
		value := body[at+len(name):]
		if stop := bytes.IndexAny(value, "\"&#"); stop >= 0 {
			value = value[:stop]
		}
		if s := string(value); s != "" && s != own && bytes.IndexByte([]byte("?&;"), body[at-1]) >= 0 {
			return s
		}
	}
}

func (w *web) casePage(ctx context.Context, n int) error {
	return w.page(ctx, "/ja/staff/cases/"+numberOf(n), func(body []byte) error {
		if !bytes.Contains(body, []byte("screenshot.png")) {
			return errors.New("the case page shows no files")
		}
		return nil
	})
}

// queueSize is a page of the queue as it is, and compressed.
func (w *web) queueSize(ctx context.Context) (size, compressed int, err error) {
	var body []byte
	if err := w.page(ctx, "/ja/staff/queue?v=due", func(b []byte) error {
		body = bytes.Clone(b)
		return nil
	}); err != nil {
		return 0, 0, err
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		return 0, 0, err
	}
	if err := z.Close(); err != nil {
		return 0, 0, err
	}
	return len(body), b.Len(), nil
}
