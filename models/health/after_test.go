package health

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWhatBecameOfAListing(t *testing.T) {
	cancelled := time.Date(2026, 1, 10, 9, 0, 0, 0, time.UTC)
	const price = 3000
	at := func(d time.Duration, available bool, price int64) Word {
		return Word{cancelled.Add(d), available, price}
	}
	for name, c := range map[string]struct {
		words []Word
		want  After
	}{
		"nothing is told":                    {nil, After{}},
		"taken off":                          {[]Word{at(time.Hour, false, 0)}, After{Gone: true}},
		"taken off just before":              {[]Word{at(-time.Hour, false, 0)}, After{Gone: true}},
		"taken off and put up again":         {[]Word{at(time.Hour, false, 0), at(48*time.Hour, true, price)}, After{}},
		"taken off, put up again later":      {[]Word{at(time.Hour, false, 0), at(7*Day, true, price)}, After{Gone: true}},
		"up before and not told of since":    {[]Word{at(-time.Hour, true, 9000)}, After{}},
		"up at the very instant":             {[]Word{at(0, true, 9000)}, After{}},
		"still up at the same price":         {[]Word{at(1, true, price)}, After{}},
		"up for less":                        {[]Word{at(time.Hour, true, price-1)}, After{}},
		"up for more":                        {[]Word{at(time.Hour, true, price+1)}, After{Dearer: true}},
		"for more at the last instant":       {[]Word{at(7*Day-time.Microsecond, true, price+1)}, After{Dearer: true}},
		"for more a week later":              {[]Word{at(7*Day, true, price+1)}, After{}},
		"a higher price of what is off sale": {[]Word{at(time.Hour, false, 9000)}, After{Gone: true}},
		"taken off a week later":             {[]Word{at(7*Day, false, 0)}, After{}},
		"no price that compares":             {[]Word{at(time.Hour, true, 0)}, After{}},
	} {
		var s Seen
		for _, w := range c.words {
			s = s.With(w, cancelled, price)
		}
		if got := s.After(); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// Words tell the same in whatever order they come, and however often.
func TestWordsTellTheSameInAnyOrder(t *testing.T) {
	cancelled := time.Date(2026, 1, 10, 9, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Word {
			return Word{cancelled.Add(time.Duration(rapid.Int64Range(-int64(Day), int64(9*Day)).Draw(t, "after"))), rapid.Bool().Draw(t, "available"), rapid.Int64Range(0, 5).Draw(t, "price")}
		})).Draw(t, "words")
		tell := func(words []Word) (s Seen) {
			for _, w := range words {
				s = s.With(w, cancelled, 3)
			}
			return s
		}
		other := rapid.Permutation(append(slices.Clone(words), words...)).Draw(t, "in another order")
		if a, b := tell(words), tell(other); a != b {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}
