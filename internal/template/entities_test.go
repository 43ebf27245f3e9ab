package template_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/template"
)

// entityFacts are those beside the tests of the table.
func entityFacts(t *testing.T) template.EntityFacts {
	t.Helper()
	facts := template.EntityFacts{Fields: map[string]map[string]string{}, Homeless: map[string]string{}}
	read(t, "internal/entity/testdata/examples.json", &facts.Examples)
	var sentinel struct {
		Types map[string]struct {
			Fields map[string]string
		}
	}
	read(t, "internal/entity/testdata/sentinel-entities.json", &sentinel)
	for name, typ := range sentinel.Types {
		facts.Fields[name] = typ.Fields
	}
	list, err := os.ReadFile(filepath.Join(root, "internal/entity/testdata/no-home.txt"))
	require.NoError(t, err)
	for _, found := range regexp.MustCompile(`(?m)^([A-Za-z]\S*): (.+)$`).FindAllStringSubmatch(string(list), -1) {
		facts.Homeless[found[1]] = found[2]
	}
	return facts
}

// Whoever looks for a property of Graph finds it on the page, under its type.
func TestThePageOfEntitiesNamesEveryPropertyAndShowsEachType(t *testing.T) {
	page, err := template.EntitiesPage(entityFacts(t))
	require.NoError(t, err)
	sections := strings.Split(string(page), "\n## ")
	var graph struct {
		Base     map[string]string
		Evidence map[string]map[string]string
	}
	read(t, "internal/entity/testdata/evidence-types.json", &graph)
	find := func(title string) string {
		for _, s := range sections {
			if strings.HasPrefix(s, title+"\n") {
				return s
			}
		}
		t.Fatalf("no section %s", title)
		return ""
	}
	for property := range graph.Base {
		require.Contains(t, find("What every evidence has"), "| `"+property+"` |")
	}
	require.Len(t, graph.Evidence, 48)
	for name, properties := range graph.Evidence {
		section := find(name)
		for property := range properties {
			require.Regexp(t, "\\| `"+property+"[`.[]", section, name)
		}
		require.Contains(t, section, "\nbecomes\n\n```json\n[{\"$id\":\"1\"", name)
	}
}

func TestAPropertyWithoutAHomeIsOnThePage(t *testing.T) {
	facts := entityFacts(t)
	facts.Homeless["urlEvidence.reputation"] = "says nothing of the URL"
	page, err := template.EntitiesPage(facts)
	require.NoError(t, err)
	require.Contains(t, string(page), "| `urlEvidence.reputation` | says nothing of the URL |")
}

func TestThePageOfEntitiesWantsAnExampleOfEachType(t *testing.T) {
	facts := entityFacts(t)
	delete(facts.Examples, "urlEvidence")
	_, err := template.EntitiesPage(facts)
	require.EqualError(t, err, "page of entities, urlEvidence: no example")
	facts.Examples["urlEvidence"] = json.RawMessage(`{"url":`)
	_, err = template.EntitiesPage(facts)
	require.Error(t, err)
}
