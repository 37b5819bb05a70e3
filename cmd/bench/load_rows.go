package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hosho/models"
	"hosho/models/calendar"
	"hosho/models/money"
)

func (l *loader) people(ctx context.Context, _ stock) error {
	at := fmt.Sprint(l.now)
	if err := l.fill(ctx, "buyers", span{0, buyerCount}, []column{
		{"id", l.buyer()}, {"email", l.join("'b'", l.padded("n", 6), "'@example.com'")}, {"name", "'買い手'"}, {"locale", "'ja'"}, {"updated_at", at},
	}); err != nil {
		return err
	}
	if err := l.fill(ctx, "sellers", span{0, sellerCount}, []column{
		{"id", l.join("'mp-s-'", l.padded("n", 6))}, {"name", l.join("'青葉雑貨店 '", "n")}, {"locale", "'ja'"}, {"suspended", "0"}, {"created_at", at}, {"updated_at", at},
	}); err != nil {
		return err
	}
	// An account for each buyer that files, a member for each seller, and staff.
	account := func(kind byte, s span, email, role, seller string) error {
		return l.fill(ctx, "accounts", s, []column{
			{"id", l.id(kind, "n")},
			{"email", email},
			{"name", "'名前'"},
			{"locale", "'ja'"},
			{"role", role},
			{"seller_id", seller},
			{"status", "'active'"},
			{"totp_step", "0"},
			{"created_at", at},
			{"version", "1"},
		})
	}
	if err := account('b', span{0, buyerCount}, l.join("'b'", l.padded("n", 6), "'@example.com'"), "'buyer'", "''"); err != nil {
		return err
	}
	if err := account('d', span{0, sellerCount}, l.join("'s'", l.padded("n", 6), "'@example.com'"), "'seller'", l.join("'mp-s-'", l.padded("n", 6))); err != nil {
		return err
	}
	return account('a', span{0, agentCount}, l.join("'t'", l.padded("n", 6), "'@example.com'"), "'agent'", "''")
}

// assessmentText is the explainable answer a claim keeps, as the program writes it.
func assessmentText() string {
	a := models.Assessment{
		Eligible: true, Policy: 1, WaitEndsAt: 1_768_000_000_000_000, DeadlineAt: 1_776_000_000_000_000, At: 1_768_100_000_000_000,
		Because: models.Because{Reason: models.NotReceived, LatestDay: calendar.Date{}, ContactedAt: 1_767_900_000_000_000, WaitHours: 48, FilingDays: 90, Limit: money.Amount{Amount: 3800, Currency: "JPY"}},
	}
	a.Because.LatestDay, _ = calendar.ParseDate("2026-01-08")
	for _, code := range models.RuleCodes {
		a.Rules = append(a.Rules, models.RuleResult{Code: code, Passed: true})
	}
	b, err := json.Marshal(a)
	if err != nil {
		panic(err) // a value of ours
	}
	return string(b)
}

const listingText = `[{"line":1,"title":"折りたたみデスクライト","unit_price":3000,"quantity":1}]`

// since is an instant before the load, later for later rows: steps of a second.
func (l *loader) since(n string, rows int, back time.Duration) string {
	return fmt.Sprintf("(%d + (%s) * 1000000)", l.now-back.Microseconds()-int64(rows)*1_000_000, n)
}

func (l *loader) claims(ctx context.Context, s stock) error {
	restore, err := l.dropKeys(ctx, "claims")
	if err != nil {
		return err
	}
	filed := l.since("n", s.rows, 24*time.Hour)
	const day = 86_400_000_000
	write := func(part span, status, actor, due, opened, closed, taken, wake string) error {
		return l.fill(ctx, "claims", part, []column{
			{"id", l.id('c', "n")},
			{"number", l.claimNumber("n")},
			{"version", "1"},
			{"order_id", l.id('e', "n")},
			{"order_number", l.orderNumber("n")},
			{"buyer_id", l.buyer()},
			{"seller_id", l.seller("n")},
			{"title", "'折りたたみデスクライト'"},
			{"reason", "CASE n % 4 WHEN 0 THEN 'damaged_or_defective' ELSE 'not_received' END"},
			{"status", status},
			{"next_actor", actor},
			{"due_at", due},
			{"opens_at", filed},
			{"filed_at", filed},
			{"opened_at", opened},
			{"closed_at", closed},
			{"wake_at", wake},
			{"claimed", "3800"},
			{"currency", "'JPY'"},
			{"description", "'お届け予定日を過ぎてもまだ届いていません。販売者に連絡しましたが返事がありません。'"},
			{"desired_outcome", "'refund'"},
			{"policy_version", "1"},
			{"assessment", "'" + assessmentText() + "'"},
			{"listing", "'" + listingText + "'"},
			{"seller_asked", "0"},
			{"buyer_asked", "0"},
			{"seller_silent", "0"},
			{"taken_by", taken},
			{"pause_reason", "''"},
			{"last_seq", "2"},
			{"last_hash", "'" + strings.Repeat("5a", 32) + "'"},
			{"changed_at", filed},
		})
	}
	// Due dates follow filing within some days, so that neighbours in the queue are not quite neighbours in the table.
	due := fmt.Sprintf("%s + %d + (n * 7919 %% 432000) * 1000000", filed, 2*day)
	later := fmt.Sprintf("%d + n * 1000", l.now+30*day)
	taken := "CASE WHEN n % 5 = 0 THEN " + l.id('a', fmt.Sprintf("n %% %d", agentCount)) + " ELSE '' END"
	for _, err := range []error{
		write(s.staff, "'under_review'", "'staff'", due, filed, "NULL", taken, later),
		write(s.open, "'awaiting_seller'", "'seller'", later, filed, "NULL", "''", later),
		write(s.due, "'scheduled'", "'clock'", later, "NULL", "NULL", "''", later),
		write(s.done, "'granted'", "''", "NULL", filed, filed, "''", "NULL"),
	} {
		if err != nil {
			return err
		}
	}
	if err := restore(); err != nil {
		return err
	}
	restore, err = l.dropKeys(ctx, "claim_lines")
	if err != nil {
		return err
	}
	if err := l.fill(ctx, "claim_lines", span{0, s.rows}, []column{
		{"claim_id", l.id('c', "n")},
		{"line_no", "1"},
		{"order_line_id", l.id('f', "n")},
		{"amount", "3800"},
		{"open_key", fmt.Sprintf("CASE WHEN n < %d THEN %s END", s.due.to, l.id('f', "n"))},
		{"counted", "1"},
	}); err != nil {
		return err
	}
	return restore()
}

// orders are those that can be claimed and those of claims that measures act on.
func (l *loader) orders(ctx context.Context, s stock) error {
	at := l.since("n", s.pool.to, 20*24*time.Hour)
	for _, part := range []span{{0, s.cases}, {s.open.from, s.due.to}, s.pool} {
		if err := l.fill(ctx, "orders", part, []column{
			{"id", l.id('e', "n")},
			{"number", l.orderNumber("n")},
			{"buyer_id", l.buyer()},
			{"placed_at", at},
			{"currency", "'JPY'"},
			{"chargeback", "0"},
			{"payments", `'[{"tender":"credit_card","amount":3800}]'`},
			{"created_at", at},
			{"changed_at", at},
			{"version", "1"},
		}); err != nil {
			return err
		}
		claim, counted := l.id('c', "n"), "1"
		if part == s.pool {
			claim, counted = "''", "0"
		}
		if err := l.fill(ctx, "order_lines", part, []column{
			{"id", l.id('f', "n")},
			{"order_id", l.id('e', "n")},
			{"line_no", "1"},
			{"seller_id", l.seller("n")},
			{"placed_at", at},
			{"sku", "'LAMP-1'"},
			{"title", "'折りたたみデスクライト'"},
			{"quantity", "1"},
			{"unit_price", "3000"},
			{"tax", "300"},
			{"shipping", "500"},
			{"total", "3800"},
			{"refunded", "0"},
			{"owed", "0"},
			{"fulfilled_by", "'seller'"},
			{"digital", "0"},
			{"estimated_latest", "'" + time.UnixMicro(l.now).AddDate(0, 0, -12).UTC().Format(time.DateOnly) + "'"},
			{"status", "'shipped'"},
			{"shipped_at", at},
			{"first_scan_at", at},
			{"tracking_number", "''"},
			{"deadline_at", fmt.Sprint(l.now + int64(60*24*time.Hour/time.Microsecond))},
			{"contact_id", l.id('9', "n")},
			{"open_claim_id", claim},
			{"claims_counted", counted},
		}); err != nil {
			return err
		}
		sent := l.now - (72 * time.Hour).Microseconds()
		if err := l.fill(ctx, "contacts", part, []column{
			{"id", l.id('9', "n")},
			{"order_line_id", l.id('f', "n")},
			{"topic", "'not_received'"},
			{"source", "'portal'"},
			{"sent_at", fmt.Sprint(sent)},
			{"wait_ends_at", fmt.Sprint(sent + (48 * time.Hour).Microseconds())},
			{"cut_reason", "''"},
		}); err != nil {
			return err
		}
	}
	return nil
}

// casesOf gives the first claims ten events and three files each.
func (l *loader) casesOf(ctx context.Context, s stock) error {
	at := fmt.Sprint(l.now)
	hash := strings.Repeat("5a", 32)
	n := l.div("n", 10)
	if err := l.fill(ctx, "claim_events", span{0, s.cases * 10}, []column{
		{"claim_id", l.id('c', n)},
		{"seq", "n % 10 + 1"},
		{"at", at},
		{"actor_role", "'seller'"},
		{"actor_id", l.id('d', "1")},
		{"type", "'message_sent'"},
		{"data", `'{"by":"seller","message_digest":"` + hash + `","message_id":"019a0000-0000-7000-8000-000000000000"}'`},
		{"texts", `'{"message":{"salt":"00112233445566778899aabbccddeeff","text":"発送しました。追跡番号をご確認ください。"}}'`},
		{"audience", "'all'"},
		{"prev_hash", "'" + hash + "'"},
		{"hash", "'" + hash + "'"},
	}); err != nil {
		return err
	}
	if err := l.exec(ctx, fmt.Sprintf("UPDATE claims SET last_seq = 10 WHERE id < '%s'", idOf('c', s.cases))); err != nil {
		return err
	}
	n = l.div("n", 3)
	if err := l.fill(ctx, "uploads", span{0, s.cases * 3}, []column{
		{"id", l.id('7', "n")},
		{"account_id", l.id('b', n)},
		{"state", "'ready'"},
		{"file_name", "'screenshot.png'"},
		{"media_type", "'image/png'"},
		{"size", "500000"},
		{"sha256", "'" + hash + "'"},
		{"width", "1080"},
		{"height", "2400"},
		{"pages", "0"},
		{"original_key", l.join("'o/'", l.id('7', "n"))},
		{"copy_key", l.join("'c/'", l.id('7', "n"))},
		{"copy_type", "'image/png'"},
		{"copy_size", "490000"},
		{"thumb_key", l.join("'t/'", l.id('7', "n"))},
		{"created_at", at},
		{"expires_at", at},
		{"attached", "1"},
	}); err != nil {
		return err
	}
	return l.fill(ctx, "attachments", span{0, s.cases * 3}, []column{
		{"subject_id", l.id('c', n)},
		{"upload_id", l.id('7', "n")},
		{"subject_kind", "'claim'"},
		{"position", "n % 3"},
		{"by_role", "'buyer'"},
		{"account_id", l.id('b', n)},
		{"late", "0"},
		{"admitted", "1"},
		{"note", "''"},
		{"attached_at", at},
	})
}

// timers of every open claim, none of them due yet.
func (l *loader) timers(ctx context.Context, s stock) error {
	restore, err := l.dropKeys(ctx, "timers")
	if err != nil {
		return err
	}
	const day = 86_400_000_000
	if err := l.fill(ctx, "timers", span{0, s.due.to}, []column{
		{"kind", "'claim'"}, {"subject", l.id('c', "n")}, {"fire_at", fmt.Sprintf("%d + n * 1000", l.now+30*day)}, {"tries", "0"},
	}); err != nil {
		return err
	}
	return restore()
}
