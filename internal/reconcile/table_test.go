package reconcile_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

var update = flag.Bool("update", false, "write the decision tables of docs/sync.md instead of comparing them")

const page = "../../docs/sync.md"

// TestGeneratedDecisionTables holds docs/sync.md against what Field decides.
func TestGeneratedDecisionTables(t *testing.T) {
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	want := string(text)
	for name, table := range map[string]string{"values": valueTable(), "tags": tagTable(), "maps": mapTable()} {
		begin, end := "<!-- "+name+": made by make generate -->\n", "<!-- end of "+name+" -->"
		head, rest, found := strings.Cut(want, begin)
		require.True(t, found, "docs/sync.md has no %q", begin)
		_, tail, found := strings.Cut(rest, end)
		require.True(t, found, "docs/sync.md has no %q", end)
		want = head + begin + "\n" + table + "\n" + end + tail
	}
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o600))
		return
	}
	require.Equal(t, want, string(text), "make generate")
}

// column is a policy, and which side's value is younger where it asks.
type column struct {
	name     string
	policy   reconcile.FieldPolicy
	sentinel bool // Sentinel's is younger
}

func columns() []column {
	both := func(c reconcile.Conflict) reconcile.FieldPolicy {
		return reconcile.FieldPolicy{Direction: reconcile.DirectionBoth, Conflict: c}
	}
	one := func(d reconcile.Direction) reconcile.FieldPolicy {
		return reconcile.FieldPolicy{Direction: d, Conflict: reconcile.ConflictLatest}
	}
	return []column{
		{"`latest`, Defender's not older", both(reconcile.ConflictLatest), false},
		{"`latest`, Sentinel's younger", both(reconcile.ConflictLatest), true},
		{"`defender`", both(reconcile.ConflictDefender), false},
		{"`sentinel`", both(reconcile.ConflictSentinel), false},
		{"`to_sentinel`", one(reconcile.DirectionToSentinel), false},
		{"`to_defender`", one(reconcile.DirectionToDefender), false},
		{"`off`", one(reconcile.DirectionOff), false},
	}
}

// row is a state of one field: nil base for none.
type row struct {
	base      *reconcile.Pair
	now       reconcile.Pair
	confirmed bool
}

func (c column) decide(f incident.Field, r row) string {
	s := reconcile.State{Base: r.base, Confirmed: r.confirmed, Sides: [2]reconcile.Held{{Value: r.now[0], Stamp: stamp(1)}, {Value: r.now[1], Stamp: stamp(1)}}}
	if c.sentinel {
		s.Sides[1].Stamp = stamp(2)
	}
	o := reconcile.Field(f, s, c.policy, incident.Vocabulary{})
	var words []string
	for _, side := range incident.Sides() {
		if value, is := o.Write(side); is {
			words = append(words, fmt.Sprintf("%s := %s", title(side), shown(value)))
		}
	}
	if o.Base != nil {
		words = append(words, fmt.Sprintf("base := %s", pair(*o.Base)))
	}
	if o.Read {
		words = append(words, "read both")
	}
	if len(words) == 0 {
		return "–"
	}
	return fmt.Sprintf("%s (%s)", strings.Join(words, ", "), o.Rule)
}

func title(side incident.Side) string {
	if side == incident.SideDefender {
		return "Defender"
	}
	return "Sentinel"
}

func shown(v incident.Value) string {
	if v == "" {
		return "nothing"
	}
	return "`" + strings.ReplaceAll(string(v), "\x1f", ", ") + "`"
}

func pair(p reconcile.Pair) string {
	if p[0] == p[1] {
		return shown(p[0])
	}
	return shown(p[0]) + " / " + shown(p[1])
}

// table draws rows under every policy.
func table(f incident.Field, rows []row, columns []column) string {
	var b strings.Builder
	b.WriteString("| base | Defender | Sentinel |")
	for _, c := range columns {
		b.WriteString(" " + c.name + " |")
	}
	b.WriteString("\n|" + strings.Repeat(" --- |", len(columns)+3) + "\n")
	for _, r := range rows {
		base := "none"
		if r.base != nil {
			base = pair(*r.base)
		}
		now := [2]string{shown(r.now[0]), shown(r.now[1])}
		if r.confirmed {
			now[1] += ", both read since"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |", base, now[0], now[1])
		for _, c := range columns {
			b.WriteString(" " + c.decide(f, r) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func valueTable() string {
	a := &reconcile.Pair{"a", "a"}
	return table(incident.FieldOwner, []row{
		{a, reconcile.Pair{"a", "a"}, false},
		{a, reconcile.Pair{"b", "a"}, false},
		{a, reconcile.Pair{"a", "b"}, false},
		{a, reconcile.Pair{"b", "b"}, false},
		{a, reconcile.Pair{"b", "b"}, true},
		{a, reconcile.Pair{"b", "c"}, false},
		{&reconcile.Pair{"b", "c"}, reconcile.Pair{"b", "c"}, false},
		{&reconcile.Pair{"b", "c"}, reconcile.Pair{"b", "b"}, false},
		{nil, reconcile.Pair{"a", "a"}, false},
		{nil, reconcile.Pair{"b", "c"}, false},
	}, columns())
}

func tagTable() string {
	set := func(tags ...string) incident.Value { return incident.Tags(tags) }
	x := &reconcile.Pair{set("x"), set("x")}
	all := columns()
	return table(incident.FieldTags, []row{
		{x, reconcile.Pair{set("x"), set("x")}, false},
		{x, reconcile.Pair{set("x", "y"), set("x")}, false},
		{x, reconcile.Pair{set("x"), set("")}, false},
		{x, reconcile.Pair{set("x", "y"), set("")}, false},
		{x, reconcile.Pair{set("x", "y"), set("x", "z")}, false},
		{x, reconcile.Pair{set(""), set("")}, false},
		{x, reconcile.Pair{set(""), set("")}, true},
		{nil, reconcile.Pair{set("x"), set("y")}, false},
	}, []column{{"both, whichever wins", all[0].policy, false}, all[4], all[5], all[6]})
}

// mapTable is what a word of one side becomes on the other, where that holds
// something that means otherwise.
func mapTable() string {
	var b strings.Builder
	b.WriteString("| field | Defender | becomes in Sentinel | Sentinel | becomes in Defender |\n| --- | --- | --- | --- | --- |\n")
	var v incident.Vocabulary
	for _, d := range domains() {
		if d.field != incident.FieldStatus && d.field != incident.FieldVerdict && d.field != incident.FieldSeverity {
			continue
		}
		words, answers := mapped(d.field)
		for i := range max(len(words), len(answers)) {
			cells := [4]string{}
			if i < len(words) {
				cells[0], cells[1] = shown(words[i]), shown(v.Translate(d.field, incident.SideDefender, words[i], contrary(answers, func(s incident.Value) bool {
					return v.Agree(d.field, words[i], s)
				})))
			}
			if i < len(answers) {
				cells[2], cells[3] = shown(answers[i]), shown(v.Translate(d.field, incident.SideSentinel, answers[i], contrary(words, func(other incident.Value) bool {
					return v.Agree(d.field, other, answers[i])
				})))
			}
			fmt.Fprintf(&b, "| %s | %s |\n", d.field, strings.Join(cells[:], " | "))
		}
	}
	return b.String()
}

// contrary is the last of values that does not agree.
func contrary(values []incident.Value, agrees func(incident.Value) bool) incident.Value {
	for _, v := range slices.Backward(values) {
		if !agrees(v) {
			return v
		}
	}
	return ""
}

func mapped(f incident.Field) (defender, sentinel []incident.Value) {
	switch f {
	case incident.FieldStatus:
		return []incident.Value{"active", "inProgress", "awaitingAction", "resolved", "redirected"}, []incident.Value{"New", "Active", "Closed"}
	case incident.FieldSeverity:
		return []incident.Value{"informational", "low", "medium", "high"}, []incident.Value{"Informational", "Low", "Medium", "High"}
	case incident.FieldVerdict:
		return []incident.Value{"truePositive/malware", "informationalExpectedActivity/securityTesting", "falsePositive/notMalicious", ""},
			[]incident.Value{"TruePositive/SuspiciousActivity", "BenignPositive/SuspiciousButExpected", "FalsePositive/InaccurateData", "FalsePositive/IncorrectAlertLogic", ""}
	case incident.FieldOwner, incident.FieldTags, incident.FieldTitle, incident.FieldDescription, incident.FieldCount:
	}
	return nil, nil
}
