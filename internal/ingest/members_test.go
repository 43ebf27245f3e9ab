package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

const huntingStream = "Custom-DefenderAlertInfo"

// hunting encodes one hunting row whose body is a text or the map of it.
func hunting(t require.TestingT, text string, asMap bool) ([]body, ingest.Result) {
	ld, records := logs()
	lr := add(t, records, record.EventDefenderHunting, "")
	lr.Attributes().PutStr(record.DefenderTable, "AlertInfo")
	if asMap {
		tree(t, text).CopyTo(lr.Body())
	} else {
		lr.Body().SetStr(text)
	}
	return encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
}

func TestAHuntingRowIsItsProperties(t *testing.T) {
	const text = "\t{\"Timestamp\":\"2026-11-23T19:00:00Z\" , \"Title\":\"t\",\"id\":1,\"Type\":null,\"tenantid\":\"x\",\"_ResourceId\":\"r\"," +
		"\"TimeGenerated\":\"1999-01-01T00:00:00Z\",\"RecordUid\":\"own\",\"SourceTenantId\":\"own\",\"ShortenedColumns\":\"own\"," +
		"\"\\u0041dditional\":{\"a\": [1.10, 1E3, -0, 12345678901234567890]},\"Empty\":\"\",\"Number\":1.0}\r\n"
	want := map[string]string{
		"Timestamp": `"2026-11-23T19:00:00Z"`, "Title_": `"t"`, "id_": `1`, "tenantid_": `"x"`, "ResourceId_": `"r"`,
		"TimeGenerated_": `"1999-01-01T00:00:00Z"`, "RecordUid_": `"own"`, "SourceTenantId_": `"own"`, "ShortenedColumns_": `"own"`,
		"Additional": `{"a":[1.10,1E3,-0,12345678901234567890]}`, "Empty": `""`, "Number": `1.0`,
		schema.TimeGenerated: `"2026-11-23T20:00:00Z"`, schema.RecordUID: `"` + uid + `"`, schema.SourceTenantID: `"` + tenant + `"`,
	}
	for _, asMap := range []bool{false, true} {
		t.Run(fmt.Sprint("as map ", asMap), func(t *testing.T) {
			bodies, result := hunting(t, text, asMap)
			require.Empty(t, result.Unsendable)
			row := one(t, bodies, huntingStream)
			require.Len(t, row, len(want))
			requireColumns(t, row, want)
			for _, literal := range []string{"1.10", "1E3", "-0", "12345678901234567890"} {
				require.Contains(t, string(bodies[0].raw), literal, "numbers stay as written")
			}
		})
	}
}

func TestLongPropertiesOfAHuntingRowAreShortened(t *testing.T) {
	long := strings.Repeat("x", 70_000)
	text := `{"S":"` + long + `","A":["first","` + long + `"],"O":{"a":"` + long + `"},"E":"` + strings.Repeat(`\n`, 35_000) + `","T":1}`
	for _, asMap := range []bool{false, true} {
		t.Run(fmt.Sprint("as map ", asMap), func(t *testing.T) {
			bodies, result := hunting(t, text, asMap)
			require.Empty(t, result.Unsendable)
			row := one(t, bodies, huntingStream)
			requireColumns(t, row, map[string]string{
				"S": `"` + long[:ingest.ValueBytesMax] + `"`, "A": `["first"]`, "O": `null`, "T": `1`,
				schema.ShortenedColumns: `["S","A","O"]`,
			})
			require.Equal(t, strings.Repeat("\n", 35_000), row["E"], "the value counts, not its escapes")
			require.Equal(t, 3, result.Shortened)
		})
	}
}

func TestAHuntingRowThatIsNoObjectIsUnsendable(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": "Timestamp=2026", "half an object": `{"a":1`, "two objects": `{} {}`, "an array": `[{"a":1}]`, "nothing": ``,
		"a string": `"a"`, "a control character": "{\"a\":\"\x01\"}", "nested too deep": strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
	} {
		t.Run(name, func(t *testing.T) {
			bodies, result := hunting(t, text, false)
			require.Empty(t, bodies)
			require.Equal(t, []ingest.Unsendable{{Record: 0, Stream: huntingStream, Reason: ingest.ReasonNotAnObject}}, result.Unsendable)
		})
	}
}

func TestInvalidUTF8InTextIsReplaced(t *testing.T) {
	bodies, _ := hunting(t, "{\"a\xff\":\"b\xfe\xfd\"}", false)
	requireColumns(t, one(t, bodies, huntingStream), map[string]string{"a�": `"b��"`})
}

func TestManyNamesDoNotFillTheMemory(t *testing.T) {
	ld, records := logs()
	for i := range 5000 {
		lr := add(t, records, record.EventDefenderHunting, "")
		lr.Attributes().PutStr(record.DefenderTable, "AlertInfo")
		lr.Body().SetStr(fmt.Sprintf(`{"Name%d":%d,"Title":1}`, i, i))
	}
	bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	for i, row := range rowsOf(bodies, huntingStream) {
		requireColumns(t, row, map[string]string{fmt.Sprintf("Name%d", i): fmt.Sprint(i), "Title_": "1"})
	}
}

func TestABodyRowIsTheBodysMembers(t *testing.T) {
	const text = `{"TimeGenerated":"2026-11-23T10:00:00.5Z","RecordUid":"own","Title":"t","AlertName":"n","Count":3,"Nothing":null,"ShortenedColumns":"own"}`
	want := map[string]map[string]string{
		"Custom-Mine": {
			schema.TimeGenerated: `"2026-11-23T10:00:00.5Z"`, schema.RecordUID: `"own"`, "Title_": `"t"`, "AlertName": `"n"`, "Count": `3`,
			"ShortenedColumns_": `"own"`,
		},
		schema.StreamASimAlert: {
			schema.TimeGenerated: `"2026-11-23T10:00:00.5Z"`, schema.RecordUID: `"own"`, "Title": `"t"`, "AlertName": `"n"`, "Count": `3`,
			"ShortenedColumns": `"own"`,
		},
	}
	for stream, want := range want {
		for _, asMap := range []bool{false, true} {
			t.Run(fmt.Sprint(stream, " as map ", asMap), func(t *testing.T) {
				ld, records := logs()
				lr := add(t, records, "other", "")
				lr.Body().SetStr(text)
				if asMap {
					tree(t, text).CopyTo(lr.Body())
				}
				bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld, Plan: to(ingest.Feed{Stream: stream, Row: ingest.RowBody})})
				row := one(t, bodies, stream)
				require.Len(t, row, len(want))
				requireColumns(t, row, want)
			})
		}
	}
}

func TestABodyRowNeedsAnObject(t *testing.T) {
	for name, set := range map[string]func(pcommon.Value){
		"nothing": func(pcommon.Value) {}, "a number": func(v pcommon.Value) { v.SetInt(1) },
		"a list": func(v pcommon.Value) { v.SetEmptySlice() }, "plain text": func(v pcommon.Value) { v.SetStr("hello") },
	} {
		t.Run(name, func(t *testing.T) {
			ld, records := logs()
			set(add(t, records, "other", "").Body())
			_, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld, Plan: to(ingest.Feed{Stream: "Custom-B", Row: ingest.RowBody})})
			require.Equal(t, []ingest.Unsendable{{Record: 0, Stream: "Custom-B", Reason: ingest.ReasonNotAnObject}}, result.Unsendable)
		})
	}
}
