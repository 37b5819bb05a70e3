package handlers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/seal"
	"hosho/templates"
)

// The case file: all that a side may read of a claim as one signed ZIP, and the page that says
// what is in it and how to check it.

// bundlesPerMinute bounds how often an account has a case file made, which reads every file of
// the case twice.
const bundlesPerMinute = 10

// bundleStall is how long a reader may take nothing before it is given up. A whole case file
// may take as long as it takes.
const bundleStall = 30 * time.Second

type caseFilePage struct {
	Download    string // address of the ZIP
	Files       int
	Size        int64 // bytes of evidence
	Party       bool  // the viewer is one: others' case files hold other things
	Command     string
	Fingerprint string
	Keys        string // address of the list of all keys
}

func (h *Handlers) showMyCaseFile(c *gin.Context) error {
	v, err := h.ownClaim(c)
	if err != nil {
		return err
	}
	return h.caseFilePage(c, v, h.desk(c, models.SideBuyer))
}

func (h *Handlers) showSellerCaseFile(c *gin.Context) error {
	v, err := h.sellerView(c)
	if err != nil {
		return err
	}
	return h.caseFilePage(c, v, h.desk(c, v.Side))
}

func (h *Handlers) showStaffCaseFile(c *gin.Context) error {
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return err
	}
	return h.caseFilePage(c, v, h.desk(c, v.Side))
}

func (h *Handlers) caseFilePage(c *gin.Context, v models.ClaimView, d desk) error {
	f, err := h.store.CaseFileOf(c.Request.Context(), requestOf(c).actor, v.Number)
	if err != nil {
		return err
	}
	key, _ := h.store.SealKeys()
	pages := d.pagesOf(c, v.Number)
	page := caseFilePage{
		Download: pages("case-file", "zip"), Files: f.Files(), Size: f.Size(), Party: d.side == models.SideBuyer || d.side == models.SideSeller,
		Command: "hosho verify " + caseFileName(v), Fingerprint: key.Fingerprint(), Keys: apiBase + "/keys",
	}
	p := h.page(c, d.text("case_file.title", "number", v.Number), page)
	back := "staff.back_to_case"
	if d.side == models.SideBuyer {
		back = "claims.claim"
	}
	p.Back = &templates.Link{Label: d.text(back, "number", v.Number), Href: pages()}
	if !page.Party {
		asDesk(c, &p)
	}
	return h.render(c, http.StatusOK, "claims/case_file", p)
}

// caseFileName is what a case file is saved as.
func caseFileName(v models.ClaimView) string {
	return "hosho-" + v.Number + "-" + v.Side.View() + ".zip"
}

// caseFileOf sends the case file of the claim that read allows its viewer.
func (h *Handlers) caseFileOf(read func(*gin.Context) (models.ClaimView, error)) func(*gin.Context) error {
	return func(c *gin.Context) error {
		v, err := read(c)
		if err != nil {
			return err
		}
		return h.sendCaseFile(c, v.Number)
	}
}

func (h *Handlers) readBundle(c *gin.Context) error {
	if err := onlyQuery(c, "locale"); err != nil {
		return err
	}
	if locale := c.Query("locale"); locale != "" {
		if !templates.Supported(locale) {
			return invalidField("locale", "unknown_value")
		}
		requestOf(c).locale = locale
	}
	return h.sendCaseFile(c, c.Param("number"))
}

// sendCaseFile streams a case file. What goes wrong after its first byte breaks the answer
// off, so that a part is never taken for the whole.
func (h *Handlers) sendCaseFile(c *gin.Context, number string) error {
	ctx, by := c.Request.Context(), requestOf(c).actor
	f, err := h.store.CaseFileOf(ctx, by, number)
	if err != nil {
		return err
	}
	if wait, ok := h.bundles.take(by.AccountID); !ok {
		return tooManyRequests(wait)
	}
	d := h.desk(c, f.View.Side)
	header := c.Writer.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "application/zip")
	header.Set("Content-Disposition", disposition(caseFileName(f.View), true))
	to := &patientWriter{to: c.Writer, control: http.NewResponseController(c.Writer), now: h.machineTime}
	about := models.CaseFileAbout{Locale: d.locale, Portal: h.config.BaseURL, Program: h.config.Program}
	err = f.Write(ctx, to, about, func(files []seal.File) ([]models.CaseFilePart, error) { return h.caseFileParts(d, f, files) })
	return h.endOfFile(c, to, "make case file", err)
}

// endOfFile ends the answer of a file that was written to a slow reader, or that what is told
// here has kept from being so: before its first byte that is an answer of its own, later it
// breaks the answer off.
func (h *Handlers) endOfFile(c *gin.Context, to *patientWriter, what string, err error) error {
	switch {
	case err == nil:
		return nil
	case !c.Writer.Written():
		c.Writer.Header().Del("Content-Disposition")
		return err
	case c.Request.Context().Err() == nil && to.failed == nil:
		h.note(c, fmt.Errorf("%s: %w", what, err))
	}
	panic(http.ErrAbortHandler)
}

// patientWriter gives a slow reader time for each piece, where the server has one for all.
type patientWriter struct {
	to      io.Writer
	control *http.ResponseController
	now     func() time.Time
	failed  error // the reader is gone
}

func (w *patientWriter) Write(p []byte) (int, error) {
	if err := w.control.SetWriteDeadline(w.now().Add(bundleStall)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := w.to.Write(p)
	w.failed = err
	return n, err
}

// caseFileParts are the page to read and the same as data.
func (h *Handlers) caseFileParts(d desk, f *models.CaseFile, files []seal.File) ([]models.CaseFilePart, error) {
	claim, err := json.MarshalIndent(h.viewClaim(d.locale, f.View), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode claim: %w", err)
	}
	messages, err := json.MarshalIndent(messageViews(f.Messages), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode messages: %w", err)
	}
	page, err := h.caseFileStatement(d, f, files)
	if err != nil {
		return nil, err
	}
	return []models.CaseFilePart{{Name: "claim.json", Body: claim}, {Name: "messages.json", Body: messages}, {Name: "statement.html", Body: page}}, nil
}

// caseFileStatement is the record of the claim as a page that stands by itself.
type caseFileStatement struct {
	Title, View, Lead, Check string
	recordPage
	Copies []caseFileCopy
}

// caseFileCopy is a file of evidence in the statement.
type caseFileCopy struct {
	recordFile
	Entry   string // where its copy is in the ZIP; "" where it is not
	Picture bool
	Why     string // it is not there
	Fault   string // of the original
}

func (h *Handlers) caseFileStatement(d desk, f *models.CaseFile, files []seal.File) ([]byte, error) {
	dated, err := h.templates.Dated()
	if err != nil {
		return nil, err
	}
	d.catalog = dated.Catalog()
	v := f.View
	key, _ := h.store.SealKeys()
	page := caseFileStatement{
		Title: d.text("case_file.title", "number", v.Number), View: d.text("case_file.view." + d.side.View()),
		Lead:  d.text("case_file.made", "made_at", f.MadeAt, "portal", h.config.BaseURL),
		Check: d.text("case_file.check_by", "command", "hosho verify "+caseFileName(v)+" --fingerprint "+key.Fingerprint()),
	}
	page.recordPage = recordOf(d, v, f.Events, f.Messages)
	entries := map[string]seal.File{}
	for _, file := range files {
		entries[file.ID] = file
	}
	for i, m := range f.Messages {
		page.Messages[i].Files = nil
		for _, e := range m.Evidence {
			page.Copies = append(page.Copies, d.copyIn(e, entries[e.ID]))
		}
	}
	var given []caseFileCopy
	for _, e := range v.Evidence {
		given = append(given, d.copyIn(e, entries[e.ID]))
	}
	page.Copies = append(given, page.Copies...)
	var b bytes.Buffer
	if err := dated.Render(&b, d.locale, "case-file", page); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (d desk) copyIn(e models.Evidence, f seal.File) caseFileCopy {
	name := cmp.Or(e.Note, e.FileName)
	if e.Note != "" {
		name += " (" + e.FileName + ")"
	}
	out := caseFileCopy{
		recordFile: recordFile{Name: name, Lang: templates.LangOf(name, d.locale), Who: d.you(e.By), Hash: e.SHA256, At: e.At.Time(), Size: e.Size, Late: e.Late, Covered: e.Covered},
		Entry:      f.Entry, Picture: e.Pages == 0,
	}
	if f.Entry == "" {
		out.Why = cmp.Or(d.gone(e), d.text("case_file.state."+string(f.State)))
	}
	if f.Original == seal.FileMissing || f.Original == seal.FileChanged {
		out.Fault = d.text("case_file.original_" + string(f.Original))
	}
	return out
}
