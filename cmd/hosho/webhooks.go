package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hosho/models"
)

const (
	// webhookTimeout is for one delivery from looking up the name to the end of the answer; it
	// must be over well before the lease of a delivery (1 min) ends.
	webhookTimeout = 15 * time.Second
	// webhookAnswer is how much of an answer is read, so that its connection can be used again.
	webhookAnswer = 64 << 10
)

// errNotPublic is why an address is not called.
var errNotPublic = errors.New("the address is not one of the public network")

// poster sends webhooks. Their addresses are other people's to choose, so it calls none inside
// the house: what a name stands for is judged after it has been looked up, when the connection
// is made, and no redirect or proxy leads elsewhere.
type poster struct {
	client *http.Client
}

func newPoster(sandbox bool, timeout time.Duration) poster {
	dialer := &net.Dialer{Timeout: timeout / 2}
	if !sandbox {
		dialer.Control = publicOnly
	}
	return poster{&http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: timeout / 2, ResponseHeaderTimeout: timeout,
			MaxResponseHeaderBytes: webhookAnswer, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// publicOnly refuses to connect inside the house. It is asked for each address that is tried,
// with what is dialled, however that was written or looked up.
func publicOnly(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !models.PublicAddress(to.Addr()) {
		return errNotPublic
	}
	return nil
}

// Post sends one webhook.
func (p poster) Post(ctx context.Context, to string, header map[string]string, body string) (models.Posted, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		return models.Posted{}, errors.New("the address cannot be read")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Hosho-Webhooks/1")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return models.Posted{}, webhookProblem(err)
	}
	defer func() { _ = answer.Body.Close() }() // it has been answered, whatever became of the rest
	_, _ = io.CopyN(io.Discard, answer.Body, webhookAnswer)
	posted := models.Posted{Status: answer.StatusCode}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
		posted.Wait = time.Duration(min(seconds, 24*3600)) * time.Second
	}
	return posted, nil
}

// webhookProblem says what went wrong, without what the address stands for in the house's
// network: that is nothing to tell whoever chose it.
func webhookProblem(err error) error {
	var wrong *url.Error
	var dns *net.DNSError
	switch {
	case errors.Is(err, errNotPublic):
		return errNotPublic
	case errors.As(err, &wrong) && wrong.Timeout():
		return errors.New("no answer in time")
	case errors.As(err, &dns):
		return errors.New("the name of the address is not known")
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("the connection was refused")
	case wrong != nil && strings.Contains(wrong.Err.Error(), "tls:"), wrong != nil && strings.Contains(wrong.Err.Error(), "x509:"):
		return errors.New("no trusted TLS connection could be made")
	}
	return errors.New("the connection broke off")
}
