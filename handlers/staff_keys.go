package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// keysCookie keeps that somebody has switched the keys of the desk off. It is the browser's, as
// the theme is: keys disturb on one device and not on another.
const keysCookie = "keys"

// keysOn tells whether pages of the desk listen to single keys.
func keysOn(c *gin.Context) bool {
	value, err := c.Cookie(keysCookie)
	return err != nil || value != "off"
}

// keysPage lists the keys of the desk and the switch for them.
type keysPage struct {
	Hints  []templates.KeyHint
	Switch templates.Field
}

// deskKeys are the keys in the order of the list; each has a link, a button or a field that
// does the same.
func deskKeys() []string {
	return []string{"?", "/", "j", "k", "Enter", "o", "[", "]", "t", "u", "a", "n", "r", "d", "e", "g q", "Ctrl+Enter", "Esc"}
}

func (w words) keysField(c *gin.Context) templates.Field {
	f := templates.Field{Name: "keys", Label: w.text("keys.switch"), Hint: w.text("keys.switch_hint")}
	for _, v := range []string{"on", "off"} {
		f.Choices = append(f.Choices, templates.Choice{Value: v, Label: w.text("keys." + v), Checked: keysOn(c) == (v == "on")})
	}
	return f
}

func (h *Handlers) showKeys(c *gin.Context) error {
	d := h.desk(c, models.SideStaff)
	content := keysPage{Switch: d.keysField(c)}
	for _, key := range deskKeys() {
		content.Hints = append(content.Hints, templates.KeyHint{Key: key, Does: d.label("keys.does", keyName(key))})
	}
	p := h.page(c, d.text("keys.title"), content)
	p.Back = &templates.Link{Label: d.text("nav.queue"), Href: d.path("staff/queue"), Key: "u"}
	asDesk(c, &p)
	p.Wide = false
	return h.render(c, http.StatusOK, "staff/keys", p)
}

// keyName is how the catalogue calls a key.
func keyName(key string) string {
	switch key {
	case "?":
		return "help"
	case "/":
		return "search"
	case "[":
		return "prev"
	case "]":
		return "next"
	case "g q":
		return "queues"
	case "Ctrl+Enter":
		return "send"
	case "Esc":
		return "close"
	case "Enter":
		return "panel"
	}
	return key
}

// postKeys switches the keys on or off and leads back to where the switch was.
func (h *Handlers) postKeys(c *gin.Context) error {
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	//nolint:gosec // Secure wherever the portal is reached over https
	cookie := &http.Cookie{Name: keysCookie, Value: "off", Path: "/", MaxAge: 365 * 24 * 60 * 60, HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteLaxMode}
	if f.get("keys") != "off" {
		cookie.Value, cookie.MaxAge = "", -1
	}
	http.SetCookie(c.Writer, cookie)
	if f.get("from") == "keys" {
		return seeOther(c, f.words.path("staff/keys"))
	}
	return seeOther(c, f.words.path("settings"))
}
