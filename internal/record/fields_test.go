package record

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

func fieldsOf(t *testing.T, text string) Fields {
	t.Helper()
	var d Document
	require.NoError(t, d.Parse([]byte(text)))
	v := pcommon.NewValueEmpty()
	d.Build(v)
	return NewFields(v.Map())
}

func TestFieldsOfTheRightTypeAreRead(t *testing.T) {
	f := fieldsOf(t, `{"word":"w","number":42,"text":"long","time":"2026-01-02T03:04:05.1234567+01:00","n":7,
		"object":{"word":"inner"},"objects":[{"word":"a"},{"word":"b"}],"words":["x","y"],"none":[]}`)
	require.Equal(t, "w", f.Word("word"))
	require.Equal(t, "42", f.Word("number"), "an id is an id")
	require.Equal(t, "long", f.Text("text"))
	require.Equal(t, time.Date(2026, 1, 2, 2, 4, 5, 123456700, time.UTC), f.Time("time"))
	require.Equal(t, int64(7), f.Int("n"))
	require.Equal(t, "inner", f.Object("object").Word("word"))
	elements, ok := f.Objects("objects")
	require.True(t, ok)
	require.Len(t, elements, 2)
	require.Equal(t, "b", elements[1].Word("word"))
	require.Equal(t, []string{"x", "y"}, f.Words("words"))
	elements, ok = f.Objects("none")
	require.True(t, ok, "an empty array is there")
	require.Empty(t, elements)
	require.NoError(t, f.Err())
}

func TestAbsentAndNullFieldsAreAlike(t *testing.T) {
	for name, f := range map[string]Fields{
		"absent": fieldsOf(t, `{}`), "null": fieldsOf(t, `{"a":null}`),
		"nothing at all": {}, "in an object that is not there": fieldsOf(t, `{}`).Object("b"),
	} {
		require.Empty(t, f.Word("a"), name)
		require.Empty(t, f.Text("a"), name)
		require.Zero(t, f.Time("a"), name)
		require.Equal(t, int64(-1), f.Int("a"), name)
		require.Empty(t, f.Object("a").Word("a"), name)
		_, ok := f.Objects("a")
		require.False(t, ok, name)
		require.Nil(t, f.Words("a"), name)
		require.NoError(t, f.Err(), name)
	}
}

func TestAFieldOfAnotherTypeIsNamed(t *testing.T) {
	long := `"` + strings.Repeat("x", WordBytesMax+1) + `"`
	many := "[" + strings.Repeat("1,", ElementsMax) + "1]"
	for _, tt := range []struct {
		name, value, want string
		read              func(f Fields)
	}{
		{"a boolean for a word", `true`, "a: not a text", func(f Fields) { require.Empty(t, f.Word("a")) }},
		{"an endless word", long, "a: too long", func(f Fields) { require.Empty(t, f.Word("a")) }},
		{"a number for a text", `1`, "a: not a text", func(f Fields) { require.Empty(t, f.Text("a")) }},
		{"no time", `"yesterday"`, "a: not a time", func(f Fields) { require.Zero(t, f.Time("a")) }},
		{"a word for a number", `"1"`, "a: not an integer", func(f Fields) { require.Equal(t, int64(-1), f.Int("a")) }},
		{"an array for an object", `[]`, "a: not an object", func(f Fields) { require.Empty(t, f.Object("a").Word("b")) }},
		{"an object for an array", `{}`, "a: not an array", func(f Fields) { require.Nil(t, f.Words("a")) }},
		{"an endless array", many, "a: too many elements", func(f Fields) { require.Nil(t, f.Words("a")) }},
		{"numbers for words", `["x",1]`, "a: holds something else than short texts", func(f Fields) { require.Equal(t, []string{"x"}, f.Words("a")) }},
		{"words for objects", `["x",{}]`, "a: holds something else than objects", func(f Fields) {
			elements, _ := f.Objects("a")
			require.Len(t, elements, 1)
		}},
		{"words for arrays", `["x",[1],[2]]`, "a: holds something else than arrays", func(f Fields) {
			for row := range f.Arrays("a") {
				require.Equal(t, int64(1), row.At(0).Int())
				break
			}
		}},
		{"no arrays", `{}`, "a: not an array", func(f Fields) {
			for range f.Arrays("a") {
				t.Error("there is none")
			}
		}},
		{"deep inside", `{"b":[{"c":[]}]}`, "a.b[0].c: not a text", func(f Fields) {
			elements, _ := f.Object("a").Objects("b")
			require.Empty(t, elements[0].Word("c"))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := fieldsOf(t, `{"a":`+tt.value+`}`)
			tt.read(f.Loose())
			require.NoError(t, f.Err(), "nobody asked")
			require.NoError(t, f.Loose().Err())
			tt.read(f)
			require.EqualError(t, f.Err(), tt.want)
			f.Wrong("z", "worse")
			require.EqualError(t, f.Err(), tt.want, "the first one stands")
		})
	}
}

func TestALongTextIsCutAtACharacter(t *testing.T) {
	f := fieldsOf(t, `{"a":"x`+strings.Repeat("é", TextBytesMax/2)+`"}`)
	require.Equal(t, "x"+strings.Repeat("é", TextBytesMax/2-1), f.Text("a"))
	require.NoError(t, f.Err())
	require.Len(t, cut(strings.Repeat("\x80", 20), 10), 6, "no character anywhere")
}
