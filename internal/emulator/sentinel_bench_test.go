package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// tenThousand is a workspace of ten thousand incidents, a second apart.
func tenThousand(b *testing.B) *lab {
	b.Helper()
	l := newLab(&testing.T{}, emulator.Settings{LooseARMLimits: true, TokenFor: 240 * time.Hour})
	start := l.now
	for i := range 10_000 {
		if _, err := l.e.PutSentinel("", "", strings.NewReader(fmt.Sprintf(`{"name":"i%d","title":"A"}`, i))); err != nil {
			b.Fatal(err)
		}
		l.now = l.now.Add(time.Second)
	}
	l.now = start.Add(10_000 * time.Second)
	var body struct {
		Token string `json:"access_token"`
	}
	form := secretForm(armScope)
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, base+tokenPath(emulator.DefaultWorkspaceTenant), strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := emulator.NewTransport(l.e).RoundTrip(r)
	if err != nil || json.NewDecoder(response.Body).Decode(&body) != nil {
		b.Fatal(err)
	}
	l.tokens[emulator.DefaultWorkspaceTenant+armScope] = body.Token
	return l
}

func (l *lab) bench(b *testing.B, method, target, body string) string {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), method, base+target, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+l.tokens[emulator.DefaultWorkspaceTenant+armScope])
	r.Header.Set("Content-Type", "application/json")
	w := &recorded{header: http.Header{}}
	l.e.Handler().ServeHTTP(w, r)
	if w.status/100 != 2 {
		b.Fatalf("%d %s", w.status, w.text.String())
	}
	return w.text.String()
}

// recorded is an answer kept in memory.
type recorded struct {
	header http.Header
	status int
	text   strings.Builder
}

func (r *recorded) Header() http.Header                { return r.header }
func (r *recorded) WriteHeader(status int)             { r.status = status }
func (r *recorded) Write(text []byte) (n int, _ error) { return r.text.Write(text) }

// BenchmarkPollOfTenThousandSentinelIncidents is what a poll costs when little changed.
func BenchmarkPollOfTenThousandSentinelIncidents(b *testing.B) {
	l := tenThousand(b)
	since := l.now.Add(-20 * time.Second).Format(time.RFC3339)
	query := url.Values{"$filter": {"properties/lastModifiedTimeUtc ge " + since}, "$orderby": {byModifiedAsc}, "$top": {"50"}, "api-version": {"2025-09-01"}}
	for b.Loop() {
		l.bench(b, http.MethodGet, sentinels+"?"+query.Encode(), "")
	}
}

// BenchmarkPutOfASentinelIncident is one update among ten thousand.
func BenchmarkPutOfASentinelIncident(b *testing.B) {
	l := tenThousand(b)
	for i := 0; b.Loop(); i++ {
		target := fmt.Sprintf("%s/i%d?%s", sentinels, i%10_000, version)
		etag := between(l.bench(b, http.MethodGet, target, ""), `"etag":"`, `","`)
		l.now = l.now.Add(time.Millisecond)
		l.bench(b, http.MethodPut, target, `{"etag":"`+etag+`",`+putText("", "B", "")[1:])
	}
}
