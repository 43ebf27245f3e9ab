package entity

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// identify reads a thing's identifiers and answers where they are in b.ids.
func (b *builder) identify(t *thing) int32 {
	base := len(b.ids)
	n := len(t.typ.Identifiers)
	b.ids = slices.Grow(b.ids, n)[:base+n]
	id := identity{t.typ, b.ids[base:]}
	clear(id.values)
	for src := t.first; src >= 0; src = b.sources[src].next {
		b.identifySource(id, src)
	}
	if t.host >= 0 && t.typ.OnHost {
		id.values[t.typ.host] = refTo(b.root(t.host))
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
			id.values[p.id] = refTo(b.root(r.thing))
		}
	}
}

// offer sets an identifier that has no value yet.
func (i identity) offer(at int, value string) {
	if i.values[at].none() {
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
		if !normMail(text).none() {
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
		if host, domain := splitHost(text); i.get("HostName").none() {
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
	account, host := b.tables.byType["account"], b.tables.byType["host"]
	for i := range b.things {
		t := &b.things[i]
		if t.typ != account || t.into != int32(i) {
			continue
		}
		id := identity{account, b.ids[t.ids:]}
		domain := id.get("NTDomain")
		if domain.none() || id.get(idLogin).none() || !id.get(fieldHost).none() {
			continue
		}
		if device, ok := b.hostNamed(host, domain); ok {
			b.ids[int(t.ids)+account.host] = refTo(device) // hostNamed may have moved ids
		}
	}
}

// hostNamed finds a device by its bare name, the weakest of a host's sets.
func (b *builder) hostNamed(host *entityType, name ident) (int32, bool) {
	probe := len(b.ids)
	n := len(host.Identifiers)
	b.ids = slices.Grow(b.ids, n)[:probe+n]
	clear(b.ids[probe:])
	b.ids[probe+host.at["HostName"]] = name
	set := &host.sets[len(host.sets)-1]
	device, ok := b.find(set, b.sum(set, int32(probe)), &thing{typ: host, ids: int32(probe)})
	b.ids = b.ids[:probe]
	return device, ok
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
	return b.add(thing{typ: typ, first: src, last: src, host: -1, mere: true})
}
