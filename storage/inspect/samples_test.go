package inspect

import "hosho/storage/inspect/inspecttest"

// The files of inspecttest under short names.
var (
	screenshot = inspecttest.Screenshot
	corners    = inspecttest.Corners
	pngOf      = inspecttest.PNG
	jpegOf     = inspecttest.JPEG
	pngChunk   = inspecttest.Chunk
	ihdr       = inspecttest.IHDR
	afterIHDR  = inspecttest.AfterIHDR
	exif       = inspecttest.EXIF
	segment    = inspecttest.Segment
	afterSOI   = inspecttest.AfterSOI
	tinyJPEG   = inspecttest.TinyJPEG
	riffChunk  = inspecttest.RIFFChunk
	webpOf     = inspecttest.WebP
	vp8l       = inspecttest.VP8L
	vp8        = inspecttest.VP8
	vp8x       = inspecttest.VP8X
	anmf       = inspecttest.ANMF
	alph       = inspecttest.ALPH
	pdfOf      = inspecttest.PDF
	stream     = inspecttest.Stream
	paper      = inspecttest.Paper
)
