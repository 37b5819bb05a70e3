package models

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// grepFile looks through SQLite's files, freed pages and log included.
func (m *market) grepFile(secrets map[string]string) {
	m.t.Helper()
	path, ok := strings.CutPrefix(m.config.Database, "sqlite:")
	if !ok {
		return
	}
	for _, name := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(name)
		m.must(err)
		for what, secret := range secrets {
			if bytes.Contains(b, []byte(secret)) {
				m.t.Errorf("%s holds the %s", name, what)
			}
		}
	}
}

func (m *market) appCode(secret string, steps int) string {
	m.t.Helper()
	code, err := totp.GenerateCode(secret, m.MachineNow().Time().Add(time.Duration(steps)*totpPeriod*time.Second))
	m.must(err)
	return code
}

// enrolled sets up a second factor in a session and returns the session as it goes on.
func (m *market) enrolled(in SignedIn) (SecondFactorSetup, SignedIn, []string) {
	m.t.Helper()
	setup, err := m.EnrolSecondFactor(m.ctx, in.Session)
	m.must(err)
	done, codes, err := m.ConfirmSecondFactor(m.ctx, in.Session, m.appCode(setup.Secret, 0))
	m.must(err)
	return setup, done, codes
}

func TestStaffNeedASecondFactor(t *testing.T) {
	m := newMarket(t)
	for _, by := range []Actor{m.buyer, m.seller, m.agent, m.lead, m.admin} {
		in := m.signedIn(by, safari)
		due := by.Role != RoleBuyer && by.Role != RoleSeller
		if in.Session.SecondFactorDue != due {
			t.Errorf("%s: due is %v", by.Role, in.Session.SecondFactorDue)
		}
		if due && in.Session.Actor() != Anonymous {
			t.Errorf("%s acts before the second factor", by.Role)
		}
	}
	people := m.sandbox()
	in, err := people.SandboxSignIn(m.ctx, m.lead.AccountID, "", "")
	m.must(err)
	if in.Session.SecondFactorDue {
		t.Error("the sandbox asks for a second factor")
	}
	// The same session outside of the sandbox is not worth more than a mail.
	x, err := m.SessionBySecret(m.ctx, in.Secret)
	m.must(err)
	if !x.SecondFactorDue {
		t.Error("a session of the sandbox passes outside of it")
	}
}

func TestSecondFactorIsSetUpAndPassed(t *testing.T) {
	m := newMarket(t)
	first, elsewhere := m.signedIn(m.agent, safari), m.signedIn(m.agent, webview)
	_, _, err := m.ConfirmSecondFactor(m.ctx, first.Session, "123456")
	wantCode(t, err, "second_factor_not_begun")
	setup, done, codes := m.enrolled(first)
	if !strings.HasPrefix(setup.URL, "otpauth://totp/Hosho:t1@example.com?") || !strings.Contains(setup.URL, setup.Secret) {
		t.Errorf("the QR code says %s", setup.URL)
	}
	if done.Session.SecondFactorDue || done.Session.Actor() != m.agent || done.Secret == first.Secret || len(codes) != 10 {
		t.Errorf("after setting up: %+v, %d recovery codes", done, len(codes))
	}
	for _, old := range []string{first.Secret, elsewhere.Secret} {
		if _, err := m.SessionBySecret(m.ctx, old); KindOf(err) != Unauthenticated {
			t.Errorf("an old secret lives on: %v", err)
		}
	}
	// A later sign-in needs a code; the one that confirmed is spent.
	next := m.signedIn(m.agent, safari)
	if !next.Session.SecondFactorDue || !next.Session.Account.SecondFactor {
		t.Fatalf("the next session is %+v", next.Session)
	}
	_, err = m.EnrolSecondFactor(m.ctx, next.Session)
	wantCode(t, err, "forbidden")
	_, err = m.NewRecoveryCodes(m.ctx, next.Session)
	wantCode(t, err, "forbidden")
	_, err = m.PassSecondFactor(m.ctx, next.Session, m.appCode(setup.Secret, 0))
	wantCode(t, err, "second_factor_wrong")
	passed, err := m.PassSecondFactor(m.ctx, next.Session, m.appCode(setup.Secret, 1))
	m.must(err)
	x, err := m.SessionBySecret(m.ctx, passed.Secret)
	m.must(err)
	if x.Actor() != m.agent || !x.SecondFactor {
		t.Errorf("passed as %+v", x)
	}
	if _, err := m.SessionBySecret(m.ctx, next.Secret); KindOf(err) != Unauthenticated {
		t.Errorf("the secret from before the second factor lives on: %v", err)
	}
	// The next change wants a fresh session.
	m.clock.set(m.MachineNow().Add(sessionFresh - time.Microsecond))
	_, err = m.NewRecoveryCodes(m.ctx, x)
	m.must(err)
	m.clock.set(m.MachineNow() + 1)
	_, err = m.EnrolSecondFactor(m.ctx, x)
	wantCode(t, err, "reauth_required")
}

func TestCodesOfTheStepsBesideCountToo(t *testing.T) {
	for steps, right := range map[int]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		m := newMarket(t)
		setup, _, _ := m.enrolled(m.signedIn(m.lead, safari))
		m.clock.set(m.MachineNow().Add(time.Hour))
		in := m.signedIn(m.lead, safari)
		code := m.appCode(setup.Secret, steps)
		_, err := m.PassSecondFactor(m.ctx, in.Session, code[:3]+" "+code[3:])
		if (err == nil) != right {
			t.Errorf("%d steps off: %v", steps, err)
		}
	}
}

func TestOneCodePassesOnceOnAllReplicas(t *testing.T) {
	m := newMarket(t)
	setup, _, codes := m.enrolled(m.signedIn(m.lead, safari))
	stores := []*Store{m.Store, m.replica(nil)}
	for _, kind := range []string{"app", "recovery"} {
		m.clock.set(m.MachineNow().Add(time.Hour))
		code := codes[3]
		if kind == "app" {
			code = m.appCode(setup.Secret, 0)
		}
		var in []SignedIn
		for range 4 {
			in = append(in, m.signedIn(m.lead, safari))
		}
		errs := make([]error, len(in))
		var wg sync.WaitGroup
		for i := range in {
			wg.Go(func() { _, errs[i] = stores[i%2].PassSecondFactor(m.ctx, in[i].Session, code) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if CodeOf(err) != "second_factor_wrong" {
				t.Errorf("%s: a loser gets %v", kind, err)
			}
		}
		if won != 1 {
			t.Errorf("%s: %d sessions passed with one code", kind, won)
		}
	}
}

func TestSecondFactorTriesAreLimited(t *testing.T) {
	m := newMarket(t)
	setup, _, codes := m.enrolled(m.signedIn(m.lead, safari))
	m.clock.set(m.MachineNow().Add(time.Hour))
	in := m.signedIn(m.lead, safari)
	for i := range 5 {
		typed := fmt.Sprintf("00000%d", i)
		if i == 2 {
			typed = "0000-0000-0000-0000"
		}
		if _, err := m.PassSecondFactor(m.ctx, in.Session, typed); CodeOf(err) != "second_factor_wrong" {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	for _, right := range []string{m.appCode(setup.Secret, 0), codes[0]} {
		_, err := m.PassSecondFactor(m.ctx, in.Session, right)
		if KindOf(err) != TooMany {
			t.Fatalf("the sixth try: %v", err)
		}
	}
	m.clock.set(m.MachineNow().Add(15 * time.Minute))
	done, err := m.PassSecondFactor(m.ctx, in.Session, strings.ToLower(codes[0]))
	m.must(err)
	again := m.signedIn(m.lead, webview)
	_, err = m.PassSecondFactor(m.ctx, again.Session, codes[0])
	wantCode(t, err, "second_factor_wrong")
	_, err = m.SessionBySecret(m.ctx, done.Secret)
	m.must(err)
}

func TestSecondFactorIsReset(t *testing.T) {
	m := newMarket(t)
	_, in, _ := m.enrolled(m.signedIn(m.agent, safari))
	_, err := m.ResetSecondFactor(m.ctx, m.lead, m.agent.AccountID)
	wantCode(t, err, "forbidden")
	a, err := m.ResetSecondFactor(m.ctx, m.admin, m.agent.AccountID)
	m.must(err)
	if a.SecondFactor {
		t.Error("it is still set up")
	}
	if _, err := m.SessionBySecret(m.ctx, in.Secret); KindOf(err) != Unauthenticated {
		t.Errorf("the session lives on: %v", err)
	}
	m.enrolled(m.signedIn(m.agent, safari))
}

func TestSealedTextsOpenOnlyWhereTheyBelong(t *testing.T) {
	keys := Keys{Encrypt: bytes.Repeat([]byte{7}, 32)}
	s := &Store{config: Config{Keys: keys}}
	sealed, err := s.seal("totp", "account-1", "JBSWY3DPEHPK3PXP")
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := s.seal("totp", "account-1", "JBSWY3DPEHPK3PXP"); again == sealed || strings.Contains(sealed, "JBSW") {
		t.Errorf("sealed twice as %q", sealed)
	}
	if plain, err := s.unseal("totp", "account-1", sealed); err != nil || plain != "JBSWY3DPEHPK3PXP" {
		t.Errorf("it opens as %q, %v", plain, err)
	}
	other := &Store{config: Config{Keys: Keys{Encrypt: bytes.Repeat([]byte{8}, 32)}}}
	short := &Store{config: Config{Keys: Keys{Encrypt: bytes.Repeat([]byte{7}, 16)}}}
	flipped := []byte(sealed)
	flipped[len(flipped)-3] ^= 1
	for name, open := range map[string]func() (string, error){
		"another owner":   func() (string, error) { return s.unseal("totp", "account-2", sealed) },
		"another purpose": func() (string, error) { return s.unseal("bank", "account-1", sealed) },
		"another key":     func() (string, error) { return other.unseal("totp", "account-1", sealed) },
		"a short key":     func() (string, error) { return short.unseal("totp", "account-1", sealed) },
		"altered":         func() (string, error) { return s.unseal("totp", "account-1", string(flipped)) },
		"cut off":         func() (string, error) { return s.unseal("totp", "account-1", sealed[:8]) },
		"not sealed":      func() (string, error) { return s.unseal("totp", "account-1", "JBSWY3DPEHPK3PXP") },
	} {
		if plain, err := open(); err == nil {
			t.Errorf("%s: it opens as %q", name, plain)
		}
	}
}
