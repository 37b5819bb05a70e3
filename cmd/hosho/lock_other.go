//go:build !unix

package main

// lockSQLite cannot tell here whether another process serves the file; do not start two.
func lockSQLite(string) (unlock func(), err error) { return func() {}, nil }

// keepPrivate has nothing to set here: files inherit who may read them from their folder.
func keepPrivate() {}
