package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hosho/models"
	"hosho/models/modelstest"
	"hosho/storage"
	"hosho/storage/storagetest"
)

var (
	fileBuyer  = models.Actor{Role: models.RoleBuyer, AccountID: "acc-b", Email: "b1@example.com"}
	fileSeller = models.Actor{Role: models.RoleSeller, AccountID: "acc-s", Email: "s1@example.com", SellerID: "mp-s-1"}
	fileAgent  = models.Actor{Role: models.RoleAgent, AccountID: "acc-t", Email: "t1@example.com"}
	fileSystem = models.Actor{Role: models.RoleIntegration, AccountID: "acc-m"}
)

// evidenceHouse is the models over a real store of evidence and the real inspection.
type evidenceHouse struct {
	*models.Store
	kept   storage.Store
	where  string // of the database
	folder string // where the objects are files; "" for memory
	late   *time.Duration
}

// eachStore runs a test over a folder, memory and, where the server is installed, S3.
func eachStore(t *testing.T, test func(t *testing.T, h evidenceHouse)) {
	t.Helper()
	t.Run("folder", func(t *testing.T) {
		dir := t.TempDir()
		test(t, openHouse(t, "file:"+dir, dir))
	})
	t.Run("memory", func(t *testing.T) { test(t, openHouse(t, "memory:", "")) })
	t.Run("s3", func(t *testing.T) {
		address, folder := storagetest.S3Folder(t)
		test(t, openHouse(t, address, folder))
	})
}

func openHouse(t *testing.T, address, folder string) evidenceHouse {
	t.Helper()
	late := new(time.Duration)
	now := func() time.Time { return time.Now().Add(*late) }
	var receiver storage.Receiver
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		grant, err := receiver.VerifyPut(r.URL.Query(), r.Header, r.ContentLength)
		if err == nil {
			err = receiver.Receive(r.Context(), grant, r.Body)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
		}
	}))
	t.Cleanup(portal.Close)
	kept, err := storage.Open(t.Context(), address, storage.Options{SigningKey: bytes.Repeat([]byte("k"), 32), BaseURL: portal.URL + "/uploads/put", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	receiver, _ = kept.(storage.Receiver)
	where := modelstest.Database(t)
	store, err := models.Open(t.Context(), models.Config{Database: where, Machine: now, Blobs: blobs{kept}, Inspector: newInspector()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return evidenceHouse{store, kept, where, folder, late}
}

// order puts an order of fileBuyer with the file given on a message, and returns the file.
func (h evidenceHouse) given(t *testing.T, u models.Upload) {
	t.Helper()
	price := int64(3000)
	_, _, err := h.PutOrder(t.Context(), fileSystem, models.OrderInput{
		Number: "A-1", Buyer: models.BuyerInput{ID: "mp-b-1", Email: fileBuyer.Email}, PlacedAt: "2026-01-01T10:00:00Z", Currency: "JPY",
		Lines:    []models.LineInput{{Line: 1, Seller: models.SellerRef{ID: "mp-s-1"}, Title: "lamp", Quantity: 1, UnitPrice: &price, Status: models.Shipped}},
		Payments: []models.PaymentInput{{Tender: "credit_card", Amount: &price}},
	})
	if err == nil {
		_, err = h.SendMessage(t.Context(), fileBuyer, models.SendMessage{OrderNumber: "A-1", Line: 1, Body: "photo", Evidence: []string{u.ID}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// photo is a PNG that carries words about where it was taken, and something behind its end.
func photo(t *testing.T) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 60, 40))
	for i := range m.Pix {
		m.Pix[i] = byte(i * 7)
	}
	m.Set(3, 3, color.NRGBA{200, 10, 10, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	words := []byte("tEXtComment\x00GPS 35.6586 139.7454")
	chunk := append([]byte{0, 0, 0, byte(len(words) - 4)}, words...)
	sum := crc32.ChecksumIEEE(words)
	chunk = append(chunk, byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum))
	whole := append(append(append([]byte{}, b.Bytes()[:33]...), chunk...), b.Bytes()[33:]...)
	return append(whole, "trailing secret"...)
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// send does what a browser does with a grant.
func send(t *testing.T, g models.Grant, body []byte) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), g.Method, g.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range g.Header {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func (h evidenceHouse) read(t *testing.T, by models.Actor, id string, part models.EvidencePart) []byte {
	t.Helper()
	c, err := h.EvidenceContent(t.Context(), by, id, part)
	if err != nil {
		t.Fatal(err)
	}
	body := c.Body
	if c.URL != "" {
		res, err := http.Get(c.URL)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != c.MediaType || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment; ") {
			t.Fatalf("%s: %s %v", part, res.Status, res.Header)
		}
		body = res.Body
	}
	b, err := io.ReadAll(body)
	if err = errors.Join(err, body.Close()); err != nil {
		t.Fatal(err)
	}
	return b
}

// From the grant to the parties' copy, over every store.
func TestEvidenceRests(t *testing.T) {
	eachStore(t, func(t *testing.T, h evidenceHouse) {
		ctx, file := t.Context(), photo(t)
		in := models.CreateUpload{FileName: "写真.png", MediaType: "image/png", Size: int64(len(file)), SHA256: hexSum(file)}
		u, grant, err := h.CreateUpload(ctx, fileBuyer, in)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.CompleteUpload(ctx, fileBuyer, u.ID)
		var e *models.Error
		if !errors.As(err, &e) || e.Args["reason"] != "not_uploaded" {
			t.Fatalf("nothing sent: %v", err)
		}
		other := bytes.Clone(file)
		other[50] ^= 1
		for name, body := range map[string][]byte{"other bytes": other, "too few": file[1:], "too many": append(bytes.Clone(file), 0)} {
			if code := send(t, grant, body); code < 400 {
				t.Errorf("%s: the grant took them with %d", name, code)
			}
		}
		if code := send(t, grant, file); code != http.StatusOK {
			t.Fatalf("sent: %d", code)
		}

		// Twenty at once: one answer.
		answers, errs := make([]models.Upload, 20), make([]error, 20)
		var group sync.WaitGroup
		for i := range answers {
			group.Go(func() { answers[i], errs[i] = h.CompleteUpload(ctx, fileBuyer, u.ID) })
		}
		group.Wait()
		for i := range answers {
			if errs[i] != nil || answers[i] != answers[0] {
				t.Fatalf("completion %d: %+v, %v", i, answers[i], errs[i])
			}
		}
		if done := answers[0]; done.State != models.UploadReady || done.Width != 60 || done.Height != 40 || done.SHA256 != in.SHA256 || !done.HasThumb {
			t.Fatalf("completed %+v", done)
		}
		if found := h.find(t, ""); len(found) != 3 {
			t.Errorf("%v rest, want original, copy and thumbnail", found)
		}
		h.given(t, u)
		copied := h.read(t, fileSeller, u.ID, models.EvidenceCopy)
		if m, err := png.Decode(bytes.NewReader(copied)); err != nil || m.Bounds().Dx() != 60 || bytes.Contains(copied, []byte("GPS")) || bytes.Contains(copied, []byte("secret")) {
			t.Fatalf("the copy: %v, %q", err, copied)
		}
		if thumb := h.read(t, fileSeller, u.ID, models.EvidenceThumbnail); http.DetectContentType(thumb) != "image/jpeg" {
			t.Fatalf("thumbnail %q", thumb)
		}
		if got := h.read(t, fileAgent, u.ID, models.EvidenceOriginal); !bytes.Equal(got, file) {
			t.Fatal("the original is not what was sent")
		}
	})
}

// find lists what rests under a prefix, "" for all: files, or the keys of memory.
func (h evidenceHouse) find(t *testing.T, under string) []string {
	t.Helper()
	if m, ok := h.kept.(*storage.Memory); ok {
		return m.Keys(under)
	}
	var files []string
	err := filepath.WalkDir(filepath.Join(h.folder, under), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// only is the key of the one object under a prefix, and its place as find tells it.
func (h evidenceHouse) only(t *testing.T, under string) (key, place string) {
	t.Helper()
	found := h.find(t, under)
	if len(found) != 1 {
		t.Fatalf("%s: %v", under, found)
	}
	return under + "/" + strings.TrimSuffix(filepath.Base(found[0]), ".object"), found[0] // a folder spreads its files
}

// flip changes one byte at a place behind the store's back.
func (h evidenceHouse) flip(t *testing.T, place string, i int) {
	t.Helper()
	m, memory := h.kept.(*storage.Memory)
	if !memory {
		b, err := os.ReadFile(place)
		if err != nil {
			t.Fatal(err)
		}
		b[i] ^= 1
		if err := errors.Join(os.Chmod(place, 0o600), os.WriteFile(place, b, 0o600)); err != nil {
			t.Fatal(err)
		}
		return
	}
	body, _, err := m.Open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(body)
	if err = errors.Join(err, body.Close()); err != nil {
		t.Fatal(err)
	}
	b = bytes.Clone(b)
	b[i] ^= 1
	m.Change(place, b)
}

// Whoever has the keys of the store changes one byte of an original: staff are told, and
// nobody is given it.
func TestChangedOriginalIsFound(t *testing.T) {
	eachStore(t, func(t *testing.T, h evidenceHouse) {
		file := photo(t)
		u, err := h.ReceiveUpload(t.Context(), fileBuyer, models.ReceiveUpload{FileName: "a.png"}, bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		h.given(t, u)
		key, place := h.only(t, "originals")
		h.flip(t, place, len(file)/2)
		c, err := h.EvidenceContent(t.Context(), fileAgent, u.ID, models.EvidenceOriginal)
		if models.KindOf(err) != models.Conflict || models.CodeOf(err) != "integrity" || c.Body != nil || c.URL != "" {
			t.Fatalf("a changed original: %+v, %v", c, err)
		}
		if got := h.read(t, fileSeller, u.ID, models.EvidenceCopy); len(got) == 0 {
			t.Fatal("the copy went with it")
		}
		if err := h.kept.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if _, err := h.EvidenceContent(t.Context(), fileAgent, u.ID, models.EvidenceOriginal); models.CodeOf(err) != "integrity" {
			t.Fatalf("a missing original: %v", err)
		}
	})
}

// What dies between the bytes and the row leaves nothing behind after a day.
func TestInterruptedUploadsAreSwept(t *testing.T) {
	eachStore(t, func(t *testing.T, h evidenceHouse) {
		file := photo(t)
		in := models.CreateUpload{FileName: "a.png", MediaType: "image/png", Size: int64(len(file)), SHA256: hexSum(file)}
		_, grant, err := h.CreateUpload(t.Context(), fileBuyer, in)
		if err != nil {
			t.Fatal(err)
		}
		if code := send(t, grant, file); code != http.StatusOK {
			t.Fatalf("sent: %d", code)
		}
		for n := range 3 {
			ctx, stop := context.WithCancel(t.Context())
			_, err := h.with(t, &dying{Store: h.kept, after: n + 1, die: stop}).ReceiveUpload(ctx, fileBuyer, models.ReceiveUpload{FileName: "a.png"}, bytes.NewReader(file))
			stop()
			if err == nil {
				t.Fatalf("the caller died after %d objects, and had an answer", n+1)
			}
		}
		if n := len(h.find(t, "")); n < 2 {
			t.Fatalf("%d objects were left to sweep: the test shows nothing", n)
		}
		*h.late = 26 * time.Hour
		for range 20 {
			if n, err := h.SweepUploads(t.Context(), 10); err != nil {
				t.Fatal(err)
			} else if n == 0 {
				break
			}
		}
		if left := h.find(t, ""); len(left) != 0 {
			t.Fatalf("%d objects are left: %v", len(left), left)
		}
		if _, portal := h.kept.(storage.Receiver); portal { // an S3 server has a clock of its own
			if code := send(t, grant, file); code < 400 {
				t.Fatalf("a day later the grant still takes bytes: %d", code)
			}
		}
	})
}

// with is the same house whose store of evidence is another.
func (h evidenceHouse) with(t *testing.T, s storage.Store) *models.Store {
	t.Helper()
	store, err := models.Open(t.Context(), models.Config{Database: h.where, Blobs: blobs{s}, Inspector: newInspector()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// dying ends its caller right after an object has been put.
type dying struct {
	storage.Store
	after int
	die   context.CancelFunc
}

func (d *dying) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, mediaType, sum string) error {
	err := d.Store.Put(ctx, key, body, size, mediaType, sum)
	if d.after--; d.after == 0 {
		d.die()
	}
	return err
}

func TestUnsignedAddressesDoNotWork(t *testing.T) {
	address, _ := storagetest.S3Folder(t)
	h := openHouse(t, address, "")
	u, err := h.ReceiveUpload(t.Context(), fileBuyer, models.ReceiveUpload{FileName: "a.png"}, bytes.NewReader(photo(t)))
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.EvidenceContent(t.Context(), fileBuyer, u.ID, models.EvidenceCopy)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := url.Parse(c.URL)
	if err != nil || signed.Query().Get("X-Amz-Expires") != "60" {
		t.Fatalf("address %s, %v", c.URL, err)
	}
	signed.RawQuery = ""
	res, err := http.Get(signed.String())
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Fatalf("without its signature the address answers %s", res.Status)
	}
}

// Somebody puts another file in the place of a copy, with the store's own means: nobody is
// given it, whether the portal hands copies out itself or the store does.
func TestReplacedCopyIsFound(t *testing.T) {
	eachStore(t, func(t *testing.T, h evidenceHouse) {
		u, err := h.ReceiveUpload(t.Context(), fileBuyer, models.ReceiveUpload{FileName: "a.png"}, bytes.NewReader(photo(t)))
		if err != nil {
			t.Fatal(err)
		}
		h.given(t, u)
		for _, part := range []models.EvidencePart{models.EvidenceCopy, models.EvidenceThumbnail} {
			if got := h.read(t, fileSeller, u.ID, part); len(got) == 0 {
				t.Fatalf("%s is empty", part)
			}
			under := map[models.EvidencePart]string{models.EvidenceCopy: "copies", models.EvidenceThumbnail: "thumbnails"}[part]
			key, _ := h.only(t, under)
			other := []byte("another file")
			sum := sha256.Sum256(other)
			if err := h.kept.Delete(t.Context(), key); err != nil {
				t.Fatal(err)
			}
			if err := h.kept.Put(t.Context(), key, bytes.NewReader(other), int64(len(other)), "image/png", hex.EncodeToString(sum[:])); err != nil {
				t.Fatal(err)
			}
			if c, err := h.EvidenceContent(t.Context(), fileSeller, u.ID, part); models.CodeOf(err) != "integrity" || c.Body != nil || c.URL != "" {
				t.Fatalf("a replaced %s: %+v, %v", part, c, err)
			}
			if err := h.kept.Delete(t.Context(), key); err != nil {
				t.Fatal(err)
			}
			if _, err := h.EvidenceContent(t.Context(), fileSeller, u.ID, part); models.CodeOf(err) != "integrity" {
				t.Fatalf("a missing %s: %v", part, err)
			}
		}
	})
}
