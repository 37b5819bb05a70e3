package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"hosho/models"
)

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// hidden are the values a page's forms carry, those of the sandbox's bar left out.
func hidden(page string) url.Values {
	values := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(page[strings.Index(page, "<main"):], -1) {
		values.Add(m[1], m[2])
	}
	return values
}

func with(values url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for name, list := range values {
		out[name] = list
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = []string{pairs[i+1]}
	}
	return out
}

// as is the browser of somebody of the cast.
func (p *portal) as(who string) *visitor {
	p.t.Helper()
	in, err := p.store.SandboxSignIn(p.t.Context(), p.actor(who).AccountID, "", "")
	if err != nil {
		p.t.Fatal(err)
	}
	return &visitor{p, map[string]string{p.h.sessionCookie(): in.Secret}}
}

func (p *portal) guest() *visitor { return &visitor{p, map[string]string{}} }

// The seller's part of the path: triage, three steps, a file in the answer itself.
func TestSellerAnswersWithAFile(t *testing.T) {
	p := newPortal(t)
	number := p.claim("o-1")
	s := p.as("s1")
	for _, lang := range []string{"ja", "en"} {
		for _, path := range []string{"seller", "seller/cases", "seller/cases?v=waiting", "seller/cases?v=decided", "seller/cases?v=all", "seller/orders", "seller/orders/o-1", "seller/cases/" + number} {
			s.page(200, "/"+lang+"/"+path)
		}
	}
	here := "/ja/seller/cases/" + number
	wants(t, "home", s.page(200, "/ja/seller"), number, "3,800円", "返金を決定")
	wants(t, "case", s.page(200, here), "3,800円の返金が決まり、貴店の負担", "30,000円以下", "商品が届かない", "飛脚", here+"/respond")
	step1 := s.page(200, here+"/respond")
	wants(t, "step 1", step1, "全額返金する", "解決案を提案する", "申請に反論する", "48時間以内", "指標には反映しません")
	if strings.Contains(step1, "返品") {
		t.Error("a return is offered, which cannot be done yet")
	}
	wants(t, "no choice", s.post(422, here+"/respond", hidden(step1)), `href="#f-choice"`, "回答の方法を選択してください")
	if to := s.post(303, here+"/respond", with(hidden(step1), "choice", "contest")); to != here+"/respond/evidence" {
		t.Errorf("the choice leads to %s", to)
	}
	step2 := s.page(200, here+"/respond/evidence")
	wants(t, "step 2", step2, "2/3", "追跡番号", "配達日時が分かる", "下書き保存", "未送信")
	empty := s.postFiles(422, here+"/respond/evidence", with(hidden(step2), "do", "check", "message", ""))
	wants(t, "empty answer", empty, `href="#f-message"`, "相手に伝える内容を入力してください")
	bad := s.postFiles(422, here+"/respond/evidence", with(hidden(empty), "do", "check", "message", "発送しました。"), sentFile{"x.txt", []byte("text")}, sentFile{"a.png", picture(1)})
	wants(t, "wrong file", bad, "発送しました。", "x.txt", "a.png", `name="evidence"`)
	to := s.postFiles(303, here+"/respond/evidence", with(hidden(bad), "do", "check", "message", "発送しました。\n<b>追跡</b>", "tracking", "ヤマト　１２３４"), sentFile{"proof.png", picture(2)})
	if to != here+"/respond/check" {
		t.Fatalf("a whole answer leads to %s", to)
	}
	check := s.page(200, to)
	wants(t, "check", check, "3/3", "まだ送信されていません", "proof.png", "&lt;b&gt;追跡&lt;/b&gt;", "追跡番号: ヤマト 1234", "変更できません", "回答を送信する", "書き直せます。その時刻になると、相手に届きます")
	if c, _ := p.store.ClaimByNumber(t.Context(), p.actor("s1"), number); c.Status != models.AwaitingSeller {
		t.Fatalf("looking sent the answer: %s", c.Status)
	}
	// Held: it can be revised, and the buyer does not see it.
	to = s.post(303, here+"/respond/check", with(hidden(check), "do", "hold"))
	wants(t, "held", s.page(200, to), "回答を送信しました。期限まで直せます", "購入者にはまだ見えません", "回答を書き直す", "すぐに届ける")
	revise := s.page(200, here+"/respond/evidence")
	wants(t, "revise", revise, "発送しました。", "proof.png")
	values := hidden(revise)
	values.Add("evidence", regexp.MustCompile(`name="evidence" value="([^"]*)"`).FindStringSubmatch(revise)[1])
	to = s.postFiles(303, here+"/respond/evidence", with(values, "do", "save", "message", "発送しました。控えを付けます。"))
	wants(t, "draft beside the held answer", s.page(200, to), "下書きを保存しました", "作成中の回答(未送信)", "書き直しを送信するか破棄してください", "回答の続きを書く")
	wants(t, "draft on the lists", s.page(200, "/ja/seller/cases"), "あなたの未送信の下書き")
	wants(t, "draft at home", s.page(200, "/ja/seller"), "あなたの未送信の下書き")
	check = s.page(200, here+"/respond/check")
	to = s.post(303, here+"/respond/check", with(hidden(check), "do", "send"))
	wants(t, "sent", s.page(200, to), "回答を相手に届けました", "審査中", "控えを付けます。", "proof.png")
	// A second press does no harm: nothing is sent twice, and what was typed stands to be copied.
	again := s.post(409, here+"/respond/check", with(hidden(check), "do", "send"))
	wants(t, "late", again, "回答は必要ありません", "今、回答するものはありません", here)
	typed := s.postFiles(409, here+"/respond/evidence", with(hidden(revise), "do", "check", "message", "まだ書いていました。"))
	wants(t, "late words", typed, "まだ書いていました。", " readonly", here)
	for _, gone := range []string{"内容を確認する", "期限までに回答がない場合", `class="errors"`, `name="choice"`} {
		if strings.Contains(typed, gone) || strings.Contains(again, gone) {
			t.Errorf("a late answer's page still has %s", gone)
		}
	}
	c, err := p.store.ClaimByNumber(t.Context(), p.actor("s1"), number)
	if err != nil || c.Status != models.UnderReview || len(c.Evidence) != 1 {
		t.Errorf("the claim is %s with %d files, %v", c.Status, len(c.Evidence), err)
	}
	p.as("s2").page(404, here)
}

func TestSellerOffersAndAccepts(t *testing.T) {
	p := newPortal(t)
	s := p.as("s1")
	one, two := p.claim("o-1"), p.claim("o-2")
	here := "/ja/seller/cases/" + one
	s.post(303, here+"/respond", url.Values{"choice": {"offer"}})
	form := hidden(s.page(200, here+"/respond/evidence"))
	for _, tc := range []struct{ kind, amount, message, want string }{
		{"", "", "", "解決案を選択してください"},
		{"partial_refund", "", "一部を返金します。", "返金する金額を入力してください"},
		{"partial_refund", "たくさん", "一部を返金します。", "返金する金額は数字で入力してください"},
		{"partial_refund", "3800", "一部を返金します。", "返金する金額は1円から3,799円まで"},
		{"return_for_refund", "3801", "返品してください。", "返金する金額は1円から3,800円まで"},
	} {
		got := s.post(422, here+"/respond/evidence", with(form, "do", "check", "kind", tc.kind, "amount", tc.amount, "message", tc.message))
		wants(t, tc.kind+" "+tc.amount, got, tc.want, tc.message)
		form = hidden(got)
	}
	check := s.page(200, s.post(303, here+"/respond/evidence", with(form, "do", "check", "kind", "partial_refund", "amount", "１，２００円", "message", "一部を返金します。")))
	wants(t, "check", check, "1,200円", "一部返金")
	s.post(303, here+"/respond/check", with(hidden(check), "do", "send"))
	wants(t, "offered", s.page(200, here), "購入者の回答待ち", "1,200円", "購入者の回答期限")
	// Accepting has nothing to write: it goes to the check at once.
	here = "/en/seller/cases/" + two
	check = s.page(200, s.post(303, here+"/respond", url.Values{"choice": {"accept"}}))
	wants(t, "accept", check, "Agree to refund ¥3,800", "can&#39;t be changed")
	s.post(303, here+"/respond/check", with(hidden(check), "do", "send"))
	late := s.post(409, here+"/respond/check", with(hidden(check), "do", "send"))
	wants(t, "agreed twice", late, p.h.catalog.Text("en", "claims.respond_closed", nil), `role="alert"`)
	if strings.Contains(late, p.h.catalog.Text("en", "form.kept", nil)) || strings.Contains(late, "<textarea") {
		t.Error("a late agreement speaks of words nobody has written")
	}
	wants(t, "accepted", s.page(200, here), "Settled")
	if to := s.send("GET", here+"/respond", "", nil).header.Get("Location"); !strings.HasSuffix(to, two+"?done=not_now") {
		t.Errorf("an answer to a settled claim leads to %q", to)
	}
}

func TestSellerOnOrders(t *testing.T) {
	p := newPortal(t)
	p.order("o-1")
	p.contact("o-1")
	s := p.as("s1")
	wants(t, "home", s.page(200, "/ja/seller"), "購入者が返信を待っている注文", "o-1")
	here := "/ja/seller/orders/o-1"
	wants(t, "order", s.page(200, here), "商品が届きません。", "返信の期限", "対応できないと伝える")
	wants(t, "empty reply", s.post(422, here+"/lines/1/messages", url.Values{"body": {" "}}), "メッセージを入力してください")
	s.post(303, here+"/lines/1/messages", url.Values{"body": {"確認しています。"}})
	wants(t, "no reason", s.post(422, here+"/lines/1/refuse", nil), "対応できない理由を入力してください", "details open")
	s.post(303, here+"/lines/1/refuse", url.Values{"body": {"在庫がありません。LINEで返金します。"}})
	wants(t, "refused", s.page(200, here), "確認しています。", "在庫がありません。", "外部のサービス", "対応できないと伝えました")
	s.postFiles(303, here+"/lines/1/messages", url.Values{"body": {"写真です。"}}, sentFile{"shelf.png", picture(4)})
	wants(t, "files", s.page(200, here), "shelf.png")
	p.as("s2").page(404, here)
}

// The queue: views, filters as words to remove, search, the panel, and who may look.
func TestQueue(t *testing.T) {
	p := newPortal(t)
	one, two := p.review("o-1"), p.review("o-2")
	v := p.as("agent")
	for _, lang := range []string{"ja", "en"} {
		for _, view := range models.DeskViews {
			v.page(200, "/"+lang+"/staff/queue?v="+string(view))
		}
		v.page(200, "/"+lang+"/staff/queue?v=due&sel="+two)
		v.page(200, "/"+lang+"/staff/outside-contacts")
	}
	queue := v.page(200, "/ja/staff/queue")
	wants(t, "queue", queue, one, two, "審査中", "¥3,800", "未着", "mp-s-1")
	if strings.Index(queue, one) > strings.Index(queue, two) {
		t.Error("the case due first does not come first")
	}
	panel := v.page(200, "/ja/staff/queue?v=due&sel="+strings.ToLower(one))
	wants(t, "panel", panel, `id="panel"`, "購入者の主張", "/staff/cases/"+one+"/decide", "/staff/cases/"+one+"/take")
	chips := v.page(200, "/ja/staff/queue?v=all&status=under_review&reason=not_received&seller=mp-s-1")
	wants(t, "chips", chips, "状態: 審査中", "申請理由: 商品が届かない", "出品者: mp-s-1", "?reason=not_received&amp;seller=mp-s-1&amp;v=all", "条件を消す")
	wants(t, "no match", v.page(200, "/ja/staff/queue?v=all&status=denied"), "条件に合うものはありません")
	for _, typed := range []string{one, "Ｃ－" + wide(one[2:6]) + "－" + wide(one[7:]), "o-1"} {
		got := v.send("GET", "/ja/staff/queue?q="+url.QueryEscape(typed), "", nil)
		if got.status != 303 || got.header.Get("Location") != "/ja/staff/cases/"+one {
			t.Errorf("%q: %d %s", typed, got.status, got.header.Get("Location"))
		}
	}
	wants(t, "not found", string(v.send("GET", "/ja/staff/queue?q=<script>", "", nil).raw), "&lt;script&gt;")
	v.page(404, "/ja/staff/queue?v=none")
	v.page(404, "/ja/staff/queue?cursor=none")
	for who, status := range map[string]int{"lead": 200, "admin": 200, "s1": 403, "b1": 403} {
		if got := p.as(who).send("GET", "/ja/staff/queue", "", nil); got.status != status {
			t.Errorf("%s got %d from the queue, want %d", who, got.status, status)
		}
	}
}

func wide(s string) string {
	return strings.Map(func(r rune) rune { return r + 0xfee0 }, s)
}

// review makes a claim the seller has contested.
func (p *portal) review(order string) string {
	p.t.Helper()
	number := p.claim(order)
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/contest", `{"message":"予定日を過ぎても届きません。"}`)
	return number
}

func decisionForm(form url.Values, more ...string) url.Values {
	return with(with(form, "outcome", "granted", "amount", "2,000", "borne_by", "seller", "counts_against_seller", "no", "reason_code", "not_delivered",
		"rule", "4-2", "facts", "商品が届きません。", "explanation", "予定日を過ぎても届きません。"), more...)
}

func TestDecide(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	v := p.as("agent")
	here := "/ja/staff/cases/" + number
	v.page(200, "/en/staff/cases/"+number)
	v.page(200, "/en/staff/cases/"+number+"/decide")
	wants(t, "case", v.page(200, here), "購入者の主張", "出品者の主張", here+"/decide", here+"/ask", here+"/note", here+"/take", "予定日を過ぎても届きません。")
	form := hidden(v.page(200, here+"/decide"))
	empty := v.post(422, here+"/decide", with(form, "do", "preview", "amount", "x"))
	wants(t, "empty decision", empty, "結果を選択してください", "費用の負担を選択してください", "出品者の指標を選択してください", "理由コードを選択してください",
		"認めた事実を入力してください", "説明を入力してください", "返金する金額は数字で入力してください", `href="#f-facts"`)
	wants(t, "too much", v.post(422, here+"/decide", decisionForm(form, "do", "preview", "amount", "3801")), "返金する金額は1円から3,800円まで", "予定日を過ぎても届きません。")
	wants(t, "own code", v.post(422, here+"/decide", decisionForm(form, "do", "preview", "reason_code", "own", "own_code", "Nope!")), "小文字の英字、数字、下線だけを使い、64文字以内")
	preview := v.post(200, here+"/decide", decisionForm(form, "do", "preview"))
	wants(t, "preview", preview, "2,000円の一部返金を決定しました", "購入者への一部返金2,000円を決定しました", "出品者が負担", "出品者の指標には反映しません", "貴店が負担", "貴店の指標には反映しません", "まだ送信されていません")
	wants(t, "edit", v.post(200, here+"/decide", with(hidden(preview), "do", "edit")), "予定日を過ぎても届きません。", `value="2,000"`)
	to := v.post(303, here+"/decide", with(hidden(preview), "do", "decide"))
	wants(t, "decided", v.page(200, to), "決定を確定し", "認定", "手続きは終わっています")
	// Twice does no harm, and what was typed stands there still.
	twice := v.post(409, here+"/decide", with(hidden(preview), "do", "decide"))
	wants(t, "twice", twice, "予定日を過ぎても届きません。", "入力した文章は下に残しています")
	for _, gone := range []string{`value="preview"`, `class="errors"`} {
		if strings.Contains(twice, gone) {
			t.Errorf("a decision that came too late still has %s", gone)
		}
	}
	s := p.as("s1")
	wants(t, "letter", s.page(200, "/ja/seller/cases/"+number+"/decision"), "購入者への一部返金2,000円", "2,000円\n貴店が負担", "貴店の指標には反映しません", "「問い合わせの方法」のページから", "4-2")
	lacks(t, "the seller's record", s.page(200, "/en/seller/cases/"+number+"/record"), "Reason for your claim")
	s.page(200, "/en/seller/cases/"+number+"/decision")
}

// Somebody else was faster: nothing is overwritten, the words stay, the page tells what changed.
func TestStaleDecisionKeepsWords(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	v := p.as("agent")
	here := "/ja/staff/cases/" + number
	form := hidden(v.page(200, here+"/decide"))
	evidence := p.upload("b1", "proof.png", picture(9)).str("id")
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/add_evidence", `{"evidence":["`+evidence+`"],"note":"追加です"}`)
	got := v.post(409, here+"/decide", decisionForm(form, "do", "decide"))
	wants(t, "stale", got, "表示中に内容が更新されました", "表示した後に起きたこと", "証拠を追加", "予定日を過ぎても届きません。")
	if n := strings.Count(got, "表示中に内容が更新されました"); n != 1 {
		t.Errorf("the conflict is said %d times", n)
	}
	wants(t, "stale", got, `value="preview"`)
	fresh := hidden(got)
	if fresh.Get("version") == form.Get("version") {
		t.Error("the page goes on from the old version")
	}
	v.post(303, here+"/decide", decisionForm(fresh, "do", "decide"))
}

// A large grant is a proposal; the proposer cannot approve it, another can.
func TestSecondPerson(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/o-1", strings.NewReplacer(`"unit_price":3000`, `"unit_price":120000`, `"amount":3800`, `"amount":120800`).Replace(orderBody("mp-b-1", "b1@example.com", "mp-s-1")))
	ends := p.contact("o-1")
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+ends+`"}`)
	number := p.want(201, "b1", "POST", "/claims", filing("o-1")).str("number")
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/contest", `{"message":"予定日を過ぎても届きません。"}`)
	v := p.as("agent")
	here := "/ja/staff/cases/" + number
	page := v.page(200, here+"/decide")
	wants(t, "form", page, "100,000円以上の返金は、二人目の確認が必要です")
	preview := v.post(200, here+"/decide", decisionForm(hidden(page), "do", "preview", "amount", "120800"))
	wants(t, "preview", preview, "決定を提案する")
	to := v.post(303, here+"/decide", with(hidden(preview), "do", "decide"))
	if to != here+"?done=proposed" {
		t.Errorf("a proposal leads to %s", to)
	}
	wants(t, "proposed", v.page(200, to), "二人目の確認を待って", "自分の提案は承認できません")
	v.post(403, here+"/approve", url.Values{})
	other := p.as("agent2")
	form := other.send("GET", here+"/approve", "", nil)
	wants(t, "approve", string(form.raw), "購入者が読む決定書", "120,800円の返金を決定しました")
	if got := other.send("POST", here+"/approve", "application/x-www-form-urlencoded", []byte(hidden(string(form.raw)).Encode())); got.status != 303 {
		t.Errorf("approving gave %d\n%s", got.status, got.raw)
	}
	wants(t, "approved", v.page(200, here), "認定")
}

func TestMoves(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	v := p.as("agent")
	here := "/ja/staff/cases/" + number
	v.post(303, here+"/take", url.Values{})
	v.post(303, here+"/take", url.Values{}) // pressed twice
	wants(t, "taken", v.page(200, here), "担当を外れる", "担当: 自分")
	v.post(303, here+"/release", url.Values{})
	wants(t, "empty note", v.post(422, here+"/note", url.Values{}), "メモの内容を入力してください")
	v.post(303, here+"/note", url.Values{"body": {"配送会社に確認。"}})
	wants(t, "noted", v.page(200, here), "配送会社に確認。", "社内メモ(相手には見えません)")
	if page := p.as("s1").page(200, "/ja/seller/cases/"+number); strings.Contains(page, "配送会社に確認。") {
		t.Error("the seller reads an internal note")
	}
	wants(t, "empty question", v.post(422, here+"/ask", url.Values{}), "質問する相手を選択してください", "質問の内容を入力してください")
	v.post(303, here+"/ask", url.Values{"party": {"seller"}, "question": {"控えはありますか。"}})
	s := p.as("s1")
	wants(t, "question", s.page(200, "/ja/seller/cases/"+number), "控えはありますか。", "質問に回答する")
	wants(t, "answer", s.page(200, "/ja/seller/cases/"+number+"/respond/evidence"), "控えはありますか。")
	v.page(200, "/ja/staff/cases/"+number+"/pause")
	v.page(200, "/en/staff/cases/"+number+"/pause")
	wants(t, "no time", v.post(422, here+"/pause", url.Values{"until": {"あした"}, "reason": {"連休"}}), "停止を終える日時は", "連休")
	wants(t, "past", v.post(422, here+"/pause", url.Values{"until": {"2020-01-01T10:00"}, "reason": {"連休"}}), "決められた範囲")
	v.post(303, here+"/pause", url.Values{"until": {"2026-02-01T10:00"}, "reason": {"連休"}})
	wants(t, "paused", v.page(200, here), "期限を停止しています", "期限を再開する")
	v.post(303, here+"/resume", url.Values{})
	v.post(303, here+"/messages", url.Values{"body": {"確認しています。"}})
	wants(t, "message", v.page(200, here), "確認しています。")
	v.page(200, here+"/evidence")
	wants(t, "no file", v.postFiles(422, here+"/evidence", url.Values{"note": {""}}), `href="#f-files"`)
	v.postFiles(303, here+"/evidence", url.Values{}, sentFile{"carrier.png", picture(7)})
	wants(t, "staff's file", v.page(200, here), "carrier.png")
	for _, m := range regexp.MustCompile(`href="(`+here+`/[^"#]*)"`).FindAllStringSubmatch(v.page(200, here), -1) {
		v.page(200, m[1]) // nothing on the case is dead
	}
	if got := p.as("admin").send("GET", here, "", nil); !strings.Contains(string(got.raw), "管理者は案件を見られますが") || strings.Contains(string(got.raw), here+"/note") {
		t.Error("an admin is offered what it may not do")
	}
}

// Staff who bought the thing are the buyer and nothing else.
func TestStaffWhoAreAParty(t *testing.T) {
	p := newPortal(t)
	p.want(201, "mp", "PUT", "/orders/o-1", orderBody("mp-b-9", "agent@example.com", "mp-s-1"))
	ends := p.want(201, "agent", "POST", "/orders/o-1/lines/1/messages", `{"body":"商品が届きません。","topic":"not_received"}`).str("contact", "wait_ends_at")
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+ends+`"}`)
	number := p.want(201, "agent", "POST", "/claims", filing("o-1")).str("number")
	v := p.as("agent")
	for _, path := range []string{"", "/decide", "/note"} {
		got := v.send("GET", "/ja/staff/cases/"+number+path, "", nil)
		if got.status != http.StatusSeeOther || got.header.Get("Location") != "/ja/my/claims/"+number {
			t.Errorf("%s: %d %s", path, got.status, got.header.Get("Location"))
		}
	}
	panel := v.page(200, "/ja/staff/queue?v=all&sel="+number)
	wants(t, "panel", panel, "当事者なので")
	if strings.Contains(panel, "予定日を過ぎても届きません。") {
		t.Error("the panel shows the case to a party")
	}
}

func TestNoticePages(t *testing.T) {
	p := newPortal(t)
	number := p.claim("o-1")
	s := p.as("s1")
	for _, base := range []string{"/ja/seller/notices", "/en/seller/notices", "/ja/my/notices"} {
		s.page(200, base)
	}
	list := s.page(200, "/ja/seller/notices")
	m := regexp.MustCompile(`href="(/ja/seller/notices/M-[^"]*)">保証申請への回答`).FindStringSubmatch(list)
	if m == nil {
		t.Fatalf("no notice of the claim:\n%s", list)
	}
	wants(t, "list", list, "未読")
	page := s.page(200, m[1])
	wants(t, "notice", page, number, "申請額は3,800円", "商品が届かない", "/ja/seller/cases/"+number, "既読にする")
	s.page(200, strings.Replace(m[1], "/ja/", "/en/", 1))
	s.post(303, m[1]+"/read", url.Values{})
	if strings.Contains(s.page(200, m[1]), "既読にする") {
		t.Error("a notice that was read asks to be marked")
	}
	p.as("s2").page(404, m[1])
	p.as("b1").page(404, strings.Replace(m[1], "/seller/", "/my/", 1))
}

func TestSandboxPages(t *testing.T) {
	p := newPortal(t)
	number := p.claim("o-1")
	v := p.guest()
	panel := string(v.send("GET", "/ja/sandbox", "", nil).raw)
	wants(t, "panel", panel, "購入者", "審査責任者", "s1@example.com")
	id := regexp.MustCompile(`s1@example.com</span></div><form[^>]*><input type="hidden" name="account" value="([^"]*)"`).FindStringSubmatch(panel)
	if to := v.post(303, "/ja/sandbox/sign-in", url.Values{"account": {id[1]}}); to != "/ja/seller" {
		t.Errorf("the seller begins at %s", to)
	}
	here := "/ja/seller/cases/" + number
	if to := v.post(303, "/ja/sandbox/clock", url.Values{"advance": {"80h0m0s"}, "next": {here}}); to != here {
		t.Errorf("the clock leads to %s", to)
	}
	wants(t, "silence", v.page(200, here), "返金が決定")
	wants(t, "letter", v.page(200, here+"/decision"), "規則にもとづいて自動で行われました", "回答期限までに、出品者の回答がありませんでした。")
	for _, to := range []string{"", "yesterday", "2020-01-01T00:00", "2999-01-01T00:00"} {
		if got := v.send("POST", "/ja/sandbox/clock", "application/x-www-form-urlencoded", []byte("to="+to)); got.status != 422 || !strings.Contains(string(got.raw), `href="#f-to"`) {
			t.Errorf("the clock to %q: %d", to, got.status)
		}
	}
	if to := v.post(303, "/ja/sandbox/clock", url.Values{"advance": {"1h"}, "next": {"https://evil.example/"}}); strings.Contains(to, "evil") {
		t.Errorf("the clock leads to %s", to)
	}
	mails := string(v.send("GET", "/ja/sandbox/mail", "", nil).raw)
	m := regexp.MustCompile(`href="(/ja/sandbox/mail/[^"]*)"`).FindStringSubmatch(mails)
	if m == nil {
		t.Fatal("no mail")
	}
	v.page(200, m[1])
	outside := newPortal(t, outsideSandbox)
	for _, path := range []string{"/ja/sandbox", "/ja/sandbox/mail"} {
		if got := outside.guest().send("GET", path, "", nil); got.status != 404 {
			t.Errorf("%s outside the sandbox: %d", path, got.status)
		}
	}
	if got := outside.guest().send("POST", "/ja/sandbox/clock", "application/x-www-form-urlencoded", []byte("advance=1h")); got.status != 404 {
		t.Errorf("the clock outside the sandbox: %d", got.status)
	}
}

// Contacts made elsewhere count once staff have accepted them, and a refusal says why.
func TestOutsideContactsOnTheDesk(t *testing.T) {
	p := newPortal(t)
	v := p.as("agent")
	wants(t, "empty", v.page(200, "/ja/staff/outside-contacts"), "確認を待っている届け出はありません")
	for i, number := range []string{"o-1", "o-2"} {
		p.order(number)
		file := p.upload("b1", "call.png", picture(byte(20+i))).str("id")
		p.want(201, "b1", "POST", "/orders/"+number+"/lines/1/outside-contacts", `{"contacted_at":"2026-01-12T10:00:00+09:00","channel":"phone","evidence":["`+file+`"]}`)
	}
	page := v.page(200, "/ja/staff/outside-contacts")
	wants(t, "list", page, "o-1", "o-2", "電話", "call.png", "連絡を認める")
	actions := regexp.MustCompile(`action="(/ja/staff/outside-contacts/[^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(actions) != 2 {
		t.Fatalf("%d declarations can be decided", len(actions))
	}
	wants(t, "no reason", v.post(422, actions[0][1], url.Values{"do": {"reject"}}), `href="#f-reason"`, "認めない理由を入力してください")
	v.post(303, actions[0][1], url.Values{"do": {"reject"}, "reason": {"予定日を過ぎても届きません。"}})
	v.post(303, actions[1][1], url.Values{"do": {"accept"}})
	wants(t, "done", v.page(200, "/ja/staff/outside-contacts"), "確認を待っている届け出はありません")
	v.post(409, actions[1][1], url.Values{"do": {"accept"}})
	file := regexp.MustCompile(`href="(/ja/files/[^"]*)/content"`).FindStringSubmatch(page)[1]
	for who, want := range map[string]int{"agent": 200, "b1": 200, "s1": 404, "b2": 404} { // the seller never sees what staff are shown
		if got := p.as(who).send("GET", file+"/content", "", nil); got.status != want {
			t.Errorf("%s got %d for the file, want %d", who, got.status, want)
		}
	}
}

func TestDecideAndGoOn(t *testing.T) {
	p := newPortal(t)
	one, two := p.review("o-1"), p.review("o-2")
	v := p.as("agent")
	here := "/ja/staff/cases/" + one
	form := hidden(v.page(200, here+"/decide"))
	preview := v.post(200, here+"/decide", decisionForm(form, "do", "preview", "outcome", "denied", "amount", ""))
	wants(t, "preview", preview, "返金は行わないと決定しました", "保証の対象外と決定しました", "返金はありません")
	if to := v.post(303, here+"/decide", with(hidden(preview), "do", "next")); to != "/ja/staff/cases/"+two+"?decided="+one {
		t.Errorf("the next case is %s", to)
	} else {
		wants(t, "next", v.page(200, to), one+" の決定を確定し", two)
	}
	// The amount stands in the form from the start; a refusal does not trip over it.
	form = hidden(v.page(200, "/ja/staff/cases/"+two+"/decide"))
	v.post(200, "/ja/staff/cases/"+two+"/decide", decisionForm(form, "do", "preview", "outcome", "denied", "amount", "3800"))
}

// A decision leads to where one was: the case in its view, the next case of the view, or the queue at the view's end.
func TestDecisionLeadsOn(t *testing.T) {
	p := newPortal(t)
	one, two, three := p.review("o-1"), p.review("o-2"), p.review("o-3")
	v := p.as("agent")
	for _, c := range []struct{ number, query, do, to string }{
		{three, "?reason=not_received&v=all", "next", "/ja/staff/cases/" + two + "?reason=not_received&v=all&decided=" + three},
		{two, "?reason=not_received&v=all", "decide", "/ja/staff/cases/" + two + "?reason=not_received&v=all&done=decided"},
		{one, "?reason=not_received&v=unassigned", "next", "/ja/staff/queue?decided=" + one + "&reason=not_received&v=unassigned"},
	} {
		here := "/ja/staff/cases/" + c.number + "/decide" + c.query
		preview := v.post(200, here, decisionForm(hidden(v.page(200, here)), "do", "preview"))
		if to := v.post(303, here, with(hidden(preview), "do", c.do)); to != c.to {
			t.Errorf("%s leads to %s, want %s", c.do, to, c.to)
		}
	}
}
