package handlers

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"hosho/models"
)

// raw is a page whose words of two languages are meant.
func (v *visitor) raw(path string) string {
	v.t.Helper()
	got := v.send("GET", path, "", nil)
	if got.status != 200 {
		v.t.Fatalf("%s: %d", path, got.status)
	}
	return string(got.raw)
}

// lacks fails the test where a page holds what it must not.
func lacks(t *testing.T, what, page string, unwanted ...string) {
	t.Helper()
	for _, s := range unwanted {
		if strings.Contains(page, s) {
			t.Errorf("%s has %q", what, s)
		}
	}
}

func TestQueueFiltersAndOrder(t *testing.T) {
	p := newPortal(t)
	one, two := p.review("o-1"), p.review("o-2")
	v := p.as("agent")
	plain := v.page(200, "/ja/staff/queue?v=due")
	wants(t, "heads", plain, `aria-sort="ascending"`, "sort=reversed", "sort=largest", `name="amount"`, `name="due"`, `<details class="filter-box">`, "まで", "更新する")
	lacks(t, "a queue without filters", plain, "選択中の条件", `name="status"`, "最初のページ")
	back := v.page(200, "/ja/staff/queue?v=due&sort=reversed")
	wants(t, "reversed", back, `aria-sort="descending"`)
	if strings.Index(back, one) < strings.Index(back, two) {
		t.Error("the case due last does not come first")
	}
	wants(t, "largest", v.page(200, "/ja/staff/queue?v=due&sort=largest"), `aria-sort="descending"`, "sort=smallest")
	all := v.page(200, "/ja/staff/queue?v=all")
	wants(t, "all", all, "申請日時", `name="status"`)
	lacks(t, "all cases", all, `name="due"`)
	some := v.page(200, "/ja/staff/queue?v=due&amount="+url.QueryEscape("３，８００円")+"&due=over&reason=not_received")
	wants(t, "words", some, "金額(以上): 3,800", "期限: 過ぎた", "申請理由: 商品が届かない", "?amount=", `href="/ja/staff/queue?v=due"`)
	wants(t, "amount", v.page(200, "/ja/staff/queue?v=due&amount=3800"), one, two)
	lacks(t, "too small ones", v.page(200, "/ja/staff/queue?v=due&amount=3801"), one, two)
	wrong := v.page(200, "/ja/staff/queue?v=due&amount=lots")
	wants(t, "wrong amount", wrong, "金額は数字で入力してください", `value="lots"`, `<details class="filter-box" open>`, one)
	// What is looked for and not there stays in its field.
	wants(t, "unknown number", v.page(200, "/ja/staff/queue?q=c-0000-0000"), `value="c-0000-0000"`, "「c-0000-0000」に当たる案件はありません")
	// A chosen view travels along into the case and back.
	panel := v.page(200, "/ja/staff/queue?v=all&reason=not_received&sel="+one)
	wants(t, "panel", panel, "/ja/staff/cases/"+one+"/decide?reason=not_received&amp;v=all", "to=queue", "購入者の主張", "出品者の主張")
	page := v.page(200, "/ja/staff/cases/"+one+"?reason=not_received&v=all")
	wants(t, "case", page, "/ja/staff/queue?reason=not_received&amp;v=all", "/ja/staff/queue?from="+one+"&amp;reason=not_received&amp;step=next&amp;v=all", "/note?reason=not_received&amp;v=all")
	to := v.post(303, "/ja/staff/cases/"+one+"/take?v=all&to=queue", url.Values{})
	wants(t, "taken", v.page(200, to), "担当になりました", `id="panel"`, "自分", "担当を外れる")
	wants(t, "since", v.page(200, "/ja/staff/cases/"+one), "担当: 自分(", "から)")
}

// At the width of a phone what is done most stays at the thumb: deciding first.
func TestCaseHasTheUsualMovesAtHand(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	here := "/ja/staff/cases/" + number
	bar := regexp.MustCompile(`<p class="buttons at-hand">.*?</p>`)
	want := `<p class="buttons at-hand"><a class="button" href="` + here + `/decide?v=all">決定する</a><a href="` + here + `/ask?v=all">質問する</a><a href="` + here + `/note?v=all">メモを残す</a></p>`
	if got := bar.FindString(p.as("agent").page(200, here+"?v=all")); got != want {
		t.Errorf("at hand is %s, want %s", got, want)
	}
	if got := bar.FindString(p.as("admin").raw(here)); got != "" {
		t.Errorf("an admin has %s at hand", got)
	}
}

// Pressed twice, one has taken the case; on one that has closed meanwhile nobody has.
func TestTakeSaysWhatItDid(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	v := p.as("agent")
	here := "/ja/staff/cases/" + number
	press := func(what, want string) {
		t.Helper()
		if to := v.post(303, here+"/"+what, url.Values{}); to != here+"?done="+want {
			t.Errorf("%s leads to %s, want %s", what, to, want)
		}
	}
	press("take", "taken")
	press("take", "taken")
	if to := p.as("agent2").post(303, here+"/release", url.Values{}); to != here+"?done=not_now" {
		t.Errorf("somebody else's release leads to %s", to)
	}
	press("release", "released")
	press("release", "released")
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/withdraw", `{"reason":"解決しました。"}`)
	press("take", "not_now")
	press("release", "not_now")
}

// An empty view tells when the next case may come.
func TestEmptyQueueSaysTheNextDueDate(t *testing.T) {
	p := newPortal(t)
	v := p.as("agent")
	lacks(t, "an empty market", v.page(200, "/ja/staff/queue"), "次の案件は")
	p.claim("o-1")
	wants(t, "a claim with the seller", v.page(200, "/ja/staff/queue"), "審査の番になっている案件はありません。次の案件は", "まで")
	wants(t, "in English", v.page(200, "/en/staff/queue"), "The next deadline runs until")
}

func TestNeighboursInAView(t *testing.T) {
	p := newPortal(t)
	one, two := p.review("o-1"), p.review("o-2")
	v := p.as("agent")
	step := func(from, step string) string {
		return v.send("GET", "/ja/staff/queue?from="+from+"&step="+step, "", nil).header.Get("Location")
	}
	if got := step(one, "next"); got != "/ja/staff/cases/"+two {
		t.Errorf("after the first comes %s", got)
	}
	if got := step(two, "prev"); got != "/ja/staff/cases/"+one {
		t.Errorf("before the second comes %s", got)
	}
	wants(t, "the end", v.page(200, step(two, "next")), "この表示に、次の案件はありません")
	wants(t, "the beginning", v.page(200, step(one, "prev")), "この表示に、前の案件はありません")
	v.page(404, "/ja/staff/queue?from="+one+"&step=aside")
	v.page(404, "/ja/staff/queue?from=x&step=next")
	v.page(404, "/ja/staff/queue?from=C-0000-0000&step=next")
}

// However many cases wait, the pages of the queue show each once, and lead back.
func TestQueuePages(t *testing.T) {
	p := newPortal(t)
	const many = 53
	seen := map[string]int{}
	for i := range many {
		p.order("o-" + strconv.Itoa(i))
	}
	ends := ""
	for i := range many {
		ends = p.contact("o-" + strconv.Itoa(i))
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+ends+`"}`)
	for i := range many {
		number := p.want(201, "b1", "POST", "/claims", filing("o-"+strconv.Itoa(i))).str("number")
		p.want(200, "s1", "POST", "/claims/"+number+"/actions/contest", `{"message":"予定日を過ぎても届きません。"}`)
		seen[number] = 0
	}
	v := p.as("agent")
	link := func(page, rel string) string {
		m := regexp.MustCompile(`rel="` + rel + `" href="([^"]*)"`).FindStringSubmatch(page)
		if m == nil {
			return ""
		}
		return strings.ReplaceAll(m[1], "&amp;", "&")
	}
	first := v.page(200, "/ja/staff/queue?v=due")
	if link(first, "prev") != "" || link(first, "next") == "" {
		t.Fatal("the first page has a page before it, or none after")
	}
	second := v.page(200, link(first, "next"))
	for _, m := range regexp.MustCompile(`>(C-[0-9A-Z-]{9})</a>`).FindAllStringSubmatch(first+second, -1) {
		seen[m[1]]++
	}
	for number, n := range seen {
		if n != 1 || len(seen) != many {
			t.Errorf("%s stands %d times", number, n)
		}
	}
	wants(t, "second", second, "最初のページ")
	if link(second, "next") != "" {
		t.Error("the last page leads on")
	}
	// Back from the second page there are fifty; that is the first page.
	if got := v.send("GET", link(second, "prev"), "", nil); got.status != 303 || got.header.Get("Location") != "/ja/staff/queue?v=due" {
		t.Errorf("back leads to %d %s", got.status, got.header.Get("Location"))
	}
	// What stands beside the rows is remembered, so that a page is few statements.
	before := p.store.Statements()
	v.page(200, "/ja/staff/queue?v=due")
	if n := p.store.Statements() - before; n > 8 {
		t.Errorf("a page of the queue took %d statements", n)
	}
}

// What was answered is not asked again; it stands beside the form.
func TestAskedBefore(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	v := p.as("agent")
	ask := "/ja/staff/cases/" + number + "/ask"
	first := v.page(200, ask)
	wants(t, "first question", first, "今送ると、相手は", "までに回答します")
	lacks(t, "the first question", first, "これまでの質問と回答")
	v.post(303, ask, url.Values{"party": {"seller"}, "question": {"控えはありますか。"}})
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/answer", `{"message":"控えはこちらです。"}`)
	wants(t, "second question", v.page(200, ask), "これまでの質問と回答", "控えはありますか。", "控えはこちらです。", "に回答済みです。")
	again := v.post(422, ask, url.Values{"party": {"seller"}, "question": {"控えは ありますか？"}})
	wants(t, "asked again", again, `href="#f-question"`, "に回答済みです。回答を確かめ", "控えは ありますか？")
	v.post(303, ask, url.Values{"party": {"buyer"}, "question": {"控えはありますか。"}}) // somebody else has not answered it
}

// Two at once: what was typed stays, with what happened meanwhile.
func TestMovesKeepWordsInAConflict(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	v := p.as("agent")
	here := "/ja/staff/cases/" + number
	form := hidden(v.page(200, here+"/ask"))
	evidence := p.upload("b1", "proof.png", picture(9)).str("id")
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/add_evidence", `{"evidence":["`+evidence+`"],"note":"追加です"}`)
	asks := with(form, "party", "buyer", "question", "私の質問")
	got := v.post(409, here+"/ask", asks)
	wants(t, "ask", got, "私の質問", "表示した後に起きたこと", "証拠を追加", "入力した文章は下に残しています", `data-key="Ctrl&#43;Enter"`)
	v.post(303, here+"/ask", with(hidden(got), "party", "buyer", "question", "私の質問"))
	// What is not possible any more has its words to be copied and nothing to send.
	late := v.post(409, here+"/ask", with(form, "party", "seller", "question", "遅れた質問"))
	wants(t, "late", late, "遅れた質問", " readonly", number+" に戻る")
	lacks(t, "a move that came too late", late, `data-key="Ctrl&#43;Enter"`)
}

// A pause that came second keeps its time and its reason, and says what the first has done.
func TestPauseConflict(t *testing.T) {
	p := newPortal(t)
	number := p.claim("o-1")
	v := p.as("agent")
	here := "/ja/staff/cases/" + number
	pauses := with(hidden(v.page(200, here+"/pause")), "until", "2026-02-01T10:00", "reason", "年末年始の連休のためです")
	evidence := p.upload("b1", "proof.png", picture(9)).str("id")
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/add_evidence", `{"evidence":["`+evidence+`"],"note":"追加です"}`)
	got := v.post(409, here+"/pause", pauses)
	wants(t, "changed meanwhile", got, "年末年始の連休のためです", `value="2026-02-01T10:00"`, "表示した後に起きたこと", "証拠を追加")
	v.post(303, here+"/pause", with(hidden(got), "until", "2026-02-01T10:00", "reason", "年末年始の連休のためです"))
	late := v.post(409, here+"/pause", pauses)
	wants(t, "paused already", late, "年末年始の連休のためです", " readonly", number+" に戻る")
	lacks(t, "a pause that came too late", late, `data-key="Ctrl&#43;Enter"`)
	wants(t, "the case", v.page(200, here), "期限を停止しています", "期限を再開する")
}

// Each party's letter is shown to staff in the language the party reads it in.
func TestLettersInThePartysLanguage(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	v := p.as("agent")
	form := hidden(v.page(200, "/en/staff/cases/"+number+"/decide"))
	preview := string(v.send("POST", "/en/staff/cases/"+number+"/decide", "application/x-www-form-urlencoded", []byte(decisionForm(form, "do", "preview").Encode())).raw)
	wants(t, "preview", preview, "reads", `<div lang="ja"><h2>2,000円の一部返金を決定しました</h2>`, "出品者が負担", "<h3>説明</h3>", "「問い合わせの方法」のページから", `value="next"`)
	own := v.post(200, "/ja/staff/cases/"+number+"/decide", decisionForm(form, "do", "preview"))
	lacks(t, "a letter in the page's language", own, `<div lang="ja">`)
}

func TestKeysPageAndSwitch(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	v := p.as("agent")
	pages := []string{"queue", "keys", "outside-contacts", "cases/" + number, "cases/" + number + "/decide", "cases/" + number + "/note"}
	for _, path := range pages {
		if page := v.raw("/ja/staff/" + path); !regexp.MustCompile(`src="[^"]*/staff[^"]*\.js"`).MatchString(page) {
			t.Errorf("%s does not bring the keys", path)
		}
	}
	for _, lang := range []string{"ja", "en"} {
		page := v.raw("/" + lang + "/staff/keys")
		for _, key := range deskKeys() {
			wants(t, "keys", page, "<kbd>"+strings.ReplaceAll(key, "+", "&#43;")+"</kbd>")
		}
		lacks(t, "the list of keys", page, "keys.does")
	}
	// Every key of the list stands at something on one of the pages.
	everything := v.page(200, "/ja/staff/queue?sel="+number) + v.page(200, "/ja/staff/cases/"+number) + v.page(200, "/ja/staff/cases/"+number+"/note")
	for _, key := range deskKeys() {
		if key == "j" || key == "k" || key == "Enter" {
			continue // the rows themselves
		}
		wants(t, "pages", everything, `data-key="`+strings.ReplaceAll(key, "+", "&#43;")+`"`)
	}
	wants(t, "settings", v.page(200, "/ja/settings"), "1文字のキーボード操作")
	lacks(t, "a buyer's settings", p.as("b1").page(200, "/ja/settings"), "1文字のキーボード操作")
	got := v.send("POST", "/ja/settings/keys", "application/x-www-form-urlencoded", []byte("keys=off"))
	if got.status != 303 || got.header.Get("Location") != "/ja/settings" || !strings.Contains(got.header.Get("Set-Cookie"), "keys=off;") {
		t.Fatalf("%d %v", got.status, got.header)
	}
	v.cookies[keysCookie] = "off"
	for _, path := range pages {
		lacks(t, path+" without keys", v.raw("/ja/staff/"+path), "/staff.")
	}
	if to := v.post(303, "/ja/settings/keys", url.Values{"keys": {"on"}, "from": {"keys"}}); to != "/ja/staff/keys" {
		t.Errorf("the switch of the list leads to %s", to)
	}
}

func TestAdminReadsAndDecidesNothing(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	v := p.as("admin")
	panel := v.raw("/ja/staff/queue?v=all&sel=" + number)
	wants(t, "panel", panel, "管理者は案件を見られますが、決定しません。", "予定日を過ぎても届きません。")
	page := v.raw("/ja/staff/cases/" + number)
	for _, key := range []string{"d", "n", "r", "a"} {
		lacks(t, "an admin's pages", panel+page, `data-key="`+key+`"`)
	}
}

// The facts that speak against each other stand first on the case.
func TestConflictsOnTheCase(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	v := p.as("agent")
	wants(t, "case", v.page(200, "/ja/staff/cases/"+number), "食い違いと一致", "出品者は申請に反論しています。")
	en := v.page(200, "/en/staff/cases/"+number)
	wants(t, "case", en, "Conflicts and agreements", "The seller contests the claim.")
	for _, lang := range []string{"ja", "en"} {
		for _, code := range []string{
			models.FactDelivered, models.FactNotDelivered, models.FactNotShipped, models.FactNoScan, models.FactScanned, models.FactException, models.FactCancelledSeller,
			models.FactCancelledBuyer, models.FactNotCancelled, models.FactRefunded, models.FactNotRefunded, models.FactSellerOffers, models.FactSellerContests, models.FactNoFiles,
		} {
			if p.h.text(lang, "staff.compared."+code, map[string]any{"happened_at": models.Instant(1), "amount": "1"}) == "" {
				t.Errorf("%s has no sentence in %s", code, lang)
			}
		}
	}
}

// Whoever comes to decide what has been decided goes back to the case in the view they had.
func TestDecidingTooLateKeepsTheView(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/withdraw", `{"reason":"解決しました。"}`)
	here := "/ja/staff/cases/" + number
	if got := p.as("agent").send("GET", here+"/decide?v=all", "", nil).header.Get("Location"); got != here+"?v=all&done=not_now" {
		t.Errorf("it leads to %s", got)
	}
}

// A case is handed over on a page: the colleague is chosen by name and reads the note.
func TestAssignPage(t *testing.T) {
	p := newPortal(t)
	here := "/ja/staff/cases/" + p.review("o-1")
	v := p.as("agent")
	wants(t, "case", v.page(200, here), here+"/assign", "ほかの担当に引き継ぐ")
	form := v.page(200, here+"/assign")
	choices := regexp.MustCompile(`name="to"[^>]* value="([^"]+)"`).FindAllStringSubmatch(form, -1)
	if len(choices) < 2 {
		t.Fatalf("colleagues: %v\n%s", choices, form)
	}
	wants(t, "nobody chosen", v.post(422, here+"/assign", with(hidden(form), "reason", "回答待ちです。")), "引き継ぐ相手を選択してください", "回答待ちです。")
	wants(t, "made up", v.post(422, here+"/assign", with(hidden(form), "to", "nobody")), `href="#f-to"`)
	to := v.post(303, here+"/assign", with(hidden(form), "to", choices[0][1], "reason", "回答待ちです。"))
	wants(t, "assigned", v.page(200, to), "担当を引き継ぎました", "回答待ちです。", "社内メモ(相手には見えません)")
	if strings.Contains(v.page(200, here+"/assign"), choices[0][1]) {
		t.Error("who has the case is offered again")
	}
}

// A case is put on hold on a page; what was typed stays, and the queue leaves it out until then.
func TestHoldPage(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	here := "/ja/staff/cases/" + number
	v := p.as("agent")
	form := v.page(200, here+"/hold")
	wants(t, "no time", v.post(422, here+"/hold", with(hidden(form), "until", "あした", "reason", "回答待ち")), "保留を終える日時は", "回答待ち")
	wants(t, "past", v.post(422, here+"/hold", with(hidden(form), "until", "2020-01-01T10:00", "reason", "回答待ち")), "決められた範囲")
	until := "2026-01-30T10:00"
	to := v.post(303, here+"/hold", with(hidden(form), "until", until, "reason", "回答待ち"))
	wants(t, "held", v.page(200, to), "案件を保留しました", "この案件を保留しています", "回答待ち", "保留をやめる")
	lacks(t, "due", v.page(200, "/ja/staff/queue"), number)
	wants(t, "mine", v.page(200, "/ja/staff/queue?v=mine"), number, "まで保留)")
	lacks(t, "the buyer", p.as("b1").page(200, "/ja/my/claims/"+number), "保留")
	v.page(200, "/en/staff/cases/"+number+"/hold")
	v.post(303, here+"/take", hidden(v.page(200, here)))
	wants(t, "due again", v.page(200, "/ja/staff/queue"), number)
}
