package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// From the file of a case to a measure, a plan and an appeal, by page.
func TestEnforcementPages(t *testing.T) {
	p := newPortal(t)
	n, e := p.enforcement("mp-s-1")
	agent, lead, seller := p.as("agent"), p.as("lead"), p.as("s1")
	list := agent.page(http.StatusOK, "/ja/staff/investigations?status=open")
	if !strings.Contains(list, n) {
		t.Error("the list does not name the case")
	}
	file := "/ja/staff/investigations/" + n
	for _, want := range []string{"目安は段階1の「改善計画」", "Z-mp-s-1-0", e} {
		if got := agent.page(http.StatusOK, file); !strings.Contains(got, want) {
			t.Errorf("the file does not say %s", want)
		}
	}
	agent.post(http.StatusUnprocessableEntity, file+"/request_facts", url.Values{"question": {" "}})
	agent.post(http.StatusSeeOther, file+"/request_facts", url.Values{"question": {"11-1"}})
	mine := "/ja/seller/investigations/" + n
	if got := seller.page(http.StatusOK, mine); !strings.Contains(got, "11-1") || strings.Contains(got, "z1@") || strings.Contains(got, "購入者の回答") {
		t.Error("the seller's page")
	}
	seller.post(http.StatusUnprocessableEntity, mine, url.Values{"message": {""}})
	seller.post(http.StatusSeeOther, mine, url.Values{"message": {"11-2"}})
	seller.page(http.StatusOK, "/en/seller/investigations/"+n)
	if got := lead.post(http.StatusUnprocessableEntity, file+"/propose_measure", url.Values{"kind": {"order_cap"}, "facts": {"11-3"}, "rule": {"8-6"}, "explanation": {"11-4"}}); !strings.Contains(got, "11-3") {
		t.Error("what was typed is gone")
	}
	lead.post(http.StatusSeeOther, file+"/propose_measure", url.Values{"kind": {"order_cap"}, "cap": {"5"}, "facts": {"11-3"}, "rule": {"8-6"}, "explanation": {"11-4"}})
	lead.page(http.StatusOK, file+"/send_back")
	lead.page(http.StatusOK, file+"/close")
	lead.post(http.StatusSeeOther, file+"/send_back", url.Values{"reason": {"11-5"}})

	letter := "/ja/seller/measures/" + e
	if got := seller.page(http.StatusOK, letter); !strings.Contains(got, "受けた注文の発送") || !strings.Contains(got, "submit_plan") {
		t.Error("the letter")
	}
	if got := seller.post(http.StatusUnprocessableEntity, letter+"/submit_plan", url.Values{"root_cause": {"11-6"}}); !strings.Contains(got, "11-6") {
		t.Error("what was typed is gone")
	}
	seller.post(http.StatusSeeOther, letter+"/submit_plan", url.Values{"root_cause": {"11-6"}, "actions_taken": {"11-7"}, "prevention": {"11-8"}})
	staff := "/ja/staff/measures/" + e
	lead.page(http.StatusOK, staff)
	lead.post(http.StatusSeeOther, staff+"/reject_plan", url.Values{"points": {"11-9\r\n\r\n12-1"}})
	if got := seller.page(http.StatusOK, "/en/seller/measures/"+e+"/submit_plan"); !strings.Contains(got, "11-9") {
		t.Error("the points are not on the form")
	}
	seller.post(http.StatusSeeOther, letter+"/appeal", url.Values{"grounds": {"12-2"}})
	if got := seller.post(http.StatusConflict, letter+"/appeal", url.Values{"grounds": {"12-3"}}); !strings.Contains(got, "12-3") {
		t.Error("what was typed is gone")
	}
	lead.page(http.StatusOK, staff+"/lift")
	lead.post(http.StatusForbidden, staff+"/decide_appeal", url.Values{"outcome": {"upheld"}, "explanation": {"x"}})
	agent.page(http.StatusOK, "/en/staff/measures/"+e)
	seller.page(http.StatusOK, "/ja/seller/measures")
}
