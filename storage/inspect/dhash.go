package inspect

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"math/bits"
)

// A difference hash is one bit for each two neighbours of a picture averaged
// down to 9 × 8 greys: whether it grows darker to the right. It stays nearly
// the same when a picture is scaled, saved again or made a little brighter, and
// differs widely between pictures of other things. All pictures go through the
// same filter: a thumbnail's faster one would differ with the size it began at.
const (
	hashW, hashH = 9, 8
	// stepLevels is how much darker, of 255, counts. Below it lie what JPEG adds
	// to an even surface and much of what scaling does, so that a screenshot's
	// white is not a toss of coins.
	stepLevels = 2
	// plainBits: with fewer bits set there is nothing to tell a picture by.
	plainBits = 8
	// hashRows bounds the rows looked at. A screenshot needs all of its own:
	// every other one falls on text or between it.
	hashRows = 3200
)

// evenPart is how much of a picture is the same as its neighbour to the left
// where it shows a screen or a drawing. Light falls on nothing that evenly.
const evenPart = .75

// dHash returns the hash of an upright picture; ok is false for a plain or tiny
// one, which has none. drawn says that it shows a screen or a drawing: two of
// the same program may have the same hash and other words.
func dHash(m image.Image) (hash uint64, drawn, ok bool) {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if w < hashW || h < hashH {
		return 0, false, false
	}
	even, all := 0, 0
	var sum, count [hashH][hashW]int
	r := greyRow{row: make([]uint8, w)}
	for y := 0; y < h; y += 1 + h/hashRows {
		r.read(m, b.Min.Y+y)
		even += r.even
		all += w - 1
		j := y * hashH / h
		for i := range hashW {
			sum[j][i] += r.sum[i]
			count[j][i] += w*(i+1)/hashW - w*i/hashW
		}
	}
	for j := range hashH {
		for i := 1; i < hashW; i++ {
			hash <<= 1
			if sum[j][i-1]*count[j][i] > sum[j][i]*count[j][i-1]+stepLevels*count[j][i]*count[j][i-1] {
				hash |= 1
			}
		}
	}
	return hash, float64(even) >= evenPart*float64(all), bits.OnesCount64(hash) >= plainBits
}

// greyRow is one row of a picture in greys.
type greyRow struct {
	row  []uint8
	raw  []uint8    // what it was read from; the next row of a screen is often the same
	sum  [hashW]int // of each part
	even int        // how many are as their neighbour to the left
}

func (r *greyRow) read(m image.Image, y int) {
	raw := rawRow(m, y, len(r.row))
	if raw != nil && bytes.Equal(raw, r.raw) {
		return
	}
	r.raw = raw
	luma(m, y, r.row)
	r.even, r.sum = -1, [hashW]int{} // the first one has no neighbour
	w, last := len(r.row), r.row[0]
	for i := range hashW {
		sum, even := 0, 0
		for _, v := range r.row[w*i/hashW : w*(i+1)/hashW] {
			sum += int(v)
			if v == last {
				even++
			}
			last = v
		}
		r.sum[i] = sum
		r.even += even
	}
}

// rawRow is all that luma reads of a row, or nil where that is more than a slice.
func rawRow(m image.Image, y, w int) []uint8 {
	b := m.Bounds()
	switch m := m.(type) {
	case *image.YCbCr:
		return m.Y[m.YOffset(b.Min.X, y):][:w]
	case *image.Gray:
		return m.Pix[m.PixOffset(b.Min.X, y):][:w]
	case *image.NRGBA:
		return m.Pix[m.PixOffset(b.Min.X, y):][:4*w]
	case *image.RGBA:
		return m.Pix[m.PixOffset(b.Min.X, y):][:4*w]
	case *image.Paletted:
		return m.Pix[m.PixOffset(b.Min.X, y):][:w]
	}
	return nil
}

// luma fills row with the greys of one row, what shines through on white.
func luma(m image.Image, y int, row []uint8) {
	b := m.Bounds()
	switch m := m.(type) {
	case *image.YCbCr:
		copy(row, m.Y[m.YOffset(b.Min.X, y):])
	case *image.Gray:
		copy(row, m.Pix[m.PixOffset(b.Min.X, y):])
	case *image.NRGBA:
		pix, last, grey := rawRow(m, y, len(row)), uint32(0), uint8(255)
		for x := range row {
			if p := binary.LittleEndian.Uint32(pix[4*x:]); p != last {
				a := p >> 24
				last, grey = p, uint8((weighed(p)*a+255*(255-a))/255)
			}
			row[x] = grey
		}
	case *image.RGBA:
		pix, last, grey := rawRow(m, y, len(row)), uint32(0), uint8(255)
		for x := range row {
			if p := binary.LittleEndian.Uint32(pix[4*x:]); p != last {
				last, grey = p, uint8(weighed(p)+255-p>>24)
			}
			row[x] = grey
		}
	case *image.Paletted:
		greys := make([]uint8, 256)
		for i, c := range m.Palette {
			greys[i] = greyOf(c)
		}
		for x, i := range rawRow(m, y, len(row)) {
			row[x] = greys[i]
		}
	default:
		for x := range row {
			row[x] = greyOf(m.At(b.Min.X+x, y))
		}
	}
}

// weighed is the grey of red, green and blue in the three low bytes.
func weighed(p uint32) uint32 { return (77*(p&0xFF) + 150*(p>>8&0xFF) + 29*(p>>16&0xFF)) >> 8 }

func greyOf(of color.Color) uint8 {
	c := color.NRGBAModel.Convert(of).(color.NRGBA)
	a := uint32(c.A)
	return uint8((weighed(uint32(c.R)|uint32(c.G)<<8|uint32(c.B)<<16)*a + 255*(255-a)) / 255)
}
