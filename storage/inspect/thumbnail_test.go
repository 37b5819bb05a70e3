package inspect

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/draw"

	"hosho/storage/inspect/inspecttest"
)

// A quality that is not tried would not have fitted: the thumbnail is the one that trying them all finds.
func TestThumbnailIsTheBestThatFits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	noise := func(step int) image.Image {
		m := image.NewNRGBA(image.Rect(0, 0, 400, 400))
		for y := range 400 {
			for x := range 400 {
				grey := func() uint8 { return uint8(rng.IntN(256)) }
				c := color.NRGBA{grey(), grey(), grey(), 255}
				if x%step != 0 {
					c = m.NRGBAAt(x-1, y)
				}
				m.SetNRGBA(x, y, c)
			}
		}
		return m
	}
	slope := image.NewYCbCr(image.Rect(0, 0, 640, 480), image.YCbCrSubsampleRatio420)
	for i := range slope.Y {
		slope.Y[i] = uint8(i * 7 / 5)
	}
	pictures := map[string]image.Image{"noise": noise(1), "coarse noise": noise(3), "coarser noise": noise(9), "slope": slope, "screenshot": inspecttest.Screenshot(1080, 2400), "wide": inspecttest.Screenshot(2400, 1080)}
	for name, m := range pictures {
		got, err := thumbnail(m)
		if err != nil {
			t.Fatal(err)
		}
		if want := patientThumbnail(t, m); !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, trying all gives %d", name, len(got), len(want))
		}
	}
}

// patientThumbnail tries every quality from the best down.
func patientThumbnail(t *testing.T, m image.Image) []byte {
	t.Helper()
	size := m.Bounds().Size()
	longest := max(size.X, size.Y)
	small := image.NewRGBA(image.Rect(0, 0, size.X*thumbEdge/longest, size.Y*thumbEdge/longest))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(small, small.Bounds(), m, m.Bounds(), draw.Over, nil)
	for _, q := range thumbQuality {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: q.quality}); err != nil {
			t.Fatal(err)
		}
		if b.Len() <= thumbBytes {
			return b.Bytes()
		}
	}
	return nil
}

// What shines through stands on white, in every kind of PNG that has transparency.
func TestThumbnailOnWhite(t *testing.T) {
	r := image.Rect(0, 0, 64, 64)
	for name, m := range map[string]draw.Image{
		"colours":         image.NewNRGBA(r),
		"premultiplied":   image.NewRGBA(r),
		"16 bits":         image.NewNRGBA64(r),
		"palette":         image.NewPaletted(r, color.Palette{color.Transparent, color.Black}),
		"half of it":      image.NewNRGBA(r),
		"grey and opaque": image.NewGray(r),
	} {
		want := uint8(255)
		switch name {
		case "half of it":
			draw.Draw(m, r, image.NewUniform(color.NRGBA{0, 0, 0, 128}), image.Point{}, draw.Src)
			want = 127
		case "grey and opaque":
			want = 0
		}
		var file bytes.Buffer
		if err := png.Encode(&file, m); err != nil {
			t.Fatal(err)
		}
		result, err := New(DefaultLimits()).Inspect(t.Context(), bytes.NewReader(file.Bytes()), int64(file.Len()), PNG)
		if err != nil {
			t.Fatal(name, err)
		}
		thumb, err := jpeg.Decode(bytes.NewReader(result.Thumbnail))
		if err != nil {
			t.Fatal(err)
		}
		if got := color.GrayModel.Convert(thumb.At(32, 32)).(color.Gray).Y; max(got, want)-min(got, want) > 2 {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}
