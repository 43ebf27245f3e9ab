package ingest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

func TestEveryColumnHasABitOfItsOwn(t *testing.T) {
	for _, from := range append(schema.Tables(), schema.OTelLogs(), envelope()) {
		require.LessOrEqual(t, len(from.Columns), columnsMax, from.Name)
		compiled, seen := compile(from), uint64(0)
		for _, columns := range []map[string]*column{compiled.body, compiled.attribute, compiled.resource, compiled.entity} {
			for _, c := range columns {
				require.NotZero(t, c.bit, c.name)
				require.Zero(t, seen&c.bit, c.name)
				seen |= c.bit
			}
		}
	}
}

func TestWireBoundLeavesRoomForARow(t *testing.T) {
	for _, lower := range []int{0, 1, bodyBytesMin, 5000, 123_457, WireBytesMax, 10 * WireBytesMax} {
		l := limitsOf(true, lower)
		require.LessOrEqual(t, wireBound(l.row+len("[]")), l.wire)
		require.Greater(t, wireBound(l.row+len("[]")), l.wire-8, "and wastes none")
		require.GreaterOrEqual(t, l.wire, bodyBytesMin)
		require.LessOrEqual(t, l.wire, WireBytesMax)
		l = limitsOf(false, lower)
		require.Equal(t, l.raw, l.row+len("[]"))
		require.LessOrEqual(t, l.raw, BodyBytesMax)
	}
}
