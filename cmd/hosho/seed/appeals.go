package seed

import (
	"hosho/models"
)

func appeals(grounds string) *models.ClaimAppealInput {
	return &models.ClaimAppealInput{Grounds: grounds}
}

// tellAppeals has decisions that somebody else looks at again: one that waits for it, one that stood,
// and one that became a larger refund.
func (st *story) tellAppeals() {
	// Denied by the first agent; the buyer has found what was asked for. The other agent can decide it.
	st.claim("HS-1170", d(20), d(17), models.DamagedOrDefective, "届いた時計の針が動きません。", "電池を替えても、針が動きません。返金を希望します。", picture{title: "Photo HS-1170", accent: grey, rows: [][2]string{{"Clock", "hands do not move"}, {"Battery", "new"}}})
	st.act("HS-1170", d(15), st.seller, &models.ContestInput{Message: "出荷時に動作を確認しています。電池の向きをご確認ください。"})
	st.act("HS-1170", d(13), st.agent, decided("denied", 0, "marketplace", "evidence_insufficient", "写真では、電池の状態と動作が分からない。", "動かないことを確認できる資料がなかったため、保証の対象にはなりませんでした。"))
	st.act("HS-1170", d(2), st.buyer, appeals("修理店で見てもらい、内部の部品が折れているとの診断書を受け取りました。前に送った写真には写っていません。"),
		picture{title: "Repair shop HS-1170", accent: teal, rows: [][2]string{{"Diagnosis", "gear broken"}, {"Cause", "before use"}}})

	// Granted; the seller's records say nothing new.
	st.claim("HS-1171", d(24), d(21), models.NotReceived, "鍋が届きません。発送の状況を教えてください。", "お届け予定日を過ぎても届きません。返金を希望します。", tracking("HS-1171"))
	st.act("HS-1171", d(19), st.seller, &models.ContestInput{Message: "配送会社に引き渡しました。"})
	st.act("HS-1171", d(18), st.agent, decided("granted", 0, "seller", "not_delivered", "配送の記録は引き渡しで止まっている。", "追跡の記録を確認し、商品は届いていないと判断しました。"))
	st.act("HS-1171", d(12), st.seller, appeals("引き渡しの控えをあらためて送ります。配送会社に調査を頼んでいます。"), receipt("HS-1171"))
	st.act("HS-1171", d(9), st.agent2, &models.DecideClaimAppealInput{
		Outcome: models.AppealUpheld, ReasonCode: "not_delivered", Rule: "保証規約 4-2", Facts: "引き渡しの控えは、前の決定のときに確認した記録と同じ内容である。",
		Explanation: "控えは配送会社への引き渡しを示しますが、購入者への配達を示す記録はありません。前の決定のとおりとします。",
	})

	// A part was granted; what the buyer found since makes it all of it.
	part, all, counts := int64(3_000), int64(14_200), true
	st.claim("HS-1172", d(26), d(23), models.NotAsDescribed, "説明と素材が違うようです。", "説明には羊毛100%とありますが、違うようです。", picture{title: "Label HS-1172", accent: brick, rows: [][2]string{{"Listing", "100% wool"}, {"Label", "unreadable"}}})
	st.act("HS-1172", d(21), st.seller, &models.ContestInput{Message: "表示のとおりの素材です。"})
	st.act("HS-1172", d(20), st.agent2, decided("granted", part, "seller", "not_as_described", "洗濯表示が読み取れず、素材を確認できない。", "表示に不備があるため、一部の返金が妥当と判断しました。"))
	st.act("HS-1172", d(11), st.buyer, appeals("検査機関で調べてもらったところ、羊毛は30%でした。結果を添えます。"),
		picture{title: "Laboratory HS-1172", accent: violet, rows: [][2]string{{"Wool", "30%"}, {"Polyester", "70%"}}})
	st.act("HS-1172", d(8), st.agent, &models.DecideClaimAppealInput{
		Outcome: models.AppealChanged, Amount: &all, BorneBy: "seller", CountsAgainstSeller: &counts, ReasonCode: "not_as_described", Rule: "保証規約 4-2",
		Facts: "検査の結果では羊毛は30%で、商品説明と異なる。", Explanation: "新しい資料により、商品が説明と異なることを確認しました。残りの代金も返金します。",
	})
}
