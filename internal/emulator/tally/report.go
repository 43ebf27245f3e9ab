package tally

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Report is what a life came to, in numbers.
type Report struct {
	// People, Services and Collector count writes on each side by what they
	// changed: a field, or comment, alert, merge, new incident, nothing.
	People, Services, Collector [2]map[string]int
	// Wrote counts writes: by whom (people, services, collector) on each side.
	Wrote [3][2]int
	// Conflicts are edits of both sides that met, and which stood.
	Conflicts []Conflict
	// TagsMet counts tags that both sides changed before either saw the other;
	// both changes hold. Alike counts edits of both sides to the same.
	TagsMet, Alike int
	// Echoes are writes of the collector that changed nothing, or put back what
	// was there.
	Echoes []Echo
	// Lag is how late edits arrived, by the side that they arrived on.
	Lag [2][]time.Duration
}

// Rule is by what a conflict seems to have been settled, judged by what stood.
type Rule string

// The rules.
const (
	LaterStood Rule = "the later edit stood"
	TieStood   Rule = "both at one moment, Defender's stood"
	EarlyStood Rule = "the earlier edit stood"
)

// Conflict is one field that both sides wrote differently before either saw the
// other.
type Conflict struct {
	Field  Field
	Winner Side
	Rule   Rule
	Apart  time.Duration // between the edits
}

// Echo is a write that nobody needed.
type Echo struct {
	N        uint64
	Side     Side
	Incident string
	Why      string
}

// String is one line for people.
func (e Echo) String() string {
	return fmt.Sprintf("write %d on %s, incident %s: %s", e.N, e.Side, e.Incident, e.Why)
}

func newReport() (r Report) {
	for _, by := range []*[2]map[string]int{&r.People, &r.Services, &r.Collector} {
		*by = [2]map[string]int{{}, {}}
	}
	return r
}

// Report is what is known so far.
func (l *Life) Report() Report { return l.report }

// count enters a write under what it changed.
func (r *Report) count(w Write) {
	by, row := &r.Services, 1
	switch {
	case w.App():
		by, row = &r.Collector, 2
	case w.Person():
		by, row = &r.People, 0
	}
	into := by[w.On()]
	r.Wrote[row][w.On()]++
	for what := range changedBy(w) {
		into[what]++
	}
}

// changedBy is what a write changed, each once.
func changedBy(w Write) map[string]bool {
	switch {
	case w.Kind == "comment":
		return map[string]bool{"comments": true}
	case w.Kind == "relation":
		return map[string]bool{"alerts": true}
	case w.Kind == "merge":
		return map[string]bool{"merges": true}
	case w.Op == "create":
		return map[string]bool{"new incidents": true}
	case w.Op == "delete":
		return map[string]bool{"deletions": true}
	}
	what := map[string]bool{}
	for _, member := range w.Changed {
		if f, ok := members()[member]; ok {
			what[string(f)] = true
		}
	}
	return what
}

// members are the fields that both services' members belong to.
func members() map[string]Field {
	return map[string]Field{
		"status": Status, "classification": Verdict, "determination": Verdict, "classificationReason": Verdict,
		"resolvingComment": Verdict, "classificationComment": Verdict, "assignedTo": Owner, "owner": Owner, "severity": Severity,
		"customTags": Tags, "labels": Tags, "displayName": Title, "title": Title, "description": Description,
	}
}

// Counted are all the words under which writes are counted, in the order in
// which they are told.
func Counted() []string {
	words := []string{"new incidents"}
	for _, f := range Fields() {
		words = append(words, string(f))
	}
	return append(words, "comments", "alerts", "merges", "deletions")
}

func (r *Report) conflict(f Field, winner Side, stood, lost moment) {
	c := Conflict{Field: f, Winner: winner, Rule: LaterStood, Apart: stood.at.Sub(lost.at).Abs()}
	switch {
	case stood.at.Equal(lost.at) && winner == Defender:
		c.Rule = TieStood
	case !stood.at.After(lost.at):
		c.Rule = EarlyStood
	}
	r.Conflicts = append(r.Conflicts, c)
}

func (r *Report) echo(w Write, p *pair, why string) {
	r.Echoes = append(r.Echoes, Echo{N: w.N, Side: w.On(), Incident: p.id, Why: why})
}

// Settled counts the conflicts by rule.
func (r Report) Settled() map[Rule]int {
	n := map[Rule]int{}
	for _, c := range r.Conflicts {
		n[c.Rule]++
	}
	return n
}

// Percentile is the lag that so many percent of the edits did not exceed, 0
// without any.
func Percentile(lags []time.Duration, percent int) time.Duration {
	if len(lags) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(lags))
	rank := (len(sorted)*percent + 99) / 100 // nearest rank, from 1
	return sorted[max(rank, 1)-1]
}

// Behind lists the incidents on which the sides differ as far as the writes
// tell, in order: cheap, to see whether it is time to compare the queues.
func (l *Life) Behind() []string {
	var ids []string
	for _, key := range slices.Sorted(maps.Keys(l.pairs)) {
		p := l.pairs[key]
		switch {
		case p.now[Defender] == nil, p.merged != "", p.removed:
		case p.now[Sentinel] == nil, p.waiting() > 0, len(p.differs()) > 0:
			ids = append(ids, p.id)
		}
	}
	return ids
}

// differs names the fields that both sides hold differently, but for those that
// Sentinel may have for itself.
func (p *pair) differs() []Field {
	var found []Field
	for _, key := range keys(p.now[Defender], p.now[Sentinel]) {
		if f := FieldOf(key); !p.alike(key) && !p.titled[f] {
			found = append(found, f)
		}
	}
	return slices.Compact(found)
}
