package models

import (
	"reflect"
	"testing"
)

// Two windows answer two questions of one draft at once: both answers stay.
func TestDraftInTwoWindows(t *testing.T) {
	m, _ := withEvidence(t)
	number := m.order("A-1", nil)
	a, b, c := m.upload(m.buyer, "箱").ID, m.upload(m.buyer, "傷").ID, m.upload(m.buyer, "中身").ID
	seen := DraftBody{Lines: []int{1}, Evidence: []string{a, b}, Captions: map[string]string{a: "箱"}}
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", seen)))

	story := seen
	story.Description = "届きません。"
	m.must(errOf(m.ChangeDraft(m.ctx, m.buyer, number, "mp-s-1", seen, story)))
	files := seen
	files.Evidence, files.Captions = []string{b, c}, map[string]string{c: "中身"}
	m.must(errOf(m.ChangeDraft(m.ctx, m.buyer, number, "mp-s-1", seen, files)))
	wish := seen
	wish.DesiredOutcome, wish.Amount = WantsPartialRefund, "500"
	got, err := m.ChangeDraft(m.ctx, m.buyer, number, "mp-s-1", seen, wish)
	m.must(err)
	want := DraftBody{
		Lines: []int{1}, Description: "届きません。", DesiredOutcome: WantsPartialRefund, Amount: "500",
		Evidence: []string{b, c}, Captions: map[string]string{c: "中身"},
	}
	if !reflect.DeepEqual(got.Body, want) {
		t.Fatalf("kept %+v\nwant %+v", got.Body, want)
	}
	if kept, err := m.DraftFor(m.ctx, m.buyer, number, "mp-s-1"); err != nil || !reflect.DeepEqual(kept.Body, want) {
		t.Fatalf("read %+v %v", kept.Body, err)
	}
}

// An order's update may take away a line nobody has claimed: the draft goes on without it.
func TestDraftOfALineThatIsGone(t *testing.T) {
	m, _ := withEvidence(t)
	var kept OrderInput
	number := m.order("A-1", func(in *OrderInput) {
		kept = *in
		second := in.Lines[0]
		second.Line = 2
		in.Lines = append(in.Lines, second)
	})
	seen := DraftBody{Lines: []int{1, 2}}
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", seen)))
	kept.Lines = kept.Lines[:1]
	if _, _, err := m.PutOrder(m.ctx, m.integration, kept); err != nil {
		t.Fatal(err)
	}
	next := seen
	next.Description = "届きません。"
	got, err := m.ChangeDraft(m.ctx, m.buyer, number, "mp-s-1", seen, next)
	if err != nil || !reflect.DeepEqual(got.Body.Lines, []int{1}) || got.Body.Description == "" {
		t.Fatalf("%+v %v", got.Body, err)
	}
	if _, err := m.ChangeDraft(m.ctx, m.buyer, number, "mp-s-1", got.Body, DraftBody{Lines: []int{7}}); KindOf(err) != Invalid {
		t.Fatalf("a line that never was: %v", err)
	}
}

// What is sent is what was checked: a draft that another window has changed since is not.
func TestSentAsChecked(t *testing.T) {
	m, _ := withEvidence(t)
	number := m.order("A-1", nil)
	body := DraftBody{Lines: []int{1}, Reason: NotReceived, Description: "届きません。", DesiredOutcome: WantsRefund}
	seen, err := m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", body)
	m.must(err)
	body.Amount = "500"
	m.must(errOf(m.SaveDraft(m.ctx, m.buyer, number, "mp-s-1", body)))
	in := FileClaim{OrderNumber: number, Lines: []int{1}, Reason: NotReceived, Description: "届きません。", DesiredOutcome: WantsRefund, Schedule: true, FromDraft: true, DraftMark: seen.Body.Mark()}
	m.contact(number, NotReceived)
	if _, err := m.FileClaim(m.ctx, m.buyer, in); CodeOf(err) != "draft_changed" || KindOf(err) != Conflict {
		t.Fatalf("what another window wrote is sent: %v", err)
	}
	in.DraftMark = body.Mark()
	m.must(errOf(m.FileClaim(m.ctx, m.buyer, in)))
	if _, err := m.DraftFor(m.ctx, m.buyer, number, "mp-s-1"); KindOf(err) != NotFound {
		t.Fatalf("the draft stays: %v", err)
	}
}
