package handlers

import "net/http"

// pageRoutes are the pages of people. Each line has kind pageRoute and says who may open it.
func (h *Handlers) pageRoutes() []route {
	list := append(h.publicPages(), h.buyerPages()...)
	list = append(list, h.sellerPages()...)
	list = append(list, h.staffPages()...)
	list = append(list, h.webhookPages()...)
	list = append(list, h.policyPages()...)
	return append(list, h.commonPages()...)
}

// publicPages are for anyone, signed in or not.
func (h *Handlers) publicPages() []route {
	return []route{
		{method: http.MethodGet, path: "/", kind: pageRoute, who: public, handle: h.chooseLanguage},
		{method: http.MethodGet, path: "/:lang", kind: pageRoute, who: public, handle: h.toHome},
		getPage("/", public, h.showHome, nil),
		getPage("/guarantee", public, h.showGuarantee, nil),
		getPage("/policy", public, h.showPolicy, nil),
		getPage("/check", public, h.showCheck, nil),
		getPage("/check/:step", public, h.stepCheck, nil),
		getPage("/prepare", public, h.showPrepare, nil),
		getPage("/refunds", public, h.showRefunds, nil),
		getPage("/report", public, h.showReport, nil),
		getPage("/help", public, h.showHelp, nil),
		getPage("/help/contact", public, h.showHelpContact, nil),
		getPage("/accessibility", public, h.showAccessibility, nil),
		getPage("/privacy", public, h.showPrivacy, nil),
		getPage("/terms", public, h.showTerms, nil),

		getPage("/sign-in", public, h.showSignIn, nil),
		postPage("/sign-in", public, h.requestSignIn, nil),
		getPage("/sign-in/sent", public, h.showSent, nil),
		postPage("/sign-in/code", public, h.useCode, nil),
		getPage("/sign-in/second-factor", public, h.showFactor, nil),
		postPage("/sign-in/second-factor", public, h.passFactor, nil),
		postPage("/sign-in/second-factor/setup", public, h.setUpFactor, nil),
		postPage("/sign-in/second-factor/confirm", public, h.confirmFactor, nil),
		getPage("/sign-in/:token", public, h.showLink, nil),
		postPage("/sign-in/:token", public, h.useLink, nil),
		postPage("/sign-out", public, h.signOut, nil),
	}
}

// buyerPages are open to everyone with an account, since everyone may also be the buyer of
// something; what is somebody else's is not found.
func (h *Handlers) buyerPages() []route {
	const (
		order = "/my/orders/:order"
		line  = order + "/lines/:line"
		form  = order + "/claim/:line"
		claim = "/my/claims/:claim"
	)
	return []route{
		getPage("/my", people, h.showMy, nil),
		getPage("/my/orders", people, h.listMyOrders, nil),
		getPage(order, people, h.showMyOrder, nil),
		getPage(order+"/refund", people, h.showOrderRefund, nil),
		postPage(order+"/refund", people, h.postOrderRefund, nil),
		getPage(line+"/contact", people, h.showContact, nil),
		postPage(line+"/contact", people, h.sendContact, nil),
		getPage(line+"/solved", people, h.showSolved, nil),
		postPage(line+"/solved", people, h.solve, nil),
		getPage(line+"/outside-contact", people, h.showOutside, nil),
		postPage(line+"/outside-contact", people, h.declareOutside, nil),
		postPage(line+"/remind", people, h.postRemind, nil),
		postPage(line+"/cancellation", people, h.postCancellationAnswer, nil),
		getPage(line+"/cancel", people, h.showCancelRequest, nil),
		postPage(line+"/cancel", people, h.postCancelRequest, nil),
		getPage(line+"/return", people, h.showReturnRequest, nil),
		postPage(line+"/return", people, h.postReturnRequest, nil),
		getPage(line+"/requests/:id/withdraw", people, h.showWithdrawRequest, nil),
		postPage(line+"/requests/:id/withdraw", people, h.postWithdrawRequest, nil),
		postPage("/my/messages/:id/scam-report", people, h.postScamReport, nil),

		getPage(form, people, h.showDraft, nil),
		getPage(form+"/:question", people, h.showQuestion, nil),
		postPage(form+"/:question", people, h.postQuestion, nil),
		getPage(form+"/check", people, h.showClaimCheck, nil),
		postPage(form+"/check", people, h.sendClaim, nil),
		getPage(form+"/discard", people, h.showDiscard, nil),
		postPage(form+"/discard", people, h.discardClaim, nil),

		getPage("/my/reports", people, h.listMyReports, nil),
		getPage("/my/reports/new", people, h.showNewReport, nil),
		postPage("/my/reports/new", people, h.postNewReport, nil),
		getPage("/my/reports/:report", people, h.showMyReport, nil),
		getPage("/my/flags/:flag", people, h.showMyFlag, nil),
		getPage("/my/flags/:flag/:action", people, h.showMyFlagAct, nil),
		postPage("/my/flags/:flag/:action", people, h.postMyFlagAct, nil),

		getPage("/my/claims", people, h.listMyClaims, nil),
		getPage(claim, people, h.showMyClaim, nil),
		getPage(claim+"/decision", people, h.showMyDecision, nil),
		getPage(claim+"/refund", people, h.showRefund, nil),
		postPage(claim+"/refund", people, h.postRefund, nil),
		getPage(claim+"/evidence", people, h.showAddEvidence, nil),
		postPage(claim+"/evidence", people, h.postAddEvidence, nil),
		getPage(claim+"/evidence/:id", people, h.showMyEvidence, nil),
		getPage(claim+"/messages", people, h.showMyMessages, nil),
		postPage(claim+"/messages", people, h.postMyMessage, nil),
		getPage(claim+"/record", people, h.showMyRecord, nil),
		getPage(claim+"/case-file", people, h.showMyCaseFile, nil),
		getPage(claim+"/case-file/zip", people, h.caseFileOf(h.ownClaim), nil),
		getPage(claim+"/respond", people, h.showMyRespond, nil),
		postPage(claim+"/respond", people, h.postMyRespond, nil),
		getPage(claim+"/object", people, h.showObject, nil),
		postPage(claim+"/object", people, h.postObject, nil),
		getPage(claim+"/appeal", people, h.showMyAppeal, nil),
		postPage(claim+"/appeal", people, h.postMyAppeal, nil),
		getPage(claim+"/return", people, h.showShip, nil),
		postPage(claim+"/return", people, h.postShip, nil),
		getPage(claim+"/withdraw", people, h.showWithdraw, nil),
		postPage(claim+"/withdraw", people, h.postWithdraw, nil),
		getPage(claim+"/reopen", people, h.showReopen, nil),
		postPage(claim+"/reopen", people, h.postReopen, nil),
	}
}
