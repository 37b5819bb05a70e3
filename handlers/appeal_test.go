package handlers

import (
	"strings"
	"testing"
)

const (
	deniedBody = `{"outcome":"denied","borne_by":"marketplace","counts_against_seller":false,"reason_code":"evidence_insufficient","facts":"3131-4141","explanation":"5151-6161"}`
	appealBody = `"reason_code":"not_delivered","facts":"2121-1212","explanation":"2323-3232"}`
)

// An appeal over the API: each refusal with what may be done instead, then overturned by another agent.
func TestAppealOverTheAPI(t *testing.T) {
	p := newPortal(t)
	number := p.review("A-1")
	claim, acts := "/claims/"+number, "/claims/"+number+"/actions/"
	early := p.wantCode(409, "not_allowed_now", "b1", "POST", acts+"appeal", `{"grounds":"早い"}`)
	if strings.Contains(string(early.raw), `"appeal"`) || !strings.Contains(string(early.raw), `"withdraw"`) {
		t.Fatalf("%s", early.raw)
	}
	p.want(200, "agent", "POST", acts+"decide", deniedBody)
	p.want(422, "b1", "POST", acts+"appeal", `{}`)
	p.want(422, "b1", "POST", acts+"appeal", `{"grounds":"   "}`)
	p.want(422, "b1", "POST", acts+"appeal", `{"grounds":"`+strings.Repeat("長", 4001)+`"}`)
	p.want(404, "b2", "POST", acts+"appeal", `{"grounds":"他人"}`)
	p.want(403, "agent", "POST", acts+"appeal", `{"grounds":"担当"}`)
	p.want(409, "b1", "POST", acts+"appeal", `{"grounds":"古い","version":1}`)
	held := p.want(200, "b1", "POST", acts+"appeal", `{"grounds":"下書き","hold":true}`)
	if held.str("held", "action") != "appeal" || held.str("status") != "denied" {
		t.Fatalf("%s", held.raw)
	}
	if other := p.want(200, "s1", "GET", claim, ""); other.at("held") != nil || strings.Contains(string(other.raw), "下書き") {
		t.Fatalf("%s", other.raw)
	}
	file := p.uploaded("b1", 7)
	r := p.want(200, "b1", "POST", acts+"appeal", `{"grounds":"届いていない記録があります。","evidence":["`+file+`"]}`)
	if r.str("status") != "under_appeal" || r.str("appeals", 0, "grounds") != "届いていない記録があります。" || r.at("evidence", 0, "late") != false || r.at("held") != nil || r.str("appeals", 0, "first", "explanation") != "5151-6161" {
		t.Fatalf("%s", r.raw)
	}
	if read := p.want(200, "s1", "GET", claim, ""); read.str("appeals", 0, "grounds") != "届いていない記録があります。" {
		t.Fatalf("%s", read.raw)
	}
	p.wantCode(409, "not_allowed_now", "b1", "POST", acts+"appeal", `{"grounds":"二度目"}`)
	p.wantCode(403, "appeal_involved", "agent", "POST", acts+"decide_appeal", `{"outcome":"upheld",`+appealBody)
	p.want(403, "s1", "POST", acts+"decide_appeal", `{"outcome":"upheld",`+appealBody)
	p.want(422, "lead", "POST", acts+"decide_appeal", `{"outcome":"overturned",`+appealBody)
	p.want(422, "lead", "POST", acts+"decide_appeal", `{"outcome":"upheld","amount":100,`+appealBody)
	done := p.want(200, "lead", "POST", acts+"decide_appeal", `{"outcome":"overturned","borne_by":"seller","counts_against_seller":true,`+appealBody)
	if done.str("status") != "granted" || done.str("appeals", 0, "outcome") != "overturned" || done.str("decision", "facts") != "2121-1212" || done.str("appeals", 0, "first", "outcome") != "denied" || done.at("refund") == nil {
		t.Fatalf("%s", done.raw)
	}
	p.wantCode(409, "not_allowed_now", "lead", "POST", acts+"decide_appeal", `{"outcome":"upheld",`+appealBody)
	events := p.want(200, "b1", "GET", claim+"/events", "")
	for _, kind := range []string{`"appealed"`, `"appeal_decided"`} {
		if !strings.Contains(string(events.raw), kind) {
			t.Errorf("no event %s", kind)
		}
	}
}

// The same on the pages of all three: denied, appealed, read by the other side, decided, read by both.
func TestAppealOnPages(t *testing.T) {
	p := newPortal(t)
	number := p.review("A-1")
	p.want(200, "agent", "POST", "/claims/"+number+"/actions/decide", deniedBody)
	buyer, seller, lead := p.as("b1"), p.as("s1"), p.as("lead")
	here, theirs, desk := "/ja/my/claims/"+number, "/ja/seller/cases/"+number, "/ja/staff/cases/"+number
	wants(t, "the claim", buyer.page(200, here), "異議を1回申し立てられます", here+"/appeal")
	wants(t, "the decision", buyer.page(200, here+"/decision"), "異議を1回申し立てられます", here+"/appeal")
	wants(t, "the seller's letter", seller.page(200, theirs+"/decision"), "異議を1回申し立てられます", theirs+"/appeal")
	form := buyer.page(200, here+"/appeal")
	wants(t, "the form", form, `name="grounds"`, "1回だけです", "別の審査担当", "7日以内")
	wants(t, "nothing typed", buyer.postFiles(422, here+"/appeal", with(hidden(form), "grounds", "")), `href="#f-grounds"`, "新しい事実や資料の説明を入力してください")
	buyer.postFiles(303, here+"/appeal", with(hidden(form), "grounds", "4444-5555", "do", "hold"))
	wants(t, "saved", buyer.page(200, here), "異議は保存されています", "保存した異議を書き直す")
	lacks(t, "not sent", seller.page(200, theirs), "4444-5555")
	form = buyer.page(200, here+"/appeal")
	wants(t, "to change", form, "4444-5555")
	buyer.postFiles(303, here+"/appeal", with(hidden(form), "grounds", "6666-7777", "do", "send"))
	wants(t, "sent", buyer.page(200, here), "異議を審査中", "6666-7777")
	wants(t, "once", buyer.page(200, here+"/appeal"), "申し立て済みです")
	wants(t, "the other side", seller.page(200, theirs), "相手が異議を申し立てました", "6666-7777", theirs+"/appeal")
	wants(t, "the queue", lead.page(200, "/ja/staff/queue?v=appeals"), number)
	wants(t, "who was involved", p.as("agent").page(200, desk), "前の決定に関わった担当者は、この異議を決定できません", "6666-7777")
	wants(t, "the case", lead.page(200, desk), "異議への決定を書く", desk+"/decide", "6666-7777")
	form = lead.page(200, desk+"/decide")
	wants(t, "the form of it", form, "前の決定のとおりとする", "前の決定と反対にする", "6666-7777", "保証の対象外と決定しました")
	typed := with(hidden(form), "outcome", "overturned", "amount", "3800", "borne_by", "seller", "counts_against_seller", "no", "reason_code", "not_delivered", "facts", "2121-1212", "explanation", "8888-9999")
	wants(t, "without words", lead.post(422, desk+"/decide", with(typed, "explanation", "", "do", "preview")), `href="#f-explanation"`)
	preview := lead.post(200, desk+"/decide", with(typed, "do", "preview"))
	wants(t, "the preview", preview, "8888-9999", "追加の返金", "3,800円")
	lead.post(303, desk+"/decide", with(hidden(preview), "do", "decide"))
	wants(t, "the buyer reads", buyer.page(200, here+"/decision"), "3,800円の返金を決定しました", "8888-9999", "異議の前の決定", "5151-6161")
	wants(t, "the seller reads", seller.page(200, theirs+"/decision"), "8888-9999", "異議の前の決定", theirs+"/appeal")
	wants(t, "in English", seller.page(200, "/en/seller/cases/"+number+"/decision"), "Decision before the appeal", "You can appeal once")
	// The seller's own, which fails: what was decided stands, and the letter says so.
	form = seller.page(200, theirs+"/appeal")
	to := seller.postFiles(303, theirs+"/appeal", with(hidden(form), "grounds", "1212-3434", "do", "send"))
	wants(t, "received", seller.page(200, to), "異議を受け付けました", "1212-3434")
	wants(t, "a part in it", lead.page(200, desk), "前の決定に関わった担当者は、この異議を決定できません")
}
