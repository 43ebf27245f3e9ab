package sentinel

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// RuleAlert is an alert that the shipped rule raised from a row of ours.
type RuleAlert struct {
	// SystemAlertID is Sentinel's id, in lower case; see Workspace.AlertID.
	SystemAlertID string
	// TenantID, IncidentID and AlertID are Defender's, from the row.
	TenantID, IncidentID, AlertID string
	// Type names the workspace and the rule.
	Type string
	// Provider is who raised it.
	Provider string
}

// AlertsQueryMax is how many alerts one query may name: a list of words far
// below the length that KQL allows.
const AlertsQueryMax = 500

// plainWord is an id that stands in a KQL text without escapes. Defender's are
// letters, digits, dashes, underscores and dots.
var plainWord = regexp.MustCompile(`^[\w.:-]{1,200}$`)

// AlertsQuery is the KQL that finds the alerts which the shipped rule raised
// from a tenant's Defender alerts in the last days. Ids that cannot be a Defender
// alert's are left out; ok is false when none is left, or the tenant is none.
//
// Source: the custom details of a scheduled rule's alert, see
// Microsoft, SecurityAlert schema, read 2026-11.
func AlertsQuery(tenantID string, alertIDs []string, days int) (query string, ok bool) {
	words := make([]string, 0, min(len(alertIDs), AlertsQueryMax))
	for _, id := range alertIDs {
		if plainWord.MatchString(id) && len(words) < AlertsQueryMax {
			words = append(words, `"`+id+`"`)
		}
	}
	if len(words) == 0 || !plainWord.MatchString(tenantID) {
		return "", false
	}
	return fmt.Sprintf(`SecurityAlert
| where TimeGenerated > ago(%dd)
| extend Details = parse_json(tostring(parse_json(ExtendedProperties)["Custom Details"]))
| extend DefenderTenantId = tostring(Details.DefenderTenantId[0]), DefenderIncidentId = tostring(Details.DefenderIncidentId[0]), DefenderAlertId = tostring(Details.DefenderAlertId[0])
| where DefenderTenantId == "%s" and DefenderAlertId in (%s)
| summarize arg_max(TimeGenerated, *) by SystemAlertId
| project SystemAlertId, DefenderTenantId, DefenderIncidentId, DefenderAlertId, AlertType, ProviderName`,
		max(days, 1), tenantID, strings.Join(words, ", ")), true
}

// QueryBody is the body of a POST that asks a query.
//
// Source: Log Analytics query API v1, read 2026-11.
func QueryBody(query string) ([]byte, error) { return encode(map[string]string{"query": query}) }

// ReadRuleAlerts reads the answer to AlertsQuery. Rows without a SystemAlertId
// are left out. Errors as ReadComments.
//
// Source: Log Analytics query API v1, read 2026-11.
func ReadRuleAlerts(text []byte) ([]RuleAlert, error) {
	body, err := object(text)
	if err != nil {
		return nil, err
	}
	f := record.NewFields(body)
	tables, ok := f.Objects("tables")
	if !ok {
		f.Wrong("tables", "missing")
	}
	var found []RuleAlert
	for _, table := range tables {
		for row := range rows(table) {
			a := RuleAlert{
				SystemAlertID: strings.ToLower(row("SystemAlertId")), TenantID: strings.ToLower(row("DefenderTenantId")),
				IncidentID: row("DefenderIncidentId"), AlertID: row("DefenderAlertId"), Type: row("AlertType"), Provider: row("ProviderName"),
			}
			if a.SystemAlertID != "" {
				found = append(found, a)
			}
		}
	}
	if err := f.Err(); err != nil {
		return nil, &SnapshotError{err}
	}
	return found, nil
}

// rows goes over a table's rows; each gives the text of a column, "" where there
// is none.
func rows(table record.Fields) func(yield func(func(column string) string) bool) {
	return func(yield func(func(string) string) bool) {
		columns, _ := table.Objects("columns")
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = c.Word("name")
		}
		for row := range table.Arrays("rows") {
			cell := func(column string) string {
				i := slices.Index(names, column)
				if i < 0 || i >= row.Len() || row.At(i).Type() != pcommon.ValueTypeStr || len(row.At(i).Str()) > record.WordBytesMax {
					return ""
				}
				return row.At(i).Str()
			}
			if !yield(cell) {
				return
			}
		}
	}
}
