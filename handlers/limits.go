package handlers

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter lets each key do so many requests a minute. Its memory is bounded by two
// generations of keys: one is dropped whole when the other is full or a minute old, and a
// key that was silent for a minute has its whole allowance again anyway.
type limiter struct {
	mu      sync.Mutex
	perMin  int
	now     func() time.Time
	young   map[string]*rate.Limiter
	old     map[string]*rate.Limiter
	turned  time.Time
	maxKeys int
}

func newLimiter(perMinute int, now func() time.Time) *limiter {
	return &limiter{perMin: perMinute, now: now, young: map[string]*rate.Limiter{}, turned: now(), maxKeys: 50_000}
}

// take counts one request; when it is one too many it returns how long to wait.
func (l *limiter) take(key string) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if now.Sub(l.turned) > time.Minute || len(l.young) >= l.maxKeys {
		l.old, l.young, l.turned = l.young, map[string]*rate.Limiter{}, now
	}
	lim, known := l.young[key]
	if !known {
		if lim, known = l.old[key]; !known {
			lim = rate.NewLimiter(rate.Limit(float64(l.perMin)/60), l.perMin)
		}
		l.young[key] = lim
	}
	if lim.AllowN(now, 1) {
		return 0, true
	}
	missing := 1 - lim.TokensAt(now)
	return time.Duration(missing / float64(lim.Limit()) * float64(time.Second)), false
}

// addressKey is what counts as one address: of IPv6 the /64 that one subscriber has.
func addressKey(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}

// secondsUp is a wait as people and headers read it: whole seconds, at least one.
func secondsUp(d time.Duration) time.Duration {
	return max(time.Second, (d + time.Second - 1).Truncate(time.Second))
}
