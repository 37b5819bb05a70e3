package seed

import (
	"context"
	"time"

	"hosho/models"
)

func packed(order string) picture {
	return picture{title: "Packing " + order, accent: teal, rows: [][2]string{{"Inside", "the item, wrapped"}, {"Box", "closed and taped"}}}
}

func opened(order string) picture {
	return picture{title: "Opening " + order, accent: brick, rows: [][2]string{{"Box", "closed and taped"}, {"Inside", "the stand only"}}}
}

// sentBack has the buyer send goods back, with a photo from packing.
func (st *story) sentBack(order string, ago time.Duration, carrier string) {
	st.act(order, ago, st.buyer, &models.ShipReturnInput{Carrier: carrier, TrackingNumber: "5930-" + order[3:] + "-4410"}, packed(order))
}

// backAt has the marketplace tell that goods sent back have arrived.
func (st *story) backAt(order string, ago time.Duration) {
	st.at(ago, "return of "+order, func(ctx context.Context) error {
		_, err := st.s.TellReturn(ctx, st.people.Integration.Actor(), st.claims[order], models.ParcelEvent{Event: models.ParcelDelivered})
		return err
	})
}

// tellReplacements has goods sent anew: to be shipped, shipped, and reopened since nothing was.
func (st *story) tellReplacements() {
	agreed := func(order string, offered, accepted time.Duration, message string) {
		st.act(order, offered, st.seller, &models.OfferInput{Kind: models.OfferReplacement, Message: message})
		st.act(order, accepted, st.buyer, &models.AcceptOfferInput{})
	}
	st.claim("HS-1086", d(8), d(5), models.DamagedOrDefective, "皿の縁が欠けていました。", "3枚のうち1枚の縁が欠けています。", broken("HS-1086"))
	agreed("HS-1086", d(3), d(1)+h(2), "申し訳ありません。新しいものを1枚お送りします。")

	st.claim("HS-1087", d(12), d(9), models.WrongOrMissingItem, "A cushion cover in another colour came.", "I ordered moss green. What came is grey.", broken("HS-1087"))
	agreed("HS-1087", d(8), d(7), "Sorry about that. We send the green one.")
	st.act("HS-1087", d(4), st.seller, &models.ShipReplacementInput{Carrier: "Japan Post", TrackingNumber: "5930-1087-4410", Note: "It should be with you by Friday."})

	st.claim("HS-1088", d(16), d(13), models.DamagedOrDefective, "イヤホンの右側から音が出ません。", "充電しても、右側だけ音が出ません。", broken("HS-1088"))
	agreed("HS-1088", d(12), d(11), "交換品をお送りします。")
	st.act("HS-1088", d(2), st.buyer, &models.ReopenInput{Reason: "発送の連絡がなく、問い合わせにも返事がありません。"})
}

// tellReturns has goods on their way back in every step there is: to be sent, to be sent without
// an address, on the way, disputed, and received by silence.
func (st *story) tellReturns() {
	const cost = int64(500)
	label := cost
	back := func(message, address string) *models.OfferInput {
		return &models.OfferInput{Kind: models.OfferReturn, Message: message, Address: address}
	}
	st.claim("HS-1081", d(8), d(5), models.NotAsDescribed, "色が写真と違います。", "写真は紺色ですが、届いたのは黒でした。", broken("HS-1081"))
	offer := back("着払いで返送してください。届きましたら返金します。", "〒150-0001 東京都渋谷区神宮前1-2-3 青葉雑貨店 返品係 電話 03-0000-0000")
	offer.Label, offer.LabelCost = "ヤマト運輸 着払い", &label
	st.act("HS-1081", d(4), st.seller, offer)
	st.act("HS-1081", d(3), st.buyer, &models.AcceptOfferInput{})

	st.claim("HS-1082", d(10), d(7), models.DamagedOrDefective, "スピーカーの片方から音が出ません。", "左右のうち、右側から音が出ません。", broken("HS-1082"))
	st.act("HS-1082", d(6), st.seller, &models.ContestInput{Message: "出荷前の検査では、左右とも音が出ていました。"})
	decide := decided("granted", 0, "seller", "damaged", "届いた日の写真と動画で、右側から音が出ていない。", "商品を出品者に返送した後に、返金することが妥当と判断しました。")
	decide.ReturnRequired = true
	st.act("HS-1082", d(2), st.agent, decide)

	st.claim("HS-1083", d(14), d(11), models.NotAsDescribed, "The scarf is shorter than described.", "The listing says 180 cm. It measures 150 cm.", broken("HS-1083"))
	st.act("HS-1083", d(10), st.seller, back("Please send it back. We refund you when it arrives.", "Maple Leaf Studio, 2-4-6 Sakae, Naka-ku, Nagoya 460-0008"))
	st.act("HS-1083", d(9), st.buyer, &models.AcceptOfferInput{})
	st.sentBack("HS-1083", d(2), "Japan Post")

	st.claim("HS-1084", d(18), d(15), models.WrongOrMissingItem, "上巻が2冊届きました。", "上下巻のはずが、上巻が2冊入っていました。", broken("HS-1084"))
	st.act("HS-1084", d(14), st.seller, back("お手数ですが、2冊とも返送してください。", "〒604-8001 京都府京都市中京区1-1 星野書房"))
	st.act("HS-1084", d(13), st.buyer, &models.AcceptOfferInput{})
	st.sentBack("HS-1084", d(6), "日本郵便")
	st.backAt("HS-1084", h(40))
	st.act("HS-1084", h(20), st.seller, &models.DisputeReturnInput{Message: "届いた箱には、上巻が1冊しか入っていませんでした。"}, opened("HS-1084"))

	st.claim("HS-1085", d(30), d(27), models.DamagedOrDefective, "瓶が割れて、中身が漏れていました。", "3本のうち1本が割れて届きました。", broken("HS-1085"))
	offer = back("残りの2本を返送してください。全額返金します。", "〒238-0001 神奈川県横須賀市港町1-1 海風フーズ")
	offer.Label, offer.LabelCost = "伝票番号 5930-1085-4410", &label
	st.act("HS-1085", d(26), st.seller, offer)
	st.act("HS-1085", d(25), st.buyer, &models.AcceptOfferInput{})
	st.sentBack("HS-1085", d(23), "ヤマト運輸")
	st.backAt("HS-1085", d(21))
}
