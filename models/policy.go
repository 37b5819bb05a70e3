package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"

	"hosho/models/calendar"
	"hosho/models/health"
)

// Limits are the amounts of one currency, in minor units. A currency without limits has no
// cap, nothing is granted automatically and every grant needs a second person.
type Limits struct {
	MaxClaim  int64 `json:"max_claim"`  // a claim above it is refused
	AutoGrant int64 `json:"auto_grant"` // a silent seller's claim up to it is granted by policy
	Approval  int64 `json:"approval"`   // a grant from it on needs a second person
}

// PolicyValues are the numbers of the guarantee (PRODUCT.md; §9 says how they change). Every
// period is elapsed time except the filing window and the overdue days, which are calendar
// days of the marketplace's zone.
type PolicyValues struct {
	WaitHours              int               `json:"wait_hours"`
	FilingDays             int               `json:"filing_days"`
	CollisionGraceHours    int               `json:"collision_grace_hours"`
	CollisionNoteDays      int               `json:"collision_note_days"` // from this day of the window on, pages name the last instant that helps
	OverdueWholeDays       int               `json:"overdue_whole_days"`
	NoScanHours            int               `json:"no_scan_hours"`
	EstimateFallbackDays   int               `json:"estimate_fallback_days"`
	SellerAnswerHours      int               `json:"seller_answer_hours"`
	OfferAnswerHours       int               `json:"offer_answer_hours"`
	QuestionAnswerHours    int               `json:"question_answer_hours"`
	QuestionRounds         int               `json:"question_rounds"`
	ReviewTargetHours      int               `json:"review_target_hours"`
	LeadsAfterHours        int               `json:"leads_after_hours"`
	ApprovalHours          int               `json:"approval_hours"`
	TakenIdleMinutes       int               `json:"taken_idle_minutes"` // after which a case that nobody touches goes back
	ReopenHours            int               `json:"reopen_hours"`
	UncountedWithdrawHours int               `json:"uncounted_withdraw_hours"`
	ClaimsPerLine          int               `json:"claims_per_line"`
	ReplacementShipDays    int               `json:"replacement_ship_days"`   // for the seller to send goods anew
	ReplacementReopenDays  int               `json:"replacement_reopen_days"` // for the buyer, where they do not come
	ArrivedObjectHours     int               `json:"arrived_object_hours"`
	AppealDays             int               `json:"appeal_days"`
	AppealTargetDays       int               `json:"appeal_target_days"`     // to decide an appeal; then it goes to the leads
	ReturnShipDays         int               `json:"return_ship_days"`       // for the buyer to send goods back
	ReturnReaddressHours   int               `json:"return_readdress_hours"` // at least, after another address was given
	ReturnDeliveryDays     int               `json:"return_delivery_days"`   // after shipping, when goods count as delivered
	ReturnConfirmDays      int               `json:"return_confirm_days"`    // business days, for the seller to confirm
	ReminderHours          []int             `json:"reminder_hours"`         // before a party's deadline, descending
	FilingReminderDays     []int             `json:"filing_reminder_days"`   // before the filing deadline, descending
	DraftDaysAfterDeadline int               `json:"draft_days_after_deadline"`
	CutWaitOnRefusal       bool              `json:"cut_wait_on_refusal"`
	CutWaitOnSuspension    bool              `json:"cut_wait_on_suspension"`
	CutWaitOnUndeliverable bool              `json:"cut_wait_on_undeliverable"`
	RequestAnswerHours     int               `json:"request_answer_hours"`     // for the seller to answer a cancellation or return request
	RequestsPerLine        int               `json:"requests_per_line"`        // of each kind
	CancellationAnswerDays int               `json:"cancellation_answer_days"` // for the buyer to say why a line was cancelled
	CancellationChangeDays int               `json:"cancellation_change_days"` // to change that, from the first answer on
	ReportDays             int               `json:"report_days"`              // for a buyer to report an order, from the cancellation by its seller
	ReportsPerDay          int               `json:"reports_per_day"`          // of one person
	ReportOutcomeDays      int               `json:"report_outcome_days"`      // by when who reports hears, and hears again
	ChangeOfMindPostage    Side              `json:"change_of_mind_postage"`   // who pays the postage of a return without a problem: buyer or seller
	MaxFiles               int               `json:"max_files"`                // a party and claim
	RetentionDays          int               `json:"retention_days"`           // how long files stay after their case is final
	ExpiredPointsDays      int               `json:"expired_points_days"`      // of life for points that come back after they have expired
	Health                 health.Rules      `json:"health"`                   // of sellers who cancel for stock-outs: points, ladder, what opens an investigation
	Abuse                  health.Abuse      `json:"abuse"`                    // of reports and claims: what comes under suspicion, and what may follow
	FactsAnswerHours       int               `json:"facts_answer_hours"`       // for a seller to answer an investigation's question
	PlanDays               int               `json:"plan_days"`                // for a seller to hand in a plan, and again after points to mend
	MeasureDays            int               `json:"measure_days"`             // how long a notice or a warning stands, where nothing else is said
	OrderCapDays           int               `json:"order_cap_days"`           // the same of a cap on orders
	ListingPauseDays       int               `json:"listing_pause_days"`       // the same of a pause of listings
	TerminationNoticeDays  int               `json:"termination_notice_days"`  // from the approval of a termination to its start
	MeasureAppealDays      int               `json:"measure_appeal_days"`      // from its decision, to appeal against a measure
	QualityShare           float64           `json:"quality_share"`            // of staff's decisions, of which somebody else says blind what they would decide
	QualityAmountShare     float64           `json:"quality_amount_share"`     // of the larger amount, up to which two of them are the same
	QualityPairLeast       int               `json:"quality_pair_least"`       // second looks from which the numbers name two officers
	RefundTimes            []RefundTime      `json:"refund_times"`
	RefundFirst            []Tender          `json:"refund_first"` // tenders that take money back before the rest is split in proportion
	Limits                 map[string]Limits `json:"limits"`
	ReasonCodes            []string          `json:"reason_codes"` // offered to staff; any code of the same form is taken
}

// Policy is one published version. It is immutable.
type Policy struct {
	Version     int
	EffectiveAt Instant
	PolicyValues

	withdrawn bool // it never takes effect

	business calendar.BusinessDays // of the marketplace, in its zone
	zone     *time.Location
}

func hours(n int) time.Duration { return time.Duration(n) * time.Hour }
func days(n int) time.Duration  { return time.Duration(n) * 24 * time.Hour }

// Wait is how long a buyer waits for the seller after contact.
func (p Policy) Wait() time.Duration { return hours(p.WaitHours) }

// NeedsApproval reports whether granting this much takes a second person.
func (p Policy) NeedsApproval(amount int64, currency string) bool {
	l, ok := p.Limits[currency]
	return !ok || amount >= l.Approval
}

// GrantsAutomatically reports whether a silent seller's claim of this much is granted by policy.
func (p Policy) GrantsAutomatically(amount int64, currency string) bool {
	l, ok := p.Limits[currency]
	return ok && amount <= l.AutoGrant
}

// DefaultPolicy is version 1, the values of PRODUCT.md. 48 hours and 90 days are the mission's own.
func DefaultPolicy() PolicyValues {
	return PolicyValues{
		WaitHours: 48, FilingDays: 90, CollisionNoteDays: 80,
		OverdueWholeDays: 3, NoScanHours: 72, EstimateFallbackDays: 30,
		SellerAnswerHours: 72, OfferAnswerHours: 48, QuestionAnswerHours: 72, QuestionRounds: 2,
		ReviewTargetHours: 48, LeadsAfterHours: 7 * 24, ApprovalHours: 48, TakenIdleMinutes: 30,
		ReopenHours: 72, UncountedWithdrawHours: 72, ClaimsPerLine: 2, ReplacementShipDays: 5, ReplacementReopenDays: 14,
		ArrivedObjectHours: 24, AppealDays: 30, AppealTargetDays: 7, ReminderHours: []int{24, 6}, FilingReminderDays: []int{7, 1}, DraftDaysAfterDeadline: 30,
		ReturnShipDays: 10, ReturnReaddressHours: 72, ReturnDeliveryDays: 7, ReturnConfirmDays: 2,
		RequestAnswerHours: 48, RequestsPerLine: 3, ChangeOfMindPostage: SideBuyer, CancellationAnswerDays: 90, CancellationChangeDays: 7,
		Abuse:  health.DefaultAbuse(),
		Health: health.Default(), FactsAnswerHours: 72, PlanDays: 7, MeasureDays: 90, OrderCapDays: 30, ListingPauseDays: 14, TerminationNoticeDays: 30, MeasureAppealDays: 30,
		ReportDays: 90, ReportsPerDay: 10, ReportOutcomeDays: 14, QualityShare: 0.05, QualityAmountShare: 0.1, QualityPairLeast: 5,
		MaxFiles: 20, RetentionDays: 180, ExpiredPointsDays: 30, RefundTimes: defaultRefundTimes(),
		Limits: map[string]Limits{"JPY": {MaxClaim: 300_000, AutoGrant: 30_000, Approval: 100_000}},
		ReasonCodes: []string{
			"not_delivered", "no_carrier_record", "delivered_as_promised", "not_as_described", "as_described",
			"damaged", "wrong_item", "stock_out_unrefunded", "return_not_refunded", "return_refused",
			"unexpected_charge", "evidence_insufficient", "solved_between_parties", "not_covered",
		},
	}
}

type policyRow struct {
	Version     int
	EffectiveAt Instant
	Body        string
	CreatedAt   Instant
	CreatedBy   string // who published it

	BaseVersion    int
	Name           string
	ProposedBy     string
	Reason         string
	WithdrawnAt    Instant
	WithdrawnBy    string
	WithdrawReason string
}

func (policyRow) TableName() string { return "policies" }

// seedPolicy writes version 1 where there is none; effective since ever, so that orders of
// the past can be assessed.
func (s *Store) seedPolicy(ctx context.Context) error {
	err := s.inTx(ctx, func(tx *Store) error {
		var n int64
		if err := tx.db(ctx).Raw("SELECT COUNT(*) FROM policies").Scan(&n).Error; err != nil || n > 0 {
			return err
		}
		body, err := json.Marshal(DefaultPolicy())
		if err != nil {
			return err
		}
		return tx.insert(ctx, &policyRow{Version: 1, EffectiveAt: 1, Body: string(body), CreatedAt: tx.now})
	})
	if err != nil && !isDuplicate(err) {
		return fmt.Errorf("seed policy: %w", err)
	}
	return nil
}

// policyCache keeps the versions read so far. What they say never changes, so only the
// question which there are is asked again (see policyFresh).
type policyCache struct {
	mu     sync.Mutex
	list   []Policy // by version, and so by when they take effect but for those withdrawn
	readAt Instant
}

// forget has the versions read again.
func (c *policyCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = nil
}

// Policy returns the version in force at an instant. Kinds: Internal when there is none.
func (s *Store) Policy(ctx context.Context, at Instant) (Policy, error) {
	list, err := s.policyList(ctx)
	if err != nil {
		return Policy{}, err
	}
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].EffectiveAt <= at && !list[i].withdrawn {
			return list[i], nil
		}
	}
	return Policy{}, errors.New("no policy is in force; run migrate")
}

// PolicyVersion returns one version, the one a claim was filed under.
func (s *Store) PolicyVersion(ctx context.Context, version int) (Policy, error) {
	list, err := s.policyList(ctx)
	if err != nil {
		return Policy{}, err
	}
	for _, p := range list {
		if p.Version == version {
			return p, nil
		}
	}
	return Policy{}, fmt.Errorf("policy version %d: %w", version, gorm.ErrRecordNotFound)
}

func (s *Store) policyList(ctx context.Context) ([]Policy, error) {
	c := s.policies
	c.mu.Lock()
	defer c.mu.Unlock()
	now := s.MachineNow()
	if len(c.list) > 0 && now.Sub(c.readAt) < policyFresh {
		return c.list, nil
	}
	var rows []policyRow
	if err := s.db(ctx).Raw("SELECT version, effective_at, body, withdrawn_at FROM policies ORDER BY version").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	list := make([]Policy, 0, len(rows))
	for _, r := range rows {
		p, err := s.policyOf(r)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	c.list, c.readAt = list, now
	return list, nil
}

func (s *Store) policyOf(r policyRow) (Policy, error) {
	p := Policy{Version: r.Version, EffectiveAt: r.EffectiveAt, withdrawn: r.WithdrawnAt != 0, business: *s.config.BusinessDays, zone: s.config.Zone}
	if err := json.Unmarshal([]byte(r.Body), &p.PolicyValues); err != nil {
		return p, fmt.Errorf("read policy %d: %w", r.Version, err)
	}
	p.fill()
	return p, nil
}

// fill gives a version that was published before policy held a value the usual one.
func (p *PolicyValues) fill() {
	usual := DefaultPolicy()
	if p.RefundTimes == nil {
		p.RefundTimes, p.ExpiredPointsDays = usual.RefundTimes, usual.ExpiredPointsDays
	}
	if p.FilingReminderDays == nil {
		p.FilingReminderDays = usual.FilingReminderDays
	}
	if p.CancellationAnswerDays == 0 {
		p.CancellationAnswerDays, p.CancellationChangeDays = usual.CancellationAnswerDays, usual.CancellationChangeDays
	}
	if p.ReportDays == 0 {
		p.ReportDays, p.ReportsPerDay, p.ReportOutcomeDays = usual.ReportDays, usual.ReportsPerDay, usual.ReportOutcomeDays
	}
	if p.RequestAnswerHours == 0 {
		p.RequestAnswerHours, p.RequestsPerLine, p.ChangeOfMindPostage = usual.RequestAnswerHours, usual.RequestsPerLine, usual.ChangeOfMindPostage
	}
	if p.ReturnShipDays == 0 {
		p.ReturnShipDays, p.ReturnReaddressHours = usual.ReturnShipDays, usual.ReturnReaddressHours
		p.ReturnDeliveryDays, p.ReturnConfirmDays = usual.ReturnDeliveryDays, usual.ReturnConfirmDays
	}
	if len(p.Health.Levels) == 0 {
		p.Health, p.FactsAnswerHours, p.PlanDays = usual.Health, usual.FactsAnswerHours, usual.PlanDays
		p.MeasureDays, p.OrderCapDays, p.ListingPauseDays = usual.MeasureDays, usual.OrderCapDays, usual.ListingPauseDays
		p.TerminationNoticeDays, p.MeasureAppealDays = usual.TerminationNoticeDays, usual.MeasureAppealDays
	}
	if p.Abuse.Window == 0 {
		p.Abuse = usual.Abuse
	}
	if p.ReplacementShipDays == 0 {
		p.ReplacementShipDays = usual.ReplacementShipDays
	}
	if p.TakenIdleMinutes == 0 {
		p.TakenIdleMinutes = usual.TakenIdleMinutes
	}
	if p.AppealTargetDays == 0 {
		p.AppealTargetDays = usual.AppealTargetDays
	}
	if p.QualityPairLeast == 0 {
		p.QualityShare, p.QualityAmountShare, p.QualityPairLeast = usual.QualityShare, usual.QualityAmountShare, usual.QualityPairLeast
	}
	if p.RetentionDays == 0 {
		p.RetentionDays = usual.RetentionDays
	}
}
