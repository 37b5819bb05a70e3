package handlers

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"hosho/models"
)

// Two members of one seller: who writes is said, taking over is knowing, and what one has
// typed stays when the other was faster.
func TestTwoMembersAnswer(t *testing.T) {
	p := newPortal(t)
	number := p.claim("o-1")
	one, two := p.as("s1"), p.as("s1b")
	here := "/ja/seller/cases/" + number
	form := one.page(200, one.post(303, here+"/respond", url.Values{"choice": {"contest"}}))
	one.post(303, here+"/respond/evidence", with(hidden(form), "do", "save", "message", "一人目の回答です。"))
	// The colleague reads who writes, and nothing can be written without taking over.
	for _, page := range []string{here, here + "/respond", here + "/respond/evidence", here + "/respond/check"} {
		wants(t, page, two.page(200, page), "一人目の回答です。", p.actor("s1").Name)
	}
	wants(t, "list", two.page(200, "/ja/seller/cases"), "未送信の下書き("+p.actor("s1").Name+")")
	wants(t, "in between", two.postFiles(409, here+"/respond/evidence", url.Values{"choice": {"contest"}, "do": {"save"}, "message": {"割り込みます。"}}), "割り込みます。", "一人目の回答です。")
	taken := two.page(200, here+"/respond")
	wants(t, "taken", taken, "ほかのメンバーが回答を作成しています", "引き継いで作成する", here+"/respond/take-over")
	mine := one.page(200, here+"/respond/evidence") // still open on the first one's screen
	to := two.post(303, here+"/respond/take-over", hidden(taken))
	theirs := two.page(200, to)
	wants(t, "taken over", theirs, "一人目の回答です。")
	two.post(303, here+"/respond/evidence", with(hidden(theirs), "do", "check", "message", "二人目の回答です。"))
	// The first one saves too: refused, with both texts and a way to go on knowingly.
	lost := one.postFiles(409, here+"/respond/evidence", with(hidden(mine), "do", "check", "message", "一人目の続きです。"))
	wants(t, "collision", lost, "一人目の続きです。", "二人目の回答です。", p.actor("s1b").Name, `role="alert"`, "ほかのメンバーが回答を作成しています", `name="takeover" value="yes"`)
	// What was shown for sending is no longer what is kept.
	check := two.page(200, here+"/respond/check")
	one.postFiles(303, here+"/respond/evidence", with(hidden(lost), "do", "check", "message", "一人目の続きです。"))
	wants(t, "sent meanwhile", two.post(409, here+"/respond/check", with(hidden(check), "do", "send")), "一人目の続きです。", "引き継いで作成する")
	if c, _ := p.store.ClaimByNumber(t.Context(), p.actor("s1"), number); c.Status != models.AwaitingSeller {
		t.Fatalf("an answer nobody looked at was sent: %s", c.Status)
	}
	one.post(303, here+"/respond/check", with(hidden(one.page(200, here+"/respond/check")), "do", "send"))
	wants(t, "sent", two.page(200, here), "一人目の続きです。", "審査中")
	// Another seller learns nothing of it.
	other := p.as("s2")
	for _, path := range []string{"", "/respond", "/respond/evidence", "/respond/check"} {
		other.page(404, here+path)
	}
	for _, path := range []string{"/respond", "/respond/evidence", "/respond/check", "/respond/take-over", "/respond/discard", "/respond/send"} {
		other.post(404, here+path, url.Values{"choice": {"contest"}, "message": {"他店"}})
	}
}

func TestDraftIsDiscardedOrReadAfterTheDeadline(t *testing.T) {
	p := newPortal(t)
	number := p.claim("o-1")
	s := p.as("s1")
	here := "/ja/seller/cases/" + number
	save := func(text string) {
		t.Helper()
		form := s.page(200, s.post(303, here+"/respond", with(hidden(s.page(200, here+"/respond")), "choice", "contest")))
		wants(t, "saved", s.page(200, s.post(303, here+"/respond/evidence", with(hidden(form), "do", "save", "message", text))), "下書きを保存しました", text)
	}
	save("一度目の下書き")
	page := s.page(200, here)
	wants(t, "discarded", s.page(200, s.post(303, here+"/respond/discard", hidden(page))), "下書きを破棄しました", "回答を作成する")
	if strings.Contains(s.page(200, here), "一度目の下書き") {
		t.Error("a discarded draft is still there")
	}
	save("二度目の下書き")
	s.post(409, here+"/respond/discard", url.Values{"draft": {"9"}})
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"72h"}`)
	page = s.page(200, here)
	wants(t, "after the deadline", page, "送信されなかった下書き", "二度目の下書き", "購入者と審査担当には届いていません")
	if strings.Contains(page, here+"/respond\"") || strings.Contains(page, "回答の続きを書く") {
		t.Error("an answer can still be begun after the deadline")
	}
	s.post(303, here+"/respond/discard", hidden(page))
}

// A step that could not be read whole stays where it is, and says why.
func TestChoiceWithAFaultGoesNoFurther(t *testing.T) {
	p := newPortal(t)
	here := "/ja/seller/cases/" + p.claim("o-1") + "/respond"
	s := p.as("s1")
	got := s.postFiles(422, here, url.Values{"choice": {"contest"}}, sentFile{"x.txt", []byte("text")})
	wants(t, "a file that is none", got, "x.txt", `value="contest" checked`)
	lacks(t, "the case", s.page(200, strings.TrimSuffix(here, "/respond")), `id="draft"`)
}

// A held answer is delivered at once from the case.
func TestSendHeldNow(t *testing.T) {
	p := newPortal(t)
	number := p.claim("o-1")
	s := p.as("s1")
	here := "/ja/seller/cases/" + number
	form := s.page(200, s.post(303, here+"/respond", url.Values{"choice": {"offer"}}))
	check := s.page(200, s.post(303, here+"/respond/evidence", with(hidden(form), "do", "check", "kind", "partial_refund", "amount", "1200", "message", "一部を返金します。")))
	held := s.page(200, s.post(303, here+"/respond/check", with(hidden(check), "do", "hold")))
	wants(t, "held", held, here+"/respond/send", "期限まで直せます", "1,200円")
	wants(t, "delivered", s.page(200, s.post(303, here+"/respond/send", hidden(held))), "回答を相手に届けました", "購入者の回答待ち")
	s.post(409, here+"/respond/send", hidden(held))
}

func TestSellerCaseLists(t *testing.T) {
	p := newPortal(t)
	var numbers []string
	for _, order := range []string{"o-1", "o-2", "o-3"} {
		numbers = append(numbers, p.claim(order))
	}
	s := p.as("s1")
	wants(t, "filtered", s.page(200, "/ja/seller/cases?reason=not_received"), numbers[2], "申請理由: 商品が届かない", "条件をすべて消す")
	none := s.page(200, "/ja/seller/cases?v=all&reason=return_refused")
	wants(t, "none", none, "条件に合う案件はありません", `href="/ja/seller/cases?v=all"`)
	wants(t, "later", s.page(200, "/ja/seller/cases?from=2030-01-01"), "条件に合う案件はありません", "2030-01-01")
	wants(t, "bad day", s.page(422, "/ja/seller/cases?from=%E3%81%82%E3%81%97%E3%81%9F"), `href="#f-from"`)
	for _, path := range []string{"v=nothing", "cursor=nonsense", "before=nonsense"} {
		s.page(404, "/ja/seller/cases?"+path)
	}
	// What is answered and waits for its deadline is nothing to do, at home and on the lists.
	p.want(200, "s1", "POST", "/claims/"+numbers[2]+"/actions/contest", `{"message":"発送しました。","hold":true}`)
	home := s.page(200, "/ja/seller")
	wants(t, "home", home, "要対応の案件が1件", numbers[1], "3,800円")
	lacks(t, "what is to be done at home", home, `href="/ja/seller/cases/`+numbers[2])
	lacks(t, "what is to be done", s.page(200, "/ja/seller/cases"), numbers[2])
	wants(t, "what is under way", s.page(200, "/ja/seller/cases?v=waiting"), numbers[2], "回答を送信済み")
}

// A file of the case leads to its own page.
func TestSellerLooksAtAFile(t *testing.T) {
	p := newPortal(t)
	number := p.claim("o-1")
	evidence := p.upload("b1", "proof.png", picture(9)).str("id")
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/add_evidence", `{"evidence":["`+evidence+`"],"note":"証拠"}`)
	s := p.as("s1")
	here := "/ja/seller/cases/" + number
	link := regexp.MustCompile(`<ul class="evidence">\s*<li><a href="([^"]*)"`).FindStringSubmatch(s.page(200, here))
	if link == nil || !strings.HasPrefix(link[1], here+"/evidence/") {
		t.Fatalf("a file of the case leads to %q", link)
	}
	wants(t, "file", s.page(200, link[1]), `class="viewer"`, `href="`+here+`#evidence"`)
}
