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
		if err != nil {
			return err
		}
		return tx.audit(ctx, by, act{AuditAccountCreated, OnAccount, made.ID, roleDetails(made.Role, made.SellerID)})
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
		if status == AccountDisabled {
			if err := tx.keepsAnAdmin(ctx, *a); err != nil {
				return err
			}
		}
		if _, err := tx.exec(ctx, "UPDATE accounts SET status = ?, version = version + 1 WHERE id = ?", status, id); err != nil {
			return fmt.Errorf("update account: %w", err)
		}
		if err := tx.endAccess(ctx, *a); err != nil {
			return err
		}
		what := AuditAccountDisabled
		if status == AccountActive {
			what = AuditAccountEnabled
		}
		return tx.audit(ctx, by, act{what, OnAccount, id, roleDetails(a.Role, a.SellerID)})
	})
}

// roleDetails are the role in an entry of the audit log.
func roleDetails(role Role, sellerID string) map[string]any {
	details := map[string]any{"role": string(role)}
	if sellerID != "" {
		details["seller"] = sellerID
	}
	return details
}

// keepsAnAdmin refuses to take the rights of the last admin who can still act. changeAccount
// holds all admins meanwhile, so that of two acts at once the second sees what the first did.
func (tx *Store) keepsAnAdmin(ctx context.Context, a Account) error {
	if a.Role != RoleAdmin || a.Status != AccountActive {
		return nil
	}
	others, err := find[struct{ ID string }](ctx, tx, "SELECT id FROM accounts WHERE role = ? AND status = ? AND id <> ? LIMIT 1", RoleAdmin, AccountActive, a.ID)
	if err != nil {
		return fmt.Errorf("read admins: %w", err)
	}
	if len(others) == 0 {
		return &Error{Kind: Conflict, Code: "last_admin"}
	}
	return nil
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
		if role != RoleAdmin {
			if err := tx.keepsAnAdmin(ctx, *a); err != nil {
				return err
			}
		}
		if err := tx.setRole(ctx, *a, role, sellerID); err != nil {
			return err
		}
		details := roleDetails(role, sellerID)
		details["before"] = string(a.Role)
		return tx.audit(ctx, by, act{AuditRoleChanged, OnAccount, a.ID, details})
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
		if err := tx.holdAdmins(ctx, by); err != nil {
			return err
		}
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

// holdAdmins lets nobody else change an admin until the transaction ends, and refuses one who
// is no admin any more: of two who demote one another at once, the second is refused.
func (tx *Store) holdAdmins(ctx context.Context, by Actor) error {
	if _, err := tx.exec(ctx, "UPDATE accounts SET version = version WHERE role = ?", RoleAdmin); err != nil {
		return fmt.Errorf("hold admins: %w", err)
	}
	if by.isOperator() {
		return nil
	}
	now, err := tx.AccountByID(ctx, by.AccountID)
	if KindOf(err) == NotFound || err == nil && (now.Role != RoleAdmin || now.Status != AccountActive) {
		return forbidden()
	}
	return err
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
