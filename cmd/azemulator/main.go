package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "azemulator:", err)
		os.Exit(1)
	}
}

// options is what the user asks for on the command line.
type options struct {
	listen   string
	control  string
	stateDir string
	scenario string
	seed     uint64
	graphRPM int
	rows     string
	rules    []string
	values   string
	faults   string

	workspaces []emulator.Workspace
	owners     map[string]string
	ruleDelay  time.Duration
	armLimits  bool
	armBuckets bool
}

func parseFlags(args []string, out io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("azemulator", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:18443", "`address` of all services, TLS, loopback only")
	flags.StringVar(&o.control, "control", "127.0.0.1:18080", "`address` of the control interface, plain, loopback only")
	flags.StringVar(&o.stateDir, "state-dir", "", "`directory` to write ca.pem to (default: a new temporary one)")
	flags.StringVar(&o.scenario, "scenario", "none", "`name` of a tenant's life to play: none, "+strings.Join(scenarioNames(), ", "))
	flags.Uint64Var(&o.seed, "seed", 1, "`number` that scenario, faults and ids come from")
	flags.IntVar(&o.graphRPM, "graph-rpm", 0, "enforced Graph `requests` a minute and tenant; 0 = no limit")
	flags.StringVar(&o.rows, "rows", "keep", "what to do with accepted rows: `keep or count`")
	flags.Func("dcr", "`file` with a data collection rule, or an ARM template that makes some; may be repeated (default: one built in)", func(name string) error {
		o.rules = append(o.rules, name)
		return nil
	})
	flags.StringVar(&o.values, "dcr-parameters", "", "`file` with parameters for the ARM templates of --dcr")
	flags.Func("workspace", "`RESOURCE_ID[,tenant=GUID][,state=standalone|onboarded|connected]` of a workspace with Sentinel, may be repeated (default: "+emulator.DefaultWorkspace+")", func(text string) error {
		w, err := parseWorkspace(text)
		o.workspaces = append(o.workspaces, w)
		return err
	})
	flags.Func("owners", "`A=B,C=D`: who owners in Defender are in Sentinel; the page takes them for the same", func(text string) (err error) {
		o.owners, err = parseOwners(text)
		return err
	})
	flags.DurationVar(&o.ruleDelay, "rule-delay", 5*time.Minute, "`time` from an accepted row of an alert to Sentinel's alert")
	flags.BoolVar(&o.armLimits, "arm-limits", true, "enforce Sentinel's own limits, 75 writes and 100 reads in five minutes")
	flags.BoolVar(&o.armBuckets, "arm-buckets", false, "enforce ARM's token buckets")
	flags.StringVar(&o.faults, "faults", "", "`file` with a fault plan, in force from the start")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if o.ruleDelay <= 0 {
		return options{}, fmt.Errorf("--rule-delay must be above 0, got %v", o.ruleDelay)
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return o, nil
}

// settings reads the files that the options name.
func (o options) settings() (emulator.Settings, error) {
	s := emulator.Settings{
		Seed: o.seed, GraphRPM: o.graphRPM, Rows: emulator.Rows(o.rows),
		Workspaces: o.workspaces, Owners: o.owners, RuleDelay: o.ruleDelay, ARMBuckets: o.armBuckets, LooseARMLimits: !o.armLimits,
	}
	var err error
	if s.DCRs, err = o.readRules(); err != nil {
		return s, err
	}
	if o.faults == "" {
		return s, nil
	}
	text, err := os.ReadFile(o.faults)
	if err != nil {
		return s, err
	}
	if s.Faults, err = emulator.ParsePlan(text); err != nil {
		return s, fmt.Errorf("%s: %w", o.faults, err)
	}
	return s, nil
}

// readRules reads the data collection rules, nil when none are named.
func (o options) readRules() ([]*emulator.DCR, error) {
	var texts [][]byte
	var values []byte
	for _, name := range o.rules {
		text, err := os.ReadFile(name) //nolint:gosec // the user names the file to read
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	if o.values != "" {
		var err error
		if values, err = os.ReadFile(o.values); err != nil {
			return nil, err
		}
	}
	if texts == nil {
		return nil, nil
	}
	rules, err := emulator.ParseDCRsWith(values, texts...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(o.rules, ", "), err)
	}
	return rules, nil
}

// run serves until ctx is done. Being asked to stop is no error.
func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parseFlags(args, out)
	if err != nil {
		return err
	}
	settings, err := o.settings()
	if err != nil {
		return err
	}
	e, err := emulator.New(settings)
	if err != nil {
		return err
	}
	p, err := newPlayer(o, e, out)
	if err != nil {
		return err
	}
	s, err := listen(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	announce(out, o, s, e)
	return s.serve(ctx, e, p)
}
