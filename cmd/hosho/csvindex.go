package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"slices"
	"strings"
)

// csvIndex finds the rows of a CSV file by one column, in whatever order they stand. It holds
// 24 bytes a row and reads rows from the file when they are asked for.
type csvIndex struct {
	file    *os.File
	key     int
	columns []indexedColumn
	fields  int
	seed    maphash.Seed
	entries []csvEntry // by hash, then by place
}

type indexedColumn struct {
	name  string
	place int
}

type csvEntry struct {
	hash  uint64
	start int64 // bytes from the file's start
	size  int64
}

const byteOrderMark = "\xef\xbb\xbf"

// readHeader reads the first row as column names and refuses a file that lacks one.
func readHeader(r *csv.Reader, name string, columns []string) (map[string]int, error) {
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		err = errors.New("the file is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	places := make(map[string]int, len(header))
	for i, column := range header {
		places[strings.TrimPrefix(column, byteOrderMark)] = i
	}
	var missing []string
	for _, column := range columns {
		if _, ok := places[column]; !ok {
			missing = append(missing, column)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s: lacks %s", name, strings.Join(missing, ", "))
	}
	return places, nil
}

// openIndex reads the file once from top to bottom. A row that is not CSV is an error, since
// nobody could say whose it is.
func openIndex(path, key string, columns []string) (*csvIndex, error) {
	f, err := os.Open(path) //nolint:gosec // in the folder the operator named
	if err != nil {
		return nil, err
	}
	x := &csvIndex{file: f, seed: maphash.MakeSeed()}
	if err := x.build(key, columns); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return x, nil
}

func (x *csvIndex) build(key string, columns []string) error {
	r := csv.NewReader(x.file)
	r.ReuseRecord = true
	places, err := readHeader(r, x.file.Name(), append([]string{key}, columns...))
	if err != nil {
		return err
	}
	x.key, x.fields = places[key], r.FieldsPerRecord
	for _, name := range columns {
		x.columns = append(x.columns, indexedColumn{name, places[name]})
	}
	for {
		start := r.InputOffset()
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", x.file.Name(), err)
		}
		x.entries = append(x.entries, csvEntry{maphash.String(x.seed, row[x.key]), start, r.InputOffset() - start})
	}
	slices.SortFunc(x.entries, func(a, b csvEntry) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.start, b.start))
	})
	return nil
}

// rows returns the columns asked for of all rows with this key, as they stand in the file.
func (x *csvIndex) rows(key string) ([]map[string]string, error) {
	hash := maphash.String(x.seed, key)
	i, _ := slices.BinarySearchFunc(x.entries, hash, func(e csvEntry, h uint64) int { return cmp.Compare(e.hash, h) })
	var list []map[string]string
	for ; i < len(x.entries) && x.entries[i].hash == hash; i++ {
		row, err := x.read(x.entries[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", x.file.Name(), err)
		}
		if row[x.key] != key {
			continue // another key of the same hash
		}
		values := make(map[string]string, len(x.columns))
		for _, c := range x.columns {
			values[c.name] = row[c.place]
		}
		list = append(list, values)
	}
	return list, nil
}

func (x *csvIndex) read(e csvEntry) ([]string, error) {
	body := make([]byte, e.size)
	if _, err := x.file.ReadAt(body, e.start); err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(body))
	r.FieldsPerRecord = x.fields
	return r.Read()
}

// Close may be called on an index that was never opened.
func (x *csvIndex) Close() error {
	if x == nil {
		return nil
	}
	return x.file.Close()
}
