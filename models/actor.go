package models

// Role is what an account may do (PRODUCT.md §10).
type Role string

// The roles of accounts, and the two that act without one.
const (
	RoleAnonymous   Role = "anonymous"
	RoleBuyer       Role = "buyer"
	RoleSeller      Role = "seller"
	RoleAgent       Role = "agent"
	RoleLead        Role = "lead"
	RoleAdmin       Role = "admin"
	RoleIntegration Role = "integration"
	RoleClock       Role = "clock"  // a timer that came due
	RolePolicy      Role = "policy" // a rule that decided without a person
)

// Roles are the roles an account can have.
var Roles = []Role{RoleBuyer, RoleSeller, RoleAgent, RoleLead, RoleAdmin, RoleIntegration}

// Actor is who acts. It is always an argument, never taken from a context: timers act as
// Clock, automatic decisions as Policy.
type Actor struct {
	Role      Role
	AccountID string
	Email     string // lower case; also makes the account the buyer of orders under it
	SellerID  string // of a seller member
	Name      string
	Locale    string
}

// The actors without an account.
var (
	Clock     = Actor{Role: RoleClock}
	Automatic = Actor{Role: RolePolicy}
	Anonymous = Actor{Role: RoleAnonymous}
)

// IsStaff reports whether the actor works on cases (agent or lead).
func (a Actor) IsStaff() bool { return a.Role == RoleAgent || a.Role == RoleLead }

// SeesAllCases reports whether the role reads every case: staff, and the admin, who may not
// decide any.
func (a Actor) SeesAllCases() bool { return a.IsStaff() || a.Role == RoleAdmin }

// Side is on which side of a claim somebody stands.
type Side string

// The sides. Observer reads all cases and may change none (an admin).
const (
	SideNone     Side = ""
	SideBuyer    Side = "buyer"
	SideSeller   Side = "seller"
	SideStaff    Side = "staff"
	SideObserver Side = "observer"
	SideClock    Side = "clock"
)

// View names whose view of a claim a document is. Observers read what staff read.
func (s Side) View() string {
	if s == SideObserver {
		s = SideStaff
	}
	return string(s)
}

// SideOf says on which side of a line of an order that the actor has read it stands.
func (a Actor) SideOf(o Order, l OrderLine) Side { return a.sideOf(o.BuyerEmail, l.SellerID) }

// sideOf says on which side of a case between this buyer (by email) and this seller the
// actor stands. Staff who are the buyer themselves are the buyer and nothing else.
func (a Actor) sideOf(buyerEmail, sellerID string) Side {
	switch a.Role {
	case RoleClock, RolePolicy:
		return SideClock
	case RoleAnonymous, RoleIntegration:
		return SideNone
	case RoleBuyer, RoleSeller, RoleAgent, RoleLead, RoleAdmin:
	}
	switch {
	case a.Email != "" && a.Email == buyerEmail:
		return SideBuyer
	case a.Role == RoleSeller && a.SellerID != "" && a.SellerID == sellerID:
		return SideSeller
	case a.IsStaff():
		return SideStaff
	case a.Role == RoleAdmin:
		return SideObserver
	}
	return SideNone
}
