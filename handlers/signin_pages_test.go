package handlers

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"hosho/models"
)

// postbox is a Sender that keeps the last mail.
type postbox struct{ last models.Mail }

func (b *postbox) Send(_ context.Context, m models.Mail) (subject, body string, err error) {
	b.last = m
	return "s", "b", nil
}

func signInPortal(t *testing.T) (*portal, *postbox) {
	t.Helper()
	box := new(postbox)
	p := newPortal(t, outsideSandbox, func(m *models.Config, _ *Config) { m.Sender = box })
	for email, role := range map[string]models.Role{"b1@example.com": models.RoleBuyer, "agent@example.com": models.RoleAgent} {
		if _, err := p.store.CreateAccount(t.Context(), models.Operator, models.AccountInput{Email: email, Role: role}); err != nil {
			t.Fatal(err)
		}
	}
	return p, box
}

func (v *visitor) ask4mail(email, next string) string {
	v.t.Helper()
	to := v.post(http.StatusSeeOther, "/ja/sign-in", url.Values{"email": {email}, "next": {next}})
	if _, err := v.store.DeliverOutbox(v.t.Context(), 10); err != nil {
		v.t.Fatal(err)
	}
	return to
}

func TestSignInByMail(t *testing.T) {
	p, box := signInPortal(t)
	v := p.visitor("")
	wants(t, "sign-in", v.page(http.StatusOK, "/ja/sign-in?next=/ja/my/claims"), `value="/ja/my/claims"`)
	wants(t, "another site", v.page(http.StatusOK, "/ja/sign-in?next=//evil.example"), `name="next" value=""`)
	wants(t, "no address", v.post(http.StatusUnprocessableEntity, "/ja/sign-in", url.Values{"email": {"x"}}), `value="x"`, `href="#f-email"`)

	known := v.ask4mail("b1@example.com", "/ja/my/claims")
	sent := v.page(http.StatusOK, known)
	link, code := box.last.Link, box.last.Code
	stranger := p.visitor("")
	if to := stranger.ask4mail("nobody@example.com", ""); to != known {
		t.Errorf("an unknown address leads to %s, a known one to %s", to, known)
	}
	other := strings.ReplaceAll(stranger.page(http.StatusOK, known), "nobody@", "b1@")
	if sent != other {
		t.Error("the answer tells which address is known")
	}

	wants(t, "the link elsewhere", stranger.page(http.StatusOK, link), "6桁の番号")
	for range 2 { // a scanner opens it too
		wants(t, "the link", v.page(http.StatusOK, link), "b1@example.com", `action="`+link+`"`)
	}
	if to := v.post(http.StatusSeeOther, link, nil); to != "/ja/my/claims" {
		t.Errorf("signed in, one is led to %s", to)
	}
	v.page(http.StatusOK, "/ja/my")
	wants(t, "a used link", string(v.send(http.MethodGet, link, "", nil).raw), "新しいリンクを送る")
	if got := v.send(http.MethodPost, "/ja/sign-out", "", nil); got.status != http.StatusSeeOther || got.header.Get("Clear-Site-Data") == "" {
		t.Errorf("sign-out: %d %v", got.status, got.header)
	}
	if got := v.send(http.MethodGet, "/ja/my", "", nil); got.status != http.StatusSeeOther {
		t.Errorf("signed out, the page answers %d", got.status)
	}

	v.ask4mail("b1@example.com", "")
	wants(t, "a used code", v.post(http.StatusUnprocessableEntity, "/ja/sign-in/code", url.Values{"email": {"b1@example.com"}, "code": {code}}), `href="#f-code"`)
	typed := box.last.Code[:3] + " " + box.last.Code[3:]
	if to := v.post(http.StatusSeeOther, "/ja/sign-in/code", url.Values{"email": {"b1@example.com"}, "code": {typed}}); to != "/ja/my" {
		t.Errorf("the code leads to %s", to)
	}
}

// Whoever asks too often is told how long to wait, and nothing else.
func TestTooManyMails(t *testing.T) {
	p, _ := signInPortal(t)
	v := p.visitor("")
	for range 5 {
		v.ask4mail("b1@example.com", "")
	}
	got := v.send(http.MethodPost, "/ja/sign-in", "application/x-www-form-urlencoded", []byte("email=b1%40example.com"))
	wants(t, "too many", string(got.raw), "回数が上限に達しました。1時間後に", `value="b1@example.com"`)
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "3600" {
		t.Errorf("%d, Retry-After %q", got.status, got.header.Get("Retry-After"))
	}
}

func TestSecondFactorPages(t *testing.T) {
	p, box := signInPortal(t)
	v := p.visitor("")
	enter := func() string {
		v.ask4mail("agent@example.com", "/ja/staff/queue")
		return v.post(http.StatusSeeOther, box.last.Link, nil)
	}
	to := enter()
	if !strings.HasPrefix(to, "/ja/sign-in/second-factor") {
		t.Fatalf("staff are led to %s", to)
	}
	if got := v.send(http.MethodGet, "/ja/staff/queue", "", nil); got.status != http.StatusSeeOther {
		t.Errorf("without the second factor the queue answers %d", got.status)
	}
	wants(t, "offer", v.page(http.StatusOK, to), "/sign-in/second-factor/setup", "/ja/staff/queue")
	setup := v.post(http.StatusOK, "/ja/sign-in/second-factor/setup", url.Values{"next": {"/ja/staff/queue"}})
	secret := regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`).FindStringSubmatch(setup)[1]
	wants(t, "setup", setup, "otpauth://totp/")
	again := v.post(http.StatusUnprocessableEntity, "/ja/sign-in/second-factor/confirm", url.Values{"code": {"000000"}, "secret": {secret}, "url": {"otpauth://totp/x"}})
	wants(t, "a wrong code", again, secret, `href="#f-code"`)
	code := func() string {
		c, err := totp.GenerateCode(secret, p.clock.now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	done := v.post(http.StatusOK, "/ja/sign-in/second-factor/confirm", url.Values{"code": {code()}, "secret": {secret}, "next": {"/ja/staff/queue"}})
	recovery := regexp.MustCompile(`<li><code>([^<]+)</code>`).FindAllStringSubmatch(done, -1)
	if len(recovery) != 10 {
		t.Fatalf("%d recovery codes", len(recovery))
	}
	v.page(http.StatusOK, "/ja/staff/queue")

	v.post(http.StatusSeeOther, "/ja/sign-out", nil)
	p.clock.add(time.Minute)
	wants(t, "ask", v.page(http.StatusOK, enter()), `autocomplete="one-time-code"`)
	wants(t, "wrong", v.post(http.StatusUnprocessableEntity, "/ja/sign-in/second-factor", url.Values{"code": {"1"}}), `href="#f-code"`)
	if to := v.post(http.StatusSeeOther, "/ja/sign-in/second-factor", url.Values{"code": {code()}, "next": {"/ja/staff/queue"}}); to != "/ja/staff/queue" {
		t.Errorf("the code leads to %s", to)
	}
	v.post(http.StatusSeeOther, "/ja/sign-out", nil)
	enter()
	if to := v.post(http.StatusSeeOther, "/ja/sign-in/second-factor", url.Values{"code": {recovery[0][1]}}); to != "/ja/staff/queue" {
		t.Errorf("a recovery code leads to %s", to)
	}
}
