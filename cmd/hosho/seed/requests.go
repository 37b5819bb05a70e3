package seed

import (
	"context"
	"fmt"
	"time"

	"hosho/models"
)

// asked has the buyer of an order ask for its first line to be cancelled or taken back.
func (st *story) asked(order string, ago time.Duration, kind models.RequestKind, reason models.Reason, message string) {
	st.at(ago, "request on "+order, func(ctx context.Context) error {
		_, err := st.s.SendRequest(ctx, st.buyer(order), models.SendRequest{OrderNumber: order, Line: 1, Kind: kind, Reason: reason, Message: message})
		return err
	})
}

// request finds the request sent last on an order.
func (st *story) request(ctx context.Context, order string) (models.RequestRef, error) {
	list, _, err := st.s.Requests(ctx, st.seller(order), order, 1)
	if err != nil {
		return models.RequestRef{}, err
	}
	if len(list) == 0 {
		return models.RequestRef{}, fmt.Errorf("%s has no request", order)
	}
	return models.RequestRef{OrderNumber: order, Line: 1, ID: list[len(list)-1].ID}, nil
}

// tellRequests has requests before a claim in every state a buyer and a seller meet.
func (st *story) tellRequests() {
	st.asked("HS-1043", h(5), models.RequestCancel, models.TakesTooLong, "今週末に使う予定でした。間に合わないため、キャンセルをお願いします。")
	st.asked("HS-1044", h(20), models.RequestReturn, models.DamagedOrDefective, "ふたの縁が欠けていました。返品をお願いします。")

	st.asked("HS-1045", d(3), models.RequestReturn, models.ChangeOfMind, "思っていた大きさと違いました。未使用です。")
	st.at(d(2), "request on HS-1045", func(ctx context.Context) error {
		ref, err := st.request(ctx, "HS-1045")
		if err != nil {
			return err
		}
		_, err = st.s.AcceptRequest(ctx, st.seller("HS-1045"), ref, models.AcceptRequest{Message: "未使用であれば、お受けします。", ReturnAddress: "〒150-0001 東京都渋谷区神宮前1-2-3 青葉雑貨店 返品係"})
		return err
	})
	st.asked("HS-1046", d(4), models.RequestReturn, models.ChangeOfMind, "二重に注文していました。返品できますか。")
	st.at(d(3), "request on HS-1046", func(ctx context.Context) error {
		ref, err := st.request(ctx, "HS-1046")
		if err != nil {
			return err
		}
		_, err = st.s.DeclineRequest(ctx, st.seller("HS-1046"), ref, models.DeclineRequest{Message: "食品のため、お客様のご都合による返品は受け付けていません。"})
		return err
	})
	st.asked("HS-1047", d(3), models.RequestCancel, models.NotReceived, "発送の連絡がありません。キャンセルしてください。") // nobody answers
}
