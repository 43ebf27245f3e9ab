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

// player puts a scenario into the emulator in real time.
type player struct {
	steps    iter.Seq[scenario.Step] // of whole documents; nil = none
	moves    iter.Seq[scenario.Move] // of people on both sides, in place of steps
	start    time.Time
	emulator *emulator.Emulator
	out      io.Writer
}

func newPlayer(o options, e *emulator.Emulator, out io.Writer) (p *player, err error) {
	p = &player{start: time.Now(), emulator: e, out: out}
	settings := scenario.Settings{Seed: o.seed, Start: p.start, Tenants: []string{emulator.DefaultTenant}}
	switch o.scenario {
	case "none":
	case scenario.BothWaysName:
		p.moves, err = scenario.BothWays(settings)
	default:
		p.steps, err = scenario.New(o.scenario, settings)
	}
	return p, err
}

// scenarioNames are the values of --scenario besides none.
func scenarioNames() []string {
	return append([]string{scenario.BothWaysName}, scenario.Names()...)
}

// event is one thing that happens.
type event struct {
	after  time.Duration // since the one before
	note   emulator.Note
	happen func() (done bool, err error) // not done: there is nothing to do it to
}

// events is the scenario as things that happen.
func (p *player) events() iter.Seq[event] {
	return func(yield func(event) bool) {
		if p.steps != nil {
			p.steps(func(s scenario.Step) bool {
				return yield(event{s.After, emulator.Note{Text: s.Note}, func() (bool, error) { return true, p.put(s) }})
			})
		}
		if p.moves != nil {
			p.moves(func(m scenario.Move) bool {
				return yield(event{m.After, emulator.Note{Text: m.Note, Side: emulator.Side(m.Side), By: m.By}, func() (bool, error) { return p.move(m) }})
			})
		}
	}
}

// play lets each thing happen at its moment, counted from start, so that slow
// ones do not add up; after a pause it catches up. It returns at the scenario's
// end or the context's.
func (p *player) play(ctx context.Context) error {
	if p.steps == nil && p.moves == nil {
		return nil
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	due := p.start
	for next := range p.events() {
		due = due.Add(next.after)
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		if p.emulator.Playing(ctx) != nil {
			return nil
		}
		done, err := next.happen()
		if err != nil {
			return fmt.Errorf("play scenario: %w", err)
		}
		if done && next.note.Text != "" {
			p.emulator.AddNote(next.note)
			fmt.Fprintf(p.out, "%s  %s\n", due.Local().Format(time.TimeOnly), told(next.note))
		}
	}
	fmt.Fprintln(p.out, "The scenario is over; the services go on.")
	return nil
}

// told is a note as one line.
func told(note emulator.Note) string {
	switch note.Side {
	case emulator.SideDefender:
		return note.Text + ", in Defender, by " + note.By
	case emulator.SideSentinel:
		return note.Text + ", in Sentinel, by " + note.By
	}
	return note.Text
}

func (p *player) put(step scenario.Step) error {
	document, err := encode(step.Incident)
	if err != nil {
		return err
	}
	_, err = p.emulator.Put(step.Tenant, bytes.NewReader(document))
	return err
}

// move plays what the service or a person does. People find things otherwise
// than the script thought, since the sync and others work on them too: an
// incident that is not there, or was merged away, is left alone.
func (p *player) move(m scenario.Move) (done bool, err error) {
	if m.Story != nil {
		document, err := encode(m.Story)
		if err != nil {
			return false, err
		}
		stored, err := p.emulator.PutStory(m.Tenant, bytes.NewReader(document))
		return stored.Incidents > 0, err
	}
	if m.Merge != nil {
		_, err := p.emulator.MergeIncidents(m.Tenant, m.By, m.Merge, "")
		return err == nil, nil
	}
	change, err := encode(m.Change)
	if err != nil {
		return false, err
	}
	switch m.Side {
	case scenario.Defender:
		return p.emulator.EditIncident(m.Tenant, m.ID, m.By, change) == nil, nil
	case scenario.Sentinel:
		done, err = p.emulator.EditTwin(m.Tenant, m.ID, m.By, change)
		return done && err == nil, nil
	}
	return false, fmt.Errorf("no side %q", m.Side)
}

func encode(document map[string]any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(document)
	return text.Bytes(), err
}
