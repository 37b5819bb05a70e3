package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
)

// errNoServer says that this machine has no MariaDB to start.
var errNoServer = errors.New("no MariaDB server is installed here (mariadbd, mariadb-install-db)")

// mariaServer is a private server in a folder of its own, with the durability a server has
// by default: each commit waits for the disk.
type mariaServer struct {
	command *exec.Cmd
	folder  string
	port    int
	gone    chan struct{}
}

func startMariaDB(ctx context.Context) (*mariaServer, error) {
	mariadbd, installer := program("mariadbd"), program("mariadb-install-db")
	if mariadbd == "" || installer == "" {
		return nil, errNoServer
	}
	folder, err := os.MkdirTemp("", "hosho-bench-")
	if err != nil {
		return nil, err
	}
	s := &mariaServer{folder: folder, gone: make(chan struct{})}
	if err := s.start(ctx, mariadbd, installer); err != nil {
		log, _ := os.ReadFile(s.path("log"))
		s.stop()
		return nil, fmt.Errorf("start MariaDB: %w\n%s", err, log[max(0, len(log)-2000):])
	}
	return s, nil
}

func (s *mariaServer) path(name string) string { return filepath.Join(s.folder, name) }

func (s *mariaServer) start(ctx context.Context, mariadbd, installer string) error {
	for _, name := range []string{"tmp", "scratch"} {
		if err := os.Mkdir(s.path(name), 0o700); err != nil {
			return err
		}
	}
	var asRoot []string
	if os.Geteuid() == 0 {
		asRoot = []string{"--user=root"}
	}
	install := exec.CommandContext(ctx, installer, append([]string{ //nolint:gosec // found in PATH
		"--no-defaults", "--datadir=" + s.path("data"), "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
	}, asRoot...)...)
	install.Env = append(os.Environ(), "TMPDIR="+s.path("scratch"))
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.port = listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	log, err := os.Create(s.path("log"))
	if err != nil {
		return err
	}
	defer log.Close()
	s.command = exec.Command(mariadbd, append([]string{ //nolint:gosec,noctx // found in PATH; stopped by stop
		"--no-defaults", "--datadir=" + s.path("data"), "--socket=" + s.path("s"), "--pid-file=" + s.path("pid"), "--tmpdir=" + s.path("tmp"),
		"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(s.port), "--skip-log-bin", "--skip-name-resolve", "--max-connections=300",
		"--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci", "--default-time-zone=+00:00", "--performance-schema=OFF",
		"--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M", "--innodb-stats-on-metadata=OFF",
	}, asRoot...)...)
	s.command.Stdout, s.command.Stderr = log, log
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := s.command.Start(); err != nil {
		return err
	}
	go func() {
		_ = s.command.Wait() // the log says why
		close(s.gone)
	}()
	return s.waitForAnswer(ctx)
}

func (s *mariaServer) waitForAnswer(ctx context.Context) error {
	admin, err := s.open("", false)
	if err != nil {
		return err
	}
	defer admin.Close()
	for range 600 {
		if err = admin.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-s.gone:
			return errors.New("the server stopped")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return err
}

// open connects as the program does; raw work that reads prepares, what writes interpolates.
func (s *mariaServer) open(database string, interpolate bool) (*sql.DB, error) {
	c := mysql.NewConfig()
	c.Net, c.Addr, c.User, c.DBName = "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), "root", database
	c.ParseTime, c.Loc, c.ClientFoundRows, c.InterpolateParams = true, time.UTC, true, interpolate
	c.Params = map[string]string{"tx_isolation": "'READ-COMMITTED'", "time_zone": "'+00:00'"}
	c.Logger = quiet{}
	if err := c.Apply(mysql.Charset("utf8mb4", "utf8mb4_bin")); err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(24)
	db.SetMaxIdleConns(24)
	return db, nil
}

// url is a database of the server in the form of --database.
func (s *mariaServer) url(name string) string {
	return fmt.Sprintf("mysql://root@127.0.0.1:%d/%s", s.port, name)
}

func (s *mariaServer) stop() {
	if s.command != nil && s.command.Process != nil {
		_ = s.command.Process.Signal(syscall.SIGTERM)
		select {
		case <-s.gone:
		case <-time.After(20 * time.Second):
			_ = s.command.Process.Kill()
			<-s.gone
		}
	}
	_ = os.RemoveAll(s.folder)
}

// program finds a program in PATH or where distributions put servers.
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

// quiet drops the driver's complaints about a server that is not up yet.
type quiet struct{}

func (quiet) Print(...any) {}
