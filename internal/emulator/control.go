package emulator

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
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
	mux.HandleFunc("POST /control/defender/incidents/{id}", e.controlEditIncident)
	mux.HandleFunc("POST /control/defender/merge", e.controlMerge)
	mux.HandleFunc("GET /control/streams", e.controlStreams)
	mux.HandleFunc("GET /control/rows", e.controlRows)
	mux.HandleFunc("GET /control/requests", e.controlRequests)
	mux.HandleFunc("GET /control/writes", e.controlWrites)
	mux.HandleFunc("GET /control/summary", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, e.Summary()) })
	mux.HandleFunc("GET /control/faults", e.controlFaults)
	mux.HandleFunc("POST /control/faults", e.controlSetFaults)
	mux.HandleFunc("POST /control/scenario", e.controlScenario)
	mux.HandleFunc("GET /control/notes", e.controlNotes)
	mux.HandleFunc("POST /control/reset", func(w http.ResponseWriter, _ *http.Request) {
		e.Reset()
		reply(w, http.StatusOK, map[string]string{"status": "reset"})
	})
	e.controlSentinel(mux)
	e.pageRoutes(mux)
	return sameOrigin(mux)
}

// sameOrigin keeps pages of other origins, opened in the same person's
// browser, from driving the emulator, also when their name leads to loopback.
func sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := r.Header.Get("Origin")
		if from, err := url.Parse(header); header != "" && (err != nil || from.Host != r.Host || !isLoopback(from.Hostname())) {
			refuseControl(w, http.StatusForbidden, "requests from pages of another origin are refused")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
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
	e.replyIncident(w, tenantID, r.PathValue("id"))
}

// replyIncident writes one incident as it stands.
func (e *Emulator) replyIncident(w http.ResponseWriter, tenantID, id string) {
	e.mu.Lock()
	found, ok := e.tenantLocked(tenantID).find(opIncident, id, true, func(*revision) bool { return true })
	e.mu.Unlock()
	if !ok {
		refuseControl(w, http.StatusNotFound, "tenant %s has no incident %q", tenantID, id)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	out := bufio.NewWriterSize(w, writeBuffer)
	defer func() { _ = out.Flush() }() // a client that has gone away needs no answer
	write(out, []byte(`{`))
	writeRow(out, found, false, true, nil)
	write(out, []byte("\n"))
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
