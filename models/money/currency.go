package money

import "slices"

// The currencies of ISO 4217 in which a buyer can pay, by the number of
// decimals of their minor unit. The table is the standard's own: CLDR, and so
// golang.org/x/text/currency, counts the decimals people write rather than the
// minor units payment systems count (IDR and COP have none there), and its
// copy is older than SLE, VES or XCG. Fund codes, metals, XDR, XTS and XXX are
// left out, since nobody is paid in them; so are withdrawn currencies, except
// BGN, whose orders of 2025 can still be refunded.
const (
	noDecimals = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"

	threeDecimals = "BHD IQD JOD KWD LYD OMR TND"

	twoDecimals = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD " +
		"CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD " +
		"HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK " +
		"MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB " +
		"SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD " +
		"UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)

var decimals = table()

func table() map[string]int {
	t := make(map[string]int, 180)
	for digits, codes := range map[int]string{0: noDecimals, 2: twoDecimals, 3: threeDecimals} {
		for at := 0; at < len(codes); at += 4 {
			t[codes[at:at+3]] = digits
		}
	}
	return t
}

// Digits is the number of decimals of a currency's minor unit: 0 for JPY, 2 for
// USD, 3 for BHD. It is false for anything but the upper case ISO 4217 code of
// a currency one can pay in.
func Digits(currency string) (int, bool) {
	digits, ok := decimals[currency]
	return digits, ok
}

// Known says whether the code is one that Digits knows.
func Known(currency string) bool {
	_, ok := decimals[currency]
	return ok
}

// Currencies are the codes whose minor unit has this many decimals, in order.
func Currencies(digits int) []string {
	var codes []string
	for code, n := range decimals {
		if n == digits {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
}
