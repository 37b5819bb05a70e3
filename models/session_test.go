package models

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// signedIn signs an account in by a printed link.
func (m *market) signedIn(by Actor, browser string) SignedIn {
	m.t.Helper()
	path, _, err := m.PrintSignIn(m.ctx, Operator, by.AccountID, time.Hour)
	m.must(err)
	in, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(m.t, path), Browser: browser, UserAgent: browser})
	m.must(err)
	return in
}

func TestSessionEndsAfter30IdleMinutes(t *testing.T) {
	for _, c := range []struct {
		idle time.Duration
		live bool
	}{{30*time.Minute - time.Microsecond, true}, {30 * time.Minute, false}, {30*time.Minute + time.Microsecond, false}} {
		m := newMarket(t)
		in := m.signedIn(m.buyer, safari)
		m.clock.set(m.MachineNow().Add(c.idle))
		_, err := m.SessionBySecret(m.ctx, in.Secret)
		if (err == nil) != c.live || err != nil && KindOf(err) != Unauthenticated {
			t.Errorf("after %v: %v", c.idle, err)
		}
		list, err := m.Sessions(m.ctx, m.buyer)
		m.must(err)
		if (len(list) == 1) != c.live {
			t.Errorf("after %v the list has %d", c.idle, len(list))
		}
	}
}

func TestSessionEndsAfter12Hours(t *testing.T) {
	m := newMarket(t)
	in := m.signedIn(m.buyer, safari)
	start := m.MachineNow()
	for d := 20 * time.Minute; d < 12*time.Hour; d += 20 * time.Minute {
		m.clock.set(start.Add(d))
		_, err := m.SessionBySecret(m.ctx, in.Secret)
		m.must(err)
	}
	m.clock.set(start.Add(12*time.Hour) - 1)
	_, err := m.SessionBySecret(m.ctx, in.Secret)
	m.must(err)
	for _, late := range []Instant{0, 1} {
		m.clock.set(start.Add(12*time.Hour) + late)
		_, err = m.SessionBySecret(m.ctx, in.Secret)
		if KindOf(err) != Unauthenticated {
			t.Errorf("at the end + %d µs: %v", late, err)
		}
	}
	n, err := m.ForgetExpired(m.ctx, 10)
	m.must(err)
	if left := m.countRows("SELECT COUNT(*) FROM sessions"); n < 1 || left != 0 {
		t.Errorf("%d forgotten, %d sessions left", n, left)
	}
}

func TestSessionTakesOneStatement(t *testing.T) {
	m := newMarket(t)
	in := m.signedIn(m.buyer, safari)
	secret, _, err := m.CreateToken(m.ctx, Operator, m.integration.AccountID, "shop", 0)
	m.must(err)
	for _, c := range []struct {
		after  time.Duration
		writes bool
	}{{59 * time.Second, false}, {time.Second, true}, {time.Second, false}, {58 * time.Second, false}, {time.Second, true}} {
		m.clock.set(m.MachineNow().Add(c.after))
		for name, ask := range map[string]func() error{
			"session": func() error { _, err := m.SessionBySecret(m.ctx, in.Secret); return err },
			"token":   func() error { _, err := m.TokenBySecret(m.ctx, secret); return err },
		} {
			before := m.Statements()
			m.must(ask())
			n := m.Statements() - before
			if name == "token" && c.after == 59*time.Second {
				continue // its first use is noted
			}
			if name == "session" && (n > 1) != c.writes {
				t.Errorf("%v on: %s took %d statements", c.after, name, n)
			}
		}
		before := m.Statements()
		_, err := m.TokenBySecret(m.ctx, secret)
		m.must(err)
		_, err = m.SessionBySecret(m.ctx, in.Secret)
		m.must(err)
		if n := m.Statements() - before; n != 2 {
			t.Errorf("a token and a session asked for again took %d statements", n)
		}
	}
}

func TestSignInGivesANewSecretAndEndsTheOld(t *testing.T) {
	m := newMarket(t)
	planted := newSecret()
	mail := m.askSignIn(SignInRequest{Email: "b1@example.com"})
	in, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, mail.Link), Browser: safari, Replaces: planted})
	m.must(err)
	if _, err := m.SessionBySecret(m.ctx, planted); KindOf(err) != Unauthenticated || in.Secret == planted {
		t.Errorf("a planted secret is a session: %v", err)
	}
	mail = m.askSignIn(SignInRequest{Email: "b1@example.com"})
	again, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, mail.Link), Browser: safari, Replaces: in.Secret})
	m.must(err)
	if _, err := m.SessionBySecret(m.ctx, in.Secret); KindOf(err) != Unauthenticated {
		t.Errorf("the session before is still there: %v", err)
	}
	_, err = m.SessionBySecret(m.ctx, again.Secret)
	m.must(err)
	m.must(m.SignOut(m.ctx, again.Secret))
	m.must(m.SignOut(m.ctx, again.Secret))
	if _, err := m.SessionBySecret(m.ctx, again.Secret); KindOf(err) != Unauthenticated {
		t.Errorf("signed out and still in: %v", err)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	m := newMarket(t)
	var mine []SignedIn
	for i := range 4 {
		m.clock.set(m.MachineNow().Add(time.Second))
		mine = append(mine, m.signedIn(m.buyer, fmt.Sprint("browser ", i)))
	}
	other := m.signedIn(m.buyer2, "other")
	list, err := m.Sessions(m.ctx, m.buyer)
	m.must(err)
	if len(list) != 4 || list[0].UserAgent != "browser 3" || list[3].ID != mine[0].Session.ID {
		t.Fatalf("the list is %+v", list)
	}
	wantCode(t, m.EndSession(m.ctx, m.buyer, other.Session.ID), "not_found")
	wantCode(t, m.EndSession(m.ctx, Anonymous, other.Session.ID), "not_found")
	m.must(m.EndSession(m.ctx, m.buyer, mine[0].Session.ID))
	wantCode(t, m.EndSession(m.ctx, m.buyer, mine[0].Session.ID), "not_found")
	m.must(m.EndSession(m.ctx, m.admin, mine[1].Session.ID))
	n, err := m.EndOtherSessions(m.ctx, mine[2].Session)
	m.must(err)
	if n != 1 {
		t.Errorf("%d others ended, want 1", n)
	}
	for i, in := range mine {
		_, err := m.SessionBySecret(m.ctx, in.Secret)
		if (err == nil) != (i == 2) {
			t.Errorf("session %d: %v", i, err)
		}
	}
	_, err = m.SessionBySecret(m.ctx, other.Secret)
	m.must(err)
	wantCode(t, m.EndSessionsOf(m.ctx, m.agent, m.buyer2.AccountID), "forbidden")
	m.must(m.EndSessionsOf(m.ctx, m.admin, m.buyer2.AccountID))
	if _, err := m.SessionBySecret(m.ctx, other.Secret); KindOf(err) != Unauthenticated {
		t.Errorf("ended by an admin and still in: %v", err)
	}
}

func TestSecretsAreNotAlike(t *testing.T) {
	seen := make(map[string]bool, 100_000)
	for range 100_000 {
		s := newSecret()
		if len(s) != secretSize || seen[s] {
			t.Fatalf("secret %q comes twice or is short", s)
		}
		seen[s] = true
	}
}

// Whoever reads the database finds nothing that lets them in.
func TestNoSecretRestsInTheDatabase(t *testing.T) {
	m := newMarket(t)
	m.order("A-1", nil)
	mail := m.askSignIn(SignInRequest{Email: "b1@example.com"})
	late := m.askSignIn(SignInRequest{Email: "b1@example.com", Browser: webview})
	in, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, mail.Link), Browser: safari})
	m.must(err)
	token, _, err := m.CreateToken(m.ctx, Operator, m.integration.AccountID, "shop", 0)
	m.must(err)
	printed, _, err := m.PrintSignIn(m.ctx, Operator, m.lead.AccountID, time.Hour)
	m.must(err)
	handed, err := m.CreateHandoff(m.ctx, m.integration, HandoffInput{BuyerID: "mp-b-1"})
	m.must(err)
	staff := m.signedIn(m.agent, safari)
	setup, _, codes := m.enrolled(staff)
	secrets := map[string]string{
		"link": tokenOf(t, mail.Link), "unused link": tokenOf(t, late.Link), "cookie": in.Secret, "browser": webview, "staff cookie": staff.Secret,
		"API token": token, "API token without prefix": strings.TrimPrefix(token, tokenPrefix), "printed": tokenOf(t, printed),
		"handoff": tokenOf(t, handed.Path), "TOTP": setup.Secret, "recovery": codes[0], "recovery, bare": strings.ReplaceAll(codes[0], "-", ""),
	}
	rested := 0
	for _, query := range []string{
		"SELECT * FROM accounts", "SELECT * FROM sessions", "SELECT * FROM sign_ins", "SELECT * FROM api_tokens", "SELECT * FROM tries",
		"SELECT * FROM notices", "SELECT * FROM settings", "SELECT * FROM idempotency_keys",
	} {
		var rows []map[string]any
		m.must(m.db(m.ctx).Raw(query).Scan(&rows).Error)
		for _, row := range rows {
			rested++
			var all strings.Builder
			for _, v := range row {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
				fmt.Fprintln(&all, v)
			}
			for name, secret := range secrets {
				if strings.Contains(all.String(), secret) {
					t.Errorf("%s: the %s rests in %v", query, name, row)
				}
			}
			if strings.HasSuffix(query, "notices") && strings.Contains(all.String(), late.Code) {
				t.Errorf("the code %s rests in %v", late.Code, row)
			}
		}
	}
	if rested < 15 {
		t.Errorf("only %d rows were looked at", rested)
	}
	m.grepFile(secrets)
}
