package handlers

import (
	"cmp"
	"slices"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// move is a smaller thing staff do to a case: one form, one action.
type move struct {
	path   string
	action models.Action
	done   string
	who    []models.Role // nil: all deciders
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
		path: "assign", action: models.Assign, done: "assigned", fields: questions{"to": choice("staff.assign_to"), "reason": story("staff.assign_note", 4000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			return &models.AssignInput{Versioned: v, To: f.get("to"), Reason: f.get("reason")}
		},
	},
	{
		path: "hold", action: models.Hold, done: "put_on_hold", fields: questions{"until": typed("staff.hold_until"), "reason": story("staff.hold_why", 1000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			return &models.HoldInput{Versioned: v, Reason: f.get("reason"), Until: f.instant("until", "staff.bad_hold_time")}
		},
	},
	{
		path: "pause", action: models.Pause, done: "paused", fields: questions{"until": typed("staff.pause_until"), "reason": story("staff.pause_reason", 1000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			return &models.PauseInput{Versioned: v, Reason: f.get("reason"), Until: f.instant("until", "staff.bad_time")}
		},
	},
	{
		path: "resume", action: models.Resume, done: "resumed", fields: questions{"reason": story("staff.resume_reason", 1000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			return &models.ResumeInput{Versioned: v, Reason: f.get("reason")}
		},
	},
	{
		path: "admit", action: models.Admit, done: "admitted", who: leads, fields: questions{"evidence": choice("staff.admit_files"), "reason": story("staff.admit_reason", 1000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			return &models.AdmitInput{Versioned: v, Evidence: f.all("evidence"), Reason: f.get("reason")}
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
	{
		path: "legal-hold", action: models.SetLegalHold, done: "legal_hold_set", who: leads, fields: questions{"reason": story("staff.hold_reason", 1000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			return &models.LegalHoldInput{Versioned: v, Reason: f.get("reason")}
		},
	},
	{
		path: "lift-legal-hold", action: models.LiftLegalHold, done: "legal_hold_lifted", who: leads, fields: questions{"reason": story("staff.lift_reason", 1000)},
		input: func(f *entry, v models.Versioned) models.ActionInput {
			return &models.LiftLegalHoldInput{Versioned: v, Reason: f.get("reason")}
		},
	},
}

// instant is a local time as it was typed, as the API has it; what is none is said, and stays.
func (f *entry) instant(name, bad string) string {
	if at, ok := localTime(f.get(name), f.h.store.Zone()); ok {
		return models.InstantOf(at).String()
	}
	if f.has(name) {
		f.say(name, f.words.text(bad))
	}
	return f.get(name)
}

// mostRadios is how many colleagues stand on the page one by one; more are chosen from a list, in
// which typing finds a name.
const mostRadios = 7

// movePage is the form of a move.
type movePage struct {
	Number   string
	Title    string
	Lead     string
	Sets     string // what becomes of the deadline
	Tag      templates.Tag
	Party    *templates.Field
	Pick     *templates.Field // the same from a list, where there are many
	Time     *templates.Field
	Files    *templates.Field
	Words    templates.Field
	Letters  []namedLetter
	Answered []askedBefore
	Lost     bool // it cannot be sent any more
	Changed  []templates.TimelineItem
	Hidden   []templates.Hidden
	Submit   templates.Submit
}

// askedBefore is an earlier question with its answer.
type askedBefore struct {
	Said  []templates.Message
	State string // whether and when it was answered
}

func (h *Handlers) showMove(m move) func(*gin.Context) error {
	return func(c *gin.Context) error { return h.movePage(c, m, h.newEntry(c, m.fields)) }
}

func (h *Handlers) movePage(c *gin.Context, m move, f *entry) error {
	v, ok, err := h.staffView(c)
	if err != nil || !ok {
		return err
	}
	d, q := h.desk(c, models.SideStaff), caseQuery(c)
	allowed := slices.Contains(v.Allowed, m.action)
	if !allowed && f.ok() {
		return seeOther(c, plus(q.caseHref(d, v.Number), "done", notNow))
	}
	key := string(m.action)
	content := movePage{
		Number: v.Number, Title: d.label("action", key), Lead: d.text("staff.lead_" + key), Sets: d.setsDeadline(v, m.action), Lost: !allowed, Tag: templates.Tag{Status: string(v.Status), Role: "staff"},
		Hidden: d.carry(v, f),
		Submit: templates.Submit{Label: d.label("action", key), Key: "Ctrl+Enter", Cancel: &templates.Link{Label: d.text("action.cancel"), Href: q.caseHref(d, v.Number)}},
	}
	if content.Lost {
		content.Submit.Cancel.Label = d.text("seller.back_to_case", "number", v.Number)
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
			content.Lead = d.text("staff.lead_ask", "period", hourPeriod(v.Policy.QuestionAnswerHours))
		case "to":
			to, err := h.assignees(c, v, f)
			if err != nil {
				return err
			}
			if len(to.Choices) > mostRadios {
				to.Choices = slices.Insert(to.Choices, 0, templates.Choice{Label: d.text("staff.assign_choose")})
				content.Pick = to
			} else {
				content.Party = to
			}
		case "until":
			hint := "staff.pause_until_hint"
			if m.action == models.Hold {
				hint = "staff.hold_until_hint"
			}
			until := f.field("until", hint)
			until.Type, until.Width = "datetime-local", "m"
			content.Time = &until
		case "evidence":
			files := d.lateFiles(v, f)
			content.Files = &files
		default:
			content.Words = f.field(name, "staff.hint_"+key)
			content.Words.Rows = 5
			content.Words.ReadOnly = content.Lost
			content.Words.Optional = name == "explanation" || m.action == models.Resume || m.action == models.Assign
		}
	}
	if m.action == models.Ask && v.Question != nil {
		events, err := h.store.EventsOf(c.Request.Context(), v)
		if err != nil {
			return err
		}
		for _, r := range models.QuestionRounds(events) {
			content.Answered = append(content.Answered, d.asked(r))
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
	p.Back = d.backToStaff(q, v.Number)
	asDesk(c, &p)
	p.Wide = len(content.Letters) > 0 || len(content.Answered) > 0
	return f.showPage("staff/move", p)
}

// assignees are the colleagues to choose from.
func (h *Handlers) assignees(c *gin.Context, v models.ClaimView, f *entry) (*templates.Field, error) {
	list, err := h.store.Assignees(c.Request.Context(), requestOf(c).actor, v.Claim)
	if err != nil {
		return nil, err
	}
	to := f.field("to", "")
	for _, a := range list {
		to.Choices = append(to.Choices, templates.Choice{Value: a.ID, Label: a.Name, Hint: f.words.label("role", string(a.Role)), Checked: f.get("to") == a.ID})
	}
	return &to, nil
}

// lateFiles are the files a lead may let count, all of them to begin with where there is one.
func (d desk) lateFiles(v models.ClaimView, f *entry) templates.Field {
	var late []models.Evidence
	for _, e := range v.Evidence {
		if e.Barred() {
			late = append(late, e)
		}
	}
	out, chosen := f.field("evidence", ""), f.all("evidence")
	for _, e := range late {
		out.Choices = append(out.Choices, templates.Choice{
			Value: e.ID, Label: cmp.Or(e.Note, e.FileName), Checked: slices.Contains(chosen, e.ID) || len(late) == 1,
			Hint: d.text("staff.admit_file", "role", d.label("role", string(e.By)), "received_at", e.At),
		})
	}
	return out
}

func (d desk) backToStaff(q queueQuery, number string) *templates.Link {
	return &templates.Link{Label: d.text("staff.back_to_case", "number", number), Href: q.caseHref(d, number), Key: "u"}
}

// setsDeadline says what a move does to the deadline, with the date.
func (d desk) setsDeadline(v models.ClaimView, a models.Action) string {
	switch a { //nolint:exhaustive // the others leave deadlines as they are, or set none
	case models.Ask:
		return d.text("staff.sets_ask", "due_at", v.Now.Add(hourPeriod(v.Policy.QuestionAnswerHours)))
	case models.AddNote:
		if v.DueAt != 0 {
			return d.text("staff.sets_note", "due_at", v.DueAt)
		}
	case models.Pause:
		return d.text("staff.sets_pause", "due_at", v.DueAt)
	case models.Resume:
		return d.text("staff.sets_resume", "due_at", v.DueAt.Add(-v.PauseUntil.Sub(v.Now)))
	}
	return ""
}

func (d desk) asked(r models.QuestionRound) askedBefore {
	text := r.Question.Texts["question"]
	out := askedBefore{State: d.text("staff.not_answered"), Said: []templates.Message{
		{Who: d.text("staff.question_to_" + string(r.Party)), Side: "staff", Text: text, Lang: templates.LangOf(text, d.locale), At: r.Question.At.Time()},
	}}
	if r.Answer.Seq != 0 {
		text = r.Answer.Texts["message"]
		out.State = d.text("staff.answered_at", "answered_at", r.Answer.At)
		out.Said = append(out.Said, templates.Message{Who: d.label("role", string(r.Party)), Side: string(r.Party), Text: text, Lang: templates.LangOf(text, d.locale), At: r.Answer.At.Time()})
	}
	return out
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
				return seeOther(c, plus(caseQuery(c).caseHref(h.desk(c, models.SideStaff), number), "done", m.done))
			}
			if err := f.refused(err); err != nil {
				return err
			}
		}
		return h.movePage(c, m, f)
	}
}
