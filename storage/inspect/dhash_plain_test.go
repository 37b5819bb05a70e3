package inspect

import (
	"image"
	"image/color"
	"math/bits"
	"testing"

	"golang.org/x/image/draw"
	"pgregory.net/rapid"
)

// plainHash is dHash as its comment says it, pixel by pixel and without a short cut.
func plainHash(m image.Image) (hash uint64, drawn, ok bool) {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if w < hashW || h < hashH {
		return 0, false, false
	}
	grey := func(x, y int) int {
		if m, ok := m.(*image.YCbCr); ok {
			return int(m.Y[m.YOffset(b.Min.X+x, b.Min.Y+y)])
		}
		at := m.At(b.Min.X+x, b.Min.Y+y)
		if c, ok := at.(color.RGBA); ok {
			return (77*int(c.R)+150*int(c.G)+29*int(c.B))>>8 + 255 - int(c.A)
		}
		c := color.NRGBAModel.Convert(at).(color.NRGBA)
		return ((77*int(c.R)+150*int(c.G)+29*int(c.B))>>8*int(c.A) + 255*(255-int(c.A))) / 255
	}
	even, all := 0, 0
	var sum, count [hashH][hashW]int
	for y := range h {
		for x := range w {
			if x > 0 {
				all++
				if grey(x, y) == grey(x-1, y) {
					even++
				}
			}
			for i := range hashW {
				if x >= w*i/hashW && x < w*(i+1)/hashW {
					sum[y*hashH/h][i] += grey(x, y)
					count[y*hashH/h][i]++
				}
			}
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

// TestDHashTakesNoShortCut: rows that are the same and pixels that are the same are not looked
// at again, and nothing of the hash changes by that, in any kind of picture or part of one.
func TestDHashTakesNoShortCut(t *testing.T) {
	palette := color.Palette{color.White, color.Black, color.NRGBA{200, 10, 10, 128}, color.RGBA{10, 90, 30, 255}, color.Transparent}
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 40).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h")
		x0, y0 := rapid.IntRange(0, 3).Draw(t, "x0"), rapid.IntRange(0, 3).Draw(t, "y0")
		all := image.Rect(0, 0, x0+w, y0+h)
		grey := image.NewGray(all)
		for y := 0; y < all.Max.Y; y++ {
			if y > 0 && rapid.Bool().Draw(t, "same row") {
				copy(grey.Pix[y*grey.Stride:][:grey.Stride], grey.Pix[(y-1)*grey.Stride:])
				continue
			}
			for x := 0; x < all.Max.X; x++ {
				grey.SetGray(x, y, color.Gray{Y: rapid.SampledFrom([]uint8{0, 3, 128, 255}).Draw(t, "grey")})
			}
		}
		full, opacity := rapid.SampledFrom([]uint8{255, 0, 90}).Draw(t, "alpha"), image.NewUniform(color.Alpha{A: rapid.Uint8().Draw(t, "opacity")})
		part := image.Rect(x0, y0, x0+w, y0+h)
		nrgba, rgba, paletted, deep := image.NewNRGBA(all), image.NewRGBA(all), image.NewPaletted(all, palette), image.NewGray16(all)
		for y := 0; y < all.Max.Y; y++ {
			for x := 0; x < all.Max.X; x++ {
				v := grey.GrayAt(x, y).Y
				nrgba.SetNRGBA(x, y, color.NRGBA{v, 255 - v, v / 2, max(full, v)})
				paletted.SetColorIndex(x, y, v%uint8(len(palette)))
				deep.SetGray16(x, y, color.Gray16{Y: uint16(v) * 257})
			}
		}
		draw.DrawMask(rgba, all, nrgba, image.Point{}, opacity, image.Point{}, draw.Src)
		ycbcr := &image.YCbCr{Y: grey.Pix, Cb: make([]uint8, len(grey.Pix)), Cr: make([]uint8, len(grey.Pix)), YStride: grey.Stride, CStride: grey.Stride, SubsampleRatio: image.YCbCrSubsampleRatio444, Rect: all}
		for _, m := range []image.Image{grey.SubImage(part), nrgba.SubImage(part), rgba.SubImage(part), paletted.SubImage(part), deep.SubImage(part), ycbcr.SubImage(part)} {
			hash, drawn, ok := dHash(m)
			wantHash, wantDrawn, wantOK := plainHash(m)
			if hash != wantHash || drawn != wantDrawn || ok != wantOK {
				t.Fatalf("%T: %x %v %v, not %x %v %v", m, hash, drawn, ok, wantHash, wantDrawn, wantOK)
			}
		}
	})
}
