package inspect

import (
	"errors"
	"io"
)

// splice reads a new file that is made of stretches of the inspected one and
// of a few bytes of our own between them. So a copy without metadata costs no
// memory, whatever its size.
type splice struct {
	from  io.ReadSeeker
	parts []part
	size  int64
	at    int64 // position in the new file
	index int   // of the part at is in
	into  int64 // how far at is in it
	seek  bool  // from does not stand where the next read begins
}

type part struct {
	literal []byte // or, if nil:
	offset  int64
	length  int64
}

func newSplice(from io.ReadSeeker) *splice { return &splice{from: from, seek: true} }

// text appends bytes of our own.
func (s *splice) text(b []byte) {
	if len(b) > 0 {
		s.parts = append(s.parts, part{literal: b, length: int64(len(b))})
		s.size += int64(len(b))
	}
}

// keep appends a stretch of the file, joined to the one before if it follows.
func (s *splice) keep(offset, length int64) {
	if length <= 0 {
		return
	}
	s.size += length
	if n := len(s.parts); n > 0 && s.parts[n-1].literal == nil && s.parts[n-1].offset+s.parts[n-1].length == offset {
		s.parts[n-1].length += length
		return
	}
	s.parts = append(s.parts, part{offset: offset, length: length})
}

func (s *splice) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for s.index < len(s.parts) && s.into == s.parts[s.index].length {
		s.index, s.into, s.seek = s.index+1, 0, true
	}
	if s.index == len(s.parts) {
		return 0, io.EOF
	}
	now := s.parts[s.index]
	if left := now.length - s.into; int64(len(p)) > left {
		p = p[:left]
	}
	n, err := 0, error(nil)
	if now.literal != nil {
		n = copy(p, now.literal[s.into:])
	} else {
		if s.seek {
			if _, err := s.from.Seek(now.offset+s.into, io.SeekStart); err != nil {
				return 0, err
			}
			s.seek = false
		}
		n, err = s.from.Read(p)
		if errors.Is(err, io.EOF) {
			if err = nil; n == 0 {
				err = io.ErrUnexpectedEOF // the file became shorter
			}
		}
	}
	s.at += int64(n)
	s.into += int64(n)
	return n, err
}

func (s *splice) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.at
	case io.SeekEnd:
		offset += s.size
	}
	if offset < 0 || offset > s.size {
		return s.at, errors.New("inspect: seek outside the copy")
	}
	s.at, s.index, s.into, s.seek = offset, 0, offset, true
	for s.index < len(s.parts) && s.into > s.parts[s.index].length {
		s.into -= s.parts[s.index].length
		s.index++
	}
	return offset, nil
}
