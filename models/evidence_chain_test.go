package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"hosho/models/seal"
)

// Each event that gives files names them by hash, with how many parts of each were covered, whatever way they come,
// and a case file whose files are others says so.
func TestTheChainNamesFiles(t *testing.T) {
	m, _ := withEvidence(t)
	named := map[string]string{} // file by id, as the chain should say it
	give := func(by Actor, covered int) []string {
		t.Helper()
		content := fmt.Sprint("png:", len(named))
		u, err := m.ReceiveUpload(m.ctx, by, ReceiveUpload{FileName: "a.png", Covered: covered}, strings.NewReader(content))
		m.must(err)
		named[u.ID] = fmt.Sprintf("%s %d %d", digestOf([]byte(content)), len(content), covered)
		return []string{u.ID}
	}
	order := m.order("B-1", nil)
	m.clock.set(m.contact(order, NotReceived).Add(48 * time.Hour))
	in := filing(order, NotReceived)
	in.Evidence = append(give(m.buyer, 2), give(m.buyer, 0)...)
	c, err := m.FileClaim(m.ctx, m.buyer, in)
	m.must(err)
	m.must(errOf(m.SendClaimMessage(m.ctx, m.buyer, c.Number, ClaimMessage{Body: "写真です。", Evidence: give(m.buyer, 1)})))
	m.must(errOf(m.Act(m.ctx, m.buyer, c.Number, &AddEvidenceInput{Evidence: give(m.buyer, 3)})))
	m.must(errOf(m.Act(m.ctx, m.seller, c.Number, &ContestInput{Message: "発送しました。", Evidence: give(m.seller, 4), Hold: true})))
	m.clock.set(m.claim(c.Number).DueAt)
	m.run()
	m.must(errOf(m.Act(m.ctx, m.agent, c.Number, &AskInput{Party: SideBuyer, Question: "玄関は?"})))
	m.must(errOf(m.Act(m.ctx, m.buyer, c.Number, &AnswerInput{Message: "ありません。", Evidence: give(m.buyer, 5)})))

	events, err := m.ClaimEvents(m.ctx, m.agent, c.Number)
	m.must(err)
	found, kinds := map[string]string{}, []string{}
	for _, e := range events {
		if e.Redacted {
			continue
		}
		var data struct {
			Files []struct {
				ID, SHA256    string
				Size, Covered int
			}
		}
		m.must(json.Unmarshal(e.Data, &data))
		for _, f := range data.Files {
			found[f.ID] = fmt.Sprintf("%s %d %d", f.SHA256, f.Size, f.Covered)
		}
		if len(data.Files) > 0 {
			kinds = append(kinds, e.Type)
		}
	}
	if !reflect.DeepEqual(found, named) {
		t.Errorf("the chain names %v, given were %v", found, named)
	}
	if want := []string{"filed", "message_sent", "evidence_added", "contested", "answered"}; !reflect.DeepEqual(kinds, want) {
		t.Errorf("files are named by %v, want %v", kinds, want)
	}

	m.caseFile(m.seller, c.Number)
	m.mustExec("UPDATE uploads SET covered = 0 WHERE id = ?", in.Evidence[0])
	f, err := m.CaseFileOf(m.ctx, m.buyer, c.Number)
	m.must(err)
	var out bytes.Buffer
	m.must(f.Write(m.ctx, &out, CaseFileAbout{Locale: "ja"}, func([]seal.File) ([]CaseFilePart, error) { return nil, nil }))
	var wrong *seal.TamperedError
	if _, err := seal.VerifyBundle(bytes.NewReader(out.Bytes()), int64(out.Len())); !errors.As(err, &wrong) || !strings.Contains(wrong.Reason, "is not the one that event 1 names") {
		t.Errorf("a file changed in the database since: %v", err)
	}
}
