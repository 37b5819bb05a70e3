package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"reflect"
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
			if s.quick[locale][name] == nil {
				_, err := (&quick{set: s.pages[locale], funcs: s.catalog.funcs(locale), stages: stageNames(), done: map[string]*program{}}).program(name)
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
	partials := map[string]any{
		"top": Page{}, "tag": Tag{}, "clock": Clock{}, "figure": Figure{}, "steps": []Step{}, "timeline": Timeline{}, "evidence-list": []EvidenceItem{},
		"summary-list": []SummaryRow{}, "action-list": []ActionItem{}, "money-lines": MoneyLines{}, "messages": []Message{}, "notice": Banner{}, "empty": Empty{},
		"table": Table{}, "pages": Pages{}, "tabs": []Link{}, "text-field": Field{}, "textarea-field": Field{}, "radio-field": Field{}, "checkbox-field": Field{},
		"select-field": Field{}, "file-field": Field{}, "hidden-field": Hidden{}, "submit": Submit{}, "errors": []FieldError{}, "due": Clock{},
	}
	for name, kind := range partials {
		if !s.Has(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			whole := 0
			programs := map[string]*program{}
			for _, locale := range Locales() {
				programs[locale] = compile(s.pages[locale], s.catalog.funcs(locale), s.catalog.rowsInto(locale), []string{name})[name]
				if programs[locale] == nil {
					t.Skip("shown by html/template")
				}
			}
			rapid.Check(t, func(rt *rapid.T) {
				data := reflect.New(reflect.TypeOf(kind)).Elem()
				fill(rt, data, now, 0)
				locale := rapid.SampledFrom(Locales()).Draw(rt, "locale")
				var slow strings.Builder
				slowErr := s.pages[locale].ExecuteTemplate(&slow, name, data.Interface())
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
