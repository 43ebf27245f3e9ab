package record

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
)

// TestEveryDepthIsCarried sends bodies of every shape and depth through the
// protobuf form that queues on disk and OTLP use, which gives up at 100.
func TestEveryDepthIsCarried(t *testing.T) {
	for name, level := range map[string][2]string{
		"objects":  {`{"a":`, `}`},
		"arrays":   {`[`, `]`},
		"both":     {`{"a":[`, `]}`},
		"siblings": {`{"before":{"x":[1]},"a":`, `,"after":[{}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			for depth := 1; depth <= 120; depth++ {
				text := `{"top":` + strings.Repeat(level[0], depth) + `1.10` + strings.Repeat(level[1], depth) + `}`
				var d Document
				require.NoError(t, d.Parse([]byte(text)))
				logs := plog.NewLogs()
				lr := logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
				d.Build(lr.Body())
				lr.Body().CopyTo(lr.Attributes().PutEmptySlice("entities").AppendEmpty().SetEmptyMap().PutEmpty("Nested"))

				wire, err := (&plog.ProtoMarshaler{}).MarshalLogs(logs)
				require.NoError(t, err)
				back, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(wire)
				require.NoError(t, err, "depth %d", depth)
				body := back.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).Body()
				require.Equal(t, text, string(AppendJSON(nil, body)), "depth %d", depth)
			}
		})
	}
}

func TestDeepTextIsWrittenAsJSONOrNotAtAll(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1}`:  `{"a":1}`,
		`[1,2]`:    `[1,2]`,
		`{"a":1`:   `"eyJhIjox"`,
		`[] trail`: `"W10gdHJhaWw="`,
	} {
		v := plog.NewLogRecord().Body()
		v.SetEmptyBytes().FromRaw([]byte(text))
		require.Equal(t, want, string(AppendJSON(nil, v)))
	}
}
