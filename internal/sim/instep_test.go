package sim

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/tally"
)

// poll is the shipped poll interval.
const poll = 15 * time.Second

// inBubble makes a pair that plays the shipped settings in virtual time.
func inBubble(t *testing.T, settings emulator.Settings, do func(*player)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p, err := newPair(t, settings, poll, "latest")
		require.NoError(t, err)
		do(&player{pair: p, stories: map[int]map[string]any{}})
		if p.living != nil {
			require.NoError(t, p.stop())
		}
	})
}

// open lets the service open incidents 1 to n at once.
func (p *player) open(n int) {
	for i := 1; i <= n; i++ {
		p.act(act{Do: deedOpen, N: i})
	}
}

// requireInStep waits until nothing is written any more and holds the end
// against the laws.
func (p *player) requireInStep() {
	p.t.Helper()
	require.True(p.t, p.calmDown(), "quiet within %s", calmLimit)
	require.Empty(p.t, p.judge().broken)
}

// TestSoakQuietForADay links incidents, 1,000 under SOAK, and lets a day pass:
// resyncs every six hours read everything again, and nothing is written.
func TestSoakQuietForADay(t *testing.T) {
	n := 100
	switch {
	case os.Getenv("SOAK") != "":
		n = 1_000
	case testing.Short():
		n = 10
	}
	inBubble(t, emulator.Settings{Rows: emulator.RowsCount, LooseARMLimits: true}, func(p *player) {
		p.settings = map[string]map[string]any{"sentinel_incident": {"budget": map[string]any{
			"incident_writes": 0, "comment_writes": 0, "relation_writes": 0,
		}}}
		p.open(n)
		p.start()
		p.requireInStep()
		for i := 1; i <= n; i += 7 {
			p.act(act{Do: deedEdit, N: i, Side: emulator.SideSentinel, Change: `{"status":"Active","owner":{"userPrincipalName":"ana@provider.com"},"comment":"sentinel 1"}`})
			p.act(act{Do: deedEdit, N: i + 1, Side: emulator.SideDefender, Change: `{"addTags":["vip"],"comment":"defender 2"}`})
		}
		p.requireInStep()
		// Without limits all that was in one second, which every poll would read
		// again.
		p.act(act{Do: deedEdit, N: 1, Side: emulator.SideSentinel, Change: `{"severity":"Low"}`})
		p.requireInStep()
		before := p.emulator.Summary()
		time.Sleep(24 * time.Hour)
		after := p.emulator.Summary()
		require.Equal(t, before.Sync.Writes, after.Sync.Writes, "writes within a day of quiet")
		require.Greater(t, after.Requests-before.Requests, uint64(2*24*3600/15), "both sides were polled all day")
		t.Logf("%d linked incidents: 0 writes in 24 hours, %d requests", n, after.Requests-before.Requests)
	})
}

// TestLag edits one incident after another on either side and measures how long
// the other side takes to have it.
func TestLag(t *testing.T) {
	const incidents, edits = 40, 400
	inBubble(t, emulator.Settings{Rows: emulator.RowsCount}, func(p *player) {
		p.open(incidents)
		p.start()
		p.requireInStep()
		random := rand.New(rand.NewPCG(1, 2))
		life := tally.NewLife(nil)
		arrived := func() [2][]time.Duration {
			for _, w := range told(p.emulator.Writes(life.Last)) {
				life.Add(w)
			}
			return life.Report().Lag
		}
		before := arrived()
		for i := range edits {
			time.Sleep(time.Duration(8+random.IntN(20))*time.Second + time.Duration(random.IntN(1000))*time.Millisecond) // within every limit
			a := act{Do: deedEdit, N: 1 + i%incidents, Side: emulator.SideDefender, Change: fmt.Sprintf(`{"addTags":["d%d"]}`, i)}
			if i%2 == 1 {
				a.Side, a.Change = emulator.SideSentinel, fmt.Sprintf(`{"addTags":["s%d"]}`, i)
			}
			p.act(a)
		}
		p.requireInStep()
		for side, lags := range arrived() {
			lags = lags[len(before[side]):]
			require.Len(t, lags, edits/2)
			p99 := tally.Percentile(lags, 99)
			t.Logf("arrived in %s after p50 %s, p99 %s, at most %s", tally.Side(side), tally.Percentile(lags, 50), p99, tally.Percentile(lags, 100))
			require.LessOrEqual(t, p99, poll+time.Second)
		}
	})
}

// TestNobodyElsesWorkspace plays workspaces that have this sync already, or are
// in the Defender portal of another tenant: rows are written, incidents are not.
func TestNobodyElsesWorkspace(t *testing.T) {
	for name, w := range map[string]emulator.Workspace{
		"onboarded, same tenant":    {TenantID: tenant, State: emulator.WorkspaceOnboarded},
		"connected, same tenant":    {TenantID: tenant, State: emulator.WorkspaceConnected},
		"onboarded, another tenant": {TenantID: emulator.DefaultWorkspaceTenant, State: emulator.WorkspaceOnboarded},
	} {
		t.Run(name, func(t *testing.T) {
			w.ResourceID = emulator.DefaultWorkspace
			inBubble(t, emulator.Settings{Workspaces: []emulator.Workspace{w}}, func(p *player) {
				p.settings = map[string]map[string]any{
					"sentinel_incident": {"tenant_id": w.TenantID}, "sentinel": {"tenant_id": w.TenantID},
				}
				p.open(5)
				p.start()
				time.Sleep(3 * time.Hour)
				p.act(act{Do: deedEdit, N: 1, Side: emulator.SideDefender, Change: `{"status":"inProgress"}`})
				time.Sleep(time.Hour)
				for _, write := range p.emulator.Writes(0) {
					require.NotEqual(t, emulator.ActorApp, write.Actor, "%s %s %s", write.Side, write.Kind, write.ID)
				}
				require.Empty(t, p.emulator.Unwritten(), "rows are written all the same")
			})
		})
	}
}

// TestForgedLabels lets people put our label on other incidents, move it, and
// rename an incident to look like another tenant's.
func TestForgedLabels(t *testing.T) {
	inBubble(t, emulator.Settings{Rows: emulator.RowsCount}, func(p *player) {
		p.open(3)
		p.start()
		p.requireInStep()
		from := p.emulator.Summary().Sync.Writes
		label := func(tenant string, n int) string {
			return fmt.Sprintf(`"labels":[{"labelName":"defender:%s@%s"}]`, incidentID(n), tenant)
		}
		for i, forged := range []string{
			label(tenant, 1),
			label("11111111-1111-4111-8111-111111111111", 2),
			label(tenant, 999),
		} {
			_, err := p.emulator.PutSentinel("", "mallory@provider.com", jsonReader(fmt.Sprintf(
				`{"name":"%08d-0000-4000-8000-000000000000","properties":{"title":"Incident 1","severity":"High","status":"Closed","classification":"Undetermined",%s}}`, i+1, forged)))
			require.NoError(t, err)
		}
		time.Sleep(30 * time.Minute)
		for _, w := range p.emulator.Writes(from) {
			require.NotEqual(t, emulator.ActorApp, w.Actor, "%s %s %s", w.Side, w.Kind, w.ID)
		}
		refused := 0
		for _, d := range p.decisions.list() {
			if d.Result == "refused" {
				refused++
			}
		}
		require.Equal(t, 3, refused, "one decision for each")
	})
}
