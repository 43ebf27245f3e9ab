package entity

import (
	"github.com/google/uuid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// separator stands between the parts of a canonical text; no identifier that
// Graph gives holds it.
const separator = "\x1f"

// keySpace is the namespace of entity keys. It must never change.
var keySpace = uuid.UUID{0x5f, 0x0c, 0x4b, 0x1e, 0x6f, 0x57, 0x5a, 0x0a, 0x9d, 0x3c, 0x2a, 0x9d, 0x1f, 0x4f, 0x7c, 0x11}

// key answers a thing's EntityKey, "" when it has none: a UUIDv5 over cloud,
// tenant, type and the strongest complete identifier set. An entity among the
// identifiers counts by its own key.
func (b *builder) key(i int32) string {
	t := &b.things[i]
	if t.keyed || t.typ == nil || b.origin.Cloud == "" || b.origin.TenantID == "" {
		return t.key
	}
	t.keyed = true // also ends a circle of things that identify each other
	for j := range t.typ.sets {
		set := &t.typ.sets[j]
		if set.Weak || !b.keyText(t, set) {
			continue
		}
		t.key = record.UUID5(b.buf)
		break
	}
	return t.key
}

// keyText writes what the key is made from into b.buf; false when an
// identifier is missing.
func (b *builder) keyText(t *thing, set *identifierSet) bool {
	for _, f := range set.fields {
		v := b.ids[int(t.ids)+f]
		if v == "" {
			return false
		}
		if other, ok := thingOf(v); ok && b.key(b.root(other)) == "" {
			return false
		}
	}
	b.buf = append(append(b.buf[:0], keySpace[:]...), b.origin.Cloud...)
	b.buf = append(append(b.buf, separator...), b.origin.TenantID...)
	b.buf = append(append(b.buf, separator...), set.prefix...)
	for _, f := range set.fields {
		v := b.ids[int(t.ids)+f]
		if other, ok := thingOf(v); ok {
			v = b.things[b.root(other)].key
		}
		b.buf = append(append(b.buf, separator...), v...)
	}
	return true
}
