package models

import (
	"context"
	"fmt"
	"slices"
)

// AcceptRequest is a seller's consent. A return may say where to send the line.
type AcceptRequest struct {
	Message       string `json:"message" validate:"max=4000,clean"`
	ReturnAddress string `json:"return_address" validate:"max=500,clean"`
}

// DeclineRequest is a seller's refusal, with the words the buyer reads.
type DeclineRequest struct {
	Message string `json:"message" validate:"required,visible,max=4000,clean"`
}

// RequestRef names a request by where it stands.
type RequestRef struct {
	OrderNumber string
	Line        int
	ID          string
}

// AcceptRequest accepts a request; the buyer and the marketplace's systems are told.
// Cancelling itself is the shop's: its order update is the fulfilment. Members of the line's
// seller may, before due_at. Kinds: NotFound, Forbidden, Conflict, Invalid.
func (s *Store) AcceptRequest(ctx context.Context, by Actor, ref RequestRef, in AcceptRequest) (Request, error) {
	return s.closeRequest(ctx, by, ref, AcceptsRequest, func(r *Request) error {
		if err := check(in); err != nil {
			return err
		}
		r.Answer, r.ReturnAddress = text(in.Message), text(in.ReturnAddress)
		if r.ReturnAddress != "" && r.Kind != RequestReturn {
			return fieldError("return_address", "unknown_value")
		}
		return nil
	})
}

// DeclineRequest declines a request with a message. Who may and kinds as of AcceptRequest.
func (s *Store) DeclineRequest(ctx context.Context, by Actor, ref RequestRef, in DeclineRequest) (Request, error) {
	return s.closeRequest(ctx, by, ref, DeclinesRequest, func(r *Request) error {
		r.Answer = text(in.Message)
		return check(in)
	})
}

// WithdrawRequest takes a request back while it is open; a contact that it was stays one. Its
// buyer may. Kinds: NotFound, Forbidden, Conflict.
func (s *Store) WithdrawRequest(ctx context.Context, by Actor, ref RequestRef) (Request, error) {
	return s.closeRequest(ctx, by, ref, WithdrawsRequest, func(*Request) error { return nil })
}

// requestActs are the sides that do something about an open request, what it becomes, and the
// notice to the other party.
var requestActs = map[RequestAction]struct {
	by     Side
	status RequestStatus
	notice string
}{
	AcceptsRequest:   {SideSeller, RequestAccepted, ""}, // by its kind
	DeclinesRequest:  {SideSeller, RequestDeclined, "request_declined"},
	WithdrawsRequest: {SideBuyer, RequestWithdrawn, "request_withdrawn"},
}

func (s *Store) closeRequest(ctx context.Context, by Actor, ref RequestRef, action RequestAction, read func(*Request) error) (Request, error) {
	var closed Request
	err := s.inTx(ctx, func(tx *Store) error {
		row, r, side, err := tx.requestFor(ctx, by, ref.OrderNumber, ref.Line, ref.ID, tx.now)
		if err != nil {
			return err
		}
		act := requestActs[action]
		if side != act.by {
			return forbidden()
		}
		if allowed := r.AllowedActions(side, tx.now); !slices.Contains(allowed, action) {
			return onlyAllowed(allowed)
		}
		if err := read(&r); err != nil {
			return err
		}
		answer, err := tx.answerMessage(ctx, by, r, action)
		if err != nil {
			return err
		}
		var answered Instant
		if side == SideSeller {
			answered = tx.now
		}
		n, err := tx.exec(ctx, "UPDATE requests SET status = ?, open_kind = NULL, answer_id = ?, return_address = ?, answered_at = ?, closed_at = ? WHERE id = ? AND status = ?",
			act.status, answer, r.ReturnAddress, answered, tx.now, r.ID, RequestOpen)
		if err != nil {
			return fmt.Errorf("close request: %w", err)
		}
		if n == 0 {
			return errAgain // closed meanwhile; asked anew, that is what is said
		}
		if err := tx.setTimer(ctx, requestTimer, r.ID, 0); err != nil {
			return fmt.Errorf("end timer: %w", err)
		}
		notice := act.notice
		if action == AcceptsRequest {
			notice = string(r.Kind) + "_request_accepted"
		}
		if err := tx.tellOfRequest(ctx, row, otherSide(side), notice, nil); err != nil {
			return err
		}
		if err := tx.emitRequest(ctx, by, row, act.status); err != nil {
			return err
		}
		_, closed, _, err = tx.requestFor(ctx, by, ref.OrderNumber, ref.Line, ref.ID, tx.now)
		return err
	})
	return closed, err
}

// answerMessage puts a seller's words into the thread of the line, so that they are warned of
// and can be reported as any others; "" where nothing was written.
func (tx *Store) answerMessage(ctx context.Context, by Actor, r Request, action RequestAction) (string, error) {
	if r.Answer == "" {
		return "", nil
	}
	order, side, line, err := tx.lineFor(ctx, by, r.OrderNumber, r.Line)
	if err != nil {
		return "", err
	}
	p, err := tx.postMessage(ctx, by, side, order, line, SendMessage{Body: r.Answer, request: string(action)})
	return p.row.ID, err
}

// fireRequests does what is due of open requests: one whose time is over is unanswered, which
// both are told; of another the seller is reminded. It returns how many timers there were.
func (tx *Store) fireRequests(ctx context.Context, due []timerRow) (int, error) {
	taken, err := tx.takeTimers(ctx, requestTimer, due)
	if err != nil || len(taken) == 0 {
		return 0, err
	}
	ids := make([]string, 0, len(taken))
	for _, t := range taken {
		ids = append(ids, t.Subject)
	}
	rows, err := find[requestJoined](ctx, tx, selectRequests+"WHERE r.id IN ? AND r.status = ? ORDER BY r.id", ids, RequestOpen)
	if err != nil {
		return 0, fmt.Errorf("read requests: %w", err)
	}
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return 0, err
	}
	if _, err := tx.exec(ctx, "DELETE FROM timers WHERE kind = ? AND subject IN ?", requestTimer, ids); err != nil {
		return 0, fmt.Errorf("clear timers: %w", err)
	}
	var over []string
	var reminders []noticeRow
	var again []timerRow
	for _, r := range rows {
		if tx.now >= r.Row.DueAt {
			over = append(over, r.Row.ID)
			continue
		}
		n, err := tx.requestNotice(r, SideSeller, "request_reminder", nil)
		if err != nil {
			return 0, err
		}
		reminders = append(reminders, n)
		again = append(again, timerRow{Kind: requestTimer, Subject: r.Row.ID, FireAt: policy.requestWake(r.Row.DueAt, tx.now)})
	}
	if err := tx.insertNoticeRows(ctx, reminders...); err != nil {
		return 0, err
	}
	if err := tx.insert(ctx, &again); err != nil {
		return 0, fmt.Errorf("move timers: %w", err)
	}
	return len(taken), tx.lapseRequests(ctx, over...)
}

// lapseRequests writes down that the seller said nothing in time. Who acted meanwhile was first.
func (tx *Store) lapseRequests(ctx context.Context, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := find[requestJoined](ctx, tx, selectRequests+"WHERE r.id IN ? AND r.status = ? ORDER BY r.id", ids, RequestOpen)
	if err != nil {
		return fmt.Errorf("read requests: %w", err)
	}
	return tx.endRequests(ctx, Clock, RequestOpen, RequestUnanswered, rows)
}

// endRequests closes requests that nobody answered or whose order has moved on, all of which
// stood alike, tells both parties of each, and the marketplace's systems.
func (tx *Store) endRequests(ctx context.Context, by Actor, from, to RequestStatus, rows []requestJoined) error {
	if len(rows) == 0 {
		return nil
	}
	var ids []string
	var notices []noticeRow
	var facts []fact
	for _, r := range rows {
		ids = append(ids, r.Row.ID)
		for _, side := range []Side{SideBuyer, SideSeller} {
			n, err := tx.requestNotice(r, side, "request_"+string(to), nil)
			if err != nil {
				return err
			}
			notices = append(notices, n)
		}
		facts = append(facts, requestFact(by, r, to))
	}
	closed, args := "?", []any{to, tx.now}
	if to == RequestUnanswered {
		closed, args = "due_at", []any{to}
	}
	n, err := tx.exec(ctx, "UPDATE requests SET status = ?, open_kind = NULL, closed_at = "+closed+" WHERE id IN ? AND status = ?", append(args, ids, from)...)
	if err != nil {
		return fmt.Errorf("end requests: %w", err)
	}
	if n != int64(len(ids)) {
		return errAgain // one was answered meanwhile
	}
	if _, err := tx.exec(ctx, "DELETE FROM timers WHERE kind = ? AND subject IN ?", requestTimer, ids); err != nil {
		return fmt.Errorf("end timers: %w", err)
	}
	if err := tx.insertNoticeRows(ctx, notices...); err != nil {
		return err
	}
	return tx.emit(ctx, facts...)
}

// followRequests lets requests follow what an update has made of their lines: a cancellation
// or a return that the seller accepted is done by it, and what can be done no more is closed.
func (tx *Store) followRequests(ctx context.Context, old Order, rows orderRows) error {
	moved := map[string]lineRow{}
	var ids []string
	for _, row := range rows.lines {
		before, exists := old.Line(row.LineNo)
		if exists && before.Requests > 0 && (before.Status != row.Status || before.SellerID != row.SellerID) {
			moved[row.ID] = row
			ids = append(ids, row.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	list, err := find[requestJoined](ctx, tx, selectRequests+"WHERE r.order_line_id IN ? AND r.status IN ? ORDER BY r.order_line_id, r.sent_at, r.id", ids, []RequestStatus{RequestOpen, RequestAccepted})
	if err != nil {
		return fmt.Errorf("read requests: %w", err)
	}
	type step struct{ from, to RequestStatus }
	var steps []step
	ends := map[step][]requestJoined{}
	for _, r := range list {
		q, err := r.request(tx.now)
		if err != nil {
			return err
		}
		to := q.follow(moved[q.LineID].Status)
		switch {
		case q.Status == RequestUnanswered: // the clock has not come to it yet
			to = RequestUnanswered
		case moved[q.LineID].SellerID != q.SellerID:
			to = RequestSuperseded
		case to == q.Status:
			continue
		}
		at := step{r.Row.Status, to}
		if ends[at] == nil {
			steps = append(steps, at)
		}
		ends[at] = append(ends[at], r)
	}
	for _, at := range steps {
		if err := tx.endRequests(ctx, Actor{Role: RoleIntegration}, at.from, at.to, ends[at]); err != nil {
			return err
		}
	}
	return nil
}
