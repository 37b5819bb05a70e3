package models

import (
	"context"
	"encoding/json"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// QuestionRound is a question of staff to a party and the answer it got; without one Answer is zero.
type QuestionRound struct {
	Party            Side
	Question, Answer Event
}

// QuestionRounds are the questions among a claim's events, the first asked first.
func QuestionRounds(events []Event) []QuestionRound {
	var rounds []QuestionRound
	for _, e := range events {
		var f struct {
			Party Side `json:"party"`
		}
		if e.Redacted || json.Unmarshal(e.Data, &f) != nil {
			continue
		}
		switch e.Type {
		case "asked":
			rounds = append(rounds, QuestionRound{Party: f.Party, Question: e})
		case "answered":
			if n := len(rounds); n > 0 && rounds[n-1].Party == f.Party && rounds[n-1].Answer.Seq == 0 {
				rounds[n-1].Answer = e
			}
		}
	}
	return rounds
}

// sameQuestion tells whether two questions are the same but for spaces, marks and width.
func sameQuestion(a, b string) bool {
	bare := func(s string) string {
		return strings.Map(func(r rune) rune {
			if !unicode.IsLetter(r) && !unicode.IsNumber(r) {
				return -1
			}
			return unicode.ToLower(r)
		}, norm.NFKC.String(s))
	}
	return bare(a) == bare(b) && bare(a) != ""
}

// refuseAskedAgain keeps a question that its party has answered from being put a second time: the
// rounds are few. Kinds: Invalid.
func (s *Store) refuseAskedAgain(ctx context.Context, c Claim, in ActionInput) error {
	ask, ok := in.(*AskInput)
	if !ok || c.BuyerAsked+c.SellerAsked == 0 {
		return nil
	}
	events, err := s.events(ctx, c.ID, SideStaff)
	if err != nil {
		return err
	}
	for _, r := range QuestionRounds(events) {
		if r.Answer.Seq != 0 && r.Party == ask.Party && sameQuestion(r.Question.Texts["question"], ask.Question) {
			return fieldError("question", "asked_already", "answered_at", r.Answer.At)
		}
	}
	return nil
}
