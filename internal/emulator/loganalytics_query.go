package emulator

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// alertQueryText is the query that is understood, with holes in angle brackets.
// White space does not matter; the list may have any length above zero.
const alertQueryText = `SecurityAlert
| where TimeGenerated > ago(<days>)
| extend Details = parse_json(tostring(parse_json(ExtendedProperties)["Custom Details"]))
| extend DefenderTenantId = tostring(Details.DefenderTenantId[0]), DefenderIncidentId = tostring(Details.DefenderIncidentId[0]), DefenderAlertId = tostring(Details.DefenderAlertId[0])
| where DefenderTenantId == <tenant> and DefenderAlertId in (<alerts>)
| summarize arg_max(TimeGenerated, *) by SystemAlertId
| project SystemAlertId, DefenderTenantId, DefenderIncidentId, DefenderAlertId, AlertType, ProviderName`

// alertQuery is what the query asks for.
type alertQuery struct {
	since  time.Duration
	tenant string
	alerts []string
}

// parseAlertQuery reads the query. The error says where it parts from the one
// that is understood.
func parseAlertQuery(text string) (alertQuery, error) {
	var q alertQuery
	tokens, err := lexKusto(text)
	if err != nil {
		return q, err
	}
	pattern, err := lexKusto(alertQueryText)
	if err != nil {
		return q, err // never: it is a constant
	}
	for _, want := range pattern {
		if strings.HasPrefix(want, "<") {
			tokens, err = q.fill(want, tokens)
			if err != nil {
				return q, err
			}
			continue
		}
		if len(tokens) == 0 {
			return q, fmt.Errorf("want %s, got the end", want)
		}
		if tokens[0] != want {
			return q, fmt.Errorf("want %s, got %.40s", want, tokens[0])
		}
		tokens = tokens[1:]
	}
	if len(tokens) > 0 {
		return q, fmt.Errorf("want the end, got %.40s", tokens[0])
	}
	return q, nil
}

// fill reads one hole and returns the tokens behind it.
func (q *alertQuery) fill(hole string, tokens []string) ([]string, error) {
	text := func(i int) (string, bool) {
		if i >= len(tokens) || !strings.HasPrefix(tokens[i], `"`) {
			return "", false
		}
		return tokens[i][1:], true
	}
	switch hole {
	case "<days>":
		if len(tokens) == 0 {
			return nil, errors.New("want a number of days like 14d")
		}
		number, ok := strings.CutSuffix(tokens[0], "d")
		days, err := strconv.Atoi(number)
		if !ok || err != nil || days < 1 || days > 10_000 {
			return nil, fmt.Errorf("want a number of days like 14d, got %.40s", tokens[0])
		}
		q.since = time.Duration(days) * 24 * time.Hour
		return tokens[1:], nil
	case "<tenant>":
		tenant, ok := text(0)
		if !ok || !isGUID(tenant) {
			return nil, errors.New("want a tenant's GUID in quotes behind ==")
		}
		q.tenant = tenant
		return tokens[1:], nil
	}
	for i := 0; ; i += 2 {
		alert, ok := text(i)
		if !ok {
			return nil, errors.New("want alert ids in quotes behind in (")
		}
		q.alerts = append(q.alerts, alert)
		if i+1 >= len(tokens) || tokens[i+1] != "," {
			return tokens[i+1:], nil
		}
	}
}

// lexKusto cuts a query into tokens: words and numbers, single signs but for
// ==, holes, and strings, which keep their opening quote to be told apart.
func lexKusto(text string) ([]string, error) {
	var tokens []string
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
		case c == '"':
			value, end, err := kustoString(text, i+1)
			if err != nil {
				return nil, err
			}
			tokens, i = append(tokens, `"`+value), end
		case isWord(c):
			end := i
			for end < len(text) && isWord(text[end]) {
				end++
			}
			tokens, i = append(tokens, text[i:end]), end
		case strings.HasPrefix(text[i:], "=="):
			tokens, i = append(tokens, "=="), i+2
		case c == '<':
			end := strings.IndexByte(text[i:], '>')
			if end < 0 {
				end = 0
			}
			tokens, i = append(tokens, text[i:i+end+1]), i+end+1
		default:
			tokens, i = append(tokens, text[i:i+1]), i+1
		}
	}
	return tokens, nil
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// kustoString reads a string from behind its opening quote.
func kustoString(text string, i int) (value string, end int, err error) {
	var out strings.Builder
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			return out.String(), i + 1, nil
		case '\\':
			if i++; i >= len(text) || text[i] != '"' && text[i] != '\\' {
				return "", 0, errors.New("want \\\" or \\\\ as the only escapes in a string")
			}
			out.WriteByte(text[i])
		case '\n':
			return "", 0, errors.New("want the end of a string before the end of its line")
		default:
			out.WriteByte(text[i])
		}
	}
	return "", 0, errors.New("want the end of a string")
}
