package handlers

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/storage"
)

// uploadPath is where a store without an address of its own takes uploads: the base URL and
// this path are what storage signs.
const uploadPath = "/uploads/put"

type uploadView struct {
	ID        string             `json:"id"`
	Status    models.UploadState `json:"status"`
	FileName  string             `json:"file_name"`
	MediaType string             `json:"media_type"`
	Size      int64              `json:"size"`
	SHA256    string             `json:"sha256"`
	Width     *int               `json:"width"`
	Height    *int               `json:"height"`
	Pages     *int               `json:"pages"`
	Covered   int                `json:"covered"`
	CreatedAt models.Instant     `json:"created_at"`
	Received  models.Instant     `json:"received_at"`
	ExpiresAt models.Instant     `json:"expires_at"`
}

func viewUpload(u models.Upload) uploadView {
	return uploadView{
		ID: u.ID, Status: u.State, FileName: u.FileName, MediaType: u.MediaType, Size: u.Size, SHA256: u.SHA256,
		Width: orNull(u.Width), Height: orNull(u.Height), Pages: orNull(u.Pages), Covered: u.Covered, CreatedAt: u.CreatedAt, Received: u.ReceivedAt, ExpiresAt: u.ExpiresAt,
	}
}

// waitingView says where to send the bytes.
type waitingView struct {
	ID        string             `json:"id"`
	Status    models.UploadState `json:"status"`
	Put       putView            `json:"put"`
	ExpiresAt models.Instant     `json:"expires_at"`
}

type putView struct {
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	ExpiresAt models.Instant    `json:"expires_at"`
}

// readUpload reads an announcement; a file that came whole is left to be streamed, unless an
// Idempotency-Key stands for it.
func (h *Handlers) readUpload(c *gin.Context) error {
	req := requestOf(c)
	if !isMultipart(c) {
		in := new(models.CreateUpload)
		raw, err := readBody(c.Request, maxJSON)
		if err != nil {
			return err
		}
		if err := decode(raw, in); err != nil {
			return err
		}
		req.body, req.raw = in, raw
		return nil
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, models.MaxUpload+formOverhead)
	if c.GetHeader("Idempotency-Key") == "" {
		return nil
	}
	return holdUpload(c)
}

func isMultipart(c *gin.Context) bool {
	mediaType, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	return err == nil && mediaType == "multipart/form-data"
}

// heldFile is a file that has been read to know what an Idempotency-Key stands for. The
// boundary of a multipart body differs each time, so it is the file that is compared. It
// waits on the disk, so that many at once are no matter of memory.
type heldFile struct {
	models.ReceiveUpload
	file *os.File
}

// Close removes the file.
func (f *heldFile) Close() error { return errors.Join(f.file.Close(), os.Remove(f.file.Name())) }

func holdUpload(c *gin.Context) error {
	req := requestOf(c)
	return withFile(c, func(in models.ReceiveUpload, body io.Reader) error {
		file, err := os.CreateTemp("", "hosho-*")
		if err != nil {
			return fmt.Errorf("hold upload: %w", err)
		}
		req.body = &heldFile{in, file}
		sum := sha256.New()
		from := &watchedReader{r: body}
		if _, err = io.Copy(io.MultiWriter(file, sum), from); from.failed != nil {
			return badStream(from.failed)
		}
		if err == nil {
			_, err = file.Seek(0, io.SeekStart)
		}
		if err != nil {
			return fmt.Errorf("hold upload: %w", err)
		}
		req.raw = fmt.Appendf(nil, "%q %q %d %x", in.FileName, in.MediaType, in.Covered, sum.Sum(nil))
		return nil
	})
}

// watchedReader tells a client that breaks off from a disk that is full.
type watchedReader struct {
	r      io.Reader
	failed error
}

func (w *watchedReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.failed = err
	}
	return n, err
}

// coveredField says before a file how many of its regions were covered.
const coveredField = "covered"

// withFile gives the one file of a multipart body, in the field "file".
func withFile(c *gin.Context, take func(in models.ReceiveUpload, body io.Reader) error) error {
	taken, said := false, 0
	f, err := readForm(c, func(file formFile) error {
		if file.field != "file" {
			return badField(codeUnknownField, shorten(file.field))
		}
		if taken {
			return malformed("more than one file")
		}
		taken, said = true, len(file.values[coveredField])
		covered, err := file.covered()
		if err != nil {
			return err
		}
		return take(models.ReceiveUpload{FileName: file.name, MediaType: file.mediaType, Covered: covered}, file.body)
	})
	if err != nil {
		return err
	}
	for name, values := range f.Values {
		switch {
		case name != coveredField:
			return badField(codeUnknownField, shorten(name))
		case len(values) != said:
			return malformed("covered comes after the file")
		}
	}
	if !taken {
		return invalidField("file", "required_file")
	}
	return nil
}

func (h *Handlers) createUpload(c *gin.Context) error {
	ctx, req := c.Request.Context(), requestOf(c)
	switch in := req.body.(type) {
	case *models.CreateUpload:
		u, grant, err := h.store.CreateUpload(ctx, req.actor, *in)
		if err != nil {
			return err
		}
		headers := grant.Header
		if headers == nil {
			headers = map[string]string{}
		}
		return reply(c, http.StatusCreated, waitingView{u.ID, u.State, putView{grant.Method, grant.URL, headers, models.InstantOf(grant.ExpiresAt)}, u.ExpiresAt})
	case *heldFile:
		u, err := h.store.ReceiveUpload(ctx, req.actor, in.ReceiveUpload, in.file)
		if err != nil {
			return err
		}
		return reply(c, http.StatusCreated, viewUpload(u))
	}
	var u models.Upload
	err := withFile(c, func(in models.ReceiveUpload, body io.Reader) error {
		var err error
		u, err = h.store.ReceiveUpload(ctx, req.actor, in, body)
		return err
	})
	if err != nil {
		return err
	}
	return reply(c, http.StatusCreated, viewUpload(u))
}

func (h *Handlers) completeUpload(c *gin.Context) error {
	u, err := h.store.CompleteUpload(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, viewUpload(u))
}

// receivePut takes the bytes of an upload for a store without an address of its own. Its
// signature is all the permission there is, so it needs no token.
func (h *Handlers) receivePut(c *gin.Context) error {
	grant, err := h.config.Receiver.VerifyPut(c.Request.URL.Query(), c.Request.Header, c.Request.ContentLength)
	switch {
	case errors.Is(err, storage.ErrExpired), errors.Is(err, storage.ErrNoGrant):
		return &models.Error{Kind: models.Forbidden, Code: "upload_not_granted", Err: err}
	case err != nil:
		return fmt.Errorf("verify upload address: %w", err)
	}
	if grant.Size > models.MaxUpload {
		return tooLarge(models.MaxUpload)
	}
	body := http.MaxBytesReader(c.Writer, c.Request.Body, grant.Size)
	switch err := h.config.Receiver.Receive(c.Request.Context(), grant, body); {
	case err == nil, errors.Is(err, storage.ErrExists):
		// There already: the same upload sent again, as its checksum was signed.
		c.Writer.Header().Set("Cache-Control", "no-store")
		c.Writer.WriteHeader(http.StatusOK)
		c.Writer.WriteHeaderNow()
		return nil
	case errors.Is(err, storage.ErrChecksum):
		return &models.Error{Kind: models.Invalid, Code: "upload_rejected", Args: map[string]any{"reason": "checksum_mismatch", "name": ""}, Err: err}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, os.ErrDeadlineExceeded):
		return malformed("the upload broke off")
	default:
		return fmt.Errorf("receive upload: %w", err)
	}
}

type evidenceFileView struct {
	evidenceView
	OrderNumber *string `json:"order_number"`
	ClaimNumber *string `json:"claim_number"`
}

func (h *Handlers) readEvidence(c *gin.Context) error {
	e, err := h.store.EvidenceByID(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, evidenceFileView{viewEvidence(e.Evidence), orNull(e.OrderNumber), orNull(e.ClaimNumber)})
}

func (h *Handlers) seesEvidence(c *gin.Context) error {
	_, err := h.store.EvidenceByID(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	return err
}

// evidencePart answers with the bytes of a file, or sends the client to where they are.
func (h *Handlers) evidencePart(part models.EvidencePart) func(*gin.Context) error {
	return func(c *gin.Context) error {
		content, err := h.store.EvidenceContent(c.Request.Context(), requestOf(c).actor, c.Param("id"), part)
		if err != nil {
			return err
		}
		return h.serveContent(c, content, part != models.EvidenceThumbnail)
	}
}

// serveContent streams a file that somebody else chose: never run, never guessed at, never
// kept. A page that shows pictures asks for them inline.
func (h *Handlers) serveContent(c *gin.Context, content models.Content, attachment bool) error {
	header := c.Writer.Header()
	header.Set("Cache-Control", "no-store")
	if content.URL != "" {
		c.Redirect(http.StatusFound, content.URL)
		return nil
	}
	defer content.Body.Close()
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	header.Set("Content-Type", content.MediaType)
	header.Set("Content-Disposition", disposition(content.FileName, attachment))
	if content.Size > 0 {
		header.Set("Content-Length", fmt.Sprint(content.Size))
	}
	c.Writer.WriteHeader(http.StatusOK)
	if _, err := io.Copy(c.Writer, content.Body); err != nil {
		if c.Request.Context().Err() != nil {
			return nil // the client went away
		}
		h.note(c, fmt.Errorf("send evidence: %w", err))
		panic(http.ErrAbortHandler) // so that a cut file is not taken for a whole one
	}
	return nil
}

// disposition names a file as RFC 6266 has it: once in ASCII for old readers, once in UTF-8.
func disposition(name string, attachment bool) string {
	kind := "inline"
	if attachment {
		kind = "attachment"
	}
	var plain, full strings.Builder
	for _, r := range name {
		if r < 0x20 || r == 0x7f {
			continue
		}
		if r > 0x7e || strings.ContainsRune("\"\\%/;", r) {
			plain.WriteByte('_')
		} else {
			plain.WriteRune(r)
		}
	}
	for _, b := range []byte(name) {
		switch {
		case b < 0x20 || b == 0x7f:
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', strings.IndexByte("!#$&+-.^_`|~", b) >= 0:
			full.WriteByte(b)
		default:
			fmt.Fprintf(&full, "%%%02X", b)
		}
	}
	return kind + `; filename="` + plain.String() + `"; filename*=UTF-8''` + full.String()
}
