package handlers

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"hosho/models"
)

// One button takes the next case, from the queue and from a case; where none waits it says so.
func TestNextCase(t *testing.T) {
	p := newPortal(t)
	first, second := p.review("o-1"), p.review("o-2")
	v := p.as("agent")
	wants(t, "queue", v.page(200, "/ja/staff/queue"), `action="/ja/staff/next"`, "次の案件を担当する", `data-key="t"`)
	if to := v.post(303, "/ja/staff/next", url.Values{}); !strings.HasPrefix(to, "/ja/staff/cases/"+first+"?") {
		t.Fatalf("it leads to %s", to)
	}
	wants(t, "case", v.page(200, "/ja/staff/cases/"+first+"?v=unassigned&done=taken"), `action="/ja/staff/next?v=unassigned"`, "担当になりました")
	if to := v.post(303, "/ja/staff/next?v=unassigned", url.Values{}); to != "/ja/staff/cases/"+second+"?v=unassigned&done=taken" {
		t.Fatalf("it leads to %s", to)
	}
	to := v.post(303, "/en/staff/next", url.Values{})
	wants(t, "nothing left", v.page(200, to), "There is no case to take right now")
	lacks(t, "an admin's queue", p.as("admin").page(200, "/ja/staff/queue"), "/staff/next")

	if got := p.want(200, "lead", "POST", "/claims/next", `{}`); got.at("claim") != nil {
		t.Errorf("a claim where none waits: %v", got)
	}
	p.want(200, "agent", "POST", "/claims/"+second+"/actions/release", `{}`)
	if got := p.want(200, "lead", "POST", "/claims/next", `{}`).str("claim", "number"); got != second {
		t.Errorf("the next claim is %s, not %s", got, second)
	}
}

// One's own cases say when they go back; the clock moved on, they are nobody's, and the one who had them is told.
func TestCaseGoesBackOnPages(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	v := p.as("agent")
	v.post(303, "/ja/staff/next", url.Values{})
	wants(t, "case", v.page(200, "/ja/staff/cases/"+number), "まで何も操作しないと、担当のいない案件に戻ります。")
	wants(t, "mine", v.page(200, "/ja/staff/queue?v=mine"), number, "に戻る)")
	lacks(t, "a colleague's page", p.as("lead").page(200, "/ja/staff/cases/"+number), "何も操作しないと")
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"30m"}`)
	wants(t, "gone back", v.page(200, "/ja/staff/cases/"+number), "担当: なし", "操作がないため、担当のいない案件に戻りました")
	lacks(t, "mine", v.page(200, "/ja/staff/queue?v=mine"), number+"</a>")
	wants(t, "notices", v.page(200, "/ja/my/notices"), "担当していた案件を戻しました")
	lacks(t, "mail", v.page(200, "/ja/sandbox/mail"), "担当していた案件を戻しました")
	lacks(t, "the buyer", p.as("b1").page(200, "/ja/my/claims/"+number), "戻りました")
}

func TestLanguagesInSettings(t *testing.T) {
	p := newPortal(t)
	v := p.as("agent")
	wants(t, "settings", v.page(200, "/ja/settings"), "担当する言語")
	lacks(t, "a buyer's settings", p.as("b1").page(200, "/ja/settings"), "担当する言語")
	if to := v.post(303, "/ja/settings/languages", url.Values{"languages": {"en", "xx"}}); to != "/ja/settings#languages" {
		t.Errorf("it leads to %s", to)
	}
	page := v.page(200, "/ja/settings")
	if strings.Count(page, " checked") < 1 || !strings.Contains(page, `value="en" checked`) {
		t.Error("what was ticked is not ticked")
	}
}

// A case says how long each had it, and a colleague among many is chosen from a list.
func TestTimeInHandAndManyColleagues(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	here := "/ja/staff/cases/" + number
	v := p.as("agent")
	lacks(t, "not taken yet", v.page(200, here), "手元にあった時間")
	v.post(303, here+"/take", url.Values{})
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"12m"}`)
	for i := range 12 {
		in := models.AccountInput{Email: fmt.Sprintf("many%d@example.com", i), Name: fmt.Sprintf("同僚%02d", i), Role: models.RoleAgent}
		if _, err := p.store.CreateAccount(t.Context(), models.Operator, in); err != nil {
			t.Fatal(err)
		}
	}
	form := v.page(200, here+"/assign")
	wants(t, "list", form, `<select id="f-to" name="to"`, "同僚00", "同僚11")
	to := regexp.MustCompile(`<option value="([^"]+)">同僚07`).FindStringSubmatch(form)
	if to == nil {
		t.Fatal(form)
	}
	wants(t, "nobody chosen", v.post(422, here+"/assign", with(hidden(form), "to", "", "reason", "回答待ちです。")), "引き継ぐ相手を選択してください", "回答待ちです。")
	bad := v.post(422, here+"/assign", with(hidden(form), "to", to[1], "reason", strings.Repeat("長", 4001)))
	wants(t, "too long", bad, `<option value="`+to[1]+`" selected`)
	v.post(303, here+"/assign", with(hidden(form), "to", to[1]))
	wants(t, "in hand", v.page(200, here), "手元にあった時間", " 12分", "同僚07 0分", "合計 12分")
	lacks(t, "the buyer", p.as("b1").page(200, "/ja/my/claims/"+number), "手元にあった時間")
}
