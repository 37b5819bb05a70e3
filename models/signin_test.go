package models

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	safari  = "browser-that-asked-0000000000000000000000000"
	webview = "another-browser-11111111111111111111111111"
)

// replica is another process on the same database; change may turn it into a sandbox.
func (m *market) replica(change func(*Config)) *Store {
	m.t.Helper()
	config := m.config
	if change != nil {
		change(&config)
	}
	s, err := Open(m.ctx, config)
	m.must(err)
	m.t.Cleanup(func() { _ = s.Close() })
	return s
}

func (m *market) sandbox() *Store { return m.replica(func(c *Config) { c.Sandbox = true }) }

// askSignIn asks for a mail and returns it.
func (m *market) askSignIn(in SignInRequest) Mail {
	m.t.Helper()
	if in.Browser == "" {
		in.Browser = safari
	}
	if in.Locale == "" {
		in.Locale = "ja"
	}
	_, err := m.RequestSignIn(m.ctx, in)
	m.must(err)
	_, err = m.DeliverOutbox(m.ctx, 100)
	m.must(err)
	m.mail.mu.Lock()
	defer m.mail.mu.Unlock()
	if len(m.mail.sent) == 0 {
		m.t.Fatal("no mail was sent")
	}
	return m.mail.sent[len(m.mail.sent)-1]
}

func tokenOf(t *testing.T, path string) string {
	t.Helper()
	parts := strings.Split(path, "/")
	if len(parts) != 4 || parts[2] != "sign-in" || len(parts[3]) != secretSize {
		t.Fatalf("link %q is not /LOCALE/sign-in/TOKEN", path)
	}
	return parts[3]
}

func wrongCode(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestSignInByLink(t *testing.T) {
	m := newMarket(t)
	mail := m.askSignIn(SignInRequest{Email: " B1@Example.COM ", Locale: "en", Next: "/en/my/orders/A-1", Address: "192.0.2.1"})
	if mail.To.Email != "b1@example.com" || mail.Notice.Kind != "sign_in" || !mail.Notice.Secret || len(mail.Code) != 6 || !strings.HasPrefix(mail.Link, "/en/") {
		t.Fatalf("mail is %+v", mail)
	}
	token := tokenOf(t, mail.Link)
	for range 3 { // a scanner that opens the link uses nothing up
		link, err := m.PeekSignIn(m.ctx, token, safari)
		m.must(err)
		if link.State != SignInReady || link.Kind != "link" || link.Email != "b1@example.com" || link.Locale != "en" {
			t.Fatalf("peek is %+v", link)
		}
	}
	in, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Token: token, Browser: safari, UserAgent: "Safari\r\nX: y", Address: "192.0.2.1"})
	m.must(err)
	if in.Next != "/en/my/orders/A-1" || in.Session.Account.ID != m.buyer.AccountID || in.Session.UserAgent != "SafariX: y" {
		t.Errorf("signed in as %+v", in)
	}
	x, err := m.SessionBySecret(m.ctx, in.Secret)
	m.must(err)
	if x.Actor() != m.buyer || x.SecondFactorDue {
		t.Errorf("session acts as %+v", x.Actor())
	}
	if link, _ := m.PeekSignIn(m.ctx, token, safari); link != (SignInLink{State: SignInExpired}) {
		t.Errorf("a used link shows %+v", link)
	}
	_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Token: token, Browser: safari})
	wantCode(t, err, "sign_in_expired")
	_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Email: "b1@example.com", Code: mail.Code, Browser: safari})
	wantCode(t, err, "sign_in_expired") // link and code are one sign-in
	for _, altered := range []string{"", "x", token[:42] + "A" + "A", strings.ToUpper(token), token[:42]} {
		_, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Token: altered, Browser: safari})
		if KindOf(err) != Invalid {
			t.Errorf("token %q: %v", altered, err)
		}
	}
}

func TestSignInRunsOutAfter15Minutes(t *testing.T) {
	for _, c := range []struct {
		after time.Duration
		code  string
	}{
		{15*time.Minute - time.Microsecond, ""},
		{15 * time.Minute, "sign_in_expired"},
		{15*time.Minute + time.Microsecond, "sign_in_expired"},
	} {
		for _, byCode := range []bool{false, true} {
			m := newMarket(t)
			mail := m.askSignIn(SignInRequest{Email: "b1@example.com"})
			m.clock.set(m.MachineNow().Add(c.after))
			in := SignInAnswer{Browser: safari, Token: tokenOf(t, mail.Link)}
			want := c.code
			if byCode {
				in = SignInAnswer{Browser: safari, Email: "b1@example.com", Code: mail.Code}
				if want != "" {
					want = "sign_in_code_wrong" // there is nothing left that it could be the code of
				}
			}
			link, err := m.PeekSignIn(m.ctx, tokenOf(t, mail.Link), safari)
			m.must(err)
			if (link.State == SignInReady) != (want == "") {
				t.Errorf("after %v the page shows %+v", c.after, link)
			}
			_, err = m.ConsumeSignIn(m.ctx, in)
			if CodeOf(err) != want {
				t.Errorf("after %v, by code %v: got %v, want %q", c.after, byCode, err, want)
			}
		}
	}
}

func TestLinkOpensOnlyWhereItWasAskedFor(t *testing.T) {
	m := newMarket(t)
	mail := m.askSignIn(SignInRequest{Email: "b1@example.com"})
	token := tokenOf(t, mail.Link)
	for _, browser := range []string{webview, ""} {
		link, err := m.PeekSignIn(m.ctx, token, browser)
		m.must(err)
		if link.State != SignInOtherBrowser {
			t.Errorf("browser %q sees %+v", browser, link)
		}
		_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Token: token, Browser: browser})
		wantCode(t, err, "sign_in_other_browser")
	}
	typed := mail.Code[:3] + " " + mail.Code[3:]
	_, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Email: "B1@example.com", Code: typed, Browser: webview})
	m.must(err)
	_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Token: token, Browser: safari})
	wantCode(t, err, "sign_in_expired")
}

func TestCodeHasFiveTries(t *testing.T) {
	m := newMarket(t)
	mail := m.askSignIn(SignInRequest{Email: "b1@example.com"})
	wrong := SignInAnswer{Email: "b1@example.com", Code: wrongCode(mail.Code), Browser: safari, Address: "192.0.2.1"}
	for range 5 {
		_, err := m.ConsumeSignIn(m.ctx, wrong)
		wantCode(t, err, "sign_in_code_wrong")
	}
	right := wrong
	right.Code = mail.Code
	_, err := m.ConsumeSignIn(m.ctx, right)
	wantCode(t, err, "sign_in_expired")
	// The link is the owner's whoever guesses.
	_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, mail.Link), Browser: safari})
	m.must(err)
}

func TestStrangersWhoGuessDoNotTakeTheOwnersTries(t *testing.T) {
	m := newMarket(t)
	mail := m.askSignIn(SignInRequest{Email: "b1@example.com"})
	guess := SignInAnswer{Email: "b1@example.com", Code: wrongCode(mail.Code), Browser: webview, Address: "198.51.100.7"}
	for range 5 {
		_, err := m.ConsumeSignIn(m.ctx, guess)
		wantCode(t, err, "sign_in_code_wrong")
	}
	guess.Code = mail.Code
	_, err := m.ConsumeSignIn(m.ctx, guess)
	if KindOf(err) != TooMany {
		t.Fatalf("the sixth guess: %v", err)
	}
	_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Email: "b1@example.com", Code: mail.Code, Browser: safari, Address: "192.0.2.1"})
	m.must(err)
}

func TestGuessesOfOneNetworkAreLimited(t *testing.T) {
	m := newMarket(t)
	limited := 0
	for i := range 25 {
		_, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Email: fmt.Sprintf("x%d@example.com", i), Code: "123456", Browser: webview, Address: fmt.Sprintf("2001:db8:1:1::%x", i)})
		if KindOf(err) == TooMany {
			limited++
		} else {
			wantCode(t, err, "sign_in_code_wrong")
		}
	}
	if limited != 5 {
		t.Errorf("%d of 25 guesses were refused, want 5", limited)
	}
}

// Known, unknown, ordered-only and disabled addresses must not be told apart by what is done
// or answered, and the last and the second must not get in.
func TestNobodyLearnsWhichAddressesAreKnown(t *testing.T) {
	m := newMarket(t)
	m.order("A-1", func(in *OrderInput) {
		in.Buyer = BuyerInput{ID: "mp-b-9", Email: "only-orders@example.com", Name: "注文だけ"}
	})
	m.order("A-2", func(in *OrderInput) { in.Buyer = BuyerInput{ID: "mp-b-2", Email: "b2@example.com"} })
	_, err := m.DisableAccount(m.ctx, m.admin, m.buyer2.AccountID)
	m.must(err)
	_, err = m.RequestSignIn(m.ctx, SignInRequest{Email: "warm-up@example.com", Browser: safari, Address: "192.0.2.1"})
	m.must(err)
	_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Email: "warm-up@example.com", Code: "000000"})
	wantCode(t, err, "sign_in_code_wrong")
	var counts []int64
	for _, c := range []struct {
		email string
		kind  string
	}{
		{"b1@example.com", "sign_in"},
		{"nobody@example.com", "sign_in_unknown"},
		{"only-orders@example.com", "sign_in"},
		{"b2@example.com", "sign_in_unknown"}, // disabled
		{"m1@example.com", "sign_in_unknown"}, // an integration has no pages
	} {
		before := m.Statements()
		until, err := m.RequestSignIn(m.ctx, SignInRequest{Email: c.email, Browser: safari, Address: "192.0.2.1"})
		counts = append(counts, m.Statements()-before)
		if err != nil || until != m.MachineNow().Add(15*time.Minute) {
			t.Errorf("%s is answered %v, %v", c.email, until, err)
		}
		_, err = m.DeliverOutbox(m.ctx, 10)
		m.must(err)
		mail := m.mail.sent[len(m.mail.sent)-1]
		if mail.To.Email != c.email || mail.Notice.Kind != c.kind || (mail.Link == "") != (c.kind == "sign_in_unknown") || (mail.Code == "") != (mail.Link == "") {
			t.Errorf("%s gets %+v", c.email, mail)
		}
		id, _ := mail.Notice.Args["sign_in"].(string)
		if len(mail.Notice.Args) != 1 || id == "" {
			t.Errorf("%s: the notice holds %v", c.email, mail.Notice.Args)
		}
		// Even the secrets that were never sent open nothing for the unknown.
		before = m.Statements()
		_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Email: c.email, Code: wrongCode(m.mailCode(id)), Browser: safari})
		counts[len(counts)-1] += 1000 * (m.Statements() - before)
		wantCode(t, err, "sign_in_code_wrong")
		if c.kind == "sign_in_unknown" {
			_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Email: c.email, Code: m.mailCode(id), Browser: safari})
			wantCode(t, err, "sign_in_code_wrong")
			_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Token: m.mailToken(id), Browser: safari})
			wantCode(t, err, "sign_in_expired")
		}
	}
	for _, n := range counts {
		if n != counts[0] || n < 1000 {
			t.Errorf("statements differ: %v", counts)
		}
	}
}

func TestFirstSignInMakesABuyersAccount(t *testing.T) {
	m := newMarket(t)
	m.order("A-1", func(in *OrderInput) {
		in.Buyer = BuyerInput{ID: "mp-b-9", Email: "New@Example.com", Name: "新しい人", Locale: "en"}
	})
	mail := m.askSignIn(SignInRequest{Email: "new@example.com"})
	in, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, mail.Link), Browser: safari})
	m.must(err)
	a, err := m.AccountByEmail(m.ctx, "NEW@example.com")
	m.must(err)
	if in.Session.Account != a || a.Role != RoleBuyer || a.Name != "新しい人" || a.Locale != "en" {
		t.Errorf("account is %+v", a)
	}
}

func TestOneOfManyAtOnceGetsIn(t *testing.T) {
	m := newMarket(t)
	m.order("A-1", func(in *OrderInput) { in.Buyer = BuyerInput{ID: "mp-b-9", Email: "new@example.com"} })
	mail := m.askSignIn(SignInRequest{Email: "new@example.com"})
	stores := []*Store{m.Store, m.replica(nil)}
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			in := SignInAnswer{Token: tokenOf(t, mail.Link), Browser: safari}
			if i%4 == 3 {
				in = SignInAnswer{Email: "new@example.com", Code: mail.Code, Browser: safari}
			}
			_, errs[i] = stores[i%2].ConsumeSignIn(m.ctx, in)
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if CodeOf(err) != "sign_in_expired" {
			t.Errorf("a loser gets %v", err)
		}
	}
	if n := m.countRows("SELECT COUNT(*) FROM sessions"); won != 1 || n != 1 {
		t.Errorf("%d got in, %d sessions", won, n)
	}
}

func TestMailsAreLimited(t *testing.T) {
	m := newMarket(t)
	ask := func(email, address string) error {
		_, err := m.RequestSignIn(m.ctx, SignInRequest{Email: email, Browser: safari, Address: address})
		return err
	}
	for range 5 {
		m.must(ask("b1@example.com", "192.0.2.1"))
	}
	err := ask("b1@example.com", "192.0.2.1")
	if KindOf(err) != TooMany {
		t.Fatalf("the sixth mail: %v", err)
	}
	m.must(ask("b1@example.com", "192.0.2.2")) // the rightful person, elsewhere
	m.must(ask("b2@example.com", "192.0.2.1"))
	until := m.MachineNow().Add(time.Hour)
	m.clock.set(until - 1)
	if err := ask("b1@example.com", "192.0.2.1"); KindOf(err) != TooMany {
		t.Errorf("just before the hour: %v", err)
	}
	m.clock.set(until)
	m.must(ask("b1@example.com", "192.0.2.1"))
	for i := range 100 {
		err = ask(fmt.Sprintf("x%d@example.com", i), "203.0.113.9")
		if (KindOf(err) == TooMany) != (i >= 60) {
			t.Fatalf("mail %d of a network: %v", i, err)
		}
	}
	m.clock.set(m.MachineNow().Add(25 * time.Hour))
	n, err := m.ForgetExpired(m.ctx, 1000)
	m.must(err)
	if left := m.countRows("SELECT COUNT(*) FROM tries") + m.countRows("SELECT COUNT(*) FROM sign_ins"); n == 0 || left != 0 {
		t.Errorf("%d rows forgotten, %d left", n, left)
	}
}

func TestAMailThatComesTooLateIsNotSent(t *testing.T) {
	m := newMarket(t)
	_, err := m.RequestSignIn(m.ctx, SignInRequest{Email: "b1@example.com", Browser: safari})
	m.must(err)
	m.clock.set(m.MachineNow().Add(signInLife))
	_, err = m.DeliverOutbox(m.ctx, 10)
	m.must(err)
	if len(m.mail.sent) != 0 {
		t.Errorf("sent %+v", m.mail.sent)
	}
}

func TestPrintedLinks(t *testing.T) {
	m := newMarket(t)
	_, _, err := m.PrintSignIn(m.ctx, m.admin, m.agent.AccountID, time.Hour)
	wantCode(t, err, "forbidden") // it would let an admin be anyone
	_, _, err = m.PrintSignIn(m.ctx, Operator, m.integration.AccountID, time.Hour)
	wantCode(t, err, "cannot_sign_in")
	path, until, err := m.PrintSignIn(m.ctx, Operator, m.buyer.AccountID, time.Hour)
	m.must(err)
	if until != m.MachineNow().Add(time.Hour) {
		t.Errorf("it ends at %v", until)
	}
	_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, path), Browser: webview})
	m.must(err)
	_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, path), Browser: webview})
	wantCode(t, err, "sign_in_expired")
	// Disabling an account voids what was printed before.
	path, _, err = m.PrintSignIn(m.ctx, Operator, m.buyer.AccountID, time.Hour)
	m.must(err)
	_, err = m.DisableAccount(m.ctx, m.admin, m.buyer.AccountID)
	m.must(err)
	_, err = m.EnableAccount(m.ctx, m.admin, m.buyer.AccountID)
	m.must(err)
	_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, path)})
	wantCode(t, err, "sign_in_expired")
}

func TestLocalPath(t *testing.T) {
	for next, local := range map[string]bool{
		"/":                            true,
		"/ja/my/orders/A-1?x=1#top":    true,
		"/ja/my/orders/%E3%81%82":      true,
		"/ja/check?next=//evil.test":   true, // the query is not the path
		"":                             false,
		"ja/my":                        false,
		"//evil.test":                  false,
		`/\evil.test`:                  false,
		`/a\b`:                         false,
		`/a?b=\c`:                      false,
		"https:evil.test":              false,
		"https://evil.test/":           false,
		"javascript:alert(1)":          false,
		"%2f%2fevil.test":              false,
		"/%2f%2fevil.test":             false, // some proxies decode
		"/%5cevil.test":                false,
		"/%2fevil.test":                false,
		"\t//evil.test":                false,
		"/\t/evil.test":                false,
		"/\r\nSet-Cookie: a=b":         false,
		"/%0d%0aSet-Cookie:a":          false,
		"/..//evil.test":               false,
		"/a/../../x":                   false,
		"/./evil":                      false,
		" //evil.test":                 false,
		"/\u00a0/evil":                 false,
		"/\u202eevil":                  false,
		"/%zz":                         false,
		"/" + strings.Repeat("a", 500): false,
		"/\xff":                        false,
		"/@evil.test":                  true,
		"///evil.test":                 false,
		"/ja//evil":                    false,
	} {
		if got := LocalPath(next); (got != "") != local || local && got != next {
			t.Errorf("LocalPath(%q) = %q", next, got)
		}
	}
}

func TestLocalPathNeverLeaves(t *testing.T) {
	base, err := url.Parse("https://portal.example/ja/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		next := LocalPath(rapid.StringOf(rapid.RuneFrom([]rune("/\\.:@?#%25fFcC0aA-\t\n ev"))).Draw(t, "next"))
		if next == "" {
			return
		}
		// As browsers do: backslashes are slashes, tabs and line ends are nothing.
		read := strings.NewReplacer(`\`, "/", "\t", "", "\n", "", "\r", "").Replace(next)
		to, err := base.Parse(read)
		if err != nil || to.Host != base.Host || to.Scheme != base.Scheme {
			t.Fatalf("%q leads to %v (%v)", next, to, err)
		}
	})
}
