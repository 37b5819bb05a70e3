package handlers

import (
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"hosho/models"
)

type sample struct {
	inner
	Name   string   `json:"name"`
	Amount *int64   `json:"amount"`
	Flag   bool     `json:"flag"`
	Lines  []int    `json:"lines"`
	Texts  []string `json:"texts"`
	Deep   *struct {
		Small int8 `json:"small"`
	} `json:"deep"`
	List []struct {
		X string `json:"x"`
	} `json:"list"`
	Hidden string `json:"-"`
	Bare   string
}

type inner struct {
	Version *int64 `json:"version"`
}

func TestDecode(t *testing.T) {
	amount := int64(5)
	for _, c := range []struct {
		body  string
		code  string
		field string
		want  sample
	}{
		{body: `{}`},
		{body: ` {"name":"a","amount":5,"flag":true,"lines":[1,2],"texts":["x"]} `, want: sample{Name: "a", Amount: &amount, Flag: true, Lines: []int{1, 2}, Texts: []string{"x"}}},
		{body: `{"version":5}`, want: sample{inner: inner{&amount}}},
		{body: `{"name":null,"amount":null,"lines":null,"deep":null}`},
		{body: `{"name":"\ud83d\ude00"}`, want: sample{Name: "😀"}},
		{body: `{"name":"\\ud800"}`, want: sample{Name: `\ud800`}},

		{body: `{"name":"a","name":"b"}`, code: codeMalformed},
		{body: `{"na\u006de":"a","name":"b"}`, code: codeMalformed},
		{body: `{"deep":{"small":1,"small":1}}`, code: codeMalformed},
		{body: `{}{}`, code: codeMalformed},
		{body: `{} x`, code: codeMalformed},
		{body: `{"name":"a"`, code: codeMalformed},
		{body: `{"name":"a",}`, code: codeMalformed},
		{body: `{'name':1}`, code: codeMalformed},
		{body: `[]`, code: codeMalformed},
		{body: `"x"`, code: codeMalformed},
		{body: `null`, code: codeMalformed},
		{body: "\xef\xbb\xbf{}", code: codeMalformed},
		{body: "{\"name\":\"\xff\"}", code: codeMalformed},
		{body: "{\"name\":\"\xed\xa0\x80\"}", code: codeMalformed},
		{body: `{"name":"\ud800"}`, code: codeMalformed},
		{body: `{"name":"\udc00\ud800"}`, code: codeMalformed},
		{body: `{"name":"\ud800\u0041"}`, code: codeMalformed},
		{body: `{"name":"\ud83dx"}`, code: codeMalformed},
		{body: `{"name":"\ud83d\ue000"}`, code: codeMalformed},
		{body: `{"name":"\ud83d\ud83d\ude00"}`, code: codeMalformed},
		{body: `{"\udfff":1}`, code: codeMalformed},
		{body: `{"amount":NaN}`, code: codeMalformed},
		{body: `{"amount":01}`, code: codeMalformed},
		{body: `{"x":` + strings.Repeat("[", 200_000), code: codeMalformed},
		{body: `{"texts":` + strings.Repeat("[", 33) + strings.Repeat("]", 33) + `}`, code: codeMalformed},

		{body: `{"nome":"a"}`, code: codeUnknownField, field: "nome"},
		{body: `{"Name":"a"}`, code: codeUnknownField, field: "Name"},
		{body: `{"hidden":"a"}`, code: codeUnknownField, field: "hidden"},
		{body: `{"-":"a"}`, code: codeUnknownField, field: "-"},
		{body: `{"Bare":"a"}`, code: codeUnknownField, field: "Bare"},
		{body: `{"inner":{}}`, code: codeUnknownField, field: "inner"},
		{body: `{"deep":{"large":1}}`, code: codeUnknownField, field: "deep.large"},
		{body: `{"list":[{"x":"1"},{"y":1}]}`, code: codeUnknownField, field: "list[1].y"},

		{body: `{"name":1}`, code: codeWrongType, field: "name"},
		{body: `{"amount":"5"}`, code: codeWrongType, field: "amount"},
		{body: `{"amount":1.5}`, code: codeWrongType, field: "amount"},
		{body: `{"amount":1e2}`, code: codeWrongType, field: "amount"},
		{body: `{"amount":9223372036854775808}`, code: codeWrongType, field: "amount"},
		{body: `{"deep":{"small":300}}`, code: codeWrongType, field: "deep.small"},
		{body: `{"deep":[]}`, code: codeWrongType, field: "deep"},
		{body: `{"flag":"true"}`, code: codeWrongType, field: "flag"},
		{body: `{"lines":1}`, code: codeWrongType, field: "lines"},
		{body: `{"lines":[1,"2"]}`, code: codeWrongType, field: "lines[1]"},
		{body: `{"texts":["a",null]}`, code: codeWrongType, field: "texts[1]"},
	} {
		var got sample
		err := decode([]byte(c.body), &got)
		name := c.body
		if len(name) > 60 {
			name = name[:60]
		}
		if models.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
			continue
		}
		if err != nil {
			_, e := statusOf(err)
			if c.field != "" && (len(e.Fields) != 1 || e.Fields[0].Field != c.field) {
				t.Errorf("%s: names %v, want %q", name, e.Fields, c.field)
			}
			continue
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestReadBody(t *testing.T) {
	for _, c := range []struct{ body, contentType, coding, code string }{
		{"", "", "", ""},
		{" \n", "text/plain", "", ""},
		{"{}", "application/json", "", ""},
		{"{}", `application/json; charset="UTF-8"`, "", ""},
		{"{}", "application/json; charset=latin1", "", codeMalformed},
		{"{}", "text/json", "", codeMalformed},
		{"{}", "application/x-www-form-urlencoded", "", codeMalformed},
		{"{}", "", "", codeMalformed},
		{"{}", "application/json", "gzip", codeMalformed},
		{strings.Repeat(" ", 100) + "{}", "application/json", "", ""},
		{"{}" + strings.Repeat(" ", 200), "application/json", "", "too_large"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(c.body))
		if c.contentType != "" {
			r.Header.Set("Content-Type", c.contentType)
		}
		if c.coding != "" {
			r.Header.Set("Content-Encoding", c.coding)
		}
		if _, err := readBody(r, 150); models.CodeOf(err) != c.code {
			t.Errorf("%q as %q: %v, want %q", c.body, c.contentType, err, c.code)
		}
	}
}

// Whatever comes, decoding does not panic, its errors are ours, and what it takes reads the
// same when it is written and read again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"name":"\ud83d\ude00","amount":-5,"deep":{"small":1},"list":[{"x":""}]}`, `{"lines":[1,2,3],"version":9}`, `[`, `{"a":"\u`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in sample
		err := decode(body, &in)
		if err != nil {
			if models.KindOf(err) != models.Malformed {
				t.Fatalf("%v", err)
			}
			return
		}
		if in.Hidden != "" || in.Bare != "" {
			t.Fatalf("a field that is not of the API was set: %q", body)
		}
		var again sample
		if err := decode(body, &again); err != nil || !reflect.DeepEqual(in, again) {
			t.Fatalf("read twice: %v", err)
		}
	})
}
