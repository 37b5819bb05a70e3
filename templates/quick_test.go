package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestEveryPageHasSteps holds that no page has fallen back to html/template unseen.
func TestEveryPageHasSteps(t *testing.T) {
	s, err := Parse(Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := pageNames()
	if err != nil {
		t.Fatal(err)
	}
	for _, locale := range Locales() {
		for _, name := range pages {
			if s.locales[locale].quick[name] == nil {
				_, err := (&quick{set: s.locales[locale].pages, funcs: s.catalog.funcs(locale), stages: stageNames(), done: map[string]*program{}}).program(name)
				t.Errorf("%s in %s: %v", name, locale, err)
			}
		}
	}
}

// TestStepsWriteWhatTheTemplateWrites fills what the partials take with hostile words, odd
// addresses and gaps.
func TestStepsWriteWhatTheTemplateWrites(t *testing.T) {
	now := time.Date(2026, 1, 20, 1, 0, 0, 0, time.UTC)
	s, err := Parse(Options{Zone: time.FixedZone("JST", 9*60*60), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	type compared []struct {
		Text     string
		Conflict bool
	}
	type words []string
	partials := map[string]any{
		"top": Page{}, "bottom": Page{}, "sandbox": Sandbox{}, "banner": Banner{}, "notice": Banner{}, "tone-icon": "", "banner-rest": Banner{}, "icon": "",
		"tag": Tag{}, "clock": Clock{}, "clock-over": Clock{}, "clock-left": Clock{}, "figure": Figure{}, "steps": []Step{}, "timeline": Timeline{}, "timeline-item": TimelineItem{},
		"evidence-list": []EvidenceItem{}, "evidence-state": EvidenceItem{}, "bytes": int64(0), "summary-list": []SummaryRow{}, "action-list": []ActionItem{},
		"money-lines": MoneyLines{}, "messages": []Message{}, "message": Message{},
		"table": Table{}, "due": Clock{}, "pages": Pages{}, "empty": Empty{}, "tabs": []Link{},
		"errors": []FieldError{}, "need": Field{}, "hint-error": Field{}, "field-label": Field{}, "text-field": Field{}, "textarea-field": Field{}, "legend": Field{},
		"choices": choiceList{}, "radio-field": Field{}, "checkbox-field": Field{}, "select-field": Field{}, "file-field": Field{}, "upload-parts": Field{}, "cover-parts": Field{},
		"hidden-field": Hidden{}, "submit": Submit{},
		"evidence-viewer": EvidenceView{}, "task-list": []Task{}, "confirmation": Confirmation{}, "filter-words": FilterWords{}, "presence": Presence{},
		"key-hints": []KeyHint{}, "interruption": Interruption{},
		"clock-lines": []Clock{}, "draft-changed": words{}, "draft-blocked": "", "remind": struct {
			Action   string
			On, Next Hidden
			Set      bool
		}{}, "outside-list": []struct {
			Text, Reason string
			Tag          Tag
		}{},
		"replacement": struct {
			Rows []SummaryRow
			Link *Link
		}{},
		"letter": Letter{}, "pinned": Pinned{}, "changed": []TimelineItem{}, "compared": compared{}, "compared-list": compared{},
		"message-form": struct {
			Action string
			Hidden []Hidden
			Body   Field
			Files  *Field
			Attach bool
			Kept   Field
			Submit Submit
		}{}, "return-photos": struct {
			Dispute          *Message
			Packing, Opening []EvidenceItem
		}{}, "case-version": struct {
			Title, Name, Silent string
			Says                []Message
			Files               []EvidenceItem
		}{}, "both-letters": []struct {
			Name   string
			Letter Letter
		}{}, "key-link": struct{ Href, Key, Label string }{}, "hold-forms": struct{ Take, Release string }{}, "next-form": "",
		"queue-panel": struct {
			Href, Number, Title, Amount, Reason, Why, Buyer, Seller, Lang, Close, Take, Release string
			Party                                                                               bool
			Tag                                                                                 Tag
			Clock                                                                               *Clock
			Links                                                                               []struct{ Href, Key, Label string }
			Compared                                                                            compared
			Facts                                                                               []SummaryRow
		}{},
		"stretches": []Stretch{}, "pairs": []struct{ Title, Text string }{}, "ways": []struct {
			Text string
			Link *Link
		}{}, "prepare-list": words{},
		"request": struct {
			Title, Text string
			Tag         Tag
			Clocks      []Clock
			Facts       []SummaryRow
			Next        *Link
			Links       []Link
		}{},
		"cause": struct {
			ID, Answer, Until, Use string
			Again                  bool
			Action                 string
			Answers                []Choice
		}{},
		"enforcement-parts": []struct {
			Title, Lead, Text string
			Facts             []SummaryRow
			Table             Table
			Timeline          *Timeline
			Points            []Cell
			Links             []Link
		}{},
		"measure-letters": []struct {
			Name, Speech, Subject, Body, Does, Heading string
			Facts, Reasons                             []SummaryRow
		}{},
		"enforcement-head": struct {
			Tag    Tag
			Stands string
			Clock  *Clock
			Do     []Link
		}{},
		"enforcement-fields": struct {
			Lost                 bool
			Back                 Link
			Hidden               []Hidden
			Radios, Texts, Areas []Field
			Kept, Files          *Field
			Submit               Submit
		}{},
		"tour-bar": Tour{}, "tour-offer": TourOffer{}, "tour-stories": TourOffer{}, "tour-list": TourOffer{},
	}
	for name := range partialNames(t) {
		switch name {
		case "site-name", "described": // which take nothing, and stand in a tag
			continue
		case "case-file": // a document of its own with its own style, left to html/template
			continue
		}
		if partials[name] == nil {
			t.Errorf("%s is not compared", name)
		}
	}
	for name, kind := range partials {
		t.Run(name, func(t *testing.T) {
			whole := 0
			programs := map[string]*program{}
			for _, locale := range Locales() {
				programs[locale] = compile(s.locales[locale].pages, s.catalog.funcs(locale), s.catalog.rowsInto(locale), []string{name})[name]
				if programs[locale] == nil {
					t.Fatal("left to html/template, or not there")
				}
			}
			rapid.Check(t, func(rt *rapid.T) {
				data := reflect.New(reflect.TypeOf(kind)).Elem()
				fill(rt, data, now, 0)
				locale := rapid.SampledFrom(Locales()).Draw(rt, "locale")
				var slow strings.Builder
				slowErr := s.locales[locale].pages.ExecuteTemplate(&slow, name, data.Interface())
				var fast bytes.Buffer
				if !programs[locale].run(&fast, data.Interface()) {
					if slowErr == nil {
						rt.Fatalf("%s of %+v is left to html/template", name, data.Interface())
					}
					return
				}
				whole++
				if slowErr != nil || slow.String() != fast.String() {
					rt.Fatalf("%s of %+v:\n%s\nnot\n%s\n%v", name, data.Interface(), fast.String(), slow.String(), slowErr)
				}
			})
			if whole == 0 {
				t.Error("nothing was shown by steps")
			}
		})
	}
}

// partialNames are the {{define}}s that pages share.
func partialNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for file, text := range templateFiles(t) {
		if strings.HasPrefix(file, "partials/") || file == "layout.html" {
			for _, m := range regexp.MustCompile(`{{define "([^"]+)"`).FindAllStringSubmatch(text, -1) {
				names[m[1]] = true
			}
		}
	}
	return names
}

// fill writes anything that might stand there into a value.
func fill(rt *rapid.T, v reflect.Value, now time.Time, depth int) {
	words := []string{"", "a", "<script>alert(1)</script>", `" onclick="x`, "'&+\x00", "折りたたみ", "a b", "javascript:alert(1)", "/ja/x?q=1&b=%E3%zz", "mailto:a@b.c", "warn", "danger", "ok", "calm", "over", "opens", "due", "JPY", "staff", "granted", "current", "done", "ja", "en"}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.SampledFrom(words), rapid.String()).Draw(rt, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(rt, "yes"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(-2, 1_000_000_000).Draw(rt, "number"))
	case reflect.Pointer:
		if depth < 6 && rapid.Bool().Draw(rt, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(rt, v.Elem(), now, depth+1)
		}
	case reflect.Slice:
		n := 0
		if depth < 6 {
			n = rapid.IntRange(0, 3).Draw(rt, "rows")
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(rt, v.Index(i), now, depth+1)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(now.Add(time.Duration(rapid.Int64Range(-int64(90*24*time.Hour), int64(500*24*time.Hour)).Draw(rt, "at")))))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(rt, v.Field(i), now, depth+1)
			}
		}
	case reflect.Interface:
		v.Set(reflect.ValueOf(rapid.SampledFrom(words).Draw(rt, "anything")))
	default:
		panic(fmt.Sprint("nothing to fill a ", v.Type(), " with"))
	}
}

// Rows are markup between tags alone; in an attribute html/template writes them as text, and steps leave that to it.
func TestRowsAreMarkupBetweenTagsAlone(t *testing.T) {
	catalog, err := NewCatalog(Options{Asset: func(name string) (string, bool) { return name, true }})
	if err != nil {
		t.Fatal(err)
	}
	funcs := catalog.funcs("ja")
	for source, quick := range map[string]bool{
		`<table>{{rows .}}</table>`: true, `<p title="{{rows .}}">x</p>`: false, `<textarea>{{rows .}}</textarea>`: false, `<a href="/x?y={{rows .}}">z</a>`: false,
	} {
		set := template.Must(template.New("x").Funcs(funcs).Parse(source))
		data := Table{Columns: []Column{{Label: `"a"`}}, Rows: []Row{{[]Cell{{Text: "<b>"}}}}}
		var slow, fast bytes.Buffer
		if err := set.Execute(&slow, data); err != nil {
			t.Fatal(err)
		}
		p := compile(set, funcs, catalog.rowsInto("ja"), []string{"x"})["x"]
		switch {
		case (p != nil) != quick:
			t.Errorf("%s is shown by steps: %v", source, p != nil)
		case p != nil && (!p.run(&fast, data) || fast.String() != slow.String()):
			t.Errorf("%s: %s, not %s", source, fast.String(), slow.String())
		}
	}
}

func TestStepsEscape(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"java\tscript:alert(1)", "JAVASCRIPT:x", "x:y", "/a:b", "https://a/?b=c&d=%41%4", "'\"<>&+\x00", "％", "\xff"}))
	set := template.Must(template.New("x").Parse(`<a href="{{.}}" title="{{.}}">{{.}}</a><a href="/x?y={{.}}">z</a><a href="/{{.}}">z</a>`))
	if err := set.Execute(&bytes.Buffer{}, ""); err != nil {
		t.Fatal(err)
	}
	p := compile(set, nil, nil, []string{"x"})["x"]
	if p == nil {
		t.Fatal("no steps")
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := text.Draw(rt, "text")
		var slow, fast bytes.Buffer
		if err := set.Execute(&slow, s); err != nil {
			rt.Fatal(err)
		}
		if !p.run(&fast, s) || fast.String() != slow.String() {
			rt.Fatalf("%q: %s not %s", s, fast.String(), slow.String())
		}
	})
}
