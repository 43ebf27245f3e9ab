package emulator_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// gambler does random things to a few incidents and remembers what must follow.
type gambler struct {
	*lab
	*rand.Rand
	live map[string]string // name → etag after the last accepted write
}

func (g *gambler) pick() string { return fmt.Sprint("i", g.IntN(6)) }

// step does one thing; it returns whose etag must have moved, "" = nobody's.
func (g *gambler) step() (moved string) {
	name := g.pick()
	_, there := g.live[name]
	switch g.IntN(7) {
	case 0, 1:
		a := g.arm(http.MethodPut, sentinels+"/"+name, putText(g.live[name], fmt.Sprint("T", g.IntN(3)), ""))
		g.equal("a PUT with the newest etag, or of nothing", a.status, map[bool]int{true: 200, false: 201}[there])
	case 2:
		a := g.arm(http.MethodPut, sentinels+"/"+name, putText(`"stale"`, "never stored", ""))
		g.equal("a PUT with a stale etag", a.status, map[bool]int{true: 409, false: 201}[there])
		if there {
			return ""
		}
	case 3:
		g.arm(http.MethodPut, fmt.Sprint(sentinels, "/", name, "/comments/c", g.IntN(4)), message("x"))
		if !there {
			return ""
		}
	case 4:
		if a := g.person(name, fmt.Sprintf(`{"severity":%q}`, []string{"High", "Low"}[g.IntN(2)])); a.status != http.StatusOK {
			return ""
		}
	case 5:
		if g.arm(http.MethodDelete, sentinels+"/"+name, "").status != http.StatusOK {
			return ""
		}
		delete(g.live, name)
		return ""
	default:
		g.now = g.now.Add(time.Duration(g.IntN(3)) * time.Millisecond)
		return ""
	}
	return name
}

// check holds the service against what must be true after every step.
func (g *gambler) check(moved string) {
	before := maps.Clone(g.live)
	page := g.listSentinel("$orderby", byModifiedAsc)
	names := []string{}
	for i, s := range page.Value {
		names = append(names, s.Name)
		if moved != s.Name && before[s.Name] != s.Etag {
			g.Errorf("the etag of %s moved by itself", s.Name)
		}
		if moved == s.Name && before[s.Name] == s.Etag {
			g.Errorf("the etag of %s did not move", s.Name)
		}
		g.live[s.Name] = s.Etag
		if i > 0 && at(page.Value[i-1]).After(at(s)) {
			g.Errorf("%s is out of order", s.Name)
		}
		g.equal("get and list agree", []any{g.getSentinel(s.Name).Etag, g.getSentinel(s.Name).Properties}, []any{s.Etag, s.Properties})
	}
	g.equal("who is there", sorted(names), slices.Sorted(maps.Keys(g.live)))
}

func at(s sentinel) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, s.Properties.LastModifiedTimeUtc)
	return t
}

func TestEtagsOrderAndWritesHoldWhateverIsDone(t *testing.T) {
	for seed := range uint64(20) {
		g := &gambler{newLab(t, emulator.Settings{Seed: seed, LooseARMLimits: true}), rand.New(rand.NewPCG(seed, 0)), map[string]string{}}
		for range 60 {
			g.check(g.step())
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		g.writesAddUp()
	}
}

// writesAddUp replays the list of writes and compares with what is there.
func (g *gambler) writesAddUp() {
	g.Helper()
	titles := map[string]string{}
	for _, w := range g.e.Writes(0) {
		var is, was struct{ Title string }
		_, _ = json.Unmarshal(w.After, &is), json.Unmarshal(w.Before, &was)
		switch {
		case w.Kind != emulator.WriteIncident:
		case w.Op == emulator.WriteDelete:
			delete(titles, w.ID)
		default:
			if was.Title != titles[w.ID] {
				g.Errorf("write %d: before is %q, was %q", w.N, was.Title, titles[w.ID])
			}
			titles[w.ID] = is.Title
		}
	}
	now := map[string]string{}
	for name := range g.live {
		now[name] = g.getSentinel(name).Properties.Title
	}
	g.equal("the writes lead to what is there", titles, now)
}
