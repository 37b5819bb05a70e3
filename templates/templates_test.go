package templates

import (
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

func tokyo(t *testing.T) *time.Location {
	t.Helper()
	return zoned(t, "Asia/Tokyo")
}

var noon = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC) // 12:00 in Japan

func parsed(t *testing.T) *Set {
	t.Helper()
	set, err := Parse(Options{Zone: tokyo(t), Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func rendered(t *testing.T, set *Set, locale, page string, data any) string {
	t.Helper()
	var buf bytes.Buffer
	if err := set.Render(&buf, locale, page, data); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// clean fails on what no page may hold: scripts and styles inside, failed
// escaping, missing arguments, empty links, doubled ids.
func clean(t *testing.T, what, html string) {
	t.Helper()
	for _, bad := range []string{"ZgotmplZ", "&lt;no value", "<no value>", " style=", "javascript:", "<style", "%!"} {
		if strings.Contains(html, bad) {
			t.Errorf("%s contains %q", what, bad)
		}
	}
	if m := regexp.MustCompile(` on[a-z]+="`).FindString(html); m != "" {
		t.Errorf("%s has a handler%s", what, m)
	}
	if n := strings.Count(html, "<script"); n != strings.Count(html, `<script type="module" src="`) {
		t.Errorf("%s has a script inside", what)
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if m[1] == "" || seen[m[1]] {
			t.Errorf("%s has the id %q twice", what, m[1])
		}
		seen[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?:aria-labelledby|aria-describedby|for)="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		for id := range strings.FieldsSeq(m[1]) {
			if !seen[id] {
				t.Errorf("%s points to the id %q, which is not there", what, id)
			}
		}
	}
}

func TestDesignPage(t *testing.T) {
	set := parsed(t)
	for locale, want := range map[string][]string{
		"ja": {"11月24日(火)", "あと31時間", "12,800円", "−¥500", "期限を過ぎました", "社内メモ", "入力内容を確認してください(2件)", `href="/en/design"`},
		"en": {"Tue 24 Nov", "31 hours left", "¥12,800", "−¥500", "The time has passed", "Internal note", "There are problems (2)", `href="/ja/design"`},
	} {
		p := DesignPage(locale, noon)
		got := rendered(t, set, locale, "design", p)
		clean(t, "design "+locale, got)
		for _, w := range append(want, `<html lang="`+locale+`"`) {
			if !strings.Contains(got, w) {
				t.Errorf("%s: page lacks %q", locale, w)
			}
		}
	}
	japanese := regexp.MustCompile(`[ぁ-んァ-ヶ一-龠]+`)
	english := rendered(t, set, "en", "design", DesignPage("en", noon))
	for _, m := range japanese.FindAllString(english, -1) {
		if m != "日本語" && m != "追跡画面" { // the language's own name, and a file's
			t.Errorf("the English page says %q", m)
		}
	}
}

func TestProblemPages(t *testing.T) {
	set := parsed(t)
	saved, again := noon.Add(-time.Hour), noon.Add(time.Hour)
	for _, locale := range Locales() {
		for _, status := range []int{403, 404, 409, 410, 413, 422, 429, 500, 503} {
			p := Page{Lang: locale, Now: noon, Title: "x", NoIndex: true, Content: Problem{Status: status, Request: "01J9Z"}}
			got := rendered(t, set, locale, "problem", p)
			clean(t, "problem", got)
			if strings.Count(got, "<h1") != 1 || !strings.Contains(got, "01J9Z") {
				t.Errorf("%d in %s: no heading or no request number", status, locale)
			}
			if h1 := regexp.MustCompile(`<h1>(.*?)</h1>`).FindStringSubmatch(got); h1 == nil || regexp.MustCompile(`\d`).MatchString(h1[1]) {
				t.Errorf("%d in %s: a code in the heading %q", status, locale, h1)
			}
		}
	}
	got := rendered(t, set, "ja", "problem", Page{Lang: "ja", Now: noon, Content: Problem{Status: 503, SavedAt: &saved, Opens: &again}})
	for _, want := range []string{"下書きは11月23日(月)11:00(日本時間)の時点で保存されています。", "11月23日(月)13:00(日本時間)から、もう一度試してください。"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// Whatever people type stays text, in every place a page puts it.
func TestTypedTextStaysText(t *testing.T) {
	set := parsed(t)
	const evil = `"><script>alert(1)</script>`
	f := Field{Name: "a", Label: evil, Hint: evil, Error: evil, Value: evil, Choices: []Choice{{Value: evil, Label: evil, Hint: evil}, {Label: evil, Reason: evil}}}
	for name, data := range map[string]any{
		"text-field": f, "textarea-field": f, "radio-field": f, "checkbox-field": f, "select-field": f, "tabs": []Link{{Label: evil, Href: "javascript:alert(1)"}}, "file-field": f,
		"hidden-field": Hidden{"a", evil}, "errors": []FieldError{{"a", evil}},
		"timeline":      Timeline{Items: []TimelineItem{{Title: evil, Who: evil, Text: evil, Said: evil, Lang: evil, At: noon}}},
		"messages":      []Message{{Who: evil, Text: evil, Side: evil, Warning: evil, At: noon}},
		"evidence-list": []EvidenceItem{{Caption: evil, FileName: evil, Href: "javascript:alert(1)", Thumbnail: evil, Who: evil, At: noon, Reason: evil}},
		"summary-list":  []SummaryRow{{Label: evil, Value: evil, Change: evil}},
		"action-list":   []ActionItem{{Label: evil, Reason: evil}},
		"clock":         Clock{Label: evil, Over: evil, At: noon, Now: noon, Kind: ClockDue, After: evil},
		"tag":           Tag{Status: evil, Role: evil, Text: evil},
		"evidence-viewer": EvidenceView{
			Item: EvidenceItem{Caption: evil, FileName: evil, Who: evil, At: noon, Reason: evil, State: evil}, ID: evil, Picture: evil, Hash: evil,
			Download: "javascript:alert(1)", Prev: "javascript:alert(1)", Place: evil, More: []SummaryRow{{Label: evil, Value: evil, Lang: evil}},
		},
		"task-list":    []Task{{Label: evil, Href: "javascript:alert(1)", Hint: evil, Status: evil, Reason: evil}},
		"confirmation": Confirmation{Title: evil, NumberLabel: evil, Number: evil, Text: evil, Keep: evil, Next: []NextStep{{Text: evil}}, Links: []Link{{Label: evil, Href: "javascript:alert(1)"}}},
		"filter-words": FilterWords{Words: []Link{{Label: evil, Href: "javascript:alert(1)"}}},
		"presence":     Presence{Who: evil, Since: noon},
		"key-hints":    []KeyHint{{evil, evil}},
		"interruption": Interruption{Title: evil, Text: []string{evil}, On: Submit{Label: evil}},
		"table":        Table{Caption: evil, Columns: []Column{{Label: evil}}, Rows: []Row{{Cells: []Cell{{Text: evil}, {Text: evil}}}}},
	} {
		got := rendered(t, set, "ja", name, data)
		if strings.Contains(got, "<script") || strings.Contains(got, `href="javascript:`) {
			t.Errorf("%s lets markup through:\n%s", name, got)
		}
	}
	page := rendered(t, set, "ja", "design", Page{Lang: "ja", Path: `x"><script>`, Title: evil, Now: noon, User: &User{Name: evil}, Content: Design{Clocks: []Clock{{At: noon, Now: noon}}, Amount: Figure{Money: Money{1, "JPY"}}, Money: MoneyLines{Total: MoneyLine{Money: Money{1, "JPY"}}}}})
	if strings.Contains(page, "<script>") {
		t.Error("the frame lets markup through")
	}
}

func TestTypedTextIsKept(t *testing.T) {
	set := parsed(t)
	const typed = "\n  先頭の改行と空白\r\n<b>&amp; \"引用\""
	got := rendered(t, set, "ja", "textarea-field", Field{Name: "story", Label: "経緯", Value: typed, Error: "経緯は短すぎます"})
	// The first line break after the tag is the browser's to drop.
	if !strings.Contains(got, ">\n\n  先頭の改行と空白\r\n&lt;b&gt;&amp;amp; &#34;引用&#34;</textarea>") {
		t.Errorf("text changed:\n%s", got)
	}
	if !strings.Contains(got, `aria-invalid="true"`) || !strings.Contains(got, `aria-describedby=" e-story"`) {
		t.Errorf("error not tied to its field:\n%s", got)
	}
}

// Many requests render at once from the same set.
func TestRenderingIsSafeTogether(t *testing.T) {
	set := parsed(t)
	want := rendered(t, set, "ja", "design", DesignPage("ja", noon))
	t.Run("together", func(t *testing.T) {
		for range 8 {
			t.Run("page", func(t *testing.T) {
				t.Parallel()
				for range 5 {
					if got := rendered(t, set, "ja", "design", DesignPage("ja", noon)); got != want {
						t.Error("the page differs")
					}
				}
			})
		}
	})
}

func BenchmarkDesignPage(b *testing.B) {
	set, err := Parse(Options{Zone: time.UTC, Now: func() time.Time { return noon }})
	if err != nil {
		b.Fatal(err)
	}
	page := DesignPage("ja", noon)
	for b.Loop() {
		if err := set.Render(io.Discard, "ja", "design", page); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTextWithArguments(b *testing.B) {
	c, err := NewCatalog(Options{})
	if err != nil {
		b.Fatal(err)
	}
	args := map[string]any{"label": "経緯", "max": 1000, "now": 1234}
	for b.Loop() {
		c.Text("ja", "field.too_long", args)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestRenderFailures(t *testing.T) {
	set := parsed(t)
	var buf bytes.Buffer
	for what, err := range map[string]error{
		"unknown page":   set.Render(&buf, "ja", "no/such", nil),
		"unknown locale": set.Render(&buf, "fr", "design", DesignPage("ja", noon)),
		"wrong content":  set.Render(&buf, "ja", "design", Page{Now: noon, Content: Problem{}}),
		"unknown status": set.Render(&buf, "ja", "problem", Page{Now: noon, Content: Problem{Status: 499}}),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if buf.Len() != 0 {
		t.Errorf("a failing page left %d bytes", buf.Len())
	}
	if err := set.Render(failing{}, "ja", "design", DesignPage("ja", noon)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("writer's error lost: %v", err)
	}
	if !set.Has("design") || !set.Has("clock") || set.Has("no/such") {
		t.Error("Has is wrong")
	}
}

func TestAssetsAreChecked(t *testing.T) {
	set, err := Parse(Options{Zone: tokyo(t), Asset: func(name string) (string, bool) { return "/s/" + name, name != "js/app.js" }})
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Render(io.Discard, "ja", "design", DesignPage("ja", noon)); err == nil || !strings.Contains(err.Error(), "js/app.js") {
		t.Errorf("a missing file went unnoticed: %v", err)
	}
}

func TestStatusLooks(t *testing.T) {
	for _, c := range []struct {
		tag        Tag
		tone, icon string
	}{
		{Tag{Status: "awaiting_seller", Role: "buyer"}, "wait", "clock"},
		{Tag{Status: "awaiting_seller", Role: "seller"}, "turn", "clock"},
		{Tag{Status: "awaiting_buyer", Role: "buyer"}, "turn", "speech"},
		{Tag{Status: "awaiting_buyer", Role: "staff"}, "wait", "speech"},
		{Tag{Status: "awaiting_approval", Role: "seller"}, "review", "magnifier"},
		{Tag{Status: "awaiting_approval", Role: "staff"}, "turn", "magnifier"},
		{Tag{Status: "denied", Role: "buyer"}, "no", "bar"},
		{Tag{Status: "brand_new"}, "", "dot"},
	} {
		if c.tag.Tone() != c.tone || c.tag.Icon() != c.icon {
			t.Errorf("%+v: %s %s", c.tag, c.tag.Tone(), c.tag.Icon())
		}
	}
	// Finished and running states must not share a silhouette and a tone.
	seen := map[look]string{}
	for _, status := range []string{"scheduled", "awaiting_seller", "awaiting_buyer", "under_review", "awaiting_return", "settled", "granted", "denied", "withdrawn", "under_appeal", "frozen", "draft"} {
		l := looks[status]
		if other, ok := seen[l]; ok {
			t.Errorf("%s looks like %s", status, other)
		}
		seen[l] = status
	}
}

// A symbol that is not on the sheet would leave a hole without a word.
func TestIconsExist(t *testing.T) {
	sheet, err := os.ReadFile("../static/img/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{(Tag{}).Icon(): true}
	for _, l := range looks {
		names[l.icon] = true
	}
	for _, kind := range []string{ClockDue, ClockWait, ClockOpens} {
		for _, left := range []time.Duration{-1, 1, 100 * time.Hour} {
			names[Clock{At: noon.Add(left), Now: noon, Kind: kind}.Icon()] = true
		}
	}
	for _, text := range templateFiles(t) {
		for _, m := range regexp.MustCompile(`template "icon" "([^"]+)"`).FindAllStringSubmatch(text, -1) {
			names[m[1]] = true
		}
	}
	for name := range names {
		if !bytes.Contains(sheet, []byte(`<symbol id="`+name+`"`)) {
			t.Errorf("no icon %q", name)
		}
	}
}

func TestClockStates(t *testing.T) {
	for _, c := range []struct {
		kind        string
		left        time.Duration
		state, icon string
	}{
		{ClockDue, 24 * time.Hour, "calm", "clock"},
		{ClockDue, 24*time.Hour - 1, "soon", "clock-soon"},
		{ClockDue, 1, "soon", "clock-soon"},
		{ClockDue, 0, "over", "clock-over"},
		{ClockWait, time.Minute, "calm", "clock"},
		{ClockWait, 0, "soon", "clock-soon"}, // waiting for somebody else is no danger
		{ClockOpens, time.Minute, "calm", "hourglass"},
		{ClockOpens, 0, "open", "check"},
	} {
		clock := Clock{At: noon.Add(c.left), Now: noon, Kind: c.kind}
		if clock.State() != c.state || clock.Icon() != c.icon {
			t.Errorf("%s with %v left: %s %s, want %s %s", c.kind, c.left, clock.State(), clock.Icon(), c.state, c.icon)
		}
	}
}

func TestMails(t *testing.T) {
	set := parsed(t)
	subject, text, html, err := set.RenderMail("ja", "notice.sign_in.subject", "notice.sign_in.body",
		map[string]any{"valid": 15 * time.Minute, "code": "482913"}, "https://hosho.example.jp/ja/sign-in/link?t=a&b=c")
	if err != nil {
		t.Fatal(err)
	}
	if subject != "サインイン用のリンク" {
		t.Errorf("subject %q", subject)
	}
	for _, want := range []string{"15分のあいだ", "482913", "\nhttps://hosho.example.jp/ja/sign-in/link?t=a&b=c\n", "パスワードやカード番号をメールで尋ねることはありません。"} {
		if !strings.Contains(text, want) {
			t.Errorf("text part lacks %q:\n%s", want, text)
		}
	}
	for _, want := range []string{`<html lang="ja">`, `href="https://hosho.example.jp/ja/sign-in/link?t=a&amp;b=c"`, ">サインインする</a>", "482913"} {
		if !strings.Contains(html, want) {
			t.Errorf("html part lacks %q", want)
		}
	}
	due := noon.Add(24 * time.Hour)
	subject, text, html, err = set.RenderMail("en", "notice.claim_question.subject", "notice.claim_question.body",
		map[string]any{"number": "C-7Q4K-2M9D\r\nBcc: x@example.com", "title": `<img src=x>`, "due_at": due.Format(time.RFC3339Nano)}, "")
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(subject, "\r\n") {
		t.Errorf("subject breaks the header: %q", subject)
	}
	if strings.Contains(html, "<img") || !strings.Contains(text, "until Tue 24 Nov, 12:00 (Japan time)") {
		t.Errorf("wrong mail:\n%s\n%s", text, html)
	}
	if _, _, _, err := set.RenderMail("ja", "notice.sign_in.subject", "notice.sign_in.body", nil, ""); !errors.Is(err, errMissingArgument) {
		t.Errorf("a mail without its code was made: %v", err)
	}
	if _, _, _, err := set.RenderMail("ja", "notice.none.subject", "notice.none.body", nil, ""); err == nil {
		t.Error("a mail without words was made")
	}
}
