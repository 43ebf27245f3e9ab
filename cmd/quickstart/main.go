package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/scenario"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/tally"
)

const (
	// startTimeout bounds the wait for each program to answer.
	startTimeout = 30 * time.Second
	// settleTimeout bounds the wait for what is under way at the end: a few
	// polls, the exporter's queue, and the rule.
	settleTimeout = 30 * time.Second
	// limitedTimeout is the same where writes have to wait for Sentinel's limits,
	// which count five minutes.
	limitedTimeout = 12 * time.Minute
	// stopTimeout is how long a program has to end cleanly.
	stopTimeout = 15 * time.Second
	// ruleDelay is from a row to Sentinel's alert: five minutes in Azure, which
	// nobody wants to wait for here.
	ruleDelay = 3 * time.Second
)

type options struct {
	duration time.Duration
	config   string
	scenario string
	seed     uint64
	limits   bool
	listen   string
	control  string
	dist     string
	state    string
}

func main() {
	var o options
	flag.DurationVar(&o.duration, "for", 0, "end by itself after this long; 0 = until Ctrl-C")
	flag.StringVar(&o.scenario, "scenario", scenario.BothWaysName, "the emulator's scripted life, or none")
	flag.StringVar(&o.config, "config", "", "collector configuration (default config/both-ways.yaml; of lives without people config/quickstart.yaml)")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the scripted life")
	flag.BoolVar(&o.limits, "limits", false, "enforce Sentinel's limits of 75 writes in five minutes")
	flag.StringVar(&o.listen, "listen", "127.0.0.1:18443", "the emulated services; the configuration must name it")
	flag.StringVar(&o.control, "control", "127.0.0.1:18080", "the emulator's control interface and page")
	flag.StringVar(&o.dist, "dist", "dist", "folder with the built programs")
	flag.StringVar(&o.state, "state", ".state", "folder for certificates, queues, cursors and logs; emptied first")
	flag.Parse()
	if o.config == "" {
		o.config = "config/both-ways.yaml"
		if slices.Contains(scenario.Names(), o.scenario) { // nobody works in Sentinel there
			o.config = "config/quickstart.yaml"
		}
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run starts both programs, narrates until ctx or the duration ends, and stops
// them in the order that loses nothing: life, collector, emulator.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	s, err := readSettings(o.config)
	if err != nil {
		return err
	}
	if err := free(o.listen, o.control); err != nil {
		return err
	}
	emulatorState, collectorState := filepath.Join(o.state, "azemulator"), filepath.Join(o.state, "collector")
	for _, dir := range []string{emulatorState, collectorState} {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
			return err
		}
	}
	f := &follower{control: newControl("http://" + o.control), life: tally.NewLife(s.people())}
	emulated, err := startEmulator(o, s, emulatorState)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, emulated.stop(stopTimeout)) }()
	if err := f.control.waitHealthy(ctx, emulated, startTimeout); err != nil {
		return err
	}
	env := []string{"AZEMULATOR_STATE=" + emulatorState, "COLLECTOR_STATE=" + collectorState, "QUICKSTART_OVERLAP=10m"}
	if o.limits {
		env = append(env, "SENTINEL_WRITES=75", "SENTINEL_COMMENT_READS=60")
	}
	collecting, err := start(filepath.Join(o.state, "collector.log"), env, filepath.Join(o.dist, "otelcol-defender"), "--config", o.config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, collecting.stop(stopTimeout)) }()

	programs := []*process{emulated, collecting}
	printIntroduction(out, o, s, programs)
	watched := watch(ctx, o, &narrator{follower: f, out: out, started: time.Now(), bothWays: s.bothWays()}, programs)
	return errors.Join(watched, finish(o, s, f, out))
}

func startEmulator(o options, s settings, state string) (*process, error) {
	args := []string{
		"--listen", o.listen, "--control", o.control, "--state-dir", state, "--scenario", o.scenario,
		"--seed", strconv.FormatUint(o.seed, 10), "--rows", "keep", "--rule-delay", ruleDelay.String(), "--arm-limits=" + strconv.FormatBool(o.limits),
	}
	if owners := s.owners(); owners != "" {
		args = append(args, "--owners", owners)
	}
	return start(filepath.Join(o.state, "azemulator.log"), nil, filepath.Join(o.dist, "azemulator"), args...)
}

// free says which address is taken, before a program says so in its log.
func free(addresses ...string) error {
	for _, address := range addresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("%s is taken, perhaps by another run: %w", address, err)
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

// watch narrates until ctx ends, the duration passes, or a program ends by
// itself, which is an error.
func watch(ctx context.Context, o options, n *narrator, programs []*process) error {
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-programs[0].done:
			return programs[0].unexpectedEnd()
		case <-programs[1].done:
			return programs[1].unexpectedEnd()
		case <-ticker.C:
			n.tick(ctx)
		}
	}
}

// finish lets everything under way arrive, sums up, and errs where something
// did not arrive or the sides do not agree.
func finish(o options, s settings, f *follower, out io.Writer) error {
	timeout := settleTimeout
	if o.limits {
		timeout = limitedTimeout
	}
	fmt.Fprintf(out, "\nThe scripted life pauses; what is under way arrives, for %s at most, then both programs end.\n", timeout)
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := f.control.pause(ctx); err != nil {
		return err
	}
	sum, err := f.settle(ctx, s.bothWays(), out)
	if err != nil {
		return err
	}
	printRows(out, sum)
	var faults []error
	if left := sum.unwritten(); left > 0 {
		faults = append(faults, fmt.Errorf("%d revisions had no row %s after the life was paused; see the collector's log", left, timeout))
	}
	if s.bothWays() {
		faults = append(faults, f.judge(s, sum, out))
	}
	return errors.Join(faults...)
}

// judge sums up the sync and compares both queues.
func (f *follower) judge(s settings, sum summary, out io.Writer) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	a, err := f.compare(ctx)
	if err != nil {
		return err
	}
	explain(ctx, s, a.Findings)
	printSync(out, f.life.Report(), sum)
	printAgreement(out, a)
	if n := len(a.Differ()); n > 0 {
		return fmt.Errorf("both sides do not agree on %s", many(n, "incident"))
	}
	return nil
}
