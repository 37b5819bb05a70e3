package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"hosho/models"
)

// maxOrderLine is the longest line taken, the limit of one order in the API too.
const maxOrderLine = 1 << 20

// ndjsonOrders reads an order a line: the body of PUT /orders/{number} with its number.
type ndjsonOrders struct {
	in   *bufio.Reader
	file io.Closer // nil for the standard input
	size int64     // bytes; 0 if unknown
	read int64
}

func openNDJSON(path string, stdin io.Reader) (*ndjsonOrders, error) {
	if path == "-" {
		return &ndjsonOrders{in: bufio.NewReaderSize(stdin, 64<<10)}, nil
	}
	f, err := os.Open(path) //nolint:gosec // the file the operator named
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder, and ndjson is a file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &ndjsonOrders{in: bufio.NewReaderSize(f, 64<<10), file: f, size: info.Size()}, nil
}

func (s *ndjsonOrders) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

func (s *ndjsonOrders) notes() []string { return nil }

func (s *ndjsonOrders) done() float64 {
	if s.size == 0 {
		return 0
	}
	return min(1, float64(s.read)/float64(s.size))
}

func (s *ndjsonOrders) next() (sourceOrder, error) {
	for {
		line, tooLong, err := s.line()
		if err != nil {
			return sourceOrder{}, err
		}
		switch {
		case tooLong:
			return sourceOrder{refused: &refusal{Code: codeTooLarge, Detail: "the line is longer than 1 MiB"}}, nil
		case len(bytes.TrimSpace(line)) > 0:
			return readOrder(line), nil
		}
	}
}

// line returns the next line without its end. Of one that is too long nothing is kept.
func (s *ndjsonOrders) line() (line []byte, tooLong bool, err error) {
	for {
		part, err := s.in.ReadSlice('\n')
		s.read += int64(len(part))
		if len(line)+len(part) > maxOrderLine+1 {
			line, tooLong = nil, true
		}
		if !tooLong {
			line = append(line, part...)
		}
		switch {
		case err == nil:
			return bytes.TrimRight(line, "\r\n"), tooLong, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && (len(line) > 0 || tooLong):
			return line, tooLong, nil
		default:
			return nil, false, err
		}
	}
}

// numberedOrder is a line: the number stands beside the body of PUT /orders/{number}.
type numberedOrder struct {
	Number string `json:"number"`
	models.OrderInput
}

func readOrder(line []byte) sourceOrder {
	o := sourceOrder{raw: line}
	if !utf8.Valid(line) {
		o.refused = &refusal{Code: codeMalformed, Detail: "the line is not UTF-8"}
		return o
	}
	var in numberedOrder
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	err := d.Decode(&in)
	if _, e := d.Token(); err == nil && !errors.Is(e, io.EOF) {
		err = errors.New("something follows the order")
	}
	if err == nil {
		err = checkNames(json.NewDecoder(bytes.NewReader(line)))
	}
	o.number, o.input = in.Number, in.OrderInput
	o.input.Number = in.Number
	if err != nil {
		o.refused = &refusal{Code: codeMalformed, Detail: err.Error()}
	}
	return o
}

// checkNames refuses what encoding/json lets pass and the API does not: of two equal names the
// last would win, and a name in other letters would be taken for ours.
func checkNames(d *json.Decoder) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('['):
		for d.More() {
			if err := checkNames(d); err != nil {
				return err
			}
		}
	case json.Delim('{'):
		seen := map[string]bool{}
		for d.More() {
			token, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := token.(string)
			if seen[name] {
				return fmt.Errorf("the field %q stands there twice", name)
			}
			if strings.ToLower(name) != name {
				return fmt.Errorf("the field %q is not known", name)
			}
			seen[name] = true
			if err := checkNames(d); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	_, err = d.Token() // the closing bracket
	return err
}
