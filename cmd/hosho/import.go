package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-isatty"

	"hosho/models"
)

type importCommand struct {
	Orders importOrdersCommand `cmd:"" help:"Orders. What is refused is counted by reason; run again, it changes nothing."`
}

type importOrdersCommand struct {
	databaseFlags
	Path    string `arg:"" help:"ndjson: a file, - for the standard input. olist: the folder of its CSV files."`
	Format  string `placeholder:"ndjson|olist" help:"ndjson: an order of PUT /orders a line, with its number. olist: the Brazilian E-Commerce data set."`
	Rejects string `placeholder:"FILE" help:"Write each refused order with its reasons here, as NDJSON."`
}

func (cmd importOrdersCommand) Run(ctx context.Context, p program) (err error) {
	var c config
	wrong := p.wrong
	zone := defaultZone
	switch cmd.Format {
	case "ndjson":
	case "olist":
		zone = olistZone
	case "":
		wrong.add("format", "is needed: ndjson or olist")
	default:
		wrong.add("format", "%q is not known; want ndjson or olist", cmd.Format)
	}
	cmd.check(&c, &wrong, zone)
	if err := wrong.err(); err != nil {
		return err
	}
	var source orderSource
	if cmd.Format == "olist" {
		source, err = openOlist(cmd.Path, c.Zone)
	} else {
		source, err = openNDJSON(cmd.Path, p.stdin)
	}
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer source.Close()
	store, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	run := orderImport{store: store, reasons: map[string]int{}, progress: newProgress(p.stderr)}
	if cmd.Rejects != "" {
		f, err := os.Create(cmd.Rejects)
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		run.rejects = f
	}
	if err := run.all(ctx, source); err != nil {
		return fmt.Errorf("import: stopped after %d orders, run it again to go on: %w", run.total(), err)
	}
	run.report(p, source)
	if run.refused > 0 {
		return exitCode(exitPartial)
	}
	return nil
}

// orderSource gives one order after the other and io.EOF at the end.
type orderSource interface {
	next() (sourceOrder, error)
	done() float64 // 0–1, for people who wait
	notes() []string
	Close() error
}

// sourceOrder is one order of a source, sound as far as the source can tell, or refused.
type sourceOrder struct {
	number  string
	input   models.OrderInput
	refused *refusal
	raw     []byte // the line it came on, for the file of rejects; nil where there is none
}

// refusal says why an order was not taken. Code is stable and is what is counted.
type refusal struct {
	Code   string
	Fields []models.FieldError
	Detail string
}

// The codes of orders that cannot be read, beside those of models.
const (
	codeMalformed = "malformed"
	codeTooLarge  = "too_large"
)

// importBatch orders share a transaction. Memory holds one batch, whatever the source's size.
const importBatch = 400

type orderImport struct {
	store    *models.Store
	rejects  io.Writer // nil: nobody wants them
	progress progress

	taken, refused int
	reasons        map[string]int
	outcomes       map[models.PutOutcome]int
}

func (run *orderImport) total() int { return run.taken + run.refused }

func (run *orderImport) all(ctx context.Context, source orderSource) error {
	run.outcomes = map[models.PutOutcome]int{}
	defer run.progress.clear()
	var batch []sourceOrder
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		order, err := source.next()
		if errors.Is(err, io.EOF) {
			return run.put(ctx, batch)
		}
		if err != nil {
			return errors.Join(err, run.put(ctx, batch))
		}
		if batch = append(batch, order); len(batch) < importBatch {
			continue
		}
		if err := run.put(ctx, batch); err != nil {
			return err
		}
		clear(batch)
		batch = batch[:0]
		run.progress.show(run.total(), source.done())
	}
}

// put takes one batch; an order that is refused does not stop the others.
func (run *orderImport) put(ctx context.Context, batch []sourceOrder) error {
	inputs := make([]models.OrderInput, 0, len(batch))
	for _, o := range batch {
		if o.refused == nil {
			inputs = append(inputs, o.input)
		}
	}
	results, err := run.store.PutOrders(ctx, models.Actor{Role: models.RoleIntegration}, inputs)
	if err != nil {
		return err
	}
	for _, o := range batch {
		if o.refused == nil {
			result := results[0]
			results = results[1:]
			if result.Err == nil {
				run.taken++
				run.outcomes[result.Outcome]++
				continue
			}
			if o.refused, err = refusalOf(result.Err); err != nil {
				return err
			}
		}
		run.refused++
		run.reasons[o.refused.Code]++
		if err := run.reject(o); err != nil {
			return err
		}
	}
	return nil
}

// refusalOf turns an order's own fault into a refusal; any other error ends the import.
func refusalOf(err error) (*refusal, error) {
	var e *models.Error
	if !errors.As(err, &e) || e.Kind != models.Invalid {
		return nil, err
	}
	return &refusal{Code: e.Code, Fields: e.Fields, Detail: detailOf(e)}, nil
}

func detailOf(e *models.Error) string {
	var parts []string
	for _, f := range e.Fields {
		parts = append(parts, f.Field+": "+f.Code)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Args)) {
		parts = append(parts, fmt.Sprintf("%s: %v", name, e.Args[name]))
	}
	return strings.Join(parts, ", ")
}

// rejectLine is one line of the file of rejects. Order is the line as it was sent, so that a
// corrected copy can be imported.
type rejectLine struct {
	OrderNumber string          `json:"order_number,omitempty"`
	Code        string          `json:"code"`
	Detail      string          `json:"detail,omitempty"`
	Errors      []rejectField   `json:"errors,omitempty"`
	Order       json.RawMessage `json:"order,omitempty"`
	Line        string          `json:"line,omitempty"` // where it is no JSON
}

type rejectField struct {
	Field string `json:"field"`
	Code  string `json:"code"`
}

func (run *orderImport) reject(o sourceOrder) error {
	if run.rejects == nil {
		return nil
	}
	line := rejectLine{OrderNumber: o.number, Code: o.refused.Code, Detail: o.refused.Detail}
	for _, f := range o.refused.Fields {
		line.Errors = append(line.Errors, rejectField{f.Field, f.Code})
	}
	switch {
	case json.Valid(o.raw):
		line.Order = o.raw
	case len(o.raw) > 0:
		line.Line = string(o.raw)
	}
	body, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("write rejects: %w", err)
	}
	if _, err := run.rejects.Write(append(body, '\n')); err != nil {
		return fmt.Errorf("write rejects: %w", err)
	}
	return nil
}

// report writes what became of all orders. It is the same each time the same orders are
// imported; what was new this time is said beside it.
func (run *orderImport) report(p program, source orderSource) {
	p.printf("%d orders: %d taken, %d refused\n", run.total(), run.taken, run.refused)
	codes := slices.SortedFunc(maps.Keys(run.reasons), func(a, b string) int {
		if d := run.reasons[b] - run.reasons[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, code := range codes {
		p.printf("%8d  %s\n", run.reasons[code], code)
	}
	for _, note := range source.notes() {
		p.printf("%s\n", note)
	}
	_, _ = fmt.Fprintf(p.stderr, "new %d, changed %d, unchanged %d, older than stored %d\n", run.outcomes[models.OrderCreated],
		run.outcomes[models.OrderUpdated], run.outcomes[models.OrderUnchanged], run.outcomes[models.OrderStale])
}

// progress is one line on a terminal that is written over; anywhere else it is silent.
type progress struct {
	out   io.Writer
	began time.Time
}

func newProgress(out io.Writer) progress {
	if f, ok := out.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return progress{out, time.Now()}
	}
	return progress{}
}

func (p progress) show(orders int, done float64) {
	if p.out == nil {
		return
	}
	rate := float64(orders) / max(time.Since(p.began).Seconds(), 0.001)
	_, _ = fmt.Fprintf(p.out, "\r%3.0f %%  %d orders  %.0f/s ", done*100, orders, rate)
}

func (p progress) clear() {
	if p.out != nil {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}
