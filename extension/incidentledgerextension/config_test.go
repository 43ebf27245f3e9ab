package incidentledgerextension

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

func TestDefaults(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
	cfg, err := load(t, `{}`)
	require.NoError(t, err)
	require.False(t, cfg.Storage.HasValue())
	require.Equal(t, 2*time.Minute, cfg.SettleTime)
	require.Equal(t, 4320*time.Hour, cfg.Retention)
	require.Empty(t, cfg.Server.NetAddr.Endpoint)
	require.Equal(t, reconcile.DefaultPolicy(), cfg.settings().Policy)
	require.Equal(t, 2*time.Minute, cfg.settings().SettleTime)
}

func TestEverySettingIsRead(t *testing.T) {
	cfg, err := load(t, `
storage: file_storage/ledger
direction: to_sentinel
conflict: defender
fields:
  status: {direction: both, conflict: sentinel}
  tags: {direction: "off"}
owners: {Jane@Contoso.com: j.doe@provider.com}
settle_time: 90s
retention: 4320h
endpoint: localhost:1788
write_timeout: 7s
`)
	require.NoError(t, err)
	require.Equal(t, component.MustNewIDWithName("file_storage", "ledger"), *cfg.Storage.Get())
	s := cfg.settings()
	require.Equal(t, reconcile.FieldPolicy{Direction: "both", Conflict: "sentinel"}, s.Policy[incident.FieldStatus])
	require.Equal(t, reconcile.FieldPolicy{Direction: "off", Conflict: "defender"}, s.Policy[incident.FieldTags])
	require.Equal(t, reconcile.FieldPolicy{Direction: "to_sentinel", Conflict: "defender"}, s.Policy[incident.FieldOwner])
	require.Equal(t, incident.Value("j.doe@provider.com"), s.Vocabulary.Owners.Sentinel("jane@contoso.com"))
	require.Equal(t, 90*time.Second, s.SettleTime)
	require.Equal(t, "localhost:1788", cfg.Server.NetAddr.Endpoint)
	require.Equal(t, 7*time.Second, cfg.Server.WriteTimeout)
}

// TestPolicyOfEachField: `direction` says it for all, but never lets a title or
// description into Defender; `fields` may.
func TestPolicyOfEachField(t *testing.T) {
	for _, c := range []struct{ config, status, title string }{
		{`{}`, "both", "to_sentinel"},
		{`direction: both`, "both", "to_sentinel"},
		{`direction: to_sentinel`, "to_sentinel", "to_sentinel"},
		{`direction: to_defender`, "to_defender", "off"},
		{`direction: "off"`, "off", "off"},
		{`{direction: "off", fields: {title: {direction: both}}}`, "off", "both"},
		{`{direction: to_defender, fields: {status: {conflict: defender}}}`, "to_defender", "off"},
	} {
		cfg, err := load(t, c.config)
		require.NoError(t, err, c.config)
		policy := cfg.policy()
		require.Equal(t, reconcile.Direction(c.status), policy[incident.FieldStatus].Direction, c.config)
		require.Equal(t, reconcile.Direction(c.title), policy[incident.FieldTitle].Direction, c.config)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"an unknown field", `fields: {state: {direction: both}}`, `"fields" must name status, verdict, owner, severity, tags, title or description, got "state"`},
		{"an unknown direction", `fields: {status: {direction: forth}}`, `fields::status: "direction" must be both, to_sentinel, to_defender or off, got "forth"`},
		{"an unknown conflict", `fields: {tags: {conflict: union}}`, `fields::tags: "conflict" must be latest, defender or sentinel, got "union"`},
		{"an unknown direction of all", `direction: ""`, `"direction" must be both, to_sentinel, to_defender or off, got ""`},
		{"an unknown conflict of all", `conflict: newest`, `"conflict" must be latest, defender or sentinel, got "newest"`},
		{"an unknown key of a field", `fields: {status: {winner: defender}}`, `has invalid keys: winner`},
		{"two owners that are one", `owners: {jane@contoso.com: j@provider.com, jim@fabrikam.com: J@provider.com}`, `"owners" must not map two owners to one`},
		{"an owner twice", `owners: {jane@contoso.com: a@p.com, JANE@contoso.com: b@p.com}`, `"owners" must name an owner once, in whatever case, got "JANE@contoso.com" and "jane@contoso.com"`},
		{"an owner who is nobody", `owners: {jane@contoso.com: " "}`, `"owners" must not hold an empty name`},
		{"no time to settle", `settle_time: 10ms`, `"settle_time" must be at least 1s, got 10ms`},
		{"a short memory", `retention: 1h`, `"retention" must be 0 or at least 24h0m0s, got 1h0m0s`},
		{"a negative memory", `retention: -1h`, `"retention" must be 0 or`},
		{"days, which Go's durations do not know", `retention: 180d`, `unknown unit`},
		{"an endpoint for everybody", `endpoint: 0.0.0.0:1788`, `"endpoint" must be on loopback unless "auth" is set, since it shows people's names and approves closings, got "0.0.0.0:1788"`},
		{"an endpoint of a name", `endpoint: collector.example:1788`, `"endpoint" must be on loopback`},
		{"an endpoint of every address", `endpoint: ":1788"`, `"endpoint" must be on loopback`},
		{"an endpoint for other origins", `{endpoint: "localhost:1788", cors: {allowed_origins: ["*"]}}`, `"cors" must not be set`},
		{"an unknown key", `retain: 1h`, `has invalid keys: retain`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, c.config)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := load(t, `
conflict: newest
fields: {state: {}, status: {direction: back, conflict: oldest}}
owners: {a@c.com: x@p.com, b@c.com: x@p.com, c@c.com: ""}
settle_time: 0s
retention: 1s
endpoint: 10.0.0.1:1
cors: {allowed_origins: [a]}
`)
	for _, want := range []string{`got "newest"`, `"fields"`, `got "back"`, `got "oldest"`, "two owners", "empty name", "settle_time", "retention", "endpoint", "cors"} {
		require.ErrorContains(t, err, want)
	}
}

func TestWhatIsAllowed(t *testing.T) {
	for _, config := range []string{
		`retention: 0s`,
		`endpoint: 127.0.0.1:1788`,
		`endpoint: "[::1]:1788"`,
		`endpoint: LOCALHOST:1788`,
		`{endpoint: /run/ledger.sock, transport: unix}`,
		`{endpoint: "0.0.0.0:1788", auth: {authenticator: basicauth}}`,
		// Nothing is read backwards.
		`{owners: {a@c.com: x@p.com, b@d.com: x@p.com}, fields: {owner: {direction: to_sentinel}}}`,
		`{owners: {a@c.com: x@p.com, b@d.com: x@p.com}, direction: to_sentinel}`,
	} {
		_, err := load(t, config)
		require.NoError(t, err, config)
	}
}

func TestWhatItStartsAfter(t *testing.T) {
	r := newRig(t, `{storage: memory_storage, endpoint: "localhost:0", auth: {authenticator: basicauth}}`, nil)
	require.Equal(t, []component.ID{storageID, component.MustNewID("basicauth")}, r.Dependencies())
	require.Empty(t, newRig(t, `{}`, nil).Dependencies())
}
