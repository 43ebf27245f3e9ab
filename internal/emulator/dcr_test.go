package emulator_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// ruleOf writes a rule with n declared streams, one column each, one flow each.
func ruleOf(n int, more ...string) string {
	var streams, flows []string
	for i := range n {
		name := fmt.Sprintf("Custom-S%d", i)
		streams = append(streams, fmt.Sprintf(`%q:{"columns":[{"name":"TimeGenerated","type":"datetime"}]}`, name))
		flows = append(flows, fmt.Sprintf(`{"streams":[%q],"outputStream":"Custom-S%d_CL"}`, name, i))
	}
	return `{"properties":{"immutableId":"dcr-0000000000000000000000000000000b","streamDeclarations":{` +
		strings.Join(streams, ",") + `},"dataFlows":[` + strings.Join(append(flows, more...), ",") + `]}}`
}

func TestEleventhStreamIsRefusedAsAzureDoes(t *testing.T) {
	if _, err := emulator.ParseDCRs([]byte(ruleOf(10))); err != nil {
		t.Fatalf("ten streams: %v", err)
	}
	for name, text := range map[string]string{
		"eleven declared":            strings.Replace(ruleOf(11), `,{"streams":["Custom-S10"],"outputStream":"Custom-S10_CL"}`, "", 1),
		"ten and a built-in one":     strings.Replace(ruleOf(10, `{"streams":["Microsoft-OTelLogs"],"outputStream":"Microsoft-OTelLogs"}`), `{"streams":["Custom-S0"],"outputStream":"Custom-S0_CL"},`, "", 1),
		"eleven flows of one stream": ruleOf(1, strings.Split(strings.TrimSuffix(strings.Repeat(`{"streams":["Custom-S0"]};`, 10), ";"), ";")...),
	} {
		_, err := emulator.ParseDCRs([]byte(text))
		var refusal *emulator.DCRError
		if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "InvalidPayload: Data collection rule is invalid") ||
			!strings.Contains(err.Error(), "must not exceed 10, got 11") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRulesAzureRefuses(t *testing.T) {
	column := func(name, kind string) string {
		return strings.Replace(ruleOf(1), `{"name":"TimeGenerated","type":"datetime"}`, fmt.Sprintf(`{"name":%q,"type":%q}`, name, kind), 1)
	}
	tests := map[string]string{
		"not JSON":                 "invalid character",
		`{}`:                       "immutableId",
		column("Fine_1", "guid"):   "is not one of",
		column("Fine_1", "String"): "is not one of",
		column("1st", "string"):    "must begin with a letter",
		column("_x", "string"):     "must begin with a letter",
		column("a-b", "string"):    "must begin with a letter",
		column("", "string"):       "must begin with a letter",

		column(strings.Repeat("x", 46), "string"): "at most 45",
		strings.Replace(ruleOf(1), `{"name":"TimeGenerated","type":"datetime"}`, `{"name":"A","type":"int"},{"name":"A","type":"int"}`, 1): "declared twice",
		strings.Replace(ruleOf(1), `{"name":"TimeGenerated","type":"datetime"}`, ``, 1):                                                    "must have columns",
		strings.ReplaceAll(ruleOf(1), "Custom-S0", "Other-S0"):                                                                             "must begin with 'Custom-'",
		ruleOf(1, `{"streams":["Custom-Missing"],"outputStream":"Custom-X_CL"}`):                                                           "neither declared nor a built-in",
		ruleOf(1, `{"streams":["Microsoft-SecurityAlert"],"outputStream":"Microsoft-SecurityAlert"}`):                                      "neither declared nor a built-in",
		ruleOf(1, `{"streams":["Custom-S0"],"outputStream":"Custom-NoSuffix"}`):                                                            "Custom-<Table>_CL",
		strings.Replace(ruleOf(1), "dcr-0000", "dcr-000G", 1):                                                                              "32 hex digits",
	}
	for _, reserved := range []string{"_ResourceId", "id", "_SubscriptionId", "TenantId", "Type", "UniqueId", "Title"} {
		tests[column(reserved, "string")] = "'" + reserved + "' is reserved"
	}
	for text, part := range tests {
		if _, err := emulator.ParseDCRs([]byte(text)); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s:\nwant %q, got %v", text, part, err)
		}
	}
	if _, err := emulator.ParseDCRs([]byte(column(strings.Repeat("x", 45), "real"))); err != nil {
		t.Errorf("a name of 45 characters: %v", err)
	}
}

func TestSeveralRulesKeepTheirRowsApart(t *testing.T) {
	other := strings.Replace(ruleOf(1), "000b", "000c", 1)
	rules, err := emulator.ParseDCRs([]byte("[" + ruleOf(1) + "," + other + "]"))
	if err != nil {
		t.Fatal(err)
	}
	l := newLab(t, emulator.Settings{DCRs: rules})
	for _, s := range l.e.Streams() {
		l.equal("name", s.Name, "Custom-S0")
	}
	l.equal("streams", len(l.e.Streams()), 2)
	if _, err := emulator.New(emulator.Settings{DCRs: append(rules, rules[0])}); err == nil || !strings.Contains(err.Error(), "given twice") {
		t.Errorf("a rule given twice: %v", err)
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	for part, settings := range map[string]emulator.Settings{
		"rows must be":         {Rows: "burn"},
		"must not be negative": {GraphRPM: -1},
		"between 1 and 50":     {PageSize: 51},
		"fault 1":              {Faults: emulator.Plan{Faults: []emulator.Fault{{Kind: "x"}}}},
	} {
		if _, err := emulator.New(settings); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("want %q, got %v", part, err)
		}
	}
}
