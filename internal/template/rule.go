package template

import "github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"

// emulatorRule and emulatorWorkspace name the emulator's built-in rule and the
// workspace it leads to.
const (
	emulatorRule      = "dcr-00000000000000000000000000000001"
	emulatorWorkspace = "/subscriptions/00000000-0000-4000-8000-0000000000aa/resourceGroups/soc" +
		"/providers/Microsoft.OperationalInsights/workspaces/soc"
)

// destination is the name, within a rule, of the workspace it leads to.
const destination = "workspace"

// builtins are the streams of Azure's own tables, whose columns need no
// declaration.
func builtins() []string { return []string{schema.StreamOTelLogs, schema.StreamASimAlert} }

// EmulatorRule is the data collection rule that the emulator has built in, as
// Azure shows a rule.
func EmulatorRule() ([]byte, error) {
	declarations, flows := object{}, []any{}
	for _, t := range schema.Tables() {
		declarations = append(declarations, member{t.Stream, object{{"columns", declared(t)}}})
		flows = append(flows, flow(t.Stream, "Custom-"+t.Name))
	}
	for _, stream := range builtins() {
		flows = append(flows, flow(stream, stream))
	}
	return file(object{
		{"kind", "Direct"},
		{"properties", object{
			{"immutableId", emulatorRule},
			{"streamDeclarations", declarations},
			{"destinations", destinations(emulatorWorkspace)},
			{"dataFlows", flows},
		}},
	})
}

// declared are the columns of a stream declaration.
func declared(t schema.Table) []any {
	columns := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = object{{"name", c.Name}, {"type", c.Type}}
	}
	return columns
}

func destinations(workspace string) object {
	return object{{"logAnalytics", []any{object{{"name", destination}, {"workspaceResourceId", workspace}}}}}
}

// flow passes a stream through to a table: the schema fits both.
func flow(stream, output string) object {
	return object{
		{"streams", []any{stream}}, {"destinations", []any{destination}}, {"transformKql", "source"}, {"outputStream", output},
	}
}
