package entity

// Type is an entity type: what makes one thing the same as another.
type Type struct {
	// Name is the entity's Type member.
	Name string
	// Documented: Sentinel's entity reference has this type. The others are
	// named here after Graph's evidence type.
	Documented bool
	// Identifiers are the values that Sets are made of.
	Identifiers []Identifier
	// Sets are the identifier sets, strongest first.
	Sets []Set
	// Derive adjusts the identifiers of one thing after they were read; nil
	// when there is nothing to adjust.
	Derive func(identity)
	// Words are Sentinel's spellings of a field's enum members.
	Words map[string][]string
	// OnHost: a derived entity of this type takes the Host of its owner.
	OnHost bool
}

// Identifier is one value that helps to tell things apart. Field is the entity
// field that holds it, or a name in angle brackets for a value that Derive
// makes of others. Norm brings equal things to equal values, the zero one for
// what can be no part of an identity; nil when the field holds another entity,
// whose identity counts.
type Identifier struct {
	Field string
	Norm  func(string) ident
}

// Set is one way to tell that two things are the same: all Fields have values,
// and equal ones, while no field of Unless has two different values.
type Set struct {
	Fields []string
	Unless []string
	// Weak: good enough within one alert, never for an EntityKey.
	Weak bool
	// KeyOnly: adds precision to the key, but two things of an alert are
	// compared by the sets that follow.
	KeyOnly bool
}

// Derived identifiers.
const (
	idUPN       = "<upn>"        // name@suffix
	idLogin     = "<login>"      // the account name that goes with a domain
	idBuiltIn   = "<built-in>"   // an account that every host has
	idBareLogin = "<bare login>" // an account name with nothing beside it
	idGlobal    = "<global>"     // an address that means one thing everywhere
	idRelative  = "<relative>"   // a URL without scheme or host
	idAppAlone  = "<app alone>"  // an application's id without an instance
	idNameAlone = "<name alone>" // an application's name without an instance
)

// Types is what is known of every entity type, in the order of the docs. The
// slice is the caller's.
//
// Source: Microsoft Sentinel entity types reference, strong and weak
// identifiers, read 2026-11. Defender's own device id comes before them: it is
// what its evidence is joined by.
func Types() []Type {
	var all []Type
	for _, group := range [][]Type{
		accountTypes(), hostTypes(), fileTypes(), networkTypes(), mailTypes(), cloudTypes(), otherTypes(),
	} {
		all = append(all, group...)
	}
	return all
}

func ids(norm func(string) ident, fields ...string) []Identifier {
	out := make([]Identifier, len(fields))
	for i, f := range fields {
		out[i] = Identifier{f, norm}
	}
	return out
}

func join(groups ...[]Identifier) []Identifier {
	var all []Identifier
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// refs are identifiers that are entities themselves.
func refs(fields ...string) []Identifier { return ids(nil, fields...) }

func strong(fields ...string) Set { return Set{Fields: fields} }
func weak(fields ...string) Set   { return Set{Fields: fields, Weak: true} }

func (s Set) unless(fields ...string) Set { s.Unless = fields; return s }
func (s Set) keyOnly() Set                { s.KeyOnly = true; return s }

// simple is a type of our own naming with one identifier set.
func simple(name string, norm func(string) ident, fields ...string) Type {
	return Type{Name: name, Identifiers: ids(norm, fields...), Sets: []Set{strong(fields...)}}
}
