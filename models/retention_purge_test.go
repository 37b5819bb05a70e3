package models

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// Many replicas, and a store of evidence that fails half of the time, come to the same end.
func TestReplicasRemoveFilesOnce(t *testing.T) {
	m, s := withEvidence(t)
	var ids []string
	var claims []Claim
	for i := range 12 {
		number := m.order(fmt.Sprint("A-", i), nil)
		m.contact(number, NotReceived)
	}
	m.later(48 * time.Hour)
	for i := range 12 {
		id := m.upload(m.buyer, fmt.Sprint("png:", i)).ID
		ids = append(ids, id)
		claims = append(claims, m.deniedWith(fmt.Sprint("A-", i), id))
	}
	m.later(days(210))
	failures := 0
	s.after = func(op, _ string) error {
		if failures++; op == "delete" && failures%2 == 0 {
			return errors.New("the store is away")
		}
		return nil
	}
	m.replicas()
	if got := m.kept(s, ids...); got != strings.Repeat("-", 12) {
		t.Fatalf("removed %s", got)
	}
	for _, c := range claims {
		if n := m.countRows("SELECT COUNT(*) FROM claim_events WHERE claim_id = ? AND type = 'files_removed'", c.ID); n != 1 {
			t.Errorf("%s says so %d times", c.Number, n)
		}
		checkChain(t, m, c.Number)
	}
	for range 20 {
		_, err := m.SweepUploads(m.ctx, 50)
		m.must(err)
		m.later(11 * time.Minute)
	}
	if len(s.held()) != 0 || m.loose() != 0 {
		t.Errorf("left in the store: %v", s.held())
	}
}

// A file that is being given on an open claim while the purge looks at it stays.
func TestAFileGivenAgainStays(t *testing.T) {
	m, s := withEvidence(t)
	m.order("A-1", nil)
	m.order("A-2", func(in *OrderInput) {
		in.PlacedAt, in.Lines[0].EstimatedDelivery = "2026-08-01T10:00:00+09:00", &EstimateInput{Latest: "2026-08-10"}
	})
	m.contact("A-1", NotReceived)
	m.later(48 * time.Hour)
	file := m.upload(m.buyer, "png:x").ID
	c := m.deniedWith("A-1", file)
	until := c.ClosedAt.Add(days(210))
	m.clock.set(until.Add(-hours(72)))
	m.contact("A-2", NotReceived)
	m.later(48 * time.Hour)
	in := filing("A-2", NotReceived)
	in.Evidence = []string{file}
	c2, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	m.clock.set(until)
	m.run()
	if got := m.kept(s, file); got != "k" {
		t.Fatal("the file of an open claim left")
	}
	content, err := m.EvidenceContent(m.ctx, m.seller, file, EvidenceCopy)
	m.must(err)
	b, err := io.ReadAll(content.Body)
	m.must(errors.Join(err, content.Body.Close()))
	if string(b) != "x" {
		t.Errorf("read %q", b)
	}
	m.must(errOf(m.Act(m.ctx, m.seller, c2.Number, &AcceptInput{})))
	c2 = m.claim(c2.Number)
	m.leave(s, c2.AppealUntil.Add(days(180)), file)
}
