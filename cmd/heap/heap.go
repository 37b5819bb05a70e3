// Package heap sets how often the garbage collector runs, for the program and for the bench
// that measures it.
package heap

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// room is what the heap may grow by, in bytes, before it is collected. Go collects when a
// heap has doubled; ours holds some ten megabytes, which a second of pages turns over many
// times, and collecting them took a fifth of the processor. The memory stays under what the
// scoreboard allows.
const room = 40 << 20

// smallest is the heap Go reckons with where less is alive, as when the program starts.
const smallest = 4 << 20

// Ease gives a small heap room to grow between collections, and a large one as much as Go
// does by itself. Whoever sets GOGC is left alone.
func Ease() {
	if os.Getenv("GOGC") != "" {
		return
	}
	first := percentOf(smallest)
	debug.SetGCPercent(first)
	watch(first)
}

// cycle is found unused by every collection.
type cycle struct{ _ *cycle } // with a pointer, so that it shares its place with nothing

// watch fits the share to what each collection has found alive.
func watch(percent int) {
	runtime.SetFinalizer(&cycle{}, func(*cycle) {
		alive := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(alive)
		fit := percent
		if alive[0].Value.Kind() == metrics.KindUint64 {
			fit = percentOf(alive[0].Value.Uint64())
		}
		if fit < percent*9/10 || fit > percent*11/10 {
			debug.SetGCPercent(fit)
			percent = fit
		}
		watch(percent)
	})
}

// percentOf is by how much a heap with so many bytes alive may grow.
func percentOf(alive uint64) int {
	const least, most = 100, 1600
	return int(min(most, max(least, room*100/max(1, alive))))
}
