package inspect

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func factsOf(t *testing.T, b []byte) Facts {
	t.Helper()
	r, err := New(DefaultLimits()).Inspect(t.Context(), bytes.NewReader(b), int64(len(b)), "")
	if err != nil {
		t.Fatal(err)
	}
	return r.Facts
}

// tagged lets exiftool write tags into a file.
func tagged(t *testing.T, name string, b []byte, tags ...string) []byte {
	t.Helper()
	tool, err := exec.LookPath("exiftool")
	if err != nil {
		t.Skip("exiftool is not installed")
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), tool, append(tags, "-q", "-overwrite_original", path)...).CombinedOutput(); err != nil {
		t.Fatalf("exiftool: %v %s", err, out)
	}
	b, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFactsOfPhotos(t *testing.T) {
	tags := []string{
		"-EXIF:Software=Adobe Photoshop 25.0 (Macintosh)", "-EXIF:Make=Apple", "-EXIF:Model=iPhone 15", "-EXIF:DateTimeOriginal=2026:01:02 03:04:05",
		"-EXIF:OffsetTimeOriginal=+09:00", "-EXIF:GPSLatitude=35.1", "-EXIF:GPSLatitudeRef=N", "-EXIF:GPSLongitude=139", "-EXIF:GPSLongitudeRef=E",
	}
	m := screenshot(120, 90)
	for name, b := range map[string][]byte{"a.jpg": jpegOf(m), "a.png": pngOf(m)} {
		f := factsOf(t, tagged(t, name, b, tags...))
		if f.Editor != "Adobe Photoshop 25.0 (Macintosh)" || f.Camera != "Apple iPhone 15" || !f.Located || !f.ZoneKnown ||
			!f.TakenAt.Equal(time.Date(2026, 1, 1, 18, 4, 5, 0, time.UTC)) || !slices.Contains(f.Removed, LeftEXIF) || !slices.Contains(f.Removed, LeftLocation) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	f := factsOf(t, tagged(t, "b.jpg", jpegOf(m), "-EXIF:DateTimeOriginal=2026:01:02 03:04:05", "-XMP-xmp:CreatorTool=GIMP 2.10", "-IPTC:Keywords=x", "-Comment=hello"))
	if f.ZoneKnown || !f.TakenAt.Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) || f.Editor != "GIMP 2.10" || f.Located ||
		!slices.Equal(f.Removed, []string{LeftEXIF, LeftXMP, LeftIPTC, LeftText}) {
		t.Errorf("%+v", f)
	}
}

func TestFactsOfChunks(t *testing.T) {
	m := screenshot(120, 90)
	text := pngChunk("tEXt", []byte("Software\x00gnome-\x1bscreenshot\n"))
	xmp := pngChunk("iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00<x xmp:CreatorTool=\"Adobe Illustrator\" exif:GPSLatitude='1'/>"))
	for name, tc := range map[string]struct {
		b       []byte
		editor  string
		removed []string
	}{
		"nothing":   {pngOf(m), "", nil},
		"software":  {afterIHDR(pngOf(m), text), "gnome-screenshot", []string{LeftText}},
		"xmp":       {afterIHDR(pngOf(m), xmp), "Adobe Illustrator", []string{LeftLocation, LeftXMP}},
		"trailing":  {append(pngOf(m), "PK\x03\x04"...), "", []string{LeftTrailing}},
		"jpeg tail": {append(jpegOf(m), 0), "", []string{LeftTrailing}},
		"profile":   {afterSOI(jpegOf(m), segment(0xE2, []byte("ICC_PROFILE\x00\x01\x01x"))), "", []string{LeftProfile}},
		"comment":   {afterSOI(jpegOf(m), segment(0xFE, []byte("x"))), "", []string{LeftText}},
	} {
		f := factsOf(t, tc.b)
		if f.Editor != tc.editor || !slices.Equal(f.Removed, tc.removed) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// A broken block costs the hint and nothing else.
func TestFactsOfBrokenBlocks(t *testing.T) {
	whole := exif(1, binary.BigEndian)
	for n := range len(whole) {
		factsOf(t, afterSOI(jpegOf(screenshot(40, 30)), segment(0xE1, append([]byte("Exif\x00\x00"), whole[:n]...))))
	}
}

func TestFactIsOneShortLine(t *testing.T) {
	for in, want := range map[string]string{
		" a\r\nb\x00 ": "ab", "\u202eevil": "evil", "\xff\xfeok": "ok", strings.Repeat("あ", 300): strings.Repeat("あ", maxFact),
	} {
		if got := fact(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func FuzzFacts(f *testing.F) {
	f.Add(exif(6, binary.LittleEndian), []byte("<x xmp:CreatorTool=\"a\"/>"))
	f.Add(exif(3, binary.BigEndian), []byte("CreatorTool>"))
	f.Fuzz(func(t *testing.T, block, xmp []byte) {
		if len(block) > 1<<16 || len(xmp) > 1<<16 {
			return
		}
		var l leavings
		l.addEXIF(block)
		l.addXMP(xmp)
		got := frame{left: l}.facts(1)
		if len([]rune(got.Editor)) > maxFact || strings.ContainsAny(got.Editor+got.Camera, "\n\r\x00") {
			t.Errorf("%+v", got)
		}
	})
}
