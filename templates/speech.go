package templates

import (
	"strings"
	"unicode"
)

// LangOf tells in which language a text of somebody's own is to be read aloud on a page in
// the language page: titles, names and words nobody has said a language of. It goes by the
// script, and "" is the page's own language or one that cannot be told.
func LangOf(text, page string) string {
	found := ""
	switch {
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) }):
		found = "ja"
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }):
		found = "ko"
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
		found = "ja" // the marketplace's; a page in Japanese reads it as its own
	case latinWords(text) > 1:
		found = "en"
	}
	if found == page {
		return ""
	}
	return found
}

// latinWords counts words of nothing but Latin letters: numbers, codes, addresses and names
// of files are none.
func latinWords(text string) int {
	n := 0
	for word := range strings.FieldsSeq(text) {
		word = strings.Trim(word, ".,:;!?()\"'")
		if len(word) > 1 && !strings.ContainsFunc(word, func(r rune) bool { return !unicode.Is(unicode.Latin, r) && r != '\'' && r != '’' && r != '-' }) {
			n++
		}
	}
	return n
}
