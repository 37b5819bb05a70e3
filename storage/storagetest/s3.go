// Package storagetest gives tests a real S3 server: versitygw, a separate
// program that is built into a tools folder and started on a free port. It
// checks signatures, checksums and conditions as Amazon does, which in-process
// fakes do not.
package storagetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"hosho/storage/tooltest"
)

var versitygw = tooltest.Tool{Name: "versitygw", Package: "github.com/versity/versitygw/cmd/versitygw", Version: "v1.8.0", Part: "s3"}

const (
	accessKey = "hoshotest"
	secretKey = "hoshotest-secret"
	region    = "us-east-1"
)

// S3 starts a server with an empty bucket, sets the AWS_* variables that give
// access to it for the length of the test (so the test cannot be parallel),
// and returns the storage URL of the bucket. The server stops with the test.
//
// Where the program is missing the test is skipped, or fails if
// HOSHO_TEST_REQUIRE lists s3.
func S3(t testing.TB) string {
	t.Helper()
	u, _ := S3Folder(t)
	return u
}

// S3Folder is S3, and tells the folder in which the bucket's objects are
// files, for tests that change them behind the server's back.
func S3Folder(t testing.TB) (storageURL, folder string) {
	t.Helper()
	endpoint, data := start(t, versitygw.Find(t))
	// The backend keeps a bucket as a folder and takes over one it finds.
	bucket := "hosho-" + strings.ToLower(rand.Text()[:12])
	folder = filepath.Join(data, bucket)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_REGION": region,
		"AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_EC2_METADATA_DISABLED": "true",
		// The developer's own settings are none of the test's business.
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	q := url.Values{"region": {region}, "endpoint": {endpoint}, "path_style": {"true"}}
	return "s3://" + bucket + "?" + q.Encode(), folder
}

// Client gives what an operator sets up a bucket with, and the bucket of a
// storage URL of S3.
func Client(t testing.TB, storageURL string) (client *s3.Client, bucket string) {
	t.Helper()
	u, err := url.Parse(storageURL)
	if err != nil {
		t.Fatal(err)
	}
	client = s3.New(s3.Options{
		Region: region, BaseEndpoint: aws.String(u.Query().Get("endpoint")), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
	})
	return client, u.Host
}

// S3Locked is S3 with a bucket that has versions and Object Lock.
func S3Locked(t testing.TB) string {
	t.Helper()
	plain := S3(t)
	client, bucket := Client(t, plain)
	locked := bucket + "-locked"
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &locked, ObjectLockEnabledForBucket: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(plain, "s3://"+bucket, "s3://"+locked, 1)
}

func start(t testing.TB, program string) (endpoint, data string) {
	t.Helper()
	base := t.TempDir()
	data = filepath.Join(base, "data")
	for _, dir := range []string{data, filepath.Join(base, "versions"), filepath.Join(base, "attributes")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// A port found free may be taken before the server has it, and a temporary
	// folder may be on a file system without extended attributes; there the
	// server keeps them in files, but then it keeps no versions.
	backend := []string{"--versioning-dir", filepath.Join(base, "versions")}
	for attempt := 1; ; attempt++ {
		address, err := freeAddress()
		if err != nil {
			t.Fatal(err)
		}
		err = serve(t, program, address, append([]string{"posix"}, append(backend, data)...))
		if err == nil {
			return "http://" + address, data
		}
		if attempt == 3 {
			t.Fatal(err)
		}
		backend = []string{"--sidecar", filepath.Join(base, "attributes")}
	}
}

func serve(t testing.TB, program, address string, backend []string) error {
	var output bytes.Buffer
	cmd := exec.Command(program, append([]string{"-p", address, "--health", "/healthz", "-q"}, backend...)...)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+accessKey, "ROOT_SECRET_KEY="+secretKey)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the S3 server: %w", err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	stop := func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				t.Cleanup(stop)
				return nil
			}
		}
		select {
		case <-ended:
			return fmt.Errorf("the S3 server ended: %s", output.String())
		case <-ctx.Done():
			stop()
			return fmt.Errorf("the S3 server does not answer: %s", output.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
