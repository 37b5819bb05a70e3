package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func cancelledBody(stated string) string {
	return strings.Replace(unshippedBody("cancelled"), `"status":"cancelled"`, `"status":"cancelled","cancellation":{"at":"2026-01-19T09:00:00+09:00","by":"seller","stated_reason":"`+stated+`"}`, 1)
}

// The buyer is asked on the order's page why a line was cancelled, in one tap; the answer can be
// changed for a time, and the seller reads none of it.
func TestBuyerSaysWhyALineWasCancelled(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/A-1", cancelledBody("other"))
	buyer, seller := p.visitor("buyer"), p.visitor("seller")
	const page, form = "/ja/my/orders/A-1", "/ja/my/orders/A-1/lines/1/cancellation"
	wants(t, "asked", buyer.page(http.StatusOK, page), "近いものはどれですか", `action="`+form+`"`, `name="answer" value="told_out_of_stock"`, "4月19日(日)09:00(日本時間)まで回答できます。", "出品者に、回答そのものは見せません。")
	wants(t, "told", buyer.page(http.StatusOK, "/ja/my/notices"), `キャンセルの理由を教えてください(<span class="whole">A-1</span>)`)
	if to := buyer.post(http.StatusSeeOther, form, url.Values{"answer": {"told_out_of_stock"}}); to != page+"?done=answered" {
		t.Errorf("it leads to %s", to)
	}
	answered := buyer.page(http.StatusOK, page+"?done=answered")
	wants(t, "answered", answered, "回答を受け付けました", "回答: 在庫がないと言われた", "1月27日(火)10:00(日本時間)まで変更できます。", `value="i_asked"`)
	if strings.Contains(answered, `value="told_out_of_stock"`) {
		t.Error("what was answered is asked again")
	}
	buyer.post(http.StatusSeeOther, form, url.Values{"answer": {"i_asked"}})
	for _, at := range []string{"/ja/seller/orders/A-1", "/ja/seller/notices", "/ja/seller"} {
		if words := seller.page(http.StatusOK, at); strings.Contains(words, "自分からキャンセルを頼んだ") || strings.Contains(words, "i_asked") || strings.Contains(words, "近いものはどれ") {
			t.Errorf("%s tells the seller", at)
		}
	}
	if to := buyer.post(http.StatusSeeOther, form, url.Values{"answer": {"perhaps"}}); to != page {
		t.Errorf("what is no answer leads to %s", to)
	}
	buyer.post(http.StatusNotFound, "/ja/my/orders/A-1/lines/2/cancellation", url.Values{"answer": {"i_asked"}})
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"168h"}`)
	if to := buyer.post(http.StatusSeeOther, form, url.Values{"answer": {"do_not_know"}}); to != page+"?done=answer_closed" {
		t.Errorf("too late it leads to %s", to)
	}
	late := buyer.page(http.StatusOK, page+"?done=answer_closed")
	wants(t, "too late", late, "回答の期間は終わっています", "回答: 自分からキャンセルを頼んだ", "回答を変更できる期間は終わりました。")
	if strings.Contains(late, form) {
		t.Error("it can be changed")
	}
	p.want(201, "mp", "PUT", "/orders/A-2", unshippedBody("unshipped"))
	if strings.Contains(buyer.page(http.StatusOK, "/ja/my/orders/A-2"), "近いものはどれ") {
		t.Error("asked of a line that was not cancelled")
	}
	if to := buyer.post(http.StatusSeeOther, "/ja/my/orders/A-2/lines/1/cancellation", url.Values{"answer": {"i_asked"}}); !strings.HasSuffix(to, "done=answer_closed") {
		t.Errorf("of what was not cancelled it leads to %s", to)
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"2400h"}`)
	p.want(201, "mp", "PUT", "/orders/A-3", cancelledBody("other"))
	if strings.Contains(buyer.page(http.StatusOK, "/ja/my/orders/A-3"), "近いものはどれ") {
		t.Error("asked of what was too long ago")
	}
}
