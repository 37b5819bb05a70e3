package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"hosho/storage/storagetest"
)

// doctor says how a bucket keeps what is put there, and whether browsers may send files to it.
func TestDoctorLooksAtTheBucket(t *testing.T) {
	env := migrated(t)
	plain := storagetest.S3(t)
	doctor := func(code int, args ...string) string {
		t.Helper()
		return call(t, env, append([]string{"doctor", "--keys", t.TempDir(), "--base-url", "https://hosho.example"}, args...)...).want(t, code).stdout
	}
	says(t, doctor(exitFailed, "--evidence", plain), "ok      evidence", "private; versioning off; Object Lock off", "FAILED  uploads", "no CORS rule of the bucket allows https://hosho.example (")
	client, bucket := storagetest.Client(t, plain)
	rule := types.CORSRule{AllowedOrigins: []string{"https://hosho.example"}, AllowedMethods: []string{"PUT"}, AllowedHeaders: []string{"Content-Type", "x-amz-checksum-sha256", "If-None-Match"}}
	if _, err := client.PutBucketCors(t.Context(), &s3.PutBucketCorsInput{Bucket: &bucket, CORSConfiguration: &types.CORSConfiguration{CORSRules: []types.CORSRule{rule}}}); err != nil {
		t.Fatal(err)
	}
	says(t, doctor(exitOK, "--evidence", plain), "ok      uploads", "from https://hosho.example straight to the bucket")
	says(t, doctor(exitFailed, "--evidence", plain+"&lock_days=30"), "FAILED  evidence", "lock_days is set, and the bucket has no Object Lock")
	locked := storagetest.S3Locked(t)
	says(t, doctor(exitFailed, "--evidence", locked+"&lock_days=30"), "versioning enabled; Object Lock on, of lock_days: governance 30 days", "stays as an old version")
	client, bucket = storagetest.Client(t, locked)
	byItself := &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(7)}}
	if _, err := client.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{Bucket: &bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled, Rule: byItself}}); err != nil {
		t.Fatal(err)
	}
	says(t, doctor(exitFailed, "--evidence", locked), "Object Lock on, of the bucket: governance 7 days")
	says(t, doctor(exitFailed, "--evidence", strings.Replace(plain, "s3://hosho-", "s3://other-", 1)), "FAILED  evidence")
	says(t, call(t, env, "doctor", "--keys", t.TempDir(), "--evidence", plain).want(t, exitOK).stdout, "not asked: --base-url")
}

// What shows only when the bucket is used: that strangers may read it, and that nobody may write.
func TestDoctorUsesTheBucket(t *testing.T) {
	env := append(migrated(t), "HOSHO_KEYS="+t.TempDir())
	plain := storagetest.S3(t)
	doctor := func(answer breakage) string {
		t.Helper()
		return call(t, env, "doctor", "--evidence", storagetest.Through(t, plain, answer)).want(t, exitFailed).stdout
	}
	says(t, doctor(func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		if r.Header.Get("Authorization") == "" && !r.URL.Query().Has("X-Amz-Signature") {
			return // with 200
		}
		server.ServeHTTP(w, r)
	}), "FAILED  evidence", "the bucket is public")
	says(t, doctor(func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		if r.Method == http.MethodPut {
			refuses(http.StatusForbidden, "AccessDenied")(w, r, server)
			return
		}
		server.ServeHTTP(w, r)
	}), "FAILED  evidence", "write")
}
