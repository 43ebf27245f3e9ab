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
	typ := b.typeOf(t)
	if t.keyed || typ == nil || b.origin.Cloud == "" || b.origin.TenantID == "" {
		return t.reach
	}
	t.keyed = true // also ends a circle of things that identify each other
	for j := range typ.sets {
		if set := &typ.sets[j]; !set.Weak && b.setReach(t, set) == reachTenant {
			return b.makeKey(t, set, reachTenant)
		}
	}
	if b.incident == "" {
		return reachNone
	}
	for j := range typ.sets {
		if set := &typ.sets[j]; b.setReach(t, set) != reachNone {
			return b.makeKey(t, set, reachIncident)
		}
	}
	return reachNone
}

// setReach is how far the values of a set tell a thing from others, by
// themselves: reachNone when one is missing.
func (b *builder) setReach(t *thing, set *identifierSet) reach {
	if set.need&^t.have != 0 {
		return reachNone
	}
	least := reachTenant
	if !set.things {
		return least
	}
	for _, f := range set.fields {
		if v := &b.ids[int(t.ids)+f]; v.thing > 0 {
			least = min(least, b.key(b.root(v.thing-1)))
		}
	}
	return least
}

func (b *builder) makeKey(t *thing, set *identifierSet, holds reach) reach {
	if len(b.buf) == 0 { // what all keys of the alert begin with
		b.buf = append(append(append(append(b.buf, keySpace[:]...), b.origin.Cloud...), separator...), b.origin.TenantID...)
	}
	text := b.buf
	if holds == reachIncident {
		text = append(append(text, separator+"incident"+separator...), b.incident...)
	}
	text = append(append(text, separator...), set.prefix...)
	for _, f := range set.fields {
		text = append(text, separator...)
		v := &b.ids[int(t.ids)+f]
		if v.thing > 0 {
			text = appendUUID(text, b.things[b.root(v.thing-1)].key)
			continue
		}
		text = b.ident(v).canonical(text)
	}
	t.key, t.reach, b.buf = record.UUID5(text), holds, text[:len(b.buf)]
	return holds
}

// appendUUID appends the text of a UUID.
func appendUUID(dst []byte, u uuid.UUID) []byte {
	const digits = "0123456789abcdef"
	var text [36]byte
	at := 0
	for i, c := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text[at] = '-'
			at++
		}
		text[at], text[at+1] = digits[c>>4], digits[c&0xf]
		at += 2
	}
	return append(dst, text[:]...)
}
