package handlers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	// maxLine bounds one line of a batch.
	maxLine = 1 << 20
	// batchLines and batchBytes bound what shares a transaction.
	batchLines = 100
	batchBytes = 1 << 20
	// maxKeyedBatch bounds a batch under an Idempotency-Key, which is compared and answered
	// as a whole; without a key there is no end to a batch.
	maxKeyedBatch = 8 << 20
)

// lineBatch is what a batch does with its lines. They are counted from 1 as they come.
type lineBatch interface {
	// add takes a line, or errLongLine in its place.
	add(n int, line []byte, err error)
	// full says that what has come is to be stored before more does.
	full() bool
	// put stores what has come, writes its results and says how many they are.
	put(out *json.Encoder) (int, error)
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

// streamLines takes a body line by line and answers line by line while more come.
func (h *Handlers) streamLines(c *gin.Context, b lineBatch) error {
	req := requestOf(c)
	if req.raw != nil {
		var out bytes.Buffer
		if err := eachLine(bytes.NewReader(req.raw), b, &out, nil); err != nil {
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
	return eachLine(c.Request.Body, b, c.Writer, c.Writer.Flush)
}

func eachLine(body io.Reader, b lineBatch, out io.Writer, flush func()) error {
	lines, results := bufio.NewReaderSize(body, 64<<10), json.NewEncoder(out)
	for n := 1; ; n++ {
		line, err := readLine(lines)
		if len(bytes.TrimSpace(line)) > 0 || errors.Is(err, errLongLine) {
			b.add(n, line, err)
		}
		ended := err != nil && !errors.Is(err, errLongLine)
		if ended || b.full() || lines.Buffered() == 0 {
			written, err := b.put(results)
			if err != nil {
				return err
			}
			if flush != nil && written > 0 {
				flush()
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

// lineProblem is what is said of a line that is refused: the status of its kind, and the problem.
func (h *Handlers) lineProblem(c *gin.Context, err error) (int, *problem) {
	h.note(c, err)
	status, e := statusOf(err)
	var p problem
	if err := json.Unmarshal(h.problemAnswer(c, status, e).body, &p); err != nil {
		panic(err) // it was written a moment ago
	}
	return status, &p
}

// writeLines writes each value as a line.
func writeLines[T any](out *json.Encoder, list []T) error {
	for i := range list {
		if err := out.Encode(list[i]); err != nil {
			return fmt.Errorf("write results: %w", err)
		}
	}
	return nil
}
