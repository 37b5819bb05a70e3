package seed

import (
	"context"
	"fmt"
	"time"

	"hosho/models"
	"hosho/models/health"
)

// Shops that cancel over and over, and who was cancelled on: people of their own, so that no other story changes.
var (
	nagi = shop{"mp-s-nagi", "凪インテリア", "ja", "浜辺 渚", "nagi@shop.example"}
	sora = shop{"mp-s-sora", "空色書店", "ja", "空野 翼", "sora@shop.example"}
	taki = shop{"mp-s-taki", "滝本電器", "ja", "滝本 剛", "takimoto@shop.example"}

	cancelledOn = []person{
		{"mp-b-1140", "山本 和子", "yamamoto@example.com", "ja"},
		{"mp-b-1141", "Liam Brown", "brown@example.com", "en"},
		{"mp-b-1142", "木村 翔", "kimura@example.com", "ja"},
		{"mp-b-1143", "斎藤 真由", "saito@example.com", "ja"},
		{"mp-b-1144", "清水 悟", "shimizu@example.com", "ja"},
		{"mp-b-1145", "松田 恵子", "matsuda@example.com", "ja"},
	}
)

// enforcement is what is known while a case on a seller is told.
type enforcement struct {
	shop   shop
	seller models.Actor
	number string // of the investigation
}

// tellEnforcement has sellers cancel for stock-outs until an investigation opens by itself: one whose measure is
// overturned on appeal, one that owes a plan of action and facts, and one whose measure waits for a second lead.
func (st *story) tellEnforcement() {
	var reporters [6]models.Actor
	st.at(d(64), "people who were cancelled on", func(ctx context.Context) error {
		for i, b := range cancelledOn {
			a, err := st.account(ctx, models.AccountInput{Email: b.mail, Name: b.name, Locale: b.locale, Role: models.RoleBuyer})
			if err != nil {
				return err
			}
			reporters[i] = a.Actor()
		}
		return nil
	})
	agent := func() models.Actor { return st.people.Agents[0].Actor() }
	lead, second := func() models.Actor { return st.people.Leads[0].Actor() }, func() models.Actor { return st.people.Leads[1].Actor() }

	// Three stock-outs, two reports; a plan, an appeal, and another lead who overturns it.
	one := st.watched(nagi, d(63))
	st.soldOut(one, 1140, []int{0, 1, 0}, d(60), "真鍮の照明", "籐の椅子", "麻のカーテン")
	st.reports(&reporters[0], d(54), one, "同じお店で2回続けてキャンセルされました。1回目のあとも、同じ商品が出品されたままでした。", "HS-1140", "HS-1142")
	st.reports(&reporters[1], d(54)-h(5), one, "Cancelled two days after I paid, with no word before.", "HS-1141")
	st.investigates(one, d(54)-h(6), agent, &models.TakeInvestigationInput{})
	st.investigates(one, d(54)-h(7), agent, &models.RequestFactsInput{Question: "3件の注文を受けたとき、在庫はどのように確認していましたか。"})
	st.investigates(one, d(53), one.member, &models.SubmitFactsInput{Message: "仕入れ先の在庫と連携していましたが、10月の移転の間、連携が止まっていました。"})
	st.investigates(one, d(52), lead, &models.ProposeMeasureInput{
		Kind: health.Plan, Facts: "60日前からの6日間に、在庫切れで3件をキャンセルしました。購入者は2人です。", Rule: "在庫切れキャンセルの規則 段階1",
		Explanation: "同じことが続かないように、原因と対策を確かめる必要があります。",
	})
	st.measures(one, d(50), one.member, &models.SubmitPlanInput{RootCause: "在庫の連携が止まっていました。", ActionsTaken: "在庫を数え直しました。", Prevention: "注意します。"})
	st.measures(one, d(49), lead, &models.RejectPlanInput{Points: []string{"連携が止まったときに、どのように気づくかを書いてください。"}})
	st.measures(one, d(48), one.member, &models.SubmitPlanInput{
		RootCause: "移転の間、仕入れ先との在庫の連携が止まっていました。", ActionsTaken: "在庫を数え直し、連携を再開しました。", Prevention: "連携が1時間止まると担当者に通知し、出品を止めます。",
	})
	st.measures(one, d(46), one.member, &models.AppealInput{Grounds: "連携が止まったのは、マーケットプレイスの障害のためでした。障害のお知らせを確認してください。"})
	st.measures(one, d(41), second, &models.DecideAppealInput{Outcome: "overturned", Explanation: "障害のお知らせと時刻が一致しました。出品者の落ち度ではありません。"})
	st.investigates(one, d(40), lead, &models.CloseInvestigationInput{Reason: "マーケットプレイスの障害が原因でした。"})

	// A plan of action that is owed, and a question that waits.
	two := st.watched(sora, d(14))
	st.soldOut(two, 1145, []int{2, 3, 4}, d(10), "星図 復刻版", "雲の図鑑", "天気の本")
	st.reports(&reporters[2], d(6), two, "注文のあとに在庫がないと言われました。", "HS-1145")
	st.investigates(two, d(4), lead, &models.ProposeMeasureInput{
		Kind: health.Plan, Facts: "10日前からの6日間に、在庫切れで3件をキャンセルしました。購入者は3人です。", Rule: "在庫切れキャンセルの規則 段階1",
		Explanation: "在庫の管理に原因があると考えられるため、改善計画の提出をお願いします。",
	})
	st.investigates(two, h(20), agent, &models.RequestFactsInput{Question: "「雲の図鑑」は、いまも出品されています。在庫はありますか。"})

	// A report that stays alone.
	st.at(d(4), "report of HS-1033", func(ctx context.Context) error {
		_, err := st.s.FileReport(ctx, st.buyer("HS-1033"), models.FileReport{SellerID: "mp-s-umi", Orders: []string{"HS-1033"}, Statement: "注文の2日後に、在庫がないと言われました。"})
		return err
	})

	// A measure that a second lead has to agree with.
	three := st.watched(taki, d(24))
	st.soldOut(three, 1150, []int{0, 1, 2, 3, 4, 5}, d(20), "電気ケトル", "卓上扇風機", "加湿器", "ドライヤー", "電気圧力鍋", "トースター")
	st.investigates(three, d(3), agent, &models.TakeInvestigationInput{})
	most := 20
	st.investigates(three, h(30), lead, &models.ProposeMeasureInput{
		Kind: health.OrderCap, Cap: &most, Facts: "20日前からの12日間に、在庫切れで6件をキャンセルしました。購入者は6人です。", Rule: "在庫切れキャンセルの規則 段階3",
		Explanation: "在庫の確認が済むまで、1日の注文を20件までとします。",
	})
}

func (e *enforcement) member() models.Actor { return e.seller }

// watched makes a shop with its member.
func (st *story) watched(s shop, ago time.Duration) *enforcement {
	e := &enforcement{shop: s}
	st.at(ago, "people of "+s.name, func(ctx context.Context) error {
		if _, _, err := st.s.PutSeller(ctx, st.people.Integration.Actor(), models.SellerInput{
			ID: s.id, Name: s.name, Locale: s.locale, Members: []models.MemberInput{{Email: s.mail, Name: s.member}},
		}); err != nil {
			return err
		}
		member, err := st.s.AccountByEmail(ctx, s.mail)
		e.seller = member.Actor()
		return err
	})
	return e
}

// soldOut has orders placed and, a day later, cancelled for a stock-out, two days apart.
func (st *story) soldOut(e *enforcement, first int, buyers []int, ago time.Duration, titles ...string) {
	for i, title := range titles {
		st.calledOff(e, fmt.Sprint("HS-", first+i), cancelledOn[buyers[i]], ago-time.Duration(i)*d(2), "out_of_stock", title, int64(4_800+700*i))
	}
}

// calledOff has an order placed and, a day later, cancelled by its seller for a stated reason.
func (st *story) calledOff(e *enforcement, number string, b person, placed time.Duration, reason, title string, price int64) {
	put := func(cancelled bool) func(context.Context) error {
		return func(ctx context.Context) error {
			l := models.LineInput{
				Line: 1, Seller: models.SellerRef{ID: e.shop.id, Name: e.shop.name}, SKU: "SKU-" + number[3:], Title: title, Quantity: 1, UnitPrice: &price, Status: models.Unshipped,
				EstimatedDelivery: &models.EstimateInput{Latest: st.ago(placed - d(7)).Time().In(zone).Format(time.DateOnly)},
			}
			if cancelled {
				l.Status = models.Cancelled
				l.Cancellation = &models.CancellationInput{At: st.ago(placed - d(1)).String(), By: "seller", StatedReason: reason}
			}
			return st.put(ctx, models.OrderInput{
				Number: number, Buyer: models.BuyerInput{ID: b.id, Email: b.mail, Name: b.name, Locale: b.locale}, PlacedAt: st.ago(placed).String(), Currency: "JPY",
				Lines: []models.LineInput{l}, Payments: []models.PaymentInput{tender("credit_card", price)},
			})
		}
	}
	st.at(placed, "order "+number, put(false))
	st.at(placed-d(1), "cancellation of "+number, put(true))
}

func (st *story) reports(by *models.Actor, ago time.Duration, e *enforcement, words string, orders ...string) {
	st.at(ago, "report of "+e.shop.name, func(ctx context.Context) error {
		_, err := st.s.FileReport(ctx, *by, models.FileReport{SellerID: e.shop.id, Orders: orders, Statement: words})
		return err
	})
}

// investigates does an action in the investigation of a shop.
func (st *story) investigates(e *enforcement, ago time.Duration, by func() models.Actor, in models.InvestigationInput) {
	st.at(ago, fmt.Sprintf("%s in the investigation of %s", in.Action(), e.shop.name), func(ctx context.Context) error {
		if e.number == "" {
			list, _, err := st.s.Investigations(ctx, st.people.Agents[0].Actor(), models.InvestigationFilter{Seller: e.shop.id})
			if err != nil {
				return err
			}
			if len(list) != 1 {
				return fmt.Errorf("%d investigations", len(list))
			}
			e.number = list[0].Number
		}
		_, err := st.s.ActInvestigation(ctx, by(), e.number, in)
		return err
	})
}

// measures does an action on the newest measure of a shop.
func (st *story) measures(e *enforcement, ago time.Duration, by func() models.Actor, in models.MeasureInput) {
	st.at(ago, fmt.Sprintf("%s on the measure of %s", in.Action(), e.shop.name), func(ctx context.Context) error {
		list, _, err := st.s.Measures(ctx, st.people.Agents[0].Actor(), models.MeasureFilter{Seller: e.shop.id})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fmt.Errorf("%s has no measure", e.shop.name)
		}
		_, err = st.s.ActMeasure(ctx, by(), list[0].Number, in)
		return err
	})
}
