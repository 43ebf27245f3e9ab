package ledger_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

func newTalker(settle time.Duration) *talker {
	return &talker{numbers: map[string]uint32{}, settle: ledger.Settings{Policy: reconcile.DefaultPolicy(), SettleTime: settle}}
}

// search walks every state breadth first and plays each to its end.
func (k *talker) search(first talk) (states int, trace []string, err error) {
	type origin struct {
		from talk
		name string
	}
	came := map[talk]origin{first: {}}
	tell := func(t talk, more ...string) []string {
		for at := t; at != first; at = came[at].from {
			more = append(more, "")
			copy(more[1:], more)
			more[0] = came[at].name
		}
		return more
	}
	rested := map[talk]bool{}
	for level := []talk{first}; len(level) > 0; {
		var next []talk
		for _, t := range level {
			if rest, err := k.rest(t, rested); err != nil {
				return len(came), tell(t, rest...), err
			}
			for _, m := range slices.Clone(k.next(t)) {
				if m.err != nil {
					return len(came), tell(t, m.name), m.err
				}
				m.talk = k.pass(m.talk, 0)
				if _, had := came[m.talk]; !had {
					came[m.talk] = origin{t, m.name}
					next = append(next, m.talk)
				}
			}
		}
		level = next
	}
	return len(came), nil, nil
}

// rest plays a talk on, without people and faults, to its end.
func (k *talker) rest(t talk, rested map[talk]bool) (names []string, err error) {
	t.left = budget{}
	var way []talk
	for resynced := false; !rested[t]; {
		moves := k.next(t)
		switch {
		case len(way) > 200:
			return names, errors.New("it goes on for ever")
		case len(moves) == 0 && resynced:
			if err := k.atPeace(t); err != nil {
				return names, err
			}
			rested[t] = true
		case len(moves) == 0:
			resynced = true
			for side := range t.boards {
				t.boards[side].told = 0
			}
		default:
			if moves[0].err != nil {
				return append(names, moves[0].name), moves[0].err
			}
			way, names = append(way, t), append(names, moves[0].name)
			t = k.pass(moves[0].talk, 0)
		}
	}
	for _, t := range way {
		rested[t] = true
	}
	return names, nil
}

func TestEveryOrderOfComments(t *testing.T) {
	t.Parallel()
	b := budget{edits: 2, faults: 1}
	if os.Getenv("SOAK") != "" {
		b.edits = 3
	}
	k := newTalker(time.Second)
	began := time.Now()
	states, trace, err := k.search(talk{entry: k.fresh(1), left: b})
	t.Logf("alphabet: comments; %d comments, %d faults: %d states, %d entries, %s", b.edits, b.faults, states, len(k.entries), time.Since(began).Round(10*time.Millisecond))
	require.NoError(t, err, strings.Join(trace, "\n"))
}

func TestR11CarriesWeight(t *testing.T) {
	k := newTalker(time.Second)
	k.without = "R11"
	states, trace, err := k.search(talk{entry: k.fresh(1), left: budget{edits: 1, faults: 1}})
	t.Logf("%d states, %v:\n%s", states, err, strings.Join(trace, "\n"))
	require.EqualError(t, err, "a comment is copied twice")
}
