package sim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// script is some hours of two portals: what the service, people and mischief
// do, and when. The same script is the same life again, as far as the order of
// goroutines that wake at one instant allows.
type script struct {
	Seed     uint64
	Poll     time.Duration
	Conflict string // latest, defender or sentinel
	Faults   []emulator.Fault
	Acts     []act
}

// deed is a kind of act.
type deed string

// The deeds. An act on what does not exist, any more or yet, does nothing, so
// that a script with acts left out is a script.
const (
	deedOpen   deed = "open"   // the service opens incident N
	deedAlert  deed = "alert"  // an alert joins it
	deedEdit   deed = "edit"   // a person on Side makes Change
	deedMerge  deed = "merge"  // a person merges N into Into
	deedDelete deed = "delete" // a person deletes the twin of N
	deedKill   deed = "kill"   // the collector is killed, and started again after Down
	deedStop   deed = "stop"   // it is stopped as Ctrl-C does, and started again after Down
	deedForget deed = "forget" // killed, and the ledger's storage is lost
)

// act is one thing that happens.
type act struct {
	At     time.Duration
	Do     deed
	N      int           `json:",omitempty"`
	Side   emulator.Side `json:",omitempty"`
	Change string        `json:",omitempty"`
	Into   int           `json:",omitempty"`
	Down   time.Duration `json:",omitempty"`
}

// String is one line of a printed script.
func (a act) String() string {
	switch a.Do {
	case deedEdit:
		return fmt.Sprintf("%9s  %s edits %d: %s", a.At, a.Side, a.N, a.Change)
	case deedMerge:
		return fmt.Sprintf("%9s  merge %d into %d", a.At, a.N, a.Into)
	case deedKill, deedStop, deedForget:
		return fmt.Sprintf("%9s  %s, down for %s", a.At, a.Do, a.Down)
	case deedOpen, deedAlert, deedDelete:
	}
	return fmt.Sprintf("%9s  %s %d", a.At, a.Do, a.N)
}

func (s script) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, poll %s, conflict %s\n", s.Seed, s.Poll, s.Conflict)
	for _, f := range s.Faults {
		text, _ := json.Marshal(f)
		fmt.Fprintf(&b, "  fault %s\n", text)
	}
	for _, a := range s.Acts {
		fmt.Fprintf(&b, "  %s\n", a)
	}
	return b.String()
}

// calm reports whether nothing but people and the service is in the script, so
// that the strictest laws hold.
func (s script) calm() bool { return len(s.Faults) == 0 && !s.interrupted() }

func (s script) interrupted() bool { return s.has(deedKill, deedStop, deedForget) }

func (s script) has(deeds ...deed) bool {
	for _, a := range s.Acts {
		for _, d := range deeds {
			if a.Do == d {
				return true
			}
		}
	}
	return false
}

// plays reports whether the script has a fault of a kind.
func (s script) plays(kinds ...emulator.FaultKind) bool {
	for _, f := range s.Faults {
		for _, kind := range kinds {
			if f.Kind == kind {
				return true
			}
		}
	}
	return false
}

// author writes scripts from a seed.
type author struct {
	random *rand.Rand
	length time.Duration
	opened []act // in order of time
	texts  int
}

// polls are how often both receivers look: mostly seldom, so that much happens
// between two looks and many lives can be played.
var polls = []time.Duration{
	15 * time.Second, 30 * time.Second, time.Minute, time.Minute, 2 * time.Minute, 2 * time.Minute,
	5 * time.Minute, 5 * time.Minute, 5 * time.Minute, 5 * time.Minute,
}

// write is the script of a seed: with what comes after it two or three hours,
// and a dozen or three of incidents. Every fourth has no mischief at all.
func write(seed uint64) script {
	a := author{random: rand.New(rand.NewPCG(seed, 11))}
	a.length = 100*time.Minute + time.Duration(a.random.Int64N(int64(time.Hour)))
	s := script{
		Seed:     seed,
		Poll:     pick(a.random, polls...),
		Conflict: pick(a.random, "latest", "latest", "defender", "sentinel"),
	}
	a.open(12 + a.random.IntN(24))
	s.Acts = append(s.Acts, a.opened...)
	for range 24 + a.random.IntN(32) {
		s.Acts = append(s.Acts, a.moment()...)
	}
	if seed%4 != 0 {
		s.Faults = a.faults()
		s.Acts = append(s.Acts, a.interruptions()...)
	}
	sortActs(s.Acts)
	return s
}

func pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

func (a *author) when() time.Duration {
	return time.Duration(a.random.Int64N(int64(a.length))).Truncate(time.Millisecond)
}

// open lets incidents begin in the first half.
func (a *author) open(n int) {
	for range n {
		a.opened = append(a.opened, act{At: a.when() / 2, Do: deedOpen})
	}
	sortActs(a.opened)
	for i := range a.opened {
		a.opened[i].N = i + 1
	}
}

// there is an incident that was opened before, if any was.
func (a *author) there(at time.Duration) int {
	n, _ := slices.BinarySearchFunc(a.opened, at, func(o act, at time.Duration) int { return int(o.At - at) })
	return 1 + a.random.IntN(max(1, n))
}

// moment is what happens at about one time: mostly one edit, at times edits of
// both sides that may meet.
func (a *author) moment() []act {
	at := a.when()
	n := a.there(at)
	switch dice := a.random.IntN(100); {
	case dice < 6:
		return []act{{At: at, Do: deedAlert, N: n}}
	case dice < 9:
		return []act{{At: at, Do: deedMerge, N: n, Into: a.there(at)}}
	case dice < 11:
		return []act{{At: at, Do: deedDelete, N: n}}
	case dice < 45: // both at work on it, within two minutes
		field := a.random.IntN(fieldKinds)
		var acts []act
		for range 2 + a.random.IntN(3) {
			at += time.Duration(a.random.Int64N(int64(40 * time.Second))).Truncate(time.Millisecond)
			acts = append(acts, a.edit(at, n, field))
		}
		return acts
	}
	return []act{a.edit(at, n, a.random.IntN(fieldKinds))}
}

// fieldKinds is how many kinds of edits there are.
const fieldKinds = 7

func (a *author) edit(at time.Duration, n, field int) act {
	side := pick(a.random, emulator.SideDefender, emulator.SideSentinel)
	words := defenderWords
	if side == emulator.SideSentinel {
		words = sentinelWords
	}
	change := pick(a.random, words[field]...)
	if strings.Contains(change, "%d") {
		a.texts++
		change = fmt.Sprintf(change, a.texts)
	}
	return act{At: at, Do: deedEdit, N: n, Side: side, Change: change}
}

// defenderWords are edits in Graph's words, by kind of field.
var defenderWords = [fieldKinds][]string{
	{
		`{"status":"active"}`, `{"status":"inProgress"}`, `{"status":"inProgress"}`,
		`{"status":"resolved","classification":"truePositive","determination":"malware"}`,
		`{"status":"resolved","classification":"falsePositive","determination":"notMalicious"}`, `{"status":"resolved"}`,
	},
	{
		`{"classification":"truePositive","determination":"phishing"}`, `{"classification":"informationalExpectedActivity","determination":"securityTesting"}`,
		`{"classification":"falsePositive","determination":"other"}`, `{"classification":"unknown","determination":"unknown"}`,
	},
	{`{"assignedTo":"alex@contoso.com"}`, `{"assignedTo":"bo@contoso.com"}`, `{"assignedTo":"Dana@Contoso.com"}`, `{"assignedTo":null}`},
	{`{"severity":"low"}`, `{"severity":"medium"}`, `{"severity":"high"}`, `{"severity":"informational"}`},
	{`{"addTags":["vip"]}`, `{"removeTags":["vip"]}`, `{"addTags":["Ransomware","crown jewel"]}`, `{"removeTags":["ransomware"]}`},
	{`{"comment":"defender %d"}`},
	{`{"displayName":"renamed %d"}`, `{"description":"said anew %d"}`},
}

// sentinelWords are the same in Sentinel's.
var sentinelWords = [fieldKinds][]string{
	{
		`{"status":"New"}`, `{"status":"Active"}`, `{"status":"Active"}`,
		`{"status":"Closed","classification":"TruePositive","classificationReason":"SuspiciousActivity"}`,
		`{"status":"Closed","classification":"FalsePositive","classificationReason":"IncorrectAlertLogic"}`,
		`{"status":"Closed","classification":"Undetermined"}`,
	},
	{
		`{"status":"Closed","classification":"BenignPositive","classificationReason":"SuspiciousButExpected"}`,
		`{"status":"Closed","classification":"TruePositive","classificationReason":"SuspiciousActivity"}`,
	},
	{
		`{"owner":{"userPrincipalName":"ana@provider.com"}}`, `{"owner":{"userPrincipalName":"ben@provider.com"}}`,
		`{"owner":{"userPrincipalName":"Cleo@Provider.com"}}`, `{"owner":{}}`,
	},
	{`{"severity":"Low"}`, `{"severity":"Medium"}`, `{"severity":"High"}`, `{"severity":"Informational"}`},
	{`{"addTags":["vip"]}`, `{"removeTags":["vip"]}`, `{"addTags":["Ransomware","night shift"]}`, `{"removeTags":["ransomware"]}`},
	{`{"comment":"sentinel %d"}`},
	{`{"comment":"sentinel %d"}`, `{"title":"their own title %d"}`},
}

// owners is the map that the simulated collector is given.
var owners = map[string]any{"alex@contoso.com": "ana@provider.com", "bo@contoso.com": "ben@provider.com"}

// interruptions are up to four ends of the collector.
func (a *author) interruptions() []act {
	var acts []act
	for range a.random.IntN(5) {
		do := pick(a.random, deedKill, deedKill, deedKill, deedStop)
		if a.random.IntN(20) == 0 {
			do = deedForget
		}
		acts = append(acts, act{At: a.when(), Do: do, Down: time.Duration(a.random.Int64N(int64(3 * time.Minute))).Truncate(time.Millisecond)})
	}
	return acts
}

// faults are some of all that may go wrong, at rates of a bad day. What is stale
// is stale for less than the ledger's settle_time.
func (a *author) faults() []emulator.Fault {
	all := []emulator.Fault{
		{Kind: emulator.FaultStatus, Status: 500, Rate: rate(0.04)},
		{Kind: emulator.FaultStatus, Status: 503, RetryAfter: "20", Rate: rate(0.02)},
		{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "date:45", Rate: rate(0.03)},
		{Kind: emulator.FaultStatus, Status: 429, Rate: rate(0.03)},
		{Kind: emulator.FaultCut, Rate: rate(0.02)},
		{Kind: emulator.FaultCut, Rate: rate(0.02), Bytes: 150},
		{Kind: emulator.FaultLostAnswer, Rate: rate(0.1), Operation: "patch_incident"},
		{Kind: emulator.FaultLostAnswer, Rate: rate(0.2), Operation: "comment_incident"},
		{Kind: emulator.FaultLostAnswer, Rate: rate(0.1), Operation: "put_sentinel"},
		{Kind: emulator.FaultLostAnswer, Rate: rate(0.1), Service: "arm"},
		{Kind: emulator.FaultStaleAnswer, Rate: rate(0.3)},
		{Kind: emulator.FaultStaleRead, Rate: rate(0.3), Service: "graph", Delay: emulator.Duration(a.stale())},
		{Kind: emulator.FaultLate, Rate: rate(0.3), Service: "graph", Delay: emulator.Duration(a.stale())},
		{Kind: emulator.FaultLate, Rate: rate(0.3), Service: "arm", Delay: emulator.Duration(a.stale())},
		{Kind: emulator.FaultNoEffect, Rate: rate(0.1)},
		{Kind: emulator.FaultRewrite, Rate: rate(0.5)},
		{Kind: emulator.FaultEtagConflict, Rate: rate(0.2)},
		{Kind: emulator.FaultSlow, Rate: rate(0.05), Delay: emulator.Duration(5 * time.Second)},
		{Kind: emulator.FaultTinyPages, Rows: 3},
		{Kind: emulator.FaultTies},
		{Kind: emulator.FaultShuffle, Rate: rate(0.2)},
		{Kind: emulator.FaultForeignNextLink, Rate: rate(0.1), Host: "elsewhere.test"},
		{Kind: emulator.FaultExpireTokens, Rate: rate(0.02)},
		{Kind: emulator.FaultPartial, Rate: rate(0.02)},
	}
	a.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:1+a.random.IntN(len(all))]
}

func (a *author) stale() time.Duration {
	return time.Duration(1+a.random.IntN(60)) * time.Second
}
