package seed

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hosho/models"
)

// owed finds the share of an order's refund that was paid by a tender.
func (st *story) owed(ctx context.Context, order string, paid models.Tender) (refund, leg string, err error) {
	refunds, _, err := st.s.Refunds(ctx, st.people.Integration.Actor(), models.RefundFilter{OrderNumber: order, Page: models.Page{Limit: 1}})
	if err != nil {
		return "", "", err
	}
	if len(refunds) == 0 {
		return "", "", fmt.Errorf("%s has no refund", order)
	}
	at := slices.IndexFunc(refunds[0].Legs, func(l models.Leg) bool { return l.Tender == paid })
	if at < 0 {
		return "", "", fmt.Errorf("nothing of %s was paid by %s", order, paid)
	}
	return refunds[0].ID, refunds[0].Legs[at].ID, nil
}

// paid has the payment system tell of a share of a refund.
func (st *story) paid(order string, ago time.Duration, by models.Tender, event models.LegStatus, reason string) {
	st.at(ago, "refund of "+order, func(ctx context.Context) error {
		refund, leg, err := st.owed(ctx, order, by)
		if err != nil {
			return err
		}
		_, err = st.s.TellLeg(ctx, st.people.Integration.Actor(), refund, leg, models.LegEvent{Event: event, Reference: "P-" + order[3:] + "-" + string(by), Reason: reason})
		return err
	})
}

// transfer has the buyer ask for a bank transfer in place of what was paid in cash.
func (st *story) transfer(order string, ago time.Duration, by models.Tender, account models.BankAccount) {
	st.at(ago, "destination of "+order, func(ctx context.Context) error {
		refund, leg, err := st.owed(ctx, order, by)
		if err != nil {
			return err
		}
		_, err = st.s.ChooseDestination(ctx, st.buyer(order), refund, models.Destination{Leg: leg, To: "bank_transfer", Account: &account})
		return err
	})
}

// giftCard has the buyer take a gift card in place of what could not be paid.
func (st *story) giftCard(order string, ago time.Duration, by models.Tender) {
	st.at(ago, "destination of "+order, func(ctx context.Context) error {
		refund, leg, err := st.owed(ctx, order, by)
		if err != nil {
			return err
		}
		_, err = st.s.ChooseDestination(ctx, st.buyer(order), refund, models.Destination{Leg: leg, To: "gift_card"})
		return err
	})
}

// reported has the marketplace tell of a refund of an order.
func (st *story) reported(order string, ago time.Duration, r models.RefundInput) {
	st.at(ago, "reported refund of "+order, func(ctx context.Context) error {
		in := st.orders[order]
		in.Refunds = append(slices.Clone(in.Refunds), r)
		st.orders[order] = in
		return st.put(ctx, in)
	})
}

// tellRefunds has money on its way in every state there is. What nobody tells here the
// simulated payment system does in its usual time; it is told soon where that might let a first
// try fail.
func (st *story) tellRefunds() {
	st.paid("HS-1017", d(12)-h(2), "credit_card", models.LegSent, "") // with points; done by now
	st.paid("HS-1019", d(16)-h(2), "carrier_billing", models.LegSent, "")
	st.paid("HS-1036", d(15)-h(2), "credit_card", models.LegSent, "")
	st.paid("HS-1024", d(8)-h(2), "credit_card", models.LegSent, "")

	// failed: paid in cash at the door, and sent to an account in another name.
	st.transfer("HS-1018", d(14)-h(5), "cash_on_delivery", models.BankAccount{Bank: "みどり銀行", Branch: "本店", Kind: "ordinary", Number: "1234567", Holder: "タナカ ケン"})
	st.paid("HS-1018", d(14)-h(9), "cash_on_delivery", models.LegFailed, "口座の名義が一致しません")

	// sent: a card, beside a coupon that is issued again.
	st.claim("HS-1042", d(5), h(60), models.NotReceived, "The print has not arrived. Where is it?", "The latest delivery date has passed and it has not arrived.", tracking("HS-1042"))
	st.act("HS-1042", h(20), st.seller, &models.AcceptInput{})
	st.paid("HS-1042", h(18), "credit_card", models.LegSent, "")

	// held: the marketplace tells of another sum than was asked for, without the shipping.
	st.claim("HS-1061", d(6), h(50), models.NotReceived, "荷物が届きません。発送の状況を教えてください。", "お届け予定日を過ぎても届きません。返金を希望します。", tracking("HS-1061"))
	st.act("HS-1061", h(30), st.seller, &models.AcceptInput{})
	st.reported("HS-1061", h(26), models.RefundInput{Reference: "MP-20881", Line: 1, Tender: "credit_card", Amount: 4_980})

	// pending, with a choice: paid at a convenience store.
	st.claim("HS-1041", d(4), h(30), models.NotReceived, "コーヒー豆が届きません。発送の状況を教えてください。", "出品者に連絡しましたが、届きません。返金を希望します。", tracking("HS-1041"))
	st.act("HS-1041", h(3), st.seller, &models.AcceptInput{})
	st.tellRefundCases()
}

// tellRefundCases has what is not everyday about money that goes back, beside points with a card
// (HS-1017), a coupon (HS-1042), a share of the postage (HS-1036) and waived return postage (HS-1085).
func (st *story) tellRefundCases() {
	const late, still = "荷物が届きません。発送の状況を教えてください。", "お届け予定日を過ぎても届きません。返金を希望します。"
	// Cash from a convenience store, to a bank account.
	st.claim("HS-1090", d(10), d(7), models.NotReceived, late, still, tracking("HS-1090"))
	st.act("HS-1090", d(6), st.seller, &models.AcceptInput{})
	st.transfer("HS-1090", d(6)-h(2), "convenience_store", models.BankAccount{Bank: "みなと銀行", Branch: "中央支店", Kind: "ordinary", Number: "7654321", Holder: "スズキ イチロウ"})
	st.paid("HS-1090", d(6)-h(8), "convenience_store", models.LegSent, "")

	// Two parts of one line, by two claims.
	first, label := int64(2_000), "函の角がつぶれていました。"
	st.claim("HS-1091", d(29), d(26), models.DamagedOrDefective, label, label+"本体に傷はありません。", broken("HS-1091"))
	st.act("HS-1091", d(25), st.seller, &models.OfferInput{Kind: models.OfferPartialRefund, Amount: &first, Message: "函の分として、2,000円をお返しします。"})
	st.act("HS-1091", d(24), st.buyer, &models.AcceptOfferInput{})
	st.paid("HS-1091", d(24)-h(2), "credit_card", models.LegSent, "")
	// The second was decided on condition of a return, which failed: it counts no more, and staff decide anew.
	st.claim("HS-1091", d(20), d(17), models.WrongOrMissingItem, "別冊の解説が入っていませんでした。", "説明には別冊の解説付きとありますが、入っていませんでした。", broken("HS-1091"))
	st.act("HS-1091", d(16), st.seller, &models.ContestInput{Message: "出荷時に同梱しました。"})
	back := decided("granted", 0, "seller", "wrong_item", "出荷時の記録に別冊の記載がない。", "商品を出品者に返送した後に、返金することが妥当と判断しました。")
	back.ReturnRequired = true
	st.act("HS-1091", d(15), st.agent2, back)
	st.act("HS-1091", d(14), st.seller, &models.ReturnAddressInput{Address: "〒604-8001 京都府京都市中京区1-1 星野書房"})
	st.sentBack("HS-1091", d(12), "日本郵便")
	st.act("HS-1091", d(10), st.seller, &models.DisputeReturnInput{Message: "届いた箱に、函がありませんでした。"}, opened("HS-1091"))
	last, counts := decided("granted", 3_150, "seller", "wrong_item", "別冊は見つからず、函は返送されていない。", "別冊の価格に当たる一部の返金が妥当と判断しました。"), false
	last.CountsAgainstSeller = &counts
	st.act("HS-1091", d(7), st.agent2, last)
	st.paid("HS-1091", d(7)-h(2), "credit_card", models.LegSent, "")

	// A card that was authorised and never charged.
	st.claim("HS-1092", d(7), d(4), models.NotReceived, late, still, tracking("HS-1092"))
	st.act("HS-1092", d(3), st.seller, &models.AcceptInput{})

	// A card that takes nothing back any more, and a gift card in its place.
	st.claim("HS-1093", d(16), d(13), models.NotReceived, late, still, tracking("HS-1093"))
	st.act("HS-1093", d(12), st.seller, &models.AcceptInput{})
	st.paid("HS-1093", d(12)-h(2), "credit_card", models.LegFailed, "カードの有効期限が切れています")
	st.giftCard("HS-1093", d(11), "credit_card")
	st.paid("HS-1093", d(10), "credit_card", models.LegDone, "")

	// The card company gives the money back by itself, while a claim is open.
	st.claim("HS-1094", d(22), d(19), models.NotReceived, late, still, tracking("HS-1094"))
	st.update("HS-1094", d(18), func(in *models.OrderInput) { in.Chargeback = true })
	st.reported("HS-1094", d(6), models.RefundInput{Reference: "CB-1094", Line: 1, Tender: "credit_card", Amount: 15_800})

	// A currency of three decimals, by three payments.
	part := int64(5_000)
	st.claim("HS-1095", d(21), d(18), models.NotAsDescribed, "The bookmark is plated, not silver.", "The listing says sterling silver. It is silver plated.", broken("HS-1095"))
	st.act("HS-1095", d(17), st.seller, &models.OfferInput{Kind: models.OfferPartialRefund, Amount: &part, Message: "We are sorry. We can pay back a part, and you keep it."})
	st.act("HS-1095", d(16), st.buyer, &models.AcceptOfferInput{})
	st.paid("HS-1095", d(16)-h(2), "credit_card", models.LegSent, "")
	st.paid("HS-1095", d(16)-h(3), "wallet", models.LegDone, "")
	st.paid("HS-1095", d(16)-h(4), "gift_card", models.LegDone, "")
}
