package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAssess(t *testing.T) {
	env := migrated(t)
	call(t, env, "import", "orders", olistFixture(t), "--format", "olist").want(t, exitPartial)
	env = append(env, "HOSHO_TIME_ZONE=America/Sao_Paulo")
	at := func(at string, more ...string) string {
		return call(t, env, append([]string{"assess", "--at", at, "--reason", "not_received"}, more...)...).want(t, exitOK).stdout
	}
	// The last instant at which the two lines of o-shipped can be claimed, and the first at which not.
	last, next := at("2018-08-18T23:59:59.999999-03:00", "--assume-contact"), at("2018-08-19T00:00:00-03:00", "--assume-contact")
	says(t, last, "9 order lines: 7 eligible, 2 not", "2  deadline_passed")
	says(t, next, "9 order lines: 5 eligible, 4 not", "4  deadline_passed")
	says(t, at("2018-07-28T23:59:59-03:00", "--assume-contact"), "3  not_overdue_yet")
	if strings.Contains(at("2018-07-29T00:00:00-03:00", "--assume-contact"), "not_overdue_yet") {
		t.Error("three whole days after the estimate something is not overdue")
	}
	says(t, at("2018-08-18T12:00:00-03:00"), "9 order lines: 0 eligible", "7  contact_required")

	out := at("2018-08-19T00:00:00-03:00", "--assume-contact", "--json")
	previous := ""
	count := 0
	for line := range strings.Lines(out) {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"order_number", "line", "eligible", "code", "wait_ends_at", "deadline_at"} {
			if _, ok := got[field]; !ok || len(got) != 6 {
				t.Fatalf("fields of %s", line)
			}
		}
		if (got["code"] == nil) != (got["eligible"] == true) || got["wait_ends_at"] != nil || got["deadline_at"] == nil {
			t.Errorf("line %s", line)
		}
		if number := got["order_number"].(string); number < previous {
			t.Errorf("%s after %s", number, previous)
		} else {
			previous = number
		}
		count++
	}
	if count != 9 {
		t.Errorf("%d lines", count)
	}
}
