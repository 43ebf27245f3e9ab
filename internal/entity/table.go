package entity

// Via says how a property's value becomes part of an entity.
type Via int

const (
	// Copy: the value as it is.
	Copy Via = iota
	// Text: a number as text, since Sentinel declares the field a string.
	Text
	// Word: an enum member in Sentinel's spelling when Sentinel has it, else
	// as it is.
	Word
	// Roles: a list that is united when the same thing is met twice.
	Roles
	// Verdict: the graver one stays when the same thing is met twice.
	Verdict
	// Status: the first one that is not `none` stays when the same thing is
	// met twice.
	Status
	// Nested: an object that is an entity of its own; Of names its kind.
	Nested
	// NestedList: a list of such objects.
	NestedList
	// Part: an object whose properties are the entity's own; Of names its kind.
	Part
	// Aside: the property describes a second entity, which Field names; Of is
	// that one's kind, which has the same property.
	Aside
	// Inline: a text, or a list of texts, each written inside as an entity of
	// the type Of with the text as its first identifier.
	Inline
	// Hash: a file hash, written inside as a filehash entity; Of is its
	// algorithm.
	Hash
	// Record: an object, or a list of objects, whose members are written in
	// PascalCase as Sentinel does.
	Record
	// Member: the value is the member Also of the object Field.
	Member
	// Mail: a mail address, taken out of angle brackets when a display name
	// stands before it; then the whole stays under Field + "Original".
	Mail
	// Login: an account name. Sentinel's Name is the part before the @.
	Login
	// UPN: a user principal name, split into Name and UPNSuffix.
	UPN
	// Domain: an account's domain: NTDomain, or DnsDomain when it has a dot.
	Domain
	// Hostname: a device's name; a dotted one is split into HostName and
	// DnsDomain, and the whole stays under FQDN.
	Hostname
	// FQDN: a device's full DNS name, which gives HostName and DnsDomain when
	// the device has neither.
	FQDN
	// Platform: an operating system's name, which gives OSFamily too.
	Platform
	// ResourceID: an ARM id, which gives SubscriptionId too.
	ResourceID
)

// Prop places one property.
type Prop struct {
	// Source is the property's name in Graph.
	Source string
	// Field is the entity's field; empty for a Part.
	Field string
	// Via is how the value gets there.
	Via Via
	// Of is the kind of a Nested, NestedList, Part or Aside, the type of an
	// Inline, or a Hash's algorithm.
	Of string
	// Also is a second field with the same value, unless it has one, or the
	// member's name of a Member.
	Also string
}

// Kind places every property of one Graph type.
type Kind struct {
	// Name is the Graph type without "#microsoft.graph.security.", or a name
	// in angle brackets for what is only a part of such a type.
	Name string
	// Type is the Type of the entity that it is, or is a part of.
	Type string
	// Props are its own properties, in the order Graph sends them; those of
	// every evidence (Base) come on top when Evidence is true.
	Props []Prop
	// Evidence: it is one of Graph's evidence types.
	Evidence bool
	// Constants are fields with a documented default that Graph leaves out.
	Constants []Constant
}

// Constant is a field that always has the same value.
type Constant struct{ Field, Value string }

// Base places the properties that every evidence has.
//
// Source: Microsoft Graph v1.0, alertEvidence, read 2026-11.
func Base() []Prop {
	return []Prop{
		{Source: "createdDateTime", Field: "CreatedDateTime"},
		{Source: "verdict", Field: fieldVerdict, Via: Verdict},
		{Source: "remediationStatus", Field: fieldRemediationStatus, Via: Status},
		{Source: "remediationStatusDetails", Field: "RemediationStatusDetails"},
		{Source: "roles", Field: fieldRoles, Via: Roles},
		{Source: "detailedRoles", Field: "DetailedRoles", Via: Roles},
		{Source: "tags", Field: "Tags", Via: Roles},
	}
}

// Kinds is the table: every evidence type of Graph v1.0 and the parts they are
// made of. The slice is the caller's.
//
// Source: Microsoft Graph v1.0 metadata of 2026-08-20 for the left side,
// Microsoft Sentinel entity types reference, read 2026-11, for the right.
func Kinds() []Kind {
	var all []Kind
	for _, group := range [][]Kind{
		endpointKinds(), identityKinds(), mailKinds(), networkKinds(),
		cloudKinds(), kubernetesKinds(), applicationKinds(), iotKinds(),
	} {
		all = append(all, group...)
	}
	return all
}

// Members of an entity that are read elsewhere, or that code here sets.
const (
	fieldID                = "$id"
	fieldRef               = "$ref"
	fieldType              = "Type"
	fieldEntityKey         = "EntityKey"
	fieldIncidentEntityKey = "IncidentEntityKey"
	fieldEvidenceType      = "EvidenceType"
	fieldRoles             = "Roles"
	fieldVerdict           = "Verdict"
	fieldRemediationStatus = "RemediationStatus"
	fieldHost              = "Host"
	fieldName              = "Name"
	fieldImageFile         = "ImageFile"
	fieldParentProcess     = "ParentProcess"
	fieldDeviceDNSName     = "DeviceDnsName"
)

// as places a property under its own name in PascalCase.
func as(sources ...string) []Prop {
	props := make([]Prop, len(sources))
	for i, s := range sources {
		props[i] = Prop{Source: s, Field: pascal(s)}
	}
	return props
}

func to(source, field string) Prop            { return Prop{Source: source, Field: field} }
func via(source, field string, how Via) Prop  { return Prop{Source: source, Field: field, Via: how} }
func nested(source, field, of string) Prop    { return Prop{source, field, Nested, of, ""} }
func nestedAll(source, field, of string) Prop { return Prop{source, field, NestedList, of, ""} }
func aside(source, field, of string) Prop     { return Prop{source, field, Aside, of, ""} }
func inline(source, field, of string) Prop    { return Prop{source, field, Inline, of, ""} }
func part(source, of string) Prop             { return Prop{source, "", Part, of, ""} }

// records places objects under their own name in PascalCase, members too.
func records(sources ...string) []Prop {
	props := as(sources...)
	for i := range props {
		props[i].Via = Record
	}
	return props
}

// list joins single properties and runs of them.
func list(items ...any) []Prop {
	var props []Prop
	for _, item := range items {
		switch item := item.(type) {
		case Prop:
			props = append(props, item)
		case []Prop:
			props = append(props, item...)
		}
	}
	return props
}
