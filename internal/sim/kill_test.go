//go:build e2e

package sim

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// kills is how often the collector dies in the middle of its work.
const kills = 50

// TestKilledFiftyTimes kills the real process, so that what the operating
// system, the database of file_storage and the queue do is part of it; the
// virtual TestSoakKilledAtAnyMoment tries many more moments of our own code.
func TestKilledFiftyTimes(t *testing.T) {
	p := newPrograms(t, "--scenario", "none")
	faults := emulator.Plan{Seed: seed(), Faults: []emulator.Fault{
		{Kind: emulator.FaultTinyPages, Rows: 3},
		{Kind: emulator.FaultTies},
		{Kind: emulator.FaultLate, Delay: emulator.Duration(5 * time.Second)},
		{Kind: emulator.FaultStatus, Service: "graph", Status: 500, Rate: rate(0.05)},
		{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "1", Rate: rate(0.02)}, // each costs a second of the wall clock
	}}
	p.post("/control/faults", faults)
	people, random := newPopulation(seed()), rand.New(rand.NewPCG(seed(), 3))
	p.put(people.history(2_000, time.Now(), 20*time.Hour))
	config := p.quickstart()
	for range kills {
		collector := p.collector(config, "QUICKSTART_OVERLAP=10m")
		time.Sleep(300*time.Millisecond + time.Duration(random.Int64N(int64(1500*time.Millisecond))))
		if random.IntN(3) == 0 {
			p.put(people.round(0.01, time.Now()))
		}
		p.kill(collector)
	}
	collector := p.collector(config, "QUICKSTART_OVERLAP=10m")
	p.eventually(5*time.Minute, "everything has arrived", func() bool { return p.summary().unwritten() == 0 })
	p.interrupt(collector)

	arrived, twice, meaning := map[string]bool{}, 0, map[any]string{}
	for _, stream := range []string{"Custom-DefenderIncident", "Custom-DefenderAlert"} {
		for _, row := range p.rows(stream) {
			is := rowKey(row)
			if was, again := meaning[row["RecordUid"]]; again {
				require.Equal(t, was, is, "one uid, one revision")
				twice++
			}
			meaning[row["RecordUid"]], arrived[is] = is, true
		}
	}
	requireNewest(t, people, arrived)
	t.Logf("%d kills: %d revisions arrived, %d rows more than once", kills, len(meaning), twice)
}

func (p *programs) post(path string, document any) {
	p.t.Helper()
	text, err := json.Marshal(document)
	require.NoError(p.t, err)
	p.call(http.MethodPost, path, text)
}

func (p *programs) put(document any) {
	p.t.Helper()
	text, err := json.Marshal(document)
	require.NoError(p.t, err)
	p.call(http.MethodPut, "/control/defender/incidents", text)
}
