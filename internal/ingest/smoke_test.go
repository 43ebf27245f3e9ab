package ingest_test

import (
	"fmt"
	"testing"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

func TestSmoke(t *testing.T) {
	ld, rs := logs()
	add(t, rs, record.EventDefenderIncident, `{"id":"7","displayName":"x","priorityScore":47.0,"customTags":["a"],"nope":null}`)
	lr := add(t, rs, record.EventDefenderHunting, ``)
	lr.Attributes().PutStr(record.DefenderTable, "AlertInfo")
	lr.Body().SetStr(`{"Title":"x", "Type": null, "A": {"b": [1, 2]}}`)
	bodies, res := encode(t, ingest.New(ingest.Settings{}), ingest.Job{Logs: ld})
	for _, b := range bodies {
		fmt.Println(b.stream, string(b.raw))
	}
	fmt.Printf("%+v\n", res)
}
