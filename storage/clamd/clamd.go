// Package clamd asks a ClamAV daemon whether a file is safe, by its INSTREAM command. What
// is no plain answer is an error: a file is clean only where the daemon says so.
package clamd

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"
)

// Limits of one scan.
const (
	scanTime  = 30 * time.Second // unless the context ends earlier
	checkTime = 5 * time.Second
	chunkSize = 64 << 10
	maxAnswer = 4 << 10 // bytes
)

// ErrAnswer is an answer that is neither clean nor a finding, such as one about a limit of
// the daemon's own.
var ErrAnswer = errors.New("clamd gave no verdict")

// Scanner is a daemon's address. It keeps no connection.
type Scanner struct {
	network, address string
	timeout          time.Duration
}

// Parse reads tcp://HOST:PORT or unix:PATH.
func Parse(raw string) (*Scanner, error) {
	if path, ok := strings.CutPrefix(raw, "unix:"); ok {
		if path = strings.TrimPrefix(path, "//"); !strings.HasPrefix(path, "/") {
			return nil, errors.New("want unix: and an absolute path")
		}
		return &Scanner{"unix", path, scanTime}, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "tcp" || u.Hostname() == "" || u.Port() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("want tcp://HOST:PORT or unix:PATH")
	}
	return &Scanner{"tcp", u.Host, scanTime}, nil
}

// String is the address, which holds no secret.
func (s *Scanner) String() string { return s.network + " " + s.address }

// Scan sends all of file to the daemon, in chunks, so that memory stays the same whatever its
// size. found names what the daemon found, "" when it said that there is nothing. An error
// says nothing about the file.
func (s *Scanner) Scan(ctx context.Context, file io.Reader) (found string, err error) {
	var read error
	answer, err := s.ask(ctx, s.timeout, func(conn net.Conn) error {
		if _, err := conn.Write([]byte("zINSTREAM\x00")); err != nil {
			return err
		}
		buffer := make([]byte, 4+chunkSize)
		for {
			n, err := io.ReadFull(file, buffer[4:])
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				read = fmt.Errorf("read the file to scan: %w", err)
				return read
			}
			if n > 0 {
				binary.BigEndian.PutUint32(buffer, uint32(n))
				if _, err := conn.Write(buffer[:4+n]); err != nil {
					return err
				}
			}
			if err != nil {
				break
			}
		}
		_, err := conn.Write([]byte{0, 0, 0, 0})
		return err
	})
	if read != nil {
		return "", read
	}
	if err != nil {
		return "", fmt.Errorf("scan by clamd: %w", err)
	}
	said, ok := strings.CutPrefix(answer, "stream: ")
	if name, isFound := strings.CutSuffix(said, " FOUND"); ok && isFound && name != "" {
		return name, nil
	}
	if ok && said == "OK" {
		return "", nil
	}
	return "", fmt.Errorf("%w: %q", ErrAnswer, answer)
}

// Check reports whether the daemon answers, with its version.
func (s *Scanner) Check(ctx context.Context) (version string, err error) {
	version, err = s.ask(ctx, checkTime, func(conn net.Conn) error {
		_, err := conn.Write([]byte("zVERSION\x00"))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("ask clamd: %w", err)
	}
	if !strings.HasPrefix(version, "ClamAV ") {
		return "", fmt.Errorf("%w: %q", ErrAnswer, version)
	}
	return version, nil
}

// ask opens a connection, sends and reads one answer that ends in a zero byte. A daemon that
// has had enough answers and hangs up before everything is sent: then its answer counts, not
// the broken pipe.
func (s *Scanner) ask(ctx context.Context, limit time.Duration, send func(net.Conn) error) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, s.network, s.address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	sendErr := send(conn)
	answer, readErr := io.ReadAll(io.LimitReader(conn, maxAnswer+1))
	if err := ctx.Err(); err != nil {
		return "", err
	}
	line, rest, whole := bytes.Cut(answer, []byte{0})
	switch {
	case len(answer) > maxAnswer:
		return "", fmt.Errorf("%w: more than %d bytes", ErrAnswer, maxAnswer)
	case whole && len(rest) == 0:
		return string(line), nil
	case sendErr != nil:
		return "", sendErr
	case readErr != nil:
		return "", readErr
	}
	return "", fmt.Errorf("%w: %q", ErrAnswer, shorten(answer))
}

func shorten(b []byte) []byte { return b[:min(len(b), 100)] }
