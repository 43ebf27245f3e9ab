package sentinelreceiver

import (
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

// The incidents that are read.
const (
	// scopeLinked are those that have something to do with a Defender incident.
	scopeLinked = "linked"
	// scopeAll are all.
	scopeAll = "all"
)

// The ways a workspace is read.
const (
	modeAuto  = "auto"
	modeARM   = "arm"
	modeGraph = "graph"
)

// Defaults and limits.
const (
	defaultPollInterval = 15 * time.Second
	minPollInterval     = time.Second
	// defaultRequestsPerMinute leaves two fifths of the 12,000 reads an hour
	// that ARM grants an application in a subscription to its other readers,
	// and is enough for a poll every second.
	defaultRequestsPerMinute = 120
	// defaultCommentReads leaves two fifths of the 100 in five minutes, which
	// SecurityInsights grants a subscription, to other readers.
	defaultCommentReads = 60
	defaultLookback     = 24 * time.Hour
	// maxLookback is ten years, older than the product.
	maxLookback = 3653 * 24 * time.Hour
	// defaultOverlap covers the delays that other readers of such lists met.
	defaultOverlap = 10 * time.Minute
	defaultSeen    = 50_000
	// minSeen is what the set holds at least: four chunks of it.
	minSeen = 16_384
	// maxSeen bounds memory: 40 bytes an entry.
	maxSeen = 2_000_000
	// minResync keeps a resync from being a second poller.
	minResync = 10 * time.Minute
)

// Config is the `sentinel` receiver as the user writes it.
type Config struct {
	// Azure says which cloud, whose token and over what connection: the keys
	// cloud, hosts, credential, auth and http.
	Azure azure.Config `mapstructure:",squash"`
	// TenantID is the Entra tenant of the workspaces, which tokens are asked
	// of: a GUID. Required unless every workspace names its own.
	TenantID string `mapstructure:"tenant_id"`
	// Workspaces lists whose incidents are read. Required; ids and names are
	// unique.
	Workspaces []WorkspaceConfig `mapstructure:"workspaces"`
	// Scope is `linked` (incidents that have something to do with a Defender
	// incident, by their name or a label, be it falsely) or `all`. Default
	// linked.
	Scope string `mapstructure:"scope"`
	// PollInterval is the time between two polls of a workspace, at least 1s.
	// A poll that takes longer delays the next. Default 15s.
	PollInterval time.Duration `mapstructure:"poll_interval"`
	// RequestsPerMinute is the most requests per workspace in any minute. They
	// are not spread: a poll is never held back while any are left. 0 = no
	// limit of our own. Default 120. ARM documents 12,000 reads an hour for an
	// application in a subscription, which its workspaces share.
	RequestsPerMinute int `mapstructure:"requests_per_minute"`
	// CommentReads is the most reads of comments in any five minutes, shared by
	// the workspaces of a subscription; one read is one page of an incident's
	// comments. 0 = no limit of our own. Default 60. Microsoft documents 100
	// as the least that a subscription gets.
	CommentReads int `mapstructure:"comment_reads"`
	// InitialLookback is how far back a workspace is read that has no cursor
	// yet. Default 24h; at most ten years.
	InitialLookback time.Duration `mapstructure:"initial_lookback"`
	// Overlap is how long after its own time a row may become visible and
	// still be found. Default 10m; at most initial_lookback, unless the cloud
	// is custom.
	Overlap time.Duration `mapstructure:"overlap"`
	// ResyncInterval is how often open incidents are read again and emitted
	// with microsoft.defender.resync, so that what was lost anywhere heals;
	// at least 10m. 0 = never, the default.
	ResyncInterval time.Duration `mapstructure:"resync_interval"`
	// Storage names the storage extension that keeps the cursors. Without one
	// they live in memory and a restart begins at the lookback. Default none.
	Storage configoptional.Optional[component.ID] `mapstructure:"storage"`
	// SeenIncidents is how many revisions, and how many incidents' numbers of
	// comments, are remembered per workspace. Default 50000. When it is too
	// small for the overlap that becomes shorter, which is said; comments of
	// an incident that was forgotten are read once more when it changes.
	SeenIncidents int `mapstructure:"seen_incidents"`
}

// WorkspaceConfig is one workspace.
type WorkspaceConfig struct {
	// ResourceID is the workspace's ARM id. Required.
	ResourceID string `mapstructure:"resource_id"`
	// Name is the user's own word for the workspace in logs and metrics.
	// Default the workspace's name in its resource id, or all of the id where
	// two have the same.
	Name string `mapstructure:"name"`
	// TenantID is the Entra tenant of the workspace. Default the receiver's.
	TenantID string `mapstructure:"tenant_id"`
	// Mode is `arm` (SecurityInsights over Azure Resource Manager) or `auto`,
	// which is the same as long as there is no other; `graph` is refused.
	// Default auto.
	Mode string `mapstructure:"mode"`
	// Credential replaces the receiver's for this workspace.
	Credential azure.CredentialConfig `mapstructure:"credential"`
}

func createDefaultConfig() component.Config {
	return &Config{
		Azure:             azure.NewDefaultConfig(),
		Scope:             scopeLinked,
		PollInterval:      defaultPollInterval,
		RequestsPerMinute: defaultRequestsPerMinute,
		CommentReads:      defaultCommentReads,
		InitialLookback:   defaultLookback,
		Overlap:           defaultOverlap,
		SeenIncidents:     defaultSeen,
	}
}

// place is a workspace as the receiver knows it.
type place struct {
	WorkspaceConfig
	workspace sentinel.Workspace
	tenantID  string
	label     string
}
