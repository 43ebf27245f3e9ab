package record

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseNumber(t *testing.T) {
	for literal, want := range map[string]NumberKind{
		"0": NumberInt, "7": NumberInt, "-7": NumberInt, "26200": NumberInt,
		"999999999999999999": NumberInt, "9223372036854775807": NumberInt, "-9223372036854775808": NumberInt,
		"0.5": NumberDouble, "47.0": NumberDouble, "-122.3321": NumberDouble, "0.0": NumberDouble, "-0.0": NumberDouble,
		"1e+21": NumberDouble, "1e-7": NumberDouble, "0.000001": NumberDouble, "5e-324": NumberDouble,
		"1.7976931348623157e+308": NumberDouble, "100000000000000000000.0": NumberDouble,
		"-0.000001234567890123456": NumberDouble,

		"-0": NumberLiteral, "1.10": NumberLiteral, "1E3": NumberLiteral, "1e3": NumberLiteral, "1e21": NumberLiteral, "1e-07": NumberLiteral,
		"9223372036854775808": NumberLiteral, "-9223372036854775809": NumberLiteral, "12345678901234567890": NumberLiteral,
		"1e400": NumberLiteral, "0.1000000000000000055511151231257827": NumberLiteral,
		"": NumberLiteral, "-": NumberLiteral, "007": NumberLiteral, "+1": NumberLiteral, ".5": NumberLiteral, "1.": NumberLiteral,
		"1e": NumberLiteral, "0x10": NumberLiteral, "NaN": NumberLiteral, "1_000": NumberLiteral, "1 ": NumberLiteral,
	} {
		t.Run(strconv.Quote(literal), func(t *testing.T) {
			kind, i, f := ParseNumber(literal)
			require.Equal(t, want, kind)
			switch kind {
			case NumberInt:
				require.Equal(t, literal, strconv.FormatInt(i, 10))
			case NumberDouble:
				require.Equal(t, literal, string(AppendDouble(nil, f)))
			case NumberLiteral:
			}
		})
	}
}

// literals draws any JSON number.
func literals() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?`),
		rapid.Map(rapid.Int64(), func(i int64) string { return strconv.FormatInt(i, 10) }),
		rapid.Map(rapid.Float64(), func(f float64) string { return string(AppendDouble(nil, f)) }),
	)
}

func TestLawANumberIsKeptAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		literal := literals().Draw(t, "literal")
		require.True(t, IsNumber(literal))
		require.Equal(t, literal, roundTrip(t, literal))
	})
}

func TestLawADoubleComesBackAsDouble(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		printed := string(AppendDouble(nil, f))
		kind, _, back := ParseNumber(printed)
		require.Equal(t, NumberDouble, kind, printed)
		require.Equal(t, math.Float64bits(f), math.Float64bits(back))
	})
}

func TestAppendDoublePrintsAsEncodingJSONButForIntegralValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		want, err := json.Marshal(f)
		require.NoError(t, err)
		got := string(AppendDouble(nil, f))
		if f == math.Trunc(f) && math.Abs(f) < 1e21 {
			want = append(want, ".0"...)
		}
		require.Equal(t, string(want), got)
		require.LessOrEqual(t, len(got), doubleBytesMax)
	})
}

func TestAppendDoubleNamesWhatJSONCannotCount(t *testing.T) {
	require.Equal(t, `"NaN"`, string(AppendDouble(nil, math.NaN())))
	require.Equal(t, `"Infinity"`, string(AppendDouble(nil, math.Inf(1))))
	require.Equal(t, `"-Infinity"`, string(AppendDouble(nil, math.Inf(-1))))
}

func TestIsNumberAgreesWithEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[-+]?[0-9]{0,3}\.?[0-9]{0,2}[eE]?[-+]?[0-9]{0,2}`).Draw(t, "text")
		require.Equal(t, json.Valid([]byte(text)), IsNumber(text), text)
	})
}
