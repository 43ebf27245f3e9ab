package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryRuleCarriesWeight takes away each rule, and the search fails; it
// tells the shortest trace.
func TestEveryRuleCarriesWeight(t *testing.T) {
	two := budget{edits: 2, faults: 1}
	for _, c := range []struct {
		rule string
		order
	}{
		{"R1", order{owners(), latest, budget{edits: 2}, 1, false}},
		{"R2", order{owners(), latest, budget{edits: 3}, 1, false}},
		{"R3", order{owners(), latest, two, 1, false}},
		{"R4", order{owners(), latest, two, 1, false}},
		{"R5", order{owners(), forDefender, two, 1, false}},
		{"R6", order{owners(), latest, two, 1, false}},
		{"R7", order{trimmed(), latest, budget{edits: 2}, 1, false}},
		{"R8", order{owners(), latest, budget{edits: 3}, 1, false}},
		{"R9", order{owners(), latest, two, 1, false}},
		{"R10", order{statuses(), latest, budget{edits: 1, merges: 1}, 1, false}},
		{"lock", order{owners(), latest, budget{edits: 2}, 1, false}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			x := c.explorer()
			x.without = c.rule
			f := x.search(x.begin(c.budget))
			f.report(t, c.order)
			require.Error(t, f.err)
			require.NotEmpty(t, f.trace)
		})
	}
}
