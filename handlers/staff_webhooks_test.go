package handlers

import (
	"context"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hosho/models"
)

// An admin adds an address, is shown its secret once, sends a test and deletes it.
func TestWebhookPages(t *testing.T) {
	p := newPortal(t)
	admin := p.as("admin")
	list := admin.page(200, "/ja/staff/webhooks")
	wants(t, "empty", list, "送り先はまだありません", `href="/ja/staff/webhooks/new"`, `aria-current="page">出来事の送り先`)
	form := admin.page(200, "/ja/staff/webhooks/new")
	wants(t, "nothing", admin.post(422, "/ja/staff/webhooks/new", hidden(form)), `href="#f-url"`, "送り先のアドレスを入力してください")
	wants(t, "wrong", admin.post(422, "/ja/staff/webhooks/new", with(hidden(form), "url", "ftp://x.example/", "types", "decided")), `href="#f-url"`, `href="#f-types"`, `value="ftp://x.example/"`, `value="decided"`, "「区分.出来事」の形に")
	sent := with(hidden(form), "url", "https://shop.example/hooks", "types", "claim.*、refund.*")
	made := admin.post(200, "/ja/staff/webhooks/new", sent)
	secret := regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`).FindString(made)
	if secret == "" {
		t.Fatalf("no secret in %s", made)
	}
	if to := admin.post(303, "/ja/staff/webhooks/new", sent); to != "/ja/staff/webhooks" {
		t.Errorf("sent twice leads to %s", to)
	}
	here := regexp.MustCompile(`/ja/staff/webhooks/[0-9a-f-]{36}`).FindString(made)
	list = admin.page(200, "/ja/staff/webhooks")
	wants(t, "list", list, `href="`+here+`"`, "https://shop.example/hooks", "正常")
	if strings.Count(list, "https://shop.example/hooks") != 1 {
		t.Error("one form has made two")
	}
	one := admin.page(200, here)
	wants(t, "one", one, "claim.* refund.*", "送信はまだありません", "試しに送る", here+"/delete")
	lacks(t, "one", one, "whsec_", "送信を再開する")
	to := admin.post(303, here+"/test", url.Values{})
	wants(t, "tested", admin.page(200, to), "試しの送信を受け付けました", "webhook.test", "送信待ち")
	if to := admin.post(303, here+"/enable", url.Values{}); to != here+"?done="+notNow {
		t.Errorf("not stopped, it leads to %s", to)
	}
	wants(t, "in English", admin.raw("/en"+here[3:]), "Send a test", "What was sent in the last 30 days")
	wants(t, "delete", admin.page(200, here+"/delete"), "この送り先を削除しますか", "元に戻せません", "https://shop.example/hooks")
	to = admin.post(303, here+"/delete", url.Values{})
	wants(t, "deleted", admin.page(200, to), "送り先を削除しました", "送り先はまだありません")
	admin.page(404, here)
	p.as("agent").page(403, "/ja/staff/webhooks")
	if log := p.log.String(); strings.Contains(log, secret) || !strings.Contains(log, "webhook endpoint deleted") {
		t.Errorf("the log: %s", log)
	}
}

// receiverOf is a receiver that answers with a status.
type receiverOf struct{ status int }

func (a *receiverOf) Post(context.Context, string, map[string]string, string) (models.Posted, error) {
	return models.Posted{Status: a.status}, nil
}

// What failed is shown with its reason and sent again; a receiver that wants no more is resumed.
func TestWebhookPagesOfWhatFails(t *testing.T) {
	receiver := &receiverOf{500}
	p := newPortal(t, func(c *models.Config, _ *Config) { c.Poster = receiver })
	here := "/ja/staff/webhooks/" + p.webhook("admin")
	admin := p.as("admin")
	send := func() {
		t.Helper()
		if _, err := p.store.DeliverWebhooks(t.Context(), 1, 10); err != nil {
			t.Fatal(err)
		}
	}
	again := func() string {
		t.Helper()
		return regexp.MustCompile(here + `/deliveries/[0-9a-f-]{36}`).FindString(admin.page(200, here))
	}
	admin.post(303, here+"/test", url.Values{})
	if to := again(); to != "" {
		t.Errorf("what has not failed is sent again at %s", to)
	}
	send()
	wants(t, "failed", admin.page(200, here), "失敗が続いています", "受信側の応答は500でした", `<code class="hash">https://shop.example/hooks</code>`)
	wants(t, "list", admin.page(200, "/ja/staff/webhooks"), "失敗が続いています", "受信側の応答は500でした")
	wants(t, "in English", admin.raw("/en"+here[3:]), "The receiver answered 500", "Send now")
	stop := again()
	wants(t, "stop", admin.page(200, stop), "この送信をもう一度行いますか", "webhook.test", "受信側の応答は500でした", `href="`+here+`"`)
	admin.page(404, here+"/deliveries/none")
	receiver.status = 410
	to := admin.post(303, stop, url.Values{})
	wants(t, "retried", admin.page(200, to), "送信を受け付けました")
	send()
	wants(t, "gone", admin.page(200, here), "停止中", "受信側が410", "送信を再開する")
	lacks(t, "gone", admin.page(200, here), "試しに送る", "もう一度送る")
	if got := admin.send("GET", stop, "", nil).header.Get("Location"); got != here+"?done="+notNow {
		t.Errorf("while nothing is sent, another try leads to %s", got)
	}
	receiver.status = 204
	wants(t, "resumed", admin.page(200, admin.post(303, here+"/enable", url.Values{})), "送信を再開しました", "試しに送る")
	send()
	wants(t, "delivered", admin.page(200, here), "届きました", ">204<", "最後に届いた日時")
	if to := admin.post(303, stop, url.Values{}); to != here+"?done="+notNow {
		t.Errorf("what was delivered is sent again and leads to %s", to)
	}
}

// Every reason a try can fail for is said in both languages.
func TestWebhookReasonsHaveWords(t *testing.T) {
	p := newPortal(t)
	var causes []string
	for _, file := range []string{"../cmd/hosho/webhooks.go", "../models/webhook_deliver.go"} {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`errors\.New\("([^"]+)"\)`).FindAllStringSubmatch(string(code), -1) {
			causes = append(causes, m[1])
		}
	}
	if !slices.Contains(causes, "the connection was refused") || len(causes) < 8 {
		t.Fatalf("found %q", causes)
	}
	causes = append(causes, "the receiver answered 503")
	for _, cause := range causes {
		if said := (words{p.h, "ja", p.h.catalog}).webhookWhy(cause); !japanese.MatchString(said) {
			t.Errorf("%q is %q", cause, said)
		}
	}
	if said := (words{p.h, "ja", p.h.catalog}).webhookWhy("key is lost"); said != "key is lost" {
		t.Errorf("what is not known is %q", said)
	}
}
