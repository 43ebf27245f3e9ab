package template

// Form is deploy/azure/createUiDefinition.json: what the portal asks when the
// template is deployed there.
//
// Source: Azure Resource Manager, CreateUiDefinition elements, read 2026-11.
func Form() ([]byte, error) {
	elements := []any{
		object{
			{"name", "workspace"},
			{"type", "Microsoft.Solutions.ResourceSelector"},
			{"label", "Log Analytics workspace"},
			{"resourceType", "Microsoft.OperationalInsights/workspaces"},
			{"toolTip", "Choose the resource group of this workspace under Basics."},
			{"constraints", object{{"required", true}}},
		},
	}
	outputs := object{
		{"workspaceName", "[steps('settings').workspace.name]"},
		{"location", "[steps('settings').workspace.location]"},
	}
	for _, p := range parameters() {
		if p.ask == nil {
			continue
		}
		elements = append(elements, append(object{{"name", p.name}}, p.ask...))
		answer := "steps('settings')." + p.name
		if p.read != "" {
			answer = p.read + "(" + answer + ")"
		}
		outputs = append(outputs, member{p.name, "[" + answer + "]"})
	}
	return file(object{
		{"$schema", "https://schema.management.azure.com/schemas/0.1.2-preview/CreateUIDefinition.MultiVm.json#"},
		{"handler", "Microsoft.Azure.CreateUIDef"},
		{"version", "0.1.2-preview"},
		{"parameters", object{
			{"basics", []any{}},
			{"steps", []any{object{{"name", "settings"}, {"label", "Tables and rule"}, {"elements", elements}}}},
			{"outputs", outputs},
		}},
	})
}

func textBox(label, value, regex, message string, required bool) object {
	return object{
		{"type", "Microsoft.Common.TextBox"},
		{"label", label},
		{"defaultValue", value},
		{"constraints", object{{"required", required}, {"regex", regex}, {"validationMessage", message}}},
	}
}

func checkBox(label string, value bool) object {
	return object{{"type", "Microsoft.Common.CheckBox"}, {"label", label}, {"defaultValue", value}}
}

func dropDown(label, value string, choices ...string) object {
	allowed := make([]any, len(choices))
	for i, c := range choices {
		allowed[i] = object{{"label", c}, {"value", c}}
	}
	return object{
		{"type", "Microsoft.Common.DropDown"},
		{"label", label},
		{"defaultValue", value},
		{"constraints", object{{"allowedValues", allowed}, {"required", true}}},
	}
}
