package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"hosho/models"
	"hosho/models/seal"
)

// From the first contact to the decision, over the API alone.
func TestMainPath(t *testing.T) {
	p := newPortal(t)
	p.order("A-1")
	line := "/orders/A-1/lines/1"

	early := p.want(200, "b1", "GET", line+"/eligibility?reason=not_received", "")
	if early.at("eligible") != false || early.str("code") != "contact_required" || early.at("wait_ends_at") != nil || early.at("available_at") != nil {
		t.Errorf("before any contact: %s", early.raw)
	}
	if early.str("deadline_at") != "2026-04-08T15:00:00Z" {
		t.Errorf("deadline %s; the 90th day after 8 January is 8 April, ending at midnight in Tokyo", early.str("deadline_at"))
	}
	p.wantCode(422, "contact_required", "b1", "POST", "/claims", filing("A-1"))
	ends := p.contact("A-1")
	if ends != "2026-01-22T01:00:00Z" {
		t.Errorf("the wait ends at %s, want 48 h after the message", ends)
	}
	refused := p.wantCode(422, "wait_not_elapsed", "b1", "POST", "/claims", filing("A-1"))
	if refused.str("available_at") != ends || len(refused.at("rules").([]any)) != len(models.RuleCodes) {
		t.Errorf("refusal: %s", refused.raw)
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"48h"}`)
	if got := p.want(200, "b1", "GET", line+"/eligibility?reason=not_received", ""); got.at("eligible") != true || got.at("code") != nil {
		t.Errorf("after the wait: %s", got.raw)
	}

	proof := p.uploaded("b1", 1)
	filed := p.want(201, "b1", "POST", "/claims", strings.Replace(filing("A-1"), `"line"`, `"evidence":["`+proof+`"],"line"`, 1))
	claim := "/claims/" + filed.str("number")
	if filed.str("status") != "awaiting_seller" || filed.str("next_actor") != "seller" || filed.at("claimed", "amount") != 3800.0 || filed.at("decision") != nil {
		t.Errorf("filed: %s", filed.raw)
	}
	if filed.str("evidence", 0, "id") != proof || filed.str("evidence", 0, "by") != "buyer" {
		t.Errorf("evidence: %s", filed.raw)
	}
	p.want(200, "s1", "GET", "/evidence/"+proof, "")
	counter := p.uploaded("s1", 2)
	p.want(200, "s1", "POST", claim+"/actions/contest", `{"version":1,"message":"配達記録があります。","evidence":["`+counter+`"]}`)
	p.wantCode(409, "not_allowed_now", "s1", "POST", claim+"/actions/contest", `{"message":"もう一度"}`)
	asked := p.want(200, "agent", "POST", claim+"/actions/ask", `{"party":"buyer","question":"宅配ボックスは確認しましたか。"}`)
	if asked.str("status") != "awaiting_buyer" || asked.str("question", "party") != "buyer" {
		t.Errorf("asked: %s", asked.raw)
	}
	p.want(200, "b1", "POST", claim+"/actions/answer", `{"message":"確認しましたが、ありません。"}`)
	p.want(201, "agent", "POST", claim+"/messages", `{"body":"確認しています。"}`)
	decided := p.want(200, "agent", "POST", claim+"/actions/decide", `{"outcome":"granted","borne_by":"seller","counts_against_seller":false,
		"reason_code":"not_delivered","facts":"配達の記録が別の住所です。","explanation":"記録の住所が注文と違うため、返金します。","evidence_cited":["`+proof+`"]}`)
	if decided.str("status") != "granted" || decided.str("decision", "borne_by") != "seller" || decided.at("decision", "counts_against_seller") != false ||
		decided.at("decision", "amount", "amount") != 3800.0 || decided.at("refund", "total", "amount") != 3800.0 || decided.at("next_actor") != nil {
		t.Errorf("decided: %s", decided.raw)
	}
	for _, who := range []string{"b1", "s1", "lead", "admin"} {
		got := p.want(200, who, "GET", claim, "")
		if got.str("decision", "explanation") != "記録の住所が注文と違うため、返金します。" {
			t.Errorf("%s reads another letter: %s", who, got.raw)
		}
		events := p.want(200, who, "GET", claim+"/events", "")
		if events.str("items", 0, "type") != "filed" || events.at("next_cursor") != nil {
			t.Errorf("events of %s: %s", who, events.raw)
		}
		checkSealed(p, who, claim, events.raw)
	}
	if got := p.want(200, "b1", "GET", "/orders/A-1", ""); got.str("lines", 0, "claims", 0, "status") != "granted" {
		t.Errorf("order: %s", got.raw)
	}
	notices := p.want(200, "b1", "GET", "/notices", "")
	p.want(200, "b1", "POST", "/notices/"+notices.str("items", 0, "id")+"/read", "")
	if strings.Contains(string(notices.raw), `"subject":"notice.`) {
		t.Errorf("a notice has no words: %s", notices.raw)
	}
	if got := p.want(200, "agent", "GET", "/claims?status=granted&order=A-1&limit=1", ""); len(got.at("items").([]any)) != 1 || got.str("items", 0, "evidence", 0, "id") != proof {
		t.Errorf("list: %s", got.raw)
	}
}

// At one microsecond before the wait ends a filing is refused, at its end taken; one before
// the deadline taken, at it refused.
func TestBoundaries(t *testing.T) {
	p := newPortal(t)
	for _, number := range []string{"B-1", "B-2", "B-3"} {
		p.order(number)
	}
	p.contact("B-1")
	clock := func(to string) {
		got := p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+to+`"}`)
		if got.str("now") != to {
			t.Fatalf("the clock stands at %s, want %s", got.str("now"), to)
		}
	}
	clock("2026-01-22T00:59:59.999999Z")
	p.wantCode(422, "wait_not_elapsed", "b1", "POST", "/claims", filing("B-1"))
	clock("2026-01-22T01:00:00Z")
	p.want(201, "b1", "POST", "/claims", filing("B-1"))

	p.contact("B-2")
	p.contact("B-3")
	clock("2026-04-08T14:59:59.999999Z")
	p.want(201, "b1", "POST", "/claims", filing("B-2"))
	clock("2026-04-08T15:00:00Z")
	got := p.wantCode(422, "deadline_passed", "b1", "POST", "/claims", filing("B-3"))
	if got.str("deadline_at") != "2026-04-08T15:00:00Z" {
		t.Errorf("refusal: %s", got.raw)
	}
	if now := p.want(200, "", "POST", "/sandbox/clock", `{"to":"2026-01-01T00:00:00Z"}`).str("now"); now != "2026-04-08T15:00:00Z" {
		t.Errorf("time was turned back to %s", now)
	}
}

func TestParallelFilings(t *testing.T) {
	p := newPortal(t)
	p.order("P-1")
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+p.contact("P-1")+`"}`)
	statuses := make([]int, 50)
	codes := make([]string, 50)
	var wg sync.WaitGroup
	for i := range statuses {
		wg.Go(func() {
			got := p.send("b1", "POST", "/claims", filing("P-1"))
			statuses[i] = got.status
			if got.status != 201 {
				codes[i] = got.str("code")
			}
		})
	}
	wg.Wait()
	made := 0
	for i, s := range statuses {
		switch {
		case s == 201:
			made++
		case s == 422 && codes[i] == "already_claimed", s == 503:
		default:
			t.Errorf("filing %d: %d %s", i, s, codes[i])
		}
	}
	if made != 1 {
		t.Errorf("%d claims were made, want one", made)
	}
}

// What is checked first, as API.md §2 says: token, well-formed, seen, role, state, version,
// fields. Each row breaks one rule and all that come after it.
func TestOrderOfChecks(t *testing.T) {
	p := newPortal(t)
	number := p.claim("O-1")
	contest := "/claims/" + number + "/actions/contest"
	for _, c := range []struct {
		who, path, body string
		status          int
		code            string
	}{
		{"", contest, `{`, 401, "unauthenticated"},
		{"b2", contest, `{`, 400, "malformed"},
		{"b2", contest, `{"nonsense":1}`, 400, "unknown_field"},
		{"b2", contest, `{"version":"1"}`, 400, "wrong_type"},
		{"b2", contest, `{"version":99}`, 404, "not_found"},
		{"mp", contest, `{"version":99}`, 404, "not_found"},
		{"s2", contest, `{"version":99}`, 404, "not_found"},
		{"b1", contest, `{"version":99}`, 403, "forbidden"},
		{"agent", contest, `{"version":99}`, 403, "forbidden"},
		{"s1", "/claims/" + number + "/actions/answer", `{"version":99}`, 409, "not_allowed_now"},
		{"s1", contest, `{"version":99}`, 409, "stale_version"},
		{"s1", contest, `{"version":1}`, 422, "invalid_fields"},
		{"s1", contest, `{"version":1,"message":" 　"}`, 422, "invalid_fields"},
		{"s1", "/claims/" + number + "/actions/nonsense", `{`, 404, "not_found"},
		{"s1", contest, `{"version":1,"message":"届いています。"}`, 200, ""},
	} {
		got := p.want(c.status, c.who, "POST", c.path, c.body)
		if c.code != "" && got.str("code") != c.code {
			t.Errorf("%s %s: %s, want %s", c.who, c.body, got.str("code"), c.code)
		}
		switch c.code {
		case "not_allowed_now":
			if len(got.at("allowed_actions").([]any)) == 0 {
				t.Errorf("no allowed_actions: %s", got.raw)
			}
		case "stale_version":
			if got.at("current_version") != 1.0 {
				t.Errorf("no current_version: %s", got.raw)
			}
		}
	}
}

func TestProblemsSpeakTheCallersLanguage(t *testing.T) {
	p := newPortal(t)
	ja := p.want(401, "", "GET", "/orders", "", "Accept-Language: ja")
	en := p.want(401, "", "GET", "/orders", "", "Accept-Language: en-GB, ja;q=0.5")
	if ja.str("detail") == en.str("detail") || !strings.Contains(en.str("detail"), "token") {
		t.Errorf("ja %q, en %q", ja.str("detail"), en.str("detail"))
	}
	if en.header.Get("Content-Type") != "application/problem+json" || en.header.Get("WWW-Authenticate") == "" {
		t.Errorf("headers: %v", en.header)
	}
	// The language of an account comes before that of its client.
	if got := p.want(404, "b1", "GET", "/orders/none", "", "Accept-Language: en"); !strings.Contains(got.str("detail"), "見つか") {
		t.Errorf("detail %q", got.str("detail"))
	}
	for code := range map[string]bool{"method_not_allowed": true} {
		got := p.send("", "PATCH", "/orders", "", "Accept-Language: ja")
		if got.status != 405 || got.str("code") != code || got.header.Get("Allow") == "" {
			t.Errorf("%d %s Allow %q", got.status, got.raw, got.header.Get("Allow"))
		}
	}
}

func TestSandboxIsNotThereOutside(t *testing.T) {
	p := newPortal(t, outsideSandbox)
	for _, c := range []struct{ method, path string }{{"GET", "/sandbox/clock"}, {"POST", "/sandbox/clock"}, {"POST", "/sandbox/tokens"}} {
		p.wantCode(404, "not_found", "", c.method, c.path, "")
	}
}

func TestIdempotency(t *testing.T) {
	p := newPortal(t)
	p.order("I-1")
	p.want(200, "", "POST", "/sandbox/clock", `{"to":"`+p.contact("I-1")+`"}`)
	first := p.want(201, "b1", "POST", "/claims", filing("I-1"), "Idempotency-Key: k1")
	again := p.want(201, "b1", "POST", "/claims", filing("I-1"), "Idempotency-Key: k1")
	if string(first.raw) != string(again.raw) || again.header.Get("Idempotency-Replayed") != "true" || first.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("again: %v\n%s\n%s", again.header, first.raw, again.raw)
	}
	p.wantCode(422, "idempotency_key_reused", "b1", "POST", "/claims", filing("I-2"), "Idempotency-Key: k1")
	p.wantCode(422, "idempotency_key_reused", "b1", "POST", "/claims/"+first.str("number")+"/actions/withdraw", "", "Idempotency-Key: k1")
	// Another account's keys are its own.
	p.wantCode(404, "not_found", "b2", "POST", "/claims", filing("I-1"), "Idempotency-Key: k1")
	// A refusal is an answer too.
	refused := p.want(422, "b1", "POST", "/claims", filing("I-1"), "Idempotency-Key: k2")
	if got := p.want(422, "b1", "POST", "/claims", filing("I-1"), "Idempotency-Key: k2"); string(got.raw) != string(refused.raw) {
		t.Errorf("the refusal changed: %s\n%s", refused.raw, got.raw)
	}
	// Malformed requests take no key.
	p.want(400, "b1", "POST", "/claims", `{`, "Idempotency-Key: k3")
	p.want(422, "b1", "POST", "/claims", `{}`, "Idempotency-Key: k3")
	// The boundary of a multipart body is not part of what was asked.
	held := t.TempDir()
	t.Setenv("TMPDIR", held)
	one := p.upload("b1", "a.png", picture(9), "Idempotency-Key: file")
	two := p.upload("b1", "a.png", picture(9), "Idempotency-Key: file")
	if one.status != 201 || string(one.raw) != string(two.raw) {
		t.Errorf("uploads: %d %s\n%s", one.status, one.raw, two.raw)
	}
	if got := p.upload("b1", "a.png", picture(8), "Idempotency-Key: file"); got.status != 422 {
		t.Errorf("another file under the key: %d %s", got.status, got.raw)
	}
	if left, err := os.ReadDir(held); err != nil || len(left) > 0 {
		t.Errorf("files left on the disk: %v, %v", left, err)
	}
	// After a day of the machine's clock the key is free.
	p.clock.add(24 * time.Hour)
	if got := p.want(422, "b1", "POST", "/claims", filing("I-1"), "Idempotency-Key: k1"); got.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("a day later: %v", got.header)
	}
	if n, err := p.store.SweepIdempotency(t.Context(), 100); err != nil || n < 2 {
		t.Errorf("swept %d, %v", n, err)
	}
}

// A request that runs holds its key; one whose program died lets go of it after a minute.
func TestIdempotencyOfARequestUnderWay(t *testing.T) {
	p := newPortal(t)
	p.order("U-1")
	by := p.actor("b1")
	body := `{"body":"こんにちは。"}`
	hash := keyedHash("POST", apiBase+"/orders/U-1/lines/1/messages", body)
	if _, _, err := p.store.BeginKeyed(t.Context(), by, models.KeyedRequest{Key: "run", Route: "POST messages", Hash: hash}); err != nil {
		t.Fatal(err)
	}
	got := p.wantCode(409, "idempotency_in_progress", "b1", "POST", "/orders/U-1/lines/1/messages", body, "Idempotency-Key: run")
	if got.header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
	p.clock.add(time.Minute)
	p.want(201, "b1", "POST", "/orders/U-1/lines/1/messages", body, "Idempotency-Key: run")
	list := p.want(200, "b1", "GET", "/orders/U-1/lines/1/messages", "")
	if n := len(list.at("items").([]any)); n != 1 {
		t.Errorf("%d messages, want one", n)
	}
}

func TestParallelRequestsUnderOneKey(t *testing.T) {
	p := newPortal(t)
	p.order("K-1")
	var wg sync.WaitGroup
	answers := make([]response, 20)
	for i := range answers {
		wg.Go(func() {
			answers[i] = p.send("b1", "POST", "/orders/K-1/lines/1/messages", `{"body":"一度だけ。"}`, "Idempotency-Key: once")
		})
	}
	wg.Wait()
	for i, a := range answers {
		if a.status != 201 && (a.status != 409 || a.str("code") != "idempotency_in_progress") {
			t.Errorf("request %d: %d %s", i, a.status, a.raw)
		}
	}
	if n := len(p.want(200, "b1", "GET", "/orders/K-1/lines/1/messages", "").at("items").([]any)); n != 1 {
		t.Errorf("%d messages, want one", n)
	}
}

func TestBatch(t *testing.T) {
	p := newPortal(t)
	good := func(number string) string {
		var m map[string]any
		if err := json.Unmarshal([]byte(orderBody("mp-b-1", "b1@example.com", "mp-s-1")), &m); err != nil {
			t.Fatal(err)
		}
		m["number"] = number
		b, _ := json.Marshal(m)
		return string(b)
	}
	lines := []string{
		good("N-1"), `{"number":"N-2"`, "", strings.Replace(good("N-3"), `"amount":3800`, `"amount":1`, 1),
		strings.Replace(good("N-4"), `"currency"`, `"colour":"red","currency"`, 1), `{"number":"` + strings.Repeat("x", maxLine) + `"}`, good("N-1"), good("N-5"),
	}
	got := p.want(200, "mp", "POST", "/orders/batch", strings.Join(lines, "\n"), "Content-Type: application/x-ndjson")
	type result struct {
		Line    int
		Number  string
		Status  int
		Outcome string
		Problem struct{ Code string }
	}
	var results []string
	for text := range strings.Lines(string(got.raw)) {
		var r result
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		results = append(results, fmt.Sprintf("%d %s %d %s %s", r.Line, r.Number, r.Status, r.Outcome, r.Problem.Code))
	}
	want := []string{
		"1 N-1 201 created ", "2  400 refused malformed", "4 N-3 422 refused payments_do_not_add_up", "5  400 refused unknown_field",
		"6  413 refused too_large", "7 N-1 200 unchanged ", "8 N-5 201 created ",
	}
	if strings.Join(results, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(results, "\n"), strings.Join(want, "\n"))
	}
	p.wantCode(403, "forbidden", "agent", "POST", "/orders/batch", good("N-9"), "Content-Type: application/x-ndjson")
	first := p.want(200, "mp", "POST", "/orders/batch", good("N-6"), "Content-Type: application/x-ndjson", "Idempotency-Key: b")
	second := p.want(200, "mp", "POST", "/orders/batch", good("N-6"), "Content-Type: application/x-ndjson", "Idempotency-Key: b")
	if string(first.raw) != string(second.raw) || second.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("replay: %s\n%s", first.raw, second.raw)
	}
}

func TestStaleOrder(t *testing.T) {
	p := newPortal(t)
	p.order("S-1")
	older := strings.Replace(orderBody("mp-b-1", "b1@example.com", "mp-s-1"), "2026-01-02T10", "2026-01-02T09", 1)
	if got := p.want(200, "mp", "PUT", "/orders/S-1", strings.Replace(older, "机の灯り", "別の品", 1)); got.at("stale") != true || got.str("lines", 0, "title") != "机の灯り" {
		t.Errorf("an older order: %s", got.raw)
	}
	if got := p.want(200, "mp", "PUT", "/orders/S-1", orderBody("mp-b-1", "b1@example.com", "mp-s-1")); got.at("stale") != false {
		t.Errorf("the same order: %s", got.raw)
	}
}

// A run that was taken over must not put its answer over the one of who took it over.
func TestIdempotencyAfterATakeover(t *testing.T) {
	p := newPortal(t)
	ctx, by := t.Context(), p.actor("b1")
	in := models.KeyedRequest{Key: "k", Route: "POST x", Hash: "h"}
	slow, _, err := p.store.BeginKeyed(ctx, by, in)
	if err != nil {
		t.Fatal(err)
	}
	p.clock.add(time.Minute)
	next, stored, err := p.store.BeginKeyed(ctx, by, in)
	if err != nil || stored != nil {
		t.Fatalf("taking over: %v %v", stored, err)
	}
	answer := func(body string) models.StoredAnswer {
		return models.StoredAnswer{Status: 201, MediaType: "application/json", Body: []byte(body)}
	}
	for _, err := range []error{p.store.FinishKeyed(ctx, slow, answer("slow")), p.store.ForgetKeyed(ctx, slow), p.store.FinishKeyed(ctx, next, answer("next"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, stored, err = p.store.BeginKeyed(ctx, by, in); err != nil || stored == nil || string(stored.Body) != "next" {
		t.Errorf("stored %+v, %v", stored, err)
	}
}

// checkSealed holds an export of events against the portal's key, whole and in pages.
func checkSealed(p *portal, who, claim string, whole []byte) {
	p.t.Helper()
	report, err := seal.VerifyExport(whole)
	if err != nil {
		p.t.Errorf("events of %s: %v\n%s", who, err, whole)
		return
	}
	if key := p.want(200, "", "GET", "/keys", ""); key.str("items", 0, "fingerprint") != report.Fingerprint || key.at("items", 0, "current") != true {
		p.t.Errorf("signed by %s: %s", report.Fingerprint, key.raw)
	}
	view := map[string]string{"b1": "buyer", "s1": "seller"}[who]
	if view == "" {
		view = "staff"
	}
	if "/claims/"+report.Seal.Claim != claim || report.Seal.View != view || report.Seal.MadeAt != seal.Instant(p.clock.now()) {
		p.t.Errorf("sealed %+v", report.Seal)
	}
	page := p.want(200, who, "GET", claim+"/events?limit=1", "")
	var wrong *seal.TamperedError
	if _, err := seal.VerifyExport(page.raw); !errors.As(err, &wrong) || wrong.Place != "event 2" {
		p.t.Errorf("one page of events: %v", err)
	}
	// Who reads page by page and keeps the items under one seal has the whole chain.
	items := page.at("items").([]any)
	for next := page.at("next_cursor"); next != nil; {
		more := p.want(200, who, "GET", claim+"/events?limit=2&cursor="+next.(string), "")
		items, next = append(items, more.at("items").([]any)...), more.at("next_cursor")
	}
	joined, err := json.Marshal(map[string]any{"items": items, "next_cursor": nil, "seal": page.at("seal")})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := seal.VerifyExport(joined); err != nil {
		p.t.Errorf("pages joined: %v", err)
	}
}
