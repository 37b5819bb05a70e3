package modelstest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Data is a folder of the test data outside the repository: HOSHO_TEST_DATA, or the folder
// shared/data beside the repository. Where it is absent the test is skipped with a sentence,
// unless HOSHO_TEST_REQUIRE asks for "data".
func Data(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("HOSHO_TEST_DATA")
	if root == "" {
		root = filepath.Join(repository(t), "..", "shared", "data")
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		if slices.Contains(strings.Split(os.Getenv("HOSHO_TEST_REQUIRE"), ","), "data") {
			t.Fatalf("the test data %s is not there (%v), and HOSHO_TEST_REQUIRE asks for it", name, err)
		}
		t.Skipf("skipped: the test data %s is not there; HOSHO_TEST_DATA names its folder", name)
	}
	return dir
}

// repository is the folder of go.mod above the test's own.
func repository(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
