// Package seed fills the sandbox with a small living marketplace: people, orders in every
// state that matters and claims in every status there is. It makes nothing up behind the
// program's back: it turns the sandbox's clock back, lets everybody act through the same
// use cases as a page or the API, and lets time pass until now, so that reminders, silences
// and decisions are real ones.
package seed

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"hosho/models"
)

// People are those a visitor may be, by their accounts.
type People struct {
	Buyers      []models.Account
	Members     []models.Account // of sellers, one each
	Agents      []models.Account
	Leads       []models.Account
	Admin       models.Account
	Integration models.Account
}

// history is how long ago the marketplace's story begins.
const history = 130 * 24 * time.Hour

// story is a marketplace being told: what happens when, in any order, played in time.
type story struct {
	s      *models.Store
	now    models.Instant // the present, where the story ends
	people People
	events []event
	orders map[string]models.OrderInput
	claims map[string]string // by order number
}

type event struct {
	at   models.Instant
	what string
	do   func(ctx context.Context) error
}

// Market makes the sample marketplace in an empty database of the sandbox, and so many made-up
// sellers beside it. A database that has orders already is left as it is.
func Market(ctx context.Context, s *models.Store, madeUp int) (People, error) {
	st := &story{s: s, now: s.MachineNow(), orders: map[string]models.OrderInput{}, claims: map[string]string{}}
	if err := st.makePeople(ctx); err != nil {
		return People{}, fmt.Errorf("seed: %w", err)
	}
	if _, _, err := s.Orders(ctx, st.people.Integration.Actor(), models.Page{Limit: 1}); err != nil {
		return People{}, fmt.Errorf("seed: %w", err)
	}
	done, err := st.told(ctx)
	if err != nil || done {
		return st.people, err
	}
	if err := s.SetSandboxStart(ctx, st.now.Add(-history)); err != nil {
		return People{}, fmt.Errorf("seed: %w", err)
	}
	st.tellOrders()
	st.tellClaims()
	st.tellDesk()
	st.tellRefunds()
	st.tellReturns()
	st.tellReplacements()
	st.tellRequests()
	st.tellCauses()
	st.tellAppeals()
	st.tellQuality()
	st.tellEnforcement()
	st.tellFlags()
	st.tellWebhooks()
	st.tellPolicy()
	st.tellScale(madeUp)
	if err := st.play(ctx); err != nil {
		return People{}, fmt.Errorf("seed: %w", err)
	}
	return st.people, nil
}

// told reports whether the story stands in the database already.
func (st *story) told(ctx context.Context) (bool, error) {
	orders, _, err := st.s.Orders(ctx, st.people.Integration.Actor(), models.Page{Limit: 1})
	if err != nil {
		return false, fmt.Errorf("seed: %w", err)
	}
	return len(orders) > 0, nil
}

// ago is an instant of the story, counted back from the present.
func (st *story) ago(d time.Duration) models.Instant { return st.now.Add(-d) }

func (st *story) at(ago time.Duration, what string, do func(ctx context.Context) error) {
	st.events = append(st.events, event{st.ago(ago), what, do})
}

// play lets time pass from event to event, and everything due happens on the way.
func (st *story) play(ctx context.Context) error {
	slices.SortStableFunc(st.events, func(a, b event) int { return int(max(-1, min(1, a.at-b.at))) })
	for _, e := range st.events {
		if _, _, err := st.s.MoveClock(ctx, e.at); err != nil {
			return fmt.Errorf("%s: let time pass: %w", e.what, err)
		}
		if err := e.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", e.what, err)
		}
	}
	_, _, err := st.s.MoveClock(ctx, max(st.now, st.s.MachineNow()))
	return err
}

func (st *story) makePeople(ctx context.Context) error {
	staff := []struct {
		to   *[]models.Account
		role models.Role
		name string
		mail string
	}{
		{&st.people.Agents, models.RoleAgent, "森 由美", "mori@hosho.example"},
		{&st.people.Agents, models.RoleAgent, "阿部 大輔", "abe@hosho.example"},
		{&st.people.Leads, models.RoleLead, "中村 恵", "nakamura@hosho.example"},
		{&st.people.Leads, models.RoleLead, "Daniel Reed", "reed@hosho.example"},
		{nil, models.RoleAdmin, "石川 直子", "ishikawa@hosho.example"},
		{nil, models.RoleIntegration, "マーケットプレイス連携", "integration@hosho.example"},
	}
	for _, p := range staff {
		locale := "ja"
		if p.mail == "reed@hosho.example" {
			locale = "en"
		}
		a, err := st.account(ctx, models.AccountInput{Email: p.mail, Name: p.name, Locale: locale, Role: p.role})
		if err != nil {
			return err
		}
		switch p.role {
		case models.RoleAdmin:
			st.people.Admin = a
		case models.RoleIntegration:
			st.people.Integration = a
		default:
			*p.to = append(*p.to, a)
		}
	}
	for _, s := range sellers {
		if _, _, err := st.s.PutSeller(ctx, st.people.Integration.Actor(), models.SellerInput{
			ID: s.id, Name: s.name, Locale: s.locale, Members: []models.MemberInput{{Email: s.mail, Name: s.member}},
		}); err != nil {
			return fmt.Errorf("seller %s: %w", s.name, err)
		}
		a, err := st.s.AccountByEmail(ctx, s.mail)
		if err != nil {
			return err
		}
		st.people.Members = append(st.people.Members, a)
	}
	for _, b := range buyers {
		a, err := st.account(ctx, models.AccountInput{Email: b.mail, Name: b.name, Locale: b.locale, Role: models.RoleBuyer})
		if err != nil {
			return err
		}
		st.people.Buyers = append(st.people.Buyers, a)
	}
	return nil
}

func (st *story) account(ctx context.Context, in models.AccountInput) (models.Account, error) {
	a, err := st.s.CreateAccount(ctx, models.Operator, in)
	if models.CodeOf(err) == "email_taken" {
		return st.s.AccountByEmail(ctx, in.Email)
	}
	if err != nil {
		return models.Account{}, fmt.Errorf("account %s: %w", in.Email, err)
	}
	return a, nil
}

// buyer and seller are the accounts behind an order.
func (st *story) buyer(order string) models.Actor {
	id := st.orders[order].Buyer.ID
	i := slices.IndexFunc(buyers, func(b person) bool { return b.id == id })
	return st.people.Buyers[i].Actor()
}

func (st *story) seller(order string) models.Actor {
	id := st.orders[order].Lines[0].Seller.ID
	i := slices.IndexFunc(sellers, func(s shop) bool { return s.id == id })
	return st.people.Members[i].Actor()
}

// picture uploads a screenshot made here and returns its id.
func (st *story) picture(ctx context.Context, by models.Actor, name string, p picture) (string, error) {
	body, err := p.png()
	if err != nil {
		return "", err
	}
	u, err := st.s.ReceiveUpload(ctx, by, models.ReceiveUpload{FileName: name, MediaType: "image/png"}, bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("picture %s: %w", name, err)
	}
	return u.ID, nil
}
