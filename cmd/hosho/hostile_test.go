package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"unicode"

	"hosho/models/modelstest"
	"hosho/storage/inspect"
	"hosho/storage/inspect/inspecttest"
	"hosho/storage/storagetest"
)

// uploader is a buyer's program that sends files to a portal.
type uploader struct {
	base  string
	token string
}

// newUploader makes an account with a token.
func newUploader(t *testing.T, env []string, base, email string) uploader {
	t.Helper()
	call(t, env, "account", "create", "--email", email, "--role", "buyer").want(t, exitOK)
	token := call(t, env, "token", "create", "--account", email, "--name", "uploads").want(t, exitOK)
	return uploader{base, strings.TrimSpace(token.stdout)}
}

// answer is what the portal says about a file.
type answer struct {
	status int
	ID     string `json:"id"`
	Name   string `json:"file_name"`
	Put    struct {
		Method  string            `json:"method"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
	} `json:"put"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
	SHA256 string `json:"sha256"`
	body   []byte
}

// became is what a file came to, in the words of the corpus.
func (a answer) became() string {
	switch {
	case a.status == http.StatusCreated || a.status == http.StatusOK:
		return inspecttest.Taken
	case a.status == http.StatusUnprocessableEntity && a.Code == "upload_rejected":
		return a.Reason
	case a.status == http.StatusRequestEntityTooLarge:
		return a.Code
	}
	return fmt.Sprintf("%d %.300s", a.status, a.body)
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (u uploader) call(t *testing.T, method, path, mediaType string, body io.Reader) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, u.base+"/api/v1"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+u.token)
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	res, err := noRedirects.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	_ = res.Body.Close()
	return res, b
}

func (u uploader) ask(t *testing.T, path, mediaType string, body []byte) answer {
	t.Helper()
	res, b := u.call(t, http.MethodPost, path, mediaType, bytes.NewReader(body))
	a := answer{status: res.StatusCode, body: b}
	if err := json.Unmarshal(b, &a); err != nil {
		t.Fatalf("%s: %d, %v: %.300q", path, res.StatusCode, err, b)
	}
	return a
}

// whole sends a file in one request.
func (u uploader) whole(t *testing.T, fileName, mediaType string, file []byte) answer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	head := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(fileName) + `"`}}
	if mediaType != "" {
		head.Set("Content-Type", mediaType)
	}
	part, err := w.CreatePart(head)
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return u.ask(t, "/uploads", w.FormDataContentType(), b.Bytes())
}

// announce asks where to send a file.
func (u uploader) announce(t *testing.T, fileName, mediaType string, file []byte) answer {
	t.Helper()
	in, err := json.Marshal(map[string]any{"file_name": fileName, "media_type": mediaType, "size": len(file), "sha256": hexSum(file)})
	if err != nil {
		t.Fatal(err)
	}
	return u.ask(t, "/uploads", "application/json", in)
}

// direct announces a file, sends it to where the store is, and has it looked at.
func (u uploader) direct(t *testing.T, fileName, mediaType string, file []byte) answer {
	t.Helper()
	a := u.announce(t, fileName, mediaType, file)
	if a.status != http.StatusCreated {
		return a
	}
	if status := u.put(t, a, file); status != http.StatusOK {
		t.Fatalf("%s: the store answers %d", fileName, status)
	}
	return u.ask(t, "/uploads/"+a.ID+"/complete", "application/json", nil)
}

func (u uploader) put(t *testing.T, a answer, file []byte) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), a.Put.Method, a.Put.URL, bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range a.Put.Headers {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// served fetches a part of a file as a browser does, and looks at how it is served: only
// types that no browser runs, as a download.
func (u uploader) served(t *testing.T, id, part string) []byte {
	t.Helper()
	res, b := u.call(t, http.MethodGet, "/evidence/"+id+part, "", nil)
	portal := res.StatusCode == http.StatusOK
	if res.StatusCode == http.StatusFound {
		var err error
		if res, err = http.Get(res.Header.Get("Location")); err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(res.Body); err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %.300s", part, res.StatusCode, b)
	}
	kind := res.Header.Get("Content-Type")
	if !slices.Contains([]string{inspect.PNG, inspect.JPEG, inspect.WebP, inspect.PDF}, kind) || inspect.Sniff(b) != kind {
		t.Errorf("%s: served as %q, and is %q", part, kind, inspect.Sniff(b))
	}
	how, names, err := mime.ParseMediaType(res.Header.Get("Content-Disposition"))
	if err != nil || how != "attachment" && part != "/thumbnail" {
		t.Errorf("%s: %q, %v", part, res.Header.Get("Content-Disposition"), err)
	}
	if name := names["filename"]; strings.ContainsAny(name, "/\\") || strings.ContainsFunc(name, unicode.IsControl) {
		t.Errorf("%s: to be saved as %q", part, name)
	}
	if portal && (res.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(res.Header.Get("Content-Security-Policy"), "sandbox;")) {
		t.Errorf("%s: headers %v", part, res.Header)
	}
	return b
}

// bothStores runs a test against a portal over a folder and one over S3.
func bothStores(t *testing.T, test func(t *testing.T, env []string, base string)) {
	t.Helper()
	portal := func(t *testing.T, evidence string) {
		env := []string{"HOSHO_DATABASE=" + modelstest.Database(t), "HOSHO_EVIDENCE=" + evidence, "HOSHO_KEYS=" + t.TempDir()}
		call(t, env, "migrate", "up").want(t, exitOK)
		test(t, env, startServe(t, env).base)
	}
	t.Run("folder", func(t *testing.T) { portal(t, "file:"+t.TempDir()) })
	t.Run("s3", func(t *testing.T) { portal(t, storagetest.S3(t)) })
}

// All that strangers send on purpose meets the portal as it is run: each is refused with its
// reason or served as something harmless, and the portal is as well as before.
func TestHostileFilesOverHTTP(t *testing.T) {
	if testing.Short() {
		t.Skip("sends a thousand files")
	}
	bothStores(t, func(t *testing.T, env []string, base string) {
		var u uploader
		announced := []string{inspect.PNG, inspect.JPEG, inspect.WebP, inspect.PDF}
		sent, straight := 0, 0
		for i, s := range inspecttest.Corpus() {
			if i%60 == 0 { // a token has its own rate
				u = newUploader(t, env, base, fmt.Sprintf("b%d@example.com", i))
			}
			sent++
			a := u.whole(t, s.FileName, s.Declared, s.Body)
			if got := a.became(); got != s.Want {
				t.Errorf("%s: %s, want %s", s.Name, got, s.Want)
				continue
			}
			if s.Want == inspecttest.Taken {
				u.harmless(t, s, a)
			}
			if !slices.Contains(announced, s.Declared) || len(s.Body) == 0 {
				continue
			}
			straight++
			if got := u.direct(t, s.FileName, s.Declared, s.Body).became(); got != s.Want {
				t.Errorf("%s, sent straight to the store: %s, want %s", s.Name, got, s.Want)
			}
		}
		t.Logf("%d files sent, %d of them also straight to the store", sent, straight)
		if got := status(t, base+"/readyz"); got != http.StatusOK {
			t.Errorf("/readyz: %d", got)
		}
	})
}

func (u uploader) harmless(t *testing.T, s inspecttest.Sample, a answer) {
	t.Helper()
	if a.SHA256 != hexSum(s.Body) {
		t.Errorf("%s: the receipt is for other bytes", s.Name)
	}
	parts := []string{"/content", "/thumbnail"}
	if inspect.Sniff(s.Body) == inspect.PDF {
		parts = parts[:1] // a paper has no picture, and is never shown in a page
	}
	for _, part := range parts {
		if b := u.served(t, a.ID, part); bytes.Contains(b, []byte(inspecttest.Canary)) || bytes.Contains(b, []byte("<script")) {
			t.Errorf("%s: what was planted is in %s", s.Name, part)
		}
	}
	if res, _ := u.call(t, http.MethodGet, "/evidence/"+a.ID+"/original", "", nil); res.StatusCode < 400 {
		t.Errorf("%s: a party has the original", s.Name)
	}
}

// Names are data: whatever a file is called, it is kept under a random key, and its name is
// cut to what can be shown.
func TestHostileNames(t *testing.T) {
	file := inspecttest.PNG(inspecttest.Corners(8, 8))
	names := []string{
		"../../etc/passwd", "..\\..\\windows\\system32\\a.png", "C:\\a.png", "/etc/passwd", "a/b", "%2e%2e%2f%2e%2e%2fa.png", "..", ".", "...", "~", "-rf", "--help", "con", "CON.png", "nul", "aux.png", "COM1", "lpt1.png",
		"a\x00.png", "\x00", "a.png\x00.exe", "a\r\nSet-Cookie: x=y.png", "a\nb", "\t", "a\x1b[31m.png", "a\x7fb", strings.Repeat("n", 250) + ".png",
		"\u202egnp.exe", "a\u2066b\u2069.png", "\u200b", "\ufeffa.png", "日本語の写真.png", "e\u0301.png", "😀.png", `x".html;y=`, `a"; filename="b.html`, "a'b.png", "<img src=x onerror=alert(1)>.png",
		"\"><script>alert(1)</script>", "{{.}}", "${jndi:ldap://x}", "a;b|c`d`.png", "=cmd|' /C calc'!A0", "a.png.", "a.png ", " ", ".htaccess", "a.php.png", "a.png/.", "a?b#c", "a%00.png", "\u2028", "\u3000", "ａ／ｂ.png", strings.Repeat("あ", 250),
	}
	bothStores(t, func(t *testing.T, env []string, base string) {
		u := newUploader(t, env, base, "b@example.com")
		shown := func(name, what string, a answer) {
			if a.became() != inspecttest.Taken {
				if a.status != http.StatusUnprocessableEntity || a.Code != "invalid_fields" {
					t.Errorf("%.60q %s: %s", name, what, a.became())
				}
				return
			}
			if n := []rune(a.Name); len(n) == 0 || len(n) > 100 || strings.ContainsAny(a.Name, "/\\") || strings.HasPrefix(a.Name, ".") || strings.HasPrefix(a.Name, "-") ||
				strings.ContainsFunc(a.Name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' }) {
				t.Errorf("%.60q %s: called %q", name, what, a.Name)
			}
			u.served(t, a.ID, "/content")
		}
		for _, name := range append(names, strings.Repeat("k", 10<<10)) {
			if !strings.ContainsAny(name, "\x00\r\n\x1b\x7f") { // no header can say these
				shown(name, "in one request", u.whole(t, name, inspect.PNG, file))
			}
			shown(name, "announced", u.direct(t, name, inspect.PNG, file))
		}
	})
}
