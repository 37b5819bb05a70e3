package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/health"
	"hosho/templates"
)

type sellerHealthView struct {
	Seller        string            `json:"seller"`
	At            models.Instant    `json:"at"`
	Windows       []healthWindow    `json:"windows"`
	Points        int               `json:"points"`
	Level         int               `json:"level"`
	ReachedLevel  int               `json:"reached_level"`
	Held          *string           `json:"held"`
	Buyers        int               `json:"affected_buyers"`
	NextStep      *healthStep       `json:"next_step"`
	PointsLeave   []healthLeaving   `json:"points_leave"`
	Trend         health.Direction  `json:"trend"`
	Defects       healthRate        `json:"order_defects"`
	Late          healthRate        `json:"late_shipments"`
	Tracked       healthRate        `json:"valid_tracking"`
	FirstResponse healthFirstAnswer `json:"first_response"`
}

type healthWindow struct {
	Days      int           `json:"days"`
	Orders    int           `json:"orders"`
	Cancelled int           `json:"seller_cancellations"`
	ByFinding healthFinding `json:"by_finding"`
	StockOuts int           `json:"stock_outs"`
	Rate      float64       `json:"rate"`
	Lower     float64       `json:"lower"`
	Upper     float64       `json:"upper"`
}

type healthFinding struct {
	StockOut     int `json:"stock_out"`
	Misdeclared  int `json:"misdeclared"`
	BuyerRequest int `json:"buyer_request"`
	Other        int `json:"other"`
}

type healthStep struct {
	Level     int            `json:"level"`
	Measure   health.Measure `json:"measure"`
	Points    int            `json:"points"`
	StockOuts int            `json:"stock_outs"`
	Before    models.Instant `json:"before"`
}

type healthLeaving struct {
	At     models.Instant `json:"at"`
	Points int            `json:"points"`
}

type healthRate struct {
	Days    int            `json:"days"`
	Count   int            `json:"count"`
	Orders  int            `json:"orders"`
	Rate    float64        `json:"rate"`
	Lower   float64        `json:"lower"`
	Upper   float64        `json:"upper"`
	Limit   float64        `json:"limit"`
	Verdict health.Verdict `json:"verdict"`
}

type healthFirstAnswer struct {
	Days     int    `json:"days"`
	Contacts int    `json:"contacts"`
	Answered int    `json:"answered"`
	Seconds  *int64 `json:"average_seconds"`
}

func rateView(t health.Target, r health.Rate) healthRate {
	lower, upper := r.Interval()
	return healthRate{t.Days, r.Hits, r.Orders, r.Value(), lower, upper, t.Limit, t.Judge(r)}
}

func healthView(s models.SellerHealth) sellerHealthView {
	st := s.Standing
	v := sellerHealthView{
		Seller: s.SellerID, At: s.At, Windows: []healthWindow{}, Points: st.Points, Level: st.Level, ReachedLevel: st.Reached, Held: orNull(string(st.Held)), Buyers: st.Buyers, PointsLeave: []healthLeaving{},
		Trend: s.Trend(), Defects: rateView(health.Defects, s.Defects), Late: rateView(health.Late, s.Late), Tracked: rateView(health.Tracked, s.Tracked),
		FirstResponse: healthFirstAnswer{Days: health.AnsweredDays, Contacts: s.Answered.Orders, Answered: s.Answered.Hits},
	}
	if s.Answered.Hits > 0 {
		seconds := int64(s.AnswerTime / time.Second)
		v.FirstResponse.Seconds = &seconds
	}
	for _, w := range s.Windows {
		lower, upper := w.Rate().Interval()
		v.Windows = append(v.Windows, healthWindow{w.Days, w.Orders, w.Cancelled, healthFinding{w.StockOut, w.Misdeclared, w.BuyerRequest, w.Other}, w.StockOuts, w.Rate().Value(), lower, upper})
	}
	if s.Next.Level > 0 {
		v.NextStep = &healthStep{s.Next.Level, s.Next.Measure, s.Next.Points, s.Next.StockOuts, models.InstantOrZero(s.Next.Before)}
	}
	for _, l := range st.Leaves {
		v.PointsLeave = append(v.PointsLeave, healthLeaving{models.InstantOf(l.At), l.Points})
	}
	return v
}

func (h *Handlers) readSellerHealth(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	s, err := h.store.SellerHealth(c.Request.Context(), requestOf(c).actor, c.Param("id"))
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, healthView(s))
}

// seesHealth: a seller's health is for its members and for staff.
func (h *Handlers) seesHealth(c *gin.Context) error {
	return h.store.SeesSeller(c.Request.Context(), requestOf(c).actor, c.Param("id"))
}

type badgeView struct {
	Days      int     `json:"window_days"`
	Orders    int     `json:"orders"`
	StockOuts int     `json:"stock_outs"`
	Lower     float64 `json:"lower"`
	Upper     float64 `json:"upper"`
	Small     bool    `json:"small_sample"`
}

func (h *Handlers) readBadge(c *gin.Context) error {
	if err := onlyQuery(c); err != nil {
		return err
	}
	b, err := h.store.SellerBadge(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	lower, upper := b.Rate.Interval()
	body, err := json.Marshal(badgeView{b.Days, b.Rate.Orders, b.Rate.Hits, lower, upper, b.Rate.Small()})
	if err != nil {
		return fmt.Errorf("encode badge: %w", err)
	}
	return sendPublic(c, "application/json; charset=utf-8", append(body, '\n'))
}

// readBadgePicture is the badge as the shop's page of a seller shows it.
func (h *Handlers) readBadgePicture(c *gin.Context) error {
	if err := onlyQuery(c, "lang"); err != nil {
		return err
	}
	lang := c.DefaultQuery("lang", templates.Negotiate(""))
	if !templates.Supported(lang) {
		return invalidField("lang", "unknown_value")
	}
	b, err := h.store.SellerBadge(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	w := words{h, lang, h.catalog}
	return sendPublic(c, "image/svg+xml; charset=utf-8", []byte(w.badgePicture(b)))
}

// badgePicture draws the badge: two lines of text in a frame, readable without its colours.
func (w words) badgePicture(b models.SellerBadge) string {
	title := w.text("health.badge", "days", b.Days)
	value := w.text("health.badge_of", "count", b.Rate.Hits, "orders", b.Rate.Orders)
	if b.Rate.Small() {
		value = w.text("health.badge_small", "count", b.Rate.Hits, "orders", b.Rate.Orders)
	} else {
		value += " " + w.interval(b.Rate)
	}
	width := 24 + 8*max(textWidth(title), textWidth(value))
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="52" viewBox="0 0 %d 52" role="img" lang="%s" aria-label="%s"><title>%s</title>`+
		`<rect x=".5" y=".5" width="%d" height="51" rx="4" fill="#fff" stroke="#5b6b80"/><g fill="#1b2430" font-family="sans-serif" font-size="14"><text x="12" y="21">%s</text><text x="12" y="41" font-weight="700">%s</text></g></svg>`+"\n",
		width, width, html.EscapeString(w.locale), html.EscapeString(title+": "+value), html.EscapeString(title+": "+value), width-1, html.EscapeString(title), html.EscapeString(value))
}

// textWidth is about how many half-width characters a text takes.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n++
		if utf8.RuneLen(r) > 2 {
			n++
		}
	}
	return n
}

// badgeKept is for how many seconds others may keep a badge.
const badgeKept = 300

// sendPublic answers with what anybody may keep for a while, and embed.
func sendPublic(c *gin.Context, mediaType string, body []byte) error {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	header := c.Writer.Header()
	header.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", badgeKept))
	header.Set("ETag", tag)
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	header.Set("Access-Control-Allow-Origin", "*")
	if c.GetHeader("If-None-Match") == tag {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return nil
	}
	header.Set("Content-Type", mediaType)
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	c.Status(http.StatusOK)
	_, _ = c.Writer.Write(body) // a client that went away is no failure of ours
	return nil
}
