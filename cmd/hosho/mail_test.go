package main

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"hosho/models"
	"hosho/templates"
)

// sink is a mail server in this process. answer decides by recipient.
type sink struct {
	mu      sync.Mutex
	mails   [][]byte
	rcpts   []string
	answer  func(to string) error
	onData  func() error
	address string
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{answer: func(string) error { return nil }, onData: func() error { return nil }}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(s)
	server.Domain = "sink.example"
	s.address = listener.Addr().String()
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return sinkSession{s}, nil }

type sinkSession struct{ *sink }

func (sinkSession) Reset()                               {}
func (sinkSession) Logout() error                        { return nil }
func (sinkSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	s.rcpts = append(s.rcpts, to)
	s.mu.Unlock()
	return s.answer(to)
}

func (s sinkSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.onData(); err != nil {
		return err
	}
	s.mu.Lock()
	s.mails = append(s.mails, body)
	s.mu.Unlock()
	return nil
}

func testLetters(t *testing.T) letters {
	t.Helper()
	set, err := templates.Parse(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return letters{set, "https://hosho.example"}
}

func smtpTo(t *testing.T, address string) models.Sender {
	t.Helper()
	var wrong problems
	c := checkMail("smtp://"+address, "保証 <no-reply@hosho.example>", &wrong)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	s, err := newSender(c, testLetters(t), false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func claimMail(to models.Recipient) models.Mail {
	return models.Mail{To: to, Notice: models.Notice{
		ID: "0190-n", Number: "M-1234-5678", Kind: "claim_opened", Party: "seller:s1", ClaimNumber: "C-7Q4K-2M9D", Locale: to.Locale,
		Args: map[string]any{
			"title": "南部鉄器の急須", "seller": "森の工房", "reason": "not_received", "claimed": 12800, "currency": "JPY", "party": "seller", "due_at": "2026-05-01T15:00:00Z",
		},
	}}
}

func TestMailArrivesAsWritten(t *testing.T) {
	server := newSink(t)
	subject, body, err := smtpTo(t, server.address).Send(t.Context(), claimMail(models.Recipient{Email: "mori@shop.example", Name: "森 葵", Locale: "ja"}))
	if err != nil {
		t.Fatal(err)
	}
	says(t, subject, "C-7Q4K-2M9D")
	says(t, body, "南部鉄器の急須", "https://hosho.example/ja/seller/cases/C-7Q4K-2M9D")
	if len(server.mails) != 1 {
		t.Fatalf("%d mails arrived", len(server.mails))
	}
	m, err := netmail.ReadMessage(bytes.NewReader(server.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	words := new(mime.WordDecoder)
	if got, err := words.DecodeHeader(m.Header.Get("Subject")); err != nil || got != subject {
		t.Errorf("subject %q, %v; want %q", got, err, subject)
	}
	to, err := m.Header.AddressList("To")
	if err != nil || len(to) != 1 || to[0].Name != "森 葵" || to[0].Address != "mori@shop.example" {
		t.Errorf("to %v, %v", to, err)
	}
	if m.Header.Get("Message-Id") != "<0190-n@hosho.example>" || m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("headers: %v", m.Header)
	}
	parts := mailParts(t, m)
	if plain := strings.ReplaceAll(parts["text/plain"], "\r\n", "\n"); strings.TrimSpace(plain) != strings.TrimSpace(body) {
		t.Errorf("the text is not what was written:\n%s\n---\n%s", plain, body)
	}
	says(t, parts["text/html"], "<html lang=\"ja\">", "南部鉄器の急須", "href=\"https://hosho.example/ja/seller/cases/C-7Q4K-2M9D\"")
}

func mailParts(t *testing.T, m *netmail.Message) map[string]string {
	t.Helper()
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if e := part.Header.Get("Content-Transfer-Encoding"); e != "quoted-printable" {
			t.Fatalf("%s is encoded as %q", kind, e)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		parts[kind] = string(body)
	}
}

func TestNothingTypedAddsAHeaderOrARecipient(t *testing.T) {
	server := newSink(t)
	sender := smtpTo(t, server.address)
	m := claimMail(models.Recipient{Email: "a@shop.example", Name: "x\r\nBcc: evil@example.com\r\n\r\nbody", Locale: "en"})
	m.Notice.Args["title"] = "teapot\r\nBcc: evil@example.com"
	m.Notice.ClaimNumber = "C-7Q4K\r\nBcc: evil@example.com"
	if _, _, err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got, err := netmail.ReadMessage(bytes.NewReader(server.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	if got.Header.Get("Bcc") != "" || len(server.rcpts) != 1 {
		t.Errorf("headers %v, recipients %v", got.Header, server.rcpts)
	}
	for _, bad := range []string{"a@shop.example, b@shop.example", "a@shop.example\r\nRCPT TO:<b@x>", "A <a@shop.example>", ""} {
		_, _, err := sender.Send(t.Context(), claimMail(models.Recipient{Email: bad, Locale: "en"}))
		if !isPermanent(err) {
			t.Errorf("%q: %v is not a refusal for good", bad, err)
		}
	}
	if len(server.rcpts) != 1 {
		t.Errorf("recipients %v", server.rcpts)
	}
}

func isPermanent(err error) bool {
	var p interface{ Permanent() bool }
	return errors.As(err, &p) && p.Permanent()
}

func TestWhichFaultsAreForGood(t *testing.T) {
	server := newSink(t)
	sender := smtpTo(t, server.address)
	send := func() error {
		_, _, err := sender.Send(t.Context(), claimMail(models.Recipient{Email: "a@shop.example", Locale: "ja"}))
		return err
	}
	refuse := func(code int) func(string) error {
		return func(string) error { return &smtp.SMTPError{Code: code, Message: "no"} }
	}
	server.answer = refuse(550)
	if err := send(); !isPermanent(err) {
		t.Errorf("550 to the recipient: %v", err)
	}
	server.answer = refuse(451)
	if err := send(); err == nil || isPermanent(err) {
		t.Errorf("451 to the recipient: %v", err)
	}
	server.answer = func(string) error { return nil }
	server.onData = func() error { return &smtp.SMTPError{Code: 554, Message: "no"} }
	if err := send(); !isPermanent(err) {
		t.Errorf("554 to the mail: %v", err)
	}
	server.onData = func() error { return &smtp.SMTPError{Code: 452, Message: "later"} }
	if err := send(); err == nil || isPermanent(err) {
		t.Errorf("452 to the mail: %v", err)
	}
	if len(server.mails) != 0 {
		t.Error("a refused mail was kept")
	}
}

// A server that is gone, or hangs up in the middle, says nothing about the recipient.
func TestALostConnectionIsTriedAgain(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("220 here\r\n"))
			_, _ = conn.Read(make([]byte, 512))
			_, _ = conn.Write([]byte("250 hello\r\n"))
			_, _ = conn.Read(make([]byte, 512))
			_ = conn.(*net.TCPConn).SetLinger(0) // a reset, not an end
			_ = conn.Close()
		}
	}()
	send := func() error {
		_, _, err := smtpTo(t, address).Send(t.Context(), claimMail(models.Recipient{Email: "a@shop.example", Locale: "ja"}))
		return err
	}
	if err := send(); err == nil || isPermanent(err) {
		t.Errorf("reset: %v", err)
	}
	_ = listener.Close()
	if err := send(); err == nil || isPermanent(err) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestSTARTTLSIsDemandedAcrossTheNetwork(t *testing.T) {
	server := newSink(t)
	s, err := newSMTPSender(mailConfig{Host: "127.0.0.1", Port: port(t, server.address), TLS: tlsStart}, testLetters(t))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Send(t.Context(), claimMail(models.Recipient{Email: "a@shop.example", Locale: "ja"}))
	if err == nil || isPermanent(err) || len(server.rcpts) > 0 {
		t.Errorf("a server without STARTTLS got the mail: %v", err)
	}
}

func port(t *testing.T, address string) int {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return a.Port
}

func TestTheLogKeepsSecretsOutsideTheSandbox(t *testing.T) {
	signIn := models.Mail{
		To: models.Recipient{Email: "hana@buyer.example", Locale: "ja"}, Link: "/ja/sign-in/SECRETTOKEN", Code: "123456",
		Notice: models.Notice{Number: "M-1", Kind: "sign_in", Secret: true, Args: map[string]any{}},
	}
	for _, sandbox := range []bool{false, true} {
		var out bytes.Buffer
		s, err := newSender(mailConfig{}, testLetters(t), sandbox, slog.New(slog.NewJSONHandler(&out, nil)))
		if err != nil {
			t.Fatal(err)
		}
		subject, body, err := s.Send(t.Context(), signIn)
		if err != nil {
			t.Fatal(err)
		}
		if subject == "" || !strings.Contains(body, "123456") || !strings.Contains(body, "https://hosho.example/ja/sign-in/SECRETTOKEN") {
			t.Errorf("the mail lacks what it is for: %s\n%s", subject, body)
		}
		if strings.Count(out.String(), "\n") != 1 {
			t.Errorf("not one line: %s", out.String())
		}
		shown := strings.Contains(out.String(), "https://hosho.example/ja/sign-in/SECRETTOKEN") && strings.Contains(out.String(), "123456")
		if shown != sandbox {
			t.Errorf("sandbox %v: %s", sandbox, out.String())
		}
	}
}

func TestUnknownLanguageIsJapanese(t *testing.T) {
	out, err := testLetters(t).write(claimMail(models.Recipient{Email: "a@b.example", Locale: "fr"}))
	if err != nil {
		t.Fatal(err)
	}
	says(t, out.link, "/ja/seller/cases/")
}

// The link of a mail leads to the page of the side its reader stands on.
func TestMailsLeadToTheReadersSide(t *testing.T) {
	l := testLetters(t)
	for party, args := range map[string]struct {
		to, page string
		args     map[string]any
	}{
		"a buyer":              {"buyer:b-1", "/my/claims/C-7Q4K-2M9D", map[string]any{"name": "a.png"}},
		"a seller":             {"seller:s-1", "/seller/cases/C-7Q4K-2M9D", map[string]any{"name": "a.png"}},
		"staff":                {"account:a-1", "/staff/cases/C-7Q4K-2M9D", map[string]any{"name": "a.png"}},
		"staff, as is said":    {"account:a-1", "/staff/cases/C-7Q4K-2M9D", map[string]any{"name": "a.png", "party": "staff"}},
		"who gave as buyer":    {"account:a-2", "/my/claims/C-7Q4K-2M9D", map[string]any{"name": "a.png", "party": "buyer"}},
		"a member of a seller": {"account:a-3", "/seller/cases/C-7Q4K-2M9D", map[string]any{"name": "a.png", "party": "seller"}},
	} {
		got, err := l.write(models.Mail{Notice: models.Notice{Number: "M-6F2R-9XQD", Kind: "file_unsafe", Party: args.to, ClaimNumber: "C-7Q4K-2M9D", Args: args.args}, To: models.Recipient{Locale: "ja"}})
		if want := "https://hosho.example/ja" + args.page; err != nil || got.link != want {
			t.Errorf("%s is led to %s (%v), want %s", party, got.link, err, want)
		}
	}
}
