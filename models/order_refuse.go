package models

// refuses says what of an order as it is kept an update cannot change: the currency of money
// claimed or given back, and a refund that was told before.
func (o Order) refuses(in OrderInput) error {
	var f fieldErrors
	if o.ID != "" && o.Currency != in.Currency && (o.hasClaims() || len(o.Refunds) > 0) {
		f.add("currency", "unchangeable")
	}
	told := make(map[string]OrderRefund, len(o.Refunds))
	for _, r := range o.Refunds {
		told[r.Reference] = r
	}
	for i, r := range in.Refunds {
		before, again := told[r.Reference]
		switch {
		case !again:
		case before.Amount != r.Amount:
			f.add(indexed("refunds", i, "amount"), "unchangeable")
		case before.LineNumber != r.lineOf(in):
			f.add(indexed("refunds", i, "line"), "unchangeable")
		}
	}
	return f.err()
}

// lineOf is the line a refund is for; in an order of one line it need not be named.
func (r RefundInput) lineOf(in OrderInput) int {
	if r.Line == 0 {
		return in.Lines[0].Line
	}
	return r.Line
}
