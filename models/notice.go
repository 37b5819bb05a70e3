package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Notice is an official message to one party, kept in its message centre. The row is also
// the outbox: it is written with what it tells about and delivered after the commit.
type Notice struct {
	ID          string
	Number      string
	Party       string // buyer:ID, seller:ID, account:ID or email:ADDRESS
	Kind        string
	ClaimNumber string
	OrderNumber string
	Args        map[string]any
	Locale      string
	CreatedAt   Instant
	ReadAt      Instant
	Subject     string // as sent; "" before
	Body        string
	SentAt      Instant
	Secret      bool // a sign-in: not listed anywhere
}

type noticeRow struct {
	ID          string
	Number      string
	Party       string
	Kind        string
	ClaimID     string
	ClaimNumber string
	OrderNumber string
	Args        string
	Locale      string
	Listed      bool
	CreatedAt   Instant
	ReadAt      Instant
	MailState   string
	MailAt      Instant
	MailTries   int
	MailError   string
	Subject     string
	Body        string
	SentAt      Instant
}

func (noticeRow) TableName() string { return "notices" }

// The states of a notice's mail.
const (
	mailPending = "pending"
	mailSent    = "sent"
	mailRefused = "refused" // finally: the address does not take it
	mailNone    = "none"    // it stands in the list alone
	mailNobody  = "nobody"  // there is no address
)

func (r noticeRow) notice() (Notice, error) {
	n := Notice{
		ID: r.ID, Number: r.Number, Party: r.Party, Kind: r.Kind, ClaimNumber: r.ClaimNumber, OrderNumber: r.OrderNumber, Locale: r.Locale,
		CreatedAt: r.CreatedAt, ReadAt: r.ReadAt, Subject: r.Subject, Body: r.Body, SentAt: r.SentAt, Secret: !r.Listed,
	}
	if err := json.Unmarshal([]byte(r.Args), &n.Args); err != nil {
		return Notice{}, fmt.Errorf("read notice %s: %w", r.Number, err)
	}
	return n, nil
}

// insertNotices writes the notices of a change to a claim. Each carries the claim's facts.
func (tx *Store) insertNotices(ctx context.Context, c Claim, drafts []noticeDraft) error {
	rows, err := tx.noticesOf(c, drafts)
	if err != nil {
		return err
	}
	return tx.insertNoticeRows(ctx, rows...)
}

func (tx *Store) noticesOf(c Claim, drafts []noticeDraft) ([]noticeRow, error) {
	rows := make([]noticeRow, 0, len(drafts))
	for _, d := range drafts {
		args := map[string]any{
			"title": c.Title, "seller": c.SellerName, "reason": string(c.Reason), "claimed": c.Claimed, "currency": c.Currency, "status": string(c.Status), "party": string(d.To),
		}
		for name, v := range d.Args {
			if at, ok := v.(Instant); ok {
				v = at.String()
			}
			args[name] = v
		}
		party, locale := "buyer:"+c.BuyerID, c.BuyerLocale
		if d.To == SideSeller {
			party, locale = "seller:"+c.SellerID, c.SellerLocale
		}
		row, err := tx.noticeRow(party, locale, d.Kind, args)
		if err != nil {
			return nil, err
		}
		row.ClaimID, row.ClaimNumber, row.OrderNumber = c.ID, c.Number, c.OrderNumber
		rows = append(rows, row)
	}
	return rows, nil
}

// insertNoticeRows writes messages; whoever counts unread ones is told.
func (tx *Store) insertNoticeRows(ctx context.Context, rows ...noticeRow) error {
	if len(rows) == 0 {
		return nil
	}
	*tx.told = true
	if err := tx.insert(ctx, &rows); err != nil {
		if isDuplicate(err) {
			return errAgain
		}
		return fmt.Errorf("insert notices: %w", err)
	}
	return nil
}

func (tx *Store) noticeRow(party, locale, kind string, args map[string]any) (noticeRow, error) {
	body, err := json.Marshal(args)
	if err != nil {
		return noticeRow{}, fmt.Errorf("notice args: %w", err)
	}
	if locale == "" {
		locale = "ja"
	}
	return noticeRow{
		ID: newID(), Number: newNumber('M'), Party: party, Kind: kind, Args: string(body), Locale: locale, Listed: true,
		CreatedAt: tx.now, MailState: mailPending, MailAt: tx.MachineNow(),
	}, nil
}

// reachable reports whose silence may be held against them: a party is reachable if it has
// an account or an address that mail was not finally refused at. Mail under way counts as sent.
func (tx *Store) reachable(ctx context.Context, c Claim) (reachability, error) {
	var refused []string
	if err := tx.db(ctx).Raw("SELECT DISTINCT party FROM notices WHERE party IN ? AND mail_state IN ? AND claim_id = ?",
		[]string{"buyer:" + c.BuyerID, "seller:" + c.SellerID}, []string{mailRefused, mailNobody}, c.ID).Scan(&refused).Error; err != nil {
		return reachability{}, fmt.Errorf("read refused notices: %w", err)
	}
	r := reachability{buyer: true, seller: true}
	for _, party := range refused {
		if party == "buyer:"+c.BuyerID {
			r.buyer = false
		} else {
			r.seller = false
		}
	}
	var members int64
	if err := tx.db(ctx).Raw("SELECT COUNT(*) FROM accounts WHERE seller_id = ? AND role = ? AND status = ?", c.SellerID, RoleSeller, AccountActive).Scan(&members).Error; err != nil {
		return reachability{}, fmt.Errorf("count members: %w", err)
	}
	r.seller = r.seller && members > 0
	return r, nil
}

// parties are the notice parties of an account: its own, its seller's and, by its email,
// the buyer's.
func (s *Store) parties(ctx context.Context, by Actor) ([]string, error) {
	if by.Role == RoleIntegration {
		return []string{"account:" + by.AccountID}, nil
	}
	var buyers []string
	if err := s.db(ctx).Raw("SELECT id FROM buyers WHERE email = ?", by.Email).Scan(&buyers).Error; err != nil {
		return nil, fmt.Errorf("read buyers: %w", err)
	}
	list := []string{"account:" + by.AccountID}
	for _, id := range buyers {
		list = append(list, "buyer:"+id)
	}
	if by.Role == RoleSeller {
		list = append(list, "seller:"+by.SellerID)
	}
	return list, nil
}

// Notices lists every official message to the actor, newest first. The integration reads
// those to its own account only, never a buyer's. Kinds: Forbidden without an account.
func (s *Store) Notices(ctx context.Context, by Actor, page Page) (items []Notice, next string, err error) {
	if by.AccountID == "" {
		return nil, "", forbidden()
	}
	parties, err := s.parties(ctx, by)
	if err != nil {
		return nil, "", err
	}
	at, id, err := readCursor(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := page.size() + 1
	// Each party by itself: over several at once no index gives the newest first, and a seller
	// has very many.
	var parts []string
	var args []any
	for i, party := range parties {
		parts = append(parts, fmt.Sprintf(`SELECT * FROM (SELECT * FROM notices WHERE party = ? AND listed = ? AND created_at <= ? AND (created_at < ? OR id < ?)
			ORDER BY created_at DESC, id DESC LIMIT ?) p%d`, i))
		args = append(args, party, true, at, at, id, limit)
	}
	rows, err := find[noticeRow](ctx, s, strings.Join(parts, " UNION ALL ")+" ORDER BY created_at DESC, id DESC LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, "", fmt.Errorf("list notices: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].CreatedAt, rows[limit-2].ID)
	}
	for _, r := range rows {
		n, err := r.notice()
		if err != nil {
			return nil, "", err
		}
		items = append(items, n)
	}
	return items, next, nil
}

// NoticeByNumber returns one message to the actor by id or public number. Kinds: NotFound,
// also for the messages of others.
func (s *Store) NoticeByNumber(ctx context.Context, by Actor, ref string) (Notice, error) {
	if by.AccountID == "" {
		return Notice{}, notFound()
	}
	parties, err := s.parties(ctx, by)
	if err != nil {
		return Notice{}, err
	}
	var rows []noticeRow
	if err := s.db(ctx).Raw("SELECT * FROM notices WHERE (id = ? OR number = ?) AND party IN ? AND listed = ?", ref, ref, parties, true).Scan(&rows).Error; err != nil {
		return Notice{}, fmt.Errorf("read notice: %w", err)
	}
	if len(rows) == 0 {
		return Notice{}, notFound()
	}
	return rows[0].notice()
}

// ReadNotice marks a message as read; once is enough. Kinds: NotFound.
func (s *Store) ReadNotice(ctx context.Context, by Actor, ref string) (Notice, error) {
	var n Notice
	err := s.inTx(ctx, func(tx *Store) error {
		var err error
		if n, err = tx.NoticeByNumber(ctx, by, ref); err != nil || n.ReadAt != 0 {
			return err
		}
		n.ReadAt = tx.now
		_, err = tx.exec(ctx, "UPDATE notices SET read_at = ? WHERE id = ? AND read_at IS NULL", tx.now, n.ID)
		*tx.told = true
		return err
	})
	return n, err
}

// mailLifetime is how long a mail is tried before it counts as refused.
const mailLifetime = 72 * time.Hour

// DeliverOutbox does one pass over the mail that waits, and returns how many notices were
// settled, sent or given up. A row is leased by compare-and-set before it is sent, so that
// replicas do not send it twice; a sender that dies leaves it to be sent again after the lease.
func (s *Store) DeliverOutbox(ctx context.Context, limit int) (int, error) {
	if s.config.Sender == nil {
		return 0, nil
	}
	now := s.MachineNow()
	var rows []noticeRow
	if err := s.db(ctx).Raw("SELECT * FROM notices WHERE mail_state = ? AND mail_at <= ? ORDER BY mail_at, id LIMIT ?", mailPending, now, limit).Scan(&rows).Error; err != nil {
		return 0, fmt.Errorf("read outbox: %w", err)
	}
	settled := 0
	for _, r := range rows {
		if ctx.Err() != nil {
			return settled, ctx.Err()
		}
		ok, err := s.deliver(ctx, r)
		if err != nil {
			return settled, err
		}
		if ok {
			settled++
		}
	}
	return settled, nil
}

func (s *Store) deliver(ctx context.Context, r noticeRow) (settled bool, err error) {
	leased := false
	now := s.MachineNow()
	if err := s.inTx(ctx, func(tx *Store) error {
		n, err := tx.exec(ctx, "UPDATE notices SET mail_at = ?, mail_tries = mail_tries + 1 WHERE id = ? AND mail_state = ? AND mail_at = ?",
			now.Add(2*time.Minute), r.ID, mailPending, r.MailAt)
		leased = n == 1
		return err
	}); err != nil || !leased {
		return false, err
	}
	n, err := r.notice()
	if err != nil {
		return false, err
	}
	to, err := s.recipients(ctx, r)
	if err != nil {
		return false, err
	}
	state, subject, body, problem := mailNobody, "", "", error(nil)
	for _, recipient := range to {
		mail := Mail{Notice: n, To: recipient}
		if n.Secret {
			mail.Link, mail.Code = s.signInSecrets(n)
		}
		var words, title string
		title, words, err := s.config.Sender.Send(ctx, mail)
		if err != nil {
			problem = err
			continue
		}
		state, subject, body = mailSent, title, words
	}
	if state != mailSent && problem != nil {
		state = mailRefused
		var p interface{ Permanent() bool }
		if (!errors.As(problem, &p) || !p.Permanent()) && now.Sub(r.CreatedAt) < mailLifetime {
			return false, s.retryMail(ctx, r, problem)
		}
	}
	if n.Secret {
		subject, body = "", "" // what carries a secret is not kept
	}
	return true, s.inTx(ctx, func(tx *Store) error {
		message := ""
		if problem != nil {
			message = problem.Error()
		}
		_, err := tx.exec(ctx, "UPDATE notices SET mail_state = ?, subject = ?, body = ?, sent_at = ?, mail_error = ? WHERE id = ? AND mail_state = ?",
			state, cut(subject, 300), body, s.MachineNow(), cut(message, 500), r.ID, mailPending)
		return err
	})
}

func (s *Store) retryMail(ctx context.Context, r noticeRow, cause error) error {
	wait := min(time.Hour, 10*time.Second<<min(r.MailTries, 9))
	return s.inTx(ctx, func(tx *Store) error {
		_, err := tx.exec(ctx, "UPDATE notices SET mail_at = ?, mail_error = ? WHERE id = ? AND mail_state = ?",
			tx.MachineNow().Add(wait), cut(cause.Error(), 500), r.ID, mailPending)
		return err
	})
}

// cut shortens a text to n characters.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n])
}
