package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

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
	Size      string `json:"size,omitempty"`
	Thumbnail string `json:"thumbnail,omitempty"`
	Refused   string `json:"refused,omitempty"` // why it has not been taken
}

// errOneFile ends the reading of a form after its first file.
var errOneFile = errors.New("one file is enough")

// uploadFile is where the scripts of pages send a file. The file at fault is no fault of the
// request: what is wrong with it is an answer too.
func (h *Handlers) uploadFile(c *gin.Context) error {
	f := h.newEntry(c, questions{filesField: files("evidence.title")})
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
	uploads, err := h.store.Uploads(c.Request.Context(), requestOf(c).actor, []string{id})
	if err != nil {
		return err
	}
	if len(uploads) == 0 {
		return notFound()
	}
	u := uploads[0]
	view := sentFileView{ID: u.ID, Name: u.FileName, Size: templates.FileSize(u.Size)}
	if u.HasThumb {
		view.Thumbnail = "/" + f.words.locale + "/files/" + u.ID + "/thumbnail"
	}
	return reply(c, http.StatusOK, view)
}

// fileInput is the question for files. The page that shows it lets scripts send them one by one.
func (f *entry) fileInput(hint string) templates.Field {
	input := f.field(filesField, hint)
	input.Accept = strings.Join([]string{"image/png", "image/jpeg", "image/webp", "application/pdf"}, ",")
	input.Multiple = true
	input.Upload = f.words.path("uploads")
	input.MaxSize, input.Largest = models.MaxUpload, fmt.Sprintf("%d MB", models.MaxUpload>>20)
	f.takesFiles = true
	return input
}
