package main

import (
	"strings"
	"testing"

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
	says(t, doctor(exitFailed, "--evidence", strings.Replace(plain, "s3://hosho-", "s3://other-", 1)), "FAILED  evidence")
	says(t, call(t, env, "doctor", "--keys", t.TempDir(), "--evidence", plain).want(t, exitOK).stdout, "not asked: --base-url")
}
