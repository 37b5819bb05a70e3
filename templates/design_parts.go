package templates

import "strings"

// samplePicture stands for what somebody has sent in.
const samplePicture = "/static/img/sample.svg"

func (s sample) finished() []Step {
	steps := s.steps()
	for i := range steps {
		steps[i].State = "done"
	}
	steps[2].Note, steps[3].Note, steps[4].Note = s.say("11月25日(水)", "Wed 25 Nov"), s.say("11月27日(金)", "Fri 27 Nov"), s.say("12月1日(火)", "Tue 1 Dec")
	return steps
}

func (s sample) tasks() []Task {
	return []Task{
		{Label: s.say("申請理由", "Reason"), Href: "#forms", Status: TaskDone},
		{Label: s.say("起きたこと", "What happened"), Href: "#forms", Hint: s.say("いつ、だれが、何をしたか", "When, who did what"), Status: TaskStarted},
		{Label: s.say("希望する解決", "What you want"), Href: "#forms", Status: TaskTodo},
		{Label: s.say("証拠", "Evidence"), Href: "#forms", Hint: s.say("写真や画面の画像", "Photos or screenshots"), Status: TaskOptional},
		{Label: s.say("返金先", "Where the refund goes"), Href: "#forms", Status: TaskProblem},
		{Label: s.say("内容の確認と送信", "Check and send"), Status: TaskBlocked, Reason: s.say("ほかの項目がすべて入力済みになると、確認できます。", "You can check your answers when the other parts are completed.")},
	}
}

func (s sample) confirmation() Confirmation {
	end := s.in(3)
	return Confirmation{
		Title: s.say("申請を受け付けました", "Claim received"), NumberLabel: s.say("受付番号", "Claim number"), Number: "C-7Q4K-2M9D",
		Text: s.say("同じ内容を、メールとお知らせ一覧にも送りました。", "A copy went to your email and your messages."),
		Next: []NextStep{
			{Text: s.say("出品者が回答します。期限:", "The seller responds:"), End: &end},
			{Text: s.say("回答が届くか期限を過ぎると、次にすることをメールでお知らせします。", "When there is a reply, or the time has passed, we tell you the next step by email.")},
		},
		Keep:  s.say("このページは、申請一覧からいつでも開けます。", "You can open this page from your claims at any time."),
		Links: []Link{{Label: s.say("記録を印刷する", "Print the record"), Href: "#letter"}, {Label: s.say("申請一覧を見る", "See your claims"), Href: "#lists"}},
	}
}

func (s sample) letter() Letter {
	return Letter{
		Title: s.say("12,800円の返金を決定しました", "A refund of ¥12,800 is granted"),
		Rows: []SummaryRow{
			{Label: s.say("受付番号", "Claim number"), Value: "C-7Q4K-2M9D"},
			{Label: s.say("決定の理由", "Reason"), Value: s.say("配達の記録がない", "There is no record of delivery")},
			{Label: s.say("認めた事実", "Facts found"), Value: s.say("追跡番号に荷物の登録がない。\n出品者は期限までに配達の記録を提出していない。", "The tracking number has no record.\nThe seller gave no delivery record in time.")},
			{Label: s.say("判断に使った証拠", "Evidence relied on"), Value: "tracking.png"},
		},
		Explanation: s.say("配達されたことを示す資料がないため、届いていないものとして扱います。お支払いの全額を、お支払いに使った方法に返金します。", "Nothing shows that the item was delivered, so we treat it as not received. The whole amount goes back to the way you paid."),
		Questions:   s.say("決定について質問があるときは、「問い合わせの方法」のページから、受付番号を添えて連絡してください。", "The page “Contact us” says how to reach us with a question about this decision. Give the reference number."),
	}
}

func (d *Design) viewer() {
	d.Picture = EvidenceView{
		Item: d.Evidence[0], ID: "sample", Picture: samplePicture, Width: 1600, Height: 1200, Download: samplePicture,
		Hash: "9f86d081884c7d65", Clean: true, Place: "2 / 4", Prev: "#evidence", Next: "#facts",
	}
	d.Paper = EvidenceView{Item: d.Evidence[1], Sheets: 3, Hash: "2c26b46b68ffc68f"}
	d.Letter.Rows[3].Value = d.Evidence[0].FileName
}

// desk is what staff work with, and what stops or tells somebody something.
func (d *Design) desk(s sample) {
	d.Filters = FilterWords{
		Words: []Link{{Label: s.say("理由: 商品が届かない", "Reason: item not received"), Href: "#desk"}, {Label: s.say("金額: 10万円以上", "Amount: ¥100,000 or more"), Href: "#desk"}},
		Clear: &Link{Label: s.say("すべて外す", "Remove all"), Href: "#desk"},
	}
	d.Keys = []KeyHint{{"J", s.say("次の案件", "next case")}, {"K", s.say("前の案件", "previous case")}, {"Enter", s.say("開く", "open")}, {"?", s.say("一覧を表示", "show all keys")}}
	d.Presence = Presence{Who: s.say("森 由美", "Yumi Mori"), Since: s.in(-0.02)}
	d.Banners = []Banner{
		{Tone: "info", Title: s.say("出品者から回答が届いています", "The seller has replied"), Text: s.say("内容を確認し、期限までに答えてください。", "Read it and answer before the deadline.")},
		{Tone: "ok", Title: s.say("申請を受け付けました", "Claim received"), Text: s.say("受付番号は C-7Q4K-2M9D です。", "Its number is C-7Q4K-2M9D.")},
		{Tone: "warn", Title: s.say("ご対応が必要です", "Your response is needed"), Text: s.say("期限を過ぎると、提出された資料で判断します。", "After the deadline we decide with what was provided.")},
		{Tone: "danger", Title: s.say("送信できませんでした", "It was not sent"), Text: s.say("入力した内容は下に残っています。もう一度送信してください。", "What you typed is kept below. Send it again.")},
	}
	d.Doors = []Banner{
		{Title: s.say("商品が届かない", "It has not arrived"), Text: s.say("お届け予定日を過ぎても届いていないとき", "The delivery date has passed"), Link: &Link{Label: s.say("手続きを確認する", "See what you can do"), Href: "#tasks"}},
		{Title: s.say("説明と違う", "It is not as described"), Text: s.say("壊れている、別の物が届いたなど", "Damaged, wrong item or parts missing"), Link: &Link{Label: s.say("条件を確認する", "See the conditions"), Href: "#facts"}},
	}
	d.Stop = Interruption{
		Title: s.say("まだ送信されていません", "It has not been sent"),
		Text: []string{
			s.say("回答には、配達の記録が付いていません。記録がない場合、購入者の申請どおりに決まることがあります。", "Your response has no delivery record. Without one, the claim may be decided as the buyer asks."),
		},
		On: Submit{Label: s.say("このまま送信する", "Send it as it is"), Cancel: &Link{Label: s.say("戻って記録を付ける", "Go back and add a record"), Href: "#forms"}},
	}
	d.Copy = Field{
		Name: "quote", Label: s.say("出品者に送る文面(写して使えます)", "Text for the seller, to copy"), ReadOnly: true, Rows: 3,
		Value: strings.Join([]string{s.say("お世話になっております。", "Hello,"), s.say("注文した商品がまだ届いていません。追跡番号を教えてください。", "my order has not arrived yet. What is the tracking number?")}, "\n"),
	}
}
