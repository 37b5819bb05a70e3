package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// Appendix B of RFC 8785: doubles by their bits.
func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		bits uint64
		want string
	}{
		{0x0000000000000000, "0"},
		{0x8000000000000000, "0"},
		{0x0000000000000001, "5e-324"},
		{0x8000000000000001, "-5e-324"},
		{0x7fefffffffffffff, "1.7976931348623157e+308"},
		{0xffefffffffffffff, "-1.7976931348623157e+308"},
		{0x4340000000000000, "9007199254740992"},
		{0xc340000000000000, "-9007199254740992"},
		{0x4430000000000000, "295147905179352830000"},
		{0x44b52d02c7e14af5, "9.999999999999997e+22"},
		{0x44b52d02c7e14af6, "1e+23"},
		{0x44b52d02c7e14af7, "1.0000000000000001e+23"},
		{0x444b1ae4d6e2ef4e, "999999999999999700000"},
		{0x444b1ae4d6e2ef4f, "999999999999999900000"},
		{0x444b1ae4d6e2ef50, "1e+21"},
		{0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
		{0x3eb0c6f7a0b5ed8d, "0.000001"},
		{0x41b3de4355555553, "333333333.3333332"},
		{0x41b3de4355555554, "333333333.33333325"},
		{0x41b3de4355555555, "333333333.3333333"},
		{0x41b3de4355555556, "333333333.3333334"},
		{0x41b3de4355555557, "333333333.33333343"},
		{0xbecbf647612f3696, "-0.0000033333333333333333"},
		{0x43143ff3c1cb0959, "1424953923781206.2"},
	} {
		f := math.Float64frombits(c.bits)
		if got := string(appendFloat(nil, f)); got != c.want {
			t.Errorf("%016x is %s, want %s", c.bits, got, c.want)
		}
		got, err := CanonicalJSON(strconv.AppendFloat(nil, f, 'e', 17, 64))
		if err != nil || string(got) != c.want {
			t.Errorf("%016x read is %s, %v, want %s", c.bits, got, err, c.want)
		}
		if got, err = Canonical(f); err != nil || string(got) != c.want {
			t.Errorf("%016x as a value is %s, %v, want %s", c.bits, got, err, c.want)
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got, err := Canonical(f); !errors.Is(err, ErrCanonical) {
			t.Errorf("%v is %s, %v", f, got, err)
		}
	}
}

func TestCanonicalJSON(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{
			"section 3.2.2", `{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}`,
			`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		},
		{
			"section 3.2.3, order of keys", `{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",` +
				`"1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`,
			"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\"," +
				"\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
		},
		{"nested", ` { "b" : [ { "z":1 , "a" : { } } , [ ] ] , "a" : -0 } `, `{"a":0,"b":[{"a":{},"z":1},[]]}`},
		{"prefix first", `{"aa":1,"a":2,"":3}`, `{"":3,"a":2,"aa":1}`},
		{"escapes", `"\b\f\n\r\t\u0001\u001F\u007f\u2028<>&"`, "\"\\b\\f\\n\\r\\t\\u0001\\u001f\u007f\u2028<>&\""},
		{"integers", `[0,-1,1e2,100000000000000000000,9007199254740993,1.0,-0.0]`, `[0,-1,100,100000000000000000000,9007199254740992,1,0]`},
		{"too small", `1e-400`, `0`},
		{"Japanese", `{"理由":"届かない"}`, `{"理由":"届かない"}`},
		{"replacement character", `"\ufffd` + "\ufffd" + `"`, "\"\ufffd\ufffd\""},
	} {
		got, err := CanonicalJSON([]byte(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v\nwant %s", c.name, got, err, c.want)
		}
	}
}

func TestCanonicalJSONRefuses(t *testing.T) {
	for _, s := range []string{
		``, ` `, `{`, `}`, `[`, `[1`, `[1,`, `[1,]`, `[,1]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{"a":1 "b":2}`, `{1:2}`,
		`nul`, `True`, `NaN`, `Infinity`, `-`, `+1`, `01`, `-01`, `1.`, `.5`, `1e`, `1e+`, `0x1`, `1 2`, `null,`, `"`, `"a`, `"\`,
		`"\x"`, `"\u12"`, `"\u12G4"`, `'a'`, "\"\n\"", "\"\x00\"", `1e400`, `-1e309`,
		`"\ud800"`, `"\udc00"`, `"\ud800\u0041"`, `"\ud800x"`, `"\udc00\ud800"`, "\"\xff\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "\xef\xbb\xbf1",
		`{"a":1,"a":2}`, `{"a":1,"b":2,"a":1}`, `{"a":1,"\u0061":1}`, `[{"x":{"k":1,"k":1}}]`, `/**/1`,
		strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 100_000), strings.Repeat("[", 600) + strings.Repeat("]", 600),
	} {
		if got, err := CanonicalJSON([]byte(s)); !errors.Is(err, ErrCanonical) || got != nil {
			t.Errorf("%.40q gives %.40q, %v", s, got, err)
		}
	}
}

func TestCanonicalValues(t *testing.T) {
	type part struct {
		Zone   string         `json:"zone"`
		Amount int64          `json:"amount"`
		Any    map[string]any `json:"any,omitempty"`
	}
	got, err := Canonical(part{Zone: "<東京>", Amount: 1_000_000_000_000_000, Any: map[string]any{"b": 1.5, "a": []int{1}}})
	if want := `{"amount":1000000000000000,"any":{"a":[1],"b":1.5},"zone":"<東京>"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	type loop struct{ Next *loop }
	endless := &loop{}
	endless.Next = endless
	bad := "\xff"
	for name, v := range map[string]any{
		"text": bad, "field": part{Zone: bad}, "map value": map[string]any{"a": bad}, "key": map[string]int{bad: 1}, "slice": []string{"", bad},
		"pointer": &bad, "raw": json.RawMessage(`{"a":1,"a":1}`), "raw within": []json.RawMessage{json.RawMessage("\"\xff\"")},
		"function": func() {}, "loop": endless,
	} {
		if got, err := Canonical(v); !errors.Is(err, ErrCanonical) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func TestKeyOrder(t *testing.T) {
	char := rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune{'a', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff}))
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.StringOfN(char, 0, 4, -1).Draw(t, "a"), rapid.StringOfN(char, 0, 4, -1).Draw(t, "b")
		x, y, want := utf16.Encode([]rune(a)), utf16.Encode([]rune(b)), 0
		for i := 0; i < len(x) && i < len(y) && want == 0; i++ {
			want = int(x[i]) - int(y[i])
		}
		if want == 0 {
			want = len(x) - len(y)
		}
		got := compareKeys([]byte(a), []byte(b))
		if (got < 0) != (want < 0) || (got > 0) != (want > 0) {
			t.Fatalf("%q and %q: %d, as UTF-16 %d", a, b, got, want)
		}
	})
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{`{"b":[1.5e3,"\u00e9\ud83d\ude00"],"a":null}`, `[-0,1e21,{"":{}}]`, `"\ud800"`, `{"a":1,"a":2}`, "\"\xff\"", `1e-7`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		once, err := CanonicalJSON(raw)
		if err != nil {
			return
		}
		if !json.Valid(raw) || !json.Valid(once) {
			t.Fatalf("%q is not JSON, or its form %q", raw, once)
		}
		twice, err := CanonicalJSON(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q became %q, then %q, %v", raw, once, twice, err)
		}
		// Another reader finds the same value in both, and its own writing of
		// it has the same form.
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			t.Fatal(err)
		}
		again, err := Canonical(value)
		if err != nil || !bytes.Equal(once, again) {
			t.Fatalf("%q became %q, as a value %q, %v", raw, once, again, err)
		}
	})
}
