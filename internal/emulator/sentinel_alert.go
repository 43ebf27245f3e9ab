package emulator

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// securityAlert is one alert of a workspace. It never changes.
type securityAlert struct {
	id          string // systemAlertId, a GUID
	name        string
	description string
	severity    string
	alertType   string
	link        string
	product     string
	component   string
	provider    string
	vendorID    string // the Defender alert's id, for alerts of the XDR connector
	vendor      string
	remediation []string
	tactics     []string
	techniques  []string
	start, end  time.Time
	generated   time.Time
	entities    string            // JSON array of V3 entities
	extended    map[string]string // ExtendedProperties
	xdr         bool              // Defender's own: the API may not move it

	defender defenderKey // what its custom details name; zero = nothing
}

// defenderKey names a Defender alert and its incident, as custom details do.
type defenderKey struct{ tenant, incident, alert string }

// alertBook is the alerts of a workspace.
type alertBook struct {
	byID       map[string]*securityAlert   // systemAlertId in lower case
	byDefender map[string][]*securityAlert // Defender alert id, in order of arrival
	order      []*securityAlert            // in order of TimeGenerated
}

func newAlertBook() alertBook {
	return alertBook{byID: map[string]*securityAlert{}, byDefender: map[string][]*securityAlert{}}
}

func (b *alertBook) add(a *securityAlert) {
	b.byID[lower(a.id)] = a
	if a.defender.alert != "" {
		b.byDefender[a.defender.alert] = append(b.byDefender[a.defender.alert], a)
	}
	at := len(b.order)
	for at > 0 && b.order[at-1].generated.After(a.generated) {
		at--
	}
	b.order = slices.Insert(b.order, at, a)
}

// resource is the alert as an entity.
func (a *securityAlert) resource(w *workspace) armResource {
	return armResource{
		ID: w.insights() + "/Entities/" + a.id, Name: a.id, Type: "Microsoft.SecurityInsights/Entities",
		Kind: "SecurityAlert", Properties: a.text(w),
	}
}

func (a *securityAlert) text(w *workspace) json.RawMessage {
	extra := map[string]any{}
	for name, value := range a.extended {
		extra[name] = value
	}
	return plainJSON(struct {
		SystemID      string           `json:"systemAlertId"`
		Name          string           `json:"alertDisplayName"`
		Friendly      string           `json:"friendlyName"`
		Description   string           `json:"description,omitempty"`
		Severity      string           `json:"severity"`
		Status        string           `json:"status"`
		Type          string           `json:"alertType"`
		Link          string           `json:"alertLink,omitempty"`
		Product       string           `json:"productName"`
		Component     string           `json:"productComponentName,omitempty"`
		Vendor        string           `json:"vendorName"`
		ProviderAlert string           `json:"providerAlertId,omitempty"`
		Remediation   []string         `json:"remediationSteps"`
		Tactics       []string         `json:"tactics"`
		Start         string           `json:"startTimeUtc"`
		End           string           `json:"endTimeUtc"`
		Generated     string           `json:"timeGenerated"`
		Processed     string           `json:"processingEndTime"`
		Resources     []map[string]any `json:"resourceIdentifiers"`
		Confidence    string           `json:"confidenceLevel"`
		Additional    map[string]any   `json:"additionalData"`
	}{
		a.id, a.name, a.name, a.description, a.severity, "New", a.alertType, a.link, a.product, a.component, a.vendor, a.vendorID,
		orEmpty(a.remediation), orEmpty(a.tactics), armTime(a.start), armTime(a.end), armTime(a.generated), armTime(a.generated),
		[]map[string]any{{"type": "LogAnalytics", "workspaceId": w.customerID()}},
		"Unknown", extra,
	})
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// customerID is the GUID by which the query API knows the workspace.
func (w *workspace) customerID() string { return guidOf(0, 13, lower(w.ResourceID)) }

// gather fills in what an incident's properties say of its alerts.
func (w *workspace) gather(i *sentinelIncident, p *sentinelProperties) {
	p.AdditionalData.Alerts = len(i.relations)
	rules := []string{}
	for _, r := range i.relations {
		p.AdditionalData.Products = append(p.AdditionalData.Products, r.alert.product)
		p.AdditionalData.Tactics = append(p.AdditionalData.Tactics, r.alert.tactics...)
		if _, rule, ok := strings.Cut(r.alert.alertType, "_"); ok && isGUID(rule) {
			rules = append(rules, w.insights()+"/alertRules/"+rule)
		}
	}
	for _, list := range []*[]string{&p.AdditionalData.Products, &p.AdditionalData.Tactics, &rules} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	p.RelatedRuleIDs = rules
}

// incidentAlerts answers the alerts of an incident.
func (e *Emulator) incidentAlerts(x *exchange, w *workspace, name string) {
	e.mu.Lock()
	i := e.readLocked(x, w, name)
	alerts := []armResource{}
	if i != nil {
		for _, r := range i.relations {
			alerts = append(alerts, r.alert.resource(w))
		}
	}
	e.mu.Unlock()
	slices.SortStableFunc(alerts, func(a, b armResource) int { return cmp.Compare(a.Name, b.Name) })
	if i == nil {
		x.noIncident(name)
	} else if !e.poisons(x, i.name) {
		x.armJSON(http.StatusOK, plainJSON(map[string]any{"value": alerts}))
	}
}

// incidentBookmarks answers that there are none: nobody makes bookmarks here.
func (e *Emulator) incidentBookmarks(x *exchange, w *workspace, name string) {
	e.mu.Lock()
	i := e.readLocked(x, w, name)
	e.mu.Unlock()
	if i == nil {
		x.noIncident(name)
	} else {
		x.armJSON(http.StatusOK, []byte(`{"value":[]}`))
	}
}
