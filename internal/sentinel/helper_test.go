package sentinel

import (
	"encoding/json"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// full gives every member its own value.
const full = `{"id":"/subscriptions/s/providers/Microsoft.SecurityInsights/Incidents/n","name":"N-1","type":"Microsoft.SecurityInsights/Incidents",
	"etag":"\"0300bf09-0000-0000-0000-5c37296e0000\"","systemData":{"a":1},
	"properties":{"title":"A title","severity":"High","status":"Active","description":"A <description>",
		"classification":"FalsePositive","classificationReason":"IncorrectAlertLogic","classificationComment":"because",
		"firstActivityTimeUtc":"2026-01-02T03:04:01Z","lastActivityTimeUtc":"2026-01-02T03:04:02Z",
		"labels":[{"labelName":"zeta","labelType":"User"},{"labelName":"defender:4711@t","labelType":"User"},
			{"labelName":"Auto","labelType":"AutoAssigned"},{"labelName":"Alpha","labelType":"User","extra":[1.10]}],
		"owner":{"objectId":"2046feea-040d-4a46-9e2b-91c2941bfa70","email":"jane@mail.test","assignedTo":"Jane Doe","userPrincipalName":"Jane@Provider.test"},
		"additionalData":{"alertsCount":3,"bookmarksCount":0,"commentsCount":2,"tactics":["Persistence"],"providerIncidentUrl":"https://d.test"},
		"providerName":"Azure Sentinel","providerIncidentId":"3177","incidentNumber":3177,"incidentUrl":"https://portal.azure.com/#x",
		"createdTimeUtc":"2026-01-02T03:04:03Z","lastModifiedTimeUtc":"2026-01-02T03:04:04.1234567Z",
		"relatedAnalyticRuleIds":["r"],"teamInformation":{"teamId":"t"},"newToUs":{"deep":[1.10e3]}}}`

const someComments = `[{"name":"C-2","properties":{"message":"second","createdTimeUtc":"2026-01-02T03:05:02Z",
		"author":{"name":null,"email":"joe@mail.test","userPrincipalName":"joe@provider.test"}}},
	{"name":"c-1","properties":{"message":"first","createdTimeUtc":"2026-01-02T03:05:01Z","author":{"name":"Jane Doe"}}},
	{"name":"c-0","properties":{"message":"","createdTimeUtc":"2026-01-02T03:05:00Z"}}]`

// least is an incident with what must be there, and more members in properties.
func least(more string) string {
	if more != "" {
		more = "," + more
	}
	return `{"etag":"\"e\"","properties":{"title":"t","severity":"Low","status":"New","lastModifiedTimeUtc":"2026-01-02T03:04:04Z"` + more + `}}`
}

func at(second int) time.Time { return time.Date(2026, 1, 2, 3, 4, second, 0, time.UTC) }

func mapOf(t testing.TB, text string) pcommon.Map {
	t.Helper()
	m, err := object([]byte(text))
	require.NoError(t, err)
	return m
}

// published is the body of an example's answer or, for status "", of its
// request.
func published(t *testing.T, file, status string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	var example struct {
		Request   struct{ Body json.RawMessage }
		Responses map[string]struct{ Body json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(text, &example))
	if status == "" {
		return string(example.Request.Body)
	}
	return string(example.Responses[status].Body)
}

// put is what the service holds after it took a body: the properties it was
// sent, and its own.
func put(t *testing.T, current, body string) string {
	t.Helper()
	var old, sent struct {
		Etag       string                     `json:"etag"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &sent))
	held := sent.Properties
	if current != "" {
		require.NoError(t, json.Unmarshal([]byte(current), &old))
		require.Equal(t, old.Etag, sent.Etag)
		for name, value := range old.Properties {
			if isReadOnly(name) {
				held[name] = value
			}
		}
	}
	held = maps.Clone(held)
	held["lastModifiedTimeUtc"] = json.RawMessage(`"2026-02-02T03:04:04Z"`)
	text, err := encode(map[string]any{"etag": `"f"`, "properties": held})
	require.NoError(t, err)
	return string(text)
}

func isReadOnly(name string) bool {
	for _, r := range readOnly {
		if r == name {
			return true
		}
	}
	return false
}

var origin = Origin{
	Origin: record.Origin{Cloud: "public", TenantID: "00000000-0000-4000-8000-0000000000a0"},
	Workspace: Workspace{
		Subscription: "00000000-0000-4000-8000-0000000000aa", ResourceGroup: "soc", Name: "soc",
	},
}
