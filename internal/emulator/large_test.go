package emulator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// bigAlert is an alert of about 3 MB with 400 pieces of evidence.
func bigAlert(id string) string {
	evidence := make([]string, 400)
	for i := range evidence {
		evidence[i] = fmt.Sprintf(`{"@odata.type":"#microsoft.graph.security.processEvidence","processId":%d,"verdict":"malicious","processCommandLine":%q}`,
			i, strings.Repeat("cmd ", 1850))
	}
	return `{"id":"` + id + `","evidence":[` + strings.Join(evidence, ",") + `]}`
}

func TestAlertOfThreeMegabytesComesOutWhole(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	alert := bigAlert("da1")
	if len(alert) < 3_000_000 {
		t.Fatalf("the alert has only %d bytes", len(alert))
	}
	l.put(`{"id":"1","alerts":[` + alert + `]}`)
	l.contains("expanded", l.get(incidents+"?$expand=alerts").body, `"alerts":[`+alert+`]`)
	l.contains("alert", l.get(alerts+"/da1").body, alert[1:])
	l.contains("without the Prefer header", l.get(alerts+"/da1", "Prefer", "").body, alert[1:])
}

// discard is a client that reads everything and keeps nothing.
type discard struct {
	header http.Header
	bytes  int64
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(int)     {}
func (d *discard) Write(p []byte) (int, error) {
	d.bytes += int64(len(p))
	return len(p), nil
}

func TestLargePageIsStreamed(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for i := range 8 {
		l.put(fmt.Sprintf(`{"id":"%d","alerts":[%s]}`, i, bigAlert(fmt.Sprint("da", i))))
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, base+incidents+"?$expand=alerts", nil)
	r.Header.Set("Authorization", "Bearer "+l.token(emulator.DefaultTenant, graphScope))
	r.Header.Set("Prefer", "include-unknown-enum-members")
	w := &discard{header: http.Header{}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	l.e.Handler().ServeHTTP(w, r)
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	if w.bytes < 24_000_000 || allocated > 1_000_000 {
		t.Errorf("a page of %d bytes cost %d bytes of memory", w.bytes, allocated)
	}
}

func TestEverythingAtOnce(t *testing.T) { // for the race detector
	l := newLab(t, emulator.Settings{GraphRPM: 1000})
	graph, logs := l.token(emulator.DefaultTenant, graphScope), l.token(emulator.DefaultTenant, logsScope)
	fill(l, 20)
	l.faults(emulator.Fault{Kind: emulator.FaultTinyPages}, emulator.Fault{Kind: emulator.FaultStatus, Status: 500, Rate: share(0.2)})
	call := func(handler http.Handler, method, target, token, body string) {
		r, err := http.NewRequestWithContext(context.Background(), method, base+target, strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		response, err := emulator.Transport(handler).RoundTrip(r)
		if err != nil {
			t.Error(err)
			return
		}
		if text, err := io.ReadAll(response.Body); err != nil || response.StatusCode == 200 && !json.Valid(text) {
			t.Errorf("%s %s: %v, %d bytes", method, target, err, len(text))
		}
	}
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for range 20 {
				call(l.e.Handler(), "GET", incidents+"?$expand=alerts", graph, "")
				call(l.e.Handler(), "POST", "/dataCollectionRules/"+rule+"/streams/"+stream+"?api-version=2023-01-01", logs, `[{"IncidentId":"1"}]`)
				call(l.e.Control(), "PUT", "/control/defender/incidents", "", fmt.Sprintf(`{"id":"%d","alerts":[{"id":"a%d"}]}`, i, i))
				call(l.e.Control(), "GET", "/control/defender/incidents", "", "")
				_ = l.e.Summary()
			}
		})
	}
	wait.Wait()
	s := l.e.Summary()
	l.equal("requests", s.Requests, 2+2*8*20)
	l.equal("stored", s.Incidents, 21) // 1 to 20 and 0
}
