package templates

import (
	"strings"
	"time"
)

// Design is the content of the page "design": every component in every state,
// with sample words. The sandbox shows it, tests render it, and screenshots of
// it are how a change of looks is judged.
type Design struct {
	Sections         []string // ids and, under design., headings
	Icons            []string
	Tags             Table
	Clocks           []Clock
	Amount           Figure
	Steps, Finished  []Step
	Timeline         Timeline
	Evidence         []EvidenceItem
	Picture, Paper   EvidenceView
	Facts            []SummaryRow
	Tasks            []Task
	Confirmation     Confirmation
	Actions          []ActionItem
	Money            MoneyLines
	Letter           Letter
	Text, Area       Field
	Email, File      Field
	Radios, Checks   Field
	Select, Copy     Field
	Tabs             []Link
	Filters          FilterWords
	Keys             []KeyHint
	Presence         Presence
	Submit, Danger   Submit
	Cases, NoCases   Table
	Dense            Table
	Messages         []Message
	Banners          []Banner
	Doors            []Banner
	Stop             Interruption
	Errors           []FieldError
	Hidden           Hidden
	Periods          []time.Duration
	Points           int64
	Sunday, Instant  time.Time
	BrazilianAmounts []Money
}

// DesignPage fills the page "design" as seen at now.
func DesignPage(locale string, now time.Time) Page {
	s := sample{ja: locale == "ja", now: now}
	p := Page{
		Lang: locale, Path: "design", Now: now, NoIndex: true, Wide: true,
		Title: s.say("部品の見本", "Components"),
		User:  &User{Name: s.say("青木 花子", "Hanako Aoki"), Role: "buyer"},
		Nav: []Link{
			{Label: s.say("注文一覧", "Orders"), Href: "#lists", Current: true},
			{Label: s.say("申請一覧", "Claims"), Href: "#timeline", Count: 2},
			{Label: s.say("お知らせ一覧", "Message centre"), Href: "#messages"},
		},
		Sandbox: &Sandbox{Now: now, Action: "#clocks", Panel: "#tags", Steps: []SandboxStep{
			{"1h", time.Hour}, {"24h", s.hours(1)}, {"48h", s.hours(2)},
		}},
		Banner: &Banner{
			Tone: "info", Title: s.say("出品者から回答が届いています", "The seller has replied"),
			Text: s.say("受付番号 C-7Q4K-2M9D の回答を確認してください。", "See the reply to claim C-7Q4K-2M9D."),
			Link: &Link{Label: s.say("回答を確認する", "Read the reply"), Href: "#messages"},
		},
	}
	p.Content = s.design()
	return p
}

// sample says things in one of two languages at one moment.
type sample struct {
	ja  bool
	now time.Time
}

func (s sample) say(ja, en string) string {
	if s.ja {
		return ja
	}
	return en
}

func (s sample) hours(days float64) time.Duration {
	return time.Duration(days * 24 * float64(time.Hour))
}

func (s sample) in(days float64) time.Time { return s.now.Add(s.hours(days)) }

func (s sample) design() Design {
	d := Design{
		Sections: strings.Fields("type icons tags clocks steps timeline evidence viewer facts tasks done money letter messages forms lists desk notices stop"),
		Icons:    strings.Fields("mark pencil hourglass clock clock-soon clock-over speech magnifier check bar parcel handshake pause arrows archive coin coin-arrow coin-check alert bell file question eye dot"),
		Tags:     s.tags(), Clocks: s.clocks(), Steps: s.steps(), Finished: s.finished(), Timeline: s.timeline(), Evidence: s.evidence(),
		Facts: s.facts(), Tasks: s.tasks(), Confirmation: s.confirmation(), Actions: s.actions(), Money: s.money(), Letter: s.letter(), Messages: s.messages(),
		Amount: Figure{
			Label: s.say("申請額", "Amount claimed"), Money: Money{12800, "JPY"},
			Note: s.say("送料とポイントを含みます", "Including shipping and points"),
			Link: &Link{Label: s.say("内訳を見る", "See the breakdown"), Href: "#money"},
		},
		Submit: Submit{
			Label: s.say("申請を送信する", "Send the claim"), Quiet: []Submit{{Label: s.say("下書きを保存する", "Save the draft"), Name: "then", Value: "save"}},
			Cancel: &Link{Label: s.say("やめて戻る", "Leave without sending"), Href: "#main"},
		},
		Danger:  Submit{Label: s.say("申請を取り下げる", "Withdraw the claim"), Danger: true},
		Hidden:  Hidden{Name: "version", Value: "4"},
		Periods: []time.Duration{30 * time.Minute, s.hours(2), s.hours(90)}, Points: 1000,
		Sunday: s.in(1), Instant: s.now, BrazilianAmounts: []Money{{8990, "BRL"}, {-500, "JPY"}, {123456789, "USD"}},
	}
	d.fields(s)
	d.lists(s)
	d.viewer()
	d.desk(s)
	return d
}

func (s sample) tags() Table {
	table := Table{
		Caption: s.say("状態の表示(見る人ごと)", "Statuses as each role sees them"),
		Columns: []Column{{Label: s.say("記号", "Key")}, {Label: s.say("購入者", "Buyer")}, {Label: s.say("出品者", "Seller")}, {Label: s.say("審査担当", "Staff")}},
	}
	for _, status := range []string{
		"draft", "scheduled", "awaiting_seller", "awaiting_buyer", "under_review", "awaiting_approval", "awaiting_return",
		"settled", "granted", "refunding", "refunded", "denied", "withdrawn", "under_appeal", "frozen",
	} {
		row := Row{Cells: []Cell{{Text: status, Lang: "en"}}}
		for _, role := range []string{"buyer", "seller", "staff"} {
			if role == "seller" && strings.HasPrefix(status, "refund") { // where the money goes is between the buyer and us
				row.Cells = append(row.Cells, Cell{Text: "–"})
				continue
			}
			row.Cells = append(row.Cells, Cell{Tag: &Tag{Status: status, Role: role}})
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

func (s sample) clocks() []Clock {
	silent := s.say("期限までに回答がない場合は、提出された資料で判断します。", "Without a reply by then, we decide with what was provided.")
	return []Clock{
		{Label: s.say("回答期限", "Response deadline"), At: s.in(1.3), Now: s.now, Kind: ClockDue, After: silent},
		{Label: s.say("回答期限", "Response deadline"), At: s.in(0.2), Now: s.now, Kind: ClockDue, After: silent},
		{Label: s.say("回答期限", "Response deadline"), At: s.in(-0.2), Now: s.now, Kind: ClockDue},
		{Label: s.say("出品者の回答期限", "Seller's deadline"), At: s.in(2.9), Now: s.now, Kind: ClockWait},
		{Label: s.say("出品者の回答期限", "Seller's deadline"), At: s.in(-0.1), Now: s.now, Kind: ClockWait, After: s.say("審査に進みます。次のお知らせをお待ちください。", "The claim goes to review. We tell you what comes next.")},
		{Label: s.say("申請できるとき", "You can file"), At: s.in(1.6), Now: s.now, Kind: ClockOpens},
		{Label: s.say("申請できるとき", "You can file"), At: s.in(-1), Now: s.now, Kind: ClockOpens},
	}
}

func (s sample) steps() []Step {
	return []Step{
		{s.say("出品者に連絡", "Seller contacted"), "done", s.say("11月21日(土)", "Sat 21 Nov"), ""},
		{s.say("申請", "Claim"), "done", s.say("11月23日(月)", "Mon 23 Nov"), ""},
		{s.say("出品者の回答", "Seller response"), "current", s.say("11月26日(木)まで", "until Thu 26 Nov"), ""},
		{s.say("審査", "Review"), "", s.say("通常2日以内", "usually within 2 days"), ""},
		{s.say("返金", "Refund"), "", s.say("返金先により異なります", "depends on how you paid"), ""},
	}
}

func (s sample) timeline() Timeline {
	item := func(days float64, title, who, text string) TimelineItem {
		return TimelineItem{Title: title, Who: who, Text: text, At: s.in(days)}
	}
	buyer, system := s.say("お客様", "You"), s.say("システム", "System")
	return Timeline{
		Items: []TimelineItem{
			item(-0.1, s.say("期限のお知らせ", "Reminder"), system, s.say("出品者に回答期限を知らせました。", "The seller was reminded of the deadline.")),
			item(-1, s.say("証拠を追加", "Evidence added"), buyer, s.say("追跡画面のスクリーンショット(1件)", "A screenshot of the tracking page")),
			item(-1.1, s.say("申請を送信", "Claim sent"), buyer, ""),
		},
		Earlier: s.earlier(),
	}
}

// earlier is a long history, so that folding shows.
func (s sample) earlier() []TimelineItem {
	var items []TimelineItem
	for day := range 8 {
		who, title := s.say("お客様", "You"), s.say("メッセージを送信", "Message sent")
		if day%2 == 1 {
			who = s.say("青葉雑貨店", "Aoba Zakka")
		}
		items = append(items, TimelineItem{Title: title, Who: who, At: s.in(-2 - float64(day)/2)})
	}
	return append(items, TimelineItem{
		Title: s.say("お届け予定最終日", "Latest estimated delivery date"), Who: s.say("注文の記録", "Order record"), At: s.in(-9), DateOnly: true,
	})
}

func (s sample) evidence() []EvidenceItem {
	buyer, seller := s.say("お客様", "You"), s.say("出品者", "Seller")
	return []EvidenceItem{
		{Caption: s.say("荷物の登録がないことが分かる追跡画面", "Tracking page without any record"), FileName: "追跡画面.png", Href: "#viewer", Thumbnail: samplePicture, Width: 320, Height: 240, Who: buyer, At: s.in(-1), Size: 348_211, State: "checked"},
		{Caption: s.say("出品者とのやり取り", "Messages with the seller"), FileName: "message-2026-11-21.pdf", Href: "#viewer", Who: buyer, At: s.in(-0.9), Size: 2_411_000, State: "checking"},
		{
			Caption:  s.say("箱の外側と中身を並べて撮った写真。右下の角がつぶれていて、緩衝材が入っていないことが分かります", "Box and contents side by side: the lower right corner is crushed and there is no padding inside"),
			FileName: "IMG_20261121_190412_edited_final_2_copy_of_copy.jpeg", Href: "#viewer", Thumbnail: samplePicture, Width: 320, Height: 240,
			Who: buyer, At: s.in(-0.1), Size: 9_800_000, State: "checked", Late: true,
		},
		{
			Caption: s.say("配達の記録", "Delivery record"), FileName: "IMG_2041.jpg", Href: "#viewer", Who: seller, At: s.in(-0.2), Size: 900, State: "unusable",
			Reason: s.say("注文番号と日付が画像に写っていません。画面全体の画像を送ってください。", "The order number and date are not visible. Send an image of the whole screen."),
		},
	}
}

func (s sample) facts() []SummaryRow {
	filed := s.in(-1.1)
	return []SummaryRow{
		{Label: s.say("注文番号", "Order number"), Value: "250-1234567-7654321", Links: []Link{{Label: s.say("注文を見る", "See the order"), Href: "#facts"}}},
		{Label: s.say("商品", "Item"), Value: s.say("折りたたみデスクライト(ホワイト)", "Folding desk lamp (white)")},
		{Label: s.say("申請理由", "Reason"), Value: s.say("商品が届かない", "Item not received"), Change: "#forms"},
		{Label: s.say("申請額", "Amount claimed"), Money: &Money{12800, "JPY"}},
		{Label: s.say("送信した日時", "Sent"), At: &filed},
		{Label: s.say("電話番号", "Phone"), Change: "#forms"},
	}
}

func (s sample) actions() []ActionItem {
	opens, end := s.in(1.6), s.in(60)
	return []ActionItem{
		{Label: s.say("出品者に連絡する", "Contact the seller"), Href: "#forms", Allowed: true, Hint: s.say("問題の内容を選んで送ります。", "Choose the kind of problem and send."), Deadline: &end},
		{
			Label: s.say("申請を始める", "Start a claim"), Reason: s.say("出品者の回答を待つ時間が残っています。", "The seller still has time to reply."), Opens: &opens,
			Other: &Link{Label: s.say("先に申請しておく", "File ahead"), Href: "#forms"},
		},
		{Label: s.say("注文をキャンセルする", "Cancel the order"), Reason: s.say("発送済みのため、キャンセルできません。届いたあとに返品を依頼できます。", "The order has been shipped. You can ask for a return after it arrives.")},
	}
}

func (s sample) money() MoneyLines {
	return MoneyLines{
		Caption: s.say("返金の内訳", "Refund breakdown"),
		Lines: []MoneyLine{
			{Label: s.say("クレジットカード(末尾1234)", "Credit card ending 1234"), Money: Money{8800, "JPY"}, Note: s.say("翌月または翌々月の明細", "next or second-next statement")},
			{Label: s.say("ギフトカード残高", "Gift card balance"), Money: Money{4500, "JPY"}, Note: s.say("通常1〜3日", "usually 1–3 days")},
			{Label: s.say("返送料を差し引き", "Return postage taken off"), Money: Money{-500, "JPY"}},
		},
		Total: MoneyLine{Label: s.say("合計", "Total"), Money: Money{12800, "JPY"}},
		Proof: s.say("お支払いの合計 12,800円 と一致しています。", "This matches what was paid, ¥12,800."),
	}
}

func (s sample) messages() []Message {
	return []Message{
		{Who: s.say("お客様", "You"), Side: "buyer", Mine: true, At: s.in(-2), Text: s.say("予定日を過ぎても届きません。\n追跡番号を教えてください。", "It is overdue.\nWhat is the tracking number?")},
		{
			Who: s.say("青葉雑貨店", "Aoba Zakka"), Side: "seller", At: s.in(-1.5), Text: s.say("返金しますので、LINEで口座番号を送ってください。", "Send your bank details on LINE and we will refund you."),
			Warning: s.say("外部のサービスや口座番号での返金に誘う内容です。返金はこの窓口の中で行われます。", "This asks you to leave the marketplace. Refunds are made inside this portal."),
		},
		{Who: s.say("審査担当 佐藤", "Reviewer Sato"), Side: "staff", Note: true, At: s.in(-0.5), Text: s.say("誘導の文面を確認。", "Steering text confirmed.")},
	}
}

func (d *Design) fields(s sample) {
	d.Email = Field{
		Name: "email", Label: s.say("メールアドレス", "Email address"), Type: "email", Autocomplete: "email", Required: true, Width: "l",
		Hint: s.say("注文したときのアドレス", "The one you ordered with"), Value: "hanako@",
		Error: s.say("メールアドレスは name@example.jp のような形で入力してください", "Email address must look like name@example.jp"),
	}
	d.Text = Field{Name: "order", Label: s.say("注文番号", "Order number"), Digits: true, Width: "m", Optional: true, Hint: s.say("ハイフンの有無はどちらでも構いません", "Hyphens are optional")}
	d.Area = Field{Name: "story", Label: s.say("経緯", "What happened"), Max: 1000, Rows: 5, Hint: s.say("いつ・だれが・何をしたかを、順に書いてください", "When, who, what, in order")}
	d.File = Field{Name: "file", Label: s.say("スクリーンショット(画面の画像)", "Screenshot"), Accept: "image/png,image/jpeg,image/webp,application/pdf", Multiple: true, Optional: true, Hint: s.say("JPEG、PNG、WebP、PDF。1件10MBまで", "JPEG, PNG, WebP or PDF, up to 10 MB each")}
	d.Radios = Field{
		Name: "reason", Label: s.say("申請理由を選択してください", "Why are you claiming?"), Error: s.say("申請理由を選択してください", `Select an answer for "Reason"`),
		Choices: []Choice{
			{Value: "not_received", Label: s.say("商品が届かない", "Item not received"), Hint: s.say("予定日を過ぎても届いていない", "It is overdue"), Checked: true},
			{Value: "not_as_described", Label: s.say("説明と違う", "Not as described")},
			{Value: "change_of_mind", Label: s.say("お客様のご都合(気が変わった)", "Change of mind"), Reason: s.say("保証の対象外です。返品の条件を出品者に確認してください。", "Not covered. Check the seller's return terms.")},
		},
	}
	d.Checks = Field{Name: "lines", Label: s.say("対象の商品", "Items concerned"), Hint: s.say("当てはまるものをすべて選択", "Select all that apply"), Choices: []Choice{
		{Value: "1", Label: s.say("折りたたみデスクライト", "Folding desk lamp"), Checked: true},
		{Value: "2", Label: s.say("交換用の電球", "Spare bulb")},
	}}
	d.Select = Field{Name: "sort", Label: s.say("並べ替え", "Sort by"), Width: "m", Choices: []Choice{
		{Value: "due", Label: s.say("期限の近い順", "Due first"), Checked: true},
		{Value: "amount", Label: s.say("金額の大きい順", "Largest amount first")},
	}}
	d.Errors = []FieldError{{Field: "email", Text: d.Email.Error}, {Field: "reason", Text: d.Radios.Error}}
}

func (d *Design) lists(s sample) {
	d.Tabs = []Link{
		{Label: s.say("期限順", "By due date"), Href: "?v=due", Count: 14, Current: true},
		{Label: s.say("未割り当て", "Unassigned"), Href: "?v=unassigned", Count: 6},
		{Label: s.say("自分の担当", "Mine"), Href: "?v=mine"},
	}
	d.Cases = Table{
		Caption: s.say("対応一覧", "Queue"),
		Columns: []Column{
			{Label: s.say("番号", "Number")},
			{Label: s.say("期限", "Due"), SortHref: "?sort=due", Sorted: "ascending"},
			{Label: s.say("状態", "Status")},
			{Label: s.say("理由", "Reason")},
			{Label: s.say("金額", "Amount"), Number: true, SortHref: "?sort=amount"},
			{Label: s.say("更新", "Updated")},
		},
		Pages: &Pages{Prev: "?cursor=a", Next: "?cursor=b"},
	}
	for i, row := range []struct {
		number, status string
		due            float64
		amount         int64
	}{{"C-7Q4K-2M9D", "under_review", 0.1, 12800}, {"C-3H8T-5K2W", "awaiting_approval", -0.13, 300000}, {"C-6F2R-9XQD", "awaiting_seller", 2.4, 3480}} {
		updated := s.in(-float64(i))
		d.Cases.Rows = append(d.Cases.Rows, Row{Cells: []Cell{
			{Link: &Link{Label: row.number, Href: "#desk"}},
			{Due: &Clock{At: s.in(row.due), Now: s.now, Kind: ClockDue}},
			{Tag: &Tag{Status: row.status, Role: "staff"}},
			{Text: s.say("未着", "Not received")},
			{Money: &Money{row.amount, "JPY"}},
			{At: &updated},
		}})
	}
	d.Dense = d.Cases
	d.Dense.Caption, d.Dense.Pages = s.say("対応一覧(審査担当の密度)", "Queue (staff density)"), nil
	d.NoCases = Table{Empty: &Empty{
		Text: s.say("申請はまだありません。注文から始められます。", "There are no claims yet. You start one from an order."),
		Link: &Link{Label: s.say("注文一覧を見る", "See your orders"), Href: "#lists"},
	}}
}
