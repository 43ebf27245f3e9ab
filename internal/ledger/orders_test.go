package ledger_test

import (
	"os"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

const (
	latest      = reconcile.ConflictLatest
	forDefender = reconcile.ConflictDefender
	forSentinel = reconcile.ConflictSentinel
)

// order is one search.
type order struct {
	words    words
	conflict reconcile.Conflict
	budget   budget
	// settle is settle_time in ticks; one is enough to tell early from late, two
	// also let one thing settle while another does not.
	settle uint8
	// split lets news come while a read is under way.
	split bool
}

// orders is what `make test` searches: two edits and one fault of a field under
// each policy and of tags, which merge, so that the policy decides nothing; and
// smaller worlds, where Sentinel stores something else than it was sent, where
// reads take time, where Defender merges, and where the twin is deleted. On two
// idle cores it takes less than a minute.
func orders() []order {
	two := budget{edits: 2, faults: 1}
	return []order{
		{owners(), latest, two, 1, false},
		{owners(), forDefender, two, 1, false},
		{owners(), forSentinel, two, 1, false},
		{tags(), latest, two, 1, false},
		{trimmed(), latest, budget{edits: 1, faults: 1}, 1, false},
		{trimmed(), forSentinel, budget{edits: 2}, 1, false},
		{owners(), latest, budget{edits: 1, faults: 1}, 1, true},
		{owners(), latest, budget{edits: 2}, 2, false},
		{statuses(), latest, budget{faults: 1, merges: 1}, 1, false},
		{statuses(), latest, budget{edits: 1, merges: 1}, 1, false},
		{statuses(), latest, budget{edits: 1, deletions: 1}, 1, false},
		{statuses(), latest, budget{edits: 1, merges: 1, deletions: 1}, 1, false},
	}
}

func TestEveryOrderOfTwoEditsAndOneFault(t *testing.T) { everyOrder(t, orders()) }

func everyOrder(t *testing.T, orders []order) {
	t.Helper()
	roomy(t)
	for i, o := range orders {
		if testing.Short() {
			o.budget.edits = min(o.budget.edits, 1)
		}
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			x := o.explorer()
			f := x.search(x.begin(o.budget))
			f.report(t, o)
			require.NoError(t, f.err)
		})
	}
}

func (o order) explorer() *explorer {
	x := newExplorer(o.words, o.conflict, o.settle)
	x.split = o.split
	return x
}

// roomy lets the searches hold more memory, and collect it less often.
func roomy(t *testing.T) {
	t.Helper()
	percent, limit := debug.SetGCPercent(400), debug.SetMemoryLimit(10<<30)
	t.Cleanup(func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	})
}

// TestSoakEveryOrder is the rest, in `make soak`.
func TestSoakEveryOrder(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		t.Skip("takes long: make soak")
	}
	three, two := budget{edits: 3, faults: 1}, budget{edits: 2, faults: 1}
	everyOrder(t, []order{
		{owners(), forSentinel, three, 1, false},
		{owners(), forDefender, three, 1, false},
		{owners(), latest, three, 1, false},
		{tags(), latest, three, 1, false},
		{owners(), forSentinel, budget{edits: 2, faults: 2}, 1, false},
		{owners(), forSentinel, two, 1, true},
		{statuses(), latest, budget{edits: 1, faults: 1, merges: 1}, 1, false},
		{statuses(), latest, budget{edits: 2, deletions: 1}, 1, false},
		{owners(), forSentinel, two, 2, false},
	})
}
