package money

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAllocate(t *testing.T) {
	for _, c := range []struct {
		name          string
		total         int64
		weights, caps []int64
		want          []int64
	}{
		{"even", 90, []int64{1, 1, 1}, nil, []int64{30, 30, 30}},
		{"a tie goes to the earlier", 100, []int64{1, 1, 1}, nil, []int64{34, 33, 33}},
		{"two over", 101, []int64{1, 1, 1}, nil, []int64{34, 34, 33}},
		{"largest remainder", 10, []int64{1, 2, 4}, nil, []int64{1, 3, 6}},
		{"card and points", 1000, []int64{3000, 800}, []int64{3000, 800}, []int64{789, 211}},
		{"everything", 3800, []int64{3000, 800}, []int64{3000, 800}, []int64{3000, 800}},
		{"a cap hands on", 1000, []int64{500, 500}, []int64{200, 900}, []int64{200, 800}},
		{"a cap hands on to several", 100, []int64{1, 1, 2}, []int64{10, 90, 90}, []int64{10, 30, 60}},
		{"one cap makes the next bind", 100, []int64{50, 30, 20}, []int64{10, 40, 60}, []int64{10, 40, 50}},
		{"caps exactly full", 60, []int64{1, 1, 1}, []int64{10, 20, 30}, []int64{10, 20, 30}},
		{"cap between floor and ceiling", 5, []int64{1, 1}, []int64{2, 3}, []int64{2, 3}},
		{"zero weight gets nothing", 5, []int64{0, 1}, nil, []int64{0, 5}},
		{"zero cap", 5, []int64{9, 1}, []int64{0, 5}, []int64{0, 5}},
		{"zero total", 0, []int64{1, 2}, nil, []int64{0, 0}},
		{"zero total, zero weights", 0, []int64{0, 0}, nil, []int64{0, 0}},
		{"nothing among none", 0, nil, nil, []int64{}},
		{"one unit among many", 1, []int64{1, 5, 5, 1}, nil, []int64{0, 1, 0, 0}},
		{"a tie among many", 10, slices.Repeat([]int64{1, 2}, 20), nil, append(slices.Repeat([]int64{0, 1}, 10), make([]int64, 20)...)},
		{"large", math.MaxInt64, []int64{math.MaxInt64 - 1, 1}, nil, []int64{math.MaxInt64 - 1, 1}},
		{"large caps", 10, []int64{1, 1, 1}, []int64{math.MaxInt64, math.MaxInt64, math.MaxInt64}, []int64{4, 3, 3}},
	} {
		got, err := Allocate(c.total, c.weights, c.caps)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func TestAllocateRefuses(t *testing.T) {
	for _, c := range []struct {
		name          string
		total         int64
		weights, caps []int64
		want          error
	}{
		{"negative total", -1, []int64{1}, nil, ErrAllocation},
		{"negative weight", 1, []int64{2, -1}, nil, ErrAllocation},
		{"negative cap", 1, []int64{1, 1}, []int64{5, -1}, ErrAllocation},
		{"lengths", 1, []int64{1, 1}, []int64{5}, ErrAllocation},
		{"empty caps are not nil caps", 1, []int64{1}, []int64{}, ErrAllocation},
		{"no weights", 1, nil, nil, ErrWeights},
		{"zero weights", 1, []int64{0, 0}, nil, ErrWeights},
		{"caps too small", 10, []int64{1, 1}, []int64{4, 5}, ErrCaps},
		{"room only where nothing was paid", 10, []int64{1, 0}, []int64{5, 5}, ErrCaps},
		{"weights past the range", 1, []int64{math.MaxInt64, 1}, nil, ErrOverflow},
	} {
		got, err := Allocate(c.total, c.weights, c.caps)
		if !errors.Is(err, c.want) || got != nil {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

// split draws a total and weights with room for it, small and huge.
func split(t *rapid.T) (total int64, weights []int64) {
	weight := rapid.OneOf(rapid.Int64Range(0, 6), rapid.Int64Range(0, 100_000), rapid.Int64Range(0, math.MaxInt64/16))
	weights = rapid.SliceOfN(weight, 1, 12).Draw(t, "weights")
	weights[rapid.IntRange(0, len(weights)-1).Draw(t, "payer")]++
	total = rapid.OneOf(rapid.Int64Range(0, 50), rapid.Int64Range(0, 1_000_000), rapid.Int64Range(0, math.MaxInt64)).Draw(t, "total")
	return total, weights
}

func add(shares []int64) int64 {
	sum, err := Sum(shares...)
	if err != nil {
		panic(err)
	}
	return sum
}

func TestAllocateProportion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total, weights := split(t)
		shares, err := Allocate(total, weights, nil)
		if err != nil {
			t.Fatal(err)
		}
		if add(shares) != total {
			t.Fatalf("%v do not add up to %d", shares, total)
		}
		all := big.NewInt(add(weights))
		for i, share := range shares {
			exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(total), big.NewInt(weights[i])), all)
			off := new(big.Rat).Sub(new(big.Rat).SetInt64(share), exact)
			if share < 0 || off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("share %d is %d, exactly %s", i, share, exact.FloatString(3))
			}
			for j := range shares {
				if weights[i] > weights[j] && share < shares[j] {
					t.Fatalf("weights %v give %v: the larger gets less", weights, shares)
				}
			}
		}
		whole, err := Allocate(add(weights), weights, weights)
		if err != nil || !slices.Equal(whole, weights) {
			t.Fatalf("all of %v gives %v, %v", weights, whole, err)
		}
	})
}

func TestAllocateCaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total, weights := split(t)
		caps := make([]int64, len(weights))
		var room int64
		for i := range caps {
			caps[i] = rapid.OneOf(rapid.Int64Range(0, 20), rapid.Int64Range(0, math.MaxInt64/16)).Draw(t, "cap")
			if weights[i] > 0 {
				room += caps[i]
			}
		}
		if total > room {
			if _, err := Allocate(total, weights, caps); !errors.Is(err, ErrCaps) {
				t.Fatalf("%d into %d: %v", total, room, err)
			}
			total = rapid.Int64Range(0, room).Draw(t, "fitting total")
		}
		shares, err := Allocate(total, weights, caps)
		if err != nil {
			t.Fatal(err)
		}
		if add(shares) != total {
			t.Fatalf("%v do not add up to %d", shares, total)
		}
		for i, share := range shares {
			if share < 0 || share > caps[i] || (weights[i] == 0 && share != 0) {
				t.Fatalf("share %d of %v is %d with cap %d", i, shares, share, caps[i])
			}
			// Nobody below the cap gets a whole unit less than somebody of the
			// same or a smaller weight.
			for j := range shares {
				if weights[i] >= weights[j] && share < caps[i] && share < shares[j]-1 {
					t.Fatalf("weights %v caps %v give %v", weights, caps, shares)
				}
			}
		}
	})
}

// Moving the tenders about moves their shares with them: with all weights and
// caps apart there is no tie but that of equal remainders, which is one unit.
func TestAllocatePermuted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total, weights := split(t)
		total = min(total, add(weights))
		order := rapid.Permutation(indexes(len(weights))).Draw(t, "order")
		moved := make([]int64, len(weights))
		for to, from := range order {
			moved[to] = weights[from]
		}
		here, err := Allocate(total, weights, weights)
		if err != nil {
			t.Fatal(err)
		}
		there, err := Allocate(total, moved, moved)
		if err != nil {
			t.Fatal(err)
		}
		all := uint64(add(weights))
		remainders := map[uint64]int{}
		for _, w := range weights {
			_, rest := portion(uint64(total), uint64(w), all)
			remainders[rest]++
		}
		for to, from := range order {
			_, rest := portion(uint64(total), uint64(weights[from]), all)
			if off := here[from] - there[to]; off > 1 || off < -1 || (off != 0 && remainders[rest] == 1) {
				t.Fatalf("%v gives %v, %v gives %v", weights, here, moved, there)
			}
		}
	})
}

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func BenchmarkAllocate(b *testing.B) {
	weights := []int64{128000, 45000, 300, 12000, 8000, 500, 70}
	for b.Loop() {
		if _, err := Allocate(99999, weights, weights); err != nil {
			b.Fatal(err)
		}
	}
}
