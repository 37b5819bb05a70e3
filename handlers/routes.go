package handlers

import (
	"net/http"

	"hosho/models"
)

// apiBase is where the API begins.
const apiBase = "/api/v1"

// Who may call. A role here may call the route; whether it may do this to this record is the
// use case's to say. Everyone with an account is also the buyer of the orders under their
// email, so what buyers do is open to all people.
var (
	public   = []models.Role{models.RoleAnonymous}
	people   = []models.Role{models.RoleBuyer, models.RoleSeller, models.RoleAgent, models.RoleLead, models.RoleAdmin}
	everyone = []models.Role{models.RoleBuyer, models.RoleSeller, models.RoleAgent, models.RoleLead, models.RoleAdmin, models.RoleIntegration}
	deciders = []models.Role{models.RoleAgent, models.RoleLead}

	statementReaders = []models.Role{models.RoleSeller, models.RoleAgent, models.RoleLead, models.RoleAdmin}
	admins           = []models.Role{models.RoleAdmin}
	leads            = []models.Role{models.RoleLead}
	leaders          = []models.Role{models.RoleLead, models.RoleAdmin}
	integration      = []models.Role{models.RoleIntegration}
	keepers          = []models.Role{models.RoleAdmin, models.RoleIntegration}
)

// routes is every route there is, each with who may call it. TestRoutes holds the engine
// against it, and authz.tsv says what comes of each for each role.
func (h *Handlers) routes() []route {
	list := append(h.apiRoutes(), h.policyRoutes()...)
	if h.store.Sandbox() {
		list = append(list, h.sandboxRoutes()...)
	}
	list = append(list, h.auditRoutes()...)
	list = append(list, h.accountRoutes()...)
	list = append(list, h.siteRoutes()...)
	return append(list, h.pageRoutes()...)
}

func (h *Handlers) apiRoutes() []route {
	const (
		order    = apiBase + "/orders/:number"
		line     = order + "/lines/:line"
		claim    = apiBase + "/claims/:number"
		evidence = apiBase + "/evidence/:id"
		refund   = apiBase + "/refunds/:id"
		webhook  = apiBase + "/webhook-endpoints/:id"
		counted  = apiBase + "/sellers/:id/counted/:number"
	)
	get := func(path string, who []models.Role, r route) route {
		r.method, r.path, r.who = http.MethodGet, path, who
		return r
	}
	put := func(path string, who []models.Role, r route) route {
		r.method, r.path, r.who = http.MethodPut, path, who
		return r
	}
	post := func(path string, who []models.Role, r route) route {
		r.method, r.path, r.who = http.MethodPost, path, who
		return r
	}
	return []route{
		put(order, integration, route{handle: h.putOrder, body: jsonOf[models.OrderInput], sees: h.seesOrder}),
		post(apiBase+"/orders/batch", integration, route{handle: h.batchOrders, read: h.readBatch}),
		get(apiBase+"/orders", everyone, route{handle: h.listOrders}),
		get(order, everyone, route{handle: h.readOrder}),

		get(line+"/eligibility", everyone, route{handle: h.readEligibility}),
		get(line+"/messages", people, route{handle: h.listMessages, sees: h.seesLine}),
		post(line+"/messages", people, route{handle: h.sendMessage, body: jsonOf[models.SendMessage], sees: h.seesLine}),
		post(line+"/contact/actions/solved", people, route{handle: h.solveContact, sees: h.seesLine}),
		post(line+"/contact/actions/refuse", people, route{handle: h.refuseContact, sees: h.seesLine}),
		get(line+"/outside-contacts", people, route{handle: h.listOutsideContacts, sees: h.seesLine}),
		post(line+"/outside-contacts", people, route{handle: h.declareOutsideContact, body: jsonOf[models.DeclareOutsideContact], sees: h.seesLine}),
		post(line+"/outside-contacts/:id/actions/accept", deciders, route{handle: h.acceptOutsideContact, body: jsonOf[models.OutsideDecision], sees: h.seesOutsideContact}),
		post(line+"/outside-contacts/:id/actions/reject", deciders, route{handle: h.rejectOutsideContact, body: jsonOf[models.OutsideDecision], sees: h.seesOutsideContact}),
		get(line+"/requests", people, route{handle: h.listRequests, sees: h.seesLine}),
		post(line+"/requests", people, route{handle: h.sendRequest, body: jsonOf[models.SendRequest], sees: h.seesLine}),
		post(line+"/requests/:id/actions/accept", people, route{handle: h.acceptRequest, body: jsonOf[models.AcceptRequest], sees: h.seesRequest}),
		post(line+"/requests/:id/actions/decline", people, route{handle: h.declineRequest, body: jsonOf[models.DeclineRequest], sees: h.seesRequest}),
		post(line+"/requests/:id/actions/withdraw", people, route{handle: h.withdrawRequest, sees: h.seesRequest}),
		post(line+"/cancellation-answer", people, route{handle: h.answerCancellation, body: jsonOf[models.AnswerCancellation], sees: h.seesLine}),
		post(apiBase+"/messages/:id/scam-report", people, route{handle: h.reportScam, sees: h.seesNothing}),

		put(apiBase+"/sellers/:id", integration, route{handle: h.putSeller, body: jsonOf[models.SellerInput], sees: h.seesSeller}),
		put(apiBase+"/listings/:id/:sku", integration, route{handle: h.putListing, body: jsonOf[models.ListingWord], sees: h.seesSeller}),
		get(counted, statementReaders, route{handle: h.readCounted, sees: h.seesCounted}),
		post(counted+"/actions/contest", people, route{handle: h.actOnCounted(models.ContestsCount), body: jsonOf[models.ActOnCounted], sees: h.seesCounted}),
		post(counted+"/actions/accept_contest", deciders, route{handle: h.actOnCounted(models.AcceptsContest), body: jsonOf[models.ActOnCounted], sees: h.seesCounted}),
		post(counted+"/actions/reject_contest", deciders, route{handle: h.actOnCounted(models.RejectsContest), body: jsonOf[models.ActOnCounted], sees: h.seesCounted}),
		post(counted+"/actions/overrule_finding", deciders, route{handle: h.actOnCounted(models.OverrulesCause), body: jsonOf[models.ActOnCounted], sees: h.seesCounted}),
		get(apiBase+"/sellers/:id/statement", statementReaders, route{handle: h.readStatement, sees: h.seesStatement}),
		get(apiBase+"/sellers/:id/health", statementReaders, route{handle: h.readSellerHealth, sees: h.seesHealth}),
		get(apiBase+"/sellers/:id/what-if/:number", statementReaders, route{handle: h.readWhatIf, sees: h.seesHealth}),
		get(apiBase+"/sellers/:id/badge", public, route{handle: h.readBadge}),
		get(apiBase+"/sellers/:id/badge.svg", public, route{handle: h.readBadgePicture}),
		get(apiBase+"/sellers/:id/standing", standers, route{handle: h.readStanding, sees: h.seesStanding}),
		get(apiBase+"/investigations", enforcers, route{handle: h.listInvestigations}),
		get(apiBase+"/investigations/:number", enforcers, route{handle: h.readInvestigation, sees: h.seesInvestigation}),
		post(apiBase+"/investigations/:number/actions/:action", enforcers, route{handle: h.actOnInvestigation, body: investigationBody, sees: h.seesInvestigation}),
		get(apiBase+"/measures", enforcers, route{handle: h.listMeasures}),
		get(apiBase+"/measures/:number", enforcers, route{handle: h.readMeasure, sees: h.seesMeasure}),
		post(apiBase+"/measures/:number/actions/:action", enforcers, route{handle: h.actOnMeasure, body: measureBody, sees: h.seesMeasure}),
		post(apiBase+"/handoffs", integration, route{handle: h.createHandoff, body: jsonOf[models.HandoffInput]}),

		post(apiBase+"/uploads", people, route{handle: h.createUpload, read: h.readUpload}),
		post(apiBase+"/uploads/:id/complete", people, route{handle: h.completeUpload, sees: h.seesNothing}),
		get(evidence, people, route{handle: h.readEvidence, sees: h.seesNothing}),
		get(evidence+"/content", people, route{handle: h.evidencePart(models.EvidenceCopy), sees: h.seesNothing}),
		get(evidence+"/thumbnail", people, route{handle: h.evidencePart(models.EvidenceThumbnail), sees: h.seesNothing}),
		get(evidence+"/original", deciders, route{handle: h.evidencePart(models.EvidenceOriginal), sees: h.seesEvidence}),

		post(apiBase+"/claims", people, route{handle: h.fileClaim, body: jsonOf[models.FileClaim], sees: h.seesOrderOfClaim}),
		get(apiBase+"/claims", people, route{handle: h.listClaims}),
		post(apiBase+"/claims/next", deciders, route{handle: h.takeNextClaim}),
		get(claim, people, route{handle: h.readClaim, sees: h.seesClaim}),
		get(claim+"/events", people, route{handle: h.listEvents, sees: h.seesClaim}),
		get(claim+"/bundle", people, route{handle: h.readBundle, sees: h.seesClaim}),
		get(claim+"/messages", people, route{handle: h.listClaimMessages, sees: h.seesClaim}),
		post(claim+"/messages", people, route{handle: h.sendClaimMessage, body: jsonOf[models.ClaimMessage], sees: h.seesClaim}),
		post(claim+"/return/events", integration, route{handle: h.tellReturn, body: jsonOf[models.ParcelEvent], sees: h.seesClaim}),
		post(claim+"/replacement/events", integration, route{handle: h.tellReplacement, body: jsonOf[models.ParcelEvent], sees: h.seesClaim}),
		post(claim+"/actions/:action", people, route{handle: h.actOnClaim, body: actionBody, sees: h.seesClaim}),

		get(apiBase+"/quality-reviews", desks, route{handle: h.listQuality}),
		post(apiBase+"/quality-reviews", leads, route{handle: h.pickQuality, body: jsonOf[pickQualityInput]}),
		get(apiBase+"/quality-reviews/:number", desks, route{handle: h.readQuality, sees: h.seesQuality}),
		get(apiBase+"/quality-reviews/:number/case", desks, route{handle: h.readQualityCase, sees: h.seesQuality}),
		post(apiBase+"/quality-reviews/:number/actions/:action", deciders, route{handle: h.actOnQuality, body: qualityBody, sees: h.seesQuality}),
		get(apiBase+"/quality-numbers", desks, route{handle: h.readQualityNumbers}),
		get(apiBase+"/flags", people, route{handle: h.listFlags}),
		get(apiBase+"/flags/:number", people, route{handle: h.readFlag, sees: h.seesFlag}),
		post(apiBase+"/flags/:number/actions/:action", people, route{handle: h.actOnFlag, body: flagBody, sees: h.seesFlag}),
		post(apiBase+"/reports", people, route{handle: h.fileReport, body: jsonOf[models.FileReport]}),
		get(apiBase+"/reports", people, route{handle: h.listReports}),
		get(apiBase+"/reports/:number", people, route{handle: h.readReport, sees: h.seesReport}),

		get(apiBase+"/refunds", everyone, route{handle: h.listRefunds}),
		post(apiBase+"/refunds/events", integration, route{handle: h.batchLegEvents, read: h.readBatch}),
		get(refund, everyone, route{handle: h.readRefund, sees: h.seesRefund}),
		post(refund+"/destination", people, route{handle: h.chooseDestination, body: jsonOf[models.Destination], sees: h.seesRefund}),
		post(refund+"/legs/:leg/events", integration, route{handle: h.tellLeg, body: jsonOf[models.LegEvent], sees: h.seesRefund}),
		post(refund+"/legs/:leg/actions/retry", deciders, route{handle: h.retryLeg, sees: h.seesRefund}),
		post(refund+"/mismatches/:mismatch/actions/decide", deciders, route{handle: h.decideMismatch, body: jsonOf[models.MismatchDecision], sees: h.seesRefund}),

		get(apiBase+"/events", integration, route{handle: h.listFeed}),
		get(apiBase+"/webhook-endpoints", keepers, route{handle: h.listWebhookEndpoints}),
		post(apiBase+"/webhook-endpoints", keepers, route{handle: h.createWebhookEndpoint, body: jsonOf[models.WebhookEndpointInput]}),
		get(webhook, keepers, route{handle: h.readWebhookEndpoint, sees: h.seesWebhook}),
		get(webhook+"/deliveries", keepers, route{handle: h.listWebhookDeliveries, sees: h.seesWebhook}),
		post(webhook+"/deliveries/:delivery/actions/retry", keepers, route{handle: h.retryWebhook, sees: h.seesWebhook}),
		post(webhook+"/actions/test", keepers, route{handle: h.testWebhook, sees: h.seesWebhook}),
		post(webhook+"/actions/enable", keepers, route{handle: h.enableWebhook, sees: h.seesWebhook}),
		{method: http.MethodDelete, path: webhook, who: keepers, handle: h.deleteWebhookEndpoint, sees: h.seesNothing},

		get(apiBase+"/notices", everyone, route{handle: h.listNotices}),
		post(apiBase+"/notices/:id/read", everyone, route{handle: h.readNotice, sees: h.seesNothing}),
	}
}

// The sandbox's calls move the clock and let anyone in, so outside the sandbox they are not
// there at all.
func (h *Handlers) sandboxRoutes() []route {
	return []route{
		{method: http.MethodGet, path: apiBase + "/sandbox/clock", kind: openRoute, who: public, handle: h.readClock},
		{method: http.MethodPost, path: apiBase + "/sandbox/clock", kind: openRoute, who: public, handle: h.moveClock, body: jsonOf[clockInput]},
		{method: http.MethodPost, path: apiBase + "/sandbox/tokens", kind: openRoute, who: public, handle: h.sandboxToken, body: jsonOf[models.SandboxTokenInput]},
	}
}

// siteRoutes are what is neither the API nor a person's page.
func (h *Handlers) siteRoutes() []route {
	list := []route{
		{method: http.MethodGet, path: "/healthz", kind: openRoute, who: public, handle: h.alive},
		{method: http.MethodGet, path: "/readyz", kind: openRoute, who: public, handle: h.readyz},
		{method: http.MethodGet, path: "/robots.txt", kind: openRoute, who: public, handle: h.robots},
		{method: http.MethodGet, path: "/static/:folder/:name", kind: openRoute, who: public, handle: h.staticFile},
		{method: http.MethodGet, path: "/api", kind: openRoute, who: public, handle: h.showGuide},
		{method: http.MethodGet, path: apiBase + "/keys", kind: openRoute, who: public, handle: h.listKeys},
		{method: http.MethodGet, path: "/api/openapi.yaml", kind: openRoute, who: public, handle: h.showSpec},
	}
	if h.config.Receiver != nil {
		list = append(list, route{method: http.MethodPut, path: uploadPath, kind: openRoute, who: public, handle: h.receivePut, read: leaveBody})
	}
	return list
}
