package defenderreceiver

import "github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"

// rung is one way to ask for a page: how many rows, and whether each incident
// comes with its alerts.
type rung struct {
	top    int
	expand bool
	// each asks for the alerts of every new incident by a request of its own.
	each bool
}

// ladderFor is the ladder of a list. The last rung asks for one bare row.
func ladderFor(alerts string) polling.Ladder[rung] {
	plain := []rung{{top: 50}, {top: 10}, {top: 1}}
	if alerts == alertsExpand {
		each := []rung{{top: 50, each: true}, {top: 10, each: true}, {top: 1, each: true}}
		plain = append([]rung{{top: 50, expand: true}, {top: 10, expand: true}, {top: 2, expand: true}}, each...)
	}
	return polling.NewLadder(plain...)
}

// alertsLadder is the ladder of alerts_v2. A page is far below the 1000 that
// the service allows, so that one cut short costs little.
func alertsLadder() polling.Ladder[rung] {
	return polling.NewLadder(rung{top: 200}, rung{top: 50}, rung{top: 10}, rung{top: 1})
}
