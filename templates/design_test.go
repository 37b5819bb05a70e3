package templates

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The page of parts shows all there are: every heading of its table of contents, every icon of
// the sprite, every status somebody can see and every state of a clock, an item and a task.
func TestDesignShowsEverything(t *testing.T) {
	set := parsed(t)
	page := DesignPage("ja", noon)
	d, ok := page.Content.(Design)
	if !ok {
		t.Fatalf("content is a %T", page.Content)
	}
	html := rendered(t, set, "ja", "design", page)
	for _, id := range d.Sections {
		if !strings.Contains(html, `<h2 id="`+id+`">`) || !strings.Contains(html, `<li><a href="#`+id+`">`) {
			t.Errorf("no section %s", id)
		}
	}
	if n := strings.Count(html, "<h1"); n != 1 {
		t.Errorf("%d h1", n)
	}
	var sprite []string
	for _, m := range regexp.MustCompile(`<symbol id="([a-z-]+)"`).FindAllStringSubmatch(read(t, "../static/img/icons.svg"), -1) {
		sprite = append(sprite, m[1])
	}
	if slices.Sort(sprite); !slices.Equal(sprite, slices.Sorted(slices.Values(d.Icons))) {
		t.Errorf("the page shows the icons %v, and the sprite has %v", d.Icons, sprite)
	}
	for _, state := range []string{"calm", "soon", "over", "open"} {
		if !strings.Contains(html, `<section class="clock" data-s="`+state+`"`) {
			t.Errorf("no clock that is %s", state)
		}
	}
	for _, e := range []string{"checked", "checking", "unusable"} {
		if !slices.ContainsFunc(d.Evidence, func(i EvidenceItem) bool { return i.State == e }) {
			t.Errorf("no evidence that is %s", e)
		}
	}
	for _, s := range []string{TaskTodo, TaskStarted, TaskDone, TaskOptional, TaskProblem, TaskBlocked} {
		if !slices.ContainsFunc(d.Tasks, func(i Task) bool { return i.Status == s }) {
			t.Errorf("no task that is %s", s)
		}
	}
}

// Every icon a page or a rule of looks names is in the sprite, and none lies there unused.
func TestIconsAreThoseOfTheSprite(t *testing.T) {
	sprite := read(t, "../static/img/icons.svg")
	used := map[string]bool{"dot": true} // of what has no look of its own
	for name, text := range templateFiles(t) {
		for _, m := range regexp.MustCompile(`template "icon" "([a-z-]+)"`).FindAllStringSubmatch(text, -1) {
			used[m[1]] = true
			if !strings.Contains(sprite, `<symbol id="`+m[1]+`"`) {
				t.Errorf("%s names the icon %q", name, m[1])
			}
		}
	}
	for status, l := range looks {
		used[l.icon] = true
		if !strings.Contains(sprite, `<symbol id="`+l.icon+`"`) {
			t.Errorf("%s has the icon %q", status, l.icon)
		}
	}
	for _, c := range []Clock{
		{Kind: ClockDue, At: noon.AddDate(0, 0, 2), Now: noon},
		{Kind: ClockDue, At: noon.Add(1), Now: noon},
		{Kind: ClockDue, At: noon, Now: noon},
		{Kind: ClockOpens, At: noon.Add(1), Now: noon},
		{Kind: ClockOpens, At: noon, Now: noon},
	} {
		used[c.Icon()] = true
	}
	for _, m := range regexp.MustCompile(`<symbol id="([a-z-]+)"`).FindAllStringSubmatch(sprite, -1) {
		if !used[m[1]] {
			t.Errorf("nothing uses the icon %s", m[1])
		}
	}
}

func TestTask(t *testing.T) {
	for _, x := range []struct {
		task Task
		open bool
		tone string
	}{
		{Task{Href: "/x", Status: TaskTodo}, true, "info"},
		{Task{Href: "/x", Status: TaskStarted}, true, "calm"},
		{Task{Href: "/x", Status: TaskDone}, true, ""},
		{Task{Href: "/x", Status: TaskOptional}, true, ""},
		{Task{Href: "/x", Status: TaskProblem}, true, "no"},
		{Task{Href: "/x", Status: TaskBlocked}, false, ""},
		{Task{Status: TaskDone}, false, ""},
	} {
		if x.task.Open() != x.open || x.task.Tone() != x.tone {
			t.Errorf("%+v: open %v, tone %q", x.task, x.task.Open(), x.task.Tone())
		}
	}
}

func TestEvidenceViewer(t *testing.T) {
	set := parsed(t)
	v := EvidenceView{
		Item:    EvidenceItem{Caption: "Delivery record", FileName: "IMG_1.jpg", Who: "出品者", At: noon, Size: 348_211, State: "checked", Covered: 2},
		Picture: "/p", Width: 1600, Height: 1200, Download: "/d", Hash: "9f86d081884c7d659a2feaa0", Clean: true, Prev: "/1", Next: "/3", Place: "2 / 3",
	}
	got := rendered(t, set, "ja", "evidence-viewer", v)
	for _, want := range []string{
		`<img src="/p" alt="Delivery record" lang="en" width="1600" height="1200">`, `<input type="checkbox" id="zoom">`, `<a rel="prev" href="/1">`, `<a rel="next" href="/3">`,
		"2 / 3", "341\u00a0KB", "1,600×1,200", "sha256:9f86d081<", `href="/d" download`, "削除済み", "11月23日(月)12:00", "2か所が隠されています",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the viewer lacks %q:\n%s", want, got)
		}
	}
	bare := rendered(t, set, "ja", "evidence-viewer", EvidenceView{Item: EvidenceItem{At: noon, State: "checking"}})
	for _, no := range []string{"<img", "checkbox", "<nav", "download", "sha256"} {
		if strings.Contains(bare, no) {
			t.Errorf("a file still checked shows %q:\n%s", no, bare)
		}
	}
}
