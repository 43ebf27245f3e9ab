package emulator

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/odata"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// document is one incident or alert as it was given: its members in order,
// each value as written, without the alerts of an incident.
type document struct {
	id      string
	members []rawjson.Member
	updated time.Time // lastUpdateDateTime, or the time of storing
	timed   bool      // lastUpdateDateTime was given
	size    int       // bytes of its JSON text
}

// value returns a member's text as written, or nil.
func (d *document) value(name string) []byte {
	for i := range d.members {
		if d.members[i].Name == name {
			return d.members[i].Value
		}
	}
	return nil
}

// field reads a member as a filter sees it. A member that is absent, or is no
// string, counts as null; so does a time that cannot be read.
func (d *document) field(name string, kind odata.Kind) odata.Value {
	if name == "lastUpdateDateTime" {
		return odata.Value{Null: !d.timed, Time: d.updated} // read once, for lists of thousands
	}
	text, ok := rawjson.String(d.value(name))
	if !ok {
		return odata.Value{Null: true}
	}
	if kind != odata.KindTime {
		return odata.Value{Text: text}
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	return odata.Value{Null: err != nil, Time: at}
}

func (d *document) equal(other *document) bool {
	if len(d.members) != len(other.members) {
		return false
	}
	for i := range d.members {
		if !bytes.Equal(d.members[i].Key, other.members[i].Key) || !bytes.Equal(d.members[i].Value, other.members[i].Value) {
			return false
		}
	}
	return true
}

// clone copies the document's text, so that it holds no larger text in memory.
func (d *document) clone() *document {
	text := make([]byte, 0, d.size)
	own := func(part []byte) []byte {
		start := len(text)
		text = append(text, part...)
		return text[start:len(text):len(text)]
	}
	fresh := *d
	fresh.members = make([]rawjson.Member, len(d.members))
	for i, m := range d.members {
		fresh.members[i] = rawjson.Member{Name: m.Name, Key: own(m.Key), Value: own(m.Value)}
	}
	return &fresh
}

// derive copies the document so that members can be set; values are shared.
func (d *document) derive() *document {
	fresh := *d
	fresh.members = slices.Clone(d.members)
	return &fresh
}

// set replaces a member's value, or adds the member at the end.
func (d *document) set(name string, value []byte) {
	for i := range d.members {
		if d.members[i].Name == name {
			d.members[i].Value = value
			return
		}
	}
	d.members = append(d.members, rawjson.Member{Name: name, Key: rawjson.Quote(name), Value: value})
}

// parseDocument reads one object that has an id. Its text must be compact. The
// annotation of the answer it may have been copied from is left out; all else
// stays. now stands in for a lastUpdateDateTime that is missing: written into
// the document when stamp is set, else only known inside.
func parseDocument(text []byte, now time.Time, stamp bool) (*document, error) {
	members, err := rawjson.Object(text)
	if err != nil {
		return nil, err
	}
	d := &document{updated: now}
	for _, m := range members {
		if m.Name == "@odata.context" || m.Name == "alerts" && stamp {
			continue
		}
		d.members = append(d.members, m)
	}
	id, ok := rawjson.String(d.value("id"))
	if !ok || id == "" {
		return nil, fmt.Errorf("\"id\" must be a string that is not empty, got %s", rawjson.Kind(d.value("id")))
	}
	d.id = id
	at := d.value("lastUpdateDateTime")
	switch text, isString := rawjson.String(at); {
	case isString:
		d.timed = true
		if d.updated, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return nil, fmt.Errorf("\"lastUpdateDateTime\" of %q must be a time like 2026-01-02T03:04:05.67Z, got %q", id, text)
		}
	case at != nil && !rawjson.IsNull(at):
		return nil, fmt.Errorf("\"lastUpdateDateTime\" of %q must be a string, got %s", id, rawjson.Kind(at))
	case stamp:
		d.setUpdated(now)
	}
	d.measure()
	return d, nil
}

// setUpdated writes lastUpdateDateTime.
func (d *document) setUpdated(at time.Time) {
	d.updated, d.timed = at.UTC().Truncate(100*time.Nanosecond), true
	d.set("lastUpdateDateTime", rawjson.Quote(graphTime(at)))
	d.measure()
}

// graphTime writes a time as Graph does: UTC, at most seven digits of a second,
// trailing zeros trimmed.
func graphTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.9999999Z") }

func (d *document) measure() {
	d.size = 2
	for _, m := range d.members {
		d.size += len(m.Key) + len(m.Value) + 2
	}
}
