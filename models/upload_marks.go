package models

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// NearBits is how far apart the difference hashes of two pictures may be that are shown to
// staff as nearly the same: of 64 bits, 3. Measured on generated photos and conversations, a
// picture that was halved, saved again at quality 40 or had a line covered is 0 to 3 bits from
// itself, and the closest two different ones were 11 apart. With 3 the index stays simple, too:
// of four quarters of the hash, three bits leave one untouched, which is looked up as it is.
const NearBits = 3

// markReach bounds how many uploads with the same mark are looked at, the newest first. Of
// ten million pictures with even hashes a quarter is shared by 150.
const markReach = 300

// likeFiles bounds the files that are looked up at once: five marks each, within the 500
// selects SQLite takes in one statement.
const likeFiles = 90

// markRow is one mark of an upload: its SHA-256's beginning, or a quarter of its hash.
type markRow struct {
	Mark     int64
	UploadID string
	Dhash    int64
}

func (markRow) TableName() string { return "upload_marks" }

// marksOf are the marks of a file: values below 1<<18 are quarters of a hash, from 1<<62 on
// sums.
func marksOf(sha256 string, facts PictureFacts) (marks []int64, hash uint64) {
	if sum, err := strconv.ParseUint(sha256[:min(15, len(sha256))], 16, 62); err == nil {
		marks = append(marks, int64(sum|1<<62))
	}
	hash, ok := facts.hash()
	if !ok {
		return marks, 0
	}
	for i := range 4 {
		marks = append(marks, int64(i)<<16|int64(hash>>(16*i)&0xFFFF))
	}
	return marks, hash
}

// mark makes an upload findable by what it looks like.
func (tx *Store) mark(ctx context.Context, r uploadRow) error {
	marks, hash := marksOf(r.Sha256, factsOf(r.Facts))
	rows := make([]markRow, 0, len(marks))
	for _, m := range marks {
		rows = append(rows, markRow{m, r.ID, int64(hash)})
	}
	if err := tx.insert(ctx, &rows); err != nil {
		return fmt.Errorf("mark upload: %w", err)
	}
	return nil
}

// Likeness is a file of another claim that is the same as one's own, or nearly.
type Likeness struct {
	ClaimNumber string
	By          Side // who gave it there
	Same        bool // the same bytes
	Bits        int  // apart, of 64
}

// Likenesses finds, for each file of a claim, the claims in which the same file or nearly the
// same picture was given, strongest first, as far as the actor may open them. Only staff and
// admins are told anything.
func (s *Store) Likenesses(ctx context.Context, by Actor, v ClaimView) (map[string][]Likeness, error) {
	if v.Side != SideStaff && v.Side != SideObserver || len(v.Evidence) == 0 {
		return nil, nil
	}
	files := v.Evidence[:min(len(v.Evidence), likeFiles)]
	near, err := s.nearUploads(ctx, v.ID, files)
	if err != nil || len(near) == 0 {
		return nil, err
	}
	var ids []string
	for _, n := range near {
		ids = append(ids, n.UploadID)
	}
	slices.Sort(ids)
	given, err := find[givenLike](ctx, s, `SELECT a.upload_id, a.by_role, u.sha256, c.number, c.seller_id, b.email AS buyer_email
		FROM attachments a JOIN uploads u ON u.id = a.upload_id JOIN claims c ON c.id = a.subject_id JOIN buyers b ON b.id = c.buyer_id
		WHERE a.upload_id IN ? AND a.subject_kind = ? AND c.id <> ? ORDER BY a.attached_at DESC LIMIT 200`, slices.Compact(ids), OnClaim, v.ID)
	if err != nil {
		return nil, fmt.Errorf("read claims with the same files: %w", err)
	}
	all := map[string][]Likeness{}
	for _, g := range given {
		if side := by.sideOf(g.BuyerEmail, g.SellerID); side != SideStaff && side != SideObserver {
			continue // a case the actor is a party of
		}
		for _, n := range near {
			if n.UploadID != g.UploadID {
				continue
			}
			like := Likeness{g.Number, g.ByRole, g.Sha256 == n.own.SHA256, n.bits}
			if like.Same || n.bits <= NearBits {
				all[n.own.ID] = append(all[n.own.ID], like)
			}
		}
	}
	for id, list := range all {
		slices.SortStableFunc(list, func(a, b Likeness) int { return cmp.Compare(a.distance(), b.distance()) })
		seen := map[string]bool{}
		all[id] = slices.DeleteFunc(list, func(l Likeness) bool {
			again := seen[l.ClaimNumber]
			seen[l.ClaimNumber] = true
			return again
		})
	}
	return all, nil
}

// distance puts the same bytes before the same look.
func (l Likeness) distance() int {
	if l.Same {
		return -1
	}
	return l.Bits
}

type givenLike struct {
	UploadID   string
	ByRole     Side
	Sha256     string
	Number     string
	SellerID   string
	BuyerEmail string
}

// nearUpload is an upload that shares a mark with one of the files looked up.
type nearUpload struct {
	markRow
	own  Evidence
	bits int // apart; 64 where there is nothing to compare
}

// givenAgain stands in a mark's place for a file of the claim itself that was given on another too.
const givenAgain = -1

// nearUploads looks the marks of a claim's files up, each by a seek of its own, and which of the
// files were given on other claims as they are.
func (s *Store) nearUploads(ctx context.Context, claimID string, files []Evidence) ([]nearUpload, error) {
	var parts []string
	var args []any
	wanted := map[int64][]Evidence{}
	mine := map[string]bool{}
	for _, e := range files {
		mine[e.ID] = true
		marks, _ := marksOf(e.SHA256, e.Facts)
		for _, m := range marks {
			if wanted[m] = append(wanted[m], e); len(wanted[m]) == 1 {
				parts = append(parts, s.limited("SELECT mark, upload_id, dhash FROM upload_marks WHERE mark = ? ORDER BY upload_id DESC LIMIT ?"))
				args = append(args, m, markReach)
			}
		}
	}
	parts = append(parts, "SELECT ? AS mark, upload_id, 0 AS dhash FROM attachments WHERE upload_id IN ? AND subject_kind = ? AND subject_id <> ?")
	args = append(args, givenAgain, slices.Sorted(maps.Keys(mine)), OnClaim, claimID)
	rows, err := find[markRow](ctx, s, strings.Join(parts, " UNION ALL "), args...)
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", err)
	}
	again := map[string]bool{}
	for _, r := range rows {
		again[r.UploadID] = again[r.UploadID] || r.Mark == givenAgain
	}
	var near []nearUpload
	for _, r := range rows {
		if mine[r.UploadID] && !again[r.UploadID] {
			continue // given here alone
		}
		for _, own := range wanted[r.Mark] {
			n := nearUpload{r, own, 64}
			if hash, ok := own.Facts.hash(); ok && r.Dhash != 0 {
				n.bits = bits.OnesCount64(hash ^ uint64(r.Dhash))
			}
			if n.bits <= NearBits || r.Mark >= 1<<62 {
				near = append(near, n)
			}
		}
	}
	return near, nil
}
