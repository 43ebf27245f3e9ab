package template_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// results are the texts that an expression can come to: those of a case's and
// an iff's results, and of each of their branches.
func results(t *testing.T, expression string) []string {
	t.Helper()
	expression = strings.TrimSpace(expression)
	if text, ok := strings.CutPrefix(expression, `"`); ok && strings.Count(expression, `"`) == 2 {
		return []string{strings.TrimSuffix(text, `"`)}
	}
	found := regexp.MustCompile(`(?s)^(case|iff)\((.*)\)$`).FindStringSubmatch(expression)
	require.NotNil(t, found, "neither a text nor a choice of texts: %s", expression)
	arguments := split(found[2])
	var all []string
	for i, a := range arguments {
		if i%2 == 1 || i == len(arguments)-1 {
			all = append(all, results(t, a)...)
		}
	}
	return all
}

// split cuts a list at the commas that are in no brackets and no text.
func split(list string) (parts []string) {
	depth, quoted, from := 0, false, 0
	for i, c := range list {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.ContainsRune("([{", c):
			depth++
		case strings.ContainsRune(")]}", c):
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, strings.TrimSpace(list[from:i]))
			from = i + 1
		}
	}
	return append(parts, strings.TrimSpace(list[from:]))
}

func TestTheASimParserSaysOnlyWordsOfTheSchema(t *testing.T) {
	var known struct {
		Enums map[string][]string `json:"enums"`
	}
	text, err := os.ReadFile("testdata/asim-enums.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &known))
	query := strings.ReplaceAll(names(t).functions["vimAlertEventDefenderConnector"], `@"\"`, `"-"`)

	made := map[string]string{}
	for _, step := range regexp.MustCompile(`(?s)\| (?:extend|project)\s(.*?)(?:\n\||$)`).FindAllStringSubmatch(strings.ReplaceAll(query, "\n|", "\n|\n|"), -1) {
		for _, column := range split(strings.TrimSuffix(strings.TrimSpace(step[1]), "|")) {
			if name, expression, ok := strings.Cut(column, " = "); ok {
				made[strings.TrimSpace(name)] = expression
			}
		}
	}
	for _, column := range []string{
		"EventType", "EventSchema", "EventSubType", "EventSeverity", "AlertVerdict", "AlertStatus", "DetectionMethod", "IndicatorType", "UserIdType",
	} {
		for _, word := range results(t, made[column]) {
			require.Contains(t, append(known.Enums[column], ""), word, column)
		}
	}
	threats := regexp.MustCompile(`(?s)let Threats = dynamic\((\{.*?\})\)`).FindStringSubmatch(query)
	require.NotNil(t, threats)
	var words map[string]string
	require.NoError(t, json.Unmarshal([]byte(threats[1]), &words))
	for key, word := range words {
		require.Equal(t, strings.ToLower(key), key, "looked up in lower case")
		require.Contains(t, known.Enums["ThreatCategory"], word)
	}
	require.Contains(t, known.Enums["ThreatCategory"], "Security Policy Violation")
}
