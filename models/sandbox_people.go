package models

import (
	"context"
	"fmt"
)

// SandboxTokenInput names who a token shall act as in the sandbox.
type SandboxTokenInput struct {
	Email    string `json:"email" validate:"required,max=254,email,clean,excludesall=\r\n\t"`
	Role     Role   `json:"role" validate:"required,oneof=buyer seller agent lead admin integration"`
	SellerID string `json:"seller_id" validate:"omitempty,key"`
	Name     string `json:"name" validate:"max=200,clean"`
}

// SandboxToken makes a token that does not expire for an account, and the account and its
// seller where they are missing. Anyone may, in the sandbox alone. Kinds: Forbidden outside
// it; Invalid (email_taken when the address has an account with another role or seller, or
// one that may not act).
func (s *Store) SandboxToken(ctx context.Context, in SandboxTokenInput) (secret string, t Token, err error) {
	if !s.config.Sandbox {
		return "", Token{}, forbidden()
	}
	want := AccountInput{Email: in.Email, Name: in.Name, Role: in.Role, SellerID: in.SellerID}.normal()
	if err := want.check(); err != nil {
		return "", Token{}, err
	}
	err = s.inTx(ctx, func(tx *Store) error {
		a, err := tx.AccountByEmail(ctx, want.Email)
		switch {
		case KindOf(err) == NotFound:
			if want.SellerID != "" {
				if err := tx.ensureSeller(ctx, want.SellerID); err != nil {
					return err
				}
			}
			if a, err = tx.insertAccount(ctx, want); isDuplicate(err) {
				return errAgain
			}
		case err == nil && (a.Role != want.Role || a.SellerID != want.SellerID || a.Status != AccountActive):
			return emailTaken()
		}
		if err != nil {
			return err
		}
		if secret, t, err = tx.insertToken(ctx, a, "sandbox", 0); err != nil {
			return err
		}
		return tx.audit(ctx, Anonymous, act{AuditSandboxTokenMade, OnToken, t.ID, map[string]any{"account": a.ID, "role": string(a.Role)}})
	})
	return secret, t, err
}

// SandboxSignIn signs in as an account, without any proof. Anyone may, in the sandbox alone;
// replaces is the secret of the session the browser had, which ends. Kinds: Forbidden outside
// it, NotFound, Invalid for an account that has no pages or may not act.
func (s *Store) SandboxSignIn(ctx context.Context, accountID, userAgent, replaces string) (SignedIn, error) {
	if !s.config.Sandbox {
		return SignedIn{}, forbidden()
	}
	var done SignedIn
	err := s.inTx(ctx, func(tx *Store) error {
		a, err := tx.AccountByID(ctx, accountID)
		if err != nil {
			return err
		}
		if a.Role == RoleIntegration || a.Status != AccountActive {
			return invalid("cannot_sign_in")
		}
		was := Anonymous // or who the browser was before
		if x, err := tx.GlanceSession(ctx, replaces); err == nil {
			was = x.Account.Actor()
		} else if KindOf(err) != Unauthenticated {
			return err
		}
		if err := tx.endSecret(ctx, replaces); err != nil {
			return err
		}
		if done, err = tx.startSession(ctx, a, userAgent, ""); err != nil {
			return err
		}
		return tx.audit(ctx, was, act{AuditSandboxSignedIn, OnAccount, a.ID, roleDetails(a.Role, a.SellerID)})
	})
	return done, err
}

// SandboxPeople lists whom one can sign in as: the first ten of each role with pages, buyers
// first. Kinds: Forbidden outside the sandbox.
func (s *Store) SandboxPeople(ctx context.Context) ([]Account, error) {
	if !s.config.Sandbox {
		return nil, forbidden()
	}
	const ofRole = "(SELECT * FROM accounts WHERE role = ? AND status = 'active' ORDER BY id LIMIT 10)"
	const all = "SELECT * FROM " + ofRole + " b UNION ALL SELECT * FROM " + ofRole + " s UNION ALL SELECT * FROM " + ofRole +
		" a UNION ALL SELECT * FROM " + ofRole + " l UNION ALL SELECT * FROM " + ofRole + " d"
	var rows []accountRow
	if err := s.db(ctx).Raw(all, RoleBuyer, RoleSeller, RoleAgent, RoleLead, RoleAdmin).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	list := make([]Account, 0, len(rows))
	for _, role := range Roles {
		for _, r := range rows {
			if r.Role == role {
				list = append(list, r.account())
			}
		}
	}
	return list, nil
}
