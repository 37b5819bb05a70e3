package modelstest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Restartable is a MariaDB server of one test's own, with its durability on, that can be killed and
// started again on the same folder and port. It is gone when the test ends.
type Restartable struct {
	tb      testing.TB
	args    []string
	dir     string
	port    int
	command *exec.Cmd
	server  *mariaServer
	// lifeline is held open for as long as the server is to live.
	lifeline *os.File
}

// RestartableMariaDB starts one and returns it with the address of an empty database, as MariaDB does.
func RestartableMariaDB(tb testing.TB) (*Restartable, string) {
	tb.Helper()
	mariadbd, installer := program("mariadbd"), program("mariadb-install-db")
	if mariadbd == "" || installer == "" {
		if required("mariadb") {
			tb.Fatalf("%v, and HOSHO_TEST_REQUIRE asks for one", errNoServer)
		}
		tb.Skipf("skipped: %v", errNoServer)
	}
	template, err := templateData(mariadbd, installer)
	if err != nil {
		tb.Fatal(err)
	}
	r := &Restartable{tb: tb}
	if r.dir, err = socketDir(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		r.Kill()
		if err := os.RemoveAll(r.dir); err != nil {
			tb.Error(err)
		}
	})
	if err := errors.Join(os.CopyFS(filepath.Join(r.dir, "data"), os.DirFS(template)), os.Mkdir(filepath.Join(r.dir, "tmp"), 0o700)); err != nil {
		tb.Fatal(err)
	}
	if r.port, err = freePort(); err != nil {
		tb.Fatal(err)
	}
	r.args = []string{
		mariadbd, "--no-defaults", "--datadir=" + filepath.Join(r.dir, "data"), "--socket=" + r.socket(), "--pid-file=" + filepath.Join(r.dir, "pid"), "--tmpdir=" + filepath.Join(r.dir, "tmp"),
		"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(r.port), "--skip-log-bin", "--skip-name-resolve", "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M",
		"--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci", "--default-time-zone=+00:00", "--performance-schema=OFF",
		"--innodb-flush-log-at-trx-commit=1",
	}
	if os.Geteuid() == 0 {
		r.args = append(r.args, "--user=root")
	}
	r.start()
	if r.server, err = logIn(r.socket(), r.port); err != nil {
		tb.Fatal(err)
	}
	if err := r.server.exec("CREATE DATABASE hosho CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"); err != nil {
		tb.Fatal(err)
	}
	return r, r.server.address("hosho")
}

func (r *Restartable) socket() string { return filepath.Join(r.dir, "s") }

// killableScript runs the server beside a read of standard input, as lifelineScript does, and leaves its
// folder.
const killableScript = `trap '' INT HUP QUIT
dir=$1; shift
"$@" </dev/null >>"$dir/log" 2>&1 &
read -r _
kill -KILL $! 2>/dev/null
wait`

func (r *Restartable) start() {
	r.tb.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		r.tb.Fatal(err)
	}
	defer read.Close()
	r.command, r.lifeline = exec.Command("/bin/sh", append([]string{"-c", killableScript, "sh", r.dir}, r.args...)...), write
	r.command.Stdin = read
	if err := r.command.Start(); err != nil {
		r.tb.Fatal(err)
	}
}

// Kill ends the server at once, as kill -9 does.
func (r *Restartable) Kill() {
	if r.command == nil {
		return
	}
	_ = r.lifeline.Close()
	_ = r.command.Wait() // the shell tells how the server ended
	r.command = nil
}

// Start has a killed server up again: it answers when this returns.
func (r *Restartable) Start() {
	r.tb.Helper()
	r.start()
	var err error
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = r.server.exec("DO 1"); err == nil {
			return
		}
	}
	log, _ := os.ReadFile(filepath.Join(r.dir, "log"))
	r.tb.Fatal(fmt.Errorf("the server did not come back: %w; its last words:\n%s", err, tail(string(log), 10)))
}
