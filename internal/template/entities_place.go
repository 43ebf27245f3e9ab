package template

import (
	"fmt"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
)

// table writes where each property of a kind is found.
func (p *entitiesPage) table(k entity.Kind) {
	p.out.WriteString("| property | field | |\n| --- | --- | --- |\n")
	p.rows(k, k.Props, "", "")
}

// rows writes a row for each property of a kind, and for those of its parts.
// prefix stands before a property, at before a field.
func (p *entitiesPage) rows(k entity.Kind, props []entity.Prop, prefix, at string) {
	for _, prop := range props {
		path := prefix + prop.Source
		of := p.kinds[prop.Of]
		switch prop.Via {
		case entity.Part:
			p.rows(of, of.Props, path+".", at)
		case entity.Aside:
			p.rows(of, only(of.Props, prop.Source), prefix, at+p.field(k.Type, prop.Field)+" → ")
		case entity.Nested:
			p.row(path, at+p.field(k.Type, prop.Field), p.reference(prop.Of))
			if isPart(prop.Of) {
				p.rows(of, of.Props, path+".", at+p.field(k.Type, prop.Field)+" → ")
			}
		case entity.NestedList:
			p.row(path, at+p.field(k.Type, prop.Field), "each "+p.reference(prop.Of))
			if isPart(prop.Of) {
				p.rows(of, of.Props, path+"[].", at+p.field(k.Type, prop.Field)+" → ")
			}
		case entity.Member:
			p.row(path, at+p.field(k.Type, prop.Field)+".`"+prop.Also+"`", "")
		default:
			p.row(path, at+p.field(k.Type, prop.Field), how(prop))
		}
	}
}

func (p *entitiesPage) row(property, field, note string) {
	fmt.Fprintf(&p.out, "| `%s` | %s | %s |\n", property, field, note)
}

// field is a field's name, in bold when Sentinel documents it.
func (p *entitiesPage) field(typeName, name string) string {
	if p.facts.Fields[typeName][name] != "" {
		return "**`" + name + "`**"
	}
	return "`" + name + "`"
}

func (p *entitiesPage) reference(kind string) string {
	if kind == "" {
		return "a reference to an entity of any type"
	}
	return "a reference to " + article(p.kinds[kind].Type)
}

func article(typeName string) string {
	if strings.ContainsRune("aeio", rune(typeName[0])) {
		return "an `" + typeName + "`"
	}
	return "a `" + typeName + "`"
}

func isPart(kind string) bool { return strings.HasPrefix(kind, "<") }

func only(props []entity.Prop, source string) []entity.Prop {
	for _, prop := range props {
		if prop.Source == source {
			return []entity.Prop{prop}
		}
	}
	return nil
}

// how says what becomes of a value on its way, "" when nothing does.
func how(prop entity.Prop) string {
	switch prop.Via {
	case entity.Text:
		return "as text"
	case entity.Word:
		return "in Sentinel's spelling where it has the word"
	case entity.Roles:
		return "of all that is the same thing"
	case entity.Verdict:
		return "the gravest of all that is the same thing"
	case entity.Status:
		return "the first that is not `none`"
	case entity.Inline:
		return "each inside, as " + article(prop.Of)
	case entity.Hash:
		return "inside, as a `filehash` of `" + prop.Of + "`"
	case entity.Record:
		return "its members in PascalCase"
	case entity.Mail:
		return "the address; what stood around it is in `" + prop.Field + "Original`"
	case entity.Login:
		return "unless the principal name gives it; the whole is in `AccountName` then"
	case entity.UPN:
		return "also **`Name`** and **`UPNSuffix`**"
	case entity.Domain:
		return "**`DnsDomain`** when it has a dot"
	case entity.Hostname:
		return "to the first dot; the rest is **`DnsDomain`**, the whole `FQDN`"
	case entity.FQDN:
		return "also **`HostName`** and **`DnsDomain`** where there are none; `DeviceDnsName` where `hostName` is another full name"
	case entity.Platform:
		return "also **`OSFamily`**"
	case entity.ResourceID:
		return "also `SubscriptionId`"
	case entity.Copy, entity.Nested, entity.NestedList, entity.Part, entity.Aside, entity.Member:
	}
	return ""
}
