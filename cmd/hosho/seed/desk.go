package seed

import (
	"time"

	"hosho/models"
)

// tellDesk puts five cases on the desk in which both have said what they have to say: one for each way there is to
// decide, from a plain one to one where the two pictures do not agree.
func (st *story) tellDesk() {
	contested := func(order string, ago time.Duration, words string, pictures ...picture) {
		st.act(order, ago, st.seller, &models.ContestInput{Message: words}, pictures...)
	}

	// Delivered, says the carrier; not to this door, says the buyer.
	st.claim("HS-1201", d(8), h(104), models.NotReceived, "配達済みと表示されていますが、届いていません。置き配の写真を見せてください。",
		"配達済みになった日は在宅していましたが、届いていません。置き配の写真の玄関は、わが家のものではありません。",
		picture{title: "Doorstep HS-1201", accent: teal, rows: [][2]string{{"Photo", "a blue door"}, {"Our door", "brown"}}})
	contested("HS-1201", h(45), "配送会社の記録では配達済みです。追跡の画面を添付します。",
		picture{title: "Tracking HS-1201", accent: grey, rows: [][2]string{{"Status", "Delivered"}, {"Place", "at the door"}}})

	// Thawed on the way; the seller says that the buyer was out.
	st.claim("HS-1202", d(7), h(98), models.DamagedOrDefective, "冷凍のはずのうなぎが、溶けた状態で届きました。", "箱を開けたときには、4尾とも溶けて汁が出ていました。受け取りの直後に撮った写真です。",
		picture{title: "Photo HS-1202", accent: brick, rows: [][2]string{{"Received", "10:12"}, {"Opened", "10:15"}, {"State", "thawed"}}})
	contested("HS-1202", h(38), "冷凍便で発送しています。持ち戻りの間に溶けた可能性があります。", receipt("HS-1202"))

	// Another colour than on the page, of which the page says that it can differ.
	st.claim("HS-1203", d(7), h(96), models.NotAsDescribed, "届いた椅子の色が、商品ページの写真と違います。", "写真では深い緑ですが、届いたのは明るい黄緑です。並べて撮りました。",
		picture{title: "Photo HS-1203", accent: grey, rows: [][2]string{{"Listing", "dark green"}, {"Received", "light green"}}})
	contested("HS-1203", h(33), "商品ページに、画面により色の見え方が異なると書いています。品番も注文どおりです。",
		picture{title: "Listing HS-1203", accent: violet, rows: [][2]string{{"Note", "colours may look different"}, {"Model", "C-210 moss"}}})

	// One of three is missing: a part of the money.
	st.claim("HS-1204", d(6), h(92), models.WrongOrMissingItem, "3冊組のはずが、2冊しか入っていませんでした。", "箱には第1巻と第3巻だけが入っていました。第2巻がありません。2冊は手元に残したいです。",
		picture{title: "Photo HS-1204", accent: teal, rows: [][2]string{{"In the box", "1 and 3"}, {"Missing", "2"}}})
	contested("HS-1204", h(27), "3冊とも梱包しました。伝票の重さでも確認できます。", receipt("HS-1204"))

	// Nothing has moved for two weeks.
	st.claim("HS-1205", d(6), h(90), models.NotReceived, "追跡の表示が2週間変わりません。いつ届きますか。", "お届け予定日を過ぎ、追跡の表示も変わりません。返金を希望します。", tracking("HS-1205"))
	contested("HS-1205", h(22), "配送会社に確認中です。もう少しお待ちください。")
}
