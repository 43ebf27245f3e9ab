package template

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

const (
	typeSearch   = "Microsoft.OperationalInsights/workspaces/savedSearches"
	typeAlert    = "Microsoft.OperationalInsights/workspaces/providers/alertRules"
	typeWorkbook = "Microsoft.Insights/workbooks"

	versionSearch   = "2020-08-01"
	versionAlert    = "2025-09-01"
	versionNRT      = "2025-07-01-preview" // no stable one has the kind
	versionWorkbook = "2022-04-01"
)

// Kinds of analytics rules.
const (
	kindScheduled = "Scheduled"
	kindNRT       = "NRT"
)

// Values of the parameter alerts.
const (
	alertsScheduled     = "scheduled"
	alertsScheduledWith = "scheduledWithIncidents"
	alertsNear          = "nearRealTime"
	alertsNearWith      = "nearRealTimeWithIncidents"
	alertsNone          = "none"
)

func sentinelParameters() []parameter {
	return []parameter{
		{name: "workspaceName", kind: "string", description: "Name of the Log Analytics workspace with Sentinel. Deploy into its resource group, after azuredeploy.json."},
		{name: "location", kind: "string", fallback: "[resourceGroup().location]", description: "Region of the workbook."},
		{
			name: "alerts", kind: "string", fallback: alertsScheduled,
			allowed:     []any{alertsScheduled, alertsScheduledWith, alertsNear, alertsNearWith, alertsNone},
			description: "Which rules raise a Sentinel alert for each Defender alert. scheduled: every five minutes, alerts only, for workspaces where the connector writes the incidents. nearRealTime: within minutes as well. …WithIncidents: also grouped into one incident for each Defender incident, for workspaces onboarded to the Defender portal, or without incident sync. Never two of them at once.",
		},
		{name: "syncRules", kind: "bool", fallback: false, description: "Also warn of incidents that are closed on one side and open on the other. Only where incidents are kept in step."},
		{
			name: "credentials", kind: "array", fallback: []any{},
			description: "When each secret or certificate ends, for the rule that warns of it: [{\"application\": \"…\", \"tenant\": \"…\", \"kind\": \"secret\", \"expires\": \"2027-01-31\"}]. None = no such rule.",
		},
	}
}

// Sentinel is deploy/azure/sentinel/azuredeploy.json: functions, analytics
// rules, hunting queries and the workbook, of the sources beside it.
func Sentinel(sources fs.FS) ([]byte, error) {
	c, err := readContent(sources)
	if err != nil {
		return nil, err
	}
	resources := []any{}
	for i, f := range c.functions {
		resources = append(resources, functionResource(f, previous(c.functions, i)))
	}
	for _, r := range c.rules {
		resources = append(resources, alertRuleResource(r, c.functions[len(c.functions)-1]))
	}
	for _, h := range c.hunts {
		resources = append(resources, huntResource(h))
	}
	book, err := workbookResource(c.workbook)
	if err != nil {
		return nil, err
	}
	return file(object{
		{"$schema", "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"},
		{"contentVersion", "1.0.0.0"},
		{"metadata", object{
			{"description", "KQL functions, analytics rules, hunting queries and a workbook over the tables of the Defender XDR connector. Made of the files beside it by `make generate`; do not edit."},
		}},
		{"parameters", define(sentinelParameters())},
		{"variables", object{{"category", "Defender XDR connector"}}},
		{"resources", append(resources, book)},
	})
}

func searchID(name string) string {
	return fmt.Sprintf("[resourceId('%s', parameters('workspaceName'), '%s')]", typeSearch, name)
}

// previous is the function before i, after which it is made: Azure refuses many
// changes of one workspace's searches at once.
func previous(all []function, i int) []any {
	if i == 0 {
		return []any{}
	}
	return []any{searchID(all[i-1].Name)}
}

func functionResource(f function, after []any) object {
	return object{
		{"type", typeSearch},
		{"apiVersion", versionSearch},
		{"name", "[concat(parameters('workspaceName'), '/" + f.Name + "')]"},
		{"dependsOn", after},
		{"properties", object{
			{"etag", "*"},
			{"category", "[variables('category')]"},
			{"displayName", f.Title},
			{"functionAlias", f.Name},
			{"functionParameters", strings.Join(strings.Fields(f.Parameters), " ")},
			{"query", f.Query},
			{"version", 2},
			{"tags", []any{tag("description", f.Description)}},
		}},
	}
}

func tag(name, value string) object { return object{{"name", name}, {"value", value}} }

func huntResource(h hunt) object {
	tags := []any{tag("description", h.Description)}
	if len(h.Tactics) > 0 {
		tags = append(tags, tag("tactics", strings.Join(h.Tactics, ",")))
	}
	if len(h.Techniques) > 0 {
		tags = append(tags, tag("techniques", strings.Join(h.Techniques, ",")))
	}
	return object{
		{"type", typeSearch},
		{"apiVersion", versionSearch},
		{"name", "[concat(parameters('workspaceName'), '/" + h.ID + "')]"},
		{"properties", object{
			{"etag", "*"},
			{"category", "Hunting Queries"},
			{"displayName", h.Name},
			{"query", h.Query},
			{"version", 2},
			{"tags", tags},
		}},
	}
}

func alertRuleResource(r analyticsRule, last function) object {
	o, version := object{}, versionAlert
	if r.Kind == kindNRT {
		version = versionNRT
	}
	if condition := conditionOf(r); condition != "" {
		o = append(o, member{"condition", condition})
	}
	return append(
		o,
		member{"type", typeAlert},
		member{"apiVersion", version},
		member{"name", "[concat(parameters('workspaceName'), '/Microsoft.SecurityInsights/" + r.ID + "')]"},
		member{"kind", r.Kind},
		// Azure holds a rule's query against the functions there are.
		member{"dependsOn", []any{searchID(last.Name)}},
		member{"properties", alertRuleProperties(r)},
	)
}

func conditionOf(r analyticsRule) string {
	switch {
	case r.Sync:
		return "[parameters('syncRules')]"
	case r.Credentials:
		return "[not(empty(parameters('credentials')))]"
	case len(r.Alerts) == 1:
		return fmt.Sprintf("[equals(parameters('alerts'), '%s')]", r.Alerts[0])
	}
	return ""
}

// credentialsMark is what the parameter credentials is put for.
const credentialsMark = "dynamic([])"

// queryOf is the rule's query; that of the credentials is an expression.
func queryOf(r analyticsRule) string {
	if !r.Credentials {
		return r.Query
	}
	before, after, _ := strings.Cut(r.Query, credentialsMark)
	return fmt.Sprintf("[concat('%s', 'dynamic(', string(parameters('credentials')), ')%s')]",
		strings.ReplaceAll(before, "'", "''"), strings.ReplaceAll(after, "'", "''"))
}

func alertRuleProperties(r analyticsRule) object {
	aggregation := "SingleAlert"
	if r.AlertPerResult {
		aggregation = "AlertPerResult"
	}
	p := object{
		{"displayName", r.Name},
		{"description", r.Description},
		{"severity", r.Severity},
		{"enabled", true},
		{"query", queryOf(r)},
	}
	if r.Kind == kindScheduled {
		p = append(
			p,
			member{"queryFrequency", r.Frequency}, member{"queryPeriod", r.Period},
			member{"triggerOperator", "GreaterThan"}, member{"triggerThreshold", 0},
		)
	}
	return append(
		p,
		member{"suppressionEnabled", false}, member{"suppressionDuration", "PT5H"},
		member{"tactics", []any{}}, member{"techniques", []any{}},
		member{"eventGroupingSettings", object{{"aggregationKind", aggregation}}},
		member{"customDetails", sorted(r.CustomDetails)},
		member{"alertDetailsOverride", overrides(r.AlertDetails)},
		member{"entityMappings", mappings(r.Entities)},
		member{"incidentConfiguration", incidents(r)},
	)
}

func sorted(m map[string]string) object {
	o := object{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		o = append(o, member{name, m[name]})
	}
	return o
}

func overrides(d alertDetails) object {
	o := object{}
	for _, m := range []member{
		{"alertDisplayNameFormat", d.Name},
		{"alertDescriptionFormat", d.Description},
		{"alertSeverityColumnName", d.Severity},
		{"alertTacticsColumnName", d.Tactics},
	} {
		if m.value != "" {
			o = append(o, m)
		}
	}
	if len(d.Properties) == 0 {
		return o
	}
	properties := []any{}
	for _, m := range sorted(d.Properties) {
		properties = append(properties, object{{"alertProperty", m.name}, {"value", m.value}})
	}
	return append(o, member{"alertDynamicProperties", properties})
}

func mappings(entities []entityMapping) any {
	if len(entities) == 0 {
		return nil // an empty list is refused
	}
	all := []any{}
	for _, e := range entities {
		fields := []any{}
		for _, m := range sorted(e.Fields) {
			fields = append(fields, object{{"identifier", m.name}, {"columnName", m.value}})
		}
		all = append(all, object{{"entityType", e.Type}, {"fieldMappings", fields}})
	}
	return all
}

// groupingSpan is the longest that Sentinel adds alerts to an incident.
const groupingSpan = "P7D"

func incidents(r analyticsRule) object {
	method := "AllEntities"
	if len(r.GroupBy) > 0 {
		method = "Selected"
	}
	details := []any{}
	for _, name := range r.GroupBy {
		details = append(details, name)
	}
	return object{
		{"createIncident", r.CreateIncident},
		{"groupingConfiguration", object{
			{"enabled", len(r.GroupBy) > 0},
			{"reopenClosedIncident", false},
			{"lookbackDuration", groupingSpan},
			{"matchingMethod", method},
			{"groupByEntities", []any{}},
			{"groupByAlertDetails", []any{}},
			{"groupByCustomDetails", details},
		}},
	}
}
