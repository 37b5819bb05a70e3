package handlers

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestGuide(t *testing.T) {
	p := newPortal(t)
	for lang, words := range map[string][]string{
		"ja": {`<html lang="ja"`, "保証を申請する", "POST /api/v1/claims", `href="#schema-Claim"`, "next_actor", "422"},
		"en": {`<html lang="en"`, "File a claim", "Shapes of data", "Idempotency-Key"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://portal.test/api", nil)
		r.Header.Set("Accept-Language", lang)
		got := p.do(r)
		if got.status != 200 {
			t.Fatalf("%d %s", got.status, got.raw)
		}
		for _, w := range words {
			if !strings.Contains(string(got.raw), w) {
				t.Errorf("%s: nothing of %q", lang, w)
			}
		}
		if strings.Contains(string(got.raw), "<script>") || strings.Contains(string(got.raw), "map[") {
			t.Errorf("%s: a script, or a value that was not written for people", lang)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "http://portal.test/api/openapi.yaml", nil)
	if got := p.do(r); !strings.HasPrefix(got.header.Get("Content-Type"), "application/yaml") || !strings.Contains(string(got.raw), "openapi: 3.1.0") {
		t.Errorf("%v", got.header)
	}
}

func TestReadGuide(t *testing.T) {
	g, err := readGuide()
	if err != nil {
		t.Fatal(err)
	}
	if len(g.paths) < 20 || g.paths[0] != "/orders/{number}" || len(g.fields["Claim"]) < 20 || g.fields["Claim"][0] != "number" {
		t.Errorf("paths %v, fields of a claim %v", g.paths, g.fields["Claim"])
	}
}
