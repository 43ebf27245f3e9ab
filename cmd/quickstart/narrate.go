package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// shownMax keeps a burst of the life readable.
	shownMax = 12
	// widthMax is where a line is cut.
	widthMax = 120
)

func printIntroduction(out io.Writer, o options, s settings, programs []*process) {
	switch {
	case o.scenario == "none":
		fmt.Fprintf(out, `
An emulated Defender tenant and an emulated Sentinel workspace are empty, and the collector waits.

  put incidents in                curl -X PUT --data-binary @incident.json http://%s/control/defender/incidents
  watch, and edit either side     http://%s/
`, o.control, o.control)
	case s.bothWays():
		fmt.Fprintf(out, `
An emulated Defender tenant and an emulated Sentinel workspace live their scripted life (%q, seed %d):
a customer's analysts work in Defender, a provider's in Sentinel, on the same incidents. The collector
keeps both in step and writes the tables.

  watch, and edit either side     http://%s/
  why a field is as it is         http://%s/incidents
`, o.scenario, o.seed, o.control, s.Extensions.Ledger.Endpoint)
	default:
		fmt.Fprintf(out, `
An emulated Defender tenant lives its scripted life (%q, seed %d); the collector polls its incidents and
alerts and writes them to emulated Sentinel tables.

  both queues                     http://%s/
`, o.scenario, o.seed, o.control)
	}
	fmt.Fprintf(out, `  rows                            curl 'http://%s/control/rows?stream=Custom-DefenderIncident'
  metrics                         http://127.0.0.1:18888/metrics
  configuration                   %s
  logs                            %s, %s

`, o.control, o.config, programs[0].logPath, programs[1].logPath)
	if s.bothWays() && o.scenario != "none" {
		fmt.Fprintln(out, limitsInWords(o.limits))
	}
	if o.duration > 0 {
		fmt.Fprintf(out, "It ends by itself in %s, with a summary.\n\n", o.duration)
	} else {
		fmt.Fprint(out, "Ctrl-C ends it, with a summary.\n\n")
	}
}

func limitsInWords(enforced bool) string {
	if enforced {
		return "Sentinel takes 75 writes of incidents, comments and alerts each in five minutes; this life asks for more, so\n" +
			"that the collector falls behind, writes what matters most first, and takes minutes to settle at the end."
	}
	return "Sentinel takes 75 writes of incidents, comments and alerts each in five minutes. This life asks for more, so\n" +
		"that here they are counted and not enforced; `make run LIMITS=1` enforces them."
}

// narrator prints what happened since it last looked.
type narrator struct {
	*follower
	out      io.Writer
	started  time.Time
	bothWays bool
	seq      int
	ticks    int
	rows     int
}

// tick prints what is new, and every fifth time where things stand. A control
// port that does not answer is left for the next tick.
func (n *narrator) tick(ctx context.Context) {
	n.ticks++
	lines, err := n.notes(ctx)
	if err != nil {
		return
	}
	if n.bothWays {
		written, err := n.catchUp(ctx)
		if err != nil {
			return
		}
		lines = append(lines, written...)
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	for _, l := range lines[:min(len(lines), shownMax)] {
		n.print(l)
	}
	if more := len(lines) - shownMax; more > 0 {
		fmt.Fprintf(n.out, "         … and %d more\n", more)
	}
	if n.ticks%5 == 0 {
		n.stand(ctx)
	}
}

// notes are the life's own lines.
func (n *narrator) notes(ctx context.Context) ([]line, error) {
	notes, err := n.control.notes(ctx, n.seq)
	var lines []line
	for _, note := range notes {
		n.seq = max(n.seq, note.Seq)
		l := line{at: note.Time, side: "Defender", who: note.By, what: note.Text}
		if note.Side == "sentinel" {
			l.side = "Sentinel"
		}
		if l.who == "" {
			l.who = "the service"
		}
		if _, rest, ok := strings.Cut(l.what, ": "); ok {
			l.what = rest // one tenant needs no name
		}
		if n.bothWays && note.By == "" && !strings.Contains(l.what, " opened with ") {
			continue // what the service adds is not what there is to see here
		}
		lines = append(lines, l)
	}
	return lines, err
}

func (n *narrator) print(l line) {
	since := max(l.at.Sub(n.started), 0)
	mark := "  "
	if l.who == connector {
		mark = "→ "
	}
	text := fmt.Sprintf("  %02d:%02d  %s%-9s %-23s %s", int(since.Minutes()), int(since.Seconds())%60, mark, l.side, l.who, l.what)
	if utf8.RuneCountInString(text) > widthMax {
		text = string([]rune(text)[:widthMax-1]) + "…"
	}
	fmt.Fprintln(n.out, text)
}

// stand says where things stand.
func (n *narrator) stand(ctx context.Context) {
	s, err := n.control.summary(ctx)
	if err != nil {
		return
	}
	rows := 0
	for _, stream := range s.Streams {
		rows += stream.Rows
	}
	text := fmt.Sprintf("%s, %s; %d rows (+%d), p50 %s late", many(s.Incidents, "incident"), many(s.Alerts, "alert"), rows, rows-n.rows, milliseconds(s.Lag.P50))
	n.rows = rows
	if n.bothWays {
		r := n.life.Report()
		text += fmt.Sprintf("; people wrote %d times, the connector %d; %d not alike just now", r.Wrote[0][0]+r.Wrote[0][1], r.Wrote[2][0]+r.Wrote[2][1], len(n.life.Behind()))
	}
	fmt.Fprintf(n.out, "         %s\n", text)
}

func milliseconds(ms float64) time.Duration {
	return time.Duration(ms * float64(time.Millisecond)).Round(time.Millisecond)
}
