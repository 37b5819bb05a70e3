package inspect

import (
	"bufio"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"image"
	"image/png"
	"io"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// parsePNG walks the chunks, checks each one's CRC, and keeps the five that
// make the picture. Everything else (text, time, EXIF, profiles, animation,
// what follows the end) is left out.
func parsePNG(in *input, fits func(w, h int) error) (frame, error) {
	if _, err := in.Seek(int64(len(pngMagic)), io.SeekStart); err != nil {
		return frame{}, err
	}
	r := bufio.NewReaderSize(in, 32<<10)
	f := frame{orientation: 1, copy: newSplice(in), decode: png.Decode}
	f.copy.keep(0, int64(len(pngMagic)))
	var (
		at    = int64(len(pngMagic))
		seen  = map[string]bool{}
		last  string
		small [4096]byte
	)
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return frame{}, refuse(Corrupt, "png: no end: %w", err)
		}
		name := string(head[4:])
		length := int64(binary.BigEndian.Uint32(head[:4]))
		if length > in.size-at-12 {
			return frame{}, refuse(Corrupt, "png: chunk %q is longer than the file", name)
		}
		if err := pngOrder(name, last, length, seen); err != nil {
			return frame{}, err
		}
		crc := crc32.NewIEEE()
		crc.Write(head[4:])
		body, err := pngBody(r, crc, length, name, small[:])
		if err != nil {
			return frame{}, err
		}
		switch name {
		case "IHDR":
			if err := pngHeader(&f, body, fits); err != nil {
				return frame{}, err
			}
		case "PLTE":
			f.decode = pngWithin(int(length) / 3)
		case "eXIf":
			f.orientation = orientation(body)
		}
		switch name {
		case "IHDR", "PLTE", "tRNS", "IDAT", "IEND":
			f.copy.keep(at, length+12)
		default:
			f.left.chunk(name, body)
		}
		at += length + 12
		if name == "IEND" {
			f.left.end = at
			return f, nil
		}
		seen[name], last = true, name
	}
}

// pngOrder refuses chunks in places where programs disagree about what they
// mean, and critical ones nobody knows.
func pngOrder(name, last string, length int64, seen map[string]bool) error {
	if (last == "") != (name == "IHDR") {
		return refuse(Corrupt, "png: %q after %q", name, last)
	}
	bad := false
	switch name {
	case "IHDR":
		bad = length != 13
	case "PLTE":
		bad = seen["PLTE"] || seen["IDAT"] || seen["tRNS"] || length > 768
	case "tRNS":
		bad = seen["tRNS"] || seen["IDAT"] || length > 256
	case "IDAT":
		bad = seen["IDAT"] && last != "IDAT"
	case "IEND":
		bad = !seen["IDAT"] || length != 0
	default:
		// The fifth bit of the first letter says whether a picture can be
		// shown without knowing the chunk.
		bad = name[0]&0x20 == 0
	}
	if bad {
		return refuse(Corrupt, "png: chunk %q is not in its place", name)
	}
	return nil
}

// pngBody reads a chunk's data and CRC, and returns the first bytes of it.
func pngBody(r io.Reader, crc hash.Hash32, length int64, name string, small []byte) ([]byte, error) {
	n, err := io.ReadFull(r, small[:min(length, int64(len(small)))])
	if err != nil {
		return nil, refuse(Corrupt, "png: %w", err)
	}
	crc.Write(small[:n])
	if _, err := io.CopyN(crc, r, length-int64(n)); err != nil {
		return nil, refuse(Corrupt, "png: %w", err)
	}
	var sum [4]byte
	if _, err := io.ReadFull(r, sum[:]); err != nil {
		return nil, refuse(Corrupt, "png: %w", err)
	}
	if binary.BigEndian.Uint32(sum[:]) != crc.Sum32() {
		return nil, refuse(Corrupt, "png: checksum of chunk %q", name)
	}
	return small[:n], nil
}

// pngWithin decodes a picture with a palette of so many colours and refuses
// one with pixels beyond them: the decoder makes up black for these, and other
// programs make up something else.
func pngWithin(colours int) func(io.Reader) (image.Image, error) {
	return func(r io.Reader) (image.Image, error) {
		m, err := png.Decode(r)
		if p, ok := m.(*image.Paletted); ok && len(p.Palette) > colours {
			return nil, refuse(Corrupt, "png: pixels beyond the palette")
		}
		return m, err
	}
}

func pngHeader(f *frame, b []byte, fits func(w, h int) error) error {
	w, h := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if w > 1<<31-1 || h > 1<<31-1 {
		return refuse(Corrupt, "png: %d × %d pixels", w, h)
	}
	f.width, f.height = int(w), int(h)
	if err := fits(f.width, f.height); err != nil {
		return err
	}
	perPixel := int64(4)
	if b[8] == 16 {
		perPixel = 8
	}
	f.memory = int64(w) * int64(h) * perPixel
	return nil
}
