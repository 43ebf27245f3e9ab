package sim

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// simulations is how many lives a plain test run plays; SIMULATIONS asks for
// more, as `make sim` does, and -short for what the race detector bears.
func simulations() int {
	if n, err := strconv.Atoi(os.Getenv("SIMULATIONS")); err == nil && n > 0 {
		return n
	}
	if testing.Short() {
		return 6
	}
	return 300
}

// shards is how many lives are played at a time: one for each of two cores.
const shards = 2

// brokenMax is how many lives may break a law before no more are played.
const brokenMax = 4

// TestBothWays plays seeded lives of both pipelines and holds each against the
// laws of the sync. SEED=n plays one alone.
func TestBothWays(t *testing.T) {
	if os.Getenv("SEED") != "" {
		examine(t, seed(), true)
		return
	}
	percent := debug.SetGCPercent(400) // lives are short, and their garbage is cheap to keep
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	var mu sync.Mutex
	var total outcome
	broken := 0
	t.Cleanup(func() {
		t.Logf("%d lives: %d edits of people, %d writes of ours, %d edits lost a recorded conflict, %d fell into a window that cannot be closed, %d writes were refused and parked",
			simulations(), total.edits, total.writes, total.lost, total.excused, total.parked)
	})
	for shard := range shards {
		t.Run(fmt.Sprintf("shard %d", shard), func(t *testing.T) {
			t.Parallel()
			for n := shard; n < simulations(); n += shards {
				o := examine(t, uint64(n+1), false)
				mu.Lock()
				if len(o.broken) > 0 {
					broken++
				}
				enough := broken >= brokenMax
				total.edits += o.edits
				total.writes += o.writes
				total.lost += o.lost
				total.excused += o.excused
				total.parked += o.parked
				mu.Unlock()
				if enough {
					return
				}
			}
		})
	}
}

// shrinkTries is how many smaller scripts are tried for one that breaks a law.
const shrinkTries = 100

// examine plays one life. One that breaks a law is shrunk and printed.
func examine(t *testing.T, seed uint64, verbose bool) outcome {
	t.Helper()
	s := write(seed)
	o := simulate(t, s)
	if verbose {
		t.Logf("%s%d edits, %d writes, %d requests", s, o.edits, o.writes, o.requests)
	}
	if len(o.broken) == 0 {
		return o
	}
	t.Logf("seed %d breaks a law and is shrunk: %s\n%s", seed, o.broken[0], o.history)
	small := shrink(s, shrinkTries, func(candidate script) bool { return len(simulate(t, candidate).broken) > 0 })
	again := simulate(t, small)
	if len(again.broken) == 0 { // goroutines that woke at one instant went in another order
		again, small = o, s
	}
	t.Errorf("seed %d breaks a law; SEED=%d plays it again\n  %s\nshrunk:\n%s  %s\n%s",
		seed, seed, strings.Join(o.broken, "\n  "), small, strings.Join(again.broken, "\n  "), again.history)
	return o
}
