package ledger_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// words is the alphabet of a search: one field, and what both sides may hold of
// it. A value is told by its cells: of a set of tags one cell a tag, which is
// there or not; of any other field one cell.
type words struct {
	name  string
	field incident.Field
	// cells is how many, levels how many values each takes.
	cells  int
	levels uint8
	// spelled is every value in each side's own words, by its index.
	spelled [2][]incident.Value
	// stored is what Sentinel makes of a value that we send; nil for itself.
	stored []uint8
}

func owners() words {
	all := []incident.Value{"a", "b", "c"}
	return words{name: "one of three owners", field: incident.FieldOwner, cells: 1, levels: 3, spelled: [2][]incident.Value{all, all}}
}

// trimmed is owners in a service that stores c where b is sent.
func trimmed() words {
	w := owners()
	w.name, w.stored = "one of three owners, and Sentinel stores c for b", []uint8{0, 2, 2}
	return w
}

func statuses() words {
	return words{
		name: "three statuses", field: incident.FieldStatus, cells: 1, levels: 3,
		spelled: [2][]incident.Value{
			{incident.DefenderActive, incident.DefenderInProgress, incident.DefenderResolved},
			{incident.SentinelNew, incident.SentinelActive, incident.SentinelClosed},
		},
	}
}

func tags() words {
	all := []incident.Value{"", incident.Tags([]string{"x"}), incident.Tags([]string{"y"}), incident.Tags([]string{"x", "y"})}
	return words{name: "a set of two tags", field: incident.FieldTags, cells: 2, levels: 2, spelled: [2][]incident.Value{all, all}}
}

// closed is the index of the status that closes; only of statuses.
const closed = 2

// index of a value in a side's words.
func (a words) index(side incident.Side, value incident.Value) uint8 {
	at := slices.Index(a.spelled[side], value)
	if at < 0 {
		panic(fmt.Sprintf("%q is none of %q", value, a.spelled[side]))
	}
	return uint8(at)
}

// says is a value in words.
func (a words) says(side incident.Side, value uint8) string {
	if value == 0 && a.cells > 1 {
		return "no tags"
	}
	return strings.ReplaceAll(string(a.spelled[side][value]), "\x1f", " and ")
}

// cell is what a value, by its index, says of a cell.
func (a words) cell(value uint8, cell int) uint8 {
	if a.cells == 1 {
		return value
	}
	return value >> cell & 1
}

// value is the index of a value told by its cells.
func (a words) value(cells [2]cell) uint8 {
	if a.cells == 1 {
		return cells[0].value
	}
	return cells[0].value | cells[1].value<<1
}

// store is what Sentinel makes of a value that we send.
func (a words) store(side incident.Side, value uint8) uint8 {
	if a.stored == nil || side != sentinel {
		return value
	}
	return a.stored[value]
}

// same reports whether both sides holding these values agree.
func (a words) same(d, s uint8) bool { return d == s || a.store(sentinel, d) == s }
