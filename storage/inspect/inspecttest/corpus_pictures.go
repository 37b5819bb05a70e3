package inspecttest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// secrets are good pictures with words in every place that is not the
// picture.
func secrets() []Sample {
	shot, photo := PNG(Corners(24, 16)), JPEG(Corners(24, 16))
	note := []byte("Comment\x00" + Canary)
	var list []Sample
	for _, name := range []string{"tEXt", "zTXt", "iTXt", "tIME", "eXIf", "iCCP", "pHYs", "gAMA", "cHRM", "sRGB", "bKGD", "hIST", "sPLT", "oFFs", "vpAg", "prVt", "caBX", "acTL", "fcTL", "fdAT"} {
		list = append(list, Sample{Name: "secret: png " + name, FileName: "a.png", Body: AfterIHDR(shot, Chunk(name, note)), Want: Taken})
	}
	list = append(list,
		Sample{Name: "secret: png eXIf with a place", FileName: "a.png", Body: AfterIHDR(shot, Chunk("eXIf", EXIF(3, binary.BigEndian))), Want: Taken},
		Sample{Name: "secret: png text after the pixels", FileName: "a.png", Body: beforeIEND(shot, Chunk("tEXt", note)), Want: Taken})
	for marker, body := range map[byte]string{
		0xE0: "JFXX\x00\x10" + Canary, 0xE2: "MPF\x00" + Canary, 0xE3: "META\x00\x00" + Canary, 0xE4: Canary, 0xE5: Canary, 0xE6: Canary, 0xE7: Canary,
		0xE8: "SPIFF\x00" + Canary, 0xE9: Canary, 0xEA: Canary, 0xEB: "JP" + Canary, 0xEC: "Ducky" + Canary, 0xED: "Photoshop 3.0\x008BIM" + Canary,
		0xEE: "Adobe\x00\x64\x00\x00\x00\x00\x01" + Canary, 0xEF: Canary, 0xFE: Canary,
	} {
		list = append(list, Sample{Name: fmt.Sprintf("secret: jpeg segment %X", marker), FileName: "a.jpg", Body: AfterSOI(photo, Segment(marker, []byte(body))), Want: Taken})
	}
	for orientation := uint16(1); orientation <= 8; orientation++ {
		block := append([]byte("Exif\x00\x00"), EXIF(orientation, binary.LittleEndian)...)
		list = append(list, Sample{Name: fmt.Sprintf("secret: jpeg with a place, orientation %d", orientation), FileName: "a.jpg", Body: AfterSOI(photo, Segment(0xE1, block)), Want: Taken})
	}
	list = append(list,
		Sample{Name: "secret: jpeg XMP", FileName: "a.jpg", Body: AfterSOI(photo, Segment(0xE1, []byte("http://ns.adobe.com/xap/1.0/\x00<x>"+Canary))), Want: Taken},
		Sample{Name: "secret: jpeg profile", FileName: "a.jpg", Body: AfterSOI(photo, Segment(0xE2, []byte("ICC_PROFILE\x00\x01\x01"+Canary))), Want: Taken},
		Sample{Name: "secret: jpeg comment before the end", FileName: "a.jpg", Body: append(append(bytes.Clone(photo[:len(photo)-2]), Segment(0xFE, []byte(Canary))...), 0xFF, 0xD9), Want: Taken})
	for _, name := range []string{"ICCP", "EXIF", "XMP ", "UNKN"} {
		body := note
		if name == "EXIF" {
			body = EXIF(6, binary.LittleEndian)
		}
		list = append(list, Sample{Name: "secret: webp " + name, FileName: "a.webp", Body: WebP(VP8X(32, 16, 0x2C), VP8(32, 16), RIFFChunk(name, body)), Want: Taken})
	}
	return list
}

func beforeIEND(b []byte, chunks ...[]byte) []byte {
	end := len(b) - 12
	return append(append(bytes.Clone(b[:end]), bytes.Join(chunks, nil)...), b[end:]...)
}

// bombs are small files that cost much to those who believe them.
func bombs() []Sample {
	idat, end := Chunk("IDAT", []byte{0x78, 0x9c, 3, 0, 0, 0, 0, 1}), Chunk("IEND", nil)
	huge := func(w, h uint32) []byte {
		return bytes.Join([][]byte{[]byte(PNGMagic), IHDR(w, h, 8, 6), idat, end}, nil)
	}
	bigJPEG := func(progressive bool, w, h uint16) []byte {
		b := TinyJPEG(1, progressive)
		at := bytes.Index(b, []byte{8, 0, 8, 0, 8, 1})
		binary.BigEndian.PutUint16(b[at+1:], h)
		binary.BigEndian.PutUint16(b[at+3:], w)
		return b
	}
	scans := TinyJPEG(1, true)
	scan := scans[bytes.LastIndex(scans, []byte{0xFF, 0xDA}) : len(scans)-2]
	zeros := packed(make([]byte, 64<<20))
	list := []Sample{
		{Name: "bomb: gif and jpeg of 65535 squared", Body: bigJPEG(false, 65535, 65535), Want: tooManyPixels},
		{Name: "bomb: progressive jpeg of 65535 squared", Body: bigJPEG(true, 65535, 65535), Want: tooManyPixels},
		{Name: "bomb: progressive jpeg, 39 megapixels of nothing", Body: bigJPEG(true, 6240, 6250), Want: corrupt},
		{Name: "bomb: jpeg, height told later", Body: bigJPEG(false, 100, 0), Want: corrupt},
		{Name: "bomb: jpeg of a thousand scans", Body: append(append(bytes.Clone(scans[:len(scans)-2]), bytes.Repeat(scan, 1000)...), 0xFF, 0xD9), Want: corrupt},
		{Name: "bomb: jpeg of empty segments", Body: AfterSOI(JPEG(Corners(8, 8)), bytes.Repeat(Segment(0xFE, nil), 100_000)), Want: Taken},
		{Name: "bomb: jpeg of fill bytes", Body: append([]byte{0xFF, 0xD8}, bytes.Repeat([]byte{0xFF}, 1<<20)...), Want: corrupt},
		{Name: "bomb: webp of 16383 squared", Body: WebP(VP8(16383, 16383)), Want: tooManyPixels},
		{Name: "bomb: webp without loss", Body: WebP(VP8L(16384, 16384, color.NRGBA{})), Want: tooManyPixels},
		{Name: "bomb: webp canvas of 2^24", Body: WebP(VP8X(1<<24, 1<<24, 0), VP8(16, 16)), Want: tooManyPixels},
		{Name: "bomb: webp animation on a canvas of 2^24", Body: WebP(VP8X(1<<24, 1<<24, 2), ANMF(0, 0, 16, 16, VP8(16, 16))), Want: tooManyPixels},
		{Name: "bomb: webp larger than its canvas", Body: WebP(VP8X(1, 1, 0), VP8(6000, 6000)), Want: corrupt},
		{Name: "bomb: webp of a million chunks", Body: WebP(VP8X(16, 16, 0), bytes.Repeat(RIFFChunk("junk", nil), 500_000), VP8(16, 16)), Want: corrupt},
		{Name: "bomb: webp animation of many frames", Body: WebP(VP8X(16, 16, 2), bytes.Repeat(ANMF(0, 0, 16, 16, VP8(16, 16)), 900)), Want: Taken},
		{Name: "bomb: png text of 64 MiB", Body: AfterIHDR(PNG(Corners(8, 8)), Chunk("zTXt", append([]byte("a\x00\x00"), zeros...))), Want: Taken},
		{Name: "bomb: png profile of 64 MiB", Body: AfterIHDR(PNG(Corners(8, 8)), Chunk("iCCP", append([]byte("a\x00\x00"), zeros...))), Want: Taken},
		{Name: "bomb: png with 64 MiB of pixels too many", Body: bytes.Join([][]byte{[]byte(PNGMagic), IHDR(8, 8, 8, 2), Chunk("IDAT", zeros), end}, nil), Want: corrupt},
		{Name: "bomb: png with 64 MiB of pixels too few", Body: bytes.Join([][]byte{[]byte(PNGMagic), IHDR(6000, 6000, 8, 2), Chunk("IDAT", zeros), end}, nil), Want: corrupt},
		{Name: "bomb: png of a hundred thousand chunks", Body: AfterIHDR(PNG(Corners(8, 8)), bytes.Repeat(Chunk("prVt", nil), 100_000)), Want: Taken},
		{Name: "bomb: png of empty pixels", Body: bytes.Join([][]byte{[]byte(PNGMagic), IHDR(8, 8, 8, 2), bytes.Repeat(Chunk("IDAT", nil), 100_000), end}, nil), Want: corrupt},
		{Name: "bomb: more bytes than are taken", Body: append(PNG(Corners(8, 8)), make([]byte, 10<<20)...), Want: tooLarge},
	}
	for _, size := range []struct {
		w, h uint32
		want string
	}{
		{65535, 65535, tooManyPixels},
		{255, 1677721600, tooManyPixels},
		{1<<31 - 1, 1<<31 - 1, tooManyPixels},
		{1<<31 - 1, 1, tooManyPixels},
		{40_000, 1001, tooManyPixels},
		{1<<32 - 1, 1<<32 - 1, corrupt},
		{0, 10, corrupt},
		{10, 0, corrupt},
		{6000, 6000, corrupt},
	} {
		list = append(list, Sample{Name: fmt.Sprintf("bomb: png of %d × %d", size.w, size.h), Body: huge(size.w, size.h), Want: size.want})
	}
	for i := range list {
		list[i].FileName = "bomb.png"
	}
	return list
}

func packed(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// broken are files that were good once.
func broken() []Sample {
	var list []Sample
	add := func(name string, body []byte) {
		list = append(list, Sample{Name: "broken: " + name, FileName: "a", Body: body, Want: corrupt})
	}
	shot, photo := PNG(Corners(24, 16)), JPEG(Corners(24, 16))
	for is, body := range good() {
		if is == typePDF {
			continue // readers mend a paper that is cut
		}
		for _, percent := range []int{30, 50, 70, 90, 99} {
			add(fmt.Sprintf("%s cut at %d %%", short(is), percent), body[:max(30, len(body)*percent/100)])
		}
		add(short(is)+" without its last byte", body[:len(body)-1])
		add(short(is)+" of which the middle is missing", append(bytes.Clone(body[:len(body)/3]), body[len(body)*2/3:]...))
	}
	for at := 12; at < len(shot); at += len(shot)/10 + 1 {
		b := bytes.Clone(shot)
		b[at] ^= 0x10
		add(fmt.Sprintf("png, one bit in part %d", at*10/len(shot)), b)
	}
	end := len(shot) - 12
	paletted := image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.White, color.Black, color.NRGBA{255, 0, 0, 255}})
	paletted.SetColorIndex(1, 1, 2)
	beyond := PNG(paletted)
	if at := bytes.Index(beyond, []byte("PLTE")); at > 0 {
		beyond = bytes.Join([][]byte{beyond[:at-4], Chunk("PLTE", beyond[at+4:at+10]), beyond[at+4+9+4:]}, nil)
	}
	for name, b := range map[string][]byte{
		"png, checksum of a text":              AfterIHDR(shot, append(Chunk("tEXt", []byte("a"))[:9], 1, 2, 3, 4)),
		"png, a critical chunk nobody knows":   AfterIHDR(shot, Chunk("CgBI", nil)),
		"png, two headers":                     AfterIHDR(shot, IHDR(24, 16, 8, 2)),
		"png, no header":                       append([]byte(PNGMagic), shot[33:]...),
		"png, header of another length":        append(append([]byte(PNGMagic), Chunk("IHDR", make([]byte, 12))...), shot[33:]...),
		"png, depth of 3":                      append(append([]byte(PNGMagic), IHDR(24, 16, 3, 2)...), shot[33:]...),
		"png, colour type 5":                   append(append([]byte(PNGMagic), IHDR(24, 16, 8, 5)...), shot[33:]...),
		"png, palette after pixels":            beforeIEND(shot, Chunk("PLTE", []byte{1, 2, 3})),
		"png, pixels apart":                    beforeIEND(shot, Chunk("tEXt", nil), Chunk("IDAT", nil)),
		"png, pixels beyond the palette":       beyond,
		"png, no pixels":                       bytes.Join([][]byte{[]byte(PNGMagic), IHDR(8, 8, 8, 2), shot[end:]}, nil),
		"png, no end":                          shot[:end],
		"png, a chunk longer than the file":    AfterIHDR(shot, []byte("\x7f\xff\xff\xfftEXt")),
		"png, only its first bytes":            []byte(PNGMagic),
		"jpeg, only its first bytes":           []byte("\xff\xd8\xff\xe0"),
		"jpeg, only an end":                    []byte("\xff\xd8\xff\xd9"),
		"jpeg, two frames":                     bytes.Replace(photo, []byte{0xFF, 0xC4}, append(Segment(0xC0, []byte{8, 0, 8, 0, 8, 1, 1, 0x11, 0}), 0xFF, 0xC4), 1),
		"jpeg, coded by arithmetic":            bytes.Replace(TinyJPEG(1, false), []byte{0xFF, 0xC0}, []byte{0xFF, 0xC9}, 1),
		"jpeg, without loss":                   bytes.Replace(TinyJPEG(1, false), []byte{0xFF, 0xC0}, []byte{0xFF, 0xC3}, 1),
		"jpeg, segment without length":         AfterSOI(photo, []byte{0xFF, 0xE0, 0, 0}),
		"jpeg, bytes between segments":         AfterSOI(photo, Segment(0xFE, []byte("x")), []byte("<?php"), Segment(0xFE, []byte("x"))),
		"jpeg, no tables":                      bytes.ReplaceAll(photo, []byte{0xFF, 0xC4}, []byte{0xFF, 0xFE}),
		"jpeg, no frame":                       bytes.Replace(photo, []byte{0xFF, 0xC0}, []byte{0xFF, 0xFE}, 1),
		"jpeg, sampled 0 times":                bytes.Replace(TinyJPEG(1, false), []byte{8, 0, 8, 0, 8, 1, 1, 0x11}, []byte{8, 0, 8, 0, 8, 1, 1, 0x00}, 1),
		"webp, two pictures":                   WebP(VP8(16, 16), VP8(16, 16)),
		"webp, no picture":                     WebP(VP8X(16, 16, 0)),
		"webp, alpha after the pixels":         WebP(VP8X(16, 16, 0x10), VP8(16, 16), ALPH(16, 16, 1)),
		"webp, not a key frame":                WebP(RIFFChunk("VP8 ", []byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0})),
		"webp, chunk longer than the file":     WebP([]byte("VP8 \xff\xff\xff\x7f")),
		"webp, frames in a still picture":      WebP(VP8X(16, 16, 0), VP8(16, 16), ANMF(0, 0, 16, 16, VP8(16, 16))),
		"webp, animation with a still picture": WebP(VP8X(16, 16, 2), VP8(16, 16)),
		"webp, animation without frames":       WebP(VP8X(16, 16, 2), RIFFChunk("ANIM", make([]byte, 6))),
		"webp, frame outside its canvas":       WebP(VP8X(16, 16, 2), ANMF(4, 4, 16, 16, VP8(16, 16))),
		"webp, a frame within a frame":         WebP(VP8X(16, 16, 2), ANMF(0, 0, 16, 16, ANMF(0, 0, 16, 16, VP8(16, 16)))),
		"webp, header after the picture":       WebP(VP8(16, 16), VP8X(16, 16, 0)),
	} {
		add(name, b)
	}
	return list
}

// odd are good pictures of kinds that are rare: all are taken.
func odd() []Sample {
	var list []Sample
	add := func(name string, body []byte) {
		list = append(list, Sample{Name: "odd: " + name, FileName: "a", Body: body, Want: Taken})
	}
	fill := func(set func(x, y int, c color.Color)) {
		for y := range 16 {
			for x := range 24 {
				set(x, y, color.NRGBA{uint8(x * 10), uint8(y * 15), 120, uint8(255 - x)})
			}
		}
	}
	size := image.Rect(0, 0, 24, 16)
	deep, gray, gray16, pal := image.NewNRGBA64(size), image.NewGray(size), image.NewGray16(size), image.NewPaletted(size, color.Palette{color.Transparent, color.Black, color.White})
	for name, m := range map[string]interface {
		image.Image
		Set(x, y int, c color.Color)
	}{"png of 16 bits": deep, "png grey": gray, "png grey of 16 bits": gray16, "png palette with a hole": pal} {
		fill(m.Set)
		add(name, PNG(m))
	}
	var fast bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&fast, Corners(300, 200)); err != nil {
		panic(err)
	}
	add("png not packed", fast.Bytes())
	add("png of one pixel", PNG(Corners(1, 1)))
	add("png, 1 × 8000", PNG(Corners(1, 8000)))
	add("png that moves", AfterIHDR(PNG(Corners(24, 16)), Chunk("acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0}), Chunk("fcTL", make([]byte, 26))))
	add("jpeg of one pixel", JPEG(Corners(1, 1)))
	add("jpeg grey", TinyJPEG(1, false))
	add("jpeg progressive", TinyJPEG(1, true))
	add("jpeg CMYK", TinyJPEG(4, false, Segment(0xEE, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))))
	add("jpeg YCCK", TinyJPEG(4, false, Segment(0xEE, []byte("Adobe\x00\x64\x00\x00\x00\x00\x02"))))
	add("jpeg RGB", TinyJPEG(3, false, Segment(0xEE, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))))
	add("webp", WebP(VP8(16, 16)))
	add("webp without loss", WebP(VP8L(30, 7, color.NRGBA{9, 8, 7, 255})))
	add("webp with alpha", WebP(VP8X(16, 16, 0x10), ALPH(16, 16, 99), VP8(16, 16)))
	add("webp that moves", WebP(VP8X(20, 20, 2), RIFFChunk("ANIM", make([]byte, 6)), ANMF(0, 0, 20, 20, VP8L(20, 20, color.NRGBA{1, 2, 3, 255})), ANMF(0, 0, 20, 20, VP8L(20, 20, color.NRGBA{})), RIFFChunk("XMP ", []byte(Canary))))
	add("jpeg upside down and wide", AfterSOI(JPEG(Corners(64, 8)), Segment(0xE1, append([]byte("Exif\x00\x00"), EXIF(3, binary.BigEndian)...))))
	return list
}
