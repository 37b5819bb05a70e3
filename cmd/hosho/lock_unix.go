//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lockSQLite makes sure that one process serves a SQLite file: its group commit and its
// limits hold within a process only. The lock ends with the process, however it ends. Other
// engines need none. Short commands (import, account) may work beside a server.
func lockSQLite(database string) (unlock func(), err error) {
	path := sqlitePath(database)
	if path == "" {
		return func() {}, nil
	}
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // beside the database the operator named
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("another hosho serves %s already: a SQLite file has one replica; use MySQL or MariaDB for several", path)
		}
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	// The file stays: to remove it would let two processes lock two files of one name.
	return func() { _ = f.Close() }, nil
}

// keepPrivate lets nobody else on the machine read what the program writes: databases, keys,
// evidence and lists of refused orders.
func keepPrivate() { unix.Umask(0o077) }
