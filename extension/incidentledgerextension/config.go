package incidentledgerextension

import (
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

const (
	// defaultSettleTime is how stale the services' answers are taken to be
	// (assumption W5 of the sync): Graph shows a PATCH late, by an unknown time.
	defaultSettleTime = 2 * time.Minute
	// readTimeout bounds how long a request may take to arrive: it is tiny.
	readTimeout = 10 * time.Second
	// defaultRetention is as far back as Defender shows incidents.
	// Source: Microsoft Defender XDR, data retention, read 2026-11.
	defaultRetention = 180 * 24 * time.Hour
)

// Config is the `incident_ledger` extension as the user writes it.
type Config struct {
	// Storage names the storage extension that keeps the ledger. Without one it
	// lives in memory, and a restart begins as after its loss. Default: in
	// memory.
	Storage configoptional.Optional[component.ID] `mapstructure:"storage"`
	// Direction is which way edits are carried, of every field that `fields`
	// does not say otherwise of: `both`, `to_sentinel`, `to_defender` or `off`.
	// Title and description only ever take of it what goes to Sentinel.
	// Default: both.
	Direction reconcile.Direction `mapstructure:"direction"`
	// Conflict is whose value stands where both sides were edited differently,
	// of every field that `fields` does not say otherwise of: `latest`,
	// `defender` or `sentinel`. Default: latest.
	Conflict reconcile.Conflict `mapstructure:"conflict"`
	// Fields says so for one field: status, verdict, owner, severity, tags,
	// title or description. Default: none.
	Fields map[string]FieldConfig `mapstructure:"fields"`
	// Owners maps who an owner in Defender is in Sentinel, by principal name, in
	// any case. Two of Defender's must not map to one while edits of the owner
	// go to Defender. Default: everybody keeps the name.
	Owners map[string]string `mapstructure:"owners"`
	// SettleTime is how stale the services' answers may be: what was written is
	// trusted once it was read that long after. At least 1s. Default: 2m.
	SettleTime time.Duration `mapstructure:"settle_time"`
	// Retention is how long an incident that is closed on both sides is
	// remembered. 0 = for ever, else at least 24h. Default: 4320h (180 days).
	Retention time.Duration `mapstructure:"retention"`
	// Server is the endpoint that explains: the keys of confighttp's server,
	// `endpoint` among them. It shows values, people's names among them, and
	// approves held closings, so beyond loopback it needs `auth`. Default: no
	// endpoint.
	Server confighttp.ServerConfig `mapstructure:",squash"`
}

// FieldConfig is how one field is kept in step.
type FieldConfig struct {
	// Direction is which way its edits are carried. Default: the extension's;
	// of title and description to_sentinel.
	Direction reconcile.Direction `mapstructure:"direction"`
	// Conflict is whose value stands. Default: the extension's.
	Conflict reconcile.Conflict `mapstructure:"conflict"`
}

func createDefaultConfig() component.Config {
	server := confighttp.NewDefaultServerConfig()
	server.NetAddr.Endpoint = "" // off
	server.ReadTimeout, server.ReadHeaderTimeout = readTimeout, readTimeout
	server.MaxRequestBodySize = approveBytesMax
	return &Config{
		Direction:  reconcile.DirectionBoth,
		Conflict:   reconcile.ConflictLatest,
		SettleTime: defaultSettleTime,
		Retention:  defaultRetention,
		Server:     server,
	}
}
