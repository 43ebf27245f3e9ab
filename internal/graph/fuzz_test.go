package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// FuzzReadPage: no panic; the same answer however the bytes come; and what is
// taken is JSON to encoding/json too.
func FuzzReadPage(f *testing.F) {
	for _, seed := range []string{
		`{"value":[{"id":"1","alerts":[{"id":"a\\\"","x":[1,{}]}],"alerts@odata.nextLink":"n"}],"@odata.nextLink":"l"}`,
		`{"value":[{"a":"\ud800","a":null},{}]}`, "{\"value\":[{\"\xff\":1e999}]} ", `{"value":[]}`, `{"value":[{"id":1}]}{`, `{"value":[,]}`,
		`{"value":[{"a":"\\\\\\"}]}`, `{"alerts":[`, `{"value":` + strings.Repeat("[", 300), `{"value":[{"alerts":null}]}`,
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, alert bool) {
		kind := KindIncident
		if alert {
			kind = KindAlert
		}
		var once, slowly []shown
		page, err := ReadPage(bytes.NewReader(text), kind, collect(&once))
		again, errAgain := ReadPage(iotest.OneByteReader(bytes.NewReader(text)), kind, collect(&slowly))
		require.Equal(t, page, again)
		require.Equal(t, errText(err), errText(errAgain))
		require.Equal(t, brief(once), brief(slowly))
		for i := range once {
			require.True(t, json.Valid([]byte(once[i].body)))
			require.Equal(t, once[i].body, slowly[i].body)
			require.Equal(t, once[i].Hash, slowly[i].Hash)
		}
		if err == nil {
			require.True(t, json.Valid(text))
		}
		_ = ReadObject(bytes.NewReader(text), kind, func(*Object) error { return nil })
	})
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestLawAResponseIsReadAlikeInAnyPieces cuts seeded pages into pieces of
// drawn sizes, so that the window's edge falls everywhere.
func TestLawAResponseIsReadAlikeInAnyPieces(t *testing.T) {
	g := newGenerator(11)
	page := g.pageOf(3, func(i int) { g.incident(string(rune('1'+i)), i, 40<<10) })
	var want []shown
	_, err := ReadPage(strings.NewReader(page), KindIncident, collect(&want))
	require.NoError(t, err)
	require.Len(t, want, 6)
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 80<<10), 1, 5).Draw(t, "sizes")
		var got []shown
		_, err := ReadPage(&pieces{r: strings.NewReader(page), sizes: sizes}, KindIncident, collect(&got))
		require.NoError(t, err)
		require.Equal(t, brief(want), brief(got))
		for i := range want {
			require.Equal(t, want[i].body, got[i].body)
			require.Equal(t, want[i].Hash, got[i].Hash)
		}
	})
}

// pieces reads at most sizes[0], sizes[1], … bytes at a time, again and again,
// and now and then nothing.
type pieces struct {
	r     io.Reader
	sizes []int
	i     int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.i++; p.i%7 == 0 {
		return 0, nil
	}
	n, err := p.r.Read(b[:min(len(b), p.sizes[p.i%len(p.sizes)])])
	if errors.Is(err, io.EOF) {
		return n, io.EOF
	}
	return n, err
}
