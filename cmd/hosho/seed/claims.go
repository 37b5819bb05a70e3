package seed

import (
	"context"
	"image/color"
	"time"

	"hosho/models"
)

func d(days int) time.Duration  { return time.Duration(days) * 24 * time.Hour }
func h(hours int) time.Duration { return time.Duration(hours) * time.Hour }

// message is a message on an order's first line.
func (st *story) message(order string, ago time.Duration, topic models.Reason, from models.Side, body string) {
	st.at(ago, "message on "+order, func(ctx context.Context) error {
		by := st.buyer(order)
		if from == models.SideSeller {
			by = st.seller(order)
		}
		_, err := st.s.SendMessage(ctx, by, models.SendMessage{OrderNumber: order, Line: 1, Body: body, Topic: topic})
		return err
	})
}

// claim contacts the seller and files, ahead or after the wait.
func (st *story) claim(order string, contact, file time.Duration, reason models.Reason, told, story string, pictures ...picture) {
	st.message(order, contact, reason, models.SideBuyer, told)
	st.at(file, "claim on "+order, func(ctx context.Context) error {
		by := st.buyer(order)
		line := 1
		in := models.FileClaim{OrderNumber: order, Line: &line, Reason: reason, Description: story, DesiredOutcome: models.WantsRefund, Schedule: contact-file < h(48)}
		for i, p := range pictures {
			id, err := st.picture(ctx, by, []string{"screenshot.png", "photo.png", "tracking.png"}[i], p)
			if err != nil {
				return err
			}
			in.Evidence = append(in.Evidence, id)
		}
		c, err := st.s.FileClaim(ctx, by, in)
		st.claims[order] = c.Number
		return err
	})
}

// act does an action on an order's claim. Pictures are evidence of a contest or an answer.
func (st *story) act(order string, ago time.Duration, who func(string) models.Actor, in models.ActionInput, pictures ...picture) {
	st.at(ago, string(in.Action())+" on "+order, func(ctx context.Context) error {
		by := who(order)
		for _, p := range pictures {
			id, err := st.picture(ctx, by, "evidence.png", p)
			if err != nil {
				return err
			}
			switch in := in.(type) {
			case *models.ContestInput:
				in.Evidence = append(in.Evidence, id)
			case *models.ClaimAppealInput:
				in.Evidence = append(in.Evidence, id)
			case *models.AnswerInput:
				in.Evidence = append(in.Evidence, id)
			case *models.AddEvidenceInput:
				in.Evidence = append(in.Evidence, id)
			case *models.ShipReturnInput:
				in.Evidence = append(in.Evidence, id)
			case *models.DisputeReturnInput:
				in.Evidence = append(in.Evidence, id)
			}
		}
		_, err := st.s.Act(ctx, by, st.claims[order], in)
		return err
	})
}

func (st *story) agent(string) models.Actor  { return st.people.Agents[0].Actor() }
func (st *story) agent2(string) models.Actor { return st.people.Agents[1].Actor() }

func (st *story) update(order string, ago time.Duration, edit func(*models.OrderInput)) {
	st.at(ago, "update of "+order, func(ctx context.Context) error {
		in := st.orders[order]
		edit(&in)
		st.orders[order] = in
		return st.put(ctx, in)
	})
}

func tracking(order string) picture {
	return picture{title: "Order " + order, accent: teal, rows: [][2]string{{"Carrier", "Yamato"}, {"Tracking", "4812-" + order[3:] + "-0077"}, {"Status", "No delivery recorded"}, {"Last update", "more than a week ago"}}}
}

func chat(order string) picture {
	return picture{title: "Messages " + order, accent: violet, rows: [][2]string{{"Me", "It has not arrived."}, {"Shop", "Please wait a little."}, {"Me", "When will it come?"}, {"Shop", "(no answer)"}}}
}

func broken(order string) picture {
	return picture{title: "Photo " + order, accent: brick, rows: [][2]string{{"Taken", "on arrival"}}, crack: true}
}

func receipt(order string) picture {
	return picture{title: "Shipping slip " + order, accent: color.RGBA{0x14, 0x66, 0x3c, 0xff}, rows: [][2]string{{"Carrier", "Yamato"}, {"Tracking", "4812-" + order[3:] + "-0077"}, {"Handed over", "at the counter"}, {"Weight", "1.2 kg"}}}
}

func decided(outcome string, amount int64, bearer, code, facts, explanation string) *models.DecideInput {
	counts := bearer == "seller" && outcome == "granted"
	in := &models.DecideInput{Outcome: outcome, BorneBy: bearer, CountsAgainstSeller: &counts, ReasonCode: code, Rule: "保証規約 4-2", Facts: facts, Explanation: explanation}
	if amount > 0 {
		in.Amount = &amount
	}
	return in
}

// tellClaims puts a claim into every status there is, each by the way people take to it.
func (st *story) tellClaims() {
	buyer, seller := st.buyer, st.seller
	const lost = "お届け予定最終日を過ぎても届きません。発送の状況を教えてください。"
	const still = "出品者に連絡しましたが、届かないまま予定日から日がたちました。返金を希望します。"

	// Waits that run, and one that has just ended.
	st.message("HS-1003", h(47), models.NotReceived, models.SideBuyer, lost)
	st.message("HS-1037", h(20), models.DamagedOrDefective, models.SideBuyer, "届いたトレイの縁が欠けていました。交換か返金をお願いします。")
	st.message("HS-1013", d(4), models.NotReceived, models.SideBuyer, lost)
	st.message("HS-1013", d(3), "", models.SideSeller, "確認します。LINEで直接やり取りできますか。〇〇ペイで返金します。")
	st.message("HS-1030", d(3), models.WrongOrMissingItem, models.SideBuyer, "60個のはずが40個しか入っていませんでした。")
	st.message("HS-1030", d(2), "", models.SideSeller, "申し訳ありません。倉庫に確認しています。")

	// scheduled: filed ahead, opens by itself.
	st.claim("HS-1025", h(30), h(29), models.NotReceived, "The parcel was marked undeliverable. What happens now?", "The carrier could not deliver the parcel. I would like my money back.", tracking("HS-1025"))

	// awaiting_seller: with most of the time left, and with little.
	st.claim("HS-1001", d(4), h(20), models.NotReceived, lost, still, tracking("HS-1001"), chat("HS-1001"))
	st.claim("HS-1031", d(5), h(67), models.NotReceived, lost, still, tracking("HS-1031"))
	st.claim("HS-1006", d(5), h(40), models.StockOutUnrefunded, "在庫切れでキャンセルになりましたが、返金の連絡がありません。", "キャンセルから1週間以上たちますが、返金されていません。")

	// awaiting_buyer: an offer, a replacement, a question.
	st.claim("HS-1005", d(7), h(70), models.DamagedOrDefective, "届いたマグカップの1個が割れていました。", "2個のうち1個が割れて届きました。写真を添付します。", broken("HS-1005"))
	offer := int64(2_400)
	st.act("HS-1005", h(10), seller, &models.OfferInput{Kind: models.OfferPartialRefund, Amount: &offer, Message: "割れた1個分と送料の半額を返金します。"})
	st.claim("HS-1022", d(8), d(4), models.NotAsDescribed, "The apron is grey, not indigo as in the listing.", "The listing shows indigo. What came is grey. Photo attached.", picture{title: "Photo HS-1022", accent: grey, rows: [][2]string{{"Ordered", "indigo"}, {"Received", "grey"}}})
	st.act("HS-1022", h(30), seller, &models.OfferInput{Kind: models.OfferReplacement, Message: "We are sorry. We can send the indigo one this week."})
	st.claim("HS-1014", d(8), d(5), models.NotReceived, lost, still, tracking("HS-1014"))
	st.act("HS-1014", d(3), seller, &models.ContestInput{Message: "発送済みです。伝票を添付します。配送会社に調査を依頼しました。"}, receipt("HS-1014"))
	st.act("HS-1014", h(30), st.agent, &models.AskInput{Party: models.SideBuyer, Question: "宅配ボックスとご家族の受け取りを確認しましたか。確認した日時を教えてください。"})

	// under_review: contested with files from both sides, and a silent seller above the limit.
	st.claim("HS-1032", d(7), h(80), models.DamagedOrDefective, "花瓶にひびが入っていました。", "箱を開けたところ、花瓶の側面にひびがありました。", broken("HS-1032"))
	st.act("HS-1032", h(12), seller, &models.ContestInput{Message: "発送前に検品し、緩衝材で梱包しています。発送時の写真です。"}, receipt("HS-1032"))
	st.act("HS-1032", h(2), seller, &models.AddEvidenceInput{Note: "配送会社の調査結果が届きました"}, picture{title: "Inquiry HS-1032", accent: teal, rows: [][2]string{{"Asked", "damage in transit"}, {"Carrier", "no record of a fall"}}})
	st.claim("HS-1015", d(9), d(5), models.NotReceived, lost, "掃除機が届きません。出品者から返事がありません。", tracking("HS-1015"), chat("HS-1015"))
	st.claim("HS-1021", d(10), d(6), models.NotReceived, "My teapot has not arrived. Could you tell me where it is?", "The latest delivery date has passed and tracking shows nothing new.", tracking("HS-1021"))
	st.act("HS-1021", d(4), seller, &models.ContestInput{Message: "We handed it to the carrier and attach the slip."}, receipt("HS-1021"))
	st.act("HS-1021", d(3), st.agent2, &models.AskInput{Party: models.SideSeller, Question: "Please send the carrier's answer to your inquiry."})
	st.act("HS-1021", d(2), seller, &models.AnswerInput{Message: "The carrier is still searching. We expect an answer soon."})
	st.act("HS-1021", h(30), st.agent, &models.AssignInput{To: st.people.Agents[1].ID, Reason: "配送会社の調査番号を確認済み。回答待ち。"})
	st.act("HS-1021", h(29), st.agent2, &models.HoldInput{Until: st.now.Add(d(2)).String(), Reason: "配送会社の調査結果を待っています。"})

	// awaiting_approval: an amount that needs a second person.
	st.claim("HS-1016", d(9), d(6), models.DamagedOrDefective, "空気清浄機の電源が入りません。", "開封して電源を入れましたが、動きません。表示も出ません。", broken("HS-1016"))
	st.act("HS-1016", d(4), seller, &models.ContestInput{Message: "初期不良の場合はメーカーに連絡してください。"})
	st.act("HS-1016", h(5), st.agent, decided("granted", 129_500, "seller", "damaged", "商品は到着時から動作していない。出品者は動作を示す資料を出していない。", "到着日の写真と動画の内容が一致しています。保証規約により、返金が妥当と判断しました。"))

	// frozen: a chargeback is open.
	st.claim("HS-1027", d(9), d(6), models.NotReceived, lost, still, tracking("HS-1027"))
	st.update("HS-1027", d(4), func(in *models.OrderInput) { in.Chargeback = true })

	// settled: accepted, an offer accepted, refunded by the seller meanwhile.
	st.claim("HS-1017", d(16), d(13), models.NotAsDescribed, "国産と書かれていましたが、ラベルは外国産でした。", "ラベルの原産地が説明と違います。", picture{title: "Label HS-1017", accent: brick, rows: [][2]string{{"Listing", "made in Japan"}, {"Label", "imported"}}})
	st.act("HS-1017", d(12), seller, &models.AcceptInput{})
	st.claim("HS-1018", d(20), d(17), models.DamagedOrDefective, "写真集の角がつぶれていました。", "外箱に傷はなく、本の角だけがつぶれています。", broken("HS-1018"))
	partial := int64(2_000)
	st.act("HS-1018", d(15), seller, &models.OfferInput{Kind: models.OfferPartialRefund, Amount: &partial, Message: "一部の返金で解決できればと思います。"})
	st.act("HS-1018", d(14), buyer, &models.AcceptOfferInput{Message: "それでお願いします。"})
	st.claim("HS-1028", d(18), d(15), models.NotReceived, lost, still, tracking("HS-1028"))
	st.update("HS-1028", d(14), func(in *models.OrderInput) {
		in.Refunds = []models.RefundInput{{Reference: "R-HS-1028", Line: 1, Tender: "credit_card", Amount: 2_750, At: st.ago(d(14)).String()}}
	})

	// granted: a silent seller by policy, and after review in full and in part.
	st.claim("HS-1024", d(14), d(11), models.FalseShipment, "発送通知の後、配送会社の記録がありません。", "追跡番号で検索しても、荷物の登録がありません。", picture{title: "Tracking HS-1024", accent: teal, rows: [][2]string{{"Number", "4812-1024-0077"}, {"Result", "No record found"}}})
	st.claim("HS-1019", d(22), d(19), models.NotReceived, lost, still, tracking("HS-1019"))
	st.act("HS-1019", d(18), seller, &models.ContestInput{Message: "発送は済んでいます。"})
	st.act("HS-1019", d(16), st.agent, decided("granted", 0, "seller", "not_delivered", "配送の記録は営業所で止まっている。出品者は配達を示す資料を出していない。", "追跡の記録と双方の説明を確認し、商品は届いていないと判断しました。"))
	st.claim("HS-1036", d(21), d(18), models.NotAsDescribed, "The throw is smaller than described.", "The listing says 130 × 180 cm. It measures 110 × 150 cm.", picture{title: "Measured HS-1036", accent: teal, rows: [][2]string{{"Listing", "130 x 180 cm"}, {"Measured", "110 x 150 cm"}}})
	st.act("HS-1036", d(16), seller, &models.ContestInput{Message: "Sizes vary by hand weaving. We think this is within tolerance."})
	st.act("HS-1036", d(15), st.agent2, decided("granted", 9_000, "seller", "not_as_described", "The throw measures 110 × 150 cm; the listing promised 130 × 180 cm.", "The difference is larger than hand weaving explains. You keep the throw, so part of the price is refunded."))

	// denied: after review, and because a question stayed unanswered.
	st.claim("HS-1029", d(19), d(16), models.DamagedOrDefective, "箱の角に小さなへこみがあります。", "箱にへこみがあります。本は読めます。", picture{title: "Photo HS-1029", accent: grey, rows: [][2]string{{"Box", "small dent"}, {"Books", "no damage"}}})
	st.act("HS-1029", d(14), seller, &models.ContestInput{Message: "本体に傷はありません。外箱は輸送用です。"}, receipt("HS-1029"))
	st.act("HS-1029", d(13), st.agent, decided("denied", 0, "marketplace", "as_described", "写真では本体に傷がない。外箱は輸送用と商品説明にある。", "商品の状態は説明と一致しているため、保証の対象にはなりませんでした。"))
	st.claim("HS-1023", d(17), d(14), models.WrongOrMissingItem, "Only three coasters came.", "The box held three coasters instead of four.", broken("HS-1023"))
	st.act("HS-1023", d(13), seller, &models.ContestInput{Message: "We packed four. The weight on the slip shows it."}, receipt("HS-1023"))
	st.act("HS-1023", d(12), st.agent2, &models.AskInput{Party: models.SideBuyer, Question: "Could you send a photo of the whole contents of the parcel?"})

	// withdrawn: solved between them, and a parcel that came after all.
	st.claim("HS-1035", d(15), d(12), models.NotReceived, "まだ届きません。", still, tracking("HS-1035"))
	st.act("HS-1035", d(11), buyer, &models.WithdrawInput{Reason: "届きました。"})
	st.claim("HS-1038", d(17), d(14), models.NotReceived, lost, still, tracking("HS-1038"))
	st.update("HS-1038", d(13), func(in *models.OrderInput) {
		in.Lines = append([]models.LineInput(nil), in.Lines...)
		shipment := *in.Lines[0].Shipment
		shipment.DeliveredAt = st.ago(d(13)).String()
		in.Lines[0].Shipment, in.Lines[0].Status = &shipment, models.Delivered
	})
}
