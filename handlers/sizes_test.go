package handlers

import (
	"strings"
	"testing"

	"hosho/models"
	"hosho/templates"
)

// Sizes are said in one way: under the field, in a refusal of a file and in one of the API.
func TestSizesAreSaidInOneWay(t *testing.T) {
	for n, want := range map[int64]string{999: "999\u00a0B", 1: "1\u00a0B", 1023: "1023\u00a0B", 1024: "1\u00a0KB", 64 << 10: "64\u00a0KB", 1 << 20: "1\u00a0MB", models.MaxUpload: "10\u00a0MB", models.MaxUpload + models.MaxUpload/20: "10.5\u00a0MB"} {
		if got := templates.FileSize(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
	p := newPortal(t)
	number := p.claim("o-1")
	most := templates.FileSize(models.MaxUpload)
	b := p.as("b1")
	wants(t, "the field", b.page(200, "/ja/my/claims/"+number+"/evidence"), most)
	wants(t, "a file", b.postFiles(422, "/ja/my/claims/"+number+"/evidence", nil, sentFile{"big.png", make([]byte, models.MaxUpload+1)}), most)
	got := p.send("b1", "POST", "/claims", `{"description":"`+strings.Repeat("x", maxJSON)+`"}`)
	if detail := got.str("detail"); got.status != 413 || !strings.Contains(detail, templates.FileSize(maxJSON)) {
		t.Errorf("a long body: %d %q", got.status, detail)
	}
}
