package templates

import (
	"testing"
	"time"
)

// BenchmarkParse is most of what the program does between its start and its first answer.
func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(Options{Zone: time.UTC, Now: time.Now, Asset: func(name string) (string, bool) { return name, true }}); err != nil {
			b.Fatal(err)
		}
	}
}
