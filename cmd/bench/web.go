package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	base   string
	client *http.Client
	server *http.Server
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
	w := &web{base: "http://" + listener.Addr().String()}
	const unlimited = 1 << 30
	handler, err := handlers.New(handlers.Config{Store: store, Templates: words, BaseURL: w.base, TokenRate: unlimited, AddressRate: unlimited})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	w.client = &http.Client{
		Transport:     &http.Transport{MaxIdleConns: 100, MaxIdleConnsPerHost: 100, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	w.server = &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = w.server.Serve(listener) }() // ends with close
	return w, nil
}

func (w *web) close() { _ = w.server.Close() }

func (*web) layer() string { return "HTTP" }

// call sends a request and reads the whole answer.
func (w *web) call(req *http.Request, want int) ([]byte, error) {
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != want {
		return nil, fmt.Errorf("%s %s: %d, not %d: %.500s", req.Method, req.URL.Path, resp.StatusCode, want, body)
	}
	return body, nil
}

func (w *web) post(ctx context.Context, path, token string, in any, want int) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	_, err = w.call(req, want)
	return err
}

func (w *web) page(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Cookie", "lang=ja; hosho="+secretOf('a', 1))
	return w.call(req, http.StatusOK)
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

func (w *web) queue(ctx context.Context, cursor string) (int, string, error) {
	path := "/ja/staff/queue?v=due"
	if cursor != "" {
		path += "&cursor=" + url.QueryEscape(cursor)
	}
	body, err := w.page(ctx, path)
	if err != nil {
		return 0, "", err
	}
	if n := bytes.Count(body, []byte("C-0")); n < 50 {
		return 0, "", fmt.Errorf("a queue page names %d cases, not 50", n)
	}
	return len(body), nextCursor(body, cursor), nil
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
	body, err := w.page(ctx, "/ja/staff/cases/"+numberOf(n))
	if err == nil && !bytes.Contains(body, []byte("screenshot.png")) {
		err = errors.New("the case page shows no files")
	}
	return err
}

// queueSize is a page of the queue as it is, and compressed.
func (w *web) queueSize(ctx context.Context) (size, compressed int, err error) {
	body, err := w.page(ctx, "/ja/staff/queue?v=due")
	if err != nil {
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
