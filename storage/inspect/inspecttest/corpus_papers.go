package inspecttest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// papers are PDFs that act, carry files, are locked, lie about their pages,
// unpack to more than they should, or are full of words about their maker.
func papers() []Sample {
	var list []Sample
	add := func(want string, all map[string][]byte) {
		for name, body := range all {
			list = append(list, Sample{Name: "paper: " + name, FileName: "a.pdf", Declared: typePDF, Body: body, Want: want})
		}
	}
	const script = "<</S/JavaScript/JS(app.alert\\(1\\))>>"
	add(active, map[string][]byte{
		"script when opened":           Paper(1, "/OpenAction"+script),
		"script in a stream":           Paper(1, "/OpenAction 4 0 R", "<</S/JavaScript/JS 5 0 R>>", Stream("", "app.alert(1)")),
		"script nothing refers to":     Paper(1, "", script),
		"scripts with names":           Paper(1, "/Names<</JavaScript<</Names[(a) 4 0 R]>>>>", script),
		"script spelled in hex":        Paper(1, "/OpenAction<</S/Java#53cript/#4aS(x)>>"),
		"script when closed":           Paper(1, "/AA<</WC"+script+">>"),
		"script when printed":          Paper(1, "/AA<</WP"+script+">>"),
		"script after a link":          Paper(1, "/OpenAction<</S/URI/URI(http://x)/Next["+script+"]>>"),
		"script on a button":           Paper(1, "/AcroForm<</Fields[4 0 R]>>", "<</FT/Btn/T(a)/A"+script+">>"),
		"script of a page":             Paper(1, "", "<</Type/Page/AA<</O"+script+">>>>"),
		"script deep within":           Paper(1, "", strings.Repeat("[", 30)+script+strings.Repeat("]", 30)),
		"program to start":             Paper(1, "/OpenAction<</S/Launch/F(cmd.exe)>>"),
		"program for windows":          Paper(1, "/OpenAction<</S/Launch/Win<</F(cmd.exe)/P(/c calc)>>>>"),
		"file within":                  Paper(1, "/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a.exe)/EF<</F 4 0 R>>>>]>>>>", Stream("/Type/EmbeddedFile", "MZ")),
		"file attached to a page":      Paper(1, "", "<</Type/Annot/Subtype/FileAttachment/Rect[0 0 1 1]/FS 5 0 R>>", "<</F(a)>>"),
		"form that is a program":       Paper(1, "/AcroForm<</XFA 4 0 R/Fields[]>>", Stream("", "<xdp/>")),
		"form that sends":              Paper(1, "/OpenAction<</S/SubmitForm/F(http://x)>>"),
		"form that reads":              Paper(1, "/OpenAction<</S/ImportData/F(a.fdf)>>"),
		"goes to a file within":        Paper(1, "/OpenAction<</S/GoToE/T<</R/C>>>>"),
		"film":                         Paper(1, "", "<</Type/Annot/Subtype/RichMedia/Rect[0 0 1 1]>>"),
		"old film":                     Paper(1, "", "<</Type/Annot/Subtype/Movie/Rect[0 0 1 1]>>"),
		"sound":                        Paper(1, "", "<</Type/Annot/Subtype/Sound/Rect[0 0 1 1]>>"),
		"screen that renders":          Paper(1, "", "<</Type/Annot/Subtype/Screen/Rect[0 0 1 1]>>"),
		"rendition":                    Paper(1, "/OpenAction<</S/Rendition/OP 0>>"),
		"three dimensions":             Paper(1, "", "<</Type/Annot/Subtype/3D/Rect[0 0 1 1]>>"),
		"script among fifty-one pages": Paper(51, "/OpenAction"+script),
	})
	add(tooManyPages, map[string][]byte{
		"51 pages":                 Paper(51, ""),
		"51 pages said to be 1":    bytes.Replace(Paper(51, ""), []byte("/Count 51"), []byte("/Count 01"), 1),
		"one page fifty-one times": PDF("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids["+strings.Repeat("<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>", 51)+"]>>"),
	})
	add(corrupt, map[string][]byte{
		"no pages":               Paper(0, ""),
		"only a header":          []byte("%PDF-1.7\nnothing else"),
		"pages in a circle":      PDF("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[2 0 R]>>"),
		"no page tree":           PDF("", "<</Type/Catalog>>", "<<>>"),
		"many packed streams":    Paper(1, "", Stream("", strings.Repeat("/Type/Obj#53tm ", 300))),
		"html with its header":   []byte("%PDF-1.4\n<html><script>alert(1)</script></html>"),
		"objects packed, 64 MiB": packedObjects(64 << 20),
	})
	add(encrypted, map[string][]byte{"locked": locked("user", "owner"), "locked for change": locked("", "owner")})
	add(Taken, map[string][]byte{
		"nested too deep, unused":            Paper(1, "", strings.Repeat("[", 5000)+strings.Repeat("]", 5000)),
		"script in an older version, unused": append(Paper(1, "/OpenAction"+script), Paper(1, "")...),
		"fifty pages":                        Paper(50, ""),
		"with a link":                        Paper(1, "", "<</Type/Annot/Subtype/Link/Rect[0 0 1 1]/A<</S/URI/URI(https://example.com)>>>>"),
		"words about it":                     PDF("/Info 4 0 R", "<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>", "<</Author("+Canary+")>>", Stream("/Type/Metadata/Subtype/XML", Canary)),
		"an unused object":                   Paper(1, "", "("+Canary+")"),
		"a photo within":                     Paper(1, "", Stream("/Type/XObject/Subtype/Image/Width 24/Height 16/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/DCTDecode", string(AfterSOI(JPEG(Corners(24, 16)), Segment(0xFE, []byte(Canary)))))),
	})
	return list
}

func locked(user, owner string) []byte {
	var b bytes.Buffer
	if err := api.Encrypt(bytes.NewReader(Paper(1, "")), &b, model.NewAESConfiguration(user, owner, 256)); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// packedObjects is a paper whose objects are in a stream that unpacks to so
// many bytes.
func packedObjects(size int) []byte {
	body := packed(append([]byte("4 0 (x)"), bytes.Repeat([]byte{' '}, size)...))
	stream := fmt.Sprintf("<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream", len(body), body)
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>"} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	holder := b.Len()
	fmt.Fprintf(&b, "5 0 obj\n%s\nendobj\n", stream)
	table := b.Len()
	rows := []byte{0, 0, 0, 0, 0}
	for _, a := range append(at, -1, holder, table) {
		if a < 0 {
			rows = append(rows, 2, 0, 0, 5, 0) // object 4 is the first in object 5
			continue
		}
		rows = append(rows, 1, byte(a>>16), byte(a>>8), byte(a), 0)
	}
	fmt.Fprintf(&b, "6 0 obj\n<</Type/XRef/Size 7/W[1 3 1]/Root 1 0 R/Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", len(rows), rows, table)
	return b.Bytes()
}
