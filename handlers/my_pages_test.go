package handlers

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hosho/cmd/hosho/seed"
	"hosho/models"
)

// Each status says whose turn it is and what comes next and when: in the demo market every one
// that there is stands on a page.
func TestEveryStatusSaysWhatComesNext(t *testing.T) {
	p := newPortal(t)
	people, err := seed.Market(t.Context(), p.store, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[models.ClaimStatus]bool{}
	for _, buyer := range people.Buyers {
		signed, err := p.store.SandboxSignIn(t.Context(), buyer.ID, "test", "")
		if err != nil {
			t.Fatal(err)
		}
		claims, _, err := p.store.OwnClaims(t.Context(), buyer.Actor(), models.ClaimFilter{Page: models.Page{Limit: 50}})
		if err != nil {
			t.Fatal(err)
		}
		for _, cl := range claims {
			if seen[cl.Status] {
				continue
			}
			seen[cl.Status] = true
			for _, lang := range []string{"ja", "en"} {
				v := &visitor{p, map[string]string{p.h.sessionCookie(): signed.Secret}}
				w := words{p.h, lang, p.h.catalog}
				got := v.send(http.MethodGet, "/"+lang+"/my/claims/"+cl.Number, "", nil)
				page := html.UnescapeString(string(got.raw))
				if got.status != http.StatusOK {
					t.Fatalf("%s in %s: %d", cl.Status, lang, got.status)
				}
				wants(t, string(cl.Status)+" in "+lang, page, turnWords(w, cl), w.label("status.buyer", string(cl.Status)), `class="steps"`)
				view, err := p.store.ClaimByNumber(t.Context(), buyer.Actor(), cl.Number)
				if err != nil {
					t.Fatal(err)
				}
				next := comesNext(w, view)
				if clock := claimClock(w, cl, view.Now); clock != nil {
					wants(t, string(cl.Status)+"'s clock", page, clock.Label, `data-kind="`+clock.Kind+`"`)
				} else if len(next) == 0 {
					t.Errorf("%s in %s has neither a date nor a word on what comes next", cl.Status, lang)
				}
				for _, sentence := range next {
					wants(t, string(cl.Status)+"'s next", page, sentence)
				}
			}
		}
	}
	for _, status := range models.ClaimStatuses {
		if !seen[status] {
			t.Errorf("no claim of the demo market is %s", status)
		}
	}
}

// The same for every status by itself, those among them that the demo market has none of.
func TestStandingOfEveryStatus(t *testing.T) {
	p := newPortal(t)
	now := models.InstantOf(p.clock.now())
	for _, status := range models.ClaimStatuses {
		cl := models.Claim{
			Status: status, NextActor: models.StaffsTurn, DueAt: now.Add(time.Hour), OpensAt: now.Add(time.Hour), FiledAt: now.Add(-time.Hour), ClosedAt: now,
			Former: &models.Former{Status: models.UnderReview, Left: int64(90 * time.Minute / time.Microsecond)},
		}
		if !status.Open() {
			cl.DueAt, cl.NextActor = 0, ""
			if status != models.Withdrawn {
				cl.AppealUntil = now.Add(time.Hour)
			}
		}
		if status == models.AwaitingReturn {
			cl.NextActor, cl.Return = models.BuyersTurn, &models.Return{Ends: models.Granted}
		}
		if status == models.Frozen {
			cl.DueAt, cl.NextActor = 0, models.ClocksTurn
		}
		v := models.ClaimView{Claim: cl, Now: now, Policy: models.Policy{PolicyValues: models.DefaultPolicy()}}
		for _, lang := range []string{"ja", "en"} {
			w := words{p.h, lang, p.h.catalog}
			if turnWords(w, cl) == "" {
				t.Errorf("%s in %s does not say whose turn it is", status, lang)
			}
			if claimClock(w, cl, now) == nil && len(comesNext(w, v)) == 0 {
				t.Errorf("%s in %s does not say what comes next", status, lang)
			}
			steps, current := caseSteps(w, v), 0
			for _, s := range steps {
				if s.State == "current" {
					current++
				}
				if s.Note == "" && s.State == "" {
					t.Errorf("%s in %s: %q says neither a day nor how long it takes", status, lang, s.Label)
				}
			}
			if len(steps) != 5 || status.Open() && current != 1 {
				t.Errorf("%s in %s has %d steps, %d of them current", status, lang, len(steps), current)
			}
		}
	}
}

// A review past its target says when the leads take over, and then that they have.
func TestLateReview(t *testing.T) {
	p := newPortal(t)
	w, policy := words{p.h, "en", p.h.catalog}, models.Policy{PolicyValues: models.DefaultPolicy()}
	now := models.InstantOf(p.clock.now())
	v := models.ClaimView{Claim: models.Claim{Status: models.UnderReview, NextActor: models.StaffsTurn, DueAt: now}, Now: now, Policy: policy}
	if next := comesNext(w, v); len(next) != 1 || !strings.Contains(next[0], "lead") {
		t.Errorf("past its target: %q", next)
	}
	v.Now--
	if next := comesNext(w, v); len(next) != 0 {
		t.Errorf("before its target: %q", next)
	}
	v.EscalatedAt = now
	if next := comesNext(w, v); len(next) != 1 || !strings.Contains(next[0], "took over") {
		t.Errorf("with the leads: %q", next)
	}
}

// The conversation has a page of its own, is answered where it is read, and is to be read only
// once the claim is closed.
func TestClaimMessages(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		t.Run(lang, func(t *testing.T) {
			p := newPortal(t)
			v, stranger := p.visitor("buyer"), p.visitor("seller")
			claim := "/" + lang + "/my/claims/" + p.claim("O-1")
			wants(t, "claim", v.page(http.StatusOK, claim), claim+"/messages", claim+"/record")
			if to := v.post(http.StatusSeeOther, claim+"/messages", url.Values{"body": {"商品が届きません。"}}); to != claim+"/messages#send" {
				t.Errorf("sending leads to %s", to)
			}
			wants(t, "thread", v.page(http.StatusOK, claim+"/messages"), "商品が届きません。", `<textarea id="f-body"`, `id="send"`)
			wants(t, "claim with a message", v.page(http.StatusOK, claim), "商品が届きません。")
			stranger.page(http.StatusNotFound, claim+"/messages")
			stranger.page(http.StatusNotFound, claim+"/record")
			v.post(http.StatusSeeOther, claim+"/withdraw", url.Values{"version": {version(v.page(http.StatusOK, claim+"/withdraw"))}})
			if page := v.page(http.StatusOK, claim+"/messages"); strings.Contains(page, "<textarea") {
				t.Error("a closed claim takes messages")
			} else {
				wants(t, "closed thread", page, words{p.h, lang, p.h.catalog}.text("claims.read_only"))
			}
			if page := v.post(http.StatusConflict, claim+"/messages", url.Values{"body": {"予定日を過ぎても届きません。"}}); !strings.Contains(page, "readonly") {
				t.Error("what was typed too late is not kept to be copied")
			}
		})
	}
}

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

func version(page string) string {
	if m := versionField.FindStringSubmatch(page); m != nil {
		return m[1]
	}
	return ""
}

// Evidence: the gallery takes more, each file has a page without script, and what came late or
// was used says so.
func TestEvidencePages(t *testing.T) {
	p := newPortal(t)
	number := p.claim("O-1")
	v, claim := p.visitor("buyer"), "/ja/my/claims/"+number
	at := version(v.page(http.StatusOK, claim+"/evidence"))
	if to := v.postFiles(http.StatusSeeOther, claim+"/evidence", url.Values{"version": {at}, "note": {"機の写真"}}, sentFile{"a.png", picture(1)}, sentFile{"b.png", picture(2)}); to != claim+"/evidence" {
		t.Errorf("adding leads to %s", to)
	}
	list := regexp.MustCompile(claim+`/evidence/([0-9a-f-]{36})"`).FindAllStringSubmatch(v.page(http.StatusOK, claim+"/evidence"), -1)
	if len(list) != 2 {
		t.Fatalf("the gallery has %d files", len(list))
	}
	first, second := claim+"/evidence/"+list[0][1], claim+"/evidence/"+list[1][1]
	page := v.page(http.StatusOK, first)
	wants(t, "viewer", page, `rel="next" href="`+second+`"`, `alt="機の写真"`, `type="checkbox"`, "1 / 2")
	if strings.Contains(page, `rel="prev"`) {
		t.Error("the first file has one before it")
	}
	wants(t, "viewer of the last", v.page(http.StatusOK, second), `rel="prev" href="`+first+`"`)
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/contest", `{"message":"商品が届きません。"}`)
	p.want(200, "agent", "POST", "/claims/"+number+"/actions/decide", `{"outcome":"granted","borne_by":"seller","counts_against_seller":true,"reason_code":"not_delivered","rule":"4-2","facts":"商品が届きません。","explanation":"予定日を過ぎても届きません。","evidence_cited":["`+list[0][1]+`"]}`)
	letter := v.page(http.StatusOK, claim+"/decision")
	wants(t, "letter", letter, "3,800円の返金を決定しました", first, "出品者が負担", "出品者の指標に1件として反映します", "返金の手続き中です", claim+"/refund", claim+"/record")
	if strings.Contains(letter, second) {
		t.Error("the letter names evidence it does not rest on")
	}
	wants(t, "used evidence", v.page(http.StatusOK, first), "決定の判断に使いました")
	wants(t, "closed gallery", v.page(http.StatusOK, claim+"/evidence"), "証拠は追加できません")
}

// The record holds everything, for the buyer and for the seller, and nothing of one that the
// other may not see.
func TestRecord(t *testing.T) {
	p := newPortal(t)
	number := p.claim("O-1")
	file := p.upload("b1", "proof.png", picture(7)).str("id")
	p.want(200, "b1", "POST", "/claims/"+number+"/actions/add_evidence", `{"evidence":["`+file+`"],"note":"機の写真"}`)
	hash := p.want(200, "b1", "GET", "/claims/"+number, "").str("evidence", 0, "sha256")
	p.want(200, "s1", "POST", "/claims/"+number+"/actions/contest", `{"message":"商品が届きません。"}`)
	p.want(200, "agent", "POST", "/claims/"+number+"/actions/ask", `{"party":"buyer","question":"証拠"}`)
	p.want(200, "agent", "POST", "/claims/"+number+"/actions/note", `{"body":"飛脚"}`)
	v := p.visitor("buyer")
	v.postFiles(http.StatusSeeOther, "/ja/my/claims/"+number+"/messages", url.Values{"body": {"青木"}})
	for _, lang := range []string{"ja", "en"} {
		mine, theirs := "/"+lang+"/my/claims/"+number+"/record", "/"+lang+"/seller/cases/"+number+"/record"
		page := v.page(http.StatusOK, mine)
		wants(t, "record", page, "http://portal.test"+mine, number, "O-1", hash, "予定日を過ぎても届きません。", "商品が届きません。", "証拠", "青木", `<ol class="timeline"`)
		if strings.Contains(page, "飛脚") {
			t.Error("the buyer's record holds a note of the staff")
		}
		page = p.visitor("seller").page(http.StatusOK, theirs)
		wants(t, "the seller's record", page, "http://portal.test"+theirs, number, hash, "予定日を過ぎても届きません。", "青木")
		if strings.Contains(page, "飛脚") || strings.Contains(page, "b1@example.com") {
			t.Error("the seller's record holds what is not the seller's")
		}
	}
}

// What a form has done is said once: moving the sandbox's clock from that page does not repeat it.
func TestDoneIsSaidOnce(t *testing.T) {
	for path, want := range map[string]string{
		"my/orders/1?done=sent&line=1": "my/orders/1?line=1", "my/claims/C?sent=1": "my/claims/C", "staff/queue?v=due": "staff/queue?v=due", "my": "my", "my?": "my",
	} {
		if got := withoutSaid(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	p := newPortal(t)
	page := p.visitor("buyer").page(http.StatusOK, "/ja/my/claims/"+p.claim("O-1")+"?sent=1")
	wants(t, "confirmation", page, `class="confirmed"`)
	if regexp.MustCompile(`name="next" value="[^"]*sent`).MatchString(page) {
		t.Error("the clock leads back to the confirmation")
	}
}

// An offer says what comes of accepting it, with the policy's own numbers.
func TestOfferSaysWhatComesOfIt(t *testing.T) {
	p := newPortal(t)
	for _, tc := range []struct{ order, offer, want string }{
		{"O-1", `{"kind":"partial_refund","amount":1000,"message":"商品が届きません。"}`, "1,000円の返金で解決し"},
		{"O-2", `{"kind":"replacement","message":"商品が届きません。"}`, "届かないときは、14日以内に再開できます"},
	} {
		number := p.claim(tc.order)
		p.want(200, "s1", "POST", "/claims/"+number+"/actions/offer", tc.offer)
		v := p.visitor("buyer")
		wants(t, tc.order, v.page(http.StatusOK, "/ja/my/claims/"+number+"/respond"), tc.want, "通常48時間以内", `data-kind="due"`)
		p.clock.add(48 * time.Hour)
		wants(t, tc.order+" too late", p.visitor("buyer").page(http.StatusOK, "/ja/my/claims/"+number+"/respond"), "回答期限を過ぎました", "提出された資料で")
	}
}

func TestNumbersOfSubjectsStayWhole(t *testing.T) {
	for _, tc := range []struct {
		subject, number string
		want            numbered
	}{
		{"開始しました(C-1)", "C-1", numbered{"開始しました(", "C-1", ")"}}, {"開始しました", "C-1", numbered{Before: "開始しました"}}, {"開始", "", numbered{Before: "開始"}},
	} {
		if got := withNumber(tc.subject, tc.number); got != tc.want {
			t.Errorf("%s: %v", tc.subject, got)
		}
	}
}
