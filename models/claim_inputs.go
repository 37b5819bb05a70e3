package models

// ActionInput is what comes with an action on a claim. Each action has its own fields
// (API.md §5); apply is the action's pure rule.
type ActionInput interface {
	Action() Action
	expected() *int64
	apply(c Claim, by Actor, p Policy, now Instant) (change, error)
}

// Versioned is the claim's version the caller acted on; nil acts on whatever is current.
type Versioned struct {
	Version *int64 `json:"version"`
}

func (v Versioned) expected() *int64 { return v.Version }

// NewActionInput returns an empty input for the action, to be decoded into; false when there
// is no such action.
func NewActionInput(a Action) (ActionInput, bool) {
	switch a {
	case Withdraw:
		return new(WithdrawInput), true
	case Reopen:
		return new(ReopenInput), true
	case AddEvidence:
		return new(AddEvidenceInput), true
	case Accept:
		return new(AcceptInput), true
	case MakeOffer:
		return new(OfferInput), true
	case Contest:
		return new(ContestInput), true
	case AcceptOffer:
		return new(AcceptOfferInput), true
	case DeclineOffer:
		return new(DeclineOfferInput), true
	case MakeCounter:
		return new(CounterInput), true
	case Object:
		return new(ObjectInput), true
	case Ask:
		return new(AskInput), true
	case AnswerAction:
		return new(AnswerInput), true
	case Take:
		return new(TakeInput), true
	case Release:
		return new(ReleaseInput), true
	case Assign:
		return new(AssignInput), true
	case Hold:
		return new(HoldInput), true
	case Pause:
		return new(PauseInput), true
	case Resume:
		return new(ResumeInput), true
	case AddNote:
		return new(NoteInput), true
	case Admit:
		return new(AdmitInput), true
	case Decide:
		return new(DecideInput), true
	case Approve:
		return new(ApproveInput), true
	case SendBack:
		return new(SendBackInput), true
	case MakeAppeal:
		return new(ClaimAppealInput), true
	case DecideAppeal:
		return new(DecideClaimAppealInput), true
	case GiveReturnAddress:
		return new(ReturnAddressInput), true
	case ShipReturn:
		return new(ShipReturnInput), true
	case ConfirmReturn:
		return new(ConfirmReturnInput), true
	case DisputeReturn:
		return new(DisputeReturnInput), true
	case ShipReplacement:
		return new(ShipReplacementInput), true
	case SetLegalHold:
		return new(LegalHoldInput), true
	case LiftLegalHold:
		return new(LiftLegalHoldInput), true
	}
	return nil, false
}

// Captioned says by the ids of files what each shows, as pages ask it.
type Captioned struct {
	Captions map[string]string `json:"-" validate:"max=20,dive,keys,key,endkeys,max=300,clean"`
}

// The inputs of the actions, with their limits in characters.
type (
	// WithdrawInput ends the claim at the buyer's wish.
	WithdrawInput struct {
		Versioned
		Reason string `json:"reason" validate:"max=1000,clean"`
	}
	// ReopenInput takes a closed claim up again.
	ReopenInput struct {
		Versioned
		Reason string `json:"reason" validate:"max=1000,clean"`
	}
	// AddEvidenceInput gives more files. Note is of those that have no caption.
	AddEvidenceInput struct {
		Versioned
		Captioned
		Evidence []string `json:"evidence" validate:"required,min=1,max=20,unique,dive,key"`
		Note     string   `json:"note" validate:"max=1000,clean"`
	}
	// AcceptInput pays the claimed sum.
	AcceptInput struct{ Versioned }
	// OfferInput proposes to settle. Amount and LabelCost are in minor units; a return for a
	// refund without an amount is for the claimed sum.
	OfferInput struct {
		Versioned
		Kind    OfferKind `json:"kind" validate:"required,oneof=partial_refund replacement return_for_refund"`
		Amount  *int64    `json:"amount"`
		Message string    `json:"message" validate:"required,visible,max=4000,clean"`
		Hold    bool      `json:"hold"`

		Address   string `json:"return_address" validate:"max=1000,clean"`
		Label     string `json:"label_reference" validate:"max=200,clean"`
		LabelCost *int64 `json:"label_cost" validate:"omitempty,gte=0"`
	}
	// ContestInput disputes the claim.
	ContestInput struct {
		Versioned
		Captioned
		Message  string   `json:"message" validate:"required,visible,max=4000,clean"`
		Evidence []string `json:"evidence" validate:"max=20,unique,dive,key"`
		Hold     bool     `json:"hold"`
	}
	// AcceptOfferInput takes the seller's offer.
	AcceptOfferInput struct {
		Versioned
		Message string `json:"message" validate:"max=4000,clean"`
	}
	// DeclineOfferInput refuses the seller's offer.
	DeclineOfferInput struct {
		Versioned
		Message string `json:"message" validate:"max=4000,clean"`
	}
	// CounterInput names the sum for which the buyer would settle, in minor units.
	CounterInput struct {
		Versioned
		Amount  *int64 `json:"amount" validate:"required"`
		Message string `json:"message" validate:"required,visible,max=4000,clean"`
	}
	// ObjectInput says that a parcel reported as delivered did not come.
	ObjectInput struct {
		Versioned
		Captioned
		Message  string   `json:"message" validate:"required,visible,max=4000,clean"`
		Evidence []string `json:"evidence" validate:"max=20,unique,dive,key"`
	}
	// AskInput puts a question to a party.
	AskInput struct {
		Versioned
		Party    Side   `json:"party" validate:"required,oneof=buyer seller"`
		Question string `json:"question" validate:"required,visible,max=4000,clean"`
	}
	// AnswerInput answers the question.
	AnswerInput struct {
		Versioned
		Captioned
		Message  string   `json:"message" validate:"required,visible,max=4000,clean"`
		Evidence []string `json:"evidence" validate:"max=20,unique,dive,key"`
		Hold     bool     `json:"hold"`
	}
	// TakeInput says that the caller works on the case; a courtesy, not a lock.
	TakeInput struct{ Versioned }
	// ReleaseInput gives the case back.
	ReleaseInput struct{ Versioned }
	// PauseInput stops the party's clock until an instant both parties see.
	PauseInput struct {
		Versioned
		Reason string `json:"reason" validate:"required,visible,max=1000,clean"`
		Until  string `json:"until" validate:"required,instant"`
	}
	// ResumeInput lets the clock go on before the pause ends.
	ResumeInput struct {
		Versioned
		Reason string `json:"reason" validate:"max=1000,clean"`
	}
	// NoteInput is for staff; parties never see it.
	NoteInput struct {
		Versioned
		Body string `json:"body" validate:"required,visible,max=4000,clean"`
	}
	// AdmitInput lets late evidence count, with a reason both parties see.
	AdmitInput struct {
		Versioned
		Evidence []string `json:"evidence" validate:"required,min=1,max=40,unique,dive,key"`
		Reason   string   `json:"reason" validate:"required,visible,max=1000,clean"`
	}
	// DecideInput is a decision with its reasons. Amount nil grants the claimed sum.
	DecideInput struct {
		Versioned
		Outcome             string   `json:"outcome" validate:"required,oneof=granted denied"`
		Amount              *int64   `json:"amount"`
		ReturnRequired      bool     `json:"return_required"`
		BorneBy             string   `json:"borne_by" validate:"required,oneof=seller marketplace"`
		CountsAgainstSeller *bool    `json:"counts_against_seller" validate:"required"`
		ReasonCode          string   `json:"reason_code" validate:"required,code"`
		Rule                string   `json:"rule" validate:"max=200,clean"`
		Facts               string   `json:"facts" validate:"required,visible,max=4000,clean"`
		EvidenceCited       []string `json:"evidence_cited" validate:"max=40,unique,dive,key"`
		Explanation         string   `json:"explanation" validate:"required,visible,max=8000,clean"`
	}
	// ApproveInput is the second person's yes.
	ApproveInput struct {
		Versioned
		Explanation string `json:"explanation" validate:"max=4000,clean"`
	}
	// SendBackInput is the second person's no, with what to look at again.
	SendBackInput struct {
		Versioned
		Explanation string `json:"explanation" validate:"max=4000,clean"`
	}
	// ReturnAddressInput says, or corrects, where goods go back to. LabelCost is in minor units.
	ReturnAddressInput struct {
		Versioned
		Address   string `json:"address" validate:"required,visible,max=1000,clean"`
		Label     string `json:"label_reference" validate:"max=200,clean"`
		LabelCost *int64 `json:"label_cost" validate:"omitempty,gte=0"`
	}
	// ShipReturnInput says how the buyer has sent the goods back, with photos from packing.
	ShipReturnInput struct {
		Versioned
		Captioned
		Carrier        string   `json:"carrier" validate:"required,visible,max=100,clean"`
		TrackingNumber string   `json:"tracking_number" validate:"required,visible,max=100,clean"`
		Evidence       []string `json:"evidence" validate:"max=20,unique,dive,key"`
	}
	// ConfirmReturnInput says that the goods are back, with photos from opening.
	ConfirmReturnInput struct {
		Versioned
		Captioned
		Note     string   `json:"note" validate:"max=1000,clean"`
		Evidence []string `json:"evidence" validate:"max=20,unique,dive,key"`
	}
	// DisputeReturnInput says that what came back is not what was to come, with photos from opening.
	DisputeReturnInput struct {
		Versioned
		Captioned
		Message  string   `json:"message" validate:"required,visible,max=4000,clean"`
		Evidence []string `json:"evidence" validate:"max=20,unique,dive,key"`
	}
	// ShipReplacementInput says how the seller has sent the goods anew, or corrects that.
	ShipReplacementInput struct {
		Versioned
		Carrier        string `json:"carrier" validate:"required,visible,max=100,clean"`
		TrackingNumber string `json:"tracking_number" validate:"required,visible,max=100,clean"`
		Note           string `json:"note" validate:"max=1000,clean"`
	}
	// LegalHoldInput keeps the claim's files beyond the retention rule.
	LegalHoldInput struct {
		Versioned
		Reason string `json:"reason" validate:"required,visible,max=1000,clean"`
	}
	// LiftLegalHoldInput puts them under the retention rule again.
	LiftLegalHoldInput struct {
		Versioned
		Reason string `json:"reason" validate:"required,visible,max=1000,clean"`
	}
)

// Action names the action each input belongs to.
func (*WithdrawInput) Action() Action      { return Withdraw }
func (*ReopenInput) Action() Action        { return Reopen }
func (*AddEvidenceInput) Action() Action   { return AddEvidence }
func (*AcceptInput) Action() Action        { return Accept }
func (*OfferInput) Action() Action         { return MakeOffer }
func (*ContestInput) Action() Action       { return Contest }
func (*AcceptOfferInput) Action() Action   { return AcceptOffer }
func (*DeclineOfferInput) Action() Action  { return DeclineOffer }
func (*CounterInput) Action() Action       { return MakeCounter }
func (*ObjectInput) Action() Action        { return Object }
func (*AskInput) Action() Action           { return Ask }
func (*AnswerInput) Action() Action        { return AnswerAction }
func (*TakeInput) Action() Action          { return Take }
func (*ReleaseInput) Action() Action       { return Release }
func (*PauseInput) Action() Action         { return Pause }
func (*ResumeInput) Action() Action        { return Resume }
func (*NoteInput) Action() Action          { return AddNote }
func (*AdmitInput) Action() Action         { return Admit }
func (*DecideInput) Action() Action        { return Decide }
func (*ApproveInput) Action() Action       { return Approve }
func (*SendBackInput) Action() Action      { return SendBack }
func (*LegalHoldInput) Action() Action     { return SetLegalHold }
func (*LiftLegalHoldInput) Action() Action { return LiftLegalHold }

func (*ReturnAddressInput) Action() Action { return GiveReturnAddress }
func (*ShipReturnInput) Action() Action    { return ShipReturn }
func (*ConfirmReturnInput) Action() Action { return ConfirmReturn }
func (*DisputeReturnInput) Action() Action { return DisputeReturn }

func (*ShipReplacementInput) Action() Action { return ShipReplacement }
