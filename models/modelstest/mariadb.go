// Package modelstest gives tests the real databases the program runs on: a file of SQLite in the test's own folder,
// or a database of its own on a MariaDB server. Nothing here is a stand-in; a test that passes has met the engine.
//
// The environment chooses:
//
//	HOSHO_TEST_DB       "sqlite" (or unset) or "mariadb": what Database hands out
//	HOSHO_TEST_MYSQL    mysql://USER:PASS@HOST:PORT/, a server to use in place of a private one; the account must be
//	                    allowed to create and drop databases, whose names all start with hosho_test_
//	HOSHO_TEST_REQUIRE  a comma-separated list; with "mariadb" in it a missing server fails the test, which
//	                    otherwise is skipped with a sentence
package modelstest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Database returns the address of a fresh, empty database on the engine that HOSHO_TEST_DB names, in the form that
// the program's --database takes. The database is gone when the test ends.
func Database(tb testing.TB) string {
	tb.Helper()
	switch engine := os.Getenv("HOSHO_TEST_DB"); engine {
	case "", "sqlite":
		return "sqlite:" + filepath.Join(tb.TempDir(), "hosho.db")
	case "mariadb":
		return MariaDB(tb)
	default:
		tb.Fatalf("HOSHO_TEST_DB is %q; it can be sqlite or mariadb", engine)
		return ""
	}
}

// MariaDB creates an empty database and returns its address as mysql://USER:PASS@HOST:PORT/NAME?PARAMETERS. The
// database is dropped when the test ends.
//
// All tests of one process share one server: the one in HOSHO_TEST_MYSQL, or a private one that this process starts
// on a free port of 127.0.0.1 and that does not outlive it, however it ends. The private server does not wait for the
// disk, so it says nothing about durability.
func MariaDB(tb testing.TB) string {
	tb.Helper()
	srv, err := server()
	if errors.Is(err, errNoServer) {
		if required("mariadb") {
			tb.Fatalf("%v, and HOSHO_TEST_REQUIRE asks for one", err)
		}
		tb.Skipf("skipped: %v", err)
	}
	if err != nil {
		tb.Fatalf("start MariaDB: %v", err)
	}
	name, err := srv.create()
	if err != nil {
		tb.Fatalf("create database: %v", err)
	}
	tb.Cleanup(func() {
		if err := srv.exec("DROP DATABASE " + name); err != nil {
			tb.Errorf("drop database: %v", err)
		}
	})
	return srv.address(name)
}

// errNoServer says that this machine has nothing to run: a reason to skip, unlike a server that fails to start.
var errNoServer = errors.New("no MariaDB server is installed here (mariadbd, mariadb-install-db) and HOSHO_TEST_MYSQL names none")

// mariaServer is a running server: admin may create databases, and user (over TCP) may do everything with them.
type mariaServer struct {
	admin *sql.DB
	user  *url.Userinfo
	host  string // host:port
	// lifeline is held open for as long as this process lives; see startPrivate.
	lifeline *os.File
	idle     databases
}

// create makes an empty database.
func (s *mariaServer) create() (name string, err error) {
	name = "hosho_test_" + randomHex(8)
	return name, s.exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
}

// server returns the one server of this process, started at the first call.
var server = sync.OnceValues(func() (*mariaServer, error) {
	if address := os.Getenv("HOSHO_TEST_MYSQL"); address != "" {
		return connectGiven(address)
	}
	return startPrivate()
})

func (s *mariaServer) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err := s.admin.ExecContext(ctx, statement)
	return err
}

// address writes the connection parameters of the program out in full: UTC on both sides, microseconds as they are,
// and rows affected counting the rows found, on which every compare-and-set relies.
func (s *mariaServer) address(database string) string {
	parameters := url.Values{
		"charset":           {"utf8mb4"},
		"clientFoundRows":   {"true"},
		"collation":         {"utf8mb4_unicode_ci"},
		"interpolateParams": {"true"},
		"loc":               {"UTC"},
		"parseTime":         {"true"},
		"time_zone":         {"'+00:00'"},
	}
	u := url.URL{Scheme: "mysql", User: s.user, Host: s.host, Path: "/" + database, RawQuery: parameters.Encode()}
	return u.String()
}

// connectGiven uses a server that somebody else runs.
func connectGiven(address string) (*mariaServer, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "mysql" || u.User == nil || u.Hostname() == "" {
		// The address holds a password, so it is not repeated.
		return nil, errors.New("HOSHO_TEST_MYSQL is not of the form mysql://USER:PASS@HOST:PORT/")
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "3306")
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User = "tcp", host, u.User.Username()
	config.Passwd, _ = u.User.Password()
	admin, err := open(config)
	if err != nil {
		return nil, err
	}
	srv := &mariaServer{admin: admin, user: u.User, host: host}
	if err := srv.exec("DO 1"); err != nil {
		return nil, fmt.Errorf("reach HOSHO_TEST_MYSQL: %w", errors.Join(err, admin.Close()))
	}
	return srv, nil
}

// lifelineScript runs the server beside a read of standard input. That pipe's other end is in the test process only,
// so the read returns when the process ends by any cause, SIGKILL among them; then server and folder go. Signals a
// terminal sends to everyone are left to the test process.
const lifelineScript = `trap '' INT HUP QUIT
dir=$1; shift
"$@" </dev/null >"$dir/log" 2>&1 &
read -r _
kill -KILL $! 2>/dev/null
wait
rm -rf "$dir"`

// startPrivate starts a server in a folder of its own.
func startPrivate() (*mariaServer, error) {
	mariadbd, installer := program("mariadbd"), program("mariadb-install-db")
	if mariadbd == "" || installer == "" {
		return nil, errNoServer
	}
	template, err := templateData(mariadbd, installer)
	if err != nil {
		return nil, err
	}
	// Another process may take the free port between our look and the server's: then the server stops at once.
	for attempt := 1; ; attempt++ {
		srv, err := startOn(mariadbd, template)
		if err == nil || attempt == 3 {
			return srv, err
		}
	}
}

func startOn(mariadbd, template string) (*mariaServer, error) {
	dir, err := socketDir()
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(filepath.Join(dir, "data"), os.DirFS(template)); err != nil {
		return nil, fmt.Errorf("copy the template: %w", errors.Join(err, os.RemoveAll(dir)))
	}
	if err := os.Mkdir(filepath.Join(dir, "tmp"), 0o700); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	port, err := freePort()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	socket := filepath.Join(dir, "s")
	args := []string{
		"-c", lifelineScript, "sh", dir,
		mariadbd, "--no-defaults", "--datadir=" + filepath.Join(dir, "data"), "--socket=" + socket,
		"--pid-file=" + filepath.Join(dir, "pid"), "--tmpdir=" + filepath.Join(dir, "tmp"),
		"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(port), "--skip-log-bin", "--skip-name-resolve",
		"--innodb-buffer-pool-size=64M", "--innodb-log-file-size=8M", "--max-connections=500",
		"--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci", "--default-time-zone=+00:00",
		"--performance-schema=OFF",
		// Nothing here must survive a power cut.
		"--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--innodb-doublewrite=0",
	}
	if os.Geteuid() == 0 {
		args = append(args, "--user=root")
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	defer read.Close()
	watch := exec.Command("/bin/sh", args...)
	watch.Stdin = read
	if err := watch.Start(); err != nil {
		return nil, errors.Join(err, write.Close(), os.RemoveAll(dir))
	}
	gone := make(chan struct{})
	go func() {
		_ = watch.Wait() // the script's own exit says nothing; the server's log does
		close(gone)
	}()
	srv, err := logIn(socket, port)
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		err = fmt.Errorf("%w; the server's last words:\n%s", err, tail(string(log), 10))
		err = errors.Join(err, write.Close())
		<-gone
		return nil, err
	}
	srv.lifeline = write
	return srv, nil
}

// logIn waits for the server on its socket, which it opens last, and gives it an account with a password nobody else
// knows: so whoever answers on the port with it is this server, and no other user of the machine gets in.
func logIn(socket string, port int) (*mariaServer, error) {
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User = "unix", socket, "root"
	config.Logger = silent{}
	admin, err := open(config)
	if err != nil {
		return nil, err
	}
	srv := &mariaServer{admin: admin, user: url.UserPassword("hosho", randomHex(12)), host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	password, _ := srv.user.Password()
	// The first second covers a warm start; a loaded machine may take far longer.
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		err = srv.exec("DO 1")
		if err == nil {
			break
		}
		if time.Now().After(end) || stoppedEarly(socket) {
			return nil, errors.Join(fmt.Errorf("no answer: %w", err), admin.Close())
		}
	}
	for _, statement := range []string{
		"CREATE USER hosho@'127.0.0.1' IDENTIFIED BY '" + password + "'",
		"GRANT ALL ON *.* TO hosho@'127.0.0.1'",
		"DELETE FROM mysql.global_priv WHERE User <> 'hosho' AND Host <> 'localhost'",
		"FLUSH PRIVILEGES",
	} {
		if err := srv.exec(statement); err != nil {
			return nil, fmt.Errorf("set the test account up: %w", errors.Join(err, admin.Close()))
		}
	}
	return srv, nil
}

// stoppedEarly reports whether the server has logged that it gave up.
func stoppedEarly(socket string) bool {
	log, err := os.ReadFile(filepath.Join(filepath.Dir(socket), "log"))
	return err == nil && strings.Contains(string(log), "[ERROR] Aborting")
}

// silent drops the driver's complaints about a server that is not up yet.
type silent struct{}

func (silent) Print(...any) {}

func open(config *mysql.Config) (*sql.DB, error) {
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, fmt.Errorf("read the server's address: %w", err)
	}
	return sql.OpenDB(connector), nil
}

// templateData returns a data folder fresh from mariadb-install-db. It takes a second to make and 30 ms to copy, so it is
// kept for this user and this version of the server. Several processes may make it at once: each makes its own and the
// first to give it its name wins, so nobody waits for a lock and nobody sees half a folder.
func templateData(mariadbd, installer string) (string, error) {
	version, err := exec.Command(mariadbd, "--no-defaults", "--version").Output()
	if err != nil {
		return "", fmt.Errorf("ask the server's version: %w", err)
	}
	sum := sha256.Sum256(version)
	home := filepath.Join(os.TempDir(), fmt.Sprintf("hosho-mariadb-%d", os.Getuid()))
	if err := os.Mkdir(home, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(home)
	if err != nil {
		return "", err
	}
	if !info.IsDir() || info.Mode().Perm() != 0o700 {
		return "", fmt.Errorf("%s is not a folder of this user alone", home)
	}
	ready := filepath.Join(home, hex.EncodeToString(sum[:6]))
	if _, err := os.Stat(ready); err == nil {
		return ready, nil
	}
	making, err := os.MkdirTemp(home, "making-")
	if err != nil {
		return "", err
	}
	args := []string{
		"--no-defaults", "--datadir=" + making, "--auth-root-authentication-method=normal", "--skip-test-db",
		"--skip-name-resolve", "--innodb-log-file-size=8M", "--innodb-flush-method=nosync",
	}
	if os.Geteuid() == 0 {
		args = append(args, "--user=root")
	}
	// A server that starts removes the temporary tables it finds, also those of a neighbour; so this one gets a folder
	// of its own for them.
	scratch, err := os.MkdirTemp(home, "scratch-")
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(making))
	}
	defer os.RemoveAll(scratch)
	install := exec.Command(installer, args...)
	install.Env = append(os.Environ(), "TMPDIR="+scratch)
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("mariadb-install-db: %w\n%s", errors.Join(err, os.RemoveAll(making)), out)
	}
	if err := os.Rename(making, ready); err != nil {
		if _, there := os.Stat(ready); there != nil {
			return "", errors.Join(err, os.RemoveAll(making))
		}
		return ready, os.RemoveAll(making)
	}
	return ready, nil
}

// socketDir makes a folder whose name leaves room for the socket's: an address of a Unix socket holds 104 bytes on
// some systems, and a temporary folder may have a longer name than that.
func socketDir() (string, error) {
	for _, parent := range []string{os.TempDir(), "/tmp"} {
		dir, err := os.MkdirTemp(parent, "hosho-db-")
		if err != nil {
			return "", err
		}
		if len(dir)+len("/s") < 104 {
			return dir, nil
		}
		if err := os.RemoveAll(dir); err != nil {
			return "", err
		}
	}
	return "", errors.New("the temporary folder's name is too long for a socket")
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}

// program finds a program in PATH or where distributions put servers, which a plain user's PATH leaves out.
func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/libexec"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	return ""
}

// required reports whether HOSHO_TEST_REQUIRE lists the part.
func required(part string) bool {
	return slices.Contains(strings.Split(os.Getenv("HOSHO_TEST_REQUIRE"), ","), part)
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// tail returns the last lines of a text.
func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
