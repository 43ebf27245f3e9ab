package ingest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

var update = flag.Bool("update", false, "write the golden rows instead of comparing them; read them before you commit")

// The rows of whole documents, as they stand in the bodies.
func TestGoldenRows(t *testing.T) {
	for name, event := range map[string]string{
		"incident": record.EventDefenderIncident,
		"alert":    record.EventDefenderAlert,
	} {
		t.Run(name, func(t *testing.T) {
			document, err := os.ReadFile(filepath.Join("testdata", "rows", name+".json"))
			require.NoError(t, err)
			ld, records := logs()
			lr := add(t, records, event, string(document))
			lr.Attributes().PutStr(record.DefenderIncidentID, "28282")
			tree(t, `["da1","da2"]`).CopyTo(lr.Attributes().PutEmpty(record.DefenderAlertIDs))
			tree(t, `[{"$id":"2","Type":"host","HostName":"ws1","EntityKey":"5f0c","EvidenceType":"deviceEvidence","Roles":["attacked"],"Verdict":"unknown"},{"$ref":"2"}]`).
				CopyTo(lr.Attributes().PutEmpty(record.SentinelEntities))

			var got bytes.Buffer
			enc := ingest.New(ingest.Settings{})
			bodies, result := encode(t, enc, ingest.Job{Logs: ld})
			require.Empty(t, result.Unsendable)
			for _, b := range bodies {
				got.WriteString("// " + b.stream + "\n")
				require.NoError(t, json.Indent(&got, b.raw, "", " "))
				got.WriteString("\n")
			}
			path := filepath.Join("testdata", "rows", name+".want.txt")
			if *update {
				require.NoError(t, os.WriteFile(path, got.Bytes(), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), got.String(), "run: go test ./internal/ingest -run TestGoldenRows -update")
		})
	}
}
