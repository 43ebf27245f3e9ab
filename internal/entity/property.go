package entity

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// property writes one property of one source. A value that is not of the shape
// its Via expects stays as it is.
func (w *writer) property(p *property, v int32, refs []ref) {
	switch p.Via {
	case Nested, NestedList, Aside, Inline, Hash, Part:
		w.structural(p, v, refs)
		return
	case Roles:
		w.roles(p.field, v)
		return
	case Verdict, Status:
		w.graver(p, v)
		return
	case Record:
		if !w.again || !w.fields.has(p.field) {
			w.fields.put(p.field, formRecord).value = v
		}
		return
	case Member:
		w.member(p, v)
		return
	case Copy:
		w.copy(p.field, v)
		return
	case Text, Word, Mail, Login, UPN, Domain, Hostname, FQDN, Platform, ResourceID:
	}
	value := w.fields.values[v]
	text, from := scalar(value), textRef(0)
	if text == "" {
		w.copy(p.field, v)
		return
	}
	if value.Type() == pcommon.ValueTypeStr {
		from = textOf(v)
	}
	w.scalar(p, text, from)
}

// scalar writes a property that is one text or number.
func (w *writer) scalar(p *property, text string, from textRef) {
	switch p.Via {
	case Word:
		w.str(p.field, spelled(w.typ.Words[p.Field], text), from)
	case Mail:
		w.mail(p, text, from)
	case Login:
		w.login(p, text, from)
	case UPN:
		w.mail(p, text, from)
		if name, suffix, ok := splitAt(bareAddress(text)); ok {
			w.more(w.known.name, name)
			w.more(w.known.upnSuffix, suffix)
		}
	case Domain:
		if strings.Contains(text, ".") {
			w.str(w.known.dnsDomain, text, from)
			return
		}
		w.str(p.field, text, from)
	case Hostname:
		w.hostname(p, text, from)
	case FQDN:
		w.more(p.field, text)
		if w.fields.asText(w.fields.find(p.field)) != text { // the device's name was a full one, and another
			w.more(w.known.deviceDNSName, text)
		}
		if !w.fields.has(w.known.hostName) {
			host, domain := splitHost(text)
			w.more(w.known.hostName, host)
			if domain != "" {
				w.more(w.known.dnsDomain, domain)
			}
		}
	case Platform:
		w.str(p.field, text, from)
		if family := osFamily(text); family != "" {
			w.more(w.known.osFamily, family)
		}
	case ResourceID:
		w.str(p.field, text, from)
		if id := subscription(text); id != "" {
			w.more(w.known.subscriptionID, id)
		}
	default:
		w.str(p.field, text, from)
	}
}

// mail writes an address; a display name around it stays beside it.
func (w *writer) mail(p *property, text string, from textRef) {
	address := bareAddress(text)
	w.str(p.field, address, from)
	if address != text {
		w.str(p.whole, text, from)
	}
	if p.also != nil && strings.TrimSpace(address) != "" {
		w.more(p.also, address)
	}
}

// login writes an account name. The principal name's first part, where there
// is one, is Name already.
func (w *writer) login(p *property, text string, from textRef) {
	name, suffix, ok := splitAt(bareAddress(text))
	if !ok {
		name = text
	}
	if !w.fields.has(p.field) {
		w.str(p.field, name, from)
		if ok {
			w.more(w.known.upnSuffix, suffix)
		}
	}
	if w.fields.asText(w.fields.find(p.field)) != text {
		w.more(w.known.accountName, text)
	}
}

// hostname writes a device's name without its domain.
func (w *writer) hostname(p *property, text string, from textRef) {
	host, domain := splitHost(text)
	w.str(p.field, host, from)
	if domain != "" {
		w.more(w.known.dnsDomain, domain)
		w.more(w.known.fqdn, text)
	}
}

// roles takes a list; of a thing met again it adds what is new.
func (w *writer) roles(name *naming, v int32) {
	have, roles := w.fields.find(name), w.fields.values[v]
	if have == nil || roles.Type() != pcommon.ValueTypeSlice || !w.listed(have) {
		w.copy(name, v)
		return
	}
	for _, value := range roles.Slice().All() {
		if !w.lists(have, value) {
			w.fields.add(have, item{value: w.fields.keep(value)})
		}
	}
}

// listed makes a list of items of a field that is one value, a list.
func (w *writer) listed(f *field) bool {
	if f.form == formItems {
		return true
	}
	if f.form != formValue || w.fields.values[f.value].Type() != pcommon.ValueTypeSlice {
		return false
	}
	f.form = formItems
	for _, value := range w.fields.values[f.value].Slice().All() {
		w.fields.add(f, item{value: w.fields.keep(value)})
	}
	return true
}

func (w *writer) lists(f *field, value pcommon.Value) (found bool) {
	w.fields.eachItem(f, func(it *item) bool {
		found = w.fields.values[it.value].Equal(value)
		return !found
	})
	return found
}

// graver takes a verdict or status; of a thing met again the graver one stays.
func (w *writer) graver(p *property, v int32) {
	have := w.fields.find(p.field)
	if have == nil {
		w.fields.put(p.field, formValue).value = v
		return
	}
	if gravity(w.fields.values[v].AsString()) > gravity(w.fields.values[have.value].AsString()) {
		have.value = v
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

// member adds a value to the object that another property gives.
func (w *writer) member(p *property, v int32) {
	into := w.fields.find(p.field)
	if into == nil {
		into = w.fields.put(p.field, formRecord)
	}
	isMap := into.value < 0 || w.fields.values[into.value].Type() == pcommon.ValueTypeMap
	switch {
	case into.form != formRecord, !isMap:
		w.copy(p.also, v)
	case into.first < 0 && (into.value < 0 || !hasPascal(w.fields.values[into.value], p.Also)):
		into.text = w.fields.keepText(p.Also)
		w.fields.add(into, item{value: v})
	}
}

// hasPascal reports a member that says something and has that name in
// PascalCase.
func hasPascal(v pcommon.Value, name string) bool {
	for member, value := range v.Map().All() {
		if len(member) == len(name) && pascal(member) == name && !silent(value) {
			return true
		}
	}
	return false
}

// structural writes references to the things that a property holds.
func (w *writer) structural(p *property, v int32, refs []ref) {
	value := w.fields.values[v]
	isList := value.Type() == pcommon.ValueTypeSlice && (p.Via == NestedList || p.Via == Inline)
	if len(refs) == 0 || isList && len(refs) < value.Slice().Len() {
		w.shapeless(p, v)
		return
	}
	if isList || p.Via == Hash {
		for _, r := range refs {
			w.append(p.field, w.b.root(r.thing))
		}
		return
	}
	if target := w.b.root(refs[0].thing); w.b.reachable(target) && !w.fields.has(p.field) {
		w.refTo(p.field, target)
	}
}

// shapeless keeps a value that is not of the shape expected. An Aside and a
// Part that is an object are written elsewhere.
func (w *writer) shapeless(p *property, v int32) {
	switch {
	case p.Via == Aside, p.Via == Part && w.fields.values[v].Type() == pcommon.ValueTypeMap:
	case p.Via == Part, p.Via == Hash:
		w.unknown(p.Source, v)
	default:
		w.copy(p.field, v)
	}
}

// append adds a thing to the list in a field, once.
func (w *writer) append(name *naming, target int32) {
	if !w.b.reachable(target) {
		return
	}
	have := w.fields.find(name)
	if have == nil {
		have = w.fields.put(name, formRefs)
	}
	if have.form != formRefs {
		return
	}
	there := false
	w.fields.eachItem(have, func(it *item) bool {
		there = it.thing == target
		return !there
	})
	if !there {
		w.fields.add(have, item{thing: target})
	}
}

// reachable reports a thing that is written, or will be where it is named.
func (b *builder) reachable(i int32) bool {
	t := &b.things[i]
	return t.mere || t.state == written
}
