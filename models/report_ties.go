package models

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// mailbox is where mail to an address ends up, as far as its form tells: what follows a plus
// is a label of the same mailbox, and one big provider does not see dots. Pure.
func mailbox(email string) string {
	local, domain, ok := strings.Cut(email, "@")
	if !ok {
		return email
	}
	if plain, _, labelled := strings.Cut(local, "+"); labelled && plain != "" {
		local = plain
	}
	if domain == "googlemail.com" {
		domain = "gmail.com"
	}
	if domain == "gmail.com" {
		local = strings.ReplaceAll(local, ".", "")
	}
	return local + "@" + domain
}

// tieDigest is a tie as it is kept: who holds the database alone cannot try values.
func (s *Store) tieDigest(kind TieKind, value string) (string, error) {
	if len(s.config.Keys.Sign) < 32 {
		return "", errors.New("the signing key is missing or too short")
	}
	mac := hmac.New(sha256.New, s.config.Keys.Sign)
	mac.Write([]byte("report-tie\n" + string(kind) + "\n" + value))
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// reportTies are what ties the sender of a report to others, as it is held at this moment: the
// mailbox, the marketplace's buyer of the orders, the browsers that are signed in, and the
// bank accounts that refunds under way go to. In the sandbox one browser signs in as anybody,
// so that it says nothing there.
func (tx *Store) reportTies(ctx context.Context, by Actor, orders []Order) ([]reportTieRow, error) {
	values := map[reportTieRow]bool{{Kind: TieMailbox, Digest: mailbox(by.Email)}: true}
	for _, o := range orders {
		values[reportTieRow{Kind: TieBuyer, Digest: o.BuyerID}] = true
	}
	if !tx.config.Sandbox {
		sessions, err := find[sessionRow](ctx, tx, "SELECT * FROM sessions WHERE account_id = ? AND expires_at > ? ORDER BY created_at DESC LIMIT 20", by.AccountID, tx.MachineNow())
		if err != nil {
			return nil, fmt.Errorf("read sessions: %w", err)
		}
		for _, x := range sessions {
			if x.UserAgent != "" && x.Address != "" {
				values[reportTieRow{Kind: TieDevice, Digest: x.Address + "\n" + x.UserAgent}] = true
			}
		}
	}
	legs, err := find[legRow](ctx, tx, `SELECT l.* FROM buyers b JOIN orders o ON o.buyer_id = b.id JOIN refund_legs l ON l.order_id = o.id
		WHERE b.email = ? AND l.account IS NOT NULL LIMIT 20`, by.Email)
	if err != nil {
		return nil, fmt.Errorf("read bank accounts: %w", err)
	}
	for _, l := range legs {
		plain, err := tx.unseal(accountPurpose, l.ID, *l.Account)
		if err != nil {
			return nil, fmt.Errorf("open bank account: %w", err)
		}
		var a BankAccount
		if err := json.Unmarshal([]byte(plain), &a); err != nil {
			return nil, fmt.Errorf("read bank account: %w", err)
		}
		values[reportTieRow{Kind: TieBank, Digest: strings.Join([]string{a.Bank, a.Branch, a.Kind, a.Number}, "\n")}] = true
	}
	var rows []reportTieRow
	for v := range maps.Keys(values) {
		if v.Digest, err = tx.tieDigest(v.Kind, v.Digest); err != nil {
			return nil, err
		}
		rows = append(rows, v)
	}
	slices.SortFunc(rows, func(a, b reportTieRow) int { return strings.Compare(string(a.Kind)+a.Digest, string(b.Kind)+b.Digest) })
	return rows, nil
}
