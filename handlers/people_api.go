package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

type sellerView struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Locale    string       `json:"locale"`
	Suspended bool         `json:"suspended"`
	Members   []memberView `json:"members"`
}

type memberView struct {
	Email string  `json:"email"`
	Name  *string `json:"name"`
}

func (h *Handlers) putSeller(c *gin.Context) error {
	in := bodyOf[models.SellerInput](c)
	in.ID = c.Param("id")
	seller, created, err := h.store.PutSeller(c.Request.Context(), requestOf(c).actor, in)
	if err != nil {
		return err
	}
	v := sellerView{ID: seller.ID, Name: seller.Name, Locale: seller.Locale, Suspended: seller.Suspended, Members: make([]memberView, 0, len(seller.Members))}
	for _, m := range seller.Members {
		v.Members = append(v.Members, memberView{m.Email, orNull(m.Name)})
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return reply(c, status, v)
}

// seesSeller: that a seller exists is known to everyone; its name stands on every order.
func (h *Handlers) seesSeller(c *gin.Context) error {
	_, err := h.store.SellerByID(c.Request.Context(), c.Param("id"))
	return err
}

type handoffView struct {
	URL       string         `json:"url"`
	ExpiresAt models.Instant `json:"expires_at"`
}

func (h *Handlers) createHandoff(c *gin.Context) error {
	made, err := h.store.CreateHandoff(c.Request.Context(), requestOf(c).actor, bodyOf[models.HandoffInput](c))
	if err != nil {
		return err
	}
	return reply(c, http.StatusCreated, handoffView{h.config.BaseURL + made.Path, made.ExpiresAt})
}

type noticeView struct {
	ID          string         `json:"id"`
	Number      string         `json:"number"`
	Kind        string         `json:"kind"`
	ClaimNumber *string        `json:"claim_number"`
	OrderNumber *string        `json:"order_number"`
	Locale      string         `json:"locale"`
	Subject     string         `json:"subject"`
	Body        string         `json:"body"`
	CreatedAt   models.Instant `json:"created_at"`
	SentAt      models.Instant `json:"sent_at"`
	ReadAt      models.Instant `json:"read_at"`
}

// viewNotice shows a notice as it was sent; one still on its way in the words it will have.
func (h *Handlers) viewNotice(n models.Notice) noticeView {
	v := noticeView{
		ID: n.ID, Number: n.Number, Kind: n.Kind, ClaimNumber: orNull(n.ClaimNumber), OrderNumber: orNull(n.OrderNumber), Locale: n.Locale,
		Subject: n.Subject, Body: n.Body, CreatedAt: n.CreatedAt, SentAt: n.SentAt, ReadAt: n.ReadAt,
	}
	v.Subject, v.Body = h.noticeWords(n.Locale, n)
	return v
}

func (h *Handlers) listNotices(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	notices, next, err := h.store.Notices(c.Request.Context(), requestOf(c).actor, page)
	if err != nil {
		return err
	}
	views := make([]noticeView, 0, len(notices))
	for _, n := range notices {
		views = append(views, h.viewNotice(n))
	}
	return replyList(c, views, next)
}

func (h *Handlers) readNotice(c *gin.Context) error {
	n, err := h.store.ReadNotice(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, h.viewNotice(n))
}
