package inspect

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// A PDF keeps objects in compressed streams that are unpacked into memory:
// these bound what a small file can unpack to, 256 MiB together.
const (
	pdfStreams = 256
	pdfUnpack  = 1 << 20
	pdfObjects = 200_000
	pdfDepth   = 100
)

func pdfSettings(l Limits) *model.Configuration {
	c := model.NewDefaultConfiguration()
	c.Offline = true
	c.ValidationMode = model.ValidationRelaxed
	c.WriteObjectStream, c.WriteXRefStream = false, false
	c.Optimize, c.OptimizeBeforeWriting, c.PostProcessValidate = false, false, false
	c.Limits.MaxStreamBytes = l.Bytes
	c.Limits.MaxDecodeBytes = pdfUnpack
	c.Limits.MaxObjectCount, c.Limits.MaxXRefEntries = pdfObjects, pdfObjects
	c.Limits.MaxObjectStreamCount, c.Limits.MaxObjectStreamFirst = pdfObjects, pdfUnpack
	c.Limits.MaxRecursionDepth = pdfDepth
	return c
}

func init() {
	// The library would write a settings folder into the user's home.
	model.ConfigPath = "disable"
}

// document reads a PDF's objects, refuses what a picture of paper does not
// need (scripts, files within, programs to start), counts the pages, and
// writes the reachable objects into a new file without metadata. Older
// versions of changed objects, unused objects and trailing bytes are left
// behind. Pages are not drawn: there is no renderer for them here.
func (i *Inspector) document(in *input, result *Result) error {
	encrypted, err := scanPDF(in)
	if err != nil {
		return err
	}
	release, err := i.acquire(in.ctx, i.limits.Memory)
	if err != nil {
		return err
	}
	defer release()
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return err
	}
	doc, err := pdfcpu.ReadWithContext(in.ctx, in, pdfSettings(i.limits))
	if err != nil {
		// A password is asked for before anything else can be known.
		if encrypted {
			return &Rejected{Encrypted, err}
		}
		return err
	}
	if doc.Encrypt != nil {
		return &Rejected{Reason: Encrypted}
	}
	if err := cleanPDF(in.ctx, doc); err != nil {
		return err
	}
	if result.Pages, err = pages(doc, i.limits.Pages); err != nil {
		return err
	}
	var b bytes.Buffer
	doc.Info = nil
	w := bufio.NewWriter(&b)
	doc.Write.Writer = w
	// Not pdfcpu's package api, which would bring forms, fonts and 25 ms of start with it.
	if err := pdfcpu.WriteContext(doc); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	result.Copy = bytes.NewReader(b.Bytes())
	return nil
}

var (
	pdfPacked  = regexp.MustCompile(`/(O|#4[fF])(b|#62)(j|#6[aA])(S|#53)(t|#74)(m|#6[dD])`)
	pdfEncrypt = regexp.MustCompile(`/Encrypt\b`)
)

// scanPDF reads the raw file for what must be known before it is parsed:
// whether it may be encrypted, and how many packed streams it holds.
func scanPDF(in *input) (encrypted bool, err error) {
	for _, pattern := range []*regexp.Regexp{pdfPacked, pdfEncrypt} {
		if _, err := in.Seek(0, io.SeekStart); err != nil {
			return false, err
		}
		r := bufio.NewReaderSize(in, 64<<10)
		for n := 0; pattern.FindReaderIndex(r) != nil; n++ {
			if pattern == pdfEncrypt {
				return true, nil
			}
			if n == pdfStreams {
				return false, refuse(Corrupt, "pdf: more than %d object streams", pdfStreams)
			}
		}
	}
	return false, in.failed
}

// cleanPDF walks over all objects, refuses active ones and removes metadata.
func cleanPDF(ctx context.Context, doc *model.Context) error {
	for number, entry := range doc.Table {
		if err := ctx.Err(); err != nil {
			return err
		}
		if entry == nil || entry.Free || entry.Object == nil {
			continue
		}
		o, err := doc.Dereference(*types.NewIndirectRef(number, 0))
		if err != nil {
			return err
		}
		if err := cleanObject(o, 0); err != nil {
			return err
		}
		if s, ok := o.(types.StreamDict); ok {
			entry.Object = cleanPicture(ctx, s)
		}
	}
	return nil
}

func cleanObject(o types.Object, depth int) error {
	if depth > pdfDepth {
		return errors.New("pdf: nested too deep")
	}
	switch o := o.(type) {
	case types.Dict:
		return cleanDict(o, depth)
	case types.StreamDict:
		return cleanDict(o.Dict, depth)
	case types.Array:
		for _, element := range o {
			if err := cleanObject(element, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// activeKeys in any dictionary mean a script, a form that is a program, or a
// file within the file; activeKinds are the actions and annotations for them.
var (
	activeKeys  = []string{"JS", "JavaScript", "EmbeddedFiles", "EF", "XFA", "RichMediaContent"}
	activeKinds = map[string]bool{
		"JavaScript": true, "Launch": true, "ImportData": true, "SubmitForm": true, "GoToE": true, "RichMediaExecute": true,
		"RichMedia": true, "FileAttachment": true, "Movie": true, "Sound": true, "Screen": true, "3D": true,
		"Rendition": true, "EmbeddedFile": true,
	}
)

func cleanDict(d types.Dict, depth int) error {
	for _, key := range activeKeys {
		if _, found := d.Find(key); found {
			return refuse(ActiveContent, "pdf: /%s", key)
		}
	}
	for _, key := range []string{"S", "Subtype", "Type"} {
		if name, ok := d[key].(types.Name); ok && activeKinds[string(name)] {
			return refuse(ActiveContent, "pdf: /%s /%s", key, name)
		}
	}
	for _, key := range []string{"Metadata", "PieceInfo", "LastModified"} {
		d.Delete(key)
	}
	for _, value := range d {
		if err := cleanObject(value, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// cleanPicture takes the metadata out of a JPEG that a page shows: a scan or
// a photo made into a PDF still has the camera's.
func cleanPicture(ctx context.Context, s types.StreamDict) types.StreamDict {
	if len(s.FilterPipeline) != 1 || s.FilterPipeline[0].Name != "DCTDecode" || !strings.HasPrefix(string(s.Raw), "\xff\xd8") {
		return s
	}
	in := &input{ctx: ctx, r: bytes.NewReader(s.Raw), size: int64(len(s.Raw))}
	f, err := parseJPEG(in, func(int, int) error { return nil })
	if err != nil {
		return s // shown or not as before: it is the page's, not ours
	}
	raw, err := io.ReadAll(f.copy)
	if err != nil {
		return s
	}
	length := int64(len(raw))
	s.Raw, s.StreamLength, s.StreamLengthObjNr = raw, &length, nil
	s.Content = nil
	s.Update("Length", types.Integer(length))
	return s
}

// pages counts the leaves of the page tree, whatever its nodes claim.
func pages(doc *model.Context, limit int) (int, error) {
	root, err := doc.Catalog()
	if err != nil {
		return 0, err
	}
	seen := map[int]bool{}
	count := 0
	var walk func(o types.Object, depth int) error
	walk = func(o types.Object, depth int) error {
		if ref, ok := o.(types.IndirectRef); ok {
			if n := ref.ObjectNumber.Value(); seen[n] {
				return errors.New("pdf: page tree in a circle")
			} else {
				seen[n] = true
			}
		}
		d, err := doc.DereferenceDict(o)
		if err != nil {
			return err
		}
		if d == nil || depth > pdfDepth {
			return errors.New("pdf: page tree")
		}
		kids, found := d.Find("Kids")
		if !found {
			if count++; count > limit {
				return refuse(TooManyPages, "more than %d pages", limit)
			}
			return nil
		}
		list, err := doc.DereferenceArray(kids)
		if err != nil {
			return err
		}
		for _, kid := range list {
			if err := walk(kid, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	top, _ := root.Find("Pages")
	if top == nil {
		return 0, errors.New("pdf: no page tree")
	}
	if err := walk(top, 0); err != nil {
		return 0, err
	}
	if count == 0 {
		return 0, errors.New("pdf: no pages")
	}
	return count, nil
}
