package ledger_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// trace is a short life in which a rule is needed. It is told in the search's
// own steps, each by how it begins, over the shipped code. Then what comes by
// itself comes in every order, until nothing does.
type trace struct {
	rule  string
	name  string
	words words
	wins  reconcile.Conflict
	steps string
	// defender and sentinel are what the sides hold in the end.
	defender, sentinel string
	// without is the law that breaks if the rule is taken away.
	without string
}

// Laws that break.
const (
	lawSeen       = "an edit is overwritten by what its editor saw"
	lawRecord     = "an edit is lost without a record"
	lawOwed       = "an edit lost, and no decision says so"
	lawOrder      = "is overwritten by an older one"
	lawMade       = "an edit is overwritten by what a service made of it"
	lawAgree      = "the sides never agree"
	lawQuiet      = "it goes on for ever"
	lawMergedOnce = "the twin of a merged incident is written after it was closed"
	lawBefore     = "what was true before the ledger was lost is written"
)

func TestTraces(t *testing.T) {
	for _, c := range traces() {
		t.Run(c.rule+": "+c.name, func(t *testing.T) {
			x := newExplorer(c.words, c.wins, 1)
			w, err := c.play(t, x)
			require.NoError(t, err)
			f := x.search(w)
			require.NoError(t, f.err, strings.Join(f.trace, "\n"))
			_, end := x.end(w)
			require.Equal(t, c.defender, x.says(defender, x.value(end.sides[defender].now().cells)), "Defender's")
			require.Equal(t, c.sentinel, x.says(sentinel, x.value(end.sides[sentinel].now().cells)), "Sentinel's")

			if c.without == "" {
				return
			}
			x = newExplorer(c.words, c.wins, 1)
			x.without = c.rule
			if w, err = c.play(t, x); err == nil {
				err = x.search(w).err
			}
			require.ErrorContains(t, err, c.without)
		})
	}
}

// play takes the steps of a trace, and leaves no more edits and faults.
func (c trace) play(t *testing.T, x *explorer) (world, error) {
	t.Helper()
	w := x.begin(budget{edits: 3, faults: 1, merges: 1, deletions: 1})
	x.naming = true
	defer func() { x.naming = false }()
	for name := range strings.Lines(c.steps) {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		var names []string
		found := false
		for _, s := range x.next(&w) {
			if names = append(names, s.name); !found && strings.HasPrefix(s.name, name) {
				if s.err != nil {
					return w, s.err
				}
				w, found = s.world, true
			}
		}
		require.True(t, found, "no step %q, there are\n%s", name, strings.Join(names, "\n"))
	}
	w.left = budget{}
	return x.canonical(w), nil
}
