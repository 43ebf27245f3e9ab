package emulator_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

const (
	stream    = "Custom-DefenderIncident"
	originals = "Custom-DefenderOriginal" // has a string column Text and an int column Part
)

func zipped(text string) string {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	if _, err := io.WriteString(zip, text); err != nil {
		panic(err)
	}
	if err := zip.Close(); err != nil {
		panic(err)
	}
	return out.String()
}

// sized is a body of exactly n bytes.
func sized(n int) string {
	row := func(n int) string { return `{"Text":"` + strings.Repeat("x", n-len(`{"Text":""}`)) + `"}` }
	var rows []string
	left := n - 2
	for left > 60_000 {
		rows = append(rows, row(50_000))
		left -= 50_001
	}
	return "[" + strings.Join(append(rows, row(left)), ",") + "]"
}

func TestUploadIsAcceptedWithAnEmpty204(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	a := l.upload(originals, `[{"Part":1}]`)
	l.equal("answer", []any{a.status, a.body, a.header.Get("Content-Type")}, []any{204, "", ""})
	l.equal("gzip", l.upload(originals, zipped(`[{"Part":2}]`), "Content-Encoding", "gzip").status, 204)
	l.equal("chunks", l.do(l.e.Handler(), http.MethodPost, "/dataCollectionRules/"+rule+"/streams/"+originals+"?api-version=2023-01-01",
		http.Header{"Authorization": {"Bearer " + l.token(emulator.DefaultTenant, logsScope)}, "Content-Type": {"application/json; charset=utf-8"}},
		io.MultiReader(strings.NewReader(`[{"Part":`), strings.NewReader(`3}]`))).status, 204)
	l.equal("rows", len(l.e.Rows(originals, rule)), 3)
	l.equal("rows of another rule", len(l.e.Rows(originals, "dcr-x")), 0)
}

func TestUploadRefusals(t *testing.T) {
	path := func(rule, stream, query string) string {
		return "/dataCollectionRules/" + rule + "/streams/" + stream + query
	}
	version := "?api-version=2023-01-01"
	none := "dcr-0000000000000000000000000000000f"
	tests := map[string]struct {
		method, target, body string
		header               []string
		status               int
		parts                []string
	}{
		"no token":              {header: []string{"Authorization", ""}, status: 401, parts: []string{`"code":"InvalidAuthenticationToken"`}},
		"unknown rule":          {target: path(none, stream, version), status: 404, parts: []string{`"code":"NotFound"`, "Data collection rule with immutable Id '" + none + "' not found."}},
		"unknown stream":        {target: path(rule, "Custom-Nope", version), status: 400, parts: []string{`"code":"InvalidStream"`, "The stream Custom-Nope was not configured in the data collection rule", rule}},
		"stream of a table":     {target: path(rule, "Custom-DefenderIncident_CL", version), status: 400, parts: []string{`"InvalidStream"`}},
		"no version":            {target: path(rule, stream, ""), status: 400, parts: []string{"api-version"}},
		"another version":       {target: path(rule, stream, "?api-version=2099-01-01"), status: 400, parts: []string{"2099-01-01"}},
		"another method":        {method: http.MethodGet, status: 405},
		"half a path":           {target: "/dataCollectionRules/" + rule + version, status: 404},
		"another media type":    {header: []string{"Content-Type", "text/plain"}, status: 415},
		"another encoding":      {header: []string{"Content-Encoding", "br"}, status: 415},
		"empty body":            {body: " ", status: 500},
		"empty gzip":            {body: zipped(""), header: []string{"Content-Encoding", "gzip"}, status: 500},
		"nothing said as gzip":  {body: "", header: []string{"Content-Encoding", "gzip"}, status: 500},
		"no rows":               {body: `[]`, status: 400, parts: []string{"no rows"}},
		"an object":             {body: `{"Part":1}`, status: 400, parts: []string{"want a JSON array, got object"}},
		"a row that is none":    {body: `[{"Part":1},5]`, status: 400, parts: []string{"row 1: want a JSON object, got number"}},
		"broken JSON":           {body: `[{"Part":1},`, status: 400, parts: []string{"could not be deserialized"}},
		"two documents":         {body: `[{"Part":1}][{"Part":1}]`, status: 400},
		"not UTF-8":             {body: "[{\"Text\":\"\xff\"}]", status: 400, parts: []string{"UTF-8"}},
		"broken gzip":           {body: "no gzip", header: []string{"Content-Encoding", "gzip"}, status: 400},
		"gzip that ends early":  {body: zipped(sized(2000))[:30], header: []string{"Content-Encoding", "gzip"}, status: 400},
		"one byte over, length": {body: sized(1_048_577), status: 413, parts: []string{`"code":"ContentLengthLimitExceeded"`, "Maximum allowed content length: 1048576 bytes (1 MB). Provided content length: 1048577 bytes."}},
		"one byte over, inside": {body: zipped(sized(1_048_577)), header: []string{"Content-Encoding", "gzip"}, status: 413, parts: []string{"ContentLengthLimitExceeded"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, emulator.Settings{})
			if test.target == "" {
				test.target = path(rule, originals, version)
			}
			if test.method == "" {
				test.method = http.MethodPost
			}
			if test.body == "" && name != "nothing said as gzip" {
				test.body = `[{"Part":1}]`
			}
			header := http.Header{"Authorization": {"Bearer " + l.token(emulator.DefaultTenant, logsScope)}, "Content-Type": {"application/json"}}
			for i := 0; i < len(test.header); i += 2 {
				header.Set(test.header[i], test.header[i+1])
			}
			a := l.do(l.e.Handler(), test.method, test.target, header, strings.NewReader(test.body))
			l.equal("status", a.status, test.status)
			l.contains("body", a.body, test.parts...)
			if test.status == 500 && a.body != "" {
				t.Errorf("the 500 for an empty body has no error code, got %s", a.body)
			}
			for _, s := range l.e.Streams() {
				l.equal("nothing was taken by "+s.Name, []any{s.Rows, s.Requests}, []any{0, 0})
			}
		})
	}
}

func TestBodyLimits(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.equal("exactly at the limit", l.upload(originals, sized(1_048_576)).status, 204)
	l.equal("exactly at the limit inside", l.upload(originals, zipped(sized(1_048_576)), "Content-Encoding", "gzip").status, 204)
	l.faults(emulator.Fault{Kind: emulator.FaultBodyLimit, Bytes: 5000})
	l.equal("at a lower limit", l.upload(originals, sized(5000)).status, 204)
	a := l.upload(originals, sized(5001))
	l.equal("over a lower limit", a.status, 413)
	l.contains("over a lower limit", a.body, "Maximum allowed content length: 5000 bytes")
	l.equal("over it inside", l.upload(originals, zipped(sized(5001)), "Content-Encoding", "gzip").status, 413)
	l.faults(emulator.Fault{Kind: emulator.FaultBodyLimit, Bytes: 1_048_576, AppliesTo: "compressed"})
	l.equal("only the wire counts", l.upload(originals, zipped(sized(3<<20)), "Content-Encoding", "gzip").status, 204)
	a = l.upload(originals, zipped(strings.Repeat(" ", 50<<20)+`[{"Part":1}]`), "Content-Encoding", "gzip")
	l.equal("and 50 MiB inside", a.status, 413)
	l.contains("and 50 MiB inside", a.body, "PayloadSizeLimitExceeded")
}

// row uploads one row and returns what is stored of it.
func (l *lab) row(stream, row string) string {
	l.Helper()
	a := l.upload(stream, "["+row+"]")
	if a.status != http.StatusNoContent {
		l.Fatalf("%d %s", a.status, a.body)
	}
	rows := l.e.Rows(stream, "")
	return string(rows[len(rows)-1])
}

func (l *lab) dropped(stream string) emulator.Faulted {
	for _, s := range l.e.Streams() {
		if s.Name == stream {
			return s.Dropped
		}
	}
	return emulator.Faulted{}
}

func TestTimeGeneratedIsKeptInItsWindowOnly(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	now := l.now.Format(time.RFC3339Nano)
	for given, want := range map[time.Duration]bool{
		-48 * time.Hour: true, -48*time.Hour - time.Second: false, 24 * time.Hour: true, 24*time.Hour + time.Second: false, 0: true,
	} {
		at := l.now.Add(given).Format(time.RFC3339Nano)
		got := l.row(originals, `{"TimeGenerated":"`+at+`","Part":1}`)
		if kept := strings.Contains(got, at); kept != want || !kept && !strings.Contains(got, `"TimeGenerated":"`+now+`"`) {
			t.Errorf("%v from now: %s", given, got)
		}
	}
	l.contains("missing", l.row(originals, `{"Part":1}`), `"TimeGenerated":"`+now+`"`)
	l.contains("null", l.row(originals, `{"TimeGenerated":null}`), `{"TimeGenerated":"`+now+`"}`)
	l.contains("no time", l.row(originals, `{"TimeGenerated":"soon"}`), `{"TimeGenerated":"`+now+`"}`)
	l.equal("counted", l.dropped(originals).Retimed, 5)
}

func TestUndeclaredColumnsAreLostAndTypesAreHeld(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	at := `"TimeGenerated":"2026-01-02T12:00:00Z"`
	l.equal("undeclared", l.row(originals, `{`+at+`,"Part":1,"Nope":{"a":1},"part":2}`), `{`+at+`,"Part":1}`)
	d := l.dropped(originals)
	l.equal("counted", fmt.Sprint(d.Undeclared["Nope"], d.Undeclared["part"], len(d.Mismatched), d.Retimed), "1 1 0 0")
	rules, err := emulator.ParseDCRs([]byte(`{"properties":{"immutableId":"dcr-0000000000000000000000000000000a","streamDeclarations":{"Custom-T":{"columns":[
	 {"name":"S","type":"string"},{"name":"I","type":"int"},{"name":"L","type":"long"},{"name":"R","type":"real"},{"name":"B","type":"boolean"},{"name":"D","type":"datetime"},{"name":"Y","type":"dynamic"}]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	typed := newLab(t, emulator.Settings{DCRs: rules})
	for column, values := range map[string]struct{ good, bad []string }{
		"S": {good: []string{`""`, `"é\n"`, `null`}, bad: []string{`1`, `true`, `{}`, `["x"]`}},
		"I": {good: []string{`0`, `-2147483648`, `2147483647`, `null`}, bad: []string{`2147483648`, `1.0`, `"1"`, `true`, `1e3`}},
		"L": {good: []string{`9223372036854775807`, `null`}, bad: []string{`9223372036854775808`, `1.5`, `"1"`}},
		"R": {good: []string{`1`, `1.10`, `1E3`, `null`}, bad: []string{`"1.0"`, `false`}},
		"B": {good: []string{`true`, `false`, `null`}, bad: []string{`1`, `"true"`}},
		"D": {good: []string{`"2026-01-02T03:04:05.1234567Z"`, `"2026-01-02T03:04:05+02:00"`, `"2026-01-02T03:04:05"`, `"2026-01-02"`, `null`}, bad: []string{`"soon"`, `5`, `""`}},
		"Y": {good: []string{`{"a":[1.10,{}]}`, `[]`, `"text"`, `12345678901234567890`, `true`, `null`}},
	} {
		for _, value := range values.good {
			typed.equal(column+" takes "+value, typed.one(rules[0].ID, column, value), `{"`+column+`":`+value+`}`)
		}
		for _, value := range values.bad {
			typed.equal(column+" nulls "+value, typed.one(rules[0].ID, column, value), `{"`+column+`":null}`)
		}
		typed.equal("mismatches of "+column, typed.dropped("Custom-T").Mismatched[column], len(values.bad))
	}
}

// one uploads a row of one value to a rule and returns what is stored of it.
func (l *lab) one(rule, column, value string) string {
	l.Helper()
	a := l.do(l.e.Handler(), http.MethodPost, "/dataCollectionRules/"+rule+"/streams/Custom-T?api-version=2021-11-01-preview",
		http.Header{"Authorization": {"Bearer " + l.token(emulator.DefaultTenant, logsScope)}, "Content-Type": {"application/json"}},
		strings.NewReader(fmt.Sprintf(`[{%q: %s }]`, column, value)))
	l.equal("status", a.status, 204)
	rows := l.e.Rows("Custom-T", rule)
	return string(rows[len(rows)-1])
}

func TestLongValuesAreCutAt64KB(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	at := `"TimeGenerated":"2026-01-02T12:00:00Z"`
	x := strings.Repeat("x", 65_535)
	l.equal("at the limit", l.row(originals, `{`+at+`,"Text":"`+x+`y"}`), `{`+at+`,"Text":"`+x+`y"}`)
	l.equal("nothing counted", len(l.dropped(originals).Truncated), 0)
	l.equal("one byte over", l.row(originals, `{`+at+`,"Text":"`+x+`yz"}`), `{`+at+`,"Text":"`+x+`y"}`)
	l.equal("not inside a character", l.row(originals, `{`+at+`,"Text":"`+x+`é"}`), `{`+at+`,"Text":"`+x+`"}`)
	escaped := strings.Repeat(`\u0041`, 65_536)
	l.equal("measured decoded", l.row(originals, `{`+at+`,"Text":"`+escaped+`"}`), `{`+at+`,"Text":"`+escaped+`"}`)
	l.equal("counted", l.dropped(originals).Truncated["Text"], 2)
	fits := `{"a":"` + strings.Repeat("x", 65_536-8) + `"}`
	l.equal("dynamic at the limit", l.row(stream, `{`+at+`,"Original":`+fits+`}`), `{`+at+`,"Original":`+fits+`}`)
	over := `{"a":"` + strings.Repeat("x", 65_536-7) + `"}`
	got := l.row(stream, `{`+at+`,"Original":`+over+`}`)
	l.equal("dynamic over it is text that was cut", got, `{`+at+`,"Original":"{\"a\":\"`+strings.Repeat("x", 65_536-7)+`\""}`)
	l.equal("counted", l.dropped(stream).Truncated["Original"], 1)
}

func TestBuiltInStreamsHaveTheirOwnColumns(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.row("Microsoft-OTelLogs", `{"Body":"b","Attributes":{"a":1},"SeverityNumber":9,"Invented":1}`)
	l.equal("OTelLogs", l.dropped("Microsoft-OTelLogs").Undeclared, map[string]int{"Invented": 1})
	l.row("Microsoft-ASimAlertEventLogs", `{"EventUid":"u","EventCount":1,"EventStartTime":"2026-01-02T00:00:00Z","AdditionalFields":{},"Title":"t"}`)
	l.equal("ASimAlertEventLogs", l.dropped("Microsoft-ASimAlertEventLogs").Undeclared, map[string]int{"Title": 1})
}
