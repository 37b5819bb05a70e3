package handlers

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"hosho/models"
	"hosho/templates"
)

// evidenceAsk is the page of the files of a draft: what helps, what is there, what the order
// holds already, and more.
type evidenceAsk struct {
	Heading string
	Why     string
	Useful  []string
	Needed  string
	Add     templates.Field
	Adding  templates.Submit
	Sample  *templates.Submit // in the sandbox, for those who have no picture at hand
	Given   []draftFile
}

// draftFile is one file of a draft.
type draftFile struct {
	ID, Name, Href string
	Thumbnail      string
	Receipt        string
	Caption        templates.Field
	Remove         templates.Submit
}

// takeEvidence puts into the draft what the page of files was sent with, and tells whether one
// stays on it.
func (h *Handlers) takeEvidence(f *entry, a asked, b *models.DraftBody) (stay bool, err error) {
	list := slices.Clone(a.d.Body.Evidence)
	captions := maps.Clone(a.d.Body.Captions)
	if captions == nil {
		captions = map[string]string{}
	}
	more := f.all(evidenceField)
	if f.get("do") == "sample" && h.offersSample() {
		stay = true
		id, err := h.sample(f)
		if err != nil {
			return false, err
		}
		more = append(more, id)
	}
	for _, id := range more {
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	if err := f.recall(a.s.order.Number); err != nil {
		return false, err
	}
	for _, id := range list {
		if values, typed := f.Values[captionField+id]; typed && len(values) > 0 {
			captions[id] = strings.TrimSpace(values[0])
		}
	}
	if n := len(list); n > a.s.policy.MaxFiles {
		list = list[:a.s.policy.MaxFiles]
		f.say(filesField, f.h.text(f.words.locale, "error.too_many_files", map[string]any{"max": a.s.policy.MaxFiles, "now": n}))
	}
	if gone := f.get("remove"); gone != "" {
		list = slices.DeleteFunc(list, func(id string) bool { return id == gone })
		stay = true
	}
	if f.get("do") == "add" {
		stay = true
		if len(more) == 0 && f.ok() {
			f.fail(filesField, "required")
		}
	}
	maps.DeleteFunc(captions, func(id, text string) bool { return text == "" || !slices.Contains(list, id) })
	maps.DeleteFunc(captions, func(_, text string) bool { return len([]rune(text)) > captionMax }) // it is said by the form
	b.Evidence, b.Captions = list, captions
	if f.get("do") == "next" && f.ok() && b.Reason.NeedsEvidence() && len(list) == 0 {
		f.say(filesField, f.words.text("rule.evidence_required.detail"))
	}
	return stay, nil
}

// offersSample tells whether there is a picture to try out the way of evidence with.
func (h *Handlers) offersSample() bool { return h.store.Sandbox() && h.config.Sample != nil }

// sample gives the drawn picture as if the reader had chosen it.
func (h *Handlers) sample(f *entry) (id string, err error) {
	body, err := h.config.Sample()
	if err != nil {
		return "", err
	}
	return f.receive(models.ReceiveUpload{FileName: "sample.png", MediaType: "image/png"}, bytes.NewReader(body))
}

// evidenceAsk shows the files of the draft as it is saved.
func (h *Handlers) evidenceAsk(f *entry, a asked) (*evidenceAsk, error) {
	w, ctx, by := f.words, f.c.Request.Context(), requestOf(f.c).actor
	ask := &evidenceAsk{Add: f.fileInput(""), Adding: templates.Submit{Label: w.text("action.upload"), Name: "do", Value: "add"}}
	ask.Add.Captions, ask.Add.CaptionMax = w.text("claims.file_note"), captionMax
	ask.Add.Hint = w.text("evidence.formats", "max", templates.FileSize(models.MaxUpload), "count", a.s.policy.MaxFiles)
	if h.offersSample() {
		ask.Sample = &templates.Submit{Label: w.text("draft.sample"), Name: "do", Value: "sample"}
	}
	b := a.d.Body
	if b.Reason.Covered() {
		ask.Useful = strings.Split(w.text("draft.useful."+string(b.Reason)), "\n")
	}
	if !b.Reason.NeedsEvidence() {
		ask.Needed = w.text("draft.evidence_optional")
	}
	uploads, err := h.store.Uploads(ctx, by, b.Evidence)
	if err != nil {
		return nil, err
	}
	d := h.buyerDesk(f.c)
	for _, u := range uploads {
		file := draftFile{
			ID: u.ID, Name: u.FileName, Href: d.file(u.ID, "content"), Receipt: f.receipt(u),
			Caption: templates.Field{
				Name: captionField + u.ID, Label: w.text("claims.file_note"), Hint: w.text("claims.file_note_hint"), Value: b.Captions[u.ID], Error: f.message(captionField + u.ID), Optional: true, Rows: 2,
			},
			Remove: templates.Submit{Label: w.text("draft.remove_file"), Name: "remove", Value: u.ID},
		}
		if typed := f.get(captionField + u.ID); typed != "" {
			file.Caption.Value = typed
		}
		if u.HasThumb {
			file.Thumbnail = d.file(u.ID, "thumbnail")
		}
		ask.Given = append(ask.Given, file)
	}
	ask.Add.Reuse, err = f.reuse(a.s.order.Number, b.Evidence)
	return ask, err
}
