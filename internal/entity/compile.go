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
	spots [spotsMax]int // positions of identifiers that code knows, -1 without
	sets  []identifierSet
	host  int // position of Host among the identifiers, -1 without
	// sole is what the only one of its kind is, -1 nothing; soleMentioned, even
	// when it is no evidence.
	sole          Sole
	soleMentioned bool
	// fields are those that the table may write, which no unknown property
	// may take.
	fields *fieldNames
	known  knownFields
}

type identifierSet struct {
	Set
	prefix string // what the text of a key begins with
	salt   uint64 // tells its values from those of other sets
	fields []int
	unless []int
	need   uint32 // the fields, a bit each
	things bool   // some are things
}

// identifiersMax is how many identifiers a type may have.
const identifiersMax = 32

// evidenceKind is a Kind made ready.
type evidenceKind struct {
	Kind
	typ       *entityType // nil for the generic kind
	index     int         // position in Mapper.kinds
	props     []property
	byName    names     // of props
	constants []*naming // the fields of Constants
	// structural are the properties that hold other objects, identifying those
	// that identifiers are read from: a bit each.
	structural, identifying uint64
}

// propsMax is how many properties a kind may have.
const propsMax = 64

// property is a Prop made ready. It is two cache lines long, and what most
// values need is in the first: alerts come with other work between them, so
// that the table is read from memory each time.
type property struct {
	field *naming
	id    int32 // position of its field among the identifiers, -1
	twin  int32 // Aside: position of the same property in of
	Prop
	also  *naming       // of Also, nil without
	whole *naming       // of Field + "Original", for a Mail or UPN
	of    *evidenceKind // of Nested, NestedList, Part, Aside; nil: by @odata.type
	ofTyp *entityType   // of Inline and Hash
	// siblings are the properties that describe the same Aside: a bit each.
	siblings uint64
}

// tables is the whole table made ready; read-only once built.
type tables struct {
	types    []*entityType
	kinds    []*evidenceKind
	byType   map[string]*entityType
	byName   map[string]*evidenceKind
	evidence names // of kinds
	generic  *evidenceKind
	all      []*evidenceKind // kinds, and generic as the last
	// account and host are types that code here knows.
	account, host *entityType
	// reserved are the fields that no property of generic evidence may take.
	reserved *fieldNames
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
	t.all = append(append(t.all, t.kinds...), t.generic)
	for _, k := range t.all {
		t.link(k)
	}
	t.account, t.host = t.byType["account"], t.byType["host"]
	for _, e := range t.types {
		e.known = e.fields.known()
		e.fields.ready()
	}
	t.reserved.ready()
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
	for s, field := range spotNames() {
		e.spots[s] = -1
		if i, ok := e.at[field]; ok {
			e.spots[s] = i
		}
	}
	e.host = e.spots[atHost]
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
		set := identifierSet{
			Set: s, prefix: typ.Name + separator + strings.Join(s.Fields, "+"),
			salt: uint64(len(t.types)<<8 | i), fields: position(s.Fields), unless: position(s.Unless),
		}
		for _, at := range set.fields {
			set.need |= 1 << at
			set.things = set.things || typ.Identifiers[at].Norm == nil
		}
		e.sets = append(e.sets, set)
	}
	must(len(typ.Identifiers) <= identifiersMax, typ.Name, "one identifier too many")
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
		sources[i] = p.Source
	}
	sources = together(sources)
	e.props = make([]property, len(props))
	for i, p := range props {
		p.Source = sources[i]
		e.props[i] = property{Prop: p, id: -1}
	}
	must(len(props) <= propsMax, k.Name, "one property too many")
	e.byName = newNames(sources)
	return e
}

// together are the same texts, side by side in memory.
func together(texts []string) []string {
	all := strings.Join(texts, "")
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i], all = all[:len(text)], all[len(text):]
	}
	return out
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
			p.id = int32(position(k.typ, p.Prop))
		}
		switch p.Via {
		case Nested, NestedList, Part, Aside:
			k.structural |= 1 << i
			if p.Of != "" {
				p.of = t.byName[p.Of]
				must(p.of != nil, k.Name, p.Of)
			}
		case Inline, Hash:
			k.structural |= 1 << i
			name := p.Of
			if p.Via == Hash {
				name = "filehash"
			}
			p.ofTyp = t.byType[name]
			must(p.ofTyp != nil, k.Name, name)
		case Copy, Text, Word, Roles, Verdict, Status, Record, Member, Mail, Login, UPN, Domain, Hostname, FQDN, Platform, ResourceID:
		}
		if p.id >= 0 || p.Via == Hostname || p.Via == FQDN {
			k.identifying |= 1 << i
			k.typ.mustHave(p.Prop)
		}
		if p.Via == Aside {
			p.twin = int32(p.of.byName.find(p.Source))
			must(p.twin >= 0, p.Of, p.Source)
			for j, other := range k.props {
				if other.Via == Aside && other.Of == p.Of {
					p.siblings |= 1 << j
				}
			}
		}
		p.name(t.fieldsOf(k.typ))
	}
	for _, c := range k.Constants {
		k.constants = append(k.constants, k.typ.fields.of(c.Field))
	}
}

// name finds the fields that a property is written to.
func (p *property) name(in *fieldNames) {
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

// mustHave panics when a property may give an identifier that the type has not.
func (e *entityType) mustHave(p Prop) {
	var spots []spot
	switch p.Via {
	case Login:
		spots = []spot{atUPN}
	case Domain:
		spots = []spot{atDNSDomain}
	case Hostname, FQDN:
		spots = []spot{atHostName, atDNSDomain}
	default:
	}
	for _, s := range spots {
		must(e.spots[s] >= 0, e.Name, spotNames()[s])
	}
}

func must(ok bool, where, what string) {
	if !ok {
		panic(fmt.Sprintf("entity table: %s names %q, which does not exist", where, what))
	}
}
