package handlers

import (
	"encoding/json"
	"reflect"
	"testing"
)

// Policy over the API: anybody reads the versions, a lead drafts and proposes, an admin who did
// not propose publishes; what was read can be sent back as it is.
func TestPolicyAPI(t *testing.T) {
	p := newPortal(t)
	first := p.want(200, "", "GET", "/policies/1", "")
	if got := first.at("values", "wait_hours"); got != float64(48) {
		t.Errorf("the wait is %v", got)
	}
	if values := first.at("values").(map[string]any); values["abuse_accounts"] != nil || values["appeal_days"] != float64(30) {
		t.Errorf("anybody reads %v and %v", values["abuse_accounts"], values["appeal_days"])
	}
	p.want(404, "", "GET", "/policies/99", "")
	p.want(404, "", "GET", "/policies/one", "")
	p.want(400, "", "GET", "/policies?state=past", "")

	p.want(422, "lead", "POST", "/policy-drafts", `{"name":""}`)
	p.want(422, "lead", "POST", "/policy-drafts", `{"name":"短い待ち時間","from_version":99}`)
	d := p.want(201, "lead", "POST", "/policy-drafts", `{"name":"短い待ち時間"}`)
	if d.at("values").(map[string]any)["abuse_accounts"] == nil {
		t.Error("a lead does not read the thresholds of abuse")
	}
	draft := "/policy-drafts/" + d.str("id")
	act := draft + "/actions/"

	// All of it sent back changes nothing.
	values, err := json.Marshal(d.at("values"))
	if err != nil {
		t.Fatal(err)
	}
	same := p.want(200, "lead", "POST", act+"change", `{"values":`+string(values)+`}`)
	if !reflect.DeepEqual(same.at("values"), d.at("values")) || len(same.at("changes").([]any)) != 0 {
		t.Errorf("sent back it reads %v with changes %v", same.at("values"), same.at("changes"))
	}
	p.want(422, "lead", "POST", act+"propose", `{"reason":"何も変えない"}`)
	p.want(422, "lead", "POST", act+"change", `{"values":{"wait_hours":"soon"}}`)
	p.want(422, "lead", "POST", act+"change", `{"values":{"wait_hours":null}}`)
	p.want(400, "lead", "POST", act+"change", `{"values":{"wait_hours":{"hours":24}}}`)
	p.want(400, "lead", "POST", act+"change", `{"values":{"wait_hours":[[24]]}}`)
	p.want(400, "lead", "POST", act+"change", `{"values":[24]}`)
	p.want(400, "lead", "POST", act+"change", `{"values":{"wait_hours":24,"wait_hours":12}}`)
	p.want(422, "lead", "POST", act+"change", `{"values":{"no_such_value":1}}`)
	p.want(409, "lead", "POST", act+"change", `{"version":1,"values":{"wait_hours":24}}`)
	changed := p.want(200, "lead", "POST", act+"change", `{"version":2,"name":"24時間","values":{"wait_hours":24}}`)
	if got := changed.at("changes"); !reflect.DeepEqual(got, []any{map[string]any{"name": "wait_hours", "old": float64(48), "new": float64(24)}}) {
		t.Errorf("changes are %v", got)
	}
	p.want(404, "lead", "POST", act+"approve", `{}`)
	p.want(409, "admin", "POST", act+"publish", `{}`)
	proposed := p.want(200, "lead", "POST", act+"propose", `{"reason":"多くの出品者が24時間で回答するため"}`)
	if got := proposed.at("allowed_actions"); !reflect.DeepEqual(got, []any{"send_back"}) {
		t.Errorf("who proposed may %v", got)
	}
	p.want(403, "lead", "POST", act+"publish", `{}`)
	p.want(200, "admin", "POST", act+"send_back", `{"words":"理由を詳しく"}`)
	p.want(200, "lead", "POST", act+"propose", `{"reason":"回答の9割が24時間以内のため"}`)
	published := p.want(200, "admin", "POST", act+"publish", `{}`)
	if published.at("published_version") != float64(2) {
		t.Errorf("published as %v", published.at("published_version"))
	}
	second := p.want(200, "", "GET", "/policies/2", "")
	if second.str("state") != "upcoming" || second.at("previous_version") != float64(1) || len(second.at("changes").([]any)) != 1 {
		t.Errorf("version 2 is %v after %v with %v", second.str("state"), second.at("previous_version"), second.at("changes"))
	}
	if list := p.want(200, "", "GET", "/policies", "").at("items").([]any); len(list) != 2 {
		t.Errorf("%d versions are listed", len(list))
	}
	if list := p.want(200, "lead", "GET", "/policy-drafts", "").at("items").([]any); len(list) != 0 {
		t.Errorf("%d drafts are open after publication", len(list))
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"2m"}`)
	if got := p.want(200, "", "GET", "/policies/2", "").str("state"); got != "in_force" {
		t.Errorf("two minutes later version 2 is %v", got)
	}
	p.want(409, "admin", "POST", "/policies/2/actions/withdraw", `{"reason":"遅すぎる"}`)
}
