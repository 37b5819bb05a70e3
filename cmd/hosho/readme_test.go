package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

const (
	readme     = "../../README.md"
	flagsBegin = "<!-- flags: made by HOSHO_UPDATE=1 go test ./cmd/hosho -run TestReadmeFlags -->\n"
	flagsEnd   = "<!-- end of flags -->\n"
)

// TestReadmeFlags holds the README's table of flags against the program's own.
func TestReadmeFlags(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), flagsBegin)
	table, after, ended := strings.Cut(rest, flagsEnd)
	if !ok || !ended {
		t.Fatal("README.md has no table of flags")
	}
	want := flagTable(t)
	if table == want {
		return
	}
	if os.Getenv("HOSHO_UPDATE") == "" {
		t.Fatalf("README.md's table of flags is not the program's; it should be:\n%s", want)
	}
	if err := os.WriteFile(readme, []byte(before+flagsBegin+want+flagsEnd+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

// flagTable lists every flag once, with its environment twin and the commands that take it.
func flagTable(t *testing.T) string {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.NoDefaultHelp())
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		flag, help string
		commands   []string
	}
	var lines []*line
	for _, command := range parser.Model.Leaves(true) {
		name := strings.Fields(command.Path())
		for _, group := range command.AllFlags(true) {
			for _, f := range group {
				if f.Name == "help" {
					continue
				}
				i := slices.IndexFunc(lines, func(l *line) bool { return l.flag == f.Name && l.help == f.Help })
				if i < 0 {
					i = len(lines)
					lines = append(lines, &line{flag: f.Name, help: f.Help})
				}
				if c := strings.Join(name, " "); !slices.Contains(lines[i].commands, c) {
					lines[i].commands = append(lines[i].commands, c)
				}
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b *line) int { return strings.Compare(a.flag, b.flag) })
	var b strings.Builder
	b.WriteString("| flag | environment | commands | |\n|---|---|---|---|\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "| `--%s` | `%s` | %s | %s |\n", l.flag, twin(l.flag), strings.Join(l.commands, ", "), strings.ReplaceAll(l.help, "|", `\|`))
	}
	return b.String()
}
