package ingest_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// sample is a value of a type that no other number gives, as JSON.
func sample(typ schema.Type, n int) string {
	switch typ {
	case schema.Int, schema.Long:
		return fmt.Sprint(1000 + n)
	case schema.Real:
		return fmt.Sprintf("%d.5", n)
	case schema.Boolean:
		return "true"
	case schema.Datetime:
		return fmt.Sprintf(`"2026-11-%02dT07:08:09.1234567Z"`, n%28+1)
	case schema.Dynamic:
		return fmt.Sprintf(`[{"n":%d},"x"]`, n)
	case schema.String:
	}
	return fmt.Sprintf(`"value %d"`, n)
}

// filled is a record in which every source that a table's columns have holds
// a value of its own, and what each column is to be.
func filled(t *testing.T, table schema.Table, event string) (ld plog.Logs, lr plog.LogRecord, want map[string]string) {
	ld, records := logs()
	resource := ld.ResourceLogs().At(0).Resource().Attributes()
	members, want := []string{}, map[string]string{}
	lr = add(t, records, event, "")
	for i, c := range table.Columns {
		value := sample(c.Type, i)
		want[c.Name] = value
		switch c.From {
		case schema.FromBody:
			members = append(members, fmt.Sprintf("%q:%s", c.Key, value))
		case schema.FromAttribute:
			tree(t, value).CopyTo(lr.Attributes().PutEmpty(c.Key))
		case schema.FromResource:
			tree(t, value).CopyTo(resource.PutEmpty(c.Key))
		case schema.FromEncoder, schema.FromEntity:
			delete(want, c.Name)
		}
	}
	members = append(members, `"somethingNew":{"big":12345678901234567890,"ratio":1.10}`)
	tree(t, "{"+strings.Join(members, ",")+"}").CopyTo(lr.Body())
	return ld, lr, want
}

func requireColumns(t *testing.T, row map[string]any, want map[string]string) {
	for name, value := range want {
		got, err := json.Marshal(row[name])
		require.NoError(t, err)
		require.JSONEq(t, value, string(got), name)
	}
}

func TestEveryDocumentedColumnEqualsItsSource(t *testing.T) {
	for _, c := range []struct {
		table schema.Table
		event string
	}{
		{schema.Incident(), record.EventDefenderIncident},
		{schema.Alert(), record.EventDefenderAlert},
	} {
		t.Run(c.table.Name, func(t *testing.T) {
			ld, lr, want := filled(t, c.table, c.event)
			// The entities are a column of their own kind; see below.
			delete(want, schema.Entities)
			lr.Attributes().Remove(record.SentinelEntities)
			bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
			require.Empty(t, result.Unsendable)
			row := one(t, bodies, c.table.Stream)
			requireColumns(t, row, want)
			requireColumns(t, row, map[string]string{
				schema.TimeGenerated: `"2026-11-23T20:00:00Z"`, schema.OriginalParts: "0",
			})
			var text strings.Builder
			require.NoError(t, json.NewEncoder(&text).Encode(row[schema.OriginalColumn]))
			require.JSONEq(t, string(record.AppendJSON(nil, lr.Body())), text.String())
			require.Contains(t, text.String(), "12345678901234567890")
			require.Contains(t, text.String(), "1.10")
			requireDeclared(t, row, c.table)
		})
	}
}

func requireDeclared(t require.TestingT, row map[string]any, table schema.Table) {
	for name := range row {
		_, ok := table.Column(name)
		require.True(t, ok, "%s is no column of %s", name, table.Name)
	}
}

func alertWithEntities(t require.TestingT, entities string) (plog.Logs, plog.LogRecord) {
	ld, records := logs()
	lr := add(t, records, record.EventDefenderAlert, `{"id":"da1","incidentId":"42","lastUpdateDateTime":"2026-11-23T20:00:00Z"}`)
	lr.Attributes().PutStr(record.DefenderIncidentID, "42")
	tree(t, entities).CopyTo(lr.Attributes().PutEmpty(record.SentinelEntities))
	return ld, lr
}

func TestAnAlertHasARowForEachEntityThatIsNoReference(t *testing.T) {
	const entities = `[
		{"$id":"2","Type":"host","HostName":"ws1","EntityKey":"k2","EvidenceType":"deviceEvidence","Roles":["attacked"],"DetailedRoles":["x"],"Verdict":"malicious","RemediationStatus":"none"},
		{"$ref":"2"},
		{"$id":"5","Type":"process","Host":{"$ref":"2"},"EntityKey":"k5"},
		"no object",
		{"Type":"ip","Address":"10.0.0.1","$id":"no number"}]`
	ld, _ := alertWithEntities(t, entities)
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	require.Empty(t, result.Unsendable)
	require.Zero(t, result.EntitiesOmitted)

	alert := one(t, bodies, schema.StreamAlert)
	require.JSONEq(t, entities, alert[schema.Entities].(string))
	requireColumns(t, alert, map[string]string{schema.EntityCount: "3"})

	rows := rowsOf(bodies, schema.StreamEntity)
	require.Len(t, rows, 3)
	requireColumns(t, rows[0], map[string]string{
		"IncidentId": `"42"`, "AlertId": `"da1"`, "LastModifiedTime": `"2026-11-23T20:00:00Z"`, "EntityIndex": "2",
		"EntityType": `"host"`, "EntityKey": `"k2"`, "EvidenceType": `"deviceEvidence"`, "Roles": `["attacked"]`,
		"DetailedRoles": `["x"]`, "Verdict": `"malicious"`, "RemediationStatus": `"none"`, "RecordUid": `"` + uid + `"`,
		"SourceTenantId": `"` + tenant + `"`, "SourceTenantName": `"contoso"`, "SourceCloud": `"public"`,
		"Entity": `{"$id":"2","Type":"host","HostName":"ws1","EntityKey":"k2","EvidenceType":"deviceEvidence","Roles":["attacked"],"DetailedRoles":["x"],"Verdict":"malicious","RemediationStatus":"none"}`,
	})
	requireColumns(t, rows[1], map[string]string{"EntityIndex": "5", "Entity": `{"$id":"5","Type":"process","Host":{"$ref":"2"},"EntityKey":"k5"}`})
	requireColumns(t, rows[2], map[string]string{"EntityIndex": "5", "EntityType": `"ip"`})
	for _, row := range rows {
		requireDeclared(t, row, schema.Entity())
	}
}

// The same list as text and as a slice makes the same rows.
func TestEntitiesAreTakenAsTextToo(t *testing.T) {
	const entities = `[{"$id":"1","Type":"host","Verdict":null,"Roles":[ "a" ],"HostName":"p\u00e4r\n","EntityKey":"k1"}, {"$ref":"1"},
		{"$id":"2","Type":"file","Name":1.10,"Verdict":7,"Host":{"$ref":"1"}}]`
	rows := func(set func(pcommon.Value)) (alert map[string]any, entities []map[string]any) {
		ld, records := logs()
		set(add(t, records, record.EventDefenderAlert, `{"id":"da1"}`).Attributes().PutEmpty(record.SentinelEntities))
		bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
		require.Empty(t, result.Unsendable)
		return one(t, bodies, schema.StreamAlert), rowsOf(bodies, schema.StreamEntity)
	}
	alert, list := rows(func(v pcommon.Value) { tree(t, entities).CopyTo(v) })
	alertOfText, listOfText := rows(func(v pcommon.Value) { v.SetStr(entities) })
	require.JSONEq(t, alert[schema.Entities].(string), alertOfText[schema.Entities].(string))
	require.Len(t, list, 2)
	require.Equal(t, list, listOfText)
	requireColumns(t, list[1], map[string]string{"Verdict": `"7"`, "Links": `[{"Link":"Host","NodeKey":"k1","EntityIndex":1}]`})
}

func TestEntitiesThatAreNoListAreLeftOut(t *testing.T) {
	for _, text := range []string{"", "of another revision", "{}", `["a"`, `"[]"`} {
		ld, records := logs()
		add(t, records, record.EventDefenderAlert, `{"id":"da1"}`).Attributes().PutStr(record.SentinelEntities, text)
		bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
		require.Empty(t, result.Unsendable)
		require.NotContains(t, one(t, bodies, schema.StreamAlert), schema.Entities, text)
		require.Empty(t, rowsOf(bodies, schema.StreamEntity))
	}
}

// A list of many entities may be longer than one string may be.
func TestEntitiesOverTheBodyLimitHaveTheirRows(t *testing.T) {
	list := make([]string, 500)
	for i := range list {
		list[i] = fmt.Sprintf(`{"$id":"%d","Type":"url","Url":"%s\xff"}`, i+1, strings.Repeat("u", 3000))
	}
	ld, records := logs()
	lr := add(t, records, record.EventDefenderAlert, `{"id":"da1"}`)
	lr.Attributes().PutStr(record.SentinelEntities, strings.ReplaceAll("["+strings.Join(list, ",")+"]", `\xff`, "\xff"))
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	require.Empty(t, result.Unsendable)
	require.Len(t, rowsOf(bodies, schema.StreamEntity), 500)
}

// What the mapping found no room for with the alert is counted there and has
// rows, with links into the alert's own entities.
func TestMoreEntitiesHaveTheirRowsAndNoPlaceInTheAlert(t *testing.T) {
	const own, more = `[{"$id":"1","Type":"host","EntityKey":"k1"},{"$id":"3","Type":"url","EntityKey":"k3"}]`, `[{"$id":"2","Type":"process","EntityKey":"k2","Host":{"$ref":"1"}}]`
	ld, lr := alertWithEntities(t, own)
	lr.Attributes().PutStr(record.SentinelEntitiesMore, more)
	lr.Attributes().PutInt(record.SentinelEntitiesDropped, 4)
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	require.Empty(t, result.Unsendable)
	require.Equal(t, 1, result.EntitiesOmitted)
	alert := one(t, bodies, schema.StreamAlert)
	require.JSONEq(t, own, alert[schema.Entities].(string))
	requireColumns(t, alert, map[string]string{schema.EntityCount: "7", schema.ShortenedColumns: `["Entities"]`})
	rows := rowsOf(bodies, schema.StreamEntity)
	require.Len(t, rows, 3)
	requireColumns(t, rows[2], map[string]string{"EntityIndex": "2", "Links": `[{"Link":"Host","NodeKey":"k1","EntityIndex":1}]`})

	lr.Attributes().PutStr(record.SentinelEntitiesMore, "{}")
	bodies, result = encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	require.Zero(t, result.EntitiesOmitted)
	require.Len(t, rowsOf(bodies, schema.StreamEntity), 2)
}

func TestEntitiesThatDoNotFitAreCountedAndHaveTheirRows(t *testing.T) {
	var list []string
	for i := range 100 {
		list = append(list, fmt.Sprintf(`{"$id":"%d","Type":"file","Name":%q}`, i+2, strings.Repeat("n", 1000)))
	}
	ld, _ := alertWithEntities(t, "["+strings.Join(list, ",")+"]")
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	alert := one(t, bodies, schema.StreamAlert)
	text := alert[schema.Entities].(string)
	require.LessOrEqual(t, len(text), ingest.ValueBytesMax)
	require.Greater(t, len(text), ingest.ValueBytesMax-1100)
	var kept []map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &kept))
	require.Equal(t, "2", kept[0]["$id"])
	require.Equal(t, 100-len(kept), result.EntitiesOmitted)
	requireColumns(t, alert, map[string]string{schema.EntityCount: "100", schema.ShortenedColumns: `["Entities"]`})
	require.Len(t, rowsOf(bodies, schema.StreamEntity), 100)
}

func TestAnEntityOverTheValueLimitHasARowWithoutIt(t *testing.T) {
	ld, _ := alertWithEntities(t, fmt.Sprintf(`[{"$id":"2","Type":"url","Url":%q}]`, strings.Repeat("u", 70_000)))
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	row := one(t, bodies, schema.StreamEntity)
	require.NotContains(t, row, schema.EntityColumn)
	requireColumns(t, row, map[string]string{"EntityType": `"url"`, schema.ShortenedColumns: `["Entity"]`})
	require.Equal(t, 1, result.EntitiesOmitted)
}

func TestEntitiesThatTheMappingLeftOutAreCounted(t *testing.T) {
	for dropped, want := range map[int64]string{0: "1", 7: "8", -1: "1", math.MaxInt64: "2147483647"} {
		ld, lr := alertWithEntities(t, `[{"$id":"2","Type":"ip"}]`)
		lr.Attributes().PutInt(record.SentinelEntitiesDropped, dropped)
		bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
		requireColumns(t, one(t, bodies, schema.StreamAlert), map[string]string{schema.EntityCount: want})
	}
}

func TestAnAlertWithoutEntitiesSaysNothingAboutThem(t *testing.T) {
	ld, records := logs()
	add(t, records, record.EventDefenderAlert, `{"id":"da1"}`)
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	row := one(t, bodies, schema.StreamAlert)
	require.NotContains(t, row, schema.Entities)
	require.NotContains(t, row, schema.EntityCount)
	require.Empty(t, rowsOf(bodies, schema.StreamEntity))
	require.Zero(t, result.Rowless)
}

func TestColumnsTakeWhatTheirTypeTakes(t *testing.T) {
	for name, c := range map[string]struct{ property, value, column, want string }{
		"a string column takes a number as its text":           {"assignedTo", `47.0`, "AssignedTo", `"47.0"`},
		"a string column takes a literal that is no float":     {"assignedTo", `1.10`, "AssignedTo", `"1.10"`},
		"a string column takes a boolean as its text":          {"assignedTo", `true`, "AssignedTo", `"true"`},
		"a string column takes an object as its text":          {"assignedTo", `{"a":[1]}`, "AssignedTo", `"{\"a\":[1]}"`},
		"a string column takes an array as its text":           {"assignedTo", `["a",1]`, "AssignedTo", `"[\"a\",1]"`},
		"an empty string stays an empty string":                {"assignedTo", `""`, "AssignedTo", `""`},
		"null is left out":                                     {"assignedTo", `null`, "AssignedTo", `null`},
		"an int column takes an integer":                       {"priorityScore", `-3`, "PriorityScore", `-3`},
		"an int column takes a whole float":                    {"priorityScore", `47.0`, "PriorityScore", `47`},
		"an int column takes a whole number with an exponent":  {"priorityScore", `1E2`, "PriorityScore", `100`},
		"an int column takes a string that is a whole number":  {"priorityScore", `"12"`, "PriorityScore", `12`},
		"an int column refuses a fraction":                     {"priorityScore", `1.5`, "PriorityScore", `null`},
		"an int column refuses what is beyond 32 bits":         {"priorityScore", `2147483648`, "PriorityScore", `null`},
		"an int column takes the least of 32 bits":             {"priorityScore", `-2147483648`, "PriorityScore", `-2147483648`},
		"an int column refuses 20 digits":                      {"priorityScore", `12345678901234567890`, "PriorityScore", `null`},
		"an int column refuses a word":                         {"priorityScore", `"high"`, "PriorityScore", `null`},
		"an int column refuses a boolean":                      {"priorityScore", `true`, "PriorityScore", `null`},
		"an int column refuses an object":                      {"priorityScore", `{}`, "PriorityScore", `null`},
		"a datetime column takes seven decimals":               {"createdDateTime", `"2026-01-02T03:04:05.1234567Z"`, "CreatedTime", `"2026-01-02T03:04:05.1234567Z"`},
		"a datetime column takes a zone":                       {"createdDateTime", `"2026-01-02T03:04:05+02:00"`, "CreatedTime", `"2026-01-02T03:04:05+02:00"`},
		"a datetime column takes the first day":                {"createdDateTime", `"0001-01-01T00:00:00Z"`, "CreatedTime", `"0001-01-01T00:00:00Z"`},
		"a datetime column refuses a time without a zone":      {"createdDateTime", `"2026-01-02T03:04:05"`, "CreatedTime", `null`},
		"a datetime column refuses a decimal comma":            {"createdDateTime", `"2026-01-02T03:04:05,5Z"`, "CreatedTime", `null`},
		"a datetime column refuses an hour of one digit":       {"createdDateTime", `"2026-01-02T3:04:05Z"`, "CreatedTime", `null`},
		"a datetime column refuses a day that is none":         {"createdDateTime", `"2026-02-30T03:04:05Z"`, "CreatedTime", `null`},
		"a datetime column refuses a number":                   {"createdDateTime", `1764000000`, "CreatedTime", `null`},
		"a datetime column refuses a long string":              {"createdDateTime", `"` + strings.Repeat("2", 70_000) + `"`, "CreatedTime", `null`},
		"a dynamic column takes a string":                      {"customTags", `"a"`, "CustomTags", `"a"`},
		"a dynamic column takes an empty array":                {"customTags", `[]`, "CustomTags", `[]`},
		"a dynamic column takes an object with a number as is": {"customTags", `{"n":1.10}`, "CustomTags", `{"n":1.10}`},
		"a dynamic column takes a number":                      {"customTags", `7`, "CustomTags", `7`},
	} {
		t.Run(name, func(t *testing.T) {
			ld, records := logs()
			add(t, records, record.EventDefenderIncident, fmt.Sprintf(`{%q:%s}`, c.property, c.value))
			bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
			require.Empty(t, result.Unsendable)
			row := one(t, bodies, schema.StreamIncident)
			requireColumns(t, row, map[string]string{c.column: c.want})
			if c.want == "null" {
				require.NotContains(t, row, c.column)
			}
		})
	}
}

func TestABodyOfTextIsReadAsTheObjectItIs(t *testing.T) {
	const text = ` {"id":"7", "displayName":"x","ratio":1.10,"twice":1,"twice":2} `
	ld, records := logs()
	add(t, records, record.EventDefenderIncident, "").Body().SetStr(text)
	bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	row := one(t, bodies, schema.StreamIncident)
	requireColumns(t, row, map[string]string{"IncidentId": `"7"`, "IncidentTitle": `"x"`})
	require.Contains(t, string(bodies[0].raw), `"Original":`+strings.TrimSpace(text)+`,`, "the text is kept to the byte")
}

func TestBodiesThatAreNoObjectStillHaveARow(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(pcommon.Value)
		want string
	}{
		"nothing":         {func(pcommon.Value) {}, `null`},
		"all null":        {func(v pcommon.Value) { v.SetEmptyMap().PutEmpty("id") }, `{"id":null}`},
		"no members":      {func(v pcommon.Value) { v.SetEmptyMap() }, `{}`},
		"plain text":      {func(v pcommon.Value) { v.SetStr("not JSON") }, `"not JSON"`},
		"broken text":     {func(v pcommon.Value) { v.SetStr(`{"id":`) }, `"{\"id\":"`},
		"a bare number":   {func(v pcommon.Value) { v.SetStr(`12`) }, `"12"`},
		"an array":        {func(v pcommon.Value) { v.SetEmptySlice().AppendEmpty().SetInt(1) }, `[1]`},
		"an array text":   {func(v pcommon.Value) { v.SetStr(`[1, 2]`) }, `[1, 2]`},
		"a number":        {func(v pcommon.Value) { v.SetInt(3) }, `3`},
		"invalid UTF-8":   {func(v pcommon.Value) { v.SetStr("a\xffb") }, `"a�b"`},
		"invalid in text": {func(v pcommon.Value) { v.SetStr("{\"id\":\"a\xff\"}") }, `{"id":"a�"}`},
	} {
		t.Run(name, func(t *testing.T) {
			ld, records := logs()
			c.set(add(t, records, record.EventDefenderIncident, "").Body())
			bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
			require.Empty(t, result.Unsendable)
			requireColumns(t, one(t, bodies, schema.StreamIncident), map[string]string{schema.OriginalColumn: c.want, schema.OriginalParts: "0"})
		})
	}
}

func TestARecordWithoutAUidGetsOneOfItsContent(t *testing.T) {
	uidOf := func(change func(plog.LogRecord)) any {
		ld, records := logs()
		lr := add(t, records, record.EventDefenderIncident, `{"id":"7"}`)
		lr.Attributes().Remove(record.UIDKey)
		change(lr)
		bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
		return one(t, bodies, schema.StreamIncident)[schema.RecordUID]
	}
	same := func(plog.LogRecord) {}
	first := uidOf(same)
	require.Len(t, first, 36)
	require.Equal(t, first, uidOf(same))
	require.NotEqual(t, first, uidOf(func(lr plog.LogRecord) { lr.Body().Map().PutStr("id", "8") }))
	require.NotEqual(t, first, uidOf(func(lr plog.LogRecord) {
		lr.SetTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Minute)))
	}))
}
