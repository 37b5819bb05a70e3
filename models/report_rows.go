package models

type reportRow struct {
	ID              string
	Number          string
	AccountID       string
	SellerID        string
	Statement       string
	Locale          string
	Status          ReportStatus
	Outcome         *ReportOutcome
	InvestigationID *string
	OrderCount      int
	SentAt          Instant
	DueAt           Instant
	JoinedAt        Instant
	ClosedAt        Instant
	Version         int64
	Suspicion       *string // grounds, with spaces between them
	SenderNew       bool    // as of health.Abuse.New, when it was sent
	SenderRival     bool    // stood with another seller then
}

func (reportRow) TableName() string { return "reports" }

type reportOrderRow struct {
	ReportID     string
	OrderID      string
	OrderNumber  string
	SellerID     string
	LiveSellerID *string
	CancelledAt  Instant
}

func (reportOrderRow) TableName() string { return "report_orders" }

// TieKind is what may tie the senders of two reports to one another.
type TieKind string

// The ties: what Hosho holds of a sender anyway. It holds no postal addresses, and marks no
// browsers of its own.
const (
	TieMailbox TieKind = "mailbox" // one mailbox under several addresses
	TieBuyer   TieKind = "buyer"   // one buyer of the marketplace
	TieDevice  TieKind = "device"  // signed in from the same network address with the same browser
	TieBank    TieKind = "bank"    // a bank account that a refund goes to
)

type reportTieRow struct {
	ReportID string
	Kind     TieKind
	Digest   string
}

func (reportTieRow) TableName() string { return "report_ties" }

type reporterRow struct {
	AccountID string
	Version   int64
}

func (reporterRow) TableName() string { return "reporters" }

type reportedSellerRow struct {
	SellerID    string
	Reports     int
	OpenReports int
	LastSentAt  Instant
	Waiting     bool
}

func (reportedSellerRow) TableName() string { return "reported_sellers" }
