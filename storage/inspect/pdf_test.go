package inspect

import (
	"bytes"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

func TestPDFPages(t *testing.T) {
	for n, want := range map[int]Reason{1: "taken", 50: "taken", 51: TooManyPages, 0: Corrupt} {
		if got := refuses(t, paper(n, ""), PDF); got != want {
			t.Errorf("%d pages: %s", n, got)
		}
	}
	r, body := sees(t, paper(7, ""), PDF)
	if r.Pages != 7 {
		t.Errorf("%d pages", r.Pages)
	}
	if err := api.Validate(bytes.NewReader(body), nil); err != nil {
		t.Errorf("copy: %v", err)
	}
	again, _ := sees(t, body, PDF) // the copy is a file like any other
	if again.Pages != 7 {
		t.Errorf("copy has %d pages", again.Pages)
	}
	// The tree counts, not what it says about itself.
	lying := bytes.Replace(paper(51, ""), []byte("/Count 51"), []byte("/Count 01"), 1)
	if got := refuses(t, lying, PDF); got != TooManyPages {
		t.Errorf("51 pages said to be 1: %s", got)
	}
	circle := pdfOf("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[2 0 R]>>")
	if got := refuses(t, circle, PDF); got != Corrupt {
		t.Errorf("page tree in a circle: %s", got)
	}
}

func TestPDFActive(t *testing.T) {
	for name, b := range map[string][]byte{
		"script when opened":        paper(1, "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"),
		"script elsewhere":          paper(1, "/OpenAction 4 0 R", "<</S/JavaScript/JS 5 0 R>>", stream("", "app.alert(1)")),
		"script nobody refers to":   paper(1, "", "<</S/JavaScript/JS(x)>>"),
		"named scripts":             paper(1, "/Names<</JavaScript<</Names[(a) 4 0 R]>>>>", "<</S/JavaScript/JS(x)>>"),
		"script under another name": paper(1, "/OpenAction<</S/Java#53cript/#4aS(x)>>"),
		"script after a page":       paper(1, "/AA<</WC<</S/JavaScript/JS(x)>>>>"),
		"script in a chain":         paper(1, "/OpenAction<</S/URI/URI(http://x)/Next[<</S/JavaScript/JS(x)>>]>>"),
		"program to start":          paper(1, "/OpenAction<</S/Launch/F(cmd.exe)>>"),
		"file within":               paper(1, "/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a.exe)/EF<</F 4 0 R>>>>]>>>>", stream("/Type/EmbeddedFile", "MZ")),
		"form program":              paper(1, "/AcroForm<</XFA 4 0 R/Fields[]>>", stream("", "<xdp/>")),
		"form that sends":           paper(1, "/OpenAction<</S/SubmitForm/F(http://x)>>"),
		"film":                      paper(1, "", "<</Type/Annot/Subtype/RichMedia/Rect[0 0 1 1]>>"),
	} {
		if got := refuses(t, b, PDF); got != ActiveContent {
			t.Errorf("%s: %s", name, got)
		}
	}
	// A link is what receipts are full of.
	if got := refuses(t, paper(1, "", "<</Type/Annot/Subtype/Link/Rect[0 0 1 1]/A<</S/URI/URI(https://example.com)>>>>"), PDF); got != "taken" {
		t.Errorf("link: %s", got)
	}
}

func TestPDFEncrypted(t *testing.T) {
	for name, passwords := range map[string][2]string{"to open": {"user", "owner"}, "to change": {"", "owner"}} {
		var b bytes.Buffer
		conf := model.NewAESConfiguration(passwords[0], passwords[1], 256)
		if err := api.Encrypt(bytes.NewReader(paper(1, "")), &b, conf); err != nil {
			t.Fatal(err)
		}
		if got := refuses(t, b.Bytes(), PDF); got != Encrypted {
			t.Errorf("password %s: %s", name, got)
		}
	}
}

func TestPDFDamaged(t *testing.T) {
	b := paper(2, "")
	for n := 0; n < len(b)-40; n += 7 {
		// Readers mend a missing table; what they cannot mend is refused.
		if got := refuses(t, b[:n], ""); got != Corrupt && got != UnsupportedType && got != "taken" {
			t.Errorf("cut to %d of %d bytes: %s", n, len(b), got)
		}
	}
	if got := refuses(t, []byte("%PDF-1.7\nnothing else"), PDF); got != Corrupt {
		t.Errorf("only a header: %s", got)
	}
	for n, want := range map[int]Reason{pdfStreams: "taken", pdfStreams + 1: Corrupt} {
		packed := paper(1, "", stream("", string(bytes.Repeat([]byte("/Type/Obj#53tm "), n))))
		if got := refuses(t, packed, PDF); got != want {
			t.Errorf("%d packed streams: %s", n, got)
		}
	}
}
