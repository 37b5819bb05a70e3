package models

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// QualityStatus is where a second look at a decision stands.
type QualityStatus string

// The states of a second look.
const (
	QualityWaiting QualityStatus = "waiting"
	QualityTaken   QualityStatus = "taken"
	QualityAgreed  QualityStatus = "agreed"
	QualityDiffers QualityStatus = "differs" // to be talked through
	QualityClosed  QualityStatus = "closed"  // talked through
)

// QualityStatuses are the states in the order pages list them.
var QualityStatuses = []QualityStatus{QualityWaiting, QualityTaken, QualityDiffers, QualityAgreed, QualityClosed}

// QualityConclusions are what talking a difference through can come to.
var QualityConclusions = []string{"first_right", "second_right", "both_defensible", "rule_unclear"}

// Verdict is as much of a decision as two of them are compared by. Amount is in minor units.
type Verdict struct {
	Outcome    ClaimStatus
	Amount     int64
	ReasonCode string
}

// Agreement says in what two decisions of the same case are the same.
type Agreement struct{ Outcome, Amount, Reason bool }

// All reports whether they are the same in everything.
func (a Agreement) All() bool { return a.Outcome && a.Amount && a.Reason }

// Agree compares two decisions of the same case. Amounts are the same within a share of the
// larger one; those of two results are not compared and differ. Pure.
func Agree(first, second Verdict, share float64) Agreement {
	const whole = 1_000_000
	apart, larger := first.Amount-second.Amount, max(first.Amount, second.Amount)
	same := first.Outcome == second.Outcome
	return Agreement{
		Outcome: same, Reason: first.ReasonCode == second.ReasonCode,
		Amount: same && max(apart, -apart)*whole <= int64(math.Round(share*whole))*larger,
	}
}

// drawnForQuality says whether a decision is drawn: by a digest under a secret key, so that nobody
// foresees or steers it and asking again gives the same. Pure.
func drawnForQuality(key []byte, claim string, decided Instant, share float64) bool {
	const bits = 53
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "quality\n%s\n%d", claim, decided)
	return float64(binary.BigEndian.Uint64(mac.Sum(nil))>>(64-bits)) < share*(1<<bits)
}

// QualityReview is one second look at a decision. What was decided first is empty until the second
// has said what they would decide; so is who decided it.
type QualityReview struct {
	ID          string
	Number      string
	ClaimNumber string // "" while it is blind
	Reason      Reason
	Currency    string
	Claimed     int64
	Policy      int // version: the rules of the claim
	Status      QualityStatus
	DrawnAt     Instant
	DecidedAt   Instant
	PickedBy    string // the lead who chose the case; "" for one that was drawn
	First       Verdict
	DecidedBy   string
	ApprovedBy  string
	FirstFacts  string // "" where another decision has taken its place
	TakenBy     string
	TakenAt     Instant
	Second      Verdict
	SecondBy    string
	SecondAt    Instant
	SecondFacts string
	Same        Agreement
	Note        string
	Conclusion  string
	ClosedBy    string
	ClosedAt    Instant
	Version     int64
	ChangedAt   Instant
	Involved    bool // the reader had a part in the case: it is for others to look at

	claimID    string
	buyerEmail string
	sellerID   string
}

// Blind reports whether nothing may be told yet of what was decided.
func (r QualityReview) Blind() bool { return r.Status == QualityWaiting || r.Status == QualityTaken }

// madeBy reports whether an account made one of the two decisions.
func (r QualityReview) madeBy(account string) bool {
	return account != "" && slices.Contains([]string{r.DecidedBy, r.ApprovedBy, r.SecondBy}, account)
}

// seenBy: never by a party of the case. Leads and admins see all; agents those they may take, and
// those with a decision of their own once both are there.
func (r QualityReview) seenBy(by Actor) bool {
	side := by.sideOf(r.buyerEmail, r.sellerID)
	switch {
	case side != SideStaff && side != SideObserver:
		return false
	case by.Role != RoleAgent:
		return true
	case r.Blind():
		return !r.Involved
	}
	return r.madeBy(by.AccountID)
}

// QualityAction is what can be done about a second look.
type QualityAction string

// The actions.
const (
	TakesQuality    QualityAction = "take"
	ReleasesQuality QualityAction = "release"
	SubmitsQuality  QualityAction = "submit"
	ClosesQuality   QualityAction = "close"
)

// qualityTable says who does what in which state. A lead closes what neither decision is theirs.
var qualityTable = []struct {
	Action QualityAction
	In     []QualityStatus
	Roles  []Role
	may    func(QualityReview, Actor) bool
}{
	{TakesQuality, []QualityStatus{QualityWaiting}, []Role{RoleAgent, RoleLead}, func(r QualityReview, _ Actor) bool { return !r.Involved }},
	{SubmitsQuality, []QualityStatus{QualityTaken}, []Role{RoleAgent, RoleLead}, func(r QualityReview, by Actor) bool { return !r.Involved && r.TakenBy == by.AccountID }},
	{ReleasesQuality, []QualityStatus{QualityTaken}, []Role{RoleAgent, RoleLead}, func(r QualityReview, by Actor) bool { return r.TakenBy == by.AccountID || by.Role == RoleLead }},
	{ClosesQuality, []QualityStatus{QualityDiffers}, []Role{RoleLead}, func(r QualityReview, by Actor) bool { return !r.madeBy(by.AccountID) }},
}

// AllowedActions are what the actor may do now.
func (r QualityReview) AllowedActions(by Actor) []QualityAction {
	list := []QualityAction{}
	for _, row := range qualityTable {
		if slices.Contains(row.In, r.Status) && slices.Contains(row.Roles, by.Role) && row.may(r, by) {
			list = append(list, row.Action)
		}
	}
	return list
}

// toCheck is the decision of staff that a second look is about, before any appeal; nil where there
// is none.
func (c Claim) toCheck() *Decision {
	d := c.Decision
	for _, a := range c.Appeals {
		if a.First != nil {
			d = a.First
			break
		}
	}
	if d == nil || d.Automated || d.Appeal != "" || d.DecidedBy == "" {
		return nil
	}
	return d
}

// Checkable reports whether there is a decision of staff that a second look can be about.
func (c Claim) Checkable() bool { return c.toCheck() != nil }

// hidden stands for names in what is shown blind.
const hidden = "＊＊＊"

// mask takes the names of the parties and the numbers of the case out of texts.
func (c Claim) mask() *strings.Replacer {
	var names []string
	for _, name := range []string{c.BuyerEmail, c.BuyerName, c.SellerName, c.Number, c.OrderNumber} {
		if utf8.RuneCountInString(name) > 1 {
			names = append(names, name, hidden)
		}
	}
	return strings.NewReplacer(names...)
}

// asBefore is a claim as it stood when it was decided: what both sides had said and shown, without
// the decision, who made it, what came after, and who the parties are. Pure.
func (c Claim) asBefore(decided Instant) Claim {
	mask := c.mask()
	b := Claim{
		Reason: c.Reason, Status: UnderReview, FiledAt: c.FiledAt, OpenedAt: c.OpenedAt, Claimed: c.Claimed, Currency: c.Currency, DesiredOutcome: c.DesiredOutcome,
		BuyerLocale: c.BuyerLocale, SellerLocale: c.SellerLocale, PolicyVersion: c.PolicyVersion, Assessment: c.Assessment, Listings: c.Listings, Lines: c.Lines,
		SellerSilent: c.SellerSilent, Title: c.Title, Description: mask.Replace(c.Description),
	}
	if c.Offer != nil && c.Offer.At <= decided {
		o := *c.Offer
		o.Message, o.ReturnTo = mask.Replace(o.Message), ReturnTo{}
		if copyOf(&o.Counter); o.Counter != nil {
			o.Counter.Message = mask.Replace(o.Counter.Message)
		}
		b.Offer = &o
	}
	if c.Question != nil && c.Question.At <= decided {
		b.Question = &Question{Party: c.Question.Party, Text: mask.Replace(c.Question.Text), At: c.Question.At}
	}
	for _, x := range c.Statements {
		if x.At <= decided {
			x.Text = mask.Replace(x.Text)
			b.Statements = append(b.Statements, x)
		}
	}
	for _, e := range c.Evidence {
		if e.At > decided {
			continue
		}
		if e.AdmittedAt > decided {
			e.AdmittedAt, e.AdmitReason = 0, ""
		}
		e.FileName, e.Note = mask.Replace(e.FileName), mask.Replace(e.Note)
		b.Evidence = append(b.Evidence, e)
	}
	return b
}
