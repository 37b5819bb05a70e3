package seed

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// picture is a screenshot of a phone: a bar with a title, rows of a label and a value, and
// below them a drawn thing, such as a cracked lamp.
type picture struct {
	title  string
	accent color.RGBA
	rows   [][2]string
	crack  bool
}

var (
	teal   = color.RGBA{0x0b, 0x5b, 0x78, 0xff}
	violet = color.RGBA{0x54, 0x47, 0x9c, 0xff}
	brick  = color.RGBA{0xa0, 0x3a, 0x2a, 0xff}
	ink    = color.RGBA{0x1a, 0x22, 0x30, 0xff}
	grey   = color.RGBA{0x5f, 0x6b, 0x7e, 0xff}
	paper  = color.RGBA{0xf7, 0xf8, 0xfa, 0xff}
	line   = color.RGBA{0xd5, 0xdb, 0xe4, 0xff}
)

// The drawing is made small and enlarged by whole pixels, so that the fixed-width letters
// of the Go font stay sharp.
const (
	width, height, zoom = 240, 426, 3
	margin, rowHeight   = 12, 34
)

// png draws the picture as a PNG of 720 × 1278 pixels.
func (p picture) png() ([]byte, error) {
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	fill(small, small.Bounds(), paper)
	fill(small, image.Rect(0, 0, width, 44), p.accent)
	write(small, margin, 28, p.title, color.RGBA{0xff, 0xff, 0xff, 0xff})
	y := 60
	for _, row := range p.rows {
		fill(small, image.Rect(margin, y, width-margin, y+1), line)
		write(small, margin, y+14, row[0], grey)
		write(small, margin, y+28, row[1], ink)
		y += rowHeight
	}
	if p.crack {
		p.lamp(small, y+8)
	}
	large := image.NewRGBA(image.Rect(0, 0, width*zoom, height*zoom))
	draw.NearestNeighbor.Scale(large, large.Bounds(), small, small.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	if err := png.Encode(&out, large); err != nil {
		return nil, fmt.Errorf("draw %q: %w", p.title, err)
	}
	return out.Bytes(), nil
}

// Sample is a picture for visitors of the sandbox who have none of their own at hand.
func Sample() ([]byte, error) {
	p := picture{title: "Sample screenshot", accent: brick, rows: [][2]string{{"Ordered", "as in the listing"}, {"Arrived", "not as expected"}}, crack: true}
	return p.png()
}

// lamp draws a desk lamp with a crack through its shade.
func (p picture) lamp(im *image.RGBA, top int) {
	shade := image.Rect(70, top, 170, top+46)
	fill(im, shade, p.accent)
	fill(im, image.Rect(116, top+46, 124, top+130), grey)
	fill(im, image.Rect(80, top+130, 160, top+142), ink)
	x := 96
	for y := shade.Min.Y; y < shade.Max.Y; y++ {
		if y%5 == 0 {
			x += 7
		} else {
			x--
		}
		fill(im, image.Rect(x, y, x+3, y+1), paper)
	}
}

func fill(im *image.RGBA, r image.Rectangle, c color.Color) {
	draw.Draw(im, r, image.NewUniform(c), image.Point{}, draw.Src)
}

func write(im *image.RGBA, x, y int, s string, c color.Color) {
	d := font.Drawer{Dst: im, Src: image.NewUniform(c), Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(s)
}
