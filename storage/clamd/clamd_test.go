package clamd

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// serve answers each connection with what behave does, and returns the address.
func serve(t *testing.T, behave func(net.Conn)) *Scanner {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				behave(conn)
			}()
		}
	}()
	s, err := Parse("tcp://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s.timeout = 2 * time.Second
	return s
}

// stream reads an INSTREAM command whole.
func stream(conn net.Conn) ([]byte, error) {
	head := make([]byte, len("zINSTREAM\x00"))
	if _, err := io.ReadFull(conn, head); err != nil {
		return nil, err
	}
	if string(head) != "zINSTREAM\x00" {
		return nil, errors.New("another command")
	}
	var all []byte
	for {
		var size [4]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return nil, err
		}
		n := binary.BigEndian.Uint32(size[:])
		if n == 0 {
			return all, nil
		}
		part := make([]byte, n)
		if _, err := io.ReadFull(conn, part); err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
}

func say(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := stream(conn); err == nil {
			_, _ = io.WriteString(conn, answer)
		}
	}
}

// Whatever a daemon does, a file is clean only where it says so in its own plain words.
func TestOnlyAPlainAnswerIsAVerdict(t *testing.T) {
	for _, c := range []struct {
		name   string
		behave func(net.Conn)
		found  string
		ok     bool
	}{
		{"clean", say("stream: OK\x00"), "", true},
		{"found", say("stream: Eicar-Test-Signature FOUND\x00"), "Eicar-Test-Signature", true},
		{"found, in two parts", func(conn net.Conn) {
			if _, err := stream(conn); err == nil {
				_, _ = io.WriteString(conn, "stream: Eicar")
				time.Sleep(50 * time.Millisecond)
				_, _ = io.WriteString(conn, " FOUND\x00")
			}
		}, "Eicar", true},
		{"an error", say("stream: Can't allocate memory ERROR\x00"), "", false},
		{"a limit", say("INSTREAM size limit exceeded. ERROR\x00"), "", false},
		{"a limit, before all is sent", func(conn net.Conn) {
			_, _ = io.ReadFull(conn, make([]byte, 1000))
			_, _ = io.WriteString(conn, "INSTREAM size limit exceeded. ERROR\x00")
		}, "", false},
		{"clean, before all is sent", func(conn net.Conn) {
			_, _ = io.ReadFull(conn, make([]byte, 100))
		}, "", false},
		{"nothing found by name", say("stream:  FOUND\x00"), "", false},
		{"OK alone", say("OK\x00"), "", false},
		{"found alone", say("Eicar FOUND\x00"), "", false},
		{"a name too long to be one", say("stream: " + strings.Repeat("x", maxAnswer) + " FOUND\x00"), "", false},
		{"nearly OK", say("stream: OKAY\x00"), "", false},
		{"something more", say("stream: OK\x00stream: OK\x00"), "", false},
		{"cut off", say("stream: OK"), "", false},
		{"cut off while naming", say("stream: OK, but Eicar FOU"), "", false},
		{"garbage", say("\x01\x02\xff\xfe\x00"), "", false},
		{"without end", func(conn net.Conn) {
			if _, err := stream(conn); err == nil {
				for {
					if _, err := conn.Write(bytes.Repeat([]byte("stream: OK "), 100)); err != nil {
						return
					}
				}
			}
		}, "", false},
		{"silence", func(conn net.Conn) { _, _ = stream(conn); time.Sleep(3 * time.Second) }, "", false},
		{"reading nothing", func(net.Conn) { time.Sleep(3 * time.Second) }, "", false},
		{"hanging up", func(net.Conn) {}, "", false},
		{"a web server", func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 10))
			_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n")
		}, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.behave)
			start := time.Now()
			found, err := s.Scan(t.Context(), bytes.NewReader(bytes.Repeat([]byte("x"), 10<<20)))
			if found != c.found || (err == nil) != c.ok {
				t.Errorf("found %q, %v", found, err)
			}
			if took := time.Since(start); took > 2900*time.Millisecond {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestAllBytesArriveInConstantMemory(t *testing.T) {
	for _, size := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 7} {
		want := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		got := make(chan []byte, 1)
		s := serve(t, func(conn net.Conn) {
			b, err := stream(conn)
			if err == nil {
				got <- b
				_, _ = io.WriteString(conn, "stream: OK\x00")
			}
		})
		if _, err := s.Scan(t.Context(), bytes.NewReader(want)); err != nil {
			t.Fatal(err)
		}
		if b := <-got; !bytes.Equal(b, want) {
			t.Errorf("of %d bytes %d arrived", size, len(b))
		}
	}
	s := serve(t, func(conn net.Conn) {
		_, _ = io.Copy(io.Discard, io.LimitReader(conn, 10+50<<20))
		_, _ = io.WriteString(conn, "stream: OK\x00")
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = s.Scan(t.Context(), io.LimitReader(zeros{}, 50<<20))
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 2<<20 {
		t.Errorf("50 MB took %d bytes of memory", grown)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestAFileThatCannotBeRead(t *testing.T) {
	s := serve(t, say("stream: OK\x00"))
	broken := io.MultiReader(strings.NewReader("half"), readerFunc(func([]byte) (int, error) { return 0, errors.New("disk") }))
	if found, err := s.Scan(t.Context(), broken); err == nil || found != "" || !strings.Contains(err.Error(), "disk") {
		t.Errorf("found %q, %v", found, err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestACancelledScanEndsAtOnce(t *testing.T) {
	s := serve(t, func(net.Conn) { time.Sleep(3 * time.Second) })
	s.timeout = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := s.Scan(ctx, strings.NewReader("x")); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Second {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
}

// What answers at the address but is no daemon of ClamAV's is no scanner.
func TestCheck(t *testing.T) {
	for said, ok := range map[string]bool{"ClamAV 1.4.3/27000": true, "": false, "UNKNOWN COMMAND": false, "clamav": false} {
		s := serve(t, func(conn net.Conn) {
			asked := make([]byte, len("zVERSION\x00"))
			if _, err := io.ReadFull(conn, asked); err == nil && string(asked) == "zVERSION\x00" {
				_, _ = io.WriteString(conn, said+"\x00")
			}
		})
		if version, err := s.Check(t.Context()); (err == nil) != ok || ok && version != said {
			t.Errorf("%q: %q, %v", said, version, err)
		}
	}
}

func TestParse(t *testing.T) {
	for raw, want := range map[string]string{
		"tcp://127.0.0.1:3310": "tcp 127.0.0.1:3310", "tcp://clamd:3310": "tcp clamd:3310", "tcp://[::1]:3310": "tcp [::1]:3310",
		"unix:/run/clamav/clamd.ctl": "unix /run/clamav/clamd.ctl", "unix:///run/clamd.ctl": "unix /run/clamd.ctl",
		"": "", "clamd:3310": "", "tcp://clamd": "", "http://clamd:1": "", "unix:clamd.ctl": "", "unix:": "", "tcp://u:p@clamd:1": "", "tcp://clamd:1/x": "", "tcp://clamd:1?x=y": "", "tcp://clamd:1#x": "",
	} {
		s, err := Parse(raw)
		if got := ""; (err == nil) != (want != "") {
			t.Errorf("%q: %v", raw, err)
		} else if s != nil {
			if got = s.String(); got != want {
				t.Errorf("%q is %q", raw, got)
			}
		}
	}
}

// The EICAR text, in two parts so that no scanner of this machine takes the test for it.
var eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-` + `STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// A real daemon, with a database of one signature of our own.
func TestRealDaemon(t *testing.T) {
	s := realDaemon(t)
	version, err := s.Check(t.Context())
	if err != nil || !strings.HasPrefix(version, "ClamAV ") {
		t.Fatalf("version %q, %v", version, err)
	}
	for content, want := range map[string]string{
		"a picture": "", "": "", eicar: "Hosho.Test.UNOFFICIAL", strings.Repeat("x", 200_000) + eicar: "Hosho.Test.UNOFFICIAL",
	} {
		if found, err := s.Scan(t.Context(), strings.NewReader(content)); err != nil || found != want {
			t.Errorf("%d bytes: %q, %v, want %q", len(content), found, err, want)
		}
	}
	// Over its limit of a megabyte the daemon gives no verdict.
	if found, err := s.Scan(t.Context(), io.LimitReader(zeros{}, 5<<20)); err == nil || found != "" {
		t.Errorf("over the limit: %q, %v", found, err)
	}
}

// realDaemon starts clamd where it is installed.
func realDaemon(t *testing.T) *Scanner {
	t.Helper()
	program, err := exec.LookPath("clamd")
	if err != nil {
		if _, err = os.Stat("/usr/sbin/clamd"); err == nil {
			program = "/usr/sbin/clamd"
		}
	}
	if err != nil {
		if strings.Contains(","+os.Getenv("HOSHO_TEST_REQUIRE")+",", ",clamd,") {
			t.Fatal("clamd is required and not installed (Debian: clamav-daemon)")
		}
		t.Skip("clamd is not installed (Debian: clamav-daemon)")
	}
	dir := t.TempDir()
	sock, err := os.MkdirTemp("", "clamd") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(sock) })
	socket := filepath.Join(sock, "s")
	signature := "Hosho.Test:0:*:" + strings.ToLower(strings.Join(hexOf(eicar), "")) + "\n"
	config := "LocalSocket " + socket + "\nDatabaseDirectory " + dir + "/db\nForeground yes\nStreamMaxLength 1M\nTemporaryDirectory " + dir + "\n"
	if os.Getuid() == 0 {
		config += "User root\n"
	}
	if err := errors.Join(os.Mkdir(dir+"/db", 0o755), os.WriteFile(dir+"/db/own.ndb", []byte(signature), 0o600), os.WriteFile(dir+"/clamd.conf", []byte(config), 0o600)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "--config-file="+dir+"/clamd.conf")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	s, err := Parse("unix:" + socket)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if _, err = s.Check(t.Context()); err == nil {
			return s
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("clamd does not answer: %v\n%s", err, out.String())
	return nil
}

func hexOf(s string) []string {
	const digits = "0123456789abcdef"
	list := make([]string, 0, len(s))
	for i := range len(s) {
		list = append(list, string(digits[s[i]>>4])+string(digits[s[i]&15]))
	}
	return list
}
