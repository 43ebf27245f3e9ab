package ledger

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// What most closed entries have alike is written by hand, and whatever else there
// is goes along as JSON: so a field that is added to Entry is kept by itself.

// Flags of a field of a closed entry.
const (
	hasBase = 1 << iota
	sidesAreEqual
	baseIsDefenders
	baseIsSentinels
)

// commentPattern is the shape of most short ids of comments.
const commentPattern = "xxxxxxxx-xxxx"

// origin is what its times are written as distances from.
func (e *Entry) origin() time.Time { return e.Created.Truncate(time.Second) }

// putEntry writes an entry at rest.
func (c *columns) putEntry(e *Entry) error {
	l := e.Clone()
	c.putWord(e.Link.Cloud)
	c.putWord(e.Link.TenantID)
	c.putDigits(e.Link.IncidentID)
	c.putWord(e.Workspace)
	c.putTime(e.Created, time.Unix(0, 0))
	c.putTime(e.ClosedAt, e.origin())
	c.putNumber(e.Seq)
	for i := range e.Sides {
		c.putObservation(e, &e.Sides[i])
		l.Sides[i].Known, l.Sides[i].URL, l.Sides[i].Values = false, "", incident.Values{}
		l.Sides[i].Revision, l.Sides[i].ReadAt = time.Time{}, time.Time{}
	}
	for _, f := range incident.Fields() {
		c.putField(e, f)
	}
	c.putDone(e)
	c.putNumber(uint64(len(e.Decisions)))
	at := e.origin()
	for _, d := range e.Decisions {
		c.putDecision(d, at)
		at = d.At
	}
	l.Link, l.Workspace, l.Created, l.ClosedAt, l.Seq = incident.Link{}, "", time.Time{}, time.Time{}, 0
	l.Base, l.Decisions, l.fresh = [incident.FieldCount]*reconcile.Pair{}, nil, 0
	l.Comments.Done, l.Comments.ReadAt, l.Comments.TwinOurs, l.Comments.Sentinel = nil, [2]time.Time{}, false, 0
	l.Alerts.Done, l.Alerts.Related = nil, 0
	return c.putRemainder(l)
}

// putRemainder writes what few entries have.
func (c *columns) putRemainder(l *Entry) error {
	if reflect.ValueOf(*l).IsZero() {
		c.putWord("")
		return nil
	}
	document, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("encode entry: %w", err)
	}
	c.putWord(string(document))
	return nil
}

// names stand for an entry's own names in its URLs, so that those of all
// entries are alike.
func (e *Entry) names() []string {
	return []string{
		e.SentinelName(), "\x01name\x01", e.Link.TenantID, "\x01tenant\x01",
		e.Workspace, "\x01workspace\x01", "/" + e.Link.IncidentID, "\x01incident\x01",
	}
}

func (c *columns) putObservation(e *Entry, o *Observation) {
	url := strings.NewReplacer(e.names()...).Replace(o.URL)
	short := e.fullURL(url) == o.URL
	if !short {
		url = o.URL
	}
	c.putFlags(o.Known, short)
	c.putWord(url)
	c.putTime(o.Revision, e.origin())
	c.putTime(o.ReadAt, e.origin())
}

func (e *Entry) fullURL(short string) string {
	names := e.names()
	for i := 0; i < len(names); i += 2 {
		names[i], names[i+1] = names[i+1], names[i]
	}
	return strings.NewReplacer(names...).Replace(short)
}

func (c *columns) observation(e *Entry, o *Observation) {
	flags := c.number()
	o.Known, o.URL = flags&1 != 0, c.word()
	if flags&2 != 0 {
		o.URL = e.fullURL(o.URL)
	}
	o.Revision = c.time(e.origin())
	o.ReadAt = c.time(e.origin())
}

// putField writes what both sides hold of a field, and the base.
func (c *columns) putField(e *Entry, f incident.Field) {
	d, s, base := e.Sides[0].Values[f], e.Sides[1].Values[f], e.Base[f]
	c.putFlags(base != nil, d == s, base != nil && base[0] == d, base != nil && base[1] == s)
	c.putValue(d)
	if d != s {
		c.putValue(s)
	}
	if base != nil && base[0] != d {
		c.putValue(base[0])
	}
	if base != nil && base[1] != s {
		c.putValue(base[1])
	}
}

func (c *columns) field(e *Entry, f incident.Field) {
	flags := c.number()
	d := c.value()
	s := d
	if flags&sidesAreEqual == 0 {
		s = c.value()
	}
	e.Sides[0].Values[f], e.Sides[1].Values[f] = d, s
	if flags&hasBase == 0 {
		return
	}
	base := reconcile.Pair{d, s}
	if flags&baseIsDefenders == 0 {
		base[0] = c.value()
	}
	if flags&baseIsSentinels == 0 {
		base[1] = c.value()
	}
	e.Base[f] = &base
}

var digestPattern = restPrefix + strings.Repeat("x", restDigits)

// putValue writes a value, of digests the digits.
func (c *columns) putValue(v incident.Value) { c.putHex(string(v), digestPattern) }

func (c *columns) value() incident.Value { return incident.Value(c.hex(digestPattern)) }

// putDone writes which comments and alerts need nothing more.
func (c *columns) putDone(e *Entry) {
	c.putNumber(uint64(len(e.Comments.Done)))
	for _, id := range e.Comments.Done {
		c.putHex(id, commentPattern)
	}
	for _, at := range e.Comments.ReadAt {
		c.putTime(at, e.origin())
	}
	c.putFlags(e.Comments.TwinOurs)
	c.putNumber(uint64(e.Comments.Sentinel))
	c.putNumber(uint64(len(e.Alerts.Done)))
	for _, id := range e.Alerts.Done {
		c.putWord(id)
	}
	c.putNumber(uint64(e.Alerts.Related))
}

func (c *columns) done(e *Entry) {
	for range c.count() {
		e.Comments.Done = append(e.Comments.Done, c.hex(commentPattern))
	}
	for i := range e.Comments.ReadAt {
		e.Comments.ReadAt[i] = c.time(e.origin())
	}
	e.Comments.TwinOurs = c.number() == 1
	e.Comments.Sentinel = int(c.number())
	for range c.count() {
		e.Alerts.Done = append(e.Alerts.Done, c.word())
	}
	e.Alerts.Related = int(c.number())
}

func (c *columns) putDecision(d Decision, after time.Time) {
	c.putTime(d.At, after)
	c.putWord(strings.Join([]string{d.Field, d.Rule, d.Side, d.Winner, string(d.Result)}, "\n"))
	c.putWord(d.Reason)
	c.putWord(string(d.Defender))
	c.putWord(string(d.Sentinel))
	c.putWord(string(d.Value))
	c.putFlags(d.Base != nil)
	if d.Base != nil {
		c.putWord(string(d.Base[0]))
		c.putWord(string(d.Base[1]))
	}
}

func (c *columns) decision(after time.Time) Decision {
	d := Decision{At: c.time(after)}
	heads := strings.Split(c.word(), "\n")
	if len(heads) != 5 {
		c.bad = true
		return d
	}
	d.Field, d.Rule, d.Side, d.Winner, d.Result = heads[0], heads[1], heads[2], heads[3], Result(heads[4])
	d.Reason = c.word()
	d.Defender, d.Sentinel, d.Value = incident.Value(c.word()), incident.Value(c.word()), incident.Value(c.word())
	if c.number() == 1 {
		d.Base = &reconcile.Pair{incident.Value(c.word()), incident.Value(c.word())}
	}
	return d
}

// entry reads one; nil if it cannot be used.
func (c *columns) entry() *Entry {
	link := incident.Link{Cloud: c.word(), TenantID: c.word(), IncidentID: c.digits()}
	read := &Entry{Link: link, Workspace: c.word()}
	read.Created = c.time(time.Unix(0, 0))
	read.ClosedAt = c.time(read.origin())
	read.Seq = c.number()
	for i := range read.Sides {
		c.observation(read, &read.Sides[i])
	}
	for _, f := range incident.Fields() {
		c.field(read, f)
	}
	c.done(read)
	at := read.origin()
	for range c.count() {
		d := c.decision(at)
		read.Decisions, at = append(read.Decisions, d), d.At
	}
	remainder := c.word()
	if c.bad {
		return nil
	}
	return read.withRemainder(remainder)
}

// withRemainder adds what few entries have.
func (e *Entry) withRemainder(document string) *Entry {
	if document == "" {
		return e
	}
	var all Entry
	if json.Unmarshal([]byte(document), &all) != nil {
		return nil
	}
	all.Link, all.Workspace, all.Created, all.ClosedAt, all.Seq = e.Link, e.Workspace, e.Created, e.ClosedAt, e.Seq
	for i, o := range e.Sides {
		into := &all.Sides[i]
		into.Known, into.URL, into.Values, into.Revision, into.ReadAt = o.Known, o.URL, o.Values, o.Revision, o.ReadAt
	}
	all.Base, all.Decisions = e.Base, e.Decisions
	c := &all.Comments
	c.Done, c.ReadAt, c.TwinOurs, c.Sentinel = e.Comments.Done, e.Comments.ReadAt, e.Comments.TwinOurs, e.Comments.Sentinel
	all.Alerts.Done, all.Alerts.Related = e.Alerts.Done, e.Alerts.Related
	return &all
}

// usable reports whether what was read names an incident.
func (e *Entry) usable() bool {
	return e != nil && e.Link.IncidentID != "" && e.Workspace != ""
}
