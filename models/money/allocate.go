package money

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// Reasons a sum cannot be split.
var (
	ErrCaps       = errors.New("money: the caps leave no room for the whole sum")
	ErrWeights    = errors.New("money: nothing to split by")
	ErrAllocation = errors.New("money: cannot split")
)

// Allocate splits total into one share a weight, in proportion to the weights,
// so that the shares add up to total exactly and none is above its cap. Nil
// caps mean no cap.
//
// Where a cap is below a share's proportion, the share is its cap and what is
// left is split among the others in proportion again. The units that rounding
// down leaves over go to the largest remainders, on a tie to the earlier index.
// A weight of zero always gets zero, and its cap makes no room for others.
//
// It fails with ErrAllocation for negative input or lengths that differ, with
// ErrWeights if there is a total but no positive weight, with ErrCaps if the
// caps of the positive weights add up to less than total, and with ErrOverflow
// if the weights add up to more than an int64 holds.
func Allocate(total int64, weights, caps []int64) ([]int64, error) {
	if err := allocatable(total, weights, caps); err != nil {
		return nil, err
	}
	shares := make([]int64, len(weights))
	if total == 0 {
		return shares, nil
	}
	open := make([]int, 0, len(weights))
	weight := uint64(0)
	for i, w := range weights {
		if w > 0 {
			open = append(open, i)
			weight += uint64(w)
		}
	}

	// Give every share that would pass its cap the cap. Each round raises the
	// proportion of the others, so a capped share never comes under its cap
	// again and the order of the rounds does not matter.
	left := uint64(total)
	for caps != nil {
		spent, freed := uint64(0), uint64(0)
		open = slices.DeleteFunc(open, func(i int) bool {
			share, rest := portion(left, uint64(weights[i]), weight)
			limit := uint64(caps[i])
			if share < limit || (share == limit && rest == 0) {
				return false
			}
			shares[i] = caps[i]
			spent += limit
			freed += uint64(weights[i])
			return true
		})
		if freed == 0 {
			break
		}
		left -= spent
		weight -= freed
	}
	if left == 0 || len(open) == 0 {
		return shares, nil
	}

	// Every proportion still open is at most its cap, which is an integer, so
	// rounding one up stays within it.
	remainders := make([]uint64, len(weights))
	over := left
	for _, i := range open {
		share, rest := portion(left, uint64(weights[i]), weight)
		shares[i], remainders[i] = int64(share), rest
		over -= share
	}
	slices.SortStableFunc(open, func(a, b int) int { return cmp.Compare(remainders[b], remainders[a]) })
	for _, i := range open[:over] {
		shares[i]++
	}
	return shares, nil
}

// portion is total*weight/all and its remainder, in 128 bits. The weight is at
// most all, so the quotient is at most total and Div64 cannot panic.
func portion(total, weight, all uint64) (share, rest uint64) {
	hi, lo := bits.Mul64(total, weight)
	return bits.Div64(hi, lo, all)
}

func allocatable(total int64, weights, caps []int64) error {
	if total < 0 {
		return fmt.Errorf("%w: negative total %d", ErrAllocation, total)
	}
	if caps != nil && len(caps) != len(weights) {
		return fmt.Errorf("%w: %d weights, %d caps", ErrAllocation, len(weights), len(caps))
	}
	var all, room int64
	for i, w := range weights {
		if w < 0 {
			return fmt.Errorf("%w: negative weight %d", ErrAllocation, w)
		}
		var err error
		if all, err = Add(all, w); err != nil {
			return err
		}
		if caps == nil {
			continue
		}
		if caps[i] < 0 {
			return fmt.Errorf("%w: negative cap %d", ErrAllocation, caps[i])
		}
		if w > 0 {
			room += min(caps[i], total-room) // counts to total and no further
		}
	}
	switch {
	case total > 0 && all == 0:
		return fmt.Errorf("%w: total %d, all weights zero", ErrWeights, total)
	case caps != nil && room < total:
		return fmt.Errorf("%w: total %d, room for %d", ErrCaps, total, room)
	}
	return nil
}
