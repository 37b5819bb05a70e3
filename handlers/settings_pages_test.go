package handlers

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// The settings say which mails come and why, with the hours of the policy in force.
func TestSettingsSayWhichMailsCome(t *testing.T) {
	p := newPortal(t)
	for role, kinds := range map[string][]string{"buyer": {"sign_in", "message", "claim", "reminder"}, "seller": {"contact", "reminder"}, "agent": {"sign_in"}} {
		for _, lang := range []string{"ja", "en"} {
			page, w := settingsOf(p, role, lang), words{p.h, lang, p.h.catalog}
			for _, kind := range kinds {
				wants(t, role+" in "+lang, page, w.label("settings.mail", kind))
			}
			if role != "seller" && strings.Contains(page, w.label("settings.mail", "contact")) {
				t.Errorf("%s in %s is told of mails only sellers get", role, lang)
			}
		}
	}
	wants(t, "reminders", settingsOf(p, "buyer", "ja"), "回答期限の24時間前、6時間前。", `href="/ja/my/notices"`)
	wants(t, "a seller's notices", settingsOf(p, "seller", "ja"), `href="/ja/seller/notices"`)
}

// settingsOf is the page as it stands: it names the test's browser, which is no word of a language.
func settingsOf(p *portal, role, lang string) string {
	return html.UnescapeString(string(p.visitor(role).send(http.MethodGet, "/"+lang+"/settings", "", nil).raw))
}

// The second factor is set up with a QR code that is part of the page: no address of its own
// holds the secret, and a slip in the code keeps it.
func TestSecondFactorHasAQRCode(t *testing.T) {
	p := newPortal(t)
	v := p.visitor("buyer")
	page := v.post(http.StatusOK, "/en/settings/second-factor/begin", nil)
	wants(t, "setup", page, `<svg class="qr" role="img"`, `d="M4 4h7v1h-7z`, `<code>`)
	if strings.Contains(page, `src="data:`) || strings.Contains(page, "<img") {
		t.Error("the QR code is not part of the page")
	}
	secret := between(page, `name="secret" value="`, `"`)
	address := between(page, `name="url" value="`, `"`)
	again := v.post(http.StatusUnprocessableEntity, "/en/settings/second-factor", url.Values{"secret": {secret}, "url": {strings.ReplaceAll(address, "&amp;", "&")}, "code": {"000000"}})
	wants(t, "after a slip", again, between(page, `fill="#000" d="`, `"`), secret)
	if page := v.post(http.StatusUnprocessableEntity, "/en/settings/second-factor", url.Values{"secret": {secret}, "url": {"https://elsewhere.test"}, "code": {"000000"}}); strings.Contains(page, `class="qr"`) {
		t.Error("any address becomes a QR code")
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

func TestBrowserName(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                         "Chrome (Windows)",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge (Windows)",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari (iPhone)",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36":     "Samsung Internet (Android)",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0":                                                    "Firefox (macOS)",
		"curl/8.5.0": "curl/8.5.0", "": "",
	} {
		if got := browserName(agent); got != want {
			t.Errorf("%s: %q, want %q", agent, got, want)
		}
	}
}

// The message centre of buyer and seller: each message with its number, read once it is marked.
func TestMessageCentreOfBothSides(t *testing.T) {
	p := newPortal(t)
	p.claim("O-1")
	for _, tc := range []struct{ role, lang, base string }{{"buyer", "ja", "/my/notices"}, {"seller", "en", "/seller/notices"}} {
		v, w, base := p.visitor(tc.role), words{p.h, tc.lang, p.h.catalog}, "/"+tc.lang+tc.base
		list := v.page(http.StatusOK, base)
		wants(t, tc.role, list, `data-s="unread"`, w.text("notices.unread"))
		one := between(list, `href="`+base+"/", `"`)
		page := v.page(http.StatusOK, base+"/"+one)
		wants(t, tc.role+"'s notice", page, one, base+"/"+one+"/read")
		if to := v.post(http.StatusSeeOther, base+"/"+one+"/read", nil); to != base+"/"+one {
			t.Errorf("%s: marking leads to %s", tc.role, to)
		}
		wants(t, tc.role+"'s notice read", v.page(http.StatusOK, base+"/"+one), w.text("notices.read_at"))
	}
	wants(t, "nothing yet", string(p.visitor("lead").send(http.MethodGet, "/ja/my/notices", "", nil).raw), `class="empty"`)
}

func TestSettings(t *testing.T) {
	p := newPortal(t)
	v, other := p.as("s1"), p.as("s1")
	v.page(200, "/ja/settings")
	v.page(200, "/en/settings")
	ends := regexp.MustCompile(`action="(/ja/settings/sessions/[^"]*/end)"`).FindStringSubmatch(v.page(200, "/ja/settings"))
	if ends == nil {
		t.Fatal("the other session cannot be ended")
	}
	p.as("b1").post(303, ends[1], url.Values{}) // somebody else's session stays
	if got := other.send("GET", "/ja/seller", "", nil); got.status != 200 {
		t.Errorf("another account ended the session: %d", got.status)
	}
	v.post(303, ends[1], url.Values{})
	if got := other.send("GET", "/ja/seller", "", nil); got.status != 303 {
		t.Errorf("an ended session still got %d", got.status)
	}
	if to := v.post(303, "/ja/settings/language", url.Values{"language": {"en"}}); to != "/en/settings" {
		t.Errorf("English leads to %s", to)
	}
	if to := v.post(303, "/ja/settings/language", url.Values{"language": {"//evil.example"}}); to != "/ja/settings" {
		t.Errorf("no language leads to %s", to)
	}
	v.page(200, "/ja/settings/second-factor")
	wants(t, "wrong code", v.post(422, "/ja/settings/second-factor", url.Values{"code": {""}}), "6桁の確認コードを入力してください")
}
