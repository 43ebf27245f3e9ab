package sim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
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

func (s *workspace) token(client *http.Client) string {
	s.t.Helper()
	resp, err := client.PostForm(origin+"/"+emulator.DefaultWorkspaceTenant+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"00000000-0000-4000-8000-00000000c11e"},
		"client_secret": {emulator.Secret}, "scope": {origin + "/.default"},
	})
	require.NoError(s.t, err)
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(s.t, json.NewDecoder(resp.Body).Decode(&answer))
	return answer.AccessToken
}
