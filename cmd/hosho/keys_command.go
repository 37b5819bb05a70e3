package main

import (
	"fmt"

	"hosho/models/seal"
)

type keysCommand struct {
	List   keysListCommand   `cmd:"" help:"Print the fingerprints, the key that signs first."`
	Rotate keysRotateCommand `cmd:"" help:"Sign with a new key from the next start on. What the old one signed stays good."`
}

type keysFlags struct {
	Keys string `placeholder:"DIR" help:"The folder of keys that serve is given."`
}

func (f keysFlags) check(wrong *problems) error {
	if f.Keys == "" {
		wrong.add("keys", "is needed: the folder of keys that serve is given")
	}
	return wrong.err()
}

type keysListCommand struct{ keysFlags }

func (cmd keysListCommand) Run(p program) error {
	wrong := p.wrong
	if err := cmd.check(&wrong); err != nil {
		return err
	}
	ring, err := readSealKeys(cmd.Keys)
	if err != nil {
		return err
	}
	if ring.current.IsZero() {
		return fmt.Errorf("keys: there is none in %s yet; the first start makes it", cmd.Keys)
	}
	p.printKeys(ring)
	return nil
}

type keysRotateCommand struct{ keysFlags }

func (cmd keysRotateCommand) Run(p program) error {
	wrong := p.wrong
	if err := cmd.check(&wrong); err != nil {
		return err
	}
	ring, err := rotateSealKey(cmd.Keys)
	if err != nil {
		return err
	}
	p.printKeys(ring)
	_, _ = fmt.Fprintln(p.stderr, "hosho: restart every replica, so that it signs with the new key")
	return nil
}

func (p program) printKeys(ring sealKeys) {
	line := func(state string, k seal.PublicKey) { p.printf("%-8s  %s\n", state, k.Fingerprint()) }
	line("signs", ring.current.Public())
	for _, k := range ring.retired {
		line("retired", k)
	}
}
