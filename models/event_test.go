package models

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Texts are read as a reader of any JSON reads them, and nothing else is taken for them.
func TestPlainTexts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		salted := rapid.MapOfN(rapid.String(), rapid.Custom(func(t *rapid.T) saltedText {
			return saltedText{rapid.StringMatching("[0-9a-f]{32}").Draw(t, "salt"), rapid.String().Draw(t, "text")}
		}), 1, 3).Draw(rt, "texts")
		raw, err := toJSON(salted)
		if err != nil {
			rt.Fatal(err)
		}
		var want map[string]saltedText
		if err := json.Unmarshal([]byte(*raw), &want); err != nil {
			rt.Fatal(err)
		}
		if _, _, ok := plainTexts(*raw); ok == strings.Contains(*raw, `\`) {
			rt.Fatalf("%s is read by hand: %t", *raw, ok)
		}
		texts, salts, err := textsOf(raw)
		if err != nil {
			rt.Fatal(err)
		}
		got := map[string]saltedText{}
		for name := range texts {
			got[name] = saltedText{salts[name], texts[name]}
		}
		if !reflect.DeepEqual(got, want) || len(salts) != len(texts) {
			rt.Fatalf("%s is %v, not %v", *raw, got, want)
		}
		// Broken anywhere, it is left to the other reader.
		at := rapid.IntRange(0, len(*raw)-1).Draw(rt, "at")
		broken := (*raw)[:at]
		if _, _, ok := plainTexts(broken); ok {
			rt.Fatalf("%s is taken for texts", broken)
		}
	})
	for _, raw := range []string{"", "{}", "null", "[]", `{"a":{"text":"b","salt":"c"}}`, `{"a": {"salt":"b","text":"c"}}`, `{"a":{"salt":"b","text":"c"}}}`, `{"a":{"salt":"b","text":"c"},}`} {
		if texts, _, ok := plainTexts(raw); ok {
			t.Errorf("%s is taken for %v", raw, texts)
		}
	}
}
