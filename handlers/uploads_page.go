package handlers

import (
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// Forms that take files send them with everything else. Where scripts run, each file is sent
// by itself before, to an address of its own, and the form carries the ids: a field of the
// name "evidence", as after a form that was refused.

// sentFileView is a file that has been taken, in words of the page.
type sentFileView struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Receipt   string `json:"receipt,omitempty"` // size, when it came, by which number its content is known again
	Thumbnail string `json:"thumbnail,omitempty"`
	Refused   string `json:"refused,omitempty"` // why it has not been taken
}

// sendTo is where the script may send an announced file; it completes it after.
type sendTo struct {
	ID  string  `json:"id"`
	Put putView `json:"put"`
}

// errOneFile ends the reading of a form after its first file.
var errOneFile = errors.New("one file is enough")

// uploadFile is where the scripts of pages send a file. The file at fault is no fault of the
// request: what is wrong with it is an answer too.
// Announced in place of sent, it is told where to go.
func (h *Handlers) uploadFile(c *gin.Context) error {
	f := h.newEntry(c, questions{filesField: files("evidence.title")})
	if mediaType, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err == nil && mediaType == "application/json" {
		return h.announceFile(f)
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, models.MaxUpload+formOverhead)
	id := ""
	_, err := readForm(c, func(file formFile) error {
		if file.field != filesField {
			return malformed("a file under another name")
		}
		covered, err := file.covered()
		if err != nil {
			return err
		}
		if id, err = f.receive(models.ReceiveUpload{FileName: file.name, MediaType: file.mediaType, Covered: covered}, file.body); err != nil {
			return err
		}
		return errOneFile
	})
	switch {
	case errors.Is(err, errOneFile):
	case err != nil:
		return err
	default:
		f.fail(filesField, "required")
	}
	if !f.ok() {
		return reply(c, http.StatusOK, sentFileView{Refused: f.message(filesField)})
	}
	return h.sentFile(f, id)
}

// announceFile is the first step where the store of files takes them itself.
func (h *Handlers) announceFile(f *entry) error {
	var in models.CreateUpload
	raw, err := readBody(f.c.Request, maxJSON)
	if err != nil {
		return err
	}
	if err := decode(raw, &in); err != nil {
		return err
	}
	u, grant, err := h.store.CreateUpload(f.c.Request.Context(), requestOf(f.c).actor, in)
	if err != nil {
		return f.refusedFile(err, in.FileName)
	}
	return reply(f.c, http.StatusOK, sendTo{u.ID, putView{grant.Method, grant.URL, grant.Header, models.InstantOf(grant.ExpiresAt)}})
}

// completeFile is the last: what the store holds is looked at.
func (h *Handlers) completeFile(c *gin.Context) error {
	f := h.newEntry(c, questions{filesField: files("evidence.title")})
	u, err := h.store.CompleteUpload(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if err != nil {
		return f.refusedFile(err, u.FileName)
	}
	return h.sentFile(f, u.ID)
}

// refusedFile answers with what is wrong with a file; an error that is about anything else is
// given back.
func (f *entry) refusedFile(err error, name string) error {
	if err := f.notTaken(err, name); err != nil {
		return err
	}
	return reply(f.c, http.StatusOK, sentFileView{Refused: f.message(filesField)})
}

// sentFile answers with what has been taken.
func (h *Handlers) sentFile(f *entry, id string) error {
	c := f.c
	uploads, err := h.store.Uploads(c.Request.Context(), requestOf(c).actor, []string{id})
	if err != nil {
		return err
	}
	if len(uploads) == 0 {
		return notFound()
	}
	u := uploads[0]
	view := sentFileView{ID: u.ID, Name: u.FileName, Receipt: f.receipt(u)}
	if u.HasThumb {
		view.Thumbnail = "/" + f.words.locale + "/files/" + u.ID + "/thumbnail"
	}
	return reply(c, http.StatusOK, view)
}

// receipt is what an uploader can hold the portal to: the size of what came, when all of it had, and
// the beginning of its SHA-256. It also says while the scanner has not looked at it.
func (f *entry) receipt(u models.Upload) string {
	receipt := f.words.text("page.file_receipt", "size", templates.FileSize(u.Size), "at", u.ReceivedAt.Time().Add(f.ahead()), "hash", u.SHA256[:8])
	if u.State == models.UploadChecking {
		return f.words.text("page.file_checking", "receipt", receipt)
	}
	return receipt
}

// ahead is how far the clock of the rules, by which pages go, is ahead of the machine's, by
// which uploads are dated.
func (f *entry) ahead() time.Duration {
	if !f.h.store.Sandbox() {
		return 0
	}
	return f.h.pageTime(f.c).Sub(f.h.machineTime())
}

// fileInput is the question for files. The page that shows it lets scripts send them one by one.
func (f *entry) fileInput(hint string) templates.Field {
	input := f.field(filesField, hint)
	input.Accept = strings.Join([]string{"image/png", "image/jpeg", "image/webp", "application/pdf"}, ",")
	input.Multiple = true
	input.Upload, input.ToStore = f.words.path("uploads"), f.h.config.EvidenceOrigin != ""
	input.MaxSize, input.Largest = models.MaxUpload, templates.FileSize(models.MaxUpload)
	f.takesFiles = true
	return input
}
