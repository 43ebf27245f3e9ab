package template

import (
	"fmt"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// Resource types with the version of each that is asked for.
//
// Source: Azure Monitor, structure of data collection rules and tables API,
// read 2026-11.
const (
	typeTable    = "Microsoft.OperationalInsights/workspaces/tables"
	typeRule     = "Microsoft.Insights/dataCollectionRules"
	typeEndpoint = "Microsoft.Insights/dataCollectionEndpoints"
	typeRole     = "Microsoft.Authorization/roleAssignments"

	versionTable    = "2022-10-01"
	versionRule     = "2023-03-11"
	versionEndpoint = "2023-03-11"
	versionRole     = "2022-04-01"

	// metricsPublisher is the role that may write: Monitoring Metrics
	// Publisher, in every cloud.
	metricsPublisher = "3913510d-42f4-4e42-8a64-420c390055eb"
)

const workspaceID = "[resourceId('Microsoft.OperationalInsights/workspaces', parameters('workspaceName'))]"

// Azure is deploy/azure/azuredeploy.json: tables, rules and roles.
func Azure() ([]byte, error) { return azure(schema.Tables()) }

func azure(tables []schema.Table) ([]byte, error) {
	resources := []any{}
	for _, t := range tables {
		resources = append(resources, tableResource(t))
	}
	resources = append(resources, endpointResource())
	outputs := object{}
	for i, group := range groups(tables) {
		resources = append(resources, ruleResource(i, group), roleResource(i))
		outputs = append(outputs, ruleOutput(i, group))
	}
	outputs = append(outputs, endpointOutput())
	return file(object{
		{"$schema", "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"},
		{"contentVersion", "1.0.0.0"},
		{"metadata", object{
			{"description", "Tables, data collection rules and the role to write for the Defender XDR connector. Made of internal/schema by `make generate`; do not edit."},
		}},
		{"parameters", define(parameters())},
		{"variables", variables(tables)},
		{"resources", resources},
		{"outputs", outputs},
	})
}

// ruleGroup is what one rule takes.
type ruleGroup struct {
	tables   []schema.Table
	builtins []string
}

// groups deals the streams out to rules, ten to each at most. Azure's own
// tables go to the first.
func groups(tables []schema.Table) []ruleGroup {
	all := []ruleGroup{{builtins: builtins()}}
	for _, t := range tables {
		last := &all[len(all)-1]
		if len(last.tables)+len(last.builtins) == schema.StreamsMax {
			all = append(all, ruleGroup{})
			last = &all[len(all)-1]
		}
		last.tables = append(last.tables, t)
	}
	return all
}

// variables hold the columns twice: as a table has them, with what they are,
// and as a stream declares them.
func variables(tables []schema.Table) object {
	described, plain := object{}, object{}
	for _, t := range tables {
		columns := make([]any, len(t.Columns))
		for i, c := range t.Columns {
			columns[i] = object{{"name", c.Name}, {"type", c.Type}, {"description", c.Description}}
		}
		described = append(described, member{t.Name, columns})
		plain = append(plain, member{t.Name, declared(t)})
	}
	flows := []any{}
	for _, t := range groups(tables)[0].tables {
		flows = append(flows, flow(t.Stream, "Custom-"+t.Name))
	}
	return object{
		{"tableColumns", described},
		{"streamColumns", plain},
		{"flows", append(flows, flow(schema.StreamOTelLogs, schema.StreamOTelLogs))},
		{"asimFlows", []any{flow(schema.StreamASimAlert, schema.StreamASimAlert)}},
		{"none", []any{}},
	}
}

// columnsOf is the expression for the columns of a table and those of the
// user's own.
func columnsOf(variable string, t schema.Table) string {
	return fmt.Sprintf("[concat(variables('%s').%s, if(contains(parameters('extraColumns'), '%s'), parameters('extraColumns').%s, variables('none')))]",
		variable, t.Name, t.Name, t.Name)
}

func tableResource(t schema.Table) object {
	plan, retention, total := any(planAnalytics), any("[parameters('retentionInDays')]"), any("[parameters('totalRetentionInDays')]")
	if t.Stream == schema.StreamOriginal {
		// The other plans have a fixed time of query.
		plan = "[parameters('originalPlan')]"
		retention = "[if(equals(parameters('originalPlan'), 'Analytics'), parameters('retentionInDays'), -1)]"
	}
	return object{
		{"type", typeTable},
		{"apiVersion", versionTable},
		{"name", fmt.Sprintf("[concat(parameters('workspaceName'), '/%s')]", t.Name)},
		{"properties", object{
			{"plan", plan},
			{"retentionInDays", retention},
			{"totalRetentionInDays", total},
			{"schema", object{{"name", t.Name}, {"description", t.Description}, {"columns", columnsOf("tableColumns", t)}}},
		}},
	}
}

const (
	endpointName = "concat(parameters('ruleName'), '-endpoint')"
	endpointID   = "resourceId('" + typeEndpoint + "', " + endpointName + ")"
)

func endpointResource() object {
	return object{
		{"condition", "[parameters('createDataCollectionEndpoint')]"},
		{"type", typeEndpoint},
		{"apiVersion", versionEndpoint},
		{"name", "[" + endpointName + "]"},
		{"location", "[parameters('location')]"},
		{"properties", object{{"networkAcls", object{{"publicNetworkAccess", "Enabled"}}}}},
	}
}

// endpointOutput is where to write by way of the data collection endpoint.
func endpointOutput() member {
	return member{"dataCollectionEndpoint", object{
		{"condition", "[parameters('createDataCollectionEndpoint')]"},
		{"type", "string"},
		{"value", fmt.Sprintf("[reference(%s, '%s').logsIngestion.endpoint]", endpointID, versionEndpoint)},
	}}
}

// ruleName is the expression for the name of rule i.
func ruleName(i int) string {
	if i == 0 {
		return "parameters('ruleName')"
	}
	return fmt.Sprintf("concat(parameters('ruleName'), '-%d')", i+1)
}

func ruleID(i int) string { return fmt.Sprintf("resourceId('%s', %s)", typeRule, ruleName(i)) }

func ruleResource(i int, group ruleGroup) object {
	declarations, flows := object{}, []any{}
	depends := []any{"[" + endpointID + "]"}
	for _, t := range group.tables {
		declarations = append(declarations, member{t.Stream, object{{"columns", columnsOf("streamColumns", t)}}})
		flows = append(flows, flow(t.Stream, "Custom-"+t.Name))
		depends = append(depends, fmt.Sprintf("[resourceId('%s', parameters('workspaceName'), '%s')]", typeTable, t.Name))
	}
	all := any(flows)
	if group.builtins != nil {
		all = "[concat(variables('flows'), if(parameters('asimAlertEvents'), variables('asimFlows'), variables('none')))]"
	}
	return object{
		{"type", typeRule},
		{"apiVersion", versionRule},
		{"name", "[" + ruleName(i) + "]"},
		{"kind", "Direct"},
		{"location", "[parameters('location')]"},
		{"dependsOn", depends},
		{"properties", object{
			{"dataCollectionEndpointId", "[if(parameters('createDataCollectionEndpoint'), " + endpointID + ", json('null'))]"},
			{"streamDeclarations", declarations},
			{"destinations", destinations(workspaceID)},
			{"dataFlows", all},
		}},
	}
}

// roleResource lets the principal write to rule i.
func roleResource(i int) object {
	return object{
		{"condition", "[not(empty(parameters('principalId')))]"},
		{"type", typeRole},
		{"apiVersion", versionRole},
		{"scope", "[" + ruleID(i) + "]"},
		{"name", "[guid(" + ruleID(i) + ", parameters('principalId'), '" + metricsPublisher + "')]"},
		{"dependsOn", []any{"[" + ruleID(i) + "]"}},
		{"properties", object{
			{"roleDefinitionId", "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '" + metricsPublisher + "')]"},
			{"principalId", "[parameters('principalId')]"},
			{"principalType", "[parameters('principalType')]"},
		}},
	}
}

// ruleOutput is what the exporter's configuration needs of rule i.
func ruleOutput(i int, group ruleGroup) member {
	streams := []any{}
	for _, t := range group.tables {
		streams = append(streams, t.Stream)
	}
	for _, stream := range group.builtins {
		streams = append(streams, stream)
	}
	name, rule := "rule", fmt.Sprintf("reference(%s, '%s')", ruleID(i), versionRule)
	if i > 0 {
		name = fmt.Sprintf("rule%d", i+1)
	}
	return member{name, object{{"type", "object"}, {"value", object{
		{"endpoint", "[" + rule + ".endpoints.logsIngestion]"},
		{"immutable_id", "[" + rule + ".immutableId]"},
		{"streams", streams},
	}}}}
}
