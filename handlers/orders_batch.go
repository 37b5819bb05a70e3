package handlers

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

// batchLine is an order with its number, which a single PUT has in its address.
type batchLine struct {
	Number string `json:"number"`
	models.OrderInput
}

// batchResult is what became of one line. line counts from 1 as it came.
type batchResult struct {
	Line    int      `json:"line"`
	Number  string   `json:"number"`
	Status  int      `json:"status"`
	Outcome string   `json:"outcome"` // created, updated, stale or refused
	Stale   bool     `json:"stale"`
	Problem *problem `json:"problem,omitempty"`
}

// batchOrders takes orders line by line and answers line by line while more come.
func (h *Handlers) batchOrders(c *gin.Context) error {
	return h.streamLines(c, &orderLines{h: h, c: c})
}

// orderLines are the orders of a batch that have come and are not stored yet.
type orderLines struct {
	h       *Handlers
	c       *gin.Context
	results []batchResult
	inputs  []models.OrderInput
	at      []int // the result of each input
	size    int
}

func (r *orderLines) full() bool {
	return len(r.inputs) >= batchLines || r.size >= batchBytes || len(r.results) >= 10*batchLines
}

func (r *orderLines) add(n int, line []byte, err error) {
	result := batchResult{Line: n}
	if errors.Is(err, errLongLine) {
		r.results = append(r.results, r.refused(result, tooLarge(maxLine)))
		return
	}
	var in batchLine
	if err := decode(line, &in); err != nil {
		r.results = append(r.results, r.refused(result, err))
		return
	}
	result.Number = shorten(in.Number)
	if in.Number == "" {
		r.results = append(r.results, r.refused(result, invalidField("number", "required")))
		return
	}
	in.OrderInput.Number = in.Number
	r.inputs = append(r.inputs, in.OrderInput)
	r.at = append(r.at, len(r.results))
	r.results = append(r.results, result)
	r.size += len(line)
}

func (r *orderLines) refused(result batchResult, err error) batchResult {
	result.Outcome = "refused"
	result.Status, result.Problem = r.h.lineProblem(r.c, err)
	return result
}

// put stores what has come and writes the results of all of it.
func (r *orderLines) put(out *json.Encoder) (int, error) {
	if len(r.inputs) > 0 {
		done, err := r.h.store.PutOrders(r.c.Request.Context(), requestOf(r.c).actor, r.inputs)
		for i, at := range r.at {
			result := &r.results[at]
			switch {
			case err != nil:
				*result = r.refused(*result, err)
			case done[i].Err != nil:
				*result = r.refused(*result, done[i].Err)
			default:
				result.Status, result.Outcome, result.Stale = http.StatusOK, string(done[i].Outcome), done[i].Outcome == models.OrderStale
				if done[i].Outcome == models.OrderCreated {
					result.Status = http.StatusCreated
				}
			}
		}
	}
	n := len(r.results)
	err := writeLines(out, r.results)
	r.results, r.inputs, r.at, r.size = r.results[:0], r.inputs[:0], r.at[:0], 0
	return n, err
}
