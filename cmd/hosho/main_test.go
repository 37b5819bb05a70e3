package main

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hosho/models/modelstest"
)

// result is what one call of the program left behind.
type result struct {
	code   int
	stdout string
	stderr string
}

// call runs the program as a person would, with an environment of its own.
func call(t *testing.T, env []string, args ...string) result {
	t.Helper()
	return callWith(t, t.Context(), "", env, args...)
}

func callWith(t *testing.T, ctx context.Context, stdin string, env []string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(ctx, args, env, strings.NewReader(stdin), &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// want fails the test unless the program ended with this code.
func (r result) want(t *testing.T, code int) result {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit %d, want %d\nstdout:\n%s\nstderr:\n%s", r.code, code, r.stdout, r.stderr)
	}
	return r
}

// says fails the test unless a text holds all of these.
func says(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in:\n%s", w, text)
		}
	}
}

// migrated gives the environment of a fresh database that has its schema.
func migrated(t *testing.T) []string {
	t.Helper()
	env := []string{"HOSHO_DATABASE=" + modelstest.Database(t)}
	call(t, env, "migrate", "up").want(t, exitOK)
	return env
}

func TestAllConfigurationErrorsAtOnce(t *testing.T) {
	cases := []struct {
		name string
		env  []string
		args []string
		want []string
	}{
		{
			"serve with nothing right", nil,
			[]string{
				"serve", "--database", "postgres://u:hunter2@h/db", "--evidence", "ftp://x", "--time-zone", "Nowhere", "--base-url", "ftp://h",
				"--mail", "smtp://u:hunter2@h:99999?tls=maybe", "--mail-from", "nobody", "--trusted-proxy", "10.0.0.0/8,elsewhere", "--workers", "-1", "--listen", "8080",
				"--sandbox-now", "yesterday", "--sandbox-payments", "--business-days", "never",
			},
			[]string{"--database", "--evidence", "--time-zone", "--base-url", "--mail:", "--mail-from", "--trusted-proxy", "elsewhere", "--business-days", "--workers", "--listen", "--sandbox-now: has no meaning", "--sandbox-payments: has no meaning", "--sandbox-now: \"yesterday\""},
		},
		{"serve without anything", nil, []string{"serve"}, []string{"--database: is needed"}},
		{"serve on mysql names what it cannot guess", nil, []string{"serve", "--database", "mysql://u:p@h/n"}, []string{"--evidence: is needed", "--keys: is needed"}},
		{
			"the environment is checked as flags are",
			[]string{"HOSHO_TIME_ZONE=Local", "HOSHO_WORKERS=many", "HOSHO_SANDBOX=perhaps", "HOSHO_LISTEN=x"},
			[]string{"serve", "--database", "sqlite:x"},
			[]string{"--time-zone", "--workers", "HOSHO_SANDBOX: want true or false", "--listen"},
		},
		{"sqlite without a file", nil, []string{"doctor", "--database", "sqlite:"}, []string{"--database: names no file"}},
		{"sqlite in no folder", nil, []string{"migrate", "up", "--database", "sqlite:no/such/folder/a.db"}, []string{"--database: there is no folder no/such/folder"}},
		{"mysql without a name", nil, []string{"migrate", "up", "--database", "mysql://h"}, []string{"--database: cannot be read"}},
		{"assess", nil, []string{"assess", "--at", "soon", "--reason", "boredom"}, []string{"--database", "--at: \"soon\"", "--reason: \"boredom\""}},
		{"import", nil, []string{"import", "orders", "x"}, []string{"--format", "--database"}},
		{"account", nil, []string{"account", "create", "--role", "king"}, []string{"--email", "--role", "--database"}},
		{"seller without a seller", nil, []string{"account", "create", "--role", "seller", "--email", "a@b.example", "--database", "sqlite:x"}, []string{"--seller"}},
		{"token", nil, []string{"token", "create"}, []string{"--account", "--name", "--database"}},
		{"demo", nil, []string{"demo", "--listen", "x", "--base-url", "http://h/path", "--time-zone", ""}, []string{"--listen", "--base-url"}},
		{"unknown flag", nil, []string{"serve", "--colour", "red"}, []string{"unknown flag --colour"}},
		{"unknown command", nil, []string{"fly"}, []string{"unexpected argument fly"}},
		{"no command", nil, nil, []string{"expected one of"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := call(t, c.env, c.args...).want(t, exitUsage)
			says(t, r.stderr, c.want...)
			if strings.Contains(r.stderr, "hunter2") {
				t.Errorf("a password is told:\n%s", r.stderr)
			}
			for line := range strings.Lines(r.stderr) {
				if !strings.HasPrefix(line, "hosho: ") {
					t.Errorf("not a line of the program's: %q", line)
				}
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"import", "orders", "-h"}, {"account", "create", "--help"}} {
		r := call(t, []string{"HOSHO_HELP=1"}, args...).want(t, exitOK)
		says(t, r.stdout, "Usage: hosho")
	}
}

func TestAFlagWinsOverItsTwin(t *testing.T) {
	env := []string{"HOSHO_DATABASE=sqlite:" + filepath.Join(t.TempDir(), "twin.db")}
	flag := "sqlite:" + filepath.Join(t.TempDir(), "flag.db")
	call(t, env, "migrate", "up", "--database", flag).want(t, exitOK)
	says(t, call(t, nil, "migrate", "status", "--database", flag).want(t, exitOK).stdout, "applied 0001")
	says(t, call(t, env, "migrate", "status").want(t, exitOK).stdout, "pending 0001", "run `hosho migrate up`")
}

func TestMigrateIsDoneOnce(t *testing.T) {
	env := []string{"HOSHO_DATABASE=" + modelstest.Database(t)}
	first := call(t, env, "migrate", "up").want(t, exitOK)
	says(t, first.stdout, "applied 0001")
	again := call(t, env, "migrate", "up").want(t, exitOK)
	if strings.Contains(again.stdout, "applied 0") {
		t.Errorf("applied twice:\n%s", again.stdout)
	}
	if strings.Contains(call(t, env, "migrate", "status").stdout, "pending") {
		t.Error("something is pending after migrate up")
	}
}

func TestCommandsRefuseASchemaTheyDoNotKnow(t *testing.T) {
	env := []string{"HOSHO_DATABASE=" + modelstest.Database(t), "HOSHO_EVIDENCE=file:" + t.TempDir(), "HOSHO_KEYS=" + t.TempDir()}
	for _, args := range [][]string{
		{"serve", "--listen", "127.0.0.1:0"},
		{"assess", "--at", "2020-01-01T00:00:00Z", "--reason", "not_received"},
		{"account", "create", "--email", "a@b.example", "--role", "agent"},
		{"token", "create", "--account", "a@b.example", "--name", "n"},
	} {
		says(t, call(t, env, args...).want(t, exitFailed).stderr, "hosho migrate up")
	}
}

func TestMail(t *testing.T) {
	cases := []struct {
		url  string
		want mailConfig
	}{
		{"", mailConfig{}},
		{"log:", mailConfig{}},
		{"smtp://u:p%40ss@mx.example", mailConfig{Host: "mx.example", Port: 587, User: "u", Password: "p@ss", TLS: tlsStart}},
		{"smtp://mx.example:25?tls=none", mailConfig{Host: "mx.example", Port: 25, TLS: tlsNone}},
		{"smtp://mx.example?tls=implicit", mailConfig{Host: "mx.example", Port: 465, TLS: tlsImplicit}},
		{"smtp://127.0.0.1:2525", mailConfig{Host: "127.0.0.1", Port: 2525, TLS: tlsNone}},
		{"smtp://[::1]:2525", mailConfig{Host: "::1", Port: 2525, TLS: tlsNone}},
		{"smtp://localhost?tls=starttls", mailConfig{Host: "localhost", Port: 587, TLS: tlsStart}},
		{"smtp://192.0.2.1", mailConfig{Host: "192.0.2.1", Port: 587, TLS: tlsStart}},
	}
	for _, c := range cases {
		var wrong problems
		if got := checkMail(c.url, "", &wrong); got != c.want || len(wrong) > 0 {
			t.Errorf("%s: %+v, %v; want %+v", c.url, got, wrong, c.want)
		}
	}
	for _, bad := range []string{"smtp:", "smtp://", "mx.example", "http://mx.example", "smtp://h/path", "smtp://h?starttls=1", "smtp://h:0"} {
		var wrong problems
		if checkMail(bad, "", &wrong); len(wrong) == 0 {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestTrustedProxies(t *testing.T) {
	var c config
	var wrong problems
	c.Database = "sqlite:x"
	serverFlags{TrustedProxy: []string{"10.1.2.3/8", "192.0.2.7", "2001:db8::1"}}.check(&c, &wrong)
	var got []string
	for _, p := range c.TrustedProxies {
		got = append(got, p.String())
	}
	if want := []string{"10.0.0.0/8", "192.0.2.7/32", "2001:db8::1/128"}; !slices.Equal(got, want) || len(wrong) > 0 {
		t.Errorf("%v, %v; want %v", got, wrong, want)
	}
}
