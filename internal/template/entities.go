package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// EntityFacts is what docs/entities.md is made of besides the table itself.
type EntityFacts struct {
	// Examples is an evidence of each type, without its @odata.type.
	Examples map[string]json.RawMessage
	// Fields are those that Sentinel documents, by entity type.
	Fields map[string]map[string]string
	// Homeless are the properties without a place, each with its reason.
	Homeless map[string]string
}

const entitiesIntroduction = "# Entities\n\n" +
	"Made of the table in `internal/entity` by `make generate`; do not edit.\n\n" +
	"`entity_mapping` gives each alert the array `microsoft.sentinel.entities`, which the exporter writes to the column `Entities` of\n" +
	"`DefenderAlert_CL` and, an entity a row, to `DefenderEntity_CL`. This page says what each property of Graph's evidence becomes. A field\n" +
	"in **bold** is one that Sentinel documents for the type; the others are added under Graph's own name in PascalCase.\n\n" +
	"- **One thing, one entity.** What is met twice in an alert is one entity: the roles, detailed roles and tags of both, the graver\n" +
	"  verdict, and of other fields the first value. `EntityKey` is the same for the same thing in every alert of the tenant, and never in\n" +
	"  another tenant. What only a name or a private address tells apart has an `IncidentEntityKey` instead, the same within the incident.\n" +
	"- **References.** Nested evidence, and what an evidence's own properties describe, are entities of their own, placed before the first\n" +
	"  that names them by `{\"$ref\": \"n\"}`. Only details (file hashes, interface addresses) stand inside their owner.\n" +
	"- **Masked and broken values** (stars, blanks, `unknown`, HTML, letters decoded wrongly, `Automation`) are kept where they are and are no part of\n" +
	"  a key: two masked accounts are two. A display name around an address is taken off; the whole stays beside it under `…Original`.\n" +
	"- **Unknown types and properties** lose nothing: a type of the future becomes a generic entity with all it has, a property that this page\n" +
	"  does not name keeps its value under its own name in PascalCase. `null`, `[]` and `{}` say nothing and are left out.\n" +
	"- **Limits.** At most 500 entities an alert, Sentinel's limit, evidence before what it only mentions; the array and the column hold those that fit\n" +
	"  60,000 bytes, under Sentinel's 64 KB; the others are in `microsoft.sentinel.entities.more` and have their rows too. `EntityCount` tells how many there are, `ShortenedColumns` that some are left out.\n"

// EntitiesPage is docs/entities.md: every evidence type, what it becomes, and
// an example of each.
func EntitiesPage(facts EntityFacts) ([]byte, error) {
	p := entitiesPage{facts: facts, kinds: map[string]entity.Kind{}, types: map[string]entity.Type{}}
	var evidence []entity.Kind
	for _, k := range entity.Kinds() {
		if p.kinds[k.Name] = k; k.Evidence {
			evidence = append(evidence, k)
		}
	}
	slices.SortFunc(evidence, func(a, b entity.Kind) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	for _, t := range entity.Types() {
		p.types[t.Name] = t
	}
	p.out.WriteString(entitiesIntroduction)
	p.overview(evidence)
	p.out.WriteString("\n## What every evidence has\n\n")
	p.table(entity.Kind{Props: entity.Base()})
	p.homeless()
	for _, k := range evidence {
		if err := p.section(k); err != nil {
			return nil, fmt.Errorf("page of entities, %s: %w", k.Name, err)
		}
	}
	return []byte(p.out.String()), nil
}

type entitiesPage struct {
	out   strings.Builder
	facts EntityFacts
	kinds map[string]entity.Kind
	types map[string]entity.Type
}

func (p *entitiesPage) overview(evidence []entity.Kind) {
	p.out.WriteString("\n## Which evidence becomes which entity\n\n" +
		"| evidence | entity | the same thing when these are equal; the first that is complete makes the key |\n| --- | --- | --- |\n")
	for _, k := range evidence {
		typ := p.types[k.Type]
		name := "`" + k.Type + "`"
		if typ.Documented {
			name = "**" + name + "**"
		}
		fmt.Fprintf(&p.out, "| [%s](#%s) | %s | %s |\n", k.Name, strings.ToLower(k.Name), name, identifiers(typ))
	}
}

// identifiers tells of the ways to know a thing again.
func identifiers(t entity.Type) string {
	var ways []string
	for _, s := range t.Sets {
		names := make([]string, len(s.Fields))
		for i, f := range s.Fields {
			names[i] = identifierName(f)
		}
		way := strings.Join(names, " + ")
		if s.Weak {
			way += " (within the incident)"
		}
		if !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	return strings.Join(ways, "; ")
}

// identifierName is a field, or what a name in angle brackets stands for.
func identifierName(field string) string {
	switch field {
	case "<upn>":
		return "principal name"
	case "<login>", "<bare login>":
		return "account name"
	case "<built-in>":
		return "built-in account"
	case "<global>":
		return "`Address`, not private"
	case "<relative>":
		return "relative `Url`"
	case "<app alone>":
		return "`AppId` without instance"
	case "<name alone>":
		return "`Name` without instance"
	}
	return "`" + field + "`"
}

func (p *entitiesPage) homeless() {
	p.out.WriteString("\n## Properties without a home\n\n")
	if len(p.facts.Homeless) == 0 {
		p.out.WriteString("None: every property of every evidence type has a field.\n")
		return
	}
	p.out.WriteString("They are in the alert's original, and nowhere else.\n\n| property | why |\n| --- | --- |\n")
	for _, name := range sortedNames(p.facts.Homeless) {
		fmt.Fprintf(&p.out, "| `%s` | %s |\n", name, p.facts.Homeless[name])
	}
}

func sortedNames(of map[string]string) []string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (p *entitiesPage) section(k entity.Kind) error {
	fmt.Fprintf(&p.out, "\n## %s\n\nBecomes `%s`", k.Name, k.Type)
	if !p.types[k.Type].Documented {
		p.out.WriteString(", which Sentinel does not document: it is named after the evidence")
	}
	p.out.WriteString(".\n\n")
	p.table(k)
	for _, c := range k.Constants {
		fmt.Fprintf(&p.out, "\n`%s` is always `%s`.\n", c.Field, c.Value)
	}
	return p.example(k)
}

// example writes an evidence of the kind and the entities that it becomes.
func (p *entitiesPage) example(k entity.Kind) error {
	given, ok := p.facts.Examples[k.Name]
	if !ok {
		return errors.New("no example")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, given); err != nil {
		return err
	}
	var d record.Document
	evidence := fmt.Sprintf(`{"@odata.type":"#microsoft.graph.security.%s",%s`, k.Name, compact.String()[1:])
	if err := d.Parse([]byte(`{"incidentId":"42","evidence":[` + evidence + `]}`)); err != nil {
		return err
	}
	alert := pcommon.NewValueEmpty()
	d.Build(alert)
	m, entities := entity.NewMapper(), &entity.Entities{}
	origin := record.Origin{Cloud: "public", TenantID: "00000000-0000-4000-8000-000000000001"}
	if err := m.Map(origin, alert.Map(), entities, m.NewTally()); err != nil {
		return err
	}
	var list []json.RawMessage
	if err := json.Unmarshal(entities.JSON(), &list); err != nil {
		return err
	}
	fmt.Fprintf(&p.out, "\n```json\n%s\n```\n\nbecomes\n\n```json\n", evidence)
	for i, one := range list {
		fmt.Fprintf(&p.out, "%s%s", map[bool]string{true: "[", false: ",\n "}[i == 0], one)
	}
	p.out.WriteString("]\n```\n")
	return nil
}
