package template

// parameter is one parameter of the template, and how the portal's form asks
// for it.
type parameter struct {
	name        string
	kind        string // string, int, bool or object
	fallback    any    // the default; nil = required
	allowed     []any
	description string
	// ask is the form's element; nil = the form does not ask. read is how the
	// form hands over its answer, "" = as it is.
	ask  object
	read string
}

// Tables' plans. Source: Azure Monitor, table plans, read 2026-11.
const (
	planAnalytics = "Analytics"
	planBasic     = "Basic"
	planAuxiliary = "Auxiliary"
)

// parameters are those of azuredeploy.json, in the order of the form.
func parameters() []parameter {
	return []parameter{
		{
			name: "workspaceName", kind: "string",
			description: "Name of the Log Analytics workspace. Deploy into its resource group.",
		},
		{
			name: "location", kind: "string", fallback: "[resourceGroup().location]",
			description: "Region of the workspace: Azure takes the rule and its endpoint nowhere else.",
		},
		{
			name: "ruleName", kind: "string", fallback: "defender-sentinel",
			description: "Name of the data collection rule; further ones get a number behind it.",
			ask:         textBox("Name of the data collection rule", "defender-sentinel", `^[A-Za-z0-9][A-Za-z0-9._-]{1,40}$`, "2 to 41 letters, digits, dots, dashes and underscores", true),
		},
		{
			name: "principalId", kind: "string", fallback: "",
			description: "Object id of the service principal or managed identity that writes (not its application id). It gets the role Monitoring Metrics Publisher on the rules. Empty = assign the role yourself.",
			ask:         textBox("Object id of the writing identity", "", `^$|^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`, "a GUID, or nothing", false),
		},
		{
			name: "principalType", kind: "string", fallback: "ServicePrincipal", allowed: []any{"ServicePrincipal", "User", "Group"},
			description: "What the principal is. A managed identity is a service principal.",
			ask:         dropDown("Kind of identity", "ServicePrincipal", "ServicePrincipal", "User", "Group"),
		},
		{
			name: "retentionInDays", kind: "int", fallback: -1,
			description: "Days that rows can be queried at once: 4 to 730. -1 = the workspace's default.",
			ask:         textBox("Days of retention", "-1", `^(-1|[4-9]|[1-9][0-9]|[1-6][0-9][0-9]|7[0-2][0-9]|730)$`, "-1, or 4 to 730", true),
			read:        "int",
		},
		{
			name: "totalRetentionInDays", kind: "int", fallback: -1,
			description: "Days that rows are kept at all, archive included: at most 4383. -1 = as long as they can be queried.",
			ask:         textBox("Days in all, archive included", "-1", `^(-1|[4-9]|[1-9][0-9]{1,2}|[1-3][0-9]{3}|4[0-3][0-9]{2})$`, "-1, or 4 to 4383", true),
			read:        "int",
		},
		{
			name: "originalPlan", kind: "string", fallback: planAnalytics, allowed: []any{planAnalytics, planBasic, planAuxiliary},
			description: "Plan of the table of long originals, the only one that no rule reads. Basic and Auxiliary are cheaper and cannot be joined with other tables; for Auxiliary name the stream under auxiliary_streams in the exporter. Azure lets nobody leave Auxiliary again.",
			ask:         dropDown("Plan of DefenderOriginal_CL", planAnalytics, planAnalytics, planBasic, planAuxiliary),
		},
		{
			name: "asimAlertEvents", kind: "bool", fallback: true,
			description: "Also open the stream of the built-in table ASimAlertEventLogs. It exists only where Sentinel is enabled; without Sentinel say false, or Azure refuses the rule.",
			ask:         checkBox("Sentinel is enabled on the workspace: also open ASimAlertEventLogs", true),
		},
		{
			name: "createDataCollectionEndpoint", kind: "bool", fallback: false,
			description: "Also make a data collection endpoint. Only private link needs one: the rules are of kind Direct and have endpoints of their own.",
			ask:         checkBox("Also make a data collection endpoint (private link)", false),
		},
		{
			name: "extraColumns", kind: "object", fallback: object{},
			description: "Columns of your own, by table: {\"DefenderIncident_CL\": [{\"name\": \"CustomerCode\", \"type\": \"string\"}]}. They are added to the table and to its stream. Types: string, int, long, real, boolean, datetime, dynamic.",
			ask:         textBox("Columns of your own, as JSON", "{}", `^\{.*\}$`, "a JSON object", true),
			read:        "parse",
		},
	}
}

// define is the parameters section of the template.
func define(parameters []parameter) object {
	section := object{}
	for _, p := range parameters {
		o := object{{"type", p.kind}}
		if p.fallback != nil {
			o = append(o, member{"defaultValue", p.fallback})
		}
		if p.allowed != nil {
			o = append(o, member{"allowedValues", p.allowed})
		}
		section = append(section, member{p.name, append(o, member{"metadata", object{{"description", p.description}}})})
	}
	return section
}
