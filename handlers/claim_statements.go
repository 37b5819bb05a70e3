package handlers

import (
	"encoding/json"
	"slices"

	"hosho/models"
	"hosho/templates"
)

// statement says of a kind of event whose words it holds, under which name, and what they are.
type statement struct {
	by          models.Side // "" is whoever the event names as its party
	text, topic string
}

// statedEvents are those with words the parties and the reviewer have put on record. The clock
// sends answers that were held, so that who acted is not always who speaks.
var statedEvents = map[string]statement{
	"filed":            {models.SideBuyer, "description", "claims.story"},
	"contested":        {models.SideSeller, "message", "claims.answer_topic"},
	"offered":          {models.SideSeller, "message", "claims.offer_kind"},
	"offer_accepted":   {models.SideBuyer, "message", "claims.offer_choice"},
	"countered":        {models.SideBuyer, "message", "claims.counter"},
	"offer_declined":   {models.SideBuyer, "message", "claims.offer_choice"},
	"asked":            {models.SideStaff, "question", "claims.question_topic"},
	"answered":         {"", "message", "claims.answer_topic"},
	"appealed":         {"", "grounds", "appeals.topic"},
	"objected":         {models.SideBuyer, "message", "claims.object_message"},
	"return_disputed":  {models.SideSeller, "message", "returns.disputed"},
	"return_confirmed": {models.SideSeller, "note", "returns.received"},
	"withdrawn":        {models.SideBuyer, "message", "claims.why_withdrawn"},
	"reopened":         {models.SideBuyer, "message", "claims.why_reopened_topic"},
}

// statements are what has been put on record in a claim, oldest first.
func (d desk) statements(events []models.Event) []templates.Message {
	var list []templates.Message
	for _, e := range events {
		s, ok := statedEvents[e.Type]
		text := e.Texts[s.text]
		if !ok || e.Redacted || text == "" {
			continue
		}
		if s.by == "" {
			var f eventFacts
			_ = json.Unmarshal(e.Data, &f) // an event of a form not known yet is nobody's
			s.by = models.Side(f.Party)
		}
		list = append(list, templates.Message{
			Who: d.who(s.by), Side: string(s.by), Text: text, Lang: templates.LangOf(text, d.locale), Topic: d.text(s.topic), At: e.At.Time(), Mine: s.by == d.side,
		})
	}
	return list
}

// withoutStated leaves out of events the words that a page gives in a place of their own.
func withoutStated(events []models.Event) []models.Event {
	short := slices.Clone(events)
	for i, e := range short {
		if _, ok := statedEvents[e.Type]; ok || e.Type == "message_sent" || e.Type == "decided" || e.Type == "appeal_decided" {
			short[i].Texts = nil
		}
	}
	return short
}

// you names a side as whoever reads the page is spoken to.
func (d desk) you(s models.Side) string {
	if s == models.SideBuyer && d.side == s {
		return d.text("claims.you")
	}
	return d.who(s)
}

// youByLabel is you for the name of a role that stands on the page already.
func (d desk) youByLabel(who string) string {
	if who == d.label("role", string(d.side)) {
		return d.you(d.side)
	}
	return who
}

// speakToBuyer names the reader in a conversation as buyers are spoken to.
func (d desk) speakToBuyer(list []templates.Message) {
	for i := range list {
		if list[i].Mine {
			list[i].Who = d.you(d.side)
		}
	}
}
