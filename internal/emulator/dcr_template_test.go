package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// templateOf is a template with one rule whose stream Custom-A has the columns
// that the expression gives.
func templateOf(columns string, more ...string) string {
	return `{"parameters":{
		"extra":{"type":"object","defaultValue":{}},"none":{"type":"string"},"many":{"type":"int","defaultValue":2},
		"prefix":{"type":"string","defaultValue":"[concat('Custom', '-')]"},"on":{"type":"bool","defaultValue":true},"off":{"type":"bool","defaultValue":false}},
	"variables":{"base":{"A_CL":[{"name":"TimeGenerated","type":"datetime"},{"name":"Bracket","type":"string"}]},
		"loop":{"copy":[{"name":"list","count":"[parameters('many')]","input":{"name":"[concat('C', copyIndex('list'))]","type":"int"}}]},
		"self":"[variables('self')]"},
	"resources":[{"type":"Microsoft.OperationalInsights/workspaces/tables","name":"[unheardOf()]"},
	 {"type":"microsoft.insights/DataCollectionRules","location":"[unheardOf()]"` + strings.Join(more, "") + `,"properties":{
		"streamDeclarations":{"Custom-A":{"columns":` + columns + `}},
		"destinations":{"logAnalytics":[{"workspaceResourceId":"[resourceId('Microsoft.OperationalInsights/workspaces', parameters('none'))]"}]},
		"dataFlows":[{"streams":["[concat(parameters('prefix'), 'A')]"],"destinations":["w"],"transformKql":"source","outputStream":"Custom-A_CL"}]}}]}`
}

// accepts uploads a row with each of the columns and returns those not lost.
func accepts(t *testing.T, rules []*emulator.DCR, columns ...string) (kept []string) {
	t.Helper()
	const stream = "Custom-A" // of dcr-…01
	l := newLab(t, emulator.Settings{DCRs: rules})
	var members []string
	for _, c := range columns {
		members = append(members, fmt.Sprintf("%q:7", c))
	}
	l.equal("status", l.upload(stream, "[{"+strings.Join(members, ",")+"}]").status, 204)
	for _, s := range l.e.Streams() {
		for _, c := range columns {
			if s.Name == stream && s.Dropped.Undeclared[c] == 0 {
				kept = append(kept, c)
			}
		}
	}
	return kept
}

func TestATemplatesRulesTakeWhatItsExpressionsSay(t *testing.T) {
	const add = `"[concat(variables('base').A_CL, if(contains(parameters('extra'), 'A_CL'), parameters('extra').A_CL, createArray()))]"`
	const given = `{"parameters":{"extra":{"value":{"A_CL":[{"name":"Mine","type":"int"}]}},"none":{"value":"ws"}}}`
	for name, c := range map[string]struct {
		columns, parameters string
		want                []string
	}{
		"literal columns":                {`[{"name":"Bracket","type":"int"}]`, "", []string{"Bracket"}},
		"a default adds nothing":         {add, "", []string{"Bracket"}},
		"a parameters file adds":         {add, given, []string{"Bracket", "Mine"}},
		"a property loop":                {`"[variables('loop').list]"`, "", []string{"C0", "C1"}},
		"by index and in other case":     {`["[Variables('BASE')['a_cl'][1]]"]`, "", []string{"Bracket"}},
		"joined objects":                 {`["[union(createObject('name', 'C0'), createObject('type', 'int'))]"]`, "", []string{"C0"}},
		"an escaped bracket is a string": {`[{"name":"[if(equals('[[', concat('[', '[')), 'C1', 'x')]","type":"int"}]`, "", []string{"C1"}},
		"a doubled quote":                {`[{"name":"[if(equals(length('it''s'), 4), 'C0', 'x')]","type":"int"}]`, "", []string{"C0"}},
	} {
		t.Run(name, func(t *testing.T) {
			var parameters []byte
			if c.parameters != "" {
				parameters = []byte(c.parameters)
			}
			rules, err := emulator.ParseDCRsWith(parameters, []byte(templateOf(c.columns)))
			if err != nil {
				t.Fatal(err)
			}
			got := accepts(t, rules, "Bracket", "Mine", "C0", "C1", "x")
			if !slices.Equal(got, c.want) {
				t.Errorf("want %v, got %v", c.want, got)
			}
		})
	}
}

func TestATemplatesWorkspaceIsKnownWhenItsNameIs(t *testing.T) {
	text := []byte(templateOf(`[{"name":"A","type":"int"}]`))
	rules, err := emulator.ParseDCRs(text)
	if err != nil || rules[0].Workspace != "" {
		t.Errorf("nobody named it: %v %v", rules[0].Workspace, err)
	}
	rules, err = emulator.ParseDCRsWith([]byte(`{"parameters":{"none":{"value":"ws"}}}`), text)
	const want = "/subscriptions/00000000-0000-4000-8000-0000000000aa/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/ws"
	if err != nil || rules[0].Workspace != want {
		t.Errorf("want %s, got %s %v", want, rules[0].Workspace, err)
	}
}

func TestConditionsAndLoopsDecideWhichRulesThereAre(t *testing.T) {
	for more, want := range map[string]int{
		``:                                  1,
		`,"condition":true`:                 1,
		`,"condition":"[parameters('on')]"`: 1,
		`,"copy":{"name":"each","count":3}`: 3,
		`,"copy":{"name":"each","count":"[add(parameters('many'), div(7, 2))]"}`:                                        5,
		`,"copy":{"name":"each","count":4},"condition":"[or(equals(copyIndex(), 1), equals(copyIndex('each', 1), 4))]"`: 2,
	} {
		rules, err := emulator.ParseDCRs([]byte(templateOf(`[{"name":"A","type":"int"}]`, more)))
		if err != nil || len(rules) != want {
			t.Errorf("%s: want %d rules, got %d, %v", more, want, len(rules), err)
			continue
		}
		for i, rule := range rules {
			if id := fmt.Sprintf("dcr-%032x", i+1); rule.ID != id {
				t.Errorf("%s: want %s, got %s", more, id, rule.ID)
			}
		}
	}
}

func TestRulesOfSeveralFilesGetNumbersOfTheirOwn(t *testing.T) {
	text := []byte(templateOf(`[{"name":"A","type":"int"}]`))
	named := []byte(`{"properties":{"immutableId":"dcr-00000000000000000000000000000002","streamDeclarations":{"Custom-B":{"columns":[{"name":"B","type":"int"}]}}}}`)
	rules, err := emulator.ParseDCRs(text, named, text)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, rule := range rules {
		got = append(got, strings.TrimLeft(rule.ID, "dcr-0"))
	}
	if !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Error(got)
	}
	if _, err := emulator.New(emulator.Settings{DCRs: rules}); err != nil {
		t.Error(err)
	}
}

func TestATemplateThatCannotBeReadSaysWhy(t *testing.T) {
	columns := func(expression string) string { return templateOf(fmt.Sprintf("%q", "["+expression+"]")) }
	for text, part := range map[string]string{
		columns("unheardOf()"):                                                  "unheardof: the emulator does not know this function",
		columns("parameters('nobody')"):                                         "there is no nobody",
		columns("variables('nobody')"):                                          "there is no nobody",
		columns("parameters('none')"):                                           "none has no value: give it in a parameters file",
		columns("variables('self')"):                                            "too deep",
		columns("variables('base').B_CL"):                                       "there is no B_CL",
		columns("variables('base').A_CL[7]"):                                    "there is no 7",
		columns("variables('base'"):                                             ") is missing",
		columns("variables('base').A_CL[1"):                                     "] is missing",
		columns("variables('base"):                                              "does not end",
		columns("variables('base') more"):                                       "unexpected",
		columns("."):                                                            "want a function",
		columns("concat(createArray(), 'x')"):                                   "not of the form",
		columns("copyIndex()"):                                                  "not within that loop",
		columns("if('x', 1, 2)"):                                                "want true or false",
		columns("mod(1, 0)"):                                                    "not of the form",
		columns(strings.Repeat("concat(", 200)):                                 "too deep",
		columns("createArray('x')"):                                             "cannot unmarshal",
		templateOf(`[]`, `,"condition":"yes"`):                                  "want true or false",
		templateOf(`[]`, `,"condition":false`):                                  "makes no data collection rule",
		templateOf(`[]`, `,"copy":{"count":801}`):                               "between 0 and 800",
		`{"resources":[{"type":"Microsoft.Insights/dataCollectionEndpoints"}]}`: "makes no data collection rule",
		`{"resources":7}`:                                                       "read template",
	} {
		if _, err := emulator.ParseDCRs([]byte(text)); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%.300s:\nwant %q, got %v", text[max(0, len(text)-300):], part, err)
		}
	}
	if _, err := emulator.ParseDCRsWith([]byte(`[`), []byte(templateOf(`[]`))); err == nil || !strings.Contains(err.Error(), "read template parameters") {
		t.Errorf("bad parameters: %v", err)
	}
}
