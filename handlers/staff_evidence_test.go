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
