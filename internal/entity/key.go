package entity

import (
	"encoding/hex"

	"github.com/google/uuid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// separator stands between the parts of a canonical text; no identifier that
// Graph gives holds it.
const separator = "\x1f"

// keySpace is the namespace of entity keys. It must never change.
var keySpace = uuid.UUID{0x5f, 0x0c, 0x4b, 0x1e, 0x6f, 0x57, 0x5a, 0x0a, 0x9d, 0x3c, 0x2a, 0x9d, 0x1f, 0x4f, 0x7c, 0x11}

// reach is how far a key holds.
type reach uint8

const (
	reachNone     reach = iota // there is no key
	reachIncident              // in the alerts of one incident
	reachTenant                // in all alerts of one tenant
)

// key makes a thing's key and answers how far it holds. It is a UUIDv5 over
// cloud, tenant, type and the strongest complete identifier set. A set that is
// weak, or that names a thing which is no further known, holds within the
// incident and has the incident's id in it. An entity among the identifiers
// counts by its own key.
func (b *builder) key(i int32) reach {
	t := &b.things[i]
	if t.keyed || t.typ == nil || b.origin.Cloud == "" || b.origin.TenantID == "" {
		return t.reach
	}
	t.keyed = true // also ends a circle of things that identify each other
	for j := range t.typ.sets {
		if set := &t.typ.sets[j]; !set.Weak && b.setReach(t, set) == reachTenant {
			return b.makeKey(t, set, reachTenant)
		}
	}
	if b.incident == "" {
		return reachNone
	}
	for j := range t.typ.sets {
		if set := &t.typ.sets[j]; b.setReach(t, set) != reachNone {
			return b.makeKey(t, set, reachIncident)
		}
	}
	return reachNone
}

// setReach is how far the values of a set tell a thing from others, by
// themselves: reachNone when one is missing.
func (b *builder) setReach(t *thing, set *identifierSet) reach {
	least := reachTenant
	for _, f := range set.fields {
		v := b.ids[int(t.ids)+f]
		if v.none() {
			return reachNone
		}
		if v.thing > 0 {
			least = min(least, b.key(b.root(v.thing-1)))
		}
	}
	return least
}

func (b *builder) makeKey(t *thing, set *identifierSet, holds reach) reach {
	b.buf = append(append(b.buf[:0], keySpace[:]...), b.origin.Cloud...)
	b.buf = append(append(b.buf, separator...), b.origin.TenantID...)
	if holds == reachIncident {
		b.buf = append(append(b.buf, separator+"incident"+separator...), b.incident...)
	}
	b.buf = append(append(b.buf, separator...), set.prefix...)
	for _, f := range set.fields {
		b.buf = append(b.buf, separator...)
		v := b.ids[int(t.ids)+f]
		if v.thing > 0 {
			b.buf = appendUUID(b.buf, b.things[b.root(v.thing-1)].key)
			continue
		}
		b.buf = v.canonical(b.buf)
	}
	t.key, t.reach = record.UUID5(b.buf), holds
	return holds
}

// appendUUID appends the text of a UUID.
func appendUUID(dst []byte, u uuid.UUID) []byte {
	dst = hex.AppendEncode(dst, u[0:4])
	dst = hex.AppendEncode(append(dst, '-'), u[4:6])
	dst = hex.AppendEncode(append(dst, '-'), u[6:8])
	dst = hex.AppendEncode(append(dst, '-'), u[8:10])
	return hex.AppendEncode(append(dst, '-'), u[10:])
}
