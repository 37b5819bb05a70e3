package inspect

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"io"
	"testing"

	"pgregory.net/rapid"
)

// The copy is the picture, to the last bit where nothing had to be turned.
func TestCopyKeepsPixels(t *testing.T) {
	paletted := image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.NRGBA{1, 2, 3, 0}, color.NRGBA{200, 9, 9, 120}})
	paletted.SetColorIndex(4, 4, 1)
	for _, c := range []struct {
		name string
		b    []byte
	}{
		{PNG, pngOf(screenshot(200, 300))},
		{PNG, pngOf(paletted)},
		{PNG, pngOf(gray16())},
		{JPEG, jpegOf(screenshot(200, 300))},
		{WebP, webpOf(vp8x(16, 16, 0x1C), riffChunk("ICCP", []byte("icc")), alph(16, 16, 99), vp8(16, 16), riffChunk("EXIF", exif(1, binary.LittleEndian)))},
	} {
		name, b := c.name, c.b
		_, body := sees(t, b, name)
		was, is := decoded(t, name, b), decoded(t, name, body)
		for y := range was.Bounds().Dy() {
			for x := range was.Bounds().Dx() {
				if was.At(x, y) != is.At(x, y) {
					t.Fatalf("%s: pixel %d, %d was %v, is %v", name, x, y, was.At(x, y), is.At(x, y))
				}
			}
		}
	}
}

// Secrets planted in every place that is not the picture are gone.
func TestMetadataIsGone(t *testing.T) {
	const secret = "GPS-35.6586N139.7454E"
	note := []byte("Comment\x00" + secret)
	shot, photo := pngOf(corners(16, 16)), jpegOf(corners(16, 16))
	samples := map[string][]byte{
		"png": append(afterIHDR(shot, pngChunk("tEXt", note), pngChunk("iTXt", note), pngChunk("zTXt", note),
			pngChunk("eXIf", exif(1, binary.BigEndian)), pngChunk("tIME", []byte(secret)), pngChunk("iCCP", note),
			pngChunk("acTL", note), pngChunk("fcTL", note), pngChunk("fdAT", note), pngChunk("prVt", note)),
			"PK\x03\x04<?php "+secret...),
		"jpeg": append(afterSOI(photo, segment(0xE0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x01"+secret)),
			segment(0xE1, append([]byte("Exif\x00\x00"), exif(1, binary.LittleEndian)...)),
			segment(0xE1, []byte("http://ns.adobe.com/xap/1.0/\x00"+secret)),
			segment(0xE2, []byte("ICC_PROFILE\x00\x01\x01"+secret)), segment(0xED, []byte("Photoshop 3.0\x00"+secret)),
			segment(0xEE, []byte("Adobe\x00\x64\x00\x00\x00\x00\x01"+secret)), segment(0xFE, []byte(secret)),
			segment(0xEF, []byte(secret))), "\xFF\xD8\xFF\xE1 second picture "+secret...),
		"webp": append(webpOf(vp8x(16, 16, 0x3C), riffChunk("ICCP", note), alph(16, 16, 50), vp8(16, 16),
			riffChunk("EXIF", exif(1, binary.LittleEndian)), riffChunk("XMP ", note), riffChunk("junk", note)), secret...),
		"pdf": append(pdfOf("/Info 4 0 R", "<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R/PieceInfo<</App<</Private("+secret+")>>>>>>",
			"<</Type/Pages/Count 1/Kids[3 0 R]>>",
			"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Metadata 5 0 R/Resources<</XObject<</I 7 0 R>>>>>>",
			"<</Author("+secret+")/Title("+secret+")/Keywords("+secret+")/Company("+secret+")>>",
			stream("/Type/Metadata/Subtype/XML", "<x>"+secret+"</x>"),
			"("+secret+" in an object nothing refers to)",
			stream("/Type/XObject/Subtype/Image/Width 16/Height 16/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/DCTDecode",
				string(afterSOI(photo, segment(0xE1, append([]byte("Exif\x00\x00"), exif(1, binary.LittleEndian)...)))))),
			secret...),
	}
	for name, b := range samples {
		if bytes.Count(b, []byte(secret)) < 4 {
			t.Fatalf("%s: the sample is wrong", name)
		}
		r, body := sees(t, b, "")
		for _, word := range []string{secret, "SecretCamera", "php", "ICC", "Exif", "http:", "Photoshop", "XMP", "acTL", "PieceInfo"} {
			if bytes.Contains(body, []byte(word)) {
				t.Errorf("%s: %q is still in the copy", name, word)
			}
		}
		if bytes.Contains(r.Thumbnail, []byte(secret)) {
			t.Errorf("%s: still in the thumbnail", name)
		}
	}
}

// Each of the eight orientations comes out upright: red, green, blue, yellow
// from the top left, whatever way the camera was held.
func TestOrientation(t *testing.T) {
	upright := corners(64, 32)
	for o := 1; o <= 8; o++ {
		// What a camera stores is the inverse of what it asks for.
		w, h := 64, 32
		if o >= 5 {
			w, h = h, w
		}
		stored := image.NewNRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				dx, dy := exifPlace(x, y, w, h, o)
				stored.Set(x, y, upright.At(dx, dy))
			}
		}
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			photo := afterSOI(jpegOf(stored), segment(0xE1, append([]byte("Exif\x00\x00"), exif(uint16(o), order)...)))
			shot := afterIHDR(pngOf(stored), pngChunk("eXIf", exif(uint16(o), order)))
			for kind, b := range map[string][]byte{JPEG: photo, PNG: shot} {
				r, body := sees(t, b, kind)
				m := decoded(t, r.CopyMediaType, body)
				if r.CopyMediaType != kind || r.Width != 64 || r.Height != 32 {
					t.Fatalf("%s %d: %+v", kind, o, r)
				}
				if bytes.Contains(body, []byte("Exif")) || bytes.Contains(body, []byte("GPS")) {
					t.Errorf("%s %d: metadata in the copy", kind, o)
				}
				thumb := decoded(t, JPEG, r.Thumbnail)
				for _, at := range []image.Point{{16, 8}, {48, 8}, {16, 24}, {48, 24}} {
					for _, m := range []image.Image{m, thumb} {
						if !near(m.At(at.X, at.Y), upright.At(at.X, at.Y)) {
							t.Errorf("%s %d at %v: %v, want %v", kind, o, at, m.At(at.X, at.Y), upright.At(at.X, at.Y))
						}
					}
				}
			}
		}
	}
}

// exifPlace is the definition: row 0 and column 0 of what is stored are the
// named sides of what is seen.
func exifPlace(x, y, w, h, o int) (int, int) {
	switch o {
	case 2: // top, right
		return w - 1 - x, y
	case 3: // bottom, right
		return w - 1 - x, h - 1 - y
	case 4: // bottom, left
		return x, h - 1 - y
	case 5: // left, top
		return y, x
	case 6: // right, top
		return h - 1 - y, x
	case 7: // right, bottom
		return h - 1 - y, w - 1 - x
	case 8: // left, bottom
		return y, w - 1 - x
	}
	return x, y
}

func near(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	far := func(x, y uint32) bool { return max(x, y)-min(x, y) > 0x3000 }
	return !far(ar, br) && !far(ag, bg) && !far(ab, bb)
}

// A WebP that must be turned becomes what can be written.
func TestWebPOrientation(t *testing.T) {
	turn := riffChunk("EXIF", append([]byte("Exif\x00\x00"), exif(6, binary.LittleEndian)...))
	r, _ := sees(t, webpOf(vp8x(32, 16, 8), vp8(32, 16), turn), WebP)
	if r.CopyMediaType != JPEG || r.Width != 16 || r.Height != 32 {
		t.Errorf("opaque: %+v", r)
	}
	r, body := sees(t, webpOf(vp8x(32, 16, 0x18), alph(32, 16, 77), vp8(32, 16), turn), WebP)
	if r.CopyMediaType != PNG || r.Width != 16 {
		t.Errorf("with alpha: %+v", r)
	}
	if _, _, _, a := decoded(t, PNG, body).At(3, 3).RGBA(); a>>8 != 77 {
		t.Errorf("alpha %d", a>>8)
	}
}

// A splice reads like the bytes it stands for, however it is read.
func TestSplice(t *testing.T) {
	from := []byte("0123456789abcdefghijklmnopqrstuvwxyz")
	rapid.Check(t, func(t *rapid.T) {
		s := newSplice(bytes.NewReader(from))
		var want []byte
		for range rapid.IntRange(0, 6).Draw(t, "parts") {
			if rapid.Bool().Draw(t, "literal") {
				b := rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "bytes")
				s.text(b)
				want = append(want, b...)
			} else {
				a := rapid.IntRange(0, len(from)).Draw(t, "from")
				n := rapid.IntRange(0, len(from)-a).Draw(t, "length")
				s.keep(int64(a), int64(n))
				want = append(want, from[a:a+n]...)
			}
		}
		at := 0
		for range 12 {
			if rapid.IntRange(0, 2).Draw(t, "seek") == 0 {
				at = rapid.IntRange(0, len(want)).Draw(t, "at")
				if n, err := s.Seek(int64(at-len(want)), io.SeekEnd); err != nil || n != int64(at) {
					t.Fatal(n, err)
				}
			}
			b := make([]byte, rapid.IntRange(1, 9).Draw(t, "read"))
			n, err := io.ReadFull(s, b)
			if !bytes.Equal(b[:n], want[at:min(len(want), at+len(b))]) {
				t.Fatalf("at %d: %q, %v", at, b[:n], err)
			}
			at += n
		}
		if _, err := s.Seek(int64(len(want))+1, io.SeekStart); err == nil {
			t.Fatal("seek behind the end")
		}
	})
}
