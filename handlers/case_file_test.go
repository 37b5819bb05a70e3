package handlers

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hosho/models"
	"hosho/models/seal"
)

// caseOf is a contested claim with files of both sides, a note of staff and an answer that is
// held; canaries stand in what only some may read.
func (p *portal) caseOf(order string) string {
	p.t.Helper()
	p.order(order)
	ends := p.contact(order)
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+ends+`"}`)
	body := strings.Replace(filing(order), `"line"`, `"evidence":["`+p.uploaded("b1", 1)+`"],"line"`, 1)
	number := p.want(201, "b1", "POST", "/claims", body).str("number")
	claim := "/claims/" + number
	p.want(200, "agent", "POST", claim+"/actions/note", `{"body":"canary-note"}`)
	p.want(201, "s1", "POST", claim+"/messages", `{"body":"<script>alert(1)</script>","evidence":["`+p.uploaded("s1", 2)+`"]}`)
	p.want(200, "s1", "POST", claim+"/actions/contest", `{"message":"canary-held","hold":true,"evidence":["`+p.uploaded("s1", 3)+`"]}`)
	return number
}

// unzipped reads a ZIP as anybody's program would.
func unzipped(t *testing.T, file []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range r.File {
		body, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(text)
	}
	return parts
}

func TestCaseFile(t *testing.T) {
	p := newPortal(t)
	number := p.caseOf("K-1")
	for _, x := range []struct{ who, view, locale, title string }{
		{"b1", "buyer", "ja", "保証申請 " + number + " の記録一式"}, {"s1", "seller", "en", "Case file of claim " + number}, {"agent", "staff", "ja", "審査担当が見ることのできる内容"}, {"admin", "staff", "ja", "審査担当が見ることのできる内容"},
	} {
		got := p.want(200, x.who, "GET", "/claims/"+number+"/bundle"+map[string]string{"en": "?locale=en"}[x.locale], "")
		if d := got.header.Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="hosho-`+number+`-`+x.view+`.zip"`) || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", x.who, got.header)
		}
		r, err := seal.VerifyBundle(bytes.NewReader(got.raw), int64(len(got.raw)))
		if err != nil {
			t.Fatalf("%s: %v", x.who, err)
		}
		m := r.Manifest
		if m.View != x.view || m.Locale != x.locale || m.Portal != "http://portal.test" || len(m.Files) != 2 || r.Fingerprint != p.want(200, "", "GET", "/keys", "").str("items", 0, "fingerprint") {
			t.Errorf("%s: %+v", x.who, m)
		}
		parts := unzipped(t, got.raw)
		statement := parts["statement.html"]
		wants(t, x.who, statement, x.title, `src="`+m.Files[0].Entry+`"`, `href="`+m.Files[1].Entry+`"`, "&lt;script&gt;alert(1)&lt;/script&gt;", m.Files[0].SHA256, "hosho verify", r.Fingerprint)
		if x.locale == "ja" {
			wants(t, x.who, statement, "2026年1月20日") // whoever reads it years later knows which
		}
		lacks(t, x.who, statement, "<script", "/files/", `href="/`)
		if !strings.Contains(parts["claim.json"], `"number": "`+number+`"`) || !strings.Contains(parts["messages.json"], "alert(1)") {
			t.Errorf("%s: %s %s", x.who, parts["claim.json"], parts["messages.json"])
		}
		all := strings.Join([]string{statement, parts["claim.json"], parts["messages.json"], parts["events.json"], parts["manifest.json"]}, "\n")
		if strings.Contains(all, "canary-note") != (x.view == "staff") {
			t.Errorf("%s and the note of staff", x.who)
		}
		if strings.Contains(all, "canary-held") != (x.view == "seller") {
			t.Errorf("%s and the held answer", x.who)
		}
		if x.view == "seller" && strings.Contains(all, "b1@example.com") || strings.Contains(all, "s1@example.com") {
			t.Errorf("%s reads an address of the other side", x.who)
		}
	}
	p.wantCode(404, "not_found", "b2", "GET", "/claims/"+number+"/bundle", "")
	p.want(401, "", "GET", "/claims/"+number+"/bundle", "")
	p.want(400, "b1", "GET", "/claims/"+number+"/bundle?view=staff", "")
	p.wantCode(422, "invalid_fields", "b1", "GET", "/claims/"+number+"/bundle?locale=xx", "")
	for range bundlesPerMinute - 1 {
		p.want(200, "b1", "GET", "/claims/"+number+"/bundle", "")
	}
	if got := p.wantCode(429, "rate_limited", "b1", "GET", "/claims/"+number+"/bundle", ""); got.header.Get("Retry-After") == "" {
		t.Errorf("no Retry-After: %v", got.header)
	}
	p.want(200, "s1", "GET", "/claims/"+number+"/bundle", "")
}

func TestCaseFilePages(t *testing.T) {
	p := newPortal(t)
	number := p.caseOf("K-2")
	fingerprint := p.want(200, "", "GET", "/keys", "").str("items", 0, "fingerprint")
	for role, x := range map[string]struct{ base, words string }{
		"buyer": {"/ja/my/claims/" + number, "相手方の記録一式は内容が異なります"}, "seller": {"/ja/seller/cases/" + number, "相手方の記録一式は内容が異なります"},
		"agent": {"/ja/staff/cases/" + number, "メモも含めて"}, "admin": {"/ja/staff/cases/" + number, "メモも含めて"},
	} {
		v := p.visitor(role)
		wants(t, role, v.raw(x.base), x.base+"/case-file")
		page := v.page(200, x.base+"/case-file")
		wants(t, role, page, x.words, fingerprint, "証拠のファイル2件", x.base+"/case-file/zip", "hosho verify hosho-"+number)
		file := v.raw(x.base + "/case-file/zip")
		if r, err := seal.VerifyBundle(strings.NewReader(file), int64(len(file))); err != nil || r.Manifest.Locale != "ja" {
			t.Errorf("%s: %+v, %v", role, r.Manifest, err)
		}
	}
}

// breakingBlobs fail for good after so many files.
type breakingBlobs struct {
	models.Blobs
	left *int
}

func (b breakingBlobs) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if *b.left--; *b.left < 0 {
		return nil, errors.New("the store is gone")
	}
	return b.Blobs.Open(ctx, key)
}

// A store that fails before the first byte is an answer like any other; after it the answer
// breaks off, and what came is not taken for a case file.
func TestCaseFileBreaksOff(t *testing.T) {
	left := 1000
	p := newPortal(t, func(m *models.Config, _ *Config) { m.Blobs = breakingBlobs{m.Blobs, &left} })
	number := p.caseOf("K-3")
	left = 0
	if got := p.wantCode(503, "unavailable", "b1", "GET", "/claims/"+number+"/bundle", ""); got.header.Get("Content-Disposition") != "" {
		t.Errorf("a problem to save as a file: %v", got.header)
	}
	left = 3 // the first file, and the original of the second
	server := httptest.NewServer(p.h)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+apiBase+"/claims/"+number+"/bundle", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.tokens["b1"])
	answer, err := http.DefaultClient.Do(r)
	if err == nil { // the head may have been sent, or not yet
		_, err = io.ReadAll(answer.Body)
		_ = answer.Body.Close()
	}
	if err == nil {
		t.Error("half a case file ended as if it were whole")
	}
	if !strings.Contains(p.log.String(), "make case file") {
		t.Error("the log does not say why")
	}
}
