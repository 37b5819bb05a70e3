package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"hosho/models"
	"hosho/models/calendar"
	"hosho/models/money"
)

// The claims of a loaded database by what they are for. They stand in this order, by n from
// 0: half of all in one queue, as a bad month would have it.
//
//	staff    50 %  under review, staff's turn; a fifth is taken by somebody
//	open     12 %  the seller's turn, with order and line: answered by measure 6
//	due      26 %  filed ahead, waiting to open: fired by measure 7
//	closed   rest  granted
type stock struct {
	rows  int
	staff span
	open  span
	due   span
	done  span // closed
	pool  span // orders that can be claimed, beside the claims
	cases int  // of staff's claims, the first so many have 10 events and 3 files
}

// span is a range of rows, the last not included.
type span struct{ from, to int }

func (s span) size() int { return s.to - s.from }

func stockOf(rows, pool int) stock {
	half := rows / 2
	open := half + rows*12/100
	due := open + rows*26/100
	return stock{rows: rows, staff: span{0, half}, open: span{half, open}, due: span{open, due}, done: span{due, rows}, pool: span{rows, rows + pool}, cases: min(1000, half)}
}

const (
	buyerCount  = 20_000
	sellerCount = 1_000
	agentCount  = 50
)

// idOf is the id of the n-th row of a kind; ids are time-ordered, as the program's are.
func idOf(kind byte, n int) string {
	return fmt.Sprintf("019a0000-0000-7000-8%c00-%012d", kind, n)
}

func buyerID(n int) string { return fmt.Sprintf("mp-b-%06d", n%buyerCount) }

// One order in ten is of one big seller.
func sellerOf(n int) int {
	if n%10 == 3 {
		return 0
	}
	return n % sellerCount
}
func sellerID(n int) string    { return fmt.Sprintf("mp-s-%06d", sellerOf(n)) }
func orderNumber(n int) string { return fmt.Sprintf("503-%07d-%07d", n/1000, n) }

// loader fills tables by INSERT ... SELECT over a table of numbers: the rows never leave the
// server, which is the fastest way on either engine.
type loader struct {
	p   *place
	db  *sql.Conn
	now int64
}

func (l *loader) exec(ctx context.Context, query string) error {
	if _, err := l.db.ExecContext(ctx, query); err != nil {
		if len(query) > 300 {
			query = query[:300] + "…"
		}
		return fmt.Errorf("%w in %s", err, query)
	}
	return nil
}

// join is the concatenation of SQL expressions.
func (l *loader) join(parts ...string) string {
	if l.p.sqlite() {
		return "(" + strings.Join(parts, " || ") + ")"
	}
	return "CONCAT(" + strings.Join(parts, ", ") + ")"
}

// padded is a number as so many digits.
func (l *loader) padded(n string, digits int) string {
	if l.p.sqlite() {
		return fmt.Sprintf("printf('%%0%dd', %s)", digits, n)
	}
	return fmt.Sprintf("LPAD(%s, %d, '0')", n, digits)
}

func (l *loader) id(kind byte, n string) string {
	return l.join(fmt.Sprintf("'019a0000-0000-7000-8%c00-'", kind), l.padded(n, 12))
}

func (l *loader) buyer(n string) string {
	return l.join("'mp-b-'", l.padded(fmt.Sprintf("(%s) %% %d", n, buyerCount), 6))
}

func (l *loader) seller(n string) string {
	return l.join("'mp-s-'", l.padded(fmt.Sprintf("CASE WHEN (%s) %% 10 = 3 THEN 0 ELSE (%s) %% %d END", n, n, sellerCount), 6))
}

func (l *loader) orderNumber(n string) string {
	return l.join("'503-'", l.padded(l.div(n, 1000), 7), "'-'", l.padded(n, 7))
}

// claimNumber is the public number of the n-th claim with its check character; numberOf is
// the same in Go.
func (l *loader) claimNumber(n string) string {
	sum := "67"
	for i, by := 0, 1_000_000; i < 7; i, by = i+1, by/10 {
		sum += fmt.Sprintf(" + %d * (%s %% 10)", 2*i+1, l.div(n, by))
	}
	return l.join("'C-'", "SUBSTR("+l.padded(n, 7)+", 1, 4)", "'-'", "SUBSTR("+l.padded(n, 7)+", 5, 3)", "SUBSTR('"+numberAlphabet+"', ("+sum+") % 32 + 1, 1)")
}

const numberAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func numberOf(n int) string {
	digits, sum := fmt.Sprintf("%07d", n), int('C')
	for i, d := range digits {
		sum += (2*i + 1) * int(d-'0')
	}
	return "C-" + digits[:4] + "-" + digits[4:] + numberAlphabet[sum%32:sum%32+1]
}

func (l *loader) div(n string, by int) string {
	if l.p.sqlite() {
		return fmt.Sprintf("((%s) / %d)", n, by)
	}
	return fmt.Sprintf("((%s) DIV %d)", n, by)
}

// column is a column and the expression over n that fills it.
type column struct{ name, value string }

// fill inserts the rows of a span in pieces, each a transaction, so that no undo log grows large.
func (l *loader) fill(ctx context.Context, table string, s span, columns []column) error {
	names, values := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], values[i] = c.name, c.value
	}
	const piece = 50_000
	for from := s.from; from < s.to; from += piece {
		query := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM bench_numbers WHERE n >= %d AND n < %d ORDER BY n",
			table, strings.Join(names, ", "), strings.Join(values, ", "), from, min(s.to, from+piece))
		if err := l.exec(ctx, query); err != nil {
			return err
		}
	}
	return nil
}

// load migrates a database and fills it. The keys of the large tables are taken away while
// they grow and built afterwards, and nothing waits for the disk until the end.
func (p *place) load(ctx context.Context, s stock) (took time.Duration, err error) {
	start := time.Now()
	store, err := models.Open(ctx, models.Config{Database: p.url})
	if err != nil {
		return 0, err
	}
	if err := store.Migrate(ctx); err != nil {
		_ = store.Close()
		return 0, err
	}
	if err := store.Close(); err != nil {
		return 0, err
	}
	conn, err := p.write.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	l := &loader{p: p, db: conn, now: time.Now().UnixMicro()}
	if err := l.hurry(ctx, true); err != nil {
		return 0, err
	}
	if err := l.fillAll(ctx, s); err != nil {
		return 0, err
	}
	return time.Since(start), l.hurry(ctx, false)
}

func (l *loader) hurry(ctx context.Context, on bool) error {
	var settings []string
	switch {
	case l.p.sqlite() && on:
		settings = []string{"PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000", "PRAGMA temp_store = MEMORY"}
	case l.p.sqlite():
		settings = []string{"ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -2000", "PRAGMA temp_store = DEFAULT"}
	case on:
		settings = []string{"SET GLOBAL innodb_flush_log_at_trx_commit = 0", "SET SESSION unique_checks = 0", "SET SESSION foreign_key_checks = 0", "SET SESSION sort_buffer_size = 8388608"}
	default:
		settings = []string{"ANALYZE TABLE claims, order_lines, orders, timers, notices, claim_events, claim_lines", "SET GLOBAL innodb_flush_log_at_trx_commit = 1"}
	}
	for _, q := range settings {
		if err := l.exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) fillAll(ctx context.Context, s stock) error {
	steps := []func(context.Context, stock) error{l.numbers, l.people, l.claims, l.orders, l.casesOf, l.timers}
	for _, step := range steps {
		if err := step(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) numbers(ctx context.Context, s stock) error {
	if err := l.exec(ctx, "CREATE TABLE bench_numbers (n BIGINT NOT NULL PRIMARY KEY)"); err != nil {
		return err
	}
	const ten = "(SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
	if err := l.exec(ctx, "INSERT INTO bench_numbers (n) SELECT a.i + 10 * b.i + 100 * c.i + 1000 * d.i FROM "+ten+" a, "+ten+" b, "+ten+" c, "+ten+" d"); err != nil {
		return err
	}
	for have := 10_000; have < max(s.pool.to, buyerCount); have *= 2 {
		if err := l.exec(ctx, fmt.Sprintf("INSERT INTO bench_numbers (n) SELECT n + %d FROM bench_numbers ORDER BY n", have)); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) people(ctx context.Context, _ stock) error {
	at := fmt.Sprint(l.now)
	if err := l.fill(ctx, "buyers", span{0, buyerCount}, []column{
		{"id", l.buyer("n")}, {"email", l.join("'b'", l.padded("n", 6), "'@example.com'")}, {"name", "'買い手'"}, {"locale", "'ja'"}, {"updated_at", at},
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
			{"buyer_id", l.buyer("n")},
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
			{"buyer_id", l.buyer("n")},
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

var (
	mysqlKey   = regexp.MustCompile(`(?m)^\s*((?:UNIQUE )?KEY \w+ \([^)]*\)),?$`)
	mysqlNamed = regexp.MustCompile(`KEY (\w+) `)
)

// dropKeys takes the secondary keys of a table away; restore builds them again as they were.
func (l *loader) dropKeys(ctx context.Context, table string) (restore func() error, err error) {
	var dropped, create []string
	if l.p.sqlite() {
		rows, err := l.db.QueryContext(ctx, "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", table)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var name, text string
			if err := rows.Scan(&name, &text); err != nil {
				return nil, err
			}
			dropped, create = append(dropped, "DROP INDEX "+name), append(create, text)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		_ = rows.Close()
	} else {
		var name, text string
		if err := l.db.QueryRowContext(ctx, "SHOW CREATE TABLE "+table).Scan(&name, &text); err != nil {
			return nil, err
		}
		var drops, adds []string
		for _, m := range mysqlKey.FindAllStringSubmatch(strings.ReplaceAll(text, "`", ""), -1) {
			drops = append(drops, "DROP KEY "+mysqlNamed.FindStringSubmatch(m[1])[1])
			adds = append(adds, "ADD "+m[1])
		}
		if len(drops) > 0 {
			dropped = []string{"ALTER TABLE " + table + " " + strings.Join(drops, ", ")}
			create = []string{"ALTER TABLE " + table + " " + strings.Join(adds, ", ")}
		}
	}
	for _, q := range dropped {
		if err := l.exec(ctx, q); err != nil {
			return nil, err
		}
	}
	return func() error {
		for _, q := range create {
			if err := l.exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
