package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmePictures makes the README's pictures anew when asked to,
//
//	HOSHO_UPDATE=1 go test ./cmd/hosho -run TestReadmePictures
//
// and else sees that each picture the README shows is there, is one and is not too heavy.
func TestReadmePictures(t *testing.T) {
	const folder = "testdata/readme"
	names := []string{"claim", "draft", "desk"}
	if os.Getenv("HOSHO_UPDATE") != "" {
		m := openMarket(t)
		buyer := m.signedIn(t, "ja", hanako)
		buyer.SetViewport(390, 844)
		buyer.open("my/claims/" + buyer.claimOf("HS-1001"))
		take(t, folder, names[0], buyer.Picture())
		buyer.open("my/orders/HS-1013/claim/1")
		take(t, folder, names[1], buyer.Picture())
		agent := m.signedIn(t, "ja", mori)
		agent.SetViewport(1280, 844)
		agent.open("staff/queue")
		agent.open("staff/queue?sel=" + agent.Text("main table tbody th a"))
		take(t, folder, names[2], agent.Picture())
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		path := filepath.Join(folder, name+".png")
		if !strings.Contains(string(text), "cmd/hosho/"+filepath.ToSlash(path)) {
			t.Errorf("README.md does not show %s", path)
		}
		picture, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := png.DecodeConfig(bytes.NewReader(picture)); err != nil || len(picture) > 200_000 {
			t.Errorf("%s: %d bytes, %v", path, len(picture), err)
		}
	}
}

func take(t *testing.T, folder, name string, picture []byte) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600); err != nil {
		t.Fatal(err)
	}
}
