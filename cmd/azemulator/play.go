package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/scenario"
)

// newPlayer returns what plays the scenario in real time until its end or that
// of the context. Without a scenario it returns at once.
func newPlayer(o options, e *emulator.Emulator, out io.Writer) (func(context.Context) error, error) {
	if o.scenario == "none" {
		return func(context.Context) error { return nil }, nil
	}
	start := time.Now()
	steps, err := scenario.New(o.scenario, scenario.Settings{
		Seed: o.seed, Start: start, Tenants: []string{emulator.DefaultTenant},
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return playSteps(ctx, steps, start, e, out) }, nil
}

// playSteps puts each step in at its moment, counted from start, so that slow
// steps do not add up.
func playSteps(ctx context.Context, steps iter.Seq[scenario.Step], start time.Time, e *emulator.Emulator, out io.Writer) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	due := start
	for step := range steps {
		due = due.Add(step.After)
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		var document bytes.Buffer
		encoder := json.NewEncoder(&document)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(step.Incident); err != nil {
			return fmt.Errorf("scenario: %w", err)
		}
		if _, err := e.Put(step.Tenant, &document); err != nil {
			return fmt.Errorf("scenario: %w", err)
		}
		if step.Note != "" {
			fmt.Fprintf(out, "%s  %s\n", due.Local().Format(time.TimeOnly), step.Note)
		}
	}
	fmt.Fprintln(out, "The scenario is over; the services go on.")
	return nil
}
