package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"hosho/models"
)

// threeTenders paid each order whose claim is accepted.
const threeTenders = `[{"tender":"credit_card","amount":2300,"captured":true},{"tender":"points","amount":1000},{"tender":"coupon","amount":500}]`

// mostLegs is how many legs wait to be reconciled at most, and single how many of them are told one
// by one; the others are told in batches of so many lines.
const (
	mostLegs  = 12_000
	toldLegs  = 10_000
	single    = mostLegs - toldLegs
	legsABody = 1000
)

// waiting are the closed claims whose refund waits for the payment system.
func (s stock) waiting() span { return span{s.done.from, min(s.done.to, s.done.from+mostLegs)} }

// refunds of closed claims, each of one leg that waits, and the account of the payment system.
func (l *loader) refunds(ctx context.Context, s stock) error {
	at := fmt.Sprint(l.now)
	if err := l.fill(ctx, "accounts", span{0, 1}, []column{
		{"id", l.id('m', "n")},
		{"email", "'shop@example.com'"},
		{"name", "'名前'"},
		{"locale", "'ja'"},
		{"role", "'integration'"},
		{"seller_id", "''"},
		{"status", "'active'"},
		{"totp_step", "0"},
		{"created_at", at},
		{"version", "1"},
	}); err != nil {
		return err
	}
	if err := l.fill(ctx, "refunds", s.waiting(), []column{
		{"id", l.id('5', "n")},
		{"claim_id", l.id('c', "n")},
		{"cause", "'decision'"},
		{"order_id", l.id('e', "n")},
		{"order_number", l.orderNumber("n")},
		{"buyer_id", l.buyer()},
		{"seller_id", l.seller("n")},
		{"currency", "'JPY'"},
		{"total", "3800"},
		{"borne_by", "'seller'"},
		{"status", "'pending'"},
		{"shares", `'[{"line":1,"amount":3800}]'`},
		{"created_at", at},
		{"version", "1"},
	}); err != nil {
		return err
	}
	if err := l.fill(ctx, "refund_legs", s.waiting(), []column{
		{"id", l.id('6', "n")},
		{"refund_id", l.id('5', "n")},
		{"order_id", l.id('e', "n")},
		{"order_seq", "1"},
		{"kind", "'refund'"},
		{"tender", "'credit_card'"},
		{"destination", "'credit_card'"},
		{"amount", "3800"},
		{"status", "'pending'"},
		{"due_at", at},
		{"theirs", `'{"from":0,"to":2,"unit":"statements"}'`},
		{"tries", "1"},
		{"changed_at", at},
		{"version", "1"},
	}); err != nil {
		return err
	}
	half := s.open.from + s.open.size()/2
	return l.exec(ctx, fmt.Sprintf("UPDATE orders SET payments = '%s' WHERE id >= '%s' AND id < '%s'", threeTenders, idOf('e', half), idOf('e', s.open.to)))
}

// refunding is measure 13: the seller consents, and the money goes back by three tenders.
func (b *bench) refunding(ctx context.Context) error {
	if b.place.sqlite() {
		for _, q := range b.raw.consent(0, 0) {
			if _, err := b.raw.statement(ctx, b.place.write, q.text); err != nil {
				return err
			}
		}
	}
	var accepted, next atomic.Int64
	half := span{b.stock.open.from + b.stock.open.size()/2, b.stock.open.to}
	c, err := b.pace.compare(ctx, 8, func(ctx context.Context, _ int) error {
		n, err := take(&accepted, half)
		if err != nil {
			return err
		}
		return b.program.accept(ctx, n)
	}, func(ctx context.Context, _ int) error {
		i := int(next.Add(1))
		return b.raw.accept(ctx, b.stock.due.from+i%b.stock.due.size(), i)
	})
	if err != nil {
		return err
	}
	b.add(c.result("13", b.program.layer(), "seller's consent, 3 tenders, c=8 ÷ its statements by themselves", 0.40, 0.55))
	return nil
}

// reconciling is measure 14: the payment system tells of each leg that it is paid, of most in
// batches, and of some in calls of their own.
func (b *bench) reconciling(ctx context.Context) error {
	all := b.stock.waiting()
	alone := span{all.from, all.from + all.size()*single/mostLegs}
	together := span{alone.to, all.to}
	perLeg, err := b.reconcile(ctx, 16, alone, 1, func(ctx context.Context, s span) error { return b.program.paid(ctx, s.from) })
	if err != nil {
		return err
	}
	const callers = 2
	took, err := b.reconcile(ctx, callers, together, legsABody, b.program.paidAll)
	if err != nil {
		return err
	}
	done := 0
	if err := b.place.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM refunds WHERE status = 'done' AND id >= ? AND id < ?", idOf('5', all.from), idOf('5', all.to)).Scan(&done); err != nil {
		return err
	}
	if done != all.size() {
		return fmt.Errorf("%d of %d refunds are done", done, all.size())
	}
	each := took.wall.Seconds() * toldLegs
	b.add(result{
		Number: "14", Layer: b.program.layer(), What: fmt.Sprintf("10,000 legs reconciled in batches of %d, c=%d", legsABody, callers), Value: each, Low: each, High: each, Must: 10, Aim: 7, Less: true, Unit: "s",
		Detail: fmt.Sprintf("%d legs, %.0f/s, each with its refund, event and notice; processor %v + %v in the database; in calls of their own, c=16: %.3g s for 10,000, processor %v + %v", together.size(), 1/took.wall.Seconds(),
			seconds(took.here), seconds(took.server), perLeg.wall.Seconds()*toldLegs, seconds(perLeg.here), seconds(perLeg.server)),
	})
	return nil
}

// perLeg is what one leg took, of the clock and of the processor.
type perLeg struct {
	wall         time.Duration
	here, server float64
}

// reconcile has some callers tell of legs, so many at once each.
func (b *bench) reconcile(ctx context.Context, callers int, all span, size int, tell func(context.Context, span) error) (perLeg, error) {
	var next atomic.Int64
	errs := make([]error, callers)
	var wg sync.WaitGroup
	start, before := time.Now(), b.pace.burnt()
	for i := range callers {
		wg.Go(func() {
			for errs[i] == nil {
				from := all.from + int(next.Add(int64(size))) - size
				if from >= all.to {
					return
				}
				errs[i] = tell(ctx, span{from, min(all.to, from+size)})
			}
		})
	}
	wg.Wait()
	took, cpu := time.Since(start), b.pace.burnt().since(before, []int{all.size()})
	return perLeg{took / time.Duration(all.size()), cpu.here.Seconds(), cpu.server.Seconds()}, errors.Join(errs...)
}

func (d direct) accept(ctx context.Context, n int) error {
	by, err := d.actor(ctx, 'd', sellerOf(n))
	if err != nil {
		return err
	}
	_, err = d.store.Act(ctx, by, numberOf(n), &models.AcceptInput{})
	return err
}

func (d direct) paid(ctx context.Context, n int) error {
	by, err := d.actor(ctx, 'm', 0)
	if err != nil {
		return err
	}
	_, err = d.store.TellLeg(ctx, by, idOf('5', n), idOf('6', n), models.LegEvent{Event: models.LegDone, Reference: "pay-" + strconv.Itoa(n)})
	return err
}

func (d direct) paidAll(ctx context.Context, s span) error {
	by, err := d.actor(ctx, 'm', 0)
	if err != nil {
		return err
	}
	for from := s.from; from < s.to; from += 100 {
		var told []models.LegTold
		for n := from; n < min(s.to, from+100); n++ {
			told = append(told, models.LegTold{Refund: idOf('5', n), Leg: idOf('6', n), LegEvent: models.LegEvent{Event: models.LegDone, Reference: "pay-" + strconv.Itoa(n)}})
		}
		results, err := d.store.TellLegs(ctx, by, told)
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Err != nil {
				return r.Err
			}
		}
	}
	return nil
}

// paidAll sends a batch as a client of the API does, and reads what became of each line.
func (w *web) paidAll(ctx context.Context, s span) error {
	var body bytes.Buffer
	for n := s.from; n < s.to; n++ {
		fmt.Fprintf(&body, `{"refund":%q,"leg":%q,"event":"done","reference":"pay-%d"}`+"\n", idOf('5', n), idOf('6', n), n)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.base+"/api/v1/refunds/events", &body)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+tokenOf('m', 0))
	r.Header.Set("Content-Type", "application/x-ndjson")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if done := bytes.Count(said, []byte(`"status":"done"`)); answer.StatusCode != http.StatusOK || done != s.size() {
		return fmt.Errorf("a batch of %d: %d, %d done: %.500s", s.size(), answer.StatusCode, done, said)
	}
	return nil
}

func (w *web) accept(ctx context.Context, n int) error {
	return w.post(ctx, "/api/v1/claims/"+numberOf(n)+"/actions/accept", tokenOf('d', sellerOf(n)), map[string]any{}, http.StatusOK)
}

func (w *web) paid(ctx context.Context, n int) error {
	return w.post(ctx, "/api/v1/refunds/"+idOf('5', n)+"/legs/"+idOf('6', n)+"/events", tokenOf('m', 0), map[string]any{"event": "done", "reference": "pay-" + strconv.Itoa(n)}, http.StatusOK)
}

const (
	readClaim = `SELECT c.*, b.email, b.name, b.locale, s.name, s.locale, cl.line_no, cl.order_line_id, cl.amount, cl.counted FROM claims c JOIN buyers b ON b.id = c.buyer_id
		JOIN sellers s ON s.id = c.seller_id JOIN claim_lines cl ON cl.claim_id = c.id WHERE c.number = ? ORDER BY cl.line_no`
	readPaid = `SELECT 'payments' AS what, '' AS tender, 0 AS amount, payments AS body FROM orders WHERE id = ?
		UNION ALL SELECT 'lines', '', SUM(total - refunded - owed), NULL FROM order_lines WHERE order_id = ?
		UNION ALL SELECT 'back', tender, SUM(amount), NULL FROM refund_legs WHERE order_id = ? GROUP BY tender
		UNION ALL SELECT 'back', tender, SUM(amount), NULL FROM order_refunds WHERE order_id = ? AND leg_id IS NULL GROUP BY tender`
	releaseLine  = "UPDATE order_lines SET open_claim_id = '' WHERE open_claim_id = ? AND id = ?"
	closeLine    = "UPDATE claim_lines SET open_key = NULL WHERE claim_id = ?"
	settleClaim  = "UPDATE claims SET version = version + 1, status = 'settled', next_actor = '', due_at = NULL, closed_at = ?, appeal_until = ?, wake_at = NULL, statements = ?, last_seq = last_seq + 2, last_hash = ?, changed_at = ? WHERE id = ?"
	oweLine      = "UPDATE order_lines SET owed = owed + ? WHERE id = ?"
	insertRefund = `INSERT INTO refunds (id, claim_id, cause, order_id, order_number, buyer_id, seller_id, currency, total, lapsed, borne_by, status, shares, created_at, version)
		VALUES (?, ?, ?, ?, ?, ?, ?, 'JPY', 3800, 0, 'seller', 'pending', '[{"line":1,"amount":3800}]', ?, 1)`
	insertLeg = `INSERT INTO refund_legs (id, refund_id, order_id, order_seq, kind, tender, destination, amount, status, due_at, theirs, tries, changed_at, version) VALUES `
	oneLeg    = "(?, ?, ?, ?, 'refund', ?, ?, ?, 'pending', ?, '{\"from\":0,\"to\":2,\"unit\":\"statements\"}', 1, ?, 1)"
	dropTimer = "DELETE FROM timers WHERE kind = 'claim' AND subject = ?"
	keepFiles = "INSERT INTO timers (kind, subject, fire_at, tries) VALUES ('retention', ?, ?, 0) "
)

// statement is one with its arguments.
type statement struct {
	text string
	args []any
}

// consent is what a seller's consent comes to: the claim and what is left of the payments are
// read, then claim, lines, two events, refund, three legs, two notices and the timers written.
func (r *raw) consent(n, unique int) []statement {
	id, now, refund := idOf('c', n), time.Now().UnixMicro(), uuid.Must(uuid.NewV7()).String()
	later := now + (30 * 24 * time.Hour).Microseconds()
	onKey := "ON DUPLICATE KEY UPDATE fire_at = VALUES(fire_at)"
	if r.p.sqlite() {
		onKey = "ON CONFLICT (kind, subject) DO UPDATE SET fire_at = excluded.fire_at"
	}
	var legs []any
	for i, t := range []string{"credit_card", "points", "coupon"} {
		legs = append(legs, uuid.Must(uuid.NewV7()).String(), refund, idOf('e', n), 3*unique+i, t, t, []int{2300, 1000, 500}[i], now, now)
	}
	return []statement{
		{readClaim, []any{numberOf(n)}},
		{readPaid, slices.Repeat([]any{idOf('e', n)}, 4)},
		{releaseLine, []any{id, idOf('f', n)}},
		{closeLine, []any{id}},
		{settleClaim, []any{now, later, `[]`, rawHash, now, id}},
		{insertEvents, []any{
			id, 1000 + 2*unique, now, "seller", idOf('d', 1), "accepted", `{"amount":3800,"currency":"JPY"}`, nil, "all", rawHash, rawHash,
			id, 1001 + 2*unique, now, "clock", "", "refund_requested", r.event, nil, "buyer", rawHash, rawHash,
		}},
		{oweLine, []any{0, idOf('f', n)}},
		{insertRefund, []any{refund, id, strconv.Itoa(unique), idOf('e', n), orderNumber(n), buyerID(n), sellerID(n), now}},
		{insertLeg + oneLeg + ", " + oneLeg + ", " + oneLeg, legs},
		{insertNotices, []any{
			uuid.Must(uuid.NewV7()).String(), rawNumber('M'), "seller:" + sellerID(n), "claim_settled", id, numberOf(n), orderNumber(n), r.args, now, now,
			uuid.Must(uuid.NewV7()).String(), rawNumber('M'), "buyer:" + buyerID(n), "claim_settled", id, numberOf(n), orderNumber(n), r.args, now, now,
		}},
		{keepFiles + onKey, []any{id, later}},
		{dropTimer, []any{id}},
	}
}

func (r *raw) accept(ctx context.Context, n, unique int) error {
	all := r.consent(n, unique)
	return r.inTx(ctx, func(tx *sql.Tx) error {
		for _, q := range all {
			if err := r.inside(ctx, tx, q.text, q.args); err != nil {
				return err
			}
		}
		return nil
	})
}

// inside reads what is asked for, or writes.
func (r *raw) inside(ctx context.Context, tx *sql.Tx, query string, args []any) error {
	if !strings.HasPrefix(query, "SELECT") {
		return r.exec(ctx, tx, query, args...)
	}
	r.mu.Lock()
	s := r.prepared[query]
	r.mu.Unlock()
	var rows *sql.Rows
	var err error
	if s != nil {
		rows, err = tx.StmtContext(ctx, s).QueryContext(ctx, args...)
	} else {
		rows, err = tx.QueryContext(ctx, query, args...)
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Err()
}
