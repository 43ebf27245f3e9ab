package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/tally"
)

// line is one thing that happened, for people to read.
type line struct {
	at   time.Time
	side string // where
	who  string
	what string
}

// follower goes through the writes of both sides as they come.
type follower struct {
	control *control
	life    *tally.Life
	last    time.Time // of the newest write
}

// catchUp takes the writes that came since, and tells what the collector did.
func (f *follower) catchUp(ctx context.Context) ([]line, error) {
	writes, err := f.control.writes(ctx, f.life.Last)
	if err != nil {
		return nil, err
	}
	var told []line
	related := map[string]int{} // by incident, the place of its line
	alerts := map[string]int{}
	for _, w := range writes {
		carried := f.life.Add(w)
		f.last = w.Time
		switch {
		case !w.App(), ofTheService(carried):
		case w.Kind == "relation":
			if alerts[carried.Incident]++; alerts[carried.Incident] == 1 {
				related[carried.Incident] = len(told)
				told = append(told, line{at: w.Time, side: w.On().String(), who: connector})
			}
			told[related[carried.Incident]].what = fmt.Sprintf("incident %s %s related", carried.Incident, many(alerts[carried.Incident], "alert"))
		default:
			told = append(told, line{at: w.Time, side: w.On().String(), who: connector, what: tell(w, carried)})
		}
	}
	return told, nil
}

// ofTheService reports whether a write carried nothing but what the service says
// of an incident, which people do not edit.
func ofTheService(c tally.Carried) bool {
	for _, f := range c.Fields {
		if f != tally.Title && f != tally.Description {
			return false
		}
	}
	return len(c.Fields) > 0
}

// connector is who the collector is among the people.
const connector = "the connector"

// tell words a write of the collector.
func tell(w tally.Write, c tally.Carried) string {
	var what string
	switch {
	case w.Lost != "":
		what = "written without effect"
	case w.Op == "create" && w.Kind == "incident":
		what = "opened"
	case w.Kind == "comment" && c.Late == 0:
		what = "told of it in a comment"
	case w.Kind == "comment":
		what = "comment copied"
	case len(c.Fields) > 0:
		var fields []string
		for _, field := range c.Fields {
			fields = append(fields, string(field))
		}
		what = strings.Join(fields, ", ") + " carried over"
	default:
		what = strings.Join(w.Changed, ", ") + " written"
	}
	if c.Late > 0 {
		what += fmt.Sprintf(", %s after", seconds(c.Late))
	}
	return "incident " + c.Incident + " " + what
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }

// settle waits until both sides have had their say: every revision has its row,
// nothing was written for a while, and the queues agree. It gives up when ctx
// ends, and returns where rows and limits stand. Where it takes long it says to
// out what it waits for.
func (f *follower) settle(ctx context.Context, bothWays bool, out io.Writer) (s summary, err error) {
	quietSince, told := time.Now(), time.Now()
	for {
		fresh, err := f.control.summary(ctx)
		if err != nil {
			return s, gaveUp(ctx, err)
		}
		s = fresh
		done := s.unwritten() == 0
		if bothWays {
			alike, err := f.quiet(ctx, s, &quietSince)
			if err != nil {
				return s, gaveUp(ctx, err)
			}
			done = done && alike
		}
		if done {
			return s, nil
		}
		if time.Since(told) >= tellEvery {
			told = time.Now()
			fmt.Fprintf(out, "  … waiting: %s without a row, %s not alike, %s to be raised\n",
				many(s.unwritten(), "revision"), many(len(f.life.Behind()), "incident"), many(s.raising(), "alert"))
		}
		select {
		case <-ctx.Done():
			return s, nil
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// quiet reports whether nothing was written since for long enough, and both
// queues agree. They are compared only then, since that reads all of them.
func (f *follower) quiet(ctx context.Context, s summary, since *time.Time) (bool, error) {
	before := f.life.Last
	if _, err := f.catchUp(ctx); err != nil {
		return false, err
	}
	if f.life.Last != before || s.raising() > 0 || len(f.life.Behind()) > 0 {
		*since = time.Now()
	}
	if time.Since(*since) < quietFor {
		return false, nil
	}
	*since = time.Now()
	a, err := f.compare(ctx)
	return len(a.Differ()) == 0, err
}

// compare holds both queues against each other.
func (f *follower) compare(ctx context.Context) (tally.Agreement, error) {
	defender, err := f.control.queue(ctx, "defender")
	if err != nil {
		return tally.Agreement{}, err
	}
	sentinel, err := f.control.queue(ctx, "sentinel")
	if err != nil {
		return tally.Agreement{}, err
	}
	return f.life.Compare(emulator.DefaultTenant, defender, sentinel), nil
}

// tellEvery is how often it is said that something is waited for.
const tellEvery = 10 * time.Second

// quietFor is how long nothing must be written for both sides to be done: some
// polls.
const quietFor = 3 * time.Second

// gaveUp is no error when time is up.
func gaveUp(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
