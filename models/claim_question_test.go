package models

import (
	"fmt"
	"slices"
	"testing"
)

// What a party has answered is not asked again, by page or API; anything else may be.
func TestAnsweredQuestionsAreNotAskedAgain(t *testing.T) {
	m := newMarket(t)
	m.publishWith(func(p *PolicyValues) { p.QuestionRounds = 3 })
	c := m.inReview(m.order("A-1", nil))
	ask := func(party Side, question string) error {
		in := &AskInput{Party: party, Question: question}
		_, previewed := m.Preview(m.ctx, m.agent, c.Number, in)
		_, err := m.Act(m.ctx, m.agent, c.Number, in)
		if CodeOf(err) != CodeOf(previewed) {
			t.Fatalf("%q: previewed %v, done %v", question, previewed, err)
		}
		return err
	}
	m.must(ask(SideSeller, "控えはありますか？"))
	m.must(errOf(m.Act(m.ctx, m.seller, c.Number, &AnswerInput{Message: "あります。"})))
	for _, same := range []string{"控えはありますか？", " 控えは、ありますか? ", "控えはありますか"} {
		err := ask(SideSeller, same)
		if e, ok := err.(*Error); !ok || len(e.Fields) != 1 || e.Fields[0].Field != "question" || e.Fields[0].Code != "asked_already" { //nolint:errorlint // made here
			t.Errorf("%q: %v", same, err)
		}
	}
	m.must(ask(SideBuyer, "控えはありますか？")) // of the other party it is not known yet
	m.clock.set(m.claim(c.Number).DueAt - 1)
	m.must(errOf(m.Act(m.ctx, m.buyer, c.Number, &AnswerInput{Message: "ありません。"})))
	m.must(ask(SideSeller, "控えの写真はありますか？"))
	m.clock.set(m.claim(c.Number).DueAt)
	m.run()
	if now := m.claim(c.Number); now.Status != UnderReview {
		t.Fatalf("%s after a question that was not answered", now.Status)
	}
	m.must(ask(SideSeller, "控えの写真はありますか？"))
}

// An answer belongs to the last question, to its own party, once.
func TestQuestionRounds(t *testing.T) {
	seq := int64(0)
	event := func(kind, party string) Event {
		seq++
		return Event{Seq: seq, Type: kind, Data: []byte(`{"party":"` + party + `"}`)}
	}
	hidden := event("asked", "buyer")
	hidden.Redacted = true
	var got []string
	for _, r := range QuestionRounds([]Event{
		event("answered", "buyer"), event("asked", "seller"), event("answered", "buyer"), event("answered", "seller"), event("answered", "seller"), hidden, event("asked", "buyer"), event("noted", "buyer"),
	}) {
		got = append(got, fmt.Sprint(r.Party, " ", r.Question.Seq, " ", r.Answer.Seq))
	}
	if want := []string{"seller 3 5", "buyer 7 0"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSameQuestion(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"控えはありますか？", "控えは ありますか?", true}, {"ＡＢＣ", "abc", true}, {"いつ届きましたか", "いつ送りましたか", false}, {"？", "!", false}, {"", "", false},
	} {
		if got := sameQuestion(tc.a, tc.b); got != tc.same {
			t.Errorf("%q and %q: %v", tc.a, tc.b, got)
		}
	}
}
