package handlers

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// visitor is a browser without script: it keeps cookies and sends forms as they stand.
type visitor struct {
	*portal
	cookies map[string]string
}

func (p *portal) visitor(role string) *visitor {
	p.t.Helper()
	v := &visitor{p, map[string]string{}}
	if role != "" {
		r := httptest.NewRequest(http.MethodGet, "http://portal.test/", nil)
		p.signIn(r, role)
		for _, c := range r.Cookies() {
			v.cookies[c.Name] = c.Value
		}
	}
	return v
}

func (v *visitor) send(method, path, mediaType string, body []byte) response {
	v.t.Helper()
	path, _, _ = strings.Cut(path, "#") // where on the page is the browser's own business
	r := httptest.NewRequestWithContext(v.t.Context(), method, "http://portal.test"+path, bytes.NewReader(body))
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	if method != http.MethodGet {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Origin", "http://portal.test")
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	got := v.do(r)
	for _, c := range (&http.Response{Header: got.header}).Cookies() {
		v.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	return got
}

func (v *visitor) page(status int, path string) string {
	v.t.Helper()
	got := v.send(http.MethodGet, path, "", nil)
	if got.status != status {
		v.t.Fatalf("GET %s: %d, want %d\n%s", path, got.status, status, got.raw)
	}
	v.clean(path, string(got.raw))
	return string(got.raw)
}

// post sends a form and returns the page, or where it leads.
func (v *visitor) post(status int, path string, values url.Values) string {
	v.t.Helper()
	return v.answer(status, path, v.send(http.MethodPost, path, "application/x-www-form-urlencoded", []byte(values.Encode())))
}

func (v *visitor) answer(status int, path string, got response) string {
	v.t.Helper()
	if got.status != status {
		v.t.Fatalf("POST %s: %d, want %d\n%s", path, got.status, status, got.raw)
	}
	if status == http.StatusSeeOther {
		return got.header.Get("Location")
	}
	v.clean(path, string(got.raw))
	return string(got.raw)
}

type sentFile struct {
	name    string
	content []byte
}

func (v *visitor) postFiles(status int, path string, values url.Values, files ...sentFile) string {
	v.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, list := range values {
		for _, value := range list {
			_ = w.WriteField(name, value)
		}
	}
	for _, f := range files {
		part, err := w.CreateFormFile("files", f.name)
		if err != nil {
			v.t.Fatal(err)
		}
		_, _ = part.Write(f.content)
	}
	_ = w.Close()
	return v.answer(status, path, v.send(http.MethodPost, path, w.FormDataContentType(), b.Bytes()))
}

var (
	tags      = regexp.MustCompile(`(?s)<[^>]*>`)
	japanese  = regexp.MustCompile(`[ぁ-んァ-ヶ一-龠]+`)
	english   = regexp.MustCompile(`[A-Za-z_]{3,}(?:\.[a-z_]+)?`)
	given     = regexp.MustCompile(`日本語|English|Hosho|BHD|iPhone|Android|Windows|Shift|Delete|HEIC|Mac|Command|WCAG|JIS|机の灯り|店 mp-s-\d|飛脚|青木|予定日を過ぎても届きません。|商品が届きません。|[CM]-[0-9A-Z-]{9}|[A-Z]-[A-Z0-9-]+|[\w.-]+@[\w.]+|[\w-]+\.(?:png|txt)|API|JPEG|PNG|WebP|PDF|LINE|MB|KB|[a-f0-9]{16}|機の写真|証拠|\b(?:agent2?|lead|admin)\b|ZIP|statement\.html|intact|TAMPERED`)
	bareKey   = regexp.MustCompile(`\b(?:page|public|signin|orders|contact|claims|work|letter|case|rule|claim)\.[a-z_]+`)
	oneHead   = regexp.MustCompile(`<h1[ >]`)
	plainCode = regexp.MustCompile(`<no value>|%!|ZgotmplZ| style=| on[a-z]+="`)
)

// clean fails on what no page may hold: words of the other language, keys instead of words,
// more or less than one heading, anything inline, messages that lead nowhere.
func (v *visitor) clean(what, page string) {
	v.t.Helper()
	if !strings.Contains(page, "<html") {
		return
	}
	if n := len(oneHead.FindAllString(page, -1)); n != 1 {
		v.t.Errorf("%s has %d headings of the first order", what, n)
	}
	if m := plainCode.FindString(page); m != "" {
		v.t.Errorf("%s contains %q", what, m)
	}
	for _, m := range leadsTo.FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, ` id="`+m[1]+`"`) {
			v.t.Errorf("%s: a message leads to %s, which is not there", what, m[1])
		}
	}
	text := page[strings.Index(page, "<body"):]
	text = regexp.MustCompile(`(?s)<textarea.*?</textarea>|<svg.*?</svg>|<code.*?</code>`).ReplaceAllString(text, "")
	text = given.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(text, "\n")), "")
	if m := bareKey.FindString(text); m != "" {
		v.t.Errorf("%s says the key %q", what, m)
	}
	if strings.Contains(page, `<html lang="en"`) {
		if m := japanese.FindString(text); m != "" {
			v.t.Errorf("%s in English says %q", what, m)
		}
	} else if m := english.FindString(text); m != "" {
		v.t.Errorf("%s in Japanese says %q", what, m)
	}
}

func wants(t *testing.T, what, page string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(page, part) {
			t.Errorf("%s lacks %q", what, part)
		}
	}
}

func TestPagesForAnyone(t *testing.T) {
	p := newPortal(t)
	v := p.visitor("")
	if got := v.send(http.MethodGet, "/", "", nil); got.status != http.StatusFound || got.header.Get("Location") != "/ja/" {
		t.Errorf("/ leads to %d %q", got.status, got.header.Get("Location"))
	}
	v.page(http.StatusOK, "/en/")
	if got := v.send(http.MethodGet, "/", "", nil); got.header.Get("Location") != "/en/" {
		t.Errorf("the language last read is not kept: %q", got.header.Get("Location"))
	}
	wants(t, "guarantee", v.page(http.StatusOK, "/ja/guarantee"), "48時間", "90日", "対象外", "約5分", "300,000円")
	wants(t, "guarantee", v.page(http.StatusOK, "/en/guarantee"), "48 hours", "90 days", "¥300,000")
	wants(t, "unknown language", string(v.send(http.MethodGet, "/fr/my", "", nil).raw), "日本語", "English")
	if got := v.send(http.MethodGet, "/ja/my/orders?cursor=x", "", nil); got.status != http.StatusSeeOther || got.header.Get("Location") != "/ja/sign-in?next=%2Fja%2Fmy%2Forders" {
		t.Errorf("a guest is led to %d %q", got.status, got.header.Get("Location"))
	}
}

// The four questions answer with the rules a filing is asked, for both languages.
func TestChecker(t *testing.T) {
	p := newPortal(t) // 2026-01-20 10:00 in Japan
	v := p.visitor("")
	q := func(pairs ...string) string {
		values := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		return values.Encode()
	}
	for _, step := range []string{"/check", "/check/2?item=seller", "/check/3?item=seller&reason=not_as_described", "/check/4?item=seller&reason=not_as_described&latest=2026-01-08"} {
		v.page(http.StatusOK, "/ja"+step)
		v.page(http.StatusOK, "/en"+step)
	}
	wants(t, "a missing answer", v.page(http.StatusUnprocessableEntity, "/ja/check/2"), "商品の種類を選択してください", "エラー: ", `href="#f-item"`)
	wants(t, "a wrong date", v.page(http.StatusUnprocessableEntity, "/ja/check/4?item=seller&reason=not_received&latest=x"), `value="x"`, "2026-11-30 のような日付")
	for _, c := range []struct {
		query string
		ja    []string
		en    []string
	}{
		{q("item", "seller", "reason", "change_of_mind"), []string{"お客様のご都合によるキャンセル・返品は、保証の対象外です", "選び直す"}, []string{"A change of mind isn"}},
		{q("item", "digital"), []string{"デジタル商品は、保証の対象外です"}, []string{"Digital items"}},
		{q("item", "marketplace"), []string{"運営者のサポートが対応します"}, []string{"support handles this item"}},
		{q("item", "seller", "reason", "not_as_described", "latest", "2025-10-01", "contacted", "no"), []string{"申請の期限を過ぎています", "12月30日(火)23:59(日本時間)まで"}, []string{"The claim deadline has passed"}},
		{q("item", "seller", "reason", "not_as_described", "latest", "2026-01-08", "contacted", "no"), []string{"まず、出品者に連絡してください", "4月8日(水)"}, []string{"Contact the seller first"}},
		{q("item", "seller", "reason", "not_as_described", "latest", "2026-01-08", "contacted", "yes", "contacted_at", "2026-01-19T11:00"), []string{"申請できるのは1月21日(水)11:00(日本時間)からです", "あと25時間"}, []string{"You can file from Wed 21 Jan, 11:00 (Japan time)", "25 hours left"}},
		{q("item", "seller", "reason", "not_received", "latest", "2026-01-19", "contacted", "yes", "contacted_at", "2026-01-19T11:00"), []string{"申請できるのは1月23日(金)00:00(日本時間)からです"}, []string{"You can file from Fri 23 Jan"}},
		{q("item", "seller", "reason", "not_as_described", "latest", "2026-01-08", "contacted", "yes", "contacted_at", "2026-01-10T11:00"), []string{"申請できます", "申請を始める"}, []string{"You can file a claim"}},
	} {
		wants(t, c.query, v.page(http.StatusOK, "/ja/check/result?"+c.query), c.ja...)
		wants(t, c.query, v.page(http.StatusOK, "/en/check/result?"+c.query), c.en...)
	}
}

// From the first message to the claim, with everything that can go wrong on the way.
func TestBuyersPath(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		t.Run(lang, func(t *testing.T) {
			p := newPortal(t)
			p.order("A%2F1") // numbers are opaque and may hold a slash
			v, stranger := p.visitor("buyer"), p.visitor("seller")
			order := "/" + lang + "/my/orders/A%2F1"
			wants(t, "order", v.page(http.StatusOK, order), order+"/lines/1/contact", order+"/lines/1/outside-contact", `data-s="off"`)
			stranger.page(http.StatusNotFound, order)
			p.visitor("agent").page(http.StatusNotFound, order)

			contact := order + "/lines/1/contact"
			v.page(http.StatusOK, contact)
			got := v.postFiles(http.StatusUnprocessableEntity, contact, url.Values{"topic": {"not_received"}}, sentFile{"shot.png", picture(1)})
			wants(t, "a message without words", got, `href="#f-body"`, "shot.png", `name="evidence"`, `value="not_received" checked`)
			if n := len(p.want(200, "b1", "GET", "/orders/A%2F1/lines/1/messages", "").at("items").([]any)); n != 0 {
				t.Fatalf("%d messages were sent", n)
			}
			once := regexp.MustCompile(`name="once" value="(\w+)"`).FindStringSubmatch(got)[1]
			to := ""
			for range 2 { // a double click
				to = v.postFiles(http.StatusSeeOther, contact, url.Values{"topic": {"not_received"}, "body": {"商品が届きません。"}, "once": {once}}, sentFile{"shot.png", picture(1)})
			}
			if n := len(p.want(200, "b1", "GET", "/orders/A%2F1/lines/1/messages", "").at("items").([]any)); n != 1 {
				t.Errorf("clicked twice, %d messages were sent", n)
			}
			if to != order+"?done=sent&line=1" {
				t.Errorf("a message leads to %s", to)
			}
			said := v.page(http.StatusOK, to)
			wants(t, "order after contact", said, "商品が届きません。", order+"/claim/1", `class="banner" role="status" data-s="ok"`, p.h.catalog.Text(lang, "contact.done_sent", nil))
			if !regexp.MustCompile(`(?s)id="banner-title".{0,200}(から申請できます|can file a claim from)`).MatchString(said) {
				t.Error("the banner does not say from when a claim can be filed")
			}
			if n := strings.Count(v.page(http.StatusOK, order), order+"/lines/1/contact\""); n > 2 {
				t.Errorf("the order leads %d times to the message to the seller", n)
			}
			for _, row := range regexp.MustCompile(`(?s)<li data-s="off">.*?</li>`).FindAllString(said, -1) {
				if !strings.Contains(row, "<a href=") || len(regexp.MustCompile(`<p>[^<]{10,}</p>`).FindString(row)) == 0 {
					t.Errorf("what cannot be done has no reason or no other way: %s", row)
				}
			}
			if strings.Contains(v.page(http.StatusOK, order), `class="banner"`) {
				t.Error("the banner stays")
			}

			form := order + "/claim/1"
			ask := func(question string) string { return form + "/" + question }
			wants(t, "hub", v.page(http.StatusOK, form), ask("reason"), ask("story"), ask("contact-proof"), ask("evidence"), ask("outcome"), `class="tasks"`, order+"/lines/1/remind")
			v.page(http.StatusNotFound, ask("items")) // of one line there is nothing to choose
			v.page(http.StatusNotFound, ask("refund-to"))
			if to := v.post(http.StatusSeeOther, order+"/lines/1/remind", url.Values{"on": {"yes"}, "next": {form}}); to != form {
				t.Errorf("to be told leads to %s", to)
			}
			wants(t, "told", v.page(http.StatusOK, form), `name="on" value="no"`)
			wants(t, "told", v.page(http.StatusOK, order), `name="on" value="no"`)
			v.post(http.StatusSeeOther, order+"/lines/1/remind", url.Values{"on": {"no"}})
			wants(t, "not told", v.page(http.StatusOK, order), `name="on" value="yes"`)
			wants(t, "reason", v.page(http.StatusOK, ask("reason")), `value="not_received" checked`, `<legend><h1`)
			wants(t, "no reason", v.post(http.StatusUnprocessableEntity, ask("reason"), nil), `href="#f-reason"`)
			if to := v.post(http.StatusSeeOther, ask("check"), nil); to != form {
				t.Errorf("nothing to send leads to %s", to)
			}
			if to := v.post(http.StatusSeeOther, ask("reason"), url.Values{"reason": {"damaged_or_defective"}}); to != ask("story") {
				t.Errorf("after the reason comes %s", to)
			}
			wants(t, "no story", v.post(http.StatusUnprocessableEntity, ask("story"), url.Values{"description": {" \u200b\u3000"}}), `href="#f-description"`)
			wants(t, "dates of the order", v.post(http.StatusOK, ask("story"), url.Values{"description": {"商品が届きません。"}, "do": {"facts"}}), "商品が届きません。\n")
			if to := v.post(http.StatusSeeOther, ask("story"), url.Values{"description": {"予定日を過ぎても届きません。"}}); to != ask("contact-proof") {
				t.Errorf("after the story comes %s", to)
			}
			v.page(http.StatusOK, ask("contact-proof"))
			v.post(http.StatusSeeOther, ask("contact-proof"), nil)
			wants(t, "what was sent is offered", v.page(http.StatusOK, ask("evidence")), `name="reuse"`, "shot.png")
			wants(t, "no file", v.post(http.StatusUnprocessableEntity, ask("evidence"), url.Values{"do": {"next"}}), `href="#f-files"`)
			got = v.postFiles(http.StatusUnprocessableEntity, ask("evidence"), url.Values{"do": {"next"}}, sentFile{"good.png", picture(2)}, sentFile{"notes.txt", []byte("text")}, sentFile{"empty.png", nil})
			wants(t, "a bad file", got, "good.png", "notes.txt", `href="#f-files"`)
			keep := regexp.MustCompile(`name="remove" value="([^"]+)"`).FindStringSubmatch(v.page(http.StatusOK, ask("evidence")))
			if keep == nil {
				t.Fatal("the good file is not kept")
			}
			more := v.postFiles(http.StatusSeeOther, ask("evidence"), url.Values{"do": {"add"}, "caption-" + keep[1]: {"機の写真"}}, sentFile{"more.png", picture(7)})
			if more != ask("evidence")+"#files" {
				t.Errorf("a file that is added leads to %s", more)
			}
			got = v.page(http.StatusOK, more)
			wants(t, "two files and what one shows", got, "good.png", "more.png", "機の写真")
			second := regexp.MustCompile(`name="remove" value="([^"]+)"`).FindAllStringSubmatch(got, -1)[1][1]
			v.post(http.StatusSeeOther, ask("evidence"), url.Values{"remove": {second}})
			if strings.Contains(v.page(http.StatusOK, ask("evidence")), "more.png") {
				t.Error("a file that was removed is there")
			}
			if to := v.post(http.StatusSeeOther, ask("evidence"), url.Values{"do": {"next"}}); to != ask("outcome") {
				t.Errorf("after the files comes %s", to)
			}
			if got := v.send(http.MethodGet, ask("check"), "", nil); got.status != http.StatusSeeOther || got.header.Get("Location") != form {
				t.Errorf("answers are checked while one is missing: %d", got.status)
			}
			if to := v.post(http.StatusSeeOther, ask("check"), nil); to != form {
				t.Errorf("half a claim leads to %s", to)
			}
			wants(t, "no outcome", v.post(http.StatusUnprocessableEntity, ask("outcome"), nil), `href="#f-outcome"`)
			wants(t, "too much", v.post(http.StatusUnprocessableEntity, ask("outcome"), url.Values{"outcome": {"refund"}, "amount": {"９,９９９円"}}), `href="#f-amount"`, "９,９９９円", "3,800")
			wants(t, "how much", v.post(http.StatusUnprocessableEntity, ask("outcome"), url.Values{"outcome": {"partial_refund"}}), `href="#f-amount"`)
			check := v.post(http.StatusSeeOther, ask("outcome"), url.Values{"outcome": {"refund"}})
			if check != ask("check") {
				t.Fatalf("after the last question comes %s", check)
			}
			wants(t, "check", v.page(http.StatusOK, check), "good.png", "機の写真", ask("reason")+"?to=check", "3,800")
			if to := v.post(http.StatusSeeOther, ask("story"), url.Values{"description": {"予定日を過ぎても届きません。"}, "to": {"check"}}); to != check {
				t.Errorf("an answer that was changed leads to %s", to)
			}
			stranger.page(http.StatusNotFound, form)
			stranger.page(http.StatusNotFound, ask("evidence"))
			wants(t, "before it is thrown away", v.page(http.StatusOK, ask("discard")), `class="stop"`)
			p.clock.add(time.Minute)
			p.want(201, "s1", "POST", "/orders/A%2F1/lines/1/messages", `{"body":"商品が届きません。"}`)
			wants(t, "the seller has answered", v.page(http.StatusOK, check), `data-s="warn"`, p.h.catalog.Text(lang, "draft.changed_title", nil))
			checked := hidden(v.page(http.StatusOK, check))
			other := p.visitor("buyer")
			other.post(http.StatusSeeOther, ask("outcome"), url.Values{"outcome": {"refund"}, "amount": {"500"}})
			for _, typed := range []url.Values{checked, nil} {
				got = v.post(http.StatusConflict, check, typed)
				wants(t, "changed in another window", got, `role="alert"`, p.h.catalog.Text(lang, "error.draft_changed", nil), "500")
			}
			claim := v.post(http.StatusSeeOther, check, hidden(got))
			if !strings.HasPrefix(claim, "/"+lang+"/my/claims/C-") || !strings.HasSuffix(claim, "?sent=1") {
				t.Fatalf("sending leads to %s", claim)
			}
			if again := v.post(http.StatusSeeOther, check, nil); again+"?sent=1" != claim {
				t.Errorf("sent twice it leads to %s", again)
			}
			wants(t, "claim", v.page(http.StatusOK, claim), `class="confirmed"`, `data-kind="opens"`)
			claim = strings.TrimSuffix(claim, "?sent=1")
			stranger.page(http.StatusNotFound, claim)
			for _, page := range []string{"", "/evidence", "/withdraw", "/respond", "/object", "/reopen", "/evidence/" + keep[1]} {
				v.page(http.StatusOK, claim+page)
				stranger.page(http.StatusNotFound, claim+page)
			}
			v.page(http.StatusNotFound, claim+"/decision")
			for _, page := range []string{"/my", "/my/orders", "/my/claims"} {
				wants(t, page, v.page(http.StatusOK, "/"+lang+page), "机の灯り")
			}
			withdraw := claim + "/withdraw"
			version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(v.page(http.StatusOK, withdraw))[1]
			p.clock.add(50 * time.Hour)
			if _, err := p.store.RunDueTimers(t.Context(), 100); err != nil {
				t.Fatal(err)
			}
			v = p.visitor("buyer") // the old session was idle for too long
			got = v.post(http.StatusConflict, withdraw, url.Values{"version": {version}, "seq": {"1"}, "reason": {"機の写真"}})
			wants(t, "a stale form", got, "機の写真", `class="timeline"`)
			v.post(http.StatusSeeOther, withdraw, url.Values{"version": {regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(got)[1]}})
			v.post(http.StatusSeeOther, withdraw, url.Values{})
			wants(t, "withdrawn", v.page(http.StatusOK, claim), claim+"/reopen")
		})
	}
}

// Staff's question, the seller's offer and the decision, as the buyer meets them.
func TestBuyerAnswers(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		t.Run(lang, func(t *testing.T) {
			p := newPortal(t)
			offered, asked := p.claim("O-1"), p.claim("O-2")
			v := p.visitor("buyer")
			p.want(200, "s1", "POST", "/claims/"+offered+"/actions/offer", `{"kind":"partial_refund","amount":1000,"message":"予定日を過ぎても届きません。"}`)
			page := "/" + lang + "/my/claims/" + offered
			wants(t, "offer", v.page(http.StatusOK, page), "1,000", page+"/respond", `data-kind="due"`)
			wants(t, "no choice", v.post(http.StatusUnprocessableEntity, page+"/respond", url.Values{"kind": {"offer"}, "message": {"商品が届きません。"}}), `href="#f-choice"`, "商品が届きません。")
			v.post(http.StatusSeeOther, page+"/respond", url.Values{"kind": {"offer"}, "choice": {"accept"}})
			wants(t, "settled", v.page(http.StatusOK, page), "1,000")
			wants(t, "answered twice", v.post(http.StatusConflict, page+"/respond", url.Values{"kind": {"offer"}, "choice": {"decline"}, "message": {"商品が届きません。"}}), "商品が届きません。")

			p.want(200, "s1", "POST", "/claims/"+asked+"/actions/contest", `{"message":"商品が届きません。"}`)
			p.want(200, "agent", "POST", "/claims/"+asked+"/actions/ask", `{"party":"buyer","question":"予定日を過ぎても届きません。"}`)
			page = "/" + lang + "/my/claims/" + asked
			wants(t, "question", v.page(http.StatusOK, page), page+"/respond")
			v.postFiles(http.StatusSeeOther, page+"/respond", url.Values{"message": {"商品が届きません。"}, "do": {"send"}}, sentFile{"answer.png", picture(3)})
			wants(t, "answer", v.page(http.StatusOK, page), "answer.png")
			v.post(http.StatusSeeOther, page+"/messages", url.Values{"body": {"商品が届きません。"}})
			wants(t, "an empty message", v.post(http.StatusUnprocessableEntity, page+"/messages", url.Values{"body": {" "}}), `href="#f-body"`)
			p.want(200, "agent", "POST", "/claims/"+asked+"/actions/decide", `{"outcome":"granted","borne_by":"seller","counts_against_seller":false,"reason_code":"not_delivered","rule":"","facts":"商品が届きません。","explanation":"予定日を過ぎても届きません。"}`)
			wants(t, "decided", v.page(http.StatusOK, page), page+"/decision")
			wants(t, "letter", v.page(http.StatusOK, page+"/decision"), "予定日を過ぎても届きません。", "3,800")
		})
	}
}

// Where no form could ever be sent there is a page that says why and what helps instead.
func TestNoClaimAnyMore(t *testing.T) {
	p := newPortal(t)
	p.order("L-1")
	number := p.claim("L-2")
	p.clock.add(100 * 24 * time.Hour)
	v := p.visitor("buyer")
	wants(t, "past the deadline", v.page(http.StatusOK, "/ja/my/orders/L-1/claim/1"), "<h1>申請の期限を過ぎています</h1>", "4月8日(水)23:59", "/ja/my/orders/L-1/lines/1/contact")
	wants(t, "past the deadline", v.page(http.StatusOK, "/en/my/orders/L-1/claim/1"), "The claim deadline has passed")
	if got := v.send(http.MethodGet, "/ja/my/orders/L-2/claim/1", "", nil); got.status != http.StatusSeeOther || got.header.Get("Location") != "/ja/my/claims/"+number {
		t.Errorf("a claimed line leads to %d %s", got.status, got.header.Get("Location"))
	}
}

// A contact made elsewhere, the end of a problem, and a message that leads astray.
func TestAroundTheContact(t *testing.T) {
	p := newPortal(t)
	p.order("K-1")
	v := p.visitor("buyer")
	line := "/ja/my/orders/K-1/lines/1"
	wants(t, "nothing filled in", v.post(http.StatusUnprocessableEntity, line+"/outside-contact", nil), `href="#f-channel"`, `href="#f-contacted_at"`, `href="#f-files"`)
	got := v.postFiles(http.StatusUnprocessableEntity, line+"/outside-contact", url.Values{"channel": {"phone"}, "contacted_at": {"2026-02-10T10:00"}}, sentFile{"call.png", picture(4)})
	wants(t, "a call in the future", got, "今日以前", "call.png", `value="2026-02-10T10:00"`)
	v.postFiles(http.StatusSeeOther, line+"/outside-contact", url.Values{"channel": {"phone"}, "contacted_at": {"2026-01-10T10:00"}}, sentFile{"call.png", picture(4)})
	wants(t, "declared", v.page(http.StatusOK, "/ja/my/orders/K-1"), "確認待ち", "電話")
	wants(t, "nothing to solve", v.post(http.StatusConflict, line+"/solved", nil), "問題は解決しましたか")
	p.contact("K-1")
	id := p.want(201, "s1", "POST", "/orders/K-1/lines/1/messages", `{"body":"LINE"}`).str("id")
	wants(t, "warned", v.page(http.StatusOK, "/ja/my/orders/K-1"), "外部の連絡アプリ", "/ja/my/messages/"+id+"/scam-report")
	if to := v.post(http.StatusSeeOther, "/ja/my/messages/"+id+"/scam-report", url.Values{"next": {"//evil.example"}}); to != "/ja/my/orders" {
		t.Errorf("a report leads to %s", to)
	}
	wants(t, "reported", v.page(http.StatusOK, "/ja/my/orders/K-1"), "詐欺の疑いとして知らせました")
	v.post(http.StatusSeeOther, line+"/solved", nil)
	v.post(http.StatusSeeOther, line+"/solved", nil)
}
