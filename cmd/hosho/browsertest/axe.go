package browsertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// axeRun asks axe-core for what is wrong on the page, as one string of JSON.
const axeRun = `axe.run(document, { resultTypes: ['violations'] }).then((found) => JSON.stringify(found.violations.map((v) =>
	({ id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => ({ at: n.target.join(' '), why: n.failureSummary })) }))))`

type violation struct {
	ID, Impact, Help string
	Nodes            []struct{ At, Why string }
}

// Axe checks the page with axe-core, all of its rules, and fails the test with a list of what it finds. The page must
// run scripts. It goes on after a failure, so that one run lists all pages.
func (b *Browser) Axe() {
	b.tb.Helper()
	found := b.violations()
	if len(found) == 0 {
		return
	}
	b.tb.Errorf("axe-core finds %d kinds of trouble on %s:\n%s", len(found), b.URL(), list(found))
}

// Faults are what axe-core finds, each as a rule with the places that break it, for a test that reports by itself.
func (b *Browser) Faults() (all []string) {
	b.tb.Helper()
	for _, one := range b.violations() {
		all = append(all, strings.TrimSpace(list([]violation{one})))
	}
	return all
}

func (b *Browser) violations() []violation {
	b.tb.Helper()
	source, err := axeCore()
	if err != nil {
		missing(b.tb, err)
	}
	if !Eval[bool](b, "typeof axe === 'object'") {
		Eval[bool](b, source+"\n;true")
	}
	var found []violation
	if err := json.Unmarshal([]byte(Eval[string](b, axeRun)), &found); err != nil {
		b.tb.Fatalf("read axe-core's answer: %v", err)
	}
	return found
}

func list(found []violation) string {
	var lines strings.Builder
	for _, v := range found {
		fmt.Fprintf(&lines, "%s (%s): %s\n", v.ID, v.Impact, v.Help)
		for _, node := range v.Nodes {
			fmt.Fprintf(&lines, "    %s: %s\n", node.At, strings.Join(strings.Fields(node.Why), " "))
		}
	}
	return lines.String()
}

// axeCore reads the script that `npm ci` puts below the root of the repository.
func axeCore() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("no go.mod is found above the test")
		}
		dir = filepath.Dir(dir)
	}
	script, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		return "", errors.New("axe-core is not installed here (npm ci)")
	}
	return string(script), nil
}
