package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"hosho/cmd/hosho/seed"
	"hosho/models"
	"hosho/storage"
	"hosho/storage/storagetest"
	"hosho/templates"
)

// openMarketOnS3 is openMarket with the files in a bucket of an S3 server, which is set up as the README says. It also
// counts the files that browsers sent there.
func openMarketOnS3(t *testing.T) (m market, straight *atomic.Int32) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: the browser tests are long")
	}
	if os.Getenv("HOSHO_TEST_DB") == "mariadb" {
		t.Skip("skipped: where files rest does not depend on the database, so this has run without HOSHO_TEST_DB")
	}
	words, err := templates.NewCatalog(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	address, set := behind(t, storagetest.S3(t))
	straight = new(atomic.Int32)
	set(func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		if r.Method == http.MethodPut && r.URL.Query().Has("X-Amz-Signature") {
			straight.Add(1)
		}
		server.ServeHTTP(w, r)
	})
	m = market{folder: t.TempDir(), words: words}
	keys := filepath.Join(m.folder, "keys")
	database := "sqlite:" + filepath.Join(m.folder, "hosho.db")
	env := []string{"HOSHO_DATABASE=" + database, "HOSHO_EVIDENCE=" + address, "HOSHO_KEYS=" + keys}
	call(t, env, "migrate", "up").want(t, exitOK)
	settle(t, database, address, keys)
	s := startServe(t, env, "--sandbox")
	t.Cleanup(func() { s.stop() })
	m.base = s.base
	allowPortal(t, address, m.base)
	return m, straight
}

// settle tells the story of the sample marketplace.
func settle(t *testing.T, database, evidence, keyFolder string) {
	t.Helper()
	keys, err := openKeys(keyFolder)
	if err != nil {
		t.Fatal(err)
	}
	files, err := storage.Open(t.Context(), evidence, storage.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	store, err := models.Open(t.Context(), models.Config{Database: database, Sandbox: true, Keys: keys, Blobs: blobs{files}, Inspector: newInspector()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := seed.Market(t.Context(), store, 0); err != nil {
		t.Fatal(err)
	}
}

// allowPortal sets the rule of the README on the bucket, for the portal's address.
func allowPortal(t *testing.T, evidence, portal string) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "\n{\"CORSRules\"")
	rule, _, found := strings.Cut(rest, "\n```")
	var cors types.CORSConfiguration
	if err := json.Unmarshal([]byte(`{"CORSRules"`+strings.ReplaceAll(rule, "https://hosho.example", portal)), &cors); !found || err != nil {
		t.Fatalf("the README has no rule for CORS: %v", err)
	}
	client, bucket := storagetest.Client(t, evidence)
	if _, err := client.PutBucketCors(t.Context(), &s3.PutBucketCorsInput{Bucket: &bucket, CORSConfiguration: &cors}); err != nil {
		t.Fatal(err)
	}
}

// TestJourneysOnS3 gives files as people do where they rest in a bucket: with scripts they go straight there, past the
// portal, and without they go through it.
func TestJourneysOnS3(t *testing.T) {
	m, straight := openMarketOnS3(t)
	sent := func(want int32) {
		t.Helper()
		if got := straight.Swap(0); got != want {
			t.Errorf("%d files went straight to the bucket, want %d", got, want)
		}
	}
	plain := m
	plain.plain = true
	m.signedIn(t, "ja", hanako).filesWithThree("HS-1013", guest.coversByPointer)
	sent(3)
	m.signedIn(t, "en", aoba).answersWithTwo()
	sent(2)
	plain.signedIn(t, "ja", suzuki).givesOneByOne("HS-1030")
	plain.signedIn(t, "ja", kitano).answersWithTwo()
	sent(0)
}
