// Package static holds the files a browser fetches besides the pages: one
// style sheet, one small script, one sheet of icons. They are compiled into
// the program, so a copy of the binary is a whole portal.
//
// Each file is also reachable under a name that carries a hash of its content
// (css/app.1f2e3d4c5b.css). Such a name can be kept by browsers for ever: a
// new release has new names. Pages must therefore link through URL, never by
// a name written down.
//
// The package knows no HTTP: a handler asks Open for a file and writes it out.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"
)

// Prefix is the path below which the portal serves these files.
const Prefix = "/static/"

//go:embed css js img
var tree embed.FS

// File is one file as it goes over the wire.
type File struct {
	Body        []byte
	Gzip        []byte // Body compressed; nil where that saves nothing
	ContentType string
	ETag        string // strong, quoted
	Immutable   bool   // asked for by its hashed name: may be kept for ever
}

type assets struct {
	byName map[string]File   // plain and hashed names
	hashed map[string]string // plain name to hashed name
}

var load = sync.OnceValue(func() assets {
	a := assets{byName: map[string]File{}, hashed: map[string]string{}}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := tree.ReadFile(name)
		if err != nil {
			return err
		}
		if path.Ext(name) == ".css" {
			body = lean(body)
		}
		packed, err := pack(body)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		hash := hex.EncodeToString(sum[:])[:10]
		ext := path.Ext(name)
		long := strings.TrimSuffix(name, ext) + "." + hash + ext
		f := File{Body: body, Gzip: packed, ContentType: contentType(ext), ETag: `"` + hash + `"`}
		a.byName[name] = f
		f.Immutable = true
		a.byName[long] = f
		a.hashed[name] = long
		return nil
	})
	if err != nil {
		// The tree is compiled in: this can only be a broken build.
		panic(fmt.Errorf("static: %w", err))
	}
	return a
})

// URL gives the address of a file, as "/static/css/app.1f2e3d4c5b.css" for
// "css/app.css". ok is false for a file that does not exist.
func URL(name string) (url string, ok bool) {
	long, ok := load().hashed[name]
	return Prefix + long, ok
}

// Open finds a file by the part of its address after Prefix, plain or hashed.
func Open(name string) (File, bool) {
	f, ok := load().byName[strings.TrimPrefix(name, Prefix)]
	return f, ok
}

// Names lists the plain names, in no particular order.
func Names() []string {
	names := make([]string, 0, len(load().hashed))
	for name := range load().hashed {
		names = append(names, name)
	}
	return names
}

var (
	comment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	indent  = regexp.MustCompile(`\s*\n\s*`)
)

// lean leaves out of a style sheet what only we read: comments and indentation. Ours has no
// text in which they could mean something.
func lean(css []byte) []byte {
	return indent.ReplaceAll(comment.ReplaceAll(css, nil), []byte("\n"))
}

func pack(body []byte) ([]byte, error) {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if buf.Len() >= len(body) {
		return nil, nil
	}
	return buf.Bytes(), nil
}

// contentType is written out because the machine's own table of types may
// differ, and because browsers told not to guess refuse a wrong one.
func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return "application/octet-stream"
	}
}
