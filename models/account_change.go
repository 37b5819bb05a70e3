package models

import (
	"context"
	"fmt"
)

// Operator is whoever runs commands on the machine itself. They may do what an admin may,
// and make admins, sign-in links and tokens, since the database is theirs anyway. No account
// has this role, and nothing that comes over the network acts as it.
var Operator = Actor{Role: "operator"}

func (a Actor) isOperator() bool { return a.Role == Operator.Role }

func (a Actor) managesAccounts() bool { return a.Role == RoleAdmin || a.isOperator() }

// AccountInput is a new account. SellerID is for the role seller alone.
type AccountInput struct {
	Email    string `json:"email" validate:"required,max=254,email,clean,excludesall=\r\n\t"`
	Name     string `json:"name" validate:"max=200,clean"`
	Locale   string `json:"locale" validate:"max=16,clean"`
	Role     Role   `json:"role" validate:"required,oneof=buyer seller agent lead admin integration"`
	SellerID string `json:"seller_id" validate:"omitempty,key"`
}

func (in AccountInput) normal() AccountInput {
	in.Email, in.Name = normalEmail(in.Email), text(in.Name)
	if in.Locale == "" {
		in.Locale = "ja"
	}
	return in
}

func (in AccountInput) check() error {
	var f fieldErrors
	f.check(in)
	switch {
	case in.Role == RoleSeller && in.SellerID == "":
		f.add("seller_id", "required")
	case in.Role != RoleSeller && in.SellerID != "":
		f.add("seller_id", "unknown_value")
	}
	return f.err()
}

func emailTaken() *Error {
	return &Error{Kind: Invalid, Code: "email_taken", Fields: []FieldError{{Field: "email", Code: "email_taken"}}}
}

func invalidField(field, code string) *Error {
	return &Error{Kind: Invalid, Code: "invalid_fields", Fields: []FieldError{{Field: field, Code: code}}}
}

// CreateAccount makes an account. Admins may, of any role but admin; the operator of any.
// An address has one account. Kinds: Forbidden, Invalid (email_taken).
func (s *Store) CreateAccount(ctx context.Context, by Actor, in AccountInput) (Account, error) {
	if !by.managesAccounts() || in.Role == RoleAdmin && !by.isOperator() {
		return Account{}, forbidden()
	}
	in = in.normal()
	if err := in.check(); err != nil {
		return Account{}, err
	}
	var made Account
	err := s.inTx(ctx, func(tx *Store) error {
		if in.Role == RoleSeller {
			if err := tx.sellerExists(ctx, in.SellerID); err != nil {
				return err
			}
		}
		var err error
		made, err = tx.insertAccount(ctx, in)
		if isDuplicate(err) {
			return emailTaken()
		}
		return err
	})
	return made, err
}

func (tx *Store) sellerExists(ctx context.Context, id string) error {
	var n int64
	if err := tx.db(ctx).Raw("SELECT COUNT(*) FROM sellers WHERE id = ?", id).Scan(&n).Error; err != nil {
		return fmt.Errorf("read seller: %w", err)
	}
	if n == 0 {
		return invalidField("seller_id", "unknown_value")
	}
	return nil
}

func (tx *Store) insertAccount(ctx context.Context, in AccountInput) (Account, error) {
	row := accountRow{
		ID: newID(), Email: in.Email, Name: in.Name, Locale: in.Locale, Role: in.Role, SellerID: in.SellerID,
		Status: AccountActive, CreatedAt: tx.MachineNow(), Version: 1,
	}
	if err := tx.insert(ctx, &row); err != nil {
		return Account{}, fmt.Errorf("insert account: %w", err)
	}
	return row.account(), nil
}

// DisableAccount takes an account's right to act, ends its sessions and voids its sign-ins
// under way. Tokens stop at once, on every replica, because each request reads the account.
// Admins may, but not their own. Kinds: Forbidden, NotFound.
func (s *Store) DisableAccount(ctx context.Context, by Actor, id string) (Account, error) {
	return s.setAccountStatus(ctx, by, id, AccountDisabled)
}

// EnableAccount gives an account back its right to act; it has to sign in anew. Admins only.
// Kinds: Forbidden, NotFound.
func (s *Store) EnableAccount(ctx context.Context, by Actor, id string) (Account, error) {
	return s.setAccountStatus(ctx, by, id, AccountActive)
}

func (s *Store) setAccountStatus(ctx context.Context, by Actor, id string, status AccountStatus) (Account, error) {
	return s.changeAccount(ctx, by, id, func(tx *Store, a *Account) error {
		if a.Status == status {
			return nil
		}
		a.Status = status
		if _, err := tx.exec(ctx, "UPDATE accounts SET status = ?, version = version + 1 WHERE id = ?", status, id); err != nil {
			return fmt.Errorf("update account: %w", err)
		}
		return tx.endAccess(ctx, *a)
	})
}

// ChangeRole gives an account another role. Its sessions end and its tokens are revoked, so
// that nothing handed out for one role works with another. Admins may, but not their own
// account nor to admin, which the operator alone may. Kinds: Forbidden, NotFound, Invalid.
func (s *Store) ChangeRole(ctx context.Context, by Actor, id string, role Role, sellerID string) (Account, error) {
	if role == RoleAdmin && !by.isOperator() {
		return Account{}, forbidden()
	}
	return s.changeAccount(ctx, by, id, func(tx *Store, a *Account) error {
		in := AccountInput{Email: a.Email, Name: a.Name, Locale: a.Locale, Role: role, SellerID: sellerID}
		if err := in.check(); err != nil {
			return err
		}
		if a.Role == role && a.SellerID == sellerID {
			return nil
		}
		if role == RoleSeller {
			if err := tx.sellerExists(ctx, sellerID); err != nil {
				return err
			}
		}
		return tx.setRole(ctx, *a, role, sellerID)
	})
}

// setRole gives an account, as it was read, another role: tokens, sessions and sign-ins that were
// handed out for the one before end.
func (tx *Store) setRole(ctx context.Context, a Account, role Role, sellerID string) error {
	n, err := tx.exec(ctx, "UPDATE accounts SET role = ?, seller_id = ?, version = version + 1 WHERE id = ? AND version = ?", role, sellerID, a.ID, a.Version)
	if err != nil {
		return fmt.Errorf("set role: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	if _, err := tx.exec(ctx, "UPDATE api_tokens SET revoked_at = ? WHERE account_id = ? AND revoked_at IS NULL", tx.MachineNow(), a.ID); err != nil {
		return fmt.Errorf("revoke tokens: %w", err)
	}
	return tx.endAccess(ctx, a)
}

// changeAccount loads an account for an admin, lets fn change it and returns it as it is then.
func (s *Store) changeAccount(ctx context.Context, by Actor, id string, fn func(tx *Store, a *Account) error) (Account, error) {
	if !by.managesAccounts() {
		return Account{}, forbidden()
	}
	var changed Account
	err := s.inTx(ctx, func(tx *Store) error {
		a, err := tx.AccountByID(ctx, id)
		if err != nil {
			return err
		}
		if by.AccountID == id {
			return forbidden() // an admin who shuts themselves out cannot undo it
		}
		if err := fn(tx, &a); err != nil {
			return err
		}
		changed, err = tx.AccountByID(ctx, id)
		return err
	})
	return changed, err
}

// endAccess ends an account's sessions and voids the sign-ins it has not used.
func (tx *Store) endAccess(ctx context.Context, a Account) error {
	if _, err := tx.exec(ctx, "DELETE FROM sessions WHERE account_id = ?", a.ID); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	if _, err := tx.exec(ctx, "UPDATE sign_ins SET used_at = ? WHERE email = ? AND used_at IS NULL", tx.MachineNow(), a.Email); err != nil {
		return fmt.Errorf("void sign-ins: %w", err)
	}
	return nil
}
