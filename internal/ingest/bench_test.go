package ingest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// The benchmarks measure the encoder against the chain of standard parts that
// one would write first: AsRaw, encoding/json, compress/gzip. Both run in one
// benchmark, one after the other over the same records, and the ratio of their
// times is printed. All figures but ns/op are of the processor time that this
// process had, so that a busy machine does not make a slow encoder. Run them
// on one core:
//
//	GOMAXPROCS=1 taskset -c 0 go test ./internal/ingest -run '^$' -bench .

const benchRecords = 500

// BenchmarkRows: a record of 20 typed columns, 1 KB of incompressible text
// among them, becomes JSON becomes gzip.
func BenchmarkRows(b *testing.B) {
	ld := typedRecords()
	compare(b, job{ld, to(ingest.Feed{Stream: "Custom-Bench", Row: ingest.RowBody})}, benchRecords, 0)
}

// BenchmarkHuntingText: rows of a hunting table as JSON text become rows
// become gzip, without a tree.
func BenchmarkHuntingText(b *testing.B) {
	ld, size := huntingRecords()
	compare(b, job{ld, nil}, benchRecords, size)
}

// BenchmarkAlerts: alerts of 20 KB with their entities become rows of three
// tables.
func BenchmarkAlerts(b *testing.B) {
	ld, size := alertRecords(100, 24)
	compare(b, job{ld, nil}, 100, size)
}

type job struct {
	logs plog.Logs
	plan ingest.Plan
}

func compare(b *testing.B, j job, records, size int) {
	enc := ingest.New(ingest.Settings{})
	rows := 0
	encode := func() {
		enc.Encode(ingest.Job{Logs: j.logs, Plan: j.plan, Now: now}, func(body *ingest.Body) {
			rows += body.Rows
			body.Release()
		})
	}
	encode()
	rows = 0
	b.ReportAllocs()
	start := processorTime()
	for b.Loop() {
		encode()
	}
	spent := processorTime() - start
	b.StopTimer()
	each := spent / time.Duration(b.N)
	baseline := standardChain(j.logs)
	b.ReportMetric(float64(rows)/spent.Seconds(), "rows/s")
	b.ReportMetric(float64(records*b.N)/spent.Seconds(), "records/s")
	b.ReportMetric(float64(records)/baseline.Seconds(), "baseline-records/s")
	b.ReportMetric(baseline.Seconds()/each.Seconds(), "x-baseline")
	if size > 0 {
		b.ReportMetric(float64(size)/each.Seconds()/1e6, "MB/s")
	}
}

// standardChain is the time that the standard library takes for the records:
// one row each and nothing of what Azure demands beside it.
func standardChain(ld plog.Logs) time.Duration {
	const rounds = 3
	start := processorTime()
	for range rounds {
		var out bytes.Buffer
		zip := gzip.NewWriter(&out)
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, lr := range sl.LogRecords().All() {
					standardRow(zip, lr)
				}
			}
		}
		_ = zip.Close()
	}
	return (processorTime() - start) / rounds
}

func standardRow(zip *gzip.Writer, lr plog.LogRecord) {
	row := lr.Body().AsRaw()
	if text, ok := row.(string); ok {
		members := map[string]any{}
		_ = json.Unmarshal([]byte(text), &members)
		row = members
	}
	text, _ := json.Marshal(row)
	_, _ = zip.Write(append(text, ','))
}

func typedRecords() plog.Logs {
	ld, records := logs()
	dice := rand.New(rand.NewPCG(1, 1))
	for i := range benchRecords {
		lr := records.AppendEmpty()
		lr.SetTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Minute)))
		m := lr.Body().SetEmptyMap()
		m.PutStr("Noise", noise(dice, 1024))
		for c := range 7 {
			m.PutStr(fmt.Sprintf("Text%d", c), fmt.Sprintf("value %d of column %d", i, c))
			m.PutInt(fmt.Sprintf("Number%d", c), int64(i*c))
		}
		m.PutDouble("Score", dice.Float64())
		m.PutDouble("Rate", dice.Float64()*100)
		m.PutBool("Active", i%2 == 0)
		m.PutStr("Time", now.Add(time.Duration(i)*time.Second).Format(time.RFC3339Nano))
		m.PutEmptySlice("Tags").AppendEmpty().SetStr("one")
	}
	return ld
}

// noise is n bytes of text in which gzip finds nothing.
func noise(dice *rand.Rand, n int) string {
	raw := make([]byte, n*3/4)
	for i := range raw {
		raw[i] = byte(dice.Uint32())
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func huntingRecords() (plog.Logs, int) {
	ld, records := logs()
	dice := rand.New(rand.NewPCG(1, 2))
	size := 0
	for i := range benchRecords {
		lr := records.AppendEmpty()
		lr.SetEventName(record.EventDefenderHunting)
		lr.SetTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Minute)))
		lr.Attributes().PutStr(record.UIDKey, uid)
		lr.Attributes().PutStr(record.DefenderTable, "DeviceProcessEvents")
		text := huntingText(dice, i)
		lr.Body().SetStr(text)
		size += len(text)
	}
	return ld, size
}

func huntingText(dice *rand.Rand, i int) string {
	return fmt.Sprintf(`{"Timestamp":"2026-11-23T20:%02d:%02d.1234567Z","DeviceId":"%040x","DeviceName":"ws-%03d.contoso.com","ActionType":"ProcessCreated",`+
		`"FileName":"powershell.exe","FolderPath":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","SHA1":"%040x","SHA256":"%064x","MD5":"%032x","FileSize":%d,`+
		`"ProcessVersionInfoCompanyName":"Microsoft Corporation","ProcessVersionInfoProductName":"Microsoft® Windows® Operating System","ProcessId":%d,`+
		`"ProcessCommandLine":"powershell.exe -NoProfile -EncodedCommand %s","ProcessIntegrityLevel":"High","ProcessTokenElevation":"TokenElevationTypeDefault",`+
		`"AccountDomain":"contoso","AccountName":"user%d","AccountSid":"S-1-5-21-%d-%d","LogonId":%d,"InitiatingProcessFileName":"cmd.exe","InitiatingProcessId":%d,`+
		`"InitiatingProcessCommandLine":"cmd.exe /c \"start\"","InitiatingProcessParentFileName":null,"ReportId":%d,"AdditionalFields":{"Signed":true,"Score":%.3f}}`,
		i/60%60, i%60, i%97, i%97, dice.Uint64(), dice.Uint64(), dice.Uint64(), dice.IntN(1<<24), dice.IntN(1<<16),
		noise(dice, 200), i%50, dice.Uint32(), dice.Uint32(), dice.Uint32(), dice.IntN(1<<16), i, dice.Float64())
}

// alertRecords are alerts of about 800 bytes for each piece of evidence.
func alertRecords(n, evidence int) (plog.Logs, int) {
	ld, records := logs()
	size := 0
	for i := range n {
		document := alertDocument(i, evidence)
		size += len(document)
		lr := records.AppendEmpty()
		lr.SetEventName(record.EventDefenderAlert)
		lr.SetTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Minute)))
		lr.Attributes().PutStr(record.UIDKey, uid)
		lr.Attributes().PutStr(record.DefenderIncidentID, "42")
		var d record.Document
		if d.Parse([]byte(document)) != nil {
			panic("the alert is no JSON")
		}
		d.Build(lr.Body())
		entities := lr.Attributes().PutEmptySlice(record.SentinelEntities)
		for e := range evidence {
			m := entities.AppendEmpty().SetEmptyMap()
			m.PutStr("$id", fmt.Sprint(e+2))
			m.PutStr("Type", "file")
			m.PutStr("Name", fmt.Sprintf("file%d.exe", e))
			m.PutStr("EntityKey", fmt.Sprintf("%032x", i*1000+e))
			m.PutStr("EvidenceType", "fileEvidence")
			m.PutEmptySlice("Roles").AppendEmpty().SetStr("attacked")
		}
	}
	return ld, size
}

func alertDocument(i, evidence int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"id":"da%d_1","incidentId":"42","title":"Alert %d","severity":"high","status":"new","createdDateTime":"2026-11-23T19:00:00.1234567Z","lastUpdateDateTime":"2026-11-23T20:00:00.7654321Z","description":"Something happened on a device, and here it is told in a few words.","categories":["Execution"],"mitreTechniques":["T1059","T1105"],"customDetails":null,"evidence":[`, i, i)
	for e := range evidence {
		if e > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"@odata.type":"#microsoft.graph.security.fileEvidence","createdDateTime":"2026-11-23T19:00:0%d.1Z","verdict":"suspicious","remediationStatus":"none","remediationStatusDetails":null,"roles":["attacked"],"detailedRoles":[],"tags":[],"detectionStatus":"detected","mdeDeviceId":"%040x","fileDetails":{"sha1":"%040x","sha256":"%064x","md5":"%032x","sha256Ac":null,"fileName":"file%d.exe","filePath":"C:\\Users\\user%d\\AppData\\Local\\Temp","fileSize":%d,"filePublisher":null,"signer":null,"issuer":null}}`,
			e%10, e, e*7919, e*104729, e*1299709, e, e, e*1024)
	}
	b.WriteString(`]}`)
	return b.String()
}
