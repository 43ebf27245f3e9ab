//go:build e2e

package sim

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
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
		"SENTINEL_TENANT_ID=00000000-0000-4000-8000-000000000002", "DEFENDER_CERTIFICATE_FILE=" + certificate,
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
			cmd := exec.Command(filepath.Join(root, "dist", "otelcol-defender"), "validate", "--config", file)
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
	for _, want := range []string{"Summary", "Custom-DefenderIncident", "Custom-DefenderAlert", "p99"} {
		require.Contains(t, string(out), want)
	}
	t.Logf("%s", out)
}
