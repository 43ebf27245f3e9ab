package record

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"pgregory.net/rapid"
)

func TestBytesAreANumberOnlyInOurRecords(t *testing.T) {
	for name, c := range map[string]struct{ content, ours, foreign string }{
		"a number literal": {"1.10", `1.10`, `"MS4xMA=="`},
		"not quite one":    {"1.", `"MS4="`, `"MS4="`},
		"nothing":          {"", `""`, `""`},
		"three bytes":      {"\x00\xff\x10", `"AP8Q"`, `"AP8Q"`},
		"number and space": {"1 ", `"MSA="`, `"MSA="`},
	} {
		t.Run(name, func(t *testing.T) {
			v := pcommon.NewValueBytes()
			v.Bytes().FromRaw([]byte(c.content))
			require.Equal(t, c.ours, string(ModeRecord.AppendValue(nil, v)))
			require.Equal(t, c.foreign, string(ModeForeign.AppendValue(nil, v)))
		})
	}
}

func TestLawForeignBytesAreBase64(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.SliceOf(rapid.Byte()).Draw(t, "content")
		v := pcommon.NewValueBytes()
		v.Bytes().FromRaw(content)
		require.Equal(t, `"`+base64.StdEncoding.EncodeToString(content)+`"`, string(ModeForeign.AppendValue(nil, v)))
	})
}

func TestAppendWritesEveryType(t *testing.T) {
	v := pcommon.NewValueMap()
	require.NoError(t, v.Map().FromRaw(map[string]any{"list": []any{nil, "x", int64(-5), 2.5, true, map[string]any{}, []any{}, math.Inf(-1)}}))
	want := `{"list":[null,"x",-5,2.5,true,{},[],"-Infinity"]}`
	require.Equal(t, want, string(AppendJSON(nil, v)))
	require.Equal(t, "kept"+want, string(ModeForeign.AppendMap([]byte("kept"), v.Map())))
	list, _ := v.Map().Get("list")
	require.Equal(t, want[8:len(want)-1], string(ModeRecord.AppendSlice(nil, list.Slice())))
	require.Equal(t, "null", string(AppendJSON(nil, pcommon.NewValueEmpty())))
}

func TestLawAppendStringIsReadBackByEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "s")
		written := AppendString([]byte("before"), s)
		require.Equal(t, "before", string(written[:6]))
		require.True(t, utf8.Valid(written))
		var back string
		require.NoError(t, json.Unmarshal(written[6:], &back))
		require.Equal(t, string([]rune(s)), back) // []rune makes U+FFFD of each bad byte
	})
}

func TestAppendAllocatesNothing(t *testing.T) {
	v := build(t, `{"a":["é\n",1,2.5,1.10,null,{"b":true}],"c":"some plain text"}`)
	buf := make([]byte, 0, 1024)
	require.Zero(t, testing.AllocsPerRun(100, func() { buf = AppendJSON(buf[:0], v) }))
}
