package main

import (
	"context"
	"fmt"

	"hosho/models"
)

type tokenCommand struct {
	Create tokenCreateCommand `cmd:"" help:"Make a token that acts as an account, and print it alone, the only time."`
}

type tokenCreateCommand struct {
	databaseFlags
	Account string `placeholder:"ADDRESS" help:"The account's address."`
	Name    string `help:"What the token is for."`
}

func (cmd tokenCreateCommand) Run(ctx context.Context, p program) error {
	var c config
	wrong := p.wrong
	cmd.check(&c, &wrong, defaultZone)
	if cmd.Account == "" {
		wrong.add("account", "is needed: the address of an account")
	}
	if cmd.Name == "" {
		wrong.add("name", "is needed: what the token is for")
	}
	if err := wrong.err(); err != nil {
		return err
	}
	store, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	account, err := store.AccountByEmail(ctx, cmd.Account)
	if models.KindOf(err) == models.NotFound {
		return fmt.Errorf("create token: no account has the address %s", cmd.Account)
	}
	if err != nil {
		return fmt.Errorf("create token: %w", err)
	}
	secret, _, err := store.CreateToken(ctx, models.Operator, account.ID, cmd.Name, 0)
	if err != nil {
		return fmt.Errorf("create token: %w", plain(err))
	}
	p.printf("%s\n", secret)
	return nil
}
