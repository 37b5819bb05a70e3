package templates

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// npmProgram gives the path of a program of npm, and skips the test where it is not installed.
func npmProgram(t *testing.T, name, file string) string {
	t.Helper()
	program, err := filepath.Abs(filepath.Join("..", "node_modules", name, "bin", file))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		if slices.Contains(strings.Split(os.Getenv("HOSHO_TEST_REQUIRE"), ","), "browser") {
			t.Fatalf("%s is not installed here (npm ci), and HOSHO_TEST_REQUIRE asks for the browser", name)
		}
		t.Skipf("skipped: %s is not installed here (npm ci)", name)
	}
	return program
}

// textlint reads the Japanese catalogue with the rules of .textlintrc.js. Every line of a text stands as a paragraph of
// its own, since texts of several lines are letters to fill in and lists.
func TestJapaneseReadsWell(t *testing.T) {
	program := npmProgram(t, "textlint", "textlint.js")
	texts := allMessages(t)["ja"]
	var page strings.Builder
	keys := map[int]string{} // by the line of the page
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		for line := range strings.SplitSeq(texts[key], "\n") {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			keys[2*len(keys)+1] = key
			page.WriteString(placeholder.ReplaceAllString(line, "値") + "\n\n")
		}
	}
	file := filepath.Join(t.TempDir(), "ja.txt")
	if err := os.WriteFile(file, []byte(page.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "node", program, "--config", ".textlintrc.js", "--format", "json", file)
	command.Dir = ".."
	var answer, complaints bytes.Buffer
	command.Stdout, command.Stderr = &answer, &complaints
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var read []struct {
		Messages []struct {
			RuleID, Message string
			Line            int
		}
	}
	if err := json.Unmarshal(answer.Bytes(), &read); err != nil || len(read) != 1 {
		t.Fatalf("textlint answers nothing to be read: %v: %s%s", err, answer.String(), complaints.String())
	}
	for _, m := range read[0].Messages {
		message, _, _ := strings.Cut(m.Message, "\n") // the rest is advice
		t.Errorf("%s: %s: %s\n%s", keys[m.Line], m.RuleID, message, texts[keys[m.Line]])
	}
	t.Logf("%d lines read", len(keys))
}
