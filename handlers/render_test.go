package handlers

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestPagesAreCompressed: a page is the same words, in fewer bytes, for whoever can read it so.
func TestPagesAreCompressed(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	ask := func(accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://portal.test/ja/guarantee", nil)
		if accept != "" {
			r.Header.Set("Accept-Encoding", accept)
		}
		w := httptest.NewRecorder()
		p.h.ServeHTTP(w, r)
		return w
	}
	plain := ask("").Body.String()
	for accept, want := range map[string]bool{"gzip": true, "br, GZIP;q=0.8": true, "gzip;q=0": false, "br, gzip; q=0.0": false, "identity": false, "x-gzip": false} {
		w := ask(accept)
		body := w.Body.String()
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("%q: compressed %t, want %t", accept, got, want)
		}
		if want {
			if len(body) > len(plain)/2 {
				t.Errorf("%q: %d bytes of %d", accept, len(body), len(plain))
			}
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			unpacked, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			body = string(unpacked)
		}
		if body != plain {
			t.Errorf("%q: another page", accept)
		}
		if w.Header().Get("Vary") == "" {
			t.Errorf("%q: caches are not told that it depends on Accept-Encoding", accept)
		}
	}
}
