package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/scenario"
)

// shippedRule is an analytics rule of deploy/azure/sentinel/azuredeploy.json.
type shippedRule struct {
	Condition  string
	Kind       string
	Properties struct {
		Query                string
		CustomDetails        map[string]string
		AlertDetailsOverride struct {
			AlertDisplayNameFormat  string
			AlertDescriptionFormat  string
			AlertSeverityColumnName string
			AlertTacticsColumnName  string
			AlertDynamicProperties  []struct{ AlertProperty, Value string }
		}
		EntityMappings []struct {
			EntityType    string
			FieldMappings []struct{ Identifier, ColumnName string }
		}
	}
}

func shippedContent(t *testing.T) (rules []shippedRule, functions map[string]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "azure", "sentinel", "azuredeploy.json"))
	require.NoError(t, err)
	var template struct{ Resources []json.RawMessage }
	require.NoError(t, json.Unmarshal(text, &template))
	functions = map[string]string{}
	for _, r := range template.Resources {
		var head struct {
			Type       string
			Properties struct{ FunctionAlias, FunctionParameters, Query string }
		}
		require.NoError(t, json.Unmarshal(r, &head))
		switch {
		case strings.HasSuffix(head.Type, "/alertRules"):
			var rule shippedRule
			require.NoError(t, json.Unmarshal(r, &rule))
			rules = append(rules, rule)
		case head.Properties.FunctionAlias != "" && head.Properties.FunctionParameters == "":
			functions[head.Properties.FunctionAlias] = head.Properties.Query
		}
	}
	return rules, functions
}

// raising are the rules that one value of the parameter alerts deploys.
func raising(t *testing.T, alerts string) (rules []shippedRule) {
	t.Helper()
	all, _ := shippedContent(t)
	for _, r := range all {
		if strings.Contains(r.Condition, "parameters('alerts'), '"+alerts+"'") {
			rules = append(rules, r)
		}
	}
	require.NotEmpty(t, rules)
	return rules
}

// workspace is what Sentinel has: the connector's rows, each with the moment at
// which it was seen first, and the alerts that rules raised.
type workspace struct {
	t       *testing.T
	world   *world
	columns map[string]map[string]string // table → column → type
	rows    map[string][]kqlRow
	alerts  []raisedAlert
	bodies  map[string]string // of the shipped functions
}

// raisedAlert is an alert as Sentinel makes it of a row of the rule's result.
type raisedAlert struct {
	at       time.Time
	name     string
	severity string
	tactics  string
	link     string
	custom   map[string]string
	entities map[string]map[string]string // by kind, its identifiers
}

func newWorkspace(t *testing.T, w *world) *workspace {
	t.Helper()
	s := &workspace{t: t, world: w, columns: map[string]map[string]string{}, rows: map[string][]kqlRow{}}
	_, s.bodies = shippedContent(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "tools", "kql", "schema.json"))
	require.NoError(t, err)
	var known struct {
		Tables map[string][]struct{ Name, Type string }
	}
	require.NoError(t, json.Unmarshal(text, &known))
	for table, columns := range known.Tables {
		s.columns[table] = map[string]string{}
		for _, c := range columns {
			s.columns[table][c.Name] = c.Type
		}
	}
	return s
}

// look takes in the rows that came since.
func (s *workspace) look() {
	for _, stream := range s.world.emulator.Streams() {
		table := strings.TrimPrefix(stream.Name, "Custom-") + "_CL"
		if s.columns[table] == nil || int(stream.Rows) == len(s.rows[table]) {
			continue
		}
		for _, row := range s.world.rows(stream.Name)[len(s.rows[table]):] {
			s.rows[table] = append(s.rows[table], s.typed(table, row))
		}
	}
}

// typed is a row with a value of its type in every column.
func (s *workspace) typed(table string, row map[string]any) kqlRow {
	out := kqlRow{kqlArrived: time.Now()}
	for name, typ := range s.columns[table] {
		v := kqlPlain(row[name])
		switch typ {
		case "string":
			v = kqlText(v)
		case "datetime":
			if text, ok := v.(string); ok {
				at, err := time.Parse(time.RFC3339Nano, text)
				require.NoError(s.t, err)
				v = at
			}
		}
		out[name] = v
	}
	return out
}

// run is a query's rows as of now.
func (s *workspace) run(query string) []kqlRow {
	r := &kqlRun{now: time.Now(), tables: map[string][]kqlRow{}, bodies: s.bodies}
	for table, rows := range s.rows {
		r.tables[table] = rows
	}
	for _, a := range s.alerts {
		lists := map[string][]string{}
		for name, value := range a.custom {
			lists[name] = []string{value}
		}
		properties := kqlText(map[string]any{"Custom Details": kqlText(kqlJSONOf(lists))})
		r.tables["SecurityAlert"] = append(r.tables["SecurityAlert"], kqlRow{"ExtendedProperties": properties})
	}
	if r.tables["SecurityAlert"] == nil {
		r.tables["SecurityAlert"] = []kqlRow{}
	}
	return r.query(query)
}

func kqlJSONOf(v any) any {
	text, err := json.Marshal(v)
	kqlMust(err)
	return kqlJSON(string(text))
}

// raise makes an alert of each row that a rule finds, as its mappings say.
func (s *workspace) raise(rule shippedRule) (n int) {
	s.t.Helper()
	p := rule.Properties
	for _, row := range s.run(p.Query) {
		column := func(name string) string {
			v, ok := row[name]
			require.True(s.t, ok, "the rule names a column that its result does not have: %s", name)
			return kqlText(v)
		}
		a := raisedAlert{
			at: time.Now(), severity: column(p.AlertDetailsOverride.AlertSeverityColumnName), tactics: column(p.AlertDetailsOverride.AlertTacticsColumnName),
			custom: map[string]string{}, entities: map[string]map[string]string{},
		}
		name := strings.TrimSuffix(strings.TrimPrefix(p.AlertDetailsOverride.AlertDisplayNameFormat, "{{"), "}}")
		a.name = column(name)
		column(strings.TrimSuffix(strings.TrimPrefix(p.AlertDetailsOverride.AlertDescriptionFormat, "{{"), "}}"))
		for _, d := range p.AlertDetailsOverride.AlertDynamicProperties {
			if value := column(d.Value); d.AlertProperty == "AlertLink" {
				a.link = value
			}
		}
		for detail, of := range p.CustomDetails {
			a.custom[detail] = column(of)
		}
		for _, m := range p.EntityMappings {
			for _, f := range m.FieldMappings {
				if value := column(f.ColumnName); value != "" {
					if a.entities[m.EntityType] == nil {
						a.entities[m.EntityType] = map[string]string{}
					}
					a.entities[m.EntityType][f.Identifier] = value
				}
			}
		}
		s.alerts = append(s.alerts, a)
		n++
	}
	return n
}

// deployedWorld has the data collection rule of the template.
func deployedWorld(t *testing.T) *world {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "azure", "azuredeploy.json"))
	require.NoError(t, err)
	rules, err := emulator.ParseDCRs(text)
	require.NoError(t, err)
	return newWorld(t, emulator.Settings{Seed: seed(), DCRs: rules}, map[string]any{})
}

// Rows go through the deployed data collection rule, the shipped rules find
// them, and what they raise is one alert for each Defender alert, with the ids
// that lead back and the entities of the row. The emulator's own alerts, which
// share no code with any of this, say the same.
func TestTheShippedRulesRaiseEachAlertOnce(t *testing.T) {
	for alerts, names := range map[string][]string{
		"scheduled": {"every-type", "life"},
		// In life alerts change within seconds; an NRT rule, which remembers
		// nothing, raises such twice, as its README says.
		"nearRealTime": {"every-type"},
	} {
		t.Run(alerts, func(t *testing.T) {
			rules := raising(t, alerts)
			synctest.Test(t, func(t *testing.T) {
				w := deployedWorld(t)
				s := newWorkspace(t, w)
				w.start()
				done := make(chan struct{})
				go func() {
					defer close(done)
					for _, name := range names {
						s.play(name)
					}
					time.Sleep(20 * time.Minute)
					s.touchAll()
				}()
				for playing := true; playing; {
					select {
					case <-done:
						playing = false
					default:
						s.turn(rules)
					}
				}
				for range 2 * 12 { // two hours
					s.turn(rules)
				}
				w.stop()
				s.requireOneOfEach()
				s.requireIDsAndWords()
				s.requireEntities()
			})
		})
	}
}

// stepsOfLife is how much is told of a scenario without end.
const stepsOfLife = 80

func (s *workspace) play(name string) {
	steps, err := scenario.New(name, scenario.Settings{Seed: seed(), Start: time.Now(), Tenants: []string{tenant}})
	require.NoError(s.t, err)
	n := 0
	for step := range steps {
		time.Sleep(step.After)
		s.world.put(step.Incident)
		if n++; n == stepsOfLife {
			return
		}
	}
}

// touchAll makes a new revision of every alert.
func (s *workspace) touchAll() {
	var stored struct{ Value []map[string]any }
	require.NoError(s.t, json.Unmarshal(s.world.control(http.MethodGet, "/control/defender/incidents", nil), &stored))
	for _, incident := range stored.Value {
		now := time.Now().UTC().Format(time.RFC3339Nano)
		incident["lastUpdateDateTime"] = now
		for _, alert := range incident["alerts"].([]any) {
			alert.(map[string]any)["lastUpdateDateTime"] = now
			alert.(map[string]any)["assignedTo"] = "jane@contoso.com"
		}
		s.world.put(incident)
	}
}

// turn is five minutes: rules run, NRT rules each minute.
func (s *workspace) turn(rules []shippedRule) {
	for minute := range 5 {
		time.Sleep(time.Minute)
		before := len(s.rows["DefenderAlert_CL"])
		s.look()
		for _, r := range rules {
			switch {
			case r.Kind == "Scheduled" && minute == 4:
				require.LessOrEqual(s.t, s.raise(r), 50)
			case r.Kind == "NRT":
				all := s.rows["DefenderAlert_CL"]
				s.rows["DefenderAlert_CL"] = all[before:]
				require.LessOrEqual(s.t, s.raise(r), 29)
				s.rows["DefenderAlert_CL"] = all
			}
		}
	}
}

func (s *workspace) requireOneOfEach() {
	s.t.Helper()
	want, got := map[string]bool{}, map[string]int{}
	revisions := 0
	for _, row := range s.rows["DefenderAlert_CL"] {
		if row["CreatedTime"].(time.Time).After(time.Now().Add(-46 * time.Hour)) {
			want[row["AlertId"].(string)] = true
			revisions++
		}
	}
	for _, a := range s.alerts {
		got[a.custom["DefenderAlertId"]]++
	}
	require.GreaterOrEqual(s.t, revisions, 2*len(want), "alerts have revisions")
	require.Greater(s.t, len(want), 40)
	for id := range want {
		require.Equal(s.t, 1, got[id], "alert %s", id)
	}
	require.Len(s.t, got, len(want))
}

// requireIDsAndWords compares with what the emulator raised of the same rows.
func (s *workspace) requireIDsAndWords() {
	s.t.Helper()
	emulated := map[string]map[string]string{}
	for _, w := range s.world.emulator.Writes(0) {
		if w.Kind == emulator.WriteAlert && w.Side == emulator.SideSentinel {
			var after map[string]string
			require.NoError(s.t, json.Unmarshal(w.After, &after))
			emulated[after["defenderAlertId"]] = after
		}
	}
	byID, incidents := map[string]kqlRow{}, map[string][]any{}
	for _, row := range s.rows["DefenderAlert_CL"] {
		id := row["AlertId"].(string)
		byID[id], incidents[id] = row, append(incidents[id], row["IncidentId"])
	}
	for _, a := range s.alerts {
		id := a.custom["DefenderAlertId"]
		row, other := byID[id], emulated[id]
		require.NotNil(s.t, other, "the emulator raised none of %s", id)
		require.Equal(s.t, map[string]string{
			"DefenderAlertId": id, "DefenderCloud": "custom", "DefenderTenantId": other["defenderTenantId"], "DefenderIncidentId": a.custom["DefenderIncidentId"],
		}, a.custom)
		require.Contains(s.t, incidents[id], a.custom["DefenderIncidentId"], "it may have been in several")
		require.Equal(s.t, other["alertDisplayName"], a.name)
		require.Contains(s.t, []string{"High", "Medium", "Low", "Informational"}, a.severity)
		require.Equal(s.t, row["AlertLink"], a.link)
	}
}

// mappedKind is the V3 type of a kind that the rules map, and the fields of
// which one at least makes it known. Source: Microsoft Sentinel entities
// reference, read 2026-11.
type mappedKind struct {
	typ   string
	known []string
}

func mappedKinds() map[string]mappedKind {
	return map[string]mappedKind{
		"Account": {"account", []string{"Name", "AadUserId", "Sid"}}, "Host": {"host", []string{"HostName", "AzureID"}}, "IP": {"ip", []string{"Address"}},
		"File": {"file", []string{"Name"}}, "FileHash": {"filehash", nil}, "Process": {"process", []string{"ProcessId", "CommandLine"}},
		"URL": {"url", []string{"Url"}}, "MailMessage": {"mail-message", []string{"NetworkMessageId"}},
		"CloudApplication": {"cloud-application", []string{"Name"}}, "AzureResource": {"azure-resource", []string{"ResourceId"}},
	}
}

// requireEntities wants every identifier that a rule mapped in one entity of
// that kind of the alert, and one mapped of each kind there is.
func (s *workspace) requireEntities() {
	s.t.Helper()
	kinds := map[string]bool{}
	for _, a := range s.alerts {
		byKind, knows := map[string][]string{}, map[string]bool{}
		for _, row := range s.rows["DefenderAlert_CL"] {
			if row["AlertId"] != a.custom["DefenderAlertId"] || row[kqlArrived].(time.Time).After(a.at) {
				continue
			}
			var list []any
			if text := row["Entities"].(string); text != "" {
				require.NoError(s.t, json.Unmarshal([]byte(text), &list))
			}
			for _, one := range list {
				e := one.(map[string]any)
				kind := fmt.Sprint(e["Type"])
				byKind[kind] = append(byKind[kind], kqlText(kqlJSONOf(e)))
				for _, m := range mappedKinds() {
					knows[kind] = knows[kind] || m.typ == kind && slices.ContainsFunc(m.known, func(f string) bool { return e[f] != nil && e[f] != "" })
				}
				hashes, _ := e["FileHashes"].([]any)
				for _, hash := range hashes {
					byKind["filehash"] = append(byKind["filehash"], kqlText(kqlJSONOf(hash)))
				}
			}
		}
		for mapped, kind := range mappedKinds() {
			identifiers := a.entities[mapped]
			if knows[kind.typ] {
				require.NotEmpty(s.t, identifiers, "alert %s has a %s", a.custom["DefenderAlertId"], kind.typ)
			}
			for identifier, value := range identifiers {
				kinds[mapped] = true
				parts := []string{value}
				if identifier == "FullName" { // name@suffix or domain\name
					parts = strings.FieldsFunc(value, func(r rune) bool { return r == '@' || r == '\\' })
				}
				require.True(s.t, anyHas(byKind[kind.typ], parts), "%s.%s = %s is in no entity of %s", mapped, identifier, value, a.custom["DefenderAlertId"])
			}
		}
	}
	for mapped := range mappedKinds() {
		require.True(s.t, kinds[mapped], "no alert has a %s", mapped)
	}
}

// anyHas reports an entity whose text has all parts as values.
func anyHas(entities, parts []string) bool {
	for _, e := range entities {
		all := true
		for _, part := range parts {
			var quoted bytes.Buffer
			d := json.NewEncoder(&quoted)
			kqlMust(d.Encode(part))
			all = all && (strings.Contains(e, strings.TrimSpace(quoted.String())) || strings.Contains(e, ":"+part+",") || strings.Contains(e, ":"+part+"}"))
		}
		if all {
			return true
		}
	}
	return false
}
