package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"regexp"
	"strings"
	"time"
)

// A case file is a ZIP of one form only: entries one after another, stored as they are, each
// with its size and checksum before it, one date for all, no comments and nothing in between.
// So its bytes follow from its entries, and a reader can make them anew and compare. It is
// written here, and not by archive/zip, because that may write other bytes one day, and every
// case file ever made would then look changed.

// zipEntry is what the directory of a ZIP says of one file.
type zipEntry struct {
	name   string
	size   uint32
	crc    uint32
	offset uint32 // of its header
}

const (
	localHeaderSize   = 30
	centralHeaderSize = 46
	endSize           = 22
	localMagic        = "PK\x03\x04"
	maxEntries        = math.MaxUint16 - 1
	maxZip            = math.MaxUint32 - 1 // bytes; beyond it another form begins
	maxName           = 100
	zipVersion        = 20
	zipMadeBy         = 3<<8 | zipVersion // Unix, so that the mode is understood
	zipMode           = 0o100644 << 16
)

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)?$`)

func validName(name string) bool {
	return len(name) <= maxName && namePattern.MatchString(name) && !strings.Contains(name, "..")
}

// zipDate is an instant as ZIP writes it, in UTC and whole pairs of seconds.
func zipDate(at time.Time) (day, second uint16) {
	at = at.UTC()
	year := min(max(at.Year(), 1980), 2107)
	day = uint16((year-1980)<<9 | int(at.Month())<<5 | at.Day())
	second = uint16(at.Hour()<<11 | at.Minute()<<5 | at.Second()/2)
	return day, second
}

func (e zipEntry) localHeader(at time.Time) []byte {
	day, second := zipDate(at)
	b := append(make([]byte, 0, localHeaderSize+len(e.name)), localMagic...)
	b = binary.LittleEndian.AppendUint16(b, zipVersion)
	b = append(b, 0, 0, 0, 0) // no flags, stored
	b = binary.LittleEndian.AppendUint16(b, second)
	b = binary.LittleEndian.AppendUint16(b, day)
	b = binary.LittleEndian.AppendUint32(b, e.crc)
	b = binary.LittleEndian.AppendUint32(b, e.size)
	b = binary.LittleEndian.AppendUint32(b, e.size)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(e.name)))
	b = append(b, 0, 0)
	return append(b, e.name...)
}

func (e zipEntry) centralHeader(at time.Time) []byte {
	day, second := zipDate(at)
	b := append(make([]byte, 0, centralHeaderSize+len(e.name)), "PK\x01\x02"...)
	b = binary.LittleEndian.AppendUint16(b, zipMadeBy)
	b = binary.LittleEndian.AppendUint16(b, zipVersion)
	b = append(b, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, second)
	b = binary.LittleEndian.AppendUint16(b, day)
	b = binary.LittleEndian.AppendUint32(b, e.crc)
	b = binary.LittleEndian.AppendUint32(b, e.size)
	b = binary.LittleEndian.AppendUint32(b, e.size)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(e.name)))
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0) // no extra field, no comment, disk 0, binary
	b = binary.LittleEndian.AppendUint32(b, zipMode)
	b = binary.LittleEndian.AppendUint32(b, e.offset)
	return append(b, e.name...)
}

// zipDirectory is all that follows the last entry.
func zipDirectory(entries []zipEntry, start uint32, at time.Time) []byte {
	var b []byte
	for _, e := range entries {
		b = append(b, e.centralHeader(at)...)
	}
	size := uint32(len(b))
	b = append(b, "PK\x05\x06\x00\x00\x00\x00"...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(entries)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(entries)))
	b = binary.LittleEndian.AppendUint32(b, size)
	b = binary.LittleEndian.AppendUint32(b, start)
	return append(b, 0, 0)
}

// errTooLarge is a case file that would not fit its form.
var errTooLarge = errors.New("seal: more than a case file can hold")

// zipWriter writes one file after another.
type zipWriter struct {
	to      io.Writer
	at      time.Time
	entries []zipEntry
	written int64
}

func (z *zipWriter) add(name string, crc uint32, size int64, body io.Reader) error {
	if !validName(name) {
		return fmt.Errorf("seal: no name for an entry: %.120q", name)
	}
	after := z.written + localHeaderSize + int64(len(name)) + size
	if after > maxZip || len(z.entries) >= maxEntries {
		return errTooLarge
	}
	e := zipEntry{name, uint32(size), crc, uint32(z.written)}
	if _, err := z.to.Write(e.localHeader(z.at)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if n, err := io.Copy(z.to, body); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	} else if n != size {
		return fmt.Errorf("write %s: %d bytes where there were %d", name, n, size)
	}
	z.entries, z.written = append(z.entries, e), after
	return nil
}

func (z *zipWriter) close() error {
	if _, err := z.to.Write(zipDirectory(z.entries, uint32(z.written), z.at)); err != nil {
		return fmt.Errorf("write directory: %w", err)
	}
	return nil
}

// foundEntry is an entry as a foreign file states it.
type foundEntry struct {
	zipEntry
	data int64 // where its bytes begin
}

// scanZip goes through the entries of a foreign file from its start, as far as they go. It
// believes only sizes that lie within the file. end is where the entries end.
func scanZip(r io.ReaderAt, size int64) (entries []foundEntry, end int64, err error) {
	var head [localHeaderSize]byte
	for end+localHeaderSize <= size && len(entries) <= maxEntries {
		if _, err := r.ReadAt(head[:], end); err != nil {
			return nil, 0, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		if string(head[:4]) != localMagic {
			break
		}
		name := make([]byte, binary.LittleEndian.Uint16(head[26:]))
		if len(name) > maxName {
			break
		}
		data := end + localHeaderSize + int64(len(name)) + int64(binary.LittleEndian.Uint16(head[28:]))
		e := foundEntry{zipEntry{
			crc: binary.LittleEndian.Uint32(head[14:]), size: binary.LittleEndian.Uint32(head[18:]), offset: uint32(min(end, math.MaxUint32)),
		}, data}
		if data+int64(e.size) > size {
			break
		}
		if _, err := r.ReadAt(name, end+localHeaderSize); err != nil {
			return nil, 0, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		e.name = string(name)
		entries, end = append(entries, e), data+int64(e.size)
	}
	return entries, end, nil
}

// sumOf reads bytes of a file once and returns both of its checksums.
func sumOf(r io.Reader, also io.Writer) (crc uint32, size int64, err error) {
	sum := crc32.NewIEEE()
	size, err = io.Copy(io.MultiWriter(sum, also), r)
	return sum.Sum32(), size, err
}
