package handlers

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"hosho/templates"
)

// page fills what every page has. Handlers add what is theirs and give it to render.
func (h *Handlers) page(c *gin.Context, title string, content any) templates.Page {
	locale := h.localeOf(c)
	p := templates.Page{Lang: locale, Title: title, Site: h.config.Site, Content: content, NoIndex: true}
	if rest, ok := strings.CutPrefix(pagePath(c), "/"+locale+"/"); ok {
		p.Path, p.Base = rest, h.config.BaseURL
		if q := c.Request.URL.RawQuery; q != "" && c.Request.Method == http.MethodGet {
			p.Path += "?" + q
		}
	}
	now, err := h.store.Now(c.Request.Context())
	if err != nil {
		h.note(c, fmt.Errorf("read the clock for a page: %w", err))
		now = h.store.MachineNow() // a page about a failing database must not need it
	}
	p.Now = now.Time()
	if h.furnish != nil {
		h.furnish(c, &p)
	}
	return p
}

// render writes a page. Nothing is written when its template fails.
func (h *Handlers) render(c *gin.Context, status int, name string, p templates.Page) error {
	return h.templates.Render(pageWriter{c, status, p.Lang}, p.Lang, name, p)
}

// pageWriter sends a page that is whole, in one piece and without a copy of it.
type pageWriter struct {
	c      *gin.Context
	status int
	lang   string
}

func (w pageWriter) Write(page []byte) (int, error) {
	if !w.c.Writer.Written() {
		header := w.c.Writer.Header()
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Content-Language", w.lang)
		if header.Get("Cache-Control") == "" {
			header.Set("Cache-Control", "no-store")
		}
		header.Add("Vary", "Accept-Encoding")
		body := page
		if len(page) >= smallPage && acceptsGzip(w.c.Request) {
			z := zippers.Get().(*zipper)
			defer zippers.Put(z)
			if squeezed, err := z.squeeze(page); err == nil {
				header.Set("Content-Encoding", "gzip")
				body = squeezed
			}
		}
		header.Set("Content-Length", strconv.Itoa(len(body)))
		w.c.Writer.WriteHeader(w.status)
		_, _ = w.c.Writer.Write(body) // a client that went away is no failure of ours
		return len(page), nil
	}
	_, _ = w.c.Writer.Write(page)
	return len(page), nil
}

// smallPage is what one packet of a network takes anyway.
const smallPage = 1400

// zipper is reused from page to page: a fresh one costs more than a page.
type zipper struct {
	out bytes.Buffer
	gz  *gzip.Writer
}

// Fast and reused: pages are text made for one reader, so nothing is gained by trying hard.
var zippers = sync.Pool{New: func() any {
	z := &zipper{}
	z.gz, _ = gzip.NewWriterLevel(&z.out, gzip.BestSpeed) // the level is one there is
	return z
}}

func (z *zipper) squeeze(page []byte) ([]byte, error) {
	z.out.Reset()
	z.gz.Reset(&z.out)
	if _, err := z.gz.Write(page); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := z.gz.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return z.out.Bytes(), nil
}

// acceptsGzip reads what browsers send; whoever refuses it says so with q=0.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(name, "gzip") {
			q := strings.ReplaceAll(weight, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
