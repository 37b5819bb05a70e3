package templates

import (
	"errors"
	"testing"
	"time"
)

// TestTextsAreFilledAsByTheLibrary fills every text with placeholders both ways, with words
// that a template or a page might take for its own.
func TestTextsAreFilledAsByTheLibrary(t *testing.T) {
	catalog, err := NewCatalog(Options{Zone: time.FixedZone("JST", 9*60*60)})
	if err != nil {
		t.Fatal(err)
	}
	for locale, w := range catalog.words {
		if len(w.filled) < 100 {
			t.Errorf("%s: only %d texts are filled here", locale, len(w.filled))
		}
		for key, pieces := range w.filled {
			for _, value := range []any{"<b>{{.x}}&", "", int64(12800), time.Date(2026, 1, 20, 1, 0, 0, 0, time.UTC), Money{-5, "BRL"}, 48 * time.Hour} {
				args := map[string]any{"unused": 1}
				for _, p := range pieces {
					if p.name != "" {
						args[p.name] = value
					}
				}
				want, err := w.localized(key, args, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := w.text(key, args, nil); got != want || err != nil {
					t.Errorf("%s in %s with %v: %q (%v), not %q", key, locale, value, got, err, want)
				}
			}
			if _, err := w.text(key, nil, nil); !errors.Is(err, errMissingArgument) {
				t.Errorf("%s in %s without arguments: %v", key, locale, err)
			}
		}
	}
}
