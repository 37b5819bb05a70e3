package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"hosho/storage"
	"hosho/storage/inspect"
	"hosho/storage/inspect/inspecttest"
)

// errNoS3 says that this machine has no S3 server to start.
var errNoS3 = errors.New("no S3 server is installed here (versitygw in .tools or the path)")

const (
	s3Access, s3Secret, s3Region, s3Bucket = "hoshobench", "hoshobench-secret", "us-east-1", "bench" //nolint:gosec // of a server of our own, which ends with the measures
	smallFile                              = 500_000
	largeFile                              = 10_000_000 // bytes; the portal takes 10 MiB
)

// uploads is measure 9: a file sent to the program as it is shipped, over an S3 server, against
// the same bytes put by the SDK alone; what many large files at once take of memory; and what
// looking at a phone's screenshot takes of one processor.
func (b *bench) uploads(ctx context.Context, e *engine) error {
	if err := b.inspection(ctx); err != nil {
		return err
	}
	server, err := startS3(ctx, e.folder)
	if errors.Is(err, errNoS3) {
		fmt.Println(err.Error() + ": no uploads are measured")
		return nil
	}
	if err != nil {
		return err
	}
	defer server.stop()
	binary, err := build(ctx, e)
	if err != nil {
		return err
	}
	p, _, closePlace, err := b.somePlace(ctx, e, stockOf(1000, 10))
	if err != nil {
		return err
	}
	defer closePlace()
	s, err := b.launch(ctx, e, p, binary, server.storageURL(), server.environment()...)
	if err != nil {
		return err
	}
	defer s.stop()
	w := &web{base: s.base, address: strings.TrimPrefix(s.base, "http://"), lines: make(chan *line, 64), proxied: true}
	small := noise(smallFile)
	put := server.bare(small)
	var n atomic.Int64
	send := w.sender(small)
	c, err := b.pace.compare(ctx, 8, func(ctx context.Context, _ int) error { return send(ctx, int(n.Add(1))) }, put)
	if err != nil {
		return err
	}
	b.add(c.result("9", "program", fmt.Sprintf("a file of %d kB sent, c=8 ÷ bare SDK PUT of it", len(small)/1000), 0.5, 0.75))
	return b.largeUploads(ctx, w, s, &n)
}

// largeUploads sends files of 10 MB, 32 at once, to a program that has been at work.
func (b *bench) largeUploads(ctx context.Context, w *web, s *running, n *atomic.Int64) error {
	time.Sleep(time.Second)
	before, err := s.memory()
	if err != nil {
		return err
	}
	if err := s.forgetPeak(); err != nil {
		return err
	}
	send := w.sender(noise(largeFile))
	const files, callers = 64, 32
	began := time.Now()
	errs := make([]error, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for range files / callers {
				errs[i] = errors.Join(errs[i], send(ctx, int(n.Add(1))))
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	rate := files / time.Since(began).Seconds()
	peak, err := s.status("VmHWM:")
	if err != nil {
		return err
	}
	grown := peak - before
	b.add(result{
		Number: "9", Layer: "program", What: "memory growth with files of 10 MB, c=32", Unit: "MB", Value: grown, Low: grown, High: grown, Must: 128, Aim: 32, Less: true,
		Detail: fmt.Sprintf("peak %.0f MB, %.0f MB before; %.1f files a second", peak, before, rate),
	})
	return nil
}

// inspection looks at a phone's screenshot, alone.
func (b *bench) inspection(ctx context.Context) error {
	var shot bytes.Buffer
	if err := png.Encode(&shot, inspecttest.Screenshot(1080, 2400)); err != nil {
		return err
	}
	i := inspect.New(inspect.DefaultLimits())
	var took []float64
	for range 15 {
		began := processorTime()
		if _, err := i.Inspect(ctx, bytes.NewReader(shot.Bytes()), int64(shot.Len()), inspect.PNG); err != nil {
			return err
		}
		took = append(took, (processorTime()-began).Seconds()*1000)
	}
	b.least("9", "use case", "a screenshot of 1080 × 2400 inspected, rebuilt and made small, processor time", "ms", took, 60, 40, fmt.Sprintf("%d kB", shot.Len()/1000))
	return nil
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// noise is a picture that cannot be packed, as a file of about so many bytes.
func noise(size int) []byte {
	edge := 1
	for 3*edge*edge+edge < size*99/100 {
		edge++
	}
	m := image.NewNRGBA(image.Rect(0, 0, edge, edge))
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a picture, the same each time
	for i := range m.Pix {
		m.Pix[i] = byte(rng.Uint32())
		if i%4 == 3 {
			m.Pix[i] = 255
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, m); err != nil {
		panic(err) // into memory
	}
	return b.Bytes()
}

// sender sends a file whole as one buyer after the other.
func (w *web) sender(file []byte) func(ctx context.Context, n int) error {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="a.png"`}, "Content-Type": {inspect.PNG}})
	if err == nil {
		_, err = part.Write(file)
	}
	err = errors.Join(err, form.Close())
	head := "Content-Type: " + form.FormDataContentType()
	return func(ctx context.Context, n int) error {
		if err != nil {
			return err
		}
		return w.send(ctx, http.MethodPost, "/api/v1/uploads", head+"\r\nAuthorization: Bearer "+tokenOf('b', n%buyerCount), b.Bytes(), http.StatusCreated, nil)
	}
}

// s3Server is a private versitygw over a folder.
type s3Server struct {
	command *exec.Cmd
	address string
}

func startS3(ctx context.Context, folder string) (*s3Server, error) {
	program := filepath.Join(".tools", "versitygw")
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("versitygw"); err != nil {
			return nil, errNoS3
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &s3Server{address: listener.Addr().String()}
	if err := listener.Close(); err != nil {
		return nil, err
	}
	data, attributes := filepath.Join(folder, "s3"), filepath.Join(folder, "attributes")
	if err := errors.Join(os.MkdirAll(filepath.Join(data, s3Bucket), 0o700), os.MkdirAll(attributes, 0o700)); err != nil {
		return nil, err
	}
	s.command = exec.Command(program, "-p", s.address, "--health", "/healthz", "-q", "posix", "--sidecar", attributes, data) //nolint:gosec,noctx // found above; stopped by stop
	s.command.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s3Access, "ROOT_SECRET_KEY="+s3Secret)
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	s.command.Stdout, s.command.Stderr = &said, &said
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start the S3 server: %w", err)
	}
	for range 1500 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/healthz", nil)
		if err != nil {
			return nil, err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return s, nil
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("the S3 server does not answer: %s", said.Bytes()[:min(said.Len(), 1000)])
}

func (s *s3Server) stop() {
	_ = s.command.Process.Kill()
	_ = s.command.Wait() // killed as asked
}

func (s *s3Server) storageURL() string {
	return "s3://" + s3Bucket + "?region=" + s3Region + "&path_style=true&endpoint=http://" + s.address
}

func (*s3Server) environment() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + s3Access, "AWS_SECRET_ACCESS_KEY=" + s3Secret, "AWS_EC2_METADATA_DISABLED=true"}
}

// bare puts a file by the SDK and nothing else, with its checksum as the program does.
func (s *s3Server) bare(file []byte) operation {
	client := s3.New(s3.Options{
		Region: s3Region, BaseEndpoint: aws.String("http://" + s.address), UsePathStyle: true, RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		Credentials: credentials.NewStaticCredentialsProvider(s3Access, s3Secret, ""),
	})
	sum := sha256.Sum256(file)
	return func(ctx context.Context, _ int) error {
		key := storage.NewKey("bare")
		_, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: aws.String(s3Bucket), Key: &key, Body: bytes.NewReader(file), ContentType: aws.String(inspect.PNG),
			ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum[:])), IfNoneMatch: aws.String("*"),
		})
		return err
	}
}
