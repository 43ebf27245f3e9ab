package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// judge goes through every accepted write of both services, in order, and holds
// the end against the laws: both sides agree; what a person wrote is on both
// sides, or lost a conflict that was recorded, the windows that cannot be closed
// apart; nothing was invented; comments are there once.
type judge struct {
	*player
	o         outcome
	decisions []decision
	incidents map[string]*tracked // by Defender id
	twins     map[string]string   // Sentinel name → Defender id
}

// tracked is what became of one incident so far.
type tracked struct {
	id      string
	now     [2]values // by side, nil while there is none
	fields  map[field]*thread
	merged  bool
	deleted time.Time // of the twin, zero while it lives
	twinned int       // how often a twin was made
	titled  map[field]bool
	closed  time.Time // when Defender closed since the deletion
	revived bool      // and reopened
	missed  bool      // perhaps between two polls
}

// thread is what became of one field.
type thread struct {
	base   string     // what both sides last had in common
	before string     // and what before that
	moved  time.Time  // when the base moved
	edits  [2]*edit   // a person's value that stands and that the other side does not have
	wrote  [2]*edit   // our last write
	values [2]history // all values that a side had
}

type history map[string]bool

// edit is a value that somebody wrote.
type edit struct {
	at            time.Time
	before, after string
}

func sideOf(s emulator.Side) int {
	if s == emulator.SideSentinel {
		return 1
	}
	return 0
}

func (p *player) judge() outcome {
	j := &judge{player: p, decisions: p.decisions.list(), incidents: map[string]*tracked{}, twins: map[string]string{}}
	for _, w := range p.emulator.Writes(0) {
		switch {
		case w.Kind == emulator.WriteIncident:
			j.write(w)
		case w.Side == emulator.SideDefender && text(object(w.After)["redirectIncidentId"]) != "":
			j.incident(w.ID).merged = true
		}
		if w.Actor == emulator.ActorApp {
			j.o.writes++
		}
	}
	j.end()
	j.budgets()
	j.o.requests = p.emulator.Summary().Requests
	return j.o
}

func (j *judge) breaks(format string, values ...any) {
	j.o.broken = append(j.o.broken, fmt.Sprintf(format, values...))
}

// story is all that was written of an incident, for the reader of a broken law.
func (p *player) history(id string) string {
	var b strings.Builder
	twins := map[string]string{}
	for _, w := range p.emulator.Writes(0) {
		of := w.ID
		if w.Side == emulator.SideSentinel {
			if twins[w.ID] == "" {
				twins[w.ID] = claimOf(object(w.After))
			}
			of = twins[w.ID]
		}
		if of == id {
			fmt.Fprintf(&b, "    %s %-8s %-8s %-7s %-6s %v %s\n", clock(w.Time), w.Side, w.Kind, w.Actor, w.Op, w.Changed, shortened(w.After))
		}
	}
	for _, d := range p.decisions.list() {
		if d.Incident == id {
			fmt.Fprintf(&b, "    %s decision %s: %s, %s %s\n", clock(d.At), d.Field, d.Rule, d.Result, d.Reason)
		}
	}
	return b.String()
}

func shortened(text []byte) string {
	const most = 260
	return string(text[:min(len(text), most)])
}

func (j *judge) incident(id string) *tracked {
	if j.incidents[id] == nil {
		j.incidents[id] = &tracked{id: id, fields: map[field]*thread{}, titled: map[field]bool{}}
		for _, f := range slices.Concat(bothWays, toSentinel) {
			j.incidents[id].fields[f] = &thread{values: [2]history{{}, {}}}
		}
	}
	return j.incidents[id]
}

// write takes one write of an incident of either side.
func (j *judge) write(w emulator.Write) {
	before, after := object(w.Before), object(w.After)
	side, of := sideOf(w.Side), ofDefender
	id := w.ID
	if w.Side == emulator.SideSentinel {
		of = ofSentinel
		if j.twins[w.ID] == "" {
			j.twins[w.ID] = claimOf(after)
		}
		id = j.twins[w.ID]
	}
	if id == "" {
		j.breaks("a Sentinel incident %s without its label", w.ID)
		return
	}
	i := j.incident(id)
	if w.Side == emulator.SideDefender && text(after["redirectIncidentId"]) != "" {
		i.merged = true
	}
	if w.Op == emulator.WriteDelete {
		i.deleted, i.closed, i.revived, i.now[side] = w.Time, time.Time{}, false, nil
		if i.now[0][fieldStatus] == "closed" {
			i.closed = w.Time.Add(-j.seen())
		}
		return
	}
	if side == 0 && !i.deleted.IsZero() {
		switch closed := ofDefender(after)[fieldStatus] == "closed"; {
		case closed && i.closed.IsZero():
			i.closed = w.Time
		case !closed && !i.closed.IsZero() && !i.revived:
			i.revived, i.missed = true, w.Time.Sub(i.closed) < j.seen()
		}
	}
	if w.Op == emulator.WriteCreate && side == 1 {
		i.twinned++
		if i.twinned > 1 && !i.revived {
			j.breaks("%s: its deleted twin was made again", id)
		}
		i.deleted = time.Time{}
	}
	was := of(before)
	if before == nil {
		was = nil
	}
	i.now[side] = of(after)
	for f := range i.fields {
		if was == nil || was[f] != i.now[side][f] {
			j.change(i, f, side, w, was[f], i.now[side][f])
		}
	}
}

// change takes one new value of one field.
func (j *judge) change(i *tracked, f field, side int, w emulator.Write, was, is string) {
	t, other := i.fields[f], i.now[1-side]
	t.values[side][is] = true
	theirs, twin := other[f], other != nil
	made := edit{w.Time, was, is}
	switch {
	case w.Actor == emulator.ActorApp && side == 1 && w.Op == emulator.WriteCreate:
		t.edits[1] = nil
	case w.Actor == emulator.ActorApp:
		if lost := t.edits[side]; lost != nil && f != fieldTags && !i.merged {
			j.overwritten(i, f, side, *lost, made)
		}
		if f != fieldTags && side == 0 && !t.values[1][is] {
			j.breaks("%s: %s of Defender became %q, which Sentinel never had", i.id, f, is)
		}
		if f != fieldTags && f != fieldDescription && side == 1 && !t.values[0][is] && !i.merged {
			j.breaks("%s: %s of Sentinel became %q, which Defender never had", i.id, f, is)
		}
		t.edits[side], t.wrote[side] = nil, &made
	default:
		if w.Actor == emulator.ActorPerson {
			j.o.edits++
		}
		i.titled[f] = i.titled[f] || side == 1
		t.edits[side] = &made
		unseen := is == t.before && w.Time.Sub(t.moved) < j.seen() // that both had another meanwhile
		if twin && (is == t.base || unseen) {
			t.edits[side] = nil // a return to the base is no edit (W2)
		}
	}
	if twin && theirs == is {
		if is != t.base {
			t.before, t.moved = t.base, w.Time
		}
		t.base, t.edits = is, [2]*edit{}
	}
}

// overwritten judges a person's value that gave way to a write of ours before
// the other side had it.
func (j *judge) overwritten(i *tracked, f field, side int, lost, by edit) {
	t := i.fields[f]
	if slices.Contains(toSentinel, f) {
		return // Sentinel's own title stands until Defender's next
	}
	for _, d := range j.decisions {
		if d.Incident != i.id || d.Field != string(f) {
			continue
		}
		if d.Rule == "conflict" || d.Rule == "first meeting" || d.Result == "overwritten" || d.Result == "taken as an edit" {
			j.o.lost++
			return
		}
	}
	if j.inWindow(t, side, lost, by) {
		j.o.excused++
		return
	}
	j.breaks("%s: %s edited to %q at %s was written over with %q at %s, and no conflict is recorded",
		i.id, f, lost.after, clock(lost.at), by.after, clock(by.at))
}

// inWindow tells whether an edit fell into a window that cannot be closed: just
// before our PATCH, which has no etag (W1); or, where an answer was lost or the
// collector died since our last write, back to what was there before or was
// asked (W3); or after a lost ledger (W6).
func (j *judge) inWindow(t *thread, side int, lost, by edit) bool {
	if side == 0 && by.at.Sub(lost.at) <= j.staleness() {
		return true
	}
	if j.script.has(deedForget) {
		return true
	}
	if w := t.wrote[side]; w != nil && (lost.after == w.before || lost.after == w.after) {
		return j.script.interrupted() || j.script.plays(emulator.FaultLostAnswer, emulator.FaultCut, emulator.FaultStatus)
	}
	return false
}

// staleness is how old what was read may be, with the time of a round trip.
func (j *judge) staleness() time.Duration {
	longest := time.Second
	for _, f := range j.script.Faults {
		switch f.Kind {
		case emulator.FaultStaleRead, emulator.FaultSlow, emulator.FaultLate:
			longest += time.Duration(f.Delay)
		default:
		}
	}
	return longest
}

// seen is how long a state must last to be seen for certain.
func (j *judge) seen() time.Duration {
	longest := 2*j.script.Poll + j.staleness()
	for _, a := range j.script.Acts {
		longest += a.Down
	}
	return longest
}

// end holds both queues against each other.
func (j *judge) end() {
	defender, err := j.queue("/control/defender/incidents")
	if err != nil {
		j.breaks("%v", err)
		return
	}
	sentinel, err := j.queue("/control/sentinel/incidents")
	if err != nil {
		j.breaks("%v", err)
		return
	}
	twins := map[string][]map[string]any{}
	for _, doc := range sentinel {
		properties, _ := doc["properties"].(map[string]any)
		id := claimOf(properties)
		twins[id] = append(twins[id], doc)
	}
	for _, doc := range defender {
		id := text(doc["id"])
		i := j.incident(id)
		switch n := len(twins[id]); {
		case n > 1:
			j.breaks("%s: %d Sentinel incidents", id, n)
		case n == 0 && i.deleted.IsZero() && !i.merged:
			j.breaks("%s: no Sentinel incident", id)
		case n == 0 && i.revived && !i.missed && !i.merged && text(doc["status"]) != "resolved":
			j.breaks("%s: its deleted twin was not made again after Defender reopened it", id)
		case n == 1 && i.merged:
			j.closedTwin(doc, twins[id][0])
		case n == 1:
			j.inStep(i, doc, twins[id][0])
		}
	}
}

// closedTwin is how the twin of a merged incident must be, but for what people
// did to it since.
func (j *judge) closedTwin(defender, sentinel map[string]any) {
	properties, _ := sentinel["properties"].(map[string]any)
	id, into := text(defender["id"]), text(defender["redirectIncidentId"])
	marked := false
	for _, label := range items(properties["labels"]) {
		marked = marked || strings.EqualFold(text(label["labelName"]), "redirected")
	}
	named := 0
	for _, c := range items(sentinel["comments"]) {
		message := commentText(c)
		if strings.Contains(message, "merged") && strings.Contains(message, into) {
			named++
		}
	}
	if !marked || named != 1 {
		j.breaks("%s: was merged into %s, marked %t, named in %d comments", id, into, marked, named)
	}
}

func commentText(c map[string]any) string {
	if properties, ok := c["properties"].(map[string]any); ok {
		return text(properties["message"])
	}
	return text(c["message"]) + text(c["comment"])
}

// inStep compares both sides of a living pair.
func (j *judge) inStep(i *tracked, defender, sentinel map[string]any) {
	properties, _ := sentinel["properties"].(map[string]any)
	d, s := ofDefender(defender), ofSentinel(properties)
	for _, f := range slices.Concat(bothWays, toSentinel) {
		if d[f] != s[f] && (!i.titled[f] || slices.Contains(bothWays, f)) {
			j.breaks("%s: %s is %q in Defender and %q in Sentinel", i.id, f, d[f], s[f])
		}
	}
	if alerts, related := len(items(defender["alerts"])), len(items(sentinel["alerts"])); alerts != related {
		j.breaks("%s: %d alerts, %d related", i.id, alerts, related)
	}
	j.comments(i, items(defender["comments"]), items(sentinel["comments"]))
}

// comments are on both sides, each once.
func (j *judge) comments(i *tracked, defender, sentinel []map[string]any) {
	count := map[string][2]int{}
	for side, list := range [2][]map[string]any{defender, sentinel} {
		for _, c := range list {
			for _, word := range []string{"defender ", "sentinel "} {
				if at := strings.Index(commentText(c), word); at >= 0 {
					key := word + number(commentText(c)[at+len(word):])
					n := count[key]
					n[side]++
					count[key] = n
				}
			}
		}
	}
	for key, n := range count {
		if strings.TrimRight(key, " ") == strings.TrimSpace(strings.Fields(key)[0]) {
			continue // no number behind it
		}
		if n != [2]int{1, 1} {
			j.breaks("%s: comment %q is %d times in Defender and %d times in Sentinel", i.id, key, n[0], n[1])
		}
	}
}

func number(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		return text
	}
	return text[:end]
}

// budgets are never exceeded, and a calm life has no write without a change.
func (j *judge) budgets() {
	summary := j.emulator.Summary()
	if !j.script.interrupted() && !j.script.plays(emulator.FaultStatus, emulator.FaultCut, emulator.FaultLostAnswer) {
		for name, limit := range summary.ARM.Limits {
			if limit.Refused > 0 {
				j.breaks("limit %s exceeded %d times", name, limit.Refused)
			}
		}
	}
	if j.script.calm() {
		for side, n := range summary.Sync.Idle {
			j.breaks("%d writes to %s changed nothing", n, side)
		}
	}
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }

func mustJSON(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // a mistake of this file
	}
	return body
}
