package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"

	"hosho/models"
)

type assessCommand struct {
	databaseFlags
	At            string `placeholder:"INSTANT" help:"The instant to answer for, as 2018-08-20T00:00:00-03:00."`
	Reason        string `placeholder:"REASON" help:"The reason of the claim, such as not_received."`
	AssumeContact bool   `help:"Answer as if each buyer had contacted the seller long ago."`
	JSON          bool   `name:"json" help:"An answer a line as NDJSON, in place of counts by rule."`
}

// answerLine is one line of NDJSON. Code is null when a claim would be taken, WaitEndsAt
// without contact.
type answerLine struct {
	OrderNumber string           `json:"order_number"`
	Line        int              `json:"line"`
	Eligible    bool             `json:"eligible"`
	Code        *models.RuleCode `json:"code"`
	WaitEndsAt  models.Instant   `json:"wait_ends_at"`
	DeadlineAt  models.Instant   `json:"deadline_at"`
}

func (cmd assessCommand) Run(ctx context.Context, p program) error {
	var c config
	wrong := p.wrong
	cmd.check(&c, &wrong, defaultZone)
	query := models.AssessAll{Reason: models.Reason(cmd.Reason), AssumeContact: cmd.AssumeContact}
	if cmd.At == "" {
		wrong.add("at", "is needed: an instant such as 2018-08-20T00:00:00-03:00")
	} else {
		query.At = checkInstant("at", cmd.At, &wrong)
	}
	switch {
	case cmd.Reason == "":
		wrong.add("reason", "is needed: %s", reasonList())
	case !query.Reason.Covered() && query.Reason != models.ChangeOfMind:
		wrong.add("reason", "%q is not known; want %s", cmd.Reason, reasonList())
	}
	if err := wrong.err(); err != nil {
		return err
	}
	store, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()

	out := bufio.NewWriter(p.stdout)
	lines, eligible := 0, 0
	byCode := map[models.RuleCode]int{}
	encoder := json.NewEncoder(out)
	err = store.AssessAll(ctx, models.Operator, query, func(a models.LineAnswer) error {
		lines++
		if a.Eligible {
			eligible++
		} else {
			byCode[a.Code]++
		}
		if !cmd.JSON {
			return nil
		}
		line := answerLine{a.OrderNumber, a.Line, a.Eligible, nil, a.WaitEndsAt, a.DeadlineAt}
		if !a.Eligible {
			line.Code = &a.Code
		}
		return encoder.Encode(line)
	})
	if err == nil && !cmd.JSON {
		_, _ = fmt.Fprintf(out, "%d order lines: %d eligible, %d not\n", lines, eligible, lines-eligible)
		_, _ = fmt.Fprintf(out, "%8d  eligible\n", eligible)
		for _, code := range models.RuleCodes {
			if byCode[code] > 0 {
				_, _ = fmt.Fprintf(out, "%8d  %s\n", byCode[code], code)
			}
		}
	}
	if e := out.Flush(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("assess: %w", err)
	}
	return nil
}

func reasonList() string {
	s := ""
	for _, r := range models.CoveredReasons {
		s += string(r) + ", "
	}
	return s + string(models.ChangeOfMind)
}
