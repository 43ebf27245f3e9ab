package emulator

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// ruleDelay is how long the shipped rule takes when the settings do not say:
// the delay that is built into scheduled rules.
const ruleDelay = 5 * time.Minute

const (
	alertStream = "Custom-DefenderAlert" // the stream the rule reads
	ruleID      = "5f9e2d0c-6d0a-4c1b-9a37-0d5e4f7c2b11"
	ruleName    = "Analytics rule"

	alertNameMax = 256 // bytes of an alert's name; a description has 5,000. Source: Sentinel service limits, read 2026-11
)

// ruleBook is what the shipped analytics rule has seen in one workspace: rows
// of alerts become one alert each, not one for each revision.
type ruleBook struct {
	known   map[string]*pendingAlert // by cloud, tenant and Defender alert id; nil = made already
	pending []*pendingAlert          // by due, the earliest first
}

// pendingAlert is an alert whose moment has not come. Until it has, newer
// revisions take the place of older ones.
type pendingAlert struct {
	key string
	due time.Time
	row ruleRow
}

// ruleRow is the columns of a row that the rule reads.
type ruleRow struct {
	cloud, tenant, incident, alert    string
	name, description, severity, link string
	category, remediation, entities   string
	categories, techniques            []string
	start, end                        time.Time
}

func (r ruleRow) key() string { return strings.Join([]string{r.cloud, r.tenant, r.alert}, "\x00") }

// readRuleRow copies what the rule reads out of a row.
func readRuleRow(d document, now time.Time) ruleRow {
	text := func(column string) string { return strings.Clone(d.text(column)) }
	list := func(column string) []string {
		var texts []string
		_ = json.Unmarshal(d.value(column), &texts) // what is no list of texts has none
		return texts
	}
	at := func(column string) time.Time {
		if t, ok := parseDatetime(text(column)); ok {
			return t
		}
		return now
	}
	return ruleRow{
		cloud: text("SourceCloud"), tenant: text("SourceTenantId"), incident: text("IncidentId"), alert: text("AlertId"),
		name: text("AlertName"), description: text("Description"), severity: text("AlertSeverity"), link: text("AlertLink"),
		category: text("Category"), remediation: text("RemediationSteps"), entities: text("Entities"),
		categories: list("Categories"), techniques: list("Techniques"),
		start: at("StartTime"), end: at("EndTime"),
	}
}

// text reads a column that is a string; anything else is empty.
func (d *document) text(column string) string {
	s, _ := rawjson.String(d.value(column))
	return s
}

// ruleRowLocked tells the rule of one accepted row. It is that of the workspace
// the data collection rule names; one that names none means the first.
func (e *Emulator) ruleRowLocked(key tableKey, d document, now time.Time) {
	if key.stream != alertStream {
		return
	}
	w := e.workspaces.find(e.rules[key.rule].Workspace)
	if w == nil {
		return
	}
	id := ruleRow{cloud: d.text("SourceCloud"), tenant: d.text("SourceTenantId"), alert: d.text("AlertId")}.key()
	if waiting, seen := w.rule.known[id]; !seen || waiting != nil {
		w.rule.row(readRuleRow(d, now), now.Add(e.settings.RuleDelay))
	}
}

func (b *ruleBook) row(r ruleRow, due time.Time) {
	if r.alert == "" {
		return
	}
	key := r.key()
	waiting, seen := b.known[key]
	switch {
	case waiting != nil:
		waiting.row = r
	case !seen:
		waiting = &pendingAlert{key: key, due: due, row: r}
		b.known[key] = waiting
		at := len(b.pending)
		for at > 0 && b.pending[at-1].due.After(due) {
			at--
		}
		b.pending = slices.Insert(b.pending, at, waiting)
	}
}

// runRuleLocked makes the alerts whose moment has come.
func (e *Emulator) runRuleLocked(w *workspace, now time.Time) {
	n := 0
	for ; n < len(w.rule.pending) && !w.rule.pending[n].due.After(now); n++ {
		p := w.rule.pending[n]
		w.rule.known[p.key] = nil
		alert := p.row.made(w, e.settings.Seed, p.due)
		w.alerts.add(alert)
		e.wroteLocked(Write{
			Time: p.due, Side: SideSentinel, Tenant: w.TenantID, Workspace: w.ResourceID, ID: alert.id, Kind: WriteAlert,
			Op: WriteCreate, Actor: ActorService, By: ruleName, After: plainJSON(map[string]string{
				"alertDisplayName": alert.name, "severity": alert.severity, "defenderTenantId": alert.defender.tenant,
				"defenderIncidentId": alert.defender.incident, "defenderAlertId": alert.defender.alert,
			}),
		})
	}
	w.rule.pending = slices.Delete(w.rule.pending, 0, n)
}

// made is the alert that the rule raises from a row.
func (r ruleRow) made(w *workspace, seed uint64, at time.Time) *securityAlert {
	details := plainJSON(struct {
		Cloud    []string `json:"DefenderCloud"`
		Tenant   []string `json:"DefenderTenantId"`
		Incident []string `json:"DefenderIncidentId"`
		Alert    []string `json:"DefenderAlertId"`
	}{[]string{r.cloud}, []string{r.tenant}, []string{r.incident}, []string{r.alert}})
	alert := &securityAlert{
		id:   guidOf(seed, 29, lower(w.ResourceID), r.key()),
		name: atMost(r.name, alertNameMax), description: atMost(r.description, descriptionMax),
		severity: severityOf(r.severity), alertType: w.customerID() + "_" + ruleID, link: r.link,
		product: "Azure Sentinel", component: "Scheduled Alerts", provider: "ASI Scheduled Alerts", vendor: "Microsoft",
		techniques: r.techniques, start: r.start, end: r.end, generated: at, entities: r.entities,
		extended: map[string]string{
			"Custom Details": string(details), "Query Period": "01:00:00", "Trigger Operator": "GreaterThan",
			"Trigger Threshold": "0", "Correlation Id": guidOf(seed, 31, lower(w.ResourceID), r.key()),
			"Search Query Results Overall Count": "1", "Data Sources": `["DefenderAlert_CL"]`,
			"Query": "DefenderAlert_CL | summarize arg_max(LastModifiedTime, *) by AlertId",
		},
		defender: defenderKey{r.tenant, r.incident, r.alert},
	}
	if r.remediation != "" {
		alert.remediation = []string{r.remediation}
	}
	for _, tactic := range append(r.categories, r.category) {
		if slices.Contains(attackTactics(), tactic) && !slices.Contains(alert.tactics, tactic) {
			alert.tactics = append(alert.tactics, tactic)
		}
	}
	return alert
}

// atMost is a text's first bytes, cut between characters.
func atMost(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return cutAt(text, n)
}

// severityOf is the severity of an alert; a word that is none of the four makes
// it informational.
func severityOf(word string) string {
	for _, severity := range sentinelSeverities() {
		if strings.EqualFold(word, severity) {
			return severity
		}
	}
	return "Informational"
}

// attackTactics are the tactics that alerts can have. Source:
// armsecurityinsights v2.0.0-beta.5, read 2026-11.
func attackTactics() []string {
	return []string{
		"Collection", "CommandAndControl", "CredentialAccess", "DefenseEvasion", "Discovery", "Execution", "Exfiltration", "Impact",
		"ImpairProcessControl", "InhibitResponseFunction", "InitialAccess", "LateralMovement", "Persistence", "PreAttack",
		"PrivilegeEscalation", "Reconnaissance", "ResourceDevelopment",
	}
}
