package models

import (
	"context"
	"fmt"
)

// SandboxMail is a notice with where it went, for whoever tries the sandbox out.
type SandboxMail struct {
	Notice Notice
	To     string // the party: buyer:ID, seller:ID, account:ID or email:ADDRESS
	State  string // pending, sent, refused or nobody
}

// SandboxMail lists all notices of the sandbox, the newest first, so that mail can be read
// where none is sent. Kinds: NotFound outside the sandbox.
func (s *Store) SandboxMail(ctx context.Context, page Page) (items []SandboxMail, next string, err error) {
	if !s.config.Sandbox {
		return nil, "", notFound()
	}
	_, id, err := readCursor(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := page.size() + 1
	var rows []noticeRow
	// Ids grow with time: the primary key is the order.
	if err := s.db(ctx).Raw("SELECT * FROM notices WHERE id < ? AND mail_state <> ? ORDER BY id DESC LIMIT ?", id, mailNone, limit).Scan(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list mail: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].CreatedAt, rows[limit-2].ID)
	}
	for _, r := range rows {
		m, err := s.sandboxMail(r)
		if err != nil {
			return nil, "", err
		}
		items = append(items, m)
	}
	return items, next, nil
}

// SandboxMailByID is one of them. Kinds: NotFound.
func (s *Store) SandboxMailByID(ctx context.Context, id string) (SandboxMail, error) {
	if !s.config.Sandbox {
		return SandboxMail{}, notFound()
	}
	var rows []noticeRow
	if err := s.db(ctx).Raw("SELECT * FROM notices WHERE id = ? AND mail_state <> ?", id, mailNone).Scan(&rows).Error; err != nil {
		return SandboxMail{}, fmt.Errorf("read mail: %w", err)
	}
	if len(rows) == 0 {
		return SandboxMail{}, notFound()
	}
	return s.sandboxMail(rows[0])
}

// sandboxMail makes a sign-in's secrets anew, since nobody else's mailbox holds them here.
func (s *Store) sandboxMail(r noticeRow) (SandboxMail, error) {
	n, err := r.notice()
	if err != nil {
		return SandboxMail{}, err
	}
	if n.Secret {
		n.Args["link"], n.Args["code"] = s.signInSecrets(n)
	}
	return SandboxMail{Notice: n, To: r.Party, State: r.MailState}, nil
}
