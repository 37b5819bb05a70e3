package models

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
)

// unreadLife is how old a count of unread messages may be that another replica has changed.
const unreadLife = 5 * Instant(1_000_000)

// unreadCache keeps the counts that every page shows. A message that is sent or read through
// this process is counted at once: each such commit begins a new generation, and a count of
// an older one is not used. What other replicas do is seen after unreadLife.
type unreadCache struct {
	generation atomic.Int64
	mu         sync.Mutex
	kept       map[unreadKey]unreadCount
}

// unreadKey is everything the count hangs on.
type unreadKey struct {
	account, seller, email string
	role                   Role
}

type unreadCount struct {
	generation int64
	at         Instant // of the machine's clock
	n          int
}

// mostUnread bounds the memory: then all are counted anew.
const mostUnread = 10_000

func (c *unreadCache) get(k unreadKey, now Instant) (n int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept, ok := c.kept[k]
	return kept.n, ok && kept.generation == c.generation.Load() && now >= kept.at && now < kept.at+unreadLife
}

func (c *unreadCache) put(k unreadKey, n unreadCount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= mostUnread {
		c.kept = map[unreadKey]unreadCount{}
	}
	c.kept[k] = n
}

// UnreadNotices counts the messages not read yet among the newest 100 of the account, of its
// seller and of each buyer under its email; at most 100. Every page asks, so that the answer
// is kept for some seconds (unreadCache).
func (s *Store) UnreadNotices(ctx context.Context, by Actor) (int, error) {
	key := unreadKey{by.AccountID, by.SellerID, by.Email, by.Role}
	now, generation := s.MachineNow(), s.unread.generation.Load() // before the question, so that what is sent meanwhile is not missed
	if s.tx == nil {
		if n, ok := s.unread.get(key, now); ok {
			return n, nil
		}
	}
	n, err := s.countUnread(ctx, by)
	if err == nil && s.tx == nil {
		s.unread.put(key, unreadCount{generation, now, n})
	}
	return n, err
}

func (s *Store) countUnread(ctx context.Context, by Actor) (int, error) {
	const most = 100
	parts := []string{"SELECT read_at FROM (SELECT read_at FROM notices WHERE party = ? AND listed = ? ORDER BY created_at DESC, id DESC LIMIT ?) own"}
	args := []any{"account:" + by.AccountID, true, most}
	if by.Role == RoleSeller {
		parts = append(parts, "SELECT read_at FROM (SELECT read_at FROM notices WHERE party = ? AND listed = ? ORDER BY created_at DESC, id DESC LIMIT ?) shop")
		args = append(args, "seller:"+by.SellerID, true, most)
	}
	party := "CONCAT('buyer:', b.id)"
	if s.engine == sqliteEngine {
		party = "'buyer:' || b.id"
	}
	parts = append(parts, "SELECT read_at FROM (SELECT n.read_at FROM buyers b JOIN notices n ON n.party = "+party+" WHERE b.email = ? AND n.listed = ? AND n.read_at IS NULL LIMIT ?) bought")
	args = append(args, by.Email, true, most)
	found, err := find[struct{ N int }](ctx, s, "SELECT COUNT(*) AS n FROM ("+strings.Join(parts, " UNION ALL ")+") newest WHERE read_at IS NULL", args...)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return min(found[0].N, most), nil
}
