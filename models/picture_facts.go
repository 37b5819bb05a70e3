package models

import (
	"encoding/json"
	"strconv"
)

// PictureFacts is what inspection found in an upload beside what it shows. The file's maker
// wrote it, so it is missing, wrong or forged as easily as right: staff get hints out of it
// (HintsOf), no rule rests on it, and the parties' copy is without it.
type PictureFacts struct {
	DHash     string   `json:"dhash,omitempty"`  // difference hash, 16 hex digits; "" of a document or a plain picture
	Drawn     bool     `json:"drawn,omitempty"`  // a screen or a drawing, not a photo
	Editor    string   `json:"editor,omitempty"` // the program that saved it, as it names itself
	Camera    string   `json:"camera,omitempty"`
	TakenAt   Instant  `json:"taken_at,omitzero"`   // the camera's clock, as if it showed UTC where ZoneKnown is false
	ZoneKnown bool     `json:"zone,omitempty"`      // the camera said in which zone its clock is
	Located   bool     `json:"located,omitempty"`   // it said where it was taken
	Removed   []string `json:"removed,omitempty"`   // kinds of what the copy goes without
	Inspected bool     `json:"inspected,omitempty"` // false of files from before facts were kept
}

// forParties is what a party may know of a file, its own or the other's.
func (f PictureFacts) forParties() PictureFacts {
	return PictureFacts{Located: f.Located, Removed: f.Removed, Inspected: f.Inspected}
}

// hash is DHash as a number; ok is false where there is none.
func (f PictureFacts) hash() (hash uint64, ok bool) {
	hash, err := strconv.ParseUint(f.DHash, 16, 64)
	return hash, err == nil
}

// factsOf reads the column. What cannot be read costs its hints and nothing else.
func factsOf(raw *string) (f PictureFacts) {
	if raw == nil || json.Unmarshal([]byte(*raw), &f) != nil {
		return PictureFacts{}
	}
	return f
}

// forParties leaves out of files what staff alone may see.
func forParties(files []Evidence) []Evidence {
	out := make([]Evidence, len(files))
	for i, e := range files {
		e.Facts = e.Facts.forParties()
		out[i] = e
	}
	return out
}
