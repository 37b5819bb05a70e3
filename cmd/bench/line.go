package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// line is a caller's connection to the server. net/http's client takes about as much of the
// processor as a short answer takes the server, and here both share it; what is measured is
// the server, so that its callers do no more than send a request and read the answer whole,
// as load generators do.
type line struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

func dial(ctx context.Context, address string) (*line, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &line{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// call sends a request and reads the whole answer, which is good until the next call.
func (l *line) call(request []byte) (status int, body []byte, err error) {
	if err := l.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, nil, err
	}
	if _, err := l.conn.Write(request); err != nil {
		return 0, nil, err
	}
	head, err := l.in.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(head) < len("HTTP/1.1 200") {
		return 0, nil, fmt.Errorf("answer begins with %q", head)
	}
	if status, err = strconv.Atoi(string(head[9:12])); err != nil {
		return 0, nil, fmt.Errorf("answer begins with %q", head)
	}
	length := -1
	for {
		head, err = l.in.ReadSlice('\n')
		if err != nil {
			return 0, nil, err
		}
		if len(head) <= 2 {
			break
		}
		name, value, _ := bytes.Cut(head, []byte(":"))
		if len(name) == len("Content-Length") && bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, nil, fmt.Errorf("content-length: %w", err)
			}
		}
	}
	if length < 0 {
		return 0, nil, errors.New("an answer that does not say how long it is")
	}
	if cap(l.body) < length {
		l.body = make([]byte, length+length/4)
	}
	l.body = l.body[:length]
	_, err = io.ReadFull(l.in, l.body)
	return status, l.body, err
}
