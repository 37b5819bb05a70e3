package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"hosho/models"
	"hosho/templates"
)

// signInValidity is how long a mailed sign-in works; its mail says so.
const signInValidity = 15 * time.Minute

// letters writes a notice in the recipient's words. It is what both senders have in common.
type letters struct {
	set     *templates.Set
	baseURL string
}

type letter struct {
	subject string
	text    string
	html    string
	link    string
}

func (l letters) write(m models.Mail) (letter, error) {
	locale := m.To.Locale
	if !templates.Supported(locale) {
		locale = templates.Locales()[0]
	}
	party, _, _ := strings.Cut(m.Notice.Party, ":")
	if stood, ok := m.Notice.Args["party"].(string); ok && party == "account" { // to a person, who stood on a side of it
		party = stood
	}
	notice := templates.Notice{
		Number: m.Notice.Number, Kind: m.Notice.Kind, Party: party, ClaimNumber: m.Notice.ClaimNumber, OrderNumber: m.Notice.OrderNumber,
		Args: m.Notice.Args, Code: m.Code, Valid: signInValidity,
	}
	// A sign-in's link leads to itself, any other to what the notice is about.
	out := letter{link: l.baseURL + m.Link}
	if m.Link == "" {
		out.link = l.baseURL + templates.NoticePath(locale, notice)
	}
	var err error
	out.subject, out.text, out.html, err = l.set.RenderNotice(locale, notice, out.link)
	return out, err
}

// newSender gives the sender the configuration names.
func newSender(c mailConfig, l letters, sandbox bool, log *slog.Logger) (models.Sender, error) {
	if c.Host == "" {
		return logSender{l, sandbox, log}, nil
	}
	return newSMTPSender(c, l)
}

// logSender writes a line to the log instead of sending mail, for trials and for portals
// without a mail server. A sign-in's secrets stand in it in the sandbox only, where somebody
// has to be able to use them.
type logSender struct {
	letters
	sandbox bool
	log     *slog.Logger
}

func (s logSender) Send(ctx context.Context, m models.Mail) (subject, body string, err error) {
	out, err := s.write(m)
	if err != nil {
		return "", "", err
	}
	fields := []any{"kind", m.Notice.Kind, "notice", m.Notice.Number, "to", m.To.Email}
	if m.Link == "" && m.Code == "" {
		fields = append(fields, "subject", out.subject, "link", out.link)
	} else if s.sandbox {
		fields = append(fields, "subject", out.subject, "link", out.link, "code", m.Code)
	}
	s.log.InfoContext(ctx, "mail", fields...)
	return out.subject, out.text, nil
}

// smtpSender hands mail to one server, a connection a mail.
type smtpSender struct {
	letters
	config mailConfig
	from   *mail.Address
}

// mailTimeout is for one answer of the server; a mail must be through before its lease in
// the outbox (2 min) ends.
const mailTimeout = 20 * time.Second

func newSMTPSender(c mailConfig, l letters) (*smtpSender, error) {
	from := c.From
	if from == "" {
		from = "no-reply@localhost"
		if u, err := url.Parse(l.baseURL); err == nil && strings.Contains(u.Hostname(), ".") && !isAddress(u.Hostname()) {
			from = "no-reply@" + u.Hostname()
		}
	}
	address, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("sender of mails: %w", err)
	}
	return &smtpSender{letters: l, config: c, from: address}, nil
}

func (s *smtpSender) client() (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.config.Port), gomail.WithTimeout(mailTimeout),
	}
	switch s.config.TLS {
	case tlsImplicit:
		options = append(options, gomail.WithSSL())
	case tlsNone:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	case tlsStart:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.config.User != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if s.config.TLS == tlsNone {
			auth = gomail.SMTPAuthPlainNoEnc // said explicitly, or on this machine
		}
		options = append(options, gomail.WithSMTPAuth(auth), gomail.WithUsername(s.config.User), gomail.WithPassword(s.config.Password))
	}
	return gomail.NewClient(s.config.Host, options...)
}

// Send delivers one mail to the server. An address the server refuses for good (5xx to the
// recipient or to the mail itself) is permanent; a fault of ours, such as a refused sign-in
// or sender, is not, since no recipient is to blame for it.
func (s *smtpSender) Send(ctx context.Context, m models.Mail) (subject, body string, err error) {
	out, err := s.write(m)
	if err != nil {
		return "", "", err
	}
	msg, err := s.message(m, out)
	if err != nil {
		return "", "", refusedMail{err}
	}
	c, err := s.client()
	if err != nil {
		return "", "", fmt.Errorf("mail server: %w", err)
	}
	if err := c.DialWithContext(ctx); err != nil {
		return "", "", fmt.Errorf("mail server: %w", err)
	}
	defer func() { _ = c.Close() }() // the mail is through or not by then
	if err := c.Send(msg); err != nil && !msg.IsDelivered() {
		return "", "", mailError(err)
	}
	return out.subject, out.text, nil
}

func (s *smtpSender) message(m models.Mail, out letter) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(s.from)
	// Parsed and printed again, so that nothing in a name or address can add a header or a
	// second recipient.
	to, err := mail.ParseAddress(m.To.Email)
	if err != nil || to.Address != m.To.Email {
		return nil, fmt.Errorf("the address cannot be read")
	}
	to.Name = strings.Join(strings.Fields(m.To.Name), " ")
	msg.ToMailAddress(to)
	msg.Subject(out.subject)
	msg.SetDate()
	// The same for each try: what arrives twice is recognised as one mail.
	_, domain, _ := strings.Cut(s.from.Address, "@")
	msg.SetMessageIDWithValue(m.Notice.ID + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("Content-Language", m.To.Locale)
	msg.SetBodyString(gomail.TypeTextPlain, out.text)
	msg.AddAlternativeString(gomail.TypeTextHTML, out.html)
	return msg, nil
}

// refusedMail is an error that trying again will not cure.
type refusedMail struct{ error }

func (refusedMail) Permanent() bool { return true }
func (e refusedMail) Unwrap() error { return e.error }

func mailError(err error) error {
	wrapped := fmt.Errorf("send mail: %w", err)
	var refused *gomail.SendError
	if !errors.As(err, &refused) || refused.ErrorCode() < 500 || refused.ErrorCode() > 599 {
		return wrapped
	}
	if slices.Contains([]gomail.SendErrReason{gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose}, refused.Reason) {
		return refusedMail{wrapped}
	}
	return wrapped
}

// check proves that the server answers and takes our sign-in; nothing is sent.
func (s *smtpSender) check(ctx context.Context) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	if err := c.DialWithContext(ctx); err != nil {
		return err
	}
	return c.Close()
}
