package main

import (
	"context"
	"fmt"
	"time"

	"hosho/models"
)

// demoPeople are those whose links the demo prints, one of each role that has pages.
var demoPeople = []models.AccountInput{
	{Email: "hana@buyer.example", Name: "佐藤 花", Locale: "ja", Role: models.RoleBuyer},
	{Email: "mori@shop-aoi.example", Name: "森 葵", Locale: "ja", Role: models.RoleSeller, SellerID: "aoi"},
	{Email: "agent@hosho.example", Name: "審査 一郎", Locale: "ja", Role: models.RoleAgent},
	{Email: "lead@hosho.example", Name: "統括 文", Locale: "ja", Role: models.RoleLead},
	{Email: "admin@hosho.example", Name: "Admin", Locale: "en", Role: models.RoleAdmin},
}

var demoBuyers = []models.BuyerInput{
	{ID: "b-hana", Email: "hana@buyer.example", Name: "佐藤 花", Locale: "ja"},
	{ID: "b-ken", Email: "ken@buyer.example", Name: "高橋 健", Locale: "ja"},
	{ID: "b-emma", Email: "emma@buyer.example", Name: "Emma Clarke", Locale: "en"},
	{ID: "b-yui", Email: "yui@buyer.example", Name: "伊藤 結衣", Locale: "ja"},
}

var demoSellers = []models.SellerInput{
	{ID: "aoi", Name: "あおい雑貨店", Locale: "ja", Members: []models.MemberInput{{Email: "mori@shop-aoi.example", Name: "森 葵"}}},
	{ID: "kumo", Name: "くも電機", Locale: "ja", Members: []models.MemberInput{{Email: "shop@kumo.example", Name: "雲井 誠"}}},
	{ID: "nami", Name: "なみ靴店", Locale: "ja", Members: []models.MemberInput{{Email: "nami@nami.example", Name: "波多野 渚"}}},
	{ID: "harbor", Name: "Harbor Books", Locale: "en", Members: []models.MemberInput{{Email: "desk@harbor.example", Name: "Sam Lee"}}},
	{ID: "sora", Name: "そらカメラ", Locale: "ja", Members: []models.MemberInput{{Email: "sora@sora.example", Name: "青木 空"}}},
}

// seed fills an empty database with the demo's marketplace: people, sellers and orders whose
// times are told from now. A database that has been seeded is left as it is.
func seed(ctx context.Context, store *models.Store) error {
	_, err := store.AccountByEmail(ctx, demoPeople[len(demoPeople)-1].Email)
	if err == nil {
		return nil
	}
	if models.KindOf(err) != models.NotFound {
		return fmt.Errorf("seed: %w", err)
	}
	for _, seller := range demoSellers {
		if _, _, err := store.PutSeller(ctx, models.Operator, seller); err != nil {
			return fmt.Errorf("seed seller %s: %w", seller.ID, err)
		}
	}
	if err := seedOrders(ctx, store); err != nil {
		return err
	}
	for _, buyer := range demoBuyers {
		if _, err := store.CreateAccount(ctx, models.Operator, models.AccountInput{Email: buyer.Email, Name: buyer.Name, Locale: buyer.Locale, Role: models.RoleBuyer}); err != nil {
			return fmt.Errorf("seed buyer %s: %w", buyer.ID, err)
		}
	}
	// Staff last, the admin last of all: that account says that the rest is there.
	for _, person := range demoPeople {
		if person.Role == models.RoleBuyer || person.Role == models.RoleSeller {
			continue
		}
		if _, err := store.CreateAccount(ctx, models.Operator, person); err != nil {
			return fmt.Errorf("seed %s: %w", person.Role, err)
		}
	}
	return nil
}

func seedOrders(ctx context.Context, store *models.Store) error {
	now, err := store.Now(ctx)
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	orders := demoOrders(now.Time().Truncate(time.Minute), store.Zone())
	results, err := store.PutOrders(ctx, models.Actor{Role: models.RoleIntegration}, orders)
	if err != nil {
		return fmt.Errorf("seed orders: %w", err)
	}
	for i, r := range results {
		if r.Err != nil {
			return fmt.Errorf("seed order %s: %w", orders[i].Number, r.Err)
		}
	}
	return nil
}
