package inspect

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/bits"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/draw"
)

// nearEnough is what the models take for the same picture; see there.
const nearEnough = 3

// chat is a screenshot of a conversation: bubbles with lines of text.
func chat(seed uint64, w, h int) *image.RGBA {
	rng := rand.New(rand.NewPCG(seed, 9))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	fill := func(x0, y0, x1, y1 int, c color.RGBA) {
		draw.Draw(m, image.Rect(x0, y0, x1, min(y1, h)), image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(0, 0, w, h, color.RGBA{140, 170, 210, 255})
	fill(0, 0, w, h/16, color.RGBA{40, 50, 70, 255})
	for y := h/16 + 20; y < h-60; {
		lines, wide, x, c := 1+rng.IntN(6), w/4+rng.IntN(w/2), w/12, color.RGBA{255, 255, 255, 255}
		if rng.IntN(2) == 0 {
			x, c = w-wide-w/20, color.RGBA{150, 230, 120, 255}
		}
		step := h / 45
		fill(x, y, x+wide, y+lines*step+step/2, c)
		for l := range lines {
			for at := x + 12; at < x+wide-12; at += step * 2 / 3 {
				if rng.IntN(5) > 0 {
					fill(at, y+l*step+step/3, at+step/2, y+l*step+step, color.RGBA{30, 30, 30, 255})
				}
			}
		}
		y += lines*step + step/2 + h/40
	}
	return m
}

func scaled(m image.Image, part float64) image.Image {
	b := m.Bounds()
	d := image.NewRGBA(image.Rect(0, 0, int(float64(b.Dx())*part), int(float64(b.Dy())*part)))
	draw.BiLinear.Scale(d, d.Bounds(), m, b, draw.Src, nil)
	return d
}

func savedAs(t *testing.T, m image.Image, quality int) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	out, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The same screenshot scaled, saved again or with a line covered stays near; other
// conversations in the same program stay far.
func TestDHashTellsPicturesApart(t *testing.T) {
	var all []uint64
	for seed := range uint64(12) {
		m := chat(seed, 360, 640)
		hash, drawn, ok := dHash(m)
		if !ok || !drawn {
			t.Fatalf("conversation %d: hash %v, drawn %v", seed, ok, drawn)
		}
		covered := image.NewRGBA(m.Rect)
		copy(covered.Pix, m.Pix)
		draw.Draw(covered, image.Rect(100, 300, 170, 312), image.Black, image.Point{}, draw.Src)
		for name, v := range map[string]image.Image{
			"half": scaled(m, .5), "larger": scaled(m, 1.3), "saved at 40": savedAs(t, m, 40), "half, saved": savedAs(t, scaled(m, .5), 60), "a line covered": covered,
		} {
			if other, _, _ := dHash(v); bits.OnesCount64(hash^other) > nearEnough {
				t.Errorf("conversation %d, %s: %d bits apart", seed, name, bits.OnesCount64(hash^other))
			}
		}
		for i, other := range all {
			if n := bits.OnesCount64(hash ^ other); n <= 2*nearEnough {
				t.Errorf("conversations %d and %d are %d bits apart", seed, i, n)
			}
		}
		all = append(all, hash)
	}
}

// What has nothing to tell it by has no hash, in every form a decoder gives.
func TestDHashOfPlainPictures(t *testing.T) {
	r := image.Rect(0, 0, 90, 80)
	grey := image.NewGray(r)
	for i := range grey.Pix {
		grey.Pix[i] = 200
	}
	for name, m := range map[string]image.Image{
		"white": image.NewRGBA(r), "clear": image.NewNRGBA(r), "grey": grey, "paletted": image.NewPaletted(r, color.Palette{color.White}),
		"tiny": chat(1, 8, 640), "jpeg": image.NewYCbCr(r, image.YCbCrSubsampleRatio420), "cmyk": image.NewCMYK(r),
	} {
		if _, _, ok := dHash(m); ok {
			t.Errorf("%s has a hash", name)
		}
	}
}

// Noise, as every camera has, tells a photo from a drawing.
func TestDrawnIsNoPhoto(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	m := image.NewGray(image.Rect(0, 0, 300, 200))
	for i := range m.Pix {
		m.Pix[i] = uint8(i%300/2 + rng.IntN(9))
	}
	if _, drawn, _ := dHash(m); drawn {
		t.Error("a photo is taken for a drawing")
	}
}

// The same pixels have the same hash however they are kept.
func TestDHashOfEveryForm(t *testing.T) {
	m := chat(3, 360, 640)
	want, _, _ := dHash(m)
	nrgba, deep := image.NewNRGBA(m.Rect), image.NewRGBA64(image.Rect(5, 7, 365, 647)) // not at the origin
	draw.Draw(nrgba, nrgba.Rect, m, image.Point{}, draw.Src)
	draw.Draw(deep, deep.Rect, m, image.Point{}, draw.Src)
	for name, v := range map[string]image.Image{"nrgba": nrgba, "16 bit": deep, "part": chat(3, 360, 640).SubImage(m.Rect)} {
		if got, _, _ := dHash(v); got != want {
			t.Errorf("%s: %x, want %x", name, got, want)
		}
	}
}

func BenchmarkDHash(b *testing.B) {
	for name, m := range map[string]image.Image{"rgba": chat(1, 1080, 2400), "ycbcr": image.NewYCbCr(image.Rect(0, 0, 3000, 4000), image.YCbCrSubsampleRatio420)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				dHash(m)
			}
		})
	}
}
