package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// cli is the command line. Flags whose form must be checked are plain strings here, so that
// the checks (config.go) can name every fault at once.
type cli struct {
	Help helpFlag `short:"h" help:"Show help for the command."`

	Serve   serveCommand   `cmd:"" help:"Run the portal, its API and its background work."`
	Demo    demoCommand    `cmd:"" help:"Run a sample marketplace in one process, with a clock you can move."`
	Migrate migrateCommand `cmd:"" help:"Bring the database's schema up to this program, or list its changes."`
	Import  importCommand  `cmd:"" help:"Take in the marketplace's records."`
	Assess  assessCommand  `cmd:"" help:"Say for every order line whether a claim would be taken, and why not."`
	Account accountCommand `cmd:"" help:"Accounts of people and systems."`
	Token   tokenCommand   `cmd:"" help:"Tokens for the API."`
	Verify  verifyCommand  `cmd:"" help:"Check a case file or an export of events: exit 0 intact, 1 tampered with, 2 unreadable."`
	Keys    keysCommand    `cmd:"" help:"The keys that sign case files."`
	Doctor  doctorCommand  `cmd:"" help:"Check database, evidence store, mail, clock, keys and chains of events."`
}

// helpFlag prints the help of the command it stands behind, whatever else is missing.
type helpFlag bool

var errHelp = errors.New("help was shown")

func (helpFlag) IgnoreDefault() {}

func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	return errHelp
}

// dispatch reads the command line and runs the command it names.
func (p program) dispatch(ctx context.Context, args, env []string) error {
	twins := &environment{values: map[string]string{}}
	for _, pair := range env {
		if name, value, ok := strings.Cut(pair, "="); ok && value != "" && strings.HasPrefix(name, envPrefix) {
			twins.values[name] = value
		}
	}
	var c cli
	parser, err := kong.New(
		&c,
		kong.Name("hosho"),
		kong.Description("A marketplace's guarantee: contact, claims, evidence and decisions.\n\nEvery flag can be given as an environment variable instead, --time-zone as HOSHO_TIME_ZONE; the flag wins."),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(int) {}),
		kong.NoDefaultHelp(),
		kong.WithHyphenPrefixedParameters(true), // --workers -1 is a wrong number, not an unknown flag
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Resolvers(kong.ResolverFunc(twins.resolve)),
	)
	if err != nil {
		return err
	}
	selected, err := parser.Parse(args)
	if errors.Is(err, errHelp) {
		return nil
	}
	if err != nil {
		return problems{err.Error() + " (hosho --help lists what there is)"}
	}
	p.wrong = twins.wrong
	selected.BindTo(ctx, (*context.Context)(nil))
	return selected.Run(p)
}

const envPrefix = "HOSHO_"

// environment gives flags that are not on the command line their value from HOSHO_… twins.
// It looks at the environment run was given, never at the process's own.
type environment struct {
	values map[string]string
	wrong  problems // switches that are neither on nor off
}

func (e *environment) resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name := twin(flag.Name)
	value, ok := e.values[name]
	if !ok || flag.Name == "help" {
		return nil, nil //nolint:nilnil // kong's way of saying that there is no value
	}
	if !flag.IsBool() {
		return value, nil
	}
	if on, err := strconv.ParseBool(value); err == nil {
		return strconv.FormatBool(on), nil
	}
	e.wrong = append(e.wrong, name+": want true or false")
	return nil, nil //nolint:nilnil // as above; the fault is told with all others
}

func twin(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
