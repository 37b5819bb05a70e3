package templates

// Tour is the story of the sandbox under way, shown on every page: which step it is at, what
// to do now and the one button that leads there.
type Tour struct {
	Title         string
	Number, Steps int
	Text          string // the one thing to do now
	Rest          string // more about it, folded away where there is little room
	Last          bool   // nothing is left to do but to read
	Button, To    string // the way to the next thing; To is what it asks for beyond the step
	Action, End   string // form addresses: go to the step, leave the tour
	More          Link
}

// TourOffer is the block of the sandbox's home page: people to be and stories to follow.
type TourOffer struct {
	Start, SignIn string // form addresses
	Panel         string
	People        []TourPerson
	Stories       []TourStory
}

// TourPerson is somebody to be. Role is a word of the catalogue (role.…).
type TourPerson struct{ ID, Role, Name, Does string }

// TourStory is one story to follow.
type TourStory struct {
	Key, Title, Text string
	Steps            int
}
