package models

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhoMayMakeWhichAccounts(t *testing.T) {
	m := newMarket(t)
	m.order("A-1", nil) // makes the seller mp-s-1
	for _, by := range []Actor{Operator, m.admin, m.lead, m.agent, m.seller, m.buyer, m.integration, Anonymous, Clock, Automatic} {
		for _, role := range Roles {
			in := AccountInput{Email: string(by.Role) + "-" + string(role) + "@Example.com", Role: role, Name: "  名前 "}
			if role == RoleSeller {
				in.SellerID = "mp-s-1"
			}
			may := by == Operator || by == m.admin && role != RoleAdmin
			a, err := m.CreateAccount(m.ctx, by, in)
			if !may {
				wantCode(t, err, "forbidden")
				continue
			}
			m.must(err)
			if a.Email != strings.ToLower(in.Email) || a.Name != "名前" || a.Locale != "ja" || a.Status != AccountActive {
				t.Errorf("account is %+v", a)
			}
			found, err := m.AccountByID(m.ctx, a.ID)
			m.must(err)
			if found != a {
				t.Errorf("read back as %+v", found)
			}
		}
	}
}

func TestAccountInputsAreChecked(t *testing.T) {
	m := newMarket(t)
	m.order("A-1", nil)
	for name, c := range map[string]struct {
		in    AccountInput
		field string
		code  string
	}{
		"no email":               {AccountInput{Role: RoleBuyer}, "email", "required"},
		"not an email":           {AccountInput{Email: "x", Role: RoleBuyer}, "email", "not_an_email"},
		"header injection":       {AccountInput{Email: "\"x\r\n y\"@example.com", Role: RoleBuyer}, "email", "not_an_email"},
		"tab":                    {AccountInput{Email: "\"a\tb\"@example.com", Role: RoleBuyer}, "email", "unknown_value"},
		"long email":             {AccountInput{Email: strings.Repeat("x", 250) + "@e.jp", Role: RoleBuyer}, "email", "too_long"},
		"unknown role":           {AccountInput{Email: "x@example.com", Role: "operator"}, "role", "unknown_value"},
		"seller of nobody":       {AccountInput{Email: "x@example.com", Role: RoleSeller}, "seller_id", "required"},
		"seller of the unknown":  {AccountInput{Email: "x@example.com", Role: RoleSeller, SellerID: "mp-s-77"}, "seller_id", "unknown_value"},
		"agent of a seller":      {AccountInput{Email: "x@example.com", Role: RoleAgent, SellerID: "mp-s-1"}, "seller_id", "unknown_value"},
		"name of control":        {AccountInput{Email: "x@example.com", Role: RoleBuyer, Name: "a\x00b"}, "name", "not_visible_text"},
		"taken":                  {AccountInput{Email: "B1@example.com", Role: RoleBuyer}, "email", "email_taken"},
		"taken, in another case": {AccountInput{Email: " b1@EXAMPLE.com", Role: RoleAgent}, "email", "email_taken"},
	} {
		_, err := m.CreateAccount(m.ctx, Operator, c.in)
		var e *Error
		if !errors.As(err, &e) || e.Kind != Invalid || len(e.Fields) != 1 || e.Fields[0].Field != c.field || e.Fields[0].Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
		if strings.HasPrefix(name, "taken") {
			wantCode(t, err, "email_taken")
		}
	}
}

// What one replica takes away, another refuses at the next request.
func TestDisablingActsOnAllReplicas(t *testing.T) {
	m := newMarket(t)
	other := m.replica(nil)
	session := m.signedIn(m.buyer, safari)
	token, _, err := m.CreateToken(m.ctx, Operator, m.buyer.AccountID, "t", 0)
	m.must(err)
	in := func(s *Store) (bool, bool) {
		_, err1 := s.SessionBySecret(m.ctx, session.Secret)
		_, err2 := s.TokenBySecret(m.ctx, token)
		for _, err := range []error{err1, err2} {
			if err != nil && KindOf(err) != Unauthenticated {
				t.Errorf("refused with %v", err)
			}
		}
		return err1 == nil, err2 == nil
	}
	if s, k := in(other); !s || !k {
		t.Fatalf("before: session %v, token %v", s, k)
	}
	for _, by := range []Actor{m.buyer, m.lead, m.integration, Anonymous} {
		_, err := m.DisableAccount(m.ctx, by, m.buyer.AccountID)
		wantCode(t, err, "forbidden")
	}
	_, err = m.DisableAccount(m.ctx, m.admin, m.admin.AccountID)
	wantCode(t, err, "forbidden")
	_, err = m.DisableAccount(m.ctx, m.admin, "nobody")
	wantCode(t, err, "not_found")
	a, err := m.DisableAccount(m.ctx, m.admin, m.buyer.AccountID)
	m.must(err)
	if a.Status != AccountDisabled {
		t.Errorf("account is %+v", a)
	}
	if s, k := in(other); s || k {
		t.Errorf("disabled: session %v, token %v", s, k)
	}
	// A session that came to be all the same (another replica, the same moment) is worth nothing.
	m.must(m.inTx(m.ctx, func(tx *Store) error {
		var err error
		session, err = tx.startSession(m.ctx, a, "", "")
		return err
	}))
	if s, _ := in(other); s {
		t.Error("a disabled account has a session")
	}
	_, err = m.EnableAccount(m.ctx, m.admin, m.buyer.AccountID)
	m.must(err)
	if s, k := in(other); s || !k {
		t.Errorf("enabled again: session %v, token %v; want the token alone", s, k)
	}
}

func TestChangingARoleEndsWhatWasHandedOut(t *testing.T) {
	m := newMarket(t)
	m.order("A-1", nil)
	session := m.signedIn(m.buyer, safari)
	token, _, err := m.CreateToken(m.ctx, Operator, m.buyer.AccountID, "t", 0)
	m.must(err)
	_, err = m.ChangeRole(m.ctx, m.admin, m.buyer.AccountID, RoleAdmin, "")
	wantCode(t, err, "forbidden")
	_, err = m.ChangeRole(m.ctx, m.lead, m.buyer.AccountID, RoleAgent, "")
	wantCode(t, err, "forbidden")
	_, err = m.ChangeRole(m.ctx, m.admin, m.admin.AccountID, RoleLead, "")
	wantCode(t, err, "forbidden")
	_, err = m.ChangeRole(m.ctx, m.admin, m.buyer.AccountID, RoleSeller, "mp-s-77")
	wantCode(t, err, "invalid_fields")
	_, err = m.ChangeRole(m.ctx, m.admin, m.buyer.AccountID, "clock", "")
	wantCode(t, err, "invalid_fields")
	if _, err := m.SessionBySecret(m.ctx, session.Secret); err != nil {
		t.Fatalf("refused changes ended the session: %v", err)
	}
	a, err := m.ChangeRole(m.ctx, m.admin, m.buyer.AccountID, RoleSeller, "mp-s-1")
	m.must(err)
	if a.Role != RoleSeller || a.SellerID != "mp-s-1" || a.Version != 2 {
		t.Errorf("account is %+v", a)
	}
	if _, err := m.SessionBySecret(m.ctx, session.Secret); KindOf(err) != Unauthenticated {
		t.Errorf("the session lives on: %v", err)
	}
	if _, err := m.TokenBySecret(m.ctx, token); KindOf(err) != Unauthenticated {
		t.Errorf("the token lives on: %v", err)
	}
	a, err = m.ChangeRole(m.ctx, Operator, m.buyer.AccountID, RoleAdmin, "")
	m.must(err)
	if a.Role != RoleAdmin || a.SellerID != "" {
		t.Errorf("account is %+v", a)
	}
}

func TestAccountsArePagedByKey(t *testing.T) {
	m := newMarket(t)
	_, _, err := m.Accounts(m.ctx, m.lead, AccountFilter{})
	wantCode(t, err, "forbidden")
	_, _, err = m.Accounts(m.ctx, m.admin, AccountFilter{Page: Page{Cursor: "%"}})
	wantCode(t, err, "invalid_fields")
	var all []string
	f := AccountFilter{Page: Page{Limit: 2}}
	for range 20 {
		before := m.Statements()
		items, next, err := m.Accounts(m.ctx, m.admin, f)
		m.must(err)
		if n := m.Statements() - before; n != 1 || len(items) > 2 {
			t.Fatalf("a page of %d took %d statements", len(items), n)
		}
		for _, a := range items {
			all = append(all, a.ID)
		}
		if f.Cursor = next; next == "" {
			break
		}
	}
	down := slices.Clone(all)
	slices.Sort(down)
	slices.Reverse(down)
	if len(all) != 9 || !slices.Equal(all, slices.Compact(down)) {
		t.Errorf("the pages have %v", all)
	}
	items, _, err := m.Accounts(m.ctx, Operator, AccountFilter{Role: RoleAgent, Status: AccountActive})
	m.must(err)
	if len(items) != 2 {
		t.Errorf("agents are %+v", items)
	}
	items, _, err = m.Accounts(m.ctx, Operator, AccountFilter{SellerID: "mp-s-2"})
	m.must(err)
	if len(items) != 1 || items[0].Email != "s2@example.com" {
		t.Errorf("members are %+v", items)
	}
}

func TestTokens(t *testing.T) {
	m := newMarket(t)
	for _, by := range []Actor{m.integration, m.lead, m.buyer, Anonymous} {
		_, _, err := m.CreateToken(m.ctx, by, m.integration.AccountID, "shop", 0)
		wantCode(t, err, "forbidden")
	}
	_, _, err := m.CreateToken(m.ctx, m.admin, m.agent.AccountID, "as an agent", 0)
	wantCode(t, err, "forbidden") // an admin decides no claims, not even so
	_, _, err = m.CreateToken(m.ctx, m.admin, m.integration.AccountID, " ", 0)
	wantCode(t, err, "invalid_fields")
	_, _, err = m.CreateToken(m.ctx, m.admin, m.integration.AccountID, "shop", -1)
	wantCode(t, err, "invalid_fields")
	_, _, err = m.CreateToken(m.ctx, m.admin, "nobody", "shop", 0)
	wantCode(t, err, "not_found")
	secret, made, err := m.CreateToken(m.ctx, m.admin, m.integration.AccountID, "shop", time.Hour)
	m.must(err)
	if !strings.HasPrefix(secret, "hosho_") || len(secret) != 49 {
		t.Errorf("the token is %q", secret)
	}
	for _, wrong := range []string{"", "hosho_", secret[:48], secret + "A", "Hosho_" + secret[6:], secret[6:], secret[:48] + "~"} {
		if _, err := m.TokenBySecret(m.ctx, wrong); KindOf(err) != Unauthenticated {
			t.Errorf("token %q: %v", wrong, err)
		}
	}
	start := m.MachineNow()
	for _, c := range []struct {
		at   Instant
		live bool
	}{{start.Add(time.Hour) - 1, true}, {start.Add(time.Hour), false}, {start.Add(time.Hour) + 1, false}} {
		m.clock.set(c.at)
		got, err := m.TokenBySecret(m.ctx, secret)
		if (err == nil) != c.live {
			t.Errorf("at %v: %v", c.at, err)
		}
		if err == nil && (got.Actor() != m.integration || got.LastUsedAt != c.at) {
			t.Errorf("it acts as %+v", got)
		}
	}
	// To replace a token, both work for a while.
	first, old, err := m.CreateToken(m.ctx, m.admin, m.integration.AccountID, "shop 2", 0)
	m.must(err)
	second, _, err := m.CreateToken(m.ctx, m.admin, m.integration.AccountID, "shop 3", 0)
	m.must(err)
	for _, s := range []string{first, second} {
		_, err := m.TokenBySecret(m.ctx, s)
		m.must(err)
	}
	wantCode(t, m.RevokeToken(m.ctx, m.buyer, old.ID), "not_found")
	wantCode(t, m.RevokeToken(m.ctx, Anonymous, old.ID), "not_found")
	m.must(m.RevokeToken(m.ctx, m.integration, old.ID))
	m.must(m.RevokeToken(m.ctx, m.admin, old.ID))
	if _, err := m.TokenBySecret(m.ctx, first); KindOf(err) != Unauthenticated {
		t.Errorf("a revoked token: %v", err)
	}
	_, err = m.TokenBySecret(m.ctx, second)
	m.must(err)
	_, err = m.Tokens(m.ctx, m.buyer, m.integration.AccountID)
	wantCode(t, err, "forbidden")
	_, err = m.Tokens(m.ctx, Anonymous, "")
	wantCode(t, err, "forbidden")
	list, err := m.Tokens(m.ctx, m.integration, m.integration.AccountID)
	m.must(err)
	if len(list) != 3 || list[0].Name != "shop 3" || list[2].ID != made.ID || list[1].RevokedAt == 0 {
		t.Errorf("the list is %+v", list)
	}
}
