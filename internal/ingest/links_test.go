package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

func entityRows(t *testing.T, entities string) []map[string]any {
	t.Helper()
	ld, _ := alertWithEntities(t, entities)
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	require.Empty(t, result.Unsendable)
	return rowsOf(bodies, schema.StreamEntity)
}

func TestEveryEntityIsANodeOfAGraph(t *testing.T) {
	rows := entityRows(t, `[
		{"$id":"1","EntityKey":"strong","IncidentEntityKey":"weak"},
		{"$id":"2","IncidentEntityKey":"weak","EntityKey":""},
		{"$id":"3","IncidentEntityKey":7},
		{"Type":"ip"},
		{"$id":"9","EntityKey":"`+strings.Repeat("k", 300)+`"}]`)
	var nodes []any
	for _, row := range rows {
		nodes = append(nodes, row[schema.NodeKey])
	}
	require.Equal(t, []any{"strong", "weak", uid + "#3", uid + "#4", uid + "#9"}, nodes)
}

func TestLinksNameTheNodesOfOtherRows(t *testing.T) {
	rows := entityRows(t, `[
		{"$id":"1","Type":"host","EntityKey":"h","IpInterfaces":[{"$id":"2","Type":"ip","Address":"10.0.0.1"}]},
		{"$id":"3","Type":"file"},
		{"$id":"4","Type":"process","Host":{"$ref":"1"},"ImageFile":{"$ref":"3"},"Ip":{"$ref":"2"},"Gone":{"$ref":"77"},
		 "Self":{"$ref":"4"},"Text":"$ref","Two":{"$ref":"1","x":1},
		 "Files":[{"$ref":"3"},{"deep":[{"$ref":"1"}]}]},
		{"$id":"5","Type":"url"}]`)
	requireColumns(t, rows[2], map[string]string{schema.Links: `[
		{"Link":"Host","NodeKey":"h","EntityIndex":1},
		{"Link":"ImageFile","NodeKey":"` + uid + `#3","EntityIndex":3},
		{"Link":"Self","NodeKey":"` + uid + `#4","EntityIndex":4},
		{"Link":"Files","NodeKey":"` + uid + `#3","EntityIndex":3},
		{"Link":"Files","NodeKey":"h","EntityIndex":1}]`})
	for _, i := range []int{0, 1, 3} {
		require.NotContains(t, rows[i], schema.Links)
	}
	for _, row := range rows {
		requireDeclared(t, row, schema.Entity())
	}
}

func TestLinksThatDoNotFitAreMarked(t *testing.T) {
	refs := make([]string, 1000)
	for i := range refs {
		refs[i] = `{"$ref":"1"}`
	}
	row := entityRows(t, fmt.Sprintf(`[{"$id":"1","EntityKey":"%s"},{"$id":"2","Files":[%s]}]`, strings.Repeat("k", 200), strings.Join(refs, ",")))[1]
	require.InDelta(t, 60_000/248, len(row[schema.Links].([]any)), 5)
	requireColumns(t, row, map[string]string{schema.ShortenedColumns: `["Links"]`})
}

// What summarize by IncidentId, NodeKey does in KQL: of two alerts of one
// incident that name the same things, each thing is one, with the roles of both.
func TestTwoAlertsOfAnIncidentNameEachThingOnce(t *testing.T) {
	const alert = `{"id":"%s","incidentId":"%s","evidence":[
		{"@odata.type":"#microsoft.graph.security.deviceEvidence","mdeDeviceId":"d1","hostName":"pc-7","roles":["%[3]s"]},
		{"@odata.type":"#microsoft.graph.security.ipEvidence","ipAddress":"10.0.0.5","roles":["%[3]s"]},
		{"@odata.type":"#microsoft.graph.security.processEvidence","mdeDeviceId":"d1","processId":5,"processCreationDateTime":"2026-10-11T12:13:14Z","roles":["%[3]s"]},
		{"@odata.type":"#microsoft.graph.security.userEvidence","userAccount":{"accountName":"***"},"roles":["%[3]s"]}]}`
	ld, records := logs()
	m := entity.NewMapper()
	for i, incident := range []string{"42", "42", "43"} {
		lr := add(t, records, record.EventDefenderAlert, fmt.Sprintf(alert, fmt.Sprintf("da%d", i), incident, fmt.Sprintf("role%d", i)))
		lr.Attributes().PutStr(record.UIDKey, fmt.Sprintf("uid%d", i))
		entities := &entity.Entities{}
		require.NoError(t, m.Map(record.Origin{Cloud: "public", TenantID: tenant}, lr.Body().Map(), entities, m.NewTally()))
		lr.Attributes().PutStr(record.SentinelEntities, string(entities.JSON()))
	}
	bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	roles := map[string][]string{}
	for _, row := range rowsOf(bodies, schema.StreamEntity) {
		thing := fmt.Sprint(row["IncidentId"], row["EntityType"], row[schema.NodeKey])
		roles[thing] = append(roles[thing], row["Roles"].([]any)[0].(string))
	}
	counts := map[string]int{}
	for _, names := range roles {
		counts[strings.Join(names, " and ")]++
	}
	require.Equal(t, map[string]int{"role0 and role1": 3, "role0": 1, "role1": 1, "role2": 4}, counts, "all but the masked account")
}
