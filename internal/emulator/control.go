package emulator

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// planMax bounds a fault plan.
const planMax = 1 << 20

// Control serves the control interface, apart from the services: what is
// stored, what came out, and which faults play. Its paths are stable and listed
// in cmd/azemulator/README.md.
func (e *Emulator) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /control/health", e.controlHealth)
	mux.HandleFunc("PUT /control/defender/incidents", e.controlPut)
	mux.HandleFunc("GET /control/defender/incidents", e.controlIncidents)
	mux.HandleFunc("GET /control/defender/incidents/{id}", e.controlIncident)
	mux.HandleFunc("GET /control/streams", e.controlStreams)
	mux.HandleFunc("GET /control/rows", e.controlRows)
	mux.HandleFunc("GET /control/requests", e.controlRequests)
	mux.HandleFunc("GET /control/summary", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, e.Summary()) })
	mux.HandleFunc("GET /control/faults", e.controlFaults)
	mux.HandleFunc("POST /control/faults", e.controlSetFaults)
	mux.HandleFunc("POST /control/reset", func(w http.ResponseWriter, _ *http.Request) {
		e.Reset()
		reply(w, http.StatusOK, map[string]string{"status": "reset"})
	})
	return sameOrigin(mux)
}

// sameOrigin keeps pages of other origins, opened in the same person's
// browser, from driving the emulator.
func sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := r.Header.Get("Origin")
		if from, err := url.Parse(header); header != "" && (err != nil || from.Host != r.Host) {
			refuseControl(w, http.StatusForbidden, "requests from pages of another origin are refused")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func reply(w http.ResponseWriter, status int, body any) {
	data, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		status, data = http.StatusInternalServerError, []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n')) // a client that has gone away needs no answer
}

func refuseControl(w http.ResponseWriter, status int, format string, values ...any) {
	reply(w, status, map[string]string{"error": fmt.Sprintf(format, values...)})
}

// controlTenant reads ?tenant=; ok is false when it was answered.
func controlTenant(w http.ResponseWriter, r *http.Request) (tenant string, ok bool) {
	tenant = r.URL.Query().Get("tenant")
	if tenant == "" {
		return DefaultTenant, true
	}
	if !isGUID(tenant) {
		refuseControl(w, http.StatusBadRequest, "\"tenant\" must be a GUID, got %q", tenant)
		return "", false
	}
	return strings.ToLower(tenant), true
}

func (e *Emulator) controlHealth(w http.ResponseWriter, _ *http.Request) {
	e.mu.Lock()
	started := e.started
	e.mu.Unlock()
	reply(w, http.StatusOK, map[string]any{"status": "ok", "started": started})
}

// controlIncidents writes every incident as it stands, alerts inside, whatever
// the lists show yet. Order: by last update, newest first.
func (e *Emulator) controlIncidents(w http.ResponseWriter, r *http.Request) {
	tenantID, ok := controlTenant(w, r)
	if !ok {
		return
	}
	e.mu.Lock()
	t := e.tenantLocked(tenantID)
	rows := make([]row, 0, len(t.incidents))
	for _, h := range t.incidents {
		if len(h.revisions) > 0 {
			rows = append(rows, row{revision: h.newest(), alerts: t.alertsOf(h.newest())})
		}
	}
	e.mu.Unlock()
	order(rows, query{})
	writeRows(w, rows)
}

func writeRows(w http.ResponseWriter, rows []row) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	out := bufio.NewWriterSize(w, writeBuffer)
	defer func() { _ = out.Flush() }() // a client that has gone away needs no answer
	write(out, []byte(`{"value":[`))
	for i, r := range rows {
		if i > 0 {
			write(out, []byte(`,`))
		}
		write(out, []byte("\n{"))
		writeRow(out, r, false, true, nil)
	}
	write(out, []byte("\n]}\n"))
}

func (e *Emulator) controlIncident(w http.ResponseWriter, r *http.Request) {
	tenantID, ok := controlTenant(w, r)
	if !ok {
		return
	}
	found, ok := e.find(tenantID, opIncident, r.PathValue("id"), true)
	if !ok {
		refuseControl(w, http.StatusNotFound, "tenant %s has no incident %q", tenantID, r.PathValue("id"))
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	out := bufio.NewWriterSize(w, writeBuffer)
	defer func() { _ = out.Flush() }() // a client that has gone away needs no answer
	write(out, []byte(`{`))
	writeRow(out, found, false, true, nil)
	write(out, []byte("\n"))
}

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
	since := uint64(0)
	if text := r.URL.Query().Get("since"); text != "" {
		var err error
		if since, err = strconv.ParseUint(text, 10, 64); err != nil {
			refuseControl(w, http.StatusBadRequest, "\"since\" must be a number of a request, got %q", text)
			return
		}
	}
	reply(w, http.StatusOK, e.Requests(since))
}

func (e *Emulator) controlFaults(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, e.FaultState())
}

func (e *Emulator) controlSetFaults(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, planMax))
	if err != nil {
		refuseControl(w, http.StatusBadRequest, "read fault plan: %v", err)
		return
	}
	plan, err := ParsePlan(data)
	if err == nil {
		err = e.SetFaults(plan)
	}
	if err != nil {
		refuseControl(w, http.StatusBadRequest, "%v", err)
		return
	}
	reply(w, http.StatusOK, e.FaultState())
}
