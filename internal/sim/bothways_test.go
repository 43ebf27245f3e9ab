//go:build e2e

package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/tally"
)

// bothWays writes config/both-ways.yaml for ports of this test and returns its
// path.
func (p *programs) bothWays() string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "config", "both-ways.yaml"))
	require.NoError(p.t, err)
	config := strings.NewReplacer("127.0.0.1:18443", p.listen, "127.0.0.1:1788", freeAddress(p.t),
		"port: 18888", "port: "+port(freeAddress(p.t))).Replace(string(text))
	require.NoError(p.t, os.WriteFile(p.path("both-ways.yaml"), []byte(config), 0o600))
	return p.path("both-ways.yaml")
}

func port(address string) string { return address[strings.LastIndex(address, ":")+1:] }

// What `make run` runs, for half a minute of people on both sides: it ends by
// itself, both sides agree, and nothing was written for nothing.
func TestBothWaysEndsInAgreement(t *testing.T) {
	p := &programs{t: t, dir: t.TempDir(), listen: freeAddress(t), control: freeAddress(t)}
	program, err := filepath.Abs(filepath.Join(root, "dist", "quickstart"))
	require.NoError(t, err)
	cmd := exec.Command(program, "-for", "30s", "-config", p.bothWays(), "-listen", p.listen, "-control", p.control,
		"-dist", filepath.Dir(program), "-state", p.path("state"))
	started := time.Now()
	out, err := cmd.CombinedOutput()
	said := string(out)
	if err != nil {
		collector, _ := os.ReadFile(p.path("state/collector.log"))
		t.Logf("the collector said at last:\n%s", collector[max(0, len(collector)-4000):])
	}
	require.NoError(t, err, said)
	require.Less(t, time.Since(started), 2*time.Minute)
	require.Contains(t, said, "Both sides agree on ")
	for _, row := range []string{"new incidents", "status", "owner", "tags", "comments", "alerts"} {
		require.Regexp(t, `(?m)^    `+row+` `, said)
	}
	require.Regexp(t, `(?m)^  echoes +0 +0 `, said, "something was written for nothing")
	t.Log(said[strings.Index(said, "\nRows"):])
}

// A kill -9 in the midst of it, with writes under way, loses no edit for good
// and doubles no comment.
func TestBothWaysOutlivesAKill(t *testing.T) {
	p := newPrograms(t, "--scenario", "both-ways", "--rule-delay", "1s", "--arm-limits=false")
	config := p.bothWays()
	life := tally.NewLife(tally.People{
		"r.medina@contoso.com": "alex.reed@provider.com", "s.ekberg@contoso.com": "kim.sato@provider.com", "t.quinn@contoso.com": "noor.aziz@provider.com",
	})
	killed := 0
	collector := p.collector(config)
	for range 3 {
		p.eventually(60*time.Second, "the collector writes both ways", func() bool {
			p.follow(life)
			wrote := life.Report().Wrote[2]
			return wrote[tally.Defender] > 5*killed+3 && wrote[tally.Sentinel] > 20*killed+20
		})
		p.kill(collector)
		killed++
		collector = p.collector(config)
	}
	p.call(http.MethodPost, "/control/scenario", []byte(`{"paused":true}`))
	var agreement tally.Agreement
	p.eventually(90*time.Second, "both sides agree", func() bool {
		p.follow(life)
		if len(life.Behind()) > 0 {
			return false
		}
		agreement = life.Compare(tenant, p.queue("defender"), p.queue("sentinel"))
		return len(agreement.Differ()) == 0
	})
	p.interrupt(collector)
	require.Greater(t, agreement.Agree, 5)
	t.Logf("%d of %d incidents agree after %d kills; findings %v; echoes %v", agreement.Agree, agreement.Incidents, killed, agreement.Findings, life.Report().Echoes)
}

// follow takes the writes that came since.
func (p *programs) follow(life *tally.Life) {
	p.t.Helper()
	var writes []tally.Write
	require.NoError(p.t, json.Unmarshal(p.call(http.MethodGet, fmt.Sprintf("/control/writes?since=%d", life.Last), nil), &writes))
	for _, w := range writes {
		life.Add(w)
	}
}

func (p *programs) queue(side string) []json.RawMessage {
	p.t.Helper()
	var answer struct {
		Value []json.RawMessage `json:"value"`
	}
	require.NoError(p.t, json.Unmarshal(p.call(http.MethodGet, "/control/"+side+"/incidents", nil), &answer))
	return answer.Value
}
