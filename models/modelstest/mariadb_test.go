package modelstest

import (
	"bufio"
	"context"
	"database/sql"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// connect opens an address of the program's form the way the driver wants it.
func connect(t *testing.T, address string) *sql.DB {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	db, err := sql.Open("mysql", u.User.Username()+":"+password+"@tcp("+u.Host+")"+u.Path+"?"+u.RawQuery)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestMariaDBIsEmptyAndOneForEachCall(t *testing.T) {
	first, second := connect(t, MariaDB(t)), connect(t, MariaDB(t))
	for _, statement := range []string{
		"CREATE TABLE letter (id INT PRIMARY KEY, at DATETIME(6) NOT NULL, body VARCHAR(40) NOT NULL)",
		"INSERT INTO letter VALUES (1, '2026-01-02 03:04:05.678901', '届きません👩‍🔧')",
	} {
		if _, err := first.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	var tables int
	if err := second.QueryRow("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("the second database holds %d tables (%v), want none", tables, err)
	}
	var at time.Time
	var body string
	if err := first.QueryRow("SELECT at, body FROM letter WHERE body = ?", "届きません👩‍🔧").Scan(&at, &body); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC); at != want {
		t.Errorf("an instant came back as %v, want %v", at, want)
	}
}

func TestMariaDBSessionSettings(t *testing.T) {
	db := connect(t, MariaDB(t))
	for query, want := range map[string]string{
		"SELECT @@session.time_zone":                                                                 "+00:00",
		"SELECT @@session.character_set_connection":                                                  "utf8mb4",
		"SELECT @@session.collation_connection":                                                      "utf8mb4_unicode_ci",
		"SELECT @@session.collation_database":                                                        "utf8mb4_unicode_ci",
		"SELECT @@session.sql_mode LIKE '%STRICT_TRANS_TABLES%'":                                     "1",
		"SELECT HOUR(TIMEDIFF(CURRENT_TIMESTAMP, UTC_TIMESTAMP))":                                    "0",
		"SELECT COUNT(*) FROM mysql.user WHERE User = '' OR (User = 'root' AND Host <> 'localhost')": "0",
	} {
		if os.Getenv("HOSHO_TEST_MYSQL") != "" && strings.Contains(query, "mysql.user") {
			continue // somebody else's server has its own accounts
		}
		var got string
		if err := db.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q (%v), want %q", query, got, err, want)
		}
	}
}

// A compare-and-set counts the rows it found, also when it changed nothing in them.
func TestMariaDBCountsFoundRows(t *testing.T) {
	db := connect(t, MariaDB(t))
	for _, statement := range []string{"CREATE TABLE c (id INT PRIMARY KEY, version INT NOT NULL)", "INSERT INTO c VALUES (1, 7)"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	result, err := db.Exec("UPDATE c SET version = 7 WHERE id = 1")
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := result.RowsAffected(); n != 1 {
		t.Errorf("an update that changes nothing affected %d rows, want 1", n)
	}
}

func TestMariaDBIsDroppedWithItsTest(t *testing.T) {
	var name string
	t.Run("inner", func(t *testing.T) {
		u, err := url.Parse(MariaDB(t))
		if err != nil {
			t.Fatal(err)
		}
		name = strings.TrimPrefix(u.Path, "/")
	})
	if name == "" {
		t.Skip("skipped: no MariaDB server")
	}
	var left int
	db := connect(t, MariaDB(t))
	if err := db.QueryRow("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?", name).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d databases called %s are left (%v)", left, name, err)
	}
}

func TestDatabaseFollowsTheEnvironment(t *testing.T) {
	for _, engine := range []string{"", "sqlite"} {
		t.Setenv("HOSHO_TEST_DB", engine)
		first, second := Database(t), Database(t)
		if !strings.HasPrefix(first, "sqlite:") || !strings.HasSuffix(first, "hosho.db") || first == second {
			t.Errorf("HOSHO_TEST_DB=%q gives %q and %q", engine, first, second)
		}
	}
	t.Setenv("HOSHO_TEST_DB", "mariadb")
	if address := Database(t); !strings.HasPrefix(address, "mysql://") {
		t.Errorf("HOSHO_TEST_DB=mariadb gives %q", address)
	}
}

// TestChild is what the next test runs as a process of its own: it starts a server, says where, and hangs.
func TestChild(t *testing.T) {
	if os.Getenv("HOSHO_TEST_CHILD") == "" {
		return
	}
	u, err := url.Parse(MariaDB(t))
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server()
	if err != nil {
		t.Fatal(err)
	}
	var datadir string
	if err := srv.admin.QueryRow("SELECT @@datadir").Scan(&datadir); err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("\nstarted " + u.Host + " " + datadir + "\n")
	time.Sleep(time.Minute)
}

// A test killed without a chance to clean up leaves neither a server nor its folder.
func TestServerDoesNotOutliveItsProcess(t *testing.T) {
	t.Setenv("HOSHO_TEST_MYSQL", "")
	if program("mariadbd") == "" {
		t.Skipf("skipped: %v", errNoServer)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestChild$")
	child.Env = append(os.Environ(), "HOSHO_TEST_CHILD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var host, dir string
	for lines := bufio.NewScanner(out); host == "" && lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 && fields[0] == "started" {
			host, dir = fields[1], filepath.Dir(filepath.Clean(fields[2]))
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed, as wanted
	if host == "" {
		t.Fatal("the child started no server")
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		connection, dialErr := net.Dial("tcp", host)
		if dialErr == nil {
			connection.Close()
		}
		_, statErr := os.Stat(dir)
		if dialErr != nil && os.IsNotExist(statErr) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("20 s after the process died: the server answers: %t, its folder %s: %v", dialErr == nil, dir, statErr)
		}
	}
}

func TestGivenServerMustBeAnAddress(t *testing.T) {
	for _, address := range []string{"localhost:3306", "mysql://", "mysql://127.0.0.1:3306/", "postgres://a:b@127.0.0.1/", "mysql://a:se%zzcret@h/"} {
		_, err := connectGiven(address)
		if err == nil || !strings.Contains(err.Error(), "HOSHO_TEST_MYSQL") || strings.Contains(err.Error(), "cret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAccountsOfOtherServersAreRefused(t *testing.T) {
	u, err := url.Parse(MariaDB(t))
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("HOSHO_TEST_MYSQL") != "" {
		t.Skip("skipped: the server in HOSHO_TEST_MYSQL has its own accounts")
	}
	for _, account := range []string{"root", "hosho", ""} {
		config := mysql.NewConfig()
		config.Net, config.Addr, config.User = "tcp", u.Host, account
		db, err := open(config)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Ping(); err == nil {
			t.Errorf("%q gets in over TCP without a password", account)
		}
		db.Close()
	}
}
