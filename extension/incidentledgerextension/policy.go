package incidentledgerextension

import (
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// settings is what the configuration makes entries be judged by. The
// configuration is valid.
func (c *Config) settings() ledger.Settings {
	return ledger.Settings{
		Policy:     c.policy(),
		Vocabulary: incident.Vocabulary{Owners: incident.NewOwners(c.Owners)},
		SettleTime: c.SettleTime,
	}
}

// policy lays `direction` and `conflict` over the default of each field, and
// `fields` over both.
func (c *Config) policy() reconcile.Policy {
	policy := reconcile.DefaultPolicy()
	for _, f := range incident.Fields() {
		p := &policy[f]
		if p.Direction == reconcile.DirectionBoth {
			p.Direction, p.Conflict = c.Direction, c.Conflict
		} else {
			p.Direction = toSentinelOf(c.Direction)
		}
		own := c.Fields[f.String()]
		if own.Direction != "" {
			p.Direction = own.Direction
		}
		if own.Conflict != "" {
			p.Conflict = own.Conflict
		}
	}
	return policy
}

// toSentinelOf is what of a direction goes to Sentinel.
func toSentinelOf(d reconcile.Direction) reconcile.Direction {
	switch d {
	case reconcile.DirectionToDefender, reconcile.DirectionOff:
		return reconcile.DirectionOff
	case reconcile.DirectionBoth, reconcile.DirectionToSentinel:
	}
	return reconcile.DirectionToSentinel
}
