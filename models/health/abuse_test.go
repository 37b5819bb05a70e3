package health

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The numbers come out of a policy as they went in.
func TestAbuseIsKept(t *testing.T) {
	body, err := json.Marshal(DefaultAbuse())
	if err != nil {
		t.Fatal(err)
	}
	var got Abuse
	if err := json.Unmarshal(body, &got); err != nil || !reflect.DeepEqual(got, DefaultAbuse()) {
		t.Errorf("%s becomes %+v, %v", body, got, err)
	}
	if err := json.Unmarshal([]byte(`{"burst": "x"}`), &got); err == nil {
		t.Error("a number that is none is taken")
	}
}

func TestTallies(t *testing.T) {
	a := DefaultAbuse()
	for _, c := range []struct {
		tally             Tally
		unfounded, denied bool
	}{
		{Tally{}, false, false},
		{Tally{2, 2}, false, false}, // too few to say anything
		{Tally{3, 3}, true, false},
		{Tally{3, 6}, true, false},
		{Tally{3, 7}, false, false}, // less than half
		{Tally{4, 6}, true, true},
		{Tally{4, 7}, true, false},
		{Tally{40, 100}, false, false},
	} {
		if got := a.ManyUnfounded(c.tally); got != c.unfounded {
			t.Errorf("%+v of reports: %t", c.tally, got)
		}
		if got := a.ManyDenied(c.tally); got != c.denied {
			t.Errorf("%+v of claims: %t", c.tally, got)
		}
	}
	if got := (Tally{3, 0}).Share(); got != 0 {
		t.Errorf("a share of nothing is %f", got)
	}
}

func TestSuspect(t *testing.T) {
	a := DefaultAbuse()
	// old is somebody who has bought here for long.
	old := func(id string, ago time.Duration) Filed {
		return Filed{ID: id, Buyer: id, At: noon.Add(-ago)}
	}
	young := func(id string, ago time.Duration) Filed {
		f := old(id, ago)
		f.New = true
		return f
	}
	rival := func(id string, ago time.Duration) Filed {
		f := old(id, ago)
		f.Rival = true
		return f
	}
	with := func(f Filed, self, near []string) Filed {
		f.Self, f.Near = self, near
		return f
	}
	x, y := []string{"x"}, []string{"y"}
	h := time.Hour
	for _, c := range []struct {
		age    time.Duration
		orders int
		want   bool
	}{{0, 1, true}, {14*Day - 1, 1, true}, {14 * Day, 1, false}, {0, 2, false}} {
		if got := a.New(c.age, c.orders); got != c.want {
			t.Errorf("an account of %s with %d orders is new: %t", c.age, c.orders, got)
		}
	}
	for name, c := range map[string]struct {
		filed []Filed
		want  map[string][]Suspicion
	}{
		"nothing":                        {},
		"people who buy here":            {filed: []Filed{old("A", 0), old("B", h), old("C", 2*h), old("D", 3*h)}},
		"one person, two accounts":       {filed: []Filed{with(old("A", 30*Day), x, nil), with(old("B", 0), x, nil)}, want: map[string][]Suspicion{"A": {ByAccounts}, "B": {ByAccounts}}},
		"through a third account":        {filed: []Filed{with(old("A", 9*Day), x, nil), with(old("B", 5*Day), append(y, x...), nil), with(old("C", 0), y, nil)}, want: map[string][]Suspicion{"A": {ByAccounts}, "B": {ByAccounts}, "C": {ByAccounts}}},
		"two reports of one account":     {filed: []Filed{with(old("A", 0), x, nil), {ID: "A2", Buyer: "A", At: noon, Self: x}}},
		"two at one computer":            {filed: []Filed{with(old("A", 0), nil, x), with(old("B", 0), nil, x)}},
		"two new ones":                   {filed: []Filed{young("A", 0), young("B", h)}},
		"three new ones":                 {filed: []Filed{young("A", 0), young("B", h), young("C", 71*h)}, want: map[string][]Suspicion{"A": {ByBurst}, "B": {ByBurst}, "C": {ByBurst}}},
		"three new ones, slowly":         {filed: []Filed{young("A", 0), young("B", h), young("C", 72*h)}},
		"an old one among three":         {filed: []Filed{young("A", 0), young("B", h), old("C", 2*h)}},
		"three of one new account":       {filed: []Filed{young("A", 0), {ID: "A2", Buyer: "A", At: noon, New: true}, {ID: "A3", Buyer: "A", At: noon, New: true}}},
		"three at one computer":          {filed: []Filed{with(old("A", 0), nil, x), with(old("B", h), nil, x), with(old("C", 2*h), nil, x)}, want: map[string][]Suspicion{"A": {ByBurst}, "B": {ByBurst}, "C": {ByBurst}}},
		"a pair at one, and a new one":   {filed: []Filed{with(old("A", 0), nil, x), with(old("B", h), nil, x), young("C", 2*h)}, want: map[string][]Suspicion{"A": {ByBurst}, "B": {ByBurst}, "C": {ByBurst}}},
		"one of another shop":            {filed: []Filed{rival("A", 0), old("B", h)}},
		"two of other shops":             {filed: []Filed{rival("A", 0), rival("B", 71*h), old("C", h)}, want: map[string][]Suspicion{"A": {ByRivals}, "B": {ByRivals}}},
		"two of other shops, slowly":     {filed: []Filed{rival("A", 0), rival("B", 72*h)}},
		"three of other shops":           {filed: []Filed{rival("A", 0), rival("B", 0), rival("C", 0)}, want: map[string][]Suspicion{"A": {ByBurst, ByRivals}, "B": {ByBurst, ByRivals}, "C": {ByBurst, ByRivals}}},
		"one person for another shop":    {filed: []Filed{with(rival("A", 0), x, nil), with(rival("B", 0), x, nil)}, want: map[string][]Suspicion{"A": {ByAccounts, ByRivals}, "B": {ByAccounts, ByRivals}}},
		"a burst, and one a month later": {filed: []Filed{young("A", 30*Day), young("B", 30*Day), young("C", 30*Day), young("D", 0)}, want: map[string][]Suspicion{"A": {ByBurst}, "B": {ByBurst}, "C": {ByBurst}}},
	} {
		if got := a.Suspect(c.filed); !maps.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// The order in which reports are read changes nothing, one more takes no suspicion away, and
// people who have bought here for long and share nothing are never under suspicion.
func TestSuspectProperties(t *testing.T) {
	a := DefaultAbuse()
	rapid.Check(t, func(t *rapid.T) {
		var filed []Filed
		for i := range rapid.IntRange(1, 12).Draw(t, "reports") {
			f := Filed{ID: fmt.Sprint(i), Buyer: rapid.StringMatching("[A-F]").Draw(t, "buyer"), At: noon.Add(-time.Duration(rapid.IntRange(0, 10*24).Draw(t, "ago")) * time.Hour)}
			f.Self = rapid.SliceOfN(rapid.StringMatching("[xyz]"), 0, 1).Draw(t, "self")
			f.Near = rapid.SliceOfN(rapid.StringMatching("[uvw]"), 0, 1).Draw(t, "near")
			f.New, f.Rival = rapid.Bool().Draw(t, "new"), rapid.IntRange(0, 4).Draw(t, "rival") == 0
			filed = append(filed, f)
		}
		got := a.Suspect(filed)
		mixed := slices.Clone(filed)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if again := a.Suspect(mixed); !maps.EqualFunc(got, again, slices.Equal) {
			t.Fatalf("%v, and in another order %v", got, again)
		}
		for id, before := range a.Suspect(filed[:len(filed)-1]) {
			for _, why := range before {
				if !slices.Contains(got[id], why) {
					t.Fatalf("%s is not under suspicion for %s any more", id, why)
				}
			}
		}
		for id, list := range got {
			order := func(x, y Suspicion) int { return slices.Index(Suspicions, x) - slices.Index(Suspicions, y) }
			if !slices.IsSortedFunc(list, order) {
				t.Fatalf("%s: %v", id, list)
			}
		}
		for i := range filed {
			filed[i].Self, filed[i].Near, filed[i].Rival, filed[i].New = nil, nil, false, false
		}
		if got := a.Suspect(filed); len(got) > 0 {
			t.Fatalf("people who share nothing: %v", got)
		}
	})
}
