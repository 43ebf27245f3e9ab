package tally

import (
	"encoding/json"
	"slices"
	"time"
)

// Write is one line of GET /control/writes.
type Write struct {
	N         uint64          `json:"n"`
	Time      time.Time       `json:"time"`
	Side      string          `json:"side"`
	Tenant    string          `json:"tenant"`
	Workspace string          `json:"workspace"`
	ID        string          `json:"id"`
	Kind      string          `json:"kind"`
	Op        string          `json:"op"`
	Actor     string          `json:"actor"`
	By        string          `json:"by"`
	Before    json.RawMessage `json:"before"`
	After     json.RawMessage `json:"after"`
	Changed   []string        `json:"changed"`
	Lost      string          `json:"lost"`
}

// App reports whether the collector wrote it, or any other app with a token.
func (w Write) App() bool { return w.Actor == "app" }

// Person reports whether a person did.
func (w Write) Person() bool { return w.Actor == "person" }

// On is the side that was written to.
func (w Write) On() Side {
	if w.Side == "sentinel" {
		return Sentinel
	}
	return Defender
}

// Values is what a write of an incident left on its side, in words of neither
// service: by the name of a field, and "tags x" for each tag x. What is not set
// has no key; it is nil if the incident is no more.
func (w Write) Values(people People) map[string]string {
	switch {
	case w.Op == "delete":
		return nil
	case w.On() == Sentinel:
		return read[sentinelProperties](w.After).values()
	}
	return read[defenderDocument](w.After).values(people)
}

// Claim is the Defender incident that a write of a Sentinel incident says it
// stands for, by its label; "" for none.
func (w Write) Claim() (tenant, id string) {
	return splitKey(read[sentinelProperties](w.After).claim())
}

// moment is when a value was written by somebody who was not the collector.
type moment struct {
	at     time.Time
	person bool
}

// thread is what happened to one key of one incident since both sides last held
// the same.
type thread struct {
	// said is what people and services wrote on each side.
	said [2]map[string]moment
	// gone is said of before people made both sides alike by themselves: a write
	// that was under way then still has its reason.
	gone  [2]map[string]moment
	alike time.Time
}

// pair is an incident and the Sentinel incident that stands for it.
type pair struct {
	id       string // of the Defender incident
	now      [2]values
	opened   time.Time // in Defender
	threads  map[string]*thread
	merged   string // the incident it was merged into
	removed  bool   // a person deleted its twin
	comments [2]remarks
	related  map[string]bool // alerts of the twin
	titled   map[Field]bool  // a person wrote Sentinel's own, in its own words
	reopened bool            // the twin was edited by a person after the merge
	again    bool            // its twin was deleted at some time, and what hung on it
}

// Life goes through the writes of both sides in order and keeps what they come
// to. Feed it with Add; it is not for concurrent use.
type Life struct {
	// People are who is who on the two sides.
	People People
	// Last is the number of the newest write that was added.
	Last uint64

	report Report
	pairs  map[string]*pair
	twins  map[string]*pair // by the Sentinel incident's name
}

// NewLife is a life of which nothing is known yet.
func NewLife(people People) *Life {
	return &Life{People: people, pairs: map[string]*pair{}, twins: map[string]*pair{}, report: newReport()}
}

// Carried is what the collector brought to the other side by one write.
type Carried struct {
	Incident string        // of Defender
	Late     time.Duration // since the eldest edit that it brought; 0 = none that was seen
	Fields   []Field
}

// Add takes the next write and returns what it carried, if the collector wrote
// it.
func (l *Life) Add(w Write) Carried {
	l.Last = w.N
	p := l.pairOf(w)
	if p == nil {
		return Carried{}
	}
	l.report.count(w)
	c := Carried{Incident: p.id}
	switch w.Kind {
	case "incident", "merge", "move":
		c.Late, c.Fields = l.incident(p, w)
	case "comment":
		c.Late = l.comment(p, w)
	case "relation":
		l.relation(p, w)
	}
	if c.Late > 0 {
		l.report.Lag[w.On()] = append(l.report.Lag[w.On()], c.Late)
	}
	return c
}

// pairOf finds whose write it is; alerts of Defender are nobody's.
func (l *Life) pairOf(w Write) *pair {
	if w.On() == Defender {
		if w.Kind == "alert" {
			return nil
		}
		return l.pair(pairKey(w.Tenant, w.ID), w.ID)
	}
	if p := l.twins[w.ID]; p != nil {
		return p
	}
	if key := read[sentinelProperties](w.After).claim(); key != "" {
		_, id := splitKey(key)
		l.twins[w.ID] = l.pair(key, id)
	}
	return l.twins[w.ID]
}

func (l *Life) pair(key, id string) *pair {
	if l.pairs[key] == nil {
		l.pairs[key] = &pair{id: id, threads: map[string]*thread{}, related: map[string]bool{}, titled: map[Field]bool{}}
	}
	return l.pairs[key]
}

// incident takes a write of an incident's own members.
func (l *Life) incident(p *pair, w Write) (late time.Duration, carried []Field) {
	side := w.On()
	is, was := w.Values(l.People), p.now[side]
	p.now[side] = is
	p.lives(w, was == nil)
	if is == nil {
		return 0, nil
	}
	if w.App() && w.Op == "update" && len(w.Changed) == 0 && w.Lost == "" && !p.overtaken(w) {
		l.report.echo(w, p, "it changed nothing")
	}
	eldest := time.Time{}
	for _, key := range keys(was, is) {
		if was != nil && was[key] == is[key] {
			continue
		}
		if !w.App() {
			l.said(p, key, w)
			continue
		}
		if at, ok := l.brought(p, key, w, was); ok {
			carried = append(carried, FieldOf(key))
			if eldest.IsZero() || at.Before(eldest) {
				eldest = at
			}
		}
	}
	if w.App() && w.Op == "create" {
		eldest = p.opened // all that is there at once, as old as the incident
	}
	if !eldest.IsZero() && w.App() {
		late = w.Time.Sub(eldest)
	}
	return late, slices.Compact(carried)
}

// lives notes what a write says of the pair as a whole.
func (p *pair) lives(w Write, first bool) {
	switch {
	case w.On() == Defender:
		if first {
			p.opened = w.Time
		}
		p.merged = read[defenderDocument](w.After).Redirect
	case w.Op == "delete":
		p.again, p.removed, p.threads, p.related = true, !w.App(), map[string]*thread{}, map[string]bool{}
		p.comments[Sentinel] = remarks{}
	case w.Op == "create":
		p.removed = false
	case w.Person() && p.merged != "":
		p.reopened = true
	}
}

// overtaken reports whether a write that changed nothing had its reason when it
// was sent: a person did the same in the meantime.
func (p *pair) overtaken(w Write) bool {
	for _, t := range p.threads {
		if w.Time.Sub(t.alike) < afterwards && len(t.gone[w.On().other()]) > 0 {
			return true
		}
	}
	return false
}

// afterwards is how long a write may be under way.
const afterwards = 3 * time.Second

func (p *pair) thread(key string) *thread {
	t := p.threads[key]
	if t == nil {
		t = &thread{}
		p.threads[key] = t
	}
	return t
}

// said notes a value that somebody who is not the collector wrote.
func (l *Life) said(p *pair, key string, w Write) {
	side, f := w.On(), FieldOf(key)
	if side == Sentinel && f.oneWay() {
		p.titled[f] = true
		return
	}
	t := p.thread(key)
	if t.said[side] == nil {
		t.said[side] = map[string]moment{}
	}
	t.said[side][p.now[side][key]] = moment{w.Time, w.Person()}
	if p.alike(key) {
		if len(t.said[side.other()]) > 0 && w.Person() {
			l.report.Alike++
		}
		t.gone, t.said, t.alike = t.said, [2]map[string]moment{}, w.Time
	}
}

// brought takes a value that the collector wrote: whose it was and since when
// it waited, and what it was written over.
func (l *Life) brought(p *pair, key string, w Write, was values) (since time.Time, ok bool) {
	side, from := w.On(), w.On().other()
	t, is := p.thread(key), p.now[side]
	source, ok := t.said[from][is[key]]
	if !ok && w.Time.Sub(t.alike) < afterwards {
		source, ok = t.gone[from][is[key]]
	}
	if FieldOf(key).oneWay() {
		p.titled[FieldOf(key)] = false
	}
	lost, over := t.said[side][was[key]]
	switch {
	case w.Op == "create" || p.merged != "":
	case !ok && p.now[from] != nil:
		l.report.echo(w, p, string(FieldOf(key))+" was put back")
	case over && FieldOf(key) == Tags:
		l.report.TagsMet++
	case over && (lost.person || source.person):
		l.report.conflict(FieldOf(key), from, source, lost)
	}
	if p.alike(key) {
		delete(p.threads, key)
	}
	return source.at, ok
}

// alike reports whether both sides are there and hold the same under a key.
func (p *pair) alike(key string) bool {
	return p.now[Defender] != nil && p.now[Sentinel] != nil && p.now[Defender][key] == p.now[Sentinel][key]
}

func (l *Life) relation(p *pair, w Write) {
	alert := read[struct {
		ID string `json:"systemAlertId"`
	}](either(w.After, w.Before)).ID
	if w.Op == "create" && p.related[alert] && w.App() {
		l.report.echo(w, p, "an alert was related twice")
	}
	p.related[alert] = w.Op == "create"
}

func either(a, b json.RawMessage) json.RawMessage {
	if len(a) == 0 || string(a) == "null" {
		return b
	}
	return a
}
