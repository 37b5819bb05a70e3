package models

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// UploadState says how far an upload has come.
type UploadState string

// The states of an upload.
const (
	UploadWaiting  UploadState = "waiting"  // granted, the bytes have not been looked at
	UploadReady    UploadState = "ready"    // passed inspection; may be attached
	UploadChecking UploadState = "checking" // passed inspection and may be attached; waits for its safety check
	UploadRejected UploadState = "rejected" // the file was at fault, for good
	UploadRemoved  UploadState = "removed"  // its bytes left under the retention rule
)

// What may be uploaded. The limits on pixels and pages are the inspector's.
const (
	MaxUpload       = 10 << 20       // bytes
	MaxCovered      = 100            // regions of a picture
	UploadsPerDay   = 1000           // of an account, in any 24 h of the machine's clock
	UploadLife      = 24 * time.Hour // of a file that is given on nothing
	grantLife       = 30 * time.Minute
	maxFileName     = 100 // characters
	nameOfNoName    = "file"
	reasonChecksum  = "checksum_mismatch"
	reasonCorrupt   = "corrupt"
	reasonNotThere  = "not_uploaded"
	stagingPrefix   = "staging"
	genericMedia    = "application/octet-stream"
	maxSpokenUpload = "10\u00a0MB"
)

// Upload is a file received, or about to be. It belongs to its account, and is gone 24 h
// after its creation (machine clock) if it is never attached.
type Upload struct {
	ID        string
	AccountID string
	State     UploadState
	FileName  string // as people called it: a name to show, never a path
	MediaType string // as declared while waiting, as found once ready
	Size      int64  // bytes
	SHA256    string // lower-case hex, of the bytes received
	Width     int    // pixels as shown; 0 for a PDF
	Height    int
	Pages     int // of a PDF, else 0
	HasThumb  bool
	Covered   int    // regions its uploader says were covered with solid boxes before it was sent
	Reason    string // why it was rejected
	CreatedAt Instant
	// ReceivedAt is when all of it had come and passed inspection; zero before. What is sent straight to the store is
	// announced first, and created then.
	ReceivedAt Instant
	ExpiresAt  Instant
	Attached   bool
	RemovedAt  Instant // the clock of the rules; zero while the bytes are there
}

type uploadRow struct {
	ID          string
	AccountID   string
	State       UploadState
	FileName    string
	MediaType   string
	Size        int64
	Sha256      string
	Width       int
	Height      int
	Pages       int
	StagingKey  string
	OriginalKey string
	CopyKey     string
	CopyType    string
	CopySize    int64
	ThumbKey    string
	Facts       *string // PictureFacts
	CopySha256  string
	ThumbSha256 string
	Fault       Fault
	FaultPart   EvidencePart
	FaultAt     Instant
	Covered     int
	Reason      string
	CreatedAt   Instant
	ReceivedAt  Instant
	ExpiresAt   Instant
	Attached    bool
	RemovedAt   Instant
	ScanAt      Instant // when a file that waits for its safety check is looked at next
	ScanTries   int
	Locked      bool    // the store is told, or being told, to keep it for a legal hold
	LockAt      Instant // when it is told next
	LockTries   int
}

func (uploadRow) TableName() string { return "uploads" }

func (r uploadRow) upload() Upload {
	return Upload{
		ID: r.ID, AccountID: r.AccountID, State: r.State, FileName: r.FileName, MediaType: r.MediaType, Size: r.Size, SHA256: r.Sha256,
		Width: r.Width, Height: r.Height, Pages: r.Pages, HasThumb: r.ThumbKey != "", Covered: r.Covered, Reason: r.Reason,
		CreatedAt: r.CreatedAt, ReceivedAt: r.ReceivedAt, ExpiresAt: r.ExpiresAt, Attached: r.Attached, RemovedAt: r.RemovedAt,
	}
}

// set writes what inspection found into the row.
func (r *uploadRow) set(found Inspection, keys blobKeys, f *tempFile) {
	r.State, r.Reason = UploadReady, ""
	r.MediaType, r.Size, r.Sha256 = found.MediaType, f.size, f.sha256
	r.Width, r.Height, r.Pages = found.Width, found.Height, found.Pages
	r.OriginalKey, r.CopyKey, r.ThumbKey = keys.original, keys.copy, keys.thumb
	r.CopyType, r.CopySize, r.CopySha256 = found.CopyMediaType, found.CopySize, found.CopySHA256
	if len(found.Thumbnail) > 0 {
		r.ThumbSha256 = digestOf(found.Thumbnail)
	}
	if found.Facts.Inspected {
		if b, err := json.Marshal(found.Facts); err == nil { // plain fields: it does not fail
			facts := string(b)
			r.Facts = &facts
		}
	}
}

// rejected is the error for a file that cannot be evidence.
func rejected(reason, fileName string) *Error {
	e := &Error{Kind: Invalid, Code: "upload_rejected", Args: map[string]any{"reason": reason, "name": fileName}}
	switch reason {
	case "too_large":
		e.Args["max"] = maxSpokenUpload
	case "too_many_pages":
		e.Args["max"] = 50
	}
	return e
}

// checkCovered refuses a number of covered regions that no picture has: a document has none.
func checkCovered(covered int, mediaType string) error {
	most := MaxCovered
	if mediaType == "application/pdf" {
		most = 0
	}
	if covered < 0 || covered > most {
		return fieldError("covered", "out_of_range", "min", 0, "max", most)
	}
	return nil
}

func tooLarge() *Error {
	return (&Error{Kind: TooLarge, Code: "too_large"}).With("max", maxSpokenUpload)
}

// mayUpload: everyone who is signed in; the integration has nothing to prove.
func mayUpload(by Actor) error {
	switch {
	case by.Role == RoleIntegration:
		return forbidden()
	case by.AccountID == "":
		return &Error{Kind: Unauthenticated, Code: "unauthenticated"}
	}
	return nil
}

// ownUpload loads an upload of the actor's own. Kinds: NotFound.
func (s *Store) ownUpload(ctx context.Context, by Actor, id string) (uploadRow, error) {
	var row uploadRow
	r := s.db(ctx).Raw("SELECT * FROM uploads WHERE id = ? AND account_id = ?", id, by.AccountID).Scan(&row)
	if r.Error != nil {
		return uploadRow{}, fmt.Errorf("read upload: %w", r.Error)
	}
	if r.RowsAffected == 0 || !row.Attached && row.ExpiresAt <= s.MachineNow() {
		return uploadRow{}, notFound()
	}
	return row, nil
}

// Uploads returns those of the ids that are uploads of the actor's own and still there, in
// the order asked, so that a form can be shown again with the files already given.
func (s *Store) Uploads(ctx context.Context, by Actor, ids []string) ([]Upload, error) {
	if len(ids) == 0 || by.AccountID == "" || by.Role == RoleIntegration {
		return nil, nil
	}
	if len(ids) > MaxPage {
		ids = ids[:MaxPage]
	}
	var rows []uploadRow
	if err := s.db(ctx).Raw("SELECT * FROM uploads WHERE id IN ? AND account_id = ? AND state <> ? AND (attached = ? OR expires_at > ?)", ids, by.AccountID, UploadRemoved, true, s.MachineNow()).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read uploads: %w", err)
	}
	found := map[string]Upload{}
	for _, r := range rows {
		found[r.ID] = r.upload()
	}
	var list []Upload
	for _, id := range ids {
		if u, ok := found[id]; ok {
			list = append(list, u)
			delete(found, id)
		}
	}
	return list, nil
}

// holdUploads keeps ready uploads of an account from the sweep until the given instant of
// the machine's clock, for something not yet sent that names them. Kinds: Invalid
// unknown_upload, as for attach.
func (tx *Store) holdUploads(ctx context.Context, account string, ids []string, until Instant) error {
	if len(ids) == 0 {
		return nil
	}
	n, err := tx.exec(ctx, `UPDATE uploads SET expires_at = CASE WHEN expires_at < ? THEN ? ELSE expires_at END
		WHERE id IN ? AND account_id = ? AND state IN ? AND (attached = ? OR expires_at > ?)`, until, until, ids, account, usable, true, tx.MachineNow())
	if err != nil {
		return fmt.Errorf("hold uploads: %w", err)
	}
	if n != int64(len(ids)) {
		return unknownUpload()
	}
	return nil
}

func unknownUpload() *Error {
	return &Error{Kind: Invalid, Code: "unknown_upload", Fields: []FieldError{{Field: "evidence", Code: "unknown_upload"}}}
}

// cleanFileName makes of whatever a client called a file a name that can be shown: the last
// part of a path of any system, without control characters or marks that turn the reading
// direction, at most 100 characters with its ending kept.
func cleanFileName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return -1 // joiners and bidi marks hide endings; a name does without them
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	name = norm.NFC.String(name) // only now: what was taken out may have stood between a letter and its accent
	name = strings.TrimSpace(name[strings.LastIndexByte(name, '/')+1:])
	name = strings.TrimLeft(name, ".- ") // no hidden file, no option, no parent folder
	if runes := []rune(name); len(runes) > maxFileName {
		end := []rune(path.Ext(name))
		if len(end) > 10 {
			end = nil
		}
		name = strings.TrimSpace(string(runes[:maxFileName-len(end)])) + string(end)
	}
	if !isVisible(name) {
		return nameOfNoName
	}
	return name
}

// endings are the usual endings of the types there are; the first is the one given.
var endings = map[string][]string{
	"image/png": {".png"}, "image/jpeg": {".jpg", ".jpeg", ".jpe", ".jfif"}, "image/webp": {".webp"}, "application/pdf": {".pdf"},
}

// nameFor is the file name with an ending that tells the truth about the type, so that a
// picture called invoice.exe is not saved as a program.
func nameFor(fileName, mediaType string) string {
	ext := path.Ext(fileName)
	for _, known := range endings[mediaType] {
		if strings.EqualFold(ext, known) {
			return fileName
		}
	}
	if len(endings[mediaType]) == 0 {
		return fileName
	}
	base := fileName
	for _, list := range endings {
		for _, known := range list {
			if strings.EqualFold(ext, known) {
				base = strings.TrimSuffix(fileName, ext)
			}
		}
	}
	if base == "" {
		base = nameOfNoName
	}
	return cut(base, maxFileName-len(endings[mediaType][0])) + endings[mediaType][0]
}
