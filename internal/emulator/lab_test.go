package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

const (
	rule       = "dcr-00000000000000000000000000000001"
	client     = "11111111-2222-4333-8444-555555555555"
	base       = "https://127.0.0.1:18443"
	graphScope = "https://graph.microsoft.com/.default"
	logsScope  = "https://monitor.azure.com//.default"
	incidents  = "/v1.0/security/incidents"
	alerts     = "/v1.0/security/alerts_v2"
)

// lab is an emulator with a clock that a test moves by hand.
type lab struct {
	*testing.T
	e      *emulator.Emulator
	now    time.Time
	tokens map[string]string
}

func newLab(t *testing.T, settings emulator.Settings) *lab {
	t.Helper()
	l := &lab{T: t, now: time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC), tokens: map[string]string{}}
	if settings.Now == nil {
		settings.Now = func() time.Time { return l.now }
	}
	e, err := emulator.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	l.e = e
	return l
}

// answer is a response read to its end.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // of the connection or of reading the body
}

func (l *lab) do(handler http.Handler, method, target string, header http.Header, body io.Reader) answer {
	l.Helper()
	if strings.HasPrefix(target, "/") {
		target = base + target
	}
	r, err := http.NewRequestWithContext(l.Context(), method, target, body)
	if err != nil {
		l.Fatal(err)
	}
	maps.Copy(r.Header, header)
	response, err := emulator.Transport(handler).RoundTrip(r)
	if err != nil {
		return answer{err: err}
	}
	text, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(text), err: err}
}

func tokenPath(tenant string) string { return "/" + tenant + "/oauth2/v2.0/token" }

func (l *lab) form(tenant string, form url.Values) answer {
	l.Helper()
	return l.do(l.e.Handler(), http.MethodPost, tokenPath(tenant),
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader(form.Encode()))
}

func secretForm(scope string) url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {emulator.Secret}, "scope": {scope},
	}
}

// token signs in, once for each tenant and scope.
func (l *lab) token(tenant, scope string) string {
	l.Helper()
	if l.tokens[tenant+scope] == "" {
		var body struct {
			Token string `json:"access_token"`
		}
		a := l.form(tenant, secretForm(scope))
		if err := json.Unmarshal([]byte(a.body), &body); err != nil || a.status != http.StatusOK {
			l.Fatalf("no token: %d %s %v", a.status, a.body, a.err)
		}
		l.tokens[tenant+scope] = body.Token
	}
	return l.tokens[tenant+scope]
}

// get asks Graph as the usual tenant, with the Prefer header; pairs are headers.
func (l *lab) get(target string, pairs ...string) answer {
	l.Helper()
	return l.getAs(emulator.DefaultTenant, target, pairs...)
}

func (l *lab) getAs(tenant, target string, pairs ...string) answer {
	l.Helper()
	header := http.Header{
		"Authorization": {"Bearer " + l.token(tenant, graphScope)},
		"Prefer":        {"include-unknown-enum-members"},
	}
	for i := 0; i < len(pairs); i += 2 {
		header.Set(pairs[i], pairs[i+1])
	}
	return l.do(l.e.Handler(), http.MethodGet, target, header, nil)
}

// list is a list answer taken apart.
type list struct {
	Context string            `json:"@odata.context"`
	Count   *int              `json:"@odata.count"`
	Next    string            `json:"@odata.nextLink"`
	Value   []json.RawMessage `json:"value"`
}

func (l *lab) list(target string) list {
	l.Helper()
	a := l.get(target)
	if a.status/100 != 2 || a.err != nil {
		l.Fatalf("GET %s: %d %s %v", target, a.status, a.body, a.err)
	}
	var page list
	if err := json.Unmarshal([]byte(a.body), &page); err != nil {
		l.Fatalf("GET %s: %v", target, err)
	}
	return page
}

// ids returns the ids of a page in order.
func (p list) ids() []string {
	found := []string{}
	for _, text := range p.Value {
		var object struct {
			ID string `json:"id"`
		}
		_ = json.Unmarshal(text, &object)
		found = append(found, object.ID)
	}
	return found
}

// walk follows next links to the end and returns all ids in order.
func (l *lab) walk(target string) (ids []string, pages int) {
	l.Helper()
	for target != "" {
		page := l.list(target)
		ids, target = append(ids, page.ids()...), page.Next
		if pages++; pages > 1000 {
			l.Fatal("next links without end")
		}
	}
	return ids, pages
}

func (l *lab) control(method, target string, body string) answer {
	l.Helper()
	return l.do(l.e.Control(), method, "http://127.0.0.1:18080"+target, nil, strings.NewReader(body))
}

func (l *lab) put(document string) {
	l.Helper()
	if a := l.control(http.MethodPut, "/control/defender/incidents", document); a.status != http.StatusOK {
		l.Fatalf("PUT: %d %s", a.status, a.body)
	}
}

// incident puts a small incident in; at counts back from now.
func (l *lab) incident(id string, before time.Duration, members string) {
	l.Helper()
	l.put(fmt.Sprintf(`{"id":%q,"lastUpdateDateTime":%q%s}`, id, l.now.Add(-before).Format(time.RFC3339Nano), members))
}

func (l *lab) faults(faults ...emulator.Fault) {
	l.Helper()
	if err := l.e.SetFaults(emulator.Plan{Faults: faults}); err != nil {
		l.Fatal(err)
	}
}

// upload sends a body to a stream of the embedded rule.
func (l *lab) upload(stream, body string, pairs ...string) answer {
	l.Helper()
	header := http.Header{
		"Authorization": {"Bearer " + l.token(emulator.DefaultTenant, logsScope)}, "Content-Type": {"application/json"},
	}
	for i := 0; i < len(pairs); i += 2 {
		header.Set(pairs[i], pairs[i+1])
	}
	return l.do(l.e.Handler(), http.MethodPost,
		"/dataCollectionRules/"+rule+"/streams/"+stream+"?api-version=2023-01-01", header, bytes.NewReader([]byte(body)))
}

func (l *lab) equal(what string, got, want any) {
	l.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		l.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func (l *lab) contains(what, text string, parts ...string) {
	l.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			l.Errorf("%s: want %q in\n%s", what, part, text)
		}
	}
}

func sorted(ids []string) []string { return slices.Sorted(slices.Values(ids)) }

func share(rate float64) *float64 { return &rate }
