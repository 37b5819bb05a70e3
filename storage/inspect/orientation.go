package inspect

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
)

// orientation finds tag 0x0112 in the first directory of an EXIF block (which
// begins with its TIFF header), 1 to 8; 1 where there is none.
func orientation(b []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case len(b) < 8:
		return 1
	case string(b[:4]) == "II*\x00":
	case string(b[:4]) == "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := int64(order.Uint32(b[4:]))
	if at < 8 || at+2 > int64(len(b)) {
		return 1
	}
	n := int64(order.Uint16(b[at:]))
	for i := range n {
		e := at + 2 + 12*i
		if e+12 > int64(len(b)) {
			return 1
		}
		const tag, short = 0x0112, 3
		if order.Uint16(b[e:]) == tag && order.Uint16(b[e+2:]) == short && order.Uint32(b[e+4:]) == 1 {
			if v := order.Uint16(b[e+8:]); v >= 1 && v <= 8 {
				return int(v)
			}
			return 1
		}
	}
	return 1
}

// upright turns and mirrors a picture as its EXIF orientation asks, so that
// it is seen the right way without it. It needs four bytes a pixel.
func upright(m image.Image, orientation int) image.Image {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	// Half-transparent pixels keep their colours only where these are not
	// multiplied by alpha; opaque ones are the same either way.
	dst := image.NewNRGBA(size)
	row := image.NewNRGBA(image.Rect(0, 0, w, 1))
	for y := range h {
		draw.Draw(row, row.Rect, m, image.Pt(b.Min.X, b.Min.Y+y), draw.Src)
		for x := range w {
			dx, dy := place(x, y, w, h, orientation)
			copy(dst.Pix[dy*dst.Stride+4*dx:][:4], row.Pix[4*x:][:4])
		}
	}
	return dst
}

// place is where the pixel x, y of a w × h picture belongs.
func place(x, y, w, h, orientation int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return y, w - 1 - x
	}
	return x, y
}

func opaque(m image.Image) bool {
	o, ok := m.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// encode writes a picture that had to be turned: PNG stays PNG, all others
// become JPEG, or PNG where there is transparency to keep.
func encode(m image.Image, mediaType string) (io.ReadSeeker, string, error) {
	var b bytes.Buffer
	if mediaType == PNG || !opaque(m) {
		err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m)
		return bytes.NewReader(b.Bytes()), PNG, err
	}
	err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90})
	return bytes.NewReader(b.Bytes()), JPEG, err
}

// Thumbnails: longest edge in pixels, and bytes.
const (
	thumbEdge  = 320
	thumbBytes = 15_000
)

// thumbQuality are the qualities tried, and how large noise comes out at each
// next to the first. Noise gains the most from a lower one, so a quality whose
// share would still be too large need not be tried.
var thumbQuality = []struct {
	quality int
	share   float64
}{{80, 1}, {65, .71}, {50, .54}, {35, .41}, {20, .24}, {8, .1}, {1, .038}}

// thumbnail is a small JPEG of m on white; the quality is lowered until it
// fits.
func thumbnail(m image.Image) ([]byte, error) {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if longest := max(w, h); longest > thumbEdge {
		w, h = max(1, w*thumbEdge/longest), max(1, h*thumbEdge/longest)
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	switch m.(type) {
	case *image.YCbCr, *image.Gray, *image.RGBA: // the decoders give RGBA for pictures without transparency only
		draw.ApproxBiLinear.Scale(small, small.Bounds(), m, b, draw.Src, nil)
	default:
		draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
		draw.ApproxBiLinear.Scale(small, small.Bounds(), m, b, draw.Over, nil)
	}
	var out bytes.Buffer
	skipAbove := 1.0
	for i, q := range thumbQuality {
		if q.share > skipAbove && i < len(thumbQuality)-1 {
			continue
		}
		out.Reset()
		if err := jpeg.Encode(&out, small, &jpeg.Options{Quality: q.quality}); err != nil {
			return nil, err
		}
		if out.Len() <= thumbBytes {
			break
		}
		skipAbove = q.share * thumbBytes / float64(out.Len())
	}
	return out.Bytes(), nil
}
