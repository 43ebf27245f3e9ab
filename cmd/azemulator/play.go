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

// player puts a scenario's steps into the emulator in real time.
type player struct {
	steps    iter.Seq[scenario.Step] // nil = no scenario
	start    time.Time
	emulator *emulator.Emulator
	out      io.Writer
}

func newPlayer(o options, e *emulator.Emulator, out io.Writer) (*player, error) {
	p := &player{start: time.Now(), emulator: e, out: out}
	if o.scenario == "none" {
		return p, nil
	}
	steps, err := scenario.New(o.scenario, scenario.Settings{
		Seed: o.seed, Start: p.start, Tenants: []string{emulator.DefaultTenant},
	})
	p.steps = steps
	return p, err
}

// play puts each step in at its moment, counted from start, so that slow steps
// do not add up; after a pause it catches up. It returns at the scenario's end
// or the context's.
func (p *player) play(ctx context.Context) error {
	if p.steps == nil {
		return nil
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	due := p.start
	for step := range p.steps {
		due = due.Add(step.After)
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		if p.emulator.Playing(ctx) != nil {
			return nil
		}
		if err := p.put(step); err != nil {
			return fmt.Errorf("play scenario: %w", err)
		}
		if step.Note != "" {
			p.emulator.Note(step.Note)
			fmt.Fprintf(p.out, "%s  %s\n", due.Local().Format(time.TimeOnly), step.Note)
		}
	}
	fmt.Fprintln(p.out, "The scenario is over; the services go on.")
	return nil
}

func (p *player) put(step scenario.Step) error {
	var document bytes.Buffer
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(step.Incident); err != nil {
		return err
	}
	_, err := p.emulator.Put(step.Tenant, &document)
	return err
}
