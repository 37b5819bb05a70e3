package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func chain(n int) []Event {
	events, prev := make([]Event, n), Genesis
	for i := range events {
		e := Event{
			Seq: int64(i) + 1, At: fmt.Sprintf("2026-01-01T01:%02d:00Z", i%60), Actor: Actor{Role: "buyer", ID: "b-1"}, Type: "claim.filed",
			Data: json.RawMessage(fmt.Sprintf(`{"status":"filed","amount":%d}`, i)), PrevHash: prev,
		}
		var err error
		if e.Hash, err = Link(prev, e); err != nil {
			panic(err)
		}
		events[i], prev = e, e.Hash
	}
	return events
}

// The hash is what a stranger gets who follows the published rule by hand.
func TestLink(t *testing.T) {
	for _, c := range []struct {
		event Event
		text  string
	}{
		{
			Event{Seq: 7, At: "2026-01-01T01:00:00.5Z", Actor: Actor{Role: "buyer", ID: "b\"1"}, Type: "x", Data: json.RawMessage(` {"b":1.0,"a":"\u00e9"} `)},
			`{"actor":{"id":"b\"1","role":"buyer"},"at":"2026-01-01T01:00:00.5Z","data":{"a":"é","b":1},"seq":7,"type":"x"}`,
		},
		{
			Event{Seq: 1, At: "2026-01-01T01:00:00Z", Actor: Actor{Role: "clock"}, Type: "claim.opened", Data: json.RawMessage(`null`)},
			`{"actor":{"role":"clock"},"at":"2026-01-01T01:00:00Z","data":null,"seq":1,"type":"claim.opened"}`,
		},
	} {
		sum := sha256.Sum256([]byte(Genesis + c.text))
		if got, err := Link(Genesis, c.event); err != nil || got != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: %s, %v", c.text, got, err)
		}
		// The same by the general road, from the event as it is served.
		served, err := json.Marshal(c.event)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(served, &fields); err != nil {
			t.Fatal(err)
		}
		delete(fields, "prev_hash")
		delete(fields, "hash")
		if text, err := Canonical(fields); err != nil || string(text) != c.text {
			t.Errorf("served: %s, %v, want %s", text, err, c.text)
		}
	}
}

func TestLinkRefuses(t *testing.T) {
	for name, change := range map[string]func(*Event){
		"seq 0":           func(e *Event) { e.Seq = 0 },
		"seq too large":   func(e *Event) { e.Seq = 1 << 53 },
		"no role":         func(e *Event) { e.Actor.Role = "" },
		"no type":         func(e *Event) { e.Type = "" },
		"no data":         func(e *Event) { e.Data = nil },
		"no instant":      func(e *Event) { e.At = "" },
		"other zone":      func(e *Event) { e.At = "2026-01-01T10:00:00+09:00" },
		"zeros":           func(e *Event) { e.At = "2026-01-01T01:00:00.100Z" },
		"nanoseconds":     func(e *Event) { e.At = "2026-01-01T01:00:00.000000001Z" },
		"data no JSON":    func(e *Event) { e.Data = json.RawMessage(`{`) },
		"data of two":     func(e *Event) { e.Data = json.RawMessage(`{},"seq":2,"x":{}`) },
		"role not UTF-8":  func(e *Event) { e.Actor.Role = "\xff" },
		"id not UTF-8":    func(e *Event) { e.Actor.ID = "\xff" },
		"type not UTF-8":  func(e *Event) { e.Type = "\xff" },
		"key twice":       func(e *Event) { e.Data = json.RawMessage(`{"a":1,"a":2}`) },
		"blank data text": func(e *Event) { e.Data = json.RawMessage(` `) },
	} {
		e := chain(1)[0]
		change(&e)
		if hash, err := Link(Genesis, e); hash != "" || (!errors.Is(err, ErrEvent) && !errors.Is(err, ErrCanonical)) {
			t.Errorf("%s: %s, %v", name, hash, err)
		}
	}
	for _, prev := range []string{"", "0", strings.Repeat("A", 64), Genesis + "0", strings.Repeat("g", 64)} {
		if _, err := Link(prev, chain(1)[0]); !errors.Is(err, ErrEvent) {
			t.Errorf("previous hash %q: %v", prev, err)
		}
	}
}

func TestVerify(t *testing.T) {
	for n := range 4 {
		if err := Verify(chain(n)); err != nil {
			t.Errorf("%d events: %v", n, err)
		}
	}
	redacted := chain(5)
	redacted[1], redacted[3] = redacted[1].Redacted(), redacted[3].Redacted()
	text, err := json.Marshal(redacted[1])
	if want := `{"seq":2,"prev_hash":"` + redacted[1].PrevHash + `","hash":"` + redacted[1].Hash + `"}`; err != nil || string(text) != want {
		t.Errorf("redacted: %s, %v", text, err)
	}
	if err := Verify(redacted); err != nil {
		t.Errorf("redacted: %v", err)
	}
	redacted[3].Hash = Genesis
	var broken *BrokenError
	if err := Verify(redacted); !errors.As(err, &broken) || broken.Seq != 5 || broken.Error() == "" {
		t.Errorf("changed hash of a redacted event: %v", err)
	}
	// The end of a chain that cannot be recomputed has at least the form of a hash.
	end := chain(2)
	end[1] = end[1].Redacted()
	end[1].Hash = end[1].Hash[1:] + "G"
	if err := Verify(end); !errors.As(err, &broken) || broken.Seq != 2 {
		t.Errorf("no hash at the end: %v", err)
	}
	// What was half blanked is no redacted event.
	half := chain(3)
	half[1].Data, half[1].Type = nil, ""
	if err := Verify(half); !errors.As(err, &broken) || broken.Seq != 2 {
		t.Errorf("half blanked: %v", err)
	}
	// A chain whose hashes are right but that does not begin at the beginning.
	start := chain(1)
	start[0].PrevHash = strings.Repeat("1", 64)
	start[0].Hash, _ = Link(start[0].PrevHash, start[0])
	if err := Verify(start); !errors.As(err, &broken) || broken.Seq != 1 {
		t.Errorf("first prev_hash: %v", err)
	}
	late := chain(1)
	late[0].Seq = 2
	late[0].Hash, _ = Link(Genesis, late[0])
	if err := Verify(late); !errors.As(err, &broken) || broken.Seq != 2 {
		t.Errorf("first seq: %v", err)
	}
}

// changes are the ways one event of a chain can be changed that show: a redacted event has
// no content, and nothing follows the last.
func changes(redacted, last bool) []string {
	all := []string{"seq", "prev", "hash", "insert"}
	if !redacted {
		all = append(all, "at", "role", "id", "type", "data")
	}
	if !last {
		all = append(all, "delete", "swap")
	}
	return all
}

// Whatever one change is made to a chain, it is found.
func TestTampering(t *testing.T) {
	const anything, noHex = `0123456789abcdefXYZ{}":,. `, `XYZ{}":,. `
	flip := func(t *rapid.T, s, to string) string {
		b, i := []byte(s), rapid.IntRange(0, len(s)-1).Draw(t, "place")
		b[i] = rapid.SampledFrom([]byte(strings.ReplaceAll(to, s[i:i+1], ""))).Draw(t, "byte")
		return string(b)
	}
	rapid.Check(t, func(t *rapid.T) {
		events := chain(rapid.IntRange(2, 8).Draw(t, "events"))
		for i := range events {
			if rapid.IntRange(0, 3).Draw(t, "redact") == 0 {
				events[i] = events[i].Redacted()
			}
		}
		if err := Verify(events); err != nil {
			t.Fatal(err)
		}
		i := rapid.IntRange(0, len(events)-1).Draw(t, "event")
		e, last := &events[i], i == len(events)-1
		switch rapid.SampledFrom(changes(e.redacted(), last)).Draw(t, "what") {
		case "seq":
			e.Seq += rapid.SampledFrom([]int64{-1, 1, 1 << 60}).Draw(t, "by")
		case "at":
			e.At = flip(t, e.At, anything)
		case "role":
			e.Actor.Role = flip(t, e.Actor.Role, anything)
		case "id":
			e.Actor.ID = rapid.SampledFrom([]string{"", "b-2", "b-1 "}).Draw(t, "id")
		case "type":
			e.Type = flip(t, e.Type, anything)
		case "data": // no one byte of it can be another without its value being another
			e.Data = json.RawMessage(flip(t, string(e.Data), anything))
		case "prev":
			e.PrevHash = flip(t, e.PrevHash, anything)
		case "hash":
			to := anything
			if last && e.redacted() { // it cannot be recomputed, and nothing follows that names it
				to = noHex
			}
			e.Hash = flip(t, e.Hash, to)
		case "delete":
			events = slices.Delete(events, i, i+1)
		case "insert":
			events = slices.Insert(events, i, *e)
		case "swap":
			events[i], events[i+1] = events[i+1], events[i]
		}
		var broken *BrokenError
		if err := Verify(events); !errors.As(err, &broken) {
			t.Fatalf("not found: %v", err)
		}
	})
}

func TestInstant(t *testing.T) {
	tokyo := time.FixedZone("", 9*3600)
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), "2026-01-01T01:00:00Z"},
		{time.Date(2026, 1, 1, 10, 0, 0, 0, tokyo), "2026-01-01T01:00:00Z"},
		{time.Date(2026, 1, 1, 1, 0, 0, 1000, time.UTC), "2026-01-01T01:00:00.000001Z"},
		{time.Date(2026, 1, 1, 1, 0, 0, 999, time.UTC), "2026-01-01T01:00:00Z"},
		{time.Date(2026, 1, 1, 1, 0, 0, 500_000_000, time.UTC), "2026-01-01T01:00:00.5Z"},
		{time.Date(2026, 1, 1, 1, 0, 0, 999_999_999, time.UTC), "2026-01-01T01:00:00.999999Z"},
	} {
		if got := Instant(c.at); got != c.want {
			t.Errorf("%v: %s, want %s", c.at, got, c.want)
		}
	}
}

func TestDigest(t *testing.T) {
	salt := []byte("0123456789abcdef")
	sum := sha256.Sum256([]byte("0123456789abcdef届かない"))
	if got := Digest(salt, "届かない"); got != hex.EncodeToString(sum[:]) {
		t.Errorf("%s", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("a short salt was taken")
		}
	}()
	Digest(salt[:15], "x")
}

func BenchmarkLink(b *testing.B) {
	e := chain(1)[0]
	e.Data = json.RawMessage(`{"outcome":"granted","amount":{"currency":"JPY","amount":3800},"borne_by":"seller","counts_against_seller":true,` +
		`"reason_code":"not_received","facts":"配送業者の記録に配達がない","automated":false,"evidence_cited":["e-1","e-2"],"lines":[1,2],"policy_version":1}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Link(Genesis, e); err != nil {
			b.Fatal(err)
		}
	}
}
