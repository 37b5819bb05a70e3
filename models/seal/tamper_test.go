package seal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// tamper makes one change to a file, of the kinds that people and broken disks make.
func tamper(r *rand.Rand, file []byte) []byte {
	out := slices.Clone(file)
	at := r.IntN(len(out))
	length := 1 + r.IntN(min(200, len(out)-at))
	switch r.IntN(9) {
	case 0:
		out[at] ^= 1 << r.IntN(8)
	case 1:
		out[at] = byte(r.Uint32())
	case 2:
		return slices.Insert(out, at, byte(r.Uint32()))
	case 3:
		return slices.Delete(out, at, at+length)
	case 4:
		return out[:at]
	case 5:
		return append(out, file[at:at+length]...)
	case 6: // one stretch doubled
		return slices.Insert(out, at, file[at:at+length]...)
	case 7: // two stretches exchanged
		to := r.IntN(len(out) - length + 1)
		copy(out[at:], file[to:min(to+length, len(file))])
	case 8: // one stretch blackened
		for i := at; i < at+length; i++ {
			out[i] = '0'
		}
	}
	return out
}

// tamperExport makes one change to an export that leaves it JSON.
func tamperExport(r *rand.Rand, e *Export) {
	i, j := r.IntN(len(e.Items)), r.IntN(len(e.Items))
	x := &e.Items[i]
	switch r.IntN(10) {
	case 0:
		e.Items = slices.Delete(e.Items, i, i+1)
	case 1:
		e.Items = slices.Insert(e.Items, j, *x)
	case 2:
		e.Items[i], e.Items[j] = e.Items[j], e.Items[i]
	case 3:
		e.Items = e.Items[:i]
	case 4:
		*x = Exported{Event: x.Redacted()}
	case 5:
		x.Texts, x.Salts = nil, nil
	case 6:
		x.Hash = strings.Repeat("a", 64)
	case 7:
		x.At = Instant(madeAt.Add(time.Duration(r.IntN(1000)) * time.Second))
	case 8:
		x.Data = json.RawMessage(fmt.Sprintf(`{"amount":%d}`, r.IntN(10000)))
	case 9:
		e.Seal.Head = Head{x.Seq, x.Hash}
		e.Items, e.Seal.Events = e.Items[:i], e.Seal.Events[:i]
	}
}

// TestTamperingIsFound makes 10,000 random changes to case files and exports: each is found,
// and each untouched file is taken.
func TestTamperingIsFound(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	done := 0
	for done < 10_000 {
		events := exported(t, 1+r.IntN(7))
		key := testKey(t, byte(r.IntN(3)))
		text, file := exportText(t, key, events), testBundle(t, key, events)
		if _, err := VerifyExport(text); err != nil {
			t.Fatal(err)
		}
		if _, err := verifyBundle(file); err != nil {
			t.Fatal(err)
		}
		was, err := CanonicalJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			if changed := tamper(r, file); !bytes.Equal(changed, file) {
				done++
				if _, err := verifyBundle(changed); err == nil {
					t.Fatalf("seed %d: a changed case file passed", seed)
				}
			}
			changed := tamper(r, text)
			if r.IntN(2) == 0 {
				var e Export
				if err := json.Unmarshal(text, &e); err != nil {
					t.Fatal(err)
				}
				tamperExport(r, &e)
				if changed, err = json.Marshal(e); err != nil {
					t.Fatal(err)
				}
			}
			if is, err := CanonicalJSON(changed); err == nil && bytes.Equal(is, was) {
				continue // the same JSON in other writing
			}
			done++
			if _, err := VerifyExport(changed); err == nil {
				t.Fatalf("seed %d: a changed export passed:\n%s", seed, changed)
			}
		}
	}
}

// TestEveryByteOfACaseFileCounts changes each byte in turn.
func TestEveryByteOfACaseFileCounts(t *testing.T) {
	file := testBundle(t, testKey(t, 1), exported(t, 2))
	for i := range file {
		file[i] ^= 0x20
		if _, err := verifyBundle(file); err == nil {
			t.Errorf("byte %d of %d may be changed", i, len(file))
		}
		file[i] ^= 0x20
	}
}
