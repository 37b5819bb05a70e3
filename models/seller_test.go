package models

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func emails(list []Account) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Email)
	}
	return out
}

func TestSellersAndTheirMembers(t *testing.T) {
	m := newMarket(t)
	put := func(members ...MemberInput) (Seller, bool) {
		t.Helper()
		if members == nil {
			members = []MemberInput{}
		}
		s, created, err := m.PutSeller(m.ctx, m.integration, SellerInput{ID: "mp-s-9", Name: " 青葉 ", Locale: "en", Members: members})
		m.must(err)
		return s, created
	}
	s, created := put(MemberInput{"New@Example.com", "一"}, MemberInput{"two@example.com", ""})
	if !created || s.Name != "青葉" || s.Locale != "en" || !slices.Equal(emails(s.Members), []string{"new@example.com", "two@example.com"}) {
		t.Errorf("made %+v", s)
	}
	member := s.Members[0]
	if member.Role != RoleSeller || member.SellerID != "mp-s-9" || member.Name != "一" || member.Locale != "en" {
		t.Errorf("the member is %+v", member)
	}
	session := m.signedIn(member.Actor(), safari)
	token, _, err := m.CreateToken(m.ctx, Operator, member.ID, "t", 0)
	m.must(err)

	s, created = put(MemberInput{"new@example.com", ""}, MemberInput{"two@example.com", "二"})
	if created || s.Members[0] != member || s.Members[1].Name != "二" {
		t.Errorf("put again: %v %+v", created, s)
	}
	if _, err := m.SessionBySecret(m.ctx, session.Secret); err != nil {
		t.Errorf("the same list ends a session: %v", err)
	}
	// Who is listed no longer is out at once, and in again when listed.
	s, _ = put(MemberInput{"two@example.com", ""})
	if !slices.Equal(emails(s.Members), []string{"two@example.com"}) {
		t.Errorf("members are %v", emails(s.Members))
	}
	if _, err := m.SessionBySecret(m.ctx, session.Secret); KindOf(err) != Unauthenticated {
		t.Errorf("no member and in: %v", err)
	}
	if _, err := m.TokenBySecret(m.ctx, token); KindOf(err) != Unauthenticated {
		t.Errorf("no member and a token: %v", err)
	}
	s, _ = put(MemberInput{"new@example.com", ""})
	if len(s.Members) != 1 || s.Members[0].ID != member.ID {
		t.Errorf("members are %+v", s.Members)
	}
	if _, err := m.SessionBySecret(m.ctx, session.Secret); KindOf(err) != Unauthenticated {
		t.Errorf("listed again, the session from before is back: %v", err)
	}
	// What an admin took, the marketplace's list does not give back.
	_, err = m.DisableAccount(m.ctx, m.admin, member.ID)
	m.must(err)
	if s, _ = put(MemberInput{"new@example.com", ""}); len(s.Members) != 0 {
		t.Errorf("members are %v", emails(s.Members))
	}
	_, err = m.EnableAccount(m.ctx, m.admin, member.ID)
	m.must(err)
	if s, _ = put(); len(s.Members) != 0 {
		t.Errorf("members are %v", emails(s.Members))
	}
	_, err = m.SellerByID(m.ctx, "mp-s-none")
	wantCode(t, err, "not_found")
}

func TestSellerInputsAreChecked(t *testing.T) {
	m := newMarket(t)
	_, _, err := m.PutSeller(m.ctx, m.admin, SellerInput{ID: "mp-s-8", Name: "八", Members: []MemberInput{{"eight@example.com", ""}}})
	m.must(err)
	for _, by := range []Actor{m.seller, m.lead, m.agent, m.buyer, Anonymous} {
		_, _, err := m.PutSeller(m.ctx, by, SellerInput{ID: "mp-s-9", Name: "九", Members: []MemberInput{}})
		wantCode(t, err, "forbidden")
	}
	ok := MemberInput{"fresh@example.com", ""}
	for name, c := range map[string]struct {
		in    SellerInput
		field string
		code  string
	}{
		"no id":         {SellerInput{Name: "x", Members: []MemberInput{}}, "id", "unknown_value"},
		"no name":       {SellerInput{ID: "mp-s-9", Members: []MemberInput{}}, "name", "required"},
		"no list":       {SellerInput{ID: "mp-s-9", Name: "x"}, "members", "required"},
		"bad email":     {SellerInput{ID: "mp-s-9", Name: "x", Members: []MemberInput{ok, {"x", ""}}}, "members[1].email", "not_an_email"},
		"twice":         {SellerInput{ID: "mp-s-9", Name: "x", Members: []MemberInput{ok, {"FRESH@example.com", ""}}}, "members[1].email", "duplicate"},
		"staff":         {SellerInput{ID: "mp-s-9", Name: "x", Members: []MemberInput{ok, {"l1@example.com", ""}}}, "members[1].email", "email_taken"},
		"of another":    {SellerInput{ID: "mp-s-9", Name: "x", Members: []MemberInput{{"eight@example.com", ""}}}, "members[0].email", "email_taken"},
		"too many":      {SellerInput{ID: "mp-s-9", Name: "x", Members: make([]MemberInput, 101)}, "members", "too_many"},
		"name too long": {SellerInput{ID: "mp-s-9", Name: strings.Repeat("名", 201), Members: []MemberInput{}}, "name", "too_long"},
	} {
		_, _, err := m.PutSeller(m.ctx, m.integration, c.in)
		var e *Error
		if !errors.As(err, &e) || e.Kind != Invalid || !slices.ContainsFunc(e.Fields, func(f FieldError) bool { return f.Field == c.field && f.Code == c.code }) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A refused list leaves nothing behind.
	if _, err := m.SellerByID(m.ctx, "mp-s-9"); KindOf(err) != NotFound {
		t.Errorf("the seller is there: %v", err)
	}
	if _, err := m.AccountByEmail(m.ctx, "fresh@example.com"); KindOf(err) != NotFound {
		t.Errorf("the member is there: %v", err)
	}
}

// Whoever has signed in as a buyer before can become a member, and stays the buyer of the
// orders under the address.
func TestABuyerBecomesAMember(t *testing.T) {
	m := newMarket(t)
	number := m.order("A-1", nil)
	token, _, err := m.CreateToken(m.ctx, Operator, m.buyer.AccountID, "t", 0)
	m.must(err)
	session := m.signedIn(m.buyer, safari)
	before, err := m.AccountByEmail(m.ctx, "b1@example.com")
	m.must(err)
	_, _, err = m.PutSeller(m.ctx, m.integration, SellerInput{ID: "mp-s-9", Name: "九番", Members: []MemberInput{{"b1@example.com", ""}}})
	m.must(err)
	a, err := m.AccountByEmail(m.ctx, "b1@example.com")
	m.must(err)
	if _, err := m.TokenBySecret(m.ctx, token); KindOf(err) != Unauthenticated {
		t.Errorf("what was handed to a buyer acts as a member: %v", err)
	}
	if _, err := m.SessionBySecret(m.ctx, session.Secret); KindOf(err) != Unauthenticated {
		t.Errorf("the buyer's session acts as a member: %v", err)
	}
	for what, write := range map[string]func(tx *Store) error{
		"role": func(tx *Store) error { return tx.setRole(m.ctx, before, RoleAgent, "") },
		"name": func(tx *Store) error { return tx.nameMember(m.ctx, before, "別名") },
	} {
		m.must(m.inTx(m.ctx, func(tx *Store) error {
			if err := write(tx); !errors.Is(err, errAgain) {
				t.Errorf("an account that has changed meanwhile gets another %s: %v", what, err)
			}
			return nil
		}))
	}
	if a.Role != RoleSeller || a.SellerID != "mp-s-9" || a.ID != m.buyer.AccountID {
		t.Fatalf("account %+v", a)
	}
	if o, err := m.OrderByNumber(m.ctx, a.Actor(), number); err != nil || o.BuyerEmail == "" {
		t.Fatalf("the own order: %v", err)
	}
}

func TestHandoffs(t *testing.T) {
	m := newMarket(t)
	m.order("A 1/2", func(in *OrderInput) {
		in.Buyer = BuyerInput{ID: "mp-b-9", Email: "nine@example.com", Name: "九", Locale: "en"}
	})
	m.order("A-2", nil)
	for _, by := range []Actor{m.admin, m.lead, m.buyer, m.seller, Anonymous, Operator} {
		_, err := m.CreateHandoff(m.ctx, by, HandoffInput{BuyerID: "mp-b-9"})
		wantCode(t, err, "forbidden")
	}
	for _, c := range []struct{ buyer, order, field string }{
		{"", "", "buyer_id"}, {"mp-b-none", "", "buyer_id"}, {"mp-b-9", "none", "order_number"}, {"mp-b-9", "A-2", "order_number"},
	} {
		_, err := m.CreateHandoff(m.ctx, m.integration, HandoffInput{BuyerID: c.buyer, OrderNumber: c.order})
		var e *Error
		if !errors.As(err, &e) || e.Kind != Invalid || len(e.Fields) != 1 || e.Fields[0].Field != c.field {
			t.Errorf("%+v: %v", c, err)
		}
	}
	h, err := m.CreateHandoff(m.ctx, m.integration, HandoffInput{BuyerID: "mp-b-9", OrderNumber: "A 1/2"})
	m.must(err)
	if h.ExpiresAt != m.MachineNow().Add(5*time.Minute) || !strings.HasPrefix(h.Path, "/en/sign-in/") {
		t.Errorf("handoff is %+v", h)
	}
	if _, err := m.AccountByEmail(m.ctx, "nine@example.com"); KindOf(err) != NotFound {
		t.Errorf("an account before the person came: %v", err)
	}
	in, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, h.Path), Browser: webview})
	m.must(err)
	if a := in.Session.Account; a.Email != "nine@example.com" || a.Role != RoleBuyer || in.Next != "/en/my/orders/A%201%2F2" {
		t.Errorf("signed in as %+v, next %s", a, in.Next)
	}
	_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, h.Path)})
	wantCode(t, err, "sign_in_expired")
	for _, after := range []Instant{-1, 0, 1} {
		h, err := m.CreateHandoff(m.ctx, m.integration, HandoffInput{BuyerID: "mp-b-9", Locale: "ja"})
		m.must(err)
		m.clock.set(h.ExpiresAt + after)
		in, err := m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, h.Path)})
		if (err == nil) != (after < 0) || err == nil && in.Next != "/ja/my/orders" {
			t.Errorf("at the end %+d: %v, next %s", after, err, in.Next)
		}
	}
}

// The shop vouches for its buyers; an order under a lead's address must not be a way into the
// lead's account.
func TestHandoffIsNoWayIntoOtherAccounts(t *testing.T) {
	m := newMarket(t)
	for i, by := range []Actor{m.lead, m.agent, m.admin, m.seller, m.integration} {
		id := "mp-b-" + string(by.Role)
		m.order("X-"+string(by.Role), func(in *OrderInput) { in.Buyer = BuyerInput{ID: id, Email: by.Email} })
		_, err := m.CreateHandoff(m.ctx, m.integration, HandoffInput{BuyerID: id})
		var e *Error
		if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Code != "cannot_hand_over" {
			t.Errorf("%d %s: %v", i, by.Role, err)
		}
	}
	// Nor when the account, or its role, comes after the hand-off was made.
	m.order("A-3", func(in *OrderInput) { in.Buyer = BuyerInput{ID: "mp-b-3", Email: "three@example.com"} })
	early, err := m.CreateHandoff(m.ctx, m.integration, HandoffInput{BuyerID: "mp-b-3"})
	m.must(err)
	_, err = m.CreateAccount(m.ctx, m.admin, AccountInput{Email: "three@example.com", Role: RoleAgent})
	m.must(err)
	_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, early.Path)})
	wantCode(t, err, "sign_in_expired")
	m.order("A-1", nil)
	h, err := m.CreateHandoff(m.ctx, m.integration, HandoffInput{BuyerID: "mp-b-1"})
	m.must(err)
	_, err = m.ChangeRole(m.ctx, m.admin, m.buyer.AccountID, RoleAgent, "")
	m.must(err)
	_, err = m.ConsumeSignIn(m.ctx, SignInAnswer{Token: tokenOf(t, h.Path)})
	wantCode(t, err, "sign_in_expired")
}

func TestSandboxPeople(t *testing.T) {
	m := newMarket(t)
	_, _, err := m.SandboxToken(m.ctx, SandboxTokenInput{Email: "x@example.com", Role: RoleBuyer})
	wantCode(t, err, "forbidden")
	_, err = m.SandboxSignIn(m.ctx, m.buyer.AccountID, "", "")
	wantCode(t, err, "forbidden")
	_, err = m.SandboxPeople(m.ctx)
	wantCode(t, err, "forbidden")

	s := m.sandbox()
	secret, made, err := s.SandboxToken(m.ctx, SandboxTokenInput{Email: "Sam@Example.com", Role: RoleSeller, SellerID: "mp-s-new", Name: "サム"})
	m.must(err)
	if made.Account.Email != "sam@example.com" || made.Account.SellerID != "mp-s-new" || made.ExpiresAt != 0 {
		t.Errorf("made %+v", made)
	}
	_, err = s.SellerByID(m.ctx, "mp-s-new")
	m.must(err)
	again, second, err := s.SandboxToken(m.ctx, SandboxTokenInput{Email: "sam@example.com", Role: RoleSeller, SellerID: "mp-s-new"})
	m.must(err)
	if again == secret || second.Account != made.Account {
		t.Errorf("asked again: %+v", second)
	}
	m.clock.set(m.MachineNow().Add(10 * 365 * 24 * time.Hour))
	token, err := s.TokenBySecret(m.ctx, secret)
	m.must(err)
	if token.Actor().SellerID != "mp-s-new" {
		t.Errorf("it acts as %+v", token.Actor())
	}
	for _, in := range []SandboxTokenInput{
		{Email: "sam@example.com", Role: RoleBuyer},
		{Email: "sam@example.com", Role: RoleSeller, SellerID: "mp-s-1"},
		{Email: "x@example.com", Role: RoleSeller},
		{Email: "x@example.com", Role: "clock"},
		{Role: RoleBuyer},
	} {
		if _, _, err := s.SandboxToken(m.ctx, in); KindOf(err) != Invalid {
			t.Errorf("%+v: %v", in, err)
		}
	}
	_, err = s.SandboxSignIn(m.ctx, m.integration.AccountID, "", "")
	wantCode(t, err, "cannot_sign_in")
	_, err = s.SandboxSignIn(m.ctx, "nobody", "", "")
	wantCode(t, err, "not_found")
	in, err := s.SandboxSignIn(m.ctx, m.lead.AccountID, "Firefox", "")
	m.must(err)
	next, err := s.SandboxSignIn(m.ctx, m.admin.AccountID, "Firefox", in.Secret)
	m.must(err)
	if _, err := s.SessionBySecret(m.ctx, in.Secret); KindOf(err) != Unauthenticated {
		t.Errorf("the session before lives on: %v", err)
	}
	x, err := s.SessionBySecret(m.ctx, next.Secret)
	m.must(err)
	if x.Actor() != m.admin {
		t.Errorf("signed in as %+v", x.Actor())
	}
	for range 12 {
		_, _, err := s.SandboxToken(m.ctx, SandboxTokenInput{Email: strings.ToLower(newID()) + "@example.com", Role: RoleBuyer})
		m.must(err)
	}
	before := s.Statements()
	people, err := s.SandboxPeople(m.ctx)
	m.must(err)
	if n := s.Statements() - before; n != 1 {
		t.Errorf("the panel takes %d statements", n)
	}
	var roles []Role
	for _, a := range people {
		roles = append(roles, a.Role)
	}
	want := slices.Concat(slices.Repeat([]Role{RoleBuyer}, 10), slices.Repeat([]Role{RoleSeller}, 3), []Role{RoleAgent, RoleAgent, RoleLead, RoleAdmin})
	if !slices.Equal(roles, want) {
		t.Errorf("the panel has %v", roles)
	}
}
