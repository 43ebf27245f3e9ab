package entity

import (
	"crypto/sha1" //nolint:gosec // see keyOf
	"encoding/binary"
	"hash/maphash"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// separator stands between the parts of a canonical text; no identifier that
// Graph gives holds it.
const separator = "\x1f"

// keySpace is the namespace of entity keys. It must never change.
var keySpace = uuid.UUID{0x5f, 0x0c, 0x4b, 0x1e, 0x6f, 0x57, 0x5a, 0x0a, 0x9d, 0x3c, 0x2a, 0x9d, 0x1f, 0x4f, 0x7c, 0x11}

// add takes a thing whose sources are read and answers its index: of an
// earlier one when it is the same as that.
func (b *builder) add(t thing) int32 {
	if t.typ == nil {
		return b.keep(t)
	}
	t.ids = b.identify(&t)
	found := int32(-1)
	for i := range t.typ.sets {
		set := &t.typ.sets[i]
		other, ok := b.find(set, t.typ, t.ids)
		if !ok || other == found || !b.agree(set, t.ids, b.things[other].ids) {
			continue
		}
		if found < 0 {
			found = other
			continue
		}
		if b.agree(set, b.things[found].ids, b.things[other].ids) {
			found = b.unite(found, other)
		}
	}
	if found < 0 {
		found = b.keep(t)
	} else {
		b.absorb(found, &t)
		b.ids = b.ids[:t.ids]
	}
	b.register(found)
	return found
}

func (b *builder) keep(t thing) int32 {
	t.into = int32(len(b.things))
	b.things = append(b.things, t)
	return t.into
}

// root follows a thing to the one it was found to be.
func (b *builder) root(i int32) int32 {
	for b.things[i].into != i {
		i = b.things[i].into
	}
	return i
}

// unite makes two things one: the later becomes part of the earlier.
func (b *builder) unite(x, y int32) int32 {
	first, second := min(x, y), max(x, y)
	b.things[second].into = first
	b.absorb(first, &b.things[second])
	return first
}

// absorb gives the thing at i what t says of it.
func (b *builder) absorb(i int32, t *thing) {
	into := &b.things[i]
	b.sources[into.last].next = t.first
	into.last = t.last
	into.evidence = into.evidence || t.evidence
	into.mere = into.mere && t.mere
	into.parent = into.parent && t.parent
	for j := range into.typ.Identifiers {
		if at := int(into.ids) + j; b.ids[at] == "" {
			b.ids[at] = b.ids[int(t.ids)+j]
		}
	}
}

// register lets later things be found to be this one.
func (b *builder) register(i int32) {
	t := &b.things[i]
	for j := range t.typ.sets {
		set := &t.typ.sets[j]
		sum, ok := b.sum(set, t.ids)
		if !ok {
			continue
		}
		if _, taken := b.same[sum]; !taken {
			b.same[sum] = i
		}
	}
}

// sum is the hash of the set's values at ids; ok is false when one is missing
// or nothing is found by this set.
func (b *builder) sum(set *identifierSet, ids int32) (sum uint64, ok bool) {
	if set.KeyOnly {
		return 0, false
	}
	sum = set.salt
	for _, f := range set.fields {
		v := b.ids[int(ids)+f]
		if v == "" {
			return 0, false
		}
		sum = sum*hashPrime ^ maphash.String(b.seed, v)
	}
	return sum, true
}

// hashPrime spreads the sum of one value over the next (64-bit FNV's prime).
const hashPrime = 0x100000001b3

// find looks for a thing that has the set's values at ids.
func (b *builder) find(set *identifierSet, typ *entityType, ids int32) (int32, bool) {
	sum, ok := b.sum(set, ids)
	if !ok {
		return -1, false
	}
	i, ok := b.same[sum]
	if !ok || b.things[i].typ != typ {
		return -1, false
	}
	for _, f := range set.fields {
		if b.ids[int(ids)+f] != b.ids[int(b.things[i].ids)+f] {
			return -1, false
		}
	}
	return b.root(i), true
}

// agree reports that nothing in the set's Unless tells two things apart.
func (b *builder) agree(set *identifierSet, x, y int32) bool {
	for _, f := range set.unless {
		v, w := b.ids[int(x)+f], b.ids[int(y)+f]
		if v == "" || w == "" || v == w {
			continue
		}
		if i, ok := thingOf(v); ok {
			if j, ok := thingOf(w); ok && b.root(i) == b.root(j) {
				continue
			}
		}
		return false
	}
	return true
}

// refText stands for another thing among the identifiers: a zero byte, which
// no normalized text begins with, and the thing's number.
func (b *builder) refText(i int32) string {
	for int(i) >= len(b.refTexts) {
		n := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(b.refTexts)))
		b.refTexts = append(b.refTexts, string(n))
	}
	return b.refTexts[i]
}

func thingOf(id string) (int32, bool) {
	if len(id) != 5 || id[0] != 0 {
		return -1, false
	}
	return int32(id[1])<<24 | int32(id[2])<<16 | int32(id[3])<<8 | int32(id[4]), true
}

// identify reads a thing's identifiers and answers where they are in b.ids.
func (b *builder) identify(t *thing) int32 {
	base := len(b.ids)
	for range t.typ.Identifiers {
		b.ids = append(b.ids, "")
	}
	id := identity{t.typ, b.ids[base:]}
	for src := t.first; src >= 0; src = b.sources[src].next {
		b.identifySource(id, src)
	}
	if t.host >= 0 && t.typ.OnHost {
		id.values[t.typ.host] = b.refText(b.root(t.host))
	}
	if t.typ.Derive != nil {
		t.typ.Derive(id)
	}
	return int32(base)
}

func (b *builder) identifySource(id identity, src int32) {
	s := &b.sources[src]
	if s.kind == nil {
		id.offerText(s)
		return
	}
	for _, c := range s.kind.Constants {
		id.offer(id.typ.at[c.Field], c.Value)
	}
	for _, i := range s.kind.identifying {
		if v, ok := b.value(src, int32(i)); ok {
			id.take(&s.kind.props[i], v)
		}
	}
	for _, r := range b.refs[s.refs:s.refsEnd] {
		if p := &s.kind.props[r.prop]; p.id >= 0 && id.typ.Identifiers[p.id].Norm == nil {
			id.values[p.id] = b.refText(b.root(r.thing))
		}
	}
}

// offer sets an identifier that has no value yet.
func (i identity) offer(at int, value string) {
	if i.values[at] == "" {
		i.values[at] = i.typ.Identifiers[at].Norm(value)
	}
}

// offerText sets the identifiers of a thing made of one text.
func (i identity) offerText(s *source) {
	if s.word != "" {
		i.offer(0, s.word)
		i.offer(1, s.text)
		return
	}
	i.offer(0, s.text)
}

// take sets the identifiers that a property's value gives.
func (i identity) take(p *property, v pcommon.Value) {
	text := scalar(v)
	switch p.Via {
	case Login:
		if normMail(text) != "" {
			i.offer(i.typ.at[idUPN], text)
			return
		}
	case Domain:
		if strings.Contains(text, ".") {
			i.offer(i.typ.at["DnsDomain"], text)
			return
		}
	case Hostname:
		host, domain := splitHost(text)
		i.offer(i.typ.at["HostName"], host)
		i.offer(i.typ.at["DnsDomain"], domain)
		return
	case FQDN:
		if host, domain := splitHost(text); i.get("HostName") == "" {
			i.offer(i.typ.at["HostName"], host)
			i.offer(i.typ.at["DnsDomain"], domain)
		}
		return
	default:
	}
	if i.typ.Identifiers[p.id].Norm != nil {
		i.offer(p.id, text)
	}
}

// scalar is a value as text, "" when it is an object, a list or no identifier.
func scalar(v pcommon.Value) string {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return v.Str()
	case pcommon.ValueTypeInt:
		return strconv.FormatInt(v.Int(), 10)
	case pcommon.ValueTypeDouble: // JSON parsed by others has no integers
		if f := v.Double(); f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return strconv.FormatInt(int64(f), 10)
		}
		return ""
	case pcommon.ValueTypeBytes: // a number's literal
		return string(v.Bytes().AsRaw())
	default:
		return ""
	}
}

// splitHost splits `w11.contoso.com` into name and domain. An address is
// neither.
func splitHost(s string) (host, domain string) {
	dot := strings.IndexByte(s, '.')
	if dot <= 0 || dot == len(s)-1 {
		return s, ""
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return s, ""
	}
	return s[:dot], s[dot+1:]
}

// settleAccounts finds accounts whose domain is a device of the alert: they
// are local to it.
func (b *builder) settleAccounts() {
	account, host := b.tables.byType["account"], b.tables.byType["host"]
	for i := range b.things {
		t := &b.things[i]
		if t.typ != account || t.into != int32(i) {
			continue
		}
		id := identity{account, b.ids[t.ids:]}
		domain := id.get("NTDomain")
		if domain == "" || id.get(idLogin) == "" || id.get(fieldHost) != "" {
			continue
		}
		if device, ok := b.hostNamed(host, domain); ok {
			b.ids[int(t.ids)+account.host] = b.refText(device) // hostNamed may have moved ids
		}
	}
}

// hostNamed finds a device by its bare name, the weakest of a host's sets.
func (b *builder) hostNamed(host *entityType, name string) (int32, bool) {
	probe := len(b.ids)
	for range host.Identifiers {
		b.ids = append(b.ids, "")
	}
	b.ids[probe+host.at["HostName"]] = name
	device, ok := b.find(&host.sets[len(host.sets)-1], host, int32(probe))
	b.ids = b.ids[:probe]
	return device, ok
}

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
		t.key = keyOf(b.buf)
		break
	}
	return t.key
}

// keyOf is uuid.NewSHA1(keySpace, text) as text, without its allocations; text
// begins with the namespace.
func keyOf(text []byte) string {
	sum := sha1.Sum(text) //nolint:gosec // RFC 9562 makes UUIDv5 of SHA-1; nothing is kept secret by it
	var id uuid.UUID
	copy(id[:], sum[:])
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id.String()
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

// mere reads a text that is a detail of its owner.
func (b *builder) mere(typ *entityType, word string, v pcommon.Value, at where) int32 {
	if v.Type() != pcommon.ValueTypeStr || strings.TrimSpace(v.Str()) == "" {
		return -1
	}
	if len(b.things) >= thingsMax {
		b.dropped++
		return -1
	}
	src := int32(len(b.sources))
	b.sources = append(b.sources, source{owner: at.owner, next: -1, text: v.Str(), word: word})
	return b.add(thing{typ: typ, first: src, last: src, host: -1, mere: true, at: -1})
}
