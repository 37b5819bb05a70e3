package inspect

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bep/imagemeta"
)

// Facts is what a picture says of itself beside its pixels, and what it looks
// like. Whoever made the file wrote it: it may be missing, wrong or forged, so
// it serves as a hint and never as proof. None of it is in the parties' copy.
type Facts struct {
	DHash   uint64 // of the upright picture
	HasHash bool   // false for a picture too plain to be told by its hash
	Drawn   bool   // a screen or a drawing: others of the same program may have the same hash
	Editor  string // the program that saved it, as it names itself
	Camera  string // maker and model
	// TakenAt is the camera's clock, read as UTC where ZoneKnown is false; zero
	// where the picture has none.
	TakenAt   time.Time
	ZoneKnown bool
	Located   bool     // it said where it was taken
	Removed   []string // kinds of what was left out of the copy, in the order of Leavings
}

// What is left out of copies.
const (
	LeftEXIF     = "exif"
	LeftLocation = "location"
	LeftXMP      = "xmp"
	LeftIPTC     = "iptc"
	LeftProfile  = "profile"
	LeftText     = "text"
	LeftFrames   = "frames"   // all of an animation but the first
	LeftTrailing = "trailing" // bytes after the picture's end
)

// Leavings are all kinds.
var Leavings = []string{LeftEXIF, LeftLocation, LeftXMP, LeftIPTC, LeftProfile, LeftText, LeftFrames, LeftTrailing}

// leavings are the parts of a file that its copy goes without.
type leavings struct {
	kinds    []string
	exif     []byte // begins with its TIFF header
	xmp      []byte
	software string
	end      int64 // where the picture ends in the file; 0 is not known
}

func (l *leavings) add(kind string) {
	if !slices.Contains(l.kinds, kind) {
		l.kinds = append(l.kinds, kind)
	}
}

func (l *leavings) addEXIF(b []byte) {
	l.add(LeftEXIF)
	if l.exif == nil {
		l.exif = bytes.Clone(b)
	}
}

func (l *leavings) addXMP(b []byte) {
	l.add(LeftXMP)
	l.xmp = append(l.xmp, b[:min(len(b), maxXMP)]...)
}

const (
	maxXMP     = 64 << 10
	maxFact    = 100 // characters
	xmpInJPEG  = "http://ns.adobe.com/xap/1.0/\x00"
	iptcInJPEG = "Photoshop 3.0\x00"
	iccInJPEG  = "ICC_PROFILE\x00"
)

// segment notes an application segment or comment of a JPEG that is left out.
func (l *leavings) segment(marker byte, body []byte) {
	has := func(prefix string) bool { return bytes.HasPrefix(body, []byte(prefix)) }
	switch {
	case marker == 0xE1 && has("Exif\x00") && len(body) > 6:
		l.addEXIF(body[6:])
	case marker == 0xE1 && has(xmpInJPEG):
		l.addXMP(body[len(xmpInJPEG):])
	case marker == 0xED && has(iptcInJPEG):
		l.add(LeftIPTC)
	case marker == 0xE2 && has(iccInJPEG):
		l.add(LeftProfile)
	case marker == 0xFE:
		l.add(LeftText)
	}
}

// chunk notes a chunk of a PNG that is left out; body is its beginning.
func (l *leavings) chunk(name string, body []byte) {
	switch name {
	case "eXIf":
		l.addEXIF(body)
	case "iCCP":
		l.add(LeftProfile)
	case "acTL":
		l.add(LeftFrames)
	case "tEXt", "zTXt", "iTXt":
		key, text, _ := strings.Cut(string(body), "\x00")
		if key == "XML:com.adobe.xmp" {
			l.addXMP([]byte(text))
			return
		}
		l.add(LeftText)
		if key == "Software" && name != "zTXt" {
			l.software = strings.TrimLeft(text, "\x00")
		}
	}
}

// facts reads what the leavings say. size is the file's, in bytes.
func (f frame) facts(size int64) Facts {
	l := f.left
	out := Facts{Editor: fact(l.software)}
	out.readEXIF(l.exif)
	if m := creatorTool.FindSubmatch(l.xmp); m != nil {
		out.Editor = fact(string(m[1]))
	}
	if out.Located || xmpLocation.Match(l.xmp) {
		out.Located = true
		l.add(LeftLocation)
	}
	if l.end > 0 && l.end < size {
		l.add(LeftTrailing)
	}
	for _, kind := range Leavings {
		if slices.Contains(l.kinds, kind) {
			out.Removed = append(out.Removed, kind)
		}
	}
	return out
}

var (
	creatorTool = regexp.MustCompile(`CreatorTool(?:>|\s*=\s*["'])([^<"']{1,200})`)
	xmpLocation = regexp.MustCompile(`exif:GPSLatitude|GPSLongitude`)
)

// readEXIF takes what the block says as far as it can be read. It is written by
// strangers and worth a hint, so whatever breaks in it breaks nothing else.
func (f *Facts) readEXIF(block []byte) {
	if len(block) == 0 {
		return
	}
	defer func() { _ = recover() }() // the hint is lost, the picture is not
	words := map[string]string{}
	_, _ = imagemeta.Decode(imagemeta.Options{ // an error leaves what was read before it
		R: bytes.NewReader(block), ImageFormat: imagemeta.TIFF, Sources: imagemeta.EXIF, LimitNumTags: 500, LimitTagSize: 1000,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return !strings.Contains(t.Namespace, "IFD1") },
		HandleTag: func(t imagemeta.TagInfo) error {
			if strings.HasPrefix(t.Tag, "GPS") && (t.Tag == "GPSLatitude" || t.Tag == "GPSLongitude") {
				f.Located = true
			}
			if s, ok := t.Value.(string); ok && words[t.Tag] == "" {
				words[t.Tag] = fact(s)
			}
			return nil
		},
	})
	if s := words["Software"]; s != "" {
		f.Editor = s
	}
	f.Camera = words["Model"]
	if maker := words["Make"]; maker != "" && !strings.HasPrefix(strings.ToLower(f.Camera), strings.ToLower(maker)) {
		f.Camera = strings.TrimSpace(maker + " " + f.Camera)
	}
	taken := words["DateTimeOriginal"]
	if taken == "" {
		taken = words["CreateDate"]
	}
	const layout = "2006:01:02 15:04:05"
	if t, err := time.Parse(layout+"-07:00", taken+words["OffsetTimeOriginal"]); err == nil && words["OffsetTimeOriginal"] != "" {
		f.TakenAt, f.ZoneKnown = t.UTC(), true
	} else if t, err := time.Parse(layout, taken); err == nil {
		f.TakenAt = t
	}
	if y := f.TakenAt.Year(); y < 1990 || y > 2200 {
		f.TakenAt, f.ZoneKnown = time.Time{}, false // a camera whose clock was never set
	}
}

// fact is a word of the file's as it may be shown: one line, no control
// characters, not long.
func fact(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "")
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxFact {
		s = string(r[:maxFact])
	}
	return strings.TrimSpace(s)
}
