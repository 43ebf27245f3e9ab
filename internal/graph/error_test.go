package graph

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

func TestReadPageSaysWhatAndWhere(t *testing.T) {
	deep := strings.Repeat("[", record.DocumentDepthMax+1) + strings.Repeat("]", record.DocumentDepthMax+1)
	for name, c := range map[string]struct {
		kind Kind
		text string
		want error
		says string
	}{
		"nothing":                       {KindAlert, ``, io.ErrUnexpectedEOF, "read alert response: byte 0: unexpected EOF"},
		"no JSON":                       {KindAlert, `<html>`, record.ProblemSyntax, "read alert response: byte 0: not JSON"},
		"an array":                      {KindAlert, `[]`, record.ProblemSyntax, "read alert response: byte 0: not JSON"},
		"an error body":                 {KindAlert, `{"error":{"code":""}}`, ProblemNoPage, "read alert response: byte 21: no page of objects"},
		"value no array":                {KindAlert, `{"value":{}}`, record.ProblemSyntax, "read alert response: byte 9: not JSON"},
		"a second document":             {KindAlert, `{"value":[]}{}`, record.ProblemSyntax, "read alert response: byte 12: not JSON"},
		"an alert that is null":         {KindAlert, `{"value":[{},null]}`, ProblemNoObject, "read alert response: object 1, byte 17: no object"},
		"an incident that is null":      {KindIncident, `{"value":[{},null]}`, ProblemNoObject, "read incident response: object 1, byte 13: no object"},
		"an inner alert no object":      {KindIncident, `{"value":[{"alerts":[{},1]}]}`, ProblemNoObject, "read incident response: object 0, alert 1, byte 25: no object"},
		"alerts no array":               {KindIncident, `{"value":[{"alerts":"x"}]}`, record.ProblemSyntax, "read incident response: object 0, byte 20: not JSON"},
		"alerts no null":                {KindIncident, `{"value":[{"alerts":nil}]}`, record.ProblemSyntax, "read incident response: object 0, byte 23: parse JSON at byte 0: not JSON"},
		"no colon":                      {KindIncident, `{"value":[{"id" "1"}]}`, record.ProblemSyntax, "read incident response: object 0, byte 16: not JSON"},
		"a name that is none":           {KindIncident, `{"value":[{1:2}]}`, record.ProblemSyntax, "read incident response: object 0, byte 11: not JSON"},
		"a name with an escape unknown": {KindIncident, `{"value":[{"\x":1}]}`, record.ProblemString, "read incident response: object 0, byte 15: parse JSON at byte 1: a control character or unknown escape in a string"},
		"a count too long":              {KindAlert, `{"@odata.count":` + strings.Repeat("1", linkBytesMax+1) + `}`, record.ProblemBytes, "read alert response: byte 16: text too long"},
		"a comma too many":              {KindAlert, `{"value":[{},]}`, record.ProblemSyntax, "read alert response: object 1, byte 14: parse JSON at byte 0: not JSON"},
		"crossed brackets":              {KindAlert, `{"value":[{"a":[}]]}`, record.ProblemSyntax, "read alert response: object 0, byte 18: parse JSON at byte 6: not JSON"},
		"a value that is none":          {KindIncident, `{"value":[{"a":},"b":1}]}`, record.ProblemSyntax, "read incident response: object 0, byte 23: parse JSON at byte 5: not JSON"},
		"an alert too deep":             {KindIncident, `{"value":[{},{"alerts":[{"a":` + deep + `}]}]}`, record.ProblemDepth, "read incident response: object 1, alert 0, byte 544: parse JSON at byte 260: nested too deep"},
		"a link too long":               {KindAlert, `{"@odata.nextLink":"` + strings.Repeat("x", linkBytesMax) + `","value":[]}`, record.ProblemBytes, "read alert response: byte 19: text too long"},
		"too many alerts":               {KindIncident, `{"value":[{"alerts":[` + strings.Repeat(`{},`, AlertsMax) + `{}]}]}`, ProblemAlerts, "read incident response: object 0, alert 50000, byte 150021: too many alerts in one incident"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadPage(strings.NewReader(c.text), c.kind, func(*Object) error { return nil })
			require.ErrorIs(t, err, c.want)
			require.EqualError(t, err, c.says)
			var placed *Error
			require.ErrorAs(t, err, &placed)
			require.Equal(t, c.kind, placed.Kind)
		})
	}
}

func TestReadObjectSaysWhatAndWhere(t *testing.T) {
	for text, want := range map[string]error{
		``: io.ErrUnexpectedEOF, `null`: ProblemNoObject, `[]`: ProblemNoObject, `{"id":"1"`: io.ErrUnexpectedEOF, `{"id":"1"} x`: record.ProblemSyntax, `{"id":tru}`: record.ProblemSyntax,
	} {
		for _, kind := range []Kind{KindIncident, KindAlert} {
			require.ErrorIs(t, ReadObject(strings.NewReader(text), kind, func(*Object) error { return nil }), want, text)
		}
	}
}

func TestAnObjectMayBeAsLongAsTheLimitAndNoLonger(t *testing.T) {
	// A few long strings rather than one, which has its own limit.
	object := func(size int) string {
		const head, tail = `{"id":"1","x":["`, `"]}`
		filler := strings.Repeat(strings.Repeat("x", 1<<20)+`","`, size>>20-1)
		return head + filler + strings.Repeat("x", size-len(head)-len(filler)-len(tail)) + tail
	}
	for _, kind := range []Kind{KindIncident, KindAlert} {
		for _, size := range []int{16 << 20, ObjectBytesMax} {
			var n int
			_, err := ReadPage(strings.NewReader(`{"value":[`+object(size)+`,{"id":"2"}]}`), kind, func(*Object) error { n++; return nil })
			require.NoError(t, err)
			require.Equal(t, 2, n)
		}
		endless := io.MultiReader(strings.NewReader(`{"value":[`+object(ObjectBytesMax+1)), iotest.ErrReader(io.ErrClosedPipe))
		_, err := ReadPage(endless, kind, func(*Object) error { t.Error("shown"); return nil })
		require.ErrorIs(t, err, record.ProblemBytes)
	}
}

// TestATornResponseShowsWholeObjectsOnly cuts a page at every byte.
func TestATornResponseShowsWholeObjectsOnly(t *testing.T) {
	const text = `{"@odata.context":"c","value":[{"id":"1","alerts":[{"id":"a","e":["\"\\",{"x":-1.5e3}]},{"id":"b"}],"s":"é\u00e9"},{"id":"2","n":null}],"@odata.nextLink":"l"}`
	var whole []shown
	page, err := ReadPage(strings.NewReader(text), KindIncident, collect(&whole))
	require.NoError(t, err)
	require.Equal(t, Page{NextLink: "l", Objects: 2, Count: -1}, page)
	for cut := range len(text) {
		for _, r := range []io.Reader{strings.NewReader(text[:cut]), iotest.OneByteReader(strings.NewReader(text[:cut]))} {
			var list []shown
			_, err := ReadPage(r, KindIncident, collect(&list))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, text[:cut])
			require.LessOrEqual(t, len(list), len(whole))
			for i := range list {
				require.Equal(t, whole[i].body, list[i].body)
				require.Equal(t, whole[i].Hash, list[i].Hash)
			}
		}
	}
}
