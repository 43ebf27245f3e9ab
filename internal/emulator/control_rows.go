package emulator

import (
	"bufio"
	"net/http"
	"slices"
)

// Stream is what came in by one stream of one rule.
type Stream struct {
	Name     string  `json:"name"`
	Rows     int64   `json:"rows"`     // accepted
	Bytes    int64   `json:"bytes"`    // of accepted bodies, before compression
	Requests int64   `json:"requests"` // accepted
	Wire     int64   `json:"wire"`     // bytes of accepted bodies as sent
	Rule     string  `json:"rule"`     // immutable id of the data collection rule
	Dropped  Faulted `json:"dropped"`
}

// Streams lists every stream of every rule, used or not, rules in the order
// given and streams by name.
func (e *Emulator) Streams() []Stream {
	e.mu.Lock()
	defer e.mu.Unlock()
	streams := []Stream{}
	for _, rule := range e.order {
		for _, name := range e.rules[rule].StreamNames() {
			t := e.tables[tableKey{rule: rule, stream: name}]
			dropped := newFaulted()
			dropped.add(t.faulted)
			streams = append(streams, Stream{
				Name: name, Rule: rule, Rows: t.rows, Bytes: t.bytes, Wire: t.wire, Requests: t.requests, Dropped: dropped,
			})
		}
	}
	return streams
}

func (e *Emulator) controlStreams(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, e.Streams())
}

// Rows returns the accepted rows of a stream as JSON texts, in order of
// arrival: of one rule, or of all when rule is empty. It is empty when rows are
// only counted. The texts must not be changed.
func (e *Emulator) Rows(stream, rule string) [][]byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	rows := [][]byte{}
	for _, id := range e.order {
		if t := e.tables[tableKey{rule: id, stream: stream}]; t != nil && (rule == "" || rule == id) {
			rows = append(rows, t.kept...)
		}
	}
	return rows
}

func (e *Emulator) controlRows(w http.ResponseWriter, r *http.Request) {
	stream, rule := r.URL.Query().Get("stream"), r.URL.Query().Get("rule")
	if e.settings.Rows == RowsCount {
		refuseControl(w, http.StatusConflict, "rows are counted, not kept: start with --rows keep")
		return
	}
	if !slices.ContainsFunc(e.Streams(), func(s Stream) bool { return s.Name == stream && (rule == "" || s.Rule == rule) }) {
		refuseControl(w, http.StatusNotFound, "no stream %q, see /control/streams", stream)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := bufio.NewWriterSize(w, writeBuffer)
	defer func() { _ = out.Flush() }() // a client that has gone away needs no answer
	for _, text := range e.Rows(stream, rule) {
		write(out, text, []byte("\n"))
	}
}

// Requests returns the lines of the request log numbered above since, oldest
// first, as far as they are still kept.
func (e *Emulator) Requests(since uint64) []Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.requests.since(since)
}

func (e *Emulator) controlRequests(w http.ResponseWriter, r *http.Request) {
	since, ok := controlSince(w, r)
	if ok {
		reply(w, http.StatusOK, e.Requests(since))
	}
}
