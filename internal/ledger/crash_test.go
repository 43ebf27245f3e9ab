package ledger_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// TestNothingAcknowledgedIsLost stops the storage at every operation there is,
// between transactions and within them, and lets the next process go on.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	var want string
	operations := 0
	synctest.Test(t, func(t *testing.T) {
		d, s := newDisk(), twins{}
		l := mustOpen(t, d)
		for _, st := range life() {
			require.NoError(t, st.do(t.Context(), l, s), st.name)
		}
		want = state(t, l, s)
		require.NoError(t, l.Close(t.Context()))
		operations = d.done
		require.Contains(t, want, "0 open")
	})
	require.Greater(t, operations, 50)
	for _, tears := range []bool{false, true} {
		for n := range operations {
			synctest.Test(t, func(t *testing.T) { crashAfter(t, n, tears, want) })
		}
	}
}

func crashAfter(t *testing.T, operations int, tears bool, want string) {
	d, s := newDisk(), twins{}
	d.stop(operations, tears)
	steps := life()
	acknowledged := 0
	l, err := open(d)
	if err == nil {
		for ; acknowledged < len(steps); acknowledged++ {
			if steps[acknowledged].do(t.Context(), l, s) != nil {
				break
			}
		}
	}
	var unusable []error
	l = mustOpen(t, d.crashed(), told(&unusable))
	for _, st := range steps[:acknowledged] {
		if st.holds != nil {
			st.holds(t, l)
		}
	}
	// What was not acknowledged comes again, and writers go on by themselves.
	for _, st := range append([]deed{{name: "the rest", do: rest}}, steps[acknowledged:]...) {
		require.NoError(t, st.do(t.Context(), l, s), "%s, after a stop at operation %d, tearing %v", st.name, operations, tears)
	}
	require.Equal(t, want, state(t, l, s), "after a stop at operation %d, tearing %v", operations, tears)
	require.Empty(t, unusable)
}

// rest is what writers do by themselves.
func rest(ctx context.Context, l *ledger.Ledger, s twins) error { return s.drain(ctx, l) }
