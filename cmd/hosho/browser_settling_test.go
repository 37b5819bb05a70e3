package main

import (
	"os"
	"path/filepath"
	"testing"

	"hosho/models/modelstest"
	"hosho/templates"
)

// openMarketOnEither is openMarket, or the same marketplace served from MariaDB where HOSHO_TEST_DB says so.
func openMarketOnEither(t *testing.T) market {
	t.Helper()
	if os.Getenv("HOSHO_TEST_DB") != "mariadb" {
		return openMarket(t)
	}
	if testing.Short() {
		t.Skip("skipped: the browser tests are long")
	}
	words, err := templates.NewCatalog(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := market{folder: t.TempDir(), words: words}
	database, files, keys := modelstest.Database(t), "file:"+filepath.Join(m.folder, "files"), filepath.Join(m.folder, "keys")
	env := []string{"HOSHO_DATABASE=" + database, "HOSHO_EVIDENCE=" + files, "HOSHO_KEYS=" + keys}
	call(t, env, "migrate", "up").want(t, exitOK)
	settle(t, database, files, keys)
	s := startServe(t, env, "--sandbox", "--sandbox-payments")
	t.Cleanup(func() { s.stop() })
	m.base = s.base
	return m
}

// fill writes into a field by the name it is sent under.
func (g guest) fill(name, text string) {
	g.t.Helper()
	g.Click("css=main [name=" + quoted(name) + "]")
	g.Type(text)
}

// send presses the button that sends the form of the page.
func (g guest) send() {
	g.t.Helper()
	g.Click("css=main form button[type=submit]:not(.quiet, .plain)")
}

// TestSettling are the ways in which buyer and seller end a problem between them, each in the windows of both.
func TestSettling(t *testing.T) {
	t.Parallel()
	m := openMarketOnEither(t)

	t.Run("a cancellation is asked for and agreed", func(t *testing.T) {
		buyer, seller := m.signedIn(t, "ja", hanako), m.signedIn(t, "ja", kitano)
		buyer.open("my/orders/HS-1002/lines/1/cancel")
		buyer.pick("reason", "change_of_mind")
		buyer.fill("message", "同じものを買っていました。")
		buyer.Axe()
		buyer.send()
		buyer.WaitText("同じものを買っていました。")
		seller.open("seller/requests")
		seller.Click("css=main a[href*='HS-1002/lines/1/requests/']")
		seller.WaitText("同じものを買っていました。")
		seller.pick("choice", "accept")
		seller.Axe()
		seller.send()
		seller.reads("request_status.accepted")
		buyer.open("my/orders/HS-1002")
		buyer.reads("request_status.accepted")
		buyer.quiet()
		seller.quiet()
	})

	t.Run("another sum is proposed and accepted", func(t *testing.T) {
		buyer, seller := m.signedIn(t, "ja", hanako), m.signedIn(t, "ja", aoba)
		number := buyer.claimOf("HS-1005")
		buyer.open("my/claims/" + number + "/respond")
		buyer.pick("choice", "counter")
		buyer.fill("amount", "3000")
		buyer.fill("message", "2個とも使えません。")
		buyer.Axe()
		buyer.send()
		buyer.WaitText("3,000")
		seller.open("seller/cases/" + number + "/respond")
		seller.WaitText("2個とも使えません。")
		seller.pick("choice", "accept")
		seller.press("seller.next")
		seller.WaitText("3,000")
		seller.Axe()
		seller.send()
		seller.reads("status.seller.settled")
		buyer.open("my/claims/" + number)
		buyer.reads("status.buyer.settled")
		buyer.WaitText("3,000")
		buyer.quiet()
		seller.quiet()
	})

	t.Run("goods go back and the money comes", func(t *testing.T) {
		buyer, seller := m.signedIn(t, "ja", hanako), m.signedIn(t, "ja", aoba)
		number := buyer.claimOf("HS-1081")
		buyer.open("my/claims/" + number + "/return")
		buyer.WaitText("神宮前1-2-3")
		buyer.fill("carrier", "ヤマト運輸")
		buyer.fill("tracking_number", "4812-1081-7700")
		buyer.Axe()
		buyer.send()
		buyer.reads("status.buyer.awaiting_return")
		buyer.WaitText("4812-1081-7700")
		seller.open("seller/cases/" + number + "/return")
		seller.WaitText("4812-1081-7700")
		seller.pick("choice", "confirm")
		seller.Axe()
		seller.send()
		seller.reads("status.seller.settled")
		buyer.open("my/orders/HS-1081/refund")
		buyer.WaitText("4,800")
		buyer.quiet()
		seller.quiet()
	})

	t.Run("a replacement is sent", func(t *testing.T) {
		buyer, seller := m.signedIn(t, "en", hanako), m.signedIn(t, "en", aoba)
		number := buyer.claimOf("HS-1086")
		seller.open("seller/cases/" + number + "/replacement")
		seller.fill("carrier", "Japan Post")
		seller.fill("tracking_number", "5930-1086-0001")
		seller.Axe()
		seller.send()
		seller.WaitText("5930-1086-0001")
		buyer.open("my/claims/" + number)
		buyer.WaitText("5930-1086-0001")
		buyer.quiet()
		seller.quiet()
	})
}
