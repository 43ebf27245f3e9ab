package defenderexporter

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// chaos is a life of some incidents: people on both sides, records lost, late
// and repeated, a service that misbehaves, a collector that is killed.
type chaos struct {
	*lab
	dice  *rand.Rand
	late  []plog.Logs       // records on their way
	said  map[string]string // what people wrote, by text: where
	log   []string
	lives map[string]bool // incidents that were not merged away
}

// TestALifeOfTroubleEndsInAgreement plays seeds of it. SEED replays one, SEEDS
// plays so many.
func TestALifeOfTroubleEndsInAgreement(t *testing.T) {
	first, last := 1, 60
	if seeds, err := strconv.Atoi(os.Getenv("SEEDS")); err == nil {
		last = seeds
	}
	if seed, err := strconv.Atoi(os.Getenv("SEED")); err == nil && seed > 0 {
		first, last = seed, seed
	}
	for seed := first; seed <= last; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &chaos{
					lab: newLab(t, emulator.Settings{Seed: uint64(seed)}), dice: rand.New(rand.NewPCG(uint64(seed), 3)),
					said: map[string]string{}, lives: map[string]bool{},
				}
				c.config.RequestsPerMinute = 45
				c.start()
				for id := range 4 {
					c.pair(fmt.Sprint(id), nil)
					c.lives[fmt.Sprint(id)] = true
				}
				for range 60 {
					c.step()
					c.run(time.Duration(c.dice.Int64N(int64(90 * time.Second))))
				}
				c.end()
			})
		})
	}
}

func (c *chaos) note(format string, values ...any) {
	c.log = append(c.log, time.Now().Format("15:04:05 ")+fmt.Sprintf(format, values...))
}

// step does one thing that may happen.
func (c *chaos) step() {
	id := fmt.Sprint(c.dice.IntN(4))
	twin := c.twins[id]
	switch n := c.dice.IntN(20); {
	case n < 5:
		c.analyst(twin)
	case n < 8 && c.lives[id]:
		c.analystOfDefender(id)
	case n < 10:
		c.note("forward poll %s", id)
		c.poll(id)
		twin.work()
	case n < 13:
		c.late = append(c.late, twin.record())
	case n < 16:
		c.arrive()
	case n < 18:
		c.misbehave()
	case n == 18:
		c.note("killed")
		c.kill()
		c.start()
	case n == 19 && c.dice.IntN(4) == 0 && c.lives[id] && id != "0":
		c.note("merge %s into 0", id)
		if _, err := c.emulator.MergeIncidents(contoso, "", []string{id, "0"}, "0"); err == nil {
			c.lives[id] = false
		}
	}
}

func (c *chaos) analyst(twin *twin) {
	pick := func(words ...incident.Value) incident.Value { return words[c.dice.IntN(len(words))] }
	switch c.dice.IntN(5) {
	case 0:
		twin.edit(incident.FieldStatus, pick("New", "Active", "Closed"))
	case 1:
		twin.edit(incident.FieldOwner, pick("", "jane@provider.test", "joe@provider.test"))
	case 2:
		twin.edit(incident.FieldVerdict, pick("", "TruePositive/SuspiciousActivity", "FalsePositive/IncorrectAlertLogic", "BenignPositive/SuspiciousButExpected"))
	case 3:
		twin.edit(incident.FieldTags, incident.Tags([]string{string(pick("", "vip")), string(pick("", "phish"))}))
	case 4:
		text := fmt.Sprintf("sentinel says %d.", len(c.said))
		c.said[text] = twin.link.IncidentID
		twin.comment(text)
	}
	c.note("sentinel edit %s %q", twin.link.IncidentID, twin.values)
	twin.deliver()
}

func (c *chaos) analystOfDefender(id string) {
	edits := []string{
		`{"status":"active"}`, `{"status":"inProgress"}`, `{"status":"resolved"}`, `{"assignedTo":"tim@contoso.test"}`, `{"assignedTo":null}`,
		`{"classification":"truePositive","determination":"malware"}`, `{"addTags":["theirs"]}`, `{"removeTags":["theirs"]}`, `{"severity":"low"}`,
	}
	edit := edits[c.dice.IntN(len(edits))]
	if c.dice.IntN(4) == 0 {
		text := fmt.Sprintf("defender says %d.", len(c.said))
		c.said[text] = id
		edit = `{"comment":"` + text + `"}`
	}
	c.note("defender edit %s %s", id, edit)
	c.edit(id, edit)
}

// arrive delivers a record that was on its way, perhaps out of order, perhaps
// again later, perhaps never.
func (c *chaos) arrive() {
	if len(c.late) == 0 {
		return
	}
	at := c.dice.IntN(len(c.late))
	ld := c.late[at]
	again := c.dice.IntN(4) == 0
	if !again {
		c.late = append(c.late[:at], c.late[at+1:]...)
	}
	if c.dice.IntN(5) > 0 {
		c.note("late record, again %v", again)
		c.consume(ld)
	}
}

func (c *chaos) misbehave() {
	half := 0.5
	plans := [][]emulator.Fault{
		nil, nil,
		{{Kind: emulator.FaultStaleAnswer}, {Kind: emulator.FaultStaleRead, Delay: emulator.Duration(90 * time.Second)}},
		{{Kind: emulator.FaultLostAnswer, Rate: &half, Service: "graph"}},
		{{Kind: emulator.FaultStatus, Status: 503, Rate: &half, Service: "graph"}},
		{{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "20", Rate: &half, Service: "graph"}},
		{{Kind: emulator.FaultCut, Bytes: 40, Rate: &half, Service: "graph"}},
		{{Kind: emulator.FaultNoEffect, Count: 1}},
		{{Kind: emulator.FaultSlow, Delay: emulator.Duration(40 * time.Second), Service: "graph", Rate: &half}},
		{{Kind: emulator.FaultLostAnswer, Operation: "comment_incident"}, {Kind: emulator.FaultStaleRead, Delay: emulator.Duration(100 * time.Second)}},
	}
	plan := plans[c.dice.IntN(len(plans))]
	c.note("faults %v", plan)
	c.faults(plan...)
}

// end lets all trouble stop, and requires that both sides agree, that every
// comment is on both sides once, and that nothing is written any more.
func (c *chaos) end() {
	t := c.t
	c.faults()
	defer func() {
		if t.Failed() {
			for _, line := range c.log {
				t.Log(line)
			}
			t.Log(c.String())
		}
	}()
	c.run(time.Hour)
	for range 5 {
		for id, twin := range c.twins {
			c.poll(id)
			twin.work()
			twin.deliver()
		}
		c.run(10 * time.Minute)
	}
	written := len(c.emulator.Writes(0))
	for range 4 {
		for id, twin := range c.twins {
			c.poll(id)
			twin.work()
			twin.deliver()
		}
		c.run(6 * time.Hour)
	}
	require.Len(t, c.emulator.Writes(0), written, "once quiet, nothing is written")
	for id, twin := range c.twins {
		if c.entry(id).Redirect != nil {
			require.Contains(t, twin.labels, incident.RedirectedLabel)
			continue
		}
		require.True(t, c.lives[id])
		twin.agrees()
		require.Empty(t, c.entry(id).Intent)
		require.Empty(t, c.entry(id).Holds)
	}
	for text, id := range c.said {
		if c.entry(id).Redirect == nil {
			require.Equal(t, 1, c.lab.said(id, text), "%q in Defender", text)
			require.Equal(t, 1, c.twins[id].said(text), "%q in Sentinel", text)
		}
	}
	for _, r := range c.emulator.Requests(0) {
		require.NotEqual(t, http.StatusBadRequest, r.Status, "every request was a valid one")
	}
}
