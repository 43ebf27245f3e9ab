//go:build e2e

package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// programs are the built emulator and a built collector on ports of their own.
type programs struct {
	t        *testing.T
	dir      string
	listen   string // the emulator's services, host and port
	control  string // the emulator's control interface, as a URL
	health   string // host and port of the collector's health check, where its config has one
	emulator *exec.Cmd
	client   http.Client
}

const root = "../.."

func newPrograms(t *testing.T, emulatorFlags ...string) *programs {
	t.Helper()
	p := &programs{t: t, dir: t.TempDir(), listen: freeAddress(t), control: freeAddress(t), health: freeAddress(t)}
	p.client.Timeout = time.Minute
	p.emulator = p.run("azemulator", nil, append([]string{
		"--listen", p.listen, "--control", p.control, "--state-dir", p.path("azemulator"),
	}, emulatorFlags...)...)
	p.control = "http://" + p.control
	p.eventually(20*time.Second, "the emulator answers", func() bool {
		resp, err := p.client.Get(p.control + "/control/health")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil && resp.StatusCode == http.StatusOK
	})
	return p
}

func (p *programs) path(name string) string { return filepath.Join(p.dir, name) }

// run starts a built program, with its output in a log that is shown when the
// test fails, and ends it with the test.
func (p *programs) run(name string, env []string, args ...string) *exec.Cmd {
	p.t.Helper()
	program, err := filepath.Abs(filepath.Join(root, "dist", name))
	require.NoError(p.t, err)
	log, err := os.OpenFile(p.path(name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(p.t, err)
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, log, log
	cmd.Env = append(os.Environ(), env...)
	require.NoError(p.t, cmd.Start(), "make build makes it")
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		log.Close()
		if p.t.Failed() {
			text, _ := os.ReadFile(p.path(name + ".log"))
			p.t.Logf("%s said at last:\n%s", name, text[max(0, len(text)-4000):])
		}
	})
	return cmd
}

// interrupt ends a program as Ctrl-C does.
func (p *programs) interrupt(cmd *exec.Cmd) {
	p.t.Helper()
	require.NoError(p.t, cmd.Process.Signal(os.Interrupt))
	require.NoError(p.t, cmd.Wait())
}

// kill ends a program as kill -9 does.
func (p *programs) kill(cmd *exec.Cmd) {
	p.t.Helper()
	require.NoError(p.t, cmd.Process.Signal(syscall.SIGKILL))
	_ = cmd.Wait()
}

// quickstart writes config/quickstart.yaml for this emulator's port, with the
// replacements made in it, and returns its path.
func (p *programs) quickstart(replacements ...string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "config", "quickstart.yaml"))
	require.NoError(p.t, err)
	config := strings.NewReplacer(append([]string{"127.0.0.1:18443", p.listen}, replacements...)...).Replace(string(text))
	require.NoError(p.t, os.WriteFile(p.path("quickstart.yaml"), []byte(config), 0o600))
	return p.path("quickstart.yaml")
}

// noMetrics keeps collectors of several tests off each other's metrics port.
const noMetrics = "yaml:service::telemetry::metrics::level: none"

func (p *programs) collector(config string, env ...string) *exec.Cmd {
	p.t.Helper()
	return p.run("otelcol-defender", append([]string{
		"AZEMULATOR_STATE=" + p.path("azemulator"), "COLLECTOR_STATE=" + p.path("collector"),
	}, env...), "--config", config, "--config", noMetrics)
}

func (p *programs) call(method, path string, body []byte) []byte {
	p.t.Helper()
	req, err := http.NewRequest(method, p.control+path, bytes.NewReader(body))
	require.NoError(p.t, err)
	resp, err := p.client.Do(req)
	require.NoError(p.t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	require.Equal(p.t, 2, resp.StatusCode/100, "%s %s: %s", method, path, answer)
	return answer
}

// rows returns the accepted rows of a stream with their numbers as written.
func (p *programs) rows(stream string) []map[string]any {
	p.t.Helper()
	dec := json.NewDecoder(bytes.NewReader(p.call(http.MethodGet, "/control/rows?stream="+stream, nil)))
	dec.UseNumber()
	var rows []map[string]any
	for dec.More() {
		var row map[string]any
		require.NoError(p.t, dec.Decode(&row))
		rows = append(rows, row)
	}
	return rows
}

// report is what the tests read of the emulator's summary.
type report struct {
	Incidents                  int `json:"incidents"`
	Alerts                     int `json:"alerts"`
	UnwrittenIncidentRevisions int `json:"unwritten_incident_revisions"`
	UnwrittenAlertRevisions    int `json:"unwritten_alert_revisions"`
	DuplicateRows              int `json:"duplicate_rows"`
	Lag                        struct {
		Count int     `json:"count"`
		P50   float64 `json:"p50_ms"`
		P99   float64 `json:"p99_ms"`
		Max   float64 `json:"max_ms"`
	} `json:"lag"`
	Faults map[string]int `json:"faults"`
}

func (r report) unwritten() int { return r.UnwrittenIncidentRevisions + r.UnwrittenAlertRevisions }

func (p *programs) summary() (r report) {
	p.t.Helper()
	require.NoError(p.t, json.Unmarshal(p.call(http.MethodGet, "/control/summary", nil), &r))
	return r
}

// eventually waits for what other processes do; there is no clock but the
// wall's between programs.
func (p *programs) eventually(limit time.Duration, what string, is func() bool) {
	p.t.Helper()
	require.Eventually(p.t, is, limit, 50*time.Millisecond, "within %s: %s", limit, what)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return fmt.Sprint(l.Addr())
}
