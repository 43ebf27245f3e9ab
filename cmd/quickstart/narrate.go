package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// notesShownMax keeps a burst of the scripted life readable.
const notesShownMax = 5

func printIntroduction(out io.Writer, o options, emulator, collector *process) {
	fmt.Fprintf(out, `
An emulated Defender tenant lives its scripted life (%q, seed %d); the collector
polls its incidents and alerts and writes them to emulated Sentinel tables.

  emulator   https://%s   log %s
  control    http://%s    rows: curl 'http://%s/control/rows?stream=Custom-DefenderIncident'
  collector  %s   log %s
  metrics    http://127.0.0.1:18888/metrics

`, o.scenario, o.seed, listenAddress, emulator.logPath, controlAddress, controlAddress, o.config, collector.logPath)
	if o.duration > 0 {
		fmt.Fprintf(out, "It ends by itself in %s.\n\n", o.duration)
	} else {
		fmt.Fprint(out, "Ctrl-C ends it.\n\n")
	}
}

// narrator prints what happened since it last looked.
type narrator struct {
	control *control
	out     io.Writer
	seq     int
	ticks   int
	rows    int
}

// tick prints the life's new lines, and every fifth time where the rows stand.
// A control port that does not answer is left for the next tick.
func (n *narrator) tick(ctx context.Context) {
	n.ticks++
	notes, err := n.control.notes(ctx, n.seq)
	if err != nil {
		return
	}
	for i, note := range notes {
		n.seq = max(n.seq, note.Seq)
		if i < notesShownMax {
			fmt.Fprintf(n.out, "  Defender  %s\n", note.Text)
		}
	}
	if more := len(notes) - notesShownMax; more > 0 {
		fmt.Fprintf(n.out, "  Defender  … and %d more\n", more)
	}
	if n.ticks%5 != 0 {
		return
	}
	s, err := n.control.summary(ctx)
	if err != nil {
		return
	}
	rows := 0
	for _, stream := range s.Streams {
		rows += stream.Rows
	}
	fmt.Fprintf(n.out, "  Sentinel  %d rows (+%d) of %d incidents and %d alerts; lag p50 %s\n",
		rows, rows-n.rows, s.Incidents, s.Alerts, milliseconds(s.Lag.P50))
	n.rows = rows
}

func printSummary(out io.Writer, s summary) {
	fmt.Fprintf(out, `
Summary
  incidents          %6d   in %d revisions, %d overwritten between two polls, %d missing
  alerts             %6d   in %d revisions, %d overwritten between two polls, %d missing
  rows out by stream
`, s.Incidents, s.IncidentRevisions, s.SupersededIncidents, s.UnwrittenIncidentRevisions,
		s.Alerts, s.AlertRevisions, s.SupersededAlerts, s.UnwrittenAlertRevisions)
	for _, stream := range s.Streams {
		if stream.Rows > 0 {
			fmt.Fprintf(out, "    %-30s %6d   %d requests, %d bytes\n", stream.Name, stream.Rows, stream.Requests, stream.Bytes)
		}
	}
	fmt.Fprintf(out, "  lag, change to row          p50 %s, p99 %s over %d revisions\n",
		milliseconds(s.Lag.P50), milliseconds(s.Lag.P99), s.Lag.Count)
	fmt.Fprintf(out, "  rows sent twice    %6d\n", s.DuplicateRows)
}

func milliseconds(ms float64) time.Duration {
	return time.Duration(ms * float64(time.Millisecond)).Round(time.Millisecond)
}
