package inspect

import (
	"bytes"
	"testing"
	"time"

	"hosho/storage/inspect/inspecttest"
)

// Everything that strangers send is refused for its own reason, or made
// harmless: nothing that was planted is in the copy.
func TestHostileCorpus(t *testing.T) {
	corpus := inspecttest.Corpus()
	if len(corpus) < 200 {
		t.Fatalf("%d samples are too few", len(corpus))
	}
	seen := map[string]bool{}
	for _, s := range corpus {
		if seen[s.Name] {
			t.Errorf("%s: twice", s.Name)
		}
		seen[s.Name] = true
		began := time.Now()
		if s.Want != inspecttest.Taken {
			if got := refuses(t, s.Body, s.Declared); string(got) != s.Want {
				t.Errorf("%s: %s, want %s", s.Name, got, s.Want)
			}
		} else if got := refuses(t, s.Body, s.Declared); got != inspecttest.Taken {
			t.Errorf("%s: %s, want it taken", s.Name, got)
		} else {
			r, copied := sees(t, s.Body, s.Declared)
			if bytes.Contains(copied, []byte(inspecttest.Canary)) || bytes.Contains(r.Thumbnail, []byte(inspecttest.Canary)) {
				t.Errorf("%s: what was planted is in the copy", s.Name)
			}
			for _, word := range []string{"JavaScript", "/JS", "Launch", "EmbeddedFile", "<script", "<?php", "PK\x03\x04"} {
				if bytes.Contains(copied, []byte(word)) {
					t.Errorf("%s: %q is in the copy", s.Name, word)
				}
			}
		}
		// A sample that never ends must fail; how long one takes is cmd/bench's to say, on a quiet machine.
		if took := time.Since(began); took > time.Minute {
			t.Errorf("%s: took %v", s.Name, took)
		}
	}
	t.Logf("%d samples", len(corpus))
}
