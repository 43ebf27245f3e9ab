package incidentledgerextension

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/config/confignet"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

const (
	minSettleTime = time.Second
	// minRetention: an incident that was just closed is often looked at again.
	minRetention = 24 * time.Hour
	// ownersMax bounds the map of people.
	ownersMax = 100_000
)

// Validate reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	if c.SettleTime < minSettleTime {
		errs = append(errs, fmt.Errorf(`"settle_time" must be at least %s, got %s`, minSettleTime, c.SettleTime))
	}
	if c.Retention != 0 && c.Retention < minRetention {
		errs = append(errs, fmt.Errorf(`"retention" must be 0 or at least %s, got %s`, minRetention, c.Retention))
	}
	errs = append(errs, reconcile.FieldPolicy{Direction: c.Direction, Conflict: c.Conflict}.Validate())
	errs = append(errs, c.validateFields()...)
	errs = append(errs, c.validateOwners()...)
	return errors.Join(append(errs, c.validateServer()...)...)
}

func (c *Config) validateFields() []error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		var f incident.Field
		if f.UnmarshalText([]byte(name)) != nil {
			errs = append(errs, fmt.Errorf(`"fields" must name %s, got %q`, fieldNames(), name))
			continue
		}
		p := c.Fields[name]
		if p.Direction == "" {
			p.Direction = reconcile.DirectionBoth
		}
		if p.Conflict == "" {
			p.Conflict = reconcile.ConflictLatest
		}
		if err := reconcile.FieldPolicy(p).Validate(); err != nil {
			errs = append(errs, fmt.Errorf("fields::%s: %w", name, err))
		}
	}
	return errs
}

func fieldNames() string {
	var names []string
	for _, f := range incident.Fields() {
		names = append(names, f.String())
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// validateOwners refuses a map that cannot be read backwards, unless nothing
// goes backwards.
func (c *Config) validateOwners() []error {
	if len(c.Owners) > ownersMax {
		return []error{fmt.Errorf(`"owners" must hold at most %d, got %d`, ownersMax, len(c.Owners))}
	}
	direction := c.policy()[incident.FieldOwner].Direction
	backwards := direction == reconcile.DirectionBoth || direction == reconcile.DirectionToDefender
	var errs []error
	spelled := map[incident.Value]string{}
	meant := map[incident.Value]incident.Value{}
	for _, from := range slices.Sorted(maps.Keys(c.Owners)) {
		d, s := incident.Principal(from), incident.Principal(c.Owners[from])
		if d == "" || s == "" {
			errs = append(errs, fmt.Errorf(`"owners" must not hold an empty name, got %q: %q`, from, c.Owners[from]))
			continue
		}
		if other, twice := spelled[d]; twice {
			errs = append(errs, fmt.Errorf(`"owners" must name an owner once, in whatever case, got %q and %q`, other, from))
			continue
		}
		spelled[d] = from
		if other, taken := meant[s]; taken && backwards {
			errs = append(errs, fmt.Errorf(
				`"owners" must not map two owners to one, since which of them that one is in Defender could not be told, got %q and %q: %q; leave one out, or set "fields::owner::direction" to to_sentinel`,
				spelled[other], from, c.Owners[from]))
			continue
		}
		meant[s] = d
	}
	return errs
}

// validateServer keeps people's names and approvals from being had by anybody.
func (c *Config) validateServer() []error {
	if c.Server.NetAddr.Endpoint == "" {
		return nil
	}
	var errs []error
	if !c.local() && !c.Server.Auth.HasValue() {
		errs = append(errs, fmt.Errorf(
			`"endpoint" must be on loopback unless "auth" is set, since it shows people's names and approves closings, got %q`, c.Server.NetAddr.Endpoint))
	}
	if c.Server.CORS.HasValue() {
		errs = append(errs, errors.New(`"cors" must not be set: pages of other origins have no business here`))
	}
	return errs
}

// local reports whether only this machine reaches the endpoint.
func (c *Config) local() bool {
	if c.Server.NetAddr.Transport == confignet.TransportTypeUnix {
		return true
	}
	host, _, err := net.SplitHostPort(c.Server.NetAddr.Endpoint)
	return err == nil && isLoopback(host)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
