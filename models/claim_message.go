package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// ClaimMessage is a message on a claim, read by both parties and staff.
type ClaimMessage struct {
	Body     string   `json:"body" validate:"required,visible,max=4000,clean"`
	Evidence []string `json:"evidence" validate:"max=20,unique,dive,key"`
	Captioned
}

// Talking reports whether messages can be sent on the claim: while it is open, and on one settled by
// a replacement for as long as something about the goods can still change. Pure.
func (c Claim) Talking(p Policy, now Instant) bool {
	return c.Status.Open() || c.Replaced() && now < c.FinalAt(p)
}

// SendClaimMessage delivers a message on a claim on which they can be sent. It is an event of the chain and does
// not change the claim's version. Kinds: NotFound, Forbidden, Conflict once none can be sent
// any more, Invalid.
func (s *Store) SendClaimMessage(ctx context.Context, by Actor, number string, in ClaimMessage) (Message, error) {
	var m Message
	err := s.inTx(ctx, func(tx *Store) error {
		c, err := tx.claimHead(ctx, by, number)
		if err != nil {
			return err
		}
		side := by.sideOf(c.BuyerEmail, c.SellerID)
		if side == SideObserver {
			return forbidden()
		}
		policy, err := tx.PolicyVersion(ctx, c.PolicyVersion)
		if err != nil {
			return err
		}
		if !c.Talking(policy, tx.now) {
			return notAllowedNow(c.AllowedActions(by, policy, tx.now))
		}
		if err := check(in); err != nil {
			return err
		}
		row := messageRow{
			ID: newID(), OrderID: c.OrderID, SellerID: c.SellerID, ClaimID: c.ID, AuthorRole: side, AuthorID: by.AccountID, AuthorName: by.Name,
			Topic: GeneralTopic, Body: text(in.Body), Locale: by.Locale, SentAt: tx.now,
		}
		if side == SideSeller {
			row.AuthorName = c.SellerName
			if row.Warnings, err = toJSON(warningsIn(row.Body)); err != nil {
				return err
			}
		}
		if err := tx.insert(ctx, &row); err != nil {
			return fmt.Errorf("insert message: %w", err)
		}
		if len(in.Evidence) > 0 {
			if err := tx.attach(ctx, by, side, OnMessage, row.ID, 0, attachDraft{uploads: in.Evidence, captions: in.Captions}); err != nil {
				return err
			}
		}
		ch := c.change()
		ch.claim.touch(by, side, tx.now)
		ch.record("message_sent", map[string]any{"by": string(side), "message_id": row.ID}, map[string]string{"message": row.Body})
		files, err := tx.evidenceOf(ctx, row.ID)
		if err != nil {
			return err
		}
		ch.nameFiles(files)
		if c.LegalHold != nil {
			if err := tx.noteHold(ctx, in.Evidence); err != nil {
				return err
			}
		}
		if side == SideStaff {
			ch.tellBoth("claim_message")
		} else if otherSide(side) != SideSeller || c.OpenedAt != 0 {
			ch.tell(otherSide(side), "claim_message")
		}
		if _, err := tx.writeClaim(ctx, by, side, c, ch, policy, true); err != nil {
			return err
		}
		if m, err = row.message(); err != nil {
			return err
		}
		m.Evidence = files
		return nil
	})
	return m, err
}

// ClaimMessages is the thread of a claim, oldest first. Kinds: NotFound.
func (s *Store) ClaimMessages(ctx context.Context, by Actor, number string, page Page) ([]Message, string, error) {
	claimID, _, err := s.claimSeen(ctx, by, number)
	if err != nil {
		return nil, "", err
	}
	at, id, err := readAscending(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := page.size() + 1
	rows, err := find[messageRow](ctx, s, "SELECT * FROM messages WHERE claim_id = ? AND sent_at >= ? AND (sent_at > ? OR id > ?) ORDER BY sent_at, id LIMIT ?",
		claimID, at, at, id, limit)
	if err != nil {
		return nil, "", fmt.Errorf("list messages: %w", err)
	}
	next := ""
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].SentAt, rows[limit-2].ID)
	}
	list, err := s.messagesFrom(ctx, rows, Order{})
	return list, next, err
}

// Thread is what was written on one line of an order, oldest first.
type Thread struct {
	Line     int
	Messages []Message
}

// threadRow is a message in one of the threads of a case.
type threadRow struct {
	OnLine string     // "" for the claim's own thread
	Row    messageRow `gorm:"embedded"`
}

// compare puts the older first.
func (r threadRow) compare(than threadRow) int {
	return cmp.Or(cmp.Compare(r.Row.SentAt, than.Row.SentAt), cmp.Compare(r.Row.ID, than.Row.ID))
}

// ThreadsOf is the thread of a claim and those of its lines, whole: in one statement where none
// is longer than MaxPage, and two more where there are messages. The claim has been read for
// its viewer, who is staff; the order has those lines.
func (s *Store) ThreadsOf(ctx context.Context, v ClaimView, o Order) (own []Message, lines []Thread, err error) {
	if v.Side != SideStaff && v.Side != SideObserver {
		return nil, nil, forbidden()
	}
	unread := []string{""}
	for _, l := range v.Lines {
		unread = append(unread, l.OrderLineID)
	}
	var found []threadRow
	last := map[string]messageRow{}
	for len(unread) > 0 {
		round, err := s.nextOfThreads(ctx, v.ID, unread, last)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, round...)
		read := map[string]int{}
		for _, f := range round {
			read[f.OnLine]++
			last[f.OnLine] = f.Row
		}
		unread = slices.DeleteFunc(unread, func(thread string) bool { return read[thread] < MaxPage })
	}
	slices.SortStableFunc(found, threadRow.compare)
	rows := make([]messageRow, 0, len(found))
	for _, f := range found {
		rows = append(rows, f.Row)
	}
	list, err := s.messagesFrom(ctx, rows, o)
	if err != nil {
		return nil, nil, err
	}
	of := map[string][]Message{}
	for i, f := range found {
		of[f.OnLine] = append(of[f.OnLine], list[i])
	}
	for _, n := range v.LineNumbers() {
		if l, ok := o.Line(n); ok {
			lines = append(lines, Thread{n, of[l.ID]})
		}
	}
	return of[""], lines, nil
}

// nextOfThreads reads up to MaxPage messages of each thread after the last that was read of it,
// the oldest first.
func (s *Store) nextOfThreads(ctx context.Context, claimID string, threads []string, last map[string]messageRow) ([]threadRow, error) {
	var parts []string
	var args []any
	for _, thread := range threads {
		query, subject := "SELECT '' AS on_line, m.* FROM messages m WHERE m.claim_id = ?", claimID
		after, order := " AND m.sent_at >= ? AND (m.sent_at > ? OR m.id > ?)", " ORDER BY m.sent_at, m.id LIMIT ?"
		if thread != "" {
			query, subject = "SELECT ml.order_line_id AS on_line, m.* FROM message_lines ml JOIN messages m ON m.id = ml.message_id WHERE ml.order_line_id = ?", thread
			after, order = " AND ml.sent_at >= ? AND (ml.sent_at > ? OR ml.message_id > ?)", " ORDER BY ml.sent_at, ml.message_id LIMIT ?"
		}
		args = append(args, subject)
		if row, ok := last[thread]; ok {
			query += after
			args = append(args, row.SentAt, row.SentAt, row.ID)
		}
		parts, args = append(parts, s.limited(query+order)), append(args, MaxPage)
	}
	found, err := find[threadRow](ctx, s, strings.Join(parts, " UNION ALL "), args...)
	if err != nil {
		return nil, fmt.Errorf("read threads: %w", err)
	}
	slices.SortStableFunc(found, threadRow.compare) // the parts of a union come in no order that is promised
	return found, nil
}
