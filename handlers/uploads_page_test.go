package handlers

import (
	"bytes"
	"encoding/json"
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

// A file that a page sends by itself is the sender's, is named in words of the page, and can be
// given by its id in a form.
func TestPagesSendFilesOneByOne(t *testing.T) {
	p := newPortal(t)
	p.order("o-1", "mp-s-1")
	v := p.as("b1")
	got, view := v.sendOne("ja", sentFile{"proof.png", picture(1)})
	if got.status != 200 || view.ID == "" || view.Name != "proof.png" || !strings.HasSuffix(view.Size, "B") || view.Refused != "" || got.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %+v", got.status, view)
	}
	for lang, want := range map[string]string{"ja": "「memo.txt」は追加できませんでした", "en": `"memo.txt" must be a JPEG`} {
		if _, view := v.sendOne(lang, sentFile{"memo.txt", []byte("text")}); view.ID != "" || !strings.Contains(view.Refused, want) {
			t.Errorf("%s: %+v", lang, view)
		}
	}
	if _, view := v.sendOne("ja", sentFile{"big.png", make([]byte, models.MaxUpload+1)}); view.ID != "" || !strings.Contains(view.Refused, "「big.png」は10 MB") {
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
