package models

import (
	"hosho/models/health"
)

// MeasureKind is what a measure does (PRODUCT.md §8.6).
type MeasureKind = health.Measure

// MeasureNotice is a notice without a step of its own on the ladder: the seller is told and
// nothing else changes.
const MeasureNotice MeasureKind = "notice"

// MeasureKinds are the kinds of measures, the mildest first.
var MeasureKinds = []MeasureKind{MeasureNotice, health.Plan, health.Warning, health.OrderCap, health.ListingPause, health.Termination}

// MeasureStatus is where a measure stands.
type MeasureStatus string

// The states of a measure.
const (
	MeasureIsProposed   MeasureStatus = "proposed"
	MeasureIsActive     MeasureStatus = "active"     // decided; it holds from starts_at on
	MeasureIsEnded      MeasureStatus = "ended"      // by time, by a lead, by an accepted plan; or a proposal that was sent back
	MeasureIsOverturned MeasureStatus = "overturned" // by an appeal: as if it had never been, but for the record
)

// MeasureStatuses are the states in the order pages list them.
var MeasureStatuses = []MeasureStatus{MeasureIsProposed, MeasureIsActive, MeasureIsEnded, MeasureIsOverturned}

// Measure is a measure on a seller.
type Measure struct {
	ID         string
	Number     string
	Kind       MeasureKind
	Status     MeasureStatus
	ProposedBy string
}
