package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// burnt is time of the processor: that of this process, which is the program and its
// callers, and that of the database's server. Other work on the machine takes from the rate of
// a piece of work but adds little to what it burns, so that this says more on a busy machine.
type burnt struct {
	here, server time.Duration
}

func (p pace) burnt() burnt {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return burnt{}
	}
	return burnt{time.Duration(own.Utime.Nano() + own.Stime.Nano()), processTime(p.server)}
}

// since is what each of so many pieces of work took.
func (b burnt) since(before burnt, counts []int) burnt {
	n := 0
	for _, c := range counts {
		n += c
	}
	n = max(1, n)
	return burnt{(b.here - before.here) / time.Duration(n), (b.server - before.server) / time.Duration(n)}
}

// processTime is what a process has had of the processors; 0 where the system does not say.
func processTime(pid int) time.Duration {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// The name of the program stands in brackets and may hold spaces; its time in user mode
	// and in the kernel are the 12th and 13th after it, in hundredths.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const user, system = 11, 12
	if len(fields) <= system {
		return 0
	}
	var ticks int64
	for _, f := range [][]byte{fields[user], fields[system]} {
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// burnt says what either side took, and what their ratio would be by that alone.
func (c comparison) burnt() string {
	here := func(w window) float64 { return w.cpu.here.Seconds() }
	server := func(w window) float64 { return w.cpu.server.Seconds() }
	a, b := median(c.a, here)+median(c.a, server), median(c.b, here)+median(c.b, server)
	said := func(all []window) string {
		if s := median(all, server); s > 0 {
			return fmt.Sprintf("%v + %v in the database", seconds(median(all, here)), seconds(s))
		}
		return seconds(median(all, here)).String()
	}
	return fmt.Sprintf("%s against %s (%.2f)", said(c.a), said(c.b), b/max(a, 1e-9))
}
