package template_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/template"
)

const sentinelContent = "deploy/azure/sentinel/azuredeploy.json"

// Limits of analytics rules. Source: Microsoft Sentinel service limits,
// customize alert details, scheduled and NRT rules, read 2026-11.
const (
	queryCharsMax     = 10_000
	mappingsMax       = 10
	identifiersMax    = 3
	customDetailsMax  = 20
	overridesMax      = 50 // values of an overridden property in one run
	nrtAlertsMax      = 30 // the last of which summarizes the rest
	placeholdersMax   = 3
	periodMax         = 14 * 24 * time.Hour
	periodMin         = 5 * time.Minute
	groupingMax       = 7 * 24 * time.Hour
	frequentPeriodMax = 48 * time.Hour // of a rule that runs more than once an hour
)

// alertRule is what Azure is given as a rule.
type alertRule struct {
	DisplayName        string `json:"displayName"`
	Description        string `json:"description"`
	Severity           string `json:"severity"`
	Query              string `json:"query"`
	QueryFrequency     string `json:"queryFrequency"`
	QueryPeriod        string `json:"queryPeriod"`
	SuppressionEnabled *bool  `json:"suppressionEnabled"`
	Grouping           struct {
		AggregationKind string `json:"aggregationKind"`
	} `json:"eventGroupingSettings"`
	CustomDetails map[string]string `json:"customDetails"`
	Override      struct {
		Name       string `json:"alertDisplayNameFormat"`
		Details    string `json:"alertDescriptionFormat"`
		Severity   string `json:"alertSeverityColumnName"`
		Tactics    string `json:"alertTacticsColumnName"`
		Properties []struct {
			AlertProperty string `json:"alertProperty"`
			Value         string `json:"value"`
		} `json:"alertDynamicProperties"`
	} `json:"alertDetailsOverride"`
	EntityMappings []struct {
		EntityType    string `json:"entityType"`
		FieldMappings []struct {
			Identifier string `json:"identifier"`
			ColumnName string `json:"columnName"`
		} `json:"fieldMappings"`
	} `json:"entityMappings"`
	Incident struct {
		CreateIncident bool `json:"createIncident"`
		Grouping       struct {
			Enabled              bool     `json:"enabled"`
			ReopenClosedIncident bool     `json:"reopenClosedIncident"`
			LookbackDuration     string   `json:"lookbackDuration"`
			MatchingMethod       string   `json:"matchingMethod"`
			GroupByCustomDetails []string `json:"groupByCustomDetails"`
		} `json:"groupingConfiguration"`
	} `json:"incidentConfiguration"`
}

type shippedRule struct {
	resource
	alertRule
}

// shipped reads every analytics rule out of the template.
func shipped(t *testing.T) []shippedRule {
	t.Helper()
	var d document
	read(t, sentinelContent, &d)
	var rules []shippedRule
	for _, r := range d.of("Microsoft.OperationalInsights/workspaces/providers/alertRules") {
		text, err := json.Marshal(r.Properties)
		require.NoError(t, err)
		one := shippedRule{resource: r}
		require.NoError(t, json.Unmarshal(text, &one.alertRule))
		rules = append(rules, one)
	}
	require.NotEmpty(t, rules)
	return rules
}

// span reads an ISO 8601 duration of days, hours and minutes.
func span(t *testing.T, text string) time.Duration {
	t.Helper()
	found := regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$`).FindStringSubmatch(text)
	require.NotNil(t, found, text)
	sum := time.Duration(0)
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
		if n, err := strconv.Atoi(found[i+1]); err == nil {
			sum += time.Duration(n) * unit
		}
	}
	return sum
}

// columnsNamed are the columns of its query's result that a rule names.
func (r alertRule) columnsNamed() (names []string) {
	for _, m := range r.EntityMappings {
		for _, f := range m.FieldMappings {
			names = append(names, f.ColumnName)
		}
	}
	names = append(names, slices.Collect(maps.Values(r.CustomDetails))...)
	for _, p := range r.Override.Properties {
		names = append(names, p.Value)
	}
	for _, format := range []string{r.Override.Name, r.Override.Details} {
		names = append(names, placeholders(format)...)
	}
	names = append(names, r.Override.Severity, r.Override.Tactics)
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

func placeholders(format string) (names []string) {
	for _, found := range regexp.MustCompile(`{{(\w+)}}`).FindAllStringSubmatch(format, -1) {
		names = append(names, found[1])
	}
	return names
}

func TestTheSentinelTemplateIsSound(t *testing.T) {
	var d document
	text := read(t, sentinelContent, &d)
	requireSound(t, d, text)
	for _, r := range d.Resources {
		require.Less(t, len(fmt.Sprint(r.Properties)), 1<<20, r.Name)
	}
}

func TestNoRuleIsOverALimitOfSentinel(t *testing.T) {
	ids, names, nrt := map[string]bool{}, map[string]bool{}, 0
	for _, r := range shipped(t) {
		t.Run(r.DisplayName, func(t *testing.T) {
			id := regexp.MustCompile(`SecurityInsights/(.*)'\)\]$`).FindStringSubmatch(r.Name)
			require.NotNil(t, id)
			require.NoError(t, uuid.Validate(id[1]))
			require.False(t, ids[id[1]] || names[r.DisplayName], "twice")
			ids[id[1]], names[r.DisplayName] = true, true

			require.NotEmpty(t, r.Description)
			require.Contains(t, []string{"Informational", "Low", "Medium", "High"}, r.Severity)
			require.NotNil(t, r.SuppressionEnabled, "Azure wants it")
			require.LessOrEqual(t, len([]rune(r.Query)), queryCharsMax)
			require.NotRegexp(t, `(?i)\b(union|search)\s+\*`, r.Query)
			require.LessOrEqual(t, len(r.EntityMappings), mappingsMax)
			require.LessOrEqual(t, len(r.CustomDetails), customDetailsMax)
			for _, format := range []string{r.Override.Name, r.Override.Details} {
				require.LessOrEqual(t, len(placeholders(format)), placeholdersMax, format)
			}
			requireRows(t, r)
			requireSchedule(t, r)
			grouping := r.Incident.Grouping
			require.LessOrEqual(t, span(t, grouping.LookbackDuration), groupingMax)
			require.False(t, grouping.ReopenClosedIncident, "not to be had in an onboarded workspace")
			for _, key := range grouping.GroupByCustomDetails {
				require.Contains(t, r.CustomDetails, key)
			}
		})
		if r.Kind == "NRT" {
			nrt++
		}
	}
	require.LessOrEqual(t, nrt, 50)
}

// requireRows holds how many alerts a run can raise against what Sentinel does
// beyond: it sums up what is over its number of alerts, and drops every
// overridden value of a run that has over fifty.
func requireRows(t *testing.T, r shippedRule) {
	t.Helper()
	require.Equal(t, "AlertPerResult", r.Grouping.AggregationKind)
	limits := regexp.MustCompile(`\| take (\d+)`).FindAllStringSubmatch(r.Query, -1)
	require.NotEmpty(t, limits)
	rows, err := strconv.Atoi(limits[len(limits)-1][1])
	require.NoError(t, err)
	most := overridesMax
	if r.Kind == "NRT" {
		most = nrtAlertsMax - 1
	}
	require.LessOrEqual(t, rows, most)
}

func requireSchedule(t *testing.T, r shippedRule) {
	t.Helper()
	if r.Kind == "NRT" {
		require.Contains(t, r.APIVersion, "preview", "no stable version has the kind")
		require.Empty(t, r.QueryFrequency+r.QueryPeriod)
		require.NotContains(t, r.Query, "ago(", "an NRT rule sees a minute")
		return
	}
	require.Equal(t, "Scheduled", r.Kind)
	frequency, period := span(t, r.QueryFrequency), span(t, r.QueryPeriod)
	require.GreaterOrEqual(t, frequency, periodMin)
	require.LessOrEqual(t, period, periodMax)
	require.LessOrEqual(t, frequency, period)
	if frequency < time.Hour {
		require.Less(t, period, frequentPeriodMax)
	}
}

func TestEntityMappingsAreThoseThatSentinelTakes(t *testing.T) {
	var known struct {
		Entities map[string]struct {
			Identifiers []string   `json:"identifiers"`
			Strong      [][]string `json:"strong"`
		} `json:"entities"`
	}
	text, err := os.ReadFile("testdata/entity-identifiers.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &known))
	for _, r := range shipped(t) {
		for _, m := range r.EntityMappings {
			entity, ok := known.Entities[m.EntityType]
			require.True(t, ok, m.EntityType)
			require.LessOrEqual(t, len(m.FieldMappings), identifiersMax)
			mapped := []string{}
			for _, f := range m.FieldMappings {
				require.Contains(t, entity.Identifiers, f.Identifier, m.EntityType)
				mapped = append(mapped, f.Identifier)
			}
			strong := m.EntityType == "URL" || m.EntityType == "Process" // their strong identifiers cannot be mapped
			for _, set := range entity.Strong {
				strong = strong || !slices.ContainsFunc(set, func(id string) bool { return !slices.Contains(mapped, id) })
			}
			require.True(t, strong, "%s of %s has no strong identifier", m.EntityType, r.DisplayName)
		}
	}
}

func TestOverridesAreThoseThatAnOnboardedWorkspaceTakes(t *testing.T) {
	allowed := []string{"AlertLink", "ConfidenceLevel", "ConfidenceScore", "ExtendedLinks", "RemediationSteps", "Techniques", "SubTechniques"}
	for _, r := range shipped(t) {
		for _, p := range r.Override.Properties {
			require.Contains(t, allowed, p.AlertProperty, r.DisplayName)
		}
	}
}

// raising are the rules that make Sentinel alerts of Defender alerts.
func raising(t *testing.T) (rules []shippedRule) {
	t.Helper()
	for _, r := range shipped(t) {
		if strings.Contains(fmt.Sprint(r.Condition), "parameters('alerts')") {
			rules = append(rules, r)
		}
	}
	return rules
}

func TestAlertsCarryTheFourDefenderIds(t *testing.T) {
	want := map[string]string{
		"DefenderCloud": "SourceCloud", "DefenderTenantId": "SourceTenantId", "DefenderIncidentId": "IncidentId", "DefenderAlertId": "AlertId",
	}
	require.Len(t, raising(t), 6)
	for _, r := range raising(t) {
		require.Equal(t, want, r.CustomDetails, r.DisplayName)
		require.Equal(t, "Severity", r.Override.Severity)
		require.Equal(t, "Tactics", r.Override.Tactics)
		require.Contains(t, fmt.Sprint(r.Override.Properties), "AlertLink")
		require.Len(t, r.EntityMappings, mappingsMax)
	}
}

// With each value of the parameter alerts either no incident is made, or one
// for each Defender incident, and both kinds of rules do the same.
func TestAlertsComeWithoutIncidentsOrGroupedByDefenderIncident(t *testing.T) {
	kinds := map[string][]string{}
	for _, r := range raising(t) {
		value := regexp.MustCompile(`parameters\('alerts'\), '(\w+)'\)`).FindStringSubmatch(r.Condition.(string))
		require.NotNil(t, value, r.Condition)
		kinds[value[1]] = append(kinds[value[1]], r.Kind)
		grouping := r.Incident.Grouping
		if !strings.HasSuffix(value[1], "WithIncidents") {
			require.False(t, r.Incident.CreateIncident, r.DisplayName)
			require.False(t, grouping.Enabled)
			continue
		}
		require.True(t, r.Incident.CreateIncident, r.DisplayName)
		require.True(t, grouping.Enabled)
		require.Equal(t, "Selected", grouping.MatchingMethod)
		require.ElementsMatch(t, []string{"DefenderCloud", "DefenderTenantId", "DefenderIncidentId"}, grouping.GroupByCustomDetails,
			"an incident's number is unique within its tenant only")
		require.Equal(t, "P7D", grouping.LookbackDuration)
	}
	for value, both := range map[string][]string{
		"scheduled": {"Scheduled"}, "scheduledWithIncidents": {"Scheduled"},
		"nearRealTime": {"NRT", "Scheduled"}, "nearRealTimeWithIncidents": {"NRT", "Scheduled"},
	} {
		require.ElementsMatch(t, both, kinds[value], value)
	}
	var d document
	read(t, sentinelContent, &d)
	for value := range kinds {
		require.Contains(t, d.Parameters["alerts"].AllowedValues, value)
	}
}

// One alert for each Defender alert: the scheduled rules leave out what was
// raised, by the custom details that they themselves set, and fold revisions.
func TestRevisionsOfAnAlertRaiseOneAlert(t *testing.T) {
	for _, r := range raising(t) {
		require.Regexp(t, `arg_(min|max)\(LastModifiedTime, \*\) by SourceCloud, SourceTenantId, AlertId\b`, r.Query)
		if r.Kind == "NRT" {
			continue
		}
		require.Contains(t, r.Query, "join kind=leftanti Raised on Key")
		for key, column := range map[string]string{"DefenderCloud": "SourceCloud", "DefenderTenantId": "SourceTenantId", "DefenderAlertId": "AlertId"} {
			require.Contains(t, r.Query, "Custom."+key+"[0]")
			require.Equal(t, column, r.CustomDetails[key])
		}
		// What the rule looks back on lies within what Azure shows it, or an
		// old alert would look new at its next revision.
		lookback := regexp.MustCompile(`CreatedTime > ago\((\d+)h\)`).FindStringSubmatch(r.Query)
		require.NotNil(t, lookback)
		hours, err := strconv.Atoi(lookback[1])
		require.NoError(t, err)
		require.Less(t, time.Duration(hours)*time.Hour, span(t, r.QueryPeriod))
	}
}

func TestHuntingQueriesAreTenAtLeastEachWithItsOwnName(t *testing.T) {
	var d document
	read(t, sentinelContent, &d)
	names := map[string]bool{}
	for _, r := range d.of("Microsoft.OperationalInsights/workspaces/savedSearches") {
		if r.Properties["functionAlias"] != nil {
			continue
		}
		require.Equal(t, "Hunting Queries", r.Properties["category"])
		names[r.Properties["displayName"].(string)] = true
		for _, tag := range r.Properties["tags"].([]any) {
			require.NotEmpty(t, tag.(map[string]any)["value"])
		}
	}
	require.GreaterOrEqual(t, len(names), 10)
}

// A function is there before another that was made after it, and before every
// rule: Azure holds a rule's query against what there is.
func TestRulesComeAfterTheFunctionsTheyCall(t *testing.T) {
	var d document
	read(t, sentinelContent, &d)
	var functions []resource
	for _, r := range d.of("Microsoft.OperationalInsights/workspaces/savedSearches") {
		if r.Properties["functionAlias"] != nil {
			functions = append(functions, r)
		}
	}
	id := func(r resource) string {
		return "[resourceId('" + r.Type + "', parameters('workspaceName'), '" + r.Properties["functionAlias"].(string) + "')]"
	}
	for i, r := range functions {
		if i > 0 {
			require.Equal(t, []string{id(functions[i-1])}, r.DependsOn)
		}
	}
	for _, r := range shipped(t) {
		require.Equal(t, []string{id(functions[len(functions)-1])}, r.DependsOn)
	}
}

func TestContentThatCannotBeReadSaysWhy(t *testing.T) {
	good := func(name, text string) fstest.MapFS {
		return fstest.MapFS{
			"functions/a.yaml": {Data: []byte("name: A\nquery: print 1\n")}, "workbook.yaml": {Data: []byte("title: w\n")},
			name: {Data: []byte(text)},
		}
	}
	for want, sources := range map[string]fstest.MapFS{
		"workbook.yaml":              {"functions/a.yaml": {Data: []byte("name: A\n")}},
		"field nmae not found":       good("hunting/h.yaml", "nmae: x\n"),
		"read rules/r.yaml":          good("rules/r.yaml", "kind: [\n"),
		"rules/nobody.yaml":          good("rules/r.yaml", "kind: NRT\nextends: nobody\n"),
		"fragments/nobody.kql":       good("functions/b.yaml", "name: B\nquery: |\n  // include nobody\n"),
		"fragments include one anot": good("fragments/self.kql", "// include self"),
	} {
		if strings.HasPrefix(want, "fragments include") {
			sources["functions/b.yaml"] = &fstest.MapFile{Data: []byte("name: B\nquery: |\n  // include self\n")}
		}
		_, err := template.Sentinel(sources)
		require.ErrorContains(t, err, want)
		_, err = template.QuerySchema(sources)
		require.ErrorContains(t, err, want)
	}
}
