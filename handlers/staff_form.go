package handlers

import (
	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// move is a smaller thing staff do to a case: one form, one action.
type move struct {
	path   string
	action models.Action
	done   string
	fields questions
	input  func(f *entry, version models.Versioned) models.ActionInput
}

// staffMoves are the moves with a page of their own. A decision has more (decide_pages.go).
var staffMoves = []move{
	{
		path: "ask", action: models.Ask, done: "asked",
		fields: questions{"party": choice("staff.ask_party"), "question": story("staff.ask_question", 4000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			return &models.AskInput{Versioned: v, Party: models.Side(f.get("party")), Question: f.get("question")}
		},
	},
	{
		path: "note", action: models.AddNote, done: "noted", fields: questions{"body": story("staff.note_body", 4000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			return &models.NoteInput{Versioned: v, Body: f.get("body")}
		},
	},
	{
		path: "pause", action: models.Pause, done: "paused", fields: questions{"until": typed("staff.pause_until"), "reason": story("staff.pause_reason", 1000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			in := &models.PauseInput{Versioned: v, Reason: f.get("reason")}
			if at, ok := localTime(f.get("until"), f.h.store.Zone()); ok {
				in.Until = models.InstantOf(at).String()
			} else if f.has("until") {
				f.say("until", f.words.text("staff.bad_time"))
				in.Until = f.get("until")
			}
			return in
		},
	},
	{
		path: "resume", action: models.Resume, done: "resumed", fields: questions{"reason": story("staff.resume_reason", 1000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			return &models.ResumeInput{Versioned: v, Reason: f.get("reason")}
		},
	},
	{
		path: "approve", action: models.Approve, done: "approved", fields: questions{"explanation": story("staff.approve_why", 4000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			return &models.ApproveInput{Versioned: v, Explanation: f.get("explanation")}
		},
	},
	{
		path: "send-back", action: models.SendBack, done: "sent_back", fields: questions{"explanation": story("staff.send_back_why", 4000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			return &models.SendBackInput{Versioned: v, Explanation: f.get("explanation")}
		},
	},
}

// movePage is the form of a move.
type movePage struct {
	Number   string
	Title    string
	Lead     string
	Tag      templates.Tag
	Party    *templates.Field
	Time     *templates.Field
	Words    templates.Field
	Letters  []namedLetter
	Answered []templates.Message // what was asked and answered before
	Changed  []templates.TimelineItem
	Hidden   []templates.Hidden
	Submit   templates.Submit
}

func (h *Handlers) showMove(m move) func(*gin.Context) error {
	return func(c *gin.Context) error { return h.movePage(c, m, h.newEntry(c, m.fields)) }
}

func (h *Handlers) movePage(c *gin.Context, m move, f *entry) error {
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return err
	}
	d := h.desk(c, models.SideStaff)
	allowed := false
	for _, a := range v.Allowed {
		allowed = allowed || a == m.action
	}
	if !allowed && f.ok() {
		return seeOther(c, d.path("staff/cases", v.Number)+"?done="+notNow)
	}
	key := string(m.action)
	content := movePage{
		Number: v.Number, Title: d.label("action", key), Lead: d.text("staff.lead_" + key), Tag: templates.Tag{Status: string(v.Status), Role: "staff"},
		Hidden: d.carry(v, f),
		Submit: templates.Submit{Label: d.label("action", key), Cancel: &templates.Link{Label: d.text("action.cancel"), Href: d.path("staff/cases", v.Number)}},
	}
	for name := range m.fields {
		switch name {
		case "party":
			party := f.choices("party", "", []string{"buyer", "seller"}, func(s string) string { return d.label("role", s) })
			for i, x := range party.Choices {
				asked := v.BuyerAsked
				if x.Value == "seller" {
					asked = v.SellerAsked
				}
				party.Choices[i].Hint = d.text("staff.asked_before", "count", asked, "max", v.Policy.QuestionRounds)
				if asked >= v.Policy.QuestionRounds {
					party.Choices[i].Hint, party.Choices[i].Reason = "", d.text("staff.asked_enough", "max", v.Policy.QuestionRounds)
				}
			}
			content.Party = &party
			content.Lead = d.text("staff.lead_ask", "period", hoursOf(v.Policy.QuestionAnswerHours))
		case "until":
			until := f.field("until", "staff.pause_until_hint")
			until.Type, until.Width = "datetime-local", "m"
			content.Time = &until
		default:
			content.Words = f.field(name, "staff.hint_"+key)
			content.Words.Rows = 5
			content.Words.Optional = name == "explanation" || m.action == models.Resume
		}
	}
	if q := v.Question; q != nil && m.action == models.Ask {
		content.Answered = append(content.Answered, templates.Message{Who: d.text("staff.question_to_" + string(q.Party)), Side: "staff", Text: q.Text, At: q.At.Time()})
		if a := v.LastStatement(q.Party); a != nil && a.At >= q.At {
			content.Answered = append(content.Answered, templates.Message{Who: d.label("role", string(a.By)), Side: string(a.By), Text: a.Text, At: a.At.Time()})
		}
	}
	if x := v.Proposal; x != nil && (m.action == models.Approve || m.action == models.SendBack) {
		content.Letters = d.bothLetters(v.Claim, undated(*x, true))
	}
	if f.stale {
		if content.Changed, err = h.changedSince(c, d, v.Number, f); err != nil {
			return err
		}
	}
	p := h.page(c, content.Title, content)
	p.Dense, p.Wide = true, len(content.Letters) > 0
	p.Back = d.backToStaff(v.Number)
	markNav(&p, d.path("staff/"))
	return f.showPage("staff/move", p)
}

func (d desk) backToStaff(number string) *templates.Link {
	return &templates.Link{Label: d.text("staff.back_to_case", "number", number), Href: d.path("staff/cases", number)}
}

func (h *Handlers) postMove(m move) func(*gin.Context) error {
	return func(c *gin.Context) error {
		number, err := numberOf(c, 'C', "number")
		if err != nil {
			return err
		}
		f, err := h.readEntry(c, m.fields)
		if err != nil {
			return err
		}
		ctx, by := c.Request.Context(), requestOf(c).actor
		in := m.input(f, models.Versioned{Version: f.version()})
		// Looked at even where a field could not be read, so that all messages come at once.
		if _, err := h.store.Preview(ctx, by, number, in); err != nil {
			if err := f.refused(err); err != nil {
				return err
			}
		}
		if f.ok() {
			if _, err = h.store.Act(ctx, by, number, in); err == nil {
				return seeOther(c, f.words.path("staff/cases", number)+"?done="+m.done)
			}
			if err := f.refused(err); err != nil {
				return err
			}
		}
		return h.movePage(c, m, f)
	}
}
