package entity

import (
	"errors"
	"sync"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

const (
	// EntitiesMax is how many entities Sentinel takes with an alert.
	// Source: Microsoft Sentinel service limits, read 2026-11.
	EntitiesMax = 500
	// EntitiesBytesMax is the longest text of the entities that go with an
	// alert: Sentinel takes 64 KB, and 60,000 bytes are less whichever way that
	// is counted. What does not fit is in Entities.More.
	// Source: Microsoft Sentinel service limits, read 2026-11.
	EntitiesBytesMax = 60_000
	// depthMax bounds evidence inside evidence (an image's digest image, a
	// domain's trusted domains). What is deeper stays as it is inside the last.
	depthMax = 8
	// thingsMax bounds what is looked at in one alert, so that a hostile one
	// costs no more memory than a few large real ones.
	thingsMax = 8 * EntitiesMax
)

// ErrMalformed is returned for an alert whose evidence is not a list of objects.
var ErrMalformed = errors.New("map evidence: not a list of objects")

// Mapper maps the evidence of alerts to entities. It is safe for concurrent
// use. Make one with NewMapper.
type Mapper struct {
	tables *tables
	pool   sync.Pool // of *builder
}

// NewMapper returns a mapper over the table of Kinds and Types.
func NewMapper() *Mapper {
	t := compile(Kinds(), Types())
	m := &Mapper{tables: t}
	m.pool.New = func() any { return newBuilder(t) }
	return m
}

// Map makes entities of what the alert's evidence becomes and counts it in
// tally. No key of an entity is shared by two origins, and without cloud and
// tenant there are none. alert is the body of an alert record, as Graph sent
// it; it is only read, and must stay as it is while things of the result are
// asked for. What was in entities is forgotten. An alert without evidence gives
// none. The error is ErrMalformed or nil; evidence that can be read is mapped
// either way.
func (m *Mapper) Map(origin record.Origin, alert pcommon.Map, entities *Entities, tally *Tally) error {
	entities.begin()
	evidence, ok := alert.Get("evidence")
	if !ok || evidence.Type() == pcommon.ValueTypeEmpty {
		return nil
	}
	if evidence.Type() != pcommon.ValueTypeSlice {
		return ErrMalformed
	}
	b := m.pool.Get().(*builder)
	defer m.pool.Put(b)
	defer b.reset()
	b.origin, b.tally, b.kept = origin, tally, &entities.fields.kept
	entities.tables = m.tables
	if id, ok := alert.Get("incidentId"); ok {
		b.incident = normText(scalar(id)).text
	}
	whole := b.readAll(evidence.Slice())
	b.write(entities)
	if !whole {
		return ErrMalformed
	}
	return nil
}

// Tally counts over any number of alerts. Make one with NewTally; it is not
// safe for concurrent use.
type Tally struct {
	tables   *tables
	entities []int64 // by type, generic last
	generic  []int64 // by kind, unknown last
}

// NewTally returns an empty tally for this mapper's table.
func (m *Mapper) NewTally() *Tally {
	return &Tally{tables: m.tables, entities: make([]int64, len(m.tables.types)+1), generic: make([]int64, len(m.tables.kinds)+1)}
}

// Reset begins counting anew.
func (t *Tally) Reset() {
	clear(t.entities)
	clear(t.generic)
}

// OtherType is the name under which a tally counts what the table does not know.
const OtherType = "other"

// Entities calls f for each entity type met, with how often. The names are
// bounded: those of Types and OtherType.
func (t *Tally) Entities(f func(entityType string, n int64)) {
	for i, n := range t.entities {
		if n == 0 {
			continue
		}
		if i == len(t.tables.types) {
			f(OtherType, n)
			continue
		}
		f(t.tables.types[i].Name, n)
	}
}

// Generic calls f for each evidence type met that Sentinel has no documented
// entity for, with how often. The names are bounded: those of Kinds and
// OtherType.
func (t *Tally) Generic(f func(evidenceType string, n int64)) {
	for i, n := range t.generic {
		if n == 0 {
			continue
		}
		if i == len(t.tables.kinds) {
			f(OtherType, n)
			continue
		}
		f(t.tables.kinds[i].Name, n)
	}
}

func (t *Tally) evidence(k *evidenceKind) {
	if k.typ == nil || !k.typ.Documented {
		t.generic[k.index]++
	}
}

func (t *Tally) entity(typ *entityType) {
	if typ == nil {
		t.entities[len(t.entities)-1]++
		return
	}
	t.entities[typ.index]++
}
