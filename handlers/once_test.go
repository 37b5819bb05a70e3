package handlers

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// A form sent twice is said to be sent only once that is so: not while the first sending still
// runs and may yet fail, and not when it died on its way.
func TestOnceIsNotSaidTooEarly(t *testing.T) {
	p := newPortal(t)
	var mu sync.Mutex
	var acts []func() error
	done := 0
	p.withRoutes(route{method: "POST", path: "/:lang/test/once", kind: pageRoute, who: people, handle: func(c *gin.Context) error {
		f, err := p.h.readEntry(c, nil)
		if err != nil {
			return err
		}
		err = f.doOnce(func() error {
			mu.Lock()
			act := acts[0]
			acts = acts[1:]
			mu.Unlock()
			return act()
		})
		if err != nil {
			return err
		}
		c.String(http.StatusOK, "sent")
		return nil
	}})
	ok := func() error { done++; return nil }
	send := func(once string) int {
		v := p.visitor("buyer")
		return v.send(http.MethodPost, "/ja/test/once", "application/x-www-form-urlencoded", []byte(url.Values{"once": {once}, "body": {"x"}}.Encode())).status
	}

	// The first fails while the second waits: the second does it.
	begun, fail := make(chan struct{}), make(chan struct{})
	acts = []func() error{func() error { close(begun); <-fail; return notFound() }, ok}
	first := make(chan int)
	go func() { first <- send("slow") }()
	<-begun
	second := make(chan int)
	go func() { second <- send("slow") }()
	time.Sleep(50 * time.Millisecond)
	close(fail)
	if a, b := <-first, <-second; a != http.StatusNotFound || b != http.StatusOK || done != 1 {
		t.Errorf("one failed with %d, the other was told %d, done %d times", a, b, done)
	}

	// The first died: the second is not told that it was sent, and may send after a minute.
	done, acts = 0, []func() error{func() error { panic("killed") }, ok}
	send("died")
	if got := send("died"); got != http.StatusConflict || done != 0 {
		t.Errorf("after a crash it is told %d, done %d times", got, done)
	}
	p.clock.add(time.Minute)
	if got := send("died"); got != http.StatusOK || done != 1 {
		t.Errorf("a minute after a crash it is told %d, done %d times", got, done)
	}
	if got := send("died"); got != http.StatusOK || done != 1 {
		t.Errorf("sent again it is told %d, done %d times", got, done)
	}
}
