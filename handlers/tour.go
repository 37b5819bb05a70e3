package handlers

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hosho/models"
	"hosho/models/calendar"
	"hosho/templates"
)

// The tour of the sandbox: stories of a claim told step by step. Each step says who acts, where
// and what to do, and is over when what it asks for has happened, by whatever way. So a visitor
// may leave the path, use the API or let the clock run, and the tour still knows where they are.

// tourCookie keeps the story under way and its order. It opens nothing: everyone in the sandbox
// may be anyone.
const tourCookie = "tour"

// tourFacts is how far a story has come.
type tourFacts struct {
	order    string
	now      models.Instant
	waitEnds models.Instant // zero before the contact
	claim    string         // number, "" before the filing
	status   models.ClaimStatus
	due      models.Instant
	held     bool // an answer lies ready and leaves at its deadline
}

// tourStep is one thing to do. Clock steps have until and nobody to act.
type tourStep struct {
	key   string // of its words: tour.STORY_KEY
	who   models.Role
	path  func(tourFacts) []string
	until func(tourFacts) models.Instant
	done  func(tourFacts) bool
}

// tourStory is one tale: an order in a certain state, and the steps from there to a decision.
type tourStory struct {
	key   string
	topic models.Reason // of the contact
	order func(tourCast) models.OrderInput
	steps []tourStep
}

// step is the first that is not over yet; the last never is, since reading leaves no trace.
// People may also take ways the story does not tell of, and each has a step of its own: an
// answer that is held, an offer, a question, goods to send back, a seller who answers after
// all. None of them leaves the reader without a next thing to do.
func (s tourStory) step(f tourFacts) (int, tourStep) {
	last := len(s.steps) - 1
	switch {
	case f.held:
		return last - 1, tourStep{key: "held", until: tourDue}
	case f.status == models.AwaitingBuyer:
		return last - 1, tourStep{key: "reply", who: models.RoleBuyer, path: tourClaim}
	case f.status == models.AwaitingReturn:
		return last - 1, tourStep{key: "return", until: tourDue}
	}
	for i, step := range s.steps[:last] {
		if !step.done(f) {
			return i, step
		}
	}
	if f.claim != "" && f.status.Open() {
		return last - 1, tourStep{key: "decide", who: models.RoleAgent, path: tourDesk}
	}
	return last, s.steps[last]
}

// tourCast are the people of a story, of the reader's language where there are such.
type tourCast struct {
	buyer, seller, officer models.Account
	buyerID                string // at the marketplace
	lang                   string
	now                    models.Instant
	zone                   *time.Location
	number                 string // of the order to make
}

func (t tourCast) account(role models.Role) models.Account {
	if role == models.RoleSeller {
		return t.seller
	}
	if role == models.RoleAgent {
		return t.officer
	}
	return t.buyer
}

// tourCast finds the people; ok is false where the sandbox lacks somebody.
func (h *Handlers) tourCast(ctx context.Context, lang string) (cast tourCast, ok bool, err error) {
	people, err := h.store.SandboxPeople(ctx)
	if err != nil {
		return tourCast{}, false, err
	}
	pick := func(roles ...models.Role) (found models.Account) {
		for _, a := range people {
			for _, role := range roles {
				if a.Role == role && (found.ID == "" || found.Locale != lang && a.Locale == lang) {
					found = a
				}
			}
		}
		return found
	}
	cast = tourCast{buyer: pick(models.RoleBuyer), seller: pick(models.RoleSeller), officer: pick(models.RoleAgent, models.RoleLead), lang: lang, zone: h.store.Zone()}
	return cast, cast.buyer.ID != "" && cast.seller.ID != "" && cast.officer.ID != "", nil
}

// tourUnderWay is the story of the visitor's cookie with its facts; ok is false without one.
func (h *Handlers) tourUnderWay(c *gin.Context) (story tourStory, facts tourFacts, cast tourCast, ok bool, err error) {
	value, err := c.Cookie(tourCookie)
	if err != nil || !h.store.Sandbox() {
		return story, facts, cast, false, nil //nolint:nilerr // no cookie, no tour
	}
	key, rest, _ := strings.Cut(value, ".")
	lang, order, _ := strings.Cut(rest, ".")
	story, ok = tourStories()[key]
	if !ok || !templates.Supported(lang) {
		return story, facts, cast, false, nil
	}
	ctx := c.Request.Context()
	if cast, ok, err = h.tourCast(ctx, lang); err != nil || !ok {
		return story, facts, cast, false, err
	}
	facts, err = h.tourFacts(ctx, cast, order)
	if models.KindOf(err) == models.NotFound {
		return story, facts, cast, false, nil // an earlier marketplace's cookie
	}
	return story, facts, cast, err == nil, err
}

func (h *Handlers) tourFacts(ctx context.Context, cast tourCast, number string) (tourFacts, error) {
	by := cast.officer.Actor()
	order, err := h.store.OrderByNumber(ctx, by, number)
	if err != nil {
		return tourFacts{}, err
	}
	f := tourFacts{order: number}
	if f.now, err = h.store.Now(ctx); err != nil {
		return tourFacts{}, err
	}
	line, ok := order.Line(1)
	if !ok {
		return tourFacts{}, notFound()
	}
	if line.Contact != nil {
		a, err := h.store.Eligibility(ctx, by, number, 1, models.NotReceived)
		if err != nil {
			return tourFacts{}, err
		}
		f.waitEnds = a.WaitEndsAt
	}
	if len(line.Claims) == 0 {
		return f, nil
	}
	claim, err := h.store.ClaimByNumber(ctx, by, line.Claims[len(line.Claims)-1].Number)
	if err != nil {
		return tourFacts{}, err
	}
	f.claim, f.status, f.due = claim.Number, claim.Status, claim.DueAt
	turn := map[models.ClaimStatus]models.Account{models.AwaitingSeller: cast.seller, models.AwaitingBuyer: cast.buyer}[f.status]
	if turn.ID != "" { // what is held is shown to its own side only
		if claim, err = h.store.ClaimByNumber(ctx, turn.Actor(), f.claim); err != nil {
			return tourFacts{}, err
		}
		f.held = claim.Held != nil
	}
	return f, nil
}

// tourBar is what every page of the sandbox says of the story under way; nil without one.
func (h *Handlers) tourBar(c *gin.Context, p templates.Page) *templates.Tour {
	story, facts, cast, ok, err := h.tourUnderWay(c)
	if err != nil {
		h.note(c, err)
	}
	if !ok {
		return nil
	}
	w := h.words(c)
	n, step := story.step(facts)
	bar := &templates.Tour{
		Title: w.text("tour." + story.key + ".title"), Number: n + 1, Steps: len(story.steps),
		Action: w.path("sandbox/tour/step"), End: w.path("sandbox/tour/end"), Last: n == len(story.steps)-1,
	}
	if bar.Last {
		bar.More = templates.Link{Label: w.text("tour.others"), Href: w.path("sandbox") + "#tour"}
	}
	say := func(place string) {
		bar.Text, bar.Rest = h.tourWords(w, story, step, place, facts, cast)
	}
	say("")
	if step.until != nil {
		bar.Button = w.text("tour.clock")
		return bar
	}
	person, path := cast.account(step.who), step.path(facts)
	place, here := strings.CutPrefix(c.Request.URL.Path, w.path(path[0], path[1:]...))
	me := requestOf(c).actor.AccountID
	switch {
	case bar.Last && facts.letters() && me == cast.seller.ID && c.Request.URL.Path == w.path("seller/cases", facts.claim, "decision"):
		say("seller")
		bar.Button, bar.To = w.text("tour.letter_buyer"), "buyer"
	case me != person.ID:
		say("turn")
		bar.Button = w.text("tour.be", "person", person.Name)
	case !here:
		bar.Button = w.text("tour.open")
	default:
		say(tourPlace(place, p))
		if bar.Last && place == "/decision" {
			bar.Button, bar.To = w.text("tour.letter_seller"), "seller"
		}
	}
	return bar
}

// tourOffer is the block of the home page; nil where the sandbox has nobody to be.
func (h *Handlers) tourOffer(c *gin.Context) *templates.TourOffer {
	w := h.words(c)
	cast, ok, err := h.tourCast(c.Request.Context(), w.locale)
	if err != nil {
		h.note(c, err)
	}
	if !ok {
		return nil
	}
	offer := &templates.TourOffer{Start: w.path("sandbox/tour"), SignIn: w.path("sandbox/sign-in"), Panel: w.path("sandbox")}
	for _, role := range []models.Role{models.RoleBuyer, models.RoleSeller, models.RoleAgent} {
		a := cast.account(role)
		offer.People = append(offer.People, templates.TourPerson{ID: a.ID, Role: string(role), Name: a.Name, Does: w.text("sandbox.does_" + string(role))})
	}
	for _, key := range tourOrder {
		offer.Stories = append(offer.Stories, templates.TourStory{
			Key: key, Title: w.text("tour." + key + ".title"), Text: w.text("tour." + key + ".about"), Steps: len(tourStories()[key].steps),
		})
	}
	return offer
}

// postTour begins a story: a fresh order in the right state, and its first step.
func (h *Handlers) postTour(c *gin.Context) error {
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	story, ok := tourStories()[f.get("story")]
	if !ok {
		return notFound()
	}
	ctx := c.Request.Context()
	cast, ok, err := h.tourCast(ctx, f.words.locale)
	if err != nil {
		return err
	}
	if !ok {
		return notFound()
	}
	if cast.now, err = h.store.Now(ctx); err != nil {
		return err
	}
	if cast.buyerID, err = h.buyerAtShop(ctx, cast.buyer); err != nil {
		return err
	}
	cast.number = "HT-" + strings.ToUpper(strconv.FormatInt(h.machineTime().UnixMilli(), 36))
	// In the sandbox whoever stands before the screen is its operator, so the shop's part is theirs too.
	if _, _, err := h.store.PutOrder(ctx, models.Actor{Role: models.RoleIntegration}, story.order(cast)); err != nil {
		return err
	}
	h.keepTour(c, story.key+"."+cast.lang+"."+cast.number)
	facts, err := h.tourFacts(ctx, cast, cast.number)
	if err != nil {
		return err
	}
	return h.goToStep(c, story, facts, cast)
}

// buyerAtShop is the marketplace's id of a buyer, from an order of theirs.
func (h *Handlers) buyerAtShop(ctx context.Context, a models.Account) (string, error) {
	orders, _, err := h.store.Orders(ctx, a.Actor(), models.Page{Limit: 1})
	if err != nil || len(orders) == 0 {
		return "tour-" + a.ID, err
	}
	return orders[0].BuyerID, nil
}

// postTourStep does what moves the story on and is nobody's to decide: it lets the time pass
// that has to, signs in as the one whose turn it is and opens the page they need. Time passes
// only where the page said so: a step reached meanwhile is shown first.
func (h *Handlers) postTourStep(c *gin.Context) error {
	f, err := h.readEntry(c, nil)
	if err != nil {
		return err
	}
	story, facts, cast, ok, err := h.tourUnderWay(c)
	if err != nil {
		return err
	}
	if !ok {
		return seeOther(c, h.words(c).path("sandbox")+"#tour")
	}
	ctx := c.Request.Context()
	if n, step := story.step(facts); step.until != nil && f.get("step") == strconv.Itoa(n+1) {
		if _, _, err := h.store.MoveClock(ctx, max(wholeMinute(step.until(facts)), facts.now)); err != nil {
			return err
		}
		if facts, err = h.tourFacts(ctx, cast, facts.order); err != nil {
			return err
		}
	}
	if to := f.get("to"); to != "" && facts.letters() {
		reader, cases := cast.buyer, "my/claims"
		if to == "seller" {
			reader, cases = cast.seller, "seller/cases"
		}
		if err := h.becomes(c, reader); err != nil {
			return err
		}
		return seeOther(c, f.words.path(cases, facts.claim, "decision"))
	}
	return h.goToStep(c, story, facts, cast)
}

func (h *Handlers) goToStep(c *gin.Context, story tourStory, facts tourFacts, cast tourCast) error {
	w := h.words(c)
	_, step := story.step(facts)
	if step.until != nil { // time has to pass: the visitor stays and sees why
		return seeOther(c, cmp.Or(refererPath(c), w.path("")))
	}
	if err := h.becomes(c, cast.account(step.who)); err != nil {
		return err
	}
	path := step.path(facts)
	return seeOther(c, w.path(path[0], path[1:]...))
}

// becomes signs in as somebody of the story.
func (h *Handlers) becomes(c *gin.Context, person models.Account) error {
	if requestOf(c).actor.AccountID == person.ID {
		return nil
	}
	in, err := h.store.SandboxSignIn(c.Request.Context(), person.ID, c.Request.UserAgent(), h.sessionSecret(c))
	if err != nil {
		return err
	}
	h.setSession(c, in.Secret)
	return nil
}

func (h *Handlers) postTourEnd(c *gin.Context) error {
	if _, err := h.readEntry(c, nil); err != nil {
		return err
	}
	h.keepTour(c, "")
	return seeOther(c, h.words(c).path("sandbox")+"#tour")
}

// keepTour remembers the story in the browser; "" forgets it.
func (h *Handlers) keepTour(c *gin.Context, value string) {
	cookie := &http.Cookie{Name: tourCookie, Value: value, Path: "/", HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteLaxMode} //nolint:gosec // as the session's
	if value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(c.Writer, cookie)
}

// day and hour are dates of a story, counted from its present.
func (t tourCast) day(n int) string {
	return calendar.DateOf(t.now.Time(), t.zone).AddDays(n).String()
}

func (t tourCast) hour(days, hour int) string {
	start := calendar.StartOfDay(calendar.DateOf(t.now.Time(), t.zone).AddDays(days), t.zone)
	return models.InstantOf(start.Add(time.Duration(hour) * time.Hour)).String()
}
