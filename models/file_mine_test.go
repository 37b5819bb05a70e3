package models

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestMyFiles(t *testing.T) {
	m, s := withEvidence(t)
	c, talk, file := m.deniedAfterTalk("A-1")
	m.later(time.Minute)
	unused := m.upload(m.buyer, "png:unused").ID
	m.sent(s, m.buyer, "png:announced")
	_, err := m.ReceiveUpload(m.ctx, m.buyer, ReceiveUpload{FileName: "a.gif"}, strings.NewReader("gif:refused"))
	wantReason(t, err, "unsupported_type")
	m.upload(m.buyer2, "png:of another")
	reserved := m.upload(m.buyer, "png:reserved").ID
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		return tx.holdUploads(m.ctx, m.buyer.AccountID, []string{reserved}, m.MachineNow().Add(days(5)))
	}))

	list := func() (got []MyFile) {
		t.Helper()
		page := Page{Limit: 2}
		for {
			files, next, err := m.MyFiles(m.ctx, m.buyer, page)
			m.must(err)
			got = append(got, files...)
			if next == "" {
				return got
			}
			page.Cursor = next
		}
	}
	got := list()
	var ids []string
	for _, f := range got {
		ids = append(ids, f.ID)
	}
	if fmt.Sprint(ids) != fmt.Sprint([]string{reserved, unused, file, talk}) {
		t.Fatalf("listed %v", ids)
	}
	if r, u := got[0], got[1]; !r.Reserved || u.Reserved || len(u.Given) != 0 || u.ExpiresAt != m.MachineNow().Add(UploadLife) {
		t.Errorf("unused %+v, reserved %+v", u, r)
	}
	if f := got[2]; len(f.Given) != 1 || f.Given[0] != (FileUse{OnClaim, SideBuyer, c.FiledAt, "A-1", c.Number, ""}) || f.Retention.Until != c.ClosedAt.Add(days(210)) {
		t.Errorf("on the claim: %+v", f)
	}
	if f := got[3]; len(f.Given) != 1 || f.Given[0].Kind != OnMessage || f.Given[0].OrderNumber != "A-1" || f.Given[0].ClaimNumber != "" || f.Retention.Until != at("2026-04-09T00:00:00+09:00").Add(days(180)) {
		t.Errorf("in the message: %+v", f)
	}
	if files, _, err := m.MyFiles(m.ctx, m.seller, Page{}); err != nil || len(files) != 0 {
		t.Errorf("the seller's: %+v, %v", files, err)
	}
	for name, by := range map[string]Actor{"nobody": Anonymous, "the integration": m.integration} {
		if _, _, err := m.MyFiles(m.ctx, by, Page{}); KindOf(err) != Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}

	for name, id := range map[string]string{"given": file, "reserved": reserved} {
		if err := m.DiscardUpload(m.ctx, m.buyer, id); CodeOf(err) != "not_allowed_now" {
			t.Errorf("discarding one that is %s: %v", name, err)
		}
	}
	if err := m.DiscardUpload(m.ctx, m.buyer2, unused); KindOf(err) != NotFound {
		t.Errorf("another's: %v", err)
	}
	m.must(m.DiscardUpload(m.ctx, m.buyer, unused))
	if err := m.DiscardUpload(m.ctx, m.buyer, unused); KindOf(err) != NotFound {
		t.Errorf("again: %v", err)
	}
	before := len(s.held())
	m.sweepAll()
	if now := len(s.held()); now != before-3 || m.kept(s, file, talk, reserved) != "kkk" {
		t.Errorf("%d objects, were %d", now, before)
	}
	m.later(time.Minute)
	last := m.upload(m.buyer, "png:not given in time")
	m.clock.set(last.ExpiresAt - 1)
	if f := list()[0]; f.ID != last.ID {
		t.Errorf("a microsecond before its end: %+v", f)
	}
	m.clock.set(last.ExpiresAt)
	if f := list()[0]; f.ID != reserved {
		t.Errorf("at its end: %+v", f)
	}
	m.clock.set(c.ClosedAt.Add(days(210)))
	m.run()
	if f := list()[0]; f.ID != file || f.State != UploadRemoved || f.RemovedAt != m.MachineNow() {
		t.Errorf("after its time: %+v", f)
	}
}
