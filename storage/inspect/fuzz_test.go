package inspect

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image/color"
	"testing"
)

// small keeps fuzzing fast: nothing needs a large picture to go wrong.
var small = Limits{Bytes: 1 << 20, Pixels: 1 << 16, Pages: 5, Memory: 1 << 20}

// fuzz feeds b to an inspector: it is refused for a reason, or all that is
// said about it is true, and the copy is taken again and copied unchanged. It
// reports whether b was taken.
func fuzz(t *testing.T, b []byte) (taken bool) {
	i := New(small)
	r, err := i.Inspect(context.Background(), bytes.NewReader(b), int64(len(b)), "")
	if err != nil {
		var rejected *Rejected
		if !errors.As(err, &rejected) {
			t.Fatalf("Inspect = %v", err)
		}
		return false
	}
	body := checkResult(t, b, r)
	if r.MediaType == PDF {
		return true // its copy has the time it was made in it
	}
	again, err := i.Inspect(context.Background(), bytes.NewReader(body), int64(len(body)), r.CopyMediaType)
	if err != nil || again.CopySHA256 != r.CopySHA256 || again.CopyMediaType != r.CopyMediaType {
		t.Fatalf("the copy's copy: %+v, %v", again, err)
	}
	return true
}

func colorOf(v uint8) color.NRGBA { return color.NRGBA{v, v, v, 255} }

func FuzzSniff(f *testing.F) {
	for _, b := range []string{pngMagic, "\xff\xd8\xff\xe0", "RIFF\x00\x00\x00\x00WEBPVP8 ", "%PDF-1.7\n", "GIF89a", ""} {
		f.Add([]byte(b))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if k := Sniff(b); k != "" && k != PNG && k != JPEG && k != WebP && k != PDF {
			t.Fatalf("%q", k)
		}
	})
}

func FuzzPNG(f *testing.F) {
	f.Add(pngOf(corners(4, 4)))
	f.Add(pngOf(gray16()))
	f.Add(afterIHDR(pngOf(corners(4, 4)), pngChunk("eXIf", exif(6, binary.BigEndian))))
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzz(t, append([]byte(pngMagic), bytes.TrimPrefix(b, []byte(pngMagic))...))
	})
}

func FuzzJPEG(f *testing.F) {
	f.Add(tinyJPEG(1, false))
	f.Add(tinyJPEG(4, false))
	f.Add(tinyJPEG(1, true))
	f.Add(afterSOI(jpegOf(corners(8, 8)), segment(0xE1, append([]byte("Exif\x00\x00"), exif(6, binary.LittleEndian)...))))
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzz(t, append([]byte("\xff\xd8\xff"), bytes.TrimPrefix(b, []byte("\xff\xd8\xff"))...))
	})
}

func FuzzWebP(f *testing.F) {
	f.Add(webpOf(vp8l(4, 4, color.NRGBA{1, 2, 3, 4})))
	f.Add(webpOf(vp8(16, 16)))
	f.Add(webpOf(vp8x(16, 16, 0x18), alph(16, 16, 9), vp8(16, 16), riffChunk("EXIF", exif(8, binary.LittleEndian))))
	f.Add(webpOf(vp8x(20, 20, 2), anmf(2, 2, 16, 16, alph(16, 16, 9), vp8(16, 16)), anmf(0, 0, 1, 1, vp8l(1, 1, color.NRGBA{}))))
	f.Fuzz(func(t *testing.T, b []byte) { fuzz(t, b) })
}

func FuzzPDF(f *testing.F) {
	f.Add(paper(1, ""))
	f.Add(paper(2, "/OpenAction<</S/JavaScript/JS(x)>>"))
	f.Fuzz(func(t *testing.T, b []byte) { fuzz(t, append([]byte("%PDF-1."), b...)) })
}

func FuzzOrientation(f *testing.F) {
	f.Add(exif(3, binary.LittleEndian))
	f.Add(exif(3, binary.BigEndian))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o := orientation(b); o < 1 || o > 8 {
			t.Fatal(o)
		}
	})
}

// A phone's screenshot, 1080 × 2400 pixels.
func BenchmarkInspectScreenshot(b *testing.B) {
	shot := pngOf(screenshot(1080, 2400))
	i := New(DefaultLimits())
	b.ReportAllocs()
	b.SetBytes(int64(len(shot)))
	for b.Loop() {
		if _, err := i.Inspect(context.Background(), bytes.NewReader(shot), int64(len(shot)), PNG); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkThumbnail(b *testing.B) {
	m := screenshot(1080, 2400)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := thumbnail(m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInspectPhoto(b *testing.B) {
	photo := jpegOf(screenshot(3000, 4000))
	i := New(DefaultLimits())
	b.ReportAllocs()
	b.SetBytes(int64(len(photo)))
	for b.Loop() {
		if _, err := i.Inspect(context.Background(), bytes.NewReader(photo), int64(len(photo)), JPEG); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRefuseBomb(b *testing.B) {
	bomb := append([]byte(pngMagic), ihdr(65535, 65535, 8, 6)...)
	i := New(DefaultLimits())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := i.Inspect(context.Background(), bytes.NewReader(bomb), int64(len(bomb)), PNG); err == nil {
			b.Fatal("taken")
		}
	}
}
