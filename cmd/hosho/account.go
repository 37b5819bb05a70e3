package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hosho/models"
)

type accountCommand struct {
	Create accountCreateCommand `cmd:"" help:"Make an account and print a one-time sign-in link for it (none for integration)."`
}

type accountCreateCommand struct {
	databaseFlags
	Email   string `placeholder:"ADDRESS" help:"The address the account signs in with."`
	Role    string `placeholder:"ROLE" help:"buyer, seller, agent, lead, admin or integration."`
	Seller  string `placeholder:"ID" help:"The seller a member acts for, by the marketplace's id."`
	Name    string `help:"The person's or system's name."`
	Locale  string `placeholder:"LANGUAGE" help:"The language of mails, ja or en (ja)."`
	BaseURL string `placeholder:"URL" help:"The portal's public address, for the link (http://localhost:8080)."`
}

// printedLinkLife is how long a link on an operator's screen works.
const printedLinkLife = time.Hour

func (cmd accountCreateCommand) Run(ctx context.Context, p program) error {
	var c config
	wrong := p.wrong
	cmd.check(&c, &wrong, defaultZone)
	if cmd.Email == "" {
		wrong.add("email", "is needed")
	}
	role := models.Role(cmd.Role)
	if !slices.Contains(models.Roles, role) {
		wrong.add("role", "want buyer, seller, agent, lead, admin or integration")
	}
	switch {
	case role == models.RoleSeller && cmd.Seller == "":
		wrong.add("seller", "is needed for the role seller")
	case role != models.RoleSeller && cmd.Seller != "":
		wrong.add("seller", "has no meaning for this role")
	}
	base := checkBaseURL(cmd.BaseURL, &wrong)
	if base == "" {
		base = "http://localhost" + defaultListen
	}
	if err := wrong.err(); err != nil {
		return err
	}
	store, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	account, err := store.CreateAccount(ctx, models.Operator, models.AccountInput{
		Email: cmd.Email, Name: cmd.Name, Locale: cmd.Locale, Role: role, SellerID: cmd.Seller,
	})
	if err != nil {
		return fmt.Errorf("create account: %w", plain(err))
	}
	if role == models.RoleIntegration {
		_, _ = fmt.Fprintf(p.stderr, "%s was created. Make its token with: hosho token create --account %s --name NAME\n", account.Email, account.Email)
		return nil
	}
	path, expires, err := store.PrintSignIn(ctx, models.Operator, account.ID, printedLinkLife)
	if err != nil {
		return fmt.Errorf("create account: %w", plain(err))
	}
	p.printf("%s%s\n", base, path)
	_, _ = fmt.Fprintf(p.stderr, "%s was created. The link works once, until %s.\n", account.Email, expires)
	return nil
}

// plain says a refusal in words for a terminal: the code and the fields it is about.
func plain(err error) error {
	var e *models.Error
	if !errors.As(err, &e) || e.Err != nil {
		return err
	}
	words := e.Code
	if d := detailOf(e); d != "" {
		words += " (" + d + ")"
	}
	return errors.New(strings.ReplaceAll(words, "_", " "))
}
