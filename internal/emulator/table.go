package emulator

import (
	"net/http"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// documentStreams are the streams whose rows are held against the stored
// revisions, with the kind and the column of the id.
func documentStreams() map[string]objectKey {
	return map[string]objectKey{
		"Custom-DefenderIncident": {kind: KindIncident, id: "IncidentId"},
		"Custom-DefenderAlert":    {kind: KindAlert, id: "AlertId"},
	}
}

// faultedMax bounds the columns that are counted by name; names come from
// clients. The rest is counted under an ellipsis.
const faultedMax = 1000

// tableKey names one stream of one rule.
type tableKey struct{ rule, stream string }

// table is what came in by one stream.
type table struct {
	kept     [][]byte // accepted rows, when rows are kept
	rows     int64
	bytes    int64 // of the bodies, before compression
	wire     int64 // of the bodies, as sent
	requests int64 // uploads accepted
	faulted  Faulted
}

func newTable() *table { return &table{faulted: newFaulted()} }

// upload takes the rows of a body: all of them or none.
func (e *Emulator) upload(x *exchange, key tableKey, columns map[string]string) {
	text, ok := x.body()
	if !ok {
		return
	}
	rows, ok := x.rows(text)
	if !ok {
		return
	}
	faulted := newFaulted()
	shaped := make([][]byte, len(rows))
	for i, r := range rows {
		shaped[i] = shape(r, columns, x.now, &faulted)
	}
	e.mu.Lock()
	t := e.tables[key]
	t.rows += int64(len(rows))
	t.bytes += int64(len(text))
	t.wire += x.wire
	t.requests++
	t.faulted.add(faulted)
	if e.settings.Rows == RowsKeep {
		t.kept = append(t.kept, shaped...)
	}
	e.matchLocked(key, shaped, x.now)
	e.mu.Unlock()
	x.Header().Set("x-ms-request-id", x.id)
	x.WriteHeader(http.StatusNoContent)
}

// matchLocked tells the lag book which revisions have come out.
func (e *Emulator) matchLocked(key tableKey, rows [][]byte, now time.Time) {
	object, ok := documentStreams()[key.stream]
	if !ok {
		return
	}
	for _, r := range rows {
		members, err := rawjson.Object(r)
		if err != nil {
			continue // never: shape wrote it
		}
		d := document{members: members}
		text := func(name string) string {
			s, _ := rawjson.String(d.value(name))
			return s
		}
		at, timed := parseDatetime(text("LastModifiedTime"))
		named := objectKey{object.kind, strings.ToLower(text("SourceTenantId")), text(object.id)}
		e.lag.row(newRevisionKey(named, at, timed), now)
		e.lag.uid(key, text("RecordUid"))
		e.ruleRowLocked(key, d, now)
	}
}

func (f *Faulted) add(other Faulted) {
	for into, from := range map[*map[string]int]map[string]int{
		&f.Undeclared: other.Undeclared, &f.Mismatched: other.Mismatched, &f.Truncated: other.Truncated,
	} {
		for column, n := range from {
			if _, known := (*into)[column]; !known && len(*into) >= faultedMax {
				column = "…"
			}
			(*into)[column] += n
		}
	}
	f.Retimed += other.Retimed
}
