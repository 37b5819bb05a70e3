package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hosho/models"
)

func TestReplicasThatStartTogetherAgreeOnKeys(t *testing.T) {
	for range 20 {
		dir := filepath.Join(t.TempDir(), "keys")
		got := make([]models.Keys, 8)
		errs := make([]error, len(got))
		var group sync.WaitGroup
		for i := range got {
			group.Go(func() { got[i], errs[i] = openKeys(dir) })
		}
		group.Wait()
		for i := range got {
			if errs[i] != nil {
				t.Fatal(errs[i])
			}
			if !bytes.Equal(got[i].Sign, got[0].Sign) || !bytes.Equal(got[i].Encrypt, got[0].Encrypt) {
				t.Fatal("two replicas have different keys")
			}
		}
		if bytes.Equal(got[0].Sign, got[0].Encrypt) || len(got[0].Sign) != keySize || len(got[0].Encrypt) != keySize {
			t.Fatalf("keys of %d and %d bytes", len(got[0].Sign), len(got[0].Encrypt))
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 2 {
			t.Fatalf("%d files are left, %v", len(entries), err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s may be read by others: %v", e.Name(), info.Mode())
			}
		}
	}
}

func TestACutKeyIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, signKey), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openKeys(dir); err == nil || !strings.Contains(err.Error(), "5 bytes") {
		t.Errorf("a cut key was taken: %v", err)
	}
}

func TestOneServerAFile(t *testing.T) {
	database := "sqlite:" + filepath.Join(t.TempDir(), "a.db")
	unlock, err := lockSQLite(database)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockSQLite(database); err == nil || !strings.Contains(err.Error(), "one replica") {
		t.Errorf("a second server was let in: %v", err)
	}
	unlock()
	again, err := lockSQLite(database)
	if err != nil {
		t.Fatalf("the lock outlived its server: %v", err)
	}
	again()
	if _, err := lockSQLite("mysql://h/n"); err != nil {
		t.Errorf("mysql needs no lock: %v", err)
	}
}
