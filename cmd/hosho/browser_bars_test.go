package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hosho/cmd/hosho/browsertest"
)

// weigh holds what a first view asks for against the budget. Pictures that people have handed in do not count: they
// are what a page is about.
func (w *walker) weigh(t *testing.T, v visit, sent []browsertest.Resource, source string) {
	t.Helper()
	weight, requests, scripts, names := 0, 0, 0, []string(nil)
	for _, r := range sent {
		at, err := url.Parse(r.URL)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(at.Path, "/files/") || r.Kind == "EventSource" || at.Scheme == "data" {
			continue
		}
		weight += r.Bytes
		requests++
		names = append(names, fmt.Sprintf("%s %d", at.Path, r.Bytes))
		if r.Kind == "Script" {
			scripts++
		}
	}
	most, mostPage := mostBytes, mostHTML
	if strings.HasPrefix(v.route, "/staff") {
		most, mostPage = mostBytesStaff, mostHTMLStaff
	}
	if v.path == "/api" || strings.HasPrefix(v.route, "/design") {
		return // the reference of the API and the sheet of parts, which are read by programmers at their desks
	}
	// The desk and the upload of files have a module of their own beside the one of every page.
	if requests-max(0, scripts-1) > mostRequests || scripts > 2 {
		w.complain(t, v, "asks for too much\n%d: %s", requests, strings.Join(names, ", "))
	}
	if weight > most {
		w.complain(t, v, "weighs more than %d bytes\n%d: %s", most, weight, strings.Join(names, ", "))
	}
	var packed bytes.Buffer // the budget of a page is of what it weighs compressed, whoever compresses it on the way
	squeeze := gzip.NewWriter(&packed)
	if _, err := squeeze.Write([]byte(source)); err != nil {
		t.Fatal(err)
	}
	if err := squeeze.Close(); err != nil {
		t.Fatal(err)
	}
	if packed.Len() > mostPage {
		w.complain(t, v, "its HTML weighs more than %d bytes\n%d", mostPage, packed.Len())
	}
}

// validate has html-validate read a folder of pages, with the rules of .htmlvalidate.mjs.
func validate(t *testing.T, dir string) {
	t.Helper()
	root := filepath.Join("..", "..")
	program := filepath.Join(root, "node_modules", "html-validate", "bin", "html-validate.mjs")
	if _, err := os.Stat(program); err != nil {
		if slices.Contains(strings.Split(os.Getenv("HOSHO_TEST_REQUIRE"), ","), "browser") {
			t.Fatal("html-validate is not installed here (npm ci), and HOSHO_TEST_REQUIRE asks for the browser")
		}
		t.Skip("skipped: html-validate is not installed here (npm ci)")
	}
	told := filepath.Join(t.TempDir(), "told.json")
	command := exec.CommandContext(t.Context(), "node", program, "--config", filepath.Join(root, ".htmlvalidate.mjs"), "--formatter", "json="+told, "--max-warnings", "0", dir)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var files []struct {
		FilePath string
		Messages []struct {
			RuleID, Message, Selector string
			Line                      int
		}
	}
	answer, err := os.ReadFile(told)
	if err == nil {
		err = json.Unmarshal(answer, &files)
	}
	if err != nil {
		t.Fatalf("html-validate answers nothing to be read: %v: %s", err, complaints.String())
	}
	said := map[string]bool{}
	for _, file := range files {
		for _, m := range file.Messages {
			if !said[m.RuleID+m.Message] {
				said[m.RuleID+m.Message] = true
				t.Errorf("%s:%d: %s: %s, at %s", filepath.Base(file.FilePath), m.Line, m.RuleID, m.Message, m.Selector)
			}
		}
	}
	pages, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pages read", len(pages))
	if complaints.Len() > 0 {
		t.Error(complaints.String())
	}
}
