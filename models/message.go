package models

import (
	"regexp"

	"golang.org/x/text/unicode/norm"
)

// Message is what somebody wrote on order lines or on a claim. Only a server-stamped message
// of the buyer with a problem type starts a wait.
type Message struct {
	ID             string
	AuthorRole     Side // buyer, seller or staff
	AuthorID       string
	AuthorName     string
	Topic          Reason // general, or the problem type
	Body           string
	Locale         string
	Warnings       []Warning
	Lines          []int // of the order; empty on a claim
	Evidence       []Evidence
	Request        string // what of a request it says: cancel or return, accept or decline; "" of others
	SentAt         Instant
	ScamReportedAt Instant
}

// Warning is a sign that a message leads the buyer off the marketplace. The message is
// delivered all the same, with a banner and a one-tap report.
type Warning string

// The signs.
const (
	WarnChatApp       Warning = "chat_app"
	WarnPayApp        Warning = "pay_app"
	WarnScreenSharing Warning = "screen_sharing"
	WarnBankDetails   Warning = "bank_details"
	WarnPhoneNumber   Warning = "phone_number"
)

var warningSigns = []struct {
	warning Warning
	sign    *regexp.Regexp
}{
	{WarnChatApp, regexp.MustCompile(`(?:^|[^A-Za-z])LINE(?:[^A-Za-z]|$)|(?i:line\s*id)|ライン(?:で|に|ID|交換|追加)|(?i:whatsapp|telegram|wechat|kakaotalk)|カカオトーク|微信`)},
	{WarnPayApp, regexp.MustCompile(`(?i:[a-z]+\s?pay\b)|[ァ-ヶー一-龠]+ペイ|ペイで`)},
	{WarnScreenSharing, regexp.MustCompile(`画面(?:を)?共有|遠隔操作|(?i:screen\s?shar|anydesk|teamviewer|remote desktop)`)},
	{WarnBankDetails, regexp.MustCompile(`口座番号|振込先|銀行口座|暗証番号|カード番号|(?i:bank account|account number|card number)`)},
	{WarnPhoneNumber, regexp.MustCompile(`(?:^|[^0-9])(?:0[0-9]{1,4}[-( ][0-9]{1,4}[-) ][0-9]{3,4}|0[5789]0[0-9]{8}|\+[0-9]{1,3}[- ]?[0-9][0-9 -]{7,12})(?:[^0-9]|$)`)},
}

// warningsIn finds the signs in a text, full-width or not.
func warningsIn(body string) []Warning {
	folded := norm.NFKC.String(body)
	var found []Warning
	for _, s := range warningSigns {
		if s.sign.MatchString(folded) {
			found = append(found, s.warning)
		}
	}
	return found
}

type messageRow struct {
	ID             string
	OrderID        string
	SellerID       string
	ClaimID        string
	AuthorRole     Side
	AuthorID       string
	AuthorName     string
	Topic          Reason
	Body           string
	Locale         string
	Warnings       *string
	Request        string
	SentAt         Instant
	ScamReportedAt Instant
}

func (messageRow) TableName() string { return "messages" }

type messageLineRow struct {
	OrderLineID string
	SentAt      Instant
	MessageID   string
}

func (messageLineRow) TableName() string { return "message_lines" }

func (r messageRow) message() (Message, error) {
	m := Message{
		ID: r.ID, AuthorRole: r.AuthorRole, AuthorID: r.AuthorID, AuthorName: r.AuthorName, Topic: r.Topic, Body: r.Body, Locale: r.Locale,
		Request: r.Request, SentAt: r.SentAt, ScamReportedAt: r.ScamReportedAt,
	}
	warnings, err := fromJSON[[]Warning](r.Warnings)
	if err != nil {
		return Message{}, err
	}
	if warnings != nil {
		m.Warnings = *warnings
	}
	return m, nil
}
