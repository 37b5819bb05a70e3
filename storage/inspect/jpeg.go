package inspect

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"image/jpeg"
	"io"
)

// maxScans bounds the passes of a progressive JPEG. Encoders make about ten;
// a crafted file can ask for a pass over all pixels every twenty bytes.
const maxScans = 64

// A JFIF header without density or thumbnail, for files that had one: with it
// three components are known to be YCbCr, whatever they are called.
var plainJFIF = []byte{0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0}

// parseJPEG walks the segments and keeps tables, frame and scans. Of the
// application segments only Adobe's twelve bytes stay, which say how colours
// are coded. Comments, EXIF, profiles, previews, further pictures and
// whatever follows the end are left out.
func parseJPEG(in *input, fits func(w, h int) error) (frame, error) {
	if _, err := in.Seek(2, io.SeekStart); err != nil {
		return frame{}, err
	}
	p := &jpegParser{r: bufio.NewReaderSize(in, 32<<10), at: 2, fits: fits}
	p.f = frame{orientation: 1, copy: newSplice(in), decode: jpeg.Decode}
	p.f.copy.text([]byte{0xFF, 0xD8})
	marker, err := p.marker()
	for ; err == nil && marker != 0xD9; marker, err = p.next(marker) {
	}
	if err != nil {
		return frame{}, err
	}
	if p.scans == 0 {
		return frame{}, refuse(Corrupt, "jpeg: no picture in it")
	}
	p.f.copy.text([]byte{0xFF, 0xD9})
	p.f.left.end = p.at
	return p.f, nil
}

type jpegParser struct {
	r     *bufio.Reader
	at    int64
	f     frame
	fits  func(w, h int) error
	scans int
	exif  bool
}

func (p *jpegParser) read(b []byte) error {
	n, err := io.ReadFull(p.r, b)
	p.at += int64(n)
	if err != nil {
		return refuse(Corrupt, "jpeg: cut short: %w", err)
	}
	return nil
}

// marker reads FF, any more FF that fill, and the marker's number.
func (p *jpegParser) marker() (byte, error) {
	var b [1]byte
	if err := p.read(b[:]); err != nil {
		return 0, err
	}
	if b[0] != 0xFF {
		return 0, refuse(Corrupt, "jpeg: byte %#x between segments", b[0])
	}
	for b[0] == 0xFF {
		if err := p.read(b[:]); err != nil {
			return 0, err
		}
	}
	return b[0], nil
}

// next takes the segment of a marker just read and returns the next marker.
func (p *jpegParser) next(marker byte) (byte, error) {
	if marker < 0xC0 || (marker >= 0xD0 && marker <= 0xD8) {
		return 0, refuse(Corrupt, "jpeg: marker %#x where a segment should be", marker)
	}
	var size [2]byte
	if err := p.read(size[:]); err != nil {
		return 0, err
	}
	length := int(binary.BigEndian.Uint16(size[:])) - 2
	if length < 0 {
		return 0, refuse(Corrupt, "jpeg: segment %#x has no length", marker)
	}
	start := p.at - 4
	body := make([]byte, length)
	if err := p.read(body); err != nil {
		return 0, err
	}
	if err := p.segment(marker, body, start); err != nil {
		return 0, err
	}
	if marker == 0xDA {
		return p.scan()
	}
	return p.marker()
}

func (p *jpegParser) segment(marker byte, body []byte, start int64) error {
	switch {
	case marker == 0xC4, marker == 0xDB, marker == 0xDD: // tables, restart interval
		p.f.copy.keep(start, int64(len(body))+4)
	case marker == 0xC0, marker == 0xC1, marker == 0xC2:
		p.f.copy.keep(start, int64(len(body))+4)
		return p.frame(marker, body)
	case marker == 0xDA:
		if p.f.width == 0 {
			return refuse(Corrupt, "jpeg: scan before frame")
		}
		if p.scans++; p.scans > maxScans {
			return refuse(Corrupt, "jpeg: more than %d scans", maxScans)
		}
		p.f.copy.keep(start, int64(len(body))+4)
	case marker == 0xEE && len(body) >= 12 && string(body[:5]) == "Adobe":
		p.f.copy.text(append([]byte{0xFF, 0xEE, 0, 14}, body[:12]...))
	case marker == 0xE0 && bytes.HasPrefix(body, []byte("JFIF\x00")) && p.scans == 0 && p.f.width == 0:
		if len(p.f.copy.parts) == 1 { // once, first
			p.f.copy.text(plainJFIF)
		}
	case marker == 0xE1 && bytes.HasPrefix(body, []byte("Exif\x00")) && len(body) > 6 && !p.exif:
		p.exif = true
		p.f.orientation = orientation(body[6:])
		p.f.left.segment(marker, body)
	case marker >= 0xE0 && marker <= 0xEF, marker == 0xFE:
		p.f.left.segment(marker, body)
	default: // lossless, arithmetic, hierarchical: nothing we or a browser shows
		return refuse(Corrupt, "jpeg: segment %#x", marker)
	}
	return nil
}

func (p *jpegParser) frame(marker byte, b []byte) error {
	if p.f.width != 0 || len(b) < 6 || len(b) != 6+3*int(b[5]) {
		return refuse(Corrupt, "jpeg: frame header")
	}
	p.f.height, p.f.width = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
	if err := p.fits(p.f.width, p.f.height); err != nil {
		return err
	}
	// Samples for each pixel, as the components are subsampled.
	var most, all int64
	for c := 6; c < len(b); c += 3 {
		h, v := int64(b[c+1]>>4), int64(b[c+1]&15)
		if h < 1 || h > 4 || v < 1 || v > 4 {
			return refuse(Corrupt, "jpeg: sampling")
		}
		most, all = max(most, h*v), all+h*v
	}
	if most == 0 {
		return refuse(Corrupt, "jpeg: no components")
	}
	pixels := int64(p.f.width) * int64(p.f.height)
	perSample := int64(1)
	if marker == 0xC2 {
		perSample = 5 // the decoder keeps a 32-bit coefficient for each
	}
	p.f.memory = pixels * all * perSample / most
	if b[5] == 4 {
		p.f.memory += pixels * 4 // converted to CMYK pixels
	}
	return nil
}

// scan keeps the coded pixels up to the next marker and returns that marker.
func (p *jpegParser) scan() (byte, error) {
	start := p.at
	for {
		b, err := p.r.ReadSlice(0xFF)
		p.at += int64(len(b))
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return 0, refuse(Corrupt, "jpeg: no end: %w", err)
		}
		end := p.at - 1
		var next [1]byte
		for next[0] = 0xFF; next[0] == 0xFF; {
			if err := p.read(next[:]); err != nil {
				return 0, err
			}
		}
		if next[0] == 0 || (next[0] >= 0xD0 && next[0] <= 0xD7) {
			continue // a coded FF, or a restart
		}
		p.f.copy.keep(start, end-start)
		return next[0], nil
	}
}
