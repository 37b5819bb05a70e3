package models

import (
	"slices"
	"strings"
	"time"
)

// HintKind is what staff are told of a file beside what it shows.
type HintKind string

// The hints. None is a verdict: an honest picture may carry each of them.
const (
	HintSameFile    HintKind = "same_file"          // the same bytes were given on another claim
	HintNearPicture HintKind = "near_picture"       // nearly the same picture was
	HintEdited      HintKind = "edited"             // a program for changing pictures saved it
	HintScreenshot  HintKind = "screenshot"         // it has the size of a screen
	HintTakenBefore HintKind = "taken_before_order" // the camera's clock stood before the order
)

// HintKinds are all of them, in the order in which they are shown.
var HintKinds = []HintKind{HintSameFile, HintNearPicture, HintTakenBefore, HintEdited, HintScreenshot}

// Hint is one of them with why it is given.
type Hint struct {
	Kind    HintKind
	Claims  []Likeness // of the same file and the near picture
	Drawn   bool       // the picture is a screen or a drawing, which look alike by themselves
	Editor  string
	Device  Device
	TakenAt Instant
	Zoned   bool // the camera said in which zone its clock is
}

// editors are what programs that change pictures call themselves, in lower case. A camera's or
// a phone's own software is not among them.
var editors = []string{
	"photoshop", "lightroom", "illustrator", "gimp", "affinity", "pixelmator", "snapseed", "picsart", "canva", "paint.net", "paintshop", "corel", "procreate",
	"faceapp", "facetune", "meitu", "beautyplus", "picmonkey", "fotor", "photopea", "photoscape", "luminar", "capture one", "darktable", "krita", "inkscape",
	"polish", "remini", "clip studio", "medibang", "ibispaint", "imagemagick", "midjourney", "stable diffusion", "dall-e", "firefly",
}

// farthestZone is how far a clock of an unknown zone may run behind UTC.
const farthestZone = 12 * time.Hour

// HintsOf says what is worth a look in a file: given on a claim about an order placed at an
// instant, with what was found like it elsewhere. It is pure.
func HintsOf(e Evidence, placed Instant, like []Likeness) []Hint {
	var hints []Hint
	same, near := Hint{Kind: HintSameFile}, Hint{Kind: HintNearPicture, Drawn: e.Facts.Drawn}
	for _, l := range like {
		if l.Same {
			same.Claims = append(same.Claims, l)
		} else {
			near.Claims = append(near.Claims, l)
		}
	}
	for _, h := range []Hint{same, near} {
		if len(h.Claims) > 0 {
			hints = append(hints, h)
		}
	}
	f := e.Facts
	latest := f.TakenAt
	if !f.ZoneKnown {
		latest = latest.Add(farthestZone)
	}
	if f.TakenAt != 0 && placed != 0 && latest < placed {
		hints = append(hints, Hint{Kind: HintTakenBefore, TakenAt: f.TakenAt, Zoned: f.ZoneKnown})
	}
	if slices.ContainsFunc(editors, func(name string) bool { return strings.Contains(strings.ToLower(f.Editor), name) }) {
		hints = append(hints, Hint{Kind: HintEdited, Editor: f.Editor})
	}
	if d, ok := deviceOf(e.Width, e.Height); ok && f.Camera == "" {
		hints = append(hints, Hint{Kind: HintScreenshot, Device: d})
	}
	return hints
}

// Device is whose screen has a size.
type Device struct {
	Kind          string // phone, tablet or computer
	Name          string // models that have it; "" where there are too many
	Width, Height int    // pixels, upright for a phone and a tablet
}

// devices are the screens that screenshots come from most. A new one is a line here.
var devices = []Device{
	{"phone", "iPhone SE (1), 5, 5s", 640, 1136},
	{"phone", "iPhone 6, 7, 8, SE (2, 3)", 750, 1334},
	{"phone", "iPhone 6 Plus, 7 Plus, 8 Plus", 1242, 2208},
	{"phone", "iPhone XR, 11", 828, 1792},
	{"phone", "iPhone X, XS, 11 Pro", 1125, 2436},
	{"phone", "iPhone XS Max, 11 Pro Max", 1242, 2688},
	{"phone", "iPhone 12 mini, 13 mini", 1080, 2340},
	{"phone", "iPhone 12, 13, 14", 1170, 2532},
	{"phone", "iPhone 12 Pro Max, 13 Pro Max, 14 Plus", 1284, 2778},
	{"phone", "iPhone 14 Pro, 15, 16", 1179, 2556},
	{"phone", "iPhone 14 Pro Max, 15 Plus, 16 Plus", 1290, 2796},
	{"phone", "iPhone 16 Pro, 17", 1206, 2622},
	{"phone", "iPhone 16 Pro Max", 1320, 2868},
	{"phone", "Android", 720, 1280},
	{"phone", "Android", 720, 1520},
	{"phone", "Android", 720, 1560},
	{"phone", "Android", 720, 1600},
	{"phone", "Android", 1080, 1920},
	{"phone", "Android", 1080, 2160},
	{"phone", "Android", 1080, 2220},
	{"phone", "Android", 1080, 2280},
	{"phone", "Android", 1080, 2316},
	{"phone", "Android", 1080, 2400},
	{"phone", "Android", 1080, 2408},
	{"phone", "Android", 1080, 2412},
	{"phone", "Android", 1080, 2424},
	{"phone", "Android", 1344, 2992},
	{"phone", "Android", 1440, 2560},
	{"phone", "Android", 1440, 2960},
	{"phone", "Android", 1440, 3088},
	{"phone", "Android", 1440, 3120},
	{"phone", "Android", 1440, 3200},
	{"phone", "Xperia", 1644, 3840},
	{"tablet", "iPad", 1536, 2048},
	{"tablet", "iPad", 1620, 2160},
	{"tablet", "iPad Air, iPad (10)", 1640, 2360},
	{"tablet", "iPad Pro", 1668, 2388},
	{"tablet", "iPad Pro", 2048, 2732},
	{"computer", "", 1280, 720},
	{"computer", "", 1366, 768},
	{"computer", "", 1440, 900},
	{"computer", "", 1536, 864},
	{"computer", "", 1920, 1080},
	{"computer", "", 1920, 1200},
	{"computer", "", 2560, 1440},
	{"computer", "MacBook", 2560, 1600},
	{"computer", "MacBook", 2880, 1800},
	{"computer", "MacBook Pro", 3024, 1964},
	{"computer", "MacBook Pro", 3456, 2234},
	{"computer", "", 3840, 2160},
}

// deviceOf finds a screen of exactly this size, or of it on its side for what is turned in the
// hand. Where a size is a computer's and a phone's on its side, the upright one counts.
func deviceOf(width, height int) (Device, bool) {
	if i := slices.IndexFunc(devices, func(d Device) bool { return d.Width == width && d.Height == height }); i >= 0 {
		return devices[i], true
	}
	if i := slices.IndexFunc(devices, func(d Device) bool { return d.Kind != "computer" && d.Width == height && d.Height == width }); i >= 0 {
		return devices[i], true
	}
	return Device{}, false
}
