package handlers

import (
	"context"
	"slices"
	"sync"
	"time"

	"hosho/models"
)

// deskCache keeps what the queue says beside its rows: what sellers and staff are called,
// and how many cases each view holds. Names change rarely and counts may be some seconds
// old; so a page of the queue is one statement.
type deskCache struct {
	h      *Handlers
	mu     sync.Mutex
	names  map[string]string
	read   time.Time
	counts map[string]countsAt // by account
}

type countsAt struct {
	at     time.Time
	counts map[models.DeskView]int
}

const (
	namesLife  = time.Minute
	countsLife = 10 * time.Second
	mostNames  = 10_000
	mostCounts = 500
)

func newDeskCache(h *Handlers) *deskCache {
	return &deskCache{h: h, names: map[string]string{}, counts: map[string]countsAt{}}
}

// namesOf gives the names of the rows' sellers and holders, asking for those not known.
func (k *deskCache) namesOf(ctx context.Context, by models.Actor, rows []models.DeskRow) (map[string]string, error) {
	sellers, accounts := models.DeskAccounts(rows)
	k.mu.Lock()
	now := k.h.machineTime()
	if now.Sub(k.read) > namesLife || len(k.names) > mostNames {
		k.names, k.read = map[string]string{}, now
	}
	known := make(map[string]string, len(sellers)+len(accounts))
	missing := func(ids []string) []string {
		return slices.DeleteFunc(ids, func(id string) bool {
			name, ok := k.names[id]
			if ok {
				known[id] = name
			}
			return ok
		})
	}
	sellers, accounts = missing(sellers), missing(accounts)
	k.mu.Unlock()
	if len(sellers) == 0 && len(accounts) == 0 {
		return known, nil
	}
	found, err := k.h.store.DeskNames(ctx, by, sellers, accounts)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, name := range found {
		k.names[id], known[id] = name, name
	}
	return known, nil
}

func (k *deskCache) countsOf(ctx context.Context, by models.Actor) (map[models.DeskView]int, error) {
	now := k.h.machineTime()
	k.mu.Lock()
	kept, ok := k.counts[by.AccountID]
	k.mu.Unlock()
	if ok && now.Sub(kept.at) < countsLife {
		return kept.counts, nil
	}
	counts, err := k.h.store.DeskCounts(ctx, by)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.counts) > mostCounts {
		k.counts = map[string]countsAt{}
	}
	k.counts[by.AccountID] = countsAt{now, counts}
	return counts, nil
}
