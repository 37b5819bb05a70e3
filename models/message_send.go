package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// SendMessage is a message about order lines of one seller.
type SendMessage struct {
	OrderNumber string   `json:"-"`
	Line        int      `json:"-"`
	Body        string   `json:"body" validate:"required,visible,max=4000,clean"`
	Topic       Reason   `json:"topic" validate:"omitempty,oneof=general stock_out_unrefunded not_received false_shipment not_as_described damaged_or_defective wrong_or_missing_item return_refused return_unrefunded unexpected_charge"`
	AlsoLines   []int    `json:"also_lines" validate:"max=100,unique,dive,gte=1"`
	Evidence    []string `json:"evidence" validate:"max=20,unique,dive,key"`
	Captioned
	request string // what of a request it says
}

// posted is a message that has been written, and what its notice needs.
type posted struct {
	row      messageRow
	lines    []OrderLine
	waitEnds Instant // of the waits it started or joined
}

// SendMessage delivers a message between the buyer and the seller of an order line. With a
// problem type from the buyer it is the contact: it starts one wait on each line that has
// none running. It is always accepted on an own line, whatever the eligibility. Kinds:
// NotFound, Forbidden (staff only read), Invalid.
func (s *Store) SendMessage(ctx context.Context, by Actor, in SendMessage) (Message, error) {
	var m Message
	err := s.inTx(ctx, func(tx *Store) error {
		var err error
		m, err = tx.sendMessage(ctx, by, in)
		return err
	})
	return m, err
}

func (tx *Store) sendMessage(ctx context.Context, by Actor, in SendMessage) (Message, error) {
	order, side, line, err := tx.lineFor(ctx, by, in.OrderNumber, in.Line)
	if err != nil {
		return Message{}, err
	}
	if side != SideBuyer && side != SideSeller {
		return Message{}, forbidden()
	}
	if err := check(in); err != nil {
		return Message{}, err
	}
	p, err := tx.postMessage(ctx, by, side, order, line, in)
	if err != nil {
		return Message{}, err
	}
	if err := tx.tellOfMessage(ctx, order, line, side, p.row, p.waitEnds); err != nil {
		return Message{}, err
	}
	m, err := p.row.message()
	if err != nil {
		return Message{}, err
	}
	for _, l := range p.lines {
		m.Lines = append(m.Lines, l.Number)
	}
	m.Evidence, err = tx.evidenceOf(ctx, p.row.ID)
	return m, err
}

// postMessage writes a message with its files and starts the waits it is the contact of; who
// is told of it is the caller's to say.
func (tx *Store) postMessage(ctx context.Context, by Actor, side Side, order Order, line OrderLine, in SendMessage) (posted, error) {
	if in.Topic == "" {
		in.Topic = GeneralTopic
	}
	if side == SideSeller && in.Topic != GeneralTopic {
		return posted{}, fieldError("topic", "unknown_value")
	}
	lines := []OrderLine{line}
	for i, n := range in.AlsoLines {
		l, ok := order.Line(n)
		switch {
		case !ok:
			return posted{}, fieldError(fmt.Sprintf("also_lines[%d]", i), "unknown_value")
		case l.SellerID != line.SellerID:
			return posted{}, fieldError(fmt.Sprintf("also_lines[%d]", i), "one_seller")
		case n != line.Number:
			lines = append(lines, l)
		}
	}
	row := messageRow{
		ID: newID(), OrderID: order.ID, SellerID: line.SellerID, AuthorRole: side, AuthorID: by.AccountID, AuthorName: by.Name,
		Topic: in.Topic, Body: text(in.Body), Locale: by.Locale, Request: in.request, SentAt: tx.now,
	}
	if side == SideSeller {
		row.AuthorName = line.SellerName
		var err error
		if row.Warnings, err = toJSON(warningsIn(row.Body)); err != nil {
			return posted{}, err
		}
	}
	if err := tx.insert(ctx, &row); err != nil {
		return posted{}, fmt.Errorf("insert message: %w", err)
	}
	on := make([]messageLineRow, 0, len(lines))
	for _, l := range lines {
		on = append(on, messageLineRow{l.ID, tx.now, row.ID})
	}
	if err := tx.insert(ctx, &on); err != nil {
		return posted{}, fmt.Errorf("insert message lines: %w", err)
	}
	var waitEnds Instant
	if side == SideBuyer && in.Topic.Covered() {
		var err error
		if waitEnds, err = tx.startWaits(ctx, lines, row); err != nil {
			return posted{}, err
		}
	}
	contact := side == SideBuyer && in.Topic.Covered() && slices.ContainsFunc(lines, func(l OrderLine) bool { return !l.live() })
	if contact || side == SideSeller && order.contacted(line.SellerID) {
		if err := tx.followTalk(ctx, order, line.SellerID, contact); err != nil {
			return posted{}, err
		}
	}
	if len(in.Evidence) > 0 {
		if err := tx.attach(ctx, by, side, OnMessage, row.ID, 0, attachDraft{uploads: in.Evidence, captions: in.Captions}); err != nil {
			return posted{}, err
		}
		if err := tx.keepFiles(ctx, row.ID, lines...); err != nil {
			return posted{}, err
		}
	}
	return posted{row, lines, waitEnds}, nil
}

// startWaits starts one wait on each line that has none running and returns the latest end.
func (tx *Store) startWaits(ctx context.Context, lines []OrderLine, m messageRow) (Instant, error) {
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return 0, err
	}
	var ends Instant
	for _, l := range lines {
		if l.live() {
			ends = max(ends, l.Contact.WaitEndsAt)
			continue
		}
		c := contactRow{ID: newID(), OrderLineID: l.ID, MessageID: m.ID, Topic: m.Topic, Source: "portal", SentAt: m.SentAt, WaitEndsAt: m.SentAt.Add(policy.Wait())}
		if err := tx.insert(ctx, &c); err != nil {
			return 0, fmt.Errorf("insert contact: %w", err)
		}
		// Two messages at once start one wait: the second finds the line changed and is asked anew.
		n, err := tx.exec(ctx, "UPDATE order_lines SET contact_id = ? WHERE id = ? AND contact_id = ?", c.ID, l.ID, l.ContactID)
		if err != nil {
			return 0, fmt.Errorf("start wait: %w", err)
		}
		if n == 0 {
			return 0, errAgain
		}
		ends = max(ends, c.WaitEndsAt)
		if err := tx.setTimer(ctx, deadlineTimer, l.ID, policy.nextFilingReminder(l.DeadlineAt, tx.now)); err != nil {
			return 0, fmt.Errorf("set reminder: %w", err)
		}
	}
	return ends, nil
}

func (tx *Store) tellOfMessage(ctx context.Context, order Order, line OrderLine, from Side, m messageRow, waitEnds Instant) error {
	party, locale, kind := "buyer:"+order.BuyerID, order.BuyerLocale, "message_received"
	args := map[string]any{"title": line.Title, "seller": line.SellerName, "line": line.Number, "topic": string(m.Topic), "party": string(SideBuyer)}
	if from == SideBuyer {
		party, locale = "seller:"+line.SellerID, ""
		args["party"] = string(SideSeller)
		if waitEnds != 0 {
			kind = "contact_received"
			args["wait_ends_at"] = waitEnds.String()
		}
	}
	row, err := tx.noticeRow(party, locale, kind, args)
	if err != nil {
		return err
	}
	row.OrderNumber = order.Number
	return tx.insertNoticeRows(ctx, row)
}

// lineFor loads an order line and says on which side the actor stands. Others' lines are
// NotFound; the integration stands on no side and gets Forbidden from who calls.
func (s *Store) lineFor(ctx context.Context, by Actor, number string, n int) (Order, Side, OrderLine, error) {
	order, err := s.orderHead(ctx, number)
	if err != nil {
		return Order{}, "", OrderLine{}, err
	}
	line, ok := order.Line(n)
	if !ok {
		return Order{}, "", OrderLine{}, notFound()
	}
	side := by.sideOf(order.BuyerEmail, line.SellerID)
	if side == SideNone && by.Role != RoleIntegration {
		return Order{}, "", OrderLine{}, notFound()
	}
	return order, side, line, nil
}

// Messages is the thread of an order line, oldest first. Buyer, seller and staff read it.
// Kinds: NotFound, Forbidden for the integration.
func (s *Store) Messages(ctx context.Context, by Actor, number string, n int, page Page) ([]Message, string, error) {
	order, side, line, err := s.lineFor(ctx, by, number, n)
	if err != nil {
		return nil, "", err
	}
	if side == SideNone {
		return nil, "", forbidden()
	}
	at, id, err := readAscending(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	seller := ""
	if side == SideSeller { // of a line that has come to it, only what was said with itself
		seller = by.SellerID
	}
	limit := page.size() + 1
	rows, err := find[messageRow](ctx, s, `SELECT m.* FROM message_lines ml JOIN messages m ON m.id = ml.message_id
		WHERE ml.order_line_id = ? AND ml.sent_at >= ? AND (ml.sent_at > ? OR ml.message_id > ?) AND (? = '' OR m.seller_id = ?) ORDER BY ml.sent_at, ml.message_id LIMIT ?`,
		line.ID, at, at, id, seller, seller, limit)
	if err != nil {
		return nil, "", fmt.Errorf("list messages: %w", err)
	}
	next := ""
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].SentAt, rows[limit-2].ID)
	}
	list, err := s.messagesFrom(ctx, rows, order)
	return list, next, err
}

// messagesFrom adds to rows which lines they name and which files came with them.
func (s *Store) messagesFrom(ctx context.Context, rows []messageRow, order Order) ([]Message, error) {
	list := make([]Message, 0, len(rows))
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		m, err := r.message()
		if err != nil {
			return nil, err
		}
		list, ids = append(list, m), append(ids, r.ID)
	}
	if len(ids) == 0 {
		return list, nil
	}
	on, err := find[messageLineRow](ctx, s, "SELECT * FROM message_lines WHERE message_id IN ?", ids)
	if err != nil {
		return nil, fmt.Errorf("read message lines: %w", err)
	}
	files, err := s.evidenceOfAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range list {
		for _, o := range on {
			if o.MessageID != list[i].ID {
				continue
			}
			for _, l := range order.Lines {
				if l.ID == o.OrderLineID {
					list[i].Lines = append(list[i].Lines, l.Number)
				}
			}
		}
		slices.Sort(list[i].Lines)
		list[i].Evidence = files[list[i].ID]
	}
	return list, nil
}

// evidenceOfAll lists the files on many subjects in one statement.
func (s *Store) evidenceOfAll(ctx context.Context, subjects []string) (map[string][]Evidence, error) {
	type given struct {
		SubjectID string
		Position  int
		File      evidenceJoined `gorm:"embedded"`
	}
	rows, err := find[given](ctx, s, `SELECT a.subject_id, a.upload_id, a.position, a.by_role, a.late, a.note, a.admitted_at, a.admit_reason, a.attached_at, u.file_name, u.media_type, u.size, u.sha256, u.width, u.height, u.pages, u.thumb_key, u.covered, u.facts, u.fault, u.fault_part, u.fault_at, u.state, u.removed_at
		FROM attachments a JOIN uploads u ON u.id = a.upload_id WHERE a.subject_id IN ?`, subjects)
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	// The few there are cost less to sort here than the table the database would sort them in.
	slices.SortStableFunc(rows, func(a, b given) int {
		return cmp.Or(cmp.Compare(a.File.AttachedAt, b.File.AttachedAt), cmp.Compare(a.Position, b.Position))
	})
	all := map[string][]Evidence{}
	for _, r := range rows {
		all[r.SubjectID] = append(all[r.SubjectID], r.File.evidence())
	}
	return all, nil
}

// ReportScam flags a message that leads the buyer off the marketplace; once is enough. Only
// the buyer may. Kinds: NotFound.
func (s *Store) ReportScam(ctx context.Context, by Actor, messageID string) error {
	return s.inTx(ctx, func(tx *Store) error {
		var row struct {
			ID         string
			BuyerEmail string
			SellerID   string
			AuthorRole Side
		}
		r := tx.db(ctx).Raw(`SELECT m.id, m.seller_id, m.author_role, b.email AS buyer_email FROM messages m JOIN orders o ON o.id = m.order_id JOIN buyers b ON b.id = o.buyer_id
			WHERE m.id = ?`, messageID).Scan(&row)
		if r.Error != nil {
			return fmt.Errorf("read message: %w", r.Error)
		}
		side := by.sideOf(row.BuyerEmail, row.SellerID)
		switch {
		case r.RowsAffected == 0 || side == SideNone:
			return notFound()
		case side != SideBuyer || row.AuthorRole != SideSeller:
			return forbidden()
		}
		_, err := tx.exec(ctx, "UPDATE messages SET scam_reported_at = ? WHERE id = ? AND scam_reported_at IS NULL", tx.now, messageID)
		return err
	})
}
