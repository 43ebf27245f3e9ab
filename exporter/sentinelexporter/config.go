package sentinelexporter

import (
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// The two ways to count Azure's limit of 1 MB a request.
const (
	limitUncompressed = "uncompressed"
	limitCompressed   = "compressed"
)

const (
	// defaultTimeout is for a batch that makes several requests of 1 MB over
	// a slow line; exporterhelper's 5s is for one.
	defaultTimeout = 30 * time.Second
	// defaultMaxSizeMiB holds weeks of what is ordinarily refused.
	defaultMaxSizeMiB = 1024
)

// Config is the `sentinel` exporter as the user writes it.
type Config struct {
	// Azure says which cloud, whose token and over what connection: the keys
	// cloud, hosts, credential, auth and http.
	Azure azure.Config `mapstructure:",squash"`
	// TenantID is the Entra tenant of the workspaces and their DCRs, which
	// the token is asked from; not the tenant whose incidents are sent.
	// Default: the credential's own tenant, where it has one.
	TenantID string `mapstructure:"tenant_id"`
	// Destinations lists the workspaces, each with the tenants whose records
	// it takes. A record goes to the destination that lists its tenant's id,
	// else to the one that lists its name, else to the one without tenants,
	// else to the dead letter: never to somebody else's workspace. Required.
	Destinations []DestinationConfig `mapstructure:"destinations"`
	// Streams says where records of other pipelines go. The first entry that
	// matches takes the record, before the tables of its Defender kind and
	// before default_stream; records of Defender kinds need no entry.
	// Default: none.
	Streams []StreamConfig `mapstructure:"streams"`
	// DefaultStream takes the records that are of no Defender kind and match
	// no entry of streams, one row each in the columns of OTelLogs. Empty =
	// dead letter. Default: Microsoft-OTelLogs.
	DefaultStream string `mapstructure:"default_stream"`
	// LimitAppliesTo says how Azure's limit of 1 MB a request is counted:
	// `uncompressed` (1,000,000 bytes of JSON) or `compressed` (1 MiB on the
	// wire, 50 MiB of JSON inside), which sends far fewer requests where the
	// service allows it. Default: uncompressed.
	// Source: Azure Monitor service limits, Logs Ingestion API, read 2026-11;
	// the page does not say which, Azure's own clients count uncompressed.
	LimitAppliesTo string `mapstructure:"limit_applies_to"`
	// DeadLetter keeps on disk what Azure will never take.
	DeadLetter DeadLetterConfig `mapstructure:"dead_letter"`
	// Queue is exporterhelper's sending queue. Give it a storage: without one
	// a crash loses what is queued. All destinations share it, and a batch
	// that waits for its destination holds one of num_consumers: where one
	// workspace's trouble must not delay another's rows, give each an
	// exporter of its own behind the routing connector. Default:
	// exporterhelper's, in memory.
	Queue configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	// Retry is exporterhelper's retry. Default: exporterhelper's, but
	// max_elapsed_time 0: never give up by the clock. Any other value drops
	// what could not be sent in that time, without a dead letter.
	Retry configretry.BackOffConfig `mapstructure:"retry_on_failure"`
	// Timeout bounds one attempt to send a batch, all its requests together;
	// what was accepted until then is not sent again. Default: timeout 30s.
	Timeout exporterhelper.TimeoutConfig `mapstructure:",squash"`
}

// DestinationConfig is one workspace and whose records it takes.
type DestinationConfig struct {
	// Tenants lists tenant ids (GUIDs) and names as given in the receiver.
	// Names are compared letter by letter, ids in any case. Omitted = every
	// tenant that no other destination lists, and records without a tenant;
	// at most one destination may omit it, the last.
	Tenants []string `mapstructure:"tenants"`
	// Rules lists the data collection rules that lead to the workspace.
	// Required. A DCR takes at most ten streams, so hunting tables need
	// several.
	Rules []RuleConfig `mapstructure:"rules"`
	// TenantID is the Entra tenant of this workspace. Default: the exporter's.
	TenantID string `mapstructure:"tenant_id"`
	// Credential replaces the exporter's for this workspace. Default: the
	// exporter's.
	Credential azure.CredentialConfig `mapstructure:"credential"`
}

// RuleConfig is one data collection rule (DCR).
type RuleConfig struct {
	// Endpoint is the DCR's logs ingestion endpoint, or that of its data
	// collection endpoint: https://<name>.<region>-1.ingest.monitor.azure.com
	// (.us and .cn in the other clouds). Required.
	Endpoint string `mapstructure:"endpoint"`
	// ImmutableID is the DCR's immutable id: dcr- and 32 hexadecimal digits.
	// It is not the DCR's name nor its resource id. Required.
	ImmutableID string `mapstructure:"immutable_id"`
	// Streams lists the input streams that the DCR declares, at most ten.
	// Required. Custom-DefenderOriginal must be among a destination's streams
	// when Custom-DefenderIncident or Custom-DefenderAlert is. Of the streams
	// of incidents, alerts and entities those left out are not written, which
	// is said at start and counted; records of any other stream left out go
	// to the dead letter.
	// Source: Azure Monitor service limits, data collection rules, read 2026-11.
	Streams []string `mapstructure:"streams"`
	// AuxiliaryStreams are those of streams whose table has the Auxiliary
	// plan: their requests never span more than 30 minutes. Default: none.
	// Source: Azure Monitor, Auxiliary plan, ingestion errors, read 2026-11.
	AuxiliaryStreams []string `mapstructure:"auxiliary_streams"`
}

// StreamConfig sends records of other pipelines to a stream.
type StreamConfig struct {
	// EventName is the EventName of the records. One of event_name and
	// attribute is required.
	EventName string `mapstructure:"event_name"`
	// Attribute is a record or resource attribute of the records.
	Attribute configoptional.Optional[AttributeConfig] `mapstructure:"attribute"`
	// Stream is the DCR's input stream. Required; a rule must list it.
	Stream string `mapstructure:"stream"`
	// Row is what a row is made of: `original` (the record as the columns of
	// Defender tables name it: time, uid, tenant and the whole body in
	// Original), `body` (the body's members are the columns) or `otel` (the
	// columns of OTelLogs). Default: body.
	Row string `mapstructure:"row"`
}

// AttributeConfig matches an attribute.
type AttributeConfig struct {
	// Key of the attribute. Required.
	Key string `mapstructure:"key"`
	// Value that the attribute must have, as text. Default: any.
	Value configoptional.Optional[string] `mapstructure:"value"`
}

// DeadLetterConfig says where records go that Azure will never take.
type DeadLetterConfig struct {
	// Directory gets the files, made with mode 0700, files 0600. The records
	// hold what the tenant's incidents hold: protect it alike. Empty = given
	// up records are counted by reason and lost. Default: empty.
	Directory string `mapstructure:"directory"`
	// MaxSizeMiB caps all dead-letter files of the directory together, in
	// MiB. Once reached, what is given up is counted and lost. Default: 1024.
	MaxSizeMiB int `mapstructure:"max_size_mib"`
	// Replay sends the record in each dead-letter line that a filelog
	// receiver marked, instead of the line. For the replay config only: who
	// may send such lines may name any tenant. Default: false.
	Replay bool `mapstructure:"replay"`
}

func createDefaultConfig() component.Config {
	retry := configretry.NewDefaultBackOffConfig()
	// Azure's outages last longer than five minutes, and what may be given up
	// is decided by the class of the error, not by the clock.
	retry.MaxElapsedTime = 0
	timeout := exporterhelper.NewDefaultTimeoutConfig()
	timeout.Timeout = defaultTimeout
	return &Config{
		Azure:          azure.NewDefaultConfig(),
		DefaultStream:  schema.StreamOTelLogs,
		LimitAppliesTo: limitUncompressed,
		DeadLetter:     DeadLetterConfig{MaxSizeMiB: defaultMaxSizeMiB},
		Queue:          configoptional.Some(exporterhelper.NewDefaultQueueConfig()),
		Retry:          retry,
		Timeout:        timeout,
	}
}
