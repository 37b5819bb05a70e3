package models

import (
	"context"
	"fmt"
	"strings"
)

// AccountStatus says whether an account may act.
type AccountStatus string

// The states of an account. Only an active one may sign in or use a token.
const (
	AccountActive   AccountStatus = "active"
	AccountDisabled AccountStatus = "disabled" // by an admin; only an admin takes it back
)

// Account is a person, or a system that calls the API. An account has one role, and everyone
// is also the buyer of the orders under their email.
type Account struct {
	ID           string
	Email        string
	Name         string
	Locale       string
	Role         Role
	SellerID     string
	Status       AccountStatus
	SecondFactor bool // a TOTP is set up
	CreatedAt    Instant
	Version      int64
}

// Actor is the account as the one who acts.
func (a Account) Actor() Actor {
	return Actor{Role: a.Role, AccountID: a.ID, Email: a.Email, SellerID: a.SellerID, Name: a.Name, Locale: a.Locale}
}

type accountRow struct {
	ID          string
	Email       string
	Name        string
	Locale      string
	Role        Role
	SellerID    string
	Status      AccountStatus
	TotpSecret  string
	TotpPending string
	TotpStep    int64
	Recovery    *string
	CreatedAt   Instant
	Version     int64
}

func (accountRow) TableName() string { return "accounts" }

func (r accountRow) account() Account {
	return Account{r.ID, r.Email, r.Name, r.Locale, r.Role, r.SellerID, r.Status, r.TotpSecret != "", r.CreatedAt, r.Version}
}

// accountColumns and accountPart read an account beside a session or a token, whose columns
// have some of the same names.
const accountColumns = `a.email AS account_email, a.name AS account_name, a.locale AS account_locale, a.role AS account_role,
	a.seller_id AS account_seller_id, a.status AS account_status, COALESCE(a.totp_secret, '') <> '' AS account_has_totp,
	a.created_at AS account_created_at, a.version AS account_version`

type accountPart struct {
	AccountEmail     string
	AccountName      string
	AccountLocale    string
	AccountRole      Role
	AccountSellerID  string
	AccountStatus    AccountStatus
	AccountHasTotp   bool
	AccountCreatedAt Instant
	AccountVersion   int64
}

func (p accountPart) account(id string) Account {
	return Account{
		id, p.AccountEmail, p.AccountName, p.AccountLocale, p.AccountRole, p.AccountSellerID, p.AccountStatus,
		p.AccountHasTotp, p.AccountCreatedAt, p.AccountVersion,
	}
}

// AccountByID returns one account. Kinds: NotFound.
func (s *Store) AccountByID(ctx context.Context, id string) (Account, error) {
	row, err := s.accountRowByID(ctx, id)
	return row.account(), err
}

func (s *Store) accountRowByID(ctx context.Context, id string) (accountRow, error) {
	var rows []accountRow
	if err := s.db(ctx).Raw("SELECT * FROM accounts WHERE id = ?", id).Scan(&rows).Error; err != nil {
		return accountRow{}, fmt.Errorf("read account: %w", err)
	}
	if len(rows) == 0 {
		return accountRow{}, notFound()
	}
	return rows[0], nil
}

// AccountByEmail returns the account of an address, however it is written. Kinds: NotFound.
func (s *Store) AccountByEmail(ctx context.Context, email string) (Account, error) {
	var rows []accountRow
	if err := s.db(ctx).Raw("SELECT * FROM accounts WHERE email = ?", normalEmail(email)).Scan(&rows).Error; err != nil {
		return Account{}, fmt.Errorf("read account: %w", err)
	}
	if len(rows) == 0 {
		return Account{}, notFound()
	}
	return rows[0].account(), nil
}

// AccountFilter narrows the list of accounts; empty fields do not.
type AccountFilter struct {
	Role     Role
	SellerID string
	Status   AccountStatus
	House    bool // the house's own alone: reviewers, leads, admins and connected systems
	Page
}

// Accounts lists accounts, the newest first. Admins only. Kinds: Forbidden, Invalid for a
// cursor that is not ours.
func (s *Store) Accounts(ctx context.Context, by Actor, f AccountFilter) (items []Account, next string, err error) {
	if !by.managesAccounts() {
		return nil, "", forbidden()
	}
	_, below, err := readCursor(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	// Ids are ordered by time, so the primary key is the list's order.
	var where strings.Builder
	where.WriteString("SELECT * FROM accounts")
	if f.House {
		where.WriteString(s.engine.hint("accounts_role_id_idx")) // the key would read all buyers
	}
	where.WriteString(" WHERE id < ?")
	args := []any{below}
	if f.Role != "" {
		where.WriteString(" AND role = ?")
		args = append(args, f.Role)
	}
	if f.House {
		where.WriteString(" AND role IN ?")
		args = append(args, []Role{RoleAgent, RoleLead, RoleAdmin, RoleIntegration})
	}
	if f.SellerID != "" {
		where.WriteString(" AND seller_id = ?")
		args = append(args, f.SellerID)
	}
	if f.Status != "" {
		where.WriteString(" AND status = ?")
		args = append(args, f.Status)
	}
	where.WriteString(" ORDER BY id DESC LIMIT ?")
	limit := f.size() + 1
	var rows []accountRow
	if err := s.db(ctx).Raw(where.String(), append(args, limit)...).Scan(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list accounts: %w", err)
	}
	if len(rows) == limit {
		rows = rows[:limit-1]
		next = writeCursor(rows[limit-2].CreatedAt, rows[limit-2].ID)
	}
	items = make([]Account, 0, len(rows))
	for _, r := range rows {
		items = append(items, r.account())
	}
	return items, next, nil
}

// recipients are the addresses of a notice's party: the buyer's email, all active members of
// a seller, an account's or a bare address. A sign-in that has run out is mailed to nobody.
func (s *Store) recipients(ctx context.Context, r noticeRow) ([]Recipient, error) {
	var list []Recipient
	kind, id, _ := cutParty(r.Party)
	var err error
	switch kind {
	case "buyer":
		err = s.db(ctx).Raw("SELECT email, name, locale FROM buyers WHERE id = ?", id).Scan(&list).Error
	case "seller":
		err = s.db(ctx).Raw("SELECT email, name, locale FROM accounts WHERE seller_id = ? AND role = ? AND status = ? ORDER BY email", id, RoleSeller, AccountActive).Scan(&list).Error
	case "account":
		err = s.db(ctx).Raw("SELECT email, name, locale FROM accounts WHERE id = ? AND status = ?", id, AccountActive).Scan(&list).Error
	case "email":
		useful := true
		if r.Kind == noticeSignIn || r.Kind == noticeSignInUnknown {
			useful, err = s.signInOpen(ctx, r)
		}
		if useful {
			list = []Recipient{{Email: id, Locale: r.Locale}}
		}
	default:
		err = fmt.Errorf("party %q is not known", r.Party)
	}
	if err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	return list, nil
}
