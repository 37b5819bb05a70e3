package handlers

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/seal"
)

// replyClaim answers with a claim as the caller now sees it.
func (h *Handlers) replyClaim(c *gin.Context, status int, claim models.Claim) error {
	v, err := h.store.ViewOf(c.Request.Context(), requestOf(c).actor, claim)
	if err != nil {
		return err
	}
	return reply(c, status, h.viewClaim(h.localeOf(c), v))
}

func (h *Handlers) fileClaim(c *gin.Context) error {
	claim, err := h.store.FileClaim(c.Request.Context(), requestOf(c).actor, bodyOf[models.FileClaim](c))
	if err != nil {
		return err
	}
	return h.replyClaim(c, http.StatusCreated, claim)
}

// seesOrderOfClaim: who may never file may still see the order it would be about.
func (h *Handlers) seesOrderOfClaim(c *gin.Context) error {
	_, err := h.store.OrderByNumber(c.Request.Context(), requestOf(c).actor, bodyOf[models.FileClaim](c).OrderNumber)
	return err
}

func (h *Handlers) listClaims(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor", "status", "order", "seller", "q", "due_before"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	f := models.ClaimFilter{
		Status: models.ClaimStatus(c.Query("status")), OrderNumber: c.Query("order"), SellerID: c.Query("seller"), Query: c.Query("q"), Page: page,
	}
	if f.Status != "" && !knownStatus(f.Status) {
		return invalidField("status", "unknown_value")
	}
	if text := c.Query("due_before"); text != "" {
		if f.DueBefore, err = models.ParseInstant(text); err != nil {
			return invalidField("due_before", "bad_instant")
		}
	}
	ctx, by := c.Request.Context(), requestOf(c).actor
	claims, next, err := h.store.Claims(ctx, by, f)
	if err != nil {
		return err
	}
	seen, err := h.store.ViewsOf(ctx, by, claims)
	if err != nil {
		return err
	}
	views := make([]claimView, 0, len(seen))
	for _, v := range seen {
		views = append(views, h.viewClaim(h.localeOf(c), v))
	}
	return replyList(c, views, next)
}

func knownStatus(status models.ClaimStatus) bool {
	for _, s := range models.ClaimStatuses {
		if s == status {
			return true
		}
	}
	return false
}

func (h *Handlers) readClaim(c *gin.Context) error {
	v, err := h.store.ClaimByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, h.viewClaim(h.localeOf(c), v))
}

func (h *Handlers) seesClaim(c *gin.Context) error {
	_, err := h.store.ClaimByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	return err
}

func (h *Handlers) listEvents(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	after, err := eventCursor(page.Cursor)
	if err != nil {
		return err
	}
	events, sealed, err := h.store.ExportEvents(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	if err != nil {
		return err
	}
	if page.Limit <= 0 {
		page.Limit = models.MaxPage // a chain is read whole as a rule
	}
	export := seal.Export{Items: []seal.Exported{}, Seal: sealed}
	for _, e := range events {
		if e.Seq <= after {
			continue
		}
		if n := len(export.Items); n == page.Limit {
			export.NextCursor = orNull(strconv.FormatInt(export.Items[n-1].Seq, 10))
			break
		}
		export.Items = append(export.Items, e)
	}
	return reply(c, http.StatusOK, export)
}

// listKeys is for those who check what the portal has signed.
func (h *Handlers) listKeys(c *gin.Context) error {
	current, retired := h.store.SealKeys()
	keys := []sealKeyView{viewSealKey(current, true)}
	for _, k := range retired {
		keys = append(keys, viewSealKey(k, false))
	}
	return replyList(c, keys, "")
}

type sealKeyView struct {
	Fingerprint string `json:"fingerprint"`
	Algorithm   string `json:"algorithm"`
	PublicKey   string `json:"public_key"`
	Current     bool   `json:"current"`
}

func viewSealKey(k seal.PublicKey, current bool) sealKeyView {
	return sealKeyView{k.Fingerprint(), "Ed25519", k.String(), current}
}

// eventCursor is the seq of the last event of the page before.
func eventCursor(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	seq, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || seq < 1 {
		return 0, invalidField("cursor", "unknown_value")
	}
	return seq, nil
}

func (h *Handlers) listClaimMessages(c *gin.Context) error {
	if err := onlyQuery(c, "limit", "cursor"); err != nil {
		return err
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	messages, next, err := h.store.ClaimMessages(c.Request.Context(), requestOf(c).actor, c.Param("number"), page)
	if err != nil {
		return err
	}
	return replyList(c, messageViews(messages), next)
}

func (h *Handlers) sendClaimMessage(c *gin.Context) error {
	m, err := h.store.SendClaimMessage(c.Request.Context(), requestOf(c).actor, c.Param("number"), bodyOf[models.ClaimMessage](c))
	if err != nil {
		return err
	}
	return reply(c, http.StatusCreated, viewMessage(m))
}

// actionBody is what the action named in the path takes.
func actionBody(c *gin.Context) (any, error) {
	in, ok := models.NewActionInput(models.Action(c.Param("action")))
	if !ok {
		return nil, notFound()
	}
	return in, nil
}

func (h *Handlers) actOnClaim(c *gin.Context) error {
	claim, err := h.store.Act(c.Request.Context(), requestOf(c).actor, c.Param("number"), requestOf(c).body.(models.ActionInput))
	if err != nil {
		return err
	}
	return h.replyClaim(c, http.StatusOK, claim)
}
