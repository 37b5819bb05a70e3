package models

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDrafts(t *testing.T) {
	m, _ := withEvidence(t)
	number := m.order("A-1", func(in *OrderInput) {
		second := in.Lines[0]
		second.Line, second.Seller = 2, SellerRef{ID: "mp-s-2", Name: "港カメラ"}
		in.Lines = append(in.Lines, second)
	})
	if _, err := m.DraftFor(m.ctx, m.buyer, number, "mp-s-1"); KindOf(err) != NotFound {
		t.Fatalf("no draft yet: %v", err)
	}
	body := DraftBody{Lines: []int{1}, Description: "まだ途中", Amount: "三千円くらい"}
	saved, err := m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", body)
	m.must(err)
	if want := at("2026-05-09T00:00:00+09:00"); saved.ExpiresAt != want { // April 9, 00:00, and 30 days
		t.Fatalf("expires %s, want %s", saved.ExpiresAt, want)
	}
	m.later(time.Minute)
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, number, "mp-s-2", DraftBody{})))
	m.later(time.Minute)
	body.Description, body.Reason = "まだ届きません", NotReceived
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", body)))
	got, err := m.DraftFor(m.ctx, m.buyer, number, "mp-s-1")
	m.must(err)
	if !reflect.DeepEqual(got.Body, body) || got.OrderNumber != number || got.ChangedAt != m.MachineNow() {
		t.Fatalf("draft %+v", got)
	}
	list, err := m.Drafts(m.ctx, m.buyer)
	m.must(err)
	if len(list) != 2 || list[0].SellerID != "mp-s-1" || list[1].SellerID != "mp-s-2" {
		t.Fatalf("drafts %+v", list)
	}

	for name, c := range map[string]struct {
		by     Actor
		order  string
		seller string
		body   DraftBody
		kind   Kind
	}{
		"another buyer":       {m.buyer2, number, "mp-s-1", body, NotFound},
		"the seller":          {m.seller, number, "mp-s-1", body, Forbidden},
		"staff":               {m.agent, number, "mp-s-1", body, Forbidden},
		"the integration":     {m.integration, number, "mp-s-1", body, NotFound},
		"no such order":       {m.buyer, "A-9", "mp-s-1", body, NotFound},
		"no line of a seller": {m.buyer, number, "mp-s-9", body, NotFound},
		"another's line":      {m.buyer, number, "mp-s-2", body, Invalid},
		"too many words":      {m.buyer, number, "mp-s-1", DraftBody{Description: strings.Repeat("あ", 4001)}, Invalid},
		"unknown reason":      {m.buyer, number, "mp-s-1", DraftBody{Reason: "because"}, Invalid},
		"unknown upload":      {m.buyer, number, "mp-s-1", DraftBody{Evidence: []string{newID()}}, Invalid},
	} {
		if _, err := m.SaveDraft(m.ctx, c.by, c.order, c.seller, c.body); KindOf(err) != c.kind {
			t.Errorf("%s: %v, want %s", name, err, c.kind)
		}
	}
	if list, err := m.Drafts(m.ctx, m.seller); err != nil || len(list) != 0 {
		t.Fatalf("another account's drafts: %+v, %v", list, err)
	}

	if got.BegunAt != saved.ChangedAt || got.BegunAt == got.ChangedAt {
		t.Errorf("begun %s, changed %s", got.BegunAt, got.ChangedAt)
	}

	m.must(m.DiscardDraft(m.ctx, m.buyer, number, "mp-s-2"))
	m.must(m.DiscardDraft(m.ctx, m.buyer, number, "mp-s-2"))
	m.clock.set(saved.ExpiresAt - 1)
	if n, err := m.SweepDrafts(m.ctx, 10); err != nil || n != 0 {
		t.Fatalf("swept %d before the time, %v", n, err)
	}
	m.must(errOf(m.DraftFor(m.ctx, m.buyer, number, "mp-s-1")))
	m.clock.set(saved.ExpiresAt)
	if _, err := m.DraftFor(m.ctx, m.buyer, number, "mp-s-1"); KindOf(err) != NotFound {
		t.Fatalf("an expired draft is shown: %v", err)
	}
	_, err = m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", body)
	wantCode(t, err, "deadline_passed")
	if n, err := m.SweepDrafts(m.ctx, 10); err != nil || n != 1 {
		t.Fatalf("swept %d, %v", n, err)
	}
}

// A draft keeps its files as long as it lives; a file that leaves it has a day.
func TestDraftsKeepTheirUploads(t *testing.T) {
	m, _ := withEvidence(t)
	number, other := m.order("A-1", nil), m.order("A-2", nil)
	a, b, shared := m.upload(m.buyer, "png:a").ID, m.upload(m.buyer, "png:b").ID, m.upload(m.buyer, "png:shared").ID
	there := func(want ...string) {
		t.Helper()
		m.sweepAll()
		got, err := m.Uploads(m.ctx, m.buyer, []string{a, b, shared})
		m.must(err)
		var ids []string
		for _, u := range got {
			ids = append(ids, u.ID)
		}
		if !reflect.DeepEqual(ids, want) {
			t.Fatalf("there are %v, want %v", ids, want)
		}
	}
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", DraftBody{Evidence: []string{a, b, shared}})))
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, other, "mp-s-1", DraftBody{Evidence: []string{shared}})))
	m.later(10 * 24 * time.Hour)
	there(a, b, shared)
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", DraftBody{Evidence: []string{a}})))
	m.later(24*time.Hour - 1000)
	there(a, b, shared)
	m.later(1000)
	there(a, shared)
	m.must(m.DiscardDraft(m.ctx, m.buyer, number, "mp-s-1"))
	m.later(24 * time.Hour)
	there(shared)
	m.clock.set(at("2026-05-09T00:00:00+09:00"))
	n, err := m.SweepDrafts(m.ctx, 10)
	m.must(err)
	if n != 1 {
		t.Fatalf("swept %d drafts", n)
	}
	m.later(25 * time.Hour)
	there()
}

// What a buyer writes beside a file goes with it into the claim.
func TestCaptionsOfADraft(t *testing.T) {
	m, _ := withEvidence(t)
	number := m.order("A-1", nil)
	m.contact(number, NotAsDescribed)
	m.later(48 * time.Hour)
	a, b := m.upload(m.buyer, "png:a").ID, m.upload(m.buyer, "png:b").ID
	in := filing(number, NotAsDescribed)
	in.Evidence, in.Captions = []string{a, b}, map[string]string{b: "届いた品物の型番"}
	c, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	if len(c.Evidence) != 2 || c.Evidence[0].Note != "" || c.Evidence[1].Note != "届いた品物の型番" {
		t.Fatalf("evidence %+v", c.Evidence)
	}
	body := DraftBody{Lines: []int{1}, Evidence: []string{a}, Captions: map[string]string{a: strings.Repeat("あ", 301)}}
	if _, err := m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", body); KindOf(err) != Invalid {
		t.Errorf("a caption of 301 characters: %v", err)
	}
}
