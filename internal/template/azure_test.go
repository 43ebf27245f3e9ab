package template_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// document is an ARM template as far as these tests look at it.
type document struct {
	Schema     string `json:"$schema"`
	Parameters map[string]struct {
		Type          string `json:"type"`
		DefaultValue  any    `json:"defaultValue"`
		AllowedValues []any  `json:"allowedValues"`
		Metadata      struct {
			Description string `json:"description"`
		} `json:"metadata"`
	} `json:"parameters"`
	Variables map[string]any            `json:"variables"`
	Resources []resource                `json:"resources"`
	Outputs   map[string]map[string]any `json:"outputs"`
}

type resource struct {
	Type       string         `json:"type"`
	APIVersion string         `json:"apiVersion"`
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Location   string         `json:"location"`
	Condition  any            `json:"condition"`
	Scope      string         `json:"scope"`
	DependsOn  []string       `json:"dependsOn"`
	Properties map[string]any `json:"properties"`
}

func read(t *testing.T, path string, into any) (text string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, into))
	return string(b)
}

func (d document) of(kind string) (found []resource) {
	for _, r := range d.Resources {
		if r.Type == kind {
			found = append(found, r)
		}
	}
	return found
}

// requireSound holds a template against what Azure checks before it begins.
func requireSound(t *testing.T, d document, text string) {
	t.Helper()
	require.Equal(t, "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", d.Schema)
	for name, p := range d.Parameters {
		require.Regexp(t, `\.$`, p.Metadata.Description, name)
		if p.AllowedValues != nil {
			require.Contains(t, p.AllowedValues, p.DefaultValue, name)
		}
	}
	used := map[string]map[string]bool{"parameters": {}, "variables": {}}
	for _, found := range regexp.MustCompile(`(parameters|variables)\('([^']*)'\)`).FindAllStringSubmatch(text, -1) {
		used[found[1]][found[2]] = true
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(d.Parameters)), slices.Collect(maps.Keys(used["parameters"])))
	require.ElementsMatch(t, slices.Collect(maps.Keys(d.Variables)), slices.Collect(maps.Keys(used["variables"])))
	for _, expression := range regexp.MustCompile(`"\[[^"]*\]"`).FindAllString(text, -1) {
		require.Equal(t, strings.Count(expression, "("), strings.Count(expression, ")"), expression)
	}
	names := map[string]bool{}
	for _, r := range d.Resources {
		require.NotEmpty(t, r.APIVersion, r.Name)
		require.False(t, names[r.Type+r.Name], "%s twice", r.Name)
		names[r.Type+r.Name] = true
	}
}

func TestTheTemplateIsSound(t *testing.T) {
	var d document
	requireSound(t, d, read(t, deployed, &d))
	require.Less(t, len(d.Resources), 800)
}

func TestTheTemplateMakesEveryTableWithItsColumns(t *testing.T) {
	var d document
	read(t, deployed, &d)
	made := d.of("Microsoft.OperationalInsights/workspaces/tables")
	require.Len(t, made, len(schema.Tables()))
	for i, table := range schema.Tables() {
		require.Equal(t, "[concat(parameters('workspaceName'), '/"+table.Name+"')]", made[i].Name)
		columns := d.Variables["tableColumns"].(map[string]any)[table.Name].([]any)
		require.Len(t, columns, len(table.Columns))
		for j, c := range table.Columns {
			require.Equal(t, map[string]any{"name": c.Name, "type": string(c.Type), "description": c.Description}, columns[j])
		}
		properties := made[i].Properties["schema"].(map[string]any)
		require.Equal(t, table.Name, properties["name"])
		require.Contains(t, properties["columns"], "variables('tableColumns')."+table.Name+",")
	}
}

// A rule refuses an output table that is missing, and Azure makes things side
// by side unless told otherwise.
func TestRulesComeAfterTheirTablesAndRolesAfterTheirRules(t *testing.T) {
	var d document
	read(t, deployed, &d)
	rules, roles := d.of("Microsoft.Insights/dataCollectionRules"), d.of("Microsoft.Authorization/roleAssignments")
	require.Len(t, rules, 1)
	require.Len(t, roles, len(rules))
	for _, table := range schema.Tables() {
		require.Contains(t, rules[0].DependsOn, "[resourceId('Microsoft.OperationalInsights/workspaces/tables', parameters('workspaceName'), '"+table.Name+"')]")
	}
	require.Equal(t, "Direct", rules[0].Kind)
	require.Equal(t, "[parameters('location')]", rules[0].Location)
	require.Equal(t, []string{roles[0].Scope}, roles[0].DependsOn)
	require.Contains(t, roles[0].Scope, "Microsoft.Insights/dataCollectionRules")
	require.Contains(t, roles[0].Properties["roleDefinitionId"], "3913510d-42f4-4e42-8a64-420c390055eb", "Monitoring Metrics Publisher")
	require.Equal(t, "[not(empty(parameters('principalId')))]", roles[0].Condition)
	endpoint := d.of("Microsoft.Insights/dataCollectionEndpoints")
	require.Len(t, endpoint, 1)
	require.Equal(t, "[parameters('createDataCollectionEndpoint')]", endpoint[0].Condition)
}

func TestEveryFlowFitsItsOutputTable(t *testing.T) {
	var d document
	read(t, deployed, &d)
	streams := d.of("Microsoft.Insights/dataCollectionRules")[0].Properties["streamDeclarations"].(map[string]any)
	plain := d.Variables["streamColumns"].(map[string]any)
	for _, f := range d.Variables["flows"].([]any) {
		flow := f.(map[string]any)
		require.Equal(t, "source", flow["transformKql"])
		stream := flow["streams"].([]any)[0].(string)
		if stream == schema.StreamOTelLogs {
			require.Equal(t, stream, flow["outputStream"])
			continue
		}
		table := strings.TrimPrefix(flow["outputStream"].(string), "Custom-")
		require.Equal(t, stream+"_CL", "Custom-"+table)
		require.Contains(t, streams[stream].(map[string]any)["columns"], "variables('streamColumns')."+table+",")
		described := d.Variables["tableColumns"].(map[string]any)[table].([]any)
		require.Len(t, described, len(plain[table].([]any)))
		for i, c := range plain[table].([]any) {
			want := maps.Clone(described[i].(map[string]any))
			delete(want, "description")
			require.Equal(t, want, c)
		}
	}
}

func TestOutputsAreARuleOfTheExportersConfiguration(t *testing.T) {
	var d document
	read(t, deployed, &d)
	value := d.Outputs["rule"]["value"].(map[string]any)
	require.Contains(t, value["endpoint"], ".endpoints.logsIngestion")
	require.Contains(t, value["immutable_id"], ".immutableId")
	require.Len(t, value["streams"], len(schema.Tables())+2)
	require.Equal(t, "[parameters('createDataCollectionEndpoint')]", d.Outputs["dataCollectionEndpoint"]["condition"])
}

func TestTheFormAsksForEveryParameterAndHandsItOver(t *testing.T) {
	var d document
	read(t, deployed, &d)
	var form struct {
		Parameters struct {
			Steps []struct {
				Name     string `json:"name"`
				Elements []struct {
					Name         string `json:"name"`
					DefaultValue any    `json:"defaultValue"`
					Constraints  struct {
						Regex string `json:"regex"`
					} `json:"constraints"`
				} `json:"elements"`
			} `json:"steps"`
			Outputs map[string]string `json:"outputs"`
		} `json:"parameters"`
	}
	read(t, "deploy/azure/createUiDefinition.json", &form)
	require.ElementsMatch(t, slices.Collect(maps.Keys(d.Parameters)), slices.Collect(maps.Keys(form.Parameters.Outputs)))
	elements := map[string]bool{}
	for _, step := range form.Parameters.Steps {
		for _, e := range step.Elements {
			elements[step.Name+"."+e.Name] = true
			if e.Constraints.Regex != "" {
				require.Regexp(t, e.Constraints.Regex, e.DefaultValue, e.Name)
			}
		}
	}
	for name, expression := range form.Parameters.Outputs {
		found := regexp.MustCompile(`steps\('([^']*)'\)\.([A-Za-z]+)`).FindStringSubmatch(expression)
		require.NotNil(t, found, name)
		require.True(t, elements[found[1]+"."+found[2]], expression)
	}
}
