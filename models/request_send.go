package models

import (
	"context"
	"fmt"
	"slices"
)

// SendRequest asks the seller of an order line to cancel it or to take it back.
type SendRequest struct {
	OrderNumber string      `json:"-"`
	Line        int         `json:"-"`
	Kind        RequestKind `json:"kind" validate:"required,oneof=cancel return"`
	Reason      Reason      `json:"reason" validate:"required"`
	Message     string      `json:"message" validate:"required,visible,max=4000,clean"`
	Evidence    []string    `json:"evidence" validate:"max=20,unique,dive,key"`
	Captioned
}

// SendRequest sends a cancellation or return request to the seller, who has policy's hours to
// answer. With a problem as its reason it is the contact as well: it starts the wait of its
// line, or joins the one that runs (PRODUCT.md §3). The order's buyer may. Kinds: NotFound,
// Forbidden, Invalid (field limits; else the code of the first RequestRule that refuses it).
func (s *Store) SendRequest(ctx context.Context, by Actor, in SendRequest) (Request, error) {
	var sent Request
	err := s.inTx(ctx, func(tx *Store) error {
		order, side, line, err := tx.lineFor(ctx, by, in.OrderNumber, in.Line)
		if err != nil {
			return err
		}
		if side != SideBuyer {
			return forbidden()
		}
		if err := check(in); err != nil {
			return err
		}
		if !slices.Contains(RequestReasons(in.Kind), in.Reason) {
			return fieldError("reason", "unknown_value")
		}
		policy, err := tx.Policy(ctx, tx.now)
		if err != nil {
			return err
		}
		if err := tx.mayRequest(ctx, line, in.Kind, policy); err != nil {
			return err
		}
		id, err := tx.writeRequest(ctx, by, order, line, in, policy)
		if err != nil {
			return err
		}
		_, sent, _, err = tx.requestFor(ctx, by, in.OrderNumber, in.Line, id, tx.now)
		return err
	})
	return sent, err
}

// mayRequest refuses what a rule keeps from being sent. A request whose time is over but
// which the clock has not come to yet makes room here.
func (tx *Store) mayRequest(ctx context.Context, line OrderLine, kind RequestKind, policy Policy) error {
	var sent []Request
	if line.Requests > 0 {
		on, err := tx.requestsOn(ctx, tx.now, line.ID)
		if err != nil {
			return err
		}
		sent = on[line.ID]
	}
	if rule := line.RefusesRequest(kind, sent, policy, tx.now); rule != "" {
		return RefusedRequest(rule, line, sent, kind, policy)
	}
	for _, r := range sent {
		if r.Kind == kind && r.Status == RequestUnanswered {
			if err := tx.lapseRequests(ctx, r.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// RefusedRequest is a rule's refusal of a request about a line with what its sentence needs;
// sent are those there are on the line. Pure.
func RefusedRequest(rule RequestRule, line OrderLine, sent []Request, kind RequestKind, policy Policy) *Error {
	e := invalid(string(rule)).With("times", policy.RequestsPerLine)
	if line.CancelledAt != 0 {
		e = e.With("cancelled_at", line.CancelledAt)
	}
	for _, r := range sent {
		if r.Kind == kind && (r.Status == RequestOpen || r.Status == RequestAccepted) {
			e = e.With("due_at", r.DueAt).With("answered_at", r.AnsweredAt)
		}
	}
	return e
}

func (tx *Store) writeRequest(ctx context.Context, by Actor, order Order, line OrderLine, in SendRequest, policy Policy) (string, error) {
	topic := GeneralTopic
	if in.Reason.Covered() {
		topic = in.Reason
	}
	p, err := tx.postMessage(ctx, by, SideBuyer, order, line, SendMessage{
		OrderNumber: order.Number, Line: line.Number, Body: in.Message, Topic: topic, Evidence: in.Evidence, Captioned: in.Captioned, request: string(in.Kind),
	})
	if err != nil {
		return "", err
	}
	open := string(in.Kind)
	row := requestRow{
		ID: newID(), OrderID: order.ID, OrderLineID: line.ID, SellerID: line.SellerID, Kind: in.Kind, OpenKind: &open, Reason: in.Reason, Status: RequestOpen,
		MessageID: p.row.ID, SentAt: tx.now, DueAt: tx.now.Add(hours(policy.RequestAnswerHours)),
	}
	if in.Kind == RequestReturn {
		row.Postage = policy.ReturnPostage(in.Reason, line.Listing)
	}
	if err := tx.insert(ctx, &row); err != nil {
		if isDuplicate(err) {
			return "", errAgain // sent twice at once; asked anew, that is what is said
		}
		return "", fmt.Errorf("insert request: %w", err)
	}
	// The line stands as it was read: an order update or a claim that came between asks anew.
	n, err := tx.exec(ctx, "UPDATE order_lines SET requests = requests + 1 WHERE id = ? AND requests = ? AND status = ? AND open_claim_id = ?", line.ID, line.Requests, line.Status, line.OpenClaimID)
	if err != nil {
		return "", fmt.Errorf("count request: %w", err)
	}
	if n == 0 {
		return "", errAgain
	}
	if err := tx.setTimer(ctx, requestTimer, row.ID, policy.requestWake(row.DueAt, tx.now)); err != nil {
		return "", fmt.Errorf("set timer: %w", err)
	}
	told := requestJoined{Row: row, OrderNumber: order.Number, LineNo: line.Number, Title: line.Title, SellerName: line.SellerName, BuyerID: order.BuyerID, BuyerLocale: order.BuyerLocale}
	kind, args := "request_opened", map[string]any{}
	if p.waitEnds != 0 {
		kind, args["wait_ends_at"] = "request_contact", p.waitEnds.String()
	}
	if err := tx.tellOfRequest(ctx, told, SideSeller, kind, args); err != nil {
		return "", err
	}
	return row.ID, tx.emitRequest(ctx, by, told, RequestOpen)
}

// tellOfRequest writes one party's notice of a request.
func (tx *Store) tellOfRequest(ctx context.Context, r requestJoined, to Side, kind string, args map[string]any) error {
	row, err := tx.requestNotice(r, to, kind, args)
	if err != nil {
		return err
	}
	return tx.insertNoticeRows(ctx, row)
}

func (tx *Store) requestNotice(r requestJoined, to Side, kind string, args map[string]any) (noticeRow, error) {
	all := map[string]any{
		"title": r.Title, "seller": r.SellerName, "line": r.LineNo, "party": string(to), "request": string(r.Row.Kind), "reason": string(r.Row.Reason), "due_at": r.Row.DueAt.String(),
	}
	for name, v := range args {
		all[name] = v
	}
	party, locale := "buyer:"+r.BuyerID, r.BuyerLocale
	if to == SideSeller {
		party, locale = "seller:"+r.Row.SellerID, ""
	}
	row, err := tx.noticeRow(party, locale, kind, all)
	row.OrderNumber = r.OrderNumber
	return row, err
}

// emitRequest lets the marketplace's systems hear of a request, without anybody's words.
func (tx *Store) emitRequest(ctx context.Context, by Actor, r requestJoined, s RequestStatus) error {
	return tx.emit(ctx, requestFact(by, r, s))
}

func requestFact(by Actor, r requestJoined, s RequestStatus) fact {
	what := string(s)
	if s == RequestOpen {
		what = "opened"
	}
	var postage *Side
	if r.Row.Postage != "" {
		postage = &r.Row.Postage
	}
	return fact{Type: "request." + what, Subject: r.Row.ID, OrderNumber: r.OrderNumber, By: by, Data: struct {
		Kind     RequestKind `json:"kind"`
		Line     int         `json:"line"`
		SellerID string      `json:"seller_id"`
		Reason   Reason      `json:"reason"`
		DueAt    Instant     `json:"due_at"`
		Postage  *Side       `json:"return_postage"`
	}{r.Row.Kind, r.LineNo, r.Row.SellerID, r.Row.Reason, r.Row.DueAt, postage}}
}
