package template_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// workspaceNames is what a query may name: the columns of each table, and the
// functions. It is the poor relation of `make kql`, which knows the language;
// this needs no Node.
type workspaceNames struct {
	tables    map[string][]string
	functions map[string]string
}

func names(t *testing.T) workspaceNames {
	t.Helper()
	var known struct {
		Tables map[string][]struct {
			Name string `json:"name"`
		} `json:"tables"`
	}
	read(t, "tools/kql/schema.json", &known)
	w := workspaceNames{tables: map[string][]string{}, functions: map[string]string{}}
	for table, columns := range known.Tables {
		for _, c := range columns {
			w.tables[table] = append(w.tables[table], c.Name)
		}
	}
	var d document
	read(t, sentinelContent, &d)
	for _, r := range d.of("Microsoft.OperationalInsights/workspaces/savedSearches") {
		if name, ok := r.Properties["functionAlias"].(string); ok {
			w.functions[name] = r.Properties["query"].(string)
		}
	}
	return w
}

// words splits a query into what counts: names, and the signs beside them.
func words(query string) []string {
	query = regexp.MustCompile(`@"[^"]*"|"(?:[^"\\]|\\.)*"|@?'[^']*'|//[^\n]*`).ReplaceAllString(query, " ")
	return regexp.MustCompile(`[A-Za-z_]\w*|\d[\w.]*|==|=~|!~|!=|[^\s\w]`).FindAllString(query, -1)
}

// keywords of the language that stand where a column could.
var keywords = strings.Fields(`and or not in has between by asc desc on kind let where extend project summarize join union sort order take
	distinct print lookup with to typeof true false null dynamic string long int real bool datetime timespan mv step from default nulls
	inner leftouter leftsemi leftanti isfuzzy withsource expand apply make series away contains startswith endswith has_any has_all count
	in~ project_away`)

func isName(word string) bool { return regexp.MustCompile(`^[A-Za-z_]`).MatchString(word) }

// unknown lists the names of a query that are no column of a table it reads,
// directly or through a function, and that it does not make itself.
func (w workspaceNames) unknown(query string) (unknown []string) {
	known := map[string]bool{}
	w.learn(known, query, map[string]bool{})
	all := words(query)
	for i, word := range all {
		before, after := "", ""
		if i > 0 {
			before = all[i-1]
		}
		if i+1 < len(all) {
			after = all[i+1]
		}
		_, isTable := w.tables[word]
		_, isFunction := w.functions[word]
		if !isName(word) || before == "." || after == "(" || known[word] || isTable || isFunction || slices.Contains(keywords, word) {
			continue
		}
		unknown = append(unknown, word)
	}
	return unknown
}

// learn collects the columns that a query can see.
func (w workspaceNames) learn(known map[string]bool, query string, seen map[string]bool) {
	all := words(query)
	for i, word := range all {
		if i+1 < len(all) && all[i+1] == "=" {
			known[word] = true // what it makes: extend, let, project
			if word == "withsource" && i+2 < len(all) {
				known[all[i+2]] = true
			}
			for j := i - 1; word == ")" && j > 0 && all[j] != "("; j-- {
				known[all[j]] = true // extend (a, b) =
			}
		}
		for _, column := range w.tables[word] {
			known[column] = true
		}
		if body, ok := w.functions[word]; ok && !seen[word] {
			seen[word] = true
			w.learn(known, body, seen)
		}
	}
}

// shippedQueries are all, by what they are of.
func shippedQueries(t *testing.T) map[string]string {
	t.Helper()
	queries := map[string]string{}
	for _, r := range shipped(t) {
		queries["rule "+r.DisplayName] = strings.NewReplacer("[concat('", "", "', 'dynamic(', string(parameters('credentials')), ')", "", "')]", "").Replace(r.Query)
	}
	for title, item := range workbookItems(t) {
		queries["workbook "+title] = strings.ReplaceAll(item.Query, "{Tenant}", "'a'")
	}
	var d document
	read(t, sentinelContent, &d)
	for _, r := range d.of("Microsoft.OperationalInsights/workspaces/savedSearches") {
		if r.Properties["functionAlias"] == nil {
			queries["hunting "+r.Properties["displayName"].(string)] = r.Properties["query"].(string)
		}
	}
	return queries
}

type workbookItem struct {
	Title         string `json:"title"`
	Query         string `json:"query"`
	Visualization string `json:"visualization"`
	Time          string `json:"timeContextFromParameter"`
	Grid          struct {
		Formatters []struct {
			ColumnMatch string `json:"columnMatch"`
		} `json:"formatters"`
	} `json:"gridSettings"`
	Tiles struct {
		Title struct {
			ColumnMatch string `json:"columnMatch"`
		} `json:"titleContent"`
		Value struct {
			ColumnMatch string `json:"columnMatch"`
		} `json:"leftContent"`
	} `json:"tileSettings"`
}

func workbookItems(t *testing.T) map[string]workbookItem {
	t.Helper()
	var d document
	read(t, sentinelContent, &d)
	books := d.of("Microsoft.Insights/workbooks")
	require.Len(t, books, 1)
	var notebook struct {
		Items []struct {
			Type    int          `json:"type"`
			Content workbookItem `json:"content"`
		} `json:"items"`
	}
	require.NoError(t, json.Unmarshal([]byte(books[0].Properties["serializedData"].(string)), &notebook))
	items := map[string]workbookItem{}
	for _, i := range notebook.Items {
		if i.Type == 3 {
			require.NotContains(t, items, i.Content.Title, "twice")
			items[i.Content.Title] = i.Content
		}
	}
	return items
}

func TestEveryColumnThatAQueryNamesExists(t *testing.T) {
	w := names(t)
	queries := shippedQueries(t)
	require.Greater(t, len(queries), 30)
	for what, query := range queries {
		require.Empty(t, w.unknown(query), what)
	}
	for name, body := range w.functions {
		for _, word := range w.unknown(body) {
			require.Regexp(t, `^(starttime|endtime|disabled|[a-z_]+_has_any(_prefix)?)$`, word, "%s; these are its parameters", name)
		}
	}
}

func TestAColumnThatDoesNotExistIsFound(t *testing.T) {
	w := names(t)
	for query, want := range map[string][]string{
		`DefenderIncident_CL | where Statuz == "x"`:                         {"Statuz"},
		`DefenderIncidents | project IncidentId, AlertName`:                 {"AlertName"},
		`DefenderAlerts | project IncidentId, AlertName, A = tolower(B)`:    {"B"},
		`DefenderEntities | extend X = Entity.Anything | where X has "Foo"`: nil,
		`DefenderAlert_CL | extend New = 1 | summarize count() by New // C`: nil,
		`SecurityAlert | distinct SystemAlertId, AlertId`:                   {"AlertId"},
	} {
		require.Equal(t, want, w.unknown(query), query)
	}
}

// The last projection of a rule's query is what its mappings name.
func TestEveryColumnThatARuleMapsIsInItsResult(t *testing.T) {
	for _, r := range shipped(t) {
		at := strings.LastIndex(r.Query, "| project")
		require.Positive(t, at, r.DisplayName)
		all := words(r.Query[at:])
		for _, name := range r.columnsNamed() {
			found := false
			for i, word := range all {
				found = found || word == name && (all[i-1] == "," || all[i-1] == "project")
			}
			require.True(t, found, "%s names %s", r.DisplayName, name)
		}
	}
}

func TestEveryColumnThatTheWorkbookFormatsIsInItsQuery(t *testing.T) {
	formatted := 0
	for title, i := range workbookItems(t) {
		require.Equal(t, "TimeRange", i.Time, title)
		columns := []string{i.Tiles.Title.ColumnMatch, i.Tiles.Value.ColumnMatch}
		for _, f := range i.Grid.Formatters {
			columns = append(columns, f.ColumnMatch)
		}
		for _, c := range slices.DeleteFunc(columns, func(c string) bool { return c == "" }) {
			require.Contains(t, words(i.Query), c, title)
			formatted++
		}
	}
	require.Positive(t, formatted)
}

func TestTheQueriesKnowTheTablesOfTheSchema(t *testing.T) {
	w := names(t)
	for _, table := range schema.Tables() {
		for _, c := range table.Columns {
			require.Contains(t, w.tables[table.Name], c.Name)
		}
		require.Contains(t, w.tables[table.Name], "_BilledSize")
	}
	require.Contains(t, slices.Collect(maps.Keys(w.tables)), "SecurityIncident")
}
