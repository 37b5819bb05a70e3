package handlers

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hosho/models"
)

const shopAddress = "青木 150-0001 1-2-3"

// A return on the pages: offered with an address, accepted, shipped with a photo, confirmed; the
// breakdown of the refund shows the postage and that it is waived.
func TestReturnOnPages(t *testing.T) {
	p := newPortal(t)
	number := p.claim("A-1")
	buyer, seller := p.as("b1"), p.as("s1")
	here, theirs := "/ja/my/claims/"+number, "/ja/seller/cases/"+number
	seller.post(303, theirs+"/respond", url.Values{"choice": {"offer"}})
	form := hidden(seller.page(200, theirs+"/respond/evidence"))
	draft := with(form, "kind", "return_for_refund", "return_address", shopAddress, "label_reference", "L-4000", "label_cost", "500", "message", "商品が届きません。")
	seller.post(303, theirs+"/respond/evidence", with(draft, "do", "save"))
	kept := seller.page(200, theirs+"/respond/evidence")
	wants(t, "the draft", kept, shopAddress, "L-4000", `value="500"`, "返品後の返金")
	check := seller.page(200, seller.post(303, theirs+"/respond/evidence", with(with(draft, hiddenPairs(kept)...), "do", "check")))
	wants(t, "the check", check, shopAddress, "L-4000", "500円", "3,800円", "返送料の負担", "貴店")
	seller.post(303, theirs+"/respond/check", with(hidden(check), "do", "send"))

	respond := buyer.page(200, here+"/respond")
	wants(t, "the offer", respond, shopAddress, "返送料の負担", "10日以内に返送", "3,800円が返金")
	buyer.post(303, here+"/respond", with(hidden(respond), "kind", "offer", "choice", "accept"))
	wants(t, "to be shipped", buyer.page(200, here), "商品を返送してください", shopAddress, "L-4000", "返送の期限", here+"/return", "返品の手続き中")
	wants(t, "in English", buyer.page(200, "/en/my/claims/"+number), "Send the goods back", "Return address")
	wants(t, "the list leads there", buyer.page(200, "/ja/my"), `href="`+here+`/return"`)
	ship := buyer.page(200, here+"/return")
	wants(t, "the form", ship, "梱包する前の商品全体", "返送料の負担", `name="carrier"`, `name="tracking_number"`, "申請を取り下げられません")
	wants(t, "nothing typed", buyer.post(422, here+"/return", hidden(ship)), "配送会社を入力してください", "追跡番号を入力してください")
	wants(t, "the seller may still correct it", seller.page(200, theirs), theirs+"/return")
	wrong := seller.page(200, theirs+"/return")
	wants(t, "the address", wrong, shopAddress, `name="address"`)
	wants(t, "no address", seller.post(422, theirs+"/return", with(hidden(wrong), "do", "address", "address", " ")), "返送先を入力してください")
	seller.post(303, theirs+"/return", with(hidden(wrong), "do", "address", "address", shopAddress+" 2階", "label_reference", "L-4000", "label_cost", "500"))
	stale := buyer.postFiles(409, here+"/return", with(hidden(ship), "carrier", "飛脚", "tracking_number", "4000-1111"))
	wants(t, "the address changed meanwhile", stale, "2階", "飛脚", "4000-1111")
	buyer.postFiles(303, here+"/return", with(hidden(stale), "carrier", "飛脚", "tracking_number", "4000-1111"), sentFile{"packing.png", picture(7)})
	sent := buyer.page(200, here)
	wants(t, "shipped", sent, "出品者の確認待ち", "飛脚", "4000-1111", "商品を返送した後は、取り下げられません", "packing.png")
	wants(t, "no withdrawal", buyer.page(200, here+"/withdraw"), "商品と返金の両方を失う")
	wants(t, "nothing to ship", buyer.page(200, here+"/return"), "今は必要ありません")

	came := seller.page(200, theirs)
	wants(t, "the seller's case", came, "4000-1111", "受け取りを確認する", "返送料の負担", "<dd>貴店</dd>", "受け取ったものとして返金します", "梱包したときの写真")
	receipt := seller.page(200, theirs+"/return")
	wants(t, "what came", receipt, "開ける前に", "3,800円を返金して", "中身に問題がある")
	wants(t, "nothing chosen", seller.post(422, theirs+"/return", hidden(receipt)), "返送された商品の確認を選択してください")
	wants(t, "no words", seller.post(422, theirs+"/return", with(hidden(receipt), "choice", "dispute")), "説明を入力してください")
	wants(t, "confirmed", seller.page(200, seller.postFiles(303, theirs+"/return", with(hidden(receipt), "choice", "confirm"))), "受け取りを確認しました")
	wants(t, "settled", buyer.page(200, here), "出品者の受け取り", "返金の内訳")
	wants(t, "the breakdown", buyer.page(200, here+"/refund"), "<th scope=\"row\">返送料", "−¥500", "返送料の免除", "+¥500", "3,800円")
}

// hiddenPairs are the hidden fields of a form as with takes them.
func hiddenPairs(page string) (pairs []string) {
	for name, list := range hidden(page) {
		pairs = append(pairs, name, list[0])
	}
	return pairs
}

// A decision on condition of a return: both letters say so, the seller is asked for an address,
// and a dispute brings both sets of photos before the staff.
func TestReturnDecidedOnPages(t *testing.T) {
	p := newPortal(t)
	number := p.review("A-1")
	staff, buyer, seller := p.as("agent"), p.as("b1"), p.as("s1")
	desk, here, theirs := "/ja/staff/cases/"+number, "/ja/my/claims/"+number, "/ja/seller/cases/"+number
	form := hidden(staff.page(200, desk+"/decide"))
	wants(t, "denied", staff.post(422, desk+"/decide", with(decisionForm(form, "do", "preview", "outcome", "denied", "return_required", "yes"))), "返品は、この内容では入力しません")
	preview := staff.post(200, desk+"/decide", decisionForm(form, "do", "preview", "return_required", "yes"))
	wants(t, "both letters", preview, "商品の返送後に2,000円を返金", "商品の返送後に購入者へ2,000円を返金", "返送料は貴店の負担です", "返送料は出品者の負担です")
	staff.post(303, desk+"/decide", with(hidden(preview), "do", "decide"))
	wants(t, "no address yet", buyer.page(200, here), "返送先を出品者に確認しています", "商品の返送後に2,000円を返金")
	wants(t, "whose turn it is", buyer.page(200, here), "出品者の番です", "出品者が返送先を連絡する期限", "返送しないことは、お客様の不利になりません")
	lacks(t, "whose turn it is", buyer.page(200, here), "お客様の番です", "お客様の返送待ち")
	wants(t, "nothing to send yet", buyer.page(200, here+"/return"), "今は送らずにお待ちください")
	wants(t, "the letter", buyer.page(200, here+"/decision"), "出品者が商品を受け取った後、返金します")
	wants(t, "the seller is asked", seller.page(200, theirs), "返送先を入力する", "審査に進みます")
	ask := seller.page(200, theirs+"/return")
	seller.post(303, theirs+"/return", with(hidden(ask), "do", "address", "address", shopAddress))
	ship := buyer.page(200, here+"/return")
	buyer.postFiles(303, here+"/return", with(hidden(ship), "carrier", "飛脚", "tracking_number", "5000"), sentFile{"packing.png", picture(7)})
	p.want(200, "mp", "POST", "/claims/"+number+"/return/events", `{"event":"delivered"}`)
	receipt := seller.page(200, theirs+"/return")
	seller.postFiles(303, theirs+"/return", with(hidden(receipt), "choice", "dispute", "message", "8888-9999"), sentFile{"opening.png", picture(8)})
	both := staff.page(200, desk)
	wants(t, "the desk", both, "返品の写真", "梱包したときの写真", "開けたときの写真", "packing.png", "opening.png", "8888-9999", "出品者への配達")
	for _, page := range []string{both, seller.page(200, theirs)} {
		if n := strings.Count(page, "8888-9999"); n != 2 {
			t.Errorf("the words beside the photos and in the history stand %d times", n)
		}
	}
	decide := staff.page(200, desk+"/decide")
	wants(t, "who decides", decide, `id="return-photos"`, "8888-9999")
	// What was packed stands beside what was opened, before anything is asked, with a link to each file.
	photos := regexp.MustCompile(`(?s)id="return-photos".*?</section>`).FindString(decide)
	packed, opened := strings.Index(photos, "梱包したときの写真"), strings.Index(photos, "開けたときの写真")
	first, second := strings.Index(photos, "packing.png"), strings.Index(photos, "opening.png")
	if packed < 0 || first < packed || opened < first || second < opened || strings.Count(photos, "<a ") < 2 || strings.Index(decide, `name="outcome"`) < strings.Index(decide, photos) {
		t.Errorf("the photos on the page of a decision: %s", photos)
	}
	if n := strings.Count(decide, "8888-9999"); n != 1 {
		t.Errorf("the seller's words stand %d times where it is decided", n)
	}
	if again := staff.page(200, desk+"/decide"); strings.Contains(again, `name="return_required"`) {
		t.Error("a return is offered to who has the goods back")
	}
	wants(t, "the buyer", buyer.page(200, here), "審査中", "8888-9999")
	wants(t, "the queue", staff.page(200, "/ja/staff/queue?v=all&status=awaiting_return"), "返品の手続き中")
	for _, page := range []string{"/en/my/claims/" + number, "/en/my/claims/" + number + "/return"} {
		buyer.page(200, page)
	}
}

// A buyer that comes too late reads so, and what it typed is not lost.
func TestReturnTooLateOnPages(t *testing.T) {
	p := newPortal(t)
	number := p.claim("A-1")
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/offer", `{"kind":"return_for_refund","message":"返品してください。","return_address":"東京都"}`)
	due := p.want(200, "b1", "POST", "/claims/"+number+"/actions/accept_offer", `{}`).str("due_at")
	buyer, here := p.as("b1"), "/ja/my/claims/"+number
	ship := buyer.page(200, here+"/return")
	at, err := models.ParseInstant(due)
	if err != nil {
		t.Fatal(err)
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+at.Add(time.Hour).String()+`"}`)
	wants(t, "too late", buyer.postFiles(409, here+"/return", with(hidden(ship), "carrier", "飛脚", "tracking_number", "1")), "返送を知らせる", "返送の連絡は")
	wants(t, "denied", buyer.page(200, here+"/decision"), "期限までに商品が返送されなかった")
}
