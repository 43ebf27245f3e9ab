package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/tally"
)

// printRows sums up what came out as rows.
func printRows(out io.Writer, s summary) {
	fmt.Fprintf(out, `
Rows
  incidents          %6d   in %d revisions, %d overwritten between two polls, %d missing
  alerts             %6d   in %d revisions, %d overwritten between two polls, %d missing
`, s.Incidents, s.IncidentRevisions, s.SupersededIncidents, s.UnwrittenIncidentRevisions,
		s.Alerts, s.AlertRevisions, s.SupersededAlerts, s.UnwrittenAlertRevisions)
	for _, stream := range s.Streams {
		if stream.Rows > 0 {
			fmt.Fprintf(out, "  %-30s %6d   %d requests, %d bytes\n", stream.Name, stream.Rows, stream.Requests, stream.Bytes)
		}
	}
	fmt.Fprintf(out, "  lag, change to row      p50 %s, p99 %s over %d revisions; %d rows sent twice\n",
		milliseconds(s.Lag.P50), milliseconds(s.Lag.P99), s.Lag.Count, s.DuplicateRows)
}

// printSync sums up who wrote what where, and what came of it.
func printSync(out io.Writer, r tally.Report, s summary) {
	fmt.Fprintf(out, "\nWrites                %10s %10s\n", "Defender", "Sentinel")
	for i, who := range []struct {
		name   string
		counts [2]map[string]int
	}{{"people", r.People}, {"the services", r.Services}, {connector, r.Collector}} {
		fmt.Fprintf(out, "  %-19s %10d %10d\n", who.name, r.Wrote[i][0], r.Wrote[i][1])
		for _, what := range tally.Counted() {
			if d, s := who.counts[0][what], who.counts[1][what]; d+s > 0 && i != 1 {
				fmt.Fprintf(out, "    %-17s %10s %10s\n", what, dash(d), dash(s))
			}
		}
	}
	var echoes [2]int
	for _, e := range r.Echoes {
		echoes[e.Side]++
	}
	fmt.Fprintf(out, "  %-19s %10d %10d   writes that changed nothing, or put back what was there\n", "echoes", echoes[0], echoes[1])
	for _, e := range r.Echoes[:min(len(r.Echoes), 3)] {
		fmt.Fprintf(out, "    %s\n", e)
	}
	printConflicts(out, r)
	printLag(out, r)
	printLimits(out, s)
}

func dash(n int) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprint(n)
}

// printConflicts says what met, and by which rule it seems to have been settled.
func printConflicts(out io.Writer, r tally.Report) {
	fmt.Fprintf(out, "\nConflicts             %10d   both sides edited one field otherwise before either saw the other\n", len(r.Conflicts))
	for _, rule := range []tally.Rule{tally.LaterStood, tally.TieStood, tally.EarlyStood} {
		fields := map[tally.Field]int{}
		winners, n := [2]int{}, 0
		for _, c := range r.Conflicts {
			if c.Rule == rule {
				n++
				fields[c.Field]++
				winners[c.Winner]++
			}
		}
		if n == 0 {
			continue
		}
		fmt.Fprintf(out, "  %-19s %10d   %s (Defender's %d, Sentinel's %d):", "", n, rule, winners[0], winners[1])
		comma := ""
		for _, f := range tally.Fields() {
			if fields[f] > 0 {
				fmt.Fprintf(out, "%s %s %d", comma, f, fields[f])
				comma = ","
			}
		}
		fmt.Fprintln(out)
	}
	if r.TagsMet > 0 {
		fmt.Fprintf(out, "  %-19s %10d   tags that crossed; the set was joined\n", "no quarrel", r.TagsMet)
	}
	if r.Alike > 0 {
		fmt.Fprintf(out, "  %-19s %10d   both sides did the same by themselves\n", "no quarrel", r.Alike)
	}
}

// printLag says how late edits arrived on the other side.
func printLag(out io.Writer, r tally.Report) {
	fmt.Fprintf(out, "\nLag, edit to write    %10s %10s %10s\n", "p50", "p99", "max")
	for _, to := range []tally.Side{tally.Sentinel, tally.Defender} {
		lags := r.Lag[to]
		name := "Defender → Sentinel"
		if to == tally.Defender {
			name = "Sentinel → Defender"
		}
		fmt.Fprintf(out, "  %-19s %10s %10s %10s   of %d\n", name, tally.Percentile(lags, 50).Round(time.Millisecond),
			tally.Percentile(lags, 99).Round(time.Millisecond), tally.Percentile(lags, 100).Round(time.Millisecond), len(lags))
	}
}

// printLimits says how much of Sentinel's own limits the life asked for.
func printLimits(out io.Writer, s summary) {
	if len(s.ARM.Limits) == 0 {
		return
	}
	fmt.Fprintf(out, "\nSentinel's limits, most in any five minutes\n")
	for _, l := range []struct{ key, name string }{
		{"put_incident", "incident writes"}, {"put_comment", "comment writes"}, {"put_relation", "alert relations"}, {"get_comments", "comment reads"},
	} {
		if limit, ok := s.ARM.Limits[l.key]; ok && limit.Requests > 0 {
			fmt.Fprintf(out, "  %-19s %10d   of %d; %d refused\n", l.name, limit.Largest, limit.Limit, limit.Refused)
		}
	}
}

// findingsShownMax keeps the end readable.
const findingsShownMax = 10

// printAgreement says whether both sides agree, incident by incident where they
// do not.
func printAgreement(out io.Writer, a tally.Agreement) {
	differ := a.Differ()
	excused := len(a.Findings) - len(differ)
	fmt.Fprintln(out)
	if len(differ) == 0 {
		fmt.Fprintf(out, "Both sides agree on %d of %d incidents, field by field, with comments and alerts.\n", a.Agree, a.Incidents)
	} else {
		fmt.Fprintf(out, "BOTH SIDES DO NOT AGREE: %s of %d.\n", many(len(differ), "incident"), a.Incidents)
	}
	for i, f := range differ {
		if i == findingsShownMax {
			fmt.Fprintf(out, "  … and %d more\n", len(differ)-i)
			break
		}
		fmt.Fprintf(out, "  incident %s %s\n", f.Incident, f.What)
	}
	if excused > 0 {
		fmt.Fprintf(out, "%s otherwise, as must be:\n", many(excused, "incident"))
	}
	for i, f := range slices.DeleteFunc(slices.Clone(a.Findings), func(f tally.Finding) bool { return !f.Excused }) {
		if i == findingsShownMax {
			fmt.Fprintf(out, "  … and %d more\n", excused-i)
			break
		}
		fmt.Fprintf(out, "  incident %s %s\n", f.Incident, f.What)
	}
}
