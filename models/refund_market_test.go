package models

import (
	"fmt"
	"strings"
)

// paysBack checks that no order owes more than was paid, that each refund is the sum of its
// legs, and that no tender gives back more than it paid. It runs after every test on a market.
func (m *market) paysBack() {
	m.t.Helper()
	type wrong struct {
		What   string
		ID     string
		Amount int64
		Most   int64
	}
	rows, err := find[wrong](m.ctx, m.Store, `SELECT 'line owes more than it cost' AS what, id, refunded + owed AS amount, total AS most FROM order_lines WHERE refunded + owed > total
		UNION ALL SELECT 'refund is not the sum of its legs', r.id, CAST(COALESCE((SELECT SUM(l.amount) FROM refund_legs l WHERE l.refund_id = r.id AND l.status <> 'cancelled'), 0) AS SIGNED), r.total FROM refunds r
			WHERE r.total <> COALESCE((SELECT SUM(l.amount) FROM refund_legs l WHERE l.refund_id = r.id AND l.status <> 'cancelled'), 0)
		UNION ALL SELECT 'order pays back more than its lines cost', r.order_id, CAST(SUM(r.total + r.lapsed) AS SIGNED),
			(SELECT CAST(SUM(x.total) AS SIGNED) FROM order_lines x WHERE x.order_id = r.order_id) FROM refunds r GROUP BY r.order_id
			HAVING SUM(r.total + r.lapsed) > (SELECT SUM(x.total) FROM order_lines x WHERE x.order_id = r.order_id)`)
	m.must(err)
	for _, w := range rows {
		m.t.Errorf("%s: %s has %d, at most %d", w.What, w.ID, w.Amount, w.Most)
	}
	rows, err = find[wrong](m.ctx, m.Store, `SELECT 'more is to be paid than is owed' AS what, l.order_id AS id, CAST(SUM(l.amount) AS SIGNED) AS amount, (SELECT CAST(SUM(x.owed) AS SIGNED) FROM order_lines x WHERE x.order_id = l.order_id) AS most
			FROM refund_legs l WHERE l.status IN ('pending', 'retried', 'failed') AND NOT EXISTS (SELECT 1 FROM order_refunds o WHERE o.order_id = l.order_id AND o.leg_id = l.id)
				AND NOT EXISTS (SELECT 1 FROM refunds h WHERE h.order_id = l.order_id AND h.mismatches > 0)
			GROUP BY l.order_id HAVING SUM(l.amount) > (SELECT SUM(x.owed) FROM order_lines x WHERE x.order_id = l.order_id)
		UNION ALL SELECT 'held leg of a refund that fits, or the other way round', l.id, l.amount, r.mismatches FROM refund_legs l JOIN refunds r ON r.id = l.refund_id
			WHERE (r.mismatches > 0 AND l.status IN ('pending', 'retried', 'failed')) OR (r.mismatches = 0 AND l.status = 'held')
		UNION ALL SELECT 'open mismatches', r.id, r.mismatches, (SELECT COUNT(*) FROM refund_mismatches m WHERE m.refund_id = r.id AND m.state = 'open') FROM refunds r
			WHERE r.mismatches <> (SELECT COUNT(*) FROM refund_mismatches m WHERE m.refund_id = r.id AND m.state = 'open')
		UNION ALL SELECT 'counted more of a payment than it was', o.reference, o.counted, o.amount FROM order_refunds o WHERE o.counted > o.amount`)
	m.must(err)
	for _, w := range rows {
		m.t.Errorf("%s: %s has %d, at most %d", w.What, w.ID, w.Amount, w.Most)
	}
	type back struct {
		OrderID string
		Tender  Tender
		Amount  int64
		Body    string
	}
	legs, err := find[back](m.ctx, m.Store, `SELECT l.order_id, l.tender, CAST(SUM(l.amount) AS SIGNED) AS amount, o.payments AS body
		FROM refund_legs l JOIN orders o ON o.id = l.order_id WHERE l.status <> 'cancelled' GROUP BY l.order_id, l.tender, o.payments`)
	m.must(err)
	for _, l := range legs {
		payments, err := fromJSON[[]Payment](&l.Body)
		m.must(err)
		if paid := paidBy(*payments, l.Tender); l.Amount > paid {
			m.t.Errorf("order %s: %d goes back by %s, which paid %d", l.OrderID, l.Amount, l.Tender, paid)
		}
	}
}

// paid gives an order its payments, in pairs of tender and amount.
func paid(pairs ...any) func(*OrderInput) {
	return func(in *OrderInput) {
		for i := 0; i < len(pairs); i += 2 {
			amount := int64(pairs[i+1].(int))
			in.Payments = append(in.Payments, PaymentInput{Tender: Tender(pairs[i].(string)), Amount: &amount})
		}
	}
}

// granted is the refund of a claim that was decided for the buyer, as its viewer sees it.
func (m *market) granted(order string, amount int64) RefundView {
	m.t.Helper()
	c := m.inReview(order)
	c, err := m.Act(m.ctx, m.agent, c.Number, decision("granted", amount))
	m.must(err)
	return m.refund(m.buyer, c.Refund.ID)
}

func (m *market) refund(by Actor, id string) RefundView {
	m.t.Helper()
	v, err := m.RefundByID(m.ctx, by, id)
	m.must(err)
	return v
}

func (m *market) tell(refund, leg string, event LegStatus, reference string) (RefundView, error) {
	return m.TellLeg(m.ctx, m.integration, refund, leg, LegEvent{Event: event, Reference: reference, Reason: map[bool]string{true: "口座が見つかりません"}[event == LegFailed]})
}

func said(v RefundView) string {
	parts := []string{string(v.Status)}
	for _, l := range v.Legs {
		parts = append(parts, fmt.Sprintf("%s→%s %d %s", l.Tender, l.To, l.Amount, l.Status))
	}
	return strings.Join(parts, "; ")
}
