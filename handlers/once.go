package handlers

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"hosho/models"
	"hosho/templates"
)

// onceField names a form that was shown: what it sends twice with the same content, by a
// double click, the back button or another window, is done once.
const onceField = "once"

// How long the second of two sendings waits for the first to end, in steps that double.
const (
	onceStep = 20 * time.Millisecond
	onceWait = 2 * time.Second
)

// once is the hidden field for a form whose action no state guards.
func (f *entry) once() templates.Hidden {
	if !f.has(onceField) {
		f.set(onceField, rand.Text())
	}
	return templates.Hidden{Name: onceField, Value: f.get(onceField)}
}

// doOnce runs the action unless this form has done it already with the same content. Files
// count by what is in them: sent again they are other uploads. Where the first sending does not
// end it is a Conflict: nobody is told that something was sent that may not have been.
func (f *entry) doOnce(act func() error) error {
	ctx, by := f.c.Request.Context(), requestOf(f.c).actor
	token := f.get(onceField)
	if token == "" || len(token) > 64 || !cleanText(token) {
		return act()
	}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(f.Values)) {
		if name != evidenceField {
			fmt.Fprintf(sum, "%q %q\n", name, f.Values[name])
		}
	}
	uploads, err := f.h.store.Uploads(ctx, by, f.all(evidenceField))
	if err != nil {
		return err
	}
	var contents []string
	for _, u := range uploads {
		contents = append(contents, u.SHA256)
	}
	slices.Sort(contents)
	fmt.Fprintf(sum, "%q", slices.Compact(contents))
	hash := hex.EncodeToString(sum.Sum(nil))
	route := requestOf(f.c).route
	in := models.KeyedRequest{Key: "form:" + token + ":" + hash[:32], Route: cutBytes(route.method+" "+route.path, 200), Hash: hash}
	run, stored, err := f.h.store.BeginKeyed(ctx, by, in)
	for wait := onceStep; models.CodeOf(err) == "idempotency_in_progress" && wait < onceWait; wait *= 2 {
		select { // the same form is at it this moment; whether it can be done it will know
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		run, stored, err = f.h.store.BeginKeyed(ctx, by, in)
	}
	if err != nil || stored != nil {
		return err
	}
	after := context.WithoutCancel(ctx)
	if err := act(); err != nil {
		if ferr := f.h.store.ForgetKeyed(after, run); ferr != nil {
			f.h.note(f.c, ferr)
		}
		return err
	}
	if err := f.h.store.FinishKeyed(after, run, models.StoredAnswer{Status: http.StatusSeeOther}); err != nil {
		f.h.note(f.c, err) // it has been done; only a repetition would not be noticed
	}
	return nil
}
