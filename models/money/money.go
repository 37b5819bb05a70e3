// Package money counts in integer minor units: yen, cents, fils. It knows how
// many decimals a currency has, turns typed decimals into minor units and back,
// adds without overflowing in silence, and splits a sum so that the parts add
// up again. It knows nothing of orders, tenders or how a page writes a price,
// and it never uses a floating point number.
package money

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MaxAmount is the largest amount taken from outside, in minor units. It is
// below 2^53, so it also survives JSON readers that hold numbers as doubles,
// and thousands of such amounts can be added within an int64.
const MaxAmount int64 = 1_000_000_000_000_000

// Reasons an amount is refused, for callers that tell a person which.
var (
	ErrCurrency = errors.New("money: unknown currency")
	ErrFormat   = errors.New("money: not a plain decimal number")
	ErrDigits   = errors.New("money: more decimals than the currency has")
	ErrTooLarge = errors.New("money: amount above the limit")
	ErrOverflow = errors.New("money: sum out of range")
)

// Amount is a sum of money as it is stored and served: minor units of an
// ISO 4217 currency.
type Amount struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// String gives the decimal and the code, "129.90 BRL", for logs and messages
// between programs; pages format money by locale themselves.
func (a Amount) String() string {
	return Decimal(a.Amount, a.Currency) + " " + a.Currency
}

// ParseDecimal reads digits with at most one point, "129.90", "48.9" or "70",
// as minor units of the currency. Nothing else is taken: no sign, space, group
// separator, exponent, leading zero or point without digits on both sides, and
// no more decimals than the currency has, not even zeros. The error is one of
// ErrCurrency, ErrFormat, ErrDigits and ErrTooLarge.
func ParseDecimal(s, currency string) (int64, error) {
	digits, ok := Digits(currency)
	if !ok {
		return 0, fmt.Errorf("%w %q", ErrCurrency, shown(currency))
	}
	whole, fraction, point := strings.Cut(s, ".")
	if !allDigits(whole) || (point && !allDigits(fraction)) {
		return 0, fmt.Errorf("%w: %q", ErrFormat, shown(s))
	}
	if len(whole) > 1 && whole[0] == '0' {
		return 0, fmt.Errorf("%w: %q has a leading zero", ErrFormat, shown(s))
	}
	if len(fraction) > digits {
		return 0, fmt.Errorf("%w: %q, %s has %d", ErrDigits, shown(s), currency, digits)
	}
	var n int64
	for i := range len(whole) + digits {
		d := byte('0')
		if i < len(whole) {
			d = whole[i]
		} else if i-len(whole) < len(fraction) {
			d = fraction[i-len(whole)]
		}
		// n is at most MaxAmount here, so ten times it cannot overflow.
		n = n*10 + int64(d-'0')
		if n > MaxAmount {
			return 0, fmt.Errorf("%w: %q", ErrTooLarge, shown(s))
		}
	}
	return n, nil
}

// Decimal writes minor units as a decimal with exactly the currency's decimals
// and no grouping: 12990 BRL is "129.90", -5 USD is "-0.05". What it writes for
// amounts from 0 to MaxAmount, ParseDecimal reads back. An unknown currency has
// no decimals, so its minor units are written as they are.
func Decimal(amount int64, currency string) string {
	digits, _ := Digits(currency)
	sign, magnitude := "", uint64(amount)
	if amount < 0 {
		sign, magnitude = "-", -magnitude // right for MinInt64 too
	}
	text := strconv.FormatUint(magnitude, 10)
	if digits == 0 {
		return sign + text
	}
	if short := digits + 1 - len(text); short > 0 {
		text = strings.Repeat("0", short) + text
	}
	point := len(text) - digits
	return sign + text[:point] + "." + text[point:]
}

// Add adds two amounts of minor units, or returns ErrOverflow.
func Add(a, b int64) (int64, error) {
	sum := a + b
	if (b > 0 && sum < a) || (b < 0 && sum > a) {
		return 0, fmt.Errorf("%w: %d + %d", ErrOverflow, a, b)
	}
	return sum, nil
}

// Sum adds from left to right; ErrOverflow if any step leaves the range. The
// sum of nothing is zero.
func Sum(amounts ...int64) (int64, error) {
	var sum int64
	for _, a := range amounts {
		var err error
		if sum, err = Add(sum, a); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// Mul is an amount times a quantity, or ErrOverflow.
func Mul(amount, quantity int64) (int64, error) {
	if amount == 0 || quantity == 0 {
		return 0, nil
	}
	product := amount * quantity
	// Dividing back finds every overflow but MinInt64 * -1, which divides back.
	if product/quantity != amount || (amount == math.MinInt64 && quantity == -1) {
		return 0, fmt.Errorf("%w: %d * %d", ErrOverflow, amount, quantity)
	}
	return product, nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// shown keeps an error message short whatever was sent.
func shown(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
