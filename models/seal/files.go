package seal

import "encoding/json"

// namedFile is what an event that gives or removes files says of one of them.
type namedFile struct {
	ID      string `json:"id"`
	SHA256  string `json:"sha256"`
	Size    int64  `json:"size"`
	Covered *int   `json:"covered"`

	seq int64
}

// filesIn are the files that events name with their hashes; those of chains from before events did name none.
func filesIn(events []Exported) []namedFile {
	var all []namedFile
	for _, e := range events {
		var data struct {
			Files []namedFile `json:"files"`
		}
		if e.redacted() || json.Unmarshal(e.Data, &data) != nil {
			continue
		}
		for _, f := range data.Files {
			f.seq = e.Seq
			all = append(all, f)
		}
	}
	return all
}

// compareFiles holds the files of a case file against what the chain said of them when they were given: bytes put in
// the place of others since show, whoever signed the case file.
func (r ExportReport) compareFiles(files []File) error {
	there := map[string]File{}
	for _, f := range files {
		there[f.ID] = f
	}
	for _, n := range r.files {
		f, ok := there[n.ID]
		if ok && (f.SHA256 != n.SHA256 || f.Size != n.Size || n.Covered != nil && *n.Covered != f.Covered) {
			return tampered(manifestEntry, "the file %.120q is not the one that event %d names", f.Name, n.seq)
		}
	}
	return nil
}
