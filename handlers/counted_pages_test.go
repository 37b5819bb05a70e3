package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A seller reads how an order counts and contests it with a file; staff decide on their desk, and
// the seller reads the reason. Neither page says what the buyer answered.
func TestCountedOrderPages(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/A-1", cancelledBody("other"))
	p.want(200, "b1", "POST", "/orders/A-1/lines/1/cancellation-answer", `{"answer":"told_out_of_stock"}`)
	seller, staff := p.visitor("seller"), p.as("agent")
	const page = "/ja/seller/health/orders/A-1"
	wants(t, "linked", seller.page(http.StatusOK, "/ja/seller/orders/A-1"), `href="`+page+`"`)
	first := seller.page(http.StatusOK, page)
	wants(t, "how it counts", first, "20点で数えています", "4月19日(日)09:00", "そのほか", "在庫切れ(別の理由でのキャンセル)", "購入者の回答", "異議を送信できるのは、原因の判断ごとに1回です。")
	if strings.Contains(first, "在庫がないと言われた") {
		t.Error("it says what the buyer answered")
	}
	wants(t, "without a reason", seller.postFiles(http.StatusUnprocessableEntity, page, url.Values{"reason": {" "}}), `href="#f-reason"`)
	if to := seller.post(http.StatusSeeOther, page, url.Values{"reason": {"購入者の依頼でキャンセルしました。"}}); to != page+"?done=contest" {
		t.Fatalf("it leads to %s", to)
	}
	sent := seller.page(http.StatusOK, page+"?done=contest")
	wants(t, "sent", sent, "異議を受け付けました", "1月27日(火)10:00(日本時間)まで", "購入者の依頼でキャンセルしました。", "20点で数えています")
	if strings.Contains(sent, `name="reason"`) {
		t.Error("it asks again")
	}
	wants(t, "twice", seller.post(http.StatusConflict, page, url.Values{"reason": {"もう一度送ります。"}}), "もう一度送ります。")

	const desk = "/ja/staff/sellers/mp-s-1/counted/A-1"
	wants(t, "on the desk", staff.page(http.StatusOK, "/ja/staff/contests"), `href="`+desk+`"`, "購入者の依頼でキャンセルしました。")
	wants(t, "the queue leads there", staff.page(http.StatusOK, "/ja/staff/queue"), `href="/ja/staff/contests"`)
	wants(t, "the form", staff.page(http.StatusOK, desk), `value="accept_contest"`, `value="overrule_finding"`, `name="version"`)
	wants(t, "nothing chosen", staff.post(http.StatusUnprocessableEntity, desk, url.Values{"reason": {"確認しました。"}}), `href="#f-do"`, "確認しました。")
	wants(t, "an old version", staff.post(http.StatusConflict, desk, url.Values{"do": {"accept_contest"}, "reason": {"確認しました。"}, "version": {"1"}}), "確認しました。")
	staff.post(http.StatusSeeOther, desk, url.Values{"do": {"accept_contest"}, "finding": {"buyer_request"}, "reason": {"依頼の画面を確認しました。"}})
	wants(t, "decided", staff.page(http.StatusOK, desk+"?done=decided"), "判断を保存しました", "認められました")
	wants(t, "the desk is empty", staff.page(http.StatusOK, "/ja/staff/contests"), "確認を待っている異議はありません。")
	wants(t, "the seller reads", seller.page(http.StatusOK, page), "数えていません", "依頼の画面を確認しました。", "審査担当の判断")
	wants(t, "and is told", seller.page(http.StatusOK, "/ja/seller/notices"), "異議が認められました")
	seller.page(http.StatusNotFound, "/ja/seller/health/orders/none")
	wants(t, "an admin reads", p.as("admin").page(http.StatusOK, desk), "判断できるのは、審査担当です。")
	staff.post(http.StatusSeeOther, desk, url.Values{"do": {"overrule_finding"}, "finding": {"stock_out"}, "reason": {"在庫の記録と合いません。"}})
	again := seller.page(http.StatusOK, page)
	wants(t, "overruled", again, "15点で数えています", "異議は認められましたが、その後に原因の判断が変わり", "もう一度異議を送信できます。", `name="reason"`)
	if to := seller.post(http.StatusSeeOther, page, url.Values{"reason": {"在庫はありました。"}}); to != page+"?done=contest" {
		t.Fatalf("it leads to %s", to)
	}
	wants(t, "contested again", seller.page(http.StatusOK, page), "前に送信した異議", "依頼の画面を確認しました。", "在庫はありました。")
	wants(t, "both are on the desk", staff.page(http.StatusOK, desk), "前に送信した異議", "在庫はありました。")
	staff.post(http.StatusSeeOther, desk, url.Values{"do": {"reject_contest"}, "reason": {"在庫の記録がありません。"}})
	if end := seller.page(http.StatusOK, page); strings.Contains(end, `name="reason"`) {
		t.Error("a third contest of the same cause is asked for")
	}
}

// Staff of whose orders the seller cancelled one read how its other orders count, and decide nothing.
func TestCountedOrderOfAPartysSeller(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/A-1", cancelledBody("out_of_stock"))
	p.want(201, "mp", "PUT", "/orders/A-2", outOfStockBody("mp-staff", "agent@example.com", "mp-s-1"))
	const path, desk = "/sellers/mp-s-1/counted/A-1", "/ja/staff/sellers/mp-s-1/counted/A-1"
	if got := p.want(200, "agent", "GET", path, ""); !strings.Contains(string(got.raw), `"allowed_actions":[]`) {
		t.Errorf("it reads %s", got.raw)
	}
	p.wantCode(403, "forbidden", "agent", "POST", path+"/actions/overrule_finding", `{"reason":"a","finding":"other"}`)
	wants(t, "the page says why", p.as("agent").page(http.StatusOK, desk), "購入者としてこの出品者への注文がある")
	p.want(200, "lead", "POST", path+"/actions/overrule_finding", `{"reason":"a","finding":"other"}`)
}

func TestCountedOrderAPI(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/A-1", cancelledBody("out_of_stock"))
	const path = "/sellers/mp-s-1/counted/A-1"
	got := p.want(200, "s1", "GET", path, "")
	if !strings.Contains(string(got.raw), `"allowed_actions":["contest"]`) || !strings.Contains(string(got.raw), `"points":15`) {
		t.Errorf("counts: %s", got.raw)
	}
	p.wantCode(422, "invalid_fields", "s1", "POST", path+"/actions/contest", `{}`)
	file := p.uploaded("s1", 7)
	got = p.want(200, "s1", "POST", path+"/actions/contest", `{"reason":"届け先の誤りでした。","evidence":["`+file+`"]}`)
	if got.str("contest", "status") != "open" || got.str("contest", "evidence", 0, "id") != file {
		t.Errorf("contested: %s", got.raw)
	}
	p.wantCode(409, "already_contested", "s1", "POST", path+"/actions/contest", `{"reason":"もう一度。"}`)
	p.wantCode(409, "stale_version", "agent", "POST", path+"/actions/accept_contest", `{"reason":"確認しました。","version":1}`)
	got = p.want(200, "agent", "POST", path+"/actions/accept_contest", `{"reason":"確認しました。"}`)
	if got.str("contest", "status") != "accepted" || got.str("lines", 0, "finding") != "other" || !strings.Contains(string(got.raw), `"counts":false`) {
		t.Errorf("accepted: %s", got.raw)
	}
	p.wantCode(409, "not_allowed_now", "agent", "POST", path+"/actions/reject_contest", `{"reason":"確認しました。"}`)
	p.want(200, "lead", "POST", path+"/actions/overrule_finding", `{"reason":"在庫の記録です。","finding":"stock_out"}`)
	got = p.want(200, "s1", "POST", path+"/actions/contest", `{"reason":"在庫はありました。"}`)
	if got.str("contest", "status") != "open" || got.str("contest", "reason") != "在庫はありました。" || got.str("earlier_contests", 0, "evidence", 0, "id") != file {
		t.Errorf("contested again: %s", got.raw)
	}
	p.wantCode(409, "already_contested", "s1", "POST", path+"/actions/contest", `{"reason":"もう一度。"}`)
	p.want(201, "mp", "PUT", "/orders/A-2", unshippedBody("unshipped"))
	p.wantCode(404, "not_found", "s1", "GET", "/sellers/mp-s-1/counted/A-2", "")
}

// A contest past its time is under its own view of the desk; the seller and the leads are told.
func TestLateContestPages(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/A-1", cancelledBody("out_of_stock"))
	const contested, late = "/ja/seller/health/orders/A-1", "/ja/staff/contests?view=overdue"
	seller, lead := p.as("s1"), p.as("lead")
	due := p.want(200, "s1", "POST", "/sellers/mp-s-1/counted/A-1/actions/contest", `{"reason":"届け先の誤りでした。"}`).str("contest", "due_at")
	wants(t, "in time", lead.page(http.StatusOK, late), "期限を過ぎた異議はありません。", `href="/ja/staff/contests"`)
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+due+`"}`)
	wants(t, "overdue", lead.page(http.StatusOK, late), `href="/ja/staff/sellers/mp-s-1/counted/A-1"`, "期限を過ぎたもの")
	wants(t, "among all", lead.page(http.StatusOK, "/ja/staff/contests"), "A-1")
	wants(t, "the seller reads", seller.page(http.StatusOK, contested), "確認する予定でしたが、遅れています", "15点で数えています")
	wants(t, "and is told", seller.page(http.StatusOK, "/ja/seller/notices"), "異議の確認に時間がかかっています")
	wants(t, "leads are told", lead.page(http.StatusOK, "/ja/my/notices"), "異議の確認が期限を過ぎています")
	lacks(t, "agents are not", p.as("agent").page(http.StatusOK, "/ja/my/notices"), "期限を過ぎています")
	lead.page(http.StatusNotFound, "/ja/staff/contests?view=x")
}
