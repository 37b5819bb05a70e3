package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

// returnView is the way of the goods back, as parties and staff see it.
type returnView struct {
	Ends           models.ClaimStatus `json:"ends"`
	Amount         moneyView          `json:"amount"`
	BorneBy        string             `json:"borne_by"`
	ReturnAddress  *string            `json:"return_address"`
	LabelReference *string            `json:"label_reference"`
	LabelCost      *moneyView         `json:"label_cost"`
	Packing        []string           `json:"packing_evidence"`
	Opening        []string           `json:"opening_evidence"`
	Dispute        *string            `json:"dispute"`
	DisputedAt     models.Instant     `json:"disputed_at"`
	returnWayView
}

// returnWayView is what the marketplace may know too.
type returnWayView struct {
	StartedAt models.Instant `json:"started_at"`
	ShipBy    models.Instant `json:"ship_by"`
	parcelView
	ConfirmBy  models.Instant `json:"confirm_by"`
	ReceivedAt models.Instant `json:"received_at"`
	Silent     bool           `json:"silent"`
}

// parcelView is what is known of goods under way.
type parcelView struct {
	Carrier         *string        `json:"carrier"`
	TrackingNumber  *string        `json:"tracking_number"`
	ShippedAt       models.Instant `json:"shipped_at"`
	DeliveredAt     models.Instant `json:"delivered_at"`
	UndeliverableAt models.Instant `json:"undeliverable_at"`
}

func viewParcel(p models.Parcel) parcelView {
	return parcelView{orNull(p.Carrier), orNull(p.Tracking), p.ShippedAt, p.DeliveredAt, p.UndeliverableAt}
}

type returnToldView struct {
	Claim  string             `json:"claim"`
	Status models.ClaimStatus `json:"status"`
	returnWayView
}

func viewReturnTo(to models.ReturnTo, currency string) (address, label *string, cost *moneyView) {
	if to.LabelCost > 0 {
		cost = &moneyView{to.LabelCost, currency}
	}
	return orNull(to.Address), orNull(to.Label), cost
}

func viewReturn(r *models.Return, currency string) *returnView {
	if r == nil {
		return nil
	}
	view := &returnView{
		Ends: r.Ends, Amount: moneyView{r.Amount, currency}, BorneBy: r.BorneBy, Packing: filled(r.Packing), Opening: filled(r.Opening),
		Dispute: orNull(r.Dispute), DisputedAt: r.DisputedAt, returnWayView: viewReturnWay(*r),
	}
	view.ReturnAddress, view.LabelReference, view.LabelCost = viewReturnTo(r.ReturnTo, currency)
	return view
}

func viewReturnWay(r models.Return) returnWayView {
	return returnWayView{StartedAt: r.StartedAt, ShipBy: r.ShipBy, parcelView: viewParcel(r.Parcel), ConfirmBy: r.ConfirmBy, ReceivedAt: r.ReceivedAt, Silent: r.Silent}
}

func (h *Handlers) tellReturn(c *gin.Context) error {
	claim, err := h.store.TellReturn(c.Request.Context(), requestOf(c).actor, c.Param("number"), bodyOf[models.ParcelEvent](c))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, returnToldView{claim.Number, claim.Status, viewReturnWay(*claim.Return)})
}
