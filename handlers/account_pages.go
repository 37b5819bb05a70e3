package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/templates"
)

// Accounts and their roles, for admins. What is done here stands in the audit log.

var accountQuestions = questions{"email": typed("users.email"), "name": typed("users.name"), "role": choice("users.field.role"), "seller_id": typed("users.seller")}

// givenRoles are the roles an admin can give; admins are made on the machine itself.
var givenRoles = []models.Role{models.RoleAgent, models.RoleLead, models.RoleSeller, models.RoleBuyer, models.RoleIntegration}

func roleNames(roles []models.Role) (list []string) {
	for _, r := range roles {
		list = append(list, string(r))
	}
	return list
}

type accountList struct {
	Add    templates.Link
	Fields []templates.Field
	Open   bool
	Table  templates.Table
}

// listAccounts are the house's people at first, and everybody else by role. An address leads
// to its account.
func (h *Handlers) listAccounts(c *gin.Context) error {
	ctx, d := c.Request.Context(), h.desk(c, models.SideStaff)
	email, role := strings.TrimSpace(c.Query("email")), c.Query("role")
	here, status := d.path("staff/users"), http.StatusOK
	if !slices.Contains(models.Roles, models.Role(role)) {
		role = ""
	}
	find := templates.Field{Name: "email", Label: d.text("users.email"), Type: "email", Width: "m", Value: email}
	if email != "" {
		a, err := h.store.AccountByEmail(ctx, email)
		if err == nil {
			return seeOther(c, d.path("staff/users", a.ID))
		}
		if models.KindOf(err) != models.NotFound {
			return err
		}
		find.Error, status = d.text("audit.nobody"), http.StatusUnprocessableEntity
	}
	roles := templates.Field{Name: "role", Label: d.text("users.field.role"), Width: "m", Choices: []templates.Choice{{Label: d.text("users.house"), Checked: role == ""}}}
	for _, r := range models.Roles {
		roles.Choices = append(roles.Choices, templates.Choice{Value: string(r), Label: d.label("role", string(r)), Checked: role == string(r)})
	}
	items, next, err := h.store.Accounts(ctx, requestOf(c).actor, models.AccountFilter{Role: models.Role(role), House: role == "", Page: models.Page{Limit: 50, Cursor: c.Query("cursor")}})
	if err != nil {
		return listError(err)
	}
	content := accountList{
		Add: templates.Link{Label: d.text("users.add"), Href: d.path("staff/users/new")}, Fields: []templates.Field{find, roles}, Open: status != http.StatusOK || role != "",
		Table: templates.Table{
			Caption: d.text("users.title"), Empty: &templates.Empty{Text: d.text("users.empty"), Link: &templates.Link{Label: d.text("action.clear_filter"), Href: here}},
			Columns: []templates.Column{{Label: d.text("users.name")}, {Label: d.text("users.email")}, {Label: d.text("users.field.role")}, {Label: d.text("work.status")}, {Label: d.text("users.field.factor")}, {Label: d.text("users.created")}},
		},
	}
	for _, a := range items {
		content.Table.Rows = append(content.Table.Rows, templates.Row{Cells: []templates.Cell{
			{Link: &templates.Link{Label: cmp.Or(a.Name, a.Email), Href: d.path("staff/users", a.ID)}, Lang: templates.LangOf(a.Name, d.locale)},
			{Text: a.Email, Code: true},
			{Text: d.label("role", string(a.Role))},
			{Tag: accountTag(d.words, a)},
			{Text: d.factorWord(a)},
			{At: timeOf(a.CreatedAt)},
		}})
	}
	content.Table.Pages = listPages(c, next)
	if role != "" {
		keepIn(content.Table.Pages, "role", role)
	}
	p := h.page(c, d.text("users.title"), content)
	p.Wide = true
	asDesk(c, &p)
	return h.render(c, status, "staff/users", p)
}

func accountTag(w words, a models.Account) *templates.Tag {
	look := "refunded"
	if a.Status == models.AccountDisabled {
		look = "withdrawn"
	}
	return &templates.Tag{Status: look, Role: "staff", Text: w.label("users.status", string(a.Status))}
}

func (w words) factorWord(a models.Account) string {
	if a.SecondFactor {
		return w.text("users.factor_on")
	}
	return w.text("users.factor_off")
}

type accountPage struct {
	Facts []templates.SummaryRow
	Do    []templates.Link
	Why   string // nothing can be done
	Log   []templates.Link
}

func (h *Handlers) showAccount(c *gin.Context) error {
	d, by := h.desk(c, models.SideStaff), requestOf(c).actor
	a, err := h.store.AccountByID(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	content := accountPage{Facts: d.accountFacts(a), Log: []templates.Link{
		{Label: d.text("users.log_by"), Href: plus(d.path("staff/audit"), "who", url.QueryEscape(a.ID))},
		{Label: d.text("users.log_on"), Href: plus(d.path("staff/audit"), "target", url.QueryEscape(a.ID))},
	}}
	if a.ID == by.AccountID {
		content.Why = d.text("users.own")
	} else {
		for _, act := range accountActs {
			if act.offered(a) {
				content.Do = append(content.Do, templates.Link{Label: d.text("users." + act.name), Href: d.path("staff/users", a.ID, act.name)})
			}
		}
	}
	p := h.page(c, cmp.Or(a.Name, a.Email), content)
	p.Back = &templates.Link{Label: d.text("users.title"), Href: d.path("staff/users"), Key: "u"}
	asDesk(c, &p)
	if done := c.Query("done"); slices.ContainsFunc(accountActs, func(x accountAct) bool { return x.name == done }) || done == "created" {
		p.Banner = &templates.Banner{Tone: "ok", Title: d.text("users.done_" + done), Role: "status"}
	}
	return h.render(c, http.StatusOK, "staff/user", p)
}

func (d desk) accountFacts(a models.Account) []templates.SummaryRow {
	facts := []templates.SummaryRow{
		{Label: d.text("users.email"), Value: a.Email, Code: true},
		{Label: d.text("users.field.role"), Value: d.label("role", string(a.Role))},
		{Label: d.text("work.status"), Value: d.label("users.status", string(a.Status))},
		{Label: d.text("users.field.factor"), Value: d.factorWord(a)},
		{Label: d.text("users.created"), At: timeOf(a.CreatedAt)},
		{Label: d.text("users.account_id"), Value: a.ID, Code: true},
	}
	if a.SellerID != "" {
		facts = append(facts, templates.SummaryRow{Label: d.text("users.seller"), Links: []templates.Link{{Label: a.SellerID, Href: d.path("staff/sellers", a.SellerID)}}})
	}
	return facts
}

type accountForm struct {
	Lead   string
	Facts  []templates.SummaryRow
	Fields []templates.Field
	Once   templates.Hidden
	Submit templates.Submit
}

func (h *Handlers) showNewAccount(c *gin.Context) error {
	return h.newAccountForm(c, h.newEntry(c, accountQuestions))
}

func (h *Handlers) newAccountForm(c *gin.Context, f *entry) error {
	w, back := f.words, f.words.path("staff/users")
	email := f.field("email", "users.email_hint")
	email.Type = "email"
	content := accountForm{Fields: []templates.Field{email, f.field("name", ""), f.roleField(), f.field("seller_id", "users.seller_hint")}, Once: f.once()}
	content.Submit = templates.Submit{Label: w.text("users.create"), Cancel: &templates.Link{Label: w.text("action.cancel"), Href: back}}
	p := h.page(c, w.text("users.add"), content)
	p.Back = &templates.Link{Label: w.text("users.title"), Href: back, Key: "u"}
	asDesk(c, &p)
	return f.showPage("staff/user_form", p)
}

// roleField asks for a role as a list to choose from, of which none is chosen before.
func (f *entry) roleField() templates.Field {
	field := f.choices("role", "users.role_hint", roleNames(givenRoles), func(r string) string { return f.words.label("role", r) })
	field.Choices = append([]templates.Choice{{Label: f.words.text("users.choose"), Checked: f.get("role") == ""}}, field.Choices...)
	return field
}

func (h *Handlers) postNewAccount(c *gin.Context) error {
	f, err := h.readEntry(c, accountQuestions)
	if err != nil {
		return err
	}
	var made models.Account
	in := models.AccountInput{Email: f.get("email"), Name: f.get("name"), Locale: f.words.locale, Role: models.Role(f.get("role")), SellerID: strings.TrimSpace(f.get("seller_id"))}
	if err := f.doOnce(func() (err error) {
		made, err = h.store.CreateAccount(c.Request.Context(), requestOf(c).actor, in)
		return err
	}); err != nil {
		if err := f.refused(err); err != nil {
			return err
		}
		return h.newAccountForm(c, f)
	}
	to := f.words.path("staff/users")
	if made.ID != "" { // or made by an earlier sending of this form
		to = plus(f.words.path("staff/users", made.ID), "done", "created")
	}
	return seeOther(c, to)
}

// accountAct is one thing an admin does to somebody else's account.
type accountAct struct {
	name    string
	danger  bool
	offered func(a models.Account) bool
	do      func(h *Handlers, c *gin.Context, f *entry, id string) error
}

var accountActs = []accountAct{
	{"role", false, func(models.Account) bool { return true }, func(h *Handlers, c *gin.Context, f *entry, id string) error {
		_, err := h.store.ChangeRole(c.Request.Context(), requestOf(c).actor, id, models.Role(f.get("role")), strings.TrimSpace(f.get("seller_id")))
		return err
	}},
	{"factor", true, func(a models.Account) bool { return a.SecondFactor }, func(h *Handlers, c *gin.Context, _ *entry, id string) error {
		_, err := h.store.ResetSecondFactor(c.Request.Context(), requestOf(c).actor, id)
		return err
	}},
	{"sign-out", false, func(a models.Account) bool {
		return a.Status == models.AccountActive && a.Role != models.RoleIntegration
	}, func(h *Handlers, c *gin.Context, _ *entry, id string) error {
		return h.store.EndSessionsOf(c.Request.Context(), requestOf(c).actor, id)
	}},
	{"disable", true, func(a models.Account) bool { return a.Status == models.AccountActive }, func(h *Handlers, c *gin.Context, _ *entry, id string) error {
		_, err := h.store.DisableAccount(c.Request.Context(), requestOf(c).actor, id)
		return err
	}},
	{"enable", false, func(a models.Account) bool { return a.Status == models.AccountDisabled }, func(h *Handlers, c *gin.Context, _ *entry, id string) error {
		_, err := h.store.EnableAccount(c.Request.Context(), requestOf(c).actor, id)
		return err
	}},
}

func (h *Handlers) showAccountAct(x accountAct) func(*gin.Context) error {
	return func(c *gin.Context) error { return h.accountStop(c, h.newEntry(c, accountQuestions), x) }
}

// accountStop stops before the act, with what it brings about; the role is asked for here.
func (h *Handlers) accountStop(c *gin.Context, f *entry, x accountAct) error {
	d := h.desk(c, models.SideStaff)
	a, err := h.store.AccountByID(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	back := d.path("staff/users", a.ID)
	sent := c.Request.Method == http.MethodPost
	if !sent && (a.ID == requestOf(c).actor.AccountID || !x.offered(a)) {
		return seeOther(c, back)
	}
	content := accountForm{Facts: append([]templates.SummaryRow{d.row(d.text("users.name"), cmp.Or(a.Name, a.Email))}, d.accountFacts(a)...)}
	if x.name == "role" {
		if !sent {
			f.set("seller_id", a.SellerID)
		}
		content.Fields = []templates.Field{f.roleField(), f.field("seller_id", "users.seller_hint")}
	}
	content.Lead = d.text("users.text_" + x.name)
	content.Submit = templates.Submit{Label: d.text("users." + x.name), Danger: x.danger, Cancel: &templates.Link{Label: d.text("action.cancel"), Href: back}}
	p := h.page(c, d.text("users."+x.name), content)
	p.Back = &templates.Link{Label: cmp.Or(a.Name, a.Email), Href: back, Key: "u"}
	asDesk(c, &p)
	return f.showPage("staff/user_form", p)
}

func (h *Handlers) postAccountAct(x accountAct) func(*gin.Context) error {
	return func(c *gin.Context) error {
		f, err := h.readEntry(c, accountQuestions)
		if err != nil {
			return err
		}
		if x.name == "role" {
			f.need("role")
		}
		if f.ok() {
			err := x.do(h, c, f, c.Param("id"))
			if err == nil {
				return seeOther(c, plus(f.words.path("staff/users", c.Param("id")), "done", x.name))
			}
			if err := f.refused(err); err != nil {
				return err
			}
		}
		return h.accountStop(c, f, x)
	}
}

// accountRoutes are for admins.
func (h *Handlers) accountRoutes() []route {
	const one = "/staff/users/:id"
	list := []route{
		getPage("/staff/users", admins, h.listAccounts, nil),
		getPage("/staff/users/new", admins, h.showNewAccount, nil),
		postPage("/staff/users/new", admins, h.postNewAccount, nil),
		getPage(one, admins, h.showAccount, h.seesNothing),
	}
	for _, x := range accountActs {
		list = append(list, getPage(one+"/"+x.name, admins, h.showAccountAct(x), h.seesNothing), postPage(one+"/"+x.name, admins, h.postAccountAct(x), h.seesNothing))
	}
	return list
}
