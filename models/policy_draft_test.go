package models

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"
)

func (m *market) drafted(values map[string]string) PolicyDraft {
	m.t.Helper()
	d, err := m.CreatePolicyDraft(m.ctx, m.lead, NewPolicyDraft{Name: "短い待ち時間"})
	m.must(err)
	d, err = m.ChangePolicyDraft(m.ctx, m.lead, d.ID, ChangePolicyDraft{Version: &d.Version, Values: values})
	m.must(err)
	return d
}

func (m *market) proposed(values map[string]string, at Instant) PolicyDraft {
	m.t.Helper()
	d, err := m.ProposePolicy(m.ctx, m.lead, m.drafted(values).ID, ProposePolicy{EffectiveAt: at, Reason: "購入者を長く待たせない。"})
	m.must(err)
	return d
}

// Every value has a field, every field reads what it writes, and what a draft changes is what
// the difference names.
func TestPolicyFields(t *testing.T) {
	usual := DefaultPolicy()
	names := map[string]bool{}
	for _, f := range usual.Fields() {
		if names[f.Name] {
			t.Errorf("%s twice", f.Name)
		}
		names[f.Name] = true
		again := DefaultPolicy()
		if code := f.put(&again, f.Text(&usual)); code != "" {
			t.Errorf("%s does not read %q: %s", f.Name, f.Text(&usual), code)
		}
		if d := usual.Differences(&again); len(d) != 0 {
			t.Errorf("%s written and read: %+v", f.Name, d)
		}
	}
	// A value of the struct that no field changes would be one nobody can edit.
	changed := map[string]string{
		"currencies": "JPY USD", "max_claim_usd": "2000.00", "auto_grant_usd": "200.50", "approval_usd": "700", "reason_codes": "one two", "abuse_open_domains": "example.com", "refund_first": "points",
		"change_of_mind_postage": "seller", "cut_wait_on_refusal": "on", "cut_wait_on_suspension": "on", "cut_wait_on_undeliverable": "on", "filing_reminder_days": "9 5", "reminder_hours": "6 48",
		"level_1": "36", "level_2": "56", "level_3": "76", "level_4": "81", "level_5": "101",
		"max_claim_jpy": "250000", "auto_grant_jpy": "29,000", "approval_jpy": "９００００", "max_files": "19",
	}
	for _, f := range usual.Fields() {
		switch _, there := changed[f.Name]; {
		case there:
		case f.Unit == UnitSpan:
			changed[f.Name] = "2-5d"
		case f.Unit == UnitPercent:
			changed[f.Name] = "12.5"
		default:
			var n int64
			for _, r := range f.Text(&usual) {
				n = 10*n + int64(r-'0')
			}
			changed[f.Name] = f.writes(n + 1)
		}
	}
	next := DefaultPolicy()
	if err := next.putAll(changed).err(); err != nil {
		t.Fatal(err)
	}
	a, b := reflect.ValueOf(usual), reflect.ValueOf(next)
	for i := range a.NumField() {
		if reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			t.Errorf("no field changes %s", a.Type().Field(i).Name)
		}
	}
	for _, of := range []string{"Health", "Abuse"} {
		a, b := a.FieldByName(of), b.FieldByName(of)
		for i := range a.NumField() {
			if reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
				t.Errorf("no field changes %s.%s", of, a.Type().Field(i).Name)
			}
		}
	}
	if l := next.Limits["USD"]; l != (Limits{MaxClaim: 200_000, AutoGrant: 20_050, Approval: 70_000}) {
		t.Errorf("dollars: %+v", l)
	}
	if got := slices.Collect(maps.Keys(changed)); len(usual.Differences(&next)) != len(got) {
		t.Errorf("%d differences of %d changes", len(usual.Differences(&next)), len(got))
	}
}

func (f PolicyField) writes(n int64) string {
	p := DefaultPolicy()
	if code := f.put(&p, Instant(n).digits()); code != "" {
		panic(f.Name + " " + code)
	}
	return f.Text(&p)
}

func (i Instant) digits() string {
	var b []byte
	for n := int64(i); n > 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return string(b)
}

func TestPolicyFaults(t *testing.T) {
	for name, x := range map[string]struct {
		values map[string]string
		field  string
		code   string
	}{
		"not a number":          {map[string]string{"wait_hours": "soon"}, "wait_hours", "not_a_number"},
		"empty":                 {map[string]string{"wait_hours": " "}, "wait_hours", "required"},
		"over its range":        {map[string]string{"wait_hours": "721"}, "wait_hours", "amount_out_of_range"},
		"under its range":       {map[string]string{"filing_days": "0"}, "filing_days", "amount_out_of_range"},
		"more than all":         {map[string]string{"open_big_rate": "100.1"}, "open_big_rate", "amount_out_of_range"},
		"no number at all":      {map[string]string{"open_big_rate": "NaN"}, "open_big_rate", "amount_out_of_range"},
		"neither on nor off":    {map[string]string{"cut_wait_on_refusal": "yes"}, "cut_wait_on_refusal", "unknown_value"},
		"no side":               {map[string]string{"change_of_mind_postage": "staff"}, "change_of_mind_postage", "unknown_value"},
		"a list with words":     {map[string]string{"reminder_hours": "24 six"}, "reminder_hours", "not_a_number"},
		"one twice":             {map[string]string{"reminder_hours": "24 24"}, "reminder_hours", "duplicate"},
		"too many":              {map[string]string{"reminder_hours": "1 2 3 4 5 6"}, "reminder_hours", "too_many"},
		"no code":               {map[string]string{"reason_codes": "not-delivered"}, "reason_codes", "unknown_value"},
		"no codes":              {map[string]string{"reason_codes": ""}, "reason_codes", "required"},
		"no currency":           {map[string]string{"currencies": "JPY XXQ"}, "currencies", "bad_currency"},
		"a currency bare":       {map[string]string{"currencies": "JPY USD"}, "max_claim_usd", "required"},
		"granted over the most": {map[string]string{"auto_grant_jpy": "300001"}, "auto_grant_jpy", "above_max_claim"},
		"less than nothing":     {map[string]string{"approval_jpy": "-1"}, "approval_jpy", "not_a_number"},
		"leads before staff":    {map[string]string{"leads_after_hours": "47"}, "leads_after_hours", "before_review_target"},
		"levels that fall":      {map[string]string{"level_2": "35"}, "level_2", "amount_out_of_range"},
		"no span":               {map[string]string{"refund_theirs_wallet_wallet": "3-1d"}, "refund_theirs_wallet_wallet", "bad_span"},
		"one account is two":    {map[string]string{"abuse_accounts": "1"}, "abuse_accounts", "amount_out_of_range"},
		"one is a burst":        {map[string]string{"abuse_burst": "1"}, "abuse_burst", "amount_out_of_range"},
		"no such value":         {map[string]string{"patience": "1"}, "patience", "unknown_value"},
	} {
		p := DefaultPolicy()
		if list := p.putAll(x.values); len(list) != 1 || list[0].Field != x.field || list[0].Code != x.code {
			t.Errorf("%s: %v", name, list)
		}
	}
}

func TestPolicyDraft(t *testing.T) {
	m := newMarket(t)
	if _, err := m.CreatePolicyDraft(m.ctx, m.agent, NewPolicyDraft{Name: "x"}); KindOf(err) != Forbidden {
		t.Error("an agent drafts", err)
	}
	if _, err := m.CreatePolicyDraft(m.ctx, m.lead, NewPolicyDraft{Name: " ", From: 1}); CodeOf(err) != "invalid_fields" {
		t.Error("no name", err)
	}
	if _, err := m.CreatePolicyDraft(m.ctx, m.lead, NewPolicyDraft{Name: "x", From: 7}); CodeOf(err) != "invalid_fields" {
		t.Error("from nothing", err)
	}
	d := m.drafted(map[string]string{"wait_hours": "24"})
	before := d.Version - 1
	if _, err := m.ChangePolicyDraft(m.ctx, m.admin, d.ID, ChangePolicyDraft{Version: &before, Values: map[string]string{"wait_hours": "12"}}); CodeOf(err) != "stale_version" {
		t.Error("an old version", err)
	}
	if _, err := m.DiscardPolicyDraft(m.ctx, m.admin, d.ID, &d.Version); err != nil {
		t.Error(err)
	}
	if _, err := m.ChangePolicyDraft(m.ctx, m.admin, d.ID, ChangePolicyDraft{}); CodeOf(err) != "not_allowed_now" {
		t.Error("a discarded draft changed", err)
	}
	if list, err := m.PolicyDrafts(m.ctx, m.admin); err != nil || len(list) != 0 {
		t.Error("a discarded draft listed", list, err)
	}
	if _, err := m.PolicyDraftByID(m.ctx, m.buyer, d.ID); KindOf(err) != Forbidden {
		t.Error("a buyer reads a draft", err)
	}
	same, err := m.CreatePolicyDraft(m.ctx, m.lead, NewPolicyDraft{Name: "同じ"})
	m.must(err)
	if _, err := m.ProposePolicy(m.ctx, m.lead, same.ID, ProposePolicy{Reason: "x"}); CodeOf(err) != "policy_unchanged" {
		t.Error("no change proposed", err)
	}
}

// A version takes two people, is used from its instant on by every replica, and leaves alone
// what was there before.
func TestPublishPolicy(t *testing.T) {
	m := newMarket(t)
	other := m.replica(nil)
	waits := m.contact(m.order("A-1", nil), NotReceived)
	claim := m.filed(m.order("A-2", nil), NotReceived)
	starts := m.MachineNow().Add(time.Hour)
	d := m.proposed(map[string]string{"wait_hours": "24"}, starts)

	if _, err := m.PublishPolicy(m.ctx, m.lead, d.ID, nil); KindOf(err) != Forbidden {
		t.Error("a lead publishes", err)
	}
	if _, err := m.ChangePolicyDraft(m.ctx, m.lead, d.ID, ChangePolicyDraft{}); CodeOf(err) != "not_allowed_now" {
		t.Error("a proposal changed", err)
	}
	own, err := m.CreatePolicyDraft(m.ctx, m.admin, NewPolicyDraft{Name: "自分で"})
	m.must(err)
	_, err = m.ChangePolicyDraft(m.ctx, m.admin, own.ID, ChangePolicyDraft{Values: map[string]string{"wait_hours": "1"}})
	m.must(err)
	_, err = m.ProposePolicy(m.ctx, m.admin, own.ID, ProposePolicy{Reason: "x"})
	m.must(err)
	if _, err := m.PublishPolicy(m.ctx, m.admin, own.ID, nil); CodeOf(err) != "own_proposal" {
		t.Error("one person publishes alone", err)
	}

	if d, err = m.PublishPolicy(m.ctx, m.admin, d.ID, &d.Version); err != nil || d.PublishedAs != 2 || d.Status != DraftPublished {
		t.Fatal(d, err)
	}
	admin2 := m.account("a2@example.com", RoleAdmin, "")
	if _, err := m.PublishPolicy(m.ctx, admin2, own.ID, nil); CodeOf(err) != "policy_moved" {
		t.Error("a proposal against an older version", err)
	}
	for _, s := range []*Store{m.Store, other} {
		for at, want := range map[Instant]int{starts - 1: 1, starts: 2} {
			m.clock.set(at)
			if p, err := s.Policy(m.ctx, at); err != nil || p.Version != want {
				t.Errorf("%v: version %d, %v", at.Sub(starts), p.Version, err)
			}
		}
	}
	order, err := m.OrderByNumber(m.ctx, m.buyer, "A-1")
	m.must(err)
	if got := order.Lines[0].Contact.WaitEndsAt; got != waits.Add(48*time.Hour) {
		t.Error("a wait moved", got)
	}
	if v, err := m.ClaimByNumber(m.ctx, m.buyer, claim.Number); err != nil || v.PolicyVersion != 1 || v.Policy.WaitHours != 48 || v.DueAt != claim.DueAt {
		t.Error("a claim changed its version", v.PolicyVersion, err)
	}
	list, err := m.PolicyVersions(m.ctx)
	m.must(err)
	if r := list[0]; len(list) != 2 || r.ProposedBy != m.lead.AccountID || r.PublishedBy != m.admin.AccountID || r.Before != 1 || r.State(list, starts) != PolicyInForce || list[1].State(list, starts) != PolicyPast || r.State(list, starts-1) != PolicyUpcoming {
		t.Errorf("%+v", r)
	}
}

// At once is when every replica knows it, whenever it has asked last.
func TestPublishAtOnce(t *testing.T) {
	m := newMarket(t)
	other := m.replica(nil)
	d := m.proposed(map[string]string{"wait_hours": "24"}, 0)
	_, err := other.Policy(m.ctx, m.MachineNow()) // so that it holds the old list as long as it may
	m.must(err)
	d, err = m.PublishPolicy(m.ctx, m.admin, d.ID, nil)
	m.must(err)
	if d.EffectiveAt != m.MachineNow().Add(policyNotice) {
		t.Error(d.EffectiveAt)
	}
	m.clock.set(d.EffectiveAt)
	if p, err := other.Policy(m.ctx, d.EffectiveAt); err != nil || p.Version != 2 {
		t.Error(p.Version, err)
	}
}

func TestPolicyTimes(t *testing.T) {
	m := newMarket(t)
	now := m.MachineNow()
	d := m.drafted(map[string]string{"wait_hours": "24"})
	if _, err := m.ProposePolicy(m.ctx, m.lead, d.ID, ProposePolicy{EffectiveAt: now - 1, Reason: "x"}); CodeOf(err) != "invalid_fields" {
		t.Error("in the past", err)
	}
	d, err := m.ProposePolicy(m.ctx, m.lead, d.ID, ProposePolicy{EffectiveAt: now.Add(time.Hour), Reason: "x"})
	m.must(err)
	m.clock.set(now.Add(time.Hour - policyNotice + time.Microsecond))
	if _, err := m.PublishPolicy(m.ctx, m.admin, d.ID, nil); CodeOf(err) != "policy_effective_passed" {
		t.Error("published too late", err)
	}
	m.clock.set(now.Add(time.Hour - policyNotice))
	d, err = m.PublishPolicy(m.ctx, m.admin, d.ID, nil)
	m.must(err)
	next := m.drafted(map[string]string{"wait_hours": "12"})
	for _, at := range []Instant{0, d.EffectiveAt} {
		if _, err := m.ProposePolicy(m.ctx, m.lead, next.ID, ProposePolicy{EffectiveAt: at, Reason: "x"}); CodeOf(err) != "invalid_fields" {
			t.Error("before the version that waits", at, err)
		}
	}
}

func TestSendBackPolicy(t *testing.T) {
	m := newMarket(t)
	d := m.proposed(map[string]string{"wait_hours": "24"}, 0)
	if _, err := m.SendBackPolicy(m.ctx, m.admin, d.ID, SendBackPolicy{}); CodeOf(err) != "invalid_fields" {
		t.Error("without words", err)
	}
	lead2 := m.account("l2@example.com", RoleLead, "")
	if _, err := m.SendBackPolicy(m.ctx, lead2, d.ID, SendBackPolicy{Words: "x"}); KindOf(err) != Forbidden {
		t.Error("another lead sends back", err)
	}
	d, err := m.SendBackPolicy(m.ctx, m.admin, d.ID, SendBackPolicy{Words: "理由を詳しく書いてください。"})
	m.must(err)
	if d.Status != DraftOpen || d.ReturnedBy != m.admin.AccountID || d.ReturnedWords == "" {
		t.Errorf("%+v", d)
	}
}

// A version is withdrawn while every replica still hears of it, and never takes effect then.
func TestWithdrawPolicy(t *testing.T) {
	m := newMarket(t)
	other := m.replica(nil)
	starts := m.MachineNow().Add(time.Hour)
	d := m.proposed(map[string]string{"wait_hours": "24"}, starts)
	_, err := m.PublishPolicy(m.ctx, m.admin, d.ID, nil)
	m.must(err)
	in := WithdrawPolicy{Reason: "取りやめます。"}
	if _, err := m.WithdrawPolicy(m.ctx, m.lead, 2, in); KindOf(err) != Forbidden {
		t.Error("a lead", err)
	}
	if _, err := m.WithdrawPolicy(m.ctx, m.admin, 3, in); KindOf(err) != NotFound {
		t.Error("none", err)
	}
	if _, err := m.WithdrawPolicy(m.ctx, m.admin, 1, in); CodeOf(err) != "not_allowed_now" {
		t.Error("the one in force", err)
	}
	m.clock.set(starts.Add(-policyNotice) + 1)
	if _, err := m.WithdrawPolicy(m.ctx, m.admin, 2, in); CodeOf(err) != "not_allowed_now" {
		t.Error("too late", err)
	}
	m.clock.set(starts.Add(-policyNotice))
	_, err = other.Policy(m.ctx, m.MachineNow())
	m.must(err)
	_, err = m.WithdrawPolicy(m.ctx, m.admin, 2, in)
	m.must(err)
	m.clock.set(starts)
	for _, s := range []*Store{m.Store, other} {
		if p, err := s.Policy(context.Background(), starts); err != nil || p.Version != 1 {
			t.Error("withdrawn and in force", p.Version, err)
		}
	}
	again := m.proposed(map[string]string{"wait_hours": "12"}, 0)
	if again, err = m.PublishPolicy(m.ctx, m.admin, again.ID, nil); err != nil || again.PublishedAs != 3 {
		t.Error("a number given twice", again.PublishedAs, err)
	}
	list, err := m.PolicyVersions(m.ctx)
	m.must(err)
	if list[0].Before != 1 || list[1].State(list, starts) != PolicyWithdrawn {
		t.Errorf("%+v", list[0])
	}
}
