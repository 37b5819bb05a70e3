package health

import (
	"encoding/json"
	"time"
)

// Abuse are the numbers at which reports of sellers come under suspicion, as a policy holds
// them. Suspicion tells staff to look; it refuses nothing and limits nobody.
type Abuse struct {
	Window         time.Duration `json:"-"`               // reports and claims older than this weigh nothing
	Unfounded      int           `json:"unfounded"`       // reports of one person that ended because no order of theirs was a stock-out …
	UnfoundedShare float64       `json:"unfounded_share"` // … and what part of those with an outcome they are, 0–1
	Denied         int           `json:"denied"`          // the same of claims of one person that were denied …
	DeniedShare    float64       `json:"denied_share"`    // … among those decided
	Accounts       int           `json:"accounts"`        // of one person, reporting one seller
	BurstWindow    time.Duration `json:"-"`               // a burst is within this time
	Burst          int           `json:"burst"`           // accounts that report one seller, each of them new or tied to another of them
	Rivals         int           `json:"rivals"`          // accounts that do so and stand with another seller
	NewAccount     time.Duration `json:"-"`               // an account younger than this is new …
	FewOrders      int           `json:"few_orders"`      // … while it has no more orders than these
	LimitDays      int           `json:"limit_days"`      // how long a limit holds that a lead sets
	LimitPerDay    int           `json:"limit_per_day"`   // reports in 24 hours that it leaves
	AppealDays     int           `json:"appeal_days"`     // to contest a warning or a limit
	OpenDomains    []string      `json:"open_domains"`    // of mail that anybody can get: who shares one shares nothing
}

type plainAbuse Abuse

// storedAbuse are the numbers as a policy is written: times in days and hours.
type storedAbuse struct {
	plainAbuse
	WindowDays     int `json:"window_days"`
	BurstHours     int `json:"burst_hours"`
	NewAccountDays int `json:"new_account_days"`
}

// MarshalJSON writes the numbers with their times in days and hours.
func (a Abuse) MarshalJSON() ([]byte, error) {
	return json.Marshal(storedAbuse{plainAbuse(a), int(a.Window / Day), int(a.BurstWindow / time.Hour), int(a.NewAccount / Day)})
}

// UnmarshalJSON reads numbers as they are written. Errors: JSON that is none of these.
func (a *Abuse) UnmarshalJSON(b []byte) error {
	var s storedAbuse
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*a = Abuse(s.plainAbuse)
	a.Window, a.BurstWindow, a.NewAccount = time.Duration(s.WindowDays)*Day, time.Duration(s.BurstHours)*time.Hour, time.Duration(s.NewAccountDays)*Day
	return nil
}

// DefaultAbuse are the usual numbers.
func DefaultAbuse() Abuse {
	return Abuse{
		Window: 180 * Day, Unfounded: 3, UnfoundedShare: 0.5, Denied: 4, DeniedShare: 0.6, Accounts: 2,
		BurstWindow: 72 * time.Hour, Burst: 3, Rivals: 2, NewAccount: 14 * Day, FewOrders: 1,
		LimitDays: 90, LimitPerDay: 1, AppealDays: 30,
		OpenDomains: []string{
			"163.com", "aol.com", "au.com", "biglobe.ne.jp", "daum.net", "docomo.ne.jp", "ezweb.ne.jp", "gmail.com", "gmx.com", "googlemail.com", "hotmail.com",
			"i.softbank.jp", "icloud.com", "live.jp", "mac.com", "me.com", "msn.com", "naver.com", "nifty.com", "ocn.ne.jp", "outlook.com", "outlook.jp", "plala.or.jp",
			"proton.me", "protonmail.com", "qq.com", "so-net.ne.jp", "softbank.ne.jp", "yahoo.co.jp", "yahoo.com", "ymail.ne.jp", "ymobile.ne.jp",
		},
	}
}

// Suspicion is a ground for looking at who reports, or claims.
type Suspicion string

// The grounds, in the order in which they are listed.
const (
	ByUnfounded Suspicion = "unfounded" // most of their reports named no stock-out
	ByAccounts  Suspicion = "accounts"  // one person reports one seller under several accounts
	ByBurst     Suspicion = "burst"     // many report one seller at once who are new, or tied to one another
	ByRivals    Suspicion = "rivals"    // so do people who stand with another seller
	ByDenied    Suspicion = "denied"    // most of their claims were denied
)

// Suspicions are all grounds.
var Suspicions = []Suspicion{ByUnfounded, ByAccounts, ByBurst, ByRivals, ByDenied}

// Tally is how many of those decided had no ground.
type Tally struct {
	Count int `json:"count"`
	Of    int `json:"of"`
}

// Share is the part of those decided, 0–1; 0 where nothing has been.
func (t Tally) Share() float64 {
	if t.Of <= 0 {
		return 0
	}
	return float64(t.Count) / float64(t.Of)
}

// ManyUnfounded tells whether so many reports of one person named no stock-out, by number and
// by share, that staff should look.
func (a Abuse) ManyUnfounded(t Tally) bool {
	return t.Count >= a.Unfounded && t.Share() >= a.UnfoundedShare
}

// ManyDenied tells the same of the claims of one person.
func (a Abuse) ManyDenied(t Tally) bool { return t.Count >= a.Denied && t.Share() >= a.DeniedShare }

// Filed is a report of one seller as suspicion looks at it, with what is known of its sender
// at the time it was sent.
type Filed struct {
	ID    string
	Buyer string // account
	At    time.Time
	Self  []string // ties that say who it is: a mailbox, a buyer of the marketplace, a bank account
	Near  []string // ties that people who live or work together share: a browser behind one network address
	New   bool     // a new account with few orders, see Abuse.New
	Rival bool     // a member of another seller, or one who shares a mailbox or a domain of its own with such a member
}

// New tells whether an account of that age is new, with so many orders placed.
func (a Abuse) New(age time.Duration, orders int) bool {
	return age < a.NewAccount && orders <= a.FewOrders
}

// Suspect says which of some reports of one seller are under suspicion because of one another,
// by their ids; the grounds of each stand in the order of Suspicions. It is the same whatever
// the order of the reports.
func (a Abuse) Suspect(filed []Filed) map[string][]Suspicion {
	grounds := map[string][]Suspicion{}
	for _, person := range persons(filed, func(f Filed) []string { return f.Self }) {
		if accountsIn(person) >= a.Accounts {
			mark(grounds, person, ByAccounts)
		}
	}
	var fresh, rivals []Filed
	tied := map[string]bool{}
	for _, group := range persons(filed, func(f Filed) []string { return append(append([]string{}, f.Self...), f.Near...) }) {
		if accountsIn(group) > 1 {
			for _, f := range group {
				tied[f.ID] = true
			}
		}
	}
	for _, f := range filed {
		if f.Rival {
			rivals = append(rivals, f)
		}
		if f.New || f.Rival || tied[f.ID] {
			fresh = append(fresh, f)
		}
	}
	a.bursts(grounds, fresh, a.Burst, ByBurst)
	a.bursts(grounds, rivals, a.Rivals, ByRivals)
	return grounds
}

// bursts marks the reports that lie within a time of one another in which at least so many
// accounts sent one.
func (a Abuse) bursts(grounds map[string][]Suspicion, filed []Filed, least int, why Suspicion) {
	within := map[string]Filed{}
	for _, first := range filed {
		var at []Filed
		for _, f := range filed {
			if !f.At.Before(first.At) && f.At.Sub(first.At) < a.BurstWindow {
				at = append(at, f)
			}
		}
		if accountsIn(at) >= least {
			for _, f := range at {
				within[f.ID] = f
			}
		}
	}
	for _, f := range within {
		mark(grounds, []Filed{f}, why)
	}
}

func mark(grounds map[string][]Suspicion, filed []Filed, why Suspicion) {
	for _, f := range filed {
		grounds[f.ID] = append(grounds[f.ID], why)
	}
}

func accountsIn(filed []Filed) int {
	accounts := map[string]bool{}
	for _, f := range filed {
		accounts[f.Buyer] = true
	}
	return len(accounts)
}

// persons groups reports whose senders share a tie, themselves or through others.
func persons(filed []Filed, ties func(Filed) []string) [][]Filed {
	g := groups{}
	for _, f := range filed {
		g.join("buyer "+f.Buyer, ties(f))
	}
	place, list := map[string]int{}, [][]Filed(nil)
	for _, f := range filed {
		root := g.find("buyer " + f.Buyer)
		i, known := place[root]
		if !known {
			i = len(list)
			place[root], list = i, append(list, nil)
		}
		list[i] = append(list[i], f)
	}
	return list
}
