package money

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/text/currency"
	"pgregory.net/rapid"
)

func TestDigits(t *testing.T) {
	for code, want := range map[string]int{
		"JPY": 0, "KRW": 0, "CLP": 0, "USD": 2, "BRL": 2, "EUR": 2, "TWD": 2, "IDR": 2, "COP": 2, "SLE": 2, "BHD": 3, "KWD": 3,
	} {
		if got, ok := Digits(code); !ok || got != want {
			t.Errorf("Digits(%s) = %d, %t; want %d", code, got, ok, want)
		}
	}
	for _, code := range []string{"", "jpy", "Jpy", "JP", "JPYX", "ZZZ", "XXX", "XTS", "XAU", "XDR", "DEM", "CLF", "USN", "JPY ", "円"} {
		if got, ok := Digits(code); ok || got != 0 {
			t.Errorf("Digits(%q) = %d, %t; want none", code, got, ok)
		}
		if Known(code) {
			t.Errorf("Known(%q)", code)
		}
	}
}

// The table is held against CLDR's, so that a slip of the pen in either the
// codes or the decimals shows; the differences are known and listed.
func TestTableAgainstCLDR(t *testing.T) {
	newer := " MRU SLE VED VES XCG ZWG "
	written := " AFN ALL AMD COP GYD IDR IRR KPW LAK LBP MGA MMK MNT MUR PKR RSD SOS SYP TZS UZS YER IQD "
	if len(decimals) != 156 {
		t.Errorf("%d currencies, want 156: was one listed twice or lost?", len(decimals))
	}
	for code, digits := range decimals {
		unit, err := currency.ParseISO(code)
		if err != nil {
			if !strings.Contains(newer, " "+code+" ") {
				t.Errorf("%s: %v", code, err)
			}
			continue
		}
		scale, _ := currency.Standard.Rounding(unit)
		if differs := strings.Contains(written, " "+code+" "); (scale != digits) != differs {
			t.Errorf("%s: %d decimals, CLDR %d, listed as different: %t", code, digits, scale, differs)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		want           int64
	}{
		{"129.90", "BRL", 12990},
		{"48.9", "BRL", 4890},
		{"70", "BRL", 7000},
		{"0", "BRL", 0},
		{"0.00", "BRL", 0},
		{"0.01", "USD", 1},
		{"12800", "JPY", 12800},
		{"1.234", "BHD", 1234},
		{"1.2", "BHD", 1200},
		{"1000000000000000", "JPY", MaxAmount},
		{"10000000000000.00", "USD", MaxAmount},
	} {
		if got, err := ParseDecimal(c.text, c.currency); err != nil || got != c.want {
			t.Errorf("ParseDecimal(%q, %s) = %d, %v; want %d", c.text, c.currency, got, err, c.want)
		}
	}
}

func TestParseDecimalRefuses(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		want           error
	}{
		{"1.234", "BRL", ErrDigits},
		{"1.230", "BRL", ErrDigits},
		{"1.0", "JPY", ErrDigits},
		{"1.2345", "BHD", ErrDigits},
		{"", "BRL", ErrFormat},
		{".", "BRL", ErrFormat},
		{".5", "BRL", ErrFormat},
		{"5.", "BRL", ErrFormat},
		{"5.", "JPY", ErrFormat},
		{"-1", "BRL", ErrFormat},
		{"+1", "BRL", ErrFormat},
		{" 1", "BRL", ErrFormat},
		{"1 ", "BRL", ErrFormat},
		{"1e2", "BRL", ErrFormat},
		{"1,000", "BRL", ErrFormat},
		{"1.0.0", "BRL", ErrFormat},
		{"0x10", "BRL", ErrFormat},
		{"1_000", "BRL", ErrFormat},
		{"NaN", "BRL", ErrFormat},
		{"１００", "JPY", ErrFormat},
		{"1\x00", "JPY", ErrFormat},
		{"007", "JPY", ErrFormat},
		{"00.5", "BRL", ErrFormat},
		{"1000000000000001", "JPY", ErrTooLarge},
		{"10000000000000.01", "USD", ErrTooLarge},
		{"9223372036854775808", "JPY", ErrTooLarge},
		{"18446744073709551617", "JPY", ErrTooLarge},
		{"1" + strings.Repeat("0", 100_000), "JPY", ErrTooLarge},
		{"1", "jpy", ErrCurrency},
		{"1", "", ErrCurrency},
		{"1", "XXX", ErrCurrency},
	} {
		got, err := ParseDecimal(c.text, c.currency)
		if !errors.Is(err, c.want) || got != 0 {
			t.Errorf("ParseDecimal(%.30q, %s) = %d, %v; want %v", c.text, c.currency, got, err, c.want)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("ParseDecimal(%.30q): an error of %d bytes", c.text, len(err.Error()))
		}
	}
}

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		amount   int64
		currency string
		want     string
	}{
		{12990, "BRL", "129.90"},
		{5, "USD", "0.05"},
		{0, "USD", "0.00"},
		{-5, "USD", "-0.05"},
		{-12345, "USD", "-123.45"},
		{12800, "JPY", "12800"},
		{7, "BHD", "0.007"},
		{math.MinInt64, "USD", "-92233720368547758.08"},
		{math.MaxInt64, "JPY", "9223372036854775807"},
		{150, "???", "150"},
	} {
		if got := Decimal(c.amount, c.currency); got != c.want {
			t.Errorf("Decimal(%d, %s) = %q, want %q", c.amount, c.currency, got, c.want)
		}
	}
	if got := (Amount{Amount: 12990, Currency: "BRL"}).String(); got != "129.90 BRL" {
		t.Errorf("String = %q", got)
	}
}

func TestDecimalRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, MaxAmount).Draw(t, "amount")
		code := rapid.SampledFrom([]string{"JPY", "BRL", "BHD"}).Draw(t, "currency")
		got, err := ParseDecimal(Decimal(amount, code), code)
		if err != nil || got != amount {
			t.Fatalf("%d %s came back as %d, %v", amount, code, got, err)
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"129.90", "48.9", "70", "", "-1", "1e3", "999999999999999999999"} {
		f.Add(s, "BRL")
		f.Add(s, "JPY")
	}
	f.Fuzz(func(t *testing.T, s, code string) {
		got, err := ParseDecimal(s, code)
		if err != nil {
			return
		}
		if got < 0 || got > MaxAmount {
			t.Fatalf("%q %s: %d", s, code, got)
		}
		// The same number by exact arithmetic.
		want, ok := new(big.Rat).SetString(s)
		digits, _ := Digits(code)
		have := new(big.Rat).SetFrac(big.NewInt(got), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
		if !ok || have.Cmp(want) != 0 {
			t.Fatalf("%q %s: %d", s, code, got)
		}
	})
}

func TestAmountJSON(t *testing.T) {
	text, err := json.Marshal(Amount{Amount: 3000, Currency: "JPY"})
	if err != nil || string(text) != `{"amount":3000,"currency":"JPY"}` {
		t.Errorf("%s, %v", text, err)
	}
}

// Add, Sum and Mul agree with arithmetic without limits, or say why not.
func TestArithmetic(t *testing.T) {
	edges := []int64{math.MinInt64, math.MinInt64 + 1, -2, -1, 0, 1, 2, 3, 3_037_000_500, math.MaxInt64 - 1, math.MaxInt64}
	number := rapid.OneOf(rapid.SampledFrom(edges), rapid.Int64(), rapid.Int64Range(-4_000_000_000, 4_000_000_000))
	check := func(t rapid.TB, name string, got int64, err error, want *big.Int) {
		if want.IsInt64() != (err == nil) || (err == nil && got != want.Int64()) || (err != nil && !errors.Is(err, ErrOverflow)) {
			t.Fatalf("%s = %d, %v; want %v", name, got, err, want)
		}
	}
	both := func(t rapid.TB, a, b int64) {
		sum, err := Add(a, b)
		check(t, "Add", sum, err, new(big.Int).Add(big.NewInt(a), big.NewInt(b)))
		product, err := Mul(a, b)
		check(t, "Mul", product, err, new(big.Int).Mul(big.NewInt(a), big.NewInt(b)))
	}
	for _, a := range edges {
		for _, b := range edges {
			both(t, a, b)
		}
	}
	rapid.Check(t, func(t *rapid.T) { both(t, number.Draw(t, "a"), number.Draw(t, "b")) })

	if got, err := Sum(); got != 0 || err != nil {
		t.Errorf("Sum() = %d, %v", got, err)
	}
	if got, err := Sum(1, 2, 3); got != 6 || err != nil {
		t.Errorf("Sum(1, 2, 3) = %d, %v", got, err)
	}
	if got, err := Sum(math.MaxInt64, 1, -1); !errors.Is(err, ErrOverflow) || got != 0 {
		t.Errorf("Sum past the range = %d, %v", got, err)
	}
}
