package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hosho/models"
	"hosho/models/health"
	"hosho/models/modelstest"
)

// The day on which the README looks at the sellers of the data set.
const olistDay = "2018-08-20T00:00:00-03:00"

// olistStore opens a store as it would be on that day.
func olistStore(t *testing.T, env []string) *models.Store {
	t.Helper()
	zone, err := time.LoadLocation(olistZone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := models.ParseInstant(olistDay)
	if err != nil {
		t.Fatal(err)
	}
	store, err := models.Open(t.Context(), models.Config{Database: strings.TrimPrefix(env[0], "HOSHO_DATABASE="), Zone: zone, Machine: at.Time})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// inReadme holds the README to lines of its tables.
func inReadme(t *testing.T, rows ...string) {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		t.Log(row)
		if !strings.Contains(string(text), row+"\n") {
			t.Errorf("README.md lacks %s", row)
		}
	}
}

// worstOlist copies the data set as of that day, with every order that was cancelled told as cancelled by its
// seller for a stock-out: the worst that the data allow to think of its sellers. It returns the sellers, too.
func worstOlist(t *testing.T) (dir string, sellers []string) {
	t.Helper()
	from, dir := modelstest.Data(t, "olist"), t.TempDir()
	for _, name := range []string{"customers", "order_items", "order_payments"} {
		file := "olist_" + name + "_dataset.csv"
		if err := os.Symlink(filepath.Join(from, file), filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) []string {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
	kept, lines := map[string]bool{}, []string{}
	for i, line := range read("olist_orders_dataset.csv") {
		f := strings.Split(line, ",")
		if i > 0 && f[3] >= olistDay[:10] {
			continue
		}
		kept[f[0]] = true
		lines = append(lines, strings.Replace(line, ",canceled,", ",unavailable,", 1))
	}
	if err := os.WriteFile(filepath.Join(dir, "olist_orders_dataset.csv"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range read("olist_order_items_dataset.csv")[1:] {
		if f := strings.Split(line, ","); kept[f[0]] && !slices.Contains(sellers, f[3]) {
			sellers = append(sellers, f[3])
		}
	}
	return dir, sellers
}

// What the rules on sellers who cancel would have made of real ones stands in the README.
func TestOlistHealth(t *testing.T) {
	dir, ids := worstOlist(t)
	env := migrated(t)
	call(t, env, "import", "orders", dir, "--format", "olist").want(t, exitPartial)
	store := olistStore(t, env)
	lead := models.Actor{Role: models.RoleLead, AccountID: "lead"}
	all, active, cancelled, late := 0, 0, 0, map[health.Verdict]int{}
	steps := make([]int, len(health.Default().Levels)+1)
	var worst []models.SellerHealth
	for _, id := range ids {
		h, err := store.SellerHealth(t.Context(), lead, id)
		if models.KindOf(err) == models.NotFound {
			continue // all of whose orders are refused
		}
		if err != nil {
			t.Fatal(err)
		}
		all++
		quarter := h.Windows[2]
		if quarter.Orders > 0 {
			active++
			late[health.Late.Judge(h.Late)]++
		}
		if quarter.Cancelled > 0 {
			cancelled++
			worst = append(worst, h)
		}
		steps[h.Standing.Level]++
	}
	inReadme(t, fmt.Sprintf("| sellers | %s |", thousands(all)), fmt.Sprintf("| with orders in the 90 days before | %s |", thousands(active)),
		fmt.Sprintf("| of them, shipping late: under 4%% / 4%% or more / too few orders to judge | %d / %d / %s |", late[health.Meets], late[health.Misses], thousands(late[health.TooFew])),
		fmt.Sprintf("| with a cancelled order in the 90 days | %d |", cancelled), fmt.Sprintf("| at a step of the ladder | %d |", all-steps[0]))
	inReadme(t, shares(worst)...)
	r, err := store.Rehearse(t.Context(), lead, models.RehearseRules{Rules: health.Default()})
	if err != nil {
		t.Fatal(err)
	}
	inReadme(t, fmt.Sprintf("| under investigation at any time in the year before | %d |", r.Now))
}

// shares are the lines of the shares of cancelled orders in 90 days, the highest first, with how many sellers have
// each, their points and the step.
func shares(list []models.SellerHealth) (rows []string) {
	slices.SortFunc(list, func(a, b models.SellerHealth) int {
		x, y := a.Windows[2].Rate(), b.Windows[2].Rate()
		return cmp.Or(cmp.Compare(y.Value(), x.Value()), cmp.Compare(y.Orders, x.Orders), cmp.Compare(a.Standing.Points, b.Standing.Points))
	})
	count := map[string]int{}
	for _, h := range list {
		r := h.Windows[2].Rate()
		lower, upper := r.Interval()
		row := fmt.Sprintf("| %d of %d | %.1f%% | %.1f–%.1f%% | %d | %d |", r.Hits, r.Orders, 100*r.Value(), 100*lower, 100*upper, h.Standing.Points, h.Standing.Level)
		if count[row]++; count[row] == 1 {
			rows = append(rows, row)
		}
	}
	for i, row := range rows {
		rows[i] = row + fmt.Sprintf(" %d |", count[row])
	}
	return rows
}

func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
