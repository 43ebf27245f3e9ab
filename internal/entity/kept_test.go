package entity

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"pgregory.net/rapid"
)

func TestAHeldIdentifierIsTheIdentifier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := &kept{}
		draw := func() (ident, held) {
			text := rapid.SampledFrom([]string{"", " w11 ", "w11", "W11", "w12", "wörk"}).Draw(t, "text")
			from := textOf(k.keep(pcommon.NewValueStr(text)))
			i := rapid.SampledFrom([]ident{normName(text), normText(text), {}, refTo(0), refTo(1)}).Draw(t, "ident")
			return i, k.hold(i, rapid.SampledFrom([]textRef{0, from}).Draw(t, "from"))
		}
		i, h := draw()
		j, g := draw()
		require.Equal(t, i, k.ident(&h))
		require.Equal(t, i.none(), h.none())
		require.Equal(t, i.equal(j), k.equal(&h, &g))
		require.Equal(t, i.hash(7, 9), k.hash(&h, 7, 9), "first")
		require.Equal(t, i.hash(7, 9), k.hash(&h, 7, 9), "again")
	})
}

func TestATextOfAValueIsNotKeptTwice(t *testing.T) {
	k := &kept{}
	from := textOf(k.keep(pcommon.NewValueStr("w11")))
	require.Equal(t, from, k.textAt("w11", from))
	require.Equal(t, "w1", k.str(k.textAt("w1", from)), "a part of it is")
	require.Len(t, k.texts, 1)
	require.Empty(t, k.str(0))
}

func TestResetLetsGoOfEveryAlertSinceTheLast(t *testing.T) {
	m, entities := NewMapper(), &Entities{}
	large := alertOf(t, device, process(5, `,"imageFile":`+image), `{"@odata.type":"#microsoft.graph.security.newEvidence","what":"x"}`)
	for _, alert := range []pcommon.Map{large, alertOf(t, device)} {
		require.NoError(t, m.Map(contoso(), alert, entities, m.NewTally()))
	}
	k := &entities.fields.kept
	entities.Reset()
	require.Zero(t, len(k.values)+len(k.texts))
	for _, v := range k.values[:cap(k.values)] {
		require.Equal(t, pcommon.Value{}, v)
	}
	for _, text := range k.texts[:cap(k.texts)] {
		require.Empty(t, text)
	}
	k.values = make([]pcommon.Value, 0, keptMax+1)
	entities.Reset()
	require.Nil(t, k.values, "memory that only an outsized alert needs goes back")
}
