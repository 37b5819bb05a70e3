package handlers

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// The field names of files: the input, the uploads that are there already, and those that were given on the order
// before.
const (
	filesField    = "files"
	evidenceField = "evidence"
	reuseField    = "reuse"
)

// receive takes one file and returns its upload's id. A file at fault is a message; the
// others stay.
func (f *entry) receive(in models.ReceiveUpload, body io.Reader) (id string, err error) {
	up, err := f.h.store.ReceiveUpload(f.c.Request.Context(), requestOf(f.c).actor, in, body)
	if err != nil {
		return "", f.notTaken(err, in.FileName)
	}
	return up.ID, nil
}

// notTaken notes what is wrong with a file; an error that is about anything else is given back.
func (f *entry) notTaken(err error, fileName string) error {
	var e *models.Error
	switch {
	case !errors.As(err, &e):
		return err
	case e.Kind == models.TooLarge:
		f.say(filesField, f.words.text("upload.too_large", "name", shorten(fileName), "max", e.Args["max"]))
	case e.Kind == models.Invalid, e.Kind == models.TooMany, e.Kind == models.Unavailable:
		f.say(filesField, f.h.detail(f.words.locale, e, nil))
	default:
		return err
	}
	return nil
}

// files is the question for files with those that are there already, which stay unless they
// are unticked.
func (f *entry) files(hint string) (templates.Field, templates.Field, error) {
	input := f.fileInput(hint)
	kept := templates.Field{Name: evidenceField, Label: f.words.text("page.files_kept"), Hint: f.words.text("page.files_kept_hint")}
	uploads, err := f.h.store.Uploads(f.c.Request.Context(), requestOf(f.c).actor, f.all(evidenceField))
	if err != nil {
		return input, kept, err
	}
	for _, u := range uploads {
		if u.Usable() {
			kept.Choices = append(kept.Choices, templates.Choice{Value: u.ID, Label: u.FileName, Hint: f.receipt(u), Checked: true})
		}
	}
	return input, kept, nil
}

// captionMax is how many characters may say what a file shows.
const captionMax = 300

const captionField = "caption-" // and the id of the file

// checkCaptions notes what says too much of a file.
func (f *entry) checkCaptions() {
	for _, id := range f.all(evidenceField) {
		if n := len([]rune(f.get(captionField + id))); n > captionMax {
			f.say(captionField+id, f.words.text("field.too_long", "label", f.words.text("claims.file_note"), "max", captionMax, "now", n))
		}
	}
}

// captions says what each file shows, by its id.
func (f *entry) captions() models.Captioned {
	said := map[string]string{}
	for _, id := range f.all(evidenceField) {
		if text := strings.TrimSpace(f.get(captionField + id)); text != "" && len([]rune(text)) <= captionMax {
			said[id] = text
		}
	}
	return models.Captioned{Captions: said}
}

// keepCaptions puts what was typed of files behind what was typed into a field, a line each, where it can be sent no more.
func (f *entry) keepCaptions(name string) {
	said := []string{f.get(name)}
	for _, id := range f.all(evidenceField) {
		said = append(said, f.get(captionField+id))
		f.Del(captionField + id)
	}
	said = slices.DeleteFunc(said, func(text string) bool { return strings.TrimSpace(text) == "" })
	if len(said) > 0 {
		f.set(name, strings.Join(said, "\n"))
	}
}

// readFiles is readEntry for a form that may give files of an order again.
func (h *Handlers) readFiles(c *gin.Context, q questions, orderNumber string) (*entry, error) {
	f, err := h.readEntry(c, q)
	if err != nil {
		return nil, err
	}
	return f, f.recall(orderNumber)
}

// recall says again of the files ticked to be given again what was said of them last on the order, where nothing else is.
func (f *entry) recall(orderNumber string) error {
	again := f.all(reuseField)
	if len(again) == 0 {
		return nil
	}
	given, err := f.h.store.GivenOnOrder(f.c.Request.Context(), requestOf(f.c).actor, orderNumber)
	if err != nil {
		return err
	}
	for _, e := range given {
		if slices.Contains(again, e.ID) && !f.has(captionField+e.ID) && len([]rune(e.Note)) <= captionMax {
			f.set(captionField+e.ID, e.Note)
		}
	}
	return nil
}

// setCaptions fills in what was said of files.
func (f *entry) setCaptions(said map[string]string) {
	for id, text := range said {
		f.set(captionField+id, text)
	}
}

// captioned lets a form ask of each of its files what it shows.
func (f *entry) captioned(input, kept *templates.Field) {
	input.Captions, input.CaptionMax = f.words.text("claims.file_note"), captionMax
	for i, c := range kept.Choices {
		kept.Choices[i].Caption = &templates.Field{
			Name: captionField + c.Value, Label: f.words.text("claims.file_note"), Value: f.get(captionField + c.Value), Error: f.message(captionField + c.Value), Optional: true,
		}
	}
}

// reuse offers the files that the reader has given on an order before, but for those there are already; nil where there
// are none. What is ticked is evidence from readEntry on.
func (f *entry) reuse(orderNumber string, there []string) (*templates.Field, error) {
	given, err := f.h.store.GivenOnOrder(f.c.Request.Context(), requestOf(f.c).actor, orderNumber)
	if err != nil {
		return nil, err
	}
	return f.reuseOf(given, there), nil
}

// reuseOf is reuse where what was given has been read.
func (f *entry) reuseOf(given []models.Evidence, there []string) *templates.Field {
	out := templates.Field{Name: reuseField, Label: f.words.text("draft.reuse"), Hint: f.words.text("draft.reuse_hint")}
	for _, e := range given {
		if slices.Contains(there, e.ID) || slices.Contains(f.all(evidenceField), e.ID) {
			continue
		}
		c := templates.Choice{Value: e.ID, Label: cmp.Or(e.Note, e.FileName)}
		if e.Note != "" {
			c.Hint = e.FileName
		}
		if e.HasThumb {
			c.Thumbnail = "/" + f.words.locale + "/files/" + e.ID + "/thumbnail"
		}
		out.Choices = append(out.Choices, c)
	}
	if len(out.Choices) == 0 {
		return nil // a form without the question
	}
	return &out
}

// reuseOn is reuse for a case: what is on it already cannot be given on it again.
func (f *entry) reuseOn(v models.ClaimView) (*templates.Field, error) {
	var there []string
	for _, e := range v.Evidence {
		there = append(there, e.ID)
	}
	return f.reuse(v.OrderNumber, there)
}
