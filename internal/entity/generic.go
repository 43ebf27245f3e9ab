package entity

import "strings"

// typeName is the entity's Type.
func (b *builder) typeName(t *thing) string {
	if typ := b.typeOf(t); typ != nil {
		return typ.Name
	}
	return b.tables.genericType(b.str(b.sources[t.first].name))
}

// evidenceNameMax bounds the name of an evidence type that is not in the table.
const evidenceNameMax = 128

// evidenceType is the evidence type that the thing is, or was read from.
func (b *builder) evidenceType(t *thing) string {
	mentioned := ""
	for src := t.first; src >= 0; src = b.sources[src].next {
		s := &b.sources[src]
		switch kind := b.kindAt(s.kind); {
		case kind == b.tables.generic:
			name := b.str(s.name)
			return name[:min(len(name), evidenceNameMax)]
		case kind != nil && kind.Evidence:
			return kind.Name
		case mentioned == "" && s.owner != noKind:
			mentioned = b.kindAt(s.owner).Name
		}
	}
	return mentioned
}

// genericType names the type of an unknown evidence type: lower case with
// hyphens, and none of the types of the table.
func (t *tables) genericType(name string) string {
	kebab := hyphenated(strings.TrimSuffix(name, "Evidence"))
	if kebab == "" || len(name) > evidenceNameMax {
		return "evidence"
	}
	if _, taken := t.byType[kebab]; taken {
		return kebab + "-evidence"
	}
	return kebab
}

// hyphenated turns camelCase into lower case with hyphens; what is neither
// letter nor digit is left out.
func hyphenated(s string) string {
	var out strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			out.WriteByte(c)
		case 'A' <= c && c <= 'Z':
			if out.Len() > 0 {
				out.WriteByte('-')
			}
			out.WriteByte(c - 'A' + 'a')
		}
	}
	return out.String()
}

// freeField is the field of a property that the table does not know.
func (b *builder) freeField(typ *entityType, name string) string {
	field := pascal(name)
	if b.tables.fieldsOf(typ).byName[field] != nil {
		return "_" + field
	}
	return field
}
