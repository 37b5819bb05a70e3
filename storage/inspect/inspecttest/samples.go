// Package inspecttest makes files for tests: pictures and papers whole and
// odd, and a corpus of what strangers send on purpose ([Corpus]). None of it
// rests in the repository as a file.
package inspecttest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
)

// Canary is planted in everything of a file that is not the picture: no copy
// may hold it.
const Canary = "GPS-35.6586N139.7454E"

// PNGMagic begins every PNG.
const PNGMagic = "\x89PNG\r\n\x1a\n"

// Screenshot draws what a phone shows: flat areas, lines of "text", a photo.
func Screenshot(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a picture, the same each time
	for y := range h {
		for x := range w {
			c := color.NRGBA{245, 245, 247, 255}
			switch {
			case y < h/20:
				c = color.NRGBA{20, 60, 140, 255}
			case y%40 < 14 && x > 20 && x < w-20 && (x/3*7+y/2*13+(y/40)*(x/9))%5 < 2:
				c = color.NRGBA{30, 30, 30, 255}
			case y > h/2 && y < h*3/4 && x > w/8 && x < w*7/8:
				c = color.NRGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8(rng.IntN(40)), 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// Corners is a picture whose four quarters have four colours, so that turning
// it shows.
func Corners(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := []color.NRGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 0, 255}}[x*2/w+y*2/h*2]
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// PNG writes a picture as a screenshot.
func PNG(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// JPEG writes a picture as a photo.
func JPEG(m image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 92}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// Chunk is a chunk of a PNG, with its checksum.
func Chunk(name string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, name...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// IHDR is the header chunk of a PNG.
func IHDR(w, h uint32, depth, colour byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, w)
	b = binary.BigEndian.AppendUint32(b, h)
	return Chunk("IHDR", append(b, depth, colour, 0, 0, 0))
}

// AfterIHDR puts chunks behind a PNG's header.
func AfterIHDR(b []byte, chunks ...[]byte) []byte {
	out := append([]byte{}, b[:33]...)
	for _, c := range chunks {
		out = append(out, c...)
	}
	return append(out, b[33:]...)
}

// EXIF is a TIFF block with an orientation, a camera and a place.
func EXIF(orientation uint16, order binary.AppendByteOrder) []byte {
	b := []byte("II*\x00")
	if order.String() == binary.BigEndian.String() {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 3)
	entry := func(tag, kind uint16, n uint32, value []byte) {
		b = order.AppendUint16(b, tag)
		b = order.AppendUint16(b, kind)
		b = order.AppendUint32(b, n)
		b = append(b, value...)
	}
	entry(0x010F, 2, 14, order.AppendUint32(nil, 50)) // Make
	entry(0x0112, 3, 1, append(order.AppendUint16(nil, orientation), 0, 0))
	entry(0x8825, 4, 1, order.AppendUint32(nil, 64)) // GPS directory
	b = order.AppendUint32(b, 0)
	b = append(b, "SecretCamera\x00\x00"...)
	b = order.AppendUint16(b, 1)
	entry(1, 2, 2, []byte("N\x00\x00\x00"))
	return append(b, Canary...)
}

// Segment is a segment of a JPEG: marker, length and body.
func Segment(marker byte, body []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(body)+2))
	return append(b, body...)
}

// AfterSOI puts segments at the start of a JPEG.
func AfterSOI(b []byte, segments ...[]byte) []byte {
	out := []byte{0xFF, 0xD8}
	for _, s := range segments {
		out = append(out, s...)
	}
	return append(out, b[2:]...)
}

// TinyJPEG is 8 × 8 of middle grey by hand: baseline with n components, or
// progressive in two scans with one.
func TinyJPEG(n int, progressive bool, more ...[]byte) []byte {
	b := AfterSOI([]byte{0xFF, 0xD8}, more...)
	b = append(b, Segment(0xDB, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))...)
	sof := []byte{8, 0, 8, 0, 8, byte(n)}
	for c := range n {
		sof = append(sof, byte(c+1), 0x11, 0)
	}
	marker := byte(0xC0)
	if progressive {
		marker = 0xC2
	}
	b = append(b, Segment(marker, sof)...)
	for _, class := range []byte{0x00, 0x10} { // one code, "0", for symbol 0
		b = append(b, Segment(0xC4, append([]byte{class, 1}, make([]byte, 16)...))...)
	}
	scan := func(first, last byte) {
		sos := []byte{byte(n)}
		for c := range n {
			sos = append(sos, byte(c+1), 0)
		}
		b = append(b, Segment(0xDA, append(sos, first, last, 0))...)
		b = append(b, 0x00, 0x3F) // enough zero bits, padded with ones
	}
	if progressive {
		scan(0, 0)
		scan(1, 63)
	} else {
		scan(0, 63)
	}
	return append(b, 0xFF, 0xD9)
}

// RIFFChunk is a chunk of a RIFF file, padded to an even length.
func RIFFChunk(name string, data []byte) []byte {
	b := append([]byte(name), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(data)))
	b = append(b, data...)
	if len(data)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// WebP is a file of these chunks.
func WebP(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return RIFFChunk("RIFF", body)
}

// VP8L is a lossless picture of one colour: every code has one symbol, so the
// pixels take no bits at all.
func VP8L(w, h int, c color.NRGBA) []byte {
	var bits uint64
	var n int
	out := []byte{0x2F}
	put := func(v uint64, width int) {
		bits |= v << n
		for n += width; n >= 8; n -= 8 {
			out = append(out, byte(bits))
			bits >>= 8
		}
	}
	put(uint64(w-1), 14)
	put(uint64(h-1), 14)
	put(1, 1) // alpha is used
	put(0, 3) // version
	put(0, 3) // no transform, colour cache or groups
	for _, v := range []uint8{c.G, c.R, c.B, c.A, 0} {
		put(1, 1) // simple code
		put(0, 1) // of one symbol
		put(1, 1) // of eight bits
		put(uint64(v), 8)
	}
	put(0, 16)
	return RIFFChunk("VP8L", append(out, 0, 0, 0, 0))
}

// VP8 is a lossy key frame: all its bits are "no", which is plain grey.
func VP8(w, h int) []byte {
	const first, tag = 4000, 0x10 | 4000<<5 // shown, key frame, length of the first part
	b := []byte{tag & 0xFF, tag >> 8 & 0xFF, tag >> 16, 0x9d, 0x01, 0x2a, byte(w), byte(w >> 8), byte(h), byte(h >> 8)}
	return RIFFChunk("VP8 ", append(b, make([]byte, 2*first)...))
}

// VP8X is the extended header of a WebP.
func VP8X(w, h int, flags byte) []byte {
	w, h = w-1, h-1
	return RIFFChunk("VP8X", []byte{flags, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)})
}

// ANMF is a frame of an animation, at twice x and y on its canvas.
func ANMF(x, y, w, h int, chunks ...[]byte) []byte {
	w, h = w-1, h-1
	b := []byte{byte(x), 0, 0, byte(y), 0, 0, byte(w), byte(w >> 8), 0, byte(h), byte(h >> 8), 0, 100, 0, 0, 0}
	return RIFFChunk("ANMF", append(b, bytes.Join(chunks, nil)...))
}

// ALPH is an uncompressed alpha plane.
func ALPH(w, h int, a byte) []byte {
	return RIFFChunk("ALPH", append([]byte{0}, bytes.Repeat([]byte{a}, w*h)...))
}

// PDF writes objects, numbered from 1; the first is the catalogue.
func PDF(trailer string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, 0, len(objects))
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, start)
	return b.Bytes()
}

// Stream is a stream object of a PDF; dict is added to its dictionary.
func Stream(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

// Paper is a PDF of n pages; catalog is added to the catalogue and more
// objects follow as number 4 and on, pages after them.
func Paper(n int, catalog string, more ...string) []byte {
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R" + catalog + ">>",
		"",
		Stream("", "BT ET"),
	}
	objects = append(objects, more...)
	var kids strings.Builder
	for range n {
		objects = append(objects, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>/Contents 3 0 R>>")
		fmt.Fprintf(&kids, "%d 0 R ", len(objects))
	}
	objects[1] = fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", n, kids.String())
	return PDF("", objects...)
}
