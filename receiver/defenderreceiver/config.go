package defenderreceiver

import (
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// The ways alerts are read.
const (
	// alertsExpand reads them with their incidents.
	alertsExpand = "expand"
	// alertsList reads them from alerts_v2.
	alertsList = "list"
	// alertsNone leaves them out.
	alertsNone = "none"
)

// Defaults and limits.
const (
	defaultPollInterval = 15 * time.Second
	minPollInterval     = time.Second
	// defaultRequestsPerMinute leaves two thirds of the 150 a minute that
	// Graph documents for the security workload to a tenant's other readers.
	defaultRequestsPerMinute = 45
	defaultLookback          = 24 * time.Hour
	// maxLookback is how long the services keep incidents and alerts.
	// Source: Microsoft Defender XDR data retention, read 2026-11.
	maxLookback = 180 * 24 * time.Hour
	// defaultOverlap covers the delays that other readers of this API met.
	defaultOverlap       = 10 * time.Minute
	defaultSeenIncidents = 50_000
	defaultSeenAlerts    = 200_000
	// minSeen is what the sets hold at least: four chunks of them.
	minSeen = 16_384
	// maxSeen bounds memory: 40 bytes an entry.
	maxSeen = 2_000_000
	// minResync keeps a resync from being a second poller.
	minResync = 10 * time.Minute
)

// Config is the `defender` receiver as the user writes it.
type Config struct {
	// Azure says which cloud, whose token and over what connection: the keys
	// cloud, hosts, credential, auth and http.
	Azure azure.Config `mapstructure:",squash"`
	// Tenants lists whose incidents are read. Required; ids and names are
	// unique.
	Tenants []azure.TenantConfig `mapstructure:"tenants"`
	// PollInterval is the time between two polls of a tenant, at least 1s. A
	// poll that takes longer delays the next. Default 15s.
	PollInterval time.Duration `mapstructure:"poll_interval"`
	// RequestsPerMinute is the budget of requests per tenant, spread evenly.
	// 0 = no limit of our own. Default 45. Graph documents 150 a minute and
	// app in a tenant for alerts, none for incidents.
	RequestsPerMinute int `mapstructure:"requests_per_minute"`
	// InitialLookback is how far back a tenant is read that has no cursor
	// yet. Default 24h; at most 180 days, which is as far as Graph reaches,
	// unless the cloud is custom.
	InitialLookback time.Duration `mapstructure:"initial_lookback"`
	// Overlap is how long after its own time a row may become visible and
	// still be found. Default 10m; at most initial_lookback, unless the cloud
	// is custom.
	Overlap time.Duration `mapstructure:"overlap"`
	// Alerts is `expand` (with their incidents), `list` (from alerts_v2, with
	// a cursor of their own) or `none`. Default expand.
	Alerts string `mapstructure:"alerts"`
	// ResyncInterval is how often open incidents are read again and emitted
	// with microsoft.defender.resync, so that what was lost anywhere heals;
	// at least 10m. 0 = never, the default.
	ResyncInterval time.Duration `mapstructure:"resync_interval"`
	// Storage names the storage extension that keeps the cursors. Without one
	// they live in memory and a restart begins at the lookback. Default none.
	Storage configoptional.Optional[component.ID] `mapstructure:"storage"`
	// SeenIncidents is how many incident revisions are remembered per tenant,
	// so that the overlap repeats none. Default 50000. When it is too small
	// the overlap becomes shorter, which is said.
	SeenIncidents int `mapstructure:"seen_incidents"`
	// SeenAlerts is the same for alerts, which come again with every revision
	// of their incident. Default 200000. When it is too small some alerts are
	// emitted again, under the same uid.
	SeenAlerts int `mapstructure:"seen_alerts"`
}

func createDefaultConfig() component.Config {
	return &Config{
		Azure:             azure.NewDefaultConfig(),
		PollInterval:      defaultPollInterval,
		RequestsPerMinute: defaultRequestsPerMinute,
		InitialLookback:   defaultLookback,
		Overlap:           defaultOverlap,
		Alerts:            alertsExpand,
		SeenIncidents:     defaultSeenIncidents,
		SeenAlerts:        defaultSeenAlerts,
	}
}
