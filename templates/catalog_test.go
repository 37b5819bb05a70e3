package templates

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func allMessages(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, locale := range Locales() {
		list, err := messages(locale)
		if err != nil {
			t.Fatal(err)
		}
		all[locale] = map[string]string{}
		for id, m := range list {
			all[locale][id] = m.Other
			if m.One != "" {
				all[locale][id] += "\n" + m.One
			}
		}
	}
	return all
}

var placeholder = regexp.MustCompile(`\{\{\s*\.([A-Za-z_]+)\s*\}\}`)

func placeholders(text string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestSameKeysAndPlaceholders(t *testing.T) {
	all := allMessages(t)
	for key, ja := range all["ja"] {
		en, ok := all["en"][key]
		if !ok {
			t.Errorf("%s is missing in en", key)
			continue
		}
		if a, b := placeholders(ja), placeholders(en); !slices.Equal(a, b) {
			t.Errorf("%s: ja has %v, en has %v", key, a, b)
		}
		if strings.TrimSpace(ja) == "" || strings.TrimSpace(en) == "" {
			t.Errorf("%s is empty", key)
		}
	}
	for key := range all["en"] {
		if _, ok := all["ja"][key]; !ok {
			t.Errorf("%s is missing in ja", key)
		}
	}
}

// English plural forms come in pairs; a lone "other" would say "1 hours".
func TestPluralForms(t *testing.T) {
	list, err := messages("en")
	if err != nil {
		t.Fatal(err)
	}
	for id, m := range list {
		if strings.Contains(m.Other, "{{.n}}") && m.One == "" {
			t.Errorf("%s counts but has no form for one", id)
		}
	}
}

// templateFiles gives every template's text by its path.
func templateFiles(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		all[name] = string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	directKey = regexp.MustCompile(`\b(?:t|plural|pattern) "([^"]+)"`)
	printKey  = regexp.MustCompile(`\((?:print) "([a-z_]+\.)`)
	labelKey  = regexp.MustCompile(`\blabel "([a-z_.]+)"`)
	goKey     = regexp.MustCompile(`"([a-z_]+(?:\.[a-z0-9_]+)+)"`)
	goPrefix  = regexp.MustCompile(`"([a-z_]+\.(?:[a-z0-9_.]*[._])?)" ?\+`)                   // "staff.view_" + view
	goPart    = regexp.MustCompile(`\bpart\("([a-z_]+\.[a-z_]+)", ((?:"[a-z_]+"(?:, )?)+)\)`) // w.part("terms.ask", "true", "files")
	goLabel   = regexp.MustCompile(`\blabel\("([a-z_.]+)"`)
)

func TestKeysOfTemplatesExist(t *testing.T) {
	known := allMessages(t)["ja"]
	prefixes := func(prefix string) bool {
		for key := range known {
			if strings.HasPrefix(key, prefix) {
				return true
			}
		}
		return false
	}
	for name, text := range templateFiles(t) {
		for _, m := range directKey.FindAllStringSubmatch(text, -1) {
			if _, ok := known[m[1]]; !ok {
				t.Errorf("%s uses %q, which no catalogue has", name, m[1])
			}
		}
		for _, m := range append(printKey.FindAllStringSubmatch(text, -1), labelKey.FindAllStringSubmatch(text, -1)...) {
			if prefix := strings.TrimSuffix(m[1], ".") + "."; !prefixes(prefix) {
				t.Errorf("%s uses keys under %q, and there are none", name, prefix)
			}
		}
	}
}

func TestNoUnusedKeys(t *testing.T) {
	used := map[string]bool{}
	prefixes := []string{"notice_terms."} // composeNotice
	for _, text := range templateFiles(t) {
		for _, m := range directKey.FindAllStringSubmatch(text, -1) {
			used[m[1]] = true
		}
		for _, m := range labelKey.FindAllStringSubmatch(text, -1) {
			prefixes = append(prefixes, strings.TrimSuffix(m[1], ".")+".")
		}
	}
	for _, pattern := range []string{"*.go", "../handlers/*.go", "../models/*.go", "../cmd/hosho/*.go"} {
		sources, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range sources {
			if strings.HasSuffix(source, "_test.go") {
				continue
			}
			body, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range goKey.FindAllStringSubmatch(string(body), -1) {
				used[m[1]] = true
			}
			for _, m := range goPrefix.FindAllStringSubmatch(string(body), -1) {
				prefixes = append(prefixes, m[1])
			}
			for _, m := range goLabel.FindAllStringSubmatch(string(body), -1) {
				prefixes = append(prefixes, m[1]+".")
			}
			for _, m := range goPart.FindAllStringSubmatch(string(body), -1) {
				page, _, _ := strings.Cut(m[1], ".")
				used[page+".lead"] = true
				for name := range strings.SplitSeq(m[2], ", ") {
					used[m[1]+"_"+strings.Trim(name, `"`)] = true
				}
			}
		}
	}
	for key := range allMessages(t)["ja"] {
		byCode := slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
		if !used[key] && !byCode {
			t.Errorf("nothing uses %q", key)
		}
	}
}

// Words that promise, press, doubt or apologise where a fact would do.
var banned = map[string]*regexp.Regexp{
	"ja": regexp.MustCompile(`必ず|100[%％]|確実に|残念ながら|こちら|今すぐ|させていただ|ことができます|[!！]|却下|クレーム|空発送|自己都合`),
	"en": regexp.MustCompile(`(?i)\b(please|sorry|invalid|oops|unfortunately|forgot|guaranteed to|click here)\b|100%|!`),
}

func TestTone(t *testing.T) {
	for locale, texts := range allMessages(t) {
		for key, text := range texts {
			if m := banned[locale].FindString(text); m != "" {
				t.Errorf("%s in %s says %q", key, locale, m)
			}
		}
	}
	for name, text := range templateFiles(t) {
		text = regexp.MustCompile(`<!doctype|aria-invalid|"aria-[a-z]+"`).ReplaceAllString(text, "")
		for locale, words := range banned {
			if m := words.FindString(text); m != "" {
				t.Errorf("%s says %q (%s)", name, m, locale)
			}
		}
	}
}

// Japanese pages have no stray English and the other way round. Names,
// formats and examples are the same everywhere.
func TestOneLanguageEach(t *testing.T) {
	japanese := regexp.MustCompile(`[ぁ-んァ-ヶ一-龠]`)
	english := regexp.MustCompile(`[A-Za-z]{3,}`)
	names := regexp.MustCompile(`Hosho|ZIP|SHA-256|statement\.html|intact|TAMPERED|iPhone|Android|Windows|Shift|Delete|HEIC|Mac|Command|WCAG|JIS|JPEG|PNG|WebP|PDF|JSON|LINE|API|https://|JPY|Idempotency-Key|name@example\.jp|C-[0-9A-Z-]+|\{\{[^}]*\}\}`)
	all := allMessages(t)
	for key, text := range all["en"] {
		if m := japanese.FindString(text); m != "" {
			t.Errorf("%s in en contains %q", key, m)
		}
	}
	for key, text := range all["ja"] {
		if m := english.FindString(names.ReplaceAllString(text, "")); m != "" {
			t.Errorf("%s in ja contains %q", key, m)
		}
	}
	for name, text := range templateFiles(t) {
		if m := japanese.FindString(text); m != "" {
			t.Errorf("%s contains the word %q instead of a key", name, m)
		}
	}
}

// fixedPeriods are the words with a period that no policy holds: it is the API's or the program's own.
var fixedPeriods = []string{"health.trend", "health.counted_30", "rehearsal.lead", "webhooks.deliveries", "webhooks.state.given_up"}

// aDay is a period that only says what a number is counted by.
var aDay = []string{"24時間", "24 hours", "1日の", "1日で"}

// Numbers that policy may change come as arguments, and so does every period.
func TestNoPolicyNumbers(t *testing.T) {
	number := regexp.MustCompile(`(?:^|[^0-9#.])(48|72|90|30[,]?000|300[,]?000|100[,]?000)(?:[^0-9]|$)`)
	period := regexp.MustCompile(`[0-9]+(?:日以内|日間|日分|日前|日後|日を|日で|日の|日が|日\)|時間|か月|週間|ポイント|点で| ?(?:days?|hours?|weeks?|months?|points?)\b)`)
	for locale, texts := range allMessages(t) {
		for key, text := range texts {
			if m := number.FindStringSubmatch(text); m != nil {
				t.Errorf("%s in %s has the number %s", key, locale, m[1])
			}
			if m := period.FindString(text); m != "" && !slices.Contains(aDay, m) && !slices.Contains(fixedPeriods, key) && !strings.HasPrefix(key, "design.") {
				t.Errorf("%s in %s has the period %q", key, locale, m)
			}
		}
	}
	for name, text := range templateFiles(t) {
		if m := number.FindStringSubmatch(text); m != nil {
			t.Errorf("%s has the number %s", name, m[1])
		}
		if m := period.FindString(text); m != "" {
			t.Errorf("%s has the period %q", name, m)
		}
	}
}

// Every rule says its condition, that it holds, and why it does not.
func TestRulesAreComplete(t *testing.T) {
	c := parsed(t).Catalog()
	for _, code := range []string{
		"not_your_order", "not_marketplace_sold", "digital_not_covered", "reason_not_covered", "already_claimed", "already_refunded",
		"chargeback_open", "deadline_passed", "amount_too_large", "contact_required", "wait_not_elapsed", "not_overdue_yet", "evidence_required",
	} {
		for _, part := range []string{"title", "passed", "detail"} {
			if key := "rule." + code + "." + part; !c.Has("ja", key) || !c.Has("en", key) {
				t.Errorf("no %s", key)
			}
		}
	}
	for key := range allMessages(t)["ja"] {
		if code, ok := strings.CutPrefix(key, "error."); ok && !c.Has("ja", "title."+code) {
			t.Errorf("%s has no title", key)
		}
	}
}

// isoDay and instant stand for the rules' own types, which this package does not know.
type isoDay string

func (d isoDay) String() string { return string(d) }

type instant int64

func (i instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

func TestTextPrintsArguments(t *testing.T) {
	c := parsed(t).Catalog()
	end := at(t, "2026-05-01T15:00:00Z")
	for _, tc := range []struct {
		locale, key string
		args        map[string]any
		want        string
	}{
		{"ja", "rule.wait_not_elapsed.detail", map[string]any{
			"wait_ends_at": at(t, "2026-11-23T05:05:00.5Z"), "contacted_at": at(t, "2026-11-21T05:05:00.5Z"), "wait": 48 * time.Hour,
		}, "申請できるのは11月23日(月)14:06(日本時間)からです。出品者に連絡した11月21日(土)14:05から48時間は、回答をお待ちください。土日・祝日も含みます。先に申請しておくこともできます。"},
		{"ja", "rule.deadline_passed.detail", map[string]any{
			"latest_day": time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), "window": 90 * 24 * time.Hour, "deadline_at": &end,
		}, "申請できるのは、お届け予定最終日(1月31日(土))から90日後の5月1日(金)23:59(日本時間)まででした。出品者に直接相談するか、お支払い方法の提供元に相談できます。"},
		{"ja", "notice.claim_resumed.body", map[string]any{"title": "机", "last_at": end}, "「机」の申請の期限を再開しました。新しい期限は5月1日(金)23:59(日本時間)です。"},
		{"en", "rule.amount_too_large.detail", map[string]any{"limit": Money{300000, "JPY"}}, "You can claim up to ¥300,000."},
		{"en", "field.too_long", map[string]any{"label": "Your account", "max": 1000, "now": 1234}, "Your account must be 1,000 characters or fewer (now 1,234)"},
		{"en", "form.errors", map[string]any{"n": 1}, "There is a problem (1)"},
		{"en", "form.errors", map[string]any{"n": int64(2)}, "There are problems (2)"},
		{"ja", "clock.as_of", map[string]any{"at": "2026-11-23T05:05:00Z"}, "11月23日(月)14:05(日本時間)時点"}, // as JSON keeps it
		{"en", "field.too_many", map[string]any{"label": "Evidence", "max": "2000"}, "Evidence can have up to 2,000"},
		{"ja", "error.wrong_type", map[string]any{"field": "2026-11-23T05:05:00Z"}, "「2026-11-23T05:05:00Z」の値の種類が違います。"}, // typed, not ours
		{"ja", "rule.not_overdue_yet.detail", map[string]any{"latest_day": isoDay("2026-01-31"), "turns_at": instant(end.UnixMicro())}, "お届け予定最終日(1月31日(土))からまだ日がたっていません。「商品が届かない」の申請は5月2日(土)00:00(日本時間)からできます。"},
		{"fr", "nav.home", nil, "トップページ"},
		{"ja", "no.such_key", nil, "no.such_key"},
		{"ja", "field.required", nil, "field.required"}, // an argument was left out
	} {
		if got := c.Text(tc.locale, tc.key, tc.args); got != tc.want {
			t.Errorf("%s in %s:\n got %s\nwant %s", tc.key, tc.locale, got, tc.want)
		}
	}
}

func TestNegotiate(t *testing.T) {
	for header, want := range map[string]string{
		"": "ja", "ja": "ja", "en": "en", "en-GB,en;q=0.9": "en", "ja;q=0.5,en;q=0.9": "en", "fr": "ja", "fr,en;q=0.3": "en",
		"zh-Hans": "ja", "*": "ja", ";;q=": "ja", "en;q=0": "ja",
	} {
		if got := Negotiate(header); got != want {
			t.Errorf("Negotiate(%q) = %q, want %q", header, got, want)
		}
	}
}
