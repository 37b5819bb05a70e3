package handlers

import (
	"net/url"
	"strings"
	"testing"
)

// The box on a case takes words and leads on to the thread's page, where files go with them:
// what was typed, chosen and said of files stays through every refusal.
func TestFilesWithACaseMessage(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	for who, here := range map[string]string{"s1": "/ja/seller/cases/" + number, "agent": "/ja/staff/cases/" + number + "?v=unassigned"} {
		v := p.as(who)
		path, query, _ := strings.Cut(here, "?")
		box := v.page(200, here)
		wants(t, who+"'s box", box, `name="attach" value="open"`, "ファイルを添付する")
		lacks(t, who+"'s box", box, "upload.js", `type="file"`)
		at := strings.TrimSuffix(path+"/messages?"+query, "?")
		typed := url.Values{"attach": {"open"}, "body": {"商品が届きません。"}}
		form := v.post(200, at, typed)
		wants(t, who+"'s thread", form, `type="file"`, "商品が届きません。", path)
		lacks(t, who+"'s thread", form, "error-summary")
		wants(t, who+" without words", v.post(200, at, url.Values{"attach": {"open"}}), `type="file"`)

		_, file := v.sendOne("ja", sentFile{"slip.png", picture(byte(len(who)))})
		values := with(hidden(form), "evidence", file.ID, "caption-"+file.ID, "証拠"+who)
		empty := v.post(422, at, values)
		wants(t, who+" says nothing", empty, `href="#f-body"`, `value="`+file.ID+`"`, "証拠"+who, `type="file"`)
		values.Set("body", "商品が届きません。")
		to := v.post(303, at, values)
		if to != here+"#thread" {
			t.Errorf("%s is sent on to %s, not to the case", who, to)
		}
		for reader, page := range map[string]string{"b1": "/ja/my/claims/" + number + "/messages", who: here} {
			wants(t, reader+" reads "+who, p.as(reader).page(200, page), "商品が届きません。", "証拠"+who)
		}
	}
	wants(t, "no answer", p.as("s1").page(200, "/ja/seller/cases/"+p.claim("o-2")), "申請への回答にはなりません")
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/withdraw", `{"reason":"解決しました。"}`)
	v := p.as("s1")
	at := "/ja/seller/cases/" + number + "/messages"
	lacks(t, "a closed case", v.page(200, at), `type="file"`, "<textarea")
	kept(t, "too late", v.post(409, at, url.Values{"attach": {"here"}, "body": {"まだ書いていました。"}}), "まだ書いていました。")
	wants(t, "an English page", v.page(200, strings.Replace(at, "/ja/", "/en/", 1)), "Back to "+number)
}
