package handlers

import (
	"net/http"
	"strings"
	"testing"
)

// deniedWithAFile is a denied claim of b1 with one file, and the instant at which that leaves.
func (p *portal) deniedWithAFile(order string) (number, file string) {
	p.t.Helper()
	number = p.claim(order)
	file = p.upload("b1", "proof.png", picture(7)).str("id")
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/add_evidence", `{"evidence":["`+file+`"],"note":"機の写真"}`)
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/contest", `{"message":"商品が届きません。"}`)
	p.want(200, "agent", "POST", "/claims/"+number+"/actions/decide", `{"outcome":"denied","borne_by":"marketplace","counts_against_seller":false,"reason_code":"delivered_as_promised","facts":"飛脚","explanation":"商品が届きません。"}`)
	return number, file
}

// A file that has left under the retention rule is told of everywhere, with its date and hash;
// its bytes are gone, and nobody is led to them.
func TestAFileThatHasLeft(t *testing.T) {
	p := newPortal(t)
	number, file := p.deniedWithAFile("O-1")
	before := p.want(200, "b1", "GET", "/claims/"+number, "")
	if before.str("evidence", 0, "status") != "ready" || before.at("evidence", 0, "removed_at") != nil {
		t.Fatalf("before: %s", before.raw)
	}
	hash := before.str("evidence", 0, "sha256")
	staff := p.as("agent").page(http.StatusOK, "/ja/staff/cases/"+number)
	wants(t, "the staff's case", staff, "ファイルの保管", "8月20日(木)10:00")
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"5040h"}`) // 30 days and 180
	for _, who := range []string{"b1", "s1", "agent"} {
		after := p.want(200, who, "GET", "/evidence/"+file, "")
		if after.str("status") != "removed" || after.str("removed_at") == "" || after.str("sha256") != hash {
			t.Errorf("%s: %s", who, after.raw)
		}
		for _, part := range []string{"content", "thumbnail"} {
			p.wantCode(410, "file_removed", who, "GET", "/evidence/"+file+"/"+part, "")
		}
	}
	p.wantCode(410, "file_removed", "agent", "GET", "/evidence/"+file+"/original", "")
	p.wantCode(404, "not_found", "b2", "GET", "/evidence/"+file+"/content", "")
	for who, paths := range map[string][]string{
		"b1":    {"my/claims/" + number, "my/claims/" + number + "/evidence", "my/claims/" + number + "/evidence/" + file, "my/claims/" + number + "/record"},
		"s1":    {"seller/cases/" + number, "seller/cases/" + number + "/evidence/" + file, "seller/cases/" + number + "/record"},
		"agent": {"staff/cases/" + number, "staff/cases/" + number + "/evidence/" + file},
	} {
		v := p.as(who)
		for _, path := range paths {
			page := v.page(http.StatusOK, "/ja/"+path)
			wants(t, path, page, "保管期間が終わり、8月20日(木)10:00に削除しました", "照合番号")
			if strings.Contains(page, "/files/"+file) {
				t.Errorf("%s of %s leads to the bytes", path, who)
			}
			if who != "agent" { // letters stand there in the parties' languages
				wants(t, path, v.page(http.StatusOK, "/en/"+path), "Removed on Thu 20 Aug, 10:00 under the retention rule")
			}
		}
		wants(t, "the bytes", v.page(http.StatusGone, "/ja/files/"+file+"/content"), "8月20日", "削除されました")
	}
	wants(t, "the history", p.as("s1").page(http.StatusOK, "/ja/seller/cases/"+number), "保管期間の終了によるファイルの削除")
}

func TestLegalHoldPages(t *testing.T) {
	p := newPortal(t)
	number, file := p.deniedWithAFile("O-1")
	here := "/ja/staff/cases/" + number
	p.as("agent").page(http.StatusForbidden, here+"/legal-hold")
	if page := p.as("agent").page(http.StatusOK, here); strings.Contains(page, "legal-hold") {
		t.Error("an agent is led to the hold")
	}
	lead := p.as("lead")
	wants(t, "the case", lead.page(http.StatusOK, here), here+"/legal-hold", "ファイルを保全する")
	form := lead.page(http.StatusOK, here+"/legal-hold")
	wants(t, "the form", form, "ファイルを保全する", "相手には知らされません")
	wants(t, "no reason", lead.post(http.StatusUnprocessableEntity, here+"/legal-hold", with(hidden(form), "reason", " ")), "保全する理由を入力してください")
	to := lead.post(http.StatusSeeOther, here+"/legal-hold", with(hidden(form), "reason", "訴訟第1号"))
	done := lead.page(http.StatusOK, to)
	wants(t, "held", done, "ファイルの保全を始めました", "訴訟第1号", "保全中のため、期限なし", here+"/lift-legal-hold", "ファイルの保全を開始")
	if strings.Contains(done, here+"/legal-hold") {
		t.Error("it can be held twice")
	}
	if got := p.want(200, "agent", "GET", "/claims/"+number, "").str("legal_hold", "reason"); got != "訴訟第1号" {
		t.Errorf("the API gives staff the reason %q", got)
	}
	for _, who := range []string{"b1", "s1"} {
		if got := p.want(200, who, "GET", "/claims/"+number, ""); got.at("legal_hold") != nil || strings.Contains(string(got.raw), "訴訟") {
			t.Errorf("%s reads %s", who, got.raw)
		}
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"9000h"}`)
	if got := p.want(200, "b1", "GET", "/evidence/"+file, "").str("status"); got != "ready" {
		t.Fatalf("a held file is %s", got)
	}
	form = lead.page(http.StatusOK, here+"/lift-legal-hold")
	wants(t, "lifting", form, "すぐに削除されます")
	to = lead.post(http.StatusSeeOther, here+"/lift-legal-hold", with(hidden(form), "reason", "机の灯り"))
	wants(t, "lifted", lead.page(http.StatusOK, to), "ファイルの保全を終えました")
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"1s"}`)
	if got := p.want(200, "b1", "GET", "/evidence/"+file, "").str("status"); got != "removed" {
		t.Errorf("once lifted it is %s", got)
	}
}
