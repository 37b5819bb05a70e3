package seed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hosho/models"
)

// Shops that are reported without a ground, and who reports them: people of their own, so that no other story changes.
var (
	shio   = shop{"mp-s-shio", "汐風手芸", "ja", "潮見 薫", "shiokaze@shop.example"}
	minato = shop{"mp-s-minato", "みなと文具", "ja", "湊 明日香", "minato@shop.example"}

	oftenReports = person{"mp-b-1160", "三浦 葵", "miura@example.com", "ja"}
	reportsTwice = [2]person{{"mp-b-1164", "伊藤 直樹", "ito@example.com", "ja"}, {"mp-b-1165", "伊藤 直樹(別のアカウント)", "ito+second@example.com", "ja"}}
)

// tellFlags has people reported on by a rule: one whose reports named no stock-out, who was warned and contests it, and
// one with two accounts, of which one was warned and nobody has looked at the other.
func (st *story) tellFlags() {
	var often models.Actor
	var twice [2]models.Actor
	st.at(d(64), "people who report without a ground", func(ctx context.Context) error {
		for i, b := range []person{oftenReports, reportsTwice[0], reportsTwice[1]} {
			a, err := st.account(ctx, models.AccountInput{Email: b.mail, Name: b.name, Locale: b.locale, Role: models.RoleBuyer})
			if err != nil {
				return err
			}
			*[]*models.Actor{&often, &twice[0], &twice[1]}[i] = a.Actor()
		}
		return nil
	})
	agent := func() models.Actor { return st.people.Agents[0].Actor() }
	shop := st.watched(minato, d(63))

	// Three reports of orders whose price was a mistake, none of a stock-out; a warning, an appeal, and a fourth report.
	for i, title := range []string{"万年筆", "革の手帳", "真鍮の定規", "和紙の便箋"} {
		number, placed := fmt.Sprint("HS-", 1160+i), d(60)-time.Duration(i)*d(2)
		if i == 3 {
			placed = d(14)
		}
		st.calledOff(shop, number, oftenReports, placed, "pricing_error", title, int64(3_200+400*i))
		st.reports(&often, placed-d(2), shop, "在庫切れだと思います。", number)
	}
	st.flags(d(20), &often, agent, &models.WarnInput{Words: "3件の通報は、いずれも価格の誤りによるキャンセルで、在庫切れではありませんでした。在庫切れと伝えられたときの画面を添えてください。"})
	st.flags(d(18), &often, func() models.Actor { return often }, &models.AppealWarningInput{Grounds: "3件とも、電話では在庫がないと言われました。通話の記録を持っています。"})

	// One mailbox under two accounts.
	other := st.watched(shio, d(63))
	for i, title := range []string{"刺繍糸 24色", "羊毛フェルト"} {
		number, placed := fmt.Sprint("HS-", 1164+i), d(12)-time.Duration(i)*d(1)
		st.calledOff(other, number, reportsTwice[i], placed, "pricing_error", title, int64(1_800+200*i))
		st.reports(&twice[i], placed-d(3), other, "注文のあとにキャンセルされました。", number)
	}
	st.flags(d(3), &twice[0], agent, &models.WarnInput{Words: "同じメールボックスの2つのアカウントから、同じ出品者が通報されています。通報は1つのアカウントから送ってください。"})
}

// flags does an action about the only flag of somebody.
func (st *story) flags(ago time.Duration, about *models.Actor, by func() models.Actor, in models.FlagInput) {
	st.at(ago, fmt.Sprintf("%s about a flag", in.Action()), func(ctx context.Context) error {
		list, _, err := st.s.Flags(ctx, st.people.Leads[0].Actor(), models.FlagFilter{Account: about.AccountID})
		if err != nil {
			return err
		}
		if len(list) != 1 {
			return errors.New("there is no flag")
		}
		_, err = st.s.ActFlag(ctx, by(), list[0].Number, in)
		return err
	})
}
