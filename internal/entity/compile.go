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
	fields map[string]bool
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
	typ    *entityType // nil for the generic kind
	index  int         // position in Mapper.kinds
	props  []property
	byName map[string]int
	// structural are the positions of properties that hold other objects.
	structural []int
	// identifying are the positions of properties that identifiers are read from.
	identifying []int
}

type property struct {
	Prop
	id    int           // position of its field among the identifiers, -1
	of    *evidenceKind // of Nested, NestedList, Part, Aside; nil: by @odata.type
	ofTyp *entityType   // of Inline and Hash
	twin  int           // Aside: position of the same property in of
}

// tables is the whole table made ready; read-only once built.
type tables struct {
	types   []*entityType
	kinds   []*evidenceKind
	byType  map[string]*entityType
	byName  map[string]*evidenceKind
	generic *evidenceKind
	// reserved are the fields that no property of generic evidence may take.
	reserved map[string]bool
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
	t.generic = t.newKind(Kind{Evidence: true})
	for _, k := range append(t.kinds, t.generic) {
		t.link(k)
	}
	return t
}

func (t *tables) addType(typ Type) {
	e := &entityType{Type: typ, index: len(t.types), at: map[string]int{}, host: -1, fields: reserved()}
	e.sole, e.soleMentioned = soleOf(typ.Name)
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
	e := &evidenceKind{Kind: k, index: len(t.kinds), typ: t.byType[k.Type], byName: map[string]int{}}
	must(k.Type == "" || e.typ != nil, k.Name, k.Type)
	props := k.Props
	if k.Evidence {
		props = append(Base(), props...)
	}
	for i, p := range props {
		e.props = append(e.props, property{Prop: p, id: -1})
		e.byName[p.Source] = i
	}
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
			at, ok := p.of.byName[p.Source]
			must(ok, p.Of, p.Source)
			p.twin = at
		}
		if k.typ != nil {
			k.typ.fields[p.Field] = true
		}
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
func reserved() map[string]bool {
	fields := map[string]bool{fieldType: true, fieldEntityKey: true, fieldIncidentEntityKey: true, fieldEvidenceType: true, fieldHost: true}
	for _, f := range []string{"UPNSuffix", "DnsDomain", "AccountName", "FQDN", "HostName", "OSFamily", "SubscriptionId", fieldDeviceDNSName} {
		fields[f] = true
	}
	for _, p := range Base() {
		fields[p.Field] = true
	}
	return fields
}

func must(ok bool, where, what string) {
	if !ok {
		panic(fmt.Sprintf("entity table: %s names %q, which does not exist", where, what))
	}
}
