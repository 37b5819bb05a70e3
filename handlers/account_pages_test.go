package handlers

import (
	"regexp"
	"strings"
	"testing"

	"hosho/models"
)

// An admin adds somebody, gives them another role, signs them out, stops and resumes them; each
// of it is one entry of the audit log, which is read, searched and saved.
func TestAccountPagesAndAuditLog(t *testing.T) {
	p := newPortal(t)
	p.order("o-1")
	admin := p.as("admin")
	list := admin.page(200, "/ja/staff/users")
	wants(t, "list", list, `aria-current="page">アカウント`, `href="/ja/staff/users/new"`, "審査担当", "設定")
	if strings.Contains(list, "b1@example.com") {
		t.Error("buyers stand among the house's people")
	}
	wants(t, "buyers", admin.page(200, "/ja/staff/users?role=buyer"), "b1@example.com")
	wants(t, "nobody", admin.page(422, "/ja/staff/users?email=nobody@example.com"), `value="nobody@example.com"`, "このメールアドレスのアカウントはありません")

	form := admin.page(200, "/ja/staff/users/new")
	if strings.Contains(form, `value="admin"`) {
		t.Error("an admin may make admins")
	}
	wants(t, "nothing", admin.post(422, "/ja/staff/users/new", hidden(form)), `href="#f-email"`, `href="#f-role"`)
	wants(t, "taken", admin.post(422, "/ja/staff/users/new", with(hidden(form), "email", "b1@example.com", "role", "agent", "name", "名前")), `href="#f-email"`, `value="名前"`)
	sent := with(hidden(form), "email", "New@Example.com", "role", "agent", "name", "新人 <b>")
	here := admin.post(303, "/ja/staff/users/new", sent)
	id := regexp.MustCompile(`[0-9a-f-]{36}`).FindString(here)
	if to := admin.post(303, "/ja/staff/users/new", sent); to != "/ja/staff/users" && !strings.Contains(to, id) {
		t.Errorf("sent twice leads to %s", to)
	}
	one := "/ja/staff/users/" + id
	wants(t, "made", admin.page(200, here), "アカウントを追加しました", "new@example.com", "新人 &lt;b&gt;", one+"/role", one+"/disable")
	if to := admin.page(303, "/ja/staff/users?email=NEW@example.com"); !strings.Contains(to, one) && to != "" {
		t.Errorf("the address leads to %s", to)
	}
	wants(t, "no role", admin.post(422, one+"/role", with(nil)), `href="#f-role"`)
	wants(t, "a seller of nobody", admin.post(422, one+"/role", with(nil, "role", "seller", "seller_id", "nobody")), `href="#f-seller_id"`, `value="nobody"`)
	for _, x := range []struct{ act, done string }{{"role", "役割を変更しました"}, {"sign-out", "サインアウトさせました"}, {"disable", "停止しました"}, {"enable", "再開しました"}} {
		admin.page(200, one+"/"+x.act)
		wants(t, x.act, admin.page(200, admin.post(303, one+"/"+x.act, with(nil, "role", "lead"))), x.done)
	}
	own := p.actor("admin").AccountID
	wants(t, "one's own", admin.page(200, "/ja/staff/users/"+own), "自分のアカウントは変更できません")
	admin.post(403, "/ja/staff/users/"+own+"/disable", with(nil))
	for _, x := range []string{"role", "disable"} { // nor is a form filled in for nothing
		if to := admin.page(303, "/ja/staff/users/"+own+"/"+x); !strings.Contains(to, `users/`+own+`"`) {
			t.Errorf("%s leads to %s", x, to)
		}
	}
	p.as("lead").page(403, "/ja/staff/users")
	p.as("lead").page(404, one)

	log := admin.page(200, "/ja/staff/audit?target="+id)
	wants(t, "log", log, "アカウントの作成", "役割の変更", "サインアウトの強制", "アカウントの停止", "アカウントの再開", "新人 &lt;b&gt;", "/ja/staff/audit/csv?target="+id)
	for path, words := range map[string][]string{
		"?who=lead@example.com":                        {"断られた操作"},
		"?who=admin@example.com&what=account.disabled": {"アカウントの停止"},
		"?since=2100-01-01":                            {"この条件に合う記録はありません"},
	} {
		wants(t, path, admin.page(200, "/ja/staff/audit"+path), words...)
	}
	wants(t, "wrong", admin.page(422, "/ja/staff/audit?who=x@example.com&since=x&until=2026-02-30&what=nothing"), "このメールアドレスのアカウントはありません", "日付を年-月-日の形で", "この種類の操作はありません", `value="x@example.com"`)
	admin.page(404, "/ja/staff/audit?cursor=x")
	admin.page(404, "/ja/staff/audit/0")
	entry := regexp.MustCompile(`/ja/staff/audit/[0-9]+`).FindString(log)
	wants(t, "entry", admin.page(200, entry), "改ざんの検査", "192.0.2.1", "審査責任者")
	file := admin.page(200, "/ja/staff/audit/csv?who=admin@example.com")
	wants(t, "file", file, "\ufeff", "account.role_changed", `{""before"":""agent"",""role"":""lead""}`)
	wants(t, "the file itself", admin.page(200, "/ja/staff/audit"), "操作の記録の保存")
	admin.page(303, "/ja/staff/audit/csv?who=x@example.com")

	got := p.want(200, "admin", "GET", "/audit?limit=1&type=account.created", "")
	if got.str("items", 0, "data", "target", "id") != id || got.str("items", 0, "actor", "role") != "admin" {
		t.Errorf("the API says %s", got.raw)
	}
	p.wantCode(422, "invalid_fields", "admin", "GET", "/audit?from=x", "")
	p.wantCode(400, "unknown_field", "admin", "GET", "/audit?q=x", "")
	if r, err := p.store.VerifyAudit(t.Context()); err != nil || !r.All || r.Fault != "" {
		t.Errorf("the chain: %+v, %v", r, err)
	}
	if _, err := p.store.AccountByID(t.Context(), id); err != nil {
		t.Error(err)
	}
}

// Every action and target the log can name has its words.
func TestAuditHasWords(t *testing.T) {
	p := newPortal(t)
	for _, locale := range []string{"ja", "en"} {
		for _, x := range models.AuditTypes {
			if p.h.text(locale, "audit_type."+string(x), nil) == "" {
				t.Errorf("%s: no words for %s", locale, x)
			}
		}
		for _, x := range models.AuditTargetKinds {
			if p.h.text(locale, "audit_target."+string(x), nil) == "" {
				t.Errorf("%s: no words for %s", locale, x)
			}
		}
	}
}
