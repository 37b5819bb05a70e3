package handlers

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

const (
	// maxLine bounds one order of a batch.
	maxLine = 1 << 20
	// batchOrders and batchBytes bound what shares a transaction.
	batchOrders = 100
	batchBytes  = 1 << 20
	// maxKeyedBatch bounds a batch under an Idempotency-Key, which is compared and answered
	// as a whole; without a key there is no end to a batch.
	maxKeyedBatch = 8 << 20
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

// leaveBody is for routes that stream their body.
func leaveBody(*gin.Context) error { return nil }

var batchTypes = []string{"application/x-ndjson", "application/ndjson", "application/jsonl"}

// readBatch leaves the body to be streamed, unless an Idempotency-Key stands for all of it.
func (h *Handlers) readBatch(c *gin.Context) error {
	if !slices.ContainsFunc(batchTypes, func(t string) bool { return wantType(c.Request, t) == nil }) {
		return malformed("Content-Type is not application/x-ndjson")
	}
	if c.GetHeader("Idempotency-Key") == "" {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxKeyedBatch))
	if err != nil {
		return badStream(err)
	}
	requestOf(c).raw = body
	return nil
}

// batchOrders takes orders line by line and answers line by line while more come.
func (h *Handlers) batchOrders(c *gin.Context) error {
	req := requestOf(c)
	run := batchRun{h: h, c: c, ctx: c.Request.Context(), by: req.actor, locale: h.localeOf(c)}
	if req.raw != nil {
		var out bytes.Buffer
		run.out = &out
		if err := run.all(bytes.NewReader(req.raw)); err != nil {
			return err
		}
		req.answer = &answer{status: http.StatusOK, mediaType: "application/x-ndjson", body: out.Bytes()}
		return nil
	}
	// A batch may take longer than the server waits for other bodies. Recorders of tests can
	// do neither, and need neither.
	control := http.NewResponseController(c.Writer)
	for _, err := range []error{control.EnableFullDuplex(), control.SetReadDeadline(time.Time{}), control.SetWriteDeadline(time.Time{})} {
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("prepare streaming: %w", err)
		}
	}
	header := c.Writer.Header()
	header.Set("Content-Type", "application/x-ndjson")
	header.Set("Cache-Control", "no-store")
	c.Writer.WriteHeader(http.StatusOK)
	run.out, run.flush = c.Writer, func() { c.Writer.Flush() }
	return run.all(c.Request.Body)
}

type batchRun struct {
	h      *Handlers
	c      *gin.Context
	ctx    context.Context //nolint:containedctx // lives as long as one call of all
	by     models.Actor
	locale string
	out    io.Writer
	flush  func()

	results []batchResult
	inputs  []models.OrderInput
	at      []int // the result of each input
	size    int
}

func (r *batchRun) all(body io.Reader) error {
	lines := bufio.NewReaderSize(body, 64<<10)
	for n := 1; ; n++ {
		line, err := readLine(lines)
		if len(bytes.TrimSpace(line)) > 0 || errors.Is(err, errLongLine) {
			r.add(n, line, err)
		}
		ended := err != nil && !errors.Is(err, errLongLine)
		if ended || len(r.inputs) >= batchOrders || r.size >= batchBytes || len(r.results) >= 10*batchOrders || lines.Buffered() == 0 {
			if err := r.put(); err != nil {
				return err
			}
		}
		if ended {
			if !errors.Is(err, io.EOF) {
				return badStream(err)
			}
			return nil
		}
	}
}

var errLongLine = errors.New("the line is longer than is taken")

// readLine returns a line without its end; of one that is too long only that it was.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxLine+1 {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = r.ReadSlice('\n')
			}
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			return nil, errLongLine // an end of the body is met again by the next call
		}
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return bytes.TrimSuffix(line, []byte("\n")), err
	}
}

func (r *batchRun) add(n int, line []byte, err error) {
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

func (r *batchRun) refused(result batchResult, err error) batchResult {
	r.h.note(r.c, err)
	status, e := statusOf(err)
	var p problem
	if jerr := json.Unmarshal(r.h.problemAnswer(r.c, status, e).body, &p); jerr != nil {
		panic(jerr) // it was written a moment ago
	}
	result.Status, result.Outcome, result.Problem = status, "refused", &p
	return result
}

// put stores what has come and writes the results of all of it.
func (r *batchRun) put() error {
	if len(r.inputs) > 0 {
		done, err := r.h.store.PutOrders(r.ctx, r.by, r.inputs)
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
	e := json.NewEncoder(r.out)
	for _, result := range r.results {
		if err := e.Encode(result); err != nil {
			return fmt.Errorf("write results: %w", err)
		}
	}
	if r.flush != nil && len(r.results) > 0 {
		r.flush()
	}
	r.results, r.inputs, r.at, r.size = r.results[:0], r.inputs[:0], r.at[:0], 0
	return nil
}
