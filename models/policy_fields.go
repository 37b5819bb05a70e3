package models

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"hosho/models/health"
	"hosho/models/money"
)

// PolicyUnit says what a value of policy is counted in, and so how it is written.
type PolicyUnit string

// The units. Lists are written with spaces between their entries; a span as 0 (at once), 24h,
// 1-3d or 0-2s (hours, days, statements).
const (
	UnitMinutes      PolicyUnit = "minutes"
	UnitHours        PolicyUnit = "hours"
	UnitDays         PolicyUnit = "days"
	UnitBusinessDays PolicyUnit = "business_days"
	UnitCount        PolicyUnit = "count"
	UnitPoints       PolicyUnit = "points"
	UnitPercent      PolicyUnit = "percent"
	UnitSwitch       PolicyUnit = "switch" // on or off
	UnitSide         PolicyUnit = "side"   // buyer or seller
	UnitHoursList    PolicyUnit = "hours_list"
	UnitDaysList     PolicyUnit = "days_list"
	UnitCurrencies   PolicyUnit = "currencies"
	UnitCodes        PolicyUnit = "codes"
	UnitTenders      PolicyUnit = "tenders"
	UnitDomains      PolicyUnit = "domains"
	UnitSpan         PolicyUnit = "span"
	UnitMoney        PolicyUnit = "money" // of Currency
)

// PolicyGroups are the groups of values in the order people read them.
var PolicyGroups = []string{"claims", "wait", "answers", "review", "limits", "returns", "requests", "refunds", "files", "reports", "points", "levels", "guard", "open", "measures", "abuse"}

// PolicyField is one value of policy: its stable name, how it is written and its range, both
// ends included, of numbers in its unit and of each entry of a list of numbers.
type PolicyField struct {
	Group    string
	Name     string
	Unit     PolicyUnit
	Min, Max int64
	Currency string // of money
	Tender   Tender // of a span: what was paid with …
	To       Tender // … and where the money goes

	at func(*PolicyValues) any
}

func number(group, name string, unit PolicyUnit, low, high int64, at func(*PolicyValues) any) PolicyField {
	return PolicyField{Group: group, Name: name, Unit: unit, Min: low, Max: high, at: at}
}

func toggle(name string, at func(*PolicyValues) any) PolicyField {
	return PolicyField{Group: "wait", Name: name, Unit: UnitSwitch, at: at}
}

// plainFields are the values that every policy has.
var plainFields = []PolicyField{
	number("claims", "filing_days", UnitDays, 1, 3650, func(p *PolicyValues) any { return &p.FilingDays }),
	number("claims", "collision_note_days", UnitDays, 0, 3650, func(p *PolicyValues) any { return &p.CollisionNoteDays }),
	number("claims", "collision_grace_hours", UnitHours, 0, 720, func(p *PolicyValues) any { return &p.CollisionGraceHours }),
	number("claims", "overdue_whole_days", UnitDays, 0, 60, func(p *PolicyValues) any { return &p.OverdueWholeDays }),
	number("claims", "no_scan_hours", UnitHours, 1, 720, func(p *PolicyValues) any { return &p.NoScanHours }),
	number("claims", "estimate_fallback_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.EstimateFallbackDays }),
	number("claims", "claims_per_line", UnitCount, 1, 20, func(p *PolicyValues) any { return &p.ClaimsPerLine }),
	number("claims", "uncounted_withdraw_hours", UnitHours, 0, 720, func(p *PolicyValues) any { return &p.UncountedWithdrawHours }),
	number("claims", "draft_days_after_deadline", UnitDays, 0, 365, func(p *PolicyValues) any { return &p.DraftDaysAfterDeadline }),
	{Group: "claims", Name: "filing_reminder_days", Unit: UnitDaysList, Min: 1, Max: 365, at: func(p *PolicyValues) any { return &p.FilingReminderDays }},

	number("wait", "wait_hours", UnitHours, 0, 720, func(p *PolicyValues) any { return &p.WaitHours }),
	toggle("cut_wait_on_refusal", func(p *PolicyValues) any { return &p.CutWaitOnRefusal }),
	toggle("cut_wait_on_suspension", func(p *PolicyValues) any { return &p.CutWaitOnSuspension }),
	toggle("cut_wait_on_undeliverable", func(p *PolicyValues) any { return &p.CutWaitOnUndeliverable }),

	number("answers", "seller_answer_hours", UnitHours, 1, 720, func(p *PolicyValues) any { return &p.SellerAnswerHours }),
	number("answers", "offer_answer_hours", UnitHours, 1, 720, func(p *PolicyValues) any { return &p.OfferAnswerHours }),
	number("answers", "question_answer_hours", UnitHours, 1, 720, func(p *PolicyValues) any { return &p.QuestionAnswerHours }),
	number("answers", "question_rounds", UnitCount, 1, 20, func(p *PolicyValues) any { return &p.QuestionRounds }),
	{Group: "answers", Name: "reminder_hours", Unit: UnitHoursList, Min: 1, Max: 720, at: func(p *PolicyValues) any { return &p.ReminderHours }},
	number("answers", "arrived_object_hours", UnitHours, 1, 720, func(p *PolicyValues) any { return &p.ArrivedObjectHours }),
	number("answers", "reopen_hours", UnitHours, 0, 720, func(p *PolicyValues) any { return &p.ReopenHours }),

	number("review", "review_target_hours", UnitHours, 1, 2160, func(p *PolicyValues) any { return &p.ReviewTargetHours }),
	number("review", "leads_after_hours", UnitHours, 1, 2160, func(p *PolicyValues) any { return &p.LeadsAfterHours }),
	number("review", "approval_hours", UnitHours, 1, 2160, func(p *PolicyValues) any { return &p.ApprovalHours }),
	number("review", "taken_idle_minutes", UnitMinutes, 1, 1440, func(p *PolicyValues) any { return &p.TakenIdleMinutes }),
	number("review", "appeal_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.AppealDays }),
	number("review", "appeal_target_days", UnitDays, 1, 90, func(p *PolicyValues) any { return &p.AppealTargetDays }),
	number("review", "quality_share", UnitPercent, 0, 100, func(p *PolicyValues) any { return &p.QualityShare }),
	number("review", "quality_amount_share", UnitPercent, 0, 100, func(p *PolicyValues) any { return &p.QualityAmountShare }),
	number("review", "quality_pair_least", UnitCount, 2, 1000, func(p *PolicyValues) any { return &p.QualityPairLeast }),
	{Group: "review", Name: "reason_codes", Unit: UnitCodes, at: func(p *PolicyValues) any { return &p.ReasonCodes }},

	{Group: "limits", Name: "currencies", Unit: UnitCurrencies, at: func(p *PolicyValues) any { return &p.Limits }},

	number("returns", "return_ship_days", UnitDays, 1, 90, func(p *PolicyValues) any { return &p.ReturnShipDays }),
	number("returns", "return_readdress_hours", UnitHours, 1, 720, func(p *PolicyValues) any { return &p.ReturnReaddressHours }),
	number("returns", "return_delivery_days", UnitDays, 1, 90, func(p *PolicyValues) any { return &p.ReturnDeliveryDays }),
	number("returns", "return_confirm_days", UnitBusinessDays, 1, 30, func(p *PolicyValues) any { return &p.ReturnConfirmDays }),
	number("returns", "replacement_ship_days", UnitDays, 1, 90, func(p *PolicyValues) any { return &p.ReplacementShipDays }),
	number("returns", "replacement_reopen_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.ReplacementReopenDays }),

	number("requests", "request_answer_hours", UnitHours, 1, 720, func(p *PolicyValues) any { return &p.RequestAnswerHours }),
	number("requests", "requests_per_line", UnitCount, 1, 20, func(p *PolicyValues) any { return &p.RequestsPerLine }),
	number("requests", "cancellation_answer_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.CancellationAnswerDays }),
	number("requests", "cancellation_change_days", UnitDays, 0, 365, func(p *PolicyValues) any { return &p.CancellationChangeDays }),
	{Group: "requests", Name: "change_of_mind_postage", Unit: UnitSide, at: func(p *PolicyValues) any { return &p.ChangeOfMindPostage }},

	number("refunds", "expired_points_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.ExpiredPointsDays }),
	{Group: "refunds", Name: "refund_first", Unit: UnitTenders, at: func(p *PolicyValues) any { return &p.RefundFirst }},

	number("files", "max_files", UnitCount, 1, 20, func(p *PolicyValues) any { return &p.MaxFiles }),
	number("files", "retention_days", UnitDays, 1, 3650, func(p *PolicyValues) any { return &p.RetentionDays }),

	number("reports", "report_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.ReportDays }),
	number("reports", "reports_per_day", UnitCount, 1, 100, func(p *PolicyValues) any { return &p.ReportsPerDay }),
	number("reports", "report_outcome_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.ReportOutcomeDays }),

	number("points", "points_stock_out", UnitPoints, 1, 1000, func(p *PolicyValues) any { return &p.Health.PointsStockOut }),
	number("points", "points_misdeclared", UnitPoints, 1, 1000, func(p *PolicyValues) any { return &p.Health.PointsMisdeclared }),
	number("points", "points_dearer", UnitPoints, 1, 1000, func(p *PolicyValues) any { return &p.Health.PointsDearer }),
	number("points", "points_life_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.Health.PointsLife }),

	number("levels", "level_1", UnitPoints, 1, 10_000, level(0)),
	number("levels", "level_2", UnitPoints, 1, 10_000, level(1)),
	number("levels", "level_3", UnitPoints, 1, 10_000, level(2)),
	number("levels", "level_4", UnitPoints, 1, 10_000, level(3)),
	number("levels", "level_5", UnitPoints, 1, 10_000, level(4)),

	number("guard", "guard_level", UnitCount, 0, 5, func(p *PolicyValues) any { return &p.Health.GuardLevel }),
	number("guard", "guard_buyers", UnitCount, 0, 1000, func(p *PolicyValues) any { return &p.Health.GuardBuyers }),
	number("guard", "guard_lower_rate", UnitPercent, 0, 100, func(p *PolicyValues) any { return &p.Health.GuardLowerRate }),
	number("guard", "big_seller", UnitCount, 1, 1_000_000, func(p *PolicyValues) any { return &p.Health.BigSeller }),
	number("guard", "big_seller_rate", UnitPercent, 0, 100, func(p *PolicyValues) any { return &p.Health.BigSellerRate }),

	number("open", "open_window_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.Health.OpenWindow }),
	number("open", "open_stock_outs", UnitCount, 1, 1000, func(p *PolicyValues) any { return &p.Health.OpenStockOuts }),
	number("open", "open_buyers", UnitCount, 1, 1000, func(p *PolicyValues) any { return &p.Health.OpenBuyers }),
	number("open", "open_big_seller", UnitCount, 1, 1_000_000, func(p *PolicyValues) any { return &p.Health.OpenBigSeller }),
	number("open", "open_big_rate", UnitPercent, 0, 100, func(p *PolicyValues) any { return &p.Health.OpenBigRate }),
	number("open", "open_reporters", UnitCount, 1, 1000, func(p *PolicyValues) any { return &p.Health.OpenReporters }),

	number("measures", "facts_answer_hours", UnitHours, 1, 720, func(p *PolicyValues) any { return &p.FactsAnswerHours }),
	number("measures", "plan_days", UnitDays, 1, 90, func(p *PolicyValues) any { return &p.PlanDays }),
	number("measures", "measure_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.MeasureDays }),
	number("measures", "order_cap_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.OrderCapDays }),
	number("measures", "listing_pause_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.ListingPauseDays }),
	number("measures", "termination_notice_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.TerminationNoticeDays }),
	number("measures", "measure_appeal_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.MeasureAppealDays }),

	number("abuse", "abuse_window_days", UnitDays, 1, 3650, func(p *PolicyValues) any { return &p.Abuse.Window }),
	number("abuse", "abuse_unfounded", UnitCount, 1, 1000, func(p *PolicyValues) any { return &p.Abuse.Unfounded }),
	number("abuse", "abuse_unfounded_share", UnitPercent, 0, 100, func(p *PolicyValues) any { return &p.Abuse.UnfoundedShare }),
	number("abuse", "abuse_denied", UnitCount, 1, 1000, func(p *PolicyValues) any { return &p.Abuse.Denied }),
	number("abuse", "abuse_denied_share", UnitPercent, 0, 100, func(p *PolicyValues) any { return &p.Abuse.DeniedShare }),
	number("abuse", "abuse_accounts", UnitCount, 2, 1000, func(p *PolicyValues) any { return &p.Abuse.Accounts }),
	number("abuse", "abuse_burst_hours", UnitHours, 1, 720, func(p *PolicyValues) any { return &p.Abuse.BurstWindow }),
	number("abuse", "abuse_burst", UnitCount, 2, 1000, func(p *PolicyValues) any { return &p.Abuse.Burst }),
	number("abuse", "abuse_rivals", UnitCount, 1, 1000, func(p *PolicyValues) any { return &p.Abuse.Rivals }),
	number("abuse", "abuse_new_account_days", UnitDays, 0, 365, func(p *PolicyValues) any { return &p.Abuse.NewAccount }),
	number("abuse", "abuse_few_orders", UnitCount, 0, 1000, func(p *PolicyValues) any { return &p.Abuse.FewOrders }),
	number("abuse", "abuse_limit_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.Abuse.LimitDays }),
	number("abuse", "abuse_limit_per_day", UnitCount, 1, 100, func(p *PolicyValues) any { return &p.Abuse.LimitPerDay }),
	number("abuse", "abuse_appeal_days", UnitDays, 1, 365, func(p *PolicyValues) any { return &p.Abuse.AppealDays }),
	{Group: "abuse", Name: "abuse_open_domains", Unit: UnitDomains, at: func(p *PolicyValues) any { return &p.Abuse.OpenDomains }},
}

func level(i int) func(*PolicyValues) any {
	return func(p *PolicyValues) any { return &p.Health.Levels[i].Points }
}

// maxPolicyAmount is the highest limit of a currency, in minor units.
const maxPolicyAmount = 1_000_000_000_000

// limitOf is one limit of a currency.
type limitOf struct {
	values   *PolicyValues
	currency string
	of       func(*Limits) *int64
}

var limitFields = []struct {
	name string
	of   func(*Limits) *int64
}{
	{"max_claim", func(l *Limits) *int64 { return &l.MaxClaim }},
	{"auto_grant", func(l *Limits) *int64 { return &l.AutoGrant }},
	{"approval", func(l *Limits) *int64 { return &l.Approval }},
}

// Fields are all values in the order of their groups, with those of each currency and of each
// way of paying.
func (p *PolicyValues) Fields() []PolicyField {
	list := slices.Clone(plainFields)
	for _, currency := range slices.Sorted(maps.Keys(p.Limits)) {
		for _, l := range limitFields {
			list = append(list, PolicyField{
				Group: "limits", Name: l.name + "_" + strings.ToLower(currency), Unit: UnitMoney, Currency: currency, Max: maxPolicyAmount,
				at: func(p *PolicyValues) any { return limitOf{p, currency, l.of} },
			})
		}
	}
	for i, t := range p.RefundTimes {
		list = append(
			list,
			PolicyField{Group: "refunds", Name: fmt.Sprintf("refund_ours_%s_%s", t.Tender, t.To), Unit: UnitSpan, Max: 365, Tender: t.Tender, To: t.To, at: func(p *PolicyValues) any { return &p.RefundTimes[i].Ours }},
			PolicyField{Group: "refunds", Name: fmt.Sprintf("refund_theirs_%s_%s", t.Tender, t.To), Unit: UnitSpan, Max: 365, Tender: t.Tender, To: t.To, at: func(p *PolicyValues) any { return &p.RefundTimes[i].Theirs }},
		)
	}
	slices.SortStableFunc(list, func(a, b PolicyField) int {
		return slices.Index(PolicyGroups, a.Group) - slices.Index(PolicyGroups, b.Group)
	})
	return list
}

// Listed says whether the value is a list.
func (f PolicyField) Listed() bool {
	switch f.Unit { //nolint:exhaustive // the others are single
	case UnitHoursList, UnitDaysList, UnitCurrencies, UnitCodes, UnitTenders, UnitDomains:
		return true
	}
	return false
}

// Text is the value as forms and the API write it. "" where these values have no such currency
// or way of paying.
func (f PolicyField) Text(p *PolicyValues) string {
	if !f.in(p) {
		return ""
	}
	switch v := f.at(p).(type) {
	case *int:
		return strconv.Itoa(*v)
	case *float64:
		return strconv.FormatFloat(*v*100, 'f', -1, 64)
	case *time.Duration:
		if f.Unit == UnitHours {
			return strconv.FormatInt(int64(*v/time.Hour), 10)
		}
		return strconv.FormatInt(int64(*v/health.Day), 10)
	case *bool:
		if *v {
			return "on"
		}
		return "off"
	case *Side:
		return string(*v)
	case *[]int:
		return strings.Trim(fmt.Sprint(*v), "[]")
	case *[]string:
		return strings.Join(*v, " ")
	case *[]Tender:
		return strings.Join(names(*v), " ")
	case *map[string]Limits:
		return strings.Join(slices.Sorted(maps.Keys(*v)), " ")
	case *Span:
		return v.text()
	case limitOf:
		l := v.values.Limits[v.currency]
		return money.Decimal(*v.of(&l), v.currency)
	default:
		panic(fmt.Sprintf("a policy value of type %T", v))
	}
}

// in says whether the values have this field.
func (f PolicyField) in(p *PolicyValues) bool {
	if f.Unit == UnitMoney {
		_, ok := p.Limits[f.Currency]
		return ok
	}
	return f.Unit != UnitSpan || slices.ContainsFunc(p.RefundTimes, func(t RefundTime) bool { return t.Tender == f.Tender && t.To == f.To })
}

// put takes the value from a text and returns the code of what is wrong with it, or "".
func (f PolicyField) put(p *PolicyValues, text string) string {
	text = strings.TrimSpace(norm.NFKC.String(text))
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,、\n\r\t", r) })
	if text == "" && !f.Listed() {
		return "required"
	}
	switch to := f.at(p).(type) {
	case *int:
		return f.putNumber(text, func(n int64) { *to = int(n) })
	case *time.Duration:
		unit := health.Day
		if f.Unit == UnitHours {
			unit = time.Hour
		}
		return f.putNumber(text, func(n int64) { *to = time.Duration(n) * unit })
	case *float64:
		v, err := strconv.ParseFloat(strings.TrimRight(text, " %"), 64)
		switch {
		case err != nil:
			return "not_a_number"
		case !(v >= float64(f.Min) && v <= float64(f.Max)):
			return "amount_out_of_range"
		}
		*to = v / 100
	case *bool:
		if text != "on" && text != "off" {
			return "unknown_value"
		}
		*to = text == "on"
	case *Side:
		if s := Side(text); s != SideBuyer && s != SideSeller {
			return "unknown_value"
		}
		*to = Side(text)
	case *[]int:
		return f.putNumbers(words, to)
	case *[]string:
		return f.putWords(words, to)
	case *[]Tender:
		list := []Tender{}
		for _, w := range words {
			if !slices.ContainsFunc(p.RefundTimes, func(t RefundTime) bool { return string(t.Tender) == w }) {
				return "unknown_value"
			}
			list = append(list, Tender(w))
		}
		if repeats(list) {
			return "duplicate"
		}
		*to = list
	case *map[string]Limits:
		return putCurrencies(words, to)
	case *Span:
		s, ok := ParseSpan(text)
		if !ok {
			return "bad_span"
		}
		*to = s
	case limitOf:
		n, err := money.ParseDecimal(strings.NewReplacer(",", "", "円", "", "¥", "").Replace(text), to.currency)
		switch {
		case err != nil:
			return "not_a_number"
		case n < f.Min || n > f.Max:
			return "out_of_range"
		}
		l := to.values.Limits[to.currency]
		*to.of(&l) = n
		to.values.Limits[to.currency] = l
	}
	return ""
}

func (f PolicyField) putNumber(text string, to func(int64)) string {
	n, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64)
	switch {
	case err != nil:
		return "not_a_number"
	case n < f.Min || n > f.Max:
		return "amount_out_of_range"
	}
	to(n)
	return ""
}

func (f PolicyField) putNumbers(words []string, to *[]int) string {
	list := []int{}
	for _, w := range words {
		n, err := strconv.Atoi(w)
		switch {
		case err != nil:
			return "not_a_number"
		case int64(n) < f.Min || int64(n) > f.Max:
			return "amount_out_of_range"
		}
		list = append(list, n)
	}
	if repeats(list) {
		return "duplicate"
	}
	slices.SortFunc(list, func(a, b int) int { return b - a })
	if len(list) > maxReminders {
		return "too_many"
	}
	*to = list
	return ""
}

const (
	maxReminders   = 5
	maxPolicyWords = 200
)

var domain = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)

func (f PolicyField) putWords(words []string, to *[]string) string {
	list := []string{}
	for _, w := range words {
		w = strings.ToLower(w)
		if f.Unit == UnitCodes && !isCode(w) || f.Unit == UnitDomains && (len(w) > 253 || !domain.MatchString(w)) {
			return "unknown_value"
		}
		list = append(list, w)
	}
	switch {
	case repeats(list):
		return "duplicate"
	case len(list) > maxPolicyWords:
		return "too_many"
	case len(list) == 0 && f.Unit == UnitCodes:
		return "required"
	}
	*to = list
	return ""
}

func repeats[S comparable](list []S) bool {
	seen := map[S]bool{}
	for _, s := range list {
		seen[s] = true
	}
	return len(seen) < len(list)
}

// putCurrencies says which currencies have limits; a new one begins without any.
func putCurrencies(words []string, to *map[string]Limits) string {
	next := map[string]Limits{}
	for _, w := range words {
		w = strings.ToUpper(w)
		if !money.Known(w) {
			return "bad_currency"
		}
		if _, twice := next[w]; twice {
			return "duplicate"
		}
		next[w] = (*to)[w]
	}
	if len(next) > 10 {
		return "too_many"
	}
	*to = next
	return ""
}

var spanUnits = map[string]string{"h": SpanHours, "d": SpanDays, "s": SpanStatements}

func (s Span) text() string {
	for letter, unit := range spanUnits {
		switch {
		case unit != s.Unit:
		case s.From == 0 && s.Unit != SpanStatements:
			return strconv.Itoa(s.To) + letter
		default:
			return fmt.Sprintf("%d-%d%s", s.From, s.To, letter)
		}
	}
	return "0"
}

var spanText = regexp.MustCompile(`^(?:(\d{1,3})-)?(\d{1,3})([hds])$`)

// ParseSpan reads a span as policy writes it.
func ParseSpan(text string) (s Span, ok bool) {
	text = strings.ToLower(strings.ReplaceAll(text, " ", ""))
	if text == "0" {
		return Span{}, true
	}
	m := spanText.FindStringSubmatch(text)
	if m == nil {
		return s, false
	}
	s.Unit = spanUnits[m[3]]
	s.From, _ = strconv.Atoi(m[1]) // digits, or nothing
	s.To, _ = strconv.Atoi(m[2])
	return s, s.From <= s.To && s.To <= 365
}
