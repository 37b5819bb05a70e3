package inspect

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tool finds a program these tests drive; without it they are skipped, or fail
// where HOSHO_TEST_REQUIRE names it.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if strings.Contains(os.Getenv("HOSHO_TEST_REQUIRE"), name) {
			t.Fatal(err)
		}
		t.Skip(name + " is not installed")
	}
	return path
}

func goList(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", args...).Output()
	if err != nil {
		t.Fatalf("go %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// Go's own pictures are taken and come out as they are seen; its broken ones
// are corrupt, and its others are of no type that is taken.
func TestGoImages(t *testing.T) {
	std := filepath.Join(goList(t, "env", "GOROOT"), "src", "image")
	var files []string
	for _, pattern := range []string{
		filepath.Join(std, "testdata", "*"), filepath.Join(std, "*", "testdata", "*"), filepath.Join(std, "png", "testdata", "pngsuite", "*"),
		filepath.Join(goList(t, "list", "-m", "-f", "{{.Dir}}", "golang.org/x/image"), "testdata", "*"),
	} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	counts := map[string]int{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // a folder
		}
		name := filepath.Base(file)
		if cut, is := strings.CutSuffix(name, ".bz2"); is {
			if b, err = io.ReadAll(bzip2.NewReader(bytes.NewReader(b))); err != nil {
				t.Fatal(err)
			}
			name = "invalid-" + cut // every one of them is a file that once broke a decoder
		}
		kind := map[string]string{".png": PNG, ".jpeg": JPEG, ".webp": WebP}[filepath.Ext(name)]
		switch {
		case kind == "":
			if got := refuses(t, b, ""); got != UnsupportedType {
				t.Errorf("%s: %s", name, got)
			}
			counts["other"]++
		case strings.HasPrefix(name, "invalid-"):
			if got := refuses(t, b, kind); got != Corrupt {
				t.Errorf("%s: %s, want corrupt", name, got)
			}
			counts["broken"]++
		default:
			r, copied := sees(t, b, kind)
			if r.CopyMediaType != kind || !sameEverywhere(decoded(t, kind, b), decoded(t, kind, copied)) {
				t.Errorf("%s: the copy is another picture", name)
			}
			counts[kind]++
		}
	}
	t.Log(counts)
	if counts[PNG] < 90 || counts[JPEG] < 25 || counts[WebP] < 15 || counts["broken"] < 6 {
		t.Errorf("Go's test data has moved: %v", counts)
	}
}

func sameEverywhere(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

// What cameras and programs write about a picture, exiftool writes into every
// kind of file it can, and finds nothing of in what a party can get.
func TestNothingForExiftool(t *testing.T) {
	exiftool := tool(t, "exiftool")
	dir := t.TempDir()
	files := map[string][]byte{
		"shot.png": pngOf(corners(64, 48)), "photo.jpg": jpegOf(corners(64, 48)), "scan.pdf": paper(1, ""),
		"turned.jpg": afterSOI(jpegOf(corners(64, 48)), segment(0xE1, append([]byte("Exif\x00\x00"), exif(6, binary.LittleEndian)...))),
		"shot.webp":  webpOf(vp8x(32, 16, 0), vp8(32, 16)),
	}
	args := []string{
		"-q", "-overwrite_original", "-GPSLatitude=35.6586", "-GPSLatitudeRef=N", "-GPSLongitude=139.7454", "-GPSLongitudeRef=E", "-GPSAltitude=40",
		"-Make=SecretCamera", "-Model=Secret One", "-SerialNumber=12345", "-Artist=Hana Secret", "-Copyright=Secret", "-ImageDescription=Secret",
		"-UserComment=Secret", "-Comment=Secret", "-DateTimeOriginal=2026:01:02 03:04:05", "-Software=Secret", "-LensModel=Secret", "-OwnerName=Secret",
		"-XMP:Creator=Secret", "-XMP:Title=Secret", "-XMP:Subject=Secret", "-XMP-exif:GPSLatitude=35.6586", "-IPTC:City=Secret", "-IPTC:By-line=Secret",
		"-Photoshop:URL=http://secret.example", "-ICC_Profile:ProfileDescription=Secret",
	}
	for name, b := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		cmd := exec.CommandContext(t.Context(), exiftool, append(slices.Clone(args), path)...)
		cmd.Stderr = &said
		err := cmd.Run()
		if err != nil && name != "shot.webp" { // older releases do not write it
			t.Fatalf("%s: %v\n%s", name, err, said.Bytes())
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if name != "shot.webp" && !bytes.Contains(b, []byte("Secret")) {
			t.Fatalf("%s: exiftool wrote nothing", name)
		}
		r, copied := sees(t, b, "")
		out := []string{path + ".copy" + filepath.Ext(name)}
		err = os.WriteFile(out[0], copied, 0o600)
		if r.Thumbnail != nil {
			out = append(out, path+".thumbnail.jpg")
			err = errors.Join(err, os.WriteFile(out[1], r.Thumbnail, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
		if before := tags(t, exiftool, path); name != "shot.webp" && len(before) < 10 {
			t.Fatalf("%s: exiftool finds only %v in the original", name, before)
		}
		for _, file := range out {
			if left := tags(t, exiftool, file); len(left) > 0 {
				t.Errorf("%s: exiftool finds %v", filepath.Base(file), left)
			}
		}
	}
}

// tags are what exiftool finds in a file beyond what the picture itself is and
// how the file stands on the disk.
func tags(t *testing.T, exiftool, file string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), exiftool, "-j", "-a", "-u", "-G1", file).Output()
	if err != nil {
		t.Fatalf("exiftool %s: %v", file, err)
	}
	var list []map[string]any
	if err := json.Unmarshal(out, &list); err != nil || len(list) != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	plain := strings.Fields(`SourceFile File:FileType File:FileTypeExtension File:MIMEType File:ImageWidth File:ImageHeight File:EncodingProcess File:BitsPerSample
		File:ColorComponents File:YCbCrSubSampling JFIF:JFIFVersion JFIF:ResolutionUnit JFIF:XResolution JFIF:YResolution JFIF:ThumbnailWidth JFIF:ThumbnailHeight
		PNG:ImageWidth PNG:ImageHeight PNG:BitDepth PNG:ColorType PNG:Compression PNG:Filter PNG:Interlace RIFF:VP8Version RIFF:ImageWidth RIFF:ImageHeight
		RIFF:HorizontalScale RIFF:VerticalScale PDF:PDFVersion PDF:Linearized PDF:PageCount PDF:Producer PDF:CreateDate PDF:ModifyDate
		Composite:ImageSize Composite:Megapixels`)
	var found []string
	for name := range list[0] {
		if !slices.Contains(plain, name) && !strings.HasPrefix(name, "System:") && !strings.HasPrefix(name, "ExifTool:") {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// Some ten thousand files that zzuf broke: each is refused for a reason, or all
// that is said about it is true; no PNG with a changed byte is taken.
func TestBrokenByZzuf(t *testing.T) {
	zzuf := tool(t, "zzuf")
	dir := t.TempDir()
	const copies = 1300
	for name, b := range map[string][]byte{
		PNG: pngOf(corners(16, 12)), JPEG: jpegOf(corners(24, 16)), "progressive": tinyJPEG(1, true), WebP: webpOf(vp8(16, 16)),
		"alpha": webpOf(vp8x(16, 16, 0x10), alph(16, 16, 9), vp8(16, 16)), "animation": webpOf(vp8x(16, 16, 2), anmf(0, 0, 16, 16, vp8l(16, 16, colorOf(9)))),
		PDF: paper(2, "/Lang(ja)"), "lossless": webpOf(vp8l(20, 10, colorOf(7))),
	} {
		// One long file of copies: zzuf breaks each in other places.
		path := filepath.Join(dir, "file")
		if err := os.WriteFile(path, bytes.Repeat(b, copies), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), zzuf, "-s", "7", "-r", fmt.Sprintf("%f", 3/float64(8*len(b))), "cat", path).Output()
		if err != nil || len(out) != copies*len(b) {
			t.Fatalf("zzuf: %v, %d bytes of %d", err, len(out), copies*len(b))
		}
		taken, same := 0, 0
		for n := range copies {
			changed := out[n*len(b):][:len(b)]
			if bytes.Equal(changed, b) {
				same++
				continue
			}
			if name == PNG {
				if got := refuses(t, changed, ""); got == "taken" {
					t.Errorf("png, copy %d: taken", n)
				}
				continue
			}
			if fuzz(t, changed) {
				taken++
			}
		}
		t.Logf("%s: %d of %d taken, %d unchanged", name, taken, copies, same)
	}
}
