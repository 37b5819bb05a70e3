package handlers

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/calendar"
)

// The answers of the API are structs of their own, never rows: what is not named here
// cannot leak. Names and nulls are those of API.md.

// moneyView is integer minor units of a currency.
type moneyView struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// list is one page of a list.
type list[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

func replyList[T any](c *gin.Context, items []T, next string) error {
	if items == nil {
		items = []T{}
	}
	return reply(c, http.StatusOK, list[T]{items, orNull(next)})
}

// orNull gives null for "nothing".
func orNull[T comparable](v T) *T {
	var nothing T
	if v == nothing {
		return nil
	}
	return &v
}

func dateOrNull(d calendar.Date) *string {
	if d.IsZero() {
		return nil
	}
	s := d.String()
	return &s
}

func filled[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// pageOf reads limit and cursor.
func pageOf(c *gin.Context) (models.Page, error) {
	page := models.Page{Cursor: c.Query("cursor")}
	text, given := c.GetQuery("limit")
	if !given {
		return page, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return page, invalidField("limit", "not_a_number")
	}
	if n < 1 || n > models.MaxPage {
		return page, invalidField("limit", "out_of_range")
	}
	page.Limit = n
	return page, nil
}

func invalidField(field, code string) error {
	return &models.Error{Kind: models.Invalid, Code: "invalid_fields", Fields: []models.FieldError{{Field: field, Code: code}}}
}

// onlyQuery refuses parameters a route does not know: a filter with a slip in its name must
// not quietly list everything.
func onlyQuery(c *gin.Context, known ...string) error {
	for name := range c.Request.URL.Query() {
		found := false
		for _, k := range known {
			found = found || k == name
		}
		if !found {
			return badField(codeUnknownField, shorten(name))
		}
	}
	return nil
}

// lineParam is the number of an order line in the path.
func lineParam(c *gin.Context) (int, error) {
	text := c.Param("line")
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || strconv.Itoa(n) != text {
		return 0, notFound()
	}
	return n, nil
}

type sellerRefView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type evidenceView struct {
	ID        string         `json:"id"`
	By        models.Side    `json:"by"`
	FileName  string         `json:"file_name"`
	MediaType string         `json:"media_type"`
	Size      int64          `json:"size"`
	SHA256    string         `json:"sha256"`
	Width     *int           `json:"width"`
	Height    *int           `json:"height"`
	Pages     *int           `json:"pages"`
	Covered   int            `json:"covered"`
	Late      bool           `json:"late"`
	Note      *string        `json:"note"`
	At        models.Instant `json:"at"`

	Admitted    bool    `json:"admitted"`     // it is late and counts all the same
	AdmitReason *string `json:"admit_reason"` // why a lead let it count

	Status    models.UploadState `json:"status"`
	RemovedAt models.Instant     `json:"removed_at"`
}

func evidenceViews(files []models.Evidence) []evidenceView {
	views := make([]evidenceView, 0, len(files))
	for _, e := range files {
		views = append(views, viewEvidence(e))
	}
	return views
}

func viewEvidence(e models.Evidence) evidenceView {
	return evidenceView{
		ID: e.ID, By: e.By, FileName: e.FileName, MediaType: e.MediaType, Size: e.Size, SHA256: e.SHA256,
		Width: orNull(e.Width), Height: orNull(e.Height), Pages: orNull(e.Pages), Covered: e.Covered, Late: e.Late, Note: orNull(e.Note), At: e.At,
		Admitted: e.AdmittedAt != 0, AdmitReason: orNull(e.AdmitReason),
		Status: e.State, RemovedAt: e.RemovedAt,
	}
}
