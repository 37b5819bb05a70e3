package templates

import "time"

// EvidenceView is one file looked at closely: a page of its own without script, or the inside
// of a <dialog>. The title stands outside, as the page's h1 or the dialog's name. Item's
// Caption is the picture's text for those who cannot see it; Item.Href is not used.
type EvidenceView struct {
	Item     EvidenceItem
	ID       string // of the file; tells two viewers on one page apart
	Picture  string // address of the picture to look at; "" where there is none (PDF, still checked)
	Width    int    // of Picture in pixels, 0 where unknown
	Height   int
	Sheets   int    // of a document; 0 says nothing
	Download string // address of the file; "" while it may not be fetched
	Hash     string // SHA-256 in hex; its first 8 digits are shown
	Clean    bool   // location and camera data are taken out of what is shown
	Cleaned  string // in words; "" says what Clean does
	More     []SummaryRow
	Hints    []EvidenceHint
	Hinted   bool   // hints were looked for: that there are none is said
	Original string // address of the bytes as received, whose opening is recorded; "" for who may not
	Paired   bool   // zoomed with its neighbour, by a control outside
	Label    string // tells two on one page apart for those who hear it
	Place    string // where in the row of files this is, as "2 / 5"; "" says nothing
	Prev     string // addresses of the neighbours; "" where there is none
	Next     string
}

// EvidenceHint is something to look at in a file, never a verdict, with why it is said.
type EvidenceHint struct {
	Text  string
	Links []Link
}

// ShortHash is enough of the sum to compare by eye.
func (v EvidenceView) ShortHash() string { return v.Hash[:min(8, len(v.Hash))] }

// States of a Task.
const (
	TaskTodo     = "todo"
	TaskStarted  = "started"
	TaskDone     = "done"
	TaskOptional = "optional"
	TaskProblem  = "problem" // something in it has to be mended before going on
	TaskBlocked  = "blocked" // cannot be begun yet: Reason says why, and there is no link
)

// Task is one part of something longer, on its hub. The whole row leads to Href.
type Task struct {
	Label, Href, Hint string
	Status            string // one of the states
	Reason            string // why it is blocked
}

// Open tells whether the row is a link.
func (t Task) Open() bool { return t.Href != "" && t.Status != TaskBlocked }

// Tone is the ink of the state's word; what is done is plain text.
func (t Task) Tone() string {
	switch t.Status {
	case TaskTodo:
		return "info"
	case TaskStarted:
		return "calm"
	case TaskProblem:
		return "no"
	}
	return ""
}

// Confirmation says what has been received, what happens next and when, and how to keep it.
type Confirmation struct {
	Title       string // said as h1 where Heading
	Heading     bool
	NumberLabel string
	Number      string // reference number, never broken over two lines
	Text        string // one sentence under the number, as where a copy went
	Next        []NextStep
	Keep        string // how to keep a record, one sentence
	Links       []Link // ways to do so, and on from here
}

// NextStep is one thing that happens next. End is exclusive ("until"), From inclusive; at
// most one of them is set.
type NextStep struct {
	Text      string
	End, From *time.Time
}

// FilterWords are the filters in use, each a link that takes it away, and one that takes all.
type FilterWords struct {
	Words []Link
	Clear *Link
}

// Presence says who else has the same thing open.
type Presence struct {
	Who   string
	Since time.Time
}

// KeyHint is a key and what it does.
type KeyHint struct{ Key, Does string }

// QR is a QR code: its modules with their margin, and the dark ones as a path of SVG.
type QR struct {
	Size int
	Path string
}

// Interruption stops before something one should think about: one message, one way on, one
// way back.
type Interruption struct {
	Title   string
	Heading bool // Title is the page's h1
	Text    []string
	Points  []string // what will follow, one by one
	Ask     *Field   // what may be said with it
	On      Submit   // its Cancel is the way back
	Keep    []Hidden // what was typed so far
}
