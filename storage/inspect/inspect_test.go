package inspect

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/image/webp"
)

// sees inspects b and reads the copy.
func sees(t testing.TB, b []byte, declared string) (Result, []byte) {
	t.Helper()
	r, err := New(DefaultLimits()).Inspect(context.Background(), bytes.NewReader(b), int64(len(b)), declared)
	if err != nil {
		t.Fatalf("Inspect: %v", err)
	}
	return r, checkResult(t, b, r)
}

// checkResult holds for every accepted file.
func checkResult(t testing.TB, original []byte, r Result) []byte {
	t.Helper()
	body, err := io.ReadAll(r.Copy)
	if err != nil {
		t.Fatalf("read copy: %v", err)
	}
	sum := func(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }
	if r.SHA256 != sum(original) || r.Size != int64(len(original)) {
		t.Errorf("original: %d bytes %s", r.Size, r.SHA256)
	}
	if r.CopySHA256 != sum(body) || r.CopySize != int64(len(body)) {
		t.Errorf("copy: said %d bytes %s, are %d bytes %s", r.CopySize, r.CopySHA256, len(body), sum(body))
	}
	if Sniff(body) != r.CopyMediaType {
		t.Errorf("copy is %q, said %q", Sniff(body), r.CopyMediaType)
	}
	if r.MediaType == PDF {
		if r.Thumbnail != nil || r.Pages < 1 || r.Width != 0 {
			t.Errorf("pdf: %+v", r)
		}
		return body
	}
	thumb, err := jpeg.Decode(bytes.NewReader(r.Thumbnail))
	if err != nil || len(r.Thumbnail) > 15_000 {
		t.Fatalf("thumbnail of %d bytes: %v", len(r.Thumbnail), err)
	}
	if b := thumb.Bounds(); b.Dx() > 320 || b.Dy() > 320 || b.Dx() > r.Width || b.Dy() > r.Height {
		t.Errorf("thumbnail of %v for %d × %d", b, r.Width, r.Height)
	}
	if m := decoded(t, r.CopyMediaType, body); m.Bounds().Dx() != r.Width || m.Bounds().Dy() != r.Height {
		t.Errorf("copy is %v, said %d × %d", m.Bounds(), r.Width, r.Height)
	}
	return body
}

func decoded(t testing.TB, mediaType string, b []byte) image.Image {
	t.Helper()
	m, err := map[string]func(io.Reader) (image.Image, error){PNG: png.Decode, JPEG: jpeg.Decode, WebP: webp.Decode}[mediaType](bytes.NewReader(b))
	if err != nil {
		t.Fatalf("copy does not decode: %v", err)
	}
	return m
}

// refuses inspects b and returns why it is not taken.
func refuses(t testing.TB, b []byte, declared string) Reason {
	t.Helper()
	_, err := New(DefaultLimits()).Inspect(context.Background(), bytes.NewReader(b), int64(len(b)), declared)
	var rejected *Rejected
	if err == nil {
		return "taken"
	}
	if !errors.As(err, &rejected) {
		t.Fatalf("Inspect = %v, want a refusal", err)
	}
	return rejected.Reason
}

func gray16() image.Image {
	m := image.NewNRGBA64(image.Rect(0, 0, 20, 10))
	m.SetNRGBA64(3, 3, color.NRGBA64{1, 2, 3, 40000})
	return m
}

func TestTaken(t *testing.T) {
	shot := corners(40, 20)
	paletted := image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.NRGBA{1, 2, 3, 0}, color.White})
	for name, c := range map[string]struct {
		b             []byte
		kind          string
		width, height int
	}{
		"png":                      {pngOf(shot), PNG, 40, 20},
		"png 16 bit":               {pngOf(gray16()), PNG, 20, 10},
		"png palette, see-through": {pngOf(paletted), PNG, 9, 9},
		"png one pixel":            {pngOf(corners(1, 1)), PNG, 1, 1},
		"png long and thin":        {pngOf(corners(2, 5000)), PNG, 2, 5000},
		"jpeg":                     {jpegOf(shot), JPEG, 40, 20},
		"jpeg grey":                {tinyJPEG(1, false), JPEG, 8, 8},
		"jpeg progressive":         {tinyJPEG(1, true), JPEG, 8, 8},
		"jpeg cmyk":                {tinyJPEG(4, false, segment(0xEE, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))), JPEG, 8, 8},
		"webp lossless":            {webpOf(vp8l(30, 7, color.NRGBA{9, 8, 7, 255})), WebP, 30, 7},
		"webp lossy":               {webpOf(vp8(16, 32)), WebP, 16, 32},
		"webp animation":           {webpOf(vp8x(20, 18, 2), riffChunk("ANIM", make([]byte, 6)), anmf(2, 0, 16, 16, vp8(16, 16)), anmf(0, 0, 1, 1, vp8l(1, 1, color.NRGBA{}))), WebP, 16, 16},
		"webp animation, alpha":    {webpOf(vp8x(16, 16, 0x12), anmf(0, 0, 16, 16, alph(16, 16, 99), vp8(16, 16)), anmf(0, 0, 16, 16, []byte("not looked at"))), WebP, 16, 16},
		"webp lossy and alpha":     {webpOf(vp8x(16, 16, 0x10), alph(16, 16, 99), vp8(16, 16)), WebP, 16, 16},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := sees(t, c.b, c.kind)
			if r.MediaType != c.kind || r.CopyMediaType != c.kind || r.Width != c.width || r.Height != c.height || r.Pages != 0 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestTypes(t *testing.T) {
	shot := pngOf(corners(4, 4))
	for name, b := range map[string][]byte{
		"gif":             []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"),
		"gif and script":  []byte("GIF89a=/*\x00\x00*/alert(1)//;"),
		"svg":             []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
		"html":            []byte("<!DOCTYPE html><html><script>alert(1)</script>"),
		"ico":             append([]byte("\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00"), shot...),
		"tiff":            []byte("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
		"bmp":             []byte("BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00"),
		"heic":            []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"),
		"avif":            []byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif"),
		"mp4":             []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"),
		"zip":             []byte("PK\x03\x04\x14\x00\x00\x00\x00\x00"),
		"wav":             []byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00"),
		"text":            []byte("hello"),
		"one byte":        {0xFF},
		"junk before png": append([]byte("x"), shot...),
		"junk before pdf": append([]byte("GIF89a\n"), paper(1, "")...),
	} {
		for _, declared := range []string{"", PNG, "image/gif"} {
			if got := refuses(t, b, declared); got != UnsupportedType {
				t.Errorf("%s declared %q: %s", name, declared, got)
			}
		}
	}
	for _, declared := range []string{JPEG, PDF, "text/html", "png", "image/png2", ";"} {
		if got := refuses(t, shot, declared); got != TypeMismatch {
			t.Errorf("png declared %q: %s", declared, got)
		}
	}
	for _, declared := range []string{"", PNG, "IMAGE/PNG", "image/png; charset=binary"} {
		if got := refuses(t, shot, declared); got != "taken" {
			t.Errorf("png declared %q: %s", declared, got)
		}
	}
}

func TestLimits(t *testing.T) {
	if got := refuses(t, nil, PNG); got != Corrupt {
		t.Errorf("empty: %s", got)
	}
	shot := pngOf(corners(100, 100))
	limits := DefaultLimits()
	for name, c := range map[string]struct {
		change func(*Limits)
		want   Reason
	}{
		"bytes, just":     {func(l *Limits) { l.Bytes = int64(len(shot)) }, "taken"},
		"bytes, one over": {func(l *Limits) { l.Bytes = int64(len(shot)) - 1 }, TooLarge},
		"pixels, just":    {func(l *Limits) { l.Pixels = 10_000 }, "taken"},
		"pixels over":     {func(l *Limits) { l.Pixels = 9_999 }, TooManyPixels},
		"memory, just":    {func(l *Limits) { l.Memory = 40_000 }, "taken"},
		"memory over":     {func(l *Limits) { l.Memory = 39_999 }, TooManyPixels},
	} {
		l := limits
		c.change(&l)
		_, err := New(l).Inspect(t.Context(), bytes.NewReader(shot), int64(len(shot)), PNG)
		got := Reason("taken")
		var rejected *Rejected
		if errors.As(err, &rejected) {
			got = rejected.Reason
		}
		if got != c.want {
			t.Errorf("%s: %s (%v)", name, got, err)
		}
	}
	// The decoder of progressive JPEG keeps coefficients beside the pixels.
	for memory, want := range map[int64]bool{64 * 5: true, 64*5 - 1: false} {
		l := limits
		l.Memory = memory
		b := tinyJPEG(1, true)
		if _, err := New(l).Inspect(t.Context(), bytes.NewReader(b), int64(len(b)), JPEG); (err == nil) != want {
			t.Errorf("progressive with %d bytes: %v", memory, err)
		}
	}
	for _, size := range []int64{int64(len(shot)) - 1, int64(len(shot)) + 1} {
		var rejected *Rejected
		if _, err := New(limits).Inspect(t.Context(), bytes.NewReader(shot), size, PNG); !errors.As(err, &rejected) || rejected.Reason != ChecksumMismatch {
			t.Errorf("said to be %d bytes, is %d: %v", size, len(shot), err)
		}
	}
}

// Small files that claim to be enormous are refused before anything is
// allocated for them.
func TestBombs(t *testing.T) {
	idat := pngChunk("IDAT", []byte{0x78, 0x9c, 3, 0, 0, 0, 0, 1})
	end := pngChunk("IEND", nil)
	huge := func(w, h uint32) []byte {
		return append(append(append([]byte(pngMagic), ihdr(w, h, 8, 6)...), idat...), end...)
	}
	bigJPEG := func(progressive bool, w, h uint16) []byte {
		b := tinyJPEG(1, progressive)
		at := bytes.Index(b, []byte{8, 0, 8, 0, 8, 1})
		binary.BigEndian.PutUint16(b[at+1:], h)
		binary.BigEndian.PutUint16(b[at+3:], w)
		return b
	}
	lossy := webpOf(vp8(16383, 16383))
	for name, c := range map[string]struct {
		b    []byte
		want Reason
	}{
		"gif of 65535 × 65535":     {[]byte("GIF89a\xff\xff\xff\xff\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x00;"), UnsupportedType},
		"png of 65535 × 65535":     {huge(65535, 65535), TooManyPixels},
		"png of 255 × 1677721600":  {huge(255, 1677721600), TooManyPixels},
		"png of 2^31-1 squared":    {huge(1<<31-1, 1<<31-1), TooManyPixels},
		"png of 2^32-1 squared":    {huge(1<<32-1, 1<<32-1), Corrupt},
		"png of 0 × 10":            {huge(0, 10), Corrupt},
		"png, one row too many":    {huge(40_000, 1001), TooManyPixels},
		"jpeg of 65535 × 65535":    {bigJPEG(false, 65535, 65535), TooManyPixels},
		"jpeg, height told later":  {bigJPEG(false, 100, 0), Corrupt},
		"webp of 16383 × 16383":    {lossy, TooManyPixels},
		"webp lossless":            {webpOf(vp8l(16384, 16384, color.NRGBA{})), TooManyPixels},
		"webp canvas of 2^24":      {webpOf(vp8x(1<<24, 1<<24, 0), vp8(16, 16)), TooManyPixels},
		"webp small canvas":        {webpOf(vp8x(1, 1, 0), vp8(6000, 6000)), Corrupt},
		"webp lossless on a small": {webpOf(vp8x(1, 1, 0), vp8l(6000, 6000, color.NRGBA{})), Corrupt},
	} {
		t.Run(name, func(t *testing.T) {
			i := New(DefaultLimits())
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := i.Inspect(t.Context(), bytes.NewReader(c.b), int64(len(c.b)), "")
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			var rejected *Rejected
			if !errors.As(err, &rejected) || rejected.Reason != c.want {
				t.Errorf("Inspect = %v, want %s", err, c.want)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 || took > 100*time.Millisecond {
				t.Errorf("cost %d bytes and %v", n, took)
			}
		})
	}
}

// A progressive JPEG may ask for a pass over all pixels every few bytes.
func TestJPEGScanBomb(t *testing.T) {
	b := tinyJPEG(1, true)
	scan := b[bytes.LastIndex(b, []byte{0xFF, 0xDA}) : len(b)-2]
	for n, want := range map[int]Reason{maxScans - 2: "taken", maxScans - 1: Corrupt} {
		many := append(slices.Clone(b[:len(b)-2]), bytes.Repeat(scan, n)...)
		if got := refuses(t, append(many, 0xFF, 0xD9), JPEG); got != want {
			t.Errorf("%d scans: %s", n+2, got)
		}
	}
}

// Whatever is cut off anywhere, or changed anywhere in a PNG, is noticed.
func TestDamaged(t *testing.T) {
	shot, photo := pngOf(corners(8, 8)), jpegOf(corners(8, 8))
	for name, b := range map[string][]byte{
		PNG: shot, JPEG: photo, "jpeg progressive": tinyJPEG(1, true), WebP: webpOf(vp8l(8, 8, color.NRGBA{1, 2, 3, 4})),
	} {
		for n := range b {
			if got := refuses(t, b[:n], ""); got != Corrupt && got != UnsupportedType {
				t.Fatalf("%s cut to %d of %d bytes: %s", name, n, len(b), got)
			}
		}
	}
	for n := range shot {
		b := slices.Clone(shot)
		b[n] ^= 0x10
		if got := refuses(t, b, ""); got == "taken" {
			t.Fatalf("byte %d of the PNG changed: taken", n)
		}
	}
	end := len(shot) - 12
	for name, b := range map[string][]byte{
		"checksum of a text chunk":    afterIHDR(shot, append(pngChunk("tEXt", []byte("a"))[:9], 1, 2, 3, 4)),
		"critical chunk nobody knows": afterIHDR(shot, pngChunk("CgBI", nil)),
		"two headers":                 afterIHDR(shot, ihdr(8, 8, 8, 2)),
		"palette after pixels":        append(append(slices.Clone(shot[:end]), pngChunk("PLTE", []byte{1, 2, 3})...), shot[end:]...),
		"pixels apart":                append(append(append(slices.Clone(shot[:end]), pngChunk("tEXt", nil)...), pngChunk("IDAT", nil)...), shot[end:]...),
		"no pixels":                   append(append([]byte(pngMagic), ihdr(8, 8, 8, 2)...), shot[end:]...),
		"two frames in a jpeg":        bytes.Replace(photo, []byte{0xFF, 0xC4}, append(segment(0xC0, []byte{8, 0, 8, 0, 8, 1, 1, 0x11, 0}), 0xFF, 0xC4), 1),
		"arithmetic jpeg":             bytes.Replace(tinyJPEG(1, false), []byte{0xFF, 0xC0}, []byte{0xFF, 0xC9}, 1),
		"two pictures in a webp":      webpOf(vp8(16, 16), vp8(16, 16)),
		"webp alpha after":            webpOf(vp8x(16, 16, 0x10), vp8(16, 16), alph(16, 16, 1)),
		"webp without picture":        webpOf(vp8x(16, 16, 0)),
		"webp without a first frame":  webpOf(vp8x(16, 16, 2), riffChunk("ANIM", make([]byte, 6))),
		"webp hidden animation":       webpOf(vp8x(16, 16, 0), vp8(16, 16), anmf(0, 0, 16, 16, vp8(16, 16))),
		"webp still in an animation":  webpOf(vp8x(16, 16, 2), vp8(16, 16), anmf(0, 0, 16, 16, vp8(16, 16))),
		"webp frame off the canvas":   webpOf(vp8x(16, 16, 2), anmf(2, 0, 16, 16, vp8(16, 16))),
		"webp frame of another size":  webpOf(vp8x(32, 32, 2), anmf(0, 0, 32, 32, vp8(16, 16))),
		"webp frame in a frame":       webpOf(vp8x(16, 16, 2), anmf(0, 0, 16, 16, anmf(0, 0, 16, 16, vp8(16, 16)))),
		"webp frame of nothing":       webpOf(vp8x(16, 16, 2), anmf(0, 0, 16, 16)),
	} {
		if got := refuses(t, b, ""); got != Corrupt {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// brokenReader fails after n bytes, as a disk does.
type brokenReader struct {
	*bytes.Reader
	left int
}

var errDisk = errors.New("disk on fire")

func (b *brokenReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errDisk
	}
	n, err := b.Reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func TestOtherFailuresAreNotTheFilesFault(t *testing.T) {
	i := New(DefaultLimits())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, b := range map[string][]byte{PNG: pngOf(screenshot(64, 64)), JPEG: jpegOf(screenshot(64, 64)), PDF: paper(1, "")} {
		var rejected *Rejected
		if _, err := i.Inspect(ctx, bytes.NewReader(b), int64(len(b)), ""); !errors.Is(err, context.Canceled) || errors.As(err, &rejected) {
			t.Errorf("%s cancelled: %v", name, err)
		}
		for left := 0; left < 3*len(b); left += len(b)/7 + 1 {
			_, err := i.Inspect(t.Context(), &brokenReader{bytes.NewReader(b), left}, int64(len(b)), "")
			if err != nil && (!errors.Is(err, errDisk) || errors.As(err, &rejected)) {
				t.Errorf("%s, disk broken after %d: %v", name, left, err)
			}
		}
	}
}

// A decoder that breaks takes the file with it and not the process.
func TestPanicIsTheFilesFault(t *testing.T) {
	var rejected *Rejected
	_, err := New(DefaultLimits()).Inspect(t.Context(), panicReader{bytes.NewReader(nil)}, 10, "")
	if !errors.As(err, &rejected) || rejected.Reason != Corrupt {
		t.Errorf("Inspect = %v", err)
	}
}

type panicReader struct{ *bytes.Reader }

func (panicReader) Read([]byte) (int, error) { panic("index out of range") }

// Noise is what compresses worst; checkResult measures the thumbnail.
func TestThumbnailOfNoise(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 320, 320))
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range m.Pix {
		m.Pix[i] = byte(rng.Uint32())
	}
	sees(t, pngOf(m), PNG)
}

func TestAtMostTwoDecode(t *testing.T) {
	l := DefaultLimits()
	i := New(l)
	var mu sync.Mutex
	running, most := 0, 0
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			release, err := i.acquire(t.Context(), 1000)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			time.Sleep(2 * time.Millisecond)
			mu.Lock()
			running--
			mu.Unlock()
			release()
		})
	}
	wg.Wait()
	if most != 2 {
		t.Errorf("%d decoded at once", most)
	}
	release, _ := i.acquire(t.Context(), l.Memory*2/3)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := i.acquire(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("beside a large one: %v", err)
	}
	release()
}

func ExampleRejected() {
	_, err := New(DefaultLimits()).Inspect(context.Background(), strings.NewReader("<svg/>"), 6, "image/svg+xml")
	var rejected *Rejected
	if errors.As(err, &rejected) {
		fmt.Println(rejected.Reason)
	}
	// Output: unsupported_type
}
