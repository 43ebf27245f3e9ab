package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/scenario"
)

// output is what run printed so far; a line can be waited for.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.wrote <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// program is a running azemulator.
type program struct {
	*testing.T
	services, control string
	client            *http.Client
	out               *output
	stop              context.CancelFunc
	done              chan error
}

// start runs the program on free ports and waits until it serves.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	p := &program{T: t, out: &output{wrote: make(chan struct{}, 1)}, stop: cancel, done: make(chan error, 1)}
	args = append([]string{"--listen", "127.0.0.1:0", "--control", "localhost:0", "--state-dir", filepath.Join(dir, "state")}, args...)
	go func() { p.done <- run(ctx, args, p.out) }()
	t.Cleanup(cancel)
	for !strings.Contains(p.out.String(), "Faults") {
		select {
		case err := <-p.done:
			t.Fatalf("stopped: %v", err)
		case <-p.out.wrote:
		case <-time.After(10 * time.Second):
			t.Fatal("the program says nothing")
		}
	}
	p.services = regexp.MustCompile(`https://\S+`).FindString(p.out.String())
	p.control = strings.TrimSuffix(regexp.MustCompile(`http://\S+`).FindString(p.out.String()), "/control/summary")
	authority, err := os.ReadFile(filepath.Join(dir, "state", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) || strings.Contains(string(authority), "KEY") {
		t.Fatalf("ca.pem: %s", authority)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	p.client = &http.Client{Transport: transport}
	return p
}

func (p *program) do(method, target string, header http.Header, body string) (int, string) {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), method, target, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	r.Header = header
	response, err := p.client.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestServesAndStopsCleanly(t *testing.T) {
	p := start(t)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {emulator.DefaultTenant}, "client_secret": {emulator.Secret}, "scope": {p.services + "/.default"}}
	status, text := p.do(http.MethodPost, p.services+"/"+emulator.DefaultTenant+"/oauth2/v2.0/token",
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, form.Encode())
	var token struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(text), &token); err != nil || status != http.StatusOK {
		t.Fatalf("token: %d %s", status, text)
	}
	if status, text = p.do(http.MethodPut, p.control+"/control/defender/incidents", http.Header{}, `{"id":"1"}`); status != http.StatusOK {
		t.Fatalf("put: %d %s", status, text)
	}
	bearer := http.Header{"Authorization": {"Bearer " + token.Access}, "Content-Type": {"application/json"}}
	status, text = p.do(http.MethodGet, p.services+"/v1.0/security/incidents", bearer, "")
	if status != http.StatusOK || !strings.Contains(text, `"id":"1"`) || !strings.Contains(text, p.services+"/v1.0/$metadata") {
		t.Errorf("list: %d %s", status, text)
	}
	status, text = p.do(http.MethodPost, p.services+"/dataCollectionRules/dcr-00000000000000000000000000000001/streams/Custom-DefenderIncident?api-version=2023-01-01", bearer, `[{"IncidentId":"1"}]`)
	if status != http.StatusNoContent {
		t.Errorf("upload: %d %s", status, text)
	}
	p.stop()
	if err := <-p.done; err != nil {
		t.Errorf("a clean stop is no error, got %v", err)
	}
	for _, want := range []string{"dcr-00000000000000000000000000000001 takes", "Faults: none", "Scenario: none"} {
		if !strings.Contains(p.out.String(), want) {
			t.Errorf("want %q in %s", want, p.out)
		}
	}
}

func TestAuthorityFileIsPrivateAndKeyless(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "state")
	path, err := writeAuthority(dir, []byte("der"))
	if err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{path: 0o600, dir: 0o700} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("the directory holds %v %v", files, err)
	}
}

func TestRefusesToListenAnywhereButOnLoopback(t *testing.T) {
	for _, flags := range [][]string{
		{"--listen", "0.0.0.0:0"},
		{"--listen", ":0"},
		{"--listen", "[::]:0"},
		{"--listen", "192.0.2.1:0"},
		{"--listen", "here"},
		{"--listen", "127.0.0.1:0", "--control", "0.0.0.0:0"},
	} {
		err := run(t.Context(), append(flags, "--state-dir", t.TempDir()), io.Discard)
		if err == nil || !strings.Contains(err.Error(), flags[len(flags)-2]) {
			t.Errorf("%v: %v", flags, err)
		}
	}
}

func TestFlagsThatCannotBe(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte(`{"faults":[{"kind":"x"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"--rows", "burn"},
		{"--scenario", "nothing-like-it"},
		{"--dcr", "missing.json"},
		{"--dcr", bad},
		{"--faults", "missing.json"},
		{"--faults", bad},
		{"--graph-rpm", "-1"},
		{"--seed", "x"},
		{"--workspace", "soc"},
		{"--workspace", emulator.DefaultWorkspace + ",tenant=x"},
		{"--workspace", emulator.DefaultWorkspace + ",owner=x"},
		{"--workspace", emulator.DefaultWorkspace, "--workspace", emulator.DefaultWorkspace},
		{"--rule-delay", "0"},
		{"--owners", "a@x"},
		{"--owners", "a@x=b@y,A@X=c@y"},
		{"--arm-limits", "x"},
		{"stray"},
		{"--unknown"},
	} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
	if err := run(t.Context(), []string{"--help"}, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("help: %v", err)
	}
}

func TestOwnersAreReadInAnyCase(t *testing.T) {
	o, err := parseFlags([]string{"--owners", "Rosa@X=Alex@Y,b@x=c@y"}, io.Discard)
	if err != nil || !maps.Equal(o.owners, map[string]string{"rosa@x": "alex@y", "b@x": "c@y"}) {
		t.Errorf("%v %v", o.owners, err)
	}
}

func TestSaysItsFaultsAndRules(t *testing.T) {
	dir := t.TempDir()
	plan, rule := filepath.Join(dir, "plan.json"), filepath.Join(dir, "rule.json")
	for name, text := range map[string]string{
		plan: `{"seed":5,"faults":[{"kind":"tiny_pages"},{"kind":"status","status":500,"rate":0.05,"service":"graph"}]}`,
		rule: `{"properties":{"immutableId":"dcr-0000000000000000000000000000000a","streamDeclarations":{"Custom-X":{"columns":[{"name":"A","type":"int"}]}}}}`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, "--faults", plan, "--dcr", rule, "--graph-rpm", "45", "--rows", "count",
		"--workspace", emulator.DefaultWorkspace+",tenant="+emulator.DefaultTenant+",state=onboarded", "--arm-limits=false", "--rule-delay", "1s")
	p.stop()
	if err := <-p.done; err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Faults, from seed 5:", "- pages hold 3 rows at most", "- answers 500 without Retry-After of graph, in 5 % of all cases",
		"dcr-0000000000000000000000000000000a takes Custom-X.", "at most 45 requests", "counted only",
		"Workspace " + emulator.DefaultWorkspace + " of tenant " + emulator.DefaultTenant + " is onboarded.",
	} {
		if !strings.Contains(p.out.String(), want) {
			t.Errorf("want %q in %s", want, p.out)
		}
	}
}

func TestPlaysAScenarioAtItsPace(t *testing.T) {
	e, err := emulator.New(emulator.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	began := time.Now().Add(-time.Hour) // all steps are due
	p := &player{start: began, emulator: e, out: &out, steps: func(yield func(scenario.Step) bool) {
		for i := range 3 {
			step := scenario.Step{
				After: time.Minute, Tenant: emulator.DefaultTenant, Note: fmt.Sprint("note ", i),
				Incident: map[string]any{"id": fmt.Sprint(i), "displayName": "<&>", "alerts": []any{map[string]any{"id": "a"}}},
			}
			if !yield(step) {
				return
			}
		}
	}}
	if err := p.play(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := e.Summary(); s.Incidents != 3 || s.Alerts != 1 || !strings.Contains(out.String(), "note 2\nThe scenario is over") {
		t.Errorf("%+v %s", s, &out)
	}
	if notes := e.Notes(0); len(notes) != 3 || notes[2].Text != "note 2" {
		t.Errorf("notes %v", notes)
	}
	p.start = time.Now().Add(time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.play(ctx); err != nil {
		t.Errorf("being stopped while waiting is no error, got %v", err)
	}
	p.start, p.steps = began, func(yield func(scenario.Step) bool) { yield(scenario.Step{Incident: map[string]any{}}) }
	if err := p.play(t.Context()); err == nil {
		t.Error("a step without an id: no error")
	}
}

func TestEveryScenarioFitsTheEmulator(t *testing.T) {
	const steps = 60
	for _, name := range scenario.Names() {
		t.Run(name, func(t *testing.T) {
			e, err := emulator.New(emulator.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			p, err := newPlayer(options{scenario: name, seed: 3}, e, &out)
			if err != nil {
				t.Fatal(err)
			}
			count := 0
			for step := range p.steps {
				if err := p.put(step); err != nil {
					t.Fatal(err)
				}
				if count++; count == steps {
					break
				}
			}
			s := e.Summary()
			t.Logf("%d steps: %d incidents, %d alerts, %d and %d revisions", count, s.Incidents, s.Alerts, s.IncidentRevisions, s.AlertRevisions)
			if s.Incidents == 0 || s.Alerts == 0 || s.IncidentRevisions != count {
				t.Errorf("%+v", s)
			}
		})
	}
}
