package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hosho/models"
)

// Who may open the pages of work.
var (
	sellers = []models.Role{models.RoleSeller}
	desks   = []models.Role{models.RoleAgent, models.RoleLead, models.RoleAdmin}
)

func getPage(path string, who []models.Role, handle, sees func(*gin.Context) error) route {
	return route{method: http.MethodGet, path: "/:lang" + path, kind: pageRoute, who: who, handle: handle, sees: sees}
}

func postPage(path string, who []models.Role, handle, sees func(*gin.Context) error) route {
	return route{method: http.MethodPost, path: "/:lang" + path, kind: pageRoute, who: who, handle: handle, sees: sees}
}

// quietly makes a route one that pages ask by themselves.
func quietly(r route) route {
	r.quiet = true
	return r
}

// sellerPages are the pages of a seller's members.
func (h *Handlers) sellerPages() []route {
	const theCase, theOrder = "/seller/cases/:number", "/seller/orders/:number"
	return []route{
		getPage("/seller", sellers, h.showSellerHome, nil),
		getPage("/seller/cases", sellers, h.listSellerCases, nil),
		getPage(theCase, sellers, h.showSellerCase, h.seesCasePage),
		getPage(theCase+"/return", sellers, h.showSellerReturn, h.seesCasePage),
		postPage(theCase+"/return", sellers, h.postSellerReturn, h.seesCasePage),
		getPage(theCase+"/replacement", sellers, h.showShipReplacement, h.seesCasePage),
		postPage(theCase+"/replacement", sellers, h.postShipReplacement, h.seesCasePage),
		getPage(theCase+"/respond", sellers, h.showRespond, h.seesCasePage),
		postPage(theCase+"/respond", sellers, h.postRespond, h.seesCasePage),
		getPage(theCase+"/respond/evidence", sellers, h.showRespondWrite, h.seesCasePage),
		postPage(theCase+"/respond/evidence", sellers, h.postRespondWrite, h.seesCasePage),
		getPage(theCase+"/respond/check", sellers, h.showRespondCheck, h.seesCasePage),
		postPage(theCase+"/respond/check", sellers, h.postRespondCheck, h.seesCasePage),
		postPage(theCase+"/respond/take-over", sellers, h.postTakeOver, h.seesCasePage),
		postPage(theCase+"/respond/discard", sellers, h.postDiscardAnswer, h.seesCasePage),
		postPage(theCase+"/respond/send", sellers, h.postSendHeld, h.seesCasePage),
		getPage(theCase+"/evidence", sellers, h.showSellerEvidence, h.seesCasePage),
		postPage(theCase+"/evidence", sellers, h.postSellerEvidence, h.seesCasePage),
		getPage(theCase+"/evidence/:id", sellers, h.showSellerFile, h.seesCasePage),
		getPage(theCase+"/decision", sellers, h.showSellerDecision, h.seesCasePage),
		getPage(theCase+"/appeal", sellers, h.showSellerAppeal, h.seesCasePage),
		postPage(theCase+"/appeal", sellers, h.postSellerAppeal, h.seesCasePage),
		getPage(theCase+"/record", sellers, h.showSellerRecord, h.seesCasePage),
		getPage(theCase+"/case-file", sellers, h.showSellerCaseFile, h.seesCasePage),
		getPage(theCase+"/case-file/zip", sellers, h.caseFileOf(h.sellerView), h.seesCasePage),
		getPage(theCase+"/messages", sellers, h.showSellerThread, h.seesCasePage),
		postPage(theCase+"/messages", sellers, h.postSellerMessage, h.seesCasePage),
		getPage("/seller/statement", sellers, h.showSellerStatement, nil),
		getPage("/seller/statement/csv", sellers, h.sendSellerStatement, nil),
		getPage("/seller/health", sellers, h.showSellerHealth, nil),
		getPage("/seller/health/orders", sellers, h.listHealthOrders, nil),
		getPage("/seller/measures", sellers, h.listSellerMeasures, nil),
		getPage("/seller/measures/:number", sellers, h.showSellerMeasure, h.seesMeasure),
		getPage("/seller/measures/:number/:action", sellers, h.measureAct(models.SideSeller, sellerMeasures), h.seesMeasure),
		postPage("/seller/measures/:number/:action", sellers, h.postMeasureAct(models.SideSeller, sellerMeasures), h.seesMeasure),
		getPage("/seller/investigations/:number", sellers, h.showSellerInvestigation, h.seesInvestigation),
		postPage("/seller/investigations/:number", sellers, h.postSellerInvestigation, h.seesInvestigation),
		getPage("/seller/orders", sellers, h.listSellerOrders, nil),
		getPage(theOrder, sellers, h.showSellerOrder, h.seesOrderPage),
		getPage(theOrder+"/what-if", sellers, h.showWhatIf, h.seesOrderPage),
		postPage(theOrder+"/lines/:line/messages", sellers, h.postSellerReply, h.seesOrderPage),
		getPage("/seller/health/orders/:number", sellers, h.showCounted, nil),
		postPage("/seller/health/orders/:number", sellers, h.postCounted, nil),
		getPage("/seller/requests", sellers, h.listSellerRequests, nil),
		getPage(theOrder+"/lines/:line/requests/:id", sellers, h.showSellerRequest, h.seesRequest),
		postPage(theOrder+"/lines/:line/requests/:id", sellers, h.postSellerRequest, h.seesRequest),
		postPage(theOrder+"/lines/:line/refuse", sellers, h.postSellerRefuse, h.seesOrderPage),
	}
}

// staffPages are the pages of those who decide. An admin reads them and decides nothing.
func (h *Handlers) staffPages() []route {
	const theCase = "/staff/cases/:number"
	d := newDeskCache(h)
	list := []route{
		getPage("/staff", desks, h.toQueue, nil),
		getPage("/staff/queues/:queue", desks, h.toQueue, nil),
		getPage("/staff/queue", desks, d.showQueue, nil),
		quietly(getPage("/staff/queue/changes", desks, h.countQueueChanges, nil)),
		getPage("/staff/keys", desks, h.showKeys, nil),
		postPage("/staff/next", deciders, h.postNext, nil),
		getPage(theCase, desks, h.showStaffCase, h.seesCasePage),
		getPage(theCase+"/decide", deciders, h.showDecide, h.seesCasePage),
		postPage(theCase+"/decide", deciders, h.postDecide, h.seesCasePage),
		postPage(theCase+"/take", deciders, h.postTake, h.seesCasePage),
		postPage(theCase+"/release", deciders, h.postRelease, h.seesCasePage),
		getPage(theCase+"/messages", deciders, h.showStaffThread, h.seesCasePage),
		postPage(theCase+"/messages", deciders, h.postStaffMessage, h.seesCasePage),
		getPage(theCase+"/evidence", deciders, h.showStaffEvidence, h.seesCasePage),
		postPage(theCase+"/evidence", deciders, h.postStaffEvidence, h.seesCasePage),
		getPage(theCase+"/evidence/:id", desks, h.showStaffFile, h.seesCasePage),
		getPage(theCase+"/compare", desks, h.showCompare, h.seesCasePage),
		getPage(theCase+"/case-file", desks, h.showStaffCaseFile, h.seesCasePage),
		getPage(theCase+"/case-file/zip", desks, h.caseFileOf(h.caseView), h.seesCasePage),
		getPage("/staff/outside-contacts", desks, h.listOutsidePages, nil),
		postPage("/staff/outside-contacts/:id", deciders, h.postOutside, nil),
		getPage("/staff/quality", desks, h.listQualityPages, nil),
		getPage("/staff/quality/numbers", desks, h.showQualityNumbers, nil),
		getPage("/staff/quality/:number", desks, h.showQuality, h.seesQuality),
		postPage("/staff/quality/:number", deciders, h.postQuality, h.seesQuality),
		getPage(theCase+"/quality", leads, h.showPickQuality, h.seesCasePage),
		postPage(theCase+"/quality", leads, h.postPickQuality, h.seesCasePage),
		getPage("/staff/contests", desks, h.listContests, nil),
		getPage("/staff/sellers/:id/counted/:number", desks, h.showStaffCounted, h.seesCounted),
		postPage("/staff/sellers/:id/counted/:number", deciders, h.postStaffCounted, h.seesCounted),
		getPage("/staff/sellers", desks, h.listSellersByRisk, nil),
		getPage("/staff/sellers/:id", desks, h.showStaffSeller, h.seesHealth),
		getPage("/staff/sellers/:id/orders", desks, h.listStaffSellerOrders, h.seesHealth),
		getPage("/staff/sellers/:id/statement", desks, h.showStaffStatement, h.seesStatement),
		getPage("/staff/sellers/:id/statement/csv", desks, h.sendStaffStatement, h.seesStatement),
		getPage("/staff/rehearsal", leaders, h.showRehearsal, nil),
		getPage("/staff/reports", desks, h.listStaffReports, nil),
		getPage("/staff/flags", desks, h.listStaffFlags, nil),
		getPage("/staff/flags/:number", desks, h.showStaffFlag, h.seesFlag),
		getPage("/staff/flags/:number/:action", deciders, h.showFlagAct, h.seesFlag),
		postPage("/staff/flags/:number/:action", deciders, h.postFlagAct, h.seesFlag),
		getPage("/staff/investigations", desks, h.listStaffInvestigations, nil),
		getPage("/staff/investigations/:number", desks, h.showStaffInvestigation, h.seesInvestigation),
		getPage("/staff/investigations/:number/:action", deciders, h.showInvestigationAct, h.seesInvestigation),
		postPage("/staff/investigations/:number/:action", deciders, h.postInvestigationAct, h.seesInvestigation),
		getPage("/staff/measures/:number", desks, h.showStaffMeasure, h.seesMeasure),
		getPage("/staff/measures/:number/:action", leads, h.measureAct(models.SideStaff, staffMeasures), h.seesMeasure),
		postPage("/staff/measures/:number/:action", leads, h.postMeasureAct(models.SideStaff, staffMeasures), h.seesMeasure),
		getPage("/staff/refunds", desks, h.listRefundDesk, nil),
		getPage("/staff/refunds/:id/legs/:leg/retry", deciders, h.showRetry, h.seesRefund),
		postPage("/staff/refunds/:id/legs/:leg/retry", deciders, h.postRetry, h.seesRefund),
		getPage("/staff/refunds/:id/mismatches/:mismatch", desks, h.showMismatch, h.seesRefund),
		postPage("/staff/refunds/:id/mismatches/:mismatch", deciders, h.postMismatch, h.seesRefund),
	}
	for _, m := range staffMoves {
		who := m.who
		if who == nil {
			who = deciders
		}
		list = append(list,
			getPage(theCase+"/"+m.path, who, h.showMove(m), h.seesCasePage),
			postPage(theCase+"/"+m.path, who, h.postMove(m), h.seesCasePage))
	}
	return list
}

// commonPages are for everyone with an account, and the sandbox's for anyone at all.
func (h *Handlers) commonPages() []route {
	list := []route{
		getPage("/files/:id/:part", people, h.showFile, nil),
		postPage("/uploads", people, h.uploadFile, nil),
		postPage("/uploads/:id", people, h.completeFile, nil),
		quietly(getPage("/cases/:number/changes", people, h.countChanges, nil)),
		getPage("/settings", people, h.showSettings, nil),
		postPage("/settings/language", people, h.postLanguage, nil),
		postPage("/settings/theme", people, h.postTheme, nil),
		postPage("/settings/keys", desks, h.postKeys, nil),
		postPage("/settings/languages", deciders, h.postLanguages, nil),
		postPage("/settings/sessions/:id/end", people, h.postEndSession, nil),
		postPage("/settings/sessions/end-others", people, h.postEndOthers, nil),
		getPage("/settings/files", people, h.showFiles, nil),
		postPage("/settings/files/:id/delete", people, h.postDeleteFile, nil),
		getPage("/settings/second-factor", people, h.showSecondFactor, nil),
		postPage("/settings/second-factor", people, h.postSecondFactor, nil),
		postPage("/settings/second-factor/begin", people, h.postBeginSecondFactor, nil),
	}
	for _, base := range []string{"/my/notices", "/seller/notices"} {
		who := people
		if base != "/my/notices" {
			who = sellers
		}
		list = append(list,
			getPage(base, who, h.listNoticePages, nil),
			getPage(base+"/:number", who, h.showNotice, nil),
			postPage(base+"/:number/read", who, h.postReadNotice, nil))
	}
	if h.store.Sandbox() {
		list = append(list,
			getPage("/design", public, h.showDesign, nil),
			getPage("/design/problems/:status", public, h.showProblem, nil),
			getPage("/sandbox", public, h.showSandbox, nil),
			postPage("/sandbox/clock", public, h.postClock, nil),
			postPage("/sandbox/sign-in", public, h.postSandboxSignIn, nil),
			postPage("/sandbox/tour", public, h.postTour, nil),
			postPage("/sandbox/tour/step", public, h.postTourStep, nil),
			postPage("/sandbox/tour/end", public, h.postTourEnd, nil),
			getPage("/sandbox/mail", public, h.listSandboxMail, nil),
			getPage("/sandbox/mail/:id", public, h.showSandboxMail, nil))
	}
	return list
}

// seesCasePage asks whether the caller may see the case of the address at all.
func (h *Handlers) seesCasePage(c *gin.Context) error {
	_, err := h.caseView(c)
	return err
}

// sellerView reads the case of the address for a member of its seller; for its buyer, who may be
// a member of some seller as well, there is no such page.
func (h *Handlers) sellerView(c *gin.Context) (models.ClaimView, error) {
	v, err := h.caseView(c)
	if err == nil && v.Side != models.SideSeller {
		err = notFound()
	}
	return v, err
}

// sellerOrderOf reads the order of the address for a member of a seller with a line on it; what
// somebody has bought stands on the buyer's pages.
func (h *Handlers) sellerOrderOf(c *gin.Context) (models.Order, error) {
	by := requestOf(c).actor
	o, err := h.store.OrderByNumber(c.Request.Context(), by, c.Param("number"))
	if err == nil && o.BuyerEmail == by.Email {
		err = notFound()
	}
	return o, err
}

func (h *Handlers) seesOrderPage(c *gin.Context) error {
	_, err := h.store.OrderByNumber(c.Request.Context(), requestOf(c).actor, c.Param("number"))
	return err
}

// caseView reads the case of the address as its viewer may see it.
func (h *Handlers) caseView(c *gin.Context) (models.ClaimView, error) {
	number, err := numberOf(c, 'C', "number")
	if err != nil {
		return models.ClaimView{}, err
	}
	return h.store.ClaimByNumber(c.Request.Context(), requestOf(c).actor, number)
}
