package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// mostPaper is how many sheets of A4 the record of a usual case and a letter may fill.
const mostPaper = 2

// TestPrint prints the record of a decided claim and the letters of its decision.
func TestPrint(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	number := m.numberOf(t, "HS-1019") // granted after review, with an answer of the seller
	for _, c := range []struct{ name, path string }{
		{tanaka, "my/claims/" + number + "/record"},
		{tanaka, "my/claims/" + number + "/decision"},
		{aoba, "seller/cases/" + number + "/decision"},
	} {
		for _, lang := range []string{"ja", "en"} {
			g := m.signedIn(t, lang, c.name)
			g.open(c.path)
			g.at(c.path)
			g.WaitText(number)
			body := g.PDF()
			if dir := os.Getenv("HOSHO_SCREENSHOTS"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, "print-"+lang+"-"+filepath.Base(c.path)+"-"+filepath.Base(filepath.Dir(filepath.Dir(c.path)))+".pdf"), body, 0o600); err != nil {
					t.Error(err)
				}
			}
			sheets, err := api.PageCount(bytes.NewReader(body), model.NewDefaultConfiguration())
			if err != nil {
				t.Fatal(err)
			}
			if sheets > mostPaper {
				t.Errorf("/%s/%s fills %d sheets, want %d at most", lang, c.path, sheets, mostPaper)
			}
			if hidden := evaluate[string](g, "document.querySelector('h1').innerText"); hidden == "" {
				t.Errorf("/%s/%s has no heading", lang, c.path)
			}
			g.quiet()
		}
	}
}
