package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

// replacementView is the goods sent anew, as parties and staff see them.
type replacementView struct {
	replacementWayView
	Note         *string        `json:"note"`
	ReopenReason *string        `json:"reopen_reason"`
	ReopenedAt   models.Instant `json:"reopened_at"`
}

// replacementWayView is what the marketplace may know too.
type replacementWayView struct {
	AgreedAt models.Instant `json:"agreed_at"`
	ShipBy   models.Instant `json:"ship_by"`
	ReopenBy models.Instant `json:"reopen_by"`
	parcelView
	CorrectedAt models.Instant `json:"corrected_at"`
	MissedAt    models.Instant `json:"missed_at"`
	PaidBackAt  models.Instant `json:"paid_back_at"`
}

type replacementToldView struct {
	Claim  string             `json:"claim"`
	Status models.ClaimStatus `json:"status"`
	replacementWayView
}

func viewReplacement(r *models.Replacement) *replacementView {
	if r == nil {
		return nil
	}
	return &replacementView{viewReplacementWay(*r), orNull(r.Note), orNull(r.Reason), r.ReopenedAt}
}

func viewReplacementWay(r models.Replacement) replacementWayView {
	return replacementWayView{AgreedAt: r.AgreedAt, ShipBy: r.ShipBy, ReopenBy: r.ReopenBy, parcelView: viewParcel(r.Parcel), CorrectedAt: r.CorrectedAt, MissedAt: r.MissedAt, PaidBackAt: r.PaidBackAt}
}

func (h *Handlers) tellReplacement(c *gin.Context) error {
	claim, err := h.store.TellReplacement(c.Request.Context(), requestOf(c).actor, c.Param("number"), bodyOf[models.ParcelEvent](c))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, replacementToldView{claim.Number, claim.Status, viewReplacementWay(*claim.Replacement)})
}
