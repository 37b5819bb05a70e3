package templates

// Tour is the story of the sandbox under way, shown on every page: which step it is at, what
// to do now and the one button that leads there.
type Tour struct {
	Title         string
	Number, Steps int
	Text          string
	Here          bool // the reader is the one who acts, on the page where they do
	Last          bool // nothing is left to do but to read
	Button        string
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
