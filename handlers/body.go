package handlers

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

const (
	// maxFields bounds the values of a form, counted before it is parsed.
	maxFields = 100
	// formOverhead is what boundaries, headers and file names may add to a file.
	formOverhead = 64 << 10
	// maxFiles is how many files one form may bring.
	maxFiles = 20
	// maxPageBody bounds what a page takes before its handler sets a limit of its own.
	maxPageBody = maxFiles*models.MaxUpload + maxForm
)

// cleanText refuses what no address or name of ours holds: text that is not UTF-8, control
// characters.
func cleanText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// form is what a page was sent: strings as they were typed. Files are handed to take as they
// come; they are never held in memory.
type form struct {
	url.Values
}

// formFile is a file of a form, while its bytes arrive. values are the fields that came before it.
type formFile struct {
	field, name, mediaType string
	values                 url.Values
	body                   io.Reader
}

// covered is how many regions of it were covered, as the field before it says.
func (f formFile) covered() (int, error) {
	typed := f.values.Get(coveredField)
	if typed == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(typed)
	if err != nil {
		return 0, invalidField(coveredField, "not_a_number")
	}
	return n, nil
}

// readForm reads a form of either encoding within the limits; take gets each file with a
// name and may be nil where a form has none. Kinds: Malformed, TooLarge.
func readForm(c *gin.Context, take func(formFile) error) (form, error) {
	mediaType, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	switch {
	case err == nil && mediaType == "multipart/form-data":
		return readMultipart(c.Request, take)
	case err == nil && mediaType == "application/x-www-form-urlencoded":
	case c.Request.ContentLength == 0:
		return form{url.Values{}}, nil
	default:
		return form{}, malformed("not a form")
	}
	body, err := io.ReadAll(io.LimitReader(c.Request.Body, maxForm+1))
	switch {
	case err != nil:
		return form{}, malformed("read form: " + err.Error())
	case len(body) > maxForm:
		return form{}, tooLarge(maxForm)
	case strings.Count(string(body), "&") >= maxFields:
		return form{}, malformed("too many fields")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return form{}, malformed("form: " + err.Error())
	}
	return checkForm(values)
}

func checkForm(values url.Values) (form, error) {
	for name, list := range values {
		for _, v := range append([]string{name}, list...) {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return form{}, malformed("form: not text")
			}
		}
	}
	return form{values}, nil
}

func readMultipart(r *http.Request, take func(formFile) error) (form, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return form{}, malformed("multipart: " + err.Error())
	}
	values, left, fields, files := url.Values{}, int64(maxForm), 0, 0
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return checkForm(values)
		}
		if err != nil {
			return form{}, badStream(err)
		}
		if fields++; fields > maxFields {
			return form{}, malformed("too many fields")
		}
		if isFile(part) {
			if part.FileName() == "" {
				continue // a file input left empty
			}
			if files++; files > maxFiles {
				return form{}, &models.Error{Kind: models.Invalid, Code: "too_many_files", Args: map[string]any{"max": maxFiles, "now": files}}
			}
			if take == nil {
				return form{}, malformed("no file is taken here")
			}
			if err := take(formFile{part.FormName(), part.FileName(), part.Header.Get("Content-Type"), values, part}); err != nil {
				return form{}, err
			}
			continue
		}
		v, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return form{}, badStream(err)
		}
		if left -= int64(len(v)); left < 0 {
			return form{}, tooLarge(maxForm)
		}
		values.Add(part.FormName(), string(v))
	}
}

// isFile tells a file from a value by its disposition, as FileName hides an empty name.
func isFile(p *multipart.Part) bool {
	_, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	_, named := params["filename"]
	return err == nil && named
}

func badStream(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return tooLarge(large.Limit)
	}
	return malformed("multipart: " + err.Error())
}
