package ingest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// joined is the original of a uid, from its row or from its parts. It demands
// that the parts are all there, in order, each within the value limit.
func joined(t require.TestingT, bodies []body, stream string) string {
	row := one(t, bodies, stream)
	if original, ok := row[schema.OriginalColumn]; ok {
		text, err := json.Marshal(original)
		require.NoError(t, err)
		require.Equal(t, json.Number("0"), row[schema.OriginalParts])
		return string(text)
	}
	text := joinedParts(t, bodies)
	require.Equal(t, json.Number(fmt.Sprint(len(rowsOf(bodies, schema.StreamOriginal)))), row[schema.OriginalParts])
	return text
}

func joinedParts(t require.TestingT, bodies []body) string {
	var text strings.Builder
	parts := rowsOf(bodies, schema.StreamOriginal)
	for i, part := range parts {
		require.Equal(t, uid, part[schema.RecordUID])
		require.Equal(t, json.Number(fmt.Sprint(i+1)), part[schema.Part])
		require.Equal(t, json.Number(fmt.Sprint(len(parts))), part[schema.Parts])
		piece := part[schema.Text].(string)
		require.LessOrEqual(t, len(piece), ingest.ValueBytesMax)
		require.NotEmpty(t, piece)
		requireDeclared(t, part, schema.Original())
		text.WriteString(piece)
	}
	return text.String()
}

func requireBodiesWithin(t require.TestingT, bodies []body, limit int) {
	for _, b := range bodies {
		require.LessOrEqual(t, len(b.raw), limit)
	}
}

func TestAnAlertOfThreeMegabytesGoesOutWholeInParts(t *testing.T) {
	document := alertDocument(1, 5000)
	require.Greater(t, len(document), 3_000_000)
	ld, records := logs()
	lr := add(t, records, record.EventDefenderAlert, document)
	lr.Attributes().PutStr(record.DefenderIncidentID, "42")
	add(t, records, record.EventDefenderIncident, `{"id":"small"}`)
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	require.Empty(t, result.Unsendable)
	requireBodiesWithin(t, bodies, ingest.BodyBytesMax)
	require.Equal(t, document, joined(t, bodies, schema.StreamAlert))
	require.Equal(t, len(rowsOf(bodies, schema.StreamOriginal)), result.Parts)
	require.Equal(t, "42", rowsOf(bodies, schema.StreamOriginal)[0]["IncidentId"])
	require.Positive(t, result.Splits)
	one(t, bodies, schema.StreamIncident)
}

func TestAnOriginalAtTheValueLimitStaysInItsColumn(t *testing.T) {
	for _, over := range []int{0, 1} {
		t.Run(fmt.Sprint(over), func(t *testing.T) {
			document := `{"x":"` + strings.Repeat("a", ingest.ValueBytesMax-len(`{"x":""}`)+over) + `"}`
			ld, records := logs()
			add(t, records, record.EventDefenderIncident, document)
			bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
			require.Equal(t, document, joined(t, bodies, schema.StreamIncident))
			require.Equal(t, 2*over, result.Parts)
		})
	}
}

func TestPartsAreCutBetweenCharacters(t *testing.T) {
	for shift := range 4 {
		document := `{"x":"` + strings.Repeat("a", shift) + strings.Repeat("😀", 40_000) + `"}`
		ld, records := logs()
		add(t, records, record.EventDefenderIncident, document)
		bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
		require.Equal(t, document, joined(t, bodies, schema.StreamIncident))
	}
}

func TestASingleStringOverTheBodyLimitIsUnsendableAndNothingWaitsForIt(t *testing.T) {
	long := strings.Repeat("x", 2<<20)
	for name, fill := range map[string]func(lr plog.LogRecord){
		"in an alert's evidence": func(lr plog.LogRecord) {
			lr.SetEventName(record.EventDefenderAlert)
			tree(t, `{"id":"1","evidence":[{"a":{"b":["`+long+`"]}}]}`).CopyTo(lr.Body())
		},
		"in an alert as text": func(lr plog.LogRecord) {
			lr.SetEventName(record.EventDefenderAlert)
			lr.Body().SetStr(`{"id":"1","description":"` + long + `"}`)
		},
		"in a hunting row": func(lr plog.LogRecord) {
			lr.SetEventName(record.EventDefenderHunting)
			lr.Attributes().PutStr(record.DefenderTable, "AlertInfo")
			lr.Body().SetStr(`{"A":1,"B":"` + long + `"}`)
		},
		"as the body":     func(lr plog.LogRecord) { lr.Body().SetStr(long) },
		"as an attribute": func(lr plog.LogRecord) { lr.Attributes().PutStr("a", long) },
	} {
		t.Run(name, func(t *testing.T) {
			ld, records := logs()
			add(t, records, record.EventDefenderIncident, `{"id":"before"}`)
			fill(add(t, records, "other", ""))
			add(t, records, record.EventDefenderIncident, `{"id":"after"}`)
			bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld, Plan: withDefault})
			require.Equal(t, []ingest.Unsendable{{Record: 1, Reason: ingest.ReasonValueOverBodyLimit}}, result.Unsendable)
			require.Len(t, bodies, 1)
			require.Equal(t, []int{0, 2}, bodies[0].records)
		})
	}
}

func TestAStringAtTheBodyLimitIsSent(t *testing.T) {
	ld, records := logs()
	document := `{"id":"1","description":"` + strings.Repeat("x", ingest.LeafBytesMax) + `"}`
	add(t, records, record.EventDefenderAlert, document)
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	require.Empty(t, result.Unsendable)
	require.Equal(t, document, joined(t, bodies, schema.StreamAlert))
}

func TestAFieldOf70KBIsShortenedAndMarkedAndTheOriginalKeepsIt(t *testing.T) {
	document := `{"id":"1","description":"` + strings.Repeat("é", 35_000) + `"}`
	// Every limit that a 413 may teach, far below the field's own length too.
	for _, limit := range []int{0, 500_000, 65_536, 50_000, 10_000, 2_000} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			ld, records := logs()
			add(t, records, record.EventDefenderAlert, document)
			bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld, BodyBytesMax: limit})
			require.Empty(t, result.Unsendable)
			if limit > 0 {
				requireBodiesWithin(t, bodies, limit)
			}
			row := one(t, bodies, schema.StreamAlert)
			requireColumns(t, row, map[string]string{schema.ShortenedColumns: `["Description"]`, "AlertId": `"1"`})
			require.LessOrEqual(t, len(row["Description"].(string)), ingest.ValueBytesMax)
			require.True(t, strings.HasPrefix(strings.Repeat("é", 35_000), row["Description"].(string)))
			require.Equal(t, document, joined(t, bodies, schema.StreamAlert))
			require.Equal(t, 1, result.Shortened)
		})
	}
}

func TestLongValuesOfEachType(t *testing.T) {
	element := strings.Repeat("e", 999)
	array := `["` + strings.Repeat(element+`","`, 99) + element + `"]`
	ld, records := logs()
	add(t, records, record.EventDefenderAlert, `{"systemTags":`+array+`,"additionalData":{"a":"`+strings.Repeat("o", 70_000)+`"},`+
		`"customDetails":"`+strings.Repeat(`\"`, 35_000)+`","description":`+array+`,"title":{"a":`+array+`},"comments":["`+strings.Repeat("c", 70_000)+`"]}`)
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	row := one(t, bodies, schema.StreamAlert)
	requireColumns(t, row, map[string]string{"AdditionalData": `null`, "AlertName": `null`, "Comments": `[]`})
	require.Len(t, row["SystemTags"], 59, "the leading elements that fit")
	require.True(t, strings.HasPrefix(strings.Repeat(`"`, 35_000), row["CustomDetails"].(string)))
	var kept []string
	require.NoError(t, json.Unmarshal([]byte(row["Description"].(string)), &kept), "an array's text stays JSON")
	require.Len(t, kept, 59)
	require.ElementsMatch(t, []any{"SystemTags", "AdditionalData", "CustomDetails", "Description", "AlertName", "Comments"}, row[schema.ShortenedColumns])
	require.Equal(t, 6, result.Shortened)
}

func TestInvalidUTF8IsMeasuredAsItIsWritten(t *testing.T) {
	ld, records := logs()
	lr := add(t, records, record.EventDefenderAlert, `{"id":"1"}`)
	lr.Body().Map().PutStr("description", strings.Repeat("\xff", 50_000))
	bodies, _ := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	row := one(t, bodies, schema.StreamAlert)
	require.Equal(t, strings.Repeat("�", 20_000), row["Description"])
	require.Equal(t, []any{"Description"}, row[schema.ShortenedColumns])
}

func TestBodiesAreCutAtExactlyTheLimit(t *testing.T) {
	// A row's length is known from a body of one; n rows take n of them, n-1
	// commas and two brackets.
	ld, records := logs()
	for range 50 {
		add(t, records, record.EventDefenderIncident, `{"id":"1"}`)
	}
	single, _ := logs()
	first := ld.ResourceLogs().At(0)
	add(t, single.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords(), record.EventDefenderIncident, `{"id":"1"}`)
	first.Resource().CopyTo(single.ResourceLogs().At(1).Resource())
	enc := ingest.New(ingest.Settings{})
	alone, _ := encode(t, enc, ingest.Job{Logs: single})
	row := len(alone[0].raw) - len("[]")
	for _, c := range []struct{ spare, want int }{{0, 10}, {-1, 9}, {row, 10}, {row + 1, 11}} {
		limit := 10*row + 9 + len("[]") + c.spare
		bodies, result := encode(t, enc, ingest.Job{Logs: ld, BodyBytesMax: limit})
		require.Len(t, bodies[0].rows, c.want, "limit %d", limit)
		require.Equal(t, len(bodies)-1, result.Splits)
		requireBodiesWithin(t, bodies, limit)
	}
}

func TestALimitOnTheWireIsNeverPassed(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 3))
	for name, text := range map[string]func() string{
		"noise":        func() string { return noise(dice, 900+dice.IntN(3000)) },
		"repetition":   func() string { return strings.Repeat("same ", 300) },
		"now and then": func() string { return strings.Repeat(noise(dice, 1+dice.IntN(40)), 20) },
	} {
		for _, limit := range []int{0, 100_000, 5_000} {
			t.Run(fmt.Sprint(name, limit), func(t *testing.T) {
				ld, records := logs()
				for range 1500 {
					add(t, records, "other", "").Body().SetStr(text())
				}
				enc := ingest.New(ingest.Settings{LimitCompressed: true})
				bodies, result := encode(t, enc, ingest.Job{Logs: ld, Plan: withDefault, BodyBytesMax: limit})
				require.Empty(t, result.Unsendable)
				most, rows := limit, 0
				if limit == 0 {
					most = ingest.WireBytesMax
				}
				for i, b := range bodies {
					require.LessOrEqual(t, b.wire, most)
					// Under a low limit one more row is too long for the bound.
					if i < len(bodies)-1 && most >= 100_000 {
						require.Greater(t, b.wire, most*9/10, "a body is filled before it is closed")
					}
					rows += len(b.rows)
				}
				require.Equal(t, 1500, rows)
			})
		}
	}
}

func TestWhatIsInsideACompressedBodyHasItsOwnLimit(t *testing.T) {
	ld, records := logs()
	text := strings.Repeat("z", 59_000)
	for range 1000 {
		add(t, records, "other", "").Body().SetStr(text)
	}
	var raw []int
	ingest.New(ingest.Settings{LimitCompressed: true}).Encode(ingest.Job{Logs: ld, Plan: withDefault, Now: now}, func(b *ingest.Body) {
		raw = append(raw, b.RawBytes)
	})
	require.Len(t, raw, 2)
	require.LessOrEqual(t, raw[0], ingest.InflatedBytesMax)
	require.Greater(t, raw[0], ingest.InflatedBytesMax-60_000)
}

func TestARowOfTooManyColumnsIsUnsendable(t *testing.T) {
	ld, records := logs()
	lr := add(t, records, "other", "")
	m := lr.Body().SetEmptyMap()
	for i := range 2000 {
		m.PutInt(fmt.Sprintf("AColumnOfALongNameWithItsNumber%d", i), int64(i))
	}
	add(t, records, "other", `{"A":1}`)
	plan := to(ingest.Feed{Stream: "Custom-Wide", Row: ingest.RowBody})
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld, Plan: plan, BodyBytesMax: 20_000})
	require.Equal(t, []ingest.Unsendable{{Record: 0, Stream: "Custom-Wide", Reason: ingest.ReasonTooLarge}}, result.Unsendable)
	require.Equal(t, []int{1}, bodies[0].records)
}

func TestARowOfManyLongColumnsIsShortenedUntilItFits(t *testing.T) {
	ld, records := logs()
	m := add(t, records, "other", "").Body().SetEmptyMap()
	for i := range 100 {
		m.PutStr(fmt.Sprintf("C%d", i), strings.Repeat("v", 50_000))
	}
	plan := to(ingest.Feed{Stream: "Custom-Wide", Row: ingest.RowBody})
	bodies, result := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld, Plan: plan})
	require.Empty(t, result.Unsendable)
	requireBodiesWithin(t, bodies, ingest.BodyBytesMax)
	row := one(t, bodies, "Custom-Wide")
	require.Len(t, row[schema.ShortenedColumns], 100)
	require.Equal(t, strings.Repeat("v", 7500), row["C99"])
}
