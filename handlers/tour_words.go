package handlers

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// letters tells whether both parties have a decision to read.
func (f tourFacts) letters() bool {
	return f.status == models.Granted || f.status == models.Denied
}

// tourPlace is where on the way of a step the reader is: what a button led to, since the next
// button is another one there. "" is where the step begins.
func tourPlace(path string, p templates.Page) string {
	switch content := p.Content.(type) {
	case decidePreview: // asked at the form's own address
		return "preview"
	case questionPage:
		if content.Files != nil && len(content.Files.Given) > 0 {
			return "draft_evidence_given"
		}
	}
	path = strings.Trim(path, "/")
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case last == "contact", last == "respond", last == "decide", last == "decision":
		return last
	case strings.HasPrefix(path, "respond/"):
		return "respond_" + last
	case strings.HasPrefix(path, "claim/"):
		switch last {
		case "story", "contact-proof", "evidence", "outcome", "check":
			return "draft_" + strings.ReplaceAll(last, "-", "_")
		}
		return "draft"
	}
	return ""
}

// tourWords are the one sentence that says what to do here, and what else there is to know.
// Stories share what is the same in them; places a step leads through may have their own.
func (h *Handlers) tourWords(w words, story tourStory, step tourStep, place string, f tourFacts, cast tourCast) (text, rest string) {
	key := step.key
	if step.key == "letter" && !f.letters() {
		key = "ended" // by the parties themselves
	}
	args := []any{
		"person", cast.account(step.who).Name, "due", f.due, "wait_ends_at", f.waitEnds, "topic", w.label("reason", string(story.topic)),
		"press_contact", w.text("action.contact"), "press_insert", w.text("contact.insert"), "press_send", w.text("action.send_message"),
		"press_ahead", w.text("action.file_ahead"), "press_file", w.text("action.file"), "press_next", w.text("draft.next"), "press_save", w.text("action.save_continue"),
		"press_dates", w.text("draft.add_dates"), "press_sample", w.text("draft.sample"), "press_claim", w.text("action.send_claim"),
		"press_respond", w.text("seller.respond"), "press_contest", w.text("action.contest"), "press_check", w.text("seller.to_check"),
		"press_hold", w.text("seller.send"), "press_now", w.text("seller.send_now"),
		"press_decide", w.text("staff.to_decide"), "press_preview", w.text("decide.to_preview"), "press_final", w.text("action.decide"), "press_read", w.text("claims.read_decision"),
	}
	find := func(suffix string) string {
		for _, of := range []string{story.key, "any"} {
			if k := "tour." + of + "." + key + suffix; h.catalog.Has(w.locale, k) {
				return w.text(k, args...)
			}
		}
		return ""
	}
	if place != "" {
		if text = find("_" + place); text != "" {
			return text, find("_" + place + "_more")
		}
	}
	return find(""), find("_more")
}

// tourSays is an example for a form about the case of the story under way: who only looks
// around has nothing to write. "" for any other case.
func (h *Handlers) tourSays(c *gin.Context, number, what string) string {
	story, facts, _, ok, err := h.tourUnderWay(c)
	if err != nil {
		h.note(c, err)
	}
	w := h.words(c)
	if key := "tour." + story.key + "." + what; ok && err == nil && facts.claim == number && h.catalog.Has(w.locale, key) {
		return w.text(key)
	}
	return ""
}

// wholeMinute is the minute that pages print for an instant at which something opens, so that
// the clock beside it does not seem to be early.
func wholeMinute(at models.Instant) models.Instant {
	t := at.Time()
	if whole := t.Truncate(time.Minute); !whole.Equal(t) {
		return models.InstantOf(whole.Add(time.Minute))
	}
	return at
}
