package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

type listingStateView struct {
	SellerID  string         `json:"seller_id"`
	SKU       string         `json:"sku"`
	Price     moneyView      `json:"price"`
	Available bool           `json:"available"`
	At        models.Instant `json:"at"`
	Known     bool           `json:"known"`
	Stale     bool           `json:"stale"`
}

// putListing takes a word of the feed of listings, and answers with what stands.
func (h *Handlers) putListing(c *gin.Context) error {
	in := bodyOf[models.ListingWord](c)
	in.SellerID, in.SKU = c.Param("id"), c.Param("sku")
	l, outcome, err := h.store.PutListing(c.Request.Context(), requestOf(c).actor, in)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if outcome == models.OrderCreated {
		status = http.StatusCreated
	}
	return reply(c, status, listingStateView{l.SellerID, l.SKU, moneyView{l.Price, l.Currency}, l.Available, l.At, l.Known, outcome == models.OrderStale})
}
