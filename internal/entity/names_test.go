package entity

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNamesFindWhatIsThereAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-c]{0,4}`)
		known := rapid.SliceOfDistinct(word, rapid.ID[string]).Draw(t, "known")
		n := newNames(known)
		for _, name := range append(known, word.Draw(t, "other")) {
			require.Equal(t, slices.Index(known, name), n.find(name), name)
		}
	})
}

// Two properties that share a slot cost a second look: with the table's names
// that is rare.
func TestNamesOfTheTableSeldomCollide(t *testing.T) {
	second, all := 0, 0
	for _, k := range compile(Kinds(), Types()).kinds {
		mask := len(k.byName.slots) - 1
		for i, s := range k.byName.slots {
			if s.place >= 0 {
				all++
				if spread(s.name)&mask != i {
					second++
				}
			}
		}
	}
	require.Less(t, 4*second, all, "%d of %d", second, all)
}
