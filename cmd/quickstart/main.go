package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	controlAddress = "127.0.0.1:18080"
	listenAddress  = "127.0.0.1:18443"
	// startTimeout bounds the wait for each program to answer.
	startTimeout = 30 * time.Second
	// arriveTimeout bounds the wait for what is under way at the end: a few
	// polls, and the exporter's queue.
	arriveTimeout = 20 * time.Second
	// stopTimeout is how long a program has to end cleanly.
	stopTimeout = 15 * time.Second
)

type options struct {
	duration time.Duration
	config   string
	scenario string
	seed     uint64
	dist     string
	state    string
}

func main() {
	var o options
	flag.DurationVar(&o.duration, "for", 0, "end by itself after this long; 0 = until Ctrl-C")
	flag.StringVar(&o.config, "config", "config/quickstart.yaml", "collector configuration")
	flag.StringVar(&o.scenario, "scenario", "life", "the emulator's scripted life, or none")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the scripted life")
	flag.StringVar(&o.dist, "dist", "dist", "folder with the built programs")
	flag.StringVar(&o.state, "state", ".state", "folder for certificates, queues, cursors and logs; emptied first")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run starts both programs, narrates until ctx or the duration ends, and stops
// them in the order that loses nothing: life, collector, emulator.
func run(ctx context.Context, o options, out *os.File) (err error) {
	emulatorState, collectorState := filepath.Join(o.state, "azemulator"), filepath.Join(o.state, "collector")
	for _, dir := range []string{emulatorState, collectorState} {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
			return err
		}
	}
	control := newControl("http://" + controlAddress)

	emulator, err := start(filepath.Join(o.state, "azemulator.log"), nil, filepath.Join(o.dist, "azemulator"),
		"--listen", listenAddress, "--control", controlAddress, "--state-dir", emulatorState,
		"--scenario", o.scenario, "--seed", strconv.FormatUint(o.seed, 10), "--rows", "keep")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, emulator.stop(stopTimeout)) }()
	if err := control.waitHealthy(ctx, emulator, startTimeout); err != nil {
		return err
	}

	collector, err := start(filepath.Join(o.state, "collector.log"), []string{
		"AZEMULATOR_STATE=" + emulatorState, "COLLECTOR_STATE=" + collectorState, "QUICKSTART_OVERLAP=10m",
	}, filepath.Join(o.dist, "otelcol-defender"), "--config", o.config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, collector.stop(stopTimeout)) }()

	printIntroduction(out, o, emulator, collector)
	watched := watch(ctx, o, control, []*process{emulator, collector}, out)
	fmt.Fprintln(out, "\nStopping: the scripted life pauses, what is under way arrives, then both programs end.")
	return errors.Join(watched, finish(control, out))
}

// watch narrates until ctx ends, the duration passes, or a program ends by
// itself, which is an error.
func watch(ctx context.Context, o options, control *control, programs []*process, out *os.File) error {
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	narrator := &narrator{control: control, out: out}
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
			narrator.tick(ctx)
		}
	}
}

// finish lets everything under way arrive and prints the summary.
func finish(control *control, out *os.File) error {
	ctx, cancel := context.WithTimeout(context.Background(), arriveTimeout)
	defer cancel()
	if err := control.pause(ctx); err != nil {
		return err
	}
	s, err := control.waitWritten(ctx)
	if err != nil {
		return err
	}
	printSummary(out, s)
	if left := s.UnwrittenIncidentRevisions + s.UnwrittenAlertRevisions; left > 0 {
		return fmt.Errorf("%d revisions had not arrived %s after the life was paused; see the collector's log", left, arriveTimeout)
	}
	return nil
}
