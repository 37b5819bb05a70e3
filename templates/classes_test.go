package templates

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	classAttr  = regexp.MustCompile(`class=\\?"([^"\\]*)`)
	action     = regexp.MustCompile(`\{\{[^{}]*\}\}`)
	scriptAdds = regexp.MustCompile(`(?:classList\.[a-z]+\(|className ?[=:] ?)'([a-z0-9 -]+)'`)
	dotClass   = regexp.MustCompile(`\.([a-z][a-z0-9-]*)`)
)

func read(t *testing.T, file string) string {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// classesUsed finds the classes in templates and in markup written by Go and by scripts, each
// with a place that uses it.
func classesUsed(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{}
	texts := templateFiles(t)
	for name := range texts {
		if strings.HasPrefix(name, "mail/") {
			delete(texts, name)
		}
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		if !strings.HasSuffix(name, "_test.go") {
			texts[name] = read(t, name)
		}
	}
	for name, text := range texts {
		for _, m := range classAttr.FindAllStringSubmatch(text, -1) {
			for class := range strings.FieldsSeq(action.ReplaceAllString(m[1], " ")) {
				used[class] = name
			}
		}
	}
	scripts, err := filepath.Glob("../static/js/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range scripts {
		for _, m := range scriptAdds.FindAllStringSubmatch(read(t, name), -1) {
			for class := range strings.FieldsSeq(m[1]) {
				used[class] = name
			}
		}
	}
	return used
}

// A class without a rule is a slip of the pen, and a rule without a class is dead weight on
// every page.
func TestClassesAreThoseOfTheSheet(t *testing.T) {
	sheet := read(t, "../static/css/app.css")
	sheet = regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(sheet, "")
	selectors := regexp.MustCompile(`[^{}]*\{`).FindAllString(sheet, -1)
	ruled := map[string]bool{}
	for _, s := range selectors {
		for _, m := range dotClass.FindAllStringSubmatch(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(s, ""), -1) {
			ruled[m[1]] = true
		}
	}
	if len(ruled) < 60 {
		t.Fatalf("only %d classes found", len(ruled))
	}
	used := classesUsed(t)
	for class, where := range used {
		if !ruled[class] {
			t.Errorf("%s has the class %q, and app.css no rule for it", where, class)
		}
	}
	for class := range ruled {
		if used[class] == "" {
			t.Errorf("nothing has the class %q of app.css", class)
		}
	}
}
