package storage_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"hosho/storage"
	"hosho/storage/storagetest"
)

func bucketOf(t *testing.T, url string) *storage.S3 {
	t.Helper()
	s, ok := open(t, url).(*storage.S3)
	if !ok {
		t.Fatal("no S3 store")
	}
	return s
}

// How the bucket is set up is read from the bucket.
func TestBucket(t *testing.T) {
	url := storagetest.S3(t)
	client, bucket := storagetest.Client(t, url)
	reads := func(want storage.Bucket) {
		t.Helper()
		if got, err := bucketOf(t, url).Bucket(t.Context()); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	reads(storage.Bucket{Versioning: "off", Lock: "off"})
	if _, err := client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}); err != nil {
		t.Fatal(err)
	}
	reads(storage.Bucket{Versioning: "enabled", Lock: "off"})
	if _, err := bucketOf(t, url+"&lock_days=30").Bucket(t.Context()); err == nil || !strings.Contains(err.Error(), "no Object Lock") {
		t.Errorf("lock_days without a lock: %v", err)
	}

	url = storagetest.S3Locked(t)
	client, bucket = storagetest.Client(t, url)
	reads(storage.Bucket{Versioning: "enabled", Lock: "on"})
	rule := &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(7)}}
	if _, err := client.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{Bucket: &bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled, Rule: rule}}); err != nil {
		t.Fatal(err)
	}
	reads(storage.Bucket{Versioning: "enabled", Lock: "on", LockRule: "governance 7 days"})
	rule.DefaultRetention.Days, rule.DefaultRetention.Years = nil, aws.Int32(2)
	if _, err := client.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{Bucket: &bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled, Rule: rule}}); err != nil {
		t.Fatal(err)
	}
	reads(storage.Bucket{Versioning: "enabled", Lock: "on", LockRule: "governance 2 years"})

	wrong := strings.Replace(url, "s3://hosho-", "s3://other-", 1)
	if got, err := bucketOf(t, wrong).Bucket(t.Context()); err == nil && got.Versioning != "unknown" {
		t.Errorf("no such bucket: %+v", got)
	}
}

// What is put with lock_days, or held, cannot be destroyed: the key can be
// hidden, and its version stays.
func TestLockAndHold(t *testing.T) {
	url := storagetest.S3Locked(t)
	client, bucket := storagetest.Client(t, url)
	versions := func(key string) []types.ObjectVersion {
		t.Helper()
		out, err := client.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &bucket, Prefix: &key})
		if err != nil {
			t.Fatal(err)
		}
		return out.Versions
	}
	destroy := func(key string) error {
		t.Helper()
		all := versions(key)
		if len(all) != 1 {
			t.Fatalf("%d versions of %s", len(all), key)
		}
		_, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: all[0].VersionId})
		return err
	}
	locked := bucketOf(t, url+"&lock_days=30")
	key, body := storage.NewKey("originals"), []byte("evidence")
	put(t, locked, key, body)
	kept, err := client.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{Bucket: &bucket, Key: &key})
	if err != nil || kept.Retention.Mode != types.ObjectLockRetentionModeGovernance {
		t.Fatalf("retention %+v, %v", kept, err)
	}
	if left := time.Until(*kept.Retention.RetainUntilDate); left < 29*24*time.Hour || left > 31*24*time.Hour {
		t.Errorf("locked for %v", left)
	}
	if err := destroy(key); err == nil {
		t.Error("a locked object could be destroyed")
	}
	if err := locked.Delete(t.Context(), key); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := locked.Stat(t.Context(), key); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("after it was deleted: %v", err)
	}
	if len(versions(key)) != 1 {
		t.Error("its bytes are gone")
	}
	if err := locked.Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}

	if left, err := client.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &bucket, Prefix: aws.String("check/")}); err != nil || len(left.Versions)+len(left.DeleteMarkers) > 0 {
		t.Errorf("a check leaves %d versions and %d markers, %v", len(left.Versions), len(left.DeleteMarkers), err)
	}

	plain := bucketOf(t, url)
	key = storage.NewKey("originals")
	put(t, plain, key, body)
	for range 2 {
		if err := plain.Hold(t.Context(), key, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := destroy(key); err == nil {
		t.Error("a held object could be destroyed")
	}
	if err := plain.Hold(t.Context(), key, false); err != nil {
		t.Fatal(err)
	}
	if err := destroy(key); err != nil {
		t.Errorf("no longer held: %v", err)
	}
	if err := plain.Hold(t.Context(), storage.NewKey("originals"), true); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("nothing to hold: %v", err)
	}
	bare := bucketOf(t, storagetest.S3(t))
	key = storage.NewKey("originals")
	put(t, bare, key, body)
	if err := bare.Hold(t.Context(), key, true); !errors.Is(err, storage.ErrNoLock) {
		t.Errorf("a bucket without locks: %v", err)
	}
}

// saying is a store behind a server that answers as it is told.
func saying(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *storage.S3 {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "a")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "b")
	return bucketOf(t, "s3://bucket?region=us-east-1&path_style=true&endpoint="+server.URL)
}

func sayNo(w http.ResponseWriter, code string) {
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte("<Error><Code>" + code + "</Code><Message>no</Message></Error>"))
}

// Servers differ in how they say that they have no locks; another refusal is no such answer.
func TestHoldReadsTheAnswer(t *testing.T) {
	for code, none := range map[string]bool{
		"InvalidRequest": true, "InvalidBucketObjectLockConfiguration": true, "NotImplemented": true, "ObjectLockConfigurationNotFoundError": true, "AccessDenied": false,
	} {
		s := saying(t, func(w http.ResponseWriter, _ *http.Request) { sayNo(w, code) })
		if err := s.Hold(t.Context(), storage.NewKey("originals"), true); err == nil || errors.Is(err, storage.ErrNoLock) != none {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// What the credentials may not read is unknown; a server that does not answer is trouble.
func TestBucketReadsTheAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		versioning, lock string // codes; "" for hanging up
		trouble          string
	}{
		"may read neither":      {"AccessDenied", "AccessDenied", ""},
		"no answer":             {"", "AccessDenied", "versioning"},
		"no answer of the lock": {"AccessDenied", "", "Object Lock"},
	} {
		s := saying(t, func(w http.ResponseWriter, r *http.Request) {
			code := c.lock
			if r.URL.Query().Has("versioning") {
				code = c.versioning
			}
			if code == "" {
				panic(http.ErrAbortHandler)
			}
			sayNo(w, code)
		})
		b, err := s.Bucket(t.Context())
		if c.trouble == "" && (err != nil || b != (storage.Bucket{Versioning: "unknown", Lock: "unknown"})) || c.trouble != "" && (err == nil || !strings.Contains(err.Error(), c.trouble)) {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
}

// The rule that README tells operators to set is the one that browsers need.
func TestCheckUpload(t *testing.T) {
	const portal = "https://hosho.example"
	url := storagetest.S3(t)
	client, bucket := storagetest.Client(t, url)
	s := bucketOf(t, url)
	for _, c := range []struct {
		rule *types.CORSRule
		want string // part of the error; "" for none
	}{
		{nil, "no CORS rule"},
		{&types.CORSRule{AllowedOrigins: []string{"https://other.example"}, AllowedMethods: []string{"PUT"}, AllowedHeaders: []string{"*"}}, "no CORS rule"},
		{&types.CORSRule{AllowedOrigins: []string{portal}, AllowedMethods: []string{"GET"}, AllowedHeaders: []string{"*"}}, "CORS rule"},
		{&types.CORSRule{AllowedOrigins: []string{portal}, AllowedMethods: []string{"PUT"}, AllowedHeaders: []string{"Content-Type"}}, "CORS rule"},
		{&types.CORSRule{AllowedOrigins: []string{portal}, AllowedMethods: []string{"PUT"}, AllowedHeaders: []string{"Content-Type", "x-amz-checksum-sha256", "If-None-Match"}}, ""},
		{&types.CORSRule{AllowedOrigins: []string{"*"}, AllowedMethods: []string{"PUT"}, AllowedHeaders: []string{"*"}}, ""},
	} {
		if c.rule != nil {
			if _, err := client.PutBucketCors(t.Context(), &s3.PutBucketCorsInput{Bucket: &bucket, CORSConfiguration: &types.CORSConfiguration{CORSRules: []types.CORSRule{*c.rule}}}); err != nil {
				t.Fatal(err)
			}
		}
		err := s.CheckUpload(t.Context(), portal)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %q", c.rule, err, c.want)
		}
	}
	if err := s.CheckPrivate(t.Context()); err != nil {
		t.Errorf("private: %v", err)
	}
}

// Servers differ in how they say no.
func TestCheckUploadReadsTheAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		status                  int
		origin, method, headers string
		want                    string
	}{
		"all":             {204, "https://a.example", "GET, PUT", "content-type, if-none-match, x-amz-checksum-sha256", ""},
		"stars":           {200, "*", "PUT", "*", ""},
		"refused all":     {403, "*", "PUT", "*", "no CORS rule"},
		"refused":         {403, "", "", "", "no CORS rule"},
		"another origin":  {200, "https://b.example", "PUT", "*", "no CORS rule"},
		"another method":  {200, "*", "GET,POST", "*", "does not allow PUT"},
		"a header less":   {200, "*", "PUT", "Content-Type,If-None-Match", "x-amz-checksum-sha256"},
		"headers unnamed": {200, "*", "PUT", "", "does not allow the header"},
	} {
		s := saying(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") != "PUT" || r.Header.Get("Origin") != "https://a.example" {
				t.Errorf("asked by %s %v", r.Method, r.Header)
			}
			w.Header().Set("Access-Control-Allow-Origin", c.origin)
			w.Header().Set("Access-Control-Allow-Methods", c.method)
			w.Header().Set("Access-Control-Allow-Headers", c.headers)
			w.WriteHeader(c.status)
		})
		err := s.CheckUpload(t.Context(), "https://a.example")
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A bucket that answers strangers is found out.
func TestCheckPrivate(t *testing.T) {
	for name, c := range map[string]struct {
		object, list int
		public       bool
	}{"private": {403, 403, false}, "objects": {200, 403, true}, "tells what is missing": {404, 403, true}, "list": {403, 200, true}, "no list at all": {403, 404, false}} {
		s := saying(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery != "" || r.Header.Get("Authorization") != "" {
				t.Error("a stranger signs nothing")
			}
			if strings.HasPrefix(r.URL.Path, "/bucket/check/") {
				w.WriteHeader(c.object)
			} else if r.URL.Path == "/bucket/" {
				w.WriteHeader(c.list)
			} else {
				t.Error(r.URL.Path)
			}
		})
		if err := s.CheckPrivate(t.Context()); (err != nil) != c.public {
			t.Errorf("%s: %v", name, err)
		}
	}
}
