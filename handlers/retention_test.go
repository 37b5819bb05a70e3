package handlers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hosho/models"
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
	wants(t, "the form", form, "ファイルを保全する", "購入者と出品者には知らせません")
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

// My files: what was given where and until when it stays; what was given on nothing can be
// deleted, once.
func TestFilesPage(t *testing.T) {
	p := newPortal(t)
	v := p.visitor("buyer")
	wants(t, "no files", v.page(http.StatusOK, "/ja/settings/files"), "渡したファイルはありません", "180日後", "24時間後")
	number, file := p.deniedWithAFile("O-1")
	unused := p.upload("b1", "unused.png", picture(9)).str("id")
	wants(t, "settings", v.page(http.StatusOK, "/en/settings"), `href="/en/settings/files"`)
	page := v.page(http.StatusOK, "/ja/settings/files")
	wants(t, "files", page, "proof.png", "/ja/my/claims/"+number+"/evidence/"+file, "8月20日(木)10:00(日本時間)まで保管します", "unused.png", "どこにも付けていません", "/ja/settings/files/"+unused+"/delete")
	if strings.Contains(page, file+"/delete") {
		t.Error("a file that was given can be deleted")
	}
	v.page(http.StatusOK, "/en/settings/files")
	v.post(http.StatusConflict, "/ja/settings/files/"+file+"/delete", nil)
	for range 2 {
		to := v.post(http.StatusSeeOther, "/ja/settings/files/"+unused+"/delete", nil)
		page = v.page(http.StatusOK, to)
		wants(t, "deleted", page, "ファイルを削除しました")
		if strings.Contains(page, "unused.png") {
			t.Error("a deleted file is listed")
		}
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"5040h"}`)
	wants(t, "after its time", p.as("b1").page(http.StatusOK, "/ja/settings/files"), "保管期間終了", "8月20日(木)10:00に削除しました")
	v.page(http.StatusNotFound, "/ja/settings/files?cursor=x")
}

// sentry is a scanner that gives no verdict until it is told to.
type sentry struct{ answers bool }

func (s *sentry) Scan(_ context.Context, file io.Reader) (string, error) {
	if !s.answers {
		return "", errors.New("away")
	}
	b, err := io.ReadAll(file)
	if err == nil && bytes.Equal(b, picture(66)) {
		return "Eicar-Test", nil
	}
	return "", err
}

// A file that waits for its safety check says so everywhere; only its owner opens it. Found
// unsafe, it is marked and its owner told.
func TestAFileThatWaitsForItsSafetyCheck(t *testing.T) {
	guard := &sentry{}
	p := newPortal(t, func(m *models.Config, _ *Config) { m.Scanner = guard })
	number := p.claim("O-1")
	waiting := p.upload("b1", "proof.png", picture(66))
	if waiting.status != 201 || waiting.str("status") != "checking" {
		t.Fatalf("uploaded: %d %s", waiting.status, waiting.raw)
	}
	file := waiting.str("id")
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/add_evidence", `{"evidence":["`+file+`"]}`)
	p.want(200, "b1", "GET", "/evidence/"+file+"/content", "")
	for _, who := range []string{"s1", "agent"} {
		p.wantCode(409, "file_unchecked", who, "GET", "/evidence/"+file+"/content", "")
		p.wantCode(409, "file_unchecked", who, "GET", "/evidence/"+file+"/thumbnail", "")
	}
	paths := map[string]string{"b1": "my/claims/" + number + "/evidence", "s1": "seller/cases/" + number, "agent": "staff/cases/" + number + "/evidence/" + file}
	for who, path := range paths {
		page := p.as(who).page(http.StatusOK, "/ja/"+path)
		wants(t, who, page, "安全確認中", "通常1分以内")
		if strings.Contains(page, "/files/"+file) {
			t.Errorf("%s is led to the bytes", who)
		}
	}
	wants(t, "my files", p.as("b1").page(http.StatusOK, "/en/settings/files"), "Safety check running", "/files/"+file+"/content")
	guard.answers = true
	p.clock.add(time.Minute)
	if n, err := p.store.ScanUploads(t.Context(), 10); n != 1 || err != nil {
		t.Fatalf("%d files scanned, %v", n, err)
	}
	for who, path := range paths {
		wants(t, who, p.as(who).page(http.StatusOK, "/ja/"+path), "使えません", "安全を確認できなかった")
		p.wantCode(410, "file_unsafe", who, "GET", "/evidence/"+file+"/content", "")
	}
	wants(t, "my files", p.as("b1").page(http.StatusOK, "/ja/settings/files"), "使えません")
	wants(t, "the notice", p.as("b1").page(http.StatusOK, "/ja/my/notices"), "渡されたファイルを使えません")
	refused := p.upload("b1", "again.png", picture(66))
	if refused.status != 422 || refused.str("reason") != "infected" {
		t.Errorf("at once: %d %s", refused.status, refused.raw)
	}
}
