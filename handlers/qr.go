package handlers

import (
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"

	"hosho/templates"
)

// qrQuiet is the empty margin a reader needs around the code, in modules.
const qrQuiet = 4

// qrOf draws what an authenticator app is told as a QR code. It becomes a part of the page
// itself, so that the secret has no address of its own that could be kept or logged. What is no
// such address gives no code.
func qrOf(url string) (*templates.QR, error) {
	if !strings.HasPrefix(url, "otpauth://") {
		return nil, nil //nolint:nilnil // a page without a picture; its words say the same
	}
	code, err := qr.Encode(url, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("draw a QR code: %w", err)
	}
	size := code.Bounds().Dx()
	dark := func(x, y int) bool { return x < size && color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 128 }
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			start := x
			for dark(x, y) {
				x++
			}
			if run := x - start; run > 0 {
				path.WriteString("M" + strconv.Itoa(start+qrQuiet) + " " + strconv.Itoa(y+qrQuiet) + "h" + strconv.Itoa(run) + "v1h-" + strconv.Itoa(run) + "z")
			}
		}
	}
	return &templates.QR{Size: size + 2*qrQuiet, Path: path.String()}, nil
}
