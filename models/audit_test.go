package models

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"hosho/models/seal"
)

// auditLog is the whole log, the oldest first.
func (m *market) auditLog() (list []AuditEntry) {
	m.t.Helper()
	rows, err := find[auditRow](m.ctx, m.Store, "SELECT * FROM audit_entries ORDER BY seq")
	m.must(err)
	list, err = m.auditEntries(m.ctx, rows)
	m.must(err)
	return list
}

// wrote runs fn and returns what it added to the log.
func (m *market) wrote(fn func()) []AuditEntry {
	m.t.Helper()
	before := len(m.auditLog())
	fn()
	return m.auditLog()[before:]
}

// Each act stands in the log once, with who, on what and from where.
func TestAuditSaysWhoDidWhat(t *testing.T) {
	m := newMarket(t)
	ctx := WithOrigin(m.ctx, Origin{Address: "192.0.2.7", RequestID: "R-1"})
	var made Account
	var token Token
	var draft PolicyDraft
	admin2 := m.account("a2@example.com", RoleAdmin, "")
	for _, c := range []struct {
		what   AuditType
		by     Actor
		kind   AuditTargetKind
		target func() string
		act    func() error
	}{
		{AuditAccountCreated, m.admin, OnAccount, func() string { return made.ID }, func() (err error) {
			made, err = m.CreateAccount(ctx, m.admin, AccountInput{Email: "new@example.com", Role: RoleAgent})
			return err
		}},
		{AuditRoleChanged, m.admin, OnAccount, func() string { return made.ID }, func() error { return errOf(m.ChangeRole(ctx, m.admin, made.ID, RoleLead, "")) }},
		{AuditAccountDisabled, m.admin, OnAccount, func() string { return made.ID }, func() error { return errOf(m.DisableAccount(ctx, m.admin, made.ID)) }},
		{AuditAccountEnabled, m.admin, OnAccount, func() string { return made.ID }, func() error { return errOf(m.EnableAccount(ctx, m.admin, made.ID)) }},
		{AuditFactorReset, m.admin, OnAccount, func() string { return made.ID }, func() error { return errOf(m.ResetSecondFactor(ctx, m.admin, made.ID)) }},
		{AuditSessionsEnded, m.admin, OnAccount, func() string { return made.ID }, func() error { return m.EndSessionsOf(ctx, m.admin, made.ID) }},
		{AuditLinkPrinted, Operator, OnAccount, func() string { return made.ID }, func() error {
			_, _, err := m.PrintSignIn(ctx, Operator, made.ID, time.Hour)
			return err
		}},
		{AuditTokenCreated, m.admin, OnToken, func() string { return token.ID }, func() (err error) {
			_, token, err = m.CreateToken(ctx, m.admin, m.integration.AccountID, "shop", 0)
			return err
		}},
		{AuditTokenRevoked, m.admin, OnToken, func() string { return token.ID }, func() error { return m.RevokeToken(ctx, m.admin, token.ID) }},
		{AuditPolicyDrafted, m.lead, OnPolicyDraft, func() string { return draft.ID }, func() (err error) {
			draft, err = m.CreatePolicyDraft(ctx, m.lead, NewPolicyDraft{Name: "秋"})
			return err
		}},
		{AuditPolicyChanged, m.lead, OnPolicyDraft, func() string { return draft.ID }, func() (err error) {
			draft, err = m.ChangePolicyDraft(ctx, m.lead, draft.ID, ChangePolicyDraft{Values: map[string]string{"seller_answer_hours": "24"}})
			return err
		}},
		{AuditPolicyProposed, m.lead, OnPolicyDraft, func() string { return draft.ID }, func() error { return errOf(m.ProposePolicy(ctx, m.lead, draft.ID, ProposePolicy{Reason: "r"})) }},
		{AuditPolicySentBack, m.admin, OnPolicyDraft, func() string { return draft.ID }, func() error { return errOf(m.SendBackPolicy(ctx, m.admin, draft.ID, SendBackPolicy{Words: "w"})) }},
		{AuditPolicyProposed, m.admin, OnPolicyDraft, func() string { return draft.ID }, func() error {
			return errOf(m.ProposePolicy(ctx, m.admin, draft.ID, ProposePolicy{Reason: "r", EffectiveAt: m.MachineNow().Add(time.Hour)}))
		}},
		{AuditPolicyPublished, admin2, OnPolicy, func() string { return "2" }, func() error { return errOf(m.PublishPolicy(ctx, admin2, draft.ID, nil)) }},
		{AuditPolicyWithdrawn, m.admin, OnPolicy, func() string { return "2" }, func() error { return errOf(m.WithdrawPolicy(ctx, m.admin, 2, WithdrawPolicy{Reason: "r"})) }},
		{AuditRefused, m.agent, OnAddress, func() string { return "/ja/staff/users" }, func() error {
			return m.RecordRefusal(ctx, m.agent, "forbidden", "GET", "/:lang/staff/users", "/ja/staff/users")
		}},
	} {
		got := m.wrote(func() { m.must(c.act()) })
		if len(got) != 1 {
			t.Errorf("%s: %d entries", c.what, len(got))
			continue
		}
		e := got[0]
		if e.Type != c.what || e.ActorRole != c.by.Role || e.ActorID != c.by.AccountID || e.TargetKind != c.kind || e.TargetID != c.target() || e.Address != "192.0.2.7" || e.RequestID != "R-1" || e.At != m.MachineNow() {
			t.Errorf("%s: %+v", c.what, e)
		}
	}
	// What was done before is not done again, and a refusal of the use case leaves no act.
	if got := m.wrote(func() {
		m.must(errOf(m.EnableAccount(ctx, m.admin, made.ID)))
		m.must(m.RevokeToken(ctx, m.admin, token.ID))
		wantCode(t, errOf(m.CreateAccount(ctx, m.admin, AccountInput{Email: "new@example.com", Role: RoleAgent})), "email_taken")
		wantCode(t, errOf(m.DisableAccount(ctx, m.lead, made.ID)), "forbidden")
	}); len(got) != 0 {
		t.Errorf("nothing was done: %+v", got)
	}
	m.whole()
}

// whole wants the log to be right to its end.
func (m *market) whole() AuditReport {
	m.t.Helper()
	r, err := m.VerifyAudit(m.ctx)
	m.must(err)
	if !r.All || r.Fault != "" || int(r.Entries) != len(m.auditLog()) {
		m.t.Errorf("the log: %+v", r)
	}
	return r
}

// Sign-ins of the house's people and their failures are kept, those of others are not.
func TestAuditOfSignIns(t *testing.T) {
	m := newMarket(t)
	for _, who := range []Actor{m.agent, m.lead, m.admin, m.buyer, m.seller} {
		works := who.Role.worksHere()
		check := func(name string, want []AuditType, fn func()) {
			t.Helper()
			got := m.wrote(fn)
			if !works {
				want = nil
			}
			if len(got) != len(want) {
				t.Fatalf("%s, %s: %+v", who.Role, name, got)
			}
			for i, e := range got {
				if e.Type != want[i] || e.TargetID != who.AccountID || e.Address != "198.51.100.4" {
					t.Errorf("%s, %s: %+v", who.Role, name, e)
				}
			}
		}
		m.ctx = WithOrigin(m.ctx, Origin{Address: "198.51.100.4"})
		mail := m.askSignIn(SignInRequest{Email: who.Email, Browser: safari, Address: "198.51.100.4"})
		check("a wrong code", []AuditType{AuditSignInFailed}, func() {
			_, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Email: who.Email, Code: wrongCode(mail.Code), Browser: safari})
			wantCode(t, err, "sign_in_code_wrong")
		})
		check("another browser", []AuditType{AuditSignInFailed}, func() {
			_, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, mail.Link), Browser: "another"})
			wantCode(t, err, "sign_in_other_browser")
		})
		var in SignedIn
		check("the link", []AuditType{AuditSignedIn}, func() {
			var err error
			in, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, mail.Link), Browser: safari})
			m.must(err)
		})
		check("once more", []AuditType{AuditSignInFailed}, func() {
			_, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, mail.Link), Browser: safari})
			wantCode(t, err, "sign_in_expired")
		})
		check("the second factor", []AuditType{AuditFactorSet, AuditFactorFailed, AuditRecoveryRenewed}, func() {
			setup, next, _ := m.enrolled(in)
			_, err := m.PassSecondFactor(m.ctx, next.Session, wrongCode(m.appCode(setup.Secret, 0)))
			wantCode(t, err, "second_factor_wrong")
			_, err = m.NewRecoveryCodes(m.ctx, next.Session)
			m.must(err)
		})
	}
	if got := m.wrote(func() {
		_, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Email: "nobody@example.com", Code: "123456", Browser: safari})
		wantCode(t, err, "sign_in_code_wrong")
	}); len(got) != 0 {
		t.Errorf("a stranger: %+v", got)
	}
	m.whole()
}

// Nothing of the log can be changed, taken out, added, moved or cut off unseen.
func TestAuditShowsTampering(t *testing.T) {
	m, _ := withEvidence(t)
	ctx := WithOrigin(m.ctx, Origin{Address: "192.0.2.1", RequestID: "R"})
	const n = 30
	for i := range n {
		m.must(m.RecordRefusal(ctx, m.agent, "forbidden", "GET", "/r", fmt.Sprintf("/p/%d", i)))
	}
	m.whole()
	m.checkpoints()
	kept, err := find[auditRow](m.ctx, m.Store, "SELECT * FROM audit_entries ORDER BY seq")
	m.must(err)
	end, err := find[seal.Head](m.ctx, m.Store, "SELECT seq, hash FROM audit_heads")
	m.must(err)
	restore := func() {
		m.mustExec("DELETE FROM audit_entries")
		m.must(m.inTx(m.ctx, func(tx *Store) error { return tx.insert(m.ctx, &kept) }))
		m.mustExec("UPDATE audit_heads SET seq = ?, hash = ?", end[0].Seq, end[0].Hash)
	}
	columns := map[string]string{
		"at": "at + 1", "actor_role": "'lead'", "actor_id": "'x'", "type": "'sign_in.done'", "target_kind": "'token'", "target_id": "'/p'",
		"data": "REPLACE(data, 'forbidden', 'allowed')", "texts": "REPLACE(texts, '192.0.2.1', '192.0.2.2')",
		"prev_hash": "'" + strings.Repeat("0", 63) + "1'", "hash": "'" + strings.Repeat("a", 64) + "'",
	}
	rehash := func(from int64) { // as whoever can write to the database would, to its end
		rows, err := find[auditRow](m.ctx, m.Store, "SELECT * FROM audit_entries ORDER BY seq")
		m.must(err)
		head := seal.Head{Hash: seal.Genesis}
		for i, r := range rows {
			e := seal.Event{Seq: int64(i) + 1, At: r.At.String(), Actor: seal.Actor{Role: string(r.ActorRole), ID: r.ActorID}, Type: string(r.Type), Data: []byte(r.Data), PrevHash: head.Hash}
			hash, err := seal.Link(head.Hash, e)
			m.must(err)
			if int64(i) >= from-1 {
				m.mustExec("UPDATE audit_entries SET seq = ?, prev_hash = ?, hash = ? WHERE seq = ?", e.Seq, head.Hash, hash, r.Seq)
			}
			head = seal.Head{Seq: e.Seq, Hash: hash}
		}
		m.mustExec("UPDATE audit_heads SET seq = ?, hash = ?", head.Seq, head.Hash)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		at := 1 + random.Int64N(n-1)
		for name, change := range map[string]func(){
			"moved": func() {
				m.mustExec("UPDATE audit_entries SET seq = 1000 WHERE seq = ?", at)
				m.mustExec("UPDATE audit_entries SET seq = ? WHERE seq = ?", at, at+1)
				m.mustExec("UPDATE audit_entries SET seq = ? WHERE seq = 1000", at+1)
			},
			"taken out": func() { m.mustExec("DELETE FROM audit_entries WHERE seq = ?", at) },
			"cut off":   func() { m.mustExec("DELETE FROM audit_entries WHERE seq > ?", at) },
			"added": func() {
				m.mustExec("INSERT INTO audit_entries SELECT seq + 100, at, actor_role, actor_id, type, target_kind, target_id, data, texts, prev_hash, hash FROM audit_entries WHERE seq = ?", at)
			},
			"changed": func() {
				for column, value := range columns {
					m.mustExec("UPDATE audit_entries SET "+column+" = "+value+" WHERE seq = ?", at)
					break //nolint:revive // any one of them
				}
			},
		} {
			change()
			if r, err := m.VerifyAudit(m.ctx); err != nil || r.Fault == "" || r.All {
				t.Fatalf("entry %d %s: %+v, %v", at, name, r, err)
			}
			restore()
		}
		for name, change := range map[string]func(){
			"taken out, and linked anew": func() { m.mustExec("DELETE FROM audit_entries WHERE seq = ?", at); rehash(at) },
			"cut off, with the end":      func() { m.mustExec("DELETE FROM audit_entries WHERE seq > ?", at); rehash(at) },
			"changed, and linked anew":   func() { m.mustExec("UPDATE audit_entries SET actor_id = 'x' WHERE seq = ?", at); rehash(at) },
		} {
			change()
			if r, err := m.VerifyAudit(m.ctx); err != nil || r.Fault != "" {
				t.Fatalf("entry %d %s: the chain itself is %+v, %v", at, name, r, err)
			}
			if r := m.checked(); len(r.Faults) == 0 || !strings.Contains(r.Faults[0], "the audit log") {
				t.Fatalf("entry %d %s: %+v", at, name, r)
			}
			restore()
		}
	}
	for column, value := range columns {
		m.mustExec("UPDATE audit_entries SET " + column + " = " + value + " WHERE seq = 7")
		if r, err := m.VerifyAudit(m.ctx); err != nil || r.Fault == "" {
			t.Errorf("%s changed: %+v, %v", column, r, err)
		}
		restore()
	}
	// Where somebody was can be erased, and the chain stays whole.
	m.mustExec("UPDATE audit_entries SET texts = NULL WHERE seq = 3")
	m.whole()
	if e := m.auditLog()[2]; e.Address != "" || bytes.Contains(e.Data, []byte("192.0.2.1")) {
		t.Errorf("erased: %+v", e)
	}
	// Who has no time looks at nothing, which is no fault.
	over, cancel := context.WithCancel(m.ctx)
	cancel()
	if r, err := m.VerifyAudit(over); err != nil || r.All || r.Fault != "" {
		t.Errorf("without time: %+v, %v", r, err)
	}
}

// Many write at once, on two replicas: one chain, and none is lost.
func TestAuditOfManyAtOnce(t *testing.T) {
	m := newMarket(t)
	stores := []*Store{m.Store, m.replica(nil)}
	var wait sync.WaitGroup
	const writers, each = 8, 10
	for i := range writers {
		wait.Go(func() {
			for range each {
				if err := stores[i%2].RecordRefusal(m.ctx, m.agent, "forbidden", "GET", "/r", "/p"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if r := m.whole(); r.Entries != writers*each {
		t.Errorf("%d entries, want %d", r.Entries, writers*each)
	}
}

// The list is found by who, what, on what and when, page by page.
func TestAuditIsSearched(t *testing.T) {
	m := newMarket(t)
	start := m.MachineNow()
	for i := range 12 {
		by := []Actor{m.agent, m.lead}[i%2]
		m.must(m.RecordRefusal(m.ctx, by, "forbidden", "GET", "/r", fmt.Sprintf("/p/%d", i%3)))
		m.later(time.Hour * time.Duration(i%2)) // two of each instant
	}
	m.must(m.EndSessionsOf(m.ctx, m.admin, m.agent.AccountID))
	for name, c := range map[string]struct {
		f    AuditFilter
		want int
	}{
		"all":       {AuditFilter{}, 13},
		"who":       {AuditFilter{ActorID: m.lead.AccountID}, 6},
		"what":      {AuditFilter{Type: AuditSessionsEnded}, 1},
		"on what":   {AuditFilter{Target: "/p/0"}, 4},
		"together":  {AuditFilter{Target: "/p/0", ActorID: m.agent.AccountID, Type: AuditRefused}, 2},
		"from":      {AuditFilter{From: start.Add(5 * time.Hour)}, 3},
		"until":     {AuditFilter{Until: start.Add(time.Hour)}, 2},
		"nothing":   {AuditFilter{ActorID: "nobody"}, 0},
		"no target": {AuditFilter{Target: "/p"}, 0},
	} {
		for _, limit := range []int{1, 5, 50} {
			f, seen, last := c.f, 0, int64(1<<60)
			for f.Limit = limit; ; {
				items, next, err := m.AuditEntries(m.ctx, m.admin, f)
				m.must(err)
				for _, e := range items {
					if e.Seq >= last {
						t.Errorf("%s: %d after %d", name, e.Seq, last)
					}
					last = e.Seq
				}
				if seen += len(items); next == "" {
					break
				}
				f.Cursor = next
			}
			if seen != c.want {
				t.Errorf("%s by %d: %d, want %d", name, limit, seen, c.want)
			}
		}
	}
	for _, by := range []Actor{m.agent, m.lead, m.buyer, m.seller, m.integration, Anonymous} {
		_, _, err := m.AuditEntries(m.ctx, by, AuditFilter{})
		wantCode(t, err, "forbidden")
		wantCode(t, errOf(m.AuditEntryBySeq(m.ctx, by, 1)), "forbidden")
		wantCode(t, m.EachAuditEntry(m.ctx, by, AuditFilter{}, nil), "forbidden")
	}
	_, _, err := m.AuditEntries(m.ctx, m.admin, AuditFilter{Page: Page{Cursor: writeCursor(1, "x")}})
	wantCode(t, err, "invalid_fields")
	wantCode(t, errOf(m.AuditEntryBySeq(m.ctx, m.admin, 99)), "not_found")
	got := m.wrote(func() {
		n := 0
		m.must(m.EachAuditEntry(m.ctx, m.admin, AuditFilter{ActorID: m.lead.AccountID}, func(AuditEntry) error { n++; return nil }))
		if n != 6 {
			t.Errorf("%d were taken out", n)
		}
	})
	if len(got) != 1 || got[0].Type != AuditLogExported || got[0].Details["actor"] != m.lead.AccountID {
		t.Errorf("the export: %+v", got)
	}
}

// Nobody takes the rights of the last admin who can act; who lost them meanwhile takes nobody's.
func TestAnAdminIsAlwaysLeft(t *testing.T) {
	for name, c := range map[string]struct {
		others int // active admins beside the one it is about
		by     func(m *market, other Actor) Actor
		code   string
	}{
		"the only one, by the operator": {0, func(*market, Actor) Actor { return Operator }, "last_admin"},
		"one of two, by the operator":   {1, func(*market, Actor) Actor { return Operator }, ""},
		"one of two, by the other":      {1, func(_ *market, other Actor) Actor { return other }, ""},
		"oneself":                       {1, func(m *market, _ Actor) Actor { return m.admin }, "forbidden"},
		"by one who is no admin any more": {2, func(m *market, other Actor) Actor {
			m.mustExec("UPDATE accounts SET role = 'lead' WHERE id = ?", other.AccountID)
			return other
		}, "forbidden"},
		"by one who was disabled meanwhile": {2, func(m *market, other Actor) Actor {
			m.mustExec("UPDATE accounts SET status = 'disabled' WHERE id = ?", other.AccountID)
			return other
		}, "forbidden"},
	} {
		for what, act := range map[string]func(m *market, by Actor) error{
			"disable": func(m *market, by Actor) error { return errOf(m.DisableAccount(m.ctx, by, m.admin.AccountID)) },
			"demote": func(m *market, by Actor) error {
				return errOf(m.ChangeRole(m.ctx, by, m.admin.AccountID, RoleLead, ""))
			},
		} {
			m := newMarket(t)
			m.mustExec("UPDATE accounts SET status = 'disabled' WHERE id = ?", m.account("off@example.com", RoleAdmin, "").AccountID) // counts for nothing
			var other Actor
			for i := range c.others {
				other = m.account(fmt.Sprintf("other%d@example.com", i), RoleAdmin, "")
			}
			err := act(m, c.by(m, other))
			if c.code == "" {
				m.must(err)
			} else {
				wantCode(t, err, c.code)
			}
			a, err := m.AccountByID(m.ctx, m.admin.AccountID)
			m.must(err)
			if lost := a.Role != RoleAdmin || a.Status != AccountActive; lost != (c.code == "") {
				t.Errorf("%s, %s: %+v", what, name, a)
			}
		}
	}
}

// Two admins who demote one another at once: one is left.
func TestTwoAdminsDemoteOneAnother(t *testing.T) {
	m := newMarket(t)
	second, stores := m.account("a2@example.com", RoleAdmin, ""), []*Store{m.Store, m.replica(nil)}
	pair := []Actor{m.admin, second}
	for round := range 20 {
		m.mustExec("UPDATE accounts SET role = 'admin', status = 'active' WHERE id IN (?, ?)", pair[0].AccountID, pair[1].AccountID)
		var wait sync.WaitGroup
		errs := make([]error, 2)
		for i := range pair {
			wait.Go(func() {
				if round%2 == 0 {
					_, errs[i] = stores[i].ChangeRole(m.ctx, pair[i], pair[1-i].AccountID, RoleAgent, "")
				} else {
					_, errs[i] = stores[i].DisableAccount(m.ctx, pair[i], pair[1-i].AccountID)
				}
			})
		}
		wait.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("round %d: %v, %v", round, errs[0], errs[1])
		}
		for _, err := range errs {
			if err != nil {
				wantCode(t, err, "forbidden")
			}
		}
		left, err := find[struct{ ID string }](m.ctx, m.Store, "SELECT id FROM accounts WHERE role = 'admin' AND status = 'active'")
		m.must(err)
		if len(left) != 1 {
			t.Fatalf("round %d: %d admins are left", round, len(left))
		}
	}
	m.whole()
}
