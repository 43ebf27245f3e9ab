package entity

import (
	"fmt"
	"strings"
)

// entityType is a Type made ready: names are positions.
type entityType struct {
	Type
	index int // position in Mapper.types
	at    map[string]int
	sets  []identifierSet
	host  int // position of Host among the identifiers, -1 without
	// sole is what the only one of its kind is, -1 nothing; soleMentioned, even
	// when it is no evidence.
	sole          Sole
	soleMentioned bool
	// fields are those that the table may write, which no unknown property
	// may take.
	fields fieldNames
	known  knownFields
}

// fieldNames are the fields that the table has for one type.
type fieldNames map[string]*naming

// of is the field of that name, a new one if there is none yet.
func (n fieldNames) of(name string) *naming {
	if n[name] == nil {
		must(len(n) < fieldsMax, name, "one field too many")
		n[name] = &naming{name: name, key: `,"` + name + `":`, id: len(n)}
	}
	return n[name]
}

// knownFields are those that code here writes beside the table's.
type knownFields struct {
	host, name, upnSuffix, dnsDomain, accountName, fqdn, hostName, osFamily, subscriptionID, deviceDNSName *naming
}

// known makes them all but name, which is there when the type has it.
func (n fieldNames) known() knownFields {
	return knownFields{
		host: n.of(fieldHost), name: n[fieldName], upnSuffix: n.of("UPNSuffix"), dnsDomain: n.of("DnsDomain"), accountName: n.of("AccountName"),
		fqdn: n.of("FQDN"), hostName: n.of("HostName"), osFamily: n.of("OSFamily"), subscriptionID: n.of("SubscriptionId"),
		deviceDNSName: n.of(fieldDeviceDNSName),
	}
}

type identifierSet struct {
	Set
	prefix string // what the text of a key begins with
	salt   uint64 // tells its values from those of other sets
	fields []int
	unless []int
}

// evidenceKind is a Kind made ready.
type evidenceKind struct {
	Kind
	typ       *entityType // nil for the generic kind
	index     int         // position in Mapper.kinds
	props     []property
	byName    names     // of props
	constants []*naming // the fields of Constants
	// structural are the positions of properties that hold other objects.
	structural []int
	// identifying are the positions of properties that identifiers are read from.
	identifying []int
}

type property struct {
	Prop
	field *naming
	also  *naming       // of Also, nil without
	whole *naming       // of Field + "Original", for a Mail or UPN
	id    int           // position of its field among the identifiers, -1
	of    *evidenceKind // of Nested, NestedList, Part, Aside; nil: by @odata.type
	ofTyp *entityType   // of Inline and Hash
	twin  int           // Aside: position of the same property in of
}

// tables is the whole table made ready; read-only once built.
type tables struct {
	types    []*entityType
	kinds    []*evidenceKind
	byType   map[string]*entityType
	byName   map[string]*evidenceKind
	evidence names // of kinds
	generic  *evidenceKind
	// reserved are the fields that no property of generic evidence may take.
	reserved fieldNames
	known    knownFields // among them
}

// compile makes the table ready. It panics on a table that contradicts itself:
// the table is code, and the package's first test builds it.
func compile(kinds []Kind, types []Type) *tables {
	t := &tables{byType: map[string]*entityType{}, byName: map[string]*evidenceKind{}, reserved: reserved()}
	for _, typ := range types {
		t.addType(typ)
	}
	for _, k := range kinds {
		t.addKind(k)
	}
	called := make([]string, len(t.kinds))
	for i, k := range t.kinds {
		called[i] = k.Name
	}
	t.evidence = newNames(called)
	t.generic = t.newKind(Kind{Evidence: true})
	t.known = t.reserved.known()
	for _, k := range append(t.kinds, t.generic) {
		t.link(k)
	}
	for _, e := range t.types {
		e.known = e.fields.known()
	}
	return t
}

func (t *tables) addType(typ Type) {
	e := &entityType{Type: typ, index: len(t.types), at: map[string]int{}, host: -1, fields: reserved()}
	e.sole, e.soleMentioned = soleOf(typ.Name)
	for _, id := range typ.Identifiers {
		if id.Norm != nil && !strings.HasPrefix(id.Field, "<") {
			e.fields.of(id.Field)
		}
	}
	for i, id := range typ.Identifiers {
		e.at[id.Field] = i
	}
	if i, ok := e.at[fieldHost]; ok {
		e.host = i
	}
	position := func(fields []string) []int {
		out := make([]int, len(fields))
		for i, f := range fields {
			at, ok := e.at[f]
			must(ok, typ.Name, f)
			out[i] = at
		}
		return out
	}
	for i, s := range typ.Sets {
		e.sets = append(e.sets, identifierSet{
			Set: s, prefix: typ.Name + separator + strings.Join(s.Fields, "+"),
			salt: uint64(len(t.types)<<8 | i), fields: position(s.Fields), unless: position(s.Unless),
		})
	}
	must(len(e.sets) <= setsMax, typ.Name, "one set too many")
	t.types = append(t.types, e)
	t.byType[typ.Name] = e
}

func (t *tables) newKind(k Kind) *evidenceKind {
	e := &evidenceKind{Kind: k, index: len(t.kinds), typ: t.byType[k.Type]}
	must(k.Type == "" || e.typ != nil, k.Name, k.Type)
	props := k.Props
	if k.Evidence {
		props = append(Base(), props...)
	}
	sources := make([]string, len(props))
	for i, p := range props {
		e.props = append(e.props, property{Prop: p, id: -1})
		sources[i] = p.Source
	}
	e.byName = newNames(sources)
	return e
}

func (t *tables) addKind(k Kind) {
	e := t.newKind(k)
	t.kinds = append(t.kinds, e)
	t.byName[k.Name] = e
}

// link resolves what the kind's properties name.
func (t *tables) link(k *evidenceKind) {
	for i := range k.props {
		p := &k.props[i]
		if k.typ != nil {
			p.id = position(k.typ, p.Prop)
		}
		switch p.Via {
		case Nested, NestedList, Part, Aside:
			k.structural = append(k.structural, i)
			if p.Of != "" {
				p.of = t.byName[p.Of]
				must(p.of != nil, k.Name, p.Of)
			}
		case Inline, Hash:
			k.structural = append(k.structural, i)
			name := p.Of
			if p.Via == Hash {
				name = "filehash"
			}
			p.ofTyp = t.byType[name]
			must(p.ofTyp != nil, k.Name, name)
		case Copy, Text, Word, Roles, Verdict, Status, Record, Member, Mail, Login, UPN, Domain, Hostname, FQDN, Platform, ResourceID:
		}
		if p.id >= 0 || p.Via == Hostname || p.Via == FQDN {
			k.identifying = append(k.identifying, i)
		}
		if p.Via == Aside {
			p.twin = p.of.byName.find(p.Source)
			must(p.twin >= 0, p.Of, p.Source)
		}
		p.name(t.fieldsOf(k.typ))
	}
	for _, c := range k.Constants {
		k.constants = append(k.constants, k.typ.fields.of(c.Field))
	}
}

// fieldsOf are the fields of a type, nil the generic one.
func (t *tables) fieldsOf(typ *entityType) fieldNames {
	if typ == nil {
		return t.reserved
	}
	return typ.fields
}

// name finds the fields that a property is written to.
func (p *property) name(in fieldNames) {
	if p.Field == "" {
		return
	}
	p.field = in.of(p.Field)
	if p.Also != "" {
		p.also = in.of(p.Also)
	}
	if p.Via == Mail || p.Via == UPN {
		p.whole = in.of(p.Field + "Original")
	}
}

// position returns where a property's value goes among the identifiers.
func position(typ *entityType, p Prop) int {
	name := p.Field
	switch p.Via {
	case UPN:
		name = idUPN
	case Login:
		name = idLogin
	case Hash:
		name = p.Of
	default:
	}
	if at, ok := typ.at[name]; ok {
		return at
	}
	return -1
}

// reserved are the fields that code here writes beside the table's.
func reserved() fieldNames {
	fields := fieldNames{}
	for _, f := range []string{fieldType, fieldEntityKey, fieldIncidentEntityKey, fieldEvidenceType} {
		fields.of(f)
	}
	for _, p := range Base() {
		fields.of(p.Field)
	}
	return fields
}

func must(ok bool, where, what string) {
	if !ok {
		panic(fmt.Sprintf("entity table: %s names %q, which does not exist", where, what))
	}
}
