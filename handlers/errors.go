package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// This file holds the only table from kinds of failure to statuses, and is the only place
// that logs a failure.

// methodNotAllowed is a failure only HTTP knows.
const methodNotAllowed models.Kind = "method_not_allowed"

var statuses = map[models.Kind]int{
	models.Malformed:       http.StatusBadRequest,
	models.Unauthenticated: http.StatusUnauthorized,
	models.Forbidden:       http.StatusForbidden,
	models.NotFound:        http.StatusNotFound,
	methodNotAllowed:       http.StatusMethodNotAllowed,
	models.Conflict:        http.StatusConflict,
	models.Gone:            http.StatusGone,
	models.TooLarge:        http.StatusRequestEntityTooLarge,
	models.Invalid:         http.StatusUnprocessableEntity,
	models.TooMany:         http.StatusTooManyRequests,
	models.Unavailable:     http.StatusServiceUnavailable,
}

func unauthenticated() error {
	return &models.Error{Kind: models.Unauthenticated, Code: "unauthenticated"}
}
func forbidden() error { return &models.Error{Kind: models.Forbidden, Code: "forbidden"} }
func notFound() error  { return &models.Error{Kind: models.NotFound, Code: "not_found"} }

// statusOf also gives the error as ours; anything else is internal and keeps its words for
// the log.
func statusOf(err error) (int, *models.Error) {
	var e *models.Error
	if errors.As(err, &e) {
		if status, ok := statuses[e.Kind]; ok {
			return status, e
		}
	}
	if errors.Is(err, context.DeadlineExceeded) || models.Lost(err) {
		return http.StatusServiceUnavailable, &models.Error{Kind: models.Unavailable, Code: "unavailable", Err: err}
	}
	return http.StatusInternalServerError, &models.Error{Kind: "internal", Code: "internal", Err: err}
}

// problem is an error answer of the API (RFC 9457; API.md §2).
type problem struct {
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail"`
	Code      string         `json:"code"`
	Errors    []problemField `json:"errors"`
	RequestID string         `json:"request_id"`

	// What helps to act on it, where it is known.
	Reason         string          `json:"reason,omitempty"`
	AvailableAt    *models.Instant `json:"available_at,omitempty"`
	WaitEndsAt     *models.Instant `json:"wait_ends_at,omitempty"`
	DeadlineAt     *models.Instant `json:"deadline_at,omitempty"`
	CurrentVersion *int64          `json:"current_version,omitempty"`
	AllowedActions *[]string       `json:"allowed_actions,omitempty"`
	Rules          []ruleView      `json:"rules,omitempty"`
	LinesTotal     *int64          `json:"lines_total,omitempty"`
	PaymentsTotal  *int64          `json:"payments_total,omitempty"`
	MaxAmount      *int64          `json:"max_amount,omitempty"`
}

type problemField struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Min    *int64 `json:"min,omitempty"` // of an amount
	Max    *int64 `json:"max,omitempty"`
}

// fail answers with the failure, in the form of the route: a problem of the API or a page.
func (h *Handlers) fail(c *gin.Context, err error) {
	h.note(c, err)
	if c.Writer.Written() {
		return // the answer is under way already; what is missing shows that it failed
	}
	status, e := statusOf(err)
	if isAPI(c) {
		h.write(c, h.problemAnswer(c, status, e))
		return
	}
	h.failPage(c, status, e)
}

func isAPI(c *gin.Context) bool {
	return strings.HasPrefix(c.Request.URL.Path, "/api/") || strings.HasPrefix(c.Request.URL.Path, uploadPath)
}

// note logs a failure once: ours at fault with its cause, a refused action as a warning.
func (h *Handlers) note(c *gin.Context, err error) {
	status, e := statusOf(err)
	req := requestOf(c)
	if req.failed {
		return
	}
	level := slog.LevelError
	switch {
	case status >= http.StatusInternalServerError:
	case status == http.StatusForbidden:
		level = slog.LevelWarn
	default:
		return
	}
	if errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil {
		level = slog.LevelInfo // the client went away
	}
	req.failed = true
	attrs := []slog.Attr{
		slog.String("request_id", req.id), slog.String("route", c.FullPath()), slog.Int("status", status), slog.String("code", e.Code),
		slog.String("role", string(req.actor.Role)), slog.String("account", req.actor.AccountID), slog.String("error", err.Error()),
	}
	if req.route != nil && req.route.kind == apiRoute {
		attrs = append(attrs, slog.String("target", c.Request.URL.Path))
	}
	h.log.LogAttrs(c.Request.Context(), level, "failed", attrs...)
	if status == http.StatusForbidden && req.actor.AccountID != "" {
		h.noteRefusal(c, e)
	}
}

// noteRefusal writes into the audit log who was refused what; of strangers there is nothing to
// write. It is written even if they have gone.
func (h *Handlers) noteRefusal(c *gin.Context, e *models.Error) {
	ctx, req := context.WithoutCancel(c.Request.Context()), requestOf(c)
	if err := h.store.RecordRefusal(ctx, req.actor, e.Code, c.Request.Method, c.FullPath(), c.Request.URL.Path); err != nil {
		h.log.ErrorContext(ctx, "failed", "request_id", req.id, "route", c.FullPath(), "error", fmt.Sprintf("record a refusal: %v", err))
	}
}

// problemAnswer words a failure in the caller's language.
func (h *Handlers) problemAnswer(c *gin.Context, status int, e *models.Error) answer {
	req := requestOf(c)
	rules := h.wordsFor(c, e)
	locale := h.localeOf(c)
	p := problem{
		Title: h.title(locale, e.Code, status), Status: status, Code: e.Code, RequestID: req.id, Errors: []problemField{},
		Detail: h.detail(locale, e, rules),
	}
	for _, f := range e.Fields {
		least, most, _ := limitsOf(f.Args)
		p.Errors = append(p.Errors, problemField{f.Field, f.Code, h.fieldDetail(locale, f), least, most})
	}
	p.help(e.Args)
	if a, ok := models.AssessmentOf(e); ok {
		p.Rules = h.ruleViews(locale, a, rules)
	}
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // plain strings and numbers: cannot fail
	}
	a := answer{status: status, mediaType: "application/problem+json", body: append(body, '\n'), header: http.Header{}}
	switch status {
	case http.StatusUnauthorized:
		a.header.Set("WWW-Authenticate", `Bearer realm="hosho"`)
	case http.StatusServiceUnavailable:
		a.header.Set("Retry-After", "1")
	}
	if wait := retryAfter(e); wait != "" {
		a.header.Set("Retry-After", wait)
	}
	return a
}

// retryAfter is how long to wait in whole seconds, where that is known.
func retryAfter(e *models.Error) string {
	for _, name := range []string{"retry_after", "wait"} {
		if wait, ok := e.Args[name].(time.Duration); ok {
			return strconv.Itoa(int(secondsUp(wait) / time.Second))
		}
	}
	return ""
}

func (p *problem) help(args map[string]any) {
	instant := func(name string) *models.Instant {
		if at, ok := args[name].(models.Instant); ok && at != 0 {
			return &at
		}
		return nil
	}
	number := func(name string) *int64 {
		if n, ok := args[name].(int64); ok {
			return &n
		}
		return nil
	}
	p.AvailableAt, p.WaitEndsAt, p.DeadlineAt = instant("available_at"), instant("wait_ends_at"), instant("deadline_at")
	p.CurrentVersion, p.LinesTotal, p.PaymentsTotal = number("current_version"), number("lines_total"), number("payments_total")
	if p.Code == string(models.RuleAmountTooLarge) {
		p.MaxAmount = number("max_amount")
	}
	if names, ok := args["allowed_actions"].([]string); ok {
		p.AllowedActions = &names
	}
	if reason, ok := args["reason"].(string); ok {
		p.Reason = reason
	}
}

// text is a sentence of the catalogue, or "" when it is not there or lacks an argument.
func (h *Handlers) text(locale, key string, args map[string]any) string {
	if !h.catalog.Has(locale, key) {
		return ""
	}
	if s := h.catalog.Text(locale, key, args); s != key {
		return s
	}
	return ""
}

func (h *Handlers) title(locale, code string, status int) string {
	for _, key := range []string{"title." + code, "rule." + code + ".title"} {
		if s := h.text(locale, key, nil); s != "" {
			return s
		}
	}
	return cmp.Or(h.text(locale, "problem."+strconv.Itoa(status)+".title", nil), http.StatusText(status))
}

// detail is one sentence about what is wrong and what helps.
func (h *Handlers) detail(locale string, e *models.Error, rules *ruleWords) string {
	if a, ok := models.AssessmentOf(e); ok {
		return h.ruleDetail(locale, a, a.Rule(models.RuleCode(e.Code)), rules)
	}
	if reason, ok := e.Args["reason"].(string); ok {
		if e.Args["name"] == "" { // the bytes of an upload know its address alone
			e = e.With("name", h.text(locale, "upload.unnamed", nil))
		}
		if name, _ := e.Args["name"].(string); reason == "unsupported_type" && isHEIC(name) {
			reason = "heic"
		}
		if s := h.text(locale, "upload."+reason, e.Args); s != "" {
			return s
		}
	}
	if e.Code == "payments_do_not_add_up" {
		e = e.With("lines", e.Args["lines_total"]).With("payments", e.Args["payments_total"])
	}
	if e.Code == "invalid_fields" && len(e.Fields) == 1 {
		return h.fieldDetail(locale, e.Fields[0])
	}
	for _, key := range []string{"error." + e.Code, "field." + e.Code, "rule." + e.Code + ".detail"} {
		if s := h.text(locale, key, e.Args); s != "" {
			return s
		}
	}
	status, _ := statusOf(e)
	return cmp.Or(h.text(locale, "problem."+strconv.Itoa(status)+".detail", nil), h.text(locale, "error.invalid_fields", nil))
}

// isHEIC tells by its name a photo as phones keep them, about which people can be told what helps.
func isHEIC(fileName string) bool {
	switch strings.ToLower(path.Ext(fileName)) {
	case ".heic", ".heif", ".hif":
		return true
	}
	return false
}

func (h *Handlers) fieldDetail(locale string, f models.FieldError) string {
	args := map[string]any{"label": f.Field}
	for name, v := range f.Args {
		args[name] = v
	}
	for _, key := range []string{"field." + amountCode(f.Code, args), "error." + f.Code} {
		if s := h.text(locale, key, args); s != "" {
			return s
		}
	}
	return h.text(locale, "error.invalid_fields", nil)
}

// amountCode is the key of the sentence for a field that was refused: one about an amount says
// between which it must be, which the arguments are made to hold.
func amountCode(code string, args map[string]any) string {
	least, most, currency := limitsOf(args)
	if code != "out_of_range" || currency == "" {
		return code
	}
	args["min"], args["max"] = templates.Money{Amount: *least, Currency: currency}, templates.Money{Amount: *most, Currency: currency}
	return "amount_out_of_range"
}

// limitsOf are those of an amount in minor units, with its currency; nil and "" of anything else.
func limitsOf(args map[string]any) (least, most *int64, currency string) {
	low, ok := args["min"].(int64)
	high, also := args["max"].(int64)
	if currency, _ = args["currency"].(string); !ok || !also || currency == "" {
		return nil, nil, ""
	}
	return &low, &high, currency
}

func (h *Handlers) noRoute(c *gin.Context) { h.fail(c, notFound()) }

func (h *Handlers) noMethod(c *gin.Context) {
	h.fail(c, &models.Error{Kind: methodNotAllowed, Code: "method_not_allowed"})
}
