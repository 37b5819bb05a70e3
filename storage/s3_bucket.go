package storage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// maxLockDays bounds lock_days: what is locked cannot be deleted for good
// before, whatever the law or a person asks.
const maxLockDays = 400

// checkPrefix is of objects that Check makes and takes away again; they are
// never locked.
const checkPrefix = "check/"

// ErrNoLock says that a store cannot hold objects against deletion: it is no
// bucket with Object Lock. Compare with errors.Is.
var ErrNoLock = errors.New("the store has no Object Lock")

// Holder is a store that can hold an object against deletion by anybody, those
// with the store's own credentials included. Whoever puts a file on legal hold
// asks whether its [Store] is one, holds original and copy, and takes
// ErrNoLock for an answer: the hold in the database is what counts.
type Holder interface {
	// Hold sets or lifts a legal hold on the bytes under a key. It lasts until
	// it is lifted, however long that is, and may be set twice. Deleting a key
	// that is held hides it and keeps the bytes. ErrNoLock where the bucket has
	// no Object Lock, ErrNotFound where nothing is under the key.
	Hold(ctx context.Context, key string, on bool) error
}

var _ Holder = (*S3)(nil)

// Hold is described at Holder.
func (s *S3) Hold(ctx context.Context, key string, on bool) error {
	if err := checkKey(key); err != nil {
		return fmt.Errorf("hold: %w", err)
	}
	ctx, stop := context.WithTimeout(ctx, s3CallTimeout)
	defer stop()
	hold := &types.ObjectLockLegalHold{Status: types.ObjectLockLegalHoldStatusOff}
	if on {
		hold.Status = types.ObjectLockLegalHoldStatusOn
	}
	_, err := s.client.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{Bucket: &s.bucket, Key: &key, LegalHold: hold})
	if err = s3Error(err); err != nil {
		if code := codeOf(err); code == "InvalidRequest" || strings.HasPrefix(code, "InvalidBucketObjectLock") || code == "NotImplemented" || code == "ObjectLockConfigurationNotFoundError" {
			return fmt.Errorf("hold %s: %w (%w)", key, ErrNoLock, err)
		}
		return fmt.Errorf("hold %s: %w", key, err)
	}
	return nil
}

// leavingNothing deletes the versions of an object too.
type leavingNothing struct{ *S3 }

func (s leavingNothing) Delete(ctx context.Context, key string) error {
	out, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &key})
	if err != nil {
		return fmt.Errorf("delete %s: %w", key, s3Error(err))
	}
	if !aws.ToBool(out.DeleteMarker) {
		return nil
	}
	all, err := s.client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &s.bucket, Prefix: &key})
	if err != nil {
		return nil //nolint:nilerr // the key is gone, which is what was asked; its versions are litter
	}
	drop := []*string{out.VersionId}
	for _, v := range all.Versions {
		drop = append(drop, v.VersionId)
	}
	for _, version := range drop {
		// Where the bucket locks all by itself this is refused, and the lock's end is waited for.
		_, _ = s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &key, VersionId: version})
	}
	return nil
}

func codeOf(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return ""
	}
	return api.ErrorCode()
}

// retain asks for the lock the operator has set. Governance and not
// compliance: whoever has the right to bypass it can still obey a court.
func (s *S3) retain(in *s3.PutObjectInput) {
	if s.lock == 0 || strings.HasPrefix(aws.ToString(in.Key), checkPrefix) {
		return
	}
	in.ObjectLockMode = types.ObjectLockModeGovernance
	in.ObjectLockRetainUntilDate = aws.Time(s.now().UTC().AddDate(0, 0, s.lock).Truncate(time.Second))
}

// Bucket is how a bucket is set up, as far as this program depends on it.
type Bucket struct {
	Versioning string // enabled, suspended, off or unknown
	Lock       string // on, off or unknown
	LockRule   string // what the bucket locks by itself, such as "governance 30 days"; "" for nothing
	LockDays   int    // what is put is locked for so many days; 0 for nothing beyond LockRule
}

// Bucket reads how the bucket is set up. What the credentials may not read is
// unknown. It fails where lock_days asks for what the bucket cannot do.
func (s *S3) Bucket(ctx context.Context) (Bucket, error) {
	b := Bucket{Versioning: "unknown", Lock: "unknown", LockDays: s.lock}
	v, err := s.client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &s.bucket})
	switch {
	case err == nil && v.Status == "":
		b.Versioning = "off"
	case err == nil:
		b.Versioning = strings.ToLower(string(v.Status))
	case codeOf(err) == "":
		return b, fmt.Errorf("read the bucket's versioning: %w", err)
	}
	l, err := s.client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &s.bucket})
	switch {
	case err == nil && l.ObjectLockConfiguration != nil && l.ObjectLockConfiguration.ObjectLockEnabled == types.ObjectLockEnabledEnabled:
		b.Lock = "on"
		b.LockRule = lockRule(l.ObjectLockConfiguration.Rule)
	case err == nil, codeOf(err) == "ObjectLockConfigurationNotFoundError":
		b.Lock = "off"
	case codeOf(err) == "":
		return b, fmt.Errorf("read the bucket's Object Lock: %w", err)
	}
	if b.LockDays > 0 && b.Lock == "off" {
		return b, errors.New("lock_days is set, and the bucket has no Object Lock: it is switched on when a bucket is made")
	}
	return b, nil
}

func lockRule(r *types.ObjectLockRule) string {
	if r == nil || r.DefaultRetention == nil {
		return ""
	}
	d := r.DefaultRetention
	if d.Years != nil && *d.Years > 0 {
		return fmt.Sprintf("%s %d years", strings.ToLower(string(d.Mode)), *d.Years)
	}
	return fmt.Sprintf("%s %d days", strings.ToLower(string(d.Mode)), aws.ToInt32(d.Days))
}

// CheckUpload does what a browser does before it sends a file from a page of
// origin (such as https://hosho.example): it asks whether that may be, with
// the method and headers of our uploads. The error says what the bucket's CORS
// rule lacks.
func (s *S3) CheckUpload(ctx context.Context, origin string) error {
	p, err := s.PresignPut(ctx, NewKey("check"), "image/png", 1, strings.Repeat("0", 64), time.Minute)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodOptions, p.URL, nil)
	if err != nil {
		return fmt.Errorf("ask as a browser: %w", err)
	}
	var names []string
	for name := range p.Header {
		names = append(names, strings.ToLower(name))
	}
	req.Header.Set("Origin", origin)
	req.Header.Set("Access-Control-Request-Method", p.Method)
	req.Header.Set("Access-Control-Request-Headers", strings.Join(names, ","))
	res, err := (&http.Client{Timeout: s3CallTimeout}).Do(req)
	if err != nil {
		return fmt.Errorf("ask as a browser: %w", err)
	}
	defer res.Body.Close()
	return allowed(res, origin, p.Method, names)
}

func allowed(res *http.Response, origin, method string, names []string) error {
	list := func(name string) string {
		return "," + strings.ToLower(strings.ReplaceAll(strings.Join(res.Header.Values(name), ","), " ", "")) + ","
	}
	origins, methods, headers := list("Access-Control-Allow-Origin"), list("Access-Control-Allow-Methods"), list("Access-Control-Allow-Headers")
	if res.StatusCode/100 != 2 || !strings.Contains(origins, ","+strings.ToLower(origin)+",") && origins != ",*," {
		return fmt.Errorf("no CORS rule of the bucket allows %s (%s)", origin, res.Status)
	}
	if !strings.Contains(methods, ","+strings.ToLower(method)+",") {
		return fmt.Errorf("the bucket's CORS rule does not allow %s", method)
	}
	for _, name := range names {
		if !strings.Contains(headers, ","+name+",") && headers != ",*," {
			return fmt.Errorf("the bucket's CORS rule does not allow the header %s", name)
		}
	}
	return nil
}

// CheckPrivate makes sure that the bucket answers nobody without credentials:
// neither for an object nor for the list of all.
func (s *S3) CheckPrivate(ctx context.Context) error {
	signed, err := s.PresignGet(ctx, NewKey("check"), "a", "text/plain", true, time.Minute)
	if err != nil {
		return err
	}
	object, _, _ := strings.Cut(signed, "?")
	list := object[:strings.LastIndex(object, "/check/")+1]
	for _, ask := range []struct{ what, address string }{{"object", object}, {"list", list}} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, ask.address, nil)
		if err != nil {
			return fmt.Errorf("ask as a stranger: %w", err)
		}
		res, err := (&http.Client{Timeout: s3CallTimeout}).Do(req)
		if err != nil {
			return fmt.Errorf("ask as a stranger: %w", err)
		}
		_ = res.Body.Close()
		// A stranger who is told that an object is missing may read those that are not.
		if res.StatusCode/100 == 2 || ask.what == "object" && res.StatusCode == http.StatusNotFound {
			return fmt.Errorf("the bucket is public: a stranger asks for the %s and gets %s", ask.what, res.Status)
		}
	}
	return nil
}
