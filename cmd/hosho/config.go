package main

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"hosho/handlers"
	"hosho/models"
	"hosho/models/calendar"
	"hosho/storage/clamd"
)

// config is everything a command is told, checked. It is passed by value and never changes.
type config struct {
	Database       string // as models.Config takes it
	Zone           *time.Location
	BusinessDays   *calendar.BusinessDays // nil: the zone's usual ones
	Listen         string
	BaseURL        string         // without a slash at the end; "" is http:// and the address listened on
	Evidence       string         // as storage.Open takes it
	Scanner        *clamd.Scanner // nil: files are not scanned
	Mail           mailConfig
	Keys           string // folder
	TrustedProxies []netip.Prefix
	Workers        int
	Operator       string
	Support        handlers.Support
	Sandbox        bool
	SandboxNow     models.Instant // zero: the machine's time
	SandboxPays    bool           // refunds are paid by the clock
}

// databaseFlags are those of every command that works on records.
type databaseFlags struct {
	Database string `placeholder:"URL" help:"sqlite:PATH or mysql://USER:PASS@HOST:PORT/NAME."`
	TimeZone string `placeholder:"ZONE" help:"The marketplace's time zone (Asia/Tokyo)."`
}

// serverFlags are those of commands that run the portal.
type serverFlags struct {
	Evidence     string   `placeholder:"URL" help:"Where files rest: file:DIR or s3://BUCKET?region=…&endpoint=…&path_style=true (beside the SQLite file)."`
	Scanner      string   `placeholder:"URL" help:"A ClamAV daemon that looks at every file: tcp://HOST:PORT or unix:PATH (files are not scanned)."`
	BaseURL      string   `placeholder:"URL" help:"The portal's public address (http:// and the address listened on)."`
	Mail         string   `placeholder:"URL" help:"smtp://USER:PASS@HOST:PORT, or log: (log:). STARTTLS is demanded except on this machine; ?tls=implicit or ?tls=none say otherwise."`
	MailFrom     string   `placeholder:"ADDRESS" help:"The sender of mails (no-reply@ the portal's host)."`
	Keys         string   `placeholder:"DIR" help:"Signing and encryption keys, made at first start and shared by replicas (beside the SQLite file)."`
	TrustedProxy []string `placeholder:"CIDR" help:"Proxies whose X-Forwarded-For is believed (none)."`
	Operator     string   `placeholder:"NAME" help:"Who runs the portal, named on its terms and privacy pages (nobody)."`
	SupportEmail string   `placeholder:"ADDRESS" help:"Where people write to reach a person (pages lead to the messages of claims)."`
	SupportHours string   `placeholder:"HOURS" help:"When somebody answers there, as mon-fri 09:00-18:00 in the marketplace's zone (not said)."`
	BusinessDays string   `placeholder:"DAYS" help:"japan, or the days of the week without business and dates, as sat sun 2026-12-25 (japan in Asia/Tokyo, else sat sun)."`
	SupportReply string   `placeholder:"DURATION" help:"How long a reply usually takes, as 24h (not said)."`
	Workers      string   `placeholder:"N" help:"Background workers of this replica; 0 serves pages only (1)."`
}

// sandboxFlags let the clock be moved.
type sandboxFlags struct {
	Sandbox    bool   `help:"Let anyone move the clock and sign in as anyone. Never in production."`
	SandboxNow string `placeholder:"INSTANT" help:"Where the sandbox's clock starts the first time, as 2018-08-20T09:00:00-03:00 (now)."`

	SandboxPayments bool `help:"Pay refunds by the sandbox's clock, some of them not at the first try, in place of a payment system."`
}

const (
	defaultZone   = "Asia/Tokyo"
	defaultListen = ":8080"
	mostWorkers   = 64
)

// check fills in what every command needs; zone is the default.
func (f databaseFlags) check(c *config, wrong *problems, zone string) {
	c.Database = checkDatabase(f.Database, wrong)
	if f.TimeZone != "" {
		zone = f.TimeZone
	}
	c.Zone = checkZone(zone, wrong)
}

// checkDatabase never repeats the URL, which may hold a password.
func checkDatabase(raw string, wrong *problems) string {
	scheme, rest, _ := strings.Cut(raw, ":")
	switch scheme {
	case "":
		wrong.add("database", "is needed: sqlite:PATH or mysql://USER:PASS@HOST:PORT/NAME")
	case "sqlite":
		folder := filepath.Dir(sqlitePath(raw))
		if info, err := os.Stat(folder); strings.Trim(rest, "/") == "" {
			wrong.add("database", "names no file; want sqlite:PATH")
		} else if err != nil || !info.IsDir() {
			wrong.add("database", "there is no folder %s", folder)
		}
	case "mysql":
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
			wrong.add("database", "cannot be read; want mysql://USER:PASS@HOST:PORT/NAME")
		}
	default:
		wrong.add("database", "want sqlite:PATH or mysql://USER:PASS@HOST:PORT/NAME")
	}
	return raw
}

// sqlitePath is the file of a SQLite database, or "" for another engine.
func sqlitePath(database string) string {
	path, ok := strings.CutPrefix(database, "sqlite:")
	if !ok {
		return ""
	}
	return strings.TrimPrefix(path, "//")
}

func checkZone(name string, wrong *problems) *time.Location {
	zone, err := time.LoadLocation(name)
	// "Local" would make deadlines depend on the machine.
	if err != nil || name == "" || name == "Local" {
		wrong.add("time-zone", "%q is no zone; want a name such as Asia/Tokyo", name)
		return time.UTC
	}
	return zone
}

func checkListen(listen string, wrong *problems) string {
	_, port, err := net.SplitHostPort(listen)
	if n, e := strconv.Atoi(port); err != nil || e != nil || n < 0 || n > 65535 {
		wrong.add("listen", "%q is no address; want HOST:PORT or :PORT", listen)
	}
	return listen
}

func (f serverFlags) check(c *config, wrong *problems) {
	path := sqlitePath(c.Database)
	c.Evidence = f.Evidence
	switch {
	case c.Evidence == "" && path != "":
		c.Evidence = "file:" + path + ".evidence"
	case c.Evidence == "" && c.Database == "": // --database is told to be missing already
	case c.Evidence == "":
		wrong.add("evidence", "is needed: file:DIR or s3://BUCKET?region=…")
	case !strings.HasPrefix(c.Evidence, "file:") && !strings.HasPrefix(c.Evidence, "s3://"):
		wrong.add("evidence", "want file:DIR or s3://BUCKET?region=…")
	}
	if f.Scanner != "" {
		var err error
		if c.Scanner, err = clamd.Parse(f.Scanner); err != nil {
			wrong.add("scanner", "%v", err)
		}
	}
	c.Keys = f.Keys
	switch {
	case c.Keys == "" && path != "":
		c.Keys = path + ".keys"
	case c.Keys == "" && c.Database != "":
		wrong.add("keys", "is needed: a folder all replicas share")
	}
	c.BaseURL = checkBaseURL(f.BaseURL, wrong)
	c.Mail = checkMail(f.Mail, f.MailFrom, wrong)
	for _, s := range f.TrustedProxy {
		prefix, err := netip.ParsePrefix(s)
		if addr, e := netip.ParseAddr(s); err != nil && e == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			wrong.add("trusted-proxy", "%q is no network; want 10.0.0.0/8 or an address", s)
			continue
		}
		c.TrustedProxies = append(c.TrustedProxies, prefix.Masked())
	}
	if f.BusinessDays != "" {
		days, err := calendar.ParseBusinessDays(f.BusinessDays)
		if err != nil {
			wrong.add("business-days", "%q are none; want japan, or days without business such as sat sun 2026-12-25", f.BusinessDays)
		}
		c.BusinessDays = &days
	}
	c.Operator = f.Operator
	c.Support = checkSupport(f, wrong)
	c.Workers = 1
	if f.Workers != "" {
		n, err := strconv.Atoi(f.Workers)
		if err != nil || n < 0 || n > mostWorkers {
			wrong.add("workers", "%q is no number from 0 to %d", f.Workers, mostWorkers)
		}
		c.Workers = n
	}
}

func checkSupport(f serverFlags, wrong *problems) handlers.Support {
	s := handlers.Support{Email: f.SupportEmail}
	if a, err := mail.ParseAddress(s.Email); s.Email != "" && (err != nil || a.Address != s.Email) {
		wrong.add("support-email", "%q is no address; want help@example.com", s.Email)
	}
	var err error
	if f.SupportHours != "" {
		if s.Hours, err = handlers.ParseOpenHours(f.SupportHours); err != nil {
			wrong.add("support-hours", "%q are no hours; want mon-fri 09:00-18:00", f.SupportHours)
		}
	}
	if f.SupportReply != "" {
		if s.Reply, err = time.ParseDuration(f.SupportReply); err != nil || s.Reply < time.Minute {
			wrong.add("support-reply", "%q is no duration; want one such as 24h", f.SupportReply)
		}
	}
	return s
}

func checkBaseURL(raw string, wrong *problems) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		wrong.add("base-url", "want http:// or https:// and a host, without a path")
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (f sandboxFlags) check(c *config, wrong *problems) {
	c.Sandbox, c.SandboxPays = f.Sandbox, f.SandboxPayments
	if f.SandboxPayments && !f.Sandbox {
		wrong.add("sandbox-payments", "has no meaning without --sandbox")
	}
	if f.SandboxNow == "" {
		return
	}
	if !f.Sandbox {
		wrong.add("sandbox-now", "has no meaning without --sandbox")
	}
	c.SandboxNow = checkInstant("sandbox-now", f.SandboxNow, wrong)
}

func checkInstant(flag, value string, wrong *problems) models.Instant {
	at, err := models.ParseInstant(value)
	if err != nil {
		wrong.add(flag, "%q is no instant; want one such as 2018-08-20T09:00:00-03:00", value)
	}
	return at
}

// mailConfig says how mail leaves. Host "" writes it to the log instead.
type mailConfig struct {
	Host     string
	Port     int
	User     string
	Password string
	TLS      tlsMode
	From     string // "" is no-reply@ the base URL's host
}

// tlsMode is how a mail server is spoken to.
type tlsMode string

const (
	tlsStart    tlsMode = "starttls" // in the open, then demanded
	tlsImplicit tlsMode = "implicit" // from the first byte
	tlsNone     tlsMode = "none"
)

// checkMail never repeats the URL, which may hold a password.
func checkMail(raw, from string, wrong *problems) mailConfig {
	m := mailConfig{From: from}
	if from != "" {
		if _, err := mail.ParseAddress(from); err != nil {
			wrong.add("mail-from", "%q is no address; want no-reply@example.com or Name <no-reply@example.com>", from)
		}
	}
	if raw == "" || raw == "log:" {
		return m
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "smtp" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
		wrong.add("mail", "want smtp://USER:PASS@HOST:PORT or log:")
		return m
	}
	m.Host, m.User = u.Hostname(), u.User.Username()
	m.Password, _ = u.User.Password()
	m.TLS = tlsStart
	if isLoopback(m.Host) {
		m.TLS = tlsNone
	}
	for name, values := range u.Query() {
		mode := tlsMode(values[0])
		if name != "tls" || !slices.Contains([]tlsMode{tlsStart, tlsImplicit, tlsNone}, mode) {
			wrong.add("mail", "of parameters only tls=starttls, tls=implicit and tls=none are known")
			continue
		}
		m.TLS = mode
	}
	m.Port = 587
	if m.TLS == tlsImplicit {
		m.Port = 465
	}
	if u.Port() != "" {
		if m.Port, err = strconv.Atoi(u.Port()); err != nil || m.Port < 1 || m.Port > 65535 {
			wrong.add("mail", "the port must be a number from 1 to 65535")
		}
	}
	return m
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
