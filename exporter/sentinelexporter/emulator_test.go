package sentinelexporter

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/asim"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// onEmulator is the configuration of config/quickstart.yaml.
const onEmulator = `
cloud: custom
hosts: {login: "https://emulator.test", ingestion: "https://emulator.test"}
credential: {client_secret: {client_id: 00000000-0000-4000-8000-00000000c11e, secret: emulator}}
tenant_id: ` + tenantC + `
destinations:
  - rules:
      - endpoint: https://emulator.test
        immutable_id: dcr-00000000000000000000000000000001
        streams: [Custom-DefenderIncident, Custom-DefenderAlert, Custom-DefenderEntity, Custom-DefenderOriginal, Microsoft-OTelLogs]
`

func startOnEmulator(t *testing.T, e *emulator.Emulator, yaml string) exporter.Logs {
	t.Helper()
	cfg, err := load(t, yaml)
	require.NoError(t, err)
	f := NewFactory(WithTransport(emulator.NewTransport(e)))
	x, err := f.CreateLogs(t.Context(), exportertest.NewNopSettings(f.Type()), cfg)
	require.NoError(t, err)
	require.NoError(t, x.Start(t.Context(), componenttest.NewNopHost()))
	return x
}

// TestStormOfFaults sends through an Azure that fails, throttles, cuts
// connections, expires tokens and takes smaller bodies than configured.
func TestStormOfFaults(t *testing.T) {
	half := 0.5
	fifth := 0.2
	for _, limit := range []string{"uncompressed", "compressed"} {
		t.Run(limit, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, err := emulator.New(emulator.Settings{Seed: 7, Faults: emulator.Plan{Faults: []emulator.Fault{
					{Kind: emulator.FaultStatus, Operation: "upload", Rate: &half, Status: 503},
					{Kind: emulator.FaultStatus, Operation: "upload", Rate: &fifth, Status: 429, RetryAfter: "30"},
					{Kind: emulator.FaultCut, Operation: "upload", Rate: &fifth, Count: 20},
					{Kind: emulator.FaultStatus, Operation: "token", Rate: &fifth, Status: 500},
					{Kind: emulator.FaultExpireTokens, Delay: emulator.Duration(10 * time.Minute)},
					{Kind: emulator.FaultBodyLimit, Service: "ingestion", Bytes: 70_000, AppliesTo: limit},
				}}})
				require.NoError(t, err)
				x := startOnEmulator(t, e, onEmulator+"limit_applies_to: "+limit)
				want := map[string]bool{}
				for n := range 20 {
					b := newBatch()
					for i := range 20 {
						uid := fmt.Sprintf("%d-%d", n, i)
						want[uid] = true
						b.incident(uid).Body().Map().PutStr("description", strings.Repeat(uid, 1000))
						b.alert(uid)
					}
					require.NoError(t, x.ConsumeLogs(t.Context(), b.ld))
				}
				time.Sleep(24 * time.Hour)
				require.NoError(t, x.Shutdown(context.Background()))
				for _, stream := range []string{"Custom-DefenderIncident", "Custom-DefenderAlert", "Custom-DefenderEntity"} {
					require.Equal(t, want, distinct(t, e, stream), stream)
				}
				for _, s := range e.Streams() {
					require.Empty(t, s.Dropped.Undeclared, s.Name)
					require.Empty(t, s.Dropped.Mismatched, s.Name)
					require.Empty(t, s.Dropped.Truncated, s.Name)
				}
			})
		})
	}
}

// distinct returns the uids of a stream's accepted rows.
func distinct(t *testing.T, e *emulator.Emulator, stream string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, text := range e.Rows(stream, "") {
		var row struct{ RecordUID string } // members are matched in any case
		require.NoError(t, json.Unmarshal(text, &row))
		found[row.RecordUID] = true
	}
	return found
}

// TestRoleThatTakesTwentyMinutes is the first start of every new user.
func TestRoleThatTakesTwentyMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, err := emulator.New(emulator.Settings{Faults: emulator.Plan{Faults: []emulator.Fault{
			{Kind: emulator.FaultWithdrawRoles, Service: "ingestion"},
		}}})
		require.NoError(t, err)
		x := startOnEmulator(t, e, onEmulator)
		b := newBatch()
		b.alert("a")
		b.other("o")
		require.NoError(t, x.ConsumeLogs(t.Context(), b.ld))
		time.Sleep(20 * time.Minute)
		require.Empty(t, distinct(t, e, "Custom-DefenderAlert"))
		require.NoError(t, e.SetFaults(emulator.Plan{}))
		time.Sleep(2 * time.Minute)
		for _, s := range e.Streams() {
			want := map[string]int64{"Custom-DefenderAlert": 1, "Custom-DefenderEntity": 2, "Microsoft-OTelLogs": 1}[s.Name]
			require.Equal(t, want, s.Rows, s.Name)
		}
		require.NoError(t, x.Shutdown(context.Background()))
	})
}

// TestASimRowsFitTheBuiltInTable sends the golden alerts in ASIM's schema, and
// one whose texts are too long for a column.
func TestASimRowsFitTheBuiltInTable(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "internal", "entity", "testdata", "mapping", "*", "alert.json"))
	require.NoError(t, err)
	alerts := []string{fmt.Sprintf(`{"id":"long","description":%q,"customDetails":{"x":%q}}`, strings.Repeat("d", 70_000), strings.Repeat("x", 70_000))}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		alerts = append(alerts, string(text))
	}
	synctest.Test(t, func(t *testing.T) {
		e, err := emulator.New(emulator.Settings{})
		require.NoError(t, err)
		x := startOnEmulator(t, e, strings.Replace(onEmulator, "Microsoft-OTelLogs", "Microsoft-ASimAlertEventLogs, Microsoft-OTelLogs", 1))
		b := newBatch()
		for _, alert := range alerts {
			addASim(t, b, alert)
		}
		b.add(record.EventOCSFDetection, "ocsf")
		require.NoError(t, x.ConsumeLogs(t.Context(), b.ld))
		time.Sleep(time.Minute)
		require.NoError(t, x.Shutdown(context.Background()))
		rows := e.Rows("Microsoft-ASimAlertEventLogs", "")
		require.Len(t, rows, len(alerts))
		for _, row := range rows {
			var columns map[string]any
			require.NoError(t, json.Unmarshal(row, &columns))
			for _, name := range []string{"TimeGenerated", "EventCount", "EventStartTime", "EventEndTime", "EventType", "EventUid", "EventProduct", "EventVendor", "EventSchemaVersion"} {
				require.Contains(t, columns, name)
			}
		}
		for _, s := range e.Streams() {
			require.Empty(t, s.Dropped.Undeclared, s.Name)
			require.Empty(t, s.Dropped.Mismatched, s.Name)
			require.Empty(t, s.Dropped.Truncated, s.Name)
			if s.Name == "Microsoft-OTelLogs" {
				require.Zero(t, s.Rows, "an OCSF event is for others")
			}
		}
	})
}

func addASim(t *testing.T, b batch, alert string) {
	t.Helper()
	var d record.Document
	require.NoError(t, d.Parse([]byte(alert)))
	body := pcommon.NewValueEmpty()
	d.Build(body)
	m, entities := entity.NewMapper(), &entity.Entities{}
	require.NoError(t, m.Map(record.Origin{}, body.Map(), entities, m.NewTally()))
	lr := b.add(record.EventASimAlert, "a")
	asim.Write(asim.Alert{Body: body.Map(), Entities: entities, List: entity.Parse(entities.JSON()), UID: "a", Time: time.Now()}, lr.Body().SetEmptyMap())
}
