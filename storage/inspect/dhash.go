package inspect

import (
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
	row := make([]uint8, w)
	for y := 0; y < h; y += 1 + h/hashRows {
		luma(m, b.Min.Y+y, row)
		for x := 1; x < w; x++ {
			if row[x] == row[x-1] {
				even++
			}
		}
		all += w - 1
		j := y * hashH / h
		for i := range hashW {
			part := row[w*i/hashW : w*(i+1)/hashW]
			for _, v := range part {
				sum[j][i] += int(v)
			}
			count[j][i] += len(part)
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

// luma fills row with the greys of one row, what shines through on white.
func luma(m image.Image, y int, row []uint8) {
	b := m.Bounds()
	switch m := m.(type) {
	case *image.YCbCr:
		copy(row, m.Y[m.YOffset(b.Min.X, y):])
	case *image.Gray:
		copy(row, m.Pix[m.PixOffset(b.Min.X, y):])
	case *image.NRGBA:
		pix := m.Pix[m.PixOffset(b.Min.X, y):][:4*len(row)]
		for x := range row {
			p := pix[4*x:][:4:4]
			a := uint32(p[3])
			row[x] = uint8(((77*uint32(p[0])+150*uint32(p[1])+29*uint32(p[2]))>>8*a + 255*(255-a)) / 255)
		}
	case *image.RGBA:
		pix := m.Pix[m.PixOffset(b.Min.X, y):][:4*len(row)]
		for x := range row {
			p := pix[4*x:][:4:4]
			row[x] = uint8((77*uint32(p[0])+150*uint32(p[1])+29*uint32(p[2]))>>8 + 255 - uint32(p[3]))
		}
	default:
		for x := range row {
			c := color.NRGBAModel.Convert(m.At(b.Min.X+x, y)).(color.NRGBA)
			row[x] = uint8(((77*uint32(c.R)+150*uint32(c.G)+29*uint32(c.B))>>8*uint32(c.A) + 255*(255-uint32(c.A))) / 255)
		}
	}
}
