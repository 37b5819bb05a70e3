package storage_test

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hosho/storage"
)

func TestOpenRefuses(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	for raw, part := range map[string]string{
		"":                             "must begin with",
		"data":                         "must begin with",
		"gs://bucket":                  "must begin with",
		"file:":                        "needs a folder",
		"file://data/x":                "not file://DIR",
		"memory:x":                     "nothing after",
		"s3:":                          "no bucket",
		"s3://?region=x":               "no bucket",
		"s3://b":                       "region",
		"s3://b/folder?region=x":       "no folder",
		"s3://b?region=":               "not empty",
		"s3://b?region=a&region=b":     "once",
		"s3://b?regoin=a":              `not "regoin"`,
		"s3://b?path_style=maybe":      "true or false",
		"s3://b?endpoint=localhost":    "endpoint",
		"s3://b?region=%zz":            "cannot be read",
		"s3://AK:topsecret@b?region=x": "credentials",
		"s3://AK:topsecret@%zz":        "cannot be read",
	} {
		_, err := storage.Open(t.Context(), raw, storage.Options{Now: time.Now})
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("Open(%q) = %v, want %q", raw, err, part)
		}
		if err != nil && strings.Contains(err.Error(), "topsecret") {
			t.Errorf("Open(%q) tells the secret: %v", raw, err)
		}
	}
	for name, o := range map[string]storage.Options{
		"clock":       {},
		"signing key": {Now: time.Now, SigningKey: []byte("short"), BaseURL: "https://h/p"},
		"base URL":    {Now: time.Now, SigningKey: signingKey, BaseURL: "/uploads"},
	} {
		if _, err := storage.Open(t.Context(), "memory:", o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDiskFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	at := time.Now()
	o := storage.Options{Now: func() time.Time { return at }}
	s, err := storage.Open(t.Context(), "file:"+dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o700) {
		t.Errorf("folder: %v %v", info.Mode(), err)
	}
	if _, err := s.PresignPut(t.Context(), "a/b", "image/png", 1, sum(nil), time.Minute); !errors.Is(err, storage.ErrNoDirect) {
		t.Errorf("without a signing key: %v", err)
	}
	put(t, s, "evidence/abc", []byte("x"))
	put(t, s, "evidence", []byte("y")) // a name may be both an object and a folder, as on S3
	if string(read(t, s, "evidence")) != "y" || string(read(t, s, "evidence/abc")) != "x" {
		t.Error("objects mixed up")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".incoming", "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}

	// What a crash left is removed after a day and not before.
	leftover := filepath.Join(dir, ".incoming", "CRASHED")
	if err := os.WriteFile(leftover, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, after := range []time.Duration{time.Hour, 25 * time.Hour} {
		at = time.Now().Add(after)
		if _, err := storage.Open(t.Context(), "file:"+dir, o); err != nil {
			t.Fatal(err)
		}
		_, err := os.Stat(leftover)
		if gone := errors.Is(err, os.ErrNotExist); gone != (after > 24*time.Hour) {
			t.Errorf("after %v: gone %v", after, gone)
		}
	}

	// A file that is no object, and one cut short, are errors and not content.
	file := filepath.Join(dir, filepath.FromSlash(storage.Place("evidence/abc")))
	if err := os.Truncate(file, 200); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Open(t.Context(), "evidence/abc"); !errors.Is(err, storage.ErrChecksum) {
		t.Errorf("cut short: %v", err)
	}
}

func TestDiskStaysInsideItsFolder(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	s, err := storage.Open(t.Context(), "file:"+dir, storage.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	if err := s.Put(t.Context(), "link/a", strings.NewReader("x"), 1, "image/png", sum([]byte("x"))); err == nil {
		t.Error("wrote through a symbolic link")
	}
	if entries, _ := os.ReadDir(outside); len(entries) != 0 {
		t.Errorf("outside: %v", entries)
	}
}

// Nothing about a signed address can be changed without being noticed, and it
// holds to the last microsecond of its life and not longer.
func TestUploadAddress(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now := at
	s := storage.NewMemory(storage.Options{SigningKey: signingKey, BaseURL: "https://hosho.example/uploads/put", Now: func() time.Time { return now }})
	p, err := s.PresignPut(context.Background(), "staging/abc", "image/png", 7, sum([]byte("content")), 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(p.URL)
	if err != nil || u.Host != "hosho.example" || u.Path != "/uploads/put" || p.Method != http.MethodPut {
		t.Fatalf("%+v %v", p, err)
	}
	header := http.Header{"Content-Type": {"image/png"}}
	want := storage.Grant{Key: "staging/abc", MediaType: "image/png", Size: 7, SHA256: sum([]byte("content"))}
	if g, err := s.VerifyPut(u.Query(), header, 7); err != nil || g != want {
		t.Fatalf("VerifyPut = %+v, %v", g, err)
	}
	now = at.Add(10*time.Minute - time.Microsecond)
	if _, err := s.VerifyPut(u.Query(), header, 7); err != nil {
		t.Errorf("just before the end: %v", err)
	}
	now = at.Add(10 * time.Minute)
	if _, err := s.VerifyPut(u.Query(), header, 7); !errors.Is(err, storage.ErrExpired) {
		t.Errorf("at the end: %v", err)
	}
	now = at
	other := storage.NewMemory(storage.Options{SigningKey: []byte(strings.Repeat("k", 32)), BaseURL: "https://h/p", Now: time.Now})
	if _, err := other.VerifyPut(u.Query(), header, 7); !errors.Is(err, storage.ErrNoGrant) {
		t.Errorf("another key's signature: %v", err)
	}
	for _, length := range []int64{-1, 0, 6, 8} {
		if _, err := s.VerifyPut(u.Query(), header, length); !errors.Is(err, storage.ErrNoGrant) {
			t.Errorf("length %d: %v", length, err)
		}
	}
	for name, value := range map[string]string{
		"key": "staging/abd", "type": "image/jpeg", "size": "8", "sha256": sum([]byte("other")), "expires": "1899999999",
	} {
		q := u.Query()
		q.Set(name, value)
		other := http.Header{"Content-Type": {q.Get("type")}}
		size, _ := strconv.ParseInt(q.Get("size"), 10, 64)
		if _, err := s.VerifyPut(q, other, size); !errors.Is(err, storage.ErrNoGrant) {
			t.Errorf("%s changed to %s: %v", name, value, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		q := u.Query()
		name := rapid.SampledFrom([]string{"key", "type", "size", "sha256", "expires", "signature"}).Draw(t, "name")
		value := []rune(q.Get(name))
		switch rapid.IntRange(0, 3).Draw(t, "how") {
		case 0:
			q.Del(name)
		case 1:
			q.Add(name, q.Get(name))
		case 2:
			i := rapid.IntRange(0, len(value)-1).Draw(t, "at")
			r := rapid.Rune().Filter(func(r rune) bool { return r != value[i] }).Draw(t, "rune")
			value[i] = r
			q.Set(name, string(value))
		case 3:
			q.Set(name, string(value)+rapid.StringN(1, 5, -1).Draw(t, "more"))
		}
		if _, err := s.VerifyPut(q, header, 7); !errors.Is(err, storage.ErrNoGrant) {
			t.Fatalf("%s changed: %v", name, err)
		}
	})
}

func TestNewKey(t *testing.T) {
	form := regexp.MustCompile(`^staging/[a-z2-7]{52}$`)
	seen := map[string]bool{}
	for range 1000 {
		k := storage.NewKey("staging")
		if !form.MatchString(k) || seen[k] {
			t.Fatalf("key %q", k)
		}
		seen[k] = true
	}
}

func TestDisposition(t *testing.T) {
	for name, want := range map[string]string{
		"":                       "attachment",
		"receipt.png":            `attachment; filename=receipt.png`,
		"my receipt.png":         `attachment; filename="my receipt.png"`,
		"領収書.png":                `attachment; filename=___.png; filename*=utf-8''%E9%A0%98%E5%8F%8E%E6%9B%B8.png`,
		`x".html;y=`:             `attachment; filename="x_.html_y="`,
		"a\r\nSet-Cookie: b":     `attachment; filename="a__Set-Cookie_ b"`,
		"../../etc/passwd":       `attachment; filename=_.._etc_passwd`,
		`C:\x`:                   `attachment; filename=C__x`,
		"-rf":                    `attachment; filename=rf`,
		"gpj\u202Egnp.exe":       `attachment; filename=gpjgnp.exe`,
		strings.Repeat("n", 300): `attachment; filename=` + strings.Repeat("n", 100),
	} {
		if got := storage.Disposition(name, true); got != want {
			t.Errorf("Disposition(%q) = %q, want %q", name, got, want)
		}
	}
	if got := storage.Disposition("a.pdf", false); got != "inline; filename=a.pdf" {
		t.Errorf("inline: %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		v := storage.Disposition(rapid.String().Draw(t, "name"), true)
		if strings.ContainsAny(v, "\r\n\x00") {
			t.Fatalf("%q", v)
		}
		kind, params, err := mime.ParseMediaType(v)
		if err != nil || kind != "attachment" || len(params) > 1 || strings.ContainsAny(params["filename"], `/\`) {
			t.Fatalf("%q: %s %v %v", v, kind, params, err)
		}
	})
}
