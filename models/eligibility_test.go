package models

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"hosho/models/calendar"
)

func testPolicy() Policy { return Policy{Version: 1, EffectiveAt: 1, PolicyValues: DefaultPolicy()} }

// facts of a line that may be claimed at 2026-01-20T12:00+09:00.
func goodFacts() LineFacts {
	latest := calendar.Date{Year: 2026, Month: 1, Day: 8}
	return LineFacts{
		OwnOrder: true, FulfilledBy: BySeller, Reason: NotReceived, Unrefunded: 3800, Currency: "JPY", LatestEstimate: latest,
		DeadlineAt: InstantOf(calendar.FilingDeadline(latest, 90, tokyo)), ShippedAt: at("2026-01-03T00:00:00Z"), FirstScanAt: at("2026-01-03T09:00:00Z"),
		Contact: &Contact{SentAt: at("2026-01-18T12:00:00+09:00"), WaitEndsAt: at("2026-01-20T12:00:00+09:00")}, Filing: true,
	}
}

func TestAssessRules(t *testing.T) {
	wait := at("2026-01-20T12:00:00+09:00")
	for _, tc := range []struct {
		name      string
		edit      func(*LineFacts, *Policy)
		now       Instant
		code      RuleCode
		available Instant
	}{
		{"eligible at the end of the wait", nil, wait, "", 0},
		{"a microsecond before it", nil, wait - 1, RuleWaitNotElapsed, wait},
		{"filing ahead counts as waited", func(f *LineFacts, _ *Policy) { f.Schedule = true }, wait - 1, "", 0},
		{"somebody else's order", func(f *LineFacts, _ *Policy) { f.OwnOrder = false }, wait, RuleNotYourOrder, 0},
		{"shipped by the marketplace", func(f *LineFacts, _ *Policy) { f.FulfilledBy = ByMarketplace }, wait, RuleNotMarketplaceSold, 0},
		{"sold by the marketplace", func(f *LineFacts, _ *Policy) { f.FulfilledBy = FirstParty }, wait, RuleNotMarketplaceSold, 0},
		{"digital", func(f *LineFacts, _ *Policy) { f.Digital = true }, wait, RuleDigitalNotCovered, 0},
		{"change of mind", func(f *LineFacts, _ *Policy) { f.Reason = ChangeOfMind }, wait, RuleReasonNotCovered, 0},
		{"an open claim", func(f *LineFacts, _ *Policy) { f.OpenClaim = true }, wait, RuleAlreadyClaimed, 0},
		{"two claims before", func(f *LineFacts, _ *Policy) { f.ClaimsCounted = 2 }, wait, RuleAlreadyClaimed, 0},
		{"one claim before", func(f *LineFacts, _ *Policy) { f.ClaimsCounted = 1 }, wait, "", 0},
		{"all refunded", func(f *LineFacts, _ *Policy) { f.Unrefunded = 0 }, wait, RuleAlreadyRefunded, 0},
		{"chargeback", func(f *LineFacts, _ *Policy) { f.Chargeback = true }, wait, RuleChargebackOpen, 0},
		{"last microsecond of day 90", nil, at("2026-04-09T00:00:00+09:00") - 1, "", 0},
		{"the deadline", nil, at("2026-04-09T00:00:00+09:00"), RuleDeadlinePassed, 0},
		{"more than is left", func(f *LineFacts, _ *Policy) { f.Claimed = 3801 }, wait, RuleAmountTooLarge, 0},
		{"at the limit", func(f *LineFacts, _ *Policy) { f.Unrefunded = 300_000 }, wait, "", 0},
		{"above the limit", func(f *LineFacts, _ *Policy) { f.Unrefunded = 300_001 }, wait, RuleAmountTooLarge, 0},
		{"no limit in a currency without one", func(f *LineFacts, _ *Policy) { f.Unrefunded, f.Currency = 300_001, "BRL" }, wait, "", 0},
		{"no contact", func(f *LineFacts, _ *Policy) { f.Contact = nil }, wait, RuleContactRequired, 0},
		{"contact solved", func(f *LineFacts, _ *Policy) { f.Contact.SolvedAt = 1 }, wait, RuleContactRequired, 0},
		{"no contact, assumed", func(f *LineFacts, _ *Policy) { f.Contact, f.AssumeContact = nil, true }, wait, "", 0},
		{"third day not over", func(f *LineFacts, _ *Policy) { f.Contact.WaitEndsAt = 1 }, at("2026-01-12T00:00:00+09:00") - 1, RuleNotOverdueYet, at("2026-01-12T00:00:00+09:00")},
		{"fourth day begins", func(f *LineFacts, _ *Policy) { f.Contact.WaitEndsAt = 1 }, at("2026-01-12T00:00:00+09:00"), "", 0},
		{"other reasons need not be overdue", func(f *LineFacts, _ *Policy) { f.Contact.WaitEndsAt, f.Reason = 1, FalseShipment }, at("2026-01-09T00:00:00Z"), "", 0},
		{"never scanned for 72 h", func(f *LineFacts, _ *Policy) { f.Contact.WaitEndsAt, f.FirstScanAt = 1, 0 }, at("2026-01-06T00:00:00Z"), "", 0},
		{"never scanned, a microsecond less", func(f *LineFacts, _ *Policy) { f.Contact.WaitEndsAt, f.FirstScanAt = 1, 0 }, at("2026-01-06T00:00:00Z") - 1, RuleNotOverdueYet, at("2026-01-06T00:00:00Z")},
		{"marked undeliverable", func(f *LineFacts, _ *Policy) { f.Contact.WaitEndsAt, f.Exception = 1, "undeliverable" }, at("2026-01-05T00:00:00Z"), "", 0},
		{"picture needed", func(f *LineFacts, _ *Policy) { f.Reason = DamagedOrDefective }, wait, RuleEvidenceRequired, 0},
		{"picture given", func(f *LineFacts, _ *Policy) { f.Reason, f.Files = DamagedOrDefective, 1 }, wait, "", 0},
		{"picture not asked of a question", func(f *LineFacts, _ *Policy) { f.Reason, f.Filing = DamagedOrDefective, false }, wait, "", 0},
		{"refusal does not cut the wait", func(f *LineFacts, _ *Policy) { f.Contact.RefusedAt = wait - 100 }, wait - 1, RuleWaitNotElapsed, wait},
		{"refusal cuts it where policy says so", func(f *LineFacts, p *Policy) { f.Contact.RefusedAt, p.CutWaitOnRefusal = wait-100, true }, wait - 100, "", 0},
		{"suspension cuts it where policy says so", func(f *LineFacts, p *Policy) { f.SellerSuspended, p.CutWaitOnSuspension = true, true }, wait - 1, "", 0},
		{"wait beyond the deadline", func(f *LineFacts, _ *Policy) {
			f.Contact = &Contact{SentAt: at("2026-04-08T12:00:00+09:00"), WaitEndsAt: at("2026-04-10T12:00:00+09:00")}
		}, at("2026-04-08T13:00:00+09:00"), RuleWaitNotElapsed, 0},
		{"filing ahead then is in time", func(f *LineFacts, _ *Policy) {
			f.Contact = &Contact{SentAt: at("2026-04-08T12:00:00+09:00"), WaitEndsAt: at("2026-04-10T12:00:00+09:00")}
			f.Schedule = true
		}, at("2026-04-08T13:00:00+09:00"), "", 0},
		{"never before cure: two fail, the first is told", func(f *LineFacts, _ *Policy) { f.Digital, f.Contact = true, nil }, wait, RuleDigitalNotCovered, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, p := goodFacts(), testPolicy()
			if tc.edit != nil {
				tc.edit(&f, &p)
			}
			a := Assess(f, p, tc.now, tokyo)
			if a.Code != tc.code || a.Eligible != (tc.code == "") || a.AvailableAt != tc.available {
				t.Fatalf("got %q available %s, want %q available %s", a.Code, a.AvailableAt, tc.code, tc.available)
			}
			for i, r := range a.Rules {
				if r.Code != RuleCodes[i] {
					t.Fatalf("rule %d is %s, want %s", i, r.Code, RuleCodes[i])
				}
			}
		})
	}
}

// Whatever the facts: the answer is eligible exactly when every rule passes, the code is the
// first that fails, and at available_at the failing time rules do pass.
func TestAssessProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, p := goodFacts(), testPolicy()
		f.Digital = rapid.IntRange(0, 9).Draw(t, "digital") == 0
		f.Unrefunded = rapid.Int64Range(0, 400_000).Draw(t, "unrefunded")
		f.Schedule = rapid.Bool().Draw(t, "schedule")
		f.Reason = rapid.SampledFrom(append([]Reason{ChangeOfMind}, CoveredReasons...)).Draw(t, "reason")
		sent := at("2026-01-05T00:00:00Z").Add(time.Duration(rapid.Int64Range(0, int64(100*24*time.Hour)).Draw(t, "sent")))
		f.Contact = &Contact{SentAt: sent, WaitEndsAt: sent.Add(p.Wait())}
		if rapid.Bool().Draw(t, "nobody asked") {
			f.Contact = nil
		}
		now := at("2026-01-05T00:00:00Z").Add(time.Duration(rapid.Int64Range(0, int64(110*24*time.Hour)).Draw(t, "now")))
		a := Assess(f, p, now, tokyo)
		first := RuleCode("")
		for _, r := range a.Rules {
			if !r.Passed && first == "" {
				first = r.Code
			}
		}
		if a.Code != first || a.Eligible != (first == "") {
			t.Fatalf("code %q, first failing %q, eligible %v", a.Code, first, a.Eligible)
		}
		if a.Eligible && now >= f.DeadlineAt {
			t.Fatal("eligible after the deadline")
		}
		if a.Eligible && !f.Schedule && now < f.Contact.WaitEndsAt {
			t.Fatal("eligible inside the wait")
		}
		if a.AvailableAt == 0 {
			return
		}
		if a.AvailableAt <= now || a.AvailableAt >= f.DeadlineAt {
			t.Fatalf("available at %s, now %s, deadline %s", a.AvailableAt, now, f.DeadlineAt)
		}
		later := Assess(f, p, a.AvailableAt, tokyo)
		if !later.Rule(RuleWaitNotElapsed).Passed || !later.Rule(RuleNotOverdueYet).Passed {
			t.Fatalf("at %s the time rules still fail: %+v", a.AvailableAt, later.Rules)
		}
	})
}

func TestActionsOnALine(t *testing.T) {
	p := testPolicy()
	o := Order{Currency: "JPY", PlacedAt: at("2026-01-01T00:00:00Z")}
	l := OrderLine{Total: 3800, FulfilledBy: BySeller, EstimatedLatest: calendar.Date{Year: 2026, Month: 1, Day: 8}, DeadlineAt: at("2026-04-09T00:00:00+09:00")}
	check := func(now Instant, want map[string]string) {
		t.Helper()
		for _, a := range o.ActionsOn(l, p, now, tokyo) {
			if a.Code != want[a.Name] || a.Allowed != (want[a.Name] == "") {
				t.Errorf("%s: allowed %v code %q, want %q", a.Name, a.Allowed, a.Code, want[a.Name])
			}
		}
	}
	now := at("2026-01-20T12:00:00+09:00")
	check(now, map[string]string{"claim": "contact_required", "claim_ahead": "contact_required", "solved": "no_wait_running"})
	l.ContactID, l.Contact = "c", &Contact{Topic: NotReceived, SentAt: now, WaitEndsAt: now.Add(48 * time.Hour)}
	check(now, map[string]string{"claim": "wait_not_elapsed", "outside_contact": "wait_runs_already"})
	check(now.Add(48*time.Hour), map[string]string{"claim_ahead": "wait_is_over", "outside_contact": "wait_runs_already"})
}

// Of two dates that stand in the way the later one is named.
func TestBinding(t *testing.T) {
	const wait = Instant(1000)
	for _, tc := range []struct {
		name    string
		code    RuleCode
		wait    Instant
		late    RuleResult
		binding RuleCode
	}{
		{"eligible", "", wait, RuleResult{Passed: true}, ""},
		{"the wait alone", RuleWaitNotElapsed, wait, RuleResult{Passed: true}, RuleWaitNotElapsed},
		{"overdue a microsecond later", RuleWaitNotElapsed, wait, RuleResult{TurnsAt: wait + 1}, RuleNotOverdueYet},
		{"overdue at the same time", RuleWaitNotElapsed, wait, RuleResult{TurnsAt: wait}, RuleWaitNotElapsed},
		{"once a later date, and over", RuleWaitNotElapsed, wait, RuleResult{Passed: true, TurnsAt: wait + 1}, RuleWaitNotElapsed},
		{"what no date changes", RuleAlreadyClaimed, wait, RuleResult{TurnsAt: wait + 1}, RuleAlreadyClaimed},
		{"no contact yet", RuleContactRequired, 0, RuleResult{TurnsAt: wait}, RuleContactRequired},
		{"no instant of the wait", RuleWaitNotElapsed, 0, RuleResult{TurnsAt: wait}, RuleWaitNotElapsed},
	} {
		tc.late.Code = RuleNotOverdueYet
		if got := (Assessment{Code: tc.code, WaitEndsAt: tc.wait, Rules: []RuleResult{tc.late}}).Binding(); got != tc.binding {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.binding)
		}
	}
}
