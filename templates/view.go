package templates

import (
	"fmt"
	"time"
)

// Page is what every page gives the layout. Content is the page's own struct.
type Page struct {
	Lang    string    // "ja" or "en", the locale it is rendered in
	Path    string    // below /{lang}/, with its query, no leading slash; the language switch keeps it
	Title   string    // the h1 and the first part of <title>
	Speech  string    // language of Title where it is somebody's own words; "" is the page's
	Now     time.Time // the instant the page speaks of: the sandbox's, if there is one
	Theme   string    // "light", "dark" or "" for the device's own
	Dense   bool      // staff density
	Wide    bool      // tables and panels use the whole width
	Site    string    // the portal's name, chosen by the operator; "" is Hosho
	User    *User     // nil when nobody is signed in
	Nav     []Link    // account navigation of the user's role
	Back    *Link
	Sandbox *Sandbox // nil outside the sandbox
	Tour    *Tour    // the sandbox's story under way, nil without one
	Banner  *Banner  // one at most
	Errors  []FieldError
	NoIndex bool     // search engines leave it alone: everything but public pages
	Scripts []string // further modules of static/js this page wants, without their ".js"
	Watch   *Watch   // whether somebody else has changed what the page shows
	Content any

	Description string // one sentence for search engines
	Base        string // the portal's own address, for what must be absolute; "" where there is no such page in each language
}

// Watch lets a page say that what it shows has changed since: Href answers with the number of
// changes.
type Watch struct {
	Href  string
	Cases bool // it counts cases of a list; else the page is about one
}

// User is the person signed in. Role is a word of the catalogue (role.…).
type User struct{ Name, Role string }

// Link is a link, or a place in a navigation. Current marks the page one is on.
type Link struct {
	Label, Href string
	Current     bool
	Count       int    // shown beside the label when above zero
	More        bool   // Count is only the least there are
	Key         string // that does the same on the pages of staff
}

// Sandbox fills the bar that shows this is a trial with a clock of its own.
type Sandbox struct {
	Now    time.Time
	Action string // form address that moves the clock; field "advance"
	Panel  string // address of the list of people to sign in as
	Next   string // where one is, to come back to; field "next"
	Steps  []SandboxStep
}

// SandboxStep is one button of the clock: Advance as the form value ("48h").
type SandboxStep struct {
	Advance string
	By      time.Duration
}

// Banner is the one notice under the header. Tone: info, ok, warn or danger. Role "status"
// or "alert" has it read aloud when the page opens: what a form just sent has come to.
type Banner struct {
	Tone, Title, Text string
	Role              string
	Link              *Link
}

// FieldError belongs to the control with id Field (the form's name of it) and
// reads exactly like the message beside that control. Field "" is about the
// whole form.
type FieldError struct{ Field, Text string }

// Field is one question of a form. Label, Hint and Error are words in the
// page's language; Value is what was typed, unchanged.
type Field struct {
	Name, Label, Hint, Value, Error string
	ID                              string // tells fields of one name in several forms of a page apart; "" is Name
	Type                            string // of the input: "" is text; email, url, date, search, password
	Digits                          bool   // a number: text with a numeric keyboard
	Width                           string // "s", "m", "l" or "" for the whole measure: the expected length
	Rows                            int    // of a text area; 0 is 8
	Max                             int    // characters allowed, said under a text area; 0 says nothing
	Autocomplete                    string
	Lang                            string // of Value where it is known
	Accept                          string // of a file input
	Multiple                        bool
	Upload                          string // where scripts send each chosen file by itself; "" leaves all to the form
	ToStore                         bool   // scripts may send the bytes straight to the store of files
	MaxSize                         int64  // of a file, in bytes
	Largest                         string // the same in words
	Reuse                           *Field // check boxes of files that are there already, below a file input
	CaptionMax                      int    // characters of one of them
	Captions                        string // label of a field that scripts show beside each file; "" shows none
	ReadOnly                        bool   // to be read and copied, not sent
	Optional, Required              bool   // print 任意 or 必須; neither where it is obvious
	Heading                         bool   // the label is the page's h1
	Choices                         []Choice
}

// Key is what the ids of the control and of what is said about it are made of.
func (f Field) Key() string {
	if f.ID != "" {
		return f.ID
	}
	return f.Name
}

// Choice is one option of radios or checkboxes. With a Reason it cannot be
// chosen now: it stays visible, as text, with the reason.
type Choice struct {
	Value, Label, Hint, Reason string
	Thumbnail                  string // address of a small picture beside it
	Checked                    bool
	Caption                    *Field // asked about it, right below
}

// choiceList tells the shared partial which kind of control to draw.
type choiceList struct {
	Field Field
	Type  string
}

func choicesOf(f any, kind string) (choiceList, error) {
	switch f := f.(type) {
	case Field:
		return choiceList{f, kind}, nil
	case *Field:
		return choiceList{*f, kind}, nil
	}
	return choiceList{}, fmt.Errorf("%T is not a Field", f)
}

// Hidden is a form value nobody types.
type Hidden struct{ Name, Value string }

// Tag is a status with its icon. Status is a key of the claim's states; Role
// chooses words and tone (buyer, seller, staff). Text replaces the catalogue's
// words.
type Tag struct{ Status, Role, Text string }

type look struct{ tone, icon string }

// looks are the silhouettes and inks of statuses. Whose turn it is changes the
// ink: the same clock is "yours" to one party and "wait" to the other.
var looks = map[string]look{
	"draft":             {"", "pencil"},
	"scheduled":         {"wait", "hourglass"},
	"awaiting_seller":   {"wait", "clock"},
	"awaiting_buyer":    {"wait", "speech"},
	"under_review":      {"review", "magnifier"},
	"awaiting_approval": {"review", "magnifier"},
	"awaiting_return":   {"wait", "parcel"},
	"settled":           {"ok", "handshake"},
	"granted":           {"ok", "check"},
	"denied":            {"no", "bar"},
	"withdrawn":         {"", "archive"},
	"under_appeal":      {"review", "arrows"},
	"frozen":            {"", "pause"},
	"waiting":           {"wait", "hourglass"},
	"refunding":         {"review", "coin-arrow"},
	"refunded":          {"ok", "coin-check"},
	"open":              {"ok", "check"},
	"closed":            {"", "archive"},
	"attention":         {"turn", "alert"},
}

// Tone is the ink: wait, turn, review, ok, no, or "" for neutral.
func (t Tag) Tone() string {
	if t.Status == "awaiting_seller" && t.Role == "seller" || t.Status == "awaiting_buyer" && t.Role == "buyer" ||
		t.Role == "staff" && t.Status == "awaiting_approval" {
		return "turn"
	}
	return looks[t.Status].tone
}

// Icon is the silhouette.
func (t Tag) Icon() string {
	if l, ok := looks[t.Status]; ok {
		return l.icon
	}
	return "dot"
}

// Kinds of clock.
const (
	ClockDue   = "due"   // the viewer has to act until At (exclusive)
	ClockWait  = "wait"  // somebody else has to; never printed as danger
	ClockOpens = "opens" // something becomes possible at At
)

// Clock shows an instant first and the time left second.
type Clock struct {
	Label string
	At    time.Time
	Now   time.Time
	Kind  string
	Over  string // words once At is reached; "" takes the catalogue's
	After string // what happens then, one sentence
}

// State is calm, soon (less than a day left for the viewer), over or open.
func (c Clock) State() string {
	left := c.At.Sub(c.Now)
	switch {
	case left <= 0:
		return c.Zero()
	case c.Kind == ClockDue && left < 24*time.Hour:
		return "soon"
	default:
		return "calm"
	}
}

// Zero is the state from At on.
func (c Clock) Zero() string {
	switch c.Kind {
	case ClockOpens:
		return "open"
	case ClockWait:
		return "soon"
	default:
		return "over"
	}
}

// Icon changes with the state, so that colour is never alone.
func (c Clock) Icon() string {
	switch c.State() {
	case "over":
		return "clock-over"
	case "soon":
		return "clock-soon"
	case "open":
		return "check"
	}
	if c.Kind == ClockOpens {
		return "hourglass"
	}
	return "clock"
}

// Figure is the other hero of a case: an amount, with what it means.
type Figure struct {
	Label string
	Money Money
	Note  string
	Link  *Link
}

// Step is one of the fixed stations of a claim. State: done, current or "" for
// what is still to come. Note is its date, or the usual range; Href a page about it.
type Step struct{ Label, State, Note, Href string }

// TimelineItem is one thing that happened, newest first in a list. DateOnly
// leaves out a time that is not known.
type TimelineItem struct {
	Title, Who, Text string
	Said, Lang       string // what somebody wrote then, and its language where that may differ from the page's
	At               time.Time
	DateOnly         bool
	Link             *Link
}

// Timeline lists items, newest first; Earlier is folded away.
type Timeline struct {
	Items, Earlier []TimelineItem
}

// EvidenceItem is one file. State: checking, checked, unusable.
type EvidenceItem struct {
	Caption, FileName, Href, Thumbnail string
	Width, Height                      int // of the thumbnail
	Who                                string
	At                                 time.Time
	Size                               int64 // bytes
	State, Reason                      string
	Hint                               string // for staff: what is worth a look, in one line
	Late                               bool
	Covered                            int // regions covered before it was sent, as its uploader says
}

// SummaryRow is a fact, or an answer with a link to change it. An empty Value
// prints as not given. Value may hold line breaks.
type SummaryRow struct {
	Label, Value string
	Lang         string
	Code         bool // Value is an address or a name of programs
	Money        *Money
	At           *time.Time
	Links        []Link
	Change       string // address; "" prints no link
}

// ActionItem is something one may want to do. Where Allowed is false it stays
// on the list with Reason and, if it opens later, the instant Opens.
type ActionItem struct {
	Label, Href, Hint, Reason string
	Allowed                   bool
	Opens                     *time.Time
	Deadline                  *time.Time // exclusive end of what is allowed
	Other                     *Link      // another way while it is not allowed
}

// Column of a table. SortHref makes its head a link; Sorted is "ascending",
// "descending" or "".
type Column struct {
	Label            string
	Number           bool
	SortHref, Sorted string
}

// Cell holds one datum: the first that is set of Link, Tag, Due, Money, At, Text. Lang is of
// Text where it may differ from the page's.
type Cell struct {
	Text  string
	Lang  string
	Code  bool // an address or a name of programs: Text, or the link's Label
	Link  *Link
	Tag   *Tag
	Due   *Clock
	Money *Money
	At    *time.Time
}

// Row has one cell per column; the first is its heading.
type Row struct{ Cells []Cell }

// Table becomes a list of cards where there is little width.
type Table struct {
	Caption string
	Columns []Column
	Rows    []Row
	Empty   *Empty // shown instead of a table without rows
	Pages   *Pages
}

// LabelAt is the heading of a column, repeated in front of a card's value.
func (t Table) LabelAt(i int) string {
	if i < len(t.Columns) {
		return t.Columns[i].Label
	}
	return ""
}

// NumberAt tells whether a column is set to the right.
func (t Table) NumberAt(i int) bool { return i < len(t.Columns) && t.Columns[i].Number }

// Pages leads to the neighbours of a list page and to its beginning; "" where there is none.
type Pages struct{ Prev, Next, First string }

// Empty says why there is nothing and what would fill it.
type Empty struct {
	Text string
	Link *Link
}

// MoneyLine is one amount with its cause.
type MoneyLine struct {
	Label, Note string
	Lang        string // of Label where it may differ from the page's
	Money       Money
	Added       bool // with a plus sign: it makes up for another line
}

// MoneyLines are gross amounts, one line each, and what they come to.
type MoneyLines struct {
	Caption string
	Lines   []MoneyLine
	Total   MoneyLine
	Proof   string // "matches what was paid", or ""
}

// Submit is the one filled button of a page and the quiet ways around it.
type Submit struct {
	Label  string
	Danger bool
	Key    string // that does the same on the pages of staff
	Name   string // of the button's own value, where a form has several
	Value  string
	Quiet  []Submit
	Cancel *Link
}

// Message is one entry of a conversation.
type Message struct {
	Who, Side, Text, Lang string // Side: buyer, seller or staff
	Topic                 string // the problem it is about, if it names one
	At                    time.Time
	Mine                  bool
	Note                  bool // internal: the parties never see it
	Warning               string
	Report, Next          string // form address of the one-tap report of a warned message, and where to go then
	Reported              bool
	Files                 []EvidenceItem
}

// Problem is the content of the page "problem".
type Problem struct {
	Status  int
	Detail  string     // what happened in this case; "" takes the catalogue's
	SavedAt *time.Time // a draft is safe since then; nil says nothing about drafts
	Opens   *time.Time // when to try again, where that is known
	Request string     // number to quote to staff; "" prints none
	Reading bool       // nothing was sent, so nothing of it can be lost
	Contact string     // address of the page that says how to reach a person
	Links   []Link
}

// Pinned is an offer as it was bought, kept with a case.
type Pinned struct {
	Title, Description string
	Facts              []SummaryRow
}

// Letter is a decision as one party reads it. Money and metric are two of its rows.
type Letter struct {
	Title       string
	Rows        []SummaryRow
	Explanation string
	Lang        string // of Explanation where it may differ from the page's
	Automated   bool   // no person decided
	Questions   string // where they go

	// A letter in another language than the page's brings the words around it along.
	Speech, ByRule, Heading string
}
