package handlers

import (
	"encoding/json"
	"errors"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

// eventLine is an event of a leg, with the ids that a single call has in its address.
type eventLine struct {
	Refund string `json:"refund"`
	Leg    string `json:"leg"`
	models.LegEvent
}

// eventResult is what became of one line: how far the leg is now, or why the line was refused.
type eventResult struct {
	Line   int              `json:"line"`
	Refund string           `json:"refund"`
	Leg    string           `json:"leg"`
	Status models.LegStatus `json:"status,omitempty"`
	Code   string           `json:"code,omitempty"`
	Detail string           `json:"detail,omitempty"`
	Errors []problemField   `json:"errors,omitempty"`
}

// batchLegEvents takes events of legs line by line and answers line by line while more come.
func (h *Handlers) batchLegEvents(c *gin.Context) error {
	return h.streamLines(c, &eventLines{h: h, c: c})
}

// eventLines are the events of a batch that have come and are not stored yet.
type eventLines struct {
	h       *Handlers
	c       *gin.Context
	results []eventResult
	told    []models.LegTold
	at      []int // the result of each event
	size    int
}

func (r *eventLines) full() bool {
	return len(r.told) >= batchLines || r.size >= batchBytes || len(r.results) >= 10*batchLines
}

func (r *eventLines) add(n int, line []byte, err error) {
	r.results = append(r.results, eventResult{Line: n})
	result := &r.results[len(r.results)-1]
	if errors.Is(err, errLongLine) {
		r.refuse(result, tooLarge(maxLine))
		return
	}
	var in eventLine
	if err := decode(line, &in); err != nil {
		r.refuse(result, err)
		return
	}
	result.Refund, result.Leg = shorten(in.Refund), shorten(in.Leg)
	switch {
	case in.Refund == "":
		r.refuse(result, invalidField("refund", "required"))
	case in.Leg == "":
		r.refuse(result, invalidField("leg", "required"))
	default:
		r.told = append(r.told, models.LegTold{Refund: in.Refund, Leg: in.Leg, LegEvent: in.LegEvent})
		r.at = append(r.at, len(r.results)-1)
		r.size += len(line)
	}
}

func (r *eventLines) refuse(result *eventResult, err error) {
	_, p := r.h.lineProblem(r.c, err)
	result.Code, result.Detail, result.Errors = p.Code, p.Detail, p.Errors
}

// put stores what has come and writes the results of all of it.
func (r *eventLines) put(out *json.Encoder) (int, error) {
	if len(r.told) > 0 {
		done, err := r.h.store.TellLegs(r.c.Request.Context(), requestOf(r.c).actor, r.told)
		for i, at := range r.at {
			result := &r.results[at]
			switch {
			case err != nil:
				r.refuse(result, err)
			case done[i].Err != nil:
				r.refuse(result, done[i].Err)
			default:
				result.Status = done[i].Status
			}
		}
	}
	n := len(r.results)
	err := writeLines(out, r.results)
	r.results, r.told, r.at, r.size = r.results[:0], r.told[:0], r.at[:0], 0
	return n, err
}
