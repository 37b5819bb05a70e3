// Package tooltest finds the programs of others that tests start, and builds them where they are asked to.
package tooltest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Tool is a program that go install builds, of the release that tests are written for.
type Tool struct {
	Name    string // of the file in the folder of tools
	Package string
	Version string
	Part    string // of HOSHO_TEST_REQUIRE
}

var installing sync.Mutex

// Find is where a program is: in the folder HOSHO_TOOLS, by default .tools at the root of the
// repository. Where it is missing it is built if HOSHO_TEST_INSTALL is 1; otherwise the test is
// skipped, or fails if HOSHO_TEST_REQUIRE lists its part.
func (p Tool) Find(tb testing.TB) string {
	tb.Helper()
	program, err := p.find()
	if err == nil {
		return program
	}
	if slices.Contains(strings.Split(os.Getenv("HOSHO_TEST_REQUIRE"), ","), p.Part) {
		tb.Fatal(err)
	}
	tb.Skip(err)
	return ""
}

func (p Tool) find() (string, error) {
	installing.Lock()
	defer installing.Unlock()
	tools := os.Getenv("HOSHO_TOOLS")
	if tools == "" {
		root, err := repository()
		if err != nil {
			return "", err
		}
		tools = filepath.Join(root, ".tools")
	}
	tools, err := filepath.Abs(tools)
	if err != nil {
		return "", err
	}
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	program := filepath.Join(tools, p.Name+suffix)
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if os.Getenv("HOSHO_TEST_INSTALL") != "1" {
		return "", fmt.Errorf("%s is missing; set HOSHO_TEST_INSTALL=1 to have it built of %s@%s", program, p.Package, p.Version)
	}
	made, err := os.MkdirTemp("", "tool")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(made)
	cmd := exec.Command("go", "install", p.Package+"@"+p.Version)
	cmd.Dir = made // outside any module: nothing of it gets into ours
	cmd.Env = append(os.Environ(), "GOBIN="+made, "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s for tests: %w\n%s", p.Name, err, out)
	}
	return program, keep(filepath.Join(made, filepath.Base(p.Package)+suffix), program)
}

// keep brings a program that was built to its place, whole or not at all.
func keep(built, program string) error {
	body, err := os.ReadFile(built)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(program+".new", body, 0o755); err != nil {
		return err
	}
	return os.Rename(program+".new", program)
}

func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = parent
	}
}
