package templates

import (
	"strings"
	"time"
)

// Bare is the page's path without its query: the address it is known by.
func (p Page) Bare() string {
	bare, _, _ := strings.Cut(p.Path, "?")
	return bare
}

// Stretch is a period of the rules, drawn as a line between two things that happen.
type Stretch struct {
	Label, Icon string
	Length      time.Duration
	From, To    string // what happens at its ends
	Text        string
}
