package models

import (
	"slices"
)

// ClaimStatus is where a claim stands; both parties share it.
type ClaimStatus string

// The states of a claim (PRODUCT.md §5).
const (
	Scheduled        ClaimStatus = "scheduled"
	AwaitingSeller   ClaimStatus = "awaiting_seller"
	AwaitingBuyer    ClaimStatus = "awaiting_buyer"
	UnderReview      ClaimStatus = "under_review"
	AwaitingApproval ClaimStatus = "awaiting_approval"
	AwaitingReturn   ClaimStatus = "awaiting_return"
	UnderAppeal      ClaimStatus = "under_appeal"
	Frozen           ClaimStatus = "frozen"
	Settled          ClaimStatus = "settled"
	Granted          ClaimStatus = "granted"
	Denied           ClaimStatus = "denied"
	Withdrawn        ClaimStatus = "withdrawn"
)

// ClaimStatuses are all states, in the order of a claim's life.
var ClaimStatuses = []ClaimStatus{
	Scheduled, AwaitingSeller, AwaitingBuyer, UnderReview, AwaitingApproval, AwaitingReturn, UnderAppeal, Frozen, Settled, Granted, Denied, Withdrawn,
}

// Open reports whether the claim is still to be decided or carried out.
func (s ClaimStatus) Open() bool {
	switch s {
	case Settled, Granted, Denied, Withdrawn:
		return false
	case Scheduled, AwaitingSeller, AwaitingBuyer, UnderReview, AwaitingApproval, AwaitingReturn, UnderAppeal, Frozen:
	}
	return true
}

// NextActor says whose turn it is: buyer, seller, staff, clock or nobody.
type NextActor string

// The values of NextActor; "" is nobody.
const (
	BuyersTurn  NextActor = "buyer"
	SellersTurn NextActor = "seller"
	StaffsTurn  NextActor = "staff"
	ClocksTurn  NextActor = "clock"
)

// turnOf is whose turn a state is.
func turnOf(s ClaimStatus) NextActor {
	switch s {
	case Scheduled, Frozen:
		return ClocksTurn
	case AwaitingSeller:
		return SellersTurn
	case AwaitingBuyer, AwaitingReturn:
		return BuyersTurn
	case UnderReview, AwaitingApproval, UnderAppeal:
		return StaffsTurn
	case Settled, Granted, Denied, Withdrawn:
	}
	return ""
}

// Outcome is what the buyer asks for.
type Outcome string

// The outcomes a buyer may ask for.
const (
	WantsRefund        Outcome = "refund"
	WantsPartialRefund Outcome = "partial_refund"
	WantsReplacement   Outcome = "replacement"
	WantsReturn        Outcome = "return_and_refund"
)

// Claim is the buyer's request that the marketplace make good one or more lines of one order
// and one seller. Money is in minor units of Currency.
type Claim struct {
	ID             string
	Number         string
	Version        int64
	OrderID        string
	OrderNumber    string
	BuyerID        string
	BuyerEmail     string
	BuyerName      string
	BuyerLocale    string
	SellerID       string
	SellerName     string
	SellerLocale   string
	Title          string // of the first line, for lists
	Reason         Reason
	Status         ClaimStatus
	NextActor      NextActor
	DueAt          Instant // of whose turn it is; an action of that party at or after it is refused
	OpensAt        Instant
	FiledAt        Instant
	OpenedAt       Instant
	ClosedAt       Instant
	AppealUntil    Instant
	WakeAt         Instant // when the clock looks at it next
	Claimed        int64
	Currency       string
	Description    string
	DesiredOutcome Outcome
	PolicyVersion  int
	Assessment     Assessment
	Listings       []PinnedListing
	Lines          []ClaimLine
	Offer          *Offer      // the last one made
	Question       *Question   // the last one asked
	Statements     []Statement // what the parties have answered, oldest first
	Decision       *Decision
	Proposal       *Decision   // waits for a second person
	Former         *Former     // where a frozen or withdrawn claim was
	Held           *HeldAnswer // may be revised until the deadline, then sent
	SellerDueAt    Instant     // the seller's last deadline; what it gives after it is late
	BuyerDueAt     Instant
	SellerAsked    int // rounds of questions
	BuyerAsked     int
	SellerSilent   bool
	EscalatedAt    Instant // when it went to the leads
	ArrivedAt      Instant // when tracking turned "delivered" on a not-received claim
	ObjectedAt     Instant
	ReopenedAt     Instant
	TakenBy        string
	TakenAt        Instant
	TouchedAt      Instant // when the one who has it last did something, or its turn began
	PauseFrom      Instant
	PauseUntil     Instant
	PauseReason    string
	HoldUntil      Instant // until then the one who has the case waits for something; lists of work leave it out
	HoldReason     string
	LegalHold      *LegalHold // its files stay, whatever the retention rule says; for staff to see
	LastSeq        int64
	LastHash       string
	ChangedAt      Instant
	Evidence       []Evidence
	Return         *Return       // of the goods, the last one agreed on or decided
	Replacement    *Replacement  // of the goods, the last one agreed on
	Refund         *Refund       // the last one
	Refunds        []Refund      // all of a claim that is granted, settled or under appeal, the oldest first
	Appeals        []ClaimAppeal // that were sent, the oldest first
	HeldAppeals    []HeldAnswer  // that may be revised until AppealUntil, then sent; at most one a party

	readSeq int64 // last_seq as read: with the version it guards the write
}

// ClaimLine is one order line of a claim with the amount claimed for it.
type ClaimLine struct {
	LineNumber  int
	OrderLineID string
	Amount      int64
	Counted     bool // among the claims ever made on the line
}

// LineNumbers are the order lines claimed for, ascending.
func (c Claim) LineNumbers() []int {
	n := make([]int, 0, len(c.Lines))
	for _, l := range c.Lines {
		n = append(n, l.LineNumber)
	}
	return n
}

// PinnedListing is the offer as it was bought, kept with the claim.
type PinnedListing struct {
	Line      int      `json:"line"`
	Title     string   `json:"title"`
	UnitPrice int64    `json:"unit_price"`
	Quantity  int64    `json:"quantity"`
	Listing   *Listing `json:"listing,omitempty"`
}

// OfferKind is how a seller offers to settle.
type OfferKind string

// The kinds of offers.
const (
	OfferPartialRefund OfferKind = "partial_refund"
	OfferReplacement   OfferKind = "replacement"
	OfferReturn        OfferKind = "return_for_refund"
)

// Offer is a seller's proposal to settle. Amount is 0 for a replacement.
type Offer struct {
	Kind    OfferKind `json:"kind"`
	Amount  int64     `json:"amount"`
	Message string    `json:"message"`
	At      Instant   `json:"at"`
	Pending bool      `json:"pending"`
	Counter *Counter  `json:"counter,omitempty"` // the buyer's, made once in a claim

	ReturnTo // of an offer on condition of a return
}

// Counter is the sum for which the buyer would settle in place of what the seller offered, in
// minor units.
type Counter struct {
	Amount  int64   `json:"amount"`
	Message string  `json:"message"`
	At      Instant `json:"at"`
	Pending bool    `json:"pending"`
}

// Question is what staff asked a party.
type Question struct {
	Party   Side    `json:"party"`
	Text    string  `json:"text"`
	At      Instant `json:"at"`
	Pending bool    `json:"pending"`
}

// Statement is what a party said in its turn: to a question of staff, or else to contest the claim.
type Statement struct {
	By     Side    `json:"by"`
	Text   string  `json:"text"`
	At     Instant `json:"at"`
	Answer bool    `json:"answer,omitempty"` // to a question
}

// HeldAnswer is an answer a party may revise until its deadline, when the clock sends it.
type HeldAnswer struct {
	Action  Action    `json:"action"`
	By      Side      `json:"by"`
	Actor   string    `json:"actor"` // account
	Message string    `json:"message"`
	Kind    OfferKind `json:"kind,omitempty"`
	Amount  int64     `json:"amount,omitempty"`
	Files   []string  `json:"files,omitempty"` // uploads that go with it
	At      Instant   `json:"at"`

	ReturnTo
	Captions map[string]string `json:"captions,omitempty"` // what each file shows, by its id
}

// Former is where a claim was before it was frozen or withdrawn.
type Former struct {
	Status ClaimStatus `json:"status"`
	Left   int64       `json:"left"` // microseconds of the turn that were left
	Why    string      `json:"why"`
	At     Instant     `json:"at"`
}

// Decision is a statement of reasons, immutable once made. Money and metric are two lines:
// CountsAgainstSeller is independent of the outcome.
type Decision struct {
	Outcome             ClaimStatus `json:"outcome"` // granted or denied
	Amount              int64       `json:"amount"`
	BorneBy             string      `json:"borne_by"` // seller or marketplace
	CountsAgainstSeller bool        `json:"counts_against_seller"`
	ReasonCode          string      `json:"reason_code"`
	Rule                string      `json:"rule"`
	Facts               string      `json:"facts"`
	Explanation         string      `json:"explanation"`
	EvidenceCited       []string    `json:"evidence_cited"`
	Automated           bool        `json:"automated"`
	DecidedAt           Instant     `json:"decided_at"`
	DecidedBy           string      `json:"decided_by"`            // account; shown to staff only
	ApprovedBy          string      `json:"approved_by,omitempty"` // the second person
	SentBack            string      `json:"sent_back,omitempty"`   // why a proposal was sent back
	Appeal              string      `json:"appeal,omitempty"`      // what it says of an appeal: upheld, overturned or changed

	ReturnRequired bool `json:"return_required,omitempty"` // the money follows the goods
}

// Evidence is a file given on a claim.
type Evidence struct {
	ID        string
	By        Side
	FileName  string
	MediaType string
	Size      int64
	SHA256    string
	Width     int
	Height    int
	Pages     int
	HasThumb  bool
	Covered   int // regions its uploader says were covered with solid boxes before it was sent
	Late      bool
	Note      string
	At        Instant

	AdmittedAt  Instant // when a lead let it count although it was late; 0 while not
	AdmitReason string

	Facts PictureFacts // whole for staff and admins; see forParties

	Fault     Fault        // what is wrong with the bytes in the store; "" while nothing is known to be
	FaultPart EvidencePart // of which part
	FaultAt   Instant      // when it was noticed

	State     UploadState // ready unless its bytes are not to be had
	RemovedAt Instant     // when its bytes left under the retention rule; zero while they are there
}

// Unsafe reports whether this part of the file is known not to be what was stored.
func (e Evidence) Unsafe(part EvidencePart) bool { return e.Fault != "" && e.FaultPart == part }

// Barred reports whether the file came late and no lead has admitted it: it is kept and
// shown, and no decision rests on it.
func (e Evidence) Barred() bool { return e.Late && e.AdmittedAt == 0 }

// LastStatement is what a side has answered last; nil when it has not.
func (c Claim) LastStatement(by Side) *Statement {
	for i := len(c.Statements) - 1; i >= 0; i-- {
		if c.Statements[i].By == by {
			return &c.Statements[i]
		}
	}
	return nil
}

// offerPending reports whether the buyer's turn is about an offer.
func (c Claim) offerPending() bool { return c.Offer != nil && c.Offer.Pending }

// counterPending reports whether the buyer's own sum waits for the seller.
func (c Claim) counterPending() bool {
	return c.Offer != nil && c.Offer.Counter != nil && c.Offer.Counter.Pending
}

// Settles is the sum that the seller pays by accepting: what the buyer would settle for, or all
// that is claimed. In minor units.
func (c Claim) Settles() int64 {
	if c.counterPending() {
		return c.Offer.Counter.Amount
	}
	return c.Claimed
}

// asked reports whether a question to the party waits for its answer.
func (c Claim) asked(party Side) bool {
	return c.Question != nil && c.Question.Pending && c.Question.Party == party
}

// clone copies what rules change, so that they stay pure.
func (c Claim) clone() Claim {
	copyOf(&c.Offer)
	if c.Offer != nil {
		copyOf(&c.Offer.Counter)
	}
	copyOf(&c.Question)
	c.Statements = slices.Clone(c.Statements)
	copyOf(&c.Decision)
	copyOf(&c.Proposal)
	copyOf(&c.Former)
	copyOf(&c.Held)
	copyOf(&c.LegalHold)
	copyOf(&c.Return)
	copyOf(&c.Replacement)
	c.Lines = slices.Clone(c.Lines)
	c.Appeals, c.HeldAppeals = slices.Clone(c.Appeals), slices.Clone(c.HeldAppeals)
	return c
}

func copyOf[T any](p **T) {
	if *p != nil {
		v := **p
		*p = &v
	}
}
