package storage

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// S3 keeps objects in a bucket of Amazon S3 or a server that speaks its
// protocol. Every upload carries its SHA-256, which the server compares, and
// If-None-Match: *, so that a key is written once.
type S3 struct {
	bucket  string
	where   string // for String: endpoint and region
	lock    int    // days what is put stays locked; 0 for what the bucket does by itself
	client  *s3.Client
	presign *s3.PresignClient
	now     func() time.Time
}

var _ Store = (*S3)(nil)

// Times after which a request to the bucket is given up. Reading an object
// has no such end of its own, for its reader may be a slow browser.
const (
	s3CallTimeout = 15 * time.Second
	s3PutTimeout  = 2 * time.Minute
	s3Attempts    = 3
)

// errNotS3 is an answer without what every S3 server says about an object,
// such as the page of a proxy.
var errNotS3 = errors.New("whatever answers is no S3 server")

func openS3(ctx context.Context, u *url.URL, now func() time.Time) (*S3, error) {
	loc, err := parseS3(u)
	if err != nil {
		return nil, fmt.Errorf("open storage: %w", err)
	}
	httpClient := awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = 5 * time.Second }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = 5 * time.Second
			t.ResponseHeaderTimeout = s3CallTimeout
			t.MaxIdleConnsPerHost = 32
		})
	with := []func(*config.LoadOptions) error{
		config.WithHTTPClient(httpClient),
		config.WithRetryMaxAttempts(s3Attempts),
		// Since s3 v1.73 the SDK adds a CRC32 of its own to everything, which
		// several servers refuse; we send a SHA-256 where it matters.
		config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired),
		config.WithResponseChecksumValidation(aws.ResponseChecksumValidationWhenRequired),
	}
	if loc.region != "" {
		with = append(with, config.WithRegion(loc.region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, with...)
	if err != nil {
		return nil, fmt.Errorf("open storage: read AWS settings: %w", err)
	}
	if cfg.Region == "" {
		return nil, errors.New("open storage: the s3:// URL needs region=… (or set AWS_REGION)")
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = loc.pathStyle
		o.DisableLogOutputChecksumValidationSkipped = true
		if loc.endpoint != "" {
			o.BaseEndpoint = aws.String(loc.endpoint)
		}
	})
	where := "region " + cfg.Region
	if loc.endpoint != "" {
		where = loc.endpoint + ", " + where
	}
	return &S3{bucket: loc.bucket, where: where, lock: loc.lockDays, client: client, presign: s3.NewPresignClient(client), now: now}, nil
}

type s3Location struct {
	bucket, region, endpoint string
	pathStyle                bool
	lockDays                 int
}

func parseS3(u *url.URL) (s3Location, error) {
	loc := s3Location{bucket: u.Host}
	switch {
	case u.User != nil:
		return loc, errors.New("credentials do not belong in the s3:// URL: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use a profile or a role")
	case u.Host == "":
		return loc, errors.New("the s3:// URL names no bucket: write s3://BUCKET?region=…")
	case strings.Trim(u.Path, "/") != "":
		return loc, errors.New("the s3:// URL names a bucket and no folder in it")
	case u.Fragment != "":
		return loc, errors.New("the s3:// URL must not contain #")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return loc, errors.New("the part after ? of the s3:// URL cannot be read")
	}
	for name, values := range q {
		if len(values) != 1 || values[0] == "" {
			return loc, fmt.Errorf("the s3:// URL must give %q once and not empty", name)
		}
		v := values[0]
		switch name {
		case "region":
			loc.region = v
		case "endpoint":
			e, err := url.Parse(v)
			if err != nil || e.Host == "" || e.User != nil || e.RawQuery != "" || (e.Scheme != "http" && e.Scheme != "https") {
				return loc, errors.New("endpoint in the s3:// URL must be http(s)://host[:port]")
			}
			loc.endpoint = strings.TrimSuffix(v, "/")
		case "path_style":
			if loc.pathStyle, err = strconv.ParseBool(v); err != nil {
				return loc, errors.New("path_style in the s3:// URL must be true or false")
			}
		case "lock_days":
			if loc.lockDays, err = strconv.Atoi(v); err != nil || loc.lockDays < 1 || loc.lockDays > maxLockDays {
				return loc, fmt.Errorf("lock_days in the s3:// URL must be a number from 1 to %d", maxLockDays)
			}
		default:
			return loc, fmt.Errorf("the s3:// URL knows region, endpoint, path_style and lock_days, not %q", name)
		}
	}
	return loc, nil
}

func (s *S3) String() string { return "S3 bucket " + s.bucket + " (" + s.where + ")" }

// Put is described at Store. The SDK must not repeat it by itself: when the
// answer to a successful attempt is lost, the next one hears that the key is
// taken, and only we can see that it was taken by us.
func (s *S3) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, mediaType, sha256Hex string) error {
	if err := checkPut(key, mediaType, size, sha256Hex); err != nil {
		return fmt.Errorf("put: %w", err)
	}
	if n, err := body.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	} else if n != size {
		return fmt.Errorf("put %s: %w", key, ErrChecksum)
	}
	ctx, stop := context.WithTimeout(ctx, s3PutTimeout)
	defer stop()
	for attempt := 1; ; attempt++ {
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("put %s: %w", key, err)
		}
		in := s.putInput(key, mediaType, size, sha256Hex)
		in.Body = body
		s.retain(in)
		// Signed with the hash that is known, so that it is not made a second time.
		out, err := s.client.PutObject(v4.SetPayloadHash(ctx, sha256Hex), in, func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
		if err == nil {
			return s.surely(ctx, out, key, Object{Size: size, SHA256: sha256Hex, MediaType: mediaType})
		}
		err = s3Error(err)
		if attempt > 1 && errors.Is(err, ErrExists) {
			if o, e := s.Stat(ctx, key); e == nil && o == (Object{Size: size, SHA256: sha256Hex, MediaType: mediaType}) {
				return nil
			}
		}
		if attempt == s3Attempts || !worthRepeating(err) {
			return fmt.Errorf("put %s: %w", key, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("put %s: %w", key, errors.Join(err, ctx.Err()))
		case <-time.After(time.Duration(attempt*attempt) * 100 * time.Millisecond):
		}
	}
}

// surely asks again where the answer to a Put does not repeat the checksum: an
// old server is silent about it, and so is something else that answers 200 to
// everything. No row may be written for an object that is not there.
func (s *S3) surely(ctx context.Context, out *s3.PutObjectOutput, key string, want Object) error {
	if sumOf(out.ChecksumSHA256, out.ChecksumType) == want.SHA256 {
		return nil
	}
	o, err := s.Stat(ctx, key)
	if err != nil {
		return fmt.Errorf("put %s: confirm: %w", key, err)
	}
	if o.Size != want.Size || o.SHA256 != "" && o.SHA256 != want.SHA256 {
		return fmt.Errorf("put %s: confirm: %w", key, ErrChecksum)
	}
	return nil
}

func (s *S3) putInput(key, mediaType string, size int64, sha256Hex string) *s3.PutObjectInput {
	sum, _ := hex.DecodeString(sha256Hex) // checked by checkPut
	return &s3.PutObjectInput{
		Bucket:         &s.bucket,
		Key:            &key,
		ContentType:    &mediaType,
		ContentLength:  &size,
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum)),
		IfNoneMatch:    aws.String("*"),
	}
}

// worthRepeating tells a busy or unreachable server from one that said no.
func worthRepeating(err error) bool {
	if errors.Is(err, ErrExists) || errors.Is(err, ErrChecksum) || errors.Is(err, ErrNotFound) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if wait := net.Error(nil); errors.As(err, &wait) && wait.Timeout() {
		return false // somebody is waiting, and has waited long enough
	}
	var response *awshttp.ResponseError
	if !errors.As(err, &response) {
		var api smithy.APIError
		return !errors.As(err, &api)
	}
	switch code := response.HTTPStatusCode(); code {
	case http.StatusConflict, http.StatusTooManyRequests, http.StatusRequestTimeout:
		return true // 409: somebody else is writing this key at this moment
	default:
		return code == 0 || code >= 500 // 0: no answer at all
	}
}

// s3Error adds ours to the errors a caller can act on.
func s3Error(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return err
	}
	switch api.ErrorCode() {
	case "PreconditionFailed":
		return fmt.Errorf("%w (%w)", ErrExists, err)
	case "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch":
		return fmt.Errorf("%w (%w)", ErrChecksum, err)
	case "NoSuchKey", "NotFound":
		return fmt.Errorf("%w (%w)", ErrNotFound, err)
	}
	return err
}

// Open is described at Store.
func (s *S3) Open(ctx context.Context, key string) (io.ReadCloser, Object, error) {
	if err := checkKey(key); err != nil {
		return nil, Object{}, fmt.Errorf("open: %w", err)
	}
	p := newPatience(ctx)
	out, err := s.client.GetObject(p.ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	p.rest()
	if err == nil && aws.ToString(out.ETag) == "" {
		err = errors.Join(errNotS3, out.Body.Close())
	}
	if err != nil {
		p.stop()
		return nil, Object{}, fmt.Errorf("open %s: %w", key, s3Error(err))
	}
	o := Object{Size: aws.ToInt64(out.ContentLength), SHA256: sumOf(out.ChecksumSHA256, out.ChecksumType), MediaType: aws.ToString(out.ContentType)}
	p.body = out.Body
	return verify(p, o), o, nil
}

// patience reads a body as long as something comes of it: who reads may be as
// slow as they like, the server may be silent for s3CallTimeout.
type patience struct {
	ctx   context.Context //nolint:containedctx // of the one request this body is the answer to
	stop  context.CancelFunc
	timer *time.Timer
	body  io.ReadCloser
}

func newPatience(ctx context.Context) *patience {
	ctx, stop := context.WithCancel(ctx)
	return &patience{ctx: ctx, stop: stop, timer: time.AfterFunc(s3CallTimeout, stop)}
}

func (p *patience) rest() { p.timer.Stop() }

func (p *patience) Read(b []byte) (int, error) {
	p.timer.Reset(s3CallTimeout)
	defer p.rest()
	return p.body.Read(b)
}

func (p *patience) Close() error {
	p.rest()
	err := p.body.Close()
	p.stop()
	return err
}

// Stat is described at Store.
func (s *S3) Stat(ctx context.Context, key string) (Object, error) {
	if err := checkKey(key); err != nil {
		return Object{}, fmt.Errorf("stat: %w", err)
	}
	ctx, stop := context.WithTimeout(ctx, s3CallTimeout)
	defer stop()
	out, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	if err == nil && aws.ToString(out.ETag) == "" {
		err = errNotS3
	}
	if err != nil {
		return Object{}, fmt.Errorf("stat %s: %w", key, s3Error(err))
	}
	return Object{Size: aws.ToInt64(out.ContentLength), SHA256: sumOf(out.ChecksumSHA256, out.ChecksumType), MediaType: aws.ToString(out.ContentType)}, nil
}

// sumOf is empty for an object that was put in parts by someone else: its
// checksum is one of checksums and not of its bytes.
func sumOf(checksum *string, kind types.ChecksumType) string {
	b, err := base64.StdEncoding.DecodeString(aws.ToString(checksum))
	if err != nil || len(b) != 32 || kind == types.ChecksumTypeComposite {
		return ""
	}
	return hex.EncodeToString(b)
}

// Delete is described at Store.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	ctx, stop := context.WithTimeout(ctx, s3CallTimeout)
	defer stop()
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &key})
	if err = s3Error(err); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

// PresignPut is described at Store: the server refuses another length or type
// (403), other bytes (400) and a second upload (412).
func (s *S3) PresignPut(ctx context.Context, key, mediaType string, size int64, sha256Hex string, ttl time.Duration) (Presigned, error) {
	if err := checkPresign(key, mediaType, size, sha256Hex, ttl); err != nil {
		return Presigned{}, fmt.Errorf("sign upload: %w", err)
	}
	expires := s.now().Add(ttl).UTC().Truncate(time.Second)
	req, err := s.presign.PresignPutObject(ctx, s.putInput(key, mediaType, size, sha256Hex), s3.WithPresignExpires(ttl))
	if err != nil {
		return Presigned{}, fmt.Errorf("sign upload: %w", err)
	}
	p := Presigned{Method: req.Method, URL: req.URL, Header: map[string]string{}, ExpiresAt: expires}
	for name, values := range req.SignedHeader {
		// Every client sets these two from the address and the body, and
		// browsers let nobody else set them.
		if strings.EqualFold(name, "Host") || strings.EqualFold(name, "Content-Length") {
			continue
		}
		p.Header[http.CanonicalHeaderKey(name)] = strings.Join(values, ",")
	}
	return p, nil
}

// PresignGet is described at Store.
func (s *S3) PresignGet(ctx context.Context, key, fileName, mediaType string, attachment bool, ttl time.Duration) (string, error) {
	if err := checkKey(key); err != nil {
		return "", fmt.Errorf("sign download: %w", err)
	}
	if ttl <= 0 || ttl > 24*time.Hour {
		return "", fmt.Errorf("sign download: an address lives up to a day, not %v", ttl)
	}
	req, err := s.presign.PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket:                     &s.bucket,
		Key:                        &key,
		ResponseContentType:        &mediaType,
		ResponseContentDisposition: aws.String(Disposition(fileName, attachment)),
		ResponseCacheControl:       aws.String("private, no-store"),
	}, s3.WithPresignExpires(ttl))
	if err != nil {
		return "", fmt.Errorf("sign download: %w", err)
	}
	return req.URL, nil
}

// Check is described at Store. It is made often, so that in a bucket with
// versions it leaves none.
func (s *S3) Check(ctx context.Context) error { return check(ctx, leavingNothing{s}) }
