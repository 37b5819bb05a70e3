package templates

import "testing"

func TestLangOfGoesByTheScript(t *testing.T) {
	for _, x := range []struct{ text, page, want string }{
		{"折りたたみデスクライト", "en", "ja"},
		{"折りたたみデスクライト", "ja", ""},
		{"青葉雑貨店", "en", "ja"},
		{"Yamato ヤマト運輸", "en", "ja"},
		{"Folding desk lamp", "ja", "en"},
		{"Folding desk lamp", "en", ""},
		{"Don't leave it, please.", "ja", "en"},
		{"책상 조명", "ja", "ko"},
		{"A-1001", "ja", ""},
		{"LED 60 W", "ja", ""},
		{"olivia@example.com IMG_2031.png", "ja", ""},
		{"", "ja", ""},
	} {
		if got := LangOf(x.text, x.page); got != x.want {
			t.Errorf("LangOf(%q, %q) = %q, want %q", x.text, x.page, got, x.want)
		}
	}
}
