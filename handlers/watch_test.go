package handlers

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

var watched = regexp.MustCompile(`data-watch="([^"]+)"`)

// A page asks how much has changed that its reader may see; nobody else learns anything.
func TestPagesAskWhatHasChanged(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	buyer, seller, agent := p.as("b1"), p.as("s1"), p.as("agent")
	asks := map[*visitor]string{}
	for v, path := range map[*visitor]string{buyer: "/ja/my/claims/", seller: "/ja/seller/cases/", agent: "/ja/staff/cases/"} {
		m := watched.FindStringSubmatch(v.page(200, path+number))
		if m == nil {
			t.Fatalf("%s%s asks nothing", path, number)
		}
		asks[v] = m[1]
	}
	count := func(what string, want map[*visitor]string) {
		t.Helper()
		for v, n := range want {
			if got := v.send("GET", asks[v], "", nil); string(got.raw) != n || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %s answers %q, want %s", what, asks[v], got.raw, n)
			}
		}
	}
	count("at first", map[*visitor]string{buyer: "0", seller: "0", agent: "0"})
	p.want(200, "agent2", "POST", "/claims/"+number+"/actions/note", `{"body":"社内だけ"}`)
	count("a note of staff", map[*visitor]string{buyer: "0", seller: "0", agent: "1"})
	p.want(201, "b1", "POST", "/claims/"+number+"/messages", `{"body":"まだです。"}`)
	count("a message", map[*visitor]string{buyer: "1", seller: "1", agent: "2"})
	for _, path := range []string{"/ja/cases/" + number + "/changes?after=x", "/ja/cases/C-0000-0000/changes"} {
		if got := buyer.send("GET", path, "", nil); got.status != 404 {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if got := p.as("b2").send("GET", asks[buyer], "", nil); got.status != 404 {
		t.Errorf("somebody else is answered with %d", got.status)
	}

	// Asking is not using: half an hour without anything else ends the session.
	for range 4 {
		p.clock.add(8 * time.Minute)
		if got := buyer.send("GET", asks[buyer], "", nil); got.status == 303 {
			return
		}
	}
	t.Error("a page that only asks keeps its session")
}

// The queue says in how many of its cases others have done something: in those it shows, those
// that have come and those that have gone; what one does oneself is no news.
func TestQueueAsksWhatHasChanged(t *testing.T) {
	p := newPortal(t)
	p.order("o-4")
	p.contact("o-4")
	one, two := p.review("o-1"), p.review("o-2")
	agent := p.as("agent")
	m := watched.FindStringSubmatch(agent.page(200, "/ja/staff/queue?v=due&reason=not_received"))
	if m == nil {
		t.Fatal("the queue asks nothing")
	}
	asks := strings.ReplaceAll(m[1], "&amp;", "&")
	if m := watched.FindStringSubmatch(agent.raw("/ja/staff/queue?v=all")); m == nil || !strings.Contains(m[1], "v=all") {
		t.Errorf("another view asks %q", m)
	}
	want := func(what, n string) {
		t.Helper()
		if got := agent.send("GET", asks, "", nil); string(got.raw) != n || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %q, want %s", what, got.status, got.raw, n)
		}
	}
	p.want(200, "", "POST", "/sandbox/clock", `{"advance":"1s"}`)
	want("at first", "0")
	p.want(200, "agent", "POST", "/claims/"+one+"/actions/note", `{"body":"自分のメモ"}`)
	want("what one does oneself", "0")
	p.want(200, "agent2", "POST", "/claims/"+one+"/actions/take", `{}`)
	p.want(200, "agent2", "POST", "/claims/"+one+"/actions/note", `{"body":"社内メモ"}`)
	want("two changes of one case", "1")
	p.want(200, "b1", "POST", "/claims/"+two+"/actions/withdraw", `{"reason":"解決しました。"}`)
	want("one that has gone", "2")
	new4 := p.want(201, "b1", "POST", "/claims", filing("o-4")).str("number")
	want("one that is not with staff", "2")
	p.want(200, "s1", "POST", "/claims/"+new4+"/actions/contest", `{"message":"発送しました。"}`)
	want("one that has come", "3")
	lacks(t, "a search", agent.raw("/ja/staff/queue?q=none"), "data-watch")
	for _, wrong := range []string{"after=x", "v=none", "cursor=none"} {
		if got := agent.send("GET", "/ja/staff/queue/changes?"+wrong, "", nil); got.status != 404 {
			t.Errorf("%s: %d", wrong, got.status)
		}
	}
}

// Staff look closely at a file of a case as parties do, with its neighbours.
func TestStaffLookAtAFile(t *testing.T) {
	p := newPortal(t)
	number := p.review("o-1")
	for i := range byte(2) {
		evidence := p.upload("b1", "proof.png", picture(9+i)).str("id")
		p.want(200, "b1", "POST", "/claims/"+number+"/actions/add_evidence", `{"evidence":["`+evidence+`"],"note":"証拠"}`)
	}
	v := p.as("agent")
	links := regexp.MustCompile(`href="(/ja/staff/cases/`+number+`/evidence/[^"]+)"`).FindAllStringSubmatch(v.page(200, "/ja/staff/cases/"+number), -1)
	if len(links) != 2 {
		t.Fatalf("%d files lead to a page", len(links))
	}
	wants(t, "first", v.page(200, links[0][1]), `class="viewer"`, `rel="next" href="`+links[1][1], "1 / 2", "/content")
	wants(t, "second", v.page(200, links[1][1]), `rel="prev" href="`+links[0][1])
	v.page(404, "/ja/staff/cases/"+number+"/evidence/none")
}
