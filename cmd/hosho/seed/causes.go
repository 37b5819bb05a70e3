package seed

import (
	"context"
	"fmt"
	"time"

	"hosho/models"
	"hosho/models/health"
)

// A small shop of its own, and who bought there: what its cancellations tell changes no other story.
var (
	causeShop  = shop{"mp-s-hina", "ひなた文具", "ja", "日向 茜", "hinata@shop.example"}
	causeBuyer = person{"mp-b-1100", "高橋 陽子", "takahashi@example.com", "ja"}
)

// tellCauses has a seller cancel orders, one buyer say why, and the seller contest what is counted.
func (st *story) tellCauses() {
	titles := []string{"万年筆 細字", "手帳 2冊組", "便箋と封筒", "ガラスペン", "封蝋セット"}
	reasons := []string{"out_of_stock", "other", "out_of_stock", "buyer_request", "out_of_stock"}
	var who struct{ buyer, seller models.Actor }
	st.at(d(60), "people of the stationer's", func(ctx context.Context) error {
		if _, _, err := st.s.PutSeller(ctx, st.people.Integration.Actor(), models.SellerInput{
			ID: causeShop.id, Name: causeShop.name, Locale: causeShop.locale, Members: []models.MemberInput{{Email: causeShop.mail, Name: causeShop.member}},
		}); err != nil {
			return err
		}
		member, err := st.s.AccountByEmail(ctx, causeShop.mail)
		if err != nil {
			return err
		}
		buyer, err := st.account(ctx, models.AccountInput{Email: causeBuyer.mail, Name: causeBuyer.name, Locale: causeBuyer.locale, Role: models.RoleBuyer})
		who.buyer, who.seller = buyer.Actor(), member.Actor()
		return err
	})
	for i, title := range titles {
		number, placed := fmt.Sprint("HS-", 1100+i), st.ago(d(50-4*i)).String()
		put := func(ctx context.Context, cancelled bool) error {
			price := int64(2_400 + 300*i)
			l := models.LineInput{
				Line: 1, Seller: models.SellerRef{ID: causeShop.id, Name: causeShop.name}, SKU: "SKU-" + number[3:], Title: title, Quantity: 1, UnitPrice: &price, Status: models.Unshipped,
				EstimatedDelivery: &models.EstimateInput{Latest: st.ago(d(40 - 4*i)).Time().In(zone).Format(time.DateOnly)},
			}
			if cancelled {
				l.Status = models.Cancelled
				l.Cancellation = &models.CancellationInput{At: st.ago(d(48 - 4*i)).String(), By: "seller", StatedReason: reasons[i]}
			}
			return st.put(ctx, models.OrderInput{
				Number: number, Buyer: models.BuyerInput{ID: causeBuyer.id, Email: causeBuyer.mail, Name: causeBuyer.name, Locale: causeBuyer.locale}, PlacedAt: placed, Currency: "JPY",
				Lines: []models.LineInput{l}, Payments: []models.PaymentInput{tender("credit_card", price)},
			})
		}
		st.at(d(50-4*i), "order "+number, func(ctx context.Context) error { return put(ctx, false) })
		st.at(d(48-4*i), "cancellation of "+number, func(ctx context.Context) error { return put(ctx, true) })
	}
	st.at(d(43), "answer on HS-1101", func(ctx context.Context) error {
		_, err := st.s.AnswerCancellation(ctx, who.buyer, models.AnswerCancellation{OrderNumber: "HS-1101", Line: 1, Answer: health.AnswerToldOut})
		return err
	})
	st.at(d(38), "listing of SKU-1102", func(ctx context.Context) error {
		price, yes := int64(3_600), true
		_, _, err := st.s.PutListing(ctx, st.people.Integration.Actor(), models.ListingWord{
			SellerID: causeShop.id, SKU: "SKU-1102", Price: &price, Currency: "JPY", Available: &yes, At: st.ago(d(38)).String(),
		})
		return err
	})
	contest := func(ago time.Duration, order, reason string) {
		st.at(ago, "contest of "+order, func(ctx context.Context) error {
			_, _, err := st.s.ActOnCounted(ctx, who.seller, models.ActOnCounted{SellerID: causeShop.id, OrderNumber: order, Action: models.ContestsCount, Reason: reason})
			return err
		})
	}
	contest(d(20), "HS-1100", "届け先に配達できない地域でした。在庫はありました。")
	st.at(d(18), "decision on HS-1100", func(ctx context.Context) error {
		_, _, err := st.s.ActOnCounted(ctx, st.people.Agents[0].Actor(), models.ActOnCounted{
			SellerID: causeShop.id, OrderNumber: "HS-1100", Action: models.RejectsContest, Reason: "配達できる地域であることを確認しました。",
		})
		return err
	})
	contest(d(9), "HS-1104", "棚卸しの記録では在庫がありました。購入者の住所に届けられませんでした。") // staff have not decided it in time
	contest(d(3), "HS-1101", "購入者から、電話でキャンセルの依頼がありました。")
}
