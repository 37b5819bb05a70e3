package main

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"hosho/models"
)

func TestAccountsAndTokens(t *testing.T) {
	env := migrated(t)
	staff := call(t, env, "account", "create", "--email", "Agent@Example.com", "--role", "agent", "--name", "審査", "--base-url", "https://hosho.example/").want(t, exitOK)
	if link := strings.TrimSpace(staff.stdout); !strings.HasPrefix(link, "https://hosho.example/ja/sign-in/") || strings.Contains(link, "\n") {
		t.Errorf("stdout is not one link: %q", staff.stdout)
	}
	system := call(t, env, "account", "create", "--email", "shop@example.com", "--role", "integration").want(t, exitOK)
	if system.stdout != "" {
		t.Errorf("an integration got a link: %q", system.stdout)
	}
	taken := call(t, env, "account", "create", "--email", "agent@example.com", "--role", "lead").want(t, exitFailed)
	says(t, taken.stderr, "email taken")
	call(t, env, "account", "create", "--email", "nowhere", "--role", "lead").want(t, exitFailed)
	call(t, env, "account", "create", "--email", "s@example.com", "--role", "seller", "--seller", "unknown").want(t, exitFailed)

	token := call(t, env, "token", "create", "--account", "SHOP@example.com", "--name", "shop").want(t, exitOK)
	secret := strings.TrimSuffix(token.stdout, "\n")
	if secret == "" || strings.ContainsAny(secret, " \n") || token.stderr != "" {
		t.Fatalf("not the token alone: %q %q", token.stdout, token.stderr)
	}
	says(t, call(t, env, "token", "create", "--account", "nobody@example.com", "--name", "x").want(t, exitFailed).stderr, "nobody@example.com")

	store, err := models.Open(t.Context(), models.Config{Database: strings.TrimPrefix(env[0], "HOSHO_DATABASE=")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	got, err := store.TokenBySecret(t.Context(), secret)
	if err != nil || got.Account.Email != "shop@example.com" || got.Account.Role != models.RoleIntegration {
		t.Errorf("the token acts as %+v, %v", got.Account, err)
	}

	// What was done stands in the audit log, which shows what is changed in it.
	says(t, call(t, env, "verify").want(t, exitOK).stdout, "intact    audit log: 4 entries")
	db := raw(t, strings.TrimPrefix(env[0], "HOSHO_DATABASE="))
	if _, err := db.ExecContext(t.Context(), "UPDATE audit_entries SET target_id = 'x' WHERE seq = 2"); err != nil {
		t.Fatal(err)
	}
	says(t, call(t, env, "verify").want(t, exitFailed).stdout, "TAMPERED  entry 2 of the audit log")
	call(t, nil, "verify").want(t, exitUsage)
}

// raw is a connection past the program to a database of a test.
func raw(t *testing.T, address string) *sql.DB {
	t.Helper()
	driver, name, _ := strings.Cut(address, ":")
	if driver == "mysql" {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		password, _ := u.User.Password()
		name = u.User.Username() + ":" + password + "@tcp(" + u.Host + ")" + u.Path
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
