package handlers

import (
	"cmp"
	"strings"
	"time"

	"hosho/models"
	"hosho/templates"
)

// inHand says how long each of staff has had the case, and all together.
func (d desk) inHand(list []models.HandTime, names map[string]string, s *staffCase) {
	if len(list) == 0 {
		return
	}
	var lines []string
	all := time.Duration(0)
	for _, x := range list {
		all += x.Time
		lines = append(lines, d.text("staff.in_hand_of", "name", cmp.Or(names[x.Account], d.label("role", "agent")), "period", roughly(x.Time)))
	}
	if len(list) > 1 {
		lines = append(lines, d.text("staff.in_hand_all", "period", roughly(all)))
	}
	s.Clocks = append(s.Clocks, templates.SummaryRow{Label: d.text("staff.in_hand"), Value: strings.Join(lines, "\n")})
}

// roughly leaves out of a length of time what nobody asks: minutes of hours, hours of days.
func roughly(t time.Duration) time.Duration {
	switch {
	case t < 2*time.Hour:
		return t.Truncate(time.Minute)
	case t < 3*24*time.Hour:
		return t.Round(time.Hour)
	}
	return t.Round(24 * time.Hour)
}
