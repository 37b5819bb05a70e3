package handlers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"hosho/models"
)

// sendOne sends a file as the scripts of pages do.
func (v *visitor) sendOne(lang string, files ...sentFile) (got response, view sentFileView) {
	v.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		part, err := w.CreateFormFile("files", f.name)
		if err != nil {
			v.t.Fatal(err)
		}
		_, _ = part.Write(f.content)
	}
	_ = w.Close()
	got = v.send(http.MethodPost, "/"+lang+"/uploads", w.FormDataContentType(), b.Bytes())
	if got.status == http.StatusOK {
		if err := json.Unmarshal(got.raw, &view); err != nil {
			v.t.Fatal(err)
		}
	}
	return got, view
}

func first8(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:4])
}

// A file that a page sends by itself is the sender's, is named in words of the page, and can be
// given by its id in a form.
func TestPagesSendFilesOneByOne(t *testing.T) {
	p := newPortal(t)
	p.order("o-1", "mp-s-1")
	v := p.as("b1")
	got, view := v.sendOne("ja", sentFile{"proof.png", picture(1)})
	if got.status != 200 || view.ID == "" || view.Name != "proof.png" || !strings.Contains(view.Receipt, "、照合番号 "+first8(picture(1))) || !strings.Contains(view.Receipt, "1月20日") || view.Refused != "" || got.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %+v", got.status, view)
	}
	for lang, want := range map[string]string{"ja": "「memo.txt」は追加できませんでした", "en": `"memo.txt" must be a JPEG`} {
		if _, view := v.sendOne(lang, sentFile{"memo.txt", []byte("text")}); view.ID != "" || !strings.Contains(view.Refused, want) {
			t.Errorf("%s: %+v", lang, view)
		}
	}
	if _, view := v.sendOne("ja", sentFile{"big.png", make([]byte, models.MaxUpload+1)}); view.ID != "" || !strings.Contains(view.Refused, "「big.png」は10\u00a0MB") {
		t.Errorf("too large: %+v", view)
	}
	if _, view := v.sendOne("en"); view.Refused == "" {
		t.Errorf("nothing: %+v", view)
	}

	// A guest is led to where one signs in; another site cannot send for somebody.
	if got, _ := p.guest().sendOne("ja", sentFile{"a.png", picture(2)}); got.status != 303 {
		t.Errorf("a guest: %d", got.status)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://portal.test/ja/uploads", strings.NewReader(""))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := p.do(r); got.status != 403 {
		t.Errorf("from another site: %d", got.status)
	}

	// The form carries the id: over a refusal, and not for anybody else.
	contact := "/ja/my/orders/o-1/lines/1/contact"
	page := v.page(200, contact)
	wants(t, "form", page, `data-upload="/ja/uploads"`, "/static/js/upload.", `type="file"`)
	wants(t, "refused", v.post(422, contact, url.Values{"evidence": {view.ID}, "body": {""}}), `name="evidence" value="`+view.ID+`" checked`, "proof.png")
	lacks(t, "another's", p.as("b2").post(422, "/ja/my/orders/"+p.orderOf("b2")+"/lines/1/contact", url.Values{"evidence": {view.ID}, "body": {""}}), "proof.png")
	v.post(303, contact, url.Values{"topic": {"not_received"}, "body": {"届きません。"}, "evidence": {view.ID}})
	wants(t, "sent", v.page(200, contact), "proof.png")
}

// orderOf makes an order of a buyer's.
func (p *portal) orderOf(who string) string {
	p.t.Helper()
	number := "of-" + who
	p.want(201, "mp", "PUT", "/orders/"+number, orderBody("mp-"+who, who+"@example.com", "mp-s-2"))
	return number
}

// How many regions were covered is said before the file, by a page and over the API; all who see the file see it.
func TestCoveredIsShown(t *testing.T) {
	p := newPortal(t)
	p.order("o-1", "mp-s-1")
	v := p.as("b1")
	body := func(field, covered string, after bool) (string, []byte) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		if covered != "" && !after {
			_ = w.WriteField("covered", covered)
		}
		part, err := w.CreateFormFile(field, "address.png")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(picture(7))
		if after {
			_ = w.WriteField("covered", covered)
		}
		_ = w.Close()
		return w.FormDataContentType(), b.Bytes()
	}
	contentType, sent := body("files", "2", false)
	got := v.send(http.MethodPost, "/ja/uploads", contentType, sent)
	var view sentFileView
	if err := json.Unmarshal(got.raw, &view); err != nil || view.ID == "" {
		t.Fatalf("%d %s", got.status, got.raw)
	}
	contact := "/ja/my/orders/o-1/lines/1/contact"
	v.post(303, contact, url.Values{"topic": {"not_received"}, "body": {"届きません。"}, "evidence": {view.ID}})
	wants(t, "the thread", v.page(200, contact), "2か所が隠されています")
	if got := p.want(200, "b1", "GET", "/evidence/"+view.ID, ""); got.at("covered") != float64(2) {
		t.Errorf("over the API: %s", got.raw)
	}

	for _, c := range []struct {
		covered string
		after   bool
		status  int
	}{{"3", false, 201}, {"0", false, 201}, {"", false, 201}, {"101", false, 422}, {"-1", false, 422}, {"many", false, 422}, {"3", true, 400}} {
		contentType, sent := body("file", c.covered, c.after)
		if got := p.send("b1", "POST", "/uploads", string(sent), "Content-Type: "+contentType); got.status != c.status {
			t.Errorf("%q after=%v: %d %s", c.covered, c.after, got.status, got.raw)
		}
	}
}

// Where the store of files takes them itself, a page announces a file, sends it and completes; what is wrong with it is
// an answer in words.
func TestPagesAnnounceFiles(t *testing.T) {
	p := newPortal(t)
	v := p.as("b1")
	content := picture(9)
	sum := sha256.Sum256(content)
	announce := func(size int, covered int) string {
		return fmt.Sprintf(`{"file_name":"a.png","media_type":"image/png","size":%d,"sha256":"%s","covered":%d}`, size, hex.EncodeToString(sum[:]), covered)
	}
	ask := func(path, body string) (view struct {
		sentFileView
		Put putView `json:"put"`
	},
	) {
		t.Helper()
		got := v.send(http.MethodPost, path, "application/json", []byte(body))
		if err := json.Unmarshal(got.raw, &view); err != nil || got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, got.status, got.raw)
		}
		return view
	}
	told := ask("/ja/uploads", announce(len(content), 2))
	if told.ID == "" || told.Put.URL == "" || told.Put.Method != "PUT" {
		t.Fatalf("told %+v", told)
	}
	if early := ask("/ja/uploads/"+told.ID, ""); !strings.Contains(early.Refused, "a.png") {
		t.Errorf("completed before it was sent: %+v", early)
	}
	r := httptest.NewRequestWithContext(t.Context(), told.Put.Method, told.Put.URL, bytes.NewReader(content))
	for name, value := range told.Put.Headers {
		r.Header.Set(name, value)
	}
	if got := p.do(r); got.status != http.StatusOK {
		t.Fatalf("sent: %d %s", got.status, got.raw)
	}
	if done := ask("/ja/uploads/"+told.ID, ""); done.ID != told.ID || done.Name != "a.png" {
		t.Errorf("completed: %+v", done)
	}
	if got := p.want(200, "b1", "GET", "/evidence/"+told.ID, ""); got.at("covered") != float64(2) || got.str("status") != "ready" {
		t.Errorf("it is %s", got.raw)
	}
	if large := ask("/ja/uploads", announce(models.MaxUpload+1, 0)); !strings.Contains(large.Refused, "「a.png」は10\u00a0MB") {
		t.Errorf("too large: %+v", large)
	}
	if got := p.as("b2").send(http.MethodPost, "/ja/uploads/"+told.ID, "application/json", nil); got.status != http.StatusNotFound {
		t.Errorf("another's: %d", got.status)
	}
}

// Files given on an order are offered again on every form about it, with a picture and what was said of them.
func TestFilesAreGivenAgain(t *testing.T) {
	p := newPortal(t)
	p.order("o-1", "mp-s-1")
	v := p.as("b1")
	contact, draft := "/ja/my/orders/o-1/lines/1/contact", "/ja/my/orders/o-1/claim/1/evidence"
	lacks(t, "nothing given yet", v.page(200, contact), `name="reuse"`)
	_, file := v.sendOne("ja", sentFile{"proof.png", picture(1)})
	v.post(303, contact, url.Values{"topic": {"not_received"}, "body": {"届きません。"}, "evidence": {file.ID}})
	offer := `name="reuse" value="` + file.ID + `"`
	for _, path := range []string{contact, draft} {
		wants(t, path, v.page(200, path), offer, `/ja/files/`+file.ID+`/thumbnail`, "proof.png")
	}
	v.post(303, draft, url.Values{"do": {"add"}, "reuse": {file.ID}})
	page := v.page(200, draft)
	wants(t, "taken", page, `name="caption-`+file.ID+`"`)
	lacks(t, "taken", page, offer)
	wants(t, "refused", v.post(422, contact, url.Values{"body": {""}, "reuse": {file.ID}}), `name="evidence" value="`+file.ID+`" checked`)
	lacks(t, "another's", p.as("b2").page(200, "/ja/my/orders/"+p.orderOf("b2")+"/lines/1/contact"), file.ID)
}

// What a file shows is asked beside each, without scripts too, kept with the draft and shown with the file.
func TestFilesOfAnAnswerAreCaptioned(t *testing.T) {
	p := newPortal(t)
	number := p.claim("o-1")
	s := p.as("s1")
	here := "/ja/seller/cases/" + number
	step1 := s.page(200, here+"/respond")
	s.post(303, here+"/respond", with(hidden(step1), "choice", "contest"))
	step2 := s.page(200, here+"/respond/evidence")
	_, file := s.sendOne("ja", sentFile{"slip.png", picture(3)})
	values := with(hidden(step2), "do", "check", "message", "発送しました。", "evidence", file.ID)
	said := "追跡番号と配達日" + strings.Repeat("長", 300-8) // as much as may be said
	long := s.post(422, here+"/respond/evidence", with(values, "caption-"+file.ID, strings.Repeat("長", 301)))
	wants(t, "too long", long, `href="#f-caption-`+file.ID+`"`, `id="e-caption-`+file.ID+`"`, "300文字以内")
	values = with(hidden(long), "do", "check", "message", "発送しました。", "evidence", file.ID)
	to := s.post(303, here+"/respond/evidence", with(values, "caption-"+file.ID, said))
	check := s.page(200, to)
	wants(t, "check", check, "slip.png("+said+")")
	wants(t, "kept", s.page(200, here+"/respond/evidence"), `name="caption-`+file.ID+`" type="text" value="`+said+`"`)
	s.post(303, to, with(hidden(check), "do", "send"))
	wants(t, "the buyer reads it", p.as("b1").page(200, "/ja/my/claims/"+number), said)
}

// Wherever files are asked for, each can be said what it shows, and a file given again keeps what was said of it.
func TestEveryFormCaptionsItsFiles(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	claim, line := "/claims/"+number, "/orders/o-1/lines/1"
	given := map[string]string{}
	for who, path := range map[string]string{"b1": "/ja/my/orders/o-1/lines/1/contact", "s1": "/ja/seller/orders/o-1/lines/1/messages"} {
		v := p.as(who)
		_, file := v.sendOne("ja", sentFile{"before.png", picture(byte(len(given) + 40))})
		v.post(303, path, url.Values{"topic": {"general"}, "body": {"前にお送りしました。"}, "evidence": {file.ID}, "caption-" + file.ID: {"前の説明" + who}})
		given[who] = file.ID
	}
	for i, x := range []struct {
		name, who, form, post string
		values                url.Values
		read                  string // where the API tells of it
	}{
		{"contact made elsewhere", "b1", "/ja/my/orders/o-1/lines/1/outside-contact", "", url.Values{"channel": {"phone"}, "contacted_at": {"2026-01-10T10:00"}}, line + "/outside-contacts"},
		{"message on a case", "b1", "/ja/my/claims/" + number + "/messages", "", url.Values{"body": {"ご確認ください。"}}, claim + "/messages"},
		{"the buyer's evidence", "b1", "/ja/my/claims/" + number + "/evidence", "", nil, claim},
		{"reply on a line", "s1", "/ja/seller/orders/o-1", "/ja/seller/orders/o-1/lines/1/messages", url.Values{"body": {"ご確認ください。"}}, line + "/messages"},
		{"the seller's message", "s1", "/ja/seller/cases/" + number + "/messages", "", url.Values{"body": {"ご確認ください。"}, "attach": {"here"}}, claim + "/messages"},
		{"the seller's evidence", "s1", "/ja/seller/cases/" + number + "/evidence", "", nil, claim},
		{"a message of staff", "agent", "/ja/staff/cases/" + number + "/messages", "", url.Values{"body": {"ご確認ください。"}, "attach": {"here"}}, claim + "/messages"},
		{"evidence of staff", "agent", "/ja/staff/cases/" + number + "/evidence", "", nil, claim},
	} {
		v := p.as(x.who)
		page := v.page(200, x.form)
		wants(t, x.name, page, `data-part="caption"`, "/static/js/upload.")
		again, said := given[x.who], "前の説明"+x.who
		if again != "" {
			wants(t, x.name, page, `name="reuse" value="`+again+`"`, said)
		}
		_, file := v.sendOne("ja", sentFile{fmt.Sprintf("new-%d.png", i), picture(byte(60 + i))})
		values := with(hidden(page), "evidence", file.ID, "caption-"+file.ID, fmt.Sprint("説明", i))
		for name, list := range x.values {
			values[name] = list
		}
		if again != "" {
			values.Set("reuse", again)
		}
		to := x.post
		if to == "" {
			to = x.form
		}
		v.post(303, to, values)
		who := x.who
		if x.read == line+"/outside-contacts" {
			who = "agent"
		}
		read := string(p.want(200, who, "GET", x.read, "").raw)
		if !strings.Contains(read, fmt.Sprintf(`"note":"説明%d"`, i)) {
			t.Errorf("%s: what was said of the file is lost: %s", x.name, read)
		}
		if n := strings.Count(read, `"note":"`+said+`"`); again != "" && n == 0 {
			t.Errorf("%s: what was said of the file before is lost: %s", x.name, read)
		}
	}
}

// A file given again can be said anew what it shows, and a refused form that holds it offers it once.
func TestFileGivenAgainIsSaidAnew(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	v := p.as("b1")
	_, file := v.sendOne("ja", sentFile{"before.png", picture(44)})
	v.post(303, "/ja/my/orders/o-1/lines/1/contact", url.Values{"topic": {"general"}, "body": {"前にお送りしました。"}, "evidence": {file.ID}, "caption-" + file.ID: {"前の説明"}})
	here := "/ja/my/claims/" + number + "/evidence"
	long := url.Values{"reuse": {file.ID}, "caption-" + file.ID: {strings.Repeat("長", 301)}}
	got := v.send("POST", here, "application/x-www-form-urlencoded", []byte(long.Encode()))
	if n := strings.Count(string(got.raw), `value="`+file.ID+`"`); got.status != 422 || n != 1 {
		t.Errorf("%d: a file is offered %d times", got.status, n)
	}
	v.post(303, here, url.Values{"reuse": {file.ID}, "caption-" + file.ID: {"新しい説明"}})
	if read := string(p.want(200, "b1", "GET", "/claims/"+number, "").raw); !strings.Contains(read, `"note":"新しい説明"`) {
		t.Errorf("what was said anew is lost: %s", read)
	}
}
