package emulator

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The limits of one DCR. Source: Azure Monitor service limits, data collection
// rules, read 2026-11.
const (
	streamsMax   = 10
	dataFlowsMax = 10
)

//go:embed dcr.json builtin.json
var embedded embed.FS

// Column is one declared column; the type is one of Azure's seven words.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// DCR is a data collection rule: which streams it takes and their columns. It
// is immutable.
type DCR struct {
	ID        string // the immutable id, dcr- and 32 hex digits
	Workspace string // resource id of the first Log Analytics destination; "" = not said
	streams   map[string]map[string]string
}

// StreamNames returns the streams the rule takes, sorted.
func (d *DCR) StreamNames() []string { return slices.Sorted(keys(d.streams)) }

// DCRError is Azure's refusal of a data collection rule.
type DCRError struct {
	Code    string // of the detail: InvalidStream, InvalidColumn, …
	Message string
	Target  string // the property at fault
}

// Error reads as Azure's InvalidPayload answer does.
func (e *DCRError) Error() string {
	return fmt.Sprintf("InvalidPayload: Data collection rule is invalid: %s: %s (%s)", e.Code, e.Message, e.Target)
}

// dcrDocument is the part of a rule's ARM document that decides what is taken.
type dcrDocument struct {
	Properties struct {
		ImmutableID        string                                `json:"immutableId"`
		StreamDeclarations map[string]struct{ Columns []Column } `json:"streamDeclarations"`
		DataFlows          []struct {
			Streams      []string `json:"streams"`
			OutputStream string   `json:"outputStream"`
		} `json:"dataFlows"`
		Destinations struct {
			LogAnalytics []struct {
				WorkspaceResourceID string `json:"workspaceResourceId"`
			} `json:"logAnalytics"`
		} `json:"destinations"`
	} `json:"properties"`
}

// DefaultDCRs returns the rule that the emulator has when it is given none.
func DefaultDCRs() ([]*DCR, error) {
	text, err := embedded.ReadFile("dcr.json")
	if err != nil {
		return nil, err
	}
	return ParseDCRs(text)
}

// ParseDCRs reads texts that are each a rule's ARM document, an array of them,
// or an ARM template that makes rules. Azure numbers the rules of a template
// when it makes them; here they get dcr-…01, …02 and so on, as far as these are
// free. A rule that Azure would refuse is a [*DCRError].
func ParseDCRs(texts ...[]byte) ([]*DCR, error) { return ParseDCRsWith(nil, texts...) }

// ParseDCRsWith is ParseDCRs with the text of a parameters file for the
// templates among the texts; nil for none.
func ParseDCRsWith(parameters []byte, texts ...[]byte) ([]*DCR, error) {
	given := map[string]any{}
	if parameters != nil {
		var err error
		if given, err = parseParameters(parameters); err != nil {
			return nil, err
		}
	}
	builtin, err := builtinColumns()
	if err != nil {
		return nil, err
	}
	var documents []dcrDocument
	for _, text := range texts {
		more, err := parseDocuments(text, given)
		if err != nil {
			return nil, err
		}
		documents = append(documents, more...)
	}
	number(documents)
	rules := make([]*DCR, 0, len(documents))
	for _, document := range documents {
		rule, err := document.rule(builtin)
		if err != nil {
			return nil, fmt.Errorf("read data collection rule %s: %w", document.Properties.ImmutableID, err)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// parseDocuments reads the rules of one text.
func parseDocuments(text []byte, given map[string]any) ([]dcrDocument, error) {
	template, ok, err := parseTemplate(text, given)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read data collection rule: %w", err)
	case ok:
		return template.rules()
	}
	var documents []dcrDocument
	if err := json.Unmarshal(text, &documents); err != nil {
		documents = make([]dcrDocument, 1)
		if err := json.Unmarshal(text, &documents[0]); err != nil {
			return nil, fmt.Errorf("read data collection rule: %w", err)
		}
	}
	for _, d := range documents {
		if d.Properties.ImmutableID == "" { // a rule as Azure shows it has one
			return nil, errors.New("read data collection rule: \"immutableId\" must be dcr- and 32 hex digits")
		}
	}
	return documents, nil
}

// number gives the rules that have no id yet the lowest that are free.
func number(documents []dcrDocument) {
	taken := map[string]bool{}
	for _, d := range documents {
		taken[d.Properties.ImmutableID] = true
	}
	n := 1
	for i := range documents {
		if documents[i].Properties.ImmutableID != "" {
			continue
		}
		for taken[numbered(n)] {
			n++
		}
		documents[i].Properties.ImmutableID = numbered(n)
		taken[numbered(n)] = true
	}
}

func numbered(n int) string { return fmt.Sprintf("dcr-%032x", n) }

// builtinColumns are the columns of Azure's own tables, whose streams are not
// declared in a rule.
func builtinColumns() (map[string][]Column, error) {
	text, err := embedded.ReadFile("builtin.json")
	if err != nil {
		return nil, err
	}
	var columns map[string][]Column
	return columns, json.Unmarshal(text, &columns)
}

func (d dcrDocument) rule(builtin map[string][]Column) (*DCR, error) {
	p := d.Properties
	if !regexp.MustCompile(`^dcr-[0-9a-f]{32}$`).MatchString(p.ImmutableID) {
		return nil, errors.New("\"immutableId\" must be dcr- and 32 hex digits")
	}
	rule := &DCR{ID: p.ImmutableID, streams: map[string]map[string]string{}}
	if to := p.Destinations.LogAnalytics; len(to) > 0 {
		rule.Workspace = to[0].WorkspaceResourceID
	}
	if len(p.DataFlows) > dataFlowsMax {
		return nil, &DCRError{"InvalidDataFlow", fmt.Sprintf("The number of data flows must not exceed %d, got %d.", dataFlowsMax, len(p.DataFlows)), "properties.dataFlows"}
	}
	for name, declaration := range p.StreamDeclarations {
		if !strings.HasPrefix(name, "Custom-") {
			return nil, &DCRError{"InvalidStream", fmt.Sprintf("The name of declared stream '%s' must begin with 'Custom-'.", name), "properties.streamDeclarations"}
		}
		columns, err := checkColumns(declaration.Columns, "properties.streamDeclarations."+name)
		if err != nil {
			return nil, err
		}
		rule.streams[name] = columns
	}
	for i, flow := range p.DataFlows {
		if err := rule.flow(flow.Streams, flow.OutputStream, fmt.Sprintf("properties.dataFlows[%d]", i), builtin); err != nil {
			return nil, err
		}
	}
	if len(rule.streams) > streamsMax {
		return nil, &DCRError{"InvalidStream", fmt.Sprintf("The number of streams must not exceed %d, got %d.", streamsMax, len(rule.streams)), "properties.streamDeclarations"}
	}
	return rule, nil
}

// flow checks one data flow and opens the built-in streams it reads.
func (d *DCR) flow(streams []string, output, target string, builtin map[string][]Column) error {
	for _, name := range streams {
		if d.streams[name] != nil {
			continue
		}
		columns, known := builtin[name]
		if !known {
			return &DCRError{"InvalidStream", fmt.Sprintf("Stream '%s' is neither declared nor a built-in stream.", name), target}
		}
		d.streams[name] = map[string]string{}
		for _, c := range columns {
			d.streams[name][c.Name] = c.Type
		}
	}
	custom := strings.HasPrefix(output, "Custom-") && strings.HasSuffix(output, "_CL")
	if output != "" && !custom && !strings.HasPrefix(output, "Microsoft-") {
		return &DCRError{"InvalidOutputTable", fmt.Sprintf("Output stream '%s' must be Custom-<Table>_CL or Microsoft-<Table>.", output), target}
	}
	return nil
}

// checkColumns holds a declaration against Azure's rules for names and types.
func checkColumns(columns []Column, target string) (map[string]string, error) {
	reserved := []string{"_ResourceId", "id", "_SubscriptionId", "TenantId", "Type", "UniqueId", "Title"}
	types := []string{"string", "int", "long", "real", "boolean", "datetime", "dynamic"}
	name := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,44}$`)
	checked := map[string]string{}
	for _, c := range columns {
		switch {
		case slices.Contains(reserved, c.Name):
			return nil, &DCRError{"InvalidColumn", fmt.Sprintf("Column name '%s' is reserved.", c.Name), target}
		case !name.MatchString(c.Name):
			return nil, &DCRError{"InvalidColumn", fmt.Sprintf("Column name '%s' must begin with a letter and have at most 45 letters, digits and underscores.", c.Name), target}
		case !slices.Contains(types, c.Type):
			return nil, &DCRError{"InvalidColumn", fmt.Sprintf("Type '%s' of column '%s' is not one of %v.", c.Type, c.Name, types), target}
		case checked[c.Name] != "":
			return nil, &DCRError{"InvalidColumn", fmt.Sprintf("Column '%s' is declared twice.", c.Name), target}
		}
		checked[c.Name] = c.Type
	}
	if len(checked) == 0 {
		return nil, &DCRError{"InvalidStream", "A declared stream must have columns.", target}
	}
	return checked, nil
}
