package entity

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// property writes one property of one source. A value that is not of the shape
// its Via expects stays as it is.
func (w *writer) property(p *property, v pcommon.Value, refs []ref) {
	switch p.Via {
	case Nested, NestedList, Aside, Inline, Hash, Part:
		w.structural(p, v, refs)
		return
	case Roles:
		w.roles(p.Field, v)
		return
	case Verdict, Status:
		w.graver(p, v)
		return
	case Record:
		if !w.again || !w.has(p.Field) {
			pascalMembers(v, w.to.PutEmpty(p.Field))
		}
		return
	case Member:
		w.member(p, v)
		return
	case Copy, Text, Word, Mail, Login, UPN, Domain, Hostname, FQDN, Platform, ResourceID:
	}
	text := scalar(v)
	if text == "" {
		w.copy(p.Field, v)
		return
	}
	w.scalar(p, v, text)
}

// scalar writes a property that is one text or number.
func (w *writer) scalar(p *property, v pcommon.Value, text string) {
	switch p.Via {
	case Text:
		w.str(p.Field, text)
	case Word:
		w.str(p.Field, spelled(w.t.typ.Words[p.Field], text))
	case Mail:
		w.mail(p, text)
	case Login:
		w.login(p, text)
	case UPN:
		w.str(p.Field, text)
		if name, suffix, ok := splitAt(text); ok {
			w.more(fieldName, name)
			w.more("UPNSuffix", suffix)
		}
	case Domain:
		if strings.Contains(text, ".") {
			w.str("DnsDomain", text)
			return
		}
		w.str(p.Field, text)
	case Hostname:
		w.hostname(p, text)
	case FQDN:
		w.more(p.Field, text)
		if !w.has("HostName") {
			host, domain := splitHost(text)
			w.more("HostName", host)
			if domain != "" {
				w.more("DnsDomain", domain)
			}
		}
	case Platform:
		w.str(p.Field, text)
		if family := osFamily(text); family != "" {
			w.more("OSFamily", family)
		}
	case ResourceID:
		w.str(p.Field, text)
		if id := subscription(text); id != "" {
			w.more("SubscriptionId", id)
		}
	default:
		w.copy(p.Field, v)
	}
}

// mail writes an address; a display name around it stays beside it.
func (w *writer) mail(p *property, text string) {
	address := bareAddress(text)
	w.str(p.Field, address)
	if address != text {
		w.str(p.Field+"Original", text)
	}
	if p.Also != "" && strings.TrimSpace(address) != "" {
		w.more(p.Also, address)
	}
}

// login writes an account name. The principal name's first part, where there
// is one, is Name already.
func (w *writer) login(p *property, text string) {
	name, suffix, ok := splitAt(text)
	if !ok {
		name = text
	}
	if !w.has(p.Field) {
		w.to.PutStr(p.Field, name)
		if ok {
			w.more("UPNSuffix", suffix)
		}
	}
	if have, _ := w.to.Get(p.Field); have.AsString() != text {
		w.more("AccountName", text)
	}
}

// hostname writes a device's name without its domain.
func (w *writer) hostname(p *property, text string) {
	host, domain := splitHost(text)
	w.str(p.Field, host)
	if domain != "" {
		w.more("DnsDomain", domain)
		w.more("FQDN", text)
	}
}

// roles writes a list; of a thing met again it adds what is new.
func (w *writer) roles(field string, v pcommon.Value) {
	have, ok := w.to.Get(field)
	if !ok || v.Type() != pcommon.ValueTypeSlice || have.Type() != pcommon.ValueTypeSlice {
		w.copy(field, v)
		return
	}
	for i := range v.Slice().Len() {
		if item := v.Slice().At(i); !contains(have.Slice(), item) {
			copyPlain(item, have.Slice().AppendEmpty())
		}
	}
}

func contains(list pcommon.Slice, item pcommon.Value) bool {
	for i := range list.Len() {
		if list.At(i).Equal(item) {
			return true
		}
	}
	return false
}

// graver writes a verdict or status; of a thing met again the graver one stays.
func (w *writer) graver(p *property, v pcommon.Value) {
	have, ok := w.to.Get(p.Field)
	if !ok {
		copyPlain(v, w.to.PutEmpty(p.Field))
		return
	}
	if gravity(v.AsString()) > gravity(have.AsString()) {
		copyPlain(v, have)
	}
}

// gravity orders verdicts; any status but these says more than they do, and
// the first of such stays.
func gravity(word string) int {
	switch word {
	case "", "unknown", "none", "unknownFutureValue":
		return 0
	case "noThreatsFound":
		return 1
	case "malicious":
		return 3
	default:
		return 2
	}
}

// member writes a value into the object that another property wrote.
func (w *writer) member(p *property, v pcommon.Value) {
	into, ok := w.to.Get(p.Field)
	if !ok {
		into = w.to.PutEmpty(p.Field)
		into.SetEmptyMap()
	}
	if into.Type() != pcommon.ValueTypeMap {
		w.copy(p.Also, v)
		return
	}
	if _, ok := into.Map().Get(p.Also); !ok {
		copyPlain(v, into.Map().PutEmpty(p.Also))
	}
}

// pascalMembers copies an object, or a list of them, with members in PascalCase.
func pascalMembers(from, to pcommon.Value) {
	switch from.Type() {
	case pcommon.ValueTypeMap:
		m := to.SetEmptyMap()
		m.EnsureCapacity(from.Map().Len())
		for name, v := range from.Map().All() {
			if silent(v) || strings.HasPrefix(name, "@odata.") {
				continue
			}
			copyPlain(v, m.PutEmpty(pascal(name)))
		}
	case pcommon.ValueTypeSlice:
		list := to.SetEmptySlice()
		list.EnsureCapacity(from.Slice().Len())
		for i := range from.Slice().Len() {
			pascalMembers(from.Slice().At(i), list.AppendEmpty())
		}
	default:
		copyPlain(from, to)
	}
}

// structural writes references to the things that a property holds.
func (w *writer) structural(p *property, v pcommon.Value, refs []ref) {
	isList := v.Type() == pcommon.ValueTypeSlice && (p.Via == NestedList || p.Via == Inline)
	if len(refs) == 0 || isList && len(refs) < v.Slice().Len() {
		w.shapeless(p, v)
		return
	}
	if isList || p.Via == Hash {
		for _, r := range refs {
			w.append(p.Field, w.b.root(r.thing))
		}
		return
	}
	if target := w.b.root(refs[0].thing); w.b.reachable(target) && !w.has(p.Field) {
		w.refTo(w.to.PutEmpty(p.Field), target)
	}
}

// shapeless keeps a value that is not of the shape expected. An Aside and a
// Part that is an object are written elsewhere.
func (w *writer) shapeless(p *property, v pcommon.Value) {
	switch {
	case p.Via == Aside, p.Via == Part && v.Type() == pcommon.ValueTypeMap:
	case p.Via == Part, p.Via == Hash:
		w.copy(w.b.freeField(w.t.typ, p.Source), v)
	default:
		w.copy(p.Field, v)
	}
}

// append adds a reference to the list in field, once for each thing.
func (w *writer) append(field string, target int32) {
	if !w.b.reachable(target) {
		return
	}
	have, ok := w.to.Get(field)
	if !ok {
		have = w.to.PutEmpty(field)
		have.SetEmptySlice()
	}
	if have.Type() != pcommon.ValueTypeSlice {
		return
	}
	list := have.Slice()
	if number := w.b.things[target].number; number > 0 {
		for i := range list.Len() {
			if sameNumber(list.At(i), number) {
				return
			}
		}
	}
	w.refTo(list.AppendEmpty(), target)
}

// reachable reports a thing that is written, or will be where it is named.
func (b *builder) reachable(i int32) bool {
	t := &b.things[i]
	return t.mere || t.state == written
}
