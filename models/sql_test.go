package models

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A statement under way is left to end; the next one is not begun for whoever went away, and
// who has set a time limit is held to it.
func TestStatementsRunAlone(t *testing.T) {
	m := newMarket(t)
	gone, leave := context.WithCancel(m.ctx)
	ctx, err := alone(gone)
	m.must(err)
	leave()
	if ctx.Err() != nil {
		t.Error("a statement under way would be broken off")
	}
	if _, err := find[struct{ ID string }](gone, m.Store, "SELECT id FROM accounts"); !errors.Is(err, context.Canceled) {
		t.Errorf("a statement was begun for who has gone: %v", err)
	}
	err = m.inTx(m.ctx, func(tx *Store) error { _, err := tx.exec(gone, "DELETE FROM accounts"); return err })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a statement that writes was begun for who has gone: %v", err)
	}
	limited, stop := context.WithTimeout(m.ctx, time.Hour)
	defer stop()
	if ctx, err = alone(limited); err != nil || ctx != limited {
		t.Errorf("a time limit is gone: %v", err)
	}
}
