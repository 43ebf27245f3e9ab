package entity

import (
	"slices"
	"strings"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// thing is one entity to be: what the alert says of one thing, wherever it
// says it.
type thing struct {
	typ  int16 // index of its entityType, noType: generic
	into int32 // the thing it was found to be the same as, or itself
	// first and last of its sources, a chain in reading order.
	first, last int32
	ids         int32  // its identifiers in builder.ids
	have        uint32 // those that have a value, a bit each
	sole        bool   // it is in builder.sole
	host        int32  // the device it was met on, -1 unknown
	evidence    bool   // it is evidence, not only mentioned by some
	mere        bool   // it is a detail, written inside its owner
	over        bool   // it is written into Entities.More
	state       state
	number      int32 // its $id
	reach       reach // how far key holds, once keyed
	keyed       bool
	key         uuid.UUID
}

type state uint8

const (
	untouched state = iota
	visiting
	visited
	written
)

// source is one object read: the values of its kind's properties, what its
// properties refer to, and properties that the table does not know.
type source struct {
	kind          int16   // index of its evidenceKind
	owner         int16   // that of the evidence it was read from
	continued     bool    // a part of the evidence before it in the chain
	next          int32   // next source of the same thing, -1
	name          textRef // the @odata.type's name of a kind without a type
	places        int32   // of its values in builder.places
	filled        uint64  // the properties that have one
	refs, refsEnd int32
	more, moreEnd int32
	text, word    textRef // of a thing made of one text, and a hash's algorithm; kind is noKind
}

// Indexes of what is none.
const noType, noKind = -1, -1

// ref says that property prop of a source refers to a thing.
type ref struct{ prop, thing int32 }

// member is a property that the table does not know: its text and value.
type member struct {
	name  textRef
	value int32
}

// builder maps one alert at a time. Its slices are reused.
type builder struct {
	*kept  // of the alert, in its Entities
	tables *tables
	origin record.Origin
	// incident is the id of the alert's incident, "" without.
	incident string
	tally    *Tally
	things   []thing
	sources  []source
	// places are those of the sources' values, a property each.
	places  []int32
	refs    []ref
	pending []ref // refs of the objects being read, innermost last
	more    []member
	ids     []held
	// same finds a thing by the hash of a set's values.
	same    index
	sums    [setsMax]uint64 // of the thing being added
	buf     []byte          // of keys
	inside  []int32         // writer's
	sole    sole
	dropped int
	count   int32 // $id given last
}

// setsMax is how many identifier sets a type may have.
const setsMax = 16

func newBuilder(t *tables) *builder {
	b := &builder{tables: t, same: newIndex()}
	b.forget()
	return b
}

// reset forgets the alert, and memory that only an outsized one needs.
func (b *builder) reset() {
	if cap(b.places) > 64*thingsMax {
		*b = *newBuilder(b.tables)
		return
	}
	b.same.reset()
	b.things, b.sources, b.places, b.refs = b.things[:0], b.sources[:0], b.places[:0], b.refs[:0]
	b.pending, b.more, b.ids, b.buf = b.pending[:0], b.more[:0], b.ids[:0], b.buf[:0]
	b.forget()
	b.origin, b.incident, b.tally, b.kept, b.dropped, b.count = record.Origin{}, "", nil, nil, 0, 0
}

// forget forgets the things that there is one of.
func (b *builder) forget() {
	for i := range b.sole {
		b.sole[i] = -1
	}
}

// where is the place at which an object is read.
type where struct {
	depth int
	host  int32         // device of the owner, -1 unknown
	owner *evidenceKind // evidence that mentions it; nil for evidence itself
}

// readAll reads every piece of evidence; whole is false when some is no object.
func (b *builder) readAll(list pcommon.Slice) (whole bool) {
	whole = true
	for i := range list.Len() {
		v := list.At(i)
		if v.Type() != pcommon.ValueTypeMap {
			whole = false
			continue
		}
		b.readEvidence(v.Map(), nil, where{host: -1})
	}
	b.settleAccounts()
	return whole
}

const (
	odataType   = "@odata.type"
	odataPrefix = "#microsoft.graph.security."
)

// kindOf answers what kind an object is: what it says itself, else what its
// place declares, else the generic kind under the name it gives.
func (b *builder) kindOf(m pcommon.Map, declared *evidenceKind) (k *evidenceKind, name string) {
	if v, ok := m.Get(odataType); ok && v.Type() == pcommon.ValueTypeStr {
		name = v.Str()
		if bare, ok := strings.CutPrefix(name, odataPrefix); ok && !strings.Contains(bare, ".") {
			name = bare
		} else if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
			name = name[dot+1:]
		}
		if i := b.tables.evidence.find(name); i >= 0 && b.tables.kinds[i].Evidence {
			return b.tables.kinds[i], name
		}
		if declared == nil || declared.Evidence {
			return b.tables.generic, name
		}
	}
	if declared == nil {
		return b.tables.generic, ""
	}
	return declared, declared.Name
}

// readEvidence reads one object that is a thing, and what it mentions. It
// answers -1 when there is no room for another.
func (b *builder) readEvidence(m pcommon.Map, declared *evidenceKind, at where) int32 {
	if len(b.things) >= thingsMax {
		b.dropped++
		return -1
	}
	kind, name := b.kindOf(m, declared)
	t := thing{typ: noType, host: at.host, evidence: kind.Evidence}
	if kind.typ != nil {
		t.typ = int16(kind.typ.index)
	}
	src := b.read(m, kind)
	if kind.typ == nil {
		b.sources[src].name = b.keepText(name)
	}
	if kind.Evidence {
		at.owner = kind
		b.tally.evidence(kind)
	}
	b.sources[src].owner = indexOf(at.owner)
	t.first, t.last = src, src
	b.mention(&t, src, m, at)
	return b.add(t)
}

// read takes the members of an object into the order of its kind's properties.
func (b *builder) read(m pcommon.Map, kind *evidenceKind) int32 {
	places, more := b.room(len(kind.props)), len(b.more)
	next, filled := 0, uint64(0)
	for name, v := range m.All() {
		// Members mostly come in the table's order.
		at := next
		if at >= len(kind.props) || kind.props[at].Source != name {
			at = kind.byName.find(name)
		}
		switch {
		case at >= 0:
			next = at + 1
			if !silent(v) {
				b.places[places+at] = b.keep(v)
				filled |= 1 << at
			}
		case silent(v), name == odataType:
		case !strings.Contains(name, "@odata."):
			b.more = append(b.more, member{b.keepText(name), b.keep(v)})
		}
	}
	b.sources = append(b.sources, source{
		kind: int16(kind.index), next: -1, places: int32(places), filled: filled, more: int32(more), moreEnd: int32(len(b.more)),
	})
	return int32(len(b.sources) - 1)
}

// room makes room for n places and answers where.
func (b *builder) room(n int) int {
	at := len(b.places)
	b.places = slices.Grow(b.places, n)[:at+n]
	return at
}

// silent reports a value that says nothing: null, [] or {}.
func silent(v pcommon.Value) bool {
	switch v.Type() {
	case pcommon.ValueTypeEmpty:
		return true
	case pcommon.ValueTypeSlice:
		return v.Slice().Len() == 0
	case pcommon.ValueTypeMap:
		return v.Map().Len() == 0
	default:
		return false
	}
}

// value is property prop of a source that has it.
func (b *builder) value(src int32, prop int) pcommon.Value {
	return b.values[b.places[int(b.sources[src].places)+prop]]
}

// typeOf is the thing's type, nil for the generic one.
func (b *builder) typeOf(t *thing) *entityType {
	if t.typ < 0 {
		return nil
	}
	return b.tables.types[t.typ]
}

// kindAt is the kind of that index, nil for noKind.
func (b *builder) kindAt(i int16) *evidenceKind {
	if i < 0 {
		return nil
	}
	return b.tables.all[i]
}

// indexOf is the index of a kind, noKind for nil.
func indexOf(k *evidenceKind) int16 {
	if k == nil {
		return noKind
	}
	return int16(k.index)
}
