package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hosho/models"
)

// olistFixture writes a small data set of our own in the form of Olist's. Files are in other
// orders than each other, as the real ones may be.
func olistFixture(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"olist_orders_dataset.csv": `order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date
o-delivered,c1,delivered,2018-07-04 12:08:27,2018-07-05 16:35:48,2018-07-05 12:15:00,2018-07-09 14:04:07,2018-07-25 00:00:00
o-shipped,c2,shipped,2018-05-01 09:00:00,2018-05-01 09:10:00,2018-05-03 10:00:00,,2018-05-20 00:00:00
o-processing,c3,processing,2017-12-20 10:00:00,2017-12-20 11:00:00,,,2018-01-10 00:00:00
o-canceled,c1,canceled,2018-06-01 10:00:00,2018-06-01 11:00:00,,,2018-06-20 00:00:00
o-unavailable,c4,unavailable,2018-06-02 10:00:00,2018-06-03 11:00:00,,,2018-06-20 00:00:00
o-rounded,c3,delivered,2018-07-04 12:00:00,2018-07-04 13:00:00,2018-07-05 12:00:00,2018-07-09 14:00:00,2018-07-25 00:00:00
o-summer,c3,processing,2018-01-15 23:30:00,,,,2018-02-01 00:00:00
o-empty,c2,canceled,2018-06-01 10:00:00,,,,2018-06-20 00:00:00
o-short,c2,delivered,2018-07-04 12:00:00,,,2018-07-09 14:00:00,2018-07-25 00:00:00
o-odd,c2,canceled,2018-07-04 12:00:00,,,,2018-07-25 00:00:00
o-unpaid,c2,delivered,2018-07-04 12:00:00,,,,2018-07-25 00:00:00
o-nobody,c9,delivered,2018-07-04 12:00:00,,,,2018-07-25 00:00:00
o-when,c2,delivered,some day,,,,2018-07-25 00:00:00
o-state,c2,teleported,2018-07-04 12:00:00,,,,2018-07-25 00:00:00
o-torn,c2
o-price,c2,delivered,2018-07-04 12:00:00,,,,2018-07-25 00:00:00
`,
		"olist_order_items_dataset.csv": `order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value
o-price,1,p1,s1,2018-07-10 12:30:45,"1,50",0.00
o-rounded,2,p2,s2,2018-07-10 12:30:45,10.00,1.00
o-rounded,1,p1,s1,2018-07-10 12:30:45,10.00,1.00
o-delivered,1,p1,s1,2018-07-10 12:30:45,810.00,70.75
o-shipped,1,p1,s1,2018-05-10 12:30:45,48.9,16.6
o-shipped,2,p1,s1,2018-05-10 12:30:45,48.9,16.6
o-processing,1,p3,s2,2017-12-28 12:30:45,20,0
o-canceled,1,p3,s2,2018-06-10 12:30:45,20.00,5.00
o-unavailable,1,p3,s2,2018-06-10 12:30:45,20.00,5.00
o-summer,1,p3,s2,2018-01-20 12:30:45,20.00,5.00
o-short,1,p3,s2,2018-07-10 12:30:45,20.00,5.00
o-odd,1,p3,s2,2018-07-10 12:30:45,20.00,5.00
o-unpaid,1,p3,s2,2018-07-10 12:30:45,20.00,5.00
o-nobody,1,p3,s2,2018-07-10 12:30:45,20.00,5.00
o-when,1,p3,s2,2018-07-10 12:30:45,20.00,5.00
o-state,1,p3,s2,2018-07-10 12:30:45,20.00,5.00
`,
		"olist_order_payments_dataset.csv": `order_id,payment_sequential,payment_type,payment_installments,payment_value
o-shipped,2,voucher,1,31.00
o-shipped,1,boleto,1,100.00
o-delivered,1,credit_card,10,880.75
o-processing,1,debit_card,1,20.00
o-canceled,1,credit_card,1,25.00
o-unavailable,1,credit_card,1,25.00
o-rounded,1,voucher,1,2.00
o-rounded,2,credit_card,1,19.98
o-summer,1,credit_card,1,25.00
o-short,1,credit_card,1,24.98
o-odd,1,not_defined,1,25.00
o-nobody,1,credit_card,1,25.00
o-when,1,credit_card,1,25.00
o-state,1,credit_card,1,25.00
o-price,1,credit_card,1,1.50
`,
		"olist_customers_dataset.csv": `customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state
c4,person-d,1,"são paulo, centro",SP
c3,person-c,1,rio,RJ
c1,person-a,1,rio,RJ
c2,person-b,1,rio,RJ
`,
	}
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const olistFixtureReport = `16 orders: 7 taken, 9 refused
       3  malformed
       1  no_buyer
       1  no_lines
       1  no_payments
       1  payments_do_not_add_up
       1  unknown_status
       1  unknown_tender
1 orders paid at most one centavo a line more or less than they cost; the difference is booked on their largest tender.
`

func TestImportOlist(t *testing.T) {
	env := migrated(t)
	dir := olistFixture(t)
	rejects := filepath.Join(t.TempDir(), "rejects.ndjson")
	args := []string{"import", "orders", dir, "--format", "olist", "--rejects", rejects}
	first := call(t, env, args...).want(t, exitPartial)
	if first.stdout != olistFixtureReport {
		t.Errorf("got\n%s\nwant\n%s", first.stdout, olistFixtureReport)
	}
	says(t, first.stderr, "new 7, changed 0, unchanged 0")
	codes := map[string]string{}
	for _, line := range readLines(t, rejects) {
		var r rejectLine
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		codes[r.OrderNumber] = r.Code
	}
	for number, code := range map[string]string{
		"o-empty": "no_lines", "o-short": "payments_do_not_add_up", "o-odd": "unknown_tender", "o-unpaid": "no_payments",
		"o-nobody": "no_buyer", "o-when": "malformed", "o-state": "unknown_status", "o-price": "malformed", "": "malformed",
	} {
		if codes[number] != code {
			t.Errorf("order %q is refused as %q, want %q", number, codes[number], code)
		}
	}

	store := storeOf(t, env)
	before := everyOrder(t, store)
	second := call(t, env, args...).want(t, exitPartial)
	if second.stdout != first.stdout {
		t.Errorf("a second run says\n%s", second.stdout)
	}
	says(t, second.stderr, "new 0, changed 0, unchanged 7")
	if after := everyOrder(t, store); after != before {
		t.Errorf("a second run changed\n%s\nto\n%s", before, after)
	}
	checkOlistOrders(t, store)
}

func checkOlistOrders(t *testing.T, store *models.Store) {
	order := func(number string) models.Order {
		t.Helper()
		o, err := store.OrderByNumber(t.Context(), models.Actor{Role: models.RoleIntegration}, number)
		if err != nil {
			t.Fatalf("%s: %v", number, err)
		}
		return o
	}
	shipped := order("o-shipped")
	if shipped.BuyerID != "person-b" || shipped.BuyerEmail != "person-b@olist.invalid" || shipped.Currency != "BRL" {
		t.Errorf("buyer %s %s, %s", shipped.BuyerID, shipped.BuyerEmail, shipped.Currency)
	}
	if len(shipped.Lines) != 2 || shipped.Lines[1].Number != 2 || shipped.Lines[1].Quantity != 1 || shipped.Lines[1].UnitPrice != 4890 || shipped.Lines[1].Shipping != 1660 {
		t.Errorf("equal items are one line, or cost something else: %+v", shipped.Lines)
	}
	if p := shipped.Payments; len(p) != 2 || p[0] != (models.Payment{Tender: "convenience_store", Amount: 10000, Captured: true}) || p[1] != (models.Payment{Tender: "gift_card", Amount: 3100, Captured: true}) {
		t.Errorf("payments %+v", p)
	}
	line := shipped.Lines[0]
	if line.Status != models.Shipped || line.EstimatedLatest.String() != "2018-05-20" || !line.EstimatedEarliest.IsZero() || line.DeliveredAt != 0 {
		t.Errorf("line %+v", line)
	}
	// São Paulo was at −03:00, and at −02:00 in its summer.
	for what, got := range map[string][2]string{
		"placed":           {shipped.PlacedAt.String(), "2018-05-01T12:00:00Z"},
		"shipped":          {line.ShippedAt.String(), "2018-05-03T13:00:00Z"},
		"deadline":         {line.DeadlineAt.String(), "2018-08-19T03:00:00Z"},
		"placed in summer": {order("o-summer").PlacedAt.String(), "2018-01-16T01:30:00Z"},
		"delivered":        {order("o-delivered").Lines[0].DeliveredAt.String(), "2018-07-09T17:04:07Z"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s at %s, want %s", what, got[0], got[1])
		}
	}
	if p := order("o-rounded").Payments; p[0].Amount != 200 || p[1].Amount != 2000 {
		t.Errorf("the two centavos are not on the largest tender: %+v", p)
	}
	for number, want := range map[string][3]string{
		"o-canceled": {"marketplace", "other", "2018-06-01T14:00:00Z"}, "o-unavailable": {"seller", "out_of_stock", "2018-06-03T14:00:00Z"},
	} {
		l := order(number).Lines[0]
		if got := [3]string{l.CancelledBy, l.CancelReason, l.CancelledAt.String()}; got != want || l.Status != models.Cancelled {
			t.Errorf("%s: %s %v, want %v", number, l.Status, got, want)
		}
	}
	if l := order("o-processing").Lines[0]; l.Status != models.Unshipped || l.UnitPrice != 2000 {
		t.Errorf("o-processing: %+v", l)
	}
}

func storeOf(t *testing.T, env []string) *models.Store {
	t.Helper()
	store, err := models.Open(t.Context(), models.Config{Database: strings.TrimPrefix(env[0], "HOSHO_DATABASE=")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// everyOrder prints all there is to know of all orders.
func everyOrder(t *testing.T, store *models.Store) string {
	t.Helper()
	var out strings.Builder
	page := models.Page{Limit: models.MaxPage}
	for {
		orders, next, err := store.Orders(t.Context(), models.Actor{Role: models.RoleIntegration}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range orders {
			fmt.Fprintf(&out, "%+v\n", o)
		}
		if page.Cursor = next; next == "" {
			return out.String()
		}
	}
}

func readLines(t *testing.T, path string) [][]byte {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
}

func TestImportOlistNamesWhatIsMissing(t *testing.T) {
	env := migrated(t)
	dir := olistFixture(t)
	items := filepath.Join(dir, "olist_order_items_dataset.csv")
	if err := os.WriteFile(items, []byte("order_id,price\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, call(t, env, "import", "orders", dir, "--format", "olist").want(t, exitFailed).stderr, "lacks order_item_id, product_id, seller_id, freight_value")
	if err := os.Remove(items); err != nil {
		t.Fatal(err)
	}
	says(t, call(t, env, "import", "orders", dir, "--format", "olist").want(t, exitFailed).stderr, "olist_order_items_dataset.csv")
}

func ndjsonOrder(number string, amount int) string {
	return fmt.Sprintf(`{"number":%q,"buyer":{"id":"b1","email":"b@example.com"},"placed_at":"2026-01-01T10:00:00+09:00","currency":"JPY",`+
		`"lines":[{"line":1,"seller":{"id":"s1"},"title":"x","quantity":1,"unit_price":1000,"status":"unshipped"}],`+
		`"payments":[{"tender":"credit_card","amount":%d}]}`, number, amount)
}

func TestImportNDJSON(t *testing.T) {
	env := migrated(t)
	input := strings.Join([]string{
		ndjsonOrder("n-1", 1000), "", ndjsonOrder("n-2", 999), "not json", ndjsonOrder("n-3", 1000) + "{}",
		strings.Replace(ndjsonOrder("n-4", 1000), `"currency"`, `"colour":"red","currency"`, 1),
		ndjsonOrder("", 1000), `{"number":"n-5","pad":"` + strings.Repeat("x", maxOrderLine) + `"}`, "\xff" + ndjsonOrder("n-6", 1000),
		strings.Replace(ndjsonOrder("n-8", 1000), `"currency":"JPY"`, `"currency":"JPY","currency":"USD"`, 1),
		strings.Replace(ndjsonOrder("n-9", 1000), `"unit_price":1000`, `"unit_price":1000,"Unit_Price":1`, 1),
		ndjsonOrder("n-7", 1000), // without a line end
	}, "\r\n")
	rejects := filepath.Join(t.TempDir(), "rejects.ndjson")
	r := callWith(t, t.Context(), input, env, "import", "orders", "-", "--format", "ndjson", "--rejects", rejects).want(t, exitPartial)
	want := "11 orders: 2 taken, 9 refused\n       6  malformed\n       1  invalid_fields\n       1  payments_do_not_add_up\n       1  too_large\n"
	if r.stdout != want {
		t.Errorf("got\n%s\nwant\n%s", r.stdout, want)
	}
	// What was refused can be corrected and sent again.
	lines := readLines(t, rejects)
	if len(lines) != 9 {
		t.Fatalf("%d rejects", len(lines))
	}
	var first rejectLine
	if err := json.Unmarshal(lines[0], &first); err != nil {
		t.Fatal(err)
	}
	if first.OrderNumber != "n-2" || !strings.Contains(first.Detail, "lines_total: 1000") {
		t.Errorf("reject %+v", first)
	}
	corrected := filepath.Join(t.TempDir(), "corrected.ndjson")
	if err := os.WriteFile(corrected, bytes.Replace(first.Order, []byte(`"amount":999`), []byte(`"amount":1000`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, call(t, env, "import", "orders", corrected, "--format", "ndjson").want(t, exitOK).stdout, "1 orders: 1 taken, 0 refused")
	says(t, call(t, env, "import", "orders", t.TempDir(), "--format", "ndjson").want(t, exitFailed).stderr, "folder")
}

// An import that was stopped goes on where it was: what is stored is not written again.
func TestAStoppedImportCanBeRunAgain(t *testing.T) {
	env := migrated(t)
	var input strings.Builder
	for i := range 3 * importBatch {
		input.WriteString(ndjsonOrder(fmt.Sprintf("n-%05d", i), 1000) + "\n")
	}
	path := filepath.Join(t.TempDir(), "orders.ndjson")
	if err := os.WriteFile(path, []byte(input.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	store := storeOf(t, env)
	source, err := openNDJSON(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	half := orderImport{store: store, reasons: map[string]int{}}
	err = half.all(ctx, stopAfter{source, cancel, new(int), importBatch + 10})
	if err == nil || half.taken != importBatch {
		t.Fatalf("stopped with %d taken, %v", half.taken, err)
	}
	r := call(t, env, "import", "orders", path, "--format", "ndjson").want(t, exitOK)
	says(t, r.stdout, "1200 orders: 1200 taken, 0 refused")
	says(t, r.stderr, "new 800, changed 0, unchanged 400")
}

type stopAfter struct {
	orderSource
	stop  func()
	count *int
	limit int
}

func (s stopAfter) next() (sourceOrder, error) {
	if *s.count++; *s.count > s.limit {
		s.stop()
	}
	return s.orderSource.next()
}
