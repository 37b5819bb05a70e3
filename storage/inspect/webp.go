package inspect

import (
	"encoding/binary"
	"io"

	"golang.org/x/image/webp"
)

// parseWebP walks the RIFF chunks and keeps the picture and its alpha plane.
// EXIF, XMP, profiles, unknown chunks and whatever follows the end are left
// out, and the extended header is written anew where alpha needs one. Of an
// animation the copy is the first frame; the original keeps them all.
func parseWebP(in *input, fits func(w, h int) error) (frame, error) {
	var riff [12]byte
	if err := readAt(in, 0, riff[:]); err != nil {
		return frame{}, err
	}
	end := int64(binary.LittleEndian.Uint32(riff[4:])) + 8
	if end > in.size {
		return frame{}, refuse(Corrupt, "webp: cut short")
	}
	p := webpParser{in: in, f: frame{orientation: 1, decode: webp.Decode}, fits: fits}
	if err := p.walk(12, end); err != nil {
		return frame{}, err
	}
	p.f.left.end = end
	return p.finish()
}

// walk takes the chunks between two offsets.
func (p *webpParser) walk(at, end int64) error {
	for at < end {
		if end-at < 8 {
			return refuse(Corrupt, "webp: half a chunk at the end")
		}
		var head [8]byte
		if err := readAt(p.in, at, head[:]); err != nil {
			return err
		}
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		if length > end-at-8 {
			return refuse(Corrupt, "webp: chunk %q is longer than the file", head[:4])
		}
		if err := p.chunk(string(head[:4]), at, length); err != nil {
			return err
		}
		at += 8 + length + length&1
		if p.chunks++; p.chunks > 1000 {
			return refuse(Corrupt, "webp: more than 1000 chunks")
		}
	}
	return nil
}

type webpParser struct {
	in     *input
	f      frame
	fits   func(w, h int) error
	chunks int
	// Canvas of the extended header; zero where there is none.
	canvasW, canvasH int
	animated         bool    // the extended header says so
	inFrame          bool    // of an animation
	alpha, pixels    stretch // with their chunk headers, without padding
}

type stretch struct{ offset, length int64 }

func (p *webpParser) chunk(name string, at, length int64) error {
	switch name {
	case "VP8X":
		return p.extended(at, length)
	case "ANIM", "ANMF":
		if !p.animated || p.inFrame {
			return refuse(Corrupt, "webp: %q in a still picture", name)
		}
		if name == "ANMF" && p.pixels.length == 0 {
			return p.firstFrame(at+8, length)
		}
		return nil
	case "ALPH", "VP8 ", "VP8L":
		if p.animated && !p.inFrame {
			return refuse(Corrupt, "webp: a still picture in an animation")
		}
	}
	switch name {
	case "ALPH":
		if p.canvasW == 0 || p.alpha.length != 0 || p.pixels.length != 0 {
			return refuse(Corrupt, "webp: alpha out of place")
		}
		p.alpha = stretch{at, length + 8}
	case "VP8 ", "VP8L":
		if p.pixels.length != 0 {
			return refuse(Corrupt, "webp: two pictures")
		}
		p.pixels = stretch{at, length + 8}
		if name == "VP8 " {
			return p.lossy(at+8, length)
		}
		return p.lossless(at+8, length)
	case "EXIF":
		b := make([]byte, min(length, 4096))
		if err := readAt(p.in, at+8, b); err != nil {
			return err
		}
		if len(b) > 6 && string(b[:6]) == "Exif\x00\x00" {
			b = b[6:] // some writers keep the prefix JPEG needs
		}
		p.f.orientation = orientation(b)
		p.f.left.addEXIF(b)
	case "XMP ":
		b := make([]byte, min(length, maxXMP))
		if err := readAt(p.in, at+8, b); err != nil {
			return err
		}
		p.f.left.addXMP(b)
	case "ICCP":
		p.f.left.add(LeftProfile)
	}
	return nil
}

func (p *webpParser) extended(at, length int64) error {
	if p.chunks != 0 || length != 10 {
		return refuse(Corrupt, "webp: extended header")
	}
	var b [10]byte
	if err := readAt(p.in, at+8, b[:]); err != nil {
		return err
	}
	if p.animated = b[0]&2 != 0; p.animated {
		p.f.left.add(LeftFrames)
	}
	p.canvasW, p.canvasH = 1+(int(b[4])|int(b[5])<<8|int(b[6])<<16), 1+(int(b[7])|int(b[8])<<8|int(b[9])<<16)
	return p.fits(p.canvasW, p.canvasH)
}

// firstFrame takes the picture of an animation's first frame, which need not
// fill the canvas.
func (p *webpParser) firstFrame(at, length int64) error {
	var b [16]byte // place, size, duration, flags
	if length < int64(len(b)) {
		return refuse(Corrupt, "webp: cut short")
	}
	if err := readAt(p.in, at, b[:]); err != nil {
		return err
	}
	number := func(i int) int { return int(b[i]) | int(b[i+1])<<8 | int(b[i+2])<<16 }
	x, y, w, h := 2*number(0), 2*number(3), 1+number(6), 1+number(9)
	if x+w > p.canvasW || y+h > p.canvasH {
		return refuse(Corrupt, "webp: frame outside the canvas")
	}
	canvasW, canvasH := p.canvasW, p.canvasH
	p.canvasW, p.canvasH, p.inFrame = w, h, true
	if err := p.walk(at+16, at+length); err != nil {
		return err
	}
	p.canvasW, p.canvasH, p.inFrame = canvasW, canvasH, false
	if p.pixels.length == 0 {
		return refuse(Corrupt, "webp: a frame without a picture")
	}
	return nil
}

func (p *webpParser) lossy(at, length int64) error {
	var b [10]byte
	if length < int64(len(b)) {
		return refuse(Corrupt, "webp: cut short")
	}
	if err := readAt(p.in, at, b[:]); err != nil {
		return err
	}
	if b[0]&1 != 0 || string(b[3:6]) != "\x9d\x01\x2a" {
		return refuse(Corrupt, "webp: not a key frame")
	}
	w, h := int(binary.LittleEndian.Uint16(b[6:])&0x3FFF), int(binary.LittleEndian.Uint16(b[8:])&0x3FFF)
	return p.size(w, h, 3)
}

func (p *webpParser) lossless(at, length int64) error {
	var b [5]byte
	if length < int64(len(b)) {
		return refuse(Corrupt, "webp: cut short")
	}
	if err := readAt(p.in, at, b[:]); err != nil {
		return err
	}
	bits := binary.LittleEndian.Uint32(b[1:])
	if b[0] != 0x2F || bits>>29 != 0 || p.alpha.length != 0 {
		return refuse(Corrupt, "webp: lossless header")
	}
	return p.size(1+int(bits&0x3FFF), 1+int(bits>>14&0x3FFF), 8)
}

func (p *webpParser) size(w, h int, perPixel int64) error {
	if err := p.fits(w, h); err != nil {
		return err
	}
	if p.canvasW != 0 && (w != p.canvasW || h != p.canvasH) {
		return refuse(Corrupt, "webp: %d × %d pixels on a canvas of %d × %d", w, h, p.canvasW, p.canvasH)
	}
	if p.alpha.length != 0 {
		perPixel += 6 // alpha is coded as a lossless picture and then thinned
	}
	p.f.width, p.f.height = w, h
	p.f.memory = int64(w) * int64(h) * perPixel
	return nil
}

func (p *webpParser) finish() (frame, error) {
	if p.pixels.length == 0 {
		return frame{}, refuse(Corrupt, "webp: no picture in it")
	}
	s := newSplice(p.in)
	var x []byte
	if p.alpha.length != 0 {
		x = make([]byte, 18)
		copy(x, "VP8X")
		x[4], x[8] = 10, 0x10 // length; alpha and nothing else
		w, h := p.f.width-1, p.f.height-1
		x[12], x[13], x[14] = byte(w), byte(w>>8), byte(w>>16)
		x[15], x[16], x[17] = byte(h), byte(h>>8), byte(h>>16)
	}
	even := func(n int64) int64 { return n + n&1 }
	head := make([]byte, 12)
	copy(head, "RIFF")
	binary.LittleEndian.PutUint32(head[4:], uint32(4+int64(len(x))+even(p.alpha.length)+even(p.pixels.length)))
	copy(head[8:], "WEBP")
	s.text(append(head, x...))
	for _, c := range []stretch{p.alpha, p.pixels} {
		s.keep(c.offset, c.length)
		if c.length&1 == 1 {
			s.text([]byte{0})
		}
	}
	p.f.copy = s
	return p.f, nil
}

func readAt(in *input, offset int64, b []byte) error {
	if _, err := in.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.ReadFull(in, b); err != nil {
		return refuse(Corrupt, "cut short: %w", err)
	}
	return nil
}
