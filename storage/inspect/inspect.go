// Package inspect says what an uploaded file really is, refuses what cannot
// be evidence, and makes the copy the parties see: the same picture without
// anything the picture does not need, such as the place it was taken, and a
// thumbnail.
//
// Nobody's word is taken for the type of a file, and no byte is decoded
// before its header has said how large the result will be. The original is
// never changed; where it rests is the caller's business.
package inspect

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"io"
	"mime"
	"strings"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/sync/semaphore"
)

// The media types taken.
const (
	PNG  = "image/png"
	JPEG = "image/jpeg"
	WebP = "image/webp"
	PDF  = "application/pdf"
)

// Reason is why a file is refused, in the words of the API.
type Reason string

// All reasons. The last two are for the caller's own checks, so that there is
// one type for all.
const (
	UnsupportedType  Reason = "unsupported_type"
	TypeMismatch     Reason = "type_mismatch"
	TooLarge         Reason = "too_large"
	TooManyPixels    Reason = "too_many_pixels"
	TooManyPages     Reason = "too_many_pages"
	Encrypted        Reason = "encrypted"
	ActiveContent    Reason = "active_content"
	Corrupt          Reason = "corrupt"
	ChecksumMismatch Reason = "checksum_mismatch"
	NotUploaded      Reason = "not_uploaded"
)

// Rejected is the error for a file that is refused for what it is. Any other
// error of Inspect (reading failed, the context ended) says nothing about the
// file.
type Rejected struct {
	Reason Reason
	Err    error // detail for the log; may be nil
}

func (r *Rejected) Error() string {
	if r.Err == nil {
		return "file refused: " + string(r.Reason)
	}
	return "file refused: " + string(r.Reason) + ": " + r.Err.Error()
}

func (r *Rejected) Unwrap() error { return r.Err }

func refuse(reason Reason, format string, args ...any) error {
	return &Rejected{reason, fmt.Errorf(format, args...)}
}

// Limits bound what is taken and what it may cost.
type Limits struct {
	Bytes  int64 // size of a file
	Pixels int64 // width × height of a picture
	Pages  int   // of a PDF
	// Memory bounds the bytes all decodes together may need at one time, by
	// an estimate from the headers. A picture that alone needs more is
	// refused as too_many_pixels: a progressive JPEG costs up to 15 bytes a
	// pixel, and a small file can claim many.
	Memory int64
}

// DefaultLimits are the product's: 10 MiB, 40 megapixels, 50 pages; and 384
// MiB for all decoding at a time.
func DefaultLimits() Limits {
	return Limits{Bytes: 10 << 20, Pixels: 40_000_000, Pages: 50, Memory: 384 << 20}
}

// Result is what was found and made. Reading Copy reads from the inspected
// file, so use it before closing that file, and from one goroutine.
type Result struct {
	MediaType     string
	Size          int64  // bytes of the original
	SHA256        string // of the original, lower-case hex
	Width, Height int    // pixels as shown, after turning upright; 0 for PDF
	Pages         int    // of a PDF; 0 for pictures

	// Copy is for the parties. Its type differs from the original's only for
	// a WebP that had to be turned upright: there is nothing to write WebP.
	Copy          io.ReadSeeker
	CopyMediaType string
	CopySize      int64
	CopySHA256    string

	// Thumbnail is a JPEG of at most 15,000 bytes and 320 pixels an edge; nil
	// for PDF.
	Thumbnail []byte

	Facts Facts // for staff; nothing of it is in the copy
}

// Inspector looks at files. One serves the whole process: it lets at most two
// decode at once, and as many bytes as Limits.Memory.
type Inspector struct {
	limits  Limits
	decodes *semaphore.Weighted
}

// New returns an Inspector with the given limits.
func New(l Limits) *Inspector {
	return &Inspector{limits: l, decodes: semaphore.NewWeighted(l.Memory)}
}

// Inspect reads all of r, which must be size bytes long. declaredType is what
// the uploader said it is; empty if nothing was said. The error is *Rejected
// where the file is at fault.
func (i *Inspector) Inspect(ctx context.Context, r io.ReadSeeker, size int64, declaredType string) (result Result, err error) {
	// The decoders are given what strangers send. Where one of them breaks,
	// the file is at fault and not this process.
	defer func() {
		if p := recover(); p != nil {
			result, err = Result{}, refuse(Corrupt, "decoder panic: %v", p)
		}
	}()
	if size == 0 {
		return Result{}, refuse(Corrupt, "empty file")
	}
	if size > i.limits.Bytes {
		return Result{}, refuse(TooLarge, "%d bytes", size)
	}
	in := &input{ctx: ctx, r: r, size: size}
	sum, err := in.sum()
	if err != nil {
		return Result{}, err
	}
	kind, err := in.kind()
	if err != nil {
		return Result{}, err
	}
	if kind == "" {
		return Result{}, &Rejected{Reason: UnsupportedType}
	}
	if declaredType != "" && !sameType(declaredType, kind) {
		return Result{}, refuse(TypeMismatch, "declared %.60q, is %s", declaredType, kind)
	}
	result = Result{MediaType: kind, CopyMediaType: kind, Size: size, SHA256: sum}
	if kind == PDF {
		err = i.document(in, &result)
	} else {
		err = i.picture(in, &result)
	}
	if err != nil {
		return Result{}, in.blame(err)
	}
	if result.CopySize, result.CopySHA256, err = sumOf(in, result.Copy); err != nil {
		return Result{}, err
	}
	return result, nil
}

func sameType(declared, kind string) bool {
	t, _, err := mime.ParseMediaType(declared)
	return err == nil && strings.EqualFold(t, kind)
}

// input is the file under inspection. It remembers a failure to read, so that
// a broken disk is not taken for a broken picture.
type input struct {
	ctx    context.Context
	r      io.ReadSeeker
	size   int64
	at     int64
	failed error
}

func (in *input) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += in.at
	case io.SeekEnd:
		offset += in.size
	}
	if offset < 0 {
		// A number in the file asked for it.
		return in.at, errors.New("seek before the start of the file")
	}
	n, err := in.r.Seek(offset, io.SeekStart)
	if err != nil {
		in.failed = err
	}
	in.at = n
	return n, err
}

func (in *input) Read(p []byte) (int, error) {
	if err := in.ctx.Err(); err != nil {
		in.failed = err
		return 0, err
	}
	n, err := in.r.Read(p)
	in.at += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		in.failed = err
	}
	return n, err
}

// blame turns an error that came from reading back into that error, and any
// other into a refusal.
func (in *input) blame(err error) error {
	if in.failed != nil {
		return fmt.Errorf("inspect: read file: %w", in.failed)
	}
	var rejected *Rejected
	if errors.As(err, &rejected) {
		return rejected
	}
	if in.ctx.Err() != nil {
		return fmt.Errorf("inspect: %w", in.ctx.Err())
	}
	return &Rejected{Corrupt, err}
}

func (in *input) sum() (string, error) {
	n, sum, err := sumOf(in, in)
	if err != nil {
		return "", err
	}
	if n != in.size {
		return "", refuse(ChecksumMismatch, "%d bytes, should be %d", n, in.size)
	}
	return sum, nil
}

func sumOf(in *input, r io.ReadSeeker) (int64, string, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return 0, "", in.blame(err)
	}
	h := sha256.New()
	n, err := io.Copy(h, r)
	if err != nil {
		return 0, "", in.blame(err)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return 0, "", in.blame(err)
	}
	return n, hex.EncodeToString(h.Sum(nil)), nil
}

// kind is one of our four types, or empty. The first bytes must be exactly
// those of the type at offset zero (a PDF after some junk is read by many
// programs, and is how files are made that are two things at once), and a
// second, independent table must agree.
func (in *input) kind() (string, error) {
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return "", in.blame(err)
	}
	head := make([]byte, 3072)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", in.blame(err)
	}
	return Sniff(head[:n]), nil
}

// Sniff returns the type of a file by its first bytes (3,072 are enough), or
// "" where it is none of those taken.
func Sniff(head []byte) string {
	kind := ""
	switch {
	case strings.HasPrefix(string(head), pngMagic):
		kind = PNG
	case len(head) > 3 && head[0] == 0xFF && head[1] == 0xD8 && head[2] == 0xFF:
		kind = JPEG
	case len(head) >= 16 && string(head[:4]) == "RIFF" && string(head[8:15]) == "WEBPVP8":
		kind = WebP
	case len(head) > 8 && string(head[:5]) == "%PDF-" && head[5] >= '1' && head[5] <= '2' && head[6] == '.':
		kind = PDF
	default:
		return ""
	}
	for m := mimetype.Detect(head); m != nil; m = m.Parent() {
		if m.Is(kind) {
			return kind
		}
	}
	return ""
}

// frame is what a picture's header says, and the copy made of its parts.
type frame struct {
	width, height int
	memory        int64 // bytes decoding will need
	orientation   int   // EXIF: 1 upright … 8
	copy          *splice
	decode        func(io.Reader) (image.Image, error)
	left          leavings
}

func (i *Inspector) picture(in *input, result *Result) error {
	parse := map[string]func(*input, func(w, h int) error) (frame, error){PNG: parsePNG, JPEG: parseJPEG, WebP: parseWebP}[result.MediaType]
	f, err := parse(in, i.fits)
	if err != nil {
		return err
	}
	if f.orientation > 1 {
		f.memory += int64(f.width) * int64(f.height) * 4
	}
	if f.memory > i.limits.Memory {
		return refuse(TooManyPixels, "%d × %d pixels need %d bytes to decode", f.width, f.height, f.memory)
	}
	release, err := i.acquire(in.ctx, f.memory)
	if err != nil {
		return err
	}
	defer release()
	// What is decoded is the copy: this proves that the parties can see it.
	if _, err := f.copy.Seek(0, io.SeekStart); err != nil {
		return err
	}
	m, err := f.decode(bufio.NewReaderSize(f.copy, 64<<10))
	if err != nil {
		return err
	}
	if b := m.Bounds(); b.Dx() != f.width || b.Dy() != f.height {
		return refuse(Corrupt, "decoded to %v, the header says %d × %d", b, f.width, f.height)
	}
	result.Copy = f.copy
	result.Width, result.Height = f.width, f.height
	if f.orientation > 1 {
		m = upright(m, f.orientation)
		result.Width, result.Height = m.Bounds().Dx(), m.Bounds().Dy()
		if result.Copy, result.CopyMediaType, err = encode(m, result.MediaType); err != nil {
			return err
		}
	}
	result.Facts = f.facts(in.size)
	result.Facts.DHash, result.Facts.Drawn, result.Facts.HasHash = dHash(m)
	result.Thumbnail, err = thumbnail(m)
	return err
}

// fits refuses a picture by its header.
func (i *Inspector) fits(width, height int) error {
	if width < 1 || height < 1 {
		return refuse(Corrupt, "%d × %d pixels", width, height)
	}
	if int64(width)*int64(height) > i.limits.Pixels {
		return refuse(TooManyPixels, "%d × %d pixels", width, height)
	}
	return nil
}

// acquire waits until a decode of that many bytes may begin. Nobody takes
// less than half, so that two run at most.
func (i *Inspector) acquire(ctx context.Context, memory int64) (release func(), err error) {
	n := min(max(memory, (i.limits.Memory+1)/2), i.limits.Memory)
	if err := i.decodes.Acquire(ctx, n); err != nil {
		return nil, err
	}
	return func() { i.decodes.Release(n) }, nil
}
