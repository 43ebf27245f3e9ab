package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// armTemplate is an ARM template as far as it makes data collection rules.
type armTemplate struct {
	Parameters map[string]struct {
		DefaultValue any `json:"defaultValue"`
	} `json:"parameters"`
	Variables map[string]any   `json:"variables"`
	Resources []map[string]any `json:"resources"`
	// given are the values of a parameters file.
	given map[string]any
}

// parseTemplate reads text as a template; ok is false when it is none.
func parseTemplate(text []byte, given map[string]any) (t *armTemplate, ok bool, err error) {
	t = &armTemplate{}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return nil, false, nil
	}
	if err := decodeARM(text, t); err != nil {
		return nil, false, fmt.Errorf("read template: %w", err)
	}
	t.given = given
	return t, t.Resources != nil, nil
}

// parseParameters reads an ARM parameters file: the value of each parameter.
func parseParameters(text []byte) (map[string]any, error) {
	var file struct {
		Parameters map[string]struct {
			Value any `json:"value"`
		} `json:"parameters"`
	}
	if err := decodeARM(text, &file); err != nil {
		return nil, fmt.Errorf("read template parameters: %w", err)
	}
	given := map[string]any{}
	for name, p := range file.Parameters {
		given[name] = whole(p.Value)
	}
	return given, nil
}

func decodeARM(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

// whole makes integers of whole numbers: ARM has no others.
func whole(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
	case []any:
		for i := range v {
			v[i] = whole(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = whole(v[name])
		}
	}
	return v
}

// rules returns the data collection rules that the template would make, in its
// order, and nothing that it makes under a condition that does not hold. What
// decides over streams must be known here; all else, such as names, places and
// roles, is left unread.
func (t *armTemplate) rules() ([]dcrDocument, error) {
	var documents []dcrDocument
	for _, resource := range t.Resources {
		kind, _ := resource["type"].(string)
		if !strings.EqualFold(kind, "Microsoft.Insights/dataCollectionRules") {
			continue
		}
		scopes, err := t.copies(resource)
		if err != nil {
			return nil, err
		}
		for _, s := range scopes {
			made, err := s.made(resource)
			if err != nil {
				return nil, err
			}
			if !made {
				continue
			}
			document, err := s.rule(resource)
			if err != nil {
				return nil, err
			}
			documents = append(documents, document)
		}
	}
	if len(documents) == 0 {
		return nil, errors.New("the template makes no data collection rule")
	}
	return documents, nil
}

// copies returns a scope for each copy of a resource: one when it has no loop.
func (t *armTemplate) copies(resource map[string]any) ([]armScope, error) {
	base := armScope{template: t, loops: map[string]int64{}}
	loop, ok := resource["copy"].(map[string]any)
	if !ok {
		return []armScope{base}, nil
	}
	name, _ := loop["name"].(string)
	count, err := base.count(loop)
	if err != nil {
		return nil, fmt.Errorf("copy loop %q: %w", name, err)
	}
	scopes := make([]armScope, count)
	for i := range scopes {
		scopes[i] = base.within(name, int64(i))
	}
	return scopes, nil
}

func (s armScope) made(resource map[string]any) (bool, error) {
	condition, ok := resource["condition"]
	if !ok {
		return true, nil
	}
	v, err := s.value(condition)
	if err != nil {
		return false, fmt.Errorf("condition: %w", err)
	}
	made, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("condition: want true or false, got %v", v)
	}
	return made, nil
}

// rule reads what of a rule's resource decides over streams.
func (s armScope) rule(resource map[string]any) (d dcrDocument, err error) {
	properties, _ := resource["properties"].(map[string]any)
	known := map[string]any{}
	for _, name := range []string{"immutableId", "streamDeclarations", "dataFlows"} {
		v, there := member(properties, name)
		if !there {
			continue
		}
		if known[name], err = s.value(v); err != nil {
			return d, fmt.Errorf("properties.%s: %w", name, err)
		}
	}
	// The workspace is often a parameter without a value here.
	if v, there := member(properties, "destinations"); there {
		if destinations, err := s.value(v); err == nil {
			known["destinations"] = destinations
		}
	}
	text, err := json.Marshal(map[string]any{"properties": known})
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal(text, &d)
}
