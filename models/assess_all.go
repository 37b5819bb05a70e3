package models

import (
	"context"
	"fmt"
)

// AssessAll asks for the eligibility of every order line there is.
type AssessAll struct {
	At            Instant // as if this were now; the policy in force then applies
	Reason        Reason
	AssumeContact bool // as if each buyer had contacted the seller long ago
}

// LineAnswer is the answer for one order line.
type LineAnswer struct {
	OrderNumber string
	Line        int
	Assessment
}

// assessPage is how many orders are read at once; no more are held.
const assessPage = 500

// AssessAll answers for every order line, each as its own buyer, in the order of order number
// and line, and gives each answer to the function, whose error ends it. It changes nothing.
// Staff, admins, the integration and the operator may. Kinds: Forbidden, Invalid.
func (s *Store) AssessAll(ctx context.Context, by Actor, in AssessAll, each func(LineAnswer) error) error {
	if !by.SeesAllCases() && by.Role != RoleIntegration && !by.isOperator() {
		return forbidden()
	}
	if in.At == 0 || in.Reason != ChangeOfMind && !in.Reason.Covered() {
		var f fieldErrors
		if in.At == 0 {
			f.add("at", "required")
		} else {
			f.add("reason", "unknown_value")
		}
		return f.err()
	}
	policy, err := s.Policy(ctx, in.At)
	if err != nil {
		return err
	}
	after := ""
	for {
		orders, err := s.ordersAfter(ctx, after, assessPage)
		if err != nil {
			return err
		}
		for _, o := range orders {
			for _, l := range o.Lines {
				facts := o.Facts(l, in.Reason, policy, s.config.Zone)
				facts.OwnOrder, facts.AssumeContact = true, in.AssumeContact
				if err := each(LineAnswer{o.Number, l.Number, Assess(facts, policy, in.At, s.config.Zone)}); err != nil {
					return err
				}
			}
		}
		if len(orders) < assessPage {
			return nil
		}
		after = orders[len(orders)-1].Number
	}
}

// ordersAfter reads one page of all orders by number with what rules look at: two statements,
// each a range of one index.
func (s *Store) ordersAfter(ctx context.Context, number string, limit int) ([]Order, error) {
	var rows []orderJoined
	if err := s.db(ctx).Raw(selectOrder+"WHERE o.number > ? ORDER BY o.number LIMIT ?", number, limit).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read orders: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	orders := make([]Order, len(rows))
	ids := make([]string, len(rows))
	at := make(map[string]int, len(rows))
	for i, r := range rows {
		o, err := r.order()
		if err != nil {
			return nil, err
		}
		orders[i], ids[i], at[o.ID] = o, o.ID, i
	}
	var lines []lineJoined
	if err := s.db(ctx).Raw(selectLines+"WHERE l.order_id IN ? ORDER BY l.order_id, l.line_no", ids).Scan(&lines).Error; err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	for _, l := range lines {
		line, err := l.line()
		if err != nil {
			return nil, err
		}
		o := &orders[at[line.OrderID]]
		o.Lines = append(o.Lines, line)
	}
	return orders, nil
}
