package handlers

import (
	"net/http"
	"net/url"
	"testing"
)

// Late evidence: everyone sees that it does not count; a lead lets it count on a page of its
// own; both parties read why.
func TestLateEvidencePages(t *testing.T) {
	p := newPortal(t)
	number := p.claim("o-1")
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/contest", `{"message":"商品が届きません。"}`)
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"73h"}`)
	file := p.upload("s1", "proof.png", picture(9)).str("id")
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/add_evidence", `{"evidence":["`+file+`"],"note":"追加です"}`)
	here, seller, buyer := "/ja/staff/cases/"+number, "/ja/seller/cases/"+number, "/ja/my/claims/"+number
	const barred, why = "期限の後に届きました。審査責任者が認めたときだけ、判断に使います。", "配送業者の調査に日数がかかったため"

	for name, page := range map[string]string{
		"agent": p.as("agent").page(200, here), "seller": p.visitor("seller").page(200, seller+"/evidence/"+file), "buyer": p.visitor("buyer").page(200, buyer+"/evidence/"+file),
		"decision": p.as("agent").page(200, here+"/decide"),
	} {
		wants(t, name, page, barred)
	}
	lacks(t, "an agent's case", p.as("agent").page(200, here), here+"/admit")
	lacks(t, "the decision", p.as("agent").page(200, here+"/decide"), `value="`+file+`"`)

	lead := p.visitor("lead")
	wants(t, "a lead's case", lead.page(200, here), here+"/admit", "期限後の証拠を採用する")
	form := lead.page(200, here+"/admit")
	wants(t, "form", form, `value="`+file+`" checked`, "追加です", "双方が読みます")
	wants(t, "without a reason", lead.post(http.StatusUnprocessableEntity, here+"/admit", with(hidden(form), "evidence", file)), `href="#f-reason"`)
	wants(t, "without a file", lead.post(http.StatusUnprocessableEntity, here+"/admit", with(hidden(form), "reason", why)), `href="#f-evidence"`, why)
	lead.post(http.StatusSeeOther, here+"/admit", with(hidden(form), "evidence", file, "reason", why))
	wants(t, "done", lead.page(200, here+"?done=admitted"), "期限後の証拠を採用し", why, "期限後の証拠を採用</")
	lacks(t, "a second time", lead.page(200, here), here+"/admit")
	for name, page := range map[string]string{"seller": p.visitor("seller").page(200, seller), "buyer": p.visitor("buyer").page(200, buyer)} {
		wants(t, name, page, "審査責任者が判断に使うと認めました", why)
	}
	wants(t, "the decision", p.as("agent").page(200, here+"/decide"), `value="`+file+`"`)
	lead.post(http.StatusConflict, here+"/admit", url.Values{"evidence": {file}, "reason": {why}})
}

// Staff are told of files that stand elsewhere, too, and see both parties' files side by side;
// nobody else is told anything.
func TestHintsAndCompare(t *testing.T) {
	p := newPortal(t)
	first, second := p.review("o-1"), p.claim("o-2")
	give := func(who, number string, seed byte) string {
		id := p.upload(who, "proof.png", picture(seed)).str("id")
		p.want(200, who, "POST", "/claims/"+number+"/actions/add_evidence", `{"evidence":["`+id+`"],"note":"機の写真"}`)
		return id
	}
	mine, theirs, other := give("b1", first, 1), give("s1", first, 2), give("b1", second, 1)
	more := give("b1", first, 3)
	here := "/ja/staff/cases/" + first
	v := p.as("agent")
	wants(t, "case", v.page(200, here), "手がかり</span></strong> 同じファイルがほかの案件にあります", here+"/compare")
	wants(t, "decision", v.page(200, here+"/decide"), "同じファイルがほかの案件にあります")
	file := v.page(200, here+"/evidence/"+mine)
	wants(t, "file", file, "中身の同じファイルが、ほかの案件で提出されています。", `href="/ja/staff/cases/`+second+`#versions"`, "/ja/files/"+mine+"/original", "案件に記録します", here+"/compare?left="+mine)
	lacks(t, "another file", v.page(200, here+"/evidence/"+theirs), second)

	both := v.page(200, here+"/compare")
	wants(t, "compare", both, "data-compare", "/ja/files/"+mine+"/content", "/ja/files/"+theirs+"/content", "1 / 2", "購入者の証拠: 画像", `left=`+more+`&amp;right=`+theirs)
	wants(t, "the next", v.page(200, here+"/compare?left="+more+"&right="+theirs), "/ja/files/"+more+"/content", "2 / 2", `rel="prev"`)
	wants(t, "nobody's file", v.page(200, here+"/compare?left=none"), "/ja/files/"+mine+"/content")
	wants(t, "one side", v.page(200, "/ja/staff/cases/"+second+"/compare"), "/ja/files/"+other+"/content", "ファイルはまだありません")
	admin := p.visitor("admin").page(200, here+"/compare")
	wants(t, "an admin", admin, "中身の同じファイル")
	lacks(t, "an admin", admin, "/original")

	for name, page := range map[string]string{
		"buyer": p.visitor("buyer").page(200, "/ja/my/claims/"+first+"/evidence/"+mine), "seller": p.visitor("seller").page(200, "/ja/seller/cases/"+first+"/evidence/"+mine),
		"buyer's case": p.visitor("buyer").page(200, "/ja/my/claims/"+first), "seller's case": p.visitor("seller").page(200, "/ja/seller/cases/"+first),
	} {
		lacks(t, name, page, "手がかり", second, "/original", "compare")
	}

	if got := v.send("GET", "/ja/files/"+mine+"/original", "", nil); got.status != 200 {
		t.Fatalf("original: %d", got.status)
	}
	wants(t, "opened", v.page(200, here), "証拠の原本を閲覧")
	lacks(t, "the buyer", p.visitor("buyer").page(200, "/ja/my/claims/"+first), "原本を閲覧")
}
