package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"hosho/models"
	"hosho/models/money"
)

// The Olist data set knows local times without a zone and one currency.
const (
	olistZone     = "America/Sao_Paulo"
	olistCurrency = "BRL"
	olistTime     = "2006-01-02 15:04:05"
)

// The codes of orders of the data set that are no orders here.
const (
	codeNoLines       = "no_lines"
	codeNoBuyer       = "no_buyer"
	codeNoPayments    = "no_payments"
	codeUnknownTender = "unknown_tender"
	codeUnknownStatus = "unknown_status"
)

// olistOrders reads the four CSV files as orders. The file of orders is read from top to
// bottom; lines, payments and customers are found by an index that holds 24 bytes a row and
// read when their order's turn comes.
type olistOrders struct {
	zone      *time.Location
	file      *os.File
	rows      *csv.Reader
	columns   map[string]int
	size      int64
	items     *csvIndex
	payments  *csvIndex
	customers *csvIndex
	evened    int // orders whose payments were evened out
}

var olistColumns = []string{
	"order_id", "customer_id", "order_status", "order_purchase_timestamp", "order_approved_at",
	"order_delivered_carrier_date", "order_delivered_customer_date", "order_estimated_delivery_date",
}

func openOlist(dir string, zone *time.Location) (_ *olistOrders, err error) {
	s := &olistOrders{zone: zone}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.file, err = os.Open(filepath.Join(dir, "olist_orders_dataset.csv")); err != nil { //nolint:gosec // in the folder the operator named
		return nil, err
	}
	info, err := s.file.Stat()
	if err != nil {
		return nil, err
	}
	s.size = info.Size()
	s.rows = csv.NewReader(s.file)
	s.rows.ReuseRecord = true
	if s.columns, err = readHeader(s.rows, s.file.Name(), olistColumns); err != nil {
		return nil, err
	}
	open := func(name, key string, columns ...string) *csvIndex {
		if err != nil {
			return nil
		}
		var x *csvIndex
		x, err = openIndex(filepath.Join(dir, name), key, columns)
		return x
	}
	s.items = open("olist_order_items_dataset.csv", "order_id", "order_item_id", "product_id", "seller_id", "price", "freight_value")
	s.payments = open("olist_order_payments_dataset.csv", "order_id", "payment_sequential", "payment_type", "payment_value")
	s.customers = open("olist_customers_dataset.csv", "customer_id", "customer_unique_id")
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *olistOrders) Close() error {
	errs := []error{s.items.Close(), s.payments.Close(), s.customers.Close()}
	if s.file != nil {
		errs = append(errs, s.file.Close())
	}
	return errors.Join(errs...)
}

func (s *olistOrders) done() float64 {
	return float64(s.rows.InputOffset()) / float64(max(s.size, 1))
}

func (s *olistOrders) notes() []string {
	if s.evened == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d orders paid at most one centavo a line more or less than they cost; the difference is booked on their largest tender.", s.evened)}
}

// fault is what makes one order unreadable; errors of another type end the import.
type fault struct {
	code   string
	detail string
}

func (f fault) Error() string { return f.code + ": " + f.detail }

func (s *olistOrders) next() (sourceOrder, error) {
	row, err := s.rows.Read()
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return sourceOrder{refused: &refusal{Code: codeMalformed, Detail: bad.Error()}}, nil
	}
	if err != nil {
		return sourceOrder{}, err
	}
	get := func(name string) string { return row[s.columns[name]] }
	o := sourceOrder{number: get("order_id")}
	o.input, err = s.order(get)
	var f fault
	if errors.As(err, &f) {
		o.refused, err = &refusal{Code: f.code, Detail: f.detail}, nil
	}
	return o, err
}

// order joins what the four files say about one order. The first fault found is the reason
// that is counted.
func (s *olistOrders) order(get func(string) string) (models.OrderInput, error) {
	in := models.OrderInput{Number: get("order_id"), Currency: olistCurrency}
	customers, err := s.customers.rows(get("customer_id"))
	if err != nil {
		return in, err
	}
	if len(customers) == 0 {
		return in, fault{codeNoBuyer, "there is no customer " + get("customer_id")}
	}
	person := customers[0]["customer_unique_id"]
	in.Buyer = models.BuyerInput{ID: person, Email: person + "@olist.invalid", Locale: "en"}
	state, err := s.state(get)
	if err != nil {
		return in, err
	}
	in.PlacedAt = state.placed
	items, err := s.items.rows(in.Number)
	if err != nil {
		return in, err
	}
	if len(items) == 0 {
		return in, fault{codeNoLines, "the order has no items"}
	}
	var cost int64
	for _, item := range items {
		line, err := olistLine(item)
		if err != nil {
			return in, err
		}
		line.Status, line.Shipment, line.Cancellation, line.EstimatedDelivery = state.status, state.shipment, state.cancellation, state.estimate
		in.Lines = append(in.Lines, line)
		cost += *line.UnitPrice + line.Shipping
	}
	slices.SortStableFunc(in.Lines, func(a, b models.LineInput) int { return a.Line - b.Line })
	if in.Payments, err = s.paid(in.Number); err != nil {
		return in, err
	}
	if evenOut(in.Payments, cost, int64(len(in.Lines))) {
		s.evened++
	}
	return in, nil
}

// olistLine is one item. Equal items are rows, and so lines, of their own; the data set tells
// products by id only.
func olistLine(item map[string]string) (models.LineInput, error) {
	number, err := strconv.Atoi(item["order_item_id"])
	if err != nil {
		return models.LineInput{}, fault{codeMalformed, "order_item_id: not a number"}
	}
	price, err := money.ParseDecimal(item["price"], olistCurrency)
	if err != nil {
		return models.LineInput{}, fault{codeMalformed, "price: " + err.Error()}
	}
	freight, err := money.ParseDecimal(item["freight_value"], olistCurrency)
	if err != nil {
		return models.LineInput{}, fault{codeMalformed, "freight_value: " + err.Error()}
	}
	return models.LineInput{
		Line: number, Seller: models.SellerRef{ID: item["seller_id"]}, SKU: item["product_id"], Title: item["product_id"],
		Quantity: 1, UnitPrice: &price, Shipping: freight,
	}, nil
}

var olistTenders = map[string]models.Tender{
	"credit_card": "credit_card", "debit_card": "debit_card", "boleto": "convenience_store", "voucher": "gift_card",
}

func (s *olistOrders) paid(order string) ([]models.PaymentInput, error) {
	rows, err := s.payments.rows(order)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fault{codeNoPayments, "the order has no payments"}
	}
	slices.SortStableFunc(rows, func(a, b map[string]string) int {
		x, _ := strconv.Atoi(a["payment_sequential"])
		y, _ := strconv.Atoi(b["payment_sequential"])
		return x - y
	})
	list := make([]models.PaymentInput, 0, len(rows))
	for _, row := range rows {
		tender, ok := olistTenders[row["payment_type"]]
		if !ok {
			return nil, fault{codeUnknownTender, "payment_type: " + row["payment_type"]}
		}
		amount, err := money.ParseDecimal(row["payment_value"], olistCurrency)
		if err != nil {
			return nil, fault{codeMalformed, "payment_value: " + err.Error()}
		}
		list = append(list, models.PaymentInput{Tender: tender, Amount: &amount})
	}
	return list, nil
}

// evenOut books a difference between payments and cost of at most one centavo a line, the
// traces of rounding in the data set, on the largest payment. Larger ones stay and are
// refused by the rule for sums.
func evenOut(payments []models.PaymentInput, cost, lines int64) bool {
	var paid int64
	largest := payments[0].Amount
	for _, p := range payments {
		paid += *p.Amount
		if *p.Amount > *largest {
			largest = p.Amount
		}
	}
	short := cost - paid
	if short == 0 || max(short, -short) > lines || *largest+short < 0 {
		return false
	}
	*largest += short
	return true
}

// olistState is what the data set tells of a whole order, and Hosho keeps by line.
type olistState struct {
	placed       string
	status       models.LineStatus
	shipment     *models.ShipmentInput
	cancellation *models.CancellationInput
	estimate     *models.EstimateInput
}

func (s *olistOrders) state(get func(string) string) (olistState, error) {
	var st olistState
	var at [4]time.Time
	var err error
	for i, name := range []string{"order_purchase_timestamp", "order_approved_at", "order_delivered_carrier_date", "order_delivered_customer_date"} {
		if at[i], err = s.time(name, get(name)); err != nil {
			return st, err
		}
	}
	placed, carrier, delivered := at[0], at[2], at[3]
	if placed.IsZero() {
		return st, fault{codeMalformed, "order_purchase_timestamp: is missing"}
	}
	st.placed = placed.Format(time.RFC3339)
	if day := get("order_estimated_delivery_date"); day != "" {
		date, clock, _ := strings.Cut(day, " ")
		if clock != "" && clock != "00:00:00" {
			return st, fault{codeMalformed, "order_estimated_delivery_date: has a time of day"}
		}
		st.estimate = &models.EstimateInput{Latest: date}
	}
	if !carrier.IsZero() || !delivered.IsZero() {
		// The parcel passing to the carrier is the carrier's first record of it.
		st.shipment = &models.ShipmentInput{ShippedAt: rfc3339(carrier), FirstScanAt: rfc3339(carrier), DeliveredAt: rfc3339(delivered)}
	}
	switch status := get("order_status"); status {
	case "created", "approved", "invoiced", "processing":
		st.status = models.Unshipped
	case "shipped":
		st.status = models.Shipped
	case "delivered":
		st.status = models.Delivered
	case "canceled", "unavailable":
		// The data set has no instant of a cancellation; the last thing it knows stands for it.
		last := placed
		for _, t := range at {
			if t.After(last) {
				last = t
			}
		}
		st.status = models.Cancelled
		st.cancellation = &models.CancellationInput{At: rfc3339(last), By: "marketplace", StatedReason: "other"}
		if status == "unavailable" {
			st.cancellation.By, st.cancellation.StatedReason = "seller", "out_of_stock"
		}
	default:
		return st, fault{codeUnknownStatus, "order_status: " + status}
	}
	return st, nil
}

func (s *olistOrders) time(name, value string) (time.Time, error) {
	if value == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(olistTime, value, s.zone)
	if err != nil {
		return time.Time{}, fault{codeMalformed, name + ": not a time"}
	}
	return t, nil
}

func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}
