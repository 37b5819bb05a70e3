package models

import (
	"context"
	"fmt"
	"maps"

	"hosho/models/health"
)

// ActOnCounted does something about a counted order. Its seller contests it, while it counts
// and once for each cause that is found; an agent or a lead who is no party accepts or rejects that, or overrules the finding of
// its cancelled lines with a reason, which answers a contest that waits. Accepted, the cause is one that does not count. Every finding
// is kept with its reason, and the seller is told. Kinds: NotFound, Forbidden, Conflict
// (already_contested, not_counted, contest_closed once it weighs nothing any more, not_allowed_now,
// stale_version), Invalid.
func (s *Store) ActOnCounted(ctx context.Context, by Actor, in ActOnCounted) (CountedOrder, Side, error) {
	var done CountedOrder
	var side Side
	err := s.inTx(ctx, func(tx *Store) error {
		o, on, err := tx.CountedOrder(ctx, by, in.SellerID, in.OrderNumber)
		if err != nil {
			return err
		}
		if mine := in.Action == ContestsCount; mine != (on == SideSeller) || on == SideObserver || on == SideStaff && o.Party {
			return forbidden()
		}
		if err := o.refuses(in.Action, on, tx.now); err != nil {
			return err
		}
		if in.Version != nil && *in.Version != o.Version {
			return stale(o.Version)
		}
		in.Reason = text(in.Reason)
		if err := in.check(); err != nil {
			return err
		}
		switch in.Action {
		case ContestsCount:
			err = tx.contest(ctx, by, o, in)
		case AcceptsContest, RejectsContest:
			err = tx.decideContest(ctx, by, o, in)
		case OverrulesCause:
			err = tx.overrule(ctx, by, o, in)
		}
		if err != nil {
			return err
		}
		if done, side, err = tx.CountedOrder(ctx, by, in.SellerID, in.OrderNumber); err != nil {
			return err
		}
		return tx.auditWork(ctx, by, act{AuditContestActed, OnOrder, in.OrderNumber, map[string]any{"action": string(in.Action), "seller": in.SellerID}})
	})
	return done, side, err
}

func (tx *Store) contest(ctx context.Context, by Actor, o CountedOrder, in ActOnCounted) error {
	number := 1
	if o.Contest != nil {
		number = o.Contest.number + 1
	}
	row := contestRow{
		ID: newID(), SellerID: o.SellerID, OrderID: o.id, ContestNo: number, Status: ContestOpen, Reason: in.Reason, ContestedBy: by.AccountID, ContestedAt: tx.now, DueAt: tx.now.Add(days(ContestDays)), Version: 1,
	}
	if err := tx.insert(ctx, &row); err != nil {
		if isDuplicate(err) {
			return errAgain // contested meanwhile; asked anew, that is what is said
		}
		return fmt.Errorf("insert contest: %w", err)
	}
	if err := tx.setTimer(ctx, contestTimer, row.ID, row.DueAt); err != nil {
		return fmt.Errorf("set timer: %w", err)
	}
	if len(in.Evidence) > 0 {
		if err := tx.attach(ctx, by, SideSeller, OnContest, row.ID, 0, attachDraft{uploads: in.Evidence, captions: in.Captions}); err != nil {
			return err
		}
	}
	return tx.emitContest(ctx, by, o, "opened")
}

func (tx *Store) decideContest(ctx context.Context, by Actor, o CountedOrder, in ActOnCounted) error {
	status := ContestRejected
	if in.Action == AcceptsContest {
		status = ContestAccepted
	}
	if err := tx.answerContest(ctx, by, o, status, in.Reason); err != nil {
		return err
	}
	if status == ContestAccepted {
		finding := in.Finding
		if finding == "" {
			finding = health.Other
		}
		if _, err := tx.findAnew(ctx, by, o, finding, in.Reason); err != nil {
			return err
		}
	}
	if err := tx.noteCauses(ctx, o); err != nil {
		return err
	}
	if err := tx.tellOfCounted(ctx, o, "contest_"+string(status), in.Reason, nil); err != nil {
		return err
	}
	return tx.emitContest(ctx, by, o, string(status))
}

// answerContest ends the contest that waits.
func (tx *Store) answerContest(ctx context.Context, by Actor, o CountedOrder, status ContestStatus, reason string) error {
	n, err := tx.exec(ctx, "UPDATE contests SET status = ?, answer = ?, decided_by = ?, decided_at = ?, version = version + 1 WHERE id = ? AND status = ? AND version = ?",
		status, reason, by.AccountID, tx.now, o.Contest.id, ContestOpen, o.Contest.version)
	if err != nil {
		return fmt.Errorf("decide contest: %w", err)
	}
	if n == 0 {
		return errAgain // decided meanwhile; asked anew, that is what is said
	}
	if err := tx.setTimer(ctx, contestTimer, o.Contest.id, 0); err != nil {
		return fmt.Errorf("end timer: %w", err)
	}
	policy, err := tx.Policy(ctx, tx.now)
	if err != nil {
		return err
	}
	return tx.setTimer(ctx, retentionTimer, o.Contest.id, tx.now.Add(days(policy.RetentionDays)))
}

// noteCauses notes how many causes the answer to a contest has met.
func (tx *Store) noteCauses(ctx context.Context, o CountedOrder) error {
	causes, err := tx.causesOf(ctx, o.id, o.SellerID)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE contests SET causes = ? WHERE id = ?", causes, o.Contest.id); err != nil {
		return fmt.Errorf("note what a contest met: %w", err)
	}
	return nil
}

// overrule sets the finding that a member of staff gives, which answers a contest that waits; the
// seller is told with the reason.
func (tx *Store) overrule(ctx context.Context, by Actor, o CountedOrder, in ActOnCounted) error {
	answer := o.answered(in.Finding)
	if answer != "" {
		if err := tx.answerContest(ctx, by, o, answer, in.Reason); err != nil {
			return err
		}
	}
	changed, err := tx.findAnew(ctx, by, o, in.Finding, in.Reason)
	if err != nil {
		return err
	}
	if answer != "" {
		if err := tx.noteCauses(ctx, o); err != nil {
			return err
		}
		if err := tx.emitContest(ctx, by, o, string(answer)); err != nil {
			return err
		}
	}
	switch {
	case changed:
		err = tx.tellOfCounted(ctx, o, "finding_overruled", in.Reason, map[string]any{"finding": "found_" + string(in.Finding), "contest": string(answer)})
	case answer != "": // it was found so before
		return tx.tellOfCounted(ctx, o, "contest_"+string(answer), in.Reason, nil)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	return tx.emitContest(ctx, by, o, "overruled")
}

// findAnew gives the cancelled lines of an order a finding of staff, which stands whatever is told
// later. It reports whether one of them had another.
func (tx *Store) findAnew(ctx context.Context, by Actor, o CountedOrder, finding health.Finding, reason string) (changed bool, err error) {
	rows, err := tx.cancellationsIn(ctx, o.id, o.SellerID)
	if err != nil {
		return false, err
	}
	for _, r := range rows {
		next := r
		next.Finding, next.Basis = finding, health.ByStaff
		if next == r {
			continue
		}
		changed = true
		next.Version, next.ChangedAt = r.Version+1, tx.now
		if err := tx.writeCancellation(ctx, by, r, next, reason); err != nil {
			return changed, err
		}
	}
	if !changed {
		return false, nil
	}
	if err := tx.recountOrder(ctx, rows[0].OrderID); err != nil {
		return true, err
	}
	return true, tx.followSeller(ctx, o.SellerID)
}

// tellOfCounted tells the seller; a finding in args is a word of the catalogue.
func (tx *Store) tellOfCounted(ctx context.Context, o CountedOrder, kind, reason string, more map[string]any) error {
	args := map[string]any{"party": string(SideSeller), "why": reason, "counted": true}
	maps.Copy(args, more)
	row, err := tx.noticeRow("seller:"+o.SellerID, "", kind, args)
	if err != nil {
		return err
	}
	row.OrderNumber = o.OrderNumber
	return tx.insertNoticeRows(ctx, row)
}

// emitContest lets the marketplace's systems hear of it, without anybody's words.
func (tx *Store) emitContest(ctx context.Context, by Actor, o CountedOrder, what string) error {
	return tx.emit(ctx, fact{Type: "contest." + what, Subject: o.OrderNumber, OrderNumber: o.OrderNumber, By: by, Data: struct {
		SellerID string `json:"seller_id"`
	}{o.SellerID}})
}
