//go:build e2e

package sim

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
)

// credentials writes the files that the configurations name and returns the
// environment that fills their gaps.
func credentials(t *testing.T, dir, ingestion string) []string {
	t.Helper()
	secret, certificate := filepath.Join(dir, "secret"), filepath.Join(dir, "certificate.pem")
	require.NoError(t, os.WriteFile(secret, []byte("emulator\n"), 0o600))
	require.NoError(t, os.WriteFile(certificate, selfSigned(t), 0o600))
	env := []string{
		"AZEMULATOR_STATE=" + filepath.Join(dir, "azemulator"), "COLLECTOR_STATE=" + filepath.Join(dir, "collector"),
		"DEFENDER_TENANT_ID=" + tenant, "CONTOSO_TENANT_ID=" + tenant,
		"FABRIKAM_TENANT_ID=00000000-0000-4000-8000-00000000000a", "NORTHWIND_TENANT_ID=00000000-0000-4000-8000-00000000000b",
		"SENTINEL_TENANT_ID=00000000-0000-4000-8000-000000000002",
		"SENTINEL_WORKSPACE=/subscriptions/00000000-0000-4000-8000-0000000000aa/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/soc",
		"DEFENDER_CERTIFICATE_FILE=" + certificate,
	}
	for _, app := range []string{"DEFENDER", "SENTINEL", "NORTHWIND"} {
		env = append(env, app+"_CLIENT_ID=00000000-0000-4000-8000-00000000c11e", app+"_SECRET_FILE="+secret)
	}
	for _, rule := range []string{"", "CONTOSO_", "SHARED_"} {
		env = append(env, rule+"DCR_ENDPOINT="+ingestion, rule+"DCR_IMMUTABLE_ID="+dcr)
	}
	return env
}

func selfSigned(t *testing.T) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048) // Entra takes no other kind
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "app"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
}

func TestEveryConfigIsValid(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "config", "*.yaml"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 8)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			endpoint := "https://dce-1.westeurope-1.ingest.monitor.azure.com"
			if filepath.Base(file) == "us-government.yaml" {
				endpoint = "https://dce-1.usgovvirginia-1.ingest.monitor.azure.us"
			}
			args := []string{"validate", "--config", file}
			if filepath.Base(file) == "self-telemetry.yaml" { // lies over another
				args = []string{"validate", "--config", filepath.Join(root, "config", "single-tenant.yaml"), "--config", file}
			}
			cmd := exec.Command(filepath.Join(root, "dist", "otelcol-defender"), args...)
			cmd.Env = append(os.Environ(), credentials(t, t.TempDir(), endpoint)...)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
}

// emulated is laid over a configuration for Azure: the same components, with
// the emulator for a cloud and quick polls.
func (p *programs) emulated(receiver, exporter bool) string {
	p.t.Helper()
	azure := fmt.Sprintf("{cloud: custom, hosts: {login: 'https://%[1]s', graph: 'https://%[1]s', arm: 'https://%[1]s', ingestion: 'https://%[1]s'}, http: {tls: {ca_file: %[2]s}}",
		p.listen, p.path("azemulator/ca.pem"))
	overlay := "extensions: {health_check: {endpoint: '" + p.health + "'}}\n"
	if receiver {
		overlay += "receivers: {defender: " + azure + ", poll_interval: 1s, requests_per_minute: 0, initial_lookback: 87600h, overlap: 87600h}}\n"
	}
	if exporter {
		overlay += "exporters: {sentinel: " + azure + "}}\n"
	}
	file := p.path(fmt.Sprintf("overlay-%t-%t.yaml", receiver, exporter))
	require.NoError(p.t, os.WriteFile(file, []byte(overlay), 0o600))
	return file
}

func (p *programs) shipped(config, overlay string, env ...string) *exec.Cmd {
	p.t.Helper()
	file, err := filepath.Abs(filepath.Join(root, "config", config))
	require.NoError(p.t, err)
	return p.run("otelcol-defender", append(credentials(p.t, p.dir, "https://"+p.listen), env...),
		"--config", file, "--config", overlay, "--config", noMetrics)
}

func TestConfigsRunAgainstTheEmulator(t *testing.T) {
	for _, config := range []string{"single-tenant.yaml", "us-government.yaml", "many-tenants.yaml", "filter-and-redact.yaml"} {
		t.Run(config, func(t *testing.T) {
			p := newPrograms(t, "--scenario", "none")
			p.call(http.MethodPut, "/control/defender/incidents", []byte(distinct))
			collector := p.shipped(config, p.emulated(true, true))
			p.eventually(40*time.Second, "an incident and an alert have a row", func() bool {
				return len(p.rows("Custom-DefenderIncident")) == 1 && len(p.rows("Custom-DefenderAlert")) == 1
			})
			if config == "filter-and-redact.yaml" {
				require.NotContains(t, fmt.Sprint(p.rows("Custom-DefenderIncident")), "owner@contoso.com")
			}
			p.interrupt(collector)
		})
	}
}

// The template, deployed with the parameters that ship for it, takes what the
// configuration makes of a row: nothing is dropped on the way.
func TestColumnsOfOnesOwn(t *testing.T) {
	azure, err := filepath.Abs(filepath.Join(root, "deploy", "azure"))
	require.NoError(t, err)
	p := newPrograms(t, "--scenario", "none", "--dcr", filepath.Join(azure, "azuredeploy.json"), "--dcr-parameters", filepath.Join(azure, "own-columns.parameters.json"))
	p.call(http.MethodPut, "/control/defender/incidents", []byte(strings.Replace(distinct, "severityOfTomorrow", "high", 1)))
	collector := p.shipped("own-columns.yaml", p.emulated(true, true), "CUSTOMER_CODE=C-1234")
	p.eventually(40*time.Second, "an incident and its alert have rows", func() bool {
		return len(p.rows("Custom-DefenderIncident")) == 1 && len(p.rows("Custom-DefenderAlert")) == 1 && len(p.rows("Custom-DefenderEntity")) == 1
	})
	p.interrupt(collector)
	row := p.rows("Custom-DefenderIncident")[0]
	require.Equal(t, "C-1234", row["CustomerCode"], "added")
	require.Equal(t, true, row["Escalated"], "added")
	require.Equal(t, "owner@contoso.com", row["Analyst"], "renamed")
	for _, dropped := range []string{"AssignedTo", "Description", "Summary"} {
		require.NotContains(t, row, dropped)
	}
	incident := incidentsOf(t, strings.Replace(distinct, "severityOfTomorrow", "high", 1))[0]
	delete(incident, "alerts")
	require.Equal(t, incident, row["Original"], "to the digit")
	require.Equal(t, json.Number("42"), row["PriorityScore"])
	require.Equal(t, []any{"xx1"}, row["AlertIds"])
	require.Equal(t, tenant, row["SourceTenantId"])
	require.NotEmpty(t, row["RecordUid"])
	p.dropsNothing()
}

// dropsNothing checks that every value of every accepted row fitted.
func (p *programs) dropsNothing() {
	p.t.Helper()
	var streams []struct {
		Name    string                     `json:"name"`
		Dropped map[string]json.RawMessage `json:"dropped"`
	}
	require.NoError(p.t, json.Unmarshal(p.call(http.MethodGet, "/control/streams", nil), &streams))
	require.NotEmpty(p.t, streams)
	for _, s := range streams {
		for _, fault := range []string{"undeclared", "mismatched", "truncated"} {
			require.JSONEq(p.t, "{}", string(s.Dropped[fault]), "%s, %s", s.Name, fault)
		}
	}
}

// The collector's own warnings become rows under the names that the shipped
// rule and the workbook read.
func TestTheCollectorsOwnLogBecomesRows(t *testing.T) {
	p := newPrograms(t, "--scenario", "none", "--faults", p403(t))
	self, err := filepath.Abs(filepath.Join(root, "config", "self-telemetry.yaml"))
	require.NoError(t, err)
	file, err := filepath.Abs(filepath.Join(root, "config", "single-tenant.yaml"))
	require.NoError(t, err)
	collector := p.run("otelcol-defender", append(credentials(t, p.dir, "https://"+p.listen), "SELF_TELEMETRY_ENDPOINT="+freeAddress(t)),
		"--config", file, "--config", self, "--config", p.emulated(true, true), "--config", noMetrics)
	p.eventually(60*time.Second, "a warning of the tenant is a row", func() bool {
		for _, row := range p.rows("Microsoft-OTelLogs") {
			attributes, _ := row["Attributes"].(map[string]any)
			level, _ := row["SeverityNumber"].(json.Number)
			if n, _ := level.Int64(); n >= 13 && row["ServiceName"] == "otelcol-defender" && attributes["tenant"] != nil && attributes["remedy"] != nil {
				return true
			}
		}
		return false
	})
	p.interrupt(collector)
	p.dropsNothing()
}

// p403 is a fault plan under which Graph refuses every list.
func p403(t *testing.T) string {
	t.Helper()
	plan := filepath.Join(t.TempDir(), "plan.json")
	require.NoError(t, os.WriteFile(plan, []byte(`{"faults":[{"kind":"status","status":403,"service":"graph"}]}`), 0o600))
	return plan
}

func TestTwoTiersOverKafka(t *testing.T) {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "defender"))
	require.NoError(t, err)
	defer broker.Close()
	kafka := "KAFKA_BROKER=" + broker.ListenAddrs()[0]

	p := newPrograms(t, "--scenario", "none")
	p.call(http.MethodPut, "/control/defender/incidents", []byte(distinct))
	p.call(http.MethodPut, "/control/defender/incidents", []byte(bigAlert()))
	edge := p.shipped("kafka-edge.yaml", p.emulated(true, false), kafka)
	p.health = freeAddress(t)
	hub := p.shipped("kafka-hub.yaml", p.emulated(false, true), kafka)
	incident := incidentsOf(t, distinct)[0]
	alert := incident["alerts"].([]any)[0].(map[string]any)
	delete(incident, "alerts")
	p.comesOutWhole("Custom-DefenderIncident", "IncidentId", incident)
	p.comesOutWhole("Custom-DefenderAlert", "AlertId", alert)
	p.comesOutWhole("Custom-DefenderAlert", "AlertId", incidentsOf(t, bigAlert())[0]["alerts"].([]any)[0].(map[string]any))
	p.interrupt(edge)
	p.interrupt(hub)
}

func TestTheDeadLetterIsReplayed(t *testing.T) {
	p := newPrograms(t, "--scenario", "none")
	p.call(http.MethodPut, "/control/defender/incidents", []byte(distinct))
	lost := p.collector(p.quickstart("      - rules:", "      - tenants: [somebody else]\n        rules:"))
	letters := p.path("collector/dead-letter")
	p.eventually(30*time.Second, "both records are given up", func() bool {
		files, _ := filepath.Glob(filepath.Join(letters, "*.ndjson"))
		lines := 0
		for _, file := range files {
			text, _ := os.ReadFile(file)
			lines += bytes.Count(text, []byte("\n"))
		}
		return lines == 2
	})
	p.interrupt(lost)
	require.Empty(t, p.rows("Custom-DefenderIncident"), "never to somebody else's workspace")

	azure := strings.Replace(p.text(p.emulated(false, true)), "extensions: {health_check: {endpoint: '"+p.health+"'}}\n", "", 1)
	overlay := p.path("replay.yaml")
	require.NoError(t, os.WriteFile(overlay, []byte(azure), 0o600))
	replay := p.shipped("replay-dead-letter.yaml", overlay, "DEAD_LETTER_DIRECTORY="+letters, "COLLECTOR_STATE="+p.path("replay"))
	incident := incidentsOf(t, distinct)[0]
	alert := incident["alerts"].([]any)[0].(map[string]any)
	delete(incident, "alerts")
	p.comesOutWhole("Custom-DefenderIncident", "IncidentId", incident)
	p.comesOutWhole("Custom-DefenderAlert", "AlertId", alert)
	p.interrupt(replay)
}

func (p *programs) text(file string) string {
	p.t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(p.t, err)
	return string(text)
}

func TestTheQuickstartSumsUp(t *testing.T) {
	dir, err := filepath.Abs(root)
	require.NoError(t, err)
	cmd := exec.Command("make", "run", "FOR=10s")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, want := range []string{"0 missing", "Custom-DefenderIncident", "Custom-DefenderAlert", "p99", "Both sides agree on"} {
		require.Contains(t, string(out), want)
	}
	t.Logf("%s", out)
}
