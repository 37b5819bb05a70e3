package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Seller is a seller of the marketplace with the people who act for it.
type Seller struct {
	ID        string
	Name      string
	Locale    string
	Suspended bool
	CreatedAt Instant
	UpdatedAt Instant
	Members   []Account // active ones, by email
}

// SellerInput is a seller as the marketplace registers it (API.md §3). The list of members is
// the whole of it.
type SellerInput struct {
	ID      string        `json:"-" validate:"-"`
	Name    string        `json:"name" validate:"required,visible,max=200,clean"`
	Locale  string        `json:"locale" validate:"max=16,clean"`
	Members []MemberInput `json:"members" validate:"required,max=100,dive"`
}

// MemberInput is a person who acts for a seller.
type MemberInput struct {
	Email string `json:"email" validate:"required,max=254,email,clean,excludesall=\r\n\t"`
	Name  string `json:"name" validate:"max=200,clean"`
}

func (in SellerInput) normal() SellerInput {
	in.Name = text(in.Name)
	in.Members = slices.Clone(in.Members)
	for i, m := range in.Members {
		in.Members[i] = MemberInput{normalEmail(m.Email), text(m.Name)}
	}
	return in
}

func (in SellerInput) check() error {
	var f fieldErrors
	if !isKey(in.ID) {
		f.add("id", "unknown_value")
	}
	f.check(in)
	seen := map[string]bool{}
	for i, m := range in.Members {
		if seen[m.Email] {
			f.add(indexed("members", i, "email"), "duplicate")
		}
		seen[m.Email] = true
	}
	return f.err()
}

// PutSeller registers a seller or replaces what is known of it. Each listed member gets a
// seller account, also one that was a buyer's; one no longer listed is a buyer again, without
// the sessions and tokens it had. Integration and admins may. Kinds: Forbidden, Invalid
// (members[i].email is email_taken when the address has an account with another role or
// seller).
func (s *Store) PutSeller(ctx context.Context, by Actor, in SellerInput) (seller Seller, created bool, err error) {
	if by.Role != RoleIntegration && !by.managesAccounts() {
		return Seller{}, false, forbidden()
	}
	in = in.normal()
	if err := in.check(); err != nil {
		return Seller{}, false, err
	}
	err = s.inTx(ctx, func(tx *Store) error {
		if created, err = tx.putSeller(ctx, in); err != nil {
			return err
		}
		if err := tx.putMembers(ctx, in); err != nil {
			return err
		}
		seller, err = tx.SellerByID(ctx, in.ID)
		return err
	})
	return seller, created, err
}

func (tx *Store) putSeller(ctx context.Context, in SellerInput) (created bool, err error) {
	n, err := tx.exec(ctx, "UPDATE sellers SET name = ?, locale = CASE WHEN ? = '' THEN locale ELSE ? END, updated_at = ? WHERE id = ?",
		in.Name, in.Locale, in.Locale, tx.now, in.ID)
	if err != nil {
		return false, fmt.Errorf("update seller: %w", err)
	}
	if n > 0 {
		return false, nil
	}
	locale := in.Locale
	if locale == "" {
		locale = "ja"
	}
	err = tx.insert(ctx, &sellerRow{ID: in.ID, Name: in.Name, Locale: locale, CreatedAt: tx.now, UpdatedAt: tx.now})
	if isDuplicate(err) {
		return false, errAgain
	}
	if err != nil {
		return false, fmt.Errorf("insert seller: %w", err)
	}
	return true, nil
}

func (tx *Store) putMembers(ctx context.Context, in SellerInput) error {
	emails := []string{""} // an empty list is no SQL
	for _, m := range in.Members {
		emails = append(emails, m.Email)
	}
	var rows []accountRow
	if err := tx.db(ctx).Raw("SELECT * FROM accounts WHERE seller_id = ? OR email IN ?", in.ID, emails).Scan(&rows).Error; err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	var f fieldErrors
	var fresh []accountRow
	for i, m := range in.Members {
		at := slices.IndexFunc(rows, func(r accountRow) bool { return r.Email == m.Email })
		if at < 0 {
			locale := in.Locale
			if locale == "" {
				locale = "ja"
			}
			fresh = append(fresh, accountRow{
				ID: newID(), Email: m.Email, Name: m.Name, Locale: locale, Role: RoleSeller, SellerID: in.ID,
				Status: AccountActive, CreatedAt: tx.MachineNow(), Version: 1,
			})
			continue
		}
		r := rows[at]
		if r.Role == RoleBuyer && r.Status == AccountActive {
			// Whoever signed in as a buyer before stays the buyer of the orders under the
			// address, and now also acts for the seller.
			if err := tx.setRole(ctx, r.account(), RoleSeller, in.ID); err != nil {
				return err
			}
			continue
		}
		if r.Role != RoleSeller || r.SellerID != in.ID {
			f.add(indexed("members", i, "email"), "email_taken")
		} else if err := tx.nameMember(ctx, r.account(), m.Name); err != nil {
			return err
		}
	}
	if err := f.err(); err != nil {
		return err
	}
	if len(fresh) > 0 {
		if err := tx.insert(ctx, &fresh); err != nil {
			if isDuplicate(err) {
				return errAgain // taken meanwhile: the next run says by whom
			}
			return fmt.Errorf("insert members: %w", err)
		}
	}
	for _, r := range rows {
		if r.Role == RoleSeller && r.SellerID == in.ID && r.Status == AccountActive && !slices.Contains(emails, r.Email) {
			if err := tx.setRole(ctx, r.account(), RoleBuyer, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func (tx *Store) nameMember(ctx context.Context, a Account, name string) error {
	if name == "" || name == a.Name {
		return nil
	}
	n, err := tx.exec(ctx, "UPDATE accounts SET name = ?, version = version + 1 WHERE id = ? AND version = ?", name, a.ID, a.Version)
	if err != nil {
		return fmt.Errorf("update member: %w", err)
	}
	if n == 0 {
		return errAgain
	}
	return nil
}

// SellerByID returns a seller with its active members. Kinds: NotFound.
func (s *Store) SellerByID(ctx context.Context, id string) (Seller, error) {
	var rows []sellerRow
	if err := s.db(ctx).Raw("SELECT * FROM sellers WHERE id = ?", id).Scan(&rows).Error; err != nil {
		return Seller{}, fmt.Errorf("read seller: %w", err)
	}
	if len(rows) == 0 {
		return Seller{}, notFound()
	}
	r := rows[0]
	seller := Seller{ID: r.ID, Name: r.Name, Locale: r.Locale, Suspended: r.Suspended, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
	var members []accountRow
	if err := s.db(ctx).Raw("SELECT * FROM accounts WHERE seller_id = ? AND role = ? AND status = ? ORDER BY email", id, RoleSeller, AccountActive).Scan(&members).Error; err != nil {
		return Seller{}, fmt.Errorf("read members: %w", err)
	}
	for _, m := range members {
		seller.Members = append(seller.Members, m.account())
	}
	return seller, nil
}

// ensureSeller makes a seller where there is none.
func (tx *Store) ensureSeller(ctx context.Context, id string) error {
	_, err := tx.SellerByID(ctx, id)
	var e *Error
	if err == nil || !errors.As(err, &e) || e.Kind != NotFound {
		return err
	}
	_, err = tx.putSeller(ctx, SellerInput{ID: id, Name: id})
	return err
}
