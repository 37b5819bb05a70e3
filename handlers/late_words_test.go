package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var copyOnly = regexp.MustCompile(`(?s)<textarea[^>]* readonly[^>]*>.*?</textarea>`)

// kept wants a text to stand in a field that can be copied and not be sent.
func kept(t *testing.T, what, page, text string) {
	t.Helper()
	if field := copyOnly.FindString(page); !strings.Contains(field, text) {
		t.Errorf("%s: %q is not there to be copied, but %q", what, text, field)
	}
}

// A message that a case was too fast for stays on the page, whoever wrote it.
func TestMessageThatCameTooLate(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	send := map[string]string{
		"b1": "/ja/my/claims/" + number + "/messages", "s1": "/ja/seller/cases/" + number + "/messages", "agent": "/ja/staff/cases/" + number + "/messages?v=unassigned",
	}
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/withdraw", `{"reason":"解決しました。"}`)
	for who, path := range send {
		got := p.as(who).post(409, path, url.Values{"body": {"まだ書いていました。"}})
		kept(t, who, got, "まだ書いていました。")
		wants(t, who, got, "入力した文章は下に残しています", "メッセージは送れません")
		if strings.Contains(got, `action="`+strings.Split(path, "?")[0]) {
			t.Errorf("%s: the form can still be sent", who)
		}
	}
}

// So do the reasons of a seller who refuses and of staff about a contact made elsewhere.
func TestReasonsThatCameTooLate(t *testing.T) {
	p := newPortal(t)
	p.order("o-1")
	p.contact("o-1")
	refuse := "/ja/seller/orders/o-1/lines/1/refuse"
	p.want(200, "s1b", "POST", "/orders/o-1/lines/1/contact/actions/refuse", "")
	kept(t, "a second refusal", p.as("s1").post(409, refuse, url.Values{"body": {"在庫がありません。"}}), "在庫がありません。")

	shot := p.uploaded("b1", 9)
	id := p.want(201, "b1", "POST", "/orders/o-1/lines/1/outside-contacts", `{"contacted_at":"2026-01-10T00:00:00Z","channel":"phone","evidence":["`+shot+`"]}`).str("id")
	p.want(200, "agent2", "POST", "/orders/o-1/lines/1/outside-contacts/"+id+"/actions/accept", `{}`)
	got := p.as("agent").post(409, "/ja/staff/outside-contacts/"+id, url.Values{"do": {"reject"}, "reason": {"画面が別の注文です。"}})
	kept(t, "a second decision", got, "画面が別の注文です。")
}

// Pages of the queue of contacts lead back and forth, and a decision leads back to its page.
func TestOutsideContactsKeepTheirPage(t *testing.T) {
	p := newPortal(t)
	shot := p.upload("b1", "proof.png", picture(9)).str("id")
	for i := range 21 {
		order := "o-" + strconv.Itoa(i)
		p.order(order)
		p.want(201, "b1", "POST", "/orders/"+order+"/lines/1/outside-contacts", `{"contacted_at":"2026-01-10T00:00:00Z","channel":"phone","evidence":["`+shot+`"]}`)
		shot = p.upload("b1", "proof.png", picture(byte(10+i))).str("id")
	}
	v := p.as("agent")
	next := regexp.MustCompile(`rel="next" href="([^"]*)"`).FindStringSubmatch(v.raw("/ja/staff/outside-contacts"))
	if next == nil {
		t.Fatal("the second page cannot be reached")
	}
	here := strings.ReplaceAll(next[1], "&amp;", "&")
	page := v.raw(here)
	wants(t, "second page", page, `rel="prev" href="/ja/staff/outside-contacts"`)
	action := regexp.MustCompile(`action="(/ja/staff/outside-contacts/[^"]*)"`).FindStringSubmatch(page)
	if action == nil {
		t.Fatal("nothing to decide on the second page")
	}
	decide := strings.ReplaceAll(action[1], "&amp;", "&")
	wants(t, "no reason", v.post(422, decide, url.Values{"do": {"reject"}}), `rel="prev" href="/ja/staff/outside-contacts"`, `action="`+action[1]+`"`)
	if to := v.post(303, decide, url.Values{"do": {"accept"}}); to != here {
		t.Errorf("a decision leads to %s, not to %s", to, here)
	}
}

// A form sent twice does its work once, on the seller's and on staff's pages as on the buyer's.
func TestSentTwiceDoneOnce(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	count := func(path, text string) int {
		return strings.Count(string(p.want(200, "s1", "GET", path, "").raw), text)
	}
	for who, base := range map[string]string{"s1": "/ja/seller/cases/", "agent": "/ja/staff/cases/"} {
		v, text := p.as(who), "控えです。"+strconv.Itoa(len(who))
		form := hidden(v.page(200, base+number))
		for range 2 {
			v.send("POST", base+number+"/messages", "application/x-www-form-urlencoded", []byte(with(form, "body", text).Encode()))
		}
		if n := count("/claims/"+number+"/messages", text); n != 1 {
			t.Errorf("%s: a message pressed twice was sent %d times", who, n)
		}
		files := hidden(v.page(200, base+number+"/evidence"))
		for range 2 {
			v.postFiles(303, base+number+"/evidence", with(files, "note", text), sentFile{"a.png", picture(byte(len(who)))})
		}
		if n := strings.Count(string(p.want(200, "agent", "GET", "/claims/"+number, "").raw), `"note":"`+text); n != 1 {
			t.Errorf("%s: files pressed twice were added %d times", who, n)
		}
	}
	s := p.as("s1")
	form := hidden(s.page(200, "/ja/seller/orders/o-1"))
	for range 2 {
		s.post(303, "/ja/seller/orders/o-1/lines/1/messages", with(form, "body", "確認しています。"))
	}
	if n := count("/orders/o-1/lines/1/messages", "確認しています。"); n != 1 {
		t.Errorf("a reply pressed twice was sent %d times", n)
	}
}

// The pages of a case remember the view of the queue one came from.
func TestCasePagesKeepTheView(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	evidence := p.upload("b1", "proof.png", picture(9)).str("id")
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/add_evidence", `{"evidence":["`+evidence+`"],"note":"証拠"}`)
	v := p.as("agent")
	home := "/ja/staff/cases/" + number
	const view = "?v=unassigned"
	file := regexp.MustCompile(`href="(` + home + `/evidence/[^"]+)"`).FindStringSubmatch(v.page(200, home+view))
	if file == nil || !strings.HasSuffix(file[1], view) {
		t.Fatalf("a file leads to %v", file)
	}
	wants(t, "file", v.page(200, file[1]), `href="`+home+view+`#versions"`)
	wants(t, "more files", v.page(200, home+"/evidence"+view), `href="`+home+view+`"`)
	wants(t, "case", v.page(200, home+view), `action="`+home+"/messages"+view+`"`)
	if to := v.post(303, home+"/messages"+view, url.Values{"body": {"確認しています。"}}); to != home+view+"#thread" {
		t.Errorf("a message leads to %s", to)
	}
	if to := v.postFiles(303, home+"/evidence"+view, url.Values{}, sentFile{"a.png", picture(3)}); to != home+view+"#versions" {
		t.Errorf("files lead to %s", to)
	}
}

// A long thread is shown to its end, to everybody who reads it.
func TestLongThreads(t *testing.T) {
	p := newPortal(t)
	p.order("o-1")
	ends := p.contact("o-1")
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+ends+`"}`)
	number := p.want(201, "b1", "POST", "/claims", filing("o-1")).str("number")
	const many = 230
	for i := range many {
		p.want(201, "b1", "POST", "/claims/"+number+"/messages", `{"body":"お便り`+strconv.Itoa(i)+`。"}`)
		p.want(201, "b1", "POST", "/orders/o-1/lines/1/messages", `{"body":"前便`+strconv.Itoa(i)+`。"}`)
	}
	last := "お便り" + strconv.Itoa(many-1) + "。"
	b, s, a := p.as("b1"), p.as("s1"), p.as("agent")
	section := func(page, id string) string { // what stands there, and not in what has happened
		_, page, _ = strings.Cut(page, `id="`+id+`"`)
		page, _, _ = strings.Cut(page, "</section>")
		return page
	}
	wants(t, "the buyer's thread", b.page(200, "/ja/my/claims/"+number+"/messages"), "お便り0。", last)
	wants(t, "the buyer's claim", section(b.page(200, "/ja/my/claims/"+number), "messages"), last, "230")
	before := "前便" + strconv.Itoa(many-1) + "。"
	wants(t, "the buyer's order", b.page(200, "/ja/my/orders/o-1"), "前便0。", before)
	wants(t, "the seller's order", s.page(200, "/ja/seller/orders/o-1"), "前便0。", before)
	shopPage := s.page(200, "/ja/seller/cases/"+number)
	wants(t, "the seller's case", section(shopPage, "thread"), "お便り0。", last)
	wants(t, "the seller's case", shopPage, "前便0。", before)
	wants(t, "staff's case", section(a.page(200, "/ja/staff/cases/"+number), "thread"), "お便り0。", last, "前便0。", before)
}

// Whoever's session has ended comes back to a page: to that of the form that was not taken.
// The same page is what the switch of languages leads to.
func TestFormsLeadBackToAPage(t *testing.T) {
	p := newPortal(t)
	_, other := p.world()
	guest := p.guest()
	walked := 0
	for _, row := range readAuthz(t) {
		if row.method != http.MethodPost || !strings.HasPrefix(row.path, "/:lang/") || row.cells["anonymous"][0] != http.StatusSeeOther {
			continue
		}
		got := guest.send("POST", other.fill(row.path), "application/x-www-form-urlencoded", nil)
		to, err := url.Parse(got.header.Get("Location"))
		if err != nil || to.Path != "/ja/sign-in" || to.Query().Get("next") == "" {
			continue
		}
		walked++
		next := to.Query().Get("next")
		if back := guest.send("GET", next, "", nil); back.status == http.StatusNotFound || back.status == http.StatusMethodNotAllowed {
			t.Errorf("after POST %s one comes back to %s: %d", row.path, next, back.status)
		}
	}
	if walked < 30 {
		t.Errorf("only %d forms were sent", walked)
	}
	for sent, back := range map[string]string{
		"/ja/seller/cases/" + other.claim + "/messages": "/ja/seller/cases/" + other.claim + "/messages",
		"/ja/staff/cases/" + other.claim + "/take":      "/ja/staff/cases/" + other.claim,
	} {
		got := guest.send("POST", sent, "", nil).header.Get("Location")
		if want := "/ja/sign-in?next=" + url.QueryEscape(back) + "&unsent=1"; got != want {
			t.Errorf("%s leads to %s, want %s", sent, got, want)
		}
	}
	page := string(p.as("s2").send("POST", "/ja/staff/cases/"+other.claim+"/take", "application/x-www-form-urlencoded", nil).raw)
	wants(t, "a refused form", page, `href="/en/staff/cases/`+other.claim+`"`)
}

// What was typed of files stays too, whoever gave them and on whichever page, when the case closes meanwhile.
func TestCaptionsThatCameTooLate(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	answered, saved := p.claim("o-2"), p.claim("o-3")
	for _, n := range []string{answered, saved} {
		here := "/ja/seller/cases/" + n + "/respond"
		p.as("s1").post(303, here, with(hidden(p.as("s1").page(200, here)), "choice", "contest"))
	}
	asked := map[string][]string{
		"b1":    {"/ja/my/claims/" + number + "/evidence", "/ja/my/claims/" + number + "/messages"},
		"s1":    {"/ja/seller/cases/" + number + "/evidence", "/ja/seller/cases/" + number + "/messages", "/ja/seller/cases/" + answered + "/respond/evidence"},
		"agent": {"/ja/staff/cases/" + number + "/evidence"},
	}
	type late struct {
		who, path, file string
		form            url.Values
	}
	var forms []late
	for who, paths := range asked {
		for i, path := range paths {
			page := path
			if base, found := strings.CutSuffix(path, "/messages"); found && who == "s1" {
				page = base
			}
			forms = append(forms, late{who, path, p.uploaded(who, byte(20+10*len(who)+i)), hidden(p.as(who).page(200, page))})
		}
	}
	// An answer that was kept and is sent from its last page has the captions of its files from where they were kept.
	s, last := p.as("s1"), "/ja/seller/cases/"+saved
	page := s.page(200, last+"/respond/evidence")
	file := p.uploaded("s1", 99)
	to := s.post(303, last+"/respond/evidence", with(hidden(page), "do", "check", "message", "発送しました。", "evidence", file, "caption-"+file, "伝票の控えです。"))
	check := hidden(s.raw(to))
	for _, n := range []string{number, answered, saved} {
		p.want(200, "b1", "POST", "/claims/"+n+"/actions/withdraw", `{"reason":"解決しました。"}`)
	}
	for _, f := range forms {
		got := p.as(f.who).post(409, f.path, with(f.form, "do", "check", "evidence", f.file, "caption-"+f.file, "箱の角がつぶれています。"))
		kept(t, f.who+" at "+f.path, got, "箱の角がつぶれています。")
		both := p.as(f.who).post(409, f.path, with(f.form, "do", "check", "evidence", f.file, "caption-"+f.file, "箱の角がつぶれています。", "note", "届いた日の写真です。", "body", "届いた日の写真です。", "message", "届いた日の写真です。"))
		kept(t, f.who+" at "+f.path, both, "届いた日の写真です。\n箱の角がつぶれています。")
	}
	kept(t, "the last page", s.post(409, to, with(check, "do", "send")), "発送しました。\n伝票の控えです。")
}
