package entity

import (
	"math"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// identify reads a thing's identifiers and answers where they are in b.ids.
func (b *builder) identify(t *thing) int32 {
	base := len(b.ids)
	typ := b.typeOf(t)
	n := len(typ.Identifiers)
	b.ids = slices.Grow(b.ids, n)[:base+n]
	id := identity{b.kept, typ, b.ids[base:]}
	clear(id.values)
	for src := t.first; src >= 0; src = b.sources[src].next {
		b.identifySource(id, src)
	}
	if t.host >= 0 && typ.OnHost {
		id.values[typ.host] = heldThing(b.root(t.host))
	}
	if typ.Derive != nil {
		typ.Derive(id)
	}
	return int32(base)
}

func (b *builder) identifySource(id identity, src int32) {
	s := &b.sources[src]
	kind := b.kindAt(s.kind)
	if kind == nil {
		id.offerText(s)
		return
	}
	for _, c := range kind.Constants {
		id.offer(id.typ.at[c.Field], c.Value, 0)
	}
	for props := s.filled & kind.identifying; props != 0; props &= props - 1 {
		i := bits.TrailingZeros64(props)
		id.take(&kind.props[i], b.places[int(s.places)+i])
	}
	for _, r := range b.refs[s.refs:s.refsEnd] {
		if p := &kind.props[r.prop]; p.id >= 0 && id.typ.Identifiers[p.id].Norm == nil {
			id.values[p.id] = heldThing(b.root(r.thing))
		}
	}
}

// offer sets an identifier that has no value yet. value may be all of what from
// names.
func (i identity) offer(at int, value string, from textRef) {
	if i.values[at].none() {
		i.values[at] = i.hold(i.typ.Identifiers[at].Norm(value), from)
	}
}

// offerText sets the identifiers of a thing made of one text.
func (i identity) offerText(s *source) {
	at := 0
	if s.word != 0 {
		i.offer(0, i.str(s.word), s.word)
		at = 1
	}
	i.offer(at, i.str(s.text), s.text)
}

// take sets the identifiers that a property's value gives.
func (i identity) take(p *property, at int32) {
	v, spots := i.kept.values[at], &i.typ.spots
	text, from := scalar(v), textRef(0)
	if v.Type() == pcommon.ValueTypeStr {
		from = textOf(at)
	}
	switch p.Via {
	case Login:
		if !normMail(text).none() {
			i.offer(spots[atUPN], text, from)
			return
		}
	case Domain:
		if strings.IndexByte(text, '.') >= 0 {
			i.offer(spots[atDNSDomain], text, from)
			return
		}
	case Hostname:
		host, domain := splitHost(text)
		i.offer(spots[atHostName], host, from)
		i.offer(spots[atDNSDomain], domain, 0)
		return
	case FQDN:
		if host, domain := splitHost(text); i.at(atHostName).none() {
			i.offer(spots[atHostName], host, from)
			i.offer(spots[atDNSDomain], domain, 0)
		}
		return
	default:
	}
	if i.typ.Identifiers[p.id].Norm != nil {
		i.offer(int(p.id), text, from)
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
	if c := s[len(s)-1]; c >= '0' && c <= '9' || strings.IndexByte(s, ':') >= 0 { // of an address
		if _, err := netip.ParseAddr(s); err == nil {
			return s, ""
		}
	}
	return s[:dot], s[dot+1:]
}

// settleAccounts finds accounts whose domain is a device of the alert: they
// are local to it.
func (b *builder) settleAccounts() {
	account, host := b.tables.account, b.tables.host
	for i := range b.things {
		t := &b.things[i]
		if int(t.typ) != account.index || t.into != int32(i) {
			continue
		}
		id := identity{b.kept, account, b.ids[t.ids:]}
		domain := *id.at(atNTDomain)
		if domain.none() || id.at(atLogin).none() || !id.at(atHost).none() {
			continue
		}
		if device, ok := b.hostNamed(host, domain); ok {
			b.ids[int(t.ids)+account.host] = heldThing(device) // hostNamed may have moved ids
			t.have |= 1 << account.host
		}
	}
}

// hostNamed finds a device by its bare name, the weakest of a host's sets.
func (b *builder) hostNamed(host *entityType, name held) (int32, bool) {
	probe := len(b.ids)
	n := len(host.Identifiers)
	b.ids = slices.Grow(b.ids, n)[:probe+n]
	clear(b.ids[probe:])
	b.ids[probe+host.spots[atHostName]] = name
	set := &host.sets[len(host.sets)-1]
	device, ok := b.find(set, b.sum(set, int32(probe), set.need), &thing{typ: int16(host.index), ids: int32(probe)})
	b.ids = b.ids[:probe]
	return device, ok
}

// mere reads a text that is a detail of its owner.
func (b *builder) mere(p *property, value int32, at where) int32 {
	v := b.values[value]
	if v.Type() != pcommon.ValueTypeStr || strings.TrimSpace(v.Str()) == "" {
		return -1
	}
	if len(b.things) >= thingsMax {
		b.dropped++
		return -1
	}
	word := textRef(0)
	if p.Via == Hash {
		word = b.keepText(p.Of)
	}
	src := int32(len(b.sources))
	b.sources = append(b.sources, source{kind: noKind, owner: indexOf(at.owner), next: -1, text: textOf(value), word: word})
	return b.add(thing{typ: int16(p.ofTyp.index), first: src, last: src, host: -1, mere: true})
}
