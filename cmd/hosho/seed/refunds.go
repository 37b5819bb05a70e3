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
}
