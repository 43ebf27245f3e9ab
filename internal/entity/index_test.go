package entity

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestIndexIsAMapThatIsEmptiedAtOnce(t *testing.T) {
	x := newIndex()
	rapid.Check(t, func(t *rapid.T) {
		x.reset()
		want := map[uint64]int32{}
		for range rapid.IntRange(0, 700).Draw(t, "puts") {
			sum := rapid.Uint64Range(1, 400).Draw(t, "sum") * 0x100000001b3
			thing := rapid.Int32Range(0, 1000).Draw(t, "thing")
			if _, there := want[sum]; !there {
				want[sum] = thing
			}
			x.put(sum, thing)
		}
		for i := range uint64(500) {
			sum := i * 0x100000001b3
			thing, ok := x.get(sum)
			wanted, there := want[sum]
			require.Equal(t, there, ok)
			if ok {
				require.Equal(t, wanted, thing)
			}
		}
	})
}

func TestIndexGivesBackWhatAnOutsizedAlertNeeded(t *testing.T) {
	x := newIndex()
	for i := range uint64(20 * indexMin) {
		x.put(i+1, 1)
	}
	x.reset()
	require.Len(t, x.slots, indexMin)
	x.turn = 1<<32 - 1
	x.reset()
	_, ok := x.get(1)
	require.False(t, ok)
}

func TestEqualIdentifiersHaveEqualHashes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := normName(rapid.String().Draw(t, "name"))
		b := normName(strings.ToUpper(a.text))
		if a.equal(b) {
			require.Equal(t, a.hash(7, 9), b.hash(7, 9))
			require.Equal(t, string(a.canonical(nil)), string(b.canonical(nil)))
		}
		c := ident{text: rapid.String().Draw(t, "text")}
		require.Equal(t, a.equal(c), c.equal(a))
	})
	require.NotEqual(t, (&ident{text: "ab"}).hash(7, 9), (&ident{text: "ba"}).hash(7, 9))
	require.NotEqual(t, (&ident{text: "12345678"}).hash(7, 9), (&ident{text: "123456780"}).hash(7, 9))
	require.False(t, refTo(1).equal(refTo(2)))
	micro, mu := normName("\u00b5"), normName("\u03bc") // one capital for both
	require.False(t, micro.equal(mu))
	require.True(t, (ident{text: "aZ@[", fold: true}).equal(ident{text: "Az@[", fold: true}))
	require.False(t, (ident{text: "@", fold: true}).equal(ident{text: "`", fold: true}))
}
