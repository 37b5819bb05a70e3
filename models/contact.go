package models

// Contact is the wait on one order line: a server-stamped message with a problem type from
// the buyer, or a contact made elsewhere that staff accepted. Messages after it do not start
// it anew; solved, it counts no more and a later problem starts another.
type Contact struct {
	ID         string
	LineID     string
	MessageID  string
	Topic      Reason
	Source     string // "portal" or "outside"
	SentAt     Instant
	WaitEndsAt Instant // computed once; a policy change never moves it
	SolvedAt   Instant
	RefusedAt  Instant // the seller wrote that it cannot resolve the problem
	CutAt      Instant
	CutReason  string
}

type contactRow struct {
	ID          string
	OrderLineID string
	MessageID   string
	Topic       Reason
	Source      string
	SentAt      Instant
	WaitEndsAt  Instant
	SolvedAt    Instant
	RefusedAt   Instant
	CutAt       Instant
	CutReason   string
}

func (contactRow) TableName() string { return "contacts" }
