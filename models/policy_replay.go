package models

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hosho/models/calendar"
)

// A replay looks back ReplayDays of 24 hours, and holds replayBatch claims in memory at a time.
const (
	ReplayDays  = 365
	replayBatch = 500
)

// ReplayedClaim is a claim of which other values would have made something else. Amounts are
// minor units of Currency.
type ReplayedClaim struct {
	Number      string
	FiledAt     Instant
	Currency    string
	Claimed     int64
	Refused     RuleCode // the first rule that would have refused the filing; "" for none
	OpensBefore Instant
	OpensAfter  Instant // the same where the filing would have been refused
	Silent      string  // "granted" by itself now and not before, "reviewed" the other way; "" for no change
	Second      string  // "needed" by the grant now and not before, "not_needed" the other way; "" for no change
	Refund      int64   // how much more would have gone back by rule alone; less is below zero
}

// Differs says whether anything would have been different.
func (r ReplayedClaim) Differs() bool {
	return r.Refused != "" || r.OpensAfter != r.OpensBefore || r.Silent != "" || r.Second != ""
}

// Replay is what a draft would have changed in the time looked at. Refunds are by currency.
type Replay struct {
	From, To           Instant
	Looked             int // claims filed in that time
	Differ             int
	Refused            int
	Earlier, Later     int // openings
	Granted, Reviewed  int // silences
	Second, WithoutTwo int
	More, Less         map[string]int64
}

func (r *Replay) add(x ReplayedClaim) {
	r.Differ++
	count := func(n *int, yes bool) {
		if yes {
			*n++
		}
	}
	count(&r.Refused, x.Refused != "")
	count(&r.Earlier, x.OpensAfter < x.OpensBefore)
	count(&r.Later, x.OpensAfter > x.OpensBefore)
	count(&r.Granted, x.Silent == "granted")
	count(&r.Reviewed, x.Silent == "reviewed")
	count(&r.Second, x.Second == "needed")
	count(&r.WithoutTwo, x.Second == "not_needed")
	switch {
	case x.Refund > 0:
		r.More[x.Currency] += x.Refund
	case x.Refund < 0:
		r.Less[x.Currency] -= x.Refund
	}
}

// pastClaim is what a replay looks at of a claim.
type pastClaim struct {
	ID            string
	Number        string
	Reason        Reason
	Status        ClaimStatus
	FiledAt       Instant
	OpensAt       Instant
	Claimed       int64
	Currency      string
	PolicyVersion int
	SellerSilent  bool
	Assessment    string
	Decision      *string
}

// ReplayPolicy replays the claims of the last 365 days under a draft, beside the version that
// each was filed under, and hands every claim that would differ to each, the oldest first. It
// changes nothing. Filings, answers and decisions are taken as they were made: what is compared
// is what the rules alone do with them. Leads and admins may. Kinds: Forbidden, NotFound.
func (s *Store) ReplayPolicy(ctx context.Context, by Actor, id string, each func(ReplayedClaim) error) (Replay, error) {
	d, err := s.PolicyDraftByID(ctx, by, id)
	if err != nil {
		return Replay{}, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return Replay{}, err
	}
	r := Replay{From: now.Add(-days(ReplayDays)), To: now, More: map[string]int64{}, Less: map[string]int64{}}
	after := Policy{PolicyValues: d.Values, business: *s.config.BusinessDays, zone: s.config.Zone}
	at, last := r.From, ""
	for {
		// Two ranges rather than one condition on both columns, which MySQL reads from the start.
		rows, err := find[pastClaim](ctx, s, `SELECT id, number, reason, status, filed_at, opens_at, claimed, currency, policy_version, seller_silent, assessment, decision FROM claims
			WHERE filed_at >= ? AND (filed_at > ? OR id > ?) AND filed_at <= ? ORDER BY filed_at, id LIMIT ?`, at, at, last, r.To, replayBatch)
		if err != nil {
			return Replay{}, fmt.Errorf("read claims to replay: %w", err)
		}
		for _, row := range rows {
			before, err := s.PolicyVersion(ctx, row.PolicyVersion)
			if err != nil {
				return Replay{}, err
			}
			x, err := row.replay(before, after, s.config.Zone)
			if err != nil {
				return Replay{}, fmt.Errorf("replay claim %s: %w", row.Number, err)
			}
			r.Looked++
			if !x.Differs() {
				continue
			}
			r.add(x)
			if err := each(x); err != nil {
				return Replay{}, err
			}
		}
		if len(rows) < replayBatch {
			return r, nil
		}
		at, last = rows[len(rows)-1].FiledAt, rows[len(rows)-1].ID
	}
}

// replay is what the rules would have made of a claim.
func (c pastClaim) replay(before, after Policy, zone *time.Location) (ReplayedClaim, error) {
	x := ReplayedClaim{Number: c.Number, FiledAt: c.FiledAt, Currency: c.Currency, Claimed: c.Claimed, OpensBefore: c.OpensAt, OpensAfter: c.OpensAt}
	var a Assessment
	if err := json.Unmarshal([]byte(c.Assessment), &a); err != nil {
		return x, err
	}
	decision, err := fromJSON[Decision](c.Decision)
	if err != nil {
		return x, err
	}
	granted := int64(0)
	if decision != nil && decision.Outcome == Granted {
		granted = decision.Amount
	}
	answer := Assess(c.facts(a, before, after, zone), after, c.FiledAt, zone)
	if !answer.Eligible {
		x.Refused, x.Refund = answer.Code, -granted
		return x, nil
	}
	if c.OpensAt > c.FiledAt || answer.WaitEndsAt > c.FiledAt {
		x.OpensAfter = max(c.FiledAt, answer.WaitEndsAt)
	}
	by := decision != nil && decision.Automated && decision.ReasonCode == ReasonSellerSilent
	if c.SellerSilent || by {
		switch then, now := before.GrantsAutomatically(c.Claimed, c.Currency), after.GrantsAutomatically(c.Claimed, c.Currency); {
		case now && !then:
			x.Silent, x.Refund = "granted", c.Claimed-granted
		case then && !now && by:
			x.Silent, x.Refund = "reviewed", -granted
		}
	}
	if granted > 0 && !decision.Automated && x.Silent == "" {
		switch then, now := before.NeedsApproval(granted, c.Currency), after.NeedsApproval(granted, c.Currency); {
		case now && !then:
			x.Second = "needed"
		case then && !now:
			x.Second = "not_needed"
		}
	}
	return x, nil
}

// facts are those of the filing, with the instants that the draft would have set: the end of
// the wait, the filing deadline and when the goods were overdue. The claim was the buyer's own
// and accepted then, so that what no value of policy decides counts as passed.
func (c pastClaim) facts(a Assessment, before, after Policy, zone *time.Location) LineFacts {
	f := LineFacts{
		OwnOrder: true, FulfilledBy: BySeller, Reason: c.Reason, Unrefunded: c.Claimed, Claimed: c.Claimed, Currency: c.Currency, DeadlineAt: a.DeadlineAt,
		LatestEstimate: a.Because.LatestDay, Filing: true, Files: 1, Schedule: c.OpensAt > c.FiledAt,
	}
	if sent := a.Because.ContactedAt; sent != 0 {
		ends := sent.Add(after.Wait())
		if a.WaitEndsAt < sent.Add(hours(a.Because.WaitHours)) { // policy cut it short
			ends = min(ends, a.WaitEndsAt)
		}
		f.Contact = &Contact{SentAt: sent, WaitEndsAt: ends}
	} else {
		f.AssumeContact = true
	}
	if !f.LatestEstimate.IsZero() && before.FilingDays != after.FilingDays {
		f.DeadlineAt = InstantOf(calendar.FilingDeadline(f.LatestEstimate, after.FilingDays, zone))
	}
	switch turned, usual := a.Rule(RuleNotOverdueYet).TurnsAt, InstantOf(calendar.OverdueFrom(f.LatestEstimate, before.OverdueWholeDays, zone)); {
	case turned == 0:
		f.Exception = "undeliverable"
	case turned < usual: // no carrier had scanned it
		f.ShippedAt = turned.Add(-hours(before.NoScanHours))
	}
	return f
}
