package storagetest

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
)

// Through puts a proxy in front of the S3 server of a storage URL, and returns
// the URL that leads through it. What handle does not answer itself it hands
// on to server. The proxy ends with the test.
func Through(t testing.TB, storageURL string, handle func(w http.ResponseWriter, r *http.Request, server http.Handler)) string {
	t.Helper()
	u, err := url.Parse(storageURL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	target, err := url.Parse(q.Get("endpoint"))
	if err != nil {
		t.Fatal(err)
	}
	server := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is signed
	}}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(w, r, server) }))
	t.Cleanup(proxy.Close)
	q.Set("endpoint", proxy.URL)
	u.RawQuery = q.Encode()
	return u.String()
}
