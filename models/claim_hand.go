package models

import (
	"encoding/json"
	"slices"
	"time"
)

// HandTime is how long somebody of staff has had a case in hand.
type HandTime struct {
	Account string
	Time    time.Duration
}

// hands reads from the events of a case in whose hands it was. The clock stands while the case
// rests on hold and from a question until its answer.
type hands struct {
	total    map[string]time.Duration
	order    []string
	holder   string
	from     Instant
	until    Instant // the end of a hold; 0 when there is none
	waiting  bool    // for an answer
	proposer string
}

// TimeInHand is how long each of staff has had a case, from taking it, or being given it, until it
// was given back, handed over, proposed, decided or closed, or went back by itself; in the order of
// who had it first. Events are those of the whole chain as staff read them. Pure.
func TimeInHand(events []Event, now Instant) []HandTime {
	h := hands{total: map[string]time.Duration{}}
	for _, e := range events {
		h.event(e)
	}
	h.count(now)
	list := make([]HandTime, 0, len(h.order))
	for _, account := range h.order {
		list = append(list, HandTime{account, h.total[account]})
	}
	return list
}

func (h *hands) event(e Event) {
	var data struct {
		To    string  `json:"to"`
		Until Instant `json:"until"`
	}
	_ = json.Unmarshal(e.Data, &data) // an event without either has neither
	switch e.Type {
	case "noted", "message_sent": // nothing changes hands, and a hold goes on
	case "taken":
		h.give(e.ActorID, e.At)
	case "assigned":
		h.give(data.To, e.At)
	case "put_on_hold":
		if h.holder != e.ActorID {
			h.give(e.ActorID, e.At)
		}
		h.count(e.At)
		h.until = data.Until
	case "proposed":
		h.proposer = e.ActorID
		h.give("", e.At)
	case "sent_back":
		h.give(h.proposer, e.At)
	case "released", "put_back", "decided", "appeal_decided", "accepted", "offer_accepted", "refunded_by_seller", "return_confirmed", "withdrawn":
		h.give("", e.At)
	case "asked":
		h.count(e.At)
		h.waiting, h.until = true, 0
	case "answered", "lapsed":
		h.count(e.At)
		h.waiting, h.until = false, 0
	default:
		h.count(e.At)
		h.until = 0 // something has happened: the hold is over
	}
}

// give puts the case into somebody's hands, "" being nobody's.
func (h *hands) give(to string, at Instant) {
	h.count(at)
	h.holder, h.from, h.until, h.waiting = to, at, 0, false
	if to != "" && !slices.Contains(h.order, to) {
		h.order = append(h.order, to)
	}
}

// count adds what has passed since the last time.
func (h *hands) count(to Instant) {
	from := h.from
	if h.until != 0 {
		from = min(to, max(from, h.until))
	}
	if h.holder != "" && !h.waiting && to > from {
		h.total[h.holder] += to.Sub(from)
	}
	h.from = max(h.from, to)
}
