// Command hosho is the marketplace guarantee as one program: the portal with its API and its
// background work (serve, demo), and the tools of those who run it (migrate, import, assess,
// account, token, doctor).
//
// It is wiring only: commands read configuration, open the store, plug mail and evidence into
// it, and start and stop what runs. What the guarantee is, models know.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // the marketplace's zone is known on machines without a zone database too

	"hosho/cmd/heap"
)

func main() {
	keepPrivate()
	heap.Ease()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// The exit codes of every command.
const (
	exitOK      = 0
	exitFailed  = 1 // what was asked for did not work
	exitUsage   = 2 // the command line or configuration is wrong; nothing was done
	exitPartial = 3 // an import that refused some orders
)

// run is the whole program. args are without the program's name, env is as of os.Environ. It
// ends when the command is done or ctx is, and returns the exit code.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := program{stdin: stdin, stdout: stdout, stderr: stderr}
	err := p.dispatch(ctx, args, env)
	var wrong problems
	var code exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &wrong):
		for _, line := range wrong {
			_, _ = fmt.Fprintln(stderr, "hosho: "+line)
		}
		return exitUsage
	case errors.As(err, &code):
		return int(code)
	}
	_, _ = fmt.Fprintln(stderr, "hosho: "+err.Error())
	return exitFailed
}

// program is what every command gets: where it reads and writes. Results go to stdout,
// progress, logs and errors to stderr.
type program struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	wrong  problems // what reading the command line found; told with what the command finds
}

func (p program) printf(format string, args ...any) { _, _ = fmt.Fprintf(p.stdout, format, args...) }

// problems are all faults of a command line and its environment, a line each.
type problems []string

func (p problems) Error() string { return strings.Join(p, "; ") }

func (p *problems) add(flag, format string, args ...any) {
	*p = append(*p, "--"+flag+": "+fmt.Sprintf(format, args...))
}

// err is nil when there are none.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// exitCode ends a command that has said all there is to say.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit %d", int(c)) }
