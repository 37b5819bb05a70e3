package trial

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"hosho/models/health"
)

// deep is set to try more sellers than a test has time for.
func deep() int {
	if os.Getenv("HOSHO_TRIAL") == "deep" {
		return 10
	}
	return 1
}

// The README's table is what the rules do to made-up sellers, size by size.
func TestReadmeTable(t *testing.T) {
	readme, err := os.ReadFile("../../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range Sizes {
		n, months := 100*deep(), 12
		if size.OrdersAMonth > 100 {
			n, months = 20*deep(), 6
		}
		fair := Try(health.Default(), Usual(Honest, size.OrdersAMonth, 0.005), 4*n, months, 1)
		tenth := Try(health.Default(), Usual(Dishonest, size.OrdersAMonth, 0.10), n, 1, 1)
		quarter := Try(health.Default(), Usual(Dishonest, size.OrdersAMonth, 0.25), n, 1, 1)
		row := fmt.Sprintf("| %d | %.1f%% | %.1f | %.0f%% | %.0f%% |", size.OrdersAMonth, percent(fair.Found, fair.Sellers), 1000*float64(fair.Above)/float64(fair.Months),
			percent(tenth.Found, tenth.Sellers), percent(quarter.Found, quarter.Sellers))
		t.Log(row)
		if deep() == 1 && !strings.Contains(string(readme), row) {
			t.Errorf("README.md lacks %s", row)
		}
	}
}

// Of a marketplace of honest sellers (0.5%) fewer than 1 of 1,000 seller-months bring more than
// a notice; of dishonest ones that are big or shameless enough to tell from bad luck at least 95
// of 100 are under investigation within 30 days.
func TestFairAndQuick(t *testing.T) {
	draw := func(kind Kind, least int, low, high float64, sellers, months int) (v Verdict) {
		for i := range uint64(sellers * deep()) {
			v.Add(Try(health.Default(), Draw(kind, least, low, high, i), 1, months, 1000+i))
		}
		return v
	}
	if v := draw(Honest, 0, 0.005, 0.005, 1500, 12); 1000*v.Above >= v.Months {
		t.Errorf("honest sellers: %d of %d seller-months above a notice", v.Above, v.Months)
	} else {
		t.Logf("honest: %+v", v)
	}
	for _, c := range []struct {
		least     int
		low, high float64
	}{{100, 0.10, 0.40}, {30, 0.25, 0.50}} {
		if v := draw(Dishonest, c.least, c.low, c.high, 300, 1); 100*v.Found < 95*v.Sellers {
			t.Errorf("dishonest sellers of %d orders a month and more, %.0f%%-%.0f%%: %d of %d found", c.least, 100*c.low, 100*c.high, v.Found, v.Sellers)
		} else {
			t.Logf("dishonest: %+v", v)
		}
	}
}

func percent(part, whole int) float64 { return 100 * float64(part) / float64(whole) }

func TestDealsAreTheSameForASeed(t *testing.T) {
	h := Usual(Dishonest, 100, 0.2)
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a, b := h.Deals(7, "s", from, month), h.Deals(7, "s", from, month)
	if fmt.Sprint(a) != fmt.Sprint(b) || len(a) < 60 {
		t.Errorf("%d and %d deals", len(a), len(b))
	}
}
