package models

import (
	"context"
	"fmt"
)

// AccountStatus says whether an account may act.
type AccountStatus string

// The states of an account.
const (
	AccountActive   AccountStatus = "active"
	AccountDisabled AccountStatus = "disabled"
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

// recipients are the addresses of a notice's party: the buyer's email, all active members of
// a seller, an account's or a bare address.
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
		list = []Recipient{{Email: id, Locale: r.Locale}}
	default:
		err = fmt.Errorf("party %q is not known", r.Party)
	}
	if err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	return list, nil
}
